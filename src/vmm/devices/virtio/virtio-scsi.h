/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi.h - a paravirtual SCSI controller (virtio 1.2, §5.6). */
#pragma once

#include "device.h"

extern const struct device_class virtio_scsi_class; /* "virtio-scsi" */

/* A guest asks every target whether it is there; so many that each unit can have its own. */
#define VIRTIO_SCSI_MAX_TARGETS 64
#define VIRTIO_SCSI_MAX_LUNS    16384
#define VIRTIO_SCSI_MAX_QUEUES  8 /* for requests */
#define VIRTIO_SCSI_MAX_UNITS   64

/* Filled from the class's options. */
struct virtio_scsi_config {
    uint64_t n_queues;
};

/* Puts DRIVE, made by a class on DEVICE_BUS_SCSI, behind CONTROLLER, made by virtio_scsi_class.  A
 * running guest is told.  DRIVE stays the caller's; the two may be destroyed in any order.  Returns
 * 0, -EINVAL when there is no such place, -EEXIST when it is taken, -ENOSPC when there are too many.
 * As create(): vCPUs parked or not running yet, the I/O loop's thread stopped. */
int virtio_scsi_attach (struct device *controller, unsigned target, unsigned lun,
                        struct device *drive);

/* Queues, then those for requests */
#define VIRTIO_SCSI_Q_CONTROL 0
#define VIRTIO_SCSI_Q_EVENT   1
#define VIRTIO_SCSI_Q_REQUEST 2

/* Feature bits (§5.6.3) */
#define VIRTIO_SCSI_F_HOTPLUG 1
#define VIRTIO_SCSI_F_CHANGE  2

/* Configuration (§5.6.4) */
#define VIRTIO_SCSI_CFG_N_QUEUES    0  /* u32 */
#define VIRTIO_SCSI_CFG_SEG_MAX     4  /* u32 */
#define VIRTIO_SCSI_CFG_MAX_SECTORS 8  /* u32 */
#define VIRTIO_SCSI_CFG_CMD_PER_LUN 12 /* u32 */
#define VIRTIO_SCSI_CFG_EVENT_BYTES 16 /* u32 */
#define VIRTIO_SCSI_CFG_SENSE_BYTES 20 /* u32, the driver's */
#define VIRTIO_SCSI_CFG_CDB_BYTES   24 /* u32, the driver's */
#define VIRTIO_SCSI_CFG_MAX_CHANNEL 28 /* u16 */
#define VIRTIO_SCSI_CFG_MAX_TARGET  30 /* u16 */
#define VIRTIO_SCSI_CFG_MAX_LUN     32 /* u32 */
#define VIRTIO_SCSI_CFG_BYTES       36
#define VIRTIO_SCSI_DEFAULT_SENSE   96
#define VIRTIO_SCSI_DEFAULT_CDB     32

/* A request (§5.6.6.1): u8 lun[8], u64 id, u8 attribute, priority, crn, then the CDB; data; then
 * u32 sense length, u32 residual, u16 qualifier, u8 status, u8 response, then sense; data. */
#define VIRTIO_SCSI_REQUEST_BYTES  19 /* without the CDB */
#define VIRTIO_SCSI_RESPONSE_BYTES 12 /* without the sense */

/* Responses */
#define VIRTIO_SCSI_S_OK                 0
#define VIRTIO_SCSI_S_OVERRUN            1
#define VIRTIO_SCSI_S_ABORTED            2
#define VIRTIO_SCSI_S_BAD_TARGET         3
#define VIRTIO_SCSI_S_RESET              4
#define VIRTIO_SCSI_S_TRANSPORT_FAILURE  6
#define VIRTIO_SCSI_S_FUNCTION_SUCCEEDED 10
#define VIRTIO_SCSI_S_FUNCTION_REJECTED  11
#define VIRTIO_SCSI_S_INCORRECT_LUN      12

/* The control queue (§5.6.6.2): u32 type; of task management u32 function, u8 lun[8], u64 id; of
 * asynchronous notifications u8 lun[8], u32 events.  Answered by u8 response, the latter with
 * u32 events before it. */
#define VIRTIO_SCSI_T_TMF          0
#define VIRTIO_SCSI_T_AN_QUERY     1
#define VIRTIO_SCSI_T_AN_SUBSCRIBE 2
#define VIRTIO_SCSI_TMF_BYTES      24
#define VIRTIO_SCSI_AN_BYTES       16

#define VIRTIO_SCSI_TMF_ABORT_TASK     0
#define VIRTIO_SCSI_TMF_ABORT_TASK_SET 1
#define VIRTIO_SCSI_TMF_CLEAR_ACA      2
#define VIRTIO_SCSI_TMF_CLEAR_TASK_SET 3
#define VIRTIO_SCSI_TMF_NEXUS_RESET    4
#define VIRTIO_SCSI_TMF_UNIT_RESET     5
#define VIRTIO_SCSI_TMF_QUERY_TASK     6
#define VIRTIO_SCSI_TMF_QUERY_TASK_SET 7

/* The event queue (§5.6.6.3): u32 event, u8 lun[8], u32 reason. */
#define VIRTIO_SCSI_EVENT_BYTES       16
#define VIRTIO_SCSI_T_TRANSPORT_RESET 1u
#define VIRTIO_SCSI_T_PARAM_CHANGE    3u
#define VIRTIO_SCSI_T_EVENTS_MISSED   0x80000000u
#define VIRTIO_SCSI_RESET_RESCAN      1u
#define VIRTIO_SCSI_RESET_REMOVED     2u
