/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-keys.c - keys sent to the guest one by one, at a pace its keyboard bears. */
#include "keeper-keys.h"

#include <glib/gi18n-lib.h>

#include "vitrine-error.h"

#define MAX_CODE 0x2ff /* KEY_MAX */

typedef struct {
    GVariant *events;
    gsize next, n_events;
    KeeperKeysDone done;
    gpointer user_data;
} Batch;

struct _KeeperKeys {
    grefcount refs; /* one of the owner's, one of each request on its way */
    KeeperVmm *vmm; /* NULL once the owner let go */
    GQueue batches; /* of Batch; the first is being sent */
    gsize n_waiting;
    gboolean is_out; /* a key is with the VMM */
    guint timer;     /* the next key's */
};

static void send_next (KeeperKeys *self);

static void
keys_unref (KeeperKeys *self)
{
    if (g_ref_count_dec (&self->refs))
        g_free (self);
}

/* Takes the first batch out and tells whose it is. */
static void
finish_batch (KeeperKeys *self, const GError *error)
{
    Batch *batch = g_queue_pop_head (&self->batches);

    self->n_waiting -= batch->n_events;
    batch->done (error, batch->user_data);
    g_variant_unref (batch->events);
    g_free (batch);
}

static gboolean
timer_cb (gpointer user_data)
{
    KeeperKeys *self = user_data;

    self->timer = 0;
    send_next (self);
    return G_SOURCE_REMOVE;
}

static void
sent_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    KeeperKeys *self = user_data;

    self->is_out = FALSE;
    if (self->vmm) {
        Batch *batch = g_queue_peek_head (&self->batches);

        if (error || batch->next == batch->n_events)
            finish_batch (self, error);
        if (self->vmm && !g_queue_is_empty (&self->batches) && !self->timer && !self->is_out)
            self->timer = g_timeout_add (KEEPER_KEYS_PACE_MS, timer_cb, self);
    }
    keys_unref (self);
}

static void
send_next (KeeperKeys *self)
{
    Batch *batch = g_queue_peek_head (&self->batches);
    struct vmm_key key = { .header = { .type = VMM_KEY } };
    guint32 code;
    gboolean down;

    g_variant_get_child (batch->events, batch->next++, "(ub)", &code, &down);
    key.code = code;
    key.down = down ? 1 : 0;
    self->is_out = TRUE;
    g_ref_count_inc (&self->refs);
    keeper_vmm_request (self->vmm, &key, sizeof key, NULL, 0, sent_cb, self);
}

KeeperKeys *
keeper_keys_new (KeeperVmm *vmm)
{
    KeeperKeys *self = g_new0 (KeeperKeys, 1);

    g_ref_count_init (&self->refs);
    self->vmm = vmm;
    g_queue_init (&self->batches);
    return self;
}

static gboolean
check_events (KeeperKeys *self, GVariant *events, GError **error)
{
    gsize n = g_variant_n_children (events);

    if (n > KEEPER_KEYS_MAX_BATCH) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("At most %d keys can be sent at once"), KEEPER_KEYS_MAX_BATCH);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++) {
        guint32 code;

        g_variant_get_child (events, i, "(ub)", &code, NULL);
        if (code == 0 || code > MAX_CODE) {
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("There is no key %u"),
                         code);
            return FALSE;
        }
    }
    if (self->n_waiting + n > KEEPER_KEYS_MAX_QUEUE) {
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                             _ ("Too many keys wait to be sent already"));
        return FALSE;
    }
    return TRUE;
}

void
keeper_keys_send (KeeperKeys *self, GVariant *events, KeeperKeysDone done, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    Batch *batch;

    if (!check_events (self, events, &error) || g_variant_n_children (events) == 0) {
        done (error, user_data);
        return;
    }
    batch = g_new0 (Batch, 1);
    *batch = (Batch){ .events = g_variant_ref (events),
                      .n_events = g_variant_n_children (events),
                      .done = done,
                      .user_data = user_data };
    g_queue_push_tail (&self->batches, batch);
    self->n_waiting += batch->n_events;
    if (!self->is_out && !self->timer)
        send_next (self);
}

void
keeper_keys_free (KeeperKeys *self)
{
    g_autoptr (GError) error = NULL;

    if (!self)
        return;
    error = g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                 _ ("The machine is no longer running"));
    g_clear_handle_id (&self->timer, g_source_remove);
    self->vmm = NULL;
    while (!g_queue_is_empty (&self->batches))
        finish_batch (self, error);
    keys_unref (self);
}
