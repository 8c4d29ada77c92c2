/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-program.c - a run of a program that works on images. */
#include "image-program.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "confined.h"
#include "fd.h"
#include "vitrine-error.h"

#define QEMU_PACKAGE "qemu-utils"
#define WORDS_BYTES 4096
#define FIRST_FREE  3 /* descriptors below are the standard ones */

gboolean
image_program_find (ImageProgram *self, const char *name)
{
    *self = (ImageProgram){
        .path = g_find_program_in_path (name),
        .parent = getpid (),
        .words_fd = -1,
    };
    return self->path != NULL;
}

gboolean
image_program_find_qemu (ImageProgram *self, const char *name, GError **error)
{
    if (image_program_find (self, name))
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("The program %s, which works on disk images, was not found; install the "
                    "package “%s”"),
                 name, QEMU_PACKAGE);
    return FALSE;
}

void
image_program_clear (ImageProgram *self)
{
    g_clear_pointer (&self->path, g_free);
    fd_close (&self->words_fd);
}

/* Between fork() and exec(). */
static void
confine_cb (gpointer user_data)
{
    const ImageProgram *self = user_data;

    if (!confined_enter (self->path, self->files, self->n_files, self->connected, self->parent))
        _exit (1);
}

GSubprocess *
image_program_start (ImageProgram *self, GSubprocessLauncher *launcher, const char *const *argv,
                     const char *name, GError **error)
{
    g_autoptr (GError) local = NULL;
    GSubprocess *process;

    self->words_fd = fd_memfd_create ("words", WORDS_BYTES);
    if (self->words_fd >= 0)
        g_subprocess_launcher_take_stderr_fd (launcher,
                                              fcntl (self->words_fd, F_DUPFD_CLOEXEC, FIRST_FREE));
    g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_subprocess_launcher_set_cwd (launcher, "/");
    g_subprocess_launcher_set_child_setup (launcher, confine_cb, self, NULL);
    process = g_subprocess_launcher_spawnv (launcher, argv, &local);
    if (process == NULL)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The program %s cannot be started: %s"), name, local->message);
    return process;
}

char *
image_program_dup_words (const ImageProgram *self)
{
    g_autofree char *words = g_malloc0 (WORDS_BYTES + 1);

    if (self->words_fd < 0 || pread (self->words_fd, words, WORDS_BYTES, 0) < 0)
        *words = '\0';
    return g_strdelimit (g_utf8_make_valid (g_strstrip (words), -1), "\n", ' ');
}

char *
image_program_dup_complaint (const ImageProgram *self, const char *name)
{
    g_autofree char *words = image_program_dup_words (self);
    const char *after = g_strrstr (words, "}': ");

    after = after ? after + strlen ("}': ") : words;
    if (g_str_has_prefix (after, name) && g_str_has_prefix (after + strlen (name), ": "))
        after += strlen (name) + strlen (": ");
    return g_strdup (after);
}

guint64
image_program_get_number (const char *answer, const char *name)
{
    g_autofree char *key = g_strdup_printf ("\"%s\": ", name);
    const char *at = strstr (answer, key);

    return at ? g_ascii_strtoull (at + strlen (key), NULL, 10) : 0;
}
