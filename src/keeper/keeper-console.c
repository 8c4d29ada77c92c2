/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-console.c - one serial port, terminal or channel of the guest, shown to any number of
 * clients.
 *
 * Theory of operation.  Output: whatever the VMM sends is read at once and put into the ring; each
 * client has a place in the ring and is given from there what its socket takes.  A client whose
 * socket is full is watched for room; meanwhile the ring may overtake it, which moves its place up.
 *
 * Input: one small buffer for all clients.  While it has something in it no client is read, and the
 * VMM's socket is watched for room; when it is empty, clients are read again.
 */
#include "keeper-console.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-ring.h"
#include "vitrine-error.h"

#define HISTORY_BYTES (64 * 1024)
#define INPUT_BYTES   1024
#define READ_BYTES    4096
#define MAX_READS     16 /* of one turn of the loop */

typedef struct {
    KeeperConsole *console;
    int fd;
    guint64 place;   /* in the ring */
    guint in_watch;  /* 0: not read now */
    guint out_watch; /* 0: its socket had room, or there is nothing for it */
    guint hup_watch;
    gboolean at_end;  /* it will type no more */
    gboolean hung_up; /* it will read no more; what it typed before is still to be read */
} Client;

struct _KeeperConsole {
    char *name;
    int sock; /* to the VMM; -1 once it hung up */
    guint in_watch;
    guint out_watch;
    KeeperLog *log;
    KeeperRing ring;
    GPtrArray *clients; /* of Client */
    guint8 input[INPUT_BYTES];
    gsize input_start, input_len;
    gboolean is_channel;
    KeeperConsolePresence presence; /* channels: who is told … */
    gpointer presence_data;
    gboolean present; /* … and was told so */
};

static void update_input_watches (KeeperConsole *self);

/* --- clients --------------------------------------------------------------------------------- */

static void
client_free (Client *client)
{
    g_clear_handle_id (&client->in_watch, g_source_remove);
    g_clear_handle_id (&client->out_watch, g_source_remove);
    g_clear_handle_id (&client->hup_watch, g_source_remove);
    fd_close (&client->fd);
    g_free (client);
}

/* After clients came or went. */
static void
update_presence (KeeperConsole *self)
{
    gboolean present = self->clients->len > 0;

    if (!self->is_channel || self->present == present)
        return;
    self->present = present;
    if (!present)
        self->input_len = 0; /* what the one who left typed, and the guest did not read */
    self->presence (self, present, self->presence_data);
}

/* Removes CLIENT from its console, and so frees it, once nothing is to come and to go any more. */
static void
client_drop_if_over (Client *client)
{
    KeeperConsole *self = client->console;

    if (client->hung_up && (client->at_end || self->sock < 0 || self->is_channel)) {
        g_ptr_array_remove (self->clients, client);
        update_presence (self);
    }
}

/* Gives CLIENT what its socket takes. */
static void
client_flush (Client *client)
{
    const guint8 *chunk;
    gsize len;

    while (!client->hung_up
           && (len = keeper_ring_peek (&client->console->ring, &client->place, &chunk)) > 0) {
        ssize_t n = send (client->fd, chunk, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0)
            client->place += (guint64) n;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            client->hung_up = TRUE;
    }
}

static gboolean
client_wants_room (const Client *client)
{
    return !client->hung_up && client->place < client->console->ring.end;
}

static gboolean
client_writable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    Client *client = user_data;

    client_flush (client);
    if (client_wants_room (client))
        return G_SOURCE_CONTINUE;
    client->out_watch = 0;
    client_drop_if_over (client);
    return G_SOURCE_REMOVE;
}

/* After new output.  May free CLIENT. */
static void
client_update (Client *client)
{
    if (client->out_watch || client->hung_up)
        return;
    client_flush (client);
    if (client_wants_room (client))
        client->out_watch = g_unix_fd_add (client->fd, G_IO_OUT, client_writable_cb, client);
    client_drop_if_over (client);
}

static gboolean
client_hup_cb (int fd, GIOCondition condition, gpointer user_data)
{
    Client *client = user_data;

    client->hup_watch = 0;
    client->hung_up = TRUE;
    client_drop_if_over (client);
    return G_SOURCE_REMOVE;
}

/* --- input ----------------------------------------------------------------------------------- */

/* Sends the guest what is in the buffer, as far as it goes. */
static void
flush_input (KeeperConsole *self)
{
    while (self->sock >= 0 && self->input_len > 0) {
        ssize_t n = send (self->sock, self->input + self->input_start, self->input_len,
                          MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) { /* the VMM is gone; its end is noticed where it is read */
            self->input_len = 0;
            return;
        }
        self->input_start += (gsize) n;
        self->input_len -= (gsize) n;
    }
}

static gboolean
vmm_writable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperConsole *self = user_data;

    flush_input (self);
    if (self->input_len > 0)
        return G_SOURCE_CONTINUE;
    self->out_watch = 0;
    update_input_watches (self);
    return G_SOURCE_REMOVE;
}

static gboolean
client_readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    Client *client = user_data;
    KeeperConsole *self = client->console;
    ssize_t n = recv (client->fd, self->input, sizeof self->input, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) { /* it may go on reading */
        client->at_end = TRUE;
        client->in_watch = 0;
        client_drop_if_over (client);
        return G_SOURCE_REMOVE;
    }
    self->input_start = 0;
    self->input_len = (gsize) n;
    flush_input (self);
    if (self->input_len == 0)
        return G_SOURCE_CONTINUE;
    client->in_watch = 0;
    update_input_watches (self);
    return G_SOURCE_REMOVE;
}

/* Reads clients while the input buffer is empty, else waits for the guest. */
static void
update_input_watches (KeeperConsole *self)
{
    gboolean read = self->sock >= 0 && self->input_len == 0;

    for (guint i = 0; i < self->clients->len; i++) {
        Client *client = g_ptr_array_index (self->clients, i);

        if (read && !client->in_watch && !client->at_end)
            client->in_watch = g_unix_fd_add (client->fd, G_IO_IN, client_readable_cb, client);
        else if (!read)
            g_clear_handle_id (&client->in_watch, g_source_remove);
    }
    if (self->sock >= 0 && self->input_len > 0 && !self->out_watch)
        self->out_watch = g_unix_fd_add (self->sock, G_IO_OUT, vmm_writable_cb, self);
}

/* --- output ---------------------------------------------------------------------------------- */

static void
put_output (KeeperConsole *self, const guint8 *data, gsize len)
{
    keeper_ring_append (&self->ring, data, len);
    if (self->log)
        keeper_log_write (self->log, data, len);
    for (guint i = self->clients->len; i > 0; i--) /* backwards: a client may go */
        client_update (g_ptr_array_index (self->clients, i - 1));
}

/* Returns FALSE when the VMM hung up. */
static gboolean
read_output (KeeperConsole *self)
{
    guint8 buffer[READ_BYTES];

    for (guint i = 0; i < MAX_READS; i++) {
        ssize_t n = recv (self->sock, buffer, sizeof buffer, MSG_DONTWAIT);

        if (n > 0)
            put_output (self, buffer, (gsize) n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return FALSE;
        else if (errno == EAGAIN)
            return TRUE;
    }
    return TRUE;
}

static gboolean
vmm_readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperConsole *self = user_data;

    if (read_output (self))
        return G_SOURCE_CONTINUE;
    self->in_watch = 0;
    g_clear_handle_id (&self->out_watch, g_source_remove);
    fd_close (&self->sock);
    self->input_len = 0;
    update_input_watches (self);
    for (guint i = self->clients->len; i > 0; i--)
        client_drop_if_over (g_ptr_array_index (self->clients, i - 1));
    return G_SOURCE_REMOVE;
}

/* --- for others ------------------------------------------------------------------------------ */

KeeperConsole *
keeper_console_new (const char *name, int sock, KeeperLog *log)
{
    KeeperConsole *self = g_new0 (KeeperConsole, 1);

    self->name = g_strdup (name);
    self->sock = sock;
    self->log = log;
    self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
    keeper_ring_init (&self->ring, HISTORY_BYTES);
    self->in_watch = g_unix_fd_add (sock, G_IO_IN | G_IO_HUP, vmm_readable_cb, self);
    return self;
}

void
keeper_console_make_channel (KeeperConsole *self, KeeperConsolePresence presence,
                             gpointer user_data)
{
    self->is_channel = TRUE;
    self->presence = presence;
    self->presence_data = user_data;
}

const char *
keeper_console_get_name (KeeperConsole *self)
{
    return self->name;
}

/* Whether CLIENT closed its end, also when the main loop does not know yet. */
static gboolean
is_gone (const Client *client)
{
    struct pollfd poll_fd = { .fd = client->fd };

    return client->hung_up
           || (poll (&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLHUP | POLLERR)));
}

/* Makes room: what those typed who left is given up where the guest does not read it. */
static void
forget_the_gone (KeeperConsole *self)
{
    for (guint i = self->clients->len; i > 0; i--) {
        Client *client = g_ptr_array_index (self->clients, i - 1);

        if (is_gone (client))
            g_ptr_array_remove (self->clients, client);
    }
    update_presence (self);
}

int
keeper_console_connect (KeeperConsole *self, GError **error)
{
    guint max = self->is_channel ? 1 : KEEPER_CONSOLE_MAX_CLIENTS;
    Client *client;
    int fds[2];

    if (self->clients->len >= max)
        forget_the_gone (self);
    if (self->clients->len >= max) {
        if (self->is_channel)
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                         _ ("The channel %s is in use already"), self->name);
        else
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                         _ ("The console %s is open %d times already; close one first"), self->name,
                         KEEPER_CONSOLE_MAX_CLIENTS);
        return -1;
    }
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The console %s cannot be opened: %s"), self->name, g_strerror (errno));
        return -1;
    }
    client = g_new0 (Client, 1);
    client->console = self;
    client->fd = fds[0];
    client->place = self->is_channel ? self->ring.end : keeper_ring_start (&self->ring);
    client->hup_watch = g_unix_fd_add (client->fd, G_IO_HUP | G_IO_ERR, client_hup_cb, client);
    g_ptr_array_add (self->clients, client);
    update_presence (self);
    update_input_watches (self);
    client_update (client);
    return fds[1];
}

void
keeper_console_free (KeeperConsole *self)
{
    if (!self)
        return;
    if (self->sock >= 0)
        read_output (self);
    g_clear_handle_id (&self->in_watch, g_source_remove);
    g_clear_handle_id (&self->out_watch, g_source_remove);
    fd_close (&self->sock);
    g_ptr_array_unref (self->clients);
    keeper_ring_clear (&self->ring);
    g_clear_pointer (&self->log, keeper_log_close);
    g_free (self->name);
    g_free (self);
}
