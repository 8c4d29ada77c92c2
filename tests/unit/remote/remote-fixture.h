/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remote-fixture.h - a display server of the test's own, with the test as keeper and as VMM. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "display-protocol.h"
#include "remote-protocol.h"

struct remote_fixture {
    pid_t pid;
    int control; /* the keeper's end */
    int display; /* the VMM's end; -1: closed */

    /* What the VMM shows: sealed memory, mapped. */
    int memfd;
    uint8_t *memory;
    size_t memory_bytes;
};

#define FIXTURE_MEMORY (8u << 20)

/* What VITRINE_REMOTE names is started. */
void remote_fixture_setup (struct remote_fixture *f, gconstpointer absolute);
void remote_fixture_teardown (struct remote_fixture *f, gconstpointer data);

/* As keeper. */
int remote_add_viewer (struct remote_fixture *f); /* the viewer's end */
void remote_add_display (struct remote_fixture *f, bool pointer_is_absolute);
void remote_send_control (struct remote_fixture *f, const void *message, size_t len, int fd);
void remote_expect_clients (struct remote_fixture *f,
                            unsigned n); /* events before that are skipped */
void remote_expect_display_lost (struct remote_fixture *f);

/* As VMM. */
void remote_show (struct remote_fixture *f, unsigned width, unsigned height, unsigned stride,
                  uint64_t offset);
void remote_show_memory (struct remote_fixture *f, unsigned width, unsigned height, unsigned stride,
                         uint64_t offset, int memfd);
void remote_damage (struct remote_fixture *f, unsigned x, unsigned y, unsigned w, unsigned h);
void remote_pointer_kind (struct remote_fixture *f, bool is_absolute);
/* The next message that is not READY or NOT_READY. */
union display_message remote_next_input (struct remote_fixture *f);
union display_message remote_next_message (struct remote_fixture *f);
void remote_expect_key (struct remote_fixture *f, unsigned code, bool down);

/* Waits until the process has exited; returns its status. */
int remote_wait_exit (struct remote_fixture *f);
