/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-registers.c - the controller's register space (xHCI 1.2, chapter 5).
 *
 *   0000h capability registers, with the extended capabilities in their gap
 *   0040h operational registers, 0440h the ports' (16 bytes each)
 *   1000h runtime registers, 1020h interrupter 0
 *   2000h doorbells
 *
 * Every access is done in the 32-bit words it touches; of 64-bit registers each half is one.
 */
#include "xhci-private.h"

enum {
    CAPLENGTH = 0x00, /* and HCIVERSION */
    HCSPARAMS1 = 0x04,
    HCCPARAMS1 = 0x10,
    DBOFF = 0x14,
    RTSOFF = 0x18,
    PROTOCOL_USB2 = 0x20, /* extended capabilities (§7.2), 16 bytes each */
    PROTOCOL_USB3 = 0x30,

    USBCMD = XHCI_CAP_BYTES + 0x00,
    USBSTS = XHCI_CAP_BYTES + 0x04,
    PAGESIZE = XHCI_CAP_BYTES + 0x08,
    DNCTRL = XHCI_CAP_BYTES + 0x14,
    CRCR = XHCI_CAP_BYTES + 0x18,
    DCBAAP = XHCI_CAP_BYTES + 0x30,
    CONFIG = XHCI_CAP_BYTES + 0x38,

    MFINDEX = XHCI_RUNTIME + 0x00,
    IMAN = XHCI_RUNTIME + 0x20,
    IMOD = XHCI_RUNTIME + 0x24,
    ERSTSZ = XHCI_RUNTIME + 0x28,
    ERSTBA = XHCI_RUNTIME + 0x30,
    ERDP = XHCI_RUNTIME + 0x38,
};

#define VERSION        0x0100u
#define N_INTERRUPTERS 1u
#define HCC_AC64       BIT (0)
#define USB_NAME       0x20425355u /* "USB " */
#define MICROFRAME_NS  125000
#define MFINDEX_MASK   0x3fff

/* --- reading ------------------------------------------------------------------------------------ */

/* Word WORD of the protocol capability at BASE, for ports FIRST and on. */
static uint32_t
read_protocol (const struct xhci *xhci, unsigned word, uint32_t id, unsigned first)
{
    switch (word) {
    case 0:
        return id;
    case 4:
        return USB_NAME;
    case 8:
        return (uint32_t) xhci->n_ports << 8 | first;
    default:
        return 0;
    }
}

static uint32_t
read_capability (const struct xhci *xhci, unsigned word)
{
    switch (word) {
    case CAPLENGTH:
        return VERSION << 16 | XHCI_CAP_BYTES;
    case HCSPARAMS1:
        return (uint32_t) (2 * xhci->n_ports) << 24 | N_INTERRUPTERS << 8 | XHCI_N_SLOTS;
    case HCCPARAMS1:
        return (uint32_t) (PROTOCOL_USB2 / 4) << 16 | HCC_AC64;
    case DBOFF:
        return XHCI_DOORBELLS;
    case RTSOFF:
        return XHCI_RUNTIME;
    case PROTOCOL_USB2 ... PROTOCOL_USB2 + 12: /* revision 2.0, the next is four words on */
        return read_protocol (xhci, word - PROTOCOL_USB2, 0x02000402, 1);
    case PROTOCOL_USB3 ... PROTOCOL_USB3 + 12: /* revision 3.0, the last */
        return read_protocol (xhci, word - PROTOCOL_USB3, 0x03000002, xhci->n_ports + 1);
    default: /* HCSPARAMS2: one event ring segment, no scratchpad; HCSPARAMS3, HCCPARAMS2: nothing */
        return 0;
    }
}

static uint32_t
read_operational (const struct xhci *xhci, unsigned word)
{
    switch (word) {
    case USBCMD:
        return xhci->usbcmd;
    case USBSTS:
        return xhci->usbsts;
    case PAGESIZE:
        return 1; /* 4 KiB */
    case DNCTRL:
        return xhci->dnctrl;
    case CRCR: /* the pointer is not shown (§5.4.5) */
        return xhci->commands_run ? CRCR_CRR : 0;
    case DCBAAP:
        return (uint32_t) xhci->dcbaap;
    case DCBAAP + 4:
        return (uint32_t) (xhci->dcbaap >> 32);
    case CONFIG:
        return xhci->config;
    default:
        return 0;
    }
}

static uint32_t
read_runtime (const struct xhci *xhci, unsigned word)
{
    switch (word) {
    case MFINDEX:
        if (!(xhci->usbcmd & USBCMD_RS))
            return 0;
        return (uint32_t) ((loop_now_ns () - xhci->started_ns) / MICROFRAME_NS) & MFINDEX_MASK;
    case IMAN:
        return xhci->iman;
    case IMOD:
        return xhci->imod;
    case ERSTSZ:
        return xhci->erstsz;
    case ERSTBA:
        return (uint32_t) xhci->erstba;
    case ERSTBA + 4:
        return (uint32_t) (xhci->erstba >> 32);
    case ERDP:
        return (uint32_t) xhci->erdp;
    case ERDP + 4:
        return (uint32_t) (xhci->erdp >> 32);
    default:
        return 0;
    }
}

static bool
find_port (const struct xhci *xhci, unsigned word, unsigned *port)
{
    if (word < XHCI_PORTS || word >= XHCI_PORTS + 16 * 2 * xhci->n_ports)
        return false;
    *port = (word - XHCI_PORTS) / 16 + 1;
    return true;
}

static uint32_t
read_word (const struct xhci *xhci, unsigned word)
{
    unsigned port;

    if (word < XHCI_CAP_BYTES)
        return read_capability (xhci, word);
    if (find_port (xhci, word, &port))
        return xhci_port_read (xhci, port, word % 16);
    if (word < XHCI_RUNTIME)
        return read_operational (xhci, word);
    return word < XHCI_DOORBELLS ? read_runtime (xhci, word) : 0;
}

/* --- writing ------------------------------------------------------------------------------------ */

static uint32_t
merge (uint32_t old, uint32_t value, uint32_t mask)
{
    return (old & ~mask) | (value & mask);
}

/* HIGH: the upper half. */
static uint64_t
merge64 (uint64_t old, bool high, uint32_t value, uint32_t mask)
{
    unsigned shift = high ? 32 : 0;

    return (old & ~((uint64_t) mask << shift)) | ((uint64_t) (value & mask) << shift);
}

static void
write_usbcmd (struct xhci *xhci, uint32_t value)
{
    if (value & USBCMD_HCRST) {
        xhci_reset_controller (xhci);
        return;
    }
    if (value & USBCMD_CRS) /* nothing was ever saved */
        xhci->usbsts |= USBSTS_SRE;
    xhci_set_running (xhci, value & USBCMD_RS);
    xhci->usbcmd = (xhci->usbcmd & USBCMD_RS) | (value & USBCMD_BITS & ~USBCMD_RS);
    xhci_update_interrupt (xhci);
}

static void
write_operational (struct xhci *xhci, unsigned word, uint32_t value, uint32_t mask)
{
    switch (word) {
    case USBCMD:
        write_usbcmd (xhci, merge (xhci->usbcmd, value, mask));
        break;
    case USBSTS:
        xhci->usbsts &= ~(value & mask & USBSTS_W1C);
        break;
    case DNCTRL:
        xhci->dnctrl = merge (xhci->dnctrl, value, mask) & 0xffff;
        break;
    case CRCR:
    case CRCR + 4:
        xhci_write_crcr (xhci, merge64 (0, word != CRCR, value, mask),
                         merge64 (0, word != CRCR, UINT32_MAX, mask));
        break;
    case DCBAAP:
    case DCBAAP + 4:
        xhci->dcbaap = merge64 (xhci->dcbaap, word != DCBAAP, value, mask) & ~0x3full;
        break;
    case CONFIG:
        xhci->config = merge (xhci->config, value, mask) & 0x3ff;
        break;
    }
}

static void
write_iman (struct xhci *xhci, uint32_t value, uint32_t mask)
{
    xhci->iman &= ~(value & mask & IMAN_IP);
    xhci->iman = merge (xhci->iman, value, mask & IMAN_IE);
    xhci_update_interrupt (xhci);
}

static void
write_runtime (struct xhci *xhci, unsigned word, uint32_t value, uint32_t mask)
{
    switch (word) {
    case IMAN:
        write_iman (xhci, value, mask);
        break;
    case IMOD: /* events are few enough not to be held back */
        xhci->imod = merge (xhci->imod, value, mask);
        break;
    case ERSTSZ:
        xhci->erstsz = merge (xhci->erstsz, value, mask) & 0xffff;
        break;
    case ERSTBA:
    case ERSTBA + 4:
        xhci->erstba = merge64 (xhci->erstba, word != ERSTBA, value, mask) & ~0x3full;
        xhci->is_segment_known = false;
        break;
    case ERDP: /* half an address is looked at when the other half has come, if it is to come */
        xhci_write_erdp (xhci, merge64 (xhci->erdp & ~(uint64_t) ERDP_EHB, false, value, mask));
        xhci_run (xhci);
        break;
    case ERDP + 4:
        xhci->erdp = merge64 (xhci->erdp, true, value, mask);
        xhci_run (xhci);
        break;
    }
}

/* §5.6: doorbell 0 is the command ring's, the others are slots', for one endpoint. */
static void
ring_doorbell (struct xhci *xhci, unsigned number, uint32_t value)
{
    unsigned target = value & 0xff;

    if (!(xhci->usbcmd & USBCMD_RS))
        return;
    if (number == 0 && target == 0)
        xhci->commands_run = xhci->commands_pending = true;
    else if (number > 0 && number <= XHCI_N_SLOTS && target > 0 && target < XHCI_N_ENDPOINTS)
        xhci->slots[number].pending |= BIT (target);
    xhci_run (xhci);
}

static void
write_word (struct xhci *xhci, unsigned word, uint32_t value, uint32_t mask)
{
    unsigned port;

    if (word < XHCI_CAP_BYTES) {
        return;
    } else if (find_port (xhci, word, &port)) {
        /* Bits that are not written are not written as 1. */
        xhci_port_write (xhci, port, word % 16, value & mask);
        xhci_run (xhci);
    } else if (word < XHCI_RUNTIME) {
        write_operational (xhci, word, value, mask);
    } else if (word < XHCI_DOORBELLS) {
        write_runtime (xhci, word, value, mask);
    } else {
        ring_doorbell (xhci, (word - XHCI_DOORBELLS) / 4, value & mask);
    }
}

/* --- accesses ----------------------------------------------------------------------------------- */

/* The words that [OFFSET, OFFSET + SIZE) touches, at most three. */
static uint64_t
region_read (void *opaque, uint64_t offset, unsigned size)
{
    struct xhci *xhci = opaque;
    uint8_t bytes[12] = { 0 };
    unsigned first = (unsigned) align_down (offset, 4);
    unsigned skip = (unsigned) (offset - first);

    pthread_mutex_lock (&xhci->lock);
    for (unsigned i = 0; i < skip + size; i += 4)
        store_le32 (bytes + i, read_word (xhci, first + i));
    pthread_mutex_unlock (&xhci->lock);
    return load_le (bytes + skip, size);
}

static void
region_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct xhci *xhci = opaque;
    uint8_t bytes[12] = { 0 }, masks[12] = { 0 };
    unsigned first = (unsigned) align_down (offset, 4);
    unsigned skip = (unsigned) (offset - first);

    store_le (bytes + skip, value, size);
    memset (masks + skip, 0xff, size);
    pthread_mutex_lock (&xhci->lock);
    for (unsigned i = 0; i < skip + size; i += 4)
        write_word (xhci, first + i, load_le32 (bytes + i), load_le32 (masks + i));
    pthread_mutex_unlock (&xhci->lock);
}

const struct bus_region_ops xhci_region_ops = {
    .read = region_read,
    .write = region_write,
    .max_size = 8,
};
