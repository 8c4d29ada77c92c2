/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-disk-pages.c - what a SCSI disk says of itself: capacity, mode pages, vital product data. */
#include "scsi-disk-private.h"

#include <string.h>

#define PHYSICAL_EXP    3 /* physical blocks of 4 KiB */
#define NOT_ROTATING    1
#define READ_CAPACITY16 0x10 /* service action */

/* --- capacity (SBC-3 §5.15, §5.16) ----------------------------------------------------------- */

void
scsi_disk_read_capacity_10 (struct scsi_request *request, const uint8_t *cdb)
{
    uint64_t last = scsi_disk_n_blocks (scsi_disk_of (request)) - 1;
    uint8_t *reply = scsi_begin_reply (request);

    store_be32 (reply, (uint32_t) MIN_OF (last, UINT32_MAX));
    store_be32 (reply + 4, SCSI_BLOCK_BYTES);
    scsi_end_reply (request, 8, 8);
}

void
scsi_disk_service_action_in (struct scsi_request *request, const uint8_t *cdb)
{
    const struct scsi_disk *disk = scsi_disk_of (request);
    const struct block_info *info = &disk->unit.block->info;
    uint8_t *reply = scsi_begin_reply (request);

    if ((cdb[1] & 0x1f) != READ_CAPACITY16) {
        scsi_refuse_field (request);
        return;
    }
    store_be64 (reply, scsi_disk_n_blocks (disk) - 1);
    store_be32 (reply + 8, SCSI_BLOCK_BYTES);
    reply[13] = PHYSICAL_EXP;
    if (info->can_discard)
        reply[14] = (uint8_t) (0x80 | (info->discard_zeroes ? 0x40 : 0)); /* LBPME, LBPRZ */
    scsi_end_reply (request, 32, load_be32 (cdb + 10));
}

/* --- vital product data (SBC-3 §6.6) --------------------------------------------------------- */

static void
put_block_limits (const struct scsi_unit *unit, uint8_t *page)
{
    const struct block_info *info = &unit->block->info;

    page[0] = 0x01;                           /* WRITE SAME with a count only */
    store_be16 (page + 2, 1 << PHYSICAL_EXP); /* optimal granularity */
    store_be32 (page + 4, SCSI_MAX_TRANSFER_BLOCKS);
    if (info->can_discard && !info->read_only) {
        store_be32 (page + 16, SCSI_MAX_UNMAP_BLOCKS);
        store_be32 (page + 20, SCSI_UNMAP_RANGES);
        store_be32 (page + 24, 1 << PHYSICAL_EXP); /* what can be given back */
    }
    store_be64 (page + 32, SCSI_MAX_WRITE_SAME_BLOCKS);
}

static void
put_characteristics (const struct scsi_unit *unit, uint8_t *page)
{
    store_be16 (page, NOT_ROTATING);
}

static void
put_provisioning (const struct scsi_unit *unit, uint8_t *page)
{
    const struct block_info *info = &unit->block->info;

    if (!info->can_discard || info->read_only)
        return;
    page[1] = (uint8_t) (0xe0 | (info->discard_zeroes ? 0x04 : 0)); /* UNMAP, WRITE SAME 16, 10 */
    page[2] = 0x02;                                                 /* thin */
}

const struct scsi_vpd_page scsi_disk_pages[SCSI_DISK_N_PAGES] = {
    { 0xb0, 60, put_block_limits },
    { 0xb1, 60, put_characteristics },
    { 0xb2, 4, put_provisioning },
};

/* --- mode pages (SPC-4 §7.5, SBC-3 §6.5) ----------------------------------------------------- */

#define MODE_CHANGEABLE 1
#define MODE_DEFAULT    2
#define MODE_SAVED      3
#define MODE_ALL        0x3f
#define PAGE_CACHING    0x08
#define WCE             0x04 /* in byte 2 of the caching page */
#define DPO_FUA         0x10
#define READ_ONLY       0x80
#define DESCRIPTOR      8

/* Error recovery, caching, control: number, length, contents. */
static const uint8_t mode_pages[][20] = {
    { 0x01, 10, 0x80 },
    { PAGE_CACHING, 18 },
    { 0x0a, 10, 0x00, 0x10 /* unrestricted reordering */ },
};

static unsigned
put_mode_page (const struct scsi_disk *disk, uint8_t *to, const uint8_t *page, unsigned control)
{
    unsigned len = 2u + page[1];

    memcpy (to, page, control == MODE_CHANGEABLE ? 2 : len);
    if (page[0] != PAGE_CACHING)
        return len;
    if (control == MODE_CHANGEABLE)
        to[2] = disk->unit.is_write_protected ? 0 : WCE;
    else if (disk->writeback || control == MODE_DEFAULT)
        to[2] = WCE;
    return len;
}

/* One block descriptor; a disk too large for it says so. */
static unsigned
put_descriptor (const struct scsi_disk *disk, uint8_t *to)
{
    store_be32 (to, (uint32_t) MIN_OF (scsi_disk_n_blocks (disk), UINT32_MAX));
    store_be32 (to + 4, SCSI_BLOCK_BYTES);
    return DESCRIPTOR;
}

static void
mode_sense (struct scsi_request *request, const uint8_t *cdb, unsigned header, uint32_t allocation)
{
    const struct scsi_disk *disk = scsi_disk_of (request);
    uint8_t *reply = scsi_begin_reply (request);
    unsigned control = cdb[2] >> 6;
    unsigned page = cdb[2] & 0x3f;
    unsigned len = header;
    bool found = page == MODE_ALL;

    if (control == MODE_SAVED) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);
        return;
    }
    reply[header == 4 ? 2 : 3] =
        (uint8_t) (DPO_FUA | (disk->unit.is_write_protected ? READ_ONLY : 0));
    if (!(cdb[1] & 0x08)) { /* DBD */
        reply[header - 1] = DESCRIPTOR;
        len += put_descriptor (disk, reply + len);
    }
    for (unsigned i = 0; i < ARRAY_SIZE (mode_pages); i++) {
        if (page != mode_pages[i][0] && page != MODE_ALL)
            continue;
        found = true;
        len += put_mode_page (disk, reply + len, mode_pages[i], control);
    }
    if (!found || (cdb[3] != 0 && cdb[3] != 0xff)) /* there are no subpages */
        scsi_refuse_field (request);
    else
        scsi_end_mode_sense (request, header, len, allocation);
}

void
scsi_disk_mode_sense_6 (struct scsi_request *request, const uint8_t *cdb)
{
    mode_sense (request, cdb, 4, cdb[4]);
}

void
scsi_disk_mode_sense_10 (struct scsi_request *request, const uint8_t *cdb)
{
    mode_sense (request, cdb, 8, load_be16 (cdb + 7));
}

/* Whether PAGE, whole, asks for nothing but what can be chosen; *WRITEBACK follows it. */
static bool
accept_page (const struct scsi_disk *disk, const uint8_t *page, bool *writeback)
{
    uint8_t now[sizeof mode_pages[0]], mask[sizeof mode_pages[0]];

    for (unsigned i = 0; i < ARRAY_SIZE (mode_pages); i++) {
        unsigned len = 2u + mode_pages[i][1];

        if ((page[0] & 0x7f) != mode_pages[i][0] || page[1] != mode_pages[i][1])
            continue;
        memset (mask, 0, sizeof mask);
        put_mode_page (disk, now, mode_pages[i], 0);
        put_mode_page (disk, mask, mode_pages[i], MODE_CHANGEABLE);
        for (unsigned k = 2; k < len; k++) {
            if ((page[k] ^ now[k]) & ~mask[k])
                return false;
        }
        if (mode_pages[i][0] == PAGE_CACHING)
            *writeback = page[2] & WCE;
        return true;
    }
    return false;
}

/* LIST, LEN bytes with a header of HEADER bytes, was copied from the initiator. */
static void
mode_select (struct scsi_request *request, const uint8_t *list, unsigned len, unsigned header)
{
    struct scsi_disk *disk = scsi_disk_of (request);
    unsigned descriptors = header == 4 ? list[3] : load_be16 (list + 6);
    unsigned at = header + descriptors;
    bool writeback = disk->writeback;

    if (descriptors > DESCRIPTOR || at > len
        || (descriptors == DESCRIPTOR
            && (load_be32 (list + header + 4) & 0xffffff) != SCSI_BLOCK_BYTES)) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_INVALID_PARAMETER);
        return;
    }
    while (at < len) {
        if (len - at < 2 || len - at < 2u + list[at + 1]) {
            scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LIST_LENGTH);
            return;
        }
        if (!accept_page (disk, list + at, &writeback)) {
            scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_INVALID_PARAMETER);
            return;
        }
        at += 2u + list[at + 1];
    }
    disk->writeback = writeback;
    scsi_end_good (request);
}

static void
fetch_and_select (struct scsi_request *request, const uint8_t *cdb, unsigned len, unsigned header)
{
    uint8_t list[256];

    if (cdb[1] & 0x01) { /* save them: nothing can be */
        scsi_refuse_field (request);
        return;
    }
    if (len == 0) {
        scsi_end_good (request);
        return;
    }
    if (len < header || len > sizeof list)
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LIST_LENGTH);
    else if (scsi_fetch (request, list, len))
        mode_select (request, list, len, header);
}

void
scsi_disk_mode_select_6 (struct scsi_request *request, const uint8_t *cdb)
{
    fetch_and_select (request, cdb, cdb[4], 4);
}

void
scsi_disk_mode_select_10 (struct scsi_request *request, const uint8_t *cdb)
{
    fetch_and_select (request, cdb, load_be16 (cdb + 7), 8);
}
