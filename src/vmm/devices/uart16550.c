/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uart16550.c - a 16550A serial port, COM1 to COM4.
 *
 * Theory of operation.  Registers and interrupts follow National Semiconductor's PC16550D data
 * sheet; time does not: a byte is on its way as soon as it is written and here as soon as there is
 * room.
 *
 * Sending.  What is written to THR goes to the chardev at once, so THRE is nearly always set.  When
 * the chardev takes nothing, bytes stay in the transmit FIFO and THRE and TEMT stay clear, which is
 * how a guest is told to wait; writable() goes on.  A backend that takes nothing for STALL_NS is
 * given up: what is held and what follows is dropped until it takes something again, because a
 * guest that polls LSR would otherwise hang for ever for want of a reader.
 *
 * Receiving.  The receive FIFO is filled from the chardev whenever it has room; the rest waits
 * there, so bytes from outside never overrun it.  Only loopback can.  The character time-out, which
 * tells a guest of bytes that do not reach the trigger level, is a loop timer of four character
 * times.
 *
 * The interrupt output passes the gate that PCs have: OUT2, which loopback takes off the pin.
 */
#include "uart16550.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bits.h"
#include "bus.h"
#include "chardev.h"
#include "irq.h"
#include "loop.h"

#define N_UNITS     4
#define N_REGISTERS 8
#define FIFO_BYTES  16

enum {
    REG_DATA, /* RBR, THR; divisor low with DLAB */
    REG_IER,  /* divisor high with DLAB */
    REG_IIR,  /* FCR when written */
    REG_LCR,
    REG_MCR,
    REG_LSR,
    REG_MSR,
    REG_SCR,
};

#define IER_RDA   0x01 /* received data available, and the time-out */
#define IER_THRE  0x02
#define IER_LINE  0x04
#define IER_MODEM 0x08
#define IER_MASK  0x0f

#define IIR_MODEM   0x00
#define IIR_NONE    0x01
#define IIR_THRE    0x02
#define IIR_RDA     0x04
#define IIR_LINE    0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO_ON 0xc0

#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define FCR_CLEAR_TX 0x04

#define LCR_DLAB 0x80

#define MCR_DTR  0x01
#define MCR_RTS  0x02
#define MCR_OUT1 0x04
#define MCR_OUT2 0x08
#define MCR_LOOP 0x10
#define MCR_MASK 0x1f

#define LSR_DR   0x01
#define LSR_OE   0x02
#define LSR_THRE 0x20
#define LSR_TEMT 0x40

#define MSR_CTS      0x10
#define MSR_DSR      0x20
#define MSR_RI       0x40
#define MSR_DCD      0x80
#define MSR_LINES    0xf0
#define MSR_DELTA_RI 0x04
#define MSR_DELTAS   0x0f

#define DEFAULT_DIVISOR 12 /* 9600 baud */
#define STALL_NS        1000000000ll
#define MAX_TIMEOUT_NS  10000000ll

struct uart16550 {
    struct device device;
    struct bus_region region;
    struct chardev *chardev;    /* owned; NULL: no cable */
    struct loop_timer rx_timer; /* character time-out */
    struct loop_timer tx_timer; /* the backend takes nothing */

    pthread_mutex_t lock; /* guards what follows */
    struct irq_line irq;
    uint16_t divisor;
    uint8_t ier, fcr, lcr, mcr, msr, scr;
    bool overrun;      /* LSR's OE */
    bool thre_pending; /* the transmitter ran empty since IIR told */
    bool rx_timed_out;
    bool tx_stalled;                        /* the backend was given up */
    int64_t rx_deadline_ns, tx_deadline_ns; /* INT64_MAX: not armed */
    unsigned rx_count, tx_count;
    uint8_t rx[FIFO_BYTES], tx[FIFO_BYTES];
};

static bool
fifo_is_on (const struct uart16550 *self)
{
    return self->fcr & FCR_ENABLE;
}

static unsigned
rx_capacity (const struct uart16550 *self)
{
    return fifo_is_on (self) ? FIFO_BYTES : 1;
}

static unsigned
rx_trigger (const struct uart16550 *self)
{
    static const uint8_t levels[] = { 1, 4, 8, 14 };

    return fifo_is_on (self) ? levels[self->fcr >> 6] : 1;
}

/* --- interrupts ------------------------------------------------------------------------------ */

/* What IIR says, highest priority first (table IV). */
static uint8_t
interrupt_id (const struct uart16550 *self)
{
    if ((self->ier & IER_LINE) && self->overrun)
        return IIR_LINE;
    if ((self->ier & IER_RDA) && self->rx_count >= rx_trigger (self))
        return IIR_RDA;
    if ((self->ier & IER_RDA) && self->rx_timed_out)
        return IIR_TIMEOUT;
    if ((self->ier & IER_THRE) && self->thre_pending)
        return IIR_THRE;
    if ((self->ier & IER_MODEM) && (self->msr & MSR_DELTAS))
        return IIR_MODEM;
    return IIR_NONE;
}

static void
update_irq_locked (struct uart16550 *self)
{
    bool gate = (self->mcr & MCR_OUT2) && !(self->mcr & MCR_LOOP);

    irq_line_set (&self->irq, gate && interrupt_id (self) != IIR_NONE);
}

/* Four characters at the guest's speed, within reason. */
static int64_t
timeout_ns (const struct uart16550 *self)
{
    unsigned bits = 1 + 5 + (self->lcr & 3) + 1 + (self->lcr >> 2 & 1) + (self->lcr >> 3 & 1);
    int64_t ns = 4ll * bits * (self->divisor ? self->divisor : 1) * 1000000000ll / 115200;

    return MIN_OF (ns, MAX_TIMEOUT_NS);
}

/* A byte came in or was read, or the receiver was set up anew: the time-out starts over. */
static void
restart_timeout_locked (struct uart16550 *self)
{
    self->rx_timed_out = false;
    if (fifo_is_on (self) && (self->ier & IER_RDA) && self->rx_count > 0
        && self->rx_count < rx_trigger (self)) {
        self->rx_deadline_ns = loop_now_ns () + timeout_ns (self);
        loop_timer_arm (&self->rx_timer, self->rx_deadline_ns);
    } else if (self->rx_deadline_ns != INT64_MAX) {
        self->rx_deadline_ns = INT64_MAX;
        loop_timer_disarm (&self->rx_timer);
    }
}

static void
rx_timer_cb (void *opaque)
{
    struct uart16550 *self = opaque;

    pthread_mutex_lock (&self->lock);
    if (loop_now_ns () >= self->rx_deadline_ns) {
        self->rx_deadline_ns = INT64_MAX;
        self->rx_timed_out = true;
        update_irq_locked (self);
    }
    pthread_mutex_unlock (&self->lock);
}

/* --- receiving ------------------------------------------------------------------------------- */

/* Fetches what there is room for.  In loopback the line is cut off and its bytes wait. */
static void
fill_rx_locked (struct uart16550 *self)
{
    unsigned room = rx_capacity (self) - self->rx_count;
    size_t n;

    if (room == 0 || (self->mcr & MCR_LOOP))
        return;
    n = chardev_read (self->chardev, self->rx + self->rx_count, room);
    if (n == 0)
        return;
    self->rx_count += (unsigned)n;
    restart_timeout_locked (self);
}

static void
readable_cb (void *opaque)
{
    struct uart16550 *self = opaque;

    pthread_mutex_lock (&self->lock);
    fill_rx_locked (self);
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
}

/* Loopback's receiver.  A full FIFO keeps what it has; without FIFO the new byte replaces the old.
 */
static void
receive_locked (struct uart16550 *self, uint8_t byte)
{
    if (self->rx_count < rx_capacity (self)) {
        self->rx[self->rx_count++] = byte;
    } else {
        self->overrun = true;
        if (!fifo_is_on (self))
            self->rx[0] = byte;
    }
    restart_timeout_locked (self);
}

static uint8_t
read_rbr_locked (struct uart16550 *self)
{
    uint8_t byte;

    if (self->rx_count == 0)
        return 0;
    byte = self->rx[0];
    memmove (self->rx, self->rx + 1, --self->rx_count);
    restart_timeout_locked (self);
    fill_rx_locked (self);
    return byte;
}

/* --- sending --------------------------------------------------------------------------------- */

static void
set_stall_timer_locked (struct uart16550 *self, bool on)
{
    if (on) {
        self->tx_deadline_ns = loop_now_ns () + STALL_NS;
        loop_timer_arm (&self->tx_timer, self->tx_deadline_ns);
    } else if (self->tx_deadline_ns != INT64_MAX) {
        self->tx_deadline_ns = INT64_MAX;
        loop_timer_disarm (&self->tx_timer);
    }
}

static void
tx_emptied_locked (struct uart16550 *self)
{
    self->tx_count = 0;
    self->thre_pending = true;
    set_stall_timer_locked (self, false);
}

/* Sends what the backend takes; the rest is held, or dropped when the backend was given up. */
static void
drain_tx_locked (struct uart16550 *self)
{
    size_t n = chardev_write (self->chardev, self->tx, self->tx_count);

    self->tx_count -= (unsigned)n;
    memmove (self->tx, self->tx + n, self->tx_count);
    if (self->tx_count == 0 || self->tx_stalled)
        tx_emptied_locked (self);
    else if (n > 0 || self->tx_deadline_ns == INT64_MAX)
        set_stall_timer_locked (self, true);
}

static void
writable_cb (void *opaque)
{
    struct uart16550 *self = opaque;

    pthread_mutex_lock (&self->lock);
    self->tx_stalled = false;
    if (self->tx_count > 0)
        drain_tx_locked (self);
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
tx_timer_cb (void *opaque)
{
    struct uart16550 *self = opaque;

    pthread_mutex_lock (&self->lock);
    if (loop_now_ns () >= self->tx_deadline_ns) {
        self->tx_stalled = true;
        tx_emptied_locked (self);
        update_irq_locked (self);
    }
    pthread_mutex_unlock (&self->lock);
}

static void
write_thr_locked (struct uart16550 *self, uint8_t byte)
{
    /* The line falls and rises again even if the byte leaves at once: an edge for the next one. */
    self->thre_pending = false;
    update_irq_locked (self);

    if (self->mcr & MCR_LOOP) {
        receive_locked (self, byte);
        self->thre_pending = true;
        return;
    }

    /* Sixteen are held even without FIFO, and word length is not applied: both only lose bytes of
     * guests that do not set a port up before they print.  A guest that writes past a full FIFO
     * loses the byte. */
    if (self->tx_count == FIFO_BYTES)
        return;
    self->tx[self->tx_count++] = byte;
    drain_tx_locked (self);
}

/* --- the other registers --------------------------------------------------------------------- */

static void
write_ier_locked (struct uart16550 *self, uint8_t value)
{
    bool thre_on = (value & IER_THRE) && !(self->ier & IER_THRE);

    self->ier = value & IER_MASK;
    if (thre_on && self->tx_count == 0)
        self->thre_pending = true;
    if (!self->rx_timed_out)
        restart_timeout_locked (self);
}

static void
write_fcr_locked (struct uart16550 *self, uint8_t value)
{
    bool toggled = (value ^ self->fcr) & FCR_ENABLE;

    if (toggled || (value & FCR_CLEAR_RX)) {
        self->rx_count = 0;
        self->overrun = false;
    }
    if ((toggled || (value & FCR_CLEAR_TX)) && self->tx_count > 0)
        tx_emptied_locked (self);
    self->fcr = value & FCR_ENABLE ? value & 0xc1 : 0; /* the others are only taken with bit 0 */
    restart_timeout_locked (self);
    fill_rx_locked (self);
}

/* The modem lines as they are now: the cable's, or in loopback our own outputs. */
static uint8_t
modem_lines (const struct uart16550 *self)
{
    if (!(self->mcr & MCR_LOOP))
        return self->chardev ? MSR_DCD | MSR_DSR | MSR_CTS : 0;
    return (self->mcr & MCR_RTS ? MSR_CTS : 0) | (self->mcr & MCR_DTR ? MSR_DSR : 0)
           | (self->mcr & MCR_OUT1 ? MSR_RI : 0) | (self->mcr & MCR_OUT2 ? MSR_DCD : 0);
}

static void
write_mcr_locked (struct uart16550 *self, uint8_t value)
{
    uint8_t before = self->msr & MSR_LINES;
    uint8_t now, deltas;

    self->mcr = value & MCR_MASK;
    now = modem_lines (self);
    deltas = (before ^ now) >> 4;
    if (now & MSR_RI)
        deltas &= (uint8_t)~MSR_DELTA_RI; /* only the ring's end is told */
    self->msr = now | (self->msr & MSR_DELTAS) | deltas;
    fill_rx_locked (self);
}

static uint8_t
read_iir_locked (struct uart16550 *self)
{
    uint8_t id = interrupt_id (self);

    if (id == IIR_THRE)
        self->thre_pending = false;
    return id | (fifo_is_on (self) ? IIR_FIFO_ON : 0);
}

static uint8_t
read_lsr_locked (struct uart16550 *self)
{
    uint8_t value = (self->rx_count > 0 ? LSR_DR : 0) | (self->overrun ? LSR_OE : 0)
                    | (self->tx_count == 0 ? LSR_THRE | LSR_TEMT : 0);

    self->overrun = false;
    return value;
}

static uint8_t
read_msr_locked (struct uart16550 *self)
{
    uint8_t value = self->msr;

    self->msr &= MSR_LINES;
    return value;
}

static uint8_t
read_register_locked (struct uart16550 *self, unsigned reg)
{
    bool dlab = self->lcr & LCR_DLAB;

    switch (reg) {
    case REG_DATA:
        return dlab ? self->divisor & 0xff : read_rbr_locked (self);
    case REG_IER:
        return dlab ? self->divisor >> 8 : self->ier;
    case REG_IIR:
        return read_iir_locked (self);
    case REG_LCR:
        return self->lcr;
    case REG_MCR:
        return self->mcr;
    case REG_LSR:
        return read_lsr_locked (self);
    case REG_MSR:
        return read_msr_locked (self);
    default:
        return self->scr;
    }
}

static void
write_register_locked (struct uart16550 *self, unsigned reg, uint8_t value)
{
    bool dlab = self->lcr & LCR_DLAB;

    switch (reg) {
    case REG_DATA:
        if (dlab)
            self->divisor = (self->divisor & 0xff00) | value;
        else
            write_thr_locked (self, value);
        break;
    case REG_IER:
        if (dlab)
            self->divisor = (self->divisor & 0x00ff) | (uint16_t)(value << 8);
        else
            write_ier_locked (self, value);
        break;
    case REG_IIR:
        write_fcr_locked (self, value);
        break;
    case REG_LCR:
        self->lcr = value;
        break;
    case REG_MCR:
        write_mcr_locked (self, value);
        break;
    case REG_SCR:
        self->scr = value;
        break;
    default: /* LSR and MSR are for reading */
        break;
    }
}

static uint64_t
uart16550_read (void *opaque, uint64_t offset, unsigned size)
{
    struct uart16550 *self = opaque;
    uint8_t value;

    pthread_mutex_lock (&self->lock);
    value = read_register_locked (self, (unsigned)offset);
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
    return value;
}

static void
uart16550_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct uart16550 *self = opaque;

    pthread_mutex_lock (&self->lock);
    write_register_locked (self, (unsigned)offset, (uint8_t)value);
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
}

/* --- the device ------------------------------------------------------------------------------ */

static void
uart16550_reset (struct device *device)
{
    struct uart16550 *self = container_of (device, struct uart16550, device);

    pthread_mutex_lock (&self->lock);
    self->ier = self->fcr = self->lcr = self->mcr = self->scr = 0;
    self->divisor = DEFAULT_DIVISOR;
    self->msr = modem_lines (self);
    self->overrun = false;
    self->rx_count = 0;
    if (self->tx_count > 0)
        tx_emptied_locked (self);
    self->thre_pending = false;
    restart_timeout_locked (self);
    fill_rx_locked (self); /* nothing else would fetch what the FIFO had no room for */
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
uart16550_destroy (struct device *device)
{
    struct uart16550 *self = container_of (device, struct uart16550, device);

    bus_remove (self->device.env->ports, &self->region);
    loop_timer_disarm (&self->rx_timer);
    loop_timer_disarm (&self->tx_timer);
    irq_line_set (&self->irq, false);
    chardev_close (self->chardev);
    pthread_mutex_destroy (&self->lock);
    free (self);
}

static const struct device_ops uart16550_ops = {
    .reset = uart16550_reset,
    .destroy = uart16550_destroy,
};

static const struct bus_region_ops uart16550_region_ops = {
    .read = uart16550_read,
    .write = uart16550_write,
    .max_size = 1,
};

static const struct chardev_ops uart16550_chardev_ops = {
    .readable = readable_cb,
    .writable = writable_cb,
};

static int
uart16550_create (const struct device_args *args, struct device **out)
{
    static const uint16_t ports[N_UNITS] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
    static const uint8_t irqs[N_UNITS] = { 4, 3, 4, 3 };
    struct uart16550 *self;
    int ret;

    if (args->unit >= N_UNITS)
        return -EINVAL;
    self = calloc (1, sizeof *self);
    if (!self)
        return -ENOMEM;
    device_init (&self->device, &uart16550_ops, args);
    self->device.class = &uart16550_class;
    pthread_mutex_init (&self->lock, NULL);
    irq_line_init (&self->irq, args->env->irq, irqs[args->unit]);
    loop_timer_init (&self->rx_timer, args->env->loop, rx_timer_cb, self);
    loop_timer_init (&self->tx_timer, args->env->loop, tx_timer_cb, self);
    self->rx_deadline_ns = self->tx_deadline_ns = INT64_MAX;
    bus_region_init (&self->region, "uart16550", &uart16550_region_ops, self, N_REGISTERS,
                     BUS_PRIORITY_FIXED);
    ret = bus_add (args->env->ports, &self->region, ports[args->unit]);
    if (ret < 0) {
        uart16550_destroy (&self->device);
        return ret;
    }
    self->chardev = args->chardev;
    if (self->chardev)
        chardev_set_ops (self->chardev, &uart16550_chardev_ops, self);
    uart16550_reset (&self->device);
    *out = &self->device;
    return 0;
}

const struct device_class uart16550_class = {
    .name = "uart16550",
    .summary = "Serial port (16550A)",
    .bus = DEVICE_BUS_PLATFORM,
    .backend = BACKEND_CHAR,
    .create = uart16550_create,
};
