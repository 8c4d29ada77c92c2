/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-private.h - what libvitrine's own files share: threads, descriptors, words of command lines, engines. */
#pragma once

#include <gio/gio.h>

#include "definition-network.h"
#include "vitrine-error.h"
#include "vitrine-host.h"
#include "vitrine-refuse.h"

G_BEGIN_DECLS

/* True on the thread that made the first host; everything public but plain values is for it alone.
 */
#define VITRINE_IS_MAIN_THREAD() (vitrine_is_main_thread ())
gboolean vitrine_is_main_thread (void);

/* Called by whoever makes the first host. */
void vitrine_claim_main_thread (void);

/* TEXT, of whatever bytes, as it can be shown in a sentence.  (transfer full) */
char *vitrine_dup_shown (const char *text);

/* Closes *FD unless it is negative, and sets it to -1. */
void vitrine_fd_clear (int *fd);

/* Returns *FD and leaves -1 in its place. */
int vitrine_fd_steal (int *fd);

/* An int that closes itself. */
#define vitrine_autofd __attribute__ ((cleanup (vitrine_fd_clear))) int

/* Whether PATH is there and a block device. */
gboolean vitrine_is_block_device (const char *path);

/* The parts of TEXT between single commas, one at least; two commas stand for one that belongs to its part.
 * (transfer full) */
char **vitrine_split_settings (const char *text);

/* PART is "KEY=VALUE" of a command line, its VALUE not empty: returns the key (transfer full), and *VALUE
 * within PART.  NULL with INVALID naming the part for anything else. */
char *vitrine_split_setting (const char *part, const char **value, GError **error);

/* A descriptor as a task's result: the task closes it when nobody asks. */
void vitrine_task_return_fd (GTask *task, int fd);
int vitrine_task_propagate_fd (GTask *task, GError **error);

/* Runs FUNC in a thread with DATA and TASK's cancellable, then DONE on the main thread with TASK
 * (taken over) as its user data.  The thread sees nothing of ours: its own task has no source
 * object, because the last reference to that could otherwise be dropped in the thread. */
void vitrine_task_run_in_thread (GTask *task, GTaskThreadFunc func, gpointer data,
                                 GDestroyNotify data_free, GAsyncReadyCallback done);

/* For DONE where the thread's result is TASK's: a boolean, or a GPtrArray. */
void vitrine_task_forward_boolean_cb (GObject *source, GAsyncResult *result, gpointer task);
void vitrine_task_forward_array_cb (GObject *source, GAsyncResult *result, gpointer task);

/* MACHINE is in HOST's list. */
void vitrine_machine_set_host (VitrineMachine *machine, VitrineHost *host);

/* Whether MACHINE may do ACTION now; otherwise FALSE with BUSY, or INVALID for a definition that
 * cannot be used, and a sentence that says what to do first. */
gboolean vitrine_machine_check_action (VitrineMachine *machine, VitrineAction action,
                                       GError **error);

/* Whether MACHINE's definition may be replaced now; otherwise FALSE with BUSY. */
gboolean vitrine_machine_check_redefine (VitrineMachine *machine, GError **error);

/* Whether anything can be asked of what runs; otherwise FALSE with BUSY. */
gboolean vitrine_machine_check_runs (VitrineMachine *machine, GError **error);

/* The vfuncs of a class that implements none: each answers UNSUPPORTED. */
void vitrine_machine_class_install_defaults (VitrineMachineClass *klass);

/* CHANGE with texts and a passphrase of its own, for an engine that is at it for a while.  (transfer full); any thread. */
VitrineChange *vitrine_change_copy (const VitrineChange *change);
void vitrine_change_free (VitrineChange *self);

/* One constructor an engine: ARGUMENT is what follows the URI's colon; libvirt's takes all of it. */
VitrineHost *vitrine_native_host_new (const char *argument, GError **error);
VitrineHost *vitrine_fake_host_new (const char *argument, GError **error);
VitrineHost *vitrine_libvirt_host_new (const char *uri, GError **error);

/* WORD, libvirt's "bridge" too, as a MODE; FALSE with INVALID for another.  Any thread. */
gboolean vitrine_network_parse_mode (const char *word, VitrineNetworkMode *mode, GError **error);

/* FALSE with INVALID where SUBNET and OTHER, of the network NAME, have addresses in common.  Any thread. */
gboolean vitrine_network_refuse_overlap (const char *subnet, const char *other, const char *name,
                                         GError **error);

G_END_DECLS
