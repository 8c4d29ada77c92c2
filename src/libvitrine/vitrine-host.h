/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-host.h - where machines run: this computer, or whatever an engine reaches.
 *
 * A GListModel of VitrineMachine, sorted by name, kept up to date by the engine's events.
 *
 * Properties (read-only, notify): "uri" string; "title" string, for people; "ready" boolean, the
 * first listing is complete; "problem" string, why the host cannot be used ("" when it can), and "mend",
 * the one command that mends it, or "".
 */
#pragma once

#include <gio/gio.h>

#include "vitrine-machine.h"
#include "vitrine-spec.h"

typedef struct _VitrineResourceRequest VitrineResourceRequest; /* vitrine-resource.h */

G_BEGIN_DECLS

/* What a host can and cannot do, for people: one line a check. */
typedef enum {
    VITRINE_CHECK_OK,
    VITRINE_CHECK_WARNING, /* works, with a drawback */
    VITRINE_CHECK_FAILED,  /* machines cannot run until it is mended */
} VitrineCheckStatus;

typedef struct {
    char *id; /* "kvm", "kvm-hardware", "firmware", "folder", … */
    VitrineCheckStatus status;
    char *text; /* a sentence */
    char *mend; /* the one command that mends it, or "" */
} VitrineCheck;

void vitrine_check_free (VitrineCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineCheck, vitrine_check_free)

/* How far the host's resources reach. */
typedef struct {
    guint max_vcpus; /* of one machine */
    guint host_cpus;
    guint64 memory_bytes; /* of the host */
    guint64 free_memory_bytes;
    guint64 free_disk_bytes; /* where machines are kept; G_MAXUINT64: nobody knows */
    char *machines_folder;   /* or "" */
    gboolean has_uefi;       /* UEFI firmware is installed */
    gboolean elsewhere;      /* the host is another computer, whose files are not this one's */
    char *
        network; /* that a card is on when nobody says otherwise: a name, "user" for the host's own as any
                      program's, "" for no card */
} VitrineHostLimits;

VitrineHostLimits *vitrine_host_limits_copy (const VitrineHostLimits *limits);
void vitrine_host_limits_free (VitrineHostLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineHostLimits, vitrine_host_limits_free)

struct _VitrineImageJob;

typedef enum {
    VITRINE_CLONE_FULL, /* with disks of its own */
    VITRINE_CLONE_LINKED, /* with disks that only hold what differs from the original's, which must not change */
} VitrineCloneKind;

#define VITRINE_TYPE_HOST (vitrine_host_get_type ())
G_DECLARE_DERIVABLE_TYPE (VitrineHost, vitrine_host, VITRINE, HOST, GObject)

struct _VitrineHostClass {
    GObjectClass parent_class;

    /* An engine implements these. */
    void (*connect_async) (VitrineHost *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
    gboolean (*connect_finish) (VitrineHost *self, GAsyncResult *result, GError **error);
    void (*create_async) (VitrineHost *self, VitrineSpec *spec, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
    VitrineMachine *(*create_finish) (VitrineHost *self, GAsyncResult *result, GError **error);
    /* Optional, in place of create_async: with progress, and disks that are copied from somewhere or are logical
     * volumes. */
    void (*create_full_async) (VitrineHost *self, VitrineSpec *spec, VitrineProgress progress,
                               gpointer progress_data, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
    /* Optional, and answered by a GTask: see vitrine-import.h. */
    void (*read_import_async) (VitrineHost *self, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
    /* Optional, and answered by a GTask: see vitrine-os.h. */
    void (*list_os_async) (VitrineHost *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
    void (*detect_os_async) (VitrineHost *self, const char *path, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
    /* Optional, and answered by a GTask: see vitrine-express.h.  Without it everything is installed by hand. */
    void (*plan_express_async) (VitrineHost *self, const char *iso, const char *os,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
    /* Optional, and answered by a GTask: see vitrine-volume.h. */
    void (*list_volume_groups_async) (VitrineHost *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
    void (*define_async) (VitrineHost *self, const char *xml, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
    VitrineMachine *(*define_finish) (VitrineHost *self, GAsyncResult *result, GError **error);
    /* Optional: without it no machine is cloned. */
    void (*clone_async) (VitrineHost *self, VitrineMachine *original, const char *name,
                         VitrineCloneKind kind, VitrineProgress progress, gpointer progress_data,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
    VitrineMachine *(*clone_finish) (VitrineHost *self, GAsyncResult *result, GError **error);
    /* Optional, and answered by a GTask: see vitrine-image.h. */
    void (*list_images_async) (VitrineHost *self, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
    void (*image_async) (VitrineHost *self, const struct _VitrineImageJob *job,
                         VitrineProgress progress, gpointer progress_data,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
    void (*check_async) (VitrineHost *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
    GPtrArray *(*check_finish) (VitrineHost *self, GAsyncResult *result, GError **error);
    VitrineHostLimits *(*dup_limits) (VitrineHost *self);
    /* Optional: without it the whole host is connected and then searched. */
    void (*look_up_async) (VitrineHost *self, const char *uuid_or_name, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
    VitrineMachine *(*look_up_finish) (VitrineHost *self, GAsyncResult *result, GError **error);
    /* Answered by a GTask; MACHINES run, at least one: see vitrine-stats.h. */
    void (*get_stats_async) (VitrineHost *self, GPtrArray *machines, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
    /* Optional: the answer is a GTask's. */
    void (*ask_resource_async) (VitrineHost *self, const VitrineResourceRequest *request,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
};

/* URI: "vitrine:" or NULL is this computer's own engine; "fake:FILE" machines from a key file, for tests; what
 * has "://" in it is libvirt's ("qemu:///system", "qemu+ssh://tower/system").  Returns NULL with INVALID for
 * any other.  Nothing is contacted yet. */
VitrineHost *vitrine_host_new (const char *uri, GError **error);

/* Finds the machines and begins to follow them; done when "ready". */
void vitrine_host_connect_async (VitrineHost *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_host_connect_finish (VitrineHost *self, GAsyncResult *result, GError **error);

const char *vitrine_host_get_uri (VitrineHost *self);
const char *vitrine_host_get_title (VitrineHost *self);
gboolean vitrine_host_get_ready (VitrineHost *self);
const char *vitrine_host_get_problem (VitrineHost *self);
const char *vitrine_host_get_mend (VitrineHost *self);

/* By UUID, else by exact name, one that can be used before one that cannot; (transfer full),
 * NULL when there is none. */
VitrineMachine *vitrine_host_find (VitrineHost *self, const char *uuid_or_name);

/* As find, for a program that wants one machine of a host it has not connected: only that machine
 * is read, added and followed, which takes as long with one machine as with a thousand.  NOT_FOUND
 * when there is none. (transfer full). */
void vitrine_host_look_up_async (VitrineHost *self, const char *uuid_or_name,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
VitrineMachine *vitrine_host_look_up_finish (VitrineHost *self, GAsyncResult *result,
                                             GError **error);

/* Checks everything first (name, sources, space, rights, host's limits), makes disks and
 * definition, all or nothing: what fails or is cancelled leaves no file behind.  Does not
 * start it.  What may disappoint but is no error - a CD that cannot be booted from - is among
 * the machine's "warnings" until it is started.  (transfer full). */
void vitrine_host_create_async (VitrineHost *self, VitrineSpec *spec, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
/* The same, telling how far it is where disks take long to fill; PROGRESS may be NULL. */
void vitrine_host_create_full_async (VitrineHost *self, VitrineSpec *spec, VitrineProgress progress,
                                     gpointer progress_data, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
VitrineMachine *vitrine_host_create_finish (VitrineHost *self, GAsyncResult *result,
                                            GError **error);

/* Takes libvirt domain XML, new or (same UUID, machine off) in place of what was there.  What the
 * engine cannot do is refused by element name, never dropped. (transfer full). */
void vitrine_host_define_async (VitrineHost *self, const char *xml, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
VitrineMachine *vitrine_host_define_finish (VitrineHost *self, GAsyncResult *result,
                                            GError **error);

/* Makes the machine NAME like ORIGINAL, which is one of SELF's and off: with other UUID and network addresses, its own
 * UEFI variables, and disks as KIND says; what ORIGINAL only reads is shared.  All or nothing, also when it is
 * cancelled.  PROGRESS may be NULL.  What a linked clone is based on can be neither started to write to it nor
 * deleted from then on. (transfer full). */
void vitrine_host_clone_async (VitrineHost *self, VitrineMachine *original, const char *name,
                               VitrineCloneKind kind, VitrineProgress progress,
                               gpointer progress_data, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
VitrineMachine *vitrine_host_clone_finish (VitrineHost *self, GAsyncResult *result, GError **error);

/* The host that MACHINE is, or was last, listed on; (transfer full), NULL when that is gone. */
VitrineHost *vitrine_machine_dup_host (VitrineMachine *machine);

/* (transfer full): an array of VitrineCheck. */
void vitrine_host_check_async (VitrineHost *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *vitrine_host_check_finish (VitrineHost *self, GAsyncResult *result, GError **error);

/* (transfer full), never NULL. */
VitrineHostLimits *vitrine_host_dup_limits (VitrineHost *self);

/* --- for engines ------------------------------------------------------------------------------ */

/* The construct-only properties "uri" and "title" are the engine's to give.  A UUID is on a host
 * once. */
void vitrine_host_add (VitrineHost *self, VitrineMachine *machine);

/* All of MACHINES at once, with one signal where the host was empty. */
void vitrine_host_add_all (VitrineHost *self, GPtrArray *machines);

void vitrine_host_remove (VitrineHost *self, VitrineMachine *machine);
void vitrine_host_set_ready (VitrineHost *self, gboolean ready);
void vitrine_host_set_problem (VitrineHost *self, const char *problem);

/* The same with what mends it, or NULL; the other call says that nobody knows. */
void vitrine_host_set_trouble (VitrineHost *self, const char *problem, const char *mend);

G_END_DECLS
