/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bridge-acl.c - which bridges a user may put a machine on. */
#include "bridge-acl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 8   /* of files that include files */
#define MAX_LINE  512 /* bytes */
#define MAX_LINES 4096
#define BLANKS    " \t\r\n"

struct acl {
    const char *bridge;
    uid_t owner;
    bool allowed, denied;
    unsigned n_lines; /* of all files */
    struct net_reply *reply;
};

static bool read_file (struct acl *acl, const char *path, bool wanted, unsigned depth);

/* Returns NULL with REPLY filled in, or without when there is none and it is not WANTED (*OK). */
static FILE *
open_file (struct acl *acl, const char *path, bool wanted, bool *ok)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    FILE *file;

    *ok = false;
    if (fd < 0) {
        *ok = errno == ENOENT && !wanted;
        if (!*ok)
            fail (acl->reply, NET_BAD_FILE, "%s", path);
        return NULL;
    }
    if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_uid != acl->owner
        || (st.st_mode & (S_IWGRP | S_IWOTH))) {
        fail (acl->reply, NET_UNTRUSTED, "%s", path);
        close (fd);
        return NULL;
    }
    file = fdopen (fd, "r");
    if (!file) {
        fail_errno (acl->reply, errno, path);
        close (fd);
    }
    return file;
}

static void
apply (struct acl *acl, bool allow, const char *what)
{
    if (strcmp (what, "all") != 0 && strcmp (what, acl->bridge) != 0)
        return;
    if (allow)
        acl->allowed = true;
    else
        acl->denied = true;
}

/* One line, which is changed. */
static bool
read_line (struct acl *acl, char *line, const char *path, unsigned number, unsigned depth)
{
    char *rest, *word, *value;

    line[strcspn (line, "#")] = 0;
    word = strtok_r (line, BLANKS, &rest);
    if (!word)
        return true;
    value = strtok_r (NULL, BLANKS, &rest);
    if (!value || strtok_r (NULL, BLANKS, &rest))
        return fail (acl->reply, NET_BAD_FILE, "%s:%u", path, number);
    if (strcmp (word, "include") == 0)
        return value[0] == '/' ? read_file (acl, value, true, depth + 1)
                               : fail (acl->reply, NET_BAD_FILE, "%s:%u", path, number);
    if (strcmp (word, "allow") != 0 && strcmp (word, "deny") != 0)
        return fail (acl->reply, NET_BAD_FILE, "%s:%u", path, number);
    apply (acl, strcmp (word, "allow") == 0, value);
    return true;
}

static bool
read_file (struct acl *acl, const char *path, bool wanted, unsigned depth)
{
    char line[MAX_LINE];
    unsigned number = 0;
    bool ok;
    FILE *file = open_file (acl, path, wanted, &ok);

    if (!file)
        return ok;
    if (depth > MAX_DEPTH)
        ok = fail (acl->reply, NET_BAD_FILE, "%s", path);
    else
        ok = true;
    while (ok && fgets (line, sizeof line, file)) {
        number++;
        if (++acl->n_lines > MAX_LINES || (!strchr (line, '\n') && !feof (file)))
            ok = fail (acl->reply, NET_BAD_FILE, "%s:%u", path, number);
        else
            ok = read_line (acl, line, path, number, depth);
    }
    if (ok && ferror (file))
        ok = fail (acl->reply, NET_BAD_FILE, "%s", path);
    fclose (file);
    return ok;
}

bool
bridge_acl_check (const char *const *files, uid_t owner, const char *bridge,
                  struct net_reply *reply)
{
    struct acl acl = { .bridge = bridge, .owner = owner, .reply = reply };

    for (size_t i = 0; files[i]; i++)
        if (!read_file (&acl, files[i], false, 0))
            return false;
    return (acl.allowed && !acl.denied) || fail (reply, NET_NOT_ALLOWED, "%s", files[0]);
}
