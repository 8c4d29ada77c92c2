/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-edit.c - a change of what a machine has, made to a definition. */
#include <glib/gi18n-lib.h>

#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

const VitrineDefinitionDevice *
vitrine_rules_find_disk (const VitrineDefinition *definition, const char *alias)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->kind == VITRINE_DEFINITION_DISK && g_str_equal (device->alias, alias))
            return device;
    }
    return NULL;
}

/* A disk's size is not in its definition, which stays as it is. */
static VitrineDefinition *
check_disk (const VitrineDefinition *definition, const VitrineChange *change, GError **error)
{
    if (vitrine_rules_find_disk (definition, change->what) != NULL)
        return vitrine_definition_ref ((VitrineDefinition *) definition);
    vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no disk %s"),
                    vitrine_definition_get_name (definition), change->what);
    return NULL;
}

/* Nothing that somebody else has changed meanwhile is written over. */
static VitrineDefinition *
redefine (const VitrineDefinition *definition, const VitrineChange *change, GError **error)
{
    const char *name = vitrine_definition_get_name (definition);
    g_autoptr (VitrineDefinition) edited = NULL;

    if (!g_str_equal (vitrine_definition_get_xml (definition), change->base)) {
        vitrine_rules_refuse_changed (name, error);
        return NULL;
    }
    edited = vitrine_definition_parse (change->what, -1, error);
    if (edited == NULL || !vitrine_rules_check_name (vitrine_definition_get_name (edited), error))
        return NULL;
    if (!g_str_equal (vitrine_definition_get_uuid (edited),
                      vitrine_definition_get_uuid (definition))) {
        vitrine_rules_refuse_other_uuid (name, error);
        return NULL;
    }
    return g_steal_pointer (&edited);
}

VitrineDefinition *
vitrine_rules_edit (const VitrineDefinition *definition, const VitrineChange *change,
                    GError **error)
{
    switch (change->kind) {
    case VITRINE_CHANGE_ATTACH:
        return vitrine_definition_with_device (definition, change->what, -1, error);
    case VITRINE_CHANGE_DETACH:
        return vitrine_definition_without_device (definition, change->what, error);
    case VITRINE_CHANGE_EJECT:
        return vitrine_definition_with_medium (definition, change->what, NULL, FALSE, error);
    case VITRINE_CHANGE_INSERT:
        return vitrine_definition_with_medium (definition, change->what, change->path,
                                               vitrine_is_block_device (change->path), error);
    case VITRINE_CHANGE_RESIZE:
        return check_disk (definition, change, error);
    case VITRINE_CHANGE_VCPUS:
        return vitrine_definition_with_vcpus (definition, change->n, change->max, error);
    case VITRINE_CHANGE_CARD:
        return vitrine_definition_with_card (definition, change->what, change->settings, error);
    case VITRINE_CHANGE_DEFINITION:
        return redefine (definition, change, error);
    case VITRINE_CHANGE_MEMORY:
        return vitrine_definition_with_memory (definition, change->size_bytes, change->max_bytes,
                                               error);
    }
    g_return_val_if_reached (NULL);
}
