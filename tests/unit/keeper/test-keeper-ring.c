/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-ring.c - a console's memory: readers see all that is left, in order. */
#include <string.h>

#include "keeper-ring.h"

/* All that PLACE can still see; it is at the end then. */
static char *
take_all (const KeeperRing *ring, guint64 *place)
{
    GString *text = g_string_new (NULL);
    const guint8 *chunk;
    gsize n;

    while ((n = keeper_ring_peek (ring, place, &chunk)) > 0) {
        g_string_append_len (text, (const char *) chunk, (gssize) n);
        *place += n;
    }
    return g_string_free (text, FALSE);
}

static void
assert_sees (const KeeperRing *ring, guint64 *place, const char *expected)
{
    g_autofree char *text = take_all (ring, place);

    g_assert_cmpstr (text, ==, expected);
}

static void
test_empty (void)
{
    KeeperRing ring;
    guint64 place = 0;

    keeper_ring_init (&ring, 8);
    assert_sees (&ring, &place, "");
    g_assert_cmpuint (keeper_ring_start (&ring), ==, 0);
    keeper_ring_clear (&ring);
}

static void
test_in_order (void)
{
    KeeperRing ring;
    guint64 one = 0, two = 0;

    keeper_ring_init (&ring, 8);
    keeper_ring_append (&ring, "abcde", 5);
    assert_sees (&ring, &one, "abcde");
    keeper_ring_append (&ring, "fgh", 3);
    assert_sees (&ring, &one, "fgh");
    assert_sees (&ring, &two, "abcdefgh");
    keeper_ring_append (&ring, "ijk", 3);
    assert_sees (&ring, &one, "ijk");
    assert_sees (&ring, &two, "ijk");
    keeper_ring_clear (&ring);
}

static void
test_slow_reader_loses_the_oldest (void)
{
    KeeperRing ring;
    guint64 slow = 0;

    keeper_ring_init (&ring, 8);
    keeper_ring_append (&ring, "0123456789ab", 12);
    g_assert_cmpuint (keeper_ring_start (&ring), ==, 4);
    assert_sees (&ring, &slow, "456789ab");
    keeper_ring_append (&ring, "c", 1);
    assert_sees (&ring, &slow, "c");
    keeper_ring_append (&ring, "The quick brown fox", 19);
    assert_sees (&ring, &slow, "rown fox");
    g_assert_cmpuint (slow, ==, 32);
    keeper_ring_clear (&ring);
}

/* The same writes into the ring and into a string: the ring is the string's end. */
static void
test_against_a_string (void)
{
    KeeperRing ring;
    g_autoptr (GString) all = g_string_new (NULL);

    keeper_ring_init (&ring, 37);
    for (guint i = 0; i < 2000; i++) {
        char bytes[50];
        gsize n = (gsize) g_test_rand_int_range (0, sizeof bytes);
        guint64 place = 0;

        for (gsize k = 0; k < n; k++)
            bytes[k] = (char) g_test_rand_int_range ('a', 'z');
        keeper_ring_append (&ring, bytes, n);
        g_string_append_len (all, bytes, (gssize) n);
        assert_sees (&ring, &place, all->str + MAX ((gssize) all->len - 37, 0));
    }
    keeper_ring_clear (&ring);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/ring/empty", test_empty);
    g_test_add_func ("/keeper/ring/in-order", test_in_order);
    g_test_add_func ("/keeper/ring/slow-reader-loses-the-oldest",
                     test_slow_reader_loses_the_oldest);
    g_test_add_func ("/keeper/ring/against-a-string", test_against_a_string);
    return g_test_run ();
}
