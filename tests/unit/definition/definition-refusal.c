/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-refusal.c - definitions that are refused, and the exact words that say why. */
#include "definition-refusal.h"

#include "definition.h"

void
definition_refusal_assert (const char *xml, VitrineError code, const char *message)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (xml, -1, &error);

    g_assert_null (definition);
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_cmpstr (error->message, ==, message);
}

static void
test_refused (gconstpointer data)
{
    const DefinitionRefusal *refusal = data;

    definition_refusal_assert (refusal->xml, refusal->code, refusal->message);
}

void
definition_refusal_add_tests (const char *folder, const DefinitionRefusal *cases, gsize n_cases)
{
    for (gsize i = 0; i < n_cases; i++) {
        g_autofree char *path = g_strdup_printf ("%s/%s", folder, cases[i].promise);

        g_test_add_data_func (path, &cases[i], test_refused);
    }
}
