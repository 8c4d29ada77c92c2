/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi.h - SCSI commands: between what carries them (virtio-scsi, a SATA port's packets) and the
 * logical unit that runs them (SAM-5, SPC-4).
 *
 * A carrier fills in a struct scsi_request (unit, carrier, cdb) and hands it to scsi_start().  The
 * unit moves data through the carrier's ops and ends the request exactly once, now or later, by
 * carrier->complete().  The unit never sees a guest address.
 *
 * Everything here runs under the unit's lock, which is the carrier's.  Completions of the unit's
 * block come on the I/O loop's thread and take it.
 *
 * Cancelling: a carrier that no longer wants a request says so by is_cancelled() and waits for its
 * end.  From then on the unit moves no data for it.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "block.h"
#include "list.h"

#define SCSI_CDB_BYTES   32
#define SCSI_SENSE_BYTES 18   /* fixed format (SPC-4 §4.5.3) */
#define SCSI_REPLY_BYTES 2052 /* the longest answer built here: a DVD structure */

/* UNMAP's descriptors (SBC-3 §5.28): u64 first block, u32 blocks, u32 reserved. */
#define SCSI_UNMAP_RANGES      16
#define SCSI_UNMAP_RANGE_BYTES 16

/* Status (SAM-5 §5.3.1) */
#define SCSI_GOOD            0x00
#define SCSI_CHECK_CONDITION 0x02

/* Sense keys (SPC-4 §4.5.6) */
#define SENSE_NONE            0x0
#define SENSE_NOT_READY       0x2
#define SENSE_MEDIUM_ERROR    0x3
#define SENSE_HARDWARE_ERROR  0x4
#define SENSE_ILLEGAL_REQUEST 0x5
#define SENSE_UNIT_ATTENTION  0x6
#define SENSE_DATA_PROTECT    0x7
#define SENSE_MISCOMPARE      0xe

/* Additional sense code and qualifier */
#define ASC_NONE                   0x0000
#define ASC_BECOMING_READY         0x0401
#define ASC_NEEDS_START            0x0402
#define ASC_WRITE_ERROR            0x0c00
#define ASC_READ_ERROR             0x1100
#define ASC_PARAMETER_LIST_LENGTH  0x1a00
#define ASC_MISCOMPARE             0x1d00
#define ASC_INVALID_COMMAND        0x2000
#define ASC_LBA_OUT_OF_RANGE       0x2100
#define ASC_INVALID_FIELD          0x2400
#define ASC_NO_SUCH_UNIT           0x2500
#define ASC_INVALID_PARAMETER      0x2600
#define ASC_SPACE_EXHAUSTED        0x2707
#define ASC_WRITE_PROTECTED        0x2700
#define ASC_MEDIUM_CHANGED         0x2800
#define ASC_POWER_ON               0x2900
#define ASC_UNIT_RESET             0x2903
#define ASC_MODE_CHANGED           0x2a01
#define ASC_CAPACITY_CHANGED       0x2a09
#define ASC_INCOMPATIBLE_MEDIUM    0x3002
#define ASC_SAVING_NOT_SUPPORTED   0x3900
#define ASC_NO_MEDIUM_TRAY_CLOSED  0x3a01
#define ASC_NO_MEDIUM_TRAY_OPEN    0x3a02
#define ASC_INQUIRY_CHANGED        0x3f03
#define ASC_LUNS_CHANGED           0x3f0e
#define ASC_TARGET_FAILURE         0x4400
#define ASC_REMOVAL_PREVENTED      0x5302
#define ASC_ILLEGAL_MODE_FOR_TRACK 0x6400

struct scsi_request;
struct scsi_unit;

struct scsi_carrier_ops {
    /* Copies LEN bytes to the initiator, behind what was sent before.  Returns how many there was
     * room for, or -EFAULT when its buffer is none. */
    int64_t (*send) (struct scsi_request *request, const void *buf, uint64_t len);
    /* Copies LEN bytes from the initiator, from its buffer's begin on; returns as send().  NULL:
     * this carrier's commands bring no data. */
    int64_t (*fetch) (struct scsi_request *request, void *buf, uint64_t len);
    /* The first LEN bytes of the buffer TO or from the initiator, as at most BLOCK_MAX_IOV pieces of
     * host memory.  Returns their number, 0 when the buffer is shorter.  NULL: see fetch(). */
    unsigned (*map) (struct scsi_request *request, bool to_initiator, uint64_t len,
                     struct iovec *iov);
    /* Whether nobody listens to REQUEST any more. */
    bool (*is_cancelled) (const struct scsi_request *request);
    /* REQUEST is at its end: status, sense and the flags say how.  It is the carrier's again. */
    void (*complete) (struct scsi_request *request);
};

struct scsi_request {
    /* The carrier's, before scsi_start(). */
    const struct scsi_carrier_ops *carrier;
    struct scsi_unit *unit;
    uint8_t cdb[SCSI_CDB_BYTES];

    /* How it ended. */
    uint8_t status;
    uint8_t sense_key;
    uint16_t sense;
    bool is_unreachable; /* the initiator's buffer is none */
    bool is_short;       /* it has less room than the command needs */
    uint64_t moved;      /* bytes of data, in whichever direction */

    /* The unit's, while it runs. */
    struct list node;    /* unit->requests */
    struct list waiting; /* for its turn; linked when it did not begin yet */
    uint64_t lba;        /* where the next step begins */
    uint64_t n_left;     /* blocks still to do */
    bool flush_after;
    unsigned n_ranges; /* UNMAP's that are still to do */
    uint8_t ranges[SCSI_UNMAP_RANGES * SCSI_UNMAP_RANGE_BYTES];
    struct block_request block;
};

/* What a command asks for before it runs. */
enum scsi_command_flags {
    SCSI_NEEDS_MEDIUM = 1 << 0,
    SCSI_IGNORES_ATTENTION = 1 << 1, /* runs, and leaves it for the next command */
    SCSI_KEEPS_SENSE = 1 << 2,
    SCSI_WRITES = 1 << 3, /* refused when the medium is read-only */
};

struct scsi_command {
    uint8_t opcode;
    unsigned flags; /* SCSI_… */
    void (*run) (struct scsi_request *request, const uint8_t *cdb);
};

struct scsi_vpd_page {
    uint8_t code;
    uint8_t n_bytes; /* behind the header of four */
    void (*put) (const struct scsi_unit *unit, uint8_t *page);
};

/* A kind of unit, constant. */
struct scsi_unit_class {
    const struct scsi_command *commands;
    size_t n_commands;
    uint16_t unknown; /* ASC_… for other commands; 0: ASC_INVALID_COMMAND */
    /* Optional: VPD pages of its own, in order, filled in behind the header. */
    const struct scsi_vpd_page *pages;
    size_t n_pages;
    /* Why the medium cannot be used (an ASC_…), 0 when it can. */
    uint16_t (*why_not_ready) (const struct scsi_unit *unit);
    /* Back to the state after power-on, but for what the medium's tray does; no request runs. */
    void (*reset) (struct scsi_unit *unit);
};

/* What a unit says of itself (SPC-4 §6.6). */
struct scsi_identity {
    uint8_t type; /* of device: 0 a disk, 5 a CD drive */
    bool is_removable;
    bool has_vpd;        /* vital product data; a SATA drive has none */
    const char *product; /* up to 16 characters */
    const char *serial;  /* never NULL */
    uint64_t wwn;        /* NAA name; 0: none */
};

#define SCSI_TYPE_DISK 0x00
#define SCSI_TYPE_CD   0x05

struct scsi_unit {
    const struct scsi_unit_class *class;
    pthread_mutex_t *lock; /* the carrier's; NULL while there is none: nothing runs then */
    struct scsi_identity identity;

    /* The lock. */
    struct block *block; /* what it reads and writes; NULL: nothing.  The owner's */
    bool is_write_protected;
    uint8_t sense_key; /* of the last command, for REQUEST SENSE; only carriers without autosense */
    uint16_t sense;    /* put it here */
    uint16_t attention;   /* the next command ends with it; 0: nothing to tell */
    struct list requests; /* that run */
    uint8_t reply[SCSI_REPLY_BYTES];
};

void scsi_unit_init (struct scsi_unit *unit, const struct scsi_unit_class *class);

/* Resets UNIT; ATTENTION is what the next command is told. */
void scsi_unit_reset (struct scsi_unit *unit, uint16_t attention);

/* Starts REQUEST. */
void scsi_start (struct scsi_request *request);

/* Ends REQUEST, which runs, if it did not really begin yet. */
void scsi_withdraw (struct scsi_request *request);

/* Builds the fixed-format sense of REQUEST. */
void scsi_put_sense (const struct scsi_request *request, uint8_t sense[SCSI_SENSE_BYTES]);

/* --- for units ------------------------------------------------------------------------------- */

/* The ways a request ends. */
void scsi_end_good (struct scsi_request *request);
void scsi_end_check (struct scsi_request *request, uint8_t key, uint16_t sense);
void scsi_refuse_field (struct scsi_request *request); /* the command asks for what there is not */

/* With nothing said, because nobody listens: it was cancelled, or the buffer is none or too short. */
void scsi_end_silently (struct scsi_request *request);

/* The unit's reply buffer, all zeros; good until the command ends, which happens before another
 * begins. */
uint8_t *scsi_begin_reply (struct scsi_request *request);

/* Ends with the first LEN bytes of the reply, or as many as the command's ALLOCATION allows. */
void scsi_end_reply (struct scsi_request *request, uint32_t len, uint32_t allocation);

/* Sends LEN bytes at BUF; false when the command cannot go on, and was ended. */
bool scsi_send (struct scsi_request *request, const void *buf, uint64_t len);

/* Fetches exactly LEN bytes; false as above. */
bool scsi_fetch (struct scsi_request *request, void *buf, uint64_t len);

/* Commands all units share. */
void scsi_test_unit_ready (struct scsi_request *request, const uint8_t *cdb);
void scsi_request_sense (struct scsi_request *request, const uint8_t *cdb);
void scsi_inquiry (struct scsi_request *request, const uint8_t *cdb);

/* Ends a mode sense of either length: LEN bytes are in the reply, HEADER (4 or 8) of them the
 * header, whose length field is filled in here. */
void scsi_end_mode_sense (struct scsi_request *request, unsigned header, unsigned len,
                          uint32_t allocation);

/* Fills N_BYTES at TO with TEXT, padded with blanks. */
void scsi_put_string (uint8_t *to, unsigned n_bytes, const char *text);
