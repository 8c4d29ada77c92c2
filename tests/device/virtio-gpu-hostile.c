/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-gpu-hostile.c - tests: a driver that lies about sizes, places and identities gets errors, and
 * no more memory than there is.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "bits.h"
#include "scanout.h"
#include "virtio-gpu-fixture.h"

#define BGRX       VIRTIO_GPU_FORMAT_B8G8R8X8
#define OK         VIRTIO_GPU_OK_NODATA
#define BAD_ID     VIRTIO_GPU_ERR_INVALID_RESOURCE
#define BAD_VALUE  VIRTIO_GPU_ERR_INVALID_PARAMETER
#define NO_MEMORY  VIRTIO_GPU_ERR_OUT_OF_MEMORY
#define UNSPEC     VIRTIO_GPU_ERR_UNSPEC
#define RANDOM_OPS 60000
#define RAM_END    TEST_MACHINE_RAM_BYTES

static void
test_identities (struct gpu_fixture *f, gconstpointer data)
{
    gpa_t gpa = virtio_driver_alloc (&f->d, 4096, 16);

    g_assert_cmphex (gpu_create (f, 0, BGRX, 8, 8), ==, BAD_ID);
    g_assert_cmphex (gpu_create (f, 1, BGRX, 8, 8), ==, OK);
    g_assert_cmphex (gpu_create (f, 1, BGRX, 8, 8), ==, BAD_ID);
    g_assert_cmphex (gpu_unref (f, 0), ==, BAD_ID);
    g_assert_cmphex (gpu_unref (f, 2), ==, BAD_ID);
    g_assert_cmphex (gpu_attach (f, 2, gpa, 256), ==, BAD_ID);
    g_assert_cmphex (gpu_detach (f, 2), ==, BAD_ID);
    g_assert_cmphex (gpu_copy (f, 2, 0, 0, 0, 1, 1), ==, BAD_ID);
    g_assert_cmphex (gpu_flush_rect (f, 2, 0, 0, 1, 1), ==, BAD_ID);
    g_assert_cmphex (gpu_show (f, 0, 2, 0, 0, 1, 1), ==, BAD_ID);
    g_assert_cmphex (gpu_show (f, 1, 1, 0, 0, 8, 8), ==, VIRTIO_GPU_ERR_INVALID_SCANOUT);
    g_assert_cmphex (gpu_show (f, 16, 0, 0, 0, 0, 0), ==, VIRTIO_GPU_ERR_INVALID_SCANOUT);
    g_assert_cmphex (gpu_unref (f, 1), ==, OK);
    g_assert_cmphex (gpu_unref (f, 1), ==, BAD_ID);
}

static void
test_sizes (struct gpu_fixture *f, gconstpointer data)
{
    static const struct {
        uint32_t format, width, height, answer;
    } sizes[] = {
        { BGRX, 0, 8, BAD_VALUE },
        { BGRX, 8, 0, BAD_VALUE },
        { 0, 8, 8, BAD_VALUE },
        { 5, 8, 8, BAD_VALUE },
        { BGRX, VIRTIO_GPU_MAX_SIDE + 1, 1, BAD_VALUE },
        { BGRX, 1, UINT32_MAX, BAD_VALUE },
        { BGRX, 0x10000, 0x10000, BAD_VALUE }, /* 2^34 bytes */
        { BGRX, 0x8000, 0x8000, BAD_VALUE },   /* 2^32 bytes: none, in 32 bits */
        { BGRX, VIRTIO_GPU_MAX_SIDE, VIRTIO_GPU_MAX_SIDE, NO_MEMORY },
        { BGRX, VIRTIO_GPU_MAX_SIDE, 1, OK },
    };

    for (size_t i = 0; i < ARRAY_SIZE (sizes); i++)
        g_assert_cmphex (gpu_create (f, 1, sizes[i].format, sizes[i].width, sizes[i].height), ==,
                         sizes[i].answer);
}

static void
test_rectangles (struct gpu_fixture *f, gconstpointer data)
{
    static const uint32_t rects[][4] = {
        { 1, 0, 64, 64 },        { 0, 1, 64, 64 },        { 0, 0, 65, 1 },
        { 0, 0, 1, 65 },         { 64, 0, 1, 1 },         { 0, 64, 1, 1 },
        { UINT32_MAX, 0, 2, 1 }, { 0, UINT32_MAX, 1, 2 }, { 1, 1, UINT32_MAX, UINT32_MAX },
        { 0x80000000, 0, 1, 1 }, { 0, 0, 0x40000000, 1 }, { 32, 32, 0xffffffe0, 1 },
    };
    gpa_t gpa = virtio_driver_alloc (&f->d, 64 * 64 * 4, 16);

    gpu_create (f, 1, BGRX, 64, 64);
    gpu_attach (f, 1, gpa, 64 * 64 * 4);
    for (size_t i = 0; i < ARRAY_SIZE (rects); i++) {
        const uint32_t *r = rects[i];

        g_assert_cmphex (gpu_copy (f, 1, 0, r[0], r[1], r[2], r[3]), ==, BAD_VALUE);
        g_assert_cmphex (gpu_flush_rect (f, 1, r[0], r[1], r[2], r[3]), ==, BAD_VALUE);
        g_assert_cmphex (gpu_show (f, 0, 1, r[0], r[1], r[2], r[3]), ==, BAD_VALUE);
    }
    g_assert_cmphex (gpu_show (f, 0, 1, 0, 0, 0, 64), ==, BAD_VALUE);
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 0);
}

/* A copy must not run over the end of its backing, wherever it starts. */
static void
test_offsets (struct gpu_fixture *f, gconstpointer data)
{
    gpa_t gpa = virtio_driver_alloc (&f->d, 64 * 64 * 4, 16);
    static const uint64_t offsets[] = {
        1, 64 * 64 * 4, 1ull << 32, UINT64_MAX, UINT64_MAX - 64 * 64 * 4, INT64_MAX,
    };

    gpu_create (f, 1, BGRX, 64, 64);
    g_assert_cmphex (gpu_copy (f, 1, 0, 0, 0, 64, 64), ==, UNSPEC); /* no backing */
    gpu_attach (f, 1, gpa, 64 * 64 * 4);
    for (size_t i = 0; i < ARRAY_SIZE (offsets); i++)
        g_assert_cmphex (gpu_copy (f, 1, offsets[i], 0, 0, 64, 64), ==, BAD_VALUE);
    g_assert_cmphex (gpu_copy (f, 1, 4, 0, 0, 63, 64), ==, OK);
    g_assert_cmphex (gpu_copy (f, 1, UINT64_MAX, 0, 0, 0, 0), ==, OK); /* of nothing */
    g_assert_cmphex (gpu_detach (f, 1), ==, OK);
    g_assert_cmphex (gpu_detach (f, 1), ==, UNSPEC);
    g_assert_cmphex (gpu_copy (f, 1, 0, 0, 0, 64, 64), ==, UNSPEC);
    g_assert_cmphex (gpu_attach (f, 1, gpa, 64), ==, OK); /* too short for the whole */
    g_assert_cmphex (gpu_copy (f, 1, 0, 0, 0, 64, 64), ==, BAD_VALUE);
}

static void
test_backing (struct gpu_fixture *f, gconstpointer data)
{
    static const struct {
        uint64_t gpa;
        uint32_t len;
    } places[] = {
        { RAM_END - 4, 8 }, { RAM_END, 1 },          { UINT64_MAX - 3, 8 },
        { 0, UINT32_MAX },  { 0x100000000, 0x1000 }, { 0xfee00000, 4 },
    };
    uint32_t huge[2] = { 1, UINT32_MAX }, step;
    gpa_t gpa = virtio_driver_alloc (&f->d, 4096, 16), first;

    gpu_create (f, 1, BGRX, 32, 32); /* a page */
    for (size_t i = 0; i < ARRAY_SIZE (places); i++)
        g_assert_cmphex (gpu_attach (f, 1, places[i].gpa, places[i].len), ==, BAD_VALUE);
    g_assert_cmphex (gpu_copy (f, 1, 0, 0, 0, 32, 32), ==, UNSPEC); /* none of them stayed */
    /* More entries than there is place for, than came, and than there are numbers for. */
    g_assert_cmphex (gpu_attach_pieces (f, 1, 3, 2048, &first, &step), ==, BAD_VALUE);
    g_assert_cmphex (gpu_command_send (f, VIRTIO_GPU_RESOURCE_ATTACH_BACKING, huge, 8), ==,
                     BAD_VALUE);
    huge[1] = 0;
    g_assert_cmphex (gpu_command_send (f, VIRTIO_GPU_RESOURCE_ATTACH_BACKING, huge, 8), ==,
                     BAD_VALUE);
    huge[1] = 2;
    g_assert_cmphex (gpu_command_send (f, VIRTIO_GPU_RESOURCE_ATTACH_BACKING, huge, 8), ==,
                     BAD_VALUE);
    g_assert_cmphex (gpu_attach (f, 1, gpa, 4096), ==, OK);
    g_assert_cmphex (gpu_attach (f, 1, gpa, 4096), ==, UNSPEC); /* twice */
    /* Entries of no bytes stand in nobody's way. */
    gpu_create (f, 2, BGRX, 32, 32);
    g_assert_cmphex (gpu_attach (f, 2, gpa, 0), ==, OK);
    g_assert_cmphex (gpu_copy (f, 2, 0, 0, 0, 1, 1), ==, BAD_VALUE);
}

/* Two resources may have the same memory behind them, or the rings: the device only reads it. */
static void
test_overlap (struct gpu_fixture *f, gconstpointer data)
{
    gpa_t rings = f->d.queues[0].desc;

    for (uint32_t id = 1; id < 4; id++) {
        gpu_create (f, id, BGRX, 32, 32);
        g_assert_cmphex (gpu_attach (f, id, rings, 4096), ==, OK);
        g_assert_cmphex (gpu_copy (f, id, 0, 0, 0, 32, 32), ==, OK);
    }
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

/* What fails at its last line was copied all the same: others have their turn in between. */
static void
test_failing_copies_take_turns (struct gpu_fixture *f, gconstpointer data)
{
    enum { N = 12, REQUEST_BYTES = 56, A_TURN = 32 / 4 };
    gpa_t backing = virtio_driver_alloc (&f->d, MIB (4), 4096);
    gpa_t request = virtio_driver_alloc (&f->d, REQUEST_BYTES, 8);
    struct virtio_buffer buffers[] = { { request, REQUEST_BYTES, false }, { f->answer, 24, true } };
    uint32_t id, len;
    unsigned n = 0;

    g_assert_cmphex (gpu_create (f, 1, BGRX, 1024, 1024), ==, OK);
    g_assert_cmphex (gpu_attach (f, 1, backing, MIB (4) - 1), ==, OK);
    memset (f->m->ram + request, 0, REQUEST_BYTES);
    store_le32 (f->m->ram + request, VIRTIO_GPU_TRANSFER_TO_HOST_2D);
    store_le32 (f->m->ram + request + 32, 1024); /* width and height */
    store_le32 (f->m->ram + request + 36, 1024);
    store_le32 (f->m->ram + request + 48, 1);
    for (unsigned i = 0; i < N; i++)
        virtio_driver_offer (&f->d, VIRTIO_GPU_CONTROL_QUEUE,
                             virtio_driver_describe (&f->d, VIRTIO_GPU_CONTROL_QUEUE, buffers,
                                                     ARRAY_SIZE (buffers)));
    virtio_driver_kick (&f->d, VIRTIO_GPU_CONTROL_QUEUE);
    loop_iterate (f->m->env.loop, 0);
    while (virtio_driver_take (&f->d, VIRTIO_GPU_CONTROL_QUEUE, &id, &len))
        n++;
    g_assert_cmpuint (n, >, 0);
    g_assert_cmpuint (n, <=, A_TURN);
    g_assert_cmphex (load_le32 (f->m->ram + f->answer), ==, BAD_VALUE);
    test_machine_settle (f->m);
    while (virtio_driver_take (&f->d, VIRTIO_GPU_CONTROL_QUEUE, &id, &len))
        n++;
    g_assert_cmpuint (n, ==, N);
}

/* 16 MiB are 16 MiB, however they are taken, and all there again afterwards. */
static void
test_exhaustion (struct gpu_fixture *f, gconstpointer data)
{
    for (unsigned round = 0; round < 3; round++) {
        uint32_t n = 0;

        while (gpu_create (f, n + 1, BGRX, 512, 512) == OK) /* 1 MiB and a page */
            n++;
        g_assert_cmpuint (n, ==, 15);
        g_assert_cmphex (gpu_create (f, 99, BGRX, 512, 512), ==, NO_MEMORY);
        g_assert_cmphex (gpu_unref (f, 7), ==, OK);
        g_assert_cmphex (gpu_create (f, 7, BGRX, 1024, 512), ==, NO_MEMORY);
        g_assert_cmphex (gpu_create (f, 7, BGRX, 500, 500), ==, OK);
        for (uint32_t id = 1; id <= n; id++)
            g_assert_cmphex (gpu_unref (f, id), ==, OK);
        g_assert_cmphex (gpu_create (f, 1, BGRX, 2047, 2047), ==, OK);
        g_assert_cmphex (gpu_unref (f, 1), ==, OK);
    }
}

static void
test_many (struct gpu_fixture *f, gconstpointer data)
{
    uint32_t n = 0;

    while (gpu_create (f, n + 1, BGRX, 1, 1) == OK)
        n++;
    g_assert_cmpuint (n, ==, VIRTIO_GPU_MAX_RESOURCES);
    for (uint32_t id = n; id > 0; id -= 2)
        g_assert_cmphex (gpu_unref (f, id), ==, OK);
    g_assert_cmphex (gpu_create (f, 5000, BGRX, 1, 1), ==, OK);
}

/* What a resource no longer has is the host's again: an empty arena costs nothing. */
static void
test_memory_is_given_back (struct gpu_fixture *f, gconstpointer data)
{
    struct scanout_surface surface;
    gpa_t gpa = virtio_driver_alloc (&f->d, MIB (1), 4096);
    struct stat st;

    memset (f->m->ram + gpa, 0x5a, MIB (1));
    gpu_create (f, 1, BGRX, 512, 512);
    gpu_attach (f, 1, gpa, MIB (1));
    gpu_copy (f, 1, 0, 0, 0, 512, 512);
    gpu_show (f, 0, 1, 0, 0, 512, 512);
    test_machine_settle (f->m);
    scanout_info (f->m->env.scanout, &surface);
    g_assert_cmpint (fstat (surface.fd, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, (off_t) MIB (16));
    g_assert_cmpint (st.st_blocks * 512, ==, (off_t) MIB (1));
    gpu_unref (f, 1);
    g_assert_cmpint (fstat (surface.fd, &st), ==, 0);
    g_assert_cmpint (st.st_blocks, ==, 0);
    gpu_create (f, 1, BGRX, 512, 512);
    gpu_attach (f, 1, gpa, MIB (1));
    gpu_copy (f, 1, 0, 0, 0, 512, 512);
    virtio_driver_reset (&f->d);
    g_assert_cmpint (fstat (surface.fd, &st), ==, 0);
    g_assert_cmpint (st.st_blocks, ==, 0);
}

/* Commands cut off anywhere, and ones that are none. */
static void
test_short_commands (struct gpu_fixture *f, gconstpointer data)
{
    static const uint32_t types[] = {
        VIRTIO_GPU_RESOURCE_CREATE_2D,
        VIRTIO_GPU_RESOURCE_UNREF,
        VIRTIO_GPU_SET_SCANOUT,
        VIRTIO_GPU_RESOURCE_FLUSH,
        VIRTIO_GPU_TRANSFER_TO_HOST_2D,
        VIRTIO_GPU_RESOURCE_ATTACH_BACKING,
        VIRTIO_GPU_RESOURCE_DETACH_BACKING,
        VIRTIO_GPU_GET_EDID,
    };
    static const uint32_t unknown[] = { 0, 0x108, 0x109, 0x10b, 0x200, 0x300, 0x301, UINT32_MAX };
    uint8_t body[64] = { 1 };

    for (size_t i = 0; i < ARRAY_SIZE (types); i++)
        for (uint32_t len = 0; len < 8; len++)
            g_assert_cmphex (gpu_command_send (f, types[i], body, len), ==, BAD_VALUE);
    for (size_t i = 0; i < ARRAY_SIZE (unknown); i++)
        g_assert_cmphex (gpu_command_send (f, unknown[i], body, sizeof body), ==, UNSPEC);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
expect_broken (struct gpu_fixture *f, const struct virtio_buffer *buffers, unsigned n)
{
    unsigned before = f->m->n_broken;

    virtio_driver_send (&f->d, VIRTIO_GPU_CONTROL_QUEUE, buffers, n);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, before + 1);
    g_assert_cmphex (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    gpu_start (f);
    g_assert_cmphex (gpu_create (f, 1, BGRX, 8, 8), ==, OK); /* as new */
}

static void
test_no_room_for_a_header (struct gpu_fixture *f, gconstpointer data)
{
    struct virtio_buffer cut[] = { { f->request, 23, false }, { f->answer, 64, true } };
    struct virtio_buffer mute[] = { { f->request, 24, false }, { f->answer, 23, true } };
    struct virtio_buffer nothing[] = { { f->request, 64, false } };

    expect_broken (f, cut, 2);
    expect_broken (f, mute, 2);
    expect_broken (f, nothing, 1);
}

/* An answer that does not fit is cut off, not written beyond. */
static void
test_short_answer (struct gpu_fixture *f, gconstpointer data)
{
    struct virtio_buffer buffers[] = { { f->request, 32, false }, { f->answer, 30, true } };
    uint16_t head;

    memset (f->m->ram + f->request, 0, 64);
    store_le32 (f->m->ram + f->request, VIRTIO_GPU_GET_EDID);
    memset (f->m->ram + f->answer, 0xee, 64);
    head = virtio_driver_send (&f->d, VIRTIO_GPU_CONTROL_QUEUE, buffers, 2);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_GPU_CONTROL_QUEUE, head), ==, 30);
    g_assert_cmphex (f->m->ram[f->answer + 30], ==, 0xee);
}

/* A host without descriptors, or memory, for it says so. */
static void
test_no_memory_to_be_had (void)
{
    struct test_machine *m = test_machine_new ();
    struct device_args args = test_device_args (m, &virtio_gpu_class, "video0");
    struct rlimit limit, none;
    struct device *gpu = NULL;

    args.slot = GPU_SLOT;
    g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
    none = limit;
    none.rlim_cur = 0;
    g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
    g_assert_cmpint (virtio_gpu_class.create (&args, &gpu), ==, -EMFILE);
    g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
    test_machine_settle (m);
    test_machine_free (m);
}

static void
test_no_scanout (void)
{
    struct test_machine *m = test_machine_new ();
    struct device_args args = test_device_args (m, &virtio_gpu_class, "video0");
    struct device_env env = m->env;
    struct gpu_fixture f = { .m = m };

    env.scanout = NULL;
    args.env = &env;
    args.slot = GPU_SLOT;
    g_assert_cmpint (virtio_gpu_class.create (&args, &f.gpu), ==, 0);
    device_reset (f.gpu);
    virtio_driver_probe (&f.d, m, GPU_SLOT);
    gpu_start (&f);
    g_assert_cmphex (gpu_create (&f, 1, BGRX, 8, 8), ==, OK);
    g_assert_cmphex (gpu_show (&f, 0, 1, 0, 0, 8, 8), ==, OK);
    g_assert_cmphex (gpu_flush_rect (&f, 1, 0, 0, 8, 8), ==, OK);
    gpu_cursor (&f, VIRTIO_GPU_UPDATE_CURSOR, 1, 0, 0, 0, 0);
    device_destroy (f.gpu);
    test_machine_free (m);
}

/* --- anything at all ------------------------------------------------------------------------- */

static uint32_t
wild (GRand *rand)
{
    static const uint32_t edges[] = {
        0, 1, 2, 63, 64, 65, 4096, 8191, 8192, 8193, 0x7fffffff, 0x80000000, 0xfffffffe, UINT32_MAX,
    };

    switch (g_rand_int_range (rand, 0, 3)) {
    case 0:
        return edges[g_rand_int_range (rand, 0, ARRAY_SIZE (edges))];
    case 1:
        return (uint32_t) g_rand_int_range (rand, 0, 100);
    default:
        return g_rand_int (rand);
    }
}

/* A command with sane numbers mostly, so that others find something to break. */
static void
random_command (struct gpu_fixture *f, GRand *rand)
{
    uint32_t id = (uint32_t) g_rand_int_range (rand, 0, 8), x = wild (rand) % 70, step;
    uint32_t body[8];
    gpa_t first;

    switch (g_rand_int_range (rand, 0, 9)) {
    case 0:
        gpu_create (f, id, BGRX + x % 4, 1 + wild (rand) % 600, 1 + wild (rand) % 600);
        break;
    case 1:
        gpu_unref (f, id);
        break;
    case 2:
        gpu_show (f, x % 9 == 0, id, x, x, wild (rand) % 600, wild (rand) % 600);
        break;
    case 3:
        gpu_attach (f, id, g_rand_int (rand) % RAM_END, wild (rand));
        break;
    case 4:
        gpu_copy (f, id, wild (rand), x, x, wild (rand) % 600, wild (rand) % 600);
        break;
    case 5:
        gpu_flush_rect (f, id, x, x, wild (rand) % 600, wild (rand) % 600);
        break;
    case 6:
        gpu_cursor (f, VIRTIO_GPU_UPDATE_CURSOR + x % 2, id, x, x, wild (rand), wild (rand));
        break;
    case 7:
        if (f->d.next_free < RAM_END / 2)
            gpu_attach_pieces (f, id, 1 + x, 1 + wild (rand) % 5000, &first, &step);
        break;
    default:
        for (unsigned i = 0; i < 8; i++)
            body[i] = wild (rand);
        gpu_command_send (f, 0x100 + x % 12, body, wild (rand) % (sizeof body + 1));
        break;
    }
}

static void
test_random (struct gpu_fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x6b0);

    for (unsigned i = 0; i < RANDOM_OPS; i++) {
        random_command (f, rand);
        if (i % 64 == 0)
            test_viewer_poll (&f->viewer);
        if (i % 500 == 0)
            test_viewer_resize (&f->viewer, 1 + wild (rand) % 16384, 1 + wild (rand) % 16384);
        if (i % 2000 == 1999) {
            f->d.next_free = 0x100000;
            gpu_start (f);
        }
    }
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

#define ADD(name, memory_mib, test)                                                                \
    g_test_add ("/virtio-gpu/hostile/" name, struct gpu_fixture, memory_mib, gpu_fixture_setup,    \
                test, gpu_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identities-are-checked", NULL, test_identities);
    ADD ("sizes-are-checked", "16", test_sizes);
    ADD ("rectangles-stay-inside", NULL, test_rectangles);
    ADD ("copies-stay-inside-their-backing", NULL, test_offsets);
    ADD ("backing-is-memory", NULL, test_backing);
    ADD ("backings-may-overlap", NULL, test_overlap);
    ADD ("failing-copies-take-turns", NULL, test_failing_copies_take_turns);
    ADD ("memory-is-bounded", "16", test_exhaustion);
    ADD ("resources-are-bounded", NULL, test_many);
    ADD ("memory-is-given-back", "16", test_memory_is_given_back);
    ADD ("short-commands-are-answered", NULL, test_short_commands);
    ADD ("no-room-for-a-header-breaks-it", NULL, test_no_room_for_a_header);
    ADD ("short-answers-are-cut-off", NULL, test_short_answer);
    g_test_add_func ("/virtio-gpu/hostile/a-host-without-memory-says-so", test_no_memory_to_be_had);
    g_test_add_func ("/virtio-gpu/hostile/nothing-need-be-shown", test_no_scanout);
    ADD ("anything-at-all", "16", test_random);
    return g_test_run ();
}
