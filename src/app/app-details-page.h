/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-details-page.h - the page of one part of a machine: what it is, what can be set of it, Apply and Revert.
 *
 * What was changed in it waits for Apply, on whichever page the user is meanwhile.  Property (read-only, notify):
 * "changed" boolean, whether anything waits.  Signal "show-xml": the user wants to see the part in the definition.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_DETAILS_PAGE (app_details_page_get_type ())
G_DECLARE_FINAL_TYPE (AppDetailsPage, app_details_page, APP, DETAILS_PAGE, GtkBox)

/* PART as vitrine_machine_dup_details() takes it. */
AppDetailsPage *app_details_page_new (AppMachineItem *item, const char *part);

const char *app_details_page_get_part (AppDetailsPage *self);
gboolean app_details_page_get_changed (AppDetailsPage *self);

/* Reads the part again; TITLE is what it is called, DEVICE what it is now, or NULL for what is no device.  What waits for
 * Apply waits on. */
void app_details_page_update (AppDetailsPage *self, const char *title,
                              const VitrineDeviceInfo *device);

G_END_DECLS
