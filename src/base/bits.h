/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits.h - byte order, checked sums, small arithmetic.
 *
 * Everything that decodes what a guest, a file or a peer wrote goes through these: loads and stores
 * never depend on alignment or host byte order, and sums on foreign numbers say when they overflow.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof (a) / sizeof ((a)[0]))
#define container_of(ptr, type, member) ((type *) ((char *) (ptr) - offsetof (type, member)))

#define BIT(n)       (1u << (n))
#define BIT_ULL(n)   (1ull << (n))
#define KIB(n)       ((uint64_t) (n) << 10)
#define MIB(n)       ((uint64_t) (n) << 20)
#define GIB(n)       ((uint64_t) (n) << 30)

#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#define DEFINE_LOAD_STORE(order, bits)                                                            \
    static inline uint##bits##_t load_##order##bits (const void *p)                               \
    {                                                                                             \
        uint##bits##_t v;                                                                         \
        memcpy (&v, p, sizeof v);                                                                 \
        return order##bits##toh (v);                                                              \
    }                                                                                             \
    static inline void store_##order##bits (void *p, uint##bits##_t v)                            \
    {                                                                                             \
        v = hto##order##bits (v);                                                                 \
        memcpy (p, &v, sizeof v);                                                                 \
    }

DEFINE_LOAD_STORE (le, 16)
DEFINE_LOAD_STORE (le, 32)
DEFINE_LOAD_STORE (le, 64)
DEFINE_LOAD_STORE (be, 16)
DEFINE_LOAD_STORE (be, 32)
DEFINE_LOAD_STORE (be, 64)
#undef DEFINE_LOAD_STORE

/* Loads SIZE bytes (1 to 8) of little-endian data. */
static inline uint64_t
load_le (const void *p, unsigned size)
{
    uint64_t v = 0;

    memcpy (&v, p, size <= 8 ? size : 8);
    return le64toh (v);
}

/* Stores the low SIZE bytes (1 to 8) of V in little-endian order. */
static inline void
store_le (void *p, uint64_t v, unsigned size)
{
    v = htole64 (v);
    memcpy (p, &v, size <= 8 ? size : 8);
}

/* True when A + B does not fit; the sum is in *SUM otherwise. */
static inline bool
add_overflows (uint64_t a, uint64_t b, uint64_t *sum)
{
    return __builtin_add_overflow (a, b, sum);
}

/* True when A * B does not fit; the product is in *PRODUCT otherwise. */
static inline bool
mul_overflows (uint64_t a, uint64_t b, uint64_t *product)
{
    return __builtin_mul_overflow (a, b, product);
}

/* True when [START, START + LENGTH) lies inside [0, LIMIT). */
static inline bool
range_fits (uint64_t start, uint64_t length, uint64_t limit)
{
    return start <= limit && length <= limit - start;
}

static inline bool
is_power_of_two (uint64_t v)
{
    return v != 0 && (v & (v - 1)) == 0;
}

/* ALIGN is a power of two. */
static inline uint64_t
align_down (uint64_t v, uint64_t align)
{
    return v & ~(align - 1);
}

/* ALIGN is a power of two and V is at most UINT64_MAX - ALIGN. */
static inline uint64_t
align_up (uint64_t v, uint64_t align)
{
    return align_down (v + align - 1, align);
}

/* All ones in the low SIZE bytes: what a read that nothing answers returns. */
static inline uint64_t
ones (unsigned size)
{
    return size >= 8 ? UINT64_MAX : (1ull << (size * 8)) - 1;
}
