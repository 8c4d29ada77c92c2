/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-stand-in.c - stands in for the guest's agent where there is none.
 *
 * What comes is chunks, and in them, without regard to where they end, messages: a head and so many bytes.  Only
 * the question what the agent can do is answered; the library hands sizes to the display itself (spice-qxl.c).
 */
#include "spice-stand-in.h"

#include "bits.h"

/* Copies up to CAP bytes at HEAD together; returns how many of DATA's were used. */
static size_t
collect (uint8_t *head, uint32_t *head_len, size_t cap, const uint8_t *data, size_t len)
{
    size_t n = MIN_OF (cap - *head_len, len);

    memcpy (head + *head_len, data, n);
    *head_len += (uint32_t) n;
    return n;
}

static void
answer (struct spice_stand_in *agent)
{
    struct {
        VDIChunkHeader chunk;
        VDAgentMessage message;
        uint32_t request, caps;
    } reply = {
        .chunk = { VDP_CLIENT_PORT, sizeof reply - sizeof reply.chunk },
        .message = { .protocol = VD_AGENT_PROTOCOL,
                     .type = VD_AGENT_ANNOUNCE_CAPABILITIES,
                     .size = 2 * sizeof (uint32_t) },
        .caps = BIT (VD_AGENT_CAP_MONITORS_CONFIG) | BIT (VD_AGENT_CAP_FILE_XFER_DISABLED),
    };

    _Static_assert(sizeof reply <= sizeof agent->answer, "it fits");
    memcpy (agent->answer, &reply, sizeof reply);
    agent->answer_len = sizeof reply;
}

/* The next bytes of a message; returns how many were used. */
static size_t
take_message (struct spice_stand_in *agent, const uint8_t *data, size_t len)
{
    VDAgentMessage message;
    size_t n;

    if (agent->message_left > 0) {
        n = MIN_OF (agent->message_left, len);
        agent->message_left -= (uint32_t) n;
        return n;
    }
    n = collect (agent->head, &agent->head_len, sizeof agent->head, data, len);
    if (agent->head_len < sizeof agent->head)
        return n;
    memcpy (&message, agent->head, sizeof message);
    agent->head_len = 0;
    agent->message_left = message.size;
    if (message.type == VD_AGENT_ANNOUNCE_CAPABILITIES)
        answer (agent);
    return n;
}

void
spice_stand_in_write (struct spice_stand_in *agent, const uint8_t *data, size_t len)
{
    while (len > 0) {
        VDIChunkHeader chunk;
        size_t n;

        if (agent->chunk_left > 0) {
            n = take_message (agent, data, MIN_OF (agent->chunk_left, len));
            agent->chunk_left -= (uint32_t) n;
        } else {
            n = collect (agent->chunk_head, &agent->chunk_head_len, sizeof agent->chunk_head, data,
                         len);
            if (agent->chunk_head_len == sizeof agent->chunk_head) {
                memcpy (&chunk, agent->chunk_head, sizeof chunk);
                agent->chunk_left = chunk.size;
                agent->chunk_head_len = 0;
            }
        }
        data += n;
        len -= n;
    }
}

size_t
spice_stand_in_read (struct spice_stand_in *agent, uint8_t *data, size_t len)
{
    size_t n = MIN_OF (agent->answer_len, len);

    memcpy (data, agent->answer, n);
    agent->answer_len -= (uint32_t) n;
    memmove (agent->answer, agent->answer + n, agent->answer_len);
    return n;
}
