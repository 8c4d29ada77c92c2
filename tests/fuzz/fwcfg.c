/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwcfg.c - fuzzing: firmware that reads and writes the configuration device, by port and by DMA. */
#define _GNU_SOURCE
#include "fwcfg.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define CONTROL_BITS 6

static struct fwcfg *fwcfg;
static int kernel = -1; /* a file behind a key; the same for all inputs */

static void
written_cb (void *opaque, const void *data, size_t size)
{
    static uint8_t copy[FWCFG_MAX_WRITABLE];

    memcpy (copy, data, size); /* looked at by the sanitizer */
}

static void
set_up (struct fuzz *f)
{
    static const char text[] = "contents of some file";

    if (kernel < 0)
        kernel = memfd_create ("kernel", MFD_CLOEXEC);
    if (kernel < 0 || ftruncate (kernel, 20000) < 0)
        abort ();
    f->m = test_machine_new ();
    if (fwcfg_create (&f->m->env, &fwcfg) < 0 || fwcfg_add_number (fwcfg, FWCFG_N_CPUS, 4, 2) < 0
        || fwcfg_add_file (fwcfg, "etc/file", text, sizeof text) < 0
        || fwcfg_add_file (fwcfg, "bootorder", text, 3) < 0
        || fwcfg_add_writable_file (fwcfg, "etc/written", 8, written_cb, f) < 0
        || fwcfg_add_writable_file (fwcfg, "etc/more", FWCFG_MAX_WRITABLE, written_cb, f) < 0)
        abort ();
    fwcfg_add_file_key (fwcfg, FWCFG_KERNEL, kernel, 512, 18000);
    fuzz_add_space (f, FUZZ_PORTS, 0x510, 12);
}

static unsigned
pick_key (struct fuzz_script *s)
{
    static const uint8_t keys[] = {
        FWCFG_SIGNATURE, FWCFG_N_CPUS, FWCFG_KERNEL, FWCFG_DIRECTORY, 0x20, 0x21, 0x22, 0x23, 0x24
    };

    return fuzz_once_in (s, 8) ? (unsigned) fuzz_take (s, 2)
                               : keys[fuzz_pick (s, ARRAY_SIZE (keys))];
}

/* A request for DMA, nearly right. */
static void
request (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    gpa_t at = fuzz_gpa (s);
    uint8_t *p = memory_at (f->m->env.memory, at, 16);
    uint32_t control = fuzz_pick (s, BIT (CONTROL_BITS));

    if (p) {
        store_be32 (p, control | pick_key (s) << 16);
        store_be32 (p + 4, fuzz_once_in (s, 4) ? (uint32_t) fuzz_number (s) : fuzz_pick (s, 80));
        store_be64 (p + 8, fuzz_gpa (s));
    }
    test_out32 (f->m, 0x514, htobe32 ((uint32_t) (at >> 32)));
    test_out32 (f->m, 0x518, htobe32 ((uint32_t) at));
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;

    if (fuzz_once_in (s, 3)) {
        test_out16 (f->m, 0x510, (uint16_t) pick_key (s));
        for (unsigned n = fuzz_pick (s, 256); n > 0; n--)
            test_in8 (f->m, 0x511);
    } else {
        request (f);
    }
}

static void
reset (struct fuzz *f)
{
    fwcfg_reset (fwcfg);
}

static void
tear_down (struct fuzz *f)
{
    fwcfg_destroy (fwcfg);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .reset = reset, .tear_down = tear_down)
