/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-secrets.c - the passphrases of a machine's encrypted disks. */
#include "keeper-secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "secret.h"
#include "vitrine-error.h"

struct _KeeperSecrets {
    struct secret *lines; /* target, passphrase, target, passphrase … */
    gboolean is_one;      /* or one passphrase, of whatever disk, … */
    gsize one_len;        /* … so long, and a newline */
};

KeeperSecrets *
keeper_secrets_read (int fd, GError **error)
{
    KeeperSecrets *self = g_new0 (KeeperSecrets, 1);
    int ret = secret_read (fd, &self->lines);

    fd_close (&fd);
    if (ret == 0)
        return self;
    g_free (self);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                 _ ("The passphrases of the machine's disks cannot be read: %s"),
                 g_strerror (-ret));
    return NULL;
}

/* What a stranger's pipe has: 0 with *SECRET, or -errno.  He may be slow to close its other end, and is not waited for. */
static int
read_waiting (int fd, struct secret **secret)
{
    struct stat st;

    *secret = NULL;
    if (fstat (fd, &st) < 0 || !S_ISFIFO (st.st_mode) || fcntl (fd, F_SETFL, O_NONBLOCK) < 0)
        return -EINVAL;
    return secret_read_once (fd, secret);
}

/* Whether there is a whole line, of *LEN bytes.  By hand, as a function of the library's would load it into registers that
 * may be saved on the stack. */
static gboolean
measure_line (const struct secret *secret, gsize *len)
{
    const char *bytes = secret_bytes (secret);

    for (*len = 0; *len < secret_len (secret); (*len)++)
        if (bytes[*len] == '\n')
            return TRUE;
    return FALSE;
}

KeeperSecrets *
keeper_secrets_read_one (int fd, GError **error)
{
    struct secret *line;
    int ret = read_waiting (fd, &line);
    KeeperSecrets *self;
    gsize len;

    fd_close (&fd);
    if (ret == 0 && measure_line (line, &len)) {
        self = g_new (KeeperSecrets, 1);
        *self = (KeeperSecrets){ line, TRUE, len };
        return self;
    }
    secret_unref (line);
    g_set_error (error, VITRINE_ERROR, ret < 0 ? VITRINE_ERROR_ENGINE : VITRINE_ERROR_INVALID,
                 _ ("The passphrase of a disk cannot be read: %s"),
                 ret < 0 ? g_strerror (-ret) : _ ("it is no line"));
    return NULL;
}

void
keeper_secrets_free (KeeperSecrets *self)
{
    if (!self)
        return;
    secret_unref (self->lines);
    g_free (self);
}

/* Where the passphrase of TARGET begins, and how long it is; FALSE when there is none. */
static gboolean
find (const KeeperSecrets *self, const char *target, gsize *offset, gsize *len)
{
    const char *text = self ? secret_bytes (self->lines) : NULL;
    const char *end = text ? text + secret_len (self->lines) : NULL;
    const char *line = text;

    if (self && self->is_one) {
        *offset = 0;
        *len = self->one_len;
        return TRUE;
    }
    while (line && line < end) {
        const char *name_end = memchr (line, '\n', (gsize) (end - line));
        const char *value_end =
            name_end ? memchr (name_end + 1, '\n', (gsize) (end - name_end - 1)) : NULL;

        if (!value_end)
            return FALSE;
        if ((gsize) (name_end - line) == strlen (target)
            && memcmp (line, target, strlen (target)) == 0) {
            *offset = (gsize) (name_end + 1 - text);
            *len = (gsize) (value_end - name_end - 1);
            return TRUE;
        }
        line = value_end + 1;
    }
    return FALSE;
}

static gboolean
refuse_without (const VitrineDefinitionDevice *device, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE,
                 _ ("The disk %s, “%s”, is encrypted: it needs its passphrase"), device->target,
                 device->source);
    return FALSE;
}

gboolean
keeper_secrets_check_one (const KeeperSecrets *self, const VitrineDefinitionDevice *device,
                          GError **error)
{
    gsize offset, len;

    return !vitrine_definition_device_is_encrypted (device)
           || find (self, device->target, &offset, &len) || refuse_without (device, error);
}

gboolean
keeper_secrets_check (const KeeperSecrets *self, GPtrArray *devices, GError **error)
{
    for (guint i = 0; i < devices->len; i++)
        if (!keeper_secrets_check_one (self, g_ptr_array_index (devices, i), error))
            return FALSE;
    return TRUE;
}

int
keeper_secrets_make_pipe (const KeeperSecrets *self, const VitrineDefinitionDevice *device,
                          GError **error)
{
    gsize offset, len;
    int fd;

    if (!find (self, device->target, &offset, &len)) {
        refuse_without (device, error);
        return -1;
    }
    fd = secret_make_pipe (self->lines, offset, len);
    if (fd < 0)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The passphrase of the disk %s cannot be handed on: %s"), device->target,
                     g_strerror (-fd));
    return MAX (fd, -1);
}
