/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwcfg.c - QEMU's firmware configuration device (docs/specs/fw_cfg.rst in QEMU's tree).
 *
 * Theory of operation
 *
 * Items are runs of bytes.  A guest selects one by its 16-bit key, then reads on from its start:
 *
 *     510h  2 bytes, write  select
 *     511h  1 byte, read    the next byte
 *     514h  4 bytes, write  upper half of the address of a DMA request, big-endian
 *     518h  4 bytes, write  lower half; the request is carried out before the write returns
 *     514h  8 bytes, read   "QEMU CFG": there is DMA
 *
 * A DMA request is 16 bytes in guest RAM, big-endian: what to do, how many bytes, where to.  It
 * selects, then reads, writes or skips; the first word becomes 0 when that went well, 1 when not.
 *
 * What is past the end of an item, and any item that is not there, reads as zeros.  So a request
 * may be longer than its item, but not by more than MAX_ZERO_FILL: a guest shall not keep a thread
 * clearing gigabytes under the lock.
 */
#include "fwcfg.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "bus.h"
#include "device.h"
#include "fd.h"
#include "log.h"
#include "memory.h"

#define SELECT_PORT  0x510
#define SELECT_BYTES 2 /* selector; the data port is its upper half */
#define DATA_OFFSET  1
#define DMA_PORT     0x514
#define DMA_BYTES    8
#define DMA_LOW      4 /* offset of the half that starts a request */

#define ID_TRADITIONAL BIT (0)
#define ID_DMA         BIT (1)

#define KEY_WRITE_CHANNEL 0x4000 /* of old: has no effect */
#define KEY_ARCH_LOCAL    0x8000

#define CONTROL_ERROR     BIT (0)
#define CONTROL_READ      BIT (1)
#define CONTROL_SKIP      BIT (2)
#define CONTROL_SELECT    BIT (3)
#define CONTROL_WRITE     BIT (4)
#define CONTROL_KEY_SHIFT 16

#define MAX_ZERO_FILL MIB (1)

#define DIRECTORY_HEAD  4
#define DIRECTORY_ENTRY 64 /* size, key, reserved, name; big-endian */

struct item {
    uint16_t key; /* of a key; files' follow from their place */
    char name[FWCFG_NAME_BYTES];
    uint8_t *data; /* owned, but for the directory; NULL when the bytes are in a file */
    size_t size;
    int fd;             /* that file, borrowed */
    uint64_t fd_offset; /* of the first byte in it */
    /* NULL: read-only */
    void (*written) (void *opaque, const void *data, size_t size);
    void *opaque;
};

struct fwcfg {
    const struct device_env *env;
    struct log_limit log_limit;
    struct bus_region select_region;
    struct bus_region dma_region;

    struct item keys[FWCFG_MAX_KEYS];
    unsigned n_keys;
    struct item files[FWCFG_MAX_FILES]; /* sorted by name */
    unsigned n_files;
    uint8_t directory[DIRECTORY_HEAD + FWCFG_MAX_FILES * DIRECTORY_ENTRY];

    pthread_mutex_t lock;  /* guards what follows, and the data of writable files */
    struct item *selected; /* NULL: one that is not there */
    size_t offset;         /* in it; at most its size */
    uint32_t dma_high;     /* host byte order */
};

struct dma_request {
    uint32_t control;
    uint32_t length;
    gpa_t address;
};

/* --- selecting and reading ------------------------------------------------------------------- */

static struct item *
find_key (struct fwcfg *f, unsigned key)
{
    for (unsigned i = 0; i < f->n_keys; i++)
        if (f->keys[i].key == key)
            return &f->keys[i];
    return NULL;
}

static void
select_locked (struct fwcfg *f, unsigned key)
{
    key &= ~(unsigned)KEY_WRITE_CHANNEL;
    if (key >= FWCFG_FILE_FIRST && key - FWCFG_FILE_FIRST < f->n_files)
        f->selected = &f->files[key - FWCFG_FILE_FIRST];
    else
        f->selected = find_key (f, key);
    f->offset = 0;
}

/* Bytes from here to the item's end. */
static size_t
left_locked (const struct fwcfg *f)
{
    return f->selected ? f->selected->size - f->offset : 0;
}

/* Copies the next N bytes, which are left, to OUT. */
static void
copy_locked (struct fwcfg *f, uint8_t *out, size_t n)
{
    const struct item *item = f->selected;

    if (item->data)
        memcpy (out, item->data + f->offset, n);
    else if (fd_pread_full (item->fd, out, n, (off_t) (item->fd_offset + f->offset)) < 0)
        memset (out, 0, n);
    f->offset += n;
}

static uint8_t
read_byte (struct fwcfg *f)
{
    uint8_t byte = 0;

    pthread_mutex_lock (&f->lock);
    if (left_locked (f) > 0)
        copy_locked (f, &byte, 1);
    pthread_mutex_unlock (&f->lock);
    return byte;
}

/* --- DMA ------------------------------------------------------------------------------------- */

static bool
dma_read_locked (struct fwcfg *f, const struct dma_request *r)
{
    size_t n = MIN_OF ((size_t)r->length, left_locked (f));
    uint8_t *host = memory_at (f->env->memory, r->address, r->length);

    if (!host || r->length - n > MAX_ZERO_FILL)
        return false;
    if (n)
        copy_locked (f, host, n);
    memset (host + n, 0, r->length - n);
    return true;
}

static bool
dma_write_locked (struct fwcfg *f, const struct dma_request *r)
{
    if (!f->selected || !f->selected->written || r->length > left_locked (f))
        return false;
    if (!memory_read (f->env->memory, r->address, f->selected->data + f->offset, r->length))
        return false;
    f->offset += r->length;
    return true;
}

/* Returns whether the request could be carried out. */
static bool
dma_run_locked (struct fwcfg *f, const struct dma_request *r)
{
    if (r->control & CONTROL_SELECT)
        select_locked (f, r->control >> CONTROL_KEY_SHIFT);
    if (r->length == 0)
        return true;
    if (r->control & CONTROL_READ)
        return dma_read_locked (f, r);
    if (r->control & CONTROL_WRITE)
        return dma_write_locked (f, r);
    if (r->control & CONTROL_SKIP)
        f->offset += MIN_OF ((size_t)r->length, left_locked (f));
    return true;
}

/* Carries out the request and, after a write, tells whoever owns the file. */
static bool
dma_run (struct fwcfg *f, const struct dma_request *r)
{
    uint8_t copy[FWCFG_MAX_WRITABLE];
    const struct item *written = NULL;
    bool ok;

    pthread_mutex_lock (&f->lock);
    ok = dma_run_locked (f, r);
    if (ok && !(r->control & CONTROL_READ) && (r->control & CONTROL_WRITE) && r->length) {
        written = f->selected;
        memcpy (copy, written->data, written->size);
    }
    pthread_mutex_unlock (&f->lock);
    if (written)
        written->written (written->opaque, copy, written->size);
    return ok;
}

/* Where there is no RAM to answer in, there is no answer. */
static void
dma_start (struct fwcfg *f, gpa_t gpa)
{
    struct memory *memory = f->env->memory;
    struct dma_request request;
    uint8_t buf[16], answer[4];

    if (!memory_read (memory, gpa, buf, sizeof buf)) {
        log_guest (&f->log_limit, "fw_cfg: the guest's request is not in RAM");
        return;
    }
    request.control = load_be32 (buf);
    request.length = load_be32 (buf + 4);
    request.address = load_be64 (buf + 8);
    store_be32 (answer, dma_run (f, &request) ? 0 : CONTROL_ERROR);
    memory_write (memory, gpa, answer, sizeof answer);
}

/* --- ports ----------------------------------------------------------------------------------- */

static uint64_t
select_read (void *opaque, uint64_t offset, unsigned size)
{
    if (offset != DATA_OFFSET || size != 1)
        return ones (size);
    return read_byte (opaque);
}

static void
select_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct fwcfg *f = opaque;

    if (offset != 0 || size != 2)
        return;
    pthread_mutex_lock (&f->lock);
    select_locked (f, (unsigned)value);
    pthread_mutex_unlock (&f->lock);
}

static uint64_t
dma_port_read (void *opaque, uint64_t offset, unsigned size)
{
    static const char signature[DMA_BYTES + 1] = "QEMU CFG";

    return load_le (signature + offset, size);
}

static void
dma_port_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct fwcfg *f = opaque;
    uint32_t half = htobe32 ((uint32_t)value);
    uint32_t high;

    if (size != 4 || (offset != 0 && offset != DMA_LOW))
        return;
    pthread_mutex_lock (&f->lock);
    high = f->dma_high;
    f->dma_high = offset == 0 ? half : 0;
    pthread_mutex_unlock (&f->lock);
    if (offset == DMA_LOW)
        dma_start (f, (gpa_t)high << 32 | half);
}

static const struct bus_region_ops select_ops = { select_read, select_write, 2 };
static const struct bus_region_ops dma_ops = { dma_port_read, dma_port_write, 4 };

/* --- the device ------------------------------------------------------------------------------ */

void
fwcfg_reset (struct fwcfg *f)
{
    pthread_mutex_lock (&f->lock);
    for (unsigned i = 0; i < f->n_files; i++)
        if (f->files[i].written)
            memset (f->files[i].data, 0, f->files[i].size);
    select_locked (f, FWCFG_SIGNATURE);
    f->dma_high = 0;
    pthread_mutex_unlock (&f->lock);
}

void
fwcfg_destroy (struct fwcfg *f)
{
    if (!f)
        return;
    bus_remove (f->env->ports, &f->dma_region);
    bus_remove (f->env->ports, &f->select_region);
    for (unsigned i = 0; i < f->n_files; i++)
        free (f->files[i].data);
    for (unsigned i = 0; i < f->n_keys; i++)
        if (f->keys[i].data != f->directory)
            free (f->keys[i].data);
    pthread_mutex_destroy (&f->lock);
    free (f);
}

/* The two fixed items, and the directory, whose bytes are in place. */
static int
add_standard_keys (struct fwcfg *f)
{
    int ret = fwcfg_add_key (f, FWCFG_SIGNATURE, "QEMU", 4);

    if (ret == 0)
        ret = fwcfg_add_number (f, FWCFG_ID, ID_TRADITIONAL | ID_DMA, 4);
    if (ret == 0)
        f->keys[f->n_keys++] =
            (struct item){ .key = FWCFG_DIRECTORY, .data = f->directory, .size = DIRECTORY_HEAD };
    return ret;
}

int
fwcfg_create (const struct device_env *env, struct fwcfg **out)
{
    struct fwcfg *f = calloc (1, sizeof *f);
    int ret;

    if (!f)
        return -ENOMEM;
    f->env = env;
    pthread_mutex_init (&f->lock, NULL);
    bus_region_init (&f->select_region, "fw_cfg", &select_ops, f, SELECT_BYTES, BUS_PRIORITY_FIXED);
    bus_region_init (&f->dma_region, "fw_cfg", &dma_ops, f, DMA_BYTES, BUS_PRIORITY_FIXED);

    ret = add_standard_keys (f);
    if (ret == 0)
        ret = bus_add (env->ports, &f->select_region, SELECT_PORT);
    if (ret == 0)
        ret = bus_add (env->ports, &f->dma_region, DMA_PORT);
    if (ret < 0) {
        fwcfg_destroy (f);
        return ret;
    }
    select_locked (f, FWCFG_SIGNATURE);
    *out = f;
    return 0;
}

/* --- adding items ---------------------------------------------------------------------------- */

/* Gives ITEM a copy of DATA (NULL: zeros). */
static int
set_data (struct item *item, const void *data, size_t size)
{
    item->data = calloc (1, MAX_OF (size, (size_t)1));
    if (!item->data)
        return -ENOMEM;
    if (data)
        memcpy (item->data, data, size);
    item->size = size;
    return 0;
}

int
fwcfg_add_key (struct fwcfg *f, unsigned key, const void *data, size_t size)
{
    struct item item = { .key = (uint16_t)key };
    int ret;

    assert (key < FWCFG_FILE_FIRST || key >= KEY_ARCH_LOCAL);
    assert (!find_key (f, key) && f->n_keys < FWCFG_MAX_KEYS);
    ret = set_data (&item, data, size);
    if (ret < 0)
        return ret;
    f->keys[f->n_keys++] = item;
    return 0;
}

int
fwcfg_add_number (struct fwcfg *f, unsigned key, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    store_le (bytes, value, size);
    return fwcfg_add_key (f, key, bytes, size);
}

void
fwcfg_add_file_key (struct fwcfg *f, unsigned key, int fd, uint64_t offset, size_t size)
{
    assert (key < FWCFG_FILE_FIRST && !find_key (f, key) && f->n_keys < FWCFG_MAX_KEYS);
    f->keys[f->n_keys++]
        = (struct item){ .key = (uint16_t) key, .size = size, .fd = fd, .fd_offset = offset };
}

static void
write_directory (struct fwcfg *f)
{
    uint8_t *entry = f->directory + DIRECTORY_HEAD;

    store_be32 (f->directory, f->n_files);
    for (unsigned i = 0; i < f->n_files; i++, entry += DIRECTORY_ENTRY) {
        store_be32 (entry, (uint32_t)f->files[i].size);
        store_be16 (entry + 4, (uint16_t)(FWCFG_FILE_FIRST + i));
        store_be16 (entry + 6, 0);
        memcpy (entry + 8, f->files[i].name, FWCFG_NAME_BYTES);
    }
    find_key (f, FWCFG_DIRECTORY)->size = DIRECTORY_HEAD + f->n_files * DIRECTORY_ENTRY;
}

/* Where NAME belongs among the files. */
static unsigned
find_place (const struct fwcfg *f, const char *name)
{
    unsigned place = 0;

    while (place < f->n_files && strcmp (f->files[place].name, name) < 0)
        place++;
    assert (place == f->n_files || strcmp (f->files[place].name, name) != 0);
    return place;
}

/* Adds ITEM, all but name and data filled in. */
static int
add_file (struct fwcfg *f, struct item *item, const char *name, const void *data, size_t size)
{
    unsigned place = find_place (f, name);
    int ret;

    assert (strlen (name) < sizeof item->name);
    assert (size <= UINT32_MAX);
    if (f->n_files == FWCFG_MAX_FILES)
        return -ENOSPC;
    ret = set_data (item, data, size);
    if (ret < 0)
        return ret;
    strcpy (item->name, name);
    memmove (&f->files[place + 1], &f->files[place], (f->n_files - place) * sizeof f->files[0]);
    f->files[place] = *item;
    f->n_files++;
    write_directory (f);
    return 0;
}

int
fwcfg_add_file (struct fwcfg *f, const char *name, const void *data, size_t size)
{
    struct item item = { 0 };

    return add_file (f, &item, name, data, size);
}

int
fwcfg_add_writable_file (struct fwcfg *f, const char *name, size_t size,
                         void (*written) (void *opaque, const void *data, size_t size),
                         void *opaque)
{
    struct item item = { .written = written, .opaque = opaque };

    assert (size <= FWCFG_MAX_WRITABLE && written);
    return add_file (f, &item, name, NULL, size);
}

void
fwcfg_set_number (struct fwcfg *f, unsigned key, uint64_t value, unsigned size)
{
    struct item *item = find_key (f, key);
    uint8_t bytes[8];

    assert (item && item->size == size);
    store_le (bytes, value, size);
    memcpy (item->data, bytes, size);
}

void
fwcfg_set_file (struct fwcfg *f, const char *name, const void *data, size_t size)
{
    for (unsigned i = 0; i < f->n_files; i++) {
        if (strcmp (f->files[i].name, name) != 0)
            continue;
        assert (f->files[i].size == size);
        memcpy (f->files[i].data, data, size);
        return;
    }
    assert (!"the file is there");
}
