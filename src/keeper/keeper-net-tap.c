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
attach (int fd, const char *name)
{
    const int flags[] = { IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
                          IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE };
    int header_bytes = HEADER_BYTES, err = 0;

    /* An interface that was made for several queues is not attached to as one without. */
    for (gsize i = 0; i < G_N_ELEMENTS (flags) && (i == 0 || err == EINVAL); i++) {
        struct ifreq request;

        memset (&request, 0, sizeof request);
        g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
        request.ifr_flags = (short) flags[i];
        err = ioctl (fd, TUNSETIFF, &request) < 0 ? errno : 0;
    }
    if (err == 0 && ioctl (fd, TUNSETVNETHDRSZ, &header_bytes) < 0)
        err = errno;
    return err;
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

int
keeper_net_open_tap (const char *name, GError **error)
{
    int fd = -1, err = 0;

    /* Asking for one that is not there would make it, for whoever has the right to. */
    if (if_nametoindex (name) == 0)
        err = ENODEV;
    else if ((fd = open (TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK)) < 0)
        err = errno == ENOENT ? ENXIO : errno;
    else
        err = attach (fd, name);
    if (err == 0)
        return fd;
    explain (name, err, error);
    fd_close (&fd);
    return -1;
}
