/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-input.c - tests: what consoles do reaches the driver, and nothing stays pressed. */
#include <linux/input-event-codes.h>
#include <linux/input.h>
#include <string.h>

#include "bits.h"
#include "input.h"
#include "virtio-driver.h"
#include "virtio-input.h"

#define SLOT       7
#define QUEUE_SIZE 64

struct fixture {
    struct test_machine *m;
    struct device *device;
    struct virtio_driver d;
    gpa_t events;         /* QUEUE_SIZE buffers */
    uint16_t next_buffer; /* offered next */
};

static void
start (struct fixture *f)
{
    virtio_driver_start (&f->d, 0, 2, QUEUE_SIZE);
    f->events = virtio_driver_alloc (&f->d, QUEUE_SIZE * VIRTIO_INPUT_EVENT_BYTES, 8);
    f->next_buffer = 0;
}

static void
setup (struct fixture *f, gconstpointer class)
{
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "input0");
    args.slot = SLOT;
    g_assert_cmpint (((const struct device_class *) class)->create (&args, &f->device), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, SLOT);
    start (f);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

/* --- helpers --------------------------------------------------------------------------------- */

static void
offer (struct fixture *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct virtio_buffer buffer = { f->events + f->next_buffer * VIRTIO_INPUT_EVENT_BYTES,
                                        VIRTIO_INPUT_EVENT_BYTES, true };

        virtio_driver_send (&f->d, VIRTIO_INPUT_EVENT_QUEUE, &buffer, 1);
        f->next_buffer = (uint16_t) ((f->next_buffer + 1) % QUEUE_SIZE);
    }
    test_machine_settle (f->m);
}

/* Takes one event; false when there is none. */
static bool
take (struct fixture *f, unsigned *type, unsigned *code, int *value)
{
    uint32_t id, len;
    const uint8_t *raw;

    test_machine_settle (f->m);
    if (!virtio_driver_take (&f->d, VIRTIO_INPUT_EVENT_QUEUE, &id, &len))
        return false;
    g_assert_cmpuint (len, ==, VIRTIO_INPUT_EVENT_BYTES);
    raw = virtio_driver_at (&f->d, f->events) + id * VIRTIO_INPUT_EVENT_BYTES;
    *type = load_le16 (raw);
    *code = load_le16 (raw + 2);
    *value = (int32_t) load_le32 (raw + 4);
    return true;
}

static void
expect (struct fixture *f, unsigned type, unsigned code, int value)
{
    unsigned t, c;
    int v;

    g_assert_true (take (f, &t, &c, &v));
    g_assert_cmpuint (t, ==, type);
    g_assert_cmpuint (c, ==, code);
    g_assert_cmpint (v, ==, value);
}

static void
expect_change (struct fixture *f, unsigned type, unsigned code, int value)
{
    expect (f, type, code, value);
    expect (f, EV_SYN, SYN_REPORT, 0);
}

static void
expect_silence (struct fixture *f)
{
    unsigned t, c;
    int v;

    g_assert_false (take (f, &t, &c, &v));
}

/* Selects, and reads size and data. */
static unsigned
query (struct fixture *f, unsigned select, unsigned subsel, uint8_t *data)
{
    unsigned size;

    test_mmio_write (f->m, f->d.config + VIRTIO_INPUT_CFG_SELECT, select, 1);
    test_mmio_write (f->m, f->d.config + VIRTIO_INPUT_CFG_SUBSEL, subsel, 1);
    size = (unsigned) test_mmio_read (f->m, f->d.config + VIRTIO_INPUT_CFG_SIZE, 1);
    g_assert_cmpuint (size, <=, VIRTIO_INPUT_CFG_DATA_BYTES);
    for (unsigned i = 0; i < VIRTIO_INPUT_CFG_DATA_BYTES; i++)
        data[i] = (uint8_t) test_mmio_read (f->m, f->d.config + VIRTIO_INPUT_CFG_DATA + i, 1);
    return size;
}

static bool
has_bit (const uint8_t *data, unsigned bit)
{
    return data[bit / 8] >> (bit % 8) & 1;
}

/* --- configuration --------------------------------------------------------------------------- */

static void
test_keyboard_describes_itself (struct fixture *f, gconstpointer data)
{
    uint8_t d[VIRTIO_INPUT_CFG_DATA_BYTES];
    unsigned size;

    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10521af4);
    size = query (f, VIRTIO_INPUT_SELECT_NAME, 0, d);
    g_assert_cmpmem (d, size, "Vitrine Virtio Keyboard", 23);
    size = query (f, VIRTIO_INPUT_SELECT_SERIAL, 0, d);
    g_assert_cmpmem (d, size, "input0", 6);
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_DEVIDS, 0, d), ==, 8);
    g_assert_cmpuint (load_le16 (d), ==, BUS_VIRTUAL);
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_PROPS, 0, d), ==, 0);
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_KEY, d), ==, 32);
    g_assert_true (has_bit (d, KEY_ESC) && has_bit (d, KEY_A) && has_bit (d, KEY_LEFTMETA));
    g_assert_false (has_bit (d, KEY_RESERVED) || has_bit (d, BTN_LEFT));
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_LED, d), ==, 1);
    g_assert_cmphex (d[0], ==, BIT (LED_NUML) | BIT (LED_CAPSL) | BIT (LED_SCROLLL));
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_REP, d), >, 0);
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_REL, d), ==, 0);
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_ABS_INFO, ABS_X, d), ==, 0);
}

static void
test_mouse_describes_itself (struct fixture *f, gconstpointer data)
{
    uint8_t d[VIRTIO_INPUT_CFG_DATA_BYTES];

    query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_KEY, d);
    g_assert_true (has_bit (d, BTN_LEFT) && has_bit (d, BTN_MIDDLE) && has_bit (d, BTN_SIDE));
    g_assert_false (has_bit (d, KEY_A));
    query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_REL, d);
    g_assert_true (has_bit (d, REL_X) && has_bit (d, REL_Y));
    g_assert_true (has_bit (d, REL_WHEEL) && has_bit (d, REL_HWHEEL));
    g_assert_false (has_bit (d, REL_Z));
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_ABS, d), ==, 0);
}

static void
test_tablet_describes_itself (struct fixture *f, gconstpointer data)
{
    uint8_t d[VIRTIO_INPUT_CFG_DATA_BYTES];

    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_ABS, d), ==, 1);
    g_assert_cmphex (d[0], ==, BIT (ABS_X) | BIT (ABS_Y));
    for (unsigned axis = ABS_X; axis <= ABS_Y; axis++) {
        g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_ABS_INFO, axis, d), ==, 20);
        g_assert_cmpuint (load_le32 (d), ==, 0);
        g_assert_cmpuint (load_le32 (d + 4), ==, INPUT_ABS_MAX);
    }
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_ABS_INFO, ABS_Z, d), ==, 0);
    query (f, VIRTIO_INPUT_SELECT_EV_BITS, EV_REL, d);
    g_assert_true (has_bit (d, REL_WHEEL));
    g_assert_false (has_bit (d, REL_X));
}

static void
test_selects_of_nothing (struct fixture *f, gconstpointer data)
{
    uint8_t d[VIRTIO_INPUT_CFG_DATA_BYTES], zero[VIRTIO_INPUT_CFG_DATA_BYTES] = { 0 };

    query (f, VIRTIO_INPUT_SELECT_NAME, 0, d);
    for (unsigned select = 0; select < 256; select++) {
        for (unsigned subsel = 0; subsel < 256; subsel += 5) {
            if (query (f, select, subsel, d) == 0)
                g_assert_cmpmem (d, sizeof d, zero, sizeof zero); /* nothing of the one before */
        }
    }
    /* The answer is not the driver's to write. */
    query (f, VIRTIO_INPUT_SELECT_NAME, 0, d);
    for (unsigned at = VIRTIO_INPUT_CFG_SIZE; at < VIRTIO_INPUT_CFG_BYTES + 8; at++)
        test_mmio_write (f->m, f->d.config + at, 0xffffffff, 4);
    test_mmio_write (f->m, f->d.config + 1, 0xffffffff, 4);
    g_assert_cmpuint (query (f, VIRTIO_INPUT_SELECT_NAME, 0, d), ==, 23);
}

/* --- events ---------------------------------------------------------------------------------- */

static void
test_keys (struct fixture *f, gconstpointer data)
{
    offer (f, 16);
    input_key (f->m->env.input, KEY_A, true);
    expect_change (f, EV_KEY, KEY_A, 1);
    input_key (f->m->env.input, KEY_A, true); /* a console's repeat: the guest makes its own */
    expect_silence (f);
    input_key (f->m->env.input, KEY_A, false);
    expect_change (f, EV_KEY, KEY_A, 0);
    input_key (f->m->env.input, KEY_SELECT, true); /* no such key here */
    expect_silence (f);
    g_assert_true (f->m->intx[SLOT][0]);
}

static void
test_mouse (struct fixture *f, gconstpointer data)
{
    g_assert_false (input_pointer_is_absolute (f->m->env.input));
    offer (f, 32);
    input_pointer_relative (f->m->env.input, -5, 7);
    expect (f, EV_REL, REL_X, -5);
    expect_change (f, EV_REL, REL_Y, 7);
    input_pointer_relative (f->m->env.input, 0, 2);
    expect_change (f, EV_REL, REL_Y, 2);
    input_button (f->m->env.input, BTN_LEFT, true);
    expect_change (f, EV_KEY, BTN_LEFT, 1);
    input_button (f->m->env.input, BTN_LEFT, false);
    expect_change (f, EV_KEY, BTN_LEFT, 0);
    input_wheel (f->m->env.input, 0, 1); /* down */
    expect_change (f, EV_REL, REL_WHEEL, -1);
    input_wheel (f->m->env.input, 1, 0); /* right */
    expect_change (f, EV_REL, REL_HWHEEL, 1);
    expect_silence (f);
}

static void
test_tablet (struct fixture *f, gconstpointer data)
{
    g_assert_true (input_pointer_is_absolute (f->m->env.input));
    offer (f, 32);
    input_pointer_absolute (f->m->env.input, 100, 0, 101, 51);
    expect (f, EV_ABS, ABS_X, INPUT_ABS_MAX);
    expect_change (f, EV_ABS, ABS_Y, 0);
    input_button (f->m->env.input, BTN_RIGHT, true);
    expect_change (f, EV_KEY, BTN_RIGHT, 1);
    input_wheel (f->m->env.input, 0, -2);
    expect_change (f, EV_REL, REL_WHEEL, 2);
}

/* What comes before the driver's buffers waits for them. */
static void
test_waiting (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 20; i++) {
        input_key (f->m->env.input, KEY_1 + i % 10, true);
        input_key (f->m->env.input, KEY_1 + i % 10, false);
    }
    expect_silence (f);
    for (unsigned i = 0; i < 20; i++) {
        offer (f, 3); /* not even a change's end each time */
        expect (f, EV_KEY, KEY_1 + i % 10, 1);
        expect (f, EV_SYN, SYN_REPORT, 0);
        expect (f, EV_KEY, KEY_1 + i % 10, 0);
        offer (f, 1);
        expect (f, EV_SYN, SYN_REPORT, 0);
    }
    expect_silence (f);
}

/* More than the device keeps: the guest misses strokes, but no key stays down. */
static void
test_overflow (struct fixture *f, gconstpointer data)
{
    bool down[KEY_CNT] = { false };
    unsigned type, code, n = 0;
    int value;

    input_key (f->m->env.input, KEY_LEFTSHIFT, true);
    for (unsigned i = 0; i < VIRTIO_INPUT_WAITING; i++)
        input_key (f->m->env.input, KEY_A + i % 2, i % 4 < 2);
    for (unsigned i = 0; i < 100; i++)
        input_key (f->m->env.input, KEY_1 + i % 9, true);
    input_release_all (f->m->env.input);
    for (unsigned round = 0; round < 2 * VIRTIO_INPUT_WAITING; round++) {
        offer (f, 1);
        while (take (f, &type, &code, &value)) {
            n++;
            if (type == EV_KEY)
                down[code] = value != 0;
        }
    }
    g_assert_cmpuint (n, >=, VIRTIO_INPUT_WAITING - 1);
    g_assert_cmpuint (n, <, 2 * VIRTIO_INPUT_WAITING);
    for (unsigned i = 0; i < KEY_CNT; i++)
        g_assert_false (down[i]);
}

/* The pointer's last place arrives, whatever was lost before. */
static void
test_overflow_of_moves (struct fixture *f, gconstpointer data)
{
    int x = 0, y = 0, value;
    unsigned type, code;

    for (unsigned i = 0; i < 1000; i++)
        input_pointer_absolute (f->m->env.input, i, i, 1000, 1000);
    for (unsigned round = 0; round < 2 * VIRTIO_INPUT_WAITING; round++) {
        offer (f, 1);
        while (take (f, &type, &code, &value)) {
            if (type == EV_ABS)
                *(code == ABS_X ? &x : &y) = value;
        }
    }
    g_assert_cmpint (x, ==, INPUT_ABS_MAX);
    g_assert_cmpint (y, ==, INPUT_ABS_MAX);
}

/* --- who gets the events --------------------------------------------------------------------- */

static bool key_went_elsewhere;

static void
note_key (void *opaque, unsigned code, bool down)
{
    key_went_elsewhere = down;
}

static void
test_driver_decides (struct fixture *f, gconstpointer data)
{
    static const struct input_ops ops = { .key = note_key };
    struct input_handler other = { .ops = &ops, .rank = INPUT_RANK_PS2 };
    uint16_t buffers = 8;

    list_init (&other.node);
    input_add (f->m->env.input, &other);
    offer (f, buffers);
    input_key (f->m->env.input, KEY_A, true);
    expect_change (f, EV_KEY, KEY_A, 1);
    g_assert_false (key_went_elsewhere);

    virtio_driver_reset (&f->d); /* no driver: the plain keyboard has them again */
    test_machine_settle (f->m);
    input_key (f->m->env.input, KEY_B, true);
    g_assert_true (key_went_elsewhere);
    input_key (f->m->env.input, KEY_B, false);

    start (f);
    offer (f, buffers);
    input_key (f->m->env.input, KEY_C, true);
    expect_change (f, EV_KEY, KEY_C, 1); /* and nothing of before */
    g_assert_false (key_went_elsewhere);
    input_remove (f->m->env.input, &other);
}

/* --- what a driver does wrong ---------------------------------------------------------------- */

static void
test_short_buffer (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer tiny = { f->events, VIRTIO_INPUT_EVENT_BYTES - 1, true };
    struct virtio_buffer readable = { f->events, VIRTIO_INPUT_EVENT_BYTES, false };

    virtio_driver_send (&f->d, VIRTIO_INPUT_EVENT_QUEUE, &tiny, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 0); /* nothing to be put there yet */
    input_key (f->m->env.input, KEY_A, true);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    start (f);
    virtio_driver_send (&f->d, VIRTIO_INPUT_EVENT_QUEUE, &readable, 1);
    test_machine_settle (f->m);
    input_key (f->m->env.input, KEY_B, true);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 2);
    start (f);
    offer (f, 4);
    input_key (f->m->env.input, KEY_C, true);
    expect_change (f, EV_KEY, KEY_C, 1);
}

static void
test_lamps (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer buffers[2] = { { f->events, 8, false }, { f->events, 3, true } };
    uint16_t head;

    head = virtio_driver_send (&f->d, VIRTIO_INPUT_STATUS_QUEUE, buffers, 1);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_INPUT_STATUS_QUEUE, head), ==, 0);
    head = virtio_driver_send (&f->d, VIRTIO_INPUT_STATUS_QUEUE, buffers + 1, 1);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_INPUT_STATUS_QUEUE, head), ==, 0);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
add (const char *path, const struct device_class *class,
     void (*test) (struct fixture *, gconstpointer))
{
    g_test_add (path, struct fixture, class, setup, test, teardown);
}

int
main (int argc, char **argv)
{
    const struct device_class *keyboard = &virtio_keyboard_class, *mouse = &virtio_mouse_class;
    const struct device_class *tablet = &virtio_tablet_class;

    g_test_init (&argc, &argv, NULL);
    add ("/virtio-input/keyboard/describes-itself", keyboard, test_keyboard_describes_itself);
    add ("/virtio-input/mouse/describes-itself", mouse, test_mouse_describes_itself);
    add ("/virtio-input/tablet/describes-itself", tablet, test_tablet_describes_itself);
    add ("/virtio-input/selects-of-nothing-are-empty", keyboard, test_selects_of_nothing);
    add ("/virtio-input/keyboard/keys", keyboard, test_keys);
    add ("/virtio-input/mouse/moves-buttons-wheels", mouse, test_mouse);
    add ("/virtio-input/tablet/places-buttons-wheels", tablet, test_tablet);
    add ("/virtio-input/events-wait-for-buffers", keyboard, test_waiting);
    add ("/virtio-input/no-key-stays-down-after-an-overflow", keyboard, test_overflow);
    add ("/virtio-input/the-last-place-arrives", tablet, test_overflow_of_moves);
    add ("/virtio-input/the-driver-decides-who-gets-events", keyboard, test_driver_decides);
    add ("/virtio-input/short-buffers-break-it", keyboard, test_short_buffer);
    add ("/virtio-input/lamps-are-taken-note-of", keyboard, test_lamps);
    return g_test_run ();
}
