/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-inquiry.c - what a SCSI unit says of itself: INQUIRY and vital product data (SPC-4 §6.6,
 * §7.8). */
#include "scsi.h"

#include <string.h>

#include "bits.h"

#define VENDOR         "VITRINE"
#define VPD_HEADER     4
#define MAX_SERIAL     36
#define VPD_SUPPORTED  0x00
#define VPD_SERIAL     0x80
#define VPD_IDENTIFIER 0x83

static void
standard_inquiry (struct scsi_request *request, const uint8_t *cdb)
{
    const struct scsi_identity *identity = &request->unit->identity;
    uint8_t *reply = scsi_begin_reply (request);

    if (cdb[2] != 0) {
        scsi_refuse_field (request);
        return;
    }
    reply[0] = identity->type;
    reply[1] = identity->is_removable ? 0x80 : 0;
    reply[2] = 0x05; /* SPC-3 */
    reply[3] = 0x02;
    reply[4] = 31;                           /* bytes that follow */
    reply[7] = identity->has_vpd ? 0x02 : 0; /* takes more than one command at a time */
    scsi_put_string (reply + 8, 8, VENDOR);
    scsi_put_string (reply + 16, 16, identity->product);
    scsi_put_string (reply + 32, 4, "1.0");
    scsi_end_reply (request, 36, load_be16 (cdb + 3));
}

static unsigned
put_supported_pages (const struct scsi_unit *unit, uint8_t *to)
{
    unsigned n = 0;

    to[n++] = VPD_SUPPORTED;
    to[n++] = VPD_SERIAL;
    to[n++] = VPD_IDENTIFIER;
    for (size_t i = 0; i < unit->class->n_pages; i++)
        to[n++] = unit->class->pages[i].code;
    return n;
}

static unsigned
put_serial (const struct scsi_unit *unit, uint8_t *to)
{
    unsigned n = (unsigned) strnlen (unit->identity.serial, MAX_SERIAL);

    memcpy (to, unit->identity.serial, n);
    return n;
}

/* A name by vendor and serial number; an NAA name where there is one (§7.8.6). */
static unsigned
put_identifiers (const struct scsi_unit *unit, uint8_t *to)
{
    unsigned n = 8 + put_serial (unit, to + 4 + 8);

    to[0] = 0x02; /* ASCII */
    to[1] = 0x01; /* of the unit; vendor's */
    to[3] = (uint8_t) n;
    scsi_put_string (to + 4, 8, VENDOR);
    n += 4;
    if (unit->identity.wwn) {
        to[n] = 0x01;     /* binary */
        to[n + 1] = 0x03; /* of the unit; NAA */
        to[n + 3] = 8;
        store_be64 (to + n + 4, unit->identity.wwn);
        n += 12;
    }
    return n;
}

/* Fills page CODE behind its header; false when there is no such page. */
static bool
put_page (const struct scsi_unit *unit, uint8_t code, uint8_t *to, unsigned *len)
{
    switch (code) {
    case VPD_SUPPORTED:
        *len = put_supported_pages (unit, to);
        return true;
    case VPD_SERIAL:
        *len = put_serial (unit, to);
        return true;
    case VPD_IDENTIFIER:
        *len = put_identifiers (unit, to);
        return true;
    default:
        break;
    }
    for (size_t i = 0; i < unit->class->n_pages; i++) {
        const struct scsi_vpd_page *page = &unit->class->pages[i];

        if (page->code == code) {
            page->put (unit, to);
            *len = page->n_bytes;
            return true;
        }
    }
    return false;
}

void
scsi_inquiry (struct scsi_request *request, const uint8_t *cdb)
{
    const struct scsi_unit *unit = request->unit;
    uint8_t *reply;
    unsigned len;

    if (!(cdb[1] & 0x03)) {
        standard_inquiry (request, cdb);
        return;
    }
    reply = scsi_begin_reply (request);
    if ((cdb[1] & 0x02) || !unit->identity.has_vpd
        || !put_page (unit, cdb[2], reply + VPD_HEADER, &len)) {
        scsi_refuse_field (request);
        return;
    }
    reply[0] = unit->identity.type;
    reply[1] = cdb[2];
    store_be16 (reply + 2, (uint16_t) len);
    scsi_end_reply (request, VPD_HEADER + len, load_be16 (cdb + 3));
}
