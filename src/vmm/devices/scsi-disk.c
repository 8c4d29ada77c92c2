/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-disk.c - a disk as a SCSI unit: reading, writing, giving back (SBC-3).  What it says of itself
 * is in scsi-disk-pages.c.
 *
 * Data moves between the initiator's buffers and the disk without a copy; parameter lists are
 * copied out once.  Commands run side by side in whatever order the disk finishes them, as their
 * simple task attribute allows.
 *
 * Cache.  With WCE on the initiator flushes; off, or with FUA, each write is followed by a flush
 * before it ends.
 */
#include "scsi-disk-private.h"

#include <errno.h>
#include <string.h>

#define FUA          0x08 /* byte 1 of reads and writes */
#define PROTECT      0xe0
#define BYTE_CHECK   0x06 /* byte 1 of VERIFY */
#define SAME_UNMAP   0x08 /* byte 1 of WRITE SAME */
#define SAME_NDOB    0x01
#define UNMAP_ANCHOR 0x01
#define UNMAP_HEADER 8

uint64_t
scsi_disk_n_blocks (const struct scsi_disk *disk)
{
    return disk->unit.block->info.size_bytes / SCSI_BLOCK_BYTES;
}

/* --- completion ------------------------------------------------------------------------------ */

static void block_done (struct block_request *block_request, int result);

static void
submit (struct scsi_request *request, enum block_op op)
{
    request->block.op = op;
    request->block.done = block_done;
    block_submit (request->unit->block, &request->block);
}

static void
submit_flush (struct scsi_request *request)
{
    request->flush_after = false;
    request->block.offset = request->block.length = 0;
    request->block.n_iov = 0;
    submit (request, BLOCK_FLUSH);
}

static void
end_failed (struct scsi_request *request, int result)
{
    bool is_read = request->block.op == BLOCK_READ;

    if (result == -ENOSPC)
        scsi_end_check (request, SENSE_DATA_PROTECT, ASC_SPACE_EXHAUSTED);
    else if (result == -EROFS)
        scsi_end_check (request, SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED);
    else
        scsi_end_check (request, SENSE_MEDIUM_ERROR, is_read ? ASC_READ_ERROR : ASC_WRITE_ERROR);
}

/* Takes the next of UNMAP's ranges, which were checked; false when none is left. */
static bool
next_range (struct scsi_request *request)
{
    while (request->n_ranges > 0) {
        const uint8_t *range = request->ranges + --request->n_ranges * SCSI_UNMAP_RANGE_BYTES;

        request->block.offset = load_be64 (range) * SCSI_BLOCK_BYTES;
        request->block.length = (uint64_t) load_be32 (range + 8) * SCSI_BLOCK_BYTES;
        if (request->block.length > 0)
            return true;
    }
    return false;
}

/* On the I/O loop's thread. */
static void
block_done (struct block_request *block_request, int result)
{
    struct scsi_request *request = container_of (block_request, struct scsi_request, block);
    pthread_mutex_t *lock = request->unit->lock;

    pthread_mutex_lock (lock);
    if (request->carrier->is_cancelled (request))
        scsi_end_silently (request);
    else if (result < 0)
        end_failed (request, result);
    else if (next_range (request))
        submit (request, BLOCK_DISCARD);
    else if (request->flush_after)
        submit_flush (request);
    else
        scsi_end_good (request);
    pthread_mutex_unlock (lock);
}

/* --- reading and writing --------------------------------------------------------------------- */

/* Where a command works: from its CDB. */
struct extent {
    uint64_t lba;
    uint64_t n;
};

/* By the opcode's group (SPC-4 §4.2.5.1): commands of 6, 10, 16 and 12 bytes. */
static struct extent
extent_of (const uint8_t *cdb)
{
    switch (cdb[0] >> 5) {
    case 0:
        return (struct extent){ load_be32 (cdb) & 0x1fffff, cdb[4] ? cdb[4] : 256 };
    case 4:
        return (struct extent){ load_be64 (cdb + 2), load_be32 (cdb + 10) };
    case 5:
        return (struct extent){ load_be32 (cdb + 2), load_be32 (cdb + 6) };
    default:
        return (struct extent){ load_be32 (cdb + 2), load_be16 (cdb + 7) };
    }
}

static bool
is_short_command (const uint8_t *cdb)
{
    return cdb[0] >> 5 == 0; /* no flags in byte 1 */
}

/* Ends REQUEST unless EXTENT is on the disk and holds something. */
static bool
place (struct scsi_request *request, const struct extent *extent, uint64_t max)
{
    if (!range_fits (extent->lba, extent->n, scsi_disk_n_blocks (scsi_disk_of (request)))) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
        return false;
    }
    if (extent->n > max) {
        scsi_refuse_field (request);
        return false;
    }
    if (extent->n == 0) {
        scsi_end_good (request);
        return false;
    }
    request->block.offset = extent->lba * SCSI_BLOCK_BYTES;
    request->block.length = extent->n * SCSI_BLOCK_BYTES;
    return true;
}

static void
transfer (struct scsi_request *request, const uint8_t *cdb, bool to_initiator)
{
    const struct scsi_carrier_ops *carrier = request->carrier;
    struct extent extent = extent_of (cdb);

    if (!is_short_command (cdb) && (cdb[1] & PROTECT)) {
        scsi_refuse_field (request);
        return;
    }
    if (!place (request, &extent, SCSI_MAX_TRANSFER_BLOCKS))
        return;
    request->block.n_iov =
        carrier->map (request, to_initiator, request->block.length, request->block.iov);
    if (request->block.n_iov == 0) {
        request->is_short = true;
        scsi_end_silently (request);
        return;
    }
    request->moved = request->block.length;
    submit (request, to_initiator ? BLOCK_READ : BLOCK_WRITE);
}

static void
read_blocks (struct scsi_request *request, const uint8_t *cdb)
{
    transfer (request, cdb, true);
}

static void
write_blocks (struct scsi_request *request, const uint8_t *cdb)
{
    request->flush_after =
        !scsi_disk_of (request)->writeback || (!is_short_command (cdb) && (cdb[1] & FUA));
    transfer (request, cdb, false);
}

/* Without data to compare with, it is enough that the blocks are there. */
static void
verify (struct scsi_request *request, const uint8_t *cdb)
{
    struct extent extent = extent_of (cdb);

    if (cdb[1] & (PROTECT | BYTE_CHECK))
        scsi_refuse_field (request);
    else if (place (request, &extent, UINT64_MAX))
        scsi_end_good (request);
}

static void
synchronize_cache (struct scsi_request *request, const uint8_t *cdb)
{
    struct extent extent = extent_of (cdb);

    if (!range_fits (extent.lba, extent.n, scsi_disk_n_blocks (scsi_disk_of (request))))
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    else
        submit_flush (request);
}

static void
start_stop_unit (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_disk *disk = scsi_disk_of (request);

    if (cdb[4] & 0x02) { /* nothing can be ejected */
        scsi_refuse_field (request);
        return;
    }
    if (!(cdb[4] & 0xf0)) /* with a power condition the bit means nothing */
        disk->is_stopped = !(cdb[4] & 0x01);
    scsi_end_good (request);
}

/* --- giving back ----------------------------------------------------------------------------- */

static bool
is_zero (const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* Zeros only: other patterns are refused, and the initiator writes them itself. */
static void
write_same (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_disk *disk = scsi_disk_of (request);
    const struct block_info *info = &disk->unit.block->info;
    struct extent extent = extent_of (cdb);
    bool has_no_data = cdb[0] == 0x93 && (cdb[1] & SAME_NDOB);
    uint8_t pattern[SCSI_BLOCK_BYTES];

    if ((cdb[1] & ~(SAME_UNMAP | (cdb[0] == 0x93 ? SAME_NDOB : 0))) || extent.n == 0) {
        scsi_refuse_field (request);
        return;
    }
    if (!has_no_data) {
        if (!scsi_fetch (request, pattern, sizeof pattern))
            return;
        if (!is_zero (pattern, sizeof pattern)) {
            scsi_refuse_field (request);
            return;
        }
        request->moved = sizeof pattern;
    }
    if (!place (request, &extent, SCSI_MAX_WRITE_SAME_BLOCKS))
        return;
    request->flush_after = !disk->writeback;
    request->block.n_iov = 0;
    submit (request, (cdb[1] & SAME_UNMAP) && info->can_discard && info->discard_zeroes
                         ? BLOCK_DISCARD
                         : BLOCK_WRITE_ZEROES);
}

/* Whether all of REQUEST's ranges are on the disk and not too large; ends it otherwise. */
static bool
check_ranges (struct scsi_request *request)
{
    uint64_t n_blocks = scsi_disk_n_blocks (scsi_disk_of (request));
    uint64_t sum = 0;

    for (unsigned i = 0; i < request->n_ranges; i++) {
        const uint8_t *range = request->ranges + i * SCSI_UNMAP_RANGE_BYTES;
        uint32_t n = load_be32 (range + 8);

        sum += n;
        if (!range_fits (load_be64 (range), n, n_blocks)) {
            scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
            return false;
        }
    }
    if (sum > SCSI_MAX_UNMAP_BLOCKS) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_INVALID_PARAMETER);
        return false;
    }
    return true;
}

static void
unmap (struct scsi_request *request, const uint8_t *cdb)
{
    unsigned len = load_be16 (cdb + 7);
    uint8_t list[UNMAP_HEADER + sizeof request->ranges];
    unsigned ranges_len;

    if ((cdb[1] & UNMAP_ANCHOR) || !request->unit->block->info.can_discard) {
        scsi_refuse_field (request);
        return;
    }
    if (len == 0) {
        scsi_end_good (request);
        return;
    }
    if (len < UNMAP_HEADER) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LIST_LENGTH);
        return;
    }
    if (!scsi_fetch (request, list, MIN_OF (len, sizeof list)))
        return;
    ranges_len = MIN_OF ((unsigned) load_be16 (list + 2), len - UNMAP_HEADER);
    if (ranges_len > sizeof request->ranges) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_INVALID_PARAMETER);
        return;
    }
    request->moved = len;
    request->n_ranges = ranges_len / SCSI_UNMAP_RANGE_BYTES;
    memcpy (request->ranges, list + UNMAP_HEADER, ranges_len);
    if (!check_ranges (request))
        return;
    request->block.n_iov = 0;
    if (next_range (request))
        submit (request, BLOCK_DISCARD);
    else
        scsi_end_good (request);
}

/* --- the unit -------------------------------------------------------------------------------- */

static const struct scsi_command commands[] = {
    { 0x00, SCSI_NEEDS_MEDIUM, scsi_test_unit_ready },
    { 0x03, SCSI_IGNORES_ATTENTION | SCSI_KEEPS_SENSE, scsi_request_sense },
    { 0x08, SCSI_NEEDS_MEDIUM, read_blocks },
    { 0x0a, SCSI_NEEDS_MEDIUM | SCSI_WRITES, write_blocks },
    { 0x12, SCSI_IGNORES_ATTENTION, scsi_inquiry },
    { 0x15, 0, scsi_disk_mode_select_6 },
    { 0x1a, 0, scsi_disk_mode_sense_6 },
    { 0x1b, 0, start_stop_unit },
    { 0x25, 0, scsi_disk_read_capacity_10 },
    { 0x28, SCSI_NEEDS_MEDIUM, read_blocks },
    { 0x2a, SCSI_NEEDS_MEDIUM | SCSI_WRITES, write_blocks },
    { 0x2f, SCSI_NEEDS_MEDIUM, verify },
    { 0x35, SCSI_NEEDS_MEDIUM, synchronize_cache },
    { 0x41, SCSI_NEEDS_MEDIUM | SCSI_WRITES, write_same },
    { 0x42, SCSI_NEEDS_MEDIUM | SCSI_WRITES, unmap },
    { 0x55, 0, scsi_disk_mode_select_10 },
    { 0x5a, 0, scsi_disk_mode_sense_10 },
    { 0x88, SCSI_NEEDS_MEDIUM, read_blocks },
    { 0x8a, SCSI_NEEDS_MEDIUM | SCSI_WRITES, write_blocks },
    { 0x8f, SCSI_NEEDS_MEDIUM, verify },
    { 0x91, SCSI_NEEDS_MEDIUM, synchronize_cache },
    { 0x93, SCSI_NEEDS_MEDIUM | SCSI_WRITES, write_same },
    { 0x9e, 0, scsi_disk_service_action_in },
    { 0xa8, SCSI_NEEDS_MEDIUM, read_blocks },
    { 0xaa, SCSI_NEEDS_MEDIUM | SCSI_WRITES, write_blocks },
    { 0xaf, SCSI_NEEDS_MEDIUM, verify },
};

static uint16_t
why_not_ready (const struct scsi_unit *unit)
{
    return container_of (unit, struct scsi_disk, unit)->is_stopped ? ASC_NEEDS_START : 0;
}

static void
disk_reset (struct scsi_unit *unit)
{
    struct scsi_disk *disk = container_of (unit, struct scsi_disk, unit);

    disk->writeback = true;
    disk->is_stopped = false;
}

static const struct scsi_unit_class scsi_disk_unit_class = {
    .commands = commands,
    .n_commands = ARRAY_SIZE (commands),
    .pages = scsi_disk_pages,
    .n_pages = ARRAY_SIZE (scsi_disk_pages),
    .why_not_ready = why_not_ready,
    .reset = disk_reset,
};

void
scsi_disk_init (struct scsi_disk *disk, struct block *block)
{
    scsi_unit_init (&disk->unit, &scsi_disk_unit_class);
    disk->unit.block = block;
    disk->unit.is_write_protected = block->info.read_only;
    disk->writeback = true;
}

void
scsi_disk_fini (struct scsi_disk *disk)
{
    block_close (disk->unit.block);
}
