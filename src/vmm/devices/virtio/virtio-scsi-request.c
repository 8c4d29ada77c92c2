/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi-request.c - SCSI commands out of chains and back into them (virtio 1.2, §5.6.6.1).
 *
 * The header is copied once and judged on the copy.  A chain without room for header or response
 * breaks the device, for there is no way to answer; whatever else is wrong is answered.
 */
#include "virtio-scsi-private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define MAX_SENSE       256
#define REPORT_LUNS     0xa0
#define INQUIRY         0x12
#define REQUEST_SENSE   0x03
#define NO_DEVICE_HERE  0x7f /* INQUIRY's first byte: not supported, no type */
#define LUN_LIST_HEADER 8

_Static_assert (QUEUE_MAX_SIZE <= BLOCK_MAX_IOV, "every chain's data fits a block request");

/* --- answering ------------------------------------------------------------------------------- */

static uint64_t
data_in_bytes (const struct vscsi_request *request)
{
    return request->chain.in_bytes - request->response_bytes;
}

static void
answer (struct vscsi_request *request, uint8_t response)
{
    struct virtio_scsi *hba = request->hba;
    const struct scsi_request *scsi = &request->scsi;
    uint8_t bytes[VIRTIO_SCSI_RESPONSE_BYTES + MAX_SENSE] = { 0 };
    uint64_t data_out = request->chain.out_bytes - request->header_bytes;
    uint64_t data_in = data_in_bytes (request);
    uint64_t moved = response == VIRTIO_SCSI_S_OK ? scsi->moved : 0;
    uint64_t room = data_in ? data_in : data_out;
    bool is_cancelled = request->cancelled != 0;

    store_le32 (bytes + 4, (uint32_t) (room - MIN_OF (moved, room)));
    bytes[11] = response;
    if (response == VIRTIO_SCSI_S_OK) {
        bytes[10] = scsi->status;
        if (scsi->status == SCSI_CHECK_CONDITION) {
            uint8_t sense[SCSI_SENSE_BYTES];
            uint32_t len =
                MIN_OF (sizeof sense, request->response_bytes - VIRTIO_SCSI_RESPONSE_BYTES);

            scsi_put_sense (scsi, sense);
            memcpy (bytes + VIRTIO_SCSI_RESPONSE_BYTES, sense, len);
            store_le32 (bytes, len);
        }
    }
    queue_chain_write (&request->chain, 0, bytes, request->response_bytes);
    hba->free[hba->n_free++] = request;
    virtio_push_locked (request->queue, request->chain.ticket,
                        (uint32_t) (request->response_bytes + MIN_OF (moved, data_in)));
    if (is_cancelled)
        vscsi_cancelled_ended (hba);
}

/* --- the carrier ----------------------------------------------------------------------------- */

static int64_t
carrier_send (struct scsi_request *scsi, const void *buf, uint64_t len)
{
    struct vscsi_request *request = vscsi_request_of (scsi);
    size_t sent =
        queue_chain_write (&request->chain, request->response_bytes + request->data_sent, buf, len);

    request->data_sent += sent;
    return (int64_t) sent;
}

static int64_t
carrier_fetch (struct scsi_request *scsi, void *buf, uint64_t len)
{
    struct vscsi_request *request = vscsi_request_of (scsi);

    return (int64_t) queue_chain_read (&request->chain, request->header_bytes, buf, len);
}

static unsigned
carrier_map (struct scsi_request *scsi, bool to_initiator, uint64_t len, struct iovec *iov)
{
    struct vscsi_request *request = vscsi_request_of (scsi);

    if (to_initiator)
        return queue_chain_slice_in (&request->chain, request->response_bytes, len, iov);
    return queue_chain_slice_out (&request->chain, request->header_bytes, len, iov);
}

static bool
carrier_is_cancelled (const struct scsi_request *scsi)
{
    return vscsi_request_of (scsi)->cancelled != 0;
}

static void
carrier_complete (struct scsi_request *scsi)
{
    struct vscsi_request *request = vscsi_request_of (scsi);

    if (request->cancelled)
        answer (request, request->cancelled);
    else if (scsi->is_unreachable)
        answer (request, VIRTIO_SCSI_S_TRANSPORT_FAILURE);
    else
        answer (request, scsi->is_short ? VIRTIO_SCSI_S_OVERRUN : VIRTIO_SCSI_S_OK);
}

static const struct scsi_carrier_ops carrier = {
    .send = carrier_send,
    .fetch = carrier_fetch,
    .map = carrier_map,
    .is_cancelled = carrier_is_cancelled,
    .complete = carrier_complete,
};

/* --- units that are not there (SPC-4 §6.6.1, §6.33; SAM-5 §5.12) ------------------------------- */

static void
absent_inquiry (struct scsi_request *scsi, const uint8_t *cdb)
{
    uint8_t *reply = scsi_begin_reply (scsi);

    if (cdb[1] & 0x03 || cdb[2]) {
        scsi_refuse_field (scsi);
        return;
    }
    reply[0] = NO_DEVICE_HERE;
    reply[2] = 0x05;
    reply[3] = 0x02;
    reply[4] = 31;
    scsi_end_reply (scsi, 36, load_be16 (cdb + 3));
}

static void
absent_sense (struct scsi_request *scsi, const uint8_t *cdb)
{
    uint8_t *reply = scsi_begin_reply (scsi);

    reply[0] = 0x70;
    reply[2] = SENSE_ILLEGAL_REQUEST;
    reply[7] = SCSI_SENSE_BYTES - 8;
    store_be16 (reply + 12, ASC_NO_SUCH_UNIT);
    scsi_end_reply (scsi, SCSI_SENSE_BYTES, cdb[4]);
}

/* Of the target that was addressed, whichever of its units was. */
static void
report_luns (struct scsi_request *scsi, const uint8_t *cdb)
{
    const struct vscsi_request *request = vscsi_request_of (scsi);
    const struct virtio_scsi *hba = request->hba;
    uint8_t *reply = scsi_begin_reply (scsi);
    unsigned len = LUN_LIST_HEADER;

    if (cdb[2] > 2) { /* 1 asks for well-known units, of which there are none */
        scsi_refuse_field (scsi);
        return;
    }
    for (unsigned i = 0; i < hba->n_units && cdb[2] != 1; i++) {
        uint8_t address[8];

        if (hba->units[i]->target != request->target)
            continue;
        vscsi_put_address (address, request->target, hba->units[i]->lun);
        memcpy (reply + len, address + 2, 2);
        len += 8;
    }
    store_be32 (reply, len - LUN_LIST_HEADER);
    scsi_end_reply (scsi, len, load_be32 (cdb + 6));
}

_Static_assert (LUN_LIST_HEADER + 8 * VIRTIO_SCSI_MAX_UNITS <= SCSI_REPLY_BYTES,
                "all units fit the reply");

static const struct scsi_command absent_commands[] = {
    { REQUEST_SENSE, SCSI_IGNORES_ATTENTION, absent_sense },
    { INQUIRY, SCSI_IGNORES_ATTENTION, absent_inquiry },
    { REPORT_LUNS, SCSI_IGNORES_ATTENTION, report_luns },
};

static const struct scsi_unit_class absent_class = {
    .commands = absent_commands,
    .n_commands = ARRAY_SIZE (absent_commands),
    .unknown = ASC_NO_SUCH_UNIT,
};

void
vscsi_absent_init (struct scsi_unit *unit)
{
    scsi_unit_init (unit, &absent_class);
    unit->attention = 0;
}

/* --- starting -------------------------------------------------------------------------------- */

static void
start (struct vscsi_request *request, const struct vscsi_address *address)
{
    struct virtio_scsi *hba = request->hba;
    struct scsi_device *device = vscsi_find (hba, address->target, address->lun);

    request->target = address->target;
    request->lun = address->lun;
    if (!address->is_valid || (!device && !vscsi_has_target (hba, address->target))) {
        answer (request, VIRTIO_SCSI_S_BAD_TARGET);
        return;
    }
    request->scsi.unit =
        device && request->scsi.cdb[0] != REPORT_LUNS ? device->unit : &hba->absent;
    request->scsi.carrier = &carrier;
    scsi_start (&request->scsi);
}

bool
vscsi_process_request (struct virtio_scsi *hba, struct virtio_queue *queue)
{
    uint32_t cdb_bytes = load_le32 (hba->config + VIRTIO_SCSI_CFG_CDB_BYTES);
    uint32_t sense_bytes = load_le32 (hba->config + VIRTIO_SCSI_CFG_SENSE_BYTES);
    uint8_t header[VIRTIO_SCSI_REQUEST_BYTES];
    struct vscsi_request *request;
    struct vscsi_address address;

    assert (hba->n_free > 0); /* one for each descriptor there is */
    request = hba->free[hba->n_free - 1];
    if (!virtio_pop_locked (queue, &request->chain))
        return false;
    request->hba = hba;
    request->queue = queue;
    request->header_bytes = VIRTIO_SCSI_REQUEST_BYTES + cdb_bytes;
    request->response_bytes = VIRTIO_SCSI_RESPONSE_BYTES + sense_bytes;
    request->data_sent = 0;
    request->cancelled = 0;
    request->scsi.moved = 0;
    if (request->chain.out_bytes < request->header_bytes
        || request->chain.in_bytes < request->response_bytes) {
        device_mark_broken (&hba->virtio.device, "request without header or response");
        virtio_push_locked (queue, request->chain.ticket, 0);
        return false;
    }
    hba->n_free--;
    queue_chain_read (&request->chain, 0, header, sizeof header);
    memset (request->scsi.cdb, 0, sizeof request->scsi.cdb);
    queue_chain_read (&request->chain, sizeof header, request->scsi.cdb,
                      MIN_OF (cdb_bytes, sizeof request->scsi.cdb));
    request->id = load_le64 (header + 8);
    address = vscsi_parse_address (header);
    start (request, &address);
    return true;
}
