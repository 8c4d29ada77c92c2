/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine-passphrase.c - encrypted disks that only pretend: "encrypted" in the machine's group lists their targets, and
 * "passphrase" opens them all, and those that are added. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "fake-machine-private.h"
#include "vitrine-error.h"
#include "vitrine-private.h"

static GStrv
dup_targets (FakeMachine *self)
{
    g_autofree char *list = fake_faults_dup_string (self->faults, self->group, "encrypted");

    return g_strsplit (list != NULL ? list : "", ";", -1);
}

GPtrArray *
fake_machine_dup_encrypted (VitrineMachine *machine)
{
    GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    g_auto (GStrv) targets = dup_targets (FAKE_MACHINE (machine));

    for (guint i = 0; targets[i] != NULL; i++) {
        g_autofree char *path = g_strdup_printf ("/srv/%s.luks", targets[i]);
        const VitrineDeviceInfo info = { .alias = targets[i],
                                         .kind = (char *) "disk",
                                         .model = (char *) "virtio",
                                         .source = path,
                                         .id = targets[i] };

        g_ptr_array_add (infos, vitrine_device_info_copy (&info));
    }
    return infos;
}

void
fake_machine_give_passphrase (VitrineMachine *machine, const char *target,
                              VitrinePassphrase *passphrase)
{
    FakeMachine *self = FAKE_MACHINE (machine);

    if (target == NULL)
        g_hash_table_remove_all (self->passphrases);
    else
        g_hash_table_insert (self->passphrases, g_strdup (target),
                             vitrine_passphrase_ref (passphrase));
}

static gboolean
is_right (FakeMachine *self, const VitrinePassphrase *given)
{
    g_autofree char *right = fake_faults_dup_string (self->faults, self->group, "passphrase");
    g_autoptr (VitrinePassphrase) wanted =
        vitrine_passphrase_new (right != NULL ? right : "x", -1, NULL);

    return given != NULL && vitrine_passphrase_equal (given, wanted);
}

gboolean
fake_machine_unlock (FakeMachine *self, GError **error)
{
    g_auto (GStrv) targets = dup_targets (self);
    gboolean ok = TRUE;

    for (guint i = 0; targets[i] != NULL && ok; i++) {
        ok = is_right (self, g_hash_table_lookup (self->passphrases, targets[i]));
        if (!ok)
            vitrine_refuse (error, VITRINE_ERROR_PASSPHRASE,
                            _ ("That is not the passphrase of the disk %s, “%s”"), targets[i],
                            targets[i]);
    }
    g_hash_table_remove_all (self->passphrases);
    return ok;
}

gboolean
fake_machine_open_disk (FakeMachine *self, const VitrineChange *change, GError **error)
{
    g_autoptr (VitrineDeviceInfo) disk =
        vitrine_machine_dup_encrypted_disk (VITRINE_MACHINE (self), change->what);

    if (disk == NULL || is_right (self, change->passphrase))
        return TRUE;
    return vitrine_refuse (error, VITRINE_ERROR_PASSPHRASE,
                           change->passphrase == NULL
                               ? _ ("The disk %s, “%s”, is encrypted: it needs its passphrase")
                               : _ ("That is not the passphrase of the disk %s, “%s”"),
                           disk->id, disk->source);
}
