/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-resource.c - what is asked of networks, pools and volumes, and how that is answered. */
#include "libvirt-resource.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-tree.h"
#include "vitrine-private.h"

#define LONG_S  (24 * 60 * 60) /* a host that dies is noticed by its pulse */
#define TELL_MS 200

void
libvirt_resource_answer (GTask *answer, gboolean done, const char *name)
{
    GError *error = NULL;

    if (done) {
        g_task_return_boolean (answer, TRUE);
        return;
    }
    libvirt_error_take (name, &error);
    g_task_return_error (answer, error);
}

void
libvirt_resource_answer_list (GTask *answer, GPtrArray *list)
{
    g_task_return_pointer (answer, list, (GDestroyNotify) g_ptr_array_unref);
}

void
libvirt_resource_answer_text (GTask *answer, char *text, const char *name)
{
    GError *error = NULL;

    if (text == NULL) {
        libvirt_error_take (name, &error);
        g_task_return_error (answer, error);
        return;
    }
    g_task_return_pointer (answer, g_strdup (text), g_free);
    free (text);
}

char *
libvirt_resource_dup_name (GTask *answer, const char *xml, const char *root)
{
    GError *error = NULL;
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, root, &error);

    if (document != NULL)
        return libvirt_tree_dup_text (
            libvirt_tree_find_child (xmlDocGetRootElement (document), "name"));
    g_task_return_error (answer, error);
    return NULL;
}

/* --- one that is asked ------------------------------------------------------------------------- */

/* The thread that is given up goes on, and may count on what it counts in. */
typedef struct {
    VitrineResourceRequest *request;
    int *done; /* an atomic box; NULL: nobody asks how far it is */
    int told;
    guint timer;
} Asking;

static Asking *
asking_new (const VitrineResourceRequest *request, int *done)
{
    Asking *asking = g_new0 (Asking, 1);

    asking->request = vitrine_resource_request_copy (request);
    asking->done = done != NULL ? g_atomic_rc_box_acquire (done) : NULL;
    return asking;
}

static void
asking_free (gpointer data)
{
    Asking *asking = data;

    g_clear_handle_id (&asking->timer, g_source_remove);
    vitrine_resource_request_free (asking->request);
    if (asking->done != NULL)
        g_atomic_rc_box_release (asking->done);
    g_free (asking);
}

static gboolean
tell_cb (gpointer data)
{
    Asking *asking = data;
    int done = g_atomic_int_get (asking->done);

    if (done != asking->told)
        asking->request->progress ((double) done / LIBVIRT_RESOURCE_PARTS,
                                   asking->request->progress_data);
    asking->told = done;
    return G_SOURCE_CONTINUE;
}

static void
ask_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    const Asking *asking = data;
    const VitrineResourceRequest *request = asking->request;

    if (connection == NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("The host is not connected"));
    else if (request->kind == VITRINE_RESOURCE_POOL)
        libvirt_pool_ask (connection, request, answer);
    else if (request->kind == VITRINE_RESOURCE_VOLUME)
        libvirt_volume_ask (connection, request, answer, asking->done);
    else
        libvirt_network_ask (connection, request, answer);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Asking *asking = g_task_get_task_data (task);
    const VitrineResourceRequest *request = asking->request;
    GError *error = NULL;
    gpointer pointer = NULL;

    g_clear_handle_id (&asking->timer, g_source_remove);
    if (request->action == VITRINE_RESOURCE_LIST || request->action == VITRINE_RESOURCE_DUMP)
        pointer = g_task_propagate_pointer (G_TASK (result), &error);
    else
        g_task_propagate_boolean (G_TASK (result), &error);
    if (error != NULL)
        g_task_return_error (task, error);
    else if (request->action == VITRINE_RESOURCE_LIST)
        libvirt_resource_answer_list (task, pointer);
    else if (request->action == VITRINE_RESOURCE_DUMP)
        g_task_return_pointer (task, pointer, g_free);
    else
        g_task_return_boolean (task, TRUE);
}

/* An image that takes its space beforehand, a file system that is made: they take as long as they take. */
static gboolean
is_long (const VitrineResourceRequest *request)
{
    return request->action == VITRINE_RESOURCE_BUILD
           || (request->kind == VITRINE_RESOURCE_VOLUME
               && (request->action == VITRINE_RESOURCE_DEFINE
                   || request->action == VITRINE_RESOURCE_CLONE
                   || request->action == VITRINE_RESOURCE_RESIZE
                   || request->action == VITRINE_RESOURCE_DELETE));
}

static void
ask (GTask *task)
{
    Asking *asking = g_task_get_task_data (task);
    const VitrineResourceRequest *request = asking->request;

    if (asking->done != NULL)
        asking->timer = g_timeout_add (TELL_MS, tell_cb, asking);
    libvirt_host_run (g_task_get_source_object (task), task,
                      is_long (request) ? LONG_S : LIBVIRT_ACTION_S, ask_thread,
                      asking_new (request, asking->done), asking_free, asked_cb);
}

void
libvirt_host_ask_resource_async (VitrineHost *host, const VitrineResourceRequest *request,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    int *done = request->progress != NULL ? g_atomic_rc_box_new0 (int) : NULL;

    g_task_set_check_cancellable (task, FALSE); /* what was done is done */
    g_task_set_task_data (task, asking_new (request, done), asking_free);
    if (done != NULL)
        g_atomic_rc_box_release (done);
    libvirt_host_with_link (LIBVIRT_HOST (host), task, ask);
}
