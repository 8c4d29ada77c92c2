/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine-private.h - what the files of a libvirt machine share. */
#pragma once

#include "libvirt-machine.h"

G_BEGIN_DECLS

struct _LibvirtMachine {
    VitrineMachine parent_instance;
    LibvirtHost *host; /* weak: NULL once it is gone */
    LibvirtRecord *record;
    gboolean shutting_down; /* its power button was pressed, and it still runs */
    GHashTable *leaving;    /* aliases of devices that its guest was asked for */
};

/* Runs in a thread.  Must answer ANSWER; may not keep DOMAIN. */
typedef void (*LibvirtMachineFunc) (virDomainPtr domain, GTask *answer, gpointer data);

/* Runs FUNC with the machine's domain and DATA, which is freed in the thread, then DONE with TASK (taken over,
 * the machine its source) as user data; as libvirt_link_run(). */
void libvirt_machine_run (GTask *task, guint deadline_s, LibvirtMachineFunc func, gpointer data,
                          GDestroyNotify data_free, GAsyncReadyCallback done);

/* For FUNC: answers with this thread's last error of libvirt. */
void libvirt_machine_answer_error (virDomainPtr domain, GTask *answer);

/* Reads it anew, then answers TASK (taken over, a boolean) with TRUE. */
void libvirt_machine_settle (GTask *task);

/* --- libvirt-machine-actions.c ---------------------------------------------------------------- */

void libvirt_machine_act_async (VitrineMachine *machine, VitrineAction action,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
void libvirt_machine_delete_async (VitrineMachine *machine, const char *const *remove_disks,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
void libvirt_machine_list_disks_async (VitrineMachine *machine, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
void libvirt_machine_send_keys_async (VitrineMachine *machine, GVariant *keys,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);

/* --- libvirt-machine-change.c ----------------------------------------------------------------- */

void libvirt_machine_change_async (VitrineMachine *machine, const VitrineChange *change,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
void libvirt_machine_set_link_async (VitrineMachine *machine, const char *card, gboolean up,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);

/* --- libvirt-machine-display.c ---------------------------------------------------------------- */

void libvirt_machine_open_async (VitrineMachine *machine, gboolean display, const char *name,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
void libvirt_machine_screenshot_async (VitrineMachine *machine, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
