/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-network.c - the create sheet's network card: on which network, which model, which address.
 *
 * An address is made up when the sheet opens, and shown, so that what is typed instead is seen to be
 * another.  Two machines must not have the same one.
 */
#include <glib/gi18n.h>
#include <string.h>
#include "app-cancellable.h"

#include "app-create-dialog-private.h"
#include "app-networks.h"

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

/* --- the rows ------------------------------------------------------------------------------------ */

/* Ids of the choices; a network's is its name behind NETWORK. */
#define USER                                                                                       \
    "user" /* what is usual on the host: its own network, as any program's, or one of its networks */
#define RESTRICTED "restricted" /* the same, and the guest reaches nothing */
#define BRIDGE     "bridge"
#define MACVTAP    "macvtap"
#define NONE       "none"
#define NETWORK    "network:"

void
app_create_dialog_begin_network (AppCreateDialog *self)
{
    g_autofree char *mac = vitrine_nic_make_mac ();

    self->networks = g_ptr_array_new ();
    gtk_entry_set_text (self->mac_entry, mac);
    app_create_dialog_take_network (self);
    fill_in_models (self);
}

/* The network's name; NULL for the host's own, as any program's there. */
static const char *
get_usual_network (AppCreateDialog *self)
{
    const char *network = self->limits->network;

    return *network == '\0' || g_str_equal (network, "user") ? NULL : network;
}

static const char *
get_choice (AppCreateDialog *self)
{
    const char *id = gtk_combo_box_get_active_id (self->network_combo);

    return id != NULL ? id : NONE;
}

/* The one that is chosen, of those the host has, or NULL. */
static const VitrineNetworkInfo *
get_network (AppCreateDialog *self)
{
    const char *choice = get_choice (self);
    const char *name = g_str_has_prefix (choice, NETWORK) ? choice + strlen (NETWORK)
                       : g_str_equal (choice, USER)       ? get_usual_network (self)
                                                          : NULL;

    for (guint i = 0; name != NULL && i < self->networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);

        if (g_str_equal (info->name, name))
            return info;
    }
    return NULL;
}

/* Whether the card is behind a program of the user's, which ports can be forwarded by. */
static gboolean
is_on_users (AppCreateDialog *self)
{
    const char *choice = get_choice (self);

    return g_str_equal (choice, RESTRICTED)
           || (g_str_equal (choice, USER) && get_usual_network (self) == NULL);
}

static void
fill_in_networks (AppCreateDialog *self)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->network_combo);
    const char *usual = get_usual_network (self);

    gtk_combo_box_text_remove_all (combo);
    gtk_combo_box_text_append (combo, USER,
                               usual != NULL    ? usual
                               : self->is_first ? _ ("This computer’s")
                                                : _ ("The host’s"));
    for (guint i = 0; i < self->networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);
        g_autofree char *id = g_strconcat (NETWORK, info->name, NULL);

        if (g_strcmp0 (info->name, usual) != 0 && *info->problem == '\0')
            gtk_combo_box_text_append (combo, id, info->name);
    }
    gtk_combo_box_text_append (combo, BRIDGE, _ ("A bridge"));
    gtk_combo_box_text_append (combo, MACVTAP, _ ("Beside a network card"));
    if (usual == NULL)
        gtk_combo_box_text_append (combo, RESTRICTED, _ ("Forwarded ports only"));
    gtk_combo_box_text_append (combo, NONE, _ ("None"));
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GPtrArray) networks = app_networks_list_finish (result, NULL);
    g_autofree char *chosen = NULL;

    if (self->host == NULL || g_task_get_cancellable (G_TASK (result)) != self->listing)
        return;
    g_clear_object (&self->listing);
    /* A host that cannot say which it has has the usual one all the same. */
    if (networks == NULL)
        return;
    g_ptr_array_unref (self->networks);
    self->networks = g_steal_pointer (&networks);
    chosen = g_strdup (get_choice (self));
    fill_in_networks (self);
    if (!gtk_combo_box_set_active_id (self->network_combo, chosen))
        gtk_combo_box_set_active_id (self->network_combo, USER);
    app_create_dialog_update (self);
}

static void
list_networks (AppCreateDialog *self)
{
    app_cancellable_end (&self->listing);
    self->listing = g_cancellable_new ();
    app_networks_list_async (self->host, self->listing, listed_cb, g_object_ref (self));
}

static void
macs_changed_cb (gpointer user_data)
{
    app_create_dialog_update (user_data);
}

void
app_create_dialog_take_network (AppCreateDialog *self)
{
    g_ptr_array_unref (self->networks);
    self->networks = g_ptr_array_new ();
    g_clear_pointer (&self->macs, app_mac_table_free);
    self->macs = app_mac_table_new (self->host, macs_changed_cb, self);
    fill_in_networks (self);
    gtk_combo_box_set_active_id (self->network_combo, *self->limits->network != '\0' ? USER : NONE);
    list_networks (self);
}

void
app_create_dialog_end_network (AppCreateDialog *self)
{
    g_clear_pointer (&self->macs, app_mac_table_free);
    app_cancellable_end (&self->listing);
    app_cancellable_end (&self->starting);
}

/* --- a network that is not started --------------------------------------------------------------- */

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    gboolean done = app_networks_finish (result, &error);

    if (self->host == NULL || self->starting == NULL)
        return;
    g_clear_object (&self->starting);
    if (!done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        app_create_dialog_say_error (self, error);
    list_networks (self);
    app_create_dialog_update (self);
}

static void
start_network_cb (GtkButton *button, AppCreateDialog *self)
{
    const VitrineNetworkInfo *info = get_network (self);

    if (info == NULL || self->starting != NULL)
        return;
    self->starting = g_cancellable_new ();
    app_networks_act_async (self->host, VITRINE_RESOURCE_START, info->name, self->starting,
                            started_cb, g_object_ref (self));
    app_create_dialog_update (self);
}

/* The offer to start the network that is chosen. */
static void
update_start (AppCreateDialog *self)
{
    const VitrineNetworkInfo *info = get_network (self);
    gboolean stopped = info != NULL && !info->is_active;

    gtk_widget_set_visible (GTK_WIDGET (self->start_row), stopped);
    gtk_widget_set_sensitive (GTK_WIDGET (self->start_button), self->starting == NULL);
    if (stopped)
        app_form_row_set_note (self->start_row, info->autostart ? APP_NOTE_PLAIN : APP_NOTE_WARNING,
                               self->starting != NULL ? _ ("Starting the network…")
                               : info->autostart      ? _ ("It starts with the machine")
                                                      : _ ("The machine cannot start before it"));
}

/* --- checks -------------------------------------------------------------------------------------- */

static char *
dup_mac (AppCreateDialog *self)
{
    g_autofree char *text = app_form_dup_text (self->mac_entry);

    return g_ascii_strdown (text, -1);
}

static gboolean
check_mac (AppCreateDialog *self)
{
    g_autofree char *mac = dup_mac (self);
    const char *other = self->macs != NULL ? app_mac_table_find (self->macs, mac) : NULL;
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

/* A name is wanted in ENTRY, of ROW, while CHOICE is what is chosen. */
static gboolean
check_name (AppCreateDialog *self, const char *choice, AppFormRow *row, GtkEntry *entry,
            const char *note)
{
    g_autofree char *name = app_form_dup_text (entry);
    gboolean wanted = g_str_equal (get_choice (self), choice);

    gtk_widget_set_visible (GTK_WIDGET (row), wanted);
    app_form_row_set_note (row, wanted && *name == '\0' ? APP_NOTE_ERROR : APP_NOTE_PLAIN, note);
    return !wanted || *name != '\0';
}

static gboolean
check_source (AppCreateDialog *self)
{
    gboolean good = check_name (self, BRIDGE, self->bridge_row, self->bridge_entry,
                                _ ("The name of one that is there, such as br0"));

    return check_name (self, MACVTAP, self->macvtap_row, self->macvtap_entry,
                       _ ("The name of one of this computer’s, such as eth0"))
           && good;
}

/* The card's forwards, as a specification's text; what is wrong with them the reader of that says. */
static VitrineNicSpec *
parse_forwards (AppCreateDialog *self, GError **error)
{
    g_autofree char *text = app_form_dup_text (self->forwards_entry);
    g_auto (GStrv) parts = g_strsplit_set (text, ", ", -1);
    g_autoptr (GString) spec = g_string_new ("user");

    for (guint i = 0; parts[i] != NULL; i++)
        if (*parts[i] != '\0')
            g_string_append_printf (spec, ",forward=%s", parts[i]);
    return vitrine_nic_spec_parse (spec->str, error);
}

static gboolean
check_forwards (AppCreateDialog *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineNicSpec) nic = NULL;

    gtk_widget_set_visible (GTK_WIDGET (self->forwards_row), is_on_users (self));
    if (!is_on_users (self))
        return TRUE;
    nic = parse_forwards (self, &error);
    app_form_row_set_note (self->forwards_row, nic != NULL ? APP_NOTE_PLAIN : APP_NOTE_ERROR,
                           nic != NULL ? _ ("From this computer into the guest: tcp:2222:22")
                                       : error->message);
    return nic != NULL;
}

static const char *
describe_choice (AppCreateDialog *self)
{
    const VitrineNetworkInfo *info = get_network (self);
    const char *choice = get_choice (self);

    if (info != NULL)
        return app_networks_describe_mode (info->mode);
    if (g_str_equal (choice, BRIDGE))
        return app_networks_describe_mode ("bridged");
    if (g_str_equal (choice, MACVTAP))
        return _ ("On that card’s network; this computer itself does not reach the guest");
    if (g_str_equal (choice, RESTRICTED))
        return _ ("The guest reaches nothing");
    if (!is_on_users (self))
        return _ ("One of the networks of the host");
    return self->is_first ? _ ("The guest reaches what this computer reaches")
                          : _ ("The guest reaches what the host reaches");
}

gboolean
app_create_dialog_check_network (AppCreateDialog *self)
{
    gboolean wanted = !g_str_equal (get_choice (self), NONE);
    gboolean has_usual = *self->limits->network != '\0', good = TRUE;

    gtk_widget_set_visible (self->network_more, wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->model_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->mac_row), wanted);
    update_start (self);
    good &= check_source (self);
    good &= check_forwards (self);
    if (!wanted) {
        app_form_row_set_note (
            self->network_row, APP_NOTE_PLAIN,
            has_usual ? _ ("The machine has no network card")
                      : _ ("No card: “passt” is not installed; run “sudo apt install passt”"));
        return good;
    }
    if (!has_usual && is_on_users (self)) {
        app_form_row_set_note (self->network_row, APP_NOTE_ERROR,
                               _ ("“passt” is not installed; run “sudo apt install passt”"));
        return FALSE;
    }
    app_form_row_set_note (self->network_row, APP_NOTE_PLAIN, describe_choice (self));
    good &= check_mac (self);
    /* What is wrong must be seen. */
    if (!good)
        gtk_expander_set_expanded (GTK_EXPANDER (self->network_more), TRUE);
    return good;
}

void
app_create_dialog_add_nic (AppCreateDialog *self, VitrineSpec *spec)
{
    const char *choice = get_choice (self);
    VitrineNicSpec *nic;

    if (g_str_equal (choice, NONE))
        return;
    nic = is_on_users (self) ? parse_forwards (self, NULL) : vitrine_nic_spec_new ();
    g_return_if_fail (nic != NULL); /* it was checked */
    g_free (nic->model);
    nic->model = g_strdup (gtk_combo_box_get_active_id (self->model_combo));
    nic->mac = dup_mac (self);
    nic->link_down = !gtk_switch_get_active (self->link_switch);
    if (g_str_equal (choice, RESTRICTED))
        g_ptr_array_add (nic->settings, g_strdup ("restricted=yes"));
    else if (g_str_equal (choice, BRIDGE))
        nic->bridge = app_form_dup_text (self->bridge_entry);
    else if (g_str_equal (choice, MACVTAP))
        nic->macvtap = app_form_dup_text (self->macvtap_entry);
    else if (g_str_has_prefix (choice, NETWORK))
        nic->network = g_strdup (choice + strlen (NETWORK));
    else
        nic->network = g_strdup (get_usual_network (self));
    vitrine_spec_add_nic (spec, nic);
}

void
app_create_dialog_bind_network (GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, macvtap_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, macvtap_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, link_switch);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, start_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, start_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, bridge_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, bridge_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, network_more);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, forwards_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, forwards_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, network_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, network_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, model_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, model_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, mac_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, mac_entry);
    gtk_widget_class_bind_template_callback (widget_class, start_network_cb);
}
