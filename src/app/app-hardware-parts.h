/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hardware-parts.h - what the window of a machine's hardware has pages of beside its devices.
 *
 * A further page is a row of the table in app-hardware-parts.c, and a widget where it is no page of details.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_PART_PERFORMANCE "@performance"
#define APP_PART_XML         "@xml"

typedef struct {
    const char *part; /* VITRINE_PART_…, or a name of the window's own that begins with @ */
    const char *icon_name;
    const char *title; /* to be translated */
    gboolean last;     /* below the devices */
    /* The telling fact below the title. (transfer full) */
    char *(*describe) (VitrineMachine *machine);
    /* The page; NULL: an AppDetailsPage of PART. */
    GtkWidget *(*make) (AppMachineItem *item);
    /* Called when anything of the machine may have changed; may be NULL. */
    void (*update) (GtkWidget *page);
    /* Whether the page has something that was not applied; may be NULL. */
    gboolean (*is_changed) (GtkWidget *page);
} AppHardwarePart;

/* In the order of the list; *N of them.  Static. */
const AppHardwarePart *app_hardware_parts_get (guint *n);

G_END_DECLS
