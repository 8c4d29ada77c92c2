/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-server-look.h - what a server says of the disk whose address is being typed: asked for when no key has come for a
 * moment, and told when it is known. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

typedef struct _AppServerLook AppServerLook;

typedef enum {
    APP_SERVER_LOOK_NOTHING, /* there is no address */
    APP_SERVER_LOOK_BAD,     /* it is none, or another machine has the disk */
    APP_SERVER_LOOK_OPEN,    /* it is asked, or only the host could ask it */
    APP_SERVER_LOOK_AWAY,    /* it does not answer, or has no such disk: it may yet */
    APP_SERVER_LOOK_GOOD,
} AppServerLookState;

/* CHANGED is called with USER_DATA when there is something else to tell, from the main loop. */
AppServerLook *app_server_look_new (void (*changed) (gpointer user_data), gpointer user_data);

/* Gives up what it asks. */
void app_server_look_free (AppServerLook *self);

/* URI, as it was typed, is a disk for a machine of HOST's; "" is none.  Nothing when it is what it was. */
void app_server_look_set (AppServerLook *self, VitrineHost *host, const char *uri);

/* What is known of it; *NOTE is a text for people, or NULL, borrowed until it changes. */
AppServerLookState app_server_look_get (AppServerLook *self, const char **note);

/* Whether its server says that it may only be read. */
gboolean app_server_look_is_read_only (AppServerLook *self);

G_END_DECLS
