/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-fake-change.c - the fake engine's machines get and lose devices as this computer's own do. */
#include <string.h>

#include "await.h"

#define DISK "virtio-disk0"
#define BOTH (VITRINE_SCOPE_LIVE | VITRINE_SCOPE_CONFIG)

typedef struct {
    char *folder, *iso;
    VitrineHost *host;
    VitrineMachine *machine;
} Fixture;

static void
set_up (Fixture *f, gconstpointer script)
{
    g_autofree char *text = NULL;
    g_autofree char *uri = NULL;

    f->folder = test_folder_new ();
    f->iso = g_build_filename (f->folder, "one.iso", NULL);
    test_write_iso (f->iso);
    text = g_strdup_printf ("[machine alpha]\niso=%s\ndisks=/d/a.raw|10\n%s", f->iso,
                            (const char *) script);
    uri = test_fake_uri (f->folder, text);
    f->host = await_host (uri);
    f->machine = vitrine_host_find (f->host, "alpha");
}

static void
tear_down (Fixture *f, gconstpointer script)
{
    g_object_unref (f->machine);
    await_gone (f->host);
    g_free (f->iso);
    test_folder_remove (f->folder);
}

static gboolean
change (Fixture *f, VitrineChange what, GCancellable *cancellable, GError **error)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_change_async (f->machine, &what, cancellable, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_machine_change_finish (f->machine, result, error);
}

/* The device KIND as SCOPE has it, or NULL; valid until the next call. */
static const VitrineDeviceInfo *
look (Fixture *f, VitrineScope scope, const char *kind)
{
    static GPtrArray *devices;

    g_clear_pointer (&devices, g_ptr_array_unref);
    devices = vitrine_machine_dup_devices_of (f->machine, scope);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, kind))
            return device;
    }
    return NULL;
}

static VitrineChange
medium (Fixture *f, VitrineScope scope, const char *path)
{
    return (VitrineChange){ .kind = path != NULL ? VITRINE_CHANGE_INSERT : VITRINE_CHANGE_EJECT,
                            .scope = scope,
                            .what = look (f, VITRINE_SCOPE_CONFIG, "cdrom")->alias,
                            .path = path };
}

static VitrineChange
detach (VitrineScope scope, gboolean force)
{
    return (VitrineChange){
        .kind = VITRINE_CHANGE_DETACH, .scope = scope, .what = DISK, .force = force
    };
}

static void
assert_busy (GError **error, const char *word)
{
    g_assert_error (*error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_nonnull (strstr ((*error)->message, word));
    g_clear_error (error);
}

static void
count_cb (VitrineMachine *machine, guint *n)
{
    ++*n;
}

static void
test_medium_of_what_runs_is_its_own (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;
    guint n = 0;

    g_signal_connect (f->machine, "devices-changed", G_CALLBACK (count_cb), &n);
    g_assert_true (change (f, medium (f, VITRINE_SCOPE_LIVE, NULL), NULL, &error));
    g_assert_cmpuint (n, ==, 1);
    g_assert_cmpstr (look (f, VITRINE_SCOPE_LIVE, "cdrom")->source, ==, "");
    g_assert_cmpstr (look (f, VITRINE_SCOPE_CONFIG, "cdrom")->source, ==, f->iso);
    g_assert_true (change (f, medium (f, VITRINE_SCOPE_CONFIG, NULL), NULL, &error));
    g_assert_true (change (f, medium (f, BOTH, f->iso), NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (look (f, VITRINE_SCOPE_LIVE, "cdrom")->source, ==, f->iso);
    g_assert_cmpstr (look (f, VITRINE_SCOPE_CONFIG, "cdrom")->source, ==, f->iso);
    g_assert_true (change (f, medium (f, VITRINE_SCOPE_LIVE, NULL), NULL, &error));
    await_act (f->machine, VITRINE_ACTION_POWER_OFF, &error);
    await_act (f->machine, VITRINE_ACTION_START, &error);
    g_assert_cmpstr (look (f, VITRINE_SCOPE_LIVE, "cdrom")->source, ==, f->iso);
}

static void
test_locked_tray_yields_to_force (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;
    VitrineChange eject = medium (f, BOTH, NULL);

    g_assert_false (change (f, eject, NULL, &error));
    assert_busy (&error, "tray locked");
    g_assert_cmpstr (look (f, VITRINE_SCOPE_CONFIG, "cdrom")->source, ==, f->iso);
    eject = medium (f, BOTH, NULL);
    eject.force = TRUE;
    g_assert_true (change (f, eject, NULL, &error));
    g_assert_cmpstr (look (f, VITRINE_SCOPE_LIVE, "cdrom")->source, ==, "");
    g_assert_false (change (f, medium (f, VITRINE_SCOPE_CONFIG, "/none.iso"), NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
tell_state_cb (VitrineMachine *machine, Fixture *f)
{
    const VitrineDeviceInfo *disk = look (f, VITRINE_SCOPE_LIVE, "disk");
    GString *story = g_object_get_data (G_OBJECT (machine), "story");

    g_string_append_printf (story, "%d ", disk != NULL ? (int) disk->state : -1);
}

static void
test_guest_is_asked_and_agrees (Fixture *f, gconstpointer script)
{
    g_autoptr (GString) story = g_string_new (NULL);
    g_autoptr (GError) error = NULL;

    g_object_set_data (G_OBJECT (f->machine), "story", story);
    g_signal_connect (f->machine, "devices-changed", G_CALLBACK (tell_state_cb), f);
    g_assert_true (change (f, detach (BOTH, FALSE), NULL, &error));
    g_assert_cmpstr (story->str, ==, "1 2 -1 ");
    g_assert_null (look (f, VITRINE_SCOPE_CONFIG, "disk"));
    g_signal_handlers_disconnect_by_func (f->machine, tell_state_cb, f);
}

static void
test_guest_keeps_it_until_forced (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (change (f, detach (BOTH, FALSE), NULL, &error));
    assert_busy (&error, "by force");
    g_assert_cmpint (look (f, VITRINE_SCOPE_LIVE, "disk")->state, ==, VITRINE_DEVICE_PRESENT);
    g_assert_true (change (f, detach (VITRINE_SCOPE_LIVE, TRUE), NULL, &error));
    g_assert_null (look (f, VITRINE_SCOPE_LIVE, "disk"));
    g_assert_nonnull (look (f, VITRINE_SCOPE_CONFIG, "disk"));
}

static gboolean
has_no_disk (gpointer data)
{
    return look (data, VITRINE_SCOPE_LIVE, "disk") == NULL;
}

static gboolean
cancel_cb (gpointer cancellable)
{
    g_cancellable_cancel (cancellable);
    return G_SOURCE_REMOVE;
}

/* Who gives up waiting has asked all the same. */
static void
test_cancelled_request_stays_asked (Fixture *f, gconstpointer script)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    g_timeout_add (20, cancel_cb, cancellable);
    g_assert_false (change (f, detach (BOTH, FALSE), cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (look (f, VITRINE_SCOPE_LIVE, "disk")->state, ==, VITRINE_DEVICE_LEAVING);
    await_until (has_no_disk, f);
    g_assert_nonnull (look (f, VITRINE_SCOPE_CONFIG, "disk"));
}

/* Which disk wants a passphrase is known beforehand, and what opens it is tried. */
static void
test_encrypted_disk_wants_its_passphrase (Fixture *f, gconstpointer script)
{
    g_autofree char *plain = vitrine_device_spec_to_element (f->machine, "disk", "/x.raw", NULL);
    g_autofree char *element =
        vitrine_device_spec_to_element (f->machine, "disk", "/x.luks,format=luks", NULL);
    g_autoptr (VitrineDeviceInfo) disk = vitrine_machine_dup_encrypted_disk (f->machine, element);
    g_autoptr (VitrinePassphrase) wrong = vitrine_passphrase_new ("open barley", -1, NULL);
    g_autoptr (VitrinePassphrase) right = vitrine_passphrase_new ("open sesame", -1, NULL);
    VitrineChange attach = { .kind = VITRINE_CHANGE_ATTACH, .scope = BOTH, .what = element };
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_machine_dup_encrypted_disk (f->machine, plain));
    g_assert_null (vitrine_machine_dup_encrypted_disk (f->machine, "<rng/>"));
    g_assert_null (vitrine_machine_dup_encrypted_disk (f->machine, "<disk"));
    g_assert_cmpstr (disk->id, ==, "vdb");
    g_assert_cmpstr (disk->source, ==, "/x.luks");
    g_assert_false (change (f, attach, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
    g_clear_error (&error);
    attach.passphrase = wrong;
    g_assert_false (change (f, attach, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
    g_assert_nonnull (strstr (error->message, "not the passphrase of the disk vdb"));
    g_clear_error (&error);
    attach.passphrase = right;
    g_assert_true (change (f, attach, NULL, &error));
    g_assert_no_error (error);
}

#define ADD(path, script, function)                                                                \
    g_test_add ("/fake/change/" path, Fixture, script, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("medium-of-what-runs-is-its-own", "state=running\n", test_medium_of_what_runs_is_its_own);
    ADD ("locked-tray-yields-to-force", "state=running\ntray-locked=true\n",
         test_locked_tray_yields_to_force);
    ADD ("guest-is-asked-and-agrees", "state=running\n", test_guest_is_asked_and_agrees);
    ADD ("guest-keeps-it-until-forced", "state=running\nkeeps-devices=true\n",
         test_guest_keeps_it_until_forced);
    ADD ("cancelled-request-stays-asked", "state=running\ndetach-ms=400\n",
         test_cancelled_request_stays_asked);
    ADD ("encrypted-disk-wants-its-passphrase", "state=running\npassphrase=open sesame\n",
         test_encrypted_disk_wants_its_passphrase);
    return g_test_run ();
}
