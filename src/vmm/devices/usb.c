/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb.c - what all USB devices have in common: the requests of USB 2.0 §9.4, and ports. */
#include "usb.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bits.h"

#define LANGUAGE 0x0409 /* of the strings: US English */

enum {
    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_FEATURE = 3,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION = 9,
    GET_INTERFACE = 10,
    SET_INTERFACE = 11,
};

#define FEATURE_ENDPOINT_HALT 0

#define CONFIGURATION_VALUE        5 /* offsets in the configuration's descriptor (§9.6.3) */
#define CONFIGURATION_N_INTERFACES 4

struct usb_bus {
    const struct usb_controller_ops *ops; /* NULL: no controller */
    void *controller;
    unsigned n_ports;
    struct usb_device *devices[USB_MAX_PORTS + 1]; /* by port; [0] is none */
};

/* --- descriptors -------------------------------------------------------------------------------- */

int
usb_give (uint8_t *data, size_t size, const void *bytes, size_t len)
{
    len = MIN_OF (len, size);
    memcpy (data, bytes, len);
    return (int) len;
}

/* String INDEX in UTF-16 (§9.6.7); index 0 is the list of languages. */
static int
give_string (const struct usb_device *device, unsigned index, uint8_t *data, size_t size)
{
    uint8_t descriptor[2 + 2 * 126] = { 4, USB_DESCRIPTOR_STRING };
    const char *text;
    size_t len;

    if (index == 0) {
        store_le16 (descriptor + 2, LANGUAGE);
        return usb_give (data, size, descriptor, 4);
    }
    if (index > device->descriptors->n_strings)
        return USB_STALL;
    text = device->descriptors->strings[index - 1];
    len = MIN_OF (strlen (text), 126u);
    for (size_t i = 0; i < len; i++)
        store_le16 (descriptor + 2 + 2 * i, (uint8_t) text[i]);
    descriptor[0] = (uint8_t) (2 + 2 * len);
    return usb_give (data, size, descriptor, descriptor[0]);
}

static int
give_descriptor (const struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                 size_t size)
{
    const struct usb_descriptors *d = device->descriptors;
    unsigned index = setup->value & 0xff;

    switch (setup->value >> 8) {
    case USB_DESCRIPTOR_DEVICE:
        return index == 0 ? usb_give (data, size, d->device, d->device[0]) : USB_STALL;
    case USB_DESCRIPTOR_CONFIGURATION:
        return index == 0 ? usb_give (data, size, d->configuration, d->configuration_bytes)
                          : USB_STALL;
    case USB_DESCRIPTOR_STRING:
        return give_string (device, index, data, size);
    default:
        return USB_STALL; /* a device that knows one speed has no qualifier (§9.6.2) */
    }
}

/* --- requests about the device -------------------------------------------------------------------- */

/* Nothing is set up any more. */
static void
unconfigure_locked (struct usb_device *device)
{
    bool was_listened_to = device->is_listened_to;

    device->configuration = 0;
    device->halted = 0;
    device->is_listened_to = false;
    if (device->ops->reset)
        device->ops->reset (device);
    if (was_listened_to && device->ops->listened)
        device->ops->listened (device);
}

static int
set_configuration (struct usb_device *device, unsigned value)
{
    if (value != 0 && value != device->descriptors->configuration[CONFIGURATION_VALUE])
        return USB_STALL;
    unconfigure_locked (device);
    device->configuration = (uint8_t) value;
    return 0;
}

static int
control_device (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                size_t size)
{
    static const uint8_t status[2] = { 0, 0 }; /* powered by the bus, wakes nobody up */

    switch (setup->request) {
    case GET_STATUS:
        return usb_give (data, size, status, sizeof status);
    case SET_ADDRESS: /* the controller's to give, in truth */
        return 0;
    case GET_DESCRIPTOR:
        return give_descriptor (device, setup, data, size);
    case GET_CONFIGURATION:
        return usb_give (data, size, &device->configuration, 1);
    case SET_CONFIGURATION:
        return set_configuration (device, setup->value);
    default:
        return USB_STALL;
    }
}

static int
control_interface (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                   size_t size)
{
    static const uint8_t zeros[2] = { 0, 0 };

    if (device->configuration == 0
        || setup->index >= device->descriptors->configuration[CONFIGURATION_N_INTERFACES])
        return USB_STALL;
    switch (setup->request) {
    case GET_STATUS:
        return usb_give (data, size, zeros, 2);
    case GET_INTERFACE:
        return usb_give (data, size, zeros, 1);
    case SET_INTERFACE: /* each has one setting */
        return setup->value == 0 ? 0 : USB_STALL;
    default:
        return device->ops->control (device, setup, data, size);
    }
}

static int
control_endpoint (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                  size_t size)
{
    unsigned number = (setup->index & 0x0f) | (setup->index & 0x80 ? 0x10 : 0);
    uint8_t status[2] = { device->halted >> number & 1, 0 };

    if (setup->request == GET_STATUS)
        return usb_give (data, size, status, sizeof status);
    if (setup->value != FEATURE_ENDPOINT_HALT)
        return USB_STALL;
    switch (setup->request) {
    case CLEAR_FEATURE:
        device->halted &= ~BIT (number);
        return 0;
    case SET_FEATURE:
        if (number % 16 != 0)
            device->halted |= BIT (number);
        return 0;
    default:
        return USB_STALL;
    }
}

static int
control_locked (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                size_t size)
{
    unsigned to = setup->request_type & USB_RECIPIENT_MASK;

    if ((setup->request_type & USB_TYPE_MASK) != 0)
        return device->ops->control (device, setup, data, size);
    if (to == USB_TO_DEVICE)
        return control_device (device, setup, data, size);
    if (to == USB_TO_INTERFACE)
        return control_interface (device, setup, data, size);
    return to == USB_TO_ENDPOINT ? control_endpoint (device, setup, data, size) : USB_STALL;
}

/* --- for the controller ---------------------------------------------------------------------------- */

int
usb_device_control (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                    size_t size)
{
    bool is_in = setup->request_type & USB_TYPE_IN;
    int ret;

    if (is_in)
        size = MIN_OF (size, setup->length);
    else if (setup->length > size)
        return USB_STALL;
    else
        size = setup->length;
    pthread_mutex_lock (&device->lock);
    ret = control_locked (device, setup, data, size);
    pthread_mutex_unlock (&device->lock);
    return ret < 0 || is_in ? ret : 0;
}

int
usb_device_interrupt_in (struct usb_device *device, unsigned endpoint, uint8_t *data, size_t size)
{
    int ret = USB_STALL;

    pthread_mutex_lock (&device->lock);
    if (device->configuration != 0 && !(device->halted & BIT (16 + endpoint)))
        ret = device->ops->interrupt_in (device, endpoint, data, size);
    pthread_mutex_unlock (&device->lock);
    return ret;
}

void
usb_device_reset_bus (struct usb_device *device)
{
    pthread_mutex_lock (&device->lock);
    unconfigure_locked (device);
    pthread_mutex_unlock (&device->lock);
}

void
usb_device_set_listened_to (struct usb_device *device, bool is_listened_to)
{
    pthread_mutex_lock (&device->lock);
    if (device->is_listened_to != is_listened_to) {
        device->is_listened_to = is_listened_to;
        if (device->ops->listened)
            device->ops->listened (device);
    }
    pthread_mutex_unlock (&device->lock);
}

/* --- for the device ----------------------------------------------------------------------------- */

void
usb_device_init (struct usb_device *device, const struct usb_device_ops *ops,
                 const struct usb_descriptors *descriptors, enum usb_speed speed)
{
    device->ops = ops;
    device->descriptors = descriptors;
    device->speed = speed;
    device->bus = NULL;
    device->port = 0;
    device->configuration = 0;
    device->halted = 0;
    device->is_listened_to = false;
    pthread_mutex_init (&device->lock, NULL);
}

void
usb_device_finish (struct usb_device *device)
{
    usb_device_unplug (device);
    pthread_mutex_destroy (&device->lock);
}

bool
usb_device_is_in_use (struct usb_device *device)
{
    bool in_use;

    pthread_mutex_lock (&device->lock);
    in_use = device->configuration != 0 && device->is_listened_to;
    pthread_mutex_unlock (&device->lock);
    return in_use;
}

void
usb_device_wake (struct usb_device *device)
{
    if (device->bus)
        device->bus->ops->wake (device->bus->controller, device);
}

/* --- where they meet ------------------------------------------------------------------------------ */

static unsigned
find_free_port (const struct usb_bus *bus)
{
    for (unsigned port = 1; port <= bus->n_ports; port++) {
        if (!bus->devices[port])
            return port;
    }
    return 0;
}

int
usb_device_plug (struct usb_device *device, struct usb_bus *bus, unsigned port)
{
    if (!bus || !bus->ops)
        return -ENODEV;
    if (port > bus->n_ports)
        return -EINVAL;
    if (port == 0)
        port = find_free_port (bus);
    if (port == 0)
        return -ENOSPC;
    if (bus->devices[port])
        return -EBUSY;
    bus->devices[port] = device;
    device->bus = bus;
    device->port = port;
    bus->ops->plug (bus->controller, port, device);
    return 0;
}

void
usb_device_unplug (struct usb_device *device)
{
    struct usb_bus *bus = device->bus;

    if (!bus)
        return;
    bus->ops->unplug (bus->controller, device->port, device);
    bus->devices[device->port] = NULL;
    device->bus = NULL;
    device->port = 0;
    usb_device_reset_bus (device);
}

struct usb_bus *
usb_bus_create (void)
{
    return calloc (1, sizeof (struct usb_bus));
}

void
usb_bus_destroy (struct usb_bus *bus)
{
    free (bus);
}

int
usb_bus_set_controller (struct usb_bus *bus, const struct usb_controller_ops *ops, void *controller,
                        unsigned n_ports)
{
    assert (n_ports <= USB_MAX_PORTS);
    if (bus->ops)
        return -EEXIST;
    bus->ops = ops;
    bus->controller = controller;
    bus->n_ports = n_ports;
    return 0;
}

void
usb_bus_clear_controller (struct usb_bus *bus, void *controller)
{
    if (bus->controller != controller)
        return;
    for (unsigned port = 1; port <= bus->n_ports; port++) {
        if (bus->devices[port])
            usb_device_unplug (bus->devices[port]);
    }
    bus->ops = NULL;
    bus->controller = NULL;
}

bool
usb_bus_has_controller (const struct usb_bus *bus)
{
    return bus->ops != NULL;
}
