/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-disk-private.h - between a disk's reading and writing (scsi-disk.c) and what it says of itself
 * (scsi-disk-pages.c).  All under the unit's lock. */
#pragma once

#include "bits.h"
#include "scsi-disk.h"

/* Of one command: what may have to be written for real stays small. */
#define SCSI_MAX_WRITE_SAME_BLOCKS (MIB (64) / SCSI_BLOCK_BYTES)
#define SCSI_MAX_UNMAP_BLOCKS      (GIB (2) / SCSI_BLOCK_BYTES)
#define SCSI_MAX_TRANSFER_BLOCKS   0xffffu

#define SCSI_DISK_N_PAGES 3
extern const struct scsi_vpd_page scsi_disk_pages[SCSI_DISK_N_PAGES];

static inline struct scsi_disk *
scsi_disk_of (const struct scsi_request *request)
{
    return container_of (request->unit, struct scsi_disk, unit);
}

uint64_t scsi_disk_n_blocks (const struct scsi_disk *disk);

/* scsi-disk-pages.c */
void scsi_disk_read_capacity_10 (struct scsi_request *request, const uint8_t *cdb);
void scsi_disk_service_action_in (struct scsi_request *request, const uint8_t *cdb);
void scsi_disk_mode_sense_6 (struct scsi_request *request, const uint8_t *cdb);
void scsi_disk_mode_sense_10 (struct scsi_request *request, const uint8_t *cdb);
void scsi_disk_mode_select_6 (struct scsi_request *request, const uint8_t *cdb);
void scsi_disk_mode_select_10 (struct scsi_request *request, const uint8_t *cdb);
