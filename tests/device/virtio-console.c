/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-console.c - tests: several ports, each with its bytes, its name and its own back-pressure. */
#include "console.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "chardev.h"
#include "virtio-driver.h"

#define SLOT      5
#define N_QUEUES  (2 * (VIRTIO_SERIAL_MAX_PORTS + 1))
#define MULTIPORT BIT_ULL (VIRTIO_CONSOLE_F_MULTIPORT)
#define AGENT     "org.qemu.guest_agent.0"

enum { CONSOLE, CHANNEL, QUIET, N_PORTS }; /* port numbers; QUIET's other end is not there */

struct fixture {
    struct test_machine *m;
    struct device *controller;
    struct device *ports[N_PORTS];
    int ends[N_PORTS]; /* the host's */
    struct virtio_driver d;
};

static struct device *
make_port (struct fixture *f, const struct device_class *class, const char *name,
           const char *connected, int *end)
{
    struct device_args args = test_device_args (f->m, class, name);
    struct device *port;
    int fds[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
    *end = fds[0];
    args.chardev = chardev_open (f->m->env.loop, fds[1]);
    g_assert_cmpint (device_option_set (class, (void *) args.config, "name", name), ==, 0);
    g_assert_cmpint (device_option_set (class, (void *) args.config, "connected", connected), ==,
                     0);
    g_assert_cmpint (class->create (&args, &port), ==, 0);
    return port;
}

static void
setup (struct fixture *f, gconstpointer data)
{
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, &virtio_serial_class, "virtio-serial0");
    args.slot = SLOT;
    g_assert_cmpint (virtio_serial_class.create (&args, &f->controller), ==, 0);
    f->ports[CONSOLE] = make_port (f, &virtconsole_class, "", "on", &f->ends[CONSOLE]);
    f->ports[CHANNEL] = make_port (f, &virtserialport_class, AGENT, "on", &f->ends[CHANNEL]);
    f->ports[QUIET] = make_port (f, &virtserialport_class, "quiet.0", "off", &f->ends[QUIET]);
    for (unsigned i = 0; i < N_PORTS; i++)
        g_assert_cmpint (virtio_serial_attach (f->controller, i, f->ports[i]), ==, 0);
    device_reset (f->controller);
    for (unsigned i = 0; i < N_PORTS; i++)
        device_reset (f->ports[i]);
    virtio_driver_probe (&f->d, f->m, SLOT);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < N_PORTS; i++) {
        device_destroy (f->ports[i]);
        close (f->ends[i]);
    }
    device_destroy (f->controller);
    test_machine_free (f->m);
}

static unsigned
rx (unsigned port)
{
    return port == 0 ? 0 : 2 * (port + 1);
}

/* --- control --------------------------------------------------------------------------------- */

struct message {
    uint32_t port;
    uint16_t event, value;
    char name[VIRTIO_SERIAL_NAME_BYTES + 1];
};

static void
say (struct fixture *f, uint32_t port, uint16_t event, uint16_t value)
{
    struct virtio_buffer buffer = { .len = VIRTIO_CONSOLE_MESSAGE_BYTES };
    uint8_t *at;

    buffer.gpa = virtio_driver_alloc (&f->d, buffer.len, 8);
    at = virtio_driver_at (&f->d, buffer.gpa);
    store_le32 (at, port);
    store_le16 (at + 4, event);
    store_le16 (at + 6, value);
    virtio_driver_wait (&f->d, VIRTIO_CONSOLE_CONTROL_TX,
                        virtio_driver_send (&f->d, VIRTIO_CONSOLE_CONTROL_TX, &buffer, 1));
}

/* Gives one buffer and returns false when nothing came into it. */
static bool
hear (struct fixture *f, struct message *message)
{
    struct virtio_buffer buffer = { .len = 128, .device_writes = true };
    uint32_t id, len;
    uint8_t *at;

    buffer.gpa = virtio_driver_alloc (&f->d, buffer.len, 8);
    virtio_driver_send (&f->d, VIRTIO_CONSOLE_CONTROL_RX, &buffer, 1);
    test_machine_settle (f->m);
    if (!virtio_driver_take (&f->d, VIRTIO_CONSOLE_CONTROL_RX, &id, &len))
        return false;
    g_assert_cmpuint (len, >=, VIRTIO_CONSOLE_MESSAGE_BYTES);
    at = virtio_driver_at (&f->d, buffer.gpa);
    memset (message, 0, sizeof *message);
    message->port = load_le32 (at);
    message->event = load_le16 (at + 4);
    message->value = load_le16 (at + 6);
    memcpy (message->name, at + VIRTIO_CONSOLE_MESSAGE_BYTES, len - VIRTIO_CONSOLE_MESSAGE_BYTES);
    return true;
}

static void
expect (struct fixture *f, uint32_t port, uint16_t event, uint16_t value, const char *name)
{
    struct message message;

    g_assert_true (hear (f, &message));
    g_assert_cmpuint (message.port, ==, port);
    g_assert_cmpuint (message.event, ==, event);
    g_assert_cmpuint (message.value, ==, value);
    g_assert_cmpstr (message.name, ==, name);
}

/* A driver that is up, to whom nothing is left to be said. */
static void
start (struct fixture *f)
{
    virtio_driver_start (&f->d, MULTIPORT, N_QUEUES, 16);
    say (f, UINT32_MAX, VIRTIO_CONSOLE_DEVICE_READY, 1);
    for (unsigned i = 0; i < N_PORTS; i++)
        expect (f, i, VIRTIO_CONSOLE_PORT_ADD, 1, "");
    say (f, CONSOLE, VIRTIO_CONSOLE_PORT_READY, 1);
    expect (f, CONSOLE, VIRTIO_CONSOLE_CONSOLE_PORT, 1, "");
    expect (f, CONSOLE, VIRTIO_CONSOLE_PORT_OPEN, 1, "");
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_READY, 1);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_NAME, 1, AGENT);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1, "");
    say (f, QUIET, VIRTIO_CONSOLE_PORT_READY, 1);
    expect (f, QUIET, VIRTIO_CONSOLE_PORT_NAME, 1, "quiet.0");
}

/* --- data ------------------------------------------------------------------------------------ */

/* Offers LEN bytes of TEXT (repeated) for output; returns the chain's head. */
static uint16_t
print (struct fixture *f, unsigned port, const char *text, uint32_t len)
{
    struct virtio_buffer buffer = { .len = len };
    uint16_t head;

    buffer.gpa = virtio_driver_alloc (&f->d, len, 1);
    for (uint32_t i = 0; i < len; i++)
        virtio_driver_at (&f->d, buffer.gpa)[i] = (uint8_t) text[i % strlen (text)];
    head = virtio_driver_send (&f->d, rx (port) + 1, &buffer, 1);
    test_machine_settle (f->m);
    return head;
}

static void
assert_printed (struct fixture *f, unsigned port, const char *text)
{
    char got[256] = "";
    ssize_t n = read (f->ends[port], got, sizeof got - 1);

    g_assert_cmpint (n, ==, (ssize_t) strlen (text));
    g_assert_cmpstr (got, ==, text);
}

static gpa_t
give_buffer (struct fixture *f, unsigned port, uint32_t len)
{
    struct virtio_buffer buffer = { .len = len, .device_writes = true };

    buffer.gpa = virtio_driver_alloc (&f->d, len, 1);
    virtio_driver_send (&f->d, rx (port), &buffer, 1);
    return buffer.gpa;
}

static void
type (struct fixture *f, unsigned port, const char *text)
{
    g_assert_cmpint (write (f->ends[port], text, strlen (text)), ==, (ssize_t) strlen (text));
    test_machine_settle (f->m);
}

static void
assert_typed (struct fixture *f, unsigned port, gpa_t gpa, const char *text)
{
    uint32_t id, len;

    test_machine_settle (f->m);
    g_assert_true (virtio_driver_take (&f->d, rx (port), &id, &len));
    g_assert_cmpmem (virtio_driver_at (&f->d, gpa), len, text, strlen (text));
}

static void
assert_nothing_typed (struct fixture *f, unsigned port)
{
    uint32_t id, len;

    test_machine_settle (f->m);
    g_assert_false (virtio_driver_take (&f->d, rx (port), &id, &len));
}

/* --- tests ----------------------------------------------------------------------------------- */

static void
test_identity (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10431af4);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_N_QUEUES, 2), ==, N_QUEUES);
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config + VIRTIO_CONSOLE_CONFIG_MAX_PORTS, 4), ==,
                      VIRTIO_SERIAL_MAX_PORTS);
    g_assert_true (virtio_driver_offered (&f->d) & MULTIPORT);
}

static void
test_ports_are_told (struct fixture *f, gconstpointer data)
{
    struct message message;

    start (f);
    g_assert_false (hear (f, &message));
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_each_port_has_its_bytes (struct fixture *f, gconstpointer data)
{
    gpa_t console, channel;

    start (f);
    say (f, CONSOLE, VIRTIO_CONSOLE_PORT_OPEN, 1);
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1);
    virtio_driver_wait (&f->d, rx (CONSOLE) + 1, print (f, CONSOLE, "login: ", 7));
    virtio_driver_wait (&f->d, rx (CHANNEL) + 1, print (f, CHANNEL, "{}\n", 3));
    assert_printed (f, CONSOLE, "login: ");
    assert_printed (f, CHANNEL, "{}\n");
    console = give_buffer (f, CONSOLE, 64);
    channel = give_buffer (f, CHANNEL, 64);
    type (f, CHANNEL, "ping");
    assert_typed (f, CHANNEL, channel, "ping");
    assert_nothing_typed (f, CONSOLE);
    type (f, CONSOLE, "root\n");
    assert_typed (f, CONSOLE, console, "root\n");
}

static void
test_input_waits_until_opened (struct fixture *f, gconstpointer data)
{
    gpa_t gpa;

    start (f);
    gpa = give_buffer (f, CHANNEL, 64);
    type (f, CHANNEL, "early");
    assert_nothing_typed (f, CHANNEL);
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1);
    assert_typed (f, CHANNEL, gpa, "early");
    /* What no one read before it was closed is not for who opens it next. */
    type (f, CHANNEL, "abandoned");
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 0);
    gpa = give_buffer (f, CHANNEL, 64);
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1);
    assert_nothing_typed (f, CHANNEL);
    type (f, CHANNEL, "fresh");
    assert_typed (f, CHANNEL, gpa, "fresh");
}

static void
test_input_is_cut_to_the_buffers (struct fixture *f, gconstpointer data)
{
    gpa_t a, b;

    start (f);
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1);
    type (f, CHANNEL, "abcdefgh");
    a = give_buffer (f, CHANNEL, 3);
    assert_typed (f, CHANNEL, a, "abc");
    b = give_buffer (f, CHANNEL, 64);
    assert_typed (f, CHANNEL, b, "defgh");
}

/* 1 MiB against a host that does not read: the driver is held up, and not a byte is lost. */
static void
test_slow_host_holds_the_guest_up (struct fixture *f, gconstpointer data)
{
    const uint32_t total = 1 << 20;
    uint32_t got = 0, id, len;
    uint16_t head;

    start (f);
    head = print (f, CHANNEL, "0123456789", total);
    g_assert_false (virtio_driver_take (&f->d, rx (CHANNEL) + 1, &id, &len));
    while (got < total) {
        char bytes[4096];
        ssize_t n = read (f->ends[CHANNEL], bytes, sizeof bytes);

        for (ssize_t i = 0; i < n; i++, got++)
            g_assert_cmpint (bytes[i], ==, '0' + (int) (got % 10));
        loop_iterate (f->m->env.loop, 0);
    }
    virtio_driver_wait (&f->d, rx (CHANNEL) + 1, head);
    /* And it goes on. */
    virtio_driver_wait (&f->d, rx (CHANNEL) + 1, print (f, CHANNEL, "more", 4));
    assert_printed (f, CHANNEL, "more");
}

/* A driver that resets while its output is held up does not wait for the host. */
static void
test_reset_does_not_wait_for_a_slow_host (struct fixture *f, gconstpointer data)
{
    start (f);
    print (f, CHANNEL, "x", 1 << 20);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
    start (f);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    print (f, CHANNEL, "x", 1 << 20);
    device_reset (f->controller); /* the machine's */
    virtio_driver_probe (&f->d, f->m, SLOT);
    f->d.next_free = 0;
}

static bool
is_taken (struct fixture *f, unsigned port, uint16_t head)
{
    uint32_t id, len;

    test_machine_settle (f->m);
    return virtio_driver_take (&f->d, rx (port) + 1, &id, &len) && id == head && len == 0;
}

/* A driver that has not heard yet that the port went gets back what was held up, and what it writes now. */
static void
test_port_that_goes_keeps_nothing (struct fixture *f, gconstpointer data)
{
    uint16_t held, behind, late;

    start (f);
    held = print (f, CHANNEL, "x", 1 << 20);
    behind = print (f, CHANNEL, "y", 16);
    device_destroy (f->ports[CHANNEL]);
    close (f->ends[CHANNEL]);
    g_assert_true (is_taken (f, CHANNEL, held));
    g_assert_true (is_taken (f, CHANNEL, behind));
    late = print (f, CHANNEL, "z", 16);
    g_assert_true (is_taken (f, CHANNEL, late));
    give_buffer (f, CHANNEL, 16); /* for input that will not come */
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_REMOVE, 1, "");
    g_assert_cmpuint (f->m->n_broken, ==, 0);

    /* Another one in its place is a new one. */
    f->ports[CHANNEL] =
        make_port (f, &virtserialport_class, "org.example.new", "on", &f->ends[CHANNEL]);
    g_assert_cmpint (virtio_serial_attach (f->controller, CHANNEL, f->ports[CHANNEL]), ==, 0);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_ADD, 1, "");
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_READY, 1);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_NAME, 1, "org.example.new");
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1, "");
    virtio_driver_wait (&f->d, rx (CHANNEL) + 1, print (f, CHANNEL, "more", 4));
    assert_printed (f, CHANNEL, "more");
}

static void
test_host_comes_and_goes (struct fixture *f, gconstpointer data)
{
    struct device *quiet = f->ports[QUIET];
    struct message message;

    start (f);
    say (f, QUIET, VIRTIO_CONSOLE_PORT_OPEN, 1);
    virtio_driver_wait (&f->d, rx (QUIET) + 1, print (f, QUIET, "unheard", 7)); /* swallowed */
    quiet->ops->set_connected (quiet, true);
    expect (f, QUIET, VIRTIO_CONSOLE_PORT_OPEN, 1, "");
    virtio_driver_wait (&f->d, rx (QUIET) + 1, print (f, QUIET, "heard", 5));
    assert_printed (f, QUIET, "heard");
    quiet->ops->set_connected (quiet, true); /* nothing new */
    g_assert_false (hear (f, &message));
    quiet->ops->set_connected (quiet, false);
    quiet->ops->set_connected (quiet, true); /* another one, and the guest must know */
    test_machine_settle (f->m);
}

static void
test_leaving_and_coming_are_both_told (struct fixture *f, gconstpointer data)
{
    struct device *channel = f->ports[CHANNEL];
    struct message message;

    start (f);
    channel->ops->set_connected (channel, false);
    channel->ops->set_connected (channel, true);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 0, "");
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1, "");
    channel->ops->set_connected (channel, false);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 0, "");
    g_assert_false (hear (f, &message));
}

static void
test_presence_before_the_driver_is_told_with_the_rest (struct fixture *f, gconstpointer data)
{
    f->ports[QUIET]->ops->set_connected (f->ports[QUIET], true);
    f->ports[QUIET]->ops->set_connected (f->ports[QUIET], false);
    start (f);
}

static void
test_port_leaves_and_another_comes (struct fixture *f, gconstpointer data)
{
    struct message message;

    start (f);
    print (f, CHANNEL, "x", 1 << 20); /* a chain is out */
    device_destroy (f->ports[CHANNEL]);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_REMOVE, 1, "");
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_OPEN, 1); /* nobody there */
    g_assert_false (hear (f, &message));
    close (f->ends[CHANNEL]);
    f->ports[CHANNEL] = make_port (f, &virtserialport_class, "next.0", "on", &f->ends[CHANNEL]);
    g_assert_cmpint (virtio_serial_attach (f->controller, CONSOLE, f->ports[CHANNEL]), ==, -EEXIST);
    g_assert_cmpint (
        virtio_serial_attach (f->controller, VIRTIO_SERIAL_MAX_PORTS, f->ports[CHANNEL]), ==,
        -EINVAL);
    g_assert_cmpint (virtio_serial_attach (f->controller, CHANNEL, f->ports[CHANNEL]), ==, 0);
    test_machine_settle (f->m);
    {
        uint32_t id, len;

        g_assert_true (virtio_driver_take (&f->d, VIRTIO_CONSOLE_CONTROL_RX, &id, &len));
    }
    say (f, CHANNEL, VIRTIO_CONSOLE_PORT_READY, 1);
    expect (f, CHANNEL, VIRTIO_CONSOLE_PORT_NAME, 1, "next.0");
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_old_driver_has_one_port (struct fixture *f, gconstpointer data)
{
    gpa_t gpa;

    virtio_driver_start (&f->d, 0, 2, 16);
    virtio_driver_wait (&f->d, 1, print (f, CONSOLE, "old", 3));
    assert_printed (f, CONSOLE, "old");
    gpa = give_buffer (f, CONSOLE, 16);
    type (f, CONSOLE, "hi");
    assert_typed (f, CONSOLE, gpa, "hi");
}

static void
test_last_words (struct fixture *f, gconstpointer data)
{
    test_mmio_write (f->m, f->d.config + VIRTIO_CONSOLE_CONFIG_EMERG, 'P', 4);
    test_mmio_write (f->m, f->d.config + VIRTIO_CONSOLE_CONFIG_EMERG, '!', 4);
    test_mmio_write (f->m, f->d.config, 'x', 4);
    test_machine_settle (f->m);
    assert_printed (f, CONSOLE, "P!");
}

static void
test_hung_up_host_swallows (struct fixture *f, gconstpointer data)
{
    start (f);
    print (f, CHANNEL, "x", 1 << 20);
    shutdown (f->ends[CHANNEL], SHUT_RDWR);
    virtio_driver_wait (&f->d, rx (CHANNEL) + 1, 0); /* the chain comes back */
}

static void
test_short_message_breaks_it (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer buffer = { .gpa = 0x1000, .len = VIRTIO_CONSOLE_MESSAGE_BYTES - 1 };

    start (f);
    virtio_driver_send (&f->d, VIRTIO_CONSOLE_CONTROL_TX, &buffer, 1);
    test_machine_settle (f->m);
    g_assert_cmpstr (f->m->broken_reason, ==, "short control message");
    start (f);
}

static void
test_small_control_buffer_breaks_it (struct fixture *f, gconstpointer data)
{
    struct virtio_buffer buffer = { .gpa = 0x1000, .len = 4, .device_writes = true };

    start (f);
    f->ports[CHANNEL]->ops->set_connected (f->ports[CHANNEL], false);
    virtio_driver_send (&f->d, VIRTIO_CONSOLE_CONTROL_RX, &buffer, 1);
    test_machine_settle (f->m);
    g_assert_cmpstr (f->m->broken_reason, ==, "buffer too small for a control message");
    f->ports[CHANNEL]->ops->set_connected (f->ports[CHANNEL], true);
    start (f);
}

/* Messages about what is not there, or that are not a driver's to send. */
static void
test_odd_messages_mean_nothing (struct fixture *f, gconstpointer data)
{
    struct message message;

    start (f);
    for (uint16_t event = 0; event < 12; event++) {
        if (event != VIRTIO_CONSOLE_DEVICE_READY)
            say (f, VIRTIO_SERIAL_MAX_PORTS, event, 1);
        say (f, N_PORTS, event, 0);
        say (f, UINT32_MAX, event, 0xffff);
    }
    say (f, CONSOLE, VIRTIO_CONSOLE_PORT_READY, 0);
    g_assert_false (hear (f, &message));
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_channel_needs_a_name (struct fixture *f, gconstpointer data)
{
    struct device_args args = test_device_args (f->m, &virtserialport_class, "channel9");
    struct device *port = NULL;

    g_assert_cmpint (virtserialport_class.create (&args, &port), ==, -EINVAL);
    g_assert_null (port);
}

/* Whatever is in the rings, the machine lives on and a new driver finds a device. */
static void
test_survives_random_chains (struct fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);

    for (unsigned round = 0; round < 200; round++) {
        f->d.next_free = 0;
        virtio_driver_start (&f->d, MULTIPORT, N_QUEUES, 16);
        for (unsigned i = 0; i < 16; i++) {
            struct virtio_buffer buffers[3];
            unsigned queue = (unsigned) g_rand_int_range (rand, 0, N_QUEUES);
            unsigned n = (unsigned) g_rand_int_range (rand, 1, 4);

            for (unsigned k = 0; k < n; k++) {
                buffers[k] = (struct virtio_buffer){
                    .gpa = (gpa_t) g_rand_int_range (rand, 0, TEST_MACHINE_RAM_BYTES - 64),
                    .len = (uint32_t) g_rand_int_range (rand, 0, 64),
                    .device_writes = k > 0 || queue % 2 == 0,
                };
            }
            buffers[0].gpa |= 0x800000; /* not over the rings */
            virtio_driver_send (&f->d, queue, buffers, n);
            if (i % 4 == 0)
                test_machine_settle (f->m);
        }
        f->ports[QUIET]->ops->set_connected (f->ports[QUIET], round % 2);
        test_machine_settle (f->m);
    }
}

#define ADD(name, func)                                                                            \
    g_test_add ("/virtio-console/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identity", test_identity);
    ADD ("ports-are-told", test_ports_are_told);
    ADD ("each-port-has-its-bytes", test_each_port_has_its_bytes);
    ADD ("input-waits-until-opened", test_input_waits_until_opened);
    ADD ("input-is-cut-to-the-buffers", test_input_is_cut_to_the_buffers);
    ADD ("slow-host-holds-the-guest-up", test_slow_host_holds_the_guest_up);
    ADD ("reset-does-not-wait-for-a-slow-host", test_reset_does_not_wait_for_a_slow_host);
    ADD ("host-comes-and-goes", test_host_comes_and_goes);
    ADD ("port-that-goes-keeps-nothing", test_port_that_goes_keeps_nothing);
    ADD ("leaving-and-coming-are-both-told", test_leaving_and_coming_are_both_told);
    ADD ("presence-before-the-driver-is-told-with-the-rest",
         test_presence_before_the_driver_is_told_with_the_rest);
    ADD ("port-leaves-and-another-comes", test_port_leaves_and_another_comes);
    ADD ("old-driver-has-one-port", test_old_driver_has_one_port);
    ADD ("last-words", test_last_words);
    ADD ("hung-up-host-swallows", test_hung_up_host_swallows);
    ADD ("short-message-breaks-it", test_short_message_breaks_it);
    ADD ("small-control-buffer-breaks-it", test_small_control_buffer_breaks_it);
    ADD ("odd-messages-mean-nothing", test_odd_messages_mean_nothing);
    ADD ("channel-needs-a-name", test_channel_needs_a_name);
    ADD ("survives-random-chains", test_survives_random_chains);
    return g_test_run ();
}
