/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.c - file descriptors: whole reads and writes, flags, sealed memory, files without a name. */
#define _GNU_SOURCE
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void
fd_close (int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close (*fd);
    *fd = -1;
    errno = saved;
}

void
fd_close_all (int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fd_close (&fds[i]);
}

void
fd_init_all (int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fds[i] = -1;
}

int
fd_steal (int *fd)
{
    int stolen = *fd;

    *fd = -1;
    return stolen;
}

int
fd_pread_full (int fd, void *buf, size_t len, off_t offset)
{
    char *p = buf;

    while (len > 0) {
        ssize_t n = pread (fd, p, len, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EIO;
        p += n;
        offset += n;
        len -= (size_t) n;
    }
    return 0;
}

int
fd_pwrite_full (int fd, const void *buf, size_t len, off_t offset)
{
    const char *p = buf;

    while (len > 0) {
        ssize_t n = pwrite (fd, p, len, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EIO;
        p += n;
        offset += n;
        len -= (size_t) n;
    }
    return 0;
}

int
fd_set_nonblock (int fd)
{
    int flags = fcntl (fd, F_GETFL);

    if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return 0;
}

int
fd_set_cloexec (int fd)
{
    int flags = fcntl (fd, F_GETFD);

    if (flags < 0 || fcntl (fd, F_SETFD, flags | FD_CLOEXEC) < 0)
        return -errno;
    return 0;
}

bool
fd_is_at (int fd, const char *path)
{
    struct stat ours, there;

    return fstat (fd, &ours) == 0 && stat (path, &there) == 0 && ours.st_dev == there.st_dev
           && ours.st_ino == there.st_ino;
}

int
fd_lock (int fd, bool exclusive)
{
    struct flock lock = { .l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

    if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

int
fd_probe_lock (int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl (fd, F_OFD_GETLK, &lock) < 0 ? -errno : lock.l_type != F_UNLCK;
}

int
fd_memfd_create (const char *name, uint64_t size)
{
    int fd = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int err;

    if (fd < 0)
        return -errno;
    if (ftruncate (fd, (off_t) size) < 0
        || fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        err = -errno;
        close (fd);
        return err;
    }
    return fd;
}

int
fd_memfd_map (const char *name, uint64_t size, void **mapped)
{
    int fd = fd_memfd_create (name, size);
    int err;

    if (fd < 0)
        return fd;
    *mapped = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (*mapped != MAP_FAILED)
        return fd;
    err = -errno;
    close (fd);
    return err;
}

/* NFS and overlays of old kernels have no O_TMPFILE. */
static int
open_unlinked (const char *folder)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf (path, sizeof path, "%s/.nameless-XXXXXX", folder) >= (int) sizeof path)
        return -ENAMETOOLONG;
    fd = mkostemp (path, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    unlink (path);
    return fd;
}

int
fd_open_nameless (const char *folder)
{
    int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    if (errno == EOPNOTSUPP || errno == EISDIR)
        return open_unlinked (folder);
    return -errno;
}

void
fd_event_signal (int fd)
{
    uint64_t one = 1;

    while (write (fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void
fd_event_clear (int fd)
{
    uint64_t count;

    while (read (fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
}
