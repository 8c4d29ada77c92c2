/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-scsi.c - SCSI controllers, and where disks sit on them.
 *
 * A place is controller, target and unit.  What the text leaves open is given out as libvirt does for
 * virtio-scsi: the letter of the disk's target counts units of target 0, seven to a controller.
 */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_QUEUES         8
#define MAX_TARGET         63
#define MAX_UNIT           16383
#define UNITS_A_CONTROLLER 7 /* that are given out by letter */
#define UNITS_GIVEN_OUT    32

gboolean
definition_is_scsi_controller (const VitrineDefinitionDevice *device)
{
    return device->kind == VITRINE_DEFINITION_CONTROLLER
           && strcmp (device->model, "virtio-scsi") == 0;
}

/* It has a queue a processor unless it is told otherwise. */
gboolean
definition_scsi_read_controller (VitrineDefinition *self, xmlNode *node, GError **error)
{
    g_autofree char *model = definition_attribute (node, "model");
    g_autofree char *index = definition_attribute (node, "index");
    g_autofree char *queues = definition_attribute (definition_child (node, "driver"), "queues");
    g_autofree char *option = NULL;
    VitrineDefinitionDevice *controller;
    guint64 number = 0, n_queues = 0;

    if (g_strcmp0 (model, "virtio-scsi") != 0)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do <controller type='scsi' model='%s'> yet (in "
               "<devices>), only: virtio-scsi"),
            model ? model : "");
    if (index
        && !definition_value_uint ("<controller index>", index, 0, VITRINE_DEFINITION_MAX_SCSI - 1,
                                   &number, error))
        return FALSE;
    if (queues
        && !definition_value_uint ("<driver queues> (in <controller>)", queues, 1, MAX_QUEUES,
                                   &n_queues, error))
        return FALSE;
    controller = definition_device_new (VITRINE_DEFINITION_CONTROLLER);
    g_free (controller->model);
    controller->model = g_strdup ("virtio-scsi");
    controller->unit = (guint) number;
    option = g_strdup_printf ("%u", n_queues ? (guint) n_queues : CLAMP (self->vcpus, 1, MAX_QUEUES));
    definition_device_add_option (controller, "queues", option);
    g_ptr_array_add (self->devices, controller);
    return definition_slot_read (node, &controller->slot, error);
}

gboolean
definition_scsi_read_place (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *place = definition_child (node, "address");
    DefinitionAddress address;

    disk->unit = DEFINITION_NO_UNIT;
    if (!place)
        return TRUE;
    if (!definition_attribute_is (place, "type", "drive"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <address> of a SCSI disk must be of type 'drive'"));
    if (!definition_address_read (place, "disk", &address, error))
        return FALSE;
    if (address.bus != 0 || address.controller >= VITRINE_DEFINITION_MAX_SCSI
        || address.target > MAX_TARGET || address.unit > MAX_UNIT)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do a SCSI <address> other than targets 0 to %d "
               "and units 0 to %d on bus 0 of controllers 0 to %d (in <disk>)"),
            MAX_TARGET, MAX_UNIT, VITRINE_DEFINITION_MAX_SCSI - 1);
    disk->controller = (guint) address.controller;
    disk->scsi_target = (guint) address.target;
    disk->unit = (guint) address.unit;
    return TRUE;
}

/* --- places ---------------------------------------------------------------------------------- */

/* The device that is the controller INDEX, or NULL. */
static const VitrineDefinitionDevice *
find_controller (const VitrineDefinition *self, guint index)
{
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (definition_is_scsi_controller (device) && device->unit == index)
            return device;
    }
    return NULL;
}

/* The disk at that place, other than EXCEPT, or NULL. */
static const VitrineDefinitionDevice *
find_disk (const VitrineDefinition *self, guint controller, guint target, guint unit,
           const VitrineDefinitionDevice *except)
{
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device != except && strcmp (device->model, "scsi") == 0 && device->unit == unit
            && device->controller == controller && device->scsi_target == target)
            return device;
    }
    return NULL;
}

static gboolean
has_controller (const VitrineDefinition *self)
{
    for (guint i = 0; i < VITRINE_DEFINITION_MAX_SCSI; i++)
        if (find_controller (self, i))
            return TRUE;
    return FALSE;
}

/* By letter, else the first free one. */
static gboolean
give_place (VitrineDefinition *self, VitrineDefinitionDevice *disk)
{
    guint index = (guint) definition_target_index (disk->target);
    guint controller = index / UNITS_A_CONTROLLER, unit = index % UNITS_A_CONTROLLER;

    if (!find_controller (self, controller) || find_disk (self, controller, 0, unit, disk)) {
        for (controller = 0; !find_controller (self, controller);)
            if (++controller == VITRINE_DEFINITION_MAX_SCSI)
                return FALSE;
        for (unit = 0; find_disk (self, controller, 0, unit, disk);)
            if (++unit == UNITS_GIVEN_OUT)
                return FALSE;
    }
    disk->controller = controller;
    disk->scsi_target = 0;
    disk->unit = unit;
    return TRUE;
}

static gboolean
check_controllers (const VitrineDefinition *self, GError **error)
{
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (definition_is_scsi_controller (device)
            && find_controller (self, device->unit) != device)
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("Two SCSI controllers have the index %u"), device->unit);
    }
    return TRUE;
}

static gboolean
check_disk (const VitrineDefinition *self, const VitrineDefinitionDevice *disk, GError **error)
{
    if (!find_controller (self, disk->controller))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The disk %s wants a <controller type='scsi' index='%u' "
                                     "model='virtio-scsi'>, which there is not"),
                                  disk->target, disk->controller);
    if (find_disk (self, disk->controller, disk->scsi_target, disk->unit, disk))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("Two disks have the SCSI target %u, unit %u"),
                                  disk->scsi_target, disk->unit);
    return TRUE;
}

static gboolean
check_number (const VitrineDefinition *self, GError **error)
{
    guint n = 0;

    for (guint i = 0; i < self->devices->len; i++)
        n += strcmp (((VitrineDefinitionDevice *) g_ptr_array_index (self->devices, i))->model, "scsi")
             == 0;
    if (n > VITRINE_DEFINITION_MAX_UNITS)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do more than %d SCSI disks and CD drives"),
                                  VITRINE_DEFINITION_MAX_UNITS);
    return TRUE;
}

gboolean
definition_scsi_give_places (VitrineDefinition *self, GError **error)
{
    if (!check_controllers (self, error) || !check_number (self, error))
        return FALSE;
    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *disk = g_ptr_array_index (self->devices, i);

        if (strcmp (disk->model, "scsi") != 0)
            continue;
        if (disk->unit == DEFINITION_NO_UNIT && has_controller (self) && !give_place (self, disk))
            return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                      _ ("Vitrine cannot find a place for the SCSI disk %s"),
                                      disk->target);
        if (!check_disk (self, disk, error))
            return FALSE;
    }
    return TRUE;
}
