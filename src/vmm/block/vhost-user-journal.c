/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-journal.c - what a disk's process was told to write and may not have on stable storage yet.
 *
 * A process that opens images keeps part of them in its own memory: where a qcow2 image's clusters are is written
 * when it is flushed.  If it dies, writes that it had reported done are gone, while the guest, which did
 * not die, takes them for done; no disk does that to it.  So the data of each are kept here until a flush that
 * began after them was done, and are written again by the next process.  This is bounded: when half is full
 * we ask for a flush ourselves, and a write that finds no room is reported done only once there is some.
 *
 * Data lie in a ring of bytes that the peer can read; none is broken at its end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>

#include "bits.h"
#include "fd.h"
#include "vhost-user-private.h"

#define JOURNAL_BYTES   MIB (32)
#define LARGE_BYTES     MIB (1)           /* more than that is given back when it is empty */
#define JOURNAL_ADDRESS 0x180000000000ull /* for the peer */

int
vhost_user_journal_create (struct vhost_user_journal *journal)
{
    void *mapped;

    journal->fd = fd_memfd_map ("vhost-user-journal", JOURNAL_BYTES, &mapped);
    if (journal->fd < 0)
        return journal->fd;
    journal->bytes = mapped;
    return 0;
}

void
vhost_user_journal_destroy (struct vhost_user_journal *journal)
{
    if (journal->bytes)
        munmap (journal->bytes, JOURNAL_BYTES);
    fd_close (&journal->fd);
}

struct vhost_user_region
vhost_user_journal_region (const struct vhost_user_journal *journal)
{
    return (struct vhost_user_region){
        .address = JOURNAL_ADDRESS,
        .size_bytes = JOURNAL_BYTES,
        .fd = journal->fd,
    };
}

/* Takes LEN bytes that lie in one piece; NULL when there are none. */
static uint8_t *
take (struct vhost_user_journal *journal, uint64_t len)
{
    uint64_t to_end = JOURNAL_BYTES - journal->head % JOURNAL_BYTES;
    uint64_t start = to_end < len ? journal->head + to_end : journal->head;

    if (start + len - journal->tail > JOURNAL_BYTES)
        return NULL;
    journal->head = start + len;
    journal->was_large |= journal->head - journal->tail > LARGE_BYTES;
    return journal->bytes + start % JOURNAL_BYTES;
}

bool
vhost_user_journal_add (struct vhost_user_journal *journal, const struct block_request *request,
                        uint64_t len)
{
    struct vhost_user_record record = {
        .offset = request->offset + request->progress,
        .length = len,
    };
    uint8_t *to;

    if (journal->next - journal->first == VHOST_USER_MAX_RECORDS)
        return false;
    if (request->op == BLOCK_WRITE) {
        to = take (journal, len);
        if (!to)
            return false;
        vhost_user_copy (request, to, len, false);
        record.address = JOURNAL_ADDRESS + (uint64_t) (to - journal->bytes);
    }
    record.end = journal->head;
    journal->records[journal->next++ % VHOST_USER_MAX_RECORDS] = record;
    return true;
}

bool
vhost_user_journal_is_filling (const struct vhost_user_journal *journal)
{
    return journal->head - journal->tail > JOURNAL_BYTES / 2
           || journal->next - journal->first > VHOST_USER_MAX_RECORDS / 2;
}

void
vhost_user_journal_forget (struct vhost_user_journal *journal, uint64_t number)
{
    while (journal->first < number)
        journal->tail = vhost_user_journal_get (journal, journal->first++)->end;
    if (journal->first < journal->next)
        return;
    journal->head = journal->tail = 0;
    if (journal->was_large)
        madvise (journal->bytes, JOURNAL_BYTES, MADV_REMOVE);
    journal->was_large = false;
}

const struct vhost_user_record *
vhost_user_journal_get (const struct vhost_user_journal *journal, uint64_t number)
{
    return &journal->records[number % VHOST_USER_MAX_RECORDS];
}
