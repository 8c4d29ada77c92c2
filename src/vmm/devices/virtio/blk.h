/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk.h - virtio-blk, a disk (virtio 1.2, §5.2). */
#pragma once

#include "device.h"

extern const struct device_class virtio_blk_class;

#define VIRTIO_BLK_SERIAL_BYTES 20

/* Filled from the class's options. */
struct virtio_blk_config {
    char serial[VIRTIO_BLK_SERIAL_BYTES + 1];
};

/* Feature bits (§5.2.3) */
#define VIRTIO_BLK_F_SEG_MAX      2
#define VIRTIO_BLK_F_RO           5
#define VIRTIO_BLK_F_BLK_SIZE     6
#define VIRTIO_BLK_F_FLUSH        9
#define VIRTIO_BLK_F_TOPOLOGY     10
#define VIRTIO_BLK_F_CONFIG_WCE   11
#define VIRTIO_BLK_F_DISCARD      13
#define VIRTIO_BLK_F_WRITE_ZEROES 14

/* Configuration (§5.2.4) */
#define VIRTIO_BLK_CFG_CAPACITY             0  /* u64, 512-byte sectors */
#define VIRTIO_BLK_CFG_SEG_MAX              12 /* u32 */
#define VIRTIO_BLK_CFG_BLK_SIZE             20 /* u32 */
#define VIRTIO_BLK_CFG_PHYSICAL_EXP         24 /* u8, log2 of logical blocks in a physical one */
#define VIRTIO_BLK_CFG_MIN_IO_SIZE          26 /* u16, logical blocks */
#define VIRTIO_BLK_CFG_WRITEBACK            32 /* u8 */
#define VIRTIO_BLK_CFG_N_QUEUES             34 /* u16 */
#define VIRTIO_BLK_CFG_MAX_DISCARD_SECTORS  36 /* u32 */
#define VIRTIO_BLK_CFG_MAX_DISCARD_SEGMENTS 40 /* u32 */
#define VIRTIO_BLK_CFG_DISCARD_ALIGNMENT    44 /* u32, sectors */
#define VIRTIO_BLK_CFG_MAX_ZEROES_SECTORS   48 /* u32 */
#define VIRTIO_BLK_CFG_MAX_ZEROES_SEGMENTS  52 /* u32 */
#define VIRTIO_BLK_CFG_ZEROES_MAY_UNMAP     56 /* u8 */
#define VIRTIO_BLK_CFG_BYTES                60

/* Requests (§5.2.6): u32 type, u32 reserved, u64 sector; data; u8 status. */
#define VIRTIO_BLK_HEADER_BYTES   16
#define VIRTIO_BLK_T_IN           0
#define VIRTIO_BLK_T_OUT          1
#define VIRTIO_BLK_T_FLUSH        4
#define VIRTIO_BLK_T_GET_ID       8
#define VIRTIO_BLK_T_DISCARD      11
#define VIRTIO_BLK_T_WRITE_ZEROES 13

/* What DISCARD and WRITE_ZEROES carry: u64 sector, u32 sectors, u32 flags. */
#define VIRTIO_BLK_RANGE_BYTES 16
#define VIRTIO_BLK_RANGE_UNMAP 1u

#define VIRTIO_BLK_S_OK     0
#define VIRTIO_BLK_S_IOERR  1
#define VIRTIO_BLK_S_UNSUPP 2
