/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-firmware.h - what starts a machine's guest. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_FIRMWARE_BIOS,
    VITRINE_FIRMWARE_UEFI,
} VitrineFirmware;

#define VITRINE_TYPE_FIRMWARE (vitrine_firmware_get_type ())
GType vitrine_firmware_get_type (void);

/* The word for it on the command line: "bios", "uefi".  Static. */
const char *vitrine_firmware_to_string (VitrineFirmware firmware);

/* Returns FALSE when WORD is none of them. */
gboolean vitrine_firmware_from_string (const char *word, VitrineFirmware *firmware);

G_END_DECLS
