/* SPDX-License-Identifier: GPL-2.0-or-later */
/* storage-fixture.c - what is behind one disk, whose program is a script, and its owner, who counts what he is told. */
#include "storage-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>

#include "fd.h"
#include "test-wait.h"

static void
peer (gpointer owner, const char *alias, int fd)
{
    StorageFixture *self = owner;

    g_assert_cmpstr (alias, ==, STORAGE_ALIAS);
    self->n_peers++;
    fd_close (&self->peer);
    self->peer = fd;
}

static void
warn (gpointer owner, const char *alias, const char *text)
{
    g_string_append_printf (((StorageFixture *) owner)->warnings, "%s\n", text);
}

static void
processes (gpointer owner)
{
}

static void
resized (gpointer owner, const char *alias, guint64 size_bytes)
{
}

static void
merging (gpointer owner, double fraction)
{
}

static void
released (gpointer owner, const char *alias, const char *source)
{
    StorageFixture *self = owner;

    g_assert_cmpstr (alias, ==, STORAGE_ALIAS);
    g_assert_cmpstr (source, ==, self->device.source);
    self->n_released++;
}

static const KeeperStorageOps ops = { peer, warn, processes, resized, merging, released };

void
storage_fixture_set_up (StorageFixture *self)
{
    *self = (StorageFixture){
        .folder = g_dir_make_tmp ("vitrine-storage-XXXXXX", NULL),
        .device = { .kind = VITRINE_DEFINITION_DISK,
                    .alias = (char *) STORAGE_ALIAS,
                    .detect_zeroes = "off" },
        .backing = { .fd = -1, .rom_fd = -1 },
        .warnings = g_string_new (NULL),
        .peer = -1,
    };
    self->program = g_build_filename (self->folder, "daemon", NULL);
    self->device.source = self->image = g_build_filename (self->folder, "image", NULL);
    self->log = keeper_log_open (self->folder, "log", 65536);
    self->storage = keeper_storage_new (self->folder, &ops, self);
}

void
storage_fixture_tear_down (StorageFixture *self)
{
    g_autofree char *log = g_build_filename (self->folder, "log", NULL);

    keeper_storage_free (self->storage);
    keeper_log_close (self->log);
    keeper_image_free (self->backing.image);
    fd_close (&self->backing.fd);
    fd_close (&self->peer);
    g_unsetenv ("VITRINE_STORAGE_DAEMON");
    g_unlink (self->program);
    g_unlink (self->image);
    g_unlink (log);
    g_assert_cmpint (g_rmdir (self->folder), ==, 0); /* no socket is left */
    g_free (self->folder);
    g_free (self->program);
    g_free (self->image);
    g_string_free (self->warnings, TRUE);
}

void
storage_fixture_set_program (StorageFixture *self, const char *script)
{
    g_assert_true (
        g_file_set_contents_full (self->program, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_setenv ("VITRINE_STORAGE_DAEMON", self->program, TRUE);
}

void
storage_fixture_make_image (StorageFixture *self, VitrineDefinitionFormat format)
{
    KeeperImage *image = g_new0 (KeeperImage, 1);

    self->device.format = format;
    image->n_layers = 1;
    image->layers[0].format = format;
    image->layers[0].fd = open (self->image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (image->layers[0].fd, >=, 0);
    keeper_image_free (self->backing.image);
    self->backing.image = image;
}

gboolean
storage_fixture_start (StorageFixture *self, GError **error)
{
    return keeper_storage_start (self->storage, &self->device, &self->backing, self->log,
                                 TEST_PATIENCE_MS, error);
}

GPid
storage_fixture_process (StorageFixture *self)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));

    keeper_storage_add_processes (self->storage, pids);
    g_assert_cmpuint (pids->len, <=, 1);
    return pids->len == 1 ? (GPid) g_array_index (pids, guint32, 0) : 0;
}
