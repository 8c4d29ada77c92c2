/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi-event.c - what happens to units, told through the event queue (virtio 1.2, §5.6.6.3).
 *
 * Events wait here until the driver has put a buffer into the queue.  When too many wait, the next
 * one that is told says that some were missed, and the driver looks at all units.
 */
#include "virtio-scsi-private.h"

#include <string.h>

void
vscsi_add_event (struct virtio_scsi *hba, unsigned feature, const struct vscsi_event *event)
{
    if (!(hba->virtio.status & VIRTIO_STATUS_DRIVER_OK)
        || !virtio_has_feature_locked (&hba->virtio, feature))
        return;
    if (hba->n_events < VSCSI_MAX_EVENTS)
        hba->events[hba->n_events++] = *event;
    else
        hba->missed_events = true;
    virtio_notify (&hba->virtio, VIRTIO_SCSI_Q_EVENT);
}

/* The next event as the driver reads it. */
static void
take_event (struct virtio_scsi *hba, uint8_t bytes[VIRTIO_SCSI_EVENT_BYTES])
{
    const struct vscsi_event *event = &hba->events[0];

    memset (bytes, 0, VIRTIO_SCSI_EVENT_BYTES);
    store_le32 (bytes, event->event | (hba->missed_events ? VIRTIO_SCSI_T_EVENTS_MISSED : 0));
    vscsi_put_address (bytes + 4, event->target, event->lun);
    store_le32 (bytes + 12, event->reason);
    hba->missed_events = false;
    memmove (&hba->events[0], &hba->events[1], --hba->n_events * sizeof hba->events[0]);
}

bool
vscsi_process_event (struct virtio_scsi *hba, struct virtio_queue *queue)
{
    uint8_t bytes[VIRTIO_SCSI_EVENT_BYTES];

    if (hba->n_events == 0 || !virtio_pop_locked (queue, &hba->chain))
        return false;
    if (hba->chain.in_bytes < sizeof bytes) {
        device_mark_broken (&hba->virtio.device, "event buffer without room for an event");
        virtio_push_locked (queue, hba->chain.ticket, 0);
        return false;
    }
    take_event (hba, bytes);
    queue_chain_write (&hba->chain, 0, bytes, sizeof bytes);
    virtio_push_locked (queue, hba->chain.ticket, sizeof bytes);
    return true;
}
