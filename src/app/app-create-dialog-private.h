/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-dialog-private.h - the create sheet's parts, for the files it is split into. */
#pragma once

#include "app-create-dialog.h"
#include "app-form-row.h"
#include "app-size-entry.h"
#include "app-source.h"

G_BEGIN_DECLS

struct _AppCreateDialog {
    GtkWindow parent_instance;

    VitrineHost *host;
    VitrineHostLimits *limits;     /* as they were when the sheet opened */
    AppSource *source;             /* never NULL */
    GCancellable *probe;           /* of the look at a file under way, or NULL */
    GCancellable *creation;        /* of the creation under way, or NULL */
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
    gboolean name_is_ours;         /* nobody typed a name yet: it follows the source */
    gboolean setting_name;

    GtkButton *cancel_button;
    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *source_row;
    GtkButton *choose_button;
    GtkButton *clear_button;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    AppFormRow *firmware_row;
    GtkComboBox *firmware_combo;
    AppFormRow *cpus_row;
    GtkSpinButton *cpus_spin;
    AppFormRow *memory_row;
    AppSizeEntry *memory_entry;
    AppFormRow *disk_row;
    GtkSwitch *disk_switch;
    AppFormRow *size_row;
    AppSizeEntry *size_entry;
    AppFormRow *place_row;
    GtkRevealer *progress_revealer;
    GtkLabel *progress_label;
    GtkSpinner *spinner;
};

/* app-create-check.c: tells beside each field what is wrong with it; FALSE when anything is. */
gboolean app_create_dialog_check (AppCreateDialog *self);

G_END_DECLS
