/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-kvm.h - a KVM that can do what a machine needs to be made, and fails where a test says so.
 *
 * For programs linked with --wrap=ioctl: whatever descriptor KVM's requests are made on, they come here.
 * Machines can be made on it, not run.
 */
#pragma once

#include <stdbool.h>

struct fake_kvm {
    int missing;         /* a KVM_CAP_… it has not; -1: none */
    unsigned long fails; /* the request that fails; 0: none */
    int error;           /* the errno of that */
    unsigned skip;       /* so many of them succeed before */
    unsigned times;      /* so many of them fail then; 0: all */
    int version;         /* what it says of itself */
    int run_bytes;       /* of a processor's shared page */
    bool unmappable;     /* a processor's page cannot be mapped */
    unsigned n_calls;    /* of the request that fails */
};

extern struct fake_kvm fake_kvm;

/* Nothing fails. */
void fake_kvm_init (void);

/* As a test says it in one line: REQUEST fails with ERROR, after SKIP that do not. */
void fake_kvm_fail (unsigned long request, int error, unsigned skip);

/* A descriptor to be handed on as /dev/kvm. */
int fake_kvm_open (void);
