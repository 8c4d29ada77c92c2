/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backing.h - the host's memory behind a guest's RAM.
 *
 * Memory of our own is what the kernel gives huge pages for, everywhere: with them a guest starts in
 * three quarters of the time.  Memory that another process maps as well is a sealed memfd, for which it
 * does not unless the administrator asked for that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BACKING_ALIGNMENT 0x200000 /* a huge page */

struct backing {
    uint8_t *host; /* NULL: there is none */
    uint64_t size_bytes;
    int fd; /* for others to map; -1: nobody can */
};

#define BACKING_INIT { .fd = -1 }

/* BYTES (a multiple of 4096) of zeros, which take what of them is used.  SHARED: with whoever is given the
 * file, which is called NAME.  Memory of our own begins at a huge page's boundary and has a page behind it
 * that nobody may touch.  Returns 0, or -errno with nothing made. */
int backing_create (struct backing *backing, const char *name, uint64_t bytes, bool shared);

/* Nothing, where there is none. */
void backing_destroy (struct backing *backing);
