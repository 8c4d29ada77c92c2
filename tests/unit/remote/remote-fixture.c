/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remote-fixture.c - a display server of the test's own, with the test as keeper and as VMM. */
#define _GNU_SOURCE
#include "remote-fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "message.h"

#define DEADLINE_MS 10000

static void
make_pair (int type, int pair[2])
{
    g_assert_cmpint (socketpair (AF_UNIX, type | SOCK_CLOEXEC, 0, pair), ==, 0);
}

static int
receive (int sock, void *buf, size_t cap)
{
    struct pollfd p = { .fd = sock, .events = POLLIN };
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    int len;

    g_assert_cmpint (poll (&p, 1, DEADLINE_MS), ==, 1);
    len = message_receive (sock, buf, cap, fds, &n_fds);
    g_assert_cmpuint (n_fds, ==, 0);
    return len;
}

static void
run_server (int control)
{
    const char *program = g_getenv ("VITRINE_REMOTE");

    if (control == REMOTE_SOCKET_FD)
        fcntl (control, F_SETFD, 0);
    else
        dup2 (control, REMOTE_SOCKET_FD);
    /* A sanitizer's search for leaks at exit starts a thread, which the server may not any more. */
    setenv ("ASAN_OPTIONS", "detect_leaks=0", 0);
    execl (program, program, (char *) NULL);
    _exit (127);
}

void
remote_fixture_setup (struct remote_fixture *f, gconstpointer absolute)
{
    int pair[2];

    make_pair (SOCK_SEQPACKET, pair);
    f->control = pair[0];
    f->display = -1;
    f->pid = fork ();
    g_assert_cmpint (f->pid, >=, 0);
    if (f->pid == 0)
        run_server (pair[1]);
    close (pair[1]);

    f->memory_bytes = FIXTURE_MEMORY;
    f->memfd = fd_memfd_create ("test", f->memory_bytes);
    g_assert_cmpint (f->memfd, >=, 0);
    f->memory = mmap (NULL, f->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->memfd, 0);
    g_assert_true (f->memory != MAP_FAILED);
    for (size_t i = 0; i < f->memory_bytes / 4; i++)
        ((uint32_t *) f->memory)[i] = (uint32_t) (i * 2654435761u) >> 8;
    remote_add_display (f, GPOINTER_TO_INT (absolute));
}

void
remote_fixture_teardown (struct remote_fixture *f, gconstpointer data)
{
    fd_close (&f->control);
    if (f->pid > 0)
        g_assert_cmpint (remote_wait_exit (f), ==, 0);
    fd_close (&f->display);
    munmap (f->memory, f->memory_bytes);
    close (f->memfd);
}

int
remote_wait_exit (struct remote_fixture *f)
{
    int status;

    g_assert_cmpint (waitpid (f->pid, &status, 0), ==, f->pid);
    f->pid = 0;
    return status;
}

/* --- keeper -------------------------------------------------------------------------- */

void
remote_send_control (struct remote_fixture *f, const void *message, size_t len, int fd)
{
    g_assert_cmpint (message_send (f->control, message, len, &fd, fd >= 0 ? 1 : 0), ==, 0);
}

int
remote_add_viewer (struct remote_fixture *f)
{
    struct remote_client m = { .header = { REMOTE_CLIENT, REMOTE_PROTOCOL_VERSION, sizeof m } };
    int pair[2];

    make_pair (SOCK_STREAM, pair);
    remote_send_control (f, &m, sizeof m, pair[1]);
    close (pair[1]);
    return pair[0];
}

void
remote_add_display (struct remote_fixture *f, bool pointer_is_absolute)
{
    struct remote_display m = { .header = { REMOTE_DISPLAY, REMOTE_PROTOCOL_VERSION, sizeof m },
                                .name = "Debian" };
    struct display_hello hello = { DISPLAY_MESSAGE_HELLO, DISPLAY_PROTOCOL_VERSION,
                                   pointer_is_absolute };
    int pair[2];

    fd_close (&f->display);
    make_pair (SOCK_SEQPACKET, pair);
    f->display = pair[0];
    g_assert_cmpint (message_send (f->display, &hello, sizeof hello, NULL, 0), ==, 0);
    remote_send_control (f, &m, sizeof m, pair[1]);
    close (pair[1]);
}

void
remote_expect_clients (struct remote_fixture *f, unsigned n)
{
    union remote_message m;

    do {
        g_assert_cmpint (receive (f->control, &m, sizeof m), ==, m.header.size);
        g_assert_cmpint (m.header.version, ==, REMOTE_PROTOCOL_VERSION);
        g_assert_cmpint (m.header.type, ==, REMOTE_EVENT_CLIENTS);
        g_assert_cmpint (m.header.size, ==, sizeof m.clients);
    } while (m.clients.n_clients != n);
}

void
remote_expect_display_lost (struct remote_fixture *f)
{
    union remote_message m;

    do
        g_assert_cmpint (receive (f->control, &m, sizeof m), ==, m.header.size);
    while (m.header.type == REMOTE_EVENT_CLIENTS);
    g_assert_cmpint (m.header.type, ==, REMOTE_EVENT_DISPLAY_LOST);
}

/* --- VMM ----------------------------------------------------------------------------- */

void
remote_show_memory (struct remote_fixture *f, unsigned width, unsigned height, unsigned stride,
                    uint64_t offset, int memfd)
{
    struct display_scanout m = {
        .type = DISPLAY_MESSAGE_SCANOUT,
        .width = width,
        .height = height,
        .stride = stride,
        .format = DISPLAY_FORMAT_XRGB8888,
        .offset = offset,
    };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, &memfd, memfd >= 0 ? 1 : 0), ==, 0);
}

void
remote_show (struct remote_fixture *f, unsigned width, unsigned height, unsigned stride,
             uint64_t offset)
{
    remote_show_memory (f, width, height, stride, offset, width ? f->memfd : -1);
}

void
remote_damage (struct remote_fixture *f, unsigned x, unsigned y, unsigned w, unsigned h)
{
    struct display_damage m = { DISPLAY_MESSAGE_DAMAGE, x, y, w, h };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
}

void
remote_pointer_kind (struct remote_fixture *f, bool is_absolute)
{
    struct display_pointer_kind m = { DISPLAY_MESSAGE_POINTER_KIND, is_absolute };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
}

union display_message
remote_next_message (struct remote_fixture *f)
{
    union display_message m = { 0 };

    g_assert_cmpint (receive (f->display, &m, sizeof m), >=, (int) sizeof m.type);
    return m;
}

union display_message
remote_next_input (struct remote_fixture *f)
{
    union display_message m;

    do
        m = remote_next_message (f);
    while (m.type == DISPLAY_MESSAGE_READY || m.type == DISPLAY_MESSAGE_NOT_READY);
    return m;
}

void
remote_expect_key (struct remote_fixture *f, unsigned code, bool down)
{
    union display_message m = remote_next_input (f);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_KEY);
    g_assert_cmpuint (m.key.code, ==, code);
    g_assert_cmpuint (m.key.down, ==, down);
}
