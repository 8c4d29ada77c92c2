/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-build.c - a new machine's definition, as libvirt's hosts take it. */
#include "libvirt-build.h"

#include "libvirt-xml.h"
#include "vitrine-rules-private.h"

#define MIB_KIB 1024

/* Appends FORMAT, whose arguments are escaped. */
static void add (GString *xml, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GString *xml, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start (args, format);
    text = g_markup_vprintf_escaped (format, args);
    va_end (args);
    g_string_append (xml, text);
}

/* Whether it is what a cloud image is told by: that goes with the machine unasked. */
static gboolean
is_seed (const LibvirtBuild *build, const char *path)
{
    GPtrArray *disks = vitrine_spec_get_disks (build->spec);

    for (guint i = 0; i < build->paths->len; i++)
        if (g_ptr_array_index (build->paths, i) == path)
            return ((const VitrineDiskSpec *) g_ptr_array_index (disks, i))->seed;
    return FALSE;
}

static void
add_metadata (GString *xml, const LibvirtBuild *build)
{
    const char *os = vitrine_spec_get_os (build->spec);

    if (build->made->len == 0 && os == NULL)
        return;
    g_string_append (xml, "<metadata>");
    if (os != NULL)
        add (xml,
             "<libosinfo:libosinfo xmlns:libosinfo='%s'><libosinfo:os id='%s'/>"
             "</libosinfo:libosinfo>",
             LIBVIRT_XML_OSINFO_URI, os);
    if (build->made->len > 0)
        add (xml, "<vitrine:made xmlns:vitrine='%s'>", LIBVIRT_BUILD_METADATA_URI);
    for (guint i = 0; i < build->made->len; i++) {
        const char *path = g_ptr_array_index (build->made, i);

        add (xml,
             is_seed (build, path) ? "<vitrine:seed>%s</vitrine:seed>"
                                   : "<vitrine:disk>%s</vitrine:disk>",
             path);
    }
    if (build->made->len > 0)
        g_string_append (xml, "</vitrine:made>");
    g_string_append (xml, "</metadata>");
}

static void
add_boot (GString *xml, VitrineSpec *spec)
{
    const char *order = vitrine_spec_get_boot (spec);
    g_auto (GStrv) words = g_strsplit (order != NULL ? order : "hd,cdrom", ",", -1);

    if (vitrine_spec_get_kernel (spec) != NULL) {
        add (xml, "<kernel>%s</kernel>", vitrine_spec_get_kernel (spec));
        if (vitrine_spec_get_initrd (spec) != NULL)
            add (xml, "<initrd>%s</initrd>", vitrine_spec_get_initrd (spec));
        if (vitrine_spec_get_command_line (spec) != NULL)
            add (xml, "<cmdline>%s</cmdline>", vitrine_spec_get_command_line (spec));
        return;
    }
    for (gsize i = 0; words[i] != NULL; i++)
        add (xml, "<boot dev='%s'/>", words[i]);
}

static void
add_processor (GString *xml, const LibvirtBuild *build)
{
    const char *model = vitrine_spec_get_cpu_model (build->spec);

    if (model != NULL)
        add (xml, "<cpu mode='custom' match='exact'><model>%s</model></cpu>", model);
    else if (g_str_equal (build->type, "kvm"))
        g_string_append (xml, "<cpu mode='host-passthrough'/>");
}

/* Windows takes the clock for the time of the place, and runs better where it is told of whom it runs on. */
static void
add_manners (GString *xml, const LibvirtBuild *build)
{
    gboolean windows = vitrine_rules_is_windows (build->spec);
    gboolean hyperv = windows && g_str_equal (build->type, "kvm");

    g_string_append (xml, "<features><acpi/><apic/>");
    if (hyperv)
        g_string_append (xml, "<hyperv mode='custom'><relaxed state='on'/><vapic state='on'/>"
                              "<spinlocks state='on' retries='8191'/></hyperv>");
    g_string_append (xml, "</features>");
    if (windows)
        g_string_append (xml, hyperv ? "<clock offset='localtime'>"
                                       "<timer name='hypervclock' present='yes'/></clock>"
                                     : "<clock offset='localtime'/>");
}

static void
add_file (GString *xml, const char *path)
{
    add (xml, "<source %s='%s'/>", g_str_has_prefix (path, "/dev/") ? "dev" : "file", path);
}

static void
add_disk (GString *xml, const LibvirtBuild *build, guint n, guint *n_of_bus)
{
    const VitrineDiskSpec *disk = g_ptr_array_index (vitrine_spec_get_disks (build->spec), n);
    const char *path = g_ptr_array_index (build->paths, n);
    g_autofree char *source = vitrine_rules_dup_server_source (disk);
    gboolean virtio = disk->bus == VITRINE_DISK_BUS_VIRTIO;
    guint letter = n_of_bus[virtio ? 0 : 1]++;

    add (xml, "<disk type='%s' device='disk'><driver name='qemu' type='%s'",
         source != NULL                     ? "network"
         : g_str_has_prefix (path, "/dev/") ? "block"
                                            : "file",
         (char *) g_ptr_array_index (build->formats, n));
    if (disk->cache != NULL)
        add (xml, " cache='%s'", disk->cache);
    add (xml, " discard='%s'/>", disk->discard != NULL ? disk->discard : "unmap");
    if (source != NULL)
        g_string_append (xml, source);
    else
        add_file (xml, path);
    add (xml, "<target dev='%s%c' bus='%s'/>", virtio ? "vd" : "sd", (char) ('a' + letter),
         vitrine_disk_bus_to_string (disk->bus));
    g_string_append (xml, disk->read_only ? "<readonly/></disk>" : "</disk>");
}

static void
add_cd (GString *xml, const char *iso, guint n)
{
    add (xml, "<disk type='file' device='cdrom'><target dev='sd%c' bus='sata'/>", (char) ('a' + n));
    if (iso != NULL)
        add (xml, "<source file='%s'/>", iso);
    g_string_append (xml, "<readonly/></disk>");
}

static void
add_forwards (GString *xml, const VitrineNicSpec *nic)
{
    if (nic->forwards->len == 0)
        return;
    g_string_append (xml, "<backend type='passt'/>");
    for (guint i = 0; i < nic->forwards->len; i++) {
        const VitrineForward *forward = &g_array_index (nic->forwards, VitrineForward, i);

        add (xml, "<portForward proto='%s'><range start='%u' to='%u'/></portForward>",
             forward->udp ? "udp" : "tcp", forward->host_port, forward->guest_port);
    }
}

static void
add_nic (GString *xml, const VitrineNicSpec *nic)
{
    add (xml, "<interface type='%s'>",
         nic->bridge != NULL    ? "bridge"
         : nic->network != NULL ? "network"
         : nic->macvtap != NULL ? "direct"
                                : "user");
    if (nic->mac != NULL)
        add (xml, "<mac address='%s'/>", nic->mac);
    if (nic->bridge != NULL)
        add (xml, "<source bridge='%s'/>", nic->bridge);
    else if (nic->network != NULL)
        add (xml, "<source network='%s'/>", nic->network);
    else if (nic->macvtap != NULL)
        add (xml, "<source dev='%s' mode='%s'/>", nic->macvtap,
             nic->macvtap_mode != NULL ? nic->macvtap_mode : "bridge");
    add (xml, "<model type='%s'/>", nic->model != NULL ? nic->model : "virtio");
    if (nic->queues > 1)
        add (xml, "<driver queues='%u'/>", nic->queues);
    if (nic->link_down)
        g_string_append (xml, "<link state='down'/>");
    add_forwards (xml, nic);
    g_string_append (xml, "</interface>");
}

/* libvirt's own choice is one that neither Linux nor Windows has a driver for. */
static void
add_scsi (GString *xml, VitrineSpec *spec)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    for (guint i = 0; i < disks->len; i++)
        if (((VitrineDiskSpec *) g_ptr_array_index (disks, i))->bus == VITRINE_DISK_BUS_SCSI) {
            g_string_append (xml, "<controller type='scsi' index='0' model='virtio-scsi'/>");
            return;
        }
}

/* Here viewers are let in by libvirt, and no port of TCP is opened.  Elsewhere one is, for that computer alone, which
 * viewers reach by SSH. */
static void
add_display (GString *xml, const LibvirtBuild *build)
{
    gboolean spice =
        vitrine_display_is_spice (vitrine_spec_get_display (build->spec), build->has_spice);

    add (xml, "<graphics type='%s'", spice ? "spice" : "vnc");
    if (build->elsewhere)
        g_string_append (xml, " autoport='yes'><listen type='address' address='127.0.0.1'/>");
    else if (spice)
        g_string_append (xml, "><listen type='none'/><image compression='off'/>");
    else
        g_string_append (xml, "><listen type='socket'/>");
    g_string_append (xml, "</graphics>");
    if (spice)
        g_string_append (xml, "<channel type='spicevmc'>"
                              "<target type='virtio' name='com.redhat.spice.0'/></channel>");
    g_string_append (xml, "<video><model type='vga'/></video><input type='tablet' bus='usb'/>");
}

static void
add_devices (GString *xml, const LibvirtBuild *build)
{
    VitrineSpec *spec = build->spec;
    GPtrArray *nics = vitrine_spec_get_nics (spec);
    guint n_of_bus[2] = { 0 };

    g_string_append (xml, "<devices>");
    for (guint i = 0; i < build->paths->len; i++)
        add_disk (xml, build, i, n_of_bus);
    add_scsi (xml, spec);
    if (vitrine_spec_get_kernel (spec) == NULL || vitrine_spec_get_iso (spec) != NULL)
        add_cd (xml, vitrine_spec_get_iso (spec), n_of_bus[1]);
    for (guint i = 0; i < nics->len; i++)
        add_nic (xml, g_ptr_array_index (nics, i));
    g_string_append (xml, "<serial type='pty'/><rng model='virtio'><backend model='random'>"
                          "/dev/urandom</backend></rng>");
    if (vitrine_spec_get_display (spec) != VITRINE_DISPLAY_NONE)
        add_display (xml, build);
    g_string_append (xml, "</devices>");
}

char *
libvirt_build_xml (const LibvirtBuild *build)
{
    VitrineSpec *spec = build->spec;
    GString *xml = g_string_new (NULL);

    add (xml, "<domain type='%s'><name>%s</name><uuid>%s</uuid>", build->type,
         vitrine_spec_get_name (spec), build->uuid);
    add_metadata (xml, build);
    add (xml, "<memory unit='KiB'>%" G_GUINT64_FORMAT "</memory><vcpu>%u</vcpu>",
         vitrine_spec_get_memory_mib (spec) * MIB_KIB, vitrine_spec_get_vcpus (spec));
    g_string_append (xml, vitrine_spec_get_firmware (spec) == VITRINE_FIRMWARE_UEFI
                              ? "<os firmware='efi'>"
                              : "<os>");
    g_string_append (xml, build->q35 ? "<type machine='q35'>hvm</type>" : "<type>hvm</type>");
    add_boot (xml, spec);
    g_string_append (xml, "</os>");
    add_manners (xml, build);
    add_processor (xml, build);
    add_devices (xml, build);
    g_string_append (xml, "</domain>");
    return g_string_free (xml, FALSE);
}
