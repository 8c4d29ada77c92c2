/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine.c - takes from a display server what it does not need any more.
 *
 * A display server parses what remote viewers send, with a library that had many bugs.  Whoever
 * takes it over shall find the pictures and input of one machine there, and nothing else: no files
 * (landlock without a rule), no sockets, programs or other processes (seccomp), few descriptors.
 */
#define _GNU_SOURCE
#include "confine.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bits.h"
#include "landlock.h"
#include "remote-protocol.h"

/* Standard ones, control, display, epoll; a socket and a memfd a viewer; some on their way. */
#define MAX_DESCRIPTORS (16 + 4 * REMOTE_MAX_CLIENTS)

void
confine_descriptors (int last)
{
    close_range ((unsigned) last + 1, ~0u, 0);
}

/* Refused with EPERM; numbers are x86-64's, every other ABI is refused whole. */
static const uint16_t refused[] = {
    SYS_open,
    SYS_openat,
    SYS_openat2,
    SYS_creat,
    SYS_open_by_handle_at,
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_execve,
    SYS_execveat,
    SYS_fork,
    SYS_vfork,
    SYS_clone,
    SYS_clone3,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_kill,
    SYS_tkill,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_unlink,
    SYS_unlinkat,
    SYS_rename,
    SYS_renameat,
    SYS_renameat2,
    SYS_link,
    SYS_linkat,
    SYS_symlink,
    SYS_symlinkat,
    SYS_mkdir,
    SYS_mkdirat,
    SYS_mknod,
    SYS_mknodat,
    SYS_truncate,
    SYS_chmod,
    SYS_fchmodat,
    SYS_chown,
    SYS_lchown,
    SYS_fchownat,
    SYS_inotify_add_watch,
    SYS_fanotify_mark,
};

#define N_REFUSED ARRAY_SIZE (refused)
#define REFUSE    (SECCOMP_RET_ERRNO | 1) /* EPERM */
#define X32_BIT   0x40000000u
#define PROLOGUE  4

static void
enter_seccomp (void)
{
    struct sock_filter code[PROLOGUE + N_REFUSED + 2] = {
        BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch)),
        BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, N_REFUSED + 3),
        BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
        BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, X32_BIT, N_REFUSED + 1, 0),
    };
    struct sock_fprog program = { .len = ARRAY_SIZE (code), .filter = code };

    _Static_assert(N_REFUSED + 3 < 256, "jumps are eight bits wide");
    for (unsigned i = 0; i < N_REFUSED; i++)
        code[PROLOGUE + i] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, refused[i],
                                                            (uint8_t) (N_REFUSED - i), 0);
    code[PROLOGUE + N_REFUSED] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[PROLOGUE + N_REFUSED + 1] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, REFUSE);
    syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

void
confine_files (void)
{
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        landlock_enter ();
}

void
confine_calls (void)
{
    const struct rlimit descriptors = { MAX_DESCRIPTORS, MAX_DESCRIPTORS };

    setrlimit (RLIMIT_NOFILE, &descriptors);
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        enter_seccomp ();
}

void
confine (void)
{
    confine_files ();
    confine_calls ();
}
