/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-passphrase.c - what opens an encrypted disk. */
#define _GNU_SOURCE
#include "vitrine-passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "secret.h"
#include "vitrine-error.h"
#include "vitrine-private.h"

G_DEFINE_BOXED_TYPE (VitrinePassphrase, vitrine_passphrase, vitrine_passphrase_ref,
                     vitrine_passphrase_unref)

VitrinePassphrase *
vitrine_passphrase_new (const char *text, gssize len, GError **error)
{
    gsize n = len < 0 ? strlen (text) : (gsize) len;
    VitrinePassphrase *self;

    if (n == 0) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("The passphrase is empty"));
        return NULL;
    }
    if (n > VITRINE_PASSPHRASE_BYTES_MAX || memchr (text, '\n', n) != NULL
        || !g_utf8_validate_len (text, n, NULL)) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("A passphrase is one line of UTF-8 text of at most %d bytes"),
                        VITRINE_PASSPHRASE_BYTES_MAX);
        return NULL;
    }
    self = secret_new (text, n);
    if (self == NULL)
        vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("There is no memory for a passphrase"));
    return self;
}

VitrinePassphrase *
vitrine_passphrase_ref (VitrinePassphrase *self)
{
    return secret_ref (self);
}

void
vitrine_passphrase_unref (VitrinePassphrase *self)
{
    secret_unref (self);
}

const char *
vitrine_passphrase_get_text (const VitrinePassphrase *self)
{
    return secret_bytes (self);
}

gboolean
vitrine_passphrase_equal (const VitrinePassphrase *a, const VitrinePassphrase *b)
{
    return secret_len (a) == secret_len (b)
           && memcmp (secret_bytes (a), secret_bytes (b), secret_len (a)) == 0;
}

/* Of the N bytes at TEXT, what comes before the end of the line, with or without CR; the last one needs none. */
static gsize
line_len (const char *text, gsize n)
{
    const char *end = memchr (text, '\n', n);
    gsize len = end != NULL ? (gsize) (end - text) : n;

    return len > 0 && text[len - 1] == '\r' ? len - 1 : len;
}

static GPtrArray *
split (const struct secret *all, GError **error)
{
    g_autoptr (GPtrArray) lines =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_passphrase_unref);
    const char *text = secret_bytes (all);
    gsize n = secret_len (all);

    do {
        const char *end = memchr (text, '\n', n);
        VitrinePassphrase *line = vitrine_passphrase_new (text, (gssize) line_len (text, n), error);

        if (line == NULL)
            return NULL;
        g_ptr_array_add (lines, line);
        n = end != NULL ? n - (gsize) (end + 1 - text) : 0;
        text = end != NULL ? end + 1 : text;
    } while (n > 0);
    return g_steal_pointer (&lines);
}

GPtrArray *
vitrine_passphrase_read_file (const char *path, GError **error)
{
    gboolean is_stdin = g_str_equal (path, "-");
    vitrine_autofd fd = is_stdin ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                 : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    g_autoptr (VitrinePassphrase) all = NULL;
    int ret = fd < 0 ? -errno : secret_read (fd, &all);

    if (ret == 0)
        return split (all, error);
    vitrine_refuse (error, ret == -ENOENT ? VITRINE_ERROR_NOT_FOUND : VITRINE_ERROR_INVALID,
                    _ ("The passphrase cannot be read from “%s”: %s"), path, g_strerror (-ret));
    return NULL;
}

VitrinePassphrase *
vitrine_passphrase_read_line (int fd, GError **error)
{
    char line[VITRINE_PASSPHRASE_BYTES_MAX + 3]; /* what is longer is refused */
    ssize_t n;
    VitrinePassphrase *self = NULL;

    do
        n = read (fd, line, sizeof line);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("The passphrase cannot be read: %s"),
                        g_strerror (errno));
    else
        self = vitrine_passphrase_new (line, (gssize) line_len (line, (gsize) n), error);
    explicit_bzero (line, sizeof line);
    return self;
}
