/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-fake.c - a virtio device that holds every chain until the test gives it back. */
#include "virtio-fake.h"

#include "bits.h"

static bool
fake_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct fake_device *fake = container_of (vdev, struct fake_device, virtio);

    fake->n_turns++;
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!virtio_pop_locked (queue, &fake->chain))
            return false;
        if (fake->chain_hook)
            fake->chain_hook (fake->hook_opaque);
        if (fake->answers_at_once) {
            virtio_push_locked (queue, fake->chain.ticket, 0);
        } else {
            g_assert_cmpuint (fake->n_held, <, FAKE_HELD);
            fake->held[fake->n_held].queue = queue;
            fake->held[fake->n_held++].ticket = fake->chain.ticket;
        }
    }
    return true;
}

static void
fake_config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    struct fake_device *fake = container_of (vdev, struct fake_device, virtio);

    g_assert_cmpuint (offset + size, <=, sizeof fake->config);
    if (offset + size <= 4)
        store_le (fake->config + offset, value, size);
}

static void
fake_virtio_reset (struct virtio_device *vdev)
{
    container_of (vdev, struct fake_device, virtio)->n_resets++;
}

static const struct virtio_ops fake_virtio_ops = {
    .process = fake_process,
    .reset = fake_virtio_reset,
    .config_write = fake_config_write,
};

static const struct virtio_type fake_type = {
    .id = FAKE_TYPE,
    .pci_class_code = 0xff0000,
    .queue_size = FAKE_QUEUE_SIZE,
    .ops = &fake_virtio_ops,
};

static void
fake_reset (struct device *device)
{
    virtio_pci_reset (&container_of (device, struct fake_device, virtio.device)->pci);
}

static void
fake_destroy (struct device *device)
{
    struct fake_device *fake = container_of (device, struct fake_device, virtio.device);

    virtio_pci_destroy (&fake->pci);
    virtio_destroy (&fake->virtio);
    g_free (fake);
}

static const struct device_ops fake_ops = {
    .reset = fake_reset,
    .destroy = fake_destroy,
    .broken = virtio_broken,
};

struct fake_device *
fake_device_new (struct test_machine *m)
{
    struct device_args args = { .env = &m->env, .alias = "fake", .slot = FAKE_SLOT };
    struct fake_device *fake = g_new0 (struct fake_device, 1);

    virtio_init (&fake->virtio, &args, &fake_ops, &fake_type, FAKE_QUEUES, m->env.io_loop);
    fake->virtio.offered |= BIT_ULL (FAKE_FEATURE);
    fake->virtio.config = fake->config;
    fake->virtio.config_size = sizeof fake->config;
    for (unsigned i = 0; i < sizeof fake->config; i++)
        fake->config[i] = (uint8_t) (0xa0 + i);
    g_assert_cmpint (virtio_pci_init (&fake->pci, &fake->virtio, args.slot), ==, 0);
    device_reset (&fake->virtio.device);
    return fake;
}

void
fake_device_complete (struct fake_device *fake, unsigned index, uint32_t written)
{
    g_assert_cmpuint (index, <, fake->n_held);
    pthread_mutex_lock (&fake->virtio.lock);
    virtio_push_locked (fake->held[index].queue, fake->held[index].ticket, written);
    pthread_mutex_unlock (&fake->virtio.lock);
}

void
fake_fixture_set_up (struct fake_fixture *f, gconstpointer data)
{
    f->m = test_machine_new ();
    f->fake = fake_device_new (f->m);
    virtio_driver_probe (&f->d, f->m, FAKE_SLOT);
}

void
fake_fixture_tear_down (struct fake_fixture *f, gconstpointer data)
{
    device_destroy (&f->fake->virtio.device);
    test_machine_free (f->m);
}
