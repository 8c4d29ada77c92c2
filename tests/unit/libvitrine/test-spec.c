/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-spec.c - what a new machine shall be: defaults, notifications, a disk's text, a good
 * name. */
#include <string.h>
#include <unistd.h>
#include <vitrine.h>

/* --- disks ------------------------------------------------------------------------------------ */

static VitrineDiskSpec *
parse (const char *text)
{
    g_autoptr (GError) error = NULL;
    VitrineDiskSpec *disk = vitrine_disk_spec_parse (text, &error);

    g_assert_no_error (error);
    return disk;
}

static void
test_disk_sizes (void)
{
    static const struct {
        const char *text;
        guint64 bytes;
    } sizes[] = {
        { "size=1K", 1 << 10 },
        { "size=512M", 512 << 20 },
        { "size=10G", (guint64) 10 << 30 },
        { "size=10g", (guint64) 10 << 30 },
        { "size=2T", (guint64) 2 << 40 },
        { "size=3GiB", (guint64) 3 << 30 },
        { "size=16777215T", (guint64) 16777215 << 40 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_autoptr (VitrineDiskSpec) disk = parse (sizes[i].text);

        g_assert_cmpuint (disk->size_bytes, ==, sizes[i].bytes);
        g_assert_null (disk->path);
        g_assert_cmpint (disk->bus, ==, VITRINE_DISK_BUS_VIRTIO);
    }
}

static void
test_disk_options (void)
{
    g_autoptr (VitrineDiskSpec) disk =
        parse ("path=/a/b.raw,bus=sata,cache=unsafe,readonly=on,format=raw");
    g_autoptr (VitrineDiskSpec) copy = vitrine_disk_spec_copy (disk);

    g_assert_cmpstr (copy->path, ==, "/a/b.raw");
    g_assert_cmpuint (copy->size_bytes, ==, 0);
    g_assert_cmpint (copy->bus, ==, VITRINE_DISK_BUS_SATA);
    g_assert_cmpstr (copy->cache, ==, "unsafe");
    g_assert_cmpstr (copy->format, ==, "raw");
    g_assert_true (copy->read_only);
}

static void
test_logical_volume (void)
{
    g_autoptr (VitrineDiskSpec) disk = parse ("size=5G,format=lvm,vg=vg0,thin=pool,volume=data");
    g_autoptr (VitrineDiskSpec) copy = vitrine_disk_spec_copy (disk);

    g_assert_cmpstr (copy->group, ==, "vg0");
    g_assert_cmpstr (copy->pool, ==, "pool");
    g_assert_cmpstr (copy->volume, ==, "data");
    g_assert_cmpstr (copy->format, ==, "raw");
    g_assert_null (copy->path);
}

/* As a definition has it, however it was typed: so those of two machines can be compared. */
static void
test_server (void)
{
    g_autoptr (VitrineDiskSpec) disk = parse ("nbd=NBD://Tower:10809/%64ata,readonly=on");

    g_autoptr (VitrineDiskSpec) unit = parse ("server=iscsi://Tower:3260/iqn.2026-01.a:B/007");

    g_assert_cmpstr (disk->server, ==, "nbd://tower/data");
    g_assert_true (disk->read_only);
    g_assert_cmpstr (unit->server, ==, "iscsi://tower/iqn.2026-01.a:B/7");
}

static void
test_two_commas_are_one_of_the_path (void)
{
    g_autoptr (VitrineDiskSpec) disk = parse ("path=/a,,b,,,bus=sata");

    g_assert_cmpstr (disk->path, ==, "/a,b,");
    g_assert_cmpint (disk->bus, ==, VITRINE_DISK_BUS_SATA);
}

static void
test_the_last_of_two_counts (void)
{
    g_autoptr (VitrineDiskSpec) disk = parse ("path=/a,path=/b,cache=none,cache=writeback");

    g_assert_cmpstr (disk->path, ==, "/b");
    g_assert_cmpstr (disk->cache, ==, "writeback");
}

static void
test_disk_on_scsi (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDiskSpec) spec =
        vitrine_disk_spec_parse ("size=1G,bus=scsi,discard=ignore", &error);

    g_assert_no_error (error);
    g_assert_cmpint (spec->bus, ==, VITRINE_DISK_BUS_SCSI);
    g_assert_cmpstr (spec->discard, ==, "ignore");
}

static void
test_disk_nonsense_is_refused_by_its_part (void)
{
    static const struct {
        const char *text, *part;
    } refused[] = {
        { "", "“”" },
        { "size", "size" },
        { "nbd=nbd://h/x,size=1G", "no size" },
        { "nbd=nbd://h/x,format=qcow2", "no size" },
        { "nbd=http://h/x", "http://h/x" },
        { "size=1G,preallocation=some", "preallocation=some" },
        { "size=1G,preallocation=metadata", "format=qcow2" },
        { "path=/a,preallocation=full", "a new file" },
        { "size=1G,format=lvm,vg=v,preallocation=full", "a new file" },
        { "size=", "size=" },
        { "size=10", "size=10" },
        { "size=0G", "size=0G" },
        { "size=-1G", "size=-1G" },
        { "size= 1G", "size= 1G" },
        { "size=1.5G", "size=1.5G" },
        { "size=10X", "size=10X" },
        { "size=10GB", "size=10GB" },
        { "size=0x10G", "size=0x10G" },
        { "size=99999999999999999999G", "size=99999999999999999999G" },
        { "size=16777216T", "size=16777216T" },
        { "path=", "path=" },
        { "bus=virtio", "bus=virtio" },
        { "size=1G,bus=ide", "bus=ide" },
        { "size=1G,discard=maybe", "discard=maybe" },
        { "size=1G,cache=directsync", "cache=directsync" },
        { "size=1G,readonly=maybe", "readonly=maybe" },
        { "size=1G,readonly=on", "readonly=on" },
        { "size=1G,format=vmdk", "raw, qcow2 or luks" },
        { "path=/x,format=qed", "format=qed" },
        { "size=1G,colour=red", "colour=red" },
        { "size=1G,format=lvm", "vg=GROUP" },
        { "size=1G,vg=vg0", "format=lvm" },
        { "size=1G,thin=pool", "format=lvm" },
        { "path=/dev/vg0/a,format=lvm,vg=vg0", "path=/dev/GROUP/NAME" },
        { "path=/dev/sdb,force=perhaps", "force=perhaps" },
        { "size=1G,", "“”" },
        { ",size=1G", "“”" },
        { "size=1G,,bus=sata", "size=1G,bus=sata" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_disk_spec_parse (refused[i].text, &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
        if (strstr (error->message, refused[i].part) == NULL)
            g_error ("“%s” does not name “%s”", error->message, refused[i].part);
    }
}

/* --- the spec --------------------------------------------------------------------------------- */

static void
test_defaults_are_usable (void)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();

    g_assert_cmpstr (vitrine_spec_get_name (spec), ==, "");
    g_assert_cmpuint (vitrine_spec_get_vcpus (spec), >=, 1);
    g_assert_cmpuint (vitrine_spec_get_vcpus (spec), <=, 2);
    g_assert_cmpuint (vitrine_spec_get_memory_mib (spec), >=, 512);
    g_assert_cmpuint (vitrine_spec_get_memory_mib (spec), <=, 4096);
    g_assert_cmpuint (vitrine_spec_get_memory_mib (spec) % 256, ==, 0);
    g_assert_cmpint (vitrine_spec_get_display (spec), ==, VITRINE_DISPLAY_BEST);
    g_assert_null (vitrine_spec_get_iso (spec));
    g_assert_null (vitrine_spec_get_kernel (spec));
    g_assert_cmpuint (vitrine_spec_get_disks (spec)->len, ==, 0);
}

static void
count_cb (GObject *object, GParamSpec *pspec, guint *count)
{
    ++*count;
}

static void
test_notifies_changes_alone (void)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    guint count = 0;

    g_signal_connect (spec, "notify", G_CALLBACK (count_cb), &count);
    vitrine_spec_set_name (spec, "a");
    vitrine_spec_set_name (spec, "a");
    vitrine_spec_set_vcpus (spec, 7);
    vitrine_spec_set_vcpus (spec, 7);
    vitrine_spec_set_memory_mib (spec, 7);
    vitrine_spec_set_memory_mib (spec, 7);
    vitrine_spec_set_display (spec, VITRINE_DISPLAY_NONE);
    vitrine_spec_set_display (spec, VITRINE_DISPLAY_NONE);
    vitrine_spec_set_iso (spec, NULL);
    g_assert_cmpuint (count, ==, 4);
    vitrine_spec_set_kernel (spec, "k", "i", NULL);
    g_assert_cmpuint (count, ==, 6);
    vitrine_spec_set_name (spec, NULL);
    g_assert_cmpstr (vitrine_spec_get_name (spec), ==, "");
}

static void
test_properties_are_the_getters (void)
{
    g_autoptr (VitrineSpec) spec =
        g_object_new (VITRINE_TYPE_SPEC, "name", "n", "vcpus", 3, "memory-mib", (guint64) 99,
                      "cpu-model", "486", "iso", "/i", "kernel", "/k", "initrd", "/r",
                      "command-line", "c", "display", VITRINE_DISPLAY_NONE, NULL);
    g_autofree char *initrd = NULL;

    g_assert_cmpstr (vitrine_spec_get_name (spec), ==, "n");
    g_assert_cmpuint (vitrine_spec_get_vcpus (spec), ==, 3);
    g_assert_cmpuint (vitrine_spec_get_memory_mib (spec), ==, 99);
    g_assert_cmpstr (vitrine_spec_get_cpu_model (spec), ==, "486");
    g_assert_cmpstr (vitrine_spec_get_iso (spec), ==, "/i");
    g_assert_cmpstr (vitrine_spec_get_kernel (spec), ==, "/k");
    g_assert_cmpstr (vitrine_spec_get_command_line (spec), ==, "c");
    g_assert_cmpint (vitrine_spec_get_display (spec), ==, VITRINE_DISPLAY_NONE);
    g_object_get (spec, "initrd", &initrd, NULL);
    g_assert_cmpstr (initrd, ==, "/r");
}

static void
test_suggested_names (void)
{
    static const struct {
        const char *path, *name;
    } names[] = {
        { NULL, "machine" },
        { "", "machine" },
        { "/", "machine" },
        { "...", "machine" },
        { "/a/debian-12.5.0-amd64-netinst.iso", "debian-12.5.0-amd64-netinst" },
        { "debian-12.5", "debian-12.5" },
        { "/a/My Holiday (2024) & more.iso", "My-Holiday-2024-more" },
        { "/a/-rf.iso", "rf" },
        { "/a/.hidden.iso", "hidden" },
        { "/a/$(reboot);.iso", "reboot" },
        { "/a/grün.iso", "grun" },
        { "/a/\377\376.iso", "machine" },
        { "/a/x--y__z.iso", "x-y__z" },
        { "/a/0123456789012345678901234567890123456789012345678901234567890123456789.iso",
          "012345678901234567890123456789012345678901234567" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *name = vitrine_spec_suggest_name (names[i].path);

        g_assert_cmpstr (name, ==, names[i].name);
    }
}

static void
test_nic_spec (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineNicSpec) plain = vitrine_nic_spec_parse ("user", &error);
    g_autoptr (VitrineNicSpec) full = vitrine_nic_spec_parse (
        "user,forward=tcp:2222:22,forward=udp:53:5353,model=e1000e,mac=52:54:00:01:02:03", &error);
    g_autoptr (VitrineNicSpec) bridge = vitrine_nic_spec_parse ("bridge=br0,model=e1000e", &error);
    g_autoptr (VitrineNicSpec) network = vitrine_nic_spec_parse ("network=lab", &error);
    g_autoptr (VitrineNicSpec) beside =
        vitrine_nic_spec_parse ("macvtap=eth0,mode=passthru", &error);
    g_autoptr (VitrineNicSpec) copy = vitrine_nic_spec_copy (bridge);
    g_autoptr (VitrineNicSpec) beside_copy = vitrine_nic_spec_copy (beside);
    const VitrineForward *forward;

    g_assert_no_error (error);
    g_assert_cmpstr (copy->bridge, ==, "br0");
    g_assert_cmpstr (copy->model, ==, "e1000e");
    g_assert_null (copy->network);
    g_assert_cmpstr (network->network, ==, "lab");
    g_assert_null (network->bridge);
    g_assert_cmpstr (beside_copy->macvtap, ==, "eth0");
    g_assert_cmpstr (beside_copy->macvtap_mode, ==, "passthrough");
    g_assert_null (plain->bridge);
    g_assert_null (plain->model);
    g_assert_null (plain->mac);
    g_assert_cmpuint (plain->forwards->len, ==, 0);
    g_assert_cmpstr (full->model, ==, "e1000e");
    g_assert_cmpstr (full->mac, ==, "52:54:00:01:02:03");
    g_assert_cmpuint (full->forwards->len, ==, 2);
    forward = &g_array_index (full->forwards, VitrineForward, 1);
    g_assert_true (forward->udp);
    g_assert_cmpuint (forward->host_port, ==, 53);
    g_assert_cmpuint (forward->guest_port, ==, 5353);
}

static void
test_nic_spec_refusals (void)
{
    static const struct {
        const char *text, *message;
        int code;
    } cases[] = {
        { "nat",
          "“nat”: a network card is on “user”, “bridge=NAME”, “network=NAME” or “macvtap=NAME”; "
          "say that first",
          VITRINE_ERROR_INVALID },
        { "",
          "“”: a network card is on “user”, “bridge=NAME”, “network=NAME” or “macvtap=NAME”; say "
          "that first",
          VITRINE_ERROR_INVALID },
        { "user,,mac=a",
          "“user,mac=a”: a network card is on “user”, “bridge=NAME”, “network=NAME” or "
          "“macvtap=NAME”; say that first",
          VITRINE_ERROR_INVALID },
        { "bridge=br0,forward=tcp:1:2",
          "“forward=tcp:1:2”: ports are forwarded to a card on the network “user”; on a bridge or "
          "network the guest has an address of its own",
          VITRINE_ERROR_INVALID },
        { "bridge=br0,network=lab", "“network=lab” says nothing a network card knows",
          VITRINE_ERROR_INVALID },
        { "user,model=ne2k", "“model=ne2k”: a network card is virtio, e1000e or rtl8139",
          VITRINE_ERROR_INVALID },
        { "user,forward=tcp:0:22",
          "“forward=tcp:0:22”: say for example forward=tcp:2222:22, this computer’s port first",
          VITRINE_ERROR_INVALID },
        { "user,forward=22",
          "“forward=22”: say for example forward=tcp:2222:22, this computer’s port first",
          VITRINE_ERROR_INVALID },
        { "user,speed=1", "“speed=1” says nothing a network card knows", VITRINE_ERROR_INVALID },
        { "user,mode=vepa",
          "“mode=vepa”: a card on “macvtap=NAME” has the mode bridge, vepa, private or passthru",
          VITRINE_ERROR_INVALID },
        { "user,mac", "“mac” is not of the form KEY=VALUE", VITRINE_ERROR_INVALID },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_nic_spec_parse (cases[i].text, &error));
        g_assert_error (error, VITRINE_ERROR, cases[i].code);
        g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/spec/disk/sizes", test_disk_sizes);
    g_test_add_func ("/spec/disk/options", test_disk_options);
    g_test_add_func ("/libvitrine/spec/logical-volume-is-a-raw-disk-in-a-group",
                     test_logical_volume);
    g_test_add_func ("/libvitrine/spec/server-in-one-way", test_server);
    g_test_add_func ("/spec/disk/two-commas-are-one-of-the-path",
                     test_two_commas_are_one_of_the_path);
    g_test_add_func ("/spec/disk/the-last-of-two-counts", test_the_last_of_two_counts);
    g_test_add_func ("/spec/disk/scsi", test_disk_on_scsi);
    g_test_add_func ("/spec/disk/nonsense-is-refused-by-its-part",
                     test_disk_nonsense_is_refused_by_its_part);
    g_test_add_func ("/spec/defaults-are-usable", test_defaults_are_usable);
    g_test_add_func ("/spec/notifies-changes-alone", test_notifies_changes_alone);
    g_test_add_func ("/spec/properties-are-the-getters", test_properties_are_the_getters);
    g_test_add_func ("/spec/suggested-names", test_suggested_names);
    g_test_add_func ("/spec/nic", test_nic_spec);
    g_test_add_func ("/spec/nic-refusals", test_nic_spec_refusals);
    return g_test_run ();
}
