/* SPDX-License-Identifier: GPL-2.0-or-later */
/* control-attach.h - attaching devices for the keeper; those of which something has to be heard first are waited for
 * while the machine and the keeper go on.  Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "list.h"
#include "machine.h"

struct control_attaches {
    struct machine *machine;
    struct list waiting;
    void (*answer) (void *opaque, uint32_t serial, const char *why);
    void *opaque;
};

/* ANSWER is called for each that control_attach() put off: WHY it failed, valid during the call, or NULL. */
void control_attaches_init (struct control_attaches *attaches, struct machine *machine,
                            void (*answer) (void *opaque, uint32_t serial, const char *why),
                            void *opaque);

/* Gives up those that wait, without an answer. */
void control_attaches_finish (struct control_attaches *attaches);

/* Attaches D, whose descriptors are taken in any case, for the request SERIAL.  Returns NULL, and whether it was put off
 * in *IS_PUT_OFF, or why it failed, in words valid until the next call. */
const char *control_attach (struct control_attaches *attaches, struct device_config *d,
                            uint32_t serial, bool *is_put_off);
