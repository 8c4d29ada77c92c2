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
    if (self->source->kind == APP_SOURCE_DISK && self->image != NULL)
        return app_create_dialog_check_image (self);
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

gboolean
app_create_dialog_check (AppCreateDialog *self)
{
    gboolean good = TRUE;

    good &= check_source (self);
    good &= app_create_dialog_check_cloud (self);
    good &= app_create_dialog_check_express (self);
    app_create_dialog_check_os (self);
    good &= check_name (self);
    good &= check_firmware (self);
    good &= check_cpus (self);
    good &= check_memory (self);
    good &= app_create_dialog_check_disk (self);
    good &= app_create_dialog_check_network (self);
    return good && self->probe == NULL;
}
