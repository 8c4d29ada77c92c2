/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-nic-spec.c - what one network card of a new machine shall be, and its form on the command
 * line. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-spec.h"

VitrineNicSpec *
vitrine_nic_spec_new (void)
{
    VitrineNicSpec *spec = g_new0 (VitrineNicSpec, 1);

    spec->forwards = g_array_new (FALSE, TRUE, sizeof (VitrineForward));
    spec->settings = g_ptr_array_new_with_free_func (g_free);
    return spec;
}

VitrineNicSpec *
vitrine_nic_spec_copy (const VitrineNicSpec *spec)
{
    VitrineNicSpec *copy = vitrine_nic_spec_new ();

    copy->model = g_strdup (spec->model);
    copy->mac = g_strdup (spec->mac);
    copy->bridge = g_strdup (spec->bridge);
    copy->network = g_strdup (spec->network);
    copy->macvtap = g_strdup (spec->macvtap);
    copy->macvtap_mode = g_strdup (spec->macvtap_mode);
    copy->link_down = spec->link_down;
    copy->queues = spec->queues;
    g_array_append_vals (copy->forwards, spec->forwards->data, spec->forwards->len);
    for (guint i = 0; i < spec->settings->len; i++)
        g_ptr_array_add (copy->settings, g_strdup (g_ptr_array_index (spec->settings, i)));
    return copy;
}

void
vitrine_nic_spec_free (VitrineNicSpec *spec)
{
    if (spec == NULL)
        return;
    g_free (spec->model);
    g_free (spec->mac);
    g_free (spec->bridge);
    g_free (spec->network);
    g_free (spec->macvtap);
    g_free (spec->macvtap_mode);
    g_array_unref (spec->forwards);
    g_ptr_array_unref (spec->settings);
    g_free (spec);
}

/* "tcp:2222:22": from the host's port to the guest's. */
static gboolean
parse_forward (VitrineNicSpec *spec, const char *part, const char *value, GError **error)
{
    VitrineDefinitionPorts ports;
    VitrineForward forward = { 0 };

    if (!vitrine_definition_parse_forward (value, &forward.udp, &ports) || ports.end != ports.start
        || strchr (strchr (value, ':') + 1, ':') == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: say for example forward=tcp:2222:22, this computer’s port "
                                  "first"),
                               part);
    forward.host_port = ports.start;
    forward.guest_port = ports.to;
    g_array_append_val (spec->forwards, forward);
    return TRUE;
}

/* What passes between machines that are beside the same card; the kernel's word for one is another than libvirt's. */
static gboolean
parse_mode (VitrineNicSpec *spec, const char *part, const char *value, GError **error)
{
    static const char *const modes[] = { "bridge", "vepa", "private", "passthrough", NULL };

    g_free (spec->macvtap_mode);
    spec->macvtap_mode = g_strdup (g_str_equal (value, "passthru") ? "passthrough" : value);
    return (spec->macvtap != NULL && g_strv_contains (modes, spec->macvtap_mode))
           || vitrine_refuse (
               error, VITRINE_ERROR_INVALID,
               _ ("“%s”: a card on “macvtap=NAME” has the mode bridge, vepa, private "
                  "or passthru"),
               part);
}

static gboolean
parse_queues (VitrineNicSpec *spec, const char *part, const char *value, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned (value, 10, 1, VITRINE_DEFINITION_MAX_QUEUES, &number, NULL))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a network card has 1 to %d queues"), part,
                               VITRINE_DEFINITION_MAX_QUEUES);
    spec->queues = (guint) number;
    return TRUE;
}

static gboolean
parse_part (VitrineNicSpec *spec, const char *part, GError **error)
{
    static const char *const models[] = { "virtio", "e1000e", "rtl8139", NULL };
    static const char *const settings[] = {
        "restricted", "ipv6", "filter", "inbound", "outbound", NULL
    }; /* the definition knows what they may be */
    const char *value;
    g_autofree char *key = vitrine_split_setting (part, &value, error);

    if (key == NULL)
        return FALSE;
    if (g_str_equal (key, "forward"))
        return spec->bridge == NULL && spec->network == NULL && spec->macvtap == NULL
                   ? parse_forward (spec, part, value, error)
                   : vitrine_refuse (
                       error, VITRINE_ERROR_INVALID,
                       _ ("“%s”: ports are forwarded to a card on the network “user”; "
                          "on a bridge or network the guest has an address of its own"),
                       part);
    if (g_str_equal (key, "mode"))
        return parse_mode (spec, part, value, error);
    if (g_str_equal (key, "model")) {
        g_free (spec->model);
        spec->model = g_strdup (value);
        return g_strv_contains (models, value)
               || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s”: a network card is virtio, e1000e or rtl8139"), part);
    }
    if (g_str_equal (key, "queues"))
        return parse_queues (spec, part, value, error);
    if (g_str_equal (key, "mac")) {
        g_free (spec->mac);
        spec->mac = g_strdup (value); /* the definition knows what is one */
        return TRUE;
    }
    if (g_str_equal (key, "link")) {
        spec->link_down = g_str_equal (value, "down");
        return spec->link_down || g_str_equal (value, "up")
               || vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s”: a cable is up or down"),
                                  part);
    }
    if (g_strv_contains (settings, key)) {
        g_ptr_array_add (spec->settings, g_strdup_printf ("%s=%s", key, value));
        return TRUE;
    }
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“%s” says nothing a network card knows"), part);
}

/* "user", "bridge=NAME", "network=NAME", "macvtap=NAME". */
static gboolean
parse_place (VitrineNicSpec *spec, const char *part, GError **error)
{
    if (g_str_equal (part, "user"))
        return TRUE;
    if (g_str_has_prefix (part, "bridge=") && part[strlen ("bridge=")] != '\0')
        spec->bridge = g_strdup (part + strlen ("bridge="));
    else if (g_str_has_prefix (part, "network=") && part[strlen ("network=")] != '\0')
        spec->network = g_strdup (part + strlen ("network="));
    else if (g_str_has_prefix (part, "macvtap=") && part[strlen ("macvtap=")] != '\0')
        spec->macvtap = g_strdup (part + strlen ("macvtap="));
    else
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a network card is on “user”, “bridge=NAME”, "
                                  "“network=NAME” or “macvtap=NAME”; say that first"),
                               part);
    return TRUE;
}

VitrineNicSpec *
vitrine_nic_spec_parse (const char *text, GError **error)
{
    g_autoptr (VitrineNicSpec) spec = vitrine_nic_spec_new ();
    g_auto (GStrv) parts = vitrine_split_settings (text);

    if (!parse_place (spec, parts[0], error))
        return NULL;
    for (char **part = parts + 1; *part != NULL; part++)
        if (!parse_part (spec, *part, error))
            return NULL;
    return g_steal_pointer (&spec);
}

gboolean
vitrine_nic_check_mac (const char *mac)
{
    return vitrine_definition_is_card_address (mac);
}

char *
vitrine_nic_make_mac (void)
{
    guint32 random = g_random_int ();

    return g_strdup_printf ("52:54:00:%02x:%02x:%02x", random & 0xff, random >> 8 & 0xff,
                            random >> 16 & 0xff);
}
