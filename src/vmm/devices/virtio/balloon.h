/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balloon.h - virtio-balloon: memory the guest gives back while it does not need it (virtio 1.2,
 * §5.5). */
#pragma once

#include "device.h"

extern const struct device_class virtio_balloon_class;

/* Filled from the class's options. */
struct virtio_balloon_config {
    bool deflate_on_oom; /* the guest may take memory back before it runs out */
    bool reporting;      /* the guest tells of pages it has free */
    uint64_t target;     /* bytes the guest is asked to give from the start */
};

/* What the guest says of its memory, bytes but for the first (§5.5.6.3). */
enum virtio_balloon_figure {
    VIRTIO_BALLOON_SWAP_IN,
    VIRTIO_BALLOON_SWAP_OUT,
    VIRTIO_BALLOON_MAJOR_FAULTS, /* a number */
    VIRTIO_BALLOON_MINOR_FAULTS, /* a number */
    VIRTIO_BALLOON_FREE,
    VIRTIO_BALLOON_TOTAL,
    VIRTIO_BALLOON_AVAILABLE,
    VIRTIO_BALLOON_CACHES,
    VIRTIO_BALLOON_HUGETLB_ALLOCATED, /* a number */
    VIRTIO_BALLOON_HUGETLB_FAILED,    /* a number */
    VIRTIO_BALLOON_FIGURE_N
};

#define VIRTIO_BALLOON_UNKNOWN UINT64_MAX

struct virtio_balloon_state {
    uint64_t target_bytes;                     /* what the guest is asked to give */
    uint64_t actual_bytes;                     /* what it gave, as it says */
    uint64_t figures[VIRTIO_BALLOON_FIGURE_N]; /* or VIRTIO_BALLOON_UNKNOWN */
};

/* Asks the guest to give BYTES back (whole pages; fewer than before: to take some again).  Stays so
 * over resets.  Any thread. */
void virtio_balloon_set_target (struct device *device, uint64_t bytes);

/* What is known, and asks the guest for new figures: they are there the next time.  Any thread. */
void virtio_balloon_get_state (struct device *device, struct virtio_balloon_state *state);

/* Features (§5.5.3) */
#define VIRTIO_BALLOON_F_MUST_TELL_HOST 0
#define VIRTIO_BALLOON_F_STATS          1
#define VIRTIO_BALLOON_F_DEFLATE_ON_OOM 2
#define VIRTIO_BALLOON_F_POISON         4
#define VIRTIO_BALLOON_F_REPORTING      5

/* Configuration (§5.5.4) */
#define VIRTIO_BALLOON_CONFIG_TARGET 0 /* pages of 4 KiB */
#define VIRTIO_BALLOON_CONFIG_ACTUAL 4
#define VIRTIO_BALLOON_CONFIG_POISON 12
#define VIRTIO_BALLOON_CONFIG_BYTES  16

/* Queues (§5.5.2) */
#define VIRTIO_BALLOON_INFLATE     0
#define VIRTIO_BALLOON_DEFLATE     1
#define VIRTIO_BALLOON_STATS_QUEUE 2
#define VIRTIO_BALLOON_N_QUEUES    5

#define VIRTIO_BALLOON_PAGE_BYTES   4096
#define VIRTIO_BALLOON_FIGURE_BYTES 10 /* le16 tag, le64 value */
