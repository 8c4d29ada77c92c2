/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-ssh.c - a host's computer by SSH.
 *
 * libvirt starts the program that a URI's "command" names as if it were ssh, and so do displays here: vitrine-ssh, which
 * has all of them share one connection.  For that the arguments that say who goes where are those that libvirt makes of
 * the same URI.
 */
#include "libvirt-ssh.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <sys/socket.h>

#include "vitrine-paths.h"
#include "vitrine-private.h"

static char *
dup_program (void)
{
    return vitrine_paths_dup_own ("VITRINE_LIBEXECDIR", "ssh", "vitrine-ssh", LIBEXECDIR);
}

gboolean
libvirt_ssh_is_meant (const LibvirtUri *uri)
{
    return g_str_equal (uri->transport, "ssh");
}

char *
libvirt_ssh_dup_address (const char *text)
{
    g_autoptr (LibvirtUri) uri = libvirt_uri_parse (text, NULL);
    g_autofree char *program = NULL;
    g_autofree char *quoted = NULL;
    g_autofree char *before = NULL;
    const char *fragment;

    if (uri == NULL || !libvirt_ssh_is_meant (uri) || uri->command != NULL)
        return g_strdup (text);
    program = dup_program ();
    quoted = g_uri_escape_string (program, "/", FALSE);
    fragment = strchr (text, '#');
    before = fragment != NULL ? g_strndup (text, (gsize) (fragment - text)) : g_strdup (text);
    return g_strdup_printf ("%s%ccommand=%s%s", before, strchr (before, '?') != NULL ? '&' : '?',
                            quoted, fragment != NULL ? fragment : "");
}

/* As libvirt's, then what this one is for. */
static char **
dup_arguments (const LibvirtUri *uri, const char *address, guint16 port)
{
    g_autoptr (GStrvBuilder) arguments = g_strv_builder_new ();
    g_autofree char *program = uri->command != NULL ? g_strdup (uri->command) : dup_program ();
    g_autofree char *number = g_strdup_printf ("%d", uri->port);
    g_autofree char *place = strchr (address, ':') != NULL
                                 ? g_strdup_printf ("[%s]:%u", address, port)
                                 : g_strdup_printf ("%s:%u", address, port);

    g_strv_builder_add_many (arguments, program, "-T", "-e", "none", NULL);
    if (uri->port > 0)
        g_strv_builder_add_many (arguments, "-p", number, NULL);
    if (uri->user != NULL)
        g_strv_builder_add_many (arguments, "-l", uri->user, NULL);
    if (uri->keyfile != NULL)
        g_strv_builder_add_many (arguments, "-i", uri->keyfile, NULL);
    g_strv_builder_add_many (arguments, "-W", place, "--", uri->host, NULL);
    return g_strv_builder_end (arguments);
}

int
libvirt_ssh_connect (const LibvirtUri *uri, const char *address, guint16 port, GError **error)
{
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_auto (GStrv) arguments = dup_arguments (uri, address, port);
    g_autoptr (GSubprocess) process = NULL;
    g_autoptr (GError) reason = NULL;
    vitrine_autofd ours = -1;
    int fds[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("“%s” cannot be reached (%s)"), uri->host,
                        g_strerror (errno));
        return -1;
    }
    ours = fds[0];
    g_subprocess_launcher_take_stdin_fd (launcher, dup (fds[1]));
    g_subprocess_launcher_take_stdout_fd (launcher, fds[1]);
    process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, &reason);
    if (process == NULL) {
        vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("“%s” cannot be reached (%s)"), uri->host,
                        reason->message);
        return -1;
    }
    return vitrine_fd_steal (&ours);
}
