/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-add-look.c - what the values of a form of Add hardware mean on the machine's host, told beside its fields.
 *
 * The rows are the form's and may go while an answer is under way: the look goes before them, and its answers with it.
 */
#include "app-add-look.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"
#include "app-mac-table.h"
#include "app-networks.h"
#include "app-setting-row.h"

struct _AppAddLook {
    gatomicrefcount ref_count; /* the form's, and one for each answer to come */
    gboolean ended;            /* the form has another kind, or has gone */
    VitrineHost *host;
    const VitrineHardware *hardware;
    GPtrArray *rows;
    char *path;          /* of the image that was last looked into, or NULL */
    GPtrArray *networks; /* of VitrineNetworkInfo, once they are known */
    AppMacTable *macs;   /* the host's machines' addresses; NULL for a disk */
};

static AppAddLook *
ref (AppAddLook *self)
{
    g_atomic_ref_count_inc (&self->ref_count);
    return self;
}

static void
unref (AppAddLook *self)
{
    if (!g_atomic_ref_count_dec (&self->ref_count))
        return;
    g_object_unref (self->host);
    g_clear_pointer (&self->networks, g_ptr_array_unref);
    g_free (self->path);
    g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppAddLook, unref)

/* The row of KEY; NULL when the kind has no such setting. */
static AppSettingRow *
find_row (AppAddLook *self, const char *key)
{
    for (guint i = 0; i < self->hardware->settings->len; i++)
        if (g_str_equal (
                ((const VitrineSetting *) g_ptr_array_index (self->hardware->settings, i))->key,
                key))
            return g_ptr_array_index (self->rows, i);
    return NULL;
}

static const char *
get_value (AppAddLook *self, const char *key)
{
    AppSettingRow *row = find_row (self, key);

    return row != NULL ? app_setting_row_get_value (row) : "";
}

/* Says HINT beside KEY's field and has the form look at all of them again. */
static void
tell (AppAddLook *self, const char *key, const char *hint, gboolean problem)
{
    AppSettingRow *row = find_row (self, key);

    if (row != NULL)
        app_setting_row_set_hint (row, hint, problem);
}

/* --- an image ------------------------------------------------------------------------------------ */

static void
tell_image (AppAddLook *self, const VitrineImage *image)
{
    g_autofree char *users = g_strjoinv (", ", image->users);
    g_autofree char *size = app_format_size (image->size_bytes);
    g_autofree char *used = app_format_size (image->used_bytes);
    g_autofree char *text = NULL;

    if (*image->problem != '\0') {
        tell (self, "path", image->problem, TRUE);
        return;
    }
    if (*users != '\0') {
        text = g_strdup_printf (_ ("It is used by %s"), users);
        tell (self, "path", text, TRUE);
        return;
    }
    text = g_strdup_printf (_ ("%s · %s of %s"), image->format, used, size);
    tell (self, "path", text, FALSE);
    app_setting_row_set_value (find_row (self, "format"), image->format);
}

/* What an engine cannot say it says when the disk is added. */
static void
inspected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppAddLook) self = user_data;
    g_autoptr (GPtrArray) images =
        vitrine_host_list_images_finish (VITRINE_HOST (source), result, NULL);
    const VitrineImage *image;

    if (self->ended || images == NULL || images->len == 0)
        return;
    image = g_ptr_array_index (images, 0);
    if (!g_str_equal (image->path, get_value (self, "path")))
        return;
    tell_image (self, image);
    g_signal_emit_by_name (find_row (self, "path"), "changed");
}

static void
follow_image (AppAddLook *self)
{
    const char *path = get_value (self, "path");

    if (*path == '\0' || g_strcmp0 (path, self->path) == 0)
        return;
    g_free (self->path);
    self->path = g_strdup (path);
    tell (self, "path", NULL, FALSE);
    vitrine_host_list_images_async (self->host, path, NULL, inspected_cb, ref (self));
}

/* --- a network card ------------------------------------------------------------------------------ */

static const VitrineNetworkInfo *
find_network (AppAddLook *self, const char *name)
{
    for (guint i = 0; i < self->networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);

        if (g_str_equal (info->name, name))
            return info;
    }
    return NULL;
}

/* The names of all, for who has typed none. */
static char *
dup_names (AppAddLook *self)
{
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    g_auto (GStrv) list = NULL;

    for (guint i = 0; i < self->networks->len; i++)
        g_strv_builder_add (
            names, ((const VitrineNetworkInfo *) g_ptr_array_index (self->networks, i))->name);
    list = g_strv_builder_end (names);
    return list[0] != NULL ? g_strjoinv (", ", list) : NULL;
}

static void
tell_network (AppAddLook *self)
{
    const char *name = get_value (self, "network");
    const VitrineNetworkInfo *info;
    g_autofree char *names = NULL;

    if (self->networks == NULL)
        return;
    if (*name == '\0') {
        names = dup_names (self);
        tell (self, "network", names, FALSE);
        return;
    }
    info = find_network (self, name);
    if (info == NULL)
        tell (self, "network", _ ("There is no network of this name"), TRUE);
    else if (!info->is_active && !info->autostart)
        tell (self, "network", _ ("It is not started: start it in the networks’ window first"),
              FALSE);
    else
        tell (self, "network", app_networks_describe_mode (info->mode), FALSE);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppAddLook) self = user_data;
    g_autoptr (GPtrArray) networks = app_networks_list_finish (result, NULL);

    if (self->ended || networks == NULL)
        return;
    self->networks = g_steal_pointer (&networks);
    tell_network (self);
}

static void
tell_mac (AppAddLook *self)
{
    const char *mac = get_value (self, "mac");
    const char *other = *mac != '\0' ? app_mac_table_find (self->macs, mac) : NULL;
    g_autofree char *taken =
        other != NULL ? g_strdup_printf (_ ("It is the address of “%s” already"), other) : NULL;

    tell (self, "mac", taken, TRUE);
}

/* The addresses of all are known now: what was typed may be one of them. */
static void
macs_changed_cb (gpointer user_data)
{
    AppAddLook *self = user_data;

    g_signal_emit_by_name (find_row (self, "mac"), "changed");
}

/* --- the look ------------------------------------------------------------------------------------ */

AppAddLook *
app_add_look_new (VitrineHost *host, const VitrineHardware *hardware, GPtrArray *rows)
{
    gboolean is_nic = g_str_equal (hardware->kind, "nic");
    AppAddLook *self;

    if (!is_nic && !g_str_equal (hardware->kind, "disk"))
        return NULL;
    self = g_new0 (AppAddLook, 1);
    g_atomic_ref_count_init (&self->ref_count);
    self->host = g_object_ref (host);
    self->hardware = hardware;
    self->rows = rows;
    if (is_nic) {
        self->macs = app_mac_table_new (host, macs_changed_cb, self);
        app_networks_list_async (host, NULL, listed_cb, ref (self));
    }
    return self;
}

void
app_add_look_free (AppAddLook *self)
{
    self->ended = TRUE;
    g_clear_pointer (&self->macs, app_mac_table_free);
    unref (self);
}

void
app_add_look_follow (AppAddLook *self)
{
    if (g_str_equal (self->hardware->kind, "disk")) {
        follow_image (self);
        return;
    }
    tell_network (self);
    tell_mac (self);
}
