/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-blk-fixture.h - a virtio-blk on a disk that finishes requests when the test says so. */
#pragma once

#include "blk.h"
#include "block.h"
#include "virtio-driver.h"

#define BLK_SLOT         4
#define BLK_QUEUE_SIZE   256
#define DISK_SECTORS     256u
#define DISK_BYTES       (DISK_SECTORS * 512u)
#define FAKE_MAX_PENDING 512

/* Reads and writes reach the contents when they are finished, not before. */
struct fake_block {
    struct block block;
    uint8_t contents[DISK_BYTES];
    struct block_request *pending[FAKE_MAX_PENDING]; /* in the order they came */
    unsigned n_pending;
    unsigned n_submitted[BLOCK_OP_N];
    unsigned n_together; /* submitted since it was told to start any */
    unsigned most_together;
    bool *destroyed_flag; /* set when it is destroyed; may be NULL */
};

struct blk_fixture {
    struct test_machine *m;
    struct fake_block *disk;
    struct device *device;
    struct virtio_driver d;
    bool disk_destroyed;
};

/* A request as the driver sees it. */
struct blk_call {
    gpa_t header, data, status;
    uint16_t head;
};

struct fake_block *fake_block_new (struct loop *loop, const struct block_info *info);

/* Finishes pending request INDEX with RESULT and runs its completion; its followers move up. */
void fake_block_finish (struct fake_block *disk, unsigned index, int result);
void fake_block_finish_all (struct fake_block *disk);

/* The ordinary writable disk, or one with this INFO (its size is DISK_BYTES). */
void blk_setup (struct blk_fixture *f, gconstpointer info);
void blk_teardown (struct blk_fixture *f, gconstpointer info);

/* Up and running with these features besides VERSION_1. */
void blk_start (struct blk_fixture *f, uint64_t features);

/* Sends a request with LEN bytes of data, in buffers of 512 bytes, and lets the loop run. */
struct blk_call blk_send (struct blk_fixture *f, uint32_t type, uint64_t sector, uint32_t len);

/* The same with these bytes as data for the device. */
struct blk_call blk_send_bytes (struct blk_fixture *f, uint32_t type, uint64_t sector,
                                const void *bytes, uint32_t len);

/* Waits for the answer, with every pending request finished well, and returns the status; *LEN, if
 * given, is the used length. */
uint8_t blk_answer (struct blk_fixture *f, const struct blk_call *call, uint32_t *len);

/* The status byte, FFh while there is none. */
uint8_t blk_status (struct blk_fixture *f, const struct blk_call *call);

/* blk_send() and blk_answer(). */
uint8_t blk_call (struct blk_fixture *f, uint32_t type, uint64_t sector, uint32_t len);

uint64_t blk_config (struct blk_fixture *f, unsigned offset, unsigned size);
