/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-uefi.c - UEFI variables are there on the next start, whatever ended the last one, and
 * a file that holds none is told in one sentence. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "keeper-fixture.h"

#define VOLUME_BYTES (8 * 4096)
#define VARIABLE     0x100 /* behind the volume's header */
#define RESET        "--reset-nvram"

typedef struct {
    Fixture f;
    char *firmware;  /* the folder */
    char *template;  /* what the variables are at first */
    char *variables; /* where the machine keeps them */
} Case;

/* A volume of SIZE bytes, as firmware begins its variables with, at OFFSET of BYTES. */
static void
write_volume (guint8 *bytes, gsize offset, gsize size)
{
    guint8 *header = bytes + offset;
    guint16 sum = 0;

    store_le64 (header + 0x20, size);
    memcpy (header + 0x28, "_FVH", 4);
    store_le16 (header + 0x30, 0x48);
    store_le16 (header + 0x32, 0);
    for (guint i = 0; i < 0x48; i += 2)
        sum = (guint16) (sum + load_le16 (header + i));
    store_le16 (header + 0x32, (guint16) -sum);
}

static void
write_bytes (const char *path, const guint8 *bytes, gsize size)
{
    g_autoptr (GError) error = NULL;

    g_file_set_contents (path, (const char *) bytes, (gssize) size, &error);
    g_assert_no_error (error);
}

static void
define (Case *c, const char *attributes, const char *inner)
{
    g_autofree char *xml = g_strdup_printf (
        "<domain type='kvm'><name>tester</name><uuid>" FIXTURE_UUID "</uuid>"
        "<memory unit='MiB'>64</memory><os%s><type>hvm</type>%s</os>"
        "<devices><serial type='pty'/></devices></domain>",
        attributes, inner);

    fixture_define_xml (&c->f, xml);
}

static void
set_up (Case *c)
{
    static const guint8 code[4096] = { 1 };
    g_autofree guint8 *bytes = g_malloc0 (VOLUME_BYTES);
    g_autofree char *path = NULL;

    fixture_set_up (&c->f);
    c->firmware = g_build_filename (c->f.root, "firmware", NULL);
    c->template = g_build_filename (c->firmware, "OVMF_VARS_4M.fd", NULL);
    c->variables = g_build_filename (c->f.folder, "uefi-variables.fd", NULL);
    path = g_build_filename (c->firmware, "OVMF_CODE_4M.fd", NULL);
    write_bytes (path, code, sizeof code);
    write_volume (bytes, 0, VOLUME_BYTES);
    write_bytes (c->template, bytes, VOLUME_BYTES);
    define (c, " firmware='efi'", "");
}

static void
tear_down (Case *c)
{
    fixture_tear_down (&c->f);
    g_free (c->firmware);
    g_free (c->template);
    g_free (c->variables);
}

/* The byte of FILE in which the fake VMM counts; -1 when there is no such file. */
static int
read_count (const char *file)
{
    g_autofree char *bytes = NULL;
    gsize len;

    if (!g_file_get_contents (file, &bytes, &len, NULL))
        return -1;
    g_assert_cmpuint (len, ==, VOLUME_BYTES);
    return (guint8) bytes[VARIABLE];
}

static gboolean
has_count (Fixture *f, gconstpointer count)
{
    g_autofree char *file = g_build_filename (f->folder, "uefi-variables.fd", NULL);

    return read_count (file) == GPOINTER_TO_INT (count);
}

/* The guest stores the number COUNT, and it reaches the file while the machine runs. */
static void
store (Case *c, int count)
{
    fixture_type (&c->f, "!variables");
    fixture_wait (&c->f, has_count, GINT_TO_POINTER (count));
}

static void
switch_off (Case *c)
{
    g_assert_true (vitrine_control_machine1_call_power_off_sync (c->f.machine, NULL, NULL));
    fixture_wait_end (&c->f);
}

static void
assert_refused (Case *c, const char *argument, const char *name, const char *sentence)
{
    g_autofree char *expected = g_strdup_printf ("ERR org.vitrine.Error.%s\n%s\n", name, sentence);

    g_assert_false (fixture_start_with (&c->f, argument));
    g_assert_cmpstr (c->f.ready, ==, expected);
    fixture_wait_end (&c->f);
    g_assert_false (g_file_test (c->f.runtime, G_FILE_TEST_EXISTS));
}

/* --- keeping --------------------------------------------------------------------------------- */

static void
test_made_and_kept (void)
{
    Case c;
    struct stat st;

    set_up (&c);
    g_assert_cmpint (read_count (c.variables), ==, -1);
    fixture_run (&c.f);
    g_assert_cmpint (read_count (c.variables), ==, 0);
    g_assert_cmpint (stat (c.variables, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
    store (&c, 1);
    store (&c, 2);
    switch_off (&c);
    g_assert_cmpint (read_count (c.variables), ==, 2);
    fixture_run (&c.f);
    store (&c, 3); /* the VMM got what was kept */
    switch_off (&c);
    g_assert_cmpint (read_count (c.template), ==, 0);
    tear_down (&c);
}

static void
test_killed_vmm_loses_nothing (void)
{
    Case c;

    set_up (&c);
    fixture_run (&c.f);
    fixture_type (&c.f, "!variables-die");
    fixture_wait_end (&c.f);
    g_assert_cmpint (read_count (c.variables), ==, 1);
    tear_down (&c);
}

static ino_t
inode_of (const char *path)
{
    struct stat st;

    return stat (path, &st) == 0 ? st.st_ino : 0;
}

static gboolean
has_ended_without_half (Fixture *f, gconstpointer data)
{
    g_assert_false (has_count (f, GINT_TO_POINTER (0x77)));
    return f->n_children == 0;
}

/* What is in the middle of a change is not saved while the VMM may end it, but is when it cannot. */
static void
test_half_a_change (void)
{
    Case c;

    set_up (&c);
    fixture_run (&c.f);
    fixture_type (&c.f, "!variables-torn"); /* 77h for half a second, then 1, and it is gone */
    fixture_wait (&c.f, has_ended_without_half, NULL);
    g_assert_cmpint (read_count (c.variables), ==, 1);
    tear_down (&c);
}

static gboolean
was_replaced (Fixture *f, gconstpointer before)
{
    g_autofree char *file = g_build_filename (f->folder, "uefi-variables.fd", NULL);

    return inode_of (file) != *(const ino_t *) before;
}

/* A guest that never stops is saved all the same, but not each time. */
static void
test_many_changes (void)
{
    Case c;
    ino_t before;

    set_up (&c);
    fixture_run (&c.f);
    before = inode_of (c.variables);
    fixture_type (&c.f, "!variables-flood");
    fixture_wait (&c.f, was_replaced, &before);
    g_assert_cmpint (read_count (c.variables), >, 1);
    fixture_wait (&c.f, has_count, GINT_TO_POINTER (300 % 256));
    tear_down (&c);
}

static void
test_no_leftovers (void)
{
    Case c;
    g_autofree char *way = NULL;

    set_up (&c);
    way = g_build_filename (c.f.folder, ".uefi-variables.fd.new", NULL);
    write_bytes (way, (const guint8 *) "half", 4); /* a keeper died while it wrote */
    fixture_run (&c.f);
    store (&c, 1);
    switch_off (&c);
    g_assert_cmpint (read_count (c.variables), ==, 1);
    g_assert_false (g_file_test (way, G_FILE_TEST_EXISTS));
    tear_down (&c);
}

static void
test_reset (void)
{
    Case c;

    set_up (&c);
    fixture_run (&c.f);
    store (&c, 1);
    switch_off (&c);
    g_assert_true (fixture_start_with (&c.f, RESET));
    g_assert_cmpint (read_count (c.variables), ==, 0);
    fixture_connect (&c.f);
    switch_off (&c);
    define (&c, "", "");
    assert_refused (&c, RESET, "Invalid",
                    "“tester” has a BIOS, and no UEFI variables to make anew");
    tear_down (&c);
}

static void
test_named_files (void)
{
    Case c;
    g_autofree char *code = NULL;
    g_autofree char *elsewhere = NULL;
    g_autofree char *inner = NULL;

    set_up (&c);
    code = g_build_filename (c.firmware, "OVMF_CODE_4M.fd", NULL);
    elsewhere = g_build_filename (c.f.root, "mine.fd", NULL);
    inner = g_strdup_printf ("<loader readonly='yes' type='pflash'>%s</loader><nvram>%s</nvram>",
                             code, elsewhere);
    define (&c, "", inner);
    fixture_set_env (&c.f, "VITRINE_FIRMWARE_PATH", "/nonexistent");
    fixture_run (&c.f);
    g_assert_cmpint (read_count (elsewhere), ==, 0);
    g_assert_cmpint (read_count (c.variables), ==, -1);
    tear_down (&c);
}

static void
test_link_stays_one (void)
{
    Case c;
    g_autofree char *elsewhere = NULL;

    set_up (&c);
    elsewhere = g_build_filename (c.f.root, "mine.fd", NULL);
    fixture_run (&c.f);
    switch_off (&c);
    g_assert_cmpint (g_rename (c.variables, elsewhere), ==, 0);
    g_assert_cmpint (symlink (elsewhere, c.variables), ==, 0);
    fixture_run (&c.f);
    store (&c, 1);
    switch_off (&c);
    g_assert_true (g_file_test (c.variables, G_FILE_TEST_IS_SYMLINK));
    g_assert_cmpint (read_count (elsewhere), ==, 1);
    tear_down (&c);
}

/* --- refusing -------------------------------------------------------------------------------- */

static void
test_no_firmware (void)
{
    Case c;

    set_up (&c);
    fixture_set_env (&c.f, "VITRINE_FIRMWARE_PATH", "/nonexistent:/also");
    assert_refused (&c, NULL, "Unsupported",
                    "The firmware OVMF_CODE_4M.fd was not found in /nonexistent:/also; install the "
                    "package “ovmf”");
    define (&c, "", "<loader type='pflash'>/nonexistent/code.fd</loader>");
    assert_refused (&c, NULL, "NotFound",
                    "The firmware “/nonexistent/code.fd” does not exist");
    tear_down (&c);
}

static void
test_no_template (void)
{
    Case c;
    g_autofree char *sentence = NULL;
    g_autofree char *inner = NULL;

    set_up (&c);
    inner = g_strdup_printf ("<loader type='pflash'>%s</loader>", c.f.disk);
    define (&c, "", inner);
    sentence = g_strdup_printf ("There is nothing to make the UEFI variables “%s” from; name a file "
                                "with <nvram template='…'>",
                                c.variables);
    assert_refused (&c, NULL, "NotFound", sentence);
    tear_down (&c);
}

static void
test_damaged (void)
{
    static const struct {
        const char *what;
        gsize size;
        gsize spoil; /* this byte of it */
        gboolean spare;
        gboolean good;
    } files[] = {
        { "whole", VOLUME_BYTES, VOLUME_BYTES - 1, FALSE, TRUE },
        { "moved to the spare half", VOLUME_BYTES, 0x28, TRUE, TRUE },
        { "empty", 0, 0, FALSE, FALSE },
        { "cut off", VOLUME_BYTES - 4096, 0x100, FALSE, FALSE },
        { "no whole blocks", VOLUME_BYTES - 1, 0x100, FALSE, FALSE },
        { "one block", 4096, 0x100, FALSE, FALSE },
        { "no signature", VOLUME_BYTES, 0x28, FALSE, FALSE },
        { "wrong length", VOLUME_BYTES, 0x21, FALSE, FALSE },
        { "wrong sum", VOLUME_BYTES, 0x10, FALSE, FALSE },
        { "header longer than all", VOLUME_BYTES, 0x31, FALSE, FALSE },
        { "too long", 17 << 20, 0x100, FALSE, FALSE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree guint8 *bytes = g_malloc0 (18 << 20);
        g_autofree char *sentence = NULL;
        Case c;

        set_up (&c);
        write_volume (bytes, 0, VOLUME_BYTES);
        if (files[i].spare)
            write_volume (bytes, VOLUME_BYTES / 2, VOLUME_BYTES);
        bytes[files[i].spoil] ^= 0xff;
        write_bytes (c.variables, bytes, files[i].size);
        g_test_message ("%s", files[i].what);
        sentence = g_strdup_printf (
            "The file “%s” holds no UEFI variables, or they are damaged; “vitrinectl start "
            "--reset-nvram” makes them anew",
            c.variables);
        if (files[i].good)
            fixture_run (&c.f);
        else
            assert_refused (&c, NULL, "Invalid", sentence);
        if (!files[i].good)
            g_assert_true (fixture_start_with (&c.f, RESET));
        tear_down (&c);
    }
}

static void
test_not_a_file (void)
{
    Case c;
    g_autofree char *sentence = NULL;

    set_up (&c);
    g_assert_cmpint (g_mkdir (c.variables, 0700), ==, 0);
    sentence = g_strdup_printf ("The UEFI variables “%s” cannot be used: Is a directory",
                                c.variables);
    assert_refused (&c, NULL, "Engine", sentence);
    tear_down (&c);
}

/* Two machines with one <nvram>: the second is refused while the first runs, also after the first
 * has put another file in its place. */
static void
test_shared (void)
{
    Case one, two;
    g_autofree char *shared = NULL;
    g_autofree char *inner = NULL;
    g_autofree char *sentence = NULL;

    set_up (&one);
    set_up (&two);
    shared = g_build_filename (one.f.root, "shared.fd", NULL);
    inner = g_strdup_printf ("<nvram>%s</nvram>", shared);
    sentence = g_strdup_printf ("The UEFI variables “%s” are in use by another machine", shared);
    define (&one, " firmware='efi'", inner);
    define (&two, " firmware='efi'", inner);
    fixture_run (&one.f);
    assert_refused (&two, NULL, "Busy", sentence);
    fixture_type (&one.f, "!variables");
    switch_off (&one);
    fixture_run (&one.f);
    assert_refused (&two, RESET, "Busy", sentence);
    switch_off (&one);
    fixture_run (&two.f);
    tear_down (&two);
    tear_down (&one);
}

static gboolean
has_warning (Fixture *f, gconstpointer part)
{
    const char *const *warnings = vitrine_control_machine1_get_warnings (f->machine);

    for (gsize i = 0; warnings && warnings[i]; i++)
        if (strstr (warnings[i], part))
            return TRUE;
    return FALSE;
}

static void
test_cannot_be_saved (void)
{
    Case c;
    g_autofree char *way = NULL;
    g_autofree char *reason = NULL;

    set_up (&c);
    way = g_build_filename (c.f.folder, ".uefi-variables.fd.new", NULL);
    fixture_run (&c.f);
    g_assert_cmpint (g_mkdir (way, 0700), ==, 0); /* in the way of the new file */
    fixture_type (&c.f, "!variables");
    fixture_wait (&c.f, has_warning, "cannot be used: Is a directory");
    switch_off (&c);
    reason = fixture_last_run (&c.f, "reason");
    g_assert_nonnull (strstr (reason, "cannot be used: Is a directory"));
    g_assert_cmpint (read_count (c.variables), ==, 0);
    tear_down (&c);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/uefi/variables-are-made-and-kept", test_made_and_kept);
    g_test_add_func ("/keeper/uefi/killed-vmm-loses-nothing", test_killed_vmm_loses_nothing);
    g_test_add_func ("/keeper/uefi/half-a-change-is-not-saved", test_half_a_change);
    g_test_add_func ("/keeper/uefi/many-changes-are-saved-now-and-then", test_many_changes);
    g_test_add_func ("/keeper/uefi/leftovers-do-no-harm", test_no_leftovers);
    g_test_add_func ("/keeper/uefi/reset-makes-them-anew", test_reset);
    g_test_add_func ("/keeper/uefi/files-can-be-named", test_named_files);
    g_test_add_func ("/keeper/uefi/link-stays-a-link", test_link_stays_one);
    g_test_add_func ("/keeper/uefi/missing-firmware-is-told", test_no_firmware);
    g_test_add_func ("/keeper/uefi/missing-template-is-told", test_no_template);
    g_test_add_func ("/keeper/uefi/damaged-variables-are-told", test_damaged);
    g_test_add_func ("/keeper/uefi/folder-is-no-file", test_not_a_file);
    g_test_add_func ("/keeper/uefi/shared-variables-are-refused", test_shared);
    g_test_add_func ("/keeper/uefi/failure-to-save-is-told", test_cannot_be_saved);
    return g_test_run ();
}
