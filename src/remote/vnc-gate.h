/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-gate.h - what a viewer may say: looks at the first bytes of a message before the RFB library
 * gets to see it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* So many bytes from the start of a message decide about it. */
#define VNC_GATE_HEAD 20

enum vnc_gate_action {
    VNC_GATE_WAIT,   /* not enough of it is there to tell */
    VNC_GATE_PASS,   /* for the library, as soon as all of it is there */
    VNC_GATE_SKIP,   /* to be read and thrown away */
    VNC_GATE_REFUSE, /* hang up */
};

struct vnc_gate {
    enum vnc_gate_action action;
    uint32_t bytes; /* PASS, SKIP: length of the whole message */
    int is_quiet;   /* PASS: the library sends nothing in answer */
};

/* HEAD is the first LEN bytes of a message of RFB's normal phase (RFC 6143 §7.5). */
struct vnc_gate vnc_gate_check (const uint8_t *head, size_t len);
