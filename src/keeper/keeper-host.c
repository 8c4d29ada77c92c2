/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-host.c - what this computer can run: KVM, processors, memory. */
#include "keeper-host.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#include "fd.h"
#include "vitrine-error.h"

void
keeper_host_explain_kvm (const char *path, int errnum, HostCpu cpu, GError **error)
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
        if (cpu == HOST_CPU_PLAIN)
            g_set_error (
                error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                _ ("There is no %s: this computer's processor has no virtualisation, or it "
                   "is switched off in the firmware's set-up"),
                path);
        else
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                         _ ("There is no %s: KVM's kernel module is not loaded; run “sudo modprobe "
                            "%s”"),
                         path, host_cpu_get_module (cpu));
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
check_kvm (int fd, guint n_vcpus, GError **error)
{
    guint max_vcpus = host_kvm_get_max_vcpus (fd);
    int version = host_kvm_get_version (fd);

    if (version != HOST_KVM_VERSION) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("%s is not the KVM this program knows (version %d, not %d)"),
                     host_kvm_get_path (), version, HOST_KVM_VERSION);
        return FALSE;
    }
    if (max_vcpus > 0 && n_vcpus > max_vcpus) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The machine has %u CPUs; this computer's KVM does %u at most"), n_vcpus,
                     max_vcpus);
        return FALSE;
    }
    return TRUE;
}

static void
warn_about_cpus (guint n_vcpus, GPtrArray *warnings)
{
    guint n_host = g_get_num_processors ();

    if (host_read_cpu () == HOST_CPU_PLAIN)
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
    int fd = host_kvm_open ();

    if (fd < 0) {
        keeper_host_explain_kvm (host_kvm_get_path (), errno, host_read_cpu (), error);
        return -1;
    }
    if (!check_kvm (fd, n_vcpus, error)) {
        fd_close (&fd);
        return -1;
    }
    warn_about_cpus (n_vcpus, warnings);
    return fd;
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
    guint64 total, available;

    if (!host_read_memory (&total, &available))
        return TRUE; /* a host that does not say is asked for the memory itself */
    return keeper_host_judge_memory (bytes, total, available, warnings, error);
}
