/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-loader.c - the table loader's script: written for firmware, and run here without one.
 *
 * Theory of operation
 *
 * Tables point at each other by address, and only who places them knows addresses.  So they are
 * handed over as files in which each pointer holds an offset, together with a script (fw_cfg's
 * etc/table-loader) of commands of 128 bytes:
 *
 *     ALLOCATE      load a file into memory, aligned, in one of two zones
 *     ADD_POINTER   add the address of one file to a number in another
 *     ADD_CHECKSUM  make a range of a file sum up to zero
 *
 * SeaBIOS runs it in order.  OVMF does too, then goes through the pointers again and takes what
 * each points at for a table to install, so none may point into the middle of one; a second pointer
 * to the same place is skipped.  All allocations come first, then all pointers, then the checksums
 * over what the pointers changed.
 *
 * Direct kernel boot has no firmware, so acpi_install() is one: it runs the very same script over
 * guest memory.  The script is our own; what cannot happen in it is asserted.
 */
#include "acpi-private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bits.h"

#define FILE_NAME_BYTES 56

enum loader_command {
    LOADER_ALLOCATE = 1,
    LOADER_ADD_POINTER = 2,
    LOADER_ADD_CHECKSUM = 3,
};

/* Little-endian, as our hosts are. */
struct loader_record {
    uint32_t command;
    union {
        struct {
            char file[FILE_NAME_BYTES];
            uint32_t align;
            uint8_t zone;
        } __attribute__ ((packed)) allocate;
        struct {
            char in[FILE_NAME_BYTES];
            char to[FILE_NAME_BYTES];
            uint32_t offset;
            uint8_t size;
        } __attribute__ ((packed)) pointer;
        struct {
            char file[FILE_NAME_BYTES];
            uint32_t offset;
            uint32_t start;
            uint32_t length;
        } __attribute__ ((packed)) checksum;
        uint8_t pad[124];
    };
} __attribute__ ((packed));

_Static_assert(sizeof (struct loader_record) == 128, "the size both firmwares expect");

/* --- writing --------------------------------------------------------------------------------- */

static void
set_name (char name[FILE_NAME_BYTES], const char *value)
{
    assert (strlen (value) < FILE_NAME_BYTES);
    strcpy (name, value);
}

void
loader_allocate (struct blob *script, const char *file, uint32_t align, enum loader_zone zone)
{
    struct loader_record r = { .command = LOADER_ALLOCATE };

    set_name (r.allocate.file, file);
    r.allocate.align = align;
    r.allocate.zone = (uint8_t)zone;
    blob_append (script, &r, sizeof r);
}

void
loader_add_pointer (struct blob *script, const char *in, const char *to, uint32_t offset,
                    uint8_t size)
{
    struct loader_record r = { .command = LOADER_ADD_POINTER };

    set_name (r.pointer.in, in);
    set_name (r.pointer.to, to);
    r.pointer.offset = offset;
    r.pointer.size = size;
    blob_append (script, &r, sizeof r);
}

void
loader_add_checksum (struct blob *script, const char *file, uint32_t offset, uint32_t start,
                     uint32_t length)
{
    struct loader_record r = { .command = LOADER_ADD_CHECKSUM };

    set_name (r.checksum.file, file);
    r.checksum.offset = offset;
    r.checksum.start = start;
    r.checksum.length = length;
    blob_append (script, &r, sizeof r);
}

/* --- running --------------------------------------------------------------------------------- */

struct placed_file {
    const char *name;
    const struct blob *blob;
    gpa_t gpa;     /* valid once host is not NULL */
    uint8_t *host; /* the copy in guest RAM */
};

/* Zones grow upwards; each ends where the next thing in that area begins. */
struct zone {
    gpa_t next;
    gpa_t end;
};

struct loader {
    struct memory *memory;
    struct placed_file files[2];
    struct zone high;
    struct zone fseg;
};

static struct placed_file *
find_file (struct loader *loader, const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE (loader->files); i++)
        if (strcmp (loader->files[i].name, name) == 0)
            return &loader->files[i];
    assert (!"a script names only its own files");
    return NULL;
}

static int
run_allocate (struct loader *loader, const struct loader_record *r)
{
    struct zone *zone = r->allocate.zone == LOADER_ZONE_FSEG ? &loader->fseg : &loader->high;
    struct placed_file *file = find_file (loader, r->allocate.file);
    gpa_t gpa = align_up (zone->next, r->allocate.align);

    assert (!file->host && is_power_of_two (r->allocate.align));
    if (!range_fits (gpa, file->blob->size, zone->end))
        return -ENOSPC;
    file->host = memory_at (loader->memory, gpa, file->blob->size);
    if (!file->host)
        return -ENOSPC;
    memcpy (file->host, file->blob->data, file->blob->size);
    file->gpa = gpa;
    zone->next = gpa + file->blob->size;
    return 0;
}

static void
run_add_pointer (struct loader *loader, const struct loader_record *r)
{
    const struct placed_file *in = find_file (loader, r->pointer.in);
    const struct placed_file *to = find_file (loader, r->pointer.to);
    uint8_t *where = in->host + r->pointer.offset;
    uint64_t offset;

    assert (in->host && to->host);
    assert (range_fits (r->pointer.offset, r->pointer.size, in->blob->size));
    offset = load_le (where, r->pointer.size);
    assert (offset < to->blob->size);
    store_le (where, to->gpa + offset, r->pointer.size);
}

static void
run_add_checksum (struct loader *loader, const struct loader_record *r)
{
    const struct placed_file *file = find_file (loader, r->checksum.file);
    uint8_t sum = 0;

    assert (file->host);
    assert (r->checksum.offset < file->blob->size);
    assert (range_fits (r->checksum.start, r->checksum.length, file->blob->size));
    file->host[r->checksum.offset] = 0;
    for (uint32_t i = 0; i < r->checksum.length; i++)
        sum += file->host[r->checksum.start + i];
    file->host[r->checksum.offset] = (uint8_t)-sum;
}

static int
run_command (struct loader *loader, const struct loader_record *r)
{
    switch (r->command) {
    case LOADER_ALLOCATE:
        return run_allocate (loader, r);
    case LOADER_ADD_POINTER:
        run_add_pointer (loader, r);
        return 0;
    case LOADER_ADD_CHECKSUM:
        run_add_checksum (loader, r);
        return 0;
    }
    assert (!"a script holds only these commands");
    return 0;
}

int
acpi_install (const struct acpi_tables *tables, struct memory *memory, gpa_t *rsdp)
{
    struct loader loader = {
        .memory = memory,
        .files = { { .name = ACPI_RSDP_FILE, .blob = &tables->rsdp },
                   { .name = ACPI_TABLES_FILE, .blob = &tables->tables } },
        .high = { Q35_BIOS_BASE, Q35_FSEG_BASE },
        .fseg = { Q35_FSEG_BASE, Q35_FSEG_SMBIOS },
    };
    struct loader_record r;
    int ret;

    for (size_t at = 0; at < tables->loader.size; at += sizeof r) {
        memcpy (&r, tables->loader.data + at, sizeof r);
        ret = run_command (&loader, &r);
        if (ret < 0)
            return ret;
    }
    *rsdp = loader.files[0].gpa;
    return 0;
}
