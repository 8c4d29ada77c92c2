/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-media.c - media that are changed and disks that grow: of the machine that runs, in its
 * definition, and in both. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native-fixture.h"

#define UUID  "11111111-2222-4333-8444-555555555555"
#define DRIVE "sata0-0-0"
#define DISK  "virtio-disk0"
#define BOTH  (VITRINE_SCOPE_LIVE | VITRINE_SCOPE_CONFIG)

typedef struct {
    VitrineHost *host;
    VitrineMachine *machine;
    char *folder, *image; /* the machine's, and its disk's: 1 MiB */
} Fixture;

static char *
file_of (Fixture *f, const char *name)
{
    return g_build_filename (f->folder, name, NULL);
}

static void
set_up (Fixture *f, gconstpointer script)
{
    g_autofree char *xml = NULL;
    g_autoptr (GError) error = NULL;

    native_fixture_clear ();
    f->host = await_host (NULL);
    f->folder = g_build_filename (native_fixture_get_machines (), UUID, NULL);
    f->image = file_of (f, "disk.raw");
    xml = g_strdup_printf (
        "<domain type='kvm'><name>alpha</name><uuid>" UUID "</uuid><memory unit='MiB'>64</memory>"
        "<vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>"
        "<disk type='file' device='disk'><source file='%s'/><target dev='vda' bus='virtio'/></disk>"
        "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk></devices></domain>",
        f->image);
    f->machine = await_define (f->host, xml, &error);
    g_assert_no_error (error);
    native_fixture_script (f->machine, script);
    g_assert_true (g_file_set_contents (f->image, "", 0, NULL));
    g_assert_cmpint (truncate (f->image, 1 << 20), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer script)
{
    if (vitrine_machine_can (f->machine, VITRINE_ACTION_POWER_OFF))
        await_act (f->machine, VITRINE_ACTION_POWER_OFF, NULL);
    g_object_unref (f->machine);
    await_gone (f->host);
    g_free (f->folder);
    g_free (f->image);
}

static void
start (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    await_act (f->machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
}

/* --- changes --------------------------------------------------------------------------------- */

static gboolean
change (Fixture *f, const VitrineChange *what, GError **error)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_change_async (f->machine, what, NULL, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_machine_change_finish (f->machine, result, error);
}

static gboolean
eject (Fixture *f, VitrineScope scope, gboolean force, GError **error)
{
    const VitrineChange what = {
        .kind = VITRINE_CHANGE_EJECT, .scope = scope, .what = DRIVE, .force = force
    };

    return change (f, &what, error);
}

static gboolean
insert (Fixture *f, VitrineScope scope, const char *path, GError **error)
{
    const VitrineChange what = {
        .kind = VITRINE_CHANGE_INSERT, .scope = scope, .what = DRIVE, .path = path
    };

    return change (f, &what, error);
}

static gboolean
resize (Fixture *f, VitrineScope scope, guint64 size_bytes, GError **error)
{
    const VitrineChange what = {
        .kind = VITRINE_CHANGE_RESIZE, .scope = scope, .what = DISK, .size_bytes = size_bytes
    };

    return change (f, &what, error);
}

/* ERROR has CODE and WORD in its sentence; it is cleared. */
static void
assert_refused (GError **error, VitrineError code, const char *word)
{
    g_assert_error (*error, VITRINE_ERROR, (int) code);
    if (strstr ((*error)->message, word) == NULL)
        g_error ("“%s” is not in “%s”", word, (*error)->message);
    g_clear_error (error);
}

static void
assert_defined (Fixture *f, const char *text, gboolean expected)
{
    g_autofree char *path = file_of (f, "machine.xml");
    g_autofree char *xml = NULL;

    g_assert_true (g_file_get_contents (path, &xml, NULL, NULL));
    g_assert_cmpint (strstr (xml, text) != NULL, ==, expected);
}

/* What the keeper was told last; NULL: nothing. */
static void
assert_told (Fixture *f, const char *log, const char *expected)
{
    g_autofree char *name = g_build_filename ("logs", log, NULL);
    g_autofree char *path = file_of (f, name);
    g_autofree char *text = NULL;

    g_file_get_contents (path, &text, NULL, NULL);
    g_assert_cmpstr (text, ==, expected);
}

static void
assert_size (Fixture *f, off_t expected)
{
    struct stat st;

    g_assert_cmpint (stat (f->image, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, expected);
}

/* --- media ----------------------------------------------------------------------------------- */

static void
test_medium_of_a_machine_that_runs (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;

    start (f);
    g_assert_true (insert (f, VITRINE_SCOPE_LIVE, "/cd & one.iso", &error));
    g_assert_no_error (error);
    assert_told (f, "medium.log", "/cd & one.iso");
    assert_defined (f, "one.iso", FALSE);
    g_assert_true (eject (f, VITRINE_SCOPE_LIVE, FALSE, &error));
    assert_told (f, "medium.log", "");
}

static void
test_medium_of_a_definition (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;

    g_assert_true (insert (f, VITRINE_SCOPE_CONFIG, "/cd & one.iso", &error));
    g_assert_no_error (error);
    assert_defined (f, "<source file=\"/cd &amp; one.iso\"/>", TRUE);
    g_assert_false (insert (f, VITRINE_SCOPE_LIVE, "/two.iso", &error));
    assert_refused (&error, VITRINE_ERROR_BUSY, "not running");
    g_assert_true (eject (f, VITRINE_SCOPE_CONFIG, FALSE, &error));
    assert_defined (f, "one.iso", FALSE);
    assert_told (f, "medium.log", NULL);
}

/* What the guest keeps stays in the definition as well. */
static void
test_medium_of_both (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;

    g_assert_true (insert (f, VITRINE_SCOPE_CONFIG, "/one.iso", &error));
    start (f);
    g_assert_false (eject (f, BOTH, FALSE, &error));
    assert_refused (&error, VITRINE_ERROR_BUSY, "tray locked");
    g_assert_false (insert (f, BOTH, "/two.iso", &error));
    assert_refused (&error, VITRINE_ERROR_BUSY, "tray locked");
    assert_defined (f, "/one.iso", TRUE);
    assert_defined (f, "/two.iso", FALSE);
    g_assert_true (eject (f, BOTH, TRUE, &error));
    assert_told (f, "medium.log", "");
    assert_defined (f, "/one.iso", FALSE);
}

static void
test_what_cannot_be_inserted (Fixture *f, gconstpointer script)
{
    const VitrineChange nowhere = {
        .kind = VITRINE_CHANGE_EJECT, .scope = BOTH, .what = DISK, .force = TRUE
    };
    g_autoptr (GError) error = NULL;

    start (f);
    g_assert_false (insert (f, BOTH, "relative.iso", &error));
    assert_refused (&error, VITRINE_ERROR_INVALID, "relative.iso");
    g_assert_false (insert (f, VITRINE_SCOPE_LIVE, "/\xff.iso", &error));
    assert_refused (&error, VITRINE_ERROR_INVALID, "UTF-8");
    g_assert_false (change (f, &nowhere, &error));
    assert_refused (&error, VITRINE_ERROR_NOT_FOUND, "no CD drive " DISK);
    assert_told (f, "medium.log", NULL);
}

/* --- sizes ----------------------------------------------------------------------------------- */

/* The one who runs it makes the image larger; here nothing touches it. */
static void
test_disk_of_a_machine_that_runs (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;

    start (f);
    g_assert_true (resize (f, VITRINE_SCOPE_LIVE, 2 << 20, &error));
    g_assert_no_error (error);
    assert_told (f, "size.log", "2097152");
    g_assert_true (resize (f, BOTH, 4 << 20, &error));
    assert_told (f, "size.log", "4194304");
    g_assert_false (resize (f, VITRINE_SCOPE_LIVE, 2ull << 30, &error));
    assert_refused (&error, VITRINE_ERROR_ENGINE, "so much space");
    assert_size (f, 1 << 20);
}

static void
test_disk_of_a_machine_that_is_off (Fixture *f, gconstpointer script)
{
    static const guint64 wrong[] = { 1 << 19, (1 << 20) + 100, G_MAXUINT64 - 511 };
    g_autoptr (GError) error = NULL;

    g_assert_true (resize (f, VITRINE_SCOPE_CONFIG, 2 << 20, &error));
    g_assert_no_error (error);
    assert_size (f, 2 << 20);
    for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_assert_false (resize (f, VITRINE_SCOPE_CONFIG, wrong[i], &error));
        assert_refused (&error, VITRINE_ERROR_INVALID, "can only grow");
    }
    assert_size (f, 2 << 20);
    assert_told (f, "size.log", NULL);
}

static void
test_disk_somebody_uses (Fixture *f, gconstpointer script)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
    int fd = open (f->image, O_RDONLY | O_CLOEXEC);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
    g_assert_false (resize (f, VITRINE_SCOPE_CONFIG, 2 << 20, &error));
    assert_refused (&error, VITRINE_ERROR_BUSY, "in use");
    close (fd);
    assert_size (f, 1 << 20);
    g_assert_cmpint (g_unlink (f->image), ==, 0);
    g_assert_false (resize (f, VITRINE_SCOPE_CONFIG, 2 << 20, &error));
    assert_refused (&error, VITRINE_ERROR_ENGINE, "disk.raw");
}

/* --- devices that come and go ---------------------------------------------------------------- */

/* Appends to STORY how it is with virtio-disk1 now, unless that was said last. */
static void
tell_state_cb (VitrineMachine *machine, GString *story)
{
    static const char *const words[] = { "present ", "leaving ", "agreed " };
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);
    const char *word = "none ";

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->alias, "virtio-disk1"))
            word = words[device->state];
    }
    if (!g_str_has_suffix (story->str, word))
        g_string_append (story, word);
}

static void
test_device_on_its_way_out (Fixture *f, gconstpointer script)
{
    const VitrineChange attach = { .kind = VITRINE_CHANGE_ATTACH,
                                   .scope = VITRINE_SCOPE_LIVE,
                                   .what = "<rng/>" };
    const VitrineChange detach = { .kind = VITRINE_CHANGE_DETACH,
                                   .scope = VITRINE_SCOPE_LIVE,
                                   .what = "virtio-disk1" };
    g_autoptr (GString) story = g_string_new (NULL);
    g_autoptr (GError) error = NULL;

    start (f);
    g_signal_connect (f->machine, "devices-changed", G_CALLBACK (tell_state_cb), story);
    g_assert_true (change (f, &attach, &error));
    g_assert_true (change (f, &detach, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (story->str, ==, "present leaving agreed none ");
    /* Another one under its name begins anew. */
    g_assert_true (change (f, &attach, &error));
    g_assert_cmpstr (story->str, ==, "present leaving agreed none present ");
    g_signal_handlers_disconnect_by_data (f->machine, story);
}

static void
test_devices_of_both (Fixture *f, gconstpointer script)
{
    g_autoptr (GPtrArray) off = vitrine_machine_dup_devices_of (f->machine, VITRINE_SCOPE_LIVE);
    g_autoptr (GPtrArray) live = NULL;
    g_autoptr (GPtrArray) defined = NULL;
    const VitrineChange attach = { .kind = VITRINE_CHANGE_ATTACH,
                                   .scope = VITRINE_SCOPE_LIVE,
                                   .what = "<rng/>" };
    g_autoptr (GError) error = NULL;

    g_assert_cmpuint (off->len, ==, 0);
    start (f);
    g_assert_true (change (f, &attach, &error));
    live = vitrine_machine_dup_devices_of (f->machine, VITRINE_SCOPE_LIVE);
    defined = vitrine_machine_dup_devices_of (f->machine, VITRINE_SCOPE_CONFIG);
    g_assert_cmpuint (live->len, ==, 2);
    g_assert_cmpstr (((VitrineDeviceInfo *) g_ptr_array_index (live, 1))->source, ==, "/second");
    for (guint i = 0; i < defined->len; i++)
        g_assert_cmpstr (((VitrineDeviceInfo *) g_ptr_array_index (defined, i))->source, !=,
                         "/second");
}

/* --- encrypted disks -------------------------------------------------------------------------- */

/* Adds one that PASSPHRASE is said to open; with CANCELLABLE, which ends it once that is tried. */
static gboolean
open_disk (Fixture *f, const char *passphrase, GCancellable *cancellable, GError **error)
{
    g_autofree char *image = file_of (f, "more.luks");
    g_autofree char *element =
        g_strdup_printf ("<disk type='file'><source file='%s'><encryption format='luks'/></source>"
                         "<target dev='vdb' bus='virtio'/></disk>",
                         image);
    g_autofree char *log = file_of (f, "logs/passphrase.log");
    g_autoptr (VitrinePassphrase) what = vitrine_passphrase_new (passphrase, -1, NULL);
    const VitrineChange attach = { .kind = VITRINE_CHANGE_ATTACH,
                                   .scope = VITRINE_SCOPE_LIVE,
                                   .what = element,
                                   .passphrase = what };
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    g_assert_true (g_file_set_contents (image, "", 0, NULL));
    vitrine_machine_change_async (f->machine, &attach, cancellable, await_cb, &slot);
    while (cancellable != NULL && !g_file_test (log, G_FILE_TEST_EXISTS))
        g_main_context_iteration (NULL, FALSE);
    if (cancellable != NULL)
        g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    return vitrine_machine_change_finish (f->machine, result, error);
}

static gboolean
has_second (Fixture *f)
{
    g_autoptr (GPtrArray) live = vitrine_machine_dup_devices_of (f->machine, VITRINE_SCOPE_LIVE);

    return vitrine_device_info_find (live, "virtio-disk1") != NULL;
}

static void
test_passphrase_goes_by_a_pipe (Fixture *f, gconstpointer script)
{
    g_autofree char *log = file_of (f, "logs/passphrase.log");
    g_autofree char *attached = file_of (f, "logs/attach.log");
    g_autofree char *text = NULL, *element = NULL;
    g_autoptr (GError) error = NULL;

    start (f);
    g_assert_false (open_disk (f, "barley", NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
    g_clear_error (&error);
    g_assert_false (has_second (f));
    g_assert_true (open_disk (f, "sesame", NULL, &error));
    g_assert_no_error (error);
    g_assert_true (has_second (f));
    g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "sesame\n");
    g_assert_true (g_file_get_contents (attached, &element, NULL, NULL));
    g_assert_null (strstr (element, "sesame"));
}

static void
test_disk_that_is_given_up (Fixture *f, gconstpointer script)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    start (f);
    g_assert_false (open_disk (f, "slow", cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_false (has_second (f));
}

/* Who would take back what was made for it must know. */
static void
test_disk_that_came_first (Fixture *f, gconstpointer script)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    start (f);
    g_assert_true (open_disk (f, "quick", cancellable, &error));
    g_assert_no_error (error);
    g_assert_true (has_second (f));
}

static char *
identify (Fixture *f, const char *path)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    char *uuid;

    vitrine_machine_identify_image_async (f->machine, path, NULL, await_cb, &slot);
    result = await_result (&slot);
    uuid = vitrine_machine_identify_image_finish (f->machine, result, &error);
    g_assert_no_error (error);
    return uuid;
}

static void
test_image_is_known_by_its_uuid (Fixture *f, gconstpointer script)
{
    g_autofree char *image = file_of (f, "some.luks");
    g_autofree char *pipe = file_of (f, "pipe");
    g_autofree char *uuid = NULL;
    char head[4096] = "LUKS\xba\xbe\0\1";

    memcpy (head + 168, "b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2d", 36);
    g_assert_true (g_file_set_contents (image, head, sizeof head, NULL));
    uuid = identify (f, image);
    g_assert_cmpstr (uuid, ==, "b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2d");
    g_assert_true (g_file_set_contents (image, "no header", -1, NULL));
    g_assert_null (identify (f, image));
    g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
    g_assert_null (identify (f, pipe)); /* nobody will ever write to it */
    g_assert_null (identify (f, "/nowhere"));
}

#define ADD(path, script, function)                                                                \
    g_test_add ("/native/media/" path, Fixture, script, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int ret;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("medium/of-a-machine-that-runs", "", test_medium_of_a_machine_that_runs);
    ADD ("medium/of-a-definition", "", test_medium_of_a_definition);
    ADD ("medium/of-both", "keeps-medium=true\n", test_medium_of_both);
    ADD ("medium/what-cannot-be-inserted", "", test_what_cannot_be_inserted);
    ADD ("disk/of-a-machine-that-runs", "", test_disk_of_a_machine_that_runs);
    ADD ("disk/of-a-machine-that-is-off", "", test_disk_of_a_machine_that_is_off);
    ADD ("disk/somebody-uses-it", "", test_disk_somebody_uses);
    ADD ("device/on-its-way-out", "", test_device_on_its_way_out);
    ADD ("device/of-both", "", test_devices_of_both);
    ADD ("encrypted/passphrase-goes-by-a-pipe", "", test_passphrase_goes_by_a_pipe);
    ADD ("encrypted/disk-that-is-given-up-does-not-come", "", test_disk_that_is_given_up);
    ADD ("encrypted/disk-that-came-before-it-was-given-up-is-there", "", test_disk_that_came_first);
    ADD ("encrypted/image-is-known-by-the-uuid-in-its-header", "", test_image_is_known_by_its_uuid);
    ret = g_test_run ();
    native_fixture_end ();
    return ret;
}
