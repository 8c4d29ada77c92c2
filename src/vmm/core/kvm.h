/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kvm.h - one KVM virtual machine. */
#pragma once

#include "bus.h"
#include "irq.h"

struct kvm;

/* Makes a VM on DEV_FD, which is taken over (also on failure), with in-kernel interrupt chips and PIT.
 * Returns 0, or -errno and *WHY, a static sentence that names what this host's KVM lacks. */
int kvm_open (int dev_fd, struct kvm **out, const char **why);

/* NULL is nothing. */
void kvm_close (struct kvm *kvm);

/* Back to the state after power-on: 8259s, I/O APIC, PIT.  vCPUs parked. */
void kvm_reset_chips (struct kvm *kvm);

/* For irq_chip_init(); opaque is the struct kvm. */
extern const struct irq_chip_ops kvm_irq_chip_ops;

/* For bus_set_ringer() of the memory-mapped bus; opaque is the struct kvm. */
extern const struct bus_doorbell_ops kvm_doorbell_ops;
