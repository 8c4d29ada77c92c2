/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-host-make.c - new machines and definitions: checked here, made in a thread, listed
 * here. */
#include <glib/gi18n-lib.h>

#include "native-clone.h"
#include "native-create.h"
#include "native-host-private.h"
#include "native-import.h"
#include "vitrine-error.h"
#include "vitrine-express-private.h"
#include "vitrine-private.h"
#include "vitrine-progress-private.h"
#include "vitrine-rules-private.h"

struct making {
    char *machines;
    VitrineSpec *spec; /* or */
    char *xml;         /* or */
    char *original;    /* which is cloned */
    char *name;
    VitrineCloneKind kind;
    VitrineReport *report;
    char *warning;
};

static void
making_free (gpointer data)
{
    struct making *making = data;

    g_free (making->machines);
    g_clear_object (&making->spec);
    g_free (making->xml);
    g_free (making->original);
    g_free (making->name);
    g_free (making->warning);
    g_free (making);
}

static char *
make (struct making *making, GCancellable *cancellable, GError **error)
{
    const ImageWatch watch = { cancellable, vitrine_report_set, making->report };

    if (making->original != NULL)
        return native_clone (making->machines, making->original, making->name, making->kind, &watch,
                             error);
    if (making->spec != NULL)
        return native_create (making->machines, making->spec, &watch, &making->warning, error);
    return native_define (making->machines, making->xml, cancellable, error);
}

static void
make_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct making *making = data;
    GError *error = NULL;
    char *uuid = make (making, cancellable, &error);

    if (uuid != NULL)
        g_task_return_pointer (task, uuid, g_free);
    else
        g_task_return_error (task, error);
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    NativeHost *self = g_task_get_source_object (task);
    struct making *making = g_task_get_task_data (G_TASK (result));
    const char *warnings[] = { making->warning, NULL };
    GError *error = NULL;
    g_autofree char *uuid = g_task_propagate_pointer (G_TASK (result), &error);
    VitrineMachine *machine;

    g_clear_pointer (&making->report, vitrine_report_free);
    if (uuid == NULL) {
        g_task_return_error (task, error);
        return;
    }
    native_host_look_at (self, uuid);
    machine = vitrine_host_find (VITRINE_HOST (self), uuid);
    if (machine == NULL) {
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                 _ ("The machine was deleted as soon as it was made"));
        return;
    }
    if (making->warning != NULL)
        vitrine_machine_set_warnings (machine, warnings);
    g_task_return_pointer (task, machine, g_object_unref);
}

/* TASK and MAKING are taken over.  Once the machine is made it is made, whatever is cancelled then.
 */
static void
make_in_thread (GTask *task, struct making *making)
{
    NativeHost *self = g_task_get_source_object (task);

    making->machines = g_strdup (self->machines);
    g_task_set_check_cancellable (task, FALSE);
    vitrine_task_run_in_thread (task, make_thread, making, making_free, made_cb);
}

void
native_host_create_full_async (VitrineHost *host, VitrineSpec *spec, VitrineProgress progress,
                               gpointer progress_data, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (host);
    g_autoptr (VitrineSpec) copy = vitrine_rules_dup_spec (spec);
    struct making *making;
    GError *error = NULL;

    if (!vitrine_rules_check_spec (copy, limits, &error)) {
        g_task_return_error (task, error);
        return;
    }
    making = g_new0 (struct making, 1);
    making->spec = g_steal_pointer (&copy);
    making->report = vitrine_report_new (progress, progress_data);
    make_in_thread (g_steal_pointer (&task), making);
}

void
native_host_plan_express_async (VitrineHost *host, const char *iso, const char *os,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
    vitrine_express_plan_async (iso, os, cancellable, callback, user_data);
}

void
native_host_clone_async (VitrineHost *host, VitrineMachine *original, const char *name,
                         VitrineCloneKind kind, VitrineProgress progress, gpointer progress_data,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    struct making *making;
    GError *error = NULL;

    if (!vitrine_machine_check_redefine (original, &error)) {
        g_task_return_error (task, error);
        return;
    }
    making = g_new0 (struct making, 1);
    making->original = g_strdup (vitrine_machine_get_uuid (original));
    making->name = g_strdup (name);
    making->kind = kind;
    making->report = vitrine_report_new (progress, progress_data);
    make_in_thread (g_steal_pointer (&task), making);
}

void
native_host_define_async (VitrineHost *host, const char *xml, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    struct making *making = g_new0 (struct making, 1);

    making->xml = g_strdup (xml);
    make_in_thread (g_task_new (host, cancellable, callback, user_data), making);
}

/* --- what is imported ------------------------------------------------------------------------- */

static void
read_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
    GError *error = NULL;
    VitrineImport *import = native_import_read (path, &error);

    if (import != NULL)
        g_task_return_pointer (task, import, (GDestroyNotify) vitrine_import_free);
    else
        g_task_return_error (task, error);
}

void
native_host_read_import_async (VitrineHost *host, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_canonicalize_filename (path, NULL), g_free);
    g_task_run_in_thread (task, read_thread);
}
