/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pflash.c - what UEFI firmware may rely on in the flash chip with its variables.
 *
 * What the guest reads while the chip shows its bytes is a memslot; without KVM that is the memory
 * itself, so reading here looks at the block first and at the bus where no block is.
 */
#include "pflash.h"

#include <sys/mman.h>

#include "bits.h"
#include "test-machine.h"

#define BASE   0xffc00000u
#define BYTES  (16u * PFLASH_BLOCK_BYTES)
#define SHARED (VMM_VARIABLES_OFFSET + BYTES)

#define PROGRAM      0x10
#define ERASE        0x20
#define CLEAR_STATUS 0x50
#define READ_STATUS  0x70
#define CONFIRM      0xd0
#define READ_ARRAY   0xff

struct fixture {
    struct test_machine *m;
    struct vmm_variables *shared;
    uint8_t *bytes;
    struct device *chip;
    unsigned n_told;
    uint64_t told_sequence; /* when it was told last */
};

static void
changed (void *opaque)
{
    struct fixture *f = opaque;

    f->n_told++;
    f->told_sequence = f->shared->sequence;
}

static void
setup (struct fixture *f, gconstpointer data)
{
    struct pflash_config config = { .size_bytes = BYTES, .gpa = BASE, .changed = changed };

    f->m = test_machine_new ();
    f->shared = mmap (NULL, SHARED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true (f->shared != MAP_FAILED);
    f->bytes = (uint8_t *) f->shared + VMM_VARIABLES_OFFSET;
    for (unsigned i = 0; i < BYTES; i++)
        f->bytes[i] = (uint8_t) (i * 7 + 1);
    config.shared = f->shared;
    config.bytes = f->bytes;
    config.opaque = f;
    g_assert_cmpint (pflash_create (&f->m->env, &config, &f->chip), ==, 0);
    device_reset (f->chip);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->chip);
    munmap (f->shared, SHARED);
    test_machine_free (f->m);
}

/* Whether the guest's reads reach the bytes without the VMM. */
static bool
is_mapped (struct fixture *f)
{
    struct memory_block probe = {
        .name = "probe",
        .kind = MEMORY_ROM,
        .host = f->bytes,
        .size_bytes = PFLASH_BLOCK_BYTES,
        .slot = -1,
    };
    bool is_free;

    list_init (&probe.node);
    is_free = memory_map (f->m->env.memory, &probe, BASE) == 0;
    memory_unmap (f->m->env.memory, &probe);
    return !is_free;
}

static uint64_t
read_sized (struct fixture *f, unsigned offset, unsigned size)
{
    return is_mapped (f) ? load_le (f->bytes + offset, size)
                         : test_mmio_read (f->m, BASE + offset, size);
}

static uint8_t
read8 (struct fixture *f, unsigned offset)
{
    return (uint8_t) read_sized (f, offset, 1);
}

static void
write8 (struct fixture *f, unsigned offset, uint8_t value)
{
    test_mmio_write (f->m, BASE + offset, value, 1);
}

/* --- as OVMF's driver does it ---------------------------------------------------------------- */

static void
program (struct fixture *f, unsigned offset, const void *data, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        write8 (f, offset + i, PROGRAM);
        write8 (f, offset + i, ((const uint8_t *) data)[i]);
    }
    write8 (f, offset + size - 1, READ_ARRAY);
}

static void
erase (struct fixture *f, unsigned offset)
{
    write8 (f, offset, ERASE);
    write8 (f, offset, CONFIRM);
}

static void
test_detection (struct fixture *f, gconstpointer data)
{
    uint8_t original = read8 (f, 0);
    uint64_t sequence = f->shared->sequence;

    write8 (f, 0, CLEAR_STATUS);
    g_assert_cmpuint (read8 (f, 0), !=, CLEAR_STATUS); /* else it were RAM */
    write8 (f, 0, READ_STATUS);
    g_assert_cmpuint (read8 (f, 0), ==, 0); /* else it were ROM */
    g_assert_cmpuint (original, !=, 0);
    write8 (f, 0, READ_ARRAY);
    g_assert_cmpuint (read8 (f, 0), ==, original);
    g_assert_cmpuint (f->shared->sequence, ==, sequence);
}

static void
test_program (struct fixture *f, gconstpointer data)
{
    static const char text[] = "BootOrder";
    uint8_t before = f->bytes[99], after = f->bytes[100 + sizeof text];

    program (f, 100, text, sizeof text);
    g_assert_cmpmem (f->bytes + 100, sizeof text, text, sizeof text);
    g_assert_cmpuint (f->bytes[99], ==, before);
    g_assert_cmpuint (f->bytes[100 + sizeof text], ==, after);
}

static void
test_erase (struct fixture *f, gconstpointer data)
{
    uint8_t before = f->bytes[2 * PFLASH_BLOCK_BYTES - 1];
    uint8_t after = f->bytes[3 * PFLASH_BLOCK_BYTES];

    erase (f, 2 * PFLASH_BLOCK_BYTES + 17); /* anywhere in the block */
    for (unsigned i = 0; i < PFLASH_BLOCK_BYTES; i++)
        g_assert_cmpuint (f->bytes[2 * PFLASH_BLOCK_BYTES + i], ==, 0xff);
    g_assert_cmpuint (f->bytes[2 * PFLASH_BLOCK_BYTES - 1], ==, before);
    g_assert_cmpuint (f->bytes[3 * PFLASH_BLOCK_BYTES], ==, after);
}

/* Taking the memslot away for every byte would make a first boot seconds longer. */
static void
test_stays_mapped (struct fixture *f, gconstpointer data)
{
    write8 (f, 5, PROGRAM);
    g_assert_true (is_mapped (f));
    write8 (f, 5, 0xab);
    g_assert_true (is_mapped (f));
    write8 (f, 5, ERASE);
    g_assert_true (is_mapped (f));
    write8 (f, 5, CONFIRM);
    g_assert_true (is_mapped (f));
    write8 (f, 5, READ_STATUS);
    g_assert_false (is_mapped (f));
    write8 (f, 5, READ_ARRAY);
    g_assert_true (is_mapped (f));
}

static void
test_status (struct fixture *f, gconstpointer data)
{
    erase (f, 0);
    write8 (f, 0, READ_STATUS);
    g_assert_cmpuint (read8 (f, 0), ==, 0x80);
    g_assert_cmphex (read_sized (f, 1, 4), ==, 0x80808080);
    g_assert_cmphex (read_sized (f, 8, 8), ==, 0x8080808080808080ull);
    write8 (f, 0, CLEAR_STATUS);
    g_assert_cmpuint (read8 (f, 0), ==, 0);
}

static void
test_wrong_confirmation (struct fixture *f, gconstpointer data)
{
    uint8_t byte = f->bytes[0];

    write8 (f, 0, ERASE);
    write8 (f, 0, READ_ARRAY);
    g_assert_cmpuint (f->bytes[0], ==, byte);
    g_assert_cmpuint (f->shared->sequence, ==, 0);
    write8 (f, 0, READ_STATUS);
    g_assert_cmpuint (read8 (f, 0), ==, 0xb0);
    write8 (f, 0, READ_ARRAY);
    erase (f, 0); /* and works on */
    g_assert_cmpuint (f->bytes[0], ==, 0xff);
}

static void
test_unknown_command (struct fixture *f, gconstpointer data)
{
    write8 (f, 0, READ_STATUS);
    write8 (f, 0, 0x90); /* read identifier: this chip has none */
    g_assert_true (is_mapped (f));
    g_assert_cmpuint (f->shared->sequence, ==, 0);
}

static void
test_wide_program (struct fixture *f, gconstpointer data)
{
    test_mmio_write (f->m, BASE + 24, PROGRAM, 4);
    test_mmio_write (f->m, BASE + 24, 0x44332211, 4);
    g_assert_cmphex (load_le32 (f->bytes + 24), ==, 0x44332211);
}

/* A write that runs over the chip's end is as much of it as fits. */
static void
test_end (struct fixture *f, gconstpointer data)
{
    write8 (f, BYTES - 1, PROGRAM);
    test_mmio_write (f->m, BASE + BYTES - 1, 0x1234, 2);
    g_assert_cmpuint (f->bytes[BYTES - 1], ==, 0x34);
    erase (f, BYTES - 1);
    g_assert_cmpuint (f->bytes[BYTES - 1], ==, 0xff);
}

static void
test_reset (struct fixture *f, gconstpointer data)
{
    uint8_t byte = f->bytes[3];

    program (f, 0, "x", 1);
    write8 (f, 0, READ_STATUS);
    write8 (f, 3, PROGRAM);
    device_reset (f->chip);
    g_assert_true (is_mapped (f));
    write8 (f, 3, READ_STATUS); /* a command again, no datum */
    g_assert_cmpuint (read8 (f, 3), ==, 0);
    g_assert_cmpuint (f->bytes[3], ==, byte);
    g_assert_cmpuint (f->bytes[0], ==, 'x');
}

/* --- telling --------------------------------------------------------------------------------- */

static bool
was_told_all (void *opaque)
{
    struct fixture *f = opaque;

    return f->told_sequence == f->shared->sequence;
}

static void
test_tells (struct fixture *f, gconstpointer data)
{
    g_assert_cmpuint (f->shared->sequence, ==, 0);
    erase (f, 0);
    program (f, 0, "abcdefgh", 8);
    g_assert_cmpuint (f->shared->sequence, ==, 2 * 9);
    g_assert_cmpuint (f->n_told, ==, 0); /* not for each */
    test_machine_wait (f->m, was_told_all, f);
    g_assert_cmpuint (f->n_told, ==, 1);
    program (f, 0, "i", 1);
    test_machine_wait (f->m, was_told_all, f);
    g_assert_cmpuint (f->n_told, ==, 2);
}

static void
test_destroyed_before_it_told (struct fixture *f, gconstpointer data)
{
    struct pflash_config config = { .shared = f->shared,
                                    .bytes = f->bytes,
                                    .size_bytes = BYTES,
                                    .gpa = BASE,
                                    .changed = changed,
                                    .opaque = f };

    program (f, 0, "x", 1);
    device_destroy (f->chip);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->n_told, ==, 0);
    g_assert_cmphex (test_mmio_read (f->m, BASE, 1), ==, 0xff);
    g_assert_cmpint (pflash_create (&f->m->env, &config, &f->chip), ==, 0);
}

/* --- a guest gone mad ------------------------------------------------------------------------ */

static void
test_random_pokes (struct fixture *f, gconstpointer data)
{
    static const uint8_t likely[] = { PROGRAM, 0x40,    ERASE,      CLEAR_STATUS,
                                      READ_STATUS, CONFIRM, READ_ARRAY };
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);

    for (unsigned i = 0; i < 200000; i++) {
        unsigned size = 1u << g_rand_int_range (rand, 0, 4);
        unsigned offset = (unsigned) g_rand_int_range (rand, 0, BYTES);
        uint64_t value = g_rand_int (rand);

        if (g_rand_boolean (rand))
            value = likely[g_rand_int_range (rand, 0, ARRAY_SIZE (likely))];
        if (g_rand_int_range (rand, 0, 3) == 0)
            test_mmio_read (f->m, BASE + offset, size);
        else
            test_mmio_write (f->m, BASE + offset, value, size);
        if (i % 1024 == 0)
            loop_iterate (f->m->env.loop, 0);
    }
    g_assert_cmpuint (f->shared->sequence % 2, ==, 0);
    device_reset (f->chip);
    program (f, 0, "x", 1);
    device_reset (f->chip);
    test_detection (f, data);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test) (struct fixture *f, gconstpointer data);
    } tests[] = {
        { "/pflash/is-detected-as-flash", test_detection },
        { "/pflash/programs-single-bytes", test_program },
        { "/pflash/erases-the-block", test_erase },
        { "/pflash/stays-readable-through-program-and-erase", test_stays_mapped },
        { "/pflash/shows-and-clears-its-status", test_status },
        { "/pflash/wrong-confirmation-erases-nothing", test_wrong_confirmation },
        { "/pflash/unknown-command-shows-the-bytes", test_unknown_command },
        { "/pflash/programs-wide-data", test_wide_program },
        { "/pflash/writes-end-with-the-chip", test_end },
        { "/pflash/reset-forgets-commands-and-keeps-bytes", test_reset },
        { "/pflash/tells-of-many-changes-once", test_tells },
        { "/pflash/is-destroyed-with-something-to-tell", test_destroyed_before_it_told },
        { "/pflash/survives-random-pokes", test_random_pokes },
    };

    g_test_init (&argc, &argv, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE (tests); i++)
        g_test_add (tests[i].name, struct fixture, NULL, setup, tests[i].test, teardown);
    return g_test_run ();
}
