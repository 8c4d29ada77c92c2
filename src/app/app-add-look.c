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
#include "app-server-look.h"
#include "app-setting-row.h"

struct _AppAddLook {
    gatomicrefcount ref_count; /* the form's, and one for each answer to come */
    gboolean ended;            /* the form has another kind, or has gone */
    VitrineHost *host;
    const VitrineHardware *hardware;
    GPtrArray *rows;
    char *path;          /* of the image that was last looked into, or NULL */
    GPtrArray *networks; /* of VitrineNetworkInfo, once they are known */
    GPtrArray *groups;   /* of VitrineVolumeGroup, once they are known */
    AppServerLook *server; /* of a disk that a server has; NULL for the rest */
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
    g_clear_pointer (&self->groups, g_ptr_array_unref);
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
    text = g_strdup_printf (_ ("%s · %s of %s"), app_format_image_kind (image), used, size);
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

/* The disk at the address that is typed; the server may be asked where it is not a file's as well. */
static void
follow_server (AppAddLook *self, gboolean has_file)
{
    const char *note;
    AppServerLookState state;

    app_server_look_set (self->server, self->host, has_file ? "" : get_value (self, "server"));
    state = app_server_look_get (self->server, &note);
    if (has_file && *get_value (self, "server") != '\0')
        tell (self, "server", _ ("In place of a file, not beside it"), TRUE);
    else
        tell (self, "server", note, state == APP_SERVER_LOOK_BAD);
}

static void
server_changed_cb (gpointer user_data)
{
    AppAddLook *self = user_data;

    if (app_server_look_is_read_only (self->server))
        app_setting_row_set_value (find_row (self, "readonly"), "yes");
    g_signal_emit_by_name (find_row (self, "server"), "changed");
}

static void
follow_image (AppAddLook *self)
{
    const char *path = get_value (self, "path");
    gboolean is_servers = *get_value (self, "server") != '\0';

    follow_server (self, *path != '\0');
    if (*path == '\0') {
        g_clear_pointer (&self->path, g_free);
        tell (self, "path", is_servers ? NULL : _ ("Choose a file first, or name a server’s disk"),
              TRUE);
    }
    if (*path == '\0' || g_strcmp0 (path, self->path) == 0)
        return;
    g_free (self->path);
    self->path = g_strdup (path);
    tell (self, "path", NULL, FALSE);
    vitrine_host_list_images_async (self->host, path, NULL, inspected_cb, ref (self));
}

/* --- a new disk ---------------------------------------------------------------------------------- */

static const VitrineVolumeGroup *
find_group (AppAddLook *self, const char *name)
{
    for (guint i = 0; i < self->groups->len; i++)
        if (g_str_equal (((VitrineVolumeGroup *) g_ptr_array_index (self->groups, i))->name, name))
            return g_ptr_array_index (self->groups, i);
    return NULL;
}

/* The names of GROUPS or of pools, both of which begin with theirs, for who has typed none. */
static char *
dup_all_names (GPtrArray *named)
{
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    g_auto (GStrv) list = NULL;

    for (guint i = 0; i < named->len; i++)
        g_strv_builder_add (names, *(char **) g_ptr_array_index (named, i));
    list = g_strv_builder_end (names);
    return list[0] != NULL ? g_strjoinv (", ", list) : NULL;
}

static gboolean
has_pool (const VitrineVolumeGroup *group, const char *name)
{
    for (guint i = 0; i < group->pools->len; i++)
        if (g_str_equal (((VitrineVolumePool *) g_ptr_array_index (group->pools, i))->name, name))
            return TRUE;
    return FALSE;
}

static void
tell_pool (AppAddLook *self, const VitrineVolumeGroup *group)
{
    const char *name = get_value (self, "thin");
    g_autofree char *names = group != NULL && *name == '\0' ? dup_all_names (group->pools) : NULL;

    if (group != NULL && *name != '\0' && !has_pool (group, name))
        tell (self, "thin", _ ("The group has no thin pool of this name"), TRUE);
    else
        tell (self, "thin", names, FALSE);
}

/* Where a volume is to go; a host that does not know its groups has its say when the disk is made. */
static void
tell_group (AppAddLook *self)
{
    gboolean is_volume = g_str_equal (get_value (self, "format"), "lvm");
    const char *name = get_value (self, "vg");
    const VitrineVolumeGroup *group;
    g_autofree char *text = NULL;

    if (self->groups == NULL)
        return;
    group = find_group (self, name);
    if (!is_volume) {
        tell (self, "vg", *name != '\0' ? _ ("It is for the format lvm alone") : NULL, TRUE);
    } else if (*name == '\0') {
        text = dup_all_names (self->groups);
        tell (self, "vg", text != NULL ? text : _ ("There is none on this computer"), TRUE);
    } else if (group == NULL) {
        tell (self, "vg", _ ("There is no volume group of this name"), TRUE);
    } else {
        g_autofree char *unused = app_format_size (group->free_bytes);

        text = g_strdup_printf (_ ("%s are free"), unused);
        tell (self, "vg", text, FALSE);
    }
    tell_pool (self, is_volume ? group : NULL);
}

static void
groups_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppAddLook) self = user_data;
    g_autoptr (GPtrArray) groups =
        vitrine_host_list_volume_groups_finish (VITRINE_HOST (source), result, NULL);

    if (self->ended || groups == NULL)
        return;
    self->groups = g_steal_pointer (&groups);
    g_signal_emit_by_name (find_row (self, "vg"), "changed");
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
    gboolean is_new = g_str_equal (hardware->kind, "new-disk");
    AppAddLook *self;

    if (!is_nic && !is_new && !g_str_equal (hardware->kind, "disk"))
        return NULL;
    self = g_new0 (AppAddLook, 1);
    g_atomic_ref_count_init (&self->ref_count);
    self->host = g_object_ref (host);
    self->hardware = hardware;
    self->rows = rows;
    if (!is_nic && !is_new)
        self->server = app_server_look_new (server_changed_cb, self);
    if (is_new)
        vitrine_host_list_volume_groups_async (host, NULL, groups_cb, ref (self));
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
    g_clear_pointer (&self->server, app_server_look_free);
    unref (self);
}

void
app_add_look_follow (AppAddLook *self)
{
    if (g_str_equal (self->hardware->kind, "disk")) {
        follow_image (self);
        return;
    }
    if (g_str_equal (self->hardware->kind, "new-disk")) {
        tell_group (self);
        return;
    }
    tell_network (self);
    tell_mac (self);
}
