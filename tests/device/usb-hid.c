/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-hid.c - keyboard and tablet, through the controller: what reports the guest gets. */
#include <linux/input-event-codes.h>
#include <string.h>

#include "bits.h"
#include "input.h"
#include "xhci-driver.h"

#define N_KEPT 8 /* buffers the interrupt TDs take turns with */

struct fixture {
    struct driver d;
    struct device *hid;
    unsigned slot;
    unsigned n_put;
    unsigned n_got;
};

static void
setup (struct fixture *f, gconstpointer class)
{
    driver_setup (&f->d, NULL);
    driver_start (&f->d);
    f->hid = driver_plug (&f->d, class, 0);
    expect_event (&f->d, PORT_STATUS_CHANGE, SUCCESS);
    f->slot = enumerate (&f->d, 1);
    configure (&f->d, f->slot);
}

static void
teardown (struct fixture *f, gconstpointer class)
{
    device_destroy (f->hid);
    driver_teardown (&f->d, NULL);
}

/* Asks for the next report. */
static void
ask (struct fixture *f)
{
    interrupt_put (&f->d, f->slot, 64 * (f->n_put++ % N_KEPT), 8);
    test_machine_settle (f->d.m);
}

static void
assert_report (struct fixture *f, const char *expected)
{
    unsigned n = (unsigned) strlen (expected) / 3 + 1;
    struct trb event = expect_event (&f->d, TRANSFER_EVENT, n == 8 ? SUCCESS : SHORT_PACKET);
    g_autoptr (GString) got = g_string_new (NULL);
    const uint8_t *report = at (&f->d, BUFFER (f->slot) + 64 * (f->n_got++ % N_KEPT));

    for (unsigned i = 0; i < 8 - event_length (&event); i++)
        g_string_append_printf (got, "%s%02x", i ? " " : "", report[i]);
    g_assert_cmpstr (got->str, ==, expected);
}

/* Asks, and gets what is there already. */
static void
ask_and_get (struct fixture *f, const char *expected)
{
    ask (f);
    assert_report (f, expected);
}

static unsigned
class_request (struct fixture *f, uint8_t type, uint8_t request, uint16_t value, uint16_t length,
               unsigned *bytes)
{
    return control (&f->d, f->slot, type, request, value, 0, length, bytes);
}

/* --- keyboard ----------------------------------------------------------------------------------- */

static void
test_keys (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;

    ask (f);
    expect_no_event (&f->d);
    input_key (input, KEY_A, true);
    assert_report (f, "00 00 04 00 00 00 00 00");
    input_key (input, KEY_A, true); /* the console's repeat is no news */
    ask (f);
    expect_no_event (&f->d);
    input_key (input, KEY_LEFTSHIFT, true);
    assert_report (f, "02 00 04 00 00 00 00 00");
    input_key (input, KEY_A, false);
    input_key (input, KEY_RIGHTALT, true);
    input_key (input, KEY_LEFTSHIFT, false);
    ask_and_get (f, "02 00 00 00 00 00 00 00"); /* one at a time, however late */
    ask_and_get (f, "42 00 00 00 00 00 00 00");
    ask_and_get (f, "40 00 00 00 00 00 00 00");
    input_key (input, KEY_CAMERA, true);
    ask (f);
    expect_no_event (&f->d);
}

static void
test_rollover (struct fixture *f, gconstpointer data)
{
    static const unsigned keys[] = { KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G };
    struct input *input = f->d.m->env.input;

    ask (f);
    expect_no_event (&f->d);
    for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++) {
        input_key (input, keys[i], true);
        if (i == 5)
            assert_report (f, "00 00 04 05 06 07 08 09");
        else if (i == 6)
            assert_report (f, "00 00 01 01 01 01 01 01");
        else
            expect_event (&f->d, TRANSFER_EVENT, SUCCESS), f->n_got++;
        ask (f);
    }
    input_key (input, KEY_B, false);
    assert_report (f, "00 00 04 06 07 08 09 0a");
}

/* The user types faster than the guest asks: keys are lost, none stays down. */
static void
test_overrun (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;

    ask (f);
    for (unsigned i = 0; i < 200; i++)
        input_key (input, KEY_A, i % 2 == 0);
    input_key (input, KEY_B, true);
    assert_report (f, "00 00 04 00 00 00 00 00");
    ask_and_get (f, "00 00 05 00 00 00 00 00");
    ask (f);
    expect_no_event (&f->d);
}

static void
test_requests (struct fixture *f, gconstpointer data)
{
    uint8_t *buffer = at (&f->d, BUFFER (f->slot));
    unsigned bytes, announced;

    g_assert_cmpuint (class_request (f, 0x81, 6, 0x2100, 64, &bytes), ==, SUCCESS);
    g_assert_cmpuint (bytes, ==, 9);
    announced = load_le16 (buffer + 7);
    g_assert_cmpuint (class_request (f, 0x81, 6, 0x2200, 255, &bytes), ==, SUCCESS);
    g_assert_cmpuint (bytes, ==, announced);
    g_assert_cmpmem (buffer, 6, "\x05\x01\x09\x06\xa1\x01", 6);
    g_assert_cmphex (buffer[bytes - 1], ==, 0xc0);
    g_assert_cmpuint (class_request (f, 0xa1, 3, 0, 1, NULL), ==, SUCCESS);
    g_assert_cmpuint (buffer[0], ==, 1);
    g_assert_cmpuint (class_request (f, 0x21, 11, 0, 0, NULL), ==, SUCCESS); /* boot */
    g_assert_cmpuint (class_request (f, 0xa1, 3, 0, 1, NULL), ==, SUCCESS);
    g_assert_cmpuint (buffer[0], ==, 0);
    g_assert_cmpuint (class_request (f, 0x21, 10, 0x0500, 0, NULL), ==, SUCCESS); /* idle */
    g_assert_cmpuint (class_request (f, 0xa1, 2, 0, 1, NULL), ==, SUCCESS);
    g_assert_cmpuint (buffer[0], ==, 5);
    buffer[0] = 2;
    g_assert_cmpuint (class_request (f, 0x21, 9, 0x0200, 1, NULL), ==, SUCCESS); /* LEDs */
    g_assert_cmpuint (class_request (f, 0xa1, 1, 0x0100, 8, &bytes), ==, SUCCESS);
    g_assert_cmpmem (buffer, bytes, "\0\0\0\0\0\0\0", 8);
}

static void
recover (struct fixture *f)
{
    command (&f->d, 0, TYPE (RESET_ENDPOINT) | 1 << 16 | f->slot << 24, NULL);
    ring_init (&f->d, &f->d.rings[f->slot][0], RING (f->slot, 1));
    command (&f->d, RING (f->slot, 1) | 1, TYPE (SET_DEQUEUE) | 1 << 16 | f->slot << 24, NULL);
}

static void
test_foreign_requests_stall (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint8_t type, request;
        uint16_t value, index, length;
    } requests[] = {
        { 0x81, 6, 0x2300, 0, 8 },  { 0x81, 6, 0x2200, 1, 8 },    { 0xa1, 1, 0x0300, 0, 8 },
        { 0xa1, 99, 0, 0, 8 },      { 0x21, 11, 2, 0, 0 },        { 0x21, 9, 0x0300, 0, 1 },
        { 0x40, 1, 0, 0, 0 },       { 0xc0, 1, 0, 0, 8 },         { 0x80, 6, 0x0301, 0x409, 0 },
        { 0x00, 9, 2, 0, 0 },       { 0x01, 11, 1, 0, 0 },        { 0x02, 1, 1, 0x81, 0 },
        { 0x00, 3, 2, 0, 0 },       { 0x80, 6, 0x03ee, 0, 18 },   { 0x83, 0, 0, 0, 2 },
        { 0x80, 6, 0x0201, 0, 18 }, { 0x21, 9, 0x0200, 0, 2000 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++) {
        unsigned code = control (&f->d, f->slot, requests[i].type, requests[i].request,
                                 requests[i].value, requests[i].index, requests[i].length, NULL);

        if (requests[i].length == 0 && (requests[i].type & 0x80)) {
            g_assert_cmpuint (code, ==, SUCCESS); /* asks for nothing, and gets it */
            continue;
        }
        g_assert_cmpuint (code, ==, STALL);
        recover (f);
    }
    g_assert_cmpuint (control (&f->d, f->slot, 0x80, 8, 0, 0, 1, NULL), ==, SUCCESS);
    g_assert_cmpuint (*at (&f->d, BUFFER (f->slot)), ==, 1);
}

/* Firmware's key repeat: while a key is down it is told again and again, then no more. */
static void
test_idle_rate (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;
    struct trb event;

    g_assert_cmpuint (class_request (f, 0x21, 10, 0x0100, 0, NULL), ==, SUCCESS); /* 4 ms */
    ask (f);
    input_key (input, KEY_A, true);
    assert_report (f, "00 00 04 00 00 00 00 00");
    for (unsigned i = 0; i < 3; i++) {
        int64_t start = loop_now_ns ();

        ask (f);
        while (!next_event (&f->d, &event)) {
            loop_iterate (f->d.m->env.loop, 1000);
            g_assert_cmpint (loop_now_ns () - start, <, 10000000000);
        }
        g_assert_cmpmem (at (&f->d, BUFFER (f->slot) + 64 * (f->n_got++ % N_KEPT)), 8,
                         "\0\0\x04\0\0\0\0", 8);
    }
    ask (f);
    input_key (input, KEY_A, false);
    while (next_event (&f->d, &event))
        f->n_got++;
    ask (f);
    loop_iterate (f->d.m->env.loop, 20);
    test_machine_settle (f->d.m);
    expect_no_event (&f->d);
}

/* --- tablet ------------------------------------------------------------------------------------- */

static void
test_positions (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;

    g_assert_false (input_pointer_is_absolute (input));
    ask (f);
    g_assert_true (input_pointer_is_absolute (input));
    input_pointer_absolute (input, 639, 0, 640, 480);
    assert_report (f, "00 ff 7f 00 00 00");
    ask (f);
    input_pointer_absolute (input, 0, 479, 640, 480);
    assert_report (f, "00 00 00 ff 7f 00");
    ask (f);
    input_pointer_absolute (input, 320, 240, 640, 480); /* 320 × 32767 / 639, 240 × 32767 / 479 */
    assert_report (f, "00 19 40 21 40 00");
    input_button (input, BTN_LEFT, true);
    ask_and_get (f, "01 19 40 21 40 00");
    input_button (input, BTN_RIGHT, true);
    input_button (input, BTN_MIDDLE, true);
    input_button (input, BTN_SIDE, true);
    input_button (input, BTN_EXTRA, true);
    input_button (input, BTN_TASK, true); /* has no place in the report */
    ask_and_get (f, "03 19 40 21 40 00");
    ask_and_get (f, "07 19 40 21 40 00");
    ask_and_get (f, "0f 19 40 21 40 00");
    ask_and_get (f, "1f 19 40 21 40 00");
    input_wheel (input, 0, 1);
    input_wheel (input, 5, 0);
    input_wheel (input, 0, -3);
    ask_and_get (f, "1f 19 40 21 40 ff");
    ask_and_get (f, "1f 19 40 21 40 03");
    ask (f);
    expect_no_event (&f->d);
}

/* A click stays where it was made; only the way there is cut short. */
static void
test_clicks_keep_their_place (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;

    ask (f);
    input_pointer_absolute (input, 1, 1, 32768, 32768);
    assert_report (f, "00 01 00 01 00 00");
    for (unsigned i = 2; i < 50; i++)
        input_pointer_absolute (input, i, i, 32768, 32768);
    input_button (input, BTN_LEFT, true);
    for (unsigned i = 60; i < 99; i++)
        input_pointer_absolute (input, i, i, 32768, 32768);
    input_button (input, BTN_LEFT, false);
    input_pointer_absolute (input, 200, 100, 32768, 32768);
    ask_and_get (f, "00 31 00 31 00 00");
    ask_and_get (f, "01 31 00 31 00 00");
    ask_and_get (f, "01 62 00 62 00 00");
    ask_and_get (f, "00 62 00 62 00 00");
    ask_and_get (f, "00 c8 00 64 00 00");
    ask (f);
    expect_no_event (&f->d);
}

static void
test_many_clicks_end_released (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;
    struct trb event;
    unsigned n = 0;

    ask (f);
    for (unsigned i = 0; i < 1000; i++)
        input_button (input, BTN_LEFT, i % 2 == 0);
    while (next_event (&f->d, &event)) {
        g_assert_cmpuint (++n, <, 40);
        f->n_got++;
        ask (f);
    }
    g_assert_cmphex (*at (&f->d, BUFFER (f->slot) + 64 * ((f->n_got - 1) % N_KEPT)), ==, 0);
}

/* The pointer is the guest's as long as its driver asks, and not a moment longer. */
static void
test_in_use_while_asked (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;

    ask (f);
    g_assert_true (input_pointer_is_absolute (input));
    ring_put (&f->d, &f->d.commands, 0, 0, TYPE (STOP_ENDPOINT) | 3 << 16 | f->slot << 24);
    reg_write (&f->d, REG_DB (0), 0);
    test_machine_settle (f->d.m);
    g_assert_false (input_pointer_is_absolute (input));
}

static void
test_not_in_use_after (struct fixture *f, gconstpointer data)
{
    struct input *input = f->d.m->env.input;

    for (unsigned i = 0; i < 5; i++) {
        ask (f);
        g_assert_true (input_pointer_is_absolute (input));
        if (i == 0)
            control (&f->d, f->slot, 0x00, 9, 0, 0, 0, NULL); /* configuration 0 */
        else if (i == 1)
            command (&f->d, 0, TYPE (DISABLE_SLOT) | f->slot << 24, NULL);
        else if (i == 2)
            reg_write (&f->d, REG_PORTSC (1), PORT_PP | PORT_PR);
        else if (i == 3)
            reg_write (&f->d, REG_USBCMD, 0);
        else
            device_reset (f->hid);
        test_machine_settle (f->d.m);
        g_assert_false (input_pointer_is_absolute (input));
        driver_start (&f->d);
        f->slot = enumerate (&f->d, 1);
        configure (&f->d, f->slot);
    }
}

#define ADD(name, class, test)                                                                     \
    g_test_add ("/usb-hid/" name, struct fixture, &class, setup, test, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("keyboard/keys-come-one-by-one", usb_kbd_class, test_keys);
    ADD ("keyboard/too-many-keys-roll-over", usb_kbd_class, test_rollover);
    ADD ("keyboard/overrun-leaves-nothing-down", usb_kbd_class, test_overrun);
    ADD ("keyboard/class-requests", usb_kbd_class, test_requests);
    ADD ("keyboard/foreign-requests-stall", usb_kbd_class, test_foreign_requests_stall);
    ADD ("keyboard/idle-rate-repeats", usb_kbd_class, test_idle_rate);
    ADD ("tablet/positions-are-exact", usb_tablet_class, test_positions);
    ADD ("tablet/clicks-keep-their-place", usb_tablet_class, test_clicks_keep_their_place);
    ADD ("tablet/many-clicks-end-released", usb_tablet_class, test_many_clicks_end_released);
    ADD ("tablet/in-use-while-asked", usb_tablet_class, test_in_use_while_asked);
    ADD ("tablet/not-in-use-after", usb_tablet_class, test_not_in_use_after);
    return g_test_run ();
}
