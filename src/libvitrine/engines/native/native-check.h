/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-check.h - what this computer can and cannot do. */
#pragma once

#include "vitrine-firmware.h"
#include "vitrine-host.h"

G_BEGIN_DECLS

/* All checks, of VitrineCheck.  Looks at files and devices: for threads. */
GPtrArray *native_check_all (const char *machines);

/* The check of /dev/kvm ($VITRINE_KVM names another, for tests) alone: (transfer full). */
VitrineCheck *native_check_kvm (void);

/* Whether machines can run at all; otherwise FALSE with DENIED or UNSUPPORTED and the mend. */
gboolean native_check_kvm_usable (GError **error);

/* Whether a machine with FIRMWARE can be started; otherwise FALSE with UNSUPPORTED and the mend. */
gboolean native_check_firmware_usable (VitrineFirmware firmware, GError **error);

/* How far the host reaches; a few system calls that do not wait. */
VitrineHostLimits *native_check_dup_limits (const char *machines);

G_END_DECLS
