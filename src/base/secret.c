/* SPDX-License-Identifier: GPL-2.0-or-later */
/* secret.c - a passphrase in memory. */
#define _GNU_SOURCE
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fd.h"

/* At the beginning of its own pages. */
struct secret {
    atomic_uint n_refs;
    size_t len;
    char bytes[SECRET_BYTES_MAX + 1];
};

struct secret *
secret_new (const void *bytes, size_t len)
{
    struct secret *secret;

    if (len > SECRET_BYTES_MAX)
        return NULL;
    secret =
        mmap (NULL, sizeof *secret, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED)
        return NULL;
    madvise (secret, sizeof *secret, MADV_DONTDUMP);
    mlock2 (secret, sizeof *secret, MLOCK_ONFAULT); /* where the user may */
    atomic_init (&secret->n_refs, 1);
    if (len > 0)
        memcpy (secret->bytes, bytes, len);
    secret->len = len;
    return secret;
}

struct secret *
secret_ref (struct secret *secret)
{
    if (secret)
        atomic_fetch_add (&secret->n_refs, 1);
    return secret;
}

void
secret_unref (struct secret *secret)
{
    if (!secret || atomic_fetch_sub (&secret->n_refs, 1) != 1)
        return;
    explicit_bzero (secret->bytes, secret->len);
    munmap (secret, sizeof *secret);
}

const char *
secret_bytes (const struct secret *secret)
{
    return secret->bytes;
}

size_t
secret_len (const struct secret *secret)
{
    return secret->len;
}

int
secret_append (struct secret *secret, const void *bytes, size_t len)
{
    if (len > SECRET_BYTES_MAX - secret->len)
        return -ENOSPC;
    memcpy (secret->bytes + secret->len, bytes, len);
    secret->len += len;
    return 0;
}

/* Into SECRET until FD ends; a byte more than there may be tells that there are too many. */
static int
read_all (int fd, struct secret *secret)
{
    while (secret->len <= SECRET_BYTES_MAX) {
        ssize_t n = read (fd, secret->bytes + secret->len, SECRET_BYTES_MAX + 1 - secret->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        secret->len += (size_t) n;
    }
    return -E2BIG;
}

static int
read_once (int fd, struct secret *secret)
{
    ssize_t n;

    do
        n = read (fd, secret->bytes, SECRET_BYTES_MAX);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    secret->len = (size_t) n;
    return 0;
}

/* At once to where it stays: what is copied leaves itself in registers, which may be saved on the stack. */
static int
read_new (int fd, int (*read_into) (int fd, struct secret *secret), struct secret **secret)
{
    struct secret *read = secret_new (NULL, 0);
    int ret = read ? read_into (fd, read) : -ENOMEM;

    *secret = NULL;
    if (ret < 0)
        secret_unref (read);
    else
        *secret = read;
    return ret;
}

int
secret_read (int fd, struct secret **secret)
{
    return read_new (fd, read_all, secret);
}

int
secret_read_once (int fd, struct secret **secret)
{
    return read_new (fd, read_once, secret);
}

int
secret_make_pipe (const struct secret *secret, size_t offset, size_t len)
{
    int fds[2], ret = 0;

    if (pipe2 (fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    if (write (fds[1], secret->bytes + offset, len) != (ssize_t) len)
        ret = -EIO;
    fd_close (&fds[1]);
    if (ret == 0 && fcntl (fds[0], F_SETFL, 0) < 0) /* who reads it may wait */
        ret = -errno;
    if (ret < 0)
        fd_close (&fds[0]);
    return ret < 0 ? ret : fds[0];
}
