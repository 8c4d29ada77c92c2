/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-cd.h - a CD and DVD-ROM drive as a SCSI unit, on whatever bus: medium, tray, reading. */
#pragma once

#include "scsi.h"

#define CD_SECTOR_BYTES 2048

/* What GET EVENT STATUS NOTIFICATION has to tell (MMC-6 §6.6.2.4) */
enum media_event {
    MEDIA_NO_EVENT = 0,
    MEDIA_EJECT_REQUEST = 1, /* the user pressed the drive's button */
    MEDIA_NEW = 2,
    MEDIA_REMOVED = 3,
};

/* Reads go through one bounce buffer, so one at a time; others wait for their turn. */
struct scsi_cd {
    struct scsi_unit unit; /* its block is the medium, owned: NULL for none */

    /* The unit's lock, but where said. */
    uint64_t n_sectors; /* of 2048 bytes; 0: nothing to read */
    bool is_changing;   /* the medium is being replaced: no read begins */
    bool is_open;       /* the tray, with the medium in it */
    bool is_locked;     /* by the guest */
    enum media_event event;
    struct scsi_request *reader; /* the one that reads */
    struct list waiting;         /* to read */
    uint8_t *bounce;
};

/* CD was zeroed by the caller, who fills in unit.identity.  Takes MEDIUM over when it succeeds.
 * Returns 0 or -ENOMEM. */
int scsi_cd_init (struct scsi_cd *cd, struct block *medium);

/* Closes the medium; nothing else is in flight. */
void scsi_cd_fini (struct scsi_cd *cd);

/* As after power-on: the tray is closed, nothing has happened. */
void scsi_cd_power_on (struct scsi_cd *cd);

/* What follows is called on the I/O loop's thread or with it stopped, the lock not held. */

/* Waits until no read is in flight. */
void scsi_cd_drain (struct scsi_cd *cd);

/* As the button on the drive: opens the tray and takes the medium out, which is closed.  Where the
 * guest has locked the tray it is only told of the button, and the result is -EBUSY; with FORCE the
 * lock does not count. */
int scsi_cd_eject (struct scsi_cd *cd, bool force);

/* Puts MEDIUM in the place of what is in the drive, which is closed, and closes the tray; the guest
 * is told.  A read that was under way fails.  Takes MEDIUM over when it succeeds; -EBUSY as above,
 * when there is something in it. */
int scsi_cd_insert (struct scsi_cd *cd, struct block *medium, bool force);
