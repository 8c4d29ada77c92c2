/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-ssh.c - OpenSSH, called so that all that goes to a computer shares one connection: vitrine-ssh ARGUMENT...
 *
 * libvirt starts an SSH of its own for each of its connections, and a display needs another; each would ask for the
 * password anew.  Called by way of this program the first becomes the master of all (ssh_config(5), ControlMaster) and
 * goes a little after the last.  Its socket lies where only this user may reach it, and where every process finds it:
 * libvirt hands on little of the environment, so the place comes from the user's number alone.  Where there is no such
 * place each has a connection of its own, as without this program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"

#define ASKPASS   "vitrine-askpass"
#define MAX_PLACE 96 /* a socket's name has 108 bytes, and ssh adds some for one that it renames */

/* A computer that does not answer is given up before the window is (LIBVIRT_PATIENCE_S). */
static const char *const shared[] = {
    "-oControlMaster=auto",   "-oControlPersist=10",       "-oConnectTimeout=15",
    "-oServerAliveInterval=5", "-oServerAliveCountMax=3",
};

/* The user's own folder for what runs, and only his. */
static bool
find_place (char *place, size_t size)
{
    char folder[64];
    struct stat st;
    int n;

    snprintf (folder, sizeof folder, "/run/user/%u/vitrine", (unsigned) getuid ());
    if (mkdir (folder, 0700) < 0 && errno != EEXIST)
        return false;
    if (lstat (folder, &st) < 0 || !S_ISDIR (st.st_mode) || st.st_uid != getuid ()
        || (st.st_mode & 077))
        return false;
    n = snprintf (place, size, "%s/ssh-%%C", folder);
    return n > 0 && (size_t) n < size;
}

/* Questions come in windows where the application said so: it has a terminal, too, when it was started from one. */
static void
ask_in_windows (void)
{
    const char *askpass = getenv ("SSH_ASKPASS");
    const char *name = askpass ? strrchr (askpass, '/') : NULL;

    if (name && strcmp (name + 1, ASKPASS) == 0)
        setenv ("SSH_ASKPASS_REQUIRE", "force", 1);
}

int
main (int argc, char **argv)
{
    const char **arguments =
        calloc ((size_t) argc + ARRAY_SIZE (shared) + 4, sizeof *arguments);
    char place[MAX_PLACE];
    size_t n = 0;

    if (!arguments)
        return 255;
    arguments[n++] = "ssh";
    if (find_place (place, sizeof place)) {
        arguments[n++] = "-S";
        arguments[n++] = place;
        for (size_t i = 0; i < ARRAY_SIZE (shared); i++)
            arguments[n++] = shared[i];
    }
    for (int i = 1; i < argc; i++)
        arguments[n++] = argv[i];
    ask_in_windows ();
    execvp ("ssh", (char **) arguments);
    fprintf (stderr, "vitrine-ssh: ssh: %s\n", strerror (errno));
    free (arguments);
    return 255; /* as ssh's own, for what went wrong before anything ran there */
}
