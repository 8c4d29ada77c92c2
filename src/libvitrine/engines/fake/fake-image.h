/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-image.h - the images of a fake host: a group of the key file each, and what is done to them. */
#pragma once

#include "fake-faults.h"
#include "vitrine-image.h"

G_BEGIN_DECLS

typedef struct _FakeImages FakeImages;

/* Those that FILE tells of; what goes wrong with them is FAULTS' affair. */
FakeImages *fake_images_new (GKeyFile *file, FakeFaults *faults);
void fake_images_free (FakeImages *self);

/* As VitrineHostClass has it; SELF outlives the answer. */
void fake_images_list_async (FakeImages *self, VitrineHost *host, const char *path,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
void fake_images_work_async (FakeImages *self, VitrineHost *host, const VitrineImageJob *job,
                             VitrineProgress progress, gpointer progress_data,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);

G_END_DECLS
