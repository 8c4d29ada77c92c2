/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-claims.c - no two machines of a user run with one network address, or one server's disk.
 *
 * Who wants one writes it down first and looks then: of two at one moment both may be refused, but
 * never none.
 */
#include "keeper-claims.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "vitrine-error.h"

#define FILE_NAME "cards"
#define MAX_BYTES 65536 /* of another keeper's file that are looked at */
#define MAX_CLAIM 128   /* one that is longer is written down as its hash */

/* The line that says WHAT. */
static char *
dup_line (const char *what)
{
    g_autofree char *hash = NULL;

    if (strlen (what) <= MAX_CLAIM)
        return g_strdup (what);
    hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, what, -1);
    return g_strconcat ("sha256:", hash, NULL);
}

static gboolean
write_down (KeeperClaims *self, GError **error)
{
    GString *text = g_string_new (self->name);
    gboolean ok;

    g_string_append_c (text, '\n');
    for (guint i = 0; i < self->claimed->len; i++)
        g_string_append_printf (text, "%s\n", (const char *) g_ptr_array_index (self->claimed, i));
    ok = fd_pwrite_full (self->fd, text->str, text->len, 0) == 0
         && ftruncate (self->fd, (off_t) text->len) == 0;
    if (!ok)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be written: %s"),
                     self->path, g_strerror (errno));
    g_string_free (text, TRUE);
    return ok;
}

/* The name of the machine whose file is FD, if it lives and has the one that LINE says; or may have, as its file is too
 * long to tell. */
static char *
read_holder (int fd, const char *line)
{
    g_autofree char *text = g_malloc (MAX_BYTES + 1);
    g_auto (GStrv) lines = NULL;
    gssize n;

    if (fd_probe_lock (fd) <= 0)
        return NULL;
    n = pread (fd, text, MAX_BYTES, 0);
    text[MAX (n, 0)] = '\0';
    lines = g_strsplit (text, "\n", -1);
    if (lines[0] && (n == MAX_BYTES || g_strv_contains ((const char *const *) lines + 1, line)))
        return g_utf8_make_valid (lines[0], -1);
    return NULL;
}

static char *
find_holder (KeeperClaims *self, const char *line)
{
    g_autofree char *own = g_path_get_dirname (self->path);
    g_autofree char *all = g_path_get_dirname (own);
    g_autoptr (GDir) dir = g_dir_open (all, 0, NULL);
    const char *entry;
    char *holder = NULL;

    while (dir && !holder && (entry = g_dir_read_name (dir))) {
        g_autofree char *path = g_build_filename (all, entry, FILE_NAME, NULL);
        int fd;

        if (g_str_equal (path, self->path))
            continue;
        fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd >= 0)
            holder = read_holder (fd, line);
        fd_close (&fd);
    }
    return holder;
}

gboolean
keeper_claims_open (KeeperClaims *self, const char *runtime, const char *name, GError **error)
{
    int ret;

    self->path = g_build_filename (runtime, FILE_NAME, NULL);
    self->name = g_strdup (name);
    self->claimed = g_ptr_array_new_with_free_func (g_free);
    g_unlink (self->path); /* a killed keeper's */
    self->fd = open (self->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    ret = self->fd >= 0 ? fd_lock (self->fd, true) : -errno;
    if (ret == 0)
        return write_down (self, error);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be written: %s"),
                 self->path, g_strerror (-ret));
    return FALSE;
}

/* TRUE when nobody else has WHAT; *HOLDER, to be freed, is who has it. */
static gboolean
add (KeeperClaims *self, const char *what, char **holder, GError **error)
{
    g_autofree char *line = dup_line (what);

    *holder = NULL;
    g_ptr_array_add (self->claimed, g_strdup (line));
    if (!write_down (self, error)) {
        g_ptr_array_remove_index (self->claimed, self->claimed->len - 1);
        return FALSE;
    }
    *holder = find_holder (self, line);
    if (*holder)
        keeper_claims_remove (self, what);
    return *holder == NULL;
}

gboolean
keeper_claims_add_disk (KeeperClaims *self, const char *uri, GError **error)
{
    g_autofree char *holder = NULL;

    if (add (self, uri, &holder, error))
        return TRUE;
    if (holder)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     _ ("The disk “%s” is in use by the machine “%s”"), uri, holder);
    return FALSE;
}

gboolean
keeper_claims_add (KeeperClaims *self, const char *mac, GError **error)
{
    g_autofree char *holder = NULL;

    if (add (self, mac, &holder, error))
        return TRUE;
    if (!holder)
        return FALSE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                 /* TRANSLATORS: a machine, a hardware address, another machine */
                 _ ("A network card of “%s” has the address %s, as one of “%s”, which runs; give it "
                    "another address"),
                 self->name, mac, holder);
    return FALSE;
}

void
keeper_claims_remove (KeeperClaims *self, const char *what)
{
    g_autofree char *line = dup_line (what);
    guint index;

    if (!self->claimed
        || !g_ptr_array_find_with_equal_func (self->claimed, line, g_str_equal, &index))
        return;
    g_ptr_array_remove_index (self->claimed, index);
    write_down (self, NULL); /* at worst it is ours for longer than we need it */
}

void
keeper_claims_close (KeeperClaims *self)
{
    if (!self->path)
        return;
    if (self->fd >= 0)
        g_unlink (self->path);
    fd_close (&self->fd);
    g_clear_pointer (&self->path, g_free);
    g_clear_pointer (&self->name, g_free);
    g_clear_pointer (&self->claimed, g_ptr_array_unref);
}
