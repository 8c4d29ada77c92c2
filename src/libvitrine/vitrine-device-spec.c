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

#include "definition.h"
#include "vitrine-error.h"
#include "vitrine-hardware-private.h"
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
has_child (const Element *element, const char *name)
{
    for (guint i = 0; i < element->children->len; i++)
        if (g_str_equal (((Element *) g_ptr_array_index (element->children, i))->name, name))
            return TRUE;
    return FALSE;
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

/* --- settings --------------------------------------------------------------------------------- */

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

/* A server's disk, as its URI names it. */
static gboolean
set_server (Element *disk, const char *uri, GError **error)
{
    g_autoptr (VitrineDefinitionServer) server = vitrine_definition_server_parse (uri, error);
    g_autofree char *name = NULL, *port = NULL;

    if (server == NULL)
        return FALSE;
    port = g_strdup_printf ("%u", server->port);
    name = vitrine_definition_server_dup_source_name (server);
    if (!set (disk, "@type", "network", error)
        || !set (disk, "source.protocol", vitrine_definition_protocol_to_string (server->protocol),
                 error)
        || !set (disk, "source.name", name, error))
        return FALSE;
    if (server->socket != NULL)
        return set (disk, "source.host.transport", "unix", error)
               && set (disk, "source.host.socket", server->socket, error);
    return set (disk, "source.host.name", server->host, error)
           && set (disk, "source.host.port", port, error);
}

/* An image that a passphrase opens: raw, to a definition, with what it is encrypted by. */
static gboolean
set_luks (Element *disk, GError **error)
{
    g_autofree char *uuid = g_uuid_string_random ();

    return set (disk, "driver.type", "raw", error)
           && set (disk, "source.encryption.format", "luks", error)
           && set (disk, "source.encryption.secret.type", "passphrase", error)
           && set (disk, "source.encryption.secret.uuid", uuid, error);
}

static gboolean
is_server_key (const char *key)
{
    static const char *const keys[] = { "server", "nbd", "iscsi", NULL };

    return g_strv_contains (keys, key);
}

/* Whether the definition in XML, or NULL, has a disk called TARGET. */
static gboolean
is_target (const char *xml, const char *target)
{
    g_autofree char *single = g_strdup_printf ("dev='%s'", target);
    g_autofree char *quoted = g_strdup_printf ("dev=\"%s\"", target);

    return xml != NULL && (strstr (xml, single) != NULL || strstr (xml, quoted) != NULL);
}

static const char *
get_attribute (const Element *element, const char *name)
{
    for (guint i = 0; i < element->attributes->len; i += 2)
        if (g_str_equal (g_ptr_array_index (element->attributes, i), name))
            return g_ptr_array_index (element->attributes, i + 1);
    return NULL;
}

/* The first letter that no disk of MACHINE has.  Of what runs the alias tells, as it is made of the letter
 * or of the port, which goes by it. */
static gboolean
set_free_target (Element *disk, VitrineMachine *machine, GError **error)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);
    g_autofree char *xml = vitrine_machine_dup_xml (machine, NULL);
    const char *bus = get_attribute (get_child (disk, "target"), "bus");
    gboolean is_virtio = bus == NULL || g_str_equal (bus, "virtio");
    char target[] = "vda";

    target[0] = is_virtio ? 'v' : 's';
    for (guint i = 0; i < 26; i++) {
        g_autofree char *alias = g_strdup_printf (is_virtio                   ? "virtio-disk%u"
                                                  : g_str_equal (bus, "sata") ? "sata0-0-%u"
                                                                              : "scsi0-0-0-%u",
                                                  i);

        target[2] = (char) ('a' + i);
        if (vitrine_device_info_find (devices, alias) == NULL && !is_target (xml, target))
            break;
    }
    return set (disk, "target.dev", target, error);
}

/* --- network cards ---------------------------------------------------------------------------- */

/* What a card is on says what type it has; where one on the user's own network is behind passt, that is
 * written down. */
static gboolean
set_type (Element *card, VitrineMachine *machine, GError **error)
{
    gboolean has_source = has_child (card, "source");
    const char *bridge = has_source ? get_attribute (get_child (card, "source"), "bridge") : NULL;
    gboolean is_direct = has_source
                         && (get_attribute (get_child (card, "source"), "dev") != NULL
                             || get_attribute (get_child (card, "source"), "mode") != NULL);

    if (is_direct && get_attribute (get_child (card, "source"), "mode") == NULL
        && !set (card, "source.mode", "bridge", error))
        return FALSE;
    if (get_attribute (card, "type") == NULL
        && !set (card, "@type",
                 bridge != NULL ? "bridge"
                 : is_direct    ? "direct"
                 : has_source   ? "network"
                                : "user",
                 error))
        return FALSE;
    return !g_str_equal (get_attribute (card, "type"), "user")
           || !VITRINE_MACHINE_GET_CLASS (machine)->has_passt
           || set (card, "backend.type", "passt", error);
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
        gboolean is_disk = g_str_equal (element->name, "disk");
        gboolean is_uri = i == 0 && is_disk && vitrine_definition_server_is_uri (settings[i]);
        gboolean is_path = i == 0 && equals == NULL && is_disk && !is_uri;

        if (is_uri) { /* which may have an "=" of its own */
            if (!set_server (element, settings[i], error))
                return FALSE;
            continue;
        }
        if (is_path) {
            if (!set_path (element, settings[i], error))
                return FALSE;
            continue;
        }
        if (equals != NULL)
            *equals = '\0';
        if (is_disk && is_server_key (settings[i])) {
            if (!set_server (element, equals != NULL ? equals + 1 : "", error))
                return FALSE;
            continue;
        }
        if (is_disk && g_str_equal (settings[i], "format") && equals != NULL
            && g_str_equal (equals + 1, "luks")) {
            if (!set_luks (element, error))
                return FALSE;
            continue;
        }
        if (!set (element, vitrine_hardware_find_key (element->name, settings[i]),
                  equals != NULL ? equals + 1 : "", error))
            return FALSE;
    }
    return TRUE;
}

char *
vitrine_device_spec_to_element (VitrineMachine *machine, const char *kind, const char *spec,
                                GError **error)
{
    g_autoptr (Element) element = NULL;
    const char *name = kind, *defaults = NULL;
    GString *xml;

    if (!is_name (kind)) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is no kind of device"), kind);
        return NULL;
    }
    vitrine_hardware_find (kind, &name, &defaults);
    element = element_new (name);
    if (!set_all (element, spec, error)
        || (defaults != NULL && !set_defaults (element, defaults, error))
        || (g_str_equal (element->name, "disk") && !set_free_target (element, machine, error))
        || (g_str_equal (kind, "nic") && !set_type (element, machine, error)))
        return NULL;
    xml = g_string_new (NULL);
    write_element (element, xml);
    return g_string_free (xml, FALSE);
}
