/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.c - PCI functions on bus 0: configuration space, BARs, INTx, MSI and MSI-X. */
#include "pci.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "log.h"

#define ROM_BAR       PCI_N_BARS
#define NOT_MAPPED    UINT64_MAX
#define ROM_ENABLE    1u
#define FIRST_CAP     0x40

#define MSI_CONTROL   2
#define MSI_ENABLE    0x0001
#define MSI_64BIT     0x0080
#define MSI_ADDRESS   4
#define MSI_DATA      12
#define MSI_CAP_SIZE  14

#define MSIX_CONTROL    2
#define MSIX_MASK_ALL   0x4000
#define MSIX_ENABLE     0x8000
#define MSIX_CAP_SIZE   12
#define MSIX_ENTRY_SIZE 16
#define MSIX_MAX        256

struct pci_bus {
    struct bus *ports, *mmio;
    struct memory *memory;
    struct irq_chip *irq;
    const struct pci_host_ops *host_ops;
    void *host_opaque;
    pthread_mutex_t lock;
    struct pci_function *functions[PCI_N_SLOTS * 8]; /* by devfn; lock */
};

struct pci_bus *
pci_bus_create (struct bus *ports, struct bus *mmio, struct memory *memory, struct irq_chip *irq)
{
    struct pci_bus *bus = calloc (1, sizeof *bus);

    if (!bus)
        return NULL;
    bus->ports = ports;
    bus->mmio = mmio;
    bus->memory = memory;
    bus->irq = irq;
    pthread_mutex_init (&bus->lock, NULL);
    return bus;
}

void
pci_bus_destroy (struct pci_bus *bus)
{
    if (!bus)
        return;
    pthread_mutex_destroy (&bus->lock);
    free (bus);
}

void
pci_bus_set_host (struct pci_bus *bus, const struct pci_host_ops *ops, void *opaque)
{
    bus->host_ops = ops;
    bus->host_opaque = opaque;
}

/* --- BARs --------------------------------------------------------------------------------------- */

static unsigned
bar_offset (unsigned index)
{
    return index == ROM_BAR ? PCI_ROM : PCI_BAR0 + 4 * index;
}

/* Where the guest put BAR INDEX, NOT_MAPPED when it does not decode it now. */
static uint64_t
bar_address (const struct pci_function *f, unsigned index)
{
    const struct pci_bar *bar = &f->bars[index];
    uint16_t command = load_le16 (f->config + PCI_COMMAND);
    uint64_t address = load_le32 (f->config + bar_offset (index));

    switch (bar->kind) {
    case PCI_BAR_NONE:
        return NOT_MAPPED;
    case PCI_BAR_IO:
        address &= ~3ull;
        return (command & PCI_COMMAND_IO) && address != 0 ? address : NOT_MAPPED;
    case PCI_BAR_MEM64:
        address |= (uint64_t) load_le32 (f->config + bar_offset (index) + 4) << 32;
        break;
    case PCI_BAR_MEM32:
        break;
    }
    if (!(command & PCI_COMMAND_MEMORY) || (index == ROM_BAR && !(address & ROM_ENABLE)))
        return NOT_MAPPED;
    address = align_down (address, bar->size);
    /* 0 is unset; all ones is a sizing probe that left decoding on. */
    return address != 0 && address != align_down (UINT32_MAX, bar->size)
                   && range_fits (address, bar->size, UINT64_MAX)
               ? address
               : NOT_MAPPED;
}

static void
bar_unmap (struct pci_function *f, struct pci_bar *bar)
{
    if (bar->mapped_at == NOT_MAPPED)
        return;
    if (bar->block)
        memory_unmap (f->bus->memory, bar->block);
    else
        bus_remove (bar->kind == PCI_BAR_IO ? f->bus->ports : f->bus->mmio, &bar->region);
    bar->mapped_at = NOT_MAPPED;
}

static void
bar_map (struct pci_function *f, struct pci_bar *bar, uint64_t address)
{
    int ret;

    if (bar->block)
        ret = memory_map (f->bus->memory, bar->block, address);
    else
        ret = bus_add (bar->kind == PCI_BAR_IO ? f->bus->ports : f->bus->mmio, &bar->region,
                       address);
    /* A range that is taken stays with whoever has it; the guest sees its BAR not decoded. */
    if (ret == 0)
        bar->mapped_at = address;
}

/* Makes mappings follow the registers: first all that leave, so that two BARs can change places. */
static void
update_mappings_locked (struct pci_function *f)
{
    for (unsigned i = 0; i <= ROM_BAR; i++) {
        if (bar_address (f, i) != f->bars[i].mapped_at)
            bar_unmap (f, &f->bars[i]);
    }
    for (unsigned i = 0; i <= ROM_BAR; i++) {
        uint64_t address = bar_address (f, i);

        if (address != f->bars[i].mapped_at)
            bar_map (f, &f->bars[i], address);
    }
}

static struct pci_bar *
describe_bar (struct pci_function *f, unsigned index, enum pci_bar_kind kind, uint64_t size,
              bool prefetchable)
{
    struct pci_bar *bar = &f->bars[index];
    uint8_t *config = f->config + bar_offset (index);
    uint8_t *writable = f->writable + bar_offset (index);
    uint64_t mask = ~(size - 1);

    assert (index <= ROM_BAR && bar->kind == PCI_BAR_NONE && is_power_of_two (size));
    assert (kind != PCI_BAR_MEM64 || index + 1 < PCI_N_BARS);
    bar->kind = kind;
    bar->size = size;
    bar->prefetchable = prefetchable;
    if (kind == PCI_BAR_IO) {
        store_le32 (config, 1);
    } else if (index == ROM_BAR) {
        mask |= ROM_ENABLE;
    } else {
        store_le32 (config, (kind == PCI_BAR_MEM64 ? 4u : 0u) | (prefetchable ? 8u : 0u));
    }
    store_le32 (writable, (uint32_t) mask);
    if (kind == PCI_BAR_MEM64)
        store_le32 (writable + 4, (uint32_t) (mask >> 32));
    return bar;
}

void
pci_add_register_bar (struct pci_function *f, unsigned index, enum pci_bar_kind kind,
                      uint64_t size, const struct bus_region_ops *ops, void *opaque)
{
    struct pci_bar *bar = describe_bar (f, index, kind, size, false);

    bus_region_init (&bar->region, f->name, ops, opaque, size, BUS_PRIORITY_BAR);
}

void
pci_add_memory_bar (struct pci_function *f, unsigned index, enum pci_bar_kind kind,
                    struct memory_block *block, bool prefetchable)
{
    describe_bar (f, index, kind, block->size_bytes, prefetchable)->block = block;
}

void
pci_add_rom_bar (struct pci_function *f, struct memory_block *block)
{
    describe_bar (f, ROM_BAR, PCI_BAR_MEM32, block->size_bytes, false)->block = block;
}

/* --- functions ---------------------------------------------------------------------------------- */

int
pci_function_init (struct pci_function *f, struct pci_bus *bus, unsigned devfn, const char *name,
                   const struct pci_identity *id, const struct pci_function_ops *ops)
{
    int ret = 0;

    assert (devfn < ARRAY_SIZE (bus->functions));
    f->ops = ops;
    f->name = name;
    f->devfn = devfn;
    f->next_cap = FIRST_CAP;
    pthread_mutex_init (&f->irq_lock, NULL);
    for (unsigned i = 0; i <= ROM_BAR; i++)
        f->bars[i].mapped_at = NOT_MAPPED;

    store_le16 (f->config + PCI_VENDOR_ID, id->vendor);
    store_le16 (f->config + PCI_DEVICE_ID, id->device);
    f->config[PCI_REVISION] = id->revision;
    store_le (f->config + PCI_CLASS, id->class_code, 3);
    store_le16 (f->config + PCI_SUBSYSTEM_VENDOR, id->subsystem_vendor);
    store_le16 (f->config + PCI_SUBSYSTEM, id->subsystem);
    f->config[PCI_INTERRUPT_PIN] = id->interrupt_pin;
    store_le16 (f->writable + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY
                                               | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
    f->writable[PCI_INTERRUPT_LINE] = 0xff;

    pthread_mutex_lock (&bus->lock);
    if (bus->functions[devfn]) {
        ret = -EEXIST;
    } else {
        bus->functions[devfn] = f;
        f->bus = bus;
    }
    pthread_mutex_unlock (&bus->lock);
    if (ret < 0)
        pthread_mutex_destroy (&f->irq_lock);
    return ret;
}

void
pci_function_destroy (struct pci_function *f)
{
    struct pci_bus *bus = f->bus;

    if (!bus)
        return;
    pci_set_intx (f, false);
    pthread_mutex_lock (&bus->lock);
    for (unsigned i = 0; i <= ROM_BAR; i++)
        bar_unmap (f, &f->bars[i]);
    bus->functions[f->devfn] = NULL;
    pthread_mutex_unlock (&bus->lock);
    pthread_mutex_destroy (&f->irq_lock);
    free (f->msix);
    f->bus = NULL;
}

struct pci_function *
pci_bus_get_function (struct pci_bus *bus, unsigned devfn)
{
    struct pci_function *f = NULL;

    pthread_mutex_lock (&bus->lock);
    if (devfn < ARRAY_SIZE (bus->functions))
        f = bus->functions[devfn];
    pthread_mutex_unlock (&bus->lock);
    return f;
}

void
pci_function_reset (struct pci_function *f)
{
    pci_set_intx (f, false);
    pthread_mutex_lock (&f->bus->lock);
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
        f->config[i] &= (uint8_t) ~(f->writable[i] | f->write_1_clears[i]);
    update_mappings_locked (f);
    pthread_mutex_unlock (&f->bus->lock);

    pthread_mutex_lock (&f->irq_lock);
    for (unsigned i = 0; i < f->n_msix; i++)
        f->msix[i] = (struct pci_msix_entry){ .masked = true };
    pthread_mutex_unlock (&f->irq_lock);
}

unsigned
pci_add_capability (struct pci_function *f, uint8_t id, unsigned size)
{
    unsigned offset = f->next_cap;

    assert (size >= 2 && offset + size <= PCI_CONFIG_SIZE);
    f->config[offset] = id;
    f->config[offset + 1] = f->config[PCI_CAP_POINTER];
    f->config[PCI_CAP_POINTER] = (uint8_t) offset;
    f->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
    f->next_cap = (unsigned) align_up (offset + size, 4);
    return offset;
}

bool
pci_is_master (const struct pci_function *f)
{
    return load_le16 (f->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

/* --- interrupts --------------------------------------------------------------------------------- */

/* Tells the host bridge what the pin does now. */
static void
update_intx_locked (struct pci_function *f)
{
    bool off = load_le16 (f->config + PCI_COMMAND) & PCI_COMMAND_INTX_OFF;
    bool level = f->intx_level && !off;
    unsigned pin = f->config[PCI_INTERRUPT_PIN];

    if (pin == 0 || level == f->intx_asserted)
        return;
    f->intx_asserted = level;
    if (f->bus->host_ops)
        f->bus->host_ops->set_intx (f->bus->host_opaque, PCI_SLOT (f->devfn), pin - 1, level);
}

void
pci_set_intx (struct pci_function *f, bool level)
{
    pthread_mutex_lock (&f->irq_lock);
    f->intx_level = level;
    update_intx_locked (f);
    pthread_mutex_unlock (&f->irq_lock);
}

void
pci_add_msi (struct pci_function *f)
{
    unsigned cap = pci_add_capability (f, PCI_CAP_MSI, MSI_CAP_SIZE);

    store_le16 (f->config + cap + MSI_CONTROL, MSI_64BIT);
    store_le16 (f->writable + cap + MSI_CONTROL, MSI_ENABLE);
    store_le64 (f->writable + cap + MSI_ADDRESS, ~3ull);
    store_le16 (f->writable + cap + MSI_DATA, 0xffff);
    f->msi_cap = cap;
}

bool
pci_msi_enabled (struct pci_function *f)
{
    return f->msi_cap && (f->config[f->msi_cap + MSI_CONTROL] & MSI_ENABLE);
}

void
pci_send_msi (struct pci_function *f)
{
    uint64_t address;
    uint16_t data;

    if (!pci_msi_enabled (f) || !pci_is_master (f))
        return;
    pthread_mutex_lock (&f->irq_lock);
    address = load_le64 (f->config + f->msi_cap + MSI_ADDRESS);
    data = load_le16 (f->config + f->msi_cap + MSI_DATA);
    pthread_mutex_unlock (&f->irq_lock);
    irq_send_msi (f->bus->irq, address, data);
}

bool
pci_msix_enabled (struct pci_function *f)
{
    return f->msix_cap && (f->config[f->msix_cap + MSIX_CONTROL + 1] & (MSIX_ENABLE >> 8));
}

static bool
msix_all_masked (const struct pci_function *f)
{
    return f->config[f->msix_cap + MSIX_CONTROL + 1] & (MSIX_MASK_ALL >> 8);
}

/* Sends ENTRY, or remembers it while it is masked. */
static void
msix_deliver_locked (struct pci_function *f, struct pci_msix_entry *entry)
{
    if (entry->masked || msix_all_masked (f)) {
        entry->pending = true;
        return;
    }
    entry->pending = false;
    irq_send_msi (f->bus->irq, entry->address, entry->data);
}

void
pci_send_msix (struct pci_function *f, unsigned vector)
{
    if (!pci_msix_enabled (f) || !pci_is_master (f) || vector >= f->n_msix)
        return;
    pthread_mutex_lock (&f->irq_lock);
    msix_deliver_locked (f, &f->msix[vector]);
    pthread_mutex_unlock (&f->irq_lock);
}

/* Something was unmasked: sends what had to wait. */
static void
msix_flush_locked (struct pci_function *f)
{
    if (!pci_msix_enabled (f))
        return;
    for (unsigned i = 0; i < f->n_msix; i++) {
        if (f->msix[i].pending)
            msix_deliver_locked (f, &f->msix[i]);
    }
}

static uint32_t
msix_read_word (const struct pci_msix_entry *entry, unsigned word)
{
    switch (word) {
    case 0:
        return (uint32_t) entry->address;
    case 1:
        return (uint32_t) (entry->address >> 32);
    case 2:
        return entry->data;
    default:
        return entry->masked;
    }
}

static void
msix_write_word (struct pci_msix_entry *entry, unsigned word, uint32_t value)
{
    switch (word) {
    case 0:
        entry->address = (entry->address & ~0xffffffffull) | (value & ~3u);
        break;
    case 1:
        entry->address = (uint32_t) entry->address | (uint64_t) value << 32;
        break;
    case 2:
        entry->data = value;
        break;
    default:
        entry->masked = value & 1;
        break;
    }
}

/* The table is the lower half of the BAR, the pending bits are the upper. */
static uint64_t
msix_table_read (void *opaque, uint64_t offset, unsigned size)
{
    struct pci_function *f = opaque;
    uint64_t half = f->msix_table_region.size / 2;
    uint32_t value = 0;

    pthread_mutex_lock (&f->irq_lock);
    if (offset < half && offset / MSIX_ENTRY_SIZE < f->n_msix) {
        value = msix_read_word (&f->msix[offset / MSIX_ENTRY_SIZE], offset / 4 % 4);
    } else if (offset >= half) {
        uint64_t first = align_down (offset - half, 4) * 8;

        for (unsigned i = 0; i < 32 && first + i < f->n_msix; i++)
            value |= (uint32_t) f->msix[first + i].pending << i;
    }
    pthread_mutex_unlock (&f->irq_lock);
    return (value >> (offset % 4 * 8)) & ones (size);
}

static void
msix_table_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct pci_function *f = opaque;

    /* PCI 3.0 §6.8.2: only whole, aligned doublewords. */
    if (size != 4 || offset % 4 || offset / MSIX_ENTRY_SIZE >= f->n_msix
        || offset >= f->msix_table_region.size / 2)
        return;
    pthread_mutex_lock (&f->irq_lock);
    msix_write_word (&f->msix[offset / MSIX_ENTRY_SIZE], offset / 4 % 4, (uint32_t) value);
    msix_flush_locked (f);
    pthread_mutex_unlock (&f->irq_lock);
}

static const struct bus_region_ops msix_table_ops = {
    .read = msix_table_read,
    .write = msix_table_write,
    .max_size = 4,
};

int
pci_add_msix (struct pci_function *f, unsigned index, unsigned n)
{
    unsigned cap = pci_add_capability (f, PCI_CAP_MSIX, MSIX_CAP_SIZE);
    uint32_t bytes = n <= 128 ? 4096 : 8192;

    assert (n >= 1 && n <= MSIX_MAX);
    f->msix = calloc (n, sizeof *f->msix);
    if (!f->msix)
        return -ENOMEM;
    f->n_msix = n;
    for (unsigned i = 0; i < n; i++)
        f->msix[i].masked = true;
    store_le16 (f->config + cap + MSIX_CONTROL, (uint16_t) (n - 1));
    store_le16 (f->writable + cap + MSIX_CONTROL, MSIX_ENABLE | MSIX_MASK_ALL);
    store_le32 (f->config + cap + 4, index);
    store_le32 (f->config + cap + 8, bytes / 2 | index);
    f->msix_cap = cap;
    f->msix_table_region.size = bytes;
    pci_add_register_bar (f, index, PCI_BAR_MEM32, bytes, &msix_table_ops, f);
    return 0;
}

/* --- configuration space ------------------------------------------------------------------------ */

uint32_t
pci_config_read (struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned size)
{
    struct pci_function *f;
    uint32_t value = (uint32_t) ones (size);

    pthread_mutex_lock (&bus->lock);
    f = devfn < ARRAY_SIZE (bus->functions) ? bus->functions[devfn] : NULL;
    if (f && range_fits (offset, size, PCI_CONFIG_SIZE)) {
        if (f->ops && f->ops->config_reading)
            f->ops->config_reading (f, offset, size);
        value = (uint32_t) load_le (f->config + offset, size);
        if (f->intx_level && offset <= PCI_STATUS && offset + size > PCI_STATUS)
            value |= PCI_STATUS_INTERRUPT << ((PCI_STATUS - offset) * 8);
    }
    pthread_mutex_unlock (&bus->lock);
    return value;
}

static bool
touches (unsigned offset, unsigned size, unsigned first, unsigned len)
{
    return offset < first + len && first < offset + size;
}

static void
write_config_locked (struct pci_function *f, unsigned offset, uint32_t value, unsigned size)
{
    /* The interrupt path reads these bytes under irq_lock. */
    pthread_mutex_lock (&f->irq_lock);
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t) (value >> (8 * i));
        uint8_t writable = f->writable[offset + i];
        uint8_t *config = &f->config[offset + i];

        *config = (uint8_t) ((*config & ~writable) | (byte & writable));
        *config &= (uint8_t) ~(byte & f->write_1_clears[offset + i]);
    }
    if (touches (offset, size, PCI_COMMAND, 2))
        update_intx_locked (f);
    if (f->msix_cap && touches (offset, size, f->msix_cap + MSIX_CONTROL, 2))
        msix_flush_locked (f);
    pthread_mutex_unlock (&f->irq_lock);

    if (touches (offset, size, PCI_COMMAND, 2) || touches (offset, size, PCI_BAR0, 4 * PCI_N_BARS)
        || touches (offset, size, PCI_ROM, 4))
        update_mappings_locked (f);
    if (f->ops && f->ops->config_written)
        f->ops->config_written (f, offset, size);
}

void
pci_config_write (struct pci_bus *bus, unsigned devfn, unsigned offset, uint32_t value,
                  unsigned size)
{
    pthread_mutex_lock (&bus->lock);
    if (devfn < ARRAY_SIZE (bus->functions) && bus->functions[devfn]
        && range_fits (offset, size, PCI_CONFIG_SIZE))
        write_config_locked (bus->functions[devfn], offset, value, size);
    pthread_mutex_unlock (&bus->lock);
}

/* Gives BAR INDEX the next free place at or after *NEXT. */
static int
assign_bar (struct pci_function *f, unsigned index, uint64_t *next, uint64_t limit)
{
    struct pci_bar *bar = &f->bars[index];
    uint64_t address = align_up (*next, bar->size);
    uint8_t *config = f->config + bar_offset (index);

    if (!range_fits (address, bar->size, limit))
        return -ENOSPC;
    store_le32 (config, (uint32_t) address | (load_le32 (config) & 0xf));
    *next = address + bar->size;
    return 0;
}

int
pci_assign_bars (struct pci_bus *bus, uint64_t io_base, uint64_t mem_base, uint64_t mem_limit)
{
    int ret = 0;

    pthread_mutex_lock (&bus->lock);
    for (unsigned devfn = 0; devfn < ARRAY_SIZE (bus->functions) && ret == 0; devfn++) {
        struct pci_function *f = bus->functions[devfn];

        for (unsigned i = 0; f && i < PCI_N_BARS && ret == 0; i++) {
            if (f->bars[i].kind == PCI_BAR_IO)
                ret = assign_bar (f, i, &io_base, 0x10000);
            else if (f->bars[i].kind != PCI_BAR_NONE)
                ret = assign_bar (f, i, &mem_base, mem_limit);
        }
        if (f) {
            f->config[PCI_COMMAND] |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
            update_mappings_locked (f);
        }
    }
    pthread_mutex_unlock (&bus->lock);
    return ret;
}
