/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.c - split virtqueues, the device's side (virtio 1.2, §2.7).
 *
 * Theory of operation.  A queue is three areas of guest memory: the descriptor table and the
 * available ring, which the driver writes, and the used ring, which the device writes.
 *
 *   avail: u16 flags, u16 idx, u16 ring[size], u16 used_event
 *   used:  u16 flags, u16 idx, { u32 id, u32 len } ring[size], u16 avail_event
 *
 * Everything the driver writes is hostile and may change while it is looked at.  Hence:
 *
 *  - The areas are checked to be RAM when the queue is enabled, and their host addresses kept: RAM
 * does not go away while a machine runs (memory.h).  Every buffer and every indirect table goes
 * through memory_at() each time.
 *  - Each index and each descriptor is copied exactly once (copy_once(), the atomic loads); checks
 * and use are on the copy.  The result of queue_pop() holds host addresses and no guest number.
 *  - The private indices next_avail and next_used are the truth; what stands in guest memory is
 * never read back.  They run freely and are masked when they select a ring entry, sizes being
 * powers of two.
 *  - A chain takes at most max_size steps, whatever its links say, so loops end; there is one level
 * of indirection; the sum of lengths is 64 bits wide and bounded, so it cannot wrap.  The bound is
 * what the device offered, not what the driver made of it: a driver that shrinks a ring may still
 * use indirect tables as long as the device's limits for requests allow (§2.7.5.3.1 speaks of the
 * Queue Size of the device).
 *  - At most `size' chains are out at once: a driver cannot have more without using a descriptor
 * twice. Owners rely on that for request pools of a fixed size.
 *
 * A driver that breaks a rule gets -EIO and no second chance before a reset: after a bad head or a
 * bad chain there is no telling which buffers it believes to be whose.
 *
 * Ordering.  The driver stores ring entries and descriptors, then idx; so idx is loaded with
 * acquire and entries after it.  The device stores used entries, then idx with release.  Both
 * notification hand-shakes are store-then-load on both sides (the device publishes idx and then
 * looks whether the driver wants an interrupt; the driver says that it wants one and then looks at
 * idx), which takes a full fence between the two, else each side can miss the other.
 */
#include "queue.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "bits.h"

#define DESC_BYTES      16u
#define DESC_F_NEXT     1u
#define DESC_F_WRITE    2u
#define DESC_F_INDIRECT 4u

#define RING_FLAGS       0u
#define RING_IDX         2u
#define RING_ENTRIES     4u
#define AVAIL_ENTRY      2u
#define USED_ENTRY       8u
#define AVAIL_F_NO_IRQ   1u
#define USED_F_NO_NOTIFY 1u

struct descriptor {
    uint64_t address;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

/* --- guest memory ---------------------------------------------------------------------------- */

/* Copies bytes that another CPU may be writing.  The fence keeps the compiler from going back to
 * them later: what was copied is what is used. */
static void
copy_once (void *to, const void *from, size_t len)
{
    memcpy (to, from, len);
    atomic_signal_fence (memory_order_seq_cst);
}

static uint16_t
load_u16 (const uint8_t *p)
{
    return le16toh (__atomic_load_n ((const uint16_t *) p, __ATOMIC_RELAXED));
}

static void
store_u16 (uint8_t *p, uint16_t value)
{
    __atomic_store_n ((uint16_t *) p, htole16 (value), __ATOMIC_RELAXED);
}

/* The driver's index; what was stored before it can be read after this. */
static uint16_t
load_avail_idx (const struct queue *q)
{
    return le16toh (__atomic_load_n ((const uint16_t *) (q->avail + RING_IDX), __ATOMIC_ACQUIRE));
}

static uint8_t *
used_event (const struct queue *q)
{
    return q->avail + RING_ENTRIES + AVAIL_ENTRY * q->size;
}

static uint8_t *
avail_event (const struct queue *q)
{
    return q->used + RING_ENTRIES + USED_ENTRY * q->size;
}

/* --- life ------------------------------------------------------------------------------------ */

static bool
runs (const struct queue *q)
{
    return q->enabled && !q->stopped;
}

/* Notes why the driver cannot be followed any further. */
static int
fault (struct queue *q, const char *reason)
{
    q->fault = reason;
    return -EIO;
}

void
queue_init (struct queue *q, const struct memory *memory, uint16_t max_size)
{
    assert (is_power_of_two (max_size) && max_size <= QUEUE_MAX_SIZE);
    memset (q, 0, sizeof *q);
    q->memory = memory;
    q->max_size = max_size;
    q->size = max_size;
}

void
queue_reset (struct queue *q)
{
    uint32_t generation = q->generation + 1;

    queue_init (q, q->memory, q->max_size);
    q->generation = generation;
}

int
queue_enable (struct queue *q)
{
    uint8_t *desc, *avail, *used;

    if (!is_power_of_two (q->size) || q->size > q->max_size)
        return fault (q, "queue size is not a power of two or too large");
    /* §2.7, alignments. */
    if (q->desc_gpa % 16 || q->avail_gpa % 2 || q->used_gpa % 4)
        return fault (q, "queue is misaligned");
    /* Two more bytes each for the event index: §2.7 counts them in any case. */
    desc = memory_at (q->memory, q->desc_gpa, (uint64_t) DESC_BYTES * q->size);
    avail =
        memory_at (q->memory, q->avail_gpa, RING_ENTRIES + (uint64_t) AVAIL_ENTRY * q->size + 2);
    used = memory_at (q->memory, q->used_gpa, RING_ENTRIES + (uint64_t) USED_ENTRY * q->size + 2);
    if (!desc || !avail || !used)
        return fault (q, "queue is not in RAM");
    q->desc = desc;
    q->avail = avail;
    q->used = used;
    q->enabled = true;
    return 0;
}

void
queue_stop (struct queue *q)
{
    q->stopped = true;
}

/* --- chains ---------------------------------------------------------------------------------- */

static void
load_descriptor (const uint8_t *table, unsigned index, struct descriptor *d)
{
    uint8_t raw[DESC_BYTES];

    copy_once (raw, table + (size_t) DESC_BYTES * index, sizeof raw);
    d->address = load_le64 (raw);
    d->len = load_le32 (raw + 8);
    d->flags = load_le16 (raw + 12);
    d->next = load_le16 (raw + 14);
}

/* Adds the buffer D describes to CHAIN. */
static int
add_buffer (struct queue *q, struct queue_chain *chain, const struct descriptor *d)
{
    void *host = memory_at (q->memory, d->address, d->len);
    unsigned n = chain->n_out + chain->n_in;

    if (d->len == 0)
        return fault (q, "buffer of no bytes");
    if (!host)
        return fault (q, "buffer is not in RAM");
    if (n == q->max_size)
        return fault (q, "chain is longer than the queue");
    if (chain->out_bytes + chain->in_bytes + d->len > QUEUE_CHAIN_MAX_BYTES)
        return fault (q, "chain has too many bytes");
    chain->iov[n] = (struct iovec){ .iov_base = host, .iov_len = d->len };
    if (d->flags & DESC_F_WRITE) {
        chain->n_in++;
        chain->in_bytes += d->len;
    } else {
        if (chain->n_in)
            return fault (q, "readable buffer after a writable one"); /* §2.7.4.2 */
        chain->n_out++;
        chain->out_bytes += d->len;
    }
    return 0;
}

/* Finds the indirect table D refers to (§2.7.5.3). */
static int
find_indirect_table (struct queue *q, const struct descriptor *d, const uint8_t **table,
                     unsigned *n_entries)
{
    if (!q->indirect)
        return fault (q, "indirect descriptor was not negotiated");
    if (d->flags & DESC_F_NEXT)
        return fault (q, "indirect descriptor with a successor");
    if (d->len == 0 || d->len % DESC_BYTES || d->len / DESC_BYTES > q->max_size)
        return fault (q, "bad size of an indirect table");
    *table = memory_at (q->memory, d->address, d->len);
    if (!*table)
        return fault (q, "indirect table is not in RAM");
    *n_entries = d->len / DESC_BYTES;
    return 0;
}

/* Follows the chain that begins at HEAD: at most max_size buffers (add_buffer() refuses more) and
 * one step into an indirect table. */
static int
read_chain (struct queue *q, unsigned head, struct queue_chain *chain)
{
    const uint8_t *table = q->desc;
    unsigned n_entries = q->size;
    unsigned index = head;
    bool inside = false; /* an indirect table */
    int ret;

    for (;;) {
        struct descriptor d;

        if (index >= n_entries)
            return fault (q, "descriptor index out of range");
        load_descriptor (table, index, &d);
        if (d.flags & DESC_F_INDIRECT) {
            if (inside)
                return fault (q, "indirect table in an indirect table");
            ret = find_indirect_table (q, &d, &table, &n_entries);
            if (ret < 0)
                return ret;
            inside = true;
            index = 0;
            continue;
        }
        ret = add_buffer (q, chain, &d);
        if (ret < 0)
            return ret;
        if (!(d.flags & DESC_F_NEXT))
            return 0;
        index = d.next;
    }
}

int
queue_pop (struct queue *q, struct queue_chain *chain)
{
    uint16_t ready, head;
    int ret;

    if (!runs (q))
        return 0;
    ready = (uint16_t) (load_avail_idx (q) - q->next_avail);
    if (ready == 0)
        return 0;
    if (ready > q->size)
        return fault (q, "available index went too far");
    if (q->in_flight >= q->size)
        return fault (q, "more chains than descriptors");
    head = load_u16 (q->avail + RING_ENTRIES + AVAIL_ENTRY * (q->next_avail & (q->size - 1)));

    chain->ticket = (struct queue_ticket){ .generation = q->generation, .head = head };
    chain->n_out = chain->n_in = 0;
    chain->out_bytes = chain->in_bytes = 0;
    ret = read_chain (q, head, chain);
    if (ret < 0)
        return ret;
    q->next_avail++;
    q->in_flight++;
    return 1;
}

void
queue_unpop (struct queue *q, struct queue_ticket ticket)
{
    if (ticket.generation != q->generation)
        return;
    assert (q->in_flight > 0);
    q->in_flight--;
    q->next_avail--;
}

void
queue_push (struct queue *q, struct queue_ticket ticket, uint32_t written)
{
    uint8_t *entry;

    if (ticket.generation != q->generation)
        return;
    assert (q->in_flight > 0);
    q->in_flight--;
    if (!runs (q))
        return;
    entry = q->used + RING_ENTRIES + USED_ENTRY * (q->next_used & (q->size - 1));
    store_le32 (entry, ticket.head);
    store_le32 (entry + 4, written);
    q->next_used++;
}

/* --- notifications --------------------------------------------------------------------------- */

/* Whether the step from OLD to NOW passes EVENT, all modulo 2^16 (§2.7.7, §2.7.10): the other side
 * asked to be told when the entry with index EVENT has been added. */
static bool
passes_event (uint16_t event, uint16_t now, uint16_t old)
{
    return (uint16_t) (now - event - 1) < (uint16_t) (now - old);
}

bool
queue_publish (struct queue *q)
{
    uint16_t old = q->published;

    if (!runs (q) || q->next_used == old)
        return false;
    __atomic_store_n ((uint16_t *) (q->used + RING_IDX), htole16 (q->next_used), __ATOMIC_RELEASE);
    q->published = q->next_used;
    atomic_thread_fence (memory_order_seq_cst);
    if (q->event_idx)
        return passes_event (load_u16 (used_event (q)), q->published, old);
    return !(load_u16 (q->avail + RING_FLAGS) & AVAIL_F_NO_IRQ);
}

void
queue_notify_disable (struct queue *q)
{
    /* With event indices not moving avail_event is enough: the driver has passed it (§2.7.10). */
    if (runs (q) && !q->event_idx)
        store_u16 (q->used + RING_FLAGS, USED_F_NO_NOTIFY);
}

bool
queue_notify_enable (struct queue *q)
{
    if (!runs (q))
        return false;
    if (q->event_idx)
        store_u16 (avail_event (q), q->next_avail);
    else
        store_u16 (q->used + RING_FLAGS, 0);
    atomic_thread_fence (memory_order_seq_cst);
    return load_avail_idx (q) != q->next_avail;
}

/* --- buffers --------------------------------------------------------------------------------- */

/* Fills OUT with the pieces of [OFFSET, OFFSET + LEN) of the N buffers at IOV, which hold that
 * much. */
static unsigned
slice (const struct iovec *iov, unsigned n, uint64_t offset, uint64_t len, struct iovec *out)
{
    unsigned n_out = 0;

    for (unsigned i = 0; i < n && len > 0; i++) {
        uint64_t piece;

        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        piece = MIN_OF (iov[i].iov_len - offset, len);
        out[n_out].iov_base = (uint8_t *) iov[i].iov_base + offset;
        out[n_out++].iov_len = piece;
        offset = 0;
        len -= piece;
    }
    return n_out;
}

unsigned
queue_chain_slice_out (const struct queue_chain *chain, uint64_t offset, uint64_t len,
                       struct iovec *iov)
{
    if (!range_fits (offset, len, chain->out_bytes))
        return 0;
    return slice (chain->iov, chain->n_out, offset, len, iov);
}

unsigned
queue_chain_slice_in (const struct queue_chain *chain, uint64_t offset, uint64_t len,
                      struct iovec *iov)
{
    if (!range_fits (offset, len, chain->in_bytes))
        return 0;
    return slice (chain->iov + chain->n_out, chain->n_in, offset, len, iov);
}

/* Copies between BUF and the N buffers at IOV from OFFSET on, as far as both reach. */
static size_t
copy_bytes (const struct iovec *iov, unsigned n, uint64_t offset, uint8_t *buf, size_t len,
            bool to_guest)
{
    size_t done = 0;

    for (unsigned i = 0; i < n && done < len; i++) {
        uint8_t *guest;
        size_t piece;

        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        guest = (uint8_t *) iov[i].iov_base + offset;
        piece = MIN_OF (iov[i].iov_len - offset, len - done);
        if (to_guest)
            memcpy (guest, buf + done, piece);
        else
            copy_once (buf + done, guest, piece);
        done += piece;
        offset = 0;
    }
    return done;
}

size_t
queue_chain_read (const struct queue_chain *chain, uint64_t offset, void *buf, size_t len)
{
    return copy_bytes (chain->iov, chain->n_out, offset, buf, len, false);
}

size_t
queue_chain_write (const struct queue_chain *chain, uint64_t offset, const void *buf, size_t len)
{
    return copy_bytes (chain->iov + chain->n_out, chain->n_in, offset, (uint8_t *) buf, len, true);
}
