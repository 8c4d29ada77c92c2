/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-entry.c - a machine as the list sorts and finds it: its item and the strings that needs. */
#include "app-machine-entry.h"

#include <math.h>
#include <string.h>

#include "app-format.h"

char *
app_machine_entry_fold (const char *text)
{
    g_autofree char *decomposed = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
    GString *plain = g_string_new (NULL);
    g_autofree char *bare = NULL;

    for (const char *p = decomposed; p != NULL && *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        if (!g_unichar_ismark (c))
            g_string_append_unichar (plain, c);
    }
    bare = g_string_free (plain, FALSE);
    return g_utf8_casefold (bare, -1);
}

void
app_machine_entry_set_name (AppMachineEntry *self, const char *name)
{
    g_autofree char *folded = g_utf8_casefold (name, -1);

    g_free (self->sort_key);
    self->sort_key = g_utf8_collate_key_for_filename (folded, -1);
    g_clear_pointer (&self->search_key, g_free);
}

AppMachineEntry *
app_machine_entry_new (VitrineMachine *machine)
{
    AppMachineEntry *self = g_new0 (AppMachineEntry, 1);

    self->item = app_machine_item_new (machine);
    self->load = -1;
    self->running = app_state_is_live (vitrine_machine_get_state (machine));
    app_machine_entry_set_name (self, vitrine_machine_get_name (machine));
    return self;
}

void
app_machine_entry_free (AppMachineEntry *self)
{
    g_object_unref (self->item);
    g_free (self->sort_key);
    g_free (self->search_key);
    g_free (self);
}

void
app_machine_entry_take_load (AppMachineEntry *self)
{
    VitrineStatsHistory *history =
        vitrine_stats_get_history (app_machine_item_get_machine (self->item));
    double load = vitrine_stats_history_get_last (history, VITRINE_RATE_CPU);

    self->load = isnan (load) ? -1 : load;
}

/* What needs a look comes first: crashed, then what runs, then the rest. */
static int
state_rank (VitrineMachineState state)
{
    static const int ranks[] = {
        [VITRINE_MACHINE_CRASHED] = 0,  [VITRINE_MACHINE_STARTING] = 1,
        [VITRINE_MACHINE_RUNNING] = 2,  [VITRINE_MACHINE_PAUSED] = 3,
        [VITRINE_MACHINE_STOPPING] = 4, [VITRINE_MACHINE_OFF] = 5,
    };

    return ranks[state];
}

int
app_machine_entry_compare (const AppMachineEntry *a, const AppMachineEntry *b, AppSort sort,
                           gboolean descending)
{
    VitrineMachine *x = app_machine_item_get_machine (a->item);
    VitrineMachine *y = app_machine_item_get_machine (b->item);
    gint64 started_x, started_y;
    int order = 0;

    switch (sort) {
    case APP_SORT_STATE:
        order =
            state_rank (vitrine_machine_get_state (x)) - state_rank (vitrine_machine_get_state (y));
        break;
    case APP_SORT_STARTED:
        /* The latest first; those that are off, with 0, last. */
        started_x = vitrine_machine_get_start_time (x);
        started_y = vitrine_machine_get_start_time (y);
        order = started_x == started_y ? 0 : started_x > started_y ? -1 : 1;
        break;
    case APP_SORT_LOAD: /* the busiest first */
        order = a->load > b->load ? -1 : a->load < b->load;
        break;
    case APP_SORT_NAME:
        break;
    }
    if (order == 0 && sort != APP_SORT_NAME)
        return strcmp (a->sort_key, b->sort_key);
    if (order == 0)
        order = strcmp (a->sort_key, b->sort_key);
    return descending ? -order : order;
}

gboolean
app_machine_entry_matches (AppMachineEntry *self, const char *folded)
{
    if (*folded == '\0')
        return TRUE;
    if (self->search_key == NULL)
        self->search_key = app_machine_entry_fold (app_machine_item_get_name (self->item));
    return strstr (self->search_key, folded) != NULL;
}
