/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-net.c - what is behind the machine's network cards, and what its keeper does to it later. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "fd.h"
#include "machine-private.h"
#include "net.h"

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

static int
plug_in (struct machine *m, struct device_config *d, struct net *net)
{
    enum net_kind kind;
    int ret;

    if (d->fd < 0)
        return 0;
    ret = kind_of (d->record.backend, &kind);
    if (ret < 0)
        return machine_fail (m, ret, "device %s: a %s takes no backend of that kind",
                             d->record.alias, d->record.model);
    ret = net_connect (net, kind, fd_steal (&d->fd));
    if (ret < 0)
        return machine_fail (m, ret, "device %s: its network cannot be used: %s", d->record.alias,
                             strerror (-ret));
    return 0;
}

int
machine_net_open (struct machine *m, struct device_config *d, struct net **out)
{
    struct net *net = net_create (m->env.io_loop);
    int ret;

    if (!net)
        return -ENOMEM;
    if (d->record.backend_flags & VMM_BACKEND_LINK_DOWN)
        net_set_link (net, false);
    ret = plug_in (m, d, net);
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
