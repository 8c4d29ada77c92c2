/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-boot.c - what starts the guest: firmware with all it looks up in fw_cfg, or a kernel that is
 * put into memory as firmware and boot loader would have left it.
 *
 * Both get the same ACPI and SMBIOS tables.  A kernel on a UEFI machine is not put into memory: the
 * firmware finds it in fw_cfg, too, and starts it as the EFI program that it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "acpi.h"
#include "bits.h"
#include "fd.h"
#include "fwcfg.h"
#include "machine-private.h"
#include "mc146818.h"
#include "pci.h"
#include "pvpanic.h"
#include "smbios.h"
#include "vga.h"

#define KERNEL_IO_BASE 0xc000

struct machine_boot {
    struct acpi_config acpi_config; /* what the tables say */
    struct acpi_tables acpi;
    struct smbios_tables smbios;
};

static unsigned
count_uarts (struct machine *m)
{
    unsigned mask = 0;

    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->class && strcmp (device->class->name, "uart16550") == 0)
            mask = mask << 1 | 1; /* units are given out from COM1 on */
    }
    return mask;
}

static bool
has_model (struct machine *m, const struct device_class *class)
{
    list_for_each (node, &m->devices)
    {
        if (container_of (node, struct device, node)->class == class)
            return true;
    }
    return false;
}

/* Which processors there will be at the next start; returns whether CONFIG said something else. */
static bool
note_vcpus (struct machine *m, struct acpi_config *config)
{
    bool changed = false;

    for (unsigned i = 0; i < config->max_vcpus; i++) {
        bool is_there = vcpus_is_plugged (m->vcpus, i);

        changed |= config->has_vcpu[i] != is_there;
        config->has_vcpu[i] = is_there;
    }
    return changed;
}

static int
build_tables (struct machine *m)
{
    struct acpi_config *acpi = &m->boot->acpi_config;
    struct smbios_config smbios = {
        .name = m->record.name,
        .version = VITRINE_VERSION,
        .n_vcpus = m->record.n_vcpus,
        .layout = &m->layout,
    };
    int ret;

    *acpi = (struct acpi_config){
        .max_vcpus = m->record.max_vcpus,
        .hotplug_slots = machine_hotplug_get_slots (m),
        .uarts = count_uarts (m),
        .has_i8042 = true,
        .pvpanic_port = has_model (m, &pvpanic_class) ? PVPANIC_PORT : 0,
        .layout = &m->layout,
    };
    note_vcpus (m, acpi);
    ret = acpi_build (&m->boot->acpi, acpi);
    memcpy (smbios.uuid, m->record.uuid, sizeof smbios.uuid);
    if (ret == 0)
        ret = smbios_build (&m->boot->smbios, &smbios);
    return ret;
}

/* --- firmware ------------------------------------------------------------------------------------ */

static int
by_index (const void *a, const void *b)
{
    const uint32_t *x = a, *y = b; /* the index is the first member of a row */

    return (*x > *y) - (*x < *y);
}

/* One path a line, the last without a line feed, then a NUL. */
static int
add_boot_order (struct machine *m)
{
    static char text[MACHINE_BOOT_ORDER];
    size_t len = 0;

    text[0] = '\0';
    qsort (m->boot_order, m->n_boot_order, sizeof m->boot_order[0], by_index);
    for (unsigned i = 0; i < m->n_boot_order; i++)
        len += (size_t) snprintf (text + len, sizeof text - len, "%s%s", i ? "\n" : "",
                                  m->boot_order[i].path);
    return fwcfg_add_file (m->fwcfg, "bootorder", text, len + 1);
}

static int
add_keys (struct machine *m)
{
    const struct {
        enum fwcfg_key key;
        uint64_t value;
        unsigned size;
    } keys[] = {
        { FWCFG_NO_GRAPHICS, !(m->record.flags & VMM_MACHINE_DISPLAY), 2 },
        { FWCFG_N_CPUS, m->record.n_vcpus, 2 },
        { FWCFG_MAX_CPUS, m->record.max_vcpus, 2 },
        { FWCFG_RAM_BYTES, m->record.memory_bytes, 8 },
        { FWCFG_NUMA, 0, 8 },
        { FWCFG_BOOT_MENU, m->record.boot_menu, 2 },
    };
    int ret = fwcfg_add_key (m->fwcfg, FWCFG_UUID, m->record.uuid, sizeof m->record.uuid);

    for (unsigned i = 0; i < ARRAY_SIZE (keys) && ret == 0; i++)
        ret = fwcfg_add_number (m->fwcfg, keys[i].key, keys[i].value, keys[i].size);
    return ret;
}

/* Network boot asks each card for minutes; it is for machines that are meant to. */
static bool
boots_from_network (const struct machine *m)
{
    for (unsigned i = 0; i < m->n_boot_order; i++) {
        if (strstr (m->boot_order[i].path, "/ethernet@"))
            return true;
    }
    return false;
}

static int
add_uefi_files (struct machine *m)
{
    int ret;

    if (boots_from_network (m))
        return 0;
    ret = fwcfg_add_file (m->fwcfg, "opt/org.tianocore/IPv4PXESupport", "n", 1);
    return ret < 0 ? ret : fwcfg_add_file (m->fwcfg, "opt/org.tianocore/IPv6PXESupport", "n", 1);
}

/* The bytes of FD, a file; 0 when it has none, or more than firmware can be told of. */
static uint64_t
file_bytes (int fd)
{
    struct stat st;

    return fd >= 0 && fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && st.st_size <= UINT32_MAX
               ? (uint64_t) st.st_size
               : 0;
}

/* A bzImage is set-up code, a sector and as many more as byte 1F1h says (0 is 4 for kernels of old),
 * then the kernel.  UEFI puts both together again. */
static int
add_kernel (struct machine *m)
{
    uint64_t kernel = file_bytes (m->kernel_fd), initrd = file_bytes (m->initrd_fd);
    size_t line = strlen (m->command_line) + 1;
    uint8_t sectors;
    uint64_t setup;
    int ret = kernel ? fd_pread_full (m->kernel_fd, &sectors, 1, 0x1f1) : -EINVAL;

    setup = ret < 0 ? 0 : (sectors ? sectors + 1u : 5u) * 512u;
    if (ret < 0 || setup >= kernel)
        return machine_fail (m, -EINVAL, "the kernel is not a Linux bzImage");
    if (m->initrd_fd >= 0 && initrd == 0)
        return machine_fail (m, -EINVAL, "the initrd is not a file of 1 byte to 4 GiB");
    fwcfg_add_file_key (m->fwcfg, FWCFG_SETUP, m->kernel_fd, 0, setup);
    fwcfg_add_file_key (m->fwcfg, FWCFG_KERNEL, m->kernel_fd, setup, kernel - setup);
    if (initrd)
        fwcfg_add_file_key (m->fwcfg, FWCFG_INITRD, m->initrd_fd, 0, initrd);
    ret = fwcfg_add_number (m->fwcfg, FWCFG_SETUP_BYTES, setup, 4);
    if (ret == 0)
        ret = fwcfg_add_number (m->fwcfg, FWCFG_KERNEL_BYTES, kernel - setup, 4);
    if (ret == 0)
        ret = fwcfg_add_number (m->fwcfg, FWCFG_INITRD_BYTES, initrd, 4);
    if (ret == 0)
        ret = fwcfg_add_number (m->fwcfg, FWCFG_COMMAND_LINE_BYTES, line, 4);
    return ret < 0 ? ret : fwcfg_add_key (m->fwcfg, FWCFG_COMMAND_LINE, m->command_line, line);
}

/* Beyond it firmware may place BARs. */
static int
add_memory_end (struct machine *m)
{
    const struct memory_layout *layout = &m->layout;
    uint8_t end[8];

    if (layout->pluggable_bytes == 0)
        return 0;
    store_le64 (end, layout->pluggable_base + layout->pluggable_bytes);
    return fwcfg_add_file (m->fwcfg, "etc/reserved-memory-end", end, sizeof end);
}

static int
add_files (struct machine *m)
{
    /* S0, S5 and nothing between: 128 marks a state as there, its low bits are SLP_TYP. */
    static const uint8_t states[6] = { 128, 0, 0, 0, 0, 128 };
    static const uint8_t menu_wait[2] = { 0xb8, 0x0b };                /* ms, little-endian: 3 s */
    static const uint8_t no_retry[4] = { 0xff, 0xff, 0xff, 0xff };     /* when nothing boots */
    uint8_t e820[E820_MAX_ENTRIES * E820_RECORD_BYTES];
    struct e820_map map;
    struct machine_boot *boot = m->boot;
    int ret;
    const struct {
        const char *name;
        const void *data;
        size_t size;
    } files[] = {
        { ACPI_RSDP_FILE, boot->acpi.rsdp.data, boot->acpi.rsdp.size },
        { ACPI_TABLES_FILE, boot->acpi.tables.data, boot->acpi.tables.size },
        { ACPI_LOADER_FILE, boot->acpi.loader.data, boot->acpi.loader.size },
        { SMBIOS_ANCHOR_FILE, boot->smbios.anchor.data, boot->smbios.anchor.size },
        { SMBIOS_TABLES_FILE, boot->smbios.tables.data, boot->smbios.tables.size },
        { "etc/system-states", states, sizeof states },
        { "etc/boot-menu-wait", menu_wait, sizeof menu_wait },
        { "etc/boot-fail-wait", no_retry, sizeof no_retry },
    };

    e820_for_firmware (&m->layout, &map);
    ret = fwcfg_add_file (m->fwcfg, "etc/e820", e820, e820_encode (&map, e820));
    for (unsigned i = 0; i < ARRAY_SIZE (files) && ret == 0; i++)
        ret = fwcfg_add_file (m->fwcfg, files[i].name, files[i].data, files[i].size);
    if (ret == 0)
        ret = add_memory_end (m);
    return ret < 0 ? ret : add_boot_order (m);
}

/* --- a kernel ------------------------------------------------------------------------------------ */

static int
load_kernel (struct machine *m)
{
    struct boot_config config = {
        .kernel_fd = m->kernel_fd,
        .initrd_fd = m->initrd_fd,
        .command_line = m->command_line,
        .layout = &m->layout,
        .has_vga = m->vga && vga_enter_text_mode (m->vga) == 0,
    };
    struct boot_entry entry;
    const char *why = NULL;
    unsigned bits = cpuid_get_physical_bits (m->cpuid);
    int ret = acpi_install (&m->boot->acpi, m->env.memory, &config.rsdp);

    if (ret == 0)
        ret = smbios_install (&m->boot->smbios, m->env.memory);
    if (ret < 0)
        return machine_fail (m, ret, "the machine has too little memory for its tables");
    ret = boot_load (&config, m->env.memory, &entry, &why);
    if (ret < 0)
        return machine_fail (m, ret, "%s", why);
    q35_prepare_without_firmware (m->q35);
    ret = pci_assign_bars (m->env.pci, KERNEL_IO_BASE, m->layout.pci_upper.base,
                           m->layout.pci_upper.base + m->layout.pci_upper.bytes);
    if (ret < 0)
        return machine_fail (m, ret, "the devices do not fit into the PCI window");
    for (unsigned i = 0; i < vcpus_get_max (m->vcpus); i++) {
        if (vcpus_is_plugged (m->vcpus, i))
            cpu_state_prepare_without_firmware (vcpus_get_fd (m->vcpus, i), bits);
    }
    return cpu_state_set_entry (vcpus_get_fd (m->vcpus, 0), &entry);
}

/* --- all ----------------------------------------------------------------------------------------- */

int
machine_boot_create (struct machine *m)
{
    int ret;

    m->boot = calloc (1, sizeof *m->boot);
    if (!m->boot)
        return -ENOMEM;
    ret = build_tables (m);
    if (ret == 0)
        ret = fwcfg_create (&m->env, &m->fwcfg);
    if (ret == 0)
        ret = add_keys (m);
    if (ret == 0)
        ret = add_files (m);
    if (ret == 0 && m->variables)
        ret = add_uefi_files (m);
    if (ret == 0 && m->variables && m->has_kernel)
        ret = add_kernel (m);
    return ret;
}

void
machine_boot_destroy (struct machine *m)
{
    if (m->fwcfg)
        fwcfg_destroy (m->fwcfg);
    if (m->boot) {
        acpi_clear (&m->boot->acpi);
        smbios_clear (&m->boot->smbios);
    }
    free (m->boot);
}

/* Processors came or went since the tables were made.  The tables change in place: what they say of a
 * processor has one length, there or not. */
static int
renew_vcpus (struct machine *m)
{
    struct machine_boot *boot = m->boot;
    unsigned n = vcpus_get_count (m->vcpus);
    int ret;

    mc146818_set_vcpus (m->rtc, n);
    if (!note_vcpus (m, &boot->acpi_config))
        return 0;
    acpi_clear (&boot->acpi);
    ret = acpi_build (&boot->acpi, &boot->acpi_config);
    if (ret < 0)
        return ret;
    fwcfg_set_file (m->fwcfg, ACPI_TABLES_FILE, boot->acpi.tables.data, boot->acpi.tables.size);
    fwcfg_set_number (m->fwcfg, FWCFG_N_CPUS, n, 2);
    return 0;
}

int
machine_boot_reset (struct machine *m)
{
    int ret = renew_vcpus (m);

    if (ret < 0)
        return ret;
    fwcfg_reset (m->fwcfg);
    return m->has_kernel && !m->variables ? load_kernel (m) : 0;
}
