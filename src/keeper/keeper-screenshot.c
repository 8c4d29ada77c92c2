/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-screenshot.c - one still picture, taken over a display channel of its own.
 *
 * The VMM says what is shown and gives the memory it is in; the first damage after our READY says
 * that the memory is up to date.  A display that says what it shows but no damage is copied as it
 * is when the time is over.
 *
 * Nothing of what comes is believed: the memory must be sealed against shrinking before it is
 * mapped, or the VMM could make us fault; the picture must lie inside it; sums are made in 64 bits.
 */
#include "keeper-screenshot.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "display-protocol.h"
#include "fd.h"
#include "message.h"
#include "vitrine-error.h"

#define DEADLINE_MS     2000
#define BYTES_PER_PIXEL 4

struct _KeeperScreenshot {
    int sock;
    guint watch;
    guint timeout;
    KeeperScreenshotDone done;
    gpointer user_data;
    struct display_scanout scanout;
    int scanout_fd; /* -1 while nothing is known to be shown */
};

static gboolean
refuse (GError **error, const char *text)
{
    g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, text);
    return FALSE;
}

/* --- the copy -------------------------------------------------------------------------------- */

/* Whether the picture lies inside a file of SIZE bytes; *END is where it ends. */
static gboolean
picture_fits (const struct display_scanout *s, guint64 size, guint64 *end)
{
    guint64 row = (guint64) s->width * BYTES_PER_PIXEL;

    if (s->width == 0 || s->height == 0 || s->width > DISPLAY_MAX_SIDE
        || s->height > DISPLAY_MAX_SIDE || s->format != DISPLAY_FORMAT_XRGB8888 || s->stride < row)
        return FALSE;
    *end = (guint64) s->stride * (s->height - 1) + row;
    return s->offset <= size && *end <= size - s->offset;
}

/* A memfd with the picture's rows, without what lies between them. */
static int
copy_rows (const struct display_scanout *s, const guint8 *first, guint stride, GError **error)
{
    int fd = memfd_create ("screenshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    for (guint y = 0; fd >= 0 && y < s->height; y++) {
        int ret = fd_pwrite_full (fd, first + (gsize) y * s->stride, stride, (off_t) y * stride);

        if (ret < 0) {
            fd_close (&fd);
            errno = -ret;
        }
    }
    if (fd >= 0
        && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        fd_close (&fd);
    if (fd < 0)
        refuse (error, _ ("There is no memory for the picture"));
    return fd;
}

gboolean
keeper_screenshot_copy (const void *bytes, gsize len, int fd, KeeperStill *still, GError **error)
{
    struct display_scanout s;
    struct stat st;
    guint64 end, map_start, map_bytes;
    int seals = fcntl (fd, F_GET_SEALS);
    guint8 *map;

    if (len != sizeof s)
        return refuse (error, _ ("The display describes itself in a way that makes no sense"));
    memcpy (&s, bytes, sizeof s);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat (fd, &st) < 0 || st.st_size < 0
        || !picture_fits (&s, (guint64) st.st_size, &end))
        return refuse (error, _ ("The display describes itself in a way that makes no sense"));
    map_start = s.offset & ~((guint64) sysconf (_SC_PAGESIZE) - 1);
    map_bytes = s.offset - map_start + end;
    map = mmap (NULL, map_bytes, PROT_READ, MAP_SHARED, fd, (off_t) map_start);
    if (map == MAP_FAILED)
        return refuse (error, _ ("The display's picture cannot be read"));
    *still =
        (KeeperStill){ .width = s.width, .height = s.height, .stride = s.width * BYTES_PER_PIXEL };
    still->fd = copy_rows (&s, map + (s.offset - map_start), still->stride, error);
    munmap (map, map_bytes);
    return still->fd >= 0;
}

/* --- the channel ----------------------------------------------------------------------------- */

/* The last thing that is done with SELF. */
static void
finish (KeeperScreenshot *self, const char *problem)
{
    g_autoptr (GError) error = NULL;
    KeeperStill still = { -1, 0, 0, 0 };

    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->timeout, g_source_remove);
    if (self->scanout_fd < 0)
        g_set_error_literal (&error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                             problem ? problem : _ ("The display shows nothing at the moment"));
    else
        keeper_screenshot_copy (&self->scanout, sizeof self->scanout, self->scanout_fd, &still,
                                &error);
    self->done (self, error ? NULL : &still, error, self->user_data);
}

static gboolean
timeout_cb (gpointer user_data)
{
    KeeperScreenshot *self = user_data;

    self->timeout = 0;
    finish (self, NULL);
    return G_SOURCE_REMOVE;
}

static gboolean
handle_scanout (KeeperScreenshot *self, const union display_message *message, int *fds, guint n_fds)
{
    struct display_ready ready = { DISPLAY_MESSAGE_READY };

    self->scanout = message->scanout;
    fd_close (&self->scanout_fd);
    if (n_fds == 1)
        self->scanout_fd = fd_steal (&fds[0]);
    if (n_fds > 1 || (self->scanout_fd < 0 && self->scanout.width != 0))
        return FALSE;
    return self->scanout_fd < 0 || message_send (self->sock, &ready, sizeof ready, NULL, 0) == 0;
}

/* Returns FALSE when the channel is over, one way or the other. */
static gboolean
handle (KeeperScreenshot *self, const union display_message *message, gsize len, int *fds,
        guint n_fds)
{
    if (len == sizeof message->hello && message->type == DISPLAY_MESSAGE_HELLO && n_fds == 0)
        return message->hello.version == DISPLAY_PROTOCOL_VERSION;
    if (len == sizeof message->scanout && message->type == DISPLAY_MESSAGE_SCANOUT)
        return handle_scanout (self, message, fds, n_fds);
    if (len == sizeof message->pointer_kind && message->type == DISPLAY_MESSAGE_POINTER_KIND)
        return n_fds == 0;
    if ((len == sizeof message->cursor && message->type == DISPLAY_MESSAGE_CURSOR)
        || (len == sizeof message->cursor_at && message->type == DISPLAY_MESSAGE_CURSOR_AT))
        return n_fds == 0; /* the cursor is not in the picture */
    return FALSE;          /* damage: the picture is up to date; anything else makes no sense */
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperScreenshot *self = user_data;
    union display_message message;
    int fds[MESSAGE_MAX_FDS];
    guint n_fds;
    int n = message_receive (self->sock, &message, sizeof message, fds, &n_fds);
    gboolean go_on;

    if (n == -EAGAIN)
        return G_SOURCE_CONTINUE;
    go_on = n >= (int) sizeof message.type && handle (self, &message, (gsize) n, fds, n_fds);
    fd_close_all (fds, n_fds);
    if (go_on)
        return G_SOURCE_CONTINUE;
    self->watch = 0;
    finish (self, _ ("The display hung up"));
    return G_SOURCE_REMOVE;
}

KeeperScreenshot *
keeper_screenshot_new (int sock, KeeperScreenshotDone done, gpointer user_data)
{
    KeeperScreenshot *self = g_new0 (KeeperScreenshot, 1);

    self->sock = sock;
    self->scanout_fd = -1;
    self->done = done;
    self->user_data = user_data;
    fd_set_nonblock (sock);
    self->watch = g_unix_fd_add (sock, G_IO_IN | G_IO_HUP, readable_cb, self);
    self->timeout = g_timeout_add (DEADLINE_MS, timeout_cb, self);
    return self;
}

void
keeper_screenshot_free (KeeperScreenshot *self)
{
    if (!self)
        return;
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->timeout, g_source_remove);
    fd_close (&self->scanout_fd);
    fd_close (&self->sock);
    g_free (self);
}
