/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-stream.h - keeps a display or a console of a machine open for as long as the machine runs.
 *
 * It asks for the socket when the machine runs and somebody looks ("active"), hands it to whoever listens
 * to "opened", and asks again, ever more slowly, when it is told that the stream was lost.
 *
 * Properties (read-only, notify): "status" AppStreamStatus; "problem" string, why it is not open, "" for
 * no particular reason.
 * Signal "opened" (int fd): the handler, there must be exactly one, takes the descriptor over.
 */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

typedef enum {
    APP_STREAM_OFF,     /* the machine does not run, or nobody looks */
    APP_STREAM_OPENING, /* asked for the first time since it runs */
    APP_STREAM_OPEN,
    APP_STREAM_LOST, /* was open or refused to open; it is tried again by itself */
    APP_STREAM_NONE, /* this machine has no such thing, or nobody can show it */
} AppStreamStatus;

#define APP_TYPE_STREAM_STATUS (app_stream_status_get_type ())
GType app_stream_status_get_type (void);

#define APP_TYPE_STREAM (app_stream_get_type ())
G_DECLARE_FINAL_TYPE (AppStream, app_stream, APP, STREAM, GObject)

/* CONSOLE is one of the machine's consoles, or NULL for its display. */
AppStream *app_stream_new (VitrineMachine *machine, const char *console);

AppStreamStatus app_stream_get_status (AppStream *self);
const char *app_stream_get_problem (AppStream *self);

/* The protocol that is spoken on a display's stream; it is another one only when a stream is opened. */
const char *app_stream_get_protocol (AppStream *self);

/* One more connection to the display that is open, as some protocols have several; like
 * vitrine_machine_open_display_async(), whose finish is the end of it. */
void app_stream_open_another_async (AppStream *self, GAsyncReadyCallback callback,
                                    gpointer user_data);

/* Whether anybody wants the stream.  Taking it back does not close what is open. */
void app_stream_set_active (AppStream *self, gboolean active);

/* The stream that was handed out has ended. */
void app_stream_lost (AppStream *self);

/* The stream that was handed out is of no use, and PROBLEM says why: it is "none" while the machine runs. */
void app_stream_refuse (AppStream *self, const char *problem);

/* The stream that was handed out works: the next loss is tried again at once. */
void app_stream_works (AppStream *self);

G_END_DECLS
