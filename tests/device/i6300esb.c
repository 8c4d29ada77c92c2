/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i6300esb.c - tests: a guest that feeds its watchdog lives, one that does not is dealt with. */
#include "i6300esb.h"

#include <string.h>

#include "test-machine.h"

#define SLOT    4
#define DEVFN   PCI_DEVFN (SLOT, 0)
#define BAR     0xc0000000u
#define NEVER   0xfffff /* ticks: a quarter of an hour */
#define MS      1000000ll
#define ALL_OFF (I6300ESB_CONFIG_IRQ) /* no interrupt, output on, 1 kHz: as Linux sets it */

struct fixture {
    struct test_machine *m;
    struct device *device;
};

static void
make (struct fixture *f, const char *action)
{
    struct device_args args = test_device_args (f->m, &i6300esb_class, "watchdog0");

    args.slot = SLOT;
    if (action)
        g_assert_cmpint (
            device_option_set (&i6300esb_class, (void *) args.config, "action", action), ==, 0);
    g_assert_cmpint (i6300esb_class.create (&args, &f->device), ==, 0);
    device_reset (f->device);
    f->device->ops->set_running (f->device, true);
    test_pci_place_bar (f->m, DEVFN, 0, BAR);
}

static void
setup (struct fixture *f, gconstpointer data)
{
    f->m = test_machine_new ();
    make (f, data);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

static void
unlock (struct fixture *f)
{
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, I6300ESB_UNLOCK1, 2);
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, I6300ESB_UNLOCK2, 2);
}

static void
set_preloads (struct fixture *f, uint32_t first, uint32_t second)
{
    unlock (f);
    test_mmio_write (f->m, BAR + I6300ESB_PRELOAD1, first, 4);
    unlock (f);
    test_mmio_write (f->m, BAR + I6300ESB_PRELOAD2, second, 4);
}

static void
write_reload (struct fixture *f, uint16_t bits)
{
    unlock (f);
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, bits, 2);
}

static void
configure (struct fixture *f, uint16_t config, uint8_t lock)
{
    pci_config_write (f->m->env.pci, DEVFN, I6300ESB_CONFIG, config, 2);
    pci_config_write (f->m->env.pci, DEVFN, I6300ESB_LOCK, lock, 1);
}

static bool
timed_out (struct fixture *f)
{
    return test_mmio_read (f->m, BAR + I6300ESB_RELOAD, 2) & I6300ESB_RELOAD_TIMEOUT;
}

/* Lets the loop turn for that long. */
static void
pass (struct fixture *f, int64_t ns)
{
    int64_t end = loop_now_ns () + ns;

    while (loop_now_ns () < end)
        loop_iterate (f->m->env.loop, 1);
}

static void
test_identity (struct fixture *f, gconstpointer data)
{
    struct pci_bus *pci = f->m->env.pci;

    g_assert_cmphex (pci_config_read (pci, DEVFN, PCI_VENDOR_ID, 4), ==, 0x25ab8086);
    g_assert_cmphex (pci_config_read (pci, DEVFN, PCI_CLASS, 2), ==, 0x8000);
    g_assert_cmphex (pci_config_read (pci, DEVFN, PCI_INTERRUPT_PIN, 1), ==, 1);
    g_assert_cmphex (pci_config_read (pci, DEVFN, I6300ESB_CONFIG, 2), ==, 0);
    g_assert_cmphex (pci_config_read (pci, DEVFN, I6300ESB_LOCK, 1), ==, 0);
    g_assert_cmphex (test_mmio_read (f->m, BAR + I6300ESB_PRELOAD1, 4), ==, 0xfffff);
    g_assert_false (timed_out (f));
}

static void
test_unfed_it_fires_once (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 5, 5);
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
    g_assert_cmpint (f->m->last_action, ==, DEVICE_ACTION_RESET);
    g_assert_true (timed_out (f));
    pass (f, 30 * MS);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 1);
    g_assert_cmpuint (f->m->intx_rises, ==, 0);
}

/* A guest that hangs again as soon as it has started is reset again. */
static void
test_it_acts_each_time (struct fixture *f, gconstpointer data)
{
    for (unsigned n = 1; n <= 3; n++) {
        set_preloads (f, 5, 5);
        configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE);
        pass (f, 60 * MS);
        g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, n);
        device_reset (f->device);
        test_pci_place_bar (f->m, DEVFN, 0, BAR);
    }
}

/* Two stages of 100 ticks of 0.983 ms. */
static void
test_both_stages_count (struct fixture *f, gconstpointer data)
{
    int64_t start = loop_now_ns ();

    set_preloads (f, 100, 100);
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
    g_assert_cmpint (loop_now_ns () - start, >=, 196 * MS);
}

static void
test_fast_clock (struct fixture *f, gconstpointer data)
{
    int64_t start = loop_now_ns ();

    set_preloads (f, 10000, 10000); /* 19 ms; slowly, 20 s */
    configure (f, ALL_OFF | I6300ESB_CONFIG_FAST, I6300ESB_LOCK_ENABLE);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
    g_assert_cmpint (loop_now_ns () - start, >=, 19 * MS);
}

static void
test_fed_it_is_content (struct fixture *f, gconstpointer data)
{
    int64_t end = loop_now_ns () + 300 * MS;

    set_preloads (f, 1000, 1);
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE);
    set_preloads (f, 150, 1);
    while (loop_now_ns () < end) {
        write_reload (f, I6300ESB_RELOAD_NOW);
        pass (f, 10 * MS);
    }
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
}

static void
test_disabled_it_sleeps (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 5, 5);
    write_reload (f, I6300ESB_RELOAD_NOW); /* not enabled: nothing to start */
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE);
    configure (f, ALL_OFF, 0);
    pass (f, 40 * MS);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
}

static void
test_output_off_has_no_consequence (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 5, 5);
    configure (f, ALL_OFF | I6300ESB_CONFIG_NO_OUT, I6300ESB_LOCK_ENABLE);
    pass (f, 40 * MS);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
    g_assert_false (timed_out (f));
}

static void
test_first_stage_interrupts (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 5, NEVER);
    configure (f, 0, I6300ESB_LOCK_ENABLE);
    test_machine_run_until (f->m, &f->m->intx_rises);
    g_assert_true (f->m->intx[SLOT][0]);
    g_assert_cmphex (test_mmio_read (f->m, BAR + I6300ESB_INTERRUPT, 4), ==, 1);
    test_mmio_write (f->m, BAR + I6300ESB_INTERRUPT, 0, 4);
    g_assert_true (f->m->intx[SLOT][0]);
    test_mmio_write (f->m, BAR + I6300ESB_INTERRUPT, 1, 4);
    g_assert_false (f->m->intx[SLOT][0]);
    g_assert_cmphex (test_mmio_read (f->m, BAR + I6300ESB_INTERRUPT, 4), ==, 0);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
}

static void
test_registers_are_locked (struct fixture *f, gconstpointer data)
{
    const uint64_t preload = BAR + I6300ESB_PRELOAD1;

    test_mmio_write (f->m, preload, 5, 4);
    g_assert_cmphex (test_mmio_read (f->m, preload, 4), ==, 0xfffff);
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, I6300ESB_UNLOCK2, 2); /* out of order */
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, I6300ESB_UNLOCK1, 2);
    test_mmio_write (f->m, preload, 5, 4);
    g_assert_cmphex (test_mmio_read (f->m, preload, 4), ==, 0xfffff);
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, I6300ESB_UNLOCK2, 2); /* interrupted */
    test_mmio_write (f->m, preload, 5, 4);
    g_assert_cmphex (test_mmio_read (f->m, preload, 4), ==, 0xfffff);
    unlock (f);
    test_mmio_write (f->m, preload, 0xff00005, 4);
    g_assert_cmphex (test_mmio_read (f->m, preload, 4), ==, 0x00005);
    test_mmio_write (f->m, preload, 6, 4); /* one unlocking, one write */
    g_assert_cmphex (test_mmio_read (f->m, preload, 4), ==, 0x00005);
    g_assert_cmphex (test_mmio_read (f->m, preload, 1), ==, 0x05);
    g_assert_cmphex (test_mmio_read (f->m, preload + 1, 1), ==, 0x00);
}

/* A guest that locks it cannot be made to switch it off. */
static void
test_lock_holds_until_reset (struct fixture *f, gconstpointer data)
{
    struct pci_bus *pci = f->m->env.pci;

    set_preloads (f, 40, 1);
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE | I6300ESB_LOCK_LOCKED);
    configure (f, ALL_OFF, 0);
    g_assert_cmphex (pci_config_read (pci, DEVFN, I6300ESB_LOCK, 1), ==, 3);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
    device_reset (f->device);
    g_assert_cmphex (pci_config_read (pci, DEVFN, I6300ESB_LOCK, 1), ==, 0);
    pci_config_write (pci, DEVFN, I6300ESB_LOCK, I6300ESB_LOCK_FREE_RUN, 1);
    g_assert_cmphex (pci_config_read (pci, DEVFN, I6300ESB_LOCK, 1), ==, 4);
}

static void
test_free_running_goes_on (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 5, 5);
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE | I6300ESB_LOCK_FREE_RUN);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
    write_reload (f, I6300ESB_RELOAD_TIMEOUT);
    g_assert_false (timed_out (f));
    pass (f, 60 * MS);
    g_assert_true (timed_out (f));
    /* The keeper is not told a hundred times a second. */
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 1);
}

static void
test_next_boot_sees_why (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 5, 5);
    configure (f, 0, I6300ESB_LOCK_ENABLE);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
    device_reset (f->device);
    g_assert_false (f->m->intx[SLOT][0]);
    test_pci_place_bar (f->m, DEVFN, 0, BAR);
    g_assert_true (timed_out (f));
    test_mmio_write (f->m, BAR + I6300ESB_RELOAD, I6300ESB_RELOAD_TIMEOUT, 2); /* locked */
    g_assert_true (timed_out (f));
    write_reload (f, I6300ESB_RELOAD_TIMEOUT);
    g_assert_false (timed_out (f));
    pass (f, 30 * MS);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 1);
}

static void
test_paused_time_does_not_count (struct fixture *f, gconstpointer data)
{
    set_preloads (f, 20, 20);
    configure (f, ALL_OFF, I6300ESB_LOCK_ENABLE);
    f->device->ops->set_running (f->device, false);
    pass (f, 100 * MS);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
    f->device->ops->set_running (f->device, true);
    g_assert_cmpuint (f->m->events[DEVICE_EVENT_WATCHDOG], ==, 0);
    test_machine_run_until (f->m, &f->m->events[DEVICE_EVENT_WATCHDOG]);
}

static void
test_each_action (void)
{
    for (unsigned i = 0; i < DEVICE_ACTION_N; i++) {
        struct fixture f = { .m = test_machine_new () };

        make (&f, device_action_names[i]);
        set_preloads (&f, 1, 1);
        configure (&f, ALL_OFF, I6300ESB_LOCK_ENABLE);
        test_machine_run_until (f.m, &f.m->events[DEVICE_EVENT_WATCHDOG]);
        g_assert_cmpint (f.m->last_action, ==, i);
        teardown (&f, NULL);
    }
}

static void
test_options_are_checked (void)
{
    struct i6300esb_config config;

    device_options_init (&i6300esb_class, &config);
    g_assert_cmpuint (config.action, ==, DEVICE_ACTION_RESET);
    g_assert_cmpint (device_option_set (&i6300esb_class, &config, "action", "explode"), ==,
                     -EINVAL);
    g_assert_cmpint (device_option_set (&i6300esb_class, &config, "action", ""), ==, -EINVAL);
    g_assert_cmpuint (config.action, ==, DEVICE_ACTION_RESET);
}

static void
test_taken_slot_is_refused (struct fixture *f, gconstpointer data)
{
    struct device_args args = test_device_args (f->m, &i6300esb_class, "watchdog1");
    struct device *other = NULL;

    args.slot = SLOT;
    g_assert_cmpint (i6300esb_class.create (&args, &other), ==, -EEXIST);
    g_assert_null (other);
}

static void
test_survives_random_accesses (struct fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);

    for (unsigned i = 0; i < 200000; i++) {
        unsigned size = 1u << g_rand_int_range (rand, 0, 3);
        uint32_t offset = (uint32_t) g_rand_int_range (rand, 0, I6300ESB_BAR_BYTES);
        uint32_t value = g_rand_int (rand) >> g_rand_int_range (rand, 0, 32);

        if (i % 8 == 0)
            unlock (f);
        if (i % 16 == 0)
            pci_config_write (f->m->env.pci, DEVFN, 0x60 + (value % 16 & ~(size - 1)), value, size);
        else if (i % 2)
            test_mmio_write (f->m, BAR + offset, value, size);
        else
            test_mmio_read (f->m, BAR + offset, size);
        if (i % 256 == 0)
            loop_iterate (f->m->env.loop, 0);
    }
    device_reset (f->device);
    test_pci_place_bar (f->m, DEVFN, 0, BAR);
    test_identity (f, NULL);
}

#define ADD(name, func) g_test_add ("/i6300esb/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identity", test_identity);
    ADD ("unfed-it-fires-once", test_unfed_it_fires_once);
    ADD ("it-acts-each-time", test_it_acts_each_time);
    ADD ("both-stages-count", test_both_stages_count);
    ADD ("fast-clock", test_fast_clock);
    ADD ("fed-it-is-content", test_fed_it_is_content);
    ADD ("disabled-it-sleeps", test_disabled_it_sleeps);
    ADD ("output-off-has-no-consequence", test_output_off_has_no_consequence);
    ADD ("first-stage-interrupts", test_first_stage_interrupts);
    ADD ("registers-are-locked", test_registers_are_locked);
    ADD ("lock-holds-until-reset", test_lock_holds_until_reset);
    g_test_add ("/i6300esb/free-running-goes-on", struct fixture, "none", setup,
                test_free_running_goes_on, teardown);
    ADD ("next-boot-sees-why", test_next_boot_sees_why);
    ADD ("paused-time-does-not-count", test_paused_time_does_not_count);
    g_test_add_func ("/i6300esb/each-action", test_each_action);
    g_test_add_func ("/i6300esb/options-are-checked", test_options_are_checked);
    ADD ("taken-slot-is-refused", test_taken_slot_is_refused);
    ADD ("survives-random-accesses", test_survives_random_accesses);
    return g_test_run ();
}
