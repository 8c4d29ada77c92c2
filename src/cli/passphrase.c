/* SPDX-License-Identifier: GPL-2.0-or-later */
/* passphrase.c - passphrases of encrypted disks. */
#include "passphrase.h"

#include <glib/gi18n.h>

#include "terminal.h"

#define TRIES 3

char *passphrase_file;

static GPtrArray *lines; /* of VitrinePassphrase: the file's; NULL until it was read */
static guint n_taken;

/* --- a file ----------------------------------------------------------------------------------- */

static VitrinePassphrase *
take_line (GError **error)
{
    if (lines == NULL)
        lines = vitrine_passphrase_read_file (passphrase_file, error);
    if (lines == NULL)
        return NULL;
    return vitrine_passphrase_ref (g_ptr_array_index (lines, MIN (n_taken++, lines->len - 1)));
}

/* --- the terminal ----------------------------------------------------------------------------- */

static gpointer
read_passphrase (int fd, GError **error)
{
    return vitrine_passphrase_read_line (fd, error);
}

static VitrinePassphrase *
ask_at (struct terminal *terminal, struct cli *cli, const char *prompt, GError **error)
{
    g_autofree char *question = g_strdup_printf ("%s: ", prompt);

    return terminal_ask (terminal, cli, question, read_passphrase, error);
}

static VitrinePassphrase *
ask (struct cli *cli, const char *what, gboolean is_new, GError **error)
{
    g_autofree char *prompt =
        g_strdup_printf (is_new ? _ ("New passphrase of %s") : _ ("Passphrase of %s"), what);
    g_autoptr (VitrinePassphrase) first = NULL;
    g_autoptr (VitrinePassphrase) second = NULL;
    struct terminal terminal;

    if (!terminal_open (&terminal)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE,
                     _ ("There is no terminal to ask for a passphrase on; say --passphrase-file "
                        "FILE"));
        return NULL;
    }
    first = ask_at (&terminal, cli, prompt, error);
    if (first != NULL && is_new)
        second = ask_at (&terminal, cli, _ ("The same once more"), error);
    terminal_close (&terminal);
    if (first == NULL || (is_new && second == NULL))
        return NULL;
    if (!is_new || vitrine_passphrase_equal (first, second))
        return g_steal_pointer (&first);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("The two passphrases differ; nothing was done"));
    return NULL;
}

/* --- both ------------------------------------------------------------------------------------- */

VitrinePassphrase *
passphrase_next (struct cli *cli, const char *what, gboolean is_new, GError **error)
{
    return passphrase_file != NULL ? take_line (error) : ask (cli, what, is_new, error);
}

gboolean
passphrase_for_disk (struct cli *cli, VitrineDiskSpec *disk, GError **error)
{
    if (!vitrine_disk_spec_needs_passphrase (disk) || disk->passphrase != NULL)
        return TRUE;
    disk->passphrase =
        passphrase_next (cli, disk->path != NULL ? disk->path : _ ("the new disk"), TRUE, error);
    return disk->passphrase != NULL;
}

gboolean
passphrase_for_spec (struct cli *cli, VitrineSpec *spec, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    for (guint i = 0; i < disks->len; i++)
        if (!passphrase_for_disk (cli, g_ptr_array_index (disks, i), error))
            return FALSE;
    return TRUE;
}

/* Whether SOURCE was there before the machine of SPEC, as one of its disks. */
static gboolean
was_there (GPtrArray *disks, const char *source)
{
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);
        g_autofree char *path = disk->path != NULL && !vitrine_disk_spec_is_new (disk)
                                    ? g_canonicalize_filename (disk->path, NULL)
                                    : NULL;

        if (g_strcmp0 (path, source) == 0)
            return TRUE;
    }
    return FALSE;
}

/* What the encrypted disk SOURCE was made with a moment ago: the machine's new ones come in the order of SPEC's, and *N_NEW
 * counts those that came before.  NULL for others. */
static VitrinePassphrase *
find_known (VitrineSpec *spec, const char *source, guint *n_new)
{
    GPtrArray *disks = spec != NULL ? vitrine_spec_get_disks (spec) : NULL;
    guint index = 0;

    if (disks == NULL || was_there (disks, source))
        return NULL;
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if (disk->passphrase != NULL && index++ == *n_new) {
            (*n_new)++;
            return vitrine_passphrase_ref (disk->passphrase);
        }
    }
    return NULL;
}

static char *
dup_what (VitrineMachine *machine, const VitrineDeviceInfo *disk)
{
    return g_strdup_printf ("%s, %s (%s)", vitrine_machine_get_name (machine), disk->id,
                            disk->source);
}

static gboolean
give (struct cli *cli, VitrineMachine *machine, VitrineSpec *spec, GPtrArray *disks, GError **error)
{
    guint n_new = 0;

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDeviceInfo *disk = g_ptr_array_index (disks, i);
        g_autofree char *what = dup_what (machine, disk);
        g_autoptr (VitrinePassphrase) passphrase = find_known (spec, disk->source, &n_new);

        if (passphrase == NULL)
            passphrase = passphrase_next (cli, what, FALSE, error);
        if (passphrase == NULL)
            return FALSE;
        vitrine_machine_give_passphrase (machine, disk->id, passphrase);
    }
    return TRUE;
}

/* Whether PROBLEM, of try NUMBER, is one that another passphrase may solve, and is said; else it becomes ERROR. */
static gboolean
ask_again (GError *problem, int number, GError **error)
{
    if (passphrase_file != NULL || number == TRIES
        || !g_error_matches (problem, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE)) {
        g_propagate_error (error, problem);
        return FALSE;
    }
    cli_fail (problem);
    g_error_free (problem);
    return TRUE;
}

gboolean
passphrase_start (struct cli *cli, VitrineMachine *machine, VitrineAction action, VitrineSpec *spec,
                  GError **error)
{
    g_autoptr (GPtrArray) disks = vitrine_machine_dup_encrypted (machine);

    if (!vitrine_machine_can (machine, action) || disks->len == 0)
        return cli_act (cli, machine, action, error); /* which is not worth a question */
    for (int i = 1;; i++) {
        GError *problem = NULL;

        if (!give (cli, machine, spec, disks, error))
            return FALSE;
        if (cli_act (cli, machine, action, &problem))
            return TRUE;
        if (!ask_again (problem, i, error))
            return FALSE;
    }
}

gboolean
passphrase_attach (struct cli *cli, VitrineMachine *machine, const VitrineChange *change,
                   GError **error)
{
    g_autoptr (VitrineDeviceInfo) disk = NULL;
    VitrineChange opening = *change;
    g_autofree char *what = NULL;

    if (change->scope & VITRINE_SCOPE_LIVE)
        disk = vitrine_machine_dup_encrypted_disk (machine, change->what);
    if (disk == NULL || !vitrine_machine_runs (machine))
        return cli_change (cli, machine, change, error);
    what = dup_what (machine, disk);
    for (int i = 1;; i++) {
        g_autoptr (VitrinePassphrase) passphrase = passphrase_next (cli, what, FALSE, error);
        GError *problem = NULL;

        if (passphrase == NULL)
            return FALSE;
        opening.passphrase = passphrase;
        if (cli_change (cli, machine, &opening, &problem))
            return TRUE;
        if (!ask_again (problem, i, error))
            return FALSE;
    }
}
