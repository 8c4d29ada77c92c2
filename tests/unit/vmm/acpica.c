/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpica.c - tables under the eyes of ACPICA's own tools. */
#include "acpica.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "acpi-tables.h"

bool
acpica_is_there (void)
{
    g_autofree char *iasl = g_find_program_in_path ("iasl");
    g_autofree char *acpiexec = g_find_program_in_path ("acpiexec");

    if (iasl && acpiexec)
        return true;
    g_test_skip ("iasl and acpiexec (acpica-tools) are not installed");
    return false;
}

static void
set_checksum (uint8_t *table, size_t size)
{
    uint8_t sum = 0;

    table[offsetof (struct acpi_header, checksum)] = 0;
    for (size_t i = 0; i < size; i++)
        sum += table[i];
    table[offsetof (struct acpi_header, checksum)] = (uint8_t)-sum;
}

uint8_t *
acpica_wrap_dsdt (const void *body, size_t body_size, size_t *size)
{
    struct acpi_header header = { .signature = "DSDT",
                                  .revision = DSDT_REVISION,
                                  .oem_id = "TEST  ",
                                  .oem_table_id = "TEST    ",
                                  .creator_id = "TEST" };
    uint8_t *table;

    *size = sizeof header + body_size;
    header.length = (uint32_t)*size;
    table = g_malloc (*size);
    memcpy (table, &header, sizeof header);
    memcpy (table + sizeof header, body, body_size);
    set_checksum (table, *size);
    return table;
}

/* Runs ARGV in DIR; returns what it prints on both channels. */
static char *
run (const char *dir, const char *const *argv)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;

    g_spawn_sync (dir, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, NULL,
                  &error);
    g_assert_no_error (error);
    return g_strconcat (out, err, NULL);
}

static char *
make_dir (const void *table, size_t size)
{
    g_autoptr (GError) error = NULL;
    char *dir = g_dir_make_tmp ("vitrine-acpi-XXXXXX", &error);
    g_autofree char *path = NULL;

    g_assert_no_error (error);
    path = g_build_filename (dir, "table.dat", NULL);
    g_file_set_contents (path, table, (gssize)size, &error);
    g_assert_no_error (error);
    return dir;
}

static void
remove_dir (const char *dir)
{
    static const char *const names[] = { "table.dat", "table.dsl", "table.aml", "again.aml" };

    for (unsigned i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_build_filename (dir, names[i], NULL);

        g_remove (path);
    }
    g_assert_cmpint (g_rmdir (dir), ==, 0);
}

char *
acpica_roundtrip (const void *table, size_t size)
{
    static const char *const take_apart[] = { "iasl", "-d", "table.dat", NULL };
    static const char *const compile[] = { "iasl", "-p", "again", "table.dsl", NULL };
    g_autofree char *dir = make_dir (table, size);
    g_autofree char *path = g_build_filename (dir, "table.dsl", NULL);
    g_autofree char *first = run (dir, take_apart);
    g_autofree char *second = run (dir, compile);
    char *text = NULL;

    g_file_get_contents (path, &text, NULL, NULL);
    remove_dir (dir);
    if (!text || !strstr (second, "0 Errors, 0 Warnings"))
        g_error ("%s\n%s\n%s", first, text ? text : "(not taken apart)", second);
    return text;
}

char *
acpica_execute (const void *dsdt, size_t size, const char *commands)
{
    const char *const argv[] = { "acpiexec", "-b", commands, "table.dat", NULL };
    g_autofree char *dir = make_dir (dsdt, size);
    char *out = run (dir, argv);

    remove_dir (dir);
    return out;
}
