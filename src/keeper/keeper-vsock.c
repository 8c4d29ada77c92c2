/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-vsock.c - opens the host kernel's vsock for a machine, and claims an address (CID) for its
 * guest.
 *
 * The kernel knows which addresses are taken, and nobody else does: claiming is trying.
 */
#include "keeper-vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include "fd.h"
#include "vitrine-error.h"

#define FIRST_CID 3
#define MAX_TRIES 65536

static const char *
get_path (void)
{
    const char *override = g_getenv ("VITRINE_VHOST_VSOCK");

    return override && *override ? override : "/dev/vhost-vsock";
}

static int
open_vhost (GError **error)
{
    const char *path = get_path ();
    int fd = open (path, O_RDWR | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    if (errno == EACCES || errno == EPERM)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("You have no right to use %s; run “sudo usermod -aG kvm $USER” and log in "
                        "again"),
                     path);
    else if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("There is no %s, which a vsock needs: its kernel module is not loaded; run "
                        "“sudo modprobe vhost_vsock”"),
                     path);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be opened: %s"),
                     path, g_strerror (errno));
    return -1;
}

/* Returns 0 or an errno. */
static int
claim (int fd, guint64 cid)
{
    return ioctl (fd, VHOST_VSOCK_SET_GUEST_CID, &cid) < 0 ? errno : 0;
}

static void
explain (const VitrineDefinitionDevice *device, int err, GError **error)
{
    if (err != EADDRINUSE)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The host does not give %s a vsock address: %s"), device->alias,
                     g_strerror (err));
    else if (device->cid)
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
            _ ("The vsock address (CID) %u of %s is in use on this host; name another one, "
               "or write <cid auto='yes'/>"),
            device->cid, device->alias);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     _ ("No vsock address (CID) from %d to %d is free on this host"), FIRST_CID,
                     FIRST_CID + MAX_TRIES - 1);
}

int
keeper_vsock_open (const VitrineDefinitionDevice *device, guint32 *cid, GError **error)
{
    guint n_tries = device->cid ? 1 : MAX_TRIES;
    int fd = open_vhost (error), err = EADDRINUSE;

    if (fd < 0)
        return -1;
    *cid = device->cid ? device->cid : FIRST_CID;
    for (guint i = 0; i < n_tries && err == EADDRINUSE; i++) {
        if (i > 0)
            ++*cid;
        err = claim (fd, *cid);
    }
    if (err == 0)
        return fd;
    explain (device, err, error);
    fd_close (&fd);
    return -1;
}
