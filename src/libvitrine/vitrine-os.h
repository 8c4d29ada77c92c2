/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-os.h - operating systems: what there are, which one is on a medium, and what a machine for one needs.
 *
 * All of it comes from libosinfo's database, read in a thread when it is first asked for.  Who has no database, or a medium
 * that nobody knows, makes machines as before: a system is a hint, and no machine needs one.
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

typedef struct {
    char *id;       /* libosinfo's, as definitions have it: "http://debian.org/debian/12" */
    char *short_id; /* "debian12" */
    char *name;     /* "Debian 12" */
    char *version;  /* "12", or "" */
    char *vendor;   /* "Debian Project", or "" */
    char *family;   /* "linux", "winnt", "freebsd", …, or "" */
    char *user;     /* whom its cloud images make by themselves, or "" */
    gboolean ended; /* its maker looks after it no more */

    /* What a machine for it has when nobody says otherwise. */
    guint vcpus; /* 0: nobody knows; so below */
    guint64 memory_mib;
    guint64 disk_mib;
    VitrineFirmware firmware;
    VitrineDiskBus bus;
    char *nic_model; /* "virtio", "e1000e", "rtl8139" */
} VitrineOs;

VitrineOs *vitrine_os_copy (const VitrineOs *os);
void vitrine_os_free (VitrineOs *os);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineOs, vitrine_os_free)

typedef enum {
    VITRINE_OS_UNKNOWN,
    VITRINE_OS_SIMILAR, /* a release that nobody knows; what is said is of the newest one known */
    VITRINE_OS_LIKELY,  /* by the name of the medium or its file */
    VITRINE_OS_SURE,    /* the medium is one that the database lists */
} VitrineOsConfidence;

typedef struct {
    VitrineOsConfidence confidence;
    VitrineOs *os; /* NULL: unknown */
    char *label;   /* what the medium calls itself, or "" */
} VitrineOsGuess;

void vitrine_os_guess_free (VitrineOsGuess *guess);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineOsGuess, vitrine_os_guess_free)

/* What there are, by name, the newest release of each first; (transfer full), an array of VitrineOs.  UNSUPPORTED, with what
 * mends it, where there is no database. */
void vitrine_host_list_os_async (VitrineHost *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *vitrine_host_list_os_finish (VitrineHost *self, GAsyncResult *result, GError **error);

/* Which one is on the CD or disk image PATH, whose contents may be anybody's; an unknown one is no error.  (transfer full).
 * UNSUPPORTED where there is no database; NOT_FOUND, DENIED or ENGINE for a file that cannot be read.  A file that does
 * not answer holds up nobody: cancelling ends the call at once. */
void vitrine_host_detect_os_async (VitrineHost *self, const char *path, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
VitrineOsGuess *vitrine_host_detect_os_finish (VitrineHost *self, GAsyncResult *result,
                                               GError **error);

/* The one of LIST whose id or short id is NAME (transfer none), or NULL. */
const VitrineOs *vitrine_os_find (GPtrArray *list, const char *name);

/* Whether each word of TEXT is in its name, short id, version or vendor; case does not matter. */
gboolean vitrine_os_matches (const VitrineOs *os, const char *text);

/* What the system with libosinfo's ID is called, told without the database; "" for NULL or "".  (transfer full) */
char *vitrine_os_dup_name (const char *id);

/* Gives SPEC the system and what it needs: memory, processors and firmware, as far as LIMITS reach. */
void vitrine_os_apply (const VitrineOs *os, const VitrineHostLimits *limits, VitrineSpec *spec);

/* Memory for OS on a host of LIMITS, in MiB: what its makers recommend, but no more than half of what the host has;
 * 0: nobody knows. */
guint64 vitrine_os_get_memory_mib (const VitrineOs *os, const VitrineHostLimits *limits);

G_END_DECLS
