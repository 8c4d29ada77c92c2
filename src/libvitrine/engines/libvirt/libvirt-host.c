/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-host.c - the machines of a libvirt host: its connection, and the list.
 *
 * Theory of operation.  There is at most one link at a time.  Whoever needs one waits in `opening` until it is
 * there; a listing is then a list of UUIDs, each of which is read (libvirt-host-read.c), a few at a time.  An
 * event that names a machine has just that machine read, so that none can be misread.
 *
 * A link that is lost is said as the host's problem, and tried anew by ourselves with growing pauses - nothing
 * tells us when a daemon is back.  The machines stay in the list as they were last seen; the next listing puts
 * them right.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-machine.h"
#include "libvirt-uri.h"
#include "vitrine-private.h"

#ifndef LIBVIRT_RETRY_S
#define LIBVIRT_RETRY_S 1
#endif
#define LIBVIRT_RETRY_MAX_S 30

G_DEFINE_FINAL_TYPE (LibvirtHost, libvirt_host, VITRINE_TYPE_HOST)

/* Someone who waits for the link, or for the listing. */
typedef struct {
    GPtrArray *list; /* that it is in */
    GTask *task;
    void (*next) (GTask *task);
    GSource *cancelled;
} Waiter;

static void
waiter_free (gpointer data)
{
    Waiter *waiter = data;

    if (waiter->cancelled != NULL)
        g_source_destroy (waiter->cancelled);
    g_clear_pointer (&waiter->cancelled, g_source_unref);
    g_clear_object (&waiter->task);
    g_free (waiter);
}

static gboolean
waiter_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
    Waiter *waiter = user_data;

    g_task_return_error_if_cancelled (waiter->task);
    g_ptr_array_remove (waiter->list, waiter);
    return G_SOURCE_REMOVE;
}

/* Puts TASK (taken over) into LIST, until it is answered or cancelled. */
static void
add_waiter (GPtrArray *list, GTask *task, void (*next) (GTask *task))
{
    GCancellable *cancellable = g_task_get_cancellable (task);
    Waiter *waiter = g_new0 (Waiter, 1);

    waiter->list = list;
    waiter->task = task;
    waiter->next = next;
    if (cancellable != NULL) {
        waiter->cancelled = g_cancellable_source_new (cancellable);
        g_source_set_callback (waiter->cancelled, G_SOURCE_FUNC (waiter_cancelled_cb), waiter,
                               NULL);
        g_source_attach (waiter->cancelled, NULL);
    }
    g_ptr_array_add (list, waiter);
}

/* Empties *LIST: all in it go on, or (ERROR set) are answered with that. */
static void
release_waiters (GPtrArray **list, const GError *error)
{
    g_autoptr (GPtrArray) waiters = g_steal_pointer (list);

    *list = g_ptr_array_new_with_free_func (waiter_free);
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = g_ptr_array_index (waiters, i);

        if (error == NULL)
            waiter->next (g_steal_pointer (&waiter->task));
        else
            g_task_return_error (waiter->task, g_error_copy (error));
    }
}

/* --- the link --------------------------------------------------------------------------------- */

static void schedule_retry (LibvirtHost *self);

static void
close_link (LibvirtHost *self)
{
    self->open = FALSE;
    g_clear_pointer (&self->link, libvirt_link_close);
}

/* Those who wait for the listing do not get one. */
static void
fail_listing (LibvirtHost *self, const GError *reason)
{
    self->listing = NULL;
    self->begun = FALSE;
    g_clear_pointer (&self->found, g_hash_table_unref);
    release_waiters (&self->connecting, reason);
}

static void
handle_loss (LibvirtHost *self, const char *what)
{
    g_autoptr (GError) reason = NULL;

    vitrine_refuse (&reason, VITRINE_ERROR_ENGINE, _ ("“%s” is not connected: %s"),
                    vitrine_host_get_title (VITRINE_HOST (self)), what);
    close_link (self);
    vitrine_host_set_problem (VITRINE_HOST (self), reason->message);
    fail_listing (self, reason);
    libvirt_host_drop_readings (self, reason);
    self->retry_s = LIBVIRT_RETRY_S;
    schedule_retry (self);
}

static void
news_cb (LibvirtNews news, const char *what, gpointer user_data)
{
    LibvirtHost *self = user_data;
    g_autoptr (VitrineMachine) machine = NULL;

    if (news == LIBVIRT_NEWS_LOST) {
        handle_loss (self, what);
        return;
    }
    machine = vitrine_host_find (VITRINE_HOST (self), what);
    if (machine != NULL && news == LIBVIRT_NEWS_REBOOTED)
        libvirt_machine_forget_shutdown (LIBVIRT_MACHINE (machine));
    /* Who looked up one machine is not told of others. */
    if (machine != NULL || self->found != NULL || vitrine_host_get_ready (VITRINE_HOST (self)))
        libvirt_host_look_at (self, what, NULL, NULL);
}

/* The link could not be opened, for REASON. */
static void
tell_trouble (LibvirtHost *self, const GError *reason)
{
    g_autoptr (VitrineCheck) trouble =
        self->link != NULL ? libvirt_link_steal_trouble (self->link) : NULL;

    close_link (self);
    if (trouble != NULL)
        vitrine_host_set_trouble (VITRINE_HOST (self), trouble->text, trouble->mend);
    else
        vitrine_host_set_problem (VITRINE_HOST (self), reason->message);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtHost *self = g_task_get_source_object (task);
    g_autoptr (GError) error = NULL;

    self->open = g_task_propagate_boolean (G_TASK (result), &error);
    if (self->open)
        vitrine_host_set_problem (VITRINE_HOST (self), NULL);
    else
        tell_trouble (self, error);
    self->was_open |= self->open;
    release_waiters (&self->opening, error);
    g_task_return_boolean (task, TRUE);
}

void
libvirt_host_with_link (LibvirtHost *self, GTask *task, void (*next) (GTask *task))
{
    if (self->open) {
        next (task);
        return;
    }
    add_waiter (self->opening, task, next);
    if (self->link != NULL)
        return;
    g_clear_handle_id (&self->retry_source, g_source_remove);
    self->link = libvirt_link_new (vitrine_host_get_uri (VITRINE_HOST (self)), news_cb, self);
    /* One opening serves all who wait, so that none of them can cancel it. */
    libvirt_link_open (self->link, g_task_new (self, NULL, NULL, NULL), opened_cb);
}

void
libvirt_host_run (LibvirtHost *self, GTask *task, guint deadline_s, LibvirtFunc func, gpointer data,
                  GDestroyNotify data_free, GAsyncReadyCallback done)
{
    const char *problem = vitrine_host_get_problem (VITRINE_HOST (self));

    if (self->open) {
        libvirt_link_run (self->link, task, deadline_s, func, data, data_free, done);
        return;
    }
    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE, "%s",
                             *problem != '\0' ? problem : _ ("The host is not connected"));
    g_object_unref (task);
    if (data_free != NULL)
        data_free (data);
}

/* --- listing ---------------------------------------------------------------------------------- */

typedef struct {
    GPtrArray *uuids;
    VitrineHostLimits limits;
} Listing;

static void
listing_free (gpointer data)
{
    Listing *listing = data;

    g_ptr_array_unref (listing->uuids);
    g_free (listing);
}

/* What is free in the pool that new images go to. */
static guint64
read_free_disk (virConnectPtr connection)
{
    virStoragePoolPtr pool = virStoragePoolLookupByName (connection, "default");
    virStoragePoolInfo info;
    guint64 bytes = G_MAXUINT64;

    if (pool != NULL && virStoragePoolIsActive (pool) > 0
        && virStoragePoolGetInfo (pool, &info) == 0)
        bytes = info.available;
    if (pool != NULL)
        virStoragePoolFree (pool);
    return bytes;
}

void
libvirt_host_read_limits (virConnectPtr connection, VitrineHostLimits *limits)
{
    virNodeInfo info;
    int max_vcpus = virConnectGetMaxVcpus (connection, NULL);

    if (virNodeGetInfo (connection, &info) == 0) {
        limits->host_cpus = info.cpus;
        limits->memory_bytes = (guint64) info.memory * 1024;
    }
    limits->max_vcpus = max_vcpus > 0 ? (guint) max_vcpus : limits->host_cpus;
    limits->free_memory_bytes = virNodeGetFreeMemory (connection);
    limits->free_disk_bytes = read_free_disk (connection);
    limits->has_uefi = TRUE;
}

static void
list_thread (virConnectPtr connection, GTask *answer, gpointer uri)
{
    virDomainPtr *domains = NULL;
    int n = connection != NULL ? virConnectListAllDomains (connection, &domains, 0) : -1;
    GError *error = NULL;
    Listing *listing;

    if (n < 0) {
        libvirt_error_take (uri, &error);
        g_task_return_error (answer, error);
        return;
    }
    listing = g_new0 (Listing, 1);
    listing->uuids = g_ptr_array_new_with_free_func (g_free);
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN];

        if (virDomainGetUUIDString (domains[i], uuid) == 0)
            g_ptr_array_add (listing->uuids, g_strdup (uuid));
        virDomainFree (domains[i]);
    }
    free (domains);
    libvirt_host_read_limits (connection, &listing->limits);
    g_task_return_pointer (answer, listing, listing_free);
}

/* What we have and the host has not any more. */
static void
remove_unlisted (LibvirtHost *self, GPtrArray *uuids)
{
    GListModel *model = G_LIST_MODEL (self);
    g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);

    for (guint i = 0; i < uuids->len; i++)
        g_hash_table_add (listed, g_ptr_array_index (uuids, i));
    for (guint i = g_list_model_get_n_items (model); i-- > 0;) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (model, i);

        if (!g_hash_table_contains (listed, vitrine_machine_get_uuid (machine)))
            vitrine_host_remove (VITRINE_HOST (self), machine);
    }
}

static void
finish_listing (LibvirtHost *self)
{
    g_autoptr (GHashTable) found = g_steal_pointer (&self->found);
    g_autoptr (GPtrArray) machines = g_ptr_array_new ();
    GHashTableIter iter;
    gpointer machine;

    g_hash_table_iter_init (&iter, found);
    while (g_hash_table_iter_next (&iter, NULL, &machine))
        g_ptr_array_add (machines, machine);
    self->listing = NULL;
    self->begun = FALSE;
    vitrine_host_add_all (VITRINE_HOST (self), machines);
    vitrine_host_set_ready (VITRINE_HOST (self), TRUE);
    release_waiters (&self->connecting, NULL);
}

/* Each one that is listed is read; the last of them ends the listing, unless that was given up. */
static void
machine_listed_cb (GTask *task, VitrineMachine *machine, const GError *error)
{
    g_autoptr (GTask) owned = task;
    LibvirtHost *self = g_task_get_source_object (task);
    guint *n_left = g_task_get_task_data (task);

    if (--*n_left > 0)
        return;
    if (self->listing == task)
        finish_listing (self);
    g_task_return_boolean (task, TRUE);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtHost *self = g_task_get_source_object (task);
    g_autoptr (GError) error = NULL;
    Listing *listing = g_task_propagate_pointer (G_TASK (result), &error);
    guint *n_left = g_task_get_task_data (task);

    if (listing == NULL || self->listing != task) {
        if (self->listing == task) {
            vitrine_host_set_problem (VITRINE_HOST (self), error->message);
            fail_listing (self, error);
        }
        g_clear_pointer (&listing, listing_free);
        g_task_return_boolean (task, FALSE);
        return;
    }
    self->limits = listing->limits;
    remove_unlisted (self, listing->uuids);
    g_clear_pointer (&self->found, g_hash_table_unref);
    self->found = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
    *n_left = listing->uuids->len + 1;
    for (guint i = 0; i < listing->uuids->len; i++)
        libvirt_host_look_at (self, g_ptr_array_index (listing->uuids, i), g_object_ref (task),
                              machine_listed_cb);
    machine_listed_cb (g_object_ref (task), NULL, NULL);
    listing_free (listing);
}

/* One listing serves all who wait, so that none of them can cancel it; TASK is its own. */
static void
list (GTask *task)
{
    LibvirtHost *self = g_task_get_source_object (task);
    const char *uri = vitrine_host_get_uri (VITRINE_HOST (self));

    self->retry_s = LIBVIRT_RETRY_S;
    self->listing = task;
    g_task_set_task_data (task, g_new0 (guint, 1), g_free);
    libvirt_host_run (self, task, LIBVIRT_READ_S, list_thread, g_strdup (uri), g_free, listed_cb);
}

/* A listing's task has its answer; an error is that no link could be had. */
static void
listing_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    LibvirtHost *self = LIBVIRT_HOST (source);
    g_autoptr (GError) error = NULL;

    g_task_propagate_boolean (G_TASK (result), &error);
    if (error == NULL)
        return;
    fail_listing (self, error);
    if (self->was_open)
        schedule_retry (self);
}

static void
begin_listing (LibvirtHost *self)
{
    if (self->begun)
        return;
    self->begun = TRUE;
    libvirt_host_with_link (self, g_task_new (self, NULL, listing_ended_cb, NULL), list);
}

static gboolean
retry_cb (gpointer user_data)
{
    LibvirtHost *self = user_data;

    self->retry_source = 0;
    begin_listing (self);
    return G_SOURCE_REMOVE;
}

static void
schedule_retry (LibvirtHost *self)
{
    g_clear_handle_id (&self->retry_source, g_source_remove);
    self->retry_source = g_timeout_add_seconds (self->retry_s, retry_cb, self);
    self->retry_s = MIN (self->retry_s * 2, LIBVIRT_RETRY_MAX_S);
}

/* --- what is asked of it ---------------------------------------------------------------------- */

static void
answer_true (GTask *task)
{
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
libvirt_host_connect_async (VitrineHost *host, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    LibvirtHost *self = LIBVIRT_HOST (host);
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    if (vitrine_host_get_ready (host) && self->open) {
        answer_true (task);
        return;
    }
    add_waiter (self->connecting, task, answer_true);
    begin_listing (self);
}

static gboolean
libvirt_host_connect_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

static void
look_up_thread (virConnectPtr connection, GTask *answer, gpointer wanted)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    virDomainPtr domain = NULL;

    if (connection != NULL && g_uuid_string_is_valid (wanted))
        domain = virDomainLookupByUUIDString (connection, wanted);
    if (connection != NULL && domain == NULL)
        domain = virDomainLookupByName (connection, wanted);
    if (domain != NULL && virDomainGetUUIDString (domain, uuid) == 0)
        g_task_return_pointer (answer, g_strdup (uuid), g_free);
    else
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                 _ ("There is no machine “%s”"), (const char *) wanted);
    if (domain != NULL)
        virDomainFree (domain);
}

static void
look_up (GTask *task)
{
    libvirt_host_run (g_task_get_source_object (task), task, LIBVIRT_READ_S, look_up_thread,
                      g_strdup (g_task_get_task_data (task)), g_free, libvirt_host_uuid_cb);
}

static void
libvirt_host_look_up_async (VitrineHost *host, const char *uuid_or_name, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (uuid_or_name), g_free);
    libvirt_host_with_link (LIBVIRT_HOST (host), task, look_up);
}

static VitrineMachine *
libvirt_host_machine_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static GPtrArray *
libvirt_host_check_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static VitrineHostLimits *
libvirt_host_dup_limits (VitrineHost *host)
{
    LibvirtHost *self = LIBVIRT_HOST (host);
    VitrineHostLimits *limits = vitrine_host_limits_copy (&self->limits);

    limits->machines_folder = g_strdup ("");
    limits->network = g_strdup (self->network);
    limits->elsewhere = self->elsewhere;
    return limits;
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
libvirt_host_dispose (GObject *object)
{
    LibvirtHost *self = LIBVIRT_HOST (object);

    g_clear_handle_id (&self->retry_source, g_source_remove);
    close_link (self);
    G_OBJECT_CLASS (libvirt_host_parent_class)->dispose (object);
}

static void
libvirt_host_finalize (GObject *object)
{
    LibvirtHost *self = LIBVIRT_HOST (object);

    g_ptr_array_unref (self->opening);
    g_ptr_array_unref (self->connecting);
    g_queue_clear (&self->queue);
    g_hash_table_unref (self->readings);
    g_clear_pointer (&self->found, g_hash_table_unref);
    G_OBJECT_CLASS (libvirt_host_parent_class)->finalize (object);
}

static void
libvirt_host_class_init (LibvirtHostClass *klass)
{
    VitrineHostClass *host_class = VITRINE_HOST_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = libvirt_host_dispose;
    G_OBJECT_CLASS (klass)->finalize = libvirt_host_finalize;
    host_class->connect_async = libvirt_host_connect_async;
    host_class->connect_finish = libvirt_host_connect_finish;
    host_class->look_up_async = libvirt_host_look_up_async;
    host_class->look_up_finish = libvirt_host_machine_finish;
    host_class->create_async = libvirt_host_create_async;
    host_class->create_finish = libvirt_host_machine_finish;
    host_class->define_async = libvirt_host_define_async;
    host_class->define_finish = libvirt_host_machine_finish;
    host_class->ask_resource_async = libvirt_host_ask_resource_async;
    host_class->check_async = libvirt_host_check_async;
    host_class->check_finish = libvirt_host_check_finish;
    host_class->get_stats_async = libvirt_host_get_stats_async;
    host_class->dup_limits = libvirt_host_dup_limits;
}

static void
libvirt_host_init (LibvirtHost *self)
{
    self->opening = g_ptr_array_new_with_free_func (waiter_free);
    self->connecting = g_ptr_array_new_with_free_func (waiter_free);
    self->readings = libvirt_host_make_readings ();
    g_queue_init (&self->queue);
    self->retry_s = LIBVIRT_RETRY_S;
}

VitrineHost *
libvirt_host_new (const char *text, GError **error)
{
    g_autoptr (LibvirtUri) uri = libvirt_uri_parse (text, error);
    g_autofree char *title = uri != NULL ? libvirt_uri_dup_title (uri) : NULL;
    LibvirtHost *self;

    if (uri == NULL)
        return NULL;
    self = g_object_new (LIBVIRT_TYPE_HOST, "uri", text, "title", title, NULL);
    self->elsewhere = *uri->host != '\0';
    self->network = libvirt_uri_is_session (uri) ? "user" : "default";
    return VITRINE_HOST (self);
}
