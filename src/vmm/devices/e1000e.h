/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e.h - Intel 82574L gigabit Ethernet controller (8086:10d3). */
#pragma once

#include "device.h"
#include "ethernet.h"

struct e1000e_config {
    char mac[ETHERNET_MAC_TEXT_BYTES];
};

extern const struct device_class e1000e_class;
