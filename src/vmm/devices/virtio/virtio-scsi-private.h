/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi-private.h - between the controller (virtio-scsi.c), its requests
 * (virtio-scsi-request.c), task management (virtio-scsi-task.c) and events (virtio-scsi-event.c). */
#pragma once

#include "bits.h"
#include "scsi-device.h"
#include "transport-pci.h"
#include "virtio-scsi.h"

#define VSCSI_QUEUE_SIZE 128
#define VSCSI_MAX_EVENTS 16

struct virtio_scsi;

/* What a task management function is about. */
struct vscsi_scope {
    bool everything; /* the rest does not count */
    unsigned target, lun;
    bool whole_target; /* LUN does not count */
    bool one_task;     /* only the one with this id */
    uint64_t id;
};

/* A task management function that waits for the requests it cancelled. */
struct vscsi_task {
    struct queue_ticket ticket;
    uint8_t *response; /* host address */
    struct vscsi_scope scope;
    bool resets; /* the units, at its end */
    bool in_use;
    bool is_starting; /* still cancels: not to be ended yet */
};

struct vscsi_request {
    struct scsi_request scsi;
    struct virtio_scsi *hba;
    struct virtio_queue *queue;
    struct queue_chain chain;
    uint64_t id;
    unsigned target, lun;
    uint32_t header_bytes, response_bytes; /* as the driver chose them when it came */
    uint64_t data_sent;                    /* bytes from the data's begin on */
    uint8_t cancelled; /* VIRTIO_SCSI_S_…: what it will be answered with; 0: not cancelled */
};

struct vscsi_event {
    uint32_t event;
    uint32_t reason;
    unsigned target, lun;
};

struct virtio_scsi {
    struct virtio_device virtio; /* its lock guards the rest, and the units */
    struct virtio_pci pci;
    struct scsi_host host;
    uint8_t config[VIRTIO_SCSI_CFG_BYTES];
    unsigned n_request_queues;

    struct scsi_device *units[VIRTIO_SCSI_MAX_UNITS];
    unsigned n_units;
    struct scsi_unit absent; /* answers for units that are not there */

    struct vscsi_event events[VSCSI_MAX_EVENTS]; /* not told yet, in order */
    unsigned n_events;
    bool missed_events;

    struct queue_chain chain; /* of the control or event queue, while it is looked at */
    struct vscsi_task tasks[VSCSI_QUEUE_SIZE];
    struct vscsi_request *requests;
    struct vscsi_request **free; /* a stack */
    unsigned n_free;
};

static inline struct vscsi_request *
vscsi_request_of (const struct scsi_request *request)
{
    return container_of (request, struct vscsi_request, scsi);
}

/* A unit's address as the driver writes it (§5.6.6.1). */
struct vscsi_address {
    bool is_valid;
    unsigned target, lun;
};

/* All under the lock.
 *
 * virtio-scsi.c */
struct vscsi_address vscsi_parse_address (const uint8_t lun[8]);
struct scsi_device *vscsi_find (struct virtio_scsi *hba, unsigned target, unsigned lun);
bool vscsi_has_target (const struct virtio_scsi *hba, unsigned target);

void vscsi_put_address (uint8_t lun[8], unsigned target, unsigned lun_number);

/* virtio-scsi-request.c */
void vscsi_absent_init (struct scsi_unit *unit);

/* The three take one chain; false when there is none, or the device is broken now. */
bool vscsi_process_request (struct virtio_scsi *hba, struct virtio_queue *queue);
bool vscsi_process_control (struct virtio_scsi *hba, struct virtio_queue *queue);
bool vscsi_process_event (struct virtio_scsi *hba, struct virtio_queue *queue);

/* virtio-scsi-task.c: a request that was cancelled has ended. */
void vscsi_cancelled_ended (struct virtio_scsi *hba);

/* Nobody waits for any request any more: those that wait for their turn end, the others do with what
 * the disk does for them now. */
void vscsi_cancel_everything (struct virtio_scsi *hba);

/* virtio-scsi-event.c: tells the driver when it has room and negotiated FEATURE. */
void vscsi_add_event (struct virtio_scsi *hba, unsigned feature, const struct vscsi_event *event);
