/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-files.c - what is wrong with a machine's files is said in one sentence, before
 * anything starts; disks are locked. */
#include <fcntl.h>
#include <signal.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-fixture.h"

/* The kernel's number; <linux/capability.h> is not needed for more. */
#define CAP_DAC_OVERRIDE    1
#define CAP_DAC_READ_SEARCH 2

static char *
path_of (Fixture *f, const char *name)
{
    return g_build_filename (f->root, name, NULL);
}

/* Defines one disk more, at FILE, with INNER in it and ATTRIBUTES. */
static void
define_disk (Fixture *f, const char *attributes, const char *source, const char *file,
             const char *inner)
{
    g_autofree char *disk =
        g_strdup_printf ("<disk %s><source %s='%s'/><target dev='sda' bus='sata'/>%s</disk>",
                         attributes, source, file, inner);

    fixture_define (f, disk, "");
}

static void
write_bytes (const char *path, const char *bytes, gsize len)
{
    g_autofree char *whole = g_malloc0 (4096);

    memcpy (whole, bytes, len);
    g_assert_true (g_file_set_contents (path, whole, 4096, NULL));
}

/* --- one wrong thing each -------------------------------------------------------------------- */

static void
make_nothing (const char *path)
{
}

static void
make_folder (const char *path)
{
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
make_empty (const char *path)
{
    g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
make_small (const char *path)
{
    g_assert_true (g_file_set_contents (path, "tiny", 4, NULL));
}

static void
make_pipe (const char *path)
{
    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
}

static void
make_file (const char *path)
{
    write_bytes (path, "x", 1);
}

static void
make_qcow2 (const char *path)
{
    write_bytes (path, "QFI\xfb", 4);
}

static void
make_qed (const char *path)
{
    write_bytes (path, "QED", 4);
}

static void
make_vdi (const char *path)
{
    char bytes[68] = { 0 };

    memcpy (bytes + 64, "\x7f\x10\xda\xbe", 4);
    write_bytes (path, bytes, sizeof bytes);
}

typedef struct {
    const char *promise;
    void (*make) (const char *path);
    const char *attributes, *source;
    const char *error, *sentence;
} Wrong;

#define FILE_DISK "type='file' device='disk'", "file"
#define FILE_CD   "type='file' device='cdrom'", "file"

static const Wrong wrongs[] = {
    { "missing-disk", make_nothing, FILE_DISK, "NotFound", "The disk “@” does not exist" },
    { "missing-iso", make_nothing, FILE_CD, "NotFound", "The CD image “@” does not exist" },
    { "folder-as-disk", make_folder, FILE_DISK, "Invalid",
      "The disk “@” is a folder, not an image" },
    { "folder-as-iso", make_folder, FILE_CD, "Invalid",
      "The CD image “@” is a folder, not an image" },
    { "empty-disk", make_empty, FILE_DISK, "Invalid", "The disk “@” is empty (0 bytes)" },
    { "empty-iso", make_empty, FILE_CD, "Invalid", "The CD image “@” is empty (0 bytes)" },
    { "tiny-disk", make_small, FILE_DISK, "Invalid",
      "The disk “@” has only 4 bytes, less than one sector" },
    { "pipe-as-disk", make_pipe, FILE_DISK, "Invalid",
      "The disk “@” is neither a file nor a block device" },
    { "file-as-block-device", make_file, "type='block' device='disk'", "dev", "Invalid",
      "The disk “@” is not a block device, as its definition says" },
    { "qcow2", make_qcow2, FILE_DISK, "Invalid",
      "The disk “@” is a qcow2 image, which its definition does not say; write <driver name='qemu' "
      "type='qcow2'/> there" },
    { "vdi", make_vdi, FILE_DISK, "Invalid",
      "The disk “@” is a VDI image, which its definition does not say; write <driver name='qemu' "
      "type='vdi'/> there" },
    { "qed", make_qed, FILE_DISK, "Unsupported",
      "The disk “@” is a QED image, which Vitrine cannot do; convert it with “qemu-img convert "
      "-O raw '@' NEW”" },
};

static void
test_wrong (gconstpointer data)
{
    const Wrong *w = data;
    Fixture f;
    g_autofree char *path = NULL;

    fixture_set_up (&f);
    path = path_of (&f, "the one");
    w->make (path);
    define_disk (&f, w->attributes, w->source, path, "");
    fixture_assert_refused (&f, w->error, w->sentence, path);
    fixture_tear_down (&f);
}

static void
test_device_as_disk (void)
{
    Fixture f;

    fixture_set_up (&f);
    define_disk (&f, FILE_DISK, "/dev/null", "");
    fixture_assert_refused (&f, "Invalid", "The disk “@” is neither a file nor a block device",
                            "/dev/null");
    fixture_tear_down (&f);
}

static void
test_below_a_file (void)
{
    Fixture f;

    fixture_set_up (&f);
    define_disk (&f, FILE_DISK, "/dev/null/x", "");
    fixture_assert_refused (&f, "NotFound", "The disk “@” does not exist", "/dev/null/x");
    fixture_tear_down (&f);
}

static gboolean
has_warning (Fixture *f, const char *part)
{
    const char *const *warnings = vitrine_control_machine1_get_warnings (f->machine);

    for (; warnings && *warnings; warnings++)
        if (strstr (*warnings, part))
            return TRUE;
    return FALSE;
}

static void
test_explicit_raw_is_believed (void)
{
    Fixture f;
    g_autofree char *path = NULL;

    fixture_set_up (&f);
    path = path_of (&f, "odd");
    make_qcow2 (path);
    define_disk (&f, FILE_DISK, path, "<driver type='raw'/>");
    fixture_run (&f);
    g_assert_true (has_warning (&f, "looks like a qcow2 image, but is used as raw"));
    fixture_tear_down (&f);
}

static void
test_missing_iso_that_may_be (void)
{
    Fixture f;
    g_autofree char *devices = NULL;

    fixture_set_up (&f);
    devices = g_strdup_printf ("<disk type='file' device='cdrom'><source file='%s/gone.iso' "
                               "startupPolicy='optional'/><target dev='sda'/></disk>",
                               f.root);
    fixture_define (&f, devices, "");
    fixture_run (&f);
    g_assert_true (has_warning (&f, "gone.iso” does not exist; its drive is empty"));
    fixture_tear_down (&f);
}

/* A card that is to boot starts without its ROM where that is not installed; one that is named must be
 * there. */
static void
test_rom (void)
{
    Fixture f;
    g_autofree char *passt = NULL, *rom = NULL, *card = NULL;

    fixture_set_up (&f);
    passt = path_of (&f, "passt");
    rom = path_of (&f, "a card's.rom");
    g_assert_true (g_file_set_contents_full (passt, "#!/bin/sh\nexec cat <&3 >/dev/null\n", -1,
                                             G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    fixture_set_env (&f, "VITRINE_PASST", passt);
    card = g_strdup_printf ("<interface type='user'><backend type='passt'/><model type='virtio'/>"
                            "<rom file=\"%s\"/></interface>",
                            rom);
    fixture_define (&f, card, "");
    fixture_assert_refused (&f, "NotFound", "The ROM “@” of a network card does not exist", rom);
    make_empty (rom);
    fixture_assert_refused (&f, "Invalid", "The ROM “@” of a network card is empty (0 bytes)", rom);
    fixture_define (&f,
                    "<interface type='user'><backend type='passt'/><model type='virtio'/>"
                    "<boot order='1'/></interface>",
                    "");
    fixture_run (&f);
    g_assert_true (has_warning (&f, "The firmware pxe-virtio.rom was not found in "));
    g_assert_true (has_warning (&f, "“ipxe-qemu”; the machine does not boot from net0"));
    fixture_tear_down (&f);
}

/* --- rights ---------------------------------------------------------------------------------- */

/* Root may open everything; without these two it may what its files' modes say. */
static gboolean
drop_rights (void)
{
    return geteuid () != 0
           || (prctl (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) == 0
               && prctl (PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH) == 0);
}

/* In a process of its own, which then has less rights for good. */
static void
run_without_rights (void (*test) (void))
{
    if (g_test_subprocess ()) {
        if (drop_rights ())
            test ();
        return;
    }
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
}

static void
no_right_to_read (void)
{
    Fixture f;

    fixture_set_up (&f);
    define_disk (&f, FILE_CD, f.iso, "");
    g_chmod (f.iso, 0);
    fixture_assert_refused (
        &f, "Denied",
        "The CD image “@” cannot be opened: you have no right to; run “sudo chown $USER "
        "'@'”",
        f.iso);
    fixture_tear_down (&f);
}

static void
test_no_right_to_read (void)
{
    run_without_rights (no_right_to_read);
}

static void
no_right_to_write (void)
{
    Fixture f;

    fixture_set_up (&f);
    g_chmod (f.disk, 0400);
    fixture_assert_refused (
        &f, "Denied",
        "The disk “@” may be read by you, but not written; run “sudo chown $USER '@'” or "
        "make the disk read-only",
        f.disk);
    fixture_tear_down (&f);
}

static void
test_no_right_to_write (void)
{
    run_without_rights (no_right_to_write);
}

static void
no_right_to_enter (void)
{
    Fixture f;
    g_autofree char *folder = NULL;
    g_autofree char *path = NULL;

    fixture_set_up (&f);
    folder = path_of (&f, "closed");
    path = g_build_filename (folder, "disk.img", NULL);
    make_folder (folder);
    g_chmod (folder, 0);
    define_disk (&f, FILE_DISK, path, "");
    fixture_assert_refused (&f, "Denied",
                            "The disk “@” is in a folder that you have no right to enter", path);
    g_chmod (folder, 0700);
    fixture_tear_down (&f);
}

static void
test_no_right_to_enter (void)
{
    run_without_rights (no_right_to_enter);
}

static void
no_right_to_kvm (void)
{
    Fixture f;
    g_autofree char *kvm = NULL;

    fixture_set_up (&f);
    kvm = path_of (&f, "kvm");
    make_file (kvm);
    g_chmod (kvm, 0);
    fixture_set_env (&f, "VITRINE_KVM", kvm);
    fixture_assert_refused (
        &f, "Denied",
        "You have no right to use @; run “sudo usermod -aG kvm $USER” and log in again", kvm);
    fixture_tear_down (&f);
}

static void
test_no_right_to_kvm (void)
{
    run_without_rights (no_right_to_kvm);
}

/* --- the rest of what a machine needs -------------------------------------------------------- */

static void
test_no_kvm (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_set_env (&f, "VITRINE_KVM", "/nonexistent/kvm");
    g_assert_false (fixture_start (&f));
    g_assert_true (g_str_has_prefix (
        f.ready, "ERR org.vitrine.Error.Unsupported\nThere is no /nonexistent/kvm: "));
    fixture_wait_end (&f);
    fixture_tear_down (&f);
}

static void
test_other_device_as_kvm (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_set_env (&f, "VITRINE_KVM", "/dev/zero");
    fixture_assert_refused (
        &f, "Unsupported", "@ is not the KVM this program knows (version -1, not 12)", "/dev/zero");
    fixture_tear_down (&f);
}

static void
test_no_firmware (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_set_env (&f, "VITRINE_FIRMWARE_PATH", "/nonexistent:/also");
    fixture_assert_refused (
        &f, "Unsupported",
        "The firmware bios-256k.bin was not found in @; install the package “seabios”",
        "/nonexistent:/also");
    fixture_tear_down (&f);
}

static void
test_kernel (void)
{
    Fixture f;
    g_autofree char *kernel = NULL;
    g_autofree char *xml = NULL;

    fixture_set_up (&f);
    kernel = path_of (&f, "vmlinuz");
    xml = g_strdup_printf ("<domain type='kvm'><name>tester</name><uuid>" FIXTURE_UUID "</uuid>"
                           "<memory unit='MiB'>64</memory><os><type>hvm</type><kernel>%s</kernel>"
                           "</os></domain>",
                           kernel);
    fixture_define_xml (&f, xml);
    fixture_assert_refused (&f, "NotFound", "The kernel “@” does not exist", kernel);
    make_folder (kernel);
    fixture_assert_refused (&f, "Invalid", "The kernel “@” is not a file", kernel);
    g_rmdir (kernel);
    make_empty (kernel);
    fixture_assert_refused (&f, "Invalid", "The kernel “@” is empty (0 bytes)", kernel);
    make_file (kernel);
    fixture_run (&f);
    fixture_tear_down (&f);
}

static void
test_too_much_memory (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_define_xml (&f, "<domain type='kvm'><name>t</name><uuid>" FIXTURE_UUID "</uuid><memory "
                            "unit='TiB'>4</memory><os><type>hvm</type></os></domain>");
    g_assert_false (fixture_start (&f));
    g_assert_true (g_str_has_prefix (
        f.ready, "ERR org.vitrine.Error.NoSpace\nThe machine has 4.0\u00a0TiB of memory, this "
                 "computer only "));
    fixture_wait_end (&f);
    fixture_tear_down (&f);
}

static void
test_no_machine (void)
{
    Fixture f;
    g_autofree char *path = NULL;

    fixture_set_up (&f);
    path = g_build_filename (f.folder, "machine.xml", NULL);
    g_unlink (path);
    g_assert_false (fixture_start (&f));
    g_assert_true (
        g_str_has_prefix (f.ready, "ERR org.vitrine.Error.NotFound\nThere is no machine in "));
    fixture_wait_end (&f);
    fixture_define_xml (&f, "<domain/>");
    g_assert_false (fixture_start (&f));
    g_assert_cmpstr (f.ready, ==,
                     "ERR org.vitrine.Error.Invalid\n<domain> lacks its attribute 'type' (in "
                     "<domain>)\n");
    fixture_wait_end (&f);
    fixture_define_xml (&f, "<domain type='kvm'><name>t</name><memory>65536</memory><os><type>hvm"
                            "</type></os></domain>");
    fixture_assert_refused (&f, "Invalid", "@ has no <uuid>; define the machine anew", path);
    fixture_tear_down (&f);
}

static void
test_open_runtime_folder (void)
{
    Fixture f;

    fixture_set_up (&f);
    g_mkdir_with_parents (f.runtime, 0700);
    g_chmod (f.runtime, 0755);
    g_assert_false (fixture_start (&f));
    g_assert_true (g_str_has_prefix (
        f.ready, "ERR org.vitrine.Error.Denied\nOthers than you may enter the folder "));
    fixture_wait_end (&f);
    fixture_tear_down (&f);
}

static void
test_long_runtime_path (void)
{
    Fixture f;
    g_autofree char *deep = g_strnfill (100, 'x');

    fixture_set_up (&f);
    g_free (f.runtime);
    f.runtime = g_build_filename (f.root, deep, NULL);
    g_assert_false (fixture_start (&f));
    g_assert_nonnull (strstr (f.ready, "is too long for a socket"));
    fixture_wait_end (&f);
    fixture_tear_down (&f);
}

/* cache='none' where the file system can, and a warning where it cannot. */
static void
test_direct (void)
{
    Fixture f;

    fixture_set_up (&f);
    define_disk (&f, FILE_DISK, f.iso, "<driver cache='none'/>");
    fixture_run (&f);
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (wrongs); i++) {
        g_autofree char *path = g_strdup_printf ("/keeper/files/%s", wrongs[i].promise);

        g_test_add_data_func (path, &wrongs[i], test_wrong);
    }
    g_test_add_func ("/keeper/files/device-as-disk", test_device_as_disk);
    g_test_add_func ("/keeper/files/disk-below-a-file", test_below_a_file);
    g_test_add_func ("/keeper/files/explicit-raw-is-believed", test_explicit_raw_is_believed);
    g_test_add_func ("/keeper/files/missing-iso-that-may-be", test_missing_iso_that_may_be);
    g_test_add_func ("/keeper/files/rom-of-a-network-card", test_rom);
    g_test_add_func ("/keeper/files/no-right-to-read", test_no_right_to_read);
    g_test_add_func ("/keeper/files/no-right-to-write", test_no_right_to_write);
    g_test_add_func ("/keeper/files/no-right-to-enter", test_no_right_to_enter);
    g_test_add_func ("/keeper/files/no-right-to-kvm", test_no_right_to_kvm);
    g_test_add_func ("/keeper/files/no-kvm", test_no_kvm);
    g_test_add_func ("/keeper/files/other-device-as-kvm", test_other_device_as_kvm);
    g_test_add_func ("/keeper/files/no-firmware", test_no_firmware);
    g_test_add_func ("/keeper/files/kernel", test_kernel);
    g_test_add_func ("/keeper/files/too-much-memory", test_too_much_memory);
    g_test_add_func ("/keeper/files/no-machine", test_no_machine);
    g_test_add_func ("/keeper/files/open-runtime-folder", test_open_runtime_folder);
    g_test_add_func ("/keeper/files/long-runtime-path", test_long_runtime_path);
    g_test_add_func ("/keeper/files/direct", test_direct);
    return g_test_run ();
}
