/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host.c - a host as the windows show it: whether it is connected, why not, and its machines. */
#include "app-host.h"

#include "app-cancellable.h"
#include "app-format.h"

struct _AppHost {
    GObject parent_instance;

    char *uri;
    char *title;
    gboolean fixed;
    gboolean wanted;
    VitrineHost *host;        /* or NULL */
    AppMachineList *list;     /* of it */
    GCancellable *connecting; /* under way, or NULL */
    char *trouble;
    char *mend;
    AppHostState state; /* as last told */
};

enum {
    PROP_0,
    PROP_STATE,
    PROP_TROUBLE,
    PROP_LIST,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (AppHost, app_host, G_TYPE_OBJECT)

/* --- what is told of it -------------------------------------------------------------------------- */

static gboolean
is_ready (AppHost *self)
{
    return self->host != NULL && vitrine_host_get_ready (self->host);
}

static AppHostState
find_state (AppHost *self)
{
    if (!self->wanted)
        return APP_HOST_CLOSED;
    /* Whoever asks again sees that something is done about it. */
    if (*self->trouble != '\0')
        return self->connecting != NULL ? APP_HOST_CONNECTING : APP_HOST_FAILED;
    return is_ready (self) ? APP_HOST_CONNECTED : APP_HOST_CONNECTING;
}

static void
update_state (AppHost *self)
{
    AppHostState state = find_state (self);

    if (self->state == state)
        return;
    self->state = state;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/* PROBLEM is an error's text, or "". */
static void
set_trouble (AppHost *self, const char *problem, const char *mend)
{
    g_autofree char *trouble = app_format_sentence (problem);

    if (g_str_equal (self->trouble, trouble) && g_str_equal (self->mend, mend))
        return;
    g_free (self->trouble);
    g_free (self->mend);
    self->trouble = g_steal_pointer (&trouble);
    self->mend = g_strdup (mend);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TROUBLE]);
}

static void
host_changed_cb (AppHost *self)
{
    set_trouble (self, vitrine_host_get_problem (self->host), vitrine_host_get_mend (self->host));
    update_state (self);
}

/* --- the host ------------------------------------------------------------------------------------ */

/* HOST is taken. */
static void
take_host (AppHost *self, VitrineHost *host)
{
    self->host = host;
    if (self->title == NULL)
        self->title = g_strdup (vitrine_host_get_title (host));
    self->list = app_machine_list_new (host);
    g_signal_connect_object (host, "notify", G_CALLBACK (host_changed_cb), self, G_CONNECT_SWAPPED);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LIST]);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppHost) self = user_data;
    g_autoptr (GError) error = NULL;
    VitrineHost *host = VITRINE_HOST (source);
    gboolean connected = vitrine_host_connect_finish (host, result, &error);

    /* It was closed meanwhile. */
    if (self->host != host || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->connecting);
    /* What the host says of itself is the better text: it has what mends it apart. */
    if (!connected && *vitrine_host_get_problem (host) == '\0')
        set_trouble (self, error->message, "");
    update_state (self);
}

void
app_host_connect (AppHost *self)
{
    g_autoptr (GError) error = NULL;
    VitrineHost *host;

    g_return_if_fail (APP_IS_HOST (self));

    self->wanted = TRUE;
    if (self->connecting != NULL)
        return;
    if (self->host == NULL) {
        host = vitrine_host_new (self->uri, &error);
        if (host == NULL) {
            set_trouble (self, error->message, "");
            update_state (self);
            return;
        }
        take_host (self, host);
    }
    self->connecting = g_cancellable_new ();
    update_state (self);
    vitrine_host_connect_async (self->host, self->connecting, connected_cb, g_object_ref (self));
}

static void
give_up (AppHost *self)
{
    app_cancellable_end (&self->connecting);
}

void
app_host_close (AppHost *self)
{
    g_return_if_fail (APP_IS_HOST (self));
    g_return_if_fail (!self->fixed);

    give_up (self);
    self->wanted = FALSE;
    if (self->host != NULL) {
        g_signal_handlers_disconnect_by_data (self->host, self);
        g_clear_object (&self->list);
        g_clear_object (&self->host);
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LIST]);
    }
    set_trouble (self, "", "");
    update_state (self);
}

void
app_host_cancel (AppHost *self)
{
    g_return_if_fail (APP_IS_HOST (self));

    if (!self->fixed && !is_ready (self)) {
        app_host_close (self);
        return;
    }
    give_up (self);
    self->wanted = is_ready (self);
    update_state (self);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_host_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppHost *self = APP_HOST (object);

    switch (id) {
    case PROP_STATE:
        g_value_set_uint (value, self->state);
        break;
    case PROP_TROUBLE:
        g_value_set_string (value, self->trouble);
        break;
    case PROP_LIST:
        g_value_set_object (value, self->list);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_host_dispose (GObject *object)
{
    AppHost *self = APP_HOST (object);

    give_up (self);
    g_clear_object (&self->list);
    g_clear_object (&self->host);
    G_OBJECT_CLASS (app_host_parent_class)->dispose (object);
}

static void
app_host_finalize (GObject *object)
{
    AppHost *self = APP_HOST (object);

    g_free (self->uri);
    g_free (self->title);
    g_free (self->trouble);
    g_free (self->mend);
    G_OBJECT_CLASS (app_host_parent_class)->finalize (object);
}

static void
app_host_class_init (AppHostClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    const GParamFlags told = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object_class->get_property = app_host_get_property;
    object_class->dispose = app_host_dispose;
    object_class->finalize = app_host_finalize;

    properties[PROP_STATE] =
        g_param_spec_uint ("state", NULL, NULL, 0, APP_HOST_FAILED, APP_HOST_CLOSED, told);
    properties[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, "", told);
    properties[PROP_LIST] = g_param_spec_object ("list", NULL, NULL, APP_TYPE_MACHINE_LIST, told);
    g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
app_host_init (AppHost *self)
{
    self->trouble = g_strdup ("");
    self->mend = g_strdup ("");
}

AppHost *
app_host_new (const char *uri, const char *title, gboolean wanted)
{
    AppHost *self;

    g_return_val_if_fail (uri != NULL, NULL);

    self = g_object_new (APP_TYPE_HOST, NULL);
    self->uri = g_strdup (uri);
    self->title = g_strdup (title);
    self->wanted = wanted;
    self->state = find_state (self);
    return self;
}

AppHost *
app_host_new_fixed (VitrineHost *host)
{
    AppHost *self;

    g_return_val_if_fail (VITRINE_IS_HOST (host), NULL);

    self = app_host_new (vitrine_host_get_uri (host), NULL, TRUE);
    self->fixed = TRUE;
    take_host (self, g_object_ref (host));
    return self;
}

const char *
app_host_get_uri (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), "");
    return self->uri;
}

const char *
app_host_get_title (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), "");
    return self->title != NULL ? self->title : self->uri;
}

gboolean
app_host_get_fixed (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), FALSE);
    return self->fixed;
}

AppHostState
app_host_get_state (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), APP_HOST_CLOSED);
    return self->state;
}

gboolean
app_host_get_wanted (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), FALSE);
    return self->wanted;
}

const char *
app_host_get_trouble (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), "");
    return self->trouble;
}

const char *
app_host_get_mend (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), "");
    return self->mend;
}

VitrineHost *
app_host_get_host (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), NULL);
    return self->host;
}

AppMachineList *
app_host_get_list (AppHost *self)
{
    g_return_val_if_fail (APP_IS_HOST (self), NULL);
    return self->list;
}
