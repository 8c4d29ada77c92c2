/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smbios.c - SMBIOS tables are well-formed and say what the machine is. */
#include "smbios.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "smbios-structures.h"

static const uint8_t uuid[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                  0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static void
build (struct smbios_tables *tables, const char *name, uint64_t ram_bytes)
{
    struct memory_layout layout;
    struct smbios_config config = {
        .name = name, .version = "1.2", .n_vcpus = 3, .layout = &layout
    };

    memcpy (config.uuid, uuid, sizeof uuid);
    g_assert_cmpint (memory_layout_init (&layout, ram_bytes, 0, 46), ==, 0);
    g_assert_cmpint (smbios_build (tables, &config), ==, 0);
}

/* The structure after the one at *P, or NULL at the end; *P moves on to behind it. */
static const struct smbios_structure *
next_structure (const struct blob *tables, size_t *at)
{
    const struct smbios_structure *s = (const void *)(tables->data + *at);
    size_t end;

    if (*at == tables->size)
        return NULL;
    g_assert_cmpuint (*at + sizeof *s, <=, tables->size);
    g_assert_cmpuint (s->length, >=, sizeof *s);
    end = *at + s->length;
    while (end + 2 <= tables->size && (tables->data[end] || tables->data[end + 1]))
        end++;
    g_assert_cmpuint (end + 2, <=, tables->size);
    *at = end + 2;
    return s;
}

/* The Nth structure of TYPE, or NULL. */
static const void *
find_structure (const struct blob *tables, uint8_t type, unsigned n)
{
    size_t at = 0;
    const struct smbios_structure *s;

    while ((s = next_structure (tables, &at)))
        if (s->type == type && n-- == 0)
            return s;
    return NULL;
}

static const char *
text_of (const void *structure, unsigned n)
{
    const struct smbios_structure *s = structure;
    const char *text = (const char *)structure + s->length;

    g_assert_cmpuint (n, >, 0);
    while (--n)
        text += strlen (text) + 1;
    return text;
}

static uint8_t
sum_of (const void *data, size_t size)
{
    const uint8_t *p = data;
    uint8_t sum = 0;

    while (size--)
        sum += *p++;
    return sum;
}

static void
test_entry_point (void)
{
    struct smbios_tables t;
    const struct smbios_entry_point *entry;
    unsigned n = 0;
    size_t at = 0, longest = 0;

    build (&t, "machine", GIB (1));
    for (size_t start = 0; next_structure (&t.tables, &at); start = at, n++)
        longest = MAX (longest, at - start);
    g_assert_cmpuint (t.anchor.size, ==, sizeof *entry);
    entry = (const void *)t.anchor.data;
    g_assert_cmpmem (entry->anchor, 4, "_SM_", 4);
    g_assert_cmpmem (entry->dmi_anchor, 5, "_DMI_", 5);
    g_assert_cmpuint (entry->n_structures, ==, n);
    g_assert_cmpuint (entry->max_structure_bytes, ==, longest);
    g_assert_cmpuint (entry->tables_bytes, ==, t.tables.size);
    g_assert_cmpuint (sum_of (entry, sizeof *entry), ==, 0);
    g_assert_cmpuint (sum_of (entry->dmi_anchor, sizeof *entry - 16), ==, 0);
    smbios_clear (&t);
}

static void
test_types (void)
{
    static const uint8_t types[] = { 0, 1, 3, 4, 16, 17, 19, 32, 127 };
    struct smbios_tables t;
    const struct smbios_structure *s;
    size_t at = 0;
    unsigned i = 0;

    build (&t, "machine", GIB (1));
    while ((s = next_structure (&t.tables, &at))) {
        g_assert_cmpuint (i, <, G_N_ELEMENTS (types));
        g_assert_cmpuint (s->type, ==, types[i++]);
    }
    g_assert_cmpuint (i, ==, G_N_ELEMENTS (types));
    smbios_clear (&t);
}

static void
test_identity (void)
{
    static const uint8_t encoded[16] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                         0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
    struct smbios_tables t;
    const struct smbios_system *system;
    const struct smbios_processor *processor;

    build (&t, "my machine", GIB (1));
    system = find_structure (&t.tables, TYPE_SYSTEM, 0);
    g_assert_cmpmem (system->uuid, 16, encoded, 16);
    g_assert_cmpstr (text_of (system, system->manufacturer), ==, "Vitrine");
    g_assert_cmpstr (text_of (system, system->family), ==, "my machine");
    processor = find_structure (&t.tables, TYPE_PROCESSOR, 0);
    g_assert_cmpuint (processor->n_cores, ==, 3);
    smbios_clear (&t);
}

static void
test_texts (void)
{
    g_autofree char *endless = g_strnfill (5000, 'x');
    struct smbios_tables t;
    const struct smbios_system *system;

    build (&t, endless, GIB (1));
    system = find_structure (&t.tables, TYPE_SYSTEM, 0);
    g_assert_cmpuint (strlen (text_of (system, system->family)), ==, SMBIOS_TEXT_MAX);
    smbios_clear (&t);

    build (&t, "", GIB (1));
    system = find_structure (&t.tables, TYPE_SYSTEM, 0);
    g_assert_cmpuint (system->family, ==, 0);
    smbios_clear (&t);
}

static void
test_memory (void)
{
    static const uint64_t sizes[] = { MIB (128), GIB (4),           GIB (31),
                                      GIB (32),  GIB (3 * 1024ull), GIB (6 * 1024ull) };

    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        struct smbios_tables t;
        const struct smbios_memory_device *device;
        const struct smbios_memory_mapping *m;
        uint64_t mib, mapped = 0;

        build (&t, "machine", sizes[i]);
        device = find_structure (&t.tables, TYPE_MEMORY_DEVICE, 0);
        mib =
            device->size_mib == DEVICE_SIZE_IS_LONG ? device->extended_size_mib : device->size_mib;
        g_assert_cmpuint (mib, ==, sizes[i] / MIB (1));
        for (unsigned n = 0; (m = find_structure (&t.tables, TYPE_MEMORY_MAPPING, n)); n++) {
            if (m->first_kib == MAPPING_IS_LONG)
                mapped += m->extended_last - m->extended_first + 1;
            else
                mapped += KIB ((uint64_t)m->last_kib - m->first_kib + 1);
        }
        g_assert_cmpuint (mapped, ==, sizes[i]);
        smbios_clear (&t);
    }
}

static void
test_install (void)
{
    g_autofree uint8_t *ram = g_malloc0 (MIB (1));
    struct memory_block block = {
        .name = "ram", .kind = MEMORY_RAM, .host = ram, .size_bytes = MIB (1)
    };
    struct memory *memory = memory_create (NULL);
    struct smbios_entry_point entry;
    struct smbios_tables t;

    list_init (&block.node);
    build (&t, "machine", GIB (1));
    g_assert_cmpint (smbios_install (&t, memory), ==, -ENOSPC);
    g_assert_cmpint (memory_map (memory, &block, 0), ==, 0);
    g_assert_cmpint (smbios_install (&t, memory), ==, 0);
    memcpy (&entry, ram + Q35_FSEG_SMBIOS, sizeof entry);
    g_assert_cmpuint (Q35_FSEG_SMBIOS % 16, ==, 0);
    g_assert_cmpmem (entry.anchor, 4, "_SM_", 4);
    g_assert_cmpuint (sum_of (&entry, sizeof entry), ==, 0);
    g_assert_cmpmem (ram + entry.tables_address, entry.tables_bytes, t.tables.data, t.tables.size);
    memory_unmap (memory, &block);
    memory_destroy (memory);
    smbios_clear (&t);
}

/* dmidecode reads a dump in which the tables are at offset 32. */
static char *
run_dmidecode (const struct smbios_tables *t)
{
    struct smbios_entry_point entry;
    g_autofree char *path = NULL;
    g_autofree uint8_t *dump = g_malloc0 (32 + t->tables.size);
    g_autoptr (GError) error = NULL;
    char *out = NULL;
    int fd = g_file_open_tmp ("vitrine-smbios-XXXXXX", &path, &error);

    g_assert_no_error (error);
    memcpy (&entry, t->anchor.data, sizeof entry);
    entry.tables_address = 32;
    entry.dmi_checksum -= 32; /* the whole sum stays: what the address adds, the checksum takes */
    memcpy (dump, &entry, sizeof entry);
    memcpy (dump + 32, t->tables.data, t->tables.size);
    g_assert_cmpint (write (fd, dump, 32 + t->tables.size), ==, 32 + (int)t->tables.size);
    g_close (fd, NULL);

    const char *const argv[] = { "dmidecode", "--from-dump", path, NULL };
    g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL,
                  &error);
    g_assert_no_error (error);
    g_remove (path);
    return out;
}

static void
test_dmidecode (void)
{
    static const char *const lines[] = {
        "SMBIOS 2.8 present", "UUID: 00112233-4455-6677-8899-aabbccddeeff",
        "Family: my machine", "Core Count: 3",
        "Size: 4 GB",         "End Of Table",
    };
    g_autofree char *program = g_find_program_in_path ("dmidecode");
    g_autofree char *out = NULL;
    struct smbios_tables t;

    if (!program) {
        g_test_skip ("dmidecode is not installed");
        return;
    }
    build (&t, "my machine", GIB (4));
    out = run_dmidecode (&t);
    for (unsigned i = 0; i < G_N_ELEMENTS (lines); i++)
        if (!strstr (out, lines[i]))
            g_error ("%s\nhas no %s", out, lines[i]);
    g_assert_null (strstr (out, "OUT OF SPEC"));
    g_assert_null (strstr (out, "BAD INDEX"));
    g_assert_null (strstr (out, "TRUNCATED"));
    g_assert_null (strstr (out, "Wrong"));
    smbios_clear (&t);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/smbios/entry-point-describes-the-tables", test_entry_point);
    g_test_add_func ("/smbios/all-types-are-there-once", test_types);
    g_test_add_func ("/smbios/machine-is-known-by-name-and-uuid", test_identity);
    g_test_add_func ("/smbios/texts-are-bounded", test_texts);
    g_test_add_func ("/smbios/memory-of-any-size-adds-up", test_memory);
    g_test_add_func ("/smbios/installed-where-an-os-looks", test_install);
    g_test_add_func ("/smbios/dmidecode-reads-it", test_dmidecode);
    return g_test_run ();
}
