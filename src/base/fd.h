/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.h - file descriptors: whole reads and writes, flags, locks, sealed memory, files without a name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Closes *FD unless it is negative and sets it to -1; errno is kept. */
void fd_close (int *fd);

/* The same for each of the N at FDS; and sets each of them to -1, whatever it was. */
void fd_close_all (int *fds, size_t n);
void fd_init_all (int *fds, size_t n);

/* Returns *FD and leaves -1 in its place: the caller owns it now. */
int fd_steal (int *fd);

/* Read or write exactly LEN bytes at OFFSET, going on after short transfers and EINTR.
 * Return 0, -EIO when the file ends too soon, or -errno. */
int fd_pread_full (int fd, void *buf, size_t len, off_t offset);
int fd_pwrite_full (int fd, const void *buf, size_t len, off_t offset);

/* Return 0 or -errno. */
int fd_set_nonblock (int fd);
int fd_set_cloexec (int fd);

/* Whether PATH leads to what FD has open. */
bool fd_is_at (int fd, const char *path);

/* Advisory locks (F_OFD_SETLK) on all of FD, which belong to the open file and go with its last descriptor.
 * Returns 0, -EAGAIN when somebody else's is in the way, or -errno.  EXCLUSIVE needs FD open for writing. */
int fd_lock (int fd, bool exclusive);

/* Whether somebody else's lock is on any of FD: 1, 0, or -errno where that cannot be told. */
int fd_probe_lock (int fd);

/* Makes an anonymous file of SIZE bytes named NAME (for /proc only), sealed against growing and
 * shrinking, close-on-exec.  Returns the descriptor or -errno. */
int fd_memfd_create (const char *name, uint64_t size);

/* The same, mapped at *MAPPED to be read and written; that is the caller's to unmap. */
int fd_memfd_map (const char *name, uint64_t size, void **mapped);

/* Makes an empty file in FOLDER that has no name and so ends with its last descriptor; where the file system has none
 * such, it has had a name for a moment.  To be read and written, close-on-exec, its user's alone.  Returns the
 * descriptor or -errno. */
int fd_open_nameless (const char *folder);

/* Adds 1 to the eventfd FD; a full counter is already a wake-up and no error. */
void fd_event_signal (int fd);

/* Takes the eventfd FD back to zero; FD is non-blocking. */
void fd_event_clear (int fd);
