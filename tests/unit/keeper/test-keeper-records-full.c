/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-records-full.c - the most that one machine can have, and one more. */
#include <string.h>

#include "definition.h"
#include "keeper-records.h"
#include "message.h"
#include "vitrine-error.h"
#include "vmm-protocol.h"

#define N_QUEUES 8
#define N_CARDS  12 /* each with two descriptors a queue: all that a message carries */

/* What stands behind cards: numbers that only look like descriptors.  See --wrap in meson.build. */
int __wrap_keeper_net_get_fd (KeeperNet *net, const VitrineDefinitionDevice *device, guint index);
int __wrap_keeper_net_get_vhost (KeeperNet *net, const VitrineDefinitionDevice *device,
                                 guint index);

int
__wrap_keeper_net_get_fd (KeeperNet *net, const VitrineDefinitionDevice *device, guint index)
{
    return 1000 + (int) index;
}

int
__wrap_keeper_net_get_vhost (KeeperNet *net, const VitrineDefinitionDevice *device, guint index)
{
    return 2000 + (int) index;
}

/* Records of XML, whose machine has nothing but KVM_FD and what is behind its cards. */
static gboolean
build (const char *xml, int kvm_fd, KeeperRecords *records, GError **error)
{
    static char net; /* never looked into */
    KeeperLines lines = {
        .debug_fd = -1, .serial_fd = -1, .variables_fd = -1, .net = (KeeperNet *) &net
    };
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (xml, -1, error);
    g_autofree KeeperBacking *backings = NULL;
    KeeperFiles files;

    g_assert_no_error (*error);
    keeper_files_init (&files);
    files.kvm_fd = kvm_fd;
    files.n_backings = vitrine_definition_get_devices (definition)->len;
    backings = files.backings = g_new0 (KeeperBacking, files.n_backings);
    for (guint i = 0; i < files.n_backings; i++)
        backings[i].fd = backings[i].rom_fd = -1;
    return keeper_records_build (records, definition, &files, &lines, 0, error);
}

static GString *
new_definition (void)
{
    return g_string_new ("<domain type='kvm'><name>full</name>"
                         "<uuid>01020304-0506-0708-090a-0b0c0d0e0f10</uuid>"
                         "<memory unit='MiB'>96</memory><vcpu>8</vcpu>"
                         "<os><type>hvm</type></os><devices>");
}

static void
expect_full (GString *xml, int kvm_fd)
{
    g_autoptr (GError) error = NULL;
    KeeperRecords records;

    g_assert_false (build (xml->str, kvm_fd, &records, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_cmpstr (error->message, ==, "“full” has more devices than a machine can have");
    keeper_records_clear (&records);
}

static void
expect_fits (GString *xml, int kvm_fd, guint n_fds)
{
    g_autoptr (GError) error = NULL;
    KeeperRecords records;

    g_assert_true (build (xml->str, kvm_fd, &records, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (records.n_fds, ==, n_fds);
    keeper_records_clear (&records);
}

static void
test_descriptors (void)
{
    g_autoptr (GString) xml = new_definition ();

    for (guint i = 0; i < N_CARDS; i++)
        g_string_append_printf (xml,
                                "<interface type='ethernet'><mac address='52:54:00:00:00:%02x'/>"
                                "<target dev='tap%u' managed='no'/><model type='virtio'/>"
                                "<driver name='vhost' queues='%d'/></interface>",
                                i, i, N_QUEUES);
    g_string_append (xml, "</devices></domain>");
    G_STATIC_ASSERT (N_CARDS * N_QUEUES * 2 == MESSAGE_MAX_FDS);
    expect_fits (xml, -1, MESSAGE_MAX_FDS);
    expect_full (xml, 3); /* one more */
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/records/more-descriptors-than-a-message-carries-are-refused",
                     test_descriptors);
    return g_test_run ();
}
