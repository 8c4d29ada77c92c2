/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-qxl.h - the picture and the cursor of the display channel, as the QXL device that the SPICE library
 * takes pictures from. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <spice.h>

#include "display-client.h"

struct spice_qxl;

/* Gives SERVER a device without a picture; its thread starts.  The picture and cursor are DISPLAY's.  WAKE_FD,
 * an eventfd that stays the caller's, is signalled when spice_qxl_run() has something to do.  NULL when
 * SERVER does not want it. */
struct spice_qxl *spice_qxl_create (SpiceServer *server, struct display_client *display,
                                    int wake_fd);

/* Once the server is gone. */
void spice_qxl_destroy (struct spice_qxl *qxl);

/* Display has another picture. */
void spice_qxl_picture_changed (struct spice_qxl *qxl);
void spice_qxl_damage (struct spice_qxl *qxl, uint32_t x, uint32_t y, uint32_t width,
                       uint32_t height);

/* The guest's cursor has another shape, or another place. */
void spice_qxl_cursor_changed (struct spice_qxl *qxl);
void spice_qxl_cursor_moved (struct spice_qxl *qxl);

/* Whether viewers' wishes for a size are for the guest's agent, which is there; else they go to the display, if
 * that can follow them. */
void spice_qxl_set_agent (struct spice_qxl *qxl, bool has_agent);

/* Goes on with what has to wait for the library.  Returns after how many milliseconds it is to be called
 * again in any case, -1 for never.  IS_STALLED becomes whether a viewer that does not read must go. */
int spice_qxl_run (struct spice_qxl *qxl, bool *is_stalled);

/* Whether the library has taken what there was: the next damage may come. */
bool spice_qxl_is_hungry (struct spice_qxl *qxl);
