/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-item.h - a machine as the windows show it: what was asked of it, what went wrong, its picture.
 *
 * One item a machine, shared by its row and its window, so that both tell the same.
 *
 * Properties (read-only, notify): "machine" VitrineMachine; "busy" boolean, an action is under way;
 * "problem" string, why the last action failed, "" when it did not; "picture" cairo surface or NULL.
 */
#pragma once

#include <cairo.h>
#include <vitrine.h>

G_BEGIN_DECLS

/* The size of "picture", in device-independent pixels. */
#define APP_PICTURE_WIDTH  112
#define APP_PICTURE_HEIGHT 70

#define APP_TYPE_MACHINE_ITEM (app_machine_item_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineItem, app_machine_item, APP, MACHINE_ITEM, GObject)

/* The item MACHINE has already, as long as anybody holds it, or a new one: a machine that leaves the
 * host's list for a moment, to be renamed, comes back as what it was.  (transfer full) */
AppMachineItem *app_machine_item_new (VitrineMachine *machine);

VitrineMachine *app_machine_item_get_machine (AppMachineItem *self);
const char *app_machine_item_get_name (AppMachineItem *self);
VitrineMachineState app_machine_item_get_state (AppMachineItem *self);
gboolean app_machine_item_get_busy (AppMachineItem *self);
const char *app_machine_item_get_problem (AppMachineItem *self);
cairo_surface_t *app_machine_item_get_picture (AppMachineItem *self);

gboolean app_machine_item_can (AppMachineItem *self, VitrineAction action);

/* Asks for ACTION in place of whatever is still under way; how it went comes as "busy" and "problem". */
void app_machine_item_act (AppMachineItem *self, VitrineAction action);

/* Who asks a user for the passphrases of the encrypted DISKS (of VitrineDeviceInfo) that a start of SELF needs, and goes on
 * with app_machine_item_act_then() when they are given to its machine; PROBLEM is why it asks again, or NULL.  One for
 * all; until there is one, nobody is asked. */
typedef void (*AppMachineItemAsk) (AppMachineItem *self, VitrineAction action, GPtrArray *disks,
                                   const char *problem);
void app_machine_item_set_ask (AppMachineItemAsk ask);

/* The same; DONE is called with how it went, ERROR being NULL when it is done, unless another action takes its place.  When
 * it returns TRUE, it deals with the error. */
typedef gboolean (*AppMachineItemDone) (AppMachineItem *self, const GError *error,
                                        gpointer user_data);
void app_machine_item_act_then (AppMachineItem *self, VitrineAction action, AppMachineItemDone done,
                                gpointer user_data, GDestroyNotify free_data);

/* It is busy with what comes before an action, until that begins or app_machine_item_cancel(); either cancels what this
 * returns.  (transfer full) */
GCancellable *app_machine_item_prepare (AppMachineItem *self);

/* Whether the last action that was asked for here is one that ends it. */
gboolean app_machine_item_get_told_to_stop (AppMachineItem *self);

/* START, RESUME or PAUSE, whichever the state asks for; FALSE when none does. */
gboolean app_machine_item_get_primary (AppMachineItem *self, VitrineAction *action);

/* Gives up what is under way; nothing when nothing is. */
void app_machine_item_cancel (AppMachineItem *self);

/* Shows PROBLEM as if an action had failed with it; NULL or "" forgets the last one. */
void app_machine_item_set_problem (AppMachineItem *self, const char *problem);

/* Takes a new picture of the display if there is one, for a screen of SCALE. */
void app_machine_item_take_picture (AppMachineItem *self, int scale);

/* What its user has to know now: the failure of an action, else why it crashed, else why its definition
 * is of no use; "" for nothing.  (transfer full) */
char *app_machine_item_dup_trouble (AppMachineItem *self);

G_END_DECLS
