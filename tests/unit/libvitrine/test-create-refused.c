/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-create-refused.c - what no machine is made of is refused, each with the whole sentence that is written down.
 *
 * tests/data/create/refused.txt has a line each: what it is, what was said, the sentence.  REWRITE=1 in the environment
 * writes it anew.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <vitrine.h>

#include "vitrine-rules-private.h"

#define UUID "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11"
#define MIB  (G_GUINT64_CONSTANT (1) << 20)
#define KEY  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"

/* --- what can be said ----------------------------------------------------------------------------------- */

static gboolean
try_disk (const char *input, GError **error)
{
    g_autoptr (VitrineDiskSpec) disk = vitrine_disk_spec_parse (input, error);

    return disk != NULL;
}

static gboolean
try_nic (const char *input, GError **error)
{
    g_autoptr (VitrineNicSpec) nic = vitrine_nic_spec_parse (input, error);

    return nic != NULL;
}

static void
set_number (VitrineSpec *spec, const char *key, guint64 number)
{
    if (g_str_equal (key, "vcpus"))
        vitrine_spec_set_vcpus (spec, (guint) number);
    else
        vitrine_spec_set_memory_mib (spec, number);
}

static void
set (VitrineSpec *spec, const char *key, const char *value)
{
    if (g_str_equal (key, "vcpus") || g_str_equal (key, "memory"))
        set_number (spec, key, g_ascii_strtoull (value, NULL, 10));
    else if (g_str_equal (key, "disk"))
        vitrine_spec_add_disk (spec, vitrine_disk_spec_parse (value, NULL));
    else if (g_str_equal (key, "nic"))
        vitrine_spec_add_nic (spec, vitrine_nic_spec_parse (value, NULL));
    else if (g_str_equal (key, "empty-disk"))
        vitrine_spec_add_disk (spec, vitrine_disk_spec_new ());
    else if (g_str_equal (key, "initrd"))
        vitrine_spec_set_kernel (spec, NULL, value, NULL);
    else if (g_str_equal (key, "cmdline"))
        vitrine_spec_set_kernel (spec, NULL, NULL, value);
    else
        g_object_set (spec, key, value, NULL);
}

/* Lines of KEY=VALUE, on a host with 8 processors' worth and 4 GiB. */
static gboolean
try_spec (const char *input, GError **error)
{
    const VitrineHostLimits limits = {
        .max_vcpus = 8, .host_cpus = 4, .memory_bytes = 4096 * MIB, .has_uefi = TRUE
    };
    g_autoptr (VitrineSpec) given = vitrine_spec_new ();
    g_autoptr (VitrineSpec) spec = NULL;
    g_autoptr (VitrineDefinition) definition = NULL;
    g_auto (GStrv) lines = g_strsplit (input, "\n", -1);

    vitrine_spec_set_name (given, "x");
    vitrine_spec_set_vcpus (given, 1);
    vitrine_spec_set_memory_mib (given, 512);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *equals = strchr (lines[i], '=');

        *equals = '\0';
        set (given, lines[i], equals + 1);
    }
    spec = vitrine_rules_dup_spec (given);
    if (!vitrine_rules_check_spec (spec, &limits, error))
        return FALSE;
    definition = vitrine_rules_define (spec, UUID, "/machines/" UUID, error);
    return definition != NULL;
}

static gboolean
try_hostname (const char *input, GError **error)
{
    return vitrine_cloud_check_hostname (input, error);
}

/* Nobody can log in. */
static gboolean
try_cloud (const char *input, GError **error)
{
    VitrineCloud cloud = { .user = (char *) input };

    return vitrine_cloud_check (&cloud, error);
}

/* All that is told is told to a system that is there. */
static gboolean
try_cloud_disk (const char *input, GError **error)
{
    VitrineCloud cloud = { .user = (char *) "ana", .keys = (char *) KEY };
    const VitrineHostLimits limits = { .max_vcpus = 8, .memory_bytes = 65536 * MIB };
    g_autoptr (VitrineSpec) given = vitrine_spec_new ();
    g_autoptr (VitrineSpec) spec = NULL;

    vitrine_spec_set_name (given, "x");
    if (*input != '\0')
        vitrine_spec_add_disk (given, vitrine_disk_spec_parse (input, NULL));
    vitrine_spec_set_cloud (given, &cloud);
    spec = vitrine_rules_dup_spec (given);
    return vitrine_rules_check_spec (spec, &limits, error);
}

static const struct {
    const char *name;
    gboolean (*try) (const char *input, GError **error);
} kinds[] = {
    { "disk", try_disk },
    { "nic", try_nic },
    { "spec", try_spec },
    { "cloud-user", vitrine_cloud_check_user },
    { "cloud-password", vitrine_cloud_check_password },
    { "cloud-keys", vitrine_cloud_check_keys },
    { "cloud-hostname", try_hostname },
    { "cloud", try_cloud },
    { "cloud-disk", try_cloud_disk },
};

/* A kind, then what is said, until NULL. */
static const char *const disks[] = {
    "",
    "size",
    "size=",
    "=10G",
    "size=10",
    "size=0G",
    "size=-1G",
    "size=+1G",
    "size= 1G",
    "size=1.5G",
    "size=1,5G",
    "size=tenG",
    "size=10X",
    "size=10GB",
    "size=10GiBi",
    "size=99999999999999999999G",
    "size=16777216T",
    "bus=virtio",
    "size=10G,bus=ide",
    "size=10G,bus=VIRTIO",
    "size=10G,bus=",
    "size=10G,cache=writethrough",
    "size=10G,cache=fast",
    "size=10G,discard=yes",
    "size=10G,format=vmdk",
    "size=10G,format=qcow3",
    "size=10G,readonly=on",
    "size=10G,readonly=maybe",
    "path=/a,force=perhaps",
    "size=10G,colour=red",
    "nbd=",
    "nbd=tower",
    "nbd=http://tower/x",
    "nbd=nbd://me@tower/x",
    "server=nbd://tower/x,path=/a",
    "server=nbd://tower/x,format=vmdk",
    "iscsi=iscsi://tower/iqn.2026-01.example:disk",
    "iscsi=iscsi://tower/disk/1",
    "iscsi=iscsi://tower/iqn.2026-01.example:disk/16384",
    "iscsi=iscsi://tower/iqn.2026-01.example:disk/one",
    "iscsi=iscsi://me@tower/iqn.2026-01.example:disk/1",
    "iscsi=iscsi://me:secret@tower/iqn.2026-01.example:disk/1",
    "size=10G,format=lvm",
    "size=10G,vg=group",
    "size=10G,thin=pool",
    "size=10G,volume=name",
    "format=lvm,vg=group",
    "path=/dev/vg/lv,format=lvm,vg=vg",
    "size=10G,format=lvm,vg=vg,path=/a",
    "path=/a,format=docx",
    NULL,
};

static const char *const nics[] = {
    "",
    "users",
    "none",
    "bridge",
    "bridge=",
    "network=",
    "macvtap=",
    "user,model=ne2k_pci",
    "user,model=VIRTIO",
    "user,model=",
    "user,forward=2222:22",
    "user,forward=tcp:2222",
    "user,forward=tcp:0:22",
    "user,forward=tcp:70000:22",
    "user,forward=tcp:2222:70000",
    "user,forward=sctp:2222:22",
    "user,forward=tcp:22-30:22",
    "user,forward=tcp:2222:22:1",
    "user,mode=bridge",
    "macvtap=eth0,mode=tunnel",
    "bridge=br0,forward=tcp:2222:22",
    "network=lab,forward=tcp:2222:22",
    "macvtap=eth0,forward=tcp:2222:22",
    "user,speed=fast",
    "user,,model=virtio",
    NULL,
};

static const char *const specs[] = {
    "name=",
    "name=a/b",
    "name=.",
    "name= x",
    "name=x ",
    "name=a\tb",
    "name=6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11",
    "vcpus=0",
    "vcpus=9",
    "memory=0",
    "memory=15",
    "memory=4097",
    "memory=18446744073709551615",
    "initrd=/boot/initrd.img",
    "cmdline=quiet",
    "boot=floppy",
    "boot=",
    "boot=hd,hd",
    "boot=hd,",
    "boot=HD",
    "boot=hd cdrom",
    "cpu-model=Pentium 9",
    "iso=/a\x01.iso",
    "iso=/a\xff.iso",
    "os=http://example.org/\x02",
    "empty-disk=",
    "disk=size=17T",
    "disk=path=/a,format=raw\ndisk=path=/a,format=raw",
    "disk=path=/a,format=raw\ndisk=path=/b/../a,format=raw",
    "nic=user,mac=52:54:00:12:34:56\nnic=user,mac=52:54:00:12:34:56",
    "nic=user,mac=52:54:00:12:34",
    "nic=user,mac=52:54:00:12:34:56:78",
    "nic=user,mac=01:00:5e:00:00:01",
    "nic=user,mac=00:00:00:00:00:00",
    "nic=user,mac=zz:54:00:12:34:56",
    "nic=user,restricted=perhaps",
    "nic=user,filter=everything",
    "nic=bridge=br0,restricted=yes",
    "nic=network=lab,inbound=fast",
    "nic=user,forward=tcp:2222:22,forward=tcp:2222:23",
    NULL,
};

static const char *const users[] = { "",
                                     "Ana",
                                     "0ana",
                                     "-ana",
                                     "ana maria",
                                     "ana\nroot",
                                     "añа",
                                     "ana:0",
                                     "root",
                                     "a\"b",
                                     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                     NULL };
static const char *const passwords[] = { "", "tab\there", "line\nbreak", "\x7f", NULL };
static const char *const keys[] = { "",
                                    "\n\n",
                                    "# nothing but a remark",
                                    "hello",
                                    "ssh-ed25519",
                                    "ssh-ed25519 BBBB",
                                    "ssh-ed25519\tAAAA",
                                    KEY "\nhello",
                                    "command=\"sh\" " KEY,
                                    "-----BEGIN OPENSSH PRIVATE KEY-----",
                                    KEY " \xff",
                                    NULL };
static const char *const hostnames[] = {
    "",    "-a",   "a-",   "a_b",
    "a b", "a..b", ".a",   "a.",
    "ä",   "a\nb", "a\"b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    NULL
};
static const char *const nobody[] = { "", "ana", NULL };
static const char *const no_systems[] = { "", "size=10G", NULL };

static const char *const *const inputs[] = { disks, nics,      specs,  users,     passwords,
                                             keys,  hostnames, nobody, no_systems };
G_STATIC_ASSERT (G_N_ELEMENTS (inputs) == G_N_ELEMENTS (kinds));

/* --- what is said to it ------------------------------------------------------------------------------------ */

/* The line of the file. */
static char *
dup_line (gsize kind, const char *input)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *escaped = g_strescape (input, NULL);

    if (kinds[kind].try (input, &error))
        g_error ("%s “%s” is not refused", kinds[kind].name, escaped);
    g_assert_true (error->domain == VITRINE_ERROR);
    return g_strdup_printf ("%s\t%s\t%s\n", kinds[kind].name, escaped, error->message);
}

static void
test_kind (gconstpointer data)
{
    gsize kind = GPOINTER_TO_SIZE (data);
    g_autofree char *path = g_build_filename (g_getenv ("GOLDEN"), "refused.txt", NULL);
    g_autofree char *file = NULL;
    g_autofree char *head = g_strconcat (kinds[kind].name, "\t", NULL);
    GString *made = g_string_new (NULL);
    GString *wanted = g_string_new (NULL);
    g_auto (GStrv) lines = NULL;

    g_assert_true (g_file_get_contents (path, &file, NULL, NULL));
    lines = g_strsplit (file, "\n", -1);
    for (guint i = 0; inputs[kind][i] != NULL; i++) {
        g_autofree char *line = dup_line (kind, inputs[kind][i]);

        g_string_append (made, line);
    }
    for (guint i = 0; lines[i] != NULL; i++)
        if (g_str_has_prefix (lines[i], head))
            g_string_append_printf (wanted, "%s\n", lines[i]);
    g_assert_cmpstr (made->str, ==, wanted->str);
    g_string_free (made, TRUE);
    g_string_free (wanted, TRUE);
}

static void
test_there_are_enough (void)
{
    guint n = 0;

    for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
        for (guint i = 0; inputs[kind][i] != NULL; i++)
            n++;
    g_assert_cmpuint (n, >=, 100);
}

static void
rewrite (void)
{
    g_autofree char *path = g_build_filename (g_getenv ("GOLDEN"), "refused.txt", NULL);
    GString *file = g_string_new ("# SPDX-License-Identifier: GPL-2.0-or-later\n");

    for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
        for (guint i = 0; inputs[kind][i] != NULL; i++) {
            g_autofree char *line = dup_line (kind, inputs[kind][i]);

            g_string_append (file, line);
        }
    g_assert_true (g_file_set_contents (path, file->str, -1, NULL));
    g_string_free (file, TRUE);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    if (g_getenv ("REWRITE") != NULL) {
        rewrite ();
        return 0;
    }
    g_test_add_func ("/create/refused/one-hundred-at-least", test_there_are_enough);
    for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++) {
        g_autofree char *path = g_strconcat ("/create/refused/", kinds[kind].name, NULL);

        g_test_add_data_func (path, GSIZE_TO_POINTER (kind), test_kind);
    }
    return g_test_run ();
}
