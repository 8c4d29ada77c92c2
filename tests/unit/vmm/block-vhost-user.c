/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-vhost-user.c - promises of the block driver whose disk another process serves. */
#define _GNU_SOURCE
#include <errno.h>
#include <glib.h>
#include <linux/virtio_blk.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bits.h"
#include "block.h"
#include "fd.h"
#include "loop.h"
#include "vhost-user-peer.h"

#define MEMORY_BYTES (2u << 20)
#define MANY_BYTES   (80u * 512)
#define COPIED       0x100 /* a test's: the peer maps nothing of the memory */
#define DEADLINE_NS  (20ll * 1000000000ll)

struct fixture {
    struct loop *loop;
    struct block *block;
    struct block_memory memory[2];
    unsigned n_memory; /* that the peer maps */
    uint8_t *bytes; /* the first one's */
    uint8_t disk[PEER_DISK_BYTES];
    struct peer peers[2]; /* the first, and who comes after it */
    unsigned n_lost;
    unsigned number; /* of the one that was lost last */
    const char *why;
};

struct job {
    struct block_request request;
    unsigned n_done;
    int result;
};

static void
lost_cb (void *opaque, unsigned number, const char *why)
{
    struct fixture *f = opaque;

    f->n_lost++;
    f->number = number;
    f->why = why;
}

static int
open_with (struct fixture *f, struct peer peer, unsigned flags)
{
    int ret;

    f->peers[0] = peer;
    f->peers[0].disk = f->disk;
    ret = block_vhost_user_open (f->loop, peer_start (&f->peers[0]), flags, f->memory, f->n_memory,
                                 &f->block, &f->why);
    if (ret == 0)
        block_set_lost (f->block, lost_cb, f);
    return ret;
}

static void
set_up (struct fixture *f, gconstpointer data)
{
    f->loop = loop_create ();
    f->n_memory = GPOINTER_TO_UINT (data) & COPIED ? 0 : 2;
    for (unsigned i = 0; i < G_N_ELEMENTS (f->memory); i++) {
        struct block_memory *memory = &f->memory[i];

        memory->fd = fd_memfd_create ("test", MEMORY_BYTES);
        memory->size_bytes = MEMORY_BYTES;
        memory->host = mmap (NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
        g_assert_true (memory->host != MAP_FAILED);
    }
    f->bytes = f->memory[0].host;
    for (unsigned i = 0; i < PEER_DISK_BYTES; i++)
        f->disk[i] = (uint8_t) (i * 7 + i / 251);
}

static void
tear_down (struct fixture *f, gconstpointer data)
{
    block_close (f->block);
    for (unsigned i = 0; i < G_N_ELEMENTS (f->peers); i++)
        peer_stop (&f->peers[i]);
    loop_destroy (f->loop);
    for (unsigned i = 0; i < G_N_ELEMENTS (f->memory); i++) {
        munmap (f->memory[i].host, MEMORY_BYTES);
        close (f->memory[i].fd);
    }
}

static void
done_cb (struct block_request *request, int result)
{
    struct job *job = container_of (request, struct job, request);

    job->n_done++;
    job->result = result;
}

static void
submit (struct fixture *f, struct job *job)
{
    job->request.done = done_cb;
    job->n_done = 0;
    block_submit (f->block, &job->request);
}

static void
submit_one (struct fixture *f, struct job *job, enum block_op op, uint64_t offset, void *buf,
            uint64_t length)
{
    job->request.op = op;
    job->request.offset = offset;
    job->request.length = length;
    job->request.iov[0] = (struct iovec){ buf, length };
    job->request.n_iov = buf ? 1 : 0;
    submit (f, job);
}

static void
wait_until (struct fixture *f, volatile unsigned *flag)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;

    while (*flag == 0) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        loop_iterate (f->loop, 100);
    }
    g_assert_cmpuint (*flag, ==, 1);
}

static int
run (struct fixture *f, enum block_op op, uint64_t offset, void *buf, uint64_t length)
{
    g_autofree struct job *job = g_new0 (struct job, 1);

    submit_one (f, job, op, offset, buf, length);
    wait_until (f, &job->n_done);
    return job->result;
}

static void
let_next_come (struct fixture *f, struct peer peer)
{
    peer_stop (&f->peers[0]);
    f->peers[1] = peer;
    f->peers[1].disk = f->disk;
    g_assert_cmpint (block_reconnect (f->block, peer_start (&f->peers[1])), ==, 0);
}

/* --- reading and writing ------------------------------------------------------------------------- */

static void
test_reads_and_writes (struct fixture *f, gconstpointer data)
{
    struct peer peer = { .manner = PEER_ANSWERS_IN_PIECES };

    g_assert_cmpint (open_with (f, peer, 0), ==, 0);
    g_assert_cmpuint (f->block->info.size_bytes, ==, PEER_DISK_BYTES);
    g_assert_false (f->block->info.read_only);
    g_assert_true (f->block->info.can_discard);
    g_assert_cmpint (run (f, BLOCK_READ, 512, f->bytes + 100, 65536), ==, 0);
    g_assert_cmpmem (f->bytes + 100, 65536, f->disk + 512, 65536);
    memset (f->bytes, 0x3c, 4096);
    g_assert_cmpint (run (f, BLOCK_WRITE, PEER_DISK_BYTES - 4096, f->bytes, 4096), ==, 0);
    g_assert_cmpmem (f->disk + PEER_DISK_BYTES - 4096, 4096, f->bytes, 4096);
    g_assert_cmpint (run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint (f->peers[0].n_of_type[VIRTIO_BLK_T_FLUSH], ==, 1);
}

static void
test_two_memories (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *job = g_new0 (struct job, 1);
    uint8_t *more = f->memory[1].host;

    g_assert_cmpint (open_with (f, (struct peer){ 0 }, 0), ==, 0);
    job->request.op = BLOCK_READ;
    job->request.length = 1024;
    job->request.iov[0] = (struct iovec){ more + MEMORY_BYTES - 700, 700 };
    job->request.iov[1] = (struct iovec){ f->bytes, 324 };
    job->request.n_iov = 2;
    submit (f, job);
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, 0);
    g_assert_cmpmem (more + MEMORY_BYTES - 700, 700, f->disk, 700);
    g_assert_cmpmem (f->bytes, 324, f->disk + 700, 324);
}

/* More pieces than the peer takes, cut inside sectors. */
static void
test_many_pieces (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *job = g_new0 (struct job, 1);
    size_t at = 0;

    g_assert_cmpint (open_with (f, (struct peer){ 0 }, 0), ==, 0);
    job->request.op = BLOCK_WRITE;
    job->request.length = MANY_BYTES;
    for (unsigned i = 0; i < BLOCK_MAX_IOV; i++) {
        size_t size =
            i == BLOCK_MAX_IOV - 1 ? MANY_BYTES - at : MIN_OF (64 + i * 37 % 200, MANY_BYTES - at);

        job->request.iov[i] = (struct iovec){ f->bytes + 2 * at, size };
        memset (f->bytes + 2 * at, (int) i, size);
        at += size;
    }
    job->request.n_iov = BLOCK_MAX_IOV;
    submit (f, job);
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, 0);
    g_assert_cmpint (f->peers[0].max_segments, <=, PEER_SEGMENTS);
    for (unsigned i = 0; i < BLOCK_MAX_IOV; i++) {
        const struct iovec *iov = &job->request.iov[i];

        at = (size_t) ((uint8_t *) iov->iov_base - f->bytes) / 2;
        g_assert_cmpmem (f->disk + at, iov->iov_len, iov->iov_base, iov->iov_len);
    }
}

/* On the stack, and more than a chunk, of odd pieces. */
static void
test_buffers_anywhere (struct fixture *f, gconstpointer data)
{
    enum { N = 300 * 1024 };
    g_autofree struct job *job = g_new0 (struct job, 1);
    g_autofree uint8_t *heap = g_malloc0 (N);
    uint8_t stack[513];

    g_assert_cmpint (open_with (f, (struct peer){ 0 }, 0), ==, 0);
    job->request.op = BLOCK_READ;
    job->request.offset = 512;
    job->request.length = N;
    job->request.iov[0] = (struct iovec){ stack, sizeof stack };
    job->request.iov[1] = (struct iovec){ heap, N - sizeof stack };
    job->request.n_iov = 2;
    submit (f, job);
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, 0);
    g_assert_cmpmem (stack, sizeof stack, f->disk + 512, sizeof stack);
    g_assert_cmpmem (heap, N - sizeof stack, f->disk + 512 + sizeof stack, N - sizeof stack);
    memset (heap, 0x77, N);
    job->request.op = BLOCK_WRITE;
    job->request.progress = 0;
    submit (f, job);
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, 0);
    g_assert_cmpmem (f->disk + 512, sizeof stack, stack, sizeof stack);
    g_assert_cmpmem (f->disk + 512 + sizeof stack, N - sizeof stack, heap, N - sizeof stack);
}

static void
test_ranges (struct fixture *f, gconstpointer data)
{
    uint8_t zeros[512] = { 0 };

    g_assert_cmpint (open_with (f, (struct peer){ 0 }, 0), ==, 0);
    memset (f->disk, 0x99, PEER_DISK_BYTES);
    g_assert_cmpint (run (f, BLOCK_WRITE_ZEROES, 512, NULL, 3 * PEER_MAX_BYTES + 512), ==, 0);
    g_assert_cmpint (f->disk[511], ==, 0x99);
    for (unsigned i = 0; i < 3 * PEER_MAX_BYTES + 512; i += 512)
        g_assert_cmpmem (f->disk + 512 + i, 512, zeros, 512);
    g_assert_cmpint (f->disk[3 * PEER_MAX_BYTES + 1024], ==, 0x99);
    g_assert_cmpint (f->peers[0].n_of_type[VIRTIO_BLK_T_WRITE_ZEROES], ==, 4);
    g_assert_cmpint (run (f, BLOCK_DISCARD, 0, NULL, PEER_DISK_BYTES), ==, 0);
    g_assert_cmpint (f->disk[0], ==, 0);
}

static void
test_discard_is_advice (struct fixture *f, gconstpointer data)
{
    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_KNOWS_NO_DISCARD }, 0), ==, 0);
    g_assert_cmpint (run (f, BLOCK_DISCARD, 0, NULL, 4096), ==, 0);
}

static void
test_keeps_its_space (struct fixture *f, gconstpointer data)
{
    g_assert_cmpint (open_with (f, (struct peer){ 0 }, BLOCK_NO_DISCARD), ==, 0);
    g_assert_false (f->block->info.can_discard);
    g_assert_cmpint (run (f, BLOCK_DISCARD, 0, NULL, 4096), ==, 0);
    g_assert_cmpint (f->peers[0].n_of_type[VIRTIO_BLK_T_DISCARD], ==, 0);
}

static void
test_more_requests_than_slots (struct fixture *f, gconstpointer data)
{
    enum { N = 300 };
    g_autofree struct job *jobs = g_new0 (struct job, N);

    g_assert_cmpint (open_with (f, (struct peer){ .is_held = 1 }, 0), ==, 0);
    for (unsigned i = 0; i < N; i++)
        submit_one (f, &jobs[i], BLOCK_READ, i * 512, f->bytes + i * 512, 512);
    peer_release (&f->peers[0]);
    for (unsigned i = 0; i < N; i++)
        wait_until (f, &jobs[i].n_done);
    g_assert_cmpmem (f->bytes, N * 512, f->disk, N * 512);
}

static void
test_errors (struct fixture *f, gconstpointer data)
{
    uint8_t foreign[512];

    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_FAILS, .after = 1 }, 0), ==, 0);
    g_assert_cmpint (run (f, BLOCK_READ, 0, foreign, 512), ==, -EIO);
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes + MEMORY_BYTES - 256, 512), ==, -EIO);
    g_assert_cmpint (f->peers[0].n_served, ==, 0);
    g_assert_cmpint (run (f, BLOCK_READ, PEER_DISK_BYTES, f->bytes, 512), ==, -EINVAL);
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, 512), ==, 0);
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, 512), ==, -EIO);
    g_assert_cmpint (run (f, BLOCK_FLUSH, 0, NULL, 0), ==, -EIO);
    g_assert_cmpuint (f->n_lost, ==, 0);
}

static void
test_read_only (struct fixture *f, gconstpointer data)
{
    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_IS_READ_ONLY }, 0), ==, 0);
    g_assert_true (f->block->info.read_only);
    g_assert_cmpint (run (f, BLOCK_WRITE, 0, f->bytes, 512), ==, -EROFS);
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, 512), ==, 0);
}

/* --- peers that are no good ---------------------------------------------------------------------- */

static void
test_bad_greeting (struct fixture *f, gconstpointer data)
{
    static const enum peer_manner manners[] = {
        PEER_HAS_NO_FEATURES,  PEER_HAS_NO_CONFIG, PEER_HAS_NO_SIZE,
        PEER_IS_HUGE,          PEER_CANNOT_ZERO,   PEER_ANSWERS_ANOTHER_QUESTION,
        PEER_ANSWERS_TOO_MUCH, PEER_CLOSES,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (manners); i++) {
        f->why = NULL;
        g_assert_cmpint (open_with (f, (struct peer){ .manner = manners[i] }, 0), ==, -EPROTO);
        g_assert_nonnull (f->why);
        peer_stop (&f->peers[0]);
    }
}

/* Whatever it says, its requests are done by the next one. */
static void
test_nonsense (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *job = g_new0 (struct job, 1);
    const enum peer_manner manner = GPOINTER_TO_UINT (data) & ~COPIED;

    g_assert_cmpint (open_with (f, (struct peer){ .manner = manner, .after = 3 }, 0), ==, 0);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint (run (f, BLOCK_READ, 512 * i, f->bytes, 512), ==, 0);
    submit_one (f, job, BLOCK_READ, 512, f->bytes + 8192, 65536);
    wait_until (f, &f->n_lost);
    g_assert_nonnull (f->why);
    g_assert_true (job->n_done == 0 || manner == PEER_USES_TWICE);
    let_next_come (f, (struct peer){ 0 });
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, 0);
    g_assert_cmpmem (f->bytes + 8192, 65536, f->disk + 512, 65536);
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, 4096), ==, 0);
    g_assert_cmpuint (f->n_lost, ==, 1);
}

static void
test_scribbling_is_its_own_affair (struct fixture *f, gconstpointer data)
{
    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_SCRIBBLES }, 0), ==, 0);
    for (unsigned i = 0; i < 4; i++) {
        submit_one (f, &(struct job){ 0 }, BLOCK_FLUSH, 0, NULL, 0);
        block_drain (f->block);
    }
    g_assert_cmpuint (f->n_lost, ==, 0);
}

/* --- peers that go and come ---------------------------------------------------------------------- */

static void
test_nothing_is_lost (struct fixture *f, gconstpointer data)
{
    enum { N = 200 };
    struct peer peer = { .manner = GPOINTER_TO_UINT (data) & ~COPIED, .after = 20, .is_held = 1 };
    g_autofree struct job *jobs = g_new0 (struct job, N);

    g_assert_cmpint (open_with (f, peer, 0), ==, 0);
    for (unsigned i = 0; i < N; i++) {
        memset (f->bytes + i * 512, (int) (i + 1), 512);
        submit_one (f, &jobs[i], BLOCK_WRITE, i * 512, f->bytes + i * 512, 512);
    }
    peer_release (&f->peers[0]);
    wait_until (f, &f->n_lost);
    /* What comes meanwhile waits as well. */
    g_assert_cmpuint (jobs[N - 1].n_done, ==, 0);
    let_next_come (f, (struct peer){ 0 });
    for (unsigned i = 0; i < N; i++) {
        wait_until (f, &jobs[i].n_done);
        g_assert_cmpint (jobs[i].result, ==, 0);
    }
    g_assert_cmpmem (f->disk, N * 512, f->bytes, N * 512);
    g_assert_cmpint (f->peers[1].n_served, ==, N); /* the first 20 once more */
}

/* What a peer had reported done is gone with its memory, for all anybody knows. */
static void
test_done_is_done (struct fixture *f, gconstpointer data)
{
    enum { N = 300 };

    g_assert_cmpint (open_with (f, (struct peer){ .forgets = TRUE }, 0), ==, 0);
    for (unsigned i = 0; i < N; i++) {
        memset (f->bytes, (int) i, 8192);
        g_assert_cmpint (run (f, BLOCK_WRITE, i * 512, f->bytes, 8192), ==, 0);
    }
    g_assert_cmpint (run (f, BLOCK_WRITE_ZEROES, 100 * 512, NULL, PEER_MAX_BYTES + 512), ==, 0);
    for (unsigned round = 0; round < 2; round++) {
        peer_stop (&f->peers[round]);
        f->peers[!round] = (struct peer){ .forgets = TRUE, .disk = f->disk };
        g_assert_cmpint (block_reconnect (f->block, peer_start (&f->peers[!round])), ==, 0);
    }
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, (N + 15) * 512), ==, 0);
    for (unsigned i = 0; i < N + 15; i++) {
        bool is_zero = i >= 100 && i < 100 + 1 + PEER_MAX_BYTES / 512;

        g_assert_cmpint (f->bytes[i * 512], ==, is_zero ? 0 : (uint8_t) MIN_OF (i, N - 1));
    }
}

static void
test_flushed_is_not_repeated (struct fixture *f, gconstpointer data)
{
    g_assert_cmpint (open_with (f, (struct peer){ .forgets = TRUE }, 0), ==, 0);
    memset (f->bytes, 0x11, 8192);
    g_assert_cmpint (run (f, BLOCK_WRITE, 0, f->bytes, 4096), ==, 0);
    g_assert_cmpint (run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint (run (f, BLOCK_WRITE, 4096, f->bytes, 4096), ==, 0);
    let_next_come (f, (struct peer){ 0 });
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes + 8192, 8192), ==, 0);
    g_assert_cmpmem (f->bytes + 8192, 8192, f->bytes, 8192);
    g_assert_cmpint (f->peers[1].n_of_type[VIRTIO_BLK_T_OUT], ==, 1);
}

/* A guest that never flushes makes us do so, and loses as little. */
static void
test_guest_that_never_flushes (struct fixture *f, gconstpointer data)
{
    enum { N = 128, BYTES = 512 << 10, SMALL = 10000 };
    g_autofree struct job *jobs = g_new0 (struct job, N);

    g_assert_cmpint (open_with (f, (struct peer){ .forgets = TRUE }, 0), ==, 0);
    for (unsigned i = 0; i < N; i++)
        submit_one (f, &jobs[i], BLOCK_WRITE, i % 2 * BYTES, f->bytes + i % 2 * BYTES, BYTES);
    for (unsigned i = 0; i < N; i++)
        wait_until (f, &jobs[i].n_done);
    g_assert_cmpint (f->peers[0].n_of_type[VIRTIO_BLK_T_FLUSH], >, 0);
    for (unsigned i = 0; i < SMALL; i++) {
        f->bytes[0] = (uint8_t) i;
        g_assert_cmpint (run (f, BLOCK_WRITE, i % 64 * 512, f->bytes, 512), ==, 0);
    }
    let_next_come (f, (struct peer){ 0 });
    for (unsigned i = SMALL - 64; i < SMALL; i++) {
        g_assert_cmpint (run (f, BLOCK_READ, i % 64 * 512, f->bytes, 512), ==, 0);
        g_assert_cmpint (f->bytes[0], ==, (uint8_t) i);
    }
}

static void
test_another_disk_is_refused (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *job = g_new0 (struct job, 1);

    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_DIES }, 0), ==, 0);
    submit_one (f, job, BLOCK_READ, 0, f->bytes, 512);
    wait_until (f, &f->n_lost);
    f->n_lost = 0;
    let_next_come (f, (struct peer){ .manner = GPOINTER_TO_UINT (data) });
    wait_until (f, &f->n_lost);
    g_assert_cmpuint (f->number, ==, 1);
    g_assert_cmpuint (job->n_done, ==, 0);
    g_assert_cmpint (block_give_up (f->block), ==, 0);
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, -EIO);
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, 512), ==, -EIO);
}

/* A machine pauses without its disk's process, and its requests are there afterwards. */
static void
test_pause_keeps_requests (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *job = g_new0 (struct job, 1);

    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_DIES }, 0), ==, 0);
    submit_one (f, job, BLOCK_READ, 0, f->bytes, 512);
    block_quiesce (f->block); /* the loop does not run */
    g_assert_cmpuint (job->n_done, ==, 0);
    let_next_come (f, (struct peer){ 0 });
    block_quiesce (f->block);
    g_assert_cmpuint (job->n_done, ==, 0);
    wait_until (f, &job->n_done);
    g_assert_cmpint (job->result, ==, 0);
}

static void
test_reset_ends_requests (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *job = g_new0 (struct job, 1);

    g_assert_cmpint (open_with (f, (struct peer){ .manner = PEER_DIES }, 0), ==, 0);
    submit_one (f, job, BLOCK_READ, 0, f->bytes, 512);
    block_drain (f->block);
    g_assert_cmpuint (job->n_done, ==, 1);
    g_assert_cmpint (job->result, ==, -EIO);
    let_next_come (f, (struct peer){ 0 });
    g_assert_cmpint (run (f, BLOCK_READ, 0, f->bytes, 512), ==, 0);
}

static void
test_drain_waits (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *jobs = g_new0 (struct job, 40);

    g_assert_cmpint (open_with (f, (struct peer){ .is_held = 1 }, 0), ==, 0);
    for (unsigned i = 0; i < 40; i++)
        submit_one (f, &jobs[i], BLOCK_READ, i * 512, f->bytes + i * 512, 512);
    peer_release (&f->peers[0]);
    block_drain (f->block);
    for (unsigned i = 0; i < 40; i++)
        g_assert_cmpuint (jobs[i].n_done, ==, 1);
    g_assert_cmpmem (f->bytes, 40 * 512, f->disk, 40 * 512);
}

/* --- who is told when ---------------------------------------------------------------------------- */

static void
test_started_together (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *jobs = g_new0 (struct job, 8);

    g_assert_cmpint (open_with (f, (struct peer){ .is_held = 1 }, 0), ==, 0);
    block_plug (f->block);
    for (unsigned i = 0; i < 8; i++)
        submit_one (f, &jobs[i], BLOCK_READ, i * 512, f->bytes + i * 512, 512);
    loop_iterate (f->loop, 0);
    g_assert_cmpint (g_atomic_int_get (&f->peers[0].n_kicks), ==, 0);
    block_unplug (f->block);
    wait_until (f, (volatile unsigned *) &f->peers[0].n_kicks);
    peer_release (&f->peers[0]);
    for (unsigned i = 0; i < 8; i++)
        wait_until (f, &jobs[i].n_done);
    g_assert_cmpint (g_atomic_int_get (&f->peers[0].n_kicks), ==, 1);
    g_assert_cmpmem (f->bytes, 8 * 512, f->disk, 8 * 512);
}

/* Eight at a time, of two threads that tell each other no more than they asked for: were one of them not told when it
 * had, this would not end. */
static void
test_event_index (struct fixture *f, gconstpointer data)
{
    enum { DEPTH = 8, ROUNDS = 4000 };
    g_autofree struct job *jobs = g_new0 (struct job, DEPTH);
    struct peer *peer = &f->peers[0];

    g_assert_cmpint (open_with (f, (struct peer){ .event_idx = TRUE }, 0), ==, 0);
    for (unsigned i = 0; i < DEPTH; i++)
        submit_one (f, &jobs[i], BLOCK_READ, i * 512, f->bytes + i * 512, 512);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct job *job = &jobs[i % DEPTH];

        wait_until (f, &job->n_done);
        g_assert_cmpint (job->result, ==, 0);
        submit_one (f, job, BLOCK_READ, i % 100 * 512, f->bytes + i % DEPTH * 512, 512);
    }
    for (unsigned i = 0; i < DEPTH; i++)
        wait_until (f, &jobs[i].n_done);
    g_test_message ("%d requests: it was told %d times, and told %d times", peer->n_served,
                    peer->n_kicks, peer->n_calls);
    g_assert_cmpint (peer->n_calls, <, ROUNDS + DEPTH);
}

static void
add (const char *promise, void (*test) (struct fixture *, gconstpointer), unsigned data)
{
    g_autofree char *path = g_strconcat ("/block/vhost-user/", promise, NULL);

    g_test_add (path, struct fixture, GUINT_TO_POINTER (data), set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("reads-and-writes", test_reads_and_writes, 0);
    add ("buffers-in-both-memories", test_two_memories, 0);
    add ("more-pieces-than-the-peer-takes", test_many_pieces, 0);
    add ("discards-and-zeros-in-steps", test_ranges, 0);
    add ("discard-is-advice", test_discard_is_advice, 0);
    add ("keeps-its-space", test_keeps_its_space, 0);
    add ("more-requests-than-slots", test_more_requests_than_slots, 0);
    add ("errors-are-errors", test_errors, 0);
    add ("read-only", test_read_only, 0);
    add ("bad-greetings-are-refused", test_bad_greeting, 0);
    add ("nonsense/slot-that-is-none", test_nonsense, PEER_USES_OTHERS);
    add ("nonsense/slot-used-twice", test_nonsense, PEER_USES_TWICE);
    add ("nonsense/index-that-jumps", test_nonsense, PEER_JUMPS);
    add ("nonsense/word-nobody-asked-for", test_nonsense, PEER_TALKS);
    add ("scribbling-is-its-own-affair", test_scribbling_is_its_own_affair, 0);
    add ("death-loses-nothing/before", test_nothing_is_lost, PEER_DIES);
    add ("death-loses-nothing/after", test_nothing_is_lost, PEER_DIES_WHEN_DONE);
    add ("death-loses-nothing/of-what-was-done", test_done_is_done, 0);
    add ("flushed-is-not-repeated", test_flushed_is_not_repeated, 0);
    add ("guest-that-never-flushes", test_guest_that_never_flushes, 0);
    add ("another-disk-is-refused/smaller", test_another_disk_is_refused, PEER_IS_SMALLER);
    add ("another-disk-is-refused/read-only", test_another_disk_is_refused, PEER_IS_READ_ONLY);
    add ("pause-keeps-requests", test_pause_keeps_requests, 0);
    add ("reset-ends-requests", test_reset_ends_requests, 0);
    add ("drain-waits-for-all", test_drain_waits, 0);
    add ("requests-of-one-turn-are-started-together", test_started_together, 0);
    add ("tells-and-is-told-only-what-was-asked-for", test_event_index, 0);
    add ("copied/buffers-anywhere", test_buffers_anywhere, COPIED);
    add ("copied/reads-and-writes", test_reads_and_writes, COPIED);
    add ("copied/more-pieces-than-the-peer-takes", test_many_pieces, COPIED);
    add ("copied/more-requests-than-slots", test_more_requests_than_slots, COPIED);
    add ("copied/nonsense/slot-used-twice", test_nonsense, COPIED | PEER_USES_TWICE);
    add ("copied/scribbling-is-its-own-affair", test_scribbling_is_its_own_affair, COPIED);
    add ("copied/death-loses-nothing/before", test_nothing_is_lost, COPIED | PEER_DIES);
    add ("copied/death-loses-nothing/after", test_nothing_is_lost, COPIED | PEER_DIES_WHEN_DONE);
    add ("copied/death-loses-nothing/of-what-was-done", test_done_is_done, COPIED);
    add ("copied/guest-that-never-flushes", test_guest_that_never_flushes, COPIED);
    add ("copied/pause-keeps-requests", test_pause_keeps_requests, COPIED);
    add ("copied/reset-ends-requests", test_reset_ends_requests, COPIED);
    return g_test_run ();
}
