/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-passt.c - how passt is called, whether it will have the ports it is to listen on, and where the
 * guest is told to it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "keeper-net-passt.h"
#include "net-client.h"
#include "vitrine-error.h"

#define ETHERNET_MTU       1500
#define PORT_AGAIN_US      20000
#define ANNOUNCEMENT_BYTES 60

/* --- its words ------------------------------------------------------------------------------- */

/* "2222:22,~8000-8080": a forward's ranges, or "all" of them. */
static void
append_ranges (GString *spec, const VitrineDefinitionForward *forward)
{
    gboolean any = FALSE;

    for (guint i = 0; i < forward->ranges->len; i++) {
        const VitrineDefinitionPorts *p =
            &g_array_index (forward->ranges, VitrineDefinitionPorts, i);

        g_string_append_printf (spec, "%s%s%u", i ? "," : "", p->exclude ? "~" : "", p->start);
        if (p->end != p->start)
            g_string_append_printf (spec, "-%u", p->end);
        if (!p->exclude && p->to != p->start) {
            g_string_append_printf (spec, ":%u", p->to);
            if (p->end != p->start)
                g_string_append_printf (spec, "-%u", p->to + (p->end - p->start));
        }
        any = TRUE;
    }
    if (!any)
        g_string_append (spec, "all");
}

static void
append_forward (GPtrArray *argv, const VitrineDefinitionForward *forward)
{
    GString *spec = g_string_new (NULL);

    if (forward->address)
        g_string_append (spec, forward->address);
    if (forward->dev)
        g_string_append_printf (spec, "%%%s", forward->dev);
    if (spec->len > 0)
        g_string_append_c (spec, '/');
    append_ranges (spec, forward);
    g_ptr_array_add (argv, g_strdup (forward->udp ? "--udp-ports" : "--tcp-ports"));
    g_ptr_array_add (argv, g_string_free (spec, FALSE));
}

/* What DHCP tells the guest, 0 to leave it to passt, which means packets of nearly 64 KiB: those a virtio
 * card carries.  The drivers of others refuse an MTU like that, and Debian's installer, for one, then puts
 * no default route in place. */
static guint
mtu_of (const char *model, const VitrineDefinitionNetwork *network)
{
    return strcmp (model, "virtio") == 0 ? network->mtu : ETHERNET_MTU;
}

GStrv
keeper_net_passt_arguments (const char *model, const VitrineDefinitionNetwork *network,
                            const char *program, int fd)
{
    GPtrArray *argv = g_ptr_array_new ();
    guint mtu = mtu_of (model, network);

    g_ptr_array_add (argv, g_strdup (program));
    g_ptr_array_add (argv, g_strdup ("--foreground"));
    g_ptr_array_add (argv, g_strdup ("--quiet"));
    g_ptr_array_add (argv, g_strdup ("--stderr"));
    g_ptr_array_add (argv, g_strdup ("--fd"));
    g_ptr_array_add (argv, g_strdup_printf ("%d", fd));
    if (mtu) {
        g_ptr_array_add (argv, g_strdup ("--mtu"));
        g_ptr_array_add (argv, g_strdup_printf ("%u", mtu));
    }
    if (network->no_ipv6)
        g_ptr_array_add (argv, g_strdup ("--ipv4-only"));
    if (network->restricted) { /* besides, it can reach nobody: keeper-net-restrict.h */
        g_ptr_array_add (argv, g_strdup ("--no-udp"));
        g_ptr_array_add (argv, g_strdup ("--no-icmp"));
        g_ptr_array_add (argv, g_strdup ("--no-map-gw"));
    }
    for (guint i = 0; i < network->forwards->len; i++)
        append_forward (argv, g_ptr_array_index (network->forwards, i));
    g_ptr_array_add (argv, NULL);
    return (GStrv) g_ptr_array_free (argv, FALSE);
}

/* --- its ports ------------------------------------------------------------------------------- */

static gboolean
has_port (const VitrineDefinitionForward *forward, guint port)
{
    gboolean has = FALSE;

    for (guint i = 0; i < forward->ranges->len; i++) {
        const VitrineDefinitionPorts *p =
            &g_array_index (forward->ranges, VitrineDefinitionPorts, i);

        if (port < p->start || port > p->end)
            continue;
        if (p->exclude)
            return FALSE;
        has = TRUE;
    }
    return has;
}

/* Whether the passt that runs for NETWORK listens there already. */
static gboolean
is_held (const VitrineDefinitionNetwork *network, const VitrineDefinitionForward *forward,
         guint port)
{
    for (guint i = 0; network && i < network->forwards->len; i++) {
        const VitrineDefinitionForward *held = g_ptr_array_index (network->forwards, i);

        if (held->udp == forward->udp && g_strcmp0 (held->address, forward->address) == 0
            && g_strcmp0 (held->dev, forward->dev) == 0 && has_port (held, port))
            return TRUE;
    }
    return FALSE;
}

/* Returns 0, or the errno of who may not listen there.  What this computer has not at all (IPv6) is nobody's. */
static int
try_address (const VitrineDefinitionForward *forward, const struct sockaddr *address,
             socklen_t size)
{
    int fd = socket (address->sa_family,
                     (forward->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    int err = 0;

    if (fd < 0)
        return 0;
    if (address->sa_family == AF_INET6)
        setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (!forward->udp) /* connections that have ended take no port */
        setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (forward->dev)
        setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, forward->dev,
                    (socklen_t) strlen (forward->dev));
    if (bind (fd, address, size) < 0 && errno != EADDRNOTAVAIL)
        err = errno;
    fd_close (&fd);
    return err;
}

static int
try_port (const VitrineDefinitionForward *forward, guint port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons ((guint16) port) };
    gboolean is_v4 = forward->address && inet_pton (AF_INET, forward->address, &v4.sin_addr) == 1;
    gboolean is_v6 = forward->address && inet_pton (AF_INET6, forward->address, &v6.sin6_addr) == 1;
    int err = is_v6 ? 0 : try_address (forward, (const struct sockaddr *) &v4, sizeof v4);

    return err || is_v4 ? err : try_address (forward, (const struct sockaddr *) &v6, sizeof v6);
}

static gboolean
refuse_port (const VitrineDefinitionForward *forward, guint port, int err, GError **error)
{
    const char *protocol = forward->udp ? "UDP" : "TCP";

    if (err == EADDRINUSE)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     /* TRANSLATORS: TCP or UDP, then a number */
                     _ ("The %s port %u of this computer is taken; forward another one"), protocol,
                     port);
    else if (err == EACCES || err == EPERM)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("Only root may listen on the %s port %u of this computer; forward another "
                        "one, from 1024 on"),
                     protocol, port);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The %s port %u of this computer cannot be listened on: %s"), protocol,
                     port, g_strerror (err));
    return FALSE;
}

static gboolean
check_forward (const VitrineDefinitionForward *forward, const VitrineDefinitionNetwork *held,
               gint64 deadline_us, GError **error)
{
    for (guint i = 0; i < forward->ranges->len; i++) {
        const VitrineDefinitionPorts *p =
            &g_array_index (forward->ranges, VitrineDefinitionPorts, i);

        for (guint port = p->start; port <= p->end; port++) {
            int err = 0;

            if (!has_port (forward, port) || is_held (held, forward, port))
                continue;
            while ((err = try_port (forward, port)) == EADDRINUSE
                   && g_get_monotonic_time () < deadline_us)
                g_usleep (PORT_AGAIN_US);
            if (err)
                return refuse_port (forward, port, err, error);
        }
    }
    return TRUE; /* "all" are those that are free */
}

gboolean
keeper_net_check_ports (const VitrineDefinitionNetwork *network,
                        const VitrineDefinitionNetwork *held, guint patience_ms, GError **error)
{
    gint64 deadline_us = g_get_monotonic_time () + (gint64) patience_ms * 1000;

    for (guint i = 0; i < network->forwards->len; i++)
        if (!check_forward (g_ptr_array_index (network->forwards, i), held, deadline_us, error))
            return FALSE;
    return TRUE;
}

/* --- the guest's place ----------------------------------------------------------------------- */

void
keeper_net_announce (int fd, const char *mac)
{
    guint8 frame[4 + ANNOUNCEMENT_BYTES] = { 0 };
    guint8 *ether = frame + 4, *rarp = ether + 14;

    store_be32 (frame, ANNOUNCEMENT_BYTES);
    memset (ether, 0xff, 6);
    net_client_parse_mac (mac, ether + 6);
    store_be16 (ether + 12, 0x8035);
    store_be16 (rarp, 1);          /* Ethernet */
    store_be16 (rarp + 2, 0x0800); /* IPv4 */
    rarp[4] = 6;
    rarp[5] = 4;
    store_be16 (rarp + 6, 3); /* request reverse */
    net_client_parse_mac (mac, rarp + 8);
    net_client_parse_mac (mac, rarp + 18);
    if (send (fd, frame, sizeof frame, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* it died at once, which is noticed elsewhere */
}
