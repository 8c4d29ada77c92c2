/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-records.h - a definition and its open files as the VMM_CREATE message; one device as VMM_ATTACH. */
#pragma once

#include <glib.h>

#include "definition.h"
#include "keeper-files.h"
#include "keeper-net.h"
#include "message.h"

G_BEGIN_DECLS

/* What is made for one run, besides the files; each -1 for none, borrowed. */
typedef struct {
    int debug_fd;  /* where the firmware's log goes */
    int serial_fd; /* the VMM's end of the serial port */
    const int *port_fds; /* its ends of consoles and channels, by their index among the devices;
                            NULL: there are none */
    int variables_fd; /* what the VMM shares of the UEFI variables */
    KeeperNet *net; /* what is behind the network cards; NULL: nothing */
} KeeperLines;

typedef struct {
    GByteArray *message;      /* with its header; the serial is still 0 */
    int fds[MESSAGE_MAX_FDS]; /* borrowed from the files and lines */
    guint n_fds;
} KeeperRecords;

/* The VMM's name for DEVICE's model ("virtio-blk"), or NULL when it is part of every machine. */
const char *keeper_records_model (const VitrineDefinitionDevice *device);

/* Each device of the PCI bus gets a slot: the one its definition asks for, 1 for the display, else
 * the first that is free.  RTC_OFFSET_S is the guest's clock minus UTC.  FALSE with UNSUPPORTED
 * when it is more than one message holds. */
gboolean keeper_records_build (KeeperRecords *self, const VitrineDefinition *definition,
                               const KeeperFiles *files, const KeeperLines *lines,
                               gint64 rtc_offset_s, GError **error);

/* The last of DEVICES, which FILES has opened, as a VMM_ATTACH message; NET has what is behind a network
 * card, PORT_FD is the VMM's end of a channel, else -1.  The VMM chooses its slot where it asks for none. */
void keeper_records_build_attach (KeeperRecords *self, GPtrArray *devices, const KeeperFiles *files,
                                  KeeperNet *net, int port_fd);

void keeper_records_clear (KeeperRecords *self);

/* The guest's clock minus UTC, now. */
gint64 keeper_records_rtc_offset_s (const VitrineDefinition *definition);

G_END_DECLS
