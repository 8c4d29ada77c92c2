/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-gpu.h - fuzzing: the commands of a virtio-gpu's driver, nearly right. */
#pragma once

#include "fuzz-virtio.h"
#include "gpu.h"

/* A few resources, so that the same is met again. */
static inline uint32_t
fuzz_gpu_id (struct fuzz_script *s)
{
    return fuzz_once_in (s, 16) ? (uint32_t) fuzz_number (s) : fuzz_pick (s, 5);
}

/* Mostly small; 1 to 256, else a number near some edge. */
static inline uint32_t
fuzz_gpu_side (struct fuzz_script *s)
{
    return fuzz_once_in (s, 8) ? (uint32_t) fuzz_number (s) : 1 + fuzz_pick (s, 256);
}

static inline void
fuzz_gpu_rectangle (struct fuzz_script *s, uint8_t *p)
{
    bool is_corner = !fuzz_once_in (s, 2);

    store_le32 (p, is_corner ? 0 : fuzz_gpu_side (s));
    store_le32 (p + 4, is_corner ? 0 : fuzz_gpu_side (s));
    store_le32 (p + 8, fuzz_gpu_side (s));
    store_le32 (p + 12, fuzz_gpu_side (s));
}

/* Backing of some pieces, mostly large enough together; returns the bytes of the list. */
static inline unsigned
fuzz_gpu_backing (struct fuzz_script *s, uint8_t *p)
{
    unsigned n = fuzz_pick (s, 8);

    store_le32 (p, fuzz_once_in (s, 16) ? (uint32_t) fuzz_number (s) : n);
    for (unsigned i = 0; i < n; i++) {
        uint8_t *entry = p + 4 + i * VIRTIO_GPU_ENTRY_BYTES;

        store_le64 (entry,
                    fuzz_once_in (s, 16) ? fuzz_gpa (s) : 0x400000 + 0x1000u * fuzz_pick (s, 256));
        store_le32 (entry + 8,
                    fuzz_once_in (s, 8) ? (uint32_t) fuzz_number (s) : 0x1000u << fuzz_pick (s, 8));
    }
    return 4 + n * VIRTIO_GPU_ENTRY_BYTES;
}

static inline bool
fuzz_gpu_compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    static const uint32_t types[] = {
        VIRTIO_GPU_GET_DISPLAY_INFO,
        VIRTIO_GPU_GET_EDID,
        VIRTIO_GPU_RESOURCE_CREATE_2D,
        VIRTIO_GPU_RESOURCE_CREATE_2D,
        VIRTIO_GPU_RESOURCE_UNREF,
        VIRTIO_GPU_SET_SCANOUT,
        VIRTIO_GPU_RESOURCE_FLUSH,
        VIRTIO_GPU_TRANSFER_TO_HOST_2D,
        VIRTIO_GPU_RESOURCE_ATTACH_BACKING,
        VIRTIO_GPU_RESOURCE_ATTACH_BACKING,
        VIRTIO_GPU_RESOURCE_DETACH_BACKING,
        VIRTIO_GPU_UPDATE_CURSOR,
        VIRTIO_GPU_MOVE_CURSOR,
    };
    static const uint8_t formats[] = { 1, 2, 3, 4, 67, 68, 121, 134, 5 };
    struct fuzz_script *s = &f->script;
    unsigned n_types = ARRAY_SIZE (types);
    uint32_t type = queue == VIRTIO_GPU_CURSOR_QUEUE ? types[n_types - 1 - fuzz_pick (s, 2)]
                                                     : types[fuzz_pick (s, n_types - 2)];
    uint8_t *body = request->out + VIRTIO_GPU_HDR_BYTES;
    unsigned bytes = 32;

    store_le32 (request->out, type);
    store_le32 (request->out + VIRTIO_GPU_HDR_FLAGS, fuzz_pick (s, 2));
    switch (type) {
    case VIRTIO_GPU_RESOURCE_CREATE_2D:
        store_le32 (body, fuzz_gpu_id (s));
        store_le32 (body + 4, formats[fuzz_pick (s, ARRAY_SIZE (formats))]);
        store_le32 (body + 8, fuzz_gpu_side (s));
        store_le32 (body + 12, fuzz_gpu_side (s));
        break;
    case VIRTIO_GPU_RESOURCE_ATTACH_BACKING:
        store_le32 (body, fuzz_gpu_id (s));
        bytes = 4 + fuzz_gpu_backing (s, body + 4);
        break;
    case VIRTIO_GPU_SET_SCANOUT:
    case VIRTIO_GPU_RESOURCE_FLUSH:
        fuzz_gpu_rectangle (s, body);
        store_le32 (body + 16,
                    type == VIRTIO_GPU_SET_SCANOUT ? fuzz_once_in (s, 16) : fuzz_gpu_id (s));
        store_le32 (body + 20, fuzz_gpu_id (s));
        break;
    case VIRTIO_GPU_TRANSFER_TO_HOST_2D:
        fuzz_gpu_rectangle (s, body);
        store_le64 (body + 16, fuzz_once_in (s, 4) ? fuzz_number (s) : 0);
        store_le32 (body + 24, fuzz_gpu_id (s));
        break;
    case VIRTIO_GPU_UPDATE_CURSOR:
    case VIRTIO_GPU_MOVE_CURSOR:
        fuzz_fill (s, body, 12);
        store_le32 (body + 16, fuzz_gpu_id (s));
        store_le32 (body + 20, fuzz_gpu_side (s));
        store_le32 (body + 24, fuzz_gpu_side (s));
        break;
    default:
        store_le32 (body, fuzz_gpu_id (s));
        break;
    }
    request->out_bytes =
        VIRTIO_GPU_HDR_BYTES + (fuzz_once_in (s, 16) ? fuzz_pick (s, bytes) : bytes);
    request->in_bytes = fuzz_once_in (s, 16) ? fuzz_pick (s, 32) : 2048;
    return true;
}
