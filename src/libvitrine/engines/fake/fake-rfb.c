/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-rfb.c - a very small VNC server for one viewer of a fake screen: RFB 3.3 to 3.8, no
 * security, raw rectangles (RFC 6143).
 *
 * Theory of operation.  What arrives is appended to `in`; the state's handler takes one message
 * from its front or says that it wants more.  What leaves is appended to `out` and written by one
 * write at a time.  Each pending operation holds a reference; hang_up() makes both end, and the
 * object with them.  The viewer is a peer like any other: its sizes are checked and whatever is not
 * in the RFC ends the connection.
 */
#include "fake-rfb.h"

#include <string.h>

#define SECURITY_NONE     1
#define ENCODING_RAW      0
#define MESSAGE_BYTES_MAX (1u << 20)
#define KEYSYM_BACKSPACE  0xff08
#define KEYSYM_RETURN     0xff0d

enum {
    CLIENT_SET_PIXEL_FORMAT = 0,
    CLIENT_SET_ENCODINGS = 2,
    CLIENT_UPDATE_REQUEST = 3,
    CLIENT_KEY = 4,
    CLIENT_POINTER = 5,
    CLIENT_CUT_TEXT = 6,
};

#define FAKE_TYPE_RFB (fake_rfb_get_type ())
G_DECLARE_FINAL_TYPE (FakeRfb, fake_rfb, FAKE, RFB, GObject)

struct pixel_format {
    guint bytes; /* a pixel: 1, 2 or 4 */
    gboolean big_endian;
    guint max[3]; /* red, green, blue */
    guint shift[3];
};

/* Takes one message of LEN bytes at most from DATA; returns its size, 0 to wait for more, -1 to
 * hang up. */
typedef gssize (*Handler) (FakeRfb *self, const guint8 *data, gsize len);

struct _FakeRfb {
    GObject parent_instance;
    GIOStream *stream;
    GCancellable *power;
    FakeScreen *screen;
    char *title;
    Handler handler;
    GByteArray *in, *out;
    gboolean writing;
    guint8 chunk[4096];
    guint version_minor;
    struct pixel_format format;
    gboolean update_wanted; /* the viewer waits for a change */
    gboolean dirty;         /* there was one since it was last shown */
};

G_DEFINE_FINAL_TYPE (FakeRfb, fake_rfb, G_TYPE_OBJECT)

static void
fake_rfb_finalize (GObject *object)
{
    FakeRfb *self = FAKE_RFB (object);

    g_object_unref (self->stream);
    g_object_unref (self->power);
    g_object_unref (self->screen);
    g_free (self->title);
    g_byte_array_unref (self->in);
    g_byte_array_unref (self->out);
    G_OBJECT_CLASS (fake_rfb_parent_class)->finalize (object);
}

static void
fake_rfb_class_init (FakeRfbClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = fake_rfb_finalize;
}

static void
fake_rfb_init (FakeRfb *self)
{
    self->in = g_byte_array_new ();
    self->out = g_byte_array_new ();
    self->format =
        (struct pixel_format){ .bytes = 4, .max = { 255, 255, 255 }, .shift = { 16, 8, 0 } };
}

/* --- the wire --------------------------------------------------------------------------------- */

static guint16
load_be16 (const guint8 *p)
{
    return (guint16) (p[0] << 8 | p[1]);
}

static guint32
load_be32 (const guint8 *p)
{
    return (guint32) load_be16 (p) << 16 | load_be16 (p + 2);
}

static void
put_u8 (FakeRfb *self, guint8 value)
{
    g_byte_array_append (self->out, &value, 1);
}

static void
put_be16 (FakeRfb *self, guint16 value)
{
    put_u8 (self, (guint8) (value >> 8));
    put_u8 (self, (guint8) value);
}

static void
put_be32 (FakeRfb *self, guint32 value)
{
    put_be16 (self, (guint16) (value >> 16));
    put_be16 (self, (guint16) value);
}

/* The viewer sees it at once; pending operations come back with the end of the stream. */
static void
hang_up (FakeRfb *self)
{
    self->update_wanted = FALSE;
    g_signal_handlers_disconnect_by_data (self->screen, self);
    g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream)), TRUE,
                       TRUE, NULL);
}

static void write_out (FakeRfb *self);

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (FakeRfb) self = user_data;

    self->writing = FALSE;
    if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
        hang_up (self);
    else
        write_out (self);
}

static void
write_out (FakeRfb *self)
{
    GBytes *bytes;

    if (self->writing || self->out->len == 0)
        return;
    bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->out));
    self->out = g_byte_array_new ();
    self->writing = TRUE;
    g_output_stream_write_all_async (
        g_io_stream_get_output_stream (self->stream), g_bytes_get_data (bytes, NULL),
        g_bytes_get_size (bytes), G_PRIORITY_DEFAULT, self->power, written_cb, g_object_ref (self));
    /* The bytes stay with the stream's operation. */
    g_object_set_data_full (G_OBJECT (self), "written", bytes, (GDestroyNotify) g_bytes_unref);
}

/* --- pictures --------------------------------------------------------------------------------- */

static void
put_pixel (FakeRfb *self, guint8 *to, guint32 xrgb)
{
    const struct pixel_format *format = &self->format;
    guint32 value = 0;

    for (guint i = 0; i < 3; i++)
        value |= (xrgb >> (16 - 8 * i) & 0xff) * format->max[i] / 255 << format->shift[i];
    for (guint i = 0; i < format->bytes; i++)
        to[i] = (guint8) (value >> 8 * (format->big_endian ? format->bytes - 1 - i : i));
}

static void
put_update (FakeRfb *self)
{
    g_autoptr (VitrinePicture) picture = fake_screen_dup_picture (self->screen);
    const guint8 *pixels = g_bytes_get_data (picture->pixels, NULL);
    guint8 *to;
    guint offset;

    put_u8 (self, 0); /* FramebufferUpdate */
    put_u8 (self, 0);
    put_be16 (self, 1); /* one rectangle: all of it */
    put_be32 (self, 0);
    put_be16 (self, (guint16) picture->width);
    put_be16 (self, (guint16) picture->height);
    put_be32 (self, ENCODING_RAW);
    offset = self->out->len;
    g_byte_array_set_size (self->out,
                           offset + picture->width * picture->height * self->format.bytes);
    to = self->out->data + offset;
    for (guint y = 0; y < picture->height; y++) {
        for (guint x = 0; x < picture->width; x++, to += self->format.bytes) {
            const guint8 *from = pixels + (gsize) y * picture->stride + x * 4;

            put_pixel (self, to, (guint32) (from[2] << 16 | from[1] << 8 | from[0]));
        }
    }
    self->dirty = FALSE;
    self->update_wanted = FALSE;
    write_out (self);
}

static void
screen_changed_cb (FakeScreen *screen, FakeRfb *self)
{
    self->dirty = TRUE;
    if (self->update_wanted)
        put_update (self);
}

/* --- messages --------------------------------------------------------------------------------- */

static gboolean
set_pixel_format (FakeRfb *self, const guint8 *data)
{
    struct pixel_format format = { .bytes = data[0] / 8u, .big_endian = data[2] != 0 };

    if ((data[0] != 8 && data[0] != 16 && data[0] != 32) || data[3] == 0) /* no colour maps */
        return FALSE;
    for (guint i = 0; i < 3; i++) {
        format.max[i] = load_be16 (data + 4 + 2 * i);
        format.shift[i] = data[10 + i];
        if (format.shift[i] > 31)
            return FALSE;
    }
    self->format = format;
    return TRUE;
}

static void
type_keysym (FakeRfb *self, guint32 keysym)
{
    if (keysym == KEYSYM_RETURN)
        fake_screen_type (self->screen, '\n');
    else if (keysym == KEYSYM_BACKSPACE)
        fake_screen_type (self->screen, '\b');
    else if (keysym >= ' ' && keysym <= '~')
        fake_screen_type (self->screen, (char) keysym);
}

static gssize
message_size (const guint8 *data, gsize len)
{
    guint32 n;

    switch (data[0]) {
    case CLIENT_SET_PIXEL_FORMAT:
        return 20;
    case CLIENT_SET_ENCODINGS:
        return len < 4 ? 4 : 4 + 4 * load_be16 (data + 2);
    case CLIENT_UPDATE_REQUEST:
        return 10;
    case CLIENT_KEY:
        return 8;
    case CLIENT_POINTER:
        return 6;
    case CLIENT_CUT_TEXT:
        n = len < 8 ? 0 : load_be32 (data + 4);
        return n > MESSAGE_BYTES_MAX ? -1 : 8 + (gssize) n;
    default:
        return -1;
    }
}

static gssize
handle_message (FakeRfb *self, const guint8 *data, gsize len)
{
    gssize size = message_size (data, len);

    if (size < 0)
        return -1;
    if ((gsize) size > len)
        return 0;
    switch (data[0]) {
    case CLIENT_SET_PIXEL_FORMAT:
        if (!set_pixel_format (self, data + 4))
            return -1;
        break;
    case CLIENT_UPDATE_REQUEST:
        self->update_wanted = TRUE;
        if (data[1] == 0 || self->dirty)
            put_update (self);
        break;
    case CLIENT_KEY:
        if (data[1] != 0)
            type_keysym (self, load_be32 (data + 4));
        break;
    }
    return size;
}

static gssize
handle_client_init (FakeRfb *self, const guint8 *data, gsize len)
{
    g_autoptr (VitrinePicture) picture = fake_screen_dup_picture (self->screen);
    static const guint8 format[16] = { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 };
    gsize title_bytes = strlen (self->title);

    put_be16 (self, (guint16) picture->width);
    put_be16 (self, (guint16) picture->height);
    g_byte_array_append (self->out, format, sizeof format);
    put_be32 (self, (guint32) title_bytes);
    g_byte_array_append (self->out, (const guint8 *) self->title, (guint) title_bytes);
    self->handler = handle_message;
    return 1;
}

static gssize
handle_security (FakeRfb *self, const guint8 *data, gsize len)
{
    if (data[0] != SECURITY_NONE)
        return -1;
    if (self->version_minor >= 8)
        put_be32 (self, 0); /* SecurityResult: OK */
    self->handler = handle_client_init;
    return 1;
}

static gssize
handle_version (FakeRfb *self, const guint8 *data, gsize len)
{
    if (len < 12)
        return 0;
    if (memcmp (data, "RFB 003.00", 10) != 0 || data[11] != '\n' || !g_ascii_isdigit (data[10]))
        return -1;
    self->version_minor = data[10] - '0';
    if (self->version_minor < 7) {
        put_be32 (self, SECURITY_NONE);
        self->handler = handle_client_init;
    } else {
        put_u8 (self, 1);
        put_u8 (self, SECURITY_NONE);
        self->handler = handle_security;
    }
    return 12;
}

static void read_more (FakeRfb *self);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (FakeRfb) self = user_data;
    gssize len = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);
    gssize used = 1;

    if (len <= 0) {
        hang_up (self);
        return;
    }
    g_byte_array_append (self->in, self->chunk, (guint) len);
    while (used > 0 && self->in->len > 0) {
        used = self->handler (self, self->in->data, self->in->len);
        if (used > 0)
            g_byte_array_remove_range (self->in, 0, (guint) used);
    }
    write_out (self);
    if (used < 0)
        hang_up (self);
    else
        read_more (self);
}

static void
read_more (FakeRfb *self)
{
    g_input_stream_read_async (g_io_stream_get_input_stream (self->stream), self->chunk,
                               sizeof self->chunk, G_PRIORITY_DEFAULT, self->power, read_cb,
                               g_object_ref (self));
}

void
fake_rfb_serve (int fd, FakeScreen *screen, const char *title, GCancellable *power)
{
    static const char version[] = "RFB 003.008\n";
    g_autoptr (FakeRfb) self = g_object_new (FAKE_TYPE_RFB, NULL);
    g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);

    g_assert (socket != NULL); /* one that we made */
    self->stream = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
    self->screen = g_object_ref (screen);
    self->title = g_strdup (title);
    self->power = g_object_ref (power);
    self->handler = handle_version;
    g_signal_connect_object (screen, "changed", G_CALLBACK (screen_changed_cb), self, 0);
    g_byte_array_append (self->out, (const guint8 *) version, sizeof version - 1);
    write_out (self);
    read_more (self);
}
