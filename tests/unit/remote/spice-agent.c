/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-agent.c - vitrine-spice: the guest's cursor, its agent, and viewers' wishes for a size. */
#include <poll.h>
#include <spice/vd_agent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "message.h"
#include "spice-viewer.h"

#define WIDTH  320
#define HEIGHT 200

/* --- the cursor ---------------------------------------------------------------------- */

static void
send_cursor (struct remote_fixture *f, const struct display_cursor *cursor)
{
    g_assert_cmpint (message_send (f->display, cursor, sizeof *cursor, NULL, 0), ==, 0);
}

static void
open_shown (struct remote_fixture *f, struct spice_viewer *v)
{
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_open (v, f);
    spice_viewer_await_pixels (v, WIDTH * 4, 0);
}

/* Half transparent red is multiplied on the display channel, and not in viewers. */
static void
test_cursor (struct remote_fixture *f, gconstpointer data)
{
    struct display_cursor cursor = { .type = DISPLAY_MESSAGE_CURSOR,
                                     .width = 2,
                                     .height = 1,
                                     .hot_x = 1,
                                     .pixels = { 0x80800000, 0xff123456 } };
    const uint8_t meant[] = { 0xff, 0, 0, 0x80, 0x12, 0x34, 0x56, 0xff };
    struct spice_viewer v;

    open_shown (f, &v);
    send_cursor (f, &cursor);
    spice_viewer_await (&v, v.shape != NULL && v.shape->width == 2 && !v.hidden);
    g_assert_cmpuint (v.shape->height, ==, 1);
    g_assert_cmpuint (v.shape->hot_spot_x, ==, 1);
    g_assert_cmpmem (v.shape->data, sizeof meant, meant, sizeof meant);
    cursor = (struct display_cursor){ .type = DISPLAY_MESSAGE_CURSOR };
    send_cursor (f, &cursor);
    spice_viewer_await (&v, v.hidden);
    spice_viewer_close (&v);
}

/* --- the agent ----------------------------------------------------------------------- */

static int
add_agent (struct remote_fixture *f)
{
    struct remote_agent m = { .header = { REMOTE_AGENT, REMOTE_PROTOCOL_VERSION, sizeof m } };
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    remote_send_control (f, &m, sizeof m, pair[1]);
    close (pair[1]);
    return pair[0];
}

static void
agent_say (int agent, uint32_t type, const void *data, uint32_t size)
{
    struct {
        VDIChunkHeader chunk;
        VDAgentMessage message;
    } head = {
        { VDP_CLIENT_PORT, (uint32_t) sizeof (VDAgentMessage) + size },
        { .protocol = VD_AGENT_PROTOCOL, .type = type, .size = size },
    };

    g_assert_cmpint (write (agent, &head, sizeof head), ==, sizeof head);
    if (size > 0)
        g_assert_cmpint (write (agent, data, size), ==, size);
}

/* As spice-vdagentd does when it starts. */
static void
agent_announce (int agent)
{
    const uint32_t caps[] = {
        1, /* tell yours, too */
        1u << VD_AGENT_CAP_MONITORS_CONFIG | 1u << VD_AGENT_CAP_CLIPBOARD_BY_DEMAND
            | 1u << VD_AGENT_CAP_CLIPBOARD_SELECTION,
    };

    agent_say (agent, VD_AGENT_ANNOUNCE_CAPABILITIES, caps, sizeof caps);
}

static void
read_whole (struct spice_viewer *v, int fd, void *buf, size_t len)
{
    while (len > 0) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t n;

        if (v)
            spice_viewer_await (v, poll (&p, 1, 0) == 1);
        n = read (fd, buf, len);
        g_assert_cmpint (n, >, 0);
        buf = (uint8_t *) buf + n;
        len -= (size_t) n;
    }
}

/* Reads what the viewer, if there still is one, says until it is of TYPE. */
static void
agent_expect (struct spice_viewer *v, int agent, uint32_t type)
{
    VDIChunkHeader chunk;
    VDAgentMessage message;
    uint8_t data[65536];

    do {
        read_whole (v, agent, &chunk, sizeof chunk);
        g_assert_cmpuint (chunk.size, >=, sizeof message);
        g_assert_cmpuint (chunk.size, <, sizeof data);
        read_whole (v, agent, &message, sizeof message);
        g_assert_cmpuint (message.protocol, ==, VD_AGENT_PROTOCOL);
        read_whole (v, agent, data, chunk.size - sizeof message);
    } while (message.type != type);
}

static gboolean
has_agent (struct spice_viewer *v)
{
    gboolean connected = FALSE;

    if (v->main)
        g_object_get (v->main, "agent-connected", &connected, NULL);
    return connected && spice_main_channel_agent_test_capability (v->main, VD_AGENT_CAP_MONITORS_CONFIG);
}

/* The agent begins; what it says is heard once the viewer has asked for it. */
static void
start_agent (struct spice_viewer *v, int agent)
{
    agent_announce (agent);
    agent_expect (v, agent, VD_AGENT_ANNOUNCE_CAPABILITIES);
    agent_announce (agent);
    spice_viewer_await (v, has_agent (v));
}

static gboolean
grab_cb (SpiceMainChannel *channel, guint selection, guint32 *types, guint n, gboolean *grabbed)
{
    g_assert_cmpuint (n, ==, 1);
    g_assert_cmpuint (types[0], ==, VD_AGENT_CLIPBOARD_UTF8_TEXT);
    *grabbed = TRUE;
    return TRUE;
}

static void
test_clipboard (struct remote_fixture *f, gconstpointer data)
{
    const uint32_t grab[] = { VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, VD_AGENT_CLIPBOARD_UTF8_TEXT };
    guint32 types[] = { VD_AGENT_CLIPBOARD_UTF8_TEXT };
    struct spice_viewer v;
    gboolean grabbed = FALSE;
    int agent = add_agent (f);

    open_shown (f, &v);
    g_assert_false (has_agent (&v)); /* it has said nothing yet */
    start_agent (&v, agent);

    g_signal_connect (v.main, "main-clipboard-selection-grab", G_CALLBACK (grab_cb), &grabbed);
    agent_say (agent, VD_AGENT_CLIPBOARD_GRAB, grab, sizeof grab);
    spice_viewer_await (&v, grabbed);
    spice_main_channel_clipboard_selection_grab (v.main, VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD, types,
                                                 1);
    agent_expect (&v, agent, VD_AGENT_CLIPBOARD_GRAB);
    spice_viewer_close (&v);
    close (agent);
}

static void
expect_agent_lost (struct remote_fixture *f)
{
    union remote_message m;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;

    do {
        struct pollfd p = { .fd = f->control, .events = POLLIN };

        g_assert_cmpint (poll (&p, 1, 10000), ==, 1);
        g_assert_cmpint (message_receive (f->control, &m, sizeof m, fds, &n_fds), >, 0);
    } while (m.header.type == REMOTE_EVENT_CLIENTS);
    g_assert_cmpuint (m.header.type, ==, REMOTE_EVENT_AGENT_LOST);
}

/* The agent of a guest that restarts, and one that is told that the last viewer left. */
static void
test_agent_again (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    int agent = add_agent (f);

    open_shown (f, &v);
    start_agent (&v, agent);
    close (agent);
    spice_viewer_await (&v, !has_agent (&v));
    expect_agent_lost (f);
    agent = add_agent (f);
    start_agent (&v, agent);
    g_assert_false (v.is_gone);
    spice_viewer_close (&v);
    agent_expect (NULL, agent, VD_AGENT_CLIENT_DISCONNECTED);
    close (agent);
}

/* --- sizes --------------------------------------------------------------------------- */

static void
show_resizable (struct remote_fixture *f)
{
    struct display_scanout m = { .type = DISPLAY_MESSAGE_SCANOUT,
                                 .width = WIDTH,
                                 .height = HEIGHT,
                                 .stride = WIDTH * 4,
                                 .format = DISPLAY_FORMAT_XRGB8888,
                                 .flags = DISPLAY_SCANOUT_RESIZES };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, &f->memfd, 1), ==, 0);
}

/* The next wish for a size there is, while the viewer's loop runs. */
static struct display_resize
next_wish (struct spice_viewer *v)
{
    union display_message m = { 0 };

    while (m.type != DISPLAY_MESSAGE_RESIZE) {
        struct pollfd p = { .fd = v->fixture->display, .events = POLLIN };

        spice_viewer_await (v, poll (&p, 1, 0) == 1);
        m = remote_next_message (v->fixture);
    }
    return m.request.resize;
}

/* What a guest listens to is one of the two, its display or its agent. */
static void
test_size (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    struct display_resize wish;
    int agent = add_agent (f);

    show_resizable (f);
    spice_viewer_open (&v, f);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    start_agent (&v, agent);
    spice_main_channel_update_display_enabled (v.main, 0, TRUE, FALSE);
    spice_main_channel_update_display (v.main, 0, 0, 0, 1000, 700, TRUE);
    wish = next_wish (&v);
    g_assert_cmpuint (wish.width, ==, 1000);
    g_assert_cmpuint (wish.height, ==, 700);
    agent_expect (&v, agent, VD_AGENT_MONITORS_CONFIG);
    spice_viewer_close (&v);
    close (agent);
}

/* So may a guest that has no agent; and should one come, it takes over. */
static void
test_size_without_agent (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    struct display_resize wish;
    int agent;

    show_resizable (f);
    spice_viewer_open (&v, f);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    spice_viewer_await (&v, has_agent (&v));
    g_assert_false (
        spice_main_channel_agent_test_capability (v.main, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND));
    spice_main_channel_update_display_enabled (v.main, 0, TRUE, FALSE);
    spice_main_channel_update_display (v.main, 0, 0, 0, 1000, 700, TRUE);
    wish = next_wish (&v);
    g_assert_cmpuint (wish.width, ==, 1000);
    g_assert_cmpuint (wish.height, ==, 700);

    agent = add_agent (f);
    start_agent (&v, agent);
    agent_expect (&v, agent, VD_AGENT_MONITORS_CONFIG);
    spice_viewer_await (
        &v, spice_main_channel_agent_test_capability (v.main, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND));
    close (agent);
    spice_viewer_await (&v, has_agent (&v)
                                && !spice_main_channel_agent_test_capability (
                                    v.main, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND));
    g_assert_false (v.is_gone);
    spice_viewer_close (&v);
}

/* A guest that is not told of sizes by its display is told by its agent. */
static void
test_size_by_agent (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    int agent = add_agent (f);

    open_shown (f, &v);
    start_agent (&v, agent);
    spice_main_channel_update_display_enabled (v.main, 0, TRUE, FALSE);
    spice_main_channel_update_display (v.main, 0, 0, 0, 1000, 700, TRUE);
    agent_expect (&v, agent, VD_AGENT_MONITORS_CONFIG);
    spice_viewer_close (&v);
    close (agent);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/spice/" name, struct remote_fixture, GINT_TO_POINTER (true),                     \
                remote_fixture_setup, test, remote_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    spice_viewer_init ();
    ADD ("cursor/has-its-shape-and-alpha", test_cursor);
    ADD ("agent/the-clipboard-goes-both-ways", test_clipboard);
    ADD ("agent/it-may-end-and-begin-anew", test_agent_again);
    ADD ("size/wishes-go-to-the-display-and-to-the-agent", test_size);
    ADD ("size/wishes-need-no-agent", test_size_without_agent);
    ADD ("size/wishes-go-to-the-agent-where-the-display-cannot", test_size_by_agent);
    return g_test_run ();
}
