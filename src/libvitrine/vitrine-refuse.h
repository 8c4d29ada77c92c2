/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-refuse.h - how a function that can fail says why; for whoever has the error domain. */
#pragma once

#include "vitrine-error.h"

G_BEGIN_DECLS

/* Sets an error of VITRINE_ERROR and returns FALSE, to be returned on. */
gboolean vitrine_refuse (GError **error, VitrineError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
