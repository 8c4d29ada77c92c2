/* SPDX-License-Identifier: GPL-2.0-or-later */
/* landlock.c - a landlock domain without a single rule: every access it handles is refused. */
#define _GNU_SOURCE
#include "landlock.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
landlock_enter (void)
{
    struct landlock_ruleset_attr attr = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE
                             | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR
                             | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
                             | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR
                             | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK
                             | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
                             | LANDLOCK_ACCESS_FS_MAKE_SYM,
    };
    long fd = syscall (SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    bool done;

    if (fd < 0)
        return false;
    done = syscall (SYS_landlock_restrict_self, fd, 0) == 0;
    close ((int) fd);
    return done;
}
