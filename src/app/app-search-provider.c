/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-search-provider.c - machines among the results of the desktop's search.
 *
 * Theory of operation
 *
 *   The desktop starts us without a window when its user begins to search.  This computer's machines are then
 *   listed, which needs no window, and what was asked meanwhile waits for that; of other hosts only those are
 *   searched that are connected already, as a search is no reason to call another computer.  A result may be older than
 *   this process, so who asks about one, or chooses it, waits for the list as well.
 *
 *   A result is a machine, known by its UUID, which is opened; a machine that can be started is another result,
 *   with START_PREFIX before it, which starts and opens it.  Ids come from outside: one that is no machine's is
 *   left out.
 */
#include "app-search-provider.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-application.h"
#include "app-format.h"
#include "app-search-dbus.h"

#define OBJECT_PATH  "/org/vitrine/Vitrine/SearchProvider"
#define START_PREFIX "start:"
#define RESULTS_MAX  20 /* more than any desktop shows */
#define TERMS_MAX    16
#define LINGER_S     30 /* without a window, after the last question */

/* Replies to a question, with what it came with. */
typedef void (*Answer) (AppSearchProvider *self, GDBusMethodInvocation *invocation,
                        GVariant *arguments);

typedef struct {
    GDBusMethodInvocation *invocation; /* the answer takes it over */
    Answer answer;
} Question;

struct _AppSearchProvider {
    GObject parent_instance;

    AppHosts *hosts;
    AppSearchProvider2 *skeleton;
    GPtrArray *waiting; /* of Question, for the list of machines */
    guint linger;       /* the timer while this holds the application, or 0 */
};

enum {
    SIGNAL_OPEN,
    SIGNAL_SEARCH,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppSearchProvider, app_search_provider, G_TYPE_OBJECT)

/* --- searching ----------------------------------------------------------------------------------- */

/* Whether TERM is in TEXT, however it is written. */
static gboolean
contains (const char *text, const char *term)
{
    g_autofree char *folded_text = g_utf8_casefold (text, -1);
    g_autofree char *folded_term = g_utf8_casefold (term, -1);

    return strstr (folded_text, folded_term) != NULL;
}

/* The name of the result that starts the machine NAME. */
static char *
dup_start_name (const char *name)
{
    return g_strdup_printf (_ ("Start “%s”"), name);
}

/* Whether a word of what starting is called begins with TERM. */
static gboolean
means_start (const char *term)
{
    g_autofree char *phrase = dup_start_name ("");
    g_auto (GStrv) words = g_str_tokenize_and_fold (phrase, NULL, NULL);
    g_auto (GStrv) terms = g_str_tokenize_and_fold (term, NULL, NULL);

    if (terms[0] == NULL || terms[1] != NULL)
        return FALSE;
    for (guint i = 0; words[i] != NULL; i++)
        if (g_str_has_prefix (words[i], terms[0]))
            return TRUE;
    return FALSE;
}

static void
search_item (AppMachineItem *item, const char *const *terms, GPtrArray *open, GPtrArray *start)
{
    const char *uuid = vitrine_machine_get_uuid (app_machine_item_get_machine (item));
    guint n = 0, n_named = 0;

    for (; terms[n] != NULL && n < TERMS_MAX; n++) {
        gboolean is_named = contains (app_machine_item_get_name (item), terms[n]);

        if (!is_named && !means_start (terms[n]))
            return;
        n_named += is_named;
    }
    if (n_named == 0) /* what starting is called is in no machine's name */
        return;
    if (n_named == n)
        g_ptr_array_add (open, g_strdup (uuid));
    if (app_machine_item_can (item, VITRINE_ACTION_START))
        g_ptr_array_add (start, g_strconcat (START_PREFIX, uuid, NULL));
}

/* Ids, machines before what starts them.  (transfer full) */
static char **
search (AppSearchProvider *self, const char *const *terms)
{
    GPtrArray *open = g_ptr_array_new ();
    g_autoptr (GPtrArray) start = g_ptr_array_new ();

    for (guint i = 0; i < app_hosts_get_n (self->hosts); i++) {
        VitrineHost *host = app_host_get_host (app_hosts_get (self->hosts, i));
        guint n = host != NULL ? g_list_model_get_n_items (G_LIST_MODEL (host)) : 0;

        for (guint j = 0; j < n; j++) {
            g_autoptr (VitrineMachine) machine = g_list_model_get_item (G_LIST_MODEL (host), j);
            AppMachineItem *item = app_hosts_find (self->hosts, machine);

            if (item != NULL)
                search_item (item, terms, open, start);
        }
    }
    g_ptr_array_extend_and_steal (open, g_steal_pointer (&start));
    while (open->len > RESULTS_MAX)
        g_free (g_ptr_array_steal_index (open, open->len - 1));
    g_ptr_array_add (open, NULL);
    return (char **) g_ptr_array_free (open, FALSE);
}

/* The machine of a result's ID, or NULL; STARTS: it is to be started. */
static AppMachineItem *
find (AppSearchProvider *self, const char *id, gboolean *starts)
{
    *starts = g_str_has_prefix (id, START_PREFIX);
    return app_hosts_find_uuid (self->hosts, *starts ? id + strlen (START_PREFIX) : id);
}

static GVariant *
describe (AppMachineItem *item, const char *id, gboolean starts)
{
    g_autofree char *facts = app_format_facts (app_machine_item_get_machine (item));
    g_autofree char *start_name = dup_start_name (app_machine_item_get_name (item));
    g_autofree char *description = g_strdup_printf (
        "%s · %s", app_format_state (app_machine_item_get_state (item)), facts);
    g_autoptr (GIcon) icon =
        g_themed_icon_new (starts ? "media-playback-start-symbolic" : APP_ICON_NAME);
    g_autofree char *icon_text = g_icon_to_string (icon);
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_string (id));
    g_variant_builder_add (
        &builder, "{sv}", "name",
        g_variant_new_string (starts ? start_name : app_machine_item_get_name (item)));
    g_variant_builder_add (&builder, "{sv}", "description", g_variant_new_string (description));
    g_variant_builder_add (&builder, "{sv}", "gicon", g_variant_new_string (icon_text));
    return g_variant_builder_end (&builder);
}

/* --- staying ------------------------------------------------------------------------------------- */

static gboolean
linger_cb (gpointer user_data)
{
    AppSearchProvider *self = user_data;

    if (self->waiting->len > 0)
        return G_SOURCE_CONTINUE;
    self->linger = 0;
    g_application_release (g_application_get_default ());
    return G_SOURCE_REMOVE;
}

/* Who types asks again with each letter: an application without a window would end in between. */
static void
stay_a_while (AppSearchProvider *self)
{
    GApplication *application = g_application_get_default ();

    if (self->linger != 0)
        g_source_remove (self->linger);
    else if (gtk_application_get_windows (GTK_APPLICATION (application)) == NULL)
        g_application_hold (application);
    else
        return;
    self->linger = g_timeout_add_seconds (LINGER_S, linger_cb, self);
}

/* --- answering ----------------------------------------------------------------------------------- */

static void
answer_all (AppSearchProvider *self)
{
    g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

    self->waiting = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < waiting->len; i++) {
        const Question *question = g_ptr_array_index (waiting, i);

        question->answer (self, question->invocation,
                          g_dbus_method_invocation_get_parameters (question->invocation));
    }
}

static void
host_state_cb (AppSearchProvider *self)
{
    AppHostState state = app_host_get_state (app_hosts_get_first (self->hosts));

    if (state != APP_HOST_CONNECTING)
        answer_all (self);
}

/* Has ANSWER reply to INVOCATION once the machines are listed; TRUE, as it is taken care of. */
static gboolean
answer_when_listed (AppSearchProvider *self, GDBusMethodInvocation *invocation, Answer answer)
{
    AppHost *first = app_hosts_get_first (self->hosts);
    Question *question;

    stay_a_while (self);
    if (app_host_get_state (first) == APP_HOST_CONNECTED) {
        answer (self, invocation, g_dbus_method_invocation_get_parameters (invocation));
        return TRUE;
    }
    question = g_new (Question, 1);
    *question = (Question){ invocation, answer };
    g_ptr_array_add (self->waiting, question);
    app_host_connect (first); /* nothing new where that is under way */
    return TRUE;
}

static void
answer_search (AppSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
    gsize last = g_variant_n_children (arguments) - 1; /* the terms, of both that search */
    g_autoptr (GVariant) value = g_variant_get_child_value (arguments, last);
    g_autofree const char **terms = g_variant_get_strv (value, NULL);
    g_auto (GStrv) results = search (self, terms);

    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(^as)", (const char *const *) results));
}

static gboolean
search_cb (AppSearchProvider *self, GDBusMethodInvocation *invocation)
{
    return answer_when_listed (self, invocation, answer_search);
}

static void
answer_metas (AppSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
    g_autofree const char **ids = NULL;
    GVariantBuilder builder;

    g_variant_get (arguments, "(^a&s)", &ids);
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (guint i = 0; ids[i] != NULL && i < 2 * RESULTS_MAX; i++) {
        gboolean starts;
        AppMachineItem *item = find (self, ids[i], &starts);

        if (item != NULL)
            g_variant_builder_add_value (&builder, describe (item, ids[i], starts));
    }
    app_search_provider2_complete_get_result_metas (self->skeleton, invocation,
                                                    g_variant_builder_end (&builder));
}

static gboolean
metas_cb (AppSearchProvider *self, GDBusMethodInvocation *invocation)
{
    return answer_when_listed (self, invocation, answer_metas);
}

static void
answer_activate (AppSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
    g_autofree const char **terms = NULL;
    g_autofree char *text = NULL;
    AppMachineItem *item;
    gboolean starts;
    const char *id;

    g_variant_get (arguments, "(&s^a&su)", &id, &terms, NULL);
    text = g_strjoinv (" ", (char **) terms);
    item = find (self, id, &starts);
    if (item != NULL)
        g_signal_emit (self, signals[SIGNAL_OPEN], 0, item, starts);
    else /* it was deleted meanwhile */
        g_signal_emit (self, signals[SIGNAL_SEARCH], 0, text);
    app_search_provider2_complete_activate_result (self->skeleton, invocation);
}

static gboolean
activate_cb (AppSearchProvider *self, GDBusMethodInvocation *invocation)
{
    return answer_when_listed (self, invocation, answer_activate);
}

static gboolean
launch_cb (AppSearchProvider *self, GDBusMethodInvocation *invocation, const char *const *terms,
           guint timestamp)
{
    g_autofree char *text = g_strjoinv (" ", (char **) terms);

    g_signal_emit (self, signals[SIGNAL_SEARCH], 0, text);
    app_search_provider2_complete_launch_search (self->skeleton, invocation);
    return TRUE;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_search_provider_dispose (GObject *object)
{
    AppSearchProvider *self = APP_SEARCH_PROVIDER (object);

    if (self->skeleton != NULL)
        g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
    g_clear_object (&self->skeleton);
    g_clear_handle_id (&self->linger, g_source_remove);
    g_clear_pointer (&self->waiting, g_ptr_array_unref);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_search_provider_parent_class)->dispose (object);
}

static void
app_search_provider_class_init (AppSearchProviderClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_search_provider_dispose;

    signals[SIGNAL_OPEN] =
        g_signal_new ("open", APP_TYPE_SEARCH_PROVIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, APP_TYPE_MACHINE_ITEM, G_TYPE_BOOLEAN);
    signals[SIGNAL_SEARCH] =
        g_signal_new ("search", APP_TYPE_SEARCH_PROVIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
app_search_provider_init (AppSearchProvider *self)
{
    self->waiting = g_ptr_array_new_with_free_func (g_free);
    self->skeleton = app_search_provider2_skeleton_new ();
    g_signal_connect_object (self->skeleton, "handle-get-initial-result-set",
                             G_CALLBACK (search_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->skeleton, "handle-get-subsearch-result-set",
                             G_CALLBACK (search_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->skeleton, "handle-get-result-metas", G_CALLBACK (metas_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->skeleton, "handle-activate-result", G_CALLBACK (activate_cb),
                             self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->skeleton, "handle-launch-search", G_CALLBACK (launch_cb), self,
                             G_CONNECT_SWAPPED);
}

AppSearchProvider *
app_search_provider_new (AppHosts *hosts, GDBusConnection *bus, GError **error)
{
    g_autoptr (AppSearchProvider) self = g_object_new (APP_TYPE_SEARCH_PROVIDER, NULL);

    self->hosts = g_object_ref (hosts);
    if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), bus,
                                           OBJECT_PATH, error))
        return NULL;
    g_signal_connect_object (hosts, "host-state-changed", G_CALLBACK (host_state_cb), self,
                             G_CONNECT_SWAPPED);
    return g_steal_pointer (&self);
}
