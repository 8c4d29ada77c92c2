/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-phy.c - the 82574L's PHY behind MDIC, and the link.
 *
 * Registers 0-31 of page 0 are there (§9); the others read as zero.  The partner at the other end can
 * do everything up to 1000BASE-T full duplex, and negotiation takes no time, so the link is up while
 * the cable is in, the PHY is powered and the MAC was told to (CTRL.SLU).
 */
#include <string.h>

#include "e1000e-private.h"

#define PHY_ADDRESS 1

#define MDIC_REG(value) ((value) >> 16 & 0x1f)
#define MDIC_PHY(value) ((value) >> 21 & 0x1f)
#define MDIC_OP(value)  ((value) >> 26 & 3)
#define MDIC_OP_WRITE   1
#define MDIC_OP_READ    2
#define MDIC_READY      BIT (28)
#define MDIC_INTERRUPT  BIT (29)
#define MDIC_ERROR      BIT (30)

/* Registers of IEEE 802.3 clause 22, and the PHY's own. */
enum phy_register {
    BMCR = 0,
    BMSR = 1,
    ID_1 = 2,
    ID_2 = 3,
    ADVERTISE = 4,
    PARTNER = 5,
    EXPANSION = 6,
    CONTROL_1000 = 9,
    STATUS_1000 = 10,
    EXTENDED_STATUS = 15,
    SPECIFIC_CONTROL = 16,
    SPECIFIC_STATUS = 17,
    INTERRUPT_STATUS = 19,
    RECEIVE_ERRORS = 21,
    PAGE = 22,
};

#define BMCR_SPEED_1000  0x0040u
#define BMCR_FULL_DUPLEX 0x0100u
#define BMCR_RESTART     0x0200u
#define BMCR_POWER_DOWN  0x0800u
#define BMCR_NEGOTIATE   0x1000u
#define BMCR_SPEED_100   0x2000u
#define BMCR_LOOPBACK    0x4000u
#define BMCR_RESET       0x8000u
#define BMSR_ABILITIES   0x7949u
#define BMSR_LINK        0x0004u
#define BMSR_NEGOTIATED  0x0020u
#define ADVERTISE_100    0x0180u
#define ADVERTISE_1000   0x0300u

#define PARTNER_ABILITIES      0x45e1u /* 10 and 100, both duplexes, pause; acknowledged */
#define PARTNER_ABILITIES_1000 0x3c00u /* 1000, both duplexes; both receivers fine */
#define EXPANSION_ABLE         0x000du
#define SPECIFIC_RESOLVED      0x0800u
#define SPECIFIC_LINK          0x0400u
#define SPECIFIC_FULL_DUPLEX   0x2000u

#define STATUS_FD      BIT (0)
#define STATUS_LINK_UP BIT (1)

/* Bits a guest can change; the rest is read-only. */
static const uint16_t writable[E1000E_PHY_REGS] = {
    [BMCR] = 0x7dc0,
    [ADVERTISE] = 0xbfff,
    [7] = 0xbfff,
    [CONTROL_1000] = 0xff00,
    [SPECIFIC_CONTROL] = 0xffff,
    [18] = 0xffff,
    [20] = 0xffff,
    [PAGE] = 0x00ff,
    [24] = 0xffff,
    [25] = 0xffff,
    [26] = 0xffff,
    [29] = 0xffff,
    [30] = 0xffff,
};

/* 0, 1 or 2 for 10, 100 or 1000 Mb/s: what was forced, or the best that was advertised. */
static unsigned
phy_speed (const struct e1000e *card)
{
    const uint16_t *phy = card->phy;

    if (!(phy[BMCR] & BMCR_NEGOTIATE))
        return phy[BMCR] & BMCR_SPEED_1000 ? 2 : phy[BMCR] & BMCR_SPEED_100 ? 1 : 0;
    return phy[CONTROL_1000] & ADVERTISE_1000 ? 2 : phy[ADVERTISE] & ADVERTISE_100 ? 1 : 0;
}

uint32_t
e1000e_link_status (const struct e1000e *card)
{
    return STATUS_FD | (card->is_link_up ? STATUS_LINK_UP : 0) | phy_speed (card) << 6;
}

void
e1000e_update_link (struct e1000e *card)
{
    bool up = net_link_is_up (card->net) && !(card->phy[BMCR] & BMCR_POWER_DOWN)
              && (e1000e_get (card, R_CTRL) & CTRL_SLU);

    if (up == card->is_link_up)
        return;
    card->is_link_up = up;
    if (!up)
        card->phy_link_lost = true;
    e1000e_raise (card, CAUSE_LSC);
    loop_work_queue (card->loop, &card->rx_work);
}

void
e1000e_phy_reset (struct e1000e *card)
{
    memset (card->phy, 0, sizeof card->phy);
    card->phy[BMCR] = BMCR_NEGOTIATE | BMCR_FULL_DUPLEX | BMCR_SPEED_1000;
    card->phy[ADVERTISE] = 0x0de1;
    card->phy[7] = 0x2001;
    card->phy[CONTROL_1000] = 0x0f00;
    card->phy[SPECIFIC_CONTROL] = 0x0068;
    card->phy[20] = 0x0d60;
    card->phy_link_lost = false;
}

/* --- MDIC ------------------------------------------------------------------------------------- */

static uint16_t
read_bmsr (struct e1000e *card)
{
    bool up = card->is_link_up && !card->phy_link_lost;

    card->phy_link_lost = false;
    return (uint16_t) (BMSR_ABILITIES | (up ? BMSR_LINK : 0)
                       | (card->is_link_up ? BMSR_NEGOTIATED : 0));
}

static uint16_t
phy_read (struct e1000e *card, unsigned reg)
{
    bool up = card->is_link_up;

    if (card->phy[PAGE] != 0 && reg != PAGE)
        return 0;
    switch (reg) {
    case BMSR:
        return read_bmsr (card);
    case ID_1:
        return 0x0141;
    case ID_2:
        return 0x0cb1;
    case PARTNER:
        return up ? PARTNER_ABILITIES : 0;
    case EXPANSION:
        return up ? EXPANSION_ABLE : 0x0004;
    case STATUS_1000:
        return up ? PARTNER_ABILITIES_1000 : 0;
    case EXTENDED_STATUS:
        return 0x3000;
    case SPECIFIC_STATUS:
        return (uint16_t) (phy_speed (card) << 14 | SPECIFIC_FULL_DUPLEX | SPECIFIC_RESOLVED
                           | (up ? SPECIFIC_LINK : 0));
    default:
        return card->phy[reg];
    }
}

static void
phy_write (struct e1000e *card, unsigned reg, uint16_t value)
{
    if (card->phy[PAGE] != 0 && reg != PAGE)
        return;
    if (reg == BMCR && (value & BMCR_RESET))
        e1000e_phy_reset (card);
    else
        card->phy[reg] = (uint16_t) ((card->phy[reg] & ~writable[reg]) | (value & writable[reg]));
    if (reg != BMCR)
        return;
    e1000e_update_link (card);
    /* Negotiation is over as soon as it begins, and the guest waits to be told. */
    if ((value & (BMCR_RESET | BMCR_RESTART)) && card->is_link_up)
        e1000e_raise (card, CAUSE_LSC);
}

void
e1000e_write_mdic (struct e1000e *card, unsigned offset, uint32_t value)
{
    unsigned op = MDIC_OP (value), reg = MDIC_REG (value);

    value &= ~(MDIC_READY | MDIC_ERROR);
    if (MDIC_PHY (value) != PHY_ADDRESS || (op != MDIC_OP_READ && op != MDIC_OP_WRITE))
        value |= MDIC_ERROR;
    else if (op == MDIC_OP_READ)
        value = (value & 0xffff0000) | phy_read (card, reg);
    else
        phy_write (card, reg, (uint16_t) value);
    e1000e_set (card, R_MDIC, value | MDIC_READY);
    if (value & MDIC_INTERRUPT)
        e1000e_raise (card, CAUSE_MDAC);
}

bool
e1000e_is_loopback (const struct e1000e *card)
{
    return (e1000e_get (card, R_RCTL) & RCTL_LBM) || (card->phy[BMCR] & BMCR_LOOPBACK);
}
