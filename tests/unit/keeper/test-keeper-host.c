/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-host.c - what a host can and cannot do is said with its mend. */
#include <errno.h>

#include "keeper-host.h"
#include "vitrine-error.h"

static void
test_kvm_that_does_not_open (void)
{
    static const struct {
        int errnum;
        HostCpu cpu;
        int code;
        const char *sentence;
    } cases[] = {
        { EACCES, HOST_CPU_INTEL, VITRINE_ERROR_DENIED,
          "You have no right to use /dev/kvm; run “sudo usermod -aG kvm $USER” and log in again" },
        { ENOENT, HOST_CPU_INTEL, VITRINE_ERROR_UNSUPPORTED,
          "There is no /dev/kvm: KVM's kernel module is not loaded; run “sudo modprobe "
          "kvm_intel”" },
        { ENOENT, HOST_CPU_AMD, VITRINE_ERROR_UNSUPPORTED,
          "There is no /dev/kvm: KVM's kernel module is not loaded; run “sudo modprobe kvm_amd”" },
        { ENODEV, HOST_CPU_PLAIN, VITRINE_ERROR_UNSUPPORTED,
          "There is no /dev/kvm: this computer's processor has no virtualisation, or it is "
          "switched "
          "off in the firmware's set-up" },
        { EBUSY, HOST_CPU_INTEL, VITRINE_ERROR_BUSY,
          "/dev/kvm is in use by another hypervisor; stop its machines first" },
        { EIO, HOST_CPU_INTEL, VITRINE_ERROR_ENGINE,
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
    g_test_add_func ("/keeper/host/kvm-that-does-not-open", test_kvm_that_does_not_open);
    g_test_add_func ("/keeper/host/memory", test_memory);
    return g_test_run ();
}
