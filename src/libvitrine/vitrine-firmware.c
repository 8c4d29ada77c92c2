/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-firmware.c - what starts a machine's guest. */
#include "vitrine-firmware.h"

static const GEnumValue values[] = {
    { VITRINE_FIRMWARE_BIOS, "VITRINE_FIRMWARE_BIOS", "bios" },
    { VITRINE_FIRMWARE_UEFI, "VITRINE_FIRMWARE_UEFI", "uefi" },
    { 0, NULL, NULL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (values) == VITRINE_FIRMWARE_UEFI + 2);

GType
vitrine_firmware_get_type (void)
{
    static gsize type;

    if (g_once_init_enter (&type))
        g_once_init_leave (&type, g_enum_register_static ("VitrineFirmware", values));
    return type;
}

const char *
vitrine_firmware_to_string (VitrineFirmware firmware)
{
    g_return_val_if_fail (firmware <= VITRINE_FIRMWARE_UEFI, "bios");
    return values[firmware].value_nick;
}

gboolean
vitrine_firmware_from_string (const char *word, VitrineFirmware *firmware)
{
    for (gsize i = 0; values[i].value_nick != NULL; i++) {
        if (g_strcmp0 (word, values[i].value_nick) == 0) {
            *firmware = (VitrineFirmware) values[i].value;
            return TRUE;
        }
    }
    return FALSE;
}
