/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic.h - fuzzing a network card: a driver and a wire gone mad.
 *
 * The input is a list of records of eight bytes: what to do, a place, a value.  Registers are poked,
 * memory is written where rings and buffers may be, frames come in, time goes by.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "net.h"
#include "test-machine.h"

#define FUZZ_MMIO  0xe0000000u
#define FUZZ_DEVFN PCI_DEVFN (3, 0)
#define FUZZ_RAM   0x10000u /* rings and buffers, if they are to be met at all, lie below */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

struct fuzz_nic {
    struct test_machine *m;
    struct device *device;
    int peer;
    unsigned bar;
    uint32_t bar_bytes;
};

static inline void
fuzz_step (struct fuzz_nic *f, const uint8_t *record)
{
    static uint8_t frame[4096], out[70000];
    uint32_t place = load_le16 (record + 1) | (uint32_t) (record[3] & 1) << 16;
    uint32_t value = load_le32 (record + 4);

    switch (record[0] % 8) {
    case 0:
    case 1:
        test_mmio_write (f->m, FUZZ_MMIO + place % f->bar_bytes, value, 1u << (record[3] >> 1 & 3));
        break;
    case 2:
        test_mmio_write (f->m, FUZZ_MMIO + (place & ~3u) % f->bar_bytes, value, 4);
        break;
    case 3:
        test_mmio_read (f->m, FUZZ_MMIO + place % f->bar_bytes, 1u << (record[3] >> 1 & 3));
        break;
    case 4:
    case 5:
        store_le32 (f->m->ram + place % FUZZ_RAM, value);
        break;
    case 6:
        memcpy (frame, record + 2, 6);
        if (record[1] & 1)
            memset (frame, 0xff, 6);
        send (f->peer, frame, 14 + value % (sizeof frame - 14), 0);
        break;
    default:
        loop_iterate (f->m->env.loop, 0);
        while (recv (f->peer, out, sizeof out, 0) > 0)
            ;
        if (value == 0)
            device_reset (f->device);
        test_pci_place_bar (f->m, FUZZ_DEVFN, f->bar, FUZZ_MMIO);
        break;
    }
}

/* Runs the input on a new card of CLASS, whose registers are BAR_BYTES behind BAR. */
static inline void
fuzz_nic (const struct device_class *class, unsigned bar, uint32_t bar_bytes, const uint8_t *data,
          size_t size)
{
    struct fuzz_nic f = { .m = test_machine_new (), .bar = bar, .bar_bytes = bar_bytes };
    struct device_args args = test_device_args (f.m, class, "net0");
    int pair[2];

    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) < 0)
        abort ();
    f.peer = pair[1];
    args.net = net_create (f.m->env.io_loop);
    if (net_connect (args.net, NET_PACKET, pair[0]) < 0 || class->create (&args, &f.device) < 0)
        abort ();
    device_reset (f.device);
    test_pci_place_bar (f.m, FUZZ_DEVFN, bar, FUZZ_MMIO);
    for (size_t at = 0; at + 8 <= size; at += 8)
        fuzz_step (&f, data + at);
    test_machine_settle (f.m);
    device_destroy (f.device);
    close (f.peer);
    test_machine_free (f.m);
}
