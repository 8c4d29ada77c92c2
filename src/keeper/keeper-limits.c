/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-limits.c - what a disk may do in a second: told to the VMM before it runs, and when it is changed. */
#include <string.h>

#include "keeper-limits.h"
#include "keeper-private.h"
#include "vitrine-error.h"

G_STATIC_ASSERT (VITRINE_DEFINITION_LIMIT_N == VMM_LIMITS_N);

typedef struct {
    Keeper *keeper;
    char *alias;
    guint64 limits[VITRINE_DEFINITION_LIMIT_N];
    KeeperDone done; /* NULL: nobody waits */
    gpointer user_data;
} Limiting;

GVariant *
keeper_limits_describe (GPtrArray *devices)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sas}"));
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        g_auto (GStrv) limits = vitrine_definition_limits_dup_settings (device->limits);

        if (*limits)
            g_variant_builder_add (&builder, "{s^as}", device->alias, limits);
    }
    return g_variant_builder_end (&builder);
}

static void
limited_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    Limiting *limiting = user_data;
    VitrineDefinitionDevice *disk =
        (VitrineDefinitionDevice *) keeper_find_device (limiting->keeper, limiting->alias);

    if (!error && disk)
        memcpy (disk->limits, limiting->limits, sizeof disk->limits);
    if (limiting->keeper->control)
        keeper_control_set_devices (limiting->keeper->control, limiting->keeper->devices);
    if (limiting->done)
        limiting->done (error, limiting->user_data);
    g_free (limiting->alias);
    g_free (limiting);
}

static void
send (Keeper *self, const char *alias, const guint64 *limits, KeeperDone done, gpointer user_data)
{
    struct vmm_limits message = { .header = { .type = VMM_LIMITS } };
    Limiting *limiting = g_new0 (Limiting, 1);

    limiting->keeper = self;
    limiting->alias = g_strdup (alias);
    limiting->done = done;
    limiting->user_data = user_data;
    memcpy (limiting->limits, limits, sizeof limiting->limits);
    memcpy (message.limits, limits, sizeof message.limits);
    g_strlcpy (message.alias, alias, sizeof message.alias);
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, limited_cb, limiting);
}

void
keeper_tell_limits (Keeper *self, const VitrineDefinitionDevice *device)
{
    for (guint i = 0; i < VITRINE_DEFINITION_LIMIT_N; i++)
        if (device->kind == VITRINE_DEFINITION_DISK && device->limits[i] > 0) {
            send (self, device->alias, device->limits, NULL, NULL);
            return;
        }
}

void
keeper_set_limits (Keeper *self, const VitrineDefinitionDevice *disk, const char *const *settings,
                   KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    guint64 limits[VITRINE_DEFINITION_LIMIT_N];

    memcpy (limits, disk->limits, sizeof limits);
    if (problem || !vitrine_definition_limits_set (limits, settings, &problem))
        done (problem, user_data);
    else
        send (self, disk->alias, limits, done, user_data);
}
