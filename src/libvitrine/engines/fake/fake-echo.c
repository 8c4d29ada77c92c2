/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-echo.c - a serial console with nobody behind it: it says back what it is told. */
#include "fake-echo.h"

#include <string.h>

struct echo {
    GIOStream *stream;
    GCancellable *power;
    char *banner;
};

static void
echo_free (struct echo *echo)
{
    g_io_stream_close (echo->stream, NULL, NULL); /* a socket's does not wait */
    g_object_unref (echo->stream);
    g_object_unref (echo->power);
    g_free (echo->banner);
    g_free (echo);
}

static void
echoed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, NULL);
    echo_free (user_data);
}

static void
banner_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    struct echo *echo = user_data;

    if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
        echo_free (echo);
    else
        g_output_stream_splice_async (
            G_OUTPUT_STREAM (source), g_io_stream_get_input_stream (echo->stream),
            G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, echo->power, echoed_cb, echo);
}

void
fake_echo_serve (int fd, const char *banner, GCancellable *power)
{
    g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
    struct echo *echo = g_new0 (struct echo, 1);

    g_assert (socket != NULL); /* one that we made */
    echo->stream = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
    echo->power = g_object_ref (power);
    echo->banner = g_strdup (banner);
    g_output_stream_write_all_async (g_io_stream_get_output_stream (echo->stream), echo->banner,
                                     strlen (echo->banner), G_PRIORITY_DEFAULT, power,
                                     banner_written_cb, echo);
}
