/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-create.c - a machine is made whole or not at all, and only from what makes sense. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native-fixture.h"

/* --- the system calls that make a machine, made to fail (see --wrap in meson.build) ----------- */

static guint calls_until_failure; /* 0: none fails */
static int failure_errno;         /* or -1: the process ends there */
static const char *appears;       /* a file that somebody makes when the folder is made */

static gboolean
fails (void)
{
    if (calls_until_failure == 0 || --calls_until_failure > 0)
        return FALSE;
    if (failure_errno < 0)
        _exit (77);
    errno = failure_errno;
    return TRUE;
}

int __real_fsync (int fd);
int __real_ftruncate64 (int fd, off_t size);
int __real_rename (const char *from, const char *to);
int __real_mkdir (const char *path, mode_t mode);
int __wrap_fsync (int fd);
int __wrap_ftruncate64 (int fd, off_t size);
int __wrap_rename (const char *from, const char *to);
int __wrap_mkdir (const char *path, mode_t mode);

int
__wrap_fsync (int fd)
{
    return fails () ? -1 : __real_fsync (fd);
}

int
__wrap_ftruncate64 (int fd, off_t size)
{
    return fails () ? -1 : __real_ftruncate64 (fd, size);
}

int
__wrap_rename (const char *from, const char *to)
{
    return fails () ? -1 : __real_rename (from, to);
}

int
__wrap_mkdir (const char *path, mode_t mode)
{
    if (appears != NULL)
        g_assert_true (g_file_set_contents (appears, "not yours", -1, NULL));
    return fails () ? -1 : __real_mkdir (path, mode);
}

/* --- helpers ---------------------------------------------------------------------------------- */

typedef struct {
    VitrineHost *host;
    VitrineSpec *spec;
    char *folder; /* for the user's files */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    calls_until_failure = 0;
    f->host = await_host (NULL);
    f->spec = vitrine_spec_new ();
    f->folder = test_folder_new ();
    vitrine_spec_set_name (f->spec, "alpha");
    vitrine_spec_set_memory_mib (f->spec, 256);
    vitrine_spec_set_vcpus (f->spec, 1);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    calls_until_failure = 0;
    g_object_unref (f->spec);
    await_gone (f->host);
    test_folder_remove (f->folder);
}

static VitrineDiskSpec *
add_disk (Fixture *f, const char *path, guint64 size_bytes)
{
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    disk->path = g_strdup (path);
    disk->size_bytes = size_bytes;
    vitrine_spec_add_disk (f->spec, disk);
    return disk;
}

static char *
write_file (Fixture *f, const char *name, const char *text, gssize len)
{
    char *path = g_build_filename (f->folder, name, NULL);

    g_assert_true (g_file_set_contents (path, text, len, NULL));
    return path;
}

/* Creation fails with CODE and a sentence that has WORD in it, and leaves nothing. */
static void
assert_refused (Fixture *f, VitrineError code, const char *word)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (await_create (f->host, f->spec, &error));
    g_assert_error (error, VITRINE_ERROR, (int) code);
    if (strstr (error->message, word) == NULL)
        g_error ("“%s” does not speak of “%s”", error->message, word);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->host)), ==, 0);
}

/* --- what is made ----------------------------------------------------------------------------- */

static void
test_makes_disk_and_definition (Fixture *f, gconstpointer data)
{
    g_autofree char *iso = g_build_filename (f->folder, "cd.iso", NULL);
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *disk = NULL;
    g_autofree char *xml = NULL;
    g_autoptr (GPtrArray) devices = NULL;
    struct stat st;

    test_write_iso (iso);
    vitrine_spec_set_iso (f->spec, iso);
    vitrine_spec_set_cpu_model (f->spec, "Westmere");
    add_disk (f, NULL, 1 << 30);
    machine = await_created (f->host, f->spec);
    folder = vitrine_machine_dup_folder (machine);
    disk = g_build_filename (folder, "alpha.raw", NULL);
    g_assert_cmpint (stat (disk, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, 1 << 30);
    g_assert_cmpint (st.st_blocks, <, 1000); /* a hole */
    g_assert_cmpint (st.st_mode & 0777, ==, 0600);
    g_assert_cmpint (stat (folder, &st), ==, 0);
    g_assert_cmpint (st.st_mode & 0777, ==, 0700);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, disk));
    g_assert_nonnull (strstr (xml, iso));
    g_assert_nonnull (strstr (xml, "<model>Westmere</model>"));
    devices = vitrine_machine_dup_devices (machine);
    g_assert_cmpuint (devices->len, >=, 4);
    g_assert_null (vitrine_machine_get_warnings (machine)[0]);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
    g_assert_cmpuint (vitrine_machine_get_memory_bytes (machine), ==, 256u << 20);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

static void
test_second_disk_has_a_number (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *disk = NULL;

    add_disk (f, NULL, 1 << 20);
    add_disk (f, NULL, 2 << 20)->bus = VITRINE_DISK_BUS_SATA;
    machine = await_created (f->host, f->spec);
    folder = vitrine_machine_dup_folder (machine);
    disk = g_build_filename (folder, "alpha-2.raw", NULL);
    g_assert_true (g_file_test (disk, G_FILE_TEST_IS_REGULAR));
}

static void
test_disk_elsewhere (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->folder, "mine.raw", NULL);
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *xml = NULL;

    add_disk (f, path, 1 << 20);
    machine = await_created (f->host, f->spec);
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, path));
}

static void
test_existing_disk_is_used_as_it_is (Fixture *f, gconstpointer data)
{
    g_autofree char *text = g_strnfill (4096, 'x');
    g_autofree char *path = write_file (f, "old.raw", text, 4096);
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *after = NULL;

    add_disk (f, path, 0);
    machine = await_created (f->host, f->spec);
    g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, text);
}

static void
test_relative_path_is_made_absolute (Fixture *f, gconstpointer data)
{
    g_autofree char *here = g_get_current_dir ();
    g_autofree char *text = g_strnfill (512, 'x');
    g_autofree char *path = write_file (f, "old.raw", text, 512);
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *xml = NULL;

    g_assert_cmpint (chdir (f->folder), ==, 0);
    add_disk (f, "old.raw", 0);
    machine = await_created (f->host, f->spec);
    g_assert_cmpint (chdir (here), ==, 0);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, path));
}

static void
test_cd_that_does_not_boot_warns (Fixture *f, gconstpointer data)
{
    g_autofree char *iso = g_build_filename (f->folder, "cd.iso", NULL);
    g_autoptr (VitrineMachine) machine = NULL;
    int fd;

    test_write_iso (iso);
    fd = open (iso, O_WRONLY);
    g_assert_cmpint (pwrite (fd, "\377", 1, 17 * 2048), ==,
                     1); /* the boot record becomes the end */
    close (fd);
    vitrine_spec_set_iso (f->spec, iso);
    machine = await_created (f->host, f->spec);
    g_assert_nonnull (vitrine_machine_get_warnings (machine)[0]);
    g_assert_nonnull (strstr (vitrine_machine_get_warnings (machine)[0], iso));
}

/* --- what is refused -------------------------------------------------------------------------- */

static void
test_name_refused (Fixture *f, gconstpointer data)
{
    static const char *const names[] = {
        "",
        " ",
        "a/b",
        ".hidden",
        "-dash",
        "a\nb",
        " a",
        "a ",
        "..",
        "\xff",
        "2f6b8a9e-6c1d-4b0e-9a9e-0123456789ab",
        "a-name-that-is-longer-than-any-name-should-ever-have-to-be-12345678",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        vitrine_spec_set_name (f->spec, names[i]);
        assert_refused (f, VITRINE_ERROR_INVALID, "");
    }
}

static void
test_name_taken (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = await_created (f->host, f->spec);
    g_autoptr (GError) error = NULL;

    g_assert_null (await_create (f->host, f->spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_EXISTS);
    g_assert_nonnull (strstr (error->message, "alpha"));
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

static void
test_resources_refused (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (f->host);

    vitrine_spec_set_memory_mib (f->spec, 0);
    assert_refused (f, VITRINE_ERROR_INVALID, "memory");
    vitrine_spec_set_memory_mib (f->spec, (limits->memory_bytes >> 20) + 1);
    assert_refused (f, VITRINE_ERROR_INVALID, "this host has");
    vitrine_spec_set_memory_mib (f->spec, G_MAXUINT64);
    assert_refused (f, VITRINE_ERROR_INVALID, "this host has");
    vitrine_spec_set_memory_mib (f->spec, 256);
    vitrine_spec_set_vcpus (f->spec, 0);
    assert_refused (f, VITRINE_ERROR_INVALID, "virtual CPU");
    vitrine_spec_set_vcpus (f->spec, limits->max_vcpus + 1);
    assert_refused (f, VITRINE_ERROR_INVALID, "virtual CPUs");
    vitrine_spec_set_vcpus (f->spec, 1);
    vitrine_spec_set_cpu_model (f->spec, "Pentagon");
    assert_refused (f, VITRINE_ERROR_UNSUPPORTED, "Pentagon");
}

static void
test_initrd_without_kernel_refused (Fixture *f, gconstpointer data)
{
    vitrine_spec_set_kernel (f->spec, NULL, "/initrd", NULL);
    assert_refused (f, VITRINE_ERROR_INVALID, "kernel");
    vitrine_spec_set_kernel (f->spec, NULL, NULL, "quiet");
    assert_refused (f, VITRINE_ERROR_INVALID, "kernel");
}

static void
test_kernel_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill (4096, 'x');
    g_autofree char *path = write_file (f, "vmlinuz", noise, 4096);

    vitrine_spec_set_kernel (f->spec, "/nonexistent", NULL, NULL);
    assert_refused (f, VITRINE_ERROR_NOT_FOUND, "/nonexistent");
    vitrine_spec_set_kernel (f->spec, path, NULL, NULL);
    assert_refused (f, VITRINE_ERROR_INVALID, path);
    memcpy (noise + 0x1fe, "\x55\xaa", 2);
    memcpy (noise + 0x202, "HdrS", 4);
    g_assert_true (g_file_set_contents (path, noise, 4096, NULL));
    vitrine_spec_set_kernel (f->spec, path, "/nonexistent", NULL);
    assert_refused (f, VITRINE_ERROR_NOT_FOUND, "/nonexistent");
    vitrine_spec_set_kernel (f->spec, path, path, "quiet");
    g_object_unref (await_created (f->host, f->spec));
}

static void
test_cd_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill (100000, 'x');
    g_autofree char *iso = g_build_filename (f->folder, "cd.iso", NULL);
    g_autofree char *empty = write_file (f, "empty.iso", "", 0);
    g_autofree char *small = write_file (f, "small.iso", noise, 2048);
    g_autofree char *other = NULL;
    g_autofree char *qcow2 = NULL;
    g_autofree char *stick = NULL;
    int fd;

    other = write_file (f, "other.iso", noise, 100000);
    memcpy (noise, "QFI\xfb", 4);
    qcow2 = write_file (f, "disk.qcow2", noise, 100000);
    memset (noise, 0, 512);
    memcpy (noise + 510, "\x55\xaa", 2);
    stick = write_file (f, "stick.img", noise, 100000);
    test_write_iso (iso);
    fd = open (iso, O_WRONLY);
    g_assert_cmpint (pwrite (fd, "\377\377", 2, 16 * 2048 + 80), ==, 2); /* says it is larger */
    close (fd);

    vitrine_spec_set_iso (f->spec, "/nonexistent.iso");
    assert_refused (f, VITRINE_ERROR_NOT_FOUND, "/nonexistent.iso");
    vitrine_spec_set_iso (f->spec, f->folder);
    assert_refused (f, VITRINE_ERROR_INVALID, "folder");
    vitrine_spec_set_iso (f->spec, "/dev/null");
    assert_refused (f, VITRINE_ERROR_INVALID, "/dev/null");
    vitrine_spec_set_iso (f->spec, empty);
    assert_refused (f, VITRINE_ERROR_INVALID, "empty");
    vitrine_spec_set_iso (f->spec, small);
    assert_refused (f, VITRINE_ERROR_INVALID, "too short");
    vitrine_spec_set_iso (f->spec, other);
    assert_refused (f, VITRINE_ERROR_INVALID, "not a CD image");
    vitrine_spec_set_iso (f->spec, qcow2);
    assert_refused (f, VITRINE_ERROR_INVALID, "qcow2");
    vitrine_spec_set_iso (f->spec, stick);
    assert_refused (f, VITRINE_ERROR_INVALID, "disk image");
    vitrine_spec_set_iso (f->spec, iso);
    assert_refused (f, VITRINE_ERROR_INVALID, "cut off");
}

static void
test_unreadable_cd_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *iso = g_build_filename (f->folder, "cd.iso", NULL);

    if (getuid () == 0) {
        g_test_skip ("root may read everything");
        return;
    }
    test_write_iso (iso);
    g_chmod (iso, 0);
    vitrine_spec_set_iso (f->spec, iso);
    assert_refused (f, VITRINE_ERROR_DENIED, iso);
}

static void
test_disk_size_refused (Fixture *f, gconstpointer data)
{
    VitrineDiskSpec *disk = add_disk (f, NULL, 0);

    assert_refused (f, VITRINE_ERROR_INVALID, "empty");
    disk->size_bytes = ((guint64) 16 << 40) + 512;
    assert_refused (f, VITRINE_ERROR_INVALID, "too large");
    disk->size_bytes = 1000;
    assert_refused (f, VITRINE_ERROR_INVALID, "sectors");
}

static void
test_disk_without_space_refused (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (f->host);
    VitrineDiskSpec *disk = add_disk (f, NULL, limits->free_disk_bytes / 512 * 512 + (1u << 30));

    if (disk->size_bytes > (guint64) 16 << 40) {
        g_test_skip ("there is more space than a disk may have");
        return;
    }
    assert_refused (f, VITRINE_ERROR_NO_SPACE, "no space");
    /* Each fits, both do not. */
    disk->size_bytes = limits->free_disk_bytes / 512 * 512 / 4 * 3;
    add_disk (f, NULL, disk->size_bytes);
    assert_refused (f, VITRINE_ERROR_NO_SPACE, "no space");
}

static void
test_disk_path_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill (4096, 'x');
    g_autofree char *path = write_file (f, "old.raw", noise, 4096);
    g_autofree char *odd = write_file (f, "odd.raw", noise, 1000);
    g_autofree char *after = NULL;
    VitrineDiskSpec *disk = add_disk (f, path, 1 << 20);

    assert_refused (f, VITRINE_ERROR_EXISTS, path);
    g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, noise); /* untouched */
    disk->size_bytes = 0;
    g_free (disk->path);
    disk->path = g_strdup ("/nonexistent/disk.raw");
    assert_refused (f, VITRINE_ERROR_NOT_FOUND, "/nonexistent/disk.raw");
    disk->size_bytes = 1 << 20;
    assert_refused (f, VITRINE_ERROR_NOT_FOUND, "/nonexistent");
    disk->size_bytes = 0;
    g_free (disk->path);
    disk->path = g_strdup (odd);
    assert_refused (f, VITRINE_ERROR_INVALID, "sectors");
    memcpy (noise, "QED", 4);
    g_assert_true (g_file_set_contents (odd, noise, 4096, NULL));
    assert_refused (f, VITRINE_ERROR_UNSUPPORTED, "QED");
}

/* What a header says is looked at once; what it says of other files only where the user vouches for it. */
static void
test_format_is_written_down (Fixture *f, gconstpointer data)
{
    g_autofree char *image = g_malloc0 (4096);
    g_autofree char *path = NULL, *xml = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    VitrineDiskSpec *disk;

    memcpy (image, "QFI\xfb\0\0\0\3\0\0\0\0\0\0\2", 15);
    path = write_file (f, "odd.img", image, 4096);
    disk = add_disk (f, path, 0);
    assert_refused (f, VITRINE_ERROR_INVALID, "format=qcow2");
    disk->format = g_strdup ("vmdk");
    assert_refused (f, VITRINE_ERROR_INVALID, "not of format vmdk");
    g_free (disk->format);
    disk->format = g_strdup ("qcow2");
    machine = await_created (f->host, f->spec);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, "type=\"qcow2\""));
}

static void
test_format_is_found (Fixture *f, gconstpointer data)
{
    g_autofree char *image = g_malloc0 (4096);
    g_autofree char *path = NULL, *xml = NULL;
    g_autoptr (VitrineMachine) machine = NULL;

    memcpy (image, "vhdxfile", 8);
    path = write_file (f, "some.img", image, 1000);
    add_disk (f, path, 0);
    machine = await_created (f->host, f->spec);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, "type=\"vhdx\""));
}

static void
test_new_qcow2 (Fixture *f, gconstpointer data)
{
    g_autofree char *program = g_find_program_in_path ("qemu-img");
    g_autofree char *folder = NULL, *path = NULL, *bytes = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    gsize len;

    add_disk (f, NULL, 1 << 30)->format = g_strdup ("qcow2");
    if (!program) {
        assert_refused (f, VITRINE_ERROR_UNSUPPORTED, "qemu-utils");
        return;
    }
    machine = await_created (f->host, f->spec);
    folder = vitrine_machine_dup_folder (machine);
    path = g_build_filename (folder, "alpha.qcow2", NULL);
    g_assert_true (g_file_get_contents (path, &bytes, &len, NULL));
    g_assert_cmpmem (bytes, 4, "QFI\xfb", 4);
    g_assert_cmpuint (len, <, 1 << 20);
}

static void
test_qcow2_that_cannot_be_made_leaves_nothing (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_strdup (g_getenv ("PATH"));
    g_autofree char *program = g_build_filename (f->folder, "qemu-img", NULL);

    g_assert_true (g_file_set_contents_full (program, "#!/bin/sh\necho it fails >&2\nexit 1\n", -1,
                                             G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_setenv ("PATH", f->folder, TRUE);
    add_disk (f, NULL, 1 << 20)->format = g_strdup ("qcow2");
    assert_refused (f, VITRINE_ERROR_ENGINE, "it fails");
    g_unlink (program);
    assert_refused (f, VITRINE_ERROR_UNSUPPORTED, "qemu-utils");
    g_setenv ("PATH", path, TRUE);
}

static void
test_disk_that_appears_meanwhile_is_not_touched (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->folder, "new.raw", NULL);
    g_autofree char *after = NULL;

    add_disk (f, path, 1 << 20);
    appears = path;
    assert_refused (f, VITRINE_ERROR_EXISTS, path);
    appears = NULL;
    g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, "not yours");
}

static void
test_disk_named_twice_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill (4096, 'x');
    g_autofree char *path = write_file (f, "old.raw", noise, 4096);

    add_disk (f, path, 0);
    add_disk (f, path, 0);
    assert_refused (f, VITRINE_ERROR_INVALID, "twice");
}

static void
test_disk_of_another_machine_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill (4096, 'x');
    g_autofree char *path = write_file (f, "old.raw", noise, 4096);
    g_autofree char *link = g_build_filename (f->folder, "link.raw", NULL);
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    VitrineDiskSpec *disk = add_disk (f, path, 0);

    machine = await_created (f->host, f->spec);
    vitrine_spec_set_name (f->spec, "beta");
    g_assert_null (await_create (f->host, f->spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_nonnull (strstr (error->message, "alpha"));
    g_clear_error (&error);

    /* By another name it is the same file. */
    g_assert_cmpint (symlink (path, link), ==, 0);
    g_free (disk->path);
    disk->path = g_strdup (link);
    g_assert_null (await_create (f->host, f->spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

/* --- failures on the way ---------------------------------------------------------------------- */

/* Each of the calls that make a machine fails once; nothing is ever left. */
static void
test_failure_at_each_step_leaves_nothing (Fixture *f, gconstpointer data)
{
    g_autofree char *outside = g_build_filename (f->folder, "outside.raw", NULL);
    guint n_failed = 0;

    add_disk (f, NULL, 1 << 20);
    add_disk (f, outside, 1 << 20);
    for (guint step = 1;; step++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineMachine) machine = NULL;

        calls_until_failure = step;
        failure_errno = ENOSPC;
        machine = await_create (f->host, f->spec, &error);
        if (calls_until_failure > 0 || machine != NULL)
            break;
        n_failed++;
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NO_SPACE);
        g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
        g_assert_false (g_file_test (outside, G_FILE_TEST_EXISTS));
    }
    g_assert_cmpuint (n_failed, ==, 9); /* mkdir, 2 by 2 for disks, 3 syncs, the rename */
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

/* Makes the machine "doomed" in a process that ends before its STEPth call. */
static void
run_until_death (guint step)
{
    g_autofree char *number = g_strdup_printf ("%u", step);
    g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
    const char *argv[] = { self, "--die-at", number, NULL };
    int status;

    g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL,
                                 NULL, &status, NULL));
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, 77);
}

/* A process that dies at any step leaves nothing that the next one does not clear away; after the
 * last step there is a whole machine. */
static void
test_death_at_each_step_is_cleared_away (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (VitrineMachine) doomed = NULL;

    add_disk (f, NULL, 1 << 20);
    for (guint step = 1; step <= 6; step++)
        run_until_death (step);
    machine = await_created (f->host, f->spec);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
    run_until_death (7);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 2);
    doomed = await_look_up (f->host, "doomed", NULL);
    g_assert_nonnull (doomed);
    g_assert_cmpstr (vitrine_machine_get_problem (doomed), ==, "");
}

/* The child's part of that test. */
static int
die_at (guint step)
{
    g_autoptr (VitrineHost) host = await_host (NULL);
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    disk->size_bytes = 1 << 20;
    vitrine_spec_set_name (spec, "doomed");
    vitrine_spec_set_memory_mib (spec, 256);
    vitrine_spec_add_disk (spec, disk);
    calls_until_failure = step;
    failure_errno = -1;
    await_create (host, spec, NULL);
    return 1;
}

static void
test_cancelled_leaves_nothing (Fixture *f, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;

    add_disk (f, NULL, 1 << 20);
    vitrine_host_create_async (f->host, f->spec, cancellable, await_cb, &slot);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_null (vitrine_host_create_finish (f->host, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

static void
test_two_at_once_make_one (Fixture *f, gconstpointer data)
{
    GAsyncResult *slots[4] = { NULL };
    guint n_made = 0;

    add_disk (f, NULL, 1 << 20);
    for (gsize i = 0; i < G_N_ELEMENTS (slots); i++)
        vitrine_host_create_async (f->host, f->spec, NULL, await_cb, &slots[i]);
    for (gsize i = 0; i < G_N_ELEMENTS (slots); i++) {
        g_autoptr (GAsyncResult) result = await_result (&slots[i]);
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineMachine) machine = vitrine_host_create_finish (f->host, result, &error);

        n_made += machine != NULL;
        if (machine == NULL)
            g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_EXISTS);
    }
    g_assert_cmpuint (n_made, ==, 1);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

static void
test_folder_that_is_none (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineHost) host = NULL;
    g_autoptr (GError) error = NULL;

    test_folder_remove (g_strdup (native_fixture_get_machines ()));
    g_assert_true (g_file_set_contents (native_fixture_get_machines (), "", 0, NULL));
    host = vitrine_host_new (NULL, NULL);
    g_assert_false (await_connect (host, &error));
    g_assert_nonnull (error);
    g_assert_cmpstr (vitrine_host_get_problem (host), !=, "");
    g_unlink (native_fixture_get_machines ());
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/create/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int ret;

    if (argc == 3 && g_str_equal (argv[1], "--die-at"))
        return die_at ((guint) g_ascii_strtoull (argv[2], NULL, 10));
    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("makes-disk-and-definition", test_makes_disk_and_definition);
    ADD ("second-disk-has-a-number", test_second_disk_has_a_number);
    ADD ("disk-elsewhere", test_disk_elsewhere);
    ADD ("existing-disk-is-used-as-it-is", test_existing_disk_is_used_as_it_is);
    ADD ("relative-path-is-made-absolute", test_relative_path_is_made_absolute);
    ADD ("cd-that-does-not-boot-warns", test_cd_that_does_not_boot_warns);
    ADD ("name-refused", test_name_refused);
    ADD ("name-taken", test_name_taken);
    ADD ("resources-refused", test_resources_refused);
    ADD ("initrd-without-kernel-refused", test_initrd_without_kernel_refused);
    ADD ("kernel-refused", test_kernel_refused);
    ADD ("cd-refused", test_cd_refused);
    ADD ("unreadable-cd-refused", test_unreadable_cd_refused);
    ADD ("disk-size-refused", test_disk_size_refused);
    ADD ("disk-without-space-refused", test_disk_without_space_refused);
    ADD ("disk-path-refused", test_disk_path_refused);
    ADD ("format-is-written-down", test_format_is_written_down);
    ADD ("format-is-found", test_format_is_found);
    ADD ("new-qcow2-disk", test_new_qcow2);
    ADD ("qcow2-disk-that-cannot-be-made-leaves-nothing",
         test_qcow2_that_cannot_be_made_leaves_nothing);
    ADD ("disk-that-appears-meanwhile-is-not-touched",
         test_disk_that_appears_meanwhile_is_not_touched);
    ADD ("disk-named-twice-refused", test_disk_named_twice_refused);
    ADD ("disk-of-another-machine-refused", test_disk_of_another_machine_refused);
    ADD ("failure-at-each-step-leaves-nothing", test_failure_at_each_step_leaves_nothing);
    ADD ("death-at-each-step-is-cleared-away", test_death_at_each_step_is_cleared_away);
    ADD ("cancelled-leaves-nothing", test_cancelled_leaves_nothing);
    ADD ("two-at-once-make-one", test_two_at_once_make_one);
    ADD ("folder-that-is-none", test_folder_that_is_none);
    ret = g_test_run ();
    native_fixture_end ();
    return ret;
}
