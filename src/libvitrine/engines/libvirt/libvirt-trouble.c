/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-trouble.c - why a libvirt host cannot be reached, and what mends it.
 *
 * libvirt's own sentence names the step that failed, not what is missing: a user whom the socket does not let
 * in reads of a file that "cannot be connected".  So the way to the daemon is walked once more, with plain
 * looks at files, and the first thing that is not there is named with the one thing to do.
 */
#include "libvirt-trouble.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <grp.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libvirt-error.h"
#include "libvirt-uri.h"
#include "vitrine-private.h"

static VitrineCheck *tell (const char *id, char *mend, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* MEND is taken. */
static VitrineCheck *
tell (const char *id, char *mend, const char *format, ...)
{
    VitrineCheck *check = g_new0 (VitrineCheck, 1);
    va_list args;

    va_start (args, format);
    check->text = g_strdup_vprintf (format, args);
    va_end (args);
    check->id = g_strdup (id);
    check->status = VITRINE_CHECK_FAILED;
    check->mend = mend != NULL ? mend : g_strdup ("");
    return check;
}

static gboolean
is_installed (const char *daemon)
{
    static const char *const folders[] = { "/usr/sbin", "/usr/local/sbin", "/sbin" };
    g_autofree char *found = g_find_program_in_path (daemon);

    for (gsize i = 0; found == NULL && i < G_N_ELEMENTS (folders); i++) {
        g_autofree char *path = g_build_filename (folders[i], daemon, NULL);

        if (access (path, X_OK) == 0)
            found = g_steal_pointer (&path);
    }
    return found != NULL;
}

/* The daemon behind SOCKET: "libvirtd" of "libvirt-sock", "virtqemud" of "virtqemud-sock". */
static char *
dup_daemon (const char *socket)
{
    g_autofree char *name = g_path_get_basename (socket);

    if (g_str_has_prefix (name, "virt") && g_str_has_suffix (name, "d-sock"))
        return g_strndup (name, strlen (name) - strlen ("-sock"));
    return g_strdup ("libvirtd");
}

/* There is no socket, or nobody behind it. */
static VitrineCheck *
tell_daemon (const LibvirtUri *uri, const char *socket)
{
    g_autofree char *daemon = dup_daemon (socket);

    if (!is_installed (daemon))
        return tell ("libvirt-daemon", g_strdup ("sudo apt install libvirt-daemon-system"),
                     _ ("libvirt's daemon is not installed on this computer"));
    return tell ("libvirt-daemon",
                 libvirt_uri_is_session (uri)
                     ? g_strdup_printf ("%s --daemon", daemon)
                     : g_strdup_printf ("sudo systemctl enable --now %s.socket", daemon),
                 _ ("libvirt's daemon does not run (nobody is behind “%s”)"), socket);
}

/* The socket is there and not for us. */
static VitrineCheck *
tell_rights (const char *socket)
{
    struct stat st;
    const struct group *group = stat (socket, &st) == 0 ? getgrgid (st.st_gid) : NULL;

    if (group == NULL || st.st_gid == 0 || !(st.st_mode & S_IWGRP))
        return tell ("libvirt-rights", NULL, _ ("You may not use “%s”, libvirt's socket"), socket);
    return tell ("libvirt-group",
                 g_strdup_printf ("sudo usermod -aG %s %s", group->gr_name, g_get_user_name ()),
                 _ ("Only members of the group “%s” may use libvirt on this computer, and you are "
                    "none; who becomes one has to log in again"),
                 group->gr_name);
}

static gboolean
is_about_authentication (int code)
{
    return code == VIR_ERR_AUTH_FAILED || code == VIR_ERR_AUTH_CANCELLED
           || code == VIR_ERR_AUTH_UNAVAILABLE || code == VIR_ERR_ACCESS_DENIED;
}

/* The daemon is there and asks who we are. */
static VitrineCheck *
tell_authentication (const LibvirtUri *uri, const char *message)
{
    if (*uri->host != '\0')
        return tell ("libvirt-login", NULL, _ ("“%s” did not let you in (%s)"), uri->host, message);
    if (strstr (message, "agent") != NULL)
        return tell (
            "libvirt-polkit", g_strdup_printf ("sudo usermod -aG libvirt %s", g_get_user_name ()),
            _ ("libvirt asks polkit whether you may, and no agent of polkit runs in this "
               "session to ask you; members of the group “libvirt”, once they logged in again, "
               "are not asked"));
    return tell ("libvirt-polkit", NULL, _ ("polkit did not allow you to use libvirt (%s)"),
                 message);
}

/* Whether TEXT is one word to a shell and no option to ssh: an address may come from a file or a stranger. */
static gboolean
is_plain_name (const char *text)
{
    return g_ascii_isalnum (*text)
           && strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-:%") == strlen (text);
}

/* What a person types to see for himself what SSH has to say or to ask; NULL where the address would have it do
 * something else. */
static char *
dup_ssh_command (const LibvirtUri *uri)
{
    g_autofree char *port = NULL;

    if (!is_plain_name (uri->host) || (uri->user != NULL && !is_plain_name (uri->user)))
        return NULL;
    port = uri->port > 0 ? g_strdup_printf ("-p %d ", uri->port) : g_strdup ("");
    return g_strconcat ("ssh ", port, uri->user != NULL ? uri->user : "",
                        uri->user != NULL ? "@" : "", uri->host, " true", NULL);
}

static VitrineCheck *
tell_remote (const LibvirtUri *uri, const char *message)
{
    if (g_str_has_prefix (uri->transport, "ssh") || g_str_has_prefix (uri->transport, "libssh"))
        return tell ("libvirt-remote", dup_ssh_command (uri),
                     _ ("“%s” cannot be reached by SSH (%s)"), uri->host, message);
    return tell ("libvirt-remote", NULL, _ ("“%s” cannot be reached (%s)"), uri->host, message);
}

VitrineCheck *
libvirt_trouble_find (const char *text, int code, const char *message, VitrineError *kind)
{
    g_autoptr (LibvirtUri) uri = libvirt_uri_parse (text, NULL);
    g_autofree char *socket = uri != NULL ? libvirt_uri_dup_socket (uri) : NULL;

    *kind = VITRINE_ERROR_DENIED;
    if (socket != NULL && access (socket, W_OK) != 0 && (errno == EACCES || errno == EPERM))
        return tell_rights (socket);
    if (uri != NULL && is_about_authentication (code))
        return tell_authentication (uri, message);
    *kind = VITRINE_ERROR_NOT_FOUND;
    if (socket != NULL
        && (access (socket, F_OK) != 0 || strstr (message, "refused") != NULL
            || strstr (message, "No such file") != NULL))
        return tell_daemon (uri, socket);
    *kind = libvirt_error_map (code);
    if (uri != NULL && *uri->host != '\0')
        return tell_remote (uri, message);
    return tell ("libvirt", NULL, _ ("“%s” cannot be opened (%s)"), text, message);
}

VitrineCheck *
libvirt_trouble_take (const char *uri, GError **error)
{
    const virError *last = virGetLastError ();
    int code = last != NULL ? last->code : VIR_ERR_INTERNAL_ERROR;
    VitrineError kind;
    VitrineCheck *check = libvirt_trouble_find (
        uri, code, last != NULL && last->message != NULL ? last->message : "", &kind);

    if (*check->mend == '\0')
        vitrine_refuse (error, kind, "%s", check->text);
    else
        /* Translators: what is amiss, and a command that mends it */
        vitrine_refuse (error, kind, _ ("%s; this mends it: %s"), check->text, check->mend);
    return check;
}
