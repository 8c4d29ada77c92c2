/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-network.c - the create sheet's network card: on which network, which model, which address.
 *
 * An address is made up when the sheet opens, and shown, so that what is typed instead is seen to be
 * another.  Two machines must not have the same one: those of the host's machines are collected one at a
 * time while nothing else is to be done, as each machine's definition may have to be read for it.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "app-create-dialog-private.h"

static const VitrineSetting *
find_models (GPtrArray *hardware)
{
    for (guint i = 0; hardware != NULL && i < hardware->len; i++) {
        const VitrineHardware *kind = g_ptr_array_index (hardware, i);

        for (guint j = 0; g_str_equal (kind->kind, "nic") && j < kind->settings->len; j++) {
            const VitrineSetting *setting = g_ptr_array_index (kind->settings, j);

            if (g_str_equal (setting->key, "model"))
                return setting;
        }
    }
    return NULL;
}

/* Why the engine's table cannot be read, every other use of a definition says as well. */
static void
fill_in_models (AppCreateDialog *self)
{
    g_autoptr (GPtrArray) hardware = vitrine_hardware_list (NULL);
    const VitrineSetting *models = find_models (hardware);

    if (models == NULL)
        return;
    for (char **model = models->choices; *model != NULL; model++)
        gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self->model_combo), *model, *model);
    gtk_combo_box_set_active_id (self->model_combo, models->fallback);
    app_form_row_set_note (self->model_row, APP_NOTE_PLAIN, models->note);
}

/* --- other machines' addresses ------------------------------------------------------------------- */

static void
collect (AppCreateDialog *self, VitrineMachine *machine)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_CONFIG);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        const char *mac = strrchr (device->source, ' ');

        if (g_str_equal (device->kind, "interface") && mac != NULL)
            g_hash_table_insert (self->macs, g_ascii_strdown (mac + 1, -1),
                                 g_strdup (vitrine_machine_get_name (machine)));
    }
}

static gboolean
collect_cb (gpointer user_data)
{
    AppCreateDialog *self = user_data;
    g_autoptr (VitrineMachine) machine =
        g_list_model_get_item (G_LIST_MODEL (self->host), self->n_collected);

    if (machine == NULL) {
        self->collect_id = 0;
        app_create_dialog_update (self);
        return G_SOURCE_REMOVE;
    }
    collect (self, machine);
    self->n_collected++;
    return G_SOURCE_CONTINUE;
}

void
app_create_dialog_collect_macs (AppCreateDialog *self)
{
    g_hash_table_remove_all (self->macs);
    self->n_collected = 0;
    if (self->collect_id == 0)
        self->collect_id = g_idle_add (collect_cb, self);
}

/* --- the rows ------------------------------------------------------------------------------------ */

void
app_create_dialog_begin_network (AppCreateDialog *self)
{
    g_autofree char *mac = vitrine_nic_make_mac ();

    self->macs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    app_create_dialog_take_network (self);
    gtk_entry_set_text (self->mac_entry, mac);
    fill_in_models (self);
    app_create_dialog_collect_macs (self);
}

/* The network's name; NULL for the host's own, as any program's there. */
static const char *
get_network (AppCreateDialog *self)
{
    const char *network = self->limits->network;

    return *network == '\0' || g_str_equal (network, "user") ? NULL : network;
}

void
app_create_dialog_take_network (AppCreateDialog *self)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->network_combo);
    const char *label = get_network (self) != NULL ? get_network (self)
                        : self->is_first           ? _ ("This computer’s")
                                                   : _ ("The host’s");

    gtk_combo_box_text_remove (combo, 0);
    gtk_combo_box_text_insert (combo, 0, "user", label);
    gtk_combo_box_set_active_id (self->network_combo,
                                 *self->limits->network != '\0' ? "user" : "none");
}

void
app_create_dialog_end_network (AppCreateDialog *self)
{
    g_clear_handle_id (&self->collect_id, g_source_remove);
    g_clear_pointer (&self->macs, g_hash_table_unref);
}

static gboolean
wants_network (AppCreateDialog *self)
{
    return g_strcmp0 (gtk_combo_box_get_active_id (self->network_combo), "user") == 0;
}

static char *
dup_mac (AppCreateDialog *self)
{
    g_autofree char *text = g_strstrip (g_strdup (gtk_entry_get_text (self->mac_entry)));

    return g_ascii_strdown (text, -1);
}

static gboolean
check_mac (AppCreateDialog *self)
{
    g_autofree char *mac = dup_mac (self);
    const char *other = g_hash_table_lookup (self->macs, mac);
    g_autofree char *taken = NULL;

    if (!vitrine_nic_check_mac (mac)) {
        app_form_row_set_note (self->mac_row, APP_NOTE_ERROR,
                               _ ("The address of one card, such as 52:54:00:12:34:56"));
        return FALSE;
    }
    if (other != NULL) {
        taken = g_strdup_printf (_ ("It is the address of “%s” already"), other);
        app_form_row_set_note (self->mac_row, APP_NOTE_ERROR, taken);
        return FALSE;
    }
    app_form_row_set_note (self->mac_row, APP_NOTE_PLAIN, _ ("By which networks know the card"));
    return TRUE;
}

gboolean
app_create_dialog_check_network (AppCreateDialog *self)
{
    gboolean wanted = wants_network (self), has_network = *self->limits->network != '\0';
    g_autofree char *note = NULL;

    gtk_widget_set_visible (GTK_WIDGET (self->model_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->mac_row), wanted);
    if (!wanted) {
        app_form_row_set_note (
            self->network_row, APP_NOTE_PLAIN,
            has_network ? _ ("The machine has no network card")
                        : _ ("No card: “passt” is not installed; run “sudo apt install passt”"));
        return TRUE;
    }
    if (!has_network) {
        app_form_row_set_note (self->network_row, APP_NOTE_ERROR,
                               _ ("“passt” is not installed; run “sudo apt install passt”"));
        return FALSE;
    }
    note = get_network (self) != NULL ? g_strdup (_ ("One of the networks of the host"))
           : self->is_first ? g_strdup (_ ("The guest reaches what this computer reaches"))
                            : g_strdup (_ ("The guest reaches what the host reaches"));
    app_form_row_set_note (self->network_row, APP_NOTE_PLAIN, note);
    return check_mac (self);
}

void
app_create_dialog_add_nic (AppCreateDialog *self, VitrineSpec *spec)
{
    VitrineNicSpec *nic;

    if (!wants_network (self))
        return;
    nic = vitrine_nic_spec_new ();
    nic->model = g_strdup (gtk_combo_box_get_active_id (self->model_combo));
    nic->mac = dup_mac (self);
    nic->network = g_strdup (get_network (self));
    vitrine_spec_add_nic (spec, nic);
}
