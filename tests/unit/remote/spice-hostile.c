/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-hostile.c - vitrine-spice among viewers and machines that mean harm, or are slow, or many. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spice/protocol.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "message.h"
#include "spice-viewer.h"

#define WIDTH  320
#define HEIGHT 200

/* --- viewers ------------------------------------------------------------------------- */

static void
expect_hangup (int fd)
{
    const struct timeval patience = { .tv_sec = 10 };
    char buf[4096];
    ssize_t n;

    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while ((n = read (fd, buf, sizeof buf)) > 0)
        ;
    g_assert_true (n == 0 || errno == ECONNRESET);
    close (fd);
}

/* A viewer is served. */
static void
assert_alive (struct remote_fixture *f)
{
    struct spice_viewer v;

    spice_viewer_open (&v, f);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    spice_viewer_close (&v);
}

static void
test_garbage (struct remote_fixture *f, gconstpointer data)
{
    static const struct {
        uint32_t magic, major, minor, size;
    } heads[] = {
        { 0x42424242, 2, 2, 18 },
        { SPICE_MAGIC, 99, 2, 18 },
        { SPICE_MAGIC, 2, 2, 0 },
        { SPICE_MAGIC, 2, 2, 0xffffffff },
        { SPICE_MAGIC, 2, 2, 0x7fffffff },
    };

    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS (heads); i++) {
        int fd = remote_add_viewer (f);

        g_assert_cmpint (write (fd, &heads[i], sizeof heads[i]), ==, sizeof heads[i]);
        expect_hangup (fd);
    }
    assert_alive (f);
}

/* The head of what a viewer says first, sound; the rest is of the caller's making. */
struct link {
    SpiceLinkHeader header;
    SpiceLinkMess mess;
    uint32_t caps[4];
} __attribute__ ((packed));

static struct link
sound_link (void)
{
    struct link link = {
        .header = { .magic = SPICE_MAGIC,
                    .major_version = SPICE_VERSION_MAJOR,
                    .minor_version = SPICE_VERSION_MINOR,
                    .size = sizeof link - sizeof link.header },
        .mess = { .channel_type = SPICE_CHANNEL_MAIN,
                  .num_common_caps = 1,
                  .num_channel_caps = 1,
                  .caps_offset = sizeof link.mess },
    };

    return link;
}

static void
test_bad_links (struct remote_fixture *f, gconstpointer data)
{
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    for (unsigned i = 0; i < 6; i++) {
        struct link link = sound_link ();
        int fd = remote_add_viewer (f);

        switch (i) {
        case 0: link.mess.num_common_caps = 0xffffffff; break;
        case 1: link.mess.num_channel_caps = 0x40000000; break;
        case 2: link.mess.caps_offset = 0xfffffff0; break;
        case 3: link.mess.connection_id = 0x12345678; break; /* of nobody */
        case 4: link.mess.channel_type = 0xee; break;
        case 5: link.mess.channel_id = 0xee; break;
        }
        g_assert_cmpint (write (fd, &link, sizeof link), ==, sizeof link);
        /* Whatever it says to that, it says no more once we have sent what is no password. */
        send (fd, (char[256]){ 9 }, 256, MSG_NOSIGNAL);
        expect_hangup (fd);
    }
    assert_alive (f);
}

/* So many that say nothing; one more is hung up on, and room is made when they leave. */
static void
test_silent_crowd (struct remote_fixture *f, gconstpointer data)
{
    int fds[REMOTE_MAX_CLIENTS];

    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++)
            fds[i] = remote_add_viewer (f);
        remote_expect_clients (f, REMOTE_MAX_CLIENTS);
        expect_hangup (remote_add_viewer (f));
        fd_close_all (fds, REMOTE_MAX_CLIENTS);
        remote_expect_clients (f, 0);
    }
    assert_alive (f);
}

/* Viewers that come and go at every point of their way in. */
static void
test_cut_short (struct remote_fixture *f, gconstpointer data)
{
    struct link link = sound_link ();

    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    for (size_t len = 0; len <= sizeof link; len += 3) {
        int fd = remote_add_viewer (f);

        if (len > 0)
            g_assert_cmpint (write (fd, &link, len), ==, len);
        close (fd);
    }
    assert_alive (f);
    remote_expect_clients (f, 0);
}

/* A viewer that reads nothing any more holds up neither another nor the next picture, and is hung up on. */
static void
test_deaf_viewer (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer deaf, other;

    remote_show (f, 1280, 1024, 1280 * 4, 0);
    spice_viewer_open (&deaf, f);
    spice_viewer_await_pixels (&deaf, 1280 * 4, 0);
    spice_viewer_await (&deaf, deaf.n_opening == 0);
    spice_viewer_open (&other, f);
    spice_viewer_await_pixels (&other, 1280 * 4, 0);
    spice_viewer_await (&other, other.n_opening == 0);
    spice_viewer_deafen (&deaf);
    memset (f->memory, 0x5a, 1280 * 1024 * 4);
    remote_damage (f, 0, 0, 1280, 1024);
    spice_viewer_await_pixels (&other, 1280 * 4, 0);
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_await (&other, other.primary.width == WIDTH);
    spice_viewer_await_pixels (&other, WIDTH * 4, 0);
    g_assert_false (other.is_gone);
    spice_viewer_close (&other);
    deaf.is_gone = TRUE;
    spice_viewer_close (&deaf);
    assert_alive (f);
}

/* --- machines ------------------------------------------------------------------------ */

static void
expect_end_of_channel (struct remote_fixture *f)
{
    remote_expect_display_lost (f);
    remote_add_display (f, true);
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
}

static void
test_bad_pictures (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    int unsealed = memfd_create ("test", 0);

    g_assert_cmpint (ftruncate (unsealed, FIXTURE_MEMORY), ==, 0);
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_open (&v, f);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    remote_show_memory (f, WIDTH, HEIGHT, WIDTH * 4, 0, unsealed);
    expect_end_of_channel (f);
    remote_show_memory (f, 16384, 16384, 65536, 0, f->memfd); /* larger than the memory */
    expect_end_of_channel (f);
    remote_show_memory (f, WIDTH, HEIGHT, WIDTH, 0, f->memfd); /* lines that overlap */
    expect_end_of_channel (f);
    remote_damage (f, 0, 0, WIDTH + 1, 1);
    expect_end_of_channel (f);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    g_assert_false (v.is_gone);
    spice_viewer_close (&v);
    close (unsealed);
}

/* The picture changes as fast as a machine can say so. */
static void
test_flicker (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_open (&v, f);
    for (unsigned i = 0; i < 300; i++) {
        remote_show (f, 64 + i % 7, 64 + i % 5, 1024, 0);
        if (i % 16 == 0)
            spice_viewer_turn (&v);
    }
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_await (&v, v.primary.width == WIDTH);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    spice_viewer_close (&v);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/spice/" name, struct remote_fixture, GINT_TO_POINTER (true),                     \
                remote_fixture_setup, test, remote_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    spice_viewer_init ();
    ADD ("hostile/what-is-no-spice-is-hung-up-on", test_garbage);
    ADD ("hostile/links-that-make-no-sense", test_bad_links);
    ADD ("hostile/a-silent-crowd-has-its-limit", test_silent_crowd);
    ADD ("hostile/viewers-that-go-on-their-way-in", test_cut_short);
    ADD ("hostile/a-deaf-viewer-holds-nobody-up", test_deaf_viewer);
    ADD ("hostile/bad-pictures-end-the-channel", test_bad_pictures);
    ADD ("hostile/a-flickering-machine-is-followed", test_flicker);
    return g_test_run ();
}
