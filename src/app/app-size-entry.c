/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-size-entry.c - a spin button for sizes: shows and takes "1.5 GiB", "512 MiB", "2g".
 *
 * The range is wide open on purpose: a size beyond the host's is kept as typed and said to be so beside
 * the field, where a spin button would change it behind the user's back.
 */
#include "app-size-entry.h"

#include <math.h>

#include "app-format.h"

#define MAX_MIB 1e12

struct _AppSizeEntry {
    GtkSpinButton parent_instance;
};

G_DEFINE_TYPE (AppSizeEntry, app_size_entry, GTK_TYPE_SPIN_BUTTON)

gboolean
app_size_entry_peek_mib (AppSizeEntry *self, guint64 *mib)
{
    guint64 bytes;

    g_return_val_if_fail (APP_IS_SIZE_ENTRY (self), FALSE);

    if (!app_parse_size (gtk_entry_get_text (GTK_ENTRY (self)), APP_GIB, &bytes))
        return FALSE;
    *mib = bytes / APP_MIB;
    return TRUE;
}

static int
app_size_entry_input (GtkSpinButton *spin, double *value)
{
    guint64 mib;

    if (!app_size_entry_peek_mib (APP_SIZE_ENTRY (spin), &mib))
        return GTK_INPUT_ERROR;
    *value = MIN ((double) mib, MAX_MIB);
    return TRUE;
}

static int
app_size_entry_output (GtkSpinButton *spin)
{
    double mib = gtk_spin_button_get_value (spin);
    g_autofree char *text = app_format_size ((guint64) mib * APP_MIB);

    /* One decimal is not enough for 1100 MiB: then it is told in full. */
    if (fabs (mib) >= 1024 && fmod (mib * 10, 1024) != 0)
        text = (g_free (text), g_strdup_printf ("%.0f MiB", mib));
    if (!g_str_equal (text, gtk_entry_get_text (GTK_ENTRY (spin))))
        gtk_entry_set_text (GTK_ENTRY (spin), text);
    return TRUE;
}

static void
app_size_entry_class_init (AppSizeEntryClass *klass)
{
    GTK_SPIN_BUTTON_CLASS (klass)->input = app_size_entry_input;
    GTK_SPIN_BUTTON_CLASS (klass)->output = app_size_entry_output;
}

static void
app_size_entry_init (AppSizeEntry *self)
{
    GtkSpinButton *spin = GTK_SPIN_BUTTON (self);

    gtk_spin_button_set_range (spin, 0, MAX_MIB);
    gtk_spin_button_set_increments (spin, 512, 4096);
    gtk_entry_set_width_chars (GTK_ENTRY (self), 9);
    gtk_entry_set_alignment (GTK_ENTRY (self), 1.0);
}

void
app_size_entry_set_mib (AppSizeEntry *self, guint64 mib)
{
    g_return_if_fail (APP_IS_SIZE_ENTRY (self));
    gtk_spin_button_set_value (GTK_SPIN_BUTTON (self), (double) mib);
}
