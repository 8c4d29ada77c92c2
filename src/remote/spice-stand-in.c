/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-stand-in.c - stands in for the guest's agent where there is none.
 *
 * Only the question what the agent can do is answered; the library hands sizes to the display itself (spice-qxl.c).
 */
#include "spice-stand-in.h"

#include "bits.h"

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

static void
heard_cb (void *opaque, uint32_t type, const uint8_t *body, size_t len)
{
    if (type == VD_AGENT_ANNOUNCE_CAPABILITIES)
        answer (opaque);
}

void
spice_stand_in_write (struct spice_stand_in *agent, const uint8_t *data, size_t len)
{
    spice_messages_read (&agent->messages, data, len, heard_cb, agent);
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
