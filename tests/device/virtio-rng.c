/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-rng.c - tests: random bytes, and no more of them than allowed. */
#include <string.h>

#include "bits.h"
#include "rng.h"
#include "virtio-driver.h"

#define RNG_SLOT 5
#define FOREVER  "86400000"

struct fixture {
    struct test_machine *m;
    struct device *device;
    struct virtio_driver d;
};

/* Options other than the defaults. */
struct limits {
    const char *max_bytes, *period_ms;
};

static void
setup (struct fixture *f, gconstpointer data)
{
    const struct limits *limits = data;
    const struct device_class *class = &virtio_rng_class;
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "rng0");
    args.slot = RNG_SLOT;
    if (limits) {
        void *config = (void *) args.config;

        g_assert_cmpint (device_option_set (class, config, "max-bytes", limits->max_bytes), ==, 0);
        g_assert_cmpint (device_option_set (class, config, "period-ms", limits->period_ms), ==, 0);
    }
    g_assert_cmpint (class->create (&args, &f->device), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, RNG_SLOT);
    virtio_driver_start (&f->d, 0, 1, 8);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

/* Asks for LEN bytes; *GPA is where they will be. */
static uint16_t
ask (struct fixture *f, uint32_t len, gpa_t *gpa)
{
    struct virtio_buffer buffer = { .len = len, .device_writes = true };
    uint16_t head;

    buffer.gpa = virtio_driver_alloc (&f->d, len, 1);
    if (gpa)
        *gpa = buffer.gpa;
    head = virtio_driver_send (&f->d, 0, &buffer, 1);
    test_machine_settle (f->m);
    return head;
}

static void
test_identity (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10441af4);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config, 4), ==, 0);
}

static void
test_buffers_are_filled (struct fixture *f, gconstpointer data)
{
    gpa_t a, b;
    struct virtio_buffer pieces[3];
    uint16_t head;

    head = ask (f, 64, &a);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, head), ==, 64);
    head = ask (f, 64, &b);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, head), ==, 64);
    g_assert_cmpint (memcmp (f->m->ram + a, f->m->ram + b, 64), !=, 0);
    g_assert_true (f->m->intx[RNG_SLOT][0]);

    for (unsigned i = 0; i < 3; i++)
        pieces[i] = (struct virtio_buffer){ virtio_driver_alloc (&f->d, 100, 1), 100, true };
    head = virtio_driver_send (&f->d, 0, pieces, 3);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, head), ==, 300);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint (memcmp (f->m->ram + pieces[i].gpa, (char[100]){ 0 }, 100), !=, 0);
}

static void
test_one_buffer_gets_no_more_than_its_share (struct fixture *f, gconstpointer data)
{
    gpa_t gpa;
    uint16_t head = ask (f, 2 * VIRTIO_RNG_REQUEST_BYTES, &gpa);

    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, head), ==, VIRTIO_RNG_REQUEST_BYTES);
    for (unsigned i = 0; i < VIRTIO_RNG_REQUEST_BYTES; i++)
        g_assert_cmphex (f->m->ram[gpa + VIRTIO_RNG_REQUEST_BYTES + i], ==, 0);
}

/* The budget is for a day: what is over it does not come, not even after a reset. */
static void
test_budget_is_kept (struct fixture *f, gconstpointer data)
{
    uint32_t id, len;

    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, ask (f, 64, NULL)), ==, 64);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, ask (f, 64, NULL)), ==, 36);
    ask (f, 64, NULL);
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    virtio_driver_start (&f->d, 0, 1, 8);
    ask (f, 64, NULL);
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_next_period_brings_more (struct fixture *f, gconstpointer data)
{
    uint16_t heads[3];

    for (unsigned i = 0; i < 3; i++)
        heads[i] = ask (f, 100, NULL);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpuint (virtio_driver_wait (&f->d, 0, heads[i]), ==, 100);
}

static void
test_readable_buffer_breaks_it (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer mixed[] = { { 0x1000, 16, false }, { 0x2000, 16, true } };
    uint32_t id, len;

    virtio_driver_send (&f->d, 0, mixed, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "readable buffer for random bytes");
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    virtio_driver_start (&f->d, 0, 1, 8);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, ask (f, 16, NULL)), ==, 16);
}

static void
test_machine_reset_while_waiting (struct fixture *f, gconstpointer data)
{
    ask (f, 100, NULL);
    ask (f, 100, NULL);
    device_reset (f->device);
    test_machine_settle (f->m);
    virtio_driver_probe (&f->d, f->m, RNG_SLOT);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
}

static void
test_options (struct fixture *f, gconstpointer data)
{
    struct virtio_rng_config config;
    const struct device_class *class = &virtio_rng_class;

    device_options_init (class, &config);
    g_assert_cmpuint (config.max_bytes, ==, 65536);
    g_assert_cmpuint (config.period_ms, ==, 1000);
    g_assert_cmpint (device_option_set (class, &config, "period-ms", "0"), <, 0);
    g_assert_cmpint (device_option_set (class, &config, "max-bytes", "0"), <, 0);
    g_assert_cmpint (device_option_set (class, &config, "max-bytes", "1073741825"), <, 0);
}

static void
add (const char *path, const struct limits *limits, void (*test) (struct fixture *, gconstpointer))
{
    g_test_add (path, struct fixture, limits, setup, test, teardown);
}

int
main (int argc, char **argv)
{
    static const struct limits a_day = { "100", FOREVER };
    static const struct limits a_moment = { "100", "5" };

    g_test_init (&argc, &argv, NULL);
    add ("/virtio-rng/identity", NULL, test_identity);
    add ("/virtio-rng/buffers-are-filled", NULL, test_buffers_are_filled);
    add ("/virtio-rng/one-buffer-gets-no-more-than-its-share", NULL,
         test_one_buffer_gets_no_more_than_its_share);
    add ("/virtio-rng/budget-is-kept", &a_day, test_budget_is_kept);
    add ("/virtio-rng/next-period-brings-more", &a_moment, test_next_period_brings_more);
    add ("/virtio-rng/readable-buffer-breaks-it", NULL, test_readable_buffer_breaks_it);
    add ("/virtio-rng/machine-reset-while-waiting", &a_day, test_machine_reset_while_waiting);
    add ("/virtio-rng/options", NULL, test_options);
    return g_test_run ();
}
