/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host.h - what this computer says of its processor, its KVM and its memory.
 *
 * Facts only: keeper and native engine say them to the user, each in its own words.  Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    HOST_CPU_PLAIN, /* no hardware virtualisation to be seen */
    HOST_CPU_INTEL, /* vmx */
    HOST_CPU_AMD,   /* svm */
} HostCpu;

/* From the text of /proc/cpuinfo. */
HostCpu host_parse_cpu (const char *cpuinfo);

/* Of this computer; PLAIN where it does not say. */
HostCpu host_read_cpu (void);

/* The kernel module that brings KVM to CPU; NULL for PLAIN. */
const char *host_cpu_get_module (HostCpu cpu);

/* "/dev/kvm", or what VITRINE_KVM in the environment names instead, for tests. */
const char *host_kvm_get_path (void);

/* A descriptor that is the caller's and closed by exec; -1 with errno. */
int host_kvm_open (void);

/* The version of the one API there is. */
#define HOST_KVM_VERSION 12

/* What KVM, a descriptor, says of itself; -1 from what is none. */
int host_kvm_get_version (int kvm);

/* What one machine may have; 0 where KVM does not say. */
guint host_kvm_get_max_vcpus (int kvm);

/* From the text of /proc/meminfo, in bytes; FALSE when it does not say, or no such number exists. */
gboolean host_parse_memory (const char *meminfo, guint64 *total, guint64 *available);

/* Of this computer, as above. */
gboolean host_read_memory (guint64 *total, guint64 *available);

G_END_DECLS
