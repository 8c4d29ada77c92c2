/* SPDX-License-Identifier: GPL-2.0-or-later */
/* luks-head.h - the header of an encrypted image, for tests. */
#pragma once

#include <glib.h>
#include <string.h>

#define LUKS_HEAD_PAYLOAD_SECTORS 4040

static inline void
luks_head_store (guint8 *head, gsize offset, guint32 value)
{
    value = GUINT32_TO_BE (value);
    memcpy (head + offset, &value, sizeof value);
}

/* As qemu-img makes them: eight places for passphrases, of which the first is taken.  BYTES, of which there is room for the
 * header, are cleared. */
static inline void
luks_head_make (guint8 *head, gsize bytes)
{
    memset (head, 0, bytes);
    memcpy (head, "LUKS\xba\xbe\0\1", 8);
    luks_head_store (head, 104, LUKS_HEAD_PAYLOAD_SECTORS);
    luks_head_store (head, 108, 64);
    luks_head_store (head, 164, 1000);
    for (guint i = 0; i < 8; i++) {
        luks_head_store (head, 208 + i * 48, i == 0 ? 0x00ac71f3 : 0x0000dead);
        luks_head_store (head, 208 + i * 48 + 4, i == 0 ? 1000 : 0);
        luks_head_store (head, 208 + i * 48 + 40, 8 + i * 504);
        luks_head_store (head, 208 + i * 48 + 44, 4000);
    }
}
