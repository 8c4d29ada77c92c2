/* SPDX-License-Identifier: GPL-2.0-or-later */
/* landlock.c - a landlock domain: every access it handles is refused, but for what it was made with. */
#define _GNU_SOURCE
#include "landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
#define READ      (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static bool
allow (int domain, int fd, uint64_t access)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };

    return syscall (SYS_landlock_add_rule, domain, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static void
allow_path (int domain, const char *path)
{
    int fd = open (path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return;
    if (!allow (domain, fd, READ))
        allow (domain, fd, READ_FILE); /* it is no folder */
    close (fd);
}

static void
allow_file (int domain, int fd)
{
    static const uint64_t access[] = {
        [O_RDONLY] = LANDLOCK_ACCESS_FS_READ_FILE,
        [O_WRONLY] = LANDLOCK_ACCESS_FS_WRITE_FILE,
        [O_RDWR] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
    };
    int flags = fcntl (fd, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) <= O_RDWR)
        allow (domain, fd, access[flags & O_ACCMODE]);
}

bool
landlock_enter_with (const char *const *paths, const int *files, unsigned n_files)
{
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR
                             | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR
                             | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG
                             | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO
                             | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
    };
    int domain = (int) syscall (SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    bool done;

    if (domain < 0)
        return false;
    for (; *paths; paths++)
        allow_path (domain, *paths);
    for (unsigned i = 0; i < n_files; i++)
        allow_file (domain, files[i]);
    done = syscall (SYS_landlock_restrict_self, domain, 0) == 0;
    close (domain);
    return done;
}

bool
landlock_enter (void)
{
    return landlock_enter_with (&(const char *){ NULL }, NULL, 0);
}
