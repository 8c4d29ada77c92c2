/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-limits.h - what disks may do in a second, for those that ask. */
#pragma once

#include <glib.h>

/* A floating a{sas} of those of DEVICES (of VitrineDefinitionDevice) that are limited: alias and settings. */
GVariant *keeper_limits_describe (GPtrArray *devices);
