/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-queue-fixture.h - a virtqueue with the guest memory under it, for its tests. */
#pragma once

#include <glib.h>

#include "bits.h"
#include "queue.h"

#define RAM_BYTES  (1u << 20)
#define HIGH_GPA   GIB (4)
#define HIGH_BYTES (64u << 10)

#define DESC  0x1000u
#define AVAIL 0x3000u
#define USED  0x4000u
#define TABLE 0x6000u
#define DATA  0x10000u

#define NEXT     1
#define WRITE    2
#define INDIRECT 4

/* A queue of 8 entries and the guest memory under it: low RAM, a hole, a piece of high RAM. */
struct fixture {
    struct memory *memory;
    uint8_t *ram;
    struct memory_block low, high;
    struct queue q;
    struct queue_chain chain;
    uint16_t avail_idx;
};

/* Maps BYTES of fresh RAM at GPA. */
void map_ram (struct fixture *f, struct memory_block *block, uint64_t gpa, uint64_t bytes);
void unmap_ram (struct fixture *f, struct memory_block *block);

void setup (struct fixture *f, gconstpointer data);
void teardown (struct fixture *f, gconstpointer data);

/* Gives the queue its size and places again after a reset. */
void place (struct fixture *f);
void enable (struct fixture *f);

/* What a driver writes: a descriptor of the ring's table (DESC) or of another, and a head. */
void put_desc (struct fixture *f, uint32_t table, unsigned index, uint64_t address, uint32_t len,
               uint16_t flags, uint16_t next);
void make_available (struct fixture *f, uint16_t head);

/* What it reads. */
uint16_t used_idx (struct fixture *f);
void assert_used (struct fixture *f, unsigned at, uint32_t id, uint32_t len);

/* Buffer I of the last chain is LEN bytes of low RAM at GPA. */
void assert_iov (struct fixture *f, unsigned i, uint32_t gpa, size_t len);

/* Adds TEST with this fixture. */
void add (const char *path, void (*test) (struct fixture *, gconstpointer));
