/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-os.c - operating systems: told by their media, by names, or not at all; listed, and what a machine for one has. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "await.h"

#define SECTOR 2048

static VitrineHost *host;
static char *folder;

/* --- asking ------------------------------------------------------------------------------------------ */

static GPtrArray *
list (GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_list_os_async (host, NULL, await_cb, &result);
    return vitrine_host_list_os_finish (host, await_result (&result), error);
}

static VitrineOsGuess *
detect (const char *path, GCancellable *cancellable, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_detect_os_async (host, path, cancellable, await_cb, &result);
    return vitrine_host_detect_os_finish (host, await_result (&result), error);
}

static char *
write_file (const char *name, const char *data, gsize len)
{
    char *path = g_build_filename (folder, name, NULL);

    g_assert_true (g_file_set_contents (path, data, (gssize) len, NULL));
    return path;
}

/* The descriptors of a CD image, with the texts as Debian's and others have them. */
static char *
write_medium (const char *name, const char *system, const char *volume, const char *publisher)
{
    g_autofree char *image = g_malloc0 (20 * SECTOR);
    char *at = image + 16 * SECTOR;

    memcpy (at, "\1CD001\1", 7);
    memset (at + 8, ' ', 64);
    memset (at + 318, ' ', 384);
    memcpy (at + 8, system, strlen (system));
    memcpy (at + 40, volume, strlen (volume));
    memcpy (at + 318, publisher, strlen (publisher));
    at[80] = 0x40;
    at[81] = 0x42; /* blocks */
    at[129] = 8;
    memcpy (at + SECTOR, "\377CD001\1", 7);
    return write_file (name, image, 20 * SECTOR);
}

static void
assert_found (const char *path, VitrineOsConfidence confidence, const char *short_id)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineOsGuess) guess = detect (path, NULL, &error);

    g_assert_no_error (error);
    g_test_message ("%s: %s", path, guess->os != NULL ? guess->os->short_id : "-");
    g_assert_cmpint (guess->confidence, ==, confidence);
    if (short_id != NULL)
        g_assert_cmpstr (guess->os->short_id, ==, short_id);
    else
        g_assert_null (guess->os);
}

/* --- media --------------------------------------------------------------------------------------------- */

static void
test_a_medium_that_is_listed_is_certain (void)
{
    static const struct {
        const char *system, *volume, *publisher, *short_id;
    } media[] = {
        { "LINUX", "Debian 11.5.0 amd64 n", "", "debian11" },
        { "LINUX", "Fedora-WS-Live-37-1-7", "", "fedora37" },
        { "LINUX", "Ubuntu 22.04.1 LTS amd64", "", "ubuntu22.04" },
        { "LINUX", "CentOS-Stream-9-BaseOS-x86_64", "", "centos-stream9" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (media); i++) {
        g_autofree char *path =
            write_medium ("x.iso", media[i].system, media[i].volume, media[i].publisher);

        assert_found (path, VITRINE_OS_SURE, media[i].short_id);
    }
}

static void
test_a_release_that_nobody_knows_is_like_the_newest (void)
{
    g_autofree char *path = write_medium ("x.iso", "LINUX", "Debian 99.1.0 amd64 n", "");
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineOsGuess) guess = detect (path, NULL, &error);

    g_assert_no_error (error);
    g_assert_cmpint (guess->confidence, ==, VITRINE_OS_SIMILAR);
    g_assert_true (g_str_has_prefix (guess->os->short_id, "debian"));
    g_assert_cmpstr (guess->label, ==, "Debian 99.1.0 amd64 n");
}

static void
test_images_are_told_by_their_names (void)
{
    static const char *const names[][2] = {
        { "debian-11-genericcloud-amd64.qcow2", "debian11" },
        { "jammy-server-cloudimg-amd64.img", "ubuntu22.04" },
        { "ubuntu-22.04-minimal.qcow2", "ubuntu22.04" },
        { "Fedora-Cloud-Base-37-1.7.x86_64.qcow2", "fedora37" },
        { "FreeBSD-13.1-RELEASE-amd64.qcow2", "freebsd13.1" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = write_file (names[i][0], "QFI\xfb", 4);

        assert_found (path, VITRINE_OS_LIKELY, names[i][1]);
    }
}

static void
test_what_nobody_knows_is_unknown (void)
{
    static const char *const names[] = { "win10.vhdx", "12.iso", "debianish.iso" };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = write_file (names[i], "x", 1);

        assert_found (path, VITRINE_OS_UNKNOWN, NULL);
    }
}

/* --- hostile and broken ------------------------------------------------------------------------------------ */

static void
test_hostile_media_are_only_unknown (void)
{
    g_autofree char *noise = g_malloc (40 * SECTOR);
    g_autofree char *endless = g_malloc0 (200 * SECTOR);
    g_autofree char *path = NULL;
    guint32 state = 1;

    for (gsize i = 0; i < 40 * SECTOR; i++)
        noise[i] = (char) ((state = state * 1103515245 + 12345) >> 16);
    memcpy (noise + 16 * SECTOR, "\1CD001\1", 7);
    path = write_file ("noise.iso", noise, 40 * SECTOR);
    assert_found (path, VITRINE_OS_UNKNOWN, NULL);
    for (guint i = 16; i < 200; i++)
        memcpy (endless + i * SECTOR, "\0CD001\1", 7); /* boot records, and never an end */
    g_free (path);
    path = write_file ("endless.iso", endless, 200 * SECTOR);
    assert_found (path, VITRINE_OS_UNKNOWN, NULL);
    g_free (path);
    path = write_file ("short.iso", noise, 16 * SECTOR + 100);
    assert_found (path, VITRINE_OS_UNKNOWN, NULL);
    g_free (path);
    path = write_medium ("regex.iso", "(((((((", "a{1000000000}(((", "[[[[");
    assert_found (path, VITRINE_OS_UNKNOWN, NULL);
}

static void
test_a_file_that_is_not_there (void)
{
    g_autofree char *path = g_build_filename (folder, "nothing", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (detect (path, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
test_a_pipe_holds_nobody_up (void)
{
    g_autofree char *path = g_build_filename (folder, "pipe", NULL);

    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
    assert_found (path, VITRINE_OS_UNKNOWN, NULL);
}

static void
test_cancelling_is_at_once (void)
{
    g_autofree char *path = write_medium ("x.iso", "LINUX", "Debian 11.5.0 amd64 n", "");
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    g_cancellable_cancel (cancellable);
    g_assert_null (detect (path, cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A server that does not answer: until somebody lets go, reads of media wait. */
static struct {
    GMutex lock;
    GCond cond;
    gboolean held, reached;
} server;

/* In the place of the C library's, for the module as for all of this program. */
ssize_t
pread (int fd, void *buf, size_t len, off_t offset)
{
    g_mutex_lock (&server.lock);
    server.reached = TRUE;
    g_cond_broadcast (&server.cond);
    while (server.held)
        g_cond_wait (&server.cond, &server.lock);
    g_mutex_unlock (&server.lock);
    return syscall (SYS_pread64, fd, buf, len, offset);
}

static void
hold (gboolean held)
{
    g_mutex_lock (&server.lock);
    server.held = held;
    server.reached = FALSE;
    g_cond_broadcast (&server.cond);
    g_mutex_unlock (&server.lock);
}

static void
await_reached (void)
{
    g_mutex_lock (&server.lock);
    while (!server.reached)
        g_cond_wait (&server.cond, &server.lock);
    g_mutex_unlock (&server.lock);
}

/* So that who waits for the server fails, and does not hang. */
static gboolean
let_go_cb (gpointer data)
{
    hold (FALSE);
    return G_SOURCE_REMOVE;
}

static void
test_a_medium_that_cannot_be_read_just_now_holds_nobody_else_up (void)
{
    g_autofree char *path = write_medium ("x.iso", "LINUX", "Debian 11.5.0 amd64 n", "");
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) systems = NULL;
    g_autoptr (VitrineOsGuess) guess = NULL;
    guint timeout = g_timeout_add_seconds (60, let_go_cb, NULL);

    hold (TRUE);
    vitrine_host_detect_os_async (host, path, NULL, await_cb, &result);
    await_reached ();
    systems = list (&error);
    g_assert_no_error (error);
    g_assert_cmpuint (systems->len, >, 500);
    g_assert_true (server.held); /* no other thread writes it */
    g_source_remove (timeout);
    hold (FALSE);
    guess = vitrine_host_detect_os_finish (host, await_result (&result), &error);
    g_assert_no_error (error);
    g_assert_cmpstr (guess->os->short_id, ==, "debian11");
}

/* --- the list ---------------------------------------------------------------------------------------------- */

static void
test_what_machines_for_them_have (void)
{
    static const struct {
        const char *name;
        VitrineDiskBus bus;
        const char *nic;
        VitrineFirmware firmware;
    } wanted[] = {
        { "debian11", VITRINE_DISK_BUS_VIRTIO, "virtio", VITRINE_FIRMWARE_BIOS },
        { "win10", VITRINE_DISK_BUS_SATA, "e1000e", VITRINE_FIRMWARE_BIOS },
        { "win11", VITRINE_DISK_BUS_SATA, "e1000e", VITRINE_FIRMWARE_UEFI },
        { "winxp", VITRINE_DISK_BUS_SATA, "rtl8139", VITRINE_FIRMWARE_BIOS },
        { "freebsd13.1", VITRINE_DISK_BUS_VIRTIO, "virtio", VITRINE_FIRMWARE_BIOS },
        { "msdos6.22", VITRINE_DISK_BUS_SATA, "rtl8139", VITRINE_FIRMWARE_BIOS },
    };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) systems = list (&error);

    g_assert_no_error (error);
    g_assert_cmpuint (systems->len, >, 500);
    for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
        const VitrineOs *os = vitrine_os_find (systems, wanted[i].name);

        g_assert_nonnull (os);
        g_assert_cmpint (os->bus, ==, wanted[i].bus);
        g_assert_cmpstr (os->nic_model, ==, wanted[i].nic);
        g_assert_cmpint (os->firmware, ==, wanted[i].firmware);
        g_assert_true (vitrine_os_find (systems, os->id) == os);
    }
    g_assert_cmpuint (vitrine_os_find (systems, "debian11")->memory_mib, ==, 1024);
    g_assert_cmpuint (vitrine_os_find (systems, "win10")->memory_mib, ==,
                      4096); /* twice the least */
    g_assert_true (vitrine_os_find (systems, "debian7")->ended);
    g_assert_null (vitrine_os_find (systems, "debian"));
}

static void
test_words_find_them (void)
{
    VitrineOs os = { .name = (char *) "Debian 12",
                     .short_id = (char *) "debian12",
                     .version = (char *) "12",
                     .vendor = (char *) "Debian Project" };

    g_assert_true (vitrine_os_matches (&os, ""));
    g_assert_true (vitrine_os_matches (&os, "DEB 12"));
    g_assert_true (vitrine_os_matches (&os, "  project  "));
    g_assert_false (vitrine_os_matches (&os, "debian 13"));
    g_assert_false (vitrine_os_matches (&os, "\xff"));
}

static void
test_names_without_the_database (void)
{
    static const char *const names[][2] = {
        { "http://debian.org/debian/12", "Debian 12" },
        { "http://ubuntu.com/ubuntu/22.04", "Ubuntu 22.04" },
        { "http://microsoft.com/win/10", "Windows 10" },
        { "http://microsoft.com/win/xp", "Windows XP" },
        { "http://microsoft.com/win/2k22", "Windows Server 2022" },
        { "http://microsoft.com/win/2k3", "Windows Server 2003" },
        { "http://microsoft.com/win/2k", "Windows 2000" },
        { "http://centos.org/centos-stream/9", "CentOS Stream 9" },
        { "http://libosinfo.org/unknown", "Unknown" },
        { "http://haiku-os.org/haiku/r1beta4", "Haiku r1beta4" },
        { "http://example.org/", "http://example.org/" },
        { "nonsense", "nonsense" },
        { "", "" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *name = vitrine_os_dup_name (names[i][0]);

        g_assert_cmpstr (name, ==, names[i][1]);
    }
}

static void
test_a_host_limits_what_is_applied (void)
{
    const VitrineHostLimits limits = { .max_vcpus = 2,
                                       .memory_bytes = G_GUINT64_CONSTANT (2) << 30 };
    VitrineOs os = { .id = (char *) "http://example.org/x/1",
                     .vcpus = 4,
                     .memory_mib = 4096,
                     .firmware = VITRINE_FIRMWARE_UEFI };
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();

    vitrine_spec_set_vcpus (spec, 1);
    vitrine_os_apply (&os, &limits, spec);
    g_assert_cmpstr (vitrine_spec_get_os (spec), ==, os.id);
    g_assert_cmpuint (vitrine_spec_get_memory_mib (spec), ==, 1024);
    g_assert_cmpuint (vitrine_spec_get_vcpus (spec), ==, 1);
    g_assert_cmpint (vitrine_spec_get_firmware (spec), ==, VITRINE_FIRMWARE_BIOS);
}

/* In a process of its own: libosinfo looks where its environment says. */
static void
test_no_database_is_said (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL, *none = NULL;

    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_test_trap_assert_passed ();
        return;
    }
    none = g_build_filename (folder, "none", NULL);
    g_setenv ("OSINFO_SYSTEM_DIR", none, TRUE);
    g_setenv ("OSINFO_LOCAL_DIR", none, TRUE);
    g_setenv ("OSINFO_USER_DIR", none, TRUE);
    g_assert_null (list (&error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "osinfo-db"));
    g_clear_error (&error);
    path = write_medium ("x.iso", "LINUX", "Debian 11.5.0 amd64 n", "");
    g_assert_null (detect (path, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
}

/* As a file that the user has put beside the others may. */
static void
test_a_system_without_a_short_name_is_no_trouble (void)
{
    static const char xml[] = "<libosinfo version='0.0.1'><os id='http://example.org/nameless/1'>"
                              "<name>Nameless</name><version>1</version></os></libosinfo>";
    g_autofree char *path = NULL, *database = NULL, *systems = NULL, *file = NULL, *none = NULL;

    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_test_trap_assert_passed ();
        return;
    }
    none = g_build_filename (folder, "none", NULL);
    database = g_build_filename (folder, "database", NULL);
    systems = g_build_filename (database, "os", "example.org", NULL);
    file = g_build_filename (systems, "nameless-1.xml", NULL);
    g_assert_cmpint (g_mkdir_with_parents (systems, 0700), ==, 0);
    g_assert_true (g_file_set_contents (file, xml, -1, NULL));
    g_setenv ("OSINFO_SYSTEM_DIR", database, TRUE);
    g_setenv ("OSINFO_LOCAL_DIR", none, TRUE);
    g_setenv ("OSINFO_USER_DIR", none, TRUE);
    path = write_medium ("x.iso", "LINUX", "Nameless 1", "");
    assert_found (path, VITRINE_OS_UNKNOWN, NULL);
}

int
main (int argc, char **argv)
{
    int status;

    g_test_init (&argc, &argv, NULL);
    host = vitrine_host_new ("vitrine:", NULL);
    folder = test_folder_new ();
    g_test_add_func ("/os/a-medium-that-is-listed-is-certain",
                     test_a_medium_that_is_listed_is_certain);
    g_test_add_func ("/os/a-release-that-nobody-knows-is-like-the-newest",
                     test_a_release_that_nobody_knows_is_like_the_newest);
    g_test_add_func ("/os/images-are-told-by-their-names", test_images_are_told_by_their_names);
    g_test_add_func ("/os/what-nobody-knows-is-unknown", test_what_nobody_knows_is_unknown);
    g_test_add_func ("/os/hostile-media-are-only-unknown", test_hostile_media_are_only_unknown);
    g_test_add_func ("/os/a-file-that-is-not-there", test_a_file_that_is_not_there);
    g_test_add_func ("/os/a-pipe-holds-nobody-up", test_a_pipe_holds_nobody_up);
    g_test_add_func ("/os/a-medium-that-cannot-be-read-just-now-holds-nobody-else-up",
                     test_a_medium_that_cannot_be_read_just_now_holds_nobody_else_up);
    g_test_add_func ("/os/cancelling-is-at-once", test_cancelling_is_at_once);
    g_test_add_func ("/os/what-machines-for-them-have", test_what_machines_for_them_have);
    g_test_add_func ("/os/words-find-them", test_words_find_them);
    g_test_add_func ("/os/names-without-the-database", test_names_without_the_database);
    g_test_add_func ("/os/a-host-limits-what-is-applied", test_a_host_limits_what_is_applied);
    g_test_add_func ("/os/no-database-is-said", test_no_database_is_said);
    g_test_add_func ("/os/a-system-without-a-short-name-is-no-trouble",
                     test_a_system_without_a_short_name_is_no_trouble);
    status = g_test_run ();
    test_folder_remove (folder);
    g_object_unref (host);
    return status;
}
