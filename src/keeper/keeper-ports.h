/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-ports.h - the guest's serial port, terminals and channels: a console each, by name.
 *
 * A serial port is named by its alias ("serial0"), a virtio terminal as Linux does ("hvc0"), a
 * channel by the name the guest finds it by ("org.qemu.guest_agent.0").
 */
#pragma once

#include "definition.h"
#include "keeper-console.h"
#include "keeper-vmm.h"

G_BEGIN_DECLS

typedef struct _KeeperPorts KeeperPorts;

/* Makes them, with logs of what consoles print in the folder LOGS.  NULL with ENGINE when there are
 * no more sockets. */
KeeperPorts *keeper_ports_new (const VitrineDefinition *definition, const char *logs,
                               GError **error);

/* The VMM's ends: of the serial port, -1 for none; of the others by their index among the
 * definition's devices. */
int keeper_ports_get_serial_fd (KeeperPorts *self);
const int *keeper_ports_get_fds (KeeperPorts *self);

/* CHANNEL comes to the machine that runs.  Returns the VMM's end, the caller's; -1 with ENGINE when there are
 * no more sockets. */
int keeper_ports_add_channel (KeeperPorts *self, const VitrineDefinitionDevice *channel,
                              GError **error);

/* The device ALIAS is gone: whoever was at it is cut off.  Nothing for what is none of these. */
void keeper_ports_remove (KeeperPorts *self, const char *alias);

/* The VMM has its ends; from now on it is told which channels somebody is at. */
void keeper_ports_handed_over (KeeperPorts *self, KeeperVmm *vmm);

/* The VMM is gone. */
void keeper_ports_forget_vmm (KeeperPorts *self);

/* The console of that name, borrowed, or NULL. */
KeeperConsole *keeper_ports_find (KeeperPorts *self, const char *name);

/* NULL is nothing. */
void keeper_ports_free (KeeperPorts *self);

/* The names of all consoles, or of all channels, that are there. */
GStrv keeper_ports_dup_names (KeeperPorts *self, gboolean channels);

G_END_DECLS
