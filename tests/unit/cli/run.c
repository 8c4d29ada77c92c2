/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.c - for tests: runs vitrinectl and looks at what it says. */
#define _GNU_SOURCE /* nftw */
#include "run.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

static GSubprocess *
spawn (const char *command, GSubprocessFlags flags)
{
    g_autofree char *line = g_strconcat (g_getenv ("VITRINECTL"), " ", command, NULL);
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) argv = NULL;
    GSubprocess *process;

    g_assert_true (g_shell_parse_argv (line, NULL, &argv, &error));
    process = g_subprocess_newv ((const char *const *) argv, flags, &error);
    g_assert_no_error (error);
    return process;
}

int
await_end (GSubprocess *process)
{
    g_subprocess_wait (process, NULL, NULL);
    return g_subprocess_get_if_signaled (process) ? -g_subprocess_get_term_sig (process)
                                                  : g_subprocess_get_exit_status (process);
}

struct ran
run (const char *input, const char *format, ...)
{
    g_autofree char *command = NULL;
    g_autoptr (GSubprocess) process = NULL;
    g_autoptr (GError) error = NULL;
    struct ran ran = { 0 };
    va_list args;

    va_start (args, format);
    command = g_strdup_vprintf (format, args);
    va_end (args);
    process = spawn (command, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                  | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_subprocess_communicate_utf8 (process, input, NULL, &ran.out, &ran.err, &error);
    g_assert_no_error (error);
    ran.status = await_end (process);
    return ran;
}

void
ran_clear (struct ran *ran)
{
    g_clear_pointer (&ran->out, g_free);
    g_clear_pointer (&ran->err, g_free);
}

void
assert_ran (const char *command, int status, const char *out, const char *err)
{
    struct ran ran = run (NULL, "%s", command);

    g_assert_cmpstr (ran.err, ==, err);
    g_assert_cmpstr (ran.out, ==, out);
    g_assert_cmpint (ran.status, ==, status);
    ran_clear (&ran);
}

GSubprocess *
start (const char *format, ...)
{
    g_autofree char *command = NULL;
    va_list args;

    va_start (args, format);
    command = g_strdup_vprintf (format, args);
    va_end (args);
    return spawn (command, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
}

char *
read_line (GSubprocess *process)
{
    GInputStream *stream = g_subprocess_get_stdout_pipe (process);
    GString *line = g_string_new (NULL);
    char c;

    while (g_input_stream_read (stream, &c, 1, NULL, NULL) == 1) {
        if (c == '\n')
            return g_string_free (line, FALSE);
        g_string_append_c (line, c);
    }
    g_string_free (line, TRUE);
    return NULL;
}

static int
remove_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove (path);
}

void
remove_folder (const char *path)
{
    nftw (path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
