/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-seed.c - the disk by which a cloud image is told who may log in: read back as a guest's kernel would, and whatever is in
 * the texts. */
#include <crypt.h>
#include <glib/gstdio.h>
#include <gmodule.h>
#include <string.h>
#include <vitrine.h>

#include "vitrine-iso.h"
#include "vitrine-seed-private.h"

#define SECTOR VITRINE_ISO_SECTOR_BYTES
#define UUID   "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11"
#define KEY    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"

/* --- the file system ------------------------------------------------------------------------------------ */

static guint32
get_32 (const guint8 *at)
{
    guint32 value;

    memcpy (&value, at, sizeof value);
    return GUINT32_FROM_LE (value);
}

/* The name that Rock Ridge gives the record AT, or NULL. */
static char *
dup_rock_ridge_name (const guint8 *at)
{
    gsize begin = 33 + (gsize) at[32] + (at[32] % 2 == 0 ? 1 : 0);

    for (const guint8 *field = at + begin; field + 4 <= at + at[0] && field[2] >= 4;
         field += field[2])
        if (memcmp (field, "NM", 2) == 0)
            return g_strndup ((const char *) field + 5, field[2] - 5);
    return NULL;
}

static char *
dup_joliet_name (const guint8 *at)
{
    return at[32] > 1
               ? g_convert ((const char *) at + 33, at[32], "UTF-8", "UCS-2BE", NULL, NULL, NULL)
               : NULL;
}

/* What the file NAME holds, found by the descriptor in sector DESCRIPTOR; NULL when there is none. */
static char *
read_file (GBytes *image, guint descriptor, const char *name)
{
    gsize size;
    const guint8 *data = g_bytes_get_data (image, &size);
    const guint8 *root = data + (gsize) get_32 (data + descriptor * SECTOR + 156 + 2) * SECTOR;

    g_assert_cmpmem (data + descriptor * SECTOR + 1, 5, "CD001", 5);
    for (const guint8 *at = root; at < root + SECTOR && at[0] > 0; at += at[0]) {
        g_autofree char *found = descriptor == 16 ? dup_rock_ridge_name (at) : dup_joliet_name (at);

        g_assert_cmpuint (at[0] % 2, ==, 0);
        if (g_strcmp0 (found, name) == 0)
            return g_strndup ((const char *) data + (gsize) get_32 (at + 2) * SECTOR,
                              get_32 (at + 10));
    }
    return NULL;
}

static void
test_both_directories_have_all_files (void)
{
    g_autofree char *large = g_strnfill (5000, 'x');
    const VitrineIsoFile files[] = { { "user-data", "user" },
                                     { "meta-data", "" },
                                     { "network-config", large } };
    g_autoptr (GBytes) image = vitrine_iso_build ("cidata", files, 3, 64 * SECTOR);

    g_assert_cmpuint (g_bytes_get_size (image), ==, 64 * SECTOR);
    for (guint descriptor = 16; descriptor <= 17; descriptor++)
        for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
            g_autofree char *text = read_file (image, descriptor, files[i].name);

            g_assert_cmpstr (text, ==, files[i].text);
        }
}

static void
test_what_does_not_fit_is_no_image (void)
{
    g_autofree char *large = g_strnfill (64 * SECTOR, 'x');
    const VitrineIsoFile file = { "user-data", large };

    g_assert_null (vitrine_iso_build ("cidata", &file, 1, 64 * SECTOR));
}

/* --- texts ------------------------------------------------------------------------------------------------ */

static void
test_any_text_is_one_scalar (void)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "back\\slash", "\"back\\\\slash\"" },
        { "two\nlines", "\"two\\u000alines\"" },
        { "tab\tand bell\a", "\"tab\\u0009and bell\\u0007\"" },
        { ": - #{}[]&*!|>%@`", "\": - #{}[]&*!|>%@`\"" },
        { "ünï", "\"\\u00fcn\\u00ef\"" },
        { "\xe2\x80\xa8\xc2\x85\xef\xbb\xbf", "\"\\u2028\\u0085\\ufeff\"" },
        { "\xf0\x9f\x90\xa7", "\"\\U0001f427\"" },
        { "bad \xff", "\"bad \\ufffd\"" },
        { "del\x7f", "\"del\\u007f\"" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *quoted = vitrine_seed_quote (cases[i].text);

        g_assert_cmpstr (quoted, ==, cases[i].quoted);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------- */

static VitrineSpec *
new_spec (const VitrineCloud *cloud)
{
    VitrineSpec *spec = vitrine_spec_new ();

    vitrine_spec_set_name (spec, "My Machine, the 2nd!");
    vitrine_spec_add_disk (spec, vitrine_disk_spec_parse ("path=/a,format=qcow2,bus=scsi", NULL));
    vitrine_spec_set_cloud (spec, cloud);
    return spec;
}

static GBytes *
build (const VitrineCloud *cloud, const char *const *macs)
{
    g_autoptr (VitrineSpec) spec = new_spec (cloud);
    g_autoptr (GError) error = NULL;
    GBytes *image = vitrine_seed_build (spec, UUID, macs, &error);

    g_assert_no_error (error);
    return image;
}

static void
test_a_key_alone (void)
{
    const VitrineCloud cloud = { .user = (char *) "ana",
                                 .keys = (char *) "# mine\n" KEY " it's \"me\": #1\n\n" KEY "2\n" };
    const char *const macs[] = { "52:54:00:12:34:56", "52:54:00:12:34:57", NULL };
    g_autoptr (GBytes) image = build (&cloud, macs);
    g_autofree char *meta = read_file (image, 16, "meta-data");
    g_autofree char *user = read_file (image, 16, "user-data");
    g_autofree char *network = read_file (image, 17, "network-config");

    g_assert_cmpstr (meta, ==,
                     "instance-id: \"" UUID "\"\nlocal-hostname: \"my-machine-the-2nd\"\n");
    g_assert_cmpstr (user, ==,
                     "#cloud-config\n"
                     "hostname: \"my-machine-the-2nd\"\n"
                     "users:\n"
                     "  - name: \"ana\"\n"
                     "    shell: \"/bin/bash\"\n"
                     "    sudo: \"ALL=(ALL) NOPASSWD:ALL\"\n"
                     "    lock_passwd: true\n"
                     "    ssh_authorized_keys:\n"
                     "      - \"" KEY " it's \\\"me\\\": #1\"\n"
                     "      - \"" KEY "2\"\n"
                     "ssh_pwauth: false\n");
    g_assert_cmpstr (network, ==,
                     "version: 2\nethernets:\n"
                     "  eth0:\n    match:\n      macaddress: \"52:54:00:12:34:56\"\n"
                     "    set-name: eth0\n    dhcp4: true\n"
                     "  eth1:\n    match:\n      macaddress: \"52:54:00:12:34:57\"\n"
                     "    set-name: eth1\n    dhcp4: true\n");
}

/* Whether HASHED is PASSWORD's. */
static gboolean
is_hash_of (const char *hashed, const char *password)
{
    GModule *library = g_module_open ("libcrypt.so.1", G_MODULE_BIND_LOCAL);
    gpointer function = NULL;
    g_autofree struct crypt_data *data = g_new0 (struct crypt_data, 1);

    g_assert_true (g_module_symbol (library, "crypt_r", &function));
    return g_str_equal (((char *(*) (const char *, const char *, struct crypt_data *) ) function) (
                            password, hashed, data),
                        hashed);
}

static void
test_a_password_is_there_as_its_hash_alone (void)
{
    static const char secret[] = "pa\"ss\\w: #ör{}";
    const VitrineCloud cloud = { .user = (char *) "ana",
                                 .password = (char *) secret,
                                 .hostname = (char *) "web.example" };
    const char *const macs[] = { NULL };
    g_autoptr (GBytes) image = build (&cloud, macs);
    g_autofree char *user = read_file (image, 16, "user-data");
    g_autofree char *network = read_file (image, 16, "network-config");
    const char *line = strstr (user, "    passwd: \"$6$");
    g_autofree char *hashed = NULL;
    gsize size;
    const char *data = g_bytes_get_data (image, &size);

    g_assert_null (network); /* it has no card */
    g_assert_nonnull (strstr (user, "hostname: \"web.example\"\n"));
    g_assert_nonnull (strstr (user, "    sudo: \"ALL=(ALL) ALL\"\n    lock_passwd: false\n"));
    g_assert_nonnull (strstr (user, "ssh_pwauth: true\n"));
    g_assert_nonnull (line);
    line = strchr (line, '"') + 1;
    hashed = g_strndup (line, strcspn (line, "\""));
    g_assert_true (is_hash_of (hashed, secret));
    g_assert_null (g_strstr_len (data, (gssize) size, secret));
    for (gsize i = 0; i + 4 < size; i++)
        g_assert_true (memcmp (data + i, "pa\"s", 4) != 0);
}

static void
test_two_salts_differ (void)
{
    const VitrineCloud cloud = { .user = (char *) "ana", .password = (char *) "same" };
    const char *const macs[] = { NULL };
    g_autoptr (GBytes) one = build (&cloud, macs);
    g_autoptr (GBytes) two = build (&cloud, macs);

    g_assert_false (g_bytes_equal (one, two));
}

static void
test_it_is_added_once_and_like_the_first_disk (void)
{
    const VitrineCloud cloud = { .user = (char *) "ana", .keys = (char *) KEY };
    g_autoptr (VitrineSpec) spec = new_spec (&cloud);
    const VitrineDiskSpec *seed;

    vitrine_seed_add (spec);
    vitrine_seed_add (spec);
    g_assert_cmpuint (vitrine_spec_get_disks (spec)->len, ==, 2);
    seed = g_ptr_array_index (vitrine_spec_get_disks (spec), 1);
    g_assert_true (seed->seed && seed->read_only);
    g_assert_cmpint (seed->bus, ==, VITRINE_DISK_BUS_SCSI);
    vitrine_spec_set_cloud (spec, NULL);
    g_assert_null (vitrine_spec_get_cloud (spec));
}

/* --- files ---------------------------------------------------------------------------------------------------- */

static void
test_a_password_is_the_first_line (void)
{
    g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *path = g_build_filename (folder, "pw", NULL);
    g_autoptr (GError) error = NULL;
    char *password;

    g_assert_true (g_file_set_contents (path, "first one\r\nsecond\n", -1, NULL));
    password = vitrine_cloud_read_password (path, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (password, ==, "first one");
    vitrine_cloud_free_secret (password);
    g_assert_true (g_file_set_contents (path, "\n", -1, NULL));
    g_assert_null (vitrine_cloud_read_password (path, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_remove (path);
    g_assert_null (vitrine_cloud_read_password (path, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_rmdir (folder);
}

static void
test_files_that_are_no_text_or_too_long (void)
{
    g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *path = g_build_filename (folder, "key", NULL);
    g_autofree char *large = g_strnfill (70000, 'a');
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (path, KEY "\0x", sizeof KEY + 1, NULL));
    g_assert_null (vitrine_cloud_read_keys (path, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_true (g_file_set_contents (path, large, -1, NULL));
    g_assert_null (vitrine_cloud_read_keys (path, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_true (g_file_set_contents (path, "-----BEGIN OPENSSH PRIVATE KEY-----\n", -1, NULL));
    g_assert_null (vitrine_cloud_read_keys (path, &error));
    g_assert_nonnull (strstr (error->message, ".pub"));
    g_remove (path);
    g_rmdir (folder);
}

static void
test_host_names_of_machine_names (void)
{
    static const char *const names[][2] = {
        { "debian-12", "debian-12" },
        { "My Machine", "my-machine" },
        { "a__b", "a-b" },
        { "--x--", "x" },
        { "Pâté", "pate" },
        { "漢字", "machine" },
        { "Ubuntu 22.04", "ubuntu-22-04" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *hostname = vitrine_cloud_dup_hostname (names[i][0]);

        g_assert_cmpstr (hostname, ==, names[i][1]);
        g_assert_true (vitrine_cloud_check_hostname (hostname, NULL));
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/seed/both-directories-have-all-files", test_both_directories_have_all_files);
    g_test_add_func ("/seed/what-does-not-fit-is-no-image", test_what_does_not_fit_is_no_image);
    g_test_add_func ("/seed/any-text-is-one-scalar", test_any_text_is_one_scalar);
    g_test_add_func ("/seed/a-key-alone", test_a_key_alone);
    g_test_add_func ("/seed/a-password-is-there-as-its-hash-alone",
                     test_a_password_is_there_as_its_hash_alone);
    g_test_add_func ("/seed/two-salts-differ", test_two_salts_differ);
    g_test_add_func ("/seed/it-is-added-once-and-like-the-first-disk",
                     test_it_is_added_once_and_like_the_first_disk);
    g_test_add_func ("/seed/a-password-is-the-first-line", test_a_password_is_the_first_line);
    g_test_add_func ("/seed/files-that-are-no-text-or-too-long",
                     test_files_that_are_no_text_or_too_long);
    g_test_add_func ("/seed/host-names-of-machine-names", test_host_names_of_machine_names);
    return g_test_run ();
}
