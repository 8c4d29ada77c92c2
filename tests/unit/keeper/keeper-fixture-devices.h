/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-fixture-devices.h - the devices of a fixture's machine over D-Bus, and the files behind them. */
#pragma once

#include "keeper-fixture.h"

G_BEGIN_DECLS

/* Calls METHOD of the device at PATH with ARGUMENTS (floating); FALSE with the error it gave, its message
 * without D-Bus's words. */
gboolean fixture_device_call (Fixture *self, const char *path, const char *method,
                              GVariant *arguments, GError **error);

/* A text of the device at PATH, or NULL when there is no such object; (transfer full). */
char *fixture_device_dup_property (Fixture *self, const char *path, const char *name);

/* Checks for fixture_wait(): the machine says that it has the device ALIAS, or that it has not. */
gboolean fixture_has_device (Fixture *self, gconstpointer alias);
gboolean fixture_has_no_device (Fixture *self, gconstpointer alias);

/* Makes ROOT/NAME, 64 KiB of zeroes, and returns its path; (transfer full). */
char *fixture_make_image (Fixture *self, const char *name);

/* Whether somebody holds FILE against writers. */
gboolean fixture_is_locked (const char *file);

G_END_DECLS
