/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-source.h - what a file is that a machine shall be made of. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    APP_SOURCE_NONE, /* no file: an empty machine */
    APP_SOURCE_CD,
    APP_SOURCE_DISK,
} AppSourceKind;

typedef struct {
    AppSourceKind kind;
    char *path;        /* NULL for none */
    char *note;        /* what it is, for people */
    char *problem;     /* why it cannot be used, or NULL */
    gboolean doubtful; /* the note says that it may not be what it is called */
} AppSource;

/* Looks at the file PATH in a thread.  Never fails: what is wrong is the source's "problem". */
void app_source_probe_async (const char *path, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);

/* NULL only when it was cancelled.  (transfer full) */
AppSource *app_source_probe_finish (GAsyncResult *result);

void app_source_free (AppSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppSource, app_source_free)

G_END_DECLS
