/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-registers.c - the legacy registers of the display adapter, one byte each: miscellaneous
 * output, sequencer, graphics, attribute and CRT controllers, palette DAC and the two status
 * registers.
 *
 * What IBM's Technical Reference calls reserved reads as zero and swallows writes; an index past a
 * block's end likewise.
 */
#include "vga-private.h"

#include "loop.h"

#define LINE_NS            31778 /* at 31.469 kHz, what every VGA text and graphics mode uses */
#define STATUS_BLANKED     0x01
#define STATUS_RETRACE     0x08
#define STATUS_SENSE       0x10 /* of input status 0: a colour monitor is there */
#define CRTC_PROTECT       0x80 /* in V_SYNC_END: registers 0-7 keep their values */
#define CRTC_COMPARE_BIT_8 0x10 /* in OVERFLOW: writable even so */
#define CRTC_LATCH         0x22 /* reads the latch of the plane that is read */
#define CRTC_ATTR_FLIPFLOP 0x24

/* Bits that exist. */
static const uint8_t seq_mask[SEQ_N] = { 0x03, 0x3d, 0x0f, 0x3f, 0x0e };
static const uint8_t gr_mask[GR_N] = { 0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff };

static uint8_t
attr_mask (unsigned index)
{
    switch (index) {
    case ATTR_MODE:
        return 0xef;
    case 0x11: /* overscan */
        return 0xff;
    case ATTR_PLANES:
        return 0x3f;
    case ATTR_PANNING:
    case ATTR_COLOR_SELECT:
        return 0x0f;
    default:
        return 0x3f;
    }
}

/* --- input status 1 ------------------------------------------------------------------ */

/* Where the beam is now follows from the clock: programs wait for retrace, some measure it. */
static uint8_t
status_read (struct vga *vga)
{
    const uint8_t *crtc = vga->r.crtc;
    uint8_t over = crtc[CRTC_OVERFLOW];
    unsigned total = (crtc[CRTC_V_TOTAL] | (over & 0x01) << 8 | (over & 0x20) << 4) + 2;
    unsigned shown = (crtc[CRTC_V_END] | (over & 0x02) << 7 | (over & 0x40) << 3) + 1;
    unsigned sync = crtc[CRTC_V_SYNC_START] | (over & 0x04) << 6 | (over & 0x80) << 2;
    unsigned sync_lines = ((crtc[CRTC_V_SYNC_END] - sync) & 0x0f) + 1;
    int64_t now = loop_now_ns ();
    unsigned line, column;
    uint8_t status = 0;

    vga->r.attr_wants_data = false;
    if (total < 200 || shown >= total || sync >= total) {
        total = 449; /* not set up: as in text mode */
        shown = 400;
        sync = 412;
    }
    line = (unsigned) (now / LINE_NS % total);
    column = (unsigned) (now % LINE_NS);
    if (line >= shown || column > LINE_NS * 4 / 5)
        status |= STATUS_BLANKED;
    if (line >= sync && line < sync + sync_lines)
        status |= STATUS_RETRACE;
    return status;
}

/* --- palette DAC --------------------------------------------------------------------- */

static void
dac_next (struct vga_registers *r)
{
    if (++r->dac_part == 3) {
        r->dac_part = 0;
        r->dac_index++;
    }
}

static uint8_t
dac_read (struct vga_registers *r)
{
    uint8_t value = r->dac[r->dac_index][r->dac_part];

    dac_next (r);
    return value;
}

/* A colour changes as a whole, with its third part. */
static void
dac_write (struct vga_registers *r, uint8_t value)
{
    if (!(r->dispi[DISPI_ENABLE] & DISPI_DAC_8BIT))
        value &= 0x3f;
    r->dac_latch[r->dac_part] = value;
    if (r->dac_part == 2)
        memcpy (r->dac[r->dac_index], r->dac_latch, 3);
    dac_next (r);
}

static void
dac_seek (struct vga_registers *r, uint8_t index, bool reads)
{
    r->dac_index = index;
    r->dac_part = 0;
    r->dac_reads = reads;
}

/* --- indexed blocks ------------------------------------------------------------------ */

static uint8_t
crtc_read (const struct vga_registers *r)
{
    if (r->crtc_index < CRTC_N)
        return r->crtc[r->crtc_index];
    if (r->crtc_index == CRTC_LATCH)
        return (uint8_t) (r->latch >> (8 * (r->gr[GR_READ_MAP] & 3)));
    if (r->crtc_index == CRTC_ATTR_FLIPFLOP)
        return r->attr_wants_data ? 0x80 : 0;
    return 0;
}

static void
crtc_write (struct vga_registers *r, uint8_t value)
{
    uint8_t index = r->crtc_index;

    if (index >= CRTC_N)
        return;
    if (index <= CRTC_OVERFLOW && (r->crtc[CRTC_V_SYNC_END] & CRTC_PROTECT)) {
        if (index != CRTC_OVERFLOW)
            return;
        value = (r->crtc[index] & ~CRTC_COMPARE_BIT_8) | (value & CRTC_COMPARE_BIT_8);
    }
    r->crtc[index] = value;
}

static void
attr_write (struct vga_registers *r, uint8_t value)
{
    uint8_t index = r->attr_index & 0x1f;

    r->attr_wants_data = !r->attr_wants_data;
    if (r->attr_wants_data) {
        r->attr_index = value & 0x3f;
        return;
    }
    /* The palette proper is the screen's while that is shown. */
    if (index < 16 && (r->attr_index & ATTR_INDEX_SHOW))
        return;
    if (index < ATTR_N)
        r->attr[index] = value & attr_mask (index);
}

static uint8_t
attr_read (const struct vga_registers *r)
{
    uint8_t index = r->attr_index & 0x1f;

    return index < ATTR_N ? r->attr[index] : 0;
}

static void
seq_write (struct vga *vga, uint8_t value)
{
    struct vga_registers *r = &vga->r;

    if (r->seq_index >= SEQ_N)
        return;
    r->seq[r->seq_index] = value & seq_mask[r->seq_index];
    vga_window_update (vga);
}

static void
gr_write (struct vga *vga, uint8_t value)
{
    struct vga_registers *r = &vga->r;

    if (r->gr_index >= GR_N)
        return;
    r->gr[r->gr_index] = value & gr_mask[r->gr_index];
    vga_window_update (vga);
}

/* --- ports --------------------------------------------------------------------------- */

/* Whether PORT of 3Bxh or 3Dxh is where the CRT controller now answers. */
static bool
is_crtc_port (const struct vga_registers *r, uint16_t port)
{
    return (port & 0xfff0) == (r->misc & MISC_COLOR ? 0x3d0 : 0x3b0);
}

static uint8_t
crtc_port_read (struct vga *vga, uint16_t port)
{
    if (!is_crtc_port (&vga->r, port))
        return 0xff;
    switch (port & 0x0f) {
    case 0x0:
    case 0x2:
    case 0x4:
    case 0x6:
        return vga->r.crtc_index;
    case 0x1:
    case 0x3:
    case 0x5:
    case 0x7:
        return crtc_read (&vga->r);
    case 0xa:
        return status_read (vga);
    default:
        return 0xff;
    }
}

static void
crtc_port_write (struct vga *vga, uint16_t port, uint8_t value)
{
    if (!is_crtc_port (&vga->r, port))
        return;
    switch (port & 0x0f) {
    case 0x4:
        vga->r.crtc_index = value;
        break;
    case 0x5:
        crtc_write (&vga->r, value);
        break;
    case 0xa:
        vga->r.feature = value & 0x03;
        break;
    }
}

uint8_t
vga_register_read (struct vga *vga, uint16_t port)
{
    struct vga_registers *r = &vga->r;

    switch (port) {
    case 0x3c0:
        return r->attr_index;
    case 0x3c1:
        return attr_read (r);
    case 0x3c2:
        return STATUS_SENSE;
    case 0x3c3:
        return r->enable;
    case 0x3c4:
        return r->seq_index;
    case 0x3c5:
        return r->seq_index < SEQ_N ? r->seq[r->seq_index] : 0;
    case 0x3c6:
        return r->dac_mask;
    case 0x3c7:
        return r->dac_reads ? 3 : 0;
    case 0x3c8:
        return r->dac_index;
    case 0x3c9:
        return dac_read (r);
    case 0x3ca:
        return r->feature;
    case 0x3cc:
        return r->misc;
    case 0x3ce:
        return r->gr_index;
    case 0x3cf:
        return r->gr_index < GR_N ? r->gr[r->gr_index] : 0;
    default:
        return crtc_port_read (vga, port);
    }
}

void
vga_register_write (struct vga *vga, uint16_t port, uint8_t value)
{
    struct vga_registers *r = &vga->r;

    switch (port) {
    case 0x3c0:
        attr_write (r, value);
        break;
    case 0x3c2:
        r->misc = value & 0xef;
        vga_window_update (vga);
        break;
    case 0x3c3:
        r->enable = value & 1;
        break;
    case 0x3c4:
        r->seq_index = value;
        break;
    case 0x3c5:
        seq_write (vga, value);
        break;
    case 0x3c6:
        r->dac_mask = value;
        break;
    case 0x3c7:
        dac_seek (r, value, true);
        break;
    case 0x3c8:
        dac_seek (r, value, false);
        break;
    case 0x3c9:
        dac_write (r, value);
        break;
    case 0x3ce:
        r->gr_index = value;
        break;
    case 0x3cf:
        gr_write (vga, value);
        break;
    default:
        crtc_port_write (vga, port, value);
        break;
    }
}
