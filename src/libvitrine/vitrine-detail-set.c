/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-detail-set.c - changes of a machine's parts, a detail at a time.
 *
 * What an engine changes of what runs as well is its own change; everything else is an edit of the definition's text,
 * which the engine then takes only while it is the one that was edited.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-detail-private.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-spec.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* What is done to set a detail: a cable first, then one change of the engine's. */
typedef struct {
    VitrineChange change;
    char *what, *base;
    GPtrArray *settings;
    gboolean sets_link, is_up; /* of the card WHAT */
    gboolean is_done;          /* there is nothing to do */
    char *card;
} Plan;

static void
plan_free (gpointer data)
{
    Plan *plan = data;

    g_free (plan->what);
    g_free (plan->base);
    g_free (plan->card);
    g_clear_pointer (&plan->settings, g_ptr_array_unref);
    g_free (plan);
}

static gboolean
parse_number (const char *text, guint64 *number)
{
    return g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT, number, NULL);
}

static gboolean
refuse_value (const char *value, const char *example, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“%s” makes no sense here; say for example %s"), value, example);
}

/* --- edits of the text ------------------------------------------------------------------------ */

/* A disk's letters begin with what its bus is called by, and its place on the old bus is none on the new one. */
static void
set_bus (const VitrinePart *part, const char *bus)
{
    g_autofree char *target = vitrine_xml_dup (part->element, "target/@dev");
    gboolean is_virtio = g_str_equal (bus, "virtio");
    VitrineXml *devices = vitrine_xml_get_child (part->domain, "devices");
    char name[] = "vda";

    vitrine_xml_set (part->element, "target/@bus", bus);
    vitrine_xml_set (part->element, "address", NULL);
    if (target != NULL && g_str_has_prefix (target, is_virtio ? "vd" : "sd"))
        return;
    name[0] = is_virtio ? 'v' : 's';
    for (gboolean taken = TRUE; taken && name[2] <= 'z'; name[2] += taken) {
        VitrineXml *other;

        taken = FALSE;
        for (guint i = 1; (other = vitrine_xml_get_element (devices, i)) != NULL; i++) {
            g_autofree char *its = vitrine_xml_dup (other, "target/@dev");

            taken |= g_strcmp0 (its, name) == 0;
        }
    }
    vitrine_xml_set (part->element, "target/@dev", name);
}

static void
remove_children (VitrineXml *element, const char *name)
{
    VitrineXml *child;

    while ((child = vitrine_xml_get_child (element, name)) != NULL)
        vitrine_xml_remove (child);
}

/* What only a card on the user's own network has goes with that. */
static gboolean
set_plug (const VitrinePart *part, const char *value, GError **error)
{
    static const struct {
        const char *word, *type, *attribute;
    } plugs[] = {
        { "network=", "network", "network" },
        { "bridge=", "bridge", "bridge" },
        { "macvtap=", "direct", "dev" },
    };
    VitrineXml *card = part->element;
    g_autofree char *way = NULL;

    remove_children (card, "source");
    if (!g_str_equal (value, "user")) {
        remove_children (card, "backend");
        remove_children (card, "portForward");
    }
    if (g_str_equal (value, "user")) {
        vitrine_xml_set (card, "@type", "user");
        if (VITRINE_MACHINE_GET_CLASS (part->machine)->can_set_cards)
            vitrine_xml_set (card, "backend/@type", "passt");
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (plugs); i++) {
        const char *name = value + strlen (plugs[i].word);

        if (!g_str_has_prefix (value, plugs[i].word))
            continue;
        if (*name == '\0')
            return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("Say what it is called"));
        way = g_strconcat ("source/@", plugs[i].attribute, NULL);
        vitrine_xml_set (card, "@type", plugs[i].type);
        vitrine_xml_set (card, way, name);
        if (g_str_equal (plugs[i].type, "direct"))
            vitrine_xml_set (card, "source/@mode", "bridge");
        return TRUE;
    }
    return refuse_value (value, "network=default", error);
}

/* A mode, or a model by its name. */
static void
set_cpu (const VitrinePart *part, const char *value)
{
    static const char *const modes[] = { "host-passthrough", "host-model", "maximum", NULL };
    gboolean is_mode = *value == '\0' || g_strv_contains (modes, value);
    VitrineXml *domain = part->domain;

    vitrine_xml_set (domain, "cpu/vendor", NULL);
    if (is_mode) {
        vitrine_xml_set (domain, "cpu/model", NULL);
        vitrine_xml_set (domain, "cpu/@match", NULL);
        vitrine_xml_set (domain, "cpu/@mode", *value != '\0' ? value : NULL);
        return;
    }
    vitrine_xml_set (domain, "cpu/@migratable", NULL);
    vitrine_xml_set (domain, "cpu/@mode", "custom");
    vitrine_xml_set (domain, "cpu/@match", "exact");
    vitrine_xml_set (domain, "cpu/model", value);
}

static gboolean
set_topology (const VitrinePart *part, const char *value, GError **error)
{
    static const char *const ways[] = { "cpu/topology/@sockets", "cpu/topology/@cores",
                                        "cpu/topology/@threads" };
    g_auto (GStrv) numbers = g_strsplit (value, ":", -1);
    guint max, n = vitrine_part_get_vcpus (part, &max);
    guint64 number, product = 1;
    g_autofree char *product_text = NULL, *n_text = NULL;

    if (*value == '\0') {
        vitrine_xml_set (part->domain, "cpu/topology", NULL);
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (ways); i++) {
        if (g_strv_length (numbers) != G_N_ELEMENTS (ways) || !parse_number (numbers[i], &number)
            || (product *= MIN (number, 65536)) > 65535)
            return refuse_value (value, "1:4:2", error);
        vitrine_xml_set (part->domain, ways[i], numbers[i]);
    }
    vitrine_xml_set (part->domain, "cpu/topology/@dies", NULL);
    vitrine_xml_set (part->domain, "cpu/topology/@clusters", NULL);
    product_text = g_strdup_printf ("%u", (guint) product);
    n_text = n < product ? g_strdup_printf ("%u", n) : NULL;
    vitrine_xml_set (part->domain, "vcpu", product_text);
    vitrine_xml_set (part->domain, "vcpu/@current", n_text);
    return TRUE;
}

/* Each device has its number then, and the kinds of <os> none. */
static gboolean
set_boot (const VitrinePart *part, const char *value, GError **error)
{
    g_auto (GStrv) order = *value != '\0' ? g_strsplit (value, ",", -1) : g_new0 (char *, 1);
    g_auto (GStrv) aliases = vitrine_part_dup_bootable (part);
    VitrineXml *os = vitrine_xml_get_child (part->domain, "os");

    for (guint i = 0; aliases[i] != NULL; i++)
        vitrine_xml_set (vitrine_part_get_device (part, aliases[i]), "boot", NULL);
    while (os != NULL && vitrine_xml_get_child (os, "boot") != NULL)
        vitrine_xml_remove (vitrine_xml_get_child (os, "boot"));
    for (guint i = 0; order[i] != NULL; i++) {
        VitrineXml *device = vitrine_part_get_device (part, order[i]);
        g_autofree char *number = g_strdup_printf ("%u", i + 1);

        if (device == NULL || !g_strv_contains ((const char *const *) aliases, order[i]))
            return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                                   _ ("“%s” is nothing to start from"), order[i]);
        vitrine_xml_set (device, "boot/@order", number);
    }
    return TRUE;
}

/* What is said of the old firmware is nothing for the new one; its file of variables stays where it is. */
static void
set_firmware (const VitrinePart *part, const char *value)
{
    vitrine_xml_set (part->domain, "os/@firmware", g_str_equal (value, "uefi") ? "efi" : NULL);
    vitrine_xml_set (part->domain, "os/firmware", NULL);
    vitrine_xml_set (part->domain, "os/loader", NULL);
    vitrine_xml_set (part->domain, "os/nvram", NULL);
}

/* WAY of a switch that is on, where VALUE is not "". */
static void
set_switch (const VitrinePart *part, const char *way, const char *value)
{
    gboolean is_link = g_str_has_prefix (way, "link/");

    vitrine_xml_set (part->element, way,
                     *value != '\0' ? (is_link ? "up" : "yes") : (is_link ? "down" : "no"));
}

static void
set_text (const VitrinePart *part, VitrineDetailHow how, const char *way, const char *value)
{
    gboolean is_element = g_str_has_suffix (way, "/");
    g_autofree char *element = is_element ? g_strndup (way, strlen (way) - 1) : NULL;
    gboolean is_default =
        *value == '\0' || (how == VITRINE_DETAIL_CHOICE && g_str_equal (value, "default"));

    if (is_element)
        vitrine_xml_set (part->element, element, *value != '\0' ? "" : NULL);
    else
        vitrine_xml_set (part->element, way, is_default ? NULL : value);
}

static gboolean
edit (const VitrinePart *part, VitrineDetailHow how, const char *way, const char *value,
      GError **error)
{
    switch (how) {
    case VITRINE_DETAIL_BUS:
        set_bus (part, value);
        return TRUE;
    case VITRINE_DETAIL_PLUG:
        return set_plug (part, value, error);
    case VITRINE_DETAIL_CPU:
        set_cpu (part, value);
        return TRUE;
    case VITRINE_DETAIL_TOPOLOGY:
        return set_topology (part, value, error);
    case VITRINE_DETAIL_BOOT:
        return set_boot (part, value, error);
    case VITRINE_DETAIL_FIRMWARE:
        set_firmware (part, value);
        return TRUE;
    case VITRINE_DETAIL_SWITCH:
    case VITRINE_DETAIL_LINK:
        set_switch (part, way, value);
        return TRUE;
    default:
        set_text (part, how, way, value);
        return TRUE;
    }
}

static gboolean
plan_text (Plan *plan, VitrinePart *part, VitrineDetailHow how, const char *way, const char *value,
           GError **error)
{
    if (!edit (part, how, way, value, error))
        return FALSE;
    plan->what = vitrine_xml_write (part->document);
    plan->base = g_steal_pointer (&part->text);
    plan->change.kind = VITRINE_CHANGE_DEFINITION;
    plan->change.scope = VITRINE_SCOPE_CONFIG;
    plan->change.base = plan->base;
    return TRUE;
}

/* --- changes of the engine's ------------------------------------------------------------------ */

static VitrineScope
both (const VitrinePart *part)
{
    return VITRINE_SCOPE_CONFIG | (part->is_live ? VITRINE_SCOPE_LIVE : 0);
}

/* More than the maximum is a new maximum, which is for the next start. */
static gboolean
plan_vcpus (Plan *plan, const VitrinePart *part, gboolean is_max, const char *value, GError **error)
{
    guint max, n = vitrine_part_get_vcpus (part, &max);
    guint64 number;

    if (!parse_number (value, &number))
        return refuse_value (value, "4", error);
    plan->change.kind = VITRINE_CHANGE_VCPUS;
    plan->change.scope = VITRINE_SCOPE_CONFIG;
    if (is_max) {
        plan->change.n = MIN (n, (guint) number);
        plan->change.max = (guint) number;
        return TRUE;
    }
    plan->change.n = (guint) number;
    if (number > max)
        plan->change.max = (guint) number;
    else
        plan->change.scope = both (part);
    return TRUE;
}

static gboolean
plan_memory (Plan *plan, const VitrinePart *part, gboolean is_max, const char *value,
             GError **error)
{
    guint64 max_mib, number;

    vitrine_part_get_memory_mib (part, &max_mib);
    if (!parse_number (value, &number))
        return refuse_value (value, "2048", error);
    plan->change.kind = VITRINE_CHANGE_MEMORY;
    plan->change.scope = VITRINE_SCOPE_CONFIG;
    if (is_max) {
        plan->change.max_bytes = number * MIB;
        return TRUE;
    }
    plan->change.size_bytes = number * MIB;
    if (number <= max_mib)
        plan->change.scope = both (part);
    else if (!vitrine_part_has_pluggable (part))
        plan->change.max_bytes = number * MIB;
    return TRUE;
}

static void
plan_settings (Plan *plan, const VitrinePart *part)
{
    plan->settings = g_ptr_array_new_with_free_func (g_free);
    plan->change.kind = VITRINE_CHANGE_CARD;
    plan->change.scope = both (part);
    plan->what = g_strdup (part->device->alias);
}

static gboolean
plan_limit (Plan *plan, const VitrinePart *part, const char *key, const char *value)
{
    plan_settings (plan, part);
    g_ptr_array_add (plan->settings,
                     g_strdup_printf ("%s=%s", key, *value != '\0' ? value : "none"));
    return TRUE;
}

/* "tcp:2222:22" is known by "tcp:2222". */
static char *
dup_forward_key (const char *forward)
{
    const char *colon = strrchr (forward, ':');

    return colon != NULL ? g_strndup (forward, colon - forward) : g_strdup (forward);
}

/* Those that are no more first: another may have their port. */
static void
plan_forwards (Plan *plan, const VitrinePart *part, const char *value)
{
    g_autofree char *text = vitrine_part_dup_forwards (part);
    g_auto (GStrv) before = g_strsplit_set (text, " ", -1);
    g_auto (GStrv) after = g_strsplit_set (value, " ,\t", -1);

    plan_settings (plan, part);
    for (guint i = 0; before[i] != NULL; i++)
        if (*before[i] != '\0' && !g_strv_contains ((const char *const *) after, before[i])) {
            g_autofree char *forward_key = dup_forward_key (before[i]);

            g_ptr_array_add (plan->settings, g_strconcat ("unforward=", forward_key, NULL));
        }
    for (guint i = 0; after[i] != NULL; i++)
        if (*after[i] != '\0' && !g_strv_contains ((const char *const *) before, after[i]))
            g_ptr_array_add (plan->settings, g_strconcat ("forward=", after[i], NULL));
    plan->is_done = plan->settings->len == 0; /* in another order they are the same */
}

static gboolean
plan_size (Plan *plan, const VitrinePart *part, const char *value, GError **error)
{
    if (!vitrine_size_parse (value, &plan->change.size_bytes, NULL))
        return refuse_value (value, "20G", error);
    plan->change.kind = VITRINE_CHANGE_RESIZE;
    plan->change.scope = part->is_live ? VITRINE_SCOPE_LIVE : VITRINE_SCOPE_CONFIG;
    plan->what = g_strdup (part->device->alias);
    return TRUE;
}

static gboolean
make_plan (Plan *plan, VitrinePart *part, const char *key, const char *value, GError **error)
{
    VitrineDetailHow how;
    g_autofree char *way = NULL;

    if (!vitrine_part_find (part, key, &how, &way))
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                               _ ("“%s” is nothing that can be set"), key);
    switch (how) {
    case VITRINE_DETAIL_VCPUS:
    case VITRINE_DETAIL_MAX_VCPUS:
        return plan_vcpus (plan, part, how == VITRINE_DETAIL_MAX_VCPUS, value, error);
    case VITRINE_DETAIL_MEMORY:
    case VITRINE_DETAIL_MAX_MEMORY:
        return plan_memory (plan, part, how == VITRINE_DETAIL_MAX_MEMORY, value, error);
    case VITRINE_DETAIL_LIMIT:
        return plan_limit (plan, part, key, value);
    case VITRINE_DETAIL_FORWARDS:
        plan_forwards (plan, part, value);
        return TRUE;
    case VITRINE_DETAIL_SIZE:
        return plan_size (plan, part, value, error);
    case VITRINE_DETAIL_LINK:
        plan->sets_link = part->is_live;
        plan->is_up = *value != '\0';
        plan->card = g_strdup (part->device->alias);
        break;
    default:
        break;
    }
    return plan_text (plan, part, how, way, value, error);
}

/* --- doing it --------------------------------------------------------------------------------- */

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
make_change (GTask *task)
{
    Plan *plan = g_task_get_task_data (task);

    plan->change.what = plan->what;
    if (plan->settings != NULL) {
        g_ptr_array_add (plan->settings, NULL);
        plan->change.settings = (const char *const *) plan->settings->pdata;
    }
    vitrine_machine_change_async (g_task_get_source_object (task), &plan->change,
                                  g_task_get_cancellable (task), changed_cb, task);
}

static void
linked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (vitrine_machine_set_link_finish (VITRINE_MACHINE (source), result, &error))
        make_change (g_steal_pointer (&task));
    else
        g_task_return_error (task, error);
}

void
vitrine_machine_set_detail_async (VitrineMachine *machine, const char *part, const char *key,
                                  const char *value, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = NULL;
    g_autoptr (VitrinePart) whole = NULL;
    Plan *plan = g_new0 (Plan, 1);
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (machine));
    g_return_if_fail (part != NULL && key != NULL && value != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    task = g_task_new (machine, cancellable, callback, user_data);
    g_task_set_source_tag (task, vitrine_machine_set_detail_async);
    g_task_set_task_data (task, plan, plan_free);
    whole = vitrine_part_new (machine, part, &error);
    if (whole == NULL || !make_plan (plan, whole, key, value, &error)) {
        g_task_return_error (task, error);
        return;
    }
    if (plan->is_done)
        g_task_return_boolean (task, TRUE);
    else if (plan->sets_link)
        vitrine_machine_set_link_async (machine, plan->card, plan->is_up, cancellable, linked_cb,
                                        g_steal_pointer (&task));
    else
        make_change (g_steal_pointer (&task));
}

gboolean
vitrine_machine_set_detail_finish (VitrineMachine *machine, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, machine), FALSE);
    return g_task_propagate_boolean (G_TASK (result), error);
}
