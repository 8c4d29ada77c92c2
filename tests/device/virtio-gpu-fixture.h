/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-gpu-fixture.h - a virtio-gpu in a machine without KVM, its driver's commands, a viewer. */
#pragma once

#include "gpu.h"
#include "test-viewer.h"
#include "virtio-driver.h"

#define GPU_SLOT 6

struct gpu_fixture {
    struct test_machine *m;
    struct device *gpu;
    struct virtio_driver d;
    struct test_viewer viewer;
    gpa_t request, answer, list; /* memory for one command, its answer, a list of entries */
    uint32_t answer_bytes;       /* of the last */
};

#define GPU_LIST_ENTRIES 4096

/* MEMORY_MIB, as text, for the device's option; NULL: the default. */
void gpu_fixture_setup (struct gpu_fixture *f, gconstpointer memory_mib);
void gpu_fixture_teardown (struct gpu_fixture *f, gconstpointer data);

/* The driver starts (again): reset, queues, DRIVER_OK. */
void gpu_start (struct gpu_fixture *f);

/* Sends the command TYPE with LEN bytes of BODY behind its header, waits, and returns the answer's type.
 * The answer is at gpu_answer(). */
uint32_t gpu_command_send (struct gpu_fixture *f, uint32_t type, const void *body, uint32_t len);
const uint8_t *gpu_answer (struct gpu_fixture *f);

/* The commands; each returns the answer's type. */
uint32_t gpu_create (struct gpu_fixture *f, uint32_t id, uint32_t format, uint32_t width,
                     uint32_t height);
uint32_t gpu_unref (struct gpu_fixture *f, uint32_t id);
uint32_t gpu_show (struct gpu_fixture *f, uint32_t scanout, uint32_t id, uint32_t x, uint32_t y,
                   uint32_t width, uint32_t height);
uint32_t gpu_flush_rect (struct gpu_fixture *f, uint32_t id, uint32_t x, uint32_t y, uint32_t width,
                         uint32_t height);
uint32_t gpu_copy (struct gpu_fixture *f, uint32_t id, uint64_t offset, uint32_t x, uint32_t y,
                   uint32_t width, uint32_t height);
uint32_t gpu_detach (struct gpu_fixture *f, uint32_t id);

/* Backing of N pieces of PIECE bytes each, apart from each other; *FIRST, *STEP say where they are. */
uint32_t gpu_attach_pieces (struct gpu_fixture *f, uint32_t id, uint32_t n, uint32_t piece,
                            gpa_t *first, uint32_t *step);
/* A single piece. */
uint32_t gpu_attach (struct gpu_fixture *f, uint32_t id, gpa_t gpa, uint32_t len);

/* The cursor queue; returns when the device has taken the command. */
void gpu_cursor (struct gpu_fixture *f, uint32_t type, uint32_t id, uint32_t hot_x, uint32_t hot_y,
                 uint32_t x, uint32_t y);
