/* SPDX-License-Identifier: GPL-2.0-or-later */
/* control-request.h - a request of the keeper's as it came over the VMM socket, and serving those that
 * say more than their type. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control-attach.h"
#include "machine.h"
#include "message.h"
#include "vmm-protocol.h"

/* A message as it came: its size, version and number of descriptors are those of its header. */
struct control_request {
    struct vmm_header header;
    const uint8_t *bytes;
    size_t len;
    int fds[MESSAGE_MAX_FDS]; /* whoever takes one puts -1 in its place, or n_fds to 0 */
    unsigned n_fds;
    bool is_put_off; /* its answer comes later */
};

/* Has MACHINE do what REQUEST asks for; ATTACHES are that machine's.  Takes the descriptors it has a use
 * for; the caller closes the others.  Returns NULL when it is done or put off, or why it is refused, in
 * words valid until the next call.  Main thread. */
const char *control_request_serve (struct control_request *request, struct machine *machine,
                                   struct control_attaches *attaches);
