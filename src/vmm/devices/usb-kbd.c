/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-kbd.c - a USB keyboard that firmware can use too (boot protocol).
 *
 * Theory of operation.  Presses and releases are queued, and each report the guest fetches takes in
 * one of them, so that however seldom it asks it sees every key go down and up, in order.  Should the
 * queue overflow, it is thrown away and the next report says what is down by then: keystrokes are
 * lost, but no key stays down.
 *
 * The report (HID 1.11, appendix B.1): modifiers, a bit each; zero; up to six keys that are down.
 * With more, all six say so (ErrorRollOver).  It is the same in both protocols.
 */
#include "usb-kbd.h"

#include "bits.h"
#include "usb-hid.h"

#define REPORT_BYTES   8
#define REPORT_KEYS    6
#define QUEUE          64 /* a power of two */
#define ROLL_OVER      0x01
#define FIRST_MODIFIER 0xe0
#define N_MODIFIERS    8

struct event {
    uint8_t usage;
    bool down;
};

struct usb_kbd {
    struct usb_hid hid;

    /* The device's lock guards these. */
    uint32_t held[8];          /* what the user holds down, a bit a usage */
    uint32_t told[8];          /* what the guest was told */
    struct event queue[QUEUE]; /* the way from the one to the other, oldest first */
    unsigned start, n_queued;
    bool is_overrun; /* the queue does not lead there any more */
    uint8_t leds;
};

static struct usb_kbd *
kbd_from_hid (struct usb_hid *hid)
{
    return container_of (hid, struct usb_kbd, hid);
}

/* --- descriptors -------------------------------------------------------------------------------- */

/* A field a column, by the tables of USB 1.1 §9.6 and HID 1.11 §6.2. */
/* clang-format off */
static const uint8_t device_descriptor[] = {
    18,   1,                /* device */
    0x10, 0x01,             /* USB 1.1: it knows one speed */
    0,    0,    0,          /* the interface says what it is */
    64,                     /* bytes a packet on endpoint 0 */
    0x27, 0x06, 0x01, 0x00, /* 0627:0001, by which systems know such a keyboard */
    0,    1,                /* release */
    1,    2,    0,          /* strings: manufacturer, product, no serial number */
    1,                      /* configuration */
};

static const uint8_t report_descriptor[] = {
    0x05, 0x01, 0x09, 0x06, 0xa1, 0x01,                         /* desktop: keyboard, application */
    0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7,                         /* keys: the modifiers */
    0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, /* a bit each */
    0x75, 0x08, 0x95, 0x01, 0x81, 0x01,                         /* reserved */
    0x05, 0x08, 0x19, 0x01, 0x29, 0x05,                         /* LEDs 1 to 5 */
    0x75, 0x01, 0x95, 0x05, 0x91, 0x02,                         /* a bit each, output */
    0x75, 0x03, 0x95, 0x01, 0x91, 0x01,                         /* padding */
    0x05, 0x07, 0x19, 0x00, 0x29, 0xff,                         /* keys */
    0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, REPORT_KEYS, 0x81, 0x00, /* an array */
    0xc0,
};

#define HID_DESCRIPTOR_AT 18

static const uint8_t configuration_descriptor[] = {
    9, 2,    34,   0,    1, 1, 0,    0x80, 50,                      /* one interface, 100 mA */
    9, 4,    0,    0,    1, 3, 1,    1,    0,                       /* HID, boot, keyboard */
    9, 0x21, 0x11, 0x01, 0, 1, 0x22, sizeof report_descriptor, 0,   /* HID 1.11 */
    7, 5,    0x81, 3,    REPORT_BYTES, 0, 8,                        /* interrupt IN, every 8 ms */
};
/* clang-format on */

static const char *const strings[] = { "Vitrine", "Vitrine USB Keyboard" };

static const struct usb_descriptors descriptors = {
    .device = device_descriptor,
    .configuration = configuration_descriptor,
    .configuration_bytes = sizeof configuration_descriptor,
    .strings = strings,
    .n_strings = ARRAY_SIZE (strings),
};

/* --- what is down ------------------------------------------------------------------------------- */

static bool
get_bit (const uint32_t *bits, unsigned usage)
{
    return bits[usage / 32] >> (usage % 32) & 1;
}

static void
set_bit (uint32_t *bits, unsigned usage, bool on)
{
    if (on)
        bits[usage / 32] |= BIT (usage % 32);
    else
        bits[usage / 32] &= ~BIT (usage % 32);
}

static bool
take_next (struct usb_hid *hid)
{
    struct usb_kbd *self = kbd_from_hid (hid);
    const struct event *event = &self->queue[self->start];

    if (self->is_overrun) {
        self->is_overrun = false;
        memcpy (self->told, self->held, sizeof self->told);
        return true;
    }
    if (self->n_queued == 0)
        return false;
    set_bit (self->told, event->usage, event->down);
    self->start = (self->start + 1) % QUEUE;
    self->n_queued--;
    return true;
}

/* A guest that starts anew learns of what is held now, if of anything. */
static void
reset (struct usb_hid *hid)
{
    struct usb_kbd *self = kbd_from_hid (hid);

    memset (self->told, 0, sizeof self->told);
    self->n_queued = 0;
    self->leds = 0;
    self->is_overrun = memcmp (self->told, self->held, sizeof self->told) != 0;
}

static size_t
get_report (struct usb_hid *hid, uint8_t *report)
{
    const struct usb_kbd *self = kbd_from_hid (hid);
    unsigned n = 0;

    memset (report, 0, REPORT_BYTES);
    for (unsigned i = 0; i < N_MODIFIERS; i++)
        report[0] |= (uint8_t) (get_bit (self->told, FIRST_MODIFIER + i) << i);
    for (unsigned usage = 0; usage < FIRST_MODIFIER; usage++) {
        if (!get_bit (self->told, usage))
            continue;
        if (n < REPORT_KEYS)
            report[2 + n] = (uint8_t) usage;
        n++;
    }
    if (n > REPORT_KEYS)
        memset (report + 2, ROLL_OVER, REPORT_KEYS);
    return REPORT_BYTES;
}

static bool
is_held (struct usb_hid *hid)
{
    const struct usb_kbd *self = kbd_from_hid (hid);
    uint32_t any = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (self->told); i++)
        any |= self->told[i];
    return any != 0;
}

/* The LEDs: kept, as a keyboard does; there is nobody to show them to. */
static void
set_report (struct usb_hid *hid, const uint8_t *report, size_t size)
{
    if (size > 0)
        kbd_from_hid (hid)->leds = report[0] & 0x1f;
}

/* A press of what is down already is the console's repeat; the guest makes its own. */
static void
key_cb (void *opaque, unsigned code, bool down)
{
    struct usb_kbd *self = opaque;
    uint8_t usage = usb_kbd_usage (code);
    bool is_news;

    if (usage == 0)
        return;
    pthread_mutex_lock (&self->hid.usb.lock);
    is_news = get_bit (self->held, usage) != down;
    if (is_news) {
        set_bit (self->held, usage, down);
        if (self->n_queued == QUEUE)
            self->is_overrun = true;
        if (self->is_overrun)
            self->n_queued = 0;
        else
            self->queue[(self->start + self->n_queued++) % QUEUE] = (struct event){ usage, down };
    }
    pthread_mutex_unlock (&self->hid.usb.lock);
    if (is_news)
        usb_device_wake (&self->hid.usb);
}

static const struct input_ops input_ops = { .is_active = usb_hid_is_active, .key = key_cb };

/* --- the device --------------------------------------------------------------------------------- */

static const struct usb_hid_kind kind = {
    .name = "usb-kbd",
    .descriptors = &descriptors,
    .hid_descriptor = configuration_descriptor + HID_DESCRIPTOR_AT,
    .report_descriptor = report_descriptor,
    .report_descriptor_bytes = sizeof report_descriptor,
    .input = &input_ops,
    .reset = reset,
    .take_next = take_next,
    .get_report = get_report,
    .is_held = is_held,
    .set_report = set_report,
};

_Static_assert(offsetof (struct usb_kbd, hid) == 0, "a struct usb_hid comes first");

static int
kbd_create (const struct device_args *args, struct device **out)
{
    return usb_hid_create (&kind, sizeof (struct usb_kbd), args, out);
}

const struct device_class usb_kbd_class = {
    .name = "usb-kbd",
    .summary = "USB keyboard, boot protocol included",
    .bus = DEVICE_BUS_USB,
    .create = kbd_create,
};
