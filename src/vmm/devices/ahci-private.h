/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci-private.h - between the controller (ahci.c), its ports (ahci-port.c) and their command lists
 * (ahci-command.c). */
#pragma once

#include <pthread.h>

#include "ahci.h"
#include "ata.h"
#include "bits.h"
#include "memory.h"
#include "pci.h"

#define AHCI_N_SLOTS 32

/* Offsets of a port's registers (AHCI 1.3.1 §3.3). */
#define PORT_CLB       0x00
#define PORT_CLBU      0x04
#define PORT_FB        0x08
#define PORT_FBU       0x0c
#define PORT_IS        0x10
#define PORT_IE        0x14
#define PORT_CMD       0x18
#define PORT_TFD       0x20
#define PORT_SIG       0x24
#define PORT_SSTS      0x28
#define PORT_SCTL      0x2c
#define PORT_SERR      0x30
#define PORT_SACT      0x34
#define PORT_CI        0x38
#define PORT_REG_BYTES 0x80

/* PxIS and PxIE (§3.3.5) */
#define IS_DHRS BIT (0)  /* register FIS */
#define IS_PSS  BIT (1)  /* PIO Setup FIS */
#define IS_DPS  BIT (5)  /* a PRD with the interrupt bit */
#define IS_PCS  BIT (6)  /* mirrors SERR.DIAG.X */
#define IS_PRCS BIT (22) /* mirrors SERR.DIAG.N */
#define IS_OFS  BIT (24) /* more data than the PRD table has room for */
#define IS_IFS  BIT (27) /* interface error */
#define IS_HBFS BIT (29) /* host bus error */
#define IS_TFES BIT (30) /* error in the drive's registers */
#define IS_BITS 0xfdc000ffu

/* PxCMD (§3.3.7) */
#define CMD_ST  BIT (0)
#define CMD_FRE BIT (4)

#define SSTS_UP  0x133u /* device there and talking, 6 Gb/s, active */
#define DET(reg) ((reg) % 16)

/* The command a port works on. */
struct ahci_slot {
    int number; /* -1: none */
    gpa_t header;
    gpa_t table;
    uint32_t n_prds;
    uint32_t prd;         /* where map() goes on: this entry of the PRD table, */
    uint32_t prd_offset;  /* this byte of its piece */
    uint64_t bytes;       /* mapped so far */
    bool wants_interrupt; /* a PRD that was used up asks for DPS */
    bool bus_error;       /* the guest named something that is not RAM */
    bool overflow;        /* the drive had more for the guest than there was room */
};

/* All guarded by the controller's lock. */
struct ahci_port {
    struct ata_host host; /* what the drive sees */
    struct ahci *ahci;
    struct ata_drive *drive; /* NULL: not implemented */

    uint64_t clb, fb;
    uint32_t is, ie, cmd, tfd, sig, ssts, sctl, serr, ci;

    struct ahci_slot slot;
    unsigned last_slot; /* the search for the next command starts behind it */
    bool is_scanning;   /* the command list is being worked on further up the stack */
    bool is_halted;     /* an error stopped the list until ST is cleared */
    bool is_srst;       /* the guest holds the drive in soft reset */
    bool reset_due;     /* the link went down: the drive is reset as soon as it is idle */
    bool signature_due; /* the drive was reset and has not told so */
};

struct ahci {
    struct device device;
    struct pci_function pci;
    pthread_mutex_t lock; /* guards everything below, and the drives */
    struct ahci_port ports[AHCI_N_PORTS];
    uint32_t is;
    bool irq_enabled;  /* GHC.IE */
    bool is_resetting; /* GHC.HR, until every port is idle */
    bool irq_level;
};

/* The lock is held for all of these.
 *
 * ahci-port.c */

void ahci_port_init (struct ahci_port *port, struct ahci *ahci);

/* REG is a multiple of 4; bits outside MASK are not written. */
uint32_t ahci_port_read (const struct ahci_port *port, unsigned reg);
void ahci_port_write (struct ahci_port *port, unsigned reg, uint32_t value, uint32_t mask);

/* Stops the command list; a command that runs is cancelled but may take its time. */
void ahci_port_cancel (struct ahci_port *port);

bool ahci_port_is_idle (const struct ahci_port *port);

/* As after power-on, or HBA reset (§10.4.3), which keeps the addresses.  The port is idle. */
void ahci_port_reset (struct ahci_port *port, bool power_on);

/* PxIS with the bits that only mirror others. */
uint32_t ahci_port_interrupts (const struct ahci_port *port);

/* ahci-command.c */

extern const struct ata_host_ops ahci_host_ops;

void ahci_port_set_tfd (struct ahci_port *port, uint8_t status, uint8_t error);

/* Starts commands until one takes its time. */
void ahci_port_scan_list (struct ahci_port *port);

/* If the drive is idle: goes on with what had to wait for that. */
void ahci_port_settle (struct ahci_port *port);

/* ahci.c */

/* Makes the interrupt follow the registers; IS_EVENT: something that is enabled just happened. */
void ahci_update_irq (struct ahci *ahci, bool is_event);

/* A cancelled command ended while the controller is in reset. */
void ahci_continue_reset (struct ahci *ahci);
