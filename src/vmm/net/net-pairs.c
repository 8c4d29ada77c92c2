/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-pairs.c - the plugs of a card with several pairs of queues, and what goes with a plug to its card. */
#include <errno.h>

#include "fd.h"
#include "net-private.h"

int
net_add_pair (struct net *net, struct net *pair)
{
    struct net *last = net;

    if (net_n_pairs (net) + net_n_pairs (pair) > NET_MAX_PAIRS)
        return -E2BIG;
    if (pair->driver != net->driver || pair->offloads != net->offloads
        || pair->prefix_bytes != net->prefix_bytes)
        return -EINVAL;
    while (last->next)
        last = last->next;
    last->next = pair;
    return 0;
}

unsigned
net_n_pairs (const struct net *net)
{
    return net ? 1 + net_n_pairs (net->next) : 0;
}

struct net *
net_get_pair (struct net *net, unsigned index)
{
    return index == 0 ? net : net_get_pair (net->next, index - 1);
}

void
net_set_vhost (struct net *net, int fd)
{
    fd_close (&net->vhost_fd);
    net->vhost_fd = fd;
}

int
net_take_vhost (struct net *net)
{
    return fd_steal (&net->vhost_fd);
}
