/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-server.h - the RFB library, one screen, and the viewers that look at it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct display_client;
struct vnc_server;

/* Input goes to DISPLAY, the picture comes from there.  Viewers' sockets are put into EPOLL_FD,
 * edge triggered, with what vnc_server_wake() takes as data.  NULL when out of memory. */
struct vnc_server *vnc_server_create (struct display_client *display, int epoll_fd);
void vnc_server_destroy (struct vnc_server *server);

/* What viewers show as title; copied. */
void vnc_server_set_name (struct vnc_server *server, const char *name);

/* The display shows another picture; viewers stop looking at the one before. */
void vnc_server_picture_changed (struct vnc_server *server);
void vnc_server_damage (struct vnc_server *server, uint32_t x, uint32_t y, uint32_t width,
                        uint32_t height);

/* The guest's cursor has another shape, or another place. */
void vnc_server_cursor_changed (struct vnc_server *server);
void vnc_server_cursor_moved (struct vnc_server *server);

/* The display's pointer may be of another kind. */
void vnc_server_pointer_changed (struct vnc_server *server);

/* Lets a viewer in, over SOCK, which is taken over.  Returns 0 or -errno. */
int vnc_server_add_viewer (struct vnc_server *server, int sock);
unsigned vnc_server_n_viewers (const struct vnc_server *server);

/* Something happened on the viewer's socket that epoll gave DATA for. */
void vnc_server_wake (struct vnc_server *server, void *data);

/* Serves all viewers as far as that goes without waiting.  Returns whether there is more to do. */
bool vnc_server_run (struct vnc_server *server);

/* Whether some viewer waits for something to change. */
bool vnc_server_is_hungry (const struct vnc_server *server);
