/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-build.c - a new machine's definition, written through libvirt-gconfig.
 *
 * What libvirt-gconfig has no words for (rng, "no USB") is put into its tree's text afterwards, and
 * the result goes through our own parser, which checks every value once and in one place.
 */
#include <glib/gi18n-lib.h>
#include <libvirt-gconfig/libvirt-gconfig.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "definition-private.h"
#include "vitrine-error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomain, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomainChardevSourcePty, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomainClock, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomainCpu, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomainCpuModel, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomainDiskDriver, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomainOs, g_object_unref)

static void
add_device (GVirConfigDomain *domain, gpointer device)
{
    gvir_config_domain_add_device (domain, GVIR_CONFIG_DOMAIN_DEVICE (device));
    g_object_unref (device);
}

static gboolean
refuse_boot (const char *order, GError **error)
{
    g_autofree char *quoted = definition_quote (order);

    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("A machine boots from hd, cdrom and network, in any order, each "
                                 "once, not from “%s”"),
                              quoted);
}

/* What ORDER, words with commas between them, says. */
static gboolean
read_boot (const char *order, GList **boot, GError **error)
{
    static const struct {
        const char *word;
        GVirConfigDomainOsBootDevice device;
    } devices[] = {
        { "hd", GVIR_CONFIG_DOMAIN_OS_BOOT_DEVICE_HD },
        { "cdrom", GVIR_CONFIG_DOMAIN_OS_BOOT_DEVICE_CDROM },
        { "network", GVIR_CONFIG_DOMAIN_OS_BOOT_DEVICE_NETWORK },
    };
    g_auto (GStrv) words = g_strsplit (order, ",", -1);

    for (guint i = 0; words[i]; i++) {
        gsize at = 0;

        while (at < G_N_ELEMENTS (devices) && !g_str_equal (devices[at].word, words[i]))
            at++;
        if (at == G_N_ELEMENTS (devices)
            || g_list_find (*boot, GINT_TO_POINTER (devices[at].device)))
            return refuse_boot (order, error);
        *boot = g_list_append (*boot, GINT_TO_POINTER (devices[at].device));
    }
    return *boot || refuse_boot (order, error);
}

static gboolean
build_os (GVirConfigDomain *domain, const VitrineDefinitionParams *params, GError **error)
{
    g_autoptr (GVirConfigDomainOs) os = gvir_config_domain_os_new ();
    g_autoptr (GList) boot = NULL;

    if (!read_boot (params->boot ? params->boot : "hd,cdrom", &boot, error))
        return FALSE;

    gvir_config_domain_os_set_os_type (os, GVIR_CONFIG_DOMAIN_OS_TYPE_HVM);
    gvir_config_domain_os_set_arch (os, "x86_64");
    gvir_config_domain_os_set_machine (os, "q35");
    if (params->firmware == VITRINE_DEFINITION_FIRMWARE_UEFI)
        gvir_config_domain_os_set_firmware (os, GVIR_CONFIG_DOMAIN_OS_FIRMWARE_EFI);
    gvir_config_domain_os_set_boot_devices (os, boot);
    if (params->kernel)
        gvir_config_domain_os_set_kernel (os, params->kernel);
    if (params->initrd)
        gvir_config_domain_os_set_ramdisk (os, params->initrd);
    if (params->command_line)
        gvir_config_domain_os_set_cmdline (os, params->command_line);
    gvir_config_domain_set_os (domain, os);
    return TRUE;
}

/* The host's processor, or the model NAME's. */
static void
build_cpu (GVirConfigDomain *domain, const char *name)
{
    g_autoptr (GVirConfigDomainCpu) cpu = gvir_config_domain_cpu_new ();
    g_autoptr (GVirConfigDomainCpuModel) model = NULL;

    if (!name) {
        gvir_config_domain_cpu_set_mode (cpu, GVIR_CONFIG_DOMAIN_CPU_MODE_HOST_PASSTHROUGH);
    } else {
        model = gvir_config_domain_cpu_model_new ();
        gvir_config_capabilities_cpu_model_set_name (GVIR_CONFIG_CAPABILITIES_CPU_MODEL (model),
                                                     name);
        gvir_config_domain_cpu_set_mode (cpu, GVIR_CONFIG_DOMAIN_CPU_MODE_CUSTOM);
        gvir_config_domain_cpu_set_match_policy (cpu, GVIR_CONFIG_DOMAIN_CPU_MATCH_POLICY_EXACT);
        gvir_config_domain_cpu_set_model (cpu, model);
    }
    gvir_config_domain_set_cpu (domain, cpu);
}

static void
build_machine (GVirConfigDomain *domain, const VitrineDefinitionParams *params)
{
    g_autofree char *made_up = params->uuid ? NULL : g_uuid_string_random ();
    g_autoptr (GVirConfigDomainClock) clock = gvir_config_domain_clock_new ();
    static const char *features[] = { "acpi", "apic", NULL };

    gvir_config_domain_set_virt_type (domain, GVIR_CONFIG_DOMAIN_VIRT_KVM);
    gvir_config_domain_set_name (domain, params->name);
    gvir_config_domain_set_uuid (domain, params->uuid ? params->uuid : made_up);
    if (params->title)
        gvir_config_domain_set_title (domain, params->title);
    gvir_config_domain_set_memory (domain, params->memory_bytes / 1024);
    gvir_config_domain_set_vcpus (domain, params->vcpus);
    gvir_config_domain_set_features (domain, (GStrv) features);
    build_cpu (domain, params->cpu_model);
    gvir_config_domain_clock_set_offset (clock, params->windows ? GVIR_CONFIG_DOMAIN_CLOCK_LOCALTIME
                                                                : GVIR_CONFIG_DOMAIN_CLOCK_UTC);
    gvir_config_domain_set_clock (domain, clock);
    gvir_config_domain_set_lifecycle (domain, GVIR_CONFIG_DOMAIN_LIFECYCLE_ON_POWEROFF,
                                      GVIR_CONFIG_DOMAIN_LIFECYCLE_DESTROY);
    gvir_config_domain_set_lifecycle (domain, GVIR_CONFIG_DOMAIN_LIFECYCLE_ON_REBOOT,
                                      GVIR_CONFIG_DOMAIN_LIFECYCLE_RESTART);
    gvir_config_domain_set_lifecycle (domain, GVIR_CONFIG_DOMAIN_LIFECYCLE_ON_CRASH,
                                      GVIR_CONFIG_DOMAIN_LIFECYCLE_DESTROY);
}

static gboolean
cache_from_string (const char *word, GVirConfigDomainDiskCacheType *cache, GError **error)
{
    static const struct {
        const char *word;
        GVirConfigDomainDiskCacheType cache;
    } caches[] = {
        { "none", GVIR_CONFIG_DOMAIN_DISK_CACHE_NONE },
        { "writeback", GVIR_CONFIG_DOMAIN_DISK_CACHE_WRITEBACK },
        { "writethrough", GVIR_CONFIG_DOMAIN_DISK_CACHE_WRITETHROUGH },
        { "unsafe", GVIR_CONFIG_DOMAIN_DISK_CACHE_UNSAFE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (caches); i++)
        if (g_str_equal (caches[i].word, word)) {
            *cache = caches[i].cache;
            return TRUE;
        }
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no way of caching; there are: none, writeback, "
                                 "writethrough, unsafe"),
                              word);
}

static gboolean
is_on (const VitrineDefinitionDiskParams *params, const char *bus)
{
    return g_str_equal (params->bus ? params->bus : "virtio", bus);
}

/* The target of the INDEX-th disk of its letters; a machine with more than 26 is refused by the
 * parser. */
static char *
target_name (gboolean virtio, guint index)
{
    return g_strdup_printf ("%s%c", virtio ? "vd" : "sd", 'a' + MIN (index, 25));
}

static GVirConfigDomainDiskBus
bus_of (const VitrineDefinitionDiskParams *params)
{
    return is_on (params, "sata")   ? GVIR_CONFIG_DOMAIN_DISK_BUS_SATA
           : is_on (params, "scsi") ? GVIR_CONFIG_DOMAIN_DISK_BUS_SCSI
                                    : GVIR_CONFIG_DOMAIN_DISK_BUS_VIRTIO;
}

static gboolean
build_disk (GVirConfigDomain *domain, const VitrineDefinitionDiskParams *params, guint index,
            GError **error)
{
    GVirConfigDomainDisk *disk = gvir_config_domain_disk_new ();
    g_autoptr (GVirConfigDomainDiskDriver) driver = gvir_config_domain_disk_driver_new ();
    g_autofree char *target = target_name (is_on (params, "virtio"), index);
    GVirConfigDomainDiskCacheType cache = GVIR_CONFIG_DOMAIN_DISK_CACHE_DEFAULT;

    /* others: name_formats() */
    gvir_config_domain_disk_driver_set_format (driver, GVIR_CONFIG_DOMAIN_DISK_FORMAT_RAW);
    if (params->discard)
        gvir_config_domain_disk_driver_set_discard (
            driver, g_str_equal (params->discard, "unmap")
                        ? GVIR_CONFIG_DOMAIN_DISK_DRIVER_DISCARD_UNMAP
                        : GVIR_CONFIG_DOMAIN_DISK_DRIVER_DISCARD_IGNORE);
    if (params->cache) {
        if (!cache_from_string (params->cache, &cache, error)) {
            g_object_unref (disk);
            return FALSE;
        }
        gvir_config_domain_disk_driver_set_cache (driver, cache);
    }
    gvir_config_domain_disk_set_type (disk, params->block ? GVIR_CONFIG_DOMAIN_DISK_BLOCK
                                                          : GVIR_CONFIG_DOMAIN_DISK_FILE);
    gvir_config_domain_disk_set_guest_device_type (disk, GVIR_CONFIG_DOMAIN_DISK_GUEST_DEVICE_DISK);
    gvir_config_domain_disk_set_driver (disk, driver);
    gvir_config_domain_disk_set_source (disk,
                                        params->server ? "" : params->path); /* name_formats() */
    gvir_config_domain_disk_set_target_dev (disk, target);
    gvir_config_domain_disk_set_target_bus (disk, bus_of (params));
    if (params->read_only)
        gvir_config_domain_disk_set_readonly (disk, TRUE);
    add_device (domain, disk);
    return TRUE;
}

static void
build_cdrom (GVirConfigDomain *domain, const char *iso, guint index)
{
    GVirConfigDomainDisk *disk = gvir_config_domain_disk_new ();
    g_autofree char *target = target_name (FALSE, index);

    gvir_config_domain_disk_set_type (disk, GVIR_CONFIG_DOMAIN_DISK_FILE);
    gvir_config_domain_disk_set_guest_device_type (disk,
                                                   GVIR_CONFIG_DOMAIN_DISK_GUEST_DEVICE_CDROM);
    if (iso)
        gvir_config_domain_disk_set_source (disk, iso);
    gvir_config_domain_disk_set_target_dev (disk, target);
    gvir_config_domain_disk_set_target_bus (disk, GVIR_CONFIG_DOMAIN_DISK_BUS_SATA);
    gvir_config_domain_disk_set_readonly (disk, TRUE);
    add_device (domain, disk);
}

/* SATA and SCSI disks share the letters of sda, sdb, … */
static gboolean
build_disks (GVirConfigDomain *domain, const VitrineDefinitionParams *params, GError **error)
{
    guint n_virtio = 0, n_sata = 0, n_letters = 0;

    for (gsize i = 0; i < params->n_disks; i++) {
        const VitrineDefinitionDiskParams *disk = &params->disks[i];
        guint *index = is_on (disk, "virtio") ? &n_virtio : &n_letters;

        n_sata += is_on (disk, "sata");
        if (*index >= 26 || n_sata > VITRINE_DEFINITION_MAX_SATA)
            return definition_refuse (
                error, VITRINE_ERROR_UNSUPPORTED,
                _ ("Vitrine cannot do more than %d disks on one bus yet"),
                n_sata > VITRINE_DEFINITION_MAX_SATA ? VITRINE_DEFINITION_MAX_SATA : 26);
        if (!build_disk (domain, disk, (*index)++, error))
            return FALSE;
    }
    if (params->iso || params->empty_cdrom)
        build_cdrom (domain, params->iso, n_letters);
    return TRUE;
}

static void
build_input (GVirConfigDomain *domain, GVirConfigDomainInputDeviceType type,
             GVirConfigDomainInputBus bus)
{
    GVirConfigDomainInput *input = gvir_config_domain_input_new ();

    gvir_config_domain_input_set_device_type (input, type);
    gvir_config_domain_input_set_bus (input, bus);
    add_device (domain, input);
}

static void
build_vnc (GVirConfigDomain *domain)
{
    GVirConfigDomainGraphicsVnc *graphics = gvir_config_domain_graphics_vnc_new ();

    gvir_config_domain_graphics_vnc_set_autoport (graphics, TRUE);
    add_device (domain, graphics);
}

static void
build_spice (GVirConfigDomain *domain)
{
    GVirConfigDomainGraphicsSpice *graphics = gvir_config_domain_graphics_spice_new ();
    GVirConfigDomainChannel *channel = gvir_config_domain_channel_new ();
    g_autoptr (GObject) source = G_OBJECT (gvir_config_domain_chardev_source_spicevmc_new ());

    gvir_config_domain_chardev_set_source (GVIR_CONFIG_DOMAIN_CHARDEV (channel),
                                           GVIR_CONFIG_DOMAIN_CHARDEV_SOURCE (source));
    gvir_config_domain_channel_set_target_type (channel, GVIR_CONFIG_DOMAIN_CHANNEL_TARGET_VIRTIO);
    gvir_config_domain_channel_set_target_name (channel, VITRINE_DEFINITION_SPICE_CHANNEL);
    add_device (domain, channel);
    gvir_config_domain_graphics_spice_set_autoport (graphics, TRUE);
    add_device (domain, graphics);
}

static void
build_display (GVirConfigDomain *domain, gboolean spice)
{
    GVirConfigDomainVideo *video = gvir_config_domain_video_new ();

    if (spice)
        build_spice (domain);
    else
        build_vnc (domain);
    gvir_config_domain_video_set_model (video, GVIR_CONFIG_DOMAIN_VIDEO_MODEL_VGA);
    add_device (domain, video);
}

static void
build_serial (GVirConfigDomain *domain)
{
    GVirConfigDomainSerial *serial = gvir_config_domain_serial_new ();
    GVirConfigDomainConsole *console = gvir_config_domain_console_new ();
    g_autoptr (GVirConfigDomainChardevSourcePty) pty = gvir_config_domain_chardev_source_pty_new ();
    g_autoptr (GVirConfigDomainChardevSourcePty) pty2 =
        gvir_config_domain_chardev_source_pty_new ();

    gvir_config_domain_chardev_set_source (GVIR_CONFIG_DOMAIN_CHARDEV (serial),
                                           GVIR_CONFIG_DOMAIN_CHARDEV_SOURCE (pty));
    add_device (domain, serial);
    gvir_config_domain_chardev_set_source (GVIR_CONFIG_DOMAIN_CHARDEV (console),
                                           GVIR_CONFIG_DOMAIN_CHARDEV_SOURCE (pty2));
    gvir_config_domain_console_set_target_type (console, GVIR_CONFIG_DOMAIN_CONSOLE_TARGET_SERIAL);
    add_device (domain, console);
}

static void
build_balloon (GVirConfigDomain *domain)
{
    GVirConfigDomainMemballoon *balloon = gvir_config_domain_memballoon_new ();

    gvir_config_domain_memballoon_set_model (balloon, GVIR_CONFIG_DOMAIN_MEMBALLOON_MODEL_NONE);
    add_device (domain, balloon);
}

/* --- what libvirt-gconfig has no words for --------------------------------------------------- */

static xmlNode *
add_node (xmlNode *parent, const char *name, const char *attribute, const char *value)
{
    xmlNode *node = xmlNewChild (parent, NULL, (const xmlChar *) name, NULL);

    xmlSetProp (node, (const xmlChar *) attribute, (const xmlChar *) value);
    return node;
}

static void
add_forward (xmlNode *nic, const VitrineDefinitionForwardParams *params)
{
    xmlNode *forward = add_node (nic, "portForward", "proto", params->udp ? "udp" : "tcp");
    g_autofree char *start = g_strdup_printf ("%u", params->host_port);
    g_autofree char *to = g_strdup_printf ("%u", params->guest_port);
    xmlNode *range = add_node (forward, "range", "start", start);

    xmlSetProp (range, (const xmlChar *) "to", (const xmlChar *) to);
}

/* As virt-install and virt-manager write it, so that they know the system too. */
static void
add_os (xmlNode *domain, const char *id)
{
    xmlNode *metadata = xmlNewNode (NULL, (const xmlChar *) "metadata");
    xmlNode *list = xmlNewChild (metadata, NULL, (const xmlChar *) "libosinfo", NULL);
    xmlNs *ns =
        xmlNewNs (list, (const xmlChar *) DEFINITION_OSINFO_URI, (const xmlChar *) "libosinfo");
    xmlNode *os;

    xmlSetNs (list, ns);
    os = add_node (list, "os", "id", id);
    xmlSetNs (os, ns);
    xmlAddNextSibling (definition_child (domain, "uuid"), metadata);
}

/* Windows runs better where it is told of whom it runs on. */
static void
add_hyperv (xmlNode *domain)
{
    xmlNode *hyperv = add_node (definition_child (domain, "features"), "hyperv", "mode", "custom");

    add_node (hyperv, "relaxed", "state", "on");
    add_node (hyperv, "vapic", "state", "on");
    xmlSetProp (add_node (hyperv, "spinlocks", "state", "on"), (const xmlChar *) "retries",
                (const xmlChar *) "8191");
    xmlSetProp (add_node (definition_child (domain, "clock"), "timer", "name", "hypervclock"),
                (const xmlChar *) "present", (const xmlChar *) "yes");
}

static void
add_nic (xmlNode *devices, const VitrineDefinitionNicParams *params, const char *uuid,
         guint ordinal)
{
    const char *type = params->bridge    ? "bridge"
                       : params->network ? "network"
                       : params->macvtap ? "direct"
                                         : "user";
    xmlNode *nic = add_node (devices, "interface", "type", type);
    g_autofree char *made_up = definition_mac_make (uuid, ordinal);

    if (params->bridge || params->network)
        add_node (nic, "source", type, params->bridge ? params->bridge : params->network);
    else if (params->macvtap)
        xmlSetProp (add_node (nic, "source", "dev", params->macvtap), (const xmlChar *) "mode",
                    (const xmlChar *) (params->macvtap_mode ? params->macvtap_mode : "bridge"));
    else
        add_node (nic, "backend", "type", "passt");
    add_node (nic, "mac", "address", params->mac ? params->mac : made_up);
    for (gsize i = 0; i < params->n_forwards; i++)
        add_forward (nic, &params->forwards[i]);
    add_node (nic, "model", "type", params->model ? params->model : "virtio");
    if (params->queues > 1) {
        g_autofree char *queues = g_strdup_printf ("%u", params->queues);

        add_node (nic, "driver", "queues", queues);
    }
    if (params->link_down)
        add_node (nic, "link", "state", "down");
}

static void
add_scsi_controller (xmlNode *devices)
{
    xmlNode *scsi = add_node (devices, "controller", "type", "scsi");

    xmlSetProp (scsi, (const xmlChar *) "index", (const xmlChar *) "0");
    xmlSetProp (scsi, (const xmlChar *) "model", (const xmlChar *) "virtio-scsi");
}

/* libvirt-gconfig does not know them all.  Disks come first, and in order. */
static void
name_formats (xmlNode *devices, const VitrineDefinitionParams *params)
{
    xmlNode *disk = definition_child (devices, "disk");

    for (gsize i = 0; i < params->n_disks; i++, disk = xmlNextElementSibling (disk)) {
        xmlSetProp (definition_child (disk, "driver"), (const xmlChar *) "type",
                    (const xmlChar *) definition_format_word (params->disks[i].format));
        if (params->disks[i].server)
            definition_network_disk_write (disk, params->disks[i].server);
        else if (params->disks[i].format == VITRINE_DEFINITION_FORMAT_LUKS)
            definition_encryption_write (disk, NULL);
    }
}

static char *
finish (const char *xml, const VitrineDefinitionParams *params)
{
    static const xmlChar *const devices = (const xmlChar *) "devices";
    xmlDoc *doc =
        xmlReadDoc ((const xmlChar *) xml, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
    xmlNode *parent =
        doc ? definition_child (xmlDocGetRootElement (doc), (const char *) devices) : NULL;
    g_autofree char *uuid = NULL;
    xmlNode *rng, *backend;
    xmlChar *raw = NULL;
    char *text;
    int len;

    g_assert (parent != NULL); /* build_balloon() made one */
    uuid = definition_text (definition_child (parent->parent, "uuid"));
    if (params->os)
        add_os (parent->parent, params->os);
    if (params->windows)
        add_hyperv (parent->parent);
    name_formats (parent, params);
    for (gsize i = 0; i < params->n_nics; i++)
        add_nic (parent, &params->nics[i], uuid, (guint) i);
    xmlSetProp (add_node (parent, "controller", "type", "usb"), (const xmlChar *) "model",
                (const xmlChar *) (params->graphics ? "qemu-xhci" : "none"));
    for (gsize i = 0; i < params->n_disks; i++)
        if (is_on (&params->disks[i], "scsi")) {
            add_scsi_controller (parent);
            break;
        }
    rng = add_node (parent, "rng", "model", "virtio");
    backend =
        xmlNewTextChild (rng, NULL, (const xmlChar *) "backend", (const xmlChar *) "/dev/urandom");
    xmlSetProp (backend, (const xmlChar *) "model", (const xmlChar *) "random");
    xmlDocDumpFormatMemoryEnc (doc, &raw, &len, "UTF-8", 1);
    text = g_strdup ((const char *) raw);
    xmlFree (raw);
    xmlFreeDoc (doc);
    return text;
}

/* Whether XML can say TEXT at all. */
static gboolean
is_xml_text (const char *text)
{
    if (!g_utf8_validate (text, -1, NULL))
        return FALSE;
    for (const char *p = text; *p; p++)
        if (g_ascii_iscntrl (*p) && *p != '\t' && *p != '\n' && *p != '\r')
            return FALSE;
    return TRUE;
}

/* What libvirt-gconfig would write as something else, or could not write. */
static gboolean
check_params (const VitrineDefinitionParams *params, GError **error)
{
    const char *texts[] = { params->os,     params->title,  params->cpu_model,   params->iso,
                            params->kernel, params->initrd, params->command_line };

    if (!vitrine_definition_check_name (params->name ? params->name : "", error))
        return FALSE;
    if (params->vcpus < 1)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A machine needs at least one CPU"));
    if (params->memory_bytes % (1024 * 1024) != 0)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A machine's memory must be a whole number of MiB"));
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        if (texts[i] && !is_xml_text (texts[i]))
            return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                      _ ("A definition is UTF-8 without control characters; a path "
                                         "or text in it is not"));
    for (gsize i = 0; i < params->n_disks; i++)
        if (params->disks[i].server) {
            if (!definition_server_check (params->disks[i].server, error))
                return FALSE;
        } else if (!params->disks[i].path || !is_xml_text (params->disks[i].path))
            return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                      _ ("A definition is UTF-8 without control characters; the "
                                         "path of a disk is not"));
    return TRUE;
}

char *
vitrine_definition_build (const VitrineDefinitionParams *params, GError **error)
{
    g_autoptr (GVirConfigDomain) domain = NULL;
    g_autoptr (VitrineDefinition) checked = NULL;
    g_autofree char *plain = NULL;
    g_autofree char *xml = NULL;

    if (!check_params (params, error))
        return NULL;
    gvir_config_init (NULL, NULL);
    domain = gvir_config_domain_new ();
    build_machine (domain, params);
    if (!build_os (domain, params, error) || !build_disks (domain, params, error))
        return NULL;
    if (params->serial)
        build_serial (domain);
    if (params->graphics)
        build_input (domain, GVIR_CONFIG_DOMAIN_INPUT_DEVICE_TABLET,
                     GVIR_CONFIG_DOMAIN_INPUT_BUS_USB);
    build_input (domain, GVIR_CONFIG_DOMAIN_INPUT_DEVICE_KEYBOARD,
                 GVIR_CONFIG_DOMAIN_INPUT_BUS_PS2);
    build_input (domain, GVIR_CONFIG_DOMAIN_INPUT_DEVICE_MOUSE, GVIR_CONFIG_DOMAIN_INPUT_BUS_PS2);
    if (params->graphics)
        build_display (domain, params->spice);
    build_balloon (domain);
    plain = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
    xml = finish (plain, params);
    checked = vitrine_definition_parse (xml, -1, error);
    return checked ? g_steal_pointer (&xml) : NULL;
}
