/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-networks.c - the networks of a host: those it has itself, or, of this computer's own engine, this computer's.
 *
 * This computer's are files, which are read and written at once; only starting and stopping take their time.
 */
#include "app-networks.h"

#include <glib/gi18n.h>
#include <string.h>

/* --- reading ------------------------------------------------------------------------------------- */

static void
answer_array (GTask *task, GPtrArray *array, GError *error)
{
    if (array != NULL)
        g_task_return_pointer (task, array, (GDestroyNotify) g_ptr_array_unref);
    else
        g_task_return_error (task, error);
}

static void
array_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    GPtrArray *array = vitrine_host_list_resources_finish (VITRINE_HOST (source), result, &error);

    answer_array (task, array, error);
}

/* OWN reads what this computer's own engine has of it. */
static void
read_async (VitrineHost *host, const VitrineResourceRequest *request,
            GPtrArray *(*own) (const char *name, GError **error), GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    GError *error = NULL;
    GPtrArray *array;

    if (vitrine_host_has_resources (host)) {
        vitrine_host_ask_resource_async (host, request, cancellable, array_cb,
                                         g_steal_pointer (&task));
        return;
    }
    array = own (request->parent, &error);
    answer_array (task, array, error);
}

void
app_networks_list_async (VitrineHost *host, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK };

    read_async (host, &request, vitrine_network_list, cancellable, callback, user_data);
}

GPtrArray *
app_networks_list_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

void
app_networks_leases_async (VitrineHost *host, const char *name, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_LEASE, .parent = name };

    read_async (host, &request, vitrine_network_leases, cancellable, callback, user_data);
}

GPtrArray *
app_networks_leases_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- changing ------------------------------------------------------------------------------------ */

static void
answer_boolean (GTask *task, gboolean done, GError *error)
{
    if (done)
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    gboolean done = vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, &error);

    answer_boolean (task, done, error);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    gboolean done = vitrine_network_start_finish (result, &error);

    answer_boolean (task, done, error);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    gboolean done = vitrine_network_stop_finish (result, &error);

    answer_boolean (task, done, error);
}

void
app_networks_act_async (VitrineHost *host, VitrineResourceAction action, const char *name,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = action,
                                             .name = name };
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    GError *error = NULL;
    gboolean done;

    if (vitrine_host_has_resources (host)) {
        vitrine_host_ask_resource_async (host, &request, cancellable, asked_cb, task);
    } else if (action == VITRINE_RESOURCE_START) {
        vitrine_network_start_async (name, cancellable, started_cb, task);
    } else if (action == VITRINE_RESOURCE_STOP) {
        vitrine_network_stop_async (name, cancellable, stopped_cb, task);
    } else {
        done = vitrine_network_delete (name, &error);
        answer_boolean (task, done, error);
        g_object_unref (task);
    }
}

/* What was defined is to start with the first machine that needs it. */
static void
defined_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    const char *name = g_task_get_task_data (task);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = VITRINE_RESOURCE_AUTOSTART,
                                             .name = name };
    GCancellable *cancellable = g_task_get_cancellable (task);
    GError *error = NULL;
    gboolean done = vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, &error);

    if (done && name != NULL)
        vitrine_host_ask_resource_async (VITRINE_HOST (source), &request, cancellable, asked_cb,
                                         g_steal_pointer (&task));
    else
        answer_boolean (task, done, error);
}

void
app_networks_create_async (VitrineHost *host, const VitrineNetworkSpec *spec, GPtrArray *known,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                       .action = VITRINE_RESOURCE_DEFINE };
    g_autofree char *xml = NULL;
    GError *error = NULL;
    gboolean done;

    if (!vitrine_host_has_resources (host)) {
        done = vitrine_network_create (spec, &error);
        answer_boolean (task, done, error);
        return;
    }
    xml = vitrine_network_spec_to_xml (spec, known, &error);
    if (xml == NULL) {
        g_task_return_error (task, error);
        return;
    }
    request.xml = xml;
    if (spec->autostart)
        g_task_set_task_data (task, g_strdup (spec->name), g_free);
    vitrine_host_ask_resource_async (host, &request, cancellable, defined_cb,
                                     g_steal_pointer (&task));
}

gboolean
app_networks_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- words --------------------------------------------------------------------------------------- */

static const struct {
    const char *mode, *title, *meaning;
} modes[] = {
    { "nat", N_ ("NAT"), N_ ("Guests reach out under this computer’s address; nobody reaches in") },
    { "routed", N_ ("Routed"),
      N_ ("Guests reach out, and are reached, under addresses of their own") },
    { "isolated", N_ ("Isolated"),
      N_ ("Guests reach each other and this computer, and nothing else") },
    { "bridged", N_ ("Bridged"),
      N_ ("Guests are on the network of the bridge, as this computer is") },
};

const char *
app_networks_format_mode (const char *mode)
{
    for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
        if (g_str_equal (modes[i].mode, mode))
            return _ (modes[i].title);
    return mode;
}

const char *
app_networks_describe_mode (const char *mode)
{
    for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
        if (g_strcmp0 (modes[i].mode, mode) == 0)
            return _ (modes[i].meaning);
    return "";
}

gboolean
app_networks_parse_source (const char *source, char **name, char **mac)
{
    const char *space = strrchr (source, ' ');

    if (!g_str_has_prefix (source, "network ") || space == NULL
        || space <= source + strlen ("network"))
        return FALSE;
    *name = g_strndup (source + strlen ("network "), space - source - strlen ("network "));
    *mac = g_strdup (space + 1);
    return TRUE;
}
