/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-network.c - networks of a libvirt host. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-resource.h"
#include "libvirt-tree.h"

/* --- what there is ---------------------------------------------------------------------------- */

/* libvirt's word in ours; one of its own stays. */
static char *
dup_mode (const xmlNode *root)
{
    static const struct {
        const char *libvirt, *mode;
    } words[] = {
        { "nat", "nat" },
        { "route", "routed" },
        { "bridge", "bridged" },
    };
    const xmlNode *forward = libvirt_tree_find_child (root, "forward");
    g_autofree char *word = libvirt_tree_dup_attribute (forward, "mode");

    if (forward == NULL)
        return g_strdup ("isolated");
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_str_equal (words[i].libvirt, word))
            return g_strdup (words[i].mode);
    return *word != '\0' ? g_steal_pointer (&word) : g_strdup ("nat");
}

/* "255.255.255.0" is 24. */
static guint
count_bits (const char *mask)
{
    g_auto (GStrv) bytes = g_strsplit (mask, ".", -1);
    guint bits = 0;

    for (gsize i = 0; bytes[i] != NULL; i++)
        for (guint byte = (guint) g_ascii_strtoull (bytes[i], NULL, 10) & 0xff; byte != 0;
             byte &= byte - 1)
            bits++;
    return bits;
}

/* "192.168.122.1/24" */
static char *
describe_ip (const xmlNode *ip)
{
    g_autofree char *address = libvirt_tree_dup_attribute (ip, "address");
    g_autofree char *prefix = libvirt_tree_dup_attribute (ip, "prefix");
    g_autofree char *mask = libvirt_tree_dup_attribute (ip, "netmask");

    return *prefix != '\0' ? g_strdup_printf ("%s/%s", address, prefix)
                           : g_strdup_printf ("%s/%u", address, count_bits (mask));
}

static void
read_subnets (VitrineNetworkInfo *info, const xmlNode *root)
{
    for (const xmlNode *node = root->children; node != NULL; node = node->next) {
        gboolean is_ip = libvirt_tree_is_called (node, "ip");
        gboolean is_ipv6 = is_ip && libvirt_tree_has_attribute (node, "family", "ipv6");
        char **subnet = is_ipv6 ? &info->ipv6 : &info->ipv4;
        const xmlNode *range;

        if (!is_ip || *subnet != NULL)
            continue;
        *subnet = describe_ip (node);
        range = libvirt_tree_find_child (libvirt_tree_find_child (node, "dhcp"), "range");
        if (!is_ipv6 && range != NULL) {
            g_autofree char *start = libvirt_tree_dup_attribute (range, "start");
            g_autofree char *end = libvirt_tree_dup_attribute (range, "end");

            info->dhcp = g_strdup_printf ("%s-%s", start, end);
        }
    }
}

static VitrineNetworkInfo *
read_network (virNetworkPtr network)
{
    VitrineNetworkInfo *info = g_new0 (VitrineNetworkInfo, 1);
    char *text = virNetworkGetXMLDesc (network, 0);
    g_autoptr (xmlDoc) document = text != NULL ? libvirt_tree_parse (text, "network", NULL) : NULL;
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    int autostart = 0;

    free (text);
    info->name = g_strdup (virNetworkGetName (network));
    info->is_active = virNetworkIsActive (network) > 0;
    virNetworkGetAutostart (network, &autostart);
    info->autostart = autostart != 0;
    info->problem = g_strdup ("");
    info->bridge = libvirt_tree_dup_of_child (root, "bridge", "name");
    info->domain = libvirt_tree_dup_of_child (root, "domain", "name");
    info->mode = root != NULL ? dup_mode (root) : g_strdup ("");
    if (root != NULL)
        read_subnets (info, root);
    info->ipv4 = info->ipv4 != NULL ? info->ipv4 : g_strdup ("");
    info->ipv6 = info->ipv6 != NULL ? info->ipv6 : g_strdup ("");
    info->dhcp = info->dhcp != NULL ? info->dhcp : g_strdup ("");
    return info;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
    return g_strcmp0 ((*(VitrineNetworkInfo *const *) a)->name,
                      (*(VitrineNetworkInfo *const *) b)->name);
}

static void
list_all (virConnectPtr connection, GTask *answer)
{
    GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_network_info_free);
    virNetworkPtr *networks = NULL;
    int n = virConnectListAllNetworks (connection, &networks, 0);

    if (n < 0) {
        g_ptr_array_unref (list);
        libvirt_resource_answer (answer, FALSE, "");
        return;
    }
    for (int i = 0; i < n; i++) {
        g_ptr_array_add (list, read_network (networks[i]));
        virNetworkFree (networks[i]);
    }
    free (networks);
    g_ptr_array_sort (list, compare_names);
    g_task_return_pointer (answer, list, (GDestroyNotify) g_ptr_array_unref);
}

static void
list_one (virNetworkPtr network, GTask *answer)
{
    GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_network_info_free);

    g_ptr_array_add (list, read_network (network));
    g_task_return_pointer (answer, list, (GDestroyNotify) g_ptr_array_unref);
}

static char *
dup_or_none (const char *text)
{
    return g_strdup (text != NULL ? text : "");
}

static void
list_leases (virNetworkPtr network, GTask *answer, const char *name)
{
    virNetworkDHCPLeasePtr *found = NULL;
    int n = virNetworkGetDHCPLeases (network, NULL, &found, 0);
    GPtrArray *list;

    if (n < 0) {
        libvirt_resource_answer (answer, FALSE, name);
        return;
    }
    list = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_lease_free);
    for (int i = 0; i < n; i++) {
        VitrineLease *lease = g_new0 (VitrineLease, 1);

        lease->mac = dup_or_none (found[i]->mac);
        lease->address = dup_or_none (found[i]->ipaddr);
        lease->name = dup_or_none (found[i]->hostname);
        lease->expires = found[i]->expirytime;
        g_ptr_array_add (list, lease);
        virNetworkDHCPLeaseFree (found[i]);
    }
    free (found);
    g_task_return_pointer (answer, list, (GDestroyNotify) g_ptr_array_unref);
}

/* --- changes ---------------------------------------------------------------------------------- */

static void
define (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    g_autofree char *name = libvirt_resource_dup_name (answer, request->xml, "network");
    virNetworkPtr other, defined;

    if (name == NULL)
        return;
    other = request->action == VITRINE_RESOURCE_DEFINE ? virNetworkLookupByName (connection, name)
                                                       : NULL;
    if (other != NULL) {
        virNetworkFree (other);
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_EXISTS,
                                 _ ("There is a network “%s” already"), name);
        return;
    }
    /* libvirt drops what it does not know. */
    defined = virNetworkDefineXMLFlags (connection, request->xml, VIR_NETWORK_DEFINE_VALIDATE);
    libvirt_resource_answer (answer, defined != NULL, name);
    if (defined != NULL)
        virNetworkFree (defined);
}

/* Drivers that have one text for both know no flag for it. */
static char *
dump (virNetworkPtr network)
{
    char *text = virNetworkGetXMLDesc (network, VIR_NETWORK_XML_INACTIVE);

    return text != NULL ? text : virNetworkGetXMLDesc (network, 0);
}

static void
change (virNetworkPtr network, const VitrineResourceRequest *request, GTask *answer)
{
    const char *name = request->name;

    switch (request->action) {
    case VITRINE_RESOURCE_LIST:
        list_one (network, answer);
        break;
    case VITRINE_RESOURCE_DUMP:
        libvirt_resource_answer_text (answer, dump (network), name);
        break;
    case VITRINE_RESOURCE_START:
        libvirt_resource_answer (
            answer, virNetworkIsActive (network) > 0 || virNetworkCreate (network) == 0, name);
        break;
    case VITRINE_RESOURCE_STOP:
        libvirt_resource_answer (answer, virNetworkDestroy (network) == 0, name);
        break;
    case VITRINE_RESOURCE_AUTOSTART:
        libvirt_resource_answer (answer, virNetworkSetAutostart (network, 1) == 0, name);
        break;
    case VITRINE_RESOURCE_DELETE:
        if (virNetworkIsActive (network) > 0)
            g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                                     _ ("The network “%s” is started; stop it first"), name);
        else
            libvirt_resource_answer (answer, virNetworkUndefine (network) == 0, name);
        break;
    default:
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("This cannot be done to a network"));
    }
}

void
libvirt_network_ask (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    gboolean leases = request->kind == VITRINE_RESOURCE_LEASE;
    const char *name = leases ? request->parent : request->name;
    virNetworkPtr network;

    if (request->action == VITRINE_RESOURCE_DEFINE || request->action == VITRINE_RESOURCE_REPLACE) {
        define (connection, request, answer);
        return;
    }
    if (name == NULL) {
        list_all (connection, answer);
        return;
    }
    network = virNetworkLookupByName (connection, name);
    if (network == NULL)
        libvirt_resource_answer (answer, FALSE, name);
    else if (leases)
        list_leases (network, answer, name);
    else
        change (network, request, answer);
    if (network != NULL)
        virNetworkFree (network);
}
