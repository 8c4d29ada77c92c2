/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-os.h - the systems that a fake host knows.
 *
 *   [os SHORT-ID]     id=, name=, version=, vendor=, family=, user=, ended=true, vcpus=, memory-mib=, disk-mib=,
 *                     firmware=bios|uefi, bus=, nic-model=
 *   [medium PATH]     os=SHORT-ID, confidence=sure|likely|similar, label=
 *                     express=initrd|cd: its installer takes a script, else no-express=REASON; takes-key=true,
 *                     needs-internet=true
 */
#pragma once

#include "vitrine-express.h"
#include "vitrine-os.h"

G_BEGIN_DECLS

/* (transfer full), as VitrineHost's list has it. */
GPtrArray *fake_os_list (GKeyFile *file);

/* (transfer full); a file that nothing is said of is unknown. */
VitrineOsGuess *fake_os_detect (GKeyFile *file, const char *path);

/* Leaves in PATH what an installer is told, a line each: KEY=VALUE, as `vitrinectl create --express` has them. */
void fake_os_log_express (const char *path, const VitrineExpress *express);

/* The same of what can be done for its installer. */
VitrineExpressPlan *fake_os_plan (GKeyFile *file, const char *path);

G_END_DECLS
