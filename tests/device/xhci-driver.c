/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-driver.c - an xHCI controller on a machine without KVM, and its driver. */
#include "xhci-driver.h"

#include <string.h>

#include "bits.h"

#define SETUP_IN  3u << 16 /* transfer type of the setup stage */
#define SETUP_OUT 2u << 16

void
driver_setup (struct driver *d, gconstpointer data)
{
    struct device_args args;

    d->m = test_machine_new ();
    d->m->env.usb = usb_bus_create ();
    args = test_device_args (d->m, &xhci_class, "usb");
    g_assert_cmpint (xhci_class.create (&args, &d->xhci), ==, 0);
    device_reset (d->xhci);
    test_pci_place_bar (d->m, XHCI_DEVFN, 0, XHCI_BAR);
    test_pci_place_bar (d->m, XHCI_DEVFN, 2, MSIX_BAR);
}

void
driver_teardown (struct driver *d, gconstpointer data)
{
    device_destroy (d->xhci);
    g_assert_false (d->m->intx[3][0]);
    usb_bus_destroy (d->m->env.usb);
    test_machine_free (d->m);
}

struct device *
driver_plug (struct driver *d, const struct device_class *class, unsigned unit)
{
    struct device_args args = test_device_args (d->m, class, "input");
    struct device *device;

    args.unit = unit;
    g_assert_cmpint (class->create (&args, &device), ==, 0);
    device_reset (device);
    return device;
}

uint32_t
reg_read (struct driver *d, unsigned reg)
{
    return (uint32_t) test_mmio_read (d->m, XHCI_BAR + reg, 4);
}

void
reg_write (struct driver *d, unsigned reg, uint32_t value)
{
    test_mmio_write (d->m, XHCI_BAR + reg, value, 4);
}

uint8_t *
at (struct driver *d, gpa_t gpa)
{
    g_assert_cmpuint (gpa, <, TEST_MACHINE_RAM_BYTES);
    return d->m->ram + gpa;
}

/* --- rings -------------------------------------------------------------------------------------- */

static void
store_trb (struct driver *d, gpa_t gpa, const struct trb *trb)
{
    store_le64 (at (d, gpa), trb->parameter);
    store_le32 (at (d, gpa) + 8, trb->status);
    store_le32 (at (d, gpa) + 12, trb->control);
}

void
ring_init (struct driver *d, struct ring *ring, gpa_t base)
{
    *ring = (struct ring){ .base = base, .cycle = true };
    memset (at (d, base), 0, RING_TRBS * 16);
}

gpa_t
ring_put (struct driver *d, struct ring *ring, uint64_t parameter, uint32_t status,
          uint32_t control_word)
{
    gpa_t gpa = ring->base + 16 * ring->at;

    store_trb (d, gpa, &(struct trb){ parameter, status, (control_word & ~1u) | ring->cycle });
    if (++ring->at == RING_TRBS - 1) {
        const struct trb link = { ring->base, 0,
                                  TYPE (LINK) | (control_word & CHAIN) | 2u | ring->cycle };

        store_trb (d, ring->base + 16 * ring->at, &link);
        ring->at = 0;
        ring->cycle = !ring->cycle;
    }
    return gpa;
}

bool
next_event (struct driver *d, struct trb *event)
{
    const uint8_t *raw = at (d, EVENT_RING + 16 * d->event);

    event->control = load_le32 (raw + 12);
    if ((event->control & 1) != d->event_cycle)
        return false;
    event->parameter = load_le64 (raw);
    event->status = load_le32 (raw + 8);
    if (++d->event == N_EVENTS) {
        d->event = 0;
        d->event_cycle = !d->event_cycle;
    }
    reg_write (d, REG_ERDP, (EVENT_RING + 16 * d->event) | 8);
    return true;
}

unsigned
event_code (const struct trb *event)
{
    return event->status >> 24;
}

unsigned
event_length (const struct trb *event)
{
    return event->status & 0xffffff;
}

struct trb
expect_event (struct driver *d, unsigned type, unsigned code)
{
    struct trb event;

    g_assert_true (next_event (d, &event));
    g_assert_cmpuint (event.control >> 10 & 0x3f, ==, type);
    g_assert_cmpuint (event_code (&event), ==, code);
    return event;
}

void
expect_no_event (struct driver *d)
{
    struct trb event;

    g_assert_false (next_event (d, &event));
}

/* --- the controller ----------------------------------------------------------------------------- */

void
driver_start (struct driver *d)
{
    struct trb event;

    reg_write (d, REG_USBCMD, CMD_HCRST);
    g_assert_cmphex (reg_read (d, REG_USBCMD), ==, 0);
    ring_init (d, &d->commands, COMMAND_RING);
    memset (at (d, DCBAA), 0, 8 * 17);
    for (unsigned slot = 1; slot <= 16; slot++)
        store_le64 (at (d, DCBAA + 8 * slot), OUTPUT (slot));
    memset (at (d, EVENT_RING), 0, 16 * N_EVENTS);
    store_le64 (at (d, ERST), EVENT_RING);
    store_le32 (at (d, ERST + 8), N_EVENTS);
    d->event = 0;
    d->event_cycle = true;
    reg_write (d, REG_CONFIG, 16);
    reg_write (d, REG_DCBAAP, DCBAA);
    reg_write (d, REG_DCBAAP + 4, 0);
    reg_write (d, REG_CRCR, COMMAND_RING | 1);
    reg_write (d, REG_CRCR + 4, 0);
    reg_write (d, REG_ERSTSZ, 1);
    reg_write (d, REG_ERDP, EVENT_RING);
    reg_write (d, REG_ERDP + 4, 0);
    reg_write (d, REG_ERSTBA, ERST);
    reg_write (d, REG_ERSTBA + 4, 0);
    reg_write (d, REG_IMAN, 2);
    reg_write (d, REG_USBCMD, CMD_RS | CMD_INTE);
    g_assert_cmphex (reg_read (d, REG_USBSTS) & (STS_HCH | STS_HCE), ==, 0);
    while (next_event (d, &event))
        g_assert_cmpuint (event.control >> 10 & 0x3f, ==, PORT_STATUS_CHANGE);
}

unsigned
command (struct driver *d, uint64_t parameter, uint32_t control_word, struct trb *event)
{
    gpa_t gpa = ring_put (d, &d->commands, parameter, 0, control_word);
    struct trb got;

    reg_write (d, REG_DB (0), 0);
    g_assert_true (next_event (d, &got));
    g_assert_cmpuint (got.control >> 10 & 0x3f, ==, COMMAND_COMPLETION);
    g_assert_cmphex (got.parameter, ==, gpa);
    if (event)
        *event = got;
    return event_code (&got);
}

/* --- devices ------------------------------------------------------------------------------------ */

void
fill_address_context (struct driver *d, unsigned slot, unsigned port)
{
    uint8_t *input = at (d, INPUT (slot));

    memset (input, 0, 0x1000);
    store_le32 (input + 4, 3);                    /* slot and endpoint 0 */
    store_le32 (input + 32, 1u << 27 | 1u << 20); /* one context, full speed */
    store_le32 (input + 36, port << 16);
    store_le32 (input + 68, 64u << 16 | 4u << 3 | 3u << 1); /* 64 bytes, control */
    store_le64 (input + 72, RING (slot, 1) | 1);
}

unsigned
enumerate (struct driver *d, unsigned port)
{
    struct trb event;
    unsigned slot;

    reg_write (d, REG_PORTSC (port), PORT_PP | PORT_CSC);
    reg_write (d, REG_PORTSC (port), PORT_PP | PORT_PR);
    event = expect_event (d, PORT_STATUS_CHANGE, SUCCESS);
    g_assert_cmphex (event.parameter, ==, (uint64_t) port << 24);
    g_assert_cmphex (reg_read (d, REG_PORTSC (port)) & (PORT_CCS | PORT_PED | PORT_PRC), ==,
                     PORT_CCS | PORT_PED | PORT_PRC);
    reg_write (d, REG_PORTSC (port), PORT_PP | PORT_PRC);
    g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), &event), ==, SUCCESS);
    slot = event.control >> 24;
    g_assert_cmpuint (slot, >=, 1);
    ring_init (d, &d->rings[slot][0], RING (slot, 1));
    memset (at (d, OUTPUT (slot)), 0, 0x1000);
    fill_address_context (d, slot, port);
    g_assert_cmpuint (command (d, INPUT (slot), TYPE (ADDRESS_DEVICE) | slot << 24, NULL), ==,
                      SUCCESS);
    return slot;
}

void
fill_configure_context (struct driver *d, unsigned slot)
{
    uint8_t *input = at (d, INPUT (slot));

    memset (input, 0, 0x1000);
    store_le32 (input + 4, 1 | BIT (3));
    store_le32 (input + 32, 3u << 27 | 1u << 20);
    store_le32 (input + 32 * 4, 6u << 16);                         /* interval */
    store_le32 (input + 32 * 4 + 4, 8u << 16 | 7u << 3 | 3u << 1); /* 8 bytes, interrupt IN */
    store_le64 (input + 32 * 4 + 8, RING (slot, 3) | 1);
}

void
configure (struct driver *d, unsigned slot)
{
    ring_init (d, &d->rings[slot][1], RING (slot, 3));
    fill_configure_context (d, slot);
    g_assert_cmpuint (command (d, INPUT (slot), TYPE (CONFIGURE_ENDPOINT) | slot << 24, NULL), ==,
                      SUCCESS);
    g_assert_cmpuint (control (d, slot, 0x00, 9, 1, 0, 0, NULL), ==, SUCCESS);
}

/* Only the last stage asks for an event; one that fails says so anyhow. */
unsigned
control (struct driver *d, unsigned slot, uint8_t request_type, uint8_t request, uint16_t value,
         uint16_t index, uint16_t length, unsigned *bytes)
{
    struct ring *ring = &d->rings[slot][0];
    bool is_in = request_type & 0x80;
    uint64_t setup = request_type | (uint64_t) request << 8 | (uint64_t) value << 16
                     | (uint64_t) index << 32 | (uint64_t) length << 48;
    struct trb event;
    gpa_t data = 0, status;

    ring_put (d, ring, setup, 8,
              TYPE (SETUP) | IDT
                  | (length == 0 ? 0
                     : is_in     ? SETUP_IN
                                 : SETUP_OUT));
    if (length > 0)
        data = ring_put (d, ring, BUFFER (slot), length, TYPE (DATA) | (is_in ? DIR_IN | ISP : 0));
    status = ring_put (d, ring, 0, 0, TYPE (STATUS) | IOC | (is_in && length > 0 ? 0 : DIR_IN));
    reg_write (d, REG_DB (slot), 1);
    if (bytes)
        *bytes = length;
    event = (struct trb){ 0 };
    g_assert_true (next_event (d, &event));
    if (event.parameter == data && event_code (&event) == SHORT_PACKET) {
        if (bytes)
            *bytes = length - event_length (&event);
        g_assert_true (next_event (d, &event));
    }
    g_assert_cmpuint (event.control >> 10 & 0x3f, ==, TRANSFER_EVENT);
    g_assert_cmpuint (event.control >> 16 & 0x1f, ==, 1);
    g_assert_cmpuint (event.control >> 24, ==, slot);
    if (event_code (&event) == SUCCESS)
        g_assert_cmphex (event.parameter, ==, status);
    return event_code (&event);
}

gpa_t
interrupt_put (struct driver *d, unsigned slot, unsigned offset, unsigned length)
{
    gpa_t gpa =
        ring_put (d, &d->rings[slot][1], BUFFER (slot) + offset, length, TYPE (NORMAL) | IOC | ISP);

    reg_write (d, REG_DB (slot), 3);
    return gpa;
}
