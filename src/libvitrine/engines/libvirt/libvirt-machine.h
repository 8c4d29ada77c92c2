/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine.h - a machine of a libvirt host. */
#pragma once

#include "libvirt-host.h"
#include "libvirt-record.h"
#include "vitrine-machine.h"

G_BEGIN_DECLS

#define LIBVIRT_TYPE_MACHINE (libvirt_machine_get_type ())
G_DECLARE_FINAL_TYPE (LibvirtMachine, libvirt_machine, LIBVIRT, MACHINE, VitrineMachine)

/* RECORD is taken; HOST is not kept alive. */
LibvirtMachine *libvirt_machine_new (LibvirtHost *host, LibvirtRecord *record);

/* It is now what RECORD (taken) says. */
void libvirt_machine_update (LibvirtMachine *self, LibvirtRecord *record);

/* Its guest began anew, and is not about to shut down any more. */
void libvirt_machine_forget_shutdown (LibvirtMachine *self);

G_END_DECLS
