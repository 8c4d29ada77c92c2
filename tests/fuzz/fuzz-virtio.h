/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-virtio.h - fuzzing: what a virtio driver gone mad does, whatever the device. */
#pragma once

#include "fuzz.h"
#include "virtio-driver.h"

#define FUZZ_OUT_BYTES 2048
#define FUZZ_IN_BYTES  4096

/* What goes into a queue. */
struct fuzz_request {
    uint8_t out[FUZZ_OUT_BYTES]; /* zeros to begin with */
    unsigned out_bytes;          /* the device reads so many */
    unsigned in_bytes;           /* and has room for so many, at most FUZZ_IN_BYTES */
};

struct fuzz_virtio {
    /* Optional: a request for QUEUE as a driver makes it; returns false to leave it to the script. */
    bool (*compose) (struct fuzz *f, unsigned queue, struct fuzz_request *request);
    /* Optional: whatever keeps the device from coming to the end of a reset ends. */
    void (*release) (struct fuzz *f);
};

/* The device's driver, in DEVFN of SLOT; adds its registers to F's spaces. */
void fuzz_virtio_probe (struct fuzz *f, unsigned slot);

/* Puts the BARs back. */
void fuzz_virtio_place (struct fuzz *f);

/* One thing that a driver does. */
void fuzz_virtio_act (struct fuzz *f, const struct fuzz_virtio *v);
