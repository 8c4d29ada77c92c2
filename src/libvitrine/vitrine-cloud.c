/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-cloud.c - what a cloud image is told, as a value: what of it can be, and what is refused. */
#include "vitrine-cloud.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vitrine-private.h"

#define USER_MAX     32  /* useradd's */
#define PASSWORD_MAX 256 /* bytes; crypt()'s is 511 */
#define LABEL_MAX    63  /* RFC 1035, 2.3.4 */
#define HOSTNAME_MAX 64  /* Linux's, HOST_NAME_MAX */
#define FILE_MAX     (64 * 1024)

void
vitrine_cloud_free_secret (char *secret)
{
    if (secret != NULL)
        explicit_bzero (secret, strlen (secret));
    g_free (secret);
}

VitrineCloud *
vitrine_cloud_copy (const VitrineCloud *cloud)
{
    VitrineCloud *copy = g_new0 (VitrineCloud, 1);

    copy->user = g_strdup (cloud->user);
    copy->password = g_strdup (cloud->password);
    copy->keys = g_strdup (cloud->keys);
    copy->hostname = g_strdup (cloud->hostname);
    return copy;
}

void
vitrine_cloud_free (VitrineCloud *cloud)
{
    if (cloud == NULL)
        return;
    g_free (cloud->user);
    vitrine_cloud_free_secret (cloud->password);
    g_free (cloud->keys);
    g_free (cloud->hostname);
    g_free (cloud);
}

/* --- checks ---------------------------------------------------------------------------------------- */

gboolean
vitrine_cloud_check_user (const char *user, GError **error)
{
    g_autofree char *shown = vitrine_dup_shown (user);
    gsize len = strspn (user, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    if (*user == '\0')
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("Say who shall be able to log in: a user's name"));
    if (user[len] != '\0' || len > USER_MAX || !(g_ascii_islower (*user) || *user == '_'))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is no user's name: it has small letters, digits, “-” and "
                                  "“_”, a letter first, and 32 at most"),
                               shown);
    if (g_str_equal (user, "root"))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("Every system has a “root” already; name another user, who may "
                                  "do everything with sudo"));
    return TRUE;
}

gboolean
vitrine_cloud_check_password (const char *password, GError **error)
{
    if (*password == '\0')
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("The password is empty"));
    if (strlen (password) > PASSWORD_MAX)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("The password is longer than %d bytes"), PASSWORD_MAX);
    for (const char *p = password; *p != '\0'; p++)
        if (g_ascii_iscntrl (*p))
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("The password has a character in it that nobody can type"));
    return TRUE;
}

/* "ssh-ed25519 AAAA… comment", as sshd reads it without options. */
static gboolean
is_key (const char *line)
{
    static const char *const types[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-" };
    const char *space = strchr (line, ' ');
    gboolean known = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
        known |= g_str_has_prefix (line, types[i]);
    return known && space != NULL && g_str_has_prefix (space + 1, "AAAA");
}

gboolean
vitrine_cloud_check_keys (const char *keys, GError **error)
{
    g_auto (GStrv) lines = g_strsplit (keys, "\n", -1);
    guint n = 0;

    if (strstr (keys, "PRIVATE KEY") != NULL)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("This is a private key, which stays with you; the public one is in "
               "the file whose name ends in “.pub”"));
    if (!g_utf8_validate (keys, -1, NULL))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("This is no public SSH key"));
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strstrip (lines[i]);
        if (*lines[i] == '\0' || *lines[i] == '#')
            continue;
        if (!is_key (lines[i]))
            return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("This is no public SSH key"));
        n++;
    }
    return n > 0 || vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("This is no public SSH key"));
}

static gboolean
is_label (const char *label)
{
    gsize len = strlen (label);

    if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
        return FALSE;
    for (const char *p = label; *p != '\0'; p++)
        if (!g_ascii_isalnum (*p) && *p != '-')
            return FALSE;
    return TRUE;
}

gboolean
vitrine_cloud_check_hostname (const char *hostname, GError **error)
{
    g_auto (GStrv) labels = g_strsplit (hostname, ".", -1);
    g_autofree char *shown = vitrine_dup_shown (hostname);
    gboolean good = labels[0] != NULL && strlen (hostname) <= HOSTNAME_MAX;

    for (guint i = 0; labels[i] != NULL; i++)
        good &= is_label (labels[i]);
    return good
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no host's name: it has letters, digits and “-”, in parts "
                                 "between points, and 64 at most"),
                              shown);
}

gboolean
vitrine_cloud_check (const VitrineCloud *cloud, GError **error)
{
    if (!vitrine_cloud_check_user (cloud->user != NULL ? cloud->user : "", error)
        || (cloud->password != NULL && !vitrine_cloud_check_password (cloud->password, error))
        || (cloud->keys != NULL && !vitrine_cloud_check_keys (cloud->keys, error))
        || (cloud->hostname != NULL && !vitrine_cloud_check_hostname (cloud->hostname, error)))
        return FALSE;
    return cloud->password != NULL || cloud->keys != NULL
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("Nobody could log in as “%s”: give an SSH key or a password"),
                              cloud->user);
}

char *
vitrine_cloud_dup_hostname (const char *name)
{
    g_autofree char *ascii = g_str_to_ascii (name, "C");
    GString *hostname = g_string_new (NULL);

    for (const char *p = ascii; *p != '\0' && hostname->len < LABEL_MAX; p++) {
        if (g_ascii_isalnum (*p))
            g_string_append_c (hostname, g_ascii_tolower (*p));
        else if (hostname->len > 0 && hostname->str[hostname->len - 1] != '-')
            g_string_append_c (hostname, '-');
    }
    while (hostname->len > 0 && hostname->str[hostname->len - 1] == '-')
        g_string_truncate (hostname, hostname->len - 1);
    if (hostname->len == 0)
        g_string_assign (hostname, "machine");
    return g_string_free (hostname, FALSE);
}

/* --- files ----------------------------------------------------------------------------------------- */

static gboolean
refuse_errno (const char *path, int code, GError **error)
{
    if (code == ENOENT || code == ENOTDIR)
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("There is no file “%s”"), path);
    return vitrine_refuse (
        error, code == EACCES || code == EPERM ? VITRINE_ERROR_DENIED : VITRINE_ERROR_ENGINE,
        _ ("“%s” cannot be read: %s"), path, g_strerror (code));
}

/* All of FD's bytes into TEXT, of SIZE; a pipe that somebody writes to is read to its end. */
static gboolean
read_all (int fd, const char *path, char *text, gsize size, gsize *len, GError **error)
{
    ssize_t n;

    *len = 0;
    do {
        n = read (fd, text + *len, size - *len);
        *len += n > 0 ? (gsize) n : 0;
    } while ((n > 0 && *len < size) || (n < 0 && errno == EINTR));
    if (n < 0)
        return refuse_errno (path, errno, error);
    if (*len == size)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is too long for what it should be"), path);
    if (memchr (text, '\0', *len) != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is no text"), path);
    text[*len] = '\0';
    return TRUE;
}

/* With vitrine_cloud_free_secret(). */
static char *
read_text (const char *path, GError **error)
{
    vitrine_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *text;
    gsize len;

    if (fd < 0) {
        refuse_errno (path, errno, error);
        return NULL;
    }
    text = g_malloc0 (FILE_MAX);
    if (read_all (fd, path, text, FILE_MAX, &len, error))
        return text;
    explicit_bzero (text, FILE_MAX);
    g_free (text);
    return NULL;
}

char *
vitrine_cloud_read_keys (const char *path, GError **error)
{
    char *text = read_text (path, error);

    if (text == NULL || vitrine_cloud_check_keys (text, error))
        return text;
    g_prefix_error (error, "%s: ", path);
    vitrine_cloud_free_secret (text);
    return NULL;
}

char *
vitrine_cloud_read_password (const char *path, GError **error)
{
    char *text = read_text (path, error);

    if (text == NULL)
        return NULL;
    text[strcspn (text, "\r\n")] = '\0';
    if (vitrine_cloud_check_password (text, error))
        return text;
    vitrine_cloud_free_secret (text);
    return NULL;
}
