/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine-display.c - what a machine of libvirt's shows: its display, its consoles, a picture. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <sys/socket.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-machine-private.h"
#include "libvirt-picture.h"
#include "libvirt-pump.h"
#include "vitrine-private.h"

/* --- display ---------------------------------------------------------------------------------- */

/* Straight to the process that shows it, without a password: who may do this may also read that. */
static void
display_thread (virDomainPtr domain, GTask *answer, gpointer index)
{
    int fd = virDomainOpenGraphicsFD (domain, GPOINTER_TO_UINT (index),
                                      VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH);

    if (fd >= 0)
        vitrine_task_return_fd (answer, fd);
    else
        libvirt_machine_answer_error (domain, answer);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    int fd = vitrine_task_propagate_fd (G_TASK (result), &error);

    if (fd < 0)
        g_task_return_error (task, error);
    else
        vitrine_task_return_fd (task, fd);
}

/* Which <graphics> to open, or -1. */
static int
find_display (LibvirtMachine *self, const char *protocol, GError **error)
{
    const LibvirtXml *live = self->record->live;

    if (live == NULL || !live->graphics) {
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no display"),
                        self->record->name);
        return -1;
    }
    if (live->vnc < 0 || !g_str_equal (protocol, "vnc")) {
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                        _ ("“%s” does not show its display by “%s”"), self->record->name, protocol);
        return -1;
    }
    return live->vnc;
}

/* --- consoles --------------------------------------------------------------------------------- */

static void
free_stream (gpointer stream)
{
    virStreamAbort (stream);
    virStreamFree (stream);
}

static void
console_thread (virDomainPtr domain, GTask *answer, gpointer name)
{
    virStreamPtr stream = virStreamNew (virDomainGetConnect (domain), VIR_STREAM_NONBLOCK);

    if (stream != NULL && virDomainOpenConsole (domain, name, stream, 0) == 0) {
        g_task_return_pointer (answer, stream, free_stream);
        return;
    }
    libvirt_machine_answer_error (domain, answer);
    if (stream != NULL)
        virStreamFree (stream);
}

static void
console_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtMachine *self = g_task_get_source_object (task);
    LibvirtHost *host = self->host;
    GError *error = NULL;
    virStreamPtr stream = g_task_propagate_pointer (G_TASK (result), &error);
    int fds[2];

    if (stream == NULL) {
        g_task_return_error (task, error);
    } else if (host == NULL || host->link == NULL
               || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        free_stream (stream);
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("“%s” is not reachable any more"), self->record->name);
    } else {
        libvirt_pump_start (host->link, stream, fds[0]);
        vitrine_task_return_fd (task, fds[1]);
    }
}

static void
open_console (GTask *task, const char *name)
{
    LibvirtMachine *self = g_task_get_source_object (task);
    const char *const *consoles = vitrine_machine_get_consoles (VITRINE_MACHINE (self));

    if (g_strv_contains (consoles, name)) {
        libvirt_machine_run (task, LIBVIRT_READ_S, console_thread, g_strdup (name), g_free,
                             console_cb);
        return;
    }
    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                             _ ("“%s” has no console “%s”"), self->record->name, name);
    g_object_unref (task);
}

void
libvirt_machine_open_async (VitrineMachine *machine, gboolean display, const char *name,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
    GTask *task = g_task_new (machine, cancellable, callback, user_data);
    GError *error = NULL;
    int index;

    if (!display) {
        open_console (task, name);
        return;
    }
    index = find_display (LIBVIRT_MACHINE (machine), name, &error);
    if (index >= 0) {
        libvirt_machine_run (task, LIBVIRT_READ_S, display_thread, GINT_TO_POINTER (index), NULL,
                             opened_cb);
        return;
    }
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* --- screenshot ------------------------------------------------------------------------------- */

/* All that STREAM brings, or NULL. */
static GByteArray *
read_stream (virStreamPtr stream)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    char piece[65536];
    int n;

    while ((n = virStreamRecv (stream, piece, sizeof piece)) > 0) {
        if (bytes->len + (guint) n > LIBVIRT_PICTURE_BYTES_MAX)
            break;
        g_byte_array_append (bytes, (const guint8 *) piece, (guint) n);
    }
    if (n == 0 && virStreamFinish (stream) == 0)
        return g_steal_pointer (&bytes);
    virStreamAbort (stream);
    return NULL;
}

static void
screenshot_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    virStreamPtr stream = virStreamNew (virDomainGetConnect (domain), 0);
    char *type = stream != NULL ? virDomainScreenshot (domain, stream, 0, 0) : NULL;
    g_autoptr (GByteArray) bytes = type != NULL ? read_stream (stream) : NULL;
    VitrinePicture *picture = bytes != NULL ? libvirt_picture_read (bytes->data, bytes->len) : NULL;

    if (picture != NULL)
        g_task_return_pointer (answer, picture, (GDestroyNotify) vitrine_picture_free);
    else if (type != NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("The host of “%s” sent a broken picture (%s)"),
                                 virDomainGetName (domain), type);
    else
        libvirt_machine_answer_error (domain, answer);
    free (type);
    if (stream != NULL)
        virStreamFree (stream);
}

static void
screenshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    VitrinePicture *picture = g_task_propagate_pointer (G_TASK (result), &error);

    if (picture == NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, picture, (GDestroyNotify) vitrine_picture_free);
}

void
libvirt_machine_screenshot_async (VitrineMachine *machine, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    libvirt_machine_run (g_task_new (machine, cancellable, callback, user_data), LIBVIRT_READ_S,
                         screenshot_thread, NULL, NULL, screenshot_cb);
}
