/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.h - fuzzing: a machine with a device, and a guest, a user and a host gone mad.
 *
 * An input is a script (fuzz-script.h) of what they do, step by step: accesses of any width anywhere in the
 * spaces a harness names, guest memory written, time passing, resets, and what the harness's act()
 * makes of it: things the device's driver or those at its other end would do, nearly right.  A harness
 * is a file that says what is in the machine; FUZZ_HARNESS makes it libFuzzer's.
 */
#pragma once

#include "fuzz-script.h"
#include "fuzz-world.h"

#define FUZZ_SLOT        3
#define FUZZ_DEVFN       PCI_DEVFN (FUZZ_SLOT, 0)
#define FUZZ_BAR(index)  (0xe0000000u + 0x1000000u * (index))
#define FUZZ_MAX_SPACES  12
#define FUZZ_MAX_DEVICES 6

enum fuzz_space_kind { FUZZ_PORTS, FUZZ_MMIO, FUZZ_CONFIG /* base: devfn */ };

struct fuzz_space {
    enum fuzz_space_kind kind;
    uint64_t base;
    uint32_t bytes;
};

struct fuzz {
    struct test_machine *m;
    struct fuzz_script script;
    struct fuzz_space spaces[FUZZ_MAX_SPACES];
    unsigned n_spaces;
    struct device *devices[FUZZ_MAX_DEVICES]; /* reset and destroyed, the last first; NULL: none */
};

struct fuzz_harness {
    /* Creates f->m and what is in it. */
    void (*set_up) (struct fuzz *f);
    /* One step. */
    void (*act) (struct fuzz *f);
    /* Optional: puts BARs back in their places, if the guest moved them. */
    void (*place) (struct fuzz *f);
    /* Optional, in the place of a reset of the devices: the machine is. */
    void (*reset) (struct fuzz *f);
    /* Optional: before the devices go. */
    void (*tear_down) (struct fuzz *f);
    /* Optional: after they went, in the place of test_machine_free(). */
    void (*finish) (struct fuzz *f);
};

void fuzz_add_space (struct fuzz *f, enum fuzz_space_kind kind, uint64_t base, uint32_t bytes);

/* Creates and resets a device of CLASS at INDEX of f->devices; ARGS NULL: the default ones, in
 * FUZZ_SLOT. */
struct device *fuzz_add_device (struct fuzz *f, unsigned index, const struct device_class *class,
                                const struct device_args *args);

/* An access that the script chooses, to one of the spaces. */
void fuzz_poke (struct fuzz *f);

void fuzz_run (const struct fuzz_harness *harness, const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define FUZZ_HARNESS(...)                                                                          \
    int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)                                  \
    {                                                                                              \
        static const struct fuzz_harness harness = { __VA_ARGS__ };                                \
                                                                                                   \
        fuzz_run (&harness, data, size);                                                           \
        return 0;                                                                                  \
    }
