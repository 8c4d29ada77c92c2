/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi-private.h - between the drive (atapi.c) and its packet commands (atapi-mmc.c). */
#pragma once

#include "ata.h"
#include "atapi.h"

#define CD_SECTOR_BYTES    2048
#define ATAPI_REPLY_BYTES  2052 /* the longest answer: a DVD structure */
#define ATAPI_BOUNCE_BYTES (64 * CD_SECTOR_BYTES)

/* Sense keys (SPC-3 §4.5.6) */
#define SENSE_NONE            0x0
#define SENSE_NOT_READY       0x2
#define SENSE_MEDIUM_ERROR    0x3
#define SENSE_ILLEGAL_REQUEST 0x5
#define SENSE_UNIT_ATTENTION  0x6

/* Additional sense code and qualifier */
#define ASC_NONE                   0x0000
#define ASC_BECOMING_READY         0x0401
#define ASC_READ_ERROR             0x1100
#define ASC_INVALID_COMMAND        0x2000
#define ASC_LBA_OUT_OF_RANGE       0x2100
#define ASC_INVALID_FIELD          0x2400
#define ASC_MEDIUM_CHANGED         0x2800
#define ASC_POWER_ON               0x2900
#define ASC_INCOMPATIBLE_MEDIUM    0x3002
#define ASC_SAVING_NOT_SUPPORTED   0x3900
#define ASC_NO_MEDIUM_TRAY_CLOSED  0x3a01
#define ASC_NO_MEDIUM_TRAY_OPEN    0x3a02
#define ASC_REMOVAL_PREVENTED      0x5302
#define ASC_ILLEGAL_MODE_FOR_TRACK 0x6400

/* What GET EVENT STATUS NOTIFICATION has to tell (MMC-6 §6.6.2.4) */
enum media_event { MEDIA_NO_EVENT = 0, MEDIA_NEW = 2, MEDIA_REMOVED = 3 };

struct atapi {
    struct ata_drive drive;
    struct ata_config config;

    /* The controller's lock, but where said. */
    struct block
        *medium;        /* NULL: none; owned.  Replaced only while is_changing keeps readers out */
    uint64_t n_sectors; /* of 2048 bytes; 0: nothing to read */
    bool is_changing;
    bool is_open; /* the tray, with the medium in it */
    bool is_locked;
    enum media_event event;
    uint8_t sense_key;
    uint16_t sense;     /* of the last command */
    uint16_t attention; /* the next one ends with it; 0: nothing to tell */
    uint8_t transfer_mode;

    /* The command that runs */
    struct ata_command command;
    uint64_t sector; /* where the next step begins */
    uint64_t n_left; /* sectors still to do */
    uint64_t sent;   /* bytes */
    struct block_request request;
    uint8_t *bounce; /* ATAPI_BOUNCE_BYTES */
    uint8_t reply[ATAPI_REPLY_BYTES];
};

/* Runs the packet command in atapi->command.cdb. */
void atapi_run_packet (struct atapi *atapi);

/* The ways a packet command ends, in atapi.c. */
void atapi_end_good (struct atapi *atapi);
void atapi_end_check (struct atapi *atapi, uint8_t key, uint16_t sense);
/* With the first LEN bytes of reply, or as many as the command's ALLOCATION allows. */
void atapi_end_reply (struct atapi *atapi, uint32_t len, uint32_t allocation);
/* With N sectors from SECTOR on, once they are read. */
void atapi_read (struct atapi *atapi, uint64_t sector, uint64_t n);

bool atapi_has_medium (const struct atapi *atapi);

/* Why there is none. */
uint16_t atapi_no_medium_sense (const struct atapi *atapi);

/* Opens or closes the tray: false when the guest's software or nobody could. */
bool atapi_move_tray (struct atapi *atapi, bool open);

/* Between the packet commands. */
uint8_t *atapi_begin_reply (struct atapi *atapi); /* reply, all zeros */
void atapi_refuse_field (struct atapi *atapi);    /* the packet asks for something there is not */
bool atapi_is_dvd (const struct atapi *atapi);

/* atapi-medium.c; the medium is there */
void atapi_read_capacity (struct atapi *atapi, const uint8_t *cdb);
void atapi_read_toc (struct atapi *atapi, const uint8_t *cdb);
void atapi_read_subchannel (struct atapi *atapi, const uint8_t *cdb);
void atapi_read_disc_information (struct atapi *atapi, const uint8_t *cdb);
void atapi_read_track_information (struct atapi *atapi, const uint8_t *cdb);
void atapi_read_dvd_structure (struct atapi *atapi, const uint8_t *cdb);
