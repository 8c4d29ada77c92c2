/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-check.c - what this computer can and cannot do, and the one command that mends it. */
#include "native-check.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/io_uring.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "definition.h"
#include "host.h"
#include "native-paths.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define GIB                 (G_GUINT64_CONSTANT (1) << 30)
#define LITTLE_DISK_BYTES   (4 * GIB)
#define LITTLE_MEMORY_BYTES (GIB / 2)

static VitrineCheck *
check_new (const char *id, VitrineCheckStatus status, const char *mend, char *text)
{
    VitrineCheck *check = g_new0 (VitrineCheck, 1);

    check->id = g_strdup (id);
    check->status = status;
    check->mend = g_strdup (mend);
    check->text = text;
    return check;
}

/* --- the processor ---------------------------------------------------------------------------- */

static VitrineCheck *
explain_kvm (const char *path, int err)
{
    HostCpu cpu = host_read_cpu ();

    if (err == EACCES || err == EPERM)
        return check_new ("kvm", VITRINE_CHECK_FAILED, "sudo usermod -aG kvm $USER",
                          g_strdup_printf (_ ("You have no right to use %s; join its group and log "
                                              "in again"),
                                           path));
    if (err != ENOENT && err != ENODEV && err != ENXIO)
        return check_new ("kvm", VITRINE_CHECK_FAILED, "",
                          g_strdup_printf (_ ("%s cannot be opened: %s"), path, g_strerror (err)));
    if (cpu != HOST_CPU_PLAIN) {
        g_autofree char *mend = g_strdup_printf ("sudo modprobe %s", host_cpu_get_module (cpu));

        return check_new (
            "kvm", VITRINE_CHECK_FAILED, mend,
            g_strdup_printf (_ ("There is no %s: KVM's kernel module is not loaded"), path));
    }
    return check_new ("kvm", VITRINE_CHECK_FAILED, "",
                      g_strdup_printf (_ ("There is no %s: this computer's processor has no "
                                          "virtualisation, or its firmware has switched it off"),
                                       path));
}

VitrineCheck *
native_check_kvm (void)
{
    const char *path = host_kvm_get_path ();
    vitrine_autofd fd = host_kvm_open ();

    if (fd < 0)
        return explain_kvm (path, errno);
    if (host_kvm_get_version (fd) != HOST_KVM_VERSION)
        return check_new (
            "kvm", VITRINE_CHECK_FAILED, "",
            g_strdup_printf (_ ("%s does not speak the KVM this program knows"), path));
    return check_new ("kvm", VITRINE_CHECK_OK, "", g_strdup_printf (_ ("%s answers"), path));
}

gboolean
native_check_kvm_usable (GError **error)
{
    g_autoptr (VitrineCheck) check = native_check_kvm ();

    return check->status != VITRINE_CHECK_FAILED
           || vitrine_rules_refuse_failed_check (check, error);
}

static VitrineCheck *
check_hardware (void)
{
    if (host_read_cpu () != HOST_CPU_PLAIN)
        return check_new ("kvm-hardware", VITRINE_CHECK_OK, "",
                          g_strdup (_ ("The processor virtualises in hardware")));
    return check_new ("kvm-hardware", VITRINE_CHECK_WARNING, "",
                      g_strdup (_ ("The processor shows no virtualisation: where KVM works in "
                                   "software, machines are very slow")));
}

/* --- files and programs ----------------------------------------------------------------------- */

/* Where the keeper looks too; $VITRINE_FIRMWARE_PATH stands in for the configured folders. */
static gboolean
has_firmware (const char *name, const char *configured)
{
    const char *override = g_getenv ("VITRINE_FIRMWARE_PATH");
    g_auto (GStrv) folders = g_strsplit (override != NULL ? override : configured, ":", -1);

    for (guint i = 0; folders[i] != NULL; i++) {
        g_autofree char *path = g_build_filename (folders[i], name, NULL);

        if (access (path, R_OK) == 0)
            return TRUE;
    }
    return FALSE;
}

static VitrineCheck *
check_firmware (void)
{
    static const char *const names[] = { "bios-256k.bin", "vgabios-stdvga.bin" };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (!has_firmware (names[i], FIRMWARE_PATH))
            return check_new ("firmware", VITRINE_CHECK_FAILED, "sudo apt install seabios",
                              g_strdup_printf (_ ("The firmware “%s” is not installed"), names[i]));
    return check_new ("firmware", VITRINE_CHECK_OK, "",
                      g_strdup (_ ("The firmware for BIOS machines is installed")));
}

/* As keeper-firmware.c has them. */
static VitrineCheck *
check_uefi (void)
{
    static const char *const names[] = { "OVMF_CODE_4M.fd", "OVMF_CODE.4m.fd", "OVMF_CODE.fd" };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (has_firmware (names[i], UEFI_PATH))
            return check_new ("firmware-uefi", VITRINE_CHECK_OK, "",
                              g_strdup (_ ("The firmware for UEFI machines is installed")));
    return check_new ("firmware-uefi", VITRINE_CHECK_WARNING, "sudo apt install ovmf",
                      g_strdup (_ ("The firmware for UEFI machines is not installed")));
}

gboolean
native_check_firmware_usable (VitrineFirmware firmware, GError **error)
{
    g_autoptr (VitrineCheck) check = NULL;

    if (firmware != VITRINE_FIRMWARE_UEFI)
        return TRUE; /* the keeper looks for all it needs */
    check = check_uefi ();
    return check->status == VITRINE_CHECK_OK
           || vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED, _ ("%s; run “%s”"), check->text,
                              check->mend);
}

static VitrineCheck *
check_programs (void)
{
    static const struct {
        const char *folder, *name;
    } programs[] = {
        { "keeper", "vitrine-keeper" },
        { "vmm", "vitrine-vmm" },
        { "remote", "vitrine-vnc" },
        { "remote", "vitrine-spice" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (programs); i++) {
        g_autofree char *path = native_paths_dup_program (programs[i].folder, programs[i].name);

        if (access (path, X_OK) != 0)
            return check_new ("programs", VITRINE_CHECK_FAILED, "",
                              g_strdup_printf (_ ("The program “%s” is missing; install Vitrine "
                                                  "again"),
                                               path));
    }
    return check_new ("programs", VITRINE_CHECK_OK, "",
                      g_strdup (_ ("Vitrine's own programs are in their places")));
}

/* What opens and makes images that are not raw; machines without one need none. */
static VitrineCheck *
check_images (void)
{
    static const struct {
        const char *program, *package;
    } needed[] = {
        { "qemu-storage-daemon", "qemu-system-common" },
        { "qemu-img", "qemu-utils" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (needed); i++) {
        g_autofree char *path = g_find_program_in_path (needed[i].program);
        g_autofree char *mend = g_strdup_printf ("sudo apt install %s", needed[i].package);

        if (path == NULL)
            return check_new (
                "images", VITRINE_CHECK_WARNING, mend,
                g_strdup_printf (_ ("The program “%s” is not installed: disks are raw images only"),
                                 needed[i].program));
    }
    return check_new ("images", VITRINE_CHECK_OK, "",
                      g_strdup (_ ("Disk images of other formats than raw can be opened")));
}

/* --- the kernel ------------------------------------------------------------------------------- */

static VitrineCheck *
check_landlock (void)
{
    long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version >= 1)
        return check_new (
            "landlock", VITRINE_CHECK_OK, "",
            g_strdup_printf (_ ("The kernel can lock machines in (Landlock %ld)"), version));
    return check_new ("landlock", VITRINE_CHECK_WARNING, "",
                      g_strdup (_ ("The kernel has no Landlock: machines are locked in less "
                                   "tightly")));
}

static VitrineCheck *
check_io_uring (void)
{
    struct io_uring_params params = { 0 };
    vitrine_autofd fd = (int) syscall (SYS_io_uring_setup, 1, &params);

    if (fd >= 0)
        return check_new ("io-uring", VITRINE_CHECK_OK, "",
                          g_strdup (_ ("The kernel has io_uring")));
    if (errno == EPERM)
        return check_new ("io-uring", VITRINE_CHECK_WARNING,
                          "sudo sysctl kernel.io_uring_disabled=0",
                          g_strdup (_ ("The kernel does not let you use io_uring: disks are "
                                       "slower")));
    return check_new ("io-uring", VITRINE_CHECK_WARNING, "",
                      g_strdup (_ ("The kernel has no io_uring: disks are slower")));
}

/* --- room ------------------------------------------------------------------------------------- */

static VitrineCheck *
check_folder (const char *machines)
{
    int ret = native_paths_make_folder (machines);

    if (ret == 0 && access (machines, W_OK | X_OK) != 0)
        ret = -errno;
    if (ret == 0)
        return check_new ("folder", VITRINE_CHECK_OK, "",
                          g_strdup_printf (_ ("Machines are kept in “%s”"), machines));
    return check_new (
        "folder", VITRINE_CHECK_FAILED, "",
        g_strdup_printf (_ ("Machines cannot be kept in “%s”: %s"), machines, g_strerror (-ret)));
}

/* What is free where PATH is, or will be. */
static guint64
read_free_disk (const char *path)
{
    g_autofree char *place = g_strdup (path);
    struct statvfs fs;

    while (statvfs (place, &fs) != 0) {
        char *parent = g_path_get_dirname (place);

        if (errno != ENOENT || g_str_equal (parent, place)) {
            g_free (parent);
            return 0;
        }
        g_free (place);
        place = parent;
    }
    return (guint64) fs.f_bavail * fs.f_frsize;
}

static guint64
read_free_memory (void)
{
    guint64 total, available;

    return host_read_memory (&total, &available) ? available : 0;
}

/* OK, or a warning below LITTLE_BYTES. */
static VitrineCheck *
check_room (const char *id, guint64 free_bytes, guint64 little_bytes, const char *format)
{
    g_autofree char *size = g_format_size_full (free_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

    return check_new (id, free_bytes < little_bytes ? VITRINE_CHECK_WARNING : VITRINE_CHECK_OK, "",
                      g_strjoinv (size, parts));
}

GPtrArray *
native_check_all (const char *machines)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_check_free);

    g_ptr_array_add (checks, native_check_kvm ());
    g_ptr_array_add (checks, check_hardware ());
    g_ptr_array_add (checks, check_firmware ());
    g_ptr_array_add (checks, check_uefi ());
    g_ptr_array_add (checks, check_programs ());
    g_ptr_array_add (checks, check_images ());
    g_ptr_array_add (checks, check_landlock ());
    g_ptr_array_add (checks, check_io_uring ());
    g_ptr_array_add (checks, check_folder (machines));
    g_ptr_array_add (checks, check_room ("space", read_free_disk (machines), LITTLE_DISK_BYTES,
                                         _ ("%s are free where machines are kept")));
    g_ptr_array_add (checks, check_room ("memory", read_free_memory (), LITTLE_MEMORY_BYTES,
                                         _ ("%s of memory are free")));
    return checks;
}

static guint
read_max_vcpus (void)
{
    vitrine_autofd fd = host_kvm_open ();
    guint max = fd >= 0 ? host_kvm_get_max_vcpus (fd) : 0;

    return MIN (max > 0 ? max : g_get_num_processors (), VITRINE_DEFINITION_MAX_VCPUS);
}

VitrineHostLimits *
native_check_dup_limits (const char *machines)
{
    VitrineHostLimits *limits = g_new0 (VitrineHostLimits, 1);

    limits->max_vcpus = read_max_vcpus ();
    limits->host_cpus = g_get_num_processors ();
    limits->memory_bytes = (guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGESIZE);
    limits->free_memory_bytes = read_free_memory ();
    limits->free_disk_bytes = read_free_disk (machines);
    limits->machines_folder = g_strdup (machines);
    limits->has_uefi = native_check_firmware_usable (VITRINE_FIRMWARE_UEFI, NULL);
    return limits;
}
