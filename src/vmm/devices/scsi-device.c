/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-device.c - disks and CD drives as devices on a SCSI bus. */
#include "scsi-device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "scsi-cd.h"
#include "scsi-disk.h"

struct scsi_hd {
    struct scsi_device scsi;
    struct scsi_config config;
    struct scsi_disk disk;
};

struct scsi_cd_drive {
    struct scsi_device scsi;
    struct scsi_config config;
    struct scsi_cd cd;
};

struct scsi_device *
scsi_device_from_device (struct device *device)
{
    return container_of (device, struct scsi_device, device);
}

void
scsi_device_set_host (struct scsi_device *device, struct scsi_host *host)
{
    device->host = host;
    device->unit->lock = host ? host->lock : NULL;
}

static void
tell_host (struct scsi_device *device, enum scsi_event event)
{
    if (device->host)
        device->host->ops->event (device->host, device, event);
}

static void
detach (struct scsi_device *device)
{
    if (device->unit->block)
        block_drain (device->unit->block);
    if (device->host)
        device->host->ops->detach (device->host, device);
}

static void
lock (struct scsi_device *device)
{
    if (device->host)
        pthread_mutex_lock (device->host->lock);
}

static void
unlock (struct scsi_device *device)
{
    if (device->host)
        pthread_mutex_unlock (device->host->lock);
}

/* Copies the options; a unit without a serial number of its own has its device's alias. */
static void
identify (struct scsi_device *device, struct scsi_config *config, const struct device_args *args,
          uint8_t type)
{
    *config = *(const struct scsi_config *) args->config;
    if (!config->serial[0])
        strncpy (config->serial, args->alias, sizeof config->serial - 1);
    device->unit->identity = (struct scsi_identity){
        .type = type,
        .is_removable = type == SCSI_TYPE_CD,
        .has_vpd = true,
        .product = config->product,
        .serial = config->serial,
        .wwn = config->wwn,
    };
}

/* --- disks ----------------------------------------------------------------------------------- */

static struct scsi_hd *
hd_of (struct device *device)
{
    return container_of (device, struct scsi_hd, scsi.device);
}

static void
hd_reset (struct device *device)
{
    struct scsi_hd *hd = hd_of (device);

    block_drain (hd->disk.unit.block);
    lock (&hd->scsi);
    scsi_unit_reset (&hd->disk.unit, ASC_POWER_ON);
    unlock (&hd->scsi);
}

static void
hd_destroy (struct device *device)
{
    struct scsi_hd *hd = hd_of (device);

    detach (&hd->scsi);
    scsi_disk_fini (&hd->disk);
    free (hd);
}

static void
hd_resized (struct device *device)
{
    struct scsi_hd *hd = hd_of (device);

    lock (&hd->scsi);
    if (!hd->disk.unit.attention)
        hd->disk.unit.attention = ASC_CAPACITY_CHANGED;
    unlock (&hd->scsi);
    tell_host (&hd->scsi, SCSI_EVENT_CAPACITY);
}

static const struct device_ops hd_ops = {
    .reset = hd_reset,
    .destroy = hd_destroy,
    .resized = hd_resized,
};

static int
hd_create (const struct device_args *args, struct device **out)
{
    struct scsi_hd *hd;

    if (!args->block || args->block->info.size_bytes < SCSI_BLOCK_BYTES)
        return -EINVAL;
    hd = calloc (1, sizeof *hd);
    if (!hd)
        return -ENOMEM;
    device_init (&hd->scsi.device, &hd_ops, args);
    hd->scsi.device.class = &scsi_hd_class;
    hd->scsi.unit = &hd->disk.unit;
    scsi_disk_init (&hd->disk, args->block);
    identify (&hd->scsi, &hd->config, args, SCSI_TYPE_DISK);
    *out = &hd->scsi.device;
    return 0;
}

/* --- CD drives ------------------------------------------------------------------------------- */

static struct scsi_cd_drive *
cd_of (struct device *device)
{
    return container_of (device, struct scsi_cd_drive, scsi.device);
}

static void
cd_reset (struct device *device)
{
    struct scsi_cd_drive *drive = cd_of (device);

    scsi_cd_drain (&drive->cd);
    lock (&drive->scsi);
    scsi_cd_power_on (&drive->cd);
    unlock (&drive->scsi);
}

static void
cd_destroy (struct device *device)
{
    struct scsi_cd_drive *drive = cd_of (device);

    detach (&drive->scsi);
    scsi_cd_fini (&drive->cd);
    free (drive);
}

static int
cd_eject (struct device *device, bool force)
{
    struct scsi_cd_drive *drive = cd_of (device);
    int ret = scsi_cd_eject (&drive->cd, force);

    tell_host (&drive->scsi, SCSI_EVENT_MEDIUM);
    return ret;
}

static int
cd_insert (struct device *device, struct block *medium, bool force)
{
    struct scsi_cd_drive *drive = cd_of (device);
    int ret = scsi_cd_insert (&drive->cd, medium, force);

    tell_host (&drive->scsi, SCSI_EVENT_MEDIUM);
    return ret;
}

static const struct device_ops cd_ops = {
    .reset = cd_reset,
    .destroy = cd_destroy,
    .eject = cd_eject,
    .insert = cd_insert,
};

static int
cd_create (const struct device_args *args, struct device **out)
{
    struct scsi_cd_drive *drive = calloc (1, sizeof *drive);
    int ret;

    if (!drive)
        return -ENOMEM;
    ret = scsi_cd_init (&drive->cd, args->block);
    if (ret < 0) {
        free (drive);
        return ret;
    }
    device_init (&drive->scsi.device, &cd_ops, args);
    drive->scsi.device.class = &scsi_cd_class;
    drive->scsi.unit = &drive->cd.unit;
    identify (&drive->scsi, &drive->config, args, SCSI_TYPE_CD);
    *out = &drive->scsi.device;
    return 0;
}

/* --- the classes ----------------------------------------------------------------------------- */

#define SCSI_OPTIONS(default_product)                                                              \
    {                                                                                              \
        .name = "serial",                                                                          \
        .type = OPTION_STRING,                                                                     \
        .offset = offsetof (struct scsi_config, serial),                                           \
        .max = sizeof (((struct scsi_config *) 0)->serial),                                        \
        .fallback = "",                                                                            \
        .help = "Serial number, the device's alias when empty",                                    \
    },                                                                                             \
        {                                                                                          \
            .name = "product",                                                                     \
            .type = OPTION_STRING,                                                                 \
            .offset = offsetof (struct scsi_config, product),                                      \
            .max = sizeof (((struct scsi_config *) 0)->product),                                   \
            .fallback = default_product,                                                           \
            .help = "Product as the guest sees it, up to 16 characters",                           \
        },                                                                                         \
    {                                                                                              \
        .name = "wwn", .type = OPTION_UINT, .offset = offsetof (struct scsi_config, wwn),          \
        .max = UINT64_MAX, .fallback = "0", .help = "World wide name, 0 for none",                 \
    }

static const struct option hd_options[] = { SCSI_OPTIONS ("DISK") };
static const struct option cd_options[] = { SCSI_OPTIONS ("DVD-ROM") };

const struct device_class scsi_hd_class = {
    .name = "scsi-hd",
    .summary = "SCSI disk",
    .bus = DEVICE_BUS_SCSI,
    .backend = BACKEND_BLOCK,
    .options = hd_options,
    .n_options = ARRAY_SIZE (hd_options),
    .config_size = sizeof (struct scsi_config),
    .create = hd_create,
};

const struct device_class scsi_cd_class = {
    .name = "scsi-cd",
    .summary = "SCSI CD and DVD drive",
    .bus = DEVICE_BUS_SCSI,
    .backend = BACKEND_BLOCK,
    .options = cd_options,
    .n_options = ARRAY_SIZE (cd_options),
    .config_size = sizeof (struct scsi_config),
    .create = cd_create,
};
