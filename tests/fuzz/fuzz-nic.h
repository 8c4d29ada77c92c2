/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-nic.h - fuzzing: frames, and the wire a network card is at. */
#pragma once

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "net.h"

#define FUZZ_NIC_MAC "\x52\x54\x00\x0a\x0b\x0c"

static int fuzz_wire;

/* Ethernet, and IP of both kinds with TCP or UDP in it, now and then with a VLAN tag; at most ROOM bytes
 * at P.  Returns the length. */
static inline unsigned
fuzz_frame (struct fuzz_script *s, uint8_t *p, unsigned room)
{
    unsigned len = fuzz_once_in (s, 4) ? fuzz_pick (s, room) : 14 + fuzz_pick (s, 128);
    unsigned what = fuzz_pick (s, 32);
    bool is_v4 = what & 2;
    uint8_t *ip = p + 14;

    memcpy (p, FUZZ_NIC_MAC, 6);
    if (what & 1)
        fuzz_fill (s, p, 6);
    if ((what & 24) == 24) {
        store_be32 (p + 12, 0x81000000u | fuzz_pick (s, 4096));
        ip += 4;
    }
    store_be16 (ip - 2, is_v4 ? 0x0800 : 0x86dd);
    ip[0] = is_v4 ? 0x45 : 0x60;
    store_be16 (ip + (is_v4 ? 2 : 4), (uint16_t) (len - 14 - (is_v4 ? 0 : 40)));
    ip[is_v4 ? 9 : 6] = what & 4 ? 6 : 17;
    if (fuzz_once_in (s, 4))
        fuzz_fill (s, ip, fuzz_pick (s, 24));
    return len;
}

/* A card of CLASS in FUZZ_SLOT, at a wire. */
static inline void
fuzz_nic_set_up (struct fuzz *f, const struct device_class *class)
{
    struct device_args args;
    int pair[2];

    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        abort ();
    fuzz_wire = pair[1];
    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "net0");
    args.slot = FUZZ_SLOT;
    args.net = net_create (f->m->env.io_loop);
    if (net_connect (args.net, NET_PACKET, pair[0]) < 0)
        abort ();
    fuzz_add_device (f, 0, class, &args);
    fuzz_add_space (f, FUZZ_CONFIG, FUZZ_DEVFN, PCI_CONFIG_SIZE);
}

/* A frame comes in, or those that went out are taken. */
static inline void
fuzz_nic_use_wire (struct fuzz *f)
{
    static uint8_t frame[4096], out[70000];
    struct fuzz_script *s = &f->script;

    if (fuzz_once_in (s, 4)) {
        while (recv (fuzz_wire, out, sizeof out, MSG_DONTWAIT) > 0)
            ;
    } else {
        memset (frame, 0, sizeof frame);
        send (fuzz_wire, frame, fuzz_frame (s, frame, sizeof frame - 64),
              MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    loop_iterate (f->m->env.loop, 0);
}

static inline void
fuzz_nic_finish (struct fuzz *f)
{
    close (fuzz_wire);
    test_machine_free (f->m);
}
