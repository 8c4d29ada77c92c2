/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backing.c - the host's memory behind a guest's RAM. */
#define _GNU_SOURCE
#include "backing.h"

#include <errno.h>
#include <sys/mman.h>

#include "bits.h"
#include "fd.h"

#define GUARD_BYTES 4096

static int
create_shared (struct backing *backing, const char *name, uint64_t bytes)
{
    void *mapped;
    int fd = fd_memfd_map (name, bytes, &mapped);

    if (fd < 0)
        return fd;
    backing->host = mapped;
    backing->fd = fd;
    return 0;
}

/* Maps more than is needed and gives back what is before the boundary and behind the guard. */
static int
create_private (struct backing *backing, uint64_t bytes)
{
    uint64_t whole = bytes + GUARD_BYTES + BACKING_ALIGNMENT;
    uint8_t *mapped = mmap (NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint64_t before, behind;

    if (mapped == MAP_FAILED)
        return -ENOMEM;
    before = align_up ((uintptr_t) mapped, BACKING_ALIGNMENT) - (uintptr_t) mapped;
    behind = BACKING_ALIGNMENT - before;
    if (before > 0)
        munmap (mapped, before);
    if (behind > 0)
        munmap (mapped + whole - behind, behind);
    backing->host = mapped + before;
    return mprotect (backing->host, bytes, PROT_READ | PROT_WRITE) < 0 ? -errno : 0;
}

int
backing_create (struct backing *backing, const char *name, uint64_t bytes, bool shared)
{
    int ret;

    *backing = (struct backing) BACKING_INIT;
    backing->size_bytes = bytes;
    ret = shared ? create_shared (backing, name, bytes) : create_private (backing, bytes);
    if (ret < 0) {
        backing_destroy (backing);
        return ret;
    }
    madvise (backing->host, bytes, MADV_DONTDUMP);
    madvise (backing->host, bytes, MADV_HUGEPAGE);
    return 0;
}

void
backing_destroy (struct backing *backing)
{
    if (backing->host)
        munmap (backing->host, backing->size_bytes + (backing->fd < 0 ? GUARD_BYTES : 0));
    fd_close (&backing->fd);
    *backing = (struct backing) BACKING_INIT;
}
