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

/* --- editing ------------------------------------------------------------------------------------- */

/* What is to become of a network of a host's own. */
typedef struct {
    char *name;
    VitrineNetworkSpec spec;         /* its strings are its own */
    VitrineResourceAction autostart; /* LIST: as it is */
} Edit;

static void
edit_free (gpointer data)
{
    Edit *edit = data;

    g_free (edit->name);
    g_free ((char *) edit->spec.mode);
    g_free ((char *) edit->spec.subnet);
    g_free ((char *) edit->spec.dhcp);
    g_free ((char *) edit->spec.ipv6);
    g_free ((char *) edit->spec.domain);
    g_free ((char *) edit->spec.bridge);
    g_free ((char *) edit->spec.uplink);
    g_free (edit);
}

static Edit *
edit_new (const char *name, const VitrineNetworkSpec *spec)
{
    Edit *edit = g_new0 (Edit, 1);

    edit->name = g_strdup (name);
    edit->spec.mode = g_strdup (spec->mode);
    edit->spec.subnet = g_strdup (spec->subnet);
    edit->spec.dhcp = g_strdup (spec->dhcp);
    edit->spec.ipv6 = g_strdup (spec->ipv6);
    edit->spec.domain = g_strdup (spec->domain);
    edit->spec.bridge = g_strdup (spec->bridge);
    edit->spec.uplink = g_strdup (spec->uplink);
    return edit;
}

/* Takes TASK over. */
static void
edit_autostart (VitrineHost *host, GTask *task)
{
    const Edit *edit = g_task_get_task_data (task);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = edit->autostart,
                                             .name = edit->name };

    if (edit->autostart == VITRINE_RESOURCE_LIST) {
        answer_boolean (task, TRUE, NULL);
        g_object_unref (task);
    } else {
        vitrine_host_ask_resource_async (host, &request, g_task_get_cancellable (task), asked_cb,
                                         task);
    }
}

static void
replaced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, &error))
        edit_autostart (VITRINE_HOST (source), g_steal_pointer (&task));
    else
        answer_boolean (task, FALSE, error);
}

static void
dumped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    const Edit *edit = g_task_get_task_data (task);
    GError *error = NULL;
    g_autofree char *text =
        vitrine_host_dump_resource_finish (VITRINE_HOST (source), result, &error);
    g_autofree char *xml =
        text != NULL ? vitrine_network_edit_xml (text, &edit->spec, &error) : NULL;
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = VITRINE_RESOURCE_REPLACE,
                                             .name = edit->name,
                                             .xml = xml };
    GCancellable *cancellable = g_task_get_cancellable (task);

    if (xml != NULL)
        vitrine_host_ask_resource_async (VITRINE_HOST (source), &request, cancellable, replaced_cb,
                                         g_steal_pointer (&task));
    else
        answer_boolean (task, FALSE, error);
}

/* This computer's are files. */
static gboolean
edit_own (const VitrineNetworkInfo *info, const VitrineNetworkSpec *spec, gboolean autostart,
          GError **error)
{
    g_autofree char *text = vitrine_network_dup_xml (info->name, error);
    g_autofree char *xml = text != NULL ? vitrine_network_edit_xml (text, spec, error) : NULL;

    return xml != NULL
           && (!vitrine_network_spec_says_anything (spec)
               || vitrine_network_replace (info->name, xml, error))
           && (autostart == info->autostart
               || vitrine_network_set_autostart (info->name, autostart, error));
}

void
app_networks_edit_async (VitrineHost *host, const VitrineNetworkInfo *info,
                         const VitrineNetworkSpec *spec, gboolean autostart,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = VITRINE_RESOURCE_DUMP,
                                             .name = info->name };
    Edit *edit = edit_new (info->name, spec);
    GError *error = NULL;
    gboolean done;

    g_task_set_task_data (task, edit, edit_free);
    if (autostart != info->autostart)
        edit->autostart = autostart ? VITRINE_RESOURCE_AUTOSTART : VITRINE_RESOURCE_NO_AUTOSTART;
    if (!vitrine_host_has_resources (host)) {
        done = edit_own (info, spec, autostart, &error);
        answer_boolean (task, done, error);
    } else if (vitrine_network_spec_says_anything (spec)) {
        vitrine_host_ask_resource_async (host, &request, cancellable, dumped_cb,
                                         g_steal_pointer (&task));
    } else {
        edit_autostart (host, g_steal_pointer (&task));
    }
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
