/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-fixture.h - a plug with a test at both ends. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "loop.h"
#include "net.h"

struct net_fixture {
    struct loop *loop;
    struct net *net;
    int peer; /* -1: closed */
    unsigned n_readable, n_writable, n_link_changed;
};

/* DATA is the socket type, GINT_TO_POINTER (SOCK_…); the kind follows from it. */
void net_fixture_setup (struct net_fixture *f, gconstpointer data);
void net_fixture_teardown (struct net_fixture *f, gconstpointer data);

/* A new pair: one end is plugged in as KIND, the other is f->peer.  Returns what net_connect() says. */
int net_fixture_connect (struct net_fixture *f, enum net_kind kind, int type);

/* Runs the loop until nothing is ready. */
void net_fixture_settle (struct net_fixture *f);

/* A frame of LEN bytes that SEED makes different from others; g_free() it. */
guint8 *net_fixture_frame (size_t len, unsigned seed);

/* net_send() of such a frame in three pieces. */
int net_fixture_send (struct net_fixture *f, size_t len, unsigned seed);

/* The next frame must be that one; consumes it. */
void net_fixture_expect (struct net_fixture *f, size_t len, unsigned seed);
void net_fixture_expect_none (struct net_fixture *f);
