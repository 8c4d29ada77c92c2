/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vcpu.h - the virtual processors of a machine: a thread each, run and parked together.
 *
 * Parked means: the thread waits, the last exit was completed, nothing of the guest runs on it.
 *
 * A group has room for as many vCPUs as the machine may ever have.  One is made in two steps, so that
 * x86/ can give it its identity and state in between: vcpus_make() - CPUID, registers - vcpus_plug().
 * KVM never lets go of a vCPU: vcpus_unplug() ends its thread, and a later vcpus_make() finds it
 * again, with the state it had.
 *
 * All functions are for the main loop's thread unless they say otherwise; an INDEX is below the
 * group's maximum.
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

/* Makes a group for MAX (1 to kvm's maximum) vCPUs, none of which is there yet.  Returns 0, or -errno
 * and *WHY, a static sentence. */
int vcpus_create (struct kvm *kvm, unsigned max, struct bus *ports, struct bus *mmio,
                  const struct vcpus_ops *ops, void *opaque, struct vcpus **out,
                  const char **why);

/* Ends the threads, parked or not, and frees everything.  NULL is nothing. */
void vcpus_destroy (struct vcpus *vcpus);

/* Makes sure that KVM has vCPU INDEX, which is not plugged.  Returns 0 when it was there before, 1
 * when it is new, or -errno. */
int vcpus_make (struct vcpus *vcpus, unsigned index);

/* vCPU INDEX, made and not plugged, joins the group, and gets its thread when the group was started.
 * Returns 0 or -errno (then it did not join). */
int vcpus_plug (struct vcpus *vcpus, unsigned index);

/* vCPU INDEX leaves the group: it runs no guest instruction after this.  Harmless on one that is not
 * plugged.  No device lock held. */
void vcpus_unplug (struct vcpus *vcpus, unsigned index);

bool vcpus_is_plugged (const struct vcpus *vcpus, unsigned index);

/* How many there may be, and how many are plugged. */
unsigned vcpus_get_max (const struct vcpus *vcpus);
unsigned vcpus_get_count (const struct vcpus *vcpus);

/* Starts the threads of those that are plugged, parked.  Returns 0 or -errno. */
int vcpus_start (struct vcpus *vcpus);

/* Lets them run. */
void vcpus_resume (struct vcpus *vcpus);

/* Asks all to park, without waiting.  Any thread: a vCPU that asks executes no further guest
 * instruction. */
void vcpus_ask_to_park (struct vcpus *vcpus);

/* Asks and waits until all are parked.  No device lock held. */
void vcpus_park (struct vcpus *vcpus);

/* The KVM descriptor of vCPU INDEX, which was made, for x86/; parked or not plugged. */
int vcpus_get_fd (const struct vcpus *vcpus, unsigned index);

/* Time spent on all threads in nanoseconds, and exits to this program; also of vCPUs that left. */
void vcpus_get_statistics (const struct vcpus *vcpus, uint64_t *ns, uint64_t *exits);

/* Time that the thread of vCPU INDEX spent; false when it has none.  Main loop's thread. */
bool vcpus_get_time (const struct vcpus *vcpus, unsigned index, uint64_t *ns);
