/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-order-list.h - some of several things, in an order: a tick each, and buttons that move it.
 *
 * Signal "changed": the value is another.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_ORDER_LIST (app_order_list_get_type ())
G_DECLARE_FINAL_TYPE (AppOrderList, app_order_list, APP, ORDER_LIST, GtkBox)

/* VALUE, "a,b", are those of CHOICES that are ticked, the first one first. */
AppOrderList *app_order_list_new (const char *const *choices, const char *value);

/* Nothing is emitted where that is its value. */
void app_order_list_set_value (AppOrderList *self, const char *value);
/* (transfer full) */
char *app_order_list_dup_value (AppOrderList *self);

/* What CHOICE is called for people. */
void app_order_list_set_title (AppOrderList *self, const char *choice, const char *title);

G_END_DECLS
