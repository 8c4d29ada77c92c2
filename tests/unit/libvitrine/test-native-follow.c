/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-follow.c - machines are found and followed, whoever makes, starts, changes and ends
 * them. */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "native-fixture.h"

#define UUID_1 "11111111-2222-4333-8444-555555555555"

typedef struct {
    VitrineHost *host;  /* of the one who acts */
    VitrineHost *other; /* of somebody else, as another process has it */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    f->host = await_host (NULL);
    f->other = await_host (NULL);
}

/* Nothing that was started outlives its test. */
static void
power_all_off (VitrineHost *host)
{
    for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (host)); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (G_LIST_MODEL (host), i);

        if (vitrine_machine_can (machine, VITRINE_ACTION_POWER_OFF))
            await_act (machine, VITRINE_ACTION_POWER_OFF, NULL);
    }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    power_all_off (f->host);
    await_gone (f->host);
    await_gone (f->other);
}

struct presence {
    VitrineHost *host;
    const char *name;
    gboolean present;
};

static gboolean
is_so (gpointer data)
{
    const struct presence *presence = data;
    g_autoptr (VitrineMachine) machine = vitrine_host_find (presence->host, presence->name);

    return (machine != NULL) == presence->present;
}

static VitrineMachine *
await_machine (VitrineHost *host, const char *name)
{
    struct presence presence = { host, name, TRUE };

    await_until (is_so, &presence);
    return vitrine_host_find (host, name);
}

static void
await_absence (VitrineHost *host, const char *name)
{
    struct presence presence = { host, name, FALSE };

    await_until (is_so, &presence);
}

static void
start (VitrineMachine *machine)
{
    g_autoptr (GError) error = NULL;

    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_RUNNING);
}

static char *
write_definition (const char *uuid, const char *xml)
{
    char *folder = g_build_filename (native_fixture_get_machines (), uuid, NULL);
    g_autofree char *path = g_build_filename (folder, "machine.xml", NULL);

    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, xml, -1, NULL));
    return folder;
}

/* --- finding ---------------------------------------------------------------------------------- */

static void
test_another_process_makes_and_deletes (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) mine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) theirs = await_machine (f->other, "alpha");
    g_autoptr (GError) error = NULL;

    g_assert_true (mine != theirs);
    g_assert_cmpstr (vitrine_machine_get_uuid (mine), ==, vitrine_machine_get_uuid (theirs));
    await_delete (mine, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->host)), ==, 0);
    await_absence (f->other, "alpha");
}

static void
test_folder_copied_in_is_found (Fixture *f, gconstpointer data)
{
    g_autofree char *folder = g_build_filename (native_fixture_get_machines (), UUID_1, NULL);
    g_autofree char *xml = native_fixture_dup_xml ("copied", UUID_1, NULL);
    g_autofree char *path = g_build_filename (folder, "machine.xml", NULL);
    g_autoptr (VitrineMachine) machine = NULL;

    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    for (guint i = 0; i < 20; i++)
        g_main_context_iteration (NULL, FALSE);
    g_assert_true (g_file_set_contents (path, xml, -1, NULL));
    machine = await_machine (f->host, "copied");
    g_assert_cmpuint (vitrine_machine_get_memory_bytes (machine), ==, 256u << 20);
}

static void
test_malformed_definition_is_listed (Fixture *f, gconstpointer data)
{
    g_autofree char *folder = write_definition (UUID_1, "<domain><name>broken</name><memory>");
    g_autoptr (VitrineMachine) machine = await_machine (f->host, "broken");
    g_autofree char *xml = NULL;
    g_autofree char *kept = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_cmpstr (vitrine_machine_get_uuid (machine), ==, UUID_1);
    g_assert_cmpstr (vitrine_machine_get_problem (machine), !=, "");
    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    kept = vitrine_machine_dup_xml (machine, NULL);
    g_assert_cmpstr (kept, ==, "<domain><name>broken</name><memory>");

    /* Mended by hand, it is usable at once. */
    xml = native_fixture_dup_xml ("mended", UUID_1, NULL);
    g_free (write_definition (UUID_1, xml));
    while (*vitrine_machine_get_problem (machine) != '\0')
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "mended");
}

static void
test_definition_of_another_machine_is_a_problem (Fixture *f, gconstpointer data)
{
    g_autofree char *xml =
        native_fixture_dup_xml ("other", "99999999-2222-4333-8444-555555555555", NULL);
    g_autofree char *folder = write_definition (UUID_1, xml);
    g_autoptr (VitrineMachine) machine = await_machine (f->host, "other");

    g_assert_nonnull (strstr (vitrine_machine_get_problem (machine), "99999999"));
}

/* "cp -r": the copy has the same name and UUID in it, and is in nobody's way. */
static void
test_copied_folder_does_not_hide_its_origin (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) origin = native_fixture_create (f->host, "alpha");
    g_autofree char *xml = vitrine_machine_dup_xml (origin, NULL);
    g_autofree char *low = write_definition ("00000000-0000-4000-8000-000000000000", xml);
    g_autofree char *high = write_definition ("ffffffff-ffff-4fff-bfff-ffffffffffff", xml);
    g_autoptr (VitrineHost) late = vitrine_host_new (NULL, NULL);
    g_autoptr (VitrineMachine) looked_up = NULL;
    g_autoptr (VitrineMachine) found = NULL;

    while (g_list_model_get_n_items (G_LIST_MODEL (f->host)) < 3)
        g_main_context_iteration (NULL, TRUE);
    found = vitrine_host_find (f->host, "alpha");
    g_assert_true (found == origin);
    looked_up = await_look_up (late, "alpha", NULL);
    g_assert_cmpstr (vitrine_machine_get_uuid (looked_up), ==, vitrine_machine_get_uuid (origin));
}

static void
test_refused_element_is_a_problem (Fixture *f, gconstpointer data)
{
    g_autofree char *folder = write_definition (
        UUID_1, "<domain type='kvm'><name>tpm</name><uuid>" UUID_1
                "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64'>hvm"
                "</type></os><devices><tpm model='tpm-tis'/></devices></domain>");
    g_autoptr (VitrineMachine) machine = await_machine (f->host, "tpm");

    g_assert_nonnull (strstr (vitrine_machine_get_problem (machine), "tpm"));
}

static void
test_redefinition_is_seen_by_others (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) mine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) theirs = await_machine (f->other, "alpha");
    g_autoptr (VitrineMachine) again = NULL;
    g_autofree char *xml =
        native_fixture_dup_xml ("renamed", vitrine_machine_get_uuid (mine), NULL);
    g_autoptr (GError) error = NULL;

    again = await_define (f->host, xml, &error);
    g_assert_no_error (error);
    g_assert_true (again == mine);
    g_assert_cmpstr (vitrine_machine_get_name (mine), ==, "renamed");
    await_machine (f->other, "renamed");
    g_object_unref (theirs);
    g_assert_cmpuint (vitrine_machine_get_memory_bytes (theirs), ==, 256u << 20);
}

static void
test_machines_already_there_are_listed (Fixture *f, gconstpointer data)
{
    VitrineHost *late;

    for (guint i = 0; i < 50; i++) {
        g_autofree char *uuid = g_uuid_string_random ();
        g_autofree char *name = g_strdup_printf ("m%u", i);
        g_autofree char *xml = native_fixture_dup_xml (name, uuid, NULL);

        g_free (write_definition (uuid, xml));
    }
    late = await_host (NULL);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (late)), ==, 50);
    await_gone (late);
}

static void
test_look_up_reads_one_machine (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) alpha = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) beta = native_fixture_create (f->host, "beta");
    g_autoptr (VitrineHost) late = vitrine_host_new (NULL, NULL);
    g_autoptr (VitrineMachine) by_name = NULL;
    g_autoptr (VitrineMachine) by_uuid = NULL;
    g_autoptr (GError) error = NULL;

    by_name = await_look_up (late, "beta", &error);
    g_assert_no_error (error);
    by_uuid = await_look_up (late, vitrine_machine_get_uuid (beta), &error);
    g_assert_no_error (error);
    g_assert_true (by_name == by_uuid);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (late)), ==, 1);
    g_assert_null (await_look_up (late, "gamma", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&error);
    g_assert_null (await_look_up (late, UUID_1, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&error);

    /* Connecting afterwards adds the rest, and not the one again. */
    await_connect (late, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (late)), ==, 2);
}

/* --- following -------------------------------------------------------------------------------- */

static void
test_lifecycle_is_seen_by_both (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) mine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) theirs = await_machine (f->other, "alpha");
    g_autoptr (GError) error = NULL;

    native_fixture_script (mine, "warnings=slow;old\nwarnings-on-pause=very slow;older\n");
    start (mine);
    await_state (theirs, VITRINE_MACHINE_RUNNING);
    g_assert_cmpint (vitrine_machine_get_start_time (theirs), >, 0);
    g_assert_cmpstr (vitrine_machine_get_consoles (theirs)[0], ==, "serial0");
    g_assert_cmpstr (vitrine_machine_get_warnings (theirs)[1], ==, "old");
    await_act (theirs, VITRINE_ACTION_PAUSE, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (theirs), ==, VITRINE_MACHINE_PAUSED);
    await_state (mine, VITRINE_MACHINE_PAUSED);
    g_assert_cmpstr (vitrine_machine_get_warnings (mine)[0], ==, "very slow");
    g_assert_cmpstr (vitrine_machine_get_warnings (theirs)[1], ==, "older");
    await_act (mine, VITRINE_ACTION_RESUME, &error);
    g_assert_no_error (error);
    await_state (theirs, VITRINE_MACHINE_RUNNING);
    await_act (mine, VITRINE_ACTION_SHUTDOWN, &error);
    g_assert_no_error (error);
    await_state (mine, VITRINE_MACHINE_OFF);
    await_state (theirs, VITRINE_MACHINE_OFF);
    g_assert_cmpstr (vitrine_machine_get_state_reason (theirs), ==, "The guest shut down");
    g_assert_cmpint (vitrine_machine_get_start_time (theirs), ==, 0);
    g_assert_null (vitrine_machine_get_consoles (mine)[0]);
    start (mine); /* at once */
}

static void
test_ignored_power_button_leaves_stopping (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    native_fixture_script (machine, "ignore-power-button=true\n");
    start (machine);
    await_act (machine, VITRINE_ACTION_SHUTDOWN, &error);
    g_assert_no_error (error);
    await_state (machine, VITRINE_MACHINE_STOPPING);
    await_act (machine, VITRINE_ACTION_POWER_OFF, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
}

static void
test_off_is_off_though_the_keeper_lingers (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    native_fixture_script (machine, "lingers=true\n");
    start (machine);
    await_act (machine, VITRINE_ACTION_POWER_OFF, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
    start (machine);
}

static void
test_running_machine_is_found_again (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) found = NULL;
    VitrineHost *late;

    start (machine);
    late = await_host (NULL);
    found = vitrine_host_find (late, "alpha");
    g_assert_cmpint (vitrine_machine_get_state (found), ==, VITRINE_MACHINE_RUNNING);
    g_clear_object (&found);
    await_gone (late);
}

static void
test_crash_is_told_with_its_reason (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) found = NULL;
    g_autoptr (GError) error = NULL;
    VitrineHost *late;

    native_fixture_script (machine, "crash-on=Pause\n");
    start (machine);
    g_assert_false (await_act (machine, VITRINE_ACTION_PAUSE, &error));
    g_assert_nonnull (error);
    await_state (machine, VITRINE_MACHINE_CRASHED);
    g_assert_cmpstr (vitrine_machine_get_state_reason (machine), ==,
                     "the machine's process was killed");

    /* It is still known to whoever comes later, and starting it again forgets it. */
    late = await_host (NULL);
    found = vitrine_host_find (late, "alpha");
    g_assert_cmpint (vitrine_machine_get_state (found), ==, VITRINE_MACHINE_CRASHED);
    native_fixture_script (machine, "");
    start (machine);
    g_assert_cmpstr (vitrine_machine_get_state_reason (machine), ==, "");
    g_clear_object (&found);
    await_gone (late);
}

static void
test_killed_keeper_leaves_machine_off (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) found = NULL;
    g_autofree char *socket = NULL;
    VitrineHost *late;

    native_fixture_script (machine, "die-on=Pause\n");
    start (machine);
    g_assert_false (await_act (machine, VITRINE_ACTION_PAUSE, NULL));
    await_state (machine, VITRINE_MACHINE_OFF);

    /* Its socket is still there, and deceives nobody. */
    socket = g_build_filename (native_fixture_get_runtime (), vitrine_machine_get_uuid (machine),
                               "control", NULL);
    g_assert_true (g_file_test (socket, G_FILE_TEST_EXISTS));
    late = await_host (NULL);
    found = vitrine_host_find (late, "alpha");
    g_assert_cmpint (vitrine_machine_get_state (found), ==, VITRINE_MACHINE_OFF);
    g_clear_object (&found);
    await_gone (late);
}

/* --- starting --------------------------------------------------------------------------------- */

static void
test_failed_start_tells_why (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    native_fixture_script (machine, "fail=org.vitrine.Error.Denied\nsentence=You may not.\n");
    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_cmpstr (error->message, ==, "You may not.");
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
    g_clear_error (&error);
    native_fixture_script (machine, "fail=com.example.Strange\nsentence=Something.\n");
    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (error->message, ==, "Something.");
}

static void
test_keeper_without_a_word (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    native_fixture_script (machine, "silent=true\n");
    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
}

static void
test_two_starts_at_once (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) mine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) theirs = await_machine (f->other, "alpha");
    GAsyncResult *slots[2] = { NULL };
    g_autoptr (GAsyncResult) first = NULL;
    g_autoptr (GAsyncResult) second = NULL;
    gboolean ok_1, ok_2;

    vitrine_machine_act_async (mine, VITRINE_ACTION_START, NULL, await_cb, &slots[0]);
    vitrine_machine_act_async (theirs, VITRINE_ACTION_START, NULL, await_cb, &slots[1]);
    first = await_result (&slots[0]);
    second = await_result (&slots[1]);
    ok_1 = vitrine_machine_act_finish (mine, first, NULL);
    ok_2 = vitrine_machine_act_finish (theirs, second, NULL);
    g_assert_true (ok_1 != ok_2);
    await_state (mine, VITRINE_MACHINE_RUNNING); /* the loser sees it run too */
    await_state (theirs, VITRINE_MACHINE_RUNNING);
}

static void
test_cancelled_start_is_undone (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) mine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrineMachine) theirs = await_machine (f->other, "alpha");
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;

    native_fixture_script (mine, "starts-forever=true\n");
    vitrine_machine_act_async (mine, VITRINE_ACTION_START, cancellable, await_cb, &slot);
    await_state (theirs, VITRINE_MACHINE_STARTING); /* its keeper is up */
    while (vitrine_machine_get_start_time (mine) == 0)
        g_main_context_iteration (NULL, TRUE);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_false (vitrine_machine_act_finish (mine, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    await_state (mine, VITRINE_MACHINE_OFF);
    await_state (theirs, VITRINE_MACHINE_OFF);
}

static void
test_start_cancelled_at_once_is_undone (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;

    vitrine_machine_act_async (machine, VITRINE_ACTION_START, cancellable, await_cb, &slot);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_false (vitrine_machine_act_finish (machine, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
}

/* --- talking ---------------------------------------------------------------------------------- */

static void
test_engine_errors_are_mapped (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    start (machine);
    g_assert_false (await_act (machine, VITRINE_ACTION_RESET, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_cmpstr (error->message, ==, "This machine cannot be reset"); /* no D-Bus prefix */
}

static void
test_streams_are_opened (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;
    char buf[16] = { 0 };
    int fd;

    start (machine);
    fd = await_open_console (machine, "serial0", &error);
    g_assert_no_error (error);
    g_assert_cmpuint (await_read (fd, buf, 7), ==, 7);
    g_assert_cmpstr (buf, ==, "serial0");
    close (fd);
    fd = await_open_display (machine, "vnc", &error);
    g_assert_no_error (error);
    memset (buf, 0, sizeof buf);
    g_assert_cmpuint (await_read (fd, buf, 3), ==, 3);
    g_assert_cmpstr (buf, ==, "vnc");
    close (fd);
    g_assert_cmpint (await_open_console (machine, "serial9", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
test_screenshot_is_copied (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (VitrinePicture) picture = NULL;
    g_autoptr (GError) error = NULL;

    start (machine);
    picture = await_screenshot (machine, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (picture->width, ==, 2);
    g_assert_cmpuint (picture->height, ==, 2);
    g_assert_cmpint (((const guint8 *) g_bytes_get_data (picture->pixels, NULL))[2], ==, 255);
}

static void
test_screenshot_larger_than_its_file_is_refused (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    native_fixture_script (machine, "broken-screenshot=true\n");
    start (machine);
    g_assert_null (await_screenshot (machine, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

static void
test_long_text_goes_in_pieces (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autofree char *text = g_strnfill (300, 'a'); /* 600 events */
    g_autofree char *folder = NULL;
    g_autofree char *path = NULL;
    g_autofree char *log = NULL;
    g_autoptr (GError) error = NULL;

    start (machine);
    await_send_keys (machine, vitrine_keys_from_text (text, NULL), &error);
    g_assert_no_error (error);
    folder = vitrine_machine_dup_folder (machine);
    path = g_build_filename (folder, "logs", "keys.log", NULL);
    g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
    g_assert_cmpstr (log, ==, "256\n256\n88\n");
}

static void
test_redefinition_while_running_is_refused (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autofree char *xml =
        native_fixture_dup_xml ("alpha", vitrine_machine_get_uuid (machine), NULL);
    g_autoptr (GError) error = NULL;

    start (machine);
    g_assert_null (await_define (f->host, xml, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
}

static void
test_deletion_while_running_is_refused (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;

    start (machine);
    g_assert_false (await_delete (machine, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/follow/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int ret;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("another-process-makes-and-deletes", test_another_process_makes_and_deletes);
    ADD ("folder-copied-in-is-found", test_folder_copied_in_is_found);
    ADD ("malformed-definition-is-listed", test_malformed_definition_is_listed);
    ADD ("definition-of-another-machine-is-a-problem",
         test_definition_of_another_machine_is_a_problem);
    ADD ("copied-folder-does-not-hide-its-origin", test_copied_folder_does_not_hide_its_origin);
    ADD ("refused-element-is-a-problem", test_refused_element_is_a_problem);
    ADD ("redefinition-is-seen-by-others", test_redefinition_is_seen_by_others);
    ADD ("machines-already-there-are-listed", test_machines_already_there_are_listed);
    ADD ("look-up-reads-one-machine", test_look_up_reads_one_machine);
    ADD ("lifecycle-is-seen-by-both", test_lifecycle_is_seen_by_both);
    ADD ("ignored-power-button-leaves-stopping", test_ignored_power_button_leaves_stopping);
    ADD ("off-is-off-though-the-keeper-lingers", test_off_is_off_though_the_keeper_lingers);
    ADD ("running-machine-is-found-again", test_running_machine_is_found_again);
    ADD ("crash-is-told-with-its-reason", test_crash_is_told_with_its_reason);
    ADD ("killed-keeper-leaves-machine-off", test_killed_keeper_leaves_machine_off);
    ADD ("failed-start-tells-why", test_failed_start_tells_why);
    ADD ("keeper-without-a-word", test_keeper_without_a_word);
    ADD ("two-starts-at-once", test_two_starts_at_once);
    ADD ("cancelled-start-is-undone", test_cancelled_start_is_undone);
    ADD ("start-cancelled-at-once-is-undone", test_start_cancelled_at_once_is_undone);
    ADD ("engine-errors-are-mapped", test_engine_errors_are_mapped);
    ADD ("streams-are-opened", test_streams_are_opened);
    ADD ("screenshot-is-copied", test_screenshot_is_copied);
    ADD ("screenshot-larger-than-its-file-is-refused",
         test_screenshot_larger_than_its_file_is_refused);
    ADD ("long-text-goes-in-pieces", test_long_text_goes_in_pieces);
    ADD ("redefinition-while-running-is-refused", test_redefinition_while_running_is_refused);
    ADD ("deletion-while-running-is-refused", test_deletion_while_running_is_refused);
    ret = g_test_run ();
    native_fixture_end ();
    return ret;
}
