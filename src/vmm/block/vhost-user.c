/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user.c - a disk whose image another process opens: vhost-user-blk, the front end.
 *
 * Theory of operation.  The peer maps the guest's RAM and a small memory with a ring of ours in it, so
 * payload is not copied and whatever device is in front of the disk does not matter: a request becomes one
 * or more steps (vhost-user-plan.c), each a virtio-blk request in a slot of the ring (vhost-user-ring.c).
 * Where that RAM is nobody else's to map, payload is copied by way of a memory of our own (vhost-user-bounce.c).
 * The tables of RAM never change while the machine lives: memory that comes and goes is one mapping from the
 * beginning, and of what is not there no request has an address.
 *
 * The peer reads images from anywhere, so it may be taken over, die, or say anything.  A peer that closes
 * its connection, says what cannot be, or does not answer while somebody waits for it, is lost: the socket
 * is closed, and what it had not done waits, in order, for the next one, which the keeper sends once the old
 * one is gone for good (block_reconnect()), or for the word that there will be none (block_give_up()).  Doing
 * a step again is right for each kind: what was not reported done may be so in any part.
 *
 * What was reported done may be lost with the process as well: see vhost-user-journal.c.
 *
 *   LOST → GREETING → REPEATING → READY → LOST …, and GIVEN_UP from each of them
 *
 * Nobody touches the guest's memory before READY, so a machine pauses in them with requests kept
 * (block_quiesce()); who wants a request's end (block_drain(), before a reset or the end) has it fail there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "bits.h"
#include "fd.h"
#include "log.h"
#include "vhost-user-private.h"

#define SILENCE_NS   20000000000ll /* while somebody waits for the last request */
#define WAIT_MS      1
#define SILENT       "does not answer"
#define SECTOR_BYTES 512

static struct vhost_user_block *
vu_of (struct block *block)
{
    return container_of (block, struct vhost_user_block, block);
}

static void
set_state (struct vhost_user_block *vu, enum vhost_user_state state)
{
    vu->state = state;
    vu->block.is_stalled = state < VHOST_USER_READY;
}

/* The peer serves the ring. */
static bool
is_served (const struct vhost_user_block *vu)
{
    return vu->state == VHOST_USER_READY || vu->state == VHOST_USER_REPEATING;
}

/* --- requests ------------------------------------------------------------------------------------ */

static void
fail_waiting_locked (struct vhost_user_block *vu)
{
    while (!list_is_empty (&vu->waiting)) {
        struct block_request *request = container_of (vu->waiting.next, struct block_request, node);

        list_remove (&request->node);
        block_finish_locked (&vu->block, request, -EIO);
    }
    block_wake_locked (&vu->block);
}

/* One slot is left for our own flush: those that wait for it may have all the others. */
static bool
has_slot (const struct vhost_user_block *vu)
{
    return vu->ring.idle.next != vu->ring.idle.prev;
}

/* Makes a slot of a step; the caller kicks. */
static void
add_locked (struct vhost_user_block *vu, struct block_request *request,
            const struct vhost_user_step *step, uint64_t bytes)
{
    struct vhost_user_slot *slot = vhost_user_ring_add (&vu->ring, request, step);

    slot->step_bytes = bytes;
    slot->mark = vu->journal ? vu->journal->next : 0;
}

/* Starts what may start. */
static void
pump_locked (struct vhost_user_block *vu)
{
    bool added = false;

    while (!list_is_empty (&vu->waiting) && has_slot (vu)) {
        struct block_request *request = container_of (vu->waiting.next, struct block_request, node);
        struct vhost_user_step step;
        int64_t bytes = vhost_user_plan (vu, request, &step);

        list_remove (&request->node);
        if (bytes < 0) {
            block_finish_locked (&vu->block, request, -EIO);
            block_wake_locked (&vu->block);
            continue;
        }
        add_locked (vu, request, &step, (uint64_t) bytes);
        added = true;
    }
    if (added && !vu->block.is_plugged)
        vhost_user_ring_kick (&vu->ring);
}

/* SLOT's step is done, for good. */
static void
end_step_locked (struct vhost_user_block *vu, struct vhost_user_slot *slot, bool ok)
{
    struct block_request *request = slot->request;
    uint64_t bytes = slot->step_bytes;

    vhost_user_ring_release (&vu->ring, slot);
    if (!ok) {
        block_finish_locked (&vu->block, request, -EIO);
        return;
    }
    request->progress += bytes;
    if (request->op != BLOCK_FLUSH && request->progress < request->length)
        list_append (vu->waiting.next, &request->node); /* to the head */
    else
        block_finish_locked (&vu->block, request, 0);
}

/* --- the journal --------------------------------------------------------------------------------- */

/* Those that are done are reported so in their order, as far as the journal has room for them. */
static void
settle_locked (struct vhost_user_block *vu)
{
    while (!list_is_empty (&vu->done)) {
        struct vhost_user_slot *slot = container_of (vu->done.next, struct vhost_user_slot, node);

        if (!vhost_user_journal_add (vu->journal, slot->request, slot->step_bytes))
            return;
        end_step_locked (vu, slot, true);
    }
}

static void
ask_for_flush_locked (struct vhost_user_block *vu)
{
    const struct vhost_user_step step = { .type = VIRTIO_BLK_T_FLUSH };

    if (!vu->journal || vu->is_flushing || vu->state != VHOST_USER_READY
        || (list_is_empty (&vu->done) && !vhost_user_journal_is_filling (vu->journal)))
        return;
    vu->is_flushing = true;
    add_locked (vu, &vu->own_flush, &step, 0);
    vhost_user_ring_kick (&vu->ring);
}

/* Those that wait for it can be neither kept nor be on stable storage. */
static void
flush_failed_locked (struct vhost_user_block *vu)
{
    while (!list_is_empty (&vu->done))
        end_step_locked (vu, container_of (vu->done.next, struct vhost_user_slot, node), false);
}

static void
flush_done_locked (struct vhost_user_block *vu, struct vhost_user_slot *slot, bool ok)
{
    bool is_own = slot->request == &vu->own_flush;
    uint64_t mark = slot->mark;

    if (is_own) {
        vu->is_flushing = false;
        vhost_user_ring_release (&vu->ring, slot);
    } else {
        end_step_locked (vu, slot, ok);
    }
    if (ok && vu->journal)
        vhost_user_journal_forget (vu->journal, mark);
    if (ok)
        settle_locked (vu);
    else if (is_own)
        flush_failed_locked (vu);
}

/* --- what the peer has done ---------------------------------------------------------------------- */

static bool
is_write (const struct block_request *request)
{
    return request->op == BLOCK_WRITE || request->op == BLOCK_WRITE_ZEROES;
}

static void
step_done_locked (struct vhost_user_block *vu, struct vhost_user_slot *slot, uint8_t status)
{
    const struct block_request *request = slot->request;
    bool ok = status == VIRTIO_BLK_S_OK
              || (status == VIRTIO_BLK_S_UNSUPP && request->op == BLOCK_DISCARD); /* advice */

    if (ok)
        vhost_user_bounce_end (&vu->bounce, (unsigned) (slot - vu->ring.slots), request,
                               slot->step_bytes);
    if (request->op == BLOCK_FLUSH) {
        flush_done_locked (vu, slot, ok);
    } else if (ok && vu->journal && is_write (request)) {
        list_append (&vu->done, &slot->node);
        settle_locked (vu);
    } else {
        end_step_locked (vu, slot, ok);
    }
}

/* --- the peer ------------------------------------------------------------------------------------ */

/* Nothing that was asked of the peer is known to be done. */
static void
keep_requests_locked (struct vhost_user_block *vu)
{
    struct list *head = vu->waiting.next;

    for (unsigned i = 0; i < VHOST_USER_QUEUE_SIZE; i++) {
        struct vhost_user_slot *slot = &vu->ring.slots[i];

        if (!slot->request)
            continue;
        if (slot->request != &vu->own_flush && slot->request != &vu->own_repeat)
            list_append (head, &slot->request->node); /* before those that wait */
        vhost_user_ring_release (&vu->ring, slot);
    }
    vu->is_flushing = false;
}

/* Loop's thread, or with it stopped. */
static void
disconnect_locked (struct vhost_user_block *vu)
{
    loop_watch_remove (vu->block.loop, &vu->socket_watch);
    loop_timer_disarm (&vu->patience);
    vhost_user_session_end (&vu->session);
    keep_requests_locked (vu);
}

/* The same. */
static void
lose_locked (struct vhost_user_block *vu, const char *why)
{
    disconnect_locked (vu);
    set_state (vu, VHOST_USER_LOST);
    vu->lost_why = why;
    loop_work_queue (vu->block.loop, &vu->lost_work);
}

static void
lost_work_cb (void *opaque)
{
    struct vhost_user_block *vu = opaque;
    struct block *block = &vu->block;
    const char *why;
    unsigned number;

    pthread_mutex_lock (&block->lock);
    why = vu->lost_why;
    number = vu->number;
    pthread_mutex_unlock (&block->lock);
    if (block->lost)
        block->lost (block->lost_opaque, number, why);
}

/* Tells the peer the next of what the last one may have forgotten; one at a time, as they may be about the same
 * place. */
static void
repeat_locked (struct vhost_user_block *vu)
{
    const struct vhost_user_record *record;
    struct vhost_user_step step = { .type = VIRTIO_BLK_T_OUT };

    if (!vu->journal || vu->repeated == vu->journal->next) {
        set_state (vu, VHOST_USER_READY);
        pump_locked (vu);
        return;
    }
    set_state (vu, VHOST_USER_REPEATING);
    record = vhost_user_journal_get (vu->journal, vu->repeated++);
    step.sector = record->offset / SECTOR_BYTES;
    if (record->address) {
        step.n_segments = 1;
        step.segments[0] =
            (struct vhost_user_segment){ record->address, (uint32_t) record->length };
    } else {
        step.type = VIRTIO_BLK_T_WRITE_ZEROES;
        step.range_sectors = (uint32_t) (record->length / SECTOR_BYTES);
    }
    add_locked (vu, &vu->own_repeat, &step, record->length);
    vhost_user_ring_kick (&vu->ring);
}

/* What is wrong with that, or NULL. */
static const char *
repeated_locked (struct vhost_user_block *vu, struct vhost_user_slot *slot, uint8_t status)
{
    vhost_user_ring_release (&vu->ring, slot);
    if (status != VIRTIO_BLK_S_OK)
        return "cannot write what the last one had written";
    repeat_locked (vu);
    return NULL;
}

/* What the peer has done, from the first to the last. */
static void
reap_locked (struct vhost_user_block *vu)
{
    const char *why = NULL;
    struct vhost_user_slot *slot;
    uint8_t status;
    unsigned n;

    if (!is_served (vu))
        return;
    do {
        n = 0;
        while (!why && (slot = vhost_user_ring_take (&vu->ring, &status, &why))) {
            if (slot->request == &vu->own_repeat)
                why = repeated_locked (vu, slot, status);
            else
                step_done_locked (vu, slot, status);
            n++;
        }
        if (n > 0)
            vu->last_news_ns = loop_now_ns ();
    } while (n > 0 && !why && vhost_user_ring_listen (&vu->ring));
    if (why) {
        lose_locked (vu, why);
        return;
    }
    ask_for_flush_locked (vu);
    if (vu->state == VHOST_USER_READY)
        pump_locked (vu);
}

/* The disk must be the one that the guest knows. */
static const char *
check_disk (const struct vhost_user_block *vu, const struct vhost_user_disk *disk)
{
    const struct block_info *info = &vu->block.info;

    if (!info->read_only && !disk->read_only && disk->max_zero_bytes == 0)
        return "cannot write zeros";
    if (info->size_bytes != 0 && disk->size_bytes != info->size_bytes)
        return "came back with a disk of another size";
    if (info->size_bytes != 0 && disk->read_only && !info->read_only)
        return "came back with a disk that cannot be written to";
    return NULL;
}

/* Goes on with the greeting; what is wrong about it, or NULL. */
static const char *
greet_locked (struct vhost_user_block *vu)
{
    const char *why = NULL;
    int ret = vhost_user_session_read (&vu->session, &why);

    if (ret <= 0)
        return ret < 0 ? why : NULL;
    why = check_disk (vu, &vu->session.disk);
    if (why)
        return why;
    vu->disk = vu->session.disk;
    vu->ring.event_idx = vu->session.features & BIT_ULL (VIRTIO_RING_F_EVENT_IDX);
    vu->last_news_ns = loop_now_ns ();
    vu->repeated = vu->journal ? vu->journal->first : 0;
    repeat_locked (vu);
    return NULL;
}

static void
listen_locked (struct vhost_user_block *vu)
{
    const char *why = NULL;

    if (vu->state == VHOST_USER_GREETING) {
        why = greet_locked (vu);
        if (is_served (vu))
            loop_timer_disarm (&vu->patience);
    } else if (is_served (vu)) {
        reap_locked (vu); /* what it did before it went counts */
        if (is_served (vu))
            vhost_user_session_read (&vu->session, &why);
    }
    if (why)
        lose_locked (vu, why);
}

static void
socket_cb (void *opaque, uint32_t events)
{
    struct vhost_user_block *vu = opaque;

    pthread_mutex_lock (&vu->block.lock);
    listen_locked (vu);
    pthread_mutex_unlock (&vu->block.lock);
    block_run_finished (&vu->block);
}

static void
call_cb (void *opaque, uint32_t events)
{
    struct vhost_user_block *vu = opaque;

    pthread_mutex_lock (&vu->block.lock);
    reap_locked (vu);
    pthread_mutex_unlock (&vu->block.lock);
    block_run_finished (&vu->block);
}

static void
patience_cb (void *opaque)
{
    struct vhost_user_block *vu = opaque;

    pthread_mutex_lock (&vu->block.lock);
    if (vu->state == VHOST_USER_GREETING)
        lose_locked (vu, SILENT);
    pthread_mutex_unlock (&vu->block.lock);
}

static void
reset_ring (struct vhost_user_block *vu)
{
    vhost_user_ring_reset (&vu->ring,
                           vu->bounce.bytes ? VHOST_USER_N_CHUNKS : VHOST_USER_QUEUE_SIZE);
}

/* --- another peer -------------------------------------------------------------------------------- */

static void
connect_locked (struct vhost_user_block *vu, int fd)
{
    const char *why = NULL;

    disconnect_locked (vu);
    vu->number = vu->next_number;
    reset_ring (vu);
    set_state (vu, VHOST_USER_GREETING);
    if (vhost_user_session_begin (&vu->session, fd, &vu->offer, &why) == 0
        && loop_watch_add (vu->block.loop, &vu->socket_watch, fd, EPOLLIN | EPOLLRDHUP, socket_cb,
                           vu)
               < 0)
        why = "cannot be watched";
    if (why)
        lose_locked (vu, why);
    else
        loop_timer_arm (&vu->patience, loop_now_ns () + VHOST_USER_GREETING_NS);
}

static void
give_up_locked (struct vhost_user_block *vu)
{
    disconnect_locked (vu);
    set_state (vu, VHOST_USER_GIVEN_UP);
    fail_waiting_locked (vu);
}

static void
connect_work_cb (void *opaque)
{
    struct vhost_user_block *vu = opaque;

    pthread_mutex_lock (&vu->block.lock);
    if (vu->will_give_up)
        give_up_locked (vu);
    else if (vu->next_fd >= 0)
        connect_locked (vu, fd_steal (&vu->next_fd));
    pthread_mutex_unlock (&vu->block.lock);
}

static void
vu_reconnect (struct block *block, int fd)
{
    struct vhost_user_block *vu = vu_of (block);

    fd_close (&vu->next_fd);
    vu->next_fd = fd;
    vu->next_number++;
    vu->will_give_up = fd < 0;
    loop_work_queue (block->loop, &vu->connect_work);
}

/* --- the driver ---------------------------------------------------------------------------------- */

static void
vu_submit (struct block *block, struct block_request *request)
{
    struct vhost_user_block *vu = vu_of (block);
    bool is_nothing = (request->op == BLOCK_FLUSH && block->info.read_only)
                      || (request->op == BLOCK_DISCARD && !block->info.can_discard);

    if (is_nothing || vu->state == VHOST_USER_GIVEN_UP) {
        block_finish_locked (block, request, is_nothing ? 0 : -EIO);
        block_wake_locked (block);
        return;
    }
    list_append (&vu->waiting, &request->node);
    if (vu->state == VHOST_USER_READY)
        pump_locked (vu);
}

static void
vu_unplug (struct block *block)
{
    struct vhost_user_block *vu = vu_of (block);

    if (is_served (vu))
        vhost_user_ring_kick (&vu->ring);
}

static void
vu_wait (struct block *block)
{
    struct vhost_user_block *vu = vu_of (block);
    struct pollfd fds[] = { { .fd = vu->ring.call_fd, .events = POLLIN },
                            { .fd = vu->session.fd, .events = POLLIN } };

    pthread_mutex_unlock (&block->lock);
    poll (fds, ARRAY_SIZE (fds), WAIT_MS);
    fd_event_clear (vu->ring.call_fd);
    pthread_mutex_lock (&block->lock);
    reap_locked (vu);
    if (fds[1].revents)
        listen_locked (vu);
    if (is_served (vu) && vu->ring.n_busy > 0 && loop_now_ns () - vu->last_news_ns > SILENCE_NS)
        lose_locked (vu, "does not answer");
}

/* The image was made larger while no process had it, and the next one comes with that size. */
static int
vu_resize (struct block *block, uint64_t size_bytes)
{
    block->info.size_bytes = size_bytes;
    return 0;
}

static void
vu_abandon (struct block *block)
{
    fail_waiting_locked (vu_of (block));
}

static void
vu_destroy (struct block *block)
{
    struct vhost_user_block *vu = vu_of (block);

    disconnect_locked (vu);
    loop_watch_remove (block->loop, &vu->call_watch);
    loop_work_cancel (block->loop, &vu->lost_work);
    loop_work_cancel (block->loop, &vu->connect_work);
    fd_close (&vu->next_fd);
    vhost_user_withdraw (vu);
    block_fini (block);
    free (vu);
}

static const struct block_driver_ops vu_ops = {
    .submit = vu_submit,
    .unplug = vu_unplug,
    .wait = vu_wait,
    .resize = vu_resize,
    .abandon = vu_abandon,
    .reconnect = vu_reconnect,
    .destroy = vu_destroy,
};

/* --- opening ------------------------------------------------------------------------------------- */

static void
set_info (struct vhost_user_block *vu)
{
    struct block_info *info = &vu->block.info;

    info->size_bytes = vu->disk.size_bytes;
    info->read_only |= vu->disk.read_only;
    info->can_discard = !info->read_only && !vu->no_discard && vu->disk.max_discard_bytes > 0;
}

static struct vhost_user_block *
create (struct loop *loop, unsigned flags)
{
    struct vhost_user_block *vu = calloc (1, sizeof *vu);

    if (!vu)
        return NULL;
    vu->next_fd = vu->session.fd = -1;
    vu->ring.fd = vu->ring.kick_fd = vu->ring.call_fd = vu->bounce.fd = -1;
    vu->socket_watch = vu->call_watch = (struct loop_watch) LOOP_WATCH_INIT;
    vu->block.info.read_only = flags & BLOCK_READ_ONLY;
    block_init (&vu->block, &vu_ops, loop);
    list_init (&vu->waiting);
    list_init (&vu->done);
    list_init (&vu->ring.idle);
    vu->own_flush.op = BLOCK_FLUSH;
    loop_timer_init (&vu->patience, loop, patience_cb, vu);
    loop_work_init (&vu->lost_work, lost_work_cb, vu);
    loop_work_init (&vu->connect_work, connect_work_cb, vu);
    set_state (vu, VHOST_USER_GREETING);
    return vu;
}

int
block_vhost_user_begin (struct loop *loop, int fd, unsigned flags,
                        const struct block_memory *memory, unsigned n_memory, struct block **out,
                        const char **why)
{
    struct vhost_user_block *vu = n_memory <= BLOCK_MAX_MEMORY ? create (loop, flags) : NULL;
    int ret;

    *why = NULL;
    if (!vu) {
        fd_close (&fd);
        return -ENOMEM;
    }
    vu->no_discard = flags & BLOCK_NO_DISCARD;
    ret = vhost_user_offer (vu, memory, n_memory);
    if (ret < 0) {
        fd_close (&fd);
    } else {
        reset_ring (vu);
        if (vhost_user_session_begin (&vu->session, fd, &vu->offer, why) < 0)
            ret = -EPROTO;
    }
    if (ret < 0) {
        vu_destroy (&vu->block);
        return ret;
    }
    vu->first_until_ns = loop_now_ns () + VHOST_USER_GREETING_NS;
    *out = &vu->block;
    return 0;
}

int
block_vhost_user_get_fd (const struct block *block, int64_t *until_ns)
{
    const struct vhost_user_block *vu = container_of (block, struct vhost_user_block, block);

    *until_ns = vu->first_until_ns;
    return vu->session.fd;
}

int
block_vhost_user_hear (struct block *block, const char **why)
{
    struct vhost_user_block *vu = vu_of (block);

    *why = greet_locked (vu);
    if (!*why && vu->state != VHOST_USER_READY && loop_now_ns () >= vu->first_until_ns)
        *why = SILENT;
    if (*why)
        return -EPROTO;
    return vu->state == VHOST_USER_READY;
}

int
block_vhost_user_finish (struct block *block)
{
    struct vhost_user_block *vu = vu_of (block);
    int ret = loop_watch_add (block->loop, &vu->call_watch, vu->ring.call_fd, EPOLLIN | EPOLLET,
                              call_cb, vu);

    if (ret == 0)
        ret = loop_watch_add (block->loop, &vu->socket_watch, vu->session.fd, EPOLLIN | EPOLLRDHUP,
                              socket_cb, vu);
    if (ret == 0)
        set_info (vu);
    else
        loop_watch_remove (block->loop, &vu->call_watch); /* who closes it may not hold that loop */
    return ret;
}
