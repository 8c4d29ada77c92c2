/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-keyboard.c - a PS/2 keyboard at the end of the i8042's cable.
 *
 * Theory of operation.  One table has the set 2 and set 3 code of every key; set 1 is what the
 * controller's translation makes of set 2.  Keys do not repeat by themselves: the console's repeats
 * arrive as further presses, so typematic commands are acknowledged and forgotten.  In set 3 every
 * key makes and breaks, whatever the per-key commands ask for.
 *
 * The buffer holds PS2_KEYBOARD_BUFFER bytes, the last of which is kept for the overrun code.  A
 * press that finds no room is lost, as on a real keyboard; a release is remembered and sent as soon
 * as there is room, so that a guest that was slow does not find a key stuck.
 */
#include "ps2-keyboard.h"

#include <linux/input-event-codes.h>

#include "bits.h"

#define REPLY_ACK        0xfa
#define REPLY_RESEND     0xfe
#define REPLY_ECHO       0xee
#define REPLY_BAT_PASSED 0xaa

#define CMD_LEDS       0xed
#define CMD_ECHO       0xee
#define CMD_SCAN_SET   0xf0
#define CMD_ID         0xf2
#define CMD_RATE       0xf3
#define CMD_ENABLE     0xf4
#define CMD_DISABLE    0xf5
#define CMD_DEFAULTS   0xf6
#define CMD_ALL_REPEAT 0xf7 /* F7h to FAh: set 3, all keys */
#define CMD_ALL_BOTH   0xfa
#define CMD_KEY_FIRST  0xfb /* FBh to FDh: set 3, one key */
#define CMD_KEY_LAST   0xfd
#define CMD_RESEND     0xfe
#define CMD_RESET      0xff

#define FIRST_COMMAND                                                                              \
    CMD_LEDS /* where an argument is awaited, this and above are a new command                     \
              */

#define PREFIX_E0    0xe0
#define PREFIX_E1    0xe1
#define PREFIX_BREAK 0xf0
#define SET1_BREAK   0x80
#define OVERRUN      0x00
#define OVERRUN_SET1 0xff

#define SHIFT            (1u << 0) /* and << 1: left and right */
#define CTRL             (1u << 2)
#define ALT              (1u << 4)
#define EITHER(modifier) ((modifier)*3)

enum sysrq_form {
    SYSRQ_PLAIN,   /* with a shift of its own around it */
    SYSRQ_SHIFTED, /* shift or control is down */
    SYSRQ_ALT,     /* the SysRq of old keyboards */
};

/* E: the codes of sets 1 and 2 have the prefix E0h. */
struct key_code {
    uint8_t set2;
    uint8_t set3;
    bool is_extended;
};

#define E true

/* clang-format off */
static const struct key_code key_codes[PS2_KEYBOARD_CODES] = {
    [KEY_ESC] = { 0x76, 0x08 },
    [KEY_F1] = { 0x05, 0x07 },       [KEY_F2] = { 0x06, 0x0f },       [KEY_F3] = { 0x04, 0x17 },
    [KEY_F4] = { 0x0c, 0x1f },       [KEY_F5] = { 0x03, 0x27 },       [KEY_F6] = { 0x0b, 0x2f },
    [KEY_F7] = { 0x83, 0x37 },       [KEY_F8] = { 0x0a, 0x3f },       [KEY_F9] = { 0x01, 0x47 },
    [KEY_F10] = { 0x09, 0x4f },      [KEY_F11] = { 0x78, 0x56 },      [KEY_F12] = { 0x07, 0x5e },
    [KEY_SCROLLLOCK] = { 0x7e, 0x5f },

    [KEY_GRAVE] = { 0x0e, 0x0e },
    [KEY_1] = { 0x16, 0x16 },        [KEY_2] = { 0x1e, 0x1e },        [KEY_3] = { 0x26, 0x26 },
    [KEY_4] = { 0x25, 0x25 },        [KEY_5] = { 0x2e, 0x2e },        [KEY_6] = { 0x36, 0x36 },
    [KEY_7] = { 0x3d, 0x3d },        [KEY_8] = { 0x3e, 0x3e },        [KEY_9] = { 0x46, 0x46 },
    [KEY_0] = { 0x45, 0x45 },        [KEY_MINUS] = { 0x4e, 0x4e },    [KEY_EQUAL] = { 0x55, 0x55 },
    [KEY_BACKSPACE] = { 0x66, 0x66 },

    [KEY_TAB] = { 0x0d, 0x0d },
    [KEY_Q] = { 0x15, 0x15 },        [KEY_W] = { 0x1d, 0x1d },        [KEY_E] = { 0x24, 0x24 },
    [KEY_R] = { 0x2d, 0x2d },        [KEY_T] = { 0x2c, 0x2c },        [KEY_Y] = { 0x35, 0x35 },
    [KEY_U] = { 0x3c, 0x3c },        [KEY_I] = { 0x43, 0x43 },        [KEY_O] = { 0x44, 0x44 },
    [KEY_P] = { 0x4d, 0x4d },        [KEY_LEFTBRACE] = { 0x54, 0x54 },
    [KEY_RIGHTBRACE] = { 0x5b, 0x5b }, [KEY_BACKSLASH] = { 0x5d, 0x5c },

    [KEY_CAPSLOCK] = { 0x58, 0x14 },
    [KEY_A] = { 0x1c, 0x1c },        [KEY_S] = { 0x1b, 0x1b },        [KEY_D] = { 0x23, 0x23 },
    [KEY_F] = { 0x2b, 0x2b },        [KEY_G] = { 0x34, 0x34 },        [KEY_H] = { 0x33, 0x33 },
    [KEY_J] = { 0x3b, 0x3b },        [KEY_K] = { 0x42, 0x42 },        [KEY_L] = { 0x4b, 0x4b },
    [KEY_SEMICOLON] = { 0x4c, 0x4c }, [KEY_APOSTROPHE] = { 0x52, 0x52 },
    [KEY_ENTER] = { 0x5a, 0x5a },

    [KEY_LEFTSHIFT] = { 0x12, 0x12 }, [KEY_102ND] = { 0x61, 0x13 },
    [KEY_Z] = { 0x1a, 0x1a },        [KEY_X] = { 0x22, 0x22 },        [KEY_C] = { 0x21, 0x21 },
    [KEY_V] = { 0x2a, 0x2a },        [KEY_B] = { 0x32, 0x32 },        [KEY_N] = { 0x31, 0x31 },
    [KEY_M] = { 0x3a, 0x3a },        [KEY_COMMA] = { 0x41, 0x41 },    [KEY_DOT] = { 0x49, 0x49 },
    [KEY_SLASH] = { 0x4a, 0x4a },    [KEY_RIGHTSHIFT] = { 0x59, 0x59 },

    [KEY_LEFTCTRL] = { 0x14, 0x11 }, [KEY_LEFTMETA] = { 0x1f, 0x8b, E },
    [KEY_LEFTALT] = { 0x11, 0x19 },
    [KEY_SPACE] = { 0x29, 0x29 },    [KEY_RIGHTALT] = { 0x11, 0x39, E },
    [KEY_RIGHTMETA] = { 0x27, 0x8c, E }, [KEY_COMPOSE] = { 0x2f, 0x8d, E },
    [KEY_RIGHTCTRL] = { 0x14, 0x58, E },

    [KEY_INSERT] = { 0x70, 0x67, E }, [KEY_HOME] = { 0x6c, 0x6e, E },
    [KEY_PAGEUP] = { 0x7d, 0x6f, E },
    [KEY_DELETE] = { 0x71, 0x64, E }, [KEY_END] = { 0x69, 0x65, E },
    [KEY_PAGEDOWN] = { 0x7a, 0x6d, E },
    [KEY_UP] = { 0x75, 0x63, E }, [KEY_LEFT] = { 0x6b, 0x61, E },
    [KEY_DOWN] = { 0x72, 0x60, E },
    [KEY_RIGHT] = { 0x74, 0x6a, E },

    [KEY_NUMLOCK] = { 0x77, 0x76 }, [KEY_KPSLASH] = { 0x4a, 0x77, E },
    [KEY_KPASTERISK] = { 0x7c, 0x7e },
    [KEY_KPMINUS] = { 0x7b, 0x84 }, [KEY_KPPLUS] = { 0x79, 0x7c },
    [KEY_KPENTER] = { 0x5a, 0x79, E },
    [KEY_KP7] = { 0x6c, 0x6c },      [KEY_KP8] = { 0x75, 0x75 },      [KEY_KP9] = { 0x7d, 0x7d },
    [KEY_KP4] = { 0x6b, 0x6b },      [KEY_KP5] = { 0x73, 0x73 },      [KEY_KP6] = { 0x74, 0x74 },
    [KEY_KP1] = { 0x69, 0x69 },      [KEY_KP2] = { 0x72, 0x72 },      [KEY_KP3] = { 0x7a, 0x7a },
    [KEY_KP0] = { 0x70, 0x70 },      [KEY_KPDOT] = { 0x71, 0x71 },
    [KEY_KPEQUAL] = { 0x0f },        [KEY_KPCOMMA] = { 0x6d },

    /* Japanese keyboards. */
    [KEY_RO] = { 0x51, 0x51 },       [KEY_YEN] = { 0x6a, 0x5d },      [KEY_HENKAN] = { 0x64, 0x86 },
    [KEY_MUHENKAN] = { 0x67, 0x85 }, [KEY_KATAKANAHIRAGANA] = { 0x13, 0x87 },
    [KEY_ZENKAKUHANKAKU] = { 0x5f }, [KEY_HIRAGANA] = { 0x62 },       [KEY_KATAKANA] = { 0x63 },

    [KEY_F13] = { 0x08 },            [KEY_F14] = { 0x10 },            [KEY_F15] = { 0x18 },
    [KEY_F16] = { 0x20 },            [KEY_F17] = { 0x28 },            [KEY_F18] = { 0x30 },
    [KEY_F19] = { 0x38 },            [KEY_F20] = { 0x40 },            [KEY_F21] = { 0x48 },
    [KEY_F22] = { 0x50 },            [KEY_F23] = { 0x57 },            [KEY_F24] = { 0x5f },

    /* Multimedia and power keys. */
    [KEY_SEARCH] = { 0x10, 0, E }, [KEY_PREVIOUSSONG] = { 0x15, 0, E },
    [KEY_BOOKMARKS] = { 0x18, 0, E },
    [KEY_REFRESH] = { 0x20, 0, E },  [KEY_VOLUMEDOWN] = { 0x21, 0, E }, [KEY_MUTE] = { 0x23, 0, E },
    [KEY_STOP] = { 0x28, 0, E }, [KEY_CALC] = { 0x2b, 0, E },
    [KEY_FORWARD] = { 0x30, 0, E },
    [KEY_VOLUMEUP] = { 0x32, 0, E }, [KEY_PLAYPAUSE] = { 0x34, 0, E }, [KEY_POWER] = { 0x37, 0, E },
    [KEY_BACK] = { 0x38, 0, E }, [KEY_HOMEPAGE] = { 0x3a, 0, E },
    [KEY_STOPCD] = { 0x3b, 0, E },
    [KEY_SLEEP] = { 0x3f, 0, E },    [KEY_COMPUTER] = { 0x40, 0, E },  [KEY_MAIL] = { 0x48, 0, E },
    [KEY_NEXTSONG] = { 0x4d, 0, E }, [KEY_MEDIA] = { 0x50, 0, E },
    [KEY_WAKEUP] = { 0x5e, 0, E },
};

/* The controller's translation table. */
static const uint8_t translation[128] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
};
/* clang-format on */

#undef E

uint8_t
ps2_keyboard_translate (uint8_t set2)
{
    if (set2 < ARRAY_SIZE (translation))
        return translation[set2];
    switch (set2) {
    case 0x83: /* F7 */
        return 0x41;
    case 0x84: /* SysRq */
        return 0x54;
    default: /* replies and prefixes pass */
        return set2;
    }
}

/* --- keys ------------------------------------------------------------------------------------ */

/* The bytes of one key event; the longest is Pause. */
struct sequence {
    uint8_t bytes[8];
    unsigned length;
};

static void
add_byte (struct sequence *seq, uint8_t byte)
{
    if (seq->length < sizeof seq->bytes)
        seq->bytes[seq->length++] = byte;
}

/* One make or break code of set 1 or 2; PREFIX may be 0. */
static void
add_code (struct sequence *seq, unsigned set, uint8_t prefix, uint8_t set2, bool down)
{
    if (prefix)
        add_byte (seq, prefix);
    if (set == 1) {
        add_byte (seq, ps2_keyboard_translate (set2) | (down ? 0 : SET1_BREAK));
        return;
    }
    if (!down)
        add_byte (seq, PREFIX_BREAK);
    add_byte (seq, set2);
}

static void
add_set3 (struct sequence *seq, uint8_t set3, bool down)
{
    if (set3 == 0)
        return;
    if (!down)
        add_byte (seq, PREFIX_BREAK);
    add_byte (seq, set3);
}

static void
add_sysrq (struct sequence *seq, unsigned set, enum sysrq_form form, bool down)
{
    switch (form) {
    case SYSRQ_PLAIN:
        if (down)
            add_code (seq, set, PREFIX_E0, 0x12, true);
        add_code (seq, set, PREFIX_E0, 0x7c, down);
        if (!down)
            add_code (seq, set, PREFIX_E0, 0x12, false);
        break;
    case SYSRQ_SHIFTED:
        add_code (seq, set, PREFIX_E0, 0x7c, down);
        break;
    case SYSRQ_ALT:
        add_code (seq, set, 0, 0x84, down);
        break;
    }
}

/* Pause makes and breaks at once, and says nothing when it is let go. */
static void
add_pause (struct sequence *seq, unsigned set, bool with_ctrl)
{
    if (with_ctrl) {
        add_code (seq, set, PREFIX_E0, 0x7e, true);
        add_code (seq, set, PREFIX_E0, 0x7e, false);
        return;
    }
    add_code (seq, set, PREFIX_E1, 0x14, true);
    add_code (seq, set, 0, 0x77, true);
    add_code (seq, set, PREFIX_E1, 0x14, false);
    add_code (seq, set, 0, 0x77, false);
}

static enum sysrq_form
sysrq_form_now (const struct ps2_keyboard *self)
{
    if (self->shift_state & EITHER (ALT))
        return SYSRQ_ALT;
    if (self->shift_state & (EITHER (SHIFT) | EITHER (CTRL)))
        return SYSRQ_SHIFTED;
    return SYSRQ_PLAIN;
}

/* What the keyboard says when CODE goes down or up; nothing for a key it does not have. */
static struct sequence
encode_key (struct ps2_keyboard *self, unsigned code, bool down)
{
    const struct key_code *key = &key_codes[code];
    struct sequence seq = { .length = 0 };

    if (self->set == 3) {
        add_set3 (&seq, code == KEY_SYSRQ ? 0x57 : code == KEY_PAUSE ? 0x62 : key->set3, down);
    } else if (code == KEY_SYSRQ) {
        if (down)
            self->sysrq_form = sysrq_form_now (self);
        add_sysrq (&seq, self->set, self->sysrq_form, down);
    } else if (code == KEY_PAUSE) {
        if (down)
            add_pause (&seq, self->set, self->shift_state & EITHER (CTRL));
    } else if (key->set2 != 0) {
        add_code (&seq, self->set, key->is_extended ? PREFIX_E0 : 0, key->set2, down);
    }
    return seq;
}

/* Puts all of SEQ into the buffer, or nothing; the buffer's last place is for the overrun code. */
static bool
put_sequence (struct ps2_keyboard *self, const struct sequence *seq)
{
    if (self->keys.count + seq->length > PS2_KEYBOARD_BUFFER - 1)
        return false;
    for (unsigned i = 0; i < seq->length; i++)
        ps2_queue_push (&self->keys, seq->bytes[i]);
    self->is_overrun = false;
    return true;
}

/* Says once that keys were lost. */
static void
put_overrun (struct ps2_keyboard *self)
{
    if (self->is_overrun || self->keys.count >= PS2_KEYBOARD_BUFFER)
        return;
    self->is_overrun = true;
    ps2_queue_push (&self->keys, self->set == 1 ? OVERRUN_SET1 : OVERRUN);
}

static bool
get_bit (const uint64_t *bits, unsigned code)
{
    return bits[code / 64] >> (code % 64) & 1;
}

static void
set_bit (uint64_t *bits, unsigned code, bool on)
{
    if (on)
        bits[code / 64] |= BIT_ULL (code % 64);
    else
        bits[code / 64] &= ~BIT_ULL (code % 64);
}

/* Sends what releases are owed, as long as there is room. */
static void
pay_releases (struct ps2_keyboard *self)
{
    for (unsigned i = 0; i < ARRAY_SIZE (self->owed); i++) {
        while (self->owed[i] != 0) {
            unsigned code = i * 64 + (unsigned)__builtin_ctzll (self->owed[i]);
            struct sequence seq = encode_key (self, code, false);

            if (!put_sequence (self, &seq))
                return;
            set_bit (self->owed, code, false);
            set_bit (self->told, code, false);
        }
    }
}

static void
press (struct ps2_keyboard *self, unsigned code)
{
    struct sequence seq = encode_key (self, code, true);

    if (seq.length == 0)
        return;
    set_bit (self->owed, code, false); /* pressed again before its release was sent: held on */
    if (put_sequence (self, &seq))
        set_bit (self->told, code, true);
    else
        put_overrun (self);
}

static void
release (struct ps2_keyboard *self, unsigned code)
{
    struct sequence seq;

    if (!get_bit (self->told, code))
        return;
    seq = encode_key (self, code, false);
    if (put_sequence (self, &seq))
        set_bit (self->told, code, false);
    else
        set_bit (self->owed, code, true);
}

static void
track_modifiers (struct ps2_keyboard *self, unsigned code, bool down)
{
    unsigned bit = code == KEY_LEFTSHIFT    ? SHIFT
                   : code == KEY_RIGHTSHIFT ? SHIFT << 1
                   : code == KEY_LEFTCTRL   ? CTRL
                   : code == KEY_RIGHTCTRL  ? CTRL << 1
                   : code == KEY_LEFTALT    ? ALT
                   : code == KEY_RIGHTALT   ? ALT << 1
                                            : 0;

    if (down)
        self->shift_state |= (uint8_t)bit;
    else
        self->shift_state &= (uint8_t)~bit;
}

void
ps2_keyboard_key (struct ps2_keyboard *self, unsigned code, bool down)
{
    if (code >= PS2_KEYBOARD_CODES)
        return;
    track_modifiers (self, code, down);
    if (!self->is_scanning)
        return;
    if (down)
        press (self, code);
    else
        release (self, code);
}

/* --- commands -------------------------------------------------------------------------------- */

static void
reply (struct ps2_keyboard *self, uint8_t byte)
{
    ps2_queue_push (&self->replies, byte); /* a host that reads nothing loses replies */
}

static void
forget_keys (struct ps2_keyboard *self)
{
    ps2_queue_clear (&self->keys);
    self->last_key = 0;
    self->is_overrun = false;
    memset (self->told, 0, sizeof self->told);
    memset (self->owed, 0, sizeof self->owed);
}

static void
set_defaults (struct ps2_keyboard *self)
{
    forget_keys (self);
    self->set = 2;
}

void
ps2_keyboard_reset (struct ps2_keyboard *self)
{
    uint8_t shift_state = self->shift_state; /* fingers stay where they are */

    memset (self, 0, sizeof *self);
    self->shift_state = shift_state;
    self->set = 2;
    self->is_scanning = true;
}

static void
receive_argument (struct ps2_keyboard *self, uint8_t command, uint8_t byte)
{
    switch (command) {
    case CMD_LEDS:
        self->leds = byte & 7;
        reply (self, REPLY_ACK);
        break;
    case CMD_SCAN_SET:
        if (byte > 3) {
            self->awaited = CMD_SCAN_SET;
            reply (self, REPLY_RESEND);
            break;
        }
        reply (self, REPLY_ACK);
        if (byte == 0)
            reply (self, self->set);
        else if (byte != self->set) {
            forget_keys (self); /* the host could not take them apart */
            self->set = byte;
        }
        break;
    default: /* a rate, or a key of set 3 */
        reply (self, REPLY_ACK);
        break;
    }
}

static void
receive_command (struct ps2_keyboard *self, uint8_t byte)
{
    switch (byte) {
    case CMD_ECHO:
        reply (self, REPLY_ECHO);
        return;
    case CMD_RESEND:
        reply (self, self->last_sent);
        return;
    case CMD_LEDS:
    case CMD_SCAN_SET:
    case CMD_RATE:
    case CMD_KEY_FIRST ... CMD_KEY_LAST:
        self->awaited = byte;
        break;
    case CMD_ID:
        reply (self, REPLY_ACK);
        reply (self, 0xab);
        reply (self, 0x83);
        return;
    case CMD_ENABLE:
        forget_keys (self);
        self->is_scanning = true;
        break;
    case CMD_DISABLE:
        set_defaults (self);
        self->is_scanning = false;
        break;
    case CMD_DEFAULTS:
        set_defaults (self);
        break;
    case CMD_ALL_REPEAT ... CMD_ALL_BOTH:
        break;
    case CMD_RESET:
        ps2_keyboard_reset (self);
        reply (self, REPLY_ACK);
        reply (self, REPLY_BAT_PASSED);
        return;
    default:
        reply (self, REPLY_RESEND);
        return;
    }
    reply (self, REPLY_ACK);
}

void
ps2_keyboard_receive (struct ps2_keyboard *self, uint8_t byte)
{
    uint8_t awaited = self->awaited;

    self->awaited = 0;
    if (awaited && byte < FIRST_COMMAND)
        receive_argument (self, awaited, byte);
    else
        receive_command (self, byte);
}

static bool
is_prefix (uint8_t byte)
{
    return byte == PREFIX_E0 || byte == PREFIX_E1 || byte == PREFIX_BREAK;
}

bool
ps2_keyboard_send (struct ps2_keyboard *self, uint8_t *byte)
{
    bool in_key = is_prefix (self->last_key) && self->keys.count > 0;

    if (!in_key && ps2_queue_pop (&self->replies, byte)) {
        self->last_sent = *byte;
        return true;
    }
    if (!ps2_queue_pop (&self->keys, byte))
        return false;
    self->last_key = self->last_sent = *byte;
    pay_releases (self);
    return true;
}
