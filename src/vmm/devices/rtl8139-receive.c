/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-receive.c - the RTL8139's receiver: one ring buffer in C mode, descriptors in C+ mode.
 *
 * Theory of operation.  A frame that has no room stays with the wire.  In C mode the driver's moving of
 * CAPR says that there is room.  In C+ mode nothing does: a driver just gives descriptors back in
 * memory.  So the guest is told that there is none (RXOVW), the card looks again when the driver
 * acknowledges or unmasks interrupts, which it does around its own look at the ring, and a frame that
 * found no room for STALL_NS is lost and counted, as in a FIFO that runs over.  The next frame looks
 * for itself.
 *
 * In C mode frames come faster than the wire of that chip's time brought them.  So drivers acknowledge ROK
 * for more frames than they then read - Linux's stops at its budget - and count on the next frame to
 * interrupt, which does not come when the buffer is full.  What is still in the buffer LEFT_NS after
 * an acknowledgement is therefore told again.
 */
#include <stdatomic.h>

#include "rtl8139-private.h"

#define TURN_FRAMES 64
#define MAX_RING    64
#define STALL_NS    20000000
#define LEFT_NS     1000000

/* In front of a frame in the ring buffer (C mode), and in a descriptor's flags (C+ mode) */
#define STATUS_OK        0x0001u
#define STATUS_BROADCAST 0x2000u
#define STATUS_PHYSICAL  0x4000u
#define STATUS_MULTICAST 0x8000u
#define STATUS_BYTES     4u
#define RX_MULTICAST     BIT (26)
#define RX_PHYSICAL      BIT (25)
#define RX_BROADCAST     BIT (24)
#define RX_PROTOCOL_TCP  (1u << 16)
#define RX_PROTOCOL_UDP  (2u << 16)
#define RX_PROTOCOL_IP   (3u << 16)
#define RX_IP_BAD        BIT (15)
#define RX_UDP_BAD       BIT (14)
#define RX_TCP_BAD       BIT (13)
#define RX_SIZE          0x1fffu
#define RX_TAGGED        BIT (16) /* in the second word */

#define CAPR_BIAS 16u /* CAPR is that much behind what was read */

/* Ethernet's longest with its FCS and a tag: about what drivers keep free behind a buffer that does not
 * wrap. */
#define MAX_OVERSHOOT 1522u

/* A frame as the guest will see it. */
struct arrival {
    size_t len;      /* of card->rx_frame, with FCS */
    unsigned status; /* STATUS_… of its address */
    uint32_t flags;  /* RX_… */
    uint32_t vlan;
};

static bool
has_descriptors (const struct rtl8139 *card)
{
    return rtl8139_get16 (card, R_CPCR) & CPCR_RX;
}

/* --- filter ------------------------------------------------------------------------------------ */

/* STATUS_… of who FRAME is for, 0 when it is not for this card. */
static unsigned
classify (const struct rtl8139 *card, const uint8_t *frame)
{
    static const uint8_t all[ETHERNET_ADDRESS_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint32_t rcr = rtl8139_get32 (card, R_RCR);
    unsigned hash;

    if (memcmp (frame, all, sizeof all) == 0)
        return rcr & RCR_BROADCAST ? STATUS_BROADCAST : 0;
    if (frame[0] & 1) {
        hash = ethernet_hash (frame);
        return (rcr & RCR_MULTICAST) && (card->regs[R_MAR + hash / 8] >> (hash % 8) & 1)
                   ? STATUS_MULTICAST
                   : 0;
    }
    if (memcmp (frame, card->regs + R_IDR, ETHERNET_ADDRESS_BYTES) == 0)
        return rcr & (RCR_PHYSICAL | RCR_ALL_PHYSICAL) ? STATUS_PHYSICAL : 0;
    return rcr & RCR_ALL_PHYSICAL ? STATUS_OK : 0;
}

static void
count (struct rtl8139 *card, unsigned status)
{
    card->counters.received++;
    if (status & STATUS_PHYSICAL)
        card->counters.physical++;
    else if (status & STATUS_BROADCAST)
        card->counters.broadcast++;
    else if (status & STATUS_MULTICAST)
        card->counters.multicast++;
}

/* --- C mode ------------------------------------------------------------------------------------ */

static uint32_t
buffer_bytes (const struct rtl8139 *card)
{
    return 8192u << (rtl8139_get32 (card, R_RCR) >> 11 & 3);
}

static uint32_t
read_offset (const struct rtl8139 *card)
{
    return (rtl8139_get16 (card, R_CAPR) + CAPR_BIAS) % buffer_bytes (card);
}

bool
rtl8139_rx_is_empty (const struct rtl8139 *card)
{
    return card->rx_write % buffer_bytes (card) == read_offset (card);
}

void
rtl8139_rx_reset (struct rtl8139 *card)
{
    card->rx_write = 0;
    card->rx_index = 0;
    store_le16 (card->regs + R_CAPR, (uint16_t) -CAPR_BIAS);
}

static bool
buffer_wraps (const struct rtl8139 *card)
{
    return !(rtl8139_get32 (card, R_RCR) & RCR_NO_WRAP) || buffer_bytes (card) == 65536;
}

/* Writes N bytes at offset AT of the ring buffer, which may be its end; a buffer that does not wrap goes on
 * behind it.  What lies outside memory is lost, as on the bus. */
static void
put (struct rtl8139 *card, uint32_t at, const void *data, size_t n)
{
    struct memory *memory = card->device.env->memory;
    uint32_t size = buffer_bytes (card);
    gpa_t base = rtl8139_get32 (card, R_RBSTART);
    size_t first = n;

    if (buffer_wraps (card)) {
        at %= size;
        first = MIN_OF (n, size - at);
    }
    memory_write (memory, base + at, data, first);
    if (first < n)
        memory_write (memory, base, (const uint8_t *) data + first, n - first);
}

static bool
receive_into_buffer (struct rtl8139 *card, const struct arrival *a)
{
    uint32_t size = buffer_bytes (card), at = card->rx_write % size;
    uint32_t room = (read_offset (card) + size - at) % size;
    uint32_t needed = (uint32_t) align_up (STATUS_BYTES + a->len, 4);
    uint8_t status[STATUS_BYTES];

    if (room == 0)
        room = size; /* empty; it never gets full to the end */
    if (needed >= room)
        return false;
    store_le16 (status, (uint16_t) (a->status | STATUS_OK));
    store_le16 (status + 2, (uint16_t) a->len);
    put (card, at + STATUS_BYTES, card->rx_frame, a->len);
    atomic_thread_fence (memory_order_release);
    put (card, at, status, sizeof status);
    card->rx_write = (at + needed) % size;
    return true;
}

/* --- C+ mode ----------------------------------------------------------------------------------- */

static bool
read_descriptor (struct rtl8139 *card, uint32_t index, gpa_t *gpa,
                 uint8_t bytes[RTL8139_DESC_BYTES])
{
    gpa_t base = load_le64 (card->regs + R_RDSAR) & ~0xffull;

    if (add_overflows (base, index * RTL8139_DESC_BYTES, gpa)
        || !memory_read (card->device.env->memory, *gpa, bytes, RTL8139_DESC_BYTES)) {
        device_mark_broken (&card->device, "receive descriptors outside memory");
        return false;
    }
    return true;
}

static uint32_t
next_index (uint32_t index, uint32_t flags)
{
    return flags & DESC_END_OF_RING ? 0 : (index + 1) % MAX_RING;
}

/* Whether the descriptors that are the card's now have room for LEN bytes. */
static bool
has_room (struct rtl8139 *card, size_t len)
{
    uint8_t bytes[RTL8139_DESC_BYTES];
    uint32_t index = card->rx_index;
    size_t room = 0;
    gpa_t gpa;

    for (unsigned i = 0; i < MAX_RING && room < len; i++) {
        uint32_t flags;

        if (!read_descriptor (card, index, &gpa, bytes))
            return false;
        flags = load_le32 (bytes);
        if (!(flags & DESC_OWN))
            return false;
        room += flags & RX_SIZE;
        index = next_index (index, flags);
    }
    return room >= len;
}

/* Puts the frame's piece at AT into the next descriptor.  Returns its length, or 0 when the guest took
 * the descriptor back meanwhile. */
static size_t
fill_descriptor (struct rtl8139 *card, const struct arrival *a, size_t at)
{
    struct memory *memory = card->device.env->memory;
    uint8_t bytes[RTL8139_DESC_BYTES];
    uint32_t flags, result;
    gpa_t gpa;
    size_t n;

    if (!read_descriptor (card, card->rx_index, &gpa, bytes))
        return 0;
    flags = load_le32 (bytes);
    n = MIN_OF (flags & RX_SIZE, a->len - at);
    if (!(flags & DESC_OWN) || n == 0)
        return 0;
    memory_write (memory, load_le64 (bytes + 8), card->rx_frame + at, n);
    result = (flags & DESC_END_OF_RING) | (at == 0 ? DESC_FIRST : 0) | a->flags
             | (uint32_t) (at + n == a->len ? a->len : n);
    if (at + n == a->len)
        result |= DESC_LAST;
    store_le32 (bytes + 4, a->vlan);
    memory_write (memory, gpa + 4, bytes + 4, 4);
    atomic_thread_fence (memory_order_release); /* the flags give the descriptor away */
    store_le32 (bytes, result);
    memory_write (memory, gpa, bytes, 4);
    card->rx_index = next_index (card->rx_index, flags);
    return n;
}

static bool
receive_into_descriptors (struct rtl8139 *card, const struct arrival *a)
{
    size_t n;

    if (!has_room (card, a->len))
        return card->device.is_broken;
    for (size_t at = 0; at < a->len; at += n) {
        n = fill_descriptor (card, a, at);
        if (n == 0)
            return true; /* the guest spoiled it itself */
    }
    return true;
}

/* --- receiving --------------------------------------------------------------------------------- */

static uint32_t
judge_sums (const uint8_t *frame, size_t len)
{
    struct ethernet_packet p;
    uint32_t flags = 0;

    ethernet_dissect (frame, len, &p);
    if (!p.is_ipv4)
        return 0;
    if (!ethernet_ip_checksum_is_good (frame, &p))
        flags |= RX_IP_BAD;
    if (!ethernet_l4_has_checksum (frame, &p))
        return flags | RX_PROTOCOL_IP;
    flags |= p.is_tcp ? RX_PROTOCOL_TCP : RX_PROTOCOL_UDP;
    if (!ethernet_l4_checksum_is_good (frame, &p))
        flags |= p.is_tcp ? RX_TCP_BAD : RX_UDP_BAD;
    return flags;
}

/* Copies FRAME to rx_frame as the guest will see it. */
static void
prepare (struct rtl8139 *card, const uint8_t *frame, size_t len, struct arrival *a)
{
    uint16_t cpcr = rtl8139_get16 (card, R_CPCR);
    uint8_t *to = card->rx_frame;

    a->flags |= (a->status & STATUS_MULTICAST ? RX_MULTICAST : 0)
                | (a->status & STATUS_PHYSICAL ? RX_PHYSICAL : 0)
                | (a->status & STATUS_BROADCAST ? RX_BROADCAST : 0);
    if ((cpcr & CPCR_RX) && (cpcr & CPCR_SUM))
        a->flags |= judge_sums (frame, len);
    memcpy (to, frame, len);
    if ((cpcr & CPCR_RX) && (cpcr & CPCR_VLAN) && len >= ETHERNET_HEADER_BYTES + ETHERNET_TAG_BYTES
        && load_be16 (frame + 12) == ETHERNET_TYPE_VLAN) {
        a->vlan = RX_TAGGED | load_le16 (frame + 14);
        len -= ETHERNET_TAG_BYTES;
        memcpy (to + 12, frame + 12 + ETHERNET_TAG_BYTES, len - 12);
    }
    if (len < ETHERNET_MIN_BYTES) {
        memset (to + len, 0, ETHERNET_MIN_BYTES - len);
        len = ETHERNET_MIN_BYTES;
    }
    store_le32 (to + len, ethernet_crc (to, len));
    a->len = len + ETHERNET_FCS_BYTES;
}

static size_t
max_bytes (const struct rtl8139 *card)
{
    return has_descriptors (card) || buffer_wraps (card) ? RTL8139_MAX_RECEIVE
                                                         : MAX_OVERSHOOT - ETHERNET_FCS_BYTES;
}

bool
rtl8139_receive (struct rtl8139 *card, const uint8_t *frame, size_t len)
{
    struct arrival a = { .status = classify (card, frame) };
    bool is_received;

    if (!(card->regs[R_CR] & CR_RE) || a.status == 0 || len > max_bytes (card))
        return true;
    prepare (card, frame, len, &a);
    if (has_descriptors (card))
        is_received = receive_into_descriptors (card, &a);
    else
        is_received = receive_into_buffer (card, &a);
    if (!is_received)
        return false;
    count (card, a.status);
    rtl8139_raise (card, INT_ROK);
    return true;
}

/* The frame at hand has no room.  Returns whether it is to be given up. */
static bool
stall (struct rtl8139 *card)
{
    int64_t now = loop_now_ns ();

    if (!has_descriptors (card))
        return false; /* CAPR will tell */
    if (!card->is_rx_stalled) {
        card->is_rx_stalled = true;
        card->stall_end_ns = now + STALL_NS;
        loop_timer_arm (&card->stall_timer, card->stall_end_ns);
        rtl8139_raise (card, INT_RXOVW);
        return false;
    }
    if (now < card->stall_end_ns)
        return false;
    card->counters.missed++;
    store_le32 (card->regs + R_MPC, (rtl8139_get32 (card, R_MPC) + 1) & 0xffffff);
    return true;
}

static bool
may_receive (const struct rtl8139 *card)
{
    return (card->regs[R_CR] & CR_RE) && pci_is_master (&card->pci) && !card->device.is_broken
           && !rtl8139_is_loopback (card);
}

void
rtl8139_rx_acknowledged (struct rtl8139 *card)
{
    if (card->is_left_due || has_descriptors (card) || rtl8139_rx_is_empty (card))
        return;
    card->is_left_due = true;
    loop_timer_arm (&card->left_timer, loop_now_ns () + LEFT_NS);
}

void
rtl8139_left_timer_cb (void *opaque)
{
    struct rtl8139 *card = opaque;

    pthread_mutex_lock (&card->lock);
    if (card->is_left_due && may_receive (card) && !has_descriptors (card)
        && !rtl8139_rx_is_empty (card))
        rtl8139_raise (card, INT_ROK);
    card->is_left_due = false;
    pthread_mutex_unlock (&card->lock);
}

/* What comes while the receiver is off is lost. */
void
rtl8139_rx_work_cb (void *opaque)
{
    struct rtl8139 *card = opaque;
    struct net_frame frame;
    unsigned n = 0;

    pthread_mutex_lock (&card->lock);
    while (n < TURN_FRAMES && net_peek (card->net, &frame)) {
        bool is_done = !may_receive (card) || rtl8139_receive (card, frame.data, frame.len);

        if (!is_done && !stall (card))
            break;
        if (is_done)
            card->is_rx_stalled = false;
        net_consume (card->net);
        n++;
    }
    if (n == TURN_FRAMES)
        loop_work_queue (card->loop, &card->rx_work);
    pthread_mutex_unlock (&card->lock);
}
