/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balloon.c - virtio-balloon: memory the guest gives back while it does not need it (virtio 1.2,
 * §5.5).
 *
 * Theory of operation.  A page the guest puts into the balloon, or reports free, is taken out of
 * guest RAM's file: the host has it back at once, and whoever touches it again finds zeros.  So
 * deflating needs nothing done.  The guest names any page it likes: what is not RAM is passed over,
 * and giving up a page that it uses harms only itself.
 *
 * Giving pages back costs a system call a run of pages, on the main loop, so a turn of a queue has a
 * budget and the rest waits for the next turn.
 *
 * Statistics: the driver gives one buffer with figures, gets it back when somebody wants new ones,
 * fills it again.  While nobody asks the buffer stays here, and is given up when the driver resets.
 *
 * Queues: drivers leave out the queues of features that they did not accept and number the rest
 * anew, against what the specification says; so reporting is at 2, 3 or 4, and all places that are
 * not something else are for it.
 *
 * Reported pages come back as zeros, so a guest that fills free pages with another pattern and
 * relies on it keeps them (§5.5.6.7.2).
 */
#include "balloon.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"
#include "transport-pci.h"

#define DEVICE_TYPE 5
#define CLASS_CODE  0x00ff00 /* no class */
#define QUEUE_SIZE  128
#define PAGE_BYTES  VIRTIO_BALLOON_PAGE_BYTES
#define TURN_PAGES  16384u /* of one turn of the inflating queue: 64 MiB */
#define BATCH       256u   /* page numbers read at a time */
#define MAX_FIGURES 64u    /* looked at of one buffer */

struct virtio_balloon {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    struct virtio_balloon_config options;
    uint8_t config[VIRTIO_BALLOON_CONFIG_BYTES];
    uint64_t figures[VIRTIO_BALLOON_FIGURE_N];
    bool has_stats; /* the driver's buffer for figures is here */
    struct queue_ticket stats;
    struct queue_chain chain;
};

static struct virtio_balloon *
balloon_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_balloon, virtio);
}

static struct virtio_balloon *
balloon_from_device (struct device *device)
{
    return container_of (device, struct virtio_balloon, virtio.device);
}

/* --- inflating ------------------------------------------------------------------------------- */

/* Pages FIRST … FIRST + N - 1. */
static void
discard_run (struct virtio_balloon *balloon, uint64_t first, uint64_t n)
{
    const struct memory *memory = balloon->virtio.device.env->memory;

    /* Page by page where the run is not RAM from end to end. */
    if (n > 1 && !memory_at (memory, first * PAGE_BYTES, n * PAGE_BYTES)) {
        for (uint64_t i = 0; i < n; i++)
            discard_run (balloon, first + i, 1);
        return;
    }
    memory_discard (memory_at (memory, first * PAGE_BYTES, n * PAGE_BYTES), n * PAGE_BYTES);
}

/* Takes the page numbers in PFNS, N of them, as runs up or down. */
static void
discard_pages (struct virtio_balloon *balloon, const uint8_t *pfns, unsigned n)
{
    uint64_t low = 0, high = 0; /* the run, half open */

    for (unsigned i = 0; i < n; i++) {
        uint64_t pfn = load_le32 (pfns + 4 * i);

        if (pfn == high && high > low) {
            high++;
        } else if (pfn + 1 == low) {
            low--;
        } else {
            if (high > low)
                discard_run (balloon, low, high - low);
            low = pfn;
            high = pfn + 1;
        }
    }
    if (high > low)
        discard_run (balloon, low, high - low);
}

/* Handles the chain's pages, at most LIMIT; returns their number. */
static unsigned
inflate_locked (struct virtio_balloon *balloon, unsigned limit)
{
    uint8_t pfns[BATCH * 4];
    unsigned done = 0;

    while (done < limit) {
        size_t want = 4 * MIN_OF (BATCH, limit - done);
        size_t len = queue_chain_read (&balloon->chain, (uint64_t) done * 4, pfns, want);

        discard_pages (balloon, pfns, (unsigned) (len / 4));
        done += (unsigned) (len / 4);
        if (len < want)
            break;
    }
    return done;
}

/* Pages past a turn's budget stay with the guest: the balloon is a favour, not a promise. */
static bool
process_inflate (struct virtio_balloon *balloon, struct virtio_queue *queue)
{
    unsigned left = TURN_PAGES;

    for (unsigned n = 0; n < queue->ring.size && left > 0; n++) {
        if (!virtio_pop_locked (queue, &balloon->chain))
            return false;
        left -= inflate_locked (balloon, left);
        virtio_push_locked (queue, balloon->chain.ticket, 0);
    }
    return true;
}

static bool
process_deflate (struct virtio_balloon *balloon, struct virtio_queue *queue)
{
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!virtio_pop_locked (queue, &balloon->chain))
            return false;
        virtio_push_locked (queue, balloon->chain.ticket, 0);
    }
    return true;
}

/* --- reporting ------------------------------------------------------------------------------- */

static bool
may_clear_locked (const struct virtio_balloon *balloon)
{
    return !virtio_has_feature_locked (&balloon->virtio, VIRTIO_BALLOON_F_POISON)
           || load_le32 (balloon->config + VIRTIO_BALLOON_CONFIG_POISON) == 0;
}

/* Each buffer is a run of free pages; nothing is written into it. */
static bool
process_reporting (struct virtio_balloon *balloon, struct virtio_queue *queue)
{
    const struct queue_chain *chain = &balloon->chain;

    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!virtio_pop_locked (queue, &balloon->chain))
            return false;
        for (unsigned i = chain->n_out;
             i < chain->n_out + chain->n_in && may_clear_locked (balloon); i++)
            memory_discard (chain->iov[i].iov_base, chain->iov[i].iov_len);
        virtio_push_locked (queue, chain->ticket, 0);
    }
    return true;
}

/* --- statistics ------------------------------------------------------------------------------ */

static void
read_figures_locked (struct virtio_balloon *balloon)
{
    uint8_t raw[VIRTIO_BALLOON_FIGURE_BYTES];

    for (unsigned i = 0; i < MAX_FIGURES; i++) {
        uint16_t tag;

        if (queue_chain_read (&balloon->chain, (uint64_t) i * sizeof raw, raw, sizeof raw)
            < sizeof raw)
            return;
        tag = load_le16 (raw);
        if (tag < VIRTIO_BALLOON_FIGURE_N)
            balloon->figures[tag] = load_le64 (raw + 2);
    }
}

static bool
process_stats (struct virtio_balloon *balloon, struct virtio_queue *queue)
{
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!virtio_pop_locked (queue, &balloon->chain))
            return false;
        if (balloon->has_stats) /* one too many: the older goes back */
            virtio_push_locked (queue, balloon->stats, 0);
        balloon->has_stats = true;
        balloon->stats = balloon->chain.ticket;
        read_figures_locked (balloon);
    }
    return true;
}

static void
give_stats_back_locked (struct virtio_balloon *balloon)
{
    if (!balloon->has_stats)
        return;
    balloon->has_stats = false;
    virtio_push_locked (&balloon->virtio.queues[VIRTIO_BALLOON_STATS_QUEUE], balloon->stats, 0);
}

/* --- the virtio device ----------------------------------------------------------------------- */

static bool
balloon_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_balloon *balloon = balloon_from_virtio (vdev);

    if (queue->index == VIRTIO_BALLOON_INFLATE)
        return process_inflate (balloon, queue);
    if (queue->index == VIRTIO_BALLOON_DEFLATE)
        return process_deflate (balloon, queue);
    if (queue->index == VIRTIO_BALLOON_STATS_QUEUE
        && virtio_has_feature_locked (vdev, VIRTIO_BALLOON_F_STATS))
        return process_stats (balloon, queue);
    return virtio_has_feature_locked (vdev, VIRTIO_BALLOON_F_REPORTING)
           && process_reporting (balloon, queue);
}

static void
balloon_cancel (struct virtio_device *vdev)
{
    give_stats_back_locked (balloon_from_virtio (vdev));
}

/* The target is the host's wish and outlives the driver. */
static void
balloon_virtio_reset (struct virtio_device *vdev)
{
    struct virtio_balloon *balloon = balloon_from_virtio (vdev);

    balloon->has_stats = false;
    store_le32 (balloon->config + VIRTIO_BALLOON_CONFIG_ACTUAL, 0);
    store_le32 (balloon->config + VIRTIO_BALLOON_CONFIG_POISON, 0);
    for (unsigned i = 0; i < VIRTIO_BALLOON_FIGURE_N; i++)
        balloon->figures[i] = VIRTIO_BALLOON_UNKNOWN;
}

static void
balloon_config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    struct virtio_balloon *balloon = balloon_from_virtio (vdev);

    if (size == 4
        && (offset == VIRTIO_BALLOON_CONFIG_ACTUAL || offset == VIRTIO_BALLOON_CONFIG_POISON))
        store_le32 (balloon->config + offset, value);
}

static const struct virtio_ops balloon_virtio_ops = {
    .process = balloon_process,
    .cancel = balloon_cancel,
    .reset = balloon_virtio_reset,
    .config_write = balloon_config_write,
};

static const struct virtio_type balloon_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = QUEUE_SIZE,
    .ops = &balloon_virtio_ops,
};

/* --- for the machine ------------------------------------------------------------------------- */

void
virtio_balloon_set_target (struct device *device, uint64_t bytes)
{
    struct virtio_balloon *balloon = balloon_from_device (device);
    uint64_t pages = MIN_OF (bytes / PAGE_BYTES, (uint64_t) UINT32_MAX);

    pthread_mutex_lock (&balloon->virtio.lock);
    store_le32 (balloon->config + VIRTIO_BALLOON_CONFIG_TARGET, (uint32_t) pages);
    if (balloon->virtio.status & VIRTIO_STATUS_DRIVER_OK)
        virtio_config_changed_locked (&balloon->virtio);
    pthread_mutex_unlock (&balloon->virtio.lock);
}

void
virtio_balloon_get_state (struct device *device, struct virtio_balloon_state *state)
{
    struct virtio_balloon *balloon = balloon_from_device (device);
    const uint8_t *config = balloon->config;

    pthread_mutex_lock (&balloon->virtio.lock);
    state->target_bytes = (uint64_t) load_le32 (config + VIRTIO_BALLOON_CONFIG_TARGET) * PAGE_BYTES;
    state->actual_bytes = (uint64_t) load_le32 (config + VIRTIO_BALLOON_CONFIG_ACTUAL) * PAGE_BYTES;
    memcpy (state->figures, balloon->figures, sizeof state->figures);
    give_stats_back_locked (balloon);
    pthread_mutex_unlock (&balloon->virtio.lock);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
balloon_reset (struct device *device)
{
    virtio_pci_reset (&balloon_from_device (device)->pci);
}

static void
balloon_destroy (struct device *device)
{
    struct virtio_balloon *balloon = balloon_from_device (device);

    virtio_pci_destroy (&balloon->pci);
    virtio_destroy (&balloon->virtio);
    free (balloon);
}

static const struct device_ops balloon_device_ops = {
    .reset = balloon_reset,
    .destroy = balloon_destroy,
    .broken = virtio_broken,
};

static int
balloon_create (const struct device_args *args, struct device **out)
{
    struct virtio_balloon *balloon = calloc (1, sizeof *balloon);
    struct virtio_device *vdev;
    int ret;

    if (!balloon)
        return -ENOMEM;
    vdev = &balloon->virtio;
    balloon->options = *(const struct virtio_balloon_config *) args->config;
    virtio_init (vdev, args, &balloon_device_ops, &balloon_type, VIRTIO_BALLOON_N_QUEUES,
                 args->env->loop);
    vdev->device.class = &virtio_balloon_class;
    vdev->offered |= BIT_ULL (VIRTIO_BALLOON_F_MUST_TELL_HOST) | BIT_ULL (VIRTIO_BALLOON_F_STATS);
    if (balloon->options.deflate_on_oom)
        vdev->offered |= BIT_ULL (VIRTIO_BALLOON_F_DEFLATE_ON_OOM);
    if (balloon->options.reporting)
        vdev->offered |= BIT_ULL (VIRTIO_BALLOON_F_REPORTING) | BIT_ULL (VIRTIO_BALLOON_F_POISON);
    vdev->config = balloon->config;
    vdev->config_size = sizeof balloon->config;
    balloon_virtio_reset (vdev);
    virtio_balloon_set_target (&vdev->device, balloon->options.target);
    ret = virtio_pci_init (&balloon->pci, vdev, args->slot);
    if (ret < 0) {
        virtio_destroy (vdev);
        free (balloon);
        return ret;
    }
    *out = &vdev->device;
    return 0;
}

static const struct option balloon_options[] = {
    { .name = "deflate-on-oom",
      .type = OPTION_BOOL,
      .offset = offsetof (struct virtio_balloon_config, deflate_on_oom),
      .fallback = "off",
      .help = "The guest may take memory back before it runs out" },
    { .name = "free-page-reporting",
      .type = OPTION_BOOL,
      .offset = offsetof (struct virtio_balloon_config, reporting),
      .fallback = "off",
      .help = "The guest tells of pages it has free, and the host takes them" },
    { .name = "target",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_balloon_config, target),
      .max = GIB (4096),
      .fallback = "0",
      .help = "Bytes the guest is asked to give from the start" },
};

const struct device_class virtio_balloon_class = {
    .name = "virtio-balloon",
    .summary = "Memory the guest gives back while it does not need it",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .options = balloon_options,
    .n_options = ARRAY_SIZE (balloon_options),
    .config_size = sizeof (struct virtio_balloon_config),
    .create = balloon_create,
};
