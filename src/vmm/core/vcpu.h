/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vcpu.h - the virtual processors of a machine: a thread each, run and parked together.
 *
 * Parked means: the thread waits, the last exit was completed, nothing of the guest runs on it.  All
 * functions are for the main loop's thread unless they say otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct kvm;
struct vcpus;

enum vcpu_event {
    VCPU_EVENT_SHUTDOWN, /* triple fault: as the reset line */
    VCPU_EVENT_STUCK,    /* KVM cannot go on; all vCPUs are asked to park; text says why */
};

struct vcpus_ops {
    /* On a vCPU's thread; TEXT is a static sentence or lives until the next event. */
    void (*event) (void *opaque, enum vcpu_event event, const char *text);
};

/* Makes N (1 to kvm's maximum) vCPUs, without threads yet.  Returns 0, or -errno and *WHY, a static
 * sentence. */
int vcpus_create (struct kvm *kvm, unsigned n, struct bus *ports, struct bus *mmio,
                  const struct vcpus_ops *ops, void *opaque, struct vcpus **out,
                  const char **why);

/* Ends the threads, parked or not, and frees everything.  NULL is nothing. */
void vcpus_destroy (struct vcpus *vcpus);

/* Starts the threads, parked.  Returns 0 or -errno. */
int vcpus_start (struct vcpus *vcpus);

/* Lets them run. */
void vcpus_resume (struct vcpus *vcpus);

/* Asks all to park, without waiting.  Any thread: a vCPU that asks executes no further guest
 * instruction. */
void vcpus_ask_to_park (struct vcpus *vcpus);

/* Asks and waits until all are parked.  No device lock held. */
void vcpus_park (struct vcpus *vcpus);

unsigned vcpus_get_count (const struct vcpus *vcpus);

/* The KVM descriptor of vCPU INDEX, for x86/; parked or before the start. */
int vcpus_get_fd (const struct vcpus *vcpus, unsigned index);

/* Time spent on all threads in nanoseconds, and exits to this program. */
void vcpus_get_statistics (const struct vcpus *vcpus, uint64_t *ns, uint64_t *exits);
