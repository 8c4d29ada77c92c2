/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata-disk-io.c - the SATA disk's transfers: reads, writes, flushes, TRIM.
 *
 * A transfer goes in steps: as many pieces of the guest's buffer as a block request takes, in whole
 * sectors, then the next request from its done().  The sectors are checked against the disk before
 * the first step.  With the write cache off a flush follows each write, before it ends.
 */
#include "ata-disk-private.h"

#define DEVICE_LBA       0x40
#define TRIM_RANGE_BYTES 8
#define FEATURE_TRIM     0x01

/* --- sectors ------------------------------------------------------------------------------- */

/* Where a command with 28 address bits points; cylinder, head and sector when it says no LBA. */
static bool
decode_28bit (const struct ata_disk *disk, uint64_t *sector)
{
    const struct ata_command *command = &disk->command;
    uint64_t low = command->lba & 0xffffff;
    unsigned head = command->device & 0xf;
    unsigned in_track = low & 0xff;

    if (command->device & DEVICE_LBA) {
        *sector = low | (uint64_t) head << 24;
        return true;
    }
    *sector = ((low >> 8) * disk->heads + head) * disk->sectors_per_track + in_track - 1;
    return head < disk->heads && in_track >= 1 && in_track <= disk->sectors_per_track;
}

static uint32_t
count_of (const struct ata_disk *disk)
{
    uint32_t max = disk->flags & FLAG_EXT ? 65536 : 256; /* which is written as 0 */

    return disk->command.count % max ? disk->command.count % max : max;
}

/* Sets sector and n_left from the command; ends it and returns false when they are not on it. */
static bool
decode_sectors (struct ata_disk *disk)
{
    bool ok = true;

    disk->n_left = count_of (disk);
    if (disk->flags & FLAG_EXT)
        disk->sector = disk->command.lba;
    else
        ok = decode_28bit (disk, &disk->sector);
    ok = ok && range_fits (disk->sector, disk->n_left, disk->n_sectors);
    if (!ok)
        ata_disk_end_bad (disk, ATA_IDNF);
    return ok;
}

void
ata_disk_seek (struct ata_disk *disk)
{
    uint64_t sector;

    if (decode_28bit (disk, &sector) && sector < disk->n_sectors)
        ata_disk_end_good (disk);
    else
        ata_disk_end_bad (disk, ATA_IDNF);
}

/* --- reading and writing ------------------------------------------------------------------- */

static void
submit (struct ata_disk *disk, enum block_op op, void (*done) (struct block_request *, int))
{
    disk->request.op = op;
    disk->request.done = done;
    block_submit (disk->block, &disk->request);
}

/* Begins a done(): takes the lock; says whether the command is still wanted, else it is ended. */
static struct ata_disk *
lock_request (struct block_request *request, bool *is_wanted)
{
    struct ata_disk *disk = container_of (request, struct ata_disk, request);

    pthread_mutex_lock (disk->drive.host->lock);
    *is_wanted = !disk->drive.host->is_cancelled;
    if (!*is_wanted)
        ata_disk_end_bad (disk, ATA_ABRT); /* the port knows that nobody listens */
    return disk;
}

static void
unlock (struct ata_disk *disk)
{
    pthread_mutex_unlock (disk->drive.host->lock);
}

static void
flush_done (struct block_request *request, int result)
{
    bool is_wanted;
    struct ata_disk *disk = lock_request (request, &is_wanted);

    if (is_wanted) {
        if (result < 0)
            ata_disk_end_bad (disk, ATA_ABRT);
        else
            ata_disk_end_good (disk);
    }
    unlock (disk);
}

void
ata_disk_flush (struct ata_disk *disk)
{
    submit (disk, BLOCK_FLUSH, flush_done);
}

/* The size of a PIO transfer's last block. */
static uint16_t
last_pio_block (const struct ata_disk *disk, uint32_t n_sectors)
{
    uint32_t per_block = disk->flags & FLAG_MULTIPLE ? disk->multiple : 1;
    uint32_t rest = n_sectors % per_block;

    return (uint16_t) ((rest ? rest : per_block) * ATA_SECTOR_BYTES);
}

/* All sectors are transferred, or all there was room for. */
static void
end_transfer (struct ata_disk *disk)
{
    struct ata_result result = ata_disk_echo (disk, ATA_GOOD, 0);

    if ((disk->flags & FLAG_WRITE) && !disk->write_cache) {
        ata_disk_flush (disk);
        return;
    }
    if (disk->flags & FLAG_PIO) {
        result.pio_bytes = last_pio_block (disk, count_of (disk));
        result.pio_in = result.ends_by_pio = !(disk->flags & FLAG_WRITE);
    }
    disk->drive.host->ops->complete (disk->drive.host, &result);
}

static void transfer_done (struct block_request *request, int result);

static void
transfer (struct ata_disk *disk)
{
    struct block_request *request = &disk->request;
    struct ata_host *host = disk->drive.host;
    bool is_write = disk->flags & FLAG_WRITE;
    int64_t bytes;

    bytes = host->ops->map (host, is_write ? ATA_FROM_GUEST : ATA_TO_GUEST,
                            (uint64_t) disk->n_left * ATA_SECTOR_BYTES, ATA_SECTOR_BYTES,
                            request->iov, BLOCK_MAX_IOV, &request->n_iov);
    if (bytes < 0 || (bytes == 0 && is_write)) {
        /* no data for what is left */
        ata_disk_end_at (disk, ATA_GOOD | ATA_ERR, ATA_ABRT, disk->sector);
        return;
    }
    if (bytes == 0) {
        end_transfer (disk); /* the port tells of the overflow */
        return;
    }
    request->offset = disk->sector * ATA_SECTOR_BYTES;
    request->length = (uint64_t) bytes;
    submit (disk, is_write ? BLOCK_WRITE : BLOCK_READ, transfer_done);
}

static void
transfer_done (struct block_request *request, int result)
{
    bool is_wanted;
    struct ata_disk *disk = lock_request (request, &is_wanted);
    uint32_t n = (uint32_t) (request->length / ATA_SECTOR_BYTES);
    uint8_t error = disk->flags & FLAG_WRITE ? ATA_ABRT : ATA_UNC;

    if (is_wanted && result < 0) {
        ata_disk_end_at (disk, ATA_GOOD | ATA_ERR, error, disk->sector);
    } else if (is_wanted) {
        disk->sector += n;
        disk->n_left -= n;
        if (disk->n_left > 0)
            transfer (disk);
        else
            end_transfer (disk);
    }
    unlock (disk);
}

void
ata_disk_read_write (struct ata_disk *disk)
{
    if ((disk->flags & FLAG_MULTIPLE) && disk->multiple == 0)
        ata_disk_end_bad (disk, ATA_ABRT);
    else if ((disk->flags & FLAG_WRITE) && disk->block->info.read_only)
        ata_disk_end_bad (disk, ATA_ABRT);
    else if (decode_sectors (disk))
        transfer (disk);
}

/* The host's storage checks itself: what is on the disk can be read. */
void
ata_disk_verify (struct ata_disk *disk)
{
    if (decode_sectors (disk))
        ata_disk_end_good (disk);
}

/* --- TRIM ---------------------------------------------------------------------------------- */

/* Takes the range at trim_at apart (ACS-2 §7.10.3.2). */
static void
get_range (const struct ata_disk *disk, uint64_t *sector, uint32_t *n)
{
    uint64_t range = load_le64 (disk->buffer + disk->trim_at);

    *sector = range & ATA_48BIT_MAX;
    *n = (uint32_t) (range >> 48);
}

static bool
ranges_fit (struct ata_disk *disk)
{
    uint64_t sector;
    uint32_t n;

    for (disk->trim_at = 0; disk->trim_at < disk->trim_end; disk->trim_at += TRIM_RANGE_BYTES) {
        get_range (disk, &sector, &n);
        if (n > 0 && !range_fits (sector, n, disk->n_sectors))
            return false;
    }
    disk->trim_at = 0;
    return true;
}

static void trim_done (struct block_request *request, int result);

/* Discards the next range that is not empty, or ends the command. */
static void
trim_next (struct ata_disk *disk)
{
    uint64_t sector;
    uint32_t n = 0;

    while (disk->trim_at < disk->trim_end && n == 0) {
        get_range (disk, &sector, &n);
        disk->trim_at += TRIM_RANGE_BYTES;
    }
    if (n == 0) {
        ata_disk_end_good (disk);
        return;
    }
    disk->request.offset = sector * ATA_SECTOR_BYTES;
    disk->request.length = (uint64_t) n * ATA_SECTOR_BYTES;
    submit (disk, BLOCK_DISCARD, trim_done);
}

static void
trim_done (struct block_request *request, int result)
{
    bool is_wanted;
    struct ata_disk *disk = lock_request (request, &is_wanted);

    if (is_wanted && result < 0)
        ata_disk_end_bad (disk, ATA_ABRT);
    else if (is_wanted)
        trim_next (disk);
    unlock (disk);
}

void
ata_disk_trim (struct ata_disk *disk)
{
    unsigned n_blocks = disk->command.count;
    int64_t bytes;

    if (!disk->block->info.can_discard || disk->command.feature != FEATURE_TRIM || n_blocks == 0
        || n_blocks > ATA_TRIM_MAX_BLOCKS) {
        ata_disk_end_bad (disk, ATA_ABRT);
        return;
    }
    disk->trim_end = n_blocks * ATA_SECTOR_BYTES;
    bytes = ata_fetch (disk->drive.host, disk->buffer, disk->trim_end);
    if (bytes != disk->trim_end)
        ata_disk_end_bad (disk, ATA_ABRT);
    else if (!ranges_fit (disk))
        ata_disk_end_bad (disk, ATA_IDNF);
    else
        trim_next (disk);
}
