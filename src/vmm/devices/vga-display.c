/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-display.c - watchers, surfaces and damage of the display adapter.
 *
 * Theory of operation.  The scanout asks for a refresh at most 60 times a second, and only while
 * somebody watches.  A refresh
 *
 *   1. snapshots registers (struct vga_look) and takes the record of what changed in video
 *      memory: pages the guest wrote (KVM's dirty log of BAR 0 and of a mapped window) and pages
 *      we wrote for it;
 *
 *   2. chooses the surface: video memory itself where it holds 32 bits a pixel and the record is
 *      exact (vga->can_show_memory), else the shadow;
 *
 *   3. renders into the shadow the lines that may have changed: all of them when the snapshot is
 *      another one, else those whose bytes are in changed pages; in text those whose cells differ
 *      from the ones drawn last.
 *
 * A rendered line is compared with what the shadow has, and only pixels that differ are copied and
 * count as damage.  So a page that was written with what was in it costs a rendering and nothing
 * further down, and the record of changes may be as coarse as it likes.  Of the record nothing is
 * kept between refreshes, and none is made while nobody watches: then the next refresh is a full
 * one.
 *
 * All of this runs on the main loop's thread, so it needs the adapter's lock for step 1 only.  The
 * shadow has its largest size from the start; pages not used are not there.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fd.h"
#include "loop.h"
#include "scanout.h"
#include "vga-look.h"

#define CELLS_A_ROW  (VGA_MAX_COLUMNS + 1) /* one more than is seen, for panning */
#define FIRST_WIDTH  640u                  /* of the black before the first mode */
#define FIRST_HEIGHT 400u

struct vga_display {
    struct vga *vga;
    struct scanout_source source;
    int shadow_fd; /* for watchers */
    uint8_t *shadow;
    bool shadow_is_used;
    bool is_stale; /* nobody watched: look and cells say nothing about what changed since */
    struct vga_look look;
    struct vga_text_cursor cursor;
    struct scanout_surface surface;
    uint64_t *changed; /* pages of video memory, of this refresh */
    uint64_t *fetched;

    struct vga_line lines[VGA_MAX_LINES];
    uint8_t fonts[2][VGA_FONT_BYTES];
    vga_cell *cells; /* VGA_MAX_LINES rows of CELLS_A_ROW: as drawn last */
    uint32_t buffer[VGA_LINE_PIXELS];
    struct {
        uint32_t x1, y1, x2, y2;
    } damage; /* of this refresh; empty: x1 >= x2 */
};

/* --- what changed -------------------------------------------------------------------- */

static size_t
record_words (const struct vga *vga)
{
    return vga->vram_bytes / VGA_PAGE_BYTES / 64;
}

/* Takes the record of what changed since the last refresh. */
static void
take_changed_locked (struct vga_display *d)
{
    struct vga *vga = d->vga;

    vga_window_sync (vga);
    memory_dirty_fetch (vga->device.env->memory, &vga->vram_block, d->fetched);
    for (size_t i = 0; i < record_words (vga); i++) {
        d->changed[i] = d->fetched[i] | vga->dirty[i];
        vga->dirty[i] = 0;
    }
}

static bool
is_changed (const struct vga_display *d, uint64_t offset, uint64_t len)
{
    uint64_t first = offset / VGA_PAGE_BYTES, last = (offset + len - 1) / VGA_PAGE_BYTES;
    uint64_t end = d->vga->vram_bytes / VGA_PAGE_BYTES;

    for (uint64_t page = first; page <= last && page < end; page++) {
        if (d->changed[page / 64] & BIT_ULL (page % 64))
            return true;
    }
    return false;
}

static void
add_damage (struct vga_display *d, uint32_t x1, uint32_t y1, uint32_t x2, uint32_t y2)
{
    if (d->damage.x1 >= d->damage.x2) {
        d->damage.x1 = x1;
        d->damage.y1 = y1;
        d->damage.x2 = x2;
        d->damage.y2 = y2;
        return;
    }
    d->damage.x1 = MIN_OF (d->damage.x1, x1);
    d->damage.y1 = MIN_OF (d->damage.y1, y1);
    d->damage.x2 = MAX_OF (d->damage.x2, x2);
    d->damage.y2 = MAX_OF (d->damage.y2, y2);
}

/* Makes PIXELS line Y of the shadow; what differs is damage. */
static void
put_line (struct vga_display *d, uint32_t y, const uint32_t *pixels)
{
    uint32_t width = d->surface.width, first = 0, last = width;
    uint32_t *shadow = (uint32_t *) (d->shadow + (size_t) y * d->surface.stride_bytes);

    if (memcmp (shadow, pixels, width * sizeof *pixels) == 0)
        return;
    while (shadow[first] == pixels[first])
        first++;
    while (shadow[last - 1] == pixels[last - 1])
        last--;
    memcpy (shadow + first, pixels + first, (last - first) * sizeof *pixels);
    add_damage (d, first, y, last, y + 1);
}

/* --- pictures ------------------------------------------------------------------------ */

static void
draw_blank (struct vga_display *d, bool all)
{
    if (!all)
        return;
    memset (d->buffer, 0, sizeof d->buffer);
    for (uint32_t y = 0; y < d->surface.height; y++)
        put_line (d, y, d->buffer);
}

static void
draw_packed (struct vga_display *d, bool all)
{
    const struct vga_look *look = &d->look;
    uint64_t len = ((uint64_t) look->width * look->bpp + 7) / 8;

    for (uint32_t y = 0; y < look->height; y++) {
        uint64_t offset = look->offset + (uint64_t) y * look->stride;

        if (all || is_changed (d, offset, len))
            put_line (d, y, vga_render_packed (look, d->vga->vram + offset, d->buffer));
    }
}

/* Whether video memory changed under one line of planes. */
static bool
line_is_changed (const struct vga_display *d, const struct vga_line *line)
{
    const struct vga_look *look = &d->look;
    uint64_t first = vga_look_unit_offset (look, line->unit, line->scan);
    uint64_t last = vga_look_unit_offset (look, line->unit + look->columns, line->scan);

    if (last < first)
        return true; /* runs around the end of the planes */
    return is_changed (d, first * 4, (last - first + 1) * 4);
}

static void
draw_planes (struct vga_display *d, bool all)
{
    const struct vga_look *look = &d->look;
    const struct vga *vga = d->vga;

    vga_look_lines (look, d->lines);
    for (uint32_t y = 0; y < look->height; y++) {
        const struct vga_line *line = &d->lines[y];

        if (all || line_is_changed (d, line))
            put_line (d, y, vga_render_planes (look, vga->vram, vga->vram_bytes, line, d->buffer));
    }
}

/* Rows that the guest draws the same again are found by their cells; fonts have to be looked at. */
static bool
update_fonts (struct vga_display *d)
{
    uint8_t before[VGA_FONT_BYTES];
    bool differ = false;

    for (unsigned f = 0; f < 2; f++) {
        memcpy (before, d->fonts[f], sizeof before);
        for (uint32_t i = 0; i < VGA_FONT_BYTES; i++)
            d->fonts[f][i] = d->vga->vram[(d->look.font[f] + i) * 4 + 2];
        differ |= memcmp (before, d->fonts[f], sizeof before) != 0;
    }
    return differ;
}

static vga_cell
cell_at (const struct vga_display *d, uint32_t unit)
{
    const struct vga_look *look = &d->look;
    const uint8_t *p = d->vga->vram + 4ull * vga_look_unit_offset (look, unit, 0);
    vga_cell cell = (vga_cell) (p[0] | p[1] << 8);

    if (d->cursor.is_shown && (unit & look->offset_mask) == d->cursor.unit
        && look->cursor_first <= look->cursor_last)
        cell |= VGA_CELL_CURSOR;
    if (look->blink && d->cursor.text_hidden && (cell & 0x8000))
        cell |= VGA_CELL_HIDDEN;
    return cell;
}

/* Reads a row of cells from UNIT on; returns whether it differs from what was drawn last. */
static bool
update_row (struct vga_display *d, uint32_t unit, vga_cell *row)
{
    bool differs = false;

    for (uint32_t column = 0; column <= d->look.columns; column++) {
        vga_cell cell = cell_at (d, unit + column);

        differs |= cell != row[column];
        row[column] = cell;
    }
    return differs;
}

static void
draw_text (struct vga_display *d, bool all)
{
    const struct vga_look *look = &d->look;
    bool row_differs = false;

    vga_look_lines (look, d->lines);
    if (all || is_changed (d, 0, VGA_LEGACY_BYTES))
        all |= update_fonts (d);
    for (uint32_t y = 0; y < look->height; y++) {
        const struct vga_line *line = &d->lines[y];
        vga_cell *row = d->cells + (size_t) line->row * CELLS_A_ROW;

        if (y == 0 || line->row != line[-1].row)
            row_differs = update_row (d, line->unit, row);
        if (all || row_differs)
            put_line (d, y,
                      vga_render_text (look, (const uint8_t (*)[VGA_FONT_BYTES]) d->fonts, line,
                                       row, d->buffer));
    }
}

/* What is shown is video memory: changed pages are changed lines. */
static void
draw_direct (struct vga_display *d, bool all)
{
    const struct vga_look *look = &d->look;
    uint32_t row = look->width * 4;

    for (uint32_t y = 0; y < look->height; y++) {
        if (all || is_changed (d, look->offset + (uint64_t) y * look->stride, row))
            add_damage (d, 0, y, look->width, y + 1);
    }
}

/* --- surfaces ------------------------------------------------------------------------ */

static bool
same_surface (const struct scanout_surface *a, const struct scanout_surface *b)
{
    return a->fd == b->fd && a->offset_bytes == b->offset_bytes && a->width == b->width
           && a->height == b->height && a->stride_bytes == b->stride_bytes;
}

/* Black keeps the size of what was seen before. */
static struct scanout_surface
surface_for (const struct vga_display *d)
{
    const struct vga_look *look = &d->look;
    struct scanout_surface s = {
        .fd = d->shadow_fd,
        .width = look->width,
        .height = look->height,
        .stride_bytes = look->width * 4,
    };

    if (look->picture == VGA_PICTURE_DIRECT) {
        s.fd = d->vga->vram_fd;
        s.offset_bytes = look->offset;
        s.stride_bytes = look->stride;
    } else if (look->picture == VGA_PICTURE_BLANK) {
        s.width = MIN_OF (d->surface.width, VGA_SHADOW_WIDTH);
        s.height = MIN_OF (d->surface.height, VGA_SHADOW_HEIGHT);
        s.stride_bytes = s.width * 4;
    }
    return s;
}

/* Shows what the look asks for.  The shadow's memory goes back to the host when it is not shown. */
static void
choose_surface (struct vga_display *d)
{
    struct scanout_surface surface = surface_for (d);

    if (!same_surface (&surface, &d->surface)) {
        d->surface = surface;
        scanout_set_surface (&d->source, &surface);
    }
    if (d->look.picture != VGA_PICTURE_DIRECT) {
        d->shadow_is_used = true;
    } else if (d->shadow_is_used) {
        madvise (d->shadow, VGA_SHADOW_BYTES, MADV_REMOVE);
        d->shadow_is_used = false;
    }
}

/* --- what the scanout asks for ------------------------------------------------------- */

static void
refresh (void *opaque)
{
    static void (*const draw[VGA_PICTURE_N]) (struct vga_display * d, bool all) = {
        [VGA_PICTURE_BLANK] = draw_blank,   [VGA_PICTURE_TEXT] = draw_text,
        [VGA_PICTURE_PLANAR] = draw_planes, [VGA_PICTURE_CGA] = draw_planes,
        [VGA_PICTURE_256] = draw_planes,    [VGA_PICTURE_PACKED] = draw_packed,
        [VGA_PICTURE_DIRECT] = draw_direct,
    };
    struct vga_display *d = opaque;
    struct vga *vga = d->vga;
    struct vga_look before = d->look;
    bool all;

    pthread_mutex_lock (&vga->lock);
    take_changed_locked (d);
    vga_look_build (vga, &d->look);
    vga_look_cursor (vga, loop_now_ns (), &d->cursor);
    pthread_mutex_unlock (&vga->lock);

    all = d->is_stale || memcmp (&before, &d->look, sizeof before) != 0;
    d->is_stale = false;
    choose_surface (d);
    d->damage.x1 = d->damage.x2 = 0;
    draw[d->look.picture](d, all);
    if (d->damage.x1 < d->damage.x2)
        scanout_damage (&d->source, d->damage.x1, d->damage.y1, d->damage.x2 - d->damage.x1,
                        d->damage.y2 - d->damage.y1);
}

static void
watch (void *opaque, bool on)
{
    struct vga_display *d = opaque;
    struct vga *vga = d->vga;
    struct memory *memory = vga->device.env->memory;

    pthread_mutex_lock (&vga->lock);
    d->is_stale = true;
    if (on) {
        memory_dirty_start (memory, &vga->vram_block);
        memory_dirty_start (memory, &vga->window.block);
        vga->window.dirty = UINT64_MAX; /* nobody wrote down what the guest did there until now */
    } else {
        memory_dirty_stop (memory, &vga->vram_block);
        memory_dirty_stop (memory, &vga->window.block);
    }
    pthread_mutex_unlock (&vga->lock);
}

static const struct scanout_ops scanout_ops = { .watch = watch, .refresh = refresh };

/* --- life ---------------------------------------------------------------------------- */

int
vga_display_create (struct vga *vga)
{
    struct vga_display *d = calloc (1, sizeof *d);
    size_t record_bytes = record_words (vga) * sizeof (uint64_t);

    if (!d)
        return -ENOMEM;
    vga->display = d;
    d->vga = vga;
    d->is_stale = true;
    d->cells = calloc (VGA_MAX_LINES * CELLS_A_ROW, sizeof *d->cells);
    d->changed = calloc (1, record_bytes);
    d->fetched = calloc (1, record_bytes);
    d->shadow_fd = vga_make_memory ("vitrine-shadow", VGA_SHADOW_BYTES, &d->shadow);
    if (d->shadow_fd < 0 || !d->cells || !d->changed || !d->fetched)
        return -ENOMEM;
    d->surface = (struct scanout_surface){
        .fd = d->shadow_fd,
        .width = FIRST_WIDTH,
        .height = FIRST_HEIGHT,
        .stride_bytes = FIRST_WIDTH * 4,
    };
    d->source.ops = &scanout_ops;
    d->source.opaque = d;
    scanout_add_source (vga->device.env->scanout, &d->source, true);
    scanout_set_surface (&d->source, &d->surface);
    return 0;
}

void
vga_display_destroy (struct vga *vga)
{
    struct vga_display *d = vga->display;

    if (!d)
        return;
    scanout_remove_source (&d->source);
    if (d->shadow)
        munmap (d->shadow, VGA_SHADOW_BYTES);
    fd_close (&d->shadow_fd);
    free (d->fetched);
    free (d->changed);
    free (d->cells);
    free (d);
    vga->display = NULL;
}
