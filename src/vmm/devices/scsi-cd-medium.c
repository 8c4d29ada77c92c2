/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-cd-medium.c - commands that tell what is on the medium: one session, one data track. */
#include "scsi-cd-private.h"

#include <string.h>

#include "bits.h"

#define FRAMES_A_SECOND  75
#define LEAD_IN_FRAMES   150 /* address 0 is at 00:02:00 */
#define LEAD_OUT         0xaa
#define DATA_TRACK       0x14 /* Q: current position; data track */
#define DVD_FIRST_SECTOR 0x030000

/* Stores the address of SECTOR in 4 bytes, as minute, second and frame or as it is.  A DVD runs out
 * of minutes: the last address there is must do. */
static void
put_address (uint8_t *to, uint64_t sector, bool msf)
{
    uint64_t frames = sector + LEAD_IN_FRAMES;

    if (!msf) {
        store_be32 (to, (uint32_t) sector);
        return;
    }
    frames = MIN_OF (frames, 99 * 60 * FRAMES_A_SECOND + 59 * FRAMES_A_SECOND + 74);
    to[0] = 0;
    to[1] = (uint8_t) (frames / FRAMES_A_SECOND / 60);
    to[2] = (uint8_t) (frames / FRAMES_A_SECOND % 60);
    to[3] = (uint8_t) (frames % FRAMES_A_SECOND);
}

void
scsi_cd_read_capacity (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    uint8_t *reply = scsi_begin_reply (request);

    store_be32 (reply, (uint32_t) (cd->n_sectors - 1));
    store_be32 (reply + 4, CD_SECTOR_BYTES);
    scsi_end_reply (request, 8, 8);
}

/* Format 0: the tracks from the one that was asked for on, then the lead-out. */
static unsigned
put_toc (const struct scsi_cd *cd, uint8_t *reply, unsigned first, bool msf)
{
    unsigned len = 4;

    if (first > 1 && first != LEAD_OUT)
        return 0;
    if (first <= 1) {
        reply[len + 1] = DATA_TRACK;
        reply[len + 2] = 1;
        put_address (reply + len + 4, 0, msf);
        len += 8;
    }
    reply[len + 1] = DATA_TRACK;
    reply[len + 2] = LEAD_OUT;
    put_address (reply + len + 4, cd->n_sectors, msf);
    return len + 8;
}

/* Format 1: where the last session's first track begins. */
static unsigned
put_sessions (uint8_t *reply, bool msf)
{
    reply[5] = DATA_TRACK;
    reply[6] = 1;
    put_address (reply + 8, 0, msf);
    return 12;
}

/* Format 2: the Q channel of the lead-in: first track, last track, lead-out, track 1. */
static unsigned
put_full_toc (const struct scsi_cd *cd, uint8_t *reply)
{
    static const uint8_t points[] = { 0xa0, 0xa1, 0xa2, 1 };
    unsigned len = 4;

    for (unsigned i = 0; i < ARRAY_SIZE (points); i++) {
        uint8_t *entry = reply + len;

        entry[0] = 1; /* session */
        entry[1] = DATA_TRACK;
        entry[3] = points[i];
        if (points[i] == 0xa0 || points[i] == 0xa1)
            entry[8] = 1; /* track number */
        else
            put_address (entry + 7, points[i] == 1 ? 0 : cd->n_sectors, true);
        len += 11;
    }
    return len;
}

void
scsi_cd_read_toc (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    uint8_t *reply = scsi_begin_reply (request);
    unsigned format = cdb[2] & 0x0f ? cdb[2] & 0x0f : cdb[9] >> 6; /* older place */
    bool msf = cdb[1] & 0x02;
    unsigned len = 0;

    if (format == 0)
        len = put_toc (cd, reply, cdb[6], msf);
    else if (format == 1)
        len = put_sessions (reply, msf);
    else if (format == 2)
        len = put_full_toc (cd, reply);
    if (len == 0) {
        scsi_refuse_field (request);
        return;
    }
    store_be16 (reply, (uint16_t) (len - 2));
    reply[2] = reply[3] = 1; /* first and last track or session */
    scsi_end_reply (request, len, load_be16 (cdb + 7));
}

void
scsi_cd_read_subchannel (struct scsi_request *request, const uint8_t *cdb)
{
    uint8_t *reply = scsi_begin_reply (request);
    bool sub_q = cdb[2] & 0x40;
    unsigned format = cdb[3];
    unsigned len = 4;

    if (sub_q && (format < 1 || format > 3)) {
        scsi_refuse_field (request);
        return;
    }
    reply[1] = 0x15; /* no audio to tell of */
    if (sub_q) {
        reply[4] = (uint8_t) format;
        len = format == 1 ? 16 : 24; /* a catalogue number and ISRC there are not: valid bits 0 */
        if (format == 1) {
            reply[5] = DATA_TRACK;
            reply[6] = reply[7] = 1; /* track, index */
            put_address (reply + 8, 0, cdb[1] & 0x02);
        }
    }
    store_be16 (reply + 2, (uint16_t) (len - 4));
    scsi_end_reply (request, len, load_be16 (cdb + 7));
}

void
scsi_cd_read_disc_information (struct scsi_request *request, const uint8_t *cdb)
{
    uint8_t *reply = scsi_begin_reply (request);

    if (cdb[1] & 0x07) {
        scsi_refuse_field (request);
        return;
    }
    store_be16 (reply, 32);
    reply[2] = 0x0e;                               /* session complete, disc finalised */
    reply[3] = reply[4] = reply[5] = reply[6] = 1; /* tracks and sessions */
    reply[7] = 0x20;                               /* unrestricted use */
    memset (reply + 16, 0xff, 8);                  /* no further session can begin */
    scsi_end_reply (request, 34, load_be16 (cdb + 7));
}

void
scsi_cd_read_track_information (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    uint8_t *reply = scsi_begin_reply (request);
    unsigned type = cdb[1] & 0x03; /* 0 an address, 1 a track, 2 a session */
    uint32_t which = load_be32 (cdb + 2);

    if (type == 3 || (type == 0 && which >= cd->n_sectors) || (type != 0 && which != 1)) {
        scsi_refuse_field (request);
        return;
    }
    store_be16 (reply, 34);
    reply[2] = reply[3] = 1; /* track, session */
    reply[5] = 0x04;         /* data, uninterrupted */
    reply[6] = 0x01;         /* mode 1 */
    store_be32 (reply + 24, (uint32_t) cd->n_sectors);
    scsi_end_reply (request, 36, load_be16 (cdb + 8));
}

/* Physical format (MMC-6 §6.22.3.2.1): one layer, DVD-ROM. */
static void
put_dvd_layer (const struct scsi_cd *cd, uint8_t *to)
{
    to[0] = 0x01; /* DVD-ROM, version 1 */
    to[1] = 0x0f; /* 12 cm, rate not said */
    to[2] = 0x01; /* one layer, embossed */
    store_be32 (to + 4, DVD_FIRST_SECTOR);
    store_be32 (to + 8, (uint32_t) (DVD_FIRST_SECTOR + cd->n_sectors - 1) & 0xffffff);
}

void
scsi_cd_read_dvd_structure (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    static const struct {
        uint8_t format;
        uint16_t len;
    } formats[] = { { 0x00, 2052 }, { 0x01, 8 }, { 0x04, 2052 } };
    uint8_t *reply = scsi_begin_reply (request);
    unsigned format = cdb[7];
    unsigned len = 0;

    if (!scsi_cd_is_dvd (cd)) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_INCOMPATIBLE_MEDIUM);
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE (formats); i++) {
        if (formats[i].format == format)
            len = formats[i].len;
    }
    if (len == 0 || (cdb[1] & 0x0f) || (format == 0 && cdb[6] != 0)) {
        scsi_refuse_field (request); /* also: not of a DVD, a second layer */
        return;
    }
    if (format == 0)
        put_dvd_layer (cd, reply + 4);
    store_be16 (reply, (uint16_t) (len - 2));
    scsi_end_reply (request, len, load_be16 (cdb + 8));
}
