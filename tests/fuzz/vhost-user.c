/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user.c - fuzzing: the process behind a disk, which dies, lies and scribbles, and requests that come, wait and
 * end meanwhile. */
#include <linux/virtio_blk.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "block.h"
#include "fd.h"
#include "fuzz.h"

#define N_REQUESTS   160 /* more than the ring has slots */
#define MEMORY_BYTES (64u << 10)
#define DISK_SECTORS 4096u
#define RING_SIZE    128u
#define AVAIL_AT     2048u /* in the ring's memory, after the descriptors */
#define USED_AT      2312u
#define MAX_PEERS    64

struct call {
    struct block_request request;
    bool is_busy;
};

static struct call calls[N_REQUESTS];
static struct block *block;
static struct block_memory memory;
static int sock;       /* the peer's end, or -1 */
static uint8_t *ring;  /* as the peer has it, or NULL */
static size_t ring_bytes;
static unsigned n_peers;

static void
done_cb (struct block_request *request, int result)
{
    struct call *call = container_of (request, struct call, request);

    g_assert_true (call->is_busy);
    call->is_busy = false;
}

static void
lost_cb (void *opaque, unsigned number, const char *why)
{
    g_assert_nonnull (why);
}

/* --- the peer ------------------------------------------------------------------------------------ */

static void
forget_peer (void)
{
    if (ring)
        munmap (ring, ring_bytes);
    ring = NULL;
    fd_close (&sock);
}

/* Right but for a byte, sometimes. */
static void
say (struct fuzz_script *s, uint32_t request, const void *payload, uint32_t size)
{
    uint8_t bytes[128];
    const uint32_t header[] = { request, 1 | 4, size };

    memcpy (bytes, header, sizeof header);
    memcpy (bytes + sizeof header, payload, size);
    if (fuzz_once_in (s, 16))
        bytes[fuzz_pick (s, (unsigned) sizeof header + size)] ^= (uint8_t) (1 + fuzz_pick (s, 255));
    send (sock, bytes, sizeof header + size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
say_config (struct fuzz_script *s)
{
    uint8_t payload[12 + 60] = { 0 };

    store_le32 (payload + 4, 60);
    store_le64 (payload + 12, DISK_SECTORS - fuzz_once_in (s, 16));
    store_le32 (payload + 12 + offsetof (struct virtio_blk_config, seg_max), 1 + fuzz_pick (s, 8));
    store_le32 (payload + 12 + offsetof (struct virtio_blk_config, max_discard_sectors), 16);
    store_le32 (payload + 12 + offsetof (struct virtio_blk_config, max_write_zeroes_sectors), 16);
    say (s, 24, payload, sizeof payload);
}

/* All that a peer says, before it is asked.  Returns the other end. */
static int
make_peer (struct fuzz_script *s)
{
    static const uint64_t features = 1ull << 32 | 1ull << 30 | 1ull << 28 | 1ull << VIRTIO_BLK_F_SEG_MAX
                                     | 1ull << VIRTIO_BLK_F_FLUSH | 1ull << VIRTIO_BLK_F_DISCARD
                                     | 1ull << VIRTIO_BLK_F_WRITE_ZEROES;
    static const uint64_t protocol = 1ull << 9;
    int fds[2];

    forget_peer ();
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    sock = fds[1];
    say (s, 1, &features, sizeof features);
    say (s, 15, &protocol, sizeof protocol);
    say_config (s);
    if (fuzz_once_in (s, 16))
        shutdown (sock, SHUT_WR);
    else
        say (s, 1, &features, sizeof features);
    return fds[0];
}

/* The ring is the first of the memory that the peer is given. */
static void
take_ring (void)
{
    char control[CMSG_SPACE (8 * sizeof (int))], bytes[4096];
    struct iovec iov = { bytes, sizeof bytes };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    while (sock >= 0 && !ring) {
        struct cmsghdr *cmsg;
        unsigned n;
        int fds[8];

        msg.msg_control = control;
        msg.msg_controllen = sizeof control;
        if (recvmsg (sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
            return;
        cmsg = CMSG_FIRSTHDR (&msg);
        if (!cmsg)
            continue;
        n = (unsigned) ((cmsg->cmsg_len - CMSG_LEN (0)) / sizeof (int));
        memcpy (fds, CMSG_DATA (cmsg), n * sizeof (int));
        if (n > 1) {
            ring_bytes = (size_t) lseek (fds[0], 0, SEEK_END);
            ring = mmap (NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
            g_assert_true (ring != MAP_FAILED);
        }
        fd_close_all (fds, n);
    }
}

/* Says of the next request that was made available, or of any slot, that it is done. */
static void
use (struct fuzz_script *s)
{
    uint16_t avail, used;
    uint32_t id;

    take_ring ();
    if (!ring)
        return;
    avail = load_le16 (ring + AVAIL_AT + 2);
    used = load_le16 (ring + USED_AT + 2);
    id = load_le16 (ring + AVAIL_AT + 4 + 2 * (used % RING_SIZE));
    if (fuzz_once_in (s, 32))
        id = (uint32_t) fuzz_take (s, 4);
    else if (used == avail && !fuzz_once_in (s, 32))
        return;
    store_le32 (ring + USED_AT + 4 + 8 * (used % RING_SIZE), id);
    if (id < RING_SIZE) {
        size_t slot = (ring_bytes - 4096) / RING_SIZE * id; /* somewhere near its status */

        ring[MIN_OF (slot, ring_bytes - 1)] = (uint8_t) fuzz_pick (s, 4);
    }
    store_le16 (ring + USED_AT + 2, (uint16_t) (used + 1));
}

/* The status of every slot, wherever it is. */
static void
scribble (struct fuzz_script *s, uint8_t value)
{
    take_ring ();
    if (ring)
        memset (ring + 4096, value, ring_bytes - 4096);
    if (ring && fuzz_once_in (s, 8))
        ring[fuzz_pick (s, 4096)] = (uint8_t) fuzz_take (s, 1);
}

/* --- the disk ------------------------------------------------------------------------------------ */

static void
submit (struct fuzz_script *s)
{
    struct call *call = &calls[fuzz_pick (s, N_REQUESTS)];
    struct block_request *request = &call->request;
    uint64_t left;

    if (!block || call->is_busy)
        return;
    *request = (struct block_request){ .op = fuzz_pick (s, BLOCK_OP_N), .done = done_cb };
    request->offset = fuzz_pick (s, DISK_SECTORS) * 512ull;
    request->length = (1 + fuzz_pick (s, 64)) * 512ull;
    if (request->op == BLOCK_READ || request->op == BLOCK_WRITE) {
        for (left = request->length; left > 0 && request->n_iov < BLOCK_MAX_IOV;) {
            size_t n = MIN_OF (1 + fuzz_pick (s, 8192), left);

            request->iov[request->n_iov++] = (struct iovec){
                (uint8_t *) memory.host + fuzz_pick (s, MEMORY_BYTES - 8192), n
            };
            left -= n;
        }
    }
    call->is_busy = true;
    block_submit (block, request);
}

static void
open_block (struct fuzz *f)
{
    const char *why;

    if (!block
        && block_vhost_user_open (f->m->env.loop, make_peer (&f->script),
                                  fuzz_once_in (&f->script, 16) ? BLOCK_READ_ONLY : 0, &memory,
                                  fuzz_once_in (&f->script, 2), /* or it is all copied */
                                  &block, &why)
               < 0)
        block = NULL;
    else
        block_set_lost (block, lost_cb, NULL);
}

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    memset (calls, 0, sizeof calls);
    block = NULL;
    sock = -1;
    ring = NULL;
    n_peers = 0;
    memory.fd = fd_memfd_create ("fuzz", MEMORY_BYTES);
    memory.size_bytes = MEMORY_BYTES;
    memory.host = mmap (NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, 0);
    g_assert_true (memory.host != MAP_FAILED);
    fuzz_add_space (f, FUZZ_PORTS, 0x80, 1); /* nobody is there */
    open_block (f);
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;

    switch (fuzz_pick (s, 16)) {
    case 0:
        forget_peer ();
        break;
    case 1:
        if (block && n_peers++ < MAX_PEERS)
            block_reconnect (block, make_peer (s));
        break;
    case 2:
        if (block && fuzz_once_in (s, 16))
            block_give_up (block);
        break;
    case 3:
        if (sock >= 0 && fuzz_once_in (s, 8))
            send (sock, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        break;
    case 4:
        scribble (s, fuzz_once_in (s, 4) ? (uint8_t) fuzz_take (s, 1) : 0);
        break;
    case 5:
        forget_peer (); /* nobody would be waited for */
        if (block && fuzz_once_in (s, 2))
            block_quiesce (block);
        else if (block)
            block_drain (block);
        break;
    case 6:
    case 7:
        test_machine_settle (f->m);
        break;
    case 8:
    case 9:
    case 10:
        use (s);
        break;
    default:
        submit (s);
    }
}

static void
tear_down (struct fuzz *f)
{
    forget_peer ();
    if (block)
        block_close (block);
    for (unsigned i = 0; i < N_REQUESTS; i++)
        g_assert_false (calls[i].is_busy);
    munmap (memory.host, MEMORY_BYTES);
    fd_close (&memory.fd);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .tear_down = tear_down)
