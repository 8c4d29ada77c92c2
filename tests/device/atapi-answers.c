/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi-answers.c - what the CD and DVD drive tells about itself and the medium. */
#include <string.h>

#include "atapi-driver.h"
#include "bits.h"

static void
set_up (struct sata *s, gconstpointer data)
{
    cd_set_up_size (s, CD_SECTORS * SECTOR);
    cd_take_attention (s);
}

static void
set_up_dvd (struct sata *s, gconstpointer data)
{
    cd_set_up_size (s, (uint64_t) DVD_SECTORS * SECTOR);
    cd_take_attention (s);
}

static void
tear_down (struct sata *s, gconstpointer data)
{
    sata_tear_down (s);
}

/* Runs P, whose allocation length is the big-endian number of WIDTH bytes at AT, with every length
 * up to a little more than the whole answer: what comes is always its beginning.  Returns the
 * length of the whole, which is in ANSWER. */
static unsigned
check_allocation (struct sata *s, struct packet p, unsigned at, unsigned width, uint8_t *answer)
{
    unsigned whole;

    p.cdb[at] = 0xff;
    p.cdb[at + width - 1] = 0xff;
    g_assert_cmphex (cd_run (s, p, 4096), ==, GOOD);
    whole = sata_prdbc (s, 0);
    g_assert_cmpuint (whole, >, 0);
    memcpy (answer, cd_buffer (s), whole);
    for (unsigned length = 0; length<whole + 3; length += whole> 200 && length > 20 ? 97 : 1) {
        unsigned n = MIN_OF (length, whole);

        if (width == 1 && length > 255)
            break;
        p.cdb[at] = (uint8_t) (width == 2 ? length >> 8 : length);
        p.cdb[at + width - 1] = (uint8_t) length;
        g_assert_cmphex (cd_run_with (s, p, 4096, length & 1, 2048), ==, GOOD);
        g_assert_cmpuint (sata_prdbc (s, 0), ==, n);
        g_assert_cmpmem (cd_buffer (s), n, answer, n);
        g_assert_cmphex (cd_buffer (s)[n], ==, 0xcc);
    }
    return whole;
}

static void
test_allocation_lengths (struct sata *s, gconstpointer data)
{
    uint8_t a[4096];

    g_assert_cmpuint (check_allocation (s, PACKET (0x12), 3, 2, a), ==, 36);
    g_assert_cmphex (a[0], ==, 5);
    g_assert_cmphex (a[1], ==, 0x80);
    g_assert_cmpuint (a[4], ==, 31);
    g_assert_cmpuint (check_allocation (s, PACKET (0x03), 4, 1, a), ==, 18);
    g_assert_cmpuint (check_allocation (s, PACKET (0x1a, 0, 0x3f), 4, 1, a), ==, 4 + 12 + 16 + 22);
    g_assert_cmpuint (a[0], ==, 4 + 12 + 16 + 22 - 1);
    g_assert_cmpuint (check_allocation (s, PACKET (0x5a, 0, 0x3f), 7, 2, a), ==, 8 + 12 + 16 + 22);
    g_assert_cmpuint (load_be16 (a), ==, 8 + 12 + 16 + 22 - 2);
    g_assert_cmpuint (check_allocation (s, PACKET (0x43), 7, 2, a), ==, 20);
    g_assert_cmpuint (check_allocation (s, PACKET (0x43, 0, 1), 7, 2, a), ==, 12);
    g_assert_cmpuint (check_allocation (s, PACKET (0x43, 0, 2), 7, 2, a), ==, 48);
    g_assert_cmpuint (check_allocation (s, PACKET (0x46), 7, 2, a), >, 40);
    g_assert_cmpuint (check_allocation (s, PACKET (0x4a, 1, 0, 0, 0x10), 7, 2, a), ==, 8);
    g_assert_cmpuint (check_allocation (s, PACKET (0x51), 7, 2, a), ==, 34);
    g_assert_cmpuint (check_allocation (s, PACKET (0x52, 1, 0, 0, 0, 1), 8, 2, a), ==, 36);
    g_assert_cmpuint (check_allocation (s, PACKET (0x42, 0, 0x40, 1), 7, 2, a), ==, 16);
    g_assert_cmpuint (check_allocation (s, PACKET (0x42, 0, 0x40, 2), 7, 2, a), ==, 24);
    g_assert_cmpuint (check_allocation (s, PACKET (0x42), 7, 2, a), ==, 4);
    g_assert_cmpuint (check_allocation (s, PACKET (0xbd), 8, 2, a), ==, 8);
}

static void
test_capacity (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, PACKET (0x25), 8), ==, GOOD);
    g_assert_cmpuint (load_be32 (cd_buffer (s)), ==, CD_SECTORS - 1);
    g_assert_cmpuint (load_be32 (cd_buffer (s) + 4), ==, SECTOR);
}

static void
test_table_of_contents (struct sata *s, gconstpointer data)
{
    const uint8_t *toc = cd_buffer (s);

    g_assert_cmphex (cd_run (s, PACKET (0x43, 0, 0, 0, 0, 0, 0, 0, 100), 100), ==, GOOD);
    g_assert_cmpuint (load_be16 (toc), ==, 18);
    g_assert_cmphex (load_be16 (toc + 2), ==, 0x0101);
    g_assert_cmphex (load_be32 (toc + 4), ==, 0x00140100); /* data, track 1 */
    g_assert_cmpuint (load_be32 (toc + 8), ==, 0);
    g_assert_cmphex (load_be32 (toc + 12), ==, 0x0014aa00);
    g_assert_cmpuint (load_be32 (toc + 16), ==, CD_SECTORS);
    /* minutes, seconds, frames: 1150 frames are 15 s and 25 frames */
    g_assert_cmphex (cd_run (s, PACKET (0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100), 100), ==, GOOD);
    g_assert_cmpuint (load_be16 (toc), ==, 10);
    g_assert_cmphex (load_be32 (toc + 8), ==, 0x00000f19);
    cd_check_fails (s, PACKET (0x43, 0, 0, 0, 0, 0, 2, 0, 100), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x43, 0, 5, 0, 0, 0, 0, 0, 100), ILLEGAL, 0x2400);
    /* sessions, also by the older place of the format */
    g_assert_cmphex (cd_run (s, PACKET (0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0x40), 12), ==, GOOD);
    g_assert_cmpuint (load_be16 (toc), ==, 10);
    g_assert_cmphex (load_be32 (toc + 4), ==, 0x00140100);
    /* full: points A0, A1, A2, 1 */
    g_assert_cmphex (cd_run (s, PACKET (0x43, 0, 2, 0, 0, 0, 0, 0, 100), 100), ==, GOOD);
    g_assert_cmpuint (load_be16 (toc), ==, 46);
    g_assert_cmphex (toc[4 + 3], ==, 0xa0);
    g_assert_cmphex (toc[4 + 8], ==, 1);
    g_assert_cmphex (toc[4 + 22 + 3], ==, 0xa2);
    g_assert_cmphex (load_be32 (toc + 4 + 22 + 7), ==, 0x00000f19);
    g_assert_cmphex (toc[4 + 33 + 3], ==, 1);
    g_assert_cmphex (load_be32 (toc + 4 + 33 + 7), ==, 0x00000200);
}

static void
test_mode_pages (struct sata *s, gconstpointer data)
{
    const uint8_t *page = cd_buffer (s) + 8;

    g_assert_cmphex (cd_run (s, PACKET (0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 200), 200), ==, GOOD);
    g_assert_cmphex (page[0], ==, 0x2a);
    g_assert_cmpuint (page[1], ==, 20);
    g_assert_cmphex (page[6] & 0x02, ==, 0);
    g_assert_cmphex (cd_run (s, PACKET (0x1e, 0, 0, 0, 1), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 200), 200), ==, GOOD);
    g_assert_cmphex (page[6] & 0x02, ==, 0x02); /* locked */
    g_assert_cmphex (cd_run (s, PACKET (0x5a, 0, 0x41, 0, 0, 0, 0, 0, 200), 200), ==, GOOD);
    g_assert_cmphex (load_be32 (page), ==, 0x010a0000); /* nothing is changeable */
    cd_check_fails (s, PACKET (0x5a, 0, 0xc1, 0, 0, 0, 0, 0, 200), ILLEGAL, 0x3900);
    cd_check_fails (s, PACKET (0x5a, 0, 0x08, 0, 0, 0, 0, 0, 200), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x1a, 0, 0x08, 0, 200), ILLEGAL, 0x2400);
}

static void
test_inquiry_has_no_vital_product_data (struct sata *s, gconstpointer data)
{
    cd_check_fails (s, PACKET (0x12, 1, 0x00, 0, 36), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x12, 0, 0x80, 0, 36), ILLEGAL, 0x2400);
}

static void
test_configuration (struct sata *s, gconstpointer data)
{
    const uint8_t *answer = cd_buffer (s);
    unsigned previous = 0;

    g_assert_cmphex (cd_profile (s), ==, 0x0008);
    for (unsigned at = 8; at < sata_prdbc (s, 0); at += 4u + answer[at + 3]) {
        if (at > 8)
            g_assert_cmphex (load_be16 (answer + at), >, previous); /* in order */
        previous = load_be16 (answer + at);
        g_assert_cmpuint (answer[at + 3] % 4, ==, 0);
    }
    /* only one feature */
    g_assert_cmphex (cd_run (s, PACKET (0x46, 2, 0x00, 0x1e, 0, 0, 0, 0x0f, 0xff), 4096), ==, GOOD);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 16);
    g_assert_cmphex (load_be16 (answer + 8), ==, 0x001e);
    g_assert_cmphex (answer[10] & 1, ==, 1);
    /* one that is not there */
    g_assert_cmphex (cd_run (s, PACKET (0x46, 2, 0x77, 0x77, 0, 0, 0, 0x0f, 0xff), 4096), ==, GOOD);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 8);
    /* current ones from 1Eh on: no DVD read */
    g_assert_cmphex (cd_run (s, PACKET (0x46, 1, 0, 0x1f, 0, 0, 0, 0x0f, 0xff), 4096), ==, GOOD);
    g_assert_cmphex (load_be16 (answer + 8), ==, 0x0100);
    cd_check_fails (s, PACKET (0x46, 3, 0, 0, 0, 0, 0, 0x0f, 0xff), ILLEGAL, 0x2400);
}

static void
test_track_information (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, PACKET (0x52, 0, 0, 0, 0x03, 0xe7, 0, 0, 36), 36), ==, GOOD);
    g_assert_cmpuint (load_be32 (cd_buffer (s) + 24), ==, CD_SECTORS);
    cd_check_fails (s, PACKET (0x52, 0, 0, 0, 0x03, 0xe8, 0, 0, 36), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x52, 1, 0, 0, 0, 2, 0, 0, 36), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x52, 3, 0, 0, 0, 1, 0, 0, 36), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x51, 1, 0, 0, 0, 0, 0, 0, 36), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0x42, 0, 0x40, 9, 0, 0, 0, 0, 36), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0xad, 0, 0, 0, 0, 0, 0, 0, 0x10), ILLEGAL, 0x3002); /* no DVD */
}

static void
test_dvd (struct sata *s, gconstpointer data)
{
    uint8_t a[4096];

    g_assert_cmphex (cd_profile (s), ==, 0x0010);
    g_assert_cmpuint (check_allocation (s, PACKET (0xad), 8, 2, a), ==, 2052);
    g_assert_cmpuint (load_be16 (a), ==, 2050);
    g_assert_cmphex (load_be32 (a + 8), ==, 0x030000);
    g_assert_cmphex (load_be32 (a + 12), ==, 0x030000 + DVD_SECTORS - 1);
    g_assert_cmpuint (check_allocation (s, PACKET (0xad, 0, 0, 0, 0, 0, 0, 1), 8, 2, a), ==, 8);
    cd_check_fails (s, PACKET (0xad, 0, 0, 0, 0, 0, 1, 0, 1), ILLEGAL, 0x2400); /* layer 1 */
    cd_check_fails (s, PACKET (0xad, 0, 0, 0, 0, 0, 0, 9, 1), ILLEGAL, 0x2400);
    cd_check_fails (s, PACKET (0xad, 1, 0, 0, 0, 0, 0, 0, 1), ILLEGAL, 0x2400); /* Blu-ray */
}

/* --- what there is ------------------------------------------------------------------------- */

static void
add (const char *promise, void (*fixture_set_up) (struct sata *s, gconstpointer data),
     void (*test) (struct sata *s, gconstpointer data))
{
    g_autofree char *path = g_strdup_printf ("/atapi/%s", promise);

    g_test_add (path, struct sata, NULL, fixture_set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("allocation-lengths", set_up, test_allocation_lengths);
    add ("capacity", set_up, test_capacity);
    add ("table-of-contents", set_up, test_table_of_contents);
    add ("mode-pages", set_up, test_mode_pages);
    add ("inquiry-has-no-vital-product-data", set_up, test_inquiry_has_no_vital_product_data);
    add ("configuration", set_up, test_configuration);
    add ("track-information", set_up, test_track_information);
    add ("dvd", set_up_dvd, test_dvd);
    return g_test_run ();
}
