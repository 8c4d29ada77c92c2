/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net.c - fuzzing: a driver of a network card with one pair of queues or several, and wires with or
 * without offloads. */
#include "virtio-net-fixture.h"

#include <sys/socket.h>

#include "fd.h"
#include "fuzz-nic.h"
#include "fuzz-virtio.h"

#define PAIRS 3

static struct net_fixture fixture;

/* What is in front of a frame, mostly meant well. */
static void
put_header (struct fuzz *f, uint8_t *p)
{
    struct fuzz_script *s = &f->script;

    p[0] = (uint8_t) fuzz_pick (s, 4);
    p[1] = (uint8_t) (fuzz_once_in (s, 2) ? fuzz_pick (s, 8) : 0);
    if (p[0] == 0 && p[1] == 0)
        return;
    store_le16 (p + 2, (uint16_t) fuzz_pick (s, 128));
    store_le16 (p + 4, (uint16_t) fuzz_number (s));
    store_le16 (p + 6, (uint16_t) (fuzz_once_in (s, 2) ? fuzz_number (s) : 34));
    store_le16 (p + 8, (uint16_t) (fuzz_once_in (s, 2) ? fuzz_number (s) : 16));
}

static bool
compose_command (struct fuzz *f, struct fuzz_request *request)
{
    static const uint8_t commands[][2] = {
        { VIRTIO_NET_CTRL_RX, 0 },
        { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE },
        { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR },
        { VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK },
        { VIRTIO_NET_CTRL_OFFLOADS, VIRTIO_NET_CTRL_OFFLOADS_SET },
        { VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_PAIRS_SET },
    };
    struct fuzz_script *s = &f->script;
    bool is_about_pairs = fixture.n_pairs > 1 && fuzz_once_in (s, 2);
    unsigned which = is_about_pairs ? 5 : fuzz_pick (s, ARRAY_SIZE (commands));
    uint8_t *data = request->out + 2;

    request->out[0] = commands[which][0];
    request->out[1] = (uint8_t) (commands[which][1] + (which == 0 ? fuzz_pick (s, 8) : 0));
    request->out_bytes = 2 + (which == 4 ? 8 : which == 2 ? 6 : 1);
    if (which == 1) {
        unsigned n = fuzz_pick (s, 80), m = fuzz_pick (s, 80);

        store_le32 (data, n);
        store_le32 (data + 4 + 6 * n, m);
        request->out_bytes = 2 + 8 + 6 * (n + m);
        fuzz_fill (s, data + 4, 6);
    } else if (which == 5) {
        store_le16 (data,
                    (uint16_t) (fuzz_once_in (s, 4) ? fuzz_number (s) : fuzz_pick (s, PAIRS + 2)));
        request->out_bytes = 2 + (fuzz_once_in (s, 8) ? 1 : 2);
    } else {
        fuzz_fill (s, data, 8);
    }
    request->in_bytes = 1;
    return true;
}

static bool
compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    /* Where the control queue is depends on what was negotiated. */
    if (queue == VIRTIO_NET_A_PAIR * fixture.n_pairs
        || (queue == VIRTIO_NET_CONTROL && fuzz_once_in (&f->script, 2)))
        return compose_command (f, request);
    if (queue % VIRTIO_NET_A_PAIR == VIRTIO_NET_RX) {
        request->in_bytes = 1 + fuzz_pick (&f->script, fuzz_once_in (&f->script, 2) ? 128 : 2048);
        return true;
    }
    put_header (f, request->out);
    request->out_bytes = VIRTIO_NET_HEADER_BYTES;
    request->out_bytes += fuzz_frame (&f->script, request->out + VIRTIO_NET_HEADER_BYTES, 1600);
    return true;
}

static const struct fuzz_virtio net = { .compose = compose };

static void
set_up (struct fuzz *f)
{
    bool has_offloads;

    memset (&fixture, 0, sizeof fixture);
    has_offloads = fuzz_once_in (&f->script, 2);
    net_fixture_setup_with (&fixture, has_offloads, fuzz_once_in (&f->script, 2) ? PAIRS : 1, NULL);
    f->m = fixture.m;
    f->devices[0] = fixture.device;
    fuzz_virtio_probe (f, NET_FIXTURE_SLOT);
}

static void
act (struct fuzz *f)
{
    static uint8_t frame[4096], out[70000];
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 8), wire, len;

    if (what == 0) {
        unsigned head = fixture.has_offloads ? sizeof (struct net_header) : 0;

        memset (frame, 0, sizeof frame);
        put_header (f, frame);
        len = head + fuzz_frame (s, frame + head, 3000);
        send (fixture.wires[fuzz_pick (s, fixture.n_pairs)], frame, len,
              MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (what == 1) {
        loop_iterate (f->m->env.loop, 0);
        for (wire = 0; wire < fixture.n_pairs; wire++)
            while (recv (fixture.wires[wire], out, sizeof out, MSG_DONTWAIT) > 0)
                ;
    } else if (what == 2 && fuzz_once_in (s, 4)) {
        net_set_link (fixture.net, fuzz_once_in (s, 2));
    } else {
        fuzz_virtio_act (f, &net);
    }
}

static void
finish (struct fuzz *f)
{
    test_machine_free (f->m);
    fd_close_all (fixture.wires, fixture.n_pairs);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place, .finish = finish)
