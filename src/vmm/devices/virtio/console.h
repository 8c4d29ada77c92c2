/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console.h - virtio-console: terminals and named channels (virtio 1.2, §5.3).
 *
 * A controller and the ports on it are devices of their own: the machine makes the controller
 * first, then attaches each port to it.
 */
#pragma once

#include "device.h"

/* The controller; and what sits on it: hvc0 and the like, and channels such as
 * org.qemu.guest_agent.0. */
extern const struct device_class virtio_serial_class;
extern const struct device_class virtconsole_class;
extern const struct device_class virtserialport_class;

#define VIRTIO_SERIAL_MAX_PORTS  7 /* each has two queues, and there are two for control */
#define VIRTIO_SERIAL_NAME_BYTES 64

/* Filled from the port classes' options. */
struct virtio_port_config {
    char name[VIRTIO_SERIAL_NAME_BYTES]; /* as the guest finds it; may be empty for a console */
    bool connected;                      /* somebody is at the other end from the start */
};

/* Puts PORT, a device of one of the port classes, at number INDEX of CONTROLLER; it leaves when it
 * is destroyed, which must be before the controller is.  Main loop's thread.  Returns 0, or -EEXIST
 * when the number is taken, or -EINVAL when there is no such number. */
int virtio_serial_attach (struct device *controller, unsigned index, struct device *port);

/* Features (§5.3.3) */
#define VIRTIO_CONSOLE_F_MULTIPORT   1
#define VIRTIO_CONSOLE_F_EMERG_WRITE 2

/* Configuration (§5.3.4) */
#define VIRTIO_CONSOLE_CONFIG_MAX_PORTS 4
#define VIRTIO_CONSOLE_CONFIG_EMERG     8
#define VIRTIO_CONSOLE_CONFIG_BYTES     12

/* Queues (§5.3.2); those of port 0 lie before the control queues, the others' behind. */
#define VIRTIO_CONSOLE_CONTROL_RX 2
#define VIRTIO_CONSOLE_CONTROL_TX 3

/* Control messages (§5.3.6.2): le32 port, le16 event, le16 value, then a name's bytes. */
#define VIRTIO_CONSOLE_MESSAGE_BYTES 8
#define VIRTIO_CONSOLE_DEVICE_READY  0
#define VIRTIO_CONSOLE_PORT_ADD      1
#define VIRTIO_CONSOLE_PORT_REMOVE   2
#define VIRTIO_CONSOLE_PORT_READY    3
#define VIRTIO_CONSOLE_CONSOLE_PORT  4
#define VIRTIO_CONSOLE_RESIZE        5
#define VIRTIO_CONSOLE_PORT_OPEN     6
#define VIRTIO_CONSOLE_PORT_NAME     7
