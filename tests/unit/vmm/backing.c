/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backing.c - promises of the memory behind a guest's RAM. */
#define _GNU_SOURCE
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backing.h"

#define BYTES (5u << 20)

/* Reads a byte without a fault; returns 1 or -errno. */
static int
try_to_read (const void *at)
{
    char byte;
    struct iovec local = { &byte, 1 }, remote = { (void *) at, 1 };
    ssize_t n = process_vm_readv (getpid (), &local, 1, &remote, 1, 0);

    return n < 0 ? -errno : (int) n;
}

static void
check_zero_and_writable (struct backing *backing)
{
    for (size_t i = 0; i < BYTES; i += 4096)
        g_assert_cmpint (backing->host[i], ==, 0);
    memset (backing->host, 0x5a, BYTES);
    g_assert_cmpint (backing->host[BYTES - 1], ==, 0x5a);
}

static void
test_private (void)
{
    for (unsigned i = 0; i < 8; i++) { /* wherever the kernel puts it */
        struct backing backing;

        g_assert_cmpint (backing_create (&backing, "test", BYTES, false), ==, 0);
        g_assert_cmpint (backing.fd, ==, -1);
        g_assert_cmpuint ((uintptr_t) backing.host % BACKING_ALIGNMENT, ==, 0);
        check_zero_and_writable (&backing);
        g_assert_cmpint (try_to_read (backing.host + BYTES), ==, -EFAULT);
        backing_destroy (&backing);
        g_assert_null (backing.host);
    }
}

static void
test_shared (void)
{
    struct backing backing;
    uint8_t *other;

    g_assert_cmpint (backing_create (&backing, "test", BYTES, true), ==, 0);
    check_zero_and_writable (&backing);
    other = mmap (NULL, BYTES, PROT_READ, MAP_SHARED, backing.fd, 0);
    g_assert_true (other != MAP_FAILED);
    g_assert_cmpint (other[BYTES - 1], ==, 0x5a);
    g_assert_cmpint (ftruncate (backing.fd, 4096), ==, -1);
    munmap (other, BYTES);
    backing_destroy (&backing);
    g_assert_cmpint (backing.fd, ==, -1);
}

static void
test_all_is_given_back (void)
{
    struct backing backing;
    uint8_t *host;

    g_assert_cmpint (backing_create (&backing, "test", BYTES, false), ==, 0);
    host = backing.host;
    backing_destroy (&backing);
    g_assert_cmpint (try_to_read (host), ==, -EFAULT);
    g_assert_cmpint (msync (host + BYTES, 4096, MS_ASYNC), ==, -1); /* ENOMEM: nothing is mapped there */
    backing_destroy (&backing);
}

static void
test_more_than_there_is (void)
{
    struct backing backing;

    g_assert_cmpint (backing_create (&backing, "test", 1ull << 60, false), <, 0);
    g_assert_null (backing.host);
    g_assert_cmpint (backing_create (&backing, "test", 1ull << 60, true), <, 0);
    g_assert_cmpint (backing.fd, ==, -1);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/backing/of-our-own-begins-at-a-huge-page-and-ends-at-a-guard", test_private);
    g_test_add_func ("/backing/shared-is-seen-by-others-and-does-not-shrink", test_shared);
    g_test_add_func ("/backing/all-is-given-back", test_all_is_given_back);
    g_test_add_func ("/backing/more-than-there-is-is-an-error", test_more_than_there_is);
    return g_test_run ();
}
