/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-volume.h - the volume groups of a fake host. */
#pragma once

#include "fake-faults.h"
#include "vitrine-spec.h"
#include "vitrine-volume.h"

G_BEGIN_DECLS

/* As VitrineHostClass has it; those that FILE tells of. */
void fake_volumes_list_async (GKeyFile *file, VitrineHost *host, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);

/* A machine's, as VitrineMachineClass has it. */
void fake_volumes_add_disk_async (FakeFaults *faults, VitrineMachine *machine,
                                  const VitrineDiskSpec *disk, VitrineScope scope,
                                  VitrineProgress progress, gpointer progress_data,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);

G_END_DECLS
