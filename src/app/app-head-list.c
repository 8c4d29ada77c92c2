/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-head-list.c - the first items of a list model, until all of them are wanted.
 *
 * A view that makes a widget for each item has its first frame sooner when it begins with the items that
 * are in it.  While there is a limit a change is told of as one of everything from its position on: it
 * does not last, and widgets of a changed head are few.
 */
#include "app-head-list.h"

struct _AppHeadList {
    GObject parent_instance;

    GListModel *list;
    guint n_items; /* ours, as last told */
    guint limit;
};

static void app_head_list_model_init (GListModelInterface *iface);

G_DEFINE_TYPE_WITH_CODE (AppHeadList, app_head_list, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, app_head_list_model_init))

static GType
app_head_list_get_item_type (GListModel *model)
{
    return g_list_model_get_item_type (APP_HEAD_LIST (model)->list);
}

static guint
app_head_list_get_n_items (GListModel *model)
{
    return APP_HEAD_LIST (model)->n_items;
}

static gpointer
app_head_list_get_item (GListModel *model, guint position)
{
    AppHeadList *self = APP_HEAD_LIST (model);

    return position < self->n_items ? g_list_model_get_item (self->list, position) : NULL;
}

static void
app_head_list_model_init (GListModelInterface *iface)
{
    iface->get_item_type = app_head_list_get_item_type;
    iface->get_n_items = app_head_list_get_n_items;
    iface->get_item = app_head_list_get_item;
}

static void
items_changed_cb (GListModel *list, guint position, guint removed, guint added, AppHeadList *self)
{
    guint before = self->n_items;
    guint after = MIN (g_list_model_get_n_items (list), self->limit);

    if (position >= self->limit)
        return;
    if (self->limit != G_MAXUINT) {
        removed = before - position;
        added = after - position;
    }
    self->n_items = after;
    g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
app_head_list_dispose (GObject *object)
{
    AppHeadList *self = APP_HEAD_LIST (object);

    self->n_items = 0;
    g_clear_object (&self->list);
    G_OBJECT_CLASS (app_head_list_parent_class)->dispose (object);
}

static void
app_head_list_class_init (AppHeadListClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_head_list_dispose;
}

static void
app_head_list_init (AppHeadList *self)
{
}

AppHeadList *
app_head_list_new (GListModel *list, guint n)
{
    AppHeadList *self;

    g_return_val_if_fail (G_IS_LIST_MODEL (list), NULL);

    self = g_object_new (APP_TYPE_HEAD_LIST, NULL);
    self->list = g_object_ref (list);
    self->limit = n;
    self->n_items = MIN (g_list_model_get_n_items (list), n);
    g_signal_connect_object (list, "items-changed", G_CALLBACK (items_changed_cb), self, 0);
    return self;
}

void
app_head_list_show_all (AppHeadList *self)
{
    guint before;

    g_return_if_fail (APP_IS_HEAD_LIST (self));

    if (self->limit == G_MAXUINT)
        return;
    before = self->n_items;
    self->limit = G_MAXUINT;
    self->n_items = g_list_model_get_n_items (self->list);
    if (self->n_items > before)
        g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->n_items - before);
}
