/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-memory.c - <memory model='virtio-mem'>: memory that comes and goes while the machine runs.
 *
 * As in libvirt, the domain's <memory> is all there may be, such a device's <size> included; what is left
 * is what the machine begins with.
 */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MIN_BLOCK DEFINITION_MEMORY_BLOCK
#define MAX_BLOCK ((guint64) 1 << 30)

/* The bytes that the child NAME of TARGET says, or *BYTES as it was. */
static gboolean
read_bytes (xmlNode *target, const char *name, guint64 *bytes, GError **error)
{
    xmlNode *node = definition_child (target, name);
    g_autofree char *what = g_strdup_printf ("<%s> (in <memory>)", name);

    return !node || definition_bytes (what, node, 0, bytes, error);
}

static gboolean
check_sizes (const VitrineDefinitionDevice *memory, GError **error)
{
    guint64 block = memory->block_bytes;

    if (block < MIN_BLOCK || block > MAX_BLOCK || (block & (block - 1)))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<block> (in <memory>) must be a power of two from 2 MiB to "
                                     "1 GiB"));
    if (memory->size_bytes == 0 || memory->size_bytes % block)
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("<size> (in <memory>) must be some whole blocks of %" PRIu64 " MiB"), block >> 20);
    if (memory->requested_bytes > memory->size_bytes || memory->requested_bytes % block)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<requested> (in <memory>) must be whole blocks of "
                                     "%" PRIu64 " MiB, and no more than <size>"),
                                  block >> 20);
    return TRUE;
}

static void
add_option (VitrineDefinitionDevice *memory, const char *name, guint64 bytes)
{
    g_autofree char *value = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);

    definition_device_add_option (memory, name, value);
}

gboolean
definition_memory_read (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *memory = definition_device_new (VITRINE_DEFINITION_MEMORY);
    xmlNode *target = definition_child (node, "target");

    g_ptr_array_add (self->devices, memory);
    g_free (memory->model);
    memory->model = g_strdup ("virtio-mem");
    memory->block_bytes = MIN_BLOCK;
    if (!definition_child (target, "size"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A <memory> device has no <size> (in <target>)"));
    if (!read_bytes (target, "size", &memory->size_bytes, error)
        || !read_bytes (target, "block", &memory->block_bytes, error)
        || !read_bytes (target, "requested", &memory->requested_bytes, error)
        || !check_sizes (memory, error))
        return FALSE;
    memory->current_bytes = memory->requested_bytes;
    add_option (memory, "block-size", memory->block_bytes);
    add_option (memory, "requested", memory->requested_bytes);
    return definition_slot_read (node, &memory->slot, error);
}

gboolean
definition_memory_check (const VitrineDefinition *self, GError **error)
{
    if (definition_count_kind (self, VITRINE_DEFINITION_MEMORY) > 1)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A machine has one <memory model='virtio-mem'>, and there is "
                                     "one already"));
    return TRUE;
}

static gboolean
check_max (xmlNode *domain, guint64 all, GError **error)
{
    xmlNode *node = definition_child (domain, "maxMemory");
    guint64 max;

    if (!node)
        return TRUE;
    if (!definition_bytes ("<maxMemory>", node, 1, &max, error))
        return FALSE;
    if (max < all)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<memory> is more than <maxMemory> (in <domain>)"));
    return TRUE;
}

gboolean
definition_memory_settle (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    const VitrineDefinitionDevice *pluggable = vitrine_definition_get_pluggable (self);
    VitrineDefinitionDevice *balloon = definition_find_kind (self, VITRINE_DEFINITION_BALLOON);

    if (!definition_memory_check (self, error) || !check_max (domain, self->memory_bytes, error))
        return FALSE;
    if (pluggable) {
        if (pluggable->size_bytes > self->memory_bytes - DEFINITION_MEMORY_MIN)
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("<size> (in <memory>) is of the domain's <memory>, and "
                                         "leaves too little of it to begin with"));
        self->memory_bytes -= pluggable->size_bytes;
    }
    self->current_bytes = MIN (self->current_bytes, self->memory_bytes);
    if (self->current_bytes == self->memory_bytes)
        return TRUE;
    if (!balloon)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a <currentMemory> that differs from "
                                     "<memory> without a <memballoon model='virtio'>"));
    add_option (balloon, "target", self->memory_bytes - self->current_bytes);
    return TRUE;
}
