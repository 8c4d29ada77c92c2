/* SPDX-License-Identifier: GPL-2.0-or-later */
/* passphrase.h - passphrases of encrypted disks: from a file, or asked for on the terminal.  Never from the command line,
 * which everybody on the computer can read. */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* The option, shared by the verbs that need one, and its value. */
extern char *passphrase_file;
#define PASSPHRASE_OPTION                                                                          \
    {                                                                                              \
        "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file,                          \
            N_ ("Passphrases of encrypted disks: FILE's lines, one after the other, the last one " \
                "for all that follow; “-” for standard input"),                                    \
            N_ ("FILE")                                                                            \
    }

/* The next one: of the file where one was named, else asked for as WHAT, twice if it IS_NEW.  NULL with ERROR; PASSPHRASE
 * when there is no terminal to ask on. */
VitrinePassphrase *passphrase_next (struct cli *cli, const char *what, gboolean is_new,
                                    GError **error);

/* Gives every new encrypted disk of SPEC its own. */
gboolean passphrase_for_spec (struct cli *cli, VitrineSpec *spec, GError **error);
gboolean passphrase_for_disk (struct cli *cli, VitrineDiskSpec *disk, GError **error);

/* CHANGE, which attaches a device, with the passphrase it needs where that is an encrypted disk; the rest as below. */
gboolean passphrase_attach (struct cli *cli, VitrineMachine *machine, const VitrineChange *change,
                            GError **error);

/* ACTION, a start, with the passphrases MACHINE needs; one that opens nothing is asked for again on a terminal.  Those of
 * SPEC's disks (NULL: of none), which it was made of just now, are known. */
gboolean passphrase_start (struct cli *cli, VitrineMachine *machine, VitrineAction action,
                           VitrineSpec *spec, GError **error);

G_END_DECLS
