/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.c - what was done to this computer for a network. */
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "request.h"

#define ROOT    "/run/vitrine"
#define LOCK    ROOT "/lock"
#define JOURNAL "journal"

/* Made by root, for root to change; others may look. */
static bool
make_folder (const char *path, struct net_reply *reply)
{
    if (mkdir (path, 0755) == 0 || errno == EEXIST)
        return true;
    return fail_errno (reply, errno, path);
}

bool
journal_lock (struct net_reply *reply)
{
    int fd;

    if (!make_folder (ROOT, reply) || !make_folder (NET_RUN_FOLDER, reply))
        return false;
    fd = open (LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock (fd, LOCK_EX) < 0)
        return fail_errno (reply, errno, LOCK);
    return true; /* it goes with the process */
}

static int
open_root (void)
{
    return open (NET_RUN_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool
open_folder (struct journal *journal, const char *name, struct net_reply *reply)
{
    int root = open_root ();

    journal->folder =
        root < 0 ? -1 : openat (root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    fd_close (&root);
    if (journal->folder >= 0)
        return true;
    return errno == ENOENT ? fail (reply, NET_NOT_RUNNING, "%s", name)
                           : fail_errno (reply, errno, name);
}

bool
journal_create (struct journal *journal, const char *name, struct net_reply *reply)
{
    int root = open_root ();
    int err = root < 0 || mkdirat (root, name, 0755) < 0 ? errno : 0;

    memset (journal, 0, sizeof *journal);
    journal->folder = -1;
    fd_close (&root);
    if (err == EEXIST)
        return fail (reply, NET_RUNNING, "%s", name);
    return err ? fail_errno (reply, err, name) : open_folder (journal, name, reply);
}

bool
journal_open (struct journal *journal, const char *name, struct net_reply *reply)
{
    FILE *file;
    int fd;

    memset (journal, 0, sizeof *journal);
    if (!open_folder (journal, name, reply))
        return false;
    fd = openat (journal->folder, JOURNAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    file = fd < 0 ? NULL : fdopen (fd, "r");
    while (file && journal->n_steps < JOURNAL_MAX_STEPS
           && fgets (journal->steps[journal->n_steps], JOURNAL_BYTES, file)) {
        char *step = journal->steps[journal->n_steps];

        step[strcspn (step, "\n")] = 0;
        journal->n_steps++;
    }
    if (file)
        fclose (file);
    return true;
}

bool
journal_add (struct journal *journal, const char *step, struct net_reply *reply)
{
    int fd = openat (journal->folder, JOURNAL,
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    char line[JOURNAL_BYTES + 1];
    int len = snprintf (line, sizeof line, "%s\n", step);
    bool ok =
        fd >= 0 && journal->n_steps < JOURNAL_MAX_STEPS && write (fd, line, (size_t) len) == len;

    if (ok)
        snprintf (journal->steps[journal->n_steps++], JOURNAL_BYTES, "%s", step);
    else
        fail_errno (reply, errno, JOURNAL);
    fd_close (&fd);
    return ok;
}

const char *
journal_find (const struct journal *journal, const char *word)
{
    size_t len = strlen (word);

    for (unsigned i = 0; i < journal->n_steps; i++)
        if (strncmp (journal->steps[i], word, len) == 0
            && (journal->steps[i][len] == ' ' || journal->steps[i][len] == 0))
            return journal->steps[i] + len + (journal->steps[i][len] == ' ');
    return NULL;
}

void
journal_for_each (journal_visit visit, void *data)
{
    DIR *dir = opendir (NET_RUN_FOLDER);

    for (struct dirent *entry = dir ? readdir (dir) : NULL; entry; entry = readdir (dir))
        if (request_is_name (entry->d_name))
            visit (entry->d_name, data);
    if (dir)
        closedir (dir);
}

static bool
write_file (const struct journal *journal, const char *name, int mode, const void *bytes,
            size_t size, struct net_reply *reply)
{
    int fd = openat (journal->folder, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                     mode);
    bool ok = fd >= 0 && fd_pwrite_full (fd, bytes, size, 0) == 0
              && renameat (journal->folder, "new", journal->folder, name) == 0;

    if (!ok)
        fail_errno (reply, errno, name);
    fd_close (&fd);
    return ok;
}

bool
journal_write_file (const struct journal *journal, const char *name, int mode, const char *text,
                    struct net_reply *reply)
{
    return write_file (journal, name, mode, text, strlen (text), reply);
}

bool
journal_write_bytes (const struct journal *journal, const char *name, const void *bytes,
                     size_t size, struct net_reply *reply)
{
    return write_file (journal, name, 0600, bytes, size, reply);
}

bool
journal_read_bytes (const struct journal *journal, const char *name, void *bytes, size_t *size,
                    struct net_reply *reply)
{
    int fd = openat (journal->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read (fd, bytes, *size);
    int err = errno;

    fd_close (&fd);
    *size = n < 0 ? 0 : (size_t) n;
    return n >= 0 || fail_errno (reply, err, name);
}

bool
journal_remove (struct journal *journal, const char *name, struct net_reply *reply)
{
    DIR *dir = fdopendir (dup (journal->folder));
    int root = open_root ();
    bool ok;

    for (struct dirent *entry = dir ? readdir (dir) : NULL; entry; entry = readdir (dir))
        if (strcmp (entry->d_name, JOURNAL) != 0)
            unlinkat (journal->folder, entry->d_name, 0);
    if (dir)
        closedir (dir);
    unlinkat (journal->folder, JOURNAL, 0);
    ok = root >= 0 && unlinkat (root, name, AT_REMOVEDIR) == 0;
    if (!ok)
        fail_errno (reply, errno, name);
    fd_close (&root);
    return ok;
}

void
journal_close (struct journal *journal)
{
    fd_close (&journal->folder);
}
