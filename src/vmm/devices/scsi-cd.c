/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-cd.c - a CD and DVD-ROM drive as a SCSI unit: medium, tray, reading.  The commands are in
 * scsi-cd-mmc.c.
 *
 * Sectors are read into a bounce buffer, then copied: the guest's buffer may be cut anywhere and
 * end anywhere, and the last sector of an image that is no multiple of 2048 bytes is filled with
 * zeros.  One command reads at a time; what comes meanwhile waits in the order it came.
 *
 * The medium is replaced in three steps: is_changing keeps new reads out, the one under way comes
 * to its end (the block is drained without the lock), then the pointers move.
 */
#include "scsi-cd-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- the medium ------------------------------------------------------------------------------ */

bool
scsi_cd_has_medium (const struct scsi_cd *cd)
{
    return cd->n_sectors > 0 && !cd->is_open && !cd->is_changing;
}

uint16_t
scsi_cd_why_not_ready (const struct scsi_unit *unit)
{
    const struct scsi_cd *cd = container_of (unit, struct scsi_cd, unit);

    if (scsi_cd_has_medium (cd))
        return 0;
    if (cd->is_changing)
        return ASC_BECOMING_READY;
    return cd->is_open ? ASC_NO_MEDIUM_TRAY_OPEN : ASC_NO_MEDIUM_TRAY_CLOSED;
}

static void
measure_medium (struct scsi_cd *cd)
{
    uint64_t bytes = cd->unit.block ? cd->unit.block->info.size_bytes : 0;

    cd->n_sectors = bytes / CD_SECTOR_BYTES + (bytes % CD_SECTOR_BYTES != 0);
    cd->n_sectors = MIN_OF (cd->n_sectors, UINT32_MAX);
}

static void
announce_medium (struct scsi_cd *cd)
{
    if (scsi_cd_has_medium (cd)) {
        cd->unit.attention = ASC_MEDIUM_CHANGED;
        cd->event = MEDIA_NEW;
    } else {
        cd->event = MEDIA_REMOVED;
    }
}

bool
scsi_cd_move_tray (struct scsi_cd *cd, bool open)
{
    if (open && cd->is_locked)
        return false;
    if (open != cd->is_open) {
        cd->is_open = open;
        announce_medium (cd);
    }
    return true;
}

/* --- reading --------------------------------------------------------------------------------- */

static void read_done (struct block_request *block_request, int result);

static uint64_t
step_sectors (const struct scsi_request *request)
{
    return MIN_OF (request->n_left, CD_BOUNCE_BYTES / CD_SECTOR_BYTES);
}

static void
start_step (struct scsi_cd *cd, struct scsi_request *request)
{
    struct block_request *block_request = &request->block;
    uint64_t wanted = step_sectors (request) * CD_SECTOR_BYTES;

    cd->reader = request;
    block_request->op = BLOCK_READ;
    block_request->offset = request->lba * CD_SECTOR_BYTES;
    block_request->length =
        MIN_OF (wanted, cd->unit.block->info.size_bytes - block_request->offset);
    block_request->iov[0] = (struct iovec){ cd->bounce, block_request->length };
    block_request->n_iov = 1;
    block_request->done = read_done;
    memset (cd->bounce + block_request->length, 0, wanted - block_request->length);
    block_submit (cd->unit.block, block_request);
}

/* Ends REQUEST or begins its next step. */
static void
step_done (struct scsi_cd *cd, struct scsi_request *request, int result)
{
    uint64_t n = step_sectors (request);

    if (request->carrier->is_cancelled (request)) {
        scsi_end_silently (request);
    } else if (cd->is_changing) {
        scsi_end_check (request, SENSE_NOT_READY, ASC_BECOMING_READY);
    } else if (result < 0) {
        scsi_end_check (request, SENSE_MEDIUM_ERROR, ASC_READ_ERROR);
    } else if (scsi_send (request, cd->bounce, n * CD_SECTOR_BYTES)) {
        request->lba += n;
        request->n_left -= n;
        if (request->n_left > 0)
            start_step (cd, request);
        else
            scsi_end_good (request);
    }
}

/* Begins the read that waits longest, if it can. */
static void
start_next (struct scsi_cd *cd)
{
    while (!cd->reader && !list_is_empty (&cd->waiting)) {
        struct scsi_request *request =
            container_of (cd->waiting.next, struct scsi_request, waiting);

        list_remove (&request->waiting);
        if (!scsi_cd_has_medium (cd))
            scsi_end_check (request, SENSE_NOT_READY, scsi_cd_why_not_ready (&cd->unit));
        else if (!range_fits (request->lba, request->n_left, cd->n_sectors))
            scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
        else
            start_step (cd, request);
    }
}

/* On the I/O loop's thread. */
static void
read_done (struct block_request *block_request, int result)
{
    struct scsi_request *request = container_of (block_request, struct scsi_request, block);
    struct scsi_cd *cd = scsi_cd_of (request);
    pthread_mutex_t *lock = cd->unit.lock;

    pthread_mutex_lock (lock);
    cd->reader = NULL; /* its carrier may send the next command from within */
    step_done (cd, request, result);
    start_next (cd);
    pthread_mutex_unlock (lock);
}

void
scsi_cd_read (struct scsi_request *request, uint64_t sector, uint64_t n)
{
    struct scsi_cd *cd = scsi_cd_of (request);

    request->lba = sector;
    request->n_left = n;
    if (n == 0)
        scsi_end_good (request);
    else if (cd->reader)
        list_append (&cd->waiting, &request->waiting);
    else
        start_step (cd, request);
}

/* --- life ------------------------------------------------------------------------------------ */

void
scsi_cd_reset (struct scsi_unit *unit)
{
    container_of (unit, struct scsi_cd, unit)->is_locked = false;
}

int
scsi_cd_init (struct scsi_cd *cd, struct block *medium)
{
    cd->bounce = aligned_alloc (4096, CD_BOUNCE_BYTES);
    if (!cd->bounce)
        return -ENOMEM;
    scsi_unit_init (&cd->unit, &scsi_cd_unit_class);
    list_init (&cd->waiting);
    cd->unit.block = medium;
    measure_medium (cd);
    return 0;
}

void
scsi_cd_fini (struct scsi_cd *cd)
{
    block_close (cd->unit.block);
    free (cd->bounce);
}

void
scsi_cd_power_on (struct scsi_cd *cd)
{
    scsi_unit_reset (&cd->unit, ASC_POWER_ON);
    cd->is_open = false;
    cd->event = MEDIA_NO_EVENT;
}

void
scsi_cd_drain (struct scsi_cd *cd)
{
    if (cd->unit.block)
        block_drain (cd->unit.block);
}

/* --- the user's hand ------------------------------------------------------------------------- */

static void
lock_unit (struct scsi_cd *cd)
{
    if (cd->unit.lock)
        pthread_mutex_lock (cd->unit.lock);
}

static void
unlock_unit (struct scsi_cd *cd)
{
    if (cd->unit.lock)
        pthread_mutex_unlock (cd->unit.lock);
}

/* Keeps readers out until replace(); -EBUSY when the guest keeps the tray closed. */
static int
begin_change (struct scsi_cd *cd, bool force)
{
    bool is_kept;

    lock_unit (cd);
    is_kept = cd->is_locked && cd->unit.block && !force;
    if (is_kept)
        cd->event = MEDIA_EJECT_REQUEST;
    else
        cd->is_changing = true;
    unlock_unit (cd);
    if (is_kept)
        return -EBUSY;
    scsi_cd_drain (cd); /* its last read ends, and none begins */
    return 0;
}

static void
replace (struct scsi_cd *cd, struct block *medium, bool open)
{
    struct block *old = cd->unit.block;

    lock_unit (cd);
    cd->unit.block = medium;
    cd->is_open = open;
    cd->is_locked = false;
    cd->is_changing = false;
    measure_medium (cd);
    announce_medium (cd);
    start_next (cd); /* what still waits is told what is new */
    unlock_unit (cd);
    block_close (old);
}

int
scsi_cd_eject (struct scsi_cd *cd, bool force)
{
    int ret = begin_change (cd, force);

    if (ret == 0)
        replace (cd, NULL, true);
    return ret;
}

int
scsi_cd_insert (struct scsi_cd *cd, struct block *medium, bool force)
{
    int ret = begin_change (cd, force);

    if (ret == 0)
        replace (cd, medium, false);
    return ret;
}
