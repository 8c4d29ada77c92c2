/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-vhost.h - a vhost descriptor without a kernel behind it, as strict as the kernel's.
 *
 * Programs that use it are linked with -Wl,--wrap=ioctl.  Requests in an order the kernel refuses are
 * refused; addresses are looked up in the table that was set, as the kernel's worker does.
 */
#pragma once

#include <linux/vhost.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_VHOSTS        8 /* at a time */
#define FAKE_VHOST_RINGS   2
#define FAKE_VHOST_REGIONS 16

struct fake_vhost_ring {
    unsigned size;
    uint16_t next_avail, next_used;
    struct vhost_vring_addr addresses;
    int kick_fd, call_fd, error_fd; /* borrowed from whoever set them; -1 */
    int backend_fd;                 /* of a vhost-net, likewise */
};

struct fake_vhost {
    int fd; /* -1: nobody has it */
    bool is_owned, is_running;
    uint64_t has_features, features;
    uint64_t cid;
    struct vhost_memory_region regions[FAKE_VHOST_REGIONS];
    unsigned n_regions;
    struct fake_vhost_ring rings[FAKE_VHOST_RINGS];
    unsigned long failing; /* the request that fails, with ENOMEM; 0: none */
    unsigned n_starts, n_tables;
};

/* The first of FAKE_VHOSTS, one after the other, all new. */
struct fake_vhost *fake_vhost_reset (void);

/* A descriptor to give to a device. */
int fake_vhost_open (struct fake_vhost *v);

/* What the worker does when it was kicked, or has something to say: ring FROM's buffers are read, and what
 * is in them goes into ring TO's (-1: nowhere).  Returns how many chains were taken of FROM; nothing is
 * done while it does not run. */
unsigned fake_vhost_echo (struct fake_vhost *v, unsigned from, int to);

/* Whether ring INDEX was kicked since it was asked last. */
bool fake_vhost_was_kicked (struct fake_vhost *v, unsigned index);
