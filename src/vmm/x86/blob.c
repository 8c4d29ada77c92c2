/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blob.c - a run of bytes that grows. */
#include "blob.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"

#define INITIAL_CAPACITY 4096

void
blob_init (struct blob *blob)
{
    memset (blob, 0, sizeof *blob);
}

void
blob_clear (struct blob *blob)
{
    free (blob->data);
    blob_init (blob);
}

/* Makes room for SIZE more bytes; false when there is none. */
static bool
reserve (struct blob *blob, size_t size)
{
    size_t capacity = blob->capacity ? blob->capacity : INITIAL_CAPACITY;
    uint8_t *data;

    if (blob->failed)
        return false;
    while (capacity - blob->size < size)
        capacity *= 2;
    if (capacity == blob->capacity)
        return true;
    data = realloc (blob->data, capacity);
    if (!data) {
        blob->failed = true;
        return false;
    }
    blob->data = data;
    blob->capacity = capacity;
    return true;
}

void
blob_insert (struct blob *blob, size_t at, const void *bytes, size_t size)
{
    if (!reserve (blob, size))
        return;
    assert (at <= blob->size);
    memmove (blob->data + at + size, blob->data + at, blob->size - at);
    if (bytes)
        memcpy (blob->data + at, bytes, size);
    else
        memset (blob->data + at, 0, size);
    blob->size += size;
}

size_t
blob_append (struct blob *blob, const void *bytes, size_t size)
{
    size_t at = blob->size;

    blob_insert (blob, at, bytes, size);
    return at;
}

void
blob_align (struct blob *blob, size_t align)
{
    blob_append (blob, NULL, align_up (blob->size, align) - blob->size);
}
