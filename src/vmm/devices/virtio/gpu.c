/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpu.c - virtio-gpu, a display adapter without 3D (virtio 1.2, §5.7): queues and commands.
 *
 * Theory of operation.  The guest draws into its own memory and says what of it is to be copied to the
 * host (TRANSFER_TO_HOST_2D), which copy is shown (SET_SCANOUT) and what of that is new (FLUSH).  The
 * parts, a file each:
 *
 *   gpu.c           the device, its queues, the table of commands
 *   gpu-resource.c  copies on the host, guest memory behind them; how both are bounded
 *   gpu-display.c   what is shown, the cursor, the monitor's size
 *
 * Every command is carried out when it is taken from its queue, so fences are kept by answering, and
 * nothing is in flight between two turns of the loop.  A turn ends early when it has copied much, so
 * that a guest that copies all day leaves the main loop to others.
 *
 * A command that cannot be done is answered with an error.  Only a chain that cannot even be answered
 * breaks the device.
 */
#include "gpu.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"
#include "gpu-private.h"
#include "loop.h"

#define DEVICE_TYPE    16
#define CLASS_DISPLAY  0x038000 /* a display controller that is not VGA compatible */
#define CLASS_VGA      0x030000
#define QUEUE_SIZE     256
#define MAX_TURN_BYTES MIB (32)

static struct virtio_gpu *
gpu_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_gpu, virtio);
}

static struct virtio_gpu *
gpu_from_device (struct device *device)
{
    return container_of (device, struct virtio_gpu, virtio.device);
}

/* --- commands -------------------------------------------------------------------------------- */

struct command {
    uint32_t type;
    uint32_t bytes; /* of its fixed part, header included */
    gpu_command *handle;
};

static const struct command control_commands[] = {
    { VIRTIO_GPU_GET_DISPLAY_INFO, 24, gpu_get_display_info },
    { VIRTIO_GPU_RESOURCE_CREATE_2D, 40, gpu_resource_create },
    { VIRTIO_GPU_RESOURCE_UNREF, 32, gpu_resource_unref },
    { VIRTIO_GPU_SET_SCANOUT, 48, gpu_set_scanout },
    { VIRTIO_GPU_RESOURCE_FLUSH, 48, gpu_flush },
    { VIRTIO_GPU_TRANSFER_TO_HOST_2D, 56, gpu_transfer },
    { VIRTIO_GPU_RESOURCE_ATTACH_BACKING, 32, gpu_attach_backing },
    { VIRTIO_GPU_RESOURCE_DETACH_BACKING, 32, gpu_detach_backing },
    { VIRTIO_GPU_GET_EDID, 32, gpu_get_edid },
};

static const struct command cursor_commands[] = {
    { VIRTIO_GPU_UPDATE_CURSOR, 56, gpu_update_cursor },
    { VIRTIO_GPU_MOVE_CURSOR, 56, gpu_move_cursor },
};

/* Carries out the command in gpu->chain, if it is one of the N in COMMANDS.  Returns the answer's type.
 */
static uint32_t
carry_out (struct virtio_gpu *gpu, const struct command *commands, size_t n, uint8_t *request)
{
    uint32_t type = load_le32 (request + VIRTIO_GPU_HDR_TYPE);

    gpu->answer_bytes = VIRTIO_GPU_HDR_BYTES;
    for (size_t i = 0; i < n; i++) {
        const struct command *c = &commands[i];

        if (c->type != type)
            continue;
        if (queue_chain_read (&gpu->chain, 0, request, c->bytes) != c->bytes)
            return VIRTIO_GPU_ERR_INVALID_PARAMETER;
        store_le32 (request + VIRTIO_GPU_HDR_TYPE, type); /* the guest may have changed it */
        return c->handle (gpu, request);
    }
    return VIRTIO_GPU_ERR_UNSPEC;
}

/* Puts the header before the answer: fences are kept (§5.7.6.7). */
static void
finish_answer (struct virtio_gpu *gpu, const uint8_t *request, uint32_t type)
{
    uint8_t *p = gpu->answer;
    uint32_t flags = load_le32 (request + VIRTIO_GPU_HDR_FLAGS) & VIRTIO_GPU_FLAG_FENCE;

    memset (p, 0, VIRTIO_GPU_HDR_BYTES);
    store_le32 (p + VIRTIO_GPU_HDR_TYPE, type);
    if (!flags)
        return;
    store_le32 (p + VIRTIO_GPU_HDR_FLAGS, flags);
    store_le64 (p + VIRTIO_GPU_HDR_FENCE_ID, load_le64 (request + VIRTIO_GPU_HDR_FENCE_ID));
    store_le32 (p + VIRTIO_GPU_HDR_CTX_ID, load_le32 (request + VIRTIO_GPU_HDR_CTX_ID));
}

/* Handles the chain in gpu->chain; false when the device is broken now. */
static bool
handle_control (struct virtio_gpu *gpu, struct virtio_queue *queue)
{
    uint8_t request[GPU_REQUEST_BYTES] = { 0 };
    size_t written;

    if (queue_chain_read (&gpu->chain, 0, request, VIRTIO_GPU_HDR_BYTES) != VIRTIO_GPU_HDR_BYTES
        || gpu->chain.in_bytes < VIRTIO_GPU_HDR_BYTES) {
        device_mark_broken (&gpu->virtio.device, "no room for a command's header");
        virtio_push_locked (queue, gpu->chain.ticket, 0);
        return false;
    }
    finish_answer (gpu, request,
                   carry_out (gpu, control_commands, ARRAY_SIZE (control_commands), request));
    written = queue_chain_write (&gpu->chain, 0, gpu->answer, gpu->answer_bytes);
    virtio_push_locked (queue, gpu->chain.ticket, (uint32_t) written);
    return true;
}

/* Nobody waits for an answer here (§5.7.6.10). */
static bool
handle_cursor (struct virtio_gpu *gpu, struct virtio_queue *queue)
{
    uint8_t request[GPU_REQUEST_BYTES] = { 0 };

    queue_chain_read (&gpu->chain, 0, request, VIRTIO_GPU_HDR_BYTES);
    carry_out (gpu, cursor_commands, ARRAY_SIZE (cursor_commands), request);
    virtio_push_locked (queue, gpu->chain.ticket, 0);
    return true;
}

static bool
gpu_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_gpu *gpu = gpu_from_virtio (vdev);
    bool (*handle) (struct virtio_gpu *, struct virtio_queue *) =
        queue->index == VIRTIO_GPU_CONTROL_QUEUE ? handle_control : handle_cursor;

    gpu->turn_bytes = 0;
    for (unsigned n = 0; n < queue->ring.size && gpu->turn_bytes < MAX_TURN_BYTES; n++) {
        if (!virtio_pop_locked (queue, &gpu->chain) || !handle (gpu, queue))
            return false;
    }
    return true;
}

/* --- device ---------------------------------------------------------------------------------- */

static void
gpu_config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    uint8_t *events = gpu_from_virtio (vdev)->config + VIRTIO_GPU_CFG_EVENTS_READ;

    if (offset == VIRTIO_GPU_CFG_EVENTS_CLEAR && size == 4)
        store_le32 (events, load_le32 (events) & ~value);
}

static void
gpu_virtio_reset (struct virtio_device *vdev)
{
    struct virtio_gpu *gpu = gpu_from_virtio (vdev);

    gpu_display_reset (gpu);
    gpu_arena_clear (&gpu->arena);
    store_le32 (gpu->config + VIRTIO_GPU_CFG_EVENTS_READ, 0);
}

static const struct virtio_ops gpu_virtio_ops = {
    .process = gpu_process,
    .reset = gpu_virtio_reset,
    .config_write = gpu_config_write,
};

static const struct virtio_type gpu_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_DISPLAY,
    .queue_size = QUEUE_SIZE,
    .ops = &gpu_virtio_ops,
};

static const struct virtio_type vga_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_VGA,
    .queue_size = QUEUE_SIZE,
    .ops = &gpu_virtio_ops,
};

static void
gpu_reset (struct device *device)
{
    virtio_pci_reset (&gpu_from_device (device)->pci);
}

static void
gpu_destroy (struct device *device)
{
    struct virtio_gpu *gpu = gpu_from_device (device);

    virtio_pci_destroy (&gpu->pci);
    gpu_display_finish (gpu);
    virtio_destroy (&gpu->virtio);
    gpu_arena_finish (&gpu->arena);
    free (gpu);
}

static const struct device_ops gpu_device_ops = {
    .reset = gpu_reset,
    .destroy = gpu_destroy,
    .broken = virtio_broken,
};

int
virtio_gpu_create (const struct device_args *args, bool as_vga, struct device **out)
{
    const struct virtio_gpu_config *options = args->config;
    struct virtio_gpu *gpu = calloc (1, sizeof *gpu);
    int ret;

    if (!gpu)
        return -ENOMEM;
    gpu->width = (uint32_t) options->width;
    gpu->height = (uint32_t) options->height;
    ret = gpu_arena_init (&gpu->arena, MIB (options->memory_mib));
    if (ret < 0) {
        gpu_arena_finish (&gpu->arena);
        free (gpu);
        return ret;
    }
    virtio_init (&gpu->virtio, args, &gpu_device_ops, as_vga ? &vga_type : &gpu_type, GPU_N_QUEUES,
                 args->env->loop);
    gpu->virtio.device.class = &virtio_gpu_class;
    gpu->virtio.offered |= BIT_ULL (VIRTIO_GPU_F_EDID);
    gpu->virtio.config = gpu->config;
    gpu->virtio.config_size = sizeof gpu->config;
    store_le32 (gpu->config + VIRTIO_GPU_CFG_N_SCANOUTS, 1);
    gpu_display_init (gpu);
    ret = virtio_pci_init (&gpu->pci, &gpu->virtio, args->slot);
    if (ret < 0) {
        gpu_destroy (&gpu->virtio.device);
        return ret;
    }
    *out = &gpu->virtio.device;
    return 0;
}

struct pci_function *
virtio_gpu_function (struct device *device)
{
    return &gpu_from_device (device)->pci.function;
}

void
virtio_gpu_set_config_hook (struct device *device,
                            void (*cb) (void *opaque, unsigned offset, unsigned size), void *opaque)
{
    struct virtio_gpu *gpu = gpu_from_device (device);

    gpu->pci.config_hook = cb;
    gpu->pci.config_hook_opaque = opaque;
}

static int
gpu_create (const struct device_args *args, struct device **out)
{
    return virtio_gpu_create (args, false, out);
}

static const struct option gpu_options[] = { VIRTIO_GPU_OPTIONS };

const struct device_class virtio_gpu_class = {
    .name = "virtio-gpu",
    .summary = "Paravirtual display",
    .bus = DEVICE_BUS_PCI,
    .is_fixed = true, /* consoles hold on to it */
    .backend = BACKEND_NONE,
    .options = gpu_options,
    .n_options = ARRAY_SIZE (gpu_options),
    .config_size = sizeof (struct virtio_gpu_config),
    .create = gpu_create,
};
