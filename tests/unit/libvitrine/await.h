/* SPDX-License-Identifier: GPL-2.0-or-later */
/* await.h - for tests: asks and runs the main loop until the answer is there. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

/* Pass as callback, with the address of a GAsyncResult pointer that is NULL; then await_result()
 * runs the main loop until it is set.  (transfer full). */
void await_cb (GObject *source, GAsyncResult *result, gpointer slot);
GAsyncResult *await_result (GAsyncResult **slot);

gboolean await_connect (VitrineHost *host, GError **error);
VitrineMachine *await_look_up (VitrineHost *host, const char *uuid_or_name, GError **error);
VitrineMachine *await_create (VitrineHost *host, VitrineSpec *spec, GError **error);
/* Fails the test when it cannot be made. */
VitrineMachine *await_created (VitrineHost *host, VitrineSpec *spec);
VitrineMachine *await_define (VitrineHost *host, const char *xml, GError **error);
VitrineMachine *await_clone (VitrineHost *host, VitrineMachine *original, const char *name,
                             VitrineCloneKind kind, GCancellable *cancellable, GError **error);
/* The figures of MACHINE alone. */
VitrineStats *await_stats (VitrineHost *host, VitrineMachine *machine, GError **error);
GHashTable *await_all_stats (VitrineHost *host, GPtrArray *machines, GError **error);
GPtrArray *await_check (VitrineHost *host, GError **error);
gboolean await_snapshot (VitrineMachine *machine, VitrineSnapshotAction action, const char *name,
                         GError **error);
GPtrArray *await_list_snapshots (VitrineMachine *machine, GError **error);
gboolean await_act (VitrineMachine *machine, VitrineAction action, GError **error);
gboolean await_delete (VitrineMachine *machine, const char *const *disks, GError **error);
GPtrArray *await_list_disks (VitrineMachine *machine, GError **error);
int await_open_display (VitrineMachine *machine, const char *protocol, GError **error);
int await_open_console (VitrineMachine *machine, const char *name, GError **error);
VitrinePicture *await_screenshot (VitrineMachine *machine, GError **error);
gboolean await_send_keys (VitrineMachine *machine, GVariant *keys, GError **error);

gboolean await_change (VitrineMachine *machine, const VitrineChange *change, GError **error);
gboolean await_set_link (VitrineMachine *machine, const char *card, gboolean up, GError **error);

gboolean await_resource (VitrineHost *host, const VitrineResourceRequest *request, GError **error);
GPtrArray *await_resources (VitrineHost *host, const VitrineResourceRequest *request,
                            GError **error);

/* Runs the main loop until MACHINE is in STATE. */
void await_state (VitrineMachine *machine, VitrineMachineState state);

/* Runs the main loop until DONE (DATA). */
void await_until (gboolean (*done) (gpointer data), gpointer data);

/* Reads from the socket FD, running the main loop, until LEN bytes are there or it ends; returns
 * how many. */
gsize await_read (int fd, void *buf, gsize len);

/* Frees *OBJECT and runs the main loop until it is gone. */
void await_gone (gpointer object);

/* A connected host; fails the test when there is none. */
VitrineHost *await_host (const char *uri);

/* A fresh folder, and its removal with all that is in it. */
char *test_folder_new (void);
void test_folder_remove (char *path);

/* The address of a fake host of TEXT (see fake-host.h), which is written into FOLDER; free it. */
char *test_fake_uri (const char *folder, const char *text);

/* A file with a bootable ISO 9660 image's descriptors in it. */
void test_write_iso (const char *path);

G_END_DECLS
