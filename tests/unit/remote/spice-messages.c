/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-messages.c - messages to a guest's agent, however they are cut into chunks and into pieces. */
#include <glib.h>

#include "spice-messages.h"

struct heard {
    guint n;
    uint32_t type;
    GByteArray *body;
};

static void
heard_cb (void *opaque, uint32_t type, const uint8_t *body, size_t len)
{
    struct heard *heard = opaque;

    heard->n++;
    heard->type = type;
    g_byte_array_set_size (heard->body, 0);
    g_byte_array_append (heard->body, body, (guint) len);
}

static void
add_chunk (GByteArray *stream, uint32_t port, const void *data, size_t len)
{
    VDIChunkHeader head = { port, (uint32_t) len };

    g_byte_array_append (stream, (const guint8 *) &head, sizeof head);
    g_byte_array_append (stream, data, (guint) len);
}

/* A message whose body is SIZE bytes that count up. */
static GByteArray *
new_message (uint32_t type, uint32_t size)
{
    VDAgentMessage head = { .protocol = VD_AGENT_PROTOCOL, .type = type, .size = size };
    GByteArray *message = g_byte_array_new ();

    g_byte_array_append (message, (const guint8 *) &head, sizeof head);
    for (uint32_t i = 0; i < size; i++) {
        guint8 byte = (guint8) i;

        g_byte_array_append (message, &byte, 1);
    }
    return message;
}

/* STREAM in pieces of PIECE bytes. */
static struct heard
read_in_pieces (const GByteArray *stream, guint piece)
{
    struct spice_messages messages = { 0 };
    struct heard heard = { .body = g_byte_array_new () };

    for (guint at = 0; at < stream->len; at += piece)
        spice_messages_read (&messages, stream->data + at, MIN (piece, stream->len - at), heard_cb,
                             &heard);
    return heard;
}

static void
expect (const struct heard *heard, guint n, uint32_t type, guint len)
{
    g_assert_cmpuint (heard->n, ==, n);
    g_assert_cmpuint (heard->type, ==, type);
    g_assert_cmpuint (heard->body->len, ==, len);
    for (guint i = 0; i < len; i++)
        g_assert_cmpuint (heard->body->data[i], ==, (guint8) i);
    g_byte_array_unref (heard->body);
}

static void
test_pieces (void)
{
    g_autoptr (GByteArray) file = new_message (VD_AGENT_FILE_XFER_DATA, 1000);
    g_autoptr (GByteArray) sizes = new_message (VD_AGENT_MONITORS_CONFIG, 28);
    g_autoptr (GByteArray) empty = new_message (VD_AGENT_CLIENT_DISCONNECTED, 0);
    g_autoptr (GByteArray) stream = g_byte_array_new ();
    struct heard heard;

    add_chunk (stream, VDP_CLIENT_PORT, file->data, 30);
    add_chunk (stream, VDP_CLIENT_PORT, NULL, 0);
    add_chunk (stream, VDP_CLIENT_PORT, file->data + 30, file->len - 30);
    add_chunk (stream, VDP_CLIENT_PORT, empty->data, empty->len);
    add_chunk (stream, VDP_CLIENT_PORT, sizes->data, 7);
    add_chunk (stream, VDP_CLIENT_PORT, sizes->data + 7, sizes->len - 7);
    for (guint piece = 1; piece <= stream->len; piece++) {
        heard = read_in_pieces (stream, piece);
        expect (&heard, 3, VD_AGENT_MONITORS_CONFIG, 28);
    }
}

static void
test_beginning (void)
{
    g_autoptr (GByteArray) file = new_message (VD_AGENT_FILE_XFER_DATA, 1000);
    g_autoptr (GByteArray) stream = g_byte_array_new ();
    struct heard heard;

    add_chunk (stream, VDP_CLIENT_PORT, file->data, file->len);
    heard = read_in_pieces (stream, 100);
    expect (&heard, 1, VD_AGENT_FILE_XFER_DATA, SPICE_MESSAGES_KEPT);
}

static void
test_alternate (void)
{
    g_autoptr (GByteArray) sizes = new_message (VD_AGENT_MONITORS_CONFIG, 28);
    g_autoptr (GByteArray) mouse = new_message (VD_AGENT_MOUSE_STATE, 13);
    g_autoptr (GByteArray) stream = g_byte_array_new ();
    struct heard heard;

    add_chunk (stream, VDP_CLIENT_PORT, sizes->data, 25);
    add_chunk (stream, VDP_SERVER_PORT, mouse->data, mouse->len);
    add_chunk (stream, VDP_CLIENT_PORT, sizes->data + 25, sizes->len - 25);
    heard = read_in_pieces (stream, 1);
    expect (&heard, 1, VD_AGENT_MONITORS_CONFIG, 28);
}

static void
test_gone (void)
{
    g_autoptr (GByteArray) file = new_message (VD_AGENT_FILE_XFER_DATA, 1000);
    g_autoptr (GByteArray) gone = new_message (VD_AGENT_CLIENT_DISCONNECTED, 0);
    g_autoptr (GByteArray) sizes = new_message (VD_AGENT_MONITORS_CONFIG, 28);
    g_autoptr (GByteArray) stream = g_byte_array_new ();
    struct heard heard;

    add_chunk (stream, VDP_CLIENT_PORT, file->data, 500);
    add_chunk (stream, VDP_SERVER_PORT, gone->data, gone->len);
    add_chunk (stream, VDP_CLIENT_PORT, sizes->data, sizes->len);
    heard = read_in_pieces (stream, 3);
    expect (&heard, 1, VD_AGENT_MONITORS_CONFIG, 28);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/spice/messages/are-whole-wherever-chunks-and-pieces-end", test_pieces);
    g_test_add_func ("/spice/messages/only-the-beginning-of-a-long-one-is-kept", test_beginning);
    g_test_add_func ("/spice/messages/the-librarys-come-in-between", test_alternate);
    g_test_add_func ("/spice/messages/a-viewer-that-goes-leaves-its-last-one-unfinished", test_gone);
    return g_test_run ();
}
