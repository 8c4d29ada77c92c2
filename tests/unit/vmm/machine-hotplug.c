/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-hotplug.c - what a guest says of a slot, at the moment when somebody takes the device out of it. */
#include <glib.h>
#include <string.h>

#include "acpi-pci-hotplug.h"
#include "acpi.h"
#include "bits.h"
#include "bus.h"
#include "fake-kvm.h"
#include "fake-machine.h"
#include "loop.h"
#include "machine-private.h"

#define SLOT 9

/* The guest's registers, as acpi-pci-hotplug.h has them. */
#define EJECT   (ACPI_PCI_HOTPLUG_BASE + 0x08)
#define STATUS  (ACPI_PCI_HOTPLUG_BASE + 0x14)
#define REFUSED (SLOT | ACPI_OST_EJECTION << 8 | 0x80u << 24) /* “not supported” */

/* How a guest takes ACPI over and listens to what comes and goes. */
#define GPE_ENABLE (ACPI_GPE0 + ACPI_GPE0_BYTES / 2)

static GPtrArray *told; /* "ALIAS STATE" of each device that was spoken of */

static void
unplug_cb (void *opaque, const char *alias, enum vmm_unplug_state state)
{
    static const char *const names[] = {
        [VMM_UNPLUG_GONE] = "gone",
        [VMM_UNPLUG_AGREED] = "agreed",
        [VMM_UNPLUG_REFUSED] = "refused",
        [VMM_UNPLUG_TIMED_OUT] = "timed out",
    };

    g_ptr_array_add (told, g_strdup_printf ("%s %s", alias, names[state]));
}

static const struct machine_ops ops = { .unplug = unplug_cb };

static struct machine *
new_machine (void)
{
    char why[VMM_TEXT_BYTES];
    struct machine *machine;

    fake_kvm_init ();
    told = g_ptr_array_new_with_free_func (g_free);
    g_assert_cmpint (fake_machine_create (false, &ops, &machine, why), ==, 0);
    return machine;
}

static void
end_machine (struct machine *machine)
{
    machine_destroy (machine);
    g_clear_pointer (&told, g_ptr_array_unref);
}

/* In the slot. */
static void
attach (struct machine *machine, const char *alias)
{
    struct device_config config = { .fd = -1, .rom_fd = -1, .vhost_fd = -1 };
    char why[VMM_TEXT_BYTES];

    strcpy (config.record.model, "virtio-keyboard");
    strcpy (config.record.alias, alias);
    config.record.slot = SLOT;
    g_assert_cmpint (machine_attach (machine, &config, why), ==, 0);
}

static void
take_out (struct machine *machine, const char *alias)
{
    char why[VMM_TEXT_BYTES];

    g_assert_cmpint (machine_detach (machine, alias, true, why), ==, 0);
}

/* As a processor of the guest does. */
static void
write_port (struct machine *machine, uint64_t port, uint32_t value, unsigned size)
{
    bus_write (machine->env.ports, port, value, size);
}

static void
ask_for (struct machine *machine, const char *alias)
{
    char why[VMM_TEXT_BYTES];

    g_assert_cmpint (machine_detach (machine, alias, false, why), ==, 0);
}

/* Until the main loop has done what is to be done. */
static void
settle (struct machine *machine)
{
    for (unsigned i = 0; i < 4; i++)
        loop_iterate (machine->env.loop, 0);
}

static void
expect_told (const char *all)
{
    g_autofree char *got = NULL;

    g_ptr_array_add (told, NULL);
    got = g_strjoinv (", ", (char **) told->pdata);
    g_assert_cmpstr (got, ==, all);
    g_ptr_array_set_size (told, 0);
}

/* The ordinary way, that the others may mean something. */
static void
test_let_go (void)
{
    struct machine *machine = new_machine ();

    attach (machine, "keyboard0");
    write_port (machine, EJECT, BIT (SLOT), 4);
    settle (machine);
    expect_told ("keyboard0 gone");
    end_machine (machine);
}

static void
test_let_go_of_last (void)
{
    struct machine *machine = new_machine ();

    attach (machine, "keyboard0");
    write_port (machine, EJECT, BIT (SLOT), 4); /* nobody has looked yet … */
    take_out (machine, "keyboard0");
    attach (machine, "keyboard1");
    settle (machine);
    expect_told ("keyboard0 gone");
    end_machine (machine);
}

static void
test_refused_last (void)
{
    struct machine *machine = new_machine ();

    write_port (machine, ACPI_SMI_COMMAND, ACPI_SMI_ENABLE, 1);
    write_port (machine, GPE_ENABLE, BIT (PM_GPE_PCI_HOTPLUG), 1);
    attach (machine, "keyboard0");
    ask_for (machine, "keyboard0");
    write_port (machine, STATUS, REFUSED, 4);
    settle (machine);
    expect_told ("keyboard0 refused");

    ask_for (machine, "keyboard0");
    write_port (machine, STATUS, REFUSED, 4);
    take_out (machine, "keyboard0");
    attach (machine, "keyboard1");
    ask_for (machine, "keyboard1");
    settle (machine);
    expect_told ("keyboard0 gone");
    end_machine (machine);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/machine-hotplug/what-the-guest-lets-go-of-goes", test_let_go);
    g_test_add_func ("/machine-hotplug/what-was-said-of-a-device-is-not-said-of-the-next-in-its-slot",
                     test_let_go_of_last);
    g_test_add_func ("/machine-hotplug/what-was-refused-last-is-not-refused-next", test_refused_last);
    return g_test_run ();
}
