/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aml.c - the AML writer keeps to the encoding, and what it writes runs. */
#include "aml.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "acpica.h"
#include "bits.h"

static void
assert_code (const struct aml *aml, const void *expected, size_t size)
{
    g_assert_cmpmem (aml->code.data, aml->code.size, expected, size);
}

static void
test_integers (void)
{
    static const struct {
        uint64_t value;
        uint8_t code[9];
        size_t size;
    } cases[] = {
        { 0, { 0x00 }, 1 },
        { 1, { 0x01 }, 1 },
        { 2, { 0x0a, 2 }, 2 },
        { 0xff, { 0x0a, 0xff }, 2 },
        { 0x100, { 0x0b, 0x00, 0x01 }, 3 },
        { 0xffff, { 0x0b, 0xff, 0xff }, 3 },
        { 0x10000, { 0x0c, 0, 0, 1, 0 }, 5 },
        { 0xffffffff, { 0x0c, 0xff, 0xff, 0xff, 0xff }, 5 },
        { 0x100000000, { 0x0e, 0, 0, 0, 0, 1, 0, 0, 0 }, 9 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++) {
        struct aml aml;

        aml_init (&aml);
        aml_put (&aml, aml_integer (cases[i].value));
        assert_code (&aml, cases[i].code, cases[i].size);
        aml_clear (&aml);
    }
}

static void
test_names (void)
{
    static const struct {
        const char *path;
        const char *code;
        size_t size;
    } cases[] = {
        { "A", "A___", 4 },
        { "_CRS", "_CRS", 4 },
        { "\\", "\\\0", 2 },
        { "\\_SB", "\\_SB_", 5 },
        { "^^X1", "^^X1__", 6 },
        { "\\_SB.PCI0", "\\\x2e_SB_PCI0", 10 },
        { "\\_SB.PCI0.ISA.PRQA", "\\\x2f\x04_SB_PCI0ISA_PRQA", 19 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++) {
        struct aml aml;

        aml_init (&aml);
        aml_put (&aml, aml_path (cases[i].path));
        assert_code (&aml, cases[i].code, cases[i].size);
        aml_clear (&aml);
    }
}

static void
test_eisa_id (void)
{
    static const uint8_t expected[] = { 0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x0a, 0x08 };
    struct aml aml;

    aml_init (&aml);
    aml_name_eisa_id (&aml, "_HID", "PNP0A08");
    assert_code (&aml, expected, sizeof expected);
    aml_clear (&aml);
}

/* Reads the PkgLength at P; *N is how many bytes it takes. */
static size_t
decode_length (const uint8_t *p, size_t *n)
{
    size_t more = p[0] >> 6;
    size_t value = more ? p[0] & 0x0f : p[0] & 0x3f;

    for (size_t i = 1; i <= more; i++)
        value |= (size_t)p[i] << (8 * i - 4);
    *n = more + 1;
    return value;
}

/* The length is right, and no shorter form could say it. */
static void
test_lengths (void)
{
    static const size_t edges[] = { 0, 63, 4095, 0xfffff };
    static const size_t limits[] = { 0, 0x40, 0x1000, 0x100000 };

    for (unsigned i = 0; i < G_N_ELEMENTS (edges); i++) {
        for (size_t extra = 0; extra < 8; extra++) {
            size_t want = edges[i] > 4 ? edges[i] - 4 + extra : extra;
            struct aml aml;
            size_t n, length;

            aml_init (&aml);
            aml_begin_else (&aml);
            for (size_t k = 0; k < want; k++)
                aml_put (&aml, aml_integer (0));
            aml_end (&aml);
            length = decode_length (aml.code.data + 1, &n);
            g_assert_cmpuint (length, ==, aml.code.size - 1);
            g_assert_cmpuint (length, ==, n + want);
            g_assert_true (n == 1 || length - 1 >= limits[n - 1]);
            aml_clear (&aml);
        }
    }
}

static void
test_resources (void)
{
    static const uint8_t expected[] = {
        0x11, 0x10, 0x0a, 0x0d,                   /* Buffer, length 16, of 13 bytes */
        0x47, 0x01, 0x70, 0x00, 0x70, 0x00, 1, 2, /* IO 70h-71h */
        0x22, 0x00, 0x01,                         /* IRQ 8 */
        0x79, 0x00,                               /* end */
    };
    struct aml aml;

    aml_init (&aml);
    aml_begin_resources (&aml);
    aml_resource_io (&aml, 0x70, 2);
    aml_resource_irq (&aml, 8);
    aml_end (&aml);
    assert_code (&aml, expected, sizeof expected);
    aml_clear (&aml);
}

static void
test_out_of_memory (void)
{
    struct aml aml;

    aml_init (&aml);
    aml_begin_scope (&aml, "\\_SB");
    aml.code.failed = true;
    aml_begin_device (&aml, "DEV0");
    aml_name (&aml, "_CRS");
    aml_begin_resources (&aml);
    aml_resource_io (&aml, 0x70, 2);
    aml_end (&aml);
    aml_end (&aml);
    aml_end (&aml);
    g_assert_cmpint (aml_finish (&aml), ==, -ENOMEM);
    aml_clear (&aml);
}

static void
test_unbalanced (void)
{
    if (g_test_subprocess ()) {
        struct aml aml;

        aml_init (&aml);
        aml_begin_scope (&aml, "\\_SB");
        aml_end (&aml);
        aml_end (&aml);
        return;
    }
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_failed ();
}

/* Method (SUM, 1): 1 + 2 + … + Arg0, the hard way: a loop, a condition, a call, a mutex. */
static void
write_sum (struct aml *aml)
{
    struct aml_value call_args[] = { aml_local (0), aml_local (1) };

    aml_mutex (aml, "MUTX");
    aml_name_integer (aml, "TOTL", 0);
    aml_begin_method (aml, "ADD2", 2, false);
    aml_compute (aml, aml_path ("TOTL"), aml_arg (0), AML_ADD, aml_arg (1));
    aml_end (aml);

    aml_begin_method (aml, "SUM", 1, true);
    aml_acquire (aml, "MUTX");
    aml_store (aml, aml_local (0), aml_integer (0));
    aml_store (aml, aml_local (1), aml_integer (1));
    aml_begin_while (aml, aml_local (1), AML_LESS, aml_integer (1000));
    aml_begin_if (aml, aml_local (1), AML_GREATER, aml_arg (0));
    aml_store (aml, aml_local (1), aml_integer (2000));
    aml_end (aml);
    aml_begin_else (aml);
    aml_call (aml, "ADD2", call_args, G_N_ELEMENTS (call_args));
    aml_store (aml, aml_local (0), aml_path ("TOTL"));
    aml_compute (aml, aml_local (1), aml_local (1), AML_ADD, aml_integer (1));
    aml_end (aml);
    aml_end (aml);
    aml_release (aml, "MUTX");
    aml_return (aml, aml_local (0));
    aml_end (aml);
}

static void
assert_returns (const struct aml *aml, const char *commands, const char *expected)
{
    size_t size;
    g_autofree uint8_t *dsdt = acpica_wrap_dsdt (aml->code.data, aml->code.size, &size);
    g_autofree char *dsl = acpica_roundtrip (dsdt, size);
    g_autofree char *out = acpica_execute (dsdt, size, commands);

    g_assert_nonnull (dsl);
    if (!strstr (out, expected))
        g_error ("%s\nhas no %s", out, expected);
}

static void
test_statements (void)
{
    struct aml aml;

    if (!acpica_is_there ())
        return;
    aml_init (&aml);
    write_sum (&aml);
    g_assert_cmpint (aml_finish (&aml), ==, 0);
    assert_returns (&aml, "execute \\SUM 10", "[Integer] = 0000000000000037");
    aml_clear (&aml);
}

/* The shape that slot hot-plugging will have: registers, a bit mask, a Notify for each slot. */
static void
write_hotplug (struct aml *aml)
{
    static const struct {
        const char *name;
        unsigned n;
    } slots[] = { { "S003", 3 }, { "S004", 4 } };

    aml_begin_scope (aml, "\\_SB");
    aml_begin_device (aml, "PCI0");
    aml_name_eisa_id (aml, "_HID", "PNP0A08");
    aml_region (aml, "HPRG", AML_SPACE_IO, 0xcc0, 0x14);
    aml_begin_field (aml, "HPRG", AML_ACCESS_DWORD, AML_UPDATE_ZEROS);
    aml_field (aml, "PCIU", 32);
    aml_field (aml, "PCID", 32);
    aml_field (aml, "EJCT", 32);
    aml_field_gap (aml, 32);
    aml_field (aml, "BSEL", 32);
    aml_end (aml);
    for (unsigned i = 0; i < G_N_ELEMENTS (slots); i++) {
        aml_begin_device (aml, slots[i].name);
        aml_name_integer (aml, "_ADR", (uint64_t)slots[i].n << 16);
        aml_name_integer (aml, "_SUN", slots[i].n);
        aml_begin_method (aml, "_EJ0", 1, false);
        aml_compute (aml, aml_local (0), aml_integer (1), AML_SHIFT_LEFT, aml_path ("_SUN"));
        aml_store (aml, aml_path ("EJCT"), aml_local (0));
        aml_end (aml);
        aml_end (aml);
    }
    aml_begin_method (aml, "SCAN", 0, true);
    aml_store (aml, aml_local (0), aml_path ("PCIU"));
    for (unsigned i = 0; i < G_N_ELEMENTS (slots); i++) {
        aml_begin_if (aml, aml_local (0), AML_AND, aml_integer (BIT (slots[i].n)));
        aml_notify (aml, slots[i].name, aml_integer (1));
        aml_end (aml);
    }
    aml_end (aml);
    aml_end (aml);
    aml_end (aml);
    aml_begin_scope (aml, "\\_GPE");
    aml_begin_method (aml, "_E01", 0, false);
    aml_call (aml, "\\_SB.PCI0.SCAN", NULL, 0);
    aml_end (aml);
    aml_end (aml);
}

static void
test_hotplug_shape (void)
{
    struct aml aml;

    if (!acpica_is_there ())
        return;
    aml_init (&aml);
    write_hotplug (&aml);
    g_assert_cmpint (aml_finish (&aml), ==, 0);
    assert_returns (&aml, "execute \\_SB.PCI0.S004._EJ0 1;execute \\_SB.PCI0.EJCT",
                    "[Integer] = 0000000000000010");
    aml_clear (&aml);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/aml/integers-take-the-shortest-form", test_integers);
    g_test_add_func ("/aml/names-are-padded-and-counted", test_names);
    g_test_add_func ("/aml/eisa-ids-are-packed-big-endian", test_eisa_id);
    g_test_add_func ("/aml/block-lengths-cover-themselves-in-the-shortest-form", test_lengths);
    g_test_add_func ("/aml/resources-have-a-size-and-an-end", test_resources);
    g_test_add_func ("/aml/out-of-memory-is-told-once-at-the-end", test_out_of_memory);
    g_test_add_func ("/aml/closing-more-than-was-opened-is-our-bug", test_unbalanced);
    g_test_add_func ("/aml/methods-compute-loop-call-and-lock", test_statements);
    g_test_add_func ("/aml/a-slot-can-be-ejected", test_hotplug_shape);
    return g_test_run ();
}
