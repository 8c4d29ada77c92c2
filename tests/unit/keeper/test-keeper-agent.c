/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-agent.c - the guest's agent is found behind whatever it said before, and what it says
 * is not believed. */
#include "keeper-agent.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vitrine-error.h"

typedef struct {
    KeeperConsole *channel;
    int guest; /* where the guest's agent reads and writes */
    gboolean present;
    guint n_presence;
    KeeperAgent *agent;
    guint n_done;
    GError *error;
} Fixture;

static void
presence_cb (KeeperConsole *console, gboolean present, gpointer user_data)
{
    Fixture *f = user_data;

    f->present = present;
    f->n_presence++;
}

static void
done_cb (const GError *error, gpointer user_data)
{
    Fixture *f = user_data;

    f->n_done++;
    g_clear_error (&f->error);
    f->error = error ? g_error_copy (error) : NULL;
}

static void
set_up (Fixture *f, gconstpointer data)
{
    int fds[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    f->guest = fds[1];
    f->channel = keeper_console_new (KEEPER_AGENT_CHANNEL, fds[0], NULL);
    keeper_console_make_channel (f->channel, presence_cb, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    keeper_agent_free (f->agent);
    keeper_console_free (f->channel);
    g_clear_error (&f->error);
    if (f->guest >= 0)
        close (f->guest);
}

/* The keeper's next line, without the byte FFh before it; turns the main loop meanwhile. */
static char *
hear (Fixture *f)
{
    g_autoptr (GString) line = g_string_new (NULL);
    char c = 0;

    while (c != '\n') {
        if (recv (f->guest, &c, 1, MSG_DONTWAIT) != 1)
            g_main_context_iteration (NULL, TRUE);
        else if ((guchar) c != 0xff)
            g_string_append_c (line, c);
    }
    return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
say (Fixture *f, const char *text)
{
    g_assert_cmpint (write (f->guest, text, strlen (text)), ==, (gssize) strlen (text));
}

static void
ask (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    f->agent = keeper_agent_ping (f->channel, done_cb, f, &error);
    g_assert_no_error (error);
}

static void
wait_done (Fixture *f)
{
    while (f->n_done == 0)
        g_main_context_iteration (NULL, TRUE);
}

/* Answers the first question as the agent does. */
static void
sync_up (Fixture *f)
{
    g_autofree char *question = hear (f);
    g_autofree char *answer = NULL;
    const char *id = strstr (question, "\"id\":");

    g_assert_nonnull (strstr (question, "guest-sync-delimited"));
    g_assert_nonnull (id);
    answer = g_strdup_printf ("\xff{\"return\": %u}\n",
                              (guint) g_ascii_strtoull (id + strlen ("\"id\":"), NULL, 10));
    say (f, answer);
}

static void
test_answers (Fixture *f, gconstpointer data)
{
    g_autofree char *ping = NULL;

    g_assert_false (f->present);
    ask (f);
    g_assert_true (f->present);
    sync_up (f);
    ping = hear (f);
    g_assert_cmpstr (ping, ==, "{\"execute\":\"guest-ping\"}\n");
    say (f, "{\"return\": {}}\n");
    wait_done (f);
    g_assert_no_error (f->error);
    while (f->present) /* it leaves the channel to others */
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpuint (f->n_done, ==, 1);
}

/* Half a line and a whole answer of before, and a very long one. */
static void
test_finds_the_beginning (Fixture *f, gconstpointer data)
{
    g_autofree char *ping = NULL;
    g_autofree char *junk = g_strnfill (20000, 'x');

    ask (f);
    say (f, "turn\": {}}\n{\"return\": 4711}\n{\"error\": {\"class\": \"x\"}}\n");
    say (f, junk);
    sync_up (f);
    ping = hear (f);
    say (f, "{\"return\":{}}\n");
    wait_done (f);
    g_assert_no_error (f->error);
}

static void
test_refusal (Fixture *f, gconstpointer data)
{
    g_autofree char *ping = NULL;

    ask (f);
    sync_up (f);
    ping = hear (f);
    say (f, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"disabled\"}}\n");
    wait_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (f->error->message, ==, "The guest's agent refuses to answer");
}

static void
test_nonsense (Fixture *f, gconstpointer data)
{
    g_autofree char *ping = NULL;

    ask (f);
    sync_up (f);
    ping = hear (f);
    say (f, data);
    wait_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (f->error->message, ==, "The guest's agent answers what makes no sense");
}

static void
test_endless_line (Fixture *f, gconstpointer data)
{
    g_autofree char *ping = NULL;
    g_autofree char *junk = g_strnfill (20000, ' ');

    ask (f);
    sync_up (f);
    ping = hear (f);
    say (f, junk);
    wait_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

static void
test_silence (Fixture *f, gconstpointer data)
{
    ask (f);
    wait_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (f->error->message, ==,
                     "The guest's agent does not answer; is it installed and running?");
}

static void
test_vmm_hangs_up (Fixture *f, gconstpointer data)
{
    ask (f);
    close (f->guest);
    f->guest = -1;
    wait_done (f);
    g_assert_error (f->error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
}

static void
test_one_at_a_time (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    ask (f);
    g_assert_null (keeper_agent_ping (f->channel, done_cb, f, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_clear_pointer (&f->agent, keeper_agent_free);
    g_clear_error (&error);
    g_assert_cmpuint (f->n_done, ==, 0);
    ask (f);
    sync_up (f);
}

/* A channel has no history: what was said to the one before is not for the next. */
static void
test_newcomer_hears_what_comes_next (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    int client = keeper_console_connect (f->channel, &error);
    char c;

    g_assert_no_error (error);
    say (f, "old");
    for (guint i = 0; i < 3; i++) {
        while (recv (client, &c, 1, MSG_DONTWAIT) != 1)
            g_main_context_iteration (NULL, TRUE);
    }
    close (client);
    while (f->present)
        g_main_context_iteration (NULL, TRUE);
    client = keeper_console_connect (f->channel, &error);
    g_assert_no_error (error);
    say (f, "new");
    while (recv (client, &c, 1, MSG_DONTWAIT) != 1)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpint (c, ==, 'n');
    close (client);
}

#define ADD(name, data, func)                                                                      \
    g_test_add ("/keeper/agent/" name, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("answers", NULL, test_answers);
    ADD ("finds-the-beginning", NULL, test_finds_the_beginning);
    ADD ("refusal", NULL, test_refusal);
    ADD ("nonsense", "hello\n", test_nonsense);
    ADD ("open-object", "{\"return\":{}\n", test_nonsense);
    ADD ("deep-object", "{\"return\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}\n", test_nonsense);
    ADD ("endless-line", NULL, test_endless_line);
    ADD ("silence", NULL, test_silence);
    ADD ("vmm-hangs-up", NULL, test_vmm_hangs_up);
    ADD ("one-at-a-time", NULL, test_one_at_a_time);
    ADD ("newcomer-hears-what-comes-next", NULL, test_newcomer_hears_what_comes_next);
    return g_test_run ();
}
