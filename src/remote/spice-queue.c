/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-queue.c - what the SPICE library's thread is to draw. */
#include "spice-queue.h"

#include <stdlib.h>

#include "bits.h"
#include "spice-loop.h"

struct spice_command *
spice_command_new (bool is_draw, uint64_t payload_bytes)
{
    struct spice_command *command = malloc (sizeof *command + payload_bytes);

    if (!command)
        return NULL;
    memset (command, 0, sizeof *command);
    command->is_draw = is_draw;
    command->bytes = sizeof *command + payload_bytes;
    if (is_draw)
        command->draw.drawable.release_info.id = (uintptr_t) command;
    else
        command->cursor.release_info.id = (uintptr_t) command;
    return command;
}

static struct list *
list_of (struct spice_queue *queue, bool is_draw)
{
    return is_draw ? &queue->draws : &queue->cursors;
}

void
spice_queue_push (struct spice_queue *queue, struct spice_command *command)
{
    pthread_mutex_lock (&queue->lock);
    list_append (list_of (queue, command->is_draw), &command->node);
    if (command->is_draw) {
        queue->out_bytes += command->bytes;
        queue->n_out++;
    }
    pthread_mutex_unlock (&queue->lock);
}

static struct spice_command *
pop (struct spice_queue *queue, bool is_draw)
{
    struct list *list = list_of (queue, is_draw);
    struct spice_command *command = NULL;

    pthread_mutex_lock (&queue->lock);
    if (!list_is_empty (list)) {
        command = container_of (list->next, struct spice_command, node);
        list_remove (&command->node);
    }
    pthread_mutex_unlock (&queue->lock);
    return command;
}

bool
spice_queue_fetch (struct spice_queue *queue, bool is_draw, QXLCommandExt *ext)
{
    struct spice_command *command = pop (queue, is_draw);

    if (!command)
        return false;
    *ext = (QXLCommandExt){ .group_id = SPICE_QUEUE_GROUP };
    ext->cmd.type = is_draw ? QXL_CMD_DRAW : QXL_CMD_CURSOR;
    ext->cmd.data =
        is_draw ? (uintptr_t) &command->draw.drawable : (uintptr_t) &command->cursor;
    return true;
}

bool
spice_queue_is_empty (struct spice_queue *queue, bool is_draw)
{
    bool empty;

    pthread_mutex_lock (&queue->lock);
    empty = list_is_empty (list_of (queue, is_draw));
    pthread_mutex_unlock (&queue->lock);
    return empty;
}

static void
release (struct spice_queue *queue, struct spice_command *command)
{
    pthread_mutex_lock (&queue->lock);
    if (command->is_draw) {
        queue->out_bytes -= command->bytes;
        queue->n_out--;
        queue->last_back_ms = spice_loop_now_ms ();
    }
    pthread_mutex_unlock (&queue->lock);
    free (command);
}

void
spice_queue_release (struct spice_queue *queue, QXLReleaseInfoExt info)
{
    release (queue, (struct spice_command *) (uintptr_t) info.info->id);
}

void
spice_queue_drop (struct spice_queue *queue, bool is_draw)
{
    struct spice_command *command;

    while ((command = pop (queue, is_draw)))
        release (queue, command);
}

void
spice_queue_drop_move (struct spice_queue *queue)
{
    struct spice_command *last = NULL;

    pthread_mutex_lock (&queue->lock);
    if (!list_is_empty (&queue->cursors)) {
        last = container_of (queue->cursors.prev, struct spice_command, node);
        if (last->cursor.type == QXL_CURSOR_MOVE)
            list_remove (&last->node);
        else
            last = NULL;
    }
    pthread_mutex_unlock (&queue->lock);
    free (last);
}

unsigned
spice_queue_n_out (struct spice_queue *queue, uint64_t *bytes)
{
    unsigned n;

    pthread_mutex_lock (&queue->lock);
    n = queue->n_out;
    *bytes = queue->out_bytes;
    pthread_mutex_unlock (&queue->lock);
    return n;
}

int64_t
spice_queue_last_back_ms (struct spice_queue *queue)
{
    int64_t last;

    pthread_mutex_lock (&queue->lock);
    last = queue->last_back_ms;
    pthread_mutex_unlock (&queue->lock);
    return last;
}

void
spice_queue_init (struct spice_queue *queue)
{
    *queue = (struct spice_queue){ 0 };
    pthread_mutex_init (&queue->lock, NULL);
    list_init (&queue->draws);
    list_init (&queue->cursors);
}

void
spice_queue_finish (struct spice_queue *queue)
{
    spice_queue_drop (queue, true);
    spice_queue_drop (queue, false);
    pthread_mutex_destroy (&queue->lock);
}
