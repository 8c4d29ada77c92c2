/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-mouse.h - a PS/2 mouse with wheel and five buttons at the end of the i8042's second cable.
 *
 * A state machine without lock, port or interrupt: the controller calls it under its own lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ps2-queue.h"

/* As many bytes of movement as wait for a controller that fetches none. */
#define PS2_MOUSE_BUFFER 16

/* What kind of mouse the host's knocking made of it; the ids it answers to GET ID. */
enum ps2_mouse_kind {
    PS2_MOUSE_PLAIN = 0,    /* three bytes a packet */
    PS2_MOUSE_WHEEL = 3,    /* a fourth for the wheel */
    PS2_MOUSE_EXPLORER = 4, /* and in it, buttons four and five */
};

struct ps2_mouse {
    struct ps2_queue replies; /* to commands; they overtake packets, which a command discards */
    struct ps2_queue packets;
    enum ps2_mouse_kind kind;
    bool is_reporting; /* in stream mode */
    bool is_remote;    /* remote mode: packets only when asked for */
    bool is_wrapping;  /* wrap mode: an echo */
    bool is_scaled;    /* 2:1 */
    uint8_t rate, resolution;
    uint8_t knock[2];  /* the last two rates, oldest first */
    uint8_t awaited;   /* the command whose argument comes next; 0: none */
    uint8_t last_sent; /* for RESEND */
    uint8_t buttons;   /* what is down: bits 0-4, left, right, middle, side, extra */
    bool is_dirty;     /* buttons changed and no packet says so yet */
    int dx, dy, dz;    /* counts not reported yet; down is positive */
};

/* As after power-on; what is pressed stays pressed. */
void ps2_mouse_reset (struct ps2_mouse *self);

/* A byte from the host. */
void ps2_mouse_receive (struct ps2_mouse *self, uint8_t byte);

/* The next byte for the host; false when there is none. */
bool ps2_mouse_send (struct ps2_mouse *self, uint8_t *byte);

/* What the hand does: counts and notches, down is positive; CODE is BTN_LEFT to BTN_EXTRA. */
void ps2_mouse_move (struct ps2_mouse *self, int dx, int dy);
void ps2_mouse_wheel (struct ps2_mouse *self, int dz);
void ps2_mouse_button (struct ps2_mouse *self, unsigned code, bool down);
