/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vsock.c - tests: what the kernel is told of the guest's rings, when, and when no longer. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bits.h"
#include "fake-vhost.h"
#include "virtio-driver.h"
#include "virtio-vsock.h"

#define SLOT       5
#define QUEUE_SIZE 8
#define MORE_BYTES 65536u /* of a second block of RAM, … */
#define MORE_GPA   GIB (4ull)

struct fixture {
    struct test_machine *m;
    struct fake_vhost *vhost;
    struct device *device;
    struct virtio_driver d;
    uint8_t *more;
    struct memory_block more_block;
};

static int
create (struct fixture *f)
{
    const struct device_class *class = &virtio_vsock_class;
    struct device_args args = test_device_args (f->m, class, "vsock0");

    g_assert_cmpint (device_option_set (class, (void *) args.config, "guest-cid", "77"), ==, 0);
    args.slot = SLOT;
    args.vhost_fd = f->vhost->fd;
    return class->create (&args, &f->device);
}

static void
setup (struct fixture *f, gconstpointer data)
{
    f->m = test_machine_new ();
    f->vhost = fake_vhost_reset ();
    fake_vhost_open (f->vhost);
    f->more = g_aligned_alloc0 (1, MORE_BYTES, 4096);
    f->more_block = (struct memory_block){
        .name = "more", .kind = MEMORY_RAM, .host = f->more, .size_bytes = MORE_BYTES, .slot = -1
    };
    list_init (&f->more_block.node);
    g_assert_cmpint (create (f), ==, 0);
    device_reset (f->device);
    f->device->ops->set_running (f->device, true);
    virtio_driver_probe (&f->d, f->m, SLOT);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    g_assert_false (f->vhost->is_running);
    memory_unmap (f->m->env.memory, &f->more_block);
    test_machine_free (f->m);
    g_aligned_free (f->more);
}

static void
start (struct fixture *f)
{
    virtio_driver_start (&f->d, 0, VIRTIO_VSOCK_N_QUEUES, QUEUE_SIZE);
    test_machine_settle (f->m);
}

/* TEXT goes out and comes back by the kernel's rings, once they are served. */
static void
exchange (struct fixture *f, const char *text)
{
    uint32_t len = (uint32_t) strlen (text) + 1;
    struct virtio_buffer in = { virtio_driver_alloc (&f->d, 64, 1), 64, true };
    struct virtio_buffer out = { virtio_driver_alloc (&f->d, 64, 1), len, false };
    uint16_t received = virtio_driver_send (&f->d, VIRTIO_VSOCK_RX, &in, 1), sent;

    memcpy (virtio_driver_at (&f->d, out.gpa), text, len);
    fake_vhost_was_kicked (f->vhost, VIRTIO_VSOCK_TX);
    sent = virtio_driver_send (&f->d, VIRTIO_VSOCK_TX, &out, 1);
    test_machine_settle (f->m);
    g_assert_true (fake_vhost_was_kicked (f->vhost, VIRTIO_VSOCK_TX));
    g_assert_cmpuint (fake_vhost_echo (f->vhost, VIRTIO_VSOCK_TX, VIRTIO_VSOCK_RX), ==, 1);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_VSOCK_TX, sent), ==, 0);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_VSOCK_RX, received), ==, len);
    g_assert_cmpstr ((char *) virtio_driver_at (&f->d, in.gpa), ==, text);
}

/* --- the happy path -------------------------------------------------------------------------- */

static void
test_identity (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10531af4);
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config, 4), ==, 77);
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config + 4, 4), ==, 0);
    g_assert_cmphex (virtio_driver_offered (&f->d), ==,
                     BIT_ULL (32) | BIT_ULL (29) | BIT_ULL (28)
                         | BIT_ULL (VIRTIO_VSOCK_F_SEQPACKET));
}

static void
test_what_goes_out_and_comes_back_is_the_kernels (struct fixture *f, gconstpointer data)
{
    g_assert_cmpuint (f->vhost->n_starts, ==, 0);
    start (f);
    g_assert_true (f->vhost->is_running);
    g_assert_cmphex (f->vhost->features, ==, f->d.features);
    g_assert_true (
        fake_vhost_was_kicked (f->vhost, VIRTIO_VSOCK_RX)); /* for what was there before */
    exchange (f, "one");
    exchange (f, "two");
    test_machine_settle (f->m);
    g_assert_true (f->m->intx[SLOT][0]);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_each_ring_has_its_vector (struct fixture *f, gconstpointer data)
{
    virtio_driver_use_msix (&f->d, VIRTIO_VSOCK_N_QUEUES);
    start (f);
    for (unsigned i = 0; i < FAKE_VHOST_RINGS; i++) {
        unsigned before = f->m->n_msis;

        virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SELECT, i, 2);
        virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_VECTOR, 1 + i, 2);
        g_assert_cmpint (eventfd_write (f->vhost->rings[i].call_fd, 1), ==, 0);
        test_machine_settle (f->m);
        g_assert_cmpuint (f->m->n_msis, ==, before + 1);
        g_assert_cmpuint (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA + 1 + i);
    }
}

static void
test_event_buffers_wait (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer buffer = { virtio_driver_alloc (&f->d, 4, 4), 4, true };
    uint32_t id, len;

    start (f);
    virtio_driver_send (&f->d, VIRTIO_VSOCK_EVENT, &buffer, 1);
    test_machine_settle (f->m);
    g_assert_false (virtio_driver_take (&f->d, VIRTIO_VSOCK_EVENT, &id, &len));
    exchange (f, "as ever");
}

/* --- when it serves -------------------------------------------------------------------------- */

static void
test_paused_nothing_moves_and_nothing_is_lost (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer out = { virtio_driver_alloc (&f->d, 64, 1), 64, false };
    uint16_t head;

    start (f);
    exchange (f, "before");
    f->device->ops->set_running (f->device, false);
    g_assert_false (f->vhost->is_running);
    head = virtio_driver_send (&f->d, VIRTIO_VSOCK_TX, &out, 1);
    test_machine_settle (f->m);
    g_assert_false (f->vhost->is_running);
    f->device->ops->set_running (f->device, true);
    test_machine_settle (f->m);
    g_assert_true (f->vhost->is_running);
    g_assert_cmpuint (f->vhost->rings[VIRTIO_VSOCK_TX].next_avail, ==, 1);
    g_assert_true (fake_vhost_was_kicked (f->vhost, VIRTIO_VSOCK_TX));
    fake_vhost_echo (f->vhost, VIRTIO_VSOCK_TX, -1);
    virtio_driver_wait (&f->d, VIRTIO_VSOCK_TX, head);
    exchange (f, "after");
}

static void
test_without_the_bus_it_stops (struct fixture *f, gconstpointer data)
{
    start (f);
    exchange (f, "before");
    pci_config_write (f->m->env.pci, f->d.devfn, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    g_assert_false (f->vhost->is_running);
    virtio_driver_kick (&f->d, VIRTIO_VSOCK_TX);
    test_machine_settle (f->m);
    g_assert_false (f->vhost->is_running);
    pci_config_write (f->m->env.pci, f->d.devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    test_machine_settle (f->m);
    exchange (f, "after");
}

static void
test_resets_stop_it_and_begin_anew (struct fixture *f, gconstpointer data)
{
    start (f);
    exchange (f, "first");
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_false (f->vhost->is_running); /* at once: the driver takes its memory back */
    start (f);
    g_assert_cmpuint (f->vhost->rings[VIRTIO_VSOCK_TX].next_avail, ==, 0);
    exchange (f, "second");
    device_reset (f->device);
    g_assert_false (f->vhost->is_running);
    test_machine_settle (f->m);
    virtio_driver_probe (&f->d, f->m, SLOT);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
    start (f);
    exchange (f, "third");
}

static void
test_half_of_its_rings_are_not_served (struct fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, QUEUE_SIZE);
    virtio_driver_kick (&f->d, VIRTIO_VSOCK_RX);
    virtio_driver_kick (&f->d, VIRTIO_VSOCK_TX);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->vhost->n_starts, ==, 0);
    start (f);
    exchange (f, "all");
}

/* --- what must not reach the kernel ---------------------------------------------------------- */

static void
test_rings_outside_ram_never_reach_it (struct fixture *f, gconstpointer data)
{
    static const uint64_t nowhere[] = { TEST_MACHINE_RAM_BYTES, TEST_MACHINE_RAM_BYTES - 16,
                                        0xfee00000, UINT64_MAX - 15 };

    for (unsigned i = 0; i < ARRAY_SIZE (nowhere); i++)
        for (unsigned reg = VIRTIO_COMMON_QUEUE_DESC; reg <= VIRTIO_COMMON_QUEUE_USED; reg += 8) {
            virtio_driver_reset (&f->d);
            g_assert_true (virtio_driver_negotiate (&f->d, BIT_ULL (32)));
            g_assert_true (virtio_driver_make_queue (&f->d, VIRTIO_VSOCK_RX, QUEUE_SIZE));
            virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SELECT, VIRTIO_VSOCK_TX, 2);
            virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SIZE, QUEUE_SIZE, 2);
            virtio_driver_write (&f->d, reg, (uint32_t) nowhere[i], 4);
            virtio_driver_write (&f->d, reg + 4, (uint32_t) (nowhere[i] >> 32), 4);
            virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_ENABLE, 1, 2);
            virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0xf, 1);
            test_machine_settle (f->m);
            g_assert_cmpstr (f->m->broken_reason, ==, "queue is not in RAM");
        }
    g_assert_cmpuint (f->m->n_broken, ==, 3 * ARRAY_SIZE (nowhere));
    g_assert_cmpuint (f->vhost->n_starts, ==, 0);
    start (f);
    exchange (f, "good ones");
}

static void
test_a_ring_it_cannot_follow_breaks_the_device (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer wild = { TEST_MACHINE_RAM_BYTES, 64, false };

    start (f);
    exchange (f, "before");
    virtio_driver_send (&f->d, VIRTIO_VSOCK_TX, &wild, 1);
    g_assert_cmpuint (fake_vhost_echo (f->vhost, VIRTIO_VSOCK_TX, -1), ==, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "the host's kernel cannot follow its rings");
    g_assert_false (f->vhost->is_running);
    g_assert_cmphex (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    virtio_driver_kick (&f->d, VIRTIO_VSOCK_TX);
    test_machine_settle (f->m);
    g_assert_false (f->vhost->is_running);
    start (f);
    exchange (f, "after");
}

static void
test_the_table_follows_the_memory_map (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer out = { MORE_GPA, 64, false };
    uint16_t head;

    start (f);
    g_assert_cmpuint (f->vhost->n_regions, ==, 1);
    g_assert_cmpint (memory_map (f->m->env.memory, &f->more_block, MORE_GPA), ==, 0);
    g_assert_cmpuint (f->vhost->n_regions, ==, 2);
    head = virtio_driver_send (&f->d, VIRTIO_VSOCK_TX, &out, 1);
    g_assert_cmpuint (fake_vhost_echo (f->vhost, VIRTIO_VSOCK_TX, -1), ==, 1);
    virtio_driver_wait (&f->d, VIRTIO_VSOCK_TX, head);
    memory_unmap (f->m->env.memory, &f->more_block);
    g_assert_cmpuint (f->vhost->n_regions, ==, 1);
    virtio_driver_send (&f->d, VIRTIO_VSOCK_TX, &out, 1);
    g_assert_cmpuint (fake_vhost_echo (f->vhost, VIRTIO_VSOCK_TX, -1), ==, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
}

static void
test_a_map_it_does_not_take_breaks_the_device (struct fixture *f, gconstpointer data)
{
    start (f);
    f->vhost->failing = VHOST_SET_MEM_TABLE;
    g_assert_cmpint (memory_map (f->m->env.memory, &f->more_block, MORE_GPA), ==, 0);
    g_assert_cmpstr (f->m->broken_reason, ==, "the host's kernel does not take the memory's map");
    g_assert_false (f->vhost->is_running);
    f->vhost->failing = 0;
    start (f);
    g_assert_cmpuint (f->vhost->n_regions, ==, 2);
    exchange (f, "after");
}

/* --- errors ---------------------------------------------------------------------------------- */

static void
test_what_it_refuses_at_the_start_breaks_the_device (struct fixture *f, gconstpointer data)
{
    static const unsigned long requests[] = {
        VHOST_SET_FEATURES,   VHOST_SET_MEM_TABLE,  VHOST_SET_VRING_NUM,
        VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR, VHOST_SET_VRING_CALL,
        VHOST_SET_VRING_ERR,  VHOST_SET_VRING_KICK, VHOST_VSOCK_SET_RUNNING,
    };

    for (unsigned i = 0; i < ARRAY_SIZE (requests); i++) {
        f->vhost->failing = requests[i];
        start (f);
        g_assert_cmpuint (f->m->n_broken, ==, i + 1);
        g_assert_cmpstr (f->m->broken_reason, ==, "the host's kernel does not take its rings");
        g_assert_false (f->vhost->is_running);
    }
    f->vhost->failing = 0;
    start (f);
    exchange (f, "after");
}

/* Made anew with what the kernel has; whoever's descriptor it was still has it when that fails. */
static void
test_what_the_kernel_lacks (struct fixture *f, gconstpointer data)
{
    static const unsigned long requests[] = { VHOST_SET_OWNER, VHOST_GET_FEATURES };
    int fd;

    device_destroy (f->device);
    f->device = NULL;
    for (unsigned i = 0; i < ARRAY_SIZE (requests) + 1; i++) {
        f->vhost = fake_vhost_reset ();
        fd = fake_vhost_open (f->vhost);
        f->vhost->failing = i < ARRAY_SIZE (requests) ? requests[i] : 0;
        f->vhost->has_features &= ~BIT_ULL (32);
        g_assert_cmpint (create (f), ==, f->vhost->failing ? -ENOMEM : -ENOTSUP);
        g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0);
        close (fd);
    }
    f->vhost = fake_vhost_reset ();
    g_assert_cmpint (create (f), ==, -ENODEV);
    fake_vhost_open (f->vhost);
    f->vhost->has_features = BIT_ULL (32) | BIT_ULL (28);
    g_assert_cmpint (create (f), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, SLOT);
    g_assert_cmphex (virtio_driver_offered (&f->d), ==, BIT_ULL (32) | BIT_ULL (28));
}

static void
test_a_taken_slot_leaves_nothing_behind (struct fixture *f, gconstpointer data)
{
    struct fake_vhost first = *f->vhost;
    struct device *device = f->device;
    int fd;

    f->vhost = fake_vhost_reset ();
    fd = fake_vhost_open (f->vhost);
    g_assert_cmpint (create (f), ==, -EEXIST);
    g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0);
    close (fd);
    *f->vhost = first;
    f->device = device;
    start (f);
    exchange (f, "the first");
}

static void
test_options (void)
{
    static const char *const refused[] = { "0", "1", "2", "4294967295", "", "-3", "3x" };
    struct virtio_vsock_config config;
    const struct device_class *class = &virtio_vsock_class;

    device_options_init (class, &config);
    for (unsigned i = 0; i < ARRAY_SIZE (refused); i++)
        g_assert_cmpint (device_option_set (class, &config, "guest-cid", refused[i]), ==, -EINVAL);
    g_assert_cmpint (device_option_set (class, &config, "guest-cid", "4294967294"), ==, 0);
    g_assert_cmpuint (config.guest_cid, ==, VIRTIO_VSOCK_MAX_CID);
}

/* --- doorbells ------------------------------------------------------------------------------- */

struct ringer {
    struct {
        uint64_t address;
        int fd;
    } armed[8];
    unsigned n;
};

static int
ring (void *opaque, uint64_t address, int fd, bool on)
{
    struct ringer *r = opaque;

    if (on) {
        g_assert_cmpuint (r->n, <, G_N_ELEMENTS (r->armed));
        r->armed[r->n].address = address;
        r->armed[r->n++].fd = fd;
        return 0;
    }
    for (unsigned i = 0; i < r->n; i++)
        if (r->armed[i].address == address && r->armed[i].fd == fd) {
            r->armed[i] = r->armed[--r->n];
            return 0;
        }
    g_assert_not_reached ();
}

static void
test_doorbells_ring_while_it_serves (struct fixture *f, gconstpointer data)
{
    static const struct bus_doorbell_ops ops = { .ring = ring };
    struct ringer ringer = { 0 };

    bus_set_ringer (f->m->env.mmio, &ops, &ringer);
    start (f);
    g_assert_cmpuint (ringer.n, ==, FAKE_VHOST_RINGS);
    for (unsigned i = 0; i < FAKE_VHOST_RINGS; i++) {
        g_assert_cmphex (ringer.armed[i].address, ==, f->d.notify + i * f->d.multiplier);
        g_assert_cmpint (ringer.armed[i].fd, ==, f->vhost->rings[i].kick_fd);
    }
    test_pci_place_bar (f->m, f->d.devfn, VIRTIO_PCI_BAR, VIRTIO_DRIVER_BAR + GIB (1));
    g_assert_cmpuint (ringer.n, ==, FAKE_VHOST_RINGS);
    g_assert_cmphex (MIN_OF (ringer.armed[0].address, ringer.armed[1].address), ==,
                     VIRTIO_DRIVER_BAR + GIB (1) + VIRTIO_PCI_NOTIFY);
    pci_config_write (f->m->env.pci, f->d.devfn, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    g_assert_cmpuint (ringer.n, ==, 0); /* nowhere */
    pci_config_write (f->m->env.pci, f->d.devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    g_assert_cmpuint (ringer.n, ==, FAKE_VHOST_RINGS);
    f->device->ops->set_running (f->device, false);
    g_assert_cmpuint (ringer.n, ==, 0);
    f->device->ops->set_running (f->device, true);
    test_machine_settle (f->m);
    g_assert_cmpuint (ringer.n, ==, FAKE_VHOST_RINGS);
    device_reset (f->device);
    g_assert_cmpuint (ringer.n, ==, 0);
}

/* --- a driver gone mad ----------------------------------------------------------------------- */

static void
poke (struct fixture *f, GRand *rand)
{
    static const unsigned sizes[] = { 1, 2, 4, 8 };
    uint64_t at = f->d.common + (uint64_t) g_rand_int_range (rand, 0, 4) * VIRTIO_PCI_BLOCK_BYTES;
    uint64_t value = g_rand_int (rand);

    at += (uint64_t) g_rand_int_range (rand, 0, 0x48);
    if (g_rand_boolean (rand))
        value &= 0x1f;
    test_mmio_write (f->m, at, value, sizes[g_rand_int_range (rand, 0, 4)]);
    test_mmio_read (f->m, at, 4);
}

static void
test_random_pokes (struct fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);

    for (unsigned i = 0; i < 50000; i++) {
        switch (g_rand_int_range (rand, 0, 200)) {
        case 0:
            f->d.next_free = 0x10000;
            start (f);
            break;
        case 1:
            f->device->ops->set_running (f->device, g_rand_boolean (rand));
            break;
        case 2:
            pci_config_write (f->m->env.pci, f->d.devfn, PCI_COMMAND,
                              PCI_COMMAND_MEMORY | (g_rand_boolean (rand) ? PCI_COMMAND_MASTER : 0),
                              2);
            break;
        case 3:
            f->vhost->failing = g_rand_boolean (rand) ? VHOST_SET_VRING_ADDR : 0;
            break;
        case 4:
            f->m->ram[g_rand_int_range (rand, 0x10000, 0x12000)] = (uint8_t) g_rand_int (rand);
            break;
        case 5:
            fake_vhost_echo (f->vhost, VIRTIO_VSOCK_TX, VIRTIO_VSOCK_RX);
            test_machine_settle (f->m);
            break;
        default:
            poke (f, rand);
        }
    }
    f->vhost->failing = 0;
    device_reset (f->device);
    f->device->ops->set_running (f->device, true);
    virtio_driver_probe (&f->d, f->m, SLOT);
    start (f);
    exchange (f, "still there");
}

static void
add (const char *path, void (*test) (struct fixture *, gconstpointer))
{
    g_test_add (path, struct fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/virtio-vsock/identity", test_identity);
    add ("/virtio-vsock/what-goes-out-and-comes-back-is-the-kernels",
         test_what_goes_out_and_comes_back_is_the_kernels);
    add ("/virtio-vsock/each-ring-has-its-vector", test_each_ring_has_its_vector);
    add ("/virtio-vsock/event-buffers-wait", test_event_buffers_wait);
    add ("/virtio-vsock/paused-nothing-moves-and-nothing-is-lost",
         test_paused_nothing_moves_and_nothing_is_lost);
    add ("/virtio-vsock/without-the-bus-it-stops", test_without_the_bus_it_stops);
    add ("/virtio-vsock/resets-stop-it-and-begin-anew", test_resets_stop_it_and_begin_anew);
    add ("/virtio-vsock/half-of-its-rings-are-not-served", test_half_of_its_rings_are_not_served);
    add ("/virtio-vsock/rings-outside-ram-never-reach-it", test_rings_outside_ram_never_reach_it);
    add ("/virtio-vsock/a-ring-it-cannot-follow-breaks-the-device",
         test_a_ring_it_cannot_follow_breaks_the_device);
    add ("/virtio-vsock/the-table-follows-the-memory-map", test_the_table_follows_the_memory_map);
    add ("/virtio-vsock/a-map-it-does-not-take-breaks-the-device",
         test_a_map_it_does_not_take_breaks_the_device);
    add ("/virtio-vsock/what-it-refuses-at-the-start-breaks-the-device",
         test_what_it_refuses_at_the_start_breaks_the_device);
    add ("/virtio-vsock/what-the-kernel-lacks", test_what_the_kernel_lacks);
    add ("/virtio-vsock/a-taken-slot-leaves-nothing-behind",
         test_a_taken_slot_leaves_nothing_behind);
    g_test_add_func ("/virtio-vsock/options", test_options);
    add ("/virtio-vsock/doorbells-ring-while-it-serves", test_doorbells_ring_while_it_serves);
    add ("/virtio-vsock/random-pokes", test_random_pokes);
    return g_test_run ();
}
