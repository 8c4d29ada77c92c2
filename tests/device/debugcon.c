/* SPDX-License-Identifier: GPL-2.0-or-later */
/* debugcon.c - what firmware and whoever reads its log may rely on. */
#define _GNU_SOURCE
#include "debugcon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "random-pokes.h"
#include "test-machine.h"

#define PORT      0x402
#define PRESENT   0xe9
#define CAP_BYTES (1u << 20)

struct fixture {
    struct test_machine *m;
    struct device *debugcon;
    int log; /* the reading end of the pipe */
    GString *got;
};

static void
setup (struct fixture *f, gconstpointer data)
{
    int pipe_fds[2];

    signal (SIGPIPE, SIG_IGN);
    g_assert_cmpint (pipe2 (pipe_fds, O_CLOEXEC), ==, 0);
    g_assert_cmpint (fcntl (pipe_fds[0], F_SETFL, O_NONBLOCK), ==, 0);
    f->m = test_machine_new ();
    f->log = pipe_fds[0];
    f->got = g_string_new (NULL);
    g_assert_cmpint (debugcon_create (&f->m->env, pipe_fds[1], &f->debugcon), ==, 0);
    device_reset (f->debugcon);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->debugcon);
    test_machine_free (f->m);
    g_string_free (f->got, TRUE);
    if (f->log >= 0)
        close (f->log);
}

static void
say (struct fixture *f, const char *text)
{
    for (; *text; text++)
        test_out8 (f->m, PORT, (uint8_t)*text);
}

/* Appends what has arrived. */
static void
collect (struct fixture *f)
{
    char buf[4096];
    gssize n;

    while ((n = read (f->log, buf, sizeof buf)) > 0)
        g_string_append_len (f->got, buf, n);
}

static void
assert_log (struct fixture *f, const char *expected)
{
    collect (f);
    g_assert_cmpstr (f->got->str, ==, expected);
}

static bool
has_log (void *opaque)
{
    struct fixture *f = opaque;

    collect (f);
    return f->got->len > 1;
}

static void
test_first_byte_arrives_at_once (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (test_in8 (f->m, PORT), ==, PRESENT);
    say (f, "S");
    assert_log (f, "S");
    say (f, "e");
    assert_log (f, "S");
}

static void
test_lines_arrive_whole (struct fixture *f, gconstpointer data)
{
    say (f, "SeaBIOS (version 1)");
    assert_log (f, "S");
    say (f, "\n");
    assert_log (f, "SeaBIOS (version 1)\n");
}

static void
test_long_line_arrives_in_parts (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 1 + 512 + 100; i++)
        say (f, "x");
    collect (f);
    g_assert_cmpuint (f->got->len, ==, 513);
}

static void
test_unfinished_line_arrives_soon (struct fixture *f, gconstpointer data)
{
    say (f, "boot:");
    test_machine_wait (f->m, has_log, f);
    assert_log (f, "boot:");
    say (f, " 2");
    f->got->len = 0;
    test_machine_wait (f->m, has_log, f); /* and the next one again */
}

static void
test_last_words_are_kept (struct fixture *f, gconstpointer data)
{
    say (f, "panic");
    device_reset (f->debugcon);
    assert_log (f, "panic");
    say (f, "again");
    device_destroy (f->debugcon);
    assert_log (f, "panicagain");
    f->debugcon = NULL;
}

static void
test_guest_cannot_fill_a_disk (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < CAP_BYTES / 64 + 1000; i++) {
        say (f, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n");
        collect (f);
        if (i == 1000)
            device_reset (f->debugcon); /* a reset does not start it over */
    }
    g_assert_cmpuint (f->got->len, ==, CAP_BYTES);
    g_assert_cmphex (test_in8 (f->m, PORT), ==, 0xff);
    g_assert_cmpint (read (f->log, &(char){ 0 }, 1), ==, 0); /* the file was let go */
}

static void
test_full_pipe_never_blocks (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 20000; i++)
        say (f, "a line that nobody reads\n");
    collect (f);
    g_assert_cmpuint (f->got->len, >=, 4096);
    g_assert_cmpuint (f->got->len, <, 20000 * 25);
    f->got->len = 0;
    say (f, "heard again\n"); /* whoever reads again hears again */
    collect (f);
    g_assert_cmpstr (f->got->str, ==, "heard again\n");
}

static void
test_closed_pipe_is_no_harm (struct fixture *f, gconstpointer data)
{
    close (f->log);
    f->log = -1;
    say (f, "into the void\n");
    g_assert_cmphex (test_in8 (f->m, PORT), ==, 0xff);
    say (f, "into the void\n");
}

static void
test_without_file_there_is_no_port (void)
{
    struct test_machine *m = test_machine_new ();
    struct device *debugcon;

    g_assert_cmpint (debugcon_create (&m->env, -1, &debugcon), ==, 0);
    device_reset (debugcon);
    g_assert_cmphex (test_in8 (m, PORT), ==, 0xff);
    test_out8 (m, PORT, 'x');
    device_destroy (debugcon);
    test_machine_free (m);
}

static void
test_dead_descriptor_is_refused (void)
{
    struct test_machine *m = test_machine_new ();
    struct device *debugcon = NULL;

    g_assert_cmpint (debugcon_create (&m->env, 1000000, &debugcon), ==, -EBADF);
    g_assert_null (debugcon);
    test_machine_free (m);
}

static void
read_some (void *opaque, uint32_t random)
{
    if (random % 64 == 0)
        collect (opaque);
}

static void
test_survives_random_accesses (struct fixture *f, gconstpointer data)
{
    random_pokes (f->m, PORT, 1, read_some, f);
    collect (f);
    g_assert_cmpuint (f->got->len, <=, CAP_BYTES);
}

#define ADD(name, func) g_test_add ("/debugcon/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("first-byte-arrives-at-once", test_first_byte_arrives_at_once);
    ADD ("lines-arrive-whole", test_lines_arrive_whole);
    ADD ("long-line-arrives-in-parts", test_long_line_arrives_in_parts);
    ADD ("unfinished-line-arrives-soon", test_unfinished_line_arrives_soon);
    ADD ("last-words-are-kept", test_last_words_are_kept);
    ADD ("guest-cannot-fill-a-disk", test_guest_cannot_fill_a_disk);
    ADD ("full-pipe-never-blocks", test_full_pipe_never_blocks);
    ADD ("closed-pipe-is-no-harm", test_closed_pipe_is_no_harm);
    g_test_add_func ("/debugcon/without-file-there-is-no-port", test_without_file_there_is_no_port);
    g_test_add_func ("/debugcon/dead-descriptor-is-refused", test_dead_descriptor_is_refused);
    ADD ("survives-random-accesses", test_survives_random_accesses);
    return g_test_run ();
}
