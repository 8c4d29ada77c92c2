/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-host.c - what the kernel says of this computer is read as it is meant. */
#include <glib/gstdio.h>

#include "host.h"

static void
test_cpu_kinds (void)
{
    static const struct {
        const char *cpuinfo;
        HostCpu kind;
    } cases[] = {
        { "processor\t: 0\nflags\t\t: fpu vme vmx smx\n", HOST_CPU_INTEL },
        { "processor\t: 0\nflags\t\t: fpu svm\nbugs\t\t: x\n", HOST_CPU_AMD },
        { "processor\t: 0\nflags\t\t: fpu svm_lock vmxnet\nvmx flags\t: vnmi\n", HOST_CPU_PLAIN },
        { "processor\t: 0\nmodel name\t: vmx svm\n", HOST_CPU_PLAIN },
        { "", HOST_CPU_PLAIN },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        g_assert_cmpint (host_parse_cpu (cases[i].cpuinfo), ==, cases[i].kind);
}

static void
test_meminfo (void)
{
    guint64 total, available;

    g_assert_true (host_parse_memory (
        "MemTotal:       1000 kB\nMemFree: 5 kB\nMemAvailable:    600 kB\n", &total, &available));
    g_assert_cmpuint (total, ==, 1000 * 1024);
    g_assert_cmpuint (available, ==, 600 * 1024);
    g_assert_false (host_parse_memory ("MemTotal: 1 kB\n", &total, &available));
    g_assert_false (host_parse_memory ("", &total, &available));
    g_assert_false (host_parse_memory (
        "MemTotal: 99999999999999999999 kB\nMemAvailable: 1 kB\n", &total, &available));
}

static void
test_kvm_path (void)
{
    g_unsetenv ("VITRINE_KVM");
    g_assert_cmpstr (host_kvm_get_path (), ==, "/dev/kvm");
    g_setenv ("VITRINE_KVM", "", TRUE);
    g_assert_cmpstr (host_kvm_get_path (), ==, "/dev/kvm");
    g_setenv ("VITRINE_KVM", "/elsewhere", TRUE);
    g_assert_cmpstr (host_kvm_get_path (), ==, "/elsewhere");
    g_assert_cmpint (host_kvm_open (), ==, -1);
}

static void
test_what_is_not_kvm (void)
{
    int fd;

    g_setenv ("VITRINE_KVM", "/dev/null", TRUE);
    fd = host_kvm_open ();
    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (host_kvm_get_version (fd), ==, -1);
    g_assert_cmpuint (host_kvm_get_max_vcpus (fd), ==, 0);
    g_close (fd, NULL);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/host/cpu", test_cpu_kinds);
    g_test_add_func ("/host/memory", test_meminfo);
    g_test_add_func ("/host/kvm-path", test_kvm_path);
    g_test_add_func ("/host/what-is-not-kvm", test_what_is_not_kvm);
    return g_test_run ();
}
