/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci.c - the controller as a driver sees it: registers, ports, slots, rings, events. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "input.h"
#include "xhci-driver.h"

#define PORTS 4u /* of each kind */

static unsigned
slot_state (struct driver *d, unsigned slot)
{
    return load_le32 (at (d, OUTPUT (slot) + 12)) >> 27;
}

static unsigned
endpoint_state (struct driver *d, unsigned slot, unsigned index)
{
    return load_le32 (at (d, OUTPUT (slot) + 32 * index)) & 7;
}

static void
test_identity (struct driver *d, gconstpointer data)
{
    struct pci_bus *pci = d->m->env.pci;

    g_assert_cmphex (pci_config_read (pci, XHCI_DEVFN, PCI_CLASS, 4) & 0xffffff, ==, 0x0c0330);
    g_assert_cmphex (pci_config_read (pci, XHCI_DEVFN, 0x60, 1), ==, 0x30);
    g_assert_cmphex (pci_config_read (pci, XHCI_DEVFN, PCI_BAR0, 4) & 7, ==, 4); /* 64 bits */
    g_assert_cmphex (reg_read (d, 0x00), ==, 0x01000040);
    g_assert_cmphex (reg_read (d, 0x04), ==, 2 * PORTS << 24 | 1 << 8 | 16);
    g_assert_cmphex (reg_read (d, 0x10) & 1, ==, 1);
    g_assert_cmphex (reg_read (d, 0x14), ==, 0x2000);
    g_assert_cmphex (reg_read (d, 0x18), ==, 0x1000);
    g_assert_cmphex (reg_read (d, 0x48), ==, 1);
    g_assert_cmphex (reg_read (d, REG_USBSTS), ==, STS_HCH);
}

/* Every port belongs to one protocol (§7.2). */
static void
test_protocols (struct driver *d, gconstpointer data)
{
    unsigned cap = (reg_read (d, 0x10) >> 16) * 4, seen = 0, steps = 0;

    for (;;) {
        uint32_t id = reg_read (d, cap), ports = reg_read (d, cap + 8);

        g_assert_cmphex (id & 0xff, ==, 2);
        g_assert_cmphex (reg_read (d, cap + 4), ==, 0x20425355);
        g_assert_cmpuint (id >> 24, ==, seen == 0 ? 2 : 3);
        g_assert_cmpuint (ports & 0xff, ==, seen + 1);
        g_assert_cmpuint (ports >> 8 & 0xff, ==, PORTS);
        seen += PORTS;
        if ((id >> 8 & 0xff) == 0)
            break;
        cap += (id >> 8 & 0xff) * 4;
        g_assert_cmpuint (++steps, <, 4);
    }
    g_assert_cmpuint (seen, ==, 2 * PORTS);
}

/* Registers of 64 bits take one access or two, and narrow reads see their part. */
static void
test_widths (struct driver *d, gconstpointer data)
{
    test_mmio_write (d->m, XHCI_BAR + REG_DCBAAP, 0x123456789abcde40, 8);
    g_assert_cmphex (test_mmio_read (d->m, XHCI_BAR + REG_DCBAAP, 8), ==, 0x123456789abcde40);
    g_assert_cmphex (reg_read (d, REG_DCBAAP + 4), ==, 0x12345678);
    reg_write (d, REG_DCBAAP + 4, 0x55);
    g_assert_cmphex (test_mmio_read (d->m, XHCI_BAR + REG_DCBAAP, 8), ==, 0x559abcde40);
    g_assert_cmphex (test_mmio_read (d->m, XHCI_BAR + 2, 2), ==, 0x0100);
    g_assert_cmphex (test_mmio_read (d->m, XHCI_BAR + REG_DCBAAP + 2, 4), ==, 0x00559abc);
    test_mmio_write (d->m, XHCI_BAR + REG_DCBAAP + 3, 0x77, 1);
    g_assert_cmphex (reg_read (d, REG_DCBAAP), ==, 0x77bcde40);
}

static void
test_noop_command (struct driver *d, gconstpointer data)
{
    driver_start (d);
    for (unsigned i = 0; i < 3 * RING_TRBS; i++) /* past the link, and round the event ring */
        g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
    g_assert_cmpuint (command (d, 0, TYPE (21), NULL), ==, TRB_ERROR);
    g_assert_cmphex (reg_read (d, REG_CRCR), ==, 8);
}

/* A ring that is stopped goes on where it was, or from where it is told. */
static void
test_command_ring_stops (struct driver *d, gconstpointer data)
{
    driver_start (d);
    g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
    test_mmio_write (d->m, XHCI_BAR + REG_CRCR, 4, 8); /* abort: the rest is not meant */
    g_assert_cmphex (expect_event (d, COMMAND_COMPLETION, RING_STOPPED).parameter, ==,
                     COMMAND_RING + 16);
    g_assert_cmphex (reg_read (d, REG_CRCR), ==, 0);
    g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
    reg_write (d, REG_CRCR, 2);
    expect_event (d, COMMAND_COMPLETION, RING_STOPPED);
    ring_init (d, &d->commands, 0x18000);
    test_mmio_write (d->m, XHCI_BAR + REG_CRCR, 0x18001, 8);
    g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
}

static void
test_ports (struct driver *d, gconstpointer data)
{
    struct device *tablet;
    struct trb event;

    driver_start (d);
    for (unsigned port = 1; port <= 2 * PORTS; port++)
        g_assert_cmphex (reg_read (d, REG_PORTSC (port)), ==, PORT_PP | 5 << 5);
    g_assert_cmphex (reg_read (d, REG_PORTSC (2 * PORTS + 1)), ==, 0);
    reg_write (d, REG_PORTSC (1), PORT_PP | PORT_PR); /* nobody is there to be reset */
    expect_no_event (d);

    tablet = driver_plug (d, &usb_tablet_class, 2);
    event = expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    g_assert_cmphex (event.parameter, ==, 2 << 24);
    g_assert_cmphex (reg_read (d, REG_PORTSC (2)), ==,
                     PORT_PP | PORT_CCS | PORT_CSC | 7 << 5 | 1 << 10);
    g_assert_cmphex (reg_read (d, REG_USBSTS) & 0x10, ==, 0x10);
    device_destroy (tablet); /* the driver has not looked yet: there is nothing more to say */
    expect_no_event (d);
    g_assert_cmphex (reg_read (d, REG_PORTSC (2)), ==, PORT_PP | PORT_CSC | 5 << 5);
    reg_write (d, REG_PORTSC (2), PORT_PP | PORT_CSC);
    g_assert_cmphex (reg_read (d, REG_PORTSC (2)), ==, PORT_PP | 5 << 5);
    tablet = driver_plug (d, &usb_tablet_class, 0); /* the first free one */
    g_assert_cmphex (expect_event (d, PORT_STATUS_CHANGE, SUCCESS).parameter, ==, 1 << 24);
    device_destroy (tablet);
}

static void
test_ports_are_taken_once (struct driver *d, gconstpointer data)
{
    struct device *tablets[PORTS], *one_more, *second;
    struct device_args args = test_device_args (d->m, &usb_tablet_class, "more");

    args.unit = PORTS + 1;
    g_assert_cmpint (usb_tablet_class.create (&args, &one_more), ==, -EINVAL);
    for (unsigned i = 0; i < PORTS; i++)
        tablets[i] = driver_plug (d, &usb_tablet_class, i + 1);
    args.unit = 0;
    g_assert_cmpint (usb_tablet_class.create (&args, &one_more), ==, -ENOSPC);
    args.unit = 3;
    g_assert_cmpint (usb_tablet_class.create (&args, &one_more), ==, -EBUSY);
    args = test_device_args (d->m, &xhci_class, "second");
    args.slot = 4;
    g_assert_cmpint (xhci_class.create (&args, &second), ==, -EEXIST);
    for (unsigned i = 0; i < PORTS; i++)
        device_destroy (tablets[i]);
}

/* A controller that goes leaves devices behind that are plugged in nowhere. */
static void
test_controller_goes_first (struct driver *d, gconstpointer data)
{
    struct device_args args = test_device_args (d->m, &usb_tablet_class, "more");
    struct device *tablet = driver_plug (d, &usb_tablet_class, 0), *more;

    device_destroy (d->xhci);
    g_assert_cmpint (usb_tablet_class.create (&args, &more), ==, -ENODEV);
    input_pointer_absolute (d->m->env.input, 1, 1, 10, 10);
    device_destroy (tablet);
    args = test_device_args (d->m, &xhci_class, "usb");
    g_assert_cmpint (xhci_class.create (&args, &d->xhci), ==, 0);
}

static void
test_suspend (struct driver *d, gconstpointer data)
{
    struct device *tablet;

    driver_start (d);
    tablet = driver_plug (d, &usb_tablet_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    enumerate (d, 1);
    reg_write (d, REG_PORTSC (1), PORT_PP | 1 << 16 | 3 << 5);
    g_assert_cmphex (reg_read (d, REG_PORTSC (1)) >> 5 & 0xf, ==, 3);
    reg_write (d, REG_PORTSC (1), PORT_PP | 1 << 16 | 15 << 5);
    g_assert_cmphex (reg_read (d, REG_PORTSC (1)) >> 5 & 0xf, ==, 15);
    reg_write (d, REG_PORTSC (1), PORT_PP | 1 << 16);
    g_assert_cmphex (reg_read (d, REG_PORTSC (1)) >> 5 & 0xf, ==, 0);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    g_assert_cmphex (reg_read (d, REG_PORTSC (1)) & (1 << 22), !=, 0);
    reg_write (d, REG_PORTSC (1), PORT_PP | PORT_PED); /* disables */
    g_assert_cmphex (reg_read (d, REG_PORTSC (1)) & PORT_PED, ==, 0);
    device_destroy (tablet);
}

static void
test_descriptors (struct driver *d, gconstpointer data)
{
    static const char vendor[] = { 16, 3, 'V', 0, 'i', 0, 't', 0, 'r', 0, 'i', 0, 'n', 0, 'e', 0 };
    struct device *kbd;
    const uint8_t *buffer;
    unsigned slot, bytes;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    slot = enumerate (d, 1);
    buffer = at (d, BUFFER (slot));
    g_assert_cmpuint (slot_state (d, slot), ==, 2);
    g_assert_cmpuint (*at (d, OUTPUT (slot) + 12), ==, slot); /* its address */
    g_assert_cmpuint (endpoint_state (d, slot, 1), ==, 1);

    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0100, 0, 8, &bytes), ==, SUCCESS);
    g_assert_cmpuint (bytes, ==, 8);
    g_assert_cmpuint (buffer[7], ==, 64);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0100, 0, 64, &bytes), ==, SUCCESS);
    g_assert_cmpuint (bytes, ==, 18);
    g_assert_cmphex (load_le32 (buffer + 8), ==, 0x00010627);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0200, 0, 255, &bytes), ==, SUCCESS);
    g_assert_cmpuint (bytes, ==, 34);
    g_assert_cmpuint (load_le16 (buffer + 2), ==, bytes);
    g_assert_cmphex (buffer[14], ==, 3); /* HID, boot interface, keyboard */
    g_assert_cmphex (buffer[15], ==, 1);
    g_assert_cmphex (buffer[16], ==, 1);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0301, 0x0409, 255, &bytes), ==, SUCCESS);
    g_assert_cmpmem (buffer, bytes, vendor, sizeof vendor);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0300, 0, 255, &bytes), ==, SUCCESS);
    g_assert_cmpmem (buffer, bytes, "\x04\x03\x09\x04", 4);
    device_destroy (kbd);
}

/* What a request is not for stalls, and the endpoint goes on after it is reset (§4.10.2.1). */
static void
test_stall_and_recovery (struct driver *d, gconstpointer data)
{
    struct device *kbd;
    unsigned slot;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    slot = enumerate (d, 1);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0600, 0, 10, NULL), ==, STALL);
    g_assert_cmpuint (endpoint_state (d, slot, 1), ==, 2);
    reg_write (d, REG_DB (slot), 1);
    expect_no_event (d);
    g_assert_cmpuint (command (d, 0, TYPE (STOP_ENDPOINT) | 1 << 16 | slot << 24, NULL), ==,
                      CONTEXT_STATE);
    g_assert_cmpuint (command (d, 0, TYPE (RESET_ENDPOINT) | 1 << 16 | slot << 24, NULL), ==,
                      SUCCESS);
    g_assert_cmpuint (endpoint_state (d, slot, 1), ==, 3);
    ring_init (d, &d->rings[slot][0], RING (slot, 1));
    g_assert_cmpuint (
        command (d, RING (slot, 1) | 1, TYPE (SET_DEQUEUE) | 1 << 16 | slot << 24, NULL), ==,
        SUCCESS);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0100, 0, 18, NULL), ==, SUCCESS);
    g_assert_cmpuint (endpoint_state (d, slot, 1), ==, 1);
    device_destroy (kbd);
}

static void
test_slots (struct driver *d, gconstpointer data)
{
    struct trb event;

    driver_start (d);
    reg_write (d, REG_CONFIG, 3);
    for (unsigned i = 1; i <= 3; i++) {
        g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), &event), ==, SUCCESS);
        g_assert_cmpuint (event.control >> 24, ==, i);
    }
    g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), NULL), ==, NO_SLOTS);
    g_assert_cmpuint (command (d, 0, TYPE (DISABLE_SLOT) | 2 << 24, NULL), ==, SUCCESS);
    g_assert_cmpuint (command (d, 0, TYPE (DISABLE_SLOT) | 2 << 24, NULL), ==, SLOT_NOT_ENABLED);
    g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), &event), ==, SUCCESS);
    g_assert_cmpuint (event.control >> 24, ==, 2);
}

/* §4.6: each command at a slot that is not in a state for it. */
static void
test_states (struct driver *d, gconstpointer data)
{
    static const unsigned types[] = { ADDRESS_DEVICE, CONFIGURE_ENDPOINT, EVALUATE_CONTEXT,
                                      RESET_ENDPOINT, STOP_ENDPOINT,      SET_DEQUEUE,
                                      RESET_DEVICE };
    struct device *kbd;
    unsigned slot;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    for (unsigned i = 0; i < G_N_ELEMENTS (types); i++) {
        g_assert_cmpuint (command (d, 0, TYPE (types[i]) | 5 << 24, NULL), ==, SLOT_NOT_ENABLED);
        g_assert_cmpuint (command (d, 0, TYPE (types[i]), NULL), ==, SLOT_NOT_ENABLED);
        g_assert_cmpuint (command (d, 0, TYPE (types[i]) | 255u << 24, NULL), ==, SLOT_NOT_ENABLED);
    }
    slot = enumerate (d, 1);
    g_assert_cmpuint (command (d, INPUT (slot), TYPE (ADDRESS_DEVICE) | slot << 24, NULL), ==,
                      CONTEXT_STATE);
    g_assert_cmpuint (command (d, 0, TYPE (STOP_ENDPOINT) | 3 << 16 | slot << 24, NULL), ==,
                      ENDPOINT_NOT_ENABLED);
    g_assert_cmpuint (command (d, 0, TYPE (STOP_ENDPOINT) | slot << 24, NULL), ==, TRB_ERROR);
    g_assert_cmpuint (command (d, 0, TYPE (RESET_ENDPOINT) | 1 << 16 | slot << 24, NULL), ==,
                      CONTEXT_STATE);
    g_assert_cmpuint (command (d, 1, TYPE (SET_DEQUEUE) | 1 << 16 | slot << 24, NULL), ==,
                      CONTEXT_STATE);
    g_assert_cmpuint (command (d, 0, TYPE (RESET_DEVICE) | slot << 24, NULL), ==, SUCCESS);
    g_assert_cmpuint (slot_state (d, slot), ==, 1);
    g_assert_cmpuint (command (d, 0, TYPE (RESET_DEVICE) | slot << 24, NULL), ==, CONTEXT_STATE);
    fill_configure_context (d, slot);
    g_assert_cmpuint (command (d, INPUT (slot), TYPE (CONFIGURE_ENDPOINT) | slot << 24, NULL), ==,
                      CONTEXT_STATE);
    device_destroy (kbd);
}

static void
test_configure (struct driver *d, gconstpointer data)
{
    struct device *kbd;
    unsigned slot;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    slot = enumerate (d, 1);
    configure (d, slot);
    g_assert_cmpuint (slot_state (d, slot), ==, 3);
    g_assert_cmpuint (load_le32 (at (d, OUTPUT (slot))) >> 27, ==, 3);
    g_assert_cmpuint (endpoint_state (d, slot, 3), ==, 1);
    g_assert_cmphex (load_le64 (at (d, OUTPUT (slot) + 32 * 3 + 8)), ==, RING (slot, 3) | 1);

    /* Evaluate takes what it is for, and leaves the rest. */
    memset (at (d, INPUT (slot)), 0, 128);
    store_le32 (at (d, INPUT (slot) + 4), 3);
    store_le32 (at (d, INPUT (slot) + 36), 77 | 9u << 16);
    store_le32 (at (d, INPUT (slot) + 68), 8u << 16);
    g_assert_cmpuint (command (d, INPUT (slot), TYPE (EVALUATE_CONTEXT) | slot << 24, NULL), ==,
                      SUCCESS);
    g_assert_cmphex (load_le32 (at (d, OUTPUT (slot) + 4)), ==, 77 | 1u << 16);
    g_assert_cmphex (load_le32 (at (d, OUTPUT (slot) + 36)), ==, 8u << 16 | 4u << 3 | 3u << 1);

    /* Deconfigure. */
    g_assert_cmpuint (command (d, 0, TYPE (CONFIGURE_ENDPOINT) | BSR | slot << 24, NULL), ==,
                      SUCCESS);
    g_assert_cmpuint (endpoint_state (d, slot, 3), ==, 0);
    g_assert_cmpuint (slot_state (d, slot), ==, 2);
    device_destroy (kbd);
}

/* Message after message, and INTx; none while the driver is at work (EHB). */
static void
test_interrupts (struct driver *d, gconstpointer data)
{
    unsigned cap = test_pci_find_cap (d->m, XHCI_DEVFN, PCI_CAP_MSIX, 0);
    struct trb event;

    driver_start (d);
    ring_put (d, &d->commands, 0, 0, TYPE (NOOP_COMMAND));
    reg_write (d, REG_DB (0), 0);
    g_assert_true (d->m->intx[3][0]);
    g_assert_cmphex (reg_read (d, REG_IMAN), ==, 3);
    g_assert_cmphex (reg_read (d, REG_USBSTS) & 8, ==, 8);
    reg_write (d, REG_IMAN, 3);
    g_assert_false (d->m->intx[3][0]);
    reg_write (d, REG_USBSTS, 8);
    ring_put (d, &d->commands, 0, 0, TYPE (NOOP_COMMAND));
    reg_write (d, REG_DB (0), 0); /* the driver has not said that it is done */
    g_assert_false (d->m->intx[3][0]);
    g_assert_true (next_event (d, &event)); /* and is told of the one that is left */
    g_assert_true (d->m->intx[3][0]);
    g_assert_true (next_event (d, &event));
    reg_write (d, REG_IMAN, 3);
    reg_write (d, REG_ERDP, (EVENT_RING + 16 * d->event) | 8);
    g_assert_false (d->m->intx[3][0]);

    test_mmio_write (d->m, MSIX_BAR, 0xfee00000, 4);
    test_mmio_write (d->m, MSIX_BAR + 8, MSIX_DATA, 4);
    test_mmio_write (d->m, MSIX_BAR + 12, 0, 4);
    pci_config_write (d->m->env.pci, XHCI_DEVFN, cap + 2, 0x8000, 2);
    d->m->n_msis = 0;
    ring_put (d, &d->commands, 0, 0, TYPE (NOOP_COMMAND));
    reg_write (d, REG_DB (0), 0);
    g_assert_cmpuint (d->m->n_msis, ==, 1);
    g_assert_cmphex (d->m->last_msi.data, ==, MSIX_DATA);
    g_assert_cmphex (reg_read (d, REG_IMAN), ==, 2); /* the message took IP along */
    g_assert_false (d->m->intx[3][0]);
    g_assert_true (next_event (d, &event));
    reg_write (d, REG_IMAN, 0); /* not wanted: nothing comes, until it is */
    ring_put (d, &d->commands, 0, 0, TYPE (NOOP_COMMAND));
    reg_write (d, REG_DB (0), 0);
    g_assert_cmpuint (d->m->n_msis, ==, 1);
    reg_write (d, REG_IMAN, 2);
    g_assert_cmpuint (d->m->n_msis, ==, 2);
}

/* Commands wait for room, and go on when there is some. */
static void
test_full_event_ring (struct driver *d, gconstpointer data)
{
    struct trb event;
    unsigned n = 0;

    driver_start (d);
    for (unsigned i = 0; i < N_EVENTS + 10; i++) {
        ring_put (d, &d->commands, 0, 0, TYPE (NOOP_COMMAND));
        if (i % 20 == 0) { /* the command ring is smaller */
            reg_write (d, REG_DB (0), 0);
            test_machine_settle (d->m);
        }
    }
    reg_write (d, REG_DB (0), 0);
    while (next_event (d, &event))
        n++;
    g_assert_cmpuint (n, ==, N_EVENTS + 10);
}

static void
test_resets (struct driver *d, gconstpointer data)
{
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);
    unsigned slot;

    for (unsigned i = 0; i < 3; i++) {
        driver_start (d);
        slot = enumerate (d, 1);
        g_assert_cmpuint (slot, ==, 1);
        configure (d, slot);
        interrupt_put (d, slot, 0, 8);
        if (i == 0)
            device_reset (d->xhci); /* the machine's, else the driver's own */
        if (i == 0)
            test_pci_place_bar (d->m, XHCI_DEVFN, 0, XHCI_BAR);
        else
            reg_write (d, REG_USBCMD, CMD_HCRST);
        g_assert_cmphex (reg_read (d, REG_USBSTS) & STS_HCH, ==, STS_HCH);
        g_assert_cmphex (reg_read (d, REG_PORTSC (1)) & (PORT_CCS | PORT_CSC | PORT_PED), ==,
                         PORT_CCS | PORT_CSC);
        reg_write (d, REG_DB (0), 0);
        reg_write (d, REG_DB (1), 3);
        g_assert_cmphex (reg_read (d, REG_CRCR), ==, 0);
    }
    device_destroy (kbd);
}

/* A controller that was stopped goes on with what was on its rings. */
static void
test_stop_and_run (struct driver *d, gconstpointer data)
{
    struct device *kbd;
    unsigned slot;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    slot = enumerate (d, 1);
    configure (d, slot);
    interrupt_put (d, slot, 0, 8);
    reg_write (d, REG_USBCMD, CMD_INTE);
    g_assert_cmphex (reg_read (d, REG_USBSTS) & STS_HCH, ==, STS_HCH);
    test_machine_settle (d->m);
    input_key (d->m->env.input, 30, true); /* nobody listens: not for this keyboard */
    expect_no_event (d);
    reg_write (d, REG_USBCMD, CMD_INTE | CMD_RS);
    test_machine_settle (d->m);
    expect_no_event (d);
    input_key (d->m->env.input, 48, true);
    expect_event (d, TRANSFER_EVENT, SUCCESS);
    device_destroy (kbd);
}

/* A stopped endpoint tells where it was, and goes on when its doorbell rings. */
static void
test_stop_endpoint (struct driver *d, gconstpointer data)
{
    struct device *kbd;
    unsigned slot;
    gpa_t td, queued;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    slot = enumerate (d, 1);
    configure (d, slot);
    td = interrupt_put (d, slot, 0, 8);
    queued = ring_put (d, &d->commands, 0, 0, TYPE (STOP_ENDPOINT) | 3 << 16 | slot << 24);
    reg_write (d, REG_DB (0), 0);
    g_assert_cmphex (expect_event (d, TRANSFER_EVENT, STOPPED).parameter, ==, td);
    g_assert_cmphex (expect_event (d, COMMAND_COMPLETION, SUCCESS).parameter, ==, queued);
    g_assert_cmpuint (endpoint_state (d, slot, 3), ==, 3);
    g_assert_cmphex (load_le64 (at (d, OUTPUT (slot) + 32 * 3 + 8)), ==, td | 1);
    reg_write (d, REG_DB (slot), 3);
    test_machine_settle (d->m);
    input_key (d->m->env.input, 30, true);
    g_assert_cmphex (expect_event (d, TRANSFER_EVENT, SUCCESS).parameter, ==, td);
    device_destroy (kbd);
}

/* Pulled out in use: the port says so, transfers fail, and another device there is not meant. */
static void
test_pulled_out (struct driver *d, gconstpointer data)
{
    struct device *kbd;
    unsigned slot;

    driver_start (d);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    slot = enumerate (d, 1);
    configure (d, slot);
    interrupt_put (d, slot, 0, 8);
    device_destroy (kbd);
    expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    kbd = driver_plug (d, &usb_kbd_class, 1);
    reg_write (d, REG_DB (slot), 3);
    expect_event (d, TRANSFER_EVENT, TRANSACTION);
    g_assert_cmpuint (endpoint_state (d, slot, 3), ==, 2);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0100, 0, 18, NULL), ==, TRANSACTION);
    g_assert_cmpuint (command (d, 0, TYPE (DISABLE_SLOT) | slot << 24, NULL), ==, SUCCESS);
    slot = enumerate (d, 1);
    g_assert_cmpuint (control (d, slot, 0x80, 6, 0x0100, 0, 18, NULL), ==, SUCCESS);
    device_destroy (kbd);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/xhci/" name, struct driver, NULL, driver_setup, test, driver_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identity", test_identity);
    ADD ("every-port-has-a-protocol", test_protocols);
    ADD ("registers-take-any-width", test_widths);
    ADD ("commands-complete-round-the-ring", test_noop_command);
    ADD ("command-ring-stops-and-goes-on", test_command_ring_stops);
    ADD ("ports-tell-who-comes-and-goes", test_ports);
    ADD ("ports-are-taken-once", test_ports_are_taken_once);
    ADD ("controller-may-go-first", test_controller_goes_first);
    ADD ("ports-suspend-and-resume", test_suspend);
    ADD ("descriptors-are-read", test_descriptors);
    ADD ("stall-and-recovery", test_stall_and_recovery);
    ADD ("slots-are-counted", test_slots);
    ADD ("commands-in-the-wrong-state-are-refused", test_states);
    ADD ("endpoints-are-configured", test_configure);
    ADD ("interrupts", test_interrupts);
    ADD ("full-event-ring-loses-nothing", test_full_event_ring);
    ADD ("resets-leave-power-on-state", test_resets);
    ADD ("stopped-controller-goes-on", test_stop_and_run);
    ADD ("stopped-endpoint-goes-on", test_stop_endpoint);
    ADD ("device-pulled-out-in-use", test_pulled_out);
    return g_test_run ();
}
