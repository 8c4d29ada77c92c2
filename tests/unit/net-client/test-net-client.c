/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-net-client.c - vitrine-net-helper is asked, and what it answers is said to the user. */
#include <dlfcn.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "net-client.h"
#include "vitrine-error.h"

static guint n_orphans;

/* In place of GLib's, for GIO too: counts sources whose context nobody runs any more, or is gone, when they are taken
 * out of it.  Once the process has ended GLib's worker thread may just be freeing that context. */
void
g_source_destroy (GSource *source)
{
    static void (*destroy) (GSource *);
    gboolean is_gone = g_source_is_destroyed (source);
    GMainContext *context = is_gone ? NULL : g_source_get_context (source);

    if (!destroy)
        destroy = (void (*) (GSource *)) dlsym (RTLD_NEXT, "g_source_destroy");
    n_orphans +=
        is_gone
        || (context && context != g_main_context_default () && !g_main_context_is_owner (context));
    destroy (source);
}

static int
ask (const char *status, const char *detail, GError **error)
{
    const struct net_guard guard = { 0 };
    NetClientTap tap;

    g_setenv ("FAKE_NET_STATUS", status, TRUE);
    g_setenv ("FAKE_NET_DETAIL", detail, TRUE);
    net_client_make_tap (FAKE_NET_HELPER, "br0", NULL, "52:54:00:ab:cd:ef", 1, &guard, &tap, NULL,
                         error);
    g_assert_cmpint (tap.rules, ==, -1);
    return tap.fds[0];
}

static void
test_tap (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp ("vitrine-net-client-XXXXXX", NULL);
    g_autofree char *log = g_build_filename (folder, "log", NULL);
    g_autofree char *text = NULL;
    int fd;

    g_setenv ("FAKE_NET_LOG", log, TRUE);
    fd = ask ("0", "", &error);
    g_unsetenv ("FAKE_NET_LOG");
    g_assert_no_error (error);
    g_assert_cmpint (fd, >=, 0);
    g_assert_true (fcntl (fd, F_GETFD) & FD_CLOEXEC);
    fd_close (&fd);
    g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "tap bridge=br0 network= 52:ef\n");
    g_unlink (log);
    g_rmdir (folder);
}

/* What a helper hands over are sockets here; GLib opens and closes other things when it likes. */
static guint
count_sockets (void)
{
    g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
    const char *name;
    guint n = 0;

    while ((name = g_dir_read_name (folder)) != NULL) {
        g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
        g_autofree char *target = g_file_read_link (path, NULL);

        n += target != NULL && g_str_has_prefix (target, "socket:");
    }
    return n;
}

/* One queue is asked for as it always was; too few are none. */
static void
test_queues (void)
{
    const struct net_guard guard = { 0 };
    guint before = count_sockets ();

    g_setenv ("FAKE_NET_STATUS", "0", TRUE);
    for (guint came = 1; came <= NET_CLIENT_FDS; came++) {
        g_autofree char *number = g_strdup_printf ("%u", came);
        g_autoptr (GError) error = NULL;
        NetClientTap tap;
        gboolean ok;

        g_setenv ("FAKE_NET_QUEUES", number, TRUE);
        ok = net_client_make_tap (FAKE_NET_HELPER, "br0", NULL, "52:54:00:ab:cd:ef", 3, &guard,
                                  &tap, NULL, &error);
        g_assert_cmpint (ok, ==, came >= 3);
        g_assert_cmpint (error == NULL, ==, ok);
        for (guint i = 0; i < NET_MAX_QUEUES; i++)
            g_assert_cmpint (tap.fds[i] >= 0, ==, ok && i < 3);
        g_assert_cmpint (tap.rules >= 0, ==, came > 3); /* what comes after them */
        g_assert_cmpuint (count_sockets (), ==, before + (ok ? MIN (came, 4) : 0));
        net_client_tap_clear (&tap);
        g_assert_cmpuint (count_sockets (), ==, before);
    }
    g_unsetenv ("FAKE_NET_QUEUES");
}

static void
test_refusals (void)
{
    g_autoptr (GError) denied = NULL, none = NULL;

    g_assert_cmpint (ask (G_STRINGIFY (5), "/etc/vitrine/bridge.conf", &denied), ==, -1);
    G_STATIC_ASSERT (NET_NOT_ALLOWED == 5 && NET_NO_BRIDGE == 3);
    g_assert_error (denied, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_cmpstr (denied->message, ==,
                     "Machines may not be put on the bridge “br0”: root allows it with the line "
                     "“allow br0” in /etc/vitrine/bridge.conf");
    g_assert_cmpint (ask ("3", "br0", &none), ==, -1);
    g_assert_error (none, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_cmpstr (none->message, ==, "There is no bridge “br0” on this computer");
}

/* Each status is one sentence with the detail in it, whatever is in that. */
static void
test_sentences (void)
{
    for (guint status = NET_OK + 1; status < NET_STATUS_N; status++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *word = g_strdup_printf ("%u", status);

        g_assert_cmpint (ask (word, "<%n detail>", &error), ==, -1);
        g_assert_true (error->domain == VITRINE_ERROR);
        g_assert_nonnull (strstr (error->message, "<%n detail>"));
        g_assert_null (strstr (error->message, "%s"));
        g_assert_false (g_str_has_suffix (error->message, "."));
    }
}

static void
test_no_answer (void)
{
    g_autoptr (GError) killed = NULL, nonsense = NULL, missing = NULL;
    struct net_reply reply;
    const struct net_stop stop = { .header = { NET_VERSION, NET_STOP }, .name = "lab" };

    g_assert_cmpint (ask ("killed", "", &killed), ==, -1);
    g_assert_error (killed, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (killed->message, "ended without an answer"));
    g_assert_cmpint (ask ("999", "", &nonsense), ==, -1);
    g_assert_error (nonsense, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_false (
        net_client_call ("/nonexistent/helper", &stop, sizeof stop, &reply, NULL, NULL, &missing));
    g_assert_nonnull (missing);
}

/* "lab" is stopped, and CANCELLABLE looked at meanwhile. */
static gboolean
stop_lab (GCancellable *cancellable, GError **error)
{
    const struct net_stop stop = { .header = { NET_VERSION, NET_STOP }, .name = "lab" };
    struct net_reply reply;

    g_setenv ("FAKE_NET_STATUS", "0", TRUE);
    return net_client_call (FAKE_NET_HELPER, &stop, sizeof stop, &reply, NULL, cancellable, error);
}

static void
test_context (void)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    n_orphans = 0;
    g_assert_true (stop_lab (cancellable, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (n_orphans, ==, 0);
}

static void
test_cancelled (void)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    g_cancellable_cancel (cancellable);
    g_assert_false (stop_lab (cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* pkexec that does as SCRIPT says; *ERROR is what came of it. */
static void
ask_pkexec (const char *script, GError **error)
{
    g_autofree char *folder = g_dir_make_tmp ("vitrine-net-client-XXXXXX", NULL);
    g_autofree char *program = g_build_filename (folder, "pkexec", NULL);
    int fd;

    g_assert_true (
        g_file_set_contents_full (program, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_setenv ("VITRINE_PKEXEC", program, TRUE);
    fd = ask ("0", "", error);
    g_unsetenv ("VITRINE_PKEXEC");
    fd_close (&fd);
    g_unlink (program);
    g_rmdir (folder);
}

static void
test_polkit (void)
{
    g_autoptr (GError) none = NULL, dismissed = NULL, refused = NULL, alone = NULL, other = NULL;

    ask_pkexec ("#!/bin/sh\nexec \"$@\"\n", &none);
    g_assert_no_error (none);
    ask_pkexec ("#!/bin/sh\nexit 126\n", &dismissed);
    g_assert_error (dismissed, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_cmpstr (dismissed->message, ==, "The permission that was asked for was not given");
    ask_pkexec ("#!/bin/sh\necho 'polkit-agent-helper-1: no' >&2\necho 'Error executing command as "
                "another user: Not authorized' >&2\n"
                "echo >&2\necho 'This incident has been reported.' >&2\nexit 127\n",
                &refused);
    g_assert_error (refused, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_nonnull (strstr (refused->message, "the action “org.vitrine.net-helper.tap”"));
    g_assert_null (strstr (refused->message, "incident"));
    ask_pkexec (
        "#!/bin/sh\necho 'Error creating textual authentication agent: no tty' >&2\nexit 127\n",
        &alone);
    g_assert_error (alone, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_nonnull (strstr (alone->message, "Nobody could be asked"));
    ask_pkexec ("#!/bin/sh\necho 'pkexec must be setuid root' >&2\nexit 127\n", &other);
    g_assert_error (other, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_true (g_str_has_suffix (other->message, ": pkexec must be setuid root"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net-client/a-tap-comes-over-the-socket", test_tap);
    g_test_add_func ("/net-client/queues", test_queues);
    g_test_add_func ("/net-client/refusals-name-the-mend", test_refusals);
    g_test_add_func ("/net-client/each-answer-is-a-sentence", test_sentences);
    g_test_add_func ("/net-client/no-answer-is-an-error", test_no_answer);
    g_test_add_func ("/net-client/nothing-is-left-in-a-context-that-another-thread-frees",
                     test_context);
    g_test_add_func ("/net-client/who-cancels-is-told-so", test_cancelled);
    g_test_add_func ("/net-client/polkit-is-asked-by-pkexec", test_polkit);
    return g_test_run ();
}
