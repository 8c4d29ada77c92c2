/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-host.c - what this computer can run: KVM, processors, memory. */
#include "keeper-host.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fd.h"
#include "vitrine-error.h"

#define KVM_PATH "/dev/kvm"

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

KeeperCpu
keeper_host_cpu_kind (const char *cpuinfo)
{
    if (has_flag (cpuinfo, "vmx"))
        return KEEPER_CPU_INTEL;
    return has_flag (cpuinfo, "svm") ? KEEPER_CPU_AMD : KEEPER_CPU_PLAIN;
}

static KeeperCpu
read_cpu_kind (void)
{
    g_autofree char *cpuinfo = NULL;

    if (!g_file_get_contents ("/proc/cpuinfo", &cpuinfo, NULL, NULL))
        return KEEPER_CPU_PLAIN;
    return keeper_host_cpu_kind (cpuinfo);
}

void
keeper_host_explain_kvm (const char *path, int errnum, KeeperCpu cpu, GError **error)
{
    switch (errnum) {
    case EACCES:
    case EPERM:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("You have no right to use %s; run “sudo usermod -aG kvm $USER” and log in "
                        "again"),
                     path);
        return;
    case ENOENT:
    case ENODEV:
    case ENXIO:
        if (cpu == KEEPER_CPU_PLAIN)
            g_set_error (
                error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                _ ("There is no %s: this computer's processor has no virtualisation, or it "
                   "is switched off in the firmware's set-up"),
                path);
        else
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                         _ ("There is no %s: KVM's kernel module is not loaded; run “sudo modprobe "
                            "%s”"),
                         path, cpu == KEEPER_CPU_INTEL ? "kvm_intel" : "kvm_amd");
        return;
    case EBUSY:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     _ ("%s is in use by another hypervisor; stop its machines first"), path);
        return;
    default:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be opened: %s"),
                     path, g_strerror (errnum));
    }
}

static gboolean
check_kvm (int fd, const char *path, guint n_vcpus, GError **error)
{
    int version = ioctl (fd, KVM_GET_API_VERSION, 0);
    int max_vcpus = ioctl (fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);

    if (version != KVM_API_VERSION) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("%s is not the KVM this program knows (version %d, not %d)"), path, version,
                     KVM_API_VERSION);
        return FALSE;
    }
    if (max_vcpus > 0 && n_vcpus > (guint) max_vcpus) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The machine has %u CPUs; this computer's KVM does %d at most"), n_vcpus,
                     max_vcpus);
        return FALSE;
    }
    return TRUE;
}

static void
warn_about_cpus (guint n_vcpus, GPtrArray *warnings)
{
    guint n_host = g_get_num_processors ();

    if (read_cpu_kind () == KEEPER_CPU_PLAIN)
        g_ptr_array_add (warnings,
                         g_strdup (_ ("This computer's processor shows no virtualisation: KVM "
                                      "works in software here, and machines are very slow")));
    if (n_vcpus > n_host)
        g_ptr_array_add (
            warnings, g_strdup_printf (_ ("The machine has %u CPUs, this computer only %u: it will "
                                          "be slower than with %u"),
                                       n_vcpus, n_host, n_host));
}

int
keeper_host_open_kvm (guint n_vcpus, GPtrArray *warnings, GError **error)
{
    const char *override = g_getenv ("VITRINE_KVM");
    const char *path = override ? override : KVM_PATH;
    int fd = open (path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        keeper_host_explain_kvm (path, errno, read_cpu_kind (), error);
        return -1;
    }
    if (!check_kvm (fd, path, n_vcpus, error)) {
        fd_close (&fd);
        return -1;
    }
    warn_about_cpus (n_vcpus, warnings);
    return fd;
}

/* The number after KEY at the beginning of a line, in KiB there. */
static gboolean
meminfo_field (const char *meminfo, const char *key, guint64 *bytes)
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
keeper_host_parse_meminfo (const char *meminfo, guint64 *total_bytes, guint64 *available_bytes)
{
    return meminfo_field (meminfo, "MemTotal:", total_bytes)
           && meminfo_field (meminfo, "MemAvailable:", available_bytes);
}

gboolean
keeper_host_judge_memory (guint64 bytes, guint64 total_bytes, guint64 available_bytes,
                          GPtrArray *warnings, GError **error)
{
    g_autofree char *wanted = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *total = g_format_size_full (total_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *available = g_format_size_full (available_bytes, G_FORMAT_SIZE_IEC_UNITS);

    if (bytes > total_bytes) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NO_SPACE,
                     _ ("The machine has %s of memory, this computer only %s; give it less"),
                     wanted, total);
        return FALSE;
    }
    if (bytes > available_bytes)
        g_ptr_array_add (warnings,
                         g_strdup_printf (_ ("The machine has %s of memory, of which this computer "
                                             "has %s free now: both may become slow"),
                                          wanted, available));
    return TRUE;
}

gboolean
keeper_host_check_memory (guint64 bytes, GPtrArray *warnings, GError **error)
{
    g_autofree char *meminfo = NULL;
    guint64 total, available;

    if (!g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL)
        || !keeper_host_parse_meminfo (meminfo, &total, &available))
        return TRUE; /* a host that does not say is asked for the memory itself */
    return keeper_host_judge_memory (bytes, total, available, warnings, error);
}
