/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.h - PCI functions on bus 0: configuration space, BARs, INTx, MSI and MSI-X.
 *
 * PCI Local Bus Specification 3.0.  The host bridge (machine/) finds functions through
 * pci_config_read() and pci_config_write(); a device embeds a struct pci_function, describes itself
 * before the machine runs, and from then on only raises interrupts.
 *
 * Locks: the bus's lock guards every configuration space and BAR mapping; hooks run under it (order:
 * PCI bus → device).  Each function's irq_lock guards INTx and MSI-X state and is taken last, so
 * interrupts may be raised under the device's lock.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus.h"
#include "irq.h"
#include "memory.h"

#define PCI_N_BARS      6
#define PCI_CONFIG_SIZE 256
#define PCI_N_SLOTS     32
#define PCI_DEVFN(slot, function) ((slot) << 3 | (function))
#define PCI_SLOT(devfn)           ((devfn) >> 3)

/* Configuration space, type 0 header (§6.1). */
#define PCI_VENDOR_ID        0x00
#define PCI_DEVICE_ID        0x02
#define PCI_COMMAND          0x04
#define PCI_COMMAND_IO       0x0001
#define PCI_COMMAND_MEMORY   0x0002
#define PCI_COMMAND_MASTER   0x0004
#define PCI_COMMAND_INTX_OFF 0x0400
#define PCI_STATUS           0x06
#define PCI_STATUS_INTERRUPT 0x0008
#define PCI_STATUS_CAP_LIST  0x0010
#define PCI_REVISION         0x08
#define PCI_CLASS            0x09
#define PCI_HEADER_TYPE      0x0e
#define PCI_BAR0             0x10
#define PCI_SUBSYSTEM_VENDOR 0x2c
#define PCI_SUBSYSTEM        0x2e
#define PCI_ROM              0x30
#define PCI_CAP_POINTER      0x34
#define PCI_INTERRUPT_LINE   0x3c
#define PCI_INTERRUPT_PIN    0x3d

#define PCI_CAP_MSI    0x05
#define PCI_CAP_VENDOR 0x09
#define PCI_CAP_MSIX   0x11

struct pci_bus;
struct pci_function;

enum pci_bar_kind {
    PCI_BAR_NONE,
    PCI_BAR_IO,
    PCI_BAR_MEM32,
    PCI_BAR_MEM64, /* takes two BAR indices */
};

struct pci_bar {
    enum pci_bar_kind kind;
    bool prefetchable;
    uint64_t size;              /* a power of two; at least 4 for ports, 16 for memory */
    struct bus_region region;   /* registers behind it, when block is NULL */
    struct memory_block *block; /* memory behind it; the device's */
    uint64_t mapped_at;         /* UINT64_MAX while the function does not decode it */
};

struct pci_msix_entry {
    uint64_t address;
    uint32_t data;
    bool masked;
    bool pending;
};

struct pci_function_ops {
    /* Optional: [OFFSET, OFFSET + SIZE) of config was written (masked bits are in place).  Under the
     * bus's lock. */
    void (*config_written) (struct pci_function *function, unsigned offset, unsigned size);
    /* Optional: called before a read of config, so that the device can refresh what it shows there. */
    void (*config_reading) (struct pci_function *function, unsigned offset, unsigned size);
};

struct pci_function {
    const struct pci_function_ops *ops;
    const char *name; /* for logs; borrowed */
    struct pci_bus *bus;
    unsigned devfn;
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t writable[PCI_CONFIG_SIZE];       /* 1: the guest may change this bit */
    uint8_t write_1_clears[PCI_CONFIG_SIZE]; /* 1: writing 1 clears this bit */
    struct pci_bar bars[PCI_N_BARS + 1];     /* the last is the expansion ROM */
    unsigned next_cap;                       /* where pci_add_capability() goes on */
    bool is_zero_when_gone;                  /* pci-remains.h; which BAR, the registers' */
    unsigned zero_when_gone_bar;

    pthread_mutex_t irq_lock;
    bool intx_level;    /* what the device wants; irq_lock */
    bool intx_asserted; /* what the host bridge was told; irq_lock */
    unsigned msi_cap;   /* 0: none */
    unsigned msix_cap;  /* 0: none */
    struct pci_msix_entry *msix; /* irq_lock */
    unsigned n_msix;
    struct bus_region msix_table_region;
};

struct pci_identity {
    uint16_t vendor, device;
    uint16_t subsystem_vendor, subsystem;
    uint32_t class_code; /* 24 bits: class, subclass, interface */
    uint8_t revision;
    uint8_t interrupt_pin; /* 0 none, 1 INTA# … 4 INTD# */
};

struct pci_host_ops {
    /* Pin (0 INTA# … 3 INTD#) of slot went up or down.  Under the function's irq_lock. */
    void (*set_intx) (void *opaque, unsigned slot, unsigned pin, bool level);
};

/* PORTS and MMIO are where BARs appear.  NULL when out of memory. */
struct pci_bus *pci_bus_create (struct bus *ports, struct bus *mmio, struct memory *memory,
                                struct irq_chip *irq);
void pci_bus_destroy (struct pci_bus *bus);
void pci_bus_set_host (struct pci_bus *bus, const struct pci_host_ops *ops, void *opaque);

/* Puts FUNCTION, zeroed by the caller, on BUS.  Returns 0, -EEXIST when devfn is taken. */
int pci_function_init (struct pci_function *function, struct pci_bus *bus, unsigned devfn,
                       const char *name, const struct pci_identity *identity,
                       const struct pci_function_ops *ops);

/* Takes it off again, unmapping its BARs; harmless when it is not on a bus. */
void pci_function_destroy (struct pci_function *function);

/* The function at DEVFN, NULL when there is none.  As pci_rom_add(): nothing may come or go meanwhile. */
struct pci_function *pci_bus_get_function (struct pci_bus *bus, unsigned devfn);

/* Back to the state after power-on: command, BARs, interrupts, every writable bit zero. */
void pci_function_reset (struct pci_function *function);

/* Describe a function, before the machine runs; INDEX is a BAR number, wrong use is our bug. */
void pci_add_register_bar (struct pci_function *function, unsigned index, enum pci_bar_kind kind,
                           uint64_t size, const struct bus_region_ops *ops, void *opaque);
void pci_add_memory_bar (struct pci_function *function, unsigned index, enum pci_bar_kind kind,
                         struct memory_block *block, bool prefetchable);
void pci_add_rom_bar (struct pci_function *function, struct memory_block *block);

/* Links a capability of SIZE bytes (header included) into the list and returns its offset; its body is
 * zero and read-only. */
unsigned pci_add_capability (struct pci_function *function, uint8_t id, unsigned size);

/* One 64-bit-address MSI vector. */
void pci_add_msi (struct pci_function *function);

/* N vectors (1 to 256) with table and pending bits in BAR INDEX, which becomes a 4 KiB (N <= 128) or
 * 8 KiB memory BAR of its own.  Returns 0 or -ENOMEM. */
int pci_add_msix (struct pci_function *function, unsigned index, unsigned n);

/* Holds the INTx pin up or lets it go.  Any thread. */
void pci_set_intx (struct pci_function *function, bool level);

/* Whether the guest switched MSI or MSI-X on.  Any thread. */
bool pci_msi_enabled (struct pci_function *function);
bool pci_msix_enabled (struct pci_function *function);

/* Sends the MSI, or MSI-X vector VECTOR (out of range: nothing).  Any thread. */
void pci_send_msi (struct pci_function *function);
void pci_send_msix (struct pci_function *function, unsigned vector);

/* Whether the guest lets the function start transfers (bus master). Any thread. */
bool pci_is_master (const struct pci_function *function);

/* For the host bridge: SIZE is 1, 2 or 4, OFFSET below 4096; reads of what is not there are all ones.
 * Any thread. */
uint32_t pci_config_read (struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned size);
void pci_config_write (struct pci_bus *bus, unsigned devfn, unsigned offset, uint32_t value,
                       unsigned size);

/* For direct kernel boot, where no firmware does it: places every BAR of every function in the given
 * windows, ports from IO_BASE on, and switches decoding on.  Returns 0 or -ENOSPC. */
int pci_assign_bars (struct pci_bus *bus, uint64_t io_base, uint64_t mem_base, uint64_t mem_limit);
