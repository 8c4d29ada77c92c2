/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata-disk-private.h - between the disk's commands (ata-disk.c) and transfers (ata-disk-io.c). */
#pragma once

#include "ata-disk.h"
#include "ata.h"
#include "bits.h"

#define ATA_48BIT_MAX       (BIT_ULL (48) - 1)
#define ATA_TRIM_MAX_BLOCKS 8 /* of ranges in one command */

struct ata_disk {
    struct ata_drive drive;
    struct block *block; /* owned */
    uint64_t n_sectors;
    struct ata_config config;

    /* What the guest chose; the controller's lock. */
    uint8_t multiple; /* sectors a block of READ MULTIPLE; 0: off */
    uint8_t heads, sectors_per_track;
    uint8_t transfer_mode;
    bool write_cache, look_ahead;

    /* The command that runs; the controller's lock. */
    struct ata_command command;
    uint64_t sector;  /* where the next step begins */
    uint32_t n_left;  /* sectors still to do */
    unsigned flags;   /* enum ata_disk_flags */
    unsigned trim_at; /* the next range in buffer, */
    unsigned trim_end;
    struct block_request request;
    uint8_t buffer[ATA_TRIM_MAX_BLOCKS * ATA_SECTOR_BYTES];
};

enum ata_disk_flags {
    FLAG_EXT = 1 << 0, /* 48-bit address, 16-bit count */
    FLAG_PIO = 1 << 1,
    FLAG_MULTIPLE = 1 << 2, /* PIO in blocks of disk->multiple sectors */
    FLAG_WRITE = 1 << 3,
};

/* The ways a command ends.  Each command ends exactly once. */
void ata_disk_end_good (struct ata_disk *disk);
void ata_disk_end_bad (struct ata_disk *disk, uint8_t error);
/* SECTOR is what it is about: told in the address registers. */
void ata_disk_end_at (struct ata_disk *disk, uint8_t status, uint8_t error, uint64_t sector);

/* A result that repeats what the command said. */
struct ata_result ata_disk_echo (const struct ata_disk *disk, uint8_t status, uint8_t error);

/* Commands, and what some share.  All end the command, now or later. */
void ata_disk_read_write (struct ata_disk *disk);
void ata_disk_verify (struct ata_disk *disk);
void ata_disk_seek (struct ata_disk *disk);
void ata_disk_flush (struct ata_disk *disk);
void ata_disk_trim (struct ata_disk *disk);
