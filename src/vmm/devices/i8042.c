/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i8042.c - the keyboard controller, ports 60h and 64h, with a keyboard (IRQ1) and a mouse (IRQ12).
 *
 * Theory of operation.  The controller has one output buffer of one byte; status bit 5 says whose
 * it is. The controller's own answers, the keyboard and the mouse each queue what they have to say,
 * and whenever the buffer is free the first of them, in that order, that has something and is not
 * switched off, fills it.  The interrupt line of the buffer's owner is up as long as the buffer is
 * full and the command byte allows it; reading port 60h empties the buffer, lets the line go, and
 * may fill and raise it again, which makes the edge for the next byte.
 *
 * What the guest writes is acted upon at once, so the input buffer is never full.  A keystroke
 * arrives on the main loop's thread, the guest's accesses on vCPU threads: one lock guards
 * controller, keyboard and mouse.
 *
 * The A20 gate can be set and read back and does nothing: address bit 20 is always there.
 */
#include "i8042.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bits.h"
#include "bus.h"
#include "input.h"
#include "irq.h"
#include "ps2-keyboard.h"
#include "ps2-mouse.h"

#define DATA_PORT    0x60
#define COMMAND_PORT 0x64
#define KEYBOARD_IRQ 1
#define MOUSE_IRQ    12

#define STATUS_FULL    0x01 /* the output buffer */
#define STATUS_SYSTEM  0x04 /* self-test passed */
#define STATUS_COMMAND 0x08 /* the last write was to 64h */
#define STATUS_UNLOCK  0x10 /* the key in the front panel */
#define STATUS_MOUSE   0x20 /* the output buffer is the mouse's */

/* The command byte, RAM byte 0. */
#define MODE_KEYBOARD_IRQ 0x01
#define MODE_MOUSE_IRQ    0x02
#define MODE_SYSTEM       0x04
#define MODE_KEYBOARD_OFF 0x10
#define MODE_MOUSE_OFF    0x20
#define MODE_TRANSLATE    0x40

/* The output port. */
#define OUTPUT_NO_RESET     0x01
#define OUTPUT_A20          0x02
#define OUTPUT_KEYBOARD_IRQ 0x10
#define OUTPUT_MOUSE_IRQ    0x20
#define OUTPUT_LINES        0xc0 /* clock and data of the keyboard, idle */

#define INPUT_UNLOCKED 0x80

enum {
    CMD_READ_RAM = 0x20, /* and 31 more: RAM bytes 1-31 */
    CMD_READ_RAM_LAST = 0x3f,
    CMD_WRITE_RAM = 0x60, /* likewise */
    CMD_WRITE_RAM_LAST = 0x7f,
    CMD_MOUSE_OFF = 0xa7,
    CMD_MOUSE_ON = 0xa8,
    CMD_MOUSE_TEST = 0xa9,
    CMD_SELF_TEST = 0xaa,
    CMD_KEYBOARD_TEST = 0xab,
    CMD_KEYBOARD_OFF = 0xad,
    CMD_KEYBOARD_ON = 0xae,
    CMD_READ_INPUT = 0xc0,
    CMD_READ_OUTPUT = 0xd0,
    CMD_WRITE_OUTPUT = 0xd1,
    CMD_KEYBOARD_LOOP = 0xd2, /* the argument comes back as if from the keyboard */
    CMD_MOUSE_LOOP = 0xd3,
    CMD_TO_MOUSE = 0xd4,
    CMD_A20_OFF = 0xdd,
    CMD_A20_ON = 0xdf,
    CMD_PULSE = 0xf0, /* F0h to FFh: pulses output bits 0-3 that are clear */
};

#define SELF_TEST_PASSED 0x55
#define PORT_TEST_PASSED 0x00

#define N_RAM 32

struct i8042 {
    struct device device;
    struct bus_region data_region;
    struct bus_region command_region;
    struct input_handler input;

    pthread_mutex_t lock; /* guards what follows */
    struct irq_line keyboard_irq;
    struct irq_line mouse_irq;
    uint8_t status; /* FULL and MOUSE follow the buffer */
    uint8_t buffer; /* valid with STATUS_FULL */
    uint8_t output; /* what was written to the output port */
    uint8_t ram[N_RAM];
    uint8_t awaited;            /* the command whose argument comes next; 0: none */
    struct ps2_queue answers;   /* the controller's own */
    struct ps2_queue for_mouse; /* the mouse loop's: as if from the mouse */
    struct ps2_keyboard keyboard;
    struct ps2_mouse mouse;
};

/* --- the output buffer ----------------------------------------------------------------------- */

/* The keyboard's next byte as the guest gets it: translated, a break prefix becomes bit 7 of what
 * follows, which the keyboard always has ready, too. */
static bool
take_keyboard_byte (struct i8042 *self, uint8_t *byte)
{
    bool releasing = false;

    while (ps2_keyboard_send (&self->keyboard, byte)) {
        if (!(self->ram[0] & MODE_TRANSLATE))
            return true;
        if (*byte == 0xf0) {
            releasing = true;
            continue;
        }
        *byte = ps2_keyboard_translate (*byte) | (releasing ? 0x80 : 0);
        return true;
    }
    return false;
}

/* Fills the buffer if it is free and somebody has something to say; sets the lines. */
static void
update_locked (struct i8042 *self)
{
    uint8_t mode = self->ram[0];

    if (!(self->status & STATUS_FULL)) {
        if (ps2_queue_pop (&self->answers, &self->buffer)
            || (!(mode & MODE_KEYBOARD_OFF) && take_keyboard_byte (self, &self->buffer)))
            self->status |= STATUS_FULL;
        else if (ps2_queue_pop (&self->for_mouse, &self->buffer)
                 || (!(mode & MODE_MOUSE_OFF) && ps2_mouse_send (&self->mouse, &self->buffer)))
            self->status |= STATUS_FULL | STATUS_MOUSE;
    }
    irq_line_set (&self->keyboard_irq,
                  (mode & MODE_KEYBOARD_IRQ)
                      && (self->status & (STATUS_FULL | STATUS_MOUSE)) == STATUS_FULL);
    irq_line_set (&self->mouse_irq, (mode & MODE_MOUSE_IRQ)
                                        && (self->status & (STATUS_FULL | STATUS_MOUSE))
                                               == (STATUS_FULL | STATUS_MOUSE));
}

static uint8_t
read_data_locked (struct i8042 *self)
{
    uint8_t byte = self->buffer; /* stays readable, as in the chip */

    if (self->status & STATUS_FULL) {
        self->status &= (uint8_t) ~(STATUS_FULL | STATUS_MOUSE);
        irq_line_set (&self->keyboard_irq, false);
        irq_line_set (&self->mouse_irq, false);
        update_locked (self);
    }
    return byte;
}

/* --- commands -------------------------------------------------------------------------------- */

static void
answer (struct i8042 *self, uint8_t byte)
{
    /* The chip has room for one; a driver that asks again without reading meant the last. */
    ps2_queue_clear (&self->answers);
    ps2_queue_push (&self->answers, byte);
}

static uint8_t
read_output_port (const struct i8042 *self)
{
    uint8_t full = self->status & (STATUS_FULL | STATUS_MOUSE);

    return (self->output & OUTPUT_A20) | OUTPUT_NO_RESET | OUTPUT_LINES
           | (full == STATUS_FULL ? OUTPUT_KEYBOARD_IRQ : 0)
           | (full == (STATUS_FULL | STATUS_MOUSE) ? OUTPUT_MOUSE_IRQ : 0);
}

static void
write_ram (struct i8042 *self, unsigned index, uint8_t value)
{
    self->ram[index] = value;
    if (index == 0)
        self->status =
            (uint8_t)((self->status & ~STATUS_SYSTEM) | (value & MODE_SYSTEM ? STATUS_SYSTEM : 0));
}

/* Returns true when the machine is to be reset. */
static bool
write_command_locked (struct i8042 *self, uint8_t command)
{
    self->status |= STATUS_COMMAND;
    self->awaited = 0;
    switch (command) {
    case CMD_READ_RAM ... CMD_READ_RAM_LAST:
        answer (self, self->ram[command - CMD_READ_RAM]);
        break;
    case CMD_WRITE_RAM ... CMD_WRITE_RAM_LAST:
    case CMD_WRITE_OUTPUT:
    case CMD_KEYBOARD_LOOP:
    case CMD_MOUSE_LOOP:
    case CMD_TO_MOUSE:
        self->awaited = command;
        break;
    case CMD_MOUSE_OFF:
        self->ram[0] |= MODE_MOUSE_OFF;
        break;
    case CMD_MOUSE_ON:
        self->ram[0] &= (uint8_t)~MODE_MOUSE_OFF;
        break;
    case CMD_KEYBOARD_OFF:
        self->ram[0] |= MODE_KEYBOARD_OFF;
        break;
    case CMD_KEYBOARD_ON:
        self->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF;
        break;
    case CMD_SELF_TEST:
        write_ram (self, 0, self->ram[0] | MODE_SYSTEM);
        answer (self, SELF_TEST_PASSED);
        break;
    case CMD_KEYBOARD_TEST:
    case CMD_MOUSE_TEST:
        answer (self, PORT_TEST_PASSED);
        break;
    case CMD_READ_INPUT:
        answer (self, INPUT_UNLOCKED);
        break;
    case CMD_READ_OUTPUT:
        answer (self, read_output_port (self));
        break;
    case CMD_A20_OFF:
        self->output &= (uint8_t)~OUTPUT_A20;
        break;
    case CMD_A20_ON:
        self->output |= OUTPUT_A20;
        break;
    default: /* what the chip does not know, it ignores */
        return command >= CMD_PULSE && !(command & OUTPUT_NO_RESET);
    }
    return false;
}

/* A byte for port 60h: the argument of a command, or the keyboard's.  Sending to a device takes the
 * brake off its clock line, so it is switched on by it.  Returns true when the machine is to be
 * reset. */
static bool
write_data_locked (struct i8042 *self, uint8_t byte)
{
    uint8_t awaited = self->awaited;

    self->status &= (uint8_t)~STATUS_COMMAND;
    self->awaited = 0;
    switch (awaited) {
    case CMD_WRITE_RAM ... CMD_WRITE_RAM_LAST:
        write_ram (self, awaited - CMD_WRITE_RAM, byte);
        break;
    case CMD_WRITE_OUTPUT:
        self->output = byte;
        return !(byte & OUTPUT_NO_RESET);
    case CMD_KEYBOARD_LOOP:
        answer (self, byte);
        break;
    case CMD_MOUSE_LOOP:
        ps2_queue_clear (&self->for_mouse);
        ps2_queue_push (&self->for_mouse, byte);
        break;
    case CMD_TO_MOUSE:
        self->ram[0] &= (uint8_t)~MODE_MOUSE_OFF;
        ps2_mouse_receive (&self->mouse, byte);
        break;
    default:
        self->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF;
        ps2_keyboard_receive (&self->keyboard, byte);
        break;
    }
    return false;
}

static uint64_t
i8042_read_data (void *opaque, uint64_t offset, unsigned size)
{
    struct i8042 *self = opaque;
    uint8_t value;

    pthread_mutex_lock (&self->lock);
    value = read_data_locked (self);
    pthread_mutex_unlock (&self->lock);
    return value;
}

static uint64_t
i8042_read_status (void *opaque, uint64_t offset, unsigned size)
{
    struct i8042 *self = opaque;
    uint8_t value;

    pthread_mutex_lock (&self->lock);
    value = self->status;
    pthread_mutex_unlock (&self->lock);
    return value;
}

static void
i8042_write (struct i8042 *self, uint8_t byte, bool (*write_locked) (struct i8042 *, uint8_t))
{
    const struct device_env *env = self->device.env;
    bool reset;

    pthread_mutex_lock (&self->lock);
    reset = write_locked (self, byte);
    update_locked (self);
    pthread_mutex_unlock (&self->lock);
    if (reset)
        env->request (env->machine, MACHINE_REQUEST_RESET);
}

static void
i8042_write_data (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    i8042_write (opaque, (uint8_t)value, write_data_locked);
}

static void
i8042_write_command (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    i8042_write (opaque, (uint8_t)value, write_command_locked);
}

/* --- input from consoles --------------------------------------------------------------------- */

static void
key_cb (void *opaque, unsigned code, bool down)
{
    struct i8042 *self = opaque;

    pthread_mutex_lock (&self->lock);
    ps2_keyboard_key (&self->keyboard, code, down);
    update_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
move_cb (void *opaque, int dx, int dy)
{
    struct i8042 *self = opaque;

    pthread_mutex_lock (&self->lock);
    ps2_mouse_move (&self->mouse, dx, dy);
    update_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
button_cb (void *opaque, unsigned code, bool down)
{
    struct i8042 *self = opaque;

    pthread_mutex_lock (&self->lock);
    ps2_mouse_button (&self->mouse, code, down);
    update_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
wheel_cb (void *opaque, int dx, int dy)
{
    struct i8042 *self = opaque;

    pthread_mutex_lock (&self->lock);
    ps2_mouse_wheel (&self->mouse, dy); /* there is no sideways in its packets */
    update_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static const struct input_ops input_ops = {
    .key = key_cb,
    .move_relative = move_cb,
    .button = button_cb,
    .wheel = wheel_cb,
};

/* --- the device ------------------------------------------------------------------------------ */

/* Quiet until somebody sets it up: both devices switched off, no interrupts, translating. */
static void
i8042_reset (struct device *device)
{
    struct i8042 *self = container_of (device, struct i8042, device);

    pthread_mutex_lock (&self->lock);
    self->status = STATUS_UNLOCK;
    self->buffer = 0;
    self->output = OUTPUT_NO_RESET | OUTPUT_A20;
    memset (self->ram, 0, sizeof self->ram);
    self->ram[0] = MODE_TRANSLATE | MODE_KEYBOARD_OFF | MODE_MOUSE_OFF;
    self->awaited = 0;
    ps2_queue_clear (&self->answers);
    ps2_queue_clear (&self->for_mouse);
    ps2_keyboard_reset (&self->keyboard);
    ps2_mouse_reset (&self->mouse);
    update_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
i8042_destroy (struct device *device)
{
    struct i8042 *self = container_of (device, struct i8042, device);
    const struct device_env *env = self->device.env;

    if (env->input)
        input_remove (env->input, &self->input);
    bus_remove (env->ports, &self->command_region);
    bus_remove (env->ports, &self->data_region);
    irq_line_set (&self->keyboard_irq, false);
    irq_line_set (&self->mouse_irq, false);
    pthread_mutex_destroy (&self->lock);
    free (self);
}

static const struct device_ops i8042_ops = {
    .reset = i8042_reset,
    .destroy = i8042_destroy,
};

static const struct bus_region_ops data_ops = {
    .read = i8042_read_data,
    .write = i8042_write_data,
    .max_size = 1,
};

static const struct bus_region_ops command_ops = {
    .read = i8042_read_status,
    .write = i8042_write_command,
    .max_size = 1,
};

int
i8042_create (const struct device_env *env, struct device **out)
{
    const struct device_args args = { .env = env, .alias = "i8042" };
    struct i8042 *self = calloc (1, sizeof *self);
    int ret;

    if (!self)
        return -ENOMEM;
    device_init (&self->device, &i8042_ops, &args);
    pthread_mutex_init (&self->lock, NULL);
    self->input = (struct input_handler){
        .ops = &input_ops,
        .opaque = self,
        .rank = INPUT_RANK_PS2,
    };
    list_init (&self->input.node);
    irq_line_init (&self->keyboard_irq, env->irq, KEYBOARD_IRQ);
    irq_line_init (&self->mouse_irq, env->irq, MOUSE_IRQ);
    bus_region_init (&self->data_region, "i8042-data", &data_ops, self, 1, BUS_PRIORITY_FIXED);
    bus_region_init (&self->command_region, "i8042-command", &command_ops, self, 1,
                     BUS_PRIORITY_FIXED);
    i8042_reset (&self->device);

    ret = bus_add (env->ports, &self->data_region, DATA_PORT);
    if (ret == 0)
        ret = bus_add (env->ports, &self->command_region, COMMAND_PORT);
    if (ret < 0) {
        i8042_destroy (&self->device);
        return ret;
    }
    if (env->input)
        input_add (env->input, &self->input);
    *out = &self->device;
    return 0;
}
