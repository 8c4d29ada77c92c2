/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-agent.c - asks the guest's agent (qemu-guest-agent) whether it is there.
 *
 * Theory of operation.  The agent speaks JSON, a line each way, and knows nothing of connections:
 * what it says first may be the end of an answer to somebody before us.  So the first question
 * (guest-sync-delimited) carries a number made up for the occasion, and all that comes is thrown
 * away until an answer brings that number back; a byte FFh, which is in no JSON, before the question
 * makes the agent forget the half of a line somebody left behind.  Then the ping itself.
 *
 * The answers are the guest's words: a line longer than LINE_BYTES, or one that is not JSON where an
 * answer is due, ends the conversation, and so does the clock.
 */
#include "keeper-agent.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#include "fd.h"
#include "keeper-json.h"
#include "vitrine-error.h"

#ifndef KEEPER_AGENT_TIMEOUT_MS /* tests are less patient */
#define KEEPER_AGENT_TIMEOUT_MS 5000
#endif
#define LINE_BYTES 4096
#define FLUSH      0xff

struct _KeeperAgent {
    int fd;
    guint watch, timeout, idle;
    guint32 number; /* of the question that finds the beginning */
    gboolean synced;
    KeeperAgentDone done;
    gpointer user_data;
    GError *error; /* what to say in idle_cb() */
    char line[LINE_BYTES];
    gsize len;
};

/* --- the end --------------------------------------------------------------------------------- */

static gboolean
idle_cb (gpointer user_data)
{
    KeeperAgent *self = user_data;
    g_autoptr (GError) error = g_steal_pointer (&self->error);

    self->idle = 0;
    self->done (error, self->user_data);
    return G_SOURCE_REMOVE;
}

/* Ends the conversation; ERROR, consumed, is NULL when all is well.  Only the first end counts. */
static void
end (KeeperAgent *self, GError *error)
{
    if (self->idle) {
        g_clear_error (&error);
        return;
    }
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->timeout, g_source_remove);
    fd_close (&self->fd);
    self->error = error;
    self->idle = g_idle_add (idle_cb, self);
}

static void
end_badly (KeeperAgent *self, const char *text)
{
    end (self, g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_ENGINE, text));
}

static gboolean
timeout_cb (gpointer user_data)
{
    KeeperAgent *self = user_data;

    self->timeout = 0;
    end_badly (self, _ ("The guest's agent does not answer; is it installed and running?"));
    return G_SOURCE_REMOVE;
}

/* --- the conversation ------------------------------------------------------------------------ */

static void
say (KeeperAgent *self, const char *bytes, gsize len)
{
    /* A few dozen bytes into an empty socket: it takes them whole, or never will. */
    if (send (self->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t) len)
        end_badly (self, _ ("The guest's agent cannot be asked"));
}

static void
say_sync (KeeperAgent *self)
{
    g_autofree char *question =
        g_strdup_printf ("%c{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%u}}\n",
                         FLUSH, self->number);

    say (self, question, strlen (question));
}

/* Whether the answer in LINE carries our number back. */
static gboolean
is_sync (KeeperAgent *self, const char *line, gsize len)
{
    g_autofree char *expected = g_strdup_printf ("%u", self->number);
    const char *value;
    gsize value_len;

    return keeper_json_member (line, len, "return", &value, &value_len)
           && value_len == strlen (expected) && memcmp (value, expected, value_len) == 0;
}

static void
hear_line (KeeperAgent *self, const char *line, gsize len)
{
    static const char ping[] = "{\"execute\":\"guest-ping\"}\n";
    const char *value;
    gsize value_len;

    if (!self->synced) {
        self->synced = is_sync (self, line, len);
        if (self->synced)
            say (self, ping, sizeof ping - 1);
        return;
    }
    if (!keeper_json_member (line, len, "return", &value, &value_len))
        end_badly (self, _ ("The guest's agent answers what makes no sense"));
    else if (!value)
        end_badly (self, _ ("The guest's agent refuses to answer"));
    else
        end (self, NULL);
}

/* Takes what came byte by byte: a line ends with a line feed, and FFh begins anew. */
static void
hear (KeeperAgent *self, const char *bytes, gsize n)
{
    for (gsize i = 0; i < n && !self->idle; i++) {
        if ((guchar) bytes[i] == FLUSH) {
            self->len = 0;
        } else if (bytes[i] == '\n') {
            hear_line (self, self->line, self->len);
            self->len = 0;
        } else if (self->len < sizeof self->line) {
            self->line[self->len++] = bytes[i];
        } else if (self->synced) {
            end_badly (self, _ ("The guest's agent answers what makes no sense"));
        } else {
            self->len = 0; /* whoever this was for */
        }
    }
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperAgent *self = user_data;
    char bytes[1024];
    ssize_t n = recv (fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n > 0)
        hear (self, bytes, (gsize) n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        end_badly (self, _ ("The machine is no longer running"));
    return G_SOURCE_CONTINUE; /* end() took the source away */
}

KeeperAgent *
keeper_agent_ping (KeeperConsole *channel, KeeperAgentDone done, gpointer user_data, GError **error)
{
    int fd = keeper_console_connect (channel, error);
    KeeperAgent *self;

    if (fd < 0)
        return NULL;
    self = g_new0 (KeeperAgent, 1);
    self->fd = fd;
    self->number = g_random_int ();
    self->done = done;
    self->user_data = user_data;
    self->watch = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, readable_cb, self);
    self->timeout = g_timeout_add (KEEPER_AGENT_TIMEOUT_MS, timeout_cb, self);
    say_sync (self);
    return self;
}

void
keeper_agent_free (KeeperAgent *self)
{
    if (!self)
        return;
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->timeout, g_source_remove);
    g_clear_handle_id (&self->idle, g_source_remove);
    g_clear_error (&self->error);
    fd_close (&self->fd);
    g_free (self);
}
