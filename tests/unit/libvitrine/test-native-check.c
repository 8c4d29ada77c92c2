/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-check.c - a host says what it lacks, and what mends it. */
#include <glib/gstdio.h>
#include <string.h>

#include "native-fixture.h"

static VitrineHost *host;
static char *firmware; /* the folder it is looked for in */

static VitrineCheck *
check (GPtrArray *checks, const char *id)
{
    for (guint i = 0; i < checks->len; i++) {
        VitrineCheck *found = g_ptr_array_index (checks, i);

        if (g_str_equal (found->id, id))
            return found;
    }
    g_error ("there is no check “%s”", id);
}

static void
test_every_check_says_something (void)
{
    static const char *const ids[] = { "kvm",      "kvm-hardware", "firmware", "firmware-uefi",
                                       "programs", "images",       "landlock", "io-uring",
                                       "folder",   "space",        "memory" };
    g_autoptr (GPtrArray) checks = await_check (host, NULL);

    g_assert_cmpuint (checks->len, ==, G_N_ELEMENTS (ids));
    for (gsize i = 0; i < G_N_ELEMENTS (ids); i++) {
        g_assert_cmpstr (check (checks, ids[i])->text, !=, "");
        g_assert_nonnull (check (checks, ids[i])->mend);
    }
    g_assert_cmpint (check (checks, "folder")->status, ==, VITRINE_CHECK_OK);
    g_assert_nonnull (strstr (check (checks, "space")->text, "iB are free"));
}

static void
test_what_is_not_kvm_is_refused (void)
{
    g_autoptr (GPtrArray) checks = await_check (host, NULL);

    /* /dev/null opens, and does not speak KVM. */
    g_assert_cmpint (check (checks, "kvm")->status, ==, VITRINE_CHECK_FAILED);
    g_assert_nonnull (strstr (check (checks, "kvm")->text, "/dev/null"));
}

static void
test_firmware_is_looked_for_where_it_is_said_to_be (void)
{
    static const char *const names[] = { "bios-256k.bin", "vgabios-stdvga.bin" };
    g_autoptr (GPtrArray) before = await_check (host, NULL);
    g_autoptr (GPtrArray) after = NULL;

    g_assert_cmpint (check (before, "firmware")->status, ==, VITRINE_CHECK_FAILED);
    g_assert_nonnull (strstr (check (before, "firmware")->mend, "seabios"));
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_build_filename (firmware, names[i], NULL);

        g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    }
    after = await_check (host, NULL);
    g_assert_cmpint (check (after, "firmware")->status, ==, VITRINE_CHECK_OK);
}

static void
test_uefi_is_a_warning_with_its_mend (void)
{
    g_autofree char *path = g_build_filename (firmware, "OVMF_CODE_4M.fd", NULL);
    g_autoptr (GPtrArray) before = await_check (host, NULL);
    g_autoptr (VitrineHostLimits) limits_before = vitrine_host_dup_limits (host);
    g_autoptr (VitrineHostLimits) limits_after = NULL;
    g_autoptr (GPtrArray) after = NULL;

    g_assert_cmpint (check (before, "firmware-uefi")->status, ==, VITRINE_CHECK_WARNING);
    g_assert_cmpstr (check (before, "firmware-uefi")->mend, ==, "sudo apt install ovmf");
    g_assert_false (limits_before->has_uefi);
    g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    after = await_check (host, NULL);
    limits_after = vitrine_host_dup_limits (host);
    g_assert_cmpint (check (after, "firmware-uefi")->status, ==, VITRINE_CHECK_OK);
    g_assert_true (limits_after->has_uefi);
}

static void
test_missing_program_is_named (void)
{
    g_autoptr (GPtrArray) checks = await_check (host, NULL);

    /* The keeper of the tests is there, the rest is not. */
    g_assert_cmpint (check (checks, "programs")->status, ==, VITRINE_CHECK_FAILED);
    g_assert_nonnull (strstr (check (checks, "programs")->text, "vitrine-vmm"));
}

static void
test_limits_are_the_hosts (void)
{
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (host);
    g_autoptr (VitrineHostLimits) copy = vitrine_host_limits_copy (limits);

    g_assert_cmpuint (copy->host_cpus, ==, g_get_num_processors ());
    g_assert_cmpuint (copy->max_vcpus, >=, 1);
    g_assert_cmpuint (copy->memory_bytes, >, copy->free_memory_bytes);
    g_assert_cmpuint (copy->free_memory_bytes, >, 0);
    g_assert_cmpuint (copy->free_disk_bytes, >, 0);
    g_assert_cmpstr (copy->machines_folder, ==, native_fixture_get_machines ());
}

int
main (int argc, char **argv)
{
    int ret;

    native_fixture_init ();
    firmware = test_folder_new ();
    g_setenv ("VITRINE_FIRMWARE_PATH", firmware, TRUE);
    g_test_init (&argc, &argv, NULL);
    host = vitrine_host_new (NULL, NULL);
    g_test_add_func ("/native/check/every-check-says-something", test_every_check_says_something);
    g_test_add_func ("/native/check/what-is-not-kvm-is-refused", test_what_is_not_kvm_is_refused);
    g_test_add_func ("/native/check/firmware-is-looked-for-where-it-is-said-to-be",
                     test_firmware_is_looked_for_where_it_is_said_to_be);
    g_test_add_func ("/native/check/uefi-is-a-warning-with-its-mend",
                     test_uefi_is_a_warning_with_its_mend);
    g_test_add_func ("/native/check/missing-program-is-named", test_missing_program_is_named);
    g_test_add_func ("/native/check/limits-are-the-hosts", test_limits_are_the_hosts);
    ret = g_test_run ();
    await_gone (host);
    test_folder_remove (firmware);
    native_fixture_end ();
    return ret;
}
