/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-net-helper.c - the one program of Vitrine's that runs as root: reads one request, does it, answers.
 *
 * Theory of operation.  Whoever calls is hostile.  The request comes over standard input, a socket pair, as
 * one datagram that is checked as a whole before anything of it is used (request.c); there are no options,
 * no environment and no paths of the caller's.  Who it is, the kernel says, or pkexec, which asked polkit
 * first; a policy may tell taps, macvtaps and networks apart by the program's one argument.  A tap needs an administrator's
 * word in a file only root can change (bridge-acl.c).  Made setuid, or given CAP_NET_ADMIN as a file's
 * capability, the program works without polkit, as qemu-bridge-helper does; but only root starts networks, and what
 * nobody was asked for the same file has to allow.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "bridge-acl.h"
#include "fd.h"
#include "guard.h"
#include "helper.h"
#include "macvtap.h"
#include "message.h"
#include "network.h"
#include "request.h"
#include "tap.h"

#define REQUEST_BYTES (sizeof (struct net_start) + NET_MAX_HOSTS * sizeof (struct net_host))

/* Whose request it is.  pkexec, which makes this process root in every way, says it in a variable: nobody
 * else's is believed. */
static uid_t
get_caller (void)
{
    const char *text = getenv ("PKEXEC_UID");
    char *end;
    unsigned long uid;

    if (getuid () != 0 || !text)
        return getuid ();
    if (*text < '0' || *text > '9')
        return (uid_t) -1;
    errno = 0;
    uid = strtoul (text, &end, 10);
    return errno == 0 && *end == 0 && uid < (uid_t) -1 ? (uid_t) uid : (uid_t) -1;
}

/* No descriptor of the caller's but the socket, and errors; nothing of its environment. */
static void
clean_up (void)
{
    clearenv ();
    setenv ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    umask (022);
    if (chdir ("/") < 0)
        exit (EXIT_FAILURE);
    close_range (3, ~0u, 0);
}

static bool
is_socket_pair (int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;

    return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET
           && getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/* What goes with the answer; -1 each where there is none. */
struct served {
    int taps[NET_MAX_QUEUES]; /* the queues of one */
    int rules;
};

static void
make_tap (const struct net_tap *tap, uid_t caller, struct served *served, struct net_reply *reply)
{
    static const char *const files[] = { BRIDGE_ACL_FILE, BRIDGE_ACL_QEMU_FILE, NULL };

    char bridge[NET_LINK_BYTES];
    bool allowed = caller == 0;

    memcpy (bridge, tap->bridge, sizeof bridge);
    if (tap->network[0] && !network_find_bridge (tap->network, caller, bridge, &allowed, reply))
        return;
    if (!allowed && !bridge_acl_check (files, 0, bridge, reply))
        return;
    if (tap_make (bridge, tap->mac, caller, tap->n_queues, served->taps, reply)
        && !guard_set (reply->link, tap->mac, &tap->guard, &served->rules, reply))
        fd_close_all (served->taps, NET_MAX_QUEUES);
}

/* Who came by polkit was asked for this very thing.  Where the program is setuid nobody was: then the file that
 * allows bridges has to allow the card. */
static void
make_macvtap (const struct net_macvtap *macvtap, struct served *served, struct net_reply *reply)
{
    static const char *const files[] = { BRIDGE_ACL_FILE, NULL };

    if (getuid () == 0 || bridge_acl_check (files, 0, macvtap->nic, reply))
        macvtap_make (macvtap, served->taps, reply);
}

static void
change_guard (const struct net_guard_change *change, uid_t caller, struct served *served,
              struct net_reply *reply)
{
    if (guard_check_owner (change->link, caller, reply))
        guard_set (change->link, change->mac, &change->guard, &served->rules, reply);
}

static void
serve (const struct net_header *request, uid_t caller, struct served *served,
       struct net_reply *reply)
{
    if (request->op == NET_TAP)
        make_tap ((const struct net_tap *) request, caller, served, reply);
    else if (request->op == NET_GUARD)
        change_guard ((const struct net_guard_change *) request, caller, served, reply);
    else if (geteuid () != 0)
        fail (reply, NET_NO_RIGHT, "networks are root's");
    else if (request->op == NET_MACVTAP)
        make_macvtap ((const struct net_macvtap *) request, served, reply);
    else if (request->op == NET_START)
        network_start ((const struct net_start *) request, caller, reply);
    else
        network_stop (((const struct net_stop *) request)->name, caller, reply);
}

int
main (int argc, char **argv)
{
    static _Alignas(struct net_start) char request[REQUEST_BYTES];
    struct net_reply reply = { .version = NET_VERSION };
    uid_t caller = get_caller ();
    struct served served = { .rules = -1 };
    int fds[MESSAGE_MAX_FDS], len;
    unsigned n_fds;

    fd_init_all (served.taps, NET_MAX_QUEUES);
    clean_up ();
    if (argc != 2 || !is_socket_pair (STDIN_FILENO)) {
        fprintf (stderr, "vitrine-net-helper: is started by Vitrine, to make network interfaces\n");
        return EXIT_FAILURE;
    }
    len = message_receive (STDIN_FILENO, request, sizeof request, fds, &n_fds);
    if (len <= 0)
        return EXIT_FAILURE;
    fd_close_all (fds, n_fds);
    if (request_check (request, (size_t) len, argv[1], &reply))
        serve ((const struct net_header *) request, caller, &served, &reply);
    n_fds = 0;
    for (unsigned i = 0; i < NET_MAX_QUEUES && served.taps[i] >= 0; i++)
        fds[n_fds++] = served.taps[i];
    if (served.rules >= 0)
        fds[n_fds++] = served.rules;
    return message_send (STDIN_FILENO, &reply, sizeof reply, fds, n_fds) == 0 ? EXIT_SUCCESS
                                                                              : EXIT_FAILURE;
}
