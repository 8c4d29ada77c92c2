/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi-fixture.h - a virtio-scsi controller with a disk (target 0, unit 0) and a CD drive
 * (target 0, unit 1) on blocks that finish requests when the test says so. */
#pragma once

#include "scsi-device.h"
#include "virtio-blk-fixture.h"
#include "virtio-scsi.h"

#define HBA_SLOT       5
#define HBA_QUEUE_SIZE 128
#define HD_LUN         0
#define CD_LUN         1

struct scsi_fixture {
    struct test_machine *m;
    struct device *hba, *hd, *cd;
    struct fake_block *disk, *medium;
    bool disk_destroyed, medium_destroyed;
    struct virtio_driver d;
    unsigned queue; /* where commands are sent */
};

/* A command on its way. */
struct scsi_call {
    unsigned queue;
    gpa_t header, response, data;
    uint32_t len;
    uint16_t head;
};

/* What came back. */
struct scsi_answer {
    uint8_t response, status, key;
    uint16_t asc;
    uint32_t resid;
    uint32_t used;       /* bytes the device says it wrote */
    const uint8_t *data; /* of the buffer the device wrote */
};

enum scsi_direction { SCSI_NO_DATA, SCSI_IN, SCSI_OUT };

/* INFO is the disk's, NULL for an ordinary one. */
void scsi_setup (struct scsi_fixture *f, gconstpointer info);
void scsi_teardown (struct scsi_fixture *f, gconstpointer info);

/* Up and running with one request queue, hotplug and change events, and nothing left to tell. */
void scsi_start_driver (struct scsi_fixture *f);

/* Sends CDB (16 bytes) to LUN with LEN bytes of BYTES, or of room. */
struct scsi_call scsi_send_to (struct scsi_fixture *f, unsigned target, unsigned lun,
                               const uint8_t *cdb, enum scsi_direction direction, const void *bytes,
                               uint32_t len);
bool scsi_is_answered (struct scsi_fixture *f, const struct scsi_call *call);

/* Waits for the answer, with everything that is pending on the disks finished. */
struct scsi_answer scsi_await (struct scsi_fixture *f, const struct scsi_call *call);

/* The two in one. */
struct scsi_answer scsi_in (struct scsi_fixture *f, unsigned lun, const uint8_t *cdb, uint32_t len);
struct scsi_answer scsi_out (struct scsi_fixture *f, unsigned lun, const uint8_t *cdb,
                             const void *bytes, uint32_t len);

/* A task management function, without waiting; its answer is FFh while there is none. */
struct scsi_call scsi_manage (struct scsi_fixture *f, uint32_t function, unsigned target,
                              unsigned lun, uint64_t id);
uint8_t scsi_managed (struct scsi_fixture *f, const struct scsi_call *call);

/* Gives the event queue a buffer; reads it. */
struct scsi_call scsi_offer_event (struct scsi_fixture *f);
const uint8_t *scsi_event (struct scsi_fixture *f, const struct scsi_call *call);

/* The id the command in CALL was sent with. */
uint64_t scsi_id (struct scsi_fixture *f, const struct scsi_call *call);

#define assert_good(answer) assert_sense (answer, 0, 0)
#define assert_sense(answer, the_key, the_asc)                                                     \
    do {                                                                                           \
        struct scsi_answer answer_ = (answer);                                                     \
        g_assert_cmpuint (answer_.response, ==, VIRTIO_SCSI_S_OK);                                 \
        g_assert_cmphex (answer_.asc, ==, (the_asc));                                              \
        g_assert_cmphex (answer_.key, ==, (the_key));                                              \
        g_assert_cmphex (answer_.status, ==, (the_key) ? SCSI_CHECK_CONDITION : SCSI_GOOD);        \
    } while (0)
