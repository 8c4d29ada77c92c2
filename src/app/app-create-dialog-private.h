/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-dialog-private.h - the create sheet's parts, for the files it is split into. */
#pragma once

#include "app-create-dialog.h"
#include "app-form-row.h"
#include "app-mac-table.h"
#include "app-os-button.h"
#include "app-server-look.h"
#include "app-size-entry.h"
#include "app-source.h"

G_BEGIN_DECLS

/* What the fields say that follow the system. */
typedef struct {
    guint cpus;
    guint64 memory_mib, disk_mib;
    char *firmware, *bus, *model;
} AppCreateDefaults;

/* The installer, told what it asks: see app-create-express.c. */
typedef struct {
    VitrineExpressPlan *plan; /* NULL: nobody knows (yet) */
    char *problem;            /* why nobody does, or NULL */
    char *question;           /* of which host, system and medium that is; NULL: none */
    GCancellable *planning;   /* of the question under way, or NULL */

    AppFormRow *row, *user_row, *realname_row, *password_row, *show_row, *host_row, *language_row,
        *keyboard_row, *timezone_row, *key_row;
    GtkSwitch *button;
    GtkEntry *user_entry, *realname_entry, *password_entry, *host_entry, *language_entry,
        *keyboard_entry, *timezone_entry, *key_entry;
} AppCreateExpress;

struct _AppCreateDialog {
    GtkWindow parent_instance;

    AppHosts *hosts;
    VitrineHost *host;             /* that it is made on */
    gboolean is_first;             /* of HOSTS: this computer, for most */
    VitrineHostLimits *limits;     /* as they were when the host was chosen */
    AppSource *source;             /* never NULL */
    GCancellable *probe;           /* of the look at a file under way, or NULL */
    VitrinePassphrase *passphrase; /* of its new disk, if that is encrypted; else NULL */
    gboolean remember;             /* that */
    GCancellable *creation;        /* of the creation under way, or NULL */
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
    gboolean name_is_ours;         /* nobody typed a name yet: it follows the source */
    gboolean setting_name;
    AppMacTable *macs; /* the host's machines' addresses */

    AppCreateDefaults usual; /* for any system */
    AppCreateDefaults ours;  /* what the sheet itself put into the fields last */
    gboolean os_is_users;    /* somebody chose one: no medium says otherwise */
    GCancellable *detecting; /* of the look at which one is on the medium, or NULL */
    VitrineOsGuess *guess;   /* what came of it, or NULL */
    char *os_problem;        /* why nothing did, or NULL */

    char *keys;            /* public SSH keys, or NULL */
    char *key_path;        /* where they are from, or where they are read from now; or NULL */
    char *key_problem;     /* why the file that was chosen has none, or NULL */
    guint next_key;        /* see app-create-cloud.c */
    GCancellable *reading; /* of a key under way, or NULL */
    GtkFileChooserNative *key_chooser; /* while it is open, or NULL */

    AppCreateExpress express;
    VitrineImage *image;       /* what the engine says of the source, a disk image, or NULL */
    char *folder;              /* where the disk goes, or NULL: the machine's own */
    guint64 folder_free_bytes; /* G_MAXUINT64: nobody knows */
    GCancellable *measuring;   /* of the look at the folder's free space, or NULL */
    GtkFileChooserNative *folder_chooser; /* while it is open, or NULL */
    GPtrArray
        *groups; /* of VitrineVolumeGroup, that the host has; NULL: none, as far as is known */
    AppServerLook *server_look;           /* at the address of a server's disk; NULL at first */
    GCancellable *listing_groups;         /* of the list of them under way, or NULL */
    GPtrArray *networks;                  /* of VitrineNetworkInfo, that the host has */
    GCancellable *listing;                /* of the list of them under way, or NULL */
    GCancellable *starting;               /* of a network's start under way, or NULL */

    GtkButton *cancel_button;
    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *source_row;
    GtkButton *choose_button;
    GtkButton *clear_button;
    AppFormRow *cloud_row;
    GtkSwitch *cloud_switch;
    AppFormRow *cloud_user_row;
    GtkEntry *cloud_user_entry;
    AppFormRow *cloud_key_row;
    GtkButton *no_key_button;
    GtkButton *key_button;
    AppFormRow *cloud_password_row;
    GtkEntry *cloud_password_entry;
    AppFormRow *cloud_host_row;
    GtkEntry *cloud_host_entry;
    AppFormRow *os_row;
    AppOsButton *os_button;
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
    AppFormRow *format_row;
    GtkComboBox *format_combo;
    AppFormRow *place_row;
    GtkButton *own_folder_button;
    GtkButton *folder_button;
    AppFormRow *group_row;
    GtkComboBox *group_combo;
    AppFormRow *space_row;
    GtkComboBox *space_combo;
    GtkWidget *disk_more;
    AppFormRow *server_row;
    GtkEntry *server_entry;
    AppFormRow *bus_row;
    GtkComboBox *bus_combo;
    GtkComboBox *cache_combo;
    GtkComboBox *discard_combo;
    AppFormRow *network_row;
    GtkComboBox *network_combo;
    AppFormRow *start_row;
    GtkButton *start_button;
    AppFormRow *bridge_row;
    GtkEntry *bridge_entry;
    AppFormRow *macvtap_row;
    GtkEntry *macvtap_entry;
    GtkSwitch *link_switch;
    GtkWidget *network_more;
    AppFormRow *forwards_row;
    GtkEntry *forwards_entry;
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

/* app-create-dialog.c: what went wrong, above the form. */
void app_create_dialog_say_error (AppCreateDialog *self, const GError *error);

/* app-create-dialog.c: checks again, and offers what can be done now. */
void app_create_dialog_update (AppCreateDialog *self);

/* Each part of the sheet binds its own widgets of the template and what they call. */
void app_create_dialog_bind_os (GtkWidgetClass *widget_class);
void app_create_dialog_bind_cloud (GtkWidgetClass *widget_class);
void app_create_dialog_bind_express (GtkWidgetClass *widget_class);
void app_create_dialog_bind_disk (GtkWidgetClass *widget_class);
void app_create_dialog_bind_network (GtkWidgetClass *widget_class);

/* app-create-disk.c: the disk, one that is there or a new one. */
void app_create_dialog_begin_disk (AppCreateDialog *self);
/* The host is another. */
void app_create_dialog_take_disk (AppCreateDialog *self);
void app_create_dialog_end_disk (AppCreateDialog *self);
/* Asks the engine what the source, a disk image, is; the sheet is updated when it is known. */
void app_create_dialog_inspect (AppCreateDialog *self);
/* Tells what is known of it. */
gboolean app_create_dialog_check_image (AppCreateDialog *self);
gboolean app_create_dialog_check_disk (AppCreateDialog *self);
void app_create_dialog_add_disk (AppCreateDialog *self, VitrineSpec *spec);

/* app-create-volume.c: a new disk that is a logical volume, where the host has groups of them.  The format's id: */
#define APP_CREATE_VOLUME "lvm"
/* The host is another: its groups are asked for. */
void app_create_dialog_take_volumes (AppCreateDialog *self);
void app_create_dialog_end_volumes (AppCreateDialog *self);
/* Whether SIZE_BYTES fit; tells beside the group. */
gboolean app_create_dialog_check_volume (AppCreateDialog *self, guint64 size_bytes);
void app_create_dialog_set_volume (AppCreateDialog *self, VitrineDiskSpec *disk);

/* app-create-server.c: a disk that a server has, in place of a new one. */
gboolean app_create_dialog_has_server (AppCreateDialog *self);
/* Has the server looked at; tells beside its row. */
gboolean app_create_dialog_check_server (AppCreateDialog *self);
void app_create_dialog_set_server (AppCreateDialog *self, VitrineDiskSpec *disk);
void app_create_dialog_end_server (AppCreateDialog *self);

/* app-create-os.c: the system. */
void app_create_dialog_begin_os (AppCreateDialog *self);
/* The host is another. */
void app_create_dialog_take_os (AppCreateDialog *self);
void app_create_dialog_end_os (AppCreateDialog *self);
void app_create_dialog_free_os (AppCreateDialog *self);
/* Looks which one is on PATH, or forgets what was found for NULL; the sheet is updated when it is known. */
void app_create_dialog_detect_os (AppCreateDialog *self, const char *path);
void app_create_dialog_check_os (AppCreateDialog *self);
void app_create_dialog_add_os (AppCreateDialog *self, VitrineSpec *spec);

/* app-create-cloud.c: whom a cloud image lets in. */
gboolean app_create_dialog_check_cloud (AppCreateDialog *self);
void app_create_dialog_add_cloud (AppCreateDialog *self, VitrineSpec *spec);
void app_create_dialog_end_cloud (AppCreateDialog *self);

/* app-create-express.c: what the installer on a CD is told. */
gboolean app_create_dialog_check_express (AppCreateDialog *self);
void app_create_dialog_add_express (AppCreateDialog *self, VitrineSpec *spec);
void app_create_dialog_end_express (AppCreateDialog *self);

/* app-create-network.c: the network card. */
void app_create_dialog_begin_network (AppCreateDialog *self);
/* The host, and so the network that is usual there, is another. */
void app_create_dialog_take_network (AppCreateDialog *self);
void app_create_dialog_end_network (AppCreateDialog *self);
gboolean app_create_dialog_check_network (AppCreateDialog *self);
void app_create_dialog_add_nic (AppCreateDialog *self, VitrineSpec *spec);

G_END_DECLS
