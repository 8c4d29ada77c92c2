/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-private.h - a disk in another process: its connection, and the ring it is served by. */
#pragma once

#include <linux/virtio_blk.h>
#include <linux/virtio_ring.h>

#include "block.h"

/* How long a peer has to answer all that it is asked at first. */
#define VHOST_USER_GREETING_NS 10000000000ll

/* --- the connection: vhost-user-session.c -------------------------------------------------------- */

/* What the peer shall know of us.  Its addresses are ours to choose: "guest-physical" and "user" ones are
 * the same, and no address of this process is among them. */
struct vhost_user_region {
    uint64_t address; /* for the peer */
    uint64_t size_bytes;
    int fd; /* borrowed */
};

#define VHOST_USER_OWN_REGIONS 3 /* the ring's, the journal's, the bounce's */
#define VHOST_USER_MAX_REGIONS (BLOCK_MAX_MEMORY + VHOST_USER_OWN_REGIONS)

struct vhost_user_offer {
    struct vhost_user_region regions[VHOST_USER_MAX_REGIONS];
    unsigned n_regions;
    unsigned queue_size;
    uint64_t desc_address, avail_address, used_address;
    int kick_fd, call_fd; /* borrowed */
};

/* What the peer said of the disk, made sane. */
struct vhost_user_disk {
    uint64_t size_bytes;
    unsigned max_segments; /* of one request; 1 to VHOST_USER_MAX_SEGMENTS */
    bool read_only;
    uint64_t max_discard_bytes; /* 0: it cannot; a multiple of 512 */
    uint64_t max_zero_bytes;
};

/* One connection, from the first message to the last. */
struct vhost_user_session {
    int fd; /* ours; -1 without one */
    const struct vhost_user_offer *offer;
    unsigned question; /* that is to be answered */
    uint64_t features;
    struct vhost_user_disk disk; /* known once it is ready */
    size_t n_in;
    uint8_t in[128]; /* of an answer that is not all there */
};

/* Takes FD, a connected stream socket, and asks the first question.  Returns 0, or -errno and a sentence
 * without a subject in *WHY. */
int vhost_user_session_begin (struct vhost_user_session *session, int fd,
                              const struct vhost_user_offer *offer, const char **why);

/* There is something to read.  Returns 1 once the peer serves the ring, 0 when more is to come, and -errno
 * with *WHY when nothing good can: after 1 that is the next answer. */
int vhost_user_session_read (struct vhost_user_session *session, const char **why);

/* Closes the connection, if there is one. */
void vhost_user_session_end (struct vhost_user_session *session);

/* --- the ring: vhost-user-ring.c ------------------------------------------------------------------ */

#define VHOST_USER_QUEUE_SIZE   128
#define VHOST_USER_MAX_SEGMENTS 126

/* One request in flight; what is ours of it.  The peer may write wherever it likes in what is shared. */
struct vhost_user_slot {
    struct block_request *request; /* NULL while idle */
    uint64_t step_bytes;           /* of the request, that this step does */
    uint64_t mark;    /* of a flush: what it is about (the journal's count when it began) */
    bool is_done;     /* by the peer; waits for room in the journal */
    struct list node; /* while idle, or done */
};

struct vhost_user_shared;

struct vhost_user_ring {
    int fd; /* a sealed memfd, ours */
    struct vhost_user_shared *shared;
    int kick_fd, call_fd; /* ours */
    bool event_idx;       /* the peer knows VIRTIO_RING_F_EVENT_IDX */
    uint16_t avail_index, used_index;
    uint16_t kicked_index; /* what the peer was last told of, or did not want to be told of */
    unsigned n_busy; /* that the peer has to do */
    struct list idle;
    struct vhost_user_slot slots[VHOST_USER_QUEUE_SIZE];
};

/* One request for the peer: what SLOT's step does. */
struct vhost_user_step {
    uint32_t type; /* VIRTIO_BLK_T_… */
    uint64_t sector;
    uint32_t range_sectors; /* of a discard or a write of zeros */
    unsigned n_segments;
    struct vhost_user_segment {
        uint64_t address; /* for the peer */
        uint32_t len;
    } segments[VHOST_USER_MAX_SEGMENTS];
};

/* Returns 0 or -errno. */
int vhost_user_ring_create (struct vhost_user_ring *ring);
void vhost_user_ring_destroy (struct vhost_user_ring *ring);

/* Fills in what of OFFER is the ring's: its own region, the first, and where its parts are. */
void vhost_user_ring_offer (const struct vhost_user_ring *ring, struct vhost_user_offer *offer);

/* Begins anew for another peer, with N_SLOTS idle, the others out of use; nobody looks at it any more. */
void vhost_user_ring_reset (struct vhost_user_ring *ring, unsigned n_slots);

/* The number of the slot that the next step gets; there is one idle. */
unsigned vhost_user_ring_next (const struct vhost_user_ring *ring);

/* Makes STEP of REQUEST available in an idle slot, of which there is one; vhost_user_ring_kick() follows. */
struct vhost_user_slot *vhost_user_ring_add (struct vhost_user_ring *ring,
                                             struct block_request *request,
                                             const struct vhost_user_step *step);

/* Tells the peer of what was added since the last time, if it wants to be told. */
void vhost_user_ring_kick (struct vhost_user_ring *ring);

/* The next slot that the peer is done with, and what it says of it (VIRTIO_BLK_S_…) in *STATUS; the caller
 * makes it idle, some time.  NULL when there is none, and when the peer says what cannot be: then *WHY says it. */
struct vhost_user_slot *vhost_user_ring_take (struct vhost_user_ring *ring, uint8_t *status,
                                              const char **why);

/* From now on the peer calls when it is done with the next.  True when that may have happened without a call: then
 * vhost_user_ring_take() is due again. */
bool vhost_user_ring_listen (struct vhost_user_ring *ring);

void vhost_user_ring_release (struct vhost_user_ring *ring, struct vhost_user_slot *slot);

/* --- the journal: vhost-user-journal.c ------------------------------------------------------------ */

/* A write that was reported done and may not be on stable storage yet. */
struct vhost_user_record {
    uint64_t offset, length; /* on the disk, bytes */
    uint64_t address;        /* of the data, for the peer; 0: zeros */
    uint64_t end;            /* the journal's bytes up to its own last one */
};

#define VHOST_USER_MAX_RECORDS 8192

/* Records are counted from 0 on and never again; those from first to next are there. */
struct vhost_user_journal {
    int fd; /* a sealed memfd, ours */
    uint8_t *bytes;
    uint64_t first, next;
    uint64_t tail, head; /* of the bytes that are taken, counted likewise */
    bool was_large;
    struct vhost_user_record records[VHOST_USER_MAX_RECORDS];
};

/* Returns 0 or -errno. */
int vhost_user_journal_create (struct vhost_user_journal *journal);
void vhost_user_journal_destroy (struct vhost_user_journal *journal);

/* Its memory, for the peer to read. */
struct vhost_user_region vhost_user_journal_region (const struct vhost_user_journal *journal);

/* Keeps LEN bytes of REQUEST, a write or a write of zeros, from its progress on.  False when there is no room
 * before a flush was done. */
bool vhost_user_journal_add (struct vhost_user_journal *journal,
                             const struct block_request *request, uint64_t len);

/* Whether it is time to ask for a flush. */
bool vhost_user_journal_is_filling (const struct vhost_user_journal *journal);

/* What came before record NUMBER is on stable storage. */
void vhost_user_journal_forget (struct vhost_user_journal *journal, uint64_t number);

/* Record NUMBER, from first to next. */
const struct vhost_user_record *vhost_user_journal_get (const struct vhost_user_journal *journal,
                                                        uint64_t number);

/* --- where the peer cannot map the guest's memory: vhost-user-bounce.c -------------------------- */

#define VHOST_USER_N_CHUNKS    32u
#define VHOST_USER_CHUNK_BYTES (128u << 10)

struct vhost_user_bounce {
    int fd; /* a sealed memfd, ours */
    uint8_t *bytes;
};

/* Returns 0 or -errno. */
int vhost_user_bounce_create (struct vhost_user_bounce *bounce);
void vhost_user_bounce_destroy (struct vhost_user_bounce *bounce);

struct vhost_user_region vhost_user_bounce_region (const struct vhost_user_bounce *bounce);

/* STEP in SLOT (below VHOST_USER_N_CHUNKS) is about LEN bytes of REQUEST, a read or a write, from its progress
 * on (up to VHOST_USER_CHUNK_BYTES): has its segments be the slot's chunk, with what is to be written in it. */
void vhost_user_bounce_begin (const struct vhost_user_bounce *bounce, unsigned slot,
                              const struct block_request *request, uint64_t len,
                              struct vhost_user_step *step);

/* That step was done: what was read is where it belongs.  Nothing where there is no bounce, or for other steps. */
void vhost_user_bounce_end (const struct vhost_user_bounce *bounce, unsigned slot,
                            const struct block_request *request, uint64_t len);

/* --- the disk: vhost-user.c ----------------------------------------------------------------------- */

enum vhost_user_state {
    VHOST_USER_LOST,      /* requests are kept for the next peer */
    VHOST_USER_GREETING,  /* so they are while that is asked what it can */
    VHOST_USER_REPEATING, /* and while it is told what the last one may have forgotten */
    VHOST_USER_READY,
    VHOST_USER_GIVEN_UP, /* there will be no other peer: requests fail */
};

struct vhost_user_block {
    struct block block;
    struct vhost_user_offer offer; /* fixed while open */
    struct block_memory memory[BLOCK_MAX_MEMORY];
    unsigned n_memory;
    unsigned first_memory; /* region of the offer that the first of them is */
    bool no_discard;       /* the guest is not to be offered it */
    struct vhost_user_bounce bounce; /* without bytes where the peer maps the guest's memory */
    struct loop_watch socket_watch, call_watch;
    struct loop_timer patience; /* with a peer that is greeted, but for the first */
    int64_t first_until_ns;     /* when that has to have answered */
    struct loop_work lost_work, connect_work;

    /* block.lock guards what follows */
    enum vhost_user_state state;
    struct vhost_user_session session;
    struct vhost_user_disk disk;
    struct vhost_user_ring ring;
    struct list waiting;                /* requests with a step to do, in order */
    int next_fd;                        /* the next peer's, for connect_work */
    bool will_give_up;                  /* for connect_work */
    const char *lost_why;               /* for lost_work */
    unsigned next_number;               /* of the last peer that was announced; the first is 0 */
    unsigned number;                    /* of the one that is there, or was */
    struct vhost_user_journal *journal; /* NULL for a disk that is only read */
    uint64_t repeated;                  /* the record that is told again, while REPEATING */
    struct list done;                   /* slots that wait for room in the journal, in order */
    bool is_flushing;                   /* our own flush is under way */
    struct block_request own_flush, own_repeat; /* ours, whose done() nobody calls */
    int64_t last_news_ns; /* when the peer was last known to work, while somebody waits for it */
};

/* vhost-user-offer.c: makes what the peer is shown, with the N pieces of the guest's MEMORY or, without any, with a
 * bounce.  Returns 0 or -errno; vhost_user_withdraw() is due either way. */
int vhost_user_offer (struct vhost_user_block *vu, const struct block_memory *memory, unsigned n);
void vhost_user_withdraw (struct vhost_user_block *vu);

/* vhost-user-plan.c: fills STEP, for the slot that is next, with the next of REQUEST's and returns how many of its
 * bytes that does, or -errno when it cannot be done.  Lock held. */
int64_t vhost_user_plan (const struct vhost_user_block *vu, const struct block_request *request,
                         struct vhost_user_step *step);

/* Also there: copies LEN bytes of REQUEST's, which has them, from its progress on, to or from BYTES. */
void vhost_user_copy (const struct block_request *request, uint8_t *bytes, uint64_t len,
                      bool to_request);
