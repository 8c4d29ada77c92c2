/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-script.h - fuzzing: the input, read as numbers of the kinds that get far.
 *
 * A script that is at its end gives zeros.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bits.h"
#include "test-machine.h"

struct fuzz_script {
    const uint8_t *at, *end;
};

static inline bool
fuzz_more (const struct fuzz_script *s)
{
    return s->at < s->end;
}

/* N bytes, at most 8. */
static inline uint64_t
fuzz_take (struct fuzz_script *s, unsigned n)
{
    uint8_t bytes[8] = { 0 };
    size_t there = MIN_OF ((size_t) (s->end - s->at), n);

    memcpy (bytes, s->at, there);
    s->at += there;
    return load_le64 (bytes);
}

/* Below N, which is at most 65536. */
static inline unsigned
fuzz_pick (struct fuzz_script *s, unsigned n)
{
    return (unsigned) (fuzz_take (s, n > 256 ? 2 : 1) % n);
}

/* True once in N, at most 256; not when the script is at its end. */
static inline bool
fuzz_once_in (struct fuzz_script *s, unsigned n)
{
    return fuzz_take (s, 1) % n == n - 1;
}

/* A number: small, one bit or some in a row, near the end of what fits, anything. */
static inline uint64_t
fuzz_number (struct fuzz_script *s)
{
    unsigned kind = fuzz_pick (s, 8);

    switch (kind) {
    case 0:
    case 1:
        return fuzz_take (s, 1);
    case 2:
        return BIT_ULL (fuzz_pick (s, 64));
    case 3:
        return BIT_ULL (fuzz_pick (s, 64)) - 1 - fuzz_pick (s, 4);
    case 4:
        return fuzz_take (s, 1) << 8 * fuzz_pick (s, 8);
    case 5:
        return fuzz_take (s, 2);
    case 6:
        return fuzz_take (s, 4);
    default:
        return fuzz_take (s, 8);
    }
}

#define FUZZ_ARENA       0x10000u /* where guest memory is written and pointed at most */
#define FUZZ_ARENA_BYTES 0x10000u

/* A guest address: mostly of the arena and aligned, else at some edge or anywhere. */
static inline gpa_t
fuzz_gpa (struct fuzz_script *s)
{
    static const gpa_t edges[] = {
        0,
        1,
        0xa0000,
        TEST_MACHINE_RAM_BYTES - 16,
        TEST_MACHINE_RAM_BYTES,
        UINT32_MAX,
        UINT64_MAX - 15,
    };
    unsigned kind = fuzz_pick (s, 8);

    if (kind < 5)
        return FUZZ_ARENA + 16 * fuzz_pick (s, FUZZ_ARENA_BYTES / 16);
    if (kind < 6)
        return FUZZ_ARENA + fuzz_pick (s, FUZZ_ARENA_BYTES);
    return kind == 6 ? edges[fuzz_pick (s, ARRAY_SIZE (edges))] : fuzz_number (s);
}

/* Fills LEN bytes: with the script's, then zeros. */
static inline void
fuzz_fill (struct fuzz_script *s, uint8_t *to, size_t len)
{
    size_t there = MIN_OF ((size_t) (s->end - s->at), len);

    memcpy (to, s->at, there);
    memset (to + there, 0, len - there);
    s->at += there;
}
