/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core.c - buses, memory, loop, interrupt lines, device options: what all devices stand on. */
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "test-machine.h"

/* --- bus -----------------------------------------------------------------------------------------
 */

struct notebook {
    struct bus_region region;
    uint64_t answer;
    uint64_t offset, value;
    unsigned size, n_reads, n_writes;
};

static uint64_t
note_read (void *opaque, uint64_t offset, unsigned size)
{
    struct notebook *n = opaque;

    n->offset = offset;
    n->size = size;
    n->n_reads++;
    return n->answer;
}

static void
note_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct notebook *n = opaque;

    n->offset = offset;
    n->value = value;
    n->size = size;
    n->n_writes++;
}

static const struct bus_region_ops wide_ops = { note_read, note_write, 8 };
static const struct bus_region_ops byte_ops = { note_read, note_write, 1 };

static void
put (struct bus *bus, struct notebook *n, uint64_t base, uint64_t size, enum bus_priority priority,
     uint64_t answer)
{
    *n = (struct notebook){ .answer = answer };
    bus_region_init (&n->region, "note", &wide_ops, n, size, priority);
    g_assert_cmpint (bus_add (bus, &n->region, base), ==, 0);
}

static void
test_bus_nothing_reads_as_ones (void)
{
    struct bus *bus = bus_create (0x10000);

    g_assert_cmphex (bus_read (bus, 0x80, 1), ==, 0xff);
    g_assert_cmphex (bus_read (bus, 0x80, 4), ==, 0xffffffff);
    g_assert_cmphex (bus_read (bus, 0xffff, 4), ==, 0xffffffff);
    bus_write (bus, 0x80, 1, 4);
    bus_destroy (bus);
}

static void
test_bus_fixed_hides_bar (void)
{
    struct bus *bus = bus_create (0x10000);
    struct notebook fixed, bar;

    put (bus, &fixed, 0x600, 0x80, BUS_PRIORITY_FIXED, 1);
    put (bus, &bar, 0x5f0, 0x100, BUS_PRIORITY_BAR, 2);
    g_assert_cmphex (bus_read (bus, 0x604, 1), ==, 1);
    g_assert_cmphex (bus_read (bus, 0x5f8, 1), ==, 2);
    g_assert_cmphex (bus_read (bus, 0x690, 1), ==, 2);
    g_assert_cmphex (bar.offset, ==, 0xa0);
    bus_remove (bus, &fixed.region);
    g_assert_cmphex (bus_read (bus, 0x604, 1), ==, 2);
    bus_remove (bus, &bar.region);
    bus_remove (bus, &bar.region);
    g_assert_cmphex (bus_read (bus, 0x604, 1), ==, 0xff);
    bus_destroy (bus);
}

static void
test_bus_first_of_equals_answers (void)
{
    struct bus *bus = bus_create (0x10000);
    struct notebook first, second;

    put (bus, &first, 0x1000, 0x100, BUS_PRIORITY_BAR, 1);
    put (bus, &second, 0x1080, 0x100, BUS_PRIORITY_BAR, 2);
    g_assert_cmphex (bus_read (bus, 0x10ff, 1), ==, 1);
    g_assert_cmphex (bus_read (bus, 0x1100, 1), ==, 2);
    bus_destroy (bus);
}

static void
test_bus_wide_access_runs_over_an_overlay (void)
{
    struct bus *bus = bus_create (0x10000);
    struct notebook block, overlay;

    put (bus, &block, 0xcf8, 4, BUS_PRIORITY_FIXED, 0x11223344);
    put (bus, &overlay, 0xcf9, 1, BUS_PRIORITY_OVERLAY, 0x55);
    g_assert_cmphex (bus_read (bus, 0xcf8, 4), ==, 0x11223344);
    g_assert_cmpuint (overlay.n_reads, ==, 0);
    g_assert_cmphex (bus_read (bus, 0xcf9, 1), ==, 0x55);
    bus_destroy (bus);
}

static void
test_bus_splits_what_is_too_wide (void)
{
    struct bus *bus = bus_create (0x10000);
    struct notebook n;

    put (bus, &n, 0x70, 2, BUS_PRIORITY_FIXED, 0xab);
    n.region.ops = &byte_ops;
    bus_write (bus, 0x70, 0x1234, 2);
    g_assert_cmpuint (n.n_writes, ==, 2);
    g_assert_cmphex (n.value, ==, 0x12);
    g_assert_cmphex (n.offset, ==, 1);
    /* The second half of a doubleword has no owner. */
    g_assert_cmphex (bus_read (bus, 0x70, 4), ==, 0xffffabab);
    bus_destroy (bus);
}

static void
test_bus_never_reads_past_a_region (void)
{
    struct bus *bus = bus_create (UINT64_MAX);
    struct notebook n;

    put (bus, &n, 0x1000, 6, BUS_PRIORITY_FIXED, 0);
    bus_read (bus, 0x1004, 8);
    g_assert_cmpuint (n.size, ==, 2);
    g_assert_cmphex (n.offset, ==, 4);
    bus_destroy (bus);
}

static void
test_bus_region_at_the_end_is_clipped (void)
{
    struct bus *bus = bus_create (UINT64_MAX);
    struct notebook n;

    put (bus, &n, UINT64_MAX - 0x10, 0x1000, BUS_PRIORITY_BAR, 7);
    g_assert_cmphex (bus_read (bus, UINT64_MAX - 0x10, 1), ==, 7);
    g_assert_cmphex (bus_read (bus, 0xf, 1), ==, 0xff);
    bus_destroy (bus);
}

/* The same additions, removals and reads against a plain list that is searched from the front. */
static void
test_bus_agrees_with_a_plain_search (void)
{
    enum { N = 24, ROUNDS = 3000, SPACE = 0x400 };
    struct bus *bus = bus_create (SPACE);
    struct notebook notes[N];
    unsigned order[N], clock = 0;
    GRand *rand = g_rand_new_with_seed (4711);

    for (int i = 0; i < N; i++) {
        notes[i] = (struct notebook){ .answer = (uint64_t)i };
        list_init (&notes[i].region.node);
        notes[i].region.ops = &byte_ops;
        notes[i].region.opaque = &notes[i];
    }
    for (int round = 0; round < ROUNDS; round++) {
        int i = g_rand_int_range (rand, 0, N);
        struct bus_region *r = &notes[i].region;

        if (!list_is_empty (&r->node)) {
            bus_remove (bus, r);
        } else {
            r->size = (uint64_t)g_rand_int_range (rand, 1, 0x100);
            r->priority = (enum bus_priority)g_rand_int_range (rand, 0, 3);
            bus_add (bus, r, (uint64_t)g_rand_int_range (rand, 0, SPACE));
            order[i] = clock++;
        }
        for (int probe = 0; probe < 20; probe++) {
            uint64_t at = (uint64_t)g_rand_int_range (rand, 0, SPACE);
            int best = -1;

            for (int k = 0; k < N; k++) {
                struct bus_region *c = &notes[k].region;

                if (list_is_empty (&c->node) || at < c->base || at >= c->base + c->size)
                    continue;
                if (best < 0 || c->priority > notes[best].region.priority
                    || (c->priority == notes[best].region.priority && order[k] < order[best]))
                    best = k;
            }
            g_assert_cmphex (bus_read (bus, at, 1), ==, best < 0 ? 0xff : (unsigned)best);
        }
    }
    g_rand_free (rand);
    bus_destroy (bus);
}

static int
note_ring (void *opaque, uint64_t address, int fd, bool on)
{
    uint64_t *armed = opaque;

    g_assert_cmpint (fd, ==, 9);
    g_assert_cmphex (*armed, ==, on ? 0 : address);
    *armed = on ? address : 0;
    return 0;
}

/* It is where its region answers, and nowhere else. */
static void
test_bus_doorbell_rings_where_its_region_answers (void)
{
    static const struct bus_doorbell_ops ops = { .ring = note_ring };
    struct bus *bus = bus_create (0x10000);
    struct bus_doorbell doorbell;
    struct notebook n, fixed;
    uint64_t armed = 0;

    list_init (&doorbell.node);
    bus_doorbell_remove (bus, &doorbell);
    bus_set_ringer (bus, &ops, &armed);
    put (bus, &n, 0x1000, 0x100, BUS_PRIORITY_BAR, 1);
    bus_remove (bus, &n.region);
    bus_doorbell_add (bus, &doorbell, &n.region, 0x40, 9);
    g_assert_cmphex (armed, ==, 0);
    bus_add (bus, &n.region, 0x2000);
    g_assert_cmphex (armed, ==, 0x2040);
    put (bus, &fixed, 0x2044, 4, BUS_PRIORITY_FIXED, 2);
    g_assert_cmphex (armed, ==, 0x2040);
    bus_remove (bus, &fixed.region);
    put (bus, &fixed, 0x2040, 4, BUS_PRIORITY_FIXED, 2);
    g_assert_cmphex (armed, ==, 0); /* hidden: who writes there means another */
    bus_remove (bus, &fixed.region);
    g_assert_cmphex (armed, ==, 0x2040);
    bus_doorbell_remove (bus, &doorbell);
    g_assert_cmphex (armed, ==, 0);
    bus_add (bus, &fixed.region, 0x3000);
    g_assert_cmphex (armed, ==, 0);
    bus_remove (bus, &n.region);
    bus_add (bus, &n.region, 0xffe0); /* the register is beyond the bus's end */
    bus_doorbell_add (bus, &doorbell, &n.region, 0x40, 9);
    g_assert_cmphex (armed, ==, 0);
    bus_doorbell_remove (bus, &doorbell);
    bus_destroy (bus);
}

/* --- memory --------------------------------------------------------------------------------------
 */

static void
test_memory_gate_lets_only_whole_ram_through (void)
{
    struct test_machine *m = test_machine_new ();
    struct memory *memory = m->env.memory;
    char buf[16];

    g_assert_true (memory_at (memory, 0, TEST_MACHINE_RAM_BYTES) == m->ram);
    g_assert_null (memory_at (memory, 1, TEST_MACHINE_RAM_BYTES));
    g_assert_null (memory_at (memory, TEST_MACHINE_RAM_BYTES, 1));
    g_assert_null (memory_at (memory, UINT64_MAX, 2));
    g_assert_null (memory_at (memory, 16, UINT64_MAX - 8));
    g_assert_false (memory_read (memory, TEST_MACHINE_RAM_BYTES - 8, buf, 16));
    g_assert_true (memory_write (memory, TEST_MACHINE_RAM_BYTES - 8, "12345678", 8));
    g_assert_cmpmem (m->ram + TEST_MACHINE_RAM_BYTES - 8, 8, "12345678", 8);
    test_machine_free (m);
}

static void
test_memory_devices_reach_neither_rom_nor_vram (void)
{
    struct test_machine *m = test_machine_new ();
    uint8_t *page = g_aligned_alloc0 (1, 8192, 4096);
    struct memory_block rom = {
        .name = "rom", .kind = MEMORY_ROM, .host = page, .size_bytes = 4096, .slot = -1
    };
    struct memory_block vram = {
        .name = "vram", .kind = MEMORY_VRAM, .host = page + 4096, .size_bytes = 4096, .slot = -1
    };

    list_init (&rom.node);
    list_init (&vram.node);
    g_assert_cmpint (memory_map (m->env.memory, &rom, GIB (1)), ==, 0);
    g_assert_cmpint (memory_map (m->env.memory, &vram, GIB (2)), ==, 0);
    g_assert_null (memory_at (m->env.memory, GIB (1), 1));
    g_assert_null (memory_at (m->env.memory, GIB (2), 1));
    memory_unmap (m->env.memory, &rom);
    memory_unmap (m->env.memory, &vram);
    g_aligned_free (page);
    test_machine_free (m);
}

static void
test_memory_blocks_do_not_overlap (void)
{
    struct test_machine *m = test_machine_new ();
    uint8_t *page = g_aligned_alloc0 (1, 8192, 4096);
    struct memory_block block = {
        .name = "x", .kind = MEMORY_VRAM, .host = page, .size_bytes = 8192, .slot = -1
    };

    list_init (&block.node);
    g_assert_cmpint (memory_map (m->env.memory, &block, TEST_MACHINE_RAM_BYTES - 4096), ==,
                     -EEXIST);
    g_assert_cmpint (memory_map (m->env.memory, &block, 0x80000001), ==, -EINVAL);
    g_assert_cmpint (memory_map (m->env.memory, &block, UINT64_MAX - 4095), ==, -EINVAL);
    g_assert_cmpint (block.slot, ==, -1);
    g_assert_cmpint (memory_map (m->env.memory, &block, TEST_MACHINE_RAM_BYTES), ==, 0);
    memory_unmap (m->env.memory, &block);
    memory_unmap (m->env.memory, &block);
    g_aligned_free (page);
    test_machine_free (m);
}

struct map_notes {
    struct test_machine *m;
    unsigned n_changes, n_ranges;
    struct memory_range ranges[MEMORY_MAX_RANGES];
};

static void
map_changed (void *opaque)
{
    struct map_notes *notes = opaque;

    notes->n_changes++;
    notes->n_ranges = memory_get_ram (notes->m->env.memory, notes->ranges);
}

static void
test_memory_watch_is_told_where_ram_is (void)
{
    struct map_notes notes = { .m = test_machine_new () };
    struct memory *memory = notes.m->env.memory;
    uint8_t *page = g_aligned_alloc0 (1, 4096, 4096);
    struct memory_block block = {
        .name = "x", .kind = MEMORY_VRAM, .host = page, .size_bytes = 4096, .slot = -1
    };
    struct memory_watch watch;

    list_init (&block.node);
    memory_watch_add (memory, &watch, map_changed, &notes);
    g_assert_cmpint (memory_map (memory, &block, GIB (1)), ==, 0);
    memory_unmap (memory, &block);
    g_assert_cmpuint (notes.n_changes, ==, 0); /* nobody's DMA reaches it */
    block.kind = MEMORY_RAM;
    g_assert_cmpint (memory_map (memory, &block, 0), ==, -EEXIST);
    g_assert_cmpuint (notes.n_changes, ==, 0);
    g_assert_cmpint (memory_map (memory, &block, GIB (1)), ==, 0);
    g_assert_cmpuint (notes.n_changes, ==, 1);
    g_assert_cmpuint (notes.n_ranges, ==, 2);
    g_assert_cmphex (notes.ranges[1].gpa, ==, GIB (1));
    g_assert_cmpuint (notes.ranges[1].size_bytes, ==, 4096);
    g_assert_true (notes.ranges[1].host == page);
    memory_unmap (memory, &block);
    memory_unmap (memory, &block);
    g_assert_cmpuint (notes.n_changes, ==, 2);
    g_assert_cmpuint (notes.n_ranges, ==, 1);
    memory_watch_remove (&watch);
    g_assert_cmpint (memory_map (memory, &block, GIB (1)), ==, 0);
    g_assert_cmpuint (notes.n_changes, ==, 2);
    memory_unmap (memory, &block);
    g_aligned_free (page);
    test_machine_free (notes.m);
}

/* A block in parts of 4 MiB, the last of which is shorter. */
struct parted {
    struct test_machine *m;
    struct memory *memory;
    struct memory_parts parts;
    struct memory_block block;
};

#define PART        MIB (4)
#define PARTED_GPA  GIB (4)
#define PARTED_SIZE (5 * PART + MIB (2))

static void
parted_setup (struct parted *p)
{
    *p = (struct parted){ .m = test_machine_new (), .parts.shift = 22 };
    p->memory = p->m->env.memory;
    test_machine_add_pluggable (p->m, PARTED_GPA, PARTED_SIZE);
    p->block = *p->m->env.pluggable;
    p->block.parts = &p->parts;
    list_init (&p->block.node);
    g_assert_cmpint (memory_map (p->memory, &p->block, PARTED_GPA), ==, 0);
}

static void
parted_teardown (struct parted *p)
{
    memory_unmap (p->memory, &p->block);
    test_machine_free (p->m);
}

static void
parted_set (struct parted *p, unsigned index, bool present)
{
    g_assert_cmpint (memory_set_part (p->memory, &p->block, index, present), ==, 0);
}

static void
test_memory_gate_lets_only_parts_through_that_are_there (void)
{
    struct parted p;

    parted_setup (&p);
    g_assert_null (memory_at (p.memory, PARTED_GPA, 1));
    parted_set (&p, 1, true);
    parted_set (&p, 2, true);
    parted_set (&p, 5, true);
    g_assert_null (memory_at (p.memory, PARTED_GPA + PART - 1, 2));
    g_assert_true (memory_at (p.memory, PARTED_GPA + PART, 2 * PART) == p.block.host + PART);
    g_assert_true (memory_at (p.memory, PARTED_GPA + 2 * PART - 1, 2)
                   == p.block.host + 2 * PART - 1); /* over the edge of two */
    g_assert_null (memory_at (p.memory, PARTED_GPA + PART, 2 * PART + 1));
    g_assert_null (memory_at (p.memory, PARTED_GPA, PARTED_SIZE));
    g_assert_nonnull (memory_at (p.memory, PARTED_GPA + 5 * PART, PARTED_SIZE - 5 * PART));
    g_assert_null (memory_at (p.memory, PARTED_GPA + 5 * PART, PART)); /* past the end */
    g_assert_null (memory_at (p.memory, PARTED_GPA + PART, UINT64_MAX));
    parted_set (&p, 2, false);
    g_assert_null (memory_at (p.memory, PARTED_GPA + 2 * PART - 1, 2));
    g_assert_nonnull (memory_at (p.memory, PARTED_GPA + 2 * PART - 1, 1));
    g_assert_cmpint (memory_set_part (p.memory, &p.block, 6, true), ==, -EINVAL);
    g_assert_cmpint (memory_set_part (p.memory, &p.block, 99, true), ==, -EINVAL);
    parted_teardown (&p);
}

static void
test_memory_watch_is_told_of_parts (void)
{
    struct parted p;
    struct map_notes notes = { 0 };
    struct memory_watch watch;

    parted_setup (&p);
    notes.m = p.m;
    memory_watch_add (p.memory, &watch, map_changed, &notes);
    parted_set (&p, 0, true);
    parted_set (&p, 0, true); /* it is there already */
    g_assert_cmpuint (notes.n_changes, ==, 1);
    parted_set (&p, 5, true);
    parted_set (&p, 4, true);
    g_assert_cmpuint (notes.n_ranges, ==, 3); /* RAM, a part, a run of two */
    g_assert_cmphex (notes.ranges[1].gpa, ==, PARTED_GPA);
    g_assert_cmpuint (notes.ranges[1].size_bytes, ==, PART);
    g_assert_cmphex (notes.ranges[2].gpa, ==, PARTED_GPA + 4 * PART);
    g_assert_cmpuint (notes.ranges[2].size_bytes, ==, PARTED_SIZE - 4 * PART);
    g_assert_true (notes.ranges[2].host == p.block.host + 4 * PART);
    for (unsigned i = 0; i < 6; i++)
        parted_set (&p, i, false);
    g_assert_cmpuint (notes.n_ranges, ==, 1);
    memory_watch_remove (&watch);
    parted_teardown (&p);
}

static void
test_memory_takes_one_block_in_parts (void)
{
    struct parted p;
    struct memory_parts parts = { .shift = 22 };
    struct memory_block other;

    parted_setup (&p);
    other = p.block;
    other.parts = &parts;
    list_init (&other.node);
    g_assert_cmpint (memory_map (p.memory, &other, PARTED_GPA), ==, -EEXIST); /* there or not */
    g_assert_cmpint (memory_map (p.memory, &other, GIB (8)), ==, -ENOSPC);
    parts.shift = MEMORY_PART_MIN_SHIFT - 1;
    g_assert_cmpint (memory_map (p.memory, &other, GIB (8)), ==, -EINVAL);
    parts.shift = MEMORY_PART_MIN_SHIFT;
    other.size_bytes = MEMORY_MAX_PARTS * MIB (2) + 4096;
    g_assert_cmpint (memory_map (p.memory, &other, GIB (8)), ==, -EINVAL);
    parted_set (&p, 3, true);
    memory_unmap (p.memory, &p.block);
    g_assert_null (memory_at (p.memory, PARTED_GPA + 3 * PART, 1));
    g_assert_cmpint (memory_set_part (p.memory, &p.block, 0, true), ==, -EINVAL);
    g_assert_cmpint (memory_map (p.memory, &p.block, PARTED_GPA), ==, 0);
    g_assert_null (memory_at (p.memory, PARTED_GPA + 3 * PART, 1)); /* it begins with none */
    parted_teardown (&p);
}

static void
test_memory_dirty_record_covers_all_parts (void)
{
    struct parted p;
    uint64_t bitmap[PARTED_SIZE / 4096 / 64 + 1];

    parted_setup (&p);
    parted_set (&p, 1, true);
    memset (bitmap, 0, sizeof bitmap);
    g_assert_cmpint (memory_dirty_start (p.memory, &p.block), ==, 0);
    memory_dirty_fetch (p.memory, &p.block, bitmap);
    for (unsigned i = 0; i < G_N_ELEMENTS (bitmap) - 1; i++)
        g_assert_cmphex (bitmap[i], ==, UINT64_MAX);
    g_assert_cmphex (bitmap[G_N_ELEMENTS (bitmap) - 1], ==, 0); /* and no word more */
    memory_dirty_stop (p.memory, &p.block);
    parted_teardown (&p);
}

/* --- loop ----------------------------------------------------------------------------------------
 */

static void
count_cb (void *opaque)
{
    (*(unsigned *)opaque)++;
}

static void
test_loop_timer_fires_once_and_not_early (void)
{
    struct test_machine *m = test_machine_new ();
    struct loop_timer timer;
    unsigned fired = 0;
    int64_t start = loop_now_ns ();

    loop_timer_init (&timer, m->env.loop, count_cb, &fired);
    loop_timer_arm (&timer, start + 20000000);
    test_machine_run_until (m, &fired);
    g_assert_cmpint (loop_now_ns (), >=, start + 20000000);
    test_machine_settle (m);
    g_assert_cmpuint (fired, ==, 1);
    test_machine_free (m);
}

static void
test_loop_disarmed_timer_stays_quiet (void)
{
    struct test_machine *m = test_machine_new ();
    struct loop_timer first, second;
    unsigned n_first = 0, n_second = 0;

    loop_timer_init (&first, m->env.loop, count_cb, &n_first);
    loop_timer_init (&second, m->env.loop, count_cb, &n_second);
    loop_timer_arm (&first, loop_now_ns () + 1000000);
    loop_timer_arm (&second, loop_now_ns () + 10000000);
    loop_timer_disarm (&first);
    test_machine_run_until (m, &n_second);
    g_assert_cmpuint (n_first, ==, 0);
    test_machine_free (m);
}

static void
test_loop_timer_moved_forward_fires_early (void)
{
    struct test_machine *m = test_machine_new ();
    struct loop_timer timer;
    unsigned fired = 0;
    int64_t start = loop_now_ns ();

    loop_timer_init (&timer, m->env.loop, count_cb, &fired);
    loop_timer_arm (&timer, start + 60ll * 1000000000);
    loop_timer_arm (&timer, start + 1000000);
    test_machine_run_until (m, &fired);
    g_assert_cmpint (loop_now_ns (), <, start + 30ll * 1000000000);
    test_machine_free (m);
}

struct requeue {
    struct loop *loop;
    struct loop_work work;
    unsigned n;
};

static void
requeue_cb (void *opaque)
{
    struct requeue *r = opaque;

    r->n++;
    loop_work_queue (r->loop, &r->work);
}

static void
test_loop_work_that_queues_itself_leaves_others_a_turn (void)
{
    struct test_machine *m = test_machine_new ();
    struct requeue r = { .loop = m->env.loop };
    struct loop_work other;
    unsigned n_other = 0;

    loop_work_init (&r.work, requeue_cb, &r);
    loop_work_init (&other, count_cb, &n_other);
    loop_work_queue (r.loop, &r.work);
    loop_iterate (r.loop, 1000);
    loop_work_queue (r.loop, &other);
    loop_work_queue (r.loop, &other);
    loop_iterate (r.loop, 1000);
    g_assert_cmpuint (n_other, ==, 1);
    g_assert_cmpuint (r.n, ==, 2);
    loop_work_cancel (r.loop, &r.work);
    test_machine_free (m);
}

/* Nobody wakes the loop for it: the descriptor is its only reason not to sleep. */
static void
queue_cb (void *opaque, uint32_t events)
{
    struct requeue *r = opaque;

    loop_work_queue (r->loop, &r->work);
}

static void
test_loop_work_that_a_callback_queues_is_done_in_its_round (void)
{
    struct test_machine *m = test_machine_new ();
    struct requeue r = { .loop = m->env.loop };
    struct loop_watch watch = LOOP_WATCH_INIT;
    int fd = eventfd (1, 0);
    unsigned n = 0;

    loop_work_init (&r.work, count_cb, &n);
    g_assert_cmpint (loop_watch_add (r.loop, &watch, fd, EPOLLIN | EPOLLET, queue_cb, &r), ==, 0);
    loop_iterate (r.loop, 1000);
    g_assert_cmpuint (n, ==, 1);
    loop_iterate (r.loop, 0);
    g_assert_cmpuint (n, ==, 1);
    loop_watch_remove (r.loop, &watch);
    close (fd);
    test_machine_free (m);
}

struct remover {
    struct loop *loop;
    struct loop_watch watches[2];
    unsigned calls;
};

static void
remove_both_cb (void *opaque, uint32_t events)
{
    struct remover *r = opaque;

    r->calls++;
    loop_watch_remove (r->loop, &r->watches[0]);
    loop_watch_remove (r->loop, &r->watches[1]);
}

static void
test_loop_removed_watch_is_not_called (void)
{
    struct test_machine *m = test_machine_new ();
    struct remover r = { .loop = m->env.loop };
    int fds[2];

    for (int i = 0; i < 2; i++) {
        fds[i] = eventfd (1, EFD_NONBLOCK);
        g_assert_cmpint (
            loop_watch_add (r.loop, &r.watches[i], fds[i], 1 /* EPOLLIN */, remove_both_cb, &r), ==,
            0);
    }
    test_machine_settle (m);
    g_assert_cmpuint (r.calls, ==, 1);
    fd_close (&fds[0]);
    fd_close (&fds[1]);
    test_machine_free (m);
}

static void *
queue_thread (void *opaque)
{
    struct requeue *r = opaque;

    loop_work_queue (r->loop, &r->work);
    return NULL;
}

static void
test_loop_work_from_another_thread_wakes_it (void)
{
    struct test_machine *m = test_machine_new ();
    struct requeue r = { .loop = m->env.loop };
    unsigned n = 0;
    pthread_t thread;

    loop_work_init (&r.work, count_cb, &n);
    pthread_create (&thread, NULL, queue_thread, &r);
    test_machine_run_until (m, &n);
    pthread_join (thread, NULL);
    test_machine_free (m);
}

/* --- interrupt lines
 * ------------------------------------------------------------------------------ */

static void
test_irq_shared_line_stays_up_until_the_last (void)
{
    struct test_machine *m = test_machine_new ();
    struct irq_line a, b;

    irq_line_init (&a, m->env.irq, 10);
    irq_line_init (&b, m->env.irq, 10);
    irq_line_set (&a, true);
    irq_line_set (&a, true);
    irq_line_set (&b, true);
    irq_line_set (&a, false);
    g_assert_true (m->gsi[10]);
    irq_line_set (&b, false);
    g_assert_false (m->gsi[10]);
    g_assert_cmpuint (m->gsi_rises[10], ==, 1);
    test_machine_free (m);
}

/* --- device options ------------------------------------------------------------------------------
 */

struct sample_config {
    bool flag;
    uint64_t number;
    char text[8];
};

static const struct option sample_options[] = {
    { "flag", OPTION_BOOL, offsetof (struct sample_config, flag), 0, 0, "on", "a flag" },
    { "number", OPTION_UINT, offsetof (struct sample_config, number), 2, 100, "7", "a number" },
    { "text", OPTION_STRING, offsetof (struct sample_config, text), 0, 8, "abc", "a text" },
};

static const struct device_class sample_class = {
    .name = "sample",
    .options = sample_options,
    .n_options = ARRAY_SIZE (sample_options),
    .config_size = sizeof (struct sample_config),
};

static void
test_options_take_only_what_the_table_allows (void)
{
    static const struct {
        const char *name, *value;
        int result;
    } rows[] = {
        { "flag", "off", 0 },
        { "flag", "yes", -EINVAL },
        { "number", "100", 0 },
        { "number", "0x10", 0 },
        { "number", "101", -EINVAL },
        { "number", "1", -EINVAL },
        { "number", "-1", -EINVAL },
        { "number", "12a", -EINVAL },
        { "number", "", -EINVAL },
        { "number", " 5", -EINVAL },
        { "number", "99999999999999999999", -EINVAL },
        { "text", "1234567", 0 },
        { "text", "12345678", -EINVAL },
        { "text", "a\nb", -EINVAL },
        { "nothing", "1", -ENOENT },
    };
    struct sample_config config;

    device_options_init (&sample_class, &config);
    g_assert_true (config.flag);
    g_assert_cmpuint (config.number, ==, 7);
    g_assert_cmpstr (config.text, ==, "abc");
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
        g_assert_cmpint (device_option_set (&sample_class, &config, rows[i].name, rows[i].value),
                         ==, rows[i].result);
    g_assert_false (config.flag);
    g_assert_cmpuint (config.number, ==, 16);
    g_assert_cmpstr (config.text, ==, "1234567");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/core/bus/nothing-reads-as-ones", test_bus_nothing_reads_as_ones);
    g_test_add_func ("/core/bus/fixed-hides-bar", test_bus_fixed_hides_bar);
    g_test_add_func ("/core/bus/first-of-equals-answers", test_bus_first_of_equals_answers);
    g_test_add_func ("/core/bus/wide-access-runs-over-an-overlay",
                     test_bus_wide_access_runs_over_an_overlay);
    g_test_add_func ("/core/bus/splits-what-is-too-wide", test_bus_splits_what_is_too_wide);
    g_test_add_func ("/core/bus/never-reads-past-a-region", test_bus_never_reads_past_a_region);
    g_test_add_func ("/core/bus/region-at-the-end-is-clipped",
                     test_bus_region_at_the_end_is_clipped);
    g_test_add_func ("/core/bus/agrees-with-a-plain-search", test_bus_agrees_with_a_plain_search);
    g_test_add_func ("/core/bus/doorbell-rings-where-its-region-answers",
                     test_bus_doorbell_rings_where_its_region_answers);
    g_test_add_func ("/core/memory/gate-lets-only-whole-ram-through",
                     test_memory_gate_lets_only_whole_ram_through);
    g_test_add_func ("/core/memory/devices-reach-neither-rom-nor-vram",
                     test_memory_devices_reach_neither_rom_nor_vram);
    g_test_add_func ("/core/memory/blocks-do-not-overlap", test_memory_blocks_do_not_overlap);
    g_test_add_func ("/core/memory/watch-is-told-where-ram-is",
                     test_memory_watch_is_told_where_ram_is);
    g_test_add_func ("/core/memory/gate-lets-only-parts-through-that-are-there",
                     test_memory_gate_lets_only_parts_through_that_are_there);
    g_test_add_func ("/core/memory/watch-is-told-of-parts", test_memory_watch_is_told_of_parts);
    g_test_add_func ("/core/memory/takes-one-block-in-parts", test_memory_takes_one_block_in_parts);
    g_test_add_func ("/core/memory/dirty-record-covers-all-parts",
                     test_memory_dirty_record_covers_all_parts);
    g_test_add_func ("/core/loop/timer-fires-once-and-not-early",
                     test_loop_timer_fires_once_and_not_early);
    g_test_add_func ("/core/loop/disarmed-timer-stays-quiet", test_loop_disarmed_timer_stays_quiet);
    g_test_add_func ("/core/loop/timer-moved-forward-fires-early",
                     test_loop_timer_moved_forward_fires_early);
    g_test_add_func ("/core/loop/work-that-queues-itself-leaves-others-a-turn",
                     test_loop_work_that_queues_itself_leaves_others_a_turn);
    g_test_add_func ("/core/loop/work-that-a-callback-queues-is-done-in-its-round",
                     test_loop_work_that_a_callback_queues_is_done_in_its_round);
    g_test_add_func ("/core/loop/removed-watch-is-not-called",
                     test_loop_removed_watch_is_not_called);
    g_test_add_func ("/core/loop/work-from-another-thread-wakes-it",
                     test_loop_work_from_another_thread_wakes_it);
    g_test_add_func ("/core/irq/shared-line-stays-up-until-the-last",
                     test_irq_shared_line_stays_up_until_the_last);
    g_test_add_func ("/core/options/take-only-what-the-table-allows",
                     test_options_take_only_what_the_table_allows);
    return g_test_run ();
}
