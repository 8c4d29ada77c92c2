/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-merge.c - what an image is based on is copied into it, while a guest uses it. */
#include "keeper-merge.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#include "keeper-json.h"
#include "vitrine-error.h"

#define LINE_BYTES  16384
#define ASK_MS      250 /* QMP tells the end of a job, but not how far it is */
#define WORDS_BYTES 300 /* of the program's complaints */

struct _KeeperMerge {
    int fd;
    const KeeperMergeOps *ops;
    gpointer owner;
    guint watch, timer, idle;
    gboolean cancelled;
    GError *error; /* what to say in idle_cb() */
    gsize len;
    char line[LINE_BYTES];
};

/* --- the end --------------------------------------------------------------------------------- */

static gboolean
idle_cb (gpointer user_data)
{
    KeeperMerge *self = user_data;

    self->idle = 0;
    self->ops->done (self->owner, self->error);
    return G_SOURCE_REMOVE;
}

/* ERROR is consumed; only the first end counts. */
static void
end (KeeperMerge *self, GError *error)
{
    if (self->idle) {
        g_clear_error (&error);
        return;
    }
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->timer, g_source_remove);
    self->error = error;
    self->idle = g_idle_add (idle_cb, self);
}

static void
end_badly (KeeperMerge *self, const char *why, gsize len)
{
    g_autofree char *words = g_utf8_make_valid (why, (gssize) MIN (len, WORDS_BYTES));

    end (self, self->cancelled
                   ? g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"))
                   : g_error_new (VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                  _ ("The images cannot be merged: %s"), words));
}

/* --- what is said ---------------------------------------------------------------------------- */

static void
say (KeeperMerge *self, const char *text)
{
    static const char why[] = "its process does not listen";

    /* A few hundred bytes now and then: it takes them whole, or never will. */
    if (send (self->fd, text, strlen (text), MSG_NOSIGNAL | MSG_DONTWAIT)
        != (ssize_t) strlen (text))
        end_badly (self, why, strlen (why));
}

static void
ask_to_merge (KeeperMerge *self, const KeeperImage *image)
{
    g_autofree char *question = g_strdup_printf (
        "{\"execute\":\"block-stream\",\"arguments\":{\"job-id\":\"merge\",\"device\":\"disk\","
        "\"auto-finalize\":false%s}}\n",
        image->n_layers > 2 ? ",\"base-node\":\"layer2\"" : "");

    say (self, question);
}

static gboolean
ask_cb (gpointer user_data)
{
    say (user_data, "{\"execute\":\"query-jobs\"}\n");
    return G_SOURCE_CONTINUE;
}

/* --- what is heard --------------------------------------------------------------------------- */

/* The number in the member NAME of TEXT, or 0. */
static double
get_number (const char *text, gsize len, const char *name)
{
    const char *value;
    gsize value_len;
    g_autofree char *number = NULL;

    if (!keeper_json_member (text, len, name, &value, &value_len) || !value || value_len > 20)
        return 0;
    number = g_strndup (value, value_len);
    return g_ascii_strtod (number, NULL);
}

/* The answer to query-jobs: a list with one job in it. */
static void
hear_jobs (KeeperMerge *self, const char *list, gsize len)
{
    double current, total;

    if (len < 4 || list[0] != '[' || list[len - 1] != ']')
        return;
    current = get_number (list + 1, len - 2, "current-progress");
    total = get_number (list + 1, len - 2, "total-progress");
    if (total > 0 && current >= 0)
        self->ops->progress (self->owner, MIN (current / total, 1));
}

static gboolean
is_word (const char *value, gsize len, const char *word)
{
    return value && len == strlen (word) + 2 && memcmp (value + 1, word, len - 2) == 0;
}

static void
hear_event (KeeperMerge *self, const char *event, gsize len, const char *line, gsize line_len)
{
    const char *data, *why = NULL;
    gsize data_len, why_len = 0;

    if (is_word (event, len, "BLOCK_JOB_CANCELLED")) {
        self->cancelled = TRUE;
        end_badly (self, "", 0);
    }
    if (!keeper_json_member (line, line_len, "data", &data, &data_len) || !data)
        return;
    if (is_word (event, len, "BLOCK_JOB_COMPLETED")) {
        keeper_json_member (data, data_len, "error", &why, &why_len);
        end_badly (self, why ? why : "?", why ? why_len : 1);
    } else if (is_word (event, len, "JOB_STATUS_CHANGE")
               && keeper_json_member (data, data_len, "status", &why, &why_len)
               && is_word (why, why_len, "pending")) {
        end (self, NULL);
    }
}

static void
hear_line (KeeperMerge *self)
{
    const char *value;
    gsize len;

    if (!keeper_json_member (self->line, self->len, "event", &value, &len)) {
        end_badly (self, "?", 1);
    } else if (value) {
        hear_event (self, value, len, self->line, self->len);
    } else if (keeper_json_member (self->line, self->len, "error", &value, &len) && value) {
        end_badly (self, value, len);
    } else if (keeper_json_member (self->line, self->len, "return", &value, &len) && value) {
        hear_jobs (self, value, len);
    }
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    static const char gone[] = "its process ended";
    KeeperMerge *self = user_data;
    char bytes[4096];
    ssize_t n = recv (fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        end_badly (self, gone, strlen (gone));
    for (ssize_t i = 0; i < n && !self->idle; i++) {
        if (bytes[i] == '\n') {
            hear_line (self);
            self->len = 0;
        } else if (self->len < sizeof self->line) {
            self->line[self->len++] = bytes[i];
        } else {
            end_badly (self, "?", 1);
        }
    }
    return G_SOURCE_CONTINUE; /* end() took the source away */
}

KeeperMerge *
keeper_merge_new (int fd, gboolean greet, const KeeperImage *image, const KeeperMergeOps *ops,
                  gpointer owner)
{
    KeeperMerge *self = g_new0 (KeeperMerge, 1);

    self->fd = fd;
    self->ops = ops;
    self->owner = owner;
    self->watch = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, readable_cb, self);
    self->timer = g_timeout_add (ASK_MS, ask_cb, self);
    if (greet)
        say (self, "{\"execute\":\"qmp_capabilities\"}\n");
    ask_to_merge (self, image);
    return self;
}

void
keeper_merge_cancel (KeeperMerge *self)
{
    self->cancelled = TRUE;
    say (self, "{\"execute\":\"block-job-cancel\",\"arguments\":{\"device\":\"merge\"}}\n");
}

void
keeper_merge_free (KeeperMerge *self)
{
    if (!self)
        return;
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->timer, g_source_remove);
    g_clear_handle_id (&self->idle, g_source_remove);
    g_clear_error (&self->error);
    g_free (self);
}
