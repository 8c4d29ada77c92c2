/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-input.c - virtio-input: a keyboard, a mouse, a tablet (virtio 1.2, §5.8).
 *
 * Theory of operation.  What a kind of device is lies in one table row: the ids, and which evdev codes
 * it sends, as the configuration tells them.  Events from consoles (display/input.h) go into a ring
 * of our own and from there, by the queue's work, into buffers the driver has made available, one
 * each; SYN_REPORT ends every change.
 *
 * A driver that gives no buffers is not waited for.  When the ring is full events are dropped, but the
 * guest must not be left with a key that it believes to be down: `told` has what the guest was or
 * will be told to be down, `down` what is; when the ring has room again the difference is released,
 * and the pointer's last place told.
 *
 * The device takes events from when the driver has set the event queue up until it resets it
 * (is_listening); before, another keyboard or pointer of the machine gets them.
 */
#include "virtio-input.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <linux/input.h>
#include <stdlib.h>

#include "bits.h"
#include "input.h"
#include "transport-pci.h"

#define DEVICE_TYPE 18
#define N_QUEUES    2
#define QUEUE_SIZE  64
#define VENDOR_ID   0x1af4
#define N_WORDS     ((KEY_CNT + 31) / 32)
#define LAST_KEY    KEY_MICMUTE /* of a keyboard; from BTN_MISC on other things begin */

/* A run of codes of one event type, FIRST to LAST. */
struct codes {
    uint8_t type;
    uint16_t first, last;
};

#define MAX_CODES 4

struct kind {
    const struct device_class *class;
    struct virtio_type type;
    const char *name;
    uint16_t product;
    const struct input_ops *input_ops;
    struct codes codes[MAX_CODES]; /* a type of 0 ends them */
};

struct event {
    uint16_t type, code;
    int32_t value;
};

struct virtio_input {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    const struct kind *kind;
    struct input_handler handler; /* main loop's thread */
    uint8_t config[VIRTIO_INPUT_CFG_BYTES];
    bool is_listening;

    struct event ring[VIRTIO_INPUT_WAITING];
    unsigned first, n_waiting;
    bool has_dropped;
    uint32_t down[N_WORDS], told[N_WORDS]; /* a bit a code */
    unsigned x, y;                         /* the tablet's last place */

    struct queue_chain chain;
};

static struct virtio_input *
input_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_input, virtio);
}

static struct virtio_input *
input_from_device (struct device *device)
{
    return container_of (device, struct virtio_input, virtio.device);
}

/* --- events ---------------------------------------------------------------------------------- */

static bool
is_set (const uint32_t *bits, unsigned code)
{
    return bits[code / 32] & BIT (code % 32);
}

static void
set_bit (uint32_t *bits, unsigned code, bool on)
{
    if (on)
        bits[code / 32] |= BIT (code % 32);
    else
        bits[code / 32] &= ~BIT (code % 32);
}

/* Puts N events and SYN_REPORT into the ring, or none.  Returns whether there was room. */
static bool
append_locked (struct virtio_input *self, const struct event *events, unsigned n)
{
    const struct event report = { EV_SYN, SYN_REPORT, 0 };

    if (self->n_waiting + n + 1 > VIRTIO_INPUT_WAITING) {
        self->has_dropped = true;
        return false;
    }
    for (unsigned i = 0; i <= n; i++) {
        const struct event *e = i < n ? &events[i] : &report;

        self->ring[(self->first + self->n_waiting++) % VIRTIO_INPUT_WAITING] = *e;
        if (e->type == EV_KEY)
            set_bit (self->told, e->code, e->value != 0);
    }
    return true;
}

static bool
is_tablet (const struct virtio_input *self)
{
    return self->handler.ops->move_absolute != NULL;
}

static bool
append_place_locked (struct virtio_input *self)
{
    const struct event events[] = {
        { EV_ABS, ABS_X, (int32_t) self->x },
        { EV_ABS, ABS_Y, (int32_t) self->y },
    };

    return append_locked (self, events, ARRAY_SIZE (events));
}

/* Makes up for what was dropped, now that the ring is empty. */
static void
catch_up_locked (struct virtio_input *self)
{
    self->has_dropped = false;
    for (unsigned code = 0; code < KEY_CNT; code++) {
        const struct event release = { EV_KEY, (uint16_t) code, 0 };

        if (is_set (self->told, code) && !is_set (self->down, code)
            && !append_locked (self, &release, 1))
            return; /* the rest when this is through */
    }
    if (is_tablet (self))
        append_place_locked (self);
}

/* Puts the oldest event into a buffer of the driver's.  Returns false when there is none, or the device
 * is broken. */
static bool
send_one_locked (struct virtio_input *self, struct virtio_queue *queue)
{
    const struct event *e = &self->ring[self->first];
    uint8_t raw[VIRTIO_INPUT_EVENT_BYTES];

    if (!virtio_pop_locked (queue, &self->chain))
        return false;
    store_le16 (raw, e->type);
    store_le16 (raw + 2, e->code);
    store_le32 (raw + 4, (uint32_t) e->value);
    if (queue_chain_write (&self->chain, 0, raw, sizeof raw) != sizeof raw) {
        device_mark_broken (&self->virtio.device, "a buffer is too short for an event");
        virtio_push_locked (queue, self->chain.ticket, 0);
        return false;
    }
    virtio_push_locked (queue, self->chain.ticket, sizeof raw);
    self->first = (self->first + 1) % VIRTIO_INPUT_WAITING;
    self->n_waiting--;
    return true;
}

static bool
process_events_locked (struct virtio_input *self, struct virtio_queue *queue)
{
    if (!self->is_listening) {
        self->is_listening = true;
        if (self->virtio.device.env->input)
            input_changed (self->virtio.device.env->input);
    }
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (self->n_waiting == 0 && self->has_dropped)
            catch_up_locked (self);
        if (self->n_waiting == 0 || !send_one_locked (self, queue))
            return false;
    }
    return true;
}

/* What the driver says: lamps to be lit (§5.8.6.2), which no console shows. */
static bool
process_status_locked (struct virtio_input *self, struct virtio_queue *queue)
{
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!virtio_pop_locked (queue, &self->chain))
            return false;
        virtio_push_locked (queue, self->chain.ticket, 0);
    }
    return true;
}

static bool
process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_input *self = input_from_virtio (vdev);

    return queue->index == VIRTIO_INPUT_EVENT_QUEUE ? process_events_locked (self, queue)
                                                    : process_status_locked (self, queue);
}

/* --- from consoles --------------------------------------------------------------------------- */

static bool
is_active (void *opaque)
{
    struct virtio_input *self = opaque;
    bool is_listening;

    pthread_mutex_lock (&self->virtio.lock);
    is_listening = self->is_listening;
    pthread_mutex_unlock (&self->virtio.lock);
    return is_listening;
}

static bool
has_code (const struct kind *kind, unsigned type, unsigned code)
{
    for (unsigned i = 0; i < MAX_CODES && kind->codes[i].type; i++) {
        const struct codes *c = &kind->codes[i];

        if (c->type == type && code >= c->first && code <= c->last)
            return true;
    }
    return false;
}

/* A key or a button; the guest repeats keys itself. */
static void
press (void *opaque, unsigned code, bool down)
{
    struct virtio_input *self = opaque;
    const struct event event = { EV_KEY, (uint16_t) code, down };

    if (!has_code (self->kind, EV_KEY, code))
        return;
    pthread_mutex_lock (&self->virtio.lock);
    set_bit (self->down, code, down);
    if (self->is_listening && is_set (self->told, code) != down)
        append_locked (self, &event, 1);
    pthread_mutex_unlock (&self->virtio.lock);
    virtio_notify (&self->virtio, VIRTIO_INPUT_EVENT_QUEUE);
}

/* Two events of TYPE, those with a value of 0 left out. */
static void
move (struct virtio_input *self, unsigned x_code, int dx, unsigned y_code, int dy)
{
    struct event events[2];
    unsigned n = 0;

    if (dx != 0)
        events[n++] = (struct event){ EV_REL, (uint16_t) x_code, dx };
    if (dy != 0)
        events[n++] = (struct event){ EV_REL, (uint16_t) y_code, dy };
    pthread_mutex_lock (&self->virtio.lock);
    if (self->is_listening && n > 0)
        append_locked (self, events, n);
    pthread_mutex_unlock (&self->virtio.lock);
    virtio_notify (&self->virtio, VIRTIO_INPUT_EVENT_QUEUE);
}

static void
move_relative (void *opaque, int dx, int dy)
{
    move (opaque, REL_X, dx, REL_Y, dy);
}

/* evdev's wheel turns up and right. */
static void
wheel (void *opaque, int dx, int dy)
{
    move (opaque, REL_HWHEEL, dx, REL_WHEEL, -dy);
}

static void
move_absolute (void *opaque, unsigned x, unsigned y)
{
    struct virtio_input *self = opaque;

    pthread_mutex_lock (&self->virtio.lock);
    self->x = x;
    self->y = y;
    if (self->is_listening)
        append_place_locked (self);
    pthread_mutex_unlock (&self->virtio.lock);
    virtio_notify (&self->virtio, VIRTIO_INPUT_EVENT_QUEUE);
}

/* --- configuration --------------------------------------------------------------------------- */

/* The codes of event TYPE as a bitmap; returns how many bytes of it are used. */
static unsigned
fill_bits (const struct kind *kind, unsigned type, uint8_t *data)
{
    unsigned bytes = 0;

    for (unsigned i = 0; i < MAX_CODES && kind->codes[i].type; i++) {
        const struct codes *c = &kind->codes[i];

        if (c->type != type)
            continue;
        for (unsigned code = c->first; code <= c->last; code++) {
            data[code / 8] |= (uint8_t) BIT (code % 8);
            bytes = MAX_OF (bytes, code / 8 + 1);
        }
    }
    return bytes;
}

static unsigned
fill_text (uint8_t *data, const char *text)
{
    size_t len = MIN_OF (strlen (text), (size_t) VIRTIO_INPUT_CFG_DATA_BYTES);

    memcpy (data, text, len);
    return (unsigned) len;
}

static unsigned
fill_ids (const struct kind *kind, uint8_t *data)
{
    store_le16 (data, BUS_VIRTUAL);
    store_le16 (data + 2, VENDOR_ID);
    store_le16 (data + 4, kind->product);
    store_le16 (data + 6, 1);
    return 8;
}

static unsigned
fill_axis (const struct kind *kind, unsigned axis, uint8_t *data)
{
    if (!has_code (kind, EV_ABS, axis))
        return 0;
    store_le32 (data, 0);
    store_le32 (data + 4, INPUT_ABS_MAX);
    memset (data + 8, 0, 12); /* fuzz, flat, resolution */
    return 20;
}

/* Answers what select and subsel ask for; size 0: there is no such thing. */
static void
fill_config (struct virtio_input *self)
{
    uint8_t *c = self->config, *data = c + VIRTIO_INPUT_CFG_DATA;
    uint8_t subsel = c[VIRTIO_INPUT_CFG_SUBSEL];
    unsigned size = 0;

    memset (c + VIRTIO_INPUT_CFG_SIZE, 0, VIRTIO_INPUT_CFG_BYTES - VIRTIO_INPUT_CFG_SIZE);
    switch (c[VIRTIO_INPUT_CFG_SELECT]) {
    case VIRTIO_INPUT_SELECT_NAME:
        size = fill_text (data, self->kind->name);
        break;
    case VIRTIO_INPUT_SELECT_SERIAL:
        size = fill_text (data, self->virtio.device.alias);
        break;
    case VIRTIO_INPUT_SELECT_DEVIDS:
        size = fill_ids (self->kind, data);
        break;
    case VIRTIO_INPUT_SELECT_EV_BITS:
        size = fill_bits (self->kind, subsel, data);
        break;
    case VIRTIO_INPUT_SELECT_ABS_INFO:
        size = fill_axis (self->kind, subsel, data);
        break;
    }
    c[VIRTIO_INPUT_CFG_SIZE] = (uint8_t) size;
}

static void
config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    struct virtio_input *self = input_from_virtio (vdev);

    if (!range_fits (offset, size, VIRTIO_INPUT_CFG_SIZE))
        return;
    store_le (self->config + offset, value, size);
    fill_config (self);
}

/* --- life ------------------------------------------------------------------------------------ */

/* The guest knows of nothing that is down, nor will the next driver. */
static void
virtio_reset (struct virtio_device *vdev)
{
    struct virtio_input *self = input_from_virtio (vdev);

    memset (self->told, 0, sizeof self->told);
    memset (self->down, 0, sizeof self->down);
    self->n_waiting = 0;
    self->has_dropped = false;
    self->config[VIRTIO_INPUT_CFG_SELECT] = self->config[VIRTIO_INPUT_CFG_SUBSEL] = 0;
    fill_config (self);
    if (self->is_listening && vdev->device.env->input)
        input_changed (vdev->device.env->input);
    self->is_listening = false;
}

static void
device_reset_cb (struct device *device)
{
    virtio_pci_reset (&input_from_device (device)->pci);
}

static void
device_destroy_cb (struct device *device)
{
    struct virtio_input *self = input_from_device (device);

    if (device->env->input)
        input_remove (device->env->input, &self->handler);
    virtio_pci_destroy (&self->pci);
    virtio_destroy (&self->virtio);
    free (self);
}

static const struct device_ops device_ops = {
    .reset = device_reset_cb,
    .destroy = device_destroy_cb,
    .broken = virtio_broken,
};

static int
create (const struct device_args *args, const struct kind *kind, struct device **out)
{
    struct virtio_input *self = calloc (1, sizeof *self);
    int ret;

    if (!self)
        return -ENOMEM;
    self->kind = kind;
    self->handler = (struct input_handler){
        .ops = kind->input_ops,
        .opaque = self,
        .rank = INPUT_RANK_VIRTIO,
    };
    list_init (&self->handler.node);
    virtio_init (&self->virtio, args, &device_ops, &kind->type, N_QUEUES, args->env->loop);
    self->virtio.device.class = kind->class;
    self->virtio.config = self->config;
    self->virtio.config_size = sizeof self->config;
    ret = virtio_pci_init (&self->pci, &self->virtio, args->slot);
    if (ret < 0) {
        device_destroy_cb (&self->virtio.device);
        return ret;
    }
    if (args->env->input)
        input_add (args->env->input, &self->handler);
    *out = &self->virtio.device;
    return 0;
}

/* --- the kinds ------------------------------------------------------------------------------- */

static const struct virtio_ops virtio_ops = {
    .process = process,
    .reset = virtio_reset,
    .config_write = config_write,
};

static const struct input_ops keyboard_ops = { .is_active = is_active, .key = press };
static const struct input_ops mouse_ops = {
    .is_active = is_active,
    .move_relative = move_relative,
    .button = press,
    .wheel = wheel,
};
static const struct input_ops tablet_ops = {
    .is_active = is_active,
    .move_absolute = move_absolute,
    .button = press,
    .wheel = wheel,
};

static const struct kind keyboard = {
    .class = &virtio_keyboard_class,
    .type = { DEVICE_TYPE, 0x090000, QUEUE_SIZE, &virtio_ops },
    .name = "Vitrine Virtio Keyboard",
    .product = 1,
    .input_ops = &keyboard_ops,
    .codes = { { EV_KEY, KEY_ESC, LAST_KEY },
               { EV_LED, LED_NUML, LED_SCROLLL },
               { EV_REP, REP_DELAY, REP_PERIOD } },
};

static const struct kind mouse = {
    .class = &virtio_mouse_class,
    .type = { DEVICE_TYPE, 0x090200, QUEUE_SIZE, &virtio_ops },
    .name = "Vitrine Virtio Mouse",
    .product = 2,
    .input_ops = &mouse_ops,
    .codes = { { EV_KEY, BTN_LEFT, BTN_TASK },
               { EV_REL, REL_X, REL_Y },
               { EV_REL, REL_HWHEEL, REL_HWHEEL },
               { EV_REL, REL_WHEEL, REL_WHEEL } },
};

static const struct kind tablet = {
    .class = &virtio_tablet_class,
    .type = { DEVICE_TYPE, 0x098000, QUEUE_SIZE, &virtio_ops },
    .name = "Vitrine Virtio Tablet",
    .product = 3,
    .input_ops = &tablet_ops,
    .codes = { { EV_KEY, BTN_LEFT, BTN_TASK },
               { EV_ABS, ABS_X, ABS_Y },
               { EV_REL, REL_HWHEEL, REL_HWHEEL },
               { EV_REL, REL_WHEEL, REL_WHEEL } },
};

static int
create_keyboard (const struct device_args *args, struct device **out)
{
    return create (args, &keyboard, out);
}

static int
create_mouse (const struct device_args *args, struct device **out)
{
    return create (args, &mouse, out);
}

static int
create_tablet (const struct device_args *args, struct device **out)
{
    return create (args, &tablet, out);
}

const struct device_class virtio_keyboard_class = {
    .name = "virtio-keyboard",
    .summary = "Paravirtual keyboard",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .create = create_keyboard,
};

const struct device_class virtio_mouse_class = {
    .name = "virtio-mouse",
    .summary = "Paravirtual mouse",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .create = create_mouse,
};

const struct device_class virtio_tablet_class = {
    .name = "virtio-tablet",
    .summary = "Paravirtual pointer that tells positions",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .create = create_tablet,
};
