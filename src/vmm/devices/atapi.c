/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi.c - a SATA CD and DVD-ROM drive: registers, medium, transfers.  The packet commands are in
 * atapi-mmc.c.
 *
 * Sectors are read into a bounce buffer, then copied: the guest's buffer may be cut anywhere and
 * end anywhere, and the last sector of an image that is no multiple of 2048 bytes is filled with
 * zeros.
 *
 * How much goes to the guest is decided by the command and by the room in its buffer, never by the
 * byte count limit; that only says how long the last of the blocks was that a PIO transfer went in.
 */
#include "atapi-private.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"

#define PACKET_DMA    0x01 /* in the feature register */
#define REASON_DONE   0x03 /* interrupt reason: status, to the host */
#define POWER_ACTIVE  0xff
#define MAX_PIO_BLOCK 0xfffe
#define IDENTITY      0x85c0 /* packet device, CD-ROM, removable, 12-byte packets */

static struct atapi *
atapi_of (struct ata_drive *drive)
{
    return container_of (drive, struct atapi, drive);
}

static struct atapi *
atapi_of_device (struct device *device)
{
    return atapi_of (ata_drive_from_device (device));
}

/* --- the medium ---------------------------------------------------------------------------- */

bool
atapi_has_medium (const struct atapi *atapi)
{
    return atapi->n_sectors > 0 && !atapi->is_open && !atapi->is_changing;
}

uint16_t
atapi_no_medium_sense (const struct atapi *atapi)
{
    if (atapi->is_changing)
        return ASC_BECOMING_READY;
    return atapi->is_open ? ASC_NO_MEDIUM_TRAY_OPEN : ASC_NO_MEDIUM_TRAY_CLOSED;
}

static void
measure_medium (struct atapi *atapi)
{
    uint64_t bytes = atapi->medium ? atapi->medium->info.size_bytes : 0;

    atapi->n_sectors = bytes / CD_SECTOR_BYTES + (bytes % CD_SECTOR_BYTES != 0);
    atapi->n_sectors = MIN_OF (atapi->n_sectors, UINT32_MAX);
}

static void
announce_medium (struct atapi *atapi)
{
    if (atapi_has_medium (atapi)) {
        atapi->attention = ASC_MEDIUM_CHANGED;
        atapi->event = MEDIA_NEW;
    } else {
        atapi->event = MEDIA_REMOVED;
    }
}

bool
atapi_move_tray (struct atapi *atapi, bool open)
{
    if (open && atapi->is_locked)
        return false;
    if (open != atapi->is_open) {
        atapi->is_open = open;
        announce_medium (atapi);
    }
    return true;
}

/* --- ending a command ---------------------------------------------------------------------- */

static void
end (struct atapi *atapi, const struct ata_result *result)
{
    atapi->drive.host->ops->complete (atapi->drive.host, result);
}

static struct ata_result
echo (const struct atapi *atapi, uint8_t status, uint8_t error)
{
    return (struct ata_result){
        .status = status,
        .error = error,
        .device = atapi->command.device,
        .count = atapi->command.count,
        .lba = atapi->command.lba,
    };
}

static void
succeed (struct atapi *atapi)
{
    struct ata_result result = echo (atapi, ATA_GOOD, 0);

    end (atapi, &result);
}

static void
abort_command (struct atapi *atapi)
{
    struct ata_result result = echo (atapi, ATA_GOOD | ATA_ERR, ATA_ABRT);

    end (atapi, &result);
}

/* The length of the last block of a PIO transfer of SENT bytes. */
static uint16_t
last_pio_block (const struct atapi *atapi, uint64_t sent)
{
    unsigned limit = atapi->command.lba >> 8 & MAX_PIO_BLOCK;
    uint64_t rest;

    if (limit == 0)
        limit = MAX_PIO_BLOCK;
    rest = sent % limit;
    return (uint16_t) (sent > 0 && rest == 0 ? limit : rest);
}

/* A packet command's registers at its end. */
static struct ata_result
packet_result (const struct atapi *atapi, uint8_t status, uint8_t error)
{
    struct ata_result result = echo (atapi, status, error);

    result.count = REASON_DONE;
    if (!(atapi->command.feature & PACKET_DMA)) {
        result.pio_bytes = last_pio_block (atapi, atapi->sent);
        result.pio_in = true;
        result.lba = (uint64_t) result.pio_bytes << 8;
    }
    return result;
}

void
atapi_end_good (struct atapi *atapi)
{
    struct ata_result result = packet_result (atapi, ATA_GOOD, 0);

    end (atapi, &result);
}

void
atapi_end_check (struct atapi *atapi, uint8_t key, uint16_t sense)
{
    struct ata_result result = packet_result (atapi, ATA_GOOD | ATA_ERR, (uint8_t) (key << 4));

    atapi->sense_key = key;
    atapi->sense = sense;
    end (atapi, &result);
}

/* Sends LEN bytes at BUF; false when the command cannot go on, and was ended. */
static bool
send_bytes (struct atapi *atapi, const void *buf, uint64_t len)
{
    int64_t sent = ata_send (atapi->drive.host, buf, len);

    if (sent < 0) {
        abort_command (atapi);
        return false;
    }
    atapi->sent += (uint64_t) sent;
    if ((uint64_t) sent < len) {
        atapi_end_good (atapi); /* the port tells of the overflow */
        return false;
    }
    return true;
}

void
atapi_end_reply (struct atapi *atapi, uint32_t len, uint32_t allocation)
{
    if (send_bytes (atapi, atapi->reply, MIN_OF (len, allocation)))
        atapi_end_good (atapi);
}

/* --- reading ------------------------------------------------------------------------------- */

static uint64_t
step_sectors (const struct atapi *atapi)
{
    return MIN_OF (atapi->n_left, ATAPI_BOUNCE_BYTES / CD_SECTOR_BYTES);
}

static void
read_done (struct block_request *request, int result)
{
    struct atapi *atapi = container_of (request, struct atapi, request);
    pthread_mutex_t *lock = atapi->drive.host->lock;
    uint64_t n;

    pthread_mutex_lock (lock);
    n = step_sectors (atapi);
    if (atapi->drive.host->is_cancelled) {
        abort_command (atapi); /* the port knows that nobody listens */
    } else if (atapi->is_changing) {
        atapi_end_check (atapi, SENSE_NOT_READY, ASC_BECOMING_READY);
    } else if (result < 0) {
        atapi_end_check (atapi, SENSE_MEDIUM_ERROR, ASC_READ_ERROR);
    } else if (send_bytes (atapi, atapi->bounce, n * CD_SECTOR_BYTES)) {
        atapi_read (atapi, atapi->sector + n, atapi->n_left - n);
    }
    pthread_mutex_unlock (lock);
}

void
atapi_read (struct atapi *atapi, uint64_t sector, uint64_t n)
{
    struct block_request *request = &atapi->request;
    uint64_t wanted;

    atapi->sector = sector;
    atapi->n_left = n;
    if (n == 0) {
        atapi_end_good (atapi);
        return;
    }
    wanted = step_sectors (atapi) * CD_SECTOR_BYTES;
    request->op = BLOCK_READ;
    request->offset = sector * CD_SECTOR_BYTES;
    request->length = MIN_OF (wanted, atapi->medium->info.size_bytes - request->offset);
    request->iov[0] = (struct iovec){ atapi->bounce, request->length };
    request->n_iov = 1;
    request->done = read_done;
    memset (atapi->bounce + request->length, 0, wanted - request->length);
    block_submit (atapi->medium, request);
}

/* --- commands that are not packets --------------------------------------------------------- */

static void
identify_packet (struct atapi *atapi)
{
    struct ata_result result = echo (atapi, ATA_GOOD, 0);
    uint8_t *id = atapi->reply;

    memset (id, 0, ATA_SECTOR_BYTES);
    ata_put_common (id, atapi->config.serial, atapi->config.model, atapi->transfer_mode);
    ata_put_word (id, 0, IDENTITY);
    ata_put_word (id, 49, BIT (11) | BIT (10) | BIT (9) | BIT (8)); /* LBA, DMA, IORDY */
    ata_put_word (id, 50, 0x4000);
    ata_put_word (id, 82, BIT (14) | BIT (9) | BIT (4) | BIT (3)); /* NOP, reset, packets, power */
    ata_put_word (id, 83, BIT (14));
    ata_put_word (id, 84, BIT (14));
    ata_put_word (id, 85, BIT (14) | BIT (9) | BIT (4) | BIT (3));
    ata_put_word (id, 87, BIT (14));
    ata_put_checksum (id);
    if (ata_send (atapi->drive.host, id, ATA_SECTOR_BYTES) < 0) {
        abort_command (atapi);
        return;
    }
    result.pio_bytes = ATA_SECTOR_BYTES;
    result.pio_in = result.ends_by_pio = true;
    end (atapi, &result);
}

static struct ata_result
signature (const struct atapi *atapi, uint8_t status, uint8_t error)
{
    return (struct ata_result){
        .status = status,
        .error = error,
        .count = ata_signature_count (atapi->drive.signature),
        .lba = ata_signature_lba (atapi->drive.signature),
    };
}

/* A disk's command that tells a packet drive from a disk (ACS-2 §7.12.2, §7.19.2). */
static void
refuse_with_signature (struct atapi *atapi)
{
    struct ata_result result = signature (atapi, ATA_GOOD | ATA_ERR, ATA_ABRT);

    end (atapi, &result);
}

static void atapi_reset (struct ata_drive *drive, enum ata_reset kind);

static void
device_reset_command (struct atapi *atapi)
{
    struct ata_result result = signature (atapi, 0, 1);

    atapi_reset (&atapi->drive, ATA_RESET_SOFT);
    end (atapi, &result);
}

static void
diagnose (struct atapi *atapi)
{
    struct ata_result result = signature (atapi, 0, 1);

    end (atapi, &result);
}

static void
set_features (struct atapi *atapi)
{
    if ((atapi->command.feature & 0xff) != 0x03
        || !ata_is_transfer_mode (atapi->command.count & 0xff)) {
        abort_command (atapi);
        return;
    }
    atapi->transfer_mode = atapi->command.count & 0xff;
    succeed (atapi);
}

static void
check_power_mode (struct atapi *atapi)
{
    struct ata_result result = echo (atapi, ATA_GOOD, 0);

    result.count = POWER_ACTIVE;
    end (atapi, &result);
}

static void
packet (struct atapi *atapi)
{
    atapi->sent = 0;
    atapi_run_packet (atapi);
}

static const struct {
    uint8_t command;
    void (*run) (struct atapi *atapi);
} commands[] = {
    { 0x08, device_reset_command },
    { 0x20, refuse_with_signature }, /* READ SECTORS */
    { 0x90, diagnose },
    { 0xa0, packet },
    { 0xa1, identify_packet },
    { 0xe0, succeed }, /* STANDBY IMMEDIATE */
    { 0xe1, succeed }, /* IDLE IMMEDIATE */
    { 0xe2, succeed }, /* STANDBY */
    { 0xe3, succeed }, /* IDLE */
    { 0xe5, check_power_mode },
    { 0xe6, succeed },               /* SLEEP */
    { 0xec, refuse_with_signature }, /* IDENTIFY DEVICE */
    { 0xef, set_features },
};

static void
atapi_command (struct ata_drive *drive, const struct ata_command *command)
{
    struct atapi *atapi = atapi_of (drive);

    atapi->command = *command;
    for (unsigned i = 0; i < ARRAY_SIZE (commands); i++) {
        if (commands[i].command == command->command) {
            commands[i].run (atapi);
            return;
        }
    }
    abort_command (atapi);
}

/* --- the device ---------------------------------------------------------------------------- */

static void
atapi_reset (struct ata_drive *drive, enum ata_reset kind)
{
    struct atapi *atapi = atapi_of (drive);

    atapi->sense_key = SENSE_NONE;
    atapi->sense = ASC_NONE;
    if (kind == ATA_RESET_SOFT)
        return;
    atapi->is_locked = false;
    atapi->attention = ASC_POWER_ON;
    atapi->transfer_mode = ATA_DEFAULT_MODE;
}

static void
atapi_drain (struct ata_drive *drive)
{
    struct atapi *atapi = atapi_of (drive);

    if (atapi->medium)
        block_drain (atapi->medium);
}

static const struct ata_drive_ops atapi_drive_ops = {
    .command = atapi_command,
    .reset = atapi_reset,
    .drain = atapi_drain,
};

static void
atapi_device_reset (struct device *device)
{
    struct atapi *atapi = atapi_of_device (device);

    if (atapi->drive.host)
        atapi->drive.host->ops->stop (atapi->drive.host);
    atapi_drain (&atapi->drive);
    atapi_reset (&atapi->drive, ATA_RESET_HARD);
    atapi->is_open = false;
    atapi->event = MEDIA_NO_EVENT;
}

static void
atapi_destroy (struct device *device)
{
    struct atapi *atapi = atapi_of_device (device);

    block_close (atapi->medium);
    free (atapi->bounce);
    free (atapi);
}

static void
lock_if_attached (struct atapi *atapi)
{
    if (atapi->drive.host)
        pthread_mutex_lock (atapi->drive.host->lock);
}

static void
unlock_if_attached (struct atapi *atapi)
{
    if (atapi->drive.host)
        pthread_mutex_unlock (atapi->drive.host->lock);
}

void
atapi_set_medium (struct device *device, struct block *medium)
{
    struct atapi *atapi = atapi_of_device (device);
    struct block *old = atapi->medium;

    lock_if_attached (atapi);
    atapi->is_changing = true;
    unlock_if_attached (atapi);
    atapi_drain (&atapi->drive); /* its last read ends, and none begins */

    lock_if_attached (atapi);
    atapi->medium = medium;
    atapi->is_open = false;
    atapi->is_changing = false;
    measure_medium (atapi);
    announce_medium (atapi);
    unlock_if_attached (atapi);
    block_close (old);
}

static const struct device_ops atapi_device_ops = {
    .reset = atapi_device_reset,
    .destroy = atapi_destroy,
};

static int
atapi_create (const struct device_args *args, struct device **out)
{
    struct atapi *atapi = calloc (1, sizeof *atapi);

    if (!atapi)
        return -ENOMEM;
    atapi->bounce = aligned_alloc (4096, ATAPI_BOUNCE_BYTES);
    if (!atapi->bounce) {
        free (atapi);
        return -ENOMEM;
    }
    device_init (&atapi->drive.device, &atapi_device_ops, args);
    atapi->drive.device.class = &atapi_cdrom_class;
    atapi->drive.ops = &atapi_drive_ops;
    atapi->drive.signature = ATA_SIGNATURE_ATAPI;
    ata_config_take (&atapi->config, args);
    atapi->medium = args->block;
    measure_medium (atapi);
    atapi_reset (&atapi->drive, ATA_RESET_HARD);
    *out = &atapi->drive.device;
    return 0;
}

static const struct option atapi_options[] = { ATA_OPTIONS ("Vitrine DVD-ROM") };

const struct device_class atapi_cdrom_class = {
    .name = "atapi-cdrom",
    .summary = "SATA CD and DVD drive",
    .bus = DEVICE_BUS_SATA,
    .backend = BACKEND_BLOCK,
    .options = atapi_options,
    .n_options = ARRAY_SIZE (atapi_options),
    .config_size = sizeof (struct ata_config),
    .create = atapi_create,
};
