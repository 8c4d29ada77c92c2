/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-host-read.c - machines of a libvirt host are read, one at a time each and a few at once.
 *
 * A machine that is asked for while it is read is read once more: the answer may be older than the question.
 * So what is applied last is always what was read last, and whoever acts on a machine and then waits for a
 * reading sees what his action did.
 */
#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-machine.h"
#include "libvirt-record.h"
#include "vitrine-private.h"

/* At once; the link has more threads. */
#define READINGS_MAX 4

typedef struct {
    GTask *task;
    LibvirtLookedAtFunc done;
} Reader;

typedef struct {
    char *uuid;
    gboolean in_flight;
    gboolean wanted;    /* once more */
    GArray *now, *next; /* of Reader: who waits for what is in flight, and for what comes then */
} Reading;

static void
reading_free (gpointer data)
{
    Reading *reading = data;

    g_array_unref (reading->now);
    g_array_unref (reading->next);
    g_free (reading->uuid);
    g_free (reading);
}

GHashTable *
libvirt_host_make_readings (void)
{
    return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, reading_free);
}

static Reading *
get_reading (LibvirtHost *self, const char *uuid)
{
    Reading *reading = g_hash_table_lookup (self->readings, uuid);

    if (reading != NULL)
        return reading;
    reading = g_new0 (Reading, 1);
    reading->uuid = g_strdup (uuid);
    reading->now = g_array_new (FALSE, FALSE, sizeof (Reader));
    reading->next = g_array_new (FALSE, FALSE, sizeof (Reader));
    g_hash_table_insert (self->readings, reading->uuid, reading);
    return reading;
}

static void
answer_all (GArray *readers, VitrineMachine *machine, const GError *error)
{
    for (guint i = 0; i < readers->len; i++) {
        const Reader *reader = &g_array_index (readers, Reader, i);

        reader->done (reader->task, machine, error);
    }
}

/* --- what was read ---------------------------------------------------------------------------- */

/* The machine UUID, listed or about to be; (transfer full). */
static VitrineMachine *
find (LibvirtHost *self, const char *uuid)
{
    VitrineMachine *machine = vitrine_host_find (VITRINE_HOST (self), uuid);

    if (machine == NULL && self->found != NULL) {
        machine = g_hash_table_lookup (self->found, uuid);
        if (machine != NULL)
            g_object_ref (machine);
    }
    return machine;
}

/* RECORD is taken. */
static VitrineMachine *
apply (LibvirtHost *self, LibvirtRecord *record)
{
    VitrineMachine *machine = find (self, record->uuid);

    if (machine != NULL) {
        libvirt_machine_update (LIBVIRT_MACHINE (machine), record);
        return machine;
    }
    machine = VITRINE_MACHINE (libvirt_machine_new (self, record));
    if (self->found != NULL)
        g_hash_table_insert (self->found, (gpointer) vitrine_machine_get_uuid (machine),
                             g_object_ref (machine));
    else
        vitrine_host_add (VITRINE_HOST (self), machine);
    return machine;
}

static void
forget (LibvirtHost *self, const char *uuid)
{
    g_autoptr (VitrineMachine) machine = vitrine_host_find (VITRINE_HOST (self), uuid);

    if (machine != NULL)
        vitrine_host_remove (VITRINE_HOST (self), machine);
    if (self->found != NULL)
        g_hash_table_remove (self->found, uuid);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void read_next (LibvirtHost *self);

static void
read_thread (virConnectPtr connection, GTask *answer, gpointer uuid)
{
    virDomainPtr domain =
        connection != NULL ? virDomainLookupByUUIDString (connection, uuid) : NULL;
    GError *error = NULL;
    LibvirtRecord *record;

    if (domain == NULL)
        libvirt_error_take (uuid, &error);
    record = domain != NULL ? libvirt_record_read (domain, &error) : NULL;
    if (record != NULL)
        g_task_return_pointer (answer, record, (GDestroyNotify) libvirt_record_free);
    else
        g_task_return_error (answer, error);
    if (domain != NULL)
        virDomainFree (domain);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtHost *self = g_task_get_source_object (task);
    Reading *reading = get_reading (self, g_task_get_task_data (task));
    g_autoptr (GArray) readers = g_steal_pointer (&reading->now);
    g_autoptr (GError) error = NULL;
    LibvirtRecord *record = g_task_propagate_pointer (G_TASK (result), &error);
    g_autoptr (VitrineMachine) machine = record != NULL ? apply (self, record) : NULL;

    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        forget (self, reading->uuid);
    reading->now = g_array_new (FALSE, FALSE, sizeof (Reader));
    reading->in_flight = FALSE;
    self->n_reading--;
    if (reading->wanted)
        g_queue_push_tail (&self->queue, reading->uuid);
    else
        g_hash_table_remove (self->readings, reading->uuid);
    read_next (self);
    answer_all (readers, machine, error);
    g_task_return_boolean (task, TRUE);
}

static void
begin (LibvirtHost *self, Reading *reading)
{
    GTask *task = g_task_new (self, NULL, NULL, NULL);
    GArray *none = reading->now;

    reading->in_flight = TRUE;
    reading->wanted = FALSE;
    reading->now = reading->next;
    reading->next = none;
    self->n_reading++;
    g_task_set_task_data (task, g_strdup (reading->uuid), g_free);
    libvirt_host_run (self, task, LIBVIRT_READ_S, read_thread, g_strdup (reading->uuid), g_free,
                      read_cb);
}

static void
read_next (LibvirtHost *self)
{
    while (self->open && self->n_reading < READINGS_MAX && !g_queue_is_empty (&self->queue))
        begin (self, get_reading (self, g_queue_pop_head (&self->queue)));
}

void
libvirt_host_look_at (LibvirtHost *self, const char *uuid, GTask *task, LibvirtLookedAtFunc done)
{
    Reader reader = { .task = task, .done = done };
    Reading *reading;

    if (!self->open) {
        g_autoptr (GError) error = NULL;

        vitrine_refuse (&error, VITRINE_ERROR_ENGINE, "%s",
                        vitrine_host_get_problem (VITRINE_HOST (self)));
        if (done != NULL)
            done (task, NULL, error);
        return;
    }
    reading = get_reading (self, uuid);
    if (!reading->wanted && !reading->in_flight)
        g_queue_push_tail (&self->queue, reading->uuid);
    reading->wanted = TRUE;
    if (done != NULL)
        g_array_append_val (reading->next, reader);
    read_next (self);
}

void
libvirt_host_drop_readings (LibvirtHost *self, const GError *reason)
{
    g_autoptr (GArray) readers = g_array_new (FALSE, FALSE, sizeof (Reader));
    GHashTableIter iter;
    Reading *reading;

    g_queue_clear (&self->queue);
    g_hash_table_iter_init (&iter, self->readings);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &reading)) {
        if (reading->next->len > 0)
            g_array_append_vals (readers, reading->next->data, reading->next->len);
        g_array_set_size (reading->next, 0);
        reading->wanted = FALSE;
        if (!reading->in_flight)
            g_hash_table_iter_remove (&iter);
    }
    answer_all (readers, NULL, reason);
}

/* --- a machine as an answer ------------------------------------------------------------------- */

static void
answer_cb (GTask *task, VitrineMachine *machine, const GError *error)
{
    g_autoptr (GTask) owned = task;

    if (machine != NULL)
        g_task_return_pointer (task, g_object_ref (machine), g_object_unref);
    else
        g_task_return_error (task, g_error_copy (error));
}

void
libvirt_host_uuid_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtHost *self = g_task_get_source_object (task);
    GError *error = NULL;
    g_autofree char *uuid = g_task_propagate_pointer (G_TASK (result), &error);

    if (uuid == NULL)
        g_task_return_error (task, error);
    else
        libvirt_host_look_at (self, uuid, g_steal_pointer (&task), answer_cb);
}
