/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwcfg.c - the firmware configuration device, driven as SeaBIOS and OVMF drive it, and worse. */
#include "fwcfg.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "test-machine.h"

#define REQUEST_GPA 0x1000
#define BUFFER_GPA  0x2000
#define OUTSIDE_GPA 0x40000000 /* no RAM there */

#define READ   BIT (1)
#define SKIP   BIT (2)
#define SELECT BIT (3)
#define WRITE  BIT (4)

struct fixture {
    struct test_machine *m;
    struct fwcfg *fwcfg;
    unsigned n_written;
    uint8_t written[FWCFG_MAX_WRITABLE];
    size_t written_bytes;
};

static void
written_cb (void *opaque, const void *data, size_t size)
{
    struct fixture *f = opaque;

    f->n_written++;
    f->written_bytes = size;
    memcpy (f->written, data, size);
}

static void
setup (struct fixture *f, gconstpointer data)
{
    f->m = test_machine_new ();
    g_assert_cmpint (fwcfg_create (&f->m->env, &f->fwcfg), ==, 0);
    g_assert_cmpint (fwcfg_add_number (f->fwcfg, FWCFG_N_CPUS, 0x1234, 2), ==, 0);
    g_assert_cmpint (fwcfg_add_file (f->fwcfg, "etc/second", "second file", 11), ==, 0);
    g_assert_cmpint (fwcfg_add_file (f->fwcfg, "bootorder", "abc", 3), ==, 0);
    g_assert_cmpint (fwcfg_add_writable_file (f->fwcfg, "etc/written", 8, written_cb, f), ==, 0);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    fwcfg_destroy (f->fwcfg);
    test_machine_free (f->m);
}

static void
read_key (struct fixture *f, uint16_t key, void *buf, size_t size)
{
    test_out16 (f->m, 0x510, key);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buf)[i] = test_in8 (f->m, 0x511);
}

static void
assert_key (struct fixture *f, uint16_t key, const void *expected, size_t size)
{
    g_autofree uint8_t *buf = g_malloc (size);

    read_key (f, key, buf, size);
    g_assert_cmpmem (buf, size, expected, size);
}

/* Finds NAME in the directory, as firmware does; its key, and its size in *SIZE. */
static uint16_t
find_file (struct fixture *f, const char *name, uint32_t *size)
{
    uint8_t count[4], entry[64];

    read_key (f, FWCFG_DIRECTORY, count, sizeof count);
    for (uint32_t i = 0; i < load_be32 (count); i++) {
        for (unsigned k = 0; k < sizeof entry; k++)
            entry[k] = test_in8 (f->m, 0x511);
        if (strcmp ((char *)entry + 8, name) == 0) {
            *size = load_be32 (entry);
            return load_be16 (entry + 4);
        }
    }
    g_error ("no file %s", name);
}

static uint16_t
key_of (struct fixture *f, const char *name)
{
    uint32_t size;

    return find_file (f, name, &size);
}

/* Puts a request at GPA, rings, and returns the control word the device left. */
static uint32_t
dma_at (struct fixture *f, gpa_t gpa, uint32_t control, uint32_t length, uint64_t address)
{
    store_be32 (f->m->ram + gpa, control);
    store_be32 (f->m->ram + gpa + 4, length);
    store_be64 (f->m->ram + gpa + 8, address);
    test_out32 (f->m, 0x514, htobe32 ((uint32_t)(gpa >> 32)));
    test_out32 (f->m, 0x518, htobe32 ((uint32_t)gpa));
    return load_be32 (f->m->ram + gpa);
}

static uint32_t
dma (struct fixture *f, uint32_t control, uint32_t length, uint64_t address)
{
    return dma_at (f, REQUEST_GPA, control, length, address);
}

/* --- ports ----------------------------------------------------------------------------------- */

static void
test_signature (struct fixture *f, gconstpointer data)
{
    assert_key (f, FWCFG_SIGNATURE, "QEMU\0\0\0", 7);
    assert_key (f, FWCFG_ID, "\3\0\0\0", 4);
    assert_key (f, FWCFG_N_CPUS, "\x34\x12\0", 3);
}

static void
test_directory (struct fixture *f, gconstpointer data)
{
    static const char *const names[] = { "bootorder", "etc/second", "etc/written" };
    uint8_t directory[4 + 3 * 64 + 1];
    uint32_t size;

    read_key (f, FWCFG_DIRECTORY, directory, sizeof directory);
    g_assert_cmpuint (load_be32 (directory), ==, 3);
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *entry = directory + 4 + 64 * i;

        g_assert_cmpstr ((const char *)entry + 8, ==, names[i]);
        g_assert_cmpuint (load_be16 (entry + 4), ==, FWCFG_FILE_FIRST + i);
    }
    g_assert_cmpuint (directory[4 + 3 * 64], ==, 0);
    assert_key (f, find_file (f, "etc/second", &size), "second file\0\0", 13);
    g_assert_cmpuint (size, ==, 11);
    assert_key (f, find_file (f, "bootorder", &size), "abc", 3);
    g_assert_cmpuint (size, ==, 3);
}

static void
test_unknown (struct fixture *f, gconstpointer data)
{
    static const uint16_t keys[] = { 0x02, 0x18, 0x1f, 0x23, 0x3fff, 0x8000, 0x8003, 0xffff };

    for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
        assert_key (f, keys[i], "\0\0\0\0\0\0\0", 8);
    assert_key (f, 0x4000 | FWCFG_SIGNATURE, "QEMU", 4); /* the write channel of old */
}

static void
test_other_widths (struct fixture *f, gconstpointer data)
{
    test_out16 (f->m, 0x510, FWCFG_SIGNATURE);
    test_out8 (f->m, 0x510, FWCFG_ID); /* not a selection */
    g_assert_cmphex (test_in16 (f->m, 0x510), ==, 0xffff);
    g_assert_cmphex (test_in8 (f->m, 0x510), ==, 0xff);
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, 'Q');
    test_out8 (f->m, 0x511, 'x');
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, 'E');
}

static void
test_reset (struct fixture *f, gconstpointer data)
{
    uint16_t key = key_of (f, "etc/written");

    test_out16 (f->m, 0x510, key_of (f, "etc/second"));
    fwcfg_reset (f->fwcfg);
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, 'Q');

    memcpy (f->m->ram + BUFFER_GPA, "12345678", 8);
    g_assert_cmphex (dma (f, (uint32_t)key << 16 | SELECT | WRITE, 8, BUFFER_GPA), ==, 0);
    assert_key (f, key, "12345678", 8);
    fwcfg_reset (f->fwcfg);
    assert_key (f, key, "\0\0\0\0\0\0\0", 8);
}

static void
test_full (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 3; i < FWCFG_MAX_FILES; i++) {
        g_autofree char *name = g_strdup_printf ("file%u", i);

        g_assert_cmpint (fwcfg_add_file (f->fwcfg, name, &i, sizeof i), ==, 0);
    }
    g_assert_cmpint (fwcfg_add_file (f->fwcfg, "one-more", "", 0), ==, -ENOSPC);
    for (unsigned i = 3; i < FWCFG_MAX_FILES; i++) {
        g_autofree char *name = g_strdup_printf ("file%u", i);

        assert_key (f, key_of (f, name), &i, sizeof i);
    }
}

/* --- DMA ------------------------------------------------------------------------------------- */

static void
test_dma_signature (struct fixture *f, gconstpointer data)
{
    uint32_t words[2] = { test_in32 (f->m, 0x514), test_in32 (f->m, 0x518) };

    g_assert_cmpmem (words, 8, "QEMU CFG", 8);
    g_assert_cmphex (test_in8 (f->m, 0x51b), ==, 'G');
}

static void
test_dma_read (struct fixture *f, gconstpointer data)
{
    uint32_t key = key_of (f, "etc/second");

    memset (f->m->ram + BUFFER_GPA, 0x5a, 32);
    g_assert_cmphex (dma (f, key << 16 | SELECT | READ, 6, BUFFER_GPA), ==, 0);
    g_assert_cmpmem (f->m->ram + BUFFER_GPA, 7, "secondZ", 7);
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, ' '); /* one position for both ways */
    g_assert_cmphex (dma (f, READ, 2, BUFFER_GPA), ==, 0);
    g_assert_cmpmem (f->m->ram + BUFFER_GPA, 3, "fic", 3);
    g_assert_cmphex (dma (f, READ, 8, BUFFER_GPA), ==, 0);
    g_assert_cmpmem (f->m->ram + BUFFER_GPA, 9, "le\0\0\0\0\0\0Z", 9);
}

static void
test_dma_skip (struct fixture *f, gconstpointer data)
{
    uint32_t key = key_of (f, "etc/second");

    g_assert_cmphex (dma (f, key << 16 | SELECT | SKIP, 7, OUTSIDE_GPA), ==, 0);
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, 'f');
    g_assert_cmphex (dma (f, SKIP, UINT32_MAX, OUTSIDE_GPA), ==, 0);
    g_assert_cmphex (dma (f, SKIP, UINT32_MAX, OUTSIDE_GPA), ==, 0);
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, 0);
}

static void
test_dma_select_only (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (dma (f, (uint32_t)FWCFG_ID << 16 | SELECT, 0, OUTSIDE_GPA), ==, 0);
    g_assert_cmphex (test_in8 (f->m, 0x511), ==, 3);
    g_assert_cmphex (dma (f, READ, 0, OUTSIDE_GPA), ==, 0);
}

/* Errors are told, and leave the target and the position alone. */
static void
test_dma_refused (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint32_t control, length;
        uint64_t address;
    } cases[] = {
        { READ, 4, OUTSIDE_GPA },       { READ, 4, TEST_MACHINE_RAM_BYTES - 3 },
        { READ, 4, UINT64_MAX - 1 },    { READ, UINT32_MAX, BUFFER_GPA },
        { READ, 8u << 20, BUFFER_GPA }, /* fits in RAM, but is far more than there is */
        { WRITE, 1, BUFFER_GPA },       /* read-only */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++) {
        test_out16 (f->m, 0x510, FWCFG_SIGNATURE);
        memset (f->m->ram + BUFFER_GPA, 0x5a, 16);
        g_assert_cmphex (dma (f, cases[i].control, cases[i].length, cases[i].address), ==, 1);
        g_assert_cmphex (f->m->ram[BUFFER_GPA], ==, 0x5a);
        g_assert_cmphex (test_in8 (f->m, 0x511), ==, 'Q');
    }
}

static void
test_dma_request_outside (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *before = g_memdup2 (f->m->ram, TEST_MACHINE_RAM_BYTES);
    static const uint64_t gpas[] = { OUTSIDE_GPA, TEST_MACHINE_RAM_BYTES - 15, UINT64_MAX - 7,
                                     0x100001000 };

    for (unsigned i = 0; i < G_N_ELEMENTS (gpas); i++) {
        test_out32 (f->m, 0x514, htobe32 ((uint32_t)(gpas[i] >> 32)));
        test_out32 (f->m, 0x518, htobe32 ((uint32_t)gpas[i]));
    }
    g_assert_cmpmem (f->m->ram, TEST_MACHINE_RAM_BYTES, before, TEST_MACHINE_RAM_BYTES);
}

/* The upper half counts for one request only; other widths do not start one. */
static void
test_dma_halves (struct fixture *f, gconstpointer data)
{
    test_out32 (f->m, 0x514, htobe32 (1));
    test_out32 (f->m, 0x518, htobe32 (REQUEST_GPA)); /* at 4 GiB and more: no RAM */
    store_be32 (f->m->ram + REQUEST_GPA, READ);
    store_be32 (f->m->ram + REQUEST_GPA + 4, 4);
    store_be64 (f->m->ram + REQUEST_GPA + 8, BUFFER_GPA);
    test_out16 (f->m, 0x518, 0x1000);
    test_out8 (f->m, 0x518, 0x10);
    test_out32 (f->m, 0x516, htobe32 (REQUEST_GPA));
    g_assert_cmphex (load_be32 (f->m->ram + REQUEST_GPA), ==, READ);
    test_out32 (f->m, 0x518, htobe32 (REQUEST_GPA));
    g_assert_cmphex (load_be32 (f->m->ram + REQUEST_GPA), ==, 0);
    g_assert_cmpmem (f->m->ram + BUFFER_GPA, 4, "QEMU", 4);
}

/* A guest that lets the data land on its own request gets its answer all the same. */
static void
test_dma_onto_itself (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (dma (f, (uint32_t)FWCFG_SIGNATURE << 16 | SELECT | READ, 4, REQUEST_GPA), ==,
                     0);
}

static void
test_dma_write (struct fixture *f, gconstpointer data)
{
    uint32_t key = key_of (f, "etc/written");

    memcpy (f->m->ram + BUFFER_GPA, "12345678", 8);
    g_assert_cmphex (dma (f, key << 16 | SELECT | WRITE, 4, BUFFER_GPA), ==, 0);
    g_assert_cmpuint (f->n_written, ==, 1);
    g_assert_cmpmem (f->written, f->written_bytes, "1234\0\0\0\0", 8);
    g_assert_cmphex (dma (f, WRITE, 4, BUFFER_GPA), ==, 0);
    g_assert_cmpmem (f->written, f->written_bytes, "12341234", 8);
    assert_key (f, (uint16_t)key, "12341234", 8);
}

static void
test_dma_write_past_end (struct fixture *f, gconstpointer data)
{
    uint32_t key = key_of (f, "etc/written");

    g_assert_cmphex (dma (f, key << 16 | SELECT | WRITE, 9, BUFFER_GPA), ==, 1);
    g_assert_cmphex (dma (f, key << 16 | SELECT | WRITE, UINT32_MAX, BUFFER_GPA), ==, 1);
    g_assert_cmphex (dma (f, key << 16 | SELECT | WRITE, 8, OUTSIDE_GPA), ==, 1);
    g_assert_cmphex (dma (f, key << 16 | SELECT | SKIP, 8, 0), ==, 0);
    g_assert_cmphex (dma (f, WRITE, 1, BUFFER_GPA), ==, 1);
    g_assert_cmpuint (f->n_written, ==, 0);
    assert_key (f, (uint16_t)key, "\0\0\0\0\0\0\0", 8);
}

/* --- bytes that stay in their file ----------------------------------------------------------- */

static void
test_file_key (struct fixture *f, gconstpointer data)
{
    static const char text[] = "head:the kernel's own bytes";
    uint8_t *buffer = f->m->ram + BUFFER_GPA;
    int fd = fd_memfd_create ("kernel", 0x2000);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fd_pwrite_full (fd, text, sizeof text, 0), ==, 0);
    fwcfg_add_file_key (f->fwcfg, FWCFG_KERNEL, fd, 5, sizeof text - 5);
    assert_key (f, FWCFG_KERNEL, text + 5, sizeof text - 5);
    memset (buffer, 0xee, 64);
    g_assert_cmpuint (dma (f, SELECT | READ | FWCFG_KERNEL << 16, 4, BUFFER_GPA), ==, 0);
    g_assert_cmpuint (dma (f, READ, 60, BUFFER_GPA + 4), ==, 0);
    g_assert_cmpmem (buffer, sizeof text - 5, text + 5, sizeof text - 5);
    g_assert_cmpuint (buffer[sizeof text], ==, 0);
    close (fd);
}

/* The file was cut while the machine ran. */
static void
test_file_key_cut (struct fixture *f, gconstpointer data)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp ("fwcfg-XXXXXX", &path, NULL);
    uint8_t *buffer = f->m->ram + BUFFER_GPA;

    g_assert_cmpint (fd, >=, 0);
    unlink (path);
    g_assert_cmpint (fd_pwrite_full (fd, "abc", 3, 0), ==, 0);
    fwcfg_add_file_key (f->fwcfg, FWCFG_INITRD, fd, 0, 1 << 20);
    memset (buffer, 0xee, 4096);
    g_assert_cmpuint (dma (f, SELECT | READ | FWCFG_INITRD << 16, 4096, BUFFER_GPA), ==, 0);
    for (unsigned i = 3; i < 4096; i++)
        g_assert_cmpuint (buffer[i], ==, 0);
    close (fd);
}

/* Nothing a guest does to the ports leads outside (the sanitizer watches), and it answers
 * afterwards. */
static void
test_random (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 50000; i++) {
        uint16_t port = (uint16_t)g_test_rand_int_range (0x50e, 0x520);
        uint32_t value = (uint32_t)g_test_rand_int ();

        switch (g_test_rand_int_range (0, 6)) {
        case 0:
            test_out16 (f->m, 0x510, value & 0x3f);
            break;
        case 1:
            test_in32 (f->m, port);
            break;
        case 2:
            test_out32 (f->m, port, value);
            break;
        case 3:
            test_out16 (f->m, port, (uint16_t)value);
            break;
        default:
            dma (f, value & 0x003f001f, value >> g_test_rand_int_range (0, 32),
                 (uint32_t)g_test_rand_int () % (2 * TEST_MACHINE_RAM_BYTES));
            break;
        }
    }
    assert_key (f, FWCFG_SIGNATURE, "QEMU", 4);
}

#define ADD(path, function)                                                                        \
    g_test_add ("/fwcfg/" path, struct fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("signature-and-numbers-are-there", test_signature);
    ADD ("directory-is-sorted-and-leads-to-files", test_directory);
    ADD ("unknown-keys-read-zeros", test_unknown);
    ADD ("other-widths-do-nothing", test_other_widths);
    ADD ("reset-forgets", test_reset);
    ADD ("files-have-a-limit", test_full);
    ADD ("dma-is-announced", test_dma_signature);
    ADD ("dma-reads-on-and-zeros-past-the-end", test_dma_read);
    ADD ("dma-skips-to-the-end-at-most", test_dma_skip);
    ADD ("dma-of-no-bytes-needs-no-memory", test_dma_select_only);
    ADD ("dma-that-cannot-be-is-an-error", test_dma_refused);
    ADD ("dma-request-outside-ram-is-ignored", test_dma_request_outside);
    ADD ("dma-takes-two-halves", test_dma_halves);
    ADD ("dma-onto-its-own-request-is-answered", test_dma_onto_itself);
    ADD ("dma-writes-reach-the-owner", test_dma_write);
    ADD ("dma-writes-stay-in-the-file", test_dma_write_past_end);
    ADD ("key-is-read-from-its-file", test_file_key);
    ADD ("key-of-a-file-that-was-cut-reads-zeros", test_file_key_cut);
    ADD ("random-accesses-do-no-harm", test_random);
    return g_test_run ();
}
