/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox.c - after this the process keeps what it holds and can open nothing more.
 *
 * Two barriers, each for kernels where the other is missing: a landlock domain without a single rule
 * (landlock(7): every handled access is refused), and a seccomp filter (seccomp(2)) that refuses with
 * EPERM the system calls that open paths, make sockets, run programs or reach into other processes.
 * io_uring could open files behind seccomp's back: block/raw.c restricts its rings to reads and writes
 * on the disk, and making another ring is refused here.
 *
 * A tap's descriptor takes requests that change the host's interface.  Of those only what net/net-tap.c
 * needs gets through: reading what the interface is, which offloads may come from it, and whether a queue that
 * is held gets frames.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bits.h"
#include "landlock.h"

/* Refused with EPERM.  x86-64 numbers; the filter refuses every other ABI whole. */
static const uint16_t refused[] = {
    SYS_open,          SYS_openat,
    SYS_openat2,       SYS_creat,
    SYS_open_by_handle_at, SYS_name_to_handle_at,
    SYS_execve,        SYS_execveat,
    SYS_fork,          SYS_vfork,
    SYS_socket,        SYS_connect,
    SYS_bind,          SYS_listen,
    SYS_ptrace,        SYS_process_vm_readv,
    SYS_process_vm_writev, SYS_pidfd_open,
    SYS_pidfd_getfd,   SYS_mount,
    SYS_umount2,       SYS_pivot_root,
    SYS_chroot,        SYS_unshare,
    SYS_setns,         SYS_bpf,
    SYS_perf_event_open, SYS_userfaultfd,
    SYS_io_uring_setup, SYS_keyctl,
    SYS_add_key,       SYS_request_key,
    SYS_init_module,   SYS_finit_module,
    SYS_kexec_load,    SYS_unlink,
    SYS_unlinkat,      SYS_rename,
    SYS_renameat,      SYS_renameat2,
    SYS_link,          SYS_linkat,
    SYS_symlink,       SYS_symlinkat,
    SYS_mkdir,         SYS_mkdirat,
    SYS_mknod,         SYS_mknodat,
    SYS_truncate,      SYS_chmod,
    SYS_fchmodat,      SYS_chown,
    SYS_lchown,        SYS_fchownat,
};

#define N_REFUSED ARRAY_SIZE (refused)
#define REFUSE    (SECCOMP_RET_ERRNO | EPERM)
#define X32_BIT   0x40000000u

/* ioctl() requests: the low half, type and number, says which. */
#define REQUEST_MASK 0xffffu
#define TUN_FIRST    ('T' << 8 | 200)
#define TUN_LAST     ('T' << 8 | 255)

static const uint32_t tun_allowed[] = { TUNSETOFFLOAD, TUNGETIFF, TUNGETVNETHDRSZ, TUNSETQUEUE };

#define N_TUN_ALLOWED ARRAY_SIZE (tun_allowed)

/* The filter's instructions, by place. */
enum {
    LOAD_ARCH,
    CHECK_ARCH,
    LOAD_NUMBER,
    CHECK_X32,
    CHECK_CLONE3,
    CHECK_CLONE,
    CHECK_IOCTL,
    CHECK_FIRST, /* N_REFUSED of them */
    ALLOW = CHECK_FIRST + N_REFUSED,
    LOAD_REQUEST, /* of ioctl() */
    MASK_REQUEST,
    CHECK_TUN_FIRST,
    CHECK_TUN_LAST,
    CHECK_TUN, /* N_TUN_ALLOWED of them */
    REFUSE_TUN = CHECK_TUN + N_TUN_ALLOWED,
    ALLOW_REQUEST,
    LOAD_FLAGS, /* of clone() */
    CHECK_THREAD,
    ALLOW_THREAD,
    REFUSED,
    NO_SUCH_CALL,
    N_CODE
};

_Static_assert (N_CODE < 256, "jumps are eight bits wide");

/* Goes on at YES or NO, places after AT. */
static struct sock_filter
jump (unsigned at, uint16_t test, uint32_t value, unsigned yes, unsigned no)
{
    return (struct sock_filter) BPF_JUMP (BPF_JMP | test | BPF_K, value,
                                          (uint8_t) (yes - at - 1), (uint8_t) (no - at - 1));
}

static struct sock_filter
load (size_t offset)
{
    return (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (uint32_t) offset);
}

static struct sock_filter
leave (uint32_t with)
{
    return (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, with);
}

/* Everything but a tap's requests gets through, and of those the ones in the table. */
static void
add_ioctl (struct sock_filter *code)
{
    code[LOAD_REQUEST] = load (offsetof (struct seccomp_data, args[1]));
    code[MASK_REQUEST]
        = (struct sock_filter) BPF_STMT (BPF_ALU | BPF_AND | BPF_K, REQUEST_MASK);
    code[CHECK_TUN_FIRST]
        = jump (CHECK_TUN_FIRST, BPF_JGE, TUN_FIRST, CHECK_TUN_LAST, ALLOW_REQUEST);
    code[CHECK_TUN_LAST] = jump (CHECK_TUN_LAST, BPF_JGT, TUN_LAST, ALLOW_REQUEST, CHECK_TUN);
    for (unsigned i = 0; i < N_TUN_ALLOWED; i++)
        code[CHECK_TUN + i] = jump (CHECK_TUN + i, BPF_JEQ, tun_allowed[i] & REQUEST_MASK,
                                    ALLOW_REQUEST, CHECK_TUN + i + 1);
    code[REFUSE_TUN] = leave (REFUSE);
    code[ALLOW_REQUEST] = leave (SECCOMP_RET_ALLOW);
}

/* Threads may be made, processes not.  clone3() keeps its flags where a filter cannot see them, so it
 * is said not to exist, and the C library takes clone(). */
static bool
enter_seccomp (void)
{
    struct sock_filter code[N_CODE];
    struct sock_fprog program = { .len = N_CODE, .filter = code };

    code[LOAD_ARCH] = load (offsetof (struct seccomp_data, arch));
    code[CHECK_ARCH] = jump (CHECK_ARCH, BPF_JEQ, AUDIT_ARCH_X86_64, LOAD_NUMBER, REFUSED);
    code[LOAD_NUMBER] = load (offsetof (struct seccomp_data, nr));
    code[CHECK_X32] = jump (CHECK_X32, BPF_JGE, X32_BIT, REFUSED, CHECK_CLONE3);
    code[CHECK_CLONE3] = jump (CHECK_CLONE3, BPF_JEQ, SYS_clone3, NO_SUCH_CALL, CHECK_CLONE);
    code[CHECK_CLONE] = jump (CHECK_CLONE, BPF_JEQ, SYS_clone, LOAD_FLAGS, CHECK_IOCTL);
    code[CHECK_IOCTL] = jump (CHECK_IOCTL, BPF_JEQ, SYS_ioctl, LOAD_REQUEST, CHECK_FIRST);
    for (unsigned i = 0; i < N_REFUSED; i++)
        code[CHECK_FIRST + i]
            = jump (CHECK_FIRST + i, BPF_JEQ, refused[i], REFUSED, CHECK_FIRST + i + 1);
    code[ALLOW] = leave (SECCOMP_RET_ALLOW);
    add_ioctl (code);
    code[LOAD_FLAGS] = load (offsetof (struct seccomp_data, args[0]));
    code[CHECK_THREAD] = jump (CHECK_THREAD, BPF_JSET, CLONE_THREAD, ALLOW_THREAD, REFUSED);
    code[ALLOW_THREAD] = leave (SECCOMP_RET_ALLOW);
    code[REFUSED] = leave (REFUSE);
    code[NO_SUCH_CALL] = leave (SECCOMP_RET_ERRNO | ENOSYS);
    /* All threads: a library may have started one. */
    return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program)
           == 0;
}

int
sandbox_enter (struct sandbox_report *report)
{
    report->no_new_privileges = prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    report->landlock = report->no_new_privileges && landlock_enter ();
    report->seccomp = report->no_new_privileges && enter_seccomp ();
    return report->landlock || report->seccomp ? 0 : -EPERM;
}
