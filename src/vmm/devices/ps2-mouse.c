/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-mouse.c - a PS/2 mouse with wheel and five buttons at the end of the i8042's second cable.
 *
 * Theory of operation.  Movement gathers in dx, dy and dz.  A packet takes as much of it as a
 * packet can say and leaves the rest for the next one, so nothing is cut off.  Packets are made
 * when none is waiting, which paces the mouse by its reader; only changes of buttons may queue
 * several, up to PS2_MOUSE_BUFFER bytes, so that a click is not lost between two moves.
 *
 * A command discards the packets that wait, as the host would take them for answers; where that
 * lost a change of buttons, the next packet says it.
 */
#include "ps2-mouse.h"

#include <linux/input-event-codes.h>

#include "bits.h"

#define REPLY_ACK        0xfa
#define REPLY_RESEND     0xfe
#define REPLY_BAT_PASSED 0xaa

#define CMD_SCALE_1    0xe6
#define CMD_SCALE_2    0xe7
#define CMD_RESOLUTION 0xe8
#define CMD_STATUS     0xe9
#define CMD_STREAM     0xea
#define CMD_READ       0xeb
#define CMD_WRAP_OFF   0xec
#define CMD_WRAP_ON    0xee
#define CMD_REMOTE     0xf0
#define CMD_ID         0xf2
#define CMD_RATE       0xf3
#define CMD_ENABLE     0xf4
#define CMD_DISABLE    0xf5
#define CMD_DEFAULTS   0xf6
#define CMD_RESEND     0xfe
#define CMD_RESET      0xff

#define FIRST_COMMAND CMD_SCALE_1 /* where an argument is awaited, these are a new command */

#define BUTTON_LEFT   0x01
#define BUTTON_RIGHT  0x02
#define BUTTON_MIDDLE 0x04
#define BUTTON_SIDE   0x08
#define BUTTON_EXTRA  0x10

#define PACKET_ALWAYS 0x08
#define PACKET_X_SIGN 0x10
#define PACKET_Y_SIGN 0x20

#define STATUS_SCALED    0x10
#define STATUS_REPORTING 0x20
#define STATUS_REMOTE    0x40

#define DEFAULT_RATE       100
#define DEFAULT_RESOLUTION 2

/* What one packet can say; the overflow bits are never needed. */
#define MAX_MOVE        255
#define MAX_MOVE_SCALED 127 /* doubled it fits */
#define MAX_WHEEL       7

/* What gathers for a host that does not read; more is no use to anybody. */
#define MAX_GATHERED 32767

static int
clamp (int value, int limit)
{
    return value < -limit ? -limit : value > limit ? limit : value;
}

static unsigned
packet_bytes (const struct ps2_mouse *self)
{
    return self->kind == PS2_MOUSE_PLAIN ? 3 : 4;
}

/* --- packets --------------------------------------------------------------------------------- */

/* 2:1 scaling, which quick movements get and stream mode only. */
static int
scale (int value)
{
    static const uint8_t small[] = { 0, 1, 1, 3, 6, 9 };
    int size = value < 0 ? -value : value;

    size = size < (int)ARRAY_SIZE (small) ? small[size] : 2 * size;
    return value < 0 ? -size : size;
}

/* Takes what one packet can say out of *GATHERED. */
static int
take (int *gathered, int limit)
{
    int part = clamp (*gathered, limit);

    *gathered -= part;
    return part;
}

/* Puts a packet of what is gathered into QUEUE, which has room for it. */
static void
put_packet (struct ps2_mouse *self, struct ps2_queue *queue, bool scaled)
{
    int x = take (&self->dx, scaled ? MAX_MOVE_SCALED : MAX_MOVE);
    int y = -take (&self->dy, scaled ? MAX_MOVE_SCALED : MAX_MOVE);
    int z = take (&self->dz, MAX_WHEEL);

    if (scaled) {
        x = scale (x);
        y = scale (y);
    }
    ps2_queue_push (queue, (uint8_t)(PACKET_ALWAYS | (self->buttons & 7)
                                     | (x < 0 ? PACKET_X_SIGN : 0) | (y < 0 ? PACKET_Y_SIGN : 0)));
    ps2_queue_push (queue, (uint8_t)x);
    ps2_queue_push (queue, (uint8_t)y);
    if (self->kind == PS2_MOUSE_WHEEL)
        ps2_queue_push (queue, (uint8_t)z);
    else if (self->kind == PS2_MOUSE_EXPLORER)
        ps2_queue_push (queue, (uint8_t)((z & 0x0f) | (self->buttons & BUTTON_SIDE ? 0x10 : 0)
                                         | (self->buttons & BUTTON_EXTRA ? 0x20 : 0)));
    self->is_dirty = false;
}

static bool
has_room (const struct ps2_mouse *self, unsigned n_packets)
{
    return self->packets.count + n_packets * packet_bytes (self) <= PS2_MOUSE_BUFFER;
}

static bool
has_gathered (const struct ps2_mouse *self)
{
    return self->dx != 0 || self->dy != 0 || self->dz != 0;
}

static bool
is_streaming (const struct ps2_mouse *self)
{
    return self->is_reporting && !self->is_remote && !self->is_wrapping;
}

/* Makes the next packet if there is something to say and none waits. */
static void
stream (struct ps2_mouse *self)
{
    if (is_streaming (self) && self->packets.count == 0 && (has_gathered (self) || self->is_dirty))
        put_packet (self, &self->packets, self->is_scaled);
}

/* Whether movement counts at all: not before the host asked for it. */
static bool
is_counting (const struct ps2_mouse *self)
{
    return self->is_remote || self->is_reporting;
}

void
ps2_mouse_move (struct ps2_mouse *self, int dx, int dy)
{
    if (!is_counting (self))
        return;
    self->dx = clamp (self->dx + clamp (dx, MAX_GATHERED), MAX_GATHERED);
    self->dy = clamp (self->dy + clamp (dy, MAX_GATHERED), MAX_GATHERED);
    stream (self);
}

void
ps2_mouse_wheel (struct ps2_mouse *self, int dz)
{
    if (!is_counting (self) || self->kind == PS2_MOUSE_PLAIN)
        return;
    self->dz = clamp (self->dz + clamp (dz, MAX_GATHERED), MAX_GATHERED);
    stream (self);
}

static uint8_t
button_bit (unsigned code)
{
    switch (code) {
    case BTN_LEFT:
        return BUTTON_LEFT;
    case BTN_RIGHT:
        return BUTTON_RIGHT;
    case BTN_MIDDLE:
        return BUTTON_MIDDLE;
    case BTN_SIDE:
    case BTN_BACK:
        return BUTTON_SIDE;
    case BTN_EXTRA:
    case BTN_FORWARD:
        return BUTTON_EXTRA;
    default:
        return 0;
    }
}

void
ps2_mouse_button (struct ps2_mouse *self, unsigned code, bool down)
{
    uint8_t bit = button_bit (code);
    bool tell = is_streaming (self);

    /* The way to where the button changed comes first, with the buttons as they were. */
    while (tell && has_gathered (self) && has_room (self, 2))
        put_packet (self, &self->packets, self->is_scaled);

    if (down)
        self->buttons |= bit;
    else
        self->buttons &= (uint8_t)~bit;
    self->is_dirty = bit != 0 || self->is_dirty;
    if (tell && self->is_dirty && has_room (self, 1))
        put_packet (self, &self->packets, self->is_scaled);
}

/* --- commands -------------------------------------------------------------------------------- */

static void
reply (struct ps2_mouse *self, uint8_t byte)
{
    ps2_queue_push (&self->replies, byte); /* a host that reads nothing loses replies */
}

static void
forget_movement (struct ps2_mouse *self)
{
    self->dx = self->dy = self->dz = 0;
    self->is_dirty = false;
}

static void
set_defaults (struct ps2_mouse *self)
{
    self->is_reporting = self->is_remote = self->is_wrapping = self->is_scaled = false;
    self->rate = DEFAULT_RATE;
    self->resolution = DEFAULT_RESOLUTION;
    forget_movement (self);
}

void
ps2_mouse_reset (struct ps2_mouse *self)
{
    uint8_t buttons = self->buttons;

    memset (self, 0, sizeof *self);
    self->buttons = buttons;
    set_defaults (self);
}

/* The knock: 200, 100, 80 asks for a wheel, 200, 200, 80 for five buttons. */
static void
set_rate (struct ps2_mouse *self, uint8_t rate)
{
    if (rate == 80 && self->knock[0] == 200) {
        if (self->knock[1] == 100)
            self->kind = PS2_MOUSE_WHEEL;
        else if (self->knock[1] == 200)
            self->kind = PS2_MOUSE_EXPLORER;
    }
    self->knock[0] = self->knock[1];
    self->knock[1] = rate;
    self->rate = rate;
}

static void
reply_status (struct ps2_mouse *self)
{
    reply (self,
           (uint8_t)((self->is_remote ? STATUS_REMOTE : 0)
                     | (self->is_reporting ? STATUS_REPORTING : 0)
                     | (self->is_scaled ? STATUS_SCALED : 0) | (self->buttons & BUTTON_LEFT ? 4 : 0)
                     | (self->buttons & BUTTON_MIDDLE ? 2 : 0)
                     | (self->buttons & BUTTON_RIGHT ? 1 : 0)));
    reply (self, self->resolution);
    reply (self, self->rate);
}

static void
receive_argument (struct ps2_mouse *self, uint8_t command, uint8_t byte)
{
    if (command == CMD_RATE)
        set_rate (self, byte);
    else
        self->resolution = byte & 3;
    reply (self, REPLY_ACK);
}

static void
receive_command (struct ps2_mouse *self, uint8_t byte)
{
    switch (byte) {
    case CMD_SCALE_1:
    case CMD_SCALE_2:
        self->is_scaled = byte == CMD_SCALE_2;
        break;
    case CMD_RESOLUTION:
    case CMD_RATE:
        self->awaited = byte;
        break;
    case CMD_STATUS:
        reply (self, REPLY_ACK);
        reply_status (self);
        return;
    case CMD_STREAM:
    case CMD_REMOTE:
        self->is_remote = byte == CMD_REMOTE;
        forget_movement (self);
        break;
    case CMD_READ:
        reply (self, REPLY_ACK);
        if (self->replies.count + packet_bytes (self) <= PS2_QUEUE_BYTES)
            put_packet (self, &self->replies, false);
        return;
    case CMD_WRAP_ON:
        self->is_wrapping = true;
        break;
    case CMD_WRAP_OFF: /* reached only out of wrap mode: nothing to end */
        break;
    case CMD_ID:
        reply (self, REPLY_ACK);
        reply (self, (uint8_t)self->kind);
        return;
    case CMD_ENABLE:
        self->is_reporting = true;
        forget_movement (self);
        break;
    case CMD_DISABLE:
        self->is_reporting = false;
        forget_movement (self);
        break;
    case CMD_DEFAULTS:
        set_defaults (self);
        break;
    case CMD_RESEND:
        reply (self, self->last_sent);
        return;
    case CMD_RESET:
        ps2_mouse_reset (self);
        reply (self, REPLY_ACK);
        reply (self, REPLY_BAT_PASSED);
        reply (self, PS2_MOUSE_PLAIN);
        return;
    default:
        reply (self, REPLY_RESEND);
        return;
    }
    reply (self, REPLY_ACK);
}

/* In wrap mode all but the two ways out is echoed. */
static void
receive_wrapping (struct ps2_mouse *self, uint8_t byte)
{
    if (byte == CMD_RESET) {
        receive_command (self, byte);
    } else if (byte == CMD_WRAP_OFF) {
        self->is_wrapping = false;
        reply (self, REPLY_ACK);
    } else {
        reply (self, byte);
    }
}

void
ps2_mouse_receive (struct ps2_mouse *self, uint8_t byte)
{
    uint8_t awaited = self->awaited;

    if (self->packets.count > 0) {
        ps2_queue_clear (&self->packets);
        self->is_dirty = true;
    }
    self->awaited = 0;
    if (self->is_wrapping)
        receive_wrapping (self, byte);
    else if (awaited && byte < FIRST_COMMAND)
        receive_argument (self, awaited, byte);
    else
        receive_command (self, byte);
    stream (self);
}

bool
ps2_mouse_send (struct ps2_mouse *self, uint8_t *byte)
{
    if (!ps2_queue_pop (&self->replies, byte) && !ps2_queue_pop (&self->packets, byte))
        return false;
    self->last_sent = *byte;
    stream (self);
    return true;
}
