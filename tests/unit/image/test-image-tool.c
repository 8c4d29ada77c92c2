/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-image-tool.c - qemu-img, and who no longer wants what it does. */
#include <fcntl.h>
#include <unistd.h>

#include "image-tool.h"

#define DISK_BYTES ((guint64) 1 << 20)

static GCancellable *late; /* is cancelled when the program has printed all, before its end is waited for */

gboolean __real_g_subprocess_wait (GSubprocess *process, GCancellable *cancellable, GError **error);
gboolean __wrap_g_subprocess_wait (GSubprocess *process, GCancellable *cancellable, GError **error);

gboolean
__wrap_g_subprocess_wait (GSubprocess *process, GCancellable *cancellable, GError **error)
{
    g_cancellable_cancel (late);
    return __real_g_subprocess_wait (process, cancellable, error);
}

/* An empty disk is written into *FD. */
static gboolean
create (GCancellable *cancellable, int *fd, GError **error)
{
    const ImageWatch watch = { .cancellable = cancellable };

    *fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    g_assert_cmpint (*fd, >=, 0);
    return image_tool_create (*fd, VITRINE_DEFINITION_FORMAT_QCOW2, DISK_BYTES, FALSE, NULL, &watch,
                              error);
}

static void
test_late (void)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;
    char magic[4];
    int fd;

    late = cancellable;
    g_assert_true (create (cancellable, &fd, &error));
    g_assert_no_error (error);
    g_assert_cmpint (pread (fd, magic, sizeof magic, 0), ==, sizeof magic);
    g_assert_cmpmem (magic, sizeof magic, "QFI\xfb", 4);
    close (fd);
}

static void
test_cancelled (void)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;
    int fd;

    g_cancellable_cancel (cancellable);
    late = NULL;
    g_assert_false (create (cancellable, &fd, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    close (fd);
}

int
main (int argc, char **argv)
{
    g_autofree char *program = g_find_program_in_path ("qemu-img");

    g_test_init (&argc, &argv, NULL);
    if (!program) {
        g_print ("1..0 # SKIP qemu-img is not installed\n");
        return 0;
    }
    g_test_add_func ("/image/tool/what-is-done-is-done-whoever-cancels-then", test_late);
    g_test_add_func ("/image/tool/who-cancels-is-told-so", test_cancelled);
    return g_test_run ();
}
