/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-display.c - a display server of a machine.
 *
 * The server says how many viewers it has and when its display channel ended; it is trusted with
 * neither more nor less than that.  A message of its that makes no sense ends it.
 */
#include "keeper-display.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "fd.h"
#include "keeper-process.h"
#include "message.h"
#include "remote-protocol.h"
#include "vitrine-error.h"

#define RECONNECT_MS 1000

static const struct {
    const char *protocol, *program, *override;
} kinds[KEEPER_N_DISPLAYS] = {
    [KEEPER_DISPLAY_VNC] = { "vnc", "vitrine-vnc", "VITRINE_VNC" },
    [KEEPER_DISPLAY_SPICE] = { "spice", "vitrine-spice", "VITRINE_SPICE" },
};

struct _KeeperDisplay {
    KeeperDisplayKind kind;
    char *name;
    KeeperVmm *vmm;
    KeeperLog *log;
    const KeeperDisplayOps *ops;
    gpointer owner;
    GPid pid;
    guint child_watch;
    int sock; /* -1 while there is no server we talk to */
    guint watch;
    guint idle_timer;      /* runs while it has no viewers */
    guint reconnect_timer; /* runs after it lost its channel */
    guint agent_timer;     /* runs after it lost the guest's agent */
    gboolean has_agent;
    gboolean expected;     /* we let it go */
};

/* --- channels -------------------------------------------------------------------------------- */

static void
channel_taken_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    /* A refused channel was closed with the message that brought it: whoever has the other end sees
     * that, and needs nothing else. */
}

int
keeper_display_open_channel (KeeperVmm *vmm, GError **error)
{
    struct vmm_header header = { .type = VMM_DISPLAY };
    int fds[2];

    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There are no more sockets: %s"), g_strerror (errno));
        return -1;
    }
    keeper_vmm_request (vmm, &header, sizeof header, &fds[1], 1, channel_taken_cb, NULL);
    fd_close (&fds[1]);
    return fds[0];
}

/* --- the server's process -------------------------------------------------------------------- */

/* Closes our end, upon which the server leaves. */
static void
let_go (KeeperDisplay *self)
{
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->idle_timer, g_source_remove);
    g_clear_handle_id (&self->reconnect_timer, g_source_remove);
    g_clear_handle_id (&self->agent_timer, g_source_remove);
    self->has_agent = FALSE;
    fd_close (&self->sock);
}

static void
child_cb (GPid pid, int wait_status, gpointer user_data)
{
    KeeperDisplay *self = user_data;
    g_autofree char *end = keeper_process_describe_end (wait_status);
    g_autofree char *text =
        self->kind == KEEPER_DISPLAY_SPICE
            ? g_strdup_printf (_ ("The SPICE server %s; viewers must connect anew"), end)
            : g_strdup_printf (_ ("The VNC server %s; viewers must connect anew"), end);
    gboolean expected = self->expected;

    self->child_watch = 0;
    self->pid = 0;
    g_spawn_close_pid (pid);
    let_go (self);
    self->ops->changed (self->owner);
    if (!expected)
        self->ops->died (self->owner, text);
}

static gboolean
idle_cb (gpointer user_data)
{
    KeeperDisplay *self = user_data;

    self->idle_timer = 0;
    self->expected = TRUE;
    let_go (self);
    return G_SOURCE_REMOVE;
}

static void
expect_viewers (KeeperDisplay *self, guint n)
{
    g_clear_handle_id (&self->idle_timer, g_source_remove);
    if (n == 0)
        self->idle_timer = g_timeout_add_seconds (KEEPER_DISPLAY_IDLE_S, idle_cb, self);
}

static void
set_deaf (KeeperDisplay *self, int number, GError **error)
{
    if (self->kind == KEEPER_DISPLAY_SPICE)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The SPICE server does not answer: %s"), g_strerror (number));
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The VNC server does not answer: %s"), g_strerror (number));
}

static int
send_display (KeeperDisplay *self, GError **error)
{
    struct remote_display message = {
        .header = { REMOTE_DISPLAY, REMOTE_PROTOCOL_VERSION, sizeof message },
    };
    int channel = keeper_display_open_channel (self->vmm, error);
    int ret;

    if (channel < 0)
        return -1;
    g_strlcpy (message.name, self->name, sizeof message.name);
    ret = message_send (self->sock, &message, sizeof message, &channel, 1);
    fd_close (&channel);
    if (ret < 0)
        set_deaf (self, -ret, error);
    return ret;
}

/* Without one there is no clipboard, and nothing else is missing. */
static void
send_agent (KeeperDisplay *self)
{
    struct remote_agent message = {
        .header = { REMOTE_AGENT, REMOTE_PROTOCOL_VERSION, sizeof message },
    };
    int agent;

    if (self->kind != KEEPER_DISPLAY_SPICE || self->has_agent || self->agent_timer)
        return;
    agent = self->ops->open_agent (self->owner);
    self->has_agent =
        agent >= 0 && message_send (self->sock, &message, sizeof message, &agent, 1) == 0;
    fd_close (&agent);
}

/* --- the server's messages ------------------------------------------------------------------- */

static gboolean
reconnect_cb (gpointer user_data)
{
    KeeperDisplay *self = user_data;

    self->reconnect_timer = 0;
    send_display (self, NULL); /* in vain: the machine is about to end, or the server is */
    return G_SOURCE_REMOVE;
}

static gboolean
agent_cb (gpointer user_data)
{
    KeeperDisplay *self = user_data;

    self->agent_timer = 0;
    send_agent (self);
    return G_SOURCE_REMOVE;
}

/* Returns FALSE for a message that makes no sense. */
static gboolean
handle (KeeperDisplay *self, const union remote_message *message, gsize len)
{
    if (len < sizeof message->header || message->header.version != REMOTE_PROTOCOL_VERSION
        || message->header.size != len)
        return FALSE;
    if (message->header.type == REMOTE_EVENT_CLIENTS && len == sizeof message->clients) {
        expect_viewers (self, message->clients.n_clients);
        return TRUE;
    }
    if (message->header.type == REMOTE_EVENT_DISPLAY_LOST && len == sizeof message->event) {
        if (!self->reconnect_timer)
            self->reconnect_timer = g_timeout_add (RECONNECT_MS, reconnect_cb, self);
        return TRUE;
    }
    if (message->header.type == REMOTE_EVENT_AGENT_LOST && len == sizeof message->event) {
        self->has_agent = FALSE;
        if (!self->agent_timer)
            self->agent_timer = g_timeout_add (RECONNECT_MS, agent_cb, self);
        return TRUE;
    }
    return FALSE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperDisplay *self = user_data;
    union remote_message message;
    int fds[MESSAGE_MAX_FDS];
    guint n_fds;
    int n = message_receive (self->sock, &message, sizeof message, fds, &n_fds);

    if (n == -EAGAIN)
        return G_SOURCE_CONTINUE;
    fd_close_all (fds, n_fds);
    if (n > 0 && n_fds == 0 && handle (self, &message, (gsize) n))
        return G_SOURCE_CONTINUE;
    if (n != 0 && n != -ECONNRESET && self->pid)
        kill (self->pid, SIGKILL);
    self->watch = 0;
    let_go (self);
    return G_SOURCE_REMOVE;
}

/* --- for others ------------------------------------------------------------------------------ */

static gboolean
start (KeeperDisplay *self, GError **error)
{
    g_autofree char *program = keeper_process_find (kinds[self->kind].program, "remote",
                                                    kinds[self->kind].override, error);
    int stderr_fd = -1;
    int fds[2];
    gboolean ok;

    if (!program)
        return FALSE;
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There are no more sockets: %s"), g_strerror (errno));
        return FALSE;
    }
    keeper_log_make_pipe (self->log, &stderr_fd);
    ok = keeper_process_spawn (program, fds[1], REMOTE_SOCKET_FD, stderr_fd, &self->pid, error);
    fd_close (&stderr_fd);
    fd_close (&fds[1]);
    if (!ok) {
        self->pid = 0;
        fd_close (&fds[0]);
        return FALSE;
    }
    self->expected = FALSE;
    self->sock = fds[0];
    fd_set_nonblock (self->sock);
    self->watch = g_unix_fd_add (self->sock, G_IO_IN | G_IO_HUP, readable_cb, self);
    self->child_watch = g_child_watch_add (self->pid, child_cb, self);
    self->ops->changed (self->owner);
    return send_display (self, error) == 0;
}

KeeperDisplayKind
keeper_display_kind (const char *protocol)
{
    guint kind = 0;

    while (kind < KEEPER_N_DISPLAYS && !g_str_equal (kinds[kind].protocol, protocol))
        kind++;
    return (KeeperDisplayKind) kind;
}

KeeperDisplay *
keeper_display_new (KeeperDisplayKind kind, const char *name, KeeperVmm *vmm, KeeperLog *log,
                    const KeeperDisplayOps *ops, gpointer owner)
{
    KeeperDisplay *self = g_new0 (KeeperDisplay, 1);

    self->kind = kind;
    self->name = g_strdup (name);
    self->vmm = vmm;
    self->log = log;
    self->ops = ops;
    self->owner = owner;
    self->sock = -1;
    return self;
}

static void
reap_cb (GPid pid, int wait_status, gpointer user_data)
{
    g_spawn_close_pid (pid);
}

/* A server that was let go is helped along and not waited for.  One that hung up on us is about to die, if it has not:
 * how it ended is told. */
static void
forget_process (KeeperDisplay *self)
{
    int wait_status;

    if (!self->pid)
        return;
    if (!self->expected && kill (self->pid, SIGKILL) == 0
        && waitpid (self->pid, &wait_status, 0) == self->pid) {
        g_clear_handle_id (&self->child_watch, g_source_remove);
        child_cb (self->pid, wait_status, self);
        return;
    }
    kill (self->pid, SIGTERM);
    g_clear_handle_id (&self->child_watch, g_source_remove);
    g_child_watch_add (self->pid, reap_cb, NULL);
    self->pid = 0;
}

/* A server that has not hung up on us, as far as is known. */
static gboolean
need_server (KeeperDisplay *self, GError **error)
{
    if (self->sock >= 0)
        return TRUE;
    forget_process (self);
    return start (self, error);
}

static int
send_viewer (KeeperDisplay *self, int fd)
{
    struct remote_client message = {
        .header = { REMOTE_CLIENT, REMOTE_PROTOCOL_VERSION, sizeof message },
    };

    send_agent (self);
    return message_send (self->sock, &message, sizeof message, &fd, 1);
}

/* Where the server has died just now, the next one gets the viewer, whose end is FD. */
static gboolean
hand_over (KeeperDisplay *self, int fd, GError **error)
{
    int ret;

    if (!need_server (self, error))
        return FALSE;
    ret = send_viewer (self, fd);
    if (ret == -EPIPE || ret == -ECONNRESET) {
        let_go (self);
        if (!need_server (self, error))
            return FALSE;
        ret = send_viewer (self, fd);
    }
    if (ret < 0)
        set_deaf (self, -ret, error);
    return ret >= 0;
}

int
keeper_display_connect (KeeperDisplay *self, GError **error)
{
    int fds[2];
    gboolean ok;

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There are no more sockets: %s"), g_strerror (errno));
        return -1;
    }
    ok = hand_over (self, fds[0], error);
    fd_close (&fds[0]);
    if (!ok) {
        fd_close (&fds[1]);
        return -1;
    }
    expect_viewers (self, 1);
    return fds[1];
}

GPid
keeper_display_get_pid (KeeperDisplay *self)
{
    return self->pid;
}

void
keeper_display_free (KeeperDisplay *self)
{
    if (!self)
        return;
    self->expected = TRUE;
    let_go (self);
    forget_process (self);
    g_free (self->name);
    g_free (self);
}
