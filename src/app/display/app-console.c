/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-console.c - what a machine shows, to look at and to type into.
 *
 * Theory of operation
 *
 *   AppStream brings sockets; each gets an AppDisplay of its own, which is thrown away when its server
 *   hangs up: a connection that broke in mid-message leaves nothing behind that the next one could trip
 *   over.  The old one stays to be seen, with a note over it, until the new one has its first picture;
 *   so a display server that is restarted is a blink, and a dead one is a still picture that says so.
 *
 *   "display" shows, or will in a moment; "last" is the one before it, closed, or NULL.
 *   Off, there is neither, and a page says so and why.
 */
#include "app-console-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>

#include "app-format.h"
#include "app-module.h"

enum {
    PROP_0,
    PROP_GRABBED,
    PROP_SUMMARY,
    PROP_LOCKS,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (AppConsole, app_console, GTK_TYPE_BIN)

/* --- what it says of itself ---------------------------------------------------------------------- */

void
app_console_set_grabbed (AppConsole *self, gboolean grabbed)
{
    if (self->grabbed == grabbed)
        return;
    self->grabbed = grabbed;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRABBED]);
}

/* "720 × 400, at 150 %": of device pixels, which is what the eye sees. */
static char *
describe_display (AppConsole *self)
{
    int scale = gtk_widget_get_scale_factor (self->display);
    int width, height;
    double fit;

    app_display_get_size (APP_DISPLAY (self->display), &width, &height);
    if (width <= 0 || height <= 0)
        return g_strdup ("");
    fit = MIN ((double) gtk_widget_get_allocated_width (self->display) / width,
               (double) gtk_widget_get_allocated_height (self->display) / height);
    /* Translators: the guest's resolution, and how much it is enlarged */
    return g_strdup_printf (_ ("%d × %d, at %.0f %%"), width, height, round (fit * scale * 100));
}

static void
update_summary (AppConsole *self)
{
    g_autofree char *summary = self->display != NULL ? describe_display (self) : g_strdup ("");

    if (g_str_equal (self->summary, summary))
        return;
    g_free (self->summary);
    self->summary = g_steal_pointer (&summary);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUMMARY]);
}

/* What DISPLAY says of the guest's lock keys, as words. */
static void
show_leds (AppConsole *self, guint leds)
{
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    g_auto (GStrv) words = NULL;

    if (leds & APP_LED_CAPS)
        g_strv_builder_add (names, _ ("Caps Lock"));
    if (leds & APP_LED_NUM)
        g_strv_builder_add (names, _ ("Num Lock"));
    if (leds & APP_LED_SCROLL)
        g_strv_builder_add (names, _ ("Scroll Lock"));
    words = g_strv_builder_end (names);
    g_free (self->locks);
    self->locks = g_strjoinv (" · ", words);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOCKS]);
}

static void
leds_cb (GtkWidget *display, guint leds, AppConsole *self)
{
    if (display == self->display)
        show_leds (self, leds);
}

static void
update_off_page (AppConsole *self)
{
    VitrineMachineState state = app_machine_item_get_state (self->item);
    g_autofree char *trouble = app_machine_item_dup_trouble (self->item);
    VitrineMachine *machine = app_machine_item_get_machine (self->item);
    g_autofree char *reason = app_format_sentence (vitrine_machine_get_state_reason (machine));
    const char *text = *trouble != '\0' ? trouble : reason;

    gtk_label_set_label (self->off_title, state == VITRINE_MACHINE_CRASHED
                                              ? _ ("This machine crashed")
                                              : _ ("This machine is off"));
    gtk_label_set_label (self->off_text, text);
    gtk_widget_set_visible (GTK_WIDGET (self->off_text), *text != '\0');
    gtk_button_set_label (self->start_button,
                          state == VITRINE_MACHINE_CRASHED ? _ ("_Start again") : _ ("_Start"));
}

static void
update (AppConsole *self)
{
    AppStreamStatus status = app_stream_get_status (self->stream);
    VitrineMachineState state = app_machine_item_get_state (self->item);
    const char *page = "display";
    gboolean waiting;

    if (!app_state_is_live (state))
        page = "off";
    else if (status == APP_STREAM_NONE)
        page = "none";
    else if (self->display == NULL && self->last == NULL)
        page = "waiting";
    waiting = g_str_equal (page, "waiting");

    update_off_page (self);
    gtk_label_set_label (self->none_label, app_stream_get_problem (self->stream));
    gtk_label_set_label (self->waiting_label, state == VITRINE_MACHINE_STARTING ? _ ("Starting…")
                                              : status == APP_STREAM_LOST
                                                  ? _ ("The display is away. Trying again…")
                                                  : _ ("Connecting to the display…"));
    g_object_set (self->spinner, "active", waiting, NULL);
    gtk_label_set_label (self->note_label, state == VITRINE_MACHINE_PAUSED
                                               ? _ ("Paused")
                                               : _ ("The display went away. Reconnecting…"));
    gtk_revealer_set_reveal_child (self->note_revealer,
                                   state == VITRINE_MACHINE_PAUSED || status == APP_STREAM_LOST);
    gtk_stack_set_visible_child_name (self->stack, page);
    update_summary (self);
}

/* --- displays ------------------------------------------------------------------------------------ */

static gboolean
destroy_cb (gpointer display)
{
    gtk_widget_destroy (display);
    return G_SOURCE_REMOVE;
}

/* Closes and forgets *DISPLAY.  It goes later: its connection may be what called us. */
static void
drop (AppConsole *self, GtkWidget **display)
{
    g_autoptr (GtkWidget) dropped = NULL;

    if (*display == NULL)
        return;
    dropped = g_object_ref (*display);
    *display = NULL;
    g_signal_handlers_disconnect_by_data (dropped, self);
    gtk_widget_hide (dropped);
    app_display_close (APP_DISPLAY (dropped));
    g_idle_add_full (G_PRIORITY_DEFAULT, destroy_cb, g_steal_pointer (&dropped), g_object_unref);
}

/* The first picture is there: the old display may go. */
static void
ready_cb (GtkWidget *display, AppConsole *self)
{
    gboolean first = self->last == NULL;
    gboolean had_focus = !first && gtk_widget_is_focus (self->last);

    if (display != self->display)
        return;
    app_stream_works (self->stream);
    gtk_stack_set_visible_child (self->display_stack, display);
    app_console_wish_size (self);
    update (self);
    /* Whoever looks at a display wants to type into it, unless he has just said otherwise. */
    if (!self->released && gtk_widget_get_mapped (display) && (first || had_focus))
        gtk_widget_grab_focus (display);
    drop (self, &self->last);
}

static void
closed_cb (GtkWidget *display, AppConsole *self)
{
    if (display != self->display)
        return;
    app_console_give_keys_back (self, display);
    show_leds (self, 0);
    /* One that never showed anything is not worth keeping: the one before it stays. */
    if (gtk_stack_get_visible_child (self->display_stack) == display) {
        g_assert (self->last == NULL);
        self->last = g_steal_pointer (&self->display);
    } else {
        drop (self, &self->display);
    }
    app_stream_lost (self->stream);
    update (self);
}

/* --- connecting ---------------------------------------------------------------------------------- */

static void
resized_cb (GtkWidget *display, AppConsole *self)
{
    update_summary (self);
    app_console_wish_size (self);
}

static void
another_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GtkWidget) display = user_data;

    app_display_open_fd (APP_DISPLAY (display), vitrine_machine_open_display_finish (
                                                    VITRINE_MACHINE (source), result, NULL));
}

static void
wants_fd_cb (GtkWidget *display, AppConsole *self)
{
    app_stream_open_another_async (self->stream, another_cb, g_object_ref (display));
}

/* NULL with ERROR where there is no widget for the protocol. */
static GtkWidget *
new_display (AppConsole *self, GError **error)
{
    g_autofree char *module =
        g_strconcat ("display-", app_stream_get_protocol (self->stream), NULL);
    GType type = app_module_load (module, APP_TYPE_DISPLAY, error);
    GtkWidget *display;

    if (type == G_TYPE_INVALID)
        return NULL;
    display = g_object_new (type, "visible", TRUE, NULL);
    app_console_apply_scaling (self, display);
    app_display_set_clipboard (APP_DISPLAY (display), self->clipboard);
    g_signal_connect (display, "wants-fd", G_CALLBACK (wants_fd_cb), self);
    g_signal_connect (display, "ready", G_CALLBACK (ready_cb), self);
    g_signal_connect (display, "closed", G_CALLBACK (closed_cb), self);
    g_signal_connect (display, "leds", G_CALLBACK (leds_cb), self);
    app_console_watch_keys (self, display);
    g_signal_connect (display, "resized", G_CALLBACK (resized_cb), self);
    g_signal_connect_swapped (display, "size-allocate", G_CALLBACK (update_summary), self);
    atk_object_set_name (gtk_widget_get_accessible (display), _ ("Display"));
    return display;
}

static void
opened_cb (AppStream *stream, int fd, AppConsole *self)
{
    g_autoptr (GError) error = NULL;

    drop (self, &self->display);
    self->display = new_display (self, &error);
    if (self->display == NULL) {
        g_close (fd, NULL);
        app_stream_refuse (stream, error->message);
        return;
    }
    gtk_container_add (GTK_CONTAINER (self->display_stack), self->display);
    /* It draws what comes even while another page is shown: it needs its window from the start. */
    gtk_widget_realize (self->display);
    app_display_open_fd (APP_DISPLAY (self->display), fd);
    update (self);
}

static void
focus_start_button (AppConsole *self)
{
    if (gtk_widget_get_mapped (GTK_WIDGET (self->start_button)))
        gtk_widget_grab_focus (GTK_WIDGET (self->start_button));
}

/* Whether the keyboard would be in what goes, or is nowhere. */
static gboolean
has_keyboard (AppConsole *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));
    GtkWidget *focus = GTK_IS_WINDOW (window) ? gtk_window_get_focus (GTK_WINDOW (window)) : NULL;

    return focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self));
}

/* When the machine ends, so does what it showed; the keyboard goes on to what starts it again. */
static void
state_cb (AppConsole *self)
{
    gboolean had_keyboard = has_keyboard (self);

    if (!app_state_is_live (app_machine_item_get_state (self->item))) {
        app_console_give_keys_back (self, self->display);
        self->released = FALSE;
        drop (self, &self->display);
        drop (self, &self->last);
        show_leds (self, 0);
    }
    update (self);
    if (had_keyboard)
        focus_start_button (self);
}

static void
start_clicked_cb (GtkButton *button, AppConsole *self)
{
    app_machine_item_act (self->item, VITRINE_ACTION_START);
}

/* --- widget -------------------------------------------------------------------------------------- */

static void
app_console_map (GtkWidget *widget)
{
    AppConsole *self = APP_CONSOLE (widget);

    GTK_WIDGET_CLASS (app_console_parent_class)->map (widget);
    if (has_keyboard (self))
        focus_start_button (self);
    if (self->stream != NULL)
        app_stream_set_active (self->stream, TRUE);
}

static void
app_console_grab_focus (GtkWidget *widget)
{
    AppConsole *self = APP_CONSOLE (widget);

    if (self->display != NULL)
        gtk_widget_grab_focus (self->display);
    else
        focus_start_button (self);
}

static void
app_console_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppConsole *self = APP_CONSOLE (object);

    switch (id) {
    case PROP_GRABBED:
        g_value_set_boolean (value, self->grabbed);
        break;
    case PROP_SUMMARY:
        g_value_set_string (value, self->summary);
        break;
    case PROP_LOCKS:
        g_value_set_string (value, self->locks);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_console_dispose (GObject *object)
{
    AppConsole *self = APP_CONSOLE (object);

    if (self->stream != NULL)
        g_signal_handlers_disconnect_by_data (self->stream, self);
    drop (self, &self->display);
    drop (self, &self->last);
    g_clear_handle_id (&self->wish_id, g_source_remove);
    g_clear_object (&self->stream);
    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_console_parent_class)->dispose (object);
}

static void
app_console_finalize (GObject *object)
{
    g_free (APP_CONSOLE (object)->summary);
    g_free (APP_CONSOLE (object)->locks);
    G_OBJECT_CLASS (app_console_parent_class)->finalize (object);
}

static void
app_console_class_init (AppConsoleClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    object_class->get_property = app_console_get_property;
    object_class->dispose = app_console_dispose;
    object_class->finalize = app_console_finalize;
    widget_class->map = app_console_map;
    widget_class->grab_focus = app_console_grab_focus;

    properties[PROP_GRABBED] = g_param_spec_boolean ("grabbed", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_SUMMARY] =
        g_param_spec_string ("summary", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_LOCKS] =
        g_param_spec_string ("locks", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-console.ui");
    gtk_widget_class_bind_template_child (widget_class, AppConsole, stack);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, overlay);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, scroller);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, display_stack);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, note_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, note_label);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, off_title);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, off_text);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, start_button);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, waiting_label);
    gtk_widget_class_bind_template_child (widget_class, AppConsole, none_label);
    gtk_widget_class_bind_template_callback (widget_class, start_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_console_wish_size);
}

static void
app_console_init (AppConsole *self)
{
    self->summary = g_strdup ("");
    self->locks = g_strdup ("");
    gtk_widget_init_template (GTK_WIDGET (self));
}

void
app_console_set_item (AppConsole *self, AppMachineItem *item)
{
    VitrineMachine *machine;

    g_return_if_fail (APP_IS_CONSOLE (self));
    g_return_if_fail (APP_IS_MACHINE_ITEM (item));
    g_return_if_fail (self->item == NULL);

    machine = app_machine_item_get_machine (item);
    self->item = g_object_ref (item);
    self->stream = app_stream_new (machine, NULL);
    g_signal_connect_object (self->stream, "opened", G_CALLBACK (opened_cb), self, 0);
    g_signal_connect_object (self->stream, "notify::status", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (machine, "notify::state", G_CALLBACK (state_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (item, "notify::problem", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    if (gtk_widget_get_mapped (GTK_WIDGET (self)))
        app_stream_set_active (self->stream, TRUE);
    update (self);
}

gboolean
app_console_get_grabbed (AppConsole *self)
{
    g_return_val_if_fail (APP_IS_CONSOLE (self), FALSE);
    return self->grabbed;
}

const char *
app_console_get_summary (AppConsole *self)
{
    g_return_val_if_fail (APP_IS_CONSOLE (self), "");
    return self->summary;
}

const char *
app_console_get_locks (AppConsole *self)
{
    g_return_val_if_fail (APP_IS_CONSOLE (self), "");
    return self->locks;
}

void
app_console_set_clipboard (AppConsole *self, AppClipboard direction)
{
    g_return_if_fail (APP_IS_CONSOLE (self));

    self->clipboard = direction;
    if (self->display != NULL)
        app_display_set_clipboard (APP_DISPLAY (self->display), direction);
}

/* --- files to the guest -------------------------------------------------------------------------- */

gboolean
app_console_takes_files (AppConsole *self)
{
    g_return_val_if_fail (APP_IS_CONSOLE (self), FALSE);
    return self->display != NULL && app_display_takes_files (APP_DISPLAY (self->display));
}

static void
sent_cb (GObject *display, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) answer = user_data;
    GError *error = NULL;

    if (app_display_send_files_finish (APP_DISPLAY (display), result, &error))
        g_task_return_boolean (answer, TRUE);
    else
        g_task_return_error (answer, error);
}

void
app_console_send_files_async (AppConsole *self, GFile **files, AppDisplayProgress progress,
                              gpointer progress_data, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *answer;

    g_return_if_fail (APP_IS_CONSOLE (self));

    answer = g_task_new (self, NULL, callback, user_data);
    g_task_set_source_tag (answer, app_console_send_files_async);
    if (app_console_takes_files (self))
        app_display_send_files_async (APP_DISPLAY (self->display), files, progress, progress_data,
                                      cancellable, sent_cb, answer);
    else {
        g_task_return_new_error (answer, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                                 _ ("No agent in the guest takes files; install and start "
                                    "spice-vdagent there"));
        g_object_unref (answer);
    }
}

gboolean
app_console_send_files_finish (AppConsole *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
    return g_task_propagate_boolean (G_TASK (result), error);
}
