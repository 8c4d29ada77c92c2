/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pflash.c - fuzzing: firmware that reads, erases and programs the flash chip. */
#include "pflash.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz.h"

#define BASE   0xffc00000u
#define BYTES  (16u * PFLASH_BLOCK_BYTES)
#define SHARED (VMM_VARIABLES_OFFSET + BYTES)

static struct vmm_variables *shared;

static void
changed (void *opaque)
{
}

static void
set_up (struct fuzz *f)
{
    struct pflash_config config = { .size_bytes = BYTES, .gpa = BASE, .changed = changed };

    f->m = test_machine_new ();
    shared = mmap (NULL, SHARED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort ();
    config.shared = shared;
    config.bytes = (uint8_t *) shared + VMM_VARIABLES_OFFSET;
    if (pflash_create (&f->m->env, &config, &f->devices[0]) < 0)
        abort ();
    device_reset (f->devices[0]);
    fuzz_add_space (f, FUZZ_MMIO, BASE, 0x20);
    fuzz_add_space (f, FUZZ_MMIO, BASE, BYTES);
    fuzz_add_space (f, FUZZ_MMIO, BASE + BYTES - 16, 24);
}

/* A command and what follows it. */
static void
act (struct fuzz *f)
{
    static const uint8_t commands[] = {
        0x10, 0x40, 0x20, 0x50, 0x70, 0x90, 0x98, 0xd0, 0xe8, 0xff
    };
    struct fuzz_script *s = &f->script;
    uint64_t at = BASE + fuzz_take (s, 2) % BYTES;

    test_mmio_write (f->m, at, commands[fuzz_pick (s, ARRAY_SIZE (commands))], 1);
    if (fuzz_once_in (s, 2))
        test_mmio_write (f->m, at, fuzz_once_in (s, 2) ? 0xd0 : fuzz_number (s),
                         1u << fuzz_pick (s, 4));
    test_mmio_read (f->m, at, 1u << fuzz_pick (s, 4));
}

/* Whatever was done, changes came to their end. */
static void
tear_down (struct fuzz *f)
{
    g_assert_cmpuint (shared->sequence % 2, ==, 0);
}

static void
finish (struct fuzz *f)
{
    munmap (shared, SHARED);
    test_machine_free (f->m);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .tear_down = tear_down, .finish = finish)
