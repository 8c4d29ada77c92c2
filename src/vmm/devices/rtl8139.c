/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139.c - Realtek RTL8139C+ fast Ethernet controller: PCI function, interrupts, timer, resets, life.
 *
 * Theory of operation.  The chip has two faces.  In C mode, the one it wakes up with and every old
 * driver knows, frames go out from four slots and come in into one ring buffer.  In C+ mode (CPCR) both
 * go by descriptors, with checksums, large sends and VLAN tags.  Registers are written by vCPUs under
 * the card's lock; frames move on the loop that carries them, a bounded number a turn, under the same
 * lock.  There is no wake-up and no power management; the card has no MSI.
 */
#include "rtl8139-private.h"

#include <errno.h>
#include <stdlib.h>

#define BAR_IO    0
#define BAR_MMIO  1
#define REG_BYTES 256

#define REVISION_C      0x10
#define REVISION_C_PLUS 0x20

#define COUNTERS_BYTES 64

#define PCI_COMMAND_INVALIDATE 0x0010
#define PCI_CACHE_LINE         0x0c

/* --- interrupts --------------------------------------------------------------------------------- */

void
rtl8139_update_irq (struct rtl8139 *card)
{
    pci_set_intx (&card->pci, card->isr & rtl8139_get16 (card, R_IMR));
}

void
rtl8139_raise (struct rtl8139 *card, unsigned causes)
{
    card->isr |= (uint16_t) causes;
    rtl8139_update_irq (card);
}

/* --- counters and timer ------------------------------------------------------------------------- */

void
rtl8139_dump_counters (struct rtl8139 *card)
{
    const struct rtl8139_counters *c = &card->counters;
    gpa_t gpa = load_le64 (card->regs + R_DTCCR) & ~0x3full;
    uint8_t bytes[COUNTERS_BYTES] = { 0 };

    store_le64 (bytes, c->sent);
    store_le64 (bytes + 8, c->received);
    store_le64 (bytes + 16, c->send_errors);
    store_le32 (bytes + 24, c->receive_errors);
    store_le16 (bytes + 28, c->missed);
    store_le16 (bytes + 30, c->misaligned);
    store_le64 (bytes + 40, c->physical);
    store_le64 (bytes + 48, c->broadcast);
    store_le32 (bytes + 56, c->multicast);
    if (pci_is_master (&card->pci))
        memory_write (card->device.env->memory, gpa, bytes, sizeof bytes);
}

/* 33 ticks a microsecond. */
static uint64_t
ticks_since_start (const struct rtl8139 *card)
{
    return (uint64_t) (loop_now_ns () - card->timer_start_ns) * 33 / 1000;
}

uint32_t
rtl8139_timer_now (const struct rtl8139 *card)
{
    return (uint32_t) ticks_since_start (card);
}

void
rtl8139_timer_start (struct rtl8139 *card)
{
    card->timer_start_ns = loop_now_ns ();
    rtl8139_timer_update (card);
}

/* Arms for the next moment at which TCTR, which wraps, comes to TimerInt. */
void
rtl8139_timer_update (struct rtl8139 *card)
{
    uint32_t goal = rtl8139_get32 (card, R_TIMERINT);
    uint64_t now = ticks_since_start (card);
    uint64_t left = (uint32_t) (goal - (uint32_t) now);

    if (goal == 0) {
        loop_timer_disarm (&card->timer);
        return;
    }
    if (left == 0)
        left = 1ull << 32;
    loop_timer_arm (&card->timer, card->timer_start_ns + (int64_t) ((now + left) * 1000 / 33) + 1);
}

static void
timer_cb (void *opaque)
{
    struct rtl8139 *card = opaque;

    pthread_mutex_lock (&card->lock);
    if (rtl8139_get32 (card, R_TIMERINT) != 0) {
        rtl8139_raise (card, INT_TIMER);
        rtl8139_timer_update (card);
    }
    pthread_mutex_unlock (&card->lock);
}

static void
stall_timer_cb (void *opaque)
{
    rtl8139_rx_work_cb (opaque);
}

/* --- resets ------------------------------------------------------------------------------------- */

/* Addresses, filter, EEPROM and configuration stay (§6.4). */
void
rtl8139_reset_registers (struct rtl8139 *card)
{
    static const struct {
        uint8_t offset, bytes;
    } cleared[] = {
        { R_TSD, R_CR + 1 - R_TSD },
        { R_IMR, 2 },
        { R_TCR, R_9346CR - R_TCR },
        { R_TIMERINT, 4 },
        { R_MULINT, 2 },
        { R_TPPOLL, 1 },
        { R_CPCR, 2 },
        { R_RDSAR, 8 },
        { R_ETTHR, 1 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE (cleared); i++)
        memset (card->regs + cleared[i].offset, 0, cleared[i].bytes);
    card->isr = 0;
    loop_timer_disarm (&card->stall_timer);
    card->is_rx_stalled = false;
    loop_timer_disarm (&card->left_timer);
    card->is_left_due = false;
    rtl8139_tx_reset (card);
    rtl8139_rx_reset (card);
    rtl8139_timer_start (card);
    rtl8139_update_irq (card);
}

static void
power_on_locked (struct rtl8139 *card)
{
    memset (card->regs, 0, sizeof card->regs);
    card->counters = (struct rtl8139_counters){ 0 };
    rtl8139_eeprom_write (card, 0);
    rtl8139_eeprom_load (card);
    rtl8139_mii_reset (card);
    card->is_link_up = net_link_is_up (card->net);
    card->link_lost = false;
    rtl8139_reset_registers (card);
}

/* --- registers ---------------------------------------------------------------------------------- */

static uint64_t
bar_read (void *opaque, uint64_t offset, unsigned size)
{
    struct rtl8139 *card = opaque;
    uint32_t value;

    pthread_mutex_lock (&card->lock);
    value = rtl8139_read (card, (unsigned) offset, size);
    pthread_mutex_unlock (&card->lock);
    return value;
}

static void
bar_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct rtl8139 *card = opaque;

    pthread_mutex_lock (&card->lock);
    rtl8139_write (card, (unsigned) offset, (uint32_t) value, size);
    pthread_mutex_unlock (&card->lock);
}

static const struct bus_region_ops bar_ops = {
    .read = bar_read,
    .write = bar_write,
    .max_size = 4,
};

/* --- what the wire and PCI tell ------------------------------------------------------------------ */

static void
link_changed (void *opaque)
{
    struct rtl8139 *card = opaque;

    pthread_mutex_lock (&card->lock);
    rtl8139_update_link (card);
    pthread_mutex_unlock (&card->lock);
}

static const struct net_ops net_ops = {
    .readable = rtl8139_rx_work_cb,
    .writable = rtl8139_tx_work_cb,
    .link_changed = link_changed,
};

/* Bus mastering may have been switched on. */
static void
config_written (struct pci_function *function, unsigned offset, unsigned size)
{
    struct rtl8139 *card = container_of (function, struct rtl8139, pci);

    if (offset >= PCI_REVISION)
        return;
    loop_work_queue (card->loop, &card->tx_work);
    loop_work_queue (card->loop, &card->rx_work);
}

static const struct pci_function_ops pci_ops = { .config_written = config_written };

/* --- the device --------------------------------------------------------------------------------- */

static void
stop (struct rtl8139 *card)
{
    loop_timer_disarm (&card->timer);
    loop_timer_disarm (&card->stall_timer);
    loop_timer_disarm (&card->left_timer);
    loop_work_cancel (card->loop, &card->tx_work);
    loop_work_cancel (card->loop, &card->rx_work);
}

static void
rtl8139_reset (struct device *device)
{
    struct rtl8139 *card = container_of (device, struct rtl8139, device);

    stop (card);
    pci_function_reset (&card->pci);
    pthread_mutex_lock (&card->lock);
    power_on_locked (card);
    pthread_mutex_unlock (&card->lock);
}

static void
rtl8139_destroy (struct device *device)
{
    struct rtl8139 *card = container_of (device, struct rtl8139, device);

    pci_function_destroy (&card->pci);
    stop (card);
    net_destroy (card->net);
    pthread_mutex_destroy (&card->lock);
    free (card);
}

static const struct device_ops device_ops = { .reset = rtl8139_reset, .destroy = rtl8139_destroy };

static int
add_function (struct rtl8139 *card, unsigned slot)
{
    struct pci_identity identity = {
        .vendor = 0x10ec,
        .device = 0x8139,
        .subsystem_vendor = 0x10ec,
        .subsystem = 0x8139,
        .class_code = 0x020000,
        .revision = card->is_c_plus ? REVISION_C_PLUS : REVISION_C,
        .interrupt_pin = 1,
    };
    int ret = pci_function_init (&card->pci, card->device.env->pci, PCI_DEVFN (slot, 0), "rtl8139",
                                 &identity, &pci_ops);

    if (ret < 0)
        return ret;
    /* Drivers switch memory-write-and-invalidate on, and give up when the cache line's size does not
     * stick. */
    card->pci.writable[PCI_COMMAND] |= PCI_COMMAND_INVALIDATE;
    card->pci.writable[PCI_CACHE_LINE] = 0xff;
    pci_add_register_bar (&card->pci, BAR_IO, PCI_BAR_IO, REG_BYTES, &bar_ops, card);
    pci_add_register_bar (&card->pci, BAR_MMIO, PCI_BAR_MEM32, REG_BYTES, &bar_ops, card);
    return 0;
}

static int
rtl8139_create (const struct device_args *args, struct device **out)
{
    const struct rtl8139_config *config = args->config;
    struct rtl8139 *card = calloc (1, sizeof *card);
    int ret;

    if (!card)
        return -ENOMEM;
    device_init (&card->device, &device_ops, args);
    card->loop = args->env->io_loop;
    card->net = args->net;
    card->is_c_plus = config->c_plus;
    pthread_mutex_init (&card->lock, NULL);
    loop_timer_init (&card->timer, card->loop, timer_cb, card);
    loop_timer_init (&card->stall_timer, card->loop, stall_timer_cb, card);
    loop_timer_init (&card->left_timer, card->loop, rtl8139_left_timer_cb, card);
    loop_work_init (&card->tx_work, rtl8139_tx_work_cb, card);
    loop_work_init (&card->rx_work, rtl8139_rx_work_cb, card);
    ret =
        ethernet_address_parse (config->mac, card->mac) ? add_function (card, args->slot) : -EINVAL;
    if (ret < 0) {
        pthread_mutex_destroy (&card->lock);
        free (card);
        return ret;
    }
    rtl8139_eeprom_init (card);
    power_on_locked (card);
    net_set_ops (card->net, &net_ops, card);
    *out = &card->device;
    return 0;
}

static const struct option options[] = {
    { .name = "c-plus",
      .type = OPTION_BOOL,
      .offset = offsetof (struct rtl8139_config, c_plus),
      .fallback = "on",
      .help = "The C+ chip, with descriptors and offloads; else the plain RTL8139C" },
    { .name = "mac",
      .type = OPTION_STRING,
      .offset = offsetof (struct rtl8139_config, mac),
      .max = ETHERNET_MAC_TEXT_BYTES,
      .fallback = "52:54:00:12:34:56",
      .help = "Ethernet address" },
};

const struct device_class rtl8139_class = {
    .name = "rtl8139",
    .summary = "Realtek RTL8139C+ fast Ethernet card",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NET,
    .options = options,
    .n_options = ARRAY_SIZE (options),
    .config_size = sizeof (struct rtl8139_config),
    .create = rtl8139_create,
};
