/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.c - a stream is open while its machine runs, whatever its server does. */
#include <display/app-stream.h>

#include "fake-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *machine;
    AppStream *stream;
    guint n_opened;
} Fixture;

static void
opened_cb (AppStream *stream, int fd, Fixture *fixture)
{
    g_assert_cmpint (fd, >=, 0);
    g_close (fd, NULL);
    fixture->n_opened++;
}

static Fixture *
fixture_new (const char *text, const char *console)
{
    Fixture *fixture = g_new0 (Fixture, 1);

    fixture->host = fixture_host (text);
    fixture->machine = vitrine_host_find (fixture->host, "vm");
    fixture->stream = app_stream_new (fixture->machine, console);
    g_signal_connect (fixture->stream, "opened", G_CALLBACK (opened_cb), fixture);
    return fixture;
}

static void
fixture_free (Fixture *fixture)
{
    g_object_unref (fixture->stream);
    g_object_unref (fixture->machine);
    g_object_unref (fixture->host);
    g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
assert_status (Fixture *fixture, AppStreamStatus status)
{
    g_assert_cmpint (app_stream_get_status (fixture->stream), ==, status);
}

static void
test_nothing_is_asked_before_somebody_looks (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\n", NULL);

    assert_status (f, APP_STREAM_OFF);
    app_stream_set_active (f->stream, TRUE);
    assert_status (f, APP_STREAM_OPENING);
    fixture_wait (f->n_opened == 1);
    assert_status (f, APP_STREAM_OPEN);
}

static void
test_opens_when_the_machine_starts_and_ends_with_it (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\n", "serial0");

    app_stream_set_active (f->stream, TRUE);
    assert_status (f, APP_STREAM_OFF);
    fixture_act (f->machine, VITRINE_ACTION_START);
    fixture_wait (f->n_opened == 1);
    fixture_act (f->machine, VITRINE_ACTION_POWER_OFF);
    assert_status (f, APP_STREAM_OFF);
    fixture_act (f->machine, VITRINE_ACTION_START);
    fixture_wait (f->n_opened == 2);
}

static void
test_a_lost_stream_comes_back_by_itself (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\n", NULL);

    app_stream_set_active (f->stream, TRUE);
    fixture_wait (f->n_opened == 1);
    app_stream_lost (f->stream);
    assert_status (f, APP_STREAM_LOST);
    fixture_wait (f->n_opened == 2);
    assert_status (f, APP_STREAM_OPEN);
}

/* A server that accepts and hangs up is asked ever less often; one that worked is asked at once. */
static void
test_tries_come_further_and_further_apart (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\n", NULL);
    gint64 start, first, second, third;

    app_stream_set_active (f->stream, TRUE);
    fixture_wait (f->n_opened == 1);
    start = g_get_monotonic_time ();
    app_stream_lost (f->stream);
    fixture_wait (f->n_opened == 2);
    first = g_get_monotonic_time () - start;

    start = g_get_monotonic_time ();
    app_stream_lost (f->stream);
    fixture_wait (f->n_opened == 3);
    second = g_get_monotonic_time () - start;
    g_assert_cmpint (second, >, first * 3 / 2);

    app_stream_works (f->stream);
    start = g_get_monotonic_time ();
    app_stream_lost (f->stream);
    fixture_wait (f->n_opened == 4);
    third = g_get_monotonic_time () - start;
    g_assert_cmpint (third, <, second);
}

static void
test_what_a_machine_has_not_is_not_asked_for_again (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\nscreen=none\n", NULL);

    app_stream_set_active (f->stream, TRUE);
    fixture_wait (app_stream_get_status (f->stream) == APP_STREAM_NONE);
    g_assert_cmpstr (app_stream_get_problem (f->stream), !=, "");
    g_assert_cmpuint (f->n_opened, ==, 0);
}

static void
test_a_refusal_is_tried_again_and_its_reason_told (void)
{
    g_autoptr (Fixture) f =
        fixture_new ("[machine vm]\nstate=running\nfail-display=the display died\n"
                     "fail-display-code=busy\nfail-display-times=1\n",
                     NULL);

    app_stream_set_active (f->stream, TRUE);
    fixture_wait (app_stream_get_status (f->stream) == APP_STREAM_LOST);
    g_assert_cmpstr (app_stream_get_problem (f->stream), ==, "The display died.");
    fixture_wait (f->n_opened == 1);
    g_assert_cmpstr (app_stream_get_problem (f->stream), ==, "");
}

/* What nobody can show is tried again when the machine is: not before. */
static void
test_a_refused_one_stays_closed_until_the_next_start (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\n", NULL);

    app_stream_set_active (f->stream, TRUE);
    fixture_wait (f->n_opened == 1);
    app_stream_refuse (f->stream, "Nothing can show it.");
    assert_status (f, APP_STREAM_NONE);
    g_assert_cmpstr (app_stream_get_problem (f->stream), ==, "Nothing can show it.");
    app_stream_lost (f->stream);
    assert_status (f, APP_STREAM_NONE);
    fixture_act (f->machine, VITRINE_ACTION_POWER_OFF);
    assert_status (f, APP_STREAM_OFF);
    fixture_act (f->machine, VITRINE_ACTION_START);
    fixture_wait (f->n_opened == 2);
    g_assert_cmpstr (app_stream_get_problem (f->stream), ==, "");
}

/* Neither the timer nor the call may come to a stream that is gone. */
static void
test_can_go_at_any_time (void)
{
    for (guint i = 0; i < 3; i++) {
        g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\nslow-ms=30\n", NULL);

        app_stream_set_active (f->stream, TRUE);
        if (i == 0)
            continue;
        fixture_wait (f->n_opened == 1);
        if (i == 2)
            app_stream_lost (f->stream);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/stream/nothing-is-asked-before-somebody-looks",
                     test_nothing_is_asked_before_somebody_looks);
    g_test_add_func ("/app/stream/opens-when-the-machine-starts-and-ends-with-it",
                     test_opens_when_the_machine_starts_and_ends_with_it);
    g_test_add_func ("/app/stream/a-lost-stream-comes-back-by-itself",
                     test_a_lost_stream_comes_back_by_itself);
    g_test_add_func ("/app/stream/tries-come-further-and-further-apart",
                     test_tries_come_further_and_further_apart);
    g_test_add_func ("/app/stream/what-a-machine-has-not-is-not-asked-for-again",
                     test_what_a_machine_has_not_is_not_asked_for_again);
    g_test_add_func ("/app/stream/a-refusal-is-tried-again-and-its-reason-told",
                     test_a_refusal_is_tried_again_and_its_reason_told);
    g_test_add_func ("/app/stream/a-refused-one-stays-closed-until-the-next-start",
                     test_a_refused_one_stays_closed_until_the_next_start);
    g_test_add_func ("/app/stream/can-go-at-any-time", test_can_go_at_any_time);
    return g_test_run ();
}
