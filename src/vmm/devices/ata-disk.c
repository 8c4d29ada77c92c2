/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata-disk.c - a SATA disk: ATA8-ACS/ACS-2, 48-bit addresses, write cache, TRIM. */
#include "ata-disk-private.h"

#include <errno.h>
#include <stdlib.h>

#define CAN_28BIT_MAX   0x0fffffffu
#define MAX_MULTIPLE    16
#define DEFAULT_HEADS   16
#define DEFAULT_SECTORS 63
#define MAX_CYLINDERS   16383
#define POWER_ACTIVE    0xff

/* --- ending a command ---------------------------------------------------------------------- */

static void
end (struct ata_disk *disk, struct ata_result *result)
{
    disk->drive.host->ops->complete (disk->drive.host, result);
}

struct ata_result
ata_disk_echo (const struct ata_disk *disk, uint8_t status, uint8_t error)
{
    return (struct ata_result){
        .status = status,
        .error = error,
        .device = disk->command.device,
        .count = disk->command.count,
        .lba = disk->command.lba,
    };
}

void
ata_disk_end_good (struct ata_disk *disk)
{
    struct ata_result result = ata_disk_echo (disk, ATA_GOOD, 0);

    end (disk, &result);
}

void
ata_disk_end_bad (struct ata_disk *disk, uint8_t error)
{
    struct ata_result result = ata_disk_echo (disk, ATA_GOOD | ATA_ERR, error);

    end (disk, &result);
}

/* The top 4 of 28 bits are in the device register. */
void
ata_disk_end_at (struct ata_disk *disk, uint8_t status, uint8_t error, uint64_t sector)
{
    struct ata_result result = ata_disk_echo (disk, status, error);

    result.lba = sector;
    if (!(disk->flags & FLAG_EXT)) {
        result.device = (uint8_t) ((result.device & 0xf0) | (sector >> 24 & 0xf));
        result.lba &= 0xffffff;
    }
    end (disk, &result);
}

static void
abort_command (struct ata_disk *disk)
{
    ata_disk_end_bad (disk, ATA_ABRT);
}

/* --- identity ------------------------------------------------------------------------------ */

static void
put_geometry (const struct ata_disk *disk, uint8_t *id)
{
    uint64_t cylinders = disk->n_sectors / (DEFAULT_HEADS * DEFAULT_SECTORS);
    uint64_t current = disk->n_sectors / (disk->heads * disk->sectors_per_track);
    uint64_t n_28bit = MIN_OF (disk->n_sectors, CAN_28BIT_MAX);

    cylinders = MIN_OF (cylinders, MAX_CYLINDERS);
    current = MIN_OF (current, 65535u);
    ata_put_word (id, 1, (uint16_t) cylinders);
    ata_put_word (id, 3, DEFAULT_HEADS);
    ata_put_word (id, 6, DEFAULT_SECTORS);
    ata_put_word (id, 54, (uint16_t) current);
    ata_put_word (id, 55, disk->heads);
    ata_put_word (id, 56, disk->sectors_per_track);
    store_le32 (id + 2 * 57, (uint32_t) (current * disk->heads * disk->sectors_per_track));
    store_le32 (id + 2 * 60, (uint32_t) n_28bit);
    store_le64 (id + 2 * 100, disk->n_sectors);
    ata_put_word (id, 106, 0x6003); /* 8 logical sectors a physical one: guests align to 4 KiB */
    ata_put_word (id, 209, 0x4000); /* the first of them begins one */
}

/* Words 82-87: what commands there are, and which are switched on (ACS-2 §7.12.7.36-41). */
static void
put_features (const struct ata_disk *disk, uint8_t *id)
{
    uint16_t caches =
        (uint16_t) ((disk->write_cache ? BIT (5) : 0) | (disk->look_ahead ? BIT (6) : 0));

    ata_put_word (id, 82, BIT (14) | BIT (6) | BIT (5) | BIT (3));    /* NOP, caches, power */
    ata_put_word (id, 83, BIT (14) | BIT (13) | BIT (12) | BIT (10)); /* flushes, 48 bits */
    ata_put_word (id, 84, BIT (14));
    ata_put_word (id, 85, BIT (14) | BIT (3) | caches);
    ata_put_word (id, 86, BIT (13) | BIT (12) | BIT (10));
    ata_put_word (id, 87, BIT (14));
}

static void
put_trim (const struct ata_disk *disk, uint8_t *id)
{
    if (!disk->block->info.can_discard)
        return;
    ata_put_word (id, 105, ATA_TRIM_MAX_BLOCKS);
    ata_put_word (id, 169, BIT (0));
    if (disk->block->info.discard_zeroes)
        ata_put_word (id, 69, BIT (14) | BIT (5)); /* trimmed sectors read the same: as zeros */
}

static void
identify (struct ata_disk *disk)
{
    struct ata_result result = ata_disk_echo (disk, ATA_GOOD, 0);
    uint8_t *id = disk->buffer;

    memset (id, 0, ATA_SECTOR_BYTES);
    ata_put_common (id, disk->config.serial, disk->config.model, disk->transfer_mode);
    ata_put_word (id, 0, 0x0040);
    put_geometry (disk, id);
    ata_put_word (id, 47, 0x8000 | MAX_MULTIPLE);
    ata_put_word (id, 49, BIT (13) | BIT (11) | BIT (10) | BIT (9) | BIT (8)); /* LBA, DMA, … */
    ata_put_word (id, 50, 0x4000);
    ata_put_word (id, 53, 0x0007); /* words 54-58 too */
    ata_put_word (id, 59, disk->multiple ? BIT (8) | disk->multiple : 0);
    put_features (disk, id);
    put_trim (disk, id);
    ata_put_word (id, 217, 1); /* does not rotate */
    ata_put_checksum (id);

    if (ata_send (disk->drive.host, id, ATA_SECTOR_BYTES) < 0) {
        abort_command (disk);
        return;
    }
    result.pio_bytes = ATA_SECTOR_BYTES;
    result.pio_in = result.ends_by_pio = true;
    end (disk, &result);
}

/* --- the rest ------------------------------------------------------------------------------ */

static void
set_features (struct ata_disk *disk)
{
    switch (disk->command.feature & 0xff) {
    case 0x02:
    case 0x82:
        disk->write_cache = (disk->command.feature & 0xff) == 0x02;
        if (!disk->write_cache)
            ata_disk_flush (disk); /* what was cached until now */
        else
            ata_disk_end_good (disk);
        return;
    case 0x55:
    case 0xaa:
        disk->look_ahead = (disk->command.feature & 0xff) == 0xaa;
        break;
    case 0x03:
        if (!ata_is_transfer_mode (disk->command.count & 0xff)) {
            abort_command (disk);
            return;
        }
        disk->transfer_mode = disk->command.count & 0xff;
        break;
    default:
        abort_command (disk);
        return;
    }
    ata_disk_end_good (disk);
}

static void
set_multiple (struct ata_disk *disk)
{
    unsigned n = disk->command.count & 0xff;

    if (n > MAX_MULTIPLE || (n != 0 && !is_power_of_two (n))) {
        abort_command (disk);
        return;
    }
    disk->multiple = (uint8_t) n;
    ata_disk_end_good (disk);
}

static void
set_geometry (struct ata_disk *disk)
{
    unsigned sectors = disk->command.count & 0xff;

    if (sectors == 0 || sectors > DEFAULT_SECTORS) {
        abort_command (disk);
        return;
    }
    disk->heads = (uint8_t) ((disk->command.device & 0xf) + 1);
    disk->sectors_per_track = (uint8_t) sectors;
    ata_disk_end_good (disk);
}

static void
read_native_max (struct ata_disk *disk)
{
    uint64_t last = disk->n_sectors - 1;

    if (!(disk->flags & FLAG_EXT))
        last = MIN_OF (last, CAN_28BIT_MAX);
    ata_disk_end_at (disk, ATA_GOOD, 0, last);
}

static void
check_power_mode (struct ata_disk *disk)
{
    struct ata_result result = ata_disk_echo (disk, ATA_GOOD, 0);

    result.count = POWER_ACTIVE;
    end (disk, &result);
}

static void
diagnose (struct ata_disk *disk)
{
    struct ata_result result = {
        .status = ATA_GOOD,
        .error = 1, /* passed */
        .count = ata_signature_count (ATA_SIGNATURE_DISK),
        .lba = ata_signature_lba (ATA_SIGNATURE_DISK),
    };

    end (disk, &result);
}

/* What is not here is aborted: NOP, SMART, security, native queueing, packets … */
static const struct {
    uint8_t command;
    unsigned flags;
    void (*run) (struct ata_disk *disk);
} commands[] = {
    { 0x06, 0, ata_disk_trim },
    { 0x10, 0, ata_disk_end_good }, /* RECALIBRATE */
    { 0x20, FLAG_PIO, ata_disk_read_write },
    { 0x21, FLAG_PIO, ata_disk_read_write },
    { 0x24, FLAG_PIO | FLAG_EXT, ata_disk_read_write },
    { 0x25, FLAG_EXT, ata_disk_read_write },
    { 0x27, FLAG_EXT, read_native_max },
    { 0x29, FLAG_PIO | FLAG_EXT | FLAG_MULTIPLE, ata_disk_read_write },
    { 0x30, FLAG_PIO | FLAG_WRITE, ata_disk_read_write },
    { 0x31, FLAG_PIO | FLAG_WRITE, ata_disk_read_write },
    { 0x34, FLAG_PIO | FLAG_WRITE | FLAG_EXT, ata_disk_read_write },
    { 0x35, FLAG_WRITE | FLAG_EXT, ata_disk_read_write },
    { 0x39, FLAG_PIO | FLAG_WRITE | FLAG_EXT | FLAG_MULTIPLE, ata_disk_read_write },
    { 0x40, 0, ata_disk_verify },
    { 0x41, 0, ata_disk_verify },
    { 0x42, FLAG_EXT, ata_disk_verify },
    { 0x70, 0, ata_disk_seek },
    { 0x90, 0, diagnose },
    { 0x91, 0, set_geometry },
    { 0xc4, FLAG_PIO | FLAG_MULTIPLE, ata_disk_read_write },
    { 0xc5, FLAG_PIO | FLAG_WRITE | FLAG_MULTIPLE, ata_disk_read_write },
    { 0xc6, 0, set_multiple },
    { 0xc8, 0, ata_disk_read_write },
    { 0xc9, 0, ata_disk_read_write },
    { 0xca, FLAG_WRITE, ata_disk_read_write },
    { 0xcb, FLAG_WRITE, ata_disk_read_write },
    { 0xe0, 0, ata_disk_flush },    /* STANDBY IMMEDIATE */
    { 0xe1, 0, ata_disk_end_good }, /* IDLE IMMEDIATE */
    { 0xe2, 0, ata_disk_flush },    /* STANDBY */
    { 0xe3, 0, ata_disk_end_good }, /* IDLE */
    { 0xe5, 0, check_power_mode },
    { 0xe6, 0, ata_disk_flush }, /* SLEEP */
    { 0xe7, 0, ata_disk_flush },
    { 0xea, FLAG_EXT, ata_disk_flush },
    { 0xec, 0, identify },
    { 0xef, 0, set_features },
    { 0xf8, 0, read_native_max },
};

static struct ata_disk *
disk_of (struct ata_drive *drive)
{
    return container_of (drive, struct ata_disk, drive);
}

static void
disk_command (struct ata_drive *drive, const struct ata_command *command)
{
    struct ata_disk *disk = disk_of (drive);

    disk->command = *command;
    for (unsigned i = 0; i < ARRAY_SIZE (commands); i++) {
        if (commands[i].command == command->command) {
            disk->flags = commands[i].flags;
            commands[i].run (disk);
            return;
        }
    }
    abort_command (disk);
}

static void
disk_reset (struct ata_drive *drive, enum ata_reset kind)
{
    struct ata_disk *disk = disk_of (drive);

    disk->heads = DEFAULT_HEADS;
    disk->sectors_per_track = DEFAULT_SECTORS;
    if (kind == ATA_RESET_SOFT)
        return;
    disk->multiple = MAX_MULTIPLE;
    disk->transfer_mode = ATA_DEFAULT_MODE;
    disk->write_cache = disk->look_ahead = true;
}

static void
disk_drain (struct ata_drive *drive)
{
    block_drain (disk_of (drive)->block);
}

static const struct ata_drive_ops disk_drive_ops = {
    .command = disk_command,
    .reset = disk_reset,
    .drain = disk_drain,
};

static void
disk_device_reset (struct device *device)
{
    struct ata_drive *drive = ata_drive_from_device (device);

    if (drive->host)
        drive->host->ops->stop (drive->host);
    disk_drain (drive);
    disk_reset (drive, ATA_RESET_HARD);
}

static void
disk_destroy (struct device *device)
{
    struct ata_disk *disk = disk_of (ata_drive_from_device (device));

    block_close (disk->block);
    free (disk);
}

/* There is no way to tell a guest of it: it sees the new size when it next identifies the drive. */
static void
ata_disk_resized (struct device *device)
{
    struct ata_disk *disk = container_of (device, struct ata_disk, drive.device);

    disk->n_sectors = MIN_OF (disk->block->info.size_bytes / ATA_SECTOR_BYTES, ATA_48BIT_MAX);
}

static const struct device_ops disk_device_ops = {
    .reset = disk_device_reset,
    .destroy = disk_destroy,
    .resized = ata_disk_resized,
};

static int
disk_create (const struct device_args *args, struct device **out)
{
    struct ata_disk *disk;

    if (!args->block || args->block->info.size_bytes == 0)
        return -EINVAL;
    disk = calloc (1, sizeof *disk);
    if (!disk)
        return -ENOMEM;
    device_init (&disk->drive.device, &disk_device_ops, args);
    disk->drive.device.class = &ata_disk_class;
    disk->drive.ops = &disk_drive_ops;
    disk->drive.signature = ATA_SIGNATURE_DISK;
    disk->drive.ready_status = ATA_GOOD;
    ata_config_take (&disk->config, args);
    disk->block = args->block;
    disk->n_sectors = MIN_OF (args->block->info.size_bytes / ATA_SECTOR_BYTES, ATA_48BIT_MAX);
    disk_reset (&disk->drive, ATA_RESET_HARD);
    *out = &disk->drive.device;
    return 0;
}

static const struct option disk_options[] = { ATA_OPTIONS ("Vitrine Disk") };

const struct device_class ata_disk_class = {
    .name = "ata-disk",
    .summary = "SATA disk",
    .bus = DEVICE_BUS_SATA,
    .backend = BACKEND_BLOCK,
    .options = disk_options,
    .n_options = ARRAY_SIZE (disk_options),
    .config_size = sizeof (struct ata_config),
    .create = disk_create,
};
