/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-mii.c - the RTL8139's PHY, whose registers are the chip's own (§6.22-6.27), and the link.
 *
 * The partner does 10 and 100 Mb/s, both duplexes; negotiation takes no time.
 */
#include "rtl8139-private.h"

#define BMCR_100         0x2000u
#define BMCR_NEGOTIATE   0x1000u
#define BMCR_RESTART     0x0200u
#define BMCR_FULL_DUPLEX 0x0100u
#define BMCR_RESET       0x8000u
#define BMCR_WRITABLE    0x3100u

#define BMSR_ABILITIES  0x7809u /* 10 and 100, both duplexes; negotiates */
#define BMSR_LINK       0x0004u
#define BMSR_NEGOTIATED 0x0020u

#define ABILITIES     0x05e1u /* with pause */
#define ACKNOWLEDGED  0x4000u
#define ADVERTISE_100 0x0180u
#define ANAR_WRITABLE 0x3de0u

#define MSR_LINK_BAD 0x04u
#define MSR_10       0x08u

#define CSCR_LINK_GOOD   0x0008u
#define CSCR_LINK_CHANGE 0x0800u

void
rtl8139_mii_reset (struct rtl8139 *card)
{
    store_le16 (card->regs + R_BMCR, BMCR_NEGOTIATE | BMCR_100 | BMCR_FULL_DUPLEX);
    store_le16 (card->regs + R_ANAR, ABILITIES);
    store_le16 (card->regs + R_CSCR, 0x03c0);
}

static bool
runs_at_100 (const struct rtl8139 *card)
{
    uint16_t bmcr = rtl8139_get16 (card, R_BMCR);

    if (bmcr & BMCR_NEGOTIATE)
        return rtl8139_get16 (card, R_ANAR) & ADVERTISE_100;
    return bmcr & BMCR_100;
}

uint8_t
rtl8139_media_status (const struct rtl8139 *card)
{
    return (uint8_t) ((card->is_link_up ? 0 : MSR_LINK_BAD) | (runs_at_100 (card) ? 0 : MSR_10));
}

uint16_t
rtl8139_mii_read (struct rtl8139 *card, unsigned offset)
{
    bool up = card->is_link_up;
    uint16_t value;

    switch (offset) {
    case R_BMSR:
        value = (uint16_t) (BMSR_ABILITIES | (up ? BMSR_NEGOTIATED : 0)
                            | (up && !card->link_lost ? BMSR_LINK : 0));
        card->link_lost = false;
        return value;
    case R_ANLPAR:
        return up ? ABILITIES | ACKNOWLEDGED : 0;
    case R_ANER:
        return up ? 0x0001 : 0;
    case R_CSCR:
        value = rtl8139_get16 (card, R_CSCR);
        store_le16 (card->regs + R_CSCR, value & (uint16_t) ~CSCR_LINK_CHANGE);
        return (uint16_t) (value | (up ? CSCR_LINK_GOOD : 0));
    default:
        return rtl8139_get16 (card, offset);
    }
}

void
rtl8139_mii_write (struct rtl8139 *card, unsigned offset, uint16_t value)
{
    switch (offset) {
    case R_BMCR:
        if (value & BMCR_RESET)
            rtl8139_mii_reset (card);
        else
            store_le16 (card->regs + R_BMCR, value & BMCR_WRITABLE);
        if ((value & (BMCR_RESET | BMCR_RESTART)) && card->is_link_up)
            rtl8139_raise (card, INT_LINK);
        break;
    case R_ANAR:
        store_le16 (card->regs + R_ANAR, (value & ANAR_WRITABLE) | 1);
        break;
    default:
        break; /* read-only, or without a meaning here */
    }
}

void
rtl8139_update_link (struct rtl8139 *card)
{
    bool up = net_link_is_up (card->net);

    if (up == card->is_link_up)
        return;
    card->is_link_up = up;
    if (!up)
        card->link_lost = true;
    store_le16 (card->regs + R_CSCR, rtl8139_get16 (card, R_CSCR) | CSCR_LINK_CHANGE);
    rtl8139_raise (card, INT_LINK);
    loop_work_queue (card->loop, &card->rx_work);
}
