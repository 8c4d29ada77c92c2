/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-hardware.c - the kinds of devices a machine can be given, and what can be said of each.
 *
 * Theory of operation.  A setting is the way to an attribute or a text of the device's element, as
 * vitrine-device-spec.c goes it: "target.bus" is <target bus>, "@action" the element's own attribute,
 * "serial" the text of <serial>.  What an attribute may be is not repeated here: it is asked of the
 * definition's rules, by that way.  Only where the rules, which know no attribute beside another, let pass
 * what a reader then refuses (a CD drive on virtio) is the shorter list written down.
 *
 * Which devices come and go while a machine runs is what the VMM's classes say: those on PCI, USB and SCSI
 * that are not fixed.
 */
#include "vitrine-hardware.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition.h"
#include "vitrine-hardware-private.h"

typedef struct {
    const char *kind, *element;
    const char *defaults; /* "KEY=VALUE KEY=VALUE" */
    const char *title, *note;
    /* What it is once it is there, for whether it can come to what runs: the kind, and the model, or the
     * setting that says it. */
    const char *device_kind, *model, *model_word;
    gboolean only_one; /* of that kind and model */
} Kind;

static const Kind kinds[] = {
    { "disk", "disk", "@device=disk", N_ ("Disk"),
      N_ ("A disk image or block device that is there already"), "disk", NULL, "bus" },
    { "new-disk", "disk", "", N_ ("New disk"),
      N_ ("An empty one, made for this machine: a file, or a logical volume"), "disk", NULL,
      "bus" },
    { "cdrom", "disk", "@device=cdrom target.bus=sata", N_ ("CD drive"),
      N_ ("Empty, or with an ISO image in it"), "cdrom", NULL, "bus" },
    { "nic", "interface", "model.type=virtio", N_ ("Network card"),
      N_ ("On this computer’s own network, a bridge, a network or beside one of its cards"),
      "interface", NULL, "model" },
    { "input", "input", "@type=tablet @bus=usb", N_ ("Input device"), N_ ("A keyboard or a tablet"),
      "tablet", NULL, "bus" },
    { "watchdog", "watchdog", "@model=i6300esb", N_ ("Watchdog"),
      N_ ("Does something when the guest’s system hangs"), "watchdog", "i6300esb", NULL, TRUE },
    { "rng", "rng", "@model=virtio backend.model=random backend=/dev/urandom",
      N_ ("Random numbers"), N_ ("The guest need not wait for chance at its start"), "rng",
      "virtio", NULL },
    { "memballoon", "memballoon", "@model=virtio", N_ ("Memory balloon"),
      N_ ("The guest can give memory back to this computer"), "balloon", "virtio", NULL, TRUE },
    { "scsi", "controller", "@type=scsi @model=virtio-scsi", N_ ("SCSI controller"),
      N_ ("For disks and CD drives that come and go"), "controller", "virtio-scsi", NULL },
    { "usb", "controller", "@type=usb @model=qemu-xhci", N_ ("USB controller"),
      N_ ("For keyboards and tablets"), "controller", "qemu-xhci", NULL, TRUE },
    { "channel", "channel", "@type=unix target.type=virtio", N_ ("Channel"),
      N_ ("By which a program here talks to one in the guest"), "channel", "virtserialport", NULL },
    { "console", "console", "@type=pty target.type=virtio", N_ ("Terminal"),
      N_ ("A virtio terminal beside the serial port"), "console", "virtconsole", NULL },
    { "panic", "panic", "@model=isa", N_ ("Panic device"),
      N_ ("By which the guest says that its system crashed"), "panic", NULL, "model", TRUE },
};

typedef struct {
    const char *element; /* a kind, where the setting is not for all of its element */
    const char *word, *key;
    VitrineSettingType type;
    const char *title, *note;
    const char *fallback;
    const char *choices; /* "a|b"; NULL: what the rules say */
    guint64 min, max;
    const char *unit;
    gboolean required;
} Setting;

#define CHOICE VITRINE_SETTING_CHOICE
#define TEXT   VITRINE_SETTING_TEXT
#define NUMBER VITRINE_SETTING_NUMBER
#define FILE_  VITRINE_SETTING_FILE

static const Setting settings[] = {
    { "disk", "path", "source.file", FILE_, N_ ("File"), N_ ("An image; it is not copied"), "" },
    { "disk", "server", "source.name", TEXT, N_ ("Server"),
      N_ ("In place of a file: nbd://HOST/EXPORT, or iscsi://HOST/TARGET/LUN"), "", .max = 4096 },
    { "disk", "format", "driver.type", CHOICE, N_ ("Format"), N_ ("What kind of image the file is"),
      "raw", "raw|qcow2|luks|vmdk|vdi|vpc|vhdx" },
    { "disk", "bus", "target.bus", CHOICE, N_ ("Bus"),
      N_ ("virtio is the fastest; every system knows sata"), "virtio" },
    { "disk", "cache", "driver.cache", CHOICE, N_ ("Cache"), "", "default" },
    { "disk", "discard", "driver.discard", CHOICE, N_ ("Freed space"),
      N_ ("“unmap” gives it back to this computer"), "unmap" },
    { "disk", "serial", "serial", TEXT, N_ ("Serial number"),
      N_ ("By which the guest knows the disk; may be empty"), "",
      .max = VITRINE_DEFINITION_MAX_SERIAL },
    { "disk", "readonly", "readonly", VITRINE_SETTING_FLAG, N_ ("Read only"), "", "" },
    { "new-disk", "size", "size", TEXT, N_ ("Size"), N_ ("Such as 20G"), "", .max = 20,
      .required = TRUE },
    { "new-disk", "format", "driver.type", CHOICE, N_ ("Format"),
      N_ ("raw is the fastest; qcow2 has snapshots while the machine runs; luks is encrypted; lvm "
          "is "
          "a volume"),
      "raw", "raw|qcow2|luks|lvm" },
    { "new-disk", "vg", "vg", TEXT, N_ ("Volume group"), N_ ("For lvm"), "", .max = 127 },
    { "new-disk", "thin", "thin", TEXT, N_ ("Thin pool"),
      N_ ("In that group; the volume takes space as it fills"), "", .max = 127 },
    { "new-disk", "preallocation", "preallocation", CHOICE, N_ ("Space taken"),
      N_ ("At once: tables of a qcow2 disk, all set aside, or all written"), "off",
      "off|metadata|falloc|full" },
    { "new-disk", "bus", "target.bus", CHOICE, N_ ("Bus"),
      N_ ("virtio is the fastest; every system knows sata"), "virtio" },
    { "new-disk", "cache", "driver.cache", CHOICE, N_ ("Cache"), "", "default",
      "default|none|writeback|unsafe" },
    { "new-disk", "discard", "driver.discard", CHOICE, N_ ("Freed space"),
      N_ ("“unmap” gives it back to this computer"), "unmap" },
    { "cdrom", "path", "source.file", FILE_, N_ ("File"), N_ ("An ISO image; none leaves it empty"),
      "" },
    { "cdrom", "bus", "target.bus", CHOICE, N_ ("Bus"),
      N_ ("Every system knows sata; scsi needs its controller"), "sata", "sata|scsi" },
    { "nic", "model", "model.type", CHOICE, N_ ("Model"),
      N_ ("virtio is the fastest; older systems know the others"), "virtio" },
    { "nic", "mac", "mac.address", TEXT, N_ ("Hardware address"),
      N_ ("Such as 52:54:00:12:34:56; made up when empty"), "", .max = 17 },
    { "nic", "link", "link.state", CHOICE, N_ ("Cable"), "", "up" },
    { "nic", "bridge", "source.bridge", TEXT, N_ ("Bridge"),
      N_ ("Of this computer’s; empty: its own network, as any program of yours"), "",
      .max = VITRINE_DEFINITION_MAX_BRIDGE_NAME },
    { "nic", "network", "source.network", TEXT, N_ ("Network"),
      N_ ("One of Vitrine’s, in place of a bridge"), "",
      .max = VITRINE_DEFINITION_MAX_NETWORK_NAME },
    { "nic", "macvtap", "source.dev", TEXT, N_ ("Beside a network card"),
      N_ ("Of this computer’s, on its wire; the two cannot talk to each other"), "",
      .max = VITRINE_DEFINITION_MAX_BRIDGE_NAME },
    { "nic", "queues", "driver.queues", NUMBER, N_ ("Queues"),
      N_ ("Of a virtio card that is not on “user”: as many processors of the guest use it at once"),
      "1", NULL, 1, VITRINE_DEFINITION_MAX_QUEUES, "" },
    { "input", "type", "@type", CHOICE, N_ ("Type"), "", "tablet", "tablet|keyboard" },
    { "input", "bus", "@bus", CHOICE, N_ ("Bus"),
      N_ ("Every system knows usb; virtio needs no controller"), "usb", "usb|virtio" },
    { "watchdog", "action", "@action", CHOICE, N_ ("When it hangs"), "", "reset" },
    { "memballoon", "autodeflate", "@autodeflate", CHOICE, N_ ("Memory back in need"),
      N_ ("Before the guest runs out of it"), "off" },
    { "memballoon", "free-page-reporting", "@freePageReporting", CHOICE,
      N_ ("Report unused memory"), N_ ("This computer gets it without asking"), "off" },
    { "usb", "ports", "@ports", NUMBER, N_ ("Ports"), "",
      G_STRINGIFY (VITRINE_DEFINITION_USB_PORTS), NULL, 1, VITRINE_DEFINITION_MAX_USB, "" },
    { "channel", "name", "target.name", TEXT, N_ ("Name"), N_ ("By which the guest finds it"),
      "org.qemu.guest_agent.0", .max = VITRINE_DEFINITION_MAX_CHANNEL, .required = TRUE },
    { "panic", "model", "@model", CHOICE, N_ ("Model"),
      N_ ("“pvpanic” is on PCI; every system knows isa"), "isa" },
};

/* Words that are for the command line alone. */
static const struct {
    const char *element, *word, *key;
} words[] = {
    { "disk", "target", "target.dev" },     { "interface", "type", "@type" },
    { "interface", "mode", "source.mode" }, { "rng", "model", "@model" },
    { "vsock", "cid", "cid.address" },
};

/* Devices that come and go while a machine runs; "*": of any model. */
static const struct {
    const char *kind, *model;
    gboolean at_once; /* nobody asks the guest */
} hot[] = {
    { "disk", "virtio" },
    { "disk", "scsi", TRUE },
    { "cdrom", "scsi", TRUE },
    { "interface", "*" },
    { "rng", "*" },
    { "watchdog", "*" },
    { "panic", "pvpanic" },
    { "controller", "*" },
    { "memballoon", "*" },
    { "channel", "*", TRUE },
    { "keyboard", "usb", TRUE },
    { "keyboard", "virtio" },
    { "tablet", "usb", TRUE },
    { "tablet", "virtio" },
    { "vsock", "*" },
};

static const char *const type_words[] = {
    [VITRINE_SETTING_CHOICE] = "choice", [VITRINE_SETTING_FLAG] = "flag",
    [VITRINE_SETTING_NUMBER] = "number", [VITRINE_SETTING_TEXT] = "text",
    [VITRINE_SETTING_FILE] = "file",     [VITRINE_SETTING_LINES] = "lines",
    [VITRINE_SETTING_ORDER] = "order",   [VITRINE_SETTING_PLUG] = "plug",
};

const char *
vitrine_setting_type_to_string (VitrineSettingType type)
{
    g_return_val_if_fail (type < G_N_ELEMENTS (type_words), "");
    return type_words[type];
}

/* --- the tables, for the command line's words ------------------------------------------------- */

gboolean
vitrine_hardware_find (const char *kind, const char **element, const char **defaults)
{
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (g_str_equal (kinds[i].kind, kind)) {
            *element = kinds[i].element;
            *defaults = kinds[i].defaults;
            return TRUE;
        }
    return FALSE;
}

/* Whether the settings of KIND are said of an ELEMENT. */
static gboolean
is_of_element (const char *kind, const char *element)
{
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (g_str_equal (kinds[i].kind, kind))
            return g_str_equal (kinds[i].element, element);
    return FALSE;
}

const char *
vitrine_hardware_find_key (const char *element, const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_str_equal (words[i].element, element) && g_str_equal (words[i].word, word))
            return words[i].key;
    for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
        if (g_str_equal (settings[i].word, word) && is_of_element (settings[i].element, element))
            return settings[i].key;
    return word;
}

/* --- the tables, for people ------------------------------------------------------------------- */

static void
setting_free (gpointer data)
{
    VitrineSetting *setting = data;

    g_strfreev (setting->choices);
    g_free (setting);
}

void
vitrine_hardware_free (VitrineHardware *hardware)
{
    g_ptr_array_unref (hardware->settings);
    g_free (hardware);
}

/* What the rules let KEY, a way from ELEMENT, be. */
static char **
dup_choices (const char *element, const char *key, GError **error)
{
    const char *dot = strrchr (key, '.');
    g_autofree char *child = dot != NULL ? g_strndup (key, dot - key) : NULL;
    g_autofree char *path = child != NULL ? g_strdup_printf ("devices/%s/%s", element, child)
                                          : g_strdup_printf ("devices/%s", element);

    g_strdelimit (path, ".", '/');
    return vitrine_definition_dup_choices (path, dot != NULL ? dot + 1 : key + 1, error);
}

static gboolean
add_setting (VitrineHardware *hardware, const Kind *kind, const Setting *row, GError **error)
{
    VitrineSetting *setting = g_new0 (VitrineSetting, 1);

    *setting = (VitrineSetting){
        .key = row->word,
        .type = row->type,
        .title = _ (row->title),
        .note = *row->note != '\0' ? _ (row->note) : "",
        .fallback = row->fallback,
        .min = row->min,
        .max = row->max,
        .unit = row->unit != NULL ? row->unit : "",
        .required = row->required,
    };
    g_ptr_array_add (hardware->settings, setting);
    if (row->type != VITRINE_SETTING_CHOICE)
        return TRUE;
    setting->choices = row->choices != NULL ? g_strsplit (row->choices, "|", -1)
                                            : dup_choices (kind->element, row->key, error);
    return setting->choices != NULL;
}

static VitrineHardware *
make_hardware (const Kind *kind, GError **error)
{
    g_autoptr (VitrineHardware) hardware = g_new0 (VitrineHardware, 1);

    hardware->kind = kind->kind;
    hardware->title = _ (kind->title);
    hardware->note = _ (kind->note);
    hardware->settings = g_ptr_array_new_with_free_func (setting_free);
    for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
        if (g_str_equal (settings[i].element, kind->kind)
            && !add_setting (hardware, kind, &settings[i], error))
            return NULL;
    return g_steal_pointer (&hardware);
}

GPtrArray *
vitrine_hardware_list (GError **error)
{
    g_autoptr (GPtrArray) list =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_hardware_free);

    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
        VitrineHardware *hardware = make_hardware (&kinds[i], error);

        if (hardware == NULL)
            return NULL;
        g_ptr_array_add (list, hardware);
    }
    return g_steal_pointer (&list);
}

/* --- what runs -------------------------------------------------------------------------------- */

/* Whether such a device is in the list of what comes and goes; *AT_ONCE whether nobody asks. */
static gboolean
is_hot (const char *kind, const char *model, gboolean *at_once)
{
    for (gsize i = 0; i < G_N_ELEMENTS (hot); i++)
        if (g_str_equal (hot[i].kind, kind)
            && (g_str_equal (hot[i].model, "*") || g_str_equal (hot[i].model, model))) {
            *at_once = hot[i].at_once;
            return TRUE;
        }
    return FALSE;
}

gboolean
vitrine_hardware_can_go (const VitrineDeviceInfo *device)
{
    gboolean at_once;

    return is_hot (device->kind, device->model, &at_once);
}

gboolean
vitrine_hardware_is_asked_back (const VitrineDeviceInfo *device)
{
    gboolean at_once = FALSE;

    return is_hot (device->kind, device->model, &at_once) && !at_once;
}

static const Kind *
find_kind (const VitrineHardware *hardware)
{
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (g_str_equal (kinds[i].kind, hardware->kind))
            return &kinds[i];
    g_return_val_if_reached (&kinds[0]);
}

gboolean
vitrine_hardware_is_there (const VitrineHardware *hardware, GPtrArray *devices)
{
    const Kind *kind = find_kind (hardware);

    for (guint i = 0; kind->only_one && i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, kind->device_kind)
            && (kind->model == NULL || g_str_equal (device->model, kind->model)))
            return TRUE;
    }
    return FALSE;
}

gboolean
vitrine_hardware_can_come (const VitrineHardware *hardware, const char *const *values)
{
    const Kind *kind = find_kind (hardware);
    const char *model;
    gboolean at_once;

    model = kind->model;
    for (guint i = 0; model == NULL && i < hardware->settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (hardware->settings, i);

        if (g_str_equal (setting->key, kind->model_word))
            model = *values[i] != '\0' ? values[i] : setting->fallback;
    }
    return is_hot (kind->device_kind, model, &at_once);
}

/* A kind that comes as several kinds of device has the element of one of them. */
static gboolean
is_of_kind (const Kind *kind, const VitrineDeviceInfo *device)
{
    static const char *const inputs[] = { "tablet", "keyboard", NULL };

    if (g_str_equal (kind->kind, "input"))
        return g_strv_contains (inputs, device->kind);
    return g_str_equal (kind->device_kind, device->kind)
           && (kind->model == NULL || !g_str_equal (kind->element, "controller")
               || g_str_equal (kind->model, device->model));
}

GPtrArray *
vitrine_hardware_find_settings (GPtrArray *list, const VitrineDeviceInfo *device)
{
    for (guint i = 0; i < list->len; i++) {
        const VitrineHardware *hardware = g_ptr_array_index (list, i);

        if (is_of_kind (find_kind (hardware), device))
            return hardware->settings;
    }
    return NULL;
}

char *
vitrine_hardware_make_spec (const VitrineHardware *hardware, const char *const *values)
{
    GString *spec = g_string_new (NULL);

    for (guint i = 0; i < hardware->settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (hardware->settings, i);
        g_auto (GStrv) parts = g_strsplit (values[i], ",", -1);
        g_autofree char *value = g_strjoinv (",,", parts);

        /* What is as it would be anyway need not be written down, unless the reader asks for it. */
        if (*value == '\0' || (!setting->required && g_str_equal (values[i], setting->fallback)))
            continue;
        if (spec->len > 0)
            g_string_append_c (spec, ',');
        if (setting->type == VITRINE_SETTING_FLAG)
            g_string_append (spec, setting->key);
        else if (setting->type == VITRINE_SETTING_FILE)
            g_string_append (spec, value);
        else
            g_string_append_printf (spec, "%s=%s", setting->key, value);
    }
    return g_string_free (spec, FALSE);
}
