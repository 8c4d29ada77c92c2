/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-server-look.c - what a server says of the disk whose address is being typed. */
#include "app-server-look.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-format.h"

#define PAUSE_MS 500 /* after a key: no name is looked up while it is typed */

struct _AppServerLook {
    gatomicrefcount ref_count; /* the owner's, and one for each answer to come */
    gboolean ended;            /* the owner has gone */
    void (*changed) (gpointer user_data);
    gpointer user_data;
    VitrineHost *host;
    char *uri;     /* as it was typed */
    char *address; /* as all compare it, or NULL */
    guint pause;
    GCancellable *asking; /* or NULL */
    AppServerLookState state;
    char *note;
    gboolean read_only;
};

static void
unref (AppServerLook *self)
{
    if (!g_atomic_ref_count_dec (&self->ref_count))
        return;
    g_clear_object (&self->host);
    g_free (self->uri);
    g_free (self->address);
    g_free (self->note);
    g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppServerLook, unref)

AppServerLook *
app_server_look_new (void (*changed) (gpointer user_data), gpointer user_data)
{
    AppServerLook *self = g_new0 (AppServerLook, 1);

    g_atomic_ref_count_init (&self->ref_count);
    self->changed = changed;
    self->user_data = user_data;
    self->uri = g_strdup ("");
    return self;
}

static void
stop (AppServerLook *self)
{
    g_clear_handle_id (&self->pause, g_source_remove);
    app_cancellable_end (&self->asking);
}

void
app_server_look_free (AppServerLook *self)
{
    if (self == NULL)
        return;
    stop (self);
    self->ended = TRUE;
    unref (self);
}

/* Takes NOTE over. */
static void
set_state (AppServerLook *self, AppServerLookState state, char *note)
{
    self->state = state;
    g_free (self->note);
    self->note = note;
}

static void
tell_disk (AppServerLook *self, const VitrineImage *image)
{
    g_autofree char *size = app_format_size (image->size_bytes);
    g_autofree char *users = g_strjoinv (", ", image->users);

    self->read_only = image->read_only;
    if (*users != '\0' && !image->read_only)
        set_state (self, APP_SERVER_LOOK_BAD, g_strdup_printf (_ ("It is used by %s"), users));
    else if (image->read_only)
        set_state (self, APP_SERVER_LOOK_GOOD,
                   g_strdup_printf (_ ("%s, which may only be read"), size));
    else
        set_state (self, APP_SERVER_LOOK_GOOD, g_steal_pointer (&size));
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppServerLook) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) images =
        vitrine_host_list_images_finish (VITRINE_HOST (source), result, &error);

    /* Another is asked by now. */
    if (self->ended || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->asking);
    if (images != NULL && images->len > 0)
        tell_disk (self, g_ptr_array_index (images, 0));
    else if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED))
        set_state (self, APP_SERVER_LOOK_OPEN,
                   g_strdup (_ ("The host looks for it when the machine starts")));
    else if (error != NULL)
        set_state (self, APP_SERVER_LOOK_AWAY, app_format_sentence (error->message));
    self->changed (self->user_data);
}

static gboolean
ask_cb (gpointer user_data)
{
    AppServerLook *self = user_data;

    self->pause = 0;
    self->asking = g_cancellable_new ();
    g_atomic_ref_count_inc (&self->ref_count);
    vitrine_host_list_images_async (self->host, self->address, self->asking, listed_cb, self);
    return G_SOURCE_REMOVE;
}

void
app_server_look_set (AppServerLook *self, VitrineHost *host, const char *uri)
{
    g_autoptr (VitrineDiskSpec) disk = vitrine_disk_spec_new ();
    g_autoptr (GError) error = NULL;

    if (self->host == host && g_str_equal (uri, self->uri))
        return;
    stop (self);
    g_set_object (&self->host, host);
    g_free (self->uri);
    self->uri = g_strdup (uri);
    g_clear_pointer (&self->address, g_free);
    self->read_only = FALSE;
    if (*uri == '\0') {
        set_state (self, APP_SERVER_LOOK_NOTHING, NULL);
        return;
    }
    if (!vitrine_disk_spec_set_server (disk, uri, &error)) {
        set_state (self, APP_SERVER_LOOK_BAD, app_format_sentence (error->message));
        return;
    }
    self->address = g_steal_pointer (&disk->server);
    set_state (self, APP_SERVER_LOOK_OPEN, g_strdup (_ ("Looking at it…")));
    self->pause = g_timeout_add (PAUSE_MS, ask_cb, self);
}

AppServerLookState
app_server_look_get (AppServerLook *self, const char **note)
{
    *note = self->note;
    return self->state;
}

gboolean
app_server_look_is_read_only (AppServerLook *self)
{
    return self->read_only;
}
