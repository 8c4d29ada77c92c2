/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hosts.c - all hosts, and their machines as one list.
 *
 * Theory of operation
 *
 *   Each host has its own AppMachineList, which sorts and searches; here they only stand one after the other.
 *   A section knows what was last told of it: whether its host stands before its machines, and how many those
 *   are.  A change of its list is told of as the same change further down, so that rows stay where they can.
 */
#include "app-hosts.h"

typedef struct {
    AppHosts *hosts; /* it is in */
    AppHost *host;
    AppMachineList *list; /* that is told of, or NULL */
    gboolean head;
    guint n;
} Section;

struct _AppHosts {
    GObject parent_instance;

    GPtrArray *sections;
    char *search;
    AppSort sort;
    gboolean descending;
    guint n_machines, n_running;
};

enum {
    PROP_0,
    PROP_N_MACHINES,
    PROP_N_RUNNING,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum {
    SIGNAL_STATE_CHANGED,
    SIGNAL_HOSTS_CHANGED,
    SIGNAL_HOST_STATE_CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void app_hosts_model_init (GListModelInterface *iface);

G_DEFINE_TYPE_WITH_CODE (AppHosts, app_hosts, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, app_hosts_model_init))

/* --- sections ------------------------------------------------------------------------------------ */

static guint
section_length (const Section *section)
{
    return section->n + (section->head ? 1 : 0);
}

/* Where SECTION begins. */
static guint
find_offset (AppHosts *self, const Section *section)
{
    guint offset = 0;

    for (guint i = 0; g_ptr_array_index (self->sections, i) != section; i++)
        offset += section_length (g_ptr_array_index (self->sections, i));
    return offset;
}

static void
update_head (AppHosts *self, Section *section)
{
    gboolean head = self->sections->len > 1 && (*self->search == '\0' || section->n > 0);

    if (section->head == head)
        return;
    section->head = head;
    g_list_model_items_changed (G_LIST_MODEL (self), find_offset (self, section), head ? 0 : 1,
                                head ? 1 : 0);
}

static void
update_heads (AppHosts *self)
{
    for (guint i = 0; i < self->sections->len; i++)
        update_head (self, g_ptr_array_index (self->sections, i));
}

static void
update_numbers (AppHosts *self)
{
    guint n_machines = 0, n_running = 0;

    for (guint i = 0; i < self->sections->len; i++) {
        AppMachineList *list = ((Section *) g_ptr_array_index (self->sections, i))->list;

        n_machines += list != NULL ? app_machine_list_get_n_machines (list) : 0;
        n_running += list != NULL ? app_machine_list_get_n_running (list) : 0;
    }
    g_object_freeze_notify (G_OBJECT (self));
    if (self->n_machines != n_machines) {
        self->n_machines = n_machines;
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_MACHINES]);
    }
    if (self->n_running != n_running) {
        self->n_running = n_running;
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_RUNNING]);
    }
    g_object_thaw_notify (G_OBJECT (self));
}

/* --- following them ------------------------------------------------------------------------------ */

static void
list_changed_cb (GListModel *list, guint position, guint removed, guint added, Section *section)
{
    AppHosts *self = section->hosts;

    section->n += added - removed;
    g_list_model_items_changed (G_LIST_MODEL (self),
                                find_offset (self, section) + (section->head ? 1 : 0) + position,
                                removed, added);
    update_head (self, section);
}

static void
numbers_cb (AppMachineList *list, GParamSpec *pspec, Section *section)
{
    update_numbers (section->hosts);
}

static void
state_changed_cb (AppMachineList *list, AppMachineItem *item, Section *section)
{
    g_signal_emit (section->hosts, signals[SIGNAL_STATE_CHANGED], 0, item);
}

/* Lets go of the list that was told of; nothing is told yet. */
static void
drop_list (Section *section)
{
    if (section->list != NULL)
        g_signal_handlers_disconnect_by_data (section->list, section);
    g_clear_object (&section->list);
}

/* Tells of LIST, or of none for NULL, in the place of what was told of. */
static void
set_list (AppHosts *self, Section *section, AppMachineList *list)
{
    guint before = section->n;

    drop_list (section);
    section->n = 0;
    if (list != NULL) {
        section->list = g_object_ref (list);
        app_machine_list_set_search (list, self->search);
        app_machine_list_set_sort (list, self->sort, self->descending);
        section->n = g_list_model_get_n_items (G_LIST_MODEL (list));
        g_signal_connect (list, "items-changed", G_CALLBACK (list_changed_cb), section);
        g_signal_connect (list, "notify::n-machines", G_CALLBACK (numbers_cb), section);
        g_signal_connect (list, "notify::n-running", G_CALLBACK (numbers_cb), section);
        g_signal_connect (list, "state-changed", G_CALLBACK (state_changed_cb), section);
    }
    if (before > 0 || section->n > 0)
        g_list_model_items_changed (G_LIST_MODEL (self),
                                    find_offset (self, section) + (section->head ? 1 : 0), before,
                                    section->n);
    update_head (self, section);
    update_numbers (self);
}

static void
host_list_cb (AppHost *host, GParamSpec *pspec, Section *section)
{
    AppHosts *self = section->hosts;

    set_list (self, section, app_host_get_list (host));
    g_signal_emit (self, signals[SIGNAL_HOSTS_CHANGED], 0);
}

static void
host_state_cb (AppHost *host, GParamSpec *pspec, Section *section)
{
    g_signal_emit (section->hosts, signals[SIGNAL_HOST_STATE_CHANGED], 0, host);
}

static void
section_free (gpointer data)
{
    Section *section = data;

    drop_list (section);
    g_signal_handlers_disconnect_by_data (section->host, section);
    g_object_unref (section->host);
    g_free (section);
}

void
app_hosts_add (AppHosts *self, AppHost *host)
{
    Section *section;

    g_return_if_fail (APP_IS_HOSTS (self));
    g_return_if_fail (APP_IS_HOST (host));

    section = g_new0 (Section, 1);
    section->hosts = self;
    section->host = g_object_ref (host);
    g_ptr_array_add (self->sections, section);
    g_signal_connect (host, "notify::list", G_CALLBACK (host_list_cb), section);
    g_signal_connect (host, "notify::state", G_CALLBACK (host_state_cb), section);
    update_heads (self);
    set_list (self, section, app_host_get_list (host));
    g_signal_emit (self, signals[SIGNAL_HOSTS_CHANGED], 0);
}

static Section *
find_section (AppHosts *self, AppHost *host)
{
    for (guint i = 0; i < self->sections->len; i++) {
        Section *section = g_ptr_array_index (self->sections, i);

        if (section->host == host)
            return section;
    }
    return NULL;
}

void
app_hosts_remove (AppHosts *self, AppHost *host)
{
    Section *section;
    guint offset, length;

    g_return_if_fail (APP_IS_HOSTS (self));
    section = find_section (self, host);
    g_return_if_fail (section != NULL);

    offset = find_offset (self, section);
    length = section_length (section);
    g_ptr_array_remove (self->sections, section);
    if (length > 0)
        g_list_model_items_changed (G_LIST_MODEL (self), offset, length, 0);
    update_heads (self);
    update_numbers (self);
    g_signal_emit (self, signals[SIGNAL_HOSTS_CHANGED], 0);
}

/* --- list model ---------------------------------------------------------------------------------- */

static GType
app_hosts_get_item_type (GListModel *model)
{
    return G_TYPE_OBJECT;
}

static guint
app_hosts_get_n_items (GListModel *model)
{
    AppHosts *self = APP_HOSTS (model);
    guint n = 0;

    for (guint i = 0; i < self->sections->len; i++)
        n += section_length (g_ptr_array_index (self->sections, i));
    return n;
}

static gpointer
app_hosts_get_item (GListModel *model, guint position)
{
    AppHosts *self = APP_HOSTS (model);

    for (guint i = 0; i < self->sections->len; i++) {
        const Section *section = g_ptr_array_index (self->sections, i);

        if (position >= section_length (section)) {
            position -= section_length (section);
            continue;
        }
        if (section->head && position == 0)
            return g_object_ref (section->host);
        return g_list_model_get_item (G_LIST_MODEL (section->list),
                                      position - (section->head ? 1 : 0));
    }
    return NULL;
}

static void
app_hosts_model_init (GListModelInterface *iface)
{
    iface->get_item_type = app_hosts_get_item_type;
    iface->get_n_items = app_hosts_get_n_items;
    iface->get_item = app_hosts_get_item;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_hosts_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppHosts *self = APP_HOSTS (object);

    switch (id) {
    case PROP_N_MACHINES:
        g_value_set_uint (value, self->n_machines);
        break;
    case PROP_N_RUNNING:
        g_value_set_uint (value, self->n_running);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_hosts_finalize (GObject *object)
{
    AppHosts *self = APP_HOSTS (object);

    g_ptr_array_unref (self->sections);
    g_free (self->search);
    G_OBJECT_CLASS (app_hosts_parent_class)->finalize (object);
}

static void
app_hosts_class_init (AppHostsClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = app_hosts_get_property;
    object_class->finalize = app_hosts_finalize;

    properties[PROP_N_MACHINES] = g_param_spec_uint ("n-machines", NULL, NULL, 0, G_MAXUINT, 0,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_N_RUNNING] = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);

    signals[SIGNAL_STATE_CHANGED] =
        g_signal_new ("state-changed", APP_TYPE_HOSTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, APP_TYPE_MACHINE_ITEM);
    signals[SIGNAL_HOSTS_CHANGED] = g_signal_new (
        "hosts-changed", APP_TYPE_HOSTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_HOST_STATE_CHANGED] =
        g_signal_new ("host-state-changed", APP_TYPE_HOSTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, APP_TYPE_HOST);
}

static void
app_hosts_init (AppHosts *self)
{
    self->sections = g_ptr_array_new_with_free_func (section_free);
    self->search = g_strdup ("");
}

AppHosts *
app_hosts_new (void)
{
    return g_object_new (APP_TYPE_HOSTS, NULL);
}

guint
app_hosts_get_n (AppHosts *self)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), 0);
    return self->sections->len;
}

AppHost *
app_hosts_get (AppHosts *self, guint index)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), NULL);
    g_return_val_if_fail (index < self->sections->len, NULL);
    return ((Section *) g_ptr_array_index (self->sections, index))->host;
}

AppHost *
app_hosts_get_first (AppHosts *self)
{
    return app_hosts_get (self, 0);
}

AppHost *
app_hosts_find_uri (AppHosts *self, const char *uri)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), NULL);

    for (guint i = 0; i < self->sections->len; i++) {
        AppHost *host = app_hosts_get (self, i);

        if (g_str_equal (app_host_get_uri (host), uri))
            return host;
    }
    return NULL;
}

guint
app_hosts_get_n_machines (AppHosts *self)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), 0);
    return self->n_machines;
}

guint
app_hosts_get_n_running (AppHosts *self)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), 0);
    return self->n_running;
}

AppMachineItem *
app_hosts_find (AppHosts *self, VitrineMachine *machine)
{
    AppMachineItem *item = NULL;

    g_return_val_if_fail (APP_IS_HOSTS (self), NULL);

    for (guint i = 0; i < self->sections->len && item == NULL; i++) {
        AppMachineList *list = ((Section *) g_ptr_array_index (self->sections, i))->list;

        item = list != NULL ? app_machine_list_find (list, machine) : NULL;
    }
    return item;
}

VitrineHost *
app_hosts_find_host (AppHosts *self, VitrineMachine *machine)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), NULL);

    for (guint i = 0; i < app_hosts_get_n (self); i++) {
        AppHost *host = app_hosts_get (self, i);
        AppMachineList *list = app_host_get_list (host);

        if (list != NULL && app_machine_list_find (list, machine) != NULL)
            return app_host_get_host (host);
    }
    return NULL;
}

AppMachineItem *
app_hosts_find_uuid (AppHosts *self, const char *uuid)
{
    AppMachineItem *item = NULL;

    g_return_val_if_fail (APP_IS_HOSTS (self), NULL);

    for (guint i = 0; i < self->sections->len && item == NULL; i++) {
        AppMachineList *list = ((Section *) g_ptr_array_index (self->sections, i))->list;

        item = list != NULL ? app_machine_list_find_uuid (list, uuid) : NULL;
    }
    return item;
}

void
app_hosts_set_search (AppHosts *self, const char *text)
{
    g_return_if_fail (APP_IS_HOSTS (self));
    g_return_if_fail (text != NULL);

    if (g_str_equal (self->search, text))
        return;
    g_free (self->search);
    self->search = g_strdup (text);
    for (guint i = 0; i < self->sections->len; i++) {
        AppMachineList *list = ((Section *) g_ptr_array_index (self->sections, i))->list;

        if (list != NULL)
            app_machine_list_set_search (list, text);
    }
    update_heads (self);
}

const char *
app_hosts_get_search (AppHosts *self)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), "");
    return self->search;
}

void
app_hosts_set_sort (AppHosts *self, AppSort sort, gboolean descending)
{
    g_return_if_fail (APP_IS_HOSTS (self));

    self->sort = sort;
    self->descending = descending;
    for (guint i = 0; i < self->sections->len; i++) {
        AppMachineList *list = ((Section *) g_ptr_array_index (self->sections, i))->list;

        if (list != NULL)
            app_machine_list_set_sort (list, sort, descending);
    }
}

void
app_hosts_sort_again (AppHosts *self)
{
    g_return_if_fail (APP_IS_HOSTS (self));

    for (guint i = 0; i < self->sections->len; i++) {
        AppMachineList *list = ((Section *) g_ptr_array_index (self->sections, i))->list;

        if (list != NULL)
            app_machine_list_sort_again (list);
    }
}

AppSort
app_hosts_get_sort (AppHosts *self)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), APP_SORT_NAME);
    return self->sort;
}

gboolean
app_hosts_get_descending (AppHosts *self)
{
    g_return_val_if_fail (APP_IS_HOSTS (self), FALSE);
    return self->descending;
}
