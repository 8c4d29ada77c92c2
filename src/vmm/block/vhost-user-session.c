/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-session.c - greeting the process behind a disk (the vhost-user protocol's front end).
 *
 * Four questions, one after the other; what needs no answer is said between them.  The last one is asked
 * only to hear that all before it was taken: a peer that cannot follow closes the connection.  Once that is
 * answered nothing more is said on the socket, and all that may come is its end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/socket.h>

#include "bits.h"
#include "fd.h"
#include "vhost-user-private.h"

/* The protocol's requests and bits. */
enum {
    GET_FEATURES = 1,
    SET_FEATURES = 2,
    SET_OWNER = 3,
    SET_MEM_TABLE = 5,
    SET_VRING_NUM = 8,
    SET_VRING_ADDR = 9,
    SET_VRING_BASE = 10,
    SET_VRING_KICK = 12,
    SET_VRING_CALL = 13,
    GET_PROTOCOL_FEATURES = 15,
    SET_PROTOCOL_FEATURES = 16,
    SET_VRING_ENABLE = 18,
    GET_CONFIG = 24,
};

#define VERSION             1u
#define VERSION_MASK        3u
#define FLAG_REPLY          (1u << 2)
#define F_PROTOCOL_FEATURES 30
#define PROTOCOL_F_CONFIG   9

#define NEEDED                                                                                     \
    (BIT_ULL (VIRTIO_F_VERSION_1) | BIT_ULL (VIRTIO_RING_F_INDIRECT_DESC)                          \
     | BIT_ULL (F_PROTOCOL_FEATURES) | BIT_ULL (VIRTIO_BLK_F_FLUSH))
#define WANTED                                                                                     \
    (NEEDED | BIT_ULL (VIRTIO_RING_F_EVENT_IDX) | BIT_ULL (VIRTIO_BLK_F_SEG_MAX)                   \
     | BIT_ULL (VIRTIO_BLK_F_RO) | BIT_ULL (VIRTIO_BLK_F_DISCARD)                                  \
     | BIT_ULL (VIRTIO_BLK_F_WRITE_ZEROES))

/* As far as the disk's configuration is of interest: to the end of write_zeroes_may_unmap and its padding. */
#define CONFIG_BYTES 60
#define SECTOR_BYTES 512

enum question { ASK_FEATURES, ASK_PROTOCOL, ASK_CONFIG, ASK_READY, ASK_NOTHING };

struct header {
    uint32_t request;
    uint32_t flags;
    uint32_t size; /* of what follows */
};

struct config_message {
    uint32_t offset, size, flags;
    uint8_t bytes[CONFIG_BYTES];
};

struct memory_message {
    uint32_t n_regions, padding;
    struct {
        uint64_t guest_address, size_bytes, user_address, fd_offset;
    } regions[VHOST_USER_MAX_REGIONS];
};

struct ring_state {
    uint32_t index, number;
};

struct ring_addresses {
    uint32_t index, flags;
    uint64_t desc, used, avail, log;
};

/* --- saying ------------------------------------------------------------------------------------- */

/* The socket's buffer takes a greeting whole, so one that is full has a peer that does not read. */
static int
say (struct vhost_user_session *session, uint32_t request, const void *payload, uint32_t size,
     const int *fds, unsigned n_fds)
{
    struct header header = { .request = request, .flags = VERSION, .size = size };
    struct iovec iov[2] = { { &header, sizeof header }, { (void *) payload, size } };
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE (VHOST_USER_MAX_REGIONS * sizeof (int))];
    } control = { 0 };
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = size > 0 ? 2 : 1 };
    ssize_t n;

    if (n_fds > 0) {
        struct cmsghdr *cmsg = &control.align;

        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
        memcpy (CMSG_DATA (cmsg), fds, n_fds * sizeof (int));
    }
    do
        n = sendmsg (session->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return (size_t) n == sizeof header + size ? 0 : -EAGAIN;
}

static int
say_number (struct vhost_user_session *session, uint32_t request, uint64_t number)
{
    return say (session, request, &number, sizeof number, NULL, 0);
}

static int
say_ring_state (struct vhost_user_session *session, uint32_t request, uint32_t number)
{
    struct ring_state state = { .number = number };

    return say (session, request, &state, sizeof state, NULL, 0);
}

static int
say_ring_fd (struct vhost_user_session *session, uint32_t request, int fd)
{
    uint64_t index = 0;

    return say (session, request, &index, sizeof index, &fd, 1);
}

static int
say_memory (struct vhost_user_session *session)
{
    const struct vhost_user_offer *offer = session->offer;
    struct memory_message message = { .n_regions = offer->n_regions };
    int fds[VHOST_USER_MAX_REGIONS];

    for (unsigned i = 0; i < offer->n_regions; i++) {
        const struct vhost_user_region *region = &offer->regions[i];

        message.regions[i].guest_address = message.regions[i].user_address = region->address;
        message.regions[i].size_bytes = region->size_bytes;
        fds[i] = region->fd;
    }
    return say (session, SET_MEM_TABLE, &message,
                (uint32_t) (offsetof (struct memory_message, regions)
                            + offer->n_regions * sizeof message.regions[0]),
                fds, offer->n_regions);
}

static int
say_ring (struct vhost_user_session *session)
{
    const struct vhost_user_offer *offer = session->offer;
    struct ring_addresses addresses = {
        .desc = offer->desc_address,
        .used = offer->used_address,
        .avail = offer->avail_address,
    };
    int ret = say_ring_state (session, SET_VRING_NUM, offer->queue_size);

    if (ret == 0)
        ret = say (session, SET_VRING_ADDR, &addresses, sizeof addresses, NULL, 0);
    if (ret == 0)
        ret = say_ring_state (session, SET_VRING_BASE, 0);
    if (ret == 0)
        ret = say_ring_fd (session, SET_VRING_CALL, offer->call_fd);
    if (ret == 0)
        ret = say_ring_fd (session, SET_VRING_KICK, offer->kick_fd);
    if (ret == 0)
        ret = say_ring_state (session, SET_VRING_ENABLE, 1);
    return ret;
}

/* --- questions and answers ---------------------------------------------------------------------- */

static int
ask (struct vhost_user_session *session, enum question question)
{
    struct config_message config = { .size = CONFIG_BYTES };

    session->question = question;
    switch (question) {
    case ASK_FEATURES:
    case ASK_READY:
        return say (session, GET_FEATURES, NULL, 0, NULL, 0);
    case ASK_PROTOCOL:
        return say (session, GET_PROTOCOL_FEATURES, NULL, 0, NULL, 0);
    default:
        return say (session, GET_CONFIG, &config, sizeof config, NULL, 0);
    }
}

static int
fail (const char **why, const char *text)
{
    *why = text;
    return -EPROTO;
}

static int
take_features (struct vhost_user_session *session, uint64_t features, const char **why)
{
    if ((features & NEEDED) != NEEDED)
        return fail (why, "lacks what a disk needs");
    session->features = features & WANTED;
    return ask (session, ASK_PROTOCOL);
}

static int
take_protocol (struct vhost_user_session *session, uint64_t features, const char **why)
{
    int ret;

    if (!(features & BIT_ULL (PROTOCOL_F_CONFIG)))
        return fail (why, "cannot tell how large its disk is");
    ret = say_number (session, SET_PROTOCOL_FEATURES, BIT_ULL (PROTOCOL_F_CONFIG));
    if (ret == 0)
        ret = say (session, SET_OWNER, NULL, 0, NULL, 0);
    if (ret == 0)
        ret = say_number (session, SET_FEATURES, session->features);
    return ret < 0 ? ret : ask (session, ASK_CONFIG);
}

static uint64_t
limit_bytes (const struct vhost_user_session *session, unsigned feature, const uint8_t *sectors)
{
    if (!(session->features & BIT_ULL (feature)))
        return 0;
    return (uint64_t) load_le32 (sectors) * SECTOR_BYTES;
}

static int
take_config (struct vhost_user_session *session, const struct config_message *config,
             const char **why)
{
    const uint8_t *bytes = config->bytes;
    uint64_t sectors = load_le64 (bytes + offsetof (struct virtio_blk_config, capacity));
    unsigned segments = load_le32 (bytes + offsetof (struct virtio_blk_config, seg_max));
    struct vhost_user_disk *disk = &session->disk;
    int ret;

    if (config->size != CONFIG_BYTES || sectors == 0 || sectors > INT64_MAX / SECTOR_BYTES)
        return fail (why, "says that its disk has a size no disk can have");
    disk->size_bytes = sectors * SECTOR_BYTES;
    if (!(session->features & BIT_ULL (VIRTIO_BLK_F_SEG_MAX)) || segments == 0)
        segments = 1;
    disk->max_segments = MIN_OF (segments, VHOST_USER_MAX_SEGMENTS);
    disk->read_only = session->features & BIT_ULL (VIRTIO_BLK_F_RO);
    disk->max_discard_bytes =
        limit_bytes (session, VIRTIO_BLK_F_DISCARD,
                     bytes + offsetof (struct virtio_blk_config, max_discard_sectors));
    disk->max_zero_bytes =
        limit_bytes (session, VIRTIO_BLK_F_WRITE_ZEROES,
                     bytes + offsetof (struct virtio_blk_config, max_write_zeroes_sectors));
    ret = say_memory (session);
    if (ret == 0)
        ret = say_ring (session);
    return ret < 0 ? ret : ask (session, ASK_READY);
}

/* What the answer to the question that was asked must be. */
static struct header
expected (const struct vhost_user_session *session)
{
    static const uint32_t requests[] = {
        [ASK_FEATURES] = GET_FEATURES,
        [ASK_PROTOCOL] = GET_PROTOCOL_FEATURES,
        [ASK_CONFIG] = GET_CONFIG,
        [ASK_READY] = GET_FEATURES,
    };

    return (struct header){
        .request = requests[session->question],
        .flags = VERSION | FLAG_REPLY,
        .size =
            session->question == ASK_CONFIG ? sizeof (struct config_message) : sizeof (uint64_t),
    };
}

/* The answer is all there. */
static int
take_answer (struct vhost_user_session *session, const char **why)
{
    const uint8_t *payload = session->in + sizeof (struct header);
    struct config_message config;
    uint64_t number;

    session->n_in = 0;
    memcpy (&number, payload, sizeof number);
    switch (session->question) {
    case ASK_FEATURES:
        return take_features (session, number, why);
    case ASK_PROTOCOL:
        return take_protocol (session, number, why);
    case ASK_CONFIG:
        memcpy (&config, payload, sizeof config);
        return take_config (session, &config, why);
    default:
        session->question = ASK_NOTHING;
        return 1;
    }
}

/* Reads up to WANT bytes of the answer: 1 when they are there, 0 when not yet. */
static int
fill (struct vhost_user_session *session, size_t want, const char **why)
{
    while (session->n_in < want) {
        ssize_t n =
            recv (session->fd, session->in + session->n_in, want - session->n_in, MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            return fail (why, "closed its connection");
        session->n_in += (size_t) n;
    }
    return 1;
}

/* Reads one answer: 1 when it was the last one. */
static int
read_answer (struct vhost_user_session *session, const char **why)
{
    struct header wanted = expected (session), header;
    int ret = fill (session, sizeof header, why);

    _Static_assert(sizeof (struct header) + sizeof (struct config_message) <= sizeof session->in,
                   "the longest answer fits");
    if (ret != 1)
        return ret;
    memcpy (&header, session->in, sizeof header);
    if (header.request != wanted.request || header.size != wanted.size
        || (header.flags & (VERSION_MASK | FLAG_REPLY)) != wanted.flags)
        return fail (why, "gave an answer that does not fit the question");
    ret = fill (session, sizeof header + wanted.size, why);
    if (ret != 1)
        return ret;
    ret = take_answer (session, why);
    if (ret < 0 && !*why)
        *why = "does not listen";
    return ret;
}

int
vhost_user_session_read (struct vhost_user_session *session, const char **why)
{
    *why = NULL;
    if (session->question == ASK_NOTHING) {
        int ret = fill (session, 1, why);

        return ret == 1 ? fail (why, "said something that nobody asked") : ret;
    }
    for (;;) {
        unsigned question = session->question;
        int ret = read_answer (session, why);

        if (ret != 0 || session->question == question)
            return ret;
    }
}

int
vhost_user_session_begin (struct vhost_user_session *session, int fd,
                          const struct vhost_user_offer *offer, const char **why)
{
    int ret;

    *session = (struct vhost_user_session){ .fd = fd, .offer = offer };
    ret = ask (session, ASK_FEATURES);
    if (ret < 0)
        *why = "closed its connection";
    return ret;
}

void
vhost_user_session_end (struct vhost_user_session *session)
{
    fd_close (&session->fd);
}
