/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-private.h - between the controller's parts (xHCI 1.2):
 *
 *   xhci.c            the PCI function, resets, who does what when
 *   xhci-registers.c  capability, operational, runtime and doorbell registers (chapter 5)
 *   xhci-ports.c      root hub ports (§4.19, §5.4.8)
 *   xhci-ring.c       reading TRBs and TDs (§4.9)
 *   xhci-events.c     the event ring and the interrupt (§4.9.4, §4.17)
 *   xhci-commands.c   the command ring (§4.6)
 *   xhci-slots.c      slots, endpoints and their contexts (§4.5, §4.8, §6.2)
 *   xhci-transfers.c  control and interrupt transfers (§4.11)
 */
#pragma once

#include <pthread.h>

#include "bits.h"
#include "loop.h"
#include "memory.h"
#include "pci.h"
#include "usb.h"
#include "xhci.h"

#define XHCI_MAX_PORTS     (2 * USB_MAX_PORTS) /* USB 2 ports first, then as many for USB 3 */
#define XHCI_N_SLOTS       16
#define XHCI_N_ENDPOINTS   32   /* by device context index (§4.5.1); 0 is the slot's own */
#define XHCI_CONTROL_BYTES 1024 /* of data in a control transfer; no device of ours has more */

/* TRBs of one TD.  Each makes one event at most, and every event ring has room for 15. */
#define XHCI_TD_TRBS 12

#define XHCI_BAR_BYTES 0x4000
#define XHCI_CAP_BYTES 0x40 /* the operational registers start here */
#define XHCI_PORTS     (XHCI_CAP_BYTES + 0x400)
#define XHCI_RUNTIME   0x1000
#define XHCI_DOORBELLS 0x2000

/* USBCMD and USBSTS (§5.4.1, §5.4.2) */
#define USBCMD_RS    BIT (0)
#define USBCMD_HCRST BIT (1)
#define USBCMD_INTE  BIT (2)
#define USBCMD_CSS   BIT (8)
#define USBCMD_CRS   BIT (9)
#define USBCMD_BITS  0x0c0du /* what can be read back: RS, INTE, HSEE, EWE, EU3S */
#define USBSTS_HCH   BIT (0)
#define USBSTS_EINT  BIT (3)
#define USBSTS_PCD   BIT (4)
#define USBSTS_SRE   BIT (10)
#define USBSTS_HCE   BIT (12)
#define USBSTS_W1C   (BIT (2) | USBSTS_EINT | USBSTS_PCD | USBSTS_SRE)

#define CRCR_RCS BIT (0)
#define CRCR_CS  BIT (1)
#define CRCR_CA  BIT (2)
#define CRCR_CRR BIT (3)

#define IMAN_IP  BIT (0)
#define IMAN_IE  BIT (1)
#define ERDP_EHB BIT (3)

/* TRB types (§6.4.6) */
enum xhci_trb_type {
    TRB_NORMAL = 1,
    TRB_SETUP = 2,
    TRB_DATA = 3,
    TRB_STATUS = 4,
    TRB_ISOCH = 5,
    TRB_LINK = 6,
    TRB_EVENT_DATA = 7,
    TRB_NOOP = 8,
    TRB_ENABLE_SLOT = 9,
    TRB_DISABLE_SLOT = 10,
    TRB_ADDRESS_DEVICE = 11,
    TRB_CONFIGURE_ENDPOINT = 12,
    TRB_EVALUATE_CONTEXT = 13,
    TRB_RESET_ENDPOINT = 14,
    TRB_STOP_ENDPOINT = 15,
    TRB_SET_DEQUEUE = 16,
    TRB_RESET_DEVICE = 17,
    TRB_NOOP_COMMAND = 23,
    TRB_TRANSFER_EVENT = 32,
    TRB_COMMAND_COMPLETION = 33,
    TRB_PORT_STATUS_CHANGE = 34,
};

/* The TRB's control word */
#define TRB_CYCLE       BIT (0)
#define TRB_TOGGLE      BIT (1) /* link: toggle the cycle */
#define TRB_ISP         BIT (2) /* interrupt on short packet; event: event data */
#define TRB_CHAIN       BIT (4)
#define TRB_IOC         BIT (5)
#define TRB_IDT         BIT (6) /* the parameter is the data */
#define TRB_BSR         BIT (9) /* address device: no SET_ADDRESS; configure: deconfigure */
#define TRB_BEI         BIT (9) /* transfer: post the event, raise no interrupt */
#define TRB_DIR_IN      BIT (16)
#define TRB_TYPE(c)     ((c) >> 10 & 0x3f)
#define TRB_SLOT(c)     ((c) >> 24)
#define TRB_ENDPOINT(c) ((c) >> 16 & 0x1f)
#define TRB_LENGTH(s)   ((s) &0x1ffff)

/* Completion codes (§6.4.5) */
enum xhci_code {
    CODE_SUCCESS = 1,
    CODE_DATA_BUFFER = 2,
    CODE_BABBLE = 3,
    CODE_TRANSACTION = 4,
    CODE_TRB = 5,
    CODE_STALL = 6,
    CODE_NO_SLOTS = 9,
    CODE_SLOT_NOT_ENABLED = 11,
    CODE_ENDPOINT_NOT_ENABLED = 12,
    CODE_SHORT_PACKET = 13,
    CODE_PARAMETER = 17,
    CODE_CONTEXT_STATE = 19,
    CODE_RING_STOPPED = 24,
    CODE_STOPPED = 26,
};

struct xhci_trb {
    uint64_t parameter;
    uint32_t status, control;
};

/* Where the controller reads next in a ring of the guest's. */
struct xhci_ring {
    gpa_t dequeue;
    bool cycle;
};

/* A TD, copied. */
struct xhci_td {
    unsigned n;
    struct xhci_trb trbs[XHCI_TD_TRBS];
    gpa_t at[XHCI_TD_TRBS];
    struct xhci_ring next; /* the ring after it */
};

enum xhci_read { XHCI_READ_TD, XHCI_READ_NOTHING, XHCI_READ_BAD };

/* As in the endpoint context (§6.2.3). */
enum xhci_endpoint_state { EP_DISABLED, EP_RUNNING, EP_HALTED, EP_STOPPED, EP_ERROR };
enum xhci_endpoint_type { EP_INTERRUPT_OUT = 3, EP_CONTROL = 4, EP_INTERRUPT_IN = 7 };

struct xhci_endpoint {
    enum xhci_endpoint_state state;
    unsigned type; /* of the context: enum xhci_endpoint_type, or one that is not supported */
    struct xhci_ring ring;
};

/* As in the slot context (§6.2.2); disabled and enabled share a number there. */
enum xhci_slot_state { SLOT_ENABLED, SLOT_DEFAULT, SLOT_ADDRESSED, SLOT_CONFIGURED };

struct xhci_slot {
    bool is_enabled;
    enum xhci_slot_state state;
    gpa_t context;             /* the output device context; valid from SLOT_DEFAULT on */
    struct usb_device *device; /* NULL: none, or pulled out since */
    uint32_t pending;          /* endpoints to be looked at, a bit a context index */
    struct xhci_endpoint endpoints[XHCI_N_ENDPOINTS];

    /* The control transfer on the way. */
    bool has_setup;
    struct usb_setup setup;
    uint8_t data[XHCI_CONTROL_BYTES]; /* on its way to the device */
    unsigned data_bytes;
    bool is_executed; /* the device was asked already, for the data stage */
};

struct xhci_port {
    uint32_t portsc;
    bool is_event_due;
    struct usb_device *device;
};

struct xhci {
    struct device device;
    struct pci_function pci;
    struct loop_timer timer; /* goes on with what was too much at once */
    unsigned n_ports;        /* of each kind */

    pthread_mutex_t lock; /* guards everything below */
    uint32_t usbcmd, usbsts, dnctrl, config;
    uint64_t dcbaap;
    int64_t started_ns; /* MFINDEX counts from here */

    struct xhci_ring commands;
    bool commands_run;     /* CRCR.CRR */
    bool commands_pending; /* doorbell 0 was rung */
    bool crcr_is_locked;   /* the low half was written while it ran: the high half does not count */

    uint32_t iman, imod, erstsz;
    uint64_t erstba, erdp;
    bool is_segment_known; /* the segment was read since ERSTBA was written */
    gpa_t segment;
    uint32_t n_events; /* room in the segment */
    uint32_t enqueue;
    bool event_cycle;

    struct xhci_port ports[XHCI_MAX_PORTS + 1]; /* from 1 on */
    struct xhci_slot slots[XHCI_N_SLOTS + 1];   /* from 1 on */
};

/* The lock is held for all of these. */

/* xhci.c */

/* DMA: false when it is not RAM, or bus mastering is off. */
bool xhci_dma_read (struct xhci *xhci, gpa_t gpa, void *buf, size_t len);
bool xhci_dma_write (struct xhci *xhci, gpa_t gpa, const void *buf, size_t len);
bool xhci_dma_is_ram (const struct xhci *xhci, gpa_t gpa, size_t len);

/* The driver's structures make no sense: the controller stops with HCE until it is reset. */
void xhci_fail (struct xhci *xhci, const char *reason);

/* Does whatever is pending, within bounds. */
void xhci_run (struct xhci *xhci);

void xhci_set_running (struct xhci *xhci, bool run);
void xhci_reset_controller (struct xhci *xhci);

/* xhci-registers.c */
extern const struct bus_region_ops xhci_region_ops;

/* xhci-ports.c.  PORT is 1 to 2 × n_ports. */
void xhci_port_reset (struct xhci *xhci, unsigned port);
void xhci_port_update (struct xhci *xhci, unsigned port, struct usb_device *device);
/* NULL unless the port is enabled: a device hears its address after a reset. */
struct usb_device *xhci_port_get_device (const struct xhci *xhci, unsigned port);
uint32_t xhci_port_read (const struct xhci *xhci, unsigned port, unsigned reg);
void xhci_port_write (struct xhci *xhci, unsigned port, unsigned reg, uint32_t value);
void xhci_ports_post_events (struct xhci *xhci);

/* xhci-ring.c */
/* Reads the TRB that RING is at, past links, and moves RING on. */
enum xhci_read xhci_ring_read_trb (struct xhci *xhci, struct xhci_ring *ring, struct xhci_trb *trb,
                                   gpa_t *at);
/* Reads the TD that RING is at; td->next is where RING goes on after it. */
enum xhci_read xhci_ring_read_td (struct xhci *xhci, const struct xhci_ring *ring,
                                  struct xhci_td *td);

/* xhci-events.c */
bool xhci_events_have_room (struct xhci *xhci, unsigned n);
void xhci_post_event (struct xhci *xhci, const struct xhci_trb *event, bool block_interrupt);
void xhci_update_interrupt (struct xhci *xhci); /* IMAN or USBCMD was written */
void xhci_write_erdp (struct xhci *xhci, uint64_t value);
void xhci_events_reset (struct xhci *xhci);

/* xhci-commands.c */

/* Works on one command; false when there is none that can be worked on now. */
bool xhci_run_command (struct xhci *xhci);
void xhci_write_crcr (struct xhci *xhci, uint64_t value, uint64_t mask);

/* xhci-slots.c.  Those that return a code read their contexts from INPUT. */
enum xhci_code xhci_slot_enable (struct xhci *xhci, unsigned *slot_id);
void xhci_slot_disable (struct xhci *xhci, struct xhci_slot *slot);
enum xhci_code xhci_slot_address (struct xhci *xhci, unsigned slot_id, gpa_t input, bool bsr);
enum xhci_code xhci_slot_configure (struct xhci *xhci, unsigned slot_id, gpa_t input,
                                    bool deconfigure);
enum xhci_code xhci_slot_evaluate (struct xhci *xhci, unsigned slot_id, gpa_t input);
enum xhci_code xhci_slot_reset (struct xhci *xhci, unsigned slot_id);
enum xhci_code xhci_endpoint_reset (struct xhci *xhci, unsigned slot_id, unsigned index);
enum xhci_code xhci_endpoint_stop (struct xhci *xhci, unsigned slot_id, unsigned index);
enum xhci_code xhci_endpoint_set_dequeue (struct xhci *xhci, unsigned slot_id, unsigned index,
                                          uint64_t pointer);

/* Also in the guest's context. */
void xhci_endpoint_set_state (struct xhci *xhci, struct xhci_slot *slot, unsigned index,
                              enum xhci_endpoint_state state);
/* DEVICE was pulled out. */
void xhci_slots_forget (struct xhci *xhci, const struct usb_device *device);
/* DEVICE, or with NULL every one, may have something for endpoints that run. */
void xhci_slots_wake (struct xhci *xhci, const struct usb_device *device);

/* xhci-transfers.c */

/* Works on one TD; false when there is none that can be worked on now. */
bool xhci_run_endpoint (struct xhci *xhci, struct xhci_slot *slot, unsigned index);

/* The endpoint stops: what it works on is told to be where it is. */
void xhci_report_stopped (struct xhci *xhci, struct xhci_slot *slot, unsigned index);
