/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-spice.c - a module: a guest's picture by SPICE.
 *
 * A session has several channels, each on a connection of its own; the widget says "wants-fd" for every one but
 * the first, and the channels get what comes in the order they asked.
 *
 * spice-gtk shares the clipboard both ways or not at all.  Where it may go to the guest alone, what the guest says of
 * its own is not passed on to spice-gtk; where it may not go at all, nor is what the guest asks for.  It offers the
 * guest what is copied while there is an agent; text that was copied before is offered here.
 */
#include <glib/gstdio.h>
#include <spice-client-gtk.h>
#include <spice/vd_agent.h>

#include "app-display.h"
#include "app-module.h"
#include "config.h"
#include "spice-calls.h"

/* SpiceDisplay's structures are hidden, so the class below it is made by their sizes, and has this beside them. */
typedef struct {
    SpiceDisplay *widget; /* whose this is */
    SpiceSession *session;
    SpiceMainChannel *main; /* borrowed, or NULL */
    GQueue waiting;         /* of SpiceChannel, for a connection */
    gboolean is_main_known; /* to the class above, too */
    gboolean is_open;       /* the first connection is there */
    gboolean is_closed;     /* and that was said, or is to be said no more */
    gboolean fits;
    int width, height;
    AppClipboard clipboard;
    gboolean offers_text; /* that was copied before the guest's agent came */
} DisplaySpice;

#define OWNER "vitrine-display" /* the session's, a DisplaySpice */

static int private_offset;
static GObjectClass *parent_class;

static DisplaySpice *
of (gpointer widget)
{
    return G_STRUCT_MEMBER_P (widget, private_offset);
}

/* --- connections --------------------------------------------------------------------------------- */

static void
forget_waiting (DisplaySpice *self)
{
    g_queue_clear_full (&self->waiting, g_object_unref);
}

/* Once, whatever ends first. */
static void
say_closed (DisplaySpice *self)
{
    if (self->is_closed)
        return;
    self->is_closed = TRUE;
    forget_waiting (self);
    g_signal_emit_by_name (self->widget, "closed");
}

static void
display_spice_open_fd (AppDisplay *display, int fd)
{
    DisplaySpice *self = of (display);
    SpiceChannel *channel = NULL;

    if (fd < 0) {
        say_closed (self);
    } else if (!self->is_open) {
        self->is_open = TRUE;
        spice_session_open_fd (self->session, fd);
    } else if ((channel = g_queue_pop_head (&self->waiting)) != NULL) {
        spice_calls_begin (self->session, channel);
        spice_channel_open_fd (channel, fd);
        g_object_unref (channel);
    } else {
        g_close (fd, NULL);
    }
}

static void
display_spice_close (AppDisplay *display)
{
    DisplaySpice *self = of (display);

    self->is_closed = TRUE;
    forget_waiting (self);
    spice_calls_end (self->session);
}

static void
wants_fd_cb (SpiceChannel *channel, int with_tls, GtkWidget *widget)
{
    DisplaySpice *self = of (widget);

    if (self->is_closed)
        return;
    g_queue_push_tail (&self->waiting, g_object_ref (channel));
    g_signal_emit_by_name (self->widget, "wants-fd");
}

static void
main_event_cb (SpiceChannel *channel, SpiceChannelEvent event, GtkWidget *widget)
{
    if (event != SPICE_CHANNEL_OPENED)
        say_closed (of (widget));
}

static void
primary_cb (SpiceChannel *channel, int format, int width, int height, int stride, int shmid,
            gpointer pixels, GtkWidget *widget)
{
    DisplaySpice *self = of (widget);

    self->width = width;
    self->height = height;
    g_signal_emit_by_name (self->widget, "resized");
}

/* spice-gtk's widget is meant to be made once the main channel is up, and complains of one that does not know
 * its kind of pointer yet: it hears of that channel as late as it does. */
static void
mouse_update_cb (SpiceChannel *channel, GtkWidget *widget)
{
    DisplaySpice *self = of (widget);

    if (self->is_main_known)
        return;
    self->is_main_known = TRUE;
    g_signal_emit_by_name (self->session, "channel-new", channel);
}

/* --- clipboard ----------------------------------------------------------------------------------- */

/* The guest has copied something.  Heard before spice-gtk hears it, as all of these are. */
static gboolean
guest_copied_cb (SpiceMainChannel *channel, guint selection, const guint32 *types, guint n_types,
                 GtkWidget *widget)
{
    if (of (widget)->clipboard == APP_CLIPBOARD_BOTH)
        return FALSE;
    g_signal_stop_emission_by_name (channel, "main-clipboard-selection-grab");
    return TRUE;
}

static GtkClipboard *
get_clipboard (void)
{
    return gtk_clipboard_get (GDK_SELECTION_CLIPBOARD);
}

/* TEXT as the guest ends its lines, or nothing where that is too much for it.  (transfer full) */
static GString *
text_for_guest (SpiceMainChannel *channel, const char *text)
{
    GString *answer = g_string_new (text);
    int max;

    if (spice_main_channel_agent_test_capability (channel, VD_AGENT_CAP_GUEST_LINEEND_CRLF)) {
        g_string_replace (answer, "\r\n", "\n", 0);
        g_string_replace (answer, "\n", "\r\n", 0);
    }
    g_object_get (channel, "max-clipboard", &max, NULL);
    if (max >= 0 && answer->len > (gsize) max)
        g_string_truncate (answer, 0);
    return answer;
}

static void
text_cb (GtkClipboard *clipboard, const char *text, gpointer user_data)
{
    g_autoptr (GtkWidget) widget = user_data;
    SpiceMainChannel *channel = of (widget)->main;
    GString *answer;

    if (channel == NULL)
        return;
    answer = text_for_guest (channel, text != NULL && of (widget)->offers_text ? text : "");
    spice_main_channel_clipboard_selection_notify (channel, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD,
                                                   answer->len > 0 ? VD_AGENT_CLIPBOARD_UTF8_TEXT
                                                                   : VD_AGENT_CLIPBOARD_NONE,
                                                   (const guchar *) answer->str, answer->len);
    g_string_free (answer, TRUE);
}

/* It wants what was copied here; somebody waits there for an answer. */
static gboolean
guest_asks_cb (SpiceMainChannel *channel, guint selection, guint type, GtkWidget *widget)
{
    DisplaySpice *self = of (widget);
    gboolean is_ours = self->offers_text && selection == VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD
                       && type == VD_AGENT_CLIPBOARD_UTF8_TEXT;

    if (self->clipboard != APP_CLIPBOARD_OFF && !is_ours)
        return FALSE;
    g_signal_stop_emission_by_name (channel, "main-clipboard-selection-request");
    if (self->clipboard == APP_CLIPBOARD_OFF)
        spice_main_channel_clipboard_selection_notify (channel, selection, VD_AGENT_CLIPBOARD_NONE,
                                                       NULL, 0);
    else
        gtk_clipboard_request_text (get_clipboard (), text_cb, g_object_ref (widget));
    return TRUE;
}

static void
targets_cb (GtkClipboard *clipboard, GdkAtom *targets, int n_targets, gpointer user_data)
{
    g_autoptr (GtkWidget) widget = user_data;
    DisplaySpice *self = of (widget);
    guint32 type = VD_AGENT_CLIPBOARD_UTF8_TEXT;

    if (self->main == NULL || self->clipboard == APP_CLIPBOARD_OFF || targets == NULL
        || !gtk_targets_include_text (targets, n_targets))
        return;
    self->offers_text = TRUE;
    spice_main_channel_clipboard_selection_grab (self->main, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD,
                                                 &type, 1);
}

/* The agent says what it can do: it is there, or is another one.  What the guest itself has copied is not for it. */
static void
agent_update_cb (SpiceMainChannel *channel, GtkWidget *widget)
{
    DisplaySpice *self = of (widget);
    GtkClipboard *clipboard = get_clipboard ();

    self->offers_text = FALSE;
    if (self->clipboard != APP_CLIPBOARD_OFF
        && spice_main_channel_agent_test_capability (channel, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND)
        && gtk_clipboard_get_owner (clipboard) != G_OBJECT (spice_gtk_session_get (self->session)))
        gtk_clipboard_request_targets (clipboard, targets_cb, g_object_ref (widget));
}

/* Something else was copied, which spice-gtk offers; or nothing is there any more. */
static void
owner_change_cb (GtkClipboard *clipboard, GdkEventOwnerChange *event, GtkWidget *widget)
{
    DisplaySpice *self = of (widget);

    if (self->offers_text && self->main != NULL && event->owner == NULL)
        spice_main_channel_clipboard_selection_release (self->main,
                                                        VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD);
    self->offers_text = FALSE;
}

static void
watch_clipboard (SpiceChannel *channel, GtkWidget *widget)
{
    g_signal_connect_object (channel, "main-agent-update", G_CALLBACK (agent_update_cb), widget, 0);
    g_signal_connect_object (channel, "main-clipboard-selection-grab", G_CALLBACK (guest_copied_cb),
                             widget, 0);
    g_signal_connect_object (channel, "main-clipboard-selection-request",
                             G_CALLBACK (guest_asks_cb), widget, 0);
}

/* Takes back what either side was offered and may not have any more. */
static void
withdraw (DisplaySpice *self, AppClipboard direction)
{
    static const guint selections[] = { VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD,
                                        VD_AGENT_CLIPBOARD_SELECTION_PRIMARY };

    if (self->main == NULL)
        return;
    self->offers_text = self->offers_text && direction != APP_CLIPBOARD_OFF;
    for (guint i = 0; i < G_N_ELEMENTS (selections); i++) {
        if (direction != APP_CLIPBOARD_BOTH) /* as if the guest had said so */
            g_signal_emit_by_name (self->main, "main-clipboard-selection-release", selections[i]);
        if (direction == APP_CLIPBOARD_OFF)
            spice_main_channel_clipboard_selection_release (self->main, selections[i]);
    }
}

static void
display_spice_set_clipboard (AppDisplay *display, AppClipboard direction)
{
    DisplaySpice *self = of (display);
    SpiceGtkSession *sharing = spice_gtk_session_get (self->session);
    gboolean was_off = self->clipboard == APP_CLIPBOARD_OFF;

    self->clipboard = direction;
    withdraw (self, direction);
    g_object_set (sharing, "auto-clipboard", direction != APP_CLIPBOARD_OFF, NULL);
    if (was_off && direction != APP_CLIPBOARD_OFF && self->main != NULL)
        spice_gtk_session_copy_to_guest (sharing);
}

/* --- files --------------------------------------------------------------------------------------- */

typedef struct {
    AppDisplayProgress progress;
    gpointer data;
    gulong new_file_id;
    gulong cancelled_id;
    gboolean is_answered; /* before it has ended: a guest that reads nothing keeps it waiting */
    gboolean is_sent;
    GError *error;    /* of the first file that failed, or NULL */
    GError *fallback; /* of all together, or NULL */
} Sending;

static void
sending_free (gpointer data)
{
    Sending *sending = data;

    g_clear_error (&sending->error);
    g_clear_error (&sending->fallback);
    g_free (sending);
}

static gboolean
display_spice_takes_files (AppDisplay *display)
{
    SpiceMainChannel *channel = of (display)->main;
    gboolean has_agent = FALSE;

    if (channel != NULL)
        g_object_get (channel, "agent-connected", &has_agent, NULL);
    return has_agent
           && !spice_main_channel_agent_test_capability (channel, VD_AGENT_CAP_FILE_XFER_DISABLED);
}

static void
file_finished_cb (SpiceFileTransferTask *file, const GError *error, GTask *answer)
{
    Sending *sending = g_task_get_task_data (answer);

    if (error != NULL && sending->error == NULL)
        sending->error = g_error_copy (error);
}

static void
new_file_cb (SpiceMainChannel *channel, SpiceFileTransferTask *file, GTask *answer)
{
    g_signal_connect_object (file, "finished", G_CALLBACK (file_finished_cb), answer, 0);
}

static void
sending_cb (goffset sent, goffset total, gpointer user_data)
{
    const Sending *sending = g_task_get_task_data (user_data);

    if (total > 0 && !sending->is_answered)
        sending->progress ((double) sent / (double) total, sending->data);
}

static void
cancelled_cb (GCancellable *cancellable, GTask *answer)
{
    Sending *sending = g_task_get_task_data (answer);

    sending->is_answered = TRUE;
    g_task_return_error_if_cancelled (answer);
}

static gboolean
answer_cb (gpointer user_data)
{
    GTask *answer = user_data;
    Sending *sending = g_task_get_task_data (answer);

    if (sending->is_answered)
        return G_SOURCE_REMOVE;
    sending->is_answered = TRUE;
    if (sending->is_sent)
        g_task_return_boolean (answer, TRUE);
    else
        g_task_return_error (
            answer, g_error_copy (sending->error != NULL ? sending->error : sending->fallback));
    return G_SOURCE_REMOVE;
}

/* spice-gtk leaves the word that a file comes no more where it lies, until something else is said: that the pointer
 * stays as it is. */
static void
hurry (DisplaySpice *self)
{
    int mode;

    if (self->is_closed || self->main == NULL)
        return;
    g_object_get (self->main, "mouse-mode", &mode, NULL);
    spice_main_channel_request_mouse_mode (self->main, mode);
}

/* What spice-gtk says of all of them is a count; what it says of one tells why, a moment later. */
static void
sent_cb (GObject *channel, GAsyncResult *result, gpointer user_data)
{
    GTask *answer = user_data;
    Sending *sending = g_task_get_task_data (answer);
    g_autoptr (GError) error = NULL;

    sending->is_sent =
        spice_main_channel_file_copy_finish (SPICE_MAIN_CHANNEL (channel), result, &error);
    sending->fallback = g_steal_pointer (&error);
    if (!sending->is_sent)
        hurry (of (g_task_get_source_object (answer)));
    g_cancellable_disconnect (g_task_get_cancellable (answer), sending->cancelled_id);
    g_signal_handler_disconnect (channel, sending->new_file_id);
    g_idle_add_full (G_PRIORITY_DEFAULT, answer_cb, answer, g_object_unref);
}

static void
display_spice_send_files (AppDisplay *display, GFile **files, AppDisplayProgress progress,
                          gpointer data, GTask *answer)
{
    SpiceMainChannel *channel = of (display)->main;
    GCancellable *cancellable = g_task_get_cancellable (answer);
    Sending *sending = g_new0 (Sending, 1);

    sending->progress = progress;
    sending->data = data;
    g_task_set_task_data (answer, sending, sending_free);
    sending->new_file_id =
        g_signal_connect (channel, "new-file-transfer", G_CALLBACK (new_file_cb), answer);
    spice_main_channel_file_copy_async (channel, files, G_FILE_COPY_NONE, cancellable, sending_cb,
                                        answer, sent_cb, answer);
    if (cancellable != NULL)
        sending->cancelled_id =
            g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), answer, NULL);
}

/* --- channels ------------------------------------------------------------------------------------ */

static void
channel_new_cb (SpiceSession *session, SpiceChannel *channel)
{
    DisplaySpice *self = g_object_get_data (G_OBJECT (session), OWNER);

    if (self == NULL || self->main == (SpiceMainChannel *) channel)
        return;
    /* It asks its session for things until its very end, and would complain of one that has gone before. */
    g_object_set_data_full (G_OBJECT (channel), OWNER, g_object_ref (session), g_object_unref);
    g_signal_connect_object (channel, "open-fd", G_CALLBACK (wants_fd_cb), self->widget, 0);
    if (SPICE_IS_MAIN_CHANNEL (channel)) {
        self->main = SPICE_MAIN_CHANNEL (channel);
        spice_calls_begin (session, channel);
        g_signal_connect_object (channel, "main-mouse-update", G_CALLBACK (mouse_update_cb),
                                 self->widget, 0);
        g_signal_stop_emission_by_name (session, "channel-new");
        watch_clipboard (channel, GTK_WIDGET (self->widget));
        g_signal_connect_object (channel, "channel-event", G_CALLBACK (main_event_cb), self->widget,
                                 0);
    } else if (SPICE_IS_DISPLAY_CHANNEL (channel)) {
        g_signal_connect_object (channel, "display-primary-create", G_CALLBACK (primary_cb),
                                 self->widget, 0);
    }
}

static void
channel_destroy_cb (SpiceSession *session, SpiceChannel *channel)
{
    DisplaySpice *self = g_object_get_data (G_OBJECT (session), OWNER);

    if (self != NULL && (SpiceChannel *) self->main == channel)
        self->main = NULL;
}

/* --- what a console asks for --------------------------------------------------------------------- */

static void
display_spice_get_size (AppDisplay *display, int *width, int *height)
{
    *width = of (display)->width;
    *height = of (display)->height;
}

static void
display_spice_request_size (AppDisplay *display, int width, int height)
{
    DisplaySpice *self = of (display);

    if (self->main == NULL || (width == self->width && height == self->height))
        return;
    spice_main_channel_update_display_enabled (self->main, 0, TRUE, FALSE);
    spice_main_channel_update_display (self->main, 0, 0, 0, width, height, TRUE);
}

/* A picture that fits has no size of its own; spice-gtk says that it has 640 × 480. */
static void
size_request_cb (GtkWidget *widget)
{
    int width, height;

    gtk_widget_get_size_request (widget, &width, &height);
    if (of (widget)->fits && (width >= 0 || height >= 0))
        gtk_widget_set_size_request (widget, -1, -1);
}

static void
display_spice_set_fits (AppDisplay *display, gboolean fits)
{
    of (display)->fits = fits;
    g_object_set (display, "scaling", fits, NULL);
}

static void
display_spice_release_pointer (AppDisplay *display)
{
    spice_display_mouse_ungrab (SPICE_DISPLAY (display));
}

static void
display_spice_iface_init (gpointer klass, gpointer data)
{
    AppDisplayInterface *iface = klass;

    iface->open_fd = display_spice_open_fd;
    iface->close = display_spice_close;
    iface->get_size = display_spice_get_size;
    iface->request_size = display_spice_request_size;
    iface->set_fits = display_spice_set_fits;
    iface->release_pointer = display_spice_release_pointer;
    iface->set_clipboard = display_spice_set_clipboard;
    iface->takes_files = display_spice_takes_files;
    iface->send_files = display_spice_send_files;
}

/* --- widget -------------------------------------------------------------------------------------- */

static void
ready_cb (GtkWidget *widget)
{
    gboolean ready;

    g_object_get (widget, "ready", &ready, NULL);
    if (ready)
        gtk_widget_show (gtk_bin_get_child (GTK_BIN (widget)));
    if (ready && !of (widget)->is_closed)
        g_signal_emit_by_name (widget, "ready");
}

static SpiceSession *
new_session (void)
{
    SpiceSession *session = spice_session_new ();

    g_signal_connect (session, "channel-new", G_CALLBACK (channel_new_cb), NULL);
    g_signal_connect (session, "channel-destroy", G_CALLBACK (channel_destroy_cb), NULL);
    return session;
}

/* Each widget has a session of its own from the first.  We hear of new channels before spice-gtk's class does, as
 * it connects them at once. */
static GObject *
display_spice_constructor (GType type, guint n, GObjectConstructParam *params)
{
    for (guint i = 0; i < n; i++)
        if (g_str_equal (params[i].pspec->name, "session"))
            g_value_take_object (params[i].value, new_session ());
    return parent_class->constructor (type, n, params);
}

/* No sound: machines have none yet, and looking for what could play it takes long.  Lock keys are the guest's, and
 * "leds" are not told of: the server counts presses, and cannot tell which of them are lit there. */
static void
set_up_session (DisplaySpice *self)
{
    g_object_get (self->widget, "session", &self->session, NULL);
    g_object_set (self->session, "client-sockets", TRUE, "enable-audio", FALSE, "enable-usbredir",
                  FALSE, NULL);
    g_object_set (spice_gtk_session_get (self->session), "auto-clipboard", FALSE, "sync-modifiers",
                  FALSE, NULL);
    g_object_set_data (G_OBJECT (self->session), OWNER, self);
    g_signal_connect_object (get_clipboard (), "owner-change", G_CALLBACK (owner_change_cb),
                             self->widget, 0);
}

/* The console has the keyboard; only the pointer of a guest whose mouse is relative is held here. */
static void
display_spice_constructed (GObject *object)
{
    DisplaySpice *self = of (object);
    SpiceGrabSequence *no_keys = spice_grab_sequence_new (0, NULL);

    parent_class->constructed (object);
    set_up_session (self);
    /* It would send what is dropped on it without a word. */
    gtk_drag_dest_unset (GTK_WIDGET (object));
    /* What draws looks for the channel of the picture as soon as it is on the screen. */
    gtk_widget_hide (gtk_bin_get_child (GTK_BIN (object)));
    g_object_set (object, "grab-keyboard", FALSE, "grab-mouse", TRUE, "resize-guest", FALSE,
                  "scaling", TRUE, NULL);
    spice_display_set_grab_keys (self->widget, no_keys);
    spice_grab_sequence_free (no_keys);
}

static void
display_spice_dispose (GObject *object)
{
    DisplaySpice *self = of (object);

    self->is_closed = TRUE;
    self->main = NULL;
    forget_waiting (self);
    if (self->session != NULL) {
        g_object_set_data (G_OBJECT (self->session), OWNER, NULL);
        spice_calls_end (self->session);
    }
    parent_class->dispose (object);
    g_clear_object (&self->session);
}

static void
display_spice_class_init (gpointer klass, gpointer data)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    g_type_class_adjust_private_offset (klass, &private_offset);
    parent_class = g_type_class_peek_parent (klass);
    object_class->constructor = display_spice_constructor;
    object_class->constructed = display_spice_constructed;
    object_class->dispose = display_spice_dispose;
}

static void
display_spice_init (GTypeInstance *instance, gpointer klass)
{
    DisplaySpice *self = of (instance);

    self->widget = SPICE_DISPLAY (instance);
    self->fits = TRUE;
    g_queue_init (&self->waiting);
    g_signal_connect (instance, "notify::ready", G_CALLBACK (ready_cb), NULL);
    g_signal_connect (instance, "notify::width-request", G_CALLBACK (size_request_cb), NULL);
    g_signal_connect (instance, "notify::height-request", G_CALLBACK (size_request_cb), NULL);
}

static GType
register_type (void)
{
    const GInterfaceInfo display = { .interface_init = display_spice_iface_init };
    GTypeQuery parent;
    GTypeInfo info;
    GType type;

    g_type_query (SPICE_TYPE_DISPLAY, &parent);
    info = (GTypeInfo){
        .class_size = (guint16) parent.class_size,
        .class_init = display_spice_class_init,
        .instance_size = (guint16) parent.instance_size,
        .instance_init = display_spice_init,
    };
    type = g_type_register_static (SPICE_TYPE_DISPLAY, "DisplaySpice", &info, 0);
    private_offset = g_type_add_instance_private (type, sizeof (DisplaySpice));
    g_type_add_interface_static (type, APP_TYPE_DISPLAY, &display);
    return type;
}

static GType
display_spice_get_type (void)
{
    static GType type;

    if (type == 0)
        type = register_type ();
    return type;
}

G_MODULE_EXPORT GType
app_module_get_widget (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? display_spice_get_type () : G_TYPE_INVALID;
}
