/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi.c - a paravirtual SCSI controller (virtio 1.2, §5.6).
 *
 * Theory of operation.  A control queue, an event queue, then queues of requests.  A request's chain
 * holds a header with unit and CDB, data in one direction, and room for the response; it becomes a
 * struct scsi_request, which the addressed unit (scsi.h) runs and ends.
 *
 * Requests live in a pool of one for each descriptor of the request queues; the rings let no more
 * chains out at once (queue.c), so one is always free when a chain was popped.  The pool is used as
 * a stack: memory is touched as deep as the guest's queues get.  A request keeps its chain, whose
 * buffers are host memory by then; nothing is read again from the ring.
 *
 * One lock, the virtio device's, guards controller and units: all work is on the I/O loop's thread,
 * and units share little but their turn on it.
 */
#include "virtio-scsi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-scsi-private.h"

#define DEVICE_TYPE 8
#define CLASS_CODE  0x010000 /* storage, SCSI */
/* A chain's buffers less header and response. */
#define SEG_MAX     (VSCSI_QUEUE_SIZE - 2)
#define MAX_SECTORS 0xffff
#define MAX_CHOSEN  256 /* bytes a driver may choose for sense or CDB */

static struct virtio_scsi *
hba_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_scsi, virtio);
}

static struct virtio_scsi *
hba_from_device (struct device *device)
{
    return container_of (device, struct virtio_scsi, virtio.device);
}

/* --- addresses ------------------------------------------------------------------------------- */

/* 01h, target, then the unit's number alone or in the flat format (SAM-5 §4.7.7), then zeros. */
struct vscsi_address
vscsi_parse_address (const uint8_t lun[8])
{
    return (struct vscsi_address){
        .is_valid = lun[0] == 1 && lun[2] < 0x80 && load_le32 (lun + 4) == 0,
        .target = lun[1],
        .lun = load_be16 (lun + 2) & (VIRTIO_SCSI_MAX_LUNS - 1),
    };
}

void
vscsi_put_address (uint8_t lun[8], unsigned target, unsigned lun_number)
{
    memset (lun, 0, 8);
    lun[0] = 1;
    lun[1] = (uint8_t) target;
    store_be16 (lun + 2, (uint16_t) (lun_number < 256 ? lun_number : lun_number | 0x4000));
}

struct scsi_device *
vscsi_find (struct virtio_scsi *hba, unsigned target, unsigned lun)
{
    for (unsigned i = 0; i < hba->n_units; i++) {
        if (hba->units[i]->target == target && hba->units[i]->lun == lun)
            return hba->units[i];
    }
    return NULL;
}

bool
vscsi_has_target (const struct virtio_scsi *hba, unsigned target)
{
    for (unsigned i = 0; i < hba->n_units; i++) {
        if (hba->units[i]->target == target)
            return true;
    }
    return false;
}

/* --- units ----------------------------------------------------------------------------------- */

static void
unit_event (struct scsi_host *host, struct scsi_device *device, enum scsi_event event)
{
    struct virtio_scsi *hba = container_of (host, struct virtio_scsi, host);
    uint16_t asc = event == SCSI_EVENT_CAPACITY ? ASC_CAPACITY_CHANGED : ASC_MEDIUM_CHANGED;
    const struct vscsi_event message = {
        .event = VIRTIO_SCSI_T_PARAM_CHANGE,
        .reason = (uint32_t) (asc >> 8 | (asc & 0xff) << 8),
        .target = device->target,
        .lun = device->lun,
    };

    pthread_mutex_lock (&hba->virtio.lock);
    vscsi_add_event (hba, VIRTIO_SCSI_F_CHANGE, &message);
    pthread_mutex_unlock (&hba->virtio.lock);
}

static void
tell_of_unit (struct virtio_scsi *hba, const struct scsi_device *device, uint32_t reason)
{
    const struct vscsi_event message = {
        .event = VIRTIO_SCSI_T_TRANSPORT_RESET,
        .reason = reason,
        .target = device->target,
        .lun = device->lun,
    };

    vscsi_add_event (hba, VIRTIO_SCSI_F_HOTPLUG, &message);
}

static void
unit_detach (struct scsi_host *host, struct scsi_device *device)
{
    struct virtio_scsi *hba = container_of (host, struct virtio_scsi, host);
    unsigned i = 0;

    pthread_mutex_lock (&hba->virtio.lock);
    while (i < hba->n_units && hba->units[i] != device)
        i++;
    if (i < hba->n_units)
        hba->units[i] = hba->units[--hba->n_units];
    tell_of_unit (hba, device, VIRTIO_SCSI_RESET_REMOVED);
    pthread_mutex_unlock (&hba->virtio.lock);
    scsi_device_set_host (device, NULL);
}

static const struct scsi_host_ops host_ops = {
    .event = unit_event,
    .detach = unit_detach,
};

int
virtio_scsi_attach (struct device *controller, unsigned target, unsigned lun, struct device *drive)
{
    struct virtio_scsi *hba = hba_from_device (controller);
    struct scsi_device *device = scsi_device_from_device (drive);

    if (target >= VIRTIO_SCSI_MAX_TARGETS || lun >= VIRTIO_SCSI_MAX_LUNS)
        return -EINVAL;
    if (vscsi_find (hba, target, lun))
        return -EEXIST;
    if (hba->n_units == VIRTIO_SCSI_MAX_UNITS)
        return -ENOSPC;
    scsi_device_set_host (device, &hba->host);
    device->target = target;
    device->lun = lun;
    pthread_mutex_lock (&hba->virtio.lock);
    hba->units[hba->n_units++] = device;
    tell_of_unit (hba, device, VIRTIO_SCSI_RESET_RESCAN);
    pthread_mutex_unlock (&hba->virtio.lock);
    return 0;
}

/* --- virtio hooks ---------------------------------------------------------------------------- */

static bool
hba_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_scsi *hba = hba_from_virtio (vdev);
    bool (*process) (struct virtio_scsi * hba, struct virtio_queue * queue) =
        queue->index == VIRTIO_SCSI_Q_CONTROL ? vscsi_process_control
        : queue->index == VIRTIO_SCSI_Q_EVENT ? vscsi_process_event
                                              : vscsi_process_request;

    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!process (hba, queue))
            return false;
    }
    return true;
}

/* The driver chooses how long CDBs and sense are; what makes no sense is not stored. */
static void
hba_config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    struct virtio_scsi *hba = hba_from_virtio (vdev);

    if (size == 4 && value > 0 && value <= MAX_CHOSEN
        && (offset == VIRTIO_SCSI_CFG_SENSE_BYTES || offset == VIRTIO_SCSI_CFG_CDB_BYTES))
        store_le32 (hba->config + offset, value);
}

static void
hba_virtio_reset (struct virtio_device *vdev)
{
    struct virtio_scsi *hba = hba_from_virtio (vdev);

    store_le32 (hba->config + VIRTIO_SCSI_CFG_SENSE_BYTES, VIRTIO_SCSI_DEFAULT_SENSE);
    store_le32 (hba->config + VIRTIO_SCSI_CFG_CDB_BYTES, VIRTIO_SCSI_DEFAULT_CDB);
    hba->n_events = 0;
    hba->missed_events = false;
    for (unsigned i = 0; i < hba->n_units; i++)
        scsi_unit_reset (hba->units[i]->unit, ASC_POWER_ON);
}

static void
hba_cancel (struct virtio_device *vdev)
{
    vscsi_cancel_everything (hba_from_virtio (vdev));
}

static const struct virtio_ops hba_virtio_ops = {
    .process = hba_process,
    .cancel = hba_cancel,
    .reset = hba_virtio_reset,
    .config_write = hba_config_write,
};

static const struct virtio_type hba_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = VSCSI_QUEUE_SIZE,
    .ops = &hba_virtio_ops,
};

/* --- device ---------------------------------------------------------------------------------- */

/* Nobody waits for what is in flight, so it ends as soon as it can; lock not held. */
static void
end_requests (struct virtio_scsi *hba)
{
    pthread_mutex_lock (&hba->virtio.lock);
    vscsi_cancel_everything (hba);
    pthread_mutex_unlock (&hba->virtio.lock);
    for (unsigned i = 0; i < hba->n_units; i++) {
        if (hba->units[i]->unit->block)
            block_drain (hba->units[i]->unit->block);
    }
}

static void
hba_reset (struct device *device)
{
    struct virtio_scsi *hba = hba_from_device (device);

    end_requests (hba);
    virtio_pci_reset (&hba->pci);
}

static void
free_hba (struct virtio_scsi *hba)
{
    free (hba->free);
    free (hba->requests);
    free (hba);
}

static void
hba_destroy (struct device *device)
{
    struct virtio_scsi *hba = hba_from_device (device);

    end_requests (hba);
    for (unsigned i = 0; i < hba->n_units; i++)
        scsi_device_set_host (hba->units[i], NULL);
    virtio_pci_destroy (&hba->pci);
    virtio_destroy (&hba->virtio);
    free_hba (hba);
}

static const struct device_ops hba_device_ops = {
    .reset = hba_reset,
    .destroy = hba_destroy,
    .broken = virtio_broken,
};

static void
describe (struct virtio_scsi *hba)
{
    uint8_t *c = hba->config;

    store_le32 (c + VIRTIO_SCSI_CFG_N_QUEUES, hba->n_request_queues);
    store_le32 (c + VIRTIO_SCSI_CFG_SEG_MAX, SEG_MAX);
    store_le32 (c + VIRTIO_SCSI_CFG_MAX_SECTORS, MAX_SECTORS);
    store_le32 (c + VIRTIO_SCSI_CFG_CMD_PER_LUN, VSCSI_QUEUE_SIZE);
    store_le32 (c + VIRTIO_SCSI_CFG_EVENT_BYTES, VIRTIO_SCSI_EVENT_BYTES);
    store_le16 (c + VIRTIO_SCSI_CFG_MAX_TARGET, VIRTIO_SCSI_MAX_TARGETS - 1);
    store_le32 (c + VIRTIO_SCSI_CFG_MAX_LUN, VIRTIO_SCSI_MAX_LUNS - 1);
    hba_virtio_reset (&hba->virtio);
}

/* Returns NULL when out of memory. */
static struct virtio_scsi *
allocate (unsigned n_queues)
{
    struct virtio_scsi *hba = calloc (1, sizeof *hba);
    unsigned n = n_queues * VSCSI_QUEUE_SIZE;

    if (!hba)
        return NULL;
    hba->n_request_queues = n_queues;
    hba->requests = calloc (n, sizeof *hba->requests);
    hba->free = calloc (n, sizeof *hba->free);
    if (!hba->requests || !hba->free) {
        free_hba (hba);
        return NULL;
    }
    for (unsigned i = 0; i < n; i++)
        hba->free[hba->n_free++] = &hba->requests[i];
    return hba;
}

static int
hba_create (const struct device_args *args, struct device **out)
{
    const struct virtio_scsi_config *options = args->config;
    struct virtio_scsi *hba = allocate ((unsigned) options->n_queues);
    int ret;

    if (!hba)
        return -ENOMEM;
    virtio_init (&hba->virtio, args, &hba_device_ops, &hba_type,
                 VIRTIO_SCSI_Q_REQUEST + hba->n_request_queues, args->env->io_loop);
    hba->virtio.device.class = &virtio_scsi_class;
    hba->virtio.offered |= BIT_ULL (VIRTIO_SCSI_F_HOTPLUG) | BIT_ULL (VIRTIO_SCSI_F_CHANGE);
    hba->virtio.config = hba->config;
    hba->virtio.config_size = sizeof hba->config;
    hba->host.ops = &host_ops;
    hba->host.lock = &hba->virtio.lock;
    vscsi_absent_init (&hba->absent);
    describe (hba);
    ret = virtio_pci_init (&hba->pci, &hba->virtio, args->slot);
    if (ret < 0) {
        virtio_destroy (&hba->virtio);
        free_hba (hba);
        return ret;
    }
    virtio_add_doorbells (&hba->virtio);
    *out = &hba->virtio.device;
    return 0;
}

static const struct option hba_options[] = {
    { .name = "queues",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_scsi_config, n_queues),
      .min = 1,
      .max = VIRTIO_SCSI_MAX_QUEUES,
      .fallback = "1",
      .help = "Queues for requests; a guest makes use of one a processor" },
};

const struct device_class virtio_scsi_class = {
    .name = "virtio-scsi",
    .summary = "Paravirtual SCSI controller",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .options = hba_options,
    .n_options = ARRAY_SIZE (hba_options),
    .config_size = sizeof (struct virtio_scsi_config),
    .create = hba_create,
};
