/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-private.c - what libvitrine's own files share; see the header. */
#include "vitrine-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static GThread *main_thread;

gboolean
vitrine_is_main_thread (void)
{
    return g_atomic_pointer_get (&main_thread) == g_thread_self ();
}

void
vitrine_claim_main_thread (void)
{
    g_atomic_pointer_compare_and_exchange (&main_thread, NULL, g_thread_self ());
}

void
vitrine_fd_clear (int *fd)
{
    int saved_errno = errno;

    if (*fd >= 0)
        close (*fd);
    *fd = -1;
    errno = saved_errno;
}

int
vitrine_fd_steal (int *fd)
{
    int stolen = *fd;

    *fd = -1;
    return stolen;
}

gboolean
vitrine_is_block_device (const char *path)
{
    struct stat st;

    return stat (path, &st) == 0 && S_ISBLK (st.st_mode);
}

char *
vitrine_dup_shown (const char *text)
{
    char *shown = g_utf8_make_valid (text, -1);

    for (char *p = shown; *p != '\0'; p++)
        if (g_ascii_iscntrl (*p))
            *p = ' ';
    return shown;
}

char **
vitrine_split_settings (const char *text)
{
    g_autoptr (GPtrArray) parts = g_ptr_array_new ();
    g_autoptr (GString) part = g_string_new (NULL);

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == ',' && p[1] != ',') {
            g_ptr_array_add (parts, g_strdup (part->str));
            g_string_truncate (part, 0);
        } else {
            g_string_append_c (part, *p);
            p += *p == ',';
        }
    }
    g_ptr_array_add (parts, g_strdup (part->str));
    g_ptr_array_add (parts, NULL);
    return (char **) g_ptr_array_steal (parts, NULL);
}

char *
vitrine_split_setting (const char *part, const char **value, GError **error)
{
    const char *equals = strchr (part, '=');

    if (equals == NULL || equals[1] == '\0') {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is not of the form KEY=VALUE"), part);
        return NULL;
    }
    *value = equals + 1;
    return g_strndup (part, (gsize) (equals - part));
}

static void
free_boxed_fd (gpointer data)
{
    int *fd = data;

    vitrine_fd_clear (fd);
    g_free (fd);
}

void
vitrine_task_return_fd (GTask *task, int fd)
{
    int *boxed = g_new (int, 1);

    g_assert (fd >= 0);
    *boxed = fd;
    g_task_return_pointer (task, boxed, free_boxed_fd);
}

int
vitrine_task_propagate_fd (GTask *task, GError **error)
{
    g_autofree int *boxed = g_task_propagate_pointer (task, error);

    return boxed != NULL ? *boxed : -1;
}

void
vitrine_task_run_in_thread (GTask *task, GTaskThreadFunc func, gpointer data,
                            GDestroyNotify data_free, GAsyncReadyCallback done)
{
    g_autoptr (GTask) thread = g_task_new (NULL, g_task_get_cancellable (task), done, task);

    /* What was done is done: the thread looks at the cancellable itself, where it can still go
     * back. */
    g_task_set_check_cancellable (thread, FALSE);
    g_task_set_priority (thread, g_task_get_priority (task));
    g_task_set_task_data (thread, data, data_free);
    g_task_run_in_thread (thread, func);
}

void
vitrine_task_forward_boolean_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (g_task_propagate_boolean (G_TASK (result), &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

void
vitrine_task_forward_array_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    GPtrArray *array = g_task_propagate_pointer (G_TASK (result), &error);

    if (array != NULL)
        g_task_return_pointer (task, array, (GDestroyNotify) g_ptr_array_unref);
    else
        g_task_return_error (task, error);
}
