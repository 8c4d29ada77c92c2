/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-messages.c - what is said to a guest's agent, in messages. */
#include "spice-messages.h"

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

/* The next bytes of MESSAGE, which may be whole then; returns how many were used. */
static size_t
take (struct spice_message *message, const uint8_t *data, size_t len)
{
    VDAgentMessage head;
    size_t n;

    if (message->head_len == sizeof message->head) {
        n = MIN_OF (message->body_left, len);
        collect (message->body, &message->body_len, sizeof message->body, data, n);
        message->body_left -= (uint32_t) n;
        return n;
    }
    n = collect (message->head, &message->head_len, sizeof message->head, data, len);
    if (message->head_len == sizeof message->head) {
        memcpy (&head, message->head, sizeof head);
        message->body_left = head.size;
    }
    return n;
}

/* What the library itself says matters only where a viewer has gone, perhaps in the middle of a message. */
static void
finish (struct spice_messages *messages, spice_messages_fn *fn, void *opaque)
{
    struct spice_message *message = messages->current;
    VDAgentMessage head;

    if (message->head_len < sizeof message->head || message->body_left > 0)
        return;
    memcpy (&head, message->head, sizeof head);
    if (message == &messages->viewers)
        fn (opaque, head.type, message->body, message->body_len);
    else if (head.type == VD_AGENT_CLIENT_DISCONNECTED)
        messages->viewers = (struct spice_message){ 0 };
    *message = (struct spice_message){ 0 };
}

static size_t
begin_chunk (struct spice_messages *messages, const uint8_t *data, size_t len)
{
    VDIChunkHeader head;
    size_t n = collect (messages->chunk_head, &messages->chunk_head_len, sizeof messages->chunk_head,
                        data, len);

    if (messages->chunk_head_len == sizeof messages->chunk_head) {
        memcpy (&head, messages->chunk_head, sizeof head);
        messages->chunk_left = head.size;
        messages->current = head.port == VDP_SERVER_PORT ? &messages->librarys : &messages->viewers;
        messages->chunk_head_len = 0;
    }
    return n;
}

void
spice_messages_read (struct spice_messages *messages, const uint8_t *data, size_t len,
                     spice_messages_fn *fn, void *opaque)
{
    while (len > 0) {
        size_t n;

        if (messages->chunk_left > 0) {
            n = take (messages->current, data, MIN_OF (messages->chunk_left, len));
            messages->chunk_left -= (uint32_t) n;
            finish (messages, fn, opaque);
        } else {
            n = begin_chunk (messages, data, len);
        }
        data += n;
        len -= n;
    }
}
