/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-faults.h - everything that can go wrong, on request.
 *
 * The key file's group [faults], or a machine's own group, which comes first:
 *
 *   slow-ms=N            every answer takes that long
 *   hang-OP=true         the answer never comes; only cancelling helps
 *   deaf-OP=true         cancelling is not heard before the answer
 *   fail-OP=SENTENCE     the answer is an error …
 *   fail-OP-code=CODE    … of this code: not-found, busy, denied, unsupported, invalid, exists,
 *                        no-space; engine when there is none
 *   fail-OP-times=N      … and only the first N times (at all, not a machine)
 *
 * OP is connect, create, define, clone, check, start, pause, resume, shutdown, reset, power-off, delete,
 * list-disks, identify, stats, display, console, screenshot, send-keys, attach, detach, eject, insert, resize, vcpus, memory,
 * card, definition, link,
 * snapshot, list-snapshots, list-images, image-check, image-grow, image-convert, image-delete,
 * list-os, detect-os, plan-express, list-networks, list-leases, network-define, network-start, network-stop,
 * network-delete, network-dump, pool-OP or volume-OP: list, define, start, stop, autostart, delete, resize, refresh,
 * build or clone.
 */
#pragma once

#include "vitrine-machine.h"

G_BEGIN_DECLS

typedef struct _FakeFaults FakeFaults;

/* Shares FILE, whose [machine NAME] groups are read again each time. */
FakeFaults *fake_faults_new (GKeyFile *file);
FakeFaults *fake_faults_ref (FakeFaults *self);
void fake_faults_unref (FakeFaults *self);

/* What KEY of GROUP says in a host's file, "" for nothing.  (transfer full) */
char *fake_dup_key (GKeyFile *file, const char *group, const char *key);

/* Called when the operation is to be done; returns TASK's result.  TASK stays the caller's. */
typedef void (*FakeFaultsContinue) (GTask *task);

/* Takes TASK over; answers it with the fault that is asked for, or goes on with NEXT, which must
 * hold on to TASK by itself if it needs it longer.  UNDO, or NULL, is called before an error is
 * answered, a cancelled task's too.  GROUP is a machine's group, or NULL for the host.  Always
 * later, never before this returns. */
void fake_faults_run (FakeFaults *self, const char *group, const char *op, GTask *task,
                      FakeFaultsContinue next, FakeFaultsContinue undo);

/* Tells PROGRESS, which may be NULL, of how far TASK is, more each time, until it is answered: called before
 * fake_faults_run(). */
void fake_faults_report (GTask *task, VitrineProgress progress, gpointer user_data);

/* The value of KEY in GROUP, else in [faults], else FALLBACK. */
guint fake_faults_get_uint (FakeFaults *self, const char *group, const char *key, guint fallback);
gboolean fake_faults_get_boolean (FakeFaults *self, const char *group, const char *key);
char *fake_faults_dup_string (FakeFaults *self, const char *group, const char *key);

G_END_DECLS
