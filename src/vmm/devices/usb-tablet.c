/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-tablet.c - a mouse with absolute axes.
 *
 * Theory of operation.  What happens is queued as the reports the guest will get, so that a click
 * arrives where it was made, however late the guest asks.  Only moves on top of moves that were not
 * fetched yet are merged: a guest that asks seldom skips the way, not the places of the clicks.  When
 * the queue is full the last entry takes up everything, and what is lost is a click in between.
 *
 * The report: buttons, a bit each; X and Y, 16 bits each, 0 to 32767 from edge to edge; the wheel's
 * notches, up is positive.
 */
#include "usb-tablet.h"

#include <linux/input-event-codes.h>

#include "bits.h"
#include "usb-hid.h"

#define REPORT_BYTES 6
#define QUEUE        32 /* a power of two */
#define N_BUTTONS    5

/* As the guest sees it. */
struct state {
    uint8_t buttons;
    int8_t wheel;
    uint16_t x, y;
};

struct usb_tablet {
    struct usb_hid hid;

    /* The device's lock guards these. */
    struct state told;         /* what the guest got last */
    struct state queue[QUEUE]; /* what it gets next, oldest first */
    unsigned start, n_queued;
    bool last_is_move; /* the newest in the queue says no more than where the pointer is */
};

static struct usb_tablet *
tablet_from_hid (struct usb_hid *hid)
{
    return container_of (hid, struct usb_tablet, hid);
}

/* --- descriptors -------------------------------------------------------------------------------- */

/* A field a column, by the tables of USB 1.1 §9.6 and HID 1.11 §6.2. */
/* clang-format off */
static const uint8_t device_descriptor[] = {
    18,   1,          /* device */
    0x10, 0x01,       /* USB 1.1: it knows one speed */
    0,    0,    0,    /* the interface says what it is */
    64,               /* bytes a packet on endpoint 0 */
    0x27, 0x06, 0x01, 0x00, /* 0627:0001, by which systems know such a tablet */
    0,    1,          /* release */
    1,    2,    0,    /* strings: manufacturer, product, no serial number */
    1,                /* configuration */
};

static const uint8_t report_descriptor[] = {
    0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, /* desktop: mouse, application */
    0x09, 0x01, 0xa1, 0x00,             /* pointer, physical */
    0x05, 0x09, 0x19, 0x01, 0x29, 0x05, /* buttons 1 to 5 */
    0x15, 0x00, 0x25, 0x01, 0x95, 0x05, 0x75, 0x01, 0x81, 0x02, /* a bit each */
    0x95, 0x01, 0x75, 0x03, 0x81, 0x01,                         /* padding */
    0x05, 0x01, 0x09, 0x30, 0x09, 0x31,                         /* desktop: X, Y */
    0x15, 0x00, 0x26, 0xff, 0x7f, 0x35, 0x00, 0x46, 0xff, 0x7f, /* 0 to 32767 */
    0x75, 0x10, 0x95, 0x02, 0x81, 0x02,                         /* 16 bits, absolute */
    0x09, 0x38, 0x15, 0x81, 0x25, 0x7f, 0x35, 0x00, 0x45, 0x00, /* wheel, -127 to 127 */
    0x75, 0x08, 0x95, 0x01, 0x81, 0x06,                         /* 8 bits, relative */
    0xc0, 0xc0,
};

#define HID_DESCRIPTOR_AT 18

static const uint8_t configuration_descriptor[] = {
    9,    2,    34, 0,    1, 1, 0, 0x80, 50,                    /* one interface, 100 mA */
    9,    4,    0,  0,    1, 3, 0, 0,    0,                     /* HID, no boot protocol */
    9,    0x21, 0x11, 0x01, 0, 1, 0x22, sizeof report_descriptor, 0, /* HID 1.11 */
    7,    5,    0x81, 3,  REPORT_BYTES + 2, 0, 4,               /* interrupt IN, every 4 ms */
};
/* clang-format on */

static const char *const strings[] = { "Vitrine", "Vitrine USB Tablet" };

static const struct usb_descriptors descriptors = {
    .device = device_descriptor,
    .configuration = configuration_descriptor,
    .configuration_bytes = sizeof configuration_descriptor,
    .strings = strings,
    .n_strings = ARRAY_SIZE (strings),
};

/* --- the queue ---------------------------------------------------------------------------------- */

/* The newest the device knows of. */
static struct state *
newest (struct usb_tablet *self)
{
    if (self->n_queued == 0)
        return &self->told;
    return &self->queue[(self->start + self->n_queued - 1) % QUEUE];
}

static void
append (struct usb_tablet *self, const struct state *state, bool is_move)
{
    bool merge = self->n_queued > 0 && is_move && self->last_is_move;

    if (!merge && self->n_queued < QUEUE) {
        self->n_queued++;
        self->last_is_move = is_move;
    } else if (!merge) {
        self->last_is_move = false;
    }
    *newest (self) = *state;
}

static bool
take_next (struct usb_hid *hid)
{
    struct usb_tablet *self = tablet_from_hid (hid);

    self->told.wheel = 0;
    if (self->n_queued == 0)
        return false;
    self->told = self->queue[self->start];
    self->start = (self->start + 1) % QUEUE;
    self->n_queued--;
    return true;
}

/* The wheel's turns of long ago are forgotten; where the pointer is and what is held is not. */
static void
reset (struct usb_hid *hid)
{
    struct usb_tablet *self = tablet_from_hid (hid);

    self->told = *newest (self);
    self->told.wheel = 0;
    self->n_queued = 0;
}

static size_t
get_report (struct usb_hid *hid, uint8_t *report)
{
    const struct state *told = &tablet_from_hid (hid)->told;

    report[0] = told->buttons;
    store_le16 (report + 1, told->x);
    store_le16 (report + 3, told->y);
    report[5] = (uint8_t) told->wheel;
    return REPORT_BYTES;
}

/* --- what the hand does -------------------------------------------------------------------------- */

static void
move_cb (void *opaque, unsigned x, unsigned y)
{
    struct usb_tablet *self = opaque;
    struct state next;

    pthread_mutex_lock (&self->hid.usb.lock);
    next = *newest (self);
    next.wheel = 0;
    next.x = (uint16_t) MIN_OF (x, (unsigned) INPUT_ABS_MAX);
    next.y = (uint16_t) MIN_OF (y, (unsigned) INPUT_ABS_MAX);
    append (self, &next, true);
    pthread_mutex_unlock (&self->hid.usb.lock);
    usb_device_wake (&self->hid.usb);
}

static void
button_cb (void *opaque, unsigned code, bool down)
{
    static const uint8_t bits[] = {
        [BTN_LEFT - BTN_MOUSE] = 0x01,   [BTN_RIGHT - BTN_MOUSE] = 0x02,
        [BTN_MIDDLE - BTN_MOUSE] = 0x04, [BTN_SIDE - BTN_MOUSE] = 0x08,
        [BTN_EXTRA - BTN_MOUSE] = 0x10,  [BTN_FORWARD - BTN_MOUSE] = 0x10,
        [BTN_BACK - BTN_MOUSE] = 0x08,
    };
    struct usb_tablet *self = opaque;
    struct state next;

    if (code < BTN_MOUSE || code - BTN_MOUSE >= ARRAY_SIZE (bits))
        return;
    pthread_mutex_lock (&self->hid.usb.lock);
    next = *newest (self);
    next.wheel = 0;
    if (down)
        next.buttons |= bits[code - BTN_MOUSE];
    else
        next.buttons &= (uint8_t) ~bits[code - BTN_MOUSE];
    append (self, &next, false);
    pthread_mutex_unlock (&self->hid.usb.lock);
    usb_device_wake (&self->hid.usb);
}

/* There is no sideways in the report. */
static void
wheel_cb (void *opaque, int dx, int dy)
{
    struct usb_tablet *self = opaque;
    struct state next;

    if (dy == 0)
        return;
    pthread_mutex_lock (&self->hid.usb.lock);
    next = *newest (self);
    next.wheel = (int8_t) MAX_OF (-127, MIN_OF (-dy, 127));
    append (self, &next, false);
    pthread_mutex_unlock (&self->hid.usb.lock);
    usb_device_wake (&self->hid.usb);
}

static const struct input_ops input_ops = {
    .is_active = usb_hid_is_active,
    .move_absolute = move_cb,
    .button = button_cb,
    .wheel = wheel_cb,
};

/* --- the device --------------------------------------------------------------------------------- */

static const struct usb_hid_kind kind = {
    .name = "usb-tablet",
    .descriptors = &descriptors,
    .hid_descriptor = configuration_descriptor + HID_DESCRIPTOR_AT,
    .report_descriptor = report_descriptor,
    .report_descriptor_bytes = sizeof report_descriptor,
    .input = &input_ops,
    .reset = reset,
    .take_next = take_next,
    .get_report = get_report,
};

_Static_assert(offsetof (struct usb_tablet, hid) == 0, "a struct usb_hid comes first");

static int
tablet_create (const struct device_args *args, struct device **out)
{
    return usb_hid_create (&kind, sizeof (struct usb_tablet), args, out);
}

const struct device_class usb_tablet_class = {
    .name = "usb-tablet",
    .summary = "USB mouse with absolute axes, five buttons and a wheel",
    .bus = DEVICE_BUS_USB,
    .create = tablet_create,
};
