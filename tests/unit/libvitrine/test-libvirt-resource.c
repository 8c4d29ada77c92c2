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

/* Of the volume NAME: what is based on what, and who has it. */
static void
test_a_volume_is_cloned_and_says_who_has_it (void)
{
    VitrineResourceRequest clone = { .kind = VITRINE_RESOURCE_VOLUME,
                                     .action = VITRINE_RESOURCE_CLONE,
                                     .parent = "images",
                                     .name = "a.qcow2",
                                     .new_name = "twin.qcow2" };
    g_autofree char *path = dup_path ("images/a.qcow2");
    const VitrineVolumeSpec over = {
        .name = "over.qcow2", .format = "qcow2", .backing = path, .backing_format = "qcow2"
    };
    g_autofree char *xml = vitrine_volume_spec_to_xml (&over, NULL);
    g_autofree char *devices = g_strdup_printf (
        "<disk type='volume' device='disk'><source pool='images' volume='twin.qcow2'/>"
        "<target dev='vda'/></disk>");
    g_autofree char *text =
        libvirt_daemon_make_xml ("owner", "c0ffee00-0000-4000-8000-00000000eeee", devices);
    g_autofree char *file = dup_path ("owner.xml");
    g_autoptr (GPtrArray) volumes = NULL;
    const VitrineVolumeInfo *based, *twin;

    ask (clone);
    refuse (clone, VITRINE_ERROR_EXISTS, "twin.qcow2");
    ask ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_VOLUME,
                                   .action = VITRINE_RESOURCE_DEFINE,
                                   .parent = "images",
                                   .xml = xml });
    g_assert_true (g_file_set_contents (file, text, -1, NULL));
    libvirt_daemon_virsh ("define %s", file);
    volumes = list (VITRINE_RESOURCE_VOLUME, "images", NULL);
    g_assert_cmpuint (volumes->len, ==, 3);
    based = g_ptr_array_index (volumes, 1);
    g_assert_cmpstr (based->backing, ==, path);
    g_assert_cmpuint (based->capacity_bytes, ==, 8 * MIB);
    twin = g_ptr_array_index (volumes, 2);
    g_assert_cmpstr (twin->name, ==, "twin.qcow2");
    g_assert_cmpuint (twin->capacity_bytes, ==, 8 * MIB);
    g_assert_cmpstr (twin->users[0], ==, "owner");
    g_assert_false (twin->in_use);
    refuse ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_VOLUME,
                                      .action = VITRINE_RESOURCE_DELETE,
                                      .parent = "images",
                                      .name = "a.qcow2" },
            VITRINE_ERROR_BUSY, "“over.qcow2” is based on it");
}

static void
test_a_volume_of_a_machine_that_runs_is_left_alone (void)
{
    VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                       .action = VITRINE_RESOURCE_CLONE,
                                       .parent = "images",
                                       .name = "twin.qcow2",
                                       .new_name = "torn.qcow2" };

    libvirt_daemon_virsh ("start owner");
    refuse (request, VITRINE_ERROR_BUSY, "“owner”, which runs");
    request.action = VITRINE_RESOURCE_RESIZE;
    request.size_bytes = 64 * MIB;
    refuse (request, VITRINE_ERROR_BUSY, "“owner”, which runs");
    request.action = VITRINE_RESOURCE_DELETE;
    refuse (request, VITRINE_ERROR_BUSY, "“owner”");
    libvirt_daemon_virsh ("destroy owner");
}

static void
count_cb (double fraction, gpointer n)
{
    g_assert_cmpfloat (fraction, <=, 1.0);
    ++*(guint *) n;
}

/* What was given up is not there afterwards, though libvirt goes on with it for a while. */
static void
test_one_that_is_given_up_is_not_there_afterwards (void)
{
    const VitrineVolumeSpec spec = { .name = "given-up.raw",
                                     .format = "raw",
                                     .size_bytes = 512 * MIB,
                                     .allocation_bytes = 512 * MIB };
    g_autofree char *xml = vitrine_volume_spec_to_xml (&spec, NULL);
    guint n = 0, told;
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .action = VITRINE_RESOURCE_DEFINE,
                                             .parent = "images",
                                             .xml = xml,
                                             .progress = count_cb,
                                             .progress_data = &n };
    g_autofree char *path = dup_path ("images/given-up.raw");
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    vitrine_host_ask_resource_async (host, &request, cancellable, await_cb, &result);
    while (access (path, F_OK) != 0 && result == NULL)
        g_main_context_iteration (NULL, FALSE);
    g_cancellable_cancel (cancellable);
    if (vitrine_host_ask_resource_finish (host, await_result (&result), &error)) {
        g_test_skip ("it was made before it could be given up");
        g_unlink (path);
        return;
    }
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    told = n;
    while (access (path, F_OK) == 0)
        g_main_context_iteration (NULL, FALSE);
    g_assert_cmpuint (n, ==, told); /* who gave up hears no more of it */
}

/* It is given up DELAY_US after its file was seen. */
static void
give_up_after (const char *name, gulong delay_us)
{
    const VitrineVolumeSpec spec = { .name = name, .format = "raw", .size_bytes = MIB };
    g_autofree char *xml = vitrine_volume_spec_to_xml (&spec, NULL);
    g_autofree char *file = g_build_filename ("images", name, NULL);
    g_autofree char *path = dup_path (file);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .action = VITRINE_RESOURCE_DEFINE,
                                             .parent = "images",
                                             .xml = xml };
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    gint64 patience = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

    vitrine_host_ask_resource_async (host, &request, cancellable, await_cb, &result);
    while (access (path, F_OK) != 0 && result == NULL)
        g_main_context_iteration (NULL, FALSE);
    g_usleep (delay_us);
    g_cancellable_cancel (cancellable);
    if (vitrine_host_ask_resource_finish (host, await_result (&result), &error)) {
        g_assert_cmpint (access (path, F_OK), ==, 0);
        ask ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_VOLUME,
                                       .action = VITRINE_RESOURCE_DELETE,
                                       .parent = "images",
                                       .name = name });
        return;
    }
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    while (access (path, F_OK) == 0 && g_get_monotonic_time () < patience)
        g_main_context_iteration (NULL, FALSE);
    g_assert_cmpint (access (path, F_OK), !=, 0);
}

/* Whatever moment it is given up in: it is made and there, or given up and not. */
static void
test_one_that_is_given_up_as_it_is_made_is_there_or_not_as_was_said (void)
{
    for (guint i = 0; i < 60; i++) {
        g_autofree char *name = g_strdup_printf ("just-%u.raw", i);

        give_up_after (name, i * 50);
    }
}

static void
test_a_pool_takes_its_volumes_with_it_when_that_is_asked (void)
{
    g_autofree char *folder = dup_path ("other");
    const VitrinePoolSpec spec = { .name = "other", .path = folder };
    g_autofree char *xml = vitrine_pool_spec_to_xml (&spec, NULL);
    const VitrineVolumeSpec base = { .name = "base.qcow2", .format = "qcow2", .size_bytes = MIB };
    g_autofree char *base_xml = vitrine_volume_spec_to_xml (&base, NULL);
    g_autofree char *path = dup_path ("other/base.qcow2");
    const VitrineVolumeSpec over = {
        .name = "over.qcow2", .format = "qcow2", .backing = path, .backing_format = "qcow2"
    };
    g_autofree char *over_xml = vitrine_volume_spec_to_xml (&over, NULL);
    const VitrineResourceRequest used = { .kind = VITRINE_RESOURCE_POOL,
                                          .action = VITRINE_RESOURCE_DELETE,
                                          .name = "images",
                                          .with_volumes = TRUE };
    g_autofree char *kept = dup_path ("images/a.qcow2");

    /* One that is used keeps all of them. */
    refuse (used, VITRINE_ERROR_BUSY, "“owner”");
    g_assert_cmpint (access (kept, F_OK), ==, 0);
    libvirt_daemon_virsh ("undefine owner");
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_POOL, .action = VITRINE_RESOURCE_DEFINE, .xml = xml });
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_POOL, .action = VITRINE_RESOURCE_BUILD, .name = "other" });
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_POOL, .action = VITRINE_RESOURCE_START, .name = "other" });
    ask ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_VOLUME,
                                   .action = VITRINE_RESOURCE_DEFINE,
                                   .parent = "other",
                                   .xml = base_xml });
    ask ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_VOLUME,
                                   .action = VITRINE_RESOURCE_DEFINE,
                                   .parent = "other",
                                   .xml = over_xml });
    g_assert_cmpint (access (path, F_OK), ==, 0);
    ask ((VitrineResourceRequest){ .kind = VITRINE_RESOURCE_POOL,
                                   .action = VITRINE_RESOURCE_DELETE,
                                   .name = "other",
                                   .with_volumes = TRUE });
    g_assert_cmpint (access (path, F_OK), !=, 0);
}

static void
test_a_pool_whose_driver_the_host_lacks_is_refused_with_its_package (void)
{
    const VitrinePoolSpec spec = {
        .name = "ring", .type = "gluster", .host = "brick.example", .group = "x"
    };
    g_autofree char *xml = vitrine_pool_spec_to_xml (&spec, NULL);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL,
                                             .action = VITRINE_RESOURCE_DEFINE,
                                             .xml = xml };
    g_autoptr (GError) error = NULL;

    if (await_resource (host, &request, &error)) {
        g_test_skip ("this libvirt has Gluster");
        libvirt_daemon_virsh ("pool-undefine ring");
        return;
    }
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "libvirt-daemon-driver-storage-gluster"));
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

/* Its text is read, changed and given back. */
static void
edit_network (void)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = VITRINE_RESOURCE_DUMP,
                                             .name = "lab" };
    const VitrineNetworkSpec changes = { .subnet = "192.168.160.1/24", .domain = "lab.example" };
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;
    g_autofree char *edited = NULL;

    vitrine_host_ask_resource_async (host, &request, NULL, await_cb, &result);
    text = vitrine_host_dump_resource_finish (host, await_result (&result), &error);
    g_assert_no_error (error);
    edited = vitrine_network_edit_xml (text, &changes, &error);
    g_assert_no_error (error);
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_NETWORK, .action = VITRINE_RESOURCE_REPLACE, .xml = edited });
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_NETWORK, .action = VITRINE_RESOURCE_AUTOSTART, .name = "lab" });
    ask ((VitrineResourceRequest){
        .kind = VITRINE_RESOURCE_NETWORK, .action = VITRINE_RESOURCE_NO_AUTOSTART, .name = "lab" });
}

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
    /* One that has its addresses is refused before there is anything of it. */
    refuse (
        (VitrineResourceRequest){
            .kind = VITRINE_RESOURCE_NETWORK,
            .action = VITRINE_RESOURCE_DEFINE,
            .xml = "<network><name>over</name><ip address='10.9.0.1' prefix='24'/>"
                   "<ip address='192.168.150.129' prefix='25'/></network>" },
        VITRINE_ERROR_INVALID, "the network “lab”");
    edit_network ();
    g_clear_pointer (&networks, g_ptr_array_unref);
    networks = list (VITRINE_RESOURCE_NETWORK, NULL, NULL);
    g_assert_cmpuint (networks->len, ==, 1);
    network = g_ptr_array_index (networks, 0);
    g_assert_cmpstr (network->ipv4, ==, "192.168.160.1/24");
    g_assert_cmpstr (network->dhcp, ==, "192.168.160.2-192.168.160.254");
    g_assert_cmpstr (network->domain, ==, "lab.example");
    g_assert_false (network->waits);
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
    libvirt_daemon_link_modules ();
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/resource/a-pool-is-made-and-started-and-its-folder-with-it",
                     test_a_pool_is_made_and_started_and_its_folder_with_it);
    g_test_add_func ("/libvirt/resource/volumes-are-made-and-grow", test_volumes_are_made_and_grow);
    g_test_add_func ("/libvirt/resource/a-volume-that-a-machine-has-stays",
                     test_a_volume_that_a_machine_has_stays);
    g_test_add_func ("/libvirt/resource/a-volume-is-cloned-and-says-who-has-it",
                     test_a_volume_is_cloned_and_says_who_has_it);
    g_test_add_func ("/libvirt/resource/a-volume-of-a-machine-that-runs-is-left-alone",
                     test_a_volume_of_a_machine_that_runs_is_left_alone);
    g_test_add_func ("/libvirt/resource/one-that-is-given-up-is-not-there-afterwards",
                     test_one_that_is_given_up_is_not_there_afterwards);
    g_test_add_func (
        "/libvirt/resource/one-that-is-given-up-as-it-is-made-is-there-or-not-as-was-said",
        test_one_that_is_given_up_as_it_is_made_is_there_or_not_as_was_said);
    g_test_add_func ("/libvirt/resource/a-pool-takes-its-volumes-with-it-when-that-is-asked",
                     test_a_pool_takes_its_volumes_with_it_when_that_is_asked);
    g_test_add_func (
        "/libvirt/resource/a-pool-whose-driver-the-host-lacks-is-refused-with-its-package",
        test_a_pool_whose_driver_the_host_lacks_is_refused_with_its_package);
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
