/* SPDX-License-Identifier: GPL-2.0-or-later */
/* q35.c - the chipset: host bridge, LPC bridge, reset and A20 ports.
 *
 * Interrupt routing.  A pin of a slot drives one of the PIRQ lines A-H (x86/q35-irq.h).  A line that
 * is up raises its I/O APIC pin and, when its routing register in the LPC bridge names an IRQ, that
 * 8259 input as well: a guest uses one or the other and masks what it does not use.
 */
#include "q35.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "e820.h"
#include "q35-irq.h"

/* Host bridge registers (Intel 3 Series datasheet, §5.1). */
#define MCH_PCIEXBAR        0x60
#define MCH_PCIEXBAR_ENABLE 1u
#define MCH_PAM0            0x90
#define MCH_N_PAMS          7
#define MCH_SMRAM           0x9d
/* Firmware that reads this finds C0000h-FFFFFh to be RAM already, as it is here. */
#define MCH_PAM0_RESET 0x30

/* LPC bridge registers (ICH9 datasheet, §13.1). */
#define LPC_PMBASE    0x40
#define LPC_ACPI_CNTL 0x44
#define LPC_GEN_PMCON 0xa0
#define LPC_RCBA      0xf0

#define PORT_A            0x92
#define PORT_A_RESET      0x01
#define PORT_CONFIG       0xcf8
#define PORT_CONFIG_DATA  0xcfc
#define PORT_RESET        0xcf9
#define CONFIG_ENABLE     0x80000000u
#define RESET_CPU         0x04
#define RESET_STORED      0x0e /* the bits of CF9h that are kept */

struct q35 {
    const struct device_env *env;
    struct pci_function host;
    struct pci_function lpc;
    struct pm pm;
    struct bus_region config_region, data_region, reset_region, port_a_region;
    struct bus_region ecam_region, rcba_region;
    uint64_t ecam_base; /* UINT64_MAX: off; the PCI bus's lock */

    pthread_mutex_t lock; /* guards what follows */
    uint32_t config_address;
    uint8_t reset_control;
    uint8_t port_a;
    unsigned pirq_holders[Q35_PIRQ_N];
    struct irq_line pirq_gsi[Q35_PIRQ_N];
    struct irq_line pirq_irq[Q35_PIRQ_N]; /* GSI as the routing register says */
};

/* --- configuration mechanisms ------------------------------------------------------------------- */

static uint64_t
config_address_read (void *opaque, uint64_t offset, unsigned size)
{
    struct q35 *q35 = opaque;
    uint32_t value;

    pthread_mutex_lock (&q35->lock);
    value = q35->config_address;
    pthread_mutex_unlock (&q35->lock);
    return (value >> offset * 8) & ones (size);
}

/* Only doublewords reach the register (PCI 3.0 §3.2.2.3.2). */
static void
config_address_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct q35 *q35 = opaque;

    if (size != 4)
        return;
    pthread_mutex_lock (&q35->lock);
    q35->config_address = (uint32_t) value;
    pthread_mutex_unlock (&q35->lock);
}

/* What CF8h points at; false when it points nowhere. */
static bool
config_target (struct q35 *q35, unsigned *devfn, unsigned *offset)
{
    uint32_t address;

    pthread_mutex_lock (&q35->lock);
    address = q35->config_address;
    pthread_mutex_unlock (&q35->lock);
    *devfn = address >> 8 & 0xff;
    *offset = address & 0xfc;
    return (address & CONFIG_ENABLE) && (address >> 16 & 0xff) == 0;
}

static uint64_t
config_data_read (void *opaque, uint64_t offset, unsigned size)
{
    struct q35 *q35 = opaque;
    unsigned devfn, reg;

    if (!config_target (q35, &devfn, &reg))
        return ones (size);
    return pci_config_read (q35->env->pci, devfn, reg + (unsigned) offset, size);
}

static void
config_data_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct q35 *q35 = opaque;
    unsigned devfn, reg;

    if (config_target (q35, &devfn, &reg))
        pci_config_write (q35->env->pci, devfn, reg + (unsigned) offset, (uint32_t) value, size);
}

/* ECAM: bus 27:20, device 19:15, function 14:12, register 11:0. */
static uint64_t
ecam_read (void *opaque, uint64_t offset, unsigned size)
{
    struct q35 *q35 = opaque;

    if (offset >> 20 != 0)
        return ones (size);
    return pci_config_read (q35->env->pci, (unsigned) (offset >> 12), (unsigned) (offset & 0xfff),
                            size);
}

static void
ecam_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct q35 *q35 = opaque;

    if (offset >> 20 == 0)
        pci_config_write (q35->env->pci, (unsigned) (offset >> 12), (unsigned) (offset & 0xfff),
                          (uint32_t) value, size);
}

static void
update_ecam (struct q35 *q35)
{
    uint64_t bar = load_le64 (q35->host.config + MCH_PCIEXBAR);
    uint64_t base = UINT64_MAX;

    /* The length field is fixed at 0: 256 MiB, 256 buses. */
    if (bar & MCH_PCIEXBAR_ENABLE)
        base = align_down (bar, Q35_ECAM_BYTES);
    if (base == q35->ecam_base)
        return;
    bus_remove (q35->env->mmio, &q35->ecam_region);
    q35->ecam_base = UINT64_MAX;
    if (base != UINT64_MAX && bus_add (q35->env->mmio, &q35->ecam_region, base) == 0)
        q35->ecam_base = base;
}

static void
host_config_written (struct pci_function *f, unsigned offset, unsigned size)
{
    if (offset < MCH_PCIEXBAR + 8 && offset + size > MCH_PCIEXBAR)
        update_ecam (container_of (f, struct q35, host));
}

/* --- interrupt routing -------------------------------------------------------------------------- */

static void
update_pirq_locked (struct q35 *q35, unsigned pirq)
{
    uint8_t route = q35->lpc.config[q35_pirq_register (pirq)];
    unsigned irq = route & Q35_PIRQ_IRQ_MASK;
    bool routed = !(route & Q35_PIRQ_UNROUTED) && (BIT (irq) & Q35_PIRQ_IRQS);
    bool level = q35->pirq_holders[pirq] > 0;

    irq_line_set (&q35->pirq_gsi[pirq], level);
    if (q35->pirq_irq[pirq].gsi != irq) {
        irq_line_set (&q35->pirq_irq[pirq], false);
        irq_line_init (&q35->pirq_irq[pirq], q35->env->irq, irq);
    }
    irq_line_set (&q35->pirq_irq[pirq], level && routed);
}

static void
set_intx (void *opaque, unsigned slot, unsigned pin, bool level)
{
    struct q35 *q35 = opaque;
    unsigned pirq = q35_pirq (slot, pin);

    pthread_mutex_lock (&q35->lock);
    if (level)
        q35->pirq_holders[pirq]++;
    else
        q35->pirq_holders[pirq]--;
    update_pirq_locked (q35, pirq);
    pthread_mutex_unlock (&q35->lock);
}

static void
lpc_config_written (struct pci_function *f, unsigned offset, unsigned size)
{
    struct q35 *q35 = container_of (f, struct q35, lpc);

    if (offset + size <= Q35_PIRQ_REG_A || offset >= Q35_PIRQ_REG_E + 4)
        return;
    pthread_mutex_lock (&q35->lock);
    for (unsigned pirq = 0; pirq < Q35_PIRQ_N; pirq++)
        update_pirq_locked (q35, pirq);
    pthread_mutex_unlock (&q35->lock);
}

/* --- reset, A20, RCBA --------------------------------------------------------------------------- */

static uint64_t
reset_read (void *opaque, uint64_t offset, unsigned size)
{
    struct q35 *q35 = opaque;

    return q35->reset_control;
}

/* A reset happens when bit 2 goes up. */
static void
reset_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct q35 *q35 = opaque;
    bool reset;

    pthread_mutex_lock (&q35->lock);
    reset = (value & RESET_CPU) && !(q35->reset_control & RESET_CPU);
    q35->reset_control = (uint8_t) (value & RESET_STORED);
    pthread_mutex_unlock (&q35->lock);
    if (reset)
        q35->env->request (q35->env->machine, MACHINE_REQUEST_RESET);
}

static uint64_t
port_a_read (void *opaque, uint64_t offset, unsigned size)
{
    struct q35 *q35 = opaque;

    return q35->port_a;
}

/* A20 is always open, as on every machine of the last decades; the bit is just remembered. */
static void
port_a_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct q35 *q35 = opaque;
    bool reset;

    pthread_mutex_lock (&q35->lock);
    reset = (value & PORT_A_RESET) && !(q35->port_a & PORT_A_RESET);
    q35->port_a = (uint8_t) value;
    pthread_mutex_unlock (&q35->lock);
    if (reset)
        q35->env->request (q35->env->machine, MACHINE_REQUEST_RESET);
}

/* The root complex's register block: nothing in it matters to a guest here, and zero says so. */
static uint64_t
rcba_read (void *opaque, uint64_t offset, unsigned size)
{
    return 0;
}

static void
rcba_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
}

static const struct bus_region_ops config_address_ops
    = { config_address_read, config_address_write, 4 };
static const struct bus_region_ops config_data_ops = { config_data_read, config_data_write, 4 };
static const struct bus_region_ops ecam_ops = { ecam_read, ecam_write, 4 };
static const struct bus_region_ops reset_ops = { reset_read, reset_write, 1 };
static const struct bus_region_ops port_a_ops = { port_a_read, port_a_write, 1 };
static const struct bus_region_ops rcba_ops = { rcba_read, rcba_write, 8 };

static int
add_regions (struct q35 *q35)
{
    const struct {
        struct bus_region *region;
        const char *name;
        struct bus *bus;
        const struct bus_region_ops *ops;
        uint64_t base, size;
        enum bus_priority priority;
    } table[] = {
        { &q35->config_region, "pci-config-address", q35->env->ports, &config_address_ops,
          PORT_CONFIG, 4, BUS_PRIORITY_FIXED },
        { &q35->data_region, "pci-config-data", q35->env->ports, &config_data_ops,
          PORT_CONFIG_DATA, 4, BUS_PRIORITY_FIXED },
        { &q35->reset_region, "reset-control", q35->env->ports, &reset_ops, PORT_RESET, 1,
          BUS_PRIORITY_OVERLAY },
        { &q35->port_a_region, "port-a", q35->env->ports, &port_a_ops, PORT_A, 1,
          BUS_PRIORITY_FIXED },
        { &q35->rcba_region, "rcba", q35->env->mmio, &rcba_ops, Q35_RCBA_BASE, Q35_RCBA_BYTES,
          BUS_PRIORITY_FIXED },
    };

    bus_region_init (&q35->ecam_region, "ecam", &ecam_ops, q35, Q35_ECAM_BYTES, BUS_PRIORITY_FIXED);
    for (unsigned i = 0; i < ARRAY_SIZE (table); i++) {
        bus_region_init (table[i].region, table[i].name, table[i].ops, q35, table[i].size,
                         table[i].priority);
        if (bus_add (table[i].bus, table[i].region, table[i].base) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* --- life --------------------------------------------------------------------------------------- */

/* SeaBIOS looks for fw_cfg only when the host bridge's subsystem is this. */
#define SUBSYSTEM_VENDOR 0x1af4
#define SUBSYSTEM        0x1100

static const struct pci_identity host_identity = {
    .vendor = 0x8086,
    .device = 0x29c0,
    .subsystem_vendor = SUBSYSTEM_VENDOR,
    .subsystem = SUBSYSTEM,
    .class_code = 0x060000,
};

static const struct pci_identity lpc_identity = {
    .vendor = 0x8086,
    .device = 0x2918,
    .subsystem_vendor = SUBSYSTEM_VENDOR,
    .subsystem = SUBSYSTEM,
    .class_code = 0x060100,
    .revision = 2,
};

static const struct pci_function_ops host_function_ops = { .config_written = host_config_written };
static const struct pci_function_ops lpc_function_ops = { .config_written = lpc_config_written };
static const struct pci_host_ops host_ops = { .set_intx = set_intx };

static void
describe_functions (struct q35 *q35)
{
    uint8_t *lpc = q35->lpc.writable;

    store_le64 (q35->host.writable + MCH_PCIEXBAR, 0xff0000000ull | MCH_PCIEXBAR_ENABLE);
    memset (q35->host.writable + MCH_PAM0, 0x33, MCH_N_PAMS);
    q35->host.writable[MCH_SMRAM] = 0x7f;

    q35->lpc.config[PCI_HEADER_TYPE] = 0x80; /* multi-function: SATA is 1f.2 */
    store_le32 (lpc + LPC_PMBASE, 0xff80);
    lpc[LPC_ACPI_CNTL] = 0x87;
    memset (lpc + Q35_PIRQ_REG_A, 0x8f, 4);
    memset (lpc + Q35_PIRQ_REG_E, 0x8f, 4);
    store_le16 (lpc + LPC_GEN_PMCON, 0xffff);
    store_le32 (lpc + LPC_RCBA, 0xffffc001);
}

int
q35_create (const struct device_env *env, struct q35 **out)
{
    struct q35 *q35 = calloc (1, sizeof *q35);
    int ret;

    if (!q35)
        return -ENOMEM;
    q35->env = env;
    q35->ecam_base = UINT64_MAX;
    pthread_mutex_init (&q35->lock, NULL);
    for (unsigned i = 0; i < Q35_PIRQ_N; i++) {
        irq_line_init (&q35->pirq_gsi[i], env->irq, q35_pirq_gsi (i));
        irq_line_init (&q35->pirq_irq[i], env->irq, 0);
    }
    ret = pm_init (&q35->pm, env);
    if (ret < 0) {
        pthread_mutex_destroy (&q35->lock);
        free (q35);
        return ret;
    }
    pci_bus_set_host (env->pci, &host_ops, q35);
    ret = pci_function_init (&q35->host, env->pci, 0, "host-bridge", &host_identity,
                             &host_function_ops);
    if (ret == 0)
        ret = pci_function_init (&q35->lpc, env->pci, Q35_DEVFN_LPC, "lpc", &lpc_identity,
                                 &lpc_function_ops);
    describe_functions (q35);
    if (ret == 0)
        ret = add_regions (q35);
    if (ret < 0) {
        q35_destroy (q35);
        return ret;
    }
    q35_reset (q35);
    *out = q35;
    return 0;
}

void
q35_destroy (struct q35 *q35)
{
    struct bus_region *ports[] = { &q35->config_region, &q35->data_region, &q35->reset_region,
                                   &q35->port_a_region };

    for (unsigned i = 0; i < ARRAY_SIZE (ports); i++) {
        if (ports[i]->name)
            bus_remove (q35->env->ports, ports[i]);
    }
    if (q35->rcba_region.name)
        bus_remove (q35->env->mmio, &q35->rcba_region);
    if (q35->ecam_region.name)
        bus_remove (q35->env->mmio, &q35->ecam_region);
    pci_function_destroy (&q35->lpc);
    pci_function_destroy (&q35->host);
    pci_bus_set_host (q35->env->pci, NULL, NULL);
    pm_destroy (&q35->pm);
    pthread_mutex_destroy (&q35->lock);
    free (q35);
}

void
q35_reset (struct q35 *q35)
{
    pm_reset (&q35->pm);
    pci_function_reset (&q35->host);
    pci_function_reset (&q35->lpc);
    q35->host.config[MCH_PAM0] = MCH_PAM0_RESET;
    update_ecam (q35);
    store_le32 (q35->lpc.config + LPC_PMBASE, PM_BASE | 1);
    for (unsigned i = 0; i < Q35_PIRQ_N; i++)
        q35->lpc.config[q35_pirq_register (i)] = Q35_PIRQ_UNROUTED;

    pthread_mutex_lock (&q35->lock);
    q35->config_address = 0;
    q35->reset_control = 0;
    q35->port_a = 2;
    for (unsigned i = 0; i < Q35_PIRQ_N; i++)
        update_pirq_locked (q35, i);
    pthread_mutex_unlock (&q35->lock);
}

void
q35_press_power_button (struct q35 *q35)
{
    pm_press_power_button (&q35->pm);
}

struct pm *
q35_get_pm (struct q35 *q35)
{
    return &q35->pm;
}

void
q35_prepare_without_firmware (struct q35 *q35)
{
    struct pci_bus *pci = q35->env->pci;

    pci_config_write (pci, 0, MCH_PCIEXBAR, Q35_ECAM_BASE | MCH_PCIEXBAR_ENABLE, 4);
    pci_config_write (pci, Q35_DEVFN_LPC, LPC_ACPI_CNTL, 0x80, 1);
    for (unsigned i = 0; i < Q35_PIRQ_N; i++)
        pci_config_write (pci, Q35_DEVFN_LPC, q35_pirq_register (i), i % 4 < 2 ? 10 : 11, 1);
}
