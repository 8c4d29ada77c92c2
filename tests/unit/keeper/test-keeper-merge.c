/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-merge.c - what is said to the process that merges images, and what is made of what it says. */
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper-merge.h"
#include "vitrine-error.h"

typedef struct {
    int ours, theirs;
    KeeperImage *image;
    KeeperMerge *merge;
    double fraction;
    gboolean is_done;
    GError *error;
} Fixture;

static void
progress (gpointer owner, double fraction)
{
    ((Fixture *) owner)->fraction = fraction;
}

static void
done (gpointer owner, const GError *error)
{
    Fixture *f = owner;

    f->is_done = TRUE;
    f->error = error ? g_error_copy (error) : NULL;
}

static const KeeperMergeOps ops = { progress, done };

static void
set_up (Fixture *f, gconstpointer n_layers)
{
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    f->ours = pair[0];
    f->theirs = pair[1];
    f->image = g_new0 (KeeperImage, 1);
    f->image->n_layers = GPOINTER_TO_UINT (n_layers);
    for (guint i = 0; i < f->image->n_layers; i++)
        f->image->layers[i] = (KeeperLayer){ .path = g_strdup ("/a"), .fd = -1 };
    f->merge = keeper_merge_new (f->ours, TRUE, f->image, &ops, f);
}

static void
tear_down (Fixture *f, gconstpointer n_layers)
{
    keeper_merge_free (f->merge);
    keeper_image_free (f->image);
    close (f->ours);
    if (f->theirs >= 0)
        close (f->theirs);
    g_clear_error (&f->error);
}

static void
say (Fixture *f, const char *text)
{
    g_assert_cmpint (send (f->theirs, text, strlen (text), 0), ==, strlen (text));
}

static void
await_done (Fixture *f)
{
    while (!f->is_done)
        g_main_context_iteration (NULL, TRUE);
}

static void
assert_heard (Fixture *f, const char *word)
{
    char text[4096] = "";

    g_assert_cmpint (recv (f->theirs, text, sizeof text - 1, 0), >, 0);
    if (!strstr (text, word))
        g_error ("no “%s” in “%s”", word, text);
}

static void
test_done (Fixture *f, gconstpointer n_layers)
{
    assert_heard (
        f, "qmp_capabilities\"}\n{\"execute\":\"block-stream\",\"arguments\":{\"job-id\":\"merge\","
           "\"device\":\"disk\",\"auto-finalize\":false,\"base-node\":\"layer2\"}}\n");
    say (f, "{\"QMP\":{}}\r\n{\"return\":{}}\r\n{\"return\":[{\"current-progress\":3,"
            "\"total-progress\":4}]}\n");
    while (f->fraction == 0)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpfloat (f->fraction, ==, 0.75);
    say (f,
         "{\"event\":\"JOB_STATUS_CHANGE\",\"data\":{\"status\":\"waiting\",\"id\":\"merge\"}}\n");
    say (f,
         "{\"event\":\"JOB_STATUS_CHANGE\",\"data\":{\"status\":\"pending\",\"id\":\"merge\"}}\n");
    await_done (f);
    g_assert_no_error (f->error);
}

static void
test_all_is_taken_up (Fixture *f, gconstpointer n_layers)
{
    assert_heard (f, "\"auto-finalize\":false}}\n");
}

static void
test_failed (Fixture *f, gconstpointer n_layers)
{
    say (f, "{\"event\":\"BLOCK_JOB_COMPLETED\",\"data\":{\"error\":\"No space left\"}}\n");
    await_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (f->error->message, "No space left"));
}

static void
test_cancelled (Fixture *f, gconstpointer n_layers)
{
    assert_heard (f, "block-stream");
    keeper_merge_cancel (f->merge);
    assert_heard (f, "block-job-cancel");
    say (f, "{\"return\":{}}\n{\"event\":\"BLOCK_JOB_CANCELLED\",\"data\":{}}\n");
    await_done (f);
    g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_nonsense (Fixture *f, gconstpointer n_layers)
{
    static const char *const texts[] = { "hello\n", "[]\n", "{\"event\":[[[[\n" };

    say (f, texts[g_test_rand_int_range (0, G_N_ELEMENTS (texts))]);
    await_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

static void
test_endless_line (Fixture *f, gconstpointer n_layers)
{
    g_autofree char *endless = g_strnfill (20000, 'x');

    say (f, endless);
    await_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

static void
test_hangs_up (Fixture *f, gconstpointer n_layers)
{
    close (f->theirs);
    f->theirs = -1;
    await_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

#define ADD(path, n_layers, function)                                                              \
    g_test_add ("/keeper/merge/" path, Fixture, GUINT_TO_POINTER (n_layers), set_up, function,     \
                tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("is-asked-for-watched-and-done", 3, test_done);
    ADD ("last-base-is-taken-up-whole", 2, test_all_is_taken_up);
    ADD ("failed-one-says-why", 2, test_failed);
    ADD ("cancelled-one-is-no-failure", 2, test_cancelled);
    ADD ("nonsense-ends-it", 2, test_nonsense);
    ADD ("endless-line-ends-it", 2, test_endless_line);
    ADD ("process-that-ends-ends-it", 2, test_hangs_up);
    return g_test_run ();
}
