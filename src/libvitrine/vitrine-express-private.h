/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-express-private.h - a script for an installer, from libosinfo's template to the files that a machine is given. */
#pragma once

#include "vitrine-express.h"

G_BEGIN_DECLS

typedef struct {
    char *name; /* that the installer looks for, without a folder */
    char *text;
} VitrineExpressFile;

/* What libosinfo makes of a template. */
typedef struct {
    VitrineExpressPlan plan;
    char *kernel, *initrd; /* where they are on the medium */
    char *command_line;
    GPtrArray *files; /* of VitrineExpressFile; none when nothing was filled in */
} VitrineExpressScript;

void vitrine_express_script_free (VitrineExpressScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineExpressScript, vitrine_express_script_free)

/* What the text of a script has in place of what is put in by vitrine_express_finish(): these, and not the secrets, are
 * what libosinfo is told. */
#define VITRINE_EXPRESS_PASSWORD "VitrinePasswordIsPutHere"
#define VITRINE_EXPRESS_REALNAME "VitrineRealNameIsPutHere"

/* What the module fills a template with: all of EXPRESS is there, its secrets are the above. */
typedef struct {
    const VitrineExpress *express;
    const char *target_disk; /* "/dev/vda" */
} VitrineExpressFill;

/* Puts PASSWORD, as its hash where the language of the file has a place for one, and REALNAME into FILE's text.
 * UNSUPPORTED when the password would stand there for a shell to read. */
gboolean vitrine_express_finish (VitrineExpressFile *file, const char *password,
                                 const char *realname, GError **error);

/* One member of a cpio archive ("newc") and the archive's end, as the kernel takes it behind an initrd of BYTES: with
 * zeros before it.  (transfer full) */
GBytes *vitrine_express_archive (const VitrineExpressFile *file, guint64 bytes);

/* The size of the CD that files of a script are put on, and what it is called. */
#define VITRINE_EXPRESS_CD_BYTES (1024 * 1024)
#define VITRINE_EXPRESS_CD_LABEL "INSTALL"

/* The same that vitrine_host_plan_express_async() asks, with the files where FILL is not NULL.  Blocks; any thread. */
VitrineExpressScript *vitrine_express_ask (const char *iso, const char *os,
                                           const VitrineExpressFill *fill,
                                           GCancellable *cancellable, GError **error);

/* vitrine_host_plan_express_async() where machines are this computer's own. */
void vitrine_express_plan_async (const char *iso, const char *os, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);

/* For a machine called NAME whose first disk is TARGET_DISK: the script with all that EXPRESS says, or leaves to this
 * computer.  UNSUPPORTED with the plan's reason.  Blocks; any thread. */
VitrineExpressScript *vitrine_express_make (const VitrineExpress *express, const char *name,
                                            const char *iso, const char *os,
                                            const char *target_disk, GCancellable *cancellable,
                                            GError **error);

G_END_DECLS
