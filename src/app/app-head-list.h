/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-head-list.h - the first items of a list model, until all of them are wanted. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define APP_TYPE_HEAD_LIST (app_head_list_get_type ())
G_DECLARE_FINAL_TYPE (AppHeadList, app_head_list, APP, HEAD_LIST, GObject)

/* A model of the first N items of LIST, which it keeps. */
AppHeadList *app_head_list_new (GListModel *list, guint n);

/* From here on it has all of them. */
void app_head_list_show_all (AppHeadList *self);

G_END_DECLS
