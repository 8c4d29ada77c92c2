/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci-port.c - one port of the SATA controller: registers, the link, resets. */
#include "ahci-private.h"

/* PxCMD, what only the registers know */
#define CMD_SUD    BIT (1)
#define CMD_POD    BIT (2)
#define CMD_CLO    BIT (3)
#define CMD_CCS(n) ((uint32_t) (n) << 8)
#define CMD_FR     BIT (14)
#define CMD_CR     BIT (15)
#define CMD_STORED (CMD_ST | CMD_FRE | BIT (24) | BIT (25)) /* and is-ATAPI, drive-LED */

#define SSTS_OFFLINE 0x004u
#define SCTL_BITS    0x00000fffu
#define DET_COMRESET 1
#define DET_OFFLINE  4
#define SERR_DIAG_N  BIT (16)
#define SERR_DIAG_X  BIT (26)

#define TFD_NO_DEVICE 0x7fu
#define SIG_NONE      0xffffffffu

/* --- the link and resets ------------------------------------------------------------------- */

bool
ahci_port_is_idle (const struct ahci_port *port)
{
    return port->slot.number < 0;
}

/* Forgets the list; what runs is cancelled. */
static void
cancel_commands (struct ahci_port *port)
{
    port->ci = 0;
    port->is_halted = false;
    port->last_slot = AHCI_N_SLOTS - 1;
    if (port->slot.number >= 0)
        port->host.is_cancelled = true;
}

void
ahci_port_cancel (struct ahci_port *port)
{
    port->cmd &= ~CMD_ST;
    cancel_commands (port);
}

static void
link_up (struct ahci_port *port)
{
    port->ssts = SSTS_UP;
    ahci_port_set_tfd (port, ATA_BSY, 0);
    port->serr |= SERR_DIAG_X | SERR_DIAG_N;
    ahci_update_irq (port->ahci, port->ie & (IS_PCS | IS_PRCS));
    ahci_port_settle (port);
}

/* SStatus says SSTS; the drive is reset before it talks again. */
static void
link_down (struct ahci_port *port, uint32_t ssts)
{
    cancel_commands (port);
    port->ssts = ssts;
    port->sig = SIG_NONE;
    ahci_port_set_tfd (port, TFD_NO_DEVICE, 0);
    port->is_srst = false;
    port->signature_due = false;
    port->reset_due = true;
}

void
ahci_port_reset (struct ahci_port *port, bool power_on)
{
    port->is = port->ie = port->cmd = port->sctl = port->serr = port->ci = 0;
    if (power_on)
        port->clb = port->fb = 0;
    if (!port->drive)
        return;
    link_down (port, 0);
    link_up (port);
}

static void
write_sctl (struct ahci_port *port, uint32_t value)
{
    uint32_t old = DET (port->sctl);

    port->sctl = value & SCTL_BITS;
    if (DET (value) == old)
        return;
    if (DET (value) == DET_COMRESET)
        link_down (port, 0);
    else if (DET (value) == DET_OFFLINE)
        link_down (port, SSTS_OFFLINE);
    else if (DET (value) == 0 && DET (port->ssts) != DET (SSTS_UP))
        link_up (port);
}

uint32_t
ahci_port_interrupts (const struct ahci_port *port)
{
    return port->is | (port->serr & SERR_DIAG_X ? IS_PCS : 0)
           | (port->serr & SERR_DIAG_N ? IS_PRCS : 0);
}

/* --- registers ----------------------------------------------------------------------------- */

static uint32_t
read_cmd (const struct ahci_port *port)
{
    uint32_t value = port->cmd | CMD_SUD | CMD_POD;

    if (port->cmd & CMD_FRE)
        value |= CMD_FR;
    if ((port->cmd & CMD_ST) || port->slot.number >= 0)
        value |= CMD_CR | CMD_CCS (port->last_slot);
    return value;
}

uint32_t
ahci_port_read (const struct ahci_port *port, unsigned reg)
{
    switch (reg) {
    case PORT_CLB:
        return (uint32_t) port->clb;
    case PORT_CLBU:
        return (uint32_t) (port->clb >> 32);
    case PORT_FB:
        return (uint32_t) port->fb;
    case PORT_FBU:
        return (uint32_t) (port->fb >> 32);
    case PORT_IS:
        return ahci_port_interrupts (port);
    case PORT_IE:
        return port->ie;
    case PORT_CMD:
        return read_cmd (port);
    case PORT_TFD:
        return port->tfd;
    case PORT_SIG:
        return port->sig;
    case PORT_SSTS:
        return port->ssts;
    case PORT_SCTL:
        return port->sctl;
    case PORT_SERR:
        return port->serr;
    case PORT_CI:
        return port->ci;
    default:
        return 0; /* PxSACT too: there is no native queueing */
    }
}

static void
write_cmd (struct ahci_port *port, uint32_t value)
{
    uint32_t old = port->cmd;

    port->cmd = value & CMD_STORED;
    if ((value & CMD_CLO) && !(old & CMD_ST))
        port->tfd &= ~(uint32_t) (ATA_BSY | ATA_DRQ);
    if ((old & CMD_ST) && !(value & CMD_ST))
        cancel_commands (port);
    ahci_port_settle (port);
}

/* OLD with the bits in MASK taken from VALUE. */
static uint32_t
merge (uint64_t old, uint32_t value, uint32_t mask)
{
    return ((uint32_t) old & ~mask) | value;
}

static void
write_address (uint64_t *address, unsigned half, uint32_t value, uint32_t mask, uint64_t align)
{
    uint64_t wide_mask = (uint64_t) mask << (32 * half);

    *address = align_down ((*address & ~wide_mask) | (uint64_t) value << (32 * half), align);
}

static void
write_interrupt_enable (struct ahci_port *port, uint32_t value)
{
    uint32_t fresh = value & IS_BITS & ~port->ie;

    port->ie = value & IS_BITS;
    ahci_update_irq (port->ahci, ahci_port_interrupts (port) & fresh);
}

void
ahci_port_write (struct ahci_port *port, unsigned reg, uint32_t value, uint32_t mask)
{
    switch (reg) {
    case PORT_CLB:
    case PORT_CLBU:
        write_address (&port->clb, reg == PORT_CLBU, value, mask, 1024);
        break;
    case PORT_FB:
    case PORT_FBU:
        write_address (&port->fb, reg == PORT_FBU, value, mask, 256);
        break;
    case PORT_IS:
        port->is &= ~value;
        break; /* IS keeps its bit until the guest clears it there */
    case PORT_IE:
        write_interrupt_enable (port, merge (port->ie, value, mask));
        break;
    case PORT_CMD:
        write_cmd (port, merge (port->cmd, value, mask));
        break;
    case PORT_SCTL:
        write_sctl (port, merge (port->sctl, value, mask));
        break;
    case PORT_SERR:
        port->serr &= ~value;
        break;
    case PORT_CI:
        if (port->cmd & CMD_ST) {
            port->ci |= value;
            ahci_port_scan_list (port);
        }
        break;
    default:
        break; /* read-only, or nothing there */
    }
}

void
ahci_port_init (struct ahci_port *port, struct ahci *ahci)
{
    port->host.ops = &ahci_host_ops;
    port->host.lock = &ahci->lock;
    port->ahci = ahci;
    port->slot.number = -1;
    port->last_slot = AHCI_N_SLOTS - 1;
}
