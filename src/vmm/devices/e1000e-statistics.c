/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-statistics.c - the 82574L's counters (§10.2.7).
 *
 * Each is cleared by being read and stays at its end rather than begin anew.  Octet counters have 64
 * bits, whose upper half clears both.  What counts accidents on a wire stays zero, there being none.
 */
#include "e1000e-private.h"

#define ROC   0x40ac
#define PRC64 0x405c
#define GPRC  0x4074
#define BPRC  0x4078
#define MPRC  0x407c
#define GPTC  0x4080
#define GORC  0x4088
#define GOTC  0x4090
#define TOR   0x40c0
#define TOT   0x40c8
#define TPR   0x40d0
#define TPT   0x40d4
#define PTC64 0x40d8
#define MPTC  0x40f0
#define BPTC  0x40f4

static void
count (struct e1000e *card, unsigned offset)
{
    uint32_t value = e1000e_get (card, offset);

    if (value != UINT32_MAX)
        e1000e_set (card, offset, value + 1);
}

static void
count_octets (struct e1000e *card, unsigned offset, size_t n)
{
    uint64_t sum = e1000e_get (card, offset) | (uint64_t) e1000e_get (card, offset + 4) << 32;

    if (add_overflows (sum, n, &sum))
        sum = UINT64_MAX;
    e1000e_set (card, offset, (uint32_t) sum);
    e1000e_set (card, offset + 4, (uint32_t) (sum >> 32));
}

/* FIRST is the counter for frames of up to 64 bytes; five more follow it. */
static void
count_size (struct e1000e *card, unsigned first, size_t len)
{
    static const size_t limits[] = { 64, 127, 255, 511, 1023 };
    unsigned i = 0;

    while (i < ARRAY_SIZE (limits) && len > limits[i])
        i++;
    count (card, first + 4 * i);
}

static void
count_group (struct e1000e *card, const uint8_t *frame, unsigned broadcast, unsigned multicast)
{
    static const uint8_t all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

    if (memcmp (frame, all, sizeof all) == 0)
        count (card, broadcast);
    else if (frame[0] & 1)
        count (card, multicast);
}

void
e1000e_count_sent (struct e1000e *card, const uint8_t *frame, size_t len)
{
    len += ETHERNET_FCS_BYTES;
    count (card, TPT);
    count (card, GPTC);
    count_octets (card, TOT, len);
    count_octets (card, GOTC, len);
    count_size (card, PTC64, len);
    count_group (card, frame, BPTC, MPTC);
}

void
e1000e_count_received (struct e1000e *card, const uint8_t *frame, size_t len)
{
    len += ETHERNET_FCS_BYTES;
    count (card, TPR);
    count (card, GPRC);
    count_octets (card, TOR, len);
    count_octets (card, GORC, len);
    count_size (card, PRC64, len);
    count_group (card, frame, BPRC, MPRC);
}

void
e1000e_count_oversized (struct e1000e *card)
{
    count (card, ROC);
}

uint32_t
e1000e_read_statistics (struct e1000e *card, unsigned offset)
{
    static const unsigned wide[] = { GORC, GOTC, TOR, TOT };
    uint32_t value = e1000e_get (card, offset);

    for (unsigned i = 0; i < ARRAY_SIZE (wide); i++) {
        if (offset == wide[i])
            return value;
        if (offset == wide[i] + 4)
            e1000e_set (card, wide[i], 0);
    }
    e1000e_set (card, offset, 0);
    return value;
}
