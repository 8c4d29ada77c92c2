/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-hostile.c - a driver that means harm: the controller stops, or the endpoint does; the machine
 * lives on and a reset makes good. */
#include <string.h>

#include "bits.h"
#include "input.h"
#include "xhci-driver.h"

#define NO_RAM 0x40000000u /* beyond the machine's memory */

static void
assert_failed (struct driver *d)
{
    g_assert_cmphex (reg_read (d, REG_USBSTS) & (STS_HCE | STS_HCH), ==, STS_HCE | STS_HCH);
    reg_write (d, REG_USBCMD, CMD_RS);
    g_assert_cmphex (reg_read (d, REG_USBCMD) & CMD_RS, ==, 0);
    g_assert_cmpuint (d->m->n_broken, ==, 1);
    d->m->n_broken = 0;
    driver_start (d); /* recovers */
    g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
}

static void
test_command_ring (struct driver *d, gconstpointer data)
{
    driver_start (d);
    reg_write (d, REG_CRCR, NO_RAM | 1);
    reg_write (d, REG_DB (0), 0);
    assert_failed (d);

    /* A link to itself, the cycle bit always right. */
    store_le64 (at (d, COMMAND_RING + 16), COMMAND_RING + 16);
    store_le32 (at (d, COMMAND_RING + 28), TYPE (LINK) | 1);
    reg_write (d, REG_DB (0), 0);
    assert_failed (d);

    /* A link out of memory. */
    store_le64 (at (d, COMMAND_RING + 16), UINT64_MAX);
    store_le32 (at (d, COMMAND_RING + 28), TYPE (LINK) | 1);
    reg_write (d, REG_DB (0), 0);
    assert_failed (d);
}

static void
test_event_ring (struct driver *d, gconstpointer data)
{
    static const struct {
        unsigned reg;
        uint64_t value;
    } bad[] = {
        { REG_ERSTSZ, 0 },
        { REG_ERSTBA, NO_RAM },
        { REG_ERSTBA + 4, 0xffffffff },
        { REG_ERDP, EVENT_RING - 16 },
        { REG_ERDP, EVENT_RING + 16 * N_EVENTS },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++) {
        driver_start (d);
        reg_write (d, REG_ERSTBA, ERST); /* makes it look again */
        reg_write (d, bad[i].reg, (uint32_t) bad[i].value);
        reg_write (d, REG_DB (0), 0);
        assert_failed (d);
    }
    for (unsigned i = 0; i < 4; i++) {
        static const uint32_t sizes[] = { 0, 15, 4097, 65535 };

        driver_start (d);
        store_le32 (at (d, ERST + 8), sizes[i]);
        reg_write (d, REG_ERSTBA, ERST);
        reg_write (d, REG_DB (0), 0);
        assert_failed (d);
    }
    driver_start (d); /* the segment itself */
    store_le64 (at (d, ERST), NO_RAM);
    reg_write (d, REG_ERSTBA, ERST);
    reg_write (d, REG_ERDP, NO_RAM);
    ring_put (d, &d->commands, 0, 0, TYPE (NOOP_COMMAND));
    reg_write (d, REG_DB (0), 0);
    assert_failed (d);
}

static void
test_contexts (struct driver *d, gconstpointer data)
{
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);
    unsigned slot;

    driver_start (d);
    slot = enumerate (d, 1);
    store_le64 (at (d, DCBAA + 16), NO_RAM);
    g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), NULL), ==, SUCCESS);
    fill_address_context (d, slot, 1);
    ring_put (d, &d->commands, INPUT (slot), 0, TYPE (ADDRESS_DEVICE) | 2 << 24);
    reg_write (d, REG_DB (0), 0);
    assert_failed (d);

    slot = enumerate (d, 1);
    reg_write (d, REG_DCBAAP, NO_RAM);
    g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), NULL), ==, SUCCESS);
    fill_address_context (d, slot, 1);
    ring_put (d, &d->commands, INPUT (slot), 0, TYPE (ADDRESS_DEVICE) | 2 << 24);
    reg_write (d, REG_DB (0), 0);
    assert_failed (d);
    device_destroy (kbd);
}

static void
expect_parameter (struct driver *d, unsigned slot, unsigned type)
{
    g_assert_cmpuint (command (d, INPUT (slot), TYPE (type) | slot << 24, NULL), ==, PARAMETER);
}

/* Input contexts that ask for what there is not are refused, and nothing is changed. */
static void
test_input_contexts (struct driver *d, gconstpointer data)
{
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);
    uint8_t *input;
    unsigned slot;

    driver_start (d);
    slot = enumerate (d, 1);
    input = at (d, INPUT (slot));
    g_assert_cmpuint (command (d, NO_RAM, TYPE (CONFIGURE_ENDPOINT) | slot << 24, NULL), ==,
                      PARAMETER);
    g_assert_cmpuint (command (d, NO_RAM, TYPE (EVALUATE_CONTEXT) | slot << 24, NULL), ==,
                      PARAMETER);
    for (unsigned type = 0; type < 8; type++) { /* OUT where IN is, and so on */
        if (type >= 5)
            continue;
        fill_configure_context (d, slot);
        store_le32 (input + 32 * 4 + 4, 8u << 16 | type << 3);
        expect_parameter (d, slot, CONFIGURE_ENDPOINT);
    }
    fill_configure_context (d, slot);
    store_le32 (input + 32 * 4, 1u << 10); /* streams */
    expect_parameter (d, slot, CONFIGURE_ENDPOINT);
    fill_configure_context (d, slot);
    store_le32 (input, 2); /* drops the control endpoint */
    expect_parameter (d, slot, CONFIGURE_ENDPOINT);
    fill_configure_context (d, slot);
    store_le32 (input + 4, UINT32_MAX);
    expect_parameter (d, slot, CONFIGURE_ENDPOINT);
    g_assert_cmphex (load_le32 (at (d, OUTPUT (slot) + 32 * 3)) & 7, ==, 0);
    store_le32 (input + 4, 4);
    expect_parameter (d, slot, EVALUATE_CONTEXT);
    device_destroy (kbd);
}

static void
test_addresses (struct driver *d, gconstpointer data)
{
    static const struct {
        unsigned port, route, code;
    } bad[] = {
        { 0, 0, TRANSACTION }, { 2, 0, TRANSACTION },   { 5, 0, TRANSACTION },
        { 9, 0, TRANSACTION }, { 255, 0, TRANSACTION }, { 1, 1, TRANSACTION },
    };
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);

    driver_start (d);
    g_assert_cmpuint (command (d, 0, TYPE (ENABLE_SLOT), NULL), ==, SUCCESS);
    fill_address_context (d, 1, 1); /* the port was never reset */
    g_assert_cmpuint (command (d, INPUT (1), TYPE (ADDRESS_DEVICE) | 1 << 24, NULL), ==,
                      TRANSACTION);
    reg_write (d, REG_PORTSC (1), PORT_PP | PORT_PR);
    for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++) {
        fill_address_context (d, 1, bad[i].port);
        *at (d, INPUT (1) + 32) |= (uint8_t) bad[i].route;
        g_assert_cmpuint (command (d, INPUT (1), TYPE (ADDRESS_DEVICE) | 1 << 24, NULL), ==,
                          bad[i].code);
    }
    fill_address_context (d, 1, 1);
    g_assert_cmpuint (command (d, INPUT (1), TYPE (ADDRESS_DEVICE) | BSR | 1 << 24, NULL), ==,
                      SUCCESS);
    g_assert_cmpuint (command (d, INPUT (1), TYPE (ADDRESS_DEVICE) | 1 << 24, NULL), ==, SUCCESS);
    device_destroy (kbd);
}

struct bad_td {
    uint64_t parameter;
    uint32_t status, control;
    unsigned code, state;
};

/* Each stops its endpoint with a word about why; the controller and the others go on. */
static void
test_interrupt_tds (struct driver *d, gconstpointer data)
{
    static const struct bad_td tds[] = {
        { NO_RAM, 8, TYPE (NORMAL) | IOC, DATA_BUFFER, 2 },
        { UINT64_MAX - 3, 8, TYPE (NORMAL) | IOC, DATA_BUFFER, 2 },
        { TEST_MACHINE_RAM_BYTES - 4, 8, TYPE (NORMAL) | IOC, DATA_BUFFER, 2 },
        { 0, 0x1ffff, TYPE (NORMAL) | IOC | CHAIN, TRB_ERROR, 4 }, /* never ends, below */
        { 0, 8, TYPE (SETUP) | IDT | IOC, TRB_ERROR, 4 },
        { 0, 8, TYPE (NOOP_COMMAND) | IOC, TRB_ERROR, 4 },
        { 0, 8, TYPE (63) | IOC, TRB_ERROR, 4 },
    };
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS (tds); i++) {
        unsigned slot;

        driver_start (d);
        slot = enumerate (d, 1);
        configure (d, slot);
        for (unsigned n = 0; n < (tds[i].control & CHAIN ? 20 : 1); n++)
            ring_put (d, &d->rings[slot][1], tds[i].parameter, tds[i].status, tds[i].control);
        reg_write (d, REG_DB (slot), 3);
        expect_event (d, TRANSFER_EVENT, tds[i].code);
        expect_no_event (d);
        g_assert_cmphex (load_le32 (at (d, OUTPUT (slot) + 32 * 3)) & 7, ==, tds[i].state);
        g_assert_cmpuint (control (d, slot, 0x80, 8, 0, 0, 1, NULL), ==, SUCCESS);
    }
    g_assert_cmpuint (d->m->n_broken, ==, 0);
    device_destroy (kbd);
}

/* Less room than a report needs. */
static void
test_babble (struct driver *d, gconstpointer data)
{
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);
    unsigned slot;

    driver_start (d);
    slot = enumerate (d, 1);
    configure (d, slot);
    memset (at (d, BUFFER (slot)), 0xee, 16);
    interrupt_put (d, slot, 0, 7);
    test_machine_settle (d->m);
    input_key (d->m->env.input, 30, true);
    expect_event (d, TRANSFER_EVENT, BABBLE);
    g_assert_cmphex (*at (d, BUFFER (slot)), ==, 0xee);
    device_destroy (kbd);
}

static void
test_control_tds (struct driver *d, gconstpointer data)
{
    static const struct bad_td tds[] = {
        { 0, 8, TYPE (DATA) | DIR_IN | IOC, TRB_ERROR, 4 }, /* before any setup */
        { 0, 0, TYPE (STATUS) | IOC, TRB_ERROR, 4 },
        { 0, 8, TYPE (SETUP) | IOC, TRB_ERROR, 4 }, /* not immediate */
        { 0, 9, TYPE (SETUP) | IDT | IOC, TRB_ERROR, 4 },
        { 0, 8, TYPE (NORMAL) | IOC, TRB_ERROR, 4 },
        { 0, 8, TYPE (5) | IOC, TRB_ERROR, 4 },
    };
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS (tds); i++) {
        unsigned slot;

        driver_start (d);
        slot = enumerate (d, 1);
        ring_put (d, &d->rings[slot][0], tds[i].parameter, tds[i].status, tds[i].control);
        reg_write (d, REG_DB (slot), 1);
        expect_event (d, TRANSFER_EVENT, tds[i].code);
        g_assert_cmphex (load_le32 (at (d, OUTPUT (slot) + 32)) & 7, ==, tds[i].state);
    }
    device_destroy (kbd);
}

/* Data of the wrong direction, more than a device takes, less than was said, not in memory. */
static void
test_control_data (struct driver *d, gconstpointer data)
{
    static const struct {
        uint64_t setup, buffer;
        uint32_t length, data, code;
    } transfers[] = {
        { 0x0012000001000680, 0, 18, TYPE (DATA), TRB_ERROR },
        { 0x0001000002000921, 0, 1, TYPE (DATA) | DIR_IN, TRB_ERROR },
        { 0x0012000001000680, NO_RAM, 18, TYPE (DATA) | DIR_IN, DATA_BUFFER },
        { 0x0001000002000921, NO_RAM, 1, TYPE (DATA), DATA_BUFFER },
        { 0xffff000002000921, 0, 0x1ffff, TYPE (DATA), STALL },
        { 0x0008000002000921, 0, 1, TYPE (DATA), STALL },
    };
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS (transfers); i++) {
        struct ring *ring;
        unsigned slot;

        driver_start (d);
        slot = enumerate (d, 1);
        configure (d, slot);
        ring = &d->rings[slot][0];
        ring_put (d, ring, transfers[i].setup, 8, TYPE (SETUP) | IDT);
        ring_put (d, ring, transfers[i].buffer, transfers[i].length, transfers[i].data);
        ring_put (d, ring, 0, 0, TYPE (STATUS) | IOC);
        reg_write (d, REG_DB (slot), 1);
        expect_event (d, TRANSFER_EVENT, transfers[i].code);
        expect_no_event (d);
    }
    device_destroy (kbd);
}

/* A ring tied to itself, without events: the thread that rings comes back, the machine goes on, and
 * the work stays bounded a frame. */
static void
test_endless_ring (struct driver *d, gconstpointer data)
{
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);
    struct ring *ring;
    unsigned slot;

    driver_start (d);
    slot = enumerate (d, 1);
    ring = &d->rings[slot][0];
    for (unsigned i = 0; i < 10; i++)
        ring_put (d, ring, 0, 0, TYPE (NOOP));
    store_le64 (at (d, ring->base + 16 * ring->at), ring->base);
    store_le32 (at (d, ring->base + 16 * ring->at + 12), TYPE (LINK) | 1);
    reg_write (d, REG_DB (slot), 1);
    for (unsigned i = 0; i < 50; i++)
        loop_iterate (d->m->env.loop, 10);
    g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
    ring_put (d, &d->commands, 0, 0, TYPE (STOP_ENDPOINT) | 1 << 16 | slot << 24);
    reg_write (d, REG_DB (0), 0);
    expect_event (d, TRANSFER_EVENT, STOPPED);
    expect_event (d, COMMAND_COMPLETION, SUCCESS);
    device_destroy (kbd);
}

/* Event data TRBs (§4.11.5.2), which Windows asks for: the sum comes with the driver's own words. */
static void
test_event_data (struct driver *d, gconstpointer data)
{
    struct device *kbd = driver_plug (d, &usb_kbd_class, 1);
    struct ring *ring;
    struct trb event;
    unsigned slot;

    driver_start (d);
    slot = enumerate (d, 1);
    configure (d, slot);
    ring = &d->rings[slot][1];
    ring_put (d, ring, BUFFER (slot), 5, TYPE (NORMAL) | CHAIN);
    ring_put (d, ring, BUFFER (slot) + 100, 20, TYPE (NORMAL) | CHAIN | ISP);
    ring_put (d, ring, 0, 0, TYPE (NORMAL) | CHAIN);
    ring_put (d, ring, 0x1122334455667788, 0, TYPE (EVENT_DATA) | IOC);
    reg_write (d, REG_DB (slot), 3);
    test_machine_settle (d->m);
    input_key (d->m->env.input, 30, true);
    event = expect_event (d, TRANSFER_EVENT, SHORT_PACKET);
    g_assert_cmpuint (event_length (&event), ==, 17);
    g_assert_cmphex (event.control & 4, ==, 0);
    event = expect_event (d, TRANSFER_EVENT, SHORT_PACKET);
    g_assert_cmphex (event.parameter, ==, 0x1122334455667788);
    g_assert_cmpuint (event_length (&event), ==, 8);
    g_assert_cmphex (event.control & 4, ==, 4);
    g_assert_cmphex (*at (d, BUFFER (slot) + 2), ==, 4);
    device_destroy (kbd);
}

static void
random_device (struct driver *d, GRand *rand, struct device **device)
{
    if (*device) {
        device_destroy (*device);
        *device = NULL;
    } else {
        *device = driver_plug (d, g_rand_boolean (rand) ? &usb_kbd_class : &usb_tablet_class, 0);
    }
}

static void
random_input (struct driver *d, GRand *rand)
{
    struct input *input = d->m->env.input;

    input_key (input, (unsigned) g_rand_int_range (rand, 0, 256), g_rand_boolean (rand));
    input_pointer_absolute (input, g_rand_int (rand) % 640, g_rand_int (rand) % 480, 640, 480);
    input_button (input, 0x110 + g_rand_int (rand) % 8, g_rand_boolean (rand));
    input_wheel (input, 0, g_rand_int_range (rand, -3, 4));
}

/* Writes to the registers that do something, and into rings and contexts, most of it plausible. */
static void
random_write (struct driver *d, GRand *rand, unsigned slot)
{
    static const unsigned regs[] = { REG_USBCMD, REG_USBSTS, REG_CRCR,   REG_CONFIG, REG_IMAN,
                                     REG_ERDP,   REG_ERSTBA, REG_ERSTSZ, REG_DCBAAP };
    uint32_t value = g_rand_int (rand) & g_rand_int (rand) & g_rand_int (rand);

    switch (g_rand_int_range (rand, 0, 8)) {
    case 0:
        reg_write (d, regs[g_rand_int (rand) % G_N_ELEMENTS (regs)], value);
        break;
    case 1:
        reg_write (d, REG_PORTSC (1 + g_rand_int (rand) % 8), value);
        break;
    case 2:
        reg_write (d, REG_DB (g_rand_int (rand) % 18), g_rand_int (rand) % 4);
        break;
    case 3:
        test_mmio_write (d->m, XHCI_BAR + g_rand_int (rand) % 0x3ff0, value,
                         1u << g_rand_int (rand) % 4);
        break;
    case 4:
        test_mmio_read (d->m, XHCI_BAR + g_rand_int (rand) % 0x3ff0, 1u << g_rand_int (rand) % 4);
        break;
    case 5:
        *at (d, SLOT_BASE (slot) + g_rand_int (rand) % 0x4000) ^= (uint8_t) BIT (value % 8);
        break;
    case 6:
        ring_put (d, &d->commands, INPUT (slot) + (value & 0x10), 0,
                  TYPE (9 + g_rand_int (rand) % 16) | (value & 0x1f0000) | slot << 24);
        reg_write (d, REG_DB (0), 0);
        break;
    default:
        ring_put (d, &d->rings[slot][g_rand_int (rand) % 2], BUFFER (slot), value & 0x1f,
                  TYPE (g_rand_int (rand) % 9) | (value & 0x177));
        reg_write (d, REG_DB (slot), 1 + 2 * (value & 1));
        break;
    }
}

static void
test_random_pokes (struct driver *d, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    struct device *devices[3] = { NULL };
    unsigned slot = 1;

    for (unsigned i = 0; i < 100000; i++) {
        if (i % 500 == 0) {
            driver_start (d);
            if (!devices[0])
                random_device (d, rand, &devices[0]);
            driver_start (d);
            slot = enumerate (d, 1);
            configure (d, slot);
        }
        random_write (d, rand, slot);
        if (i % 16 == 0)
            random_input (d, rand);
        if (i % 64 == 0)
            loop_iterate (d->m->env.loop, 0);
        if (i % 200 == 0)
            random_device (d, rand, &devices[1 + i / 200 % 2]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS (devices); i++)
        device_destroy (devices[i]);
    device_reset (d->xhci);
    test_pci_place_bar (d->m, XHCI_DEVFN, 0, XHCI_BAR);
    driver_start (d);
    g_assert_cmpuint (command (d, 0, TYPE (NOOP_COMMAND), NULL), ==, SUCCESS);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/xhci/hostile/" name, struct driver, NULL, driver_setup, test, driver_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("command-ring-out-of-bounds", test_command_ring);
    ADD ("event-ring-out-of-bounds", test_event_ring);
    ADD ("device-contexts-out-of-memory", test_contexts);
    ADD ("input-contexts-are-checked", test_input_contexts);
    ADD ("addresses-are-checked", test_addresses);
    ADD ("interrupt-tds-stop-their-endpoint", test_interrupt_tds);
    ADD ("report-longer-than-the-buffer", test_babble);
    ADD ("control-tds-stop-their-endpoint", test_control_tds);
    ADD ("control-data-is-checked", test_control_data);
    ADD ("endless-ring-loses-no-thread", test_endless_ring);
    ADD ("event-data-has-the-sum", test_event_data);
    ADD ("random-pokes", test_random_pokes);
    return g_test_run ();
}
