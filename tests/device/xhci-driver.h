/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-driver.h - an xHCI controller on a machine without KVM, and its driver (xHCI 1.2 §4.2). */
#pragma once

#include "test-machine.h"
#include "usb-kbd.h"
#include "usb-tablet.h"
#include "usb.h"
#include "xhci.h"

#define XHCI_DEVFN PCI_DEVFN (3, 0)
#define XHCI_BAR   0x80000000u
#define MSIX_BAR   0x80010000u
#define MSIX_DATA  0x4321u

/* Registers, by their offset in the BAR. */
#define REG_USBCMD    0x40
#define REG_USBSTS    0x44
#define REG_CRCR      0x58
#define REG_DCBAAP    0x70
#define REG_CONFIG    0x78
#define REG_PORTSC(p) (0x440 + 16 * ((p) -1))
#define REG_IMAN      0x1020
#define REG_ERSTSZ    0x1028
#define REG_ERSTBA    0x1030
#define REG_ERDP      0x1038
#define REG_DB(slot)  (0x2000 + 4 * (slot))

#define CMD_RS    0x0001u
#define CMD_HCRST 0x0002u
#define CMD_INTE  0x0004u
#define STS_HCH   0x0001u
#define STS_HCE   0x1000u

#define PORT_CCS 0x00000001u
#define PORT_PED 0x00000002u
#define PORT_PR  0x00000010u
#define PORT_PP  0x00000200u
#define PORT_CSC 0x00020000u
#define PORT_PRC 0x00200000u

/* Completion codes */
enum {
    SUCCESS = 1,
    DATA_BUFFER = 2,
    BABBLE = 3,
    TRANSACTION = 4,
    TRB_ERROR = 5,
    STALL = 6,
    NO_SLOTS = 9,
    SLOT_NOT_ENABLED = 11,
    ENDPOINT_NOT_ENABLED = 12,
    SHORT_PACKET = 13,
    PARAMETER = 17,
    CONTEXT_STATE = 19,
    RING_STOPPED = 24,
    STOPPED = 26,
};

/* TRB types and bits */
enum {
    NORMAL = 1,
    SETUP = 2,
    DATA = 3,
    STATUS = 4,
    LINK = 6,
    EVENT_DATA = 7,
    NOOP = 8,
    ENABLE_SLOT = 9,
    DISABLE_SLOT = 10,
    ADDRESS_DEVICE = 11,
    CONFIGURE_ENDPOINT = 12,
    EVALUATE_CONTEXT = 13,
    RESET_ENDPOINT = 14,
    STOP_ENDPOINT = 15,
    SET_DEQUEUE = 16,
    RESET_DEVICE = 17,
    NOOP_COMMAND = 23,
    TRANSFER_EVENT = 32,
    COMMAND_COMPLETION = 33,
    PORT_STATUS_CHANGE = 34,
};
#define TYPE(t) ((uint32_t) (t) << 10)
#define ISP     0x04u
#define CHAIN   0x10u
#define IOC     0x20u
#define IDT     0x40u
#define BSR     0x200u
#define DIR_IN  0x10000u

/* Where the driver's structures are. */
#define DCBAA        0x10000u
#define COMMAND_RING 0x11000u
#define ERST         0x12000u
#define EVENT_RING   0x13000u
#define N_EVENTS     32u
#define RING_TRBS    32u /* of every other ring; the last is a link */
#define SLOT_BASE(s) (0x100000u + (s) *0x10000u)
#define OUTPUT(s)    (SLOT_BASE (s) + 0x0000u)
#define INPUT(s)     (SLOT_BASE (s) + 0x1000u)
#define RING(s, e)   (SLOT_BASE (s) + 0x2000u + ((e) == 1 ? 0 : 0x1000u))
#define BUFFER(s)    (SLOT_BASE (s) + 0x4000u)

struct trb {
    uint64_t parameter;
    uint32_t status, control;
};

struct ring {
    gpa_t base;
    unsigned at;
    bool cycle;
};

struct driver {
    struct test_machine *m;
    struct device *xhci;
    struct ring commands;
    struct ring rings[17][2]; /* by slot: control, interrupt */
    unsigned event;
    bool event_cycle;
};

void driver_setup (struct driver *d, gconstpointer data);
void driver_teardown (struct driver *d, gconstpointer data);

/* A USB device of CLASS in port UNIT, and its end. */
struct device *driver_plug (struct driver *d, const struct device_class *class, unsigned unit);

uint32_t reg_read (struct driver *d, unsigned reg);
void reg_write (struct driver *d, unsigned reg, uint32_t value);

/* Sets rings and registers up and runs the controller; no event is left. */
void driver_start (struct driver *d);

/* The next event, and on past it; false when there is none. */
bool next_event (struct driver *d, struct trb *event);
struct trb expect_event (struct driver *d, unsigned type, unsigned code);
void expect_no_event (struct driver *d);
unsigned event_code (const struct trb *event);
unsigned event_length (const struct trb *event);

/* Puts a TRB on RING; returns where it is. */
gpa_t ring_put (struct driver *d, struct ring *ring, uint64_t parameter, uint32_t status,
                uint32_t control);
void ring_init (struct driver *d, struct ring *ring, gpa_t base);

/* A command, and its completion code; *EVENT (may be NULL) is the event. */
unsigned command (struct driver *d, uint64_t parameter, uint32_t control, struct trb *event);

/* Resets PORT, enables a slot and addresses the device: returns the slot. */
unsigned enumerate (struct driver *d, unsigned port);
void fill_address_context (struct driver *d, unsigned slot, unsigned port);
/* Configures the interrupt IN endpoint 1 (index 3) and the device. */
void configure (struct driver *d, unsigned slot);
void fill_configure_context (struct driver *d, unsigned slot);

/* A control transfer with BUFFER (SLOT); returns the code of the stage that ended it, and the bytes
 * that came. */
unsigned control (struct driver *d, unsigned slot, uint8_t request_type, uint8_t request,
                  uint16_t value, uint16_t index, uint16_t length, unsigned *bytes);

/* An interrupt TD of LENGTH bytes at BUFFER (SLOT) + OFFSET; rings the doorbell. */
gpa_t interrupt_put (struct driver *d, unsigned slot, unsigned offset, unsigned length);

uint8_t *at (struct driver *d, gpa_t gpa);
