/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dhcp.c - who gives a network's guests their addresses and answers their names.
 *
 * dnsmasq listens on the network's bridge alone.  It keeps five capabilities, none of which opens a file, gains
 * none, and becomes the user nobody once it listens.  Which process it is, is told by its arguments, so there is
 * no moment at which it runs and could not be found.  It does not log: where nobody hears a syslog it would go
 * on trying, and a file would grow.
 */
#include "dhcp.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"

#define PROGRAM     "/usr/sbin/dnsmasq"
#define OPTION      "--conf-file=" NET_RUN_FOLDER "/%s/dnsmasq.conf"
#define LEASE_TIME  "12h"
#define PATIENCE_MS 3000

#define EXIT_NETWORK 2  /* dnsmasq(8) */
#define EXIT_OTHER   -2 /* was killed */
#define MAX_TRIES    20
#define TRY_AGAIN_US 50000

/* --- its configuration ----------------------------------------------------------------------- */

bool
dhcp_is_needed (const struct net_start *start)
{
    return start->ipv4.has_dhcp || start->ipv6.prefix
           || (start->ipv4.prefix && !(start->flags & NET_FLAG_NO_DNS));
}

static const char *
to_text (int family, const uint8_t *address, char text[INET6_ADDRSTRLEN])
{
    return inet_ntop (family, address, text, INET6_ADDRSTRLEN);
}

static void
write_ipv4 (const struct net_start *start, FILE *file)
{
    char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];
    uint8_t bits[4];

    store_be32 (bits, ~0u << (32 - start->ipv4.prefix));
    fprintf (file, "dhcp-range=%s,%s,%s," LEASE_TIME "\n",
             to_text (AF_INET, start->ipv4.range_start, first),
             to_text (AF_INET, start->ipv4.range_end, last), to_text (AF_INET, bits, mask));
    for (uint32_t i = 0; i < start->n_hosts; i++) {
        const struct net_host *h = &start->hosts[i];

        fprintf (file, "dhcp-host=%02x:%02x:%02x:%02x:%02x:%02x,%s%s%s\n", h->mac[0], h->mac[1],
                 h->mac[2], h->mac[3], h->mac[4], h->mac[5], to_text (AF_INET, h->address, first),
                 h->name[0] ? "," : "", h->name);
    }
    if (start->forward == NET_FORWARD_NONE)
        fprintf (file, "dhcp-option=option:router\n"); /* there is no way out */
}

static void
write_ipv6 (const struct net_start *start, FILE *file)
{
    char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];

    fprintf (file, "enable-ra\n");
    if (start->forward == NET_FORWARD_NONE)
        fprintf (file, "ra-param=*,0,0\n");
    if (start->ipv6.has_dhcp)
        fprintf (file, "dhcp-range=%s,%s,%u," LEASE_TIME "\n",
                 to_text (AF_INET6, start->ipv6.range_start, first),
                 to_text (AF_INET6, start->ipv6.range_end, last), start->ipv6.prefix);
    else
        fprintf (file, "dhcp-range=%s,ra-only,%u\n", to_text (AF_INET6, start->ipv6.address, first),
                 start->ipv6.prefix);
}

void
dhcp_write (const struct net_start *start, const char *bridge, FILE *file)
{
    fprintf (file,
             "interface=%s\nexcept-interface=lo\nbind-dynamic\nuser=nobody\npid-file=\nlog-"
             "facility=/dev/null\n"
             "dhcp-authoritative\ndhcp-no-override\ndhcp-leasefile=" NET_RUN_FOLDER
             "/%s/" NET_LEASES_FILE "\n",
             bridge, start->name);
    if (start->flags & NET_FLAG_NO_DNS)
        fprintf (file, "port=0\n");
    if (start->forward == NET_FORWARD_NONE)
        fprintf (file, "no-resolv\n");
    if (start->domain[0])
        fprintf (file, "domain=%s\nlocal=/%s/\nexpand-hosts\n", start->domain, start->domain);
    if (start->ipv4.has_dhcp)
        write_ipv4 (start, file);
    if (start->ipv6.prefix)
        write_ipv6 (start, file);
}

/* --- its life -------------------------------------------------------------------------------- */

/* Whether process PID is in our network and was started with OPTION. */
static bool
is_ours (const char *pid, const char *option)
{
    char path[64], arguments[512];
    struct stat its, own;
    ssize_t n;
    int fd;

    snprintf (path, sizeof path, "/proc/%.20s/ns/net", pid);
    if (stat (path, &its) < 0 || stat ("/proc/self/ns/net", &own) < 0 || its.st_ino != own.st_ino)
        return false;
    snprintf (path, sizeof path, "/proc/%.20s/cmdline", pid);
    fd = open (path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read (fd, arguments, sizeof arguments - 1);
    fd_close (&fd);
    if (n <= 0)
        return false;
    arguments[n] = 0;
    return strlen (arguments) + 1 < (size_t) n
           && strcmp (arguments + strlen (arguments) + 1, option) == 0;
}

/* Returns a pidfd of the process, or -1. */
static int
find (const char *name)
{
    char option[256];
    DIR *dir = opendir ("/proc");
    int fd = -1;

    snprintf (option, sizeof option, OPTION, name);
    for (struct dirent *e = dir ? readdir (dir) : NULL; e && fd < 0; e = readdir (dir)) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || !is_ours (e->d_name, option))
            continue;
        fd = (int) syscall (SYS_pidfd_open, atoi (e->d_name), 0);
        if (fd >= 0 && !is_ours (e->d_name, option)) /* another process by now */
            fd_close (&fd);
    }
    if (dir)
        closedir (dir);
    return fd;
}

bool
dhcp_is_running (const char *name)
{
    int fd = find (name);
    bool running = fd >= 0;

    fd_close (&fd);
    return running;
}

bool
dhcp_stop (const char *name, struct net_reply *reply)
{
    static const int signals[] = { SIGTERM, SIGKILL };

    for (unsigned i = 0; i < ARRAY_SIZE (signals); i++) {
        int fd = find (name);
        struct pollfd end = { .fd = fd, .events = POLLIN };
        bool ended = fd < 0;

        if (!ended) {
            syscall (SYS_pidfd_send_signal, fd, signals[i], NULL, 0);
            ended = poll (&end, 1, PATIENCE_MS) == 1;
        }
        fd_close (&fd);
        if (ended)
            return find (name) < 0 || dhcp_stop (name, reply); /* one more, that began meanwhile */
    }
    return fail (reply, NET_SYSTEM, "dnsmasq does not end");
}

/* In the child. */
static void
confine (void)
{
    static const int kept[] = { CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE, CAP_SETUID,
                                CAP_SETGID };

    for (int cap = 0; prctl (PR_CAPBSET_READ, cap) >= 0; cap++) {
        bool keep = false;

        for (unsigned i = 0; i < ARRAY_SIZE (kept); i++)
            keep = keep || kept[i] == cap;
        if (!keep && prctl (PR_CAPBSET_DROP, cap) < 0)
            _exit (EXIT_FAILURE);
    }
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        _exit (EXIT_FAILURE);
}

static void
exec_in_child (const char *option, int errors)
{
    char *argv[] = { (char *) PROGRAM, (char *) option, NULL };
    int nothing = open ("/dev/null", O_RDWR);

    dup2 (nothing, STDIN_FILENO);
    dup2 (nothing, STDOUT_FILENO);
    dup2 (errors, STDERR_FILENO);
    close_range (3, ~0u, 0);
    confine ();
    execv (PROGRAM, argv);
    _exit (errno == ENOENT ? 127 : EXIT_FAILURE);
}

/* Returns dnsmasq's exit status once it serves, or why not; SAID becomes its first words.  -1 with errno. */
static int
run (const char *option, char *said, size_t size)
{
    int errors[2], status;
    ssize_t n;
    pid_t pid;

    if (pipe2 (errors, O_CLOEXEC) < 0 || (pid = fork ()) < 0)
        return -1;
    if (pid == 0)
        exec_in_child (option, errors[1]);
    fd_close (&errors[1]);
    n = read (errors[0], said, size - 1); /* its end, or what is wrong */
    said[n > 0 ? n : 0] = 0;
    fd_close (&errors[0]);
    while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED (status) ? WEXITSTATUS (status) : EXIT_OTHER;
}

bool
dhcp_start (const char *name, struct net_reply *reply)
{
    char option[256], said[256], *line;
    int status = EXIT_NETWORK;

    snprintf (option, sizeof option, OPTION, name);
    if (access (PROGRAM, X_OK) < 0)
        return fail (reply, NET_NO_PROGRAM, "dnsmasq");
    /* One that was killed has its sockets for a moment longer than its arguments. */
    for (unsigned i = 0; i < MAX_TRIES && status == EXIT_NETWORK; i++) {
        if (i > 0)
            usleep (TRY_AGAIN_US);
        status = run (option, said, sizeof said);
    }
    if (status == 0)
        return true;
    if (status == -1)
        return fail_errno (reply, errno, "dnsmasq");
    line = said + strspn (said, "\n ");
    line[strcspn (line, "\n")] = 0;
    if (*line)
        return fail (reply, NET_PROGRAM_FAILED, "%s", line);
    return status == EXIT_NETWORK
               ? fail (reply, NET_PROGRAM_FAILED,
                       "dnsmasq finds the ports of DHCP or DNS taken by another program")
               : fail (reply, NET_PROGRAM_FAILED, "dnsmasq ended with status %d", status);
}
