/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-daemon.h - for tests: a libvirt daemon that is real, with QEMU and no KVM.
 *
 * It is an ordinary user's, in folders of its own; nothing of the computer's libvirt is touched.
 */
#pragma once

#include "await.h"

G_BEGIN_DECLS

/* First thing in a program: starts it, at "qemu:///session" from then on.  FALSE, with the reason printed, where
 * there can be none. */
gboolean libvirt_daemon_begin (void);

/* Last thing: whatever is left of it and of its machines ends with the program, too. */
void libvirt_daemon_end (void);

/* Of what the tests write; borrowed. */
const char *libvirt_daemon_folder (void);

void libvirt_daemon_start (void);
void libvirt_daemon_kill (void);
void libvirt_daemon_signal (int number);

/* What somebody else does. */
void libvirt_daemon_virsh (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Both modules in one folder: the engine that has little patience, and the one that reads definitions. */
void libvirt_daemon_link_modules (void);

/* A machine of 32 MiB with DEVICES, elements, beside a serial port and a display; (transfer full). */
char *libvirt_daemon_make_xml (const char *name, const char *uuid, const char *devices);

G_END_DECLS
