/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-fixture.h - a vitrine-vnc of the test's own, with the test as keeper and as VMM. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "display-protocol.h"
#include "remote-protocol.h"
#include "rfb-client.h"

struct vnc_fixture {
    pid_t pid;
    int control; /* the keeper's end */
    int display; /* the VMM's end; -1: closed */

    /* What the VMM shows: sealed memory, mapped. */
    int memfd;
    uint8_t *memory;
    size_t memory_bytes;
};

#define FIXTURE_MEMORY (8u << 20)

void vnc_fixture_setup (struct vnc_fixture *f, gconstpointer absolute);
void vnc_fixture_teardown (struct vnc_fixture *f, gconstpointer data);

/* As keeper. */
int vnc_add_viewer (struct vnc_fixture *f); /* the viewer's end */
void vnc_add_display (struct vnc_fixture *f, bool pointer_is_absolute);
void vnc_send_control (struct vnc_fixture *f, const void *message, size_t len, int fd);
void vnc_expect_clients (struct vnc_fixture *f, unsigned n); /* events before that are skipped */
void vnc_expect_display_lost (struct vnc_fixture *f);

/* As VMM. */
void vnc_show (struct vnc_fixture *f, unsigned width, unsigned height, unsigned stride,
               uint64_t offset);
void vnc_show_memory (struct vnc_fixture *f, unsigned width, unsigned height, unsigned stride,
                      uint64_t offset, int memfd);
void vnc_damage (struct vnc_fixture *f, unsigned x, unsigned y, unsigned w, unsigned h);
void vnc_pointer_kind (struct vnc_fixture *f, bool is_absolute);
/* The next message that is not READY or NOT_READY. */
union display_message vnc_next_input (struct vnc_fixture *f);
union display_message vnc_next_message (struct vnc_fixture *f);
void vnc_expect_key (struct vnc_fixture *f, unsigned code, bool down);

/* A viewer that has got the whole picture as it is now. */
int vnc_add_settled_viewer (struct vnc_fixture *f, const int32_t *encodings, unsigned n);

/* Waits until the process has exited; returns its status. */
int vnc_wait_exit (struct vnc_fixture *f);
