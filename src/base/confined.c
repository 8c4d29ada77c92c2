/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confined.c - a program that is to have no more than what it is handed. */
#include "confined.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"

#define LOAD(field)     BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, field))
#define IF_EQUAL(k)     BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (k), 0, 1)
#define UNLESS_EQUAL(k) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (k), 1, 0)
#define UNLESS_BELOW(k) BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, (k), 0, 1)
#define ANSWER(action)  BPF_STMT (BPF_RET | BPF_K, (action))
#define X32_BIT         0x40000000u

#define LOAD_FIRST LOAD (args[0]) /* the lower half: little endian, as x86 is */
#define DONE       ANSWER (SECCOMP_RET_ERRNO | 0)

static bool
filter (struct sock_filter *code, size_t n)
{
    const struct sock_fprog program = { (unsigned short) n, code };

    return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#define ONLY_THIS_ABI                                                                              \
    LOAD (arch), UNLESS_EQUAL (AUDIT_ARCH_X86_64), ANSWER (SECCOMP_RET_ERRNO | ENOSYS), LOAD (nr), \
        UNLESS_BELOW (X32_BIT), ANSWER (SECCOMP_RET_ERRNO | ENOSYS)

/* No new socket.  io_uring could make one; it is left, as images are read by it. */
static bool
refuse_sockets (void)
{
    static struct sock_filter code[] = {
        ONLY_THIS_ABI,
        IF_EQUAL (SYS_socket),
        ANSWER (SECCOMP_RET_ERRNO | EACCES),
        IF_EQUAL (SYS_connect),
        ANSWER (SECCOMP_RET_ERRNO | EACCES),
        ANSWER (SECCOMP_RET_ALLOW),
    };

    return filter (code, sizeof code / sizeof *code);
}

/* No new socket either, but descriptor 0 for one: what is answered instead of the kernel is 0, which is that descriptor,
 * and that it is connected, and closed.  So a library that makes its connection itself has the one it is to have. */
static bool
give_connection (void)
{
    static struct sock_filter code[] = {
        ONLY_THIS_ABI,
        IF_EQUAL (SYS_connect),
        DONE,
        BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 6), /* to what closes */
        LOAD_FIRST,
        IF_EQUAL (AF_INET),
        DONE,
        IF_EQUAL (AF_INET6),
        DONE,
        ANSWER (SECCOMP_RET_ERRNO | EACCES),
        BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 0, 3),
        LOAD_FIRST,
        IF_EQUAL (0),
        DONE,
        ANSWER (SECCOMP_RET_ALLOW),
    };

    return filter (code, sizeof code / sizeof *code);
}

bool
confined_enter (const char *program, const int *files, unsigned n_files, bool connected,
                pid_t parent)
{
    const char *const paths[] = {
        "/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", program, NULL
    };
    const struct rlimit no_core = { 0, 0 };

    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () != parent)
        return false; /* it ended before that was said */
    setrlimit (RLIMIT_CORE, &no_core);
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        landlock_enter_with (paths, files, n_files);
        if (!connected)
            refuse_sockets (); /* each is a barrier where the kernel has it */
        else if (!give_connection ())
            return false; /* which would make one to whomever it likes */
    } else if (connected) {
        return false;
    }
    return true;
}
