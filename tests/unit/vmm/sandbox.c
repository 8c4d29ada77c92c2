/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox.c - what a locked-in process can still do, and what not; each try in a child of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

/* What a child ends with: nothing that a sanitizer or the C library says when it ends badly. */
enum { WORKED = 40, REFUSED, NO_SANDBOX };

/* Runs TRY in a child after sandbox_enter(); TRY returns 0 or -errno. */
static int
in_sandbox (int (*try) (void))
{
    int status;
    pid_t pid = fork ();

    if (pid == 0) {
        struct sandbox_report report;
        int ret;

        if (sandbox_enter (&report) < 0)
            _exit (NO_SANDBOX);
        ret = try ();
        _exit (ret == -EPERM || ret == -EACCES ? REFUSED : WORKED);
    }
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFEXITED (status));
    if (WEXITSTATUS (status) == NO_SANDBOX)
        g_test_skip ("this kernel has neither landlock nor seccomp");
    return WEXITSTATUS (status);
}

static int
result (long ret)
{
    return ret < 0 ? -errno : 0;
}

static int
try_read (void)
{
    return result (open ("/etc/passwd", O_RDONLY));
}

static int
try_create (void)
{
    return result (open ("/tmp/vitrine-sandbox-test", O_CREAT | O_WRONLY, 0600));
}

static int
try_socket (void)
{
    return result (socket (AF_INET, SOCK_STREAM, 0));
}

static int
try_exec (void)
{
    char name[] = "true";
    char *const argv[] = { name, NULL };

    return result (execv ("/bin/true", argv));
}

static int
try_fork (void)
{
    return result (fork ());
}

static int
try_ring (void)
{
    struct io_uring_params params = { 0 };

    return result (syscall (SYS_io_uring_setup, 4, &params));
}

static int
try_unlink (void)
{
    return result (unlink ("/tmp/vitrine-sandbox-test-that-is-not-there"));
}

static int
call_32_bit (int number)
{
    int ret;

    __asm__ volatile("int $0x80" : "=a"(ret) : "a"(number), "b"(0), "c"(0), "d"(0) : "memory");
    return ret;
}

/* 5 is open in the 32-bit table; the path does not matter, the call itself must not happen. */
static int
try_open_by_32_bit_call (void)
{
    return call_32_bit (5);
}

/* A kernel without them ends whoever makes one, in a sandbox or not.  20 is getpid. */
static bool
has_32_bit_calls (void)
{
    int status;
    pid_t pid = fork ();

    if (pid == 0) {
        signal (SIGSEGV, SIG_DFL); /* a sanitizer may have taken it */
        call_32_bit (20);
        _exit (0);
    }
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    return WIFEXITED (status);
}

/* What the descriptor is does not matter: the filter looks at the request alone. */
static int
try_tap_attach (void)
{
    return result (ioctl (0, TUNSETIFF, NULL));
}

static int
try_tap_persist (void)
{
    return result (ioctl (0, TUNSETPERSIST, 1));
}

static int
try_tap_offload (void)
{
    return ioctl (-1, TUNSETOFFLOAD, 0) < 0 && errno == EBADF && ioctl (-1, TUNSETQUEUE, NULL) < 0
                   && errno == EBADF && ioctl (-1, TCGETS, NULL) < 0 && errno == EBADF
               ? 0
               : -EPERM;
}

static int
try_ordinary_work (void)
{
    int pair[2];
    void *memory = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || pipe (pair) < 0 || write (pair[1], "x", 1) != 1)
        return -EPERM;
    return 0;
}

#define REFUSES(name)                                                                             \
    static void test_##name (void)                                                                \
    {                                                                                             \
        int got = in_sandbox (try_##name);                                                        \
                                                                                                  \
        if (got != NO_SANDBOX)                                                                    \
            g_assert_cmpint (got, ==, REFUSED);                                                   \
    }

REFUSES (read)
REFUSES (create)
REFUSES (socket)
REFUSES (exec)
REFUSES (fork)
REFUSES (ring)
REFUSES (unlink)
REFUSES (tap_attach)
REFUSES (tap_persist)

static void
test_32_bit_calls (void)
{
    int got;

    if (!has_32_bit_calls ()) {
        g_test_skip ("this kernel has no 32-bit calls");
        return;
    }
    got = in_sandbox (try_open_by_32_bit_call);
    if (got != NO_SANDBOX)
        g_assert_cmpint (got, ==, REFUSED);
}

static void
test_tap_offload (void)
{
    int got = in_sandbox (try_tap_offload);

    if (got != NO_SANDBOX)
        g_assert_cmpint (got, ==, WORKED);
}

static void
test_ordinary_work_goes_on (void)
{
    int got = in_sandbox (try_ordinary_work);

    if (got != NO_SANDBOX)
        g_assert_cmpint (got, ==, WORKED);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/core/sandbox/no-file-is-opened", test_read);
    g_test_add_func ("/core/sandbox/no-file-is-made", test_create);
    g_test_add_func ("/core/sandbox/no-file-is-removed", test_unlink);
    g_test_add_func ("/core/sandbox/no-socket-is-made", test_socket);
    g_test_add_func ("/core/sandbox/no-program-is-run", test_exec);
    g_test_add_func ("/core/sandbox/no-process-is-made", test_fork);
    g_test_add_func ("/core/sandbox/no-new-ring-is-made", test_ring);
    g_test_add_func ("/core/sandbox/32-bit-calls-are-no-way-round", test_32_bit_calls);
    g_test_add_func ("/core/sandbox/no-tap-is-attached-to", test_tap_attach);
    g_test_add_func ("/core/sandbox/no-tap-is-changed", test_tap_persist);
    g_test_add_func ("/core/sandbox/a-taps-offloads-are-set", test_tap_offload);
    g_test_add_func ("/core/sandbox/ordinary-work-goes-on", test_ordinary_work_goes_on);
    return g_test_run ();
}
