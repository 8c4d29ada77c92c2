/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-fixture.c - a vitrine-vnc of the test's own, with the test as keeper and as VMM. */
#define _GNU_SOURCE
#include "vnc-fixture.h"

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
    const char *program = g_getenv ("VITRINE_VNC");

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
vnc_fixture_setup (struct vnc_fixture *f, gconstpointer absolute)
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
    vnc_add_display (f, GPOINTER_TO_INT (absolute));
}

void
vnc_fixture_teardown (struct vnc_fixture *f, gconstpointer data)
{
    fd_close (&f->control);
    if (f->pid > 0)
        g_assert_cmpint (vnc_wait_exit (f), ==, 0);
    fd_close (&f->display);
    munmap (f->memory, f->memory_bytes);
    close (f->memfd);
}

int
vnc_wait_exit (struct vnc_fixture *f)
{
    int status;

    g_assert_cmpint (waitpid (f->pid, &status, 0), ==, f->pid);
    f->pid = 0;
    return status;
}

/* --- keeper -------------------------------------------------------------------------- */

void
vnc_send_control (struct vnc_fixture *f, const void *message, size_t len, int fd)
{
    g_assert_cmpint (message_send (f->control, message, len, &fd, fd >= 0 ? 1 : 0), ==, 0);
}

int
vnc_add_viewer (struct vnc_fixture *f)
{
    struct remote_client m = { .header = { REMOTE_CLIENT, REMOTE_PROTOCOL_VERSION, sizeof m } };
    int pair[2];

    make_pair (SOCK_STREAM, pair);
    vnc_send_control (f, &m, sizeof m, pair[1]);
    close (pair[1]);
    return pair[0];
}

void
vnc_add_display (struct vnc_fixture *f, bool pointer_is_absolute)
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
    vnc_send_control (f, &m, sizeof m, pair[1]);
    close (pair[1]);
}

void
vnc_expect_clients (struct vnc_fixture *f, unsigned n)
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
vnc_expect_display_lost (struct vnc_fixture *f)
{
    union remote_message m;

    do
        g_assert_cmpint (receive (f->control, &m, sizeof m), ==, m.header.size);
    while (m.header.type == REMOTE_EVENT_CLIENTS);
    g_assert_cmpint (m.header.type, ==, REMOTE_EVENT_DISPLAY_LOST);
}

/* --- VMM ----------------------------------------------------------------------------- */

void
vnc_show_memory (struct vnc_fixture *f, unsigned width, unsigned height, unsigned stride,
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
vnc_show (struct vnc_fixture *f, unsigned width, unsigned height, unsigned stride, uint64_t offset)
{
    vnc_show_memory (f, width, height, stride, offset, width ? f->memfd : -1);
}

void
vnc_damage (struct vnc_fixture *f, unsigned x, unsigned y, unsigned w, unsigned h)
{
    struct display_damage m = { DISPLAY_MESSAGE_DAMAGE, x, y, w, h };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
}

void
vnc_pointer_kind (struct vnc_fixture *f, bool is_absolute)
{
    struct display_pointer_kind m = { DISPLAY_MESSAGE_POINTER_KIND, is_absolute };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
}

union display_message
vnc_next_message (struct vnc_fixture *f)
{
    union display_message m = { 0 };

    g_assert_cmpint (receive (f->display, &m, sizeof m), >=, (int) sizeof m.type);
    return m;
}

union display_message
vnc_next_input (struct vnc_fixture *f)
{
    union display_message m;

    do
        m = vnc_next_message (f);
    while (m.type == DISPLAY_MESSAGE_READY || m.type == DISPLAY_MESSAGE_NOT_READY);
    return m;
}

void
vnc_expect_key (struct vnc_fixture *f, unsigned code, bool down)
{
    union display_message m = vnc_next_input (f);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_KEY);
    g_assert_cmpuint (m.key.code, ==, code);
    g_assert_cmpuint (m.key.down, ==, down);
}

/* --- viewer -------------------------------------------------------------------------- */

int
vnc_add_settled_viewer (struct vnc_fixture *f, const int32_t *encodings, unsigned n)
{
    int viewer = vnc_add_viewer (f);
    unsigned width, height;
    char name[128];
    struct rfb_rectangle r;

    rfb_handshake (viewer, &width, &height, name);
    rfb_set_encodings (viewer, encodings, n);
    rfb_request (viewer, false, 0, 0, width, height);
    r = rfb_read_update (viewer);
    while (r.encoding != 0) { /* answers to pseudo-encodings come first */
        r = rfb_read_update (viewer);
    }
    g_assert_cmpuint (r.width, ==, width);
    g_assert_cmpuint (r.height, ==, height);
    g_free (r.pixels);
    return viewer;
}
