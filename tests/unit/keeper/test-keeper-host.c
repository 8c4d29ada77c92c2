/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-host.c - what a host can and cannot do is said with its mend. */
#include <errno.h>

#include "keeper-host.h"
#include "vitrine-error.h"

static void
test_cpu_kinds (void)
{
    static const struct {
        const char *cpuinfo;
        KeeperCpu kind;
    } cases[] = {
        { "processor\t: 0\nflags\t\t: fpu vme vmx smx\n", KEEPER_CPU_INTEL },
        { "processor\t: 0\nflags\t\t: fpu svm\nbugs\t\t: x\n", KEEPER_CPU_AMD },
        { "processor\t: 0\nflags\t\t: fpu svm_lock vmxnet\nvmx flags\t: vnmi\n", KEEPER_CPU_PLAIN },
        { "processor\t: 0\nmodel name\t: vmx svm\n", KEEPER_CPU_PLAIN },
        { "", KEEPER_CPU_PLAIN },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        g_assert_cmpint (keeper_host_cpu_kind (cases[i].cpuinfo), ==, cases[i].kind);
}

static void
test_kvm_that_does_not_open (void)
{
    static const struct {
        int errnum;
        KeeperCpu cpu;
        int code;
        const char *sentence;
    } cases[] = {
        { EACCES, KEEPER_CPU_INTEL, VITRINE_ERROR_DENIED,
          "You have no right to use /dev/kvm; run “sudo usermod -aG kvm $USER” and log in again" },
        { ENOENT, KEEPER_CPU_INTEL, VITRINE_ERROR_UNSUPPORTED,
          "There is no /dev/kvm: KVM's kernel module is not loaded; run “sudo modprobe "
          "kvm_intel”" },
        { ENOENT, KEEPER_CPU_AMD, VITRINE_ERROR_UNSUPPORTED,
          "There is no /dev/kvm: KVM's kernel module is not loaded; run “sudo modprobe kvm_amd”" },
        { ENODEV, KEEPER_CPU_PLAIN, VITRINE_ERROR_UNSUPPORTED,
          "There is no /dev/kvm: this computer's processor has no virtualisation, or it is "
          "switched "
          "off in the firmware's set-up" },
        { EBUSY, KEEPER_CPU_INTEL, VITRINE_ERROR_BUSY,
          "/dev/kvm is in use by another hypervisor; stop its machines first" },
        { EIO, KEEPER_CPU_INTEL, VITRINE_ERROR_ENGINE,
          "/dev/kvm cannot be opened: Input/output error" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        keeper_host_explain_kvm ("/dev/kvm", cases[i].errnum, cases[i].cpu, &error);
        g_assert_error (error, VITRINE_ERROR, cases[i].code);
        g_assert_cmpstr (error->message, ==, cases[i].sentence);
    }
}

static void
test_meminfo (void)
{
    guint64 total, available;

    g_assert_true (keeper_host_parse_meminfo (
        "MemTotal:       1000 kB\nMemFree: 5 kB\nMemAvailable:    600 kB\n", &total, &available));
    g_assert_cmpuint (total, ==, 1000 * 1024);
    g_assert_cmpuint (available, ==, 600 * 1024);
    g_assert_false (keeper_host_parse_meminfo ("MemTotal: 1 kB\n", &total, &available));
    g_assert_false (keeper_host_parse_meminfo ("", &total, &available));
    g_assert_false (keeper_host_parse_meminfo (
        "MemTotal: 99999999999999999999 kB\nMemAvailable: 1 kB\n", &total, &available));
}

static void
test_memory (void)
{
    const guint64 gib = 1 << 30;
    g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) error = NULL;

    g_assert_true (keeper_host_judge_memory (gib, 4 * gib, 2 * gib, warnings, &error));
    g_assert_cmpuint (warnings->len, ==, 0);
    g_assert_true (keeper_host_judge_memory (3 * gib, 4 * gib, 2 * gib, warnings, &error));
    g_assert_cmpuint (warnings->len, ==, 1);
    g_assert_cmpstr (g_ptr_array_index (warnings, 0), ==,
                     "The machine has 3.0\u00a0GiB of memory, of which this computer has "
                     "2.0\u00a0GiB free now: both may become slow");
    g_assert_true (keeper_host_judge_memory (4 * gib, 4 * gib, 4 * gib, warnings, &error));
    g_assert_false (keeper_host_judge_memory (4 * gib + 1, 4 * gib, 4 * gib, warnings, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NO_SPACE);
}

int
main (int argc, char **argv)
{
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/host/cpu-kinds", test_cpu_kinds);
    g_test_add_func ("/keeper/host/kvm-that-does-not-open", test_kvm_that_does_not_open);
    g_test_add_func ("/keeper/host/meminfo", test_meminfo);
    g_test_add_func ("/keeper/host/memory", test_memory);
    return g_test_run ();
}
