/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

G_STATIC_ASSERT (HOST_KVM_VERSION == KVM_API_VERSION);

/* --- the processor ------------------------------------------------------------------------------- */

/* Whether the first "flags" line of CPUINFO has FLAG. */
static gboolean
has_flag (const char *cpuinfo, const char *flag)
{
    const char *line = strstr (cpuinfo, "\nflags");
    g_autofree char *copy = NULL;
    g_auto (GStrv) words = NULL;

    if (!line)
        return FALSE;
    copy = g_strndup (line + 1, strcspn (line + 1, "\n"));
    words = g_strsplit (copy, " ", -1);
    return g_strv_contains ((const char *const *) words, flag);
}

HostCpu
host_parse_cpu (const char *cpuinfo)
{
    if (has_flag (cpuinfo, "vmx"))
        return HOST_CPU_INTEL;
    return has_flag (cpuinfo, "svm") ? HOST_CPU_AMD : HOST_CPU_PLAIN;
}

HostCpu
host_read_cpu (void)
{
    g_autofree char *cpuinfo = NULL;

    if (!g_file_get_contents ("/proc/cpuinfo", &cpuinfo, NULL, NULL))
        return HOST_CPU_PLAIN;
    return host_parse_cpu (cpuinfo);
}

const char *
host_cpu_get_module (HostCpu cpu)
{
    switch (cpu) {
    case HOST_CPU_INTEL:
        return "kvm_intel";
    case HOST_CPU_AMD:
        return "kvm_amd";
    default:
        return NULL;
    }
}

/* --- KVM ----------------------------------------------------------------------------------------- */

const char *
host_kvm_get_path (void)
{
    const char *override = g_getenv ("VITRINE_KVM");

    return override && *override ? override : "/dev/kvm";
}

int
host_kvm_open (void)
{
    return open (host_kvm_get_path (), O_RDWR | O_CLOEXEC);
}

int
host_kvm_get_version (int kvm)
{
    return ioctl (kvm, KVM_GET_API_VERSION, 0);
}

guint
host_kvm_get_max_vcpus (int kvm)
{
    int max = ioctl (kvm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);

    return max > 0 ? (guint) max : 0;
}

/* --- memory -------------------------------------------------------------------------------------- */

/* The number after KEY at the beginning of a line, in KiB there. */
static gboolean
read_field (const char *meminfo, const char *key, guint64 *bytes)
{
    for (const char *line = meminfo; line; line = strchr (line, '\n')) {
        guint64 kib;

        line += *line == '\n';
        if (!g_str_has_prefix (line, key))
            continue;
        kib = g_ascii_strtoull (line + strlen (key), NULL, 10);
        return g_uint64_checked_mul (bytes, kib, 1024);
    }
    return FALSE;
}

gboolean
host_parse_memory (const char *meminfo, guint64 *total, guint64 *available)
{
    return read_field (meminfo, "MemTotal:", total) && read_field (meminfo, "MemAvailable:", available);
}

gboolean
host_read_memory (guint64 *total, guint64 *available)
{
    g_autofree char *meminfo = NULL;

    return g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL)
           && host_parse_memory (meminfo, total, available);
}
