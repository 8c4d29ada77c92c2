/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-net.c - what is behind the machine's network cards, and what its keeper does to it later. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "fd.h"
#include "machine-private.h"
#include "net.h"

_Static_assert(VMM_MAX_PAIRS == NET_MAX_PAIRS, "a plug for each pair");

/* Returns 0, or -EINVAL when BACKEND is no peer of a network card. */
static int
kind_of (uint32_t backend, enum net_kind *kind)
{
    static const struct {
        enum vmm_backend backend;
        enum net_kind kind;
    } kinds[] = {
        { VMM_BACKEND_NET_PACKET, NET_PACKET },
        { VMM_BACKEND_NET_STREAM, NET_STREAM },
        { VMM_BACKEND_NET_TAP, NET_TAP },
    };

    _Static_assert(ARRAY_SIZE (kinds) == NET_KIND_N, "a row for each kind");
    for (unsigned i = 0; i < ARRAY_SIZE (kinds); i++) {
        if (kinds[i].backend == backend) {
            *kind = kinds[i].kind;
            return 0;
        }
    }
    return -EINVAL;
}

/* What is behind FD and VHOST_FD, which are taken over, is behind NET. */
static int
plug_in (struct machine *m, const struct device_config *d, struct net *net, int *fd, int *vhost_fd)
{
    enum net_kind kind;
    int ret;

    net_set_vhost (net, fd_steal (vhost_fd));
    if (*fd < 0)
        return 0;
    ret = kind_of (d->record.backend, &kind);
    if (ret < 0)
        return machine_fail (m, ret, "device %s: a %s takes no backend of that kind",
                             d->record.alias, d->record.model);
    ret = net_connect (net, kind, fd_steal (fd));
    if (ret < 0)
        return machine_fail (m, ret, "device %s: its network cannot be used: %s", d->record.alias,
                             strerror (-ret));
    return 0;
}

static int
add_pair (struct machine *m, struct device_config *d, struct net *net, unsigned index)
{
    struct net *pair = net_create (m->env.io_loop);
    int ret;

    if (!pair)
        return machine_fail (m, -ENOMEM, "device %s: there is no memory for it", d->record.alias);
    if (!net_link_is_up (net))
        net_set_link (pair, false);
    ret = plug_in (m, d, pair, &d->pairs[index].fd, &d->pairs[index].vhost_fd);
    if (ret == 0) {
        ret = net_add_pair (net, pair);
        if (ret < 0)
            ret = machine_fail (m, ret, "device %s: its queues are not of one network",
                                d->record.alias);
    }
    if (ret < 0)
        net_destroy (pair);
    return ret;
}

/* The pairs after the first. */
static int
add_pairs (struct machine *m, struct device_config *d, const struct device_class *class,
           struct net *net)
{
    int ret = 0;

    if (d->record.n_pairs > 1 && !class->has_pairs)
        return machine_fail (m, -EINVAL, "device %s: a %s has one pair of queues", d->record.alias,
                             d->record.model);
    if (d->record.n_pairs > 1 && d->record.backend != VMM_BACKEND_NET_TAP)
        return machine_fail (m, -EINVAL, "device %s: only a tap has several pairs of queues",
                             d->record.alias);
    for (unsigned i = 1; i < d->record.n_pairs && ret == 0; i++)
        ret = add_pair (m, d, net, i - 1);
    return ret;
}

int
machine_net_open (struct machine *m, struct device_config *d, const struct device_class *class,
                  struct net **out)
{
    struct net *net = net_create (m->env.io_loop);
    int ret;

    if (!net)
        return -ENOMEM;
    if (d->record.backend_flags & VMM_BACKEND_LINK_DOWN)
        net_set_link (net, false);
    ret = plug_in (m, d, net, &d->fd, &d->vhost_fd);
    if (ret == 0)
        ret = add_pairs (m, d, class, net);
    if (ret < 0) {
        net_destroy (net);
        return ret;
    }
    memcpy (m->nets[m->n_nets].alias, d->record.alias, sizeof d->record.alias);
    m->nets[m->n_nets++].net = net;
    *out = net;
    return 0;
}

void
machine_net_close (struct machine *m, struct net *net)
{
    if (!net)
        return;
    m->n_nets--; /* it was the last to come */
    net_destroy (net);
}

void
machine_net_forget (struct machine *m, const char *alias)
{
    for (unsigned i = 0; i < m->n_nets; i++) {
        if (strcmp (m->nets[i].alias, alias) == 0) {
            m->nets[i] = m->nets[--m->n_nets];
            return;
        }
    }
}

static struct net *
find (struct machine *m, const char *alias)
{
    for (unsigned i = 0; i < m->n_nets; i++) {
        if (strcmp (m->nets[i].alias, alias) == 0)
            return m->nets[i].net;
    }
    return NULL;
}

int
machine_set_link (struct machine *m, const char *alias, bool up)
{
    struct net *net = find (m, alias);

    if (!net)
        return -ENODEV;
    net_set_link (net, up);
    return 0;
}

int
machine_replace_net (struct machine *m, const char *alias, enum vmm_backend backend, int fd)
{
    struct net *net = find (m, alias);
    enum net_kind kind;
    int ret = net ? kind_of (backend, &kind) : -ENODEV;

    if (ret == 0)
        return net_connect (net, kind, fd);
    fd_close (&fd);
    return ret;
}
