/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-notes.c - the bars above the list: what is wrong with the host and what mends it. */
#include <glib/gi18n.h>

#include "app-format.h"
#include "app-settings.h"
#include "app-window-private.h"

void
app_window_add_note (AppWindow *self, GtkMessageType type, const char *text)
{
    g_return_if_fail (APP_IS_WINDOW (self));
    gtk_container_add (GTK_CONTAINER (self->notes_box),
                       GTK_WIDGET (app_note_bar_new (type, text, NULL, TRUE)));
}

/* --- the host's checks --------------------------------------------------------------------------- */

static void
check_note_response_cb (AppNoteBar *bar, int response, gpointer user_data)
{
    if (response == GTK_RESPONSE_CLOSE)
        app_settings_dismiss_note (g_object_get_data (G_OBJECT (bar), "check-id"));
}

/* A failure stays until it is mended; a drawback may be read once and put away for good. */
static void
add_check_note (AppWindow *self, const VitrineCheck *check)
{
    gboolean failed = check->status == VITRINE_CHECK_FAILED;
    g_autofree char *text = app_format_sentence (check->text);
    AppNoteBar *bar;

    if (check->status == VITRINE_CHECK_OK
        || (!failed && app_settings_is_note_dismissed (check->id)))
        return;
    bar = app_note_bar_new (failed ? GTK_MESSAGE_WARNING : GTK_MESSAGE_INFO, text, check->mend,
                            !failed);
    g_object_set_data_full (G_OBJECT (bar), "check-id", g_strdup (check->id), g_free);
    g_signal_connect (bar, "response", G_CALLBACK (check_note_response_cb), NULL);
    gtk_container_add (GTK_CONTAINER (self->check_box), GTK_WIDGET (bar));
}

/* Who has no machine yet and cannot run any is shown all that is known of it, once. */
static void
explain_first (AppWindow *self, const VitrineCheck *check)
{
    GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

    if (application == NULL || check->status != VITRINE_CHECK_FAILED
        || !g_str_equal (check->id, "kvm") || app_hosts_get_n_machines (self->hosts) > 0)
        return;
    app_application_explain (APP_APPLICATION (application));
}

static void
check_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) checks = NULL;

    checks = vitrine_host_check_finish (VITRINE_HOST (source), result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->check);
    app_note_bar_clear (GTK_CONTAINER (self->check_box));
    self->checks_failed = error != NULL;
    if (error != NULL) {
        g_autofree char *text = app_format_sentence (error->message);

        gtk_container_add (GTK_CONTAINER (self->check_box),
                           GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_WARNING, text, NULL, TRUE)));
        return;
    }
    for (guint i = 0; i < checks->len; i++) {
        const VitrineCheck *check = g_ptr_array_index (checks, i);

        self->checks_failed |= check->status == VITRINE_CHECK_FAILED;
        add_check_note (self, check);
        explain_first (self, check);
    }
}

void
app_window_check_host (AppWindow *self)
{
    if (self->check != NULL)
        return;
    self->check = g_cancellable_new ();
    vitrine_host_check_async (app_host_get_host (app_hosts_get_first (self->hosts)), self->check,
                              check_cb, g_object_ref (self));
}

/* --- the host itself ----------------------------------------------------------------------------- */

static void
host_note_response_cb (AppNoteBar *bar, int response, AppWindow *self)
{
    if (response != GTK_RESPONSE_ACCEPT)
        return;
    app_host_connect (app_hosts_get_first (self->hosts));
}

void
app_window_update_host_problem (AppWindow *self)
{
    const char *problem = app_host_get_trouble (app_hosts_get_first (self->hosts));

    /* Where there are several, each one says so in its own row. */
    if (*problem == '\0' || app_hosts_get_n (self->hosts) > 1) {
        if (self->host_note != NULL)
            gtk_widget_destroy (GTK_WIDGET (self->host_note));
        return;
    }
    if (self->host_note != NULL) {
        app_note_bar_set_text (self->host_note, problem);
        return;
    }
    g_set_weak_pointer (&self->host_note,
                        app_note_bar_new (GTK_MESSAGE_ERROR, problem, NULL, FALSE));
    gtk_info_bar_add_button (GTK_INFO_BAR (self->host_note), _ ("_Try again"), GTK_RESPONSE_ACCEPT);
    g_signal_connect_object (self->host_note, "response", G_CALLBACK (host_note_response_cb), self,
                             0);
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (self->host_note));
}
