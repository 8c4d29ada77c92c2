/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-private.h - between the parts of the 82574L: PCI function and life (e1000e.c), registers, NVM,
 * PHY, interrupts, transmitter, receiver, statistics.
 *
 * Sections (§) are those of Intel's "82574 GbE Controller Family Datasheet".
 */
#pragma once

#include <pthread.h>

#include "bits.h"
#include "e1000e.h"
#include "ethernet.h"
#include "loop.h"
#include "memory.h"
#include "pci.h"

/* Offsets of registers (§10.1).  A queue's registers repeat every QUEUE_STRIDE. */
#define R_CTRL        0x00000
#define R_CTRL_COPY   0x00004
#define R_STATUS      0x00008
#define R_EECD        0x00010
#define R_EERD        0x00014
#define R_CTRL_EXT    0x00018
#define R_FLA         0x0001c
#define R_MDIC        0x00020
#define R_FCAL        0x00028
#define R_FCT         0x00030
#define R_VET         0x00038
#define R_ICR         0x000c0
#define R_ITR         0x000c4
#define R_ICS         0x000c8
#define R_IMS         0x000d0
#define R_IMC         0x000d8
#define R_EIAC        0x000dc
#define R_IAM         0x000e0
#define R_IVAR        0x000e4
#define R_EITR        0x000e8
#define R_RCTL        0x00100
#define R_FCTTV       0x00170
#define R_TXCW        0x00178
#define R_TCTL        0x00400
#define R_TIPG        0x00410
#define R_AIT         0x00458
#define R_LEDCTL      0x00e00
#define R_EXTCNF_CTRL 0x00f00
#define R_EXTCNF_SIZE 0x00f08
#define R_PHY_CTRL    0x00f10
#define R_PBA         0x01000
#define R_PBS         0x01008
#define R_EEMNGCTL    0x01010
#define R_EEWR        0x0102c
#define R_FLOP        0x0103c
#define R_PBA_ECC     0x01100
#define R_ERT         0x02008
#define R_FCRTL       0x02160
#define R_FCRTH       0x02168
#define R_PSRCTL      0x02170
#define R_RDFH        0x02410
#define R_RDBAL       0x02800
#define R_RDBAH       0x02804
#define R_RDLEN       0x02808
#define R_RDH         0x02810
#define R_RDT         0x02818
#define R_RDTR        0x02820
#define R_RXDCTL      0x02828
#define R_RADV        0x0282c
#define R_RSRPD       0x02c00
#define R_RAID        0x02c08
#define R_TDFH        0x03410
#define R_TDBAL       0x03800
#define R_TDBAH       0x03804
#define R_TDLEN       0x03808
#define R_TDH         0x03810
#define R_TDT         0x03818
#define R_TIDV        0x03820
#define R_TXDCTL      0x03828
#define R_TADV        0x0382c
#define R_TARC        0x03840
#define R_STATISTICS  0x04000
#define R_RXCSUM      0x05000
#define R_RFCTL       0x05008
#define R_MTA         0x05200
#define R_RA          0x05400
#define R_VFTA        0x05600
#define R_WUC         0x05800
#define R_WUFC        0x05808
#define R_WUS         0x05810
#define R_MRQC        0x05818
#define R_MANC        0x05820
#define R_IPAV        0x05838
#define R_IP4AT       0x05840
#define R_MANC2H      0x05860
#define R_IP6AT       0x05880
#define R_MDEF        0x05890
#define R_GCR         0x05b00
#define R_FUNCTAG     0x05b08
#define R_GSCL        0x05b10
#define R_FACTPS      0x05b30
#define R_SWSM        0x05b50
#define R_FWSM        0x05b54
#define R_SW_FW_SYNC  0x05b5c
#define R_GCR2        0x05b64
#define R_RETA        0x05c00
#define R_RSSRK       0x05c80
#define R_FFLT        0x05f00
#define R_SYSTIML     0x0b600
#define R_SYSTIMH     0x0b604
#define R_TIMINCA     0x0b608

#define QUEUE_STRIDE 0x100

#define CTRL_FD         BIT (0)
#define CTRL_GIO_OFF    BIT (2)
#define CTRL_SLU        BIT (6)
#define CTRL_RST        BIT (26)
#define CTRL_VME        BIT (30)
#define CTRL_PHY_RST    BIT (31)
#define CTRL_EXT_EE_RST BIT (13)
#define CTRL_EXT_EIAME  BIT (24)
#define CTRL_EXT_IAME   BIT (27)
#define RCTL_EN         BIT (1)
#define RCTL_UPE        BIT (3)
#define RCTL_MPE        BIT (4)
#define RCTL_LPE        BIT (5)
#define RCTL_LBM        (3u << 6)
#define RCTL_BAM        BIT (15)
#define RCTL_VFE        BIT (18)
#define RCTL_CFIEN      BIT (19)
#define RCTL_CFI        BIT (20)
#define RCTL_BSEX       BIT (25)
#define RCTL_SECRC      BIT (26)
#define TCTL_EN         BIT (1)
#define RFCTL_EXTEN     BIT (15)

/* Interrupt causes (§10.2.4.1). */
#define CAUSE_TXDW   BIT (0)
#define CAUSE_TXQE   BIT (1)
#define CAUSE_LSC    BIT (2)
#define CAUSE_RXDMT0 BIT (4)
#define CAUSE_RXO    BIT (6)
#define CAUSE_RXT0   BIT (7)
#define CAUSE_MDAC   BIT (9)
#define CAUSE_SRPD   BIT (16)
#define CAUSE_ACK    BIT (17)
#define CAUSE_MNG    BIT (18)
#define CAUSE_RXQ0   BIT (20)
#define CAUSE_TXQ0   BIT (22)
#define CAUSE_OTHER  BIT (24)
#define CAUSE_BITS   0x01f782d7u
#define CAUSES_OTHER (CAUSE_LSC | CAUSE_RXO | CAUSE_MDAC | CAUSE_SRPD | CAUSE_ACK | CAUSE_MNG)

#define E1000E_N_QUEUES    2
#define E1000E_N_VECTORS   5
#define E1000E_NVM_WORDS   128
#define E1000E_PHY_REGS    32
#define E1000E_DESC_BYTES  16
#define E1000E_MAX_RECEIVE 16384 /* without FCS: the receiver's FIFO holds no longer frame */

/* Registers behind the BAR; those above are not there. */
#define E1000E_N_REGS (0xc000 / 4)

/* What the last context descriptor of a queue said (§7.2.6). */
struct e1000e_context {
    struct ethernet_sum ip, l4;
    uint32_t mss, header_bytes;
    bool is_ipv4, is_tcp;
};

/* One transmit queue's frame under way, and what to do when it is out. */
struct e1000e_tx_queue {
    struct e1000e_context context;
    struct ethernet_offload offload; /* of the frame that is being collected */
    bool has_first;                  /* a descriptor of it was seen */
    struct ethernet_tx tx;
};

struct e1000e {
    struct device device;
    struct pci_function pci;
    struct net *net;
    struct loop *loop; /* frames, timers and work are on this one */
    uint8_t mac[ETHERNET_ADDRESS_BYTES];

    pthread_mutex_t lock; /* guards everything below */
    uint32_t regs[E1000E_N_REGS];
    uint32_t io_address; /* of the I/O BAR's window */

    uint16_t nvm[E1000E_NVM_WORDS]; /* survives resets */
    uint16_t phy[E1000E_PHY_REGS];
    bool phy_link_lost; /* BMSR's latch: the link was down since BMSR was read */
    bool is_link_up;

    uint32_t icr, ims;
    uint32_t signalled;                  /* causes in icr & ims the guest was told of */
    int64_t vector_ns[E1000E_N_VECTORS]; /* not before */
    int64_t line_ns;                     /* the same for MSI and INTx */
    bool line_level;                     /* MSI or INTx asserted */
    struct loop_timer irq_timer;         /* armed while an interrupt has to wait … */
    int64_t irq_timer_ns;                /* … until then, else INT64_MAX */
    int64_t clock_start_ns;              /* when SYSTIM was clock_start */
    uint64_t clock_start;

    struct loop_work tx_work, rx_work;
    bool is_tx_stalled; /* the wire said -EAGAIN */
    struct e1000e_tx_queue tx_queues[E1000E_N_QUEUES];
    uint8_t rx_frame[E1000E_MAX_RECEIVE + ETHERNET_FCS_BYTES];
    uint8_t loop_frame[E1000E_MAX_RECEIVE]; /* what comes back instead of going out */
};

static inline uint32_t
e1000e_get (const struct e1000e *card, unsigned offset)
{
    return card->regs[offset / 4];
}

static inline void
e1000e_set (struct e1000e *card, unsigned offset, uint32_t value)
{
    card->regs[offset / 4] = value;
}

/* The lock is held for all that follows.
 *
 * e1000e.c */

/* Back to power-on, or CTRL.RST, which leaves the PHY and PCI alone. */
void e1000e_reset_registers (struct e1000e *card);

/* e1000e-registers.c: accesses of whole registers; OFFSET is a multiple of 4. */
uint32_t e1000e_read (struct e1000e *card, unsigned offset);
void e1000e_write (struct e1000e *card, unsigned offset, uint32_t value);

/* e1000e-nvm.c */
void e1000e_nvm_init (struct e1000e *card); /* what the factory wrote, with card->mac */
uint32_t e1000e_read_eecd (struct e1000e *card, unsigned offset);
void e1000e_write_eerd (struct e1000e *card, unsigned offset, uint32_t value);
void e1000e_write_eewr (struct e1000e *card, unsigned offset, uint32_t value);

/* e1000e-phy.c */
void e1000e_phy_reset (struct e1000e *card);
void e1000e_write_mdic (struct e1000e *card, unsigned offset, uint32_t value);
uint32_t e1000e_link_status (const struct e1000e *card); /* STATUS's bits for link and speed */

/* Looks at cable and PHY; tells the guest when the link came or went. */
void e1000e_update_link (struct e1000e *card);

/* e1000e-interrupt.c */
void e1000e_irq_reset (struct e1000e *card);
void e1000e_raise (struct e1000e *card, uint32_t causes);
void e1000e_update_irq (struct e1000e *card);
void e1000e_irq_timer_cb (void *opaque); /* takes the lock */
uint32_t e1000e_read_icr (struct e1000e *card, unsigned offset);
uint32_t e1000e_read_ims (struct e1000e *card, unsigned offset);
void e1000e_write_icr (struct e1000e *card, unsigned offset, uint32_t value);
void e1000e_write_ics (struct e1000e *card, unsigned offset, uint32_t value);
void e1000e_write_ims (struct e1000e *card, unsigned offset, uint32_t value);
void e1000e_write_imc (struct e1000e *card, unsigned offset, uint32_t value);

/* e1000e-transmit.c */
void e1000e_tx_reset (struct e1000e *card);
void e1000e_tx_work_cb (void *opaque); /* takes the lock */

/* e1000e-receive.c */
void e1000e_rx_work_cb (void *opaque); /* takes the lock */

/* Puts FRAME into the guest's memory if it wants it.  False when there is no room for it now. */
bool e1000e_receive (struct e1000e *card, const uint8_t *frame, size_t len);

/* Whether what is sent comes back instead of going out. */
bool e1000e_is_loopback (const struct e1000e *card);

/* e1000e-statistics.c: LEN without FCS. */
void e1000e_count_sent (struct e1000e *card, const uint8_t *frame, size_t len);
void e1000e_count_received (struct e1000e *card, const uint8_t *frame, size_t len);
void e1000e_count_oversized (struct e1000e *card);
uint32_t e1000e_read_statistics (struct e1000e *card, unsigned offset);
