/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi-task.c - task management: what the driver wants to have ended (virtio 1.2, §5.6.6.2;
 * SAM-5 §7).
 *
 * A request that the disk works on cannot be taken back, only disowned: it is marked, and when the
 * disk is done with it, it is answered as aborted.  A function is answered after all the requests
 * it marked; whichever of several functions marked one, all that cover it wait for it.
 */
#include "virtio-scsi-private.h"

#include <assert.h>

static bool
covers (const struct vscsi_scope *scope, const struct vscsi_request *request)
{
    if (scope->everything)
        return true;
    return request->target == scope->target && (scope->whole_target || request->lun == scope->lun)
           && (!scope->one_task || request->id == scope->id);
}

static bool
covers_unit (const struct vscsi_scope *scope, const struct scsi_device *device)
{
    return device->target == scope->target && (scope->whole_target || device->lun == scope->lun);
}

/* Whether a request of SCOPE runs; CANCELLED: one that was cancelled. */
static bool
is_running (const struct virtio_scsi *hba, const struct vscsi_scope *scope, bool cancelled)
{
    for (unsigned i = 0; i < hba->n_units; i++) {
        list_for_each (node, &hba->units[i]->unit->requests)
        {
            const struct vscsi_request *request =
                vscsi_request_of (container_of (node, struct scsi_request, node));

            if (covers (scope, request) && (!cancelled || request->cancelled))
                return true;
        }
    }
    return false;
}

static void
cancel_all (struct virtio_scsi *hba, const struct vscsi_scope *scope, uint8_t response)
{
    for (unsigned i = 0; i < hba->n_units; i++) {
        list_for_each (node, &hba->units[i]->unit->requests)
        {
            struct scsi_request *scsi = container_of (node, struct scsi_request, node);
            struct vscsi_request *request = vscsi_request_of (scsi);

            if (!covers (scope, request))
                continue;
            if (!request->cancelled)
                request->cancelled = response;
            scsi_withdraw (scsi);
        }
    }
}

void
vscsi_cancel_everything (struct virtio_scsi *hba)
{
    static const struct vscsi_scope scope = { .everything = true };

    cancel_all (hba, &scope, VIRTIO_SCSI_S_RESET);
}

/* Ends TASK if nothing it waits for is left. */
static void
settle (struct virtio_scsi *hba, struct vscsi_task *task)
{
    if (!task->in_use || task->is_starting || is_running (hba, &task->scope, true))
        return;
    for (unsigned i = 0; i < hba->n_units && task->resets; i++) {
        if (covers_unit (&task->scope, hba->units[i]))
            scsi_unit_reset (hba->units[i]->unit, ASC_UNIT_RESET);
    }
    task->in_use = false;
    *task->response = VIRTIO_SCSI_S_OK;
    virtio_push_locked (&hba->virtio.queues[VIRTIO_SCSI_Q_CONTROL], task->ticket, 1);
}

void
vscsi_cancelled_ended (struct virtio_scsi *hba)
{
    for (unsigned i = 0; i < ARRAY_SIZE (hba->tasks); i++)
        settle (hba, &hba->tasks[i]);
}

static struct vscsi_task *
take_task (struct virtio_scsi *hba)
{
    unsigned i = 0;

    while (i < ARRAY_SIZE (hba->tasks) && hba->tasks[i].in_use)
        i++;
    assert (i < ARRAY_SIZE (hba->tasks)); /* one for each descriptor there is */
    return &hba->tasks[i];
}

static void
start_task (struct virtio_scsi *hba, const struct vscsi_scope *scope, bool resets)
{
    struct vscsi_task *task = take_task (hba);

    *task = (struct vscsi_task){
        .ticket = hba->chain.ticket,
        .response = hba->chain.iov[hba->chain.n_out].iov_base,
        .scope = *scope,
        .resets = resets,
        .in_use = true,
        .is_starting = true,
    };
    cancel_all (hba, scope, resets ? VIRTIO_SCSI_S_RESET : VIRTIO_SCSI_S_ABORTED);
    task->is_starting = false;
    settle (hba, task);
}

static void
answer (struct virtio_scsi *hba, uint8_t response)
{
    queue_chain_write (&hba->chain, 0, &response, 1);
    virtio_push_locked (&hba->virtio.queues[VIRTIO_SCSI_Q_CONTROL], hba->chain.ticket, 1);
}

static void
manage (struct virtio_scsi *hba, const uint8_t *bytes)
{
    struct vscsi_address address = vscsi_parse_address (bytes + 8);
    struct vscsi_scope scope = { .target = address.target,
                                 .lun = address.lun,
                                 .id = load_le64 (bytes + 16) };
    uint32_t function = load_le32 (bytes + 4);
    bool is_there = function == VIRTIO_SCSI_TMF_NEXUS_RESET
                        ? vscsi_has_target (hba, address.target)
                        : vscsi_find (hba, address.target, address.lun) != NULL;

    if (!address.is_valid || !is_there) {
        answer (hba, vscsi_has_target (hba, address.target) ? VIRTIO_SCSI_S_INCORRECT_LUN
                                                            : VIRTIO_SCSI_S_BAD_TARGET);
        return;
    }
    scope.one_task =
        function == VIRTIO_SCSI_TMF_ABORT_TASK || function == VIRTIO_SCSI_TMF_QUERY_TASK;
    scope.whole_target = function == VIRTIO_SCSI_TMF_NEXUS_RESET;
    switch (function) {
    case VIRTIO_SCSI_TMF_ABORT_TASK:
    case VIRTIO_SCSI_TMF_ABORT_TASK_SET:
    case VIRTIO_SCSI_TMF_CLEAR_TASK_SET:
        start_task (hba, &scope, false);
        break;
    case VIRTIO_SCSI_TMF_NEXUS_RESET:
    case VIRTIO_SCSI_TMF_UNIT_RESET:
        start_task (hba, &scope, true);
        break;
    case VIRTIO_SCSI_TMF_QUERY_TASK:
    case VIRTIO_SCSI_TMF_QUERY_TASK_SET:
        answer (hba, is_running (hba, &scope, false) ? VIRTIO_SCSI_S_FUNCTION_SUCCEEDED
                                                     : VIRTIO_SCSI_S_OK);
        break;
    default:
        answer (hba, VIRTIO_SCSI_S_FUNCTION_REJECTED);
        break;
    }
}

/* Asynchronous notifications: none of them is ever sent. */
static void
notify_of_nothing (struct virtio_scsi *hba)
{
    static const uint8_t nothing[5] = { 0 };

    queue_chain_write (&hba->chain, 0, nothing, sizeof nothing);
    virtio_push_locked (&hba->virtio.queues[VIRTIO_SCSI_Q_CONTROL], hba->chain.ticket,
                        sizeof nothing);
}

bool
vscsi_process_control (struct virtio_scsi *hba, struct virtio_queue *queue)
{
    const struct queue_chain *chain = &hba->chain;
    uint8_t bytes[VIRTIO_SCSI_TMF_BYTES] = { 0 };
    size_t len;
    uint32_t type;

    if (!virtio_pop_locked (queue, &hba->chain))
        return false;
    len = queue_chain_read (chain, 0, bytes, sizeof bytes);
    type = load_le32 (bytes);
    if (type == VIRTIO_SCSI_T_TMF && len == VIRTIO_SCSI_TMF_BYTES && chain->in_bytes >= 1) {
        manage (hba, bytes);
    } else if ((type == VIRTIO_SCSI_T_AN_QUERY || type == VIRTIO_SCSI_T_AN_SUBSCRIBE)
               && len >= VIRTIO_SCSI_AN_BYTES && chain->in_bytes >= 5) {
        notify_of_nothing (hba);
    } else if (type > VIRTIO_SCSI_T_AN_SUBSCRIBE && chain->in_bytes >= 1) {
        answer (hba, VIRTIO_SCSI_S_FUNCTION_REJECTED);
    } else {
        device_mark_broken (&hba->virtio.device, "control request without header or response");
        virtio_push_locked (queue, chain->ticket, 0);
        return false;
    }
    return true;
}
