/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blob.h - a run of bytes that grows: what firmware tables are written into.
 *
 * Running out of memory is remembered: all later calls do nothing, and blob_result() says so once,
 * at the end.  For what the machine itself composes, never for what a guest sends.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
    uint8_t *data; /* may move with each append */
    size_t size;
    size_t capacity;
    bool failed;
};

void blob_init (struct blob *blob);

/* Frees the bytes; harmless a second time. */
void blob_clear (struct blob *blob);

/* Returns the offset at which BYTES (NULL: zeros) now are. */
size_t blob_append (struct blob *blob, const void *bytes, size_t size);

/* Puts BYTES in at AT, moving up what is behind it. */
void blob_insert (struct blob *blob, size_t at, const void *bytes, size_t size);

/* Appends zeros up to a multiple of ALIGN, a power of two. */
void blob_align (struct blob *blob, size_t align);

/* 0, or -ENOMEM when something is missing. */
static inline int
blob_result (const struct blob *blob)
{
    return blob->failed ? -ENOMEM : 0;
}
