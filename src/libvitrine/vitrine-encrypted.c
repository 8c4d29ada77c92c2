/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-encrypted.c - whether a disk that is to be added needs its passphrase, and what one is known by. */
#include "vitrine-machine.h"
#include "vitrine-private.h"
#include "vitrine-xml-private.h"

/* What the first of WAYS that leads anywhere leads to from ELEMENT, or "". */
static char *
dup_first (VitrineXml *element, const char *const *ways)
{
    for (; *ways != NULL; ways++) {
        char *text = vitrine_xml_dup (element, *ways);

        if (text != NULL)
            return text;
    }
    return g_strdup ("");
}

static gboolean
is_encrypted (VitrineXml *disk)
{
    VitrineXml *source = vitrine_xml_get_child (disk, "source");

    return vitrine_xml_get_child (source, "encryption") != NULL
           || vitrine_xml_get_child (disk, "encryption") != NULL;
}

VitrineDeviceInfo *
vitrine_machine_dup_encrypted_disk (VitrineMachine *self, const char *element)
{
    static const char *const sources[] = { "source/@file", "source/@dev", NULL };
    static const char *const targets[] = { "target/@dev", NULL };
    g_autoptr (VitrineXml) document = NULL;
    g_autofree char *source = NULL, *target = NULL;
    VitrineXml *disk;

    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    g_return_val_if_fail (element != NULL, NULL);

    if (!VITRINE_MACHINE_GET_CLASS (self)->wants_passphrases)
        return NULL;
    document = vitrine_xml_parse (element, NULL);
    disk = document != NULL ? vitrine_xml_get_root (document) : NULL;
    if (!vitrine_xml_is (disk, "disk") || !is_encrypted (disk))
        return NULL;
    source = dup_first (disk, sources);
    target = dup_first (disk, targets);
    return vitrine_device_info_copy (&(VitrineDeviceInfo){ .alias = target,
                                                           .kind = (char *) "disk",
                                                           .model = (char *) "",
                                                           .source = source,
                                                           .id = target });
}

void
vitrine_machine_identify_image_async (VitrineMachine *self, const char *path,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
    VitrineMachineClass *klass;
    g_autoptr (GTask) task = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self) && path != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    klass = VITRINE_MACHINE_GET_CLASS (self);
    if (klass->identify_image_async != NULL) {
        klass->identify_image_async (self, path, cancellable, callback, user_data);
        return;
    }
    task = g_task_new (self, cancellable, callback, user_data);
    g_task_return_pointer (task, NULL, NULL);
}

char *
vitrine_machine_identify_image_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return g_task_propagate_pointer (G_TASK (result), error);
}
