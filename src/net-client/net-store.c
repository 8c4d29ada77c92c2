/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-store.c - this user's networks, and which of this computer's run. */
#include "net-store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "definition.h"
#include "net-client.h"
#include "vitrine-error.h"

#define TEXT      ".xml"
#define AUTOSTART ".autostart"

static char *
dup_folder (void)
{
    return g_build_filename (g_get_user_data_dir (), "vitrine", "networks", NULL);
}

static char *
dup_path (const char *name, const char *ending)
{
    g_autofree char *folder = dup_folder ();
    g_autofree char *file = g_strconcat (name, ending, NULL);

    return g_build_filename (folder, file, NULL);
}

static int
compare (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GStrv
net_store_list (void)
{
    g_autofree char *folder = dup_folder ();
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new ();
    const char *file;

    while (dir && (file = g_dir_read_name (dir))) {
        g_autofree char *name =
            g_str_has_suffix (file, TEXT) ? g_strndup (file, strlen (file) - strlen (TEXT)) : NULL;

        if (name && vitrine_definition_is_network_name (name))
            g_ptr_array_add (names, g_steal_pointer (&name));
    }
    g_ptr_array_sort (names, compare);
    g_ptr_array_add (names, NULL);
    return (GStrv) g_ptr_array_free (names, FALSE);
}

static gboolean
refuse_none (const char *name, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                 _ ("There is no network “%s”; “vitrinectl net list” shows which there are"), name);
    return FALSE;
}

char *
net_store_dup_xml (const char *name, GError **error)
{
    g_autofree char *path = dup_path (name, TEXT);
    g_autoptr (GError) local = NULL;
    GStatBuf st;
    char *xml;

    if (!vitrine_definition_is_network_name (name) || g_stat (path, &st) < 0) {
        refuse_none (name, error);
        return NULL;
    }
    if (st.st_size <= VITRINE_NETWORK_MAX_BYTES && g_file_get_contents (path, &xml, NULL, &local))
        return xml;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                 _ ("The network “%s” cannot be read: %s"), name,
                 local ? local->message : _ ("its text is too long"));
    return NULL;
}

VitrineNetwork *
net_store_load (const char *name, GError **error)
{
    g_autofree char *xml = net_store_dup_xml (name, error);
    g_autoptr (VitrineNetwork) self = xml ? vitrine_network_parse (xml, -1, error) : NULL;

    if (!self || strcmp (self->name, name) == 0)
        return g_steal_pointer (&self);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("The text of the network “%s” names another"), name);
    return NULL;
}

static gboolean
write_file (const char *path, const char *text, GError **error)
{
    g_autofree char *folder = dup_folder ();
    g_autoptr (GError) local = NULL;

    if (g_mkdir_with_parents (folder, 0700) == 0
        && g_file_set_contents_full (path, text, -1,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                     0600, &local))
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be written: %s"), path,
                 local ? local->message : g_strerror (errno));
    return FALSE;
}

gboolean
net_store_save (const VitrineNetwork *self, gboolean replace, GError **error)
{
    g_autofree char *path = dup_path (self->name, TEXT);
    g_autofree char *xml = vitrine_network_build (self);
    g_autoptr (VitrineNetwork) read = vitrine_network_parse (xml, -1, error);

    if (!read)
        return FALSE;
    if (!replace && g_file_test (path, G_FILE_TEST_EXISTS)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_EXISTS,
                     _ ("There is a network “%s” already"), self->name);
        return FALSE;
    }
    return write_file (path, xml, error);
}

static gboolean
remove_file (const char *path, GError **error)
{
    if (g_unlink (path) == 0)
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be removed: %s"), path,
                 g_strerror (errno));
    return FALSE;
}

gboolean
net_store_delete (const char *name, GError **error)
{
    g_autofree char *path = dup_path (name, TEXT);
    g_autofree char *bridge = net_store_dup_running_bridge (name);

    if (!vitrine_definition_is_network_name (name) || !g_file_test (path, G_FILE_TEST_EXISTS))
        return refuse_none (name, error);
    if (bridge) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     _ ("The network “%s” is started; stop it first"), name);
        return FALSE;
    }
    net_store_set_autostart (name, FALSE, NULL);
    return remove_file (path, error);
}

gboolean
net_store_get_autostart (const char *name)
{
    g_autofree char *path = dup_path (name, AUTOSTART);

    return g_file_test (path, G_FILE_TEST_EXISTS);
}

gboolean
net_store_set_autostart (const char *name, gboolean autostart, GError **error)
{
    g_autofree char *path = dup_path (name, AUTOSTART);

    if (autostart)
        return write_file (path, "", error);
    return !g_file_test (path, G_FILE_TEST_EXISTS) || remove_file (path, error);
}

/* --- those that run -------------------------------------------------------------------------- */

char *
net_store_dup_running_bridge (const char *name)
{
    g_autofree char *path = g_build_filename (NET_RUN_FOLDER, name, NET_STATE_FILE, NULL);
    g_autofree char *text = NULL;
    g_auto (GStrv) lines = NULL;

    if (!vitrine_definition_is_network_name (name)
        || !g_file_get_contents (path, &text, NULL, NULL))
        return NULL;
    lines = g_strsplit (text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix (*line, "bridge="))
            return g_strdup (*line + strlen ("bridge="));
    return NULL;
}

/* --- starting and stopping ------------------------------------------------------------------- */

static void
set_subnet (struct net_subnet *to, const VitrineNetworkSubnet *from, int family)
{
    if (!from->address)
        return;
    inet_pton (family, from->address, to->address);
    to->prefix = (guint8) from->prefix;
    to->has_dhcp = from->range_start != NULL;
    if (!to->has_dhcp)
        return;
    inet_pton (family, from->range_start, to->range_start);
    inet_pton (family, from->range_end, to->range_end);
}

static void
set_host (struct net_host *to, const VitrineNetworkHost *from)
{
    net_client_parse_mac (from->mac, to->mac);
    inet_pton (AF_INET, from->address, to->address);
    g_strlcpy (to->name, from->name ? from->name : "", sizeof to->name);
}

gboolean
net_store_start (const char *program, const VitrineNetwork *self, GCancellable *cancellable,
                 GError **error)
{
    static const enum net_forward forwards[] = { NET_FORWARD_NONE, NET_FORWARD_NAT,
                                                 NET_FORWARD_ROUTE, NET_FORWARD_BRIDGE };
    gsize size = sizeof (struct net_start) + self->hosts->len * sizeof (struct net_host);
    g_autofree struct net_start *start = NULL;
    struct net_reply reply;

    if (vitrine_network_is_given (self))
        return TRUE; /* it is there, or it is not */
    start = g_malloc0 (size);
    start->header = (struct net_header){ NET_VERSION, NET_START };
    g_strlcpy (start->name, self->name, sizeof start->name);
    g_strlcpy (start->bridge, self->bridge ? self->bridge : "", sizeof start->bridge);
    g_strlcpy (start->uplink, self->uplink ? self->uplink : "", sizeof start->uplink);
    g_strlcpy (start->domain, self->domain ? self->domain : "", sizeof start->domain);
    start->forward = forwards[self->mode];
    start->flags = (self->nat_ipv6 ? NET_FLAG_NAT6 : 0) | (self->no_dns ? NET_FLAG_NO_DNS : 0);
    set_subnet (&start->ipv4, &self->ipv4, AF_INET);
    set_subnet (&start->ipv6, &self->ipv6, AF_INET6);
    start->n_hosts = self->hosts->len;
    for (guint i = 0; i < self->hosts->len; i++)
        set_host (&start->hosts[i], g_ptr_array_index (self->hosts, i));
    return net_client_call (program, start, size, &reply, NULL, cancellable, error);
}

gboolean
net_store_stop (const char *program, const char *name, GCancellable *cancellable, GError **error)
{
    struct net_stop stop = { .header = { NET_VERSION, NET_STOP } };
    struct net_reply reply;

    if (!vitrine_definition_is_network_name (name))
        return refuse_none (name, error);
    g_strlcpy (stop.name, name, sizeof stop.name);
    return net_client_call (program, &stop, sizeof stop, &reply, NULL, cancellable, error);
}
