/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preload for QEMU 7.2 (Debian 12) when it emulates AMD-V under TCG.
 *
 * helper_write_crN() calls cpu_interrupt() without QEMU's big lock when a nested guest writes CR8
 * while its hypervisor waits for an interrupt window; QEMU then aborts on its own assertion. UEFI
 * firmware writes CR8 on every interrupt return, so no UEFI guest survives in the bed without this.
 *
 * cpu_interrupt() begins, on x86-64, with
 *     48 8b 05 <rel32>        mov  rel32(%rip), %rax     ; the accelerator's ops
 *     53 48 89 fb             push %rbx; mov %rdi, %rbx
 *     48 8b 80 <off32>        mov  off32(%rax), %rax     ; ops->handle_interrupt
 * We check these bytes, remember both operands, and put a jump to a version that takes the lock
 * first. Where the bytes differ (another build), nothing is changed and a line on stderr says so.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void (*interrupt_fn) (void *cpu, int mask);

static bool (*bql_locked) (void);
static void (*bql_lock) (const char *file, int line);
static void (*bql_unlock) (void);
static void **accel_ops;
static int32_t handler_offset;

static void
locked_cpu_interrupt (void *cpu, int mask)
{
    bool locked = bql_locked ();
    interrupt_fn handler = *(interrupt_fn *) ((char *) *accel_ops + handler_offset);

    if (!locked)
        bql_lock (__FILE__, __LINE__);
    handler (cpu, mask);
    if (!locked)
        bql_unlock ();
}

__attribute__ ((constructor)) static void
install (void)
{
    uint8_t *entry = dlsym (RTLD_DEFAULT, "cpu_interrupt");
    static const uint8_t middle[] = { 0x53, 0x48, 0x89, 0xfb, 0x48, 0x8b, 0x80 };
    uint8_t jump[12] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 };
    uintptr_t target = (uintptr_t) locked_cpu_interrupt;
    long page = sysconf (_SC_PAGESIZE);
    int32_t rel;

    if (!entry)
        return; /* not QEMU: a helper process that inherited the preload */
    bql_locked = dlsym (RTLD_DEFAULT, "qemu_mutex_iothread_locked");
    bql_lock = dlsym (RTLD_DEFAULT, "qemu_mutex_lock_iothread_impl");
    bql_unlock = dlsym (RTLD_DEFAULT, "qemu_mutex_unlock_iothread");
    if (!bql_locked || !bql_lock || !bql_unlock || memcmp (entry, "\x48\x8b\x05", 3) != 0
        || memcmp (entry + 7, middle, sizeof middle) != 0) {
        fprintf (stderr, "qemu-tcg-svm-fix: unknown QEMU build, left alone\n");
        return;
    }
    memcpy (&rel, entry + 3, sizeof rel);
    memcpy (&handler_offset, entry + 14, sizeof handler_offset);
    accel_ops = (void **) (entry + 7 + rel);
    memcpy (jump + 2, &target, sizeof target);

    void *start = (void *) ((uintptr_t) entry & ~(uintptr_t) (page - 1));
    if (mprotect (start, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return;
    memcpy (entry, jump, sizeof jump);
    mprotect (start, 2 * page, PROT_READ | PROT_EXEC);
}
