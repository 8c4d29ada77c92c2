/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-inhibitor.h - holds up logging out and suspend while machines run, for who wants that. */
#pragma once

#include <gio/gio.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_INHIBITOR (app_inhibitor_get_type ())
G_DECLARE_FINAL_TYPE (AppInhibitor, app_inhibitor, APP, INHIBITOR, GObject)

AppInhibitor *app_inhibitor_new (AppHosts *hosts);

G_END_DECLS
