/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-fake.h - a virtio device that holds every chain until the test gives it back. */
#pragma once

#include "test-machine.h"
#include "transport-pci.h"
#include "virtio-driver.h"

#define FAKE_SLOT       3
#define FAKE_TYPE       42
#define FAKE_QUEUES     2
#define FAKE_QUEUE_SIZE 16
#define FAKE_FEATURE    7 /* the one feature of its own */
#define FAKE_HELD       64

struct fake_device {
    struct virtio_device virtio;
    struct virtio_pci pci;
    uint8_t config[16]; /* the driver may write the first 4 bytes */
    struct queue_chain chain;

    struct {
        struct virtio_queue *queue;
        struct queue_ticket ticket;
    } held[FAKE_HELD];
    unsigned n_held;
    unsigned n_turns;
    unsigned n_resets;
    bool answers_at_once; /* instead of holding */
    /* Called for each chain, with the device's lock held. */
    void (*chain_hook) (void *opaque);
    void *hook_opaque;
};

struct fake_device *fake_device_new (struct test_machine *m);

/* Gives back the chain that was held as number INDEX, with WRITTEN bytes. */
void fake_device_complete (struct fake_device *fake, unsigned index, uint32_t written);

/* A machine with the device in it, which a driver has found. */
struct fake_fixture {
    struct test_machine *m;
    struct fake_device *fake;
    struct virtio_driver d;
};

void fake_fixture_set_up (struct fake_fixture *f, gconstpointer data);
void fake_fixture_tear_down (struct fake_fixture *f, gconstpointer data);
