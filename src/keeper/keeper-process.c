/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-process.c - starts the programs beside a machine: vitrine-vmm, vitrine-vnc, passt,
 * qemu-storage-daemon. */
#include "keeper-process.h"

#include <glib/gi18n-lib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confined.h"
#include "vitrine-error.h"

#define FIRST_FD 3

char *
keeper_process_find (const char *name, const char *folder, const char *override, GError **error)
{
    g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree char *own = self ? g_path_get_dirname (self) : g_strdup (LIBEXECDIR);
    const char *wanted = g_getenv (override);
    char *places[] = {
        g_build_filename (own, name, NULL),
        g_build_filename (own, "..", folder, name, NULL),
        g_build_filename (LIBEXECDIR, name, NULL),
    };
    char *found = NULL;

    if (wanted)
        found = g_strdup (wanted);
    for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
        if (!found && g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE)
            && !g_file_test (places[i], G_FILE_TEST_IS_DIR))
            found = g_steal_pointer (&places[i]);
        g_free (places[i]);
    }
    if (!found)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The program %s was not found in %s; install Vitrine anew"), name,
                     LIBEXECDIR);
    return found;
}

gboolean
keeper_process_spawn (const char *program, int socket_fd, int target_fd, int stderr_fd, GPid *pid,
                      GError **error)
{
    const char *const argv[] = { program, NULL };

    return keeper_process_spawn_with_arguments (argv, socket_fd, target_fd, stderr_fd, NULL, pid,
                                                error);
}

typedef struct {
    gboolean (*restrict_self) (void);
} Restriction;

/* Between fork() and exec(). */
static void
restrict_cb (gpointer user_data)
{
    const Restriction *restriction = user_data;

    if (!restriction->restrict_self ())
        _exit (1);
}

gboolean
keeper_process_spawn_with_arguments (const char *const *argv, int socket_fd, int target_fd,
                                     int stderr_fd, gboolean (*restrict_self) (void), GPid *pid,
                                     GError **error)
{
    Restriction restriction = { restrict_self };
    g_autoptr (GError) local = NULL;

    if (g_spawn_async_with_pipes_and_fds (
            "/", argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
            restrict_self ? restrict_cb : NULL, &restriction, -1, -1, stderr_fd, &socket_fd,
            &target_fd, 1, pid, NULL, NULL, NULL, &local))
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                 _ ("The program %s cannot be started: %s"), argv[0], local->message);
    return FALSE;
}

typedef struct {
    const char *program;
    const int *fds; /* as the child numbers them */
    guint n_fds;
    gboolean connected;
    pid_t parent;
} Confinement;

/* Between fork() and exec(). */
static void
confine_cb (gpointer user_data)
{
    const Confinement *confinement = user_data;

    if (!confined_enter (confinement->program, confinement->fds, confinement->n_fds,
                         confinement->connected, confinement->parent))
        _exit (1);
}

gboolean
keeper_process_spawn_confined (const char *const *argv, const int *fds, guint n_fds, int connection,
                               int stderr_fd, GPid *pid, GError **error)
{
    g_autofree int *targets = g_new (int, n_fds);
    Confinement confinement = { argv[0], targets, n_fds, connection >= 0, getpid () };
    g_autoptr (GError) local = NULL;

    for (guint i = 0; i < n_fds; i++)
        targets[i] = FIRST_FD + (int) i;
    if (g_spawn_async_with_pipes_and_fds ("/", argv, NULL,
                                          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
                                          confine_cb, &confinement, connection, -1, stderr_fd, fds,
                                          targets, n_fds, pid, NULL, NULL, NULL, &local))
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                 _ ("The program %s cannot be started: %s"), argv[0], local->message);
    return FALSE;
}

char *
keeper_process_describe_end (int wait_status)
{
    if (WIFSIGNALED (wait_status))
        return g_strdup_printf (_ ("was killed by signal %d (%s)"), WTERMSIG (wait_status),
                                g_strsignal (WTERMSIG (wait_status)));
    return g_strdup_printf (_ ("ended with status %d"), WEXITSTATUS (wait_status));
}
