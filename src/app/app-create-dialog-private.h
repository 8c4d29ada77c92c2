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

    AppHosts *hosts;
    VitrineHost *host;             /* that it is made on */
    gboolean is_first;             /* of HOSTS: this computer, for most */
    VitrineHostLimits *limits;     /* as they were when the host was chosen */
    AppSource *source;             /* never NULL */
    GCancellable *probe;           /* of the look at a file under way, or NULL */
    GCancellable *creation;        /* of the creation under way, or NULL */
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
    gboolean name_is_ours;         /* nobody typed a name yet: it follows the source */
    gboolean setting_name;
    GHashTable *macs;          /* other machines' addresses, lower case, to the machines' names */
    guint n_collected;         /* so many machines' are in it */
    guint collect_id;          /* the next are to follow */

    GtkButton *cancel_button;
    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *source_row;
    GtkButton *choose_button;
    GtkButton *clear_button;
    AppFormRow *host_row;
    GtkComboBoxText *host_combo;
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
    AppFormRow *network_row;
    GtkComboBox *network_combo;
    AppFormRow *model_row;
    GtkComboBox *model_combo;
    AppFormRow *mac_row;
    GtkEntry *mac_entry;
    GtkRevealer *progress_revealer;
    GtkLabel *progress_label;
    GtkSpinner *spinner;
};

/* app-create-check.c: tells beside each field what is wrong with it; FALSE when anything is. */
gboolean app_create_dialog_check (AppCreateDialog *self);

/* app-create-dialog.c: checks again, and offers what can be done now. */
void app_create_dialog_update (AppCreateDialog *self);

/* app-create-network.c: the network card. */
void app_create_dialog_begin_network (AppCreateDialog *self);
/* The host, and so the network that is usual there, is another. */
void app_create_dialog_take_network (AppCreateDialog *self);
void app_create_dialog_end_network (AppCreateDialog *self);
void app_create_dialog_collect_macs (AppCreateDialog *self);
gboolean app_create_dialog_check_network (AppCreateDialog *self);
void app_create_dialog_add_nic (AppCreateDialog *self, VitrineSpec *spec);

G_END_DECLS
