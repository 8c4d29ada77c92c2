/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-last-run.c - how a machine's last run ended, for those who look when nobody is left to
 * ask. */
#include "keeper-last-run.h"

#include <glib/gstdio.h>
#include <sys/wait.h>

#define GROUP "last-run"

gboolean
keeper_last_run_write (const char *folder, const KeeperLastRun *run, GError **error)
{
    g_autofree char *path = g_build_filename (folder, "last-run", NULL);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *data = NULL;
    gsize len;

    g_key_file_set_string (file, GROUP, "outcome", run->crashed ? "crashed" : "off");
    g_key_file_set_string (file, GROUP, "reason", run->reason);
    g_key_file_set_int64 (file, GROUP, "started", run->started);
    g_key_file_set_int64 (file, GROUP, "ended", run->ended);
    if (WIFSIGNALED (run->wait_status))
        g_key_file_set_integer (file, GROUP, "signal", WTERMSIG (run->wait_status));
    else if (WEXITSTATUS (run->wait_status) != 0)
        g_key_file_set_integer (file, GROUP, "status", WEXITSTATUS (run->wait_status));
    if (run->crashed)
        g_key_file_set_string (file, GROUP, "log", run->log);
    data = g_key_file_to_data (file, &len, NULL);
    return g_file_set_contents_full (path, data, (gssize) len, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                     error);
}

void
keeper_last_run_remove (const char *folder)
{
    g_autofree char *path = g_build_filename (folder, "last-run", NULL);

    g_unlink (path);
}
