/* SPDX-License-Identifier: GPL-2.0-or-later */
/* q35.c - the chipset as firmware and systems use it: configuration mechanisms, interrupt routing,
 * power management, reset. */
#include "bits.h"
#include "pm.h"
#include "q35-irq.h"
#include "q35.h"
#include "test-machine.h"

struct fixture {
    struct test_machine *m;
    struct q35 *q35;
    struct pci_function f; /* slot 3, INTA# */
};

static const struct pci_identity identity = { .vendor = 1, .device = 2, .interrupt_pin = 1 };

static void
setup (struct fixture *x, gconstpointer data)
{
    x->m = test_machine_new ();
    g_assert_cmpint (q35_create (&x->m->env, &x->q35), ==, 0);
    g_assert_cmpint (pci_function_init (&x->f, x->m->env.pci, PCI_DEVFN (3, 0), "test", &identity, NULL), ==, 0);
}

static void
teardown (struct fixture *x, gconstpointer data)
{
    pci_function_destroy (&x->f);
    q35_destroy (x->q35);
    test_machine_free (x->m);
}

static void
cf8 (struct fixture *x, unsigned devfn, unsigned reg)
{
    test_out32 (x->m, 0xcf8, 0x80000000 | devfn << 8 | reg);
}

static void
test_cf8_reaches_functions (struct fixture *x, gconstpointer data)
{
    cf8 (x, 0, 0);
    g_assert_cmphex (test_in32 (x->m, 0xcfc), ==, 0x29c08086);
    cf8 (x, Q35_DEVFN_LPC, 0);
    g_assert_cmphex (test_in16 (x->m, 0xcfe), ==, 0x2918);
    cf8 (x, 0, 0x2c);
    g_assert_cmphex (test_in32 (x->m, 0xcfc), ==, 0x11001af4); /* or SeaBIOS looks for no fw_cfg */
    test_out32 (x->m, 0xcf8, 0);
    g_assert_cmphex (test_in32 (x->m, 0xcfc), ==, 0xffffffff);
    test_out32 (x->m, 0xcf8, 0x80010000); /* bus 1 */
    g_assert_cmphex (test_in32 (x->m, 0xcfc), ==, 0xffffffff);
}

static void
test_ecam_appears_when_enabled (struct fixture *x, gconstpointer data)
{
    g_assert_cmphex (test_mmio_read (x->m, 0xb0000000, 4), ==, 0xffffffff);
    cf8 (x, 0, 0x60);
    test_out32 (x->m, 0xcfc, 0xb0000001);
    g_assert_cmphex (test_mmio_read (x->m, 0xb0000000, 4), ==, 0x29c08086);
    g_assert_cmphex (test_mmio_read (x->m, 0xb0000000 + (3 << 15), 4), ==, 0x00020001);
    g_assert_cmphex (test_mmio_read (x->m, 0xb0100000, 4), ==, 0xffffffff);
    q35_reset (x->q35);
    g_assert_cmphex (test_mmio_read (x->m, 0xb0000000, 4), ==, 0xffffffff);
}

static void
test_pins_reach_the_io_apic (struct fixture *x, gconstpointer data)
{
    unsigned gsi = q35_pirq_gsi (q35_pirq (3, 0));

    pci_set_intx (&x->f, true);
    g_assert_true (x->m->gsi[gsi]);
    g_assert_false (x->m->gsi[10] || x->m->gsi[11]);
    pci_set_intx (&x->f, false);
    g_assert_false (x->m->gsi[gsi]);
}

static void
test_pins_reach_the_pic_as_routed (struct fixture *x, gconstpointer data)
{
    unsigned reg = q35_pirq_register (q35_pirq (3, 0));

    pci_set_intx (&x->f, true);
    pci_config_write (x->m->env.pci, Q35_DEVFN_LPC, reg, 11, 1);
    g_assert_true (x->m->gsi[11]);
    pci_config_write (x->m->env.pci, Q35_DEVFN_LPC, reg, 10, 1);
    g_assert_false (x->m->gsi[11]);
    g_assert_true (x->m->gsi[10]);
    pci_config_write (x->m->env.pci, Q35_DEVFN_LPC, reg, 0x8a, 1);
    g_assert_false (x->m->gsi[10]);
    pci_config_write (x->m->env.pci, Q35_DEVFN_LPC, reg, 1, 1); /* the keyboard's is not to be had */
    g_assert_false (x->m->gsi[1]);
}

static void
test_power_button_raises_sci_when_enabled (struct fixture *x, gconstpointer data)
{
    q35_press_power_button (x->q35);
    g_assert_false (x->m->gsi[9]);
    g_assert_cmphex (test_in16 (x->m, PM_BASE) & 0x100, ==, 0x100);
    test_out16 (x->m, PM_BASE + 2, 0x100);
    g_assert_false (x->m->gsi[9]);
    test_out8 (x->m, 0xb2, 2); /* ACPI on */
    g_assert_cmphex (test_in16 (x->m, PM_BASE + 4) & 1, ==, 1);
    g_assert_true (x->m->gsi[9]);
    test_out16 (x->m, PM_BASE, 0x100);
    g_assert_false (x->m->gsi[9]);
    g_assert_cmphex (test_in16 (x->m, PM_BASE) & 0x100, ==, 0);
}

static void
test_s5_switches_off (struct fixture *x, gconstpointer data)
{
    test_out16 (x->m, PM_BASE + 4, 0x2000 | 1 << 10); /* S1: nothing */
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_POWER_OFF], ==, 0);
    test_out16 (x->m, PM_BASE + 4, 0x2000);
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_POWER_OFF], ==, 1);
    g_assert_cmphex (test_in16 (x->m, PM_BASE + 4) & 0x2000, ==, 0);
}

static void
test_pm_timer_runs_at_its_rate (struct fixture *x, gconstpointer data)
{
    int64_t start = loop_now_ns (), end;
    uint32_t first = test_in32 (x->m, PM_BASE + 8), last, ticks;

    do
        end = loop_now_ns ();
    while (end - start < 20000000);
    last = test_in32 (x->m, PM_BASE + 8);
    ticks = (last - first) & 0xffffff;
    g_assert_cmpuint (first, <=, 0xffffff);
    g_assert_cmpuint (ticks, >=, 71590);
    g_assert_cmpuint (ticks, <, 71590 * 50); /* a busy host may stop us for a while */
}

static void
test_smm_reads_as_set_up (struct fixture *x, gconstpointer data)
{
    g_assert_cmphex (test_in32 (x->m, PM_BASE + 0x30) & 0x20, ==, 0x20);
    g_assert_cmphex (pci_config_read (x->m->env.pci, 0, 0x90, 1) & 0x10, ==, 0x10);
}

static void
test_reset_ports_reset (struct fixture *x, gconstpointer data)
{
    test_out8 (x->m, 0xcf9, 2);
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_RESET], ==, 0);
    test_out8 (x->m, 0xcf9, 6);
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_RESET], ==, 1);
    test_out8 (x->m, 0xcf9, 6); /* already up */
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_RESET], ==, 1);
    q35_reset (x->q35);
    test_out8 (x->m, 0xcf9, 0x0f); /* what the FADT says */
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_RESET], ==, 2);
    test_out8 (x->m, 0x92, 3);
    g_assert_cmpuint (x->m->requests[MACHINE_REQUEST_RESET], ==, 3);
}

static void
test_kernel_finds_what_firmware_would_leave (struct fixture *x, gconstpointer data)
{
    q35_prepare_without_firmware (x->q35);
    g_assert_cmphex (test_mmio_read (x->m, 0xb0000000, 4), ==, 0x29c08086);
    pci_set_intx (&x->f, true);
    g_assert_true (x->m->gsi[10] || x->m->gsi[11]);
}

static void
test_random_accesses (struct fixture *x, gconstpointer data)
{
    static const uint16_t bases[] = { 0xcf8, 0x600, 0xb0, 0x90 };
    GRand *rand = g_rand_new_with_seed (5);

    for (int i = 0; i < 200000; i++) {
        uint16_t port = (uint16_t) (bases[g_rand_int_range (rand, 0, 4)] + g_rand_int_range (rand, 0, 128));
        unsigned size = 1u << g_rand_int_range (rand, 0, 3);

        if (g_rand_boolean (rand))
            bus_write (x->m->env.ports, port, g_rand_int (rand), size);
        else
            bus_read (x->m->env.ports, port, size);
        if (i % 1000 == 0)
            q35_press_power_button (x->q35);
    }
    g_rand_free (rand);
    q35_reset (x->q35);
    test_cf8_reaches_functions (x, NULL);
}

#define ADD(path, function) g_test_add (path, struct fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/q35/config/cf8-reaches-functions", test_cf8_reaches_functions);
    ADD ("/q35/config/ecam-appears-when-enabled", test_ecam_appears_when_enabled);
    ADD ("/q35/irq/pins-reach-the-io-apic", test_pins_reach_the_io_apic);
    ADD ("/q35/irq/pins-reach-the-pic-as-routed", test_pins_reach_the_pic_as_routed);
    ADD ("/q35/pm/power-button-raises-sci-when-enabled", test_power_button_raises_sci_when_enabled);
    ADD ("/q35/pm/s5-switches-off", test_s5_switches_off);
    ADD ("/q35/pm/timer-runs-at-its-rate", test_pm_timer_runs_at_its_rate);
    ADD ("/q35/pm/smm-reads-as-set-up", test_smm_reads_as_set_up);
    ADD ("/q35/reset/ports-reset", test_reset_ports_reset);
    ADD ("/q35/boot/kernel-finds-what-firmware-would-leave", test_kernel_finds_what_firmware_would_leave);
    ADD ("/q35/random-accesses-do-no-harm", test_random_accesses);
    return g_test_run ();
}
