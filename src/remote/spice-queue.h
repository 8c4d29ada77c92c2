/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-queue.h - what the SPICE library's thread is to draw: commands that it fetches, and gives back when
 * nobody needs their memory any more.  Any thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <spice.h>

#include "list.h"

#define SPICE_QUEUE_GROUP 0 /* of memory slots, where commands are */

/* What is to be done, and the memory for it. */
struct spice_command {
    struct list node; /* until it is fetched */
    uint64_t bytes;   /* all of it */
    bool is_draw;
    union {
        struct {
            QXLDrawable drawable;
            QXLImage image;
        } draw;
        QXLCursorCmd cursor;
    };
    uint8_t payload[];
};

struct spice_queue {
    pthread_mutex_t lock;
    struct list draws, cursors; /* of spice_command, not fetched yet; lock */
    uint64_t out_bytes;         /* draws that were not given back; lock */
    unsigned n_out;             /* the same; lock */
    int64_t last_back_ms;       /* when one was given back last; lock */
};

void spice_queue_init (struct spice_queue *queue);
void spice_queue_finish (struct spice_queue *queue);

/* Zeroed but for PAYLOAD_BYTES of payload, with its address as release id.  NULL when out of memory. */
struct spice_command *spice_command_new (bool is_draw, uint64_t payload_bytes);

/* Takes COMMAND over.  The library has still to be woken. */
void spice_queue_push (struct spice_queue *queue, struct spice_command *command);

/* Into *EXT the next draw, or else cursor command.  Returns whether there was one. */
bool spice_queue_fetch (struct spice_queue *queue, bool is_draw, QXLCommandExt *ext);
bool spice_queue_is_empty (struct spice_queue *queue, bool is_draw);

/* The library gives back what it fetched. */
void spice_queue_release (struct spice_queue *queue, QXLReleaseInfoExt info);

/* Takes back what was not fetched: all draws or all cursor commands; the last cursor command if it is a move. */
void spice_queue_drop (struct spice_queue *queue, bool is_draw);
void spice_queue_drop_move (struct spice_queue *queue);

/* Draws that were not given back, and the bytes they have. */
unsigned spice_queue_n_out (struct spice_queue *queue, uint64_t *bytes);

/* On the loop's clock; 0: never. */
int64_t spice_queue_last_back_ms (struct spice_queue *queue);
