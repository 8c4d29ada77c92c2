/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine-passphrase.c - encrypted disks that only pretend: "encrypted" in the machine's group lists their targets, and
 * "passphrase" opens them all, and those that are added.  What ends in ".luks" is known by "luks-uuid", or has a UUID of its
 * own. */
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

/* The same for the same image of the same machine. */
static char *
make_uuid (FakeMachine *self, const char *path)
{
    g_autofree char *text =
        g_strdup_printf ("%s %s", vitrine_machine_get_name (VITRINE_MACHINE (self)), path);
    g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, text, -1);

    return g_strdup_printf ("%.8s-%.4s-%.4s-%.4s-%.12s", sum, sum + 8, sum + 12, sum + 16,
                            sum + 20);
}

static void
identify (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    const char *path = g_task_get_task_data (task);
    g_autofree char *uuid = fake_faults_dup_string (self->faults, self->group, "luks-uuid");

    if (!g_str_has_suffix (path, ".luks"))
        g_task_return_pointer (task, NULL, NULL);
    else if (uuid != NULL && *uuid != '\0')
        g_task_return_pointer (task, g_steal_pointer (&uuid), g_free);
    else
        g_task_return_pointer (task, make_uuid (self, path), g_free);
}

void
fake_machine_identify_image_async (VitrineMachine *machine, const char *path,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (path), g_free);
    fake_faults_run (self->faults, self->group, "identify", task, identify, NULL);
}
