/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-network.c - the networks of a fake host. */
#include "fake-network.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition-network.h"
#include "vitrine-error.h"
#include "vitrine-private.h"

struct _FakeNetworks {
    GKeyFile *file;
    FakeFaults *faults;
    GPtrArray *networks; /* of VitrineNetworkInfo */
};

typedef struct {
    FakeNetworks *networks;
    VitrineResourceRequest *request;
} Asking;

static void
asking_free (gpointer data)
{
    Asking *asking = data;

    vitrine_resource_request_free (asking->request);
    g_free (asking);
}

static VitrineNetworkInfo *
read_network (GKeyFile *file, const char *group)
{
    VitrineNetworkInfo *info = g_new0 (VitrineNetworkInfo, 1);

    info->name = g_strdup (group + strlen ("network "));
    info->mode = fake_dup_key (file, group, "mode");
    info->bridge = fake_dup_key (file, group, "bridge");
    info->ipv4 = fake_dup_key (file, group, "ipv4");
    info->ipv6 = fake_dup_key (file, group, "ipv6");
    info->dhcp = fake_dup_key (file, group, "dhcp");
    info->domain = fake_dup_key (file, group, "domain");
    info->problem = fake_dup_key (file, group, "problem");
    info->is_active = g_key_file_get_boolean (file, group, "active", NULL);
    info->autostart = g_key_file_get_boolean (file, group, "autostart", NULL);
    return info;
}

static VitrineNetworkInfo *
copy_network (const VitrineNetworkInfo *info)
{
    VitrineNetworkInfo *copy = g_memdup2 (info, sizeof *info);

    copy->name = g_strdup (info->name);
    copy->mode = g_strdup (info->mode);
    copy->bridge = g_strdup (info->bridge);
    copy->ipv4 = g_strdup (info->ipv4);
    copy->ipv6 = g_strdup (info->ipv6);
    copy->dhcp = g_strdup (info->dhcp);
    copy->domain = g_strdup (info->domain);
    copy->problem = g_strdup (info->problem);
    return copy;
}

FakeNetworks *
fake_networks_new (GKeyFile *file, FakeFaults *faults)
{
    FakeNetworks *self = g_new0 (FakeNetworks, 1);
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

    self->file = g_key_file_ref (file);
    self->faults = fake_faults_ref (faults);
    self->networks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_network_info_free);
    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix (groups[i], "network "))
            g_ptr_array_add (self->networks, read_network (file, groups[i]));
    return self;
}

void
fake_networks_free (FakeNetworks *self)
{
    if (self == NULL)
        return;
    g_key_file_unref (self->file);
    fake_faults_unref (self->faults);
    g_ptr_array_unref (self->networks);
    g_free (self);
}

static VitrineNetworkInfo *
find (FakeNetworks *self, const char *name, GError **error)
{
    for (guint i = 0; i < self->networks->len; i++) {
        VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);

        if (g_strcmp0 (info->name, name) == 0)
            return info;
    }
    vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, "There is no network “%s”", name);
    return NULL;
}

/* --- what there is ---------------------------------------------------------------------------- */

static GPtrArray *
list_networks (FakeNetworks *self, const char *name, GError **error)
{
    GPtrArray *found;

    if (name != NULL && find (self, name, error) == NULL)
        return NULL;
    found = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_network_info_free);
    for (guint i = 0; i < self->networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);

        if (name == NULL || g_str_equal (info->name, name))
            g_ptr_array_add (found, copy_network (info));
    }
    return found;
}

static GPtrArray *
list_leases (FakeNetworks *self, const char *name, GError **error)
{
    const VitrineNetworkInfo *info = find (self, name, error);
    g_autofree char *group = g_strconcat ("network ", name, NULL);
    g_auto (GStrv) leases = NULL;
    GPtrArray *found;

    if (info == NULL)
        return NULL;
    if (!info->is_active) {
        vitrine_refuse (error, VITRINE_ERROR_BUSY, "The network “%s” is not started", name);
        return NULL;
    }
    found = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_lease_free);
    leases = g_key_file_get_string_list (self->file, group, "leases", NULL, NULL);
    for (guint i = 0; leases != NULL && leases[i] != NULL; i++) {
        g_auto (GStrv) parts = g_strsplit (leases[i], "|", 3);
        VitrineLease *lease = g_new0 (VitrineLease, 1);

        lease->mac = g_strdup (parts[0]);
        lease->address = g_strdup (parts[0] != NULL ? parts[1] : NULL);
        lease->name = g_strdup (g_strv_length (parts) > 2 ? parts[2] : "");
        g_ptr_array_add (found, lease);
    }
    return found;
}

/* --- what is done to them --------------------------------------------------------------------- */

static char *
describe_subnet (const VitrineNetworkSubnet *subnet)
{
    return subnet->address != NULL ? g_strdup_printf ("%s/%u", subnet->address, subnet->prefix)
                                   : g_strdup ("");
}

static gboolean
check_subnets (FakeNetworks *self, const VitrineNetworkInfo *info, GError **error)
{
    for (guint i = 0; i < self->networks->len; i++) {
        const VitrineNetworkInfo *other = g_ptr_array_index (self->networks, i);

        if (!g_str_equal (other->name, info->name)
            && (!vitrine_network_refuse_overlap (info->ipv4, other->ipv4, other->name, error)
                || !vitrine_network_refuse_overlap (info->ipv6, other->ipv6, other->name, error)))
            return FALSE;
    }
    return TRUE;
}

static VitrineNetworkInfo *
make_info (const VitrineNetwork *network)
{
    VitrineNetworkInfo *info = g_new0 (VitrineNetworkInfo, 1);

    info->name = g_strdup (network->name);
    info->mode = g_strdup (vitrine_network_mode_to_string (network->mode));
    info->bridge = g_strdup (network->bridge != NULL ? network->bridge : "");
    info->ipv4 = describe_subnet (&network->ipv4);
    info->ipv6 = describe_subnet (&network->ipv6);
    info->dhcp = network->ipv4.range_start != NULL
                     ? g_strdup_printf ("%s-%s", network->ipv4.range_start, network->ipv4.range_end)
                     : g_strdup ("");
    info->domain = g_strdup (network->domain != NULL ? network->domain : "");
    info->problem = g_strdup ("");
    return info;
}

/* Of one that runs the range counts at once, and all else from the next start, as on a libvirt host. */
static gboolean
define (FakeNetworks *self, const VitrineResourceRequest *request, GError **error)
{
    g_autoptr (VitrineNetwork) network = vitrine_network_parse (request->xml, -1, error);
    VitrineNetworkInfo *info, *before;

    if (network == NULL)
        return FALSE;
    before = find (self, network->name, NULL);
    if (before != NULL && request->action == VITRINE_RESOURCE_DEFINE)
        return vitrine_refuse (error, VITRINE_ERROR_EXISTS, _ ("There is a network “%s” already"),
                               network->name);
    info = make_info (network);
    if (!check_subnets (self, info, error)) {
        vitrine_network_info_free (info);
        return FALSE;
    }
    if (before != NULL) {
        info->is_active = before->is_active;
        info->autostart = before->autostart;
        info->waits =
            before->is_active
            && !(g_str_equal (info->mode, before->mode) && g_str_equal (info->ipv4, before->ipv4)
                 && g_str_equal (info->ipv6, before->ipv6)
                 && g_str_equal (info->domain, before->domain));
        g_ptr_array_remove (self->networks, before);
    }
    g_ptr_array_add (self->networks, info);
    return TRUE;
}

/* A text that says what INFO does. */
static char *
dump (const VitrineNetworkInfo *info)
{
    const VitrineNetworkSpec spec = {
        .mode = info->mode,
        .subnet = *info->ipv4 != '\0' ? info->ipv4 : NULL,
        .dhcp = *info->dhcp != '\0' ? info->dhcp : NULL,
        .ipv6 = *info->ipv6 != '\0' ? info->ipv6 : NULL,
        .domain = *info->domain != '\0' ? info->domain : NULL,
        .bridge = *info->bridge != '\0' ? info->bridge : NULL,
    };
    g_autofree char *xml =
        g_markup_printf_escaped ("<network>\n  <name>%s</name>\n</network>\n", info->name);

    return vitrine_network_edit_xml (xml, &spec, NULL);
}

static gboolean
delete_network (FakeNetworks *self, VitrineNetworkInfo *info, GError **error)
{
    if (info->is_active)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               "The network “%s” is started; stop it first", info->name);
    g_ptr_array_remove (self->networks, info);
    return TRUE;
}

static gboolean
change (FakeNetworks *self, const VitrineResourceRequest *request, GError **error)
{
    VitrineNetworkInfo *info;

    if (request->action == VITRINE_RESOURCE_DEFINE || request->action == VITRINE_RESOURCE_REPLACE)
        return define (self, request, error);
    info = find (self, request->name, error);
    if (info == NULL)
        return FALSE;
    switch (request->action) {
    case VITRINE_RESOURCE_START:
        info->is_active = TRUE;
        return TRUE;
    case VITRINE_RESOURCE_STOP:
        info->is_active = info->waits = FALSE;
        return TRUE;
    case VITRINE_RESOURCE_AUTOSTART:
    case VITRINE_RESOURCE_NO_AUTOSTART:
        info->autostart = request->action == VITRINE_RESOURCE_AUTOSTART;
        return TRUE;
    case VITRINE_RESOURCE_DELETE:
        return delete_network (self, info, error);
    default:
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED, "This host only pretends");
    }
}

static void
answer_dump (GTask *task, FakeNetworks *self, const char *name)
{
    GError *error = NULL;
    const VitrineNetworkInfo *info = find (self, name, &error);

    if (info != NULL)
        g_task_return_pointer (task, dump (info), g_free);
    else
        g_task_return_error (task, error);
}

static void
answer (GTask *task)
{
    const Asking *asking = g_task_get_task_data (task);
    const VitrineResourceRequest *request = asking->request;
    gboolean is_list = request->action == VITRINE_RESOURCE_LIST;
    GError *error = NULL;
    GPtrArray *found = NULL;

    if (request->action == VITRINE_RESOURCE_DUMP) {
        answer_dump (task, asking->networks, request->name);
        return;
    }
    if (is_list)
        found = request->kind == VITRINE_RESOURCE_LEASE
                    ? list_leases (asking->networks, request->parent, &error)
                    : list_networks (asking->networks, request->name, &error);
    if (is_list ? found == NULL : !change (asking->networks, request, &error))
        g_task_return_error (task, error);
    else if (is_list)
        g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
    else
        g_task_return_boolean (task, TRUE);
}

void
fake_networks_ask_async (FakeNetworks *self, VitrineHost *host,
                         const VitrineResourceRequest *request, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
    static const char *const ops[] = {
        [VITRINE_RESOURCE_LIST] = "list-networks",
        [VITRINE_RESOURCE_DUMP] = "network-dump",
        [VITRINE_RESOURCE_DEFINE] = "network-define",
        [VITRINE_RESOURCE_REPLACE] = "network-define",
        [VITRINE_RESOURCE_START] = "network-start",
        [VITRINE_RESOURCE_STOP] = "network-stop",
        [VITRINE_RESOURCE_AUTOSTART] = "network-define",
        [VITRINE_RESOURCE_DELETE] = "network-delete",
        [VITRINE_RESOURCE_NO_AUTOSTART] = "network-define",
    };
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Asking *asking = g_new0 (Asking, 1);

    asking->networks = self;
    asking->request = vitrine_resource_request_copy (request);
    g_task_set_task_data (task, asking, asking_free);
    fake_faults_run (self->faults, NULL,
                     request->kind == VITRINE_RESOURCE_LEASE ? "list-leases" : ops[request->action],
                     task, answer, NULL);
}
