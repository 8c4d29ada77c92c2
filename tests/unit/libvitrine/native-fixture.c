/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-fixture.c - for tests: a user of their own for the native engine. */
#include "native-fixture.h"

#include <glib/gstdio.h>
#include <stdlib.h>

static char *root;
static char *machines;
static char *runtime;

void
native_fixture_init (void)
{
    g_autofree char *data = NULL;
    g_autofree char *run = NULL;

    root = test_folder_new ();
    data = g_build_filename (root, "data", NULL);
    run = g_build_filename (root, "run", NULL);
    g_mkdir (run, 0700);
    g_setenv ("XDG_DATA_HOME", data, TRUE);
    g_setenv ("XDG_RUNTIME_DIR", run, TRUE);
    machines = g_build_filename (data, "vitrine", "machines", NULL);
    runtime = g_build_filename (run, "vitrine", NULL);
}

void
native_fixture_end (void)
{
    test_folder_remove (root);
    g_free (machines);
    g_free (runtime);
}

void
native_fixture_clear (void)
{
    if (g_file_test (machines, G_FILE_TEST_EXISTS))
        test_folder_remove (g_strdup (machines));
    if (g_file_test (runtime, G_FILE_TEST_EXISTS))
        test_folder_remove (g_strdup (runtime));
}

const char *
native_fixture_get_machines (void)
{
    return machines;
}

const char *
native_fixture_get_runtime (void)
{
    return runtime;
}

VitrineMachine *
native_fixture_create (VitrineHost *host, const char *name)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    disk->size_bytes = 1 << 20;
    vitrine_spec_set_name (spec, name);
    vitrine_spec_add_disk (spec, disk);
    return await_created (host, spec);
}

void
native_fixture_script (VitrineMachine *machine, const char *script)
{
    g_autofree char *folder = vitrine_machine_dup_folder (machine);
    g_autofree char *path = g_build_filename (folder, "keeper.ini", NULL);
    g_autofree char *text = g_strconcat ("[keeper]\n", script, NULL);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

char *
native_fixture_dup_xml (const char *name, const char *uuid, const char *disk)
{
    g_autofree char *disk_xml = disk == NULL
                                    ? g_strdup ("")
                                    : g_strdup_printf ("<disk type='file' device='disk'>"
                                                       "<driver name='qemu' type='raw'/>"
                                                       "<source file='%s'/>"
                                                       "<target dev='vda' bus='virtio'/></disk>",
                                                       disk);

    return g_strdup_printf (
        "<domain type='kvm'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>256</memory>"
        "<vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>"
        "<devices>%s</devices></domain>",
        name, uuid, disk_xml);
}

guint
native_fixture_count_entries (void)
{
    g_autoptr (GDir) dir = g_dir_open (machines, 0, NULL);
    const char *entry;
    guint n = 0;

    while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
        n += !g_str_equal (entry, ".lock");
    return n;
}
