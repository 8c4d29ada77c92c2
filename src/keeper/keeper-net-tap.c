/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-tap.c - opens a tap interface that somebody made for the user.
 *
 * All that takes a right, and all that the VMM's sandbox refuses, is done here: attaching to the
 * interface, and the header in front of each frame that carries offloads.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fd.h"
#include "keeper-net.h"
#include "vitrine-error.h"

#define TUN_PATH     "/dev/net/tun"
#define HEADER_BYTES 12 /* struct virtio_net_hdr of virtio 1.0 */

/* Returns 0 or an errno. */
static int
attach (int fd, const char *name, int flags)
{
    int header_bytes = HEADER_BYTES;
    struct ifreq request;

    memset (&request, 0, sizeof request);
    g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
    request.ifr_flags = (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags);
    return ioctl (fd, TUNSETIFF, &request) < 0 || ioctl (fd, TUNSETVNETHDRSZ, &header_bytes) < 0
               ? errno
               : 0;
}

/* A queue of the tap NAME into *FD.  Returns 0 or an errno. */
static int
open_queue (const char *name, int flags, int *fd)
{
    int err;

    *fd = open (TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    err = *fd >= 0 ? attach (*fd, name, flags) : errno == ENOENT ? ENXIO : errno;
    if (err)
        fd_close (fd);
    return err;
}

/* Whether NAME, which does not take several, is a tap all the same. */
static gboolean
has_one_queue (const char *name)
{
    int fd, err = open_queue (name, 0, &fd);

    fd_close (&fd);
    return err == 0 || err == EBUSY;
}

static void
explain (const char *name, int err, GError **error)
{
    switch (err) {
    case ENODEV:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                     _ ("There is no network interface “%s”; make it with “sudo ip tuntap add dev "
                        "%s mode tap user $USER”"),
                     name, name);
        return;
    case EPERM:
    case EACCES:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("You have no right to use the network interface “%s”: it must be made for "
                        "you, with “ip tuntap add … user $USER”"),
                     name);
        return;
    case EBUSY:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     _ ("The network interface “%s” is in use already"), name);
        return;
    case EINVAL:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("The network interface “%s” is not a tap"), name);
        return;
    default:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The network interface “%s” cannot be used: %s"), name, g_strerror (err));
    }
}

gboolean
keeper_net_open_tap (const char *name, guint n_queues, int *fds, GError **error)
{
    int err = 0;

    fd_init_all (fds, n_queues);
    /* Asking for one that is not there would make it, for whoever has the right to. */
    if (if_nametoindex (name) == 0)
        err = ENODEV;
    else if (n_queues == 1)
        err = open_queue (name, 0, &fds[0]);
    /* An interface that was made for several queues is not attached to as one without. */
    for (guint i = 0; i < n_queues && (n_queues > 1 ? err == 0 : err == EINVAL); i++)
        err = open_queue (name, IFF_MULTI_QUEUE, &fds[i]);
    if (err == 0)
        return TRUE;
    fd_close_all (fds, n_queues);
    if (err == EINVAL && n_queues > 1 && has_one_queue (name))
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
            _ ("The network interface “%s” has one queue; make it anew for several, with “sudo ip "
               "tuntap add dev %s mode tap multi_queue user $USER”"),
            name, name);
    else
        explain (name, err, error);
    return FALSE;
}
