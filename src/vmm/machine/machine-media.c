/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-media.c - media that are changed and disks that grow while the machine lives.
 *
 * The machine is held meanwhile: a medium comes to the last of its requests before it goes, and
 * nobody sees a disk between two sizes.
 */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "block.h"
#include "fd.h"
#include "machine-private.h"

/* The device ALIAS if it is a drive whose medium can be changed. */
static struct device *
find_drive (struct machine *m, const char *alias)
{
    struct device *device = machine_find_device (m, alias);

    if (!device)
        machine_fail (m, -ENODEV, "there is no device %s", alias);
    else if (!device->ops->eject)
        machine_fail (m, -ENOTSUP, "device %s: nothing can be put into it or taken out", alias);
    return device && device->ops->eject ? device : NULL;
}

static int
fail_change (struct machine *m, int ret, const char *alias)
{
    if (ret == -EBUSY)
        return machine_fail (
            m, ret, "device %s: the guest keeps its tray locked; it was asked to let go", alias);
    return machine_fail (m, ret, "device %s: its medium cannot be changed: %s", alias,
                         strerror (-ret));
}

/* What was moved of a medium is still counted when it is gone. */
struct moved {
    uint64_t read_bytes, written_bytes;
};

/* Of what is in DRIVE now: with the machine held and the medium on its way out, no request begins. */
static struct moved
moved_of (const struct device *drive)
{
    const struct block *block = drive->block;

    return (struct moved){ block ? block->read_bytes : 0, block ? block->written_bytes : 0 };
}

static void
note_medium (struct machine *m, struct device *drive, struct block *medium, struct moved gone)
{
    m->gone_read_bytes += gone.read_bytes;
    m->gone_written_bytes += gone.written_bytes;
    drive->block = medium;
}

static int
eject (struct machine *m, struct device *drive, bool force)
{
    struct moved gone;
    int ret;

    machine_hold (m);
    gone = moved_of (drive);
    ret = drive->ops->eject (drive, force);
    if (ret == 0)
        note_medium (m, drive, NULL, gone);
    machine_go_on (m);
    return ret;
}

/* The machine is held. */
static int
insert (struct machine *m, struct device *drive, struct block *medium, bool force)
{
    struct moved gone = moved_of (drive);
    int ret = drive->ops->insert (drive, medium, force);

    if (ret == 0)
        note_medium (m, drive, medium, gone);
    else
        block_close (medium);
    return ret;
}

int
machine_eject (struct machine *m, const char *alias, bool force, char why[VMM_TEXT_BYTES])
{
    struct device *drive;
    int ret = -ENODEV;

    m->why = why;
    why[0] = '\0';
    drive = find_drive (m, alias);
    if (drive)
        ret = eject (m, drive, force);
    if (drive && ret < 0)
        fail_change (m, ret, alias);
    m->why = NULL;
    return ret;
}

int
machine_insert (struct machine *m, const char *alias, int fd, uint32_t backend_flags, bool force,
                char why[VMM_TEXT_BYTES])
{
    struct device *drive;
    struct block *medium;
    int ret = -ENODEV;

    m->why = why;
    why[0] = '\0';
    drive = find_drive (m, alias);
    if (drive) {
        machine_hold (m); /* from here on: what is opened is watched by the I/O loop */
        ret = machine_open_raw (m, alias, fd_steal (&fd), backend_flags, &medium);
        if (ret == 0)
            ret = insert (m, drive, medium, force);
        machine_go_on (m);
        if (ret < 0)
            fail_change (m, ret, alias);
    }
    fd_close (&fd);
    m->why = NULL;
    return ret;
}

static int
resize (struct machine *m, struct device *disk, uint64_t size_bytes)
{
    int ret;

    machine_hold (m);
    ret = block_resize (disk->block, size_bytes);
    if (ret == 0)
        disk->ops->resized (disk);
    machine_go_on (m);
    return ret;
}

int
machine_resize (struct machine *m, const char *alias, uint64_t size_bytes, char why[VMM_TEXT_BYTES])
{
    struct device *disk;
    int ret = -ENODEV;

    m->why = why;
    why[0] = '\0';
    disk = machine_find_device (m, alias);
    if (!disk || !disk->block || !disk->ops->resized)
        machine_fail (m, ret, "there is no disk %s whose size can be changed", alias);
    else
        ret = resize (m, disk, size_bytes);
    if (ret == -ENOSPC)
        machine_fail (m, ret, "device %s: there is not so much space behind it", alias);
    else if (ret == -EINVAL)
        machine_fail (m, ret, "device %s: it can only grow, by whole sectors", alias);
    else if (ret < 0)
        machine_fail (m, ret, "device %s: its size cannot be changed: %s", alias, strerror (-ret));
    m->why = NULL;
    return ret;
}
