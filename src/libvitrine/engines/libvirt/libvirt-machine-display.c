/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine-display.c - what a machine of libvirt's shows: its display, its consoles, a picture. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <sys/socket.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-machine-private.h"
#include "libvirt-picture.h"
#include "libvirt-pump.h"
#include "libvirt-ssh.h"
#include "libvirt-tree.h"
#include "libvirt-uri.h"
#include "vitrine-private.h"

/* --- display ---------------------------------------------------------------------------------- */

/* The INDEXth <graphics> of what runs, or NULL. */
static const xmlNode *
find_graphics (xmlDoc *document, guint index)
{
    const xmlNode *devices = libvirt_tree_find_child (xmlDocGetRootElement (document), "devices");

    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next)
        if (libvirt_tree_is_called (node, "graphics") && index-- == 0)
            return node;
    return NULL;
}

static gboolean
is_loopback (const char *address)
{
    return g_str_has_prefix (address, "127.") || g_str_equal (address, "::1")
           || g_str_equal (address, "localhost");
}

static gboolean
is_everywhere (const char *address)
{
    return *address == '\0' || g_str_equal (address, "0.0.0.0") || g_str_equal (address, "::");
}

/* Where a display can be reached that listens at ADDRESS on the computer HOST ("": this one); NULL when it is open to that
 * computer only. */
static char *
dup_place (const char *address, const char *host)
{
    if (is_everywhere (address))
        return g_strdup (*host != '\0' ? host : "127.0.0.1");
    return *host != '\0' && is_loopback (address) ? NULL : g_strdup (address);
}

/* The port of GRAPHICS's display, or 0, and the address it listens at. */
static guint16
read_listener (const xmlNode *graphics, char **address)
{
    g_autofree char *port = libvirt_tree_dup_attribute (graphics, "port");
    gint64 number = g_ascii_strtoll (port, NULL, 10);

    *address = libvirt_tree_dup_attribute (graphics, "listen");
    return number > 0 && number <= G_MAXUINT16 ? (guint16) number : 0;
}

/* NULL when it says nothing that we understand. */
static LibvirtUri *
read_uri (virDomainPtr domain)
{
    char *text = virConnectGetURI (virDomainGetConnect (domain));
    LibvirtUri *uri = text != NULL ? libvirt_uri_parse (text, NULL) : NULL;

    free (text);
    return uri;
}

static int
connect_to (const char *name, const char *place, guint16 port, GCancellable *cancellable,
            GError **error)
{
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    g_autoptr (GError) reason = NULL;
    g_autoptr (GSocketConnection) connection = NULL;
    int fd = -1;

    g_socket_client_set_timeout (client, LIBVIRT_READ_S);
    connection = g_socket_client_connect_to_host (client, place, port, cancellable, &reason);
    if (connection != NULL)
        fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC,
                    3);
    if (fd < 0)
        vitrine_refuse (error, VITRINE_ERROR_ENGINE,
                        _ ("The display of “%s” cannot be reached at %s, port %u (%s)"), name,
                        place, port, reason != NULL ? reason->message : g_strerror (errno));
    return fd;
}

/* By the address at which the display listens; -1 without an error where it has none.  Whose computer is reached by SSH
 * is shown by SSH, too: the way there is known to be open, and what is seen and typed is nobody else's to read. */
static int
open_by_address (virDomainPtr domain, const LibvirtUri *uri, guint index, GCancellable *cancellable,
                 GError **error)
{
    char *xml = virDomainGetXMLDesc (domain, 0);
    g_autoptr (xmlDoc) document = xml != NULL ? libvirt_tree_parse (xml, "domain", NULL) : NULL;
    const xmlNode *graphics = document != NULL ? find_graphics (document, index) : NULL;
    g_autofree char *address = NULL;
    guint16 port = graphics != NULL ? read_listener (graphics, &address) : 0;
    g_autofree char *place = NULL;

    free (xml);
    if (port == 0 && uri != NULL && *uri->host != '\0')
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                        _ ("“%s” shows its display by way of a socket on its own computer; have it "
                           "listen at an address, 127.0.0.1 for one, or watch it there"),
                        virDomainGetName (domain));
    if (port == 0)
        return -1;
    if (uri != NULL && libvirt_ssh_is_meant (uri))
        return libvirt_ssh_connect (uri, is_everywhere (address) ? "127.0.0.1" : address, port,
                                    error);
    place = dup_place (address, uri != NULL ? uri->host : "");
    if (place != NULL)
        return connect_to (virDomainGetName (domain), place, port, cancellable, error);
    vitrine_refuse (
        error, VITRINE_ERROR_UNSUPPORTED,
        _ ("“%s” shows its display to its own computer only; have it listen at 0.0.0.0, "
           "or watch it there"),
        virDomainGetName (domain));
    return -1;
}

/* Straight to the process that shows it, without a password - who may do this may also read that - or, where no
 * descriptor comes over, by its address.  libvirt is not asked for one across SSH: it breaks the connection over that. */
static void
display_thread (virDomainPtr domain, GTask *answer, gpointer index)
{
    g_autoptr (LibvirtUri) uri = read_uri (domain);
    gboolean is_local = uri == NULL || *uri->host == '\0';
    int fd = is_local ? virDomainOpenGraphicsFD (domain, GPOINTER_TO_UINT (index),
                                                 VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
                      : -1;
    virErrorPtr reason = is_local && fd < 0 ? virSaveLastError () : NULL;
    GError *error = NULL;

    if (fd < 0)
        fd = open_by_address (domain, uri, GPOINTER_TO_UINT (index),
                              g_task_get_cancellable (answer), &error);
    if (fd < 0 && error == NULL)
        libvirt_error_set (reason, virDomainGetName (domain), &error);
    if (fd >= 0)
        vitrine_task_return_fd (answer, fd);
    else
        g_task_return_error (answer, error);
    if (reason != NULL)
        virFreeError (reason);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    int fd = vitrine_task_propagate_fd (G_TASK (result), &error);

    if (fd < 0)
        g_task_return_error (task, error);
    else
        vitrine_task_return_fd (task, fd);
}

/* Which <graphics> to open, or -1. */
static int
find_display (LibvirtMachine *self, const char *protocol, GError **error)
{
    const LibvirtXml *shown = libvirt_record_get_shown (self->record);
    int index;

    if (shown == NULL || !shown->graphics) {
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no display"),
                        self->record->name);
        return -1;
    }
    index = g_str_equal (protocol, "spice") ? shown->spice
            : g_str_equal (protocol, "vnc") ? shown->vnc
                                            : -1;
    if (index < 0) {
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                        _ ("“%s” does not show its display by “%s”"), self->record->name, protocol);
        return -1;
    }
    return index;
}

/* --- consoles --------------------------------------------------------------------------------- */

static void
free_stream (gpointer stream)
{
    virStreamAbort (stream);
    virStreamFree (stream);
}

static void
console_thread (virDomainPtr domain, GTask *answer, gpointer name)
{
    virStreamPtr stream = virStreamNew (virDomainGetConnect (domain), VIR_STREAM_NONBLOCK);

    if (stream != NULL && virDomainOpenConsole (domain, name, stream, 0) == 0) {
        g_task_return_pointer (answer, stream, free_stream);
        return;
    }
    libvirt_machine_answer_error (domain, answer);
    if (stream != NULL)
        virStreamFree (stream);
}

static void
console_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtMachine *self = g_task_get_source_object (task);
    LibvirtHost *host = self->host;
    GError *error = NULL;
    virStreamPtr stream = g_task_propagate_pointer (G_TASK (result), &error);
    int fds[2];

    if (stream == NULL) {
        g_task_return_error (task, error);
    } else if (host == NULL || host->link == NULL
               || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        free_stream (stream);
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("“%s” is not reachable any more"), self->record->name);
    } else {
        libvirt_pump_start (host->link, stream, fds[0]);
        vitrine_task_return_fd (task, fds[1]);
    }
}

static void
open_console (GTask *task, const char *name)
{
    LibvirtMachine *self = g_task_get_source_object (task);
    const char *const *consoles = vitrine_machine_get_consoles (VITRINE_MACHINE (self));

    if (g_strv_contains (consoles, name)) {
        libvirt_machine_run (task, LIBVIRT_READ_S, console_thread, g_strdup (name), g_free,
                             console_cb);
        return;
    }
    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                             _ ("“%s” has no console “%s”"), self->record->name, name);
    g_object_unref (task);
}

void
libvirt_machine_open_async (VitrineMachine *machine, gboolean display, const char *name,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
    GTask *task = g_task_new (machine, cancellable, callback, user_data);
    GError *error = NULL;
    int index;

    if (!display) {
        open_console (task, name);
        return;
    }
    index = find_display (LIBVIRT_MACHINE (machine), name, &error);
    if (index >= 0) {
        libvirt_machine_run (task, LIBVIRT_READ_S, display_thread, GINT_TO_POINTER (index), NULL,
                             opened_cb);
        return;
    }
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* --- screenshot ------------------------------------------------------------------------------- */

/* All that STREAM brings, or NULL. */
static GByteArray *
read_stream (virStreamPtr stream)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    char piece[65536];
    int n;

    while ((n = virStreamRecv (stream, piece, sizeof piece)) > 0) {
        if (bytes->len + (guint) n > LIBVIRT_PICTURE_BYTES_MAX)
            break;
        g_byte_array_append (bytes, (const guint8 *) piece, (guint) n);
    }
    if (n == 0 && virStreamFinish (stream) == 0)
        return g_steal_pointer (&bytes);
    virStreamAbort (stream);
    return NULL;
}

static void
screenshot_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    virStreamPtr stream = virStreamNew (virDomainGetConnect (domain), 0);
    char *type = stream != NULL ? virDomainScreenshot (domain, stream, 0, 0) : NULL;
    g_autoptr (GByteArray) bytes = type != NULL ? read_stream (stream) : NULL;
    VitrinePicture *picture = bytes != NULL ? libvirt_picture_read (bytes->data, bytes->len) : NULL;

    if (picture != NULL)
        g_task_return_pointer (answer, picture, (GDestroyNotify) vitrine_picture_free);
    else if (type != NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("The host of “%s” sent a broken picture (%s)"),
                                 virDomainGetName (domain), type);
    else
        libvirt_machine_answer_error (domain, answer);
    free (type);
    if (stream != NULL)
        virStreamFree (stream);
}

static void
screenshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    VitrinePicture *picture = g_task_propagate_pointer (G_TASK (result), &error);

    if (picture == NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, picture, (GDestroyNotify) vitrine_picture_free);
}

void
libvirt_machine_screenshot_async (VitrineMachine *machine, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    libvirt_machine_run (g_task_new (machine, cancellable, callback, user_data), LIBVIRT_READ_S,
                         screenshot_thread, NULL, NULL, screenshot_cb);
}
