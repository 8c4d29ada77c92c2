/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpu-resource.c - the guest's pictures on the host, and the guest memory they come from.
 *
 * Theory of operation.  This protocol lets guests size memory, so nothing here is allocated for them:
 * there is one arena, made with the device, a sealed memfd as large as the machine's owner allows,
 * and a page of it costs nothing until it is written.  A resource is a run of its pages, first fit;
 * when it goes, its pages go back to the host.  Watchers get the arena's descriptor and an offset, so
 * that a resource is shown where it lies.
 *
 * The list of guest memory behind a resource is as long as the guest likes to chop it.  An entry for
 * each page is what honest drivers need at most, and one more where the memory begins amid a page;
 * so there is a table with an entry for each page of the arena, a resource's entries are those of its
 * own pages, and each resource has a page more than its pixels need.  Longer lists are refused.
 *
 * Bounds, then: pixels never exceed the arena; entries 16 bytes a page of it; resources are a fixed
 * table.  All sums are made in 64 bits on sides of at most VIRTIO_GPU_MAX_SIDE.
 *
 * Guest memory is reached through the gate for each piece of each transfer: RAM may have gone since
 * the backing was attached.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "gpu-private.h"

#define ENTRIES_A_READ 64

/* --- the arena ------------------------------------------------------------------------------- */

/* The watchers' descriptor of FD's memory: one they cannot write through, where /proc allows. */
static int
share (int fd)
{
    char path[32];
    int shared;

    snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
    shared = open (path, O_RDONLY | O_CLOEXEC);
    if (shared < 0)
        return fd;
    close (fd);
    return shared;
}

int
gpu_arena_init (struct gpu_arena *arena, uint64_t bytes)
{
    size_t table = bytes / GPU_PAGE_BYTES * sizeof *arena->entries;
    void *mapped;

    arena->n_pages = (uint32_t) (bytes / GPU_PAGE_BYTES);
    arena->fd = fd_memfd_map ("vitrine-gpu", bytes, &mapped);
    if (arena->fd < 0)
        return arena->fd;
    arena->pixels = mapped;
    arena->entries = mmap (NULL, table, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena->entries == MAP_FAILED)
        return -ENOMEM;
    arena->fd = share (arena->fd);
    return 0;
}

void
gpu_arena_finish (struct gpu_arena *arena)
{
    uint64_t bytes = (uint64_t) arena->n_pages * GPU_PAGE_BYTES;

    if (arena->pixels)
        munmap (arena->pixels, bytes);
    if (arena->entries && arena->entries != MAP_FAILED)
        munmap (arena->entries, arena->n_pages * sizeof *arena->entries);
    fd_close (&arena->fd);
}

/* Gives pages back to the host; they read as zeros from now on. */
static void
give_back (struct gpu_arena *arena, uint32_t first_page, uint32_t n_pages)
{
    uint8_t *start = arena->pixels + (uint64_t) first_page * GPU_PAGE_BYTES;
    size_t len = (size_t) n_pages * GPU_PAGE_BYTES;

    if (madvise (start, len, MADV_REMOVE) < 0)
        memset (start, 0, len);
}

void
gpu_arena_clear (struct gpu_arena *arena)
{
    const struct gpu_resource *last;

    if (arena->n_resources == 0)
        return;
    last = &arena->resources[arena->n_resources - 1];
    give_back (arena, 0, last->first_page + last->n_pages);
    arena->n_resources = 0;
}

/* Makes room for N_PAGES; returns the new resource, in its place among the others, or NULL. */
static struct gpu_resource *
take_pages (struct gpu_arena *arena, uint32_t n_pages)
{
    uint32_t at = 0;
    unsigned i;

    if (arena->n_resources == VIRTIO_GPU_MAX_RESOURCES)
        return NULL;
    for (i = 0; i < arena->n_resources; i++) {
        const struct gpu_resource *r = &arena->resources[i];

        if (r->first_page - at >= n_pages)
            break;
        at = r->first_page + r->n_pages;
    }
    if (n_pages > arena->n_pages - at)
        return NULL;
    memmove (&arena->resources[i + 1], &arena->resources[i],
             (arena->n_resources - i) * sizeof arena->resources[0]);
    arena->n_resources++;
    arena->resources[i] = (struct gpu_resource){ .first_page = at, .n_pages = n_pages };
    return &arena->resources[i];
}

/* --- resources ------------------------------------------------------------------------------- */

struct gpu_resource *
gpu_find_resource (struct virtio_gpu *gpu, uint32_t id)
{
    struct gpu_arena *arena = &gpu->arena;

    for (unsigned i = 0; id != 0 && i < arena->n_resources; i++) {
        if (arena->resources[i].id == id)
            return &arena->resources[i];
    }
    return NULL;
}

uint64_t
gpu_resource_offset (const struct gpu_resource *resource)
{
    return (uint64_t) resource->first_page * GPU_PAGE_BYTES;
}

bool
gpu_rect_fits (const struct gpu_resource *resource, const struct gpu_rect *rect)
{
    return range_fits (rect->x, rect->width, resource->width)
           && range_fits (rect->y, rect->height, resource->height);
}

struct gpu_rect
gpu_load_rect (const uint8_t *p)
{
    return (struct gpu_rect){ load_le32 (p), load_le32 (p + 4), load_le32 (p + 8),
                              load_le32 (p + 12) };
}

/* Where blue, green, red and alpha are in a pixel of FORMAT; NULL when that is no format. */
static const uint8_t *
find_order (uint32_t format)
{
    static const struct {
        uint32_t format;
        uint8_t order[GPU_PIXEL_BYTES];
    } formats[] = {
        { VIRTIO_GPU_FORMAT_B8G8R8A8, { 0, 1, 2, 3 } },
        { VIRTIO_GPU_FORMAT_B8G8R8X8, { 0, 1, 2, 3 } },
        { VIRTIO_GPU_FORMAT_A8R8G8B8, { 3, 2, 1, 0 } },
        { VIRTIO_GPU_FORMAT_X8R8G8B8, { 3, 2, 1, 0 } },
        { VIRTIO_GPU_FORMAT_R8G8B8A8, { 2, 1, 0, 3 } },
        { VIRTIO_GPU_FORMAT_X8B8G8R8, { 1, 2, 3, 0 } },
        { VIRTIO_GPU_FORMAT_A8B8G8R8, { 1, 2, 3, 0 } },
        { VIRTIO_GPU_FORMAT_R8G8B8X8, { 2, 1, 0, 3 } },
    };

    for (size_t i = 0; i < ARRAY_SIZE (formats); i++) {
        if (formats[i].format == format)
            return formats[i].order;
    }
    return NULL;
}

uint32_t
gpu_resource_create (struct virtio_gpu *gpu, const uint8_t *request)
{
    uint32_t id = load_le32 (request + VIRTIO_GPU_HDR_BYTES);
    const uint8_t *order = find_order (load_le32 (request + VIRTIO_GPU_HDR_BYTES + 4));
    uint32_t width = load_le32 (request + VIRTIO_GPU_HDR_BYTES + 8);
    uint32_t height = load_le32 (request + VIRTIO_GPU_HDR_BYTES + 12);
    struct gpu_resource *resource;
    uint64_t bytes;

    if (id == 0 || gpu_find_resource (gpu, id))
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    if (!order || width == 0 || width > VIRTIO_GPU_MAX_SIDE || height == 0
        || height > VIRTIO_GPU_MAX_SIDE)
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    bytes = (uint64_t) width * height * GPU_PIXEL_BYTES;
    resource = take_pages (&gpu->arena,
                           (uint32_t) (align_up (bytes, GPU_PAGE_BYTES) / GPU_PAGE_BYTES) + 1);
    if (!resource)
        return VIRTIO_GPU_ERR_OUT_OF_MEMORY;
    resource->id = id;
    resource->width = width;
    resource->height = height;
    memcpy (resource->order, order, sizeof resource->order);
    resource->is_plain = order[0] == 0;
    return VIRTIO_GPU_OK_NODATA;
}

uint32_t
gpu_resource_unref (struct virtio_gpu *gpu, const uint8_t *request)
{
    struct gpu_arena *arena = &gpu->arena;
    uint32_t id = load_le32 (request + VIRTIO_GPU_HDR_BYTES);
    struct gpu_resource *resource = gpu_find_resource (gpu, id);

    if (!resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    gpu_resource_goes (gpu, id);
    give_back (arena, resource->first_page, resource->n_pages);
    arena->n_resources--;
    memmove (resource, resource + 1,
             (size_t) (arena->resources + arena->n_resources - resource) * sizeof *resource);
    return VIRTIO_GPU_OK_NODATA;
}

/* --- backing --------------------------------------------------------------------------------- */

/* Reads N entries behind the command into TO; false when the command is too short, or names what is
 * not RAM. */
static bool
read_entries (struct virtio_gpu *gpu, struct gpu_entry *to, uint32_t n)
{
    uint8_t raw[ENTRIES_A_READ * VIRTIO_GPU_ENTRY_BYTES];
    uint64_t at = VIRTIO_GPU_HDR_BYTES + 8;

    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *p = raw + i % ENTRIES_A_READ * VIRTIO_GPU_ENTRY_BYTES;
        size_t bytes = MIN_OF (n - i, (uint32_t) ENTRIES_A_READ) * VIRTIO_GPU_ENTRY_BYTES;

        if (i % ENTRIES_A_READ == 0) {
            if (queue_chain_read (&gpu->chain, at, raw, bytes) != bytes)
                return false;
            at += bytes;
        }
        to[i] = (struct gpu_entry){ load_le64 (p), load_le32 (p + 8) };
        if (!memory_at (gpu->virtio.device.env->memory, to[i].gpa, to[i].len_bytes))
            return false;
    }
    return true;
}

uint32_t
gpu_attach_backing (struct virtio_gpu *gpu, const uint8_t *request)
{
    struct gpu_resource *resource =
        gpu_find_resource (gpu, load_le32 (request + VIRTIO_GPU_HDR_BYTES));
    uint32_t n = load_le32 (request + VIRTIO_GPU_HDR_BYTES + 4);

    if (!resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    if (resource->n_entries > 0)
        return VIRTIO_GPU_ERR_UNSPEC;
    if (n == 0 || n > resource->n_pages)
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    if (!read_entries (gpu, gpu->arena.entries + resource->first_page, n))
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    resource->n_entries = n;
    return VIRTIO_GPU_OK_NODATA;
}

uint32_t
gpu_detach_backing (struct virtio_gpu *gpu, const uint8_t *request)
{
    struct gpu_resource *resource =
        gpu_find_resource (gpu, load_le32 (request + VIRTIO_GPU_HDR_BYTES));

    if (!resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    if (resource->n_entries == 0)
        return VIRTIO_GPU_ERR_UNSPEC;
    resource->n_entries = 0;
    return VIRTIO_GPU_OK_NODATA;
}

/* --- transfers ------------------------------------------------------------------------------- */

/* A place in a resource's backing.  It only moves on, so that a whole transfer walks the entries
 * once. */
struct reader {
    const struct memory *memory;
    const struct gpu_entry *entries;
    uint32_t n_entries, entry;
    uint64_t entry_start; /* of the present entry, in the backing */
};

/* Copies LEN bytes of the backing, from OFFSET on, to TO.  Returns false when there are not as many or
 * they are not RAM any more. */
static bool
read_backing (struct reader *r, uint64_t offset, uint8_t *to, uint64_t len)
{
    while (len > 0) {
        const struct gpu_entry *e = &r->entries[r->entry];
        uint64_t in_entry = offset - r->entry_start, n;

        if (r->entry == r->n_entries)
            return false;
        if (in_entry >= e->len_bytes) {
            r->entry_start += e->len_bytes;
            r->entry++;
            continue;
        }
        n = MIN_OF (len, e->len_bytes - in_entry);
        if (!memory_read (r->memory, e->gpa + in_entry, to, n))
            return false;
        offset += n;
        to += n;
        len -= n;
    }
    return true;
}

/* Makes N pixels of the guest's ours, in place. */
static void
reorder (const struct gpu_resource *resource, uint8_t *pixels, uint32_t n)
{
    const uint8_t *order = resource->order;

    for (uint32_t i = 0; i < n; i++, pixels += GPU_PIXEL_BYTES) {
        uint8_t p[GPU_PIXEL_BYTES];

        memcpy (p, pixels, sizeof p);
        for (unsigned c = 0; c < GPU_PIXEL_BYTES; c++)
            pixels[c] = p[order[c]];
    }
}

/* §5.7.6.8: the rectangle's first line is at OFFSET of the backing, the next ones a line of the
 * resource further each. */
uint32_t
gpu_transfer (struct virtio_gpu *gpu, const uint8_t *request)
{
    struct gpu_rect rect = gpu_load_rect (request + VIRTIO_GPU_HDR_BYTES);
    uint64_t offset = load_le64 (request + VIRTIO_GPU_HDR_BYTES + 16), end;
    struct gpu_resource *resource =
        gpu_find_resource (gpu, load_le32 (request + VIRTIO_GPU_HDR_BYTES + 24));
    uint64_t stride, len = (uint64_t) rect.width * GPU_PIXEL_BYTES;
    struct reader r = { .memory = gpu->virtio.device.env->memory };
    uint8_t *to;

    if (!resource)
        return VIRTIO_GPU_ERR_INVALID_RESOURCE;
    stride = (uint64_t) resource->width * GPU_PIXEL_BYTES;
    if (!gpu_rect_fits (resource, &rect) || add_overflows (offset, stride * rect.height, &end))
        return VIRTIO_GPU_ERR_INVALID_PARAMETER;
    if (resource->n_entries == 0)
        return VIRTIO_GPU_ERR_UNSPEC;
    r.entries = gpu->arena.entries + resource->first_page;
    r.n_entries = resource->n_entries;
    to = gpu->arena.pixels + gpu_resource_offset (resource) + rect.y * stride
         + (uint64_t) rect.x * GPU_PIXEL_BYTES;
    for (uint32_t y = 0; y < rect.height; y++, offset += stride, to += stride) {
        gpu->turn_bytes += len; /* of a transfer that fails in the end, too */
        if (!read_backing (&r, offset, to, len))
            return VIRTIO_GPU_ERR_INVALID_PARAMETER;
        if (!resource->is_plain)
            reorder (resource, to, rect.width);
    }
    return VIRTIO_GPU_OK_NODATA;
}
