/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-vsock.c - an address for the guest, and one sentence where there is none.
 *
 * /dev/null stands for the kernel's vsock, in which the addresses of `taken` are taken.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <linux/vhost.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper-vsock.h"
#include "vitrine-error.h"

static guint64 taken_until; /* this one and all below */
static int refusal;         /* another errno, or 0 */
static guint64 claimed;

int __wrap_ioctl (int fd, unsigned long request, ...);

int
__wrap_ioctl (int fd, unsigned long request, ...)
{
    va_list args;
    const guint64 *cid;

    va_start (args, request);
    cid = va_arg (args, const guint64 *);
    va_end (args);
    g_assert_cmphex (request, ==, VHOST_VSOCK_SET_GUEST_CID);
    errno = refusal ? refusal : *cid <= taken_until ? EADDRINUSE : 0;
    if (errno)
        return -1;
    claimed = *cid;
    return 0;
}

/* The address CID (0: any) is asked for. */
static int
open_one (guint32 cid, guint32 *got, GError **error)
{
    VitrineDefinitionDevice device = { .kind = VITRINE_DEFINITION_VSOCK,
                                       .alias = (char *) "vsock0",
                                       .cid = cid };

    claimed = 0;
    return keeper_vsock_open (&device, got, error);
}

static void
test_the_first_that_is_free (void)
{
    static const guint64 cases[] = { 0, 2, 3, 9, 65537 };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        guint32 cid = 0;
        int fd;

        taken_until = cases[i];
        fd = open_one (0, &cid, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (cid, ==, MAX (cases[i] + 1, 3));
        g_assert_cmpuint (claimed, ==, cid);
        close (fd);
    }
    taken_until = 0;
}

static void
test_the_one_that_is_named (void)
{
    g_autoptr (GError) error = NULL;
    guint32 cid = 0;
    int fd = open_one (4294967294u, &cid, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (cid, ==, 4294967294u);
    g_assert_cmpuint (claimed, ==, cid);
    close (fd);
}

static void
assert_refused (guint32 wanted, gint code, const char *sentence)
{
    g_autoptr (GError) error = NULL;
    guint32 cid;

    g_assert_cmpint (open_one (wanted, &cid, &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, code);
    g_assert_cmpstr (error->message, ==, sentence);
    g_assert_cmpuint (claimed, ==, 0);
}

static void
test_what_is_taken (void)
{
    taken_until = 77;
    assert_refused (
        77, VITRINE_ERROR_BUSY,
        "The vsock address (CID) 77 of vsock0 is in use on this host; name another one, "
        "or write <cid auto='yes'/>");
    taken_until = G_MAXUINT64;
    assert_refused (0, VITRINE_ERROR_BUSY,
                    "No vsock address (CID) from 3 to 65538 is free on this host");
    taken_until = 0;
    refusal = EINVAL;
    assert_refused (0, VITRINE_ERROR_ENGINE,
                    "The host does not give vsock0 a vsock address: Invalid argument");
    refusal = 0;
}

static void
test_a_host_without_it (void)
{
    g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *path = g_build_filename (folder, "vhost-vsock", NULL);
    g_autofree char *missing = g_strdup_printf (
        "There is no %s, which a vsock needs: its kernel module is not loaded; run “sudo modprobe "
        "vhost_vsock”",
        path);
    g_autofree char *odd = g_strdup_printf ("%s cannot be opened: Is a directory", path);

    g_setenv ("VITRINE_VHOST_VSOCK", path, TRUE);
    assert_refused (0, VITRINE_ERROR_UNSUPPORTED, missing);
    g_mkdir (path, 0700);
    assert_refused (0, VITRINE_ERROR_ENGINE, odd);
    g_rmdir (path);
    if (geteuid () != 0) {
        g_autofree char *denied = g_strdup_printf (
            "You have no right to use %s; run “sudo usermod -aG kvm $USER” and log in again", path);

        g_file_set_contents (path, "", 0, NULL);
        g_chmod (path, 0);
        assert_refused (0, VITRINE_ERROR_DENIED, denied);
        g_unlink (path);
    }
    g_rmdir (folder);
    g_setenv ("VITRINE_VHOST_VSOCK", "/dev/null", TRUE);
}

int
main (int argc, char **argv)
{
    g_setenv ("LC_ALL", "C", TRUE);
    g_setenv ("VITRINE_VHOST_VSOCK", "/dev/null", TRUE);
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/vsock/the-first-that-is-free", test_the_first_that_is_free);
    g_test_add_func ("/keeper/vsock/the-one-that-is-named", test_the_one_that_is_named);
    g_test_add_func ("/keeper/vsock/what-is-taken", test_what_is_taken);
    g_test_add_func ("/keeper/vsock/a-host-without-it", test_a_host_without_it);
    return g_test_run ();
}
