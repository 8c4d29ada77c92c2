/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk.c - virtio-blk, a disk (virtio 1.2, §5.2).
 *
 * Theory of operation.  A request is a chain: a header the device reads, data in one direction, a
 * status byte the device writes last; how the driver cuts that into buffers is its own affair.  The
 * header is copied once and judged on the copy.  What is wrong with a request alone is answered in
 * its status byte; a chain that has no room for a header or a status breaks the device, for there
 * is no way to answer.
 *
 * Requests live in a pool of one for each descriptor there is; the ring lets no more chains out at
 * once (queue.c), so a request is always free when a chain was popped.  The pool is used as a
 * stack: memory is touched as deep as the guest's queue gets.  A request owns all that its
 * completion needs (ticket, status address), nothing of it is read again from guest memory.
 *
 * Completions come on the I/O loop's thread, in any order.  They push under the device's lock; the
 * queue's work publishes and interrupts once for all completions of a turn.
 *
 * Cache.  With a writeback cache the guest flushes; without (§5.2.6.2: it did not negotiate FLUSH,
 * or switched the cache off through CONFIG_WCE) each write is followed by a flush before its status
 * is reported.
 */
#include "blk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "block.h"
#include "transport-pci.h"

#define DEVICE_TYPE 2
#define CLASS_CODE  0x010000 /* storage, SCSI: what drivers know as "some disk" */
#define QUEUE_SIZE  256
#define N_QUEUES    1 /* the structures below allow more; then offer VIRTIO_BLK_F_MQ */
#define N_REQUESTS  (QUEUE_SIZE * N_QUEUES)

#define SECTOR_BYTES 512
/* A chain's buffers less header and status. */
#define SEG_MAX (QUEUE_SIZE - 2)
/* Physical blocks of 4 KiB: what the file system or disk below works in. */
#define PHYSICAL_EXP             3
#define PHYSICAL_SECTORS         (1 << PHYSICAL_EXP)
#define MAX_DISCARD_SECTORS      (GIB (2) / SECTOR_BYTES)
#define MAX_WRITE_ZEROES_SECTORS (MIB (64) / SECTOR_BYTES) /* may have to be written for real */

/* A request's status byte is not known yet. */
#define STATUS_PENDING (-1)

_Static_assert (SEG_MAX <= BLOCK_MAX_IOV && QUEUE_MAX_SIZE <= BLOCK_MAX_IOV,
               "every chain's data fits a block request");
_Static_assert (QUEUE_SIZE <= QUEUE_MAX_SIZE, "the rings know this size");

struct virtio_blk;

struct blk_request {
    struct block_request block; /* under way in the backend, from submit to done */
    struct virtio_blk *blk;
    struct virtio_queue *queue;
    struct queue_ticket ticket;
    uint8_t *status;  /* host address of the chain's last byte */
    uint32_t written; /* bytes of the writable part, status included, on success */
    bool flush_after; /* a write that goes through the cache */
};

struct virtio_blk {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    struct block *block; /* owned */
    char serial[VIRTIO_BLK_SERIAL_BYTES];
    uint8_t config[VIRTIO_BLK_CFG_BYTES];
    bool writeback;

    struct queue_chain chain; /* the one being started */
    struct blk_request *requests;
    struct blk_request *free[N_REQUESTS]; /* a stack */
    unsigned n_free;
};

static struct virtio_blk *
blk_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_blk, virtio);
}

/* --- completion ------------------------------------------------------------------------------ */

static void
complete_locked (struct blk_request *request, uint8_t status)
{
    struct virtio_blk *blk = request->blk;
    uint32_t written = status == VIRTIO_BLK_S_OK ? request->written : 1;

    *request->status = status;
    blk->free[blk->n_free++] = request;
    virtio_push_locked (request->queue, request->ticket, written);
}

/* The second half of a write that goes through the cache. */
static void
flush_written_locked (struct blk_request *request)
{
    request->flush_after = false;
    request->block.op = BLOCK_FLUSH;
    request->block.offset = 0;
    request->block.length = 0;
    request->block.n_iov = 0;
    block_submit (request->blk->block, &request->block);
}

/* On the I/O loop's thread. */
static void
request_done_cb (struct block_request *block_request, int result)
{
    struct blk_request *request = container_of (block_request, struct blk_request, block);
    struct virtio_device *vdev = &request->blk->virtio;

    pthread_mutex_lock (&vdev->lock);
    if (result == 0 && request->flush_after)
        flush_written_locked (request);
    else
        complete_locked (request, result == 0 ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_IOERR);
    pthread_mutex_unlock (&vdev->lock);
}

/* --- requests -------------------------------------------------------------------------------- */

/* Each start_… returns the status to answer with, or STATUS_PENDING when the backend has the
 * request. All are called under the device's lock, the chain in blk->chain. */

/* The guest's SECTOR and LENGTH bytes as a place on the disk. */
static bool
place_on_disk (struct blk_request *request, uint64_t sector, uint64_t length)
{
    uint64_t offset;

    if (length == 0 || length % SECTOR_BYTES || mul_overflows (sector, SECTOR_BYTES, &offset)
        || !range_fits (offset, length, request->blk->block->info.size_bytes))
        return false;
    request->block.offset = offset;
    request->block.length = length;
    return true;
}

static int
submit_locked (struct blk_request *request, enum block_op op)
{
    request->block.op = op;
    request->block.done = request_done_cb;
    block_submit (request->blk->block, &request->block);
    return STATUS_PENDING;
}

static int
start_read_locked (struct blk_request *request, uint64_t sector)
{
    const struct queue_chain *chain = &request->blk->chain;
    uint64_t length = chain->in_bytes - 1;

    if (!place_on_disk (request, sector, length))
        return VIRTIO_BLK_S_IOERR;
    request->block.n_iov = queue_chain_slice_in (chain, 0, length, request->block.iov);
    request->written = (uint32_t) chain->in_bytes;
    return submit_locked (request, BLOCK_READ);
}

static int
start_write_locked (struct blk_request *request, uint64_t sector)
{
    struct virtio_blk *blk = request->blk;
    uint64_t length = blk->chain.out_bytes - VIRTIO_BLK_HEADER_BYTES;

    if (blk->block->info.read_only || !place_on_disk (request, sector, length))
        return VIRTIO_BLK_S_IOERR;
    request->block.n_iov =
        queue_chain_slice_out (&blk->chain, VIRTIO_BLK_HEADER_BYTES, length, request->block.iov);
    request->flush_after = !blk->writeback;
    return submit_locked (request, BLOCK_WRITE);
}

static int
start_flush_locked (struct blk_request *request)
{
    request->block.offset = 0;
    request->block.length = 0;
    return submit_locked (request, BLOCK_FLUSH);
}

/* The serial number, not terminated when it fills its field (§5.2.6). */
static int
start_get_id_locked (struct blk_request *request)
{
    struct virtio_blk *blk = request->blk;
    uint64_t room = blk->chain.in_bytes - 1;

    if (room < VIRTIO_BLK_SERIAL_BYTES)
        return VIRTIO_BLK_S_IOERR;
    queue_chain_write (&blk->chain, 0, blk->serial, sizeof blk->serial);
    request->written = VIRTIO_BLK_SERIAL_BYTES + 1;
    return VIRTIO_BLK_S_OK;
}

/* DISCARD and WRITE_ZEROES: one range, as the configuration says. */
static int
start_range_locked (struct blk_request *request, enum block_op op, unsigned feature,
                    uint64_t max_sectors, uint32_t allowed_flags)
{
    struct virtio_blk *blk = request->blk;
    uint64_t room = blk->chain.out_bytes - VIRTIO_BLK_HEADER_BYTES;
    uint8_t range[VIRTIO_BLK_RANGE_BYTES];
    uint64_t n_sectors;

    if (!virtio_has_feature_locked (&blk->virtio, feature))
        return VIRTIO_BLK_S_UNSUPP;
    if (room != sizeof range)
        return VIRTIO_BLK_S_IOERR;
    queue_chain_read (&blk->chain, VIRTIO_BLK_HEADER_BYTES, range, sizeof range);
    if (load_le32 (range + 12) & ~allowed_flags)
        return VIRTIO_BLK_S_UNSUPP; /* §5.2.6.2 */
    n_sectors = load_le32 (range + 8);
    if (n_sectors > max_sectors
        || !place_on_disk (request, load_le64 (range), n_sectors * SECTOR_BYTES))
        return VIRTIO_BLK_S_IOERR;
    request->flush_after = op == BLOCK_WRITE_ZEROES && !blk->writeback;
    return submit_locked (request, op);
}

static int
start_by_type_locked (struct blk_request *request, uint32_t type, uint64_t sector)
{
    switch (type) {
    case VIRTIO_BLK_T_IN:
        return start_read_locked (request, sector);
    case VIRTIO_BLK_T_OUT:
        return start_write_locked (request, sector);
    case VIRTIO_BLK_T_FLUSH:
        return start_flush_locked (request);
    case VIRTIO_BLK_T_GET_ID:
        return start_get_id_locked (request);
    case VIRTIO_BLK_T_DISCARD:
        return start_range_locked (request, BLOCK_DISCARD, VIRTIO_BLK_F_DISCARD,
                                   MAX_DISCARD_SECTORS, 0);
    case VIRTIO_BLK_T_WRITE_ZEROES:
        return start_range_locked (request, BLOCK_WRITE_ZEROES, VIRTIO_BLK_F_WRITE_ZEROES,
                                   MAX_WRITE_ZEROES_SECTORS, VIRTIO_BLK_RANGE_UNMAP);
    default:
        return VIRTIO_BLK_S_UNSUPP;
    }
}

static struct blk_request *
take_request_locked (struct virtio_blk *blk, struct virtio_queue *queue)
{
    struct blk_request *request;

    assert (blk->n_free > 0); /* the rings see to that */
    request = blk->free[--blk->n_free];
    request->blk = blk;
    request->queue = queue;
    request->ticket = blk->chain.ticket;
    request->written = 1;
    request->flush_after = false;
    request->block.n_iov = 0;
    return request;
}

/* Starts the request in blk->chain; false when the device is broken now. */
static bool
start_request_locked (struct virtio_blk *blk, struct virtio_queue *queue)
{
    const struct queue_chain *chain = &blk->chain;
    uint8_t header[VIRTIO_BLK_HEADER_BYTES];
    struct blk_request *request;
    struct iovec last;
    int status;

    if (chain->in_bytes == 0
        || queue_chain_read (chain, 0, header, sizeof header) < sizeof header) {
        device_mark_broken (&blk->virtio.device, "request without header or status");
        virtio_push_locked (queue, chain->ticket, 0);
        return false;
    }
    request = take_request_locked (blk, queue);
    last = chain->iov[chain->n_out + chain->n_in - 1];
    request->status = (uint8_t *) last.iov_base + last.iov_len - 1;
    status = start_by_type_locked (request, load_le32 (header), load_le64 (header + 8));
    if (status != STATUS_PENDING)
        complete_locked (request, (uint8_t) status);
    return true;
}

/* --- virtio hooks ---------------------------------------------------------------------------- */

static bool
blk_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_blk *blk = blk_from_virtio (vdev);
    unsigned n = 0;

    block_plug (blk->block);
    while (n < queue->ring.size && virtio_pop_locked (queue, &blk->chain)
           && start_request_locked (blk, queue))
        n++;
    block_unplug (blk->block);
    return n == queue->ring.size;
}

static void
set_writeback_locked (struct virtio_blk *blk, bool writeback)
{
    blk->writeback = writeback;
    blk->config[VIRTIO_BLK_CFG_WRITEBACK] = writeback;
}

/* Writeback from the start for a driver that knows how to flush (§5.2.5, §5.2.5.2). */
static void
blk_features_set (struct virtio_device *vdev)
{
    set_writeback_locked (blk_from_virtio (vdev),
                          virtio_has_feature_locked (vdev, VIRTIO_BLK_F_FLUSH));
}

static void
blk_config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    if (offset != VIRTIO_BLK_CFG_WRITEBACK || size != 1
        || !virtio_has_feature_locked (vdev, VIRTIO_BLK_F_CONFIG_WCE))
        return;
    set_writeback_locked (blk_from_virtio (vdev),
                          (value & 1) && virtio_has_feature_locked (vdev, VIRTIO_BLK_F_FLUSH));
}

/* What a driver sees before it has negotiated anything. */
static void
blk_virtio_reset (struct virtio_device *vdev)
{
    set_writeback_locked (blk_from_virtio (vdev), true);
}

static const struct virtio_ops blk_virtio_ops = {
    .process = blk_process,
    .reset = blk_virtio_reset,
    .features_set = blk_features_set,
    .config_write = blk_config_write,
};

static const struct virtio_type blk_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = QUEUE_SIZE,
    .ops = &blk_virtio_ops,
};

/* --- device ---------------------------------------------------------------------------------- */

/* Runs on the I/O loop's thread or with it stopped, as block_drain() wants. */
static void
blk_reset (struct device *device)
{
    struct virtio_blk *blk = container_of (device, struct virtio_blk, virtio.device);

    block_drain (blk->block);
    virtio_pci_reset (&blk->pci);
}

static void
blk_destroy (struct device *device)
{
    struct virtio_blk *blk = container_of (device, struct virtio_blk, virtio.device);

    block_close (blk->block); /* first: what is in flight still ends in the device */
    virtio_pci_destroy (&blk->pci);
    virtio_destroy (&blk->virtio);
    free (blk->requests);
    free (blk);
}

/* §5.2.4: the capacity may change, which is a change of the configuration. */
static void
blk_resized (struct device *device)
{
    struct virtio_blk *blk = container_of (device, struct virtio_blk, virtio.device);

    pthread_mutex_lock (&blk->virtio.lock);
    store_le64 (blk->config + VIRTIO_BLK_CFG_CAPACITY, blk->block->info.size_bytes / SECTOR_BYTES);
    if (blk->virtio.status & VIRTIO_STATUS_DRIVER_OK)
        virtio_config_changed_locked (&blk->virtio);
    pthread_mutex_unlock (&blk->virtio.lock);
}

static const struct device_ops blk_device_ops = {
    .reset = blk_reset,
    .destroy = blk_destroy,
    .broken = virtio_broken,
    .resized = blk_resized,
};

static void
offer (struct virtio_blk *blk)
{
    const struct block_info *info = &blk->block->info;
    uint64_t features = BIT_ULL (VIRTIO_BLK_F_SEG_MAX) | BIT_ULL (VIRTIO_BLK_F_BLK_SIZE)
                        | BIT_ULL (VIRTIO_BLK_F_TOPOLOGY) | BIT_ULL (VIRTIO_BLK_F_FLUSH)
                        | BIT_ULL (VIRTIO_BLK_F_CONFIG_WCE);

    if (info->read_only)
        features |= BIT_ULL (VIRTIO_BLK_F_RO);
    else
        features |= BIT_ULL (VIRTIO_BLK_F_WRITE_ZEROES);
    if (info->can_discard && !info->read_only)
        features |= BIT_ULL (VIRTIO_BLK_F_DISCARD);
    blk->virtio.offered |= features;
}

static void
describe (struct virtio_blk *blk)
{
    const struct block_info *info = &blk->block->info;
    uint8_t *c = blk->config;

    store_le64 (c + VIRTIO_BLK_CFG_CAPACITY, info->size_bytes / SECTOR_BYTES);
    store_le32 (c + VIRTIO_BLK_CFG_SEG_MAX, SEG_MAX);
    store_le32 (c + VIRTIO_BLK_CFG_BLK_SIZE, SECTOR_BYTES);
    c[VIRTIO_BLK_CFG_PHYSICAL_EXP] = PHYSICAL_EXP;
    store_le16 (c + VIRTIO_BLK_CFG_MIN_IO_SIZE, PHYSICAL_SECTORS);
    store_le16 (c + VIRTIO_BLK_CFG_N_QUEUES, N_QUEUES);
    store_le32 (c + VIRTIO_BLK_CFG_MAX_DISCARD_SECTORS, MAX_DISCARD_SECTORS);
    store_le32 (c + VIRTIO_BLK_CFG_MAX_DISCARD_SEGMENTS, 1);
    store_le32 (c + VIRTIO_BLK_CFG_DISCARD_ALIGNMENT, PHYSICAL_SECTORS);
    store_le32 (c + VIRTIO_BLK_CFG_MAX_ZEROES_SECTORS, MAX_WRITE_ZEROES_SECTORS);
    store_le32 (c + VIRTIO_BLK_CFG_MAX_ZEROES_SEGMENTS, 1);
    c[VIRTIO_BLK_CFG_ZEROES_MAY_UNMAP] = info->can_discard;
    set_writeback_locked (blk, true);
}

static int
blk_create (const struct device_args *args, struct device **out)
{
    const struct virtio_blk_config *options = args->config;
    struct virtio_blk *blk;
    int ret;

    if (!args->block)
        return -EINVAL;
    blk = calloc (1, sizeof *blk);
    if (!blk)
        return -ENOMEM;
    blk->requests = calloc (N_REQUESTS, sizeof *blk->requests);
    if (!blk->requests) {
        free (blk);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < N_REQUESTS; i++)
        blk->free[blk->n_free++] = &blk->requests[i];
    blk->block = args->block;
    memcpy (blk->serial, options->serial, strnlen (options->serial, sizeof blk->serial));

    virtio_init (&blk->virtio, args, &blk_device_ops, &blk_type, N_QUEUES, args->env->io_loop);
    blk->virtio.device.class = &virtio_blk_class;
    blk->virtio.config = blk->config;
    blk->virtio.config_size = sizeof blk->config;
    offer (blk);
    describe (blk);
    ret = virtio_pci_init (&blk->pci, &blk->virtio, args->slot);
    if (ret < 0) {
        virtio_destroy (&blk->virtio);
        free (blk->requests);
        free (blk);
        return ret;
    }
    virtio_add_doorbells (&blk->virtio);
    *out = &blk->virtio.device;
    return 0;
}

static const struct option blk_options[] = {
    { .name = "serial",
      .type = OPTION_STRING,
      .offset = offsetof (struct virtio_blk_config, serial),
      .max = VIRTIO_BLK_SERIAL_BYTES + 1,
      .fallback = "",
      .help = "Serial number the guest sees, up to 20 characters" },
};

const struct device_class virtio_blk_class = {
    .name = "virtio-blk",
    .summary = "Paravirtual disk",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_BLOCK,
    .options = blk_options,
    .n_options = ARRAY_SIZE (blk_options),
    .config_size = sizeof (struct virtio_blk_config),
    .create = blk_create,
};
