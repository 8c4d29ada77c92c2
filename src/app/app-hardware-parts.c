/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hardware-parts.c - what the window of a machine's hardware has pages of beside its devices. */
#include "app-hardware-parts.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-device.h"
#include "app-format.h"
#include "app-performance-page.h"
#include "app-xml-page.h"

/* --- facts --------------------------------------------------------------------------------------- */

/* What KEY of PART is, as defined; "" when that cannot be told.  (transfer full) */
static char *
dup_value (VitrineMachine *machine, const char *part, const char *key)
{
    g_autoptr (GPtrArray) details = vitrine_machine_dup_details (machine, part, NULL);

    for (guint i = 0; details != NULL && i < details->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (details, i);

        if (g_str_equal (detail->setting.key, key))
            return g_strdup (detail->value);
    }
    return g_strdup ("");
}

static char *
describe_overview (VitrineMachine *machine)
{
    return g_strdup_printf (
        _ ("%s · %s"), app_format_state (vitrine_machine_get_state (machine)),
        vitrine_machine_get_firmware (machine) == VITRINE_FIRMWARE_UEFI ? "UEFI" : "BIOS");
}

static char *
describe_processors (VitrineMachine *machine)
{
    guint n = vitrine_machine_get_vcpus (machine);
    g_autofree char *max = dup_value (machine, VITRINE_PART_PROCESSORS, "max-vcpus");
    guint64 number = g_ascii_strtoull (max, NULL, 10);

    /* Translators: processors a machine has, and can have while it runs */
    return number > n ? g_strdup_printf (_ ("%u of %s"), n, max) : g_strdup_printf ("%u", n);
}

static char *
describe_memory (VitrineMachine *machine)
{
    return app_format_size (vitrine_machine_get_memory_bytes (machine));
}

/* What comes first. */
static char *
describe_boot (VitrineMachine *machine)
{
    g_autofree char *order = dup_value (machine, VITRINE_PART_BOOT, "order");
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_CONFIG);
    g_auto (GStrv) aliases = g_strsplit (order, ",", 2);
    const VitrineDeviceInfo *device = vitrine_device_info_find (devices, aliases[0]);

    return device != NULL ? app_device_dup_title (devices, device) : g_strdup (_ ("Not set"));
}

static char *
describe_performance (VitrineMachine *machine)
{
    return g_strdup (_ ("What the machine uses"));
}

static char *
describe_xml (VitrineMachine *machine)
{
    return g_strdup (_ ("The definition as a text"));
}

/* --- pages --------------------------------------------------------------------------------------- */

static GtkWidget *
make_xml (AppMachineItem *item)
{
    return GTK_WIDGET (app_xml_page_new (item));
}

/* It reads figures while it is shown, and only then. */
static GtkWidget *
make_performance (AppMachineItem *item)
{
    GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);
    GtkWidget *page = GTK_WIDGET (app_performance_page_new (item));

    gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                    GTK_POLICY_AUTOMATIC);
    gtk_style_context_add_class (gtk_widget_get_style_context (page), "form");
    gtk_container_add (GTK_CONTAINER (scroller), page);
    gtk_widget_show (page);
    gtk_widget_show (scroller);
    return scroller;
}

static void
update_xml (GtkWidget *page)
{
    app_xml_page_update (APP_XML_PAGE (page));
}

static gboolean
is_xml_changed (GtkWidget *page)
{
    return app_xml_page_get_changed (APP_XML_PAGE (page));
}

static const AppHardwarePart parts[] = {
    { VITRINE_PART_OVERVIEW, "computer-symbolic", N_ ("Overview"), FALSE, describe_overview },
    { APP_PART_PERFORMANCE, "vitrine-performance-symbolic", N_ ("Performance"), FALSE,
      describe_performance, make_performance },
    { VITRINE_PART_PROCESSORS, "system-run-symbolic", N_ ("Processors"), FALSE,
      describe_processors },
    { VITRINE_PART_MEMORY, "media-flash-symbolic", N_ ("Memory"), FALSE, describe_memory },
    { VITRINE_PART_BOOT, "media-playback-start-symbolic", N_ ("Boot order"), FALSE, describe_boot },
    { APP_PART_XML, "text-x-generic-symbolic", N_ ("XML"), TRUE, describe_xml, make_xml, update_xml,
      is_xml_changed },
};

const AppHardwarePart *
app_hardware_parts_get (guint *n)
{
    *n = G_N_ELEMENTS (parts);
    return parts;
}
