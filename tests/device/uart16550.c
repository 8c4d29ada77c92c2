/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uart16550.c - what a serial driver may rely on. */
#include "uart16550.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chardev.h"
#include "random-pokes.h"
#include "test-machine.h"

#define COM1 0x3f8
#define DATA (COM1 + 0)
#define IER  (COM1 + 1)
#define IIR  (COM1 + 2)
#define FCR  (COM1 + 2)
#define LCR  (COM1 + 3)
#define MCR  (COM1 + 4)
#define LSR  (COM1 + 5)
#define MSR  (COM1 + 6)
#define SCR  (COM1 + 7)
#define IRQ  4

#define LSR_DR   0x01
#define LSR_OE   0x02
#define LSR_IDLE 0x60
#define OUT2     0x08
#define LOOP     0x10

#define STALL_US 1000000

struct fixture {
    struct test_machine *m;
    struct device *uart;
    int peer; /* the other end of the cable */
};

static struct device *
create_uart (struct test_machine *m, unsigned unit, struct chardev *chardev)
{
    struct device_args args = test_device_args (m, &uart16550_class, "serial0");
    struct device *uart = NULL;

    args.unit = unit;
    args.chardev = chardev;
    g_assert_cmpint (uart16550_class.create (&args, &uart), ==, 0);
    device_reset (uart);
    return uart;
}

static void
setup (struct fixture *f, gconstpointer data)
{
    struct chardev *chardev;
    int socks[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), ==, 0);
    f->m = test_machine_new ();
    chardev = chardev_open (f->m->env.loop, socks[0]);
    g_assert_nonnull (chardev);
    f->peer = socks[1];
    f->uart = create_uart (f->m, 0, chardev);
    test_machine_settle (f->m);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->uart);
    test_machine_free (f->m);
    if (f->peer >= 0)
        close (f->peer);
}

/* The peer types; the bytes have arrived when this returns. */
static void
peer_sends (struct fixture *f, const void *bytes, size_t len)
{
    g_assert_cmpint (send (f->peer, bytes, len, 0), ==, (gssize)len);
    test_machine_settle (f->m);
}

static void
peer_receives (struct fixture *f, const char *expected)
{
    char got[256] = "";
    gssize n;

    test_machine_settle (f->m);
    n = recv (f->peer, got, sizeof got - 1, MSG_DONTWAIT);
    g_assert_cmpint (MAX (n, 0), ==, (gssize)strlen (expected));
    g_assert_cmpstr (got, ==, expected);
}

static bool
line_is_up (void *opaque)
{
    struct fixture *f = opaque;

    return f->m->gsi[IRQ];
}

static bool
can_send (void *opaque)
{
    struct fixture *f = opaque;

    return test_in8 (f->m, LSR) & 0x20;
}

static void
test_refuses_a_fifth_port (void)
{
    struct test_machine *m = test_machine_new ();
    struct device_args args = test_device_args (m, &uart16550_class, "serial4");
    struct device *uart = NULL;

    args.unit = 4;
    g_assert_cmpint (uart16550_class.create (&args, &uart), ==, -EINVAL);
    g_assert_null (uart);
    test_machine_free (m);
}

static void
test_each_unit_has_its_ports_and_line (void)
{
    static const struct {
        uint16_t port;
        unsigned irq;
    } units[] = { { 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 4 }, { 0x2e8, 3 } };

    for (unsigned i = 0; i < G_N_ELEMENTS (units); i++) {
        struct test_machine *m = test_machine_new ();
        struct device *uart = create_uart (m, i, NULL);

        test_out8 (m, units[i].port + 7, 0x5a);
        g_assert_cmpuint (test_in8 (m, units[i].port + 7), ==, 0x5a);
        test_out8 (m, units[i].port + 4, OUT2);
        test_out8 (m, units[i].port + 1, 0x02);
        g_assert_cmpuint (m->gsi_rises[units[i].irq], ==, 1);
        device_destroy (uart);
        g_assert_false (m->gsi[units[i].irq]);
        g_assert_cmpuint (test_in8 (m, units[i].port + 7), ==, 0xff);
        test_machine_free (m);
    }
}

static void
check_reset_state (struct fixture *f)
{
    g_assert_cmpuint (test_in8 (f->m, IER), ==, 0);
    g_assert_cmpuint (test_in8 (f->m, IIR), ==, 0x01);
    g_assert_cmpuint (test_in8 (f->m, LCR), ==, 0);
    g_assert_cmpuint (test_in8 (f->m, MCR), ==, 0);
    g_assert_cmpuint (test_in8 (f->m, LSR), ==, LSR_IDLE);
    g_assert_cmpuint (test_in8 (f->m, MSR), ==, 0xb0);
    g_assert_false (f->m->gsi[IRQ]);
}

static void
test_reset_is_as_after_power_on (struct fixture *f, gconstpointer data)
{
    check_reset_state (f);
    test_out8 (f->m, FCR, 0xc1);
    test_out8 (f->m, LCR, 0x9b);
    test_out8 (f->m, IER, 0x0f);
    test_out8 (f->m, LCR, 0x1b);
    test_out8 (f->m, IER, 0x0f);
    test_out8 (f->m, MCR, 0x1f);
    test_out8 (f->m, DATA, 'x');
    device_reset (f->uart);
    check_reset_state (f);
}

static void
test_probes_find_a_16550a (struct fixture *f, gconstpointer data)
{
    struct test_machine *m = f->m;

    /* Firmware: the scratch register, and IER, of which four bits exist. */
    for (unsigned v = 0; v < 256; v++) {
        test_out8 (m, SCR, (uint8_t)v);
        g_assert_cmpuint (test_in8 (m, SCR), ==, v);
    }
    test_out8 (m, IER, 0xff);
    g_assert_cmpuint (test_in8 (m, IER), ==, 0x0f);
    test_out8 (m, IER, 0x00);
    g_assert_cmpuint (test_in8 (m, IER), ==, 0x00);

    /* Linux: FIFOs show in IIR; bit 5 (64 bytes) and bit 4 stay clear. */
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x01);
    test_out8 (m, FCR, 0x21);
    g_assert_cmphex (test_in8 (m, IIR), ==, 0xc1);
    test_out8 (m, FCR, 0x00);
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x01);

    /* And the loopback test: RTS and OUT2 come back as CTS and DCD. */
    test_out8 (m, MCR, LOOP | 0x0a);
    g_assert_cmphex (test_in8 (m, MSR) & 0xf0, ==, 0x90);
}

static void
test_divisor_is_behind_dlab (struct fixture *f, gconstpointer data)
{
    struct test_machine *m = f->m;

    test_out8 (m, IER, 0x05);
    test_out8 (m, LCR, 0x83);
    test_out8 (m, DATA, 0x34);
    test_out8 (m, IER, 0x12);
    g_assert_cmphex (test_in16 (m, DATA), ==, 0x1234);
    test_out8 (m, LCR, 0x03);
    g_assert_cmphex (test_in8 (m, IER), ==, 0x05);
    g_assert_cmphex (test_in8 (m, DATA), ==, 0);
    peer_receives (f, ""); /* no divisor went out as text */
}

static void
test_output_reaches_the_socket_in_order (struct fixture *f, gconstpointer data)
{
    for (const char *p = "Hello, serial world.\r\n"; *p; p++) {
        g_assert_cmphex (test_in8 (f->m, LSR) & LSR_IDLE, ==, LSR_IDLE);
        test_out8 (f->m, DATA, (uint8_t)*p);
    }
    peer_receives (f, "Hello, serial world.\r\n");
}

static void
test_input_raises_the_line_until_read (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, MCR, OUT2);
    test_out8 (f->m, IER, 0x01);
    peer_sends (f, "ab", 2);
    g_assert_true (f->m->gsi[IRQ]);
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0x04);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE | LSR_DR);
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'a');
    g_assert_true (f->m->gsi[IRQ]); /* without FIFO the next one follows at once */
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'b');
    g_assert_false (f->m->gsi[IRQ]);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE);
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0x01);
}

static void
test_trigger_level_holds_the_interrupt_back (struct fixture *f, gconstpointer data)
{
    static const unsigned levels[] = { 1, 4, 8, 14 };

    test_out8 (f->m, MCR, OUT2);
    for (unsigned i = 0; i < G_N_ELEMENTS (levels); i++) {
        test_out8 (f->m, FCR, (uint8_t)(0x03 | i << 6));
        test_out8 (f->m, IER, 0x01);
        for (unsigned n = 1; n < levels[i]; n++) {
            peer_sends (f, "x", 1);
            g_assert_cmphex (test_in8 (f->m, IIR) & 0x0f, !=, 0x04);
        }
        peer_sends (f, "x", 1);
        g_assert_cmphex (test_in8 (f->m, IIR), ==, 0xc4);
        test_in8 (f->m, DATA);
        g_assert_cmphex (test_in8 (f->m, IIR) & 0x0f, !=, 0x04);
        test_out8 (f->m, IER, 0x00);
    }
}

static void
test_bytes_below_the_trigger_time_out (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, MCR, OUT2);
    test_out8 (f->m, FCR, 0xc1);
    test_out8 (f->m, IER, 0x01);
    peer_sends (f, "abc", 3);
    test_machine_wait (f->m, line_is_up, f);
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0xcc);
    g_assert_true (f->m->gsi[IRQ]); /* IIR does not clear it, RBR does */
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'a');
    g_assert_false (f->m->gsi[IRQ]);
    test_machine_wait (f->m, line_is_up, f); /* the rest times out again */
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'b');
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'c');
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0xc1);
}

static void
test_thre_interrupt_when_enabled_while_empty (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, MCR, OUT2);
    test_out8 (f->m, IER, 0x02);
    g_assert_true (f->m->gsi[IRQ]);
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0x02);
    g_assert_false (f->m->gsi[IRQ]); /* telling is what clears it */
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0x01);

    test_out8 (f->m, IER, 0x02); /* on already: nothing new */
    g_assert_false (f->m->gsi[IRQ]);
    test_out8 (f->m, IER, 0x00);
    test_out8 (f->m, IER, 0x02);
    g_assert_true (f->m->gsi[IRQ]);
}

static void
test_each_byte_sent_makes_an_edge (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, MCR, OUT2);
    test_out8 (f->m, IER, 0x02);
    for (unsigned i = 0; i < 5; i++)
        test_out8 (f->m, DATA, (uint8_t)('0' + i)); /* a driver that never looks at IIR */
    g_assert_cmpuint (f->m->gsi_rises[IRQ], ==, 6);
    peer_receives (f, "01234");
}

static void
test_interrupts_are_told_in_order_of_priority (struct fixture *f, gconstpointer data)
{
    struct test_machine *m = f->m;

    /* In loopback: overrun, data, empty transmitter and changed modem lines, all at once. */
    test_out8 (m, MCR, LOOP);
    test_in8 (m, MSR);
    test_out8 (m, MCR, LOOP | 0x03);
    test_out8 (m, IER, 0x0f);
    test_out8 (m, DATA, 'a');
    test_out8 (m, DATA, 'b');
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x06);
    g_assert_cmphex (test_in8 (m, LSR), ==, LSR_IDLE | LSR_DR | LSR_OE);
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x04);
    test_in8 (m, DATA);
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x02);
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x00);
    g_assert_cmphex (test_in8 (m, MSR) & 0x0f, ==, 0x03);
    g_assert_cmphex (test_in8 (m, IIR), ==, 0x01);
}

static void
test_out2_gates_the_line (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, IER, 0x02);
    g_assert_false (f->m->gsi[IRQ]);
    test_out8 (f->m, MCR, OUT2);
    g_assert_true (f->m->gsi[IRQ]);
    test_out8 (f->m, MCR, OUT2 | LOOP); /* takes OUT2 off the pin */
    g_assert_false (f->m->gsi[IRQ]);
    test_out8 (f->m, MCR, 0);
    g_assert_false (f->m->gsi[IRQ]);
}

static void
test_loopback_keeps_bytes_inside (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, FCR, 0x01);
    test_out8 (f->m, MCR, LOOP);
    peer_sends (f, "out", 3);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE); /* the line is cut off */
    for (unsigned i = 0; i < 16; i++)
        test_out8 (f->m, DATA, (uint8_t)i);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE | LSR_DR);
    for (unsigned i = 0; i < 16; i++)
        g_assert_cmpuint (test_in8 (f->m, DATA), ==, i);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE);
    peer_receives (f, "");
    test_out8 (f->m, MCR, 0);
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'o'); /* and what waited outside comes in */
}

static void
test_overrun_is_told_once (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, MCR, LOOP);
    test_out8 (f->m, DATA, 'a');
    test_out8 (f->m, DATA, 'b');
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE | LSR_DR | LSR_OE);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE | LSR_DR);
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'b'); /* without FIFO the new one wins */

    test_out8 (f->m, FCR, 0x01);
    for (unsigned i = 0; i < 17; i++)
        test_out8 (f->m, DATA, (uint8_t)i);
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE | LSR_DR | LSR_OE);
    for (unsigned i = 0; i < 16; i++)
        g_assert_cmpuint (test_in8 (f->m, DATA), ==, i); /* with FIFO the old ones do */
    g_assert_cmphex (test_in8 (f->m, LSR), ==, LSR_IDLE);
}

static void
test_modem_lines_follow_the_cable (struct fixture *f, gconstpointer data)
{
    struct test_machine *bare = test_machine_new ();
    struct device *uart = create_uart (bare, 0, NULL);

    g_assert_cmphex (test_in8 (f->m, MSR), ==, 0xb0); /* DCD, DSR, CTS */
    g_assert_cmphex (test_in8 (bare, MSR), ==, 0x00);
    device_destroy (uart);
    test_machine_free (bare);
}

static void
test_modem_changes_are_told_once (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, MCR, LOOP); /* all four lines drop, three of which were up */
    g_assert_cmphex (test_in8 (f->m, MSR), ==, 0x0b);
    g_assert_cmphex (test_in8 (f->m, MSR), ==, 0x00);
    test_out8 (f->m, MCR, LOOP | 0x04);
    g_assert_cmphex (test_in8 (f->m, MSR), ==, 0x40); /* a ring's beginning is none */
    test_out8 (f->m, MCR, LOOP);
    g_assert_cmphex (test_in8 (f->m, MSR), ==, 0x04); /* its end is */
}

static void
test_fcr_empties_the_receiver (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, FCR, 0x01);
    peer_sends (f, "abc", 3);
    g_assert_true (test_in8 (f->m, LSR) & LSR_DR);
    test_out8 (f->m, FCR, 0x03);
    g_assert_false (test_in8 (f->m, LSR) & LSR_DR);
    peer_sends (f, "def", 3);
    test_out8 (f->m, FCR, 0x00); /* switching over empties, too */
    g_assert_false (test_in8 (f->m, LSR) & LSR_DR);
}

static void
test_slow_guest_loses_no_input (struct fixture *f, gconstpointer data)
{
    uint8_t bytes[10000];
    unsigned got = 0;

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    test_out8 (f->m, FCR, 0x81);
    peer_sends (f, bytes, sizeof bytes);
    while (test_in8 (f->m, LSR) & LSR_DR) {
        g_assert_false (test_in8 (f->m, LSR) & LSR_OE);
        g_assert_cmpuint (got, <, sizeof bytes);
        g_assert_cmphex (test_in8 (f->m, DATA), ==, bytes[got]);
        got++;
    }
    g_assert_cmpuint (got, ==, sizeof bytes);
}

static void
test_input_that_waited_survives_reset (struct fixture *f, gconstpointer data)
{
    peer_sends (f, "ab", 2); /* one byte in RBR, one in the socket */
    device_reset (f->uart);
    g_assert_true (test_in8 (f->m, LSR) & LSR_DR);
    g_assert_cmpuint (test_in8 (f->m, DATA), ==, 'b');
}

/* Sends as a driver does, looking at LSR, until the transmitter stays busy; returns how many. */
static unsigned
send_until_busy (struct fixture *f)
{
    unsigned sent = 0;

    for (;;) {
        test_machine_settle (f->m);
        if (!can_send (f))
            return sent;
        for (unsigned i = 0; i < 16; i++, sent++)
            test_out8 (f->m, DATA, (uint8_t)(sent % 251));
        g_assert_cmpuint (sent, <, 16u << 20);
    }
}

static void
test_busy_backend_is_waited_for_without_loss (struct fixture *f, gconstpointer data)
{
    unsigned sent = send_until_busy (f), got = 0;
    uint8_t buf[4096];
    gssize n;

    g_assert_cmpuint (sent, >, 65536);
    g_assert_cmphex (test_in8 (f->m, LSR) & LSR_IDLE, ==, 0);
    while ((n = recv (f->peer, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
        for (gssize i = 0; i < n; i++)
            g_assert_cmpuint (buf[i], ==, got++ % 251);
        test_machine_settle (f->m);
    }
    g_assert_cmpuint (got, ==, sent);
    g_assert_cmphex (test_in8 (f->m, LSR) & LSR_IDLE, ==, LSR_IDLE);
}

static void
test_room_raises_the_thre_interrupt (struct fixture *f, gconstpointer data)
{
    uint8_t buf[65536];

    test_out8 (f->m, MCR, OUT2);
    test_out8 (f->m, IER, 0x02);
    send_until_busy (f);
    g_assert_false (f->m->gsi[IRQ]);
    while (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT) > 0)
        test_machine_settle (f->m);
    test_machine_wait (f->m, line_is_up, f);
    g_assert_cmphex (test_in8 (f->m, IIR), ==, 0x02);
}

static void
test_dead_backend_is_given_up_after_a_second (struct fixture *f, gconstpointer data)
{
    gint64 start;
    uint8_t buf[65536];

    send_until_busy (f);
    start = g_get_monotonic_time ();
    test_machine_wait (f->m, can_send, f);
    g_assert_cmpint (g_get_monotonic_time () - start, >, STALL_US / 2);

    /* From now on nothing waits any more. */
    for (unsigned i = 0; i < 100000; i++) {
        g_assert_true (can_send (f));
        test_out8 (f->m, DATA, 'x');
    }

    /* Until somebody reads again: then all is as before. */
    while (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT) > 0)
        test_machine_settle (f->m);
    test_out8 (f->m, DATA, '!');
    peer_receives (f, "!");
    g_assert_cmpuint (send_until_busy (f), >, 65536);
}

static void
test_without_cable_output_is_swallowed (void)
{
    struct test_machine *m = test_machine_new ();
    struct device *uart = create_uart (m, 0, NULL);

    for (unsigned i = 0; i < 200000; i++) {
        test_out8 (m, DATA, 'x');
        g_assert_cmphex (test_in8 (m, LSR), ==, LSR_IDLE);
    }
    device_destroy (uart);
    test_machine_free (m);
}

static void
test_hung_up_peer_does_not_stop_the_guest (struct fixture *f, gconstpointer data)
{
    peer_sends (f, "last words", 10);
    close (f->peer);
    f->peer = -1;
    test_machine_settle (f->m);
    for (const char *p = "last words"; *p; p++)
        g_assert_cmpuint (test_in8 (f->m, DATA), ==, *p);
    for (unsigned i = 0; i < 200000; i++) {
        g_assert_true (can_send (f));
        test_out8 (f->m, DATA, 'x');
    }
    test_machine_settle (f->m);
}

/* Keeps both directions of the cable moving. */
static void
peer_babbles (void *opaque, uint32_t random)
{
    struct fixture *f = opaque;
    uint8_t buf[4096];

    if (random % 4 == 0)
        send (f->peer, &random, sizeof random, MSG_DONTWAIT);
    if (random % 64 == 0)
        while (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT) > 0)
            ;
}

static void
test_survives_random_accesses (struct fixture *f, gconstpointer data)
{
    random_pokes (f->m, COM1, 8, peer_babbles, f);
    device_reset (f->uart);
    check_reset_state (f);
}

#define ADD(name, func) g_test_add ("/uart16550/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/uart16550/refuses-a-fifth-port", test_refuses_a_fifth_port);
    g_test_add_func ("/uart16550/each-unit-has-its-ports-and-line",
                     test_each_unit_has_its_ports_and_line);
    ADD ("reset-is-as-after-power-on", test_reset_is_as_after_power_on);
    ADD ("probes-find-a-16550a", test_probes_find_a_16550a);
    ADD ("divisor-is-behind-dlab", test_divisor_is_behind_dlab);
    ADD ("output-reaches-the-socket-in-order", test_output_reaches_the_socket_in_order);
    ADD ("input-raises-the-line-until-read", test_input_raises_the_line_until_read);
    ADD ("trigger-level-holds-the-interrupt-back", test_trigger_level_holds_the_interrupt_back);
    ADD ("bytes-below-the-trigger-time-out", test_bytes_below_the_trigger_time_out);
    ADD ("thre-interrupt-when-enabled-while-empty", test_thre_interrupt_when_enabled_while_empty);
    ADD ("each-byte-sent-makes-an-edge", test_each_byte_sent_makes_an_edge);
    ADD ("interrupts-are-told-in-order-of-priority", test_interrupts_are_told_in_order_of_priority);
    ADD ("out2-gates-the-line", test_out2_gates_the_line);
    ADD ("loopback-keeps-bytes-inside", test_loopback_keeps_bytes_inside);
    ADD ("overrun-is-told-once", test_overrun_is_told_once);
    ADD ("modem-lines-follow-the-cable", test_modem_lines_follow_the_cable);
    ADD ("modem-changes-are-told-once", test_modem_changes_are_told_once);
    ADD ("fcr-empties-the-receiver", test_fcr_empties_the_receiver);
    ADD ("slow-guest-loses-no-input", test_slow_guest_loses_no_input);
    ADD ("input-that-waited-survives-reset", test_input_that_waited_survives_reset);
    ADD ("busy-backend-is-waited-for-without-loss", test_busy_backend_is_waited_for_without_loss);
    ADD ("room-raises-the-thre-interrupt", test_room_raises_the_thre_interrupt);
    ADD ("dead-backend-is-given-up-after-a-second", test_dead_backend_is_given_up_after_a_second);
    g_test_add_func ("/uart16550/without-cable-output-is-swallowed",
                     test_without_cable_output_is_swallowed);
    ADD ("hung-up-peer-does-not-stop-the-guest", test_hung_up_peer_does_not_stop_the_guest);
    ADD ("survives-random-accesses", test_survives_random_accesses);
    return g_test_run ();
}
