/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-secrets.c - passphrases of encrypted disks: how they come, and how they are handed on. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-secrets.h"
#include "keeper-storage.h"
#include "secret.h"
#include "vitrine-error.h"

#define PATIENCE_MS 30000
/* Opens with "sesame"; the second time only when the file "go" is there, until which it says nothing. */
#define FAKE                                                                                       \
    "#!/usr/bin/python3\n"                                                                         \
    "import os, socket, struct, sys, time\n"                                                       \
    "secret = open(sys.argv[sys.argv.index('--object') + 1].split('file=')[1]).read()\n"           \
    "if secret != 'sesame': sys.exit('qemu-storage-daemon: x: Invalid password, cannot unlock')\n" \
    "while time.monotonic() < float(os.environ.get('UNTIL', 0)): time.sleep(0.01)\n"               \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "while True: time.sleep(60)\n"

static KeeperSecrets *
make_secrets (const char *lines)
{
    struct secret *secret = secret_new (lines, strlen (lines));
    KeeperSecrets *secrets =
        keeper_secrets_read (secret_make_pipe (secret, 0, strlen (lines)), NULL);

    secret_unref (secret);
    g_assert_nonnull (secrets);
    return secrets;
}

static VitrineDefinitionDevice
make_device (const char *target)
{
    return (VitrineDefinitionDevice){
        .kind = VITRINE_DEFINITION_DISK,
        .alias = (char *) "virtio-disk0",
        .target = (char *) target,
        .source = (char *) "/x",
        .format = VITRINE_DEFINITION_FORMAT_LUKS,
        .detect_zeroes = "off",
    };
}

static char *
dup_handed (const KeeperSecrets *secrets, const char *target)
{
    VitrineDefinitionDevice device = make_device (target);
    g_autoptr (GError) error = NULL;
    int fd = keeper_secrets_make_pipe (secrets, &device, &error);
    struct secret *read;
    char *text;

    if (fd < 0) {
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
        return NULL;
    }
    g_assert_cmpint (secret_read (fd, &read), ==, 0);
    text = g_strdup (secret_bytes (read));
    secret_unref (read);
    close (fd);
    return text;
}

static void
test_each_disk_has_its_own (void)
{
    g_autoptr (KeeperSecrets) secrets = make_secrets ("vda\nopen sesame\nvdb\nvda\nvdc\ncut off");
    g_autofree char *first = dup_handed (secrets, "vda");
    g_autofree char *again = dup_handed (secrets, "vda");
    g_autofree char *second = dup_handed (secrets, "vdb");

    g_assert_cmpstr (first, ==, "open sesame");
    g_assert_cmpstr (again, ==, "open sesame");
    g_assert_cmpstr (second, ==, "vda");
    g_assert_null (dup_handed (secrets, "vdc"));
    g_assert_null (dup_handed (secrets, "vd"));
    g_assert_null (dup_handed (NULL, "vda"));
}

static void
test_one_that_is_missing_is_named (void)
{
    g_autoptr (KeeperSecrets) secrets = make_secrets ("vda\nx\n");
    g_autoptr (GPtrArray) devices = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;
    VitrineDefinitionDevice a = make_device ("vda"), b = make_device ("vdb");

    g_ptr_array_add (devices, &a);
    g_assert_true (keeper_secrets_check (secrets, devices, NULL));
    g_ptr_array_add (devices, &b);
    g_assert_false (keeper_secrets_check (secrets, devices, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
    g_assert_nonnull (strstr (error->message, "vdb"));
    b.format = VITRINE_DEFINITION_FORMAT_RAW;
    g_assert_true (keeper_secrets_check (secrets, devices, NULL));
}

static KeeperSecrets *
read_one (const char *text, GError **error)
{
    int fds[2];

    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    g_assert_cmpint (write (fds[1], text, strlen (text)), ==, (gssize) strlen (text));
    close (fds[1]);
    return keeper_secrets_read_one (fds[0], error);
}

static void
test_one_is_for_whatever_disk (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (KeeperSecrets) one = read_one ("open sesame\n", &error);
    g_autofree char *first = dup_handed (one, "vda");
    g_autofree char *second = dup_handed (one, "vdb");

    g_assert_no_error (error);
    g_assert_cmpstr (first, ==, "open sesame");
    g_assert_cmpstr (second, ==, "open sesame");
    g_assert_null (read_one ("open sesame", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_null (strstr (error->message, "sesame"));
}

/* Who has the other end may write into it later, or never. */
static void
test_one_is_not_waited_for (void)
{
    g_autoptr (GError) error = NULL;
    int fds[2];

    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    g_assert_null (keeper_secrets_read_one (fds[0], &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    close (fds[1]);
    g_clear_error (&error);
    g_assert_null (keeper_secrets_read_one (open ("/dev/zero", O_RDONLY | O_CLOEXEC), &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

/* --- with a process --------------------------------------------------------------------------- */

typedef struct {
    guint n_peers;
    int fd;
} Owner;

static void
peer (gpointer owner, const char *alias, int fd)
{
    Owner *self = owner;

    self->n_peers++;
    fd_close (&self->fd);
    self->fd = fd;
}

static void
warn (gpointer owner, const char *alias, const char *text)
{
}

static void
processes (gpointer owner)
{
}

static void
resized (gpointer owner, const char *alias, guint64 size_bytes)
{
}

static void
merging (gpointer owner, double fraction)
{
}

static void
released (gpointer owner, const char *alias, const char *source)
{
}

static const KeeperStorageOps ops = { peer, warn, processes, resized, merging, released };

static gboolean
too_long_cb (gpointer user_data)
{
    g_error ("what the test waits for does not come");
    return G_SOURCE_REMOVE;
}

static GPid
the_process (KeeperStorage *storage)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));

    keeper_storage_add_processes (storage, pids);
    return pids->len == 1 ? (GPid) g_array_index (pids, guint32, 0) : 0;
}

static void
with_process (const char *lines, gboolean is_right)
{
    g_autofree char *folder = g_dir_make_tmp ("vitrine-secrets-XXXXXX", NULL);
    g_autofree char *program = g_build_filename (folder, "daemon", NULL);
    g_autofree char *log_path = g_build_filename (folder, "log", NULL);
    g_autoptr (KeeperSecrets) secrets = make_secrets (lines);
    g_autoptr (GError) error = NULL;
    Owner owner = { .fd = -1 };
    VitrineDefinitionDevice device = make_device ("vda");
    KeeperBacking backing = { .fd = -1, .rom_fd = -1, .image = g_new0 (KeeperImage, 1) };
    KeeperLog *log = keeper_log_open (folder, "log", 65536);
    KeeperStorage *storage = keeper_storage_new (folder, &ops, &owner);

    g_assert_true (
        g_file_set_contents_full (program, FAKE, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_setenv ("VITRINE_STORAGE_DAEMON", program, TRUE);
    backing.image->n_layers = 1;
    backing.image->layers[0].format = VITRINE_DEFINITION_FORMAT_LUKS;
    backing.image->layers[0].fd = open (program, O_RDONLY | O_CLOEXEC);
    keeper_storage_set_secrets (storage, secrets);
    if (keeper_storage_start (storage, &device, &backing, log, PATIENCE_MS, &error)) {
        g_autofree char *until =
            g_strdup_printf ("%f", (double) g_get_monotonic_time () / G_USEC_PER_SEC + 1);
        GPid first = the_process (storage);
        guint timer = g_timeout_add (PATIENCE_MS, too_long_cb, NULL);

        g_assert_true (is_right);
        g_setenv ("UNTIL", until, TRUE); /* the next one takes its time */
        kill (first, SIGKILL);
        while (the_process (storage) == first || the_process (storage) == 0)
            g_main_context_iteration (NULL, TRUE);
        g_assert_cmpuint (owner.n_peers, ==, 0);          /* it has no image yet */
        keeper_storage_lost (storage, "virtio-disk0", 0); /* of the one before */
        while (owner.n_peers == 0)
            g_main_context_iteration (NULL, TRUE);
        g_assert_cmpint (owner.fd, >=, 0);
        g_assert_cmpfloat ((double) g_get_monotonic_time () / G_USEC_PER_SEC, >=,
                           g_ascii_strtod (until, NULL));
        g_source_remove (timer);
    } else {
        g_assert_false (is_right);
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
        g_assert_null (strstr (error->message, "barley"));
    }
    g_unsetenv ("UNTIL");
    g_unsetenv ("VITRINE_STORAGE_DAEMON");
    keeper_storage_free (storage);
    keeper_log_close (log);
    fd_close (&owner.fd);
    fd_close (&backing.fd);
    g_unlink (program);
    g_unlink (log_path);
    g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_process_gets_it_each_time (void)
{
    with_process ("vda\nsesame\n", TRUE);
}

static void
test_wrong_one_is_told_as_such (void)
{
    with_process ("vda\nbarley\n", FALSE);
}

static void
test_arguments_name_a_descriptor_alone (void)
{
    VitrineDefinitionDevice device = make_device ("vda");
    KeeperImage image = { .n_layers = 1,
                          .layers = { { .format = VITRINE_DEFINITION_FORMAT_LUKS } } };
    g_auto (GStrv) argv = keeper_storage_arguments (&device, &image, "/x/qsd");

    g_assert_cmpstr (argv[1], ==, "--object");
    g_assert_cmpstr (argv[2], ==, "secret,id=passphrase,file=/proc/self/fd/6");
    g_assert_nonnull (strstr (argv[4], "\"driver\":\"luks\""));
    g_assert_nonnull (strstr (argv[4], "\"key-secret\":\"passphrase\""));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/secrets/each-disk-has-its-own", test_each_disk_has_its_own);
    g_test_add_func ("/keeper/secrets/one-that-is-missing-is-named",
                     test_one_that_is_missing_is_named);
    g_test_add_func ("/keeper/secrets/one-is-for-whatever-disk", test_one_is_for_whatever_disk);
    g_test_add_func ("/keeper/secrets/one-is-not-waited-for", test_one_is_not_waited_for);
    g_test_add_func ("/keeper/secrets/arguments-name-a-descriptor-alone",
                     test_arguments_name_a_descriptor_alone);
    g_test_add_func (
        "/keeper/secrets/process-gets-it-each-time-and-is-told-of-when-it-has-its-image",
        test_process_gets_it_each_time);
    g_test_add_func ("/keeper/secrets/wrong-one-is-told-as-such", test_wrong_one_is_told_as_such);
    return g_test_run ();
}
