/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.c - what a display channel's peer may say, and what becomes of it. */
#include <linux/input-event-codes.h>
#include <sys/socket.h>
#include <unistd.h>

#include "display-fixture.h"
#include "message.h"

static void
send_key (int viewer, uint32_t type, uint32_t code, uint32_t down)
{
    struct display_key m = { type, code, down };

    display_send (viewer, &m, sizeof m);
}

static void
send_pointer (int viewer, uint32_t type, int x, int y)
{
    struct display_pointer m = { type, x, y };

    display_send (viewer, &m, sizeof m);
}

static void
assert_note (struct display_fixture *f, unsigned i, char what, int x, int y)
{
    display_wait_notes (f, i + 1);
    g_assert_cmpint (f->notes[i].what, ==, what);
    g_assert_cmpint (f->notes[i].x, ==, x);
    g_assert_cmpint (f->notes[i].y, ==, y);
}

static void
test_input (struct display_fixture *f, gconstpointer data)
{
    int viewer;

    display_show (f, 101, 51);
    viewer = display_add_viewer (f);
    g_assert_cmpuint (display_receive (f, viewer, NULL).hello.pointer_is_absolute, ==, 1);
    send_key (viewer, DISPLAY_MESSAGE_KEY, KEY_A, 1);
    assert_note (f, 0, 'k', KEY_A, 1);
    send_key (viewer, DISPLAY_MESSAGE_KEY, KEY_A, 0);
    assert_note (f, 1, 'k', KEY_A, 0);
    send_key (viewer, DISPLAY_MESSAGE_BUTTON, BTN_LEFT, 1);
    assert_note (f, 2, 'b', BTN_LEFT, 1);
    send_key (viewer, DISPLAY_MESSAGE_BUTTON, BTN_LEFT, 0);
    assert_note (f, 3, 'b', BTN_LEFT, 0);
    send_pointer (viewer, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 100, 0);
    assert_note (f, 4, 'a', INPUT_ABS_MAX, 0);
    send_pointer (viewer, DISPLAY_MESSAGE_WHEEL, 0, 1);
    assert_note (f, 5, 'w', 0, 1);
    close (viewer);
}

/* Outside of the picture is its edge. */
static void
test_pointer_is_clamped (struct display_fixture *f, gconstpointer data)
{
    int viewer;

    display_show (f, 101, 51);
    viewer = display_add_viewer (f);
    send_pointer (viewer, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 5, 5);
    display_wait_notes (f, 1);
    send_pointer (viewer, DISPLAY_MESSAGE_POINTER_ABSOLUTE, INT32_MAX, INT32_MIN);
    assert_note (f, 1, 'a', INPUT_ABS_MAX, 0);
    close (viewer);
}

static void
test_relative_is_clamped (struct display_fixture *f, gconstpointer data)
{
    int viewer;

    display_show (f, 100, 50);
    viewer = display_add_viewer (f);
    g_assert_cmpuint (display_receive (f, viewer, NULL).hello.pointer_is_absolute, ==, 0);
    send_pointer (viewer, DISPLAY_MESSAGE_POINTER_RELATIVE, -7, 9);
    assert_note (f, 0, 'r', -7, 9);
    send_pointer (viewer, DISPLAY_MESSAGE_POINTER_RELATIVE, INT32_MIN, INT32_MAX);
    assert_note (f, 1, 'r', -32767, 32767);
    close (viewer);
}

/* Codes that are none, and a picture that is none, are nothing. */
static void
test_nonsense_is_ignored (struct display_fixture *f, gconstpointer data)
{
    int viewer = display_add_viewer (f);

    send_key (viewer, DISPLAY_MESSAGE_KEY, KEY_CNT, 1);
    send_key (viewer, DISPLAY_MESSAGE_KEY, UINT32_MAX, 1);
    send_key (viewer, DISPLAY_MESSAGE_BUTTON, UINT32_MAX, 0);
    send_pointer (viewer, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 5, 5); /* nothing is shown */
    send_key (viewer, DISPLAY_MESSAGE_KEY, KEY_B, 1);
    assert_note (f, 0, 'k', KEY_B, 1);
    close (viewer);
}

static void
test_release (struct display_fixture *f, gconstpointer data)
{
    int viewer, other;
    unsigned released = 0;

    display_show (f, 100, 50);
    viewer = display_add_viewer (f);
    other = display_add_viewer (f);
    send_key (viewer, DISPLAY_MESSAGE_KEY, KEY_LEFTCTRL, 1);
    send_key (viewer, DISPLAY_MESSAGE_BUTTON, BTN_RIGHT, 1);
    display_wait_notes (f, 2);
    close (other); /* held nothing down, so nothing is let go of */
    display_settle (f);
    g_assert_cmpuint (f->n_notes, ==, 2);
    close (viewer);
    display_wait_notes (f, 4);
    for (unsigned i = 2; i < 4; i++) {
        g_assert_cmpint (f->notes[i].y, ==, 0);
        released |= f->notes[i].x == KEY_LEFTCTRL ? 1 : 0;
        released |= f->notes[i].x == BTN_RIGHT ? 2 : 0;
    }
    g_assert_cmpuint (released, ==, 3);
}

/* Every viewer hears of another kind of pointer, once, and one that comes later hears it first. */
static void
test_pointer_kind (struct display_fixture *f, gconstpointer data)
{
    int viewers[2], late;

    display_show (f, 101, 51);
    for (unsigned i = 0; i < 2; i++) {
        viewers[i] = display_add_viewer (f);
        g_assert_cmpuint (display_receive (f, viewers[i], NULL).hello.pointer_is_absolute, ==, 0);
        g_assert_cmpuint (display_receive (f, viewers[i], NULL).type, ==, DISPLAY_MESSAGE_SCANOUT);
    }
    for (unsigned round = 0; round < 3; round++) {
        display_set_tablet (f, round % 2 == 0);
        for (unsigned i = 0; i < 2; i++) {
            union display_message m = display_receive (f, viewers[i], NULL);

            g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_POINTER_KIND);
            g_assert_cmpuint (m.pointer_kind.is_absolute, ==, round % 2 == 0);
        }
        display_set_tablet (f, round % 2 == 0); /* no news */
        display_expect_silence (f, viewers[0]);
    }
    late = display_add_viewer (f);
    g_assert_cmpuint (display_receive (f, late, NULL).hello.pointer_is_absolute, ==, 1);
    send_pointer (late, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 100, 50);
    assert_note (f, 0, 'a', INPUT_ABS_MAX, INPUT_ABS_MAX);
    close (late);
    close (viewers[0]);
    close (viewers[1]);
}

static void
assert_hung_up_on (struct display_fixture *f, const void *message, size_t len)
{
    int viewer = display_add_viewer (f);

    display_send (viewer, message, len);
    display_expect_hangup (f, viewer);
}

static void
test_bad_messages (struct display_fixture *f, gconstpointer data)
{
    uint8_t big[4096] = { DISPLAY_MESSAGE_KEY };
    uint32_t words[8] = { 0 };

    display_show (f, 100, 50);
    assert_hung_up_on (f, big, sizeof big);
    assert_hung_up_on (f, big, 1);
    for (uint32_t type = 0; type < 20; type++) {
        words[0] = type;
        assert_hung_up_on (f, words, sizeof words); /* no message is that long … */
        assert_hung_up_on (f, words, 5);            /* … or like that */
    }
    words[0] = DISPLAY_MESSAGE_HELLO; /* not the peer's to say */
    assert_hung_up_on (f, words, sizeof (struct display_hello));
    words[0] = DISPLAY_MESSAGE_POINTER_KIND;
    assert_hung_up_on (f, words, sizeof (struct display_pointer_kind));
    words[0] = DISPLAY_MESSAGE_DAMAGE;
    assert_hung_up_on (f, words, sizeof (struct display_damage));
    g_assert_cmpuint (f->n_notes, ==, 0);
    display_settle (f);
    g_assert_false (f->is_watched);
}

/* Descriptors are not asked for, and do not stay open. */
static void
test_descriptors (struct display_fixture *f, gconstpointer data)
{
    const struct display_ready ready = { DISPLAY_MESSAGE_READY };
    int viewer = display_add_viewer (f), pipes[2];
    char byte;

    g_assert_cmpint (pipe (pipes), ==, 0);
    g_assert_cmpint (message_send (viewer, &ready, sizeof ready, &pipes[1], 1), ==, 0);
    close (pipes[1]);
    display_expect_hangup (f, viewer);
    g_assert_cmpint (read (pipes[0], &byte, 1), ==, 0);
    close (pipes[0]);
}

/* A peer that floods gets its turn and no more: another one is heard. */
static void
test_flood (struct display_fixture *f, gconstpointer data)
{
    const struct display_ready ready = { DISPLAY_MESSAGE_READY };
    int flood, viewer;

    display_show (f, 100, 50);
    flood = display_add_viewer (f);
    viewer = display_add_viewer (f);
    while (message_send (flood, &ready, sizeof ready, NULL, 0) == 0)
        ;
    send_key (viewer, DISPLAY_MESSAGE_KEY, KEY_F, 1);
    loop_iterate (f->loop, 0);
    loop_iterate (f->loop, 0);
    assert_note (f, 0, 'k', KEY_F, 1);
    close (flood);
    close (viewer);
}

#define ADD(name, absolute, test)                                                                  \
    g_test_add (name, struct display_fixture, GINT_TO_POINTER (absolute), display_fixture_setup,   \
                test, display_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/channel/input-reaches-devices", true, test_input);
    ADD ("/channel/the-pointer-stays-inside", true, test_pointer_is_clamped);
    ADD ("/channel/relative-moves-are-clamped", false, test_relative_is_clamped);
    ADD ("/channel/another-kind-of-pointer-is-told", false, test_pointer_kind);
    ADD ("/channel/nonsense-is-ignored", true, test_nonsense_is_ignored);
    ADD ("/channel/what-was-held-is-let-go-of", true, test_release);
    ADD ("/channel/bad-messages-end-it", true, test_bad_messages);
    ADD ("/channel/descriptors-are-refused-and-closed", true, test_descriptors);
    ADD ("/channel/a-flood-leaves-others-their-turn", true, test_flood);
    return g_test_run ();
}
