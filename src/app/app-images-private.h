/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-images-private.h - the images' window, for the files it is split into. */
#pragma once

#include <vitrine.h>

#include "app-form-row.h"
#include "app-host-combo.h"
#include "app-images-window.h"
#include "app-size-entry.h"
#include "app-work-line.h"

G_BEGIN_DECLS

struct _AppImagesWindow {
    GtkWindow parent_instance;

    AppHosts *hosts;               /* NULL once the window has gone */
    GPtrArray *images;             /* of VitrineImage: the machines', and what was opened */
    GPtrArray *opened;             /* paths of files that no machine need have */
    char *path;                    /* of the one that is selected, or NULL */
    GCancellable *listing;         /* of the list under way, or NULL */
    guint n_listing;               /* answers that are to come */
    GtkFileChooserNative *chooser; /* while it is open, or NULL */

    AppHostCombo *host_combo;
    GtkBox *notes_box;
    GtkListBox *images_list;
    GtkStack *stack;
    GtkLabel *empty_label;
    GtkWidget *actions;
    GtkLabel *title_label;
    AppFormRow *problem_row;
    GtkLabel *format_label;
    GtkLabel *size_label;
    GtkLabel *used_label;
    AppFormRow *base_row;
    AppFormRow *users_row;
    AppFormRow *place_row;
    AppFormRow *check_row;
    GtkButton *check_button;
    AppFormRow *grow_row;
    AppSizeEntry *grow_entry;
    GtkButton *grow_button;
    AppFormRow *convert_row;
    GtkComboBox *convert_combo;
    GtkButton *convert_button;
    AppFormRow *delete_row;
    GtkButton *delete_button;
    AppWorkLine *work_line;
};

/* app-images-window.c */
/* The image that is selected, or NULL. */
const VitrineImage *app_images_window_get_selected (AppImagesWindow *self);
/* Reads all of them again. */
void app_images_window_refresh (AppImagesWindow *self);
/* Looks at PATH as well, and selects it. */
void app_images_window_open (AppImagesWindow *self, const char *path);
/* In place of what was said last. */
void app_images_window_say (AppImagesWindow *self, GtkMessageType type, const char *text);

/* app-images-work.c: what is done to the one that is selected. */
void app_images_window_update_work (AppImagesWindow *self);
void app_images_check_clicked_cb (GtkButton *button, AppImagesWindow *self);
void app_images_grow_clicked_cb (GtkButton *button, AppImagesWindow *self);
void app_images_convert_clicked_cb (GtkButton *button, AppImagesWindow *self);
void app_images_delete_clicked_cb (GtkButton *button, AppImagesWindow *self);

G_END_DECLS
