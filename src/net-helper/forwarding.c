/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forwarding.c - whether this computer passes packets on between its interfaces.
 *
 * The switch sets that of each interface, and for IPv4 whether redirects are listened to: the file of what was
 * before has a line "PATH VALUE" for each, the switch first, in the order they are put back.
 *
 * To the kernel any value but 0 is on, and ours is one that nobody else writes: whoever switches forwarding on,
 * or off, while a network runs writes another, and then it is his and stays.
 */
#include "forwarding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "link.h"

#define ROOT       "/proc/sys/net"
#define PATH_BYTES 128
#define OURS       "2"

struct family {
    const char *before; /* the file of what was */
    const char *conf, *key;
    const char *also; /* is set with it, or NULL */
};

static const struct family ipv4 = { "/run/vitrine/forwarding-ipv4", ROOT "/ipv4/conf",
                                    "ipv4/conf/all/forwarding", "ipv4/conf/all/accept_redirects" };
static const struct family ipv6 = { "/run/vitrine/forwarding-ipv6", ROOT "/ipv6/conf",
                                    "ipv6/conf/all/forwarding", NULL };

/* Returns 0 or an errno. */
static int
read_value (const char *key, char value[16])
{
    char path[PATH_BYTES];
    ssize_t n;
    int fd;

    snprintf (path, sizeof path, ROOT "/%s", key);
    fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    n = read (fd, value, 15);
    close (fd);
    value[n > 0 ? n : 0] = 0;
    value[strcspn (value, "\n")] = 0;
    return n > 0 ? 0 : EIO;
}

static int
write_value (const char *key, const char *value)
{
    char path[PATH_BYTES];
    ssize_t n;
    int fd, err;

    snprintf (path, sizeof path, ROOT "/%s", key);
    fd = open (path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    n = write (fd, value, strlen (value));
    err = n < 0 ? errno : 0;
    close (fd);
    return err;
}

static void
note (FILE *file, const char *key)
{
    char value[16];

    if (read_value (key, value) == 0)
        fprintf (file, "%s %s\n", key, value);
}

/* Writes down what is; the file is there as a whole, or not at all. */
static bool
note_all (const struct family *family, struct net_reply *reply)
{
    char new[PATH_BYTES], key[PATH_BYTES];
    DIR *dir = opendir (family->conf);
    FILE *file;
    bool ok;

    snprintf (new, sizeof new, "%s.new", family->before);
    file = fopen (new, "we");
    if (file) {
        note (file, family->key);
        for (struct dirent *e = dir ? readdir (dir) : NULL; e; e = readdir (dir)) {
            if (e->d_name[0] == '.' || strcmp (e->d_name, "all") == 0)
                continue;
            snprintf (key, sizeof key, "%s/%.16s/forwarding", family->conf + strlen (ROOT) + 1,
                      e->d_name);
            note (file, key);
        }
        if (family->also)
            note (file, family->also);
    }
    ok = file && !ferror (file) && fclose (file) == 0 && rename (new, family->before) == 0;
    if (dir)
        closedir (dir);
    return ok || fail_errno (reply, errno, family->before);
}

/* Forwarding makes a computer deaf to routers, unless it is told to listen nevertheless. */
static bool
check_advertised (struct net_reply *reply)
{
    char name[NET_LINK_BYTES], key[PATH_BYTES], value[16];
    struct nl_sock *sock;
    int err = link_open (&sock);

    if (err)
        return fail_errno (reply, err, "rtnetlink");
    err = link_find_advertised (sock, name, sizeof name);
    nl_socket_free (sock);
    if (err)
        return fail_errno (reply, err, "routes");
    if (!name[0])
        return true;
    snprintf (key, sizeof key, "ipv6/conf/%s/accept_ra", name);
    return (read_value (key, value) == 0 && strcmp (value, "2") == 0)
           || fail (reply, NET_IPV6_AUTOMATIC, "%s", name);
}

bool
forwarding_turn_on (int family, struct net_reply *reply)
{
    const struct family *f = family == AF_INET ? &ipv4 : &ipv6;
    char value[16];
    int err = read_value (f->key, value);

    if (err)
        return fail_errno (reply, err, f->key);
    if (strcmp (value, "0") != 0)
        return true; /* somebody's, or another network's doing */
    if (family == AF_INET6 && !check_advertised (reply))
        return false;
    if (!note_all (f, reply))
        return false;
    err = write_value (f->key, OURS);
    return err == 0 || fail_errno (reply, err, f->key);
}

/* Puts back what the file PATH says, which is gone then. */
static bool
put_back (const char *path, struct net_reply *reply)
{
    char key[PATH_BYTES] = "", value[16];
    FILE *file = fopen (path, "re");
    int err = 0;

    if (!file)
        return errno == ENOENT || fail_errno (reply, errno, path);
    while (err == 0 && fscanf (file, "%127s %15s", key, value) == 2) {
        err = write_value (key, value);
        if (err == ENOENT) /* an interface that has gone */
            err = 0;
    }
    fclose (file);
    if (err || unlink (path) < 0)
        return fail_errno (reply, err ? err : errno, key);
    return true;
}

bool
forwarding_put_back (int family, struct net_reply *reply)
{
    const struct family *f = family == AF_INET ? &ipv4 : &ipv6;
    char begun[PATH_BYTES], value[16];
    int err = read_value (f->key, value);

    if (err)
        return fail_errno (reply, err, f->key);
    /* Under another name it is being put back: the switch says nothing any more. */
    snprintf (begun, sizeof begun, "%s.back", f->before);
    if (strcmp (value, OURS) == 0 && rename (f->before, begun) < 0 && errno != ENOENT)
        return fail_errno (reply, errno, f->before);
    if (!put_back (begun, reply))
        return false;
    return unlink (f->before) == 0 || errno == ENOENT || fail_errno (reply, errno, f->before);
}
