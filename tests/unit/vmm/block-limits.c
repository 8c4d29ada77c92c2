/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-limits.c - a disk does no more in a second than it may, nor less, and does what it likes when the limit is
 * lifted. */
#include <glib.h>
#include <string.h>

#include "block.h"

#define SECOND     INT64_C (1000000000)
#define MAX_OF_ALL 4096

/* A disk that is done at once. */
typedef struct {
    struct loop *loop;
    struct block block;
    struct block_request requests[MAX_OF_ALL];
    char bytes[65536];
    unsigned n_submitted, n_done;
} Fixture;

static Fixture *the;

static void
submit (struct block *block, struct block_request *request)
{
    block_finish_locked (block, request, 0);
    block_wake_locked (block);
}

static void
wait_for_nothing (struct block *block)
{
}

static void
done (struct block_request *request, int result)
{
    g_assert_cmpint (result, ==, 0);
    the->n_done++;
}

static const struct block_driver_ops ops = { .submit = submit, .wait = wait_for_nothing };

static void
set_up (Fixture *f, gconstpointer data)
{
    the = f;
    f->loop = loop_create ();
    f->block.info.size_bytes = 1 << 30;
    block_init (&f->block, &ops, f->loop);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    block_drain (&f->block);
    block_fini (&f->block);
    loop_destroy (f->loop);
}

static void
send (Fixture *f, enum block_op op, unsigned length)
{
    struct block_request *request = &f->requests[f->n_submitted++];

    g_assert_cmpuint (f->n_submitted, <=, MAX_OF_ALL);
    memset (request, 0, sizeof *request);
    request->op = op;
    request->length = length;
    request->iov[0] = (struct iovec){ f->bytes, length };
    request->n_iov = op == BLOCK_READ || op == BLOCK_WRITE;
    request->done = done;
    block_submit (&f->block, request);
}

static void
set_limit (Fixture *f, enum block_limit limit, uint64_t per_second)
{
    uint64_t limits[BLOCK_LIMIT_N] = { 0 };

    limits[limit] = per_second;
    block_set_limits (&f->block, limits);
}

/* Seconds until all that was sent is done. */
static double
finish (Fixture *f)
{
    int64_t begin = loop_now_ns ();

    while (f->n_done < f->n_submitted)
        loop_iterate (f->loop, 5000);
    return (double) (loop_now_ns () - begin) / SECOND;
}

/* N requests of LENGTH bytes and OP under the limit take SECONDS, less the tenth that comes at once. */
static void
assert_lasts (Fixture *f, enum block_limit limit, uint64_t per_second, enum block_op op,
              unsigned length, unsigned n, double seconds)
{
    double took;

    set_limit (f, limit, per_second);
    for (unsigned i = 0; i < n; i++)
        send (f, op, length);
    took = finish (f);
    g_test_message ("limit %d: %.3f s, where %.3f are due", limit, took, seconds);
    g_assert_cmpfloat (took, >=,
                       seconds - 0.15); /* what a busy host loses before it begins is given, too */
    g_assert_cmpfloat (took, <, seconds + 0.5); /* a busy host */
}

static void
test_limits_hold (Fixture *f, gconstpointer data)
{
    assert_lasts (f, BLOCK_LIMIT_OPS, 200, BLOCK_READ, 512, 100, 0.5);
    assert_lasts (f, BLOCK_LIMIT_READ_OPS, 200, BLOCK_READ, 512, 100, 0.5);
    assert_lasts (f, BLOCK_LIMIT_WRITE_OPS, 200, BLOCK_WRITE, 512, 100, 0.5);
    assert_lasts (f, BLOCK_LIMIT_BYTES, 10 << 20, BLOCK_WRITE, 65536, 80, 0.5);
    assert_lasts (f, BLOCK_LIMIT_READ_BYTES, 10 << 20, BLOCK_READ, 65536, 80, 0.5);
    assert_lasts (f, BLOCK_LIMIT_WRITE_BYTES, 10 << 20, BLOCK_WRITE, 65536, 80, 0.5);
}

static void
test_others_are_not_held (Fixture *f, gconstpointer data)
{
    assert_lasts (f, BLOCK_LIMIT_READ_OPS, 10, BLOCK_WRITE, 512, 200, 0);
    assert_lasts (f, BLOCK_LIMIT_WRITE_BYTES, 512, BLOCK_READ, 65536, 200, 0);
    assert_lasts (f, BLOCK_LIMIT_BYTES, 512, BLOCK_DISCARD, 65536, 200, 0);
    assert_lasts (f, BLOCK_LIMIT_OPS, 1, BLOCK_FLUSH, 0, 200, 0);
}

/* What waits does not wait for a limit that is gone. */
static void
test_limit_is_lifted (Fixture *f, gconstpointer data)
{
    set_limit (f, BLOCK_LIMIT_OPS, 1);
    for (unsigned i = 0; i < 500; i++)
        send (f, BLOCK_WRITE, 512);
    loop_iterate (f->loop, 0);
    g_assert_cmpuint (f->n_done, <, 10);
    set_limit (f, BLOCK_LIMIT_OPS, 0);
    g_assert_cmpfloat (finish (f), <, 0.5);
    assert_lasts (f, BLOCK_LIMIT_OPS, 0, BLOCK_WRITE, 512, 500, 0);
}

/* A pause does not wait for what is held. */
static void
test_quiesce_lets_go (Fixture *f, gconstpointer data)
{
    set_limit (f, BLOCK_LIMIT_OPS, 1);
    for (unsigned i = 0; i < 500; i++)
        send (f, BLOCK_WRITE, 512);
    block_quiesce (&f->block);
    g_assert_cmpuint (f->n_done, ==, 500);
    g_assert_cmpuint (f->block.written_bytes, ==, 500 * 512);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/vmm/block-limits/each-limit-holds", Fixture, NULL, set_up, test_limits_hold,
                tear_down);
    g_test_add ("/vmm/block-limits/what-it-is-not-of-goes-on", Fixture, NULL, set_up,
                test_others_are_not_held, tear_down);
    g_test_add ("/vmm/block-limits/lifting-it-lets-all-go-on", Fixture, NULL, set_up,
                test_limit_is_lifted, tear_down);
    g_test_add ("/vmm/block-limits/who-waits-for-rest-is-not-held-up", Fixture, NULL, set_up,
                test_quiesce_lets_go, tear_down);
    return g_test_run ();
}
