/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edid.c - what the monitor says of itself: one block of VESA E-EDID 1.4.
 *
 * The preferred mode is the machine's choice, with the timing CVT 1.2 calls reduced blanking: the
 * adapter has no clock, but drivers work out a refresh rate and expect 60 Hz.  Other modes offered
 * are sizes only.  With 12 bits a side the format ends at 4095 pixels.
 */
#include "edid.h"

#include <string.h>

#include "bits.h"

#define MANUFACTURER 0x5a92 /* "VTR", five bits a letter, A is 1 */
#define MADE_IN_YEAR (2024 - 1990)
#define DPI          96

/* CVT 1.2, reduced blanking. */
#define H_BLANK       160
#define H_FRONT       48
#define H_SYNC        32
#define V_FRONT       3
#define V_SYNC        10
#define V_BACK_LEAST  6
#define V_BLANK_NS    460000
#define REFRESH_HZ    60
#define CLOCK_STEP_HZ 250000

static unsigned
millimetres (unsigned pixels)
{
    return (pixels * 254 + DPI * 5) / (DPI * 10);
}

/* Lines of vertical blanking: at least 460 us of them. */
static unsigned
vertical_blank (unsigned height)
{
    unsigned line_ns = (1000000000 / REFRESH_HZ - V_BLANK_NS) / height;
    unsigned lines = V_BLANK_NS / line_ns + 1;

    return MAX_OF (lines, V_FRONT + V_SYNC + V_BACK_LEAST);
}

/* §3.10.2: detailed timing descriptor. */
static void
put_timing (uint8_t *d, unsigned width, unsigned height)
{
    unsigned v_blank = vertical_blank (height);
    uint64_t clock_hz = (uint64_t) (width + H_BLANK) * (height + v_blank) * REFRESH_HZ;
    unsigned width_mm = millimetres (width), height_mm = millimetres (height);

    clock_hz -= clock_hz % CLOCK_STEP_HZ;
    store_le16 (d, (uint16_t) MIN_OF (clock_hz / 10000, UINT16_MAX));
    d[2] = (uint8_t) width;
    d[3] = H_BLANK;
    d[4] = (uint8_t) (width >> 8 << 4);
    d[5] = (uint8_t) height;
    d[6] = (uint8_t) v_blank;
    d[7] = (uint8_t) (height >> 8 << 4 | v_blank >> 8);
    d[8] = H_FRONT;
    d[9] = H_SYNC;
    d[10] = (V_FRONT & 0xf) << 4 | (V_SYNC & 0xf);
    d[11] = 0;
    d[12] = (uint8_t) width_mm;
    d[13] = (uint8_t) height_mm;
    d[14] = (uint8_t) (width_mm >> 8 << 4 | height_mm >> 8);
    d[17] = 0x1a; /* digital, separate sync, horizontal positive */
}

/* §3.10.3: display descriptors. */
static void
put_name (uint8_t *d, const char *name)
{
    size_t len = strlen (name);

    d[3] = 0xfc;
    memset (d + 5, ' ', 13);
    memcpy (d + 5, name, len);
    d[5 + len] = '\n';
}

static void
put_range_limits (uint8_t *d)
{
    d[3] = 0xfd;
    d[5] = 50; /* Hz, vertical */
    d[6] = 125;
    d[7] = 30; /* kHz, horizontal */
    d[8] = 255;
    d[9] = 255;   /* 10 MHz, clock */
    d[10] = 0x01; /* limits only */
    d[11] = '\n';
    memset (d + 12, ' ', 6);
}

/* §3.9: eight sizes at 60 Hz, two bytes each. */
static void
put_standard_timings (uint8_t *d)
{
    enum aspect { A16_10, A4_3, A5_4, A16_9 };
    static const struct {
        unsigned width;
        enum aspect aspect;
    } sizes[8] = {
        { 1920, A16_9 }, { 1680, A16_10 }, { 1600, A4_3 },  { 1440, A16_10 },
        { 1280, A5_4 },  { 1280, A16_10 }, { 1280, A16_9 }, { 1024, A4_3 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE (sizes); i++) {
        d[2 * i] = (uint8_t) (sizes[i].width / 8 - 31);
        d[2 * i + 1] = (uint8_t) (sizes[i].aspect << 6 | (60 - 60));
    }
}

void
edid_fill (uint8_t *edid, unsigned width, unsigned height)
{
    static const uint8_t header[8] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 };
    /* §3.7: sRGB's primaries and white point. */
    static const uint8_t chromaticity[10] = { 0xee, 0x91, 0xa3, 0x54, 0x4c,
                                              0x99, 0x26, 0x0f, 0x50, 0x54 };
    uint8_t sum = 0;

    memset (edid, 0, EDID_BYTES);
    memcpy (edid, header, sizeof header);
    store_be16 (edid + 8, MANUFACTURER);
    store_le16 (edid + 10, 0x0001);
    edid[16] = 1; /* week */
    edid[17] = MADE_IN_YEAR;
    edid[18] = 1; /* 1.4 */
    edid[19] = 4;
    edid[20] = 0xa5; /* digital, 8 bits a colour, DisplayPort */
    edid[21] = (uint8_t) MIN_OF ((millimetres (width) + 5) / 10, 255u);
    edid[22] = (uint8_t) MIN_OF ((millimetres (height) + 5) / 10, 255u);
    edid[23] = 120;  /* gamma 2.2 */
    edid[24] = 0x06; /* sRGB, the preferred timing is the native one */
    memcpy (edid + 25, chromaticity, sizeof chromaticity);
    edid[35] = 0x21; /* 640x480, 800x600 at 60 Hz */
    edid[36] = 0x08; /* 1024x768 at 60 Hz */
    put_standard_timings (edid + 38);
    put_timing (edid + 54, width, height);
    put_range_limits (edid + 72);
    put_name (edid + 90, "Vitrine");
    edid[108 + 3] = 0x10; /* no descriptor */
    for (unsigned i = 0; i < EDID_BYTES - 1; i++)
        sum += edid[i];
    edid[EDID_BYTES - 1] = (uint8_t) -sum;
}
