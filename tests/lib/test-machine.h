/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-machine.h - a machine without KVM: RAM, buses, loop and a notebook of what was raised.
 *
 * A device test creates one, creates its device on test_machine_env(), pokes registers through the
 * buses and PCI as a driver would, and lets the loop run until what it waits for is there.
 */
#pragma once

#include <glib.h>

#include "bus.h"
#include "device.h"
#include "irq.h"
#include "loop.h"
#include "memory.h"
#include "pci.h"

#define TEST_MACHINE_RAM_BYTES (16u << 20) /* at guest-physical 0 */

struct test_machine {
    struct device_env env; /* ports, mmio, memory, irq, pci, loop, io_loop (the same), request, … */
    uint8_t *ram;          /* TEST_MACHINE_RAM_BYTES */

    bool gsi[IRQ_N_GSIS];            /* level of each line now */
    unsigned gsi_rises[IRQ_N_GSIS];  /* how often it went up */
    unsigned intx_rises;             /* any PCI function */
    bool intx[PCI_N_SLOTS][4];       /* level of each pin now */
    struct {
        uint64_t address;
        uint32_t data;
    } last_msi;
    unsigned n_msis;
    unsigned requests[MACHINE_REQUEST_N]; /* how often each was asked for */
    unsigned n_broken;
    const char *broken_reason; /* of the last device that was marked broken */
    unsigned events[DEVICE_EVENT_N]; /* how often each was reported */
    enum device_action last_action;  /* of the last event */

    /* private */
    struct irq_chip chip;
    struct memory_block ram_block, pluggable_block;
};

struct test_machine *test_machine_new (void);
void test_machine_free (struct test_machine *m);

/* Has memory for a virtio-mem, BYTES at GPA. */
void test_machine_add_pluggable (struct test_machine *m, gpa_t gpa, uint64_t bytes);

/* Runs the loop until *FLAG is not 0; fails the test after 10 s. */
void test_machine_run_until (struct test_machine *m, volatile unsigned *flag);

/* Runs the loop until CONDITION (OPAQUE) holds; fails the test after 10 s. */
void test_machine_wait (struct test_machine *m, bool (*condition) (void *opaque), void *opaque);

/* Handles what is ready now, without waiting. */
void test_machine_settle (struct test_machine *m);

/* Port and memory accesses as a vCPU makes them. */
uint8_t test_in8 (struct test_machine *m, uint16_t port);
uint16_t test_in16 (struct test_machine *m, uint16_t port);
uint32_t test_in32 (struct test_machine *m, uint16_t port);
void test_out8 (struct test_machine *m, uint16_t port, uint8_t value);
void test_out16 (struct test_machine *m, uint16_t port, uint16_t value);
void test_out32 (struct test_machine *m, uint16_t port, uint32_t value);
uint64_t test_mmio_read (struct test_machine *m, gpa_t gpa, unsigned size);
void test_mmio_write (struct test_machine *m, gpa_t gpa, uint64_t value, unsigned size);

/* Whether a memory block is mapped at GPA: another finds the place taken. */
bool test_is_mapped (struct test_machine *m, gpa_t gpa);

/* PCI: places BAR INDEX of DEVFN at ADDRESS and switches decoding and bus mastering on. */
void test_pci_place_bar (struct test_machine *m, unsigned devfn, unsigned index, uint64_t address);

/* An expansion ROM of LEN bytes (at least 64): BYTES with an image's head written over the first 64; to be
 * given to pci_rom_free(). */
struct pci_rom *test_pci_rom (const uint8_t *bytes, size_t len);

/* The offset of the first capability ID (0 when there is none), after PREVIOUS (0: from the start). */
unsigned test_pci_find_cap (struct test_machine *m, unsigned devfn, uint8_t id, unsigned previous);

/* A number below N, for what a mad guest does. */
uint32_t test_pick (GRand *rand, uint32_t n);

/* Arguments for a class's create(), with default options;
 * the config is good until the next call. */
struct device_args test_device_args (struct test_machine *m, const struct device_class *class,
                                     const char *alias);
