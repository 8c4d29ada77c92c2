/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-gpu-fixture.c - a virtio-gpu in a machine without KVM, its driver's commands, a viewer. */
#include "virtio-gpu-fixture.h"

#include <string.h>

#include "bits.h"

#define REQUEST_BYTES   4096
#define ANSWER_BYTES    4096
#define CONTROL_ENTRIES 16

void
gpu_start (struct gpu_fixture *f)
{
    virtio_driver_start (&f->d, BIT_ULL (VIRTIO_GPU_F_EDID), 2, CONTROL_ENTRIES);
    f->request = virtio_driver_alloc (&f->d, REQUEST_BYTES, 16);
    f->answer = virtio_driver_alloc (&f->d, ANSWER_BYTES, 16);
    f->list = virtio_driver_alloc (&f->d, GPU_LIST_ENTRIES * VIRTIO_GPU_ENTRY_BYTES, 16);
}

void
gpu_fixture_setup (struct gpu_fixture *f, gconstpointer memory_mib)
{
    const struct device_class *class = &virtio_gpu_class;
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "video0");
    args.slot = GPU_SLOT;
    if (memory_mib)
        g_assert_cmpint (device_option_set (class, (void *) args.config, "memory-mib", memory_mib),
                         ==, 0);
    g_assert_cmpint (class->create (&args, &f->gpu), ==, 0);
    device_reset (f->gpu);
    test_viewer_open (&f->viewer, f->m);
    virtio_driver_probe (&f->d, f->m, GPU_SLOT);
    gpu_start (f);
}

void
gpu_fixture_teardown (struct gpu_fixture *f, gconstpointer data)
{
    test_viewer_close (&f->viewer);
    device_destroy (f->gpu);
    test_machine_free (f->m);
}

const uint8_t *
gpu_answer (struct gpu_fixture *f)
{
    return virtio_driver_at (&f->d, f->answer);
}

/* The command at f->request, HEAD bytes of it, with LIST bytes of f->list behind. */
static uint32_t
send_request (struct gpu_fixture *f, uint32_t head_bytes, uint32_t list_bytes)
{
    struct virtio_buffer buffers[3] = { { f->request, head_bytes, false } };
    unsigned n = 1;
    uint16_t head;

    if (list_bytes)
        buffers[n++] = (struct virtio_buffer){ f->list, list_bytes, false };
    buffers[n++] = (struct virtio_buffer){ f->answer, ANSWER_BYTES, true };
    memset (virtio_driver_at (&f->d, f->answer), 0xee, ANSWER_BYTES);
    head = virtio_driver_send (&f->d, VIRTIO_GPU_CONTROL_QUEUE, buffers, n);
    f->answer_bytes = virtio_driver_wait (&f->d, VIRTIO_GPU_CONTROL_QUEUE, head);
    g_assert_cmpuint (f->answer_bytes, >=, VIRTIO_GPU_HDR_BYTES);
    return load_le32 (gpu_answer (f));
}

static uint8_t *
compose (struct gpu_fixture *f, uint32_t type)
{
    uint8_t *p = virtio_driver_at (&f->d, f->request);

    memset (p, 0, REQUEST_BYTES);
    store_le32 (p, type);
    return p + VIRTIO_GPU_HDR_BYTES;
}

uint32_t
gpu_command_send (struct gpu_fixture *f, uint32_t type, const void *body, uint32_t len)
{
    uint8_t *p = compose (f, type);

    if (len)
        memcpy (p, body, len);
    return send_request (f, VIRTIO_GPU_HDR_BYTES + len, 0);
}

uint32_t
gpu_create (struct gpu_fixture *f, uint32_t id, uint32_t format, uint32_t width, uint32_t height)
{
    uint32_t body[4] = { id, format, width, height };

    return gpu_command_send (f, VIRTIO_GPU_RESOURCE_CREATE_2D, body, sizeof body);
}

uint32_t
gpu_unref (struct gpu_fixture *f, uint32_t id)
{
    uint32_t body[2] = { id };

    return gpu_command_send (f, VIRTIO_GPU_RESOURCE_UNREF, body, sizeof body);
}

uint32_t
gpu_show (struct gpu_fixture *f, uint32_t scanout, uint32_t id, uint32_t x, uint32_t y,
          uint32_t width, uint32_t height)
{
    uint32_t body[6] = { x, y, width, height, scanout, id };

    return gpu_command_send (f, VIRTIO_GPU_SET_SCANOUT, body, sizeof body);
}

uint32_t
gpu_flush_rect (struct gpu_fixture *f, uint32_t id, uint32_t x, uint32_t y, uint32_t width,
                uint32_t height)
{
    uint32_t body[6] = { x, y, width, height, id };

    return gpu_command_send (f, VIRTIO_GPU_RESOURCE_FLUSH, body, sizeof body);
}

uint32_t
gpu_copy (struct gpu_fixture *f, uint32_t id, uint64_t offset, uint32_t x, uint32_t y,
          uint32_t width, uint32_t height)
{
    uint32_t body[8] = { x, y, width, height, (uint32_t) offset, (uint32_t) (offset >> 32), id };

    return gpu_command_send (f, VIRTIO_GPU_TRANSFER_TO_HOST_2D, body, sizeof body);
}

uint32_t
gpu_detach (struct gpu_fixture *f, uint32_t id)
{
    uint32_t body[2] = { id };

    return gpu_command_send (f, VIRTIO_GPU_RESOURCE_DETACH_BACKING, body, sizeof body);
}

static void
put_entry (struct gpu_fixture *f, uint32_t i, gpa_t gpa, uint32_t len)
{
    uint8_t *p = virtio_driver_at (&f->d, f->list) + i * VIRTIO_GPU_ENTRY_BYTES;

    store_le64 (p, gpa);
    store_le32 (p + 8, len);
    store_le32 (p + 12, 0);
}

static uint32_t
send_attach (struct gpu_fixture *f, uint32_t id, uint32_t n)
{
    uint8_t *p = compose (f, VIRTIO_GPU_RESOURCE_ATTACH_BACKING);

    store_le32 (p, id);
    store_le32 (p + 4, n);
    return send_request (f, VIRTIO_GPU_HDR_BYTES + 8, n * VIRTIO_GPU_ENTRY_BYTES);
}

uint32_t
gpu_attach_pieces (struct gpu_fixture *f, uint32_t id, uint32_t n, uint32_t piece, gpa_t *first,
                   uint32_t *step)
{
    g_assert_cmpuint (n, <=, GPU_LIST_ENTRIES);
    *step = piece + 16;
    *first = virtio_driver_alloc (&f->d, n * *step, 16);
    for (uint32_t i = 0; i < n; i++)
        put_entry (f, i, *first + i * *step, piece);
    return send_attach (f, id, n);
}

uint32_t
gpu_attach (struct gpu_fixture *f, uint32_t id, gpa_t gpa, uint32_t len)
{
    put_entry (f, 0, gpa, len);
    return send_attach (f, id, 1);
}

void
gpu_cursor (struct gpu_fixture *f, uint32_t type, uint32_t id, uint32_t hot_x, uint32_t hot_y,
            uint32_t x, uint32_t y)
{
    uint32_t body[8] = { 0, x, y, 0, id, hot_x, hot_y };
    struct virtio_buffer buffer = { f->request, VIRTIO_GPU_HDR_BYTES + sizeof body, false };
    uint16_t head;

    memcpy (compose (f, type), body, sizeof body);
    head = virtio_driver_send (&f->d, VIRTIO_GPU_CURSOR_QUEUE, &buffer, 1);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_GPU_CURSOR_QUEUE, head), ==, 0);
}
