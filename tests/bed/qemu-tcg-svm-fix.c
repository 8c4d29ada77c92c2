/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preload for QEMU 7.2 (Debian 12) when it emulates AMD-V under TCG: mends two of its mistakes.
 *
 * 1. helper_write_crN() calls cpu_interrupt() without QEMU's big lock when a nested guest writes CR8
 *    while its hypervisor waits for an interrupt window; QEMU then aborts on its own assertion. UEFI
 *    firmware writes CR8 on every interrupt return, so no UEFI guest survives in the bed without this.
 *    cpu_interrupt() begins, on x86-64, with
 *        48 8b 05 <rel32>        mov  rel32(%rip), %rax     ; the accelerator's ops
 *        53 48 89 fb             push %rbx; mov %rdi, %rbx
 *        48 8b 80 <off32>        mov  off32(%rax), %rax     ; ops->handle_interrupt
 *    A version that takes the lock first is put in its place.
 *
 * 2. helper_vmrun(), when it injects an interrupt, leaves the vector in the processor's
 *    exception_index, though the interrupt is delivered already. Whatever makes QEMU leave its loop
 *    before the next #VMEXIT - a kick from another thread, so a busy host - has the vector delivered
 *    once more, as an exception: nested guests triple-fault or lose interrupts, and now and then the
 *    hypervisor's kernel dies. do_interrupt_x86_hardirq(), which delivers it, is
 *        41 89 d1                mov  %edx, %r9d
 *        48 81 ef <off32>        sub  off32, %rdi           ; from CPUX86State to its X86CPU
 *        45 31 c0 31 c9 31 d2    xor  %r8d, %r8d; xor %ecx, %ecx; xor %edx, %edx
 *        e9                      jmp  do_interrupt_all
 *    A version that clears exception_index afterwards is put in its place; where that field is says
 *    cpu_vmexit(), which stores EXCP_VMEXIT there:
 *        c7 83 <off32> 00 01 00 00       movl $0x100, off32(%rbx)   ; %rbx is the CPUX86State
 *
 * The bytes are checked first. Where they differ (another build), nothing is changed and a line on
 * stderr says so.
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
typedef void (*deliver_fn) (void *cpu, int number, int is_int, int error_code, uint64_t next_eip,
                            int is_hardware);

static bool (*bql_locked) (void);
static void (*bql_lock) (const char *file, int line);
static void (*bql_unlock) (void);
static void **accel_ops;
static int32_t handler_offset;

static deliver_fn do_interrupt_all;
static int32_t cpu_offset;       /* from a CPUX86State back to its X86CPU */
static int32_t exception_offset; /* from a CPUX86State to its CPUState's exception_index */

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

static void
complete_hardirq (char *env, int number, int is_hardware)
{
    do_interrupt_all (env - cpu_offset, number, 0, 0, 0, is_hardware); /* does not return when it faults */
    *(int32_t *) (env + exception_offset) = -1;
}

/* Makes ENTRY jump to TARGET. */
static void
replace (uint8_t *entry, uintptr_t target)
{
    uint8_t jump[12] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 }; /* mov target, %rax; jmp *%rax */
    long page = sysconf (_SC_PAGESIZE);
    void *start = (void *) ((uintptr_t) entry & ~(uintptr_t) (page - 1));

    memcpy (jump + 2, &target, sizeof target);
    if (mprotect (start, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return;
    memcpy (entry, jump, sizeof jump);
    mprotect (start, 2 * page, PROT_READ | PROT_EXEC);
}

static bool
lock_cpu_interrupt (uint8_t *entry)
{
    static const uint8_t middle[] = { 0x53, 0x48, 0x89, 0xfb, 0x48, 0x8b, 0x80 };
    int32_t rel;

    bql_locked = dlsym (RTLD_DEFAULT, "qemu_mutex_iothread_locked");
    bql_lock = dlsym (RTLD_DEFAULT, "qemu_mutex_lock_iothread_impl");
    bql_unlock = dlsym (RTLD_DEFAULT, "qemu_mutex_unlock_iothread");
    if (!bql_locked || !bql_lock || !bql_unlock || memcmp (entry, "\x48\x8b\x05", 3) != 0
        || memcmp (entry + 7, middle, sizeof middle) != 0)
        return false;
    memcpy (&rel, entry + 3, sizeof rel);
    memcpy (&handler_offset, entry + 14, sizeof handler_offset);
    accel_ops = (void **) (entry + 7 + rel);
    replace (entry, (uintptr_t) locked_cpu_interrupt);
    return true;
}

static bool
clear_exception_index (void)
{
    enum { LOOK = 128 };
    static const uint8_t head[] = { 0x41, 0x89, 0xd1, 0x48, 0x81, 0xef };
    static const uint8_t tail[] = { 0x45, 0x31, 0xc0, 0x31, 0xc9, 0x31, 0xd2, 0xe9 };
    uint8_t *entry = dlsym (RTLD_DEFAULT, "do_interrupt_x86_hardirq");
    uint8_t *vmexit = dlsym (RTLD_DEFAULT, "cpu_vmexit");

    do_interrupt_all = (deliver_fn) dlsym (RTLD_DEFAULT, "do_interrupt_all");
    if (!entry || !vmexit || !do_interrupt_all || memcmp (entry, head, sizeof head) != 0
        || memcmp (entry + 10, tail, sizeof tail) != 0)
        return false;
    memcpy (&cpu_offset, entry + sizeof head, sizeof cpu_offset);
    for (uint8_t *p = vmexit; p < vmexit + LOOK; p++) {
        if (memcmp (p, "\xc7\x83", 2) != 0 || memcmp (p + 6, "\0\1\0", 4) != 0)
            continue;
        memcpy (&exception_offset, p + 2, sizeof exception_offset);
        replace (entry, (uintptr_t) complete_hardirq);
        return true;
    }
    return false;
}

__attribute__ ((constructor)) static void
install (void)
{
    uint8_t *entry = dlsym (RTLD_DEFAULT, "cpu_interrupt");

    if (!entry)
        return; /* not QEMU: a helper process that inherited the preload */
    if (!lock_cpu_interrupt (entry) || !clear_exception_index ())
        fprintf (stderr, "qemu-tcg-svm-fix: unknown QEMU build, left alone\n");
}
