/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-image.c - which files an image may be made of. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bits.h"
#include "fd.h"
#include "keeper-image.h"
#include "vitrine-error.h"

#define IMAGE_BYTES 65536

typedef struct {
    char *folder;
    GPtrArray *warnings;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    f->folder = g_dir_make_tmp ("vitrine-image-XXXXXX", NULL);
    g_assert_nonnull (f->folder);
    f->warnings = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name (dir))) {
        g_autofree char *path = g_build_filename (f->folder, name, NULL);

        g_unlink (path);
    }
    g_rmdir (f->folder);
    g_free (f->folder);
    g_ptr_array_unref (f->warnings);
}

static char *
write_image (Fixture *f, const char *name, const guint8 *bytes)
{
    char *path = g_build_filename (f->folder, name, NULL);

    g_assert_true (g_file_set_contents (path, (const char *) bytes, IMAGE_BYTES, NULL));
    return path;
}

/* A qcow2 header, of version 3, that names BASE of FORMAT; NULL for neither. */
static guint8 *
make_qcow2 (const char *base, const char *format)
{
    guint8 *bytes = g_malloc0 (IMAGE_BYTES);

    memcpy (bytes, "QFI\xfb", 4);
    store_be32 (bytes + 4, 3);
    store_be32 (bytes + 100, 104);
    if (format) {
        store_be32 (bytes + 104, 0xe2792aca);
        store_be32 (bytes + 108, (guint32) strlen (format));
        memcpy (bytes + 112, format, strlen (format));
    }
    if (base) {
        store_be64 (bytes + 8, 512);
        store_be32 (bytes + 16, (guint32) strlen (base));
        memcpy (bytes + 512, base, strlen (base));
    }
    return bytes;
}

static KeeperImage *
open_image (Fixture *f, const char *path, VitrineDefinitionFormat format, GError **error)
{
    VitrineDefinitionDevice device = {
        .kind = VITRINE_DEFINITION_DISK,
        .source = (char *) path,
        .format = format,
    };

    return keeper_image_open (&device, f->folder, 0, f->warnings, error);
}

/* BYTES as an image of FORMAT are refused in a sentence that has WORD in it. */
static void
assert_refused (Fixture *f, const guint8 *bytes, VitrineDefinitionFormat format, const char *word)
{
    g_autofree char *path = write_image (f, "refused", bytes);
    g_autoptr (GError) error = NULL;

    g_assert_null (open_image (f, path, format, &error));
    g_assert_nonnull (error);
    g_assert_true (error->domain == VITRINE_ERROR);
    g_assert_false (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND));
    if (!strstr (error->message, word))
        g_error ("no “%s” in “%s”", word, error->message);
}

static void
refuse_qcow2 (Fixture *f, guint8 *bytes, const char *word)
{
    assert_refused (f, bytes, VITRINE_DEFINITION_FORMAT_QCOW2, word);
    g_free (bytes);
}

/* --- what is followed ---------------------------------------------------------------------------- */

static void
test_chain (Fixture *f, gconstpointer data)
{
    g_autofree guint8 *raw = g_malloc0 (IMAGE_BYTES);
    g_autofree guint8 *middle = make_qcow2 ("base.raw", "raw");
    g_autofree char *base_path = write_image (f, "base.raw", raw);
    g_autofree char *middle_path = write_image (f, "middle", middle);
    g_autofree guint8 *top = make_qcow2 (middle_path, "qcow2");
    g_autofree char *top_path = write_image (f, "top", top);
    g_autoptr (GError) error = NULL;
    g_autoptr (KeeperImage) image =
        open_image (f, top_path, VITRINE_DEFINITION_FORMAT_QCOW2, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (image->n_layers, ==, 3);
    g_assert_cmpint (image->layers[1].format, ==, VITRINE_DEFINITION_FORMAT_QCOW2);
    g_assert_cmpint (image->layers[2].format, ==, VITRINE_DEFINITION_FORMAT_RAW);
    g_assert_cmpint (fcntl (image->layers[0].fd, F_GETFL) & O_ACCMODE, ==, O_RDWR);
    g_assert_cmpint (fcntl (image->layers[1].fd, F_GETFL) & O_ACCMODE, ==, O_RDONLY);
    g_assert_cmpint (fcntl (image->layers[2].fd, F_GETFL) & O_ACCMODE, ==, O_RDONLY);
}

/* Who is based on an image keeps it from being written. */
static void
test_base_is_locked (Fixture *f, gconstpointer data)
{
    g_autofree guint8 *base = make_qcow2 (NULL, NULL);
    g_autofree guint8 *top = make_qcow2 ("base", "qcow2");
    g_autofree char *base_path = write_image (f, "base", base);
    g_autofree char *top_path = write_image (f, "top", top);
    g_autofree char *other_path = write_image (f, "other", top);
    g_autoptr (KeeperImage) image = open_image (f, top_path, VITRINE_DEFINITION_FORMAT_QCOW2, NULL);
    g_autoptr (KeeperImage) other =
        open_image (f, other_path, VITRINE_DEFINITION_FORMAT_QCOW2, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (image);
    g_assert_nonnull (other); /* which only reads it, too */
    g_assert_null (open_image (f, base_path, VITRINE_DEFINITION_FORMAT_QCOW2, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
}

/* --- what is not --------------------------------------------------------------------------------- */

static void
test_other_names_are_refused (Fixture *f, gconstpointer data)
{
    refuse_qcow2 (f, make_qcow2 ("nbd://host/x", "raw"), "not a file on this computer");
    refuse_qcow2 (f, make_qcow2 ("json:{\"driver\":\"file\",\"filename\":\"/etc/passwd\"}", "raw"),
                  "not a file on this computer");
    refuse_qcow2 (f, make_qcow2 ("file:/etc/passwd", "raw"), "not a file on this computer");
    refuse_qcow2 (f, make_qcow2 ("/etc/passwd", NULL), "does not say of which format");
    refuse_qcow2 (f, make_qcow2 ("/etc/passwd", "luks"), "luks image");
    refuse_qcow2 (f, make_qcow2 ("/nonexistent/base", "raw"), "/nonexistent/base");
    refuse_qcow2 (f, make_qcow2 ("/dev/null", "raw"), "neither a file nor a block device");
    refuse_qcow2 (f, make_qcow2 ("refused", "qcow2"), "based on itself");
}

static void
test_bad_headers_are_refused (Fixture *f, gconstpointer data)
{
    guint8 *bytes = make_qcow2 ("base", "raw");

    store_be32 (bytes + 4, 4);
    refuse_qcow2 (f, bytes, "version 4");
    bytes = make_qcow2 ("base", "raw");
    store_be32 (bytes + 32, 2);
    refuse_qcow2 (f, bytes, "encrypted");
    bytes = make_qcow2 ("base", "raw");
    bytes[79] = 4;
    refuse_qcow2 (f, bytes, "its data in another file");
    bytes = make_qcow2 ("base", "raw");
    store_be64 (bytes + 8, G_MAXUINT64 - 1);
    refuse_qcow2 (f, bytes, "cannot be read");
    bytes = make_qcow2 ("base", "raw");
    store_be32 (bytes + 16, G_MAXUINT32);
    refuse_qcow2 (f, bytes, "cannot be read");
    bytes = make_qcow2 ("ba\xffse", "raw");
    refuse_qcow2 (f, bytes, "cannot be read");
    bytes = make_qcow2 ("base", "raw");
    store_be32 (bytes + 100, G_MAXUINT32 - 2); /* where its extensions are to begin */
    refuse_qcow2 (f, bytes, "does not say of which format");
    bytes = make_qcow2 ("base", "raw");
    store_be32 (bytes + 108, G_MAXUINT32); /* bytes of one */
    refuse_qcow2 (f, bytes, "does not say of which format");
    bytes = g_malloc0 (IMAGE_BYTES);
    refuse_qcow2 (f, bytes, "is not a qcow2 image, as its definition says");
}

static void
test_parts_elsewhere_are_refused (Fixture *f, gconstpointer data)
{
    g_autofree guint8 *bytes = g_malloc0 (IMAGE_BYTES);

    memcpy (bytes, "KDMV", 4);
    assert_refused (f, bytes, VITRINE_DEFINITION_FORMAT_VMDK, "several files");
    bytes[12] = 1;
    memcpy (bytes + 512, "# Disk DescriptorFile\nCID=1\nparentCID=12345678\n", 47);
    assert_refused (f, bytes, VITRINE_DEFINITION_FORMAT_VMDK, "based on another");
    memset (bytes, 0, IMAGE_BYTES);
    memcpy (bytes, "# Disk DescriptorFile\nRW 8 FLAT \"/etc/passwd\" 0\n", 49);
    assert_refused (f, bytes, VITRINE_DEFINITION_FORMAT_VMDK, "is not a vmdk image");
    memset (bytes, 0, IMAGE_BYTES);
    memcpy (bytes, "conectix", 8);
    bytes[63] = 4;
    assert_refused (f, bytes, VITRINE_DEFINITION_FORMAT_VPC, "based on another");
}

static void
test_long_chain_is_refused (Fixture *f, gconstpointer data)
{
    char name[32] = "last";
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;

    for (guint i = 0; i < KEEPER_IMAGE_MAX_LAYERS + 1; i++) {
        g_autofree guint8 *bytes = make_qcow2 (i > 0 ? name : NULL, "qcow2");

        g_snprintf (name, sizeof name, "layer-%u", i);
        g_free (path);
        path = write_image (f, name, bytes);
    }
    g_assert_null (open_image (f, path, VITRINE_DEFINITION_FORMAT_QCOW2, &error));
    g_assert_nonnull (strstr (error->message, "more than 32"));
}

static void
test_vhd_of_fixed_size (Fixture *f, gconstpointer data)
{
    g_autofree guint8 *bytes = g_malloc0 (IMAGE_BYTES);
    g_autofree char *path = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (KeeperImage) image = NULL;

    memcpy (bytes + IMAGE_BYTES - 512, "conectix", 8);
    path = write_image (f, "fixed.vhd", bytes);
    image = open_image (f, path, VITRINE_DEFINITION_FORMAT_VPC, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (image->n_layers, ==, 1);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *promise;
        void (*test) (Fixture *f, gconstpointer data);
    } tests[] = {
        { "/keeper/image/bases-are-opened-for-reading", test_chain },
        { "/keeper/image/base-is-locked", test_base_is_locked },
        { "/keeper/image/other-names-are-refused", test_other_names_are_refused },
        { "/keeper/image/bad-headers-are-refused", test_bad_headers_are_refused },
        { "/keeper/image/parts-elsewhere-are-refused", test_parts_elsewhere_are_refused },
        { "/keeper/image/long-chain-is-refused", test_long_chain_is_refused },
        { "/keeper/image/vhd-of-fixed-size", test_vhd_of_fixed_size },
    };

    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
        g_test_add (tests[i].promise, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run ();
}
