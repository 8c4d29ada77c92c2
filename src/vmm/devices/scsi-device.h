/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-device.h - disks and CD drives as devices on a SCSI bus, and what their controller is to
 * them. */
#pragma once

#include "device.h"
#include "scsi.h"

extern const struct device_class scsi_cd_class; /* "scsi-cd" */
extern const struct device_class scsi_hd_class; /* "scsi-hd" */

struct scsi_device;
struct scsi_host;

/* What happened to a unit that its controller may tell the guest of. */
enum scsi_event { SCSI_EVENT_CAPACITY, SCSI_EVENT_MEDIUM, SCSI_EVENT_N };

struct scsi_host_ops {
    /* DEVICE has news.  Lock not held. */
    void (*event) (struct scsi_host *host, struct scsi_device *device, enum scsi_event event);
    /* DEVICE goes; nothing of it is in flight, or will be.  Lock not held. */
    void (*detach) (struct scsi_host *host, struct scsi_device *device);
};

/* A controller, to its devices. */
struct scsi_host {
    const struct scsi_host_ops *ops;
    pthread_mutex_t *lock; /* guards its units */
};

/* The first member of every such device's struct. */
struct scsi_device {
    struct device device;
    struct scsi_unit *unit;
    struct scsi_host *host; /* NULL while there is none */
    unsigned target, lun;   /* the host's */
};

/* DEVICE was made by a class on DEVICE_BUS_SCSI. */
struct scsi_device *scsi_device_from_device (struct device *device);

/* For hosts: DEVICE is theirs from now on; HOST NULL: nobody's.  Lock not held. */
void scsi_device_set_host (struct scsi_device *device, struct scsi_host *host);

/* Filled from the classes' options. */
struct scsi_config {
    char serial[37];
    char product[17];
    uint64_t wwn;
};
