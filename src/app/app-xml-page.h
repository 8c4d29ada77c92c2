/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-xml-page.h - a machine's definition as a text that can be edited.
 *
 * Property (read-only, notify): "changed" boolean, whether the text is not the definition's.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_XML_PAGE (app_xml_page_get_type ())
G_DECLARE_FINAL_TYPE (AppXmlPage, app_xml_page, APP, XML_PAGE, GtkBox)

AppXmlPage *app_xml_page_new (AppMachineItem *item);

gboolean app_xml_page_get_changed (AppXmlPage *self);

/* Shows the definition as it is now, unless the user has begun to edit. */
void app_xml_page_update (AppXmlPage *self);

/* Puts the cursor into LINE, counted from 1, and brings it into sight. */
void app_xml_page_show_line (AppXmlPage *self, guint line);

G_END_DECLS
