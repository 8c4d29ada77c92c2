/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base.c - byte order, checked sums, descriptors, messages, log limits. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "list.h"
#include "log.h"
#include "message.h"
#include "secret.h"
#include "test-descriptors.h"

static void
test_loads_do_not_need_alignment (void)
{
    const uint8_t bytes[] = { 0xff, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08 };

    g_assert_cmphex (load_le16 (bytes + 1), ==, 0x0201);
    g_assert_cmphex (load_be32 (bytes + 1), ==, 0x01020304);
    g_assert_cmphex (load_le64 (bytes + 1), ==, 0x0807060504030201);
    g_assert_cmphex (load_le (bytes + 1, 3), ==, 0x030201);
}

static void
test_stores_write_just_their_bytes (void)
{
    uint8_t bytes[6] = { 0 };

    store_le (bytes + 1, 0xaabbccddeeull, 3);
    g_assert_cmpmem (bytes, 6, "\x00\xee\xdd\xcc\x00\x00", 6);
    store_be16 (bytes, 0x1234);
    g_assert_cmpmem (bytes, 2, "\x12\x34", 2);
}

static void
test_range_fits_has_no_way_round (void)
{
    g_assert_true (range_fits (0, 10, 10));
    g_assert_true (range_fits (10, 0, 10));
    g_assert_false (range_fits (10, 1, 10));
    g_assert_false (range_fits (1, UINT64_MAX, 10));
    g_assert_false (range_fits (UINT64_MAX, 2, UINT64_MAX));
}

static void
test_ones_is_as_wide_as_asked (void)
{
    g_assert_cmphex (ones (1), ==, 0xff);
    g_assert_cmphex (ones (4), ==, 0xffffffff);
    g_assert_cmphex (ones (8), ==, UINT64_MAX);
}

static void
test_memfd_cannot_change_size (void)
{
    int fd = fd_memfd_create ("test", 8192);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (ftruncate (fd, 4096), ==, -1);
    g_assert_cmpint (ftruncate (fd, 16384), ==, -1);
    g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    fd_close (&fd);
    g_assert_cmpint (fd, ==, -1);
}

static void
test_all_are_closed (void)
{
    int fds[3], none;
    unsigned before = test_count_descriptors (getpid ());

    fd_init_all (fds, 3);
    fd_close_all (fds, 3); /* none is there */
    fds[0] = fd_memfd_create ("a", 1);
    fds[2] = none = fd_memfd_create ("b", 1);
    errno = ENOENT;
    fd_close_all (fds, 3);
    g_assert_cmpint (errno, ==, ENOENT);
    for (int i = 0; i < 3; i++)
        g_assert_cmpint (fds[i], ==, -1);
    g_assert_cmpint (fcntl (none, F_GETFD), ==, -1);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before);
}

static void
test_nameless_file_is_in_no_folder (void)
{
    g_autofree char *folder = g_dir_make_tmp ("vitrine-fd-XXXXXX", NULL);
    int fd = fd_open_nameless (folder);
    struct stat st;

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fstat (fd, &st), ==, 0);
    g_assert_cmpuint (st.st_nlink, ==, 0);
    g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
    g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    g_assert_cmpint (fd_pwrite_full (fd, "x", 1, 0), ==, 0);
    g_assert_cmpint (rmdir (folder), ==, 0);
    fd_close (&fd);
    g_assert_cmpint (fd_open_nameless (folder), ==, -ENOENT);
}

static void
test_short_file_is_an_io_error (void)
{
    int fd = fd_memfd_create ("test", 100);
    char buf[101];

    g_assert_cmpint (fd_pread_full (fd, buf, 100, 0), ==, 0);
    g_assert_cmpint (fd_pread_full (fd, buf, 101, 0), ==, -EIO);
    fd_close (&fd);
}

static void
make_pair (int pair[2])
{
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==, 0);
}

static void
test_message_carries_descriptors (void)
{
    int pair[2], sent[2], got[MESSAGE_MAX_FDS];
    unsigned n;
    char buf[16];

    make_pair (pair);
    sent[0] = fd_memfd_create ("a", 4096);
    sent[1] = fd_memfd_create ("b", 8192);
    g_assert_cmpint (message_send (pair[0], "hello", 5, sent, 2), ==, 0);
    g_assert_cmpint (message_receive (pair[1], buf, sizeof buf, got, &n), ==, 5);
    g_assert_cmpuint (n, ==, 2);
    g_assert_cmpint (lseek (got[1], 0, SEEK_END), ==, 8192);
    g_assert_cmpint (fcntl (got[0], F_GETFD) & FD_CLOEXEC, !=, 0);
    for (int i = 0; i < 2; i++) {
        fd_close (&sent[i]);
        fd_close (&got[i]);
        fd_close (&pair[i]);
    }
}

static void
test_truncated_message_is_refused_whole (void)
{
    int pair[2], fd = fd_memfd_create ("a", 4096), got[MESSAGE_MAX_FDS];
    unsigned n, before;
    char buf[4];

    make_pair (pair);
    before = test_count_descriptors (getpid ());
    g_assert_cmpint (message_send (pair[0], "too long", 8, &fd, 1), ==, 0);
    g_assert_cmpint (message_receive (pair[1], buf, sizeof buf, got, &n), ==, -EBADMSG);
    g_assert_cmpuint (n, ==, 0);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before);
    g_assert_cmpint (message_receive (pair[1], buf, sizeof buf, got, &n), ==, -EAGAIN);
    fd_close (&fd);
    fd_close (&pair[0]);
    g_assert_cmpint (message_receive (pair[1], buf, sizeof buf, got, &n), ==, 0);
    fd_close (&pair[1]);
}

static void
test_too_many_descriptors_leave_none_open (void)
{
    enum { SENT = MESSAGE_MAX_FDS + 3 };
    char buf[4] = "x";
    _Alignas (struct cmsghdr) char control[CMSG_SPACE (SENT * sizeof (int))] = { 0 };
    struct iovec iov = { .iov_base = buf, .iov_len = 1 };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *cmsg = CMSG_FIRSTHDR (&msg);
    int pair[2], got[MESSAGE_MAX_FDS];
    unsigned n, before;

    make_pair (pair);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN (SENT * sizeof (int));
    for (int i = 0; i < SENT; i++)
        memcpy (CMSG_DATA (cmsg) + i * sizeof (int), &pair[0], sizeof (int));
    before = test_count_descriptors (getpid ());
    g_assert_cmpint (sendmsg (pair[0], &msg, 0), ==, 1);
    g_assert_cmpint (message_receive (pair[1], buf, sizeof buf, got, &n), ==, -EBADMSG);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before);
    fd_close (&pair[0]);
    fd_close (&pair[1]);
}

static void
test_log_limit_stops_a_flood (void)
{
    struct log_limit limit = { 0 };
    unsigned allowed = 0;

    for (int i = 0; i < 1000; i++)
        allowed += log_limit_allows (&limit);
    g_assert_cmpuint (allowed, >=, LOG_LIMIT_BURST);
    g_assert_cmpuint (allowed, <=, 2 * LOG_LIMIT_BURST); /* a window may have ended meanwhile */
}

static void
test_list_survives_removal_while_walking (void)
{
    struct list head, nodes[5];
    unsigned seen = 0;

    list_init (&head);
    for (int i = 0; i < 5; i++) {
        list_init (&nodes[i]);
        list_append (&head, &nodes[i]);
    }
    list_for_each (node, &head)
    {
        seen++;
        list_remove (node);
        list_remove (node);
    }
    g_assert_cmpuint (seen, ==, 5);
    g_assert_true (list_is_empty (&head));
}

static void
test_secret_goes_by_a_pipe_and_is_in_no_core_dump (void)
{
    struct secret *secret = secret_new ("open sesame", 11), *read = NULL;
    int fd = secret_make_pipe (secret, 5, 6);
    g_autofree char *smaps = NULL;
    g_autofree char *page = g_strdup_printf (
        "%lx-", (unsigned long) ((uintptr_t) secret_bytes (secret) & ~(uintptr_t) 4095));
    const char *area;

    g_assert_true (g_file_get_contents ("/proc/self/smaps", &smaps, NULL, NULL));
    g_assert_cmpint (secret_read (fd, &read), ==, 0);
    close (fd);
    g_assert_cmpstr (secret_bytes (read), ==, "sesame");
    g_assert_cmpint (secret_append (read, "!", 1), ==, 0);
    g_assert_cmpuint (secret_len (read), ==, 7);
    area = strstr (smaps, page);
    g_assert_nonnull (area);
    area = strstr (area, "VmFlags:");
    g_assert_nonnull (area);
    g_assert_true (g_strstr_len (area, (gssize) strcspn (area, "\n"), " dd"));
    secret_unref (read);
    secret_unref (secret);
}

static void
test_secret_has_its_bounds (void)
{
    static const char zeros[SECRET_BYTES_MAX];
    struct secret *secret = secret_new (zeros, sizeof zeros), *read = NULL;
    char path[] = "/tmp/vitrine-secret-XXXXXX";
    int fd = g_mkstemp (path);

    unlink (path);
    g_assert_nonnull (secret);
    g_assert_null (secret_new (zeros, (size_t) SECRET_BYTES_MAX + 1));
    g_assert_cmpint (secret_append (secret, "x", 1), ==, -ENOSPC);
    secret_unref (secret);
    g_assert_cmpint (ftruncate (fd, SECRET_BYTES_MAX), ==, 0);
    g_assert_cmpint (secret_read (fd, &read), ==, 0);
    secret_unref (read);
    g_assert_cmpint (ftruncate (fd, SECRET_BYTES_MAX + 1), ==, 0);
    g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
    g_assert_cmpint (secret_read (fd, &read), ==, -E2BIG);
    g_assert_null (read);
    close (fd);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/base/bits/loads-do-not-need-alignment", test_loads_do_not_need_alignment);
    g_test_add_func ("/base/bits/stores-write-just-their-bytes", test_stores_write_just_their_bytes);
    g_test_add_func ("/base/bits/range-fits-has-no-way-round", test_range_fits_has_no_way_round);
    g_test_add_func ("/base/bits/ones-is-as-wide-as-asked", test_ones_is_as_wide_as_asked);
    g_test_add_func ("/base/fd/memfd-cannot-change-size", test_memfd_cannot_change_size);
    g_test_add_func ("/base/fd/all-are-closed", test_all_are_closed);
    g_test_add_func ("/base/fd/nameless-file-is-in-no-folder", test_nameless_file_is_in_no_folder);
    g_test_add_func ("/base/fd/short-file-is-an-io-error", test_short_file_is_an_io_error);
    g_test_add_func ("/base/message/carries-descriptors", test_message_carries_descriptors);
    g_test_add_func ("/base/message/truncated-is-refused-whole", test_truncated_message_is_refused_whole);
    g_test_add_func ("/base/message/too-many-descriptors-leave-none-open", test_too_many_descriptors_leave_none_open);
    g_test_add_func ("/base/log/limit-stops-a-flood", test_log_limit_stops_a_flood);
    g_test_add_func ("/base/list/survives-removal-while-walking", test_list_survives_removal_while_walking);
    g_test_add_func ("/base/secret/goes-by-a-pipe-and-is-in-no-core-dump",
                     test_secret_goes_by_a_pipe_and_is_in_no_core_dump);
    g_test_add_func ("/base/secret/has-its-bounds", test_secret_has_its_bounds);
    return g_test_run ();
}
