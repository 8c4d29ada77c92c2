/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-calls.h - which channels of a SPICE session are being called, and the end of a session after that.
 *
 * spice-gtk takes a channel from its session at once when the session is disconnected. A channel that is just being
 * called goes on with what the server says afterwards, asks for its session and complains that there is none; and
 * the server's library touches freed memory where a display channel is closed before it is set up (libspice-server
 * 0.15). So a session is only disconnected while all that were called have answered. All on the main thread.
 */
#pragma once

#include <spice-client.h>

/* CHANNEL, which holds SESSION, has been given a connection: it is being called until it is open - one of a display,
 * until it has a picture - or says why it is not. */
void spice_calls_begin (SpiceSession *session, SpiceChannel *channel);

/* Disconnects SESSION, which is held until then: a moment from now, or from when all that is being called has answered;
 * a server that says nothing is waited for for two seconds. */
void spice_calls_end (SpiceSession *session);
