/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-volume.c - lvm2's programs and UDisks2 are asked for what was meant, and what they answer is read; what a disk
 * of the host's is used for is found. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake-udisks.h"
#include "vitrine-error.h"
#include "volume-device.h"
#include "volume.h"

static char *folder, *path_before;

static void
write_file (const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *dir = g_path_get_dirname (path);

    g_mkdir_with_parents (dir, 0700);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    g_chmod (path, mode);
}

/* A program of lvm2's that writes down its arguments, one a line, and prints TEXT. */
static void
write_program (const char *name, const char *text, int status)
{
    g_autofree char *file = g_strdup_printf ("bin/%s", name);
    g_autofree char *script = g_strdup_printf (
        "#!/bin/sh\nfor a in \"%s\" \"$@\"; do echo \"$a\" >> '%s/calls'; done\n%s\nexit %d\n",
        name, folder, text, status);

    write_file (file, script, 0755);
}

static char *
dup_calls (void)
{
    g_autofree char *path = g_build_filename (folder, "calls", NULL);
    char *text = NULL;

    g_file_get_contents (path, &text, NULL, NULL);
    g_unlink (path);
    return text ? text : g_strdup ("");
}

static void
use_programs (gboolean use)
{
    g_autofree char *bin = g_build_filename (folder, "bin", NULL);
    g_autofree char *path = g_strconcat (bin, ":", path_before, NULL);

    g_setenv ("PATH", use ? path : "/nowhere", TRUE);
}

static void
write_groups (void)
{
    write_program ("vgs", "echo '  vg1/2147483648/1073741824/4194304'; echo ' vg0/100/50/4'", 0);
    write_program ("lvs", "echo '  vg1/pool/1000/25.00'", 0);
    write_program ("lvcreate", "", 0);
    write_program ("lvremove", "", 0);
}

static void
assert_refused (gboolean done, GError **error, VitrineError code, const char *word)
{
    g_assert_false (done);
    g_assert_error (*error, VITRINE_ERROR, (int) code);
    if (!strstr ((*error)->message, word))
        g_error ("“%s” does not speak of “%s”", (*error)->message, word);
    g_clear_error (error);
}

/* --- lvm2 ------------------------------------------------------------------------------------- */

static void
need_root (void)
{
    if (geteuid () != 0)
        g_test_skip ("lvm2's programs are root's to ask");
}

static void
test_groups_by_lvm (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) groups = NULL;
    const VolumeGroup *group;
    const VolumePool *pool;

    need_root ();
    if (geteuid () != 0)
        return;
    use_programs (TRUE);
    write_groups ();
    groups = volume_list_groups (NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (groups->len, ==, 2);
    group = g_ptr_array_index (groups, 1);
    g_assert_cmpstr (group->name, ==, "vg1");
    g_assert_cmpuint (group->size_bytes, ==, 2147483648);
    g_assert_cmpuint (group->free_bytes, ==, 1073741824);
    g_assert_cmpuint (group->extent_bytes, ==, 4194304);
    pool = g_ptr_array_index (group->pools, 0);
    g_assert_cmpstr (pool->name, ==, "pool");
    g_assert_cmpuint (pool->used_bytes, ==, 250);
}

/* What does not appear was not made, whatever the program said. */
static void
test_arguments_of_lvm (void)
{
    const VolumeParams thick = { .group = "vg1", .name = "disk", .size_bytes = 1 << 20 };
    const VolumeParams thin = {
        .group = "vg1", .name = "disk", .pool = "pool", .size_bytes = 1 << 20
    };
    g_autofree char *calls = NULL;
    GError *error = NULL;
    char *id;

    need_root ();
    if (geteuid () != 0)
        return;
    use_programs (TRUE);
    write_groups ();
    g_free (dup_calls ());
    assert_refused (volume_create (&thick, &id, NULL, &error), &error, VITRINE_ERROR_ENGINE,
                    "/dev/vg1/disk");
    g_assert_null (id);
    calls = dup_calls ();
    g_assert_nonnull (strstr (calls, "lvcreate\n"));
    g_assert_nonnull (strstr (calls, "--size\n1048576b\n--name\ndisk\nvg1\n"));
    g_free (calls);
    assert_refused (volume_create (&thin, &id, NULL, &error), &error, VITRINE_ERROR_ENGINE,
                    "/dev/vg1/disk");
    calls = dup_calls ();
    g_assert_nonnull (strstr (calls, "--thin\n--virtualsize\n1048576b\n--name\ndisk\nvg1/pool\n"));
}

static void
test_refusals (void)
{
    static const struct {
        const char *group, *name, *pool;
        guint64 size_bytes;
        VitrineError code;
        const char *word;
    } rows[] = {
        { "vg1", "-rf", NULL, 512, VITRINE_ERROR_INVALID, "-rf" },
        { "--config", "a", NULL, 512, VITRINE_ERROR_INVALID, "--config" },
        { "vg1", "a/b", NULL, 512, VITRINE_ERROR_INVALID, "a/b" },
        { "vg1", "a;reboot", NULL, 512, VITRINE_ERROR_INVALID, "a;reboot" },
        { "vg1", "x_tmeta", NULL, 512, VITRINE_ERROR_INVALID, "x_tmeta" },
        { "vg1", "snapshot1", NULL, 512, VITRINE_ERROR_INVALID, "snapshot1" },
        { "vg7", "a", NULL, 512, VITRINE_ERROR_NOT_FOUND, "vg0, vg1" },
        { "vg1", "a", "lake", 512, VITRINE_ERROR_NOT_FOUND, "lake" },
        { "vg1", "a", NULL, 2u << 30, VITRINE_ERROR_NO_SPACE, "are free" },
    };
    g_autofree char *calls = NULL;

    need_root ();
    if (geteuid () != 0)
        return;
    use_programs (TRUE);
    write_groups ();
    g_free (dup_calls ());
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        const VolumeParams params = { rows[i].group, rows[i].name, rows[i].pool,
                                      rows[i].size_bytes };
        GError *error = NULL;
        char *id;

        assert_refused (volume_create (&params, &id, NULL, &error), &error, rows[i].code,
                        rows[i].word);
    }
    calls = dup_calls ();
    g_assert_null (strstr (calls, "lvcreate"));
}

/* Two that fit one by one, and not together. */
static void
test_space_is_summed_up (void)
{
    const VolumeParams params[] = { { "vg1", "a", NULL, 600 << 20 },
                                    { "vg1", "b", NULL, 600 << 20 } };
    GError *error = NULL;

    need_root ();
    if (geteuid () != 0)
        return;
    use_programs (TRUE);
    write_groups ();
    g_assert_true (volume_check (params, 1, NULL, NULL));
    assert_refused (volume_check (params, 2, NULL, &error), &error, VITRINE_ERROR_NO_SPACE, "vg1");
}

static void
test_words_of_lvm (void)
{
    const VolumeParams params = { .group = "vg1", .name = "disk", .size_bytes = 512 };
    GError *error = NULL;
    char *id;

    need_root ();
    if (geteuid () != 0)
        return;
    use_programs (TRUE);
    write_groups ();
    write_program ("lvcreate", "echo '  Volume group \"vg1\" is exported' >&2", 5);
    assert_refused (volume_create (&params, &id, NULL, &error), &error, VITRINE_ERROR_ENGINE,
                    "LVM says: Volume group \"vg1\" is exported");
}

/* --- UDisks2 ---------------------------------------------------------------------------------- */

static void
test_groups_by_udisks (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) groups = NULL;
    const VolumeGroup *group;

    use_programs (FALSE);
    groups = volume_list_groups (NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (groups->len, ==, 1);
    group = g_ptr_array_index (groups, 0);
    g_assert_cmpstr (group->name, ==, "vg0");
    g_assert_cmpuint (group->free_bytes, ==, 5368709120);
    g_assert_cmpuint (group->pools->len, ==, 1);
    g_assert_cmpuint (((VolumePool *) g_ptr_array_index (group->pools, 0))->used_bytes, ==,
                      268435456);
}

/* The module looks for groups after it has said that it is loaded. */
static void
test_late_groups (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) groups = NULL;
    gint64 start = g_get_monotonic_time ();

    use_programs (FALSE);
    fake_udisks_be_late ();
    groups = volume_list_groups (NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (groups->len, ==, 1);
    g_assert_cmpint (g_get_monotonic_time () - start, <, (gint64) LOADED_MS * 1000 / 2);
}

static void
test_read_once (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) groups = NULL;
    g_autofree char *calls = NULL;

    use_programs (FALSE);
    g_free (fake_udisks_dup_calls ());
    fake_udisks_count_readings ();
    fake_udisks_be_loaded (TRUE);
    groups = volume_list_groups (NULL, &error);
    fake_udisks_be_loaded (FALSE);
    g_assert_no_error (error);
    g_assert_cmpuint (groups->len, ==, 1);
    g_assert_cmpuint (fake_udisks_count_readings (), ==, 1);
    calls = fake_udisks_dup_calls ();
    g_assert_cmpstr (calls, ==, "");
}

static void
test_calls_of_udisks (void)
{
    const VolumeParams thick = { .group = "vg0", .name = "disk", .size_bytes = 4 << 20 };
    const VolumeParams thin = {
        .group = "vg0", .name = "disk", .pool = "pool", .size_bytes = 4 << 20
    };
    g_autofree char *calls = NULL;
    GError *error = NULL;
    char *id;

    use_programs (FALSE);
    g_free (fake_udisks_dup_calls ());
    assert_refused (volume_create (&thick, &id, NULL, &error), &error, VITRINE_ERROR_ENGINE,
                    "does not appear");
    assert_refused (volume_create (&thin, &id, NULL, &error), &error, VITRINE_ERROR_ENGINE,
                    "does not appear");
    calls = fake_udisks_dup_calls ();
    g_assert_nonnull (strstr (calls, "EnableModule lvm2\n"));
    g_assert_nonnull (strstr (calls, "CreatePlainVolume disk 4194304\n"));
    g_assert_nonnull (
        strstr (calls, "CreateThinVolume disk 4194304 /org/freedesktop/UDisks2/lvm/vg0/pool\n"));
}

/* It was made; as it does not appear here, it is removed again, and not left to nobody. */
static void
test_late_volume (void)
{
    const VolumeParams params = { .group = "vg0", .name = "old", .size_bytes = 4096 };
    GError *error = NULL;
    g_autofree char *calls = NULL;
    char *id;

    use_programs (FALSE);
    fake_udisks_be_slow (TRUE);
    g_free (fake_udisks_dup_calls ());
    assert_refused (volume_create (&params, &id, NULL, &error), &error, VITRINE_ERROR_ENGINE,
                    "does not appear");
    calls = fake_udisks_dup_calls ();
    g_assert_nonnull (strstr (calls, "Delete /org/freedesktop/UDisks2/lvm/vg0/old\n"));
    fake_udisks_be_slow (FALSE);
}

static void
test_no_by_polkit (void)
{
    const VolumeParams params = { .group = "vg0", .name = "disk", .size_bytes = 4 << 20 };
    GError *error = NULL;
    char *id;

    use_programs (FALSE);
    fake_udisks_deny (TRUE);
    assert_refused (volume_create (&params, &id, NULL, &error), &error, VITRINE_ERROR_DENIED,
                    "polkit");
    fake_udisks_deny (FALSE);
}

/* --- disks of the host's ---------------------------------------------------------------------- */

static void
test_users_are_found (void)
{
    g_autofree char *node = g_build_filename (folder, "sdq1", NULL);
    g_autofree char *sys = g_build_filename (folder, "sys", NULL);
    g_autofree char *proc = g_build_filename (folder, "proc", NULL);
    g_autofree char *link = NULL, *disk_link = NULL;
    g_autoptr (VolumeDevice) device = NULL;

    /* Numbers that no driver has. */
    if (mknod (node, S_IFBLK | 0600, makedev (240, 1)) != 0) {
        g_test_skip ("no device can be made here");
        return;
    }
    write_file ("sys/class/block/sdq/dev", "240:0\n", 0644);
    write_file ("sys/class/block/sdq/sdq1/partition", "1\n", 0644);
    write_file ("sys/class/block/sdq/sdq2/partition", "2\n", 0644);
    write_file ("sys/class/block/sdq1/dev", "240:1\n", 0644);
    write_file ("sys/class/block/sdq1/partition", "1\n", 0644);
    write_file ("sys/class/block/sdq2/dev", "240:2\n", 0644);
    write_file ("sys/class/block/sdq1/holders/dm-3", "", 0644);
    write_file ("sys/class/block/dm-3/dm/name", "vg7-home\n", 0644);
    write_file ("sys/dev/block/x", "", 0644);
    link = g_build_filename (folder, "sys/dev/block/240:1", NULL);
    g_assert_cmpint (symlink ("../../devices/sdq/sdq1", link), ==, 0);
    disk_link = g_build_filename (folder, "sys/dev/block/240:0", NULL);
    g_assert_cmpint (symlink ("../../devices/sdq", disk_link), ==, 0);
    write_file ("proc/self/mountinfo",
                "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 1 240:1 / /a\\040place rw - ext4 x rw\n"
                "22 1 240:2 / /other rw - ext4 x rw\n",
                0644);
    device = volume_device_inspect_in (node, sys, proc);
    g_assert_nonnull (device);
    g_assert_cmpstr (device->users, ==, "sdq1 is mounted at /a place, sdq1 is part of vg7-home");
    g_clear_pointer (&device, volume_device_free);

    /* The whole disk is used by who uses any part of it. */
    g_unlink (node);
    g_assert_cmpint (mknod (node, S_IFBLK | 0600, makedev (240, 0)), ==, 0);
    device = volume_device_inspect_in (node, sys, proc);
    g_assert_nonnull (strstr (device->users, "sdq1 is mounted at /a place"));
    g_assert_nonnull (strstr (device->users, "sdq2 is mounted at /other"));
}

static void
test_file_is_no_device (void)
{
    g_autofree char *path = g_build_filename (folder, "file", NULL);

    write_file ("file", "x", 0644);
    g_assert_null (volume_device_inspect (path));
    g_assert_null (volume_dup_id (path));
}

int
main (int argc, char **argv)
{
    g_autofree char *remove = NULL;
    int status;

    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("vitrine-XXXXXX", NULL);
    path_before = g_strdup (g_getenv ("PATH"));
    fake_udisks_start ();
    g_test_add_func ("/volume/lvm/groups-and-pools-are-read", test_groups_by_lvm);
    g_test_add_func ("/volume/lvm/volume-is-asked-for-with-size-name-and-group",
                     test_arguments_of_lvm);
    g_test_add_func ("/volume/lvm/what-cannot-be-is-refused-before-a-program-runs", test_refusals);
    g_test_add_func ("/volume/lvm/space-of-several-is-summed-up", test_space_is_summed_up);
    g_test_add_func ("/volume/lvm/its-own-words-are-passed-on", test_words_of_lvm);
    g_test_add_func ("/volume/udisks/groups-and-pools-are-read", test_groups_by_udisks);
    g_test_add_func ("/volume/udisks/groups-that-come-late-are-waited-for", test_late_groups);
    g_test_add_func ("/volume/udisks/groups-of-a-module-that-is-there-are-read-once",
                     test_read_once);
    g_test_add_func ("/volume/udisks/volume-is-asked-for-with-size-name-and-pool",
                     test_calls_of_udisks);
    g_test_add_func ("/volume/udisks/volume-whose-object-is-late-is-not-left", test_late_volume);
    g_test_add_func ("/volume/udisks/no-by-polkit-is-told", test_no_by_polkit);
    g_test_add_func ("/volume/device/mounts-holders-and-partitions-are-found",
                     test_users_are_found);
    g_test_add_func ("/volume/device/file-is-none", test_file_is_no_device);
    status = g_test_run ();
    fake_udisks_stop ();
    g_setenv ("PATH", path_before, TRUE);
    remove = g_strdup_printf ("rm -r '%s'", folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (path_before);
    g_free (folder);
    return status;
}
