/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-keeper.h - for tests: between the keeper without a machine and its drives. */
#pragma once

#include <gio/gio.h>

/* The script's folder, and the script; see fake-keeper.c. */
extern char *folder;
extern GKeyFile *script;

/* Writes TEXT to FOLDER/logs/NAME. */
void fake_keeper_log (const char *name, const char *text);

/* Offers a CD drive, sata0-0-0, and a disk, virtio-disk0, to CONNECTION. */
void fake_drives_export (GDBusConnection *connection);
