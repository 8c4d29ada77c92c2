/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi.c - a SATA CD and DVD-ROM drive: the registers around a SCSI unit (scsi-cd.h), which runs the
 * packet commands.
 *
 * A SATA port runs one command at a time, so there is one request.  Its sense is kept in the unit
 * for REQUEST SENSE, as there is nothing else to carry it.
 *
 * How much goes to the guest is decided by the command and by the room in its buffer, never by the
 * byte count limit; that only says how long the last of the blocks was that a PIO transfer went in.
 */
#include "atapi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ata.h"
#include "bits.h"
#include "scsi-cd.h"

#define PACKET_DMA    0x01 /* in the feature register */
#define REASON_DONE   0x03 /* interrupt reason: status, to the host */
#define POWER_ACTIVE  0xff
#define MAX_PIO_BLOCK 0xfffe
#define IDENTITY      0x85c0 /* packet device, CD-ROM, removable, 12-byte packets */

struct atapi {
    struct ata_drive drive;
    struct ata_config config;
    struct scsi_cd cd; /* under the controller's lock */
    uint8_t transfer_mode;
    struct ata_command command; /* that runs */
    struct scsi_request request;
    uint8_t identity[ATA_SECTOR_BYTES];
};

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
        result.pio_bytes = last_pio_block (atapi, atapi->request.moved);
        result.pio_in = true;
        result.lba = (uint64_t) result.pio_bytes << 8;
    }
    return result;
}

/* --- packets --------------------------------------------------------------------------------- */

static struct atapi *
atapi_of_request (const struct scsi_request *request)
{
    return container_of (request, struct atapi, request);
}

static int64_t
packet_send (struct scsi_request *request, const void *buf, uint64_t len)
{
    return ata_send (atapi_of_request (request)->drive.host, buf, len);
}

static bool
packet_is_cancelled (const struct scsi_request *request)
{
    return atapi_of_request (request)->drive.host->is_cancelled;
}

static void
packet_complete (struct scsi_request *request)
{
    struct atapi *atapi = atapi_of_request (request);
    struct ata_result result;

    if (request->is_unreachable || packet_is_cancelled (request)) {
        abort_command (atapi); /* of a cancelled one the port knows that nobody listens */
        return;
    }
    /* A buffer that is too short ends well: the port tells of the overflow. */
    if (request->status == SCSI_GOOD) {
        result = packet_result (atapi, ATA_GOOD, 0);
    } else {
        atapi->cd.unit.sense_key = request->sense_key;
        atapi->cd.unit.sense = request->sense;
        result = packet_result (atapi, ATA_GOOD | ATA_ERR, (uint8_t) (request->sense_key << 4));
    }
    end (atapi, &result);
}

static const struct scsi_carrier_ops packet_carrier = {
    .send = packet_send,
    .is_cancelled = packet_is_cancelled,
    .complete = packet_complete,
};

static void
packet (struct atapi *atapi)
{
    struct scsi_request *request = &atapi->request;

    request->carrier = &packet_carrier;
    request->unit = &atapi->cd.unit;
    memset (request->cdb, 0, sizeof request->cdb);
    memcpy (request->cdb, atapi->command.cdb, sizeof atapi->command.cdb);
    scsi_start (request);
}

/* --- commands that are not packets --------------------------------------------------------- */

static void
identify_packet (struct atapi *atapi)
{
    struct ata_result result = echo (atapi, ATA_GOOD, 0);
    uint8_t *id = atapi->identity;

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
    struct scsi_unit *unit = &atapi->cd.unit;

    if (kind == ATA_RESET_SOFT) {
        unit->sense_key = SENSE_NONE;
        unit->sense = ASC_NONE;
        return;
    }
    scsi_unit_reset (unit, ASC_POWER_ON);
    atapi->transfer_mode = ATA_DEFAULT_MODE;
}

static void
atapi_drain (struct ata_drive *drive)
{
    scsi_cd_drain (&atapi_of (drive)->cd);
}

static void
atapi_attached (struct ata_drive *drive)
{
    atapi_of (drive)->cd.unit.lock = drive->host ? drive->host->lock : NULL;
}

static const struct ata_drive_ops atapi_drive_ops = {
    .command = atapi_command,
    .reset = atapi_reset,
    .drain = atapi_drain,
    .attached = atapi_attached,
};

static void
atapi_device_reset (struct device *device)
{
    struct atapi *atapi = atapi_of_device (device);

    if (atapi->drive.host)
        atapi->drive.host->ops->stop (atapi->drive.host);
    atapi_drain (&atapi->drive);
    atapi_reset (&atapi->drive, ATA_RESET_HARD);
    scsi_cd_power_on (&atapi->cd);
}

static void
atapi_destroy (struct device *device)
{
    struct atapi *atapi = atapi_of_device (device);

    scsi_cd_fini (&atapi->cd);
    free (atapi);
}

static int
atapi_eject (struct device *device, bool force)
{
    return scsi_cd_eject (&atapi_of_device (device)->cd, force);
}

static int
atapi_insert (struct device *device, struct block *medium, bool force)
{
    return scsi_cd_insert (&atapi_of_device (device)->cd, medium, force);
}

static const struct device_ops atapi_device_ops = {
    .reset = atapi_device_reset,
    .destroy = atapi_destroy,
    .eject = atapi_eject,
    .insert = atapi_insert,
};

static int
atapi_create (const struct device_args *args, struct device **out)
{
    struct atapi *atapi = calloc (1, sizeof *atapi);
    int ret;

    if (!atapi)
        return -ENOMEM;
    ret = scsi_cd_init (&atapi->cd, args->block);
    if (ret < 0) {
        free (atapi);
        return ret;
    }
    device_init (&atapi->drive.device, &atapi_device_ops, args);
    atapi->drive.device.class = &atapi_cdrom_class;
    atapi->drive.ops = &atapi_drive_ops;
    atapi->drive.signature = ATA_SIGNATURE_ATAPI;
    ata_config_take (&atapi->config, args);
    atapi->cd.unit.identity = (struct scsi_identity){
        .type = SCSI_TYPE_CD,
        .is_removable = true,
        .product = "DVD-ROM",
        .serial = atapi->config.serial,
    };
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
