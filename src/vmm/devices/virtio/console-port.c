/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console-port.c - the ports of a virtio-console: bytes between a pair of queues and a chardev
 * (virtio 1.2, §5.3.6).
 *
 * Neither side is read unless the other takes it.  Input stays in the chardev until a program in
 * the guest has the port open and the guest has given buffers.  Output that the chardev has no room
 * for stays in its chain, which is then out: the driver gets it back when all was sent, so that it
 * is held up and nothing is lost.
 *
 * Nobody at the other end: what the guest writes is swallowed, as by a serial cable pulled out.
 */
#include <errno.h>
#include <stdlib.h>

#include "bits.h"
#include "chardev.h"
#include "console-private.h"

/* --- input ----------------------------------------------------------------------------------- */

/* Whether there is input, taken from the chardev if need be. */
static bool
has_input_locked (struct virtio_port *port)
{
    if (port->input_len == 0) {
        port->input_start = 0;
        port->input_len = chardev_read (port->chardev, port->input, sizeof port->input);
    }
    return port->input_len > 0;
}

bool
virtio_port_receive_locked (struct virtio_port *port, struct virtio_queue *queue)
{
    struct queue_chain *chain = &port->serial->chain;

    for (unsigned n = 0; n < queue->ring.size; n++) {
        size_t len;

        if (!port->guest_open || !has_input_locked (port) || !virtio_pop_locked (queue, chain))
            return false;
        len = queue_chain_write (chain, 0, port->input + port->input_start, port->input_len);
        port->input_start += len;
        port->input_len -= len;
        virtio_push_locked (queue, chain->ticket, (uint32_t) len);
    }
    return true;
}

/* The chardev has input.  Main loop. */
static void
readable_cb (void *opaque)
{
    struct virtio_port *port = opaque;

    if (port->serial)
        virtio_notify (&port->serial->virtio, port_rx_queue (port->index));
}

/* --- output ---------------------------------------------------------------------------------- */

/* Sends what is left of the chain; false when the chardev is full: writable_cb() will tell. */
static bool
send_locked (struct virtio_port *port)
{
    struct iovec pieces[QUEUE_MAX_SIZE];
    uint64_t left = port->output.out_bytes - port->output_at;
    unsigned n;

    if (!port->connected || left == 0)
        return true;
    n = queue_chain_slice_out (&port->output, port->output_at, left, pieces);
    for (unsigned i = 0; i < n; i++) {
        size_t len = chardev_write (port->chardev, pieces[i].iov_base, pieces[i].iov_len);

        port->output_at += len;
        if (len < pieces[i].iov_len)
            return false;
    }
    return true;
}

bool
virtio_port_transmit_locked (struct virtio_port *port, struct virtio_queue *queue)
{
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!port->has_output) {
            if (!virtio_pop_locked (queue, &port->output))
                return false;
            port->has_output = true;
            port->output_at = 0;
        }
        if (!send_locked (port))
            return false;
        port->has_output = false;
        virtio_push_locked (queue, port->output.ticket, 0);
    }
    return true;
}

/* The chardev has room again.  Main loop. */
static void
writable_cb (void *opaque)
{
    struct virtio_port *port = opaque;

    if (port->serial)
        virtio_notify (&port->serial->virtio, port_tx_queue (port->index));
}

static const struct chardev_ops port_chardev_ops = {
    .readable = readable_cb,
    .writable = writable_cb,
};

/* --- for the controller ---------------------------------------------------------------------- */

void
virtio_port_set_open_locked (struct virtio_port *port, bool open)
{
    port->guest_open = open;
    if (open)
        virtio_notify (&port->serial->virtio, port_rx_queue (port->index));
    else
        port->input_len = 0; /* it was for whoever had it open */
}

void
virtio_port_cancel_locked (struct virtio_port *port)
{
    if (!port->has_output)
        return;
    port->has_output = false;
    virtio_push_locked (&port->serial->virtio.queues[port_tx_queue (port->index)],
                        port->output.ticket, 0);
}

void
virtio_port_reset_locked (struct virtio_port *port)
{
    port->guest_open = false;
    port->has_output = false;
    port->input_len = 0;
}

/* --- life ------------------------------------------------------------------------------------ */

/* The other end came or went. */
static void
port_set_connected (struct device *device, bool connected)
{
    struct virtio_port *port = container_of (device, struct virtio_port, device);
    struct virtio_serial *serial = port->serial;

    if (!serial)
        return;
    pthread_mutex_lock (&serial->virtio.lock);
    if (port->connected != connected) {
        port->connected = connected;
        if (connected) {
            virtio_serial_note_locked (serial, port->index, BIT (NOTE_OPEN));
        } else {
            serial->notes[port->index] &= (uint8_t) ~BIT (NOTE_OPEN);
            virtio_serial_note_locked (serial, port->index, BIT (NOTE_CLOSE));
            port->input_len = 0;
        }
        if (!(serial->told & BIT (port->index))) /* it will be told with the rest */
            serial->notes[port->index] = 0;
        virtio_notify (&serial->virtio, port_tx_queue (port->index));
    }
    pthread_mutex_unlock (&serial->virtio.lock);
}

static void
port_destroy (struct device *device)
{
    struct virtio_port *port = container_of (device, struct virtio_port, device);

    virtio_serial_detach (port);
    chardev_close (port->chardev);
    free (port);
}

static const struct device_ops port_ops = {
    .destroy = port_destroy,
    .set_connected = port_set_connected,
};

static int
create_port (const struct device_args *args, bool is_console, struct device **out)
{
    const struct virtio_port_config *config = args->config;
    struct virtio_port *port;

    if (!is_console && !config->name[0])
        return -EINVAL; /* nobody in the guest would find it */
    port = calloc (1, sizeof *port);
    if (!port)
        return -ENOMEM;
    device_init (&port->device, &port_ops, args);
    port->is_console = is_console;
    port->connected = config->connected;
    memcpy (port->name, config->name, sizeof port->name);
    port->chardev = args->chardev;
    if (port->chardev)
        chardev_set_ops (port->chardev, &port_chardev_ops, port);
    *out = &port->device;
    return 0;
}

static int
virtconsole_create (const struct device_args *args, struct device **out)
{
    return create_port (args, true, out);
}

static int
virtserialport_create (const struct device_args *args, struct device **out)
{
    return create_port (args, false, out);
}

static const struct option port_options[] = {
    { .name = "name",
      .type = OPTION_STRING,
      .offset = offsetof (struct virtio_port_config, name),
      .max = VIRTIO_SERIAL_NAME_BYTES,
      .fallback = "",
      .help = "Name by which the guest finds the port" },
    { .name = "connected",
      .type = OPTION_BOOL,
      .offset = offsetof (struct virtio_port_config, connected),
      .fallback = "on",
      .help = "Somebody is at the other end from the start" },
};

const struct device_class virtconsole_class = {
    .name = "virtconsole",
    .summary = "Terminal on a virtio-serial controller",
    .bus = DEVICE_BUS_VIRTIO_SERIAL,
    .backend = BACKEND_CHAR,
    .options = port_options,
    .n_options = ARRAY_SIZE (port_options),
    .config_size = sizeof (struct virtio_port_config),
    .create = virtconsole_create,
};

const struct device_class virtserialport_class = {
    .name = "virtserialport",
    .summary = "Named channel on a virtio-serial controller",
    .bus = DEVICE_BUS_VIRTIO_SERIAL,
    .backend = BACKEND_CHAR,
    .options = port_options,
    .n_options = ARRAY_SIZE (port_options),
    .config_size = sizeof (struct virtio_port_config),
    .create = virtserialport_create,
};
