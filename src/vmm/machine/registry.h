/* SPDX-License-Identifier: GPL-2.0-or-later */
/* registry.h - every device a machine can have. */
#pragma once

#include <stddef.h>

#include "device.h"

/* NULL when there is no device of that name. */
const struct device_class *registry_find (const char *name);

/* Row INDEX, NULL past the last. */
const struct device_class *registry_get (size_t index);
