/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edid.h - what the monitor says of itself: one block of VESA E-EDID 1.4. */
#pragma once

#include <stdint.h>

#define EDID_BYTES    128u
#define EDID_MAX_SIDE 4095u /* pixels */

/* Fills EDID (EDID_BYTES) for a monitor that prefers WIDTH × HEIGHT at 60 Hz, each 1 to EDID_MAX_SIDE.
 */
void edid_fill (uint8_t *edid, unsigned width, unsigned height);
