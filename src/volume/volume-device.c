/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume-device.c - what is on a disk or partition of this computer.
 *
 * Who uses it is the kernel's to know: what is mounted (/proc/self/mountinfo), swapped to (/proc/swaps), and what
 * lies upon it (holders, of LVM, RAID, encryption).  A whole disk is used by whoever uses a partition of it, and
 * a partition by whoever uses all of its disk.  What is in it is read by libblkid.
 */
#include "volume-device.h"

#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/fs.h>

#include "fd.h"

typedef struct {
    const char *sys, *proc;
    GString *contents, *users;
} Looking;

void
volume_device_free (VolumeDevice *device)
{
    if (!device)
        return;
    g_free (device->contents);
    g_free (device->users);
    g_free (device);
}

static void add (GString *list, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GString *list, const char *format, ...)
{
    va_list args;

    if (list->len > 0)
        g_string_append (list, ", ");
    va_start (args, format);
    g_string_append_vprintf (list, format, args);
    va_end (args);
}

/* --- who uses it ----------------------------------------------------------------------------- */

/* Calls EACH with each line of FILE below PROC. */
static void
read_lines (const Looking *looking, const char *file, void (*each) (char *line, gpointer data),
            gpointer data)
{
    g_autofree char *path = g_build_filename (looking->proc, file, NULL);
    g_autofree char *text = NULL;
    g_auto (GStrv) lines = NULL;

    if (!g_file_get_contents (path, &text, NULL, NULL))
        return;
    lines = g_strsplit (text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        each (lines[i], data);
}

typedef struct {
    Looking *looking;
    const char *name; /* the kernel's: "sdb1" */
    char *shown;      /* as people know it */
    char number[32];  /* "8:17" */
} Member;

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime …", proc(5). */
static void
mount_line (char *line, gpointer data)
{
    const Member *member = data;
    g_auto (GStrv) fields = g_strsplit (line, " ", 7);
    g_autofree char *place = NULL;

    if (g_strv_length (fields) < 5 || !g_str_equal (fields[2], member->number))
        return;
    place = g_strcompress (fields[4]);
    add (member->looking->users, _ ("%s is mounted at %s"), member->shown, place);
}

/* "/dev/sda2 partition 1000 0 -2". */
static void
swap_line (char *line, gpointer data)
{
    const Member *member = data;
    g_auto (GStrv) fields = g_strsplit_set (line, " \t", 2);
    struct stat st;
    char number[32];

    if (!fields[0] || *fields[0] != '/' || stat (fields[0], &st) != 0 || !S_ISBLK (st.st_mode))
        return;
    snprintf (number, sizeof number, "%u:%u", major (st.st_rdev), minor (st.st_rdev));
    if (g_str_equal (number, member->number))
        add (member->looking->users, _ ("%s is swap space"), member->shown);
}

/* The name people know a device-mapper device by, else the kernel's. */
static char *
dup_mapped_name (const char *sys, const char *name)
{
    g_autofree char *file = g_build_filename (sys, "class/block", name, "dm/name", NULL);
    char *text = NULL;

    if (!g_file_get_contents (file, &text, NULL, NULL))
        return g_strdup (name);
    return g_strstrip (text);
}

static void
add_holders (const Member *member)
{
    const Looking *looking = member->looking;
    g_autofree char *folder =
        g_build_filename (looking->sys, "class/block", member->name, "holders", NULL);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *holder;

    while (dir && (holder = g_dir_read_name (dir))) {
        g_autofree char *name = dup_mapped_name (looking->sys, holder);

        add (looking->users, _ ("%s is part of %s"), member->shown, name);
    }
}

/* --- what is in it --------------------------------------------------------------------------- */

static const char *
get_value (blkid_probe probe, const char *name)
{
    const char *value;

    return blkid_probe_lookup_value (probe, name, &value, NULL) == 0 ? value : NULL;
}

/* What libblkid calls these, for people. */
static const char *
name_type (const char *type)
{
    static const struct {
        const char *type, *name;
    } names[] = {
        { "LVM2_member", N_ ("a physical volume of LVM") },
        { "linux_raid_member", N_ ("a part of a RAID") },
        { "crypto_LUKS", N_ ("encrypted data (LUKS)") },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (g_str_equal (names[i].type, type))
            return _ (names[i].name);
    return type;
}

static void
add_contents (const Member *member, const char *path)
{
    blkid_probe probe = blkid_new_probe_from_filename (path);
    const char *type, *label, *table;

    if (!probe)
        return;
    blkid_probe_enable_superblocks (probe, 1);
    blkid_probe_set_superblocks_flags (probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL);
    blkid_probe_enable_partitions (probe, 1);
    if (blkid_do_safeprobe (probe) == 0) {
        type = get_value (probe, "TYPE");
        label = get_value (probe, "LABEL");
        table = get_value (probe, "PTTYPE");
        if (type && label)
            add (member->looking->contents, _ ("%s “%s” on %s"), name_type (type), label,
                 member->shown);
        else if (type)
            add (member->looking->contents, _ ("%s on %s"), name_type (type), member->shown);
        else if (table)
            add (member->looking->contents, _ ("a partition table (%s) on %s"), table,
                 member->shown);
    }
    blkid_free_probe (probe);
}

/* --- all ------------------------------------------------------------------------------------- */

static gboolean
read_number (const Looking *looking, const char *name, char number[32])
{
    g_autofree char *file = g_build_filename (looking->sys, "class/block", name, "dev", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents (file, &text, NULL, NULL))
        return FALSE;
    g_strlcpy (number, g_strstrip (text), 32);
    return TRUE;
}

static void
look_at (Looking *looking, const char *name, const char *path)
{
    g_autofree char *shown = dup_mapped_name (looking->sys, name);
    Member member = { .looking = looking, .name = name, .shown = shown };

    if (!read_number (looking, name, member.number))
        return;
    read_lines (looking, "self/mountinfo", mount_line, &member);
    read_lines (looking, "swaps", swap_line, &member);
    add_holders (&member);
    if (path)
        add_contents (&member, path);
}

/* The partitions of the disk NAME. */
static void
look_at_partitions (Looking *looking, const char *name)
{
    g_autofree char *folder = g_build_filename (looking->sys, "class/block", name, NULL);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *entry;

    while (dir && (entry = g_dir_read_name (dir))) {
        g_autofree char *file = g_build_filename (folder, entry, "partition", NULL);
        g_autofree char *path = g_strdup_printf ("/dev/%s", entry);

        if (g_file_test (file, G_FILE_TEST_EXISTS))
            look_at (looking, entry, path);
    }
}

/* The kernel's name of the device NUMBER, or NULL. */
static char *
dup_name (const Looking *looking, const char *number)
{
    g_autofree char *link = g_build_filename (looking->sys, "dev/block", number, NULL);
    g_autofree char *target = g_file_read_link (link, NULL);

    return target ? g_path_get_basename (target) : NULL;
}

/* The disk that NAME is a partition of, or NULL. */
static char *
dup_disk (const Looking *looking, const char *number, const char *name)
{
    g_autofree char *file = g_build_filename (looking->sys, "class/block", name, "partition", NULL);
    g_autofree char *link = g_build_filename (looking->sys, "dev/block", number, NULL);
    g_autofree char *target = NULL, *parent = NULL;

    if (!g_file_test (file, G_FILE_TEST_EXISTS))
        return NULL;
    target = g_file_read_link (link, NULL);
    parent = target ? g_path_get_dirname (target) : NULL;
    return parent ? g_path_get_basename (parent) : NULL;
}

static guint64
get_size (const char *path)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    guint64 size_bytes = 0;

    if (fd >= 0 && ioctl (fd, BLKGETSIZE64, &size_bytes) != 0)
        size_bytes = 0;
    fd_close (&fd);
    return size_bytes;
}

VolumeDevice *
volume_device_inspect_in (const char *path, const char *sys, const char *proc)
{
    Looking looking = { .sys = sys, .proc = proc };
    g_autofree char *name = NULL, *disk = NULL;
    VolumeDevice *device;
    char number[32];
    struct stat st;

    if (stat (path, &st) != 0 || !S_ISBLK (st.st_mode))
        return NULL;
    snprintf (number, sizeof number, "%u:%u", major (st.st_rdev), minor (st.st_rdev));
    looking.contents = g_string_new (NULL);
    looking.users = g_string_new (NULL);
    name = dup_name (&looking, number);
    if (name) {
        look_at (&looking, name, path);
        look_at_partitions (&looking, name);
        disk = dup_disk (&looking, number, name);
        if (disk)
            look_at (&looking, disk, NULL);
    }
    device = g_new0 (VolumeDevice, 1);
    device->size_bytes = get_size (path);
    device->contents = g_string_free (looking.contents, FALSE);
    device->users = g_string_free (looking.users, FALSE);
    return device;
}

VolumeDevice *
volume_device_inspect (const char *path)
{
    return volume_device_inspect_in (path, "/sys", "/proc");
}
