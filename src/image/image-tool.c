/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-tool.c - what is done to images by qemu-img. */
#include "image-tool.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "image-luks.h"
#include "image-program.h"
#include "vitrine-error.h"

#define PROGRAM      "qemu-img"
#define FIRST_FD     3
#define NEW_SECRET   "new"
#define ANSWER_BYTES (1 << 20) /* of what it prints */

/* One run. */
typedef struct {
    const ImageWatch *watch;
    GPtrArray *argv;               /* of char * */
    int fds[IMAGE_MAX_LAYERS + 3]; /* ours; they become FIRST_FD and so on */
    int targets[IMAGE_MAX_LAYERS + 3];
    guint n_fds;
    int pipes[2]; /* of passphrases; closed with this */
    guint n_pipes;
    ImageProgram program;
    GString *answer;
    gboolean keep_answer;
} Run;

static void
run_init (Run *run, const ImageWatch *watch)
{
    *run = (Run){
        .watch = watch,
        .argv = g_ptr_array_new_with_free_func (g_free),
        .program.words_fd = -1,
        .answer = g_string_new (NULL),
    };
}

static void
run_clear (Run *run)
{
    g_ptr_array_unref (run->argv);
    g_string_free (run->answer, TRUE);
    fd_close_all (run->pipes, run->n_pipes);
    image_program_clear (&run->program);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
add (Run *run, const char *first, ...)
{
    va_list args;

    va_start (args, first);
    for (const char *one = first; one; one = va_arg (args, const char *))
        g_ptr_array_add (run->argv, g_strdup (one));
    va_end (args);
}

/* Returns the number FD has there. */
static int
add_fd (Run *run, int fd)
{
    run->fds[run->n_fds] = fd;
    run->targets[run->n_fds] = FIRST_FD + (int) run->n_fds;
    return run->targets[run->n_fds++];
}

/* The program's object ID has PASSPHRASE (NULL: it is not known, and PATH is encrypted). */
static gboolean
add_secret (Run *run, const char *id, const struct secret *passphrase, const char *path,
            GError **error)
{
    g_autofree char *object = NULL;
    int fd;

    if (!passphrase) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE,
                     _ ("The image “%s” is encrypted, and its passphrase was not given"), path);
        return FALSE;
    }
    fd = secret_make_pipe (passphrase, 0, secret_len (passphrase));
    if (fd < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The passphrase cannot be handed to %s: %s"), PROGRAM, g_strerror (-fd));
        return FALSE;
    }
    run->pipes[run->n_pipes++] = fd;
    object = g_strdup_printf ("secret,id=%s,file=/proc/self/fd/%d", id, add_fd (run, fd));
    add (run, "--object", object, NULL);
    return TRUE;
}

static void
add_chain (Run *run, const ImageChain *chain, ImageAccess access, gboolean alone)
{
    int first_fd = FIRST_FD + (int) run->n_fds;

    for (guint i = 0; i < chain->n_layers; i++)
        add_fd (run, chain->layers[i].fd);
    g_ptr_array_add (run->argv, image_chain_dup_json (chain, first_fd, access, alone));
}

static GSubprocess *
spawn (Run *run, GError **error)
{
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);

    if (!image_program_find_qemu (&run->program, PROGRAM, error))
        return NULL;
    g_ptr_array_insert (run->argv, 0, g_strdup (run->program.path));
    g_ptr_array_add (run->argv, NULL);
    for (guint i = 0; i < run->n_fds; i++)
        g_subprocess_launcher_take_fd (launcher, fcntl (run->fds[i], F_DUPFD_CLOEXEC, FIRST_FD),
                                       run->targets[i]);
    run->program.files = run->targets;
    run->program.n_files = run->n_fds;
    return image_program_start (&run->program, launcher, (const char *const *) run->argv->pdata,
                                PROGRAM, error);
}

/* "    (12.50/100%)". */
static void
tell_progress (const Run *run, const char *text, gsize len)
{
    g_autofree char *chunk = g_strndup (text, len);
    const char *at = strrchr (chunk, '(');

    if (run->watch && run->watch->progress && at && strstr (at, "/100%"))
        run->watch->progress (CLAMP (g_ascii_strtod (at + 1, NULL) / 100, 0, 1),
                              run->watch->user_data);
}

/* Reads what PROCESS prints until it ends. */
static gboolean
listen (Run *run, GSubprocess *process, GError **error)
{
    GInputStream *stream = g_subprocess_get_stdout_pipe (process);
    GCancellable *cancellable = run->watch ? run->watch->cancellable : NULL;
    char chunk[4096];
    gssize n;

    while ((n = g_input_stream_read (stream, chunk, sizeof chunk, cancellable, error)) > 0) {
        if (run->keep_answer && run->answer->len < ANSWER_BYTES)
            g_string_append_len (run->answer, chunk, n);
        tell_progress (run, chunk, (gsize) n);
    }
    /* One that has printed all is done, whoever cancels now.  And GLib's worker thread lets go of who waits: when that
     * hears CANCELLABLE, it may be asked while it is freed. */
    if (n == 0 && g_subprocess_wait (process, NULL, error))
        return TRUE;
    g_subprocess_force_exit (process); /* what it has half written is the caller's to remove */
    g_subprocess_wait (process, NULL, NULL);
    return FALSE;
}

static gboolean
run_all (Run *run, GError **error)
{
    g_autoptr (GSubprocess) process = spawn (run, error);
    g_autofree char *complaint = NULL;

    if (!process || !listen (run, process, error))
        return FALSE;
    if (g_subprocess_get_successful (process))
        return TRUE;
    complaint = image_program_dup_complaint (&run->program, PROGRAM);
    if (strstr (complaint, IMAGE_WRONG_PASSPHRASE))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE,
                     _ ("That passphrase does not open the image"));
    else if (strstr (complaint, "No space left"))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NO_SPACE,
                     _ ("There is no space left for the image: %s"), complaint);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The image cannot be worked on: %s"),
                     *complaint ? complaint : _ ("its program ended"));
    return FALSE;
}

gboolean
image_tool_get_size (const ImageChain *chain, const ImageWatch *watch, guint64 *size_bytes,
                     GError **error)
{
    const ImageLayer *top = &chain->layers[0];
    guint64 payload_bytes;
    g_auto (Run) run;

    run_init (&run, watch);
    if (top->format == VITRINE_DEFINITION_FORMAT_LUKS) /* its header says it without a passphrase */
        return image_luks_read (top->fd, top->offset, top->size_bytes, top->path, &payload_bytes,
                                size_bytes, error);
    run.keep_answer = TRUE;
    add (&run, "info", "--output=json", NULL);
    add_chain (&run, chain, IMAGE_READ, TRUE);
    if (!run_all (&run, error))
        return FALSE;
    *size_bytes = image_program_get_number (run.answer->str, "virtual-size");
    if (*size_bytes > 0)
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("The image “%s” does not say how large its disk is"), chain->layers[0].path);
    return FALSE;
}

static gboolean
create (Run *run, int fd, VitrineDefinitionFormat format, guint64 size_bytes, GError **error)
{
    g_autofree char *file = g_strdup_printf ("/proc/self/fd/%d", add_fd (run, fd));
    g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, size_bytes);

    add (run, "-f", vitrine_definition_format_to_string (format), file, size, NULL);
    return run_all (run, error);
}

/* What is to be made is opened by PASSPHRASE, where it is encrypted. */
static gboolean
add_new_secret (Run *run, VitrineDefinitionFormat format, const struct secret *passphrase,
                GError **error)
{
    if (format != VITRINE_DEFINITION_FORMAT_LUKS)
        return TRUE;
    if (!passphrase) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE,
                     _ ("An encrypted image needs a passphrase"));
        return FALSE;
    }
    add (run, "-o", "key-secret=" NEW_SECRET, NULL);
    return add_secret (run, NEW_SECRET, passphrase, "", error);
}

gboolean
image_tool_create (int fd, VitrineDefinitionFormat format, guint64 size_bytes, gboolean with_tables,
                   const struct secret *passphrase, const ImageWatch *watch, GError **error)
{
    g_auto (Run) run;

    run_init (&run, watch);
    add (&run, "create", "-q", NULL);
    if (!add_new_secret (&run, format, passphrase, error))
        return FALSE;
    if (with_tables)
        add (&run, "-o", "preallocation=metadata", NULL);
    return create (&run, fd, format, size_bytes, error);
}

gboolean
image_tool_create_overlay (int fd, const char *base, VitrineDefinitionFormat base_format,
                           guint64 size_bytes, const ImageWatch *watch, GError **error)
{
    g_auto (Run) run;

    run_init (&run, watch);
    add (&run, "create", "-q", "-u", "-b", base, "-F",
         vitrine_definition_format_to_string (base_format), NULL);
    return create (&run, fd, VITRINE_DEFINITION_FORMAT_QCOW2, size_bytes, error);
}

gboolean
image_tool_convert (const ImageChain *chain, int fd, VitrineDefinitionFormat format,
                    const struct secret *passphrase, const ImageWatch *watch, GError **error)
{
    g_autofree char *file = NULL;
    g_auto (Run) run;

    run_init (&run, watch);
    add (&run, "convert", "-p", "-O", vitrine_definition_format_to_string (format), NULL);
    if (!add_new_secret (&run, format, passphrase, error)
        || (chain->layers[0].format == VITRINE_DEFINITION_FORMAT_LUKS
            && !add_secret (&run, IMAGE_CHAIN_SECRET, chain->passphrase, chain->layers[0].path,
                            error)))
        return FALSE;
    add_chain (&run, chain, IMAGE_READ, FALSE);
    file = g_strdup_printf ("/proc/self/fd/%d", add_fd (&run, fd));
    add (&run, file, NULL);
    return run_all (&run, error);
}

gboolean
image_tool_merge (const ImageChain *chain, const ImageWatch *watch, GError **error)
{
    g_auto (Run) run;

    run_init (&run, watch);
    add (&run, "commit", "-p", "-d", NULL);
    add_chain (&run, chain, IMAGE_MERGE, FALSE);
    return run_all (&run, error);
}

gboolean
image_tool_set_base (const ImageChain *chain, const char *base, VitrineDefinitionFormat base_format,
                     const ImageWatch *watch, GError **error)
{
    g_auto (Run) run;

    run_init (&run, watch);
    add (&run, "rebase", "-u", "-b", base, NULL);
    if (*base)
        add (&run, "-F", vitrine_definition_format_to_string (base_format), NULL);
    add_chain (&run, chain, IMAGE_WRITE, TRUE);
    return run_all (&run, error);
}

gboolean
image_tool_grow (const ImageChain *chain, guint64 size_bytes, const ImageWatch *watch,
                 GError **error)
{
    g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, size_bytes);
    const ImageLayer *top = &chain->layers[0];
    g_auto (Run) run;

    run_init (&run, watch);
    if (top->format == VITRINE_DEFINITION_FORMAT_LUKS) /* which ends with its file */
        return image_luks_grow (top->fd, top->path, size_bytes, error);
    add (&run, "resize", "-q", NULL);
    add_chain (&run, chain, IMAGE_WRITE, FALSE);
    add (&run, size, NULL);
    return run_all (&run, error);
}

gboolean
image_tool_check (const ImageChain *chain, const ImageWatch *watch, guint64 *n_errors,
                  guint64 *n_leaks, GError **error)
{
    g_autoptr (GError) local = NULL;
    g_auto (Run) run;

    run_init (&run, watch);
    run.keep_answer = TRUE;
    add (&run, "check", "--output=json", NULL);
    add_chain (&run, chain, IMAGE_READ, FALSE);
    /* It fails as well when it finds something. */
    if (!run_all (&run, &local) && !strstr (run.answer->str, "\"check-errors\"")) {
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    *n_errors = image_program_get_number (run.answer->str, "corruptions")
                + image_program_get_number (run.answer->str, "check-errors");
    *n_leaks = image_program_get_number (run.answer->str, "leaks");
    return TRUE;
}
