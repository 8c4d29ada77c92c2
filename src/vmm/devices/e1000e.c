/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e.c - Intel 82574L gigabit Ethernet controller: PCI function, resets, life.
 *
 * Theory of operation.  Registers are written by vCPUs under the card's lock; frames move on the loop
 * that carries them, in tx_work and rx_work, which take the same lock and do a bounded amount a turn.
 * So a vCPU never waits for the wire, and nothing that a register write starts runs inside it.
 *
 * The card stands on a conventional bus: drivers ask the PCI Express capability only for what they
 * print.  There is no flash behind BAR 1, and no wake-up.  Interrupt delays by descriptor (RDTR, TIDV)
 * are taken as zero; throttles (ITR, EITR) are kept.
 */
#include "e1000e-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BAR_MMIO   0
#define BAR_IO     2
#define BAR_MSIX   3
#define MMIO_BYTES KIB (128)
#define IO_BYTES   32
#define IO_ADDRESS 0
#define IO_DATA    4

#define CTRL_DEFAULT   (CTRL_FD | CTRL_SLU | BIT (9) | BIT (20))
#define PBA_DEFAULT    0x00140014 /* 20 KiB each way */
#define TXDCTL_DEFAULT BIT (22)
#define TARC_DEFAULT   0x00000403

/* --- resets ----------------------------------------------------------------------------------- */

void
e1000e_reset_registers (struct e1000e *card)
{
    memset (card->regs, 0, sizeof card->regs);
    e1000e_set (card, R_CTRL, CTRL_DEFAULT);
    e1000e_set (card, R_VET, ETHERNET_TYPE_VLAN);
    e1000e_set (card, R_PBA, PBA_DEFAULT);
    for (unsigned i = 0; i < E1000E_N_QUEUES; i++) {
        e1000e_set (card, R_TXDCTL + i * QUEUE_STRIDE, TXDCTL_DEFAULT);
        e1000e_set (card, R_TARC + i * QUEUE_STRIDE, TARC_DEFAULT);
    }
    /* The first receive address comes from the NVM. */
    e1000e_set (card, R_RA, card->nvm[0] | (uint32_t) card->nvm[1] << 16);
    e1000e_set (card, R_RA + 4, card->nvm[2] | BIT (31));
    card->clock_start = 0;
    card->clock_start_ns = loop_now_ns ();
    e1000e_tx_reset (card);
    e1000e_irq_reset (card);
    e1000e_update_link (card);
}

static void
power_on_locked (struct e1000e *card)
{
    card->io_address = 0;
    card->is_link_up = false;
    e1000e_phy_reset (card);
    e1000e_reset_registers (card);
    /* Nobody has been told anything yet. */
    e1000e_irq_reset (card);
}

/* --- registers -------------------------------------------------------------------------------- */

static uint64_t
mmio_read (void *opaque, uint64_t offset, unsigned size)
{
    struct e1000e *card = opaque;
    uint32_t value;

    pthread_mutex_lock (&card->lock);
    value = e1000e_read (card, (unsigned) align_down (offset, 4));
    pthread_mutex_unlock (&card->lock);
    return value >> (offset % 4 * 8) & ones (size);
}

/* Registers are written whole; what is narrower has no effect (§10.1.1.4). */
static void
mmio_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct e1000e *card = opaque;

    if (size != 4 || offset % 4)
        return;
    pthread_mutex_lock (&card->lock);
    e1000e_write (card, (unsigned) offset, (uint32_t) value);
    pthread_mutex_unlock (&card->lock);
}

static const struct bus_region_ops mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .max_size = 4,
};

/* The same registers through a window of two (§10.1.1.3). */
static uint64_t
io_read (void *opaque, uint64_t offset, unsigned size)
{
    struct e1000e *card = opaque;
    uint32_t value = 0;

    pthread_mutex_lock (&card->lock);
    if (offset == IO_ADDRESS)
        value = card->io_address;
    else if (offset == IO_DATA && card->io_address < MMIO_BYTES)
        value = e1000e_read (card, (unsigned) align_down (card->io_address, 4));
    pthread_mutex_unlock (&card->lock);
    return value & ones (size);
}

static void
io_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct e1000e *card = opaque;

    if (size != 4)
        return;
    pthread_mutex_lock (&card->lock);
    if (offset == IO_ADDRESS)
        card->io_address = (uint32_t) value;
    else if (offset == IO_DATA && card->io_address < MMIO_BYTES)
        e1000e_write (card, (unsigned) align_down (card->io_address, 4), (uint32_t) value);
    pthread_mutex_unlock (&card->lock);
}

static const struct bus_region_ops io_ops = {
    .read = io_read,
    .write = io_write,
    .max_size = 4,
};

/* --- what the wire and PCI tell ---------------------------------------------------------------- */

static void
link_changed (void *opaque)
{
    struct e1000e *card = opaque;

    pthread_mutex_lock (&card->lock);
    e1000e_update_link (card);
    pthread_mutex_unlock (&card->lock);
}

static const struct net_ops net_ops = {
    .readable = e1000e_rx_work_cb,
    .writable = e1000e_tx_work_cb,
    .link_changed = link_changed,
};

/* The guest may have switched its kind of interrupts, or bus mastering on. */
static void
config_written (struct pci_function *function, unsigned offset, unsigned size)
{
    struct e1000e *card = container_of (function, struct e1000e, pci);

    pthread_mutex_lock (&card->lock);
    e1000e_update_irq (card);
    pthread_mutex_unlock (&card->lock);
    if (offset < PCI_REVISION) {
        loop_work_queue (card->loop, &card->tx_work);
        loop_work_queue (card->loop, &card->rx_work);
    }
}

static const struct pci_function_ops pci_ops = { .config_written = config_written };

/* --- the device ------------------------------------------------------------------------------- */

static void
e1000e_reset (struct device *device)
{
    struct e1000e *card = container_of (device, struct e1000e, device);

    loop_work_cancel (card->loop, &card->tx_work);
    loop_work_cancel (card->loop, &card->rx_work);
    pci_function_reset (&card->pci);
    pthread_mutex_lock (&card->lock);
    power_on_locked (card);
    pthread_mutex_unlock (&card->lock);
}

static void
e1000e_destroy (struct device *device)
{
    struct e1000e *card = container_of (device, struct e1000e, device);

    pci_function_destroy (&card->pci);
    loop_timer_disarm (&card->irq_timer);
    loop_work_cancel (card->loop, &card->tx_work);
    loop_work_cancel (card->loop, &card->rx_work);
    net_destroy (card->net);
    pthread_mutex_destroy (&card->lock);
    free (card);
}

static const struct device_ops device_ops = { .reset = e1000e_reset, .destroy = e1000e_destroy };

static int
add_function (struct e1000e *card, unsigned slot)
{
    static const struct pci_identity identity = {
        .vendor = 0x8086,
        .device = 0x10d3,
        .subsystem_vendor = 0x8086,
        .class_code = 0x020000,
        .interrupt_pin = 1,
    };
    int ret = pci_function_init (&card->pci, card->device.env->pci, PCI_DEVFN (slot, 0), "e1000e",
                                 &identity, &pci_ops);

    if (ret < 0)
        return ret;
    pci_add_register_bar (&card->pci, BAR_MMIO, PCI_BAR_MEM32, MMIO_BYTES, &mmio_ops, card);
    pci_add_register_bar (&card->pci, BAR_IO, PCI_BAR_IO, IO_BYTES, &io_ops, card);
    pci_add_msi (&card->pci);
    ret = pci_add_msix (&card->pci, BAR_MSIX, E1000E_N_VECTORS);
    if (ret < 0)
        pci_function_destroy (&card->pci);
    return ret;
}

static int
e1000e_create (const struct device_args *args, struct device **out)
{
    const struct e1000e_config *config = args->config;
    struct e1000e *card = calloc (1, sizeof *card);
    int ret;

    if (!card)
        return -ENOMEM;
    device_init (&card->device, &device_ops, args);
    card->loop = args->env->io_loop;
    card->net = args->net;
    pthread_mutex_init (&card->lock, NULL);
    loop_timer_init (&card->irq_timer, card->loop, e1000e_irq_timer_cb, card);
    loop_work_init (&card->tx_work, e1000e_tx_work_cb, card);
    loop_work_init (&card->rx_work, e1000e_rx_work_cb, card);
    ret =
        ethernet_address_parse (config->mac, card->mac) ? add_function (card, args->slot) : -EINVAL;
    if (ret < 0) {
        pthread_mutex_destroy (&card->lock);
        free (card);
        return ret;
    }
    e1000e_nvm_init (card);
    power_on_locked (card);
    net_set_ops (card->net, &net_ops, card);
    *out = &card->device;
    return 0;
}

static const struct option options[] = {
    { .name = "mac",
      .type = OPTION_STRING,
      .offset = offsetof (struct e1000e_config, mac),
      .max = ETHERNET_MAC_TEXT_BYTES,
      .fallback = "52:54:00:12:34:56",
      .help = "Ethernet address" },
};

const struct device_class e1000e_class = {
    .name = "e1000e",
    .summary = "Intel 82574L gigabit network card",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NET,
    .options = options,
    .n_options = ARRAY_SIZE (options),
    .config_size = sizeof (struct e1000e_config),
    .create = e1000e_create,
};
