/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-client.c - asks vitrine-net-helper for what takes root. */
#include "net-client.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fd.h"
#include "message.h"
#include "vitrine-error.h"

#define PKEXEC           "pkexec"
#define PKEXEC_DISMISSED 126 /* pkexec(1) */
#define PKEXEC_REFUSED   127
#define ACTIONS          "org.vitrine.net-helper." /* data/org.vitrine.net-helper.policy.in */
#define SAID_BYTES       4096 /* of what the program says, about as many are kept */

/* --- starting it ----------------------------------------------------------------------------- */

/* Whether PROGRAM has its right when we start it. */
static gboolean
is_able (const char *program)
{
    GStatBuf st;

    return geteuid () == 0
           || (g_stat (program, &st) == 0 && st.st_uid == 0 && (st.st_mode & S_ISUID))
           || getxattr (program, "security.capability", NULL, 0) > 0;
}

/* Words to start PROGRAM with; NULL with UNSUPPORTED.  polkit finds the action by the program's path, letter by
 * letter, so it is written without “..”; a link in it stays, as it may be in the policy's as well. */
static GStrv
dup_command (const char *program, const char *argument, GError **error)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_autofree char *path = g_canonicalize_filename (program, NULL);
    const char *override = g_getenv ("VITRINE_PKEXEC");
    g_autofree char *pkexec = override ? g_strdup (override) : NULL;

    if (override || !is_able (program)) {
        if (!pkexec)
            pkexec = g_find_program_in_path (PKEXEC);
        if (!pkexec) {
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                         _ ("Bridges and networks need the program pkexec, which asks for the "
                            "permission to set them up; install the package “%s”"),
                         PKEXEC);
            return NULL;
        }
        g_strv_builder_add (builder, pkexec);
    }
    g_strv_builder_add (builder, path);
    g_strv_builder_add (builder, argument);
    return g_strv_builder_end (builder);
}

/* What PROCESS says until it ends; NULL when that cannot be waited for.  Not by g_subprocess_communicate(): for a
 * cancellable that has a source in a main context of its own, and takes it out of there when GLib's worker thread,
 * which saw the process end, may just be freeing the context. */
static char *
hear (GSubprocess *process, GCancellable *cancellable, GError **error)
{
    GInputStream *stream = g_subprocess_get_stderr_pipe (process);
    g_autoptr (GString) said = g_string_new (NULL);
    char chunk[1024];
    gssize n;

    while ((n = g_input_stream_read (stream, chunk, sizeof chunk, cancellable, error)) > 0)
        if (said->len < SAID_BYTES)
            g_string_append_len (said, chunk, n);
    if (n < 0 || !g_subprocess_wait (process, NULL, error)) /* who has closed it is at its end */
        return NULL;
    return g_strstrip (g_utf8_make_valid (said->str, (gssize) said->len));
}

/* SOCKET, which is taken over, becomes its standard input.  Waits for its end; *SAID is what it
 * said. */
static GSubprocess *
run (const char *const *command, int socket, char **said, GCancellable *cancellable, GError **error)
{
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr (GSubprocess) process = NULL;

    g_subprocess_launcher_take_stdin_fd (launcher, socket);
    process = g_subprocess_launcher_spawnv (launcher, command, error);
    *said = process ? hear (process, cancellable, error) : NULL;
    if (*said)
        return g_steal_pointer (&process);
    g_prefix_error (error, _ ("The program %s cannot be started: "), command[0]);
    return NULL;
}

/* The first line of SAID, or FALLBACK: pkexec's next ones are for an administrator's log. */
static char *
dup_line (const char *said, const char *fallback)
{
    return *said ? g_strndup (said, strcspn (said, "\n")) : g_strdup (fallback);
}

/* What pkexec's REFUSED means.  It tells the reasons apart by its words alone, which it does not translate. */
static void
explain_refusal (const char *argument, const char *said, GError **error)
{
    g_autofree char *action = g_strconcat (ACTIONS, argument, NULL);
    g_autofree char *line = dup_line (said, PKEXEC);

    if (strstr (said, "Not authorized"))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("The permission to set up networks was refused: polkit’s rules do not give "
                        "it to you, or the password was wrong; an administrator can allow you the "
                        "action “%s” in polkit’s rules"),
                     action);
    else if (strstr (said, "authentication agent"))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("Nobody could be asked for the permission to set up networks: no program "
                        "that asks for passwords (a polkit agent) runs in this session; start one, "
                        "or have an administrator allow you the action “%s” in polkit’s rules"),
                     action);
    else
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
            _ ("You may not set up networks on this computer, or nobody could be asked for "
               "the permission: %s"),
            line);
}

/* Why PROCESS, which was started with ARGUMENT, ended without an answer. */
static void
explain_silence (GSubprocess *process, const char *argument, const char *said, GError **error)
{
    int status = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1;
    g_autofree char *line = dup_line (said, _ ("it was killed"));

    if (status == PKEXEC_DISMISSED)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("The permission that was asked for was not given"));
    else if (status == PKEXEC_REFUSED)
        explain_refusal (argument, said, error);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The program vitrine-net-helper ended without an answer: %s"), line);
}

/* --- asking ---------------------------------------------------------------------------------- */

static gboolean
read_reply (int sock, struct net_reply *reply, int out[NET_CLIENT_FDS])
{
    int fds[MESSAGE_MAX_FDS], len;
    unsigned n_fds;

    len = message_receive (sock, reply, sizeof *reply, fds, &n_fds);
    for (unsigned i = 0; len > 0 && i < n_fds; i++) {
        if (i < NET_CLIENT_FDS)
            out[i] = fds[i];
        else
            fd_close (&fds[i]);
    }
    if (len != (int) sizeof *reply || reply->version != NET_VERSION
        || reply->status >= NET_STATUS_N) {
        fd_close_all (out, NET_CLIENT_FDS);
        return FALSE;
    }
    reply->link[sizeof reply->link - 1] = 0;
    reply->detail[sizeof reply->detail - 1] = 0;
    return TRUE;
}

/* The socket that REQUEST waits in for the helper, and ours. */
static gboolean
prepare (const void *request, gsize size, int ours_and_theirs[2], GError **error)
{
    int err = 0;

    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ours_and_theirs) < 0)
        err = errno;
    else if ((err = -message_send (ours_and_theirs[0], request, size, NULL, 0)) != 0) {
        fd_close (&ours_and_theirs[0]);
        fd_close (&ours_and_theirs[1]);
    }
    if (err)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The program vitrine-net-helper cannot be asked: %s"), g_strerror (err));
    return err == 0;
}

gboolean
net_client_call (const char *program, const void *request, gsize size, struct net_reply *reply,
                 int fds[NET_CLIENT_FDS], GCancellable *cancellable, GError **error)
{
    const struct net_header *header = request;
    gboolean is_tap = header->op == NET_TAP || header->op == NET_GUARD;
    const char *argument = is_tap                      ? NET_ARGUMENT_TAP
                           : header->op == NET_MACVTAP ? NET_ARGUMENT_MACVTAP
                                                       : NET_ARGUMENT_NETWORK;
    g_auto (GStrv) command = dup_command (program, argument, error);
    g_autoptr (GSubprocess) process = NULL;
    g_autofree char *said = NULL;
    int sockets[2], got[NET_CLIENT_FDS];
    gboolean answered;

    fd_init_all (got, NET_CLIENT_FDS);
    if (fds)
        memcpy (fds, got, sizeof got);
    if (!command || !prepare (request, size, sockets, error))
        return FALSE;
    process = run ((const char *const *) command, sockets[1], &said, cancellable, error);
    answered = process && read_reply (sockets[0], reply, got);
    fd_close (&sockets[0]);
    if (process && !answered)
        explain_silence (process, argument, said, error);
    else if (answered && reply->status != NET_OK)
        net_client_set_error (header, reply, error);
    if (!answered || reply->status != NET_OK || !fds)
        fd_close_all (got, NET_CLIENT_FDS);
    else
        memcpy (fds, got, sizeof got);
    return answered && reply->status == NET_OK;
}

void
net_client_parse_mac (const char *text, guint8 mac[6])
{
    for (int i = 0; i < 6; i++)
        mac[i] = (guint8) strtoul (text + 3 * i, NULL, 16);
}

void
net_client_tap_init (NetClientTap *tap)
{
    *tap = (NetClientTap){ .rules = -1 };
    fd_init_all (tap->fds, NET_MAX_QUEUES);
}

void
net_client_tap_clear (NetClientTap *tap)
{
    fd_close_all (tap->fds, NET_MAX_QUEUES);
    fd_close (&tap->rules);
}

/* Has what REQUEST asks for made: a tap of either kind, with N_QUEUES. */
static gboolean
make (const char *program, const void *request, gsize size, guint n_queues, NetClientTap *tap,
      GCancellable *cancellable, GError **error)
{
    struct net_reply reply;
    int fds[NET_CLIENT_FDS];

    net_client_tap_init (tap);
    if (!net_client_call (program, request, size, &reply, fds, cancellable, error))
        return FALSE;
    memcpy (tap->fds, fds, n_queues * sizeof fds[0]);
    tap->rules = fds[n_queues];
    fd_close_all (fds + n_queues + 1, NET_CLIENT_FDS - n_queues - 1);
    memcpy (tap->link, reply.link, sizeof tap->link);
    if (tap->fds[n_queues - 1] >= 0)
        return TRUE;
    net_client_tap_clear (tap);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                 _ ("The program vitrine-net-helper made no tap"));
    return FALSE;
}

/* One queue is asked for as helpers know it that know no more. */
static guint8
say_queues (guint n_queues)
{
    return n_queues > 1 ? (guint8) n_queues : 0;
}

gboolean
net_client_make_tap (const char *program, const char *bridge, const char *network, const char *mac,
                     guint n_queues, const struct net_guard *guard, NetClientTap *tap,
                     GCancellable *cancellable, GError **error)
{
    struct net_tap request = { .header = { .version = NET_VERSION, .op = NET_TAP },
                               .n_queues = say_queues (n_queues),
                               .guard = *guard };

    g_strlcpy (request.bridge, bridge ? bridge : "", sizeof request.bridge);
    g_strlcpy (request.network, network ? network : "", sizeof request.network);
    net_client_parse_mac (mac, request.mac);
    return make (program, &request, sizeof request, n_queues, tap, cancellable, error);
}

gboolean
net_client_make_macvtap (const char *program, const char *nic, enum net_macvtap_mode mode,
                         const char *mac, guint n_queues, NetClientTap *tap,
                         GCancellable *cancellable, GError **error)
{
    struct net_macvtap request = { .header = { .version = NET_VERSION, .op = NET_MACVTAP },
                                   .n_queues = say_queues (n_queues),
                                   .mode = mode };

    g_strlcpy (request.nic, nic, sizeof request.nic);
    net_client_parse_mac (mac, request.mac);
    return make (program, &request, sizeof request, n_queues, tap, cancellable, error);
}

gboolean
net_client_guard_tap (const char *program, const char *link, const char *mac,
                      const struct net_guard *guard, int *rules, GCancellable *cancellable,
                      GError **error)
{
    struct net_guard_change request = { .header = { .version = NET_VERSION, .op = NET_GUARD },
                                        .guard = *guard };
    struct net_reply reply;
    int fds[NET_CLIENT_FDS];
    gboolean ok;

    g_strlcpy (request.link, link, sizeof request.link);
    net_client_parse_mac (mac, request.mac);
    ok = net_client_call (program, &request, sizeof request, &reply, fds, cancellable, error);
    *rules = fd_steal (&fds[0]);
    fd_close_all (fds, NET_CLIENT_FDS);
    return ok;
}
