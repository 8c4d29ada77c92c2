/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine-change.c - what a fake machine has, and how that changes.
 *
 * What runs is a second definition, which begins as the one for the next start.  A guest that is asked to
 * give a device back agrees after half of detach-ms and lets it go after all of it, whether somebody
 * waits for that or not.
 */
#include <inttypes.h>
#include <glib/gi18n-lib.h>

#include "fake-machine-private.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-xml-private.h"

#define DETACH_MS 20

/* A task's own change: with its strings. */
/* The guest has been asked to give a device back. */
typedef struct {
    FakeMachine *machine;
    GTask *task;        /* NULL once it is answered */
    GSource *cancelled; /* waits for whoever waits to give up; or NULL */
    char *alias;
    gboolean agreed;
} Asking;

/* --- what there is ---------------------------------------------------------------------------- */

/* DEFINITION, taken over, with as many CD drives as the file says. */
static VitrineDefinition *
set_drives (FakeMachine *self, VitrineDefinition *definition)
{
    static const char drive[] = "<disk type='file' device='cdrom'><target dev='sdb' bus='sata'/>"
                                "</disk>";
    guint n = fake_faults_get_uint (self->faults, self->group, "cd-drives", 1);
    VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH, .what = drive };
    g_autoptr (GPtrArray) devices = NULL;
    VitrineDefinition *edited;

    if (definition == NULL || n == 1)
        return definition;
    devices = vitrine_rules_dup_devices (definition);
    for (guint i = 0; n == 0 && i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, "cdrom"))
            change = (VitrineChange){ .kind = VITRINE_CHANGE_DETACH, .what = device->alias };
    }
    edited = vitrine_rules_edit (definition, &change, NULL);
    vitrine_definition_unref (definition);
    return edited;
}

static VitrineDefinition *
make_definition (FakeMachine *self, GError **error)
{
    const char *uuid = vitrine_machine_get_uuid (VITRINE_MACHINE (self));

    return set_drives (self, vitrine_rules_define (self->spec, uuid, "/", error));
}

static VitrineDefinition *
get_definition (FakeMachine *self, GError **error)
{
    const char *problem = vitrine_machine_get_problem (VITRINE_MACHINE (self));

    if (self->definition == NULL && *problem != '\0') {
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, problem);
        return NULL;
    }
    if (self->definition == NULL)
        self->definition = make_definition (self, error);
    return self->definition;
}

static VitrineDefinition *
get_live (FakeMachine *self, GError **error)
{
    VitrineDefinition *definition = self->live == NULL ? get_definition (self, error) : NULL;

    if (definition != NULL)
        self->live = vitrine_definition_ref (definition);
    return self->live;
}

char *
fake_machine_dup_xml (VitrineMachine *machine, GError **error)
{
    VitrineDefinition *definition = get_definition (FAKE_MACHINE (machine), error);

    return definition != NULL ? g_strdup (vitrine_definition_get_xml (definition)) : NULL;
}

GPtrArray *
fake_machine_dup_devices (VitrineMachine *machine, VitrineScope scope)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    VitrineDefinition *definition =
        scope == VITRINE_SCOPE_LIVE ? get_live (self, NULL) : get_definition (self, NULL);
    GPtrArray *infos;

    if (definition == NULL)
        return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    infos = vitrine_rules_dup_devices (definition);
    for (guint i = 0; scope == VITRINE_SCOPE_LIVE && i < infos->len; i++) {
        VitrineDeviceInfo *info = g_ptr_array_index (infos, i);

        info->state = (VitrineDeviceState) GPOINTER_TO_INT (
            g_hash_table_lookup (self->device_states, info->alias));
    }
    return infos;
}

/* --- changes ---------------------------------------------------------------------------------- */

/* Makes CHANGE to *DEFINITION, one of the two, which is replaced. */
static gboolean
edit (VitrineDefinition **definition, const VitrineChange *change, GError **error)
{
    VitrineDefinition *edited = vitrine_rules_edit (*definition, change, error);

    if (edited == NULL)
        return FALSE;
    vitrine_definition_unref (*definition);
    *definition = edited;
    return TRUE;
}

/* What no definition knows: what is on the host, and what the guest holds. */
static gboolean
check_memory (FakeMachine *self, const VitrineChange *change, GError **error)
{
    guint64 max = vitrine_definition_get_max_memory_bytes (get_live (self, NULL));

    return change->size_bytes <= max
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” can have %d to %" PRIu64 " MiB of memory"),
                              vitrine_machine_get_name (VITRINE_MACHINE (self)), 8, max >> 20);
}

static gboolean
check (FakeMachine *self, const VitrineChange *change, GError **error)
{
    gboolean changes_medium =
        change->kind == VITRINE_CHANGE_EJECT || change->kind == VITRINE_CHANGE_INSERT;

    if (change->kind == VITRINE_CHANGE_INSERT && !g_file_test (change->path, G_FILE_TEST_EXISTS))
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("There is no file “%s”"),
                               change->path);
    if (change->kind == VITRINE_CHANGE_ATTACH && (change->scope & VITRINE_SCOPE_LIVE))
        return fake_machine_open_disk (self, change, error);
    if (change->kind == VITRINE_CHANGE_MEMORY && (change->scope & VITRINE_SCOPE_LIVE))
        return check_memory (self, change, error);
    if (changes_medium && (change->scope & VITRINE_SCOPE_LIVE) && !change->force
        && fake_faults_get_boolean (self->faults, self->group, "tray-locked"))
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("Device %s: the guest keeps its tray locked; it was asked to "
                                  "let go"),
                               change->what);
    return TRUE;
}

/* Without what this host does not know, *DEFINITION becomes the machine's name and size. */
static gboolean
take_definition (FakeMachine *self, VitrineDefinition **definition, GError **error)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    g_autofree char *way = fake_faults_dup_string (self->faults, self->group, "drops");
    const char *name = vitrine_definition_get_name (*definition);

    if (vitrine_machine_runs (machine) && !g_str_equal (name, vitrine_machine_get_name (machine)))
        return vitrine_rules_refuse_rename (vitrine_machine_get_name (machine), error);
    if (way != NULL) {
        g_autoptr (VitrineXml) document =
            vitrine_xml_parse (vitrine_definition_get_xml (*definition), error);
        g_autofree char *text = NULL;
        VitrineDefinition *rest;

        if (document == NULL)
            return FALSE;
        vitrine_xml_set (document, way, NULL);
        text = vitrine_xml_write (document);
        rest = vitrine_definition_parse (text, -1, error);
        if (rest == NULL)
            return FALSE;
        vitrine_definition_unref (*definition);
        *definition = rest;
    }
    vitrine_machine_set_name (machine, vitrine_definition_get_name (*definition));
    if (!vitrine_machine_runs (machine))
        vitrine_machine_set_resources (machine, vitrine_definition_get_vcpus (*definition),
                                       vitrine_definition_get_first_memory_bytes (*definition));
    vitrine_machine_set_firmware (machine, vitrine_rules_firmware (*definition));
    return TRUE;
}

static gboolean
make (FakeMachine *self, const VitrineChange *change, GError **error)
{
    g_autoptr (VitrineDefinition) tried = NULL;

    if (!get_definition (self, error) || !check (self, change, error))
        return FALSE;
    if (vitrine_machine_runs (VITRINE_MACHINE (self)))
        get_live (self, NULL); /* before the definition becomes another */
    /* What the definition will not take is not done to what runs. */
    tried = vitrine_definition_ref (self->definition);
    if ((change->scope & VITRINE_SCOPE_CONFIG) && !edit (&tried, change, error))
        return FALSE;
    if (change->kind == VITRINE_CHANGE_DEFINITION && !take_definition (self, &tried, error))
        return FALSE;
    if ((change->scope & VITRINE_SCOPE_LIVE) && !edit (&self->live, change, error))
        return FALSE;
    vitrine_definition_unref (self->definition);
    self->definition = g_steal_pointer (&tried);
    if (change->kind == VITRINE_CHANGE_DETACH && (change->scope & VITRINE_SCOPE_LIVE))
        g_hash_table_remove (self->device_states, change->what);
    if (change->kind == VITRINE_CHANGE_VCPUS)
        vitrine_machine_set_resources (VITRINE_MACHINE (self), change->n,
                                       vitrine_machine_get_memory_bytes (VITRINE_MACHINE (self)));
    if (change->kind == VITRINE_CHANGE_MEMORY)
        vitrine_machine_set_resources (VITRINE_MACHINE (self),
                                       vitrine_machine_get_vcpus (VITRINE_MACHINE (self)),
                                       vitrine_definition_get_first_memory_bytes (
                                           self->live != NULL ? self->live : self->definition));
    vitrine_machine_devices_changed (VITRINE_MACHINE (self));
    return TRUE;
}

static void
answer (GTask *task)
{
    const VitrineChange *change = g_task_get_task_data (task);
    GError *error = NULL;

    if (make (g_task_get_source_object (task), change, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

/* --- a guest that is asked -------------------------------------------------------------------- */

static void
asking_free (gpointer data)
{
    Asking *asking = data;

    if (asking->cancelled != NULL)
        g_source_destroy (asking->cancelled);
    g_clear_pointer (&asking->cancelled, g_source_unref);
    g_clear_object (&asking->task);
    g_object_unref (asking->machine);
    g_free (asking->alias);
    g_free (asking);
}

static void
set_device_state (FakeMachine *self, const char *alias, VitrineDeviceState state)
{
    if (state == VITRINE_DEVICE_PRESENT)
        g_hash_table_remove (self->device_states, alias);
    else
        g_hash_table_insert (self->device_states, g_strdup (alias), GINT_TO_POINTER (state));
    vitrine_machine_devices_changed (VITRINE_MACHINE (self));
}

/* Whether it was switched off or the device taken away meanwhile. */
static gboolean
is_over (Asking *asking)
{
    return !g_hash_table_contains (asking->machine->device_states, asking->alias);
}

static gboolean
let_go (Asking *asking, GError **error)
{
    const VitrineChange live = { .kind = VITRINE_CHANGE_DETACH,
                                 .scope = VITRINE_SCOPE_LIVE,
                                 .what = asking->alias };
    const VitrineChange *change = asking->task != NULL ? g_task_get_task_data (asking->task) : NULL;

    if (fake_faults_get_boolean (asking->machine->faults, asking->machine->group,
                                 "keeps-devices")) {
        set_device_state (asking->machine, asking->alias, VITRINE_DEVICE_PRESENT);
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("The guest does not say whether it gives the device %s back; try "
                                  "again, or take it away by force"),
                               asking->alias);
    }
    return make (asking->machine, change != NULL ? change : &live, error);
}

static gboolean
asked_cb (gpointer user_data)
{
    Asking *asking = user_data;
    GError *error = NULL;

    if (!is_over (asking) && !asking->agreed) {
        asking->agreed = TRUE;
        if (!fake_faults_get_boolean (asking->machine->faults, asking->machine->group,
                                      "keeps-devices"))
            set_device_state (asking->machine, asking->alias, VITRINE_DEVICE_AGREED);
        return G_SOURCE_CONTINUE;
    }
    if (!is_over (asking))
        let_go (asking, &error);
    if (asking->task != NULL && error != NULL)
        g_task_return_error (asking->task, g_steal_pointer (&error));
    else if (asking->task != NULL)
        g_task_return_boolean (asking->task, TRUE);
    g_clear_error (&error);
    return G_SOURCE_REMOVE;
}

/* Whoever waited waits no more; the guest has been asked all the same. */
static gboolean
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
    Asking *asking = user_data;

    if (asking->task != NULL)
        g_task_return_error_if_cancelled (asking->task);
    g_clear_object (&asking->task);
    return G_SOURCE_REMOVE;
}

static void
ask (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    const VitrineChange *change = g_task_get_task_data (task);
    guint ms = fake_faults_get_uint (self->faults, self->group, "detach-ms", DETACH_MS);
    Asking *asking = g_new0 (Asking, 1);

    asking->machine = g_object_ref (self);
    asking->task = g_object_ref (task);
    asking->alias = g_strdup (change->what);
    set_device_state (self, asking->alias, VITRINE_DEVICE_LEAVING);
    if (g_task_get_cancellable (task) != NULL) {
        asking->cancelled = g_cancellable_source_new (g_task_get_cancellable (task));
        g_source_set_callback (asking->cancelled, G_SOURCE_FUNC (cancelled_cb), asking, NULL);
        g_source_attach (asking->cancelled, NULL);
    }
    g_timeout_add_full (G_PRIORITY_DEFAULT, ms / 2, asked_cb, asking, asking_free);
}

/* --- public ----------------------------------------------------------------------------------- */

void
fake_machine_change_async (VitrineMachine *machine, const VitrineChange *change,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    static const char *const ops[] = {
        [VITRINE_CHANGE_ATTACH] = "attach",
        [VITRINE_CHANGE_DETACH] = "detach",
        [VITRINE_CHANGE_EJECT] = "eject",
        [VITRINE_CHANGE_INSERT] = "insert",
        [VITRINE_CHANGE_RESIZE] = "resize",
        [VITRINE_CHANGE_VCPUS] = "vcpus",
        [VITRINE_CHANGE_CARD] = "card",
        [VITRINE_CHANGE_MEMORY] = "memory",
        [VITRINE_CHANGE_DEFINITION] = "definition",
    };
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);
    gboolean asks = change->kind == VITRINE_CHANGE_DETACH && !change->force
                    && (change->scope & VITRINE_SCOPE_LIVE);

    g_task_set_task_data (task, vitrine_change_copy (change), (GDestroyNotify) vitrine_change_free);
    fake_faults_run (self->faults, self->group, ops[change->kind], task, asks ? ask : answer, NULL);
}

/* --- cables ----------------------------------------------------------------------------------- */

static void
answer_link (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    const char *card = g_task_get_task_data (task);
    g_autoptr (GPtrArray) devices =
        fake_machine_dup_devices (VITRINE_MACHINE (self), VITRINE_SCOPE_LIVE);
    GError *error = NULL;

    if (vitrine_device_info_find (devices, card) != NULL) {
        g_task_return_boolean (task, TRUE);
        return;
    }
    vitrine_refuse (&error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no device “%s”"),
                    vitrine_machine_get_name (VITRINE_MACHINE (self)), card);
    g_task_return_error (task, error);
}

void
fake_machine_set_link_async (VitrineMachine *machine, const char *card, gboolean up,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (card), g_free);
    fake_faults_run (self->faults, self->group, "link", task, answer_link, NULL);
}
