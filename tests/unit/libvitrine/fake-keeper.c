/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-keeper.c - for tests: vitrine-keeper without a machine, as told by FOLDER/keeper.ini:
 *
 *   [keeper]
 *   fail=ERROR-NAME  sentence=TEXT  the start fails with it
 *   silent=true                     ends without a word
 *   starts-forever=true             listens, and never says a word
 *   deaf=true                       says OK, and listens to nobody
 *   hang-on=METHOD                  does nothing any more once that is called
 *   crash-on=METHOD                 ends then, having written why
 *   die-on=METHOD                   is killed then
 *   lingers=true                    says "off", and stays until nobody listens any more
 *   warnings=TEXT;TEXT              warnings-on-pause=TEXT;TEXT, from then on
 *   ignore-power-button=true  broken-screenshot=true
 *   old-statistics=true             figures are told as another version did
 *
 * Attach takes everything and calls it virtio-disk1; Detach gives that back, unless keeps-device=true.
 * What was attached is in FOLDER/logs/attach.log, and what came to open it in passphrase.log: "sesame" does; "slow" is tried
 * until it is given up, and "quick" until just before that.  Its drives are in fake-keeper-drives.c.
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "fake-keeper.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vitrine-control.h>

#define DEVICE "/org/vitrine/devices/virtio_2ddisk1"

char *folder;
static char *runtime;
static gboolean detach;
static gboolean reset_nvram;
static int ready_fd = -1;
static int lock_fd = -1;
GKeyFile *script;
static VitrineControlMachine1 *machine;
static VitrineControlDevice1 *device; /* the one that can come and go */
static GMainLoop *loop;

static void
say (const char *word)
{
    if (write (ready_fd, word, strlen (word)) < 0)
        g_message ("nobody waits");
    close (ready_fd);
}

static void
write_last_run (const char *outcome, const char *reason)
{
    g_autofree char *path = g_build_filename (folder, "last-run", NULL);
    g_autofree char *text =
        g_strdup_printf ("[last-run]\noutcome=%s\nreason=%s\n", outcome, reason);

    g_file_set_contents (path, text, -1, NULL);
}

/* As a real keeper: everything is released, then clients are told. */
static void
end (const char *outcome, const char *reason)
{
    g_autofree char *control = g_build_filename (runtime, "control", NULL);
    GList *connections =
        g_dbus_interface_skeleton_get_connections (G_DBUS_INTERFACE_SKELETON (machine));

    write_last_run (outcome, reason);
    g_unlink (control);
    g_rmdir (runtime);
    close (lock_fd);
    vitrine_control_machine1_set_state_reason (machine, reason);
    vitrine_control_machine1_set_state (machine, "off");
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (machine));
    for (GList *l = connections; l != NULL; l = l->next)
        g_dbus_connection_flush_sync (l->data, NULL, NULL);
    while (g_key_file_get_boolean (script, "keeper", "lingers", NULL)
           && !g_dbus_connection_is_closed (connections->data))
        g_main_context_iteration (NULL, TRUE);
    _exit (0);
}

/* What the script wants to happen at METHOD instead of an answer. */
static void
misbehave (const char *method)
{
    g_autofree char *crash_on = g_key_file_get_string (script, "keeper", "crash-on", NULL);
    g_autofree char *die_on = g_key_file_get_string (script, "keeper", "die-on", NULL);
    g_autofree char *hang_on = g_key_file_get_string (script, "keeper", "hang-on", NULL);

    if (g_strcmp0 (crash_on, method) == 0)
        end ("crashed", "the machine's process was killed");
    if (g_strcmp0 (die_on, method) == 0)
        raise (SIGKILL);
    while (g_strcmp0 (hang_on, method) == 0)
        pause ();
}

/* To what the script says under KEY; none where it says nothing. */
static void
set_warnings (const char *key)
{
    g_auto (GStrv) warnings = g_key_file_get_string_list (script, "keeper", key, NULL, NULL);
    const char *const none[] = { NULL };

    vitrine_control_machine1_set_warnings (
        machine, warnings != NULL ? (const char *const *) warnings : none);
}

static gboolean
pause_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    misbehave ("Pause");
    set_warnings ("warnings-on-pause");
    vitrine_control_machine1_set_state (object, "paused");
    vitrine_control_machine1_complete_pause (object, invocation);
    return TRUE;
}

static gboolean
resume_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    vitrine_control_machine1_set_state (object, "running");
    vitrine_control_machine1_complete_resume (object, invocation);
    return TRUE;
}

static gboolean
reset_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Unsupported",
                                                "This machine cannot be reset");
    return TRUE;
}

static gboolean
shutdown_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    vitrine_control_machine1_set_state (object, "stopping");
    vitrine_control_machine1_complete_shutdown (object, invocation);
    if (!g_key_file_get_boolean (script, "keeper", "ignore-power-button", NULL))
        end ("off", "The guest shut down");
    return TRUE;
}

static gboolean
power_off_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    misbehave ("PowerOff");
    vitrine_control_machine1_complete_power_off (object, invocation);
    end ("off", "");
    return TRUE;
}

/* Gives one end of a socket whose other end says what was asked for. */
static gboolean
open_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation, GUnixFDList *in_fds,
         const char *name, gpointer is_display)
{
    g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
    int pair[2];

    misbehave (is_display ? "OpenDisplay" : "OpenConsole");
    if (!is_display && !g_str_equal (name, "serial0")) {
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.NotFound",
                                                    "There is no such console");
        return TRUE;
    }
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0
        || write (pair[0], name, strlen (name)) < 0)
        g_error ("no socket");
    g_unix_fd_list_append (fds, pair[1], NULL);
    close (pair[1]);
    close (pair[0]);
    g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", 0),
                                                             fds);
    return TRUE;
}

static gboolean
screenshot_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation,
               GUnixFDList *in_fds)
{
    static const guint8 pixels[2 * 2 * 4] = { 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0 };
    g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
    gboolean lies = g_key_file_get_boolean (script, "keeper", "broken-screenshot", NULL);
    int fd = memfd_create ("pixels", MFD_CLOEXEC);

    if (write (fd, pixels, sizeof pixels) < 0)
        g_error ("no pixels");
    g_unix_fd_list_append (fds, fd, NULL);
    close (fd);
    g_dbus_method_invocation_return_value_with_unix_fd_list (
        invocation, g_variant_new ("(huuu)", 0, 2, lies ? 20000 : 2, 8), fds);
    return TRUE;
}

/* Remembers in a file how many there were in each call. */
static gboolean
send_keys_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation, GVariant *keys)
{
    g_autofree char *logs = g_build_filename (folder, "logs", NULL);
    g_autofree char *path = g_build_filename (logs, "keys.log", NULL);
    FILE *file = NULL;

    g_mkdir (logs, 0700);
    file = fopen (path, "a");
    fprintf (file, "%zu\n", g_variant_n_children (keys));
    fclose (file);
    vitrine_control_machine1_complete_send_keys (object, invocation);
    return TRUE;
}

/* --- what comes and goes --------------------------------------------------------------------- */

static void
show_devices (gboolean with_second)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssss)"));
    g_variant_builder_add (&builder, "(ssss)", "virtio-disk0", "disk", "virtio", "/first");
    if (with_second)
        g_variant_builder_add (&builder, "(ssss)", "virtio-disk1", "disk", "virtio", "/second");
    vitrine_control_machine1_set_devices (machine, g_variant_builder_end (&builder));
}

void
fake_keeper_log (const char *name, const char *text)
{
    g_autofree char *logs = g_build_filename (folder, "logs", NULL);
    g_autofree char *path = g_build_filename (logs, name, NULL);

    g_mkdir (logs, 0700);
    g_file_set_contents (path, text, -1, NULL);
}

static gboolean
attach_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation, const char *element)
{
    misbehave ("Attach");
    fake_keeper_log ("attach.log", element);
    show_devices (TRUE);
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (machine));
    vitrine_control_machine1_complete_attach (object, invocation, DEVICE);
    return TRUE;
}

static GDBusMethodInvocation *trying; /* whose passphrase takes its time, or NULL */
static gboolean comes_first;

static void
end_attach_encrypted (GDBusMethodInvocation *invocation)
{
    show_devices (TRUE);
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (machine));
    vitrine_control_machine1_complete_attach_encrypted (machine, invocation, NULL, DEVICE);
}

static gboolean
attach_encrypted_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation,
                     GUnixFDList *fds, const char *element, GVariant *handle)
{
    int fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);
    char text[64] = "";

    if (read (fd, text, sizeof text - 1) < 0)
        g_error ("there is no passphrase");
    close (fd);
    fake_keeper_log ("attach.log", element);
    fake_keeper_log ("passphrase.log", text);
    comes_first = g_str_equal (text, "quick\n");
    if (comes_first || g_str_equal (text, "slow\n"))
        trying = invocation;
    else if (g_str_equal (text, "sesame\n"))
        end_attach_encrypted (invocation);
    else
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Passphrase",
                                                    "That is not the passphrase");
    return TRUE;
}

static gboolean
cancel_attach_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    GDBusMethodInvocation *given_up = g_steal_pointer (&trying);

    if (given_up == NULL) {
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.NotFound",
                                                    "There is none");
        return TRUE;
    }
    vitrine_control_machine1_complete_cancel_attach (object, invocation);
    if (comes_first)
        end_attach_encrypted (given_up);
    else
        g_dbus_method_invocation_return_error_literal (given_up, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                       "Nobody wants it");
    return TRUE;
}

static gboolean
detach_cb (VitrineControlDevice1 *object, GDBusMethodInvocation *invocation, gboolean force)
{
    if (g_key_file_get_boolean (script, "keeper", "keeps-device", NULL) && !force) {
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Busy",
                                                    "The guest keeps it");
        return TRUE;
    }
    vitrine_control_device1_set_state (object, "leaving");
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (object));
    vitrine_control_device1_set_state (object, "agreed");
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (object));
    show_devices (FALSE);
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (machine));
    vitrine_control_device1_complete_detach (object, invocation);
    return TRUE;
}

static gboolean
set_vcpus_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation, guint n)
{
    if (n > 4) {
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Engine",
                                                    "This machine can have 1 to 4 processors");
        return TRUE;
    }
    vitrine_control_machine1_set_vcpus (machine, n);
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (machine));
    vitrine_control_machine1_complete_set_vcpus (object, invocation);
    return TRUE;
}

/* The guest has it at once. */
static gboolean
set_memory_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation, guint64 bytes)
{
    if (bytes > 96 << 20) {
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Invalid",
                                                    "“alpha” can have 8 to 96 MiB of memory");
        return TRUE;
    }
    vitrine_control_machine1_set_memory (machine, bytes);
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (machine));
    vitrine_control_machine1_complete_set_memory (object, invocation);
    return TRUE;
}

static GVariant *
make_statistics (void)
{
    static guint64 n; /* of questions so far */
    const guint64 second = 1000000000;

    n++;
    return g_variant_new_parsed (
        "({'clock-us': %t, 'uptime-us': %t, 'vcpu-ns': %t, 'cpu-ns': %t, 'host-memory-bytes': %t, "
        "'memory-bytes': %t, 'plugged-bytes': %t, 'balloon-bytes': %t, 'guest-total-bytes': %t, "
        "'guest-available-bytes': %t}, [%t, %t], "
        "{'virtio-disk0': {'read-requests': %t, 'read-bytes': %t, 'write-requests': %t, "
        "'written-bytes': %t, "
        "'flush-requests': %t}, "
        "'net0': {'received-frames': %t, 'received-bytes': %t, 'sent-frames': %t, 'sent-bytes': "
        "%t, "
        "'dropped-frames': %t}})",
        (guint64) g_get_monotonic_time (), n * 1000000, n * second, 2 * n * second,
        (guint64) 300 << 20, (guint64) 64 << 20, (guint64) 32 << 20, (guint64) 16 << 20,
        (guint64) 60 << 20, (guint64) 20 << 20, n * second, (guint64) 0, 3 * n, 4096 * n, 2 * n,
        512 * n, n, n, 100 * n, 2 * n, 200 * n, (guint64) 0);
}

static gboolean
get_statistics_cb (VitrineControlMachine1 *object, GDBusMethodInvocation *invocation)
{
    g_autoptr (GDBusMessage) reply = NULL;

    misbehave ("GetStatistics");
    if (!g_key_file_get_boolean (script, "keeper", "old-statistics", NULL)) {
        g_dbus_method_invocation_return_value (invocation, make_statistics ());
        return TRUE;
    }
    reply = g_dbus_message_new_method_reply (g_dbus_method_invocation_get_message (invocation));
    g_dbus_message_set_body (reply, g_variant_new_parsed ("({'vcpu-ns': %t},)", (guint64) 1));
    g_dbus_connection_send_message (g_dbus_method_invocation_get_connection (invocation), reply,
                                    G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref (invocation);
    return TRUE;
}

static gboolean
connection_cb (GDBusServer *server, GDBusConnection *connection)
{
    g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (device), connection, DEVICE, NULL);
    fake_drives_export (connection);
    g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (machine),
                                      g_object_ref (connection), "/org/vitrine/Machine", NULL);
    return TRUE;
}

static void
make_machine (void)
{
    static const char *const consoles[] = { "serial0", NULL };
    static const char *const displays[] = { "vnc", NULL };

    machine = vitrine_control_machine1_skeleton_new ();
    vitrine_control_machine1_set_state (machine, "starting");
    vitrine_control_machine1_set_state_reason (machine, "");
    vitrine_control_machine1_set_start_time (machine, g_get_real_time () / G_USEC_PER_SEC);
    vitrine_control_machine1_set_consoles (machine, consoles);
    vitrine_control_machine1_set_displays (machine, displays);
    set_warnings ("warnings");
    g_signal_connect (machine, "handle-pause", G_CALLBACK (pause_cb), NULL);
    g_signal_connect (machine, "handle-resume", G_CALLBACK (resume_cb), NULL);
    g_signal_connect (machine, "handle-reset", G_CALLBACK (reset_cb), NULL);
    g_signal_connect (machine, "handle-shutdown", G_CALLBACK (shutdown_cb), NULL);
    g_signal_connect (machine, "handle-power-off", G_CALLBACK (power_off_cb), NULL);
    g_signal_connect (machine, "handle-open-display", G_CALLBACK (open_cb), GINT_TO_POINTER (1));
    g_signal_connect (machine, "handle-open-console", G_CALLBACK (open_cb), NULL);
    g_signal_connect (machine, "handle-screenshot", G_CALLBACK (screenshot_cb), NULL);
    g_signal_connect (machine, "handle-send-keys", G_CALLBACK (send_keys_cb), NULL);
    g_signal_connect (machine, "handle-attach", G_CALLBACK (attach_cb), NULL);
    g_signal_connect (machine, "handle-attach-encrypted", G_CALLBACK (attach_encrypted_cb), NULL);
    g_signal_connect (machine, "handle-cancel-attach", G_CALLBACK (cancel_attach_cb), NULL);
    g_signal_connect (machine, "handle-set-vcpus", G_CALLBACK (set_vcpus_cb), NULL);
    g_signal_connect (machine, "handle-set-memory", G_CALLBACK (set_memory_cb), NULL);
    g_signal_connect (machine, "handle-get-statistics", G_CALLBACK (get_statistics_cb), NULL);
    device = vitrine_control_device1_skeleton_new ();
    g_signal_connect (device, "handle-detach", G_CALLBACK (detach_cb), NULL);
    show_devices (FALSE);
}

static void
take_lock (void)
{
    g_autofree char *path = g_build_filename (folder, "lock", NULL);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_fd >= 0 && fcntl (lock_fd, F_OFD_SETLK, &lock) == 0)
        return;
    say ("ERR org.vitrine.Error.Busy\nIt is already running\n");
    _exit (1);
}

static void
follow_script (void)
{
    g_autofree char *path = g_build_filename (folder, "keeper.ini", NULL);
    g_autofree char *fail = NULL;
    g_autofree char *sentence = NULL;
    g_autofree char *word = NULL;

    script = g_key_file_new ();
    g_key_file_load_from_file (script, path, G_KEY_FILE_NONE, NULL);
    fail = g_key_file_get_string (script, "keeper", "fail", NULL);
    sentence = g_key_file_get_string (script, "keeper", "sentence", NULL);
    if (g_key_file_get_boolean (script, "keeper", "silent", NULL))
        _exit (1);
    if (fail == NULL)
        return;
    word = g_strdup_printf ("ERR %s\n%s\n", fail, sentence);
    say (word);
    _exit (1);
}

/* Somebody is there, and that is all. */
static void
be_deaf (void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_snprintf (address.sun_path, sizeof address.sun_path, "%s/control", runtime);
    if (bind (fd, (struct sockaddr *) &address, sizeof address) != 0 || listen (fd, 5) != 0)
        g_error ("no socket");
    say ("OK\n");
    for (;;)
        pause ();
}

int
main (int argc, char **argv)
{
    const GOptionEntry entries[] = {
        { "folder", 0, 0, G_OPTION_ARG_FILENAME, &folder, NULL, NULL },
        { "runtime", 0, 0, G_OPTION_ARG_FILENAME, &runtime, NULL, NULL },
        { "detach", 0, 0, G_OPTION_ARG_NONE, &detach, NULL, NULL },
        { "ready-fd", 0, 0, G_OPTION_ARG_INT, &ready_fd, NULL, NULL },
        { "reset-nvram", 0, 0, G_OPTION_ARG_NONE, &reset_nvram, NULL, NULL },
        { NULL },
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    g_autofree char *guid = g_dbus_generate_guid ();
    g_autofree char *address = NULL;
    g_autofree char *last_run = NULL;
    g_autoptr (GDBusServer) server = NULL;

    signal (SIGPIPE, SIG_IGN);
    g_option_context_add_main_entries (context, entries, NULL);
    if (!g_option_context_parse (context, &argc, &argv, NULL) || folder == NULL || runtime == NULL)
        return 2;
    if (detach && fork () != 0)
        _exit (0);
    follow_script ();
    take_lock ();
    last_run = g_build_filename (folder, "last-run", NULL);
    g_unlink (last_run);
    if (reset_nvram) {
        g_autofree char *nvram = g_build_filename (folder, "uefi-variables.fd", NULL);

        g_file_set_contents (nvram, "anew", 4, NULL);
    }
    g_mkdir_with_parents (runtime, 0700);
    alarm (120); /* no test takes that long: one that died leaves nothing behind */
    if (g_key_file_get_boolean (script, "keeper", "deaf", NULL))
        be_deaf ();
    address = g_strdup_printf ("unix:path=%s/control", runtime);
    make_machine ();
    server = g_dbus_server_new_sync (address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, NULL);
    if (server == NULL)
        return 1;
    g_signal_connect (server, "new-connection", G_CALLBACK (connection_cb), NULL);
    g_dbus_server_start (server);
    if (!g_key_file_get_boolean (script, "keeper", "starts-forever", NULL)) {
        vitrine_control_machine1_set_state (machine, "running");
        say ("OK\n");
    }
    loop = g_main_loop_new (NULL, FALSE);
    g_main_loop_run (loop);
    return 0;
}
