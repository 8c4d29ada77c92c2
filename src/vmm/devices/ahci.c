/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci.c - the SATA controller of an ICH9 (8086:2922) in AHCI mode: PCI function, global registers,
 * interrupts, resets.
 *
 * Serial ATA AHCI 1.3.1.  No legacy IDE ports, no native command queueing, no port multipliers, no
 * power management.  Only ports with a drive are implemented (PI): firmware waits on each.
 *
 * Resets do not complete before the drives are idle.  A read in flight is the kernel writing to
 * guest memory; a guest that was told that its reset is over may use that memory for something
 * else.  So HBA reset keeps GHC.HR, stopping a port keeps PxCMD.CR, and COMRESET keeps the drive
 * busy until the cancelled request came back; what it brings is dropped (see ahci-command.c).
 */
#include "ahci-private.h"

#include <errno.h>
#include <stdlib.h>

#define ABAR       5
#define ABAR_BYTES 4096

/* Global registers (§3.1). */
#define HBA_CAP   0x00
#define HBA_GHC   0x04
#define HBA_IS    0x08
#define HBA_PI    0x0c
#define HBA_VS    0x10
#define HBA_PORTS 0x100

#define CAP_NP   (AHCI_N_PORTS - 1)
#define CAP_NCS  ((AHCI_N_SLOTS - 1) << 8)
#define CAP_PMD  BIT (15) /* several DRQ blocks in one PIO command */
#define CAP_SAM  BIT (18) /* AHCI only */
#define CAP_GEN3 (3u << 20)
#define CAP_SCLO BIT (24)
#define CAP_S64A BIT (31)

#define GHC_HR BIT (0)
#define GHC_IE BIT (1)
#define GHC_AE BIT (31)

#define VERSION_1_3 0x00010300

static uint32_t
implemented_ports (const struct ahci *ahci)
{
    uint32_t ports = 0;

    for (unsigned i = 0; i < AHCI_N_PORTS; i++) {
        if (ahci->ports[i].drive)
            ports |= BIT (i);
    }
    return ports;
}

/* --- interrupts ---------------------------------------------------------------------------- */

/* §10.7.  IS bits stay until the guest clears them, and come back as long as their port has
 * something that is enabled.  With MSI a message goes out for each event, when the level rises, and
 * when something is left after the guest cleared IS. */
void
ahci_update_irq (struct ahci *ahci, bool is_event)
{
    bool msi = pci_msi_enabled (&ahci->pci);
    bool level;

    for (unsigned i = 0; i < AHCI_N_PORTS; i++) {
        if (ahci_port_interrupts (&ahci->ports[i]) & ahci->ports[i].ie)
            ahci->is |= BIT (i);
    }
    level = ahci->irq_enabled && ahci->is != 0;
    if (msi && level && (is_event || !ahci->irq_level))
        pci_send_msi (&ahci->pci);
    ahci->irq_level = level;
    pci_set_intx (&ahci->pci, level && !msi);
}

/* The guest may have switched between INTx and MSI. */
static void
ahci_config_written (struct pci_function *function, unsigned offset, unsigned size)
{
    struct ahci *ahci = container_of (function, struct ahci, pci);

    if (offset < PCI_BAR0)
        return;
    pthread_mutex_lock (&ahci->lock);
    ahci_update_irq (ahci, false);
    pthread_mutex_unlock (&ahci->lock);
}

static const struct pci_function_ops ahci_pci_ops = { .config_written = ahci_config_written };

/* --- resets -------------------------------------------------------------------------------- */

static void
cancel_all (struct ahci *ahci)
{
    for (unsigned i = 0; i < AHCI_N_PORTS; i++)
        ahci_port_cancel (&ahci->ports[i]);
}

static bool
all_idle (const struct ahci *ahci)
{
    for (unsigned i = 0; i < AHCI_N_PORTS; i++) {
        if (!ahci_port_is_idle (&ahci->ports[i]))
            return false;
    }
    return true;
}

static void
reset_registers (struct ahci *ahci, bool power_on)
{
    ahci->is_resetting = false;
    ahci->irq_enabled = false;
    ahci->is = 0;
    for (unsigned i = 0; i < AHCI_N_PORTS; i++)
        ahci_port_reset (&ahci->ports[i], power_on);
    ahci_update_irq (ahci, false);
}

void
ahci_continue_reset (struct ahci *ahci)
{
    if (ahci->is_resetting && all_idle (ahci))
        reset_registers (ahci, false);
}

/* GHC.HR (§10.4.3). */
static void
start_reset (struct ahci *ahci)
{
    ahci->is_resetting = true;
    cancel_all (ahci);
    ahci_continue_reset (ahci);
}

/* --- registers ----------------------------------------------------------------------------- */

static uint32_t
read_global (const struct ahci *ahci, unsigned reg)
{
    switch (reg) {
    case HBA_CAP:
        return CAP_NP | CAP_NCS | CAP_PMD | CAP_SAM | CAP_GEN3 | CAP_SCLO | CAP_S64A;
    case HBA_GHC:
        return GHC_AE | (ahci->irq_enabled ? GHC_IE : 0) | (ahci->is_resetting ? GHC_HR : 0);
    case HBA_IS:
        return ahci->is;
    case HBA_PI:
        return implemented_ports (ahci);
    case HBA_VS:
        return VERSION_1_3;
    default:
        return 0;
    }
}

static void
write_global (struct ahci *ahci, unsigned reg, uint32_t value, uint32_t mask)
{
    switch (reg) {
    case HBA_GHC:
        if (mask & GHC_IE)
            ahci->irq_enabled = value & GHC_IE;
        if (value & GHC_HR)
            start_reset (ahci);
        else
            ahci_update_irq (ahci, false);
        break;
    case HBA_IS:
        ahci->is &= ~value;
        ahci_update_irq (ahci, true);
        break;
    default:
        break; /* read-only, or nothing there */
    }
}

/* The port whose register is at WORD, which becomes an offset in it; NULL when there is none. */
static struct ahci_port *
find_port (struct ahci *ahci, unsigned *word)
{
    unsigned index = (*word - HBA_PORTS) / PORT_REG_BYTES;

    if (*word < HBA_PORTS || index >= AHCI_N_PORTS || !ahci->ports[index].drive)
        return NULL;
    *word = (*word - HBA_PORTS) % PORT_REG_BYTES;
    return &ahci->ports[index];
}

static uint32_t
read_word (struct ahci *ahci, unsigned word)
{
    struct ahci_port *port = find_port (ahci, &word);

    if (port)
        return ahci_port_read (port, word);
    return word < HBA_PORTS ? read_global (ahci, word) : 0;
}

static void
write_word (struct ahci *ahci, unsigned word, uint32_t value, uint32_t mask)
{
    struct ahci_port *port = find_port (ahci, &word);

    if (ahci->is_resetting)
        return;
    if (port)
        ahci_port_write (port, word, value, mask);
    else if (word < HBA_PORTS)
        write_global (ahci, word, value, mask);
}

/* An access may be narrow or lie across two registers: it is done in the words it touches. */
static uint64_t
abar_read (void *opaque, uint64_t offset, unsigned size)
{
    struct ahci *ahci = opaque;
    uint64_t words = 0;
    unsigned first = (unsigned) align_down (offset, 4);

    pthread_mutex_lock (&ahci->lock);
    words = read_word (ahci, first);
    if (offset + size > first + 4)
        words |= (uint64_t) read_word (ahci, first + 4) << 32;
    pthread_mutex_unlock (&ahci->lock);
    return words >> (8 * (offset - first)) & ones (size);
}

static void
abar_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct ahci *ahci = opaque;
    unsigned first = (unsigned) align_down (offset, 4);
    unsigned shift = 8 * (unsigned) (offset - first);
    uint64_t mask = ones (size) << shift;

    value = value << shift & mask;
    pthread_mutex_lock (&ahci->lock);
    write_word (ahci, first, (uint32_t) value, (uint32_t) mask);
    if (mask >> 32)
        write_word (ahci, first + 4, (uint32_t) (value >> 32), (uint32_t) (mask >> 32));
    pthread_mutex_unlock (&ahci->lock);
}

static const struct bus_region_ops abar_ops = {
    .read = abar_read,
    .write = abar_write,
    .max_size = 4,
};

/* --- the device ---------------------------------------------------------------------------- */

static void
set_host (struct ata_drive *drive, struct ata_host *host)
{
    drive->host = host;
    if (drive->ops->attached)
        drive->ops->attached (drive);
}

/* Cancels everything and waits until it came back. */
static void
quiesce (struct ahci *ahci)
{
    pthread_mutex_lock (&ahci->lock);
    cancel_all (ahci);
    pthread_mutex_unlock (&ahci->lock);
    for (unsigned i = 0; i < AHCI_N_PORTS; i++) {
        struct ata_drive *drive = ahci->ports[i].drive;

        if (drive)
            drive->ops->drain (drive);
    }
}

static void
ahci_reset (struct device *device)
{
    struct ahci *ahci = container_of (device, struct ahci, device);

    quiesce (ahci);
    pci_function_reset (&ahci->pci);
    pthread_mutex_lock (&ahci->lock);
    reset_registers (ahci, true);
    pthread_mutex_unlock (&ahci->lock);
}

static void
ahci_destroy (struct device *device)
{
    struct ahci *ahci = container_of (device, struct ahci, device);

    quiesce (ahci);
    pci_function_destroy (&ahci->pci);
    for (unsigned i = 0; i < AHCI_N_PORTS; i++) {
        if (ahci->ports[i].drive)
            set_host (ahci->ports[i].drive, NULL);
    }
    pthread_mutex_destroy (&ahci->lock);
    free (ahci);
}

static const struct device_ops ahci_ops = { .reset = ahci_reset, .destroy = ahci_destroy };

int
ahci_create (const struct device_env *env, unsigned devfn, struct ahci **out)
{
    static const struct pci_identity identity = {
        .vendor = 0x8086,
        .device = 0x2922,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x010601,
        .revision = 2,
        .interrupt_pin = 1,
    };
    struct device_args args = { .env = env, .alias = "ahci" };
    struct ahci *ahci = calloc (1, sizeof *ahci);
    int ret;

    if (!ahci)
        return -ENOMEM;
    device_init (&ahci->device, &ahci_ops, &args);
    pthread_mutex_init (&ahci->lock, NULL);
    for (unsigned i = 0; i < AHCI_N_PORTS; i++)
        ahci_port_init (&ahci->ports[i], ahci);
    ret = pci_function_init (&ahci->pci, env->pci, devfn, "ahci", &identity, &ahci_pci_ops);
    if (ret < 0) {
        pthread_mutex_destroy (&ahci->lock);
        free (ahci);
        return ret;
    }
    pci_add_register_bar (&ahci->pci, ABAR, PCI_BAR_MEM32, ABAR_BYTES, &abar_ops, ahci);
    pci_add_msi (&ahci->pci);
    *out = ahci;
    return 0;
}

struct device *
ahci_device (struct ahci *ahci)
{
    return &ahci->device;
}

int
ahci_attach (struct ahci *ahci, unsigned index, struct device *drive)
{
    struct ahci_port *port;

    if (index >= AHCI_N_PORTS)
        return -EINVAL;
    port = &ahci->ports[index];
    if (port->drive)
        return -EBUSY;
    pthread_mutex_lock (&ahci->lock);
    port->drive = ata_drive_from_device (drive);
    set_host (port->drive, &port->host);
    ahci_port_reset (port, true);
    pthread_mutex_unlock (&ahci->lock);
    return 0;
}
