/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-xml.c - what is read out of libvirt's domain XML for people to see.
 *
 * A device that runs has an alias of libvirt's; one that does not gets the alias that libvirt would give it,
 * so that it is called the same before and after the start.
 */
#include "libvirt-xml.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "libvirt-tree.h"
#include "vitrine-private.h"

#define KIB 1024

/* --- devices ---------------------------------------------------------------------------------- */

/* The first of TEXTS that is not empty; the others are freed. */
static char *
choose (char *first, char *second)
{
    if (*first != '\0') {
        g_free (second);
        return first;
    }
    g_free (first);
    return second;
}

/* Where to find what a device of some element is.  KIND NULL: the element's name. */
static const struct {
    const char *element, *kind;
    const char *model_child, *model; /* child NULL: an attribute of its own */
    const char *alias;               /* what libvirt calls the Nth of them */
} forms[] = {
    { "disk", NULL, "target", "bus", NULL },
    { "interface", NULL, "model", "type", "net" },
    { "serial", NULL, "target", "type", "serial" },
    { "parallel", NULL, "target", "type", "parallel" },
    { "console", NULL, "target", "type", "console" },
    { "channel", NULL, "target", "type", "channel" },
    { "input", NULL, NULL, "bus", "input" },
    { "graphics", NULL, NULL, "type", "graphics" },
    { "video", NULL, "model", "type", "video" },
    { "sound", NULL, NULL, "model", "sound" },
    { "controller", NULL, NULL, "model", NULL },
    { "memballoon", "balloon", NULL, "model", "balloon" },
    { "rng", NULL, NULL, "model", "rng" },
    { "watchdog", NULL, NULL, "model", "watchdog" },
    { "panic", NULL, NULL, "model", "panic" },
    { "tpm", NULL, NULL, "model", "tpm" },
    { "vsock", NULL, NULL, "model", "vsock" },
    { "memory", NULL, NULL, "model", "dimm" },
    { "hostdev", NULL, NULL, "type", "hostdev" },
    { "redirdev", NULL, NULL, "bus", "redir" },
    { "filesystem", NULL, "driver", "type", "fs" },
    { "smartcard", NULL, NULL, "mode", "smartcard" },
    { "hub", NULL, NULL, "type", "hub" },
    { "shmem", NULL, "model", "type", "shmem" },
    { "iommu", NULL, NULL, "model", "iommu" },
};

/* Of a device that is in no table: which it is of its element. */
typedef struct {
    guint n[G_N_ELEMENTS (forms)];
} Counters;

/* "a" is 0, "z" 25, "aa" 26; what follows "vd", "sd", "hd". */
static guint
letters_to_index (const char *letters)
{
    guint index = 0;

    for (const char *p = letters; *p >= 'a' && *p <= 'z' && index < 10000; p++)
        index = index * 26 + (guint) (*p - 'a') + 1;
    return index > 0 ? index - 1 : 0;
}

static char *
make_disk_alias (const xmlNode *node)
{
    const xmlNode *address = libvirt_tree_find_child (node, "address");
    g_autofree char *bus = libvirt_tree_dup_of_child (node, "target", "bus");
    g_autofree char *target = libvirt_tree_dup_of_child (node, "target", "dev");
    g_autofree char *controller = libvirt_tree_dup_attribute (address, "controller");
    g_autofree char *bus_number = libvirt_tree_dup_attribute (address, "bus");
    g_autofree char *unit = libvirt_tree_dup_attribute (address, "unit");

    if (libvirt_tree_has_attribute (address, "type", "drive"))
        return g_strdup_printf ("%s%s-%s-%s", bus, controller, bus_number, unit);
    return g_strdup_printf ("%s-disk%u", bus,
                            letters_to_index (strlen (target) > 2 ? target + 2 : ""));
}

static char *
make_controller_alias (const xmlNode *node)
{
    g_autofree char *type = libvirt_tree_dup_attribute (node, "type");
    g_autofree char *index = libvirt_tree_dup_attribute (node, "index");
    g_autofree char *model = libvirt_tree_dup_attribute (node, "model");

    if (g_str_equal (type, "pci"))
        return g_strdup_printf (g_str_equal (model, "pcie-root") ? "pcie.%s" : "pci.%s", index);
    if (g_str_equal (index, "0") && (g_str_equal (type, "usb") || g_str_equal (type, "ide")))
        return g_strdup (type);
    return g_strconcat (type, index, NULL);
}

static char *
dup_alias (const xmlNode *node, const char *stem, guint n)
{
    g_autofree char *alias = libvirt_tree_dup_of_child (node, "alias", "name");

    if (*alias != '\0')
        return g_steal_pointer (&alias);
    if (libvirt_tree_is_called (node, "disk"))
        return make_disk_alias (node);
    if (libvirt_tree_is_called (node, "controller"))
        return make_controller_alias (node);
    return g_strdup_printf ("%s%u", stem, n);
}

static char *
dup_disk_source (const xmlNode *node)
{
    static const char *const attributes[] = { "file", "dev", "dir", "name", "volume" };
    const xmlNode *source = libvirt_tree_find_child (node, "source");

    for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++) {
        g_autofree char *value = libvirt_tree_dup_attribute (source, attributes[i]);

        if (*value != '\0')
            return g_steal_pointer (&value);
    }
    return g_strdup ("");
}

/* What it is plugged into, and the card's address. */
static char *
dup_interface_source (const xmlNode *node)
{
    static const char *const attributes[] = { "network", "bridge", "dev", "path" };
    const xmlNode *source = libvirt_tree_find_child (node, "source");
    g_autofree char *mac = libvirt_tree_dup_of_child (node, "mac", "address");
    g_autofree char *plug = libvirt_tree_dup_attribute (node, "type");

    for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++) {
        g_autofree char *value = libvirt_tree_dup_attribute (source, attributes[i]);

        if (*value == '\0')
            continue;
        g_free (plug);
        plug = g_steal_pointer (&value);
        break;
    }
    return *mac != '\0' ? g_strdup_printf ("%s, %s", plug, mac) : g_steal_pointer (&plug);
}

static char *
dup_source (const xmlNode *node)
{
    if (libvirt_tree_is_called (node, "disk") || libvirt_tree_is_called (node, "filesystem"))
        return dup_disk_source (node);
    if (libvirt_tree_is_called (node, "interface"))
        return dup_interface_source (node);
    if (libvirt_tree_is_called (node, "channel"))
        return libvirt_tree_dup_of_child (node, "target", "name");
    return libvirt_tree_dup_of_child (node, "source", "path");
}

/* Some elements stand for things that people take for different ones. */
static char *
dup_kind (const xmlNode *node, const char *kind)
{
    if (libvirt_tree_is_called (node, "disk"))
        return choose (libvirt_tree_dup_attribute (node, "device"), g_strdup ("disk"));
    if (libvirt_tree_is_called (node, "input"))
        return choose (libvirt_tree_dup_attribute (node, "type"), g_strdup ("input"));
    return g_strdup (kind != NULL ? kind : (const char *) node->name);
}

static char *
dup_model (const xmlNode *node, gsize form)
{
    const xmlNode *place = forms[form].model_child != NULL
                               ? libvirt_tree_find_child (node, forms[form].model_child)
                               : node;
    g_autofree char *finer = NULL;

    if (libvirt_tree_is_called (node, "serial"))
        finer =
            libvirt_tree_dup_of_child (libvirt_tree_find_child (node, "target"), "model", "name");
    else if (libvirt_tree_is_called (node, "controller"))
        finer = choose (libvirt_tree_dup_attribute (node, "model"),
                        libvirt_tree_dup_attribute (node, "type"));
    return choose (finer != NULL ? g_steal_pointer (&finer) : g_strdup (""),
                   libvirt_tree_dup_attribute (place, forms[form].model));
}

/* A console that is the first serial port once more, for programs that look for consoles only. */
static gboolean
is_repeated (const xmlNode *node)
{
    g_autofree char *type = libvirt_tree_dup_of_child (node, "target", "type");

    return libvirt_tree_is_called (node, "console")
           && (g_str_equal (type, "serial") || *type == '\0');
}

/* Aliases of cards and disks are places in a list, which may be another in what runs. */
static char *
dup_id (const xmlNode *node)
{
    g_autofree char *id = NULL;

    if (libvirt_tree_is_called (node, "interface"))
        id = libvirt_tree_dup_of_child (node, "mac", "address");
    else if (libvirt_tree_is_called (node, "disk"))
        id = libvirt_tree_dup_of_child (node, "target", "dev");
    return id != NULL && *id != '\0' ? g_steal_pointer (&id) : NULL;
}

static VitrineDeviceInfo *
read_device (const xmlNode *node, Counters *counters)
{
    VitrineDeviceInfo *info = g_new0 (VitrineDeviceInfo, 1);
    gsize form = 0;

    while (form < G_N_ELEMENTS (forms) && !libvirt_tree_is_called (node, forms[form].element))
        form++;
    info->source = dup_source (node);
    info->id = dup_id (node);
    if (form == G_N_ELEMENTS (forms)) {
        info->kind = g_strdup ((const char *) node->name);
        info->model = libvirt_tree_dup_attribute (node, "model");
        info->alias = dup_alias (node, info->kind, 0);
        return info;
    }
    info->kind = dup_kind (node, forms[form].kind);
    info->model = dup_model (node, form);
    info->alias = dup_alias (node, forms[form].alias, counters->n[form]++);
    return info;
}

/* Whether NODE, a child of <devices>, is one for people to see. */
static gboolean
is_device (const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && !libvirt_tree_is_called (node, "emulator")
           && !is_repeated (node);
}

xmlNode *
libvirt_xml_find_device (xmlNode *root, const char *alias)
{
    xmlNode *devices = libvirt_tree_find_child (root, "devices");
    Counters counters = { 0 };

    for (xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next) {
        g_autoptr (VitrineDeviceInfo) info =
            is_device (node) ? read_device (node, &counters) : NULL;

        if (info != NULL && g_str_equal (info->alias, alias))
            return node;
    }
    return NULL;
}

static gboolean
is_talked_to (const xmlNode *node)
{
    return (libvirt_tree_is_called (node, "serial") || libvirt_tree_is_called (node, "console")
            || libvirt_tree_is_called (node, "parallel"))
           && libvirt_tree_has_attribute (node, "type", "pty");
}

/* SPICE first: who has both put it there on purpose. */
static GStrv
dup_displays (const LibvirtXml *self)
{
    g_autoptr (GStrvBuilder) displays = g_strv_builder_new ();

    if (self->spice >= 0)
        g_strv_builder_add (displays, "spice");
    if (self->vnc >= 0)
        g_strv_builder_add (displays, "vnc");
    return g_strv_builder_end (displays);
}

/* Which child element NODE is of its parent, from 1 on. */
static guint
count_elements (const xmlNode *node)
{
    guint n = 0;

    for (; node != NULL; node = node->prev)
        n += node->type == XML_ELEMENT_NODE;
    return n;
}

static void
read_devices (LibvirtXml *self, const xmlNode *devices)
{
    g_autoptr (GStrvBuilder) consoles = g_strv_builder_new ();
    Counters counters = { 0 };
    int n_graphics = 0;

    for (xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next) {
        VitrineDeviceInfo *info;

        if (!is_device (node))
            continue;
        info = read_device (node, &counters);
        info->element = count_elements (node);
        g_ptr_array_add (self->devices, info);
        if (is_talked_to (node))
            g_strv_builder_add (consoles, info->alias);
        if (!libvirt_tree_is_called (node, "graphics"))
            continue;
        self->graphics = TRUE;
        if (self->vnc < 0 && libvirt_tree_has_attribute (node, "type", "vnc"))
            self->vnc = n_graphics;
        if (self->spice < 0 && libvirt_tree_has_attribute (node, "type", "spice"))
            self->spice = n_graphics;
        n_graphics++;
    }
    self->consoles = g_strv_builder_end (consoles);
    self->displays = dup_displays (self);
}

/* --- the rest --------------------------------------------------------------------------------- */

static guint64
read_number (char *text)
{
    guint64 number = g_ascii_strtoull (text, NULL, 10);

    g_free (text);
    return number;
}

/* What a host says is in KiB. */
static guint64
read_memory (const xmlNode *root)
{
    guint64 kib =
        read_number (libvirt_tree_dup_text (libvirt_tree_find_child (root, "currentMemory")));

    if (kib == 0)
        kib = read_number (libvirt_tree_dup_text (libvirt_tree_find_child (root, "memory")));
    return kib <= G_MAXUINT64 / KIB ? kib * KIB : 0;
}

static guint
read_vcpus (const xmlNode *root)
{
    const xmlNode *vcpu = libvirt_tree_find_child (root, "vcpu");
    guint64 n = read_number (libvirt_tree_dup_attribute (vcpu, "current"));

    if (n == 0)
        n = read_number (libvirt_tree_dup_text (vcpu));
    return (guint) CLAMP (n, 1, 65535);
}

static VitrineFirmware
read_firmware (const xmlNode *root)
{
    const xmlNode *os = libvirt_tree_find_child (root, "os");
    gboolean uefi =
        libvirt_tree_has_attribute (os, "firmware", "efi")
        || libvirt_tree_has_attribute (libvirt_tree_find_child (os, "loader"), "type", "pflash");

    return uefi ? VITRINE_FIRMWARE_UEFI : VITRINE_FIRMWARE_BIOS;
}

/* As virt-install and virt-manager write it. */
static char *
read_os (const xmlNode *root)
{
    const xmlNode *list =
        libvirt_tree_find_child (libvirt_tree_find_child (root, "metadata"), "libosinfo");

    if (list == NULL || list->ns == NULL
        || !xmlStrEqual (list->ns->href, BAD_CAST LIBVIRT_XML_OSINFO_URI))
        return g_strdup ("");
    return libvirt_tree_dup_of_child (list, "os", "id");
}

LibvirtXml *
libvirt_xml_parse (const char *xml, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", error);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    LibvirtXml *self;

    if (root == NULL)
        return NULL;
    self = g_new0 (LibvirtXml, 1);
    self->uuid = libvirt_tree_dup_text (libvirt_tree_find_child (root, "uuid"));
    self->name = libvirt_tree_dup_text (libvirt_tree_find_child (root, "name"));
    self->vcpus = read_vcpus (root);
    self->memory_bytes = read_memory (root);
    self->firmware = read_firmware (root);
    self->os = read_os (root);
    self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    self->vnc = self->spice = -1;
    read_devices (self, libvirt_tree_find_child (root, "devices"));
    return self;
}

void
libvirt_xml_free (LibvirtXml *self)
{
    if (self == NULL)
        return;
    g_free (self->uuid);
    g_free (self->name);
    g_free (self->os);
    g_ptr_array_unref (self->devices);
    g_strfreev (self->consoles);
    g_strfreev (self->displays);
    g_free (self);
}

GPtrArray *
libvirt_xml_dup_devices (const LibvirtXml *self)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);

    for (guint i = 0; self != NULL && i < self->devices->len; i++)
        g_ptr_array_add (copy, vitrine_device_info_copy (g_ptr_array_index (self->devices, i)));
    return copy;
}
