/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-window.c - the legacy window A0000h-BFFFFh.
 *
 * Theory of operation.  A byte that goes through the graphics controller costs an exit.  In three
 * states of the registers it need not go through it, because reads give back what was written and
 * nothing else happens; then the guest gets memory there (struct vga_window_shape):
 *
 *   ODD_EVEN  text.  Characters in plane 0 and attributes in plane 1 are every second byte.
 *   CHAIN4    mode 13h.
 *   BANK      a packed mode of the display interface: the bank itself, a part of video memory.
 *
 * For the first two the memory is one of its own, filled from the planes when the state is entered
 * and written back when it is left, and before something looks at the planes (vga_window_sync).
 * vga_window_update() is called after every write that may enter or leave a state; it compares
 * shapes and mostly does nothing.  A shape that cannot be mapped (something of the guest's is
 * there) is remembered as wanted, so that it is not tried again with each write, and handlers do
 * the work.
 *
 * While a window is mapped, handlers run all the same: another vCPU may have left the guest before
 * it was, and device tests have no memory slots.  They use the same memory.
 */
#include <errno.h>
#include <sys/mman.h>

#include "vga-private.h"

#define N_PAGES (VGA_BANK_BYTES / VGA_PAGE_BYTES)

_Static_assert(N_PAGES <= 64, "vga_window.dirty and a fetched record are one word");

/* --- what the registers ask for ------------------------------------------------------ */

/* The range that GR6 decodes: base and size. */
static void
decoded_range (const struct vga_registers *r, uint32_t *base, uint32_t *bytes)
{
    static const struct {
        uint32_t base, bytes;
    } ranges[4] = {
        { 0xa0000, 0x20000 },
        { 0xa0000, 0x10000 },
        { 0xb0000, 0x8000 },
        { 0xb8000, 0x8000 },
    };
    unsigned i = r->gr[GR_MISC] >> 2 & 3;

    *base = ranges[i].base;
    *bytes = ranges[i].bytes;
}

/* Whether what is written is what lands in memory, and what is read is what is there. */
static bool
is_transparent (const struct vga_registers *r)
{
    return (r->gr[GR_MODE] & (GR_MODE_READ | 3)) == 0 && r->gr[GR_FUNCTION] == 0
           && r->gr[GR_ENABLE_SET_RESET] == 0 && r->gr[GR_BIT_MASK] == 0xff;
}

static bool
is_odd_even (const struct vga_registers *r)
{
    return (r->seq[SEQ_MEMORY] & (SEQ_MEMORY_CHAIN4 | SEQ_MEMORY_LINEAR)) == 0
           && (r->seq[SEQ_MAP_MASK] == 0x3) && (r->gr[GR_MODE] & GR_MODE_ODD_EVEN)
           && (r->gr[GR_MISC] & GR_MISC_CHAIN) && !(r->gr[GR_READ_MAP] & 2);
}

static bool
is_chain4 (const struct vga_registers *r)
{
    return (r->seq[SEQ_MEMORY] & SEQ_MEMORY_CHAIN4) && r->seq[SEQ_MAP_MASK] == 0xf;
}

/* Whether the display interface shows packed pixels: the window is then a bank. */
static bool
is_packed (const struct vga *vga)
{
    return vga_dispi_is_enabled (vga) && vga->r.dispi[DISPI_BPP] != 4;
}

static struct vga_window_shape
wanted_shape (const struct vga *vga)
{
    const struct vga_registers *r = &vga->r;
    struct vga_window_shape shape = { .kind = VGA_WINDOW_NONE };
    uint64_t bank = (uint64_t) r->dispi[DISPI_BANK] * VGA_BANK_BYTES;
    uint32_t base, bytes;

    if (is_packed (vga)) {
        if (range_fits (bank, VGA_BANK_BYTES, vga->vram_bytes))
            shape = (struct vga_window_shape){ VGA_WINDOW_BANK, VGA_WINDOW_BASE, VGA_BANK_BYTES,
                                               (uint32_t) bank };
        return shape;
    }
    decoded_range (r, &base, &bytes);
    if (!(r->misc & MISC_RAM) || bytes > VGA_BANK_BYTES || vga_dispi_is_enabled (vga)
        || !is_transparent (r))
        return shape;
    if (is_odd_even (r) && base != VGA_WINDOW_BASE)
        shape = (struct vga_window_shape){ VGA_WINDOW_ODD_EVEN, base, bytes, 0 };
    else if (is_chain4 (r) && base == VGA_WINDOW_BASE)
        shape = (struct vga_window_shape){ VGA_WINDOW_CHAIN4, base, bytes, 0 };
    return shape;
}

/* --- planes and linear memory -------------------------------------------------------- */

/* Where byte A of a window of KIND is in video memory. */
static uint32_t
plane_byte (enum vga_window_kind kind, uint32_t a)
{
    uint32_t within = kind == VGA_WINDOW_CHAIN4 ? 3 : 1;

    return (a & ~within) * 4 + (a & within);
}

static void
gather (struct vga *vga, const struct vga_window_shape *shape)
{
    for (uint32_t a = 0; a < shape->bytes; a++)
        vga->window.linear[a] = vga->vram[plane_byte (shape->kind, a)];
}

static void
scatter (struct vga *vga, const struct vga_window_shape *shape, uint32_t start, uint32_t len)
{
    for (uint32_t a = start; a < start + len; a++)
        vga->vram[plane_byte (shape->kind, a)] = vga->window.linear[a];
    vga_mark_dirty (vga, plane_byte (shape->kind, start), len * 4ull);
}

static void
write_back (struct vga *vga, uint64_t pages)
{
    const struct vga_window_shape *shape = &vga->window.shape;

    for (uint32_t page = 0; page < shape->bytes / VGA_PAGE_BYTES; page++) {
        uint32_t start = page * VGA_PAGE_BYTES;

        if (!(pages & BIT_ULL (page)))
            continue;
        if (shape->kind == VGA_WINDOW_BANK)
            vga_mark_dirty (vga, shape->bank + start, VGA_PAGE_BYTES);
        else
            scatter (vga, shape, start, VGA_PAGE_BYTES);
    }
    vga->window.dirty = 0;
}

/* --- states -------------------------------------------------------------------------- */

static void
leave (struct vga *vga)
{
    struct vga_window *w = &vga->window;

    if (w->shape.kind == VGA_WINDOW_NONE)
        return;
    memory_unmap (vga->device.env->memory, &w->block);
    write_back (vga, UINT64_MAX);
    w->shape = (struct vga_window_shape){ .kind = VGA_WINDOW_NONE };
}

static void
enter (struct vga *vga, const struct vga_window_shape *shape)
{
    struct vga_window *w = &vga->window;

    if (shape->kind == VGA_WINDOW_NONE)
        return;
    if (shape->kind == VGA_WINDOW_BANK)
        w->block.host = vga->vram + shape->bank;
    else
        w->block.host = w->linear;
    w->block.size_bytes = shape->bytes;
    if (shape->kind != VGA_WINDOW_BANK)
        gather (vga, shape);
    if (memory_map (vga->device.env->memory, &w->block, shape->base) == 0)
        w->shape = *shape;
}

static bool
same_shape (const struct vga_window_shape *a, const struct vga_window_shape *b)
{
    return a->kind == b->kind && a->base == b->base && a->bytes == b->bytes && a->bank == b->bank;
}

void
vga_window_update (struct vga *vga)
{
    struct vga_window_shape shape = wanted_shape (vga);

    if (same_shape (&shape, &vga->window.wanted))
        return;
    leave (vga);
    vga->window.wanted = shape;
    enter (vga, &shape);
}

void
vga_window_sync (struct vga *vga)
{
    struct vga_window *w = &vga->window;
    uint64_t pages = 0;

    if (w->shape.kind == VGA_WINDOW_NONE)
        return;
    memory_dirty_fetch (vga->device.env->memory, &w->block, &pages);
    write_back (vga, pages | w->dirty);
}

void
vga_window_drop (struct vga *vga)
{
    struct vga_window *w = &vga->window;

    memory_unmap (vga->device.env->memory, &w->block);
    w->shape = w->wanted = (struct vga_window_shape){ .kind = VGA_WINDOW_NONE };
    w->dirty = 0;
}

int
vga_window_init (struct vga *vga)
{
    struct vga_window *w = &vga->window;
    uint8_t *linear =
        mmap (NULL, VGA_BANK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (linear == MAP_FAILED)
        return -ENOMEM;
    w->linear = linear;
    w->block = (struct memory_block){
        .name = "vga window",
        .kind = MEMORY_VRAM,
        .host = linear,
        .size_bytes = VGA_BANK_BYTES,
        .slot = -1,
    };
    list_init (&w->block.node);
    return 0;
}

void
vga_window_finish (struct vga *vga)
{
    if (!vga->window.linear)
        return;
    vga_window_drop (vga);
    munmap (vga->window.linear, VGA_BANK_BYTES);
    vga->window.linear = NULL;
}

/* --- accesses that exit -------------------------------------------------------------- */

/* The byte of the mapped window's memory at GPA; NULL when it is not in there. */
static uint8_t *
window_byte (struct vga *vga, uint32_t gpa)
{
    struct vga_window *w = &vga->window;
    uint32_t a = gpa - w->shape.base;

    if (w->shape.kind == VGA_WINDOW_NONE || gpa < w->shape.base || a >= w->shape.bytes)
        return NULL;
    return w->block.host + a;
}

/* Whether GPA is decoded at all, and where in the decoded range it is.  A packed mode has its bank
 * even when the guest's registers are still those of a text mode. */
static bool
decode (const struct vga *vga, uint32_t gpa, uint32_t *a)
{
    uint32_t base, bytes;

    decoded_range (&vga->r, &base, &bytes);
    *a = gpa - base;
    return (vga->r.misc & MISC_RAM) && gpa >= base && *a < bytes && !is_packed (vga);
}

static uint8_t
read_byte (struct vga *vga, uint32_t gpa)
{
    const uint8_t *p = window_byte (vga, gpa);
    uint64_t at = (uint64_t) vga->r.dispi[DISPI_BANK] * VGA_BANK_BYTES + (gpa - VGA_WINDOW_BASE);
    uint32_t a;

    if (p)
        return *p;
    if (is_packed (vga))
        return gpa - VGA_WINDOW_BASE < VGA_BANK_BYTES && at < vga->vram_bytes ? vga->vram[at]
                                                                              : 0xff;
    return decode (vga, gpa, &a) ? vga_planes_read (vga, a) : 0xff;
}

static void
write_byte (struct vga *vga, uint32_t gpa, uint8_t value)
{
    uint8_t *p = window_byte (vga, gpa);
    uint64_t at = (uint64_t) vga->r.dispi[DISPI_BANK] * VGA_BANK_BYTES + (gpa - VGA_WINDOW_BASE);
    uint32_t a;

    if (p) {
        *p = value;
        vga->window.dirty |= BIT_ULL ((gpa - vga->window.shape.base) / VGA_PAGE_BYTES);
    } else if (is_packed (vga)) {
        if (gpa - VGA_WINDOW_BASE >= VGA_BANK_BYTES || at >= vga->vram_bytes)
            return;
        vga->vram[at] = value;
        vga_mark_dirty (vga, at, 1);
    } else if (decode (vga, gpa, &a)) {
        vga_planes_write (vga, a, value);
    }
}

static uint64_t
window_read (void *opaque, uint64_t offset, unsigned size)
{
    struct vga *vga = opaque;
    uint64_t value = 0;

    pthread_mutex_lock (&vga->lock);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t) read_byte (vga, VGA_WINDOW_BASE + (uint32_t) offset + i) << (8 * i);
    pthread_mutex_unlock (&vga->lock);
    return value;
}

static void
window_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct vga *vga = opaque;

    pthread_mutex_lock (&vga->lock);
    for (unsigned i = 0; i < size; i++)
        write_byte (vga, VGA_WINDOW_BASE + (uint32_t) offset + i, (uint8_t) (value >> (8 * i)));
    pthread_mutex_unlock (&vga->lock);
}

const struct bus_region_ops vga_window_ops = {
    .read = window_read,
    .write = window_write,
    .max_size = 8,
};
