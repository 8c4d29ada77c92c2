/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-protocol.h - the display channel: between the process that has the pixels (the VMM) and
 * one that shows them.
 *
 * SOCK_SEQPACKET, one message a datagram, each a fixed-size struct below in host byte order that
 * begins with its type.  A message of unknown type or wrong size ends the channel.
 *
 *   VMM → viewer   HELLO, then SCANOUT (with the memfd, to be mapped read-only) whenever what is shown
 *                  changes, and DAMAGE: at most one for each READY.  Before a DAMAGE may come what is
 *                  new about the guest's cursor, which is not in the picture: CURSOR, its shape, and
 *                  CURSOR_AT, its place.  When nothing else is new, that DAMAGE is 0×0.  POINTER_KIND
 *                  when the guest has come to use another kind of pointer than was said last.
 *   viewer → VMM   READY asks for one DAMAGE, to be sent as soon as there is any; NOT_READY takes
 *                  that back (a DAMAGE may cross it): nobody looks, and the VMM may stop looking for
 *                  changes.  Keys and pointer.  RESIZE says which size the viewer would like best; a
 *                  guest that can follows sooner or later, or does not.
 *
 * When the viewer closes the channel, whatever it held down is released.
 */
#pragma once

#include <stdint.h>

#define DISPLAY_PROTOCOL_VERSION 1

enum display_message_type {
    DISPLAY_MESSAGE_HELLO = 1,        /* VMM: struct display_hello */
    DISPLAY_MESSAGE_SCANOUT,          /* VMM: struct display_scanout, one fd unless 0×0 */
    DISPLAY_MESSAGE_DAMAGE,           /* VMM: struct display_damage */
    DISPLAY_MESSAGE_READY,            /* viewer: struct display_ready */
    DISPLAY_MESSAGE_KEY,              /* viewer: struct display_key */
    DISPLAY_MESSAGE_POINTER_ABSOLUTE, /* viewer: struct display_pointer */
    DISPLAY_MESSAGE_POINTER_RELATIVE, /* viewer: struct display_pointer */
    DISPLAY_MESSAGE_BUTTON,           /* viewer: struct display_key, code is BTN_… */
    DISPLAY_MESSAGE_WHEEL,            /* viewer: struct display_pointer, notches */
    DISPLAY_MESSAGE_NOT_READY,        /* viewer: struct display_ready */
    DISPLAY_MESSAGE_POINTER_KIND,     /* VMM: struct display_pointer_kind */
    DISPLAY_MESSAGE_CURSOR,           /* VMM: struct display_cursor */
    DISPLAY_MESSAGE_CURSOR_AT,        /* VMM: struct display_cursor_at */
    DISPLAY_MESSAGE_RESIZE,           /* viewer: struct display_resize */
};

#define DISPLAY_FORMAT_XRGB8888 0x34325258u /* DRM's fourcc XR24 */

/* The largest picture either side takes. */
#define DISPLAY_MAX_SIDE 16384

struct display_hello {
    uint32_t type;
    uint32_t version;
    uint32_t pointer_is_absolute;
};

/* What the guest makes of moves.  Either kind of move may be sent at any time: an absolute one moves a
 * relative pointer by the difference to the last. */
struct display_pointer_kind {
    uint32_t type;
    uint32_t is_absolute;
};

struct display_scanout {
    uint32_t type;
    uint32_t width, height; /* pixels; 0×0: nothing is shown, no fd */
    uint32_t stride;        /* bytes */
    uint32_t format;
    uint32_t flags;  /* DISPLAY_SCANOUT_… */
    uint64_t offset; /* of the first pixel in the memfd, bytes */
};

#define DISPLAY_SCANOUT_RESIZES (1u << 0) /* the guest is told of what RESIZE wishes */

struct display_damage {
    uint32_t type;
    uint32_t x, y, width, height; /* pixels, inside the scanout */
};

#define DISPLAY_CURSOR_SIDE 64 /* the largest cursor */

/* The cursor's shape. */
struct display_cursor {
    uint32_t type;
    uint32_t width, height; /* pixels; 0×0: there is none */
    uint32_t hot_x, hot_y;  /* of the pixel that points, inside */
    uint32_t reserved;
    uint32_t
        pixels[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE]; /* width × height of them are used, row
                                                                   after row: ARGB, multiplied by A */
};

/* Where it points. */
struct display_cursor_at {
    uint32_t type;
    int32_t x, y; /* pixels of the scanout, perhaps outside */
};

struct display_ready {
    uint32_t type;
};

struct display_resize {
    uint32_t type;
    uint32_t width, height; /* pixels, 1 to DISPLAY_MAX_SIDE */
};

struct display_key {
    uint32_t type;
    uint32_t code; /* evdev: KEY_… or BTN_… */
    uint32_t down; /* 0 or 1 */
};

struct display_pointer {
    uint32_t type;
    int32_t x, y; /* absolute: pixels of the scanout; relative: counts; wheel: notches */
};

/* What a viewer says. */
union display_request {
    uint32_t type;
    struct display_ready ready;
    struct display_key key;
    struct display_pointer pointer;
    struct display_resize resize;
};

/* What either side says. */
union display_message {
    uint32_t type;
    union display_request request;
    struct display_hello hello;
    struct display_pointer_kind pointer_kind;
    struct display_scanout scanout;
    struct display_damage damage;
    struct display_cursor cursor;
    struct display_cursor_at cursor_at;
    struct display_ready ready;
    struct display_key key;
    struct display_pointer pointer;
};
