/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-kbd.h - a USB keyboard that firmware can use too (boot protocol). */
#pragma once

#include <stdint.h>

#include "device.h"

extern const struct device_class usb_kbd_class; /* "usb-kbd" */

/* The HID usage (keyboard page) of evdev's CODE, 0 when that key is on no USB keyboard. */
uint8_t usb_kbd_usage (unsigned code);
