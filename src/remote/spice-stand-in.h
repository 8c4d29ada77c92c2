/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-stand-in.h - stands in for the guest's agent where there is none.
 *
 * Viewers tell the size of their windows to an agent only.  A guest whose display follows such wishes needs no
 * agent for it: so there is one that takes sizes and can do nothing else.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "spice-messages.h"

struct spice_stand_in {
    struct spice_messages messages;
    uint8_t answer[64]; /* to be read */
    uint32_t answer_len;
};

/* What a viewer says, in pieces of any length. */
void spice_stand_in_write (struct spice_stand_in *agent, const uint8_t *data, size_t len);

/* Takes at most LEN bytes of what is answered; returns how many. */
size_t spice_stand_in_read (struct spice_stand_in *agent, uint8_t *data, size_t len);
