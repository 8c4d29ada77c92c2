/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-system.c - what libosinfo says of a system, and what that means for a machine. */
#include <stdlib.h>

#include "osinfo-private.h"

#define MIB           (1024 * 1024)
#define FIRST_UEFI_NT 11 /* Windows from this version on does not start otherwise */

/* libosinfo names devices by their PCI ids. */
#define PCI "http://pcisig.com/pci/"

static char *
dup_text (const char *text)
{
    return g_strdup (text != NULL ? text : "");
}

static gboolean
has_device (OsinfoDeviceList *devices, const char *id)
{
    return osinfo_list_find_by_id (OSINFO_LIST (devices), id) != NULL;
}

static VitrineDiskBus
choose_bus (OsinfoDeviceList *devices)
{
    if (has_device (devices, PCI "1af4/1042") || has_device (devices, PCI "1af4/1001"))
        return VITRINE_DISK_BUS_VIRTIO;
    if (has_device (devices, PCI "1af4/1048") || has_device (devices, PCI "1af4/1004"))
        return VITRINE_DISK_BUS_SCSI;
    return VITRINE_DISK_BUS_SATA;
}

/* What knows none of the others is old enough to know the oldest. */
static const char *
choose_card (OsinfoDeviceList *devices)
{
    if (has_device (devices, PCI "1af4/1041") || has_device (devices, PCI "1af4/1000"))
        return "virtio";
    return has_device (devices, PCI "8086/10d3") ? "e1000e" : "rtl8139";
}

/* The entry for this kind of processor, or for all; (transfer full), or NULL. */
static OsinfoResources *
find_resources (OsinfoResourcesList *list)
{
    OsinfoResources *found = NULL;

    for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (list)); i++) {
        OsinfoResources *one = OSINFO_RESOURCES (osinfo_list_get_nth (OSINFO_LIST (list), i));
        const char *arch = osinfo_resources_get_architecture (one);

        if (g_strcmp0 (arch, "x86_64") == 0 || (found == NULL && g_strcmp0 (arch, "all") == 0))
            found = one;
        else if (found == NULL && g_strcmp0 (arch, "i686") == 0)
            found = one;
    }
    return found != NULL ? g_object_ref (found) : NULL;
}

/* What nobody recommends is twice what is needed at least. */
static guint64
get_mib (OsinfoResources *recommended, OsinfoResources *least,
         gint64 (*get) (OsinfoResources *resources))
{
    gint64 bytes = recommended != NULL ? get (recommended) : -1;

    if (bytes <= 0 && least != NULL)
        bytes = get (least) > 0 && get (least) < G_MAXINT64 / 2 ? 2 * get (least) : -1;
    return bytes > 0 ? ((guint64) bytes + MIB - 1) / MIB : 0;
}

static void
read_resources (VitrineOs *self, OsinfoOs *os)
{
    g_autoptr (OsinfoResourcesList) wishes = osinfo_os_get_recommended_resources (os);
    g_autoptr (OsinfoResourcesList) needs = osinfo_os_get_minimum_resources (os);
    g_autoptr (OsinfoResources) recommended = find_resources (wishes);
    g_autoptr (OsinfoResources) least = find_resources (needs);
    int cpus = recommended != NULL ? osinfo_resources_get_n_cpus (recommended) : -1;

    if (cpus <= 0 && least != NULL)
        cpus = osinfo_resources_get_n_cpus (least);
    self->vcpus = cpus > 0 ? (guint) cpus : 0;
    self->memory_mib = get_mib (recommended, least, osinfo_resources_get_ram);
    self->disk_mib = get_mib (recommended, least, osinfo_resources_get_storage);
}

static void
read_devices (VitrineOs *self, OsinfoOs *os)
{
    g_autoptr (OsinfoDeviceList) devices = osinfo_os_get_all_devices (os, NULL);

    self->bus = choose_bus (devices);
    self->nic_model = g_strdup (choose_card (devices));
}

static gboolean
has_ended (OsinfoProduct *product)
{
    g_autoptr (GDate) end = osinfo_product_get_eol_date (product);
    g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
    GDate today;

    if (end == NULL)
        return FALSE;
    g_date_clear (&today, 1);
    g_date_set_dmy (&today, (GDateDay) g_date_time_get_day_of_month (now),
                    (GDateMonth) g_date_time_get_month (now),
                    (GDateYear) g_date_time_get_year (now));
    return g_date_compare (end, &today) < 0;
}

VitrineOs *
osinfo_system_read (OsinfoOs *os)
{
    OsinfoProduct *product = OSINFO_PRODUCT (os);
    VitrineOs *self = g_new0 (VitrineOs, 1);

    self->id = dup_text (osinfo_entity_get_id (OSINFO_ENTITY (os)));
    self->short_id = dup_text (osinfo_product_get_short_id (product));
    self->name = dup_text (osinfo_product_get_name (product));
    self->version = dup_text (osinfo_product_get_version (product));
    self->vendor = dup_text (osinfo_product_get_vendor (product));
    self->family = dup_text (osinfo_os_get_family (os));
    self->user = dup_text (
        osinfo_entity_get_param_value (OSINFO_ENTITY (os), OSINFO_OS_PROP_CLOUD_IMAGE_USERNAME));
    self->ended = has_ended (product);
    if (g_str_equal (self->family, "winnt") && atoi (self->version) >= FIRST_UEFI_NT)
        self->firmware = VITRINE_FIRMWARE_UEFI;
    read_resources (self, os);
    read_devices (self, os);
    return self;
}
