/* SPDX-License-Identifier: GPL-2.0-or-later */
/* await.c - for tests: asks and runs the main loop until the answer is there. */
#define _GNU_SOURCE /* nftw */
#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

void
await_cb (GObject *source, GAsyncResult *result, gpointer slot)
{
    GAsyncResult **result_slot = slot;

    g_assert_null (*result_slot);
    *result_slot = g_object_ref (result);
}

GAsyncResult *
await_result (GAsyncResult **slot)
{
    while (*slot == NULL)
        g_main_context_iteration (NULL, TRUE);
    return g_steal_pointer (slot);
}

#define AWAIT_BEGIN GAsyncResult *slot = NULL
#define AWAIT_END   g_autoptr (GAsyncResult) result = await_result (&slot)

gboolean
await_connect (VitrineHost *host, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_connect_async (host, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_connect_finish (host, result, error);
}

VitrineMachine *
await_look_up (VitrineHost *host, const char *uuid_or_name, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_look_up_async (host, uuid_or_name, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_look_up_finish (host, result, error);
}

VitrineMachine *
await_create (VitrineHost *host, VitrineSpec *spec, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_create_async (host, spec, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_create_finish (host, result, error);
}

VitrineMachine *
await_created (VitrineHost *host, VitrineSpec *spec)
{
    g_autoptr (GError) error = NULL;
    VitrineMachine *machine = await_create (host, spec, &error);

    g_assert_no_error (error);
    return machine;
}

VitrineMachine *
await_define (VitrineHost *host, const char *xml, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_define_async (host, xml, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_define_finish (host, result, error);
}

VitrineMachine *
await_clone (VitrineHost *host, VitrineMachine *original, const char *name, VitrineCloneKind kind,
             GCancellable *cancellable, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_clone_async (host, original, name, kind, NULL, NULL, cancellable, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_clone_finish (host, result, error);
}

GPtrArray *
await_check (VitrineHost *host, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_check_async (host, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_check_finish (host, result, error);
}

gboolean
await_snapshot (VitrineMachine *machine, VitrineSnapshotAction action, const char *name,
                GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_snapshot_async (machine, action, name, NULL, NULL, NULL, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_snapshot_finish (machine, result, error);
}

GPtrArray *
await_list_snapshots (VitrineMachine *machine, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_list_snapshots_async (machine, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_list_snapshots_finish (machine, result, error);
}

gboolean
await_act (VitrineMachine *machine, VitrineAction action, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_act_async (machine, action, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_act_finish (machine, result, error);
}

gboolean
await_delete (VitrineMachine *machine, const char *const *disks, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_delete_async (machine, disks, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_delete_finish (machine, result, error);
}

gboolean
await_change (VitrineMachine *machine, const VitrineChange *change, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_change_async (machine, change, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_change_finish (machine, result, error);
}

gboolean
await_set_link (VitrineMachine *machine, const char *card, gboolean up, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_set_link_async (machine, card, up, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_set_link_finish (machine, result, error);
}

gboolean
await_resource (VitrineHost *host, const VitrineResourceRequest *request, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_ask_resource_async (host, request, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_ask_resource_finish (host, result, error);
}

GPtrArray *
await_resources (VitrineHost *host, const VitrineResourceRequest *request, GError **error)
{
    AWAIT_BEGIN;
    vitrine_host_ask_resource_async (host, request, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_list_resources_finish (host, result, error);
}

GPtrArray *
await_list_disks (VitrineMachine *machine, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_list_disks_async (machine, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_list_disks_finish (machine, result, error);
}

int
await_open_display (VitrineMachine *machine, const char *protocol, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_open_display_async (machine, protocol, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_open_display_finish (machine, result, error);
}

int
await_open_console (VitrineMachine *machine, const char *name, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_open_console_async (machine, name, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_open_console_finish (machine, result, error);
}

VitrinePicture *
await_screenshot (VitrineMachine *machine, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_screenshot_async (machine, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_screenshot_finish (machine, result, error);
}

gboolean
await_send_keys (VitrineMachine *machine, GVariant *keys, GError **error)
{
    AWAIT_BEGIN;
    vitrine_machine_send_keys_async (machine, keys, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_machine_send_keys_finish (machine, result, error);
}

void
await_state (VitrineMachine *machine, VitrineMachineState state)
{
    while (vitrine_machine_get_state (machine) != state)
        g_main_context_iteration (NULL, TRUE);
}

void
await_until (gboolean (*done) (gpointer data), gpointer data)
{
    while (!done (data))
        g_main_context_iteration (NULL, TRUE);
}

gsize
await_read (int fd, void *buf, gsize len)
{
    gsize done = 0;
    int flags = fcntl (fd, F_GETFL);

    fcntl (fd, F_SETFL, flags | O_NONBLOCK);
    while (done < len) {
        ssize_t n = read (fd, (char *) buf + done, len - done);

        if (n == 0 || (n < 0 && errno == ECONNRESET))
            break;
        if (n > 0)
            done += (gsize) n;
        else
            g_main_context_iteration (NULL, FALSE);
    }
    fcntl (fd, F_SETFL, flags);
    return done;
}

void
await_gone (gpointer object)
{
    gpointer weak = object;

    g_object_add_weak_pointer (object, &weak);
    g_object_unref (object);
    while (weak != NULL)
        g_main_context_iteration (NULL, TRUE);
}

GHashTable *
await_all_stats (VitrineHost *host, GPtrArray *machines, GError **error)
{
    AWAIT_BEGIN;

    vitrine_host_get_stats_async (host, machines, NULL, await_cb, &slot);
    AWAIT_END;
    return vitrine_host_get_stats_finish (host, result, error);
}

VitrineStats *
await_stats (VitrineHost *host, VitrineMachine *machine, GError **error)
{
    g_autoptr (GPtrArray) machines = g_ptr_array_new ();
    g_autoptr (GHashTable) all = NULL;
    VitrineStats *stats;

    g_ptr_array_add (machines, machine);
    all = await_all_stats (host, machines, error);
    stats = all != NULL ? g_hash_table_lookup (all, machine) : NULL;
    return stats != NULL ? vitrine_stats_ref (stats) : NULL;
}

VitrineHost *
await_host (const char *uri)
{
    g_autoptr (GError) error = NULL;
    VitrineHost *host = vitrine_host_new (uri, &error);

    g_assert_no_error (error);
    await_connect (host, &error);
    g_assert_no_error (error);
    return host;
}

char *
test_folder_new (void)
{
    g_autoptr (GError) error = NULL;
    char *path = g_dir_make_tmp ("vitrine-test-XXXXXX", &error);

    g_assert_no_error (error);
    return path;
}

char *
test_fake_uri (const char *folder, const char *text)
{
    g_autofree char *path = g_build_filename (folder, "host.ini", NULL);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    return g_strconcat ("fake:", path, NULL);
}

static int
remove_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove (path);
}

void
test_folder_remove (char *path)
{
    nftw (path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    g_free (path);
}

void
test_write_iso (const char *path)
{
    g_autofree guint8 *image = g_malloc0 (40 * 2048);
    guint8 *sector = image + 16 * 2048;

    memcpy (sector, "\1CD001\1", 7);
    sector[80] = 40; /* volume size in sectors, little-endian */
    memcpy (sector + 2048, "\0CD001\1EL TORITO SPECIFICATION", 30);
    memcpy (sector + 4096, "\377CD001\1", 7);
    g_assert_true (g_file_set_contents (path, (char *) image, 40 * 2048, NULL));
}
