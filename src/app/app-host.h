/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host.h - a host as the windows show it: whether it is connected, why not, and its machines.
 *
 * There is one before its engine is loaded: what the user remembered of a host is its address and its title.
 *
 * Properties (read-only, notify): "state" AppHostState; "trouble" string, why it cannot be used, "" when it
 * can; "list" AppMachineList, or NULL.
 */
#pragma once

#include "app-machine-list.h"

G_BEGIN_DECLS

typedef enum {
    APP_HOST_CLOSED, /* by the user */
    APP_HOST_CONNECTING,
    APP_HOST_CONNECTED,
    APP_HOST_FAILED, /* or lost: "trouble" says why; it may come back by itself */
} AppHostState;

#define APP_TYPE_HOST (app_host_get_type ())
G_DECLARE_FINAL_TYPE (AppHost, app_host, APP, HOST, GObject)

/* Of a host that is there already.  It cannot be closed. */
AppHost *app_host_new_fixed (VitrineHost *host);

/* Of the host at URI, called TITLE (NULL: by what its engine says), which is opened by app_host_connect();
 * WANTED: that is to come. */
AppHost *app_host_new (const char *uri, const char *title, gboolean wanted);

const char *app_host_get_uri (AppHost *self);
const char *app_host_get_title (AppHost *self);
gboolean app_host_get_fixed (AppHost *self);
AppHostState app_host_get_state (AppHost *self);

/* Whether the user wants it to be connected, now and when the application is started the next time. */
gboolean app_host_get_wanted (AppHost *self);

/* A sentence, or "", and the command that mends it, or "". */
const char *app_host_get_trouble (AppHost *self);
const char *app_host_get_mend (AppHost *self);

/* Borrowed; NULL before it was opened, and when it is closed. */
VitrineHost *app_host_get_host (AppHost *self);
AppMachineList *app_host_get_list (AppHost *self);

/* Opens it if it is not, and looks for its machines, again if it has to. */
void app_host_connect (AppHost *self);

/* Gives up what is under way: a host that was connected once waits to be found again, another is closed. */
void app_host_cancel (AppHost *self);

/* Gives up what is under way, and lets go of the host and its machines. */
void app_host_close (AppHost *self);

G_END_DECLS
