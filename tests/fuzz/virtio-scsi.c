/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi.c - fuzzing: a driver of the SCSI controller gone mad, and hands at the drive.
 *
 * The input is a list of records: what to do, and how.  Commands go to a disk, to a CD drive and to
 * units that are not there; their data is whatever follows in the input.  The disks finish requests
 * when a record says so, well or badly.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "fuzz-world.h"
#include "virtio-scsi-fixture.h"

#define RECORD_BYTES 20
#define MAX_DATA     3000u

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Where commands find their data: the rest of the input, then zeros. */
static void
fill (uint8_t *bytes, const uint8_t *rest, size_t n_rest)
{
    memset (bytes, 0, MAX_DATA);
    memcpy (bytes, rest, MIN_OF (n_rest, MAX_DATA));
}

static void
send_command (struct scsi_fixture *f, const uint8_t *record, const uint8_t *rest, size_t n_rest)
{
    static uint8_t bytes[MAX_DATA];
    uint32_t len = load_le16 (record + 2) % MAX_DATA;
    unsigned target = record[1] & 1 ? 1 : 0;
    unsigned lun = record[1] >> 1 & 3;

    f->queue = VIRTIO_SCSI_Q_REQUEST + (record[1] >> 3 & 1);
    fill (bytes, rest, n_rest);
    scsi_send_to (f, target, lun, record + 4, record[1] & 0x10 ? SCSI_IN : SCSI_OUT, bytes, len);
}

/* Any bytes to any queue, in two buffers of any size. */
static void
send_raw (struct scsi_fixture *f, const uint8_t *record, const uint8_t *rest, size_t n_rest)
{
    gpa_t gpa = virtio_driver_alloc (&f->d, 2 * MAX_DATA, 8);
    const struct virtio_buffer buffers[] = {
        { gpa, 1 + load_le16 (record + 2) % MAX_DATA, false },
        { gpa + MAX_DATA, 1 + load_le16 (record + 4) % MAX_DATA, true },
    };

    fill (virtio_driver_at (&f->d, gpa), rest, n_rest);
    virtio_driver_send (&f->d, record[1] % 4, buffers + (record[1] >> 2 & 1),
                        record[1] & 8 ? 1 : 2 - (record[1] >> 2 & 1));
    test_machine_settle (f->m);
}

static void
finish_one (struct fake_block *block, bool is_gone, uint8_t which, bool badly)
{
    if (!is_gone && block->n_pending)
        fake_block_finish (block, which % block->n_pending, badly ? -EIO : 0);
}

/* The user at the drive. */
static void
change_medium (struct scsi_fixture *f, bool insert, bool force)
{
    static const struct block_info read_only = { .read_only = true };
    struct fake_block *medium;

    if (!insert) {
        f->cd->ops->eject (f->cd, force);
        return;
    }
    medium = fake_block_new (f->m->env.io_loop, &read_only);
    if (f->cd->ops->insert (f->cd, &medium->block, force) < 0) {
        block_close (&medium->block);
        return;
    }
    f->medium = medium;
    f->medium_destroyed = false;
    medium->destroyed_flag = &f->medium_destroyed;
}

static void
reset (struct scsi_fixture *f, bool whole_machine)
{
    if (whole_machine) {
        device_reset (f->hba);
        device_reset (f->hd);
        device_reset (f->cd);
        virtio_driver_probe (&f->d, f->m, HBA_SLOT);
    } else {
        virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
        while (f->disk->n_pending || (!f->medium_destroyed && f->medium->n_pending)) {
            finish_one (f->disk, false, 0, false);
            finish_one (f->medium, f->medium_destroyed, 0, false);
        }
    }
    virtio_driver_start (&f->d, BIT_ULL (VIRTIO_SCSI_F_HOTPLUG) | BIT_ULL (VIRTIO_SCSI_F_CHANGE), 4,
                         HBA_QUEUE_SIZE);
}

static void
step (struct scsi_fixture *f, const uint8_t *record, const uint8_t *rest, size_t n_rest)
{
    switch (record[0] % 12) {
    case 0:
        reset (f, record[1] & 1);
        break;
    case 1:
        change_medium (f, record[1] & 1, record[1] & 2);
        break;
    case 2:
        scsi_manage (f, record[2] % 9, record[1] & 1, record[1] >> 1 & 3, load_le64 (record + 4));
        break;
    case 3:
        scsi_offer_event (f);
        f->hd->ops->resized (f->hd);
        break;
    case 4:
        send_raw (f, record, rest, n_rest);
        break;
    case 5:
        test_mmio_write (f->m, f->d.config + record[1] % VIRTIO_SCSI_CFG_BYTES,
                         load_le32 (record + 4), 1u << record[2] % 3);
        break;
    case 6:
    case 7:
        finish_one (f->disk, false, record[1], record[2] & 1);
        finish_one (f->medium, f->medium_destroyed, record[1], record[2] & 2);
        break;
    default:
        send_command (f, record, rest, n_rest);
        break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct scsi_fixture f = { 0 };
    gpa_t start;

    fuzz_world_reset ();
    scsi_setup (&f, NULL);
    scsi_start_driver (&f);
    start = f.d.next_free;
    for (size_t at = 0; at + RECORD_BYTES <= size; at += RECORD_BYTES) {
        if (f.d.next_free > TEST_MACHINE_RAM_BYTES / 2)
            f.d.next_free = start; /* over what is in flight */
        step (&f, data + at, data + at + RECORD_BYTES, size - at - RECORD_BYTES);
    }
    scsi_teardown (&f, NULL);
    return 0;
}
