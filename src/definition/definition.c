/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition.c - what a machine is, as read: life and getters. */
#include <string.h>

#include "definition-private.h"

static const char *const kind_names[] = {
    [VITRINE_DEFINITION_DISK] = "disk",
    [VITRINE_DEFINITION_CDROM] = "cdrom",
    [VITRINE_DEFINITION_SERIAL] = "serial",
    [VITRINE_DEFINITION_VIDEO] = "video",
    [VITRINE_DEFINITION_RNG] = "rng",
    [VITRINE_DEFINITION_KEYBOARD] = "keyboard",
    [VITRINE_DEFINITION_MOUSE] = "mouse",
    [VITRINE_DEFINITION_CONTROLLER] = "controller",
    [VITRINE_DEFINITION_TABLET] = "tablet",
    [VITRINE_DEFINITION_CONSOLE] = "console",
    [VITRINE_DEFINITION_CHANNEL] = "channel",
    [VITRINE_DEFINITION_WATCHDOG] = "watchdog",
    [VITRINE_DEFINITION_PANIC] = "panic",
    [VITRINE_DEFINITION_BALLOON] = "balloon",
    [VITRINE_DEFINITION_INTERFACE] = "interface",
    [VITRINE_DEFINITION_VSOCK] = "vsock",
    [VITRINE_DEFINITION_MEMORY] = "memory",
};
G_STATIC_ASSERT (G_N_ELEMENTS (kind_names) == VITRINE_DEFINITION_KIND_N);

static const char *const firmware_names[] = {
    [VITRINE_DEFINITION_FIRMWARE_BIOS] = "bios",
    [VITRINE_DEFINITION_FIRMWARE_UEFI] = "uefi",
};
G_STATIC_ASSERT (G_N_ELEMENTS (firmware_names) == VITRINE_DEFINITION_FIRMWARE_N);

G_DEFINE_BOXED_TYPE (VitrineDefinition, vitrine_definition, vitrine_definition_ref,
                     vitrine_definition_unref)

const char *
vitrine_definition_kind_to_string (VitrineDefinitionKind kind)
{
    g_return_val_if_fail (kind < VITRINE_DEFINITION_KIND_N, "");
    return kind_names[kind];
}

const char *
vitrine_definition_firmware_to_string (VitrineDefinitionFirmware firmware)
{
    g_return_val_if_fail (firmware < VITRINE_DEFINITION_FIRMWARE_N, "");
    return firmware_names[firmware];
}

static const char *const format_names[] = { "raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "luks" };

G_STATIC_ASSERT (G_N_ELEMENTS (format_names) == VITRINE_DEFINITION_FORMAT_N);

const char *
vitrine_definition_format_to_string (VitrineDefinitionFormat format)
{
    g_return_val_if_fail (format < VITRINE_DEFINITION_FORMAT_N, "");
    return format_names[format];
}

gboolean
vitrine_definition_format_from_string (const char *name, VitrineDefinitionFormat *format)
{
    for (guint i = 0; i < VITRINE_DEFINITION_FORMAT_N; i++)
        if (g_strcmp0 (name, format_names[i]) == 0) {
            *format = (VitrineDefinitionFormat) i;
            return TRUE;
        }
    return FALSE;
}

static void
option_clear (gpointer data)
{
    VitrineDefinitionOption *option = data;

    g_free (option->value);
}

VitrineDefinitionDevice *
definition_device_new (VitrineDefinitionKind kind)
{
    VitrineDefinitionDevice *device = g_new0 (VitrineDefinitionDevice, 1);

    device->kind = kind;
    device->alias = g_strdup ("");
    device->model = g_strdup ("");
    device->target = g_strdup ("");
    device->options = g_array_new (FALSE, FALSE, sizeof (VitrineDefinitionOption));
    g_array_set_clear_func (device->options, option_clear);
    device->element = G_MAXUINT;
    return device;
}

static void
forward_free (gpointer data)
{
    VitrineDefinitionForward *forward = data;

    g_free (forward->address);
    g_free (forward->dev);
    g_clear_pointer (&forward->ranges, g_array_unref);
    g_free (forward);
}

VitrineDefinitionNetwork *
definition_network_new (void)
{
    VitrineDefinitionNetwork *network = g_new0 (VitrineDefinitionNetwork, 1);

    network->forwards = g_ptr_array_new_with_free_func (forward_free);
    network->addresses = g_ptr_array_new_with_free_func (g_free);
    network->queues = 1;
    return network;
}

VitrineDefinitionForward *
definition_network_add_forward (VitrineDefinitionNetwork *network, gboolean udp)
{
    VitrineDefinitionForward *forward = g_new0 (VitrineDefinitionForward, 1);

    forward->udp = udp;
    forward->ranges = g_array_new (FALSE, TRUE, sizeof (VitrineDefinitionPorts));
    g_ptr_array_add (network->forwards, forward);
    return forward;
}

VitrineDefinitionNetwork *
vitrine_definition_network_copy (const VitrineDefinitionNetwork *network)
{
    VitrineDefinitionNetwork *copy = g_memdup2 (network, sizeof *network);

    copy->mac = g_strdup (network->mac);
    copy->source = g_strdup (network->source);
    copy->rom_file = g_strdup (network->rom_file);
    copy->forwards = g_ptr_array_new_with_free_func (forward_free);
    for (guint i = 0; i < network->forwards->len; i++) {
        const VitrineDefinitionForward *from = g_ptr_array_index (network->forwards, i);
        VitrineDefinitionForward *to = definition_network_add_forward (copy, from->udp);

        to->address = g_strdup (from->address);
        to->dev = g_strdup (from->dev);
        g_array_append_vals (to->ranges, from->ranges->data, from->ranges->len);
    }
    copy->addresses = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < network->addresses->len; i++)
        g_ptr_array_add (copy->addresses, g_strdup (g_ptr_array_index (network->addresses, i)));
    return copy;
}

void
vitrine_definition_network_free (VitrineDefinitionNetwork *network)
{
    if (!network)
        return;
    g_free (network->mac);
    g_free (network->source);
    g_free (network->rom_file);
    g_ptr_array_unref (network->forwards);
    g_ptr_array_unref (network->addresses);
    g_free (network);
}

void
vitrine_definition_device_free (VitrineDefinitionDevice *device)
{
    g_free (device->alias);
    g_free (device->model);
    g_free (device->target);
    g_free (device->source);
    g_free (device->serial);
    vitrine_definition_server_free (device->server);
    g_array_unref (device->options);
    vitrine_definition_network_free (device->network);
    g_free (device);
}

void
definition_device_add_option (VitrineDefinitionDevice *device, const char *name, const char *value)
{
    const VitrineDefinitionOption option = { name, g_strdup (value) };

    g_array_append_val (device->options, option);
}

gboolean
vitrine_definition_device_is_encrypted (const VitrineDefinitionDevice *device)
{
    return device->kind == VITRINE_DEFINITION_DISK
           && device->format == VITRINE_DEFINITION_FORMAT_LUKS;
}

gboolean
vitrine_definition_device_has_image (const VitrineDefinitionDevice *device)
{
    return device->kind == VITRINE_DEFINITION_DISK && device->source && !device->server;
}

gboolean
vitrine_definition_device_is_on_pci (const VitrineDefinitionDevice *device)
{
    static const char *const models[] = { "virtio",   "virtio-scsi", "virtio-serial", "virtio-mem",
                                          "i6300esb", "pvpanic",     "qemu-xhci" };

    if (device->kind == VITRINE_DEFINITION_VIDEO || device->network)
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
        if (strcmp (device->model, models[i]) == 0)
            return TRUE;
    return FALSE;
}

VitrineDefinitionDevice *
definition_find_model (const VitrineDefinition *self, const char *model)
{
    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (strcmp (device->model, model) == 0)
            return device;
    }
    return NULL;
}

VitrineDefinitionDevice *
definition_find_kind (const VitrineDefinition *self, VitrineDefinitionKind kind)
{
    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->kind == kind)
            return device;
    }
    return NULL;
}

guint
definition_count_kind (const VitrineDefinition *self, VitrineDefinitionKind kind)
{
    guint n = 0;

    for (guint i = 0; i < self->devices->len; i++)
        n += ((const VitrineDefinitionDevice *) g_ptr_array_index (self->devices, i))->kind == kind;
    return n;
}

VitrineDefinition *
definition_new (void)
{
    VitrineDefinition *self = g_atomic_rc_box_new0 (VitrineDefinition);

    self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_definition_device_free);
    self->features = g_array_new (FALSE, FALSE, sizeof (VitrineDefinitionFeature));
    return self;
}

static void
definition_clear (gpointer data)
{
    VitrineDefinition *self = data;

    g_free (self->xml);
    g_free (self->uuid);
    g_free (self->name);
    g_free (self->title);
    g_free (self->os);
    g_free (self->loader);
    g_free (self->nvram);
    g_free (self->nvram_template);
    g_free (self->kernel);
    g_free (self->initrd);
    g_free (self->command_line);
    g_free (self->on_crash);
    g_free (self->cpu_model);
    g_array_unref (self->features);
    g_ptr_array_unref (self->devices);
}

VitrineDefinition *
vitrine_definition_ref (VitrineDefinition *self)
{
    return g_atomic_rc_box_acquire (self);
}

void
vitrine_definition_unref (VitrineDefinition *self)
{
    g_atomic_rc_box_release_full (self, definition_clear);
}

const char *
vitrine_definition_get_xml (const VitrineDefinition *self)
{
    return self->xml;
}

gboolean
vitrine_definition_made_uuid (const VitrineDefinition *self)
{
    return self->made_uuid;
}

const char *
vitrine_definition_get_uuid (const VitrineDefinition *self)
{
    return self->uuid;
}

const char *
vitrine_definition_get_name (const VitrineDefinition *self)
{
    return self->name;
}

const char *
vitrine_definition_get_title (const VitrineDefinition *self)
{
    return self->title;
}

const char *
vitrine_definition_get_os (const VitrineDefinition *self)
{
    return self->os;
}

guint
vitrine_definition_get_vcpus (const VitrineDefinition *self)
{
    return self->vcpus;
}

void
vitrine_definition_get_topology (const VitrineDefinition *self, guint *sockets, guint *cores,
                                 guint *threads)
{
    *sockets = self->sockets;
    *cores = self->cores;
    *threads = self->threads;
}

const VitrineDefinitionCpuModel *
vitrine_definition_get_cpu_model (const VitrineDefinition *self)
{
    return self->cpu_model;
}

GArray *
vitrine_definition_get_features (const VitrineDefinition *self)
{
    return self->features;
}

guint32
vitrine_definition_get_spinlock_retries (const VitrineDefinition *self)
{
    return self->spinlock_retries;
}

guint
vitrine_definition_get_max_vcpus (const VitrineDefinition *self)
{
    return self->max_vcpus;
}

guint64
vitrine_definition_get_memory_bytes (const VitrineDefinition *self)
{
    return self->memory_bytes;
}

const VitrineDefinitionDevice *
vitrine_definition_get_pluggable (const VitrineDefinition *self)
{
    return definition_find_kind (self, VITRINE_DEFINITION_MEMORY);
}

guint64
vitrine_definition_get_max_memory_bytes (const VitrineDefinition *self)
{
    const VitrineDefinitionDevice *pluggable = vitrine_definition_get_pluggable (self);

    return self->memory_bytes + (pluggable ? pluggable->size_bytes : 0);
}

guint64
vitrine_definition_get_first_memory_bytes (const VitrineDefinition *self)
{
    const VitrineDefinitionDevice *pluggable = vitrine_definition_get_pluggable (self);

    if (self->current_bytes < self->memory_bytes)
        return self->current_bytes;
    return self->memory_bytes + (pluggable ? pluggable->requested_bytes : 0);
}

VitrineDefinitionFirmware
vitrine_definition_get_firmware (const VitrineDefinition *self)
{
    return self->firmware;
}

const char *
vitrine_definition_get_loader (const VitrineDefinition *self)
{
    return self->loader;
}

const char *
vitrine_definition_get_nvram (const VitrineDefinition *self)
{
    return self->nvram;
}

const char *
vitrine_definition_get_nvram_template (const VitrineDefinition *self)
{
    return self->nvram_template;
}

const char *
vitrine_definition_get_kernel (const VitrineDefinition *self)
{
    return self->kernel;
}

const char *
vitrine_definition_get_initrd (const VitrineDefinition *self)
{
    return self->initrd;
}

const char *
vitrine_definition_get_command_line (const VitrineDefinition *self)
{
    return self->command_line ? self->command_line : "";
}

gboolean
vitrine_definition_get_boot_menu (const VitrineDefinition *self)
{
    return self->boot_menu;
}

VitrineDefinitionClock
vitrine_definition_get_clock (const VitrineDefinition *self)
{
    return self->clock;
}

gint64
vitrine_definition_get_clock_offset_s (const VitrineDefinition *self)
{
    return self->clock_offset_s;
}

gboolean
vitrine_definition_get_off_at_reboot (const VitrineDefinition *self)
{
    return self->off_at_reboot;
}

gboolean
vitrine_definition_has_graphics (const VitrineDefinition *self)
{
    return self->has_vnc || self->has_spice;
}

gboolean
vitrine_definition_has_spice (const VitrineDefinition *self)
{
    return self->has_spice;
}

const VitrineDefinitionDevice *
vitrine_definition_get_video (const VitrineDefinition *self)
{
    return definition_find_kind (self, VITRINE_DEFINITION_VIDEO);
}

GPtrArray *
vitrine_definition_get_devices (const VitrineDefinition *self)
{
    return self->devices;
}

static char *
describe_memory (const VitrineDefinitionDevice *memory)
{
    GString *text = g_string_new (NULL);

    g_string_printf (text, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MiB",
                     memory->current_bytes >> 20, memory->size_bytes >> 20);
    if (memory->current_bytes != memory->requested_bytes)
        g_string_append_printf (text, ", %" G_GUINT64_FORMAT " requested",
                                memory->requested_bytes >> 20);
    return g_string_free (text, FALSE);
}

static char *
describe_network (const VitrineDefinitionNetwork *network)
{
    static const char *const words[] = {
        [VITRINE_DEFINITION_NETWORK_USER] = "user",
        [VITRINE_DEFINITION_NETWORK_TAP] = "",
        [VITRINE_DEFINITION_NETWORK_BRIDGE] = "bridge ",
        [VITRINE_DEFINITION_NETWORK_NAMED] = "network ",
        [VITRINE_DEFINITION_NETWORK_DIRECT] = "macvtap ",
    };

    return g_strdup_printf ("%s%s %s", words[network->kind], network->source ? network->source : "",
                            network->mac);
}

char *
vitrine_definition_device_describe (const VitrineDefinitionDevice *device)
{
    const VitrineDefinitionNetwork *network = device->network;

    if (device->kind == VITRINE_DEFINITION_MEMORY)
        return describe_memory (device);
    if (device->cid)
        return g_strdup_printf ("CID %u", device->cid);
    if (!network)
        return g_strdup (device->source ? device->source : "");
    return describe_network (network);
}

gboolean
vitrine_definition_has_network (const VitrineDefinition *self)
{
    for (guint i = 0; i < self->devices->len; i++)
        if (((VitrineDefinitionDevice *) g_ptr_array_index (self->devices, i))->network)
            return TRUE;
    return FALSE;
}
