/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-host.c - the machines of a host as a sorted list, and the way to its engine.
 *
 * The list is a GSequence ordered by a key made of the machine's name (letter case ignored, numbers
 * by value), then by name and UUID, so that the order is total and a machine's place can be
 * searched.  A machine that is renamed is taken out and put in again.
 */
#include <glib/gi18n-lib.h>

#include "vitrine-error.h"
#include "vitrine-host.h"
#include "vitrine-private.h"

typedef struct {
    VitrineMachine *machine;
    char *key; /* of the name it is sorted under now */
    char *name;
    gulong name_handler;
} Entry;

typedef struct {
    char *uri;
    char *title;
    gboolean ready;
    char *problem;
    char *mend;
    GSequence *entries;  /* of Entry */
    GHashTable *by_uuid; /* the machine's UUID → its GSequenceIter */
} VitrineHostPrivate;

enum {
    PROP_0,
    PROP_URI,
    PROP_TITLE,
    PROP_READY,
    PROP_PROBLEM,
    PROP_MEND,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (VitrineHost, vitrine_host, G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (VitrineHost)
                                      G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static VitrineHostPrivate *
get_priv (VitrineHost *self)
{
    return vitrine_host_get_instance_private (self);
}

/* --- entries ---------------------------------------------------------------------------------- */

static void
entry_set_name (Entry *entry)
{
    const char *name = vitrine_machine_get_name (entry->machine);
    g_autofree char *folded = g_utf8_casefold (name, -1);

    g_free (entry->key);
    g_free (entry->name);
    entry->key = g_utf8_collate_key_for_filename (folded, -1);
    entry->name = g_strdup (name);
}

static void
entry_free (gpointer data)
{
    Entry *entry = data;

    g_clear_signal_handler (&entry->name_handler, entry->machine);
    g_object_unref (entry->machine);
    g_free (entry->key);
    g_free (entry->name);
    g_free (entry);
}

static int
entry_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
    const Entry *left = a, *right = b;
    int order = strcmp (left->key, right->key);

    if (order == 0)
        order = strcmp (left->name, right->name);
    if (order == 0)
        order = g_strcmp0 (vitrine_machine_get_uuid (left->machine),
                           vitrine_machine_get_uuid (right->machine));
    return order;
}

/* Whether the entry at ITER stands where its key wants it. */
static gboolean
is_in_place (GSequenceIter *iter)
{
    GSequenceIter *prev = g_sequence_iter_prev (iter), *next = g_sequence_iter_next (iter);
    Entry *entry = g_sequence_get (iter);

    if (prev != iter && entry_compare (g_sequence_get (prev), entry, NULL) > 0)
        return FALSE;
    return g_sequence_iter_is_end (next) || entry_compare (entry, g_sequence_get (next), NULL) < 0;
}

static void name_changed_cb (VitrineMachine *machine, GParamSpec *pspec, VitrineHost *self);

/* Returns where MACHINE stands now. */
static guint
insert (VitrineHost *self, VitrineMachine *machine)
{
    VitrineHostPrivate *priv = get_priv (self);
    Entry *entry = g_new0 (Entry, 1);
    GSequenceIter *iter;

    entry->machine = g_object_ref (machine);
    vitrine_machine_set_host (machine, self);
    entry_set_name (entry);
    entry->name_handler =
        g_signal_connect (machine, "notify::name", G_CALLBACK (name_changed_cb), self);
    iter = g_sequence_insert_sorted (priv->entries, entry, entry_compare, NULL);
    g_hash_table_insert (priv->by_uuid, (gpointer) vitrine_machine_get_uuid (machine), iter);
    return (guint) g_sequence_iter_get_position (iter);
}

void
vitrine_host_add (VitrineHost *self, VitrineMachine *machine)
{
    VitrineHostPrivate *priv = get_priv (self);

    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (VITRINE_IS_MACHINE (machine));
    g_return_if_fail (!g_hash_table_contains (priv->by_uuid, vitrine_machine_get_uuid (machine)));

    g_list_model_items_changed (G_LIST_MODEL (self), insert (self, machine), 0, 1);
}

void
vitrine_host_add_all (VitrineHost *self, GPtrArray *machines)
{
    g_return_if_fail (VITRINE_IS_HOST (self));

    if (g_sequence_get_length (get_priv (self)->entries) > 0) {
        for (guint i = 0; i < machines->len; i++)
            vitrine_host_add (self, g_ptr_array_index (machines, i));
        return;
    }
    for (guint i = 0; i < machines->len; i++)
        insert (self, g_ptr_array_index (machines, i));
    if (machines->len > 0)
        g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, machines->len);
}

void
vitrine_host_remove (VitrineHost *self, VitrineMachine *machine)
{
    VitrineHostPrivate *priv = get_priv (self);
    g_autoptr (VitrineMachine) kept = g_object_ref (machine); /* through the signal */
    GSequenceIter *iter = g_hash_table_lookup (priv->by_uuid, vitrine_machine_get_uuid (machine));
    int position;

    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (iter != NULL);

    position = g_sequence_iter_get_position (iter);
    g_hash_table_remove (priv->by_uuid, vitrine_machine_get_uuid (machine));
    g_sequence_remove (iter);
    g_list_model_items_changed (G_LIST_MODEL (self), (guint) position, 1, 0);
}

/* Moves a renamed machine to its new place.  Rows bind "name" themselves, so that a name that keeps
 * the place is no change of the list. */
static void
name_changed_cb (VitrineMachine *machine, GParamSpec *pspec, VitrineHost *self)
{
    GSequenceIter *iter =
        g_hash_table_lookup (get_priv (self)->by_uuid, vitrine_machine_get_uuid (machine));

    g_assert (iter != NULL);
    entry_set_name (g_sequence_get (iter));
    if (is_in_place (iter))
        return;
    g_object_ref (machine);
    vitrine_host_remove (self, machine);
    vitrine_host_add (self, machine);
    g_object_unref (machine);
}

VitrineMachine *
vitrine_host_find (VitrineHost *self, const char *uuid_or_name)
{
    VitrineHostPrivate *priv = get_priv (self);
    VitrineMachine *found = NULL;
    GSequenceIter *iter;

    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    g_return_val_if_fail (uuid_or_name != NULL, NULL);

    iter = g_hash_table_lookup (priv->by_uuid, uuid_or_name);
    if (iter != NULL)
        return g_object_ref (((Entry *) g_sequence_get (iter))->machine);
    for (iter = g_sequence_get_begin_iter (priv->entries); !g_sequence_iter_is_end (iter);
         iter = g_sequence_iter_next (iter)) {
        Entry *entry = g_sequence_get (iter);
        gboolean usable = *vitrine_machine_get_problem (entry->machine) == '\0';

        if (g_str_equal (entry->name, uuid_or_name) && (found == NULL || usable))
            found = entry->machine;
        if (found == entry->machine && usable)
            break;
    }
    return found != NULL ? g_object_ref (found) : NULL;
}

/* --- GListModel ------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
    return VITRINE_TYPE_MACHINE;
}

static guint
get_n_items (GListModel *model)
{
    return (guint) g_sequence_get_length (get_priv (VITRINE_HOST (model))->entries);
}

static gpointer
get_item (GListModel *model, guint position)
{
    VitrineHostPrivate *priv = get_priv (VITRINE_HOST (model));
    GSequenceIter *iter;

    if (position >= (guint) g_sequence_get_length (priv->entries))
        return NULL;
    iter = g_sequence_get_iter_at_pos (priv->entries, (int) position);
    return g_object_ref (((Entry *) g_sequence_get (iter))->machine);
}

static void
list_model_init (GListModelInterface *iface)
{
    iface->get_item_type = get_item_type;
    iface->get_n_items = get_n_items;
    iface->get_item = get_item;
}

/* --- look up, for engines that have no quicker way -------------------------------------------- */

static void
look_up_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    const char *wanted = g_task_get_task_data (task);
    GError *error = NULL;
    VitrineMachine *machine;

    if (!vitrine_host_connect_finish (VITRINE_HOST (source), result, &error)) {
        g_task_return_error (task, error);
        return;
    }
    machine = vitrine_host_find (VITRINE_HOST (source), wanted);
    if (machine != NULL)
        g_task_return_pointer (task, machine, g_object_unref);
    else
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                 _ ("There is no machine “%s”"), wanted);
}

static void
default_look_up_async (VitrineHost *self, const char *uuid_or_name, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (uuid_or_name), g_free);
    vitrine_host_connect_async (self, cancellable, look_up_connected_cb, task);
}

static VitrineMachine *
default_look_up_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- for engines that do not clone ------------------------------------------------------------- */

static void
default_clone_async (VitrineHost *self, VitrineMachine *original, const char *name,
                     VitrineCloneKind kind, VitrineProgress progress, gpointer progress_data,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_task_report_new_error (self, callback, user_data, default_clone_async, VITRINE_ERROR,
                             VITRINE_ERROR_UNSUPPORTED, _ ("“%s” is on a host that cannot do this"),
                             vitrine_machine_get_name (original));
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
vitrine_host_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    VitrineHostPrivate *priv = get_priv (VITRINE_HOST (object));

    switch (id) {
    case PROP_URI:
        g_value_set_string (value, priv->uri);
        break;
    case PROP_TITLE:
        g_value_set_string (value, priv->title);
        break;
    case PROP_READY:
        g_value_set_boolean (value, priv->ready);
        break;
    case PROP_PROBLEM:
        g_value_set_string (value, priv->problem);
        break;
    case PROP_MEND:
        g_value_set_string (value, priv->mend);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vitrine_host_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    VitrineHostPrivate *priv = get_priv (VITRINE_HOST (object));

    switch (id) {
    case PROP_URI: /* these two: construct only */
        priv->uri = g_value_dup_string (value);
        break;
    case PROP_TITLE:
        priv->title = g_value_dup_string (value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vitrine_host_dispose (GObject *object)
{
    VitrineHostPrivate *priv = get_priv (VITRINE_HOST (object));

    g_hash_table_remove_all (priv->by_uuid);
    g_sequence_remove_range (g_sequence_get_begin_iter (priv->entries),
                             g_sequence_get_end_iter (priv->entries));
    G_OBJECT_CLASS (vitrine_host_parent_class)->dispose (object);
}

static void
vitrine_host_finalize (GObject *object)
{
    VitrineHostPrivate *priv = get_priv (VITRINE_HOST (object));

    g_hash_table_unref (priv->by_uuid);
    g_sequence_free (priv->entries);
    g_free (priv->uri);
    g_free (priv->title);
    g_free (priv->problem);
    g_free (priv->mend);
    G_OBJECT_CLASS (vitrine_host_parent_class)->finalize (object);
}

static void
vitrine_host_class_init (VitrineHostClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    const GParamFlags given = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
    const GParamFlags told = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

    object_class->get_property = vitrine_host_get_property;
    object_class->set_property = vitrine_host_set_property;
    object_class->dispose = vitrine_host_dispose;
    object_class->finalize = vitrine_host_finalize;
    klass->look_up_async = default_look_up_async;
    klass->look_up_finish = default_look_up_finish;
    klass->clone_async = default_clone_async;
    klass->clone_finish = default_look_up_finish;

    properties[PROP_URI] = g_param_spec_string ("uri", NULL, NULL, "", given);
    properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", given);
    properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE, told);
    properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, "", told);
    properties[PROP_MEND] = g_param_spec_string ("mend", NULL, NULL, "", told);
    g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
vitrine_host_init (VitrineHost *self)
{
    VitrineHostPrivate *priv = get_priv (self);

    vitrine_claim_main_thread ();
    priv->problem = g_strdup ("");
    priv->mend = g_strdup ("");
    priv->entries = g_sequence_new (entry_free);
    priv->by_uuid = g_hash_table_new (g_str_hash, g_str_equal);
}

/* --- public ----------------------------------------------------------------------------------- */

VitrineHost *
vitrine_host_new (const char *uri, GError **error)
{
    static const struct {
        const char *scheme;
        VitrineHost *(*create) (const char *argument, GError **error);
    } engines[] = {
        { "vitrine:", vitrine_native_host_new },
        { "fake:", vitrine_fake_host_new },
    };

    if (uri == NULL)
        uri = engines[0].scheme;
    for (gsize i = 0; i < G_N_ELEMENTS (engines); i++)
        if (g_str_has_prefix (uri, engines[i].scheme))
            return engines[i].create (uri + strlen (engines[i].scheme), error);
    if (strstr (uri, "://") != NULL)
        return vitrine_libvirt_host_new (uri, error);
    g_set_error (
        error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
        _ ("“%s” is no host; say “vitrine:” for this computer, or a URI of libvirt's such as "
           "“qemu:///system”"),
        uri);
    return NULL;
}

void
vitrine_host_connect_async (VitrineHost *self, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_HOST_GET_CLASS (self)->connect_async (self, cancellable, callback, user_data);
}

gboolean
vitrine_host_connect_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), FALSE);
    return VITRINE_HOST_GET_CLASS (self)->connect_finish (self, result, error);
}

void
vitrine_host_look_up_async (VitrineHost *self, const char *uuid_or_name, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (uuid_or_name != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_HOST_GET_CLASS (self)->look_up_async (self, uuid_or_name, cancellable, callback,
                                                  user_data);
}

VitrineMachine *
vitrine_host_look_up_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    return VITRINE_HOST_GET_CLASS (self)->look_up_finish (self, result, error);
}

const char *
vitrine_host_get_uri (VitrineHost *self)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), "");
    return get_priv (self)->uri;
}

const char *
vitrine_host_get_title (VitrineHost *self)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), "");
    return get_priv (self)->title;
}

gboolean
vitrine_host_get_ready (VitrineHost *self)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), FALSE);
    return get_priv (self)->ready;
}

const char *
vitrine_host_get_problem (VitrineHost *self)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), "");
    return get_priv (self)->problem;
}

const char *
vitrine_host_get_mend (VitrineHost *self)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), "");
    return get_priv (self)->mend;
}

void
vitrine_host_create_async (VitrineHost *self, VitrineSpec *spec, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (VITRINE_IS_SPEC (spec));
    vitrine_host_create_full_async (self, spec, NULL, NULL, cancellable, callback, user_data);
}

/* Whether SPEC has a disk that not every engine makes. */
static gboolean
has_special_disk (VitrineSpec *spec)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if (disk->group != NULL || disk->source != NULL || disk->preallocation != NULL
            || g_strcmp0 (disk->format, "luks") == 0)
            return TRUE;
    }
    return FALSE;
}

void
vitrine_host_create_full_async (VitrineHost *self, VitrineSpec *spec, VitrineProgress progress,
                                gpointer progress_data, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);

    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (VITRINE_IS_SPEC (spec));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    if (klass->create_full_async != NULL)
        klass->create_full_async (self, spec, progress, progress_data, cancellable, callback,
                                  user_data);
    else if (has_special_disk (spec))
        g_task_report_new_error (
            self, callback, user_data, vitrine_host_create_full_async, VITRINE_ERROR,
            VITRINE_ERROR_UNSUPPORTED,
            _ ("“%s” makes no logical volumes, takes no space beforehand and imports nothing; make "
               "the disk there and give its path"),
            get_priv (self)->title);
    else
        klass->create_async (self, spec, cancellable, callback, user_data);
}

VitrineMachine *
vitrine_host_create_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    if (g_async_result_is_tagged (result, vitrine_host_create_full_async))
        return g_task_propagate_pointer (G_TASK (result), error);
    return VITRINE_HOST_GET_CLASS (self)->create_finish (self, result, error);
}

void
vitrine_host_define_async (VitrineHost *self, const char *xml, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (xml != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_HOST_GET_CLASS (self)->define_async (self, xml, cancellable, callback, user_data);
}

VitrineMachine *
vitrine_host_define_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    return VITRINE_HOST_GET_CLASS (self)->define_finish (self, result, error);
}

void
vitrine_host_clone_async (VitrineHost *self, VitrineMachine *original, const char *name,
                          VitrineCloneKind kind, VitrineProgress progress, gpointer progress_data,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (VITRINE_IS_MACHINE (original));
    g_return_if_fail (name != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_HOST_GET_CLASS (self)->clone_async (self, original, name, kind, progress, progress_data,
                                                cancellable, callback, user_data);
}

VitrineMachine *
vitrine_host_clone_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    return VITRINE_HOST_GET_CLASS (self)->clone_finish (self, result, error);
}

void
vitrine_host_check_async (VitrineHost *self, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_HOST_GET_CLASS (self)->check_async (self, cancellable, callback, user_data);
}

GPtrArray *
vitrine_host_check_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    return VITRINE_HOST_GET_CLASS (self)->check_finish (self, result, error);
}

VitrineHostLimits *
vitrine_host_dup_limits (VitrineHost *self)
{
    VitrineHostLimits *limits;

    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    limits = VITRINE_HOST_GET_CLASS (self)->dup_limits (self);
    /* What is behind the user's own network has to be installed. */
    if (limits->network == NULL) {
        g_autofree char *passt = g_find_program_in_path ("passt");

        limits->network = g_strdup (passt != NULL ? "user" : "");
    }
    return limits;
}

void
vitrine_host_set_ready (VitrineHost *self, gboolean ready)
{
    VitrineHostPrivate *priv = get_priv (self);

    g_return_if_fail (VITRINE_IS_HOST (self));
    if (priv->ready == ready)
        return;
    priv->ready = ready;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READY]);
}

/* Sets *FIELD, which PROP shows, to a copy of VALUE. */
static void
set_text (VitrineHost *self, char **field, guint prop, const char *value)
{
    if (value == NULL)
        value = "";
    if (g_str_equal (*field, value))
        return;
    g_free (*field);
    *field = g_strdup (value);
    g_object_notify_by_pspec (G_OBJECT (self), properties[prop]);
}

void
vitrine_host_set_trouble (VitrineHost *self, const char *problem, const char *mend)
{
    VitrineHostPrivate *priv = get_priv (self);

    g_return_if_fail (VITRINE_IS_HOST (self));
    /* Who is told of the one sees the other that belongs to it. */
    g_object_freeze_notify (G_OBJECT (self));
    set_text (self, &priv->problem, PROP_PROBLEM, problem);
    set_text (self, &priv->mend, PROP_MEND, mend);
    g_object_thaw_notify (G_OBJECT (self));
}

void
vitrine_host_set_problem (VitrineHost *self, const char *problem)
{
    vitrine_host_set_trouble (self, problem, NULL);
}
