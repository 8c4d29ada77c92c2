/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-identify.c - what an encrypted image of this computer is known by, read in a thread: it may be a server's. */
#include <fcntl.h>

#include "fd.h"
#include "image-luks.h"
#include "native-machine-private.h"
#include "vitrine-private.h"

static void
identify_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const char *path = data;
    vitrine_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    g_task_return_pointer (task, fd >= 0 ? image_luks_dup_uuid (fd) : NULL, g_free);
}

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    char *uuid = g_task_propagate_pointer (G_TASK (result), &error);

    if (error != NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, uuid, g_free);
}

void
native_machine_identify_image_async (VitrineMachine *machine, const char *path,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
    vitrine_task_run_in_thread (g_task_new (machine, cancellable, callback, user_data),
                                identify_thread, g_strdup (path), g_free, identified_cb);
}
