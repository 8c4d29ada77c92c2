/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-image-allocate.c - the space of a new image is taken, all of it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "image-allocate.h"
#include "vitrine-error.h"

#define SIZE_BYTES ((guint64) 600 << 20) /* some steps, the last of which is shorter */

static struct {
    guint n_calls;
    guint64 n_bytes; /* that were set aside */
    guint fail;      /* the number of the call that is interrupted; 0: none */
    gboolean silent; /* it does not say how large it is */
} file_system;

int __wrap_fallocate64 (int fd, int mode, off_t offset, off_t len);

int
__wrap_fallocate64 (int fd, int mode, off_t offset, off_t len)
{
    if (++file_system.n_calls == file_system.fail) {
        errno = EINTR;
        return -1;
    }
    g_assert_cmpint (offset, ==, (off_t) file_system.n_bytes);
    file_system.n_bytes += (guint64) len;
    return 0;
}

int __real_fstatvfs64 (int fd, struct statvfs *fs);
int __wrap_fstatvfs64 (int fd, struct statvfs *fs);

int
__wrap_fstatvfs64 (int fd, struct statvfs *fs)
{
    if (!file_system.silent)
        return __real_fstatvfs64 (fd, fs);
    *fs = (struct statvfs){ 0 };
    return 0;
}

static void
allocate (guint fail)
{
    g_autoptr (GError) error = NULL;
    const ImageWatch watch = { 0 };
    int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    file_system.n_calls = 0;
    file_system.n_bytes = 0;
    file_system.fail = fail;
    g_assert_cmpint (fd, >=, 0);
    image_allocate (fd, "/x", VITRINE_DEFINITION_FORMAT_RAW, IMAGE_ALLOCATION_FALLOC, SIZE_BYTES,
                    NULL, &watch, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (file_system.n_bytes, ==, SIZE_BYTES);
    close (fd);
}

static void
test_all (void)
{
    allocate (0);
}

/* A signal is no reason to leave a part out, whichever it is. */
static void
test_interrupted (void)
{
    for (guint i = 1; i <= 3; i++)
        allocate (i);
}

/* The file system is not full meanwhile, for others. */
static void
test_too_much (void)
{
    g_autoptr (GError) error = NULL;
    const ImageWatch watch = { 0 };
    int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    file_system.n_calls = 0;
    file_system.n_bytes = 0;
    g_assert_cmpint (fd, >=, 0);
    g_assert_false (image_allocate (fd, "/x", VITRINE_DEFINITION_FORMAT_RAW,
                                    IMAGE_ALLOCATION_FALLOC, (guint64) 8 << 40, NULL, &watch,
                                    &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NO_SPACE);
    g_assert_cmpuint (file_system.n_calls, ==, 0);
    close (fd);
}

/* As some that are mounted by an ordinary user's program. */
static void
test_silent (void)
{
    file_system.silent = TRUE;
    allocate (0);
    file_system.silent = FALSE;
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/image/allocate/sets-all-of-it-aside", test_all);
    g_test_add_func ("/image/allocate/begins-a-part-again-that-was-interrupted", test_interrupted);
    g_test_add_func ("/image/allocate/what-does-not-fit-is-not-begun", test_too_much);
    g_test_add_func ("/image/allocate/a-file-system-that-does-not-say-how-large-it-is-is-tried",
                     test_silent);
    return g_test_run ();
}
