/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-cancellable.h - the end of what a window has under way. */
#pragma once

#include <gio/gio.h>

/* Cancels what *CANCELLABLE stands for and lets go of it; nothing where it is NULL. */
static inline void
app_cancellable_end (GCancellable **cancellable)
{
    if (*cancellable != NULL)
        g_cancellable_cancel (*cancellable);
    g_clear_object (cancellable);
}
