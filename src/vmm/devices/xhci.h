/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci.h - an xHCI USB controller (xHCI 1.2; 1.0 as far as it says of itself). */
#pragma once

#include "device.h"

extern const struct device_class xhci_class; /* "qemu-xhci" */
