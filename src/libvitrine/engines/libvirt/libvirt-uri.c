/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-uri.c - what a libvirt URI says. */
#include "libvirt-uri.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "vitrine-private.h"

#define SYSTEM_FOLDER "/run/libvirt"

/* The drivers people meet, and the daemon of each where there are daemons by driver. */
static const struct {
    const char *driver;
    const char *title;
    const char *daemon; /* NULL: it runs in the program that asks */
} drivers[] = {
    { "qemu", "QEMU/KVM", "virtqemud" }, { "xen", "Xen", "virtxend" },
    { "lxc", "LXC", "virtlxcd" },        { "ch", "Cloud Hypervisor", "virtchd" },
    { "bhyve", "bhyve", "virtbhyved" },  { "vbox", "VirtualBox", "virtvboxd" },
    { "vz", "Virtuozzo", "virtvzd" },    { "test", "Test", NULL },
    { "esx", "VMware ESX", NULL },       { "vpx", "VMware vCenter", NULL },
    { "hyperv", "Hyper-V", NULL },
};

static gsize
find_driver (const char *name)
{
    gsize i = 0;

    while (i < G_N_ELEMENTS (drivers) && !g_str_equal (drivers[i].driver, name))
        i++;
    return i;
}

static void
read_query (LibvirtUri *self, const char *query)
{
    g_autoptr (GHashTable) parameters =
        query != NULL ? g_uri_parse_params (query, -1, "&;", G_URI_PARAMS_NONE, NULL) : NULL;

    if (parameters == NULL)
        return;
    self->socket = g_strdup (g_hash_table_lookup (parameters, "socket"));
    self->command = g_strdup (g_hash_table_lookup (parameters, "command"));
    self->keyfile = g_strdup (g_hash_table_lookup (parameters, "keyfile"));
}

LibvirtUri *
libvirt_uri_parse (const char *text, GError **error)
{
    g_autoptr (GError) reason = NULL;
    g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED_QUERY, &reason);
    LibvirtUri *self;
    g_auto (GStrv) parts = NULL;

    if (uri == NULL) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is no host of libvirt: %s"), text,
                        reason->message);
        return NULL;
    }
    parts = g_strsplit (g_uri_get_scheme (uri), "+", 2);
    self = g_new0 (LibvirtUri, 1);
    self->driver = g_strdup (parts[0]);
    self->transport = g_strdup (parts[1] != NULL ? parts[1] : "");
    self->user = g_strdup (g_uri_get_user (uri));
    self->port = g_uri_get_port (uri);
    self->host = g_strdup (g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : "");
    self->path = g_strdup (g_uri_get_path (uri));
    read_query (self, g_uri_get_query (uri));
    return self;
}

void
libvirt_uri_free (LibvirtUri *self)
{
    if (self == NULL)
        return;
    g_free (self->driver);
    g_free (self->transport);
    g_free (self->user);
    g_free (self->host);
    g_free (self->path);
    g_free (self->socket);
    g_free (self->command);
    g_free (self->keyfile);
    g_free (self);
}

gboolean
libvirt_uri_is_session (const LibvirtUri *self)
{
    return g_str_equal (self->path, "/session");
}

char *
libvirt_uri_dup_title (const LibvirtUri *self)
{
    gsize i = find_driver (self->driver);
    const char *driver = i < G_N_ELEMENTS (drivers) ? drivers[i].title : self->driver;

    if (*self->host != '\0')
        /* Translators: a kind of hypervisor, and a computer's name */
        return g_strdup_printf (_ ("%s on %s"), driver, self->host);
    if (libvirt_uri_is_session (self))
        /* Translators: a kind of hypervisor; its machines are one user's */
        return g_strdup_printf (_ ("%s, own session"), driver);
    return g_strdup (driver);
}

char *
libvirt_uri_dup_socket (const LibvirtUri *self)
{
    gsize i = find_driver (self->driver);
    g_autofree char *folder = NULL;
    g_autofree char *own_name = NULL;
    g_autofree char *own = NULL;
    g_autofree char *common = NULL;

    if (self->socket != NULL && *self->host == '\0')
        return g_strdup (self->socket);
    if (*self->host != '\0' || i == G_N_ELEMENTS (drivers) || drivers[i].daemon == NULL)
        return NULL;
    folder = libvirt_uri_is_session (self)
                 ? g_build_filename (g_get_user_runtime_dir (), "libvirt", NULL)
                 : g_strdup (SYSTEM_FOLDER);
    own_name = g_strconcat (drivers[i].daemon, "-sock", NULL);
    own = g_build_filename (folder, own_name, NULL);
    common = g_build_filename (folder, "libvirt-sock", NULL);
    return g_strdup (access (own, F_OK) == 0 ? own : common);
}
