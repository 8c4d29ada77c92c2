/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-places.c - where each device sits, what it is called, what boots first.
 *
 * Places and aliases that the text leaves open are given out the way libvirt does, so that the same
 * text means the same machine to both.
 */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_ALIAS 31 /* bytes, of the VMM's records */

int
definition_target_index (const char *target)
{
    int index = 0;

    if (strlen (target) < 3 || strlen (target) > 5)
        return -1;
    for (const char *p = target + 2; *p; p++) {
        if (!g_ascii_islower (*p))
            return -1;
        index = index * 26 + (*p - 'a' + 1);
    }
    return index - 1;
}

/* --- what the text leaves open --------------------------------------------------------------- */

/* The alias libvirt would give; ORDINAL is the device's number among its kind: of input devices,
 * among them all, and of controllers, among those of its sort. */
static char *
default_alias (const VitrineDefinitionDevice *device, guint ordinal)
{
    if (definition_is_input (device) && strcmp (device->model, "ps2") != 0)
        return g_strdup_printf ("input%u", ordinal);
    if (strcmp (device->model, "qemu-xhci") == 0)
        return g_strdup ("usb");
    switch (device->kind) {
    case VITRINE_DEFINITION_DISK:
    case VITRINE_DEFINITION_CDROM:
        if (strcmp (device->model, "sata") == 0)
            return g_strdup_printf ("sata0-0-%u", device->unit);
        if (strcmp (device->model, "scsi") == 0)
            return g_strdup_printf ("scsi%u-0-%u-%u", device->controller, device->scsi_target,
                                    device->unit);
        return g_strdup_printf ("virtio-disk%d", definition_target_index (device->target));
    case VITRINE_DEFINITION_INTERFACE:
        return g_strdup_printf ("net%u", ordinal);
    case VITRINE_DEFINITION_KEYBOARD:
    case VITRINE_DEFINITION_MOUSE:
        return g_strdup (vitrine_definition_kind_to_string (device->kind));
    case VITRINE_DEFINITION_MEMORY:
        return g_strdup_printf ("virtiomem%u", ordinal);
    case VITRINE_DEFINITION_CONTROLLER:
        if (definition_is_scsi_controller (device))
            return g_strdup_printf ("scsi%u", device->unit);
        return g_strdup_printf ("%s%u", device->model, ordinal);
    default:
        return g_strdup_printf ("%s%u", vitrine_definition_kind_to_string (device->kind), ordinal);
    }
}

static gboolean
alias_is_valid (const char *alias)
{
    if (!*alias || strlen (alias) > MAX_ALIAS)
        return FALSE;
    for (const char *p = alias; *p; p++)
        if (!g_ascii_isalnum (*p) && !strchr ("-_.", *p))
            return FALSE;
    return TRUE;
}

/* Which numbers were given out. */
typedef struct {
    guint kinds[VITRINE_DEFINITION_KIND_N], inputs, usb;
} Ordinals;

static guint
take_ordinal (Ordinals *ordinals, const VitrineDefinitionDevice *device)
{
    if (definition_is_input (device))
        return ordinals->inputs++;
    if (device->kind == VITRINE_DEFINITION_CONTROLLER && strcmp (device->model, "qemu-xhci") == 0)
        return ordinals->usb++;
    return ordinals->kinds[device->kind]++;
}

static gboolean
give_alias (VitrineDefinitionDevice *device, guint ordinal, GHashTable *taken, GError **error)
{
    if (!*device->alias) {
        g_free (device->alias);
        device->alias = default_alias (device, ordinal);
    } else if (!alias_is_valid (device->alias)) {
        g_autofree char *quoted = definition_quote (device->alias);

        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The alias “%s” must be 1 to %d letters, digits, and "
                                     "“-_.”"),
                                  quoted, MAX_ALIAS);
    }
    if (!g_hash_table_add (taken, device->alias))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("Two devices have the alias “%s”"), device->alias);
    return TRUE;
}

/* Made last: a SATA disk's alias has its port in it. */
static gboolean
give_aliases (VitrineDefinition *self, GError **error)
{
    g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
    Ordinals ordinals = { 0 };

    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (!give_alias (device, take_ordinal (&ordinals, device), taken, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_targets (VitrineDefinition *self, GError **error)
{
    g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);

    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (*device->target && !g_hash_table_add (taken, device->target))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      device->kind == VITRINE_DEFINITION_CHANNEL
                                          ? _ ("Two channels have the name “%s”")
                                          : _ ("Two disks have the target “%s”"),
                                      device->target);
    }
    return TRUE;
}

/* Those with an address first, then by the letter of the target where that port is free, then the
 * first free one. */
static gboolean
give_units (VitrineDefinition *self, GError **error)
{
    guint taken = 0;

    for (guint round = 0; round < 3; round++)
        for (guint i = 0; i < self->devices->len; i++) {
            VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);
            guint unit = device->unit;
            gboolean had_unit = unit != DEFINITION_NO_UNIT;

            if (strcmp (device->model, "sata") != 0 || (round == 0) != had_unit)
                continue;
            if (round == 1) {
                unit = (guint) definition_target_index (device->target);
                if (unit >= VITRINE_DEFINITION_MAX_SATA || (taken & (1u << unit)))
                    continue;
            } else if (round == 2) {
                for (unit = 0; unit < VITRINE_DEFINITION_MAX_SATA && (taken & (1u << unit));)
                    unit++;
            }
            if (unit >= VITRINE_DEFINITION_MAX_SATA)
                return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                          _ ("Vitrine cannot do more than %d SATA disks and CD "
                                             "drives"),
                                          VITRINE_DEFINITION_MAX_SATA);
            if (taken & (1u << unit))
                return definition_refuse (error, VITRINE_ERROR_INVALID,
                                          _ ("Two disks have the SATA unit %u"), unit);
            taken |= 1u << unit;
            device->unit = unit;
        }
    return TRUE;
}

/* Ports of the virtio-serial controller: those with an address first; number 0 is a console's. */
static gboolean
give_ports (VitrineDefinition *self, GError **error)
{
    guint taken = 0;

    for (guint round = 0; round < 2; round++)
        for (guint i = 0; i < self->devices->len; i++) {
            VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);
            gboolean is_console = device->kind == VITRINE_DEFINITION_CONSOLE;
            guint port = device->unit;

            if ((!is_console && device->kind != VITRINE_DEFINITION_CHANNEL)
                || (round == 0) != (port != DEFINITION_NO_UNIT))
                continue;
            if (round == 1)
                for (port = is_console ? 0 : 1; taken & (1u << port);)
                    port++;
            if (port >= VITRINE_DEFINITION_MAX_PORTS)
                return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                          _ ("Vitrine cannot do more than %d virtio consoles and "
                                             "channels"),
                                          VITRINE_DEFINITION_MAX_PORTS);
            if (taken & (1u << port))
                return definition_refuse (error, VITRINE_ERROR_INVALID,
                                          _ ("Two devices have the virtio-serial port %u"), port);
            taken |= 1u << port;
            device->unit = port;
        }
    return TRUE;
}

static gboolean
check_slots (VitrineDefinition *self, GError **error)
{
    guint taken = 0, n = 0;

    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (vitrine_definition_device_is_on_pci (device))
            n++;
        if (device->slot && (taken & (1u << device->slot)))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("Two devices have the PCI slot %u"), device->slot);
        if (device->slot)
            taken |= 1u << device->slot;
    }
    if (n > VITRINE_DEFINITION_MAX_PCI)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do more than %d PCI devices; this definition "
                                     "has %u"),
                                  VITRINE_DEFINITION_MAX_PCI, n);
    return TRUE;
}

/* --- boot order ------------------------------------------------------------------------------ */

/* What <boot dev> NODE means. */
static VitrineDefinitionKind
boot_kind (xmlNode *node)
{
    return definition_attribute_is (node, "dev", "cdrom")     ? VITRINE_DEFINITION_CDROM
           : definition_attribute_is (node, "dev", "network") ? VITRINE_DEFINITION_INTERFACE
                                                              : VITRINE_DEFINITION_DISK;
}

static guint
boot_class (VitrineDefinition *self, VitrineDefinitionKind kind, guint next)
{
    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->kind == kind && device->boot_index == 0)
            device->boot_index = next++;
    }
    return next;
}

static gboolean
check_boot_orders (VitrineDefinition *self, gboolean *any, GError **error)
{
    g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);

    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->boot_index && !g_hash_table_add (taken, GUINT_TO_POINTER (device->boot_index)))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("Two devices have the <boot order='%u'>"),
                                      device->boot_index);
    }
    *any = g_hash_table_size (taken) > 0;
    return TRUE;
}

/* Either <boot order> at the devices or <boot dev> in <os>; with neither, disks boot. */
static gboolean
read_boot (VitrineDefinition *self, xmlNode *os, GError **error)
{
    gboolean by_device = FALSE;
    guint next = 1;

    if (!check_boot_orders (self, &by_device, error))
        return FALSE;
    if (by_device && definition_child (os, "boot"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<boot dev> (in <os>) and <boot order> (in devices) exclude "
                                     "each other"));
    if (by_device)
        return TRUE;
    for (xmlNode *node = definition_child (os, "boot"); node; node = node->next) {
        if (definition_is_element (node, "boot"))
            next = boot_class (self, boot_kind (node), next);
    }
    if (!definition_child (os, "boot"))
        boot_class (self, VITRINE_DEFINITION_DISK, next);
    return TRUE;
}

gboolean
definition_places_give (VitrineDefinition *self, xmlNode *os, GError **error)
{
    return check_targets (self, error) && give_units (self, error)
           && definition_scsi_give_places (self, error) && give_ports (self, error)
           && definition_usb_give_ports (self, error) && check_slots (self, error)
           && give_aliases (self, error) && read_boot (self, os, error);
}

/* The first number of its kind that none of OTHERS has in its alias. */
static guint
find_ordinal (const VitrineDefinitionDevice *device, GPtrArray *others)
{
    guint ordinal = 0;

    for (guint i = 0; i < others->len;) {
        g_autofree char *alias = default_alias (device, ordinal);
        g_autofree char *next = default_alias (device, ordinal + 1);

        for (i = 0; i < others->len; i++)
            if (g_str_equal (
                    ((const VitrineDefinitionDevice *) g_ptr_array_index (others, i))->alias, alias))
                break;
        if (g_str_equal (alias, next))
            break; /* it has no number */
        if (i < others->len)
            ordinal++;
    }
    return ordinal;
}

gboolean
definition_places_give_one (VitrineDefinitionDevice *device, GPtrArray *others, GError **error)
{
    g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
    VitrineDefinition all = { .devices = g_ptr_array_copy (others, NULL, NULL) };
    gboolean ok;

    /* Those that have their places keep them: only what is open is given out. */
    for (guint i = 0; i < others->len; i++)
        g_hash_table_add (taken,
                          ((VitrineDefinitionDevice *) g_ptr_array_index (others, i))->alias);
    g_ptr_array_set_free_func (all.devices, NULL);
    g_ptr_array_add (all.devices, device);
    device->boot_index = 0;
    ok = check_targets (&all, error) && give_units (&all, error)
         && definition_scsi_give_places (&all, error) && definition_usb_give_ports (&all, error)
         && definition_vsock_check (&all, error) && definition_memory_check (&all, error)
         && check_slots (&all, error)
         && give_alias (device, find_ordinal (device, others), taken, error);
    g_ptr_array_unref (all.devices);
    return ok;
}
