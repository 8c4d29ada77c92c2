/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper.c - the life of one running machine: how it begins, what happens to it, how it ends. */
#include "keeper.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-last-run.h"
#include "keeper-lock.h"
#include "keeper-private.h"
#include "keeper-process.h"
#include "keeper-records.h"
#include "vitrine-error.h"

#ifndef QUIT_TIMEOUT_MS /* tests are less patient */
#define QUIT_TIMEOUT_MS 10000
#endif
#define PATIENCE_MS       5000 /* for a VMM whose keeper was killed */
#define LOG_BYTES         (256 * 1024)

/* --- telling --------------------------------------------------------------------------------- */

const char *
keeper_name (Keeper *self)
{
    return vitrine_definition_get_name (self->definition);
}

VitrineDefinitionDevice *
keeper_find_device (Keeper *self, const char *alias)
{
    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (g_str_equal (device->alias, alias))
            return device;
    }
    return NULL;
}

void
keeper_update_state (Keeper *self)
{
    const char *state = !self->started        ? "starting"
                        : !self->running      ? "paused"
                        : self->asked_to_stop ? "stopping"
                                              : "running";

    if (self->control && self->vmm)
        keeper_control_set_state (self->control, state,
                                  self->stuck          ? self->stuck
                                  : self->pause_reason ? self->pause_reason
                                                       : "");
}

GArray *
keeper_list_processes (Keeper *self)
{
    GArray *pids = g_array_new (FALSE, FALSE, sizeof (guint32));
    guint32 pid = (guint32) getpid ();

    g_array_append_val (pids, pid);
    if (self->vmm && (pid = (guint32) keeper_vmm_get_pid (self->vmm)))
        g_array_append_val (pids, pid);
    for (guint i = 0; i < KEEPER_N_DISPLAYS; i++)
        if (self->displays[i] && (pid = (guint32) keeper_display_get_pid (self->displays[i])))
            g_array_append_val (pids, pid);
    if (self->net)
        keeper_net_add_processes (self->net, pids);
    if (self->storage)
        keeper_storage_add_processes (self->storage, pids);
    return pids;
}

void
keeper_update_processes (Keeper *self)
{
    g_autoptr (GArray) pids = keeper_list_processes (self);

    keeper_control_set_processes (self->control, pids);
}

void
keeper_processes_changed (gpointer owner)
{
    Keeper *self = owner;

    if (self->control)
        keeper_update_processes (self);
}

void
keeper_peer_done_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    /* A VMM that is gone, or has let the device go, needs no peer for it. */
    if (error && !g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        g_printerr ("vitrine-keeper: %s\n", error->message);
}

void
keeper_update_warnings (Keeper *self)
{
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
    GHashTableIter iter;
    gpointer alias, reason;

    for (guint i = 0; i < self->warnings->len; i++)
        g_ptr_array_add (all, g_strdup (g_ptr_array_index (self->warnings, i)));
    g_hash_table_iter_init (&iter, self->events);
    while (g_hash_table_iter_next (&iter, NULL, &reason))
        g_ptr_array_add (all, g_strdup (reason));
    g_hash_table_iter_init (&iter, self->broken);
    while (g_hash_table_iter_next (&iter, &alias, &reason))
        g_ptr_array_add (
            all, g_strdup_printf (_ ("The device %s stopped working until the next reset: %s"),
                                  (char *) alias, (char *) reason));
    g_hash_table_iter_init (&iter, self->net_warnings);
    while (g_hash_table_iter_next (&iter, &alias, &reason))
        g_ptr_array_add (all, g_strdup (reason));
    g_hash_table_iter_init (&iter, self->disk_warnings);
    while (g_hash_table_iter_next (&iter, &alias, &reason))
        g_ptr_array_add (all, g_strdup (reason));
    keeper_control_set_warnings (self->control, all);
}

/* --- the end --------------------------------------------------------------------------------- */

static char *
describe_end (Keeper *self, KeeperVmmEnd end, const char *text, int wait_status)
{
    g_autofree char *how = NULL;

    switch (end) {
    case KEEPER_VMM_END_GUEST:
        if (self->off_reason)
            return g_strdup (self->off_reason);
        return g_strdup (self->asked_to_stop ? _ ("The guest shut down")
                                             : _ ("The guest switched itself off"));
    case KEEPER_VMM_END_HOST:
        return g_strdup (self->quit_reason ? self->quit_reason : _ ("Switched off"));
    case KEEPER_VMM_END_ERROR:
        return g_strdup_printf (_ ("The machine could not go on: %s"), text);
    default:
        if (*text)
            return g_strdup_printf (_ ("The machine's process failed: %s"), text);
        how = keeper_process_describe_end (wait_status);
        return g_strdup_printf (_ ("The machine's process %s"), how);
    }
}

static void
write_last_run (Keeper *self, const char *reason, int wait_status)
{
    g_autoptr (GError) error = NULL;
    const KeeperLastRun run = {
        .crashed = self->crashed,
        .reason = reason,
        .started = self->start_time,
        .ended = g_get_real_time () / G_USEC_PER_SEC,
        .wait_status = wait_status,
        .log = keeper_log_get_last_line (self->vmm_log),
    };

    if (!keeper_last_run_write (self->folder, &run, &error))
        g_printerr ("vitrine-keeper: %s\n", error->message);
}

/* Everything the machine had, except what clients are still told through. */
static void
release (Keeper *self)
{
    g_clear_handle_id (&self->quit_timeout, g_source_remove);
    g_clear_pointer (&self->keys, keeper_keys_free);
    for (guint i = 0; i < KEEPER_N_DISPLAYS; i++)
        g_clear_pointer (&self->displays[i], keeper_display_free);
    keeper_fail_pings (self);
    if (self->ports)
        keeper_ports_forget_vmm (self->ports);
    g_clear_pointer (&self->ports, keeper_ports_free);
    g_clear_pointer (&self->vmm, keeper_vmm_free);
    g_clear_pointer (&self->storage, keeper_storage_free);
    g_clear_pointer (&self->storage_log, keeper_log_close);
    g_clear_pointer (&self->net, keeper_net_free);
    g_clear_pointer (&self->net_log, keeper_log_close);
    g_clear_pointer (&self->vmm_log, keeper_log_close);
    g_clear_pointer (&self->firmware_log, keeper_log_close);
    g_clear_pointer (&self->display_log, keeper_log_close);
    keeper_files_clear (&self->files);
    keeper_close_variables (self, NULL);
    if (self->control)
        keeper_control_stop (self->control);
    keeper_claims_close (&self->claims);
    keeper_runtime_close (&self->runtime);
    fd_close (&self->lock_fd);
}

static gboolean
told_cb (gpointer user_data)
{
    Keeper *self = user_data;

    g_clear_pointer (&self->control, keeper_control_free);
    self->ops->ended (self->owner, self->crashed, self->begins_anew);
    return G_SOURCE_REMOVE;
}

static void
tell_end (Keeper *self, const char *reason)
{
    for (guint i = 0; i < self->waiters->len; i++) {
        KeeperWaiter *waiter = &g_array_index (self->waiters, KeeperWaiter, i);

        waiter->done (NULL, waiter->user_data);
    }
    g_array_set_size (self->waiters, 0);
    keeper_update_processes (self);
    keeper_control_set_state (self->control, "off", reason);
    keeper_control_flush (self->control, told_cb, self);
}

static void
vmm_ended (gpointer owner, KeeperVmmEnd end, const char *text, int wait_status)
{
    Keeper *self = owner;
    g_autoptr (GError) unsaved = NULL;
    g_autofree char *reason = NULL;

    keeper_log_drain (self->vmm_log);
    reason = describe_end (self, end, text, wait_status);
    if (!keeper_close_variables (self, &unsaved)) {
        char *both = g_strdup_printf ("%s. %s", reason, unsaved->message);

        g_free (reason);
        reason = both;
    }
    self->crashed = end == KEEPER_VMM_END_ERROR || end == KEEPER_VMM_END_CRASHED;
    keeper_fail_shots (self);
    keeper_hotplug_end (self);
    if (self->started) {
        write_last_run (self, reason, wait_status);
    } else if (!self->start_error) {
        const char *log = keeper_log_get_last_line (self->vmm_log);

        g_set_error (&self->start_error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     *log ? _ ("“%s” could not be started: %s (%s)")
                          : _ ("“%s” could not be "
                               "started: %s"),
                     keeper_name (self), reason, log);
    }
    self->begins_anew &= end == KEEPER_VMM_END_HOST;
    release (self);
    if (!self->started)
        self->ops->started (self->owner, self->start_error);
    tell_end (self, self->start_error ? self->start_error->message : reason);
}

static gboolean
quit_timeout_cb (gpointer user_data)
{
    Keeper *self = user_data;

    self->quit_timeout = 0;
    keeper_vmm_kill (self->vmm, _ ("it did not switch off and had to be killed"));
    return G_SOURCE_REMOVE;
}

static void
quit_done_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    /* Done or not, what counts is that the VMM ends; the time-out sees to it. */
}

void
keeper_begin_quit (Keeper *self, const char *reason)
{
    self->begins_anew = FALSE; /* whatever it was to be switched off for */
    if (!self->vmm || self->quit_reason)
        return;
    self->quit_reason = g_strdup (reason);
    self->quit_timeout = g_timeout_add (QUIT_TIMEOUT_MS, quit_timeout_cb, self);
    keeper_vmm_request_plain (self->vmm, VMM_QUIT, quit_done_cb, NULL);
}

void
keeper_quit (Keeper *self)
{
    keeper_begin_quit (self, _ ("Switched off with its host, or at the end of its session"));
}

/* --- events ---------------------------------------------------------------------------------- */

static void
vmm_state (gpointer owner, gboolean running)
{
    Keeper *self = owner;

    self->running = running;
    if (running) {
        g_clear_pointer (&self->stuck, g_free);
        g_clear_pointer (&self->pause_reason, g_free);
    }
    keeper_update_state (self);
}

static void
vmm_reset (gpointer owner)
{
    Keeper *self = owner;

    self->asked_to_stop = FALSE;
    g_clear_pointer (&self->stuck, g_free);
    g_clear_pointer (&self->pause_reason, g_free);
    g_hash_table_remove_all (self->broken);
    keeper_control_clear_broken (self->control);
    keeper_update_warnings (self);
    keeper_update_state (self);
    if (vitrine_definition_get_off_at_reboot (self->definition) && self->n_resets_by_us == 0)
        keeper_begin_quit (self, _ ("The guest rebooted, which switches this machine off"));
    else
        keeper_install_reset (self);
}

static void
vmm_broken (gpointer owner, const char *alias, const char *reason)
{
    Keeper *self = owner;

    if (!keeper_find_device (self, alias)
        && g_hash_table_size (self->broken) >= self->devices->len + 8)
        return; /* a few parts of the chipset have names of their own; no more than that */
    g_hash_table_insert (self->broken, g_strdup (alias), g_strdup (reason));
    keeper_control_set_broken (self->control, alias, reason);
    keeper_update_warnings (self);
}

static void
vmm_stuck (gpointer owner, const char *text)
{
    Keeper *self = owner;

    g_free (self->stuck);
    self->stuck = g_strdup_printf (_ ("The guest cannot go on and must be reset: %s"), text);
    self->running = FALSE;
    keeper_update_state (self);
}

static const KeeperVmmOps vmm_ops = {
    .state = vmm_state,
    .reset = vmm_reset,
    .broken = vmm_broken,
    .block_lost = keeper_block_lost,
    .stuck = vmm_stuck,
    .device_event = keeper_device_event,
    .variables = keeper_variables_event,
    .unplug = keeper_hotplug_unplug,
    .vcpus = keeper_hotplug_vcpus,
    .memory = keeper_memory_changed,
    .ended = vmm_ended,
};

/* --- the beginning --------------------------------------------------------------------------- */

/* Nothing runs yet, so there is nothing to flush. */
static void
fail_start (Keeper *self, const GError *error)
{
    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        return; /* it is gone: vmm_ended() will know why */
    if (!self->start_error)
        g_set_error (&self->start_error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("“%s” could not be started: %s"), keeper_name (self), error->message);
    keeper_vmm_kill (self->vmm, error->message);
}

static void
run_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    Keeper *self = user_data;

    if (error) {
        fail_start (self, error);
        return;
    }
    self->started = self->running = TRUE;
    keeper_install_started (self);
    keeper_last_run_remove (self->folder);
    keeper_update_state (self);
    self->ops->started (self->owner, NULL);
}

static void
created_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    Keeper *self = user_data;

    keeper_files_clear (&self->files); /* the VMM has them, and their locks, now */
    keeper_net_handed_over (self->net);
    if (error) {
        fail_start (self, error);
        return;
    }
    for (guint i = 0; i < self->devices->len; i++)
        keeper_tell_limits (self, g_ptr_array_index (self->devices, i));
    keeper_vmm_request_plain (self->vmm, VMM_RUN, run_cb, self);
}

static gboolean
read_definition (Keeper *self, GError **error)
{
    g_autofree char *path = g_build_filename (self->folder, "machine.xml", NULL);
    g_autofree char *xml = NULL;
    g_autoptr (GError) local = NULL;
    GStatBuf st;
    gsize len;

    if (g_stat (path, &st) == 0 && st.st_size > VITRINE_DEFINITION_MAX_BYTES) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("%s is longer than 1 MiB"),
                     path);
        return FALSE;
    }
    if (!g_file_get_contents (path, &xml, &len, &local)) {
        g_set_error (error, VITRINE_ERROR,
                     g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)
                         ? VITRINE_ERROR_NOT_FOUND
                         : VITRINE_ERROR_ENGINE,
                     _ ("There is no machine in %s: %s"), self->folder, local->message);
        return FALSE;
    }
    self->definition = vitrine_definition_parse (xml, (gssize) len, error);
    if (!self->definition || !keeper_install_begin (self, error))
        return FALSE;
    if (vitrine_definition_made_uuid (self->definition)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("%s has no <uuid>; define the machine anew"), path);
        return FALSE;
    }
    return TRUE;
}

static void
open_logs (Keeper *self)
{
    g_autofree char *logs = g_build_filename (self->folder, "logs", NULL);

    self->vmm_log = keeper_log_open (logs, "vmm.log", LOG_BYTES);
    self->firmware_log = keeper_log_open (logs, "firmware.log", LOG_BYTES);
    if (vitrine_definition_has_graphics (self->definition))
        self->display_log = keeper_log_open (logs, "vnc.log", LOG_BYTES);
}

static gboolean
open_ports (Keeper *self, GError **error)
{
    g_autofree char *logs = g_build_filename (self->folder, "logs", NULL);

    self->ports = keeper_ports_new (self->definition, logs, error);
    return self->ports != NULL;
}

static gboolean
send_create (Keeper *self, GError **error)
{
    KeeperLines lines = {
        .debug_fd = -1,
        .serial_fd = keeper_ports_get_serial_fd (self->ports),
        .port_fds = keeper_ports_get_fds (self->ports),
        .variables_fd = -1,
        .net = self->net,
    };
    KeeperRecords records = { 0 };
    gboolean ok;

    if (self->variables)
        lines.variables_fd = keeper_variables_get_fd (self->variables);
    keeper_log_make_pipe (self->firmware_log, &lines.debug_fd);
    ok = keeper_records_build (&records, self->definition, &self->files, &lines,
                               keeper_records_rtc_offset_s (self->definition), error);
    if (ok)
        keeper_vmm_request (self->vmm, records.message->data, records.message->len, records.fds,
                            records.n_fds, created_cb, self);
    keeper_records_clear (&records);
    keeper_ports_handed_over (self->ports, self->vmm);
    fd_close (&lines.debug_fd);
    return ok;
}

static gboolean
start_vmm (Keeper *self, GError **error)
{
    int stderr_fd = -1;

    open_logs (self);
    if (!keeper_start_disks (self, error))
        return FALSE;
    if (!keeper_start_net (self, error) || !open_ports (self, error))
        return FALSE;
    keeper_log_make_pipe (self->vmm_log, &stderr_fd);
    self->vmm = keeper_vmm_start (stderr_fd, &vmm_ops, self, error);
    fd_close (&stderr_fd);
    if (!self->vmm)
        return FALSE;
    self->keys = keeper_keys_new (self->vmm);
    self->control =
        keeper_control_new (self->runtime.control, self, self->definition, self->start_time, error);
    if (!self->control)
        return FALSE;
    keeper_control_set_ports (self->control, self->ports);
    return send_create (self, error);
}

static gboolean
open_files (Keeper *self, GError **error)
{
    guint patience_ms = self->runtime.was_killed ? PATIENCE_MS : KEEPER_CLOSING_MS;

    self->files.disposable = self->disposable;
    if (self->disposable)
        g_ptr_array_add (self->warnings,
                         g_strdup (_ ("What is written to its disks is dropped when it is switched "
                                      "off")));
    if (!keeper_files_open (&self->files, self->definition, self->folder, patience_ms,
                            self->warnings, error))
        return FALSE;
    keeper_lock_say_has_disks (self->lock_fd);
    return TRUE;
}

static gboolean
check_secrets (Keeper *self, GError **error)
{
    return keeper_secrets_check (self->secrets, vitrine_definition_get_devices (self->definition),
                                 error);
}

static gboolean
start (Keeper *self, GError **error)
{
    if (!read_definition (self, error) || !check_secrets (self, error))
        return FALSE;
    keeper_hotplug_begin (self);
    self->lock_fd = keeper_lock_folder (self->folder, keeper_name (self), error);
    if (self->lock_fd < 0)
        return FALSE;
    self->ops->locked (self->owner);
    return keeper_runtime_open (&self->runtime, self->runtime_path, keeper_name (self), error)
           && keeper_claim_cards (self, error) && open_files (self, error)
           && keeper_open_variables (self, error) && start_vmm (self, error);
}

void
keeper_set_reset_nvram (Keeper *self, gboolean reset_nvram)
{
    self->reset_nvram = reset_nvram;
}

void
keeper_set_disposable (Keeper *self, gboolean disposable)
{
    self->disposable = disposable;
}

void
keeper_set_secrets (Keeper *self, const KeeperSecrets *secrets)
{
    self->secrets = secrets;
}

gboolean
keeper_start (Keeper *self, GError **error)
{
    self->start_time = g_get_real_time () / G_USEC_PER_SEC;
    self->start_us = g_get_monotonic_time ();
    if (!start (self, error)) {
        release (self);
        g_clear_pointer (&self->control, keeper_control_free);
        return FALSE;
    }
    keeper_update_warnings (self);
    keeper_update_processes (self);
    return TRUE;
}

Keeper *
keeper_new (const char *folder, const char *runtime, const KeeperOps *ops, gpointer owner)
{
    Keeper *self = g_new0 (Keeper, 1);

    self->folder = g_canonicalize_filename (folder, NULL);
    self->runtime_path = g_canonicalize_filename (runtime, NULL);
    self->ops = ops;
    self->owner = owner;
    self->lock_fd = -1;
    self->runtime.lock_fd = -1;
    keeper_files_init (&self->files);
    self->warnings = g_ptr_array_new_with_free_func (g_free);
    self->broken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->events = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->net_warnings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->disk_warnings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->shots = g_ptr_array_new_with_free_func (g_free);
    self->pings = g_ptr_array_new_with_free_func (keeper_ping_free);
    self->waiters = g_array_new (FALSE, FALSE, sizeof (KeeperWaiter));
    keeper_hotplug_init (self);
    return self;
}

void
keeper_free (Keeper *self)
{
    release (self);
    g_clear_pointer (&self->control, keeper_control_free);
    keeper_hotplug_free (self);
    g_clear_pointer (&self->definition, vitrine_definition_unref);
    g_clear_error (&self->start_error);
    g_free (self->stuck);
    g_free (self->pause_reason);
    g_free (self->off_reason);
    g_free (self->quit_reason);
    g_ptr_array_unref (self->warnings);
    g_hash_table_unref (self->broken);
    g_hash_table_unref (self->events);
    g_hash_table_unref (self->net_warnings);
    g_hash_table_unref (self->disk_warnings);
    g_ptr_array_unref (self->shots);
    g_ptr_array_unref (self->pings);
    g_array_unref (self->waiters);
    g_free (self->folder);
    g_free (self->runtime_path);
    g_free (self);
}
