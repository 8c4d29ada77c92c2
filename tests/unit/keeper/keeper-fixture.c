/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-fixture.c - a machine in a folder of its own, kept by a real vitrine-keeper. */
#include "keeper-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"

#define LOOK_AGAIN_MS 20

static void
write_file (const char *folder, const char *name, gsize size)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *bytes = g_malloc0 (size);

    g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

void
fixture_set_up (Fixture *self)
{
    g_autofree char *firmware = NULL;
    g_autofree char *name = NULL;

    memset (self, 0, sizeof *self);
    self->root = g_dir_make_tmp ("keeper-XXXXXX", NULL);
    self->folder = g_build_filename (self->root, "machines", FIXTURE_UUID, NULL);
    self->runtime = g_build_filename (self->root, "run", FIXTURE_UUID, NULL);
    self->disk = g_build_filename (self->root, "disk.img", NULL);
    self->iso = g_build_filename (self->root, "cd.iso", NULL);
    self->keeper = g_strdup (KEEPER);
    firmware = g_build_filename (self->root, "firmware", NULL);
    g_assert_cmpint (g_mkdir_with_parents (self->folder, 0700), ==, 0);
    g_assert_cmpint (g_mkdir_with_parents (firmware, 0700), ==, 0);
    write_file (firmware, "bios-256k.bin", 4096);
    write_file (firmware, "vgabios-stdvga.bin", 4096);
    write_file (self->root, "disk.img", 1 << 20);
    write_file (self->root, "cd.iso", 64 << 10);
    self->env = g_ptr_array_new_with_free_func (g_free);
    fixture_set_env (self, "VITRINE_FIRMWARE_PATH", firmware);
    fixture_set_env (self, "VITRINE_KVM", "/dev/null"); /* it answers: see fake-kvm.c */
    fixture_set_env (self, "VITRINE_VMM", FAKE_VMM);
    fixture_set_env (self, "VITRINE_VNC", FAKE_VNC);
    fixture_set_env (self, "LC_ALL", "C.UTF-8");
    fixture_define (self, "", "");
}

static void
remove_tree (const char *path)
{
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree char *child = g_build_filename (path, name, NULL);

        if (!g_file_test (child, G_FILE_TEST_IS_SYMLINK) && g_file_test (child, G_FILE_TEST_IS_DIR))
            remove_tree (child);
        else
            g_unlink (child);
    }
    g_rmdir (path);
}

static void
disconnect (Fixture *self)
{
    g_clear_object (&self->machine);
    if (self->connection)
        g_dbus_connection_close_sync (self->connection, NULL, NULL);
    g_clear_object (&self->connection);
}

void
fixture_tear_down (Fixture *self)
{
    if (!self->root)
        return;
    if (self->pid)
        kill (self->pid, SIGKILL);
    fixture_wait_end (self);
    disconnect (self);
    remove_tree (self->root);
    g_free (self->root);
    g_free (self->folder);
    g_free (self->runtime);
    g_free (self->disk);
    g_free (self->iso);
    g_free (self->keeper);
    g_free (self->ready);
    g_ptr_array_unref (self->env);
}

void
fixture_define_xml (Fixture *self, const char *xml)
{
    g_autofree char *path = g_build_filename (self->folder, "machine.xml", NULL);

    g_assert_true (g_file_set_contents (path, xml, -1, NULL));
}

void
fixture_define (Fixture *self, const char *devices, const char *domain)
{
    g_autofree char *xml = g_strdup_printf (
        "<domain type='kvm'><name>tester</name><uuid>" FIXTURE_UUID "</uuid>"
        "<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>%s<devices>"
        "<disk type='file'><driver type='raw'/><source file='%s'/><target dev='vda'/></disk>%s"
        "<serial type='pty'/></devices></domain>",
        domain, self->disk, devices);

    fixture_define_xml (self, xml);
}

void
fixture_set_env (Fixture *self, const char *name, const char *value)
{
    g_ptr_array_add (self->env, g_strdup_printf ("%s=%s", name, value));
}

/* --- the keeper ------------------------------------------------------------------------------ */

static void
child_cb (GPid pid, int wait_status, gpointer user_data)
{
    Fixture *self = user_data;

    self->wait_status = wait_status;
    self->n_children--;
    if (self->pid == pid)
        self->pid = 0;
}

static char **
make_env (Fixture *self)
{
    char **env = g_get_environ ();

    for (guint i = 0; i < self->env->len; i++) {
        g_auto (GStrv) pair = g_strsplit (g_ptr_array_index (self->env, i), "=", 2);

        env = g_environ_setenv (env, pair[0], pair[1], TRUE);
    }
    return env;
}

static char *
read_all (int fd)
{
    GString *text = g_string_new (NULL);
    char buffer[512];
    ssize_t n;

    while ((n = read (fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            g_string_append_len (text, buffer, n);
    return g_string_free (text, FALSE);
}

/* A test that fails leaves no keeper behind. */
static void
die_with_parent (gpointer user_data)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
}

gboolean
fixture_start_with (Fixture *self, const char *argument)
{
    const char *argv[] = { self->keeper, "--folder", self->folder, "--runtime", self->runtime,
                           "--ready-fd", "5",        argument,     NULL };
    g_auto (GStrv) env = make_env (self);
    g_autoptr (GError) error = NULL;
    const int target = 5;
    int fds[2];
    GPid pid;

    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    g_spawn_async_with_pipes_and_fds (
        NULL, argv, (const char *const *) env,
        G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
        die_with_parent, NULL, -1, -1, -1, &fds[1], &target, 1, &pid, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    fd_close (&fds[1]);
    self->pid = pid;
    self->n_children++;
    g_child_watch_add (pid, child_cb, self);
    g_free (self->ready);
    self->ready = read_all (fds[0]);
    fd_close (&fds[0]);
    return g_str_equal (self->ready, "OK\n");
}

gboolean
fixture_start (Fixture *self)
{
    return fixture_start_with (self, NULL);
}

GDBusConnection *
fixture_new_connection (Fixture *self)
{
    g_autofree char *control = g_build_filename (self->runtime, "control", NULL);
    g_autofree char *escaped = g_dbus_address_escape_value (control);
    g_autofree char *address = g_strconcat ("unix:path=", escaped, NULL);

    return g_dbus_connection_new_for_address_sync (
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, NULL);
}

void
fixture_connect (Fixture *self)
{
    g_autoptr (GError) error = NULL;

    disconnect (self);
    self->connection = fixture_new_connection (self);
    g_assert_nonnull (self->connection);
    self->machine = vitrine_control_machine1_proxy_new_sync (
        self->connection, G_DBUS_PROXY_FLAGS_NONE, NULL, "/org/vitrine/Machine", NULL, &error);
    g_assert_no_error (error);
}

void
fixture_assert_refused (Fixture *self, const char *name, const char *sentence, const char *file)
{
    g_auto (GStrv) pieces = g_strsplit (sentence, "@", -1);
    g_autofree char *whole = g_strjoinv (file, pieces);
    g_autofree char *expected = g_strdup_printf ("ERR org.vitrine.Error.%s\n%s\n", name, whole);

    g_assert_false (fixture_start (self));
    g_assert_cmpstr (self->ready, ==, expected);
    fixture_wait_end (self);
    g_assert_false (g_file_test (self->runtime, G_FILE_TEST_EXISTS));
}

void
fixture_run (Fixture *self)
{
    g_assert_true (fixture_start (self));
    fixture_connect (self);
}

/* --- waiting --------------------------------------------------------------------------------- */

static gboolean
too_long_cb (gpointer user_data)
{
    g_error ("nothing happened for %d s while waiting", FIXTURE_TIMEOUT_S);
    return G_SOURCE_REMOVE;
}

static gboolean
look_again_cb (gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

void
fixture_wait (Fixture *self, FixtureCheck check, gconstpointer data)
{
    guint timeout = g_timeout_add_seconds (FIXTURE_TIMEOUT_S, too_long_cb, NULL);
    guint look_again =
        g_timeout_add (LOOK_AGAIN_MS, look_again_cb, NULL); /* not all comes as events */

    while (!check (self, data))
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (look_again);
    g_source_remove (timeout);
}

gboolean
fixture_is_gone (Fixture *self, gconstpointer pid)
{
    g_autofree char *path = g_strdup_printf ("/proc/%d/stat", GPOINTER_TO_INT (pid));
    g_autofree char *stat = NULL;

    return !g_file_get_contents (path, &stat, NULL, NULL) || strstr (stat, ") Z ");
}

static gboolean
has_ended (Fixture *self, gconstpointer data)
{
    return self->n_children == 0;
}

int
fixture_wait_end (Fixture *self)
{
    fixture_wait (self, has_ended, NULL);
    return self->wait_status;
}

static gboolean
is_in_state (Fixture *self, gconstpointer state)
{
    return g_strcmp0 (vitrine_control_machine1_get_state (self->machine), state) == 0;
}

void
fixture_wait_state (Fixture *self, const char *state)
{
    fixture_wait (self, is_in_state, state);
}

/* --- consoles -------------------------------------------------------------------------------- */

int
fixture_open_console (Fixture *self, GError **error)
{
    g_autoptr (GUnixFDList) fds = NULL;
    g_autoptr (GVariant) handle = NULL;

    if (!vitrine_control_machine1_call_open_console_sync (self->machine, "serial0", NULL, &handle,
                                                          &fds, NULL, error))
        return -1;
    return g_unix_fd_list_get (fds, g_variant_get_handle (handle), error);
}

char *
fixture_read_until (int fd, const char *word)
{
    GString *text = g_string_new (NULL);

    while (!strstr (text->str, word)) {
        struct pollfd poll_fd = { fd, POLLIN, 0 };
        char buffer[4096];
        ssize_t n;

        if (poll (&poll_fd, 1, FIXTURE_TIMEOUT_S * 1000) <= 0)
            g_error ("“%s” did not come, only: %s", word, text->str);
        n = read (fd, buffer, sizeof buffer);
        if (n <= 0)
            g_error ("“%s” did not come before the end, only: %s", word, text->str);
        g_string_append_len (text, buffer, n);
    }
    return g_string_free (text, FALSE);
}

void
fixture_type (Fixture *self, const char *line)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strconcat (line, "\n", NULL);
    int fd = fixture_open_console (self, &error);

    g_assert_no_error (error);
    g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
    fd_close (&fd);
}

/* --- what is left and shown ------------------------------------------------------------------ */

char *
fixture_last_run (Fixture *self, const char *key)
{
    g_autofree char *path = g_build_filename (self->folder, "last-run", NULL);
    g_autoptr (GKeyFile) file = g_key_file_new ();

    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
        return NULL;
    return g_key_file_get_string (file, "last-run", key, NULL);
}

guint
fixture_process (Fixture *self, guint index)
{
    GVariant *processes = vitrine_control_machine1_get_processes (self->machine);
    guint32 pid = 0;

    if (processes && index < g_variant_n_children (processes))
        g_variant_get_child (processes, index, "u", &pid);
    return pid;
}
