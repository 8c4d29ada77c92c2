/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-listen.h - servers of a test's own: one that accepts connections, and one that has no room for them. */
#pragma once

#include <arpa/inet.h>
#include <glib.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Listens at the path PATH; returns the descriptor (close-on-exec). */
static inline int
test_listen (const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpuint (g_strlcpy (address.sun_path, path, sizeof address.sun_path), <,
                      sizeof address.sun_path);
    g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
    g_assert_cmpint (listen (fd, 4), ==, 0);
    return fd;
}

/* Enough connections that nobody accepts for the next one to get no answer. */
#define TEST_DEAF_WAITING 8

/* The same at *PORT of this computer's, where nobody answers: no more connections than those in WAITING can wait there. */
static inline int
test_listen_deaf (int waiting[TEST_DEAF_WAITING], guint *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
    g_assert_cmpint (listen (fd, 0), ==, 0);
    g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &len), ==, 0);
    for (gsize i = 0; i < TEST_DEAF_WAITING; i++) {
        waiting[i] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect (waiting[i], (struct sockaddr *) &address, sizeof address);
    }
    *port = ntohs (address.sin_port);
    return fd;
}
