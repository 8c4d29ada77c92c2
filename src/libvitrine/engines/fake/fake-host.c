/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-host.c - a host that only pretends, told what to pretend by a key file. */
#include "fake-host.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "fake-faults.h"
#include "fake-image.h"
#include "fake-network.h"
#include "fake-storage.h"
#include "fake-stats.h"
#include "fake-os.h"
#include "fake-machine.h"
#include "fake-volume.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define MIB             (G_GUINT64_CONSTANT (1) << 20)
#define GENERATED_MAX   100000
#define MACHINES_FOLDER "/var/lib/fake"

struct _FakeHost {
    VitrineHost parent_instance;
    GKeyFile *file;
    FakeFaults *faults;
    FakeImages *images;
    FakeNetworks *networks;
    FakeStorage *storage;
    gboolean loaded; /* the machines are listed */
    char *lost_while;
    GFileMonitor *lost_monitor;
};

G_DEFINE_FINAL_TYPE (FakeHost, fake_host, VITRINE_TYPE_HOST)

/* --- machines --------------------------------------------------------------------------------- */

static void
deleted_cb (VitrineMachine *machine, VitrineHost *host)
{
    vitrine_host_remove (host, machine);
}

static FakeMachine *
watch (FakeHost *self, FakeMachine *machine)
{
    g_signal_connect_object (machine, "deleted", G_CALLBACK (deleted_cb), self, 0);
    return machine;
}

/* Once. */
static void
load_machines (FakeHost *self)
{
    g_autoptr (GPtrArray) machines = g_ptr_array_new_with_free_func (g_object_unref);
    g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);
    int n_generated = g_key_file_get_integer (self->file, "host", "generate", NULL);

    if (self->loaded)
        return;
    self->loaded = TRUE;

    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix (groups[i], "machine "))
            g_ptr_array_add (machines, watch (self, fake_machine_new_from_file (
                                                        self->file, groups[i], self->faults)));
    for (int i = 1; i <= MIN (n_generated, GENERATED_MAX); i++)
        g_ptr_array_add (machines, watch (self, fake_machine_new_generated (
                                                    (guint) i, MACHINES_FOLDER, self->faults)));
    vitrine_host_add_all (VITRINE_HOST (self), machines);
}

/* --- connecting ------------------------------------------------------------------------------- */

/* What the host is to be told for. */
static void
update_problem (FakeHost *self)
{
    g_autofree char *problem = g_key_file_get_string (self->file, "host", "problem", NULL);
    g_autofree char *mend = g_key_file_get_string (self->file, "host", "mend", NULL);

    if (self->lost_while == NULL || g_file_test (self->lost_while, G_FILE_TEST_EXISTS))
        vitrine_host_set_trouble (VITRINE_HOST (self), problem, mend);
    else
        vitrine_host_set_problem (VITRINE_HOST (self), NULL);
}

static void
lost_changed_cb (FakeHost *self)
{
    if (self->loaded)
        update_problem (self);
}

static void
connect (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);
    const char *problem;

    update_problem (self);
    problem = vitrine_host_get_problem (VITRINE_HOST (self));
    if (*problem != '\0') {
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE, "%s", problem);
        return;
    }
    load_machines (self);
    vitrine_host_set_ready (VITRINE_HOST (self), TRUE);
    g_task_return_boolean (task, TRUE);
}

static void
fake_host_connect_async (VitrineHost *host, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    fake_faults_run (FAKE_HOST (host)->faults, NULL, "connect", task, connect, NULL);
}

static gboolean
fake_host_connect_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- what it can do --------------------------------------------------------------------------- */

static guint64
get_number (FakeHost *self, const char *key, guint64 fallback)
{
    guint64 number = g_key_file_get_uint64 (self->file, "host", key, NULL);

    return number > 0 ? number : fallback;
}

static VitrineHostLimits *
fake_host_dup_limits (VitrineHost *host)
{
    FakeHost *self = FAKE_HOST (host);
    VitrineHostLimits *limits = g_new0 (VitrineHostLimits, 1);

    limits->max_vcpus = (guint) get_number (self, "max-vcpus", 64);
    limits->host_cpus = (guint) get_number (self, "host-cpus", 8);
    limits->memory_bytes = get_number (self, "memory-mib", 16384) * MIB;
    limits->free_memory_bytes = get_number (self, "free-memory-mib", 8192) * MIB;
    limits->free_disk_bytes = get_number (self, "free-disk-mib", 256 * 1024) * MIB;
    limits->has_uefi = !g_key_file_get_boolean (self->file, "host", "no-uefi", NULL);
    limits->machines_folder = g_key_file_get_string (self->file, "host", "machines-folder", NULL);
    if (limits->machines_folder == NULL)
        limits->machines_folder = g_strdup (MACHINES_FOLDER);
    return limits;
}

static VitrineCheck *
read_check (FakeHost *self, const char *group)
{
    g_autofree char *status = g_key_file_get_string (self->file, group, "status", NULL);
    VitrineCheck *check = g_new0 (VitrineCheck, 1);

    check->id = g_strdup (group + strlen ("check "));
    check->text = g_key_file_get_string (self->file, group, "text", NULL);
    check->mend = g_key_file_get_string (self->file, group, "mend", NULL);
    check->text = check->text != NULL ? check->text : g_strdup ("");
    check->mend = check->mend != NULL ? check->mend : g_strdup ("");
    check->status = g_strcmp0 (status, "failed") == 0    ? VITRINE_CHECK_FAILED
                    : g_strcmp0 (status, "warning") == 0 ? VITRINE_CHECK_WARNING
                                                         : VITRINE_CHECK_OK;
    return check;
}

static GPtrArray *
read_checks (FakeHost *self)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_check_free);
    g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix (groups[i], "check "))
            g_ptr_array_add (checks, read_check (self, groups[i]));
    return checks;
}

static void
check (GTask *task)
{
    g_task_return_pointer (task, read_checks (g_task_get_source_object (task)),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
fake_host_check_async (VitrineHost *host, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "check",
                     g_task_new (host, cancellable, callback, user_data), check, NULL);
}

static GPtrArray *
fake_host_check_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- systems ---------------------------------------------------------------------------------- */

static void
list_os (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);

    g_task_return_pointer (task, fake_os_list (self->file), (GDestroyNotify) g_ptr_array_unref);
}

static void
fake_host_list_os_async (VitrineHost *host, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "list-os",
                     g_task_new (host, cancellable, callback, user_data), list_os, NULL);
}

static void
detect_os (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);

    g_task_return_pointer (task, fake_os_detect (self->file, g_task_get_task_data (task)),
                           (GDestroyNotify) vitrine_os_guess_free);
}

static void
fake_host_detect_os_async (VitrineHost *host, const char *path, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (path), g_free);
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "detect-os", task, detect_os, NULL);
}

static void
plan_express (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);

    g_task_return_pointer (task, fake_os_plan (self->file, g_task_get_task_data (task)),
                           (GDestroyNotify) vitrine_express_plan_free);
}

static void
fake_host_plan_express_async (VitrineHost *host, const char *iso, const char *os,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (iso), g_free);
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "plan-express", task, plan_express, NULL);
}

/* --- create and define ------------------------------------------------------------------------ */

static gboolean
check_name_is_free (VitrineHost *host, const char *name, const char *uuid, GError **error)
{
    g_autoptr (VitrineMachine) other = vitrine_host_find (host, name);

    if (other == NULL || g_strcmp0 (vitrine_machine_get_uuid (other), uuid) == 0)
        return TRUE;
    return vitrine_rules_refuse_taken_name (name, error);
}

/* What a real host would refuse for its own lack. */
static gboolean
check_host_works (FakeHost *self, GError **error)
{
    g_autoptr (GPtrArray) checks = read_checks (self);

    for (guint i = 0; i < checks->len; i++) {
        const VitrineCheck *failed = g_ptr_array_index (checks, i);

        if (failed->status != VITRINE_CHECK_FAILED)
            continue;
        vitrine_rules_refuse_failed_check (failed, error);
        return FALSE;
    }
    return TRUE;
}

/* The disks it would make fit where they go. */
static gboolean
check_space (VitrineSpec *spec, const VitrineHostLimits *limits, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    guint64 total = 0;

    for (guint i = 0; i < disks->len; i++)
        total += ((VitrineDiskSpec *) g_ptr_array_index (disks, i))->size_bytes;
    return total <= limits->free_disk_bytes
           || vitrine_rules_refuse_lack_of_space (limits->machines_folder, total,
                                                  limits->free_disk_bytes, error);
}

static VitrineDefinition *
define_spec (FakeHost *self, VitrineSpec *spec, char **warning, GError **error)
{
    g_autoptr (VitrineHostLimits) limits = fake_host_dup_limits (VITRINE_HOST (self));
    g_autofree char *uuid = g_uuid_string_random ();

    if (!vitrine_rules_check_spec (spec, limits, error)
        || !check_name_is_free (VITRINE_HOST (self), vitrine_spec_get_name (spec), uuid, error)
        || !check_host_works (self, error) || !vitrine_rules_check_sources (spec, warning, error)
        || !check_space (spec, limits, error))
        return NULL;
    return vitrine_rules_define (spec, uuid, limits->machines_folder, error);
}

static void
log_express (FakeHost *self, const VitrineExpress *express)
{
    g_autofree char *path = g_key_file_get_string (self->file, "host", "express-log", NULL);

    if (express != NULL && path != NULL)
        fake_os_log_express (path, express);
}

static void
create (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);
    g_autofree char *warning = NULL;
    g_autoptr (VitrineDefinition) definition = NULL;
    const char *warnings[2] = { NULL };
    GError *error = NULL;
    FakeMachine *machine;

    load_machines (self);
    definition = define_spec (self, g_task_get_task_data (task), &warning, &error);
    warnings[0] = warning;
    if (definition == NULL) {
        g_task_return_error (task, error);
        return;
    }
    log_express (self, vitrine_spec_get_express (g_task_get_task_data (task)));
    machine = watch (self, fake_machine_new_from_definition (definition, self->faults));
    vitrine_machine_set_warnings (VITRINE_MACHINE (machine), warnings);
    vitrine_host_add (VITRINE_HOST (self), VITRINE_MACHINE (machine));
    g_task_return_pointer (task, machine, g_object_unref);
}

static void
fake_host_create_full_async (VitrineHost *host, VitrineSpec *spec, VitrineProgress progress,
                             gpointer progress_data, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, vitrine_rules_dup_spec (spec), g_object_unref);
    fake_faults_report (task, progress, progress_data);
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "create", task, create, NULL);
}

static void
fake_host_create_async (VitrineHost *host, VitrineSpec *spec, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    fake_host_create_full_async (host, spec, NULL, NULL, cancellable, callback, user_data);
}

static VitrineMachine *
define_xml (FakeHost *self, const char *xml, GError **error)
{
    VitrineHost *host = VITRINE_HOST (self);
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (xml, -1, error);
    g_autoptr (VitrineMachine) old = NULL;
    FakeMachine *machine;

    if (definition == NULL
        || !vitrine_rules_check_name (vitrine_definition_get_name (definition), error)
        || !check_name_is_free (host, vitrine_definition_get_name (definition),
                                vitrine_definition_get_uuid (definition), error))
        return NULL;
    old = vitrine_host_find (host, vitrine_definition_get_uuid (definition));
    if (old != NULL) {
        if (!vitrine_machine_check_redefine (old, error))
            return NULL;
        fake_machine_set_definition (FAKE_MACHINE (old), definition);
        return g_steal_pointer (&old);
    }
    machine = watch (self, fake_machine_new_from_definition (definition, self->faults));
    vitrine_host_add (host, VITRINE_MACHINE (machine));
    return VITRINE_MACHINE (machine);
}

static void
define (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);
    GError *error = NULL;
    VitrineMachine *machine;

    load_machines (self);
    machine = define_xml (self, g_task_get_task_data (task), &error);
    if (machine == NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, machine, g_object_unref);
}

static void
fake_host_define_async (VitrineHost *host, const char *xml, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (xml), g_free);
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "define", task, define, NULL);
}

/* What a clone is made from, until it is made. */
typedef struct {
    VitrineMachine *original;
    char *name;
} Cloning;

static void
cloning_free (gpointer data)
{
    Cloning *cloning = data;

    g_object_unref (cloning->original);
    g_free (cloning->name);
    g_free (cloning);
}

static char *
dup_clone_xml (const Cloning *cloning, GError **error)
{
    g_autofree char *xml = vitrine_machine_dup_xml (cloning->original, error);
    g_autofree char *uuid = g_uuid_string_random ();
    g_autoptr (VitrineDefinition) definition =
        xml != NULL ? vitrine_definition_parse (xml, -1, error) : NULL;
    g_autoptr (VitrineDefinition) clone =
        definition != NULL
            ? vitrine_definition_with_identity (definition, cloning->name, uuid, NULL, error)
            : NULL;

    return clone != NULL ? g_strdup (vitrine_definition_get_xml (clone)) : NULL;
}

static void
clone (GTask *task)
{
    FakeHost *self = g_task_get_source_object (task);
    const Cloning *cloning = g_task_get_task_data (task);
    g_autofree char *xml = NULL;
    GError *error = NULL;
    VitrineMachine *machine = NULL;

    if (vitrine_machine_check_redefine (cloning->original, &error))
        xml = dup_clone_xml (cloning, &error);
    if (xml != NULL)
        machine = define_xml (self, xml, &error);
    if (machine == NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, machine, g_object_unref);
}

static void
fake_host_clone_async (VitrineHost *host, VitrineMachine *original, const char *name,
                       VitrineCloneKind kind, VitrineProgress progress, gpointer progress_data,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Cloning *cloning = g_new0 (Cloning, 1);

    cloning->original = g_object_ref (original);
    cloning->name = g_strdup (name);
    g_task_set_task_data (task, cloning, cloning_free);
    fake_faults_report (task, progress, progress_data);
    fake_faults_run (FAKE_HOST (host)->faults, NULL, "clone", task, clone, NULL);
}

static VitrineMachine *
fake_host_machine_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- images and networks ---------------------------------------------------------------------- */

static void
fake_host_list_volume_groups_async (VitrineHost *host, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
    fake_volumes_list_async (FAKE_HOST (host)->file, host, cancellable, callback, user_data);
}

static void
fake_host_list_images_async (VitrineHost *host, const char *path, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    fake_images_list_async (FAKE_HOST (host)->images, host, path, cancellable, callback, user_data);
}

static void
fake_host_image_async (VitrineHost *host, const VitrineImageJob *job, VitrineProgress progress,
                       gpointer progress_data, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
    fake_images_work_async (FAKE_HOST (host)->images, host, job, progress, progress_data,
                            cancellable, callback, user_data);
}

static void
fake_host_ask_resource_async (VitrineHost *host, const VitrineResourceRequest *request,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    FakeHost *self = FAKE_HOST (host);

    if (request->kind == VITRINE_RESOURCE_POOL || request->kind == VITRINE_RESOURCE_VOLUME)
        fake_storage_ask_async (self->storage, host, request, cancellable, callback, user_data);
    else
        fake_networks_ask_async (self->networks, host, request, cancellable, callback, user_data);
}

static void
fake_host_get_stats_async (VitrineHost *host, GPtrArray *machines, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    fake_stats_get_async (host, FAKE_HOST (host)->faults, machines, cancellable, callback,
                          user_data);
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
fake_host_finalize (GObject *object)
{
    FakeHost *self = FAKE_HOST (object);

    g_clear_object (&self->lost_monitor);
    g_free (self->lost_while);
    g_clear_pointer (&self->images, fake_images_free);
    g_clear_pointer (&self->networks, fake_networks_free);
    g_clear_pointer (&self->storage, fake_storage_free);
    g_clear_pointer (&self->faults, fake_faults_unref);
    g_clear_pointer (&self->file, g_key_file_unref);
    G_OBJECT_CLASS (fake_host_parent_class)->finalize (object);
}

static void
fake_host_class_init (FakeHostClass *klass)
{
    VitrineHostClass *host_class = VITRINE_HOST_CLASS (klass);

    G_OBJECT_CLASS (klass)->finalize = fake_host_finalize;
    host_class->connect_async = fake_host_connect_async;
    host_class->connect_finish = fake_host_connect_finish;
    host_class->create_async = fake_host_create_async;
    host_class->create_full_async = fake_host_create_full_async;
    host_class->list_volume_groups_async = fake_host_list_volume_groups_async;
    host_class->create_finish = fake_host_machine_finish;
    host_class->clone_async = fake_host_clone_async;
    host_class->clone_finish = fake_host_machine_finish;
    host_class->define_async = fake_host_define_async;
    host_class->define_finish = fake_host_machine_finish;
    host_class->list_images_async = fake_host_list_images_async;
    host_class->image_async = fake_host_image_async;
    host_class->ask_resource_async = fake_host_ask_resource_async;
    host_class->check_async = fake_host_check_async;
    host_class->check_finish = fake_host_check_finish;
    host_class->get_stats_async = fake_host_get_stats_async;
    host_class->dup_limits = fake_host_dup_limits;
    host_class->list_os_async = fake_host_list_os_async;
    host_class->detect_os_async = fake_host_detect_os_async;
    host_class->plan_express_async = fake_host_plan_express_async;
}

static void
fake_host_init (FakeHost *self)
{
}

static void
watch_lost (FakeHost *self)
{
    g_autoptr (GFile) file = NULL;

    self->lost_while = g_key_file_get_string (self->file, "host", "lost-while", NULL);
    if (self->lost_while == NULL)
        return;
    file = g_file_new_for_path (self->lost_while);
    self->lost_monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
    g_signal_connect_object (self->lost_monitor, "changed", G_CALLBACK (lost_changed_cb), self,
                             G_CONNECT_SWAPPED);
}

VitrineHost *
vitrine_fake_host_new (const char *argument, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (GError) reason = NULL;
    g_autofree char *uri = g_strconcat ("fake:", argument, NULL);
    g_autofree char *title = NULL;
    FakeHost *self;

    if (!g_key_file_load_from_file (file, argument, G_KEY_FILE_NONE, &reason)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("“%s” tells no fake host: %s"),
                     argument, reason->message);
        return NULL;
    }
    title = g_key_file_get_string (file, "host", "title", NULL);
    self =
        g_object_new (FAKE_TYPE_HOST, "uri", uri, "title", title != NULL ? title : argument, NULL);
    self->faults = fake_faults_new (file);
    self->images = fake_images_new (file, self->faults);
    self->networks = fake_networks_new (file, self->faults);
    self->storage = fake_storage_new (file, self->faults);
    self->file = g_steal_pointer (&file);
    watch_lost (self);
    return VITRINE_HOST (self);
}
