/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-host.h - whether this computer can run a machine: KVM, processors, memory.
 *
 * Each refusal is one sentence that ends with what mends it.
 */
#pragma once

#include <glib.h>

#include "host.h"

G_BEGIN_DECLS

/* Why PATH (/dev/kvm) could not be opened with errno ERRNUM, and the mend. */
void keeper_host_explain_kvm (const char *path, int errnum, HostCpu cpu, GError **error);

/* Opens /dev/kvm (the environment's VITRINE_KVM names another, for tests) and checks that it speaks
 * the API everybody speaks, and that a machine may have N_VCPUS.  Adds to WARNINGS (of char *) what
 * its user should know.  Returns the descriptor, or -1. */
int keeper_host_open_kvm (guint n_vcpus, GPtrArray *warnings, GError **error);

/* FALSE with NO_SPACE when BYTES are more than the host has at all; a warning when more than it has
 * free now. */
gboolean keeper_host_judge_memory (guint64 bytes, guint64 total_bytes, guint64 available_bytes,
                                   GPtrArray *warnings, GError **error);

/* The same, with the host's own figures. */
gboolean keeper_host_check_memory (guint64 bytes, GPtrArray *warnings, GError **error);

G_END_DECLS
