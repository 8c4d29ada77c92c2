/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spice-calls.h"

#define CALLS       "vitrine-calls" /* a session's, a Calls */
#define PATIENCE_MS 2000
#define SETTLE_MS   100 /* for what the server says of itself once a channel is open */

typedef struct {
    SpiceSession *session; /* whose these are */
    guint n;               /* channels that have not answered */
    guint leaving;         /* the source that ends the session, or 0 while it goes on */
} Calls;

static Calls *
calls_of (SpiceSession *session)
{
    Calls *calls = g_object_get_data (G_OBJECT (session), CALLS);

    if (calls == NULL) {
        calls = g_new0 (Calls, 1);
        calls->session = session;
        g_object_set_data_full (G_OBJECT (session), CALLS, calls, g_free);
    }
    return calls;
}

static gboolean
leave_cb (gpointer session)
{
    calls_of (session)->leaving = 0;
    spice_session_disconnect (session);
    return G_SOURCE_REMOVE;
}

static void
leave_in (Calls *calls, guint ms)
{
    guint before = calls->leaving;

    calls->leaving = g_timeout_add_full (G_PRIORITY_DEFAULT, ms, leave_cb,
                                         g_object_ref (calls->session), g_object_unref);
    if (before != 0)
        g_source_remove (before);
}

static void
answered (SpiceChannel *channel, Calls *calls)
{
    g_signal_handlers_disconnect_by_data (channel, calls);
    calls->n--;
    if (calls->n == 0 && calls->leaving != 0)
        leave_in (calls, SETTLE_MS);
}

static void
event_cb (SpiceChannel *channel, SpiceChannelEvent event, Calls *calls)
{
    if (event != SPICE_CHANNEL_OPENED || !SPICE_IS_DISPLAY_CHANNEL (channel))
        answered (channel, calls);
}

static void
primary_cb (SpiceChannel *channel, int format, int width, int height, int stride, int shmid,
            gpointer pixels, Calls *calls)
{
    answered (channel, calls);
}

void
spice_calls_begin (SpiceSession *session, SpiceChannel *channel)
{
    Calls *calls = calls_of (session);

    calls->n++;
    g_signal_connect (channel, "channel-event", G_CALLBACK (event_cb), calls);
    if (SPICE_IS_DISPLAY_CHANNEL (channel))
        g_signal_connect (channel, "display-primary-create", G_CALLBACK (primary_cb), calls);
}

void
spice_calls_end (SpiceSession *session)
{
    Calls *calls = calls_of (session);

    if (calls->leaving == 0)
        leave_in (calls, calls->n == 0 ? SETTLE_MS : PATIENCE_MS);
}
