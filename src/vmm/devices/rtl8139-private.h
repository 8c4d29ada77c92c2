/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-private.h - between the parts of the RTL8139C+: PCI function and life (rtl8139.c), registers,
 * EEPROM, PHY, transmitter, receiver.
 *
 * Sections (§) are those of Realtek's "RTL8139C+ Single-Chip Multi-Function 10/100Mbps Ethernet Controller"
 * datasheet 1.6, for C mode those of the RTL8139C's 1.4.
 */
#pragma once

#include <pthread.h>

#include "bits.h"
#include "ethernet.h"
#include "loop.h"
#include "memory.h"
#include "pci.h"
#include "rtl8139.h"

/* Offsets of registers (§6). */
#define R_IDR      0x00 /* 6 bytes: the address */
#define R_MAR      0x08 /* 8 bytes: the multicast filter */
#define R_TSD      0x10 /* C: 4 of 4 bytes, transmit status */
#define R_DTCCR    0x10 /* C+: 8 bytes, where counters are dumped to */
#define R_TSAD     0x20 /* C: 4 of 4 bytes, transmit address */
#define R_TNPDS    0x20 /* C+: 8 bytes, descriptors of normal priority */
#define R_THPDS    0x28 /* C+: 8 bytes, of high priority */
#define R_RBSTART  0x30
#define R_ERBCR    0x34
#define R_ERSR     0x36
#define R_CR       0x37
#define R_CAPR     0x38
#define R_CBR      0x3a
#define R_IMR      0x3c
#define R_ISR      0x3e
#define R_TCR      0x40
#define R_RCR      0x44
#define R_TCTR     0x48
#define R_MPC      0x4c
#define R_9346CR   0x50
#define R_CONFIG0  0x51
#define R_CONFIG1  0x52
#define R_TIMERINT 0x54
#define R_MSR      0x58
#define R_CONFIG3  0x59
#define R_CONFIG4  0x5a
#define R_MULINT   0x5c
#define R_RERID    0x5e
#define R_TSADS    0x60
#define R_BMCR     0x62
#define R_BMSR     0x64
#define R_ANAR     0x66
#define R_ANLPAR   0x68
#define R_ANER     0x6a
#define R_NWAYTR   0x70
#define R_CSCR     0x74
#define R_CONFIG5  0xd8
#define R_TPPOLL   0xd9
#define R_CPCR     0xe0
#define R_RDSAR    0xe4
#define R_ETTHR    0xec

#define CR_EMPTY 0x01u
#define CR_TE    0x04u
#define CR_RE    0x08u
#define CR_RST   0x10u

/* ISR and IMR (§6.7) */
#define INT_ROK   0x0001u
#define INT_RER   0x0002u
#define INT_TOK   0x0004u
#define INT_TER   0x0008u
#define INT_RXOVW 0x0010u /* C+: no receive descriptor */
#define INT_LINK  0x0020u
#define INT_FOVW  0x0040u
#define INT_TDU   0x0080u /* C+: no transmit descriptor */
#define INT_SW    0x0100u
#define INT_TIMER 0x4000u
#define INT_BITS  0xe1ffu

#define TCR_CLEAR_ABORT BIT (0)
#define TCR_LOOPBACK    (3u << 17)

#define RCR_ALL_PHYSICAL BIT (0)
#define RCR_PHYSICAL     BIT (1)
#define RCR_MULTICAST    BIT (2)
#define RCR_BROADCAST    BIT (3)
#define RCR_NO_WRAP      BIT (7)

#define CPCR_TX   0x0001u
#define CPCR_RX   0x0002u
#define CPCR_SUM  0x0020u
#define CPCR_VLAN 0x0040u

#define RTL8139_N_TSD        4
#define RTL8139_N_REGS       256
#define RTL8139_EEPROM_WORDS 64
#define RTL8139_MAX_RECEIVE  4096 /* without FCS */

/* Descriptors of C+ mode (§7.2, §7.3): flags and length, VLAN, address. */
#define RTL8139_DESC_BYTES 16
#define DESC_OWN           BIT (31)
#define DESC_END_OF_RING   BIT (30)
#define DESC_FIRST         BIT (29)
#define DESC_LAST          BIT (28)

/* The bit-banged EEPROM's interface: what was shifted in, and what comes out. */
struct rtl8139_eeprom {
    uint16_t words[RTL8139_EEPROM_WORDS]; /* survive resets */
    bool is_writable;                     /* between EWEN and EWDS */
    uint8_t pins;                         /* of the last write to 9346CR */
    unsigned n_bits;                      /* shifted in since chip select rose */
    uint32_t in;
    uint32_t out;  /* highest bit of 16 comes next */
    bool data_out; /* the DO pin */
};

struct rtl8139_counters {
    uint64_t sent, received, send_errors;
    uint32_t receive_errors;
    uint16_t missed, misaligned;
    uint64_t physical, broadcast;
    uint32_t multicast;
};

/* One of the two rings of transmit descriptors. */
struct rtl8139_ring {
    uint32_t index;  /* of the next descriptor */
    bool is_polling; /* the driver said that there is something */
};

struct rtl8139 {
    struct device device;
    struct pci_function pci;
    struct net *net;
    struct loop *loop; /* frames, timers and work are on this one */
    uint8_t mac[ETHERNET_ADDRESS_BYTES];
    bool is_c_plus; /* the chip has descriptors; fixed */

    pthread_mutex_t lock; /* guards everything below */
    uint8_t regs[RTL8139_N_REGS];
    uint16_t isr;
    struct rtl8139_eeprom eeprom;
    struct rtl8139_counters counters;
    bool is_link_up, link_lost; /* link_lost: BMSR's latch */

    int64_t timer_start_ns; /* when TCTR was zero */
    struct loop_timer timer;

    bool is_rx_stalled;   /* C+: a frame found no room … */
    int64_t stall_end_ns; /* … and is lost at this time */
    struct loop_timer stall_timer;
    bool is_left_due; /* C: left_timer is armed */
    struct loop_timer left_timer;
    uint32_t rx_index; /* of the next receive descriptor, C+ */
    uint32_t rx_write; /* offset in the ring buffer where the next frame goes, C */
    struct loop_work tx_work, rx_work;
    unsigned next_tsd; /* the slot that is sent next, C */
    struct rtl8139_ring normal, high;
    struct rtl8139_ring *collecting; /* whose frame is in tx, or NULL */
    uint32_t first_flags;            /* of that frame's first descriptor */
    struct ethernet_offload offload;
    struct ethernet_tx tx;
    uint8_t rx_frame[RTL8139_MAX_RECEIVE + ETHERNET_FCS_BYTES];
    uint8_t loop_frame[RTL8139_MAX_RECEIVE];
};

/* The lock is held for all that follows, but for the callbacks, which take it.
 *
 * rtl8139.c */

/* CR.RST, and power-on before the EEPROM is loaded. */
void rtl8139_reset_registers (struct rtl8139 *card);

void rtl8139_raise (struct rtl8139 *card, unsigned causes);
void rtl8139_update_irq (struct rtl8139 *card);

/* Counters into guest memory (§6.5). */
void rtl8139_dump_counters (struct rtl8139 *card);

/* TCTR runs at 33 MHz (§6.12); the timer is armed for the moment it reaches TimerInt. */
uint32_t rtl8139_timer_now (const struct rtl8139 *card);
void rtl8139_timer_start (struct rtl8139 *card);
void rtl8139_timer_update (struct rtl8139 *card);

static inline uint32_t
rtl8139_get32 (const struct rtl8139 *card, unsigned offset)
{
    return load_le32 (card->regs + offset);
}

static inline uint16_t
rtl8139_get16 (const struct rtl8139 *card, unsigned offset)
{
    return load_le16 (card->regs + offset);
}

static inline bool
rtl8139_is_loopback (const struct rtl8139 *card)
{
    return (rtl8139_get32 (card, R_TCR) & TCR_LOOPBACK) == TCR_LOOPBACK;
}

/* rtl8139-registers.c: SIZE is 1, 2 or 4, all inside the 256 bytes. */
uint32_t rtl8139_read (struct rtl8139 *card, unsigned offset, unsigned size);
void rtl8139_write (struct rtl8139 *card, unsigned offset, uint32_t value, unsigned size);

/* rtl8139-eeprom.c */
void rtl8139_eeprom_init (struct rtl8139 *card); /* what the factory wrote, with card->mac */
void rtl8139_eeprom_load (struct rtl8139 *card); /* into the registers */
uint8_t rtl8139_eeprom_read (const struct rtl8139 *card);
void rtl8139_eeprom_write (struct rtl8139 *card, uint8_t value);

/* rtl8139-mii.c */
void rtl8139_mii_reset (struct rtl8139 *card);
uint16_t rtl8139_mii_read (struct rtl8139 *card, unsigned offset);
void rtl8139_mii_write (struct rtl8139 *card, unsigned offset, uint16_t value);
uint8_t rtl8139_media_status (const struct rtl8139 *card);
void rtl8139_update_link (struct rtl8139 *card);

/* rtl8139-transmit.c */
void rtl8139_tx_reset (struct rtl8139 *card);
void rtl8139_tx_work_cb (void *opaque);
uint16_t rtl8139_tsads (const struct rtl8139 *card);

/* rtl8139-receive.c */
void rtl8139_rx_work_cb (void *opaque);
void rtl8139_rx_reset (struct rtl8139 *card);
bool rtl8139_rx_is_empty (const struct rtl8139 *card); /* CR.BUFE */

/* The driver acknowledged ROK. */
void rtl8139_rx_acknowledged (struct rtl8139 *card);
void rtl8139_left_timer_cb (void *opaque);

/* Puts FRAME into the guest's memory if it wants it.  False when there is no room for it now. */
bool rtl8139_receive (struct rtl8139 *card, const uint8_t *frame, size_t len);
