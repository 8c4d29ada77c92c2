/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpu-state.c - the registers of a vCPU.
 *
 * A new vCPU is in the state the processor has after RESET#, as KVM knows it best; so that state is
 * read once and written back at each reset.  Model-specific registers are written one run at a time:
 * KVM stops at the first it does not take, and which those are differs from host to host.
 */
#include "cpu-state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "boot.h"
#include "kvm-private.h"

#define MSR_TSC            0x10
#define MSR_TSC_ADJUST     0x3b
#define MSR_MTRR_PHYSBASE0 0x200
#define MSR_MTRR_PHYSMASK0 0x201
#define MSR_MTRR_DEF_TYPE  0x2ff

/* Hyper-V's, of which KVM lists some only. */
#define MSR_HV_SIEFP   0x40000082
#define MSR_HV_SIMP    0x40000083
#define MSR_HV_SINT0   0x40000090 /* 16 of them */
#define MSR_HV_STIMER0 0x400000b0 /* 4 of them, each with a count behind it; the first is listed */
#define N_HV_SINTS     16
#define N_HV_STIMERS   4
#define N_UNLISTED     (2 + N_HV_SINTS + 2 * N_HV_STIMERS - 1)

#define APIC_LVT0        0x350
#define APIC_LVT1        0x360
#define APIC_MODE_NMI    (4u << 8)
#define APIC_MODE_EXTINT (7u << 8)

struct msr_list {
    uint32_t n, pad;
    struct kvm_msr_entry entries[];
};

_Static_assert (sizeof (struct msr_list) == sizeof (struct kvm_msrs), "the kernel's layout");

struct cpu_state {
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    struct kvm_fpu fpu;
    struct kvm_xcrs xcrs;
    struct kvm_debugregs debugregs;
    struct kvm_lapic_state lapic;
    struct kvm_mp_state mp_state;
    struct kvm_vcpu_events events;
    bool has_xcrs, has_debugregs, has_events;
    struct msr_list *msrs;
};

/* The indices of all registers KVM can save, or NULL. */
static struct kvm_msr_list *
list_msrs (struct kvm *kvm)
{
    struct kvm_msr_list none = { 0 };
    struct kvm_msr_list *list;

    if (ioctl (kvm->dev_fd, KVM_GET_MSR_INDEX_LIST, &none) < 0 && errno != E2BIG)
        return NULL;
    list = calloc (1, sizeof *list + none.nmsrs * sizeof list->indices[0]);
    if (!list)
        return NULL;
    list->nmsrs = none.nmsrs;
    if (ioctl (kvm->dev_fd, KVM_GET_MSR_INDEX_LIST, list) < 0)
        list->nmsrs = 0;
    return list;
}

/* Calls REQUEST (KVM_GET_MSRS or KVM_SET_MSRS) on all N entries, leaving out those KVM refuses;
 * returns how many were done, compacted to the front when GET. */
static unsigned
transfer_msrs (int vcpu_fd, unsigned long request, struct kvm_msr_entry *entries, unsigned n)
{
    struct msr_list *part = malloc (sizeof *part + n * sizeof part->entries[0]);
    unsigned from = 0, done = 0;

    while (part && from < n) {
        int ret;

        part->n = n - from;
        part->pad = 0;
        memcpy (part->entries, entries + from, part->n * sizeof part->entries[0]);
        ret = ioctl (vcpu_fd, request, part);
        if (ret < 0)
            break;
        if (request == KVM_GET_MSRS)
            memmove (entries + done, part->entries, (unsigned) ret * sizeof entries[0]);
        done += (unsigned) ret;
        from += (unsigned) ret + 1; /* and skip the one it stopped at */
    }
    free (part);
    return done;
}

static bool
is_kept_at_reset (uint32_t msr)
{
    return msr == MSR_TSC || msr == MSR_TSC_ADJUST; /* time goes on */
}

/* A timer that is set off goes before what it would send its message by. */
static void
add_unlisted (struct msr_list *msrs)
{
    for (uint32_t i = 1; i < 2 * N_HV_STIMERS; i++)
        msrs->entries[msrs->n++].index = MSR_HV_STIMER0 + i;
    msrs->entries[msrs->n++].index = MSR_HV_SIEFP;
    msrs->entries[msrs->n++].index = MSR_HV_SIMP;
    for (uint32_t i = 0; i < N_HV_SINTS; i++)
        msrs->entries[msrs->n++].index = MSR_HV_SINT0 + i;
}

static struct msr_list *
capture_msrs (struct kvm *kvm, int vcpu_fd)
{
    struct kvm_msr_list *indices = list_msrs (kvm);
    struct msr_list *msrs =
        indices ? calloc (1, sizeof *msrs + (indices->nmsrs + N_UNLISTED) * sizeof msrs->entries[0])
                : NULL;

    if (msrs) {
        add_unlisted (msrs);
        for (unsigned i = 0; i < indices->nmsrs; i++) {
            if (!is_kept_at_reset (indices->indices[i]))
                msrs->entries[msrs->n++].index = indices->indices[i];
        }
        msrs->n = transfer_msrs (vcpu_fd, KVM_GET_MSRS, msrs->entries, msrs->n);
    }
    free (indices);
    return msrs;
}

struct cpu_state *
cpu_state_capture (struct kvm *kvm, int vcpu_fd)
{
    struct cpu_state *state = calloc (1, sizeof *state);

    if (!state)
        return NULL;
    state->msrs = capture_msrs (kvm, vcpu_fd);
    if (!state->msrs || ioctl (vcpu_fd, KVM_GET_REGS, &state->regs) < 0
        || ioctl (vcpu_fd, KVM_GET_SREGS, &state->sregs) < 0
        || ioctl (vcpu_fd, KVM_GET_FPU, &state->fpu) < 0
        || ioctl (vcpu_fd, KVM_GET_LAPIC, &state->lapic) < 0
        || ioctl (vcpu_fd, KVM_GET_MP_STATE, &state->mp_state) < 0) {
        cpu_state_free (state);
        return NULL;
    }
    state->has_xcrs = ioctl (vcpu_fd, KVM_GET_XCRS, &state->xcrs) == 0;
    state->has_debugregs = ioctl (vcpu_fd, KVM_GET_DEBUGREGS, &state->debugregs) == 0;
    state->has_events = ioctl (vcpu_fd, KVM_GET_VCPU_EVENTS, &state->events) == 0;
    return state;
}

void
cpu_state_free (struct cpu_state *state)
{
    if (!state)
        return;
    free (state->msrs);
    free (state);
}

int
cpu_state_restore (const struct cpu_state *state, int vcpu_fd)
{
    struct kvm_vcpu_events events = state->events;
    struct msr_list *msrs = state->msrs;
    struct kvm_mp_state mp_state;

    /* INITs and SIPIs that wait (a vCPU that does not run gets those firmware sends to everybody) are
     * acted upon when KVM is asked for this state; what comes of it is overwritten below. */
    ioctl (vcpu_fd, KVM_GET_MP_STATE, &mp_state);
    if (ioctl (vcpu_fd, KVM_SET_SREGS, &state->sregs) < 0
        || ioctl (vcpu_fd, KVM_SET_REGS, &state->regs) < 0
        || ioctl (vcpu_fd, KVM_SET_FPU, &state->fpu) < 0)
        return -errno;
    if (state->has_xcrs)
        ioctl (vcpu_fd, KVM_SET_XCRS, &state->xcrs);
    transfer_msrs (vcpu_fd, KVM_SET_MSRS, msrs->entries, msrs->n);
    if (ioctl (vcpu_fd, KVM_SET_LAPIC, &state->lapic) < 0)
        return -errno;
    if (state->has_debugregs)
        ioctl (vcpu_fd, KVM_SET_DEBUGREGS, &state->debugregs);
    if (state->has_events) {
        events.flags |= KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SIPI_VECTOR
                        | KVM_VCPUEVENT_VALID_SHADOW;
        ioctl (vcpu_fd, KVM_SET_VCPU_EVENTS, &events);
    }
    return ioctl (vcpu_fd, KVM_SET_MP_STATE, &state->mp_state) < 0 ? -errno : 0;
}

static struct kvm_segment
flat_segment (uint16_t selector, uint8_t type, bool is_code)
{
    return (struct kvm_segment){
        .base = 0,
        .limit = 0xffffffff,
        .selector = selector,
        .type = type,
        .present = 1,
        .db = !is_code,
        .s = 1,
        .l = is_code,
        .g = 1,
    };
}

int
cpu_state_set_entry (int vcpu_fd, const struct boot_entry *entry)
{
    struct kvm_regs regs = { .rip = entry->rip, .rsi = entry->rsi, .rsp = entry->rsp, .rflags = 2 };
    struct kvm_sregs sregs;

    if (ioctl (vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
        return -errno;
    sregs.cr0 = 0x80000011; /* PG, ET, PE */
    sregs.cr3 = entry->cr3;
    sregs.cr4 = 0x20;   /* PAE */
    sregs.efer = 0x500; /* LMA, LME */
    sregs.cs = flat_segment (entry->cs, 0xb, true);
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = flat_segment (entry->ds, 0x3, false);
    sregs.gdt.base = entry->gdt_base;
    sregs.gdt.limit = entry->gdt_limit;
    sregs.idt.base = 0;
    sregs.idt.limit = 0;
    if (ioctl (vcpu_fd, KVM_SET_SREGS, &sregs) < 0 || ioctl (vcpu_fd, KVM_SET_REGS, &regs) < 0)
        return -errno;
    return 0;
}

void
cpu_state_prepare_without_firmware (int vcpu_fd, unsigned physical_bits)
{
    uint64_t address_mask = BIT_ULL (physical_bits) - 1;
    struct kvm_msr_entry mtrrs[] = {
        { .index = MSR_MTRR_PHYSBASE0, .data = 0xc0000000 }, /* the PCI hole: uncached */
        { .index = MSR_MTRR_PHYSMASK0, .data = (address_mask & ~0x3fffffffull) | 0x800 },
        { .index = MSR_MTRR_DEF_TYPE, .data = 0x806 }, /* on; the rest is write-back */
    };
    struct kvm_lapic_state lapic;

    transfer_msrs (vcpu_fd, KVM_SET_MSRS, mtrrs, ARRAY_SIZE (mtrrs));
    if (ioctl (vcpu_fd, KVM_GET_LAPIC, &lapic) < 0)
        return;
    store_le32 (lapic.regs + APIC_LVT0, APIC_MODE_EXTINT);
    store_le32 (lapic.regs + APIC_LVT1, APIC_MODE_NMI);
    ioctl (vcpu_fd, KVM_SET_LAPIC, &lapic);
}
