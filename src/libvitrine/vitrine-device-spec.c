/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-device-spec.c - a device as the command line says it, as an element of libvirt's domain XML.
 *
 * "KEY=VALUE,…", where two commas stand for one of the value's, and a key is the way to an attribute or
 * a text: "bus.x" is the attribute x of the child <bus>, "serial" the text of <serial> where the element
 * has no such attribute.  Which is which is the definition's business to judge, so this file knows
 * elements only by what makes common ones short: any kind of device that definitions take can be said.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-machine.h"
#include "vitrine-private.h"

/* An element in the making. */
typedef struct {
    char *name;
    char *text;
    GPtrArray *attributes; /* name, value, name, value … */
    GPtrArray *children;   /* of Element */
} Element;

static void
element_free (Element *element)
{
    g_free (element->name);
    g_free (element->text);
    g_ptr_array_unref (element->attributes);
    g_ptr_array_unref (element->children);
    g_free (element);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Element, element_free)

static Element *
element_new (const char *name)
{
    Element *element = g_new0 (Element, 1);

    element->name = g_strdup (name);
    element->attributes = g_ptr_array_new_with_free_func (g_free);
    element->children = g_ptr_array_new_with_free_func ((GDestroyNotify) element_free);
    return element;
}

static Element *
get_child (Element *element, const char *name)
{
    Element *child;

    for (guint i = 0; i < element->children->len; i++) {
        child = g_ptr_array_index (element->children, i);
        if (g_str_equal (child->name, name))
            return child;
    }
    child = element_new (name);
    g_ptr_array_add (element->children, child);
    return child;
}

static gboolean
has_attribute (const Element *element, const char *name)
{
    for (guint i = 0; i < element->attributes->len; i += 2)
        if (g_str_equal (g_ptr_array_index (element->attributes, i), name))
            return TRUE;
    return FALSE;
}

static void
write_element (const Element *element, GString *xml)
{
    g_string_append_printf (xml, "<%s", element->name);
    for (guint i = 0; i < element->attributes->len; i += 2) {
        g_autofree char *escaped =
            g_markup_escape_text (g_ptr_array_index (element->attributes, i + 1), -1);

        g_string_append_printf (xml, " %s='%s'",
                                (char *) g_ptr_array_index (element->attributes, i), escaped);
    }
    g_string_append_c (xml, '>');
    if (element->text != NULL) {
        g_autofree char *escaped = g_markup_escape_text (element->text, -1);

        g_string_append (xml, escaped);
    }
    for (guint i = 0; i < element->children->len; i++)
        write_element (g_ptr_array_index (element->children, i), xml);
    g_string_append_printf (xml, "</%s>", element->name);
}

/* --- kinds ------------------------------------------------------------------------------------ */

/* What makes a kind short to say: DEFAULTS are settings that hold where others are not given. */
static const struct {
    const char *kind, *element, *defaults;
} kinds[] = {
    { "disk", "disk", "@device=disk" },
    { "cdrom", "disk", "@device=cdrom" },
    { "nic", "interface", "@type=user model.type=virtio" },
    { "rng", "rng", "@model=virtio backend.model=random backend=/dev/urandom" },
};

/* Short words for settings; "@x" is the attribute x of the device's own element. */
static const struct {
    const char *element, *word, *key;
} words[] = {
    { "disk", "bus", "target.bus" },       { "disk", "target", "target.dev" },
    { "disk", "cache", "driver.cache" },   { "disk", "path", "source.file" },
    { "disk", "serial", "serial" },        { "disk", "readonly", "readonly" },
    { "interface", "type", "@type" },      { "interface", "model", "model.type" },
    { "interface", "mac", "mac.address" }, { "interface", "source", "source.bridge" },
    { "rng", "model", "@model" },
};

static const char *
find_key (const char *element, const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_str_equal (words[i].element, element) && g_str_equal (words[i].word, word))
            return words[i].key;
    return word;
}

static gboolean
is_name (const char *text)
{
    if (!g_ascii_isalpha (*text))
        return FALSE;
    for (const char *p = text; *p != '\0'; p++)
        if (!g_ascii_isalnum (*p) && strchr ("-_", *p) == NULL)
            return FALSE;
    return TRUE;
}

/* Sets what KEY leads to, unless it is set. */
static gboolean
set (Element *element, const char *key, const char *value, GError **error)
{
    g_auto (GStrv) steps = g_strsplit (*key == '@' ? key + 1 : key, ".", -1);
    guint n = g_strv_length (steps);
    gboolean is_text = *key != '@' && n == 1;

    for (guint i = 0; i < n; i++)
        if (!is_name (steps[i]))
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“%s” is no setting of a device"), key);
    if (n == 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("A setting of the device has no name"));
    for (guint i = 0; i + (is_text ? 0 : 1) < n; i++)
        element = get_child (element, steps[i]);
    if (is_text) {
        if (element->text == NULL)
            element->text = g_strdup (value);
    } else if (!has_attribute (element, steps[n - 1])) {
        g_ptr_array_add (element->attributes, g_strdup (steps[n - 1]));
        g_ptr_array_add (element->attributes, g_strdup (value));
    }
    return TRUE;
}

/* --- disks ------------------------------------------------------------------------------------ */

static gboolean
set_path (Element *disk, const char *path, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename (path, NULL);
    gboolean is_block = vitrine_is_block_device (absolute);

    return set (disk, "@type", is_block ? "block" : "file", error)
           && set (disk, is_block ? "source.dev" : "source.file", absolute, error);
}

static gboolean
is_taken (GPtrArray *devices, const char *alias)
{
    for (guint i = 0; i < devices->len; i++)
        if (g_str_equal (((VitrineDeviceInfo *) g_ptr_array_index (devices, i))->alias, alias))
            return TRUE;
    return FALSE;
}

/* The first letter that no disk of DEVICES has: the alias tells, as it is made of the letter. */
static gboolean
set_free_target (Element *disk, GPtrArray *devices, GError **error)
{
    char target[] = "vda";

    for (guint i = 0; i < 26; i++) {
        g_autofree char *alias = g_strdup_printf ("virtio-disk%u", i);

        target[2] = (char) ('a' + i);
        if (!is_taken (devices, alias))
            break;
    }
    return set (disk, "target.dev", target, error);
}

/* --- all -------------------------------------------------------------------------------------- */

static gboolean
set_defaults (Element *element, const char *defaults, GError **error)
{
    g_auto (GStrv) settings = g_strsplit (defaults, " ", -1);

    for (guint i = 0; settings[i] != NULL; i++) {
        char *equals = strchr (settings[i], '=');

        *equals = '\0';
        if (!set (element, settings[i], equals + 1, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
set_all (Element *element, const char *spec, GError **error)
{
    g_auto (GStrv) settings = vitrine_split_settings (spec);

    for (guint i = 0; *spec != '\0' && settings[i] != NULL; i++) {
        char *equals = strchr (settings[i], '=');
        gboolean is_path = i == 0 && equals == NULL && g_str_equal (element->name, "disk");

        if (is_path) {
            if (!set_path (element, settings[i], error))
                return FALSE;
            continue;
        }
        if (equals != NULL)
            *equals = '\0';
        if (!set (element, find_key (element->name, settings[i]), equals != NULL ? equals + 1 : "",
                  error))
            return FALSE;
    }
    return TRUE;
}

char *
vitrine_device_spec_to_element (VitrineMachine *machine, const char *kind, const char *spec,
                                GError **error)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);
    g_autoptr (Element) element = NULL;
    const char *defaults = NULL;
    GString *xml;

    if (!is_name (kind)) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is no kind of device"), kind);
        return NULL;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (g_str_equal (kinds[i].kind, kind)) {
            element = element_new (kinds[i].element);
            defaults = kinds[i].defaults;
        }
    if (element == NULL)
        element = element_new (kind);
    if (!set_all (element, spec, error)
        || (defaults != NULL && !set_defaults (element, defaults, error))
        || (g_str_equal (element->name, "disk") && !set_free_target (element, devices, error)))
        return NULL;
    xml = g_string_new (NULL);
    write_element (element, xml);
    return g_string_free (xml, FALSE);
}
