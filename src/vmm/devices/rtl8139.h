/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139.h - Realtek RTL8139C+ fast Ethernet controller (10ec:8139). */
#pragma once

#include "device.h"
#include "ethernet.h"

struct rtl8139_config {
    char mac[ETHERNET_MAC_TEXT_BYTES];
    bool c_plus; /* off: an RTL8139C, which has no descriptors */
};

extern const struct device_class rtl8139_class;
