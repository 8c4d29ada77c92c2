/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-firmware.h - the files a machine's processor begins with: firmware, kernel, initrd.
 *
 * The environment's VITRINE_FIRMWARE_PATH, for tests, stands in for the folders that were configured.
 */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

/* All return a descriptor, close-on-exec, of a file with something in it; or -1 with NOT_FOUND,
 * DENIED, INVALID, UNSUPPORTED (a package is missing) or ENGINE. */

int keeper_firmware_open_bios (GError **error);
/* The video BIOS for VIDEO; each is made for one PCI device. */
int keeper_firmware_open_vga_rom (const VitrineDefinitionDevice *video, GError **error);

/* The code by which DEFINITION's firmware boots from CARD. */
int keeper_firmware_open_network_rom (const VitrineDefinition *definition,
                                      const VitrineDefinitionDevice *card, GError **error);

/* The UEFI firmware DEFINITION names, or the one that is installed.  *TEMPLATE, to be freed, is what
 * its variables are at first; NULL when nobody knows. */
int keeper_firmware_open_uefi (const VitrineDefinition *definition, char **template,
                               GError **error);

/* PATH; NAMED is the file as a sentence begins with it. */
int keeper_firmware_open_named (const char *named, const char *path, GError **error);

G_END_DECLS
