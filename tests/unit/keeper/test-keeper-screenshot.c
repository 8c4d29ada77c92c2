/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-screenshot.c - a picture from a process that is not trusted. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "display-protocol.h"
#include "fd.h"
#include "keeper-screenshot.h"
#include "message.h"
#include "vitrine-error.h"

static const struct display_scanout good = {
    DISPLAY_MESSAGE_SCANOUT, 100, 50, 400, DISPLAY_FORMAT_XRGB8888, 0, 0,
};

static void
test_refused (gconstpointer data)
{
    const struct display_scanout *s = data;
    int fd = fd_memfd_create ("frame", 400 * 50);
    g_autoptr (GError) error = NULL;
    KeeperStill still = { .fd = -1 };

    g_assert_false (keeper_screenshot_copy (s, sizeof *s, fd, &still, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (error->message, ==,
                     "The display describes itself in a way that makes no sense");
    fd_close (&fd);
}

/* Whether the picture is taken from FD, which is consumed. */
static gboolean
is_taken (int fd)
{
    KeeperStill still = { .fd = -1 };
    gboolean taken = keeper_screenshot_copy (&good, sizeof good, fd, &still, NULL);

    fd_close (&still.fd);
    fd_close (&fd);
    return taken;
}

static void
test_only_sealed_memory_is_mapped (void)
{
    int unsealed = memfd_create ("frame", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int pipes[2];

    g_assert_cmpint (ftruncate (unsealed, 400 * 50), ==, 0);
    g_assert_true (is_taken (fd_memfd_create ("frame", 400 * 50)));
    g_assert_false (is_taken (fd_memfd_create ("frame", 400 * 50 - 1)));
    g_assert_false (is_taken (unsealed)); /* could shrink under our reading */
    g_assert_false (is_taken (open ("/dev/zero", O_RDONLY)));
    g_assert_cmpint (pipe (pipes), ==, 0);
    g_assert_false (is_taken (pipes[0]));
    fd_close (&pipes[1]);
}

static void
test_wrong_length (void)
{
    int fd = fd_memfd_create ("frame", 400 * 50);
    KeeperStill still = { .fd = -1 };

    g_assert_false (keeper_screenshot_copy (&good, sizeof good - 8, fd, &still, NULL));
    g_assert_false (keeper_screenshot_copy (&good, 0, fd, &still, NULL));
    fd_close (&fd);
}

/* --- the channel ----------------------------------------------------------------------------- */

typedef struct {
    gboolean done, ok;
    char *message;
} Result;

static void
done_cb (KeeperScreenshot *screenshot, const KeeperStill *still, const GError *error,
         gpointer user_data)
{
    Result *result = user_data;
    int fd = still ? still->fd : -1;

    result->done = TRUE;
    result->ok = still != NULL;
    result->message = error ? g_strdup (error->message) : NULL;
    fd_close (&fd);
}

/* What the VMM's end says, and whether it hangs up then. */
static Result
talk (const void *message, gsize len, int fd, gboolean hang_up)
{
    struct display_hello hello = { DISPLAY_MESSAGE_HELLO, DISPLAY_PROTOCOL_VERSION, 0 };
    struct display_pointer_kind kind = { DISPLAY_MESSAGE_POINTER_KIND, 1 }; /* at any time */
    Result result = { 0 };
    KeeperScreenshot *screenshot;
    int fds[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
    screenshot = keeper_screenshot_new (fds[0], done_cb, &result);
    message_send (fds[1], &hello, sizeof hello, NULL, 0);
    message_send (fds[1], &kind, sizeof kind, NULL, 0);
    message_send (fds[1], message, len, &fd, fd >= 0 ? 1 : 0);
    if (hang_up)
        fd_close (&fds[1]);
    while (!result.done)
        g_main_context_iteration (NULL, TRUE);
    keeper_screenshot_free (screenshot);
    fd_close (&fds[1]);
    fd_close (&fd);
    return result;
}

static void
test_no_damage (void)
{
    Result result = talk (&good, sizeof good, fd_memfd_create ("frame", 400 * 50), FALSE);

    g_assert_true (result.ok); /* after the deadline, as it is */
}

static void
test_nothing_is_shown (void)
{
    const struct display_scanout nothing = { .type = DISPLAY_MESSAGE_SCANOUT };
    Result result = talk (&nothing, sizeof nothing, -1, FALSE);

    g_assert_cmpstr (result.message, ==, "The display shows nothing at the moment");
    g_free (result.message);
}

static void
test_hangs_up (void)
{
    Result result = talk ("", 0, -1, TRUE);

    g_assert_cmpstr (result.message, ==, "The display hung up");
    g_free (result.message);
}

static void
test_garbage (void)
{
    Result result = talk ("garbage", 7, -1, FALSE);

    g_assert_false (result.ok);
    g_free (result.message);
    result = talk (&good, sizeof good, -1, FALSE); /* a picture without its memory */
    g_assert_false (result.ok);
    g_free (result.message);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *promise;
        struct display_scanout scanout;
    } refused[] = {
        { "no-width", { 2, 0, 50, 400, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
        { "no-height", { 2, 100, 0, 400, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
        { "too-high", { 2, 100, 51, 400, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
        { "too-wide", { 2, 101, 50, 404, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
        { "rows-overlap", { 2, 100, 50, 399, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
        { "other-format", { 2, 100, 50, 400, 0x1234, 0, 0 } },
        { "past-the-end", { 2, 100, 50, 400, DISPLAY_FORMAT_XRGB8888, 0, 1 } },
        { "offset-wraps", { 2, 100, 50, 400, DISPLAY_FORMAT_XRGB8888, 0, G_MAXUINT64 - 100 } },
        { "sides-wrap", { 2, 0x40000001, 50, 4, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
        { "product-wraps", { 2, 16384, 16384, 0xffffffff, DISPLAY_FORMAT_XRGB8888, 0, 0 } },
    };

    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
        g_autofree char *path =
            g_strdup_printf ("/keeper/screenshot/refuses/%s", refused[i].promise);

        g_test_add_data_func (path, &refused[i].scanout, test_refused);
    }
    g_test_add_func ("/keeper/screenshot/only-sealed-memory-is-mapped",
                     test_only_sealed_memory_is_mapped);
    g_test_add_func ("/keeper/screenshot/wrong-length", test_wrong_length);
    g_test_add_func ("/keeper/screenshot/no-damage", test_no_damage);
    g_test_add_func ("/keeper/screenshot/nothing-is-shown", test_nothing_is_shown);
    g_test_add_func ("/keeper/screenshot/hangs-up", test_hangs_up);
    g_test_add_func ("/keeper/screenshot/garbage", test_garbage);
    return g_test_run ();
}
