/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-locks.c - no disk is written by two at once, whoever they are. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "keeper-fixture.h"

/* A second machine beside the first, with the same disk. */
static void
make_neighbour (Fixture *f, Fixture *other, const char *inner)
{
    static const char uuid[] = "0a8a7a3c-7c8f-4b0e-9d3b-0e9c6c8f5a22";
    g_autofree char *xml = g_strdup_printf (
        "<domain type='kvm'><name>neighbour</name><uuid>%s</uuid><memory unit='MiB'>64</memory><os>"
        "<type>hvm</type></os><devices><disk type='file'><source file='%s'/><target dev='vda'/>%s"
        "</disk></devices></domain>",
        uuid, f->disk, inner);

    fixture_set_up (other);
    g_free (other->folder);
    other->folder = g_build_filename (f->root, "machines", uuid, NULL);
    g_mkdir_with_parents (other->folder, 0700);
    fixture_define_xml (other, xml);
}

static void
test_disk_of_another_machine (void)
{
    Fixture f, other;

    fixture_set_up (&f);
    make_neighbour (&f, &other, "");
    fixture_run (&f);
    fixture_assert_refused (&other, "Busy", "The disk “@” is in use by the machine “tester”",
                            f.disk);
    vitrine_control_machine1_call_power_off_sync (f.machine, NULL, NULL);
    fixture_run (&other);
    fixture_tear_down (&other);
    fixture_tear_down (&f);
}

/* An empty qcow2 image at PATH that is based on BASE. */
static void
write_overlay (const char *path, const char *base)
{
    guint8 bytes[1024] = "QFI\xfb";

    store_be32 (bytes + 4, 3);
    store_be64 (bytes + 8, 512);
    store_be32 (bytes + 16, (guint32) strlen (base));
    store_be32 (bytes + 100, 104);
    store_be32 (bytes + 104, 0xe2792aca);
    store_be32 (bytes + 108, 3);
    memcpy (bytes + 112, "raw", 3);
    memcpy (bytes + 512, base, strlen (base));
    g_assert_true (g_file_set_contents (path, (const char *) bytes, sizeof bytes, NULL));
}

/* A machine that is off has a disk that is based on this one's, so this one must not write to it. */
static void
test_disk_that_another_is_based_on (void)
{
    Fixture f, other;
    g_autofree char *overlay = NULL, *xml = NULL;

    fixture_set_up (&f);
    make_neighbour (&f, &other, "<driver name='qemu' type='qcow2'/>");
    overlay = g_build_filename (f.root, "overlay.qcow2", NULL);
    write_overlay (overlay, f.disk);
    g_free (other.disk);
    other.disk = g_strdup (f.disk);
    xml = g_strdup_printf (
        "<domain type='kvm'><name>neighbour</name><uuid>0a8a7a3c-7c8f-4b0e-9d3b-0e9c6c8f5a22</uuid>"
        "<memory unit='MiB'>64</memory><os><type>hvm</type></os><devices><disk type='file'>"
        "<driver name='qemu' type='qcow2'/><source file='%s'/><target dev='vda'/></disk></devices>"
        "</domain>",
        overlay);
    fixture_define_xml (&other, xml);
    fixture_assert_refused (&f, "Denied",
                            "A disk of “neighbour” is based on the disk “@”, which may not be "
                            "written to while that is so; use a clone of this machine, or delete "
                            "“neighbour”",
                            f.disk);
    g_unlink (overlay);
    fixture_run (&f);
    fixture_tear_down (&other);
    fixture_tear_down (&f);
}

/* How long the kernel takes to close what a process had open that ended. */
#define CLOSING_US (200 * G_TIME_SPAN_MILLISECOND)

static gpointer
close_late (gpointer fd)
{
    int closing = GPOINTER_TO_INT (fd);

    g_usleep (CLOSING_US);
    fd_close (&closing);
    return NULL;
}

/* A machine ends; two start at once that have its disk.  The kernel is not done with the one that
 * ended, so both wait, and the first must not take the second for the disk's user. */
static void
test_disk_two_machines_wait_for (void)
{
    Fixture f, other;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct flock runs = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    g_autofree char *path = NULL;
    int disk, starting;
    GThread *thread;

    fixture_set_up (&f);
    make_neighbour (&f, &other, "");
    disk = open (f.disk, O_RDWR | O_CLOEXEC);
    g_assert_cmpint (fcntl (disk, F_OFD_SETLK, &lock), ==, 0);
    path = g_build_filename (f.folder, "lock", NULL);
    starting = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (fcntl (starting, F_OFD_SETLK, &runs), ==, 0);
    thread = g_thread_new ("closing", close_late, GINT_TO_POINTER (disk));
    fixture_run (&other);
    g_thread_join (thread);
    fd_close (&starting);
    fixture_assert_refused (&f, "Busy", "The disk “@” is in use by the machine “neighbour”",
                            f.disk);
    fixture_tear_down (&other);
    fixture_tear_down (&f);
}

static void
test_reader_of_a_written_disk (void)
{
    Fixture f, other;

    fixture_set_up (&f);
    make_neighbour (&f, &other, "<readonly/>");
    fixture_run (&f);
    fixture_assert_refused (&other, "Busy", "The disk “@” is in use by the machine “tester”",
                            f.disk);
    fixture_tear_down (&other);
    fixture_tear_down (&f);
}

static void
test_readers_share (void)
{
    Fixture f, other;

    fixture_set_up (&f);
    make_neighbour (&f, &other, "<readonly/>");
    g_free (f.disk);
    f.disk = g_strdup ("/nonexistent");
    {
        g_autofree char *xml = NULL;
        g_autofree char *path = g_build_filename (other.folder, "machine.xml", NULL);

        g_assert_true (g_file_get_contents (path, &xml, NULL, NULL));
        fixture_define_xml (&f, xml);
    }
    fixture_run (&other);
    fixture_run (&f);
    fixture_tear_down (&other);
    fixture_tear_down (&f);
}

/* As another program does that locks its files: QEMU, for one. */
static void
test_disk_of_a_program (void)
{
    Fixture f;
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1 };
    int fd;

    fixture_set_up (&f);
    fd = open (f.disk, O_RDWR | O_CLOEXEC);
    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
    fixture_assert_refused (&f, "Busy", "The disk “@” is in use by another machine or program",
                            f.disk);
    fd_close (&fd);
    fixture_run (&f);
    fixture_tear_down (&f);
}

static void
test_same_disk_twice (void)
{
    Fixture f;
    g_autofree char *link = NULL;
    g_autofree char *xml = NULL;

    fixture_set_up (&f);
    link = g_build_filename (f.root, "link.img", NULL);
    g_assert_cmpint (symlink (f.disk, link), ==, 0);
    xml = g_strdup_printf ("<disk type='file'><source file='%s'/><target dev='sda'/></disk>", link);
    fixture_define (&f, xml, "");
    fixture_assert_refused (&f, "Invalid",
                            "The disk “@” is in this machine twice, as vda and as sda", link);
    fixture_tear_down (&f);
}

/* The lock is the VMM's as well: it lasts as long as anybody may write. */
static void
test_lock_lasts_as_long_as_the_vmm (void)
{
    Fixture f;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    guint vmm;
    int fd;

    fixture_set_up (&f);
    fixture_run (&f);
    vmm = fixture_process (&f, 1);
    kill ((pid_t) vmm, SIGSTOP);
    kill (f.pid, SIGKILL);
    fixture_wait_end (&f);
    fd = open (f.disk, O_RDWR | O_CLOEXEC);
    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, -1);
    kill ((pid_t) vmm, SIGCONT);
    fixture_wait (&f, fixture_is_gone, GUINT_TO_POINTER (vmm));
    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
    fd_close (&fd);
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/locks/disk-that-another-is-based-on-is-not-written",
                     test_disk_that_another_is_based_on);
    g_test_add_func ("/keeper/locks/disk-of-another-machine", test_disk_of_another_machine);
    g_test_add_func ("/keeper/locks/disk-two-machines-wait-for", test_disk_two_machines_wait_for);
    g_test_add_func ("/keeper/locks/reader-of-a-written-disk", test_reader_of_a_written_disk);
    g_test_add_func ("/keeper/locks/readers-share", test_readers_share);
    g_test_add_func ("/keeper/locks/disk-of-a-program", test_disk_of_a_program);
    g_test_add_func ("/keeper/locks/same-disk-twice", test_same_disk_twice);
    g_test_add_func ("/keeper/locks/lock-lasts-as-long-as-the-vmm",
                     test_lock_lasts_as_long_as_the_vmm);
    return g_test_run ();
}
