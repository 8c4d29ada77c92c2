/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga.c - fuzzing: a driver of the display adapter, in all of its modes, and watchers that come and
 * go. */
#include "fuzz-vga.h"

#include <sys/mman.h>

#include "vga-fixture.h"

static struct vga_fixture fixture;

static void
set_up (struct fuzz *f)
{
    memset (&fixture, 0, sizeof fixture);
    vga_fixture_setup (&fixture, NULL);
    /* What of the script writes guest memory finds some. */
    g_assert_cmpint (memory_map (fixture.m->env.memory, &fixture.m->ram_block, 0x100000000), ==, 0);
    f->m = fixture.m;
    f->devices[0] = fixture.vga;
    fuzz_vga_add_spaces (f);
    fuzz_add_space (f, FUZZ_MMIO, VGA_BAR2, 0x1000);
    fuzz_add_space (f, FUZZ_CONFIG, VGA_DEVFN, PCI_CONFIG_SIZE);
}

static void
place (struct fuzz *f)
{
    test_pci_place_bar (f->m, VGA_DEVFN, 0, VGA_BAR0);
    test_pci_place_bar (f->m, VGA_DEVFN, 2, VGA_BAR2);
}

static void
draw (struct fuzz *f)
{
    unsigned at = fuzz_pick (&f->script, 0x8000), n = fuzz_pick (&f->script, 32);

    for (unsigned i = 0; i < n; i++)
        test_mmio_write (f->m, 0xa0000 + (at + i * 2) % 0x20000, fuzz_take (&f->script, 2), 2);
}

static void
set_mode (struct fuzz *f)
{
    static const uint8_t modes[] = { 0x00, 0x03, 0x04, 0x0d, 0x12, 0x13 };
    static const uint8_t depths[] = { 4, 8, 15, 16, 24, 32 };
    struct fuzz_script *s = &f->script;

    if (fuzz_once_in (s, 2))
        vga_set_mode (&fixture, modes[fuzz_pick (s, ARRAY_SIZE (modes))]);
    else
        vga_set_dispi_mode (&fixture, 8 * fuzz_pick (s, 200), fuzz_pick (s, 1024),
                            depths[fuzz_pick (s, ARRAY_SIZE (depths))],
                            (unsigned) fuzz_take (s, 1) & ~1u);
}

static void
act (struct fuzz *f)
{
    static const uint8_t glyph[16] = { 0x18, 0x24, 0x42, 0x81 };
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 32);

    if (what == 0) {
        set_mode (f);
    } else if (what == 1) {
        vga_load_glyph (&fixture, 0, fuzz_pick (s, 256), glyph);
    } else if (what < 6) {
        fuzz_world_advance (20000000);
        vga_poll (&fixture);
    } else if (what == 6) {
        vga_unwatch (&fixture);
        vga_watch (&fixture);
    } else if (what < 14) {
        draw (f);
    } else {
        fuzz_vga_set_register (f);
    }
}

static void
tear_down (struct fuzz *f)
{
    vga_unwatch (&fixture);
    if (fixture.map)
        munmap (fixture.map, fixture.map_bytes);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place, .tear_down = tear_down)
