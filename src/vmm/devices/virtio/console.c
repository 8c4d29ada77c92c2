/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console.c - virtio-console's controller: control messages and the queues' sharing out (virtio 1.2,
 * §5.3).
 *
 * Theory of operation.  What the guest is to be told is not a queue of messages but a few bits a
 * port (enum note), turned into messages whenever the guest has given buffers for them.  So nothing
 * is kept on the guest's account, and a guest that gives no buffers just does not hear.  "Closed"
 * stands before "opened": of a host that went and came again both are told, of one that came and
 * went in between nothing is.
 *
 * A driver says that it is ready, is told of the ports, says of each that it is ready too, and is
 * then told what the port is.  A driver without MULTIPORT has port 0 only, open from the start.
 *
 * Data moves in console-port.c, under the lock of this device.
 */
#include "console.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"
#include "chardev.h"
#include "console-private.h"

#define DEVICE_TYPE   3
#define CLASS_CODE    0x078000 /* a communication controller of no particular kind */
#define QUEUE_SIZE    64
#define N_QUEUES      (2 * (VIRTIO_SERIAL_MAX_PORTS + 1))
#define MESSAGE_BYTES (VIRTIO_CONSOLE_MESSAGE_BYTES + VIRTIO_SERIAL_NAME_BYTES)

_Static_assert(N_QUEUES <= VIRTIO_MAX_QUEUES, "a queue pair a port, and one for control");

static struct virtio_serial *
serial_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_serial, virtio);
}

/* --- what the guest is told ------------------------------------------------------------------ */

void
virtio_serial_note_locked (struct virtio_serial *serial, unsigned index, unsigned notes)
{
    serial->notes[index] |= (uint8_t) notes;
    virtio_notify (&serial->virtio, VIRTIO_CONSOLE_CONTROL_RX);
}

/* Fills BYTES with the message for NOTE of port INDEX; returns its length. */
static size_t
compose_locked (const struct virtio_serial *serial, unsigned index, enum note note, uint8_t *bytes)
{
    static const struct {
        uint16_t event, value;
    } messages[] = {
        [NOTE_REMOVE] = { VIRTIO_CONSOLE_PORT_REMOVE, 1 },
        [NOTE_ADD] = { VIRTIO_CONSOLE_PORT_ADD, 1 },
        [NOTE_CONSOLE] = { VIRTIO_CONSOLE_CONSOLE_PORT, 1 },
        [NOTE_NAME] = { VIRTIO_CONSOLE_PORT_NAME, 1 },
        [NOTE_CLOSE] = { VIRTIO_CONSOLE_PORT_OPEN, 0 },
        [NOTE_OPEN] = { VIRTIO_CONSOLE_PORT_OPEN, 1 },
    };
    const struct virtio_port *port = serial->ports[index];
    size_t name_bytes;

    _Static_assert(ARRAY_SIZE (messages) == NOTE_N, "a row a note");
    store_le32 (bytes, index);
    store_le16 (bytes + 4, messages[note].event);
    store_le16 (bytes + 6, messages[note].value);
    if (note != NOTE_NAME || !port)
        return VIRTIO_CONSOLE_MESSAGE_BYTES;
    name_bytes = strnlen (port->name, sizeof port->name);
    memcpy (bytes + VIRTIO_CONSOLE_MESSAGE_BYTES, port->name, name_bytes);
    return VIRTIO_CONSOLE_MESSAGE_BYTES + name_bytes;
}

/* The first note of the first port that has one; false when there is nothing to tell. */
static bool
next_note_locked (const struct virtio_serial *serial, unsigned *index, enum note *note)
{
    for (unsigned i = 0; i < VIRTIO_SERIAL_MAX_PORTS; i++) {
        if (!serial->notes[i])
            continue;
        *index = i;
        *note = (enum note) __builtin_ctz (serial->notes[i]);
        return true;
    }
    return false;
}

static bool
tell_locked (struct virtio_serial *serial, struct virtio_queue *queue)
{
    uint8_t bytes[MESSAGE_BYTES];
    unsigned index;
    enum note note;

    /* Notes are made and used up here alone, so this ends. */
    while (next_note_locked (serial, &index, &note)) {
        size_t len;

        if (!virtio_pop_locked (queue, &serial->chain))
            return false;
        len = compose_locked (serial, index, note, bytes);
        if (queue_chain_write (&serial->chain, 0, bytes, len) < len) {
            device_mark_broken (&serial->virtio.device, "buffer too small for a control message");
            virtio_push_locked (queue, serial->chain.ticket, 0);
            return false;
        }
        serial->notes[index] &= (uint8_t) ~BIT (note);
        virtio_push_locked (queue, serial->chain.ticket, (uint32_t) len);
    }
    return false;
}

/* --- what the guest tells -------------------------------------------------------------------- */

static void
announce_ports_locked (struct virtio_serial *serial)
{
    serial->driver_ready = true;
    for (unsigned i = 0; i < VIRTIO_SERIAL_MAX_PORTS; i++) {
        if (!serial->ports[i])
            continue;
        serial->told |= (uint8_t) BIT (i);
        virtio_serial_note_locked (serial, i, BIT (NOTE_ADD));
    }
}

static void
describe_port_locked (struct virtio_serial *serial, const struct virtio_port *port)
{
    unsigned notes = 0;

    if (port->is_console)
        notes |= BIT (NOTE_CONSOLE);
    if (port->name[0])
        notes |= BIT (NOTE_NAME);
    if (port->connected)
        notes |= BIT (NOTE_OPEN);
    if (notes)
        virtio_serial_note_locked (serial, port->index, notes);
}

/* Messages about ports that are not there, or that only a device sends, mean nothing. */
static void
hear_locked (struct virtio_serial *serial, const uint8_t *message)
{
    uint32_t index = load_le32 (message);
    uint16_t event = load_le16 (message + 4), value = load_le16 (message + 6);
    struct virtio_port *port = index < VIRTIO_SERIAL_MAX_PORTS ? serial->ports[index] : NULL;

    if (event == VIRTIO_CONSOLE_DEVICE_READY && value == 1)
        announce_ports_locked (serial);
    else if (event == VIRTIO_CONSOLE_PORT_READY && value == 1 && port)
        describe_port_locked (serial, port);
    else if (event == VIRTIO_CONSOLE_PORT_OPEN && port)
        virtio_port_set_open_locked (port, value == 1);
}

static bool
listen_locked (struct virtio_serial *serial, struct virtio_queue *queue)
{
    for (unsigned n = 0; n < queue->ring.size; n++) {
        uint8_t message[VIRTIO_CONSOLE_MESSAGE_BYTES];
        size_t len;

        if (!virtio_pop_locked (queue, &serial->chain))
            return false;
        len = queue_chain_read (&serial->chain, 0, message, sizeof message);
        if (len < sizeof message)
            device_mark_broken (&serial->virtio.device, "short control message");
        else
            hear_locked (serial, message);
        virtio_push_locked (queue, serial->chain.ticket, 0);
        if (serial->virtio.device.is_broken)
            return false;
    }
    return true;
}

/* --- the virtio device ----------------------------------------------------------------------- */

/* What was written to a port that is gone.  A driver that was not told yet may wait for its buffer with nothing
 * else running: Linux does, for a terminal. */
static bool
discard_locked (struct virtio_serial *serial, struct virtio_queue *queue)
{
    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (!virtio_pop_locked (queue, &serial->chain))
            return false;
        virtio_push_locked (queue, serial->chain.ticket, 0);
    }
    return true;
}

static bool
serial_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_serial *serial = serial_from_virtio (vdev);
    bool is_multiport = virtio_has_feature_locked (vdev, VIRTIO_CONSOLE_F_MULTIPORT);
    unsigned index = queue->index < VIRTIO_CONSOLE_CONTROL_RX ? 0 : queue->index / 2 - 1;
    struct virtio_port *port;

    if (!is_multiport && queue->index >= VIRTIO_CONSOLE_CONTROL_RX)
        return false;
    if (queue->index == VIRTIO_CONSOLE_CONTROL_RX)
        return tell_locked (serial, queue);
    if (queue->index == VIRTIO_CONSOLE_CONTROL_TX)
        return listen_locked (serial, queue);
    port = serial->ports[index];
    if (!port)
        return queue->index % 2 == 1 && discard_locked (serial, queue);
    return queue->index % 2 == 0 ? virtio_port_receive_locked (port, queue)
                                 : virtio_port_transmit_locked (port, queue);
}

static void
serial_features_set (struct virtio_device *vdev)
{
    struct virtio_serial *serial = serial_from_virtio (vdev);

    if (!virtio_has_feature_locked (vdev, VIRTIO_CONSOLE_F_MULTIPORT) && serial->ports[0])
        virtio_port_set_open_locked (serial->ports[0], true);
}

static void
serial_cancel (struct virtio_device *vdev)
{
    struct virtio_serial *serial = serial_from_virtio (vdev);

    for (unsigned i = 0; i < VIRTIO_SERIAL_MAX_PORTS; i++) {
        if (serial->ports[i])
            virtio_port_cancel_locked (serial->ports[i]);
    }
}

static void
serial_virtio_reset (struct virtio_device *vdev)
{
    struct virtio_serial *serial = serial_from_virtio (vdev);

    serial->driver_ready = false;
    serial->told = 0;
    memset (serial->notes, 0, sizeof serial->notes);
    for (unsigned i = 0; i < VIRTIO_SERIAL_MAX_PORTS; i++) {
        if (serial->ports[i])
            virtio_port_reset_locked (serial->ports[i]);
    }
}

/* A kernel that dies writes its last words here, a character at a time (§5.3.4). */
static void
serial_config_write (struct virtio_device *vdev, unsigned offset, uint32_t value, unsigned size)
{
    struct virtio_serial *serial = serial_from_virtio (vdev);
    struct virtio_port *port = serial->ports[0];
    uint8_t byte = (uint8_t) value;

    if (offset == VIRTIO_CONSOLE_CONFIG_EMERG && port && port->is_console)
        chardev_write (port->chardev, &byte, 1);
}

static const struct virtio_ops serial_virtio_ops = {
    .process = serial_process,
    .cancel = serial_cancel,
    .reset = serial_virtio_reset,
    .features_set = serial_features_set,
    .config_write = serial_config_write,
};

static const struct virtio_type serial_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = QUEUE_SIZE,
    .ops = &serial_virtio_ops,
};

/* --- ports come and go ----------------------------------------------------------------------- */

int
virtio_serial_attach (struct device *controller, unsigned index, struct device *device)
{
    struct virtio_serial *serial = container_of (controller, struct virtio_serial, virtio.device);
    struct virtio_port *port = container_of (device, struct virtio_port, device);
    int ret = 0;

    if (index >= VIRTIO_SERIAL_MAX_PORTS)
        return -EINVAL;
    pthread_mutex_lock (&serial->virtio.lock);
    if (serial->ports[index]) {
        ret = -EEXIST;
    } else {
        serial->ports[index] = port;
        port->serial = serial;
        port->index = index;
        if (serial->driver_ready) {
            serial->told |= (uint8_t) BIT (index);
            virtio_serial_note_locked (serial, index, BIT (NOTE_ADD));
        }
    }
    pthread_mutex_unlock (&serial->virtio.lock);
    return ret;
}

void
virtio_serial_detach (struct virtio_port *port)
{
    struct virtio_serial *serial = port->serial;

    if (!serial)
        return;
    pthread_mutex_lock (&serial->virtio.lock);
    virtio_port_cancel_locked (port);
    serial->ports[port->index] = NULL;
    port->serial = NULL;
    serial->notes[port->index] = 0;
    if (serial->told & BIT (port->index))
        virtio_serial_note_locked (serial, port->index, BIT (NOTE_REMOVE));
    serial->told &= (uint8_t) ~BIT (port->index);
    virtio_notify (&serial->virtio, port_tx_queue (port->index));
    pthread_mutex_unlock (&serial->virtio.lock);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
serial_reset (struct device *device)
{
    struct virtio_serial *serial = container_of (device, struct virtio_serial, virtio.device);

    virtio_pci_reset (&serial->pci);
}

static void
serial_destroy (struct device *device)
{
    struct virtio_serial *serial = container_of (device, struct virtio_serial, virtio.device);

    virtio_pci_destroy (&serial->pci);
    virtio_destroy (&serial->virtio);
    free (serial);
}

static const struct device_ops serial_device_ops = {
    .reset = serial_reset,
    .destroy = serial_destroy,
    .broken = virtio_broken,
};

static int
serial_create (const struct device_args *args, struct device **out)
{
    struct virtio_serial *serial = calloc (1, sizeof *serial);
    struct virtio_device *vdev;
    int ret;

    if (!serial)
        return -ENOMEM;
    vdev = &serial->virtio;
    virtio_init (vdev, args, &serial_device_ops, &serial_type, N_QUEUES, args->env->loop);
    vdev->device.class = &virtio_serial_class;
    vdev->offered |= BIT_ULL (VIRTIO_CONSOLE_F_MULTIPORT) | BIT_ULL (VIRTIO_CONSOLE_F_EMERG_WRITE);
    vdev->config = serial->config;
    vdev->config_size = sizeof serial->config;
    store_le32 (serial->config + VIRTIO_CONSOLE_CONFIG_MAX_PORTS, VIRTIO_SERIAL_MAX_PORTS);
    ret = virtio_pci_init (&serial->pci, vdev, args->slot);
    if (ret < 0) {
        virtio_destroy (vdev);
        free (serial);
        return ret;
    }
    *out = &vdev->device;
    return 0;
}

const struct device_class virtio_serial_class = {
    .name = "virtio-serial",
    .summary = "Controller of virtio consoles and channels",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .create = serial_create,
};
