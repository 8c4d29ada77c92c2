/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-program.h - a run of a program that works on images, confined to the descriptors it is handed. */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

/* One run. */
typedef struct {
    char *path;       /* the program's; ours */
    const int *files; /* what it may use of its descriptors, by their numbers there; the caller's, until it runs */
    gsize n_files;
    gboolean connected; /* its standard input is a connection: see confined.h */
    pid_t parent;     /* with which it ends */
    int words_fd;     /* its standard error; -1 before it is started */
} ImageProgram;

/* Finds NAME.  FALSE where there is none; image_program_clear() is due either way. */
gboolean image_program_find (ImageProgram *self, const char *name);

/* The same for one of QEMU's: FALSE with UNSUPPORTED where it is not installed. */
gboolean image_program_find_qemu (ImageProgram *self, const char *name, GError **error);

void image_program_clear (ImageProgram *self);

/* Starts it with ARGV, of which the first is its path, in the root folder and in English, with its standard output a
 * pipe (g_subprocess_get_stdout_pipe()) and what LAUNCHER has besides.  NAME is what an error calls it.  Returns NULL
 * with ERROR. */
GSubprocess *image_program_start (ImageProgram *self, GSubprocessLauncher *launcher,
                                  const char *const *argv, const char *name, GError **error);

/* Its last words, in one line of UTF-8; empty where it had none. */
char *image_program_dup_words (const ImageProgram *self);

/* The same of QEMU's program NAME, without that and the description of the image, which it repeats. */
char *image_program_dup_complaint (const ImageProgram *self, const char *name);

/* The number after "NAME": in what a program of QEMU's printed as JSON; 0 where there is none.  What an image says is in
 * quotes there. */
guint64 image_program_get_number (const char *answer, const char *name);
