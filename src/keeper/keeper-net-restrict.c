/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-restrict.c - a passt whose guest reaches nothing.
 *
 * passt makes its guest's connections its own, so a guest that shall reach nothing has a passt that cannot
 * connect.  What it makes sockets of is TCP alone, and a TCP socket speaks to others when it was accepted, or
 * by connect() and its two disguises: MSG_FASTOPEN, and io_uring.  Datagrams would need looking at addresses
 * in memory, which a filter cannot: there are no sockets for them, nor UDP forwards (definition-card.c).
 */
#include "keeper-net-restrict.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define X32_BIT 0x40000000u

#define LOAD(field)      BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, field))
#define LOAD_ARGUMENT(n) LOAD (args[n])
#define LOAD_HIGH(n)                                                                               \
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args[n]) + 4)
#define UNLESS_EQUAL(k, skip) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (k), 0, (skip))
#define IF_EQUAL(k, skip)     BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (k), (skip), 0)
#define UNLESS_SET(k, skip)   BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, (k), 0, (skip))
#define ALLOW                 BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(err)           BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (err))

/* The call NR, whose argument N has flags, may not have MSG_FASTOPEN. */
#define NO_FASTOPEN(nr, n)                                                                         \
    UNLESS_EQUAL (nr, 4), LOAD_ARGUMENT (n), UNLESS_SET (MSG_FASTOPEN, 1), REFUSE (ENETUNREACH),   \
        ALLOW

gboolean
keeper_net_restrict (void)
{
    static struct sock_filter code[] = {
        LOAD (arch),
        IF_EQUAL (AUDIT_ARCH_X86_64, 1),
        REFUSE (ENOSYS),
        LOAD (nr),
        BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
        REFUSE (ENOSYS),

        UNLESS_EQUAL (SYS_connect, 1),
        REFUSE (ENETUNREACH),
        UNLESS_EQUAL (SYS_io_uring_setup, 1),
        REFUSE (ENOSYS),
        NO_FASTOPEN (SYS_sendmsg, 2),
        NO_FASTOPEN (SYS_sendmmsg, 3),

        /* sendto(): nor an address. */
        UNLESS_EQUAL (SYS_sendto, 8),
        LOAD_ARGUMENT (3),
        UNLESS_SET (MSG_FASTOPEN, 1),
        REFUSE (ENETUNREACH),
        LOAD_ARGUMENT (4),
        UNLESS_EQUAL (0, 2),
        LOAD_HIGH (4),
        IF_EQUAL (0, 1),
        REFUSE (ENETUNREACH),

        /* socket(): the kernel's own two families, and TCP. */
        LOAD (nr),
        UNLESS_EQUAL (SYS_socket, 12),
        LOAD_ARGUMENT (0),
        IF_EQUAL (AF_UNIX, 10),
        IF_EQUAL (AF_NETLINK, 9),
        IF_EQUAL (AF_INET, 1),
        UNLESS_EQUAL (AF_INET6, 6),
        LOAD_ARGUMENT (1),
        BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 0xf), /* without SOCK_CLOEXEC and the like */
        UNLESS_EQUAL (SOCK_STREAM, 3),
        LOAD_ARGUMENT (2),
        IF_EQUAL (0, 2),
        IF_EQUAL (IPPROTO_TCP, 1),
        REFUSE (EACCES),
        ALLOW,
    };
    const struct sock_fprog program = { G_N_ELEMENTS (code), code };

    return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
