/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-claims.c - an address is one machine's, as long as that runs. */
#include <glib/gstdio.h>
#include <string.h>

#include "keeper-claims.h"
#include "vitrine-error.h"

#define ONE "52:54:00:00:00:01"
#define TWO "52:54:00:00:00:02"

typedef struct {
    char *folder, *runtimes[2];
    KeeperClaims claims[2];
} Case;

static void
set_up (Case *c, gconstpointer data)
{
    static const char *const names[] = { "one", "two" };

    memset (c, 0, sizeof *c);
    c->folder = g_dir_make_tmp ("vitrine-claims-XXXXXX", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autoptr (GError) error = NULL;

        c->runtimes[i] = g_build_filename (c->folder, names[i], NULL);
        g_assert_cmpint (g_mkdir (c->runtimes[i], 0700), ==, 0);
        g_assert_true (keeper_claims_open (&c->claims[i], c->runtimes[i], names[i], &error));
        g_assert_no_error (error);
    }
}

static void
tear_down (Case *c, gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (c->claims); i++) {
        keeper_claims_close (&c->claims[i]);
        g_assert_cmpint (g_rmdir (c->runtimes[i]), ==, 0); /* nothing is left in it */
        g_free (c->runtimes[i]);
    }
    g_rmdir (c->folder);
    g_free (c->folder);
}

static void
assert_taken (Case *c, guint index, const char *mac, const char *sentence)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (keeper_claims_add (&c->claims[index], mac, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_cmpstr (error->message, ==, sentence);
}

static void
test_one_at_a_time (Case *c, gconstpointer data)
{
    g_assert_true (keeper_claims_add (&c->claims[0], ONE, NULL));
    g_assert_true (keeper_claims_add (&c->claims[1], TWO, NULL));
    assert_taken (c, 1, ONE,
                  "A network card of “two” has the address " ONE ", as one of “one”, which runs; "
                  "give it another address");
    assert_taken (c, 0, TWO,
                  "A network card of “one” has the address " TWO ", as one of “two”, which runs; "
                  "give it another address");
    keeper_claims_remove (&c->claims[0], ONE); /* a card that goes */
    g_assert_true (keeper_claims_add (&c->claims[1], ONE, NULL));
    keeper_claims_close (&c->claims[1]); /* a machine that ends */
    g_assert_true (keeper_claims_add (&c->claims[0], TWO, NULL));
    g_assert_true (keeper_claims_add (&c->claims[0], ONE, NULL));
}

/* What nobody holds any more, or is no such file at all, counts for nothing. */
static void
test_what_a_killed_keeper_left (Case *c, gconstpointer data)
{
    g_autofree char *left = g_build_filename (c->folder, "left", NULL);
    g_autofree char *path = g_build_filename (left, "cards", NULL);

    g_assert_cmpint (g_mkdir (left, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, "left\n" ONE "\n", -1, NULL));
    g_assert_true (keeper_claims_add (&c->claims[0], ONE, NULL));
    g_unlink (path);
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    g_assert_true (keeper_claims_add (&c->claims[0], TWO, NULL));
    g_rmdir (path);
    g_rmdir (left);
}

/* Whatever the addresses before it take. */
static void
test_disks_with_long_addresses (Case *c, gconstpointer data)
{
    g_autofree char *name = g_strnfill (4096, 'x');

    for (guint i = 0; i < 20; i++) {
        g_autofree char *uri = g_strdup_printf ("nbd://tower/%s%u", name, i);
        g_autofree char *free_uri = g_strdup_printf ("nbd://tower/%s%u", name, 100 + i);
        g_autoptr (GError) error = NULL;

        g_assert_true (keeper_claims_add_disk (&c->claims[0], uri, NULL));
        g_assert_false (keeper_claims_add_disk (&c->claims[1], uri, &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
        g_assert_nonnull (strstr (error->message, uri));
        g_assert_true (keeper_claims_add_disk (&c->claims[1], free_uri, NULL));
        keeper_claims_remove (&c->claims[0], uri);
        g_assert_true (keeper_claims_add_disk (&c->claims[1], uri, NULL));
        keeper_claims_remove (&c->claims[1], uri);
        g_assert_true (keeper_claims_add_disk (&c->claims[0], uri, NULL));
    }
}

/* Who has more than can be looked at may have that one, too. */
static void
test_too_many_to_tell (Case *c, gconstpointer data)
{
    g_autofree char *name = g_strnfill (100, 'x');

    for (guint i = 0; i < 1000; i++) {
        g_autofree char *uri = g_strdup_printf ("nbd://tower/%s%u", name, i);

        g_assert_true (keeper_claims_add_disk (&c->claims[0], uri, NULL));
    }
    g_assert_true (keeper_claims_add (&c->claims[0], ONE, NULL));
    assert_taken (c, 1, ONE,
                  "A network card of “two” has the address " ONE ", as one of “one”, which runs; "
                  "give it another address");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/keeper/claims/one-at-a-time", Case, NULL, set_up, test_one_at_a_time, tear_down);
    g_test_add ("/keeper/claims/what-a-killed-keeper-left", Case, NULL, set_up,
                test_what_a_killed_keeper_left, tear_down);
    g_test_add ("/keeper/claims/disks-with-long-addresses", Case, NULL, set_up,
                test_disks_with_long_addresses, tear_down);
    g_test_add ("/keeper/claims/more-than-can-be-looked-at", Case, NULL, set_up,
                test_too_many_to_tell, tear_down);
    return g_test_run ();
}
