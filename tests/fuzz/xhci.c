/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci.c - fuzzing: a driver, a user and somebody who pulls devices out, all gone mad.
 *
 * The input is a list of what they do, a byte that says what and its operands.  Memory, rings and a
 * configured keyboard are there before, so that little is needed to come far.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "fuzz-world.h"
#include "input.h"
#include "loop.h"
#include "memory.h"
#include "pci.h"
#include "usb-kbd.h"
#include "usb-tablet.h"
#include "usb.h"
#include "xhci.h"

#define RAM_BYTES 0x10000u
#define BAR       0x80000000u
#define MAX_STEPS 2000

/* Where things are; contexts and rings of slot 1 follow each other. */
#define DCBAA    0x1000u
#define COMMANDS 0x2000u
#define ERST     0x3000u
#define EVENTS   0x4000u
#define OUTPUT   0x5000u
#define CONTEXT  0x6000u
#define RING     0x7000u
#define N_EVENTS 64u

struct machine {
    struct device_env env;
    struct irq_chip chip;
    struct memory_block block;
    struct device *xhci, *hid;
    unsigned n_commands;
};

struct reader {
    const uint8_t *data;
    size_t left;
};

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static uint32_t
take (struct reader *r, unsigned n)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < n; i++) {
        value = value << 8 | (r->left > 0 ? *r->data : 0);
        r->data += r->left > 0;
        r->left -= r->left > 0;
    }
    return value;
}

static void
ignore_gsi (void *opaque, unsigned gsi, bool level)
{
}

static void
ignore_msi (void *opaque, uint64_t address, uint32_t data)
{
}

static const struct irq_chip_ops chip_ops = { .set_gsi = ignore_gsi, .send_msi = ignore_msi };

/* --- the machine -------------------------------------------------------------------------------- */

static struct device *
create (struct machine *m, const struct device_class *class, unsigned unit)
{
    _Alignas(16) char config[64];
    const struct device_args args = {
        .env = &m->env, .alias = class->name, .slot = 3, .unit = unit, .config = config
    };
    struct device *device;

    device_options_init (class, config);
    return class->create (&args, &device) == 0 ? device : NULL;
}

static void
set_up (struct machine *m)
{
    struct device_env *env = &m->env;

    irq_chip_init (&m->chip, &chip_ops, m);
    env->irq = &m->chip;
    env->ports = bus_create (0x10000);
    env->mmio = bus_create (UINT64_MAX);
    env->memory = memory_create (NULL);
    env->loop = env->io_loop = loop_create ();
    env->pci = pci_bus_create (env->ports, env->mmio, env->memory, env->irq);
    env->input = input_create (env->loop);
    env->usb = usb_bus_create ();
    m->block = (struct memory_block){ .name = "ram", .size_bytes = RAM_BYTES, .slot = -1 };
    m->block.host = aligned_alloc (4096, RAM_BYTES);
    list_init (&m->block.node);
    if (!m->block.host || memory_map (env->memory, &m->block, 0) < 0)
        abort ();
    memset (m->block.host, 0, RAM_BYTES);
    m->xhci = create (m, &xhci_class, 0);
    if (!m->xhci)
        abort ();
    pci_config_write (env->pci, PCI_DEVFN (3, 0), PCI_BAR0, BAR, 4);
    pci_config_write (env->pci, PCI_DEVFN (3, 0), PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

static void
tear_down (struct machine *m)
{
    struct device_env *env = &m->env;

    device_destroy (m->hid);
    device_destroy (m->xhci);
    usb_bus_destroy (env->usb);
    input_destroy (env->input);
    pci_bus_destroy (env->pci);
    loop_destroy (env->loop);
    memory_unmap (env->memory, &m->block);
    memory_destroy (env->memory);
    free (m->block.host);
    bus_destroy (env->mmio);
    bus_destroy (env->ports);
    irq_chip_destroy (&m->chip);
}

/* --- a driver that knows what it does ------------------------------------------------------------ */

static void
write_reg (struct machine *m, unsigned reg, uint32_t value)
{
    bus_write (m->env.mmio, BAR + reg, value, 4);
}

static void
command (struct machine *m, uint64_t parameter, uint32_t control)
{
    uint8_t *trb = m->block.host + COMMANDS + 16 * (m->n_commands++ % 64);

    store_le64 (trb, parameter);
    store_le32 (trb + 12, control | 1);
    write_reg (m, 0x2000, 0);
}

/* Runs the controller, addresses the device in port 1 and configures its interrupt endpoint. */
static void
bring_up (struct machine *m)
{
    uint8_t *ram = m->block.host;

    store_le64 (ram + DCBAA + 8, OUTPUT);
    store_le64 (ram + ERST, EVENTS);
    store_le32 (ram + ERST + 8, N_EVENTS);
    write_reg (m, 0x78, 16);
    write_reg (m, 0x70, DCBAA);
    write_reg (m, 0x58, COMMANDS | 1);
    write_reg (m, 0x1028, 1);
    write_reg (m, 0x1038, EVENTS);
    write_reg (m, 0x1030, ERST);
    write_reg (m, 0x40, 5);
    write_reg (m, 0x440, 0x210);
    command (m, 0, 9u << 10);
    store_le32 (ram + CONTEXT + 4, 3);
    store_le32 (ram + CONTEXT + 36, 1u << 16);
    store_le32 (ram + CONTEXT + 68, 4u << 3);
    store_le64 (ram + CONTEXT + 72, RING | 1);
    command (m, CONTEXT, 11u << 10 | 1u << 24);
    store_le32 (ram + CONTEXT + 4, 1 | BIT (3));
    store_le32 (ram + CONTEXT + 32 * 4 + 4, 7u << 3);
    store_le64 (ram + CONTEXT + 32 * 4 + 8, (RING + 0x800) | 1);
    command (m, CONTEXT, 12u << 10 | 1u << 24);
    store_le64 (ram + RING, 0x0000000000010900); /* SET_CONFIGURATION 1 */
    store_le32 (ram + RING + 8, 8);
    store_le32 (ram + RING + 12, 2u << 10 | 0x40 | 1);
    store_le32 (ram + RING + 28, 4u << 10 | 1);
    write_reg (m, 0x2004, 1);
}

/* --- what the input says ------------------------------------------------------------------------ */

static void
change_device (struct machine *m, unsigned what)
{
    if (m->hid) {
        device_destroy (m->hid);
        m->hid = NULL;
    } else {
        m->hid = create (m, what & 1 ? &usb_kbd_class : &usb_tablet_class, what >> 1 & 7);
    }
}

static void
make_input (struct machine *m, unsigned what, unsigned value)
{
    input_key (m->env.input, value & 0xff, what & 1);
    input_pointer_absolute (m->env.input, value, value >> 3, 640, 480);
    input_button (m->env.input, 0x110 + (value & 7), what & 2);
}

static void
put_trb (struct machine *m, struct reader *r)
{
    static const unsigned places[] = { COMMANDS, RING, RING + 0x800, EVENTS };
    uint8_t *trb = m->block.host + places[take (r, 1) % 4] + 16 * (take (r, 1) % 64);

    store_le64 (trb, take (r, 2));
    store_le32 (trb + 8, take (r, 2));
    store_le32 (trb + 12, take (r, 4));
}

static void
step (struct machine *m, struct reader *r)
{
    switch (take (r, 1) % 8) {
    case 0: {
        unsigned reg = take (r, 2) % 0x3ff0, size = 1u << take (r, 1) % 4;

        bus_write (m->env.mmio, BAR + reg, (uint64_t) take (r, 4) << 32 | take (r, 4), size);
        bus_read (m->env.mmio, BAR + reg, size);
        break;
    }
    case 1:
        put_trb (m, r);
        break;
    case 2: {
        unsigned at = take (r, 2) % (RAM_BYTES - 4);

        store_le32 (m->block.host + at, take (r, 4));
        break;
    }
    case 3:
        command (m, CONTEXT, take (r, 4));
        break;
    case 4: {
        unsigned doorbell = take (r, 1) % 18;

        write_reg (m, 0x2000 + 4 * doorbell, take (r, 1) % 32);
        break;
    }
    case 5:
        change_device (m, take (r, 1));
        break;
    case 6: {
        unsigned what = take (r, 1);

        make_input (m, what, take (r, 2));
        break;
    }
    default:
        fuzz_world_advance (1000ll * take (r, 2));
        loop_iterate (m->env.loop, 0);
        break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct reader r = { data, size };
    struct machine m = { 0 };
    unsigned first = take (&r, 1);

    fuzz_world_reset ();
    set_up (&m);
    change_device (&m, first);
    if (first & 0x80)
        bring_up (&m);
    for (unsigned i = 0; i < MAX_STEPS && r.left > 0; i++)
        step (&m, &r);
    device_reset (m.xhci);
    tear_down (&m);
    return 0;
}
