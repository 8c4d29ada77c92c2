/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpu-display.c - what virtio-gpu shows: the monitor, the scanout, the cursor.
 *
 * The monitor belongs to the viewers, not to the guest: its preferred mode is what they wished for last
 * and outlives resets.  A wish raises the display event; the driver then asks for display information
 * and EDID, and does as it likes.
 *
 * The source is switched on when the driver first shows something and off by a reset, so that a VGA in
 * the same machine is seen before and after.  Switching calls other sources, which take their device's
 * lock: so it is done by work on the main loop, without ours.
 */
#include "bits.h"
#include "edid.h"
#include "gpu-private.h"
#include "loop.h"

#define MIN_WIDTH  320u
#define MIN_HEIGHT 200u

/* --- the monitor ----------------------------------------------------------------------------- */

uint32_t
gpu_get_display_info (struct virtio_gpu *gpu, const uint8_t *request)
{
    uint8_t *one = gpu->answer + VIRTIO_GPU_HDR_BYTES;

    gpu->answer_bytes =
        VIRTIO_GPU_HDR_BYTES + VIRTIO_GPU_MAX_SCANOUTS * VIRTIO_GPU_DISPLAY_ONE_BYTES;
    memset (one, 0, gpu->answer_bytes - VIRTIO_GPU_HDR_BYTES);
    store_le32 (one + 8, gpu->width);
    store_le32 (one + 12, gpu->height);
    store_le32 (one + 16, 1); /* enabled */
    return VIRTIO_GPU_OK_DISPLAY_INFO;
}

uint32_t
gpu_get_edid (struct virtio_gpu *gpu, const uint8_t *request)
{
    uint8_t *p = gpu->answer + VIRTIO_GPU_HDR_BYTES;

    if (load_le32 (request + VIRTIO_GPU_HDR_BYTES) != 0)
        return VIRTIO_GPU_ERR_INVALID_SCANOUT;
    gpu->answer_bytes = VIRTIO_GPU_HDR_BYTES + 8 + VIRTIO_GPU_EDID_MAX_BYTES;
    memset (p, 0, gpu->answer_bytes - VIRTIO_GPU_HDR_BYTES);
    store_le32 (p, EDID_BYTES);
    edid_fill (p + 8, gpu->width, gpu->height);
    return VIRTIO_GPU_OK_EDID;
}

static void
resize (void *opaque, uint32_t width, uint32_t height)
{
    struct virtio_gpu *gpu = opaque;
    uint8_t *events = gpu->config + VIRTIO_GPU_CFG_EVENTS_READ;

    width = MAX_OF (MIN_WIDTH, MIN_OF (width, EDID_MAX_SIDE));
    height = MAX_OF (MIN_HEIGHT, MIN_OF (height, EDID_MAX_SIDE));
    pthread_mutex_lock (&gpu->virtio.lock);
    if (gpu->width != width || gpu->height != height) {
        gpu->width = width;
        gpu->height = height;
        store_le32 (events, load_le32 (events) | VIRTIO_GPU_EVENT_DISPLAY);
        if (gpu->virtio.status & VIRTIO_STATUS_DRIVER_OK)
            virtio_config_changed_locked (&gpu->virtio);
    }
    pthread_mutex_unlock (&gpu->virtio.lock);
}

/* --- the scanout ----------------------------------------------------------------------------- */

static bool
has_display (const struct virtio_gpu *gpu)
{
    return gpu->source.scanout != NULL;
}

static void
switch_work_cb (void *opaque)
{
    struct virtio_gpu *gpu = opaque;
    bool on;

    pthread_mutex_lock (&gpu->virtio.lock);
    on = gpu->is_driven;
    pthread_mutex_unlock (&gpu->virtio.lock);
    scanout_switch_source (&gpu->source, on);
}

static void
set_driven (struct virtio_gpu *gpu, bool driven)
{
    if (gpu->is_driven == driven)
        return;
    gpu->is_driven = driven;
    if (has_display (gpu))
        loop_work_queue (gpu->virtio.loop, &gpu->switch_work);
}

static void
show_nothing (struct virtio_gpu *gpu)
{
    const struct scanout_surface nothing = { .fd = -1 };

    if (gpu->shown_id == 0)
        return;
    gpu->shown_id = 0;
    if (has_display (gpu))
        scanout_set_surface (&gpu->source, &nothing);
}

static void
show (struct virtio_gpu *gpu, const struct gpu_resource *resource, const struct gpu_rect *rect)
{
    uint32_t stride = resource->width * GPU_PIXEL_BYTES;
    struct scanout_surface surface = {
        .fd = gpu->arena.fd,
        .offset_bytes = gpu_resource_offset (resource) + (uint64_t) rect->y * stride
                        + (uint64_t) rect->x * GPU_PIXEL_BYTES,
        .width = rect->width,
        .height = rect->height,
        .stride_bytes = stride,
    };

    gpu->shown_id = resource->id;
    gpu->shown = *rect;
    if (has_display (gpu))
        scanout_set_surface (&gpu->source, &surface);
}

uint32_t
gpu_set_scanout (struct virtio_gpu *gpu, const uint8_t *request)
{
    struct gpu_rect rect = gpu_load_rect (request + VIRTIO_GPU_HDR_BYTES);
    uint32_t scanout_id = load_le32 (request + VIRTIO_GPU_HDR_BYTES + 16);
    uint32_t id = load_le32 (request + VIRTIO_GPU_HDR_BYTES + 20);
    const struct gpu_resource *resource = gpu_find_resource (gpu, id);

    if (scanout_id != 0)
        return VIRTIO_GPU_ERR_INVALID_SCANOUT;
    if (id == 0) {
        show_nothing (gpu);
        return VIRTIO_GPU_OK_NODATA;
    }
    if (!resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    if (rect.width == 0 || rect.height == 0 || !gpu_rect_fits (resource, &rect))
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    show (gpu, resource, &rect);
    set_driven (gpu, true);
    return VIRTIO_GPU_OK_NODATA;
}

void
gpu_resource_goes (struct virtio_gpu *gpu, uint32_t id)
{
    if (gpu->shown_id == id)
        show_nothing (gpu);
}

/* What RECT, of the resource, is of what is shown of it. */
static void
damage (struct virtio_gpu *gpu, const struct gpu_rect *rect)
{
    const struct gpu_rect *shown = &gpu->shown;
    uint32_t x1 = MAX_OF (rect->x, shown->x), y1 = MAX_OF (rect->y, shown->y);
    uint32_t x2 = MIN_OF (rect->x + rect->width, shown->x + shown->width);
    uint32_t y2 = MIN_OF (rect->y + rect->height, shown->y + shown->height);

    if (x1 < x2 && y1 < y2)
        scanout_damage (&gpu->source, x1 - shown->x, y1 - shown->y, x2 - x1, y2 - y1);
}

uint32_t
gpu_flush (struct virtio_gpu *gpu, const uint8_t *request)
{
    struct gpu_rect rect = gpu_load_rect (request + VIRTIO_GPU_HDR_BYTES);
    const struct gpu_resource *resource =
        gpu_find_resource (gpu, load_le32 (request + VIRTIO_GPU_HDR_BYTES + 16));

    if (!resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    if (!gpu_rect_fits (resource, &rect))
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    if (gpu->shown_id == resource->id && has_display (gpu))
        damage (gpu, &rect);
    return VIRTIO_GPU_OK_NODATA;
}

/* --- the cursor ------------------------------------------------------------------------------ */

/* Cursors are what hardware has, 64×64 or less; others are none. */
static uint32_t
load_cursor (struct virtio_gpu *gpu, const struct gpu_resource *resource, uint32_t hot_x,
             uint32_t hot_y)
{
    struct scanout_cursor *c = &gpu->cursor;

    if (resource->width > SCANOUT_CURSOR_SIDE || resource->height > SCANOUT_CURSOR_SIDE)
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    c->width = resource->width;
    c->height = resource->height;
    c->hot_x = MIN_OF (hot_x, c->width - 1);
    c->hot_y = MIN_OF (hot_y, c->height - 1);
    memcpy (c->pixels, gpu->arena.pixels + gpu_resource_offset (resource),
            (size_t) c->width * c->height * GPU_PIXEL_BYTES);
    return VIRTIO_GPU_OK_NODATA;
}

uint32_t
gpu_move_cursor (struct virtio_gpu *gpu, const uint8_t *request)
{
    const uint8_t *at = request + VIRTIO_GPU_HDR_BYTES;

    if (load_le32 (at) != 0)
        return VIRTIO_GPU_ERR_INVALID_SCANOUT;
    if (has_display (gpu))
        scanout_move_cursor (&gpu->source, (int32_t) load_le32 (at + 4),
                             (int32_t) load_le32 (at + 8));
    return VIRTIO_GPU_OK_NODATA;
}

uint32_t
gpu_update_cursor (struct virtio_gpu *gpu, const uint8_t *request)
{
    const uint8_t *p = request + VIRTIO_GPU_HDR_BYTES + 16;
    uint32_t id = load_le32 (p), ret = gpu_move_cursor (gpu, request);
    const struct gpu_resource *resource = gpu_find_resource (gpu, id);

    if (ret != VIRTIO_GPU_OK_NODATA)
        return ret;
    if (id != 0 && !resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    gpu->cursor.width = gpu->cursor.height = gpu->cursor.hot_x = gpu->cursor.hot_y = 0;
    if (resource)
        ret = load_cursor (gpu, resource, load_le32 (p + 4), load_le32 (p + 8));
    if (has_display (gpu))
        scanout_set_cursor (&gpu->source, &gpu->cursor);
    return ret;
}

/* --- life ------------------------------------------------------------------------------------ */

/* The guest says what changed; nothing has to be looked for. */
static void
watch (void *opaque, bool on)
{
}

static const struct scanout_ops scanout_ops = { .watch = watch, .resize = resize };

void
gpu_display_init (struct virtio_gpu *gpu)
{
    struct scanout *scanout = gpu->virtio.device.env->scanout;

    loop_work_init (&gpu->switch_work, switch_work_cb, gpu);
    gpu->source.ops = &scanout_ops;
    gpu->source.opaque = gpu;
    gpu->source.rank = 1; /* before a VGA */
    if (scanout)
        scanout_add_source (scanout, &gpu->source, false);
}

void
gpu_display_finish (struct virtio_gpu *gpu)
{
    loop_work_cancel (gpu->virtio.loop, &gpu->switch_work);
    scanout_remove_source (&gpu->source);
}

void
gpu_display_reset (struct virtio_gpu *gpu)
{
    show_nothing (gpu);
    gpu->cursor.width = gpu->cursor.height = 0;
    if (has_display (gpu))
        scanout_set_cursor (&gpu->source, &gpu->cursor);
    set_driven (gpu, false);
}
