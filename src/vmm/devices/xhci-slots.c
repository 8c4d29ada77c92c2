/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-slots.c - slots, endpoints and their contexts (xHCI 1.2 §4.5, §4.6, §4.8, §6.2).
 *
 * What the controller knows of slots and endpoints it knows by itself: input contexts are copied and
 * checked, output contexts only written, or read to be written back.
 */
#include "xhci-private.h"

#define CONTEXT_BYTES  32
#define FIRST_ENDPOINT 2 /* the first index that is not the control endpoint's */

/* A context as eight words. */
struct context {
    uint32_t word[8];
};

#define SLOT_ROUTE(w0)   ((w0) &0xfffff)
#define SLOT_ENTRIES     0xf8000000u /* word 0 */
#define SLOT_LATENCY     0x0000ffffu /* word 1 */
#define SLOT_PORT(w1)    ((w1) >> 16 & 0xff)
#define SLOT_INTERRUPTER 0xffc00000u /* word 2 */
#define SLOT_STATE(s)    ((uint32_t) (s) << 27)

#define EP_STATE_MASK 0x7u /* word 0 */
#define EP_STREAMS    0x7c00u
#define EP_TYPE(w1)   ((w1) >> 3 & 7)
#define EP_PACKET     0xffff0000u /* word 1 */

static bool
read_context (struct xhci *xhci, gpa_t base, unsigned index, struct context *context)
{
    uint8_t raw[CONTEXT_BYTES];

    if (!xhci_dma_read (xhci, base + index * CONTEXT_BYTES, raw, sizeof raw))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE (context->word); i++)
        context->word[i] = load_le32 (raw + 4 * i);
    return true;
}

static void
write_context (struct xhci *xhci, gpa_t base, unsigned index, const struct context *context)
{
    uint8_t raw[CONTEXT_BYTES];

    for (unsigned i = 0; i < ARRAY_SIZE (context->word); i++)
        store_le32 (raw + 4 * i, context->word[i]);
    if (!xhci_dma_write (xhci, base + index * CONTEXT_BYTES, raw, sizeof raw))
        xhci_fail (xhci, "a device context is not in memory");
}

static unsigned
slot_id_of (const struct xhci *xhci, const struct xhci_slot *slot)
{
    return (unsigned) (slot - xhci->slots);
}

/* --- endpoints ---------------------------------------------------------------------------------- */

static void
forget_control (struct xhci_slot *slot)
{
    slot->has_setup = slot->is_executed = false;
    slot->data_bytes = 0;
}

/* The part of it that is not in the guest's memory. */
static void
set_state (struct xhci_slot *slot, unsigned index, enum xhci_endpoint_state state)
{
    struct xhci_endpoint *ep = &slot->endpoints[index];

    ep->state = state;
    if (state == EP_RUNNING)
        return;
    slot->pending &= ~BIT (index);
    if (ep->type == EP_INTERRUPT_IN && slot->device)
        usb_device_set_listened_to (slot->device, false);
    if (index == 1)
        forget_control (slot);
}

void
xhci_endpoint_set_state (struct xhci *xhci, struct xhci_slot *slot, unsigned index,
                         enum xhci_endpoint_state state)
{
    struct xhci_endpoint *ep = &slot->endpoints[index];
    struct context context;

    set_state (slot, index, state);
    if (!read_context (xhci, slot->context, index, &context)) {
        xhci_fail (xhci, "a device context is not in memory");
        return;
    }
    context.word[0] = (context.word[0] & ~EP_STATE_MASK) | state;
    context.word[2] = (uint32_t) ep->ring.dequeue | ep->ring.cycle;
    context.word[3] = (uint32_t) (ep->ring.dequeue >> 32);
    write_context (xhci, slot->context, index, &context);
}

/* Sets endpoint INDEX up as the input context INPUT says, and says so in the output context. */
static void
enable_endpoint (struct xhci *xhci, struct xhci_slot *slot, unsigned index,
                 const struct context *input)
{
    struct xhci_endpoint *ep = &slot->endpoints[index];
    uint64_t dequeue = input->word[2] | (uint64_t) input->word[3] << 32;

    set_state (slot, index, EP_STOPPED); /* the one before it */
    ep->type = EP_TYPE (input->word[1]);
    ep->ring.dequeue = dequeue & ~0xfull;
    ep->ring.cycle = dequeue & 1;
    write_context (xhci, slot->context, index, input);
    xhci_endpoint_set_state (xhci, slot, index, EP_RUNNING);
}

/* Looks INDEX of slot SLOT_ID up, which is enabled; NULL with *CODE when there is no such one. */
static struct xhci_endpoint *
find_endpoint (struct xhci *xhci, unsigned slot_id, unsigned index, enum xhci_code *code)
{
    struct xhci_slot *slot = &xhci->slots[slot_id];

    *code = index == 0 ? CODE_TRB : CODE_ENDPOINT_NOT_ENABLED;
    if (index == 0 || slot->endpoints[index].state == EP_DISABLED)
        return NULL;
    return &slot->endpoints[index];
}

enum xhci_code
xhci_endpoint_reset (struct xhci *xhci, unsigned slot_id, unsigned index)
{
    enum xhci_code code;
    struct xhci_endpoint *ep = find_endpoint (xhci, slot_id, index, &code);

    if (!ep)
        return code;
    if (ep->state != EP_HALTED)
        return CODE_CONTEXT_STATE;
    xhci_endpoint_set_state (xhci, &xhci->slots[slot_id], index, EP_STOPPED);
    return CODE_SUCCESS;
}

enum xhci_code
xhci_endpoint_stop (struct xhci *xhci, unsigned slot_id, unsigned index)
{
    enum xhci_code code;
    struct xhci_endpoint *ep = find_endpoint (xhci, slot_id, index, &code);

    if (!ep)
        return code;
    if (ep->state != EP_RUNNING)
        return CODE_CONTEXT_STATE;
    xhci_report_stopped (xhci, &xhci->slots[slot_id], index);
    xhci_endpoint_set_state (xhci, &xhci->slots[slot_id], index, EP_STOPPED);
    return CODE_SUCCESS;
}

enum xhci_code
xhci_endpoint_set_dequeue (struct xhci *xhci, unsigned slot_id, unsigned index, uint64_t pointer)
{
    enum xhci_code code;
    struct xhci_endpoint *ep = find_endpoint (xhci, slot_id, index, &code);

    if (!ep)
        return code;
    if (ep->state != EP_STOPPED && ep->state != EP_ERROR)
        return CODE_CONTEXT_STATE;
    ep->ring.dequeue = pointer & ~0xfull;
    ep->ring.cycle = pointer & 1;
    xhci_endpoint_set_state (xhci, &xhci->slots[slot_id], index, EP_STOPPED);
    return CODE_SUCCESS;
}

/* --- slots -------------------------------------------------------------------------------------- */

/* Writes SLOT's state into its context, with the bits of words that MASK and VALUE give. */
static void
update_slot_context (struct xhci *xhci, struct xhci_slot *slot, const struct context *value,
                     const struct context *mask)
{
    bool has_address = slot->state == SLOT_ADDRESSED || slot->state == SLOT_CONFIGURED;
    struct context context;

    if (!read_context (xhci, slot->context, 0, &context)) {
        xhci_fail (xhci, "a device context is not in memory");
        return;
    }
    for (unsigned i = 0; i < 3; i++)
        context.word[i] = (context.word[i] & ~mask->word[i]) | (value->word[i] & mask->word[i]);
    context.word[3] = SLOT_STATE (slot->state) | (has_address ? slot_id_of (xhci, slot) : 0);
    write_context (xhci, slot->context, 0, &context);
}

enum xhci_code
xhci_slot_enable (struct xhci *xhci, unsigned *slot_id)
{
    unsigned n = MIN_OF (xhci->config & 0xff, (unsigned) XHCI_N_SLOTS); /* MaxSlotsEn */

    for (unsigned i = 1; i <= n; i++) {
        if (xhci->slots[i].is_enabled)
            continue;
        memset (&xhci->slots[i], 0, sizeof xhci->slots[i]);
        xhci->slots[i].is_enabled = true;
        *slot_id = i;
        return CODE_SUCCESS;
    }
    return CODE_NO_SLOTS;
}

void
xhci_slot_disable (struct xhci *xhci, struct xhci_slot *slot)
{
    for (unsigned i = 1; i < XHCI_N_ENDPOINTS; i++)
        set_state (slot, i, EP_DISABLED);
    slot->is_enabled = false;
    slot->state = SLOT_ENABLED;
    slot->device = NULL;
    slot->pending = 0;
}

/* The device that an input slot context means: there are no hubs, so it is in a port of ours. */
static struct usb_device *
find_device (const struct xhci *xhci, const struct context *slot_context)
{
    unsigned port = SLOT_PORT (slot_context->word[1]);

    if (SLOT_ROUTE (slot_context->word[0]) != 0 || port == 0 || port > 2 * xhci->n_ports)
        return NULL;
    return xhci_port_get_device (xhci, port);
}

/* §4.6.5 */
enum xhci_code
xhci_slot_address (struct xhci *xhci, unsigned slot_id, gpa_t input, bool bsr)
{
    static const struct context all = { { UINT32_MAX, UINT32_MAX, UINT32_MAX } };
    struct xhci_slot *slot = &xhci->slots[slot_id];
    struct context control, slot_context, endpoint;
    uint8_t pointer[8];

    if (slot->state != SLOT_ENABLED && (bsr || slot->state != SLOT_DEFAULT))
        return CODE_CONTEXT_STATE;
    if (!read_context (xhci, input, 0, &control) || !read_context (xhci, input, 1, &slot_context)
        || !read_context (xhci, input, 2, &endpoint) || control.word[0] != 0 || control.word[1] != 3
        || EP_TYPE (endpoint.word[1]) != EP_CONTROL)
        return CODE_PARAMETER;
    slot->device = find_device (xhci, &slot_context);
    if (!slot->device)
        return CODE_TRANSACTION;
    if (!xhci_dma_read (xhci, xhci->dcbaap + 8 * slot_id, pointer, sizeof pointer)) {
        xhci_fail (xhci, "the array of device contexts is not in memory");
        return CODE_TRB;
    }
    slot->context = load_le64 (pointer) & ~0x3full;
    slot->state = bsr ? SLOT_DEFAULT : SLOT_ADDRESSED;
    update_slot_context (xhci, slot, &slot_context, &all);
    enable_endpoint (xhci, slot, 1, &endpoint);
    return CODE_SUCCESS;
}

/* Whether the controller can have an endpoint of that sort there: directions agree, no streams. */
static bool
endpoint_is_good (unsigned index, const struct context *context)
{
    unsigned type = EP_TYPE (context->word[1]);

    if (type == 0 || type == EP_CONTROL || (context->word[0] & EP_STREAMS))
        return false;
    return (type > EP_CONTROL) == (index % 2 == 1);
}

static void
drop_endpoints (struct xhci *xhci, struct xhci_slot *slot, uint32_t which)
{
    for (unsigned i = FIRST_ENDPOINT; i < XHCI_N_ENDPOINTS; i++) {
        if ((which & BIT (i)) && slot->endpoints[i].state != EP_DISABLED)
            xhci_endpoint_set_state (xhci, slot, i, EP_DISABLED);
    }
}

/* §4.6.6.  Nothing is changed unless all of it can be. */
enum xhci_code
xhci_slot_configure (struct xhci *xhci, unsigned slot_id, gpa_t input, bool deconfigure)
{
    static const struct context entries = { { SLOT_ENTRIES } };
    struct context control, slot_context = { { BIT (27) } }, endpoints[XHCI_N_ENDPOINTS];
    struct xhci_slot *slot = &xhci->slots[slot_id];

    if (slot->state != SLOT_ADDRESSED && slot->state != SLOT_CONFIGURED)
        return CODE_CONTEXT_STATE;
    if (deconfigure) {
        drop_endpoints (xhci, slot, UINT32_MAX);
        slot->state = SLOT_ADDRESSED;
        update_slot_context (xhci, slot, &slot_context, &entries);
        return CODE_SUCCESS;
    }
    if (!read_context (xhci, input, 0, &control) || !read_context (xhci, input, 1, &slot_context)
        || (control.word[0] & 3) != 0 || (control.word[1] & 3) != 1)
        return CODE_PARAMETER;
    for (unsigned i = FIRST_ENDPOINT; i < XHCI_N_ENDPOINTS; i++) {
        if ((control.word[1] & BIT (i))
            && (!read_context (xhci, input, i + 1, &endpoints[i])
                || !endpoint_is_good (i, &endpoints[i])))
            return CODE_PARAMETER;
    }
    drop_endpoints (xhci, slot, control.word[0]);
    for (unsigned i = FIRST_ENDPOINT; i < XHCI_N_ENDPOINTS; i++) {
        if (control.word[1] & BIT (i))
            enable_endpoint (xhci, slot, i, &endpoints[i]);
    }
    slot->state = SLOT_CONFIGURED;
    update_slot_context (xhci, slot, &slot_context, &entries);
    return CODE_SUCCESS;
}

/* §4.6.7: of the slot its exit latency and interrupter, of the control endpoint its packet size. */
enum xhci_code
xhci_slot_evaluate (struct xhci *xhci, unsigned slot_id, gpa_t input)
{
    static const struct context evaluated = { { 0, SLOT_LATENCY, SLOT_INTERRUPTER } };
    struct xhci_slot *slot = &xhci->slots[slot_id];
    struct context control, slot_context, endpoint, old;

    if (slot->state == SLOT_ENABLED)
        return CODE_CONTEXT_STATE;
    if (!read_context (xhci, input, 0, &control) || !read_context (xhci, input, 1, &slot_context)
        || !read_context (xhci, input, 2, &endpoint) || control.word[0] != 0
        || (control.word[1] & ~3u) || !read_context (xhci, slot->context, 1, &old))
        return CODE_PARAMETER;
    if (control.word[1] & 1)
        update_slot_context (xhci, slot, &slot_context, &evaluated);
    if (control.word[1] & 2) {
        old.word[1] = (old.word[1] & ~EP_PACKET) | (endpoint.word[1] & EP_PACKET);
        write_context (xhci, slot->context, 1, &old);
    }
    return CODE_SUCCESS;
}

/* §4.6.11 */
enum xhci_code
xhci_slot_reset (struct xhci *xhci, unsigned slot_id)
{
    static const struct context entries = { { SLOT_ENTRIES } };
    const struct context one = { { BIT (27) } };
    struct xhci_slot *slot = &xhci->slots[slot_id];

    if (slot->state != SLOT_ADDRESSED && slot->state != SLOT_CONFIGURED)
        return CODE_CONTEXT_STATE;
    drop_endpoints (xhci, slot, UINT32_MAX);
    forget_control (slot);
    slot->state = SLOT_DEFAULT;
    update_slot_context (xhci, slot, &one, &entries);
    return CODE_SUCCESS;
}

void
xhci_slots_forget (struct xhci *xhci, const struct usb_device *device)
{
    for (unsigned i = 1; i <= XHCI_N_SLOTS; i++) {
        if (xhci->slots[i].device == device)
            xhci->slots[i].device = NULL;
    }
}

void
xhci_slots_wake (struct xhci *xhci, const struct usb_device *device)
{
    for (unsigned i = 1; i <= XHCI_N_SLOTS; i++) {
        struct xhci_slot *slot = &xhci->slots[i];

        if (!slot->is_enabled || (device && slot->device != device))
            continue;
        for (unsigned e = 1; e < XHCI_N_ENDPOINTS; e++) {
            if (slot->endpoints[e].state == EP_RUNNING)
                slot->pending |= BIT (e);
        }
    }
}
