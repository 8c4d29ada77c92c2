/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uart16550.c - fuzzing: a driver of a serial port, and what is at the other end of the cable. */
#include "uart16550.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chardev.h"
#include "fuzz.h"

static const uint16_t ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

static int peer;

static void
set_up (struct fuzz *f)
{
    struct device_args args;
    int pair[2];

    f->m = test_machine_new ();
    args = test_device_args (f->m, &uart16550_class, "serial0");
    args.unit = fuzz_pick (&f->script, ARRAY_SIZE (ports));
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        abort ();
    peer = pair[1];
    args.chardev = chardev_open (f->m->env.loop, pair[0]);
    if (fuzz_once_in (&f->script, 8)) { /* no cable */
        chardev_close (args.chardev);
        args.chardev = NULL;
    }
    fuzz_add_device (f, 0, &uart16550_class, &args);
    fuzz_add_space (f, FUZZ_PORTS, ports[args.unit], 8);
    fuzz_add_space (f, FUZZ_PORTS, ports[args.unit], 12);
}

static void
act (struct fuzz *f)
{
    static uint8_t bytes[70000];
    struct fuzz_script *s = &f->script;
    uint16_t base = (uint16_t) f->spaces[0].base;
    unsigned what = fuzz_pick (s, 8);

    if (what == 0) {
        send (peer, bytes, 1 + fuzz_pick (s, 64), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (what == 1) {
        while (recv (peer, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
            ;
    } else if (what == 2 && fuzz_once_in (s, 16)) {
        shutdown (peer, SHUT_RDWR);
    } else if (what == 3) { /* all it takes: more than the socket does */
        for (unsigned n = 256 * fuzz_pick (s, 32); n > 0; n--)
            test_out8 (f->m, base, (uint8_t) n);
    } else {
        test_out8 (f->m, base + fuzz_pick (s, 8), (uint8_t) fuzz_number (s));
        test_in8 (f->m, base + fuzz_pick (s, 8));
    }
    loop_iterate (f->m->env.loop, 0);
}

static void
finish (struct fuzz *f)
{
    close (peer);
    test_machine_free (f->m);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .finish = finish)
