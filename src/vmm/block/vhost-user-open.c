/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-open.c - opening a disk that another process has, by who has nothing else to do meanwhile. */
#include <errno.h>
#include <poll.h>

#include "bits.h"
#include "loop.h"
#include "vhost-user-private.h"

/* Waits for the first peer's answers. */
static int
greet_first (struct block *block, const char **why)
{
    int64_t until_ns;
    struct pollfd poll_fd = { .fd = block_vhost_user_get_fd (block, &until_ns), .events = POLLIN };
    int ret = 0;

    while (ret == 0) {
        int64_t left_ns = until_ns - loop_now_ns ();

        poll (&poll_fd, 1, (int) (MAX_OF (left_ns, 0) / 1000000) + 1);
        ret = block_vhost_user_hear (block, why);
    }
    return ret < 0 ? ret : 0;
}

int
block_vhost_user_open (struct loop *loop, int fd, unsigned flags, const struct block_memory *memory,
                       unsigned n_memory, struct block **out, const char **why)
{
    struct block *block;
    int ret = block_vhost_user_begin (loop, fd, flags, memory, n_memory, &block, why);

    if (ret < 0)
        return ret;
    ret = greet_first (block, why);
    if (ret == 0)
        ret = block_vhost_user_finish (block);
    if (ret < 0)
        block_close (block);
    else
        *out = block;
    return ret;
}
