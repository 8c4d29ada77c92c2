/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rng.c - virtio-rng, a source of random bytes (virtio 1.2, §5.4).
 *
 * Theory of operation.  Every chain is filled at once from the host kernel's generator, so none is
 * ever in flight between two turns of the loop.  A guest pays nothing for asking again and again,
 * so what it gets is bounded: a budget of bytes, made new at the end of each period that began with
 * the first request.  While the budget is empty chains stay in the ring and a timer waits for the
 * end of the period.
 */
#include "rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

#include "bits.h"
#include "transport-pci.h"

#define DEVICE_TYPE 4
#define CLASS_CODE  0x00ff00 /* no class */
#define QUEUE_SIZE  64

#define NS_PER_MS 1000000ll

struct virtio_rng {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    struct virtio_rng_config options;

    uint64_t budget_bytes; /* left in this period */
    int64_t period_end_ns;
    struct loop_timer timer; /* armed while chains wait for a new period */
    struct queue_chain chain;
};

static struct virtio_rng *
rng_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_rng, virtio);
}

/* Starts a new period when the last one is over.  Returns whether there is a budget now. */
static bool
has_budget_locked (struct virtio_rng *rng)
{
    int64_t now = loop_now_ns ();

    if (now >= rng->period_end_ns) {
        rng->period_end_ns = now + (int64_t) rng->options.period_ms * NS_PER_MS;
        rng->budget_bytes = rng->options.max_bytes;
    }
    return rng->budget_bytes > 0;
}

/* Random bytes into the chain's buffers.  Returns how many, or -errno when the host has none. */
static int
fill_locked (struct virtio_rng *rng)
{
    uint8_t bytes[VIRTIO_RNG_REQUEST_BYTES];
    uint64_t want = MIN_OF (rng->chain.in_bytes, sizeof bytes);
    ssize_t got;

    want = MIN_OF (want, rng->budget_bytes);
    do
        got = getrandom (bytes, want, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    rng->budget_bytes -= (uint64_t) got;
    return (int) queue_chain_write (&rng->chain, 0, bytes, (size_t) got);
}

/* Answers the chain in rng->chain; false when the device is broken now. */
static bool
answer_locked (struct virtio_rng *rng, struct virtio_queue *queue)
{
    int n = 0;

    if (rng->chain.n_out)
        device_mark_broken (&rng->virtio.device, "readable buffer for random bytes"); /* §5.4.6.1 */
    else if ((n = fill_locked (rng)) < 0)
        device_mark_broken (&rng->virtio.device, "the host has no random bytes");
    virtio_push_locked (queue, rng->chain.ticket, (uint32_t) MAX_OF (n, 0));
    return !rng->virtio.device.is_broken;
}

static bool
rng_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_rng *rng = rng_from_virtio (vdev);

    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!has_budget_locked (rng)) {
            loop_timer_arm (&rng->timer, rng->period_end_ns);
            return false;
        }
        if (!virtio_pop_locked (queue, &rng->chain) || !answer_locked (rng, queue))
            return false;
    }
    return true;
}

static void
timer_cb (void *opaque)
{
    struct virtio_rng *rng = opaque;

    virtio_notify_all (&rng->virtio);
}

static const struct virtio_ops rng_virtio_ops = { .process = rng_process };

static const struct virtio_type rng_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = QUEUE_SIZE,
    .ops = &rng_virtio_ops,
};

static void
rng_reset (struct device *device)
{
    struct virtio_rng *rng = container_of (device, struct virtio_rng, virtio.device);

    loop_timer_disarm (&rng->timer);
    virtio_pci_reset (&rng->pci);
}

static void
rng_destroy (struct device *device)
{
    struct virtio_rng *rng = container_of (device, struct virtio_rng, virtio.device);

    virtio_pci_destroy (&rng->pci);
    loop_timer_disarm (&rng->timer);
    virtio_destroy (&rng->virtio);
    free (rng);
}

static const struct device_ops rng_device_ops = {
    .reset = rng_reset,
    .destroy = rng_destroy,
    .broken = virtio_broken,
};

static int
rng_create (const struct device_args *args, struct device **out)
{
    struct virtio_rng *rng = calloc (1, sizeof *rng);
    int ret;

    if (!rng)
        return -ENOMEM;
    rng->options = *(const struct virtio_rng_config *) args->config;
    virtio_init (&rng->virtio, args, &rng_device_ops, &rng_type, 1, args->env->loop);
    rng->virtio.device.class = &virtio_rng_class;
    loop_timer_init (&rng->timer, args->env->loop, timer_cb, rng);
    ret = virtio_pci_init (&rng->pci, &rng->virtio, args->slot);
    if (ret < 0) {
        virtio_destroy (&rng->virtio);
        free (rng);
        return ret;
    }
    *out = &rng->virtio.device;
    return 0;
}

static const struct option rng_options[] = {
    { .name = "max-bytes",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_rng_config, max_bytes),
      .min = 1,
      .max = GIB (1),
      .fallback = "65536",
      .help = "Bytes the guest may take in each period" },
    { .name = "period-ms",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_rng_config, period_ms),
      .min = 1,
      .max = 86400000,
      .fallback = "1000",
      .help = "Length of a period in milliseconds" },
};

const struct device_class virtio_rng_class = {
    .name = "virtio-rng",
    .summary = "Source of random numbers",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .options = rng_options,
    .n_options = ARRAY_SIZE (rng_options),
    .config_size = sizeof (struct virtio_rng_config),
    .create = rng_create,
};
