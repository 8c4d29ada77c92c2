/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-cd-mmc.c - the commands of a CD and DVD-ROM drive (SPC-3, MMC-6), whether they come as SATA
 * packets or through a SCSI controller; those that tell what is on the medium are in
 * scsi-cd-medium.c.
 *
 * Each command checks its own block and ends exactly once; answers are built whole, within the
 * size of the reply buffer, and cut to the allocation length by scsi_end_reply().
 */
#include "scsi-cd-private.h"

#include <string.h>

#include "bits.h"

#define N_SECTORS_CD (80 * 60 * 75) /* more is a DVD */

#define PROFILE_CD_ROM  0x0008
#define PROFILE_DVD_ROM 0x0010

bool
scsi_cd_is_dvd (const struct scsi_cd *cd)
{
    return cd->n_sectors > N_SECTORS_CD;
}

static uint16_t
current_profile (const struct scsi_cd *cd)
{
    if (!scsi_cd_has_medium (cd))
        return 0;
    return scsi_cd_is_dvd (cd) ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

/* --- the drive ----------------------------------------------------------------------------- */

static void
start_stop_unit (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    bool load_eject = cdb[4] & 0x02;
    bool start = cdb[4] & 0x01;

    /* With a power condition the other two mean nothing. */
    if (!(cdb[4] & 0xf0) && load_eject && !scsi_cd_move_tray (cd, !start))
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_REMOVAL_PREVENTED);
    else
        scsi_end_good (request);
}

static void
prevent_allow (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);

    cd->is_locked = cdb[4] & 0x01;
    scsi_end_good (request);
}

static void
set_cd_speed (struct scsi_request *request, const uint8_t *cdb)
{
    scsi_end_good (request);
}

static void
mechanism_status (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    uint8_t *reply = scsi_begin_reply (request);

    reply[1] = cd->is_open ? 0x10 : 0;
    scsi_end_reply (request, 8, load_be16 (cdb + 8));
}

/* --- events -------------------------------------------------------------------------------- */

#define EVENT_CLASS_MEDIA 4

static void
get_event_status (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    uint8_t *reply = scsi_begin_reply (request);
    unsigned len = 4;

    if (!(cdb[1] & 0x01)) { /* only polling, no waiting for events */
        scsi_refuse_field (request);
        return;
    }
    reply[3] = BIT (EVENT_CLASS_MEDIA); /* the classes there are */
    if (cdb[4] & BIT (EVENT_CLASS_MEDIA)) {
        reply[2] = EVENT_CLASS_MEDIA;
        reply[4] = (uint8_t) cd->event;
        reply[5] = (uint8_t) ((scsi_cd_has_medium (cd) ? 0x02 : 0) | (cd->is_open ? 0x01 : 0));
        len = 8;
        if (load_be16 (cdb + 7) > 4)
            cd->event = MEDIA_NO_EVENT; /* told */
    } else {
        reply[2] = 0x80; /* no event of a class that was asked for */
    }
    store_be16 (reply, (uint16_t) (len - 2));
    scsi_end_reply (request, len, load_be16 (cdb + 7));
}

/* --- configuration ------------------------------------------------------------------------- */

enum feature_current { ALWAYS, WITH_MEDIUM, WITH_CD, WITH_DVD };

/* Features besides the profile list (MMC-6 §5.3), in order. */
static const struct {
    uint16_t code;
    uint8_t version; /* in place: bits 5-2 */
    bool persistent;
    enum feature_current current;
    uint8_t n_bytes;
    uint8_t bytes[8];
} features[] = {
    { 0x0001, 0x02 << 2, true, ALWAYS, 8, { 0, 0, 0, 7, 0x01 } }, /* core: ATAPI */
    { 0x0002, 0x01 << 2, true, ALWAYS, 4, { 0x02 } },             /* morphing: polled events */
    { 0x0003, 0x00, true, ALWAYS, 4, { 0x29 } },                  /* removable: tray, eject, lock */
    { 0x0010, 0x00, false, WITH_MEDIUM, 8, { 0, 0, 0x08, 0, 0, 1 } }, /* random reads of 2048 */
    { 0x001d, 0x00, false, WITH_CD, 0, { 0 } },                       /* multi-read */
    { 0x001e, 0x02 << 2, false, WITH_CD, 4, { 0 } },                  /* CD read */
    { 0x001f, 0x00, false, WITH_DVD, 0, { 0 } },                      /* DVD read */
    { 0x0100, 0x00, true, ALWAYS, 0, { 0 } },                         /* power management */
    { 0x0105, 0x00, true, ALWAYS, 0, { 0 } },                         /* timeouts */
};

static bool
is_current (const struct scsi_cd *cd, enum feature_current when)
{
    switch (when) {
    case ALWAYS:
        return true;
    case WITH_MEDIUM:
        return current_profile (cd) != 0;
    case WITH_CD:
        return current_profile (cd) == PROFILE_CD_ROM;
    case WITH_DVD:
        return current_profile (cd) == PROFILE_DVD_ROM;
    }
    return false;
}

/* Whether the guest asked for this one: RT 0 all from START on, 1 the current ones, 2 only START.
 */
static bool
is_asked (unsigned rt, unsigned start, unsigned code, bool current)
{
    if (rt == 2)
        return code == start;
    return code >= start && (rt == 0 || current);
}

static unsigned
put_profiles (const struct scsi_cd *cd, uint8_t *to)
{
    static const uint16_t profiles[] = { PROFILE_DVD_ROM, PROFILE_CD_ROM };

    to[2] = 0x03; /* persistent, current */
    to[3] = 4 * ARRAY_SIZE (profiles);
    for (unsigned i = 0; i < ARRAY_SIZE (profiles); i++) {
        store_be16 (to + 4 + 4 * i, profiles[i]);
        to[4 + 4 * i + 2] = profiles[i] == current_profile (cd);
    }
    return 4 + 4 * ARRAY_SIZE (profiles);
}

static void
get_configuration (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    uint8_t *reply = scsi_begin_reply (request);
    unsigned rt = cdb[1] & 0x03;
    unsigned start = load_be16 (cdb + 2);
    unsigned len = 8;

    if (rt == 3) {
        scsi_refuse_field (request);
        return;
    }
    if (is_asked (rt, start, 0, true))
        len += put_profiles (cd, reply + len);
    for (unsigned i = 0; i < ARRAY_SIZE (features); i++) {
        bool current = is_current (cd, features[i].current);

        if (!is_asked (rt, start, features[i].code, current))
            continue;
        store_be16 (reply + len, features[i].code);
        reply[len + 2] =
            (uint8_t) (features[i].version | (features[i].persistent ? 2 : 0) | current);
        reply[len + 3] = features[i].n_bytes;
        memcpy (reply + len + 4, features[i].bytes, features[i].n_bytes);
        len += 4u + features[i].n_bytes;
    }
    store_be32 (reply, len - 4);
    store_be16 (reply + 6, current_profile (cd));
    scsi_end_reply (request, len, load_be16 (cdb + 7));
}

/* --- mode pages ---------------------------------------------------------------------------- */

#define MODE_CHANGEABLE 1
#define MODE_SAVED      3
#define MODE_ALL        0x3f

/* Error recovery, CD audio, capabilities (MMC-3 §6.3.4, §6.3.7, §6.3.11): number, length, contents.
 */
static const uint8_t mode_pages[][22] = {
    { 0x01, 10, 0x00, 0x05 },
    { 0x0e, 14, 0x04, 0, 0, 0, 0, 75 },
    { 0x2a, 20, 0x3b /* reads CD-R, CD-RW, DVD … */, 0x00, 0x70 /* multisession, mode 2 */, 0x00,
      0x29 /* tray, eject, lock */, 0x00, 0x1b, 0x90 /* 40x */, 0, 0, 0x02, 0x00, 0x1b, 0x90 },
};

static unsigned
put_mode_page (const struct scsi_cd *cd, uint8_t *to, const uint8_t *page, unsigned control)
{
    unsigned len = 2u + page[1];

    memcpy (to, page, control == MODE_CHANGEABLE ? 2 : len); /* nothing is changeable */
    if (page[0] == 0x2a && control != MODE_CHANGEABLE && cd->is_locked)
        to[6] |= 0x02;
    return len;
}

/* Appends the pages that PAGE stands for at reply[HEADER]; 0 when there is none. */
static unsigned
put_mode_pages (struct scsi_cd *cd, unsigned header, unsigned page, unsigned control)
{
    unsigned len = header;

    for (unsigned i = 0; i < ARRAY_SIZE (mode_pages); i++) {
        if (page == mode_pages[i][0] || page == MODE_ALL)
            len += put_mode_page (cd, cd->unit.reply + len, mode_pages[i], control);
    }
    return len == header ? 0 : len;
}

/* For both lengths of the command: the header's size tells them apart. */
static void
mode_sense (struct scsi_request *request, const uint8_t *cdb, unsigned header, uint32_t allocation)
{
    struct scsi_cd *cd = scsi_cd_of (request);
    unsigned control = cdb[2] >> 6;
    unsigned len;

    scsi_begin_reply (request);
    len = put_mode_pages (cd, header, cdb[2] & 0x3f, control);
    if (control == MODE_SAVED) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);
        return;
    }
    if (len == 0) {
        scsi_refuse_field (request);
        return;
    }
    scsi_end_mode_sense (request, header, len, allocation);
}

static void
mode_sense_6 (struct scsi_request *request, const uint8_t *cdb)
{
    mode_sense (request, cdb, 4, cdb[4]);
}

static void
mode_sense_10 (struct scsi_request *request, const uint8_t *cdb)
{
    mode_sense (request, cdb, 8, load_be16 (cdb + 7));
}

/* --- reading ------------------------------------------------------------------------------- */

static void
read_sectors (struct scsi_request *request, uint32_t sector, uint32_t n)
{
    const struct scsi_cd *cd = scsi_cd_of (request);

    if (!range_fits (sector, n, cd->n_sectors))
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    else
        scsi_cd_read (request, sector, n);
}

static void
read_10 (struct scsi_request *request, const uint8_t *cdb)
{
    read_sectors (request, load_be32 (cdb + 2), load_be16 (cdb + 7));
}

static void
read_12 (struct scsi_request *request, const uint8_t *cdb)
{
    read_sectors (request, load_be32 (cdb + 2), load_be32 (cdb + 6));
}

/* READ CD: 2048 bytes of user data a sector, or nothing; there is no more on the image. */
static void
read_cd (struct scsi_request *request, const uint8_t *cdb)
{
    unsigned type = cdb[1] >> 2 & 7; /* 0 any, 2 mode 1, 4 mode 2 form 1 */
    unsigned parts = cdb[9] & 0xf8;
    uint32_t n = load_be32 (cdb + 5) & 0xffffff;

    if (type != 0 && type != 2 && type != 4)
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_ILLEGAL_MODE_FOR_TRACK);
    else if ((parts != 0x00 && parts != 0x10) || (cdb[9] & 0x06) || (cdb[10] & 0x07))
        scsi_refuse_field (request);
    else
        read_sectors (request, load_be32 (cdb + 2), parts ? n : 0);
}

static void
seek_10 (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_cd *cd = scsi_cd_of (request);

    if (load_be32 (cdb + 2) >= cd->n_sectors)
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
    else
        scsi_end_good (request);
}

/* --- the table ----------------------------------------------------------------------------- */

static const struct scsi_command commands[] = {
    { 0x00, SCSI_NEEDS_MEDIUM, scsi_test_unit_ready },
    { 0x03, SCSI_IGNORES_ATTENTION | SCSI_KEEPS_SENSE, scsi_request_sense },
    { 0x12, SCSI_IGNORES_ATTENTION, scsi_inquiry },
    { 0x1a, 0, mode_sense_6 },
    { 0x1b, 0, start_stop_unit },
    { 0x1e, 0, prevent_allow },
    { 0x25, SCSI_NEEDS_MEDIUM, scsi_cd_read_capacity },
    { 0x28, SCSI_NEEDS_MEDIUM, read_10 },
    { 0x2b, SCSI_NEEDS_MEDIUM, seek_10 },
    { 0x42, SCSI_NEEDS_MEDIUM, scsi_cd_read_subchannel },
    { 0x43, SCSI_NEEDS_MEDIUM, scsi_cd_read_toc },
    { 0x46, SCSI_IGNORES_ATTENTION, get_configuration },
    { 0x4a, SCSI_IGNORES_ATTENTION, get_event_status },
    { 0x51, SCSI_NEEDS_MEDIUM, scsi_cd_read_disc_information },
    { 0x52, SCSI_NEEDS_MEDIUM, scsi_cd_read_track_information },
    { 0x5a, 0, mode_sense_10 },
    { 0xa8, SCSI_NEEDS_MEDIUM, read_12 },
    { 0xad, SCSI_NEEDS_MEDIUM, scsi_cd_read_dvd_structure },
    { 0xbb, 0, set_cd_speed },
    { 0xbd, 0, mechanism_status },
    { 0xbe, SCSI_NEEDS_MEDIUM, read_cd },
};

const struct scsi_unit_class scsi_cd_unit_class = {
    .commands = commands,
    .n_commands = ARRAY_SIZE (commands),
    .why_not_ready = scsi_cd_why_not_ready,
    .reset = scsi_cd_reset,
};
