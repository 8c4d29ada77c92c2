/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uart16550.h - a 16550A serial port, COM1 to COM4. */
#pragma once

#include "device.h"

/* "uart16550": args->unit 0 to 3 is COM1 (3F8h, IRQ4), COM2 (2F8h, IRQ3), COM3 (3E8h, IRQ4) or COM4
 * (2E8h, IRQ3); create() returns -EINVAL for another.  args->chardev is the cable, NULL: none is
 * plugged in, what the guest sends is lost and the modem lines are low. */
extern const struct device_class uart16550_class;
