/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-mem.c - tests: what is plugged is there, what is unplugged is the host's again. */
#include "virtio-mem.h"

#include <errno.h>

#include "bits.h"
#include "virtio-driver.h"

#define SLOT         5
#define REGION_GPA   GIB (4)
#define REGION_BYTES GIB (1)
#define BLOCK        MIB (2)
#define PART         MIB (128) /* the smallest */
#define SPARE        MIB (256) /* of the usable region */
#define INACCESSIBLE BIT_ULL (VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE)

struct fixture {
    struct test_machine *m;
    struct device *device;
    struct virtio_driver d;
    uint8_t *host; /* of the region */
};

static int
create (struct fixture *f, const char *option, const char *value)
{
    const struct device_class *class = &virtio_mem_class;
    struct device_args args = test_device_args (f->m, class, "memory0");

    args.slot = SLOT;
    if (option)
        g_assert_cmpint (device_option_set (class, (void *) args.config, option, value), ==, 0);
    return class->create (&args, &f->device);
}

static void
set_up_with (struct fixture *f, uint64_t region_bytes, const char *option, const char *value)
{
    f->m = test_machine_new ();
    test_machine_add_pluggable (f->m, REGION_GPA, region_bytes);
    f->host = f->m->env.pluggable->host;
    g_assert_cmpint (create (f, option, value), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, SLOT);
}

static void
setup (struct fixture *f, gconstpointer data)
{
    set_up_with (f, REGION_BYTES, NULL, NULL);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

/* The driver is up and asked to have BYTES. */
static void
start (struct fixture *f, uint64_t bytes)
{
    virtio_driver_start (&f->d, INACCESSIBLE, 1, 16);
    virtio_mem_set_requested (f->device, bytes);
}

static uint64_t
config (struct fixture *f, unsigned offset)
{
    return test_mmio_read (f->m, f->d.config + offset, 4)
           | test_mmio_read (f->m, f->d.config + offset + 4, 4) << 32;
}

/* A request and room for its answer, which is then at the returned address. */
static gpa_t
send_request (struct fixture *f, unsigned type, uint64_t address, unsigned count, uint16_t *head)
{
    struct virtio_buffer buffers[] = {
        { virtio_driver_alloc (&f->d, VIRTIO_MEM_REQUEST_BYTES, 8), VIRTIO_MEM_REQUEST_BYTES,
          false },
        { virtio_driver_alloc (&f->d, VIRTIO_MEM_ANSWER_BYTES, 8), VIRTIO_MEM_ANSWER_BYTES, true },
    };
    uint8_t *raw = virtio_driver_at (&f->d, buffers[0].gpa);

    store_le16 (raw + VIRTIO_MEM_REQUEST_TYPE, (uint16_t) type);
    store_le64 (raw + VIRTIO_MEM_REQUEST_ADDRESS, address);
    store_le16 (raw + VIRTIO_MEM_REQUEST_COUNT, (uint16_t) count);
    memset (virtio_driver_at (&f->d, buffers[1].gpa), 0x77, VIRTIO_MEM_ANSWER_BYTES);
    *head = virtio_driver_send (&f->d, 0, buffers, 2);
    return buffers[1].gpa;
}

static unsigned
answer_at (struct fixture *f, gpa_t gpa)
{
    return load_le16 (virtio_driver_at (&f->d, gpa) + VIRTIO_MEM_ANSWER_TYPE);
}

/* The answer to a request about COUNT blocks from ADDRESS on; that of STATE also has *STATE. */
static unsigned
ask_at (struct fixture *f, unsigned type, uint64_t address, unsigned count, unsigned *state)
{
    uint16_t head;
    gpa_t gpa = send_request (f, type, address, count, &head);

    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, head), ==, VIRTIO_MEM_ANSWER_BYTES);
    if (state)
        *state = load_le16 (virtio_driver_at (&f->d, gpa) + VIRTIO_MEM_ANSWER_STATE);
    return answer_at (f, gpa);
}

/* The same from block FIRST of the region on. */
static unsigned
ask (struct fixture *f, unsigned type, unsigned first, unsigned count)
{
    return ask_at (f, type, REGION_GPA + first * BLOCK, count, NULL);
}

static unsigned
state_of (struct fixture *f, unsigned first, unsigned count)
{
    unsigned state;

    g_assert_cmpuint (ask_at (f, VIRTIO_MEM_STATE, REGION_GPA + first * BLOCK, count, &state), ==,
                      VIRTIO_MEM_ACK);
    return state;
}

static bool
is_there (struct fixture *f, uint64_t offset, uint64_t len)
{
    return memory_at (f->m->env.memory, REGION_GPA + offset, len) != NULL;
}

static uint64_t
plugged (struct fixture *f)
{
    struct virtio_mem_state state;

    virtio_mem_get_state (f->device, &state);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_PLUGGED), ==, state.plugged_bytes);
    return state.plugged_bytes;
}

static void
test_identity (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10581af4);
    g_assert_true (virtio_driver_offered (&f->d) & INACCESSIBLE);
    g_assert_false (virtio_driver_offered (&f->d) & BIT_ULL (VIRTIO_MEM_F_ACPI_PXM));
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_BLOCK), ==, BLOCK);
    g_assert_cmphex (config (f, VIRTIO_MEM_CONFIG_ADDRESS), ==, REGION_GPA);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REGION), ==, REGION_BYTES);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_USABLE), ==, 0);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REQUESTED), ==, 0);
    g_assert_false (is_there (f, 0, 1));
    test_mmio_write (f->m, f->d.config + VIRTIO_MEM_CONFIG_REQUESTED, 0x40000000, 4);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REQUESTED), ==, 0); /* the host's alone */
}

static void
test_what_is_asked_for_is_told (struct fixture *f, gconstpointer data)
{
    start (f, 0);
    virtio_driver_use_msix (&f->d, 1);
    virtio_mem_set_requested (f->device, MIB (100) + 1);
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    g_assert_cmpuint (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA); /* the configuration's */
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REQUESTED), ==, MIB (102)); /* whole blocks */
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_USABLE), ==, MIB (102) + SPARE);
    virtio_mem_set_requested (f->device, UINT64_MAX);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REQUESTED), ==, REGION_BYTES);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_USABLE), ==, REGION_BYTES);
    virtio_mem_set_requested (f->device, 0);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REQUESTED), ==, 0);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_USABLE), ==, REGION_BYTES); /* only grows */
    g_assert_cmpuint (f->m->n_msis, ==, 3);
}

static void
test_plugged_blocks_are_there (struct fixture *f, gconstpointer data)
{
    start (f, MIB (256));
    g_assert_cmpuint (state_of (f, 0, 200), ==, VIRTIO_MEM_IS_UNPLUGGED);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 60, 8), ==, VIRTIO_MEM_ACK); /* over a part's edge */
    g_assert_cmpuint (plugged (f), ==, 8 * BLOCK);
    g_assert_true (is_there (f, 60 * BLOCK, 8 * BLOCK));
    g_assert_cmpuint (state_of (f, 60, 8), ==, VIRTIO_MEM_IS_PLUGGED);
    g_assert_cmpuint (state_of (f, 59, 2), ==, VIRTIO_MEM_IS_MIXED);
    g_assert_cmpuint (state_of (f, 68, 1), ==, VIRTIO_MEM_IS_UNPLUGGED);
    g_assert_false (is_there (f, 2 * PART, 1)); /* a part with nothing in it */
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 60), ==, VIRTIO_MEM_ACK);
    g_assert_cmpuint (plugged (f), ==, 68 * BLOCK);
}

static void
test_unplugged_blocks_are_the_hosts (struct fixture *f, gconstpointer data)
{
    start (f, MIB (256));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 128), ==, VIRTIO_MEM_ACK);
    for (unsigned i = 0; i < 128; i++)
        memset (f->host + i * BLOCK, 0x55, 4096);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_UNPLUG, 10, 2), ==, VIRTIO_MEM_ACK);
    g_assert_cmpuint (plugged (f), ==, 126 * BLOCK);
    g_assert_cmphex (f->host[9 * BLOCK], ==, 0x55);
    g_assert_cmphex (f->host[10 * BLOCK], ==, 0);
    g_assert_cmphex (f->host[11 * BLOCK], ==, 0);
    g_assert_cmphex (f->host[12 * BLOCK], ==, 0x55);
    g_assert_cmpuint (state_of (f, 9, 4), ==, VIRTIO_MEM_IS_MIXED);
}

/* Not at once, but when the guest has done what it was asked to. */
static void
test_empty_parts_go_when_the_guest_is_done (struct fixture *f, gconstpointer data)
{
    start (f, MIB (512));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 256), ==, VIRTIO_MEM_ACK);
    g_assert_true (is_there (f, 0, 4 * PART));
    virtio_mem_set_requested (f->device, MIB (128));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_UNPLUG, 192, 64), ==, VIRTIO_MEM_ACK);
    g_assert_true (is_there (f, 0, 4 * PART));
    memset (f->host + 3 * PART, 0x55, 4096); /* what is unplugged is touched nevertheless */
    g_assert_cmpuint (ask (f, VIRTIO_MEM_UNPLUG, 64, 64), ==, VIRTIO_MEM_ACK);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_UNPLUG, 129, 63), ==, VIRTIO_MEM_ACK);
    g_assert_true (is_there (f, 0, 4 * PART));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_UNPLUG, 0, 1), ==, VIRTIO_MEM_ACK);
    g_assert_true (is_there (f, 0, PART));
    g_assert_false (is_there (f, PART, 1));
    g_assert_true (is_there (f, 2 * PART, PART)); /* one block is left */
    g_assert_false (is_there (f, 3 * PART, 1));
    g_assert_cmphex (f->host[3 * PART], ==, 0);
    virtio_mem_set_requested (f->device, MIB (130));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 64, 1), ==, VIRTIO_MEM_ACK); /* it comes again */
    g_assert_true (is_there (f, PART, PART));
}

/* A request in flight may write where a part was when it is gone. */
static void
test_what_comes_late_goes_with_the_next (struct fixture *f, gconstpointer data)
{
    start (f, MIB (4));
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 64 * i, 1), ==, VIRTIO_MEM_ACK);
        g_assert_cmpuint (ask (f, VIRTIO_MEM_UNPLUG, 64 * i, 1), ==, VIRTIO_MEM_ACK);
        g_assert_cmphex (f->host[0], ==, 0);
        f->host[0] = 0x55;
    }
}

static void
test_refused_requests_change_nothing (struct fixture *f, gconstpointer data)
{
    static const struct {
        unsigned type;
        uint64_t address;
        unsigned count;
        unsigned answer;
    } rows[] = {
        { VIRTIO_MEM_PLUG, REGION_GPA + 20 * BLOCK + 4096, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA + 20 * BLOCK, 0, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA - BLOCK, 2, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, 0, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, UINT64_MAX - BLOCK + 1, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, UINT64_MAX - BLOCK + 1, 2, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA + MIB (64) + SPARE - BLOCK, 2, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA + MIB (64) + SPARE, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA + REGION_BYTES, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA, 65535, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_PLUG, REGION_GPA + 10 * BLOCK, 1, VIRTIO_MEM_ERROR },  /* it is already */
        { VIRTIO_MEM_PLUG, REGION_GPA + 9 * BLOCK, 2, VIRTIO_MEM_ERROR },   /* and one of these */
        { VIRTIO_MEM_PLUG, REGION_GPA + 20 * BLOCK, 29, VIRTIO_MEM_NACK },  /* 28 would do */
        { VIRTIO_MEM_UNPLUG, REGION_GPA + 9 * BLOCK, 1, VIRTIO_MEM_ERROR }, /* it is not */
        { VIRTIO_MEM_UNPLUG, REGION_GPA + 13 * BLOCK, 2, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_UNPLUG, REGION_GPA + 10 * BLOCK + 1, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_UNPLUG, REGION_GPA + 10 * BLOCK, 0, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_UNPLUG, REGION_GPA + 10 * BLOCK, 65535, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_STATE, REGION_GPA + 1, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_STATE, REGION_GPA, 0, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_STATE, REGION_GPA + MIB (64) + SPARE, 1, VIRTIO_MEM_ERROR },
        { VIRTIO_MEM_REQUEST_N, REGION_GPA, 1, VIRTIO_MEM_ERROR },
        { 0xffff, REGION_GPA, 1, VIRTIO_MEM_ERROR },
    };

    start (f, MIB (64));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 10, 4), ==, VIRTIO_MEM_ACK);
    memset (f->host + 10 * BLOCK, 0x55, 4 * BLOCK);
    for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_assert_cmpuint (ask_at (f, rows[i].type, rows[i].address, rows[i].count, NULL), ==,
                          rows[i].answer);
        g_assert_cmpuint (plugged (f), ==, 4 * BLOCK);
        g_assert_cmphex (f->host[10 * BLOCK], ==, 0x55);
        g_assert_cmphex (f->host[14 * BLOCK - 1], ==, 0x55);
    }
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 20, 28), ==, VIRTIO_MEM_ACK);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 100, 1), ==, VIRTIO_MEM_NACK);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_all_is_unplugged_at_once (struct fixture *f, gconstpointer data)
{
    start (f, REGION_BYTES);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 512), ==, VIRTIO_MEM_ACK);
    memset (f->host + REGION_BYTES - 4096, 0x55, 4096);
    virtio_mem_set_requested (f->device, MIB (4));
    g_assert_cmpuint (ask_at (f, VIRTIO_MEM_UNPLUG_ALL, 12345, 0, NULL), ==, VIRTIO_MEM_ACK);
    g_assert_cmpuint (plugged (f), ==, 0);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_USABLE), ==, MIB (4) + SPARE);
    g_assert_cmphex (f->host[REGION_BYTES - 4096], ==, 0);
    for (unsigned i = 0; i < REGION_BYTES / PART; i++)
        g_assert_false (is_there (f, i * PART, 1));
    g_assert_cmpuint (ask_at (f, VIRTIO_MEM_UNPLUG_ALL, 0, 0, NULL), ==, VIRTIO_MEM_ACK);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 2), ==, VIRTIO_MEM_ACK);
}

static void
test_requests_wait_for_each_other (struct fixture *f, gconstpointer data)
{
    uint16_t heads[4];
    gpa_t answers[4];

    start (f, REGION_BYTES);
    answers[0] = send_request (f, VIRTIO_MEM_PLUG, REGION_GPA, 512, &heads[0]);
    answers[1] = send_request (f, VIRTIO_MEM_UNPLUG, REGION_GPA, 512, &heads[1]);
    answers[2] = send_request (f, VIRTIO_MEM_UNPLUG, REGION_GPA, 1, &heads[2]);
    answers[3] = send_request (f, VIRTIO_MEM_PLUG, REGION_GPA, 1, &heads[3]);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmpuint (virtio_driver_wait (&f->d, 0, heads[i]), ==, VIRTIO_MEM_ANSWER_BYTES);
        g_assert_cmpuint (answer_at (f, answers[i]), ==,
                          i == 2 ? VIRTIO_MEM_ERROR : VIRTIO_MEM_ACK);
    }
    g_assert_cmpuint (plugged (f), ==, BLOCK);
}

static void
test_a_drivers_reset_keeps_blocks (struct fixture *f, gconstpointer data)
{
    start (f, MIB (64));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 3, 2), ==, VIRTIO_MEM_ACK);
    f->host[3 * BLOCK] = 0x55;
    virtio_driver_reset (&f->d);
    g_assert_cmpuint (plugged (f), ==, 2 * BLOCK);
    g_assert_cmphex (f->host[3 * BLOCK], ==, 0x55);
    start (f, MIB (64));
    g_assert_cmpuint (state_of (f, 3, 2), ==, VIRTIO_MEM_IS_PLUGGED);
}

static void
test_the_machines_reset_unplugs (struct fixture *f, gconstpointer data)
{
    start (f, REGION_BYTES);
    virtio_mem_set_requested (f->device, MIB (64));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 500, 2), ==, VIRTIO_MEM_ACK);
    f->host[500 * BLOCK] = 0x55;
    device_reset (f->device);
    g_assert_cmphex (f->host[500 * BLOCK], ==, 0);
    g_assert_false (is_there (f, 500 * BLOCK, 1));
    virtio_driver_probe (&f->d, f->m, SLOT);
    g_assert_cmpuint (plugged (f), ==, 0);
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_REQUESTED), ==, MIB (64)); /* the host's wish */
    g_assert_cmpuint (config (f, VIRTIO_MEM_CONFIG_USABLE), ==, MIB (64) + SPARE);
}

/* The chain of a request that is being carried out is out. */
static void
test_a_drivers_reset_waits_for_the_request (struct fixture *f, gconstpointer data)
{
    uint16_t head;

    start (f, REGION_BYTES);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 512), ==, VIRTIO_MEM_ACK);
    send_request (f, VIRTIO_MEM_UNPLUG, REGION_GPA, 512, &head);
    loop_iterate (f->m->env.loop, 0);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmpuint (virtio_driver_status (&f->d), !=, 0);
    virtio_driver_reset (&f->d);
    g_assert_cmpuint (plugged (f), ==, 0);
    start (f, MIB (64));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 1), ==, VIRTIO_MEM_ACK);
}

static void
test_the_machines_reset_ends_the_request (struct fixture *f, gconstpointer data)
{
    uint16_t head;

    start (f, REGION_BYTES);
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 512), ==, VIRTIO_MEM_ACK);
    send_request (f, VIRTIO_MEM_UNPLUG, REGION_GPA, 512, &head);
    loop_iterate (f->m->env.loop, 0);
    device_reset (f->device);
    test_machine_settle (f->m);
    virtio_driver_probe (&f->d, f->m, SLOT);
    g_assert_cmpuint (plugged (f), ==, 0);
    start (f, MIB (64));
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 1), ==, VIRTIO_MEM_ACK);
}

static void
break_it (struct fixture *f, uint32_t out_bytes, uint32_t in_bytes)
{
    struct virtio_buffer buffers[] = {
        { virtio_driver_alloc (&f->d, 64, 8), out_bytes, false },
        { virtio_driver_alloc (&f->d, 64, 8), in_bytes, true },
    };
    unsigned before = f->m->n_broken;

    start (f, MIB (64));
    virtio_driver_send (&f->d, 0, buffers, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, before + 1);
    g_assert_true (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET);
}

static void
test_short_requests_break_it (struct fixture *f, gconstpointer data)
{
    break_it (f, VIRTIO_MEM_REQUEST_BYTES - 1, VIRTIO_MEM_ANSWER_BYTES);
    break_it (f, VIRTIO_MEM_REQUEST_BYTES, VIRTIO_MEM_ANSWER_BYTES - 1);
    start (f, MIB (64)); /* and a reset mends it */
    g_assert_cmpuint (ask (f, VIRTIO_MEM_PLUG, 0, 1), ==, VIRTIO_MEM_ACK);
}

/* --- other machines -------------------------------------------------------------------------- */

static void
test_there_is_one_region (void)
{
    struct fixture f = { .m = test_machine_new () };
    struct device *first;

    g_assert_cmpint (create (&f, NULL, NULL), ==, -ENODEV);
    test_machine_add_pluggable (f.m, REGION_GPA, MIB (128));
    g_assert_cmpint (create (&f, "block-size", "3145728"), ==, -EINVAL);   /* no power of two */
    g_assert_cmpint (create (&f, "block-size", "268435456"), ==, -EINVAL); /* more than all */
    g_assert_cmpint (create (&f, NULL, NULL), ==, 0);
    first = f.device;
    g_assert_cmpint (create (&f, NULL, NULL), ==, -ENODEV);
    device_destroy (first);
    test_machine_free (f.m);
}

/* More than 32 parts of the smallest size; blocks larger than such a part. */
static void
test_parts_grow_with_region_and_block (void)
{
    struct fixture f;

    set_up_with (&f, GIB (9), NULL, NULL);
    start (&f, GIB (9));
    g_assert_cmpuint (ask (&f, VIRTIO_MEM_PLUG, 4607, 1), ==, VIRTIO_MEM_ACK);
    g_assert_true (is_there (&f, GIB (9) - MIB (512), MIB (512)));
    g_assert_false (is_there (&f, GIB (9) - MIB (512) - 1, 1));
    teardown (&f, NULL);

    set_up_with (&f, GIB (1), "block-size", "268435456");
    start (&f, GIB (1));
    g_assert_cmpuint (ask_at (&f, VIRTIO_MEM_PLUG, REGION_GPA + MIB (256), 1, NULL), ==,
                      VIRTIO_MEM_ACK);
    g_assert_true (is_there (&f, MIB (256), MIB (256)));
    g_assert_false (is_there (&f, MIB (512), 1));
    g_assert_cmpuint (ask_at (&f, VIRTIO_MEM_PLUG, REGION_GPA + MIB (128), 1, NULL), ==,
                      VIRTIO_MEM_ERROR);
    teardown (&f, NULL);
}

static void
test_what_is_asked_for_from_the_start (void)
{
    struct fixture f;

    set_up_with (&f, GIB (1), "requested", "104857600");
    g_assert_cmpuint (config (&f, VIRTIO_MEM_CONFIG_REQUESTED), ==, MIB (100));
    g_assert_cmpuint (config (&f, VIRTIO_MEM_CONFIG_USABLE), ==, MIB (100) + SPARE);
    teardown (&f, NULL);
}

/* A region below 64 GiB ends in a machine whose system plugs by 128 MiB; larger ones by up to 2 GiB. */
static void
test_large_machines_have_more_room (void)
{
    struct fixture f = { .m = test_machine_new () };

    test_machine_add_pluggable (f.m, GIB (65), GIB (16));
    g_assert_cmpint (create (&f, NULL, NULL), ==, 0);
    virtio_mem_set_requested (f.device, GIB (1));
    virtio_driver_probe (&f.d, f.m, SLOT);
    g_assert_cmpuint (config (&f, VIRTIO_MEM_CONFIG_USABLE), ==, GIB (5));
    device_destroy (f.device);
    test_machine_free (f.m);
}

/* --- all ------------------------------------------------------------------------------------- */

/* What a plain array says of blocks is what the device says. */
static void
test_agrees_with_a_plain_array (struct fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    bool blocks[512] = { false };
    gpa_t free_memory;

    start (f, REGION_BYTES);
    free_memory = f->d.next_free;
    for (unsigned round = 0; round < 2000; round++) {
        unsigned type = (unsigned) g_rand_int_range (rand, 0, 2);
        unsigned first = (unsigned) g_rand_int_range (rand, 0, 512);
        unsigned count = (unsigned) g_rand_int_range (rand, 1, 80), n = 0, total = 0;
        bool fits = first + count <= 512;

        f->d.next_free = free_memory;
        for (unsigned i = first; fits && i < first + count; i++)
            n += blocks[i];
        fits = fits && n == (type == VIRTIO_MEM_PLUG ? 0 : count);
        g_assert_cmpuint (ask (f, type, first, count), ==,
                          fits ? VIRTIO_MEM_ACK : VIRTIO_MEM_ERROR);
        for (unsigned i = 0; i < 512; i++) {
            if (fits && i >= first && i < first + count)
                blocks[i] = type == VIRTIO_MEM_PLUG;
            total += blocks[i];
            g_assert_true (!blocks[i] || is_there (f, i * BLOCK, BLOCK));
        }
        g_assert_cmpuint (plugged (f), ==, total * BLOCK);
    }
}

#define ADD(name, func)                                                                            \
    g_test_add ("/virtio-mem/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identity", test_identity);
    ADD ("what-is-asked-for-is-told", test_what_is_asked_for_is_told);
    ADD ("plugged-blocks-are-there", test_plugged_blocks_are_there);
    ADD ("unplugged-blocks-are-the-hosts", test_unplugged_blocks_are_the_hosts);
    ADD ("empty-parts-go-when-the-guest-is-done", test_empty_parts_go_when_the_guest_is_done);
    ADD ("what-comes-late-goes-with-the-next", test_what_comes_late_goes_with_the_next);
    ADD ("refused-requests-change-nothing", test_refused_requests_change_nothing);
    ADD ("all-is-unplugged-at-once", test_all_is_unplugged_at_once);
    ADD ("requests-wait-for-each-other", test_requests_wait_for_each_other);
    ADD ("a-drivers-reset-keeps-blocks", test_a_drivers_reset_keeps_blocks);
    ADD ("the-machines-reset-unplugs", test_the_machines_reset_unplugs);
    ADD ("a-drivers-reset-waits-for-the-request", test_a_drivers_reset_waits_for_the_request);
    ADD ("the-machines-reset-ends-the-request", test_the_machines_reset_ends_the_request);
    ADD ("short-requests-break-it", test_short_requests_break_it);
    ADD ("agrees-with-a-plain-array", test_agrees_with_a_plain_array);
    g_test_add_func ("/virtio-mem/there-is-one-region", test_there_is_one_region);
    g_test_add_func ("/virtio-mem/parts-grow-with-region-and-block",
                     test_parts_grow_with_region_and_block);
    g_test_add_func ("/virtio-mem/what-is-asked-for-from-the-start",
                     test_what_is_asked_for_from_the_start);
    g_test_add_func ("/virtio-mem/large-machines-have-more-room",
                     test_large_machines_have_more_room);
    return g_test_run ();
}
