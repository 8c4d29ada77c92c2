/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden-case.c - cases as products of tables: every source with every firmware and system; every disk; every card; every
 * display, processor and boot order; each for both engines. */
#include "golden-case.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>
#include <vitrine.h>

#include "libvirt-build.h"
#include "vitrine-rules-private.h"

#define UUID   "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11"
#define FOLDER "/machines/" UUID
#define MIB    (G_GUINT64_CONSTANT (1) << 20)

/* What a row adds to a spec. */
typedef struct {
    const char *name;
    void (*apply) (VitrineSpec *spec, const char *argument);
    const char *argument;
} Row;

static void
add_disk (VitrineSpec *spec, const char *text)
{
    GError *error = NULL;
    VitrineDiskSpec *disk = vitrine_disk_spec_parse (text, &error);

    g_assert_no_error (error);
    vitrine_spec_add_disk (spec, disk);
}

/* Several, with blanks between them. */
static void
add_disks (VitrineSpec *spec, const char *texts)
{
    g_auto (GStrv) list = g_strsplit (texts, " ", -1);

    for (guint i = 0; list[i] != NULL; i++)
        add_disk (spec, list[i]);
}

static void
add_nics (VitrineSpec *spec, const char *texts)
{
    g_auto (GStrv) list = g_strsplit (texts, " ", -1);

    for (guint i = 0; list[i] != NULL; i++) {
        GError *error = NULL;
        VitrineNicSpec *nic = vitrine_nic_spec_parse (list[i], &error);

        g_assert_no_error (error);
        vitrine_spec_add_nic (spec, nic);
    }
}

/* As many as processors. */
static void
add_queues (VitrineSpec *spec, const char *texts)
{
    vitrine_spec_set_vcpus (spec, 4);
    add_nics (spec, texts);
}

/* --- sources ---------------------------------------------------------------------------------------- */

static void
from_nothing (VitrineSpec *spec, const char *unused)
{
    add_disk (spec, "size=20G");
}

static void
from_iso (VitrineSpec *spec, const char *path)
{
    vitrine_spec_set_iso (spec, path);
    add_disk (spec, "size=20G");
}

static void
from_image (VitrineSpec *spec, const char *text)
{
    add_disk (spec, text);
}

static void
from_kernel (VitrineSpec *spec, const char *command_line)
{
    vitrine_spec_set_kernel (spec, "/boot/vmlinuz", "/boot/initrd.img", command_line);
    add_disk (spec, "size=20G");
}

static void
from_network (VitrineSpec *spec, const char *order)
{
    vitrine_spec_set_boot (spec, order);
    add_disk (spec, "size=20G");
}

static void
from_cloud_image (VitrineSpec *spec, const char *text)
{
    VitrineCloud cloud = { .user = (char *) "ana",
                           .keys = (char *) "ssh-ed25519 AAAAC3Nz ana@home" };

    add_disk (spec, text);
    vitrine_spec_set_cloud (spec, &cloud);
}

static const Row sources[] = {
    { "nothing", from_nothing, NULL },
    { "iso", from_iso, "/iso/debian-12 <&> \"net\" 'inst'.iso" },
    { "image", from_image, "path=/images/base.qcow2,format=qcow2" },
    { "kernel", from_kernel, "console=ttyS0 quiet \"<&>\"" },
    { "network", from_network, "network,hd" },
    { "cloud", from_cloud_image, "path=/images/debian-12-generic.qcow2,format=qcow2" },
};

/* --- systems, as their makers would have them --------------------------------------------------------- */

static void
for_os (VitrineSpec *spec, const char *id)
{
    const VitrineHostLimits limits = { .max_vcpus = 16,
                                       .memory_bytes = 65536 * MIB,
                                       .has_uefi = TRUE };
    VitrineOs os = { .id = (char *) id, .memory_mib = 4096, .vcpus = 2 };

    vitrine_os_apply (&os, &limits, spec);
}

static void
set_devices (VitrineSpec *spec, VitrineDiskBus bus, const char *model)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    g_autofree char *nic = g_strdup_printf ("user,model=%s", model);

    for (guint i = 0; i < disks->len; i++)
        ((VitrineDiskSpec *) g_ptr_array_index (disks, i))->bus = bus;
    add_nics (spec, nic);
}

static void
for_linux (VitrineSpec *spec, const char *id)
{
    for_os (spec, id);
    set_devices (spec, VITRINE_DISK_BUS_VIRTIO, "virtio");
}

static void
for_windows (VitrineSpec *spec, const char *id)
{
    for_os (spec, id);
    set_devices (spec, VITRINE_DISK_BUS_SATA, "e1000e");
}

static void
for_old (VitrineSpec *spec, const char *id)
{
    for_os (spec, id);
    set_devices (spec, VITRINE_DISK_BUS_SATA, "rtl8139");
}

static void
for_any (VitrineSpec *spec, const char *unused)
{
    vitrine_spec_add_default_nic (spec, "user");
}

static const Row systems[] = {
    { "any", for_any, NULL },
    { "linux", for_linux, "http://debian.org/debian/12" },
    { "windows", for_windows, "http://microsoft.com/win/10" },
    { "old", for_old, "http://microsoft.com/msdos/6.22" },
};

/* --- disks, cards, and the rest ------------------------------------------------------------------------ */

static const Row disks[] = {
    { "none", NULL, NULL },
    { "raw", add_disks, "size=10G,format=raw" },
    { "qcow2", add_disks, "size=10G,format=qcow2" },
    { "sata", add_disks, "size=10G,bus=sata" },
    { "scsi", add_disks, "size=10G,bus=scsi" },
    { "cache-none", add_disks, "size=10G,cache=none" },
    { "cache-writeback", add_disks, "size=10G,cache=writeback" },
    { "cache-unsafe", add_disks, "size=10G,cache=unsafe" },
    { "discard-ignore", add_disks, "size=10G,discard=ignore" },
    { "discard-unmap", add_disks, "size=10G,discard=unmap,bus=scsi" },
    { "elsewhere", add_disks, "size=10G,path=/srv/elsewhere.raw" },
    { "exists", add_disks, "path=/srv/there.vmdk,format=vmdk" },
    { "read-only", add_disks, "path=/srv/there.raw,format=raw,readonly=on" },
    { "two-virtio", add_disks, "size=10G size=20G,format=qcow2" },
    { "two-sata", add_disks, "size=10G,bus=sata size=20G,bus=sata" },
    { "two-scsi", add_disks, "size=10G,bus=scsi size=20G,bus=scsi" },
    { "of-each-bus", add_disks, "size=10G size=10G,bus=sata size=10G,bus=scsi" },
    { "nbd", add_disks, "server=nbd://tower/a%20<b>,readonly=on nbd=nbd://[2001:db8::1]:7/" },
    { "nbd-socket", add_disks, "nbd=nbd+unix:///x?socket=/run/a%26b,bus=sata" },
    { "iscsi", add_disks, "iscsi=iscsi://tower/iqn.2026-01.example:disk/1,cache=none" },
    { "iscsi-port", add_disks, "server=iscsi://192.0.2.1:3261/eui.0123456789abcdef/0,bus=scsi" },
    { "odd-name", add_disks, "path=/srv/<a>&'b'\"c\".raw,format=raw" },
};

static const Row cards[] = {
    { "none", NULL, NULL },
    { "user", add_nics, "user" },
    { "user-e1000e", add_nics, "user,model=e1000e" },
    { "user-rtl8139", add_nics, "user,model=rtl8139" },
    { "user-mac", add_nics, "user,mac=52:54:00:AB:cd:ef" },
    { "user-cable-out", add_nics, "user,link=down" },
    { "user-cable-in", add_nics, "user,link=up" },
    { "user-forward-cable-out", add_nics, "user,forward=tcp:2222:22,link=down" },
    { "user-forward", add_nics, "user,forward=tcp:2222:22" },
    { "user-forwards", add_nics,
      "user,forward=tcp:2222:22,forward=udp:5353:53,forward=tcp:8080:80" },
    { "bridge", add_nics, "bridge=br0" },
    { "bridge-e1000e", add_nics, "bridge=br0,model=e1000e" },
    { "bridge-rtl8139", add_nics, "bridge=br0,model=rtl8139" },
    { "bridge-mac", add_nics, "bridge=br0,mac=52:54:00:00:00:01" },
    { "bridge-queues", add_queues, "bridge=br0,queues=4" },
    { "network", add_nics, "network=lab" },
    { "network-e1000e", add_nics, "network=lab,model=e1000e" },
    { "network-rtl8139", add_nics, "network=lab,model=rtl8139" },
    { "network-cable-out", add_nics, "network=lab,link=down" },
    { "macvtap", add_nics, "macvtap=eth0" },
    { "macvtap-vepa", add_nics, "macvtap=eth0,mode=vepa" },
    { "macvtap-private", add_nics, "macvtap=eth0,mode=private,model=e1000e" },
    { "macvtap-passthrough", add_nics, "macvtap=eth0,mode=passthru" },
    { "two", add_nics, "user network=lab" },
    { "three-models", add_nics, "user user,model=e1000e user,model=rtl8139" },
};

static void
set_display (VitrineSpec *spec, const char *kind)
{
    VitrineDisplay display;

    g_assert_true (vitrine_display_from_string (kind, &display));
    vitrine_spec_set_display (spec, display);
}

/* In the names of cases: of a libvirt host that is another computer, of one whose QEMU has no SPICE. */
#define ELSEWHERE     "-elsewhere"
#define WITHOUT_SPICE "-without-spice"

static void
set_boot (VitrineSpec *spec, const char *order)
{
    vitrine_spec_set_boot (spec, order);
}

static void
set_cpu_model (VitrineSpec *spec, const char *model)
{
    vitrine_spec_set_cpu_model (spec, model);
}

static void
set_vcpus (VitrineSpec *spec, const char *number)
{
    vitrine_spec_set_vcpus (spec, (guint) g_ascii_strtoull (number, NULL, 10));
}

static void
set_memory (VitrineSpec *spec, const char *number)
{
    vitrine_spec_set_memory_mib (spec, g_ascii_strtoull (number, NULL, 10));
}

static void
set_name (VitrineSpec *spec, const char *name)
{
    vitrine_spec_set_name (spec, name);
}

static const Row others[] = {
    { "display-vnc", set_display, "vnc" },
    { "display-spice", set_display, "spice" },
    { "display-none", set_display, "none" },
    { "display-vnc" ELSEWHERE, set_display, "vnc" },
    { "display-spice" ELSEWHERE, set_display, "spice" },
    { "display-best" WITHOUT_SPICE, NULL, NULL },
    { "boot-cd-first", set_boot, "cdrom,hd" },
    { "boot-disk-alone", set_boot, "hd" },
    { "boot-network-alone", set_boot, "network" },
    { "boot-all", set_boot, "network,cdrom,hd" },
    { "cpu-westmere", set_cpu_model, "Westmere" },
    { "cpu-epyc", set_cpu_model, "EPYC" },
    { "one-processor", set_vcpus, "1" },
    { "twelve-processors", set_vcpus, "12" },
    { "memory-least", set_memory, "16" },
    { "memory-most", set_memory, "65536" },
    { "name-of-many-letters", set_name, "Pâté & Søn <1>" },
};

/* --- the product --------------------------------------------------------------------------------------- */

#define N_SOURCES (G_N_ELEMENTS (sources) * 2 * G_N_ELEMENTS (systems))
#define N_DISKS   G_N_ELEMENTS (disks)
#define N_CARDS   G_N_ELEMENTS (cards)
#define N_OTHERS  G_N_ELEMENTS (others)
#define N_ENGINE  (N_SOURCES + N_DISKS + N_CARDS + N_OTHERS)

static const char *const groups[] = { "native-source", "native-disk",    "native-card",
                                      "native-other",  "libvirt-source", "libvirt-disk",
                                      "libvirt-card",  "libvirt-other",  NULL };

/* Where in the tables the case is. */
typedef struct {
    gboolean libvirt;
    guint group;                      /* 0: source, disk, card, other */
    const Row *row, *firmware_system; /* the latter of sources alone */
    gboolean uefi;
} Place;

static Place
find (guint n)
{
    Place place = { .libvirt = n >= N_ENGINE };

    n %= N_ENGINE;
    if (n < N_SOURCES) {
        place.row = &sources[n / (2 * G_N_ELEMENTS (systems))];
        place.uefi = n / G_N_ELEMENTS (systems) % 2 == 1;
        place.firmware_system = &systems[n % G_N_ELEMENTS (systems)];
    } else if ((n -= N_SOURCES) < N_DISKS) {
        place.group = 1;
        place.row = &disks[n];
    } else if ((n -= N_DISKS) < N_CARDS) {
        place.group = 2;
        place.row = &cards[n];
    } else {
        place.group = 3;
        place.row = &others[n - N_CARDS];
    }
    return place;
}

guint
golden_get_n (void)
{
    return 2 * N_ENGINE;
}

const char *const *
golden_get_groups (void)
{
    return groups;
}

const char *
golden_get_group (guint n)
{
    Place place = find (n);

    return groups[place.group + (place.libvirt ? 4 : 0)];
}

char *
golden_dup_name (guint n)
{
    Place place = find (n);

    return place.firmware_system != NULL
               ? g_strdup_printf ("%s-%s-%s", place.row->name, place.uefi ? "uefi" : "bios",
                                  place.firmware_system->name)
               : g_strdup (place.row->name);
}

static VitrineSpec *
make_spec (const Place *place)
{
    VitrineSpec *spec = vitrine_spec_new ();

    vitrine_spec_set_name (spec, "golden");
    vitrine_spec_set_vcpus (spec, 2);
    vitrine_spec_set_memory_mib (spec, 2048);
    if (place->group == 2 || place->group == 3)
        add_disk (spec, "size=10G");
    if (place->row->apply != NULL)
        place->row->apply (spec, place->row->argument);
    if (place->firmware_system != NULL)
        place->firmware_system->apply (spec, place->firmware_system->argument);
    if (place->uefi)
        vitrine_spec_set_firmware (spec, VITRINE_FIRMWARE_UEFI);
    if (place->group == 1 || place->group == 3)
        add_nics (spec, "user,mac=52:54:00:12:34:56");
    return spec;
}

static char *
make_native (VitrineSpec *spec)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) definition = vitrine_rules_define (spec, UUID, FOLDER, &error);

    g_assert_no_error (error);
    return g_strdup (vitrine_definition_get_xml (definition));
}

/* As xmllint has it, so that a difference is one of lines. */
static char *
format (const char *xml)
{
    xmlDoc *document =
        xmlReadDoc ((const xmlChar *) xml, NULL, NULL, XML_PARSE_NOBLANKS | XML_PARSE_NONET);
    xmlChar *text = NULL;
    char *copy;
    int len;

    g_assert_nonnull (document);
    xmlDocDumpFormatMemoryEnc (document, &text, &len, "UTF-8", 1);
    copy = g_strdup ((const char *) text);
    xmlFree (text);
    xmlFreeDoc (document);
    return copy;
}

static char *
make_libvirt (VitrineSpec *spec, const char *name)
{
    GPtrArray *list = vitrine_spec_get_disks (spec);
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) formats = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) made = g_ptr_array_new ();
    const LibvirtBuild build = { .spec = spec,
                                 .uuid = UUID,
                                 .type = "kvm",
                                 .q35 = TRUE,
                                 .has_spice = !g_str_has_suffix (name, WITHOUT_SPICE),
                                 .elsewhere = g_str_has_suffix (name, ELSEWHERE),
                                 .paths = paths,
                                 .formats = formats,
                                 .made = made };
    g_autofree char *xml = NULL;

    for (guint i = 0; i < list->len; i++) {
        VitrineDiskSpec *disk = g_ptr_array_index (list, i);
        char *path;

        if (disk->format == NULL)
            disk->format = g_strdup (disk->server != NULL ? "raw" : "qcow2");
        path = vitrine_rules_dup_disk_path (spec, i, "/var/lib/libvirt/images");

        g_ptr_array_add (paths, path);
        g_ptr_array_add (formats, g_strdup (disk->format));
        if (disk->size_bytes > 0)
            g_ptr_array_add (made, path);
    }
    xml = libvirt_build_xml (&build);
    return format (xml);
}

char *
golden_dup_xml (guint n)
{
    const VitrineHostLimits limits = {
        .max_vcpus = 16, .host_cpus = 8, .memory_bytes = 65536 * MIB, .has_uefi = TRUE
    };
    Place place = find (n);
    g_autoptr (VitrineSpec) given = make_spec (&place);
    g_autoptr (VitrineSpec) spec = vitrine_rules_dup_spec (given);
    g_autoptr (GError) error = NULL;

    vitrine_rules_check_spec (spec, &limits, &error);
    g_assert_no_error (error);
    return place.libvirt ? make_libvirt (spec, place.row->name) : make_native (spec);
}
