/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-network.c - networks of a libvirt host. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-resource.h"
#include "libvirt-tree.h"
#include "vitrine-private.h"

#define UPDATE_TRIES    5
#define UPDATE_PAUSE_US 200000

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

static xmlDoc *
read_text (virNetworkPtr network, unsigned int flags)
{
    char *text = virNetworkGetXMLDesc (network, flags);
    xmlDoc *document = text != NULL ? libvirt_tree_parse (text, "network", NULL) : NULL;

    free (text);
    return document;
}

/* What a form can change of a network, in a line; a bridge or a device that libvirt chose itself is none of it. */
static char *
describe (const xmlNode *root)
{
    g_autofree char *mode = dup_mode (root);
    g_autofree char *domain = libvirt_tree_dup_of_child (root, "domain", "name");
    const xmlNode *forward = libvirt_tree_find_child (root, "forward");
    g_autofree char *device = libvirt_tree_dup_of_child (forward, "interface", "dev");
    GString *text = g_string_new (NULL);

    g_string_append_printf (text, "%s %s %s", mode, domain,
                            g_str_equal (mode, "bridged") ? device : "");
    for (const xmlNode *node = root->children; node != NULL; node = node->next)
        if (libvirt_tree_is_called (node, "ip")) {
            const xmlNode *dhcp = libvirt_tree_find_child (node, "dhcp");
            g_autofree char *subnet = describe_ip (node);
            g_autofree char *start = libvirt_tree_dup_of_child (dhcp, "range", "start");
            g_autofree char *end = libvirt_tree_dup_of_child (dhcp, "range", "end");

            g_string_append_printf (text, " %s %s-%s", subnet, start, end);
        }
    return g_string_free (text, FALSE);
}

/* Whether the definition of NETWORK, which runs as LIVE says, is another. */
static gboolean
waits (virNetworkPtr network, const xmlNode *live)
{
    g_autoptr (xmlDoc) document = read_text (network, VIR_NETWORK_XML_INACTIVE);
    g_autofree char *now = describe (live);
    g_autofree char *next =
        document != NULL ? describe (xmlDocGetRootElement (document)) : g_strdup (now);

    return !g_str_equal (now, next);
}

static VitrineNetworkInfo *
read_network (virNetworkPtr network)
{
    VitrineNetworkInfo *info = g_new0 (VitrineNetworkInfo, 1);
    g_autoptr (xmlDoc) document = read_text (network, 0);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    int autostart = 0;

    info->name = g_strdup (virNetworkGetName (network));
    info->is_active = virNetworkIsActive (network) > 0;
    info->waits = info->is_active && root != NULL && waits (network, root);
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
    libvirt_resource_answer_list (answer, list);
}

static void
list_one (virNetworkPtr network, GTask *answer)
{
    GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_network_info_free);

    g_ptr_array_add (list, read_network (network));
    libvirt_resource_answer_list (answer, list);
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
    libvirt_resource_answer_list (answer, list);
}

/* --- changes ---------------------------------------------------------------------------------- */

/* Whether the network that ROOT says has SUBNET. */
static gboolean
has_subnet (const xmlNode *root, const char *subnet)
{
    for (const xmlNode *node = root->children; node != NULL; node = node->next) {
        g_autofree char *its = libvirt_tree_is_called (node, "ip") ? describe_ip (node) : NULL;

        if (g_strcmp0 (its, subnet) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The subnets that XML says and OWN (or NULL) does not: char *.  (transfer full) */
static GPtrArray *
read_new_subnets (const char *xml, const xmlNode *own)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "network", NULL);
    const xmlNode *node = document != NULL ? xmlDocGetRootElement (document)->children : NULL;
    GPtrArray *subnets = g_ptr_array_new_with_free_func (g_free);

    for (; node != NULL; node = node->next) {
        g_autofree char *subnet = libvirt_tree_is_called (node, "ip") ? describe_ip (node) : NULL;

        if (subnet != NULL && (own == NULL || !has_subnet (own, subnet)))
            g_ptr_array_add (subnets, g_steal_pointer (&subnet));
    }
    return subnets;
}

/* All of SUBNETS against all of OTHER's. */
static gboolean
check_against (GPtrArray *subnets, virNetworkPtr other, GError **error)
{
    g_autoptr (xmlDoc) document = read_text (other, 0);
    const xmlNode *node = document != NULL ? xmlDocGetRootElement (document)->children : NULL;

    for (; node != NULL; node = node->next) {
        g_autofree char *taken = libvirt_tree_is_called (node, "ip") ? describe_ip (node) : NULL;

        for (guint i = 0; taken != NULL && i < subnets->len; i++)
            if (!vitrine_network_refuse_overlap (g_ptr_array_index (subnets, i), taken,
                                                 virNetworkGetName (other), error))
                return FALSE;
    }
    return TRUE;
}

/* libvirt finds out when it starts the second one, and then with whatever is up.  What the network NAME has already, as
 * OWN (or NULL) says, is no news. */
static gboolean
check_subnets (virConnectPtr connection, const char *xml, const char *name, const xmlNode *own,
               GError **error)
{
    g_autoptr (GPtrArray) subnets = read_new_subnets (xml, own);
    virNetworkPtr *networks = NULL;
    int n = subnets->len > 0 ? virConnectListAllNetworks (connection, &networks, 0) : 0;
    gboolean good = TRUE;

    for (int i = 0; i < n; i++) {
        good = good
               && (g_str_equal (virNetworkGetName (networks[i]), name)
                   || check_against (subnets, networks[i], error));
        virNetworkFree (networks[i]);
    }
    free (networks);
    return good;
}

/* The first range of DHCP's that ROOT says, as an element; NULL for none.  (transfer full) */
static char *
dup_range (const xmlNode *root, gboolean *has_ip)
{
    const xmlNode *ip = libvirt_tree_find_child (root, "ip");
    xmlNode *range = libvirt_tree_find_child (libvirt_tree_find_child (ip, "dhcp"), "range");
    g_autofree char *start = libvirt_tree_dup_attribute (range, "start");
    g_autofree char *end = libvirt_tree_dup_attribute (range, "end");

    *has_ip = ip != NULL;
    return range != NULL ? g_markup_printf_escaped ("<range start='%s' end='%s'/>", start, end)
                         : NULL;
}

static gboolean
has_same_subnet (const xmlNode *one, const xmlNode *other)
{
    g_autofree char *a = describe_ip (libvirt_tree_find_child (one, "ip"));
    g_autofree char *b = describe_ip (libvirt_tree_find_child (other, "ip"));

    return g_str_equal (a, b);
}

/* libvirt starts its DHCP server anew each time, which may be refused while the last one is about to end. */
static gboolean
change_range (virNetworkPtr network, unsigned int command, const char *range)
{
    for (guint i = 0; i < UPDATE_TRIES; i++) {
        if (i > 0)
            g_usleep (UPDATE_PAUSE_US);
        if (virNetworkUpdate (network, command, VIR_NETWORK_SECTION_IP_DHCP_RANGE, 0, range,
                              VIR_NETWORK_UPDATE_AFFECT_LIVE)
            == 0)
            return TRUE;
        if (libvirt_error_map (virGetLastErrorCode ()) != VITRINE_ERROR_ENGINE)
            return FALSE;
    }
    return FALSE;
}

/* What libvirt can change of a network that runs, and a form can, too, is the range of DHCP; BEFORE is how it runs.  The new
 * one comes first, so that guests get addresses at every moment; what is refused counts from the next start. */
static void
update (virNetworkPtr network, const xmlNode *before)
{
    g_autoptr (xmlDoc) document = read_text (network, VIR_NETWORK_XML_INACTIVE);
    gboolean had, has;
    g_autofree char *old = dup_range (before, &had);
    g_autofree char *new =
        document != NULL ? dup_range (xmlDocGetRootElement (document), &has) : NULL;

    if (document == NULL || !had || !has || g_strcmp0 (old, new) == 0)
        return;
    if (!has_same_subnet (before, xmlDocGetRootElement (document)))
        return;
    if (new != NULL && !change_range (network, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, new))
        return;
    if (old != NULL)
        change_range (network, VIR_NETWORK_UPDATE_COMMAND_DELETE, old);
}

static void
define (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    g_autofree char *name = libvirt_resource_dup_name (answer, request->xml, "network");
    virNetworkPtr other = name != NULL ? virNetworkLookupByName (connection, name) : NULL;
    g_autoptr (xmlDoc) before = other != NULL ? read_text (other, 0) : NULL;
    const xmlNode *own = before != NULL ? xmlDocGetRootElement (before) : NULL;
    gboolean runs = other != NULL && virNetworkIsActive (other) > 0;
    virNetworkPtr defined;
    GError *error = NULL;

    if (other != NULL)
        virNetworkFree (other);
    if (name == NULL)
        return;
    if (other != NULL && request->action == VITRINE_RESOURCE_DEFINE) {
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_EXISTS,
                                 _ ("There is a network “%s” already"), name);
        return;
    }
    if (!check_subnets (connection, request->xml, name, own, &error)) {
        g_task_return_error (answer, error);
        return;
    }
    /* libvirt drops what it does not know. */
    defined = virNetworkDefineXMLFlags (connection, request->xml, VIR_NETWORK_DEFINE_VALIDATE);
    if (defined != NULL && runs && own != NULL)
        update (defined, own);
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
    case VITRINE_RESOURCE_NO_AUTOSTART:
        libvirt_resource_answer (
            answer,
            virNetworkSetAutostart (network, request->action == VITRINE_RESOURCE_AUTOSTART) == 0,
            name);
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
