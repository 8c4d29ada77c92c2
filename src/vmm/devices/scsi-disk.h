/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-disk.h - a disk as a SCSI unit (SBC-3). */
#pragma once

#include "scsi.h"

#define SCSI_BLOCK_BYTES 512

/* Requests run side by side, each on its own. */
struct scsi_disk {
    struct scsi_unit unit; /* its block is the disk, owned */

    /* The unit's lock. */
    bool writeback;  /* WCE: what is written may stay in the host's cache until it is flushed */
    bool is_stopped; /* by START STOP UNIT */
};

/* DISK was zeroed by the caller, who fills in unit.identity.  Takes BLOCK over. */
void scsi_disk_init (struct scsi_disk *disk, struct block *block);

/* Closes the disk; what is in flight ends first. */
void scsi_disk_fini (struct scsi_disk *disk);
