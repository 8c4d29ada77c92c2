/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cli-libvirt.c - what vitrinectl does with a libvirt host, on libvirt's test driver: each run is a host of
 * its own. */
#include <glib/gstdio.h>
#include <string.h>

#include "run.h"

static void
test_list (void)
{
    struct ran names = run (NULL, "list --all --names");
    struct ran json = run (NULL, "list --json");

    g_assert_cmpint (names.status, ==, 0);
    g_assert_cmpstr (
        names.out, ==,
        "alpha\nasleep\nbeta 9\nBeta 10\ncontainer\ncrashed\nheadless\nkernel\nlargest\n"
        "many-disks\nmeta\nsaved\nspice-only\ntransient\nuefi\nüber – Größe “x”\n");
    g_assert_true (g_str_has_prefix (
        json.out, "[{\"name\":\"alpha\",\"uuid\":\"c0ffee00-0000-4000-8000-000000000001\","
                  "\"state\":\"running\",\"state_reason\":\"\",\"vcpus\":2,"
                  "\"memory_bytes\":2147483648,\"problem\":\"\"},"));
    ran_clear (&names);
    ran_clear (&json);
}

static void
test_info (void)
{
    assert_ran ("info many-disks", 0,
                "Name:      many-disks\n"
                "UUID:      c0ffee00-0000-4000-8000-000000000013\n"
                "State:     off\n"
                "CPUs:      1\n"
                "Memory:    512.0 MiB\n"
                "Firmware:  BIOS\n"
                "\n"
                "DEVICE         KIND  MODEL   SOURCE\n"
                "virtio-disk0   disk  virtio  /var/lib/images/a.raw\n"
                "virtio-disk25  disk  virtio  /var/lib/images/z.raw\n"
                "virtio-disk26  disk  virtio  /var/lib/images/aa.raw\n"
                "\n"
                "DISK                    ON THE HOST\n"
                "/var/lib/images/a.raw   1.0 TiB\n"
                "/var/lib/images/z.raw   1.0 TiB\n"
                "/var/lib/images/aa.raw  1.0 TiB\n",
                "");
}

/* libvirt's test driver tells next to nothing, and what is not told is no zero. */
static void
test_stats (void)
{
    assert_ran ("stats alpha headless", 0,
                "NAME      CPU  MEMORY  READ  WRITTEN  RECEIVED  SENT  UP\n"
                "alpha     -    -       -     -        -         -     -\n"
                "headless  -    -       -     -        -         -     -\n",
                "");
}

static void
assert_runs (const char *command)
{
    assert_ran (command, 0, "", "");
}

static void
test_lifecycle (void)
{
    assert_runs ("start 'Beta 10' uefi");
    assert_runs ("pause alpha");
    assert_runs ("resume 'beta 9'");
    assert_runs ("reset alpha");
    assert_runs ("shutdown alpha");
    assert_runs ("poweroff alpha headless");
    assert_runs ("wait alpha --state running");
    assert_runs ("send-keys alpha ctrl+alt+delete");
    assert_runs ("undefine meta");
    assert_ran ("start alpha", 1, "", "vitrinectl: “alpha” is running\n");
    assert_ran ("wait alpha --state off --timeout 0.1", 1, "",
                "vitrinectl: “alpha” is still in the state running\n");
    assert_ran ("start nobody", 1, "", "vitrinectl: There is no machine “nobody”\n");
}

static void
assert_refused (const char *command, const char *mention)
{
    struct ran ran = run (NULL, "%s", command);

    g_assert_cmpint (ran.status, ==, 1);
    g_assert_cmpstr (ran.out, ==, "");
    g_assert_nonnull (strstr (ran.err, mention));
    ran_clear (&ran);
}

/* The test driver begins anew with each program: what is printed is what came of it. */
static void
test_devices_come_to_definitions_and_go (void)
{
    assert_ran ("attach 'Beta 10' rng --config", 0, "rng0\n", "");
    assert_ran ("attach 'Beta 10' disk /srv/other.raw,bus=sata --config", 0, "sata0-0-0\nsata0\n",
                "");
    assert_runs ("set 'Beta 10' vcpus=2 --config");
    assert_refused ("attach 'Beta 10' rng colour=red --config", "“Beta 10”: XML document failed");
    assert_refused ("detach 'Beta 10' nothing --config", "The machine has no device nothing");
}

static void
assert_made (const char *command)
{
    struct ran ran = run (NULL, "%s", command);

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    g_assert_cmpuint (strlen (ran.out), ==, 37); /* its UUID */
    ran_clear (&ran);
}

static void
test_a_machine_is_made (void)
{
    assert_made ("create --name new --memory 512 --disk size=1G --start");
    assert_made ("create --name new --disk size=1G,path=/var/lib/images/mine.qcow2");
}

static void
assert_says (const char *command, const char *mention)
{
    struct ran ran = run (NULL, "%s", command);

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    g_assert_nonnull (strstr (ran.out, mention));
    ran_clear (&ran);
}

static void
test_networks_are_the_hosts_own (void)
{
    assert_ran ("net list", 0,
                "NAME      STATE   MODE      BRIDGE  SUBNET\n"
                "default   active  nat       virbr0  192.168.122.1/24\n"
                "isolated  active  isolated  virbr1  10.10.10.1/24\n"
                "lan       active  bridged   br0\n"
                "routed    active  routed    virbr2  fd00:1::1/64\n",
                "");
    assert_says ("net info default --json", "\"dhcp\":\"192.168.122.2-192.168.122.254\"");
    assert_says ("net dumpxml routed", "<forward dev='eth0' mode='route'>");
    assert_runs ("net create lab --start");
    assert_runs ("net create lab --subnet 10.9.0.1/24 --mode isolated --autostart");
    g_setenv ("VISUAL", "sed -i s/192.168.122.1/192.168.122.9/", TRUE);
    assert_runs ("net edit default");
    g_unsetenv ("VISUAL");
    assert_runs ("net start default");
    assert_runs ("net stop default");
    assert_refused ("net create default", "There is a network “default” already");
    assert_refused ("net delete default", "The network “default” is started; stop it first");
    assert_runs ("net edit default --subnet 10.8.0.1/24 --domain lab --autostart");
    assert_refused ("net edit default --subnet 10.8.0.1", "“10.8.0.1”: say an address");
    assert_runs ("net autostart default --off");
    assert_refused ("net create over --subnet 192.168.122.200/25",
                    "which is the network “default”");
    assert_refused ("net create wire --mode bridged", "say which");
    assert_runs ("net create wire --mode bridged --bridge br0");
    assert_refused ("net start nowhere", "“nowhere”: Network not found");
}

/* Every kind that libvirt 9 has. */
static void
test_a_pool_of_every_kind_is_told_with_its_place (void)
{
    static const struct {
        const char *name, *kind, *place;
    } pools[] = {
        { "images", "dir", "/var/lib/images" },
        { "second-disk", "fs", "/srv/images" },
        { "nas", "netfs", "/mnt/nas" },
        { "vg0", "logical", "/dev/vg0" },
        { "whole-disk", "disk", "/dev" },
        { "san", "iscsi", "/dev/disk/by-path" },
        { "san-direct", "iscsi-direct", "" },
        { "adapter", "scsi", "/dev/disk/by-path" },
        { "paths", "mpath", "/dev/mapper" },
        { "ceph", "rbd", "" },
        { "sheep", "sheepdog", "" },
        { "bricks", "gluster", "" },
        { "tank", "zfs", "/dev/zvol/tank/machines" },
        { "cluster", "vstorage", "/mnt/cluster" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (pools); i++) {
        g_autofree char *row =
            g_strdup_printf ("%-11s  active  %-12s  100.0 GiB  100.0 GiB%s%s\n", pools[i].name,
                             pools[i].kind, *pools[i].place != '\0' ? "  " : "", pools[i].place);

        assert_says ("pool list", row);
    }
}

static void
test_pools_and_volumes (void)
{
    assert_says ("pool info vg0 --json", "\"type\":\"logical\"");
    assert_says ("pool dumpxml nas", "<dir path='/export'/>");
    assert_runs ("pool create iso --path /srv/iso --start --autostart");
    assert_runs ("pool create shared --type netfs --server nas --folder /export --path /mnt/x");
    assert_runs ("pool create lvm --type logical --group vg9 --autostart");
    assert_runs ("pool create target --type iscsi --server san --device iqn.2020-01.example:x");
    assert_runs ("pool create ring --type rbd --server mon --group rbd");
    assert_refused ("pool create lvm --type logical", "Volume group");
    assert_refused ("pool create odd --type zfs", "“zfs”: a pool of that type is made by its XML");
    assert_runs ("pool refresh images");
    assert_runs ("pool autostart images --off");
    assert_runs ("pool stop images");
    assert_refused ("pool create images --path /srv/x", "There is a storage pool “images” already");
    assert_refused ("pool delete images", "The pool “images” is started; stop it first");
    assert_refused ("pool start nowhere", "“nowhere”: Storage pool not found");
    assert_runs ("vol create images one.raw 1G --format raw");
    assert_runs ("vol create images two.raw 1G --allocation 1M");
    assert_refused ("vol create images two.raw 1G --allocation 2G", "more space than its size");
    assert_refused ("vol create images a/b 1G", "“a/b”");
    assert_refused ("vol clone images nothing other", "“nothing”: Storage volume not found");
    assert_refused ("vol create images over.qcow2 --backing nothing", "“nothing”");
    assert_ran ("vol list images --json", 0, "[]\n", ""); /* each program has a host of its own */
    assert_refused ("vol delete images nothing", "“nothing”: Storage volume not found");
    assert_refused ("vol list nowhere", "“nowhere”: Storage pool not found");
}

static void
test_what_it_cannot_do_it_says (void)
{
    assert_refused ("console alpha", "“alpha” is on a host that cannot do this");
    assert_refused ("resize many-disks virtio-disk0 2T",
                    "“/var/lib/images/a.raw” is in no storage pool");
    assert_refused ("start --reset-nvram alpha", "“alpha”");
    assert_refused ("create --name alpha", "There is a machine named “alpha” already");
    assert_refused ("create --name new --disk path=/nowhere/at-all.img",
                    "say it, such as format=qcow2");
    assert_refused ("create --name new --disk size=1G,path=/nowhere/new.img",
                    "“/nowhere” is the folder of no storage pool");
    assert_refused ("create --name new --nic network=nowhere", "“nowhere”: Network not found");
}

static void
test_definitions_go_round (void)
{
    struct ran dumped = run (NULL, "dumpxml meta");
    struct ran defined = run (dumped.out, "define -");

    g_assert_cmpint (dumped.status, ==, 0);
    g_assert_nonnull (strstr (dumped.out, "<app:inner/>"));
    g_assert_cmpstr (defined.err, ==, "");
    g_assert_cmpstr (defined.out, ==, "c0ffee00-0000-4000-8000-000000000012\n");
    ran_clear (&dumped);
    ran_clear (&defined);
}

static void
test_host_check (void)
{
    struct ran ran = run (NULL, "host check");

    g_assert_cmpint (ran.status, ==, 0);
    g_assert_true (g_str_has_prefix (ran.out, "ok  libvirt  libvirt "));
    ran_clear (&ran);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cli/libvirt/list", test_list);
    g_test_add_func ("/cli/libvirt/info", test_info);
    g_test_add_func ("/cli/libvirt/stats", test_stats);
    g_test_add_func ("/cli/libvirt/lifecycle", test_lifecycle);
    g_test_add_func ("/cli/libvirt/devices-come-to-definitions-and-go",
                     test_devices_come_to_definitions_and_go);
    g_test_add_func ("/cli/libvirt/a-machine-is-made", test_a_machine_is_made);
    g_test_add_func ("/cli/libvirt/networks-are-the-hosts-own", test_networks_are_the_hosts_own);
    g_test_add_func ("/cli/libvirt/a-pool-of-every-kind-is-told-with-its-place",
                     test_a_pool_of_every_kind_is_told_with_its_place);
    g_test_add_func ("/cli/libvirt/pools-and-volumes", test_pools_and_volumes);
    g_test_add_func ("/cli/libvirt/what-it-cannot-do-it-says", test_what_it_cannot_do_it_says);
    g_test_add_func ("/cli/libvirt/definitions-go-round", test_definitions_go_round);
    g_test_add_func ("/cli/libvirt/host-check", test_host_check);
    return g_test_run ();
}
