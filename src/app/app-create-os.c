/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-os.c - the create sheet's system: a hint from the medium, or what the user says; and what follows from it.
 *
 * What is on the medium is looked at beside all else and holds up nothing.  A field follows the system for as long as it says
 * what the sheet itself put there: a number of the user's own stays.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "app-cancellable.h"
#include "app-create-dialog-private.h"
#include "app-format.h"

/* --- what the fields say ------------------------------------------------------------------------------ */

static void
defaults_clear (AppCreateDefaults *self)
{
    g_free (self->firmware);
    g_free (self->bus);
    g_free (self->model);
}

static char *
dup_id (GtkComboBox *combo)
{
    return g_strdup (gtk_combo_box_get_active_id (combo));
}

static void
read_fields (AppCreateDialog *self, AppCreateDefaults *fields)
{
    defaults_clear (fields);
    fields->cpus = (guint) gtk_spin_button_get_value_as_int (self->cpus_spin);
    app_size_entry_peek_mib (self->memory_entry, &fields->memory_mib);
    app_size_entry_peek_mib (self->size_entry, &fields->disk_mib);
    fields->firmware = dup_id (self->firmware_combo);
    fields->bus = dup_id (self->bus_combo);
    fields->model = dup_id (self->model_combo);
}

/* What ENTRY says now, unless it is what the sheet put there, *OURS, which becomes MIB. */
static void
follow_size (AppSizeEntry *entry, guint64 *ours, guint64 mib)
{
    guint64 now;

    if (!app_size_entry_peek_mib (entry, &now) || now != *ours)
        return;
    *ours = mib;
    if (now != mib)
        app_size_entry_set_mib (entry, mib);
}

static void
follow_choice (GtkComboBox *combo, char **ours, const char *id)
{
    if (g_strcmp0 (gtk_combo_box_get_active_id (combo), *ours) != 0)
        return;
    g_free (*ours);
    *ours = g_strdup (id);
    gtk_combo_box_set_active_id (combo, id);
}

static void
follow_cpus (AppCreateDialog *self, guint cpus)
{
    g_autofree char *ours = g_strdup_printf ("%u", self->ours.cpus);

    if (!g_str_equal (gtk_entry_get_text (GTK_ENTRY (self->cpus_spin)), ours))
        return;
    self->ours.cpus = cpus;
    gtk_spin_button_set_value (self->cpus_spin, cpus);
}

/* --- what a system needs ------------------------------------------------------------------------------- */

/* OS's, or that of any for NULL. */
static void
apply (AppCreateDialog *self, const VitrineOs *os)
{
    guint64 memory_mib = os != NULL ? vitrine_os_get_memory_mib (os, self->limits) : 0;
    guint64 disk_mib = os != NULL ? os->disk_mib : 0;
    gboolean uefi =
        os != NULL && os->firmware == VITRINE_FIRMWARE_UEFI && self->limits->has_uefi;
    guint cpus = os != NULL ? os->vcpus : 0;

    if (disk_mib > self->limits->free_disk_bytes / APP_MIB)
        disk_mib = 0;
    follow_cpus (self, CLAMP (cpus, self->usual.cpus, MAX (self->limits->max_vcpus, self->usual.cpus)));
    follow_size (self->memory_entry, &self->ours.memory_mib,
                 memory_mib > 0 ? memory_mib : self->usual.memory_mib);
    follow_size (self->size_entry, &self->ours.disk_mib,
                 disk_mib > 0 ? disk_mib : self->usual.disk_mib);
    follow_choice (self->firmware_combo, &self->ours.firmware,
                   uefi ? "uefi" : self->usual.firmware);
    follow_choice (self->bus_combo, &self->ours.bus,
                   os != NULL ? vitrine_disk_bus_to_string (os->bus) : self->usual.bus);
    follow_choice (self->model_combo, &self->ours.model,
                   os != NULL ? os->nic_model : self->usual.model);
}

static void
chosen_cb (AppCreateDialog *self)
{
    self->os_is_users = TRUE;
    apply (self, app_os_button_get_os (self->os_button));
    app_create_dialog_update (self);
}

/* --- the hint ------------------------------------------------------------------------------------------- */

static void
detected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    VitrineOsGuess *guess =
        self->host != NULL ? vitrine_host_detect_os_finish (self->host, result, &error) : NULL;

    /* Another file was chosen meanwhile, or the sheet has gone. */
    if (self->host == NULL || g_task_get_cancellable (G_TASK (result)) != self->detecting
        || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        vitrine_os_guess_free (guess);
        return;
    }
    g_clear_object (&self->detecting);
    self->guess = guess;
    self->os_problem = error != NULL ? app_format_sentence (error->message) : NULL;
    if (!self->os_is_users && guess != NULL) {
        app_os_button_set_os (self->os_button, guess->os);
        apply (self, guess->os);
    }
    app_create_dialog_update (self);
}

static void
forget_guess (AppCreateDialog *self)
{
    app_cancellable_end (&self->detecting);
    g_clear_pointer (&self->guess, vitrine_os_guess_free);
    g_clear_pointer (&self->os_problem, g_free);
}

void
app_create_dialog_detect_os (AppCreateDialog *self, const char *path)
{
    forget_guess (self);
    if (!self->os_is_users) {
        app_os_button_set_os (self->os_button, NULL);
        apply (self, NULL);
    }
    if (path == NULL)
        return;
    self->detecting = g_cancellable_new ();
    vitrine_host_detect_os_async (self->host, path, self->detecting, detected_cb,
                                  g_object_ref (self));
}

/* What there is to say of the one that is chosen. */
static const char *
describe (AppCreateDialog *self, const VitrineOs *os)
{
    static const char *const words[] = {
        [VITRINE_OS_UNKNOWN] = N_ ("Not recognised: a machine for any system"),
        [VITRINE_OS_SIMILAR] = N_ ("Likely a newer release of it, which is not known here"),
        [VITRINE_OS_LIKELY] = N_ ("Likely, by its name"),
        [VITRINE_OS_SURE] = N_ ("Found on the medium"),
    };

    if (self->detecting != NULL)
        return _ ("Looking which one it is…");
    if (!self->os_is_users && self->os_problem != NULL)
        return self->os_problem;
    if (!self->os_is_users && self->guess != NULL)
        return _ (words[self->guess->confidence]);
    return os != NULL ? _ ("Memory, disk and devices are as it needs them")
                      : _ ("Memory, disk and devices that suit most");
}

/* A button's own words are not read out where a row names it. */
static void
name_button (AppCreateDialog *self, const VitrineOs *os)
{
    /* Translators: the operating system of a new machine, as it is read out: "System: Debian 12" */
    g_autofree char *name =
        g_strdup_printf (_ ("System: %s"), os != NULL ? os->name : _ ("Any system"));

    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->os_button)), name);
}

void
app_create_dialog_check_os (AppCreateDialog *self)
{
    const VitrineOs *os = app_os_button_get_os (self->os_button);

    if (os != NULL && os->firmware == VITRINE_FIRMWARE_UEFI && g_str_equal (os->family, "winnt"))
        app_form_row_set_note (self->os_row, APP_NOTE_WARNING,
                               _ ("Its installer asks for a TPM, which the machine does not have"));
    else if (os != NULL && os->ended)
        app_form_row_set_note (self->os_row, APP_NOTE_WARNING,
                               _ ("Its makers look after it no more"));
    else
        app_form_row_set_note (self->os_row, APP_NOTE_PLAIN, describe (self, os));
    name_button (self, os);
}

/* --- the sheet -------------------------------------------------------------------------------------------- */

void
app_create_dialog_begin_os (AppCreateDialog *self)
{
    read_fields (self, &self->usual);
    read_fields (self, &self->ours);
    app_os_button_set_host (self->os_button, self->host);
    g_signal_connect_object (self->os_button, "chosen", G_CALLBACK (chosen_cb), self,
                             G_CONNECT_SWAPPED);
}

void
app_create_dialog_take_os (AppCreateDialog *self)
{
    app_os_button_set_host (self->os_button, self->host);
}

void
app_create_dialog_add_os (AppCreateDialog *self, VitrineSpec *spec)
{
    const VitrineOs *os = app_os_button_get_os (self->os_button);

    vitrine_spec_set_os (spec, os != NULL ? os->id : NULL);
}

void
app_create_dialog_end_os (AppCreateDialog *self)
{
    forget_guess (self);
}

void
app_create_dialog_free_os (AppCreateDialog *self)
{
    defaults_clear (&self->usual);
    defaults_clear (&self->ours);
}

void
app_create_dialog_bind_os (GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, os_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, os_button);
}
