/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-create.c - machines are made on a real libvirt daemon, and go with the disks that were made for them.
 *
 * The tests are one story and come in its order.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "libvirt-daemon.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

static VitrineHost *host;
static VitrineMachine *machine;
static char *iso;

static VitrineSpec *
new_spec (const char *name, guint64 disk_bytes)
{
    VitrineSpec *spec = vitrine_spec_new ();
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (host);
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    vitrine_spec_set_name (spec, name);
    vitrine_spec_set_vcpus (spec, 1);
    vitrine_spec_set_memory_mib (spec, 32);
    vitrine_spec_set_display (spec, VITRINE_DISPLAY_VNC);
    vitrine_spec_set_iso (spec, iso);
    disk->size_bytes = disk_bytes;
    vitrine_spec_add_disk (spec, disk);
    vitrine_spec_add_default_nic (spec, limits->network);
    return spec;
}

/* What the machine's Nth disk is. */
static VitrineDiskInfo *
dup_disk (guint n)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) disks = await_list_disks (machine, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (disks->len, >, n);
    return vitrine_disk_info_copy (g_ptr_array_index (disks, n));
}

static void
test_a_machine_is_made_from_an_iso (void)
{
    g_autoptr (VitrineSpec) spec = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = NULL;

    iso = g_build_filename (libvirt_daemon_folder (), "debian.iso", NULL);
    test_write_iso (iso);
    host = vitrine_host_new ("qemu:///session", NULL);
    await_connect (host, &error);
    g_assert_no_error (error);
    spec = new_spec ("delta", 64 * MIB);
    machine = await_created (host, spec);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, iso));
    g_assert_nonnull (strstr (xml, "<interface type='user'>"));
    g_assert_nonnull (strstr (xml, "q35"));
    g_assert_nonnull (strstr (xml, "<listen type='socket'"));
}

static void
test_its_disk_is_a_volume_of_a_pool (void)
{
    g_autoptr (VitrineDiskInfo) disk = dup_disk (0);

    g_assert_true (g_str_has_suffix (disk->path, "/libvirt/images/delta.qcow2"));
    g_assert_cmpint (access (disk->path, F_OK), ==, 0);
    g_assert_cmpuint (disk->size_bytes, <, 64 * MIB);
    g_assert_true (disk->removable);
    libvirt_daemon_virsh ("vol-info --pool default delta.qcow2");
}

static void
test_it_starts_and_shows_itself (void)
{
    g_autoptr (GError) error = NULL;
    char hello[12];
    int fd;

    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    fd = await_open_display (machine, "vnc", &error);
    g_assert_no_error (error);
    g_assert_cmpuint (await_read (fd, hello, sizeof hello), ==, sizeof hello);
    close (fd);
    await_act (machine, VITRINE_ACTION_POWER_OFF, &error);
    g_assert_no_error (error);
}

static void
assert_not_made (VitrineSpec *spec, VitrineError code, const char *mention)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (await_create (host, spec, &error));
    g_test_message ("%s", error->message);
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_nonnull (strstr (error->message, mention));
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (host)), ==, 1);
}

static void
assert_no_volume (const char *name)
{
    g_autofree char *path = g_build_filename (g_get_user_data_dir (), "libvirt/images", name, NULL);

    g_assert_cmpint (access (path, F_OK), !=, 0);
}

static void
test_what_fails_leaves_no_volume (void)
{
    g_autoptr (VitrineSpec) taken = new_spec ("delta", 64 * MIB);
    g_autoptr (VitrineSpec) without_iso = new_spec ("epsilon", 64 * MIB);
    g_autoptr (VitrineSpec) unknown = new_spec ("zeta", 64 * MIB);
    g_autoptr (VitrineSpec) no_network = new_spec ("eta", 64 * MIB);
    VitrineNicSpec *nic = vitrine_nic_spec_new ();

    assert_not_made (taken, VITRINE_ERROR_EXISTS, "delta");
    vitrine_spec_set_iso (without_iso, "/nowhere.iso");
    assert_not_made (without_iso, VITRINE_ERROR_NOT_FOUND, "/nowhere.iso");
    /* libvirt refuses it when the volume is there already. */
    vitrine_spec_set_boot (unknown, "floppy-of-the-moon");
    assert_not_made (unknown, VITRINE_ERROR_INVALID, "zeta");
    assert_no_volume ("zeta.qcow2");
    nic->network = g_strdup ("nowhere");
    vitrine_spec_add_nic (no_network, nic);
    assert_not_made (no_network, VITRINE_ERROR_NOT_FOUND, "nowhere");
    assert_no_volume ("eta.qcow2");
}

static void
test_an_image_that_is_there_is_used_as_it_is_and_by_one_machine_alone (void)
{
    g_autoptr (VitrineDiskInfo) disk = dup_disk (0);
    g_autoptr (VitrineSpec) spec = new_spec ("theta", 0);
    VitrineDiskSpec *image = g_ptr_array_index (vitrine_spec_get_disks (spec), 0);

    image->path = g_strdup (disk->path);
    assert_not_made (spec, VITRINE_ERROR_BUSY, "delta");
    g_free (image->path);
    image->path = g_strdup (iso); /* in no pool, so that nobody knows what it is */
    assert_not_made (spec, VITRINE_ERROR_INVALID, "format=qcow2");
}

static void
test_a_disk_that_something_else_uses_stays (void)
{
    g_autoptr (VitrineDiskInfo) disk = dup_disk (0);
    g_autofree char *devices = g_strdup_printf (
        "<disk type='file' device='disk'><source file='%s'/><target dev='vda'/></disk>",
        disk->path);
    g_autofree char *xml =
        libvirt_daemon_make_xml ("other", "c0ffee00-0000-4000-8000-00000000dddd", devices);
    g_autofree char *file = g_build_filename (libvirt_daemon_folder (), "other.xml", NULL);
    const char *const paths[] = { disk->path, NULL };
    g_autoptr (VitrineDiskInfo) shared = NULL, based = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (file, xml, -1, NULL));
    libvirt_daemon_virsh ("define %s", file);
    shared = dup_disk (0);
    g_assert_false (shared->removable);
    g_assert_nonnull (strstr (shared->reason, "other"));
    g_assert_false (await_delete (machine, paths, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_cmpint (access (disk->path, F_OK), ==, 0);
    libvirt_daemon_virsh ("undefine other");
    libvirt_daemon_virsh (
        "vol-create-as default over.qcow2 64M --format qcow2 --backing-vol delta.qcow2 "
        "--backing-vol-format qcow2");
    based = dup_disk (0);
    g_assert_false (based->removable);
    g_assert_nonnull (strstr (based->reason, "over.qcow2"));
    libvirt_daemon_virsh ("vol-delete --pool default over.qcow2");
}

static void
test_a_disk_goes_with_its_machine_when_that_is_wanted (void)
{
    g_autoptr (VitrineDiskInfo) disk = dup_disk (0);
    const char *const paths[] = { disk->path, NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineSpec) spec = NULL;

    await_delete (machine, paths, &error);
    g_assert_no_error (error);
    g_assert_cmpint (access (disk->path, F_OK), !=, 0);
    g_clear_object (&machine);
    /* Not asked for, the next one's stays. */
    spec = new_spec ("delta", 64 * MIB);
    machine = await_created (host, spec);
    await_delete (machine, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (access (disk->path, F_OK), ==, 0);
}

static void
test_what_would_be_left_out_of_the_definition_is_refused (void)
{
    g_autoptr (VitrineSpec) spec = new_spec ("iota", 64 * MIB);
    g_autoptr (GError) error = NULL;

    vitrine_spec_add_nic (spec, vitrine_nic_spec_parse ("user,restricted=yes", NULL));
    g_assert_null (await_create (host, spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "restricted=yes"));
    assert_no_volume ("iota.qcow2");
}

/* The host asks the server when the machine starts; nothing is made for it. */
static void
test_a_disk_of_a_server_is_written_down (void)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) served = NULL;
    g_autofree char *xml = NULL;

    vitrine_spec_set_name (spec, "lambda");
    vitrine_spec_set_vcpus (spec, 1);
    vitrine_spec_set_memory_mib (spec, 32);
    vitrine_spec_add_disk (
        spec, vitrine_disk_spec_parse ("server=nbd://tower:10810/a%20b,readonly=on", NULL));
    vitrine_spec_add_disk (
        spec,
        vitrine_disk_spec_parse ("server=iscsi://tower/iqn.2026-01.example:disk/3,bus=sata", NULL));
    served = await_create (host, spec, &error);
    g_assert_no_error (error);
    xml = vitrine_machine_dup_xml (served, NULL);
    g_assert_nonnull (strstr (xml, "<source protocol='nbd' name='a b'"));
    g_assert_nonnull (strstr (xml, "<host name='tower' port='10810'/>"));
    g_assert_nonnull (strstr (xml, "<source protocol='iscsi' name='iqn.2026-01.example:disk/3'"));
    g_assert_nonnull (strstr (xml, "<host name='tower' port='3260'/>"));
    g_assert_null (strstr (xml, "vitrine:made"));
    assert_no_volume ("lambda.qcow2");
}

static void
test_what_a_cloud_image_is_told_by_comes_and_goes_with_the_machine (void)
{
    const VitrineCloud cloud = { .user = (char *) "ana", .password = (char *) "secret" };
    g_autoptr (VitrineSpec) spec = new_spec ("kappa", 0);
    VitrineDiskSpec *image = g_ptr_array_index (vitrine_spec_get_disks (spec), 0);
    g_autofree char *seed =
        g_build_filename (g_get_user_data_dir (), "libvirt/images/kappa-cloud-init.iso", NULL);
    g_autoptr (GPtrArray) disks = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL, *xml = NULL;
    gsize len;

    image->path = g_strdup (iso);
    image->format = g_strdup ("raw");
    vitrine_spec_set_iso (spec, NULL);
    vitrine_spec_set_os (spec, "http://debian.org/debian/12");
    vitrine_spec_set_cloud (spec, &cloud);
    machine = await_created (host, spec);
    g_assert_cmpstr (vitrine_machine_get_os (machine), ==, "http://debian.org/debian/12");
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, "kappa-cloud-init.iso"));
    g_assert_true (g_file_get_contents (seed, &text, &len, NULL));
    g_assert_cmpuint (len, ==, MIB);
    g_assert_cmpmem (text + 16 * 2048 + 1, 5, "CD001", 5);
    g_assert_null (g_strstr_len (text, (gssize) len, "secret"));
    g_assert_nonnull (strstr (xml, vitrine_machine_get_uuid (machine)));
    disks = await_list_disks (machine, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (disks->len, ==, 1);
    await_delete (machine, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (access (seed, F_OK), !=, 0);
    g_assert_cmpint (access (iso, F_OK), ==, 0);
    g_clear_object (&machine);
}

/* A machine whose definition calls the volume PATH what a cloud image was told by, and has it as DISK, an element's
 * inside, says, or not at all (""). */
static VitrineMachine *
define_claimant (const char *path, const char *disk)
{
    g_autofree char *device =
        *disk != '\0'
            ? g_strdup_printf ("<disk type='file' %s<source file='%s'/></disk>", disk, path)
            : g_strdup ("");
    g_autofree char *bare =
        libvirt_daemon_make_xml ("claimant", "c0ffee00-0000-4000-8000-00000000eeee", device);
    char *end = strstr (bare, "</domain>");
    g_autofree char *xml = NULL;
    g_autoptr (GError) error = NULL;
    VitrineMachine *claimant;

    *end = '\0';
    xml =
        g_strdup_printf ("%s<metadata><v:made xmlns:v='urn:org.vitrine:libvirt'><v:seed>%s</v:seed>"
                         "</v:made></metadata></domain>",
                         bare, path);
    claimant = await_define (host, xml, &error);
    g_assert_no_error (error);
    return claimant;
}

/* Whoever sends a definition may write into it what he likes. */
static void
test_what_a_definition_only_claims_is_no_seed (void)
{
    static const char disk[] = "device='disk'><readonly/><target dev='vda'/>";
    static const struct {
        const char *file, *size, *disk;
        guint n_listed;
    } cases[] = {
        { "a-cloud-init.iso", "1M", "", 0 },
        { "b-cloud-init.iso", "2M", disk, 1 },
        { "c-cloud-init.raw", "1M", disk, 1 },
        { "d.iso", "1M", disk, 1 },
        { "e-cloud-init.iso", "1M", "device='disk'><target dev='vda'/>", 1 },
        { "f-cloud-init.iso", "1M", "device='cdrom'><readonly/><target dev='sda'/>", 0 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path =
            g_build_filename (g_get_user_data_dir (), "libvirt/images", cases[i].file, NULL);
        g_autoptr (VitrineMachine) claimant = NULL;
        g_autoptr (GPtrArray) disks = NULL;
        g_autoptr (GError) error = NULL;

        g_test_message ("%s", cases[i].file);
        libvirt_daemon_virsh ("vol-create-as default %s %s --format raw", cases[i].file,
                              cases[i].size);
        claimant = define_claimant (path, cases[i].disk);
        disks = await_list_disks (claimant, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (disks->len, ==, cases[i].n_listed);
        await_delete (claimant, NULL, &error);
        g_assert_no_error (error);
        g_assert_cmpint (access (path, F_OK), ==, 0);
        libvirt_daemon_virsh ("vol-delete --pool default %s", cases[i].file);
    }
}

/* One that is just as it was made goes, but not out of somebody's CD drive. */
static void
test_a_seed_that_is_in_another_machines_drive_stays (void)
{
    g_autofree char *path =
        g_build_filename (g_get_user_data_dir (), "libvirt/images/g-cloud-init-2.iso", NULL);
    g_autofree char *drive =
        g_strdup_printf ("<disk type='file' device='cdrom'><readonly/><target dev='sda'/>"
                         "<source file='%s'/></disk>",
                         path);
    g_autofree char *xml =
        libvirt_daemon_make_xml ("reader", "c0ffee00-0000-4000-8000-00000000ffff", drive);
    g_autoptr (VitrineMachine) reader = NULL;

    libvirt_daemon_virsh ("vol-create-as default g-cloud-init-2.iso 1M --format raw");
    for (guint i = 0; i < 2; i++) {
        g_autoptr (VitrineMachine) claimant =
            define_claimant (path, "device='disk'><readonly/><target dev='vda'/>");
        g_autoptr (GPtrArray) disks = NULL;
        g_autoptr (GError) error = NULL;

        if (i == 0)
            reader = await_define (host, xml, &error);
        g_assert_no_error (error);
        disks = await_list_disks (claimant, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (disks->len, ==, 0);
        await_delete (claimant, NULL, &error);
        g_assert_no_error (error);
        g_assert_cmpint (access (path, F_OK), ==, i == 0 ? 0 : -1);
        if (i == 0)
            await_delete (reader, NULL, &error);
        g_assert_no_error (error);
    }
}

int
main (int argc, char **argv)
{
    int status;

    if (!libvirt_daemon_begin ())
        return 0;
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/create/a-machine-is-made-from-an-iso",
                     test_a_machine_is_made_from_an_iso);
    g_test_add_func ("/libvirt/create/its-disk-is-a-volume-of-a-pool",
                     test_its_disk_is_a_volume_of_a_pool);
    g_test_add_func ("/libvirt/create/it-starts-and-shows-itself", test_it_starts_and_shows_itself);
    g_test_add_func ("/libvirt/create/what-fails-leaves-no-volume",
                     test_what_fails_leaves_no_volume);
    g_test_add_func ("/libvirt/create/an-image-that-is-there-is-used-by-one-machine-alone",
                     test_an_image_that_is_there_is_used_as_it_is_and_by_one_machine_alone);
    g_test_add_func ("/libvirt/create/a-disk-that-something-else-uses-stays",
                     test_a_disk_that_something_else_uses_stays);
    g_test_add_func ("/libvirt/create/a-disk-goes-with-its-machine-when-that-is-wanted",
                     test_a_disk_goes_with_its_machine_when_that_is_wanted);
    g_test_add_func ("/libvirt/create/what-would-be-left-out-is-refused",
                     test_what_would_be_left_out_of_the_definition_is_refused);
    g_test_add_func ("/libvirt/create/a-disk-of-a-server-is-written-down",
                     test_a_disk_of_a_server_is_written_down);
    g_test_add_func (
        "/libvirt/create/what-a-cloud-image-is-told-by-comes-and-goes-with-the-machine",
        test_what_a_cloud_image_is_told_by_comes_and_goes_with_the_machine);
    g_test_add_func ("/libvirt/create/what-a-definition-only-claims-is-no-seed",
                     test_what_a_definition_only_claims_is_no_seed);
    g_test_add_func ("/libvirt/create/a-seed-that-is-in-another-machines-drive-stays",
                     test_a_seed_that_is_in_another_machines_drive_stays);
    status = g_test_run ();
    g_clear_object (&machine);
    g_clear_object (&host);
    g_free (iso);
    libvirt_daemon_end ();
    return status;
}
