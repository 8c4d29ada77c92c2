/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-variables.c - the UEFI variables of a running machine.
 *
 * Theory of operation.  The flash chip's bytes are a memfd that VMM and keeper have mapped.  The VMM
 * changes them and says so, at once but not each time (VMM_EVENT_VARIABLES); when it has been silent
 * for QUIET_MS, or has not been for PATIENCE_MS, the bytes are copied, and a thread writes the copy
 * to the file: temporary file, fsync, rename.  However the VMM ends, what it changed last is still in
 * the memfd and is saved then.
 *
 * A guest may go on changing bytes while they are copied.  The sequence number (struct
 * vmm_variables) tells; such a copy is thrown away, as an event follows anyway.  So what is in the
 * file is what the chip held at one moment, and firmware copes with that, as it copes with a power
 * failure.
 *
 * Rejected: the file itself as the shared memory.  It would outlive everything but a crash of the
 * host, which could leave some of its pages old and some new.  Rejected: the VMM sends the bytes.
 * It would have to send them before it dies.
 */
#include "keeper-variables.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "fd.h"
#include "keeper-nvram.h"
#include "vitrine-error.h"
#include "vmm-protocol.h"

#define QUIET_MS    100
#define PATIENCE_MS 1000

struct _KeeperVariables {
    KeeperNvram nvram; /* the thread's while there is one */
    KeeperVariablesProblem problem;
    gpointer owner;

    int fd;
    struct vmm_variables *shared; /* mapped: this, then the bytes */
    gsize size;                   /* of the bytes */
    guint64 saved_sequence;       /* what the file is as new as */

    guint timer;
    gint64 first_change_us; /* since which the file is not up to date; 0: it is */

    gboolean drops_changes;
    GThread *thread; /* writes `copy`, or NULL */
    GSource *done;   /* of the main context, set going by the thread */
    GBytes *copy;
    guint64 copy_sequence;
    GError *error; /* the thread's result */
};

static void start_saving (KeeperVariables *self);

static const guint8 *
get_bytes (const KeeperVariables *self)
{
    return (const guint8 *) self->shared + VMM_VARIABLES_OFFSET;
}

/* --- saving ---------------------------------------------------------------------------------- */

static gpointer
save_thread (gpointer data)
{
    KeeperVariables *self = data;

    keeper_nvram_save (&self->nvram, self->copy, &self->error);
    g_source_attach (self->done, NULL);
    return NULL;
}

/* The thread is at its end: takes its result.  FALSE when the file is as it was. */
static gboolean
take_result (KeeperVariables *self, GError **error)
{
    g_thread_join (g_steal_pointer (&self->thread));
    g_source_destroy (self->done);
    g_clear_pointer (&self->done, g_source_unref);
    g_clear_pointer (&self->copy, g_bytes_unref);
    if (self->error) {
        g_propagate_error (error, g_steal_pointer (&self->error));
        return FALSE;
    }
    self->saved_sequence = self->copy_sequence;
    return TRUE;
}

static gboolean
done_cb (gpointer user_data)
{
    KeeperVariables *self = user_data;
    g_autoptr (GError) error = NULL;

    if (!take_result (self, &error))
        self->problem (self->owner, error);
    if (self->first_change_us && !self->timer)
        start_saving (self); /* more came while the thread was at work */
    return G_SOURCE_REMOVE;
}

/* Nothing happens while a thread is at work: it sees to the rest at its end. */
static void
start_saving (KeeperVariables *self)
{
    guint64 before = atomic_load (&self->shared->sequence);

    if (self->thread || self->drops_changes)
        return;
    self->first_change_us = 0;
    self->copy = g_bytes_new (get_bytes (self), self->size);
    if (before % 2 || atomic_load (&self->shared->sequence) != before) {
        g_clear_pointer (&self->copy, g_bytes_unref); /* disturbed, and an event is on its way */
        return;
    }
    self->copy_sequence = before;
    self->done = g_idle_source_new ();
    g_source_set_callback (self->done, done_cb, self, NULL);
    self->thread = g_thread_new ("uefi-variables", save_thread, self);
}

static gboolean
timer_cb (gpointer user_data)
{
    KeeperVariables *self = user_data;

    self->timer = 0;
    start_saving (self);
    return G_SOURCE_REMOVE;
}

void
keeper_variables_changed (KeeperVariables *self)
{
    gint64 now_us = g_get_monotonic_time ();

    if (self->first_change_us == 0)
        self->first_change_us = now_us;
    if (self->timer && now_us - self->first_change_us > PATIENCE_MS * G_TIME_SPAN_MILLISECOND)
        return; /* it has been put off long enough */
    g_clear_handle_id (&self->timer, g_source_remove);
    self->timer = g_timeout_add (QUIET_MS, timer_cb, self);
}

/* --- life ------------------------------------------------------------------------------------ */

static gboolean
share (KeeperVariables *self, GBytes *bytes, GError **error)
{
    gsize total;

    self->size = g_bytes_get_size (bytes);
    total = VMM_VARIABLES_OFFSET + self->size;
    self->fd = fd_memfd_create ("uefi-variables", total);
    if (self->fd >= 0) {
        void *mapped = mmap (NULL, total, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);

        self->shared = mapped == MAP_FAILED ? NULL : mapped;
    } else {
        errno = -self->fd;
    }
    if (!self->shared) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There is no room for the UEFI variables: %s"), g_strerror (errno));
        return FALSE;
    }
    memcpy ((guint8 *) self->shared + VMM_VARIABLES_OFFSET, g_bytes_get_data (bytes, NULL),
            self->size);
    return TRUE;
}

static void
free_all (KeeperVariables *self)
{
    if (self->shared)
        munmap (self->shared, VMM_VARIABLES_OFFSET + self->size);
    fd_close (&self->fd);
    keeper_nvram_close (&self->nvram);
    g_free (self);
}

KeeperVariables *
keeper_variables_open (const char *path, const char *template, gboolean reset,
                       KeeperVariablesProblem problem, gpointer owner, GError **error)
{
    KeeperVariables *self = g_new0 (KeeperVariables, 1);
    g_autoptr (GBytes) bytes = NULL;

    self->problem = problem;
    self->owner = owner;
    self->fd = -1;
    bytes = keeper_nvram_open (&self->nvram, path, template, reset, error);
    if (!bytes || !share (self, bytes, error)) {
        free_all (self);
        return NULL;
    }
    return self;
}

void
keeper_variables_drop_changes (KeeperVariables *self)
{
    self->drops_changes = TRUE;
}

int
keeper_variables_get_fd (const KeeperVariables *self)
{
    return self->fd;
}

gboolean
keeper_variables_close (KeeperVariables *self, GError **error)
{
    gboolean ok = TRUE;

    g_clear_handle_id (&self->timer, g_source_remove);
    if (self->thread)
        take_result (self, NULL); /* what failed is tried once more below */
    if (!self->drops_changes && atomic_load (&self->shared->sequence) != self->saved_sequence) {
        g_autoptr (GBytes) last = g_bytes_new (get_bytes (self), self->size);

        ok = keeper_nvram_save (&self->nvram, last, error);
    }
    free_all (self);
    return ok;
}
