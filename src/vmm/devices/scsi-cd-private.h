/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-cd-private.h - between the drive (scsi-cd.c) and its commands (scsi-cd-mmc.c,
 * scsi-cd-medium.c).  All under the unit's lock. */
#pragma once

#include "bits.h"
#include "scsi-cd.h"

#define CD_BOUNCE_BYTES (64 * CD_SECTOR_BYTES)

extern const struct scsi_unit_class scsi_cd_unit_class;

static inline struct scsi_cd *
scsi_cd_of (const struct scsi_request *request)
{
    return container_of (request->unit, struct scsi_cd, unit);
}

bool scsi_cd_has_medium (const struct scsi_cd *cd);
bool scsi_cd_is_dvd (const struct scsi_cd *cd);

/* For scsi_unit_class. */
uint16_t scsi_cd_why_not_ready (const struct scsi_unit *unit);
void scsi_cd_reset (struct scsi_unit *unit);

/* Opens or closes the tray: false when the guest's software locked it. */
bool scsi_cd_move_tray (struct scsi_cd *cd, bool open);

/* Ends REQUEST with N sectors from SECTOR on, once they are read. */
void scsi_cd_read (struct scsi_request *request, uint64_t sector, uint64_t n);

/* scsi-cd-medium.c; the medium is there */
void scsi_cd_read_capacity (struct scsi_request *request, const uint8_t *cdb);
void scsi_cd_read_toc (struct scsi_request *request, const uint8_t *cdb);
void scsi_cd_read_subchannel (struct scsi_request *request, const uint8_t *cdb);
void scsi_cd_read_disc_information (struct scsi_request *request, const uint8_t *cdb);
void scsi_cd_read_track_information (struct scsi_request *request, const uint8_t *cdb);
void scsi_cd_read_dvd_structure (struct scsi_request *request, const uint8_t *cdb);
