/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i6300esb.c - the watchdog timer of the Intel 6300ESB I/O controller hub (its data sheet, 300641,
 * has it under "Watchdog Timer").
 *
 * Theory of operation.  Two stages, each with a preload of 20 bits, counted down one after the
 * other.  When stage 1 runs out, the guest is interrupted, if it asked for that; when stage 2 runs
 * out, the real chip pulls a pin, and here the machine does what the definition says.  A guest that
 * lives writes RELOAD in time, which starts stage 1 anew.
 *
 * Only one stage counts at a time, so one loop timer does for both: `stage` says which, and
 * deadline_ns when.  A timer callback that lost a race against a reload finds a later deadline
 * there and does nothing.  The guest's time is what counts: while the machine is paused, what is
 * left of the stage is kept in left_ns.
 *
 * That it once ran out must be seen by the guest that boots afterwards, so this bit alone outlives
 * the machine's reset.
 */
#include "i6300esb.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bits.h"
#include "loop.h"
#include "pci.h"

#define PRELOAD_MASK    0xfffffu
#define PCI_CLOCK_PS    30000ull /* 33.3 MHz */
#define SLOW_SHIFT      15
#define FAST_SHIFT      5
#define MIN_STAGE_NS    1000000ll    /* or a guest could keep the loop busy with it */
#define MIN_REPORT_NS   1000000000ll /* likewise for the keeper */
#define IRQ_TYPE_PIN    0
#define CONFIG_WRITABLE (I6300ESB_CONFIG_IRQ | I6300ESB_CONFIG_FAST | I6300ESB_CONFIG_NO_OUT)
#define LOCK_WRITABLE   (I6300ESB_LOCK_LOCKED | I6300ESB_LOCK_ENABLE | I6300ESB_LOCK_FREE_RUN)

enum unlock { LOCKED, HALF_UNLOCKED, UNLOCKED };

struct i6300esb {
    struct device device;
    struct pci_function function;
    enum device_action action;
    struct loop_timer timer;

    pthread_mutex_t lock; /* guards the rest */
    uint32_t preloads[2];
    enum unlock unlock;
    bool timed_out;      /* stage 2 ran out; outlives resets */
    bool interrupting;   /* stage 1 raised an interrupt, which the guest has not cleared */
    uint16_t config;     /* as in configuration space */
    uint8_t lock_bits;   /* likewise */
    unsigned stage;      /* 1 or 2 while it counts, else 0 */
    bool running;        /* the machine runs */
    int64_t deadline_ns; /* of the stage, while the machine runs */
    int64_t left_ns;     /* of the stage, while it does not */
    int64_t reported_ns; /* when the keeper was told last; 0: never */
};

/* --- counting -------------------------------------------------------------------------------- */

static int64_t
stage_ns (const struct i6300esb *self, unsigned stage)
{
    unsigned shift = self->config & I6300ESB_CONFIG_FAST ? FAST_SHIFT : SLOW_SHIFT;
    uint64_t clocks = (uint64_t) self->preloads[stage - 1] << shift;
    int64_t ns = (int64_t) (clocks * PCI_CLOCK_PS / 1000);

    return MAX_OF (ns, MIN_STAGE_NS);
}

/* Counts STAGE from its beginning; 0 stops. */
static void
start_stage_locked (struct i6300esb *self, unsigned stage)
{
    self->stage = stage;
    if (stage == 0) {
        loop_timer_disarm (&self->timer);
        return;
    }
    self->left_ns = stage_ns (self, stage);
    if (!self->running)
        return;
    self->deadline_ns = loop_now_ns () + self->left_ns;
    loop_timer_arm (&self->timer, self->deadline_ns);
}

static void
set_interrupt_locked (struct i6300esb *self, bool on)
{
    self->interrupting = on;
    pci_set_intx (&self->function, on);
}

/* A guest that runs on may have it run out a thousand times a second: not all of them are told. */
static bool
is_told_locked (struct i6300esb *self)
{
    bool runs_on = self->action == DEVICE_ACTION_NONE || self->action == DEVICE_ACTION_POWER_BUTTON;
    int64_t now = loop_now_ns ();

    if (runs_on && self->reported_ns && now - self->reported_ns < MIN_REPORT_NS)
        return false;
    self->reported_ns = now;
    return true;
}

/* Nobody fed it. */
static void
run_out_locked (struct i6300esb *self)
{
    start_stage_locked (self, self->lock_bits & I6300ESB_LOCK_FREE_RUN ? 1 : 0);
    if (self->config & I6300ESB_CONFIG_NO_OUT)
        return;
    self->timed_out = true;
    if (!is_told_locked (self))
        return;
    log_guest (&self->device.log_limit, "the watchdog %s was not fed: %s", self->device.alias,
               device_action_names[self->action]);
    self->device.env->report_event (self->device.env->machine, &self->device, DEVICE_EVENT_WATCHDOG,
                                    self->action);
}

static void
timer_cb (void *opaque)
{
    struct i6300esb *self = opaque;

    pthread_mutex_lock (&self->lock);
    if (self->running && self->stage && loop_now_ns () >= self->deadline_ns) {
        if (self->stage == 2) {
            run_out_locked (self);
        } else {
            if ((self->config & I6300ESB_CONFIG_IRQ) == IRQ_TYPE_PIN)
                set_interrupt_locked (self, true);
            start_stage_locked (self, 2);
        }
    }
    pthread_mutex_unlock (&self->lock);
}

static void
i6300esb_set_running (struct device *device, bool running)
{
    struct i6300esb *self = container_of (device, struct i6300esb, device);

    pthread_mutex_lock (&self->lock);
    self->running = running;
    if (self->stage && running) {
        self->deadline_ns = loop_now_ns () + self->left_ns;
        loop_timer_arm (&self->timer, self->deadline_ns);
    } else if (self->stage) {
        self->left_ns = MAX_OF (self->deadline_ns - loop_now_ns (), 0);
        loop_timer_disarm (&self->timer);
    }
    pthread_mutex_unlock (&self->lock);
}

/* --- BAR 0 ----------------------------------------------------------------------------------- */

static uint32_t
read_register_locked (const struct i6300esb *self, uint64_t offset)
{
    switch (offset) {
    case I6300ESB_PRELOAD1:
        return self->preloads[0];
    case I6300ESB_PRELOAD2:
        return self->preloads[1];
    case I6300ESB_INTERRUPT:
        return self->interrupting;
    default:
        return self->timed_out ? I6300ESB_RELOAD_TIMEOUT : 0;
    }
}

static uint64_t
bar_read (void *opaque, uint64_t offset, unsigned size)
{
    struct i6300esb *self = opaque;
    unsigned in_register = offset % 4;
    uint64_t value;

    pthread_mutex_lock (&self->lock);
    value = read_register_locked (self, offset - in_register);
    pthread_mutex_unlock (&self->lock);
    return value >> (8 * in_register) & ones (size);
}

/* The next step towards, or the use of, an unlocked register. */
static void
write_reload_locked (struct i6300esb *self, uint32_t value)
{
    bool was_unlocked = self->unlock == UNLOCKED;

    if (value == I6300ESB_UNLOCK1) {
        self->unlock = HALF_UNLOCKED;
        return;
    }
    self->unlock = self->unlock == HALF_UNLOCKED && value == I6300ESB_UNLOCK2 ? UNLOCKED : LOCKED;
    if (!was_unlocked)
        return;
    if (value & I6300ESB_RELOAD_TIMEOUT)
        self->timed_out = false;
    if ((value & I6300ESB_RELOAD_NOW) && (self->lock_bits & I6300ESB_LOCK_ENABLE))
        start_stage_locked (self, 1);
}

static void
write_register_locked (struct i6300esb *self, uint64_t offset, uint32_t value, unsigned size)
{
    if (offset == I6300ESB_RELOAD) {
        write_reload_locked (self, value);
        return;
    }
    if (offset == I6300ESB_INTERRUPT && (value & 1))
        set_interrupt_locked (self, false);
    /* A preload is for the next time its stage begins. */
    if ((offset == I6300ESB_PRELOAD1 || offset == I6300ESB_PRELOAD2) && size == 4
        && self->unlock == UNLOCKED)
        self->preloads[offset / 4] = value & PRELOAD_MASK;
    self->unlock = LOCKED;
}

static void
bar_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct i6300esb *self = opaque;

    pthread_mutex_lock (&self->lock);
    write_register_locked (self, offset, (uint32_t) value, size);
    pthread_mutex_unlock (&self->lock);
}

static const struct bus_region_ops bar_ops = {
    .read = bar_read,
    .write = bar_write,
    .max_size = 4,
};

/* --- configuration space --------------------------------------------------------------------- */

static void
set_lock_locked (struct i6300esb *self, uint8_t bits)
{
    bool was_enabled = self->lock_bits & I6300ESB_LOCK_ENABLE;
    bool is_enabled = bits & I6300ESB_LOCK_ENABLE;

    self->lock_bits = bits;
    if (bits & I6300ESB_LOCK_LOCKED)
        self->function.writable[I6300ESB_LOCK] = 0;
    if (is_enabled != was_enabled)
        start_stage_locked (self, is_enabled ? 1 : 0);
}

static void
config_written (struct pci_function *function, unsigned offset, unsigned size)
{
    struct i6300esb *self = container_of (function, struct i6300esb, function);

    pthread_mutex_lock (&self->lock);
    self->config = load_le16 (function->config + I6300ESB_CONFIG);
    set_lock_locked (self, function->config[I6300ESB_LOCK]);
    pthread_mutex_unlock (&self->lock);
}

static const struct pci_function_ops function_ops = { .config_written = config_written };

/* --- life ------------------------------------------------------------------------------------ */

static void
i6300esb_reset (struct device *device)
{
    struct i6300esb *self = container_of (device, struct i6300esb, device);

    pthread_mutex_lock (&self->lock);
    start_stage_locked (self, 0);
    set_interrupt_locked (self, false);
    self->unlock = LOCKED;
    self->preloads[0] = self->preloads[1] = PRELOAD_MASK;
    self->config = 0;
    self->lock_bits = 0;
    self->function.writable[I6300ESB_LOCK] = LOCK_WRITABLE;
    pthread_mutex_unlock (&self->lock);
    pci_function_reset (&self->function);
}

static void
i6300esb_destroy (struct device *device)
{
    struct i6300esb *self = container_of (device, struct i6300esb, device);

    pci_function_destroy (&self->function);
    loop_timer_disarm (&self->timer);
    pthread_mutex_destroy (&self->lock);
    free (self);
}

static const struct device_ops i6300esb_ops = {
    .reset = i6300esb_reset,
    .destroy = i6300esb_destroy,
    .set_running = i6300esb_set_running,
};

static int
add_function (struct i6300esb *self, unsigned slot)
{
    static const struct pci_identity identity = {
        .vendor = 0x8086,
        .device = 0x25ab,
        .subsystem_vendor = 0x8086,
        .subsystem = 0x25ab,
        .class_code = 0x088000, /* a system peripheral of no particular kind */
        .revision = 2,
        .interrupt_pin = 1,
    };
    int ret = pci_function_init (&self->function, self->device.env->pci, PCI_DEVFN (slot, 0),
                                 self->device.alias, &identity, &function_ops);

    if (ret < 0)
        return ret;
    pci_add_register_bar (&self->function, 0, PCI_BAR_MEM32, I6300ESB_BAR_BYTES, &bar_ops, self);
    self->function.writable[I6300ESB_CONFIG] = CONFIG_WRITABLE;
    self->function.writable[I6300ESB_LOCK] = LOCK_WRITABLE;
    return 0;
}

static int
i6300esb_create (const struct device_args *args, struct device **out)
{
    const struct i6300esb_config *config = args->config;
    struct i6300esb *self = calloc (1, sizeof *self);
    int ret;

    if (!self)
        return -ENOMEM;
    device_init (&self->device, &i6300esb_ops, args);
    self->action = config->action;
    pthread_mutex_init (&self->lock, NULL);
    loop_timer_init (&self->timer, args->env->loop, timer_cb, self);
    ret = add_function (self, args->slot);
    if (ret < 0) {
        pthread_mutex_destroy (&self->lock);
        free (self);
        return ret;
    }
    *out = &self->device;
    return 0;
}

static const struct option i6300esb_options[] = {
    { .name = "action",
      .type = OPTION_CHOICE,
      .offset = offsetof (struct i6300esb_config, action),
      .fallback = "reset",
      .help = "What the machine does once the guest did not feed it",
      .choices = device_action_names },
};

const struct device_class i6300esb_class = {
    .name = "i6300esb",
    .summary = "Watchdog timer (Intel 6300ESB)",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .options = i6300esb_options,
    .n_options = ARRAY_SIZE (i6300esb_options),
    .config_size = sizeof (struct i6300esb_config),
    .create = i6300esb_create,
};
