/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpu-state.h - the registers of a vCPU: as after power-on, and as a directly booted kernel wants
 * them. */
#pragma once

struct boot_entry;
struct cpu_state;
struct kvm;

/* Remembers the state of a new vCPU (CPUID applied): what a reset goes back to.  NULL when out of
 * memory. */
struct cpu_state *cpu_state_capture (struct kvm *kvm, int vcpu_fd);
void cpu_state_free (struct cpu_state *state);

/* Puts a parked vCPU back into that state.  Registers that this KVM does not let be written stay as they
 * are.  Returns 0 or -errno (then the vCPU must not run). */
int cpu_state_restore (const struct cpu_state *state, int vcpu_fd);

/* Makes the first vCPU, in its power-on state, enter a kernel that boot.h loaded.  Returns 0 or
 * -errno. */
int cpu_state_set_entry (int vcpu_fd, const struct boot_entry *entry);

/* What firmware does on every processor and a directly booted kernel takes for granted: interrupts of
 * the 8259s and NMIs arrive, memory is cached (MTRRs).  PHYSICAL_BITS
 * as cpuid_get_physical_bits() tells.  Best effort. */
void cpu_state_prepare_without_firmware (int vcpu_fd, unsigned physical_bits);
