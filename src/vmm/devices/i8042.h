/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i8042.h - the keyboard controller, ports 60h and 64h, with a keyboard (IRQ1) and a mouse (IRQ12).
 */
#pragma once

#include "device.h"

/* Creates the controller and what hangs on it, and registers keyboard and mouse with env->input,
 * from which destroying takes them back.  A guest that pulses the reset line gets
 * MACHINE_REQUEST_RESET. Returns 0 or -errno. */
int i8042_create (const struct device_env *env, struct device **out);
