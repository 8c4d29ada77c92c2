/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smbios.c - SMBIOS tables (DMTF DSP0134, version 2.8).
 *
 * Theory of operation
 *
 * A structure is a formatted part, whose text fields hold 1-based numbers, and behind it the texts
 * they number, each with its NUL, and one more NUL.  Structures have handles by which they refer to
 * each other.  A table_writer numbers texts as they are set and ends a structure with them:
 *
 *     bios.vendor = text (w, "Vitrine");
 *     write_structure (w, TYPE_BIOS, HANDLE_BIOS, &bios, sizeof bios);
 *
 * Published is what the guest may rely on: sizes, counts, identity.  What only a real board has
 * (slots, caches, serial numbers, speeds) is left out or "unknown".
 *
 * The entry point is the 32-bit one: SeaBIOS and OVMF take both, older systems know only this, and
 * the tables are always below 4 GiB.
 */
#include "smbios.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "smbios-structures.h"

#define VERSION_MAJOR 2
#define VERSION_MINOR 8
#define MANUFACTURER  "Vitrine"
#define MAX_TEXTS     6
#define ENTRY_MIDDLE  16 /* where the entry point's "_DMI_" half begins */

/* --- writing --------------------------------------------------------------------------------- */

struct table_writer {
    struct blob *out;
    const char *texts[MAX_TEXTS]; /* of the structure being filled */
    unsigned n_texts;
    unsigned n_structures;
    size_t longest; /* structure, texts included */
};

/* Returns TEXT's number in the structure being filled; 0, for "not given", when it is empty. */
static uint8_t
text (struct table_writer *w, const char *value)
{
    if (!*value)
        return 0;
    assert (w->n_texts < MAX_TEXTS);
    w->texts[w->n_texts++] = value;
    return (uint8_t)w->n_texts;
}

static void
write_texts (struct table_writer *w)
{
    for (unsigned i = 0; i < w->n_texts; i++) {
        blob_append (w->out, w->texts[i], strnlen (w->texts[i], SMBIOS_TEXT_MAX));
        blob_append (w->out, "", 1);
    }
    if (w->n_texts == 0)
        blob_append (w->out, "", 1); /* the empty set ends with two NULs as well */
    blob_append (w->out, "", 1);
    w->n_texts = 0;
}

/* Appends a structure whose formatted part is filled but for its head. */
static void
write_structure (struct table_writer *w, enum smbios_type type, unsigned handle, void *formatted,
                 size_t size)
{
    struct smbios_structure head = { (uint8_t)type, (uint8_t)size, (uint16_t)handle };
    size_t start = w->out->size;

    memcpy (formatted, &head, sizeof head);
    blob_append (w->out, formatted, size);
    write_texts (w);
    w->n_structures++;
    w->longest = MAX_OF (w->longest, w->out->size - start);
}

/* --- the structures -------------------------------------------------------------------------- */

static void
write_bios (struct table_writer *w, const struct smbios_config *config)
{
    struct smbios_bios bios = {
        .vendor = text (w, MANUFACTURER),
        .version = text (w, config->version),
        .segment = Q35_BIOS_BASE >> 4,
        .date = text (w, "01/01/2024"),
        .rom_size = 1, /* 128 KiB */
        .characteristics = BIOS_CHARACTERISTICS_UNKNOWN,
        .extension = { 0, BIOS_EXTENSION_VIRTUAL },
        .release_major = BIOS_NO_VERSION,
        .release_minor = BIOS_NO_VERSION,
        .controller_major = BIOS_NO_VERSION,
        .controller_minor = BIOS_NO_VERSION,
    };

    write_structure (w, TYPE_BIOS, HANDLE_BIOS, &bios, sizeof bios);
}

/* The first three fields of a UUID are numbers, and little-endian here (§7.2.1). */
static void
encode_uuid (uint8_t out[16], const uint8_t uuid[16])
{
    memcpy (out, uuid, 16);
    store_le32 (out, load_be32 (uuid));
    store_le16 (out + 4, load_be16 (uuid + 4));
    store_le16 (out + 6, load_be16 (uuid + 6));
}

static void
write_system (struct table_writer *w, const struct smbios_config *config)
{
    struct smbios_system system = {
        .manufacturer = text (w, MANUFACTURER),
        .product = text (w, "Virtual Machine"),
        .version = text (w, config->version),
        .wake_up = WAKE_UP_POWER_SWITCH,
        .family = text (w, config->name),
    };

    encode_uuid (system.uuid, config->uuid);
    write_structure (w, TYPE_SYSTEM, HANDLE_SYSTEM, &system, sizeof system);
}

static void
write_chassis (struct table_writer *w)
{
    struct smbios_chassis chassis = {
        .manufacturer = text (w, MANUFACTURER),
        .type = CHASSIS_OTHER,
        .boot_state = STATE_SAFE,
        .power_state = STATE_SAFE,
        .thermal_state = STATE_SAFE,
        .security = SECURITY_NONE,
    };

    write_structure (w, TYPE_CHASSIS, HANDLE_CHASSIS, &chassis, sizeof chassis);
}

static void
write_processor (struct table_writer *w, const struct smbios_config *config)
{
    uint8_t n = (uint8_t)MIN_OF (config->n_vcpus, 0xffu);
    struct smbios_processor processor = {
        .socket = text (w, "CPU 0"),
        .type = PROCESSOR_CENTRAL,
        .family = PROCESSOR_FAMILY_OTHER,
        .manufacturer = text (w, MANUFACTURER),
        .status = PROCESSOR_STATUS_ENABLED,
        .upgrade = PROCESSOR_UPGRADE_OTHER,
        .l1 = HANDLE_UNKNOWN,
        .l2 = HANDLE_UNKNOWN,
        .l3 = HANDLE_UNKNOWN,
        .n_cores = n,
        .n_enabled = n,
        .n_threads = n,
        .characteristics = PROCESSOR_64BIT,
        .family2 = PROCESSOR_FAMILY_OTHER,
    };

    write_structure (w, TYPE_PROCESSOR, HANDLE_PROCESSOR, &processor, sizeof processor);
}

static uint64_t
ram_bytes (const struct smbios_config *config)
{
    return config->layout->low_bytes + config->layout->high_bytes;
}

static void
write_memory_array (struct table_writer *w, const struct smbios_config *config)
{
    uint64_t kib = ram_bytes (config) / KIB (1);
    bool is_long = kib >= ARRAY_MAX_KIB_IS_LONG;
    struct smbios_memory_array array = {
        .location = ARRAY_LOCATION_OTHER,
        .use = ARRAY_USE_SYSTEM,
        .error_correction = ARRAY_ECC_NONE,
        .max_kib = is_long ? ARRAY_MAX_KIB_IS_LONG : (uint32_t)kib,
        .error_handle = HANDLE_NONE,
        .n_devices = 1,
        .extended_max_bytes = is_long ? ram_bytes (config) : 0,
    };

    write_structure (w, TYPE_MEMORY_ARRAY, HANDLE_MEMORY_ARRAY, &array, sizeof array);
}

static void
write_memory_device (struct table_writer *w, const struct smbios_config *config)
{
    uint64_t mib = ram_bytes (config) / MIB (1);
    bool is_long = mib >= DEVICE_SIZE_IS_LONG;
    struct smbios_memory_device device = {
        .array = HANDLE_MEMORY_ARRAY,
        .error_handle = HANDLE_NONE,
        .total_bits = DEVICE_BITS_UNKNOWN,
        .data_bits = DEVICE_BITS_UNKNOWN,
        .size_mib = is_long ? DEVICE_SIZE_IS_LONG : (uint16_t)mib,
        .form_factor = DEVICE_FORM_DIMM,
        .locator = text (w, "DIMM 0"),
        .type = DEVICE_TYPE_RAM,
        .detail = DEVICE_DETAIL_OTHER,
        .manufacturer = text (w, MANUFACTURER),
        .extended_size_mib = is_long ? (uint32_t)mib : 0,
    };

    write_structure (w, TYPE_MEMORY_DEVICE, HANDLE_MEMORY_DEVICE, &device, sizeof device);
}

static void
write_memory_mapping (struct table_writer *w, unsigned n, gpa_t base, uint64_t bytes)
{
    uint64_t last_kib = (base + bytes) / KIB (1) - 1;
    bool is_long = last_kib >= MAPPING_IS_LONG;
    struct smbios_memory_mapping mapping = {
        .first_kib = is_long ? MAPPING_IS_LONG : (uint32_t)(base / KIB (1)),
        .last_kib = is_long ? MAPPING_IS_LONG : (uint32_t)last_kib,
        .array = HANDLE_MEMORY_ARRAY,
        .width = 1,
        .extended_first = is_long ? base : 0,
        .extended_last = is_long ? base + bytes - 1 : 0,
    };

    if (bytes)
        write_structure (w, TYPE_MEMORY_MAPPING, HANDLE_MEMORY_MAPPING + n, &mapping,
                         sizeof mapping);
}

static void
write_tables (struct table_writer *w, const struct smbios_config *config)
{
    const struct memory_layout *layout = config->layout;
    struct smbios_boot boot = { .status = 0 }; /* no errors */
    struct smbios_structure end;

    write_bios (w, config);
    write_system (w, config);
    write_chassis (w);
    write_processor (w, config);
    write_memory_array (w, config);
    write_memory_device (w, config);
    write_memory_mapping (w, 0, 0, layout->low_bytes);
    write_memory_mapping (w, 1, Q35_HIGH_BASE, layout->high_bytes);
    write_structure (w, TYPE_BOOT, HANDLE_BOOT, &boot, sizeof boot);
    write_structure (w, TYPE_END, HANDLE_END, &end, sizeof end);
}

/* --- the entry point ------------------------------------------------------------------------- */

static uint8_t
checksum (const void *data, size_t size)
{
    const uint8_t *p = data;
    uint8_t sum = 0;

    while (size--)
        sum += *p++;
    return (uint8_t)-sum;
}

/* Sets the tables' address and both checksums, the inner one first. */
static void
seal_entry_point (struct smbios_entry_point *entry, uint32_t address)
{
    entry->tables_address = address;
    entry->dmi_checksum = 0;
    entry->dmi_checksum = checksum ((uint8_t *)entry + ENTRY_MIDDLE, sizeof *entry - ENTRY_MIDDLE);
    entry->checksum = 0;
    entry->checksum = checksum (entry, sizeof *entry);
}

int
smbios_build (struct smbios_tables *tables, const struct smbios_config *config)
{
    struct table_writer w = { .out = &tables->tables };
    struct smbios_entry_point entry = {
        .anchor = "_SM_",
        .length = sizeof entry,
        .major = VERSION_MAJOR,
        .minor = VERSION_MINOR,
        .dmi_anchor = "_DMI_",
        .bcd_version = VERSION_MAJOR << 4 | VERSION_MINOR,
    };

    blob_init (&tables->tables);
    blob_init (&tables->anchor);
    write_tables (&w, config);
    entry.max_structure_bytes = (uint16_t)w.longest;
    entry.tables_bytes = (uint16_t)w.out->size;
    entry.n_structures = (uint16_t)w.n_structures;
    seal_entry_point (&entry, 0);
    blob_append (&tables->anchor, &entry, sizeof entry);

    if (!tables->tables.failed && !tables->anchor.failed)
        return 0;
    smbios_clear (tables);
    return -ENOMEM;
}

void
smbios_clear (struct smbios_tables *tables)
{
    blob_clear (&tables->anchor);
    blob_clear (&tables->tables);
}

int
smbios_install (const struct smbios_tables *tables, struct memory *memory)
{
    gpa_t at = Q35_FSEG_SMBIOS + align_up (sizeof (struct smbios_entry_point), 16);
    struct smbios_entry_point entry;

    memcpy (&entry, tables->anchor.data, sizeof entry);
    seal_entry_point (&entry, (uint32_t)at);
    if (!range_fits (at, tables->tables.size, Q35_BIOS_BASE + Q35_BIOS_BYTES)
        || !memory_write (memory, at, tables->tables.data, tables->tables.size)
        || !memory_write (memory, Q35_FSEG_SMBIOS, &entry, sizeof entry))
        return -ENOSPC;
    return 0;
}
