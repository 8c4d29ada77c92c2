/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-messages.h - what is said to a guest's agent, in messages.
 *
 * It comes in chunks, and in them, without regard to where they end, are messages: a head and so many bytes.  Chunks of
 * viewers and of the library itself may alternate in the middle of a message.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <spice.h>

/* So much of a message is kept: what is asked for is in the beginning. */
#define SPICE_MESSAGES_KEPT (sizeof (VDAgentMonitorsConfig) + sizeof (VDAgentMonConfig))

/* One that is being read. */
struct spice_message {
    uint8_t head[sizeof (VDAgentMessage)];
    uint32_t head_len;
    uint32_t body_left; /* bytes to come, once the head is whole */
    uint8_t body[SPICE_MESSAGES_KEPT];
    uint32_t body_len;
};

/* All zero in the beginning. */
struct spice_messages {
    uint8_t chunk_head[sizeof (VDIChunkHeader)];
    uint32_t chunk_head_len;
    uint32_t chunk_left;
    struct spice_message viewers, librarys;
    struct spice_message *current; /* which of the two the chunk continues */
};

/* A viewer's message of TYPE is whole; BODY is its first LEN bytes, or all there are. */
typedef void spice_messages_fn (void *opaque, uint32_t type, const uint8_t *body, size_t len);

/* Reads the next LEN bytes, in pieces of any length, and calls FN for each message that ends in them. */
void spice_messages_read (struct spice_messages *messages, const uint8_t *data, size_t len,
                          spice_messages_fn *fn, void *opaque);
