/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pvpanic.c - tests: a guest's panic is told, once, by the port and by the PCI function. */
#include "pvpanic.h"

#include "random-pokes.h"
#include "test-machine.h"

#define SLOT  4
#define DEVFN PCI_DEVFN (SLOT, 0)
#define BAR   0xc0000000u

struct fixture {
    struct test_machine *m;
    struct device *device;
    bool is_pci;
};

static void
setup (struct fixture *f, gconstpointer data)
{
    const struct device_class *class = data;
    struct device_args args;

    f->m = test_machine_new ();
    f->is_pci = class->bus == DEVICE_BUS_PCI;
    args = test_device_args (f->m, class, "panic0");
    args.slot = SLOT;
    g_assert_cmpint (device_option_set (class, (void *) args.config, "action", "pause"), ==, 0);
    g_assert_cmpint (class->create (&args, &f->device), ==, 0);
    device_reset (f->device);
    if (f->is_pci)
        test_pci_place_bar (f->m, DEVFN, 0, BAR);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

static uint8_t
get (struct fixture *f)
{
    return f->is_pci ? (uint8_t) test_mmio_read (f->m, BAR, 1) : test_in8 (f->m, PVPANIC_PORT);
}

static void
put (struct fixture *f, uint8_t value)
{
    if (f->is_pci)
        test_mmio_write (f->m, BAR, value, 1);
    else
        test_out8 (f->m, PVPANIC_PORT, value);
}

static void
test_says_what_it_takes (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (get (f), ==, PVPANIC_PANICKED | PVPANIC_CRASH_LOADED);
    if (!f->is_pci)
        return;
    g_assert_cmphex (pci_config_read (f->m->env.pci, DEVFN, PCI_VENDOR_ID, 4), ==, 0x00111b36);
    g_assert_cmphex (test_mmio_read (f->m, BAR + 1, 1), ==, 0);
    test_mmio_write (f->m, BAR + 1, PVPANIC_PANICKED, 1);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 0);
}

static void
test_panic_is_told_once_a_boot (struct fixture *f, gconstpointer data)
{
    put (f, PVPANIC_PANICKED);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 1);
    g_assert_cmpint (f->m->last_action, ==, DEVICE_ACTION_PAUSE);
    put (f, PVPANIC_PANICKED);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 1);
    device_reset (f->device);
    if (f->is_pci)
        test_pci_place_bar (f->m, DEVFN, 0, BAR);
    put (f, PVPANIC_PANICKED);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 2);
}

/* The dump is to be written: nothing happens to the machine, until the crash kernel panics too. */
static void
test_crash_kernel_is_let_do_its_work (struct fixture *f, gconstpointer data)
{
    put (f, PVPANIC_CRASH_LOADED);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_CRASH_LOADED], ==, 1);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 0);
    g_assert_cmpint (f->m->last_action, ==, DEVICE_ACTION_NONE);
    put (f, PVPANIC_PANICKED);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 1);
    g_assert_cmpint (f->m->last_action, ==, DEVICE_ACTION_PAUSE);
}

static void
test_other_bits_mean_nothing (struct fixture *f, gconstpointer data)
{
    put (f, 0xfc);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 0);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_CRASH_LOADED], ==, 0);
}

static void
test_survives_random_accesses (struct fixture *f, gconstpointer data)
{
    random_pokes (f->m, PVPANIC_PORT - 2, 5, NULL, NULL);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_PANICKED], ==, 1);
    g_assert_cmphex (get (f), ==, PVPANIC_EVENTS);
}

static void
test_taken_slot_is_refused (struct fixture *f, gconstpointer data)
{
    struct device_args args = test_device_args (f->m, &pvpanic_pci_class, "panic1");
    struct device *other = NULL;

    args.slot = SLOT;
    g_assert_cmpint (pvpanic_pci_class.create (&args, &other), ==, -EEXIST);
    g_assert_null (other);
}

#define ADD(kind, class, name, func)                                                               \
    g_test_add ("/pvpanic/" kind "/" name, struct fixture, &class, setup, func, teardown)
#define ADD_BOTH(name, func)                                                                       \
    do {                                                                                           \
        ADD ("port", pvpanic_class, name, func);                                                   \
        ADD ("pci", pvpanic_pci_class, name, func);                                                \
    } while (0)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD_BOTH ("says-what-it-takes", test_says_what_it_takes);
    ADD_BOTH ("panic-is-told-once-a-boot", test_panic_is_told_once_a_boot);
    ADD_BOTH ("crash-kernel-is-let-do-its-work", test_crash_kernel_is_let_do_its_work);
    ADD_BOTH ("other-bits-mean-nothing", test_other_bits_mean_nothing);
    ADD ("port", pvpanic_class, "survives-random-accesses", test_survives_random_accesses);
    ADD ("pci", pvpanic_pci_class, "taken-slot-is-refused", test_taken_slot_is_refused);
    return g_test_run ();
}
