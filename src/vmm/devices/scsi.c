/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi.c - what all SCSI units share: which command runs when, how it ends, sense.
 *
 * Every command ends exactly once through end(), which takes it off the unit's list before its
 * carrier hears of it: the carrier may start the next one, or reset the unit, from within.
 */
#include "scsi.h"

#include <string.h>

#include "bits.h"

void
scsi_unit_init (struct scsi_unit *unit, const struct scsi_unit_class *class)
{
    unit->class = class;
    list_init (&unit->requests);
    unit->attention = ASC_POWER_ON;
}

void
scsi_unit_reset (struct scsi_unit *unit, uint16_t attention)
{
    unit->sense_key = SENSE_NONE;
    unit->sense = ASC_NONE;
    unit->attention = attention;
    if (unit->class->reset)
        unit->class->reset (unit);
}

/* --- ending ---------------------------------------------------------------------------------- */

static void
end (struct scsi_request *request, uint8_t status, uint8_t key, uint16_t sense)
{
    request->status = status;
    request->sense_key = key;
    request->sense = sense;
    list_remove (&request->node);
    request->carrier->complete (request);
}

void
scsi_end_good (struct scsi_request *request)
{
    end (request, SCSI_GOOD, SENSE_NONE, ASC_NONE);
}

void
scsi_end_check (struct scsi_request *request, uint8_t key, uint16_t sense)
{
    end (request, SCSI_CHECK_CONDITION, key, sense);
}

void
scsi_refuse_field (struct scsi_request *request)
{
    scsi_end_check (request, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

void
scsi_end_silently (struct scsi_request *request)
{
    scsi_end_good (request);
}

void
scsi_withdraw (struct scsi_request *request)
{
    if (list_is_empty (&request->waiting))
        return;
    list_remove (&request->waiting);
    scsi_end_silently (request);
}

void
scsi_put_sense (const struct scsi_request *request, uint8_t sense[SCSI_SENSE_BYTES])
{
    memset (sense, 0, SCSI_SENSE_BYTES);
    sense[0] = 0x70; /* current, fixed format */
    sense[2] = request->sense_key;
    sense[7] = SCSI_SENSE_BYTES - 8; /* bytes that follow */
    store_be16 (sense + 12, request->sense);
}

/* --- data ------------------------------------------------------------------------------------ */

bool
scsi_send (struct scsi_request *request, const void *buf, uint64_t len)
{
    int64_t sent = request->carrier->send (request, buf, len);

    if (sent >= 0)
        request->moved += (uint64_t) sent;
    if (sent >= 0 && (uint64_t) sent == len)
        return true;
    request->is_unreachable = sent < 0;
    request->is_short = sent >= 0;
    scsi_end_silently (request);
    return false;
}

bool
scsi_fetch (struct scsi_request *request, void *buf, uint64_t len)
{
    int64_t fetched = request->carrier->fetch ? request->carrier->fetch (request, buf, len) : 0;

    if (fetched >= 0 && (uint64_t) fetched == len)
        return true;
    request->is_unreachable = fetched < 0;
    request->is_short = fetched >= 0;
    scsi_end_silently (request);
    return false;
}

uint8_t *
scsi_begin_reply (struct scsi_request *request)
{
    memset (request->unit->reply, 0, sizeof request->unit->reply);
    return request->unit->reply;
}

void
scsi_end_reply (struct scsi_request *request, uint32_t len, uint32_t allocation)
{
    if (scsi_send (request, request->unit->reply, MIN_OF (len, allocation)))
        scsi_end_good (request);
}

void
scsi_put_string (uint8_t *to, unsigned n_bytes, const char *text)
{
    size_t len = strnlen (text, n_bytes);

    memset (to, ' ', n_bytes);
    memcpy (to, text, len);
}

/* --- commands -------------------------------------------------------------------------------- */

void
scsi_test_unit_ready (struct scsi_request *request, const uint8_t *cdb)
{
    scsi_end_good (request);
}

/* What is told is not kept. */
void
scsi_request_sense (struct scsi_request *request, const uint8_t *cdb)
{
    struct scsi_unit *unit = request->unit;
    uint8_t *reply = scsi_begin_reply (request);

    if (unit->attention) {
        unit->sense_key = SENSE_UNIT_ATTENTION;
        unit->sense = unit->attention;
        unit->attention = 0;
    }
    reply[0] = 0x70;
    reply[2] = unit->sense_key;
    reply[7] = SCSI_SENSE_BYTES - 8;
    store_be16 (reply + 12, unit->sense);
    unit->sense_key = SENSE_NONE;
    unit->sense = ASC_NONE;
    scsi_end_reply (request, SCSI_SENSE_BYTES, cdb[4]);
}

void
scsi_end_mode_sense (struct scsi_request *request, unsigned header, unsigned len,
                     uint32_t allocation)
{
    uint8_t *reply = request->unit->reply;

    if (header == 4)
        reply[0] = (uint8_t) (len - 1);
    else
        store_be16 (reply, (uint16_t) (len - 2));
    scsi_end_reply (request, len, allocation);
}

static const struct scsi_command *
find_command (const struct scsi_unit_class *class, uint8_t opcode)
{
    for (size_t i = 0; i < class->n_commands; i++) {
        if (class->commands[i].opcode == opcode)
            return &class->commands[i];
    }
    return NULL;
}

void
scsi_start (struct scsi_request *request)
{
    struct scsi_unit *unit = request->unit;
    const struct scsi_command *command = find_command (unit->class, request->cdb[0]);
    unsigned flags = command ? command->flags : 0;
    uint16_t attention = unit->attention;
    uint16_t not_ready = flags & SCSI_NEEDS_MEDIUM ? unit->class->why_not_ready (unit) : 0;

    request->is_unreachable = request->is_short = false;
    request->moved = 0;
    request->flush_after = false;
    request->n_ranges = 0;
    list_init (&request->waiting);
    list_append (&unit->requests, &request->node);
    if (!(flags & SCSI_KEEPS_SENSE)) {
        unit->sense_key = SENSE_NONE;
        unit->sense = ASC_NONE;
    }
    if (attention && !(flags & SCSI_IGNORES_ATTENTION)) {
        unit->attention = 0;
        scsi_end_check (request, SENSE_UNIT_ATTENTION, attention);
    } else if (!command) {
        scsi_end_check (request, SENSE_ILLEGAL_REQUEST,
                        unit->class->unknown ? unit->class->unknown : ASC_INVALID_COMMAND);
    } else if (not_ready) {
        scsi_end_check (request, SENSE_NOT_READY, not_ready);
    } else if ((flags & SCSI_WRITES) && unit->is_write_protected) {
        scsi_end_check (request, SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED);
    } else {
        command->run (request, request->cdb);
    }
}
