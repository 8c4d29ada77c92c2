/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-storage-private.h - the storage window, for the files it is split into. */
#pragma once

#include <vitrine.h>

#include "app-form-row.h"
#include "app-host-combo.h"
#include "app-size-entry.h"
#include "app-storage-window.h"
#include "app-work-line.h"

G_BEGIN_DECLS

struct _AppStorageWindow {
    GtkWindow parent_instance;

    AppHosts *hosts;  /* NULL once the window has gone */
    GPtrArray *pools; /* of VitrinePoolInfo; replaced, never changed */
    GPtrArray *
        volumes; /* of VitrineVolumeInfo, of the pool that is selected, or NULL while it is not known */
    char *pool, *volume;   /* names of those that are selected, or NULL */
    GCancellable *listing; /* of the pools' list under way, or NULL */
    GCancellable *looking; /* of the volumes', or NULL */
    gboolean filling;      /* a control is set, not used */

    AppHostCombo *host_combo;
    GtkBox *notes_box;
    GtkListBox *pools_list;
    GtkButton *new_button;
    GtkStack *stack;
    GtkLabel *empty_label;
    GtkWidget *form;
    GtkLabel *title_label;
    AppFormRow *state_row;
    GtkButton *state_button;
    GtkButton *refresh_button;
    AppFormRow *space_row;
    GtkLevelBar *space_bar;
    AppFormRow *kind_row;
    AppFormRow *place_row;
    AppFormRow *source_row;
    GtkSwitch *autostart_switch;
    GtkWidget *volumes_heading;
    GtkWidget *volumes_card;
    GtkWidget *volumes_scroller;
    GtkListBox *volumes_list;
    AppFormRow *new_volume_row;
    GtkLabel *volume_label;
    GtkWidget *volume_card;
    AppFormRow *users_row;
    AppFormRow *backing_row;
    AppFormRow *path_row;
    AppFormRow *grow_row;
    AppSizeEntry *grow_entry;
    GtkButton *grow_button;
    AppFormRow *clone_row;
    GtkEntry *clone_entry;
    GtkButton *clone_button;
    AppFormRow *delete_volume_row;
    GtkButton *delete_volume_button;
    AppFormRow *with_volumes_row;
    GtkSwitch *with_volumes_switch;
    AppFormRow *delete_row;
    GtkButton *delete_button;
    AppWorkLine *work_line;
};

/* app-storage-window.c */
/* Those that are selected, or NULL. */
const VitrinePoolInfo *app_storage_window_get_pool (AppStorageWindow *self);
const VitrineVolumeInfo *app_storage_window_get_volume (AppStorageWindow *self);
/* Reads pools and volumes again. */
void app_storage_window_refresh (AppStorageWindow *self);
void app_storage_window_say_error (AppStorageWindow *self, const GError *error);

/* app-storage-work.c: what is done to the pool and the volume that are selected. */
void app_storage_window_update_work (AppStorageWindow *self);
/* Asks the host for REQUEST and says TEXT meanwhile. */
void app_storage_window_do (AppStorageWindow *self, const VitrineResourceRequest *request,
                            const char *text);
void app_storage_grow_clicked_cb (GtkButton *button, AppStorageWindow *self);
void app_storage_clone_clicked_cb (GtkButton *button, AppStorageWindow *self);
void app_storage_delete_volume_clicked_cb (GtkButton *button, AppStorageWindow *self);
void app_storage_delete_clicked_cb (GtkButton *button, AppStorageWindow *self);

G_END_DECLS
