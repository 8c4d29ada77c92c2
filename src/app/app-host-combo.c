/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host-combo.c - which of the hosts a window is about. */
#include "app-host-combo.h"

struct _AppHostCombo {
    GtkComboBoxText parent_instance;

    AppHosts *hosts;
};

G_DEFINE_TYPE (AppHostCombo, app_host_combo, GTK_TYPE_COMBO_BOX_TEXT)

static gboolean
can_be_chosen (AppHostCombo *self, guint index)
{
    return index == 0
           || app_host_get_state (app_hosts_get (self->hosts, index)) == APP_HOST_CONNECTED;
}

/* The hosts' addresses in a row: what is shown. */
static char *
describe (AppHostCombo *self)
{
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < app_hosts_get_n (self->hosts); i++)
        if (can_be_chosen (self, i))
            g_string_append_printf (text, "%s\n",
                                    app_host_get_uri (app_hosts_get (self->hosts, i)));
    return g_string_free (text, FALSE);
}

static void
update (AppHostCombo *self)
{
    g_autofree char *active = g_strdup (gtk_combo_box_get_active_id (GTK_COMBO_BOX (self)));
    g_autofree char *text = describe (self);
    guint n = 0;

    if (g_strcmp0 (g_object_get_data (G_OBJECT (self), "shown"), text) == 0)
        return;
    g_object_set_data_full (G_OBJECT (self), "shown", g_steal_pointer (&text), g_free);
    gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self));
    for (guint i = 0; i < app_hosts_get_n (self->hosts); i++) {
        AppHost *host = app_hosts_get (self->hosts, i);

        if (!can_be_chosen (self, i))
            continue;
        gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self), app_host_get_uri (host),
                                   app_host_get_title (host));
        n++;
    }
    if (active == NULL || !gtk_combo_box_set_active_id (GTK_COMBO_BOX (self), active))
        gtk_combo_box_set_active (GTK_COMBO_BOX (self), 0);
    gtk_widget_set_visible (GTK_WIDGET (self), n > 1);
}

static void
app_host_combo_dispose (GObject *object)
{
    AppHostCombo *self = APP_HOST_COMBO (object);

    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_host_combo_parent_class)->dispose (object);
}

static void
app_host_combo_class_init (AppHostComboClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_host_combo_dispose;
}

static void
app_host_combo_init (AppHostCombo *self)
{
}

void
app_host_combo_set_hosts (AppHostCombo *self, AppHosts *hosts)
{
    g_return_if_fail (APP_IS_HOST_COMBO (self));

    g_set_object (&self->hosts, hosts);
    g_signal_connect_object (hosts, "hosts-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (hosts, "host-state-changed", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    update (self);
}

VitrineHost *
app_host_combo_get_host (AppHostCombo *self)
{
    const char *uri;
    AppHost *host;

    g_return_val_if_fail (APP_IS_HOST_COMBO (self), NULL);

    uri = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self));
    host = uri != NULL ? app_hosts_find_uri (self->hosts, uri) : NULL;
    return host != NULL ? app_host_get_host (host) : NULL;
}
