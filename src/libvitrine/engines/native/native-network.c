/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-network.c - networks of this computer: listed, made, started and stopped. */
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <ifaddrs.h>
#include <string.h>

#include "definition.h"
#include "native-paths.h"
#include "net-client.h"
#include "net-store.h"
#include "vitrine-error.h"
#include "vitrine-network.h"
#include "vitrine-private.h"

#define FIRST_SUBNET 150 /* of 192.168.N.0/24 */
#define LAST_SUBNET  254

/* --- what there is ---------------------------------------------------------------------------- */

static char *
describe_subnet (const VitrineNetworkSubnet *subnet)
{
    return subnet->address != NULL ? g_strdup_printf ("%s/%u", subnet->address, subnet->prefix)
                                   : g_strdup ("");
}

static VitrineNetworkInfo *
make_info (const char *name)
{
    VitrineNetworkInfo *info = g_new0 (VitrineNetworkInfo, 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineNetwork) network = net_store_load (name, &error);
    const VitrineNetworkSubnet none = { 0 };
    const VitrineNetworkSubnet *ipv4 = network != NULL ? &network->ipv4 : &none;

    info->name = g_strdup (name);
    info->problem = g_strdup (error != NULL ? error->message : "");
    info->mode = g_strdup (network != NULL ? vitrine_network_mode_to_string (network->mode) : "");
    info->bridge = net_store_dup_running_bridge (name);
    info->is_active =
        info->bridge != NULL || (network != NULL && vitrine_network_is_given (network));
    if (info->bridge == NULL)
        info->bridge = g_strdup (network != NULL && network->bridge != NULL ? network->bridge : "");
    info->ipv4 = describe_subnet (ipv4);
    info->ipv6 = describe_subnet (network != NULL ? &network->ipv6 : &none);
    info->dhcp = ipv4->range_start != NULL
                     ? g_strdup_printf ("%s-%s", ipv4->range_start, ipv4->range_end)
                     : g_strdup ("");
    info->domain = g_strdup (network != NULL && network->domain != NULL ? network->domain : "");
    info->autostart = net_store_get_autostart (name);
    return info;
}

GPtrArray *
vitrine_network_list (const char *name, GError **error)
{
    g_autoptr (GPtrArray) list =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_network_info_free);
    g_auto (GStrv) names = net_store_list ();

    for (gsize i = 0; names[i] != NULL; i++)
        if (name == NULL || g_str_equal (names[i], name))
            g_ptr_array_add (list, make_info (names[i]));
    if (name == NULL || list->len > 0)
        return g_steal_pointer (&list);
    net_store_load (name, error); /* says that there is none */
    return NULL;
}

/* --- making one ------------------------------------------------------------------------------- */

static void
add_taken (GHashTable *taken, const guint8 bytes[4])
{
    if (bytes[0] == 192 && bytes[1] == 168)
        g_hash_table_add (taken, GUINT_TO_POINTER (bytes[2]));
}

/* Which N of 192.168.N.0/24 this computer, or another network, has. */
static GHashTable *
find_taken (void)
{
    GHashTable *taken = g_hash_table_new (NULL, NULL);
    g_auto (GStrv) names = net_store_list ();
    struct ifaddrs *addresses = NULL;

    if (getifaddrs (&addresses) == 0)
        for (struct ifaddrs *a = addresses; a != NULL; a = a->ifa_next)
            if (a->ifa_addr != NULL && a->ifa_addr->sa_family == AF_INET)
                add_taken (taken,
                           (guint8 *) &((struct sockaddr_in *) (gpointer) a->ifa_addr)->sin_addr);
    freeifaddrs (addresses);
    for (gsize i = 0; names[i] != NULL; i++) {
        g_autoptr (VitrineNetwork) network = net_store_load (names[i], NULL);
        guint8 bytes[4];

        if (network != NULL && network->ipv4.address != NULL
            && inet_pton (AF_INET, network->ipv4.address, bytes) == 1)
            add_taken (taken, bytes);
    }
    return taken;
}

/* The same of NETWORKS, of VitrineNetworkInfo. */
static GHashTable *
find_taken_of (GPtrArray *networks)
{
    GHashTable *taken = g_hash_table_new (NULL, NULL);

    for (guint i = 0; i < networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (networks, i);
        g_auto (GStrv) parts = g_strsplit (info->ipv4, "/", 2);
        guint8 bytes[4];

        if (parts[0] != NULL && inet_pton (AF_INET, parts[0], bytes) == 1)
            add_taken (taken, bytes);
    }
    return taken;
}

static char *
choose_subnet (GPtrArray *networks)
{
    g_autoptr (GHashTable) taken = networks != NULL ? find_taken_of (networks) : find_taken ();
    guint n = FIRST_SUBNET;

    while (n < LAST_SUBNET && g_hash_table_contains (taken, GUINT_TO_POINTER (n)))
        n++;
    return g_strdup_printf ("192.168.%u.1/24", n);
}

/* "ADDRESS/PREFIX"; what is wrong with either, the text's reader says. */
static gboolean
set_subnet (VitrineNetworkSubnet *subnet, const char *text, GError **error)
{
    const char *slash = strchr (text, '/');
    guint64 prefix;

    if (slash == NULL || !g_ascii_string_to_unsigned (slash + 1, 10, 1, 128, &prefix, NULL))
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("“%s”: say an address and how long its prefix is, such as 192.168.150.1/24"), text);
    subnet->address = g_strndup (text, slash - text);
    subnet->prefix = (guint) prefix;
    return TRUE;
}

static gboolean
set_range (VitrineNetworkSubnet *subnet, const char *text, GError **error)
{
    const char *dash = strchr (text, '-');

    if (dash == NULL)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("“%s”: say the first and the last address that DHCP gives out, as "
               "FIRST-LAST, or none"),
            text);
    subnet->range_start = g_strndup (text, dash - text);
    subnet->range_end = g_strdup (dash + 1);
    return TRUE;
}

static gboolean
add_host (VitrineNetwork *network, const char *text, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (text, "=", 2);
    g_auto (GStrv) words = g_strsplit (parts[1] != NULL ? parts[1] : "", ",", 2);
    VitrineNetworkHost *host;

    if (words[0] == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: say MAC=ADDRESS or MAC=ADDRESS,NAME"), text);
    host = vitrine_network_add_host (network);
    host->mac = g_strdup (parts[0]);
    host->address = g_strdup (words[0]);
    host->name = g_strdup (words[1]);
    return TRUE;
}

static gboolean
set_ipv4 (VitrineNetwork *network, const VitrineNetworkSpec *spec, GPtrArray *networks,
          GError **error)
{
    g_autofree char *subnet =
        spec->subnet != NULL ? g_strdup (spec->subnet) : choose_subnet (networks);
    g_autofree char *range = NULL;

    if (network->mode == VITRINE_NETWORK_BRIDGED || g_str_equal (subnet, "none"))
        return TRUE;
    if (!set_subnet (&network->ipv4, subnet, error))
        return FALSE;
    if (spec->dhcp != NULL)
        return g_str_equal (spec->dhcp, "none") || set_range (&network->ipv4, spec->dhcp, error);
    range = vitrine_subnet_dup_range (subnet);
    return range == NULL || set_range (&network->ipv4, range, error);
}

static VitrineNetwork *
make_network (const VitrineNetworkSpec *spec, GPtrArray *networks, GError **error)
{
    g_autoptr (VitrineNetwork) network = vitrine_network_new ();

    network->name = g_strdup (spec->name);
    network->uuid = g_uuid_string_random ();
    network->domain = g_strdup (spec->domain);
    network->bridge = g_strdup (spec->bridge);
    network->uplink = g_strdup (spec->uplink);
    if (!vitrine_network_parse_mode (spec->mode != NULL ? spec->mode : "nat", &network->mode, error)
        || !set_ipv4 (network, spec, networks, error)
        || (spec->ipv6 != NULL && !set_subnet (&network->ipv6, spec->ipv6, error)))
        return NULL;
    network->nat_ipv6 = spec->ipv6 != NULL && network->mode == VITRINE_NETWORK_NAT;
    for (gsize i = 0; spec->hosts != NULL && spec->hosts[i] != NULL; i++)
        if (!add_host (network, spec->hosts[i], error))
            return NULL;
    return g_steal_pointer (&network);
}

gboolean
vitrine_network_create (const VitrineNetworkSpec *spec, GError **error)
{
    g_autoptr (VitrineNetwork) network = make_network (spec, NULL, error);

    return network != NULL && net_store_save (network, FALSE, error)
           && (!spec->autostart || net_store_set_autostart (network->name, TRUE, error));
}

char *
vitrine_network_spec_to_xml (const VitrineNetworkSpec *spec, GPtrArray *networks, GError **error)
{
    g_autoptr (VitrineNetwork) network = make_network (spec, networks, error);
    g_autofree char *xml = network != NULL ? vitrine_network_build (network) : NULL;
    g_autoptr (VitrineNetwork) read = NULL;

    if (xml != NULL && network->mode == VITRINE_NETWORK_BRIDGED && network->bridge == NULL
        && network->uplink == NULL) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("A bridged network is on a network card or a bridge of the host’s: say "
                           "which"));
        return NULL;
    }
    /* What is wrong with an address or a range is said in our own words. */
    read = xml != NULL ? vitrine_network_parse (xml, -1, error) : NULL;
    return read != NULL ? g_steal_pointer (&xml) : NULL;
}

gboolean
vitrine_network_define (const char *xml, gboolean replace, GError **error)
{
    g_autoptr (VitrineNetwork) network = vitrine_network_parse (xml, -1, error);

    if (network != NULL && network->uuid == NULL)
        network->uuid = g_uuid_string_random ();
    return network != NULL && net_store_save (network, replace, error);
}

gboolean
vitrine_network_replace (const char *name, const char *xml, GError **error)
{
    g_autoptr (VitrineNetwork) network = vitrine_network_parse (xml, -1, error);

    if (network == NULL)
        return FALSE;
    if (!g_str_equal (network->name, name))
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("The text names the network “%s”: a network keeps its name, “%s”"), network->name,
            name);
    if (network->uuid == NULL)
        network->uuid = g_uuid_string_random ();
    return net_store_save (network, TRUE, error);
}

gboolean
vitrine_network_set_autostart (const char *name, gboolean autostart, GError **error)
{
    g_autoptr (VitrineNetwork) network = net_store_load (name, error);

    return network != NULL && net_store_set_autostart (name, autostart, error);
}

char *
vitrine_network_dup_xml (const char *name, GError **error)
{
    return net_store_dup_xml (name, error);
}

gboolean
vitrine_network_delete (const char *name, GError **error)
{
    return net_store_delete (name, error);
}

/* --- starting and stopping -------------------------------------------------------------------- */

static void
start_thread (GTask *task, gpointer source, gpointer name, GCancellable *cancellable)
{
    GError *error = NULL;
    g_autofree char *program = native_paths_dup_program ("net-helper", "vitrine-net-helper");
    g_autoptr (VitrineNetwork) network = net_store_load (name, &error);
    g_autofree char *running = net_store_dup_running_bridge (name);

    if (network != NULL
        && (running != NULL || net_store_start (program, network, cancellable, &error)))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
stop_thread (GTask *task, gpointer source, gpointer name, GCancellable *cancellable)
{
    GError *error = NULL;
    g_autofree char *program = native_paths_dup_program ("net-helper", "vitrine-net-helper");

    if (net_store_stop (program, name, cancellable, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
run (const char *name, GTaskThreadFunc function, GCancellable *cancellable,
     GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (name), g_free);
    g_task_run_in_thread (task, function);
}

void
vitrine_network_start_async (const char *name, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    run (name, start_thread, cancellable, callback, user_data);
}

gboolean
vitrine_network_start_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

void
vitrine_network_stop_async (const char *name, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    run (name, stop_thread, cancellable, callback, user_data);
}

gboolean
vitrine_network_stop_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- leases ----------------------------------------------------------------------------------- */

/* "EXPIRES MAC ADDRESS NAME CLIENT-ID", dnsmasq's; NULL for a line that is not of an IPv4 guest. */
static VitrineLease *
parse_lease (const char *line)
{
    g_auto (GStrv) words = g_strsplit (line, " ", -1);
    VitrineLease *lease;

    if (g_strv_length (words) < 4 || !vitrine_definition_is_card_address (words[1]))
        return NULL;
    lease = g_new0 (VitrineLease, 1);
    lease->expires = g_ascii_strtoll (words[0], NULL, 10);
    lease->mac = g_strdup (words[1]);
    lease->address = g_strdup (words[2]);
    lease->name = g_strdup (g_str_equal (words[3], "*") ? "" : words[3]);
    return lease;
}

GPtrArray *
vitrine_network_leases (const char *name, GError **error)
{
    g_autoptr (GPtrArray) leases =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_lease_free);
    g_autofree char *running = net_store_dup_running_bridge (name);
    g_autofree char *path = g_build_filename (NET_RUN_FOLDER, name, NET_LEASES_FILE, NULL);
    g_autofree char *text = NULL;
    g_auto (GStrv) lines = NULL;

    if (running == NULL) {
        vitrine_refuse (error, VITRINE_ERROR_BUSY,
                        _ ("The network “%s” is not started; run “vitrinectl net start %s”"), name,
                        name);
        return NULL;
    }
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return g_steal_pointer (&leases); /* it has no DHCP */
    lines = g_strsplit (text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        VitrineLease *lease = parse_lease (*line);

        if (lease != NULL)
            g_ptr_array_add (leases, lease);
    }
    return g_steal_pointer (&leases);
}

char *
vitrine_network_dup_address (const char *source)
{
    g_auto (GStrv) words = g_strsplit (source, " ", -1); /* "network NAME MAC" */
    g_autoptr (GPtrArray) leases = NULL;

    if (g_strv_length (words) == 3 && g_str_equal (words[0], "network"))
        leases = vitrine_network_leases (words[1], NULL);
    for (guint i = 0; leases != NULL && i < leases->len; i++) {
        const VitrineLease *lease = g_ptr_array_index (leases, i);

        if (g_ascii_strcasecmp (lease->mac, words[2]) == 0)
            return g_strdup (lease->address);
    }
    return NULL;
}
