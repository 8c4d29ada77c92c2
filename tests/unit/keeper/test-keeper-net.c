/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-net.c - what is behind network cards: passt's words, its life and its deaths. */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-net-passt.h"
#include "keeper-net.h"
#include "test-wait.h"
#include "vitrine-error.h"

#define HEAD                                                                                       \
    "<domain type='kvm'><name>one</name><uuid>6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11</uuid>"         \
    "<memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
#define TAIL  "</devices></domain>"
#define PASST "<backend type='passt'/>"

/* Says what it was called with on its socket, then stays until that is closed. */
#define FAKE_PASST "#!/bin/sh\necho \"$*\" >&3\nexec cat <&3 >/dev/null\n"

typedef struct {
    char *folder;
    KeeperNet *net;
    VitrineDefinition *definition;
    GString *warnings; /* "alias: text\n" */
    int peer;          /* the last new one, -1 */
    guint n_processes;
} Case;

static void
peer (gpointer owner, const char *alias, int fd)
{
    Case *c = owner;

    g_assert_cmpstr (alias, ==, "net0");
    fd_close (&c->peer);
    c->peer = fd;
}

static void
warn (gpointer owner, const char *alias, const char *text)
{
    Case *c = owner;

    g_string_append_printf (c->warnings, "%s: %s\n", alias, text);
}

static void
processes (gpointer owner)
{
    ((Case *) owner)->n_processes++;
}

static const KeeperNetOps ops = { peer, warn, processes };

static void
set_up (Case *c, const char *fake, const char *xml)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *program = NULL;

    memset (c, 0, sizeof *c);
    c->peer = -1;
    c->warnings = g_string_new (NULL);
    c->folder = g_dir_make_tmp ("vitrine-net-XXXXXX", &error);
    g_assert_no_error (error);
    program = g_build_filename (c->folder, "passt", NULL);
    if (fake) {
        g_assert_true (
            g_file_set_contents_full (program, fake, -1, G_FILE_SET_CONTENTS_NONE, 0700, &error));
        g_setenv ("VITRINE_PASST", program, TRUE);
    }
    c->definition = vitrine_definition_parse (xml, -1, &error);
    g_assert_no_error (error);
    c->net = keeper_net_new (&ops, c);
}

static void
tear_down (Case *c)
{
    g_autofree char *program = g_build_filename (c->folder, "passt", NULL);

    keeper_net_free (c->net);
    vitrine_definition_unref (c->definition);
    fd_close (&c->peer);
    g_unsetenv ("VITRINE_PASST");
    g_unlink (program);
    g_rmdir (c->folder);
    g_free (c->folder);
    g_string_free (c->warnings, TRUE);
}

static gboolean
has_peer (gpointer data)
{
    Case *c = data;

    return c->peer >= 0;
}

static gboolean
has_two_warnings (gpointer data)
{
    Case *c = data;
    const char *first = strchr (c->warnings->str, '\n');

    return first && strchr (first + 1, '\n');
}

static gboolean
has_no_children (gpointer data)
{
    siginfo_t info = { 0 };

    return waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/* The line that the fake sends when it begins. */
static void
check_words (int fd, const char *words)
{
    char line[512] = { 0 };
    gsize len = 0;

    while (len < sizeof line - 1 && !strchr (line, '\n')) {
        gssize n = read (fd, line + len, sizeof line - 1 - len);

        g_assert_cmpint (n, >, 0);
        len += (gsize) n;
    }
    g_assert_cmpstr (g_strchomp (line), ==, words);
}

static const VitrineDefinitionDevice *
device (Case *c, guint index)
{
    return g_ptr_array_index (vitrine_definition_get_devices (c->definition), index);
}

static int
vmm_end (Case *c, guint index)
{
    return keeper_net_get_fd (c->net, device (c, index), 0);
}

static guint
n_processes (Case *c)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));

    keeper_net_add_processes (c->net, pids);
    return pids->len;
}

static GPid
only_process (Case *c)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));

    keeper_net_add_processes (c->net, pids);
    g_assert_cmpuint (pids->len, ==, 1);
    return (GPid) g_array_index (pids, guint32, 0);
}

static void
test_words (void)
{
    Case c;
    g_auto (GStrv) argv = NULL;
    g_autofree char *line = NULL;

    set_up (&c, NULL,
            HEAD "<interface type='user'>" PASST
                 "<portForward proto='tcp' address='127.0.0.1' dev='eth0'><range start='2222' "
                 "to='22'/><range start='8000' end='8010' to='80'/><range start='8005' "
                 "exclude='yes'/></portForward><portForward proto='udp' address='::1'>"
                 "<range start='53'/></portForward><portForward proto='udp' dev='lo'/>"
                 "<model type='virtio'/><mtu size='1400'/></interface>" TAIL);
    argv = keeper_net_passt_arguments ("virtio", device (&c, 0)->network, "/x/passt", 7);
    line = g_strjoinv (" ", argv);
    g_assert_cmpstr (line, ==,
                     "/x/passt --foreground --quiet --stderr --fd 7 --mtu 1400 "
                     "--tcp-ports 127.0.0.1%eth0/2222:22,8000-8010:80-90,~8005 "
                     "--udp-ports ::1/53 --udp-ports %lo/all");
    tear_down (&c);
}

/* DHCP names no MTU that the card's driver would refuse. */
static void
test_mtu_is_one_the_model_carries (void)
{
    static const struct {
        const char *model, *words;
    } cards[] = {
        { "", "passt --foreground --quiet --stderr --fd 3 --mtu 1500" },
        { "<model type='rtl8139'/>", "passt --foreground --quiet --stderr --fd 3 --mtu 1500" },
        { "<model type='e1000e'/>", "passt --foreground --quiet --stderr --fd 3 --mtu 1500" },
        { "<model type='virtio'/>", "passt --foreground --quiet --stderr --fd 3" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cards); i++) {
        Case c;
        g_auto (GStrv) argv = NULL;
        g_autofree char *line = NULL;
        g_autofree char *xml = g_strconcat (HEAD "<interface type='user'>" PASST, cards[i].model,
                                            "</interface>" TAIL, NULL);

        set_up (&c, NULL, xml);
        argv =
            keeper_net_passt_arguments (device (&c, 0)->model, device (&c, 0)->network, "passt", 3);
        line = g_strjoinv (" ", argv);
        g_assert_cmpstr (line, ==, cards[i].words);
        tear_down (&c);
    }
}

static void
test_one_is_started (void)
{
    Case c;
    g_autoptr (GError) error = NULL;

    set_up (&c, FAKE_PASST,
            HEAD "<disk type='file'><source file='/d'/><target dev='vda'/></disk>"
                 "<interface type='user'>" PASST "</interface>" TAIL);
    g_assert_true (keeper_net_start (c.net, c.definition, &error));
    g_assert_no_error (error);
    g_assert_cmpint (vmm_end (&c, 0), ==, -1);
    g_assert_cmpint (vmm_end (&c, 1), >=, 0);
    check_words (vmm_end (&c, 1), "--foreground --quiet --stderr --fd 3 --mtu 1500");
    g_assert_cmpint (only_process (&c), >, 0);
    keeper_net_handed_over (c.net);
    g_assert_cmpint (vmm_end (&c, 1), ==, -1);
    tear_down (&c);
}

static void
test_killed_one_is_started_again (void)
{
    Case c;
    g_autoptr (GError) error = NULL;
    GPid first;

    set_up (&c, FAKE_PASST, HEAD "<interface type='user'>" PASST "</interface>" TAIL);
    g_assert_true (keeper_net_start (c.net, c.definition, &error));
    first = only_process (&c);
    check_words (vmm_end (&c, 0), "--foreground --quiet --stderr --fd 3 --mtu 1500");
    g_assert_cmpint (kill (first, SIGKILL), ==, 0);
    test_wait (has_peer, &c);
    g_assert_cmpint (only_process (&c), !=, first);
    g_assert_nonnull (strstr (c.warnings->str, "net0: The network of net0 was interrupted"));
    g_assert_nonnull (strstr (c.warnings->str, "was killed by signal 9"));
    g_assert_cmpuint (c.n_processes, ==, 2);
    check_words (c.peer, "--foreground --quiet --stderr --fd 3 --mtu 1500");
    tear_down (&c);
}

static void
set_done (const GError *error, gpointer user_data)
{
    *(GError **) user_data = error ? g_error_copy (error) : g_error_new (1, 1, "done");
}

static gboolean
is_replaced (gpointer data)
{
    Case *c = data;

    return c->peer >= 0 && n_processes (c) == 1;
}

/* What shall be of a card is what its next passt is called with; what cannot be leaves the one that runs. */
static void
test_a_change_calls_passt_anew (void)
{
    static const char *const right[] = { "forward=tcp:45678:22", NULL };
    static const char *const wrong[] = { "forward=tcp:45679:22", "unforward=tcp:1", NULL };
    Case c;
    g_autoptr (GError) error = NULL;
    GError *how = NULL;
    GPid first;

    set_up (&c, FAKE_PASST, HEAD "<interface type='user'>" PASST "</interface>" TAIL);
    g_assert_true (keeper_net_start (c.net, c.definition, &error));
    first = only_process (&c);
    keeper_net_set (c.net, device (&c, 0), wrong, set_done, &how);
    g_assert_error (how, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&how);
    g_assert_cmpint (only_process (&c), ==, first);
    keeper_net_set (c.net, device (&c, 0), right, set_done, &how);
    g_assert_null (how);
    keeper_net_set (c.net, device (&c, 0), right, set_done, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY); /* one after the other */
    test_wait (is_replaced, &c);
    g_assert_cmpstr (how->message, ==, "done");
    g_assert_cmpint (only_process (&c), !=, first);
    check_words (c.peer, "--foreground --quiet --stderr --fd 3 --mtu 1500 --tcp-ports 45678:22");
    g_assert_cmpstr (c.warnings->str, ==, "");
    g_clear_error (&how);
    tear_down (&c);
}

/* Cards come and go while the machine runs. */
static void
test_one_that_goes_takes_its_passt_along (void)
{
    Case c;
    g_autoptr (GError) error = NULL;
    GPid pid;

    set_up (&c, FAKE_PASST,
            HEAD "<interface type='user'>" PASST "</interface><interface type='user'>" PASST
                 "</interface>" TAIL);
    g_assert_true (keeper_net_add (c.net, device (&c, 0), &error));
    g_assert_no_error (error);
    pid = only_process (&c);
    check_words (vmm_end (&c, 0), "--foreground --quiet --stderr --fd 3 --mtu 1500");
    g_assert_true (keeper_net_add (c.net, device (&c, 1), &error));
    g_assert_cmpuint (n_processes (&c), ==, 2);
    keeper_net_remove (c.net, device (&c, 0));
    g_assert_cmpint (only_process (&c), !=, pid);
    g_assert_cmpint (vmm_end (&c, 0), ==, -1);
    g_assert_cmpint (vmm_end (&c, 1), >=, 0);
    keeper_net_remove (c.net, device (&c, 0));
    keeper_net_remove (c.net, device (&c, 1));
    test_wait (has_no_children, &c);
    g_assert_cmpuint (n_processes (&c), ==, 0);
    g_assert_cmpstr (c.warnings->str, ==, "");
    g_assert_cmpint (c.peer, ==, -1);
    tear_down (&c);
}

/* One that cannot be begun is none. */
static void
test_one_without_its_program_is_not_there (void)
{
    Case c;
    g_autoptr (GError) error = NULL;

    set_up (&c, FAKE_PASST, HEAD "<interface type='user'>" PASST "</interface>" TAIL);
    g_setenv ("VITRINE_PASST", "/nowhere/passt", TRUE);
    g_assert_false (keeper_net_add (c.net, device (&c, 0), &error));
    g_assert_nonnull (error);
    g_assert_cmpint (vmm_end (&c, 0), ==, -1);
    g_assert_cmpuint (n_processes (&c), ==, 0);
    tear_down (&c);
}

/* One that cannot work is tried again, but not in a whirl. */
static void
test_one_that_fails_is_tried_again (void)
{
    Case c;
    g_autoptr (GError) error = NULL;
    gint64 start = g_get_monotonic_time ();

    set_up (&c, "#!/bin/sh\nexit 3\n", HEAD "<interface type='user'>" PASST "</interface>" TAIL);
    g_assert_true (keeper_net_start (c.net, c.definition, &error));
    test_wait (has_two_warnings, &c);
    g_assert_nonnull (strstr (c.warnings->str, "ended with status 3"));
    test_wait (has_peer, &c);
    fd_close (&c.peer);
    test_wait (has_peer, &c);
    g_assert_cmpint (g_get_monotonic_time () - start, >=, 100000); /* SOON_MS of this build */
    tear_down (&c);
}

static void
test_missing_passt_is_named (void)
{
    Case c;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_strdup (g_getenv ("PATH"));

    set_up (&c, NULL, HEAD "<interface type='user'>" PASST "</interface>" TAIL);
    g_setenv ("PATH", c.folder, TRUE);
    g_assert_false (keeper_net_start (c.net, c.definition, &error));
    g_setenv ("PATH", path, TRUE);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_cmpstr (error->message, ==,
                     "The program passt, which user networking needs, was not found; install the "
                     "package “passt”");
    tear_down (&c);
}

static void
test_missing_tap_is_not_made (void)
{
    g_autoptr (GError) error = NULL;
    int fd = 0;

    g_assert_false (keeper_net_open_tap ("vitrine-none", 1, &fd, &error));
    g_assert_cmpint (fd, ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_cmpstr (error->message, ==,
                     "There is no network interface “vitrine-none”; make it with “sudo ip tuntap "
                     "add dev vitrine-none mode tap user $USER”");
}

/* The loopback interface is one, but no tap. */
static void
test_other_interface_is_refused (void)
{
    g_autoptr (GError) error = NULL;
    int fds[2] = { 0 };

    if (g_access ("/dev/net/tun", R_OK | W_OK) < 0) {
        g_test_skip ("there is no /dev/net/tun");
        return;
    }
    g_assert_false (keeper_net_open_tap ("lo", 2, fds, &error));
    g_assert_cmpint (fds[1], ==, -1);
    g_assert_true (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_INVALID)
                   || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_DENIED));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/net/words", test_words);
    g_test_add_func ("/keeper/net/mtu-is-one-the-model-carries", test_mtu_is_one_the_model_carries);
    g_test_add_func ("/keeper/net/one-is-started", test_one_is_started);
    g_test_add_func ("/keeper/net/a-change-calls-passt-anew", test_a_change_calls_passt_anew);
    g_test_add_func ("/keeper/net/killed-one-is-started-again", test_killed_one_is_started_again);
    g_test_add_func ("/keeper/net/one-that-fails-is-tried-again",
                     test_one_that_fails_is_tried_again);
    g_test_add_func ("/keeper/net/one-that-goes-takes-its-passt-along",
                     test_one_that_goes_takes_its_passt_along);
    g_test_add_func ("/keeper/net/one-without-its-program-is-not-there",
                     test_one_without_its_program_is_not_there);
    g_test_add_func ("/keeper/net/missing-passt-is-named", test_missing_passt_is_named);
    g_test_add_func ("/keeper/net/missing-tap-is-not-made", test_missing_tap_is_not_made);
    g_test_add_func ("/keeper/net/other-interface-is-refused", test_other_interface_is_refused);
    return g_test_run ();
}
