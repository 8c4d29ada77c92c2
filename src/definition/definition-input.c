/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-input.c - keyboards, pointers, and the USB controller some of them sit on. */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define XHCI "qemu-xhci"

static VitrineDefinitionDevice *
add_device (VitrineDefinition *self, VitrineDefinitionKind kind, const char *model)
{
    VitrineDefinitionDevice *device = definition_device_new (kind);

    g_free (device->model);
    device->model = g_strdup (model);
    g_ptr_array_add (self->devices, device);
    return device;
}

/* --- the controller -------------------------------------------------------------------------- */

gboolean
definition_usb_read (VitrineDefinition *self, xmlNode *node, guint slot, GError **error)
{
    g_autofree char *ports = definition_attribute (node, "ports");
    VitrineDefinitionDevice *usb;
    guint64 n;

    if (definition_find_model (self, XHCI) || self->has_no_usb)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a second <controller type='usb'> yet "
                                     "(in <devices>)"));
    self->has_no_usb = definition_attribute_is (node, "model", "none");
    if (self->has_no_usb)
        return TRUE;
    usb = add_device (self, VITRINE_DEFINITION_CONTROLLER, XHCI);
    usb->slot = slot;
    if (!ports)
        return TRUE;
    if (!definition_value_uint ("<controller ports>", ports, 1, VITRINE_DEFINITION_MAX_USB, &n,
                                error))
        return FALSE;
    g_free (ports);
    ports = g_strdup_printf ("%u", (guint) n);
    definition_device_add_option (usb, "ports", ports);
    return TRUE;
}

static guint
count_ports (const VitrineDefinitionDevice *usb)
{
    for (guint i = 0; usb && i < usb->options->len; i++) {
        const VitrineDefinitionOption *option =
            &g_array_index (usb->options, VitrineDefinitionOption, i);

        if (strcmp (option->name, "ports") == 0)
            return (guint) g_ascii_strtoull (option->value, NULL, 10);
    }
    return usb ? VITRINE_DEFINITION_USB_PORTS : 0;
}

void
definition_usb_complete (VitrineDefinition *self)
{
    if (definition_find_model (self, "usb") && !definition_find_model (self, XHCI)
        && !self->has_no_usb)
        add_device (self, VITRINE_DEFINITION_CONTROLLER, XHCI);
}

/* Those with an address first, then each gets the first free port. */
gboolean
definition_usb_give_ports (VitrineDefinition *self, GError **error)
{
    guint n_ports = count_ports (definition_find_model (self, XHCI)), taken = 0;

    if (definition_find_model (self, "usb") && n_ports == 0)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("There are USB devices, but <controller type='usb'> says "
                                     "that there is no USB controller"));
    for (guint round = 0; round < 2; round++)
        for (guint i = 0; i < self->devices->len; i++) {
            VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);
            guint port = device->unit;

            if (strcmp (device->model, "usb") != 0 || (round == 0) != (port != 0))
                continue;
            if (port == 0)
                for (port = 1; port <= n_ports && (taken & (1u << port));)
                    port++;
            if (port > n_ports)
                return definition_refuse (error, VITRINE_ERROR_INVALID,
                                          _ ("The USB controller has too few ports for all "
                                             "devices: %u"),
                                          n_ports);
            if (round == 0 && (taken & (1u << port)))
                return definition_refuse (error, VITRINE_ERROR_INVALID,
                                          _ ("Two devices have the USB port %u"), port);
            taken |= 1u << port;
            device->unit = port;
        }
    return TRUE;
}

/* --- keyboards and pointers ------------------------------------------------------------------ */

static VitrineDefinitionKind
get_kind (xmlNode *node)
{
    if (definition_attribute_is (node, "type", "mouse"))
        return VITRINE_DEFINITION_MOUSE;
    return definition_attribute_is (node, "type", "tablet") ? VITRINE_DEFINITION_TABLET
                                                            : VITRINE_DEFINITION_KEYBOARD;
}

/* The USB port NODE's <address> asks for; *PORT stays 0 when it asks for none. */
static gboolean
read_port (xmlNode *node, guint *port, GError **error)
{
    xmlNode *address = definition_child (node, "address");
    g_autofree char *text = definition_attribute (address, "port");
    g_autofree char *bus = definition_attribute (address, "bus");
    guint64 n;

    if (!address)
        return TRUE;
    if (!definition_attribute_is (address, "type", "usb") || (bus && strcmp (bus, "0") != 0))
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do an <address> that is not of type 'usb' and on bus 0 "
               "here (in <input>)"));
    if (!text)
        return TRUE;
    if (!definition_value_uint ("<address port>", text, 1, VITRINE_DEFINITION_MAX_USB, &n, error))
        return FALSE;
    *port = (guint) n;
    return TRUE;
}

/* One keyboard and one mouse are at the machine's own controller. */
static gboolean
read_ps2 (VitrineDefinition *self, xmlNode *node, VitrineDefinitionKind kind, GError **error)
{
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->kind == kind && strcmp (device->model, "ps2") == 0)
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("There is more than one PS/2 %s"),
                                      vitrine_definition_kind_to_string (kind));
    }
    if (definition_child (node, "address"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("An <input bus='ps2'> has no <address>"));
    add_device (self, kind, "ps2");
    return TRUE;
}

gboolean
definition_input_read (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionKind kind = get_kind (node);
    gboolean is_usb = definition_attribute_is (node, "bus", "usb");

    if (definition_attribute_is (node, "bus", "virtio"))
        return definition_slot_read (node, &add_device (self, kind, "virtio")->slot, error);
    if (is_usb ? kind == VITRINE_DEFINITION_MOUSE : kind == VITRINE_DEFINITION_TABLET)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <input type='%s' bus='%s'> "
                                     "(in <devices>)"),
                                  vitrine_definition_kind_to_string (kind), is_usb ? "usb" : "ps2");
    if (!is_usb)
        return read_ps2 (self, node, kind, error);
    return read_port (node, &add_device (self, kind, "usb")->unit, error);
}

gboolean
definition_is_input (const VitrineDefinitionDevice *device)
{
    return device->kind == VITRINE_DEFINITION_KEYBOARD || device->kind == VITRINE_DEFINITION_MOUSE
           || device->kind == VITRINE_DEFINITION_TABLET;
}
