/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kvm.c - a KVM without a capability, or that refuses a request: one sentence that says which, each time,
 * and nothing is left open; and what a machine can do without.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glib.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-kvm.h"
#include "fake-machine.h"
#include "machine.h"

/* --- machines --------------------------------------------------------------------------------------- */

static unsigned n_told; /* processors, as the machine said last */
static unsigned n_resets;
static char *stuck_text; /* why it cannot go on, as it said last */

static void
vcpus_cb (void *opaque, unsigned n, enum vmm_unplug_state state)
{
    n_told = n;
}

static void
was_reset_cb (void *opaque)
{
    n_resets++;
}

static void
stuck_cb (void *opaque, const char *text)
{
    g_free (stuck_text);
    stuck_text = g_strdup (text);
}

static const struct machine_ops ops = {
    .was_reset = was_reset_cb,
    .stuck = stuck_cb,
    .vcpus = vcpus_cb,
};

static unsigned
count_fds (void)
{
    g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name (dir))
        n++;
    return n;
}

static int
make_machine (bool uefi, struct machine **machine, char why[VMM_TEXT_BYTES])
{
    return fake_machine_create (uefi, &ops, machine, why);
}

static void
expect_machine (bool uefi)
{
    unsigned before = count_fds ();
    char why[VMM_TEXT_BYTES];
    struct machine *machine;

    g_assert_cmpint (make_machine (uefi, &machine, why), ==, 0);
    g_assert_nonnull (machine);
    machine_destroy (machine);
    g_assert_cmpuint (count_fds (), ==, before);
}

static void
expect_no_machine (bool uefi, const char *sentence)
{
    unsigned before = count_fds ();
    char why[VMM_TEXT_BYTES];
    struct machine *machine;

    g_assert_cmpint (make_machine (uefi, &machine, why), <, 0);
    g_assert_null (machine);
    g_assert_cmpstr (why, ==, sentence);
    g_assert_cmpuint (count_fds (), ==, before);
}

/* --- at the start ------------------------------------------------------------------------------------- */

static void
test_all_there (void)
{
    fake_kvm_init ();
    expect_machine (false);
    expect_machine (true);
}

static void
test_capabilities (void)
{
    static const char too_old[] = "this host's KVM is too old: it needs Linux 4.13 or later";

    fake_kvm_init ();
    fake_kvm.missing = KVM_CAP_IMMEDIATE_EXIT;
    expect_no_machine (false, too_old);
    fake_kvm.missing = KVM_CAP_SIGNAL_MSI;
    expect_no_machine (false, too_old);
    fake_kvm.missing = KVM_CAP_MAX_VCPUS;
    expect_no_machine (false, "this host's KVM does not run that many processors");
    fake_kvm.missing = KVM_CAP_READONLY_MEM;
    expect_no_machine (true, "this host's KVM cannot make memory read-only, which UEFI needs");
    expect_machine (false); /* a BIOS does without */
}

static void
test_no_kvm (void)
{
    static const char not_kvm[] =
        "what was given as /dev/kvm is not KVM of the version this program speaks";
    static const char no_page[] = "KVM does not say how large a processor's shared page is";

    fake_kvm_fail (KVM_GET_API_VERSION, ENOTTY, 0);
    expect_no_machine (false, not_kvm);
    fake_kvm_init ();
    fake_kvm.version = KVM_API_VERSION - 1;
    expect_no_machine (false, not_kvm);
    fake_kvm_fail (KVM_GET_VCPU_MMAP_SIZE, EINVAL, 0);
    expect_no_machine (false, no_page);
    fake_kvm_init ();
    fake_kvm.run_bytes = sizeof (struct kvm_run) - 1;
    expect_no_machine (false, no_page);
}

/* A signal while KVM makes the machine is no reason to have none. */
static void
test_interrupted (void)
{
    fake_kvm_fail (KVM_CREATE_VM, EINTR, 0);
    fake_kvm.times = 3;
    expect_machine (false);
    g_assert_cmpuint (fake_kvm.n_calls, ==, 4);
}

/* What a machine cannot be made without; SKIP of the same request succeed before. */
static const struct {
    unsigned long request;
    int error;
    unsigned skip;
    const char *sentence;
} needed[] = {
    { KVM_CREATE_VM, EBUSY, 0,
      "KVM does not make a virtual machine (does another hypervisor use the processor?)" },
    { KVM_CREATE_IRQCHIP, ENOTTY, 0, "this host's KVM has no interrupt controllers of its own" },
    { KVM_CREATE_PIT2, ENOTTY, 0, "this host's KVM has no timer (PIT) of its own" },
    { KVM_GET_IRQCHIP, EINVAL, 0, "KVM does not show its interrupt controllers" },
    { KVM_GET_IRQCHIP, EINVAL, 2, "KVM does not show its interrupt controllers" },
    { KVM_GET_PIT2, EINVAL, 0, "KVM does not show its timer (PIT)" },
    { KVM_GET_SUPPORTED_CPUID, ENOMEM, 0, "KVM does not say what processors it can show" },
    { KVM_SET_USER_MEMORY_REGION, ENOMEM, 0,
      "KVM does not take the machine's memory: Cannot allocate memory" },
    { KVM_SET_USER_MEMORY_REGION, EINVAL, 2, "KVM does not take the firmware: Invalid argument" },
    { KVM_CREATE_VCPU, EINVAL, 0, "KVM does not make another processor: Invalid argument" },
    { KVM_CREATE_VCPU, EINVAL, 1, "KVM does not make another processor: Invalid argument" },
    { KVM_SET_CPUID2, EINVAL, 0, "KVM refuses the processors' features: Invalid argument" },
    { KVM_GET_MSR_INDEX_LIST, EFAULT, 0, "KVM does not show a new processor's state" },
    { KVM_GET_REGS, EIO, 0, "KVM does not show a new processor's state" },
    { KVM_GET_SREGS, EIO, 0, "KVM does not show a new processor's state" },
    { KVM_GET_FPU, EIO, 1, "KVM does not show a new processor's state" },
    { KVM_GET_LAPIC, EIO, 0, "KVM does not show a new processor's state" },
    { KVM_GET_MP_STATE, EIO, 0, "KVM does not show a new processor's state" },
    { KVM_SET_SREGS, EIO, 0, "KVM does not take the state after power-on: Input/output error" },
    { KVM_SET_REGS, EIO, 1, "KVM does not take the state after power-on: Input/output error" },
    { KVM_SET_FPU, EIO, 0, "KVM does not take the state after power-on: Input/output error" },
    { KVM_SET_LAPIC, EIO, 0, "KVM does not take the state after power-on: Input/output error" },
    { KVM_SET_MP_STATE, EIO, 1, "KVM does not take the state after power-on: Input/output error" },
};

static void
test_needed (void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS (needed); i++) {
        fake_kvm_fail (needed[i].request, needed[i].error, needed[i].skip);
        expect_no_machine (true, needed[i].sentence);
        g_assert_cmpuint (fake_kvm.n_calls, >, needed[i].skip);
    }
}

static void
test_unmappable (void)
{
    fake_kvm_init ();
    fake_kvm.unmappable = true;
    expect_no_machine (false, "KVM does not make another processor: No such device");
}

/* Hosts differ in these, and every machine is made all the same. */
static void
test_optional (void)
{
    static const unsigned long requests[] = {
        KVM_SET_IDENTITY_MAP_ADDR,
        KVM_SET_TSS_ADDR,
        KVM_GET_SUPPORTED_HV_CPUID,
        KVM_GET_MSRS,
        KVM_SET_MSRS,
        KVM_GET_XCRS,
        KVM_GET_DEBUGREGS,
        KVM_GET_VCPU_EVENTS,
        KVM_SET_XCRS,
        KVM_SET_DEBUGREGS,
        KVM_SET_VCPU_EVENTS,
    };
    static const int capabilities[] = { KVM_CAP_SYS_HYPERV_CPUID, KVM_CAP_TSC_DEADLINE_TIMER };

    for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++) {
        fake_kvm_fail (requests[i], EINVAL, 0);
        expect_machine (true);
        g_assert_cmpuint (fake_kvm.n_calls, >, 0);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS (capabilities); i++) {
        fake_kvm_init ();
        fake_kvm.missing = capabilities[i];
        expect_machine (true);
    }
}

/* --- later -------------------------------------------------------------------------------------------- */

/* A third processor that KVM refuses, for REQUEST or because its page cannot be mapped, leaves the machine
 * with two, and comes when it is asked for again. */
static void
expect_no_third (struct machine *machine, const char *sentence)
{
    char why[VMM_TEXT_BYTES];

    n_told = 0;
    g_assert_cmpint (machine_set_vcpus (machine, 3, why), <, 0);
    g_assert_cmpstr (why, ==, sentence);
    g_assert_cmpuint (n_told, ==, 2);
}

static void
test_another_processor (void)
{
    static const struct {
        unsigned long request;
        const char *sentence;
    } rows[] = {
        { KVM_CREATE_VCPU, "KVM does not make another processor: Input/output error" },
        { KVM_SET_CPUID2, "KVM refuses the processors' features: Input/output error" },
        { KVM_GET_REGS, "KVM does not show a new processor's state" },
    };
    char why[VMM_TEXT_BYTES];
    struct machine *machine;

    for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++) {
        unsigned before = count_fds ();

        fake_kvm_init ();
        g_assert_cmpint (make_machine (false, &machine, why), ==, 0);
        fake_kvm_fail (rows[i].request, EIO, 0);
        expect_no_third (machine, rows[i].sentence);
        fake_kvm_init ();
        g_assert_cmpint (machine_set_vcpus (machine, 3, why), ==, 0);
        g_assert_cmpuint (n_told, ==, 3);
        machine_destroy (machine);
        g_assert_cmpuint (count_fds (), ==, before);
    }
}

/* It is stopped, as the guest would go on with half of its old state; the next reset is another try. */
static void
test_reset (void)
{
    static const unsigned long requests[] = { KVM_SET_SREGS, KVM_SET_LAPIC, KVM_SET_MP_STATE };
    char why[VMM_TEXT_BYTES];
    struct machine *machine;

    for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++) {
        fake_kvm_init ();
        g_assert_cmpint (make_machine (false, &machine, why), ==, 0);
        n_resets = 0;
        fake_kvm_fail (requests[i], EIO, 1);
        machine_reset (machine);
        g_assert_cmpuint (n_resets, ==, 1);
        g_assert_cmpstr (stuck_text, ==, "KVM does not take the state after power-on");
        g_clear_pointer (&stuck_text, g_free);
        machine_run (machine);
        g_assert_false (machine_is_running (machine));
        fake_kvm_init ();
        machine_reset (machine);
        g_assert_true (machine_is_running (machine));
        g_assert_null (stuck_text);
        machine_destroy (machine);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/kvm/a-machine-is-made-where-nothing-is-missing", test_all_there);
    g_test_add_func ("/kvm/each-capability-that-is-missing-is-told", test_capabilities);
    g_test_add_func ("/kvm/what-is-no-kvm-is-told", test_no_kvm);
    g_test_add_func ("/kvm/a-signal-does-not-cost-the-machine", test_interrupted);
    g_test_add_func ("/kvm/each-request-that-is-refused-is-told-once", test_needed);
    g_test_add_func ("/kvm/a-processor-that-cannot-be-mapped-is-told", test_unmappable);
    g_test_add_func ("/kvm/what-hosts-differ-in-costs-nothing", test_optional);
    g_test_add_func ("/kvm/another-processor-that-is-refused-leaves-the-others",
                     test_another_processor);
    g_test_add_func ("/kvm/a-reset-that-is-refused-stops-the-machine-until-the-next", test_reset);
    return g_test_run ();
}
