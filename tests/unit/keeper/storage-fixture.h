/* SPDX-License-Identifier: GPL-2.0-or-later */
/* storage-fixture.h - what is behind one disk, whose program is a script, and its owner, who counts what he is told. */
#pragma once

#include "keeper-storage.h"

G_BEGIN_DECLS

#define STORAGE_ALIAS "virtio-disk0"

typedef struct {
    char *folder; /* with nothing in it at the end but what was made here */
    char *program, *image;
    KeeperLog *log;
    KeeperStorage *storage;
    VitrineDefinitionDevice device; /* an alias and a source, until the test says more */
    KeeperBacking backing;          /* without an image, until then */
    GString *warnings;              /* a line each */
    guint n_peers, n_released;
    int peer; /* what was told last; -1: there is none */
} StorageFixture;

void storage_fixture_set_up (StorageFixture *self);

/* All processes end, and nothing is left. */
void storage_fixture_tear_down (StorageFixture *self);

/* What is started from now on runs SCRIPT. */
void storage_fixture_set_program (StorageFixture *self, const char *script);

/* The disk is on an image of FORMAT, of which nobody looks into the file. */
void storage_fixture_make_image (StorageFixture *self, VitrineDefinitionFormat format);

/* Starts the disk with what is in the fixture. */
gboolean storage_fixture_start (StorageFixture *self, GError **error);

/* The one process there is; 0: there is none. */
GPid storage_fixture_process (StorageFixture *self);

G_END_DECLS
