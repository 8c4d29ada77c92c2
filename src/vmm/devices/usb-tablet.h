/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-tablet.h - a mouse that says where it is, not how far it went: five buttons and a wheel, by the
 * HID driver every system brings along. */
#pragma once

#include "device.h"

extern const struct device_class usb_tablet_class; /* "usb-tablet" */
