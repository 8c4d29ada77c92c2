/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i6300esb.h - the watchdog timer of the Intel 6300ESB I/O controller hub, 8086:25ab. */
#pragma once

#include "device.h"

extern const struct device_class i6300esb_class;

/* Filled from the class's options. */
struct i6300esb_config {
    unsigned action; /* enum device_action, once nobody fed it */
};

/* Configuration space. */
#define I6300ESB_CONFIG        0x60 /* 16 bits */
#define I6300ESB_CONFIG_IRQ    0x03 /* what stage 1 raises: 0 an interrupt, 3 nothing */
#define I6300ESB_CONFIG_FAST   0x04 /* counts 1 MHz, not 1 kHz */
#define I6300ESB_CONFIG_NO_OUT 0x20 /* stage 2 has no consequence */
#define I6300ESB_LOCK          0x68 /* 8 bits */
#define I6300ESB_LOCK_LOCKED   0x01 /* this register stays as it is until the next reset */
#define I6300ESB_LOCK_ENABLE   0x02
#define I6300ESB_LOCK_FREE_RUN 0x04 /* begins again by itself after stage 2 */

/* BAR 0. */
#define I6300ESB_BAR_BYTES      16
#define I6300ESB_PRELOAD1       0x0 /* 20 bits each */
#define I6300ESB_PRELOAD2       0x4
#define I6300ESB_INTERRUPT      0x8 /* bit 0: stage 1 raised one; writing 1 clears */
#define I6300ESB_RELOAD         0xc /* 16 bits */
#define I6300ESB_RELOAD_NOW     0x0100
#define I6300ESB_RELOAD_TIMEOUT 0x0200 /* stage 2 ran out once; writing 1 clears */
#define I6300ESB_UNLOCK1        0x80   /* written to RELOAD, one after the other, they let the */
#define I6300ESB_UNLOCK2        0x86   /* next write to a preload or RELOAD through */
