/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-confirm-popover.h - asks once more, beside the button, before something is lost.
 *
 * Signal "confirmed" (): the user said yes.  The popover pops up when made and ends itself.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_CONFIRM_POPOVER (app_confirm_popover_get_type ())
G_DECLARE_FINAL_TYPE (AppConfirmPopover, app_confirm_popover, APP, CONFIRM_POPOVER, GtkPopover)

/* Beside ANCHOR.  TEXT says what is lost, VERB is what the button that does it says.  Borrowed: it
 * belongs to ANCHOR's window. */
AppConfirmPopover *app_confirm_popover_ask (GtkWidget *anchor, const char *title, const char *text,
                                            const char *verb);

G_END_DECLS
