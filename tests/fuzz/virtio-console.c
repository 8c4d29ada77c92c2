/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-console.c - fuzzing: a driver of consoles and channels, and programs at their other ends that
 * come, talk, listen and go; ports that are pulled out and put in. */
#include "console.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chardev.h"
#include "fuzz-virtio.h"

#define N_PORTS 3

static int ends[N_PORTS];

/* Port I of the controller, which is device 0; it is device I + 1. */
static void
plug (struct fuzz *f, unsigned i)
{
    const struct device_class *class = i == 0 ? &virtconsole_class : &virtserialport_class;
    struct device_args args = test_device_args (f->m, class, "port");
    int pair[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        abort ();
    ends[i] = pair[0];
    args.chardev = chardev_open (f->m->env.loop, pair[1]);
    device_option_set (class, (void *) args.config, "name", i == 0 ? "" : "some.channel");
    device_option_set (class, (void *) args.config, "connected", i == 2 ? "off" : "on");
    fuzz_add_device (f, i + 1, class, &args);
    if (virtio_serial_attach (f->devices[0], i, f->devices[i + 1]) < 0)
        abort ();
}

static void
unplug (struct fuzz *f, unsigned i)
{
    device_destroy (f->devices[i + 1]);
    f->devices[i + 1] = NULL;
    close (ends[i]);
    ends[i] = -1;
}

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    fuzz_add_device (f, 0, &virtio_serial_class, NULL);
    for (unsigned i = 0; i < N_PORTS; i++)
        plug (f, i);
    fuzz_virtio_probe (f, FUZZ_SLOT);
}

static bool
compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    struct fuzz_script *s = &f->script;

    if (queue == VIRTIO_CONSOLE_CONTROL_TX) {
        store_le32 (request->out,
                    fuzz_once_in (s, 16) ? (uint32_t) fuzz_number (s) : fuzz_pick (s, N_PORTS + 1));
        store_le16 (request->out + 4, (uint16_t) fuzz_pick (s, 9));
        store_le16 (request->out + 6, (uint16_t) fuzz_pick (s, 3));
        request->out_bytes = VIRTIO_CONSOLE_MESSAGE_BYTES + fuzz_pick (s, 4);
        return true;
    }
    if (queue & 1)
        request->out_bytes = 1 + fuzz_pick (s, FUZZ_OUT_BYTES);
    else
        request->in_bytes = 1 + fuzz_pick (s, 128);
    return true;
}

static const struct fuzz_virtio console = { .compose = compose };

/* What happens at the other end of port I. */
static void
use_end (struct fuzz *f, unsigned i)
{
    static uint8_t bytes[70000];
    struct fuzz_script *s = &f->script;
    struct device *port = f->devices[i + 1];
    unsigned what = fuzz_pick (s, 4);

    if (what == 0) {
        fuzz_fill (s, bytes, 16);
        send (ends[i], bytes, 1 + 300 * fuzz_pick (s, 16), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (what == 1) {
        while (recv (ends[i], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
            ;
    } else if (what == 2 && port->ops->set_connected) {
        port->ops->set_connected (port, fuzz_once_in (s, 2));
    } else if (fuzz_once_in (s, 8)) {
        shutdown (ends[i], SHUT_RDWR);
    }
    loop_iterate (f->m->env.loop, 0);
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 32);
    unsigned i = fuzz_pick (&f->script, N_PORTS);

    if (what == 0 && f->devices[i + 1])
        unplug (f, i);
    else if (what < 3 && !f->devices[i + 1])
        plug (f, i);
    else if (what < 10 && f->devices[i + 1])
        use_end (f, i);
    else
        fuzz_virtio_act (f, &console);
}

static void
finish (struct fuzz *f)
{
    for (unsigned i = 0; i < N_PORTS; i++) {
        if (ends[i] >= 0)
            close (ends[i]);
    }
    test_machine_free (f->m);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place, .finish = finish)
