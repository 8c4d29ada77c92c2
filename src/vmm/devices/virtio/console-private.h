/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console-private.h - what console.c (the controller) and console-port.c (its ports) share. */
#pragma once

#include "console.h"
#include "transport-pci.h"

struct chardev;

#define PORT_INPUT_BYTES 4096

/* What the guest is still to be told of a port number, a bit each, in this order. */
enum note { NOTE_REMOVE, NOTE_ADD, NOTE_CONSOLE, NOTE_NAME, NOTE_CLOSE, NOTE_OPEN, NOTE_N };

struct virtio_port {
    struct device device;
    struct virtio_serial *serial; /* NULL while it is on none */
    unsigned index;               /* its number there */
    bool is_console;
    char name[VIRTIO_SERIAL_NAME_BYTES];
    struct chardev *chardev; /* owned; NULL: nothing stands behind it */

    /* The controller's lock guards the rest. */
    bool connected;                  /* somebody is at the other end */
    bool guest_open;                 /* a program in the guest has it open */
    uint8_t input[PORT_INPUT_BYTES]; /* from the chardev, not yet with the guest */
    size_t input_start, input_len;
    bool has_output;    /* output is a chain of which some is still to be sent */
    uint64_t output_at; /* from there */
    struct queue_chain output;
};

struct virtio_serial {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    uint8_t config[VIRTIO_CONSOLE_CONFIG_BYTES];
    struct virtio_port *ports[VIRTIO_SERIAL_MAX_PORTS]; /* NULL: no such port */
    bool driver_ready;                                  /* it said DEVICE_READY */
    uint8_t told;                           /* a bit a port number: the guest knows it */
    uint8_t notes[VIRTIO_SERIAL_MAX_PORTS]; /* see above */
    struct queue_chain chain;
};

/* The numbers of a port's queues. */
static inline unsigned
port_rx_queue (unsigned index)
{
    return index == 0 ? 0 : 2 * (index + 1);
}

static inline unsigned
port_tx_queue (unsigned index)
{
    return port_rx_queue (index) + 1;
}

/* Gives the guest input, or takes output from it; as struct virtio_ops's process. */
bool virtio_port_receive_locked (struct virtio_port *port, struct virtio_queue *queue);
bool virtio_port_transmit_locked (struct virtio_port *port, struct virtio_queue *queue);

/* The guest opened or closed it. */
void virtio_port_set_open_locked (struct virtio_port *port, bool open);

/* Gives a chain that waits for the chardev back, unsent. */
void virtio_port_cancel_locked (struct virtio_port *port);

/* As after power-on; no chain is out. */
void virtio_port_reset_locked (struct virtio_port *port);

/* The guest is to be told of NOTES, a bit each, of port INDEX. */
void virtio_serial_note_locked (struct virtio_serial *serial, unsigned index, unsigned notes);

/* PORT is destroyed. */
void virtio_serial_detach (struct virtio_port *port);
