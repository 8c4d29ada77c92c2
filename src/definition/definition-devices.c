/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-devices.c - the devices of a definition: what each is.
 *
 * Runs after the rules: names and single values are known to be good, what is checked here is what
 * must fit together in one device.
 */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_SLOT 30
#define MAX_BOOT 1000

/* Pixels a monitor may prefer: what the display models take. */
#define MIN_WIDTH  640
#define MIN_HEIGHT 400
#define MAX_SIDE   4095

#define AHCI_SLOT 0x1f
#define AHCI_FN   2

static void
set_string (char **field, const char *value)
{
    g_free (*field);
    *field = g_strdup (value);
}

/* --- addresses ------------------------------------------------------------------------------- */

gboolean
definition_address_read (xmlNode *node, const char *owner, DefinitionAddress *out, GError **error)
{
    static const struct {
        const char *name;
        gsize offset;
    } fields[] = {
        { "domain", G_STRUCT_OFFSET (DefinitionAddress, domain) },
        { "bus", G_STRUCT_OFFSET (DefinitionAddress, bus) },
        { "slot", G_STRUCT_OFFSET (DefinitionAddress, slot) },
        { "function", G_STRUCT_OFFSET (DefinitionAddress, function) },
        { "controller", G_STRUCT_OFFSET (DefinitionAddress, controller) },
        { "target", G_STRUCT_OFFSET (DefinitionAddress, target) },
        { "unit", G_STRUCT_OFFSET (DefinitionAddress, unit) },
        { "port", G_STRUCT_OFFSET (DefinitionAddress, port) },
    };

    memset (out, 0, sizeof *out);
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autofree char *text = definition_attribute (node, fields[i].name);
        g_autofree char *what = NULL;

        if (!text)
            continue;
        what = g_strdup_printf ("<address %s> (in <%s>)", fields[i].name, owner);
        if (!definition_value_address (what, text,
                                       &G_STRUCT_MEMBER (guint64, out, fields[i].offset), error))
            return FALSE;
    }
    return TRUE;
}

/* The PCI slot PARENT's <address> asks for; *SLOT stays 0 when it asks for none. */
gboolean
definition_slot_read (xmlNode *parent, guint *slot, GError **error)
{
    xmlNode *node = definition_child (parent, "address");
    const char *owner = (const char *) parent->name;
    DefinitionAddress address;

    if (!node)
        return TRUE;
    if (!definition_attribute_is (node, "type", "pci"))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do an <address> that is not of type 'pci' "
                                     "here (in <%s>)"),
                                  owner);
    if (!definition_address_read (node, owner, &address, error))
        return FALSE;
    if (address.domain != 0 || address.bus != 0 || address.function != 0 || address.slot < 1
        || address.slot > MAX_SLOT)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a PCI <address> other than function 0 of "
                                     "slots 1 to %d on bus 0 yet (in <%s>)"),
                                  MAX_SLOT, owner);
    *slot = (guint) address.slot;
    return TRUE;
}

/* The SATA port PARENT's <address> asks for; *UNIT stays DEFINITION_NO_UNIT when it asks for
 * none. */
static gboolean
read_unit (xmlNode *parent, guint *unit, GError **error)
{
    xmlNode *node = definition_child (parent, "address");
    DefinitionAddress address;

    if (!node)
        return TRUE;
    if (!definition_attribute_is (node, "type", "drive"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <address> of a SATA disk must be of type 'drive'"));
    if (!definition_address_read (node, "disk", &address, error))
        return FALSE;
    if (address.controller != 0 || address.bus != 0 || address.target != 0
        || address.unit >= VITRINE_DEFINITION_MAX_SATA)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a SATA <address> other than units 0 to %d "
                                     "of controller 0 yet (in <disk>)"),
                                  VITRINE_DEFINITION_MAX_SATA - 1);
    *unit = (guint) address.unit;
    return TRUE;
}

/* --- disks ----------------------------------------------------------------------------------- */

static gboolean
read_target (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *target = definition_child (node, "target");
    g_autofree char *dev = definition_attribute (target, "dev");
    g_autofree char *bus = definition_attribute (target, "bus");

    if (!target)
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("A <disk> has no <target>"));
    if (definition_target_index (dev) < 0
        || !(g_str_has_prefix (dev, "vd") || g_str_has_prefix (dev, "sd")
             || g_str_has_prefix (dev, "hd"))) {
        g_autofree char *quoted = definition_quote (dev);

        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<target dev> must be a name like vda or sda, not “%s”"),
                                  quoted);
    }
    if (!bus)
        bus = g_strdup (dev[0] == 'v' ? "virtio" : "sata");
    if (disk->kind == VITRINE_DEFINITION_CDROM && strcmp (bus, "virtio") == 0)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a CD drive on the bus '%s', only: sata, "
                                     "scsi"),
                                  bus);
    set_string (&disk->target, dev);
    set_string (&disk->model, bus);
    return TRUE;
}

static gboolean
read_source (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *source = definition_child (node, "source");
    g_autofree char *type = definition_attribute (node, "type");
    g_autofree char *what = g_strdup_printf ("<source> (in <disk> %s)", disk->target);
    const char *wanted;

    if (!definition_network_disk_check_auth (disk, node, error))
        return FALSE;
    if (g_strcmp0 (type, "network") == 0)
        return definition_network_disk_read (disk, node, error);
    if (definition_child (source, "host") || !definition_attribute_is (source, "protocol", NULL))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The disk %s has a server in its <source>, which only <disk "
                                     "type='network'> has"),
                                  disk->target);
    if (!definition_attribute_is (definition_child (node, "driver"), "error_policy", NULL)
        || !definition_attribute_is (definition_child (node, "driver"), "rerror_policy", NULL))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do an error_policy for the disk %s, only for "
                                     "one of type 'network'"),
                                  disk->target);
    disk->block = g_strcmp0 (type, "block") == 0;
    wanted = disk->block ? "dev" : "file";
    disk->source = definition_attribute (source, wanted);
    if (definition_attribute_is (source, disk->block ? "file" : "dev", NULL) == FALSE)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<disk type='%s'> wants <source %s>"), type ? type : "file",
                                  wanted);
    if (!disk->source && disk->kind == VITRINE_DEFINITION_DISK)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The disk %s has no <source %s>"), disk->target, wanted);
    disk->source_optional = disk->kind == VITRINE_DEFINITION_CDROM
                            && definition_attribute_is (source, "startupPolicy", "optional");
    if (!disk->source_optional && definition_attribute_is (source, "startupPolicy", "optional"))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <source startupPolicy='optional'> for a "
                                     "disk, only for a CD drive"));
    return !disk->source || definition_value_path (what, disk->source, error);
}

/* What an image's format has to do with: the process that opens it does it. */
static gboolean
read_format (VitrineDefinitionDevice *disk, xmlNode *driver, GError **error)
{
    static const char *const zeroes[] = { "off", "on", "unmap" };
    g_autofree char *type = definition_attribute (driver, "type");

    if (type)
        vitrine_definition_format_from_string (type, &disk->format);
    disk->explicit_raw = type && disk->format == VITRINE_DEFINITION_FORMAT_RAW;
    disk->uses_io_uring = definition_attribute_is (driver, "io", "io_uring");
    disk->detect_zeroes = zeroes[0];
    for (gsize i = 0; i < G_N_ELEMENTS (zeroes); i++)
        if (definition_attribute_is (driver, "detect_zeroes", zeroes[i]))
            disk->detect_zeroes = zeroes[i];
    if (disk->kind == VITRINE_DEFINITION_CDROM && disk->format != VITRINE_DEFINITION_FORMAT_RAW)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do <driver type='%s'> for a CD drive, only: raw"), type);
    if (disk->format == VITRINE_DEFINITION_FORMAT_RAW && disk->detect_zeroes != zeroes[0])
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do <driver detect_zeroes='%s'> for a raw image, only: off"),
            disk->detect_zeroes);
    return TRUE;
}

static gboolean
read_driver (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    static const char *const caches[] = {
        [VITRINE_DEFINITION_CACHE_DEFAULT] = "default",
        [VITRINE_DEFINITION_CACHE_NONE] = "none",
        [VITRINE_DEFINITION_CACHE_WRITEBACK] = "writeback",
        [VITRINE_DEFINITION_CACHE_WRITETHROUGH] = "writethrough",
        [VITRINE_DEFINITION_CACHE_UNSAFE] = "unsafe",
    };
    xmlNode *driver = definition_child (node, "driver");

    for (gsize i = 0; i < G_N_ELEMENTS (caches); i++)
        if (definition_attribute_is (driver, "cache", caches[i]))
            disk->cache = (VitrineDefinitionCache) i;
    disk->keeps_space = definition_attribute_is (driver, "discard", "ignore");
    return read_format (disk, driver, error);
}

static gboolean
read_serial_number (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    disk->serial = definition_text (definition_child (node, "serial"));
    if (!disk->serial)
        return TRUE;
    for (const char *p = disk->serial; *p; p++)
        if (!g_ascii_isprint (*p))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("The <serial> of disk %s must be plain ASCII"),
                                      disk->target);
    if (!*disk->serial || strlen (disk->serial) > VITRINE_DEFINITION_MAX_SERIAL)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <serial> of disk %s must be 1 to %d characters"),
                                  disk->target, VITRINE_DEFINITION_MAX_SERIAL);
    return TRUE;
}

/* 16 hexadecimal digits, as libvirt wants them. */
static gboolean
read_wwn (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    g_autofree char *text = definition_text (definition_child (node, "wwn"));
    g_autofree char *value = NULL;

    if (!text)
        return TRUE;
    if (strcmp (disk->model, "scsi") != 0)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a <wwn> for the disk %s, only on the bus "
                                     "'scsi'"),
                                  disk->target);
    if (strlen (text) != 16 || strspn (text, "0123456789abcdefABCDEF") != 16)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <wwn> of disk %s must be 16 hexadecimal digits"),
                                  disk->target);
    value = g_strdup_printf ("0x%s", text);
    definition_device_add_option (disk, "wwn", value);
    return TRUE;
}

gboolean
definition_boot_order_read (VitrineDefinitionDevice *device, xmlNode *node, GError **error)
{
    xmlNode *boot = definition_child (node, "boot");
    g_autofree char *order = definition_attribute (boot, "order");
    guint64 index;

    if (!boot)
        return TRUE;
    if (!definition_value_uint ("<boot order>", order, 1, MAX_BOOT, &index, error))
        return FALSE;
    device->boot_index = (guint) index;
    return TRUE;
}

static gboolean
read_disk (VitrineDefinition *self, xmlNode *node, GError **error)
{
    gboolean is_cdrom = definition_attribute_is (node, "device", "cdrom");
    VitrineDefinitionDevice *disk =
        definition_device_new (is_cdrom ? VITRINE_DEFINITION_CDROM : VITRINE_DEFINITION_DISK);

    g_ptr_array_add (self->devices, disk);
    disk->read_only = is_cdrom || definition_child (node, "readonly");
    if (!read_driver (disk, node, error) || !read_target (disk, node, error)
        || !read_source (disk, node, error) || !definition_encryption_read (disk, node, error)
        || !read_serial_number (disk, node, error) || !read_wwn (disk, node, error)
        || !definition_limits_read (disk, node, error)
        || !definition_boot_order_read (disk, node, error))
        return FALSE;
    if (strcmp (disk->model, "scsi") == 0)
        return definition_scsi_read_place (disk, node, error);
    if (strcmp (disk->model, "sata") == 0) {
        disk->unit = DEFINITION_NO_UNIT;
        return read_unit (node, &disk->unit, error);
    }
    return definition_slot_read (node, &disk->slot, error);
}

/* --- the rest -------------------------------------------------------------------------------- */

static VitrineDefinitionDevice *
add_device (VitrineDefinition *self, VitrineDefinitionKind kind, const char *model)
{
    VitrineDefinitionDevice *device = definition_device_new (kind);

    set_string (&device->model, model);
    g_ptr_array_add (self->devices, device);
    return device;
}

static gboolean
read_serial (VitrineDefinition *self, xmlNode *node, GError **error)
{
    if (definition_count_kind (self, VITRINE_DEFINITION_SERIAL) > 0)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a second <serial> yet (in <devices>)"));
    add_device (self, VITRINE_DEFINITION_SERIAL, "16550a");
    return TRUE;
}

/* The number NODE's <address> asks for on the virtio-serial controller. */
static gboolean
read_port (VitrineDefinitionDevice *device, xmlNode *node, GError **error)
{
    xmlNode *place = definition_child (node, "address");
    DefinitionAddress address;

    device->unit = DEFINITION_NO_UNIT;
    if (!definition_attribute_is (place, "port", NULL)) {
        if (!definition_address_read (place, (const char *) node->name, &address, error))
            return FALSE;
        if (address.port >= VITRINE_DEFINITION_MAX_PORTS)
            return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                      _ ("Vitrine cannot do virtio-serial ports other than 0 to "
                                         "%d (in <%s>)"),
                                      VITRINE_DEFINITION_MAX_PORTS - 1, (const char *) node->name);
        device->unit = (guint) address.port;
    }
    return TRUE;
}

static gboolean
read_virtio_console (VitrineDefinition *self, xmlNode *node, GError **error)
{
    return read_port (add_device (self, VITRINE_DEFINITION_CONSOLE, "virtconsole"), node, error);
}

/* A serial console is the first serial port seen from outside; alone, it brings the port. */
static gboolean
read_console (VitrineDefinition *self, xmlNode *node, GError **error)
{
    xmlNode *target = definition_child (node, "target");

    if (definition_attribute_is (target, "type", "virtio"))
        return read_virtio_console (self, node, error);
    if (!definition_attribute_is (target, "port", NULL)
        && !definition_attribute_is (target, "port", "0"))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a <console> on another serial port than "
                                     "the first yet (in <devices>)"));
    for (xmlNode *other = node->prev; other; other = other->prev)
        if (other->type == XML_ELEMENT_NODE && xmlStrEqual (other->name, node->name)
            && !definition_attribute_is (definition_child (other, "target"), "type", "virtio"))
            return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                      _ ("Vitrine cannot do a second serial <console> yet "
                                         "(in <devices>)"));
    if (!definition_child (node->parent, "serial"))
        add_device (self, VITRINE_DEFINITION_SERIAL, "16550a");
    return TRUE;
}

static gboolean
read_channel (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *channel =
        add_device (self, VITRINE_DEFINITION_CHANNEL, "virtserialport");
    xmlNode *target = definition_child (node, "target");
    g_autofree char *name = definition_attribute (target, "name");

    if (!target)
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("A <channel> has no <target>"));
    for (const char *p = name; *p; p++)
        if (!g_ascii_isgraph (*p))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("The name of a <channel> must be plain ASCII without "
                                         "spaces"));
    if (!*name || strlen (name) > VITRINE_DEFINITION_MAX_CHANNEL)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The name of a <channel> must be 1 to %d characters"),
                                  VITRINE_DEFINITION_MAX_CHANNEL);
    set_string (&channel->target, name);
    definition_device_add_option (channel, "name", name);
    definition_device_add_option (channel, "connected", "off"); /* until a client comes */
    return read_port (channel, node, error);
}

static gboolean
read_virtio_serial (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *controller;

    if (definition_find_model (self, "virtio-serial"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("There is more than one <controller type='virtio-serial'>"));
    controller = add_device (self, VITRINE_DEFINITION_CONTROLLER, "virtio-serial");
    return definition_slot_read (node, &controller->slot, error);
}

static gboolean
read_controller (VitrineDefinition *self, xmlNode *node, GError **error)
{
    xmlNode *place = definition_child (node, "address");
    g_autofree char *type = definition_attribute (node, "type");
    g_autofree char *model = definition_attribute (node, "model");
    g_autofree char *ports = definition_attribute (node, "ports");
    gboolean is_usb = g_strcmp0 (type, "usb") == 0;
    DefinitionAddress address;
    guint slot = 0;

    if (!is_usb && ports) {
        g_autofree char *quoted = definition_quote (ports);

        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <controller ports='%s'> yet (in "
                                     "<devices>)"),
                                  quoted);
    }
    if (g_strcmp0 (type, "scsi") == 0)
        return definition_scsi_read_controller (self, node, error);
    if (definition_child (node, "driver"))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <driver> (in <controller type='%s'>) yet, "
                                     "only for SCSI"),
                                  type);
    if (!definition_attribute_is (node, "index", NULL)
        && !definition_attribute_is (node, "index", "0"))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a second <controller type='%s'> yet (in "
                                     "<devices>)"),
                                  type);
    if (g_strcmp0 (type, "virtio-serial") == 0 && !model)
        return read_virtio_serial (self, node, error);
    if (is_usb && (!model || g_str_equal (model, "none") || g_str_equal (model, "qemu-xhci")))
        return definition_slot_read (node, &slot, error)
               && definition_usb_read (self, node, slot, error);
    if (g_strcmp0 (type, "pci") == 0 ? !model || !g_str_has_suffix (model, "-root")
                                     : !type || model != NULL)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do <controller type='%s' model='%s'> yet (in <devices>)"),
            type ? type : "", model ? model : "");
    if (!place)
        return TRUE;
    if (!definition_address_read (place, "controller", &address, error))
        return FALSE;
    if (g_strcmp0 (type, "sata") != 0 || address.domain != 0 || address.bus != 0
        || address.slot != AHCI_SLOT || address.function != AHCI_FN)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do another <address> for <controller "
                                     "type='%s'> yet (in <devices>)"),
                                  type);
    return TRUE;
}

static gboolean
read_graphics (VitrineDefinition *self, xmlNode *node, GError **error)
{
    gboolean is_spice = definition_attribute_is (node, "type", "spice");
    gboolean *has = is_spice ? &self->has_spice : &self->has_vnc;

    if (*has)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("There is more than one <graphics type='%s'>"),
                                  is_spice ? "spice" : "vnc");
    *has = TRUE;
    return TRUE;
}

/* One side of the mode that the monitor prefers, as the device's option NAME; what models take. */
static gboolean
read_side (VitrineDefinitionDevice *video, xmlNode *resolution, const char *axis, const char *name,
           guint64 min, GError **error)
{
    g_autofree char *text = definition_attribute (resolution, axis);
    g_autofree char *what = g_strdup_printf ("<resolution %s>", axis);
    g_autofree char *value = NULL;
    guint64 pixels;

    if (!definition_value_uint (what, text, min, MAX_SIDE, &pixels, error))
        return FALSE;
    value = g_strdup_printf ("%" G_GUINT64_FORMAT, pixels);
    definition_device_add_option (video, name, value);
    return TRUE;
}

static gboolean
read_video (VitrineDefinition *self, xmlNode *node, GError **error)
{
    xmlNode *model = definition_child (node, "model");
    xmlNode *resolution = definition_child (model, "resolution");
    g_autofree char *type = definition_attribute (model, "type");
    VitrineDefinitionDevice *video;

    if (vitrine_definition_get_video (self))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a second <video> yet (in <devices>)"));
    if (g_strcmp0 (type, "none") == 0)
        return TRUE;
    video = add_device (self, VITRINE_DEFINITION_VIDEO, type ? type : "vga");
    if (resolution
        && (!read_side (video, resolution, "x", "width", MIN_WIDTH, error)
            || !read_side (video, resolution, "y", "height", MIN_HEIGHT, error)))
        return FALSE;
    return definition_slot_read (node, &video->slot, error);
}

static gboolean
read_rng (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *rng = add_device (self, VITRINE_DEFINITION_RNG, "virtio");

    if (!definition_child (node, "backend"))
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("An <rng> has no <backend>"));
    return definition_slot_read (node, &rng->slot, error);
}

static gboolean
read_balloon (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *balloon;

    if (definition_attribute_is (node, "model", "none"))
        return TRUE;
    balloon = add_device (self, VITRINE_DEFINITION_BALLOON, "virtio");
    if (definition_attribute_is (node, "autodeflate", "on"))
        definition_device_add_option (balloon, "deflate-on-oom", "on");
    if (definition_attribute_is (node, "freePageReporting", "on"))
        definition_device_add_option (balloon, "free-page-reporting", "on");
    return definition_slot_read (node, &balloon->slot, error);
}

/* The model's word for libvirt's action. */
static gboolean
read_watchdog (VitrineDefinition *self, xmlNode *node, GError **error)
{
    static const struct {
        const char *word, *action;
    } actions[] = {
        { "reset", "reset" },        { "shutdown", "power-button" },
        { "poweroff", "power-off" }, { "pause", "pause" },
        { "none", "none" },
    };
    VitrineDefinitionDevice *watchdog = add_device (self, VITRINE_DEFINITION_WATCHDOG, "i6300esb");
    g_autofree char *action = definition_attribute (node, "action");

    for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
        if (g_str_equal (action ? action : "reset", actions[i].word))
            definition_device_add_option (watchdog, "action", actions[i].action);
    return definition_slot_read (node, &watchdog->slot, error);
}

/* What follows a panic is <on_crash>'s to say; libvirt's default is to switch off. */
static gboolean
read_panic (VitrineDefinition *self, xmlNode *node, GError **error)
{
    gboolean is_pci = definition_attribute_is (node, "model", "pvpanic");
    VitrineDefinitionDevice *panic =
        add_device (self, VITRINE_DEFINITION_PANIC, is_pci ? "pvpanic" : "isa");
    xmlNode *place = definition_child (node, "address");
    const char *action = g_strcmp0 (self->on_crash, "restart") == 0    ? "reset"
                         : g_strcmp0 (self->on_crash, "preserve") == 0 ? "pause"
                                                                       : "power-off";

    definition_device_add_option (panic, "action", action);
    if (is_pci)
        return definition_slot_read (node, &panic->slot, error);
    if (place && !definition_attribute_is (place, "type", "isa"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <address> of <panic model='isa'> must be of type "
                                     "'isa'"));
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*read) (VitrineDefinition *self, xmlNode *node, GError **error);
} readers[] = {
    { "disk", read_disk },
    { "serial", read_serial },
    { "console", read_console },
    { "input", definition_input_read },
    { "graphics", read_graphics },
    { "video", read_video },
    { "rng", read_rng },
    { "controller", read_controller },
    { "watchdog", read_watchdog },
    { "panic", read_panic },
    { "channel", read_channel },
    { "memballoon", read_balloon },
    { "memory", definition_memory_read },
    { "interface", definition_interface_read },
    { "vsock", definition_vsock_read },
};

/* --- all of them ----------------------------------------------------------------------------- */

/* Reads NODE; an alias that is written down is the new device's, if it made one. */
gboolean
definition_device_read (VitrineDefinition *self, xmlNode *node, GError **error)
{
    guint n_before = self->devices->len;
    g_autofree char *alias = definition_attribute (definition_child (node, "alias"), "name");

    for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
        if (xmlStrEqual (node->name, (const xmlChar *) readers[i].name)
            && !readers[i].read (self, node, error))
            return FALSE;
    if (self->devices->len > n_before && alias) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, n_before);

        set_string (&device->alias, alias);
    }
    return TRUE;
}

gboolean
definition_devices_read (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *devices = definition_child (domain, "devices");
    guint element = 0;

    for (xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        guint n_before = self->devices->len;

        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (!definition_device_read (self, node, error))
            return FALSE;
        if (self->devices->len > n_before)
            ((VitrineDefinitionDevice *) g_ptr_array_index (self->devices, n_before))->element =
                element;
        element++;
    }
    if (definition_count_kind (self, VITRINE_DEFINITION_CONSOLE)
                + definition_count_kind (self, VITRINE_DEFINITION_CHANNEL)
            > 0
        && !definition_find_model (self, "virtio-serial"))
        add_device (self, VITRINE_DEFINITION_CONTROLLER, "virtio-serial");
    if ((self->has_vnc || self->has_spice) && !definition_child (devices, "video"))
        add_device (self, VITRINE_DEFINITION_VIDEO, "vga");
    definition_usb_complete (self);
    return definition_memory_settle (self, domain, error)
           && definition_places_give (self, definition_child (domain, "os"), error);
}
