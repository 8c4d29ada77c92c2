/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-server.c - the create sheet's disk that a server has: in place of a new one, by its address. */
#include <glib/gi18n.h>
#include <string.h>

#include "app-create-dialog-private.h"

/* Of the address; borrowed. */
static const char *
get_address (AppCreateDialog *self)
{
    return gtk_entry_get_text (self->server_entry);
}

gboolean
app_create_dialog_has_server (AppCreateDialog *self)
{
    return self->source->kind != APP_SOURCE_DISK && *get_address (self) != '\0';
}

static void
changed_cb (gpointer user_data)
{
    app_create_dialog_update (user_data);
}

gboolean
app_create_dialog_check_server (AppCreateDialog *self)
{
    static const AppNoteKind kinds[] = {
        [APP_SERVER_LOOK_NOTHING] = APP_NOTE_PLAIN, [APP_SERVER_LOOK_BAD] = APP_NOTE_ERROR,
        [APP_SERVER_LOOK_OPEN] = APP_NOTE_PLAIN,    [APP_SERVER_LOOK_AWAY] = APP_NOTE_WARNING,
        [APP_SERVER_LOOK_GOOD] = APP_NOTE_PLAIN,
    };
    gboolean wanted =
        app_create_dialog_has_server (self) && gtk_switch_get_active (self->disk_switch);
    AppServerLookState state;
    const char *note;

    if (self->server_look == NULL)
        self->server_look = app_server_look_new (changed_cb, self);
    app_server_look_set (self->server_look, self->host, wanted ? get_address (self) : "");
    state = app_server_look_get (self->server_look, &note);
    if (state == APP_SERVER_LOOK_NOTHING)
        note = _ ("In place of a new disk: nbd://HOST/EXPORT, or iscsi://HOST/TARGET/LUN");
    app_form_row_set_note (self->server_row, kinds[state], note);
    if (state == APP_SERVER_LOOK_BAD)
        gtk_expander_set_expanded (GTK_EXPANDER (self->disk_more), TRUE); /* it must be seen */
    return state != APP_SERVER_LOOK_BAD;
}

void
app_create_dialog_set_server (AppCreateDialog *self, VitrineDiskSpec *disk)
{
    vitrine_disk_spec_set_server (disk, get_address (self), NULL); /* it was checked */
    disk->read_only = app_server_look_is_read_only (self->server_look);
}

void
app_create_dialog_end_server (AppCreateDialog *self)
{
    g_clear_pointer (&self->server_look, app_server_look_free);
}
