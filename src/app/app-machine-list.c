/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-list.c - the machines of a host in the order and choice the user asked for.
 *
 * Theory of operation
 *
 *   "entries" has one entry for each machine of the host, keyed by the machine: the item and the two
 *   strings that sorting and searching need, each made once.  "shown" is the sorted array that the model
 *   gives out.  A machine that comes, goes, is renamed or (sorted by it) changes state moves alone, by
 *   one removal and one insertion, so that five hundred others keep their rows; only a new search text
 *   or order rebuilds the array.
 */
#include "app-machine-list.h"

#include "app-format.h"

struct _AppMachineList {
    GObject parent_instance;

    VitrineHost *host;
    GHashTable *entries; /* VitrineMachine → AppMachineEntry, owns both */
    GPtrArray *machines; /* the host's, in its order, to know which one went */
    GPtrArray *shown;    /* AppMachineEntry, borrowed */
    char *search;        /* as typed */
    char *search_key;    /* folded */
    AppSort sort;
    gboolean descending;
    guint n_running;
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
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void app_machine_list_model_init (GListModelInterface *iface);

G_DEFINE_TYPE_WITH_CODE (AppMachineList, app_machine_list, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, app_machine_list_model_init))

/* --- the sorted array ---------------------------------------------------------------------------- */

static int
compare (const AppMachineList *self, const AppMachineEntry *a, const AppMachineEntry *b)
{
    return app_machine_entry_compare (a, b, self->sort, self->descending);
}

static int
compare_pointers (gconstpointer a, gconstpointer b, gpointer user_data)
{
    return compare (user_data, *(AppMachineEntry *const *) a, *(AppMachineEntry *const *) b);
}

static void
show_entry (AppMachineList *self, AppMachineEntry *entry)
{
    guint low = 0, high = self->shown->len;

    if (!app_machine_entry_matches (entry, self->search_key))
        return;
    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (compare (self, g_ptr_array_index (self->shown, middle), entry) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    g_ptr_array_insert (self->shown, (int) low, entry);
    g_list_model_items_changed (G_LIST_MODEL (self), low, 0, 1);
}

static void
hide_entry (AppMachineList *self, AppMachineEntry *entry)
{
    guint position;

    if (!g_ptr_array_find (self->shown, entry, &position))
        return;
    g_ptr_array_remove_index (self->shown, position);
    g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

/* Whether the neighbours of ENTRY at POSITION still are in order with it. */
static gboolean
entry_is_in_place (AppMachineList *self, AppMachineEntry *entry, guint position)
{
    GPtrArray *shown = self->shown;

    return app_machine_entry_matches (entry, self->search_key)
           && (position == 0 || compare (self, g_ptr_array_index (shown, position - 1), entry) <= 0)
           && (position + 1 >= shown->len
               || compare (self, entry, g_ptr_array_index (shown, position + 1)) <= 0);
}

static void
move_entry (AppMachineList *self, AppMachineEntry *entry)
{
    guint position;

    if (g_ptr_array_find (self->shown, entry, &position)
        && entry_is_in_place (self, entry, position))
        return;
    hide_entry (self, entry);
    show_entry (self, entry);
}

static void
take_loads (AppMachineList *self)
{
    GHashTableIter iter;
    gpointer entry;

    g_hash_table_iter_init (&iter, self->entries);
    while (g_hash_table_iter_next (&iter, NULL, &entry))
        app_machine_entry_take_load (entry);
}

static gboolean
is_sorted (AppMachineList *self)
{
    for (guint i = 1; i < self->shown->len; i++)
        if (compare (self, g_ptr_array_index (self->shown, i - 1),
                     g_ptr_array_index (self->shown, i))
            > 0)
            return FALSE;
    return TRUE;
}

static void
rebuild (AppMachineList *self)
{
    guint before = self->shown->len;
    GHashTableIter iter;
    gpointer entry;

    g_ptr_array_set_size (self->shown, 0);
    g_hash_table_iter_init (&iter, self->entries);
    while (g_hash_table_iter_next (&iter, NULL, &entry)) {
        if (app_machine_entry_matches (entry, self->search_key))
            g_ptr_array_add (self->shown, entry);
    }
    g_ptr_array_sort_with_data (self->shown, compare_pointers, self);
    g_list_model_items_changed (G_LIST_MODEL (self), 0, before, self->shown->len);
}

/* --- following the host -------------------------------------------------------------------------- */

static void
set_n_running (AppMachineList *self, guint n_running)
{
    if (self->n_running == n_running)
        return;
    self->n_running = n_running;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_RUNNING]);
}

static void
state_cb (VitrineMachine *machine, GParamSpec *pspec, AppMachineList *self)
{
    AppMachineEntry *entry = g_hash_table_lookup (self->entries, machine);
    gboolean running = app_state_is_live (vitrine_machine_get_state (machine));

    g_assert (entry != NULL);
    if (self->sort == APP_SORT_STATE)
        move_entry (self, entry);
    if (running != entry->running) {
        entry->running = running;
        set_n_running (self, running ? self->n_running + 1 : self->n_running - 1);
    }
    g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0, entry->item);
}

static void
start_time_cb (VitrineMachine *machine, GParamSpec *pspec, AppMachineList *self)
{
    if (self->sort == APP_SORT_STARTED)
        move_entry (self, g_hash_table_lookup (self->entries, machine));
}

static void
name_cb (VitrineMachine *machine, GParamSpec *pspec, AppMachineList *self)
{
    AppMachineEntry *entry = g_hash_table_lookup (self->entries, machine);

    g_assert (entry != NULL);
    app_machine_entry_set_name (entry, vitrine_machine_get_name (machine));
    move_entry (self, entry);
}

/* Takes MACHINE over; does not show it yet. */
static AppMachineEntry *
add_machine (AppMachineList *self, VitrineMachine *machine)
{
    AppMachineEntry *entry = app_machine_entry_new (machine);

    g_hash_table_insert (self->entries, g_object_ref (machine), entry);
    g_signal_connect_object (machine, "notify::state", G_CALLBACK (state_cb), self, 0);
    g_signal_connect_object (machine, "notify::start-time", G_CALLBACK (start_time_cb), self, 0);
    g_signal_connect_object (machine, "notify::name", G_CALLBACK (name_cb), self, 0);
    if (entry->running)
        set_n_running (self, self->n_running + 1);
    return entry;
}

static void
remove_machine (AppMachineList *self, VitrineMachine *machine)
{
    AppMachineEntry *entry = g_hash_table_lookup (self->entries, machine);

    g_assert (entry != NULL);
    g_signal_handlers_disconnect_by_data (machine, self);
    hide_entry (self, entry);
    if (entry->running)
        set_n_running (self, self->n_running - 1);
    g_hash_table_remove (self->entries, machine);
}

static void
host_changed_cb (GListModel *host, guint position, guint removed, guint added, AppMachineList *self)
{
    gboolean was_empty = self->machines->len == 0;

    /* How many run is told once, not for each. */
    g_object_freeze_notify (G_OBJECT (self));
    for (guint i = 0; i < removed; i++)
        remove_machine (self, g_ptr_array_index (self->machines, position + i));
    if (removed > 0)
        g_ptr_array_remove_range (self->machines, position, removed);
    for (guint i = 0; i < added; i++) {
        VitrineMachine *machine = g_list_model_get_item (host, position + i);
        AppMachineEntry *entry = add_machine (self, machine);

        g_ptr_array_insert (self->machines, (int) (position + i), machine);
        g_object_unref (machine);
        if (!was_empty)
            show_entry (self, entry);
    }
    /* The first listing, of hundreds perhaps, is sorted and told of at once. */
    if (was_empty && added > 0)
        rebuild (self);
    if (removed != added)
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_MACHINES]);
    g_object_thaw_notify (G_OBJECT (self));
}

/* --- list model ---------------------------------------------------------------------------------- */

static GType
app_machine_list_get_item_type (GListModel *model)
{
    return APP_TYPE_MACHINE_ITEM;
}

static guint
app_machine_list_get_n_items (GListModel *model)
{
    return APP_MACHINE_LIST (model)->shown->len;
}

static gpointer
app_machine_list_get_item (GListModel *model, guint position)
{
    AppMachineList *self = APP_MACHINE_LIST (model);
    AppMachineEntry *entry;

    if (position >= self->shown->len)
        return NULL;
    entry = g_ptr_array_index (self->shown, position);
    return g_object_ref (entry->item);
}

static void
app_machine_list_model_init (GListModelInterface *iface)
{
    iface->get_item_type = app_machine_list_get_item_type;
    iface->get_n_items = app_machine_list_get_n_items;
    iface->get_item = app_machine_list_get_item;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_machine_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppMachineList *self = APP_MACHINE_LIST (object);

    switch (id) {
    case PROP_N_MACHINES:
        g_value_set_uint (value, self->machines->len);
        break;
    case PROP_N_RUNNING:
        g_value_set_uint (value, self->n_running);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_machine_list_finalize (GObject *object)
{
    AppMachineList *self = APP_MACHINE_LIST (object);

    g_ptr_array_unref (self->shown);
    g_hash_table_unref (self->entries);
    g_ptr_array_unref (self->machines);
    g_clear_object (&self->host);
    g_free (self->search);
    g_free (self->search_key);
    G_OBJECT_CLASS (app_machine_list_parent_class)->finalize (object);
}

static void
app_machine_list_class_init (AppMachineListClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = app_machine_list_get_property;
    object_class->finalize = app_machine_list_finalize;

    properties[PROP_N_MACHINES] = g_param_spec_uint ("n-machines", NULL, NULL, 0, G_MAXUINT, 0,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_N_RUNNING] = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);

    signals[SIGNAL_STATE_CHANGED] =
        g_signal_new ("state-changed", APP_TYPE_MACHINE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, APP_TYPE_MACHINE_ITEM);
}

static void
app_machine_list_init (AppMachineList *self)
{
    self->entries =
        g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) app_machine_entry_free);
    self->machines = g_ptr_array_new ();
    self->shown = g_ptr_array_new ();
    self->search = g_strdup ("");
    self->search_key = g_strdup ("");
}

AppMachineList *
app_machine_list_new (VitrineHost *host)
{
    AppMachineList *self;

    g_return_val_if_fail (VITRINE_IS_HOST (host), NULL);

    self = g_object_new (APP_TYPE_MACHINE_LIST, NULL);
    self->host = g_object_ref (host);
    g_signal_connect_object (host, "items-changed", G_CALLBACK (host_changed_cb), self, 0);
    host_changed_cb (G_LIST_MODEL (host), 0, 0, g_list_model_get_n_items (G_LIST_MODEL (host)),
                     self);
    return self;
}

VitrineHost *
app_machine_list_get_host (AppMachineList *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), NULL);
    return self->host;
}

guint
app_machine_list_get_n_machines (AppMachineList *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), 0);
    return self->machines->len;
}

guint
app_machine_list_get_n_running (AppMachineList *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), 0);
    return self->n_running;
}

AppMachineItem *
app_machine_list_find (AppMachineList *self, VitrineMachine *machine)
{
    AppMachineEntry *entry;

    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), NULL);
    entry = g_hash_table_lookup (self->entries, machine);
    return entry != NULL ? entry->item : NULL;
}

AppMachineItem *
app_machine_list_find_uuid (AppMachineList *self, const char *uuid)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), NULL);

    for (guint i = 0; i < self->machines->len; i++) {
        VitrineMachine *machine = g_ptr_array_index (self->machines, i);

        if (g_str_equal (vitrine_machine_get_uuid (machine), uuid))
            return app_machine_list_find (self, machine);
    }
    return NULL;
}

void
app_machine_list_set_search (AppMachineList *self, const char *text)
{
    g_return_if_fail (APP_IS_MACHINE_LIST (self));
    g_return_if_fail (text != NULL);

    if (g_str_equal (self->search, text))
        return;
    g_free (self->search);
    g_free (self->search_key);
    self->search = g_strdup (text);
    self->search_key = app_machine_entry_fold (text);
    rebuild (self);
}

const char *
app_machine_list_get_search (AppMachineList *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), "");
    return self->search;
}

void
app_machine_list_set_sort (AppMachineList *self, AppSort sort, gboolean descending)
{
    g_return_if_fail (APP_IS_MACHINE_LIST (self));

    if (self->sort == sort && self->descending == !!descending)
        return;
    self->sort = sort;
    self->descending = !!descending;
    if (sort == APP_SORT_LOAD)
        take_loads (self);
    rebuild (self);
}

void
app_machine_list_sort_again (AppMachineList *self)
{
    g_return_if_fail (APP_IS_MACHINE_LIST (self));

    if (self->sort != APP_SORT_LOAD)
        return;
    take_loads (self);
    if (!is_sorted (self))
        rebuild (self);
}

AppSort
app_machine_list_get_sort (AppMachineList *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), APP_SORT_NAME);
    return self->sort;
}

gboolean
app_machine_list_get_descending (AppMachineList *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_LIST (self), FALSE);
    return self->descending;
}
