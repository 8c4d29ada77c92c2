/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-balloon.c - tests: what the guest gives is gone, what it does not give stays. */
#include "balloon.h"

#include <string.h>

#include "bits.h"
#include "virtio-driver.h"

#define SLOT      5
#define PAGE      VIRTIO_BALLOON_PAGE_BYTES
#define FIRST     0x800 /* page numbers of memory the driver does not use: from 8 MiB on */
#define REPORTING BIT_ULL (VIRTIO_BALLOON_F_REPORTING)
#define POISON    BIT_ULL (VIRTIO_BALLOON_F_POISON)
#define STATS     BIT_ULL (VIRTIO_BALLOON_F_STATS)

struct fixture {
    struct test_machine *m;
    struct device *device;
    struct virtio_driver d;
};

static void
setup (struct fixture *f, gconstpointer data)
{
    const struct device_class *class = &virtio_balloon_class;
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "balloon0");
    args.slot = SLOT;
    for (const char *const *name = data; name && *name; name++)
        g_assert_cmpint (device_option_set (class, (void *) args.config, *name, "on"), ==, 0);
    g_assert_cmpint (class->create (&args, &f->device), ==, 0);
    device_reset (f->device);
    memset (f->m->ram + FIRST * PAGE, 0x55, 64 * PAGE);
    virtio_driver_probe (&f->d, f->m, SLOT);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

static bool
is_kept (struct fixture *f, unsigned page)
{
    return f->m->ram[(FIRST + page) * PAGE] == 0x55
           && f->m->ram[(FIRST + page + 1) * PAGE - 1] == 0x55;
}

static bool
is_gone (struct fixture *f, unsigned page)
{
    static const uint8_t zeros[PAGE];

    return memcmp (f->m->ram + (FIRST + page) * PAGE, zeros, PAGE) == 0;
}

/* Sends N page numbers (from FIRST on, when below 64) to QUEUE and waits until they are handled. */
static void
send_pages (struct fixture *f, unsigned queue, const uint32_t *pages, unsigned n)
{
    struct virtio_buffer buffer = { .len = 4 * n };
    uint16_t head;

    buffer.gpa = virtio_driver_alloc (&f->d, buffer.len, 4);
    for (unsigned i = 0; i < n; i++)
        store_le32 (virtio_driver_at (&f->d, buffer.gpa) + 4 * i,
                    pages[i] < 64 ? FIRST + pages[i] : pages[i]);
    head = virtio_driver_send (&f->d, queue, &buffer, 1);
    g_assert_cmpuint (virtio_driver_wait (&f->d, queue, head), ==, 0);
}

static void
test_identity (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10451af4);
    g_assert_false (virtio_driver_offered (&f->d) & (REPORTING | POISON));
    g_assert_false (virtio_driver_offered (&f->d) & BIT_ULL (VIRTIO_BALLOON_F_DEFLATE_ON_OOM));
    g_assert_true (virtio_driver_offered (&f->d) & STATS);
}

static void
test_options_are_features (struct fixture *f, gconstpointer data)
{
    g_assert_true (virtio_driver_offered (&f->d) & REPORTING);
    g_assert_true (virtio_driver_offered (&f->d) & BIT_ULL (VIRTIO_BALLOON_F_DEFLATE_ON_OOM));
}

static void
test_inflated_pages_are_gone (struct fixture *f, gconstpointer data)
{
    static const uint32_t up[] = { 0, 1, 2 }, down[] = { 7, 6, 5 }, mixed[] = { 20, 10, 11, 30 };

    virtio_driver_start (&f->d, 0, 2, 16);
    send_pages (f, VIRTIO_BALLOON_INFLATE, up, 3);
    send_pages (f, VIRTIO_BALLOON_INFLATE, down, 3);
    send_pages (f, VIRTIO_BALLOON_INFLATE, mixed, 4);
    for (unsigned i = 0; i < 40; i++) {
        bool gone = i <= 2 || (i >= 5 && i <= 7) || i == 10 || i == 11 || i == 20 || i == 30;

        g_assert_true (gone ? is_gone (f, i) : is_kept (f, i));
    }
}

/* More than are read at a time, and runs that go over the edge of that. */
static void
test_many_pages_at_once (struct fixture *f, gconstpointer data)
{
    uint32_t pages[700];

    for (unsigned i = 0; i < G_N_ELEMENTS (pages); i++)
        pages[i] = FIRST + 100 + i;
    memset (f->m->ram + FIRST * PAGE, 0x55, 900 * PAGE);
    virtio_driver_start (&f->d, 0, 2, 16);
    send_pages (f, VIRTIO_BALLOON_INFLATE, pages, G_N_ELEMENTS (pages));
    g_assert_true (is_kept (f, 99));
    for (unsigned i = 100; i < 800; i++)
        g_assert_true (is_gone (f, i));
    g_assert_true (is_kept (f, 800));
}

static void
test_deflating_changes_nothing (struct fixture *f, gconstpointer data)
{
    static const uint32_t pages[] = { 0, 1 };

    virtio_driver_start (&f->d, 0, 2, 16);
    send_pages (f, VIRTIO_BALLOON_DEFLATE, pages, 2);
    g_assert_true (is_kept (f, 0) && is_kept (f, 1));
}

/* Past the end of RAM, the very last page there can be, a run that begins in RAM and leaves it. */
static void
test_pages_that_are_no_ram_are_passed_over (struct fixture *f, gconstpointer data)
{
    const uint32_t last = TEST_MACHINE_RAM_BYTES / PAGE - 1;
    const uint32_t pages[] = { UINT32_MAX, 0, last - 1, last, last + 1, last + 2, 0x80000000, 1 };

    memset (f->m->ram + (last - 1) * PAGE, 0x55, 2 * PAGE);
    virtio_driver_start (&f->d, 0, 2, 16);
    send_pages (f, VIRTIO_BALLOON_INFLATE, pages, G_N_ELEMENTS (pages));
    g_assert_true (is_gone (f, 0) && is_gone (f, 1) && is_kept (f, 2));
    g_assert_cmphex (f->m->ram[(last - 1) * PAGE], ==, 0);
    g_assert_cmphex (f->m->ram[last * PAGE], ==, 0);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

/* A buffer that ends in the middle of a number. */
static void
test_odd_bytes_are_ignored (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer buffer = { .len = 7 };
    uint16_t head;

    virtio_driver_start (&f->d, 0, 2, 16);
    buffer.gpa = virtio_driver_alloc (&f->d, 8, 4);
    store_le32 (virtio_driver_at (&f->d, buffer.gpa), FIRST);
    store_le32 (virtio_driver_at (&f->d, buffer.gpa) + 4, FIRST + 1);
    head = virtio_driver_send (&f->d, VIRTIO_BALLOON_INFLATE, &buffer, 1);
    virtio_driver_wait (&f->d, VIRTIO_BALLOON_INFLATE, head);
    g_assert_true (is_gone (f, 0) && is_kept (f, 1));
}

static void
test_target_is_told (struct fixture *f, gconstpointer data)
{
    struct virtio_balloon_state state;

    virtio_balloon_set_target (f->device, 5 * PAGE + 123);
    virtio_driver_start (&f->d, 0, 2, 16);
    virtio_driver_use_msix (&f->d, 2);
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config, 4), ==, 5);
    virtio_balloon_set_target (f->device, 7 * PAGE);
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    g_assert_cmpuint (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA); /* the configuration's */
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config, 4), ==, 7);
    test_mmio_write (f->m, f->d.config + VIRTIO_BALLOON_CONFIG_TARGET, 99,
                     4); /* the host's alone */
    test_mmio_write (f->m, f->d.config + VIRTIO_BALLOON_CONFIG_ACTUAL, 6, 4);
    virtio_balloon_get_state (f->device, &state);
    g_assert_cmpuint (state.target_bytes, ==, 7 * PAGE);
    g_assert_cmpuint (state.actual_bytes, ==, 6 * PAGE);
    virtio_driver_reset (&f->d);
    virtio_balloon_get_state (f->device, &state);
    g_assert_cmpuint (state.target_bytes, ==, 7 * PAGE);
    g_assert_cmpuint (state.actual_bytes, ==, 0);
    virtio_balloon_set_target (f->device, UINT64_MAX);
    virtio_balloon_get_state (f->device, &state);
    g_assert_cmpuint (state.target_bytes, ==, (uint64_t) UINT32_MAX * PAGE);
}

/* --- statistics ------------------------------------------------------------------------------ */

static uint16_t
give_figures (struct fixture *f, uint16_t tag, uint64_t value, uint32_t len)
{
    struct virtio_buffer buffer = { .len = len };
    uint8_t *at;

    buffer.gpa = virtio_driver_alloc (&f->d, 32, 8);
    at = virtio_driver_at (&f->d, buffer.gpa);
    store_le16 (at, 0xfff0); /* one that nobody knows */
    store_le64 (at + 2, 1);
    store_le16 (at + 10, tag);
    store_le64 (at + 12, value);
    return virtio_driver_send (&f->d, VIRTIO_BALLOON_STATS_QUEUE, &buffer, 1);
}

static void
test_figures_are_fetched_when_asked_for (struct fixture *f, gconstpointer data)
{
    struct virtio_balloon_state state;
    uint32_t id, len;
    uint16_t head;

    virtio_driver_start (&f->d, STATS, 3, 16);
    head = give_figures (f, VIRTIO_BALLOON_FREE, 12345, 20);
    test_machine_settle (f->m);
    g_assert_false (virtio_driver_take (&f->d, VIRTIO_BALLOON_STATS_QUEUE, &id, &len)); /* kept */
    virtio_balloon_get_state (f->device, &state);
    g_assert_cmpuint (state.figures[VIRTIO_BALLOON_FREE], ==, 12345);
    g_assert_cmpuint (state.figures[VIRTIO_BALLOON_TOTAL], ==, VIRTIO_BALLOON_UNKNOWN);
    virtio_driver_wait (&f->d, VIRTIO_BALLOON_STATS_QUEUE, head); /* given back, for new ones */
    give_figures (f, VIRTIO_BALLOON_FREE, 999, 19);               /* cut off: not taken */
    test_machine_settle (f->m);
    virtio_balloon_get_state (f->device, &state);
    g_assert_cmpuint (state.figures[VIRTIO_BALLOON_FREE], ==, 12345);
}

static void
test_reset_does_not_wait_for_statistics (struct fixture *f, gconstpointer data)
{
    struct virtio_balloon_state state;

    virtio_driver_start (&f->d, STATS, 3, 16);
    give_figures (f, VIRTIO_BALLOON_FREE, 1, 20);
    test_machine_settle (f->m);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
    virtio_balloon_get_state (f->device, &state);
    g_assert_cmpuint (state.figures[VIRTIO_BALLOON_FREE], ==, VIRTIO_BALLOON_UNKNOWN);
    virtio_driver_start (&f->d, STATS, 3, 16);
    give_figures (f, VIRTIO_BALLOON_FREE, 1, 20);
    test_machine_settle (f->m);
    device_reset (f->device); /* the machine's, with the buffer here */
    virtio_balloon_get_state (f->device, &state);
}

static void
test_second_statistics_buffer_releases_the_first (struct fixture *f, gconstpointer data)
{
    uint16_t head;

    virtio_driver_start (&f->d, STATS, 3, 16);
    head = give_figures (f, VIRTIO_BALLOON_FREE, 1, 20);
    test_machine_settle (f->m);
    give_figures (f, VIRTIO_BALLOON_FREE, 2, 20);
    virtio_driver_wait (&f->d, VIRTIO_BALLOON_STATS_QUEUE, head);
}

/* --- reporting ------------------------------------------------------------------------------- */

static void
report (struct fixture *f, unsigned queue, unsigned page, uint32_t offset, uint32_t len)
{
    struct virtio_buffer buffers[] = {
        { (gpa_t) (FIRST + page) * PAGE + offset, len, true },
        { (gpa_t) (FIRST + 50) * PAGE, PAGE, true },
    };
    uint16_t head = virtio_driver_send (&f->d, queue, buffers, 2);

    g_assert_cmpuint (virtio_driver_wait (&f->d, queue, head), ==, 0);
}

static void
test_reported_pages_are_gone (struct fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, STATS | REPORTING, 4, 16);
    report (f, 3, 0, 0, 2 * PAGE);
    g_assert_true (is_gone (f, 0) && is_gone (f, 1) && is_kept (f, 2) && is_gone (f, 50));
    report (f, 3, 4, 100, 2 * PAGE); /* only the page in the middle is whole */
    g_assert_true (is_gone (f, 5));
    g_assert_cmphex (f->m->ram[(FIRST + 4) * PAGE + 200], ==, 0x55);
    g_assert_cmphex (f->m->ram[(FIRST + 6) * PAGE], ==, 0x55);
}

/* A driver without statistics numbers its queues anew. */
static void
test_reporting_without_statistics (struct fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, REPORTING, 3, 16);
    report (f, 2, 0, 0, PAGE);
    g_assert_true (is_gone (f, 0));
}

static void
test_reporting_where_the_specification_has_it (struct fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, STATS | REPORTING, VIRTIO_BALLOON_N_QUEUES, 16);
    report (f, 4, 0, 0, PAGE);
    g_assert_true (is_gone (f, 0));
}

static void
test_poisoned_pages_are_kept (struct fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, STATS | REPORTING | POISON, 4, 16);
    test_mmio_write (f->m, f->d.config + VIRTIO_BALLOON_CONFIG_POISON, 0xaaaaaaaa, 4);
    report (f, 3, 0, 0, PAGE);
    g_assert_true (is_kept (f, 0));
    test_mmio_write (f->m, f->d.config + VIRTIO_BALLOON_CONFIG_POISON, 0, 4);
    report (f, 3, 0, 0, PAGE);
    g_assert_true (is_gone (f, 0));
}

static void
test_unasked_reports_are_not_taken (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer buffer = { (gpa_t) FIRST * PAGE, PAGE, true };

    virtio_driver_start (&f->d, STATS, 4, 16);
    virtio_driver_send (&f->d, 3, &buffer, 1);
    test_machine_settle (f->m);
    g_assert_true (is_kept (f, 0));
}

static void
test_survives_random_chains (struct fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    gpa_t free_memory = f->d.next_free;
    struct virtio_balloon_state state;

    for (unsigned round = 0; round < 100; round++) {
        f->d.next_free = free_memory;
        virtio_driver_start (&f->d, STATS | REPORTING | POISON, VIRTIO_BALLOON_N_QUEUES, 16);
        for (unsigned i = 0; i < 16; i++) {
            struct virtio_buffer buffers[3];
            unsigned n = (unsigned) g_rand_int_range (rand, 1, 4);

            for (unsigned k = 0; k < n; k++)
                buffers[k] = (struct virtio_buffer){
                    .gpa = 0x800000 + (gpa_t) g_rand_int_range (rand, 0, 0x700000),
                    .len = (uint32_t) g_rand_int_range (rand, 0, 20000),
                    .device_writes = k > 0 || g_rand_boolean (rand),
                };
            for (unsigned k = 1; k < n; k++)
                buffers[k].device_writes |= buffers[k - 1].device_writes;
            virtio_driver_send (
                &f->d, (unsigned) g_rand_int_range (rand, 0, VIRTIO_BALLOON_N_QUEUES), buffers, n);
            test_machine_settle (f->m);
        }
        virtio_balloon_get_state (f->device, &state);
    }
}

static const char *const all[] = { "deflate-on-oom", "free-page-reporting", NULL };

#define ADD(options, name, func)                                                                   \
    g_test_add ("/virtio-balloon/" name, struct fixture, options, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD (NULL, "identity", test_identity);
    ADD (all, "options-are-features", test_options_are_features);
    ADD (NULL, "inflated-pages-are-gone", test_inflated_pages_are_gone);
    ADD (NULL, "many-pages-at-once", test_many_pages_at_once);
    ADD (NULL, "deflating-changes-nothing", test_deflating_changes_nothing);
    ADD (NULL, "pages-that-are-no-ram-are-passed-over", test_pages_that_are_no_ram_are_passed_over);
    ADD (NULL, "odd-bytes-are-ignored", test_odd_bytes_are_ignored);
    ADD (NULL, "target-is-told", test_target_is_told);
    ADD (NULL, "figures-are-fetched-when-asked-for", test_figures_are_fetched_when_asked_for);
    ADD (NULL, "reset-does-not-wait-for-statistics", test_reset_does_not_wait_for_statistics);
    ADD (NULL, "second-statistics-buffer-releases-the-first",
         test_second_statistics_buffer_releases_the_first);
    ADD (all, "reported-pages-are-gone", test_reported_pages_are_gone);
    ADD (all, "reporting-without-statistics", test_reporting_without_statistics);
    ADD (all, "reporting-where-the-specification-has-it",
         test_reporting_where_the_specification_has_it);
    ADD (all, "poisoned-pages-are-kept", test_poisoned_pages_are_kept);
    ADD (all, "unasked-reports-are-not-taken", test_unasked_reports_are_not_taken);
    ADD (all, "survives-random-chains", test_survives_random_chains);
    return g_test_run ();
}
