/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-limits-value.c - what a disk may do in a second, as people say it: "iops=500", "bandwidth=10M". */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

/* By VitrineDefinitionLimit. */
const DefinitionLimit definition_limits[] = {
    [VITRINE_DEFINITION_LIMIT_BYTES] = { "total_bytes_sec", "bandwidth", TRUE, TRUE },
    [VITRINE_DEFINITION_LIMIT_READ_BYTES] = { "read_bytes_sec", "read-bandwidth", TRUE },
    [VITRINE_DEFINITION_LIMIT_WRITE_BYTES] = { "write_bytes_sec", "write-bandwidth", TRUE },
    [VITRINE_DEFINITION_LIMIT_OPS] = { "total_iops_sec", "iops", FALSE, TRUE },
    [VITRINE_DEFINITION_LIMIT_READ_OPS] = { "read_iops_sec", "read-iops" },
    [VITRINE_DEFINITION_LIMIT_WRITE_OPS] = { "write_iops_sec", "write-iops" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (definition_limits) == VITRINE_DEFINITION_LIMIT_N);

char **
vitrine_definition_limits_dup_settings (const guint64 limits[VITRINE_DEFINITION_LIMIT_N])
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

    for (guint i = 0; i < VITRINE_DEFINITION_LIMIT_N; i++) {
        g_autofree char *setting =
            g_strdup_printf ("%s=%" G_GUINT64_FORMAT, definition_limits[i].word, limits[i]);

        if (limits[i] > 0)
            g_strv_builder_add (builder, setting);
    }
    return g_strv_builder_end (builder);
}
