/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-entry.h - a machine as the list sorts and finds it: its item and the strings that needs. */
#pragma once

#include "app-machine-item.h"

G_BEGIN_DECLS

typedef enum {
    APP_SORT_NAME,
    APP_SORT_STARTED,
    APP_SORT_STATE,
    APP_SORT_LOAD, /* as it was when it was last sorted: what moves all the time sorts nothing */
} AppSort;

typedef struct {
    AppMachineItem *item;
    char *sort_key;   /* any case, and "vm2" before "vm10" */
    char *search_key; /* as app_machine_entry_fold() makes it; NULL until it is searched for */
    gboolean running;
    double load; /* percent, as it was last taken; -1: not known */
} AppMachineEntry;

AppMachineEntry *app_machine_entry_new (VitrineMachine *machine);
void app_machine_entry_free (AppMachineEntry *self);

/* Its machine has another name now. */
void app_machine_entry_set_name (AppMachineEntry *self, const char *name);

/* How busy its machine's processors are now, for APP_SORT_LOAD. */
void app_machine_entry_take_load (AppMachineEntry *self);

/* Less than, equal to or greater than 0.  Those that are equal by SORT are in the order of their names,
 * upwards in either direction. */
int app_machine_entry_compare (const AppMachineEntry *a, const AppMachineEntry *b, AppSort sort,
                               gboolean descending);

/* FOLDED is a search text that went through app_machine_entry_fold(). */
gboolean app_machine_entry_matches (AppMachineEntry *self, const char *folded);

/* TEXT without case and accents.  (transfer full) */
char *app_machine_entry_fold (const char *text);

G_END_DECLS
