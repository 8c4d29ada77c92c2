/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-vmm.c - the VMM process and the keeper's end of its socket.
 *
 * Theory of operation.  A VMM goes through: alive - ending (it said STOPPED, hung up, or was
 * killed) - over (reaped, and the socket read to its end).  Only then is ops->ended called, so that
 * whoever is told may take the disks' locks as gone.  A VMM that is ending but does not end is
 * killed after END_TIMEOUT_MS; one that leaves a request unanswered for REPLY_TIMEOUT_MS gets that
 * request failed, no more: a host under load is slow, and a guest is worth more than an answer.
 */
#include "keeper-vmm.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "fd.h"
#include "keeper-process.h"
#include "message.h"
#include "vitrine-error.h"

#ifndef REPLY_TIMEOUT_MS /* tests are less patient */
#define REPLY_TIMEOUT_MS 30000
#define END_TIMEOUT_MS   10000
#endif
#define MAX_PENDING  256
#define MAX_RECEIVES 32 /* of one turn of the loop */

typedef struct {
    KeeperVmm *vmm;
    guint32 serial;
    enum vmm_message_type type;
    KeeperVmmDone done; /* NULL once it was called because of the time-out */
    gpointer user_data;
    guint timeout;
} Pending;

struct _KeeperVmm {
    const KeeperVmmOps *ops;
    gpointer owner;
    GPid pid; /* 0 once reaped */
    guint child_watch;
    int wait_status;
    int sock; /* -1 once read to its end */
    guint sock_watch;
    guint32 last_serial;
    GHashTable *pending; /* serial → Pending, owned */
    guint end_timeout;
    gboolean said_stopped;
    struct vmm_stopped stopped;
    char *end_text; /* why we killed it, or NULL */
};

static void
call_done (Pending *pending, const void *reply, gsize size, const GError *error)
{
    KeeperVmmDone done = g_steal_pointer (&pending->done);

    g_clear_handle_id (&pending->timeout, g_source_remove);
    if (done)
        done (reply, size, error, pending->user_data);
}

static void
pending_free (Pending *pending)
{
    g_clear_handle_id (&pending->timeout, g_source_remove);
    g_free (pending);
}

/* --- the end --------------------------------------------------------------------------------- */

static void
fail_pending (KeeperVmm *self)
{
    g_autoptr (GHashTable) pending = g_steal_pointer (&self->pending);
    g_autoptr (GError) error = g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                                    _ ("The machine is no longer running"));
    GHashTableIter iter;
    gpointer value;

    self->pending = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pending_free);
    g_hash_table_iter_init (&iter, pending);
    while (g_hash_table_iter_next (&iter, NULL, &value))
        call_done (value, NULL, 0, error);
}

static KeeperVmmEnd
judge_end (KeeperVmm *self)
{
    if (self->end_text || !self->said_stopped)
        return KEEPER_VMM_END_CRASHED;
    switch (self->stopped.reason) {
    case VMM_STOP_GUEST:
        return KEEPER_VMM_END_GUEST;
    case VMM_STOP_HOST:
        return KEEPER_VMM_END_HOST;
    default:
        return KEEPER_VMM_END_ERROR;
    }
}

/* Tells the owner once both the process and the socket are done with. */
static void
check_over (KeeperVmm *self)
{
    g_autofree char *text = NULL;

    if (self->pid != 0 || self->sock >= 0)
        return;
    g_clear_handle_id (&self->end_timeout, g_source_remove);
    fail_pending (self);
    if (self->end_text)
        text = g_strdup (self->end_text);
    else
        text = g_utf8_make_valid (self->said_stopped ? self->stopped.text : "", -1);
    self->ops->ended (self->owner, judge_end (self), text, self->wait_status);
}

static gboolean
end_timeout_cb (gpointer user_data)
{
    KeeperVmm *self = user_data;

    self->end_timeout = 0;
    if (!self->end_text)
        self->end_text = g_strdup (_ ("it did not end and had to be killed"));
    if (self->pid)
        kill (self->pid, SIGKILL);
    return G_SOURCE_REMOVE;
}

static void
expect_end (KeeperVmm *self)
{
    if (!self->end_timeout)
        self->end_timeout = g_timeout_add (END_TIMEOUT_MS, end_timeout_cb, self);
}

static void
close_socket (KeeperVmm *self)
{
    g_clear_handle_id (&self->sock_watch, g_source_remove);
    fd_close (&self->sock);
    expect_end (self);
}

void
keeper_vmm_kill (KeeperVmm *self, const char *text)
{
    if (!self->end_text)
        self->end_text = g_strdup (text);
    if (self->pid)
        kill (self->pid, SIGKILL);
    expect_end (self);
}

/* --- messages of the VMM --------------------------------------------------------------------- */

/* TEXT of a message, which need not end. */
static char *
dup_text (const char *text, gsize size)
{
    g_autofree char *copy = g_strndup (text, size);
    g_autofree char *valid = g_utf8_make_valid (copy, -1);

    for (char *p = valid; *p; p++)
        if (g_ascii_iscntrl (*p))
            *p = ' ';
    return g_steal_pointer (&valid);
}

static gboolean
handle_reply (KeeperVmm *self, const struct vmm_header *header, const void *message, gsize len)
{
    /* A VMM that could not even read VMM_CREATE, our first request, does not know its serial. */
    guint32 serial = header->type == VMM_FAILED && header->serial == 0 ? 1 : header->serial;
    Pending *pending = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (serial));
    g_autoptr (GError) error = NULL;
    enum vmm_message_type wanted;

    if (!pending)
        return FALSE;
    wanted = pending->type == VMM_CREATE       ? VMM_CREATED
             : pending->type == VMM_STATISTICS ? VMM_STATISTICS_REPLY
                                               : VMM_DONE;
    if (header->type == VMM_FAILED) {
        const struct vmm_text *failed = message;
        g_autofree char *text = dup_text (failed->text, sizeof failed->text);

        g_set_error_literal (&error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, text);
    } else if (header->type != wanted) {
        return FALSE;
    }
    g_hash_table_steal (self->pending, GUINT_TO_POINTER (serial));
    call_done (pending, error ? NULL : message, error ? 0 : len, error);
    pending_free (pending);
    return TRUE;
}

static gboolean
handle_device_event (KeeperVmm *self, const struct vmm_device_event *event)
{
    g_autofree char *alias = dup_text (event->alias, sizeof event->alias);

    if (event->event >= VMM_DEVICE_EVENT_N || event->action >= VMM_ACTION_N)
        return FALSE;
    self->ops->device_event (self->owner, alias, event->event, event->action);
    return TRUE;
}

static gboolean
handle_event (KeeperVmm *self, const struct vmm_header *header, const void *message)
{
    if (header->serial != 0 || self->said_stopped)
        return FALSE;
    if (header->type == VMM_EVENT_STATE) {
        self->ops->state (self->owner, ((const struct vmm_state *) message)->state == VMM_RUNNING);
    } else if (header->type == VMM_EVENT_RESET) {
        self->ops->reset (self->owner);
    } else if (header->type == VMM_EVENT_BROKEN) {
        const struct vmm_broken *broken = message;
        g_autofree char *alias = dup_text (broken->alias, sizeof broken->alias);
        g_autofree char *reason = dup_text (broken->reason, sizeof broken->reason);

        self->ops->broken (self->owner, alias, reason);
    } else if (header->type == VMM_EVENT_BLOCK_LOST) {
        const struct vmm_block_lost *lost = message;
        g_autofree char *alias = dup_text (lost->alias, sizeof lost->alias);
        g_autofree char *reason = dup_text (lost->reason, sizeof lost->reason);

        self->ops->block_lost (self->owner, alias, lost->number, reason);
    } else if (header->type == VMM_EVENT_STUCK) {
        g_autofree char *text =
            dup_text (((const struct vmm_text *) message)->text, VMM_TEXT_BYTES);

        self->ops->stuck (self->owner, text);
    } else if (header->type == VMM_EVENT_DEVICE) {
        return handle_device_event (self, message);
    } else if (header->type == VMM_EVENT_VARIABLES) {
        self->ops->variables (self->owner);
    } else if (header->type == VMM_EVENT_UNPLUG) {
        const struct vmm_unplug *unplug = message;
        g_autofree char *alias = dup_text (unplug->alias, sizeof unplug->alias);

        if (unplug->state >= VMM_UNPLUG_N)
            return FALSE;
        self->ops->unplug (self->owner, alias, unplug->state);
    } else if (header->type == VMM_EVENT_VCPUS) {
        const struct vmm_vcpus *vcpus = message;

        if (vcpus->state >= VMM_UNPLUG_N || vcpus->n == 0)
            return FALSE;
        self->ops->vcpus (self->owner, vcpus->n, vcpus->state);
    } else if (header->type == VMM_EVENT_MEMORY) {
        const struct vmm_memory *memory = message;

        self->ops->memory (self->owner, memory->plugged_bytes, memory->requested_bytes);
    } else {
        self->stopped = *(const struct vmm_stopped *) message;
        self->stopped.text[sizeof self->stopped.text - 1] = '\0';
        self->said_stopped = TRUE;
        expect_end (self);
    }
    return TRUE;
}

/* How large a message is that begins with what MESSAGE, of LEN bytes, begins with; 0: it makes no sense. */
static gsize
statistics_size (const void *message, gsize len)
{
    struct vmm_statistics figures;

    if (len < sizeof figures)
        return 0;
    memcpy (&figures, message, sizeof figures);
    if (figures.n_vcpus > VMM_MAX_VCPUS || figures.n_disks > VMM_MAX_DEVICES
        || figures.n_cards > VMM_MAX_DEVICES)
        return 0;
    return sizeof figures + figures.n_vcpus * sizeof (guint64)
           + figures.n_disks * sizeof (struct vmm_disk_statistics)
           + figures.n_cards * sizeof (struct vmm_card_statistics);
}

/* Returns FALSE for a message that makes no sense. */
static gboolean
handle_message (KeeperVmm *self, const void *message, gsize len)
{
    const struct {
        guint16 type;
        gsize size;
        gboolean is_reply;
    } kinds[] = {
        { VMM_CREATED, sizeof (struct vmm_header), TRUE },
        { VMM_DONE, sizeof (struct vmm_header), TRUE },
        { VMM_FAILED, sizeof (struct vmm_text), TRUE },
        { VMM_STATISTICS_REPLY, statistics_size (message, len), TRUE },
        { VMM_EVENT_STATE, sizeof (struct vmm_state), FALSE },
        { VMM_EVENT_RESET, sizeof (struct vmm_header), FALSE },
        { VMM_EVENT_BROKEN, sizeof (struct vmm_broken), FALSE },
        { VMM_EVENT_BLOCK_LOST, sizeof (struct vmm_block_lost), FALSE },
        { VMM_EVENT_STUCK, sizeof (struct vmm_text), FALSE },
        { VMM_EVENT_STOPPED, sizeof (struct vmm_stopped), FALSE },
        { VMM_EVENT_DEVICE, sizeof (struct vmm_device_event), FALSE },
        { VMM_EVENT_VARIABLES, sizeof (struct vmm_header), FALSE },
        { VMM_EVENT_UNPLUG, sizeof (struct vmm_unplug), FALSE },
        { VMM_EVENT_VCPUS, sizeof (struct vmm_vcpus), FALSE },
        { VMM_EVENT_MEMORY, sizeof (struct vmm_memory), FALSE },
    };
    struct vmm_header header;

    if (len < sizeof header)
        return FALSE;
    memcpy (&header, message, sizeof header);
    if (header.version != VMM_PROTOCOL_VERSION || header.size != len || header.n_fds != 0)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (kinds[i].type == header.type)
            return kinds[i].size == len
                   && (kinds[i].is_reply ? handle_reply (self, &header, message, len)
                                         : handle_event (self, &header, message));
    return FALSE;
}

/* Returns FALSE when the socket is at its end, or broken. */
static gboolean
receive (KeeperVmm *self)
{
    static _Alignas(8) guint8 buffer[VMM_STATISTICS_MAX]; /* the largest message there is */
    int fds[MESSAGE_MAX_FDS];
    guint n_fds;

    for (guint i = 0; i < MAX_RECEIVES && self->sock >= 0; i++) {
        int n = message_receive (self->sock, buffer, sizeof buffer, fds, &n_fds);

        if (n == -EAGAIN)
            return TRUE;
        if (n == -ECONNRESET)
            continue; /* it left something of ours unread; what it said before is still to come */
        if (n == 0)
            return FALSE;
        fd_close_all (fds, n_fds);
        if (n < 0 || n_fds > 0 || !handle_message (self, buffer, (gsize) n)) {
            keeper_vmm_kill (self, _ ("it sent a message that makes no sense"));
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperVmm *self = user_data;

    if (receive (self))
        return G_SOURCE_CONTINUE;
    self->sock_watch = 0;
    close_socket (self);
    check_over (self);
    return G_SOURCE_REMOVE;
}

static void
child_cb (GPid pid, int wait_status, gpointer user_data)
{
    KeeperVmm *self = user_data;

    self->child_watch = 0;
    self->pid = 0;
    self->wait_status = wait_status;
    g_spawn_close_pid (pid);
    while (self->sock >= 0 && receive (self)) {
        struct vmm_header peek;

        /* Gone is gone, even if somebody else held the socket's other end open. */
        if (recv (self->sock, &peek, sizeof peek, MSG_PEEK | MSG_DONTWAIT) < 0)
            break;
    }
    close_socket (self);
    check_over (self);
}

/* --- requests -------------------------------------------------------------------------------- */

static gboolean
reply_timeout_cb (gpointer user_data)
{
    Pending *pending = user_data;
    g_autoptr (GError) error = g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                                    _ ("The machine does not answer"));

    pending->timeout = 0;
    call_done (pending, NULL, 0, error); /* stays in the table: the answer may still come */
    return G_SOURCE_REMOVE;
}

static void
fail_now (KeeperVmmDone done, gpointer user_data, gint code, const char *text)
{
    g_autoptr (GError) error = g_error_new_literal (VITRINE_ERROR, code, text);

    done (NULL, 0, error, user_data);
}

void
keeper_vmm_request (KeeperVmm *self, void *message, gsize len, const int *fds, guint n_fds,
                    KeeperVmmDone done, gpointer user_data)
{
    struct vmm_header *header = message;
    Pending *pending;
    int ret;

    if (self->sock < 0 || self->said_stopped || self->end_text) {
        fail_now (done, user_data, VITRINE_ERROR_NOT_FOUND, _ ("The machine is no longer running"));
        return;
    }
    if (g_hash_table_size (self->pending) >= MAX_PENDING) {
        fail_now (done, user_data, VITRINE_ERROR_BUSY,
                  _ ("The machine has too much to do at the moment"));
        return;
    }
    if (++self->last_serial == 0)
        self->last_serial = 1;
    header->version = VMM_PROTOCOL_VERSION;
    header->serial = self->last_serial;
    header->size = (guint32) len;
    header->n_fds = n_fds;
    ret = message_send (self->sock, message, len, fds, n_fds);
    if (ret < 0) {
        if (ret == -EAGAIN)
            fail_now (done, user_data, VITRINE_ERROR_ENGINE, _ ("The machine does not answer"));
        else
            fail_now (done, user_data, VITRINE_ERROR_NOT_FOUND,
                      _ ("The machine is no longer running"));
        return;
    }
    pending = g_new0 (Pending, 1);
    *pending = (Pending){ .vmm = self,
                          .serial = self->last_serial,
                          .type = header->type,
                          .done = done,
                          .user_data = user_data };
    pending->timeout = g_timeout_add (REPLY_TIMEOUT_MS, reply_timeout_cb, pending);
    g_hash_table_insert (self->pending, GUINT_TO_POINTER (pending->serial), pending);
}

void
keeper_vmm_request_plain (KeeperVmm *self, enum vmm_message_type type, KeeperVmmDone done,
                          gpointer user_data)
{
    struct vmm_header header = { .type = (guint16) type };

    keeper_vmm_request (self, &header, sizeof header, NULL, 0, done, user_data);
}

/* --- life ------------------------------------------------------------------------------------ */

KeeperVmm *
keeper_vmm_start (int stderr_fd, const KeeperVmmOps *ops, gpointer owner, GError **error)
{
    g_autofree char *program = keeper_process_find ("vitrine-vmm", "vmm", "VITRINE_VMM", error);
    KeeperVmm *self;
    GPid pid;
    int fds[2];
    gboolean ok;

    if (!program)
        return NULL;
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There are no more sockets: %s"), g_strerror (errno));
        return NULL;
    }
    ok = keeper_process_spawn (program, fds[1], VMM_SOCKET_FD, stderr_fd, &pid, error);
    fd_close (&fds[1]);
    if (!ok) {
        fd_close (&fds[0]);
        return NULL;
    }
    self = g_new0 (KeeperVmm, 1);
    self->ops = ops;
    self->owner = owner;
    self->pid = pid;
    self->sock = fds[0];
    fd_set_nonblock (self->sock);
    self->pending = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pending_free);
    self->sock_watch = g_unix_fd_add (self->sock, G_IO_IN | G_IO_HUP, readable_cb, self);
    self->child_watch = g_child_watch_add (pid, child_cb, self);
    return self;
}

GPid
keeper_vmm_get_pid (KeeperVmm *self)
{
    return self->pid;
}

void
keeper_vmm_free (KeeperVmm *self)
{
    if (!self)
        return;
    g_clear_handle_id (&self->sock_watch, g_source_remove);
    g_clear_handle_id (&self->child_watch, g_source_remove);
    g_clear_handle_id (&self->end_timeout, g_source_remove);
    fd_close (&self->sock);
    if (self->pid)
        kill (self->pid, SIGKILL);
    g_hash_table_unref (self->pending);
    g_free (self->end_text);
    g_free (self);
}
