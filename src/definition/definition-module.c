/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-module.c - the way into the module. */
#include "definition-module.h"

#include <gmodule.h>

static const DefinitionModule module = {
    .parse = vitrine_definition_parse,
    .build = vitrine_definition_build,
    .with_device = vitrine_definition_with_device,
    .without_device = vitrine_definition_without_device,
    .with_medium = vitrine_definition_with_medium,
    .with_image = vitrine_definition_with_image,
    .with_identity = vitrine_definition_with_identity,
    .with_vcpus = vitrine_definition_with_vcpus,
    .with_memory = vitrine_definition_with_memory,
    .with_card = vitrine_definition_with_card,
    .network_parse = vitrine_network_parse,
    .dup_choices = vitrine_definition_dup_choices,
};

G_MODULE_EXPORT const DefinitionModule *
definition_module_get (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? &module : NULL;
}
