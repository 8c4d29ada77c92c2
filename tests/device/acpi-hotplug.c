/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-hotplug.c - the registers by which PCI devices and processors come and go, as AML drives them and
 * as nobody should. */
#include "acpi-cpu-hotplug.h"
#include "acpi-pci-hotplug.h"
#include "acpi.h"
#include "bits.h"
#include "pm.h"
#include "q35.h"
#include "test-machine.h"

#define N_CPUS 4

enum { PCI = ACPI_PCI_HOTPLUG_BASE, CPU = ACPI_CPU_HOTPLUG_BASE };
enum {
    UP = PCI,
    DOWN = PCI + 4,
    EJECT = PCI + 8,
    REMOVABLE = PCI + 12,
    BUS = PCI + 16,
    EXTRA = PCI + 20
};
enum { SELECTOR = CPU, CONTROL = CPU + 4, COMMAND = CPU + 5, DATA = CPU + 8 };

struct fixture {
    struct test_machine *m;
    struct q35 *q35;
    struct acpi_pci_hotplug *pci;
    struct acpi_cpu_hotplug *cpu;
    uint32_t ejected_slots; /* all that were, summed up */
    unsigned n_ejects, n_statuses;
    unsigned slot, index, event, status; /* of the last */
};

static void
pci_eject_cb (void *opaque, uint32_t slots)
{
    struct fixture *x = opaque;

    g_assert_cmphex (x->ejected_slots & slots, ==, 0); /* none twice */
    x->ejected_slots |= slots;
    x->n_ejects++;
}

static void
pci_status_cb (void *opaque, unsigned slot, unsigned event, unsigned status)
{
    struct fixture *x = opaque;

    g_assert_cmpuint (slot, <, PCI_N_SLOTS);
    x->n_statuses++;
    x->slot = slot;
    x->event = event;
    x->status = status;
}

static void
cpu_eject_cb (void *opaque, unsigned index)
{
    struct fixture *x = opaque;

    g_assert_cmpuint (index, >, 0);
    g_assert_cmpuint (index, <, N_CPUS);
    x->n_ejects++;
    x->index = index;
}

static void
cpu_status_cb (void *opaque, unsigned index, unsigned event, unsigned status)
{
    struct fixture *x = opaque;

    g_assert_cmpuint (index, <, N_CPUS);
    x->n_statuses++;
    x->index = index;
    x->event = event;
    x->status = status;
}

static const struct acpi_pci_hotplug_ops pci_ops = { pci_eject_cb, pci_status_cb };
static const struct acpi_cpu_hotplug_ops cpu_ops = { cpu_eject_cb, cpu_status_cb };

static void
setup (struct fixture *x, gconstpointer data)
{
    struct pm *pm;

    x->m = test_machine_new ();
    g_assert_cmpint (q35_create (&x->m->env, &x->q35), ==, 0);
    pm = q35_get_pm (x->q35);
    g_assert_cmpint (acpi_pci_hotplug_create (&x->m->env, pm, &pci_ops, x, &x->pci), ==, 0);
    g_assert_cmpint (acpi_cpu_hotplug_create (&x->m->env, pm, N_CPUS, &cpu_ops, x, &x->cpu), ==, 0);
    acpi_cpu_hotplug_set_present (x->cpu, 0, true);
    acpi_cpu_hotplug_set_present (x->cpu, 1, true);
}

static void
teardown (struct fixture *x, gconstpointer data)
{
    acpi_cpu_hotplug_destroy (x->cpu);
    acpi_pci_hotplug_destroy (x->pci);
    q35_destroy (x->q35);
    test_machine_free (x->m);
}

/* As a system does when it takes ACPI over. */
static void
listen_to_events (struct fixture *x)
{
    test_out8 (x->m, PM_BASE + 0x28, BIT (PM_GPE_PCI_HOTPLUG) | BIT (PM_GPE_CPU_HOTPLUG));
    test_out8 (x->m, 0xb2, 2);
}

/* --- events --------------------------------------------------------------------------------------- */

static void
test_events_wait_for_a_system (struct fixture *x, gconstpointer data)
{
    g_assert_false (acpi_pci_hotplug_guest_listens (x->pci));
    acpi_pci_hotplug_plugged (x->pci, 5);
    g_assert_false (x->m->gsi[9]);
    test_out8 (x->m, PM_BASE + 0x28, BIT (PM_GPE_PCI_HOTPLUG));
    g_assert_false (acpi_pci_hotplug_guest_listens (x->pci)); /* ACPI is still the firmware's */
    listen_to_events (x);
    g_assert_true (acpi_pci_hotplug_guest_listens (x->pci));
    g_assert_true (acpi_cpu_hotplug_guest_listens (x->cpu));
    g_assert_true (x->m->gsi[9]);
    g_assert_cmphex (test_in8 (x->m, PM_BASE + 0x20), ==, BIT (PM_GPE_PCI_HOTPLUG));
    test_out8 (x->m, PM_BASE + 0x20, BIT (PM_GPE_PCI_HOTPLUG));
    g_assert_false (x->m->gsi[9]);
    q35_reset (x->q35);
    g_assert_false (acpi_pci_hotplug_guest_listens (x->pci));
}

static void
test_each_kind_has_its_event (struct fixture *x, gconstpointer data)
{
    listen_to_events (x);
    acpi_cpu_hotplug_plugged (x->cpu, 2);
    g_assert_cmphex (test_in8 (x->m, PM_BASE + 0x20), ==, BIT (PM_GPE_CPU_HOTPLUG));
    acpi_pci_hotplug_vanished (x->pci, 2);
    g_assert_cmphex (test_in8 (x->m, PM_BASE + 0x20), ==,
                     BIT (PM_GPE_CPU_HOTPLUG) | BIT (PM_GPE_PCI_HOTPLUG));
}

/* --- PCI ------------------------------------------------------------------------------------------ */

static void
test_what_came_is_told_once (struct fixture *x, gconstpointer data)
{
    acpi_pci_hotplug_set_removable (x->pci, 5, true);
    acpi_pci_hotplug_plugged (x->pci, 5);
    acpi_pci_hotplug_plugged (x->pci, 30);
    g_assert_cmphex (test_in32 (x->m, UP), ==, BIT (5) | BIT (30));
    g_assert_cmphex (test_in32 (x->m, UP), ==, 0);
    acpi_pci_hotplug_vanished (x->pci, 7);
    g_assert_cmphex (test_in32 (x->m, EXTRA), ==, BIT (7));
    g_assert_cmphex (test_in32 (x->m, EXTRA), ==, 0);
    g_assert_cmphex (test_in32 (x->m, REMOVABLE), ==, BIT (5));
}

static void
test_requests_stay_until_ejected (struct fixture *x, gconstpointer data)
{
    acpi_pci_hotplug_set_removable (x->pci, 5, true);
    acpi_pci_hotplug_ask_to_eject (x->pci, 5);
    g_assert_cmphex (test_in32 (x->m, DOWN), ==, BIT (5));
    g_assert_cmphex (test_in32 (x->m, DOWN), ==, BIT (5));
    test_out32 (x->m, EJECT, BIT (5));
    g_assert_cmphex (x->ejected_slots, ==, BIT (5));
    g_assert_cmphex (test_in32 (x->m, DOWN), ==, 0);
    test_out32 (x->m, EJECT, BIT (5)); /* once more, before the device is gone */
    g_assert_cmpuint (x->n_ejects, ==, 1);
}

static void
test_requests_can_be_taken_back (struct fixture *x, gconstpointer data)
{
    acpi_pci_hotplug_set_removable (x->pci, 5, true);
    acpi_pci_hotplug_ask_to_eject (x->pci, 5);
    acpi_pci_hotplug_stop_asking (x->pci, 5);
    g_assert_cmphex (test_in32 (x->m, DOWN), ==, 0);
    test_out32 (x->m, EJECT, BIT (5)); /* a guest may give up what it likes */
    g_assert_cmphex (x->ejected_slots, ==, BIT (5));
}

static void
test_only_what_is_removable_goes (struct fixture *x, gconstpointer data)
{
    acpi_pci_hotplug_set_removable (x->pci, 5, true);
    test_out32 (x->m, EJECT, ~BIT (5));
    g_assert_cmpuint (x->n_ejects, ==, 0);
    test_out32 (x->m, BUS, 1);
    test_out32 (x->m, EJECT, UINT32_MAX);
    g_assert_cmpuint (x->n_ejects, ==, 0);
    g_assert_cmphex (test_in32 (x->m, REMOVABLE), ==, 0);
    test_out32 (x->m, BUS, 0);
    test_out32 (x->m, EJECT, UINT32_MAX);
    g_assert_cmphex (x->ejected_slots, ==, BIT (5));
}

static void
test_small_accesses_change_nothing (struct fixture *x, gconstpointer data)
{
    acpi_pci_hotplug_set_removable (x->pci, 0, true);
    acpi_pci_hotplug_plugged (x->pci, 0);
    g_assert_cmphex (test_in8 (x->m, UP), ==, 0);
    g_assert_cmphex (test_in16 (x->m, UP + 1), ==, 0);
    test_out8 (x->m, EJECT, 1);
    test_out16 (x->m, EJECT, 1);
    g_assert_cmpuint (x->n_ejects, ==, 0);
    g_assert_cmphex (test_in32 (x->m, UP), ==, 1);
}

static void
test_the_guest_reports (struct fixture *x, gconstpointer data)
{
    test_out32 (x->m, EXTRA, 5 | 0x103u << 8 | 0x84u << 24);
    g_assert_cmpuint (x->n_statuses, ==, 1);
    g_assert_cmpuint (x->slot, ==, 5);
    g_assert_cmphex (x->event, ==, 0x103);
    g_assert_cmphex (x->status, ==, ACPI_OST_IN_PROGRESS);
    test_out32 (x->m, EXTRA, UINT32_MAX);
    g_assert_cmpuint (x->slot, ==, 31);
}

static void
test_reset_forgets_pci (struct fixture *x, gconstpointer data)
{
    acpi_pci_hotplug_set_removable (x->pci, 5, true);
    acpi_pci_hotplug_plugged (x->pci, 5);
    acpi_pci_hotplug_ask_to_eject (x->pci, 5);
    acpi_pci_hotplug_vanished (x->pci, 6);
    test_out32 (x->m, BUS, 3);
    acpi_pci_hotplug_reset (x->pci);
    g_assert_cmphex (test_in32 (x->m, BUS), ==, 0);
    g_assert_cmphex (test_in32 (x->m, UP) | test_in32 (x->m, DOWN) | test_in32 (x->m, EXTRA), ==,
                     0);
    g_assert_cmphex (test_in32 (x->m, REMOVABLE), ==, BIT (5));
}

/* --- processors ----------------------------------------------------------------------------------- */

/* OVMF's way to count: PlatformPei reads the maximum from here. */
static void
test_firmware_counts_processors (struct fixture *x, gconstpointer data)
{
    unsigned possible = 0, present = 0;

    test_out32 (x->m, SELECTOR, 0);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_NEXT);
    g_assert_cmphex (test_in32 (x->m, SELECTOR), ==, 0);
    do {
        present += test_in8 (x->m, CONTROL) & 1;
        test_out32 (x->m, SELECTOR, ++possible);
    } while (test_in32 (x->m, DATA) > 0);
    g_assert_cmpuint (possible, ==, N_CPUS);
    g_assert_cmpuint (present, ==, 2);
}

/* As CSCN in the DSDT. */
static void
test_the_scan_finds_who_came_and_who_shall_go (struct fixture *x, gconstpointer data)
{
    acpi_cpu_hotplug_ask_to_eject (x->cpu, 1);
    acpi_cpu_hotplug_plugged (x->cpu, 3);
    test_out32 (x->m, SELECTOR, 2);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_NEXT);
    g_assert_cmpuint (test_in32 (x->m, DATA), ==, 3);
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 1 | 2);
    test_out8 (x->m, CONTROL, 2);
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 1);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_NEXT);
    g_assert_cmpuint (test_in32 (x->m, DATA), ==, 1);
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 1 | 4);
    test_out8 (x->m, CONTROL, 4);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_NEXT);
    g_assert_cmpuint (test_in32 (x->m, DATA), ==, 1); /* nobody else */
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 1);
}

static void
test_an_ejected_processor_is_gone_at_once (struct fixture *x, gconstpointer data)
{
    test_out32 (x->m, SELECTOR, 1);
    test_out8 (x->m, CONTROL, 8);
    g_assert_cmpuint (x->n_ejects, ==, 1);
    g_assert_cmpuint (x->index, ==, 1);
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 0);
    test_out8 (x->m, CONTROL, 8); /* it is not there */
    g_assert_cmpuint (x->n_ejects, ==, 1);
    acpi_cpu_hotplug_ask_to_eject (x->cpu, 1); /* nor can it be asked for */
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 0);
}

static void
test_the_first_processor_stays (struct fixture *x, gconstpointer data)
{
    test_out32 (x->m, SELECTOR, 0);
    test_out8 (x->m, CONTROL, 8);
    g_assert_cmpuint (x->n_ejects, ==, 0);
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 1);
}

static void
test_reports_name_event_and_status (struct fixture *x, gconstpointer data)
{
    test_out32 (x->m, SELECTOR, 1);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_OST_EVENT);
    test_out32 (x->m, DATA, ACPI_OST_EJECTION);
    g_assert_cmpuint (x->n_statuses, ==, 0);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_OST_STATUS);
    test_out32 (x->m, DATA, 0x81);
    g_assert_cmpuint (x->n_statuses, ==, 1);
    g_assert_cmpuint (x->event, ==, ACPI_OST_EJECTION);
    g_assert_cmphex (x->status, ==, 0x81);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_APIC_ID);
    g_assert_cmphex (test_in32 (x->m, DATA), ==, 1);
}

/* CVE-2021-4158: a selector past the end reached past the array. */
static void
test_selectors_past_the_end_select_nothing (struct fixture *x, gconstpointer data)
{
    static const uint32_t selectors[] = { N_CPUS, N_CPUS + 1, 255, 256, 0x7fffffff, UINT32_MAX };

    for (unsigned i = 0; i < G_N_ELEMENTS (selectors); i++) {
        test_out32 (x->m, SELECTOR, selectors[i]);
        for (unsigned command = 0; command < 256; command++) {
            test_out8 (x->m, COMMAND, (uint8_t) command);
            test_out32 (x->m, DATA, 1);
            g_assert_cmphex (test_in32 (x->m, DATA), ==, 0);
        }
        test_out8 (x->m, CONTROL, 0xff);
        g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 0);
    }
    g_assert_cmpuint (x->n_ejects + x->n_statuses, ==, 0);
}

static void
test_reset_forgets_processors (struct fixture *x, gconstpointer data)
{
    acpi_cpu_hotplug_ask_to_eject (x->cpu, 1);
    test_out32 (x->m, SELECTOR, 1);
    test_out8 (x->m, COMMAND, ACPI_CPU_COMMAND_APIC_ID);
    acpi_cpu_hotplug_reset (x->cpu);
    g_assert_cmphex (test_in32 (x->m, DATA), ==, 0);
    test_out32 (x->m, SELECTOR, 1);
    g_assert_cmphex (test_in8 (x->m, CONTROL), ==, 1);
}

/* --- everything at once --------------------------------------------------------------------------- */

static void
poke (struct fixture *x, GRand *rand)
{
    uint16_t port = (uint16_t) (PCI + g_rand_int_range (rand, -8, 48));
    unsigned size = 1u << g_rand_int_range (rand, 0, 3);

    if (g_rand_boolean (rand))
        bus_write (x->m->env.ports, port, g_rand_int (rand) >> g_rand_int_range (rand, 0, 32),
                   size);
    else
        bus_read (x->m->env.ports, port, size);
}

static void
test_random_accesses (struct fixture *x, gconstpointer data)
{
    GRand *rand = g_rand_new_with_seed (7);

    listen_to_events (x);
    for (unsigned i = 0; i < 200000; i++) {
        unsigned slot = (unsigned) g_rand_int_range (rand, 0, 32);

        poke (x, rand);
        if (i % 16 == 0) {
            x->ejected_slots &= ~BIT (slot);
            acpi_pci_hotplug_set_removable (x->pci, slot, true);
            acpi_pci_hotplug_ask_to_eject (x->pci, slot);
            acpi_cpu_hotplug_plugged (x->cpu, slot % N_CPUS);
            acpi_cpu_hotplug_ask_to_eject (x->cpu, slot % N_CPUS);
        }
    }
    g_rand_free (rand);
    g_assert_cmpuint (x->n_ejects, >, 20); /* it was driven */
}

#define ADD(path, function) g_test_add (path, struct fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/acpi-hotplug/events-wait-for-a-system", test_events_wait_for_a_system);
    ADD ("/acpi-hotplug/each-kind-has-its-event", test_each_kind_has_its_event);
    ADD ("/acpi-hotplug/pci/what-came-is-told-once", test_what_came_is_told_once);
    ADD ("/acpi-hotplug/pci/requests-stay-until-ejected", test_requests_stay_until_ejected);
    ADD ("/acpi-hotplug/pci/requests-can-be-taken-back", test_requests_can_be_taken_back);
    ADD ("/acpi-hotplug/pci/only-what-is-removable-goes", test_only_what_is_removable_goes);
    ADD ("/acpi-hotplug/pci/small-accesses-change-nothing", test_small_accesses_change_nothing);
    ADD ("/acpi-hotplug/pci/the-guest-reports", test_the_guest_reports);
    ADD ("/acpi-hotplug/pci/reset-forgets", test_reset_forgets_pci);
    ADD ("/acpi-hotplug/cpu/firmware-counts", test_firmware_counts_processors);
    ADD ("/acpi-hotplug/cpu/the-scan-finds-who-came-and-who-shall-go",
         test_the_scan_finds_who_came_and_who_shall_go);
    ADD ("/acpi-hotplug/cpu/an-ejected-one-is-gone-at-once",
         test_an_ejected_processor_is_gone_at_once);
    ADD ("/acpi-hotplug/cpu/the-first-stays", test_the_first_processor_stays);
    ADD ("/acpi-hotplug/cpu/reports-name-event-and-status", test_reports_name_event_and_status);
    ADD ("/acpi-hotplug/cpu/selectors-past-the-end-select-nothing",
         test_selectors_past_the_end_select_nothing);
    ADD ("/acpi-hotplug/cpu/reset-forgets", test_reset_forgets_processors);
    ADD ("/acpi-hotplug/random-accesses-do-no-harm", test_random_accesses);
    return g_test_run ();
}
