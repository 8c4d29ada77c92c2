/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-memory.c - the machine's RAM and firmware, laid out as x86/e820.h says.
 *
 * All RAM is one mapping (backing.h): low RAM first, high RAM behind it.  Memory that a virtio-mem plugs is
 * another; that device says which of it the guest has.  Both are shared when a disk is there from the
 * beginning whose image another process opens; to and from such a disk that comes later data are copied.
 * The first 640 KiB and what follows the VGA hole are blocks of their own.  The BIOS is a ROM that ends at 4 GiB; its last
 * 256 KiB are also copied to the end of the first MiB, where firmware expects to find itself in RAM
 * (the host bridge's PAM registers say "RAM already there"; SeaBIOS runs its set-up code from below
 * E0000h, so the customary 128 KiB are not enough).  Firmware patches that copy, so a reset makes it
 * anew.  UEFI firmware runs where it is; below it, down from where it begins, is the flash chip with
 * its variables (pflash.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "balloon.h"
#include "bits.h"
#include "fd.h"
#include "machine-private.h"
#include "virtio-mem.h"

#define PAGE_BYTES         4096
#define MIN_FIRMWARE_BYTES KIB (64)
#define MAX_FIRMWARE_BYTES MIB (16)
#define VGA_HOLE_BASE      Q35_VGA_BASE
#define VGA_HOLE_END       (Q35_VGA_BASE + Q35_VGA_BYTES)
#define TELL_NS            200000000 /* between two reports of what is plugged */

static void
set_block (struct memory_block *block, const char *name, enum memory_kind kind, uint8_t *host,
           uint64_t size)
{
    *block = (struct memory_block){
        .name = name,
        .kind = kind,
        .host = host,
        .size_bytes = size,
        .slot = -1,
    };
    list_init (&block->node);
}

static int
map_ram (struct machine *m)
{
    struct memory_block *b = m->ram_blocks;
    uint64_t low = m->layout.low_bytes;
    gpa_t gpas[] = { 0, VGA_HOLE_END, Q35_HIGH_BASE };

    set_block (&b[0], "ram", MEMORY_RAM, m->ram.host, MIN_OF (low, VGA_HOLE_BASE));
    set_block (&b[1], "ram-low", MEMORY_RAM, m->ram.host + VGA_HOLE_END, low - VGA_HOLE_END);
    set_block (&b[2], "ram-high", MEMORY_RAM, m->ram.host + low, m->layout.high_bytes);
    for (unsigned i = 0; i < ARRAY_SIZE (m->ram_blocks); i++) {
        int ret;

        if (b[i].size_bytes == 0)
            continue;
        ret = memory_map (m->env.memory, &b[i], gpas[i]);
        if (ret < 0)
            return machine_fail (m, ret, "KVM does not take the machine's memory: %s",
                                 strerror (-ret));
    }
    return 0;
}

static int
create_backing (struct machine *m, struct backing *backing, const char *name, uint64_t bytes,
                bool shared)
{
    int ret = backing_create (backing, name, bytes, shared);

    if (ret < 0)
        return machine_fail (m, ret, "there is no room for %llu MiB of memory: %s",
                             (unsigned long long) (bytes >> 20), strerror (-ret));
    return 0;
}

static int
create_ram (struct machine *m, bool shared)
{
    uint64_t bytes = m->record.memory_bytes, pluggable = m->record.pluggable_bytes;
    int ret = memory_layout_init (&m->layout, bytes, pluggable, cpuid_get_physical_bits (m->cpuid));

    if (ret < 0)
        return machine_fail (m, ret,
                             "%llu MiB of memory do not fit into this processor's address space",
                             (unsigned long long) ((bytes + pluggable) >> 20));
    ret = create_backing (m, &m->ram, "guest-ram", bytes, shared);
    return ret < 0 ? ret : map_ram (m);
}

static int
create_pluggable (struct machine *m, bool shared)
{
    uint64_t bytes = m->layout.pluggable_bytes;
    int ret;

    if (bytes == 0)
        return 0;
    ret = create_backing (m, &m->pluggable_ram, "guest-ram-pluggable", bytes, shared);
    if (ret < 0)
        return ret;
    set_block (&m->pluggable, "ram-pluggable", MEMORY_RAM, m->pluggable_ram.host, bytes);
    m->pluggable.gpa = m->layout.pluggable_base;
    m->env.pluggable = &m->pluggable;
    return 0;
}

/* The distribution replaces firmware files, it does not rewrite them: the file is mapped as it is, one
 * copy for all machines. */
static int
map_firmware (struct machine *m, int *fd)
{
    struct stat st;
    uint8_t *host;
    int ret;

    if (*fd < 0)
        return 0;
    if (fstat (*fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_size < (off_t) MIN_FIRMWARE_BYTES
        || st.st_size > (off_t) MAX_FIRMWARE_BYTES || st.st_size % PAGE_BYTES)
        return machine_fail (m, -EINVAL, "the firmware is not a BIOS image of 64 KiB to 16 MiB");
    host = mmap (NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, *fd, 0);
    if (host == MAP_FAILED)
        return machine_fail (m, -errno, "the firmware cannot be mapped: %s", strerror (errno));
    set_block (&m->firmware, "firmware", MEMORY_ROM, host, (uint64_t) st.st_size);
    fd_close (fd);
    ret = memory_map (m->env.memory, &m->firmware, GIB (4) - m->firmware.size_bytes);
    if (ret < 0)
        return machine_fail (m, ret, "KVM does not take the firmware: %s", strerror (-ret));
    return 0;
}

/* What the keeper shares is ours to map, not to check: what is in it is the guest's. */
static int
map_variables (struct machine *m, int *fd)
{
    uint64_t bytes;
    struct stat st;
    void *mapped;

    if (*fd < 0)
        return 0;
    bytes = fstat (*fd, &st) < 0 ? 0 : (uint64_t) st.st_size;
    if (bytes <= VMM_VARIABLES_OFFSET || bytes % VMM_VARIABLES_BLOCK
        || bytes - VMM_VARIABLES_OFFSET > MAX_FIRMWARE_BYTES - m->firmware.size_bytes)
        return machine_fail (m, -EINVAL, "the UEFI variables have no size a flash chip can have");
    if (!memory_can_protect (m->env.memory))
        return machine_fail (m, -ENOTSUP,
                             "this host's KVM cannot make memory read-only, which UEFI needs");
    mapped = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (mapped == MAP_FAILED)
        return machine_fail (m, -errno, "the UEFI variables cannot be mapped: %s",
                             strerror (errno));
    fd_close (fd);
    m->variables = mapped;
    m->variables_bytes = bytes;
    return 0;
}

static bool
has_disk_of_another_process (const struct machine_config *config)
{
    for (unsigned i = 0; i < config->n_devices; i++) {
        if (config->devices[i].record.backend == VMM_BACKEND_VHOST_USER)
            return true;
    }
    return false;
}

int
machine_memory_create (struct machine *m, struct machine_config *config)
{
    bool shared = has_disk_of_another_process (config);
    int ret = create_ram (m, shared);

    if (ret == 0)
        ret = create_pluggable (m, shared);
    if (ret == 0)
        ret = map_firmware (m, &config->firmware_fd);
    if (ret == 0)
        ret = map_variables (m, &config->variables_fd);
    return ret;
}

void
machine_memory_destroy (struct machine *m)
{
    if (m->virtio_mem)
        loop_timer_disarm (&m->plugged);
    for (unsigned i = 0; i < ARRAY_SIZE (m->ram_blocks); i++) {
        if (m->ram_blocks[i].name)
            memory_unmap (m->env.memory, &m->ram_blocks[i]);
    }
    if (m->firmware.name) {
        memory_unmap (m->env.memory, &m->firmware);
        munmap (m->firmware.host, m->firmware.size_bytes);
    }
    if (m->variables)
        munmap (m->variables, m->variables_bytes);
    backing_destroy (&m->pluggable_ram);
    backing_destroy (&m->ram);
}

void
machine_memory_reset (struct machine *m)
{
    uint64_t bytes = MIN_OF (m->firmware.size_bytes, (uint64_t) (MIB (1) - VGA_HOLE_END));

    if (!m->firmware.name || m->variables)
        return; /* UEFI runs from flash and looks at nothing there */
    memory_write (m->env.memory, MIB (1) - bytes,
                  m->firmware.host + m->firmware.size_bytes - bytes, bytes);
}

const char *
machine_set_memory (struct machine *m, uint64_t bytes)
{
    uint64_t base = m->record.memory_bytes;
    uint64_t more = bytes > base ? bytes - base : 0, less = bytes < base ? base - bytes : 0;

    if (!m->balloon && !m->virtio_mem)
        return "this machine has neither balloon nor virtio-mem, so its memory cannot change";
    if (less > 0 && !m->balloon)
        return "this machine has no balloon, so the guest cannot give back what it began with";
    if (more > (m->virtio_mem ? m->pluggable.size_bytes : 0))
        return "the guest cannot have more memory than the machine has";
    if (m->balloon)
        virtio_balloon_set_target (m->balloon, less);
    if (m->virtio_mem)
        virtio_mem_set_requested (m->virtio_mem, more);
    return NULL;
}

/* A guest plugs and unplugs as often as it likes. */
static void
plugged_cb (void *opaque)
{
    struct machine *m = opaque;
    struct virtio_mem_state state;

    m->is_plugged_told = true;
    virtio_mem_get_state (m->virtio_mem, &state);
    m->ops->memory (m->opaque, state.plugged_bytes, state.requested_bytes);
}

static void
plugged_changed_cb (void *opaque)
{
    struct machine *m = opaque;

    if (m->is_plugged_told)
        loop_timer_arm (&m->plugged, loop_now_ns () + TELL_NS);
    m->is_plugged_told = false;
}

void
machine_memory_watch (struct machine *m, struct device *device)
{
    m->virtio_mem = device;
    m->is_plugged_told = true;
    loop_timer_init (&m->plugged, m->env.loop, plugged_cb, m);
    virtio_mem_set_watch (device, plugged_changed_cb, m);
}

static void
get_plugged (struct machine *m, struct vmm_statistics *statistics)
{
    struct virtio_mem_state state;

    if (!m->virtio_mem)
        return;
    virtio_mem_get_state (m->virtio_mem, &state);
    statistics->plugged_bytes = state.plugged_bytes;
    statistics->plug_target_bytes = state.requested_bytes;
}

void
machine_memory_get_statistics (struct machine *m, struct vmm_statistics *statistics)
{
    struct virtio_balloon_state state = { 0 };

    statistics->memory_bytes = m->record.memory_bytes;
    statistics->guest_free_bytes = statistics->guest_available_bytes = VMM_UNKNOWN;
    statistics->guest_total_bytes = VMM_UNKNOWN;
    get_plugged (m, statistics);
    if (!m->balloon)
        return;
    virtio_balloon_get_state (m->balloon, &state);
    statistics->balloon_bytes = state.actual_bytes;
    statistics->balloon_target_bytes = state.target_bytes;
    statistics->guest_free_bytes = state.figures[VIRTIO_BALLOON_FREE];
    statistics->guest_available_bytes = state.figures[VIRTIO_BALLOON_AVAILABLE];
    statistics->guest_total_bytes = state.figures[VIRTIO_BALLOON_TOTAL];
}
