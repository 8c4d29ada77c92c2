/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-link.c - one connection to a libvirt host, the threads its calls wait in, and its news.
 *
 * Theory of operation.  No call of libvirt is made on the main thread, because each of them may wait for a
 * host that does not answer; that includes the last unref of a connection, which says good-bye.  A call runs
 * in one of the link's own few threads, so that a dead host holds up nobody else's, and whoever asked has his
 * answer when the call ends, his patience does, or he cancels, whichever is first; what comes later is
 * dropped on the main thread.  A thread cannot be stopped in the middle of a call.
 *
 * A host that has stopped answering is noticed by a pulse of our own, a call that any host answers at once, every
 * few seconds; when one is not answered the link is lost, and all who wait are told.  libvirt's keepalive is not
 * used: when it finds the host dead while several calls wait, some of them wait for ever and others are left
 * without the insides of their connection (seen with libvirt 9.0).  So a call that hangs goes on hanging in its
 * thread, until its host lives or its socket ends; the last call on a link that was closed hangs up.
 *
 * Events are registered before anything is listed, so that nothing changes unseen.  They come on whatever
 * thread libvirt likes and are passed on to the main thread with a reference to the link; closing takes the
 * registrations back, and with them the references.
 */
#include "libvirt-link.h"

#include <glib/gi18n-lib.h>

#include "libvirt-error.h"
#include "libvirt-ssh.h"
#include "libvirt-trouble.h"
#include "vitrine-private.h"

/* Those that hang are not to keep the others from running. */
#define THREADS 16

enum {
    EVENT_LIFECYCLE,
    EVENT_REBOOT,
    EVENT_DEVICE_ADDED,
    EVENT_DEVICE_REMOVED,
    EVENT_TRAY_CHANGE,
    EVENT_BALLOON_CHANGE,
    EVENT_N,
};

struct _LibvirtLink {
    gatomicrefcount refs;
    char *uri;
    GThreadPool *threads;

    GMutex lock;
    virConnectPtr connection; /* under the lock; NULL before it is open and after the end */
    guint n_calls;            /* under the lock: that are in a thread now */
    int callbacks[EVENT_N];   /* what the thread that opens registered; -1 for none */
    gboolean closed, left;    /* under the lock: nobody uses it any more, and it has hung up */
    VitrineCheck *trouble;    /* under the lock: what kept it from being opened, or NULL */

    /* Main thread. */
    LibvirtNewsFunc func; /* NULL once it is closed */
    gpointer user_data;
    GPtrArray *waiting; /* of Call, not owned: those somebody waits for */
    guint pulse_source;
    gboolean pulsing; /* one is under way */
};

/* Whether who waits may still give up. */
enum { CALL_WAITING, CALL_CLAIMED, CALL_GIVEN_UP };

/* One call, shared by who waits and the thread. */
typedef struct {
    gatomicrefcount refs;
    int state; /* atomic: CALL_…, which leaves WAITING once */
    LibvirtLink *link;
    GTask *answer;
    LibvirtFunc func;
    gpointer data;
    GDestroyNotify data_free;

    /* Main thread; NULL once there is an answer. */
    GTask *task;
    GAsyncReadyCallback done;
    GSource *patience;
} Call;

/* Links that were closed and have not hung up yet. */
static GMutex farewell_lock;
static GCond farewell;
static guint n_leaving;

LibvirtLink *
libvirt_link_ref (LibvirtLink *self)
{
    g_atomic_ref_count_inc (&self->refs);
    return self;
}

void
libvirt_link_unref (LibvirtLink *self)
{
    if (!g_atomic_ref_count_dec (&self->refs))
        return;
    g_assert (self->connection == NULL);
    g_ptr_array_unref (self->waiting);
    g_thread_pool_free (self->threads, FALSE, FALSE);
    g_mutex_clear (&self->lock);
    g_clear_pointer (&self->trouble, vitrine_check_free);
    g_free (self->uri);
    g_free (self);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void
call_unref (Call *call)
{
    if (!g_atomic_ref_count_dec (&call->refs))
        return;
    g_object_unref (call->answer);
    libvirt_link_unref (call->link);
    g_free (call);
}

/* The connection as long as it is open, to be given back. */
static virConnectPtr
begin_call (LibvirtLink *self)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

    self->n_calls++;
    return self->closed ? NULL : self->connection;
}

static void hang_up (LibvirtLink *self, virConnectPtr connection);

/* Who is the last hangs up, if that is due. */
static void
end_call (LibvirtLink *self)
{
    virConnectPtr own = NULL;
    gboolean leaves;

    g_mutex_lock (&self->lock);
    leaves = --self->n_calls == 0 && self->closed && !self->left;
    self->left |= leaves;
    if (leaves)
        own = g_steal_pointer (&self->connection);
    g_mutex_unlock (&self->lock);
    if (own != NULL)
        hang_up (self, own);
    if (!leaves)
        return;
    g_mutex_lock (&farewell_lock);
    n_leaving--;
    g_cond_broadcast (&farewell);
    g_mutex_unlock (&farewell_lock);
}

void
libvirt_link_await_farewell (void)
{
    gint64 end = g_get_monotonic_time () + LIBVIRT_FAREWELL_MS * G_TIME_SPAN_MILLISECOND;

    g_mutex_lock (&farewell_lock);
    while (n_leaving > 0 && g_cond_wait_until (&farewell, &farewell_lock, end))
        ;
    g_mutex_unlock (&farewell_lock);
}

static void tell (LibvirtLink *self, LibvirtNews news, const char *what);

static void
thread_cb (gpointer data, gpointer user_data)
{
    Call *call = data;
    virConnectPtr connection = begin_call (call->link);

    call->func (connection, call->answer, call->data);
    if (call->data_free != NULL)
        call->data_free (call->data);
    if (connection != NULL && virConnectIsAlive (connection) == 0)
        tell (call->link, LIBVIRT_NEWS_LOST, _ ("the host has stopped answering"));
    end_call (call->link);
    call_unref (call);
}

/* Takes the waiting end down; the first to do so answers. */
static GTask *
steal_waiter (Call *call)
{
    if (call->patience != NULL)
        g_source_destroy (call->patience);
    g_clear_pointer (&call->patience, g_source_unref);
    if (call->task != NULL)
        g_ptr_array_remove_fast (call->link->waiting, call);
    return g_steal_pointer (&call->task);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Call *call = user_data;
    GTask *task = steal_waiter (call);

    if (task != NULL)
        call->done (NULL, result, task);
    call_unref (call);
}

/* Answers who waits for CALL, which goes on. */
static void
give_up (Call *call, GQuark domain, int code, const char *message)
{
    GTask *task = steal_waiter (call);
    g_autoptr (GTask) given_up = g_task_new (NULL, NULL, call->done, task);

    g_task_return_new_error (given_up, domain, code, "%s", message);
}

static gboolean
patience_cb (gpointer user_data)
{
    Call *call = user_data;
    g_autofree char *message = NULL;

    if (!g_atomic_int_compare_and_exchange (&call->state, CALL_WAITING, CALL_GIVEN_UP))
        return G_SOURCE_REMOVE; /* its answer is on its way */
    if (g_cancellable_is_cancelled (g_task_get_cancellable (call->task))) {
        give_up (call, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled"));
        return G_SOURCE_REMOVE;
    }
    message = g_strdup_printf (_ ("“%s” has not answered in time"), call->link->uri);
    give_up (call, VITRINE_ERROR, VITRINE_ERROR_ENGINE, message);
    return G_SOURCE_REMOVE;
}

gboolean
libvirt_link_claim (GTask *answer)
{
    Call *call = g_task_get_task_data (answer);

    return g_atomic_int_compare_and_exchange (&call->state, CALL_WAITING, CALL_CLAIMED);
}

void
libvirt_link_run (LibvirtLink *self, GTask *task, guint deadline_s, LibvirtFunc func, gpointer data,
                  GDestroyNotify data_free, GAsyncReadyCallback done)
{
    GCancellable *cancellable = g_task_get_cancellable (task);
    Call *call = g_new0 (Call, 1);

    g_atomic_ref_count_init (&call->refs);
    g_atomic_ref_count_inc (&call->refs); /* one for each end */
    call->link = libvirt_link_ref (self);
    call->answer = g_task_new (NULL, cancellable, answered_cb, call);
    g_task_set_check_cancellable (call->answer, FALSE); /* what was done is done */
    g_task_set_task_data (call->answer, call, NULL);
    call->func = func;
    call->data = data;
    call->data_free = data_free;
    call->task = task;
    call->done = done;
    call->patience = g_timeout_source_new_seconds (deadline_s);
    if (cancellable != NULL) {
        g_autoptr (GSource) cancelled = g_cancellable_source_new (cancellable);

        g_source_set_dummy_callback (cancelled);
        g_source_add_child_source (call->patience, cancelled);
    }
    g_source_set_callback (call->patience, patience_cb, call, NULL);
    g_source_attach (call->patience, NULL);
    g_ptr_array_add (self->waiting, call);
    g_thread_pool_push (self->threads, call, NULL);
}

/* --- news ------------------------------------------------------------------------------------- */

typedef struct {
    LibvirtLink *link;
    LibvirtNews news;
    char *what;
} Note;

static void
note_free (gpointer data)
{
    Note *note = data;

    libvirt_link_unref (note->link);
    g_free (note->what);
    g_free (note);
}

static gboolean
note_cb (gpointer data)
{
    const Note *note = data;

    if (note->link->func != NULL)
        note->link->func (note->news, note->what, note->link->user_data);
    return G_SOURCE_REMOVE;
}

static void
tell (LibvirtLink *self, LibvirtNews news, const char *what)
{
    Note *note = g_new0 (Note, 1);

    note->link = libvirt_link_ref (self);
    note->news = news;
    note->what = g_strdup (what);
    g_idle_add_full (G_PRIORITY_DEFAULT, note_cb, note, note_free);
}

static void
tell_of_machine (LibvirtLink *self, virDomainPtr domain, LibvirtNews news)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (virDomainGetUUIDString (domain, uuid) == 0)
        tell (self, news, uuid);
}

static int
lifecycle_cb (virConnectPtr connection, virDomainPtr domain, int event, int detail, void *link)
{
    tell_of_machine (link, domain, LIBVIRT_NEWS_MACHINE);
    return 0;
}

static void
reboot_cb (virConnectPtr connection, virDomainPtr domain, void *link)
{
    tell_of_machine (link, domain, LIBVIRT_NEWS_REBOOTED);
}

static void
device_cb (virConnectPtr connection, virDomainPtr domain, const char *alias, void *link)
{
    tell_of_machine (link, domain, LIBVIRT_NEWS_MACHINE);
}

static void
tray_cb (virConnectPtr connection, virDomainPtr domain, const char *alias, int reason, void *link)
{
    tell_of_machine (link, domain, LIBVIRT_NEWS_MACHINE);
}

static void
balloon_cb (virConnectPtr connection, virDomainPtr domain, unsigned long long actual, void *link)
{
    tell_of_machine (link, domain, LIBVIRT_NEWS_MACHINE);
}

static const struct {
    int id;
    virConnectDomainEventGenericCallback callback;
} events[] = {
    [EVENT_LIFECYCLE] = { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK (lifecycle_cb) },
    [EVENT_REBOOT] = { VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK (reboot_cb) },
    [EVENT_DEVICE_ADDED] = { VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
                             VIR_DOMAIN_EVENT_CALLBACK (device_cb) },
    [EVENT_DEVICE_REMOVED] = { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
                               VIR_DOMAIN_EVENT_CALLBACK (device_cb) },
    [EVENT_TRAY_CHANGE] = { VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, VIR_DOMAIN_EVENT_CALLBACK (tray_cb) },
    [EVENT_BALLOON_CHANGE] = { VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE,
                               VIR_DOMAIN_EVENT_CALLBACK (balloon_cb) },
};
G_STATIC_ASSERT (G_N_ELEMENTS (events) == EVENT_N);

static void
unref_link (void *link)
{
    libvirt_link_unref (link);
}

static void
closed_cb (virConnectPtr connection, int reason, void *link)
{
    switch (reason) {
    case VIR_CONNECT_CLOSE_REASON_EOF:
        tell (link, LIBVIRT_NEWS_LOST, _ ("the host has closed the connection"));
        break;
    case VIR_CONNECT_CLOSE_REASON_ERROR:
        tell (link, LIBVIRT_NEWS_LOST, _ ("the connection to the host has broken"));
        break;
    default: /* by ourselves */
        break;
    }
}

/* Any driver tells of states; what it does not tell of otherwise is read with them. */
static gboolean
listen (LibvirtLink *self, virConnectPtr connection, GError **error)
{
    for (guint i = 0; i < EVENT_N; i++) {
        self->callbacks[i] =
            virConnectDomainEventRegisterAny (connection, NULL, events[i].id, events[i].callback,
                                              libvirt_link_ref (self), unref_link);
        if (self->callbacks[i] < 0)
            libvirt_link_unref (self);
    }
    if (self->callbacks[EVENT_LIFECYCLE] < 0)
        return libvirt_error_take (self->uri, error);
    /* No reference: it ends with the connection, before the link.  Drivers in this very process have no connection
     * to lose, take the callback, and forget it with all that it holds. */
    virConnectRegisterCloseCallback (connection, closed_cb, self, NULL);
    return TRUE;
}

/* --- the pulse -------------------------------------------------------------------------------- */

static void
pulse_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    unsigned long version;

    if (connection != NULL)
        virConnectGetLibVersion (connection, &version);
    g_task_return_boolean (answer, TRUE);
}

static void
pulse_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtLink *self = g_task_get_task_data (task);

    self->pulsing = FALSE;
    if (!g_task_propagate_boolean (G_TASK (result), NULL))
        tell (self, LIBVIRT_NEWS_LOST, _ ("the host has stopped answering"));
    g_task_return_boolean (task, TRUE);
}

static void
pulse (LibvirtLink *self)
{
    GTask *task = g_task_new (NULL, NULL, NULL, NULL);

    g_task_set_task_data (task, libvirt_link_ref (self), unref_link);
    self->pulsing = TRUE;
    libvirt_link_run (self, task, LIBVIRT_PATIENCE_S, pulse_thread, NULL, NULL, pulse_answered_cb);
}

static gboolean
pulse_cb (gpointer user_data)
{
    LibvirtLink *self = user_data;
    gboolean open;

    g_mutex_lock (&self->lock);
    open = self->connection != NULL;
    g_mutex_unlock (&self->lock);
    if (open && !self->pulsing)
        pulse (self);
    return G_SOURCE_CONTINUE;
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* Each registration holds the connection: without this, it would never be closed. */
static void
hang_up (LibvirtLink *self, virConnectPtr connection)
{
    for (guint i = 0; i < EVENT_N; i++)
        if (self->callbacks[i] >= 0)
            virConnectDomainEventDeregisterAny (connection, self->callbacks[i]);
    virConnectUnregisterCloseCallback (connection, closed_cb);
    virConnectClose (connection);
}

static void
keep_trouble (LibvirtLink *self, VitrineCheck *trouble)
{
    g_mutex_lock (&self->lock);
    g_clear_pointer (&self->trouble, vitrine_check_free);
    self->trouble = trouble;
    g_mutex_unlock (&self->lock);
}

VitrineCheck *
libvirt_link_steal_trouble (LibvirtLink *self)
{
    VitrineCheck *trouble;

    g_mutex_lock (&self->lock);
    trouble = g_steal_pointer (&self->trouble);
    g_mutex_unlock (&self->lock);
    return trouble;
}

virConnectPtr
libvirt_link_connect (const char *uri)
{
    g_autofree char *address = libvirt_ssh_dup_address (uri);

    return virConnectOpen (address);
}

guint
libvirt_link_get_patience (const char *uri)
{
    g_autoptr (LibvirtUri) parts = libvirt_uri_parse (uri, NULL);

    return parts != NULL && libvirt_ssh_is_meant (parts) ? LIBVIRT_SSH_OPEN_S : LIBVIRT_OPEN_S;
}

static void
open_thread (virConnectPtr none, GTask *answer, gpointer data)
{
    LibvirtLink *self = data;
    virConnectPtr connection = libvirt_link_connect (self->uri);
    GError *error = NULL;
    gboolean kept;

    if (connection == NULL) {
        keep_trouble (self, libvirt_trouble_take (self->uri, &error));
        g_task_return_error (answer, error);
        return;
    }
    if (!listen (self, connection, &error)) {
        hang_up (self, connection);
        g_task_return_error (answer, error);
        return;
    }
    g_mutex_lock (&self->lock);
    kept = !self->closed;
    if (kept)
        self->connection = connection;
    g_mutex_unlock (&self->lock);
    if (kept) {
        g_task_return_boolean (answer, TRUE);
        return;
    }
    hang_up (self, connection);
    g_task_return_new_error (answer, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled"));
}

void
libvirt_link_open (LibvirtLink *self, GTask *task, GAsyncReadyCallback done)
{
    self->pulse_source = g_timeout_add_seconds (LIBVIRT_PULSE_S, pulse_cb, self);
    libvirt_link_run (self, task, libvirt_link_get_patience (self->uri), open_thread,
                      libvirt_link_ref (self), unref_link, done);
}

void
libvirt_link_close (LibvirtLink *self)
{
    self->func = NULL;
    g_clear_handle_id (&self->pulse_source, g_source_remove);
    g_mutex_lock (&self->lock);
    self->closed = TRUE;
    g_mutex_unlock (&self->lock);
    g_mutex_lock (&farewell_lock);
    n_leaving++;
    g_mutex_unlock (&farewell_lock);
    while (self->waiting->len > 0)
        give_up (g_ptr_array_index (self->waiting, self->waiting->len - 1), VITRINE_ERROR,
                 VITRINE_ERROR_ENGINE, _ ("The host is not connected any more"));
    pulse (self); /* the last of the calls hangs up */
    libvirt_link_unref (self);
}

LibvirtLink *
libvirt_link_new (const char *uri, LibvirtNewsFunc func, gpointer user_data)
{
    LibvirtLink *self = g_new0 (LibvirtLink, 1);

    g_atomic_ref_count_init (&self->refs);
    g_mutex_init (&self->lock);
    self->uri = g_strdup (uri);
    self->threads = g_thread_pool_new (thread_cb, NULL, THREADS, FALSE, NULL);
    for (guint i = 0; i < EVENT_N; i++)
        self->callbacks[i] = -1;
    self->waiting = g_ptr_array_new ();
    self->func = func;
    self->user_data = user_data;
    return self;
}
