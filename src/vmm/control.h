/* SPDX-License-Identifier: GPL-2.0-or-later */
/* control.h - the VMM's end of the VMM socket (base/vmm-protocol.h): the keeper's requests in, answers
 * and events out. */
#pragma once

#include <stddef.h>

#include "machine.h"

struct control;

/* SOCK stays the caller's.  NULL when out of memory. */
struct control *control_create (int sock);
void control_destroy (struct control *control);

/* Waits for VMM_CREATE and takes it apart.  Returns 0, -ECONNRESET when the keeper is gone, or -errno
 * after answering VMM_FAILED. */
int control_receive_config (struct control *control, struct machine_config *config);

/* Tells the keeper, in answer to VMM_CREATE, why there will be no machine. */
void control_send_failed (struct control *control, const char *why);

/* What a machine's events do: pass them to machine_create(), with the struct control as opaque. */
extern const struct machine_ops control_machine_ops;

/* Answers VMM_CREATED, then serves the keeper on the machine's loop until the machine is to end. */
void control_serve (struct control *control, struct machine *machine);

/* The last message; the machine is gone. */
void control_send_stopped (struct control *control);
