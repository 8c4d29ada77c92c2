/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-net-helper-request.c - nothing of a request is used unless all of it makes sense. */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "request.h"

static gboolean
takes (const void *message, gsize len, const char *argument)
{
    struct net_reply reply = { 0 };
    gboolean ok = request_check (message, len, argument, &reply);

    g_assert_cmpint (reply.status, ==, ok ? NET_OK : NET_MALFORMED);
    return ok;
}

static const struct net_tap good_tap = {
    .header = { NET_VERSION, NET_TAP },
    .bridge = "br0",
    .mac = { 0x52, 0x54, 0, 1, 2, 3 },
};

static gboolean
takes_tap (const struct net_tap *tap)
{
    return takes (tap, sizeof *tap, NET_ARGUMENT_TAP);
}

static void
test_names (void)
{
    static const char *const good[] = {
        "br0", "virbr-1", "a", "eth0.100", "x_y", "123456789012345"
    };
    static const char *const bad[] = { "",
                                       "..",
                                       ".",
                                       "-x",
                                       "a/b",
                                       "a b",
                                       "a;b",
                                       "a\"b",
                                       "a\nb",
                                       "br\xc3\xa9",
                                       "1234567890123456",
                                       "a%d",
                                       "a:1",
                                       "a{",
                                       "../x" };

    for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
        g_assert_true (request_is_link (good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
        g_assert_false (request_is_link (bad[i]));
    g_assert_true (request_is_domain ("lab.example"));
    g_assert_true (request_is_domain ("a-b"));
    g_assert_false (request_is_domain (""));
    g_assert_false (request_is_domain ("a..b"));
    g_assert_false (request_is_domain (".a"));
    g_assert_false (request_is_domain ("a."));
    g_assert_false (request_is_domain ("-a"));
    g_assert_false (request_is_domain ("a-"));
    g_assert_false (request_is_domain ("a-.b"));
    g_assert_false (request_is_domain ("a/b"));
    g_assert_false (request_is_domain ("a\nb"));
}

static void
test_tap (void)
{
    struct net_tap tap = good_tap;

    g_assert_true (takes_tap (&tap));
    g_assert_false (takes (&tap, sizeof tap - 1, NET_ARGUMENT_TAP));
    g_assert_false (takes (&tap, sizeof tap, NET_ARGUMENT_NETWORK));
    strcpy (tap.network, "lab"); /* both */
    g_assert_false (takes_tap (&tap));
    memset (tap.bridge, 0, sizeof tap.bridge);
    g_assert_true (takes_tap (&tap));
    memset (tap.network, 0, sizeof tap.network); /* neither */
    g_assert_false (takes_tap (&tap));
    memset (tap.bridge, 'a', sizeof tap.bridge); /* without end */
    g_assert_false (takes_tap (&tap));
    tap = good_tap;
    tap.bridge[sizeof tap.bridge - 1] = 'x'; /* behind its end */
    g_assert_false (takes_tap (&tap));
    tap = good_tap;
    tap.mac[0] = 1; /* of a group */
    g_assert_false (takes_tap (&tap));
    memset (tap.mac, 0, sizeof tap.mac);
    g_assert_false (takes_tap (&tap));
    tap = good_tap;
    tap.n_queues = NET_MAX_QUEUES;
    g_assert_true (takes_tap (&tap));
    tap.n_queues++;
    g_assert_false (takes_tap (&tap));
    tap = good_tap;
    tap.reserved = 1;
    g_assert_false (takes_tap (&tap));
    tap = good_tap;
    tap.header.version++;
    g_assert_false (takes_tap (&tap));
    tap = good_tap;
    tap.header.op = NET_OP_N;
    g_assert_false (takes_tap (&tap));
}

/* A network with each part that can be wrong. */
static struct net_start *
new_start (guint n_hosts, gsize *len)
{
    struct net_start *start;

    *len = sizeof *start + n_hosts * sizeof start->hosts[0];
    start = g_malloc0 (*len);
    start->header = (struct net_header){ NET_VERSION, NET_START };
    strcpy (start->name, "lab");
    strcpy (start->domain, "lab.example");
    start->forward = NET_FORWARD_NAT;
    inet_pton (AF_INET, "192.168.150.1", start->ipv4.address);
    start->ipv4.prefix = 24;
    start->ipv4.has_dhcp = 1;
    inet_pton (AF_INET, "192.168.150.10", start->ipv4.range_start);
    inet_pton (AF_INET, "192.168.150.99", start->ipv4.range_end);
    inet_pton (AF_INET6, "fd00:1::1", start->ipv6.address);
    start->ipv6.prefix = 64;
    start->n_hosts = n_hosts;
    for (guint i = 0; i < n_hosts; i++) {
        start->hosts[i].mac[0] = 0x52;
        start->hosts[i].mac[5] = (guint8) i;
        inet_pton (AF_INET, "192.168.150.50", start->hosts[i].address);
        strcpy (start->hosts[i].name, "web");
    }
    return start;
}

static gboolean
takes_start (const struct net_start *start, gsize len)
{
    return takes (start, len, NET_ARGUMENT_NETWORK);
}

#define REFUSES(change)                                                                            \
    G_STMT_START                                                                                   \
    {                                                                                              \
        gsize len_;                                                                                \
        g_autofree struct net_start *s = new_start (2, &len_);                                     \
        change;                                                                                    \
        g_assert_false (takes_start (s, len_));                                                    \
    }                                                                                              \
    G_STMT_END

static void
test_start (void)
{
    gsize len;
    g_autofree struct net_start *start = new_start (2, &len);

    g_assert_true (takes_start (start, len));
    g_assert_false (takes_start (start, len - 1));
    g_assert_false (takes (start, len, NET_ARGUMENT_TAP));
    REFUSES (s->n_hosts = 3);
    REFUSES (s->n_hosts = 0xffffffff);
    REFUSES (strcpy (s->name, "../x"));
    REFUSES (s->name[0] = 0);
    REFUSES (memset (s->domain, 'a', sizeof s->domain));
    REFUSES (strcpy (s->domain, "a\nb"));
    REFUSES (strcpy (s->bridge, "a;b"));
    REFUSES (strcpy (s->uplink, "a b"));
    REFUSES (s->forward = NET_FORWARD_N);
    REFUSES (s->flags = 0x80000000);
    REFUSES (s->reserved = 1);
    REFUSES (s->hosts[1].mac[0] = 1);
    REFUSES (strcpy (s->hosts[1].name, "a,b"));
    REFUSES (s->hosts[1].address[2] = 9);
}

static void
test_subnets (void)
{
    REFUSES (s->ipv4.prefix = 31);
    REFUSES (s->ipv4.prefix = 7);
    REFUSES (s->ipv4.prefix = 0);
    REFUSES (s->ipv4.address[0] = 127);
    REFUSES (s->ipv4.address[0] = 224);
    REFUSES (s->ipv4.address[0] = 0);
    REFUSES (s->ipv4.has_dhcp = 2);
    REFUSES (s->ipv4.has_dhcp = 0); /* and hosts that it shall serve */
    REFUSES (s->ipv4.range_start[2] = 9);
    REFUSES (s->ipv4.range_end[2] = 9);
    REFUSES (s->ipv4.range_start[3] = 100); /* behind its end */
    REFUSES (s->ipv6.prefix = 127);
    REFUSES (s->ipv6.address[0] = 0xff);
    REFUSES (s->ipv6.reserved[0] = 1);
}

static void
test_stop (void)
{
    struct net_stop stop = { .header = { NET_VERSION, NET_STOP }, .name = "lab" };

    g_assert_true (takes (&stop, sizeof stop, NET_ARGUMENT_NETWORK));
    g_assert_false (takes (&stop, sizeof stop, NET_ARGUMENT_TAP));
    strcpy (stop.name, "..");
    g_assert_false (takes (&stop, sizeof stop, NET_ARGUMENT_NETWORK));
    memset (stop.name, 'a', sizeof stop.name);
    g_assert_false (takes (&stop, sizeof stop, NET_ARGUMENT_NETWORK));
}

/* Whatever bytes come, the answer is yes or no. */
static void
test_noise (void)
{
    gsize len;
    g_autofree struct net_start *start = new_start (8, &len);
    g_autoptr (GRand) rand = g_rand_new_with_seed (1);

    for (guint i = 0; i < 100000; i++) {
        gsize n = (gsize) g_rand_int_range (rand, 0, (gint32) len + 1);
        g_autofree guint8 *copy = g_memdup2 (start, n ? n : 1);
        struct net_reply reply = { 0 };

        if (n > 8)
            copy[g_rand_int_range (rand, 0, (gint32) n)] = (guint8) g_rand_int (rand);
        if (n > 8 && (i & 1))
            copy[4] = (guint8) g_rand_int_range (rand, 0, NET_OP_N);
        request_check (copy, n, i & 2 ? NET_ARGUMENT_TAP : NET_ARGUMENT_NETWORK, &reply);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net-helper/request/names-are-plain", test_names);
    g_test_add_func ("/net-helper/request/tap", test_tap);
    g_test_add_func ("/net-helper/request/network", test_start);
    g_test_add_func ("/net-helper/request/subnets", test_subnets);
    g_test_add_func ("/net-helper/request/stop", test_stop);
    g_test_add_func ("/net-helper/request/noise-is-yes-or-no", test_noise);
    return g_test_run ();
}
