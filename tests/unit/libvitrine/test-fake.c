/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-fake.c - the fake engine pretends as its file says. */
#include <string.h>
#include <unistd.h>

#include "await.h"

typedef struct {
    char *folder;
    char *uri;
    VitrineHost *host;
} Fixture;

/* Writes TEXT into a host file of its own and connects. */
static void
open_host (Fixture *f, const char *text)
{
    f->folder = test_folder_new ();
    f->uri = test_fake_uri (f->folder, text);
    f->host = await_host (f->uri);
}

static void
close_host (Fixture *f)
{
    await_gone (f->host);
    g_free (f->uri);
    test_folder_remove (f->folder);
}

static VitrineMachine *
find (Fixture *f, const char *name)
{
    VitrineMachine *machine = vitrine_host_find (f->host, name);

    g_assert_nonnull (machine);
    return machine;
}

static void
test_file_is_read (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) alpha = NULL;
    g_autoptr (VitrineMachine) beta = NULL;
    g_autoptr (GPtrArray) disks = NULL;
    g_autoptr (GPtrArray) devices = NULL;
    g_autofree char *xml = NULL;
    const VitrineDiskInfo *disk;

    open_host (&f, "[host]\ntitle=Test\n"
                   "[machine alpha]\nstate=running\nvcpus=3\nmemory-mib=1024\nwarnings=slow;old\n"
                   "disks=/d/a.raw|10;/d/b.raw|20|used by beta\n"
                   "[machine beta]\nproblem=its definition is broken\n");
    g_assert_cmpstr (vitrine_host_get_title (f.host), ==, "Test");
    g_assert_true (vitrine_host_get_ready (f.host));
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f.host)), ==, 2);
    alpha = find (&f, "alpha");
    g_assert_cmpint (vitrine_machine_get_state (alpha), ==, VITRINE_MACHINE_RUNNING);
    g_assert_cmpuint (vitrine_machine_get_vcpus (alpha), ==, 3);
    g_assert_cmpuint (vitrine_machine_get_memory_bytes (alpha), ==, 1024u << 20);
    g_assert_cmpstr (vitrine_machine_get_warnings (alpha)[1], ==, "old");
    g_assert_cmpint (vitrine_machine_get_start_time (alpha), >, 0);
    g_assert_cmpstr (vitrine_machine_get_consoles (alpha)[0], ==, "serial0");
    xml = vitrine_machine_dup_xml (alpha, NULL);
    g_assert_nonnull (strstr (xml, "/d/b.raw"));
    devices = vitrine_machine_dup_devices (alpha);
    g_assert_cmpuint (devices->len, >=, 3);
    disks = await_list_disks (alpha, NULL);
    g_assert_cmpuint (disks->len, ==, 2);
    disk = g_ptr_array_index (disks, 1);
    g_assert_false (disk->removable);
    g_assert_cmpstr (disk->reason, ==, "used by beta");
    beta = find (&f, "beta");
    g_assert_cmpstr (vitrine_machine_get_problem (beta), ==, "its definition is broken");
    g_assert_false (vitrine_machine_can (beta, VITRINE_ACTION_START));
    close_host (&f);
}

static void
test_generates_hundreds (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;

    open_host (&f, "[host]\ngenerate=500\n");
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f.host)), ==, 500);
    machine = g_list_model_get_item (G_LIST_MODEL (f.host), 499);
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "machine-0500");
    close_host (&f);
}

static void
test_clone_is_another_machine (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (VitrineMachine) clone = NULL;
    g_autoptr (GError) error = NULL;

    open_host (&f, "[machine a]\n");
    machine = find (&f, "a");
    clone = await_clone (f.host, machine, "b", VITRINE_CLONE_LINKED, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (vitrine_machine_get_name (clone), ==, "b");
    g_assert_cmpstr (vitrine_machine_get_uuid (clone), !=, vitrine_machine_get_uuid (machine));
    g_assert_null (await_clone (f.host, machine, "b", VITRINE_CLONE_FULL, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_EXISTS);
    close_host (&f);
}

static void
append_state_cb (VitrineMachine *machine, GParamSpec *pspec, GString *states)
{
    g_string_append_printf (states, "%s ",
                            vitrine_machine_state_to_string (vitrine_machine_get_state (machine)));
}

static void
test_lifecycle_passes_through_states (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) states = g_string_new (NULL);

    open_host (&f, "[machine a]\nstart-ms=1\nshutdown-ms=1\n");
    machine = find (&f, "a");
    g_signal_connect (machine, "notify::state", G_CALLBACK (append_state_cb), states);
    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    await_act (machine, VITRINE_ACTION_PAUSE, &error);
    g_assert_no_error (error);
    await_act (machine, VITRINE_ACTION_RESUME, &error);
    g_assert_no_error (error);
    await_act (machine, VITRINE_ACTION_RESET, &error);
    g_assert_no_error (error);
    await_act (machine, VITRINE_ACTION_SHUTDOWN, &error);
    g_assert_no_error (error);
    await_state (machine, VITRINE_MACHINE_OFF);
    g_assert_cmpstr (states->str, ==, "starting running paused running stopping off ");
    g_assert_null (vitrine_machine_get_consoles (machine)[0]);
    g_signal_handlers_disconnect_by_data (machine, states);
    close_host (&f);
}

static void
test_wrong_state_is_refused (void)
{
    static const VitrineAction refused[] = { VITRINE_ACTION_PAUSE, VITRINE_ACTION_RESUME,
                                             VITRINE_ACTION_SHUTDOWN, VITRINE_ACTION_RESET,
                                             VITRINE_ACTION_POWER_OFF };
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;

    open_host (&f, "[machine a]\n");
    machine = find (&f, "a");
    for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
        g_assert_false (await_act (machine, refused[i], &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
        g_clear_error (&error);
    }
    g_assert_cmpint (await_open_display (machine, "vnc", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_clear_error (&error);
    await_act (machine, VITRINE_ACTION_START, NULL);
    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_clear_error (&error);
    g_assert_false (await_delete (machine, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    close_host (&f);
}

static void
test_fault_fails_as_often_as_asked (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;

    open_host (&f, "[machine a]\nfail-start=no KVM\nfail-start-code=denied\nfail-start-times=1\n");
    machine = find (&f, "a");
    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_cmpstr (error->message, ==, "no KVM");
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
    g_clear_error (&error);
    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    close_host (&f);
}

static void
test_hang_ends_when_cancelled (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;

    open_host (&f, "[faults]\nhang-start=true\n[machine a]\n");
    machine = find (&f, "a");
    vitrine_machine_act_async (machine, VITRINE_ACTION_START, cancellable, await_cb, &slot);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_STARTING);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_false (vitrine_machine_act_finish (machine, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
    close_host (&f);
}

static void
test_crash_has_a_reason (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;

    open_host (&f, "[machine a]\ncrash-after-ms=1\ncrash-reason=it burned\n");
    machine = find (&f, "a");
    await_act (machine, VITRINE_ACTION_START, NULL);
    await_state (machine, VITRINE_MACHINE_CRASHED);
    g_assert_cmpstr (vitrine_machine_get_state_reason (machine), ==, "it burned");
    g_assert_true (vitrine_machine_can (machine, VITRINE_ACTION_START));
    close_host (&f);
}

static void
test_host_problem_refuses_connection (void)
{
    g_autofree char *folder = test_folder_new ();
    g_autofree char *uri = test_fake_uri (folder, "[host]\nproblem=it is gone\n");
    g_autoptr (GError) error = NULL;
    VitrineHost *host = vitrine_host_new (uri, NULL);

    g_assert_false (await_connect (host, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (vitrine_host_get_problem (host), ==, "it is gone");
    g_assert_false (vitrine_host_get_ready (host));
    await_gone (host);
    test_folder_remove (g_steal_pointer (&folder));
}

static void
test_created_machine_is_listed (void)
{
    Fixture f;
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (VitrineMachine) found = NULL;
    g_autoptr (GError) error = NULL;
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    open_host (&f, "[machine taken]\n");
    disk->size_bytes = 1 << 30;
    vitrine_spec_set_name (spec, "fresh");
    vitrine_spec_add_disk (spec, disk);
    machine = await_created (f.host, spec);
    found = find (&f, "fresh");
    g_assert_true (found == machine);
    vitrine_spec_set_name (spec, "taken");
    g_assert_null (await_create (f.host, spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_EXISTS);
    close_host (&f);
}

static void
test_failed_check_refuses_creation (void)
{
    Fixture f;
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    g_autoptr (GPtrArray) checks = NULL;
    g_autoptr (GError) error = NULL;

    open_host (&f, "[check folder]\nstatus=ok\ntext=fine\n"
                   "[check kvm]\nstatus=failed\ntext=there is no /dev/kvm\nmend=modprobe kvm\n");
    checks = await_check (f.host, NULL);
    g_assert_cmpuint (checks->len, ==, 2);
    vitrine_spec_set_name (spec, "fresh");
    g_assert_null (await_create (f.host, spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_nonnull (strstr (error->message, "modprobe kvm"));
    close_host (&f);
}

static void
test_redefinition_keeps_the_machine (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (VitrineMachine) again = NULL;
    g_autofree char *xml = NULL;
    g_autofree char *changed = NULL;
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) parts = NULL;

    open_host (&f, "[machine a]\n");
    machine = find (&f, "a");
    xml = vitrine_machine_dup_xml (machine, NULL);
    parts = g_strsplit (xml, "<name>a</name>", 2);
    changed = g_strjoinv ("<name>b</name>", parts);
    again = await_define (f.host, changed, &error);
    g_assert_no_error (error);
    g_assert_true (again == machine);
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "b");
    g_assert_null (await_define (f.host, "<domain>", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    close_host (&f);
}

static void
test_deletion_refuses_what_is_not_removable (void)
{
    static const char *const shared[] = { "/d/b.raw", NULL };
    static const char *const own[] = { "/d/a.raw", NULL };
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;

    open_host (&f, "[machine a]\ndisks=/d/a.raw|1;/d/b.raw|1|used by beta\n");
    machine = find (&f, "a");
    g_assert_false (await_delete (machine, shared, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_clear_error (&error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f.host)), ==, 1);
    await_delete (machine, own, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f.host)), ==, 0);
    close_host (&f);
}

static void
test_console_echoes_until_power_off (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    char buf[64] = { 0 };
    int fd;

    open_host (&f, "[machine a]\nstate=running\n");
    machine = find (&f, "a");
    g_assert_cmpint (await_open_console (machine, "serial9", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&error);
    fd = await_open_console (machine, "serial0", &error);
    g_assert_no_error (error);
    await_read (fd, buf, strlen ("a ttyS0\r\n\r\na login: "));
    g_assert_cmpstr (buf, ==, "a ttyS0\r\n\r\na login: ");
    g_assert_cmpint (write (fd, "root", 4), ==, 4);
    memset (buf, 0, sizeof buf);
    await_read (fd, buf, 4);
    g_assert_cmpstr (buf, ==, "root");
    await_act (machine, VITRINE_ACTION_POWER_OFF, NULL);
    g_assert_cmpuint (await_read (fd, buf, 1), ==, 0);
    close (fd);
    close_host (&f);
}

/* Speaks RFB 3.8 up to the first picture; returns its first text line's bytes as a checksum. */
static void
read_vnc_picture (int fd, guint8 *pixels, gsize len)
{
    guint8 buf[64];

    g_assert_cmpuint (await_read (fd, buf, 12), ==, 12);
    g_assert_cmpmem (buf, 12, "RFB 003.008\n", 12);
    g_assert_cmpint (write (fd, "RFB 003.008\n", 12), ==, 12);
    g_assert_cmpuint (await_read (fd, buf, 2), ==, 2);
    g_assert_cmpint (write (fd, "\1", 1), ==, 1);
    g_assert_cmpuint (await_read (fd, buf, 4), ==, 4); /* security result */
    g_assert_cmpint (write (fd, "\1", 1), ==, 1);
    g_assert_cmpuint (await_read (fd, buf, 24 + 1), ==, 25); /* ServerInit, the name is "a" */
    g_assert_cmpint (buf[0] << 8 | buf[1], ==, 720);
    g_assert_cmpint (buf[2] << 8 | buf[3], ==, 400);
    g_assert_cmpint (write (fd, "\3\0\0\0\0\0\2\320\1\220", 10), ==, 10);
    g_assert_cmpuint (await_read (fd, buf, 16), ==, 16);
    g_assert_cmpuint (await_read (fd, pixels, len), ==, len);
}

static void
test_display_shows_what_is_typed (void)
{
    const gsize len = 720 * 400 * 4;
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (VitrinePicture) picture = NULL;
    g_autofree guint8 *before = g_malloc (len);
    g_autofree guint8 *after = g_malloc (len);
    g_autoptr (GError) error = NULL;
    guint8 head[16];
    int fd;

    open_host (&f, "[machine a]\nstate=running\n");
    machine = find (&f, "a");
    g_assert_cmpint (await_open_display (machine, "spice", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    fd = await_open_display (machine, "vnc", &error);
    g_assert_no_error (error);
    read_vnc_picture (fd, before, len);

    /* An incremental request is answered when a key changed the picture. */
    g_assert_cmpint (write (fd, "\3\1\0\0\0\0\2\320\1\220", 10), ==, 10);
    g_assert_cmpint (write (fd, "\4\1\0\0\0\0\0x", 8), ==, 8);
    g_assert_cmpuint (await_read (fd, head, 16), ==, 16);
    g_assert_cmpuint (await_read (fd, after, len), ==, len);
    g_assert_cmpint (memcmp (before, after, len), !=, 0);
    picture = await_screenshot (machine, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (after, len, g_bytes_get_data (picture->pixels, NULL), len);

    /* Keys sent to the machine land on the same screen: taken back, the picture is the first again.
     */
    await_send_keys (machine, vitrine_keys_from_chord ("backspace", NULL), &error);
    g_assert_no_error (error);
    g_clear_pointer (&picture, vitrine_picture_free);
    picture = await_screenshot (machine, &error);
    g_assert_cmpmem (before, len, g_bytes_get_data (picture->pixels, NULL), len);
    close (fd);
    close_host (&f);
}

static void
test_display_may_be_dropped (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    guint8 buf[64];
    int fd;

    open_host (&f, "[machine a]\nstate=running\ndrop-display-ms=1\n");
    machine = find (&f, "a");
    fd = await_open_display (machine, "vnc", &error);
    g_assert_no_error (error);
    g_assert_cmpuint (await_read (fd, buf, sizeof buf), <=, 12); /* the greeting, then the end */
    close (fd);
    close_host (&f);
}

static void
test_display_of_none_is_refused (void)
{
    Fixture f;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;

    open_host (&f, "[machine a]\nstate=running\nscreen=none\n");
    machine = find (&f, "a");
    g_assert_null (await_screenshot (machine, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    close_host (&f);
}

static void
test_no_file_no_host (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_host_new ("fake:/nonexistent/file", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_null (vitrine_host_new ("gopher:example.org", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/fake/file-is-read", test_file_is_read);
    g_test_add_func ("/fake/generates-hundreds", test_generates_hundreds);
    g_test_add_func ("/fake/clone-is-another-machine", test_clone_is_another_machine);
    g_test_add_func ("/fake/lifecycle-passes-through-states", test_lifecycle_passes_through_states);
    g_test_add_func ("/fake/wrong-state-is-refused", test_wrong_state_is_refused);
    g_test_add_func ("/fake/fault-fails-as-often-as-asked", test_fault_fails_as_often_as_asked);
    g_test_add_func ("/fake/hang-ends-when-cancelled", test_hang_ends_when_cancelled);
    g_test_add_func ("/fake/crash-has-a-reason", test_crash_has_a_reason);
    g_test_add_func ("/fake/host-problem-refuses-connection", test_host_problem_refuses_connection);
    g_test_add_func ("/fake/created-machine-is-listed", test_created_machine_is_listed);
    g_test_add_func ("/fake/failed-check-refuses-creation", test_failed_check_refuses_creation);
    g_test_add_func ("/fake/redefinition-keeps-the-machine", test_redefinition_keeps_the_machine);
    g_test_add_func ("/fake/deletion-refuses-what-is-not-removable",
                     test_deletion_refuses_what_is_not_removable);
    g_test_add_func ("/fake/console-echoes-until-power-off", test_console_echoes_until_power_off);
    g_test_add_func ("/fake/display-shows-what-is-typed", test_display_shows_what_is_typed);
    g_test_add_func ("/fake/display-may-be-dropped", test_display_may_be_dropped);
    g_test_add_func ("/fake/display-of-none-is-refused", test_display_of_none_is_refused);
    g_test_add_func ("/fake/no-file-no-host", test_no_file_no_host);
    return g_test_run ();
}
