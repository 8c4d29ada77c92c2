/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cli-stats.c - vitrinectl stats, on a host that only pretends: what machines use, for people and as JSON. */
#include <signal.h>
#include <string.h>

#include "run.h"

static void
assert_like (const char *text, const char *pattern)
{
    if (!g_regex_match_simple (pattern, text, 0, 0))
        g_error ("this is not like %s:\n%s", pattern, text);
}

static void
test_table (void)
{
    struct ran one = run (NULL, "stats idle");
    struct ran two = run (NULL, "stats busy idle");

    g_assert_cmpstr (one.err, ==, "");
    g_assert_cmpint (one.status, ==, 0);
    assert_like (one.out, "^NAME +CPU +MEMORY +READ +WRITTEN +RECEIVED +SENT +UP\n"
                          "idle +0\\.0 % +2\\d\\d\\.\\d MiB of 512\\.0 MiB +0 bytes/s +0 bytes/s "
                          "+0 bytes/s +0 bytes/s "
                          "+00:01:4\\d\n"
                          "\n"
                          "DISK +READ +REQUESTS +WRITTEN +REQUESTS +FLUSHES\n"
                          "virtio-disk0 +0 bytes +0 +0 bytes +0 +0\n"
                          "\n"
                          "CARD +RECEIVED +PACKETS +SENT +PACKETS +DROPPED\n"
                          "net0 +0 bytes +0 +0 bytes +0 +0\n$");
    g_assert_cmpint (two.status, ==, 0);
    assert_like (two.out, "^NAME .*\nbusy +[1-9]\\d?\\.\\d % .*\nidle +0\\.0 % .*\n$");
    ran_clear (&one);
    ran_clear (&two);
}

static void
test_json (void)
{
    struct ran ran = run (NULL, "stats idle --json");

    g_assert_cmpint (ran.status, ==, 0);
    assert_like (ran.out,
                 "^\\[\\{\"name\":\"idle\",\"uuid\":\"[-0-9a-f]+\",\"uptime_seconds\":10\\d\\.\\d,"
                 "\"cpu_percent\":0\\.0,"
                 "\"host_cpu_percent\":0\\.0,\"cpu_ns\":0,\"guest_cpu_ns\":0,"
                 "\"vcpus\":\\[\\{\"time_ns\":0,\"cpu_percent\":0\\.0\\},\\{\"time_ns\":0,\"cpu_"
                 "percent\":0\\.0\\}\\],"
                 "\"memory_bytes\":536870912,.*\"per_second\":\\{\"read_bytes\":0\\.0,.*"
                 "\"disks\":\\[\\{\"name\":\"virtio-disk0\",\"read_requests\":0,\"read_bytes\":0,"
                 "\"write_requests\":0,\"written_bytes\":0,\"flush_requests\":0\\}\\],"
                 "\"nics\":\\[\\{\"name\":\"net0\",.*\\}\\]\\}\\]\n$");
    ran_clear (&ran);
}

static void
test_watch (void)
{
    GSubprocess *process = start ("stats busy idle --json --watch=0.1");

    for (guint i = 0; i < 3; i++) {
        g_autofree char *line = read_line (process);

        g_assert_nonnull (line);
        assert_like (line, "^\\[\\{\"name\":\"busy\".*\\},\\{\"name\":\"idle\".*\\}\\]$");
    }
    g_subprocess_send_signal (process, SIGINT);
    g_assert_cmpint (await_end (process), ==, 0);
}

static void
test_refusals (void)
{
    assert_ran ("stats off", 1, "",
                "vitrinectl: “off” is not running; what does not run has no figures\n");
    assert_ran ("stats nobody", 1, "", "vitrinectl: There is no machine “nobody”\n");
    assert_ran ("stats", 2, "", "vitrinectl: Say “vitrinectl stats MACHINE…”\n");
    assert_ran ("stats busy --watch=0", 2, "",
                "vitrinectl: “--watch=0”: say a number of seconds, 0.1 to 3600; "
                "“vitrinectl stats --help” says more\n");
    assert_ran ("stats busy --watch=soon", 2, "",
                "vitrinectl: “--watch=soon”: say a number of seconds, 0.1 to 3600; "
                "“vitrinectl stats --help” says more\n");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cli/stats/table", test_table);
    g_test_add_func ("/cli/stats/json", test_json);
    g_test_add_func ("/cli/stats/watch-goes-on-until-it-is-interrupted", test_watch);
    g_test_add_func ("/cli/stats/refusals", test_refusals);
    return g_test_run ();
}
