/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-keys-private.h - the way back, for the fake engine's screen. */
#pragma once

#include "vitrine-keys.h"

G_BEGIN_DECLS

/* What the key CODE types on a US keyboard: a printable character, '\n', '\t', '\b'; '\0' for none.
 */
char vitrine_keys_to_character (guint code, gboolean shift);
gboolean vitrine_keys_is_shift (guint code);

G_END_DECLS
