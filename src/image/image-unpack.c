/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-unpack.c - what gzip or xz has packed, unpacked by those programs. */
#include "image-unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "image-program.h"
#include "vitrine-error.h"

#define STEP_BYTES  (1 << 20)
#define BLOCK_BYTES 65536 /* of zeros that become a hole */

/* By ImagePacking.  A dictionary is as large as the file says, so xz is told how much it may take. */
static const struct {
    const char *magic;
    gsize len;
    const char *program, *package;
    const char *options[4];
} packings[] = {
    [IMAGE_PACKING_GZIP] = { "\x1f\x8b\x08", 3, "gzip", "gzip", { "-dc", NULL } },
    [IMAGE_PACKING_XZ] = { "\xfd"
                           "7zXZ",
                           6,
                           "xz",
                           "xz-utils",
                           { "-dc", "--memlimit-decompress=1GiB", NULL } },
};

/* One run. */
typedef struct {
    int from;
    const char *path;
    ImagePacking packing;
    ImageProgram program;
    GSubprocess *process;
} Run;

static void
run_clear (Run *run)
{
    if (run->process) {
        g_subprocess_force_exit (run->process);
        g_subprocess_wait (run->process, NULL, NULL);
    }
    g_clear_object (&run->process);
    image_program_clear (&run->program);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

ImagePacking
image_packing_find (int fd)
{
    char head[8] = { 0 };

    if (pread (fd, head, sizeof head, 0) < 0)
        return IMAGE_PACKING_NONE;
    for (gsize i = IMAGE_PACKING_NONE + 1; i < G_N_ELEMENTS (packings); i++)
        if (memcmp (head, packings[i].magic, packings[i].len) == 0)
            return (ImagePacking) i;
    return IMAGE_PACKING_NONE;
}

/* The file is its standard input, and the pipe its output. */
static gboolean
begin (Run *run, GError **error)
{
    static const int files[] = { STDIN_FILENO, STDOUT_FILENO };
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    const char *argv[5] = { NULL };

    if (!image_program_find (&run->program, packings[run->packing].program)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The program %s, which unpacks “%s”, was not found; install the package "
                        "“%s”"),
                     packings[run->packing].program, run->path, packings[run->packing].package);
        return FALSE;
    }
    argv[0] = run->program.path;
    for (guint i = 0; packings[run->packing].options[i]; i++)
        argv[i + 1] = packings[run->packing].options[i];
    run->program.files = files;
    run->program.n_files = G_N_ELEMENTS (files);
    lseek (run->from, 0, SEEK_SET);
    g_subprocess_launcher_take_stdin_fd (launcher, fcntl (run->from, F_DUPFD_CLOEXEC, 3));
    g_subprocess_launcher_unsetenv (launcher, "XZ_OPT");
    g_subprocess_launcher_unsetenv (launcher, "XZ_DEFAULTS");
    run->process = image_program_start (&run->program, launcher, argv, run->program.path, error);
    return run->process != NULL;
}

static GInputStream *
get_output (const Run *run)
{
    return g_subprocess_get_stdout_pipe (run->process);
}

/* The program has come to its end: was that the file's? */
static gboolean
end (Run *run, GError **error)
{
    g_autofree char *words = NULL;

    g_subprocess_wait (run->process, NULL, NULL);
    if (g_subprocess_get_successful (run->process))
        return TRUE;
    words = image_program_dup_words (&run->program);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("“%s” cannot be unpacked; it is damaged, or was not downloaded completely: %s"),
                 run->path, words);
    return FALSE;
}

gboolean
image_unpack_head (int from, const char *path, ImagePacking packing, guint8 *head, gsize len,
                   GError **error)
{
    g_auto (Run) run = { .from = from, .path = path, .packing = packing, .program.words_fd = -1 };
    gsize n = 0;

    memset (head, 0, len);
    if (!begin (&run, error)
        || !g_input_stream_read_all (get_output (&run), head, len, &n, NULL, error))
        return FALSE;
    return n == len || end (&run, error);
}

/* --- all of it -------------------------------------------------------------------------------- */

static gboolean
is_zero (const guint8 *bytes, gsize len)
{
    return bytes[0] == 0 && memcmp (bytes, bytes + 1, len - 1) == 0;
}

/* LEN bytes at *AT, which are holes where they are zeros.  Returns 0 or -errno. */
static int
write_step (int to, const guint8 *bytes, gsize len, guint64 *at)
{
    while (len > 0) {
        gsize part = MIN (len, (gsize) (BLOCK_BYTES - *at % BLOCK_BYTES));
        int ret = is_zero (bytes, part) ? 0 : fd_pwrite_full (to, bytes, part, (off_t) *at);

        if (ret < 0)
            return ret;
        bytes += part;
        len -= part;
        *at += part;
    }
    return 0;
}

static gboolean
refuse_write (int ret, GError **error)
{
    gboolean is_full = ret == -ENOSPC || ret == -EDQUOT;

    g_set_error (error, VITRINE_ERROR, is_full ? VITRINE_ERROR_NO_SPACE : VITRINE_ERROR_ENGINE,
                 is_full ? _ ("There is no space left for the image: %s")
                         : _ ("The image cannot be written: %s"),
                 g_strerror (-ret));
    return FALSE;
}

static gboolean
refuse_size (const char *path, guint64 max_bytes, GError **error)
{
    g_autofree char *most = g_format_size_full (max_bytes, G_FORMAT_SIZE_IEC_UNITS);

    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("What is packed in “%s” is larger than %s, which is the most"), path, most);
    return FALSE;
}

/* The program reads by the offset that is ours as well. */
static void
tell (const Run *run, const ImageWatch *watch, off_t size)
{
    off_t now = lseek (run->from, 0, SEEK_CUR);

    if (watch->progress && size > 0 && now >= 0)
        watch->progress (CLAMP ((double) now / (double) size, 0, 1), watch->user_data);
}

gboolean
image_unpack (int from, const char *path, ImagePacking packing, int to, guint64 max_bytes,
              const ImageWatch *watch, GError **error)
{
    g_auto (Run) run = { .from = from, .path = path, .packing = packing, .program.words_fd = -1 };
    g_autofree guint8 *buffer = g_malloc (STEP_BYTES);
    struct stat st = { 0 };
    guint64 at = 0;
    gssize n;
    int ret = 0;

    fstat (from, &st);
    if (!begin (&run, error))
        return FALSE;
    while (
        (n = g_input_stream_read (get_output (&run), buffer, STEP_BYTES, watch->cancellable, error))
        > 0) {
        if (at + (guint64) n > max_bytes)
            return refuse_size (path, max_bytes, error);
        ret = write_step (to, buffer, (gsize) n, &at);
        if (ret < 0)
            return refuse_write (ret, error);
        tell (&run, watch, st.st_size);
    }
    if (n < 0 || !end (&run, error))
        return FALSE;
    return ftruncate (to, (off_t) at) == 0 || refuse_write (-errno, error);
}
