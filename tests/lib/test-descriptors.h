/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-descriptors.h - how many descriptors are open, for tests of what is left behind. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Those of the process PID; for one's own, the one that looking takes is among them each time. */
static inline guint
test_count_descriptors (pid_t pid)
{
    g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) pid);
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    guint n = 0;

    g_assert_nonnull (folder);
    while (g_dir_read_name (folder))
        n++;
    return n;
}
