/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-input.h - virtio-input: a keyboard, a mouse, a tablet (virtio 1.2, §5.8). */
#pragma once

#include "device.h"

extern const struct device_class virtio_keyboard_class;
extern const struct device_class virtio_mouse_class;
extern const struct device_class virtio_tablet_class;

#define VIRTIO_INPUT_EVENT_QUEUE  0
#define VIRTIO_INPUT_STATUS_QUEUE 1

/* Configuration (§5.8.4): the driver writes select and subsel and reads size and data. */
#define VIRTIO_INPUT_CFG_SELECT     0
#define VIRTIO_INPUT_CFG_SUBSEL     1
#define VIRTIO_INPUT_CFG_SIZE       2
#define VIRTIO_INPUT_CFG_DATA       8
#define VIRTIO_INPUT_CFG_DATA_BYTES 128
#define VIRTIO_INPUT_CFG_BYTES      (VIRTIO_INPUT_CFG_DATA + VIRTIO_INPUT_CFG_DATA_BYTES)

/* What select asks for. */
#define VIRTIO_INPUT_SELECT_NAME     0x01
#define VIRTIO_INPUT_SELECT_SERIAL   0x02
#define VIRTIO_INPUT_SELECT_DEVIDS   0x03
#define VIRTIO_INPUT_SELECT_PROPS    0x10
#define VIRTIO_INPUT_SELECT_EV_BITS  0x11 /* subsel: an event type */
#define VIRTIO_INPUT_SELECT_ABS_INFO 0x12 /* subsel: an axis */

/* An event, either way: type, code, value (§5.8.6). */
#define VIRTIO_INPUT_EVENT_BYTES 8

/* Events that wait for the driver's buffers; more are dropped, releases made up for. */
#define VIRTIO_INPUT_WAITING 256
