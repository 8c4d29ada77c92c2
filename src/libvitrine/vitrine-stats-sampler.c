/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-stats-sampler.c - asks for figures while somebody watches.
 *
 * Theory of operation.  There is a timer exactly while a machine that runs is watched, so a sampler nobody looks at
 * costs nothing.  At each of its ticks every host that has such a machine is asked once for all of them, unless its
 * last answer is still to come; that one is given up after PATIENCE_US.  Who begins to watch waits for no tick.
 */
#include "vitrine-private.h"
#include "vitrine-stats.h"

#define PATIENCE_US (5 * VITRINE_STATS_INTERVAL_MS * G_TIME_SPAN_MILLISECOND)

/* A machine that is watched. */
typedef struct {
    VitrineStatsSampler *sampler; /* not owned: it owns this */
    VitrineMachine *machine;
    guint n_watchers;
    gulong state_handler;
} Watch;

/* A question to a host that is not answered. */
typedef struct {
    GCancellable *cancellable;
    gint64 since_us;
} Asking;

/* Who waits for the answer. */
typedef struct {
    VitrineStatsSampler *sampler;
    GCancellable *cancellable; /* says which question it was */
} Waiter;

struct _VitrineStatsSampler {
    GObject parent_instance;
    GHashTable *watches; /* VitrineMachine to Watch */
    GHashTable *asking;  /* VitrineHost to Asking */
    guint timer;         /* 0: nothing to do */
    guint soon;          /* somebody began to watch */
};

G_DEFINE_FINAL_TYPE (VitrineStatsSampler, vitrine_stats_sampler, G_TYPE_OBJECT)

VitrineStatsHistory *
vitrine_stats_get_history (VitrineMachine *machine)
{
    static GQuark quark;
    VitrineStatsHistory *history;

    g_return_val_if_fail (VITRINE_IS_MACHINE (machine), NULL);
    if (quark == 0)
        quark = g_quark_from_static_string ("vitrine-stats-history");
    history = g_object_get_qdata (G_OBJECT (machine), quark);
    if (history == NULL) {
        history = vitrine_stats_history_new ();
        g_object_set_qdata_full (G_OBJECT (machine), quark, history, g_object_unref);
    }
    return history;
}

static void
watch_free (gpointer data)
{
    Watch *watch = data;

    g_signal_handler_disconnect (watch->machine, watch->state_handler);
    g_object_unref (watch->machine);
    g_free (watch);
}

static void
asking_free (gpointer data)
{
    Asking *asking = data;

    g_cancellable_cancel (asking->cancellable);
    g_object_unref (asking->cancellable);
    g_free (asking);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* Those of ALL that are still watched; who hears of it may watch, and look away. */
static void
take (VitrineStatsSampler *self, GHashTable *all)
{
    GHashTableIter iter;
    gpointer machine, stats;

    g_hash_table_iter_init (&iter, all);
    while (g_hash_table_iter_next (&iter, &machine, &stats))
        if (g_hash_table_contains (self->watches, machine))
            vitrine_stats_history_add (vitrine_stats_get_history (machine), stats);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Waiter *waiter = user_data;
    g_autoptr (VitrineStatsSampler) self = waiter->sampler;
    g_autoptr (GCancellable) cancellable = waiter->cancellable;
    g_autoptr (GHashTable) all =
        vitrine_host_get_stats_finish (VITRINE_HOST (source), result, NULL);
    Asking *asking = g_hash_table_lookup (self->asking, source);

    g_free (waiter);
    if (asking == NULL || asking->cancellable != cancellable)
        return; /* it was given up, and perhaps another question asked since */
    g_hash_table_remove (self->asking, source);
    if (all != NULL)
        take (self, all);
}

/* Whether HOST still has a question to answer. */
static gboolean
is_busy (VitrineStatsSampler *self, VitrineHost *host)
{
    Asking *asking = g_hash_table_lookup (self->asking, host);

    if (asking == NULL)
        return FALSE;
    if (g_get_monotonic_time () - asking->since_us < PATIENCE_US)
        return TRUE;
    g_hash_table_remove (self->asking, host);
    return FALSE;
}

static void
ask (VitrineStatsSampler *self, VitrineHost *host, GPtrArray *machines)
{
    Asking *asking;
    Waiter *waiter;

    if (is_busy (self, host))
        return;
    asking = g_new0 (Asking, 1);
    asking->cancellable = g_cancellable_new ();
    asking->since_us = g_get_monotonic_time ();
    g_hash_table_insert (self->asking, g_object_ref (host), asking);
    waiter = g_new0 (Waiter, 1);
    *waiter = (Waiter){ g_object_ref (self), g_object_ref (asking->cancellable) };
    vitrine_host_get_stats_async (host, machines, waiter->cancellable, answered_cb, waiter);
}

/* Of all that are watched and run: host to a GPtrArray of machines. */
static GHashTable *
group_by_host (VitrineStatsSampler *self)
{
    GHashTable *groups =
        g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) g_ptr_array_unref);
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init (&iter, self->watches);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Watch *watch = value;
        g_autoptr (VitrineHost) host = vitrine_machine_dup_host (watch->machine);
        GPtrArray *machines = host != NULL ? g_hash_table_lookup (groups, host) : NULL;

        if (host == NULL || !vitrine_machine_runs (watch->machine))
            continue;
        if (machines == NULL) {
            machines = g_ptr_array_new_with_free_func (g_object_unref);
            g_hash_table_insert (groups, g_object_ref (host), machines);
        }
        g_ptr_array_add (machines, g_object_ref (watch->machine));
    }
    return groups;
}

static void
ask_all (VitrineStatsSampler *self)
{
    g_autoptr (GHashTable) groups = group_by_host (self);
    GHashTableIter iter;
    gpointer host, machines;

    g_hash_table_iter_init (&iter, groups);
    while (g_hash_table_iter_next (&iter, &host, &machines))
        ask (self, host, machines);
}

static gboolean
tick_cb (gpointer user_data)
{
    ask_all (user_data);
    return G_SOURCE_CONTINUE;
}

/* Once for all who began in one turn of the main loop. */
static gboolean
soon_cb (gpointer user_data)
{
    VitrineStatsSampler *self = user_data;

    self->soon = 0;
    ask_all (self);
    return G_SOURCE_REMOVE;
}

/* --- watching --------------------------------------------------------------------------------- */

static gboolean
any_runs (VitrineStatsSampler *self)
{
    GHashTableIter iter;
    gpointer machine;

    g_hash_table_iter_init (&iter, self->watches);
    while (g_hash_table_iter_next (&iter, &machine, NULL))
        if (vitrine_machine_runs (machine))
            return TRUE;
    return FALSE;
}

/* There is a timer while there is something to do at its ticks. */
static void
update_timer (VitrineStatsSampler *self)
{
    if (!any_runs (self)) {
        g_clear_handle_id (&self->timer, g_source_remove);
        g_clear_handle_id (&self->soon, g_source_remove);
        g_hash_table_remove_all (self->asking);
    } else if (self->timer == 0) {
        self->timer = g_timeout_add (VITRINE_STATS_INTERVAL_MS, tick_cb, self);
    }
}

static void
state_changed_cb (VitrineMachine *machine, GParamSpec *pspec, gpointer user_data)
{
    Watch *watch = user_data;
    g_autoptr (VitrineStatsSampler) self = g_object_ref (watch->sampler);

    /* Who hears of it may look away, which frees the watch. */
    if (!vitrine_machine_runs (machine))
        vitrine_stats_history_break (vitrine_stats_get_history (machine));
    update_timer (self);
}

void
vitrine_stats_sampler_watch (VitrineStatsSampler *self, VitrineMachine *machine)
{
    Watch *watch;

    g_return_if_fail (VITRINE_IS_STATS_SAMPLER (self));
    g_return_if_fail (VITRINE_IS_MACHINE (machine));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    watch = g_hash_table_lookup (self->watches, machine);
    if (watch != NULL) {
        watch->n_watchers++;
        return;
    }
    watch = g_new0 (Watch, 1);
    *watch = (Watch){ .sampler = self, .machine = g_object_ref (machine), .n_watchers = 1 };
    watch->state_handler =
        g_signal_connect (machine, "notify::state", G_CALLBACK (state_changed_cb), watch);
    g_hash_table_insert (self->watches, machine, watch);
    if (!vitrine_machine_runs (machine))
        return;
    update_timer (self);
    if (self->soon == 0)
        self->soon = g_idle_add (soon_cb, self);
}

void
vitrine_stats_sampler_unwatch (VitrineStatsSampler *self, VitrineMachine *machine)
{
    Watch *watch;

    g_return_if_fail (VITRINE_IS_STATS_SAMPLER (self));

    watch = g_hash_table_lookup (self->watches, machine);
    g_return_if_fail (watch != NULL);
    if (--watch->n_watchers > 0)
        return;
    g_hash_table_remove (self->watches, machine);
    update_timer (self);
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
vitrine_stats_sampler_dispose (GObject *object)
{
    VitrineStatsSampler *self = VITRINE_STATS_SAMPLER (object);

    g_clear_handle_id (&self->timer, g_source_remove);
    g_clear_handle_id (&self->soon, g_source_remove);
    g_hash_table_remove_all (self->watches);
    g_hash_table_remove_all (self->asking);
    G_OBJECT_CLASS (vitrine_stats_sampler_parent_class)->dispose (object);
}

static void
vitrine_stats_sampler_finalize (GObject *object)
{
    VitrineStatsSampler *self = VITRINE_STATS_SAMPLER (object);

    g_hash_table_unref (self->watches);
    g_hash_table_unref (self->asking);
    G_OBJECT_CLASS (vitrine_stats_sampler_parent_class)->finalize (object);
}

static void
vitrine_stats_sampler_class_init (VitrineStatsSamplerClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = vitrine_stats_sampler_dispose;
    G_OBJECT_CLASS (klass)->finalize = vitrine_stats_sampler_finalize;
}

static void
vitrine_stats_sampler_init (VitrineStatsSampler *self)
{
    self->watches = g_hash_table_new_full (NULL, NULL, NULL, watch_free);
    self->asking = g_hash_table_new_full (NULL, NULL, g_object_unref, asking_free);
}

VitrineStatsSampler *
vitrine_stats_sampler_new (void)
{
    return g_object_new (VITRINE_TYPE_STATS_SAMPLER, NULL);
}
