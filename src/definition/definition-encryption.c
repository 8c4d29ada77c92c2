/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-encryption.c - <encryption format='luks'> of a disk, as libvirt's "Storage volume encryption" has it.
 *
 * What libvirt's <secret> names is a passphrase that libvirt's daemon keeps.  Here nobody keeps it: it is asked for when
 * the machine starts, so the name is carried along and not looked up.
 */
#include <glib/gi18n-lib.h>

#include "definition-private.h"
#include "vitrine-error.h"

static gboolean
check_secret (const VitrineDefinitionDevice *disk, xmlNode *secret, GError **error)
{
    g_autofree char *uuid = definition_attribute (secret, "uuid");
    g_autofree char *usage = definition_attribute (secret, "usage");

    if (!secret)
        return TRUE;
    if ((uuid != NULL) == (usage != NULL) || (uuid && !g_uuid_string_is_valid (uuid)))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <secret> of disk %s wants either a uuid='…' or a "
                                     "usage='…'"),
                                  disk->target);
    return TRUE;
}

gboolean
definition_encryption_read (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *inner = definition_child (definition_child (node, "source"), "encryption");
    xmlNode *outer = definition_child (node, "encryption");

    if (!inner && !outer)
        return TRUE;
    if (inner && outer)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The disk %s has two <encryption>; one belongs there, in its "
                                     "<source>"),
                                  disk->target);
    if (disk->kind != VITRINE_DEFINITION_DISK || disk->server)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <encryption> for %s, only for a disk that "
                                     "is a file or block device"),
                                  disk->target);
    if (disk->format != VITRINE_DEFINITION_FORMAT_RAW)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <encryption> for a %s image, only with "
                                     "<driver type='raw'> (in <disk> %s)"),
                                  vitrine_definition_format_to_string (disk->format), disk->target);
    disk->format = VITRINE_DEFINITION_FORMAT_LUKS;
    disk->explicit_raw = FALSE;
    return check_secret (disk, definition_child (inner ? inner : outer, "secret"), error);
}

/* Of DISK, wherever it is written; or NULL. */
static xmlNode *
find (xmlNode *disk)
{
    xmlNode *inner = definition_child (definition_child (disk, "source"), "encryption");

    return inner ? inner : definition_child (disk, "encryption");
}

xmlNode *
definition_encryption_take (xmlNode *disk)
{
    xmlNode *encryption = find (disk);
    xmlNode *copy = encryption ? xmlDocCopyNode (encryption, disk->doc, 1) : NULL;

    if (encryption)
        definition_node_remove (encryption);
    return copy;
}

void
definition_encryption_write (xmlNode *disk, xmlNode *encryption)
{
    xmlNode *source = definition_child (disk, "source"), *secret;
    g_autofree char *uuid = g_uuid_string_random ();

    if (encryption) {
        xmlAddChild (source, encryption);
        return;
    }
    encryption = xmlNewChild (source, NULL, (const xmlChar *) "encryption", NULL);
    xmlSetProp (encryption, (const xmlChar *) "format", (const xmlChar *) "luks");
    secret = xmlNewChild (encryption, NULL, (const xmlChar *) "secret", NULL);
    xmlSetProp (secret, (const xmlChar *) "type", (const xmlChar *) "passphrase");
    xmlSetProp (secret, (const xmlChar *) "uuid", (const xmlChar *) uuid);
}

const char *
definition_format_word (VitrineDefinitionFormat format)
{
    return vitrine_definition_format_to_string (
        format == VITRINE_DEFINITION_FORMAT_LUKS ? VITRINE_DEFINITION_FORMAT_RAW : format);
}
