/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-disk.c - a new disk for a machine that is there: made in a thread, then attached, or taken back. */
#include <glib/gi18n-lib.h>

#include "definition.h"
#include "native-disk.h"
#include "native-machine-private.h"
#include "vitrine-private.h"
#include "vitrine-progress-private.h"
#include "vitrine-rules-private.h"

#define MAX_NAMES 256

typedef struct {
    VitrineMachine *machine; /* main thread only */
    VitrineScope scope;
    char *machines, *uuid;
    VitrineSpec *spec; /* the machine's name, and the disk */
    char *path;
    NativeMade *made;
    VitrineReport *report;
    GError *error; /* why it is taken back */
} Adding;

static void
adding_free (gpointer data)
{
    Adding *adding = data;

    g_object_unref (adding->machine);
    g_free (adding->machines);
    g_free (adding->uuid);
    g_object_unref (adding->spec);
    g_free (adding->path);
    native_made_free (adding->made);
    g_clear_error (&adding->error);
    g_free (adding);
}

static const VitrineDiskSpec *
get_disk (const Adding *adding)
{
    return g_ptr_array_index (vitrine_spec_get_disks (adding->spec), 0);
}

/* --- in threads ------------------------------------------------------------------------------- */

/* A name that nothing has yet, by what number the disk would be. */
static char *
dup_free_path (const Adding *adding, const char *folder)
{
    const VitrineDiskSpec *disk = get_disk (adding);
    g_autoptr (VitrineSpec) many = vitrine_rules_dup_spec (adding->spec);

    for (guint n = 0; n < MAX_NAMES; n++) {
        g_autofree char *path = vitrine_rules_dup_disk_path (many, n, folder);

        if (disk->path != NULL || disk->volume != NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
            return g_steal_pointer (&path);
        vitrine_spec_add_disk (many, vitrine_disk_spec_copy (disk));
    }
    return vitrine_rules_dup_disk_path (adding->spec, 0, folder);
}

static gboolean
make (Adding *adding, const ImageWatch *watch, GError **error)
{
    g_autofree char *folder = g_build_filename (adding->machines, adding->uuid, NULL);
    const VitrineDiskSpec *disk = get_disk (adding);

    adding->path = dup_free_path (adding, folder);
    return (native_disk_make (disk, adding->path, adding->made, watch, error)
            && native_disk_write_volumes (folder, adding->made, error)
            && (disk->group != NULL || native_store_sync (folder, error)));
}

/* What failed is taken back, and so is what nobody could attach. */
static void
take_back (Adding *adding)
{
    g_autofree char *folder = g_build_filename (adding->machines, adding->uuid, NULL);

    native_disk_forget_volumes (folder, adding->made);
    native_made_undo (adding->made);
}

static void
make_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Adding *adding = data;
    const ImageWatch watch = { cancellable, vitrine_report_set, adding->report };
    GError *error = NULL;

    if (make (adding, &watch, &error)) {
        g_task_return_boolean (task, TRUE);
        return;
    }
    take_back (adding);
    g_task_return_error (task, error);
}

static void
take_back_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Adding *adding = data;

    take_back (adding);
    g_task_return_error (task, g_steal_pointer (&adding->error));
}

/* --- on the main thread ----------------------------------------------------------------------- */

static void
attached_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Adding *adding = g_task_get_task_data (task);

    if (vitrine_machine_change_finish (adding->machine, result, &adding->error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_run_in_thread (task, take_back_thread);
}

static char *
dup_element (const Adding *adding, GError **error)
{
    const VitrineDiskSpec *disk = get_disk (adding);
    g_auto (GStrv) parts = g_strsplit (adding->path, ",", -1);
    g_autofree char *path = g_strjoinv (",,", parts);
    GString *spec = g_string_new (path);
    char *element;

    g_string_append_printf (spec, ",format=%s,bus=%s", disk->format ? disk->format : "raw",
                            vitrine_disk_bus_to_string (disk->bus));
    if (disk->cache != NULL)
        g_string_append_printf (spec, ",cache=%s", disk->cache);
    if (disk->discard != NULL)
        g_string_append_printf (spec, ",discard=%s", disk->discard);
    element = vitrine_device_spec_to_element (adding->machine, "disk", spec->str, error);
    g_string_free (spec, TRUE);
    return element;
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Adding *adding = g_task_get_task_data (task);
    VitrinePassphrase *passphrase = get_disk (adding)->passphrase;
    VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH,
                             .scope = adding->scope,
                             .passphrase = passphrase };
    /* What is given up is taken back, so it must be known that the machine has not got it: only a passphrase takes its time,
     * and who tries that can be told. */
    GCancellable *cancellable = passphrase != NULL ? g_task_get_cancellable (task) : NULL;
    g_autofree char *element = NULL;
    GError *error = NULL;

    g_clear_pointer (&adding->report, vitrine_report_free);
    if (!g_task_propagate_boolean (G_TASK (result), &error)) {
        g_task_return_error (task, error);
        return;
    }
    change.what = element = dup_element (adding, &adding->error);
    if (element == NULL)
        g_task_run_in_thread (task, take_back_thread);
    else
        vitrine_machine_change_async (adding->machine, &change, cancellable, attached_cb,
                                      g_object_ref (task));
}

/* DISK as one of a machine that may be made, and nothing else. */
static VitrineSpec *
make_spec (VitrineMachine *machine, const VitrineDiskSpec *disk)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();

    vitrine_spec_set_name (spec, vitrine_machine_get_name (machine));
    vitrine_spec_add_disk (spec, vitrine_disk_spec_copy (disk));
    return vitrine_rules_dup_spec (spec);
}

void
native_machine_add_disk_async (VitrineMachine *machine, const VitrineDiskSpec *disk,
                               VitrineScope scope, VitrineProgress progress, gpointer progress_data,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);
    g_autoptr (GTask) making = NULL;
    Adding *adding;

    adding = g_new0 (Adding, 1);
    adding->machine = g_object_ref (machine);
    adding->scope = scope;
    adding->machines = g_strdup (NATIVE_MACHINE (machine)->machines);
    adding->uuid = g_strdup (vitrine_machine_get_uuid (machine));
    adding->spec = make_spec (machine, disk);
    adding->made = native_made_new ();
    adding->report = vitrine_report_new (progress, progress_data);
    g_task_set_task_data (task, adding, adding_free);
    g_task_set_check_cancellable (task, FALSE); /* what is done is done */
    making = g_task_new (NULL, cancellable, made_cb, g_object_ref (task));
    g_task_set_check_cancellable (making, FALSE);
    g_task_set_task_data (making, adding, NULL); /* TASK's, which outlives it */
    g_task_run_in_thread (making, make_thread);
}
