/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-storage.h - the storage pools of a fake host: a group [pool NAME] each, and [volume POOL/NAME] of what is in them. */
#pragma once

#include "fake-faults.h"
#include "vitrine-resource.h"

G_BEGIN_DECLS

typedef struct _FakeStorage FakeStorage;

/* Those that FILE tells of; what goes wrong with them is FAULTS' affair. */
FakeStorage *fake_storage_new (GKeyFile *file, FakeFaults *faults);
void fake_storage_free (FakeStorage *self);

/* As VitrineHostClass has it, of pools and volumes; SELF outlives the answer. */
void fake_storage_ask_async (FakeStorage *self, VitrineHost *host,
                             const VitrineResourceRequest *request, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
