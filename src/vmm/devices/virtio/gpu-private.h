/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpu-private.h - what the parts of virtio-gpu share; see gpu.c for how they work together. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gpu.h"
#include "queue.h"
#include "scanout.h"
#include "transport-pci.h"

#define GPU_N_QUEUES      2
#define GPU_PAGE_BYTES    4096u
#define GPU_PIXEL_BYTES   4u
#define GPU_REQUEST_BYTES 56 /* the longest fixed part of a command */
#define GPU_ANSWER_BYTES  (VIRTIO_GPU_HDR_BYTES + 8 + VIRTIO_GPU_EDID_MAX_BYTES)

struct gpu_rect {
    uint32_t x, y, width, height;
};

/* A piece of guest memory, as the guest named it: looked up anew for each transfer. */
struct gpu_entry {
    gpa_t gpa;
    uint32_t len_bytes;
};

/* A picture of the guest's, on the host.  Pixels are XRGB8888 or ARGB8888 without a gap between
 * lines, whatever the guest's format is. */
struct gpu_resource {
    uint32_t id; /* never 0 */
    uint32_t width, height;
    uint8_t order[GPU_PIXEL_BYTES]; /* where each of our bytes is in a pixel of the guest's */
    bool is_plain;                  /* in the same place */
    uint32_t first_page, n_pages;   /* in the arena; one page more than pixels need */
    uint32_t n_entries;             /* 0: no backing */
};

/* The arena: see gpu-resource.c. */
struct gpu_arena {
    int fd; /* read-only where that is possible; for watchers */
    uint8_t *pixels;
    uint32_t n_pages;
    struct gpu_entry *entries; /* n_pages of them */
    unsigned n_resources;
    struct gpu_resource resources[VIRTIO_GPU_MAX_RESOURCES]; /* by first_page */
};

struct virtio_gpu {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    uint8_t config[VIRTIO_GPU_CFG_BYTES];
    struct gpu_arena arena;

    struct scanout_source source; /* source.scanout is NULL where there is no display */
    struct loop_work switch_work;
    bool is_driven;    /* the driver has shown something since the last reset */
    uint32_t shown_id; /* the resource that is shown, 0: none */
    struct gpu_rect shown;
    uint32_t width, height;       /* the monitor's preferred mode */
    struct scanout_cursor cursor; /* here because it is large */

    /* The command that is being handled. */
    struct queue_chain chain;
    uint8_t answer[GPU_ANSWER_BYTES];
    uint32_t answer_bytes;
    uint64_t turn_bytes; /* copied since the loop's turn began */
};

/* A command: REQUEST is its fixed part, as long as gpu.c's table says.  Returns the answer's type; what
 * it says beyond the header is in gpu->answer, answer_bytes set.  All with the lock held. */
typedef uint32_t gpu_command (struct virtio_gpu *gpu, const uint8_t *request);

/* gpu-resource.c */
int gpu_arena_init (struct gpu_arena *arena, uint64_t bytes); /* gpu_arena_finish() in any case */
void gpu_arena_finish (struct gpu_arena *arena);
void gpu_arena_clear (struct gpu_arena *arena);
struct gpu_resource *gpu_find_resource (struct virtio_gpu *gpu, uint32_t id); /* or NULL */
uint64_t gpu_resource_offset (const struct gpu_resource *resource); /* of its pixels in the arena */
bool gpu_rect_fits (const struct gpu_resource *resource, const struct gpu_rect *rect);
struct gpu_rect gpu_load_rect (const uint8_t *p);
gpu_command gpu_resource_create, gpu_resource_unref, gpu_attach_backing, gpu_detach_backing;
gpu_command gpu_transfer;

/* gpu-display.c */
void gpu_display_init (struct virtio_gpu *gpu);
void gpu_display_finish (struct virtio_gpu *gpu);
void gpu_display_reset (struct virtio_gpu *gpu);
void gpu_resource_goes (struct virtio_gpu *gpu, uint32_t id); /* nothing shows it any more */
gpu_command gpu_get_display_info, gpu_get_edid, gpu_set_scanout, gpu_flush;
gpu_command gpu_update_cursor, gpu_move_cursor;
