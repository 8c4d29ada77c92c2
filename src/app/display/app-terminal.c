/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-terminal.c - a text console of a machine: its serial line in a terminal.
 *
 * The socket of the console feeds an AppEmulator, without a pseudo-terminal in between: nothing here may be
 * resized or told to stop by the host.  Each time it is opened the console begins with what it printed
 * lately; so the terminal is reset first, and nothing is shown twice.  What was printed stays to be
 * read and copied when the machine is off.
 */
#include "app-terminal.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app-emulator.h"
#include "app-format.h"
#include "app-module.h"
#include "app-stream.h"

#define READ_BYTES 4096
/* What was typed and not yet taken: a guest that reads nothing must not fill our memory. */
#define UNSENT_MAX (1024 * 1024)

struct _AppTerminal {
    GtkBox parent_instance;

    VitrineMachine *machine;
    AppStream *stream;
    GSocketConnection *connection; /* or NULL */
    GCancellable *cancellable;     /* of its reads and writes */
    GByteArray *unsent;
    gboolean writing;

    GtkRevealer *note_revealer;
    GtkLabel *note_label;
    GtkBox *terminal_box;
    AppEmulator *emulator; /* or NULL, for want of its module */
    GtkScrollbar *scrollbar;
};

G_DEFINE_TYPE (AppTerminal, app_terminal, GTK_TYPE_BOX)

static void
update (AppTerminal *self)
{
    static const char *const notes[] = {
        [APP_STREAM_OFF] = N_ ("This machine is off"),
        [APP_STREAM_OPENING] = N_ ("Connecting to the console…"),
        [APP_STREAM_OPEN] = "",
        [APP_STREAM_LOST] = N_ ("The console went away. Reconnecting…"),
        [APP_STREAM_NONE] = N_ ("This machine has no serial console"),
    };
    AppStreamStatus status = app_stream_get_status (self->stream);

    /* Text that is sliding away stays what it was. */
    if (status != APP_STREAM_OPEN)
        gtk_label_set_label (self->note_label, _ (notes[status]));
    gtk_revealer_set_reveal_child (self->note_revealer, status != APP_STREAM_OPEN);
    app_emulator_set_takes_input (self->emulator, status == APP_STREAM_OPEN);
}

/* --- the socket ---------------------------------------------------------------------------------- */

static void
hang_up (AppTerminal *self)
{
    if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
    g_clear_object (&self->connection);
    g_byte_array_set_size (self->unsent, 0);
    self->writing = FALSE;
}

static void
lost (AppTerminal *self)
{
    hang_up (self);
    app_stream_lost (self->stream);
}

static void read_more (AppTerminal *self);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppTerminal) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;

    bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->connection == NULL
        || source != (GObject *) g_io_stream_get_input_stream (G_IO_STREAM (self->connection)))
        return;
    if (bytes == NULL || g_bytes_get_size (bytes) == 0) {
        lost (self);
        return;
    }
    app_stream_works (self->stream);
    app_emulator_feed (self->emulator, bytes);
    read_more (self);
}

static void
read_more (AppTerminal *self)
{
    /* Below redraw: a guest that prints without end leaves the window alive. */
    g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                                     READ_BYTES, GDK_PRIORITY_REDRAW + 10, self->cancellable,
                                     read_cb, g_object_ref (self));
}

static void write_more (AppTerminal *self);

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppTerminal) self = user_data;
    gssize n = g_output_stream_write_bytes_finish (G_OUTPUT_STREAM (source), result, NULL);

    if (self->connection == NULL
        || source != (GObject *) g_io_stream_get_output_stream (G_IO_STREAM (self->connection)))
        return;
    self->writing = FALSE;
    /* Whoever cannot be written to is read to the end first: it is the reader that finds out. */
    if (n <= 0)
        return;
    g_byte_array_remove_range (self->unsent, 0, (guint) n);
    write_more (self);
}

static void
write_more (AppTerminal *self)
{
    g_autoptr (GBytes) bytes = NULL;

    if (self->writing || self->unsent->len == 0)
        return;
    self->writing = TRUE;
    bytes = g_bytes_new (self->unsent->data, self->unsent->len);
    g_output_stream_write_bytes_async (
        g_io_stream_get_output_stream (G_IO_STREAM (self->connection)), bytes, G_PRIORITY_DEFAULT,
        self->cancellable, written_cb, g_object_ref (self));
}

static void
opened_cb (AppStream *stream, int fd, AppTerminal *self)
{
    g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);

    hang_up (self);
    if (socket == NULL) {
        g_close (fd, NULL);
        app_stream_lost (stream);
        return;
    }
    self->connection = g_socket_connection_factory_create_connection (socket);
    self->cancellable = g_cancellable_new ();
    app_emulator_reset (self->emulator);
    read_more (self);
}

static void
typed_cb (AppTerminal *self, GBytes *bytes)
{
    gsize size;
    const guint8 *text = g_bytes_get_data (bytes, &size);

    if (self->connection == NULL || self->unsent->len + size > UNSENT_MAX)
        return;
    g_byte_array_append (self->unsent, text, (guint) size);
    write_more (self);
}

static void
state_cb (AppTerminal *self)
{
    if (!app_state_is_live (vitrine_machine_get_state (self->machine)))
        hang_up (self);
}

/* --- widget -------------------------------------------------------------------------------------- */

/* Without its module there is a note that says so in its place. */
static void
make_emulator (AppTerminal *self)
{
    g_autoptr (GError) error = NULL;
    GType type = app_module_load ("terminal-vte", APP_TYPE_EMULATOR, &error);

    gtk_widget_set_visible (GTK_WIDGET (self->scrollbar), type != G_TYPE_INVALID);
    if (type == G_TYPE_INVALID) {
        gtk_label_set_label (self->note_label, error->message);
        gtk_revealer_set_reveal_child (self->note_revealer, TRUE);
        return;
    }
    self->emulator = g_object_new (type, "visible", TRUE, "can-focus", TRUE, "hexpand", TRUE, NULL);
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->emulator)),
                         _ ("Serial console"));
    gtk_container_add (GTK_CONTAINER (self->terminal_box), GTK_WIDGET (self->emulator));
    gtk_range_set_adjustment (GTK_RANGE (self->scrollbar),
                              gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->emulator)));
    g_signal_connect_object (self->emulator, "typed", G_CALLBACK (typed_cb), self,
                             G_CONNECT_SWAPPED);
}

static void
app_terminal_map (GtkWidget *widget)
{
    AppTerminal *self = APP_TERMINAL (widget);

    GTK_WIDGET_CLASS (app_terminal_parent_class)->map (widget);
    if (self->stream != NULL)
        app_stream_set_active (self->stream, TRUE);
}

static void
app_terminal_grab_focus (GtkWidget *widget)
{
    AppTerminal *self = APP_TERMINAL (widget);

    if (self->emulator != NULL)
        gtk_widget_grab_focus (GTK_WIDGET (self->emulator));
}

static void
app_terminal_dispose (GObject *object)
{
    AppTerminal *self = APP_TERMINAL (object);

    if (self->unsent != NULL)
        hang_up (self);
    g_clear_object (&self->stream);
    g_clear_object (&self->machine);
    G_OBJECT_CLASS (app_terminal_parent_class)->dispose (object);
}

static void
app_terminal_finalize (GObject *object)
{
    g_byte_array_unref (APP_TERMINAL (object)->unsent);
    G_OBJECT_CLASS (app_terminal_parent_class)->finalize (object);
}

static void
app_terminal_class_init (AppTerminalClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_terminal_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_terminal_finalize;
    widget_class->map = app_terminal_map;
    widget_class->grab_focus = app_terminal_grab_focus;

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-terminal.ui");
    gtk_widget_class_bind_template_child (widget_class, AppTerminal, note_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppTerminal, note_label);
    gtk_widget_class_bind_template_child (widget_class, AppTerminal, terminal_box);
    gtk_widget_class_bind_template_child (widget_class, AppTerminal, scrollbar);
}

static void
app_terminal_init (AppTerminal *self)
{
    self->unsent = g_byte_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    make_emulator (self);
}

void
app_terminal_set_machine (AppTerminal *self, VitrineMachine *machine, const char *console)
{
    g_return_if_fail (APP_IS_TERMINAL (self));
    g_return_if_fail (VITRINE_IS_MACHINE (machine));
    g_return_if_fail (self->machine == NULL);

    if (self->emulator == NULL)
        return;
    self->machine = g_object_ref (machine);
    self->stream = app_stream_new (machine, console);
    g_signal_connect_object (self->stream, "opened", G_CALLBACK (opened_cb), self, 0);
    g_signal_connect_object (self->stream, "notify::status", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (machine, "notify::state", G_CALLBACK (state_cb), self,
                             G_CONNECT_SWAPPED);
    if (gtk_widget_get_mapped (GTK_WIDGET (self)))
        app_stream_set_active (self->stream, TRUE);
    update (self);
}

void
app_terminal_copy (AppTerminal *self)
{
    g_return_if_fail (APP_IS_TERMINAL (self));
    if (self->emulator != NULL)
        app_emulator_copy (self->emulator);
}

void
app_terminal_paste (AppTerminal *self)
{
    g_return_if_fail (APP_IS_TERMINAL (self));
    if (self->emulator != NULL)
        app_emulator_paste (self->emulator);
}

gboolean
app_terminal_wants_keys (AppTerminal *self)
{
    g_return_val_if_fail (APP_IS_TERMINAL (self), FALSE);
    return self->emulator != NULL && gtk_widget_has_focus (GTK_WIDGET (self->emulator))
           && self->stream != NULL && app_stream_get_status (self->stream) == APP_STREAM_OPEN;
}
