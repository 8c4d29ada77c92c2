/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-peer.c - the process behind a disk, as a thread. */
#define _GNU_SOURCE
#include "vhost-user-peer.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"

#define SECTOR_BYTES 512
#define MAX_PIECES   160

struct message {
    uint32_t request, flags, size;
    uint8_t payload[512];
};

/* --- memory -------------------------------------------------------------------------------------- */

static void *
at (struct peer *peer, uint64_t address, uint64_t len)
{
    for (unsigned i = 0; i < peer->n_regions; i++) {
        if (address >= peer->regions[i].address
            && range_fits (address - peer->regions[i].address, len, peer->regions[i].size))
            return peer->regions[i].host + (address - peer->regions[i].address);
    }
    g_error ("the peer has no memory at 0x%" G_GINT64_MODIFIER "x", address);
}

static void
take_memory (struct peer *peer, const uint8_t *payload, int *fds, unsigned n_fds)
{
    peer->n_regions = load_le32 (payload);
    g_assert_cmpuint (peer->n_regions, ==, n_fds);
    for (unsigned i = 0; i < n_fds; i++) {
        const uint8_t *region = payload + 8 + 32 * i;

        peer->regions[i].address = load_le64 (region);
        peer->regions[i].size = load_le64 (region + 8);
        g_assert_cmpuint (load_le64 (region + 16), ==, peer->regions[i].address);
        peer->regions[i].host = mmap (NULL, peer->regions[i].size, PROT_READ | PROT_WRITE,
                                      MAP_SHARED, fds[i], (off_t) load_le64 (region + 24));
        g_assert_true (peer->regions[i].host != MAP_FAILED);
        close (fds[i]);
    }
}

/* --- requests ------------------------------------------------------------------------------------ */

static uint8_t
range (struct peer *peer, uint32_t type, const struct virtio_blk_discard_write_zeroes *what)
{
    uint64_t bytes = (uint64_t) what->num_sectors * SECTOR_BYTES;

    if (type == VIRTIO_BLK_T_DISCARD && peer->manner == PEER_KNOWS_NO_DISCARD)
        return VIRTIO_BLK_S_UNSUPP;
    g_assert_cmpuint (bytes, <=, PEER_MAX_BYTES);
    g_assert_true (range_fits (what->sector * SECTOR_BYTES, bytes, PEER_DISK_BYTES));
    memset (peer->contents + what->sector * SECTOR_BYTES, 0, bytes);
    return VIRTIO_BLK_S_OK;
}

static uint8_t
transfer (struct peer *peer, const struct virtio_blk_outhdr *header, const struct vring_desc *table,
          unsigned n)
{
    uint64_t offset = header->sector * SECTOR_BYTES;

    if ((gint) n > g_atomic_int_get (&peer->max_segments))
        g_atomic_int_set (&peer->max_segments, (gint) n);
    for (unsigned i = 0; i < n; i++) {
        uint8_t *bytes = at (peer, table[i].addr, table[i].len);

        g_assert_true (range_fits (offset, table[i].len, PEER_DISK_BYTES));
        if (header->type == VIRTIO_BLK_T_IN)
            memcpy (bytes, peer->contents + offset, table[i].len);
        else
            memcpy (peer->contents + offset, bytes, table[i].len);
        offset += table[i].len;
    }
    return VIRTIO_BLK_S_OK;
}

static uint8_t
flush (struct peer *peer)
{
    if (peer->forgets)
        memcpy (peer->disk, peer->contents, PEER_DISK_BYTES);
    return VIRTIO_BLK_S_OK;
}

static void
serve (struct peer *peer, unsigned id)
{
    const struct vring_desc *desc = at (peer, peer->desc + 16 * id, sizeof *desc);
    unsigned n = desc->len / (unsigned) sizeof *desc;
    const struct vring_desc *table = at (peer, desc->addr, desc->len);
    const struct virtio_blk_outhdr *header = at (peer, table[0].addr, sizeof *header);
    uint8_t *status = at (peer, table[n - 1].addr, 1);

    g_assert_cmpuint (desc->flags, ==, VRING_DESC_F_INDIRECT);
    g_assert_cmpuint (header->type, <, 16);
    g_atomic_int_inc (&peer->n_of_type[header->type]);
    if (header->type == VIRTIO_BLK_T_IN || header->type == VIRTIO_BLK_T_OUT)
        *status = transfer (peer, header, table + 1, n - 2);
    else if (header->type == VIRTIO_BLK_T_FLUSH)
        *status = flush (peer);
    else
        *status = range (peer, header->type, at (peer, table[1].addr, table[1].len));
    if (peer->manner == PEER_FAILS && g_atomic_int_get (&peer->n_served) >= (gint) peer->after)
        *status = VIRTIO_BLK_S_IOERR;
}

/* When the other end wants to be told. */
static uint16_t
used_event (struct peer *peer)
{
    return __atomic_load_n ((uint16_t *) at (peer, peer->avail + 4 + 2ul * peer->queue_size, 2),
                            __ATOMIC_RELAXED);
}

/* When it is to tell. */
static void
set_avail_event (struct peer *peer)
{
    __atomic_store_n ((uint16_t *) at (peer, peer->used + 4 + 8ul * peer->queue_size, 2),
                      peer->next, __ATOMIC_RELAXED);
    __atomic_thread_fence (__ATOMIC_SEQ_CST);
}

static void
use (struct peer *peer, unsigned id)
{
    struct vring_used *used = at (peer, peer->used, 4 + 8ul * peer->queue_size);
    uint16_t was = used->idx;

    used->ring[was % peer->queue_size] = (struct vring_used_elem){ .id = id };
    __atomic_store_n (&used->idx, (uint16_t) (was + 1), __ATOMIC_RELEASE);
    __atomic_thread_fence (__ATOMIC_SEQ_CST);
    if (peer->event_idx && !vring_need_event (used_event (peer), (uint16_t) (was + 1), was))
        return;
    g_atomic_int_inc (&peer->n_calls);
    fd_event_signal (peer->call_fd);
}

static void
scribble (struct peer *peer)
{
    struct vring_used *used = at (peer, peer->used, 4);
    uint16_t index = used->idx, flags = used->flags;
    uint8_t *avail = at (peer, peer->avail, 4);

    memset (peer->regions[0].host, 0xa5, (size_t) (avail - peer->regions[0].host));
    memset (used + 1, 0xa5,
            peer->regions[0].size - (size_t) ((uint8_t *) (used + 1) - peer->regions[0].host));
    used->idx = index;
    used->flags = flags;
}

/* FALSE when that ends it. */
static gboolean
show_manners (struct peer *peer, unsigned id)
{
    struct vring_used *used = at (peer, peer->used, 4);

    switch (peer->manner) {
    case PEER_DIES:
        return FALSE;
    case PEER_DIES_WHEN_DONE:
        serve (peer, id);
        return FALSE;
    case PEER_USES_OTHERS:
        use (peer, 0x10000 + id);
        return TRUE;
    case PEER_USES_TWICE:
        serve (peer, id);
        use (peer, id);
        use (peer, id);
        return TRUE;
    case PEER_JUMPS:
        used->idx = (uint16_t) (used->idx + 1000);
        fd_event_signal (peer->call_fd);
        return TRUE;
    case PEER_TALKS:
        g_assert_cmpint (send (peer->sock, "hello", 5, MSG_NOSIGNAL), ==, 5);
        return TRUE;
    default:
        serve (peer, id);
        g_atomic_int_inc (&peer->n_served);
        if (peer->manner == PEER_SCRIBBLES) {
            scribble (peer);
            *(uint8_t *) at (peer, peer->regions[0].address + peer->regions[0].size - 1, 1) = 0;
        }
        use (peer, id);
        return TRUE;
    }
}

static gboolean
look_at_ring (struct peer *peer)
{
    struct vring_avail *avail = at (peer, peer->avail, 4 + 2ul * peer->queue_size);

    while (!g_atomic_int_get (&peer->is_held)
           && peer->next != __atomic_load_n (&avail->idx, __ATOMIC_ACQUIRE)) {
        unsigned id = avail->ring[peer->next++ % peer->queue_size];

        if (g_atomic_int_get (&peer->n_served) < (gint) peer->after) {
            serve (peer, id);
            g_atomic_int_inc (&peer->n_served);
            use (peer, id);
        } else if (!show_manners (peer, id)) {
            return FALSE;
        }
        set_avail_event (peer);
    }
    return TRUE;
}

/* --- the greeting -------------------------------------------------------------------------------- */

static void
answer (struct peer *peer, struct message *message)
{
    size_t len = 12 + message->size;
    const uint8_t *bytes = (const uint8_t *) message;

    message->flags = 1 | 4;
    if (peer->manner == PEER_ANSWERS_ANOTHER_QUESTION)
        message->request++;
    if (peer->manner == PEER_ANSWERS_TOO_MUCH)
        message->size = 0xfffffff0;
    for (size_t done = 0; done < len;) {
        size_t n = peer->manner == PEER_ANSWERS_IN_PIECES ? 1 : len;

        if (send (peer->sock, bytes + done, n, MSG_NOSIGNAL) < 0)
            return;
        done += n;
    }
}

static void
answer_number (struct peer *peer, struct message *message, uint64_t number)
{
    message->size = 8;
    store_le64 (message->payload, number);
    answer (peer, message);
}

static void
answer_features (struct peer *peer, struct message *message)
{
    uint64_t features = BIT_ULL (32) | BIT_ULL (30) | BIT_ULL (VIRTIO_RING_F_INDIRECT_DESC)
                        | BIT_ULL (VIRTIO_BLK_F_SEG_MAX) | BIT_ULL (VIRTIO_BLK_F_FLUSH)
                        | BIT_ULL (VIRTIO_BLK_F_DISCARD) | BIT_ULL (VIRTIO_BLK_F_WRITE_ZEROES);

    if (peer->event_idx)
        features |= BIT_ULL (VIRTIO_RING_F_EVENT_IDX);
    if (peer->manner == PEER_HAS_NO_FEATURES)
        features = 0;
    if (peer->manner == PEER_IS_READ_ONLY)
        features |= BIT_ULL (VIRTIO_BLK_F_RO);
    if (peer->manner == PEER_CANNOT_ZERO)
        features &= ~BIT_ULL (VIRTIO_BLK_F_WRITE_ZEROES);
    answer_number (peer, message, features);
}

static void
answer_config (struct peer *peer, struct message *message)
{
    uint8_t *config = message->payload + 12;
    uint64_t bytes = PEER_DISK_BYTES;

    if (peer->manner == PEER_HAS_NO_SIZE)
        bytes = 0;
    if (peer->manner == PEER_IS_HUGE)
        bytes = UINT64_MAX;
    if (peer->manner == PEER_IS_SMALLER)
        bytes /= 2;
    memset (config, 0, message->size - 12);
    store_le64 (config, peer->manner == PEER_IS_HUGE ? bytes : bytes / SECTOR_BYTES);
    store_le32 (config + offsetof (struct virtio_blk_config, seg_max), PEER_SEGMENTS);
    store_le32 (config + offsetof (struct virtio_blk_config, max_discard_sectors),
                PEER_MAX_BYTES / SECTOR_BYTES);
    store_le32 (config + offsetof (struct virtio_blk_config, max_write_zeroes_sectors),
                PEER_MAX_BYTES / SECTOR_BYTES);
    answer (peer, message);
}

static void
handle (struct peer *peer, struct message *message, int *fds, unsigned n_fds)
{
    switch (message->request) {
    case 1:
        answer_features (peer, message);
        break;
    case 5:
        take_memory (peer, message->payload, fds, n_fds);
        break;
    case 8:
        peer->queue_size = load_le32 (message->payload + 4);
        break;
    case 9:
        peer->desc = load_le64 (message->payload + 8);
        peer->used = load_le64 (message->payload + 16);
        peer->avail = load_le64 (message->payload + 24);
        break;
    case 12:
        peer->kick_fd = fds[0];
        break;
    case 13:
        peer->call_fd = fds[0];
        break;
    case 15:
        answer_number (peer, message, peer->manner == PEER_HAS_NO_CONFIG ? 0 : BIT_ULL (9));
        break;
    case 18:
        peer->is_served = TRUE;
        break;
    case 24:
        answer_config (peer, message);
        break;
    default:
        break;
    }
}

/* FALSE when the other end is gone. */
static gboolean
hear (struct peer *peer)
{
    struct message message;
    char control[CMSG_SPACE (8 * sizeof (int))];
    struct iovec iov = { &message, 12 };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    struct cmsghdr *cmsg;
    int fds[8];
    unsigned n_fds = 0;

    if (recvmsg (peer->sock, &msg, MSG_CMSG_CLOEXEC | MSG_WAITALL) != 12)
        return FALSE;
    cmsg = CMSG_FIRSTHDR (&msg);
    if (cmsg) {
        n_fds = (unsigned) ((cmsg->cmsg_len - CMSG_LEN (0)) / sizeof (int));
        memcpy (fds, CMSG_DATA (cmsg), n_fds * sizeof (int));
    }
    g_assert_cmpuint (message.size, <=, sizeof message.payload);
    if (message.size > 0
        && recv (peer->sock, message.payload, message.size, MSG_WAITALL) != message.size)
        return FALSE;
    if (peer->manner == PEER_CLOSES)
        return FALSE;
    handle (peer, &message, fds, n_fds);
    return TRUE;
}

/* --- life ---------------------------------------------------------------------------------------- */

static gpointer
peer_main (gpointer data)
{
    struct peer *peer = data;
    gboolean goes_on = TRUE;

    while (goes_on && !g_atomic_int_get (&peer->quit)) {
        struct pollfd fds[] = { { .fd = peer->sock, .events = POLLIN },
                                { .fd = peer->wake_fd, .events = POLLIN },
                                { .fd = peer->kick_fd, .events = POLLIN } };

        poll (fds, G_N_ELEMENTS (fds), -1);
        fd_event_clear (peer->wake_fd);
        if (fds[2].revents) {
            fd_event_clear (peer->kick_fd);
            g_atomic_int_inc (&peer->n_kicks);
        }
        if (fds[0].revents)
            goes_on = hear (peer);
        if (goes_on && peer->is_served)
            goes_on = look_at_ring (peer);
    }
    fd_close (&peer->sock); /* which is all the other end sees of a death */
    return NULL;
}

int
peer_start (struct peer *peer)
{
    int fds[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    peer->sock = fds[1];
    peer->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    peer->kick_fd = peer->call_fd = -1;
    peer->n_regions = 0;
    peer->next = 0;
    peer->is_served = FALSE;
    peer->contents = peer->forgets ? g_memdup2 (peer->disk, PEER_DISK_BYTES) : peer->disk;
    g_atomic_int_set (&peer->quit, 0);
    peer->thread = g_thread_new ("peer", peer_main, peer);
    return fds[0];
}

void
peer_release (struct peer *peer)
{
    g_atomic_int_set (&peer->is_held, 0);
    fd_event_signal (peer->wake_fd);
}

void
peer_stop (struct peer *peer)
{
    if (!peer->thread)
        return;
    g_atomic_int_set (&peer->quit, 1);
    fd_event_signal (peer->wake_fd);
    g_thread_join (peer->thread);
    peer->thread = NULL;
    for (unsigned i = 0; i < peer->n_regions; i++)
        munmap (peer->regions[i].host, peer->regions[i].size);
    peer->n_regions = 0;
    if (peer->forgets)
        g_free (peer->contents);
    fd_close (&peer->wake_fd);
    fd_close (&peer->kick_fd);
    fd_close (&peer->call_fd);
}
