/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-vhost.c - opens the host kernel's vhost-net, which moves a card's frames. */
#include "keeper-net-vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>

#include "vitrine-error.h"

static const char *
get_path (void)
{
    const char *override = g_getenv ("VITRINE_VHOST_NET");

    return override && *override ? override : "/dev/vhost-net";
}

int
keeper_net_open_vhost (const VitrineDefinitionDevice *card, GError **error)
{
    const char *path = get_path ();
    int fd = open (path, O_RDWR | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    if (errno == EACCES || errno == EPERM)
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
            _ ("The host’s kernel cannot move the frames of %s: you "
               "have no right to use %s; run “sudo usermod -aG kvm $USER” and log in again"),
            card->alias, path);
    else if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The host’s kernel cannot move the frames of %s: "
                        "there is no %s; run “sudo modprobe vhost_net”"),
                     card->alias, path);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be opened: %s"),
                     path, g_strerror (errno));
    return -1;
}
