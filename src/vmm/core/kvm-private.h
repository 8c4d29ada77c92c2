/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kvm-private.h - KVM as core/ and x86/ see it; nobody else of the VMM includes <linux/kvm.h>.
 *
 * Every capability is optional unless kvm_open() says otherwise.
 */
#pragma once

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "kvm.h"

struct kvm {
    int dev_fd;         /* /dev/kvm; ours */
    int vm_fd;          /* ours */
    unsigned run_bytes; /* size of a vCPU's shared page(s) */
    unsigned max_vcpus;
    bool can_read_only_memory;
    bool is_hardware; /* the processor has VMX or SVM, so KVM does not interpret the guest */

    /* In-kernel chips as they were when new: what a reset goes back to. */
    struct kvm_irqchip chips[3];
    struct kvm_pit_state2 pit;
};

/* SIZE 0 removes the slot.  Returns 0 or -errno. */
int kvm_set_memslot (struct kvm *kvm, unsigned slot, uint32_t flags, uint64_t gpa, uint64_t size,
                     void *host);
