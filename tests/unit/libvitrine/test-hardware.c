/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-hardware.c - what the table of devices offers, definitions take; what they take is offered. */
#include <string.h>

#include "await.h"
#include "definition.h"

typedef struct {
    char *folder;
    VitrineHost *host;
    VitrineMachine *machine;
    GPtrArray *hardware;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    g_autofree char *uri = NULL;
    g_autoptr (GError) error = NULL;

    f->folder = test_folder_new ();
    uri = test_fake_uri (f->folder, "[machine alpha]\nscreen=none\ndisks=/d/a.raw|10\n"
                                    "[machine beta]\nproblem=none\n");
    f->host = await_host (uri);
    f->machine = vitrine_host_find (f->host, "alpha");
    f->hardware = vitrine_hardware_list (&error);
    g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_ptr_array_unref (f->hardware);
    g_object_unref (f->machine);
    await_gone (f->host);
    test_folder_remove (f->folder);
}

static VitrineHardware *
find (Fixture *f, const char *kind)
{
    for (guint i = 0; i < f->hardware->len; i++) {
        VitrineHardware *hardware = g_ptr_array_index (f->hardware, i);

        if (g_str_equal (hardware->kind, kind))
            return hardware;
    }
    g_assert_not_reached ();
}

/* What a machine is before it is given the one device it has of HARDWARE's kind. */
static VitrineDefinition *
make_plain (Fixture *f, const VitrineHardware *hardware)
{
    g_autofree char *xml = vitrine_machine_dup_xml (f->machine, NULL);
    g_autoptr (VitrineDefinition) made = vitrine_definition_parse (xml, -1, NULL);
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (f->machine);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        GPtrArray one = { .pdata = &devices->pdata[i], .len = 1 };

        if (vitrine_hardware_is_there (hardware, &one))
            return vitrine_definition_without_device (made, device->alias, NULL);
    }
    return g_steal_pointer (&made);
}

/* Whether a definition with what the device may need takes it with VALUES; ERROR says why not. */
static gboolean
takes (Fixture *f, const VitrineHardware *hardware, const char *const *values, GError **error)
{
    g_autofree char *spec = vitrine_hardware_make_spec (hardware, values);
    g_autofree char *element =
        vitrine_device_spec_to_element (f->machine, hardware->kind, spec, error);
    g_autoptr (VitrineDefinition) plain = make_plain (f, hardware);
    const char *needed = g_str_equal (hardware->kind, "input") ? "<controller type='usb'/>"
                         : strstr (element, "'scsi'") != NULL
                             ? "<controller type='scsi' model='virtio-scsi'/>"
                             : NULL;
    g_autoptr (VitrineDefinition) ready =
        needed != NULL && !g_str_equal (hardware->kind, "scsi")
            ? vitrine_definition_with_device (plain, needed, -1, NULL)
            : vitrine_definition_ref (plain);
    g_autoptr (VitrineDefinition) with = vitrine_definition_with_device (ready, element, -1, error);

    return with != NULL;
}

/* The values a form begins with. */
static const char **
make_values (const VitrineHardware *hardware)
{
    const char **values = g_new0 (const char *, hardware->settings->len + 1);

    for (guint i = 0; i < hardware->settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (hardware->settings, i);

        values[i] = setting->type == VITRINE_SETTING_FILE && g_str_equal (hardware->kind, "disk")
                        ? "/d/b.raw"
                        : setting->fallback;
    }
    return values;
}

static void
test_every_choice_is_taken (Fixture *f, gconstpointer data)
{
    for (guint i = 0; i < f->hardware->len; i++) {
        const VitrineHardware *hardware = g_ptr_array_index (f->hardware, i);
        g_autofree const char **values = make_values (hardware);
        g_autoptr (GError) error = NULL;

        if (g_str_equal (hardware->kind, "new-disk"))
            continue; /* which is no element yet */
        takes (f, hardware, values, &error);
        g_assert_no_error (error);
        for (guint j = 0; j < hardware->settings->len; j++) {
            const VitrineSetting *setting = g_ptr_array_index (hardware->settings, j);

            for (guint k = 0; setting->choices != NULL && setting->choices[k] != NULL; k++) {
                values[j] = setting->choices[k];
                takes (f, hardware, values, &error);
                g_assert_no_error (error);
            }
            values[j] = setting->fallback;
            if (setting->type == VITRINE_SETTING_FILE)
                values[j] = "/d/b,c.raw";
            g_assert_true (
                setting->choices == NULL
                || g_strv_contains ((const char *const *) setting->choices, setting->fallback));
        }
    }
}

/* What a form for a new disk says is what a specification of one takes. */
static void
test_every_choice_of_a_new_disk_is_taken (Fixture *f, gconstpointer data)
{
    const VitrineHardware *hardware = find (f, "new-disk");

    for (guint j = 0; j < hardware->settings->len; j++) {
        const VitrineSetting *setting = g_ptr_array_index (hardware->settings, j);

        for (guint k = 0; setting->choices != NULL && setting->choices[k] != NULL; k++) {
            const char *choice = setting->choices[k];
            const char *values[] = { "1G", "qcow2", "", "", "off", "virtio", "default", "unmap" };
            g_autofree char *spec = NULL;
            g_autoptr (VitrineDiskSpec) disk = NULL;
            g_autoptr (GError) error = NULL;

            g_assert_cmpuint (hardware->settings->len, ==, G_N_ELEMENTS (values));
            values[j] = choice;
            if (g_str_equal (choice, "lvm"))
                values[2] = "vg0";
            spec = vitrine_hardware_make_spec (hardware, values);
            disk = vitrine_disk_spec_parse (spec, &error);
            g_assert_no_error (error);
            g_assert_true (vitrine_disk_spec_is_new (disk));
        }
    }
}

static void
test_choices_are_the_rules (Fixture *f, gconstpointer data)
{
    const VitrineHardware *disk = find (f, "disk");
    const VitrineSetting *bus = g_ptr_array_index (disk->settings, 3);
    g_auto (GStrv) rules = vitrine_definition_dup_choices ("devices/disk/target", "bus", NULL);

    g_assert_cmpstr (bus->key, ==, "bus");
    g_assert_true (g_strv_equal ((const char *const *) rules, (const char *const *) bus->choices));
    g_assert_null (vitrine_definition_dup_choices ("devices/disk/target", "dev", NULL));
    g_assert_null (vitrine_definition_dup_choices ("devices/none", "bus", NULL));
}

/* The shorter lists of the table leave out nothing that would be taken. */
static void
test_what_is_not_offered_is_refused (Fixture *f, gconstpointer data)
{
    static const char *const left_out[][3] = {
        { "cdrom", "bus", "virtio" },
        { "input", "type", "mouse" },
    };

    for (guint i = 0; i < G_N_ELEMENTS (left_out); i++) {
        const VitrineHardware *hardware = find (f, left_out[i][0]);
        g_autofree const char **values = make_values (hardware);
        g_autoptr (GError) error = NULL;

        for (guint j = 0; j < hardware->settings->len; j++)
            if (g_str_equal (((VitrineSetting *) g_ptr_array_index (hardware->settings, j))->key,
                             left_out[i][1]))
                values[j] = left_out[i][2];
        g_assert_false (takes (f, hardware, values, &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    }
}

static void
test_spec_says_what_is_not_as_always (Fixture *f, gconstpointer data)
{
    const VitrineHardware *disk = find (f, "disk");
    const char *values[] = {
        "/d/b,c.raw", "", "raw", "sata", "default", "unmap", "S,1", "readonly"
    };
    g_autofree char *spec = vitrine_hardware_make_spec (disk, values);

    g_assert_cmpuint (disk->settings->len, ==, G_N_ELEMENTS (values));
    g_assert_cmpstr (spec, ==, "/d/b,,c.raw,bus=sata,serial=S,,1,readonly");
}

static void
test_some_come_and_go_while_it_runs (Fixture *f, gconstpointer data)
{
    const VitrineHardware *disk = find (f, "disk");
    const char *values[] = { "/d/b.raw", "", "qcow2", "virtio", "", "", "", "" };
    const VitrineDeviceInfo virtio = { .kind = (char *) "disk", .model = (char *) "virtio" };
    const VitrineDeviceInfo scsi = { .kind = (char *) "disk", .model = (char *) "scsi" };
    const VitrineDeviceInfo sata = { .kind = (char *) "cdrom", .model = (char *) "sata" };

    g_assert_true (vitrine_hardware_can_come (disk, values));
    values[3] = "sata";
    g_assert_false (vitrine_hardware_can_come (disk, values));
    g_assert_true (vitrine_hardware_is_asked_back (&virtio));
    g_assert_true (vitrine_hardware_can_go (&scsi));
    g_assert_false (vitrine_hardware_is_asked_back (&scsi));
    g_assert_false (vitrine_hardware_can_go (&sata));
}

static void
test_one_is_enough_of_some (Fixture *f, gconstpointer data)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (f->machine);

    const VitrineDeviceInfo usb = { .kind = (char *) "controller", .model = (char *) "qemu-xhci" };

    g_assert_false (vitrine_hardware_is_there (find (f, "usb"), devices));
    g_ptr_array_add (devices, vitrine_device_info_copy (&usb));
    g_assert_true (vitrine_hardware_is_there (find (f, "usb"), devices));
    g_assert_false (vitrine_hardware_is_there (find (f, "scsi"), devices));
    g_assert_false (vitrine_hardware_is_there (find (f, "memballoon"), devices));
    g_assert_false (vitrine_hardware_is_there (find (f, "disk"), devices));
}

/* What the sheet takes for an address a definition takes, and nothing else. */
static void
test_addresses_are_the_definitions (Fixture *f, gconstpointer data)
{
    static const char *const macs[] = {
        "52:54:00:12:34:56",  "52:54:00:AB:CD:EF", "02:00:00:00:00:00", "53:54:00:12:34:56",
        "00:00:00:00:00:00",  "ff:ff:ff:ff:ff:ff", "52-54-00-12-34-56", "52:54:00:12:34:5",
        "52:54:00:12:34:567", "52:54:00:12:34:5g",
    };
    const VitrineHardware *card = find (f, "nic");
    g_autofree const char **values = g_new0 (const char *, card->settings->len);
    g_autofree char *made = vitrine_nic_make_mac ();
    guint mac = 0;

    for (guint i = 0; i < card->settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (card->settings, i);

        values[i] = setting->fallback;
        if (g_str_equal (setting->key, "mac"))
            mac = i;
    }
    for (guint i = 0; i < G_N_ELEMENTS (macs); i++) {
        values[mac] = macs[i];
        g_assert_cmpint (vitrine_nic_check_mac (macs[i]), ==, takes (f, card, values, NULL));
    }
    g_assert_false (vitrine_nic_check_mac (""));
    g_assert_true (vitrine_nic_check_mac (made));
}

#define ADD(path, function)                                                                        \
    g_test_add ("/hardware/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("every-choice-is-taken", test_every_choice_is_taken);
    ADD ("every-choice-of-a-new-disk-is-taken", test_every_choice_of_a_new_disk_is_taken);
    ADD ("choices-are-the-rules", test_choices_are_the_rules);
    ADD ("what-is-not-offered-is-refused", test_what_is_not_offered_is_refused);
    ADD ("spec-says-what-is-not-as-always", test_spec_says_what_is_not_as_always);
    ADD ("some-come-and-go-while-it-runs", test_some_come_and_go_while_it_runs);
    ADD ("one-is-enough-of-some", test_one_is_enough_of_some);
    ADD ("addresses-are-the-definitions", test_addresses_are_the_definitions);
    return g_test_run ();
}
