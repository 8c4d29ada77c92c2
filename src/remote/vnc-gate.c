/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-gate.c - what a viewer may say.
 *
 * The RFB library reads a message's fields one after the other and waits for each, and it knows
 * many messages that nobody here needs (file transfer, chat, scaling), each with a history of
 * memory bugs. So a message gets to the library only when it is one of those below, when its fields
 * are sane, and when all of it has come in: then the library neither waits nor gets into the other
 * code.  Clipboard text, for which there is no door to the guest, is thrown away here.
 */
#include "vnc-gate.h"

#include <stdbool.h>

#include "bits.h"

#define MAX_ENCODINGS 256
#define MAX_SCREENS   16

/* RFC 6143 §7.5, and extensions by their registered numbers. */
enum {
    SET_PIXEL_FORMAT = 0,
    SET_ENCODINGS = 2,
    UPDATE_REQUEST = 3,
    KEY_EVENT = 4,
    POINTER_EVENT = 5,
    CUT_TEXT = 6,
    XVP = 250,
    SET_DESKTOP_SIZE = 251,
    QEMU = 255,
};
#define QEMU_EXTENDED_KEY 0

static struct vnc_gate
pass (uint32_t bytes, bool is_quiet)
{
    return (struct vnc_gate){ VNC_GATE_PASS, bytes, is_quiet };
}

static struct vnc_gate
refuse (void)
{
    return (struct vnc_gate){ VNC_GATE_REFUSE, 0, 0 };
}

/* Whether a colour's part lies inside a pixel of BPP bits. */
static bool
part_is_sane (unsigned max, unsigned shift, unsigned bpp)
{
    return max > 0 && (max & (max + 1)) == 0 && shift < bpp
           && (uint64_t) max << shift <= (1ull << bpp) - 1;
}

/* §7.4: F is a pixel format. */
static bool
format_is_sane (const uint8_t *f)
{
    unsigned bpp = f[0], depth = f[1];
    bool is_true_color = f[3] != 0;

    if ((bpp != 8 && bpp != 16 && bpp != 32) || depth == 0 || depth > bpp)
        return false;
    if (!is_true_color)
        return bpp == 8;
    return part_is_sane (load_be16 (f + 4), f[10], bpp)
           && part_is_sane (load_be16 (f + 6), f[11], bpp)
           && part_is_sane (load_be16 (f + 8), f[12], bpp);
}

/* How many bytes of each message decide about it; 0: there is no such message. */
static size_t
head_bytes (uint8_t type)
{
    switch (type) {
    case SET_PIXEL_FORMAT:
        return 20;
    case SET_ENCODINGS:
        return 4;
    case CUT_TEXT:
    case SET_DESKTOP_SIZE:
        return 8;
    case QEMU:
        return 2;
    case UPDATE_REQUEST:
    case KEY_EVENT:
    case POINTER_EVENT:
    case XVP:
        return 1;
    default:
        return 0;
    }
}

/* The extended clipboard says with a negative length that flags follow; they are text to us. */
static struct vnc_gate
check_cut_text (const uint8_t *head)
{
    int64_t len = (int32_t) load_be32 (head + 4);

    if (len < 0)
        len = -len;
    if (len > UINT32_MAX - 8)
        return refuse ();
    return (struct vnc_gate){ VNC_GATE_SKIP, 8 + (uint32_t) len, 0 };
}

struct vnc_gate
vnc_gate_check (const uint8_t *head, size_t len)
{
    if (len == 0)
        return (struct vnc_gate){ VNC_GATE_WAIT, 0, 0 };
    if (head_bytes (head[0]) == 0)
        return refuse ();
    if (len < head_bytes (head[0]))
        return (struct vnc_gate){ VNC_GATE_WAIT, 0, 0 };

    switch (head[0]) {
    case SET_PIXEL_FORMAT:
        return format_is_sane (head + 4) ? pass (20, false) : refuse ();
    case SET_ENCODINGS:
        if (load_be16 (head + 2) > MAX_ENCODINGS)
            return refuse ();
        return pass (4 + 4u * load_be16 (head + 2), false);
    case UPDATE_REQUEST:
        return pass (10, true);
    case KEY_EVENT:
        return pass (8, true);
    case POINTER_EVENT:
        return pass (6, true);
    case CUT_TEXT:
        return check_cut_text (head);
    case XVP:
        return pass (4, false);
    case SET_DESKTOP_SIZE:
        return head[6] <= MAX_SCREENS ? pass (8 + 16u * head[6], false) : refuse ();
    default: /* QEMU */
        return head[1] == QEMU_EXTENDED_KEY ? pass (12, true) : refuse ();
    }
}
