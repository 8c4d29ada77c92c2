/* SPDX-License-Identifier: GPL-2.0-or-later */
/* debugcon.c - fuzzing: firmware that logs, and a reader that comes late or goes. */
#define _GNU_SOURCE
#include "debugcon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define PORT 0x402

static int reader; /* -1: gone */

static void
set_up (struct fuzz *f)
{
    int ends[2];

    signal (SIGPIPE, SIG_IGN);
    if (pipe2 (ends, O_CLOEXEC) < 0 || fcntl (ends[0], F_SETFL, O_NONBLOCK) < 0)
        abort ();
    reader = ends[0];
    f->m = test_machine_new ();
    if (debugcon_create (&f->m->env, ends[1], &f->devices[0]) < 0)
        abort ();
    device_reset (f->devices[0]);
    fuzz_add_space (f, FUZZ_PORTS, PORT, 1);
    fuzz_add_space (f, FUZZ_PORTS, PORT - 2, 8);
}

static void
act (struct fuzz *f)
{
    static uint8_t bytes[70000];
    unsigned what = fuzz_pick (&f->script, 16);

    if (what == 0 && reader >= 0 && fuzz_once_in (&f->script, 8)) {
        close (reader);
        reader = -1;
    } else if (what < 4 && reader >= 0) {
        while (read (reader, bytes, sizeof bytes) > 0)
            ;
    } else {
        for (unsigned n = 16 * fuzz_pick (&f->script, 64); n > 0; n--)
            test_out8 (f->m, PORT, (uint8_t) n);
    }
    loop_iterate (f->m->env.loop, 0);
}

static void
finish (struct fuzz *f)
{
    if (reader >= 0)
        close (reader);
    test_machine_free (f->m);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .finish = finish)
