/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-vsock.c - <vsock>: the guest's address among those of sockets between guests and host.
 *
 * As in libvirt: with <cid auto='yes'>, or nothing said, it is found at each start, and an address beside
 * that is one of an earlier run.
 */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MIN_CID 3 /* what is below are the hypervisor, the guest itself, and the host */
#define MAX_CID (G_MAXUINT32 - 1)

gboolean
definition_vsock_read (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *vsock = definition_device_new (VITRINE_DEFINITION_VSOCK);
    xmlNode *cid = definition_child (node, "cid");
    g_autofree char *address = definition_attribute (cid, "address");
    guint64 number = 0;

    g_ptr_array_add (self->devices, vsock);
    g_free (vsock->model);
    vsock->model = g_strdup ("virtio");
    if (address
        && !definition_value_uint ("<cid address> (in <vsock>)", address, MIN_CID, MAX_CID, &number,
                                   error))
        return FALSE;
    if (!address && definition_attribute_is (cid, "auto", "no"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<cid auto='no'> lacks its attribute 'address' (in <vsock>)"));
    if (!definition_attribute_is (cid, "auto", "yes"))
        vsock->cid = (guint32) number;
    return definition_slot_read (node, &vsock->slot, error);
}

gboolean
definition_vsock_check (const VitrineDefinition *self, GError **error)
{
    if (definition_count_kind (self, VITRINE_DEFINITION_VSOCK) > 1)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A machine has one <vsock>, and there is one already"));
    return TRUE;
}
