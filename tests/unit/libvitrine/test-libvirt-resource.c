/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-resource.c - pools, volumes and networks of a real libvirt daemon.
 *
 * It is an ordinary user's, who may define networks but not start them.  The tests are one story and come in its
 * order.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "libvirt-daemon.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

static VitrineHost *host;

static void
ask (VitrineResourceRequest request)
{
    g_autoptr (GError) error = NULL;

    await_resource (host, &request, &error);
    g_assert_no_error (error);
}

static void
refuse (VitrineResourceRequest request, VitrineError code, const char *mention)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (await_resource (host, &request, &error));
    g_test_message ("%s", error->message);
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_nonnull (strstr (error->message, mention));
}

static GPtrArray *
list (VitrineResourceKind kind, const char *parent, const char *name)
{
    const VitrineResourceRequest request = { .kind = kind, .parent = parent, .name = name };
    g_autoptr (GError) error = NULL;
    GPtrArray *found = await_resources (host, &request, &error);

    g_assert_no_error (error);
    return found;
}

static char *
dup_path (const char *name)
{
    return g_build_filename (libvirt_daemon_folder (), name, NULL);
}

/* --- pools ------------------------------------------------------------------------------------ */

static void
test_a_pool_is_made_and_started_and_its_folder_with_it (void)
{
    g_autofree char *folder = dup_path ("images");
    g_autofree char *xml = g_strdup_printf (
        "<pool type='dir'><name>images</name><target><path>%s</path></target></pool>", folder);
    g_autoptr (GPtrArray) pools = NULL;
    const VitrinePoolInfo *pool;
    g_autoptr (GError) error = NULL;

    host = vitrine_host_new ("qemu:///session", NULL);
    await_connect (host, &error);
    g_assert_no_error (error);
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_POOL, .action = VITRINE_RESOURCE_DEFINE, .xml = xml });
    g_assert_cmpint (access (folder, F_OK), !=, 0);
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_POOL, .action = VITRINE_RESOURCE_START, .name = "images" });
    g_assert_cmpint (access (folder, F_OK), ==, 0);
    pools = list (VITRINE_RESOURCE_POOL, NULL, NULL);
    g_assert_cmpuint (pools->len, ==, 1);
    pool = g_ptr_array_index (pools, 0);
    g_assert_cmpstr (pool->name, ==, "images");
    g_assert_cmpstr (pool->path, ==, folder);
    g_assert_true (pool->is_active);
    g_assert_cmpuint (pool->available_bytes, >, 0);
    refuse ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_POOL,
                                      .action = VITRINE_RESOURCE_DEFINE,
                                      .xml = xml },
            VITRINE_ERROR_EXISTS, "images");
}

/* --- volumes ---------------------------------------------------------------------------------- */

static void
make_volume (const char *name, const char *format)
{
    g_autofree char *xml = g_strdup_printf (
        "<volume><name>%s</name><allocation>0</allocation><capacity unit='MiB'>4</capacity>"
        "<target><format type='%s'/></target></volume>",
        name, format);

    ask ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_VOLUME,
                                   .action = VITRINE_RESOURCE_DEFINE,
                                   .parent = "images",
                                   .xml = xml });
}

static void
test_volumes_are_made_and_grow (void)
{
    VitrineResourceRequest grow = { .kind = VITRINE_RESOURCE_VOLUME,
                                    .action = VITRINE_RESOURCE_RESIZE,
                                    .parent = "images",
                                    .name = "a.qcow2",
                                    .size_bytes = 8 * MIB };
    g_autoptr (GPtrArray) volumes = NULL, one = NULL;
    const VitrineVolumeInfo *volume;

    make_volume ("a.qcow2", "qcow2");
    make_volume ("b.raw", "raw");
    volumes = list (VITRINE_RESOURCE_VOLUME, "images", NULL);
    g_assert_cmpuint (volumes->len, ==, 2);
    volume = g_ptr_array_index (volumes, 0);
    g_assert_cmpstr (volume->name, ==, "a.qcow2");
    g_assert_cmpstr (volume->format, ==, "qcow2");
    g_assert_cmpuint (volume->capacity_bytes, ==, 4 * MIB);
    ask (grow);
    one = list (VITRINE_RESOURCE_VOLUME, "images", "a.qcow2");
    volume = g_ptr_array_index (one, 0);
    g_assert_cmpuint (volume->capacity_bytes, ==, 8 * MIB);
    grow.size_bytes = 2 * MIB;
    refuse (grow, VITRINE_ERROR_INVALID, "only grow");
}

static void
test_a_volume_that_a_machine_has_stays (void)
{
    VitrineResourceRequest gone = { .kind = VITRINE_RESOURCE_VOLUME,
                                    .action = VITRINE_RESOURCE_DELETE,
                                    .parent = "images",
                                    .name = "b.raw" };
    g_autofree char *path = dup_path ("images/b.raw");
    g_autofree char *devices = g_strdup_printf (
        "<disk type='file' device='disk'><source file='%s'/><target dev='vda'/></disk>", path);
    g_autofree char *xml =
        libvirt_daemon_make_xml ("owner", "c0ffee00-0000-4000-8000-00000000eeee", devices);
    g_autofree char *file = dup_path ("owner.xml");

    g_assert_true (g_file_set_contents (file, xml, -1, NULL));
    libvirt_daemon_virsh ("define %s", file);
    refuse (gone, VITRINE_ERROR_BUSY, "“owner”");
    g_assert_cmpint (access (path, F_OK), ==, 0);
    libvirt_daemon_virsh ("undefine owner");
    ask (gone);
    g_assert_cmpint (access (path, F_OK), !=, 0);
}

static void
test_a_pool_goes_and_its_images_stay (void)
{
    g_autofree char *path = dup_path ("images/a.qcow2");
    VitrineResourceRequest gone = { .kind = VITRINE_RESOURCE_POOL,
                                    .action = VITRINE_RESOURCE_DELETE,
                                    .name = "images" };

    refuse (gone, VITRINE_ERROR_BUSY, "stop it first");
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_POOL, .action = VITRINE_RESOURCE_STOP, .name = "images" });
    ask (gone);
    g_assert_cmpint (access (path, F_OK), ==, 0);
    refuse (gone, VITRINE_ERROR_NOT_FOUND, "images");
}

/* --- networks --------------------------------------------------------------------------------- */

static void
test_networks_are_defined_and_go (void)
{
    const VitrineNetworkSpec spec = { .name = "lab" };
    g_autoptr (GPtrArray) none = list (VITRINE_RESOURCE_NETWORK, NULL, NULL);
    g_autoptr (GPtrArray) networks = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = vitrine_network_spec_to_xml (&spec, none, &error);
    g_autofree char *other = NULL;
    const VitrineNetworkInfo *network;

    g_assert_no_error (error);
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_NETWORK, .action = VITRINE_RESOURCE_DEFINE, .xml = xml });
    networks = list (VITRINE_RESOURCE_NETWORK, NULL, NULL);
    g_assert_cmpuint (networks->len, ==, 1);
    network = g_ptr_array_index (networks, 0);
    g_assert_cmpstr (network->mode, ==, "nat");
    g_assert_cmpstr (network->ipv4, ==, "192.168.150.1/24");
    g_assert_cmpstr (network->dhcp, ==, "192.168.150.2-192.168.150.254");
    g_assert_false (network->is_active);
    /* The next one has another subnet. */
    other = vitrine_network_spec_to_xml (&spec, networks, &error);
    g_assert_nonnull (strstr (other, "192.168.151.1"));
    refuse ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_NETWORK,
                                      .action = VITRINE_RESOURCE_REPLACE,
                                      .xml = "<network><name>odd</name><colour/></network>" },
            VITRINE_ERROR_INVALID, "odd");
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_NETWORK, .action = VITRINE_RESOURCE_DELETE, .name = "lab" });
    g_clear_pointer (&networks, g_ptr_array_unref);
    networks = list (VITRINE_RESOURCE_NETWORK, NULL, NULL);
    g_assert_cmpuint (networks->len, ==, 0);
}

static void
test_a_host_without_them_says_so (void)
{
    g_autoptr (VitrineHost) here = vitrine_host_new (NULL, NULL);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL };
    g_autoptr (GError) error = NULL;

    g_assert_false (vitrine_host_has_resources (here));
    g_assert_null (await_resources (here, &request, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
    int status;

    if (!libvirt_daemon_begin ())
        return 0;
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/resource/a-pool-is-made-and-started-and-its-folder-with-it",
                     test_a_pool_is_made_and_started_and_its_folder_with_it);
    g_test_add_func ("/libvirt/resource/volumes-are-made-and-grow", test_volumes_are_made_and_grow);
    g_test_add_func ("/libvirt/resource/a-volume-that-a-machine-has-stays",
                     test_a_volume_that_a_machine_has_stays);
    g_test_add_func ("/libvirt/resource/a-pool-goes-and-its-images-stay",
                     test_a_pool_goes_and_its_images_stay);
    g_test_add_func ("/libvirt/resource/networks-are-defined-and-go",
                     test_networks_are_defined_and_go);
    g_test_add_func ("/libvirt/resource/a-host-without-them-says-so",
                     test_a_host_without_them_says_so);
    status = g_test_run ();
    g_clear_object (&host);
    libvirt_daemon_end ();
    return status;
}
