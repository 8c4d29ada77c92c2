/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-blk-fixture.c - a virtio-blk on a disk that finishes requests when the test says so. */
#include "virtio-blk-fixture.h"

#include <string.h>

#include "bits.h"

#define NO_STATUS 0xff

/* --- the disk -------------------------------------------------------------------------------- */

static struct fake_block *
fake_from_block (struct block *block)
{
    return container_of (block, struct fake_block, block);
}

static void
fake_submit (struct block *block, struct block_request *request)
{
    struct fake_block *disk = fake_from_block (block);

    g_assert_cmpuint (disk->n_pending, <, FAKE_MAX_PENDING);
    g_assert_cmpuint (request->op, <, BLOCK_OP_N);
    disk->n_submitted[request->op]++;
    disk->n_together++;
    disk->most_together = MAX (disk->most_together, disk->n_together);
    disk->pending[disk->n_pending++] = request;
}

static void
move_data (struct fake_block *disk, struct block_request *request)
{
    uint64_t at = request->offset;

    for (unsigned i = 0; i < request->n_iov; i++) {
        const struct iovec *iov = &request->iov[i];

        g_assert_cmpuint (at + iov->iov_len, <=, DISK_BYTES);
        if (request->op == BLOCK_READ)
            memcpy (iov->iov_base, disk->contents + at, iov->iov_len);
        else
            memcpy (disk->contents + at, iov->iov_base, iov->iov_len);
        at += iov->iov_len;
    }
}

static void
finish_locked (struct fake_block *disk, unsigned index, int result)
{
    struct block_request *request = disk->pending[index];

    memmove (&disk->pending[index], &disk->pending[index + 1],
             (--disk->n_pending - index) * sizeof disk->pending[0]);
    if (result == 0 && (request->op == BLOCK_READ || request->op == BLOCK_WRITE))
        move_data (disk, request);
    block_finish_locked (&disk->block, request, result);
}

void
fake_block_finish (struct fake_block *disk, unsigned index, int result)
{
    g_assert_cmpuint (index, <, disk->n_pending);
    pthread_mutex_lock (&disk->block.lock);
    finish_locked (disk, index, result);
    pthread_mutex_unlock (&disk->block.lock);
    block_run_finished (&disk->block);
}

void
fake_block_finish_all (struct fake_block *disk)
{
    while (disk->n_pending)
        fake_block_finish (disk, 0, 0);
}

/* block_drain() waits: then everything ends. */
static void
fake_wait (struct block *block)
{
    struct fake_block *disk = fake_from_block (block);

    while (disk->n_pending)
        finish_locked (disk, 0, 0);
}

static void
fake_destroy (struct block *block)
{
    struct fake_block *disk = fake_from_block (block);

    if (disk->destroyed_flag)
        *disk->destroyed_flag = true;
    block_fini (block);
    g_free (disk);
}

static void
fake_unplug (struct block *block)
{
    fake_from_block (block)->n_together = 0;
}

static const struct block_driver_ops fake_ops = {
    .submit = fake_submit,
    .unplug = fake_unplug,
    .wait = fake_wait,
    .destroy = fake_destroy,
};

struct fake_block *
fake_block_new (struct loop *loop, const struct block_info *info)
{
    struct fake_block *disk = g_new0 (struct fake_block, 1);

    disk->block.info = *info;
    disk->block.info.size_bytes = DISK_BYTES;
    for (unsigned i = 0; i < DISK_BYTES; i++)
        disk->contents[i] = (uint8_t) (i / 512 + i);
    block_init (&disk->block, &fake_ops, loop);
    return disk;
}

/* --- the device ------------------------------------------------------------------------------ */

void
blk_setup (struct blk_fixture *f, gconstpointer info)
{
    static const struct block_info ordinary = { .can_discard = true };
    struct device_args args;

    f->m = test_machine_new ();
    f->disk = fake_block_new (f->m->env.io_loop, info ? info : &ordinary);
    f->disk->destroyed_flag = &f->disk_destroyed;
    args = test_device_args (f->m, &virtio_blk_class, "disk0");
    args.slot = BLK_SLOT;
    args.block = &f->disk->block;
    g_assert_cmpint (
        device_option_set (&virtio_blk_class, (void *) args.config, "serial", "VIT-0001"), ==, 0);
    g_assert_cmpint (virtio_blk_class.create (&args, &f->device), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, BLK_SLOT);
}

void
blk_teardown (struct blk_fixture *f, gconstpointer info)
{
    device_destroy (f->device);
    g_assert_true (f->disk_destroyed);
    test_machine_free (f->m);
}

void
blk_start (struct blk_fixture *f, uint64_t features)
{
    virtio_driver_start (&f->d, features, 1, BLK_QUEUE_SIZE);
}

static struct blk_call
send (struct blk_fixture *f, uint32_t type, uint64_t sector, const void *bytes, uint32_t len)
{
    struct virtio_buffer buffers[BLK_QUEUE_SIZE];
    struct blk_call call = {
        .header = virtio_driver_alloc (&f->d, VIRTIO_BLK_HEADER_BYTES, 1),
        .data = virtio_driver_alloc (&f->d, len, 1),
        .status = virtio_driver_alloc (&f->d, 1, 1),
    };
    uint8_t *header = virtio_driver_at (&f->d, call.header);
    unsigned n = 0;

    store_le32 (header, type);
    store_le64 (header + 8, sector);
    if (bytes)
        memcpy (virtio_driver_at (&f->d, call.data), bytes, len);
    *virtio_driver_at (&f->d, call.status) = NO_STATUS;
    buffers[n++] = (struct virtio_buffer){ .gpa = call.header, .len = VIRTIO_BLK_HEADER_BYTES };
    for (uint32_t at = 0; at < len; at += 512) {
        g_assert_cmpuint (n, <, BLK_QUEUE_SIZE - 1);
        buffers[n++] = (struct virtio_buffer){ .gpa = call.data + at,
                                               .len = MIN_OF (512, len - at),
                                               .device_writes = !bytes };
    }
    buffers[n++] = (struct virtio_buffer){ .gpa = call.status, .len = 1, .device_writes = true };
    call.head = virtio_driver_send (&f->d, 0, buffers, n);
    test_machine_settle (f->m);
    return call;
}

struct blk_call
blk_send (struct blk_fixture *f, uint32_t type, uint64_t sector, uint32_t len)
{
    return send (f, type, sector, NULL, len);
}

struct blk_call
blk_send_bytes (struct blk_fixture *f, uint32_t type, uint64_t sector, const void *bytes,
                uint32_t len)
{
    return send (f, type, sector, bytes, len);
}

uint8_t
blk_status (struct blk_fixture *f, const struct blk_call *call)
{
    return *virtio_driver_at (&f->d, call->status);
}

uint8_t
blk_answer (struct blk_fixture *f, const struct blk_call *call, uint32_t *len)
{
    uint32_t used;

    fake_block_finish_all (f->disk);
    used = virtio_driver_wait (&f->d, 0, call->head);
    if (len)
        *len = used;
    return blk_status (f, call);
}

uint8_t
blk_call (struct blk_fixture *f, uint32_t type, uint64_t sector, uint32_t len)
{
    struct blk_call call = blk_send (f, type, sector, len);

    return blk_answer (f, &call, NULL);
}

uint64_t
blk_config (struct blk_fixture *f, unsigned offset, unsigned size)
{
    return test_mmio_read (f->m, f->d.config + offset, size);
}
