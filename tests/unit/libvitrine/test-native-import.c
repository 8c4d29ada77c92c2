/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-import.c - packed images and appliances become machines with the same disks, and hostile ones nothing. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native-fixture.h"

#define DISK_BYTES (4 << 20)
#define TEXT       "what was on the disk before it was packed"
#define TEXT_AT    (1 << 20)

typedef struct {
    VitrineHost *host;
    char *folder;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    f->host = await_host (NULL);
    f->folder = test_folder_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    await_gone (f->host);
    test_folder_remove (f->folder);
}

/* In the fixture's folder; must work. */
static void
run (Fixture *f, const char *command)
{
    const char *argv[] = { "/bin/sh", "-ec", command, NULL };
    g_autoptr (GError) error = NULL;
    int status;

    g_spawn_sync (f->folder, (char **) argv, NULL, 0, NULL, NULL, NULL, NULL, &status, &error);
    g_assert_no_error (error);
    if (status != 0)
        g_error ("“%s”: status %d", command, status);
}

static char *
in_folder (Fixture *f, const char *name)
{
    return g_build_filename (f->folder, name, NULL);
}

static void
write_text (Fixture *f, const char *name, const char *text)
{
    g_autofree char *path = in_folder (f, name);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A raw image with TEXT in its middle. */
static void
write_disk (Fixture *f, const char *name)
{
    g_autofree char *path = in_folder (f, name);
    g_autofree char *bytes = g_malloc0 (DISK_BYTES);

    strcpy (bytes + TEXT_AT, TEXT);
    g_assert_true (g_file_set_contents (path, bytes, DISK_BYTES, NULL));
}

/* PATH, of whatever format, has what write_disk() wrote. */
static void
assert_disk (Fixture *f, const char *path, const char *format)
{
    g_autofree char *quoted = g_shell_quote (path);
    g_autofree char *command =
        g_strdup_printf ("qemu-img compare -q -f %s -F raw %s disk.raw", format, quoted);

    run (f, command);
}

static VitrineImport *
read_import (Fixture *f, const char *name, GError **error)
{
    g_autofree char *path = in_folder (f, name);
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_read_import_async (f->host, path, NULL, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_host_read_import_finish (f->host, result, error);
}

/* The machine "alpha" of the file NAME. */
static VitrineMachine *
import (Fixture *f, const char *name, GCancellable *cancellable, GError **error)
{
    g_autoptr (VitrineImport) it = read_import (f, name, error);
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    if (it == NULL)
        return NULL;
    vitrine_spec_set_name (spec, "alpha");
    vitrine_spec_set_memory_mib (spec, 128);
    vitrine_spec_set_vcpus (spec, 1);
    vitrine_import_apply (it, spec, "user");
    vitrine_host_create_full_async (f->host, spec, NULL, NULL, cancellable, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_host_create_finish (f->host, result, error);
}

static char *
dup_own_path (VitrineMachine *machine, const char *name)
{
    g_autofree char *folder = vitrine_machine_dup_folder (machine);

    return g_build_filename (folder, name, NULL);
}

static void
assert_refused (Fixture *f, const char *name, const char *word)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (import (f, name, NULL, &error));
    g_assert_nonnull (error);
    if (strstr (error->message, word) == NULL)
        g_error ("“%s” does not speak of “%s”", error->message, word);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

/* --- packed images ---------------------------------------------------------------------------- */

static void
test_raw_image_is_unpacked (Fixture *f, gconstpointer program)
{
    const char *suffix = g_str_equal (program, "xz") ? "xz" : "gz";
    g_autofree char *command = g_strdup_printf ("%s -k disk.raw", (const char *) program);
    g_autofree char *name = g_strdup_printf ("disk.raw.%s", suffix);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *path = NULL;
    struct stat st;

    write_disk (f, "disk.raw");
    run (f, command);
    machine = import (f, name, NULL, &error);
    g_assert_no_error (error);
    path = dup_own_path (machine, "alpha.raw");
    assert_disk (f, path, "raw");
    g_assert_cmpint (stat (path, &st), ==, 0);
    g_assert_cmpint (st.st_blocks * 512, <, DISK_BYTES / 2); /* zeros are holes */
}

static void
test_other_formats_are_unpacked_and_converted (Fixture *f, gconstpointer data)
{
    static const char *const formats[] = { "qcow2", "vmdk", "vdi", "vpc", "vhdx" };

    write_disk (f, "disk.raw");
    for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
        g_autofree char *command =
            g_strdup_printf ("qemu-img convert -f raw -O %s %s disk.raw x && gzip -f x", formats[i],
                             g_str_equal (formats[i], "vpc") ? "-o force_size=on" : "");
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineMachine) machine = NULL;
        g_autofree char *path = NULL;

        run (f, command);
        machine = import (f, "x.gz", NULL, &error);
        g_assert_no_error (error);
        path = dup_own_path (machine, "alpha.qcow2");
        assert_disk (f, path, "qcow2");
        await_gone (f->host);
        native_fixture_clear ();
        f->host = await_host (NULL);
    }
}

static void
test_damaged_file_leaves_nothing (Fixture *f, gconstpointer data)
{
    write_disk (f, "disk.raw");
    run (f, "gzip -k disk.raw; head -c 3000 disk.raw.gz > cut.gz; xz -k disk.raw; head -c 700 "
            "disk.raw.xz > cut.xz");
    assert_refused (f, "cut.gz", "damaged");
    assert_refused (f, "cut.xz", "damaged");
}

static void
test_cancelled_import_leaves_nothing (Fixture *f, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;

    write_disk (f, "disk.raw");
    run (f, "gzip -k disk.raw");
    g_cancellable_cancel (cancellable);
    g_assert_null (import (f, "disk.raw.gz", cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

/* Its base would be a file of the importer's. */
static void
test_image_that_names_another_is_refused (Fixture *f, gconstpointer data)
{
    write_disk (f, "disk.raw");
    run (f, "qemu-img create -q -f qcow2 -b /etc/passwd -F raw -u x 1M; gzip x");
    assert_refused (f, "x.gz", "based on another file");
}

static void
test_packed_image_is_converted (Fixture *f, gconstpointer data)
{
    g_autofree char *path = in_folder (f, "disk.raw.xz"), *target = in_folder (f, "new.vdi");
    const VitrineImageJob job = {
        .action = VITRINE_IMAGE_CONVERT, .path = path, .target = target, .format = "vdi"
    };
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    write_disk (f, "disk.raw");
    run (f, "xz -k disk.raw");
    vitrine_host_image_async (f->host, &job, NULL, NULL, NULL, await_cb, &slot);
    result = await_result (&slot);
    vitrine_host_image_finish (f->host, result, &error);
    g_assert_no_error (error);
    assert_disk (f, target, "vdi");
}

/* --- appliances ------------------------------------------------------------------------------- */

#define OVF(FILE, MORE, ITEMS)                                                                     \
    "<?xml version='1.0'?><Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' "               \
    "xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1' xmlns:rasd='r' xmlns:vmw='v'>"             \
    "<References><File ovf:href='" FILE "' ovf:id='file1'/></References><DiskSection>"             \
    "<Disk ovf:capacity='4' ovf:capacityAllocationUnits='byte * 2^20' ovf:diskId='d1' "            \
    "ovf:fileRef='file1'/>" MORE "</DiskSection><VirtualSystem ovf:id='web'><Name>web "            \
    "server</Name><VirtualHardwareSection>" ITEMS                                                  \
    "<Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:ResourceType>17"               \
    "</rasd:ResourceType></Item></VirtualHardwareSection></VirtualSystem></Envelope>"

#define ITEM(TYPE, QUANTITY, MORE)                                                                 \
    "<Item><rasd:ResourceType>" TYPE "</rasd:ResourceType><rasd:VirtualQuantity>" QUANTITY         \
    "</rasd:VirtualQuantity>" MORE "</Item>"

#define USUAL                                                                                      \
    ITEM ("3", "3", "")                                                                            \
    ITEM ("4", "512", "<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>")                  \
    ITEM ("10", "1", "<rasd:ResourceSubType>E1000</rasd:ResourceSubType>")                         \
    ITEM ("10", "1", "<rasd:ResourceSubType>virtio</rasd:ResourceSubType>")                        \
    "<vmw:Config vmw:key='firmware' vmw:value='efi'/>"

static void
write_appliance (Fixture *f, const char *ovf, const char *command)
{
    write_disk (f, "disk.raw");
    write_text (f, "web.ovf", ovf);
    run (f, "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw disk.vmdk");
    run (f, command);
}

static void
test_appliance_becomes_a_machine (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineImport) it = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *path = NULL, *xml = NULL;

    write_appliance (f, OVF ("disk.vmdk", "", USUAL),
                     "tar --format=ustar -cf web.ova web.ovf disk.vmdk");
    it = read_import (f, "web.ova", &error);
    g_assert_no_error (error);
    g_assert_cmpint (it->kind, ==, VITRINE_IMPORT_APPLIANCE);
    g_assert_cmpstr (it->name, ==, "web server");
    g_assert_cmpuint (it->vcpus, ==, 3);
    g_assert_cmpuint (it->memory_mib, ==, 512);
    g_assert_cmpint (it->firmware, ==, VITRINE_FIRMWARE_UEFI);
    g_assert_cmpuint (it->nics->len, ==, 2);
    g_assert_cmpstr (g_ptr_array_index (it->nics, 0), ==, "e1000e");
    g_assert_cmpstr (g_ptr_array_index (it->nics, 1), ==, "virtio");
    machine = import (f, "web.ova", NULL, &error);
    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED)
        || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_INVALID))
        g_test_message ("%s", error->message);
    g_assert_no_error (error);
    path = dup_own_path (machine, "alpha.qcow2");
    assert_disk (f, path, "qcow2");
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, "e1000e"));
    g_assert_nonnull (strstr (xml, "bus=\"sata\""));
}

static void
test_description_with_its_disks_beside_it (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *path = NULL;

    write_appliance (f, OVF ("disk.vmdk", "", ""), "true");
    machine = import (f, "web.ovf", NULL, &error);
    g_assert_no_error (error);
    path = dup_own_path (machine, "alpha.qcow2");
    assert_disk (f, path, "qcow2");
}

/* What each of these archives would have done to who extracts it, or believes it. */
static void
test_hostile_appliances_are_refused (Fixture *f, gconstpointer data)
{
    static const struct {
        const char *ovf, *command, *word;
    } rows[] = {
        { OVF ("../disk.vmdk", "", ""), "tar -cf x.ova web.ovf disk.vmdk", "../disk.vmdk" },
        { OVF ("/etc/passwd", "", ""), "tar -cf x.ova web.ovf disk.vmdk", "/etc/passwd" },
        { OVF ("http://host/x", "", ""), "tar -cf x.ova web.ovf disk.vmdk", "http://host/x" },
        { OVF ("other.vmdk", "", ""), "tar -cf x.ova web.ovf disk.vmdk", "not in it" },
        { OVF ("disk.vmdk", "", ""), "tar -cPf x.ova web.ovf ../$(basename $PWD)/disk.vmdk",
          "no plain file name" },
        { OVF ("disk.vmdk", "", ""), "tar -cPf x.ova web.ovf $PWD/disk.vmdk",
          "no plain file name" },
        { OVF ("disk.vmdk", "", ""),
          "rm disk.vmdk; ln -s /etc/passwd disk.vmdk; tar -cf x.ova web.ovf disk.vmdk", "link" },
        { OVF ("disk.vmdk", "", ""), "tar -cf y.ova web.ovf disk.vmdk; head -c 20000 y.ova > x.ova",
          "cut off" },
        { OVF ("disk.vmdk", "", ""), "tar -cf x.ova disk.vmdk", "without a description" },
        { OVF ("disk.vmdk", "", ""), "tar -czf x.ova web.ovf disk.vmdk", "packed archive" },
        { OVF ("disk.vmdk", "", ""), "tar -cf x.ova web.ovf web.ovf --hard-dereference disk.vmdk",
          "twice" },
        { OVF ("disk.vmdk", "", ITEM ("3", "4000000000", "")), "tar -cf x.ova web.ovf disk.vmdk",
          "virtual CPUs" },
        { OVF ("disk.vmdk", "",
               ITEM ("4", "9999999", "<rasd:AllocationUnits>TeraBytes</rasd:AllocationUnits>")),
          "tar -cf x.ova web.ovf disk.vmdk", "memory" },
        { "<!DOCTYPE x [<!ENTITY a SYSTEM '/etc/passwd'>]><Envelope>&a;</Envelope>",
          "tar -cf x.ova web.ovf disk.vmdk", "cannot be imported" },
        { "<Envelope>", "tar -cf x.ova web.ovf disk.vmdk", "cannot be imported" },
        { "<html/>", "tar -cf x.ova web.ovf disk.vmdk", "no machine" },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_test_message ("%s", rows[i].command);
        write_appliance (f, rows[i].ovf, rows[i].command);
        assert_refused (f, "x.ova", rows[i].word);
        run (f, "rm -f *.ova disk.vmdk");
    }
}

/* The size in the header says more than the file has, or cannot be one. */
static void
test_headers_that_lie_are_refused (Fixture *f, gconstpointer data)
{
    static const struct {
        const char *size, *word;
    } rows[] = { { "77777777777", "cut off" }, { "-1234567890", "contradict" } };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = in_folder (f, "x.ova");
        g_autofree char *bytes = NULL;
        guint sum = 0;
        gsize len;

        write_appliance (f, OVF ("disk.vmdk", "", ""),
                         "tar --format=ustar -cf x.ova web.ovf disk.vmdk");
        g_assert_true (g_file_get_contents (path, &bytes, &len, NULL));
        memcpy (bytes + 124, rows[i].size, 11);
        memset (bytes + 148, ' ', 8);
        for (guint j = 0; j < 512; j++)
            sum += (guint8) bytes[j];
        g_snprintf (bytes + 148, 8, "%06o", sum);
        g_assert_true (g_file_set_contents (path, bytes, (gssize) len, NULL));
        assert_refused (f, "x.ova", rows[i].word);
        run (f, "rm -f *.ova disk.vmdk");
    }
}

/* --- new disks of machines that are there ------------------------------------------------------ */

static gboolean
add_disk (VitrineMachine *machine, const char *text, GError **error)
{
    g_autoptr (VitrineDiskSpec) disk = vitrine_disk_spec_parse (text, error);
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    g_assert_nonnull (disk);
    vitrine_machine_add_disk_async (machine, disk, VITRINE_SCOPE_CONFIG, NULL, NULL, NULL, await_cb,
                                    &slot);
    result = await_result (&slot);
    return vitrine_machine_add_disk_finish (machine, result, error);
}

static void
test_disk_is_made_and_attached (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = native_fixture_create (f->host, "alpha");
    g_autoptr (GError) error = NULL;
    g_autofree char *first = dup_own_path (machine, "alpha-2.qcow2");
    g_autofree char *xml = NULL;

    g_assert_true (add_disk (machine, "size=1G,format=qcow2", &error));
    g_assert_no_error (error);
    g_assert_true (add_disk (machine, "size=1M,bus=sata", &error));
    g_assert_no_error (error);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, "alpha.qcow2"));
    g_assert_nonnull (strstr (xml, "alpha-2.raw"));
    g_assert_false (add_disk (machine, "path=/nowhere/x.raw,size=1M", &error));
    g_assert_nonnull (error);
}

#define ADD(NAME, DATA, FUNC)                                                                      \
    g_test_add ("/libvitrine/native-import/" NAME, Fixture, DATA, set_up, FUNC, tear_down)

int
main (int argc, char **argv)
{
    int status;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("raw-image-is-unpacked-from-gz-with-holes", "gzip", test_raw_image_is_unpacked);
    ADD ("raw-image-is-unpacked-from-xz-with-holes", "xz", test_raw_image_is_unpacked);
    ADD ("every-format-is-unpacked-and-converted", NULL,
         test_other_formats_are_unpacked_and_converted);
    ADD ("damaged-file-leaves-nothing", NULL, test_damaged_file_leaves_nothing);
    ADD ("cancelled-import-leaves-nothing", NULL, test_cancelled_import_leaves_nothing);
    ADD ("image-that-names-another-is-refused", NULL, test_image_that_names_another_is_refused);
    ADD ("packed-image-is-converted", NULL, test_packed_image_is_converted);
    ADD ("appliance-becomes-a-machine", NULL, test_appliance_becomes_a_machine);
    ADD ("description-with-its-disks-beside-it", NULL, test_description_with_its_disks_beside_it);
    ADD ("hostile-appliances-are-refused", NULL, test_hostile_appliances_are_refused);
    ADD ("headers-that-lie-are-refused", NULL, test_headers_that_lie_are_refused);
    ADD ("disk-is-made-and-attached", NULL, test_disk_is_made_and_attached);
    status = g_test_run ();
    native_fixture_end ();
    return status;
}
