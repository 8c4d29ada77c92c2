/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-stream.c - keeps a display or a console of a machine open for as long as the machine runs.
 *
 * Theory of operation
 *
 *   OFF ─ machine runs and active ─▶ OPENING ─ socket ─▶ OPEN ─ app_stream_lost() ─▶ LOST ─ delay ─┐
 *    ▲                                  │ error                                       ▲  ◀─ socket ─┘
 *    └───────── machine is off ─────────┴──────────────────── (NOT_FOUND, UNSUPPORTED: NONE) ───────┘
 *
 *   NONE, until the machine is off, is also what comes of app_stream_refuse(): it would be in vain to try again.
 *
 *   The delay doubles from RETRY_FIRST_MS to RETRY_LAST_MS and starts over once a stream has shown that
 *   it works (a first picture, a first byte): a server that accepts and hangs up at once is not hammered.
 *   There is one call or one timer at a time, and neither outlives the machine's run.
 */
#include "app-stream.h"

#include <glib/gstdio.h>

#include "app-format.h"

#define RETRY_FIRST_MS 200
#define RETRY_LAST_MS  5000

struct _AppStream {
    GObject parent_instance;

    VitrineMachine *machine;
    char *console; /* NULL: the display */
    const char *protocol; /* of the display */
    gboolean active;
    AppStreamStatus status;
    char *problem;
    GCancellable *call; /* under way, or NULL */
    guint retry_id;     /* 0: no retry is due */
    guint delay_ms;     /* before the next retry */
};

enum {
    PROP_0,
    PROP_STATUS,
    PROP_PROBLEM,
    N_PROPS,
};

enum {
    SIGNAL_OPENED,
    N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppStream, app_stream, G_TYPE_OBJECT)

GType
app_stream_status_get_type (void)
{
    static const GEnumValue values[] = {
        { APP_STREAM_OFF, "APP_STREAM_OFF", "off" },
        { APP_STREAM_OPENING, "APP_STREAM_OPENING", "opening" },
        { APP_STREAM_OPEN, "APP_STREAM_OPEN", "open" },
        { APP_STREAM_LOST, "APP_STREAM_LOST", "lost" },
        { APP_STREAM_NONE, "APP_STREAM_NONE", "none" },
        { 0, NULL, NULL },
    };
    static gsize type;

    if (g_once_init_enter (&type))
        g_once_init_leave (&type, g_enum_register_static ("AppStreamStatus", values));
    return type;
}

static void
set_status (AppStream *self, AppStreamStatus status, const char *problem)
{
    g_object_freeze_notify (G_OBJECT (self));
    if (!g_str_equal (self->problem, problem)) {
        g_free (self->problem);
        self->problem = g_strdup (problem);
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
    }
    if (self->status != status) {
        self->status = status;
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
    }
    g_object_thaw_notify (G_OBJECT (self));
}

static void open_stream (AppStream *self);

static gboolean
retry_cb (gpointer user_data)
{
    AppStream *self = user_data;

    self->retry_id = 0;
    open_stream (self);
    return G_SOURCE_REMOVE;
}

static void
schedule_retry (AppStream *self)
{
    g_assert (self->retry_id == 0 && self->call == NULL);
    self->retry_id = g_timeout_add (self->delay_ms, retry_cb, self);
    self->delay_ms = MIN (self->delay_ms * 2, RETRY_LAST_MS);
}

static void
take_error (AppStream *self, const GError *error)
{
    g_autofree char *problem = app_format_sentence (error->message);

    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND)
        || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED)) {
        set_status (self, APP_STREAM_NONE, problem);
        return;
    }
    set_status (self, APP_STREAM_LOST, problem);
    schedule_retry (self);
}

static int
open_finish (VitrineMachine *machine, GAsyncResult *result, gboolean console, GError **error)
{
    if (console)
        return vitrine_machine_open_console_finish (machine, result, error);
    return vitrine_machine_open_display_finish (machine, result, error);
}

/* A call does not keep the stream: whoever drops it shall not hear of it again. */
typedef struct {
    GWeakRef stream;
    GCancellable *cancellable; /* tells it from the present call */
    gboolean console;
} Call;

static Call *
call_new (AppStream *self)
{
    Call *call = g_new0 (Call, 1);

    g_weak_ref_init (&call->stream, self);
    call->cancellable = g_object_ref (self->call);
    call->console = self->console != NULL;
    return call;
}

static void
call_free (Call *call)
{
    g_weak_ref_clear (&call->stream);
    g_object_unref (call->cancellable);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Call) call = user_data;
    g_autoptr (AppStream) self = g_weak_ref_get (&call->stream);
    g_autoptr (GError) error = NULL;
    int fd = open_finish (VITRINE_MACHINE (source), result, call->console, &error);

    /* It may have been opened all the same, just before it was given up. */
    if (self == NULL || self->call != call->cancellable) {
        if (fd >= 0)
            g_close (fd, NULL);
        return;
    }
    g_clear_object (&self->call);
    if (error != NULL) {
        take_error (self, error);
        return;
    }
    set_status (self, APP_STREAM_OPEN, "");
    g_signal_emit (self, signals[SIGNAL_OPENED], 0, fd);
}

/* Of those that we can show, the one that suits the machine best; what it does not tell is VNC. */
static const char *
choose_protocol (AppStream *self)
{
    const char *const *displays = vitrine_machine_get_displays (self->machine);

    for (guint i = 0; displays[i] != NULL; i++) {
        if (g_str_equal (displays[i], "spice"))
            return "spice";
        if (g_str_equal (displays[i], "vnc"))
            break;
    }
    return "vnc";
}

static void
open_stream (AppStream *self)
{
    g_assert (self->call == NULL && self->retry_id == 0);

    self->call = g_cancellable_new ();
    self->protocol = choose_protocol (self);
    if (self->console != NULL)
        vitrine_machine_open_console_async (self->machine, self->console, self->call, opened_cb,
                                            call_new (self));
    else
        vitrine_machine_open_display_async (self->machine, self->protocol, self->call, opened_cb,
                                            call_new (self));
}

static void
give_up (AppStream *self)
{
    g_clear_handle_id (&self->retry_id, g_source_remove);
    if (self->call != NULL)
        g_cancellable_cancel (self->call);
    g_clear_object (&self->call);
}

/* Streams are there from "running" on. */
static void
update (AppStream *self)
{
    VitrineMachineState state = vitrine_machine_get_state (self->machine);

    if (!app_state_is_live (state)) {
        give_up (self);
        self->delay_ms = RETRY_FIRST_MS;
        set_status (self, APP_STREAM_OFF, "");
    } else if (state != VITRINE_MACHINE_STARTING && self->active
               && self->status == APP_STREAM_OFF) {
        set_status (self, APP_STREAM_OPENING, "");
        open_stream (self);
    }
}

static void
app_stream_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppStream *self = APP_STREAM (object);

    switch (id) {
    case PROP_STATUS:
        g_value_set_enum (value, (int) self->status);
        break;
    case PROP_PROBLEM:
        g_value_set_string (value, self->problem);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_stream_dispose (GObject *object)
{
    AppStream *self = APP_STREAM (object);

    give_up (self);
    g_clear_object (&self->machine);
    G_OBJECT_CLASS (app_stream_parent_class)->dispose (object);
}

static void
app_stream_finalize (GObject *object)
{
    AppStream *self = APP_STREAM (object);

    g_free (self->console);
    g_free (self->problem);
    G_OBJECT_CLASS (app_stream_parent_class)->finalize (object);
}

static void
app_stream_class_init (AppStreamClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = app_stream_get_property;
    object_class->dispose = app_stream_dispose;
    object_class->finalize = app_stream_finalize;

    properties[PROP_STATUS] =
        g_param_spec_enum ("status", NULL, NULL, APP_TYPE_STREAM_STATUS, APP_STREAM_OFF,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_PROBLEM] =
        g_param_spec_string ("problem", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);

    signals[SIGNAL_OPENED] = g_signal_new ("opened", APP_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
app_stream_init (AppStream *self)
{
    self->problem = g_strdup ("");
    self->protocol = "vnc";
    self->delay_ms = RETRY_FIRST_MS;
}

AppStream *
app_stream_new (VitrineMachine *machine, const char *console)
{
    AppStream *self;

    g_return_val_if_fail (VITRINE_IS_MACHINE (machine), NULL);

    self = g_object_new (APP_TYPE_STREAM, NULL);
    self->machine = g_object_ref (machine);
    self->console = g_strdup (console);
    g_signal_connect_object (machine, "notify::state", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    return self;
}

AppStreamStatus
app_stream_get_status (AppStream *self)
{
    g_return_val_if_fail (APP_IS_STREAM (self), APP_STREAM_OFF);
    return self->status;
}

const char *
app_stream_get_problem (AppStream *self)
{
    g_return_val_if_fail (APP_IS_STREAM (self), "");
    return self->problem;
}

const char *
app_stream_get_protocol (AppStream *self)
{
    g_return_val_if_fail (APP_IS_STREAM (self), "");
    return self->protocol;
}

void
app_stream_open_another_async (AppStream *self, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (APP_IS_STREAM (self));
    vitrine_machine_open_display_async (self->machine, self->protocol, NULL, callback, user_data);
}

void
app_stream_set_active (AppStream *self, gboolean active)
{
    g_return_if_fail (APP_IS_STREAM (self));

    self->active = active;
    update (self);
}

void
app_stream_lost (AppStream *self)
{
    g_return_if_fail (APP_IS_STREAM (self));

    if (self->status != APP_STREAM_OPEN)
        return;
    set_status (self, APP_STREAM_LOST, "");
    schedule_retry (self);
}

void
app_stream_refuse (AppStream *self, const char *problem)
{
    g_return_if_fail (APP_IS_STREAM (self));
    set_status (self, APP_STREAM_NONE, problem);
}

void
app_stream_works (AppStream *self)
{
    g_return_if_fail (APP_IS_STREAM (self));
    self->delay_ms = RETRY_FIRST_MS;
}
