/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-memory.c - the machine's RAM and firmware, laid out as x86/e820.h says.
 *
 * All RAM is one sealed memfd, mapped once: low RAM first, high RAM behind it.  The first 640 KiB and
 * what follows the VGA hole are blocks of their own.  The BIOS is a ROM that ends at 4 GiB; its last
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
#include <unistd.h>

#include "balloon.h"
#include "bits.h"
#include "fd.h"
#include "machine-private.h"

#define PAGE_BYTES         4096
#define MIN_FIRMWARE_BYTES KIB (64)
#define MAX_FIRMWARE_BYTES MIB (16)
#define VGA_HOLE_BASE      Q35_VGA_BASE
#define VGA_HOLE_END       (Q35_VGA_BASE + Q35_VGA_BYTES)

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

    set_block (&b[0], "ram", MEMORY_RAM, m->ram, MIN_OF (low, VGA_HOLE_BASE));
    set_block (&b[1], "ram-low", MEMORY_RAM, m->ram + VGA_HOLE_END, low - VGA_HOLE_END);
    set_block (&b[2], "ram-high", MEMORY_RAM, m->ram + low, m->layout.high_bytes);
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
create_ram (struct machine *m)
{
    uint64_t bytes = m->record.memory_bytes;
    int ret
        = memory_layout_init (&m->layout, bytes, cpuid_get_physical_bits (m->cpuid));

    if (ret < 0)
        return machine_fail (m, ret,
                             "%llu MiB of memory do not fit into this processor's address space",
                             (unsigned long long) (bytes >> 20));
    m->ram_fd = fd_memfd_create ("guest-ram", bytes);
    if (m->ram_fd < 0)
        return machine_fail (m, m->ram_fd, "there is no room for %llu MiB of memory: %s",
                             (unsigned long long) (bytes >> 20), strerror (-m->ram_fd));
    m->ram = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, m->ram_fd, 0);
    if (m->ram == MAP_FAILED) {
        m->ram = NULL;
        return machine_fail (m, -ENOMEM, "%llu MiB of memory cannot be mapped",
                             (unsigned long long) (bytes >> 20));
    }
    madvise (m->ram, bytes, MADV_DONTDUMP);
    madvise (m->ram, bytes, MADV_HUGEPAGE);
    return map_ram (m);
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

int
machine_memory_create (struct machine *m, struct machine_config *config)
{
    int ret = create_ram (m);

    if (ret == 0)
        ret = map_firmware (m, &config->firmware_fd);
    if (ret == 0)
        ret = map_variables (m, &config->variables_fd);
    return ret;
}

void
machine_memory_destroy (struct machine *m)
{
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
    if (m->ram)
        munmap (m->ram, m->record.memory_bytes);
    fd_close (&m->ram_fd);
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
    if (!m->balloon)
        return "this machine has no balloon, so its memory cannot change";
    if (bytes > m->record.memory_bytes)
        return "the guest cannot have more memory than the machine has";
    virtio_balloon_set_target (m->balloon, m->record.memory_bytes - bytes);
    return NULL;
}

void
machine_memory_get_statistics (struct machine *m, struct vmm_statistics *statistics)
{
    struct virtio_balloon_state state = { 0 };

    statistics->memory_bytes = m->record.memory_bytes;
    statistics->guest_free_bytes = statistics->guest_available_bytes = VMM_UNKNOWN;
    statistics->guest_total_bytes = VMM_UNKNOWN;
    if (!m->balloon)
        return;
    virtio_balloon_get_state (m->balloon, &state);
    statistics->balloon_bytes = state.actual_bytes;
    statistics->balloon_target_bytes = state.target_bytes;
    statistics->guest_free_bytes = state.figures[VIRTIO_BALLOON_FREE];
    statistics->guest_available_bytes = state.figures[VIRTIO_BALLOON_AVAILABLE];
    statistics->guest_total_bytes = state.figures[VIRTIO_BALLOON_TOTAL];
}
