/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-secrets.c - passphrases of encrypted disks: how they come, and how they are handed on. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-secrets.h"
#include "secret.h"
#include "storage-fixture.h"
#include "test-wait.h"
#include "vitrine-error.h"

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
        .alias = (char *) STORAGE_ALIAS,
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
    StorageFixture s;
    GPid first;
} Fixture;

static gboolean
has_next (gpointer data)
{
    Fixture *f = data;
    GPid pid = storage_fixture_process (&f->s);

    return pid != 0 && pid != f->first;
}

static gboolean
has_peer (gpointer data)
{
    return ((Fixture *) data)->s.n_peers > 0;
}

/* The process that runs is killed, and the next one takes its time. */
static void
replace (Fixture *f)
{
    g_autofree char *until =
        g_strdup_printf ("%f", (double) g_get_monotonic_time () / G_USEC_PER_SEC + 1);

    f->first = storage_fixture_process (&f->s);
    g_assert_cmpint (f->first, >, 0);
    g_setenv ("UNTIL", until, TRUE);
    kill (f->first, SIGKILL);
    test_wait (has_next, f);
    g_assert_cmpuint (f->s.n_peers, ==, 0);               /* it has no image yet */
    keeper_storage_lost (f->s.storage, STORAGE_ALIAS, 0); /* of the one before */
    test_wait (has_peer, f);
    g_assert_cmpint (f->s.peer, >=, 0);
    g_assert_cmpfloat ((double) g_get_monotonic_time () / G_USEC_PER_SEC, >=,
                       g_ascii_strtod (until, NULL));
    g_unsetenv ("UNTIL");
}

static void
with_process (const char *lines, gboolean is_right)
{
    g_autoptr (KeeperSecrets) secrets = make_secrets (lines);
    g_autoptr (GError) error = NULL;
    Fixture f;

    storage_fixture_set_up (&f.s);
    f.s.device.target = (char *) "vda";
    storage_fixture_set_program (&f.s, FAKE);
    storage_fixture_make_image (&f.s, VITRINE_DEFINITION_FORMAT_LUKS);
    keeper_storage_set_secrets (f.s.storage, secrets);
    g_assert_cmpint (storage_fixture_start (&f.s, &error), ==, is_right);
    if (is_right) {
        replace (&f);
    } else {
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
        g_assert_null (strstr (error->message, "barley"));
    }
    storage_fixture_tear_down (&f.s);
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
