/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-check.c - the create sheet's notes: what each field means on this host, what is wrong with it.
 *
 * Runs whenever anything changes and looks at nothing but the sheet and the host's limits.  The engine
 * checks all of it again, and more, when the machine is made.
 */
#include <glib/gi18n.h>

#include "app-create-dialog-private.h"
#include "app-format.h"
#include "app-machine-name.h"

#define MEMORY_MIN_MIB 16
#define DISK_MAX_MIB   (G_GUINT64_CONSTANT (16) << 20)

/* Sets NOTE, which it takes over, as an error; returns FALSE. */
static gboolean
refuse (AppFormRow *row, char *note)
{
    app_form_row_set_note (row, APP_NOTE_ERROR, note);
    g_free (note);
    return FALSE;
}

/* Sets NOTE, which it takes over; returns TRUE. */
static gboolean
accept (AppFormRow *row, AppNoteKind kind, char *note)
{
    app_form_row_set_note (row, kind, note);
    g_free (note);
    return TRUE;
}

static gboolean
check_source (AppCreateDialog *self)
{
    if (self->source->problem != NULL)
        return refuse (self->source_row, g_strdup (self->source->problem));
    if (self->probe != NULL)
        return accept (self->source_row, APP_NOTE_PLAIN, g_strdup (_ ("Looking into it…")));
    if (self->source->kind == APP_SOURCE_NONE && !gtk_switch_get_active (self->disk_switch))
        return accept (
            self->source_row, APP_NOTE_WARNING,
            g_strdup (_ ("Without a file and without a disk it has nothing to start from")));
    if (self->source->kind == APP_SOURCE_NONE)
        return accept (self->source_row, APP_NOTE_PLAIN,
                       g_strdup (_ ("An ISO or disk image; without one the disk stays empty")));
    if (self->limits->elsewhere)
        return accept (self->source_row, APP_NOTE_WARNING,
                       g_strdup (_ ("The host looks for it on its own disk, at the same place")));
    return accept (self->source_row, self->source->doubtful ? APP_NOTE_WARNING : APP_NOTE_PLAIN,
                   g_strdup (self->source->note));
}

static gboolean
check_name (AppCreateDialog *self)
{
    const char *problem =
        app_machine_name_find_problem (self->host, gtk_entry_get_text (self->name_entry));

    return problem != NULL ? refuse (self->name_row, g_strdup (problem))
                           : accept (self->name_row, APP_NOTE_PLAIN, NULL);
}

static gboolean
check_firmware (AppCreateDialog *self)
{
    const char *word = gtk_combo_box_get_active_id (self->firmware_combo);
    VitrineFirmware firmware;

    if (!vitrine_firmware_from_string (word, &firmware) || firmware == VITRINE_FIRMWARE_BIOS)
        return accept (self->firmware_row, APP_NOTE_PLAIN,
                       g_strdup (_ ("As older computers have it; starts most systems")));
    if (!self->limits->has_uefi)
        return refuse (self->firmware_row,
                       g_strdup (_ ("Not installed; run “sudo apt install ovmf”")));
    return accept (self->firmware_row, APP_NOTE_PLAIN,
                   g_strdup (_ ("As newer computers have it; its settings stay with the machine")));
}

/* What the number field says now; its value is only set when the field is left. */
static gboolean
peek_number (GtkSpinButton *spin, guint64 *number)
{
    return g_ascii_string_to_unsigned (gtk_entry_get_text (GTK_ENTRY (spin)), 10, 0, G_MAXUINT,
                                       number, NULL);
}

static gboolean
check_cpus (AppCreateDialog *self)
{
    guint n = self->limits->host_cpus;
    guint64 cpus;

    if (!peek_number (self->cpus_spin, &cpus) || cpus == 0)
        return refuse (self->cpus_row, g_strdup (_ ("A number from 1 on")));
    if (cpus > self->limits->max_vcpus)
        return refuse (self->cpus_row, g_strdup_printf (_ ("A machine can have %u at most"),
                                                        self->limits->max_vcpus));
    if (cpus > n)
        return accept (
            self->cpus_row, APP_NOTE_WARNING,
            g_strdup_printf (
                self->is_first
                    ? ngettext ("More than the %u this computer has: the machine will be slow",
                                "More than the %u this computer has: the machine will be slow", n)
                    : ngettext ("More than the %u the host has: the machine will be slow",
                                "More than the %u the host has: the machine will be slow", n),
                n));
    return accept (self->cpus_row, APP_NOTE_PLAIN,
                   g_strdup_printf (
                       self->is_first ? ngettext ("This computer has %u", "This computer has %u", n)
                                      : ngettext ("The host has %u", "The host has %u", n),
                       n));
}

static gboolean
check_memory (AppCreateDialog *self)
{
    g_autofree char *total = app_format_size (self->limits->memory_bytes);
    g_autofree char *unused = app_format_size (self->limits->free_memory_bytes);
    guint64 mib;

    if (!app_size_entry_peek_mib (self->memory_entry, &mib))
        return refuse (self->memory_row, g_strdup (_ ("A size such as “2 GiB” or “512 MiB”")));
    if (mib < MEMORY_MIN_MIB)
        return refuse (self->memory_row, g_strdup (_ ("No machine starts with less than 16 MiB")));
    if (mib > self->limits->memory_bytes / APP_MIB)
        return refuse (self->memory_row,
                       g_strdup_printf (self->is_first ? _ ("This computer has only %s")
                                                       : _ ("The host has only %s"),
                                        total));
    if (mib > self->limits->free_memory_bytes / APP_MIB)
        return accept (self->memory_row, APP_NOTE_WARNING,
                       g_strdup_printf (_ ("Only %s of %s are free now"), unused, total));
    return accept (self->memory_row, APP_NOTE_PLAIN,
                   g_strdup_printf (_ ("%s of %s are free"), unused, total));
}

static gboolean
check_size (AppCreateDialog *self)
{
    g_autofree char *unused = app_format_size (self->limits->free_disk_bytes);
    guint64 mib;

    if (!app_size_entry_peek_mib (self->size_entry, &mib))
        return refuse (self->size_row, g_strdup (_ ("A size such as “20 GiB”")));
    if (mib == 0)
        return refuse (self->size_row, g_strdup (_ ("A disk needs a size")));
    if (mib > DISK_MAX_MIB)
        return refuse (self->size_row, g_strdup (_ ("16 TiB are the most")));
    if (mib > self->limits->free_disk_bytes / APP_MIB)
        return refuse (self->size_row, g_strdup_printf (_ ("Only %s are free"), unused));
    return accept (self->size_row, APP_NOTE_PLAIN,
                   self->limits->free_disk_bytes == G_MAXUINT64
                       ? NULL
                       : g_strdup_printf (_ ("%s are free"), unused));
}

/* Where the disk will be, as the name is typed. */
static void
update_place (AppCreateDialog *self)
{
    const char *folder = self->limits->machines_folder;
    g_autofree char *short_folder = app_format_path (folder != NULL ? folder : "");
    g_autofree char *place =
        g_strdup_printf ("%s/…/%s.raw", short_folder, gtk_entry_get_text (self->name_entry));

    app_form_row_set_note (self->place_row, APP_NOTE_PLAIN, place);
    gtk_widget_set_visible (GTK_WIDGET (self->place_row), *short_folder != '\0');
}

/* An existing disk image is the machine's disk: then there is none to be made. */
static gboolean
check_disk (AppCreateDialog *self)
{
    gboolean imported = self->source->kind == APP_SOURCE_DISK;
    gboolean wanted = gtk_switch_get_active (self->disk_switch) && !imported;

    gtk_widget_set_sensitive (GTK_WIDGET (self->disk_switch), !imported);
    gtk_widget_set_visible (GTK_WIDGET (self->size_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->place_row), wanted);
    app_form_row_set_note (self->disk_row, APP_NOTE_PLAIN,
                           imported ? _ ("The image above is its disk")
                           : wanted ? _ ("Takes space only as it fills")
                                    : _ ("None: what the machine writes is gone when it stops"));
    if (!wanted)
        return TRUE;
    update_place (self);
    return check_size (self);
}

gboolean
app_create_dialog_check (AppCreateDialog *self)
{
    gboolean good = TRUE;

    good &= check_source (self);
    good &= check_name (self);
    good &= check_firmware (self);
    good &= check_cpus (self);
    good &= check_memory (self);
    good &= check_disk (self);
    good &= app_create_dialog_check_network (self);
    return good && self->probe == NULL;
}
