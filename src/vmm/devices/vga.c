/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga.c - the display adapter: a VGA with Bochs's display interface, PCI 1234:1111.
 *
 * Theory of operation.  What firmware and every guest since DOS know: text, planar and 256-colour
 * modes of IBM's VGA, and modes of any size through the display interface (DISPI) with a linear
 * frame buffer behind BAR 0.  Distribution firmware brings a video BIOS for exactly this adapter.
 *
 * The parts, a file each:
 *
 *   vga.c            the PCI function, ports and BARs; life of the device
 *   vga-registers.c  legacy registers
 *   vga-dispi.c      the display interface
 *   vga-planes.c     a byte's way through the graphics controller into the four planes
 *   vga-window.c     A0000h-BFFFFh: exits, or memory of its own where registers allow
 *   vga-look.c       what registers and memory say is to be seen, as a snapshot
 *   vga-render.c     a line of pixels from such a snapshot
 *   vga-display.c    watchers, surfaces and damage
 *
 * Video memory is one sealed memfd, mapped behind BAR 0 and given to watchers read-only.  The four
 * legacy planes are its first 256 KiB, interleaved byte by byte.
 *
 * Locks and threads.  One mutex guards registers, window and the record of what we wrote.  vCPU
 * threads take it for every access that exits.  The main loop takes it to snapshot registers
 * (struct vga_look) and to fetch what changed, and renders without it: video memory changes under a
 * renderer's hands anyway, as it does on real hardware, and every read from it is bounded by the
 * snapshot.  Under the mutex only memory_map(), memory_unmap() and memory_dirty_…() are called,
 * whose lock is a leaf.  The PCI bus's lock comes before it.
 *
 * A guest may write any register with any value at any time.  Nothing it writes sizes an allocation
 * (the shadow picture has its largest size from the start and is only touched where used), and
 * every index is bounded where it is used.  There is no state in which the device would be broken.
 */
#define _GNU_SOURCE
#include "vga.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fd.h"
#include "vga-private.h"

#define MMIO_BYTES     0x1000u
#define MMIO_EDID      0x000u
#define MMIO_EDID_END  0x100u
#define MMIO_PORTS     0x400u /* 3C0h on */
#define MMIO_PORTS_END 0x420u
#define MMIO_DISPI     0x500u
#define MMIO_DISPI_END (MMIO_DISPI + 2 * DISPI_N)

static const struct pci_identity identity = {
    .vendor = 0x1234,
    .device = 0x1111,
    .subsystem_vendor = 0x1af4,
    .subsystem = 0x1100,
    .class_code = 0x030000,
};

/* --- video memory -------------------------------------------------------------------- */

void
vga_mark_dirty (struct vga *vga, uint64_t offset, uint64_t len)
{
    uint64_t first = offset / VGA_PAGE_BYTES, last = (offset + len - 1) / VGA_PAGE_BYTES;

    for (uint64_t page = first; page <= last && page < vga->vram_bytes / VGA_PAGE_BYTES; page++)
        vga->dirty[page / 64] |= BIT_ULL (page % 64);
}

void
vga_clear (struct vga *vga, uint64_t offset, uint64_t len)
{
    uint64_t end = MIN_OF (offset + len, vga->vram_bytes);
    uint64_t first = align_up (offset, VGA_PAGE_BYTES), last = align_down (end, VGA_PAGE_BYTES);

    if (offset >= end)
        return;
    if (first < last && madvise (vga->vram + first, last - first, MADV_REMOVE) == 0) {
        memset (vga->vram + offset, 0, first - offset);
        memset (vga->vram + last, 0, end - last);
    } else {
        memset (vga->vram + offset, 0, end - offset);
    }
    vga_mark_dirty (vga, offset, end - offset);
}

int
vga_make_memory (const char *name, uint64_t size, uint8_t **map)
{
    void *mapped;
    int fd = fd_memfd_map (name, size, &mapped);
    char path[32];
    int shared;

    if (fd < 0)
        return fd;
    *map = mapped;
    snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
    shared = open (path, O_RDONLY | O_CLOEXEC);
    if (shared < 0)
        return fd;
    fd_close (&fd);
    return shared;
}

/* --- ports --------------------------------------------------------------------------- */

static uint64_t
legacy_read (struct vga *vga, uint16_t port)
{
    uint8_t value;

    pthread_mutex_lock (&vga->lock);
    value = vga_register_read (vga, port);
    pthread_mutex_unlock (&vga->lock);
    return value;
}

static void
legacy_write (struct vga *vga, uint16_t port, uint8_t value)
{
    pthread_mutex_lock (&vga->lock);
    vga_register_write (vga, port, value);
    pthread_mutex_unlock (&vga->lock);
}

static uint64_t
color_read (void *opaque, uint64_t offset, unsigned size)
{
    return legacy_read (opaque, (uint16_t) (0x3c0 + offset));
}

static void
color_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    legacy_write (opaque, (uint16_t) (0x3c0 + offset), (uint8_t) value);
}

static uint64_t
mono_read (void *opaque, uint64_t offset, unsigned size)
{
    return legacy_read (opaque, (uint16_t) (0x3b0 + offset));
}

static void
mono_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    legacy_write (opaque, (uint16_t) (0x3b0 + offset), (uint8_t) value);
}

/* 1CEh is the index, 1CFh and 1D0h the data: the second one because some write words aligned. */
static uint64_t
dispi_port_read (void *opaque, uint64_t offset, unsigned size)
{
    struct vga *vga = opaque;
    uint16_t value;

    pthread_mutex_lock (&vga->lock);
    value = offset == 0 ? vga->r.dispi_index : vga_dispi_read (vga, vga->r.dispi_index);
    pthread_mutex_unlock (&vga->lock);
    return value;
}

static void
dispi_port_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct vga *vga = opaque;

    pthread_mutex_lock (&vga->lock);
    if (offset == 0)
        vga->r.dispi_index = (uint16_t) value;
    else
        vga_dispi_write (vga, vga->r.dispi_index, (uint16_t) value);
    pthread_mutex_unlock (&vga->lock);
}

static const struct bus_region_ops color_ops = { color_read, color_write, 1 };
static const struct bus_region_ops mono_ops = { mono_read, mono_write, 1 };
static const struct bus_region_ops dispi_ops = { dispi_port_read, dispi_port_write, 2 };

/* --- BAR 2: EDID and the registers once more ----------------------------------------- */

static uint8_t
mmio_read_byte (struct vga *vga, uint64_t offset)
{
    if (offset < MMIO_EDID_END)
        return offset < EDID_BYTES ? vga->edid[offset] : 0;
    if (offset >= MMIO_PORTS && offset < MMIO_PORTS_END)
        return vga_register_read (vga, (uint16_t) (0x3c0 + offset - MMIO_PORTS));
    if (offset >= MMIO_DISPI && offset < MMIO_DISPI_END)
        return (uint8_t) (vga_dispi_read (vga, (unsigned) (offset - MMIO_DISPI) / 2)
                          >> (offset % 2 * 8));
    return 0xff;
}

static void
mmio_write_byte (struct vga *vga, uint64_t offset, uint8_t value)
{
    if (offset >= MMIO_PORTS && offset < MMIO_PORTS_END) {
        vga_register_write (vga, (uint16_t) (0x3c0 + offset - MMIO_PORTS), value);
    } else if (offset >= MMIO_DISPI && offset < MMIO_DISPI_END) {
        unsigned index = (unsigned) (offset - MMIO_DISPI) / 2;
        uint16_t old = vga->r.dispi[index];

        vga_dispi_write (
            vga, index,
            (uint16_t) (offset % 2 ? (old & 0xff) | value << 8 : (old & 0xff00) | value));
    }
}

static uint64_t
mmio_read (void *opaque, uint64_t offset, unsigned size)
{
    struct vga *vga = opaque;
    uint64_t value = 0;

    pthread_mutex_lock (&vga->lock);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t) mmio_read_byte (vga, offset + i) << (8 * i);
    pthread_mutex_unlock (&vga->lock);
    return value;
}

static void
mmio_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct vga *vga = opaque;

    pthread_mutex_lock (&vga->lock);
    if (size == 2 && offset % 2 == 0 && offset >= MMIO_DISPI && offset < MMIO_DISPI_END) {
        /* In one piece: half a value is another one. */
        vga_dispi_write (vga, (unsigned) (offset - MMIO_DISPI) / 2, (uint16_t) value);
    } else {
        for (unsigned i = 0; i < size; i++)
            mmio_write_byte (vga, offset + i, (uint8_t) (value >> (8 * i)));
    }
    pthread_mutex_unlock (&vga->lock);
}

static const struct bus_region_ops mmio_ops = { mmio_read, mmio_write, 2 };

/* When the guest moves BAR 0 or switches it off, the record of what it wrote there is lost. */
void
vga_part_config_written (void *opaque, unsigned offset, unsigned size)
{
    struct vga *vga = container_of ((struct device *) opaque, struct vga, device);

    if (offset >= PCI_BAR0 + 4 || offset + size <= PCI_COMMAND)
        return;
    pthread_mutex_lock (&vga->lock);
    memset (vga->dirty, 0xff, vga->vram_bytes / VGA_PAGE_BYTES / 8);
    pthread_mutex_unlock (&vga->lock);
}

static void
config_written (struct pci_function *function, unsigned offset, unsigned size)
{
    vga_part_config_written (&container_of (function, struct vga, own_pci)->device, offset, size);
}

static const struct pci_function_ops pci_ops = { .config_written = config_written };

/* --- life ---------------------------------------------------------------------------- */

static void
reset_registers (struct vga *vga)
{
    memset (&vga->r, 0, sizeof vga->r);
    vga->r.dac_mask = 0xff;
    vga_dispi_reset (vga);
}

static void
vga_reset (struct device *device)
{
    struct vga *vga = container_of (device, struct vga, device);

    if (vga->pci == &vga->own_pci)
        pci_function_reset (&vga->own_pci);
    pthread_mutex_lock (&vga->lock);
    vga_window_drop (vga);
    reset_registers (vga);
    memset (vga->window.linear, 0, VGA_BANK_BYTES);
    vga_clear (vga, 0, vga->vram_bytes);
    pthread_mutex_unlock (&vga->lock);
}

static void
vga_destroy (struct device *device)
{
    struct vga *vga = container_of (device, struct vga, device);
    const struct device_env *env = device->env;

    vga_display_destroy (vga);
    bus_remove (env->ports, &vga->color_ports);
    bus_remove (env->ports, &vga->mono_ports);
    bus_remove (env->ports, &vga->dispi_ports);
    bus_remove (env->mmio, &vga->window_region);
    if (vga->own_pci.bus)
        pci_function_destroy (&vga->own_pci);
    vga_window_finish (vga);
    if (vga->vram)
        munmap (vga->vram, vga->vram_bytes);
    fd_close (&vga->vram_fd);
    free (vga->dirty);
    pthread_mutex_destroy (&vga->lock);
    free (vga);
}

static const struct device_ops vga_device_ops = { .reset = vga_reset, .destroy = vga_destroy };

/* Describes what vga_destroy() looks at, so that it may be called from here on. */
static void
describe (struct vga *vga, const struct device_args *args, const struct vga_config *config)
{
    device_init (&vga->device, &vga_device_ops, args);
    pthread_mutex_init (&vga->lock, NULL);
    vga->vram_fd = -1;
    vga->vram_bytes = MIB (config->vram_mib);
    vga->can_show_memory = memory_dirty_is_exact (args->env->memory);
    edid_fill (vga->edid, (unsigned) config->width, (unsigned) config->height);
    reset_registers (vga);
    bus_region_init (&vga->color_ports, "vga ports", &color_ops, vga, 0x20, BUS_PRIORITY_FIXED);
    bus_region_init (&vga->mono_ports, "vga mono ports", &mono_ops, vga, 0x0c, BUS_PRIORITY_FIXED);
    bus_region_init (&vga->dispi_ports, "vga dispi", &dispi_ops, vga, 4, BUS_PRIORITY_FIXED);
    bus_region_init (&vga->window_region, "vga window", &vga_window_ops, vga, VGA_WINDOW_BYTES,
                     BUS_PRIORITY_FIXED);
}

static int
acquire_memory (struct vga *vga)
{
    uint64_t dirty_bytes = vga->vram_bytes / VGA_PAGE_BYTES / 8;

    vga->dirty = calloc (1, dirty_bytes);
    if (!vga->dirty)
        return -ENOMEM;
    vga->vram_fd = vga_make_memory ("vitrine-vram", vga->vram_bytes, &vga->vram);
    if (vga->vram_fd < 0)
        return vga->vram_fd;
    vga->vram_block = (struct memory_block){
        .name = "vga memory",
        .kind = MEMORY_VRAM,
        .host = vga->vram,
        .size_bytes = vga->vram_bytes,
        .slot = -1,
    };
    list_init (&vga->vram_block.node);
    return vga_window_init (vga);
}

/* Puts the device where the guest finds it. */
static int
attach (struct vga *vga)
{
    const struct device_env *env = vga->device.env;

    pci_add_memory_bar (vga->pci, 0, PCI_BAR_MEM32, &vga->vram_block, true);
    pci_add_register_bar (vga->pci, 2, PCI_BAR_MEM32, MMIO_BYTES, &mmio_ops, vga);
    if (bus_add (env->ports, &vga->color_ports, 0x3c0) < 0
        || bus_add (env->ports, &vga->mono_ports, 0x3b0) < 0
        || bus_add (env->ports, &vga->dispi_ports, 0x1ce) < 0
        || bus_add (env->mmio, &vga->window_region, VGA_WINDOW_BASE) < 0)
        return -ENOMEM;
    return 0;
}

/* FUNCTION is NULL for an adapter that is a function of its own. */
static int
create (const struct device_args *args, struct pci_function *function, struct device **out)
{
    const struct vga_config *config = args->config;
    struct vga *vga;
    int ret;

    if (!is_power_of_two (config->vram_mib))
        return -EINVAL;
    vga = calloc (1, sizeof *vga);
    if (!vga)
        return -ENOMEM;
    vga->pci = function ? function : &vga->own_pci;
    describe (vga, args, config);
    ret = acquire_memory (vga);
    if (ret == 0 && !function)
        ret = pci_function_init (&vga->own_pci, args->env->pci, PCI_DEVFN (args->slot, 0),
                                 vga->device.alias, &identity, &pci_ops);
    if (ret == 0)
        ret = attach (vga);
    if (ret == 0 && args->env->scanout)
        ret = vga_display_create (vga);
    if (ret < 0) {
        vga_destroy (&vga->device);
        return ret;
    }
    *out = &vga->device;
    return 0;
}

static int
vga_create (const struct device_args *args, struct device **out)
{
    return create (args, NULL, out);
}

int
vga_create_part (const struct device_args *args, struct pci_function *function, struct device **out)
{
    return create (args, function, out);
}

void
vga_set_rom (struct device *device, const struct pci_rom *rom)
{
    container_of (device, struct vga, device)->rom = rom;
}

static const struct option options[] = {
    { "vram-mib", OPTION_UINT, offsetof (struct vga_config, vram_mib), 4, 256, "16",
      "Video memory in MiB, a power of two" },
    { "width", OPTION_UINT, offsetof (struct vga_config, width), 640, 4095, "1280",
      "Width the monitor prefers, in pixels" },
    { "height", OPTION_UINT, offsetof (struct vga_config, height), 400, 4095, "800",
      "Height the monitor prefers, in pixels" },
};

const struct device_class vga_class = {
    .name = "vga",
    .summary = "VGA with Bochs's display interface",
    .bus = DEVICE_BUS_PCI,
    .is_fixed = true, /* firmware and consoles hold on to it */
    .backend = BACKEND_NONE,
    .options = options,
    .n_options = ARRAY_SIZE (options),
    .config_size = sizeof (struct vga_config),
    .create = vga_create,
};
