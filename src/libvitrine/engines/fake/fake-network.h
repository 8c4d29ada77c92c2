/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-network.h - the networks of a fake host: a group of the key file each. */
#pragma once

#include "fake-faults.h"
#include "vitrine-resource.h"

G_BEGIN_DECLS

typedef struct _FakeNetworks FakeNetworks;

/* Those that FILE tells of; what goes wrong with them is FAULTS' affair. */
FakeNetworks *fake_networks_new (GKeyFile *file, FakeFaults *faults);
void fake_networks_free (FakeNetworks *self);

/* As VitrineHostClass has it, of networks and leases; SELF outlives the answer. */
void fake_networks_ask_async (FakeNetworks *self, VitrineHost *host,
                              const VitrineResourceRequest *request, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
