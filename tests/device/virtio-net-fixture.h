/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-fixture.h - a virtio-net card with a driver at one end and the
 * wire at the other. */
#pragma once

#include "net.h"
#include "virtio-driver.h"
#include "virtio-net.h"

#define NET_FIXTURE_SLOT  6
#define NET_FIXTURE_MAC   "52:54:00:0a:0b:0c"
#define NET_FIXTURE_QUEUE 32 /* entries of each ring the fixture makes */

/* What the driver accepts besides; more is up to the test. */
#define NET_FIXTURE_FEATURES                                                                       \
    (BIT_ULL (VIRTIO_NET_F_MAC) | BIT_ULL (VIRTIO_NET_F_STATUS) | BIT_ULL (VIRTIO_NET_F_CTRL_VQ)   \
     | BIT_ULL (VIRTIO_NET_F_CTRL_RX) | BIT_ULL (VIRTIO_NET_F_CTRL_MAC_ADDR)                       \
     | BIT_ULL (VIRTIO_NET_F_GUEST_ANNOUNCE))

struct net_fixture {
    struct test_machine *m;
    struct net *net; /* the device's */
    struct device *device;
    struct virtio_driver d;
    int wires[NET_MAX_PAIRS]; /* the other ends, one a pair: a datagram a frame, with a
               struct net_header in front when the backend has offloads */
    bool has_offloads;
    unsigned n_pairs;
    unsigned pair;    /* that the functions below are about; 0 at first */
    unsigned control; /* which queue that is, as negotiated */
};

/* DATA not NULL: a backend that does every offload, as a tap does. */
void net_fixture_setup (struct net_fixture *f, gconstpointer data);
/* N_PAIRS of queues; VHOST_FDS: a vhost-net for each, or NULL. */
void net_fixture_setup_with (struct net_fixture *f, bool has_offloads, unsigned n_pairs,
                             const int *vhost_fds);
void net_fixture_teardown (struct net_fixture *f, gconstpointer data);

/* Starts the driver with NET_FIXTURE_FEATURES and MORE; or with FEATURES. */
void net_fixture_start (struct net_fixture *f, uint64_t more);
void net_fixture_start_with (struct net_fixture *f, uint64_t features);

/* Whether the interface, which then has offloads, gives PAIR frames; how often it was told to, and of the next time
 * that it cannot. */
bool net_fixture_is_attached (struct net_fixture *f, unsigned pair);
unsigned net_fixture_n_attached (void);
void net_fixture_fail_to_attach (void);

/* Says how many pairs are used; returns the acknowledgement. */
uint8_t net_fixture_use_pairs (struct net_fixture *f, uint16_t n);

/* A frame of LEN bytes for the card, made different by SEED; g_free() it. */
guint8 *net_fixture_frame (size_t len, unsigned seed);

/* The wire's side.  HEADER NULL: all zeros. */
void net_fixture_give (struct net_fixture *f, const struct net_header *header, size_t len,
                       unsigned seed);
void net_fixture_give_bytes (struct net_fixture *f, const struct net_header *header,
                             const void *frame, size_t len);
void net_fixture_take (struct net_fixture *f, struct net_header *header, size_t len, unsigned seed);
void net_fixture_take_none (struct net_fixture *f);

/* The driver's side: sends such a frame behind HEADER (12 bytes, NULL: zeros)
 * in pieces of PIECE bytes; returns the head. */
uint16_t net_fixture_send (struct net_fixture *f, const guint8 *header, size_t len, unsigned seed,
                           uint32_t piece);

/* Offers a buffer of LEN bytes to receive into; returns where it is. */
gpa_t net_fixture_offer (struct net_fixture *f, uint32_t len);

/* The next used receive buffer must be there; returns its length. */
uint32_t net_fixture_received (struct net_fixture *f);
bool net_fixture_received_none (struct net_fixture *f);

/* That buffer at GPA holds a header with N_BUFFERS and such a frame. */
void net_fixture_check (struct net_fixture *f, gpa_t gpa, unsigned n_buffers, size_t len,
                        unsigned seed);

/* Sends a command with LEN bytes of DATA; returns its acknowledgement. */
uint8_t net_fixture_command (struct net_fixture *f, uint8_t class, uint8_t command,
                             const void *data, uint32_t len);

/* The status field of the configuration. */
uint16_t net_fixture_status (struct net_fixture *f);
