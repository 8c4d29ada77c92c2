/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb.h - what a USB device is to the controller it is plugged into, and where devices and the
 * controller find each other.
 *
 * USB 2.0, chapter 9.  A device embeds a struct usb_device and answers for itself; requests every
 * device has to know are answered here out of its descriptors.  The controller moves the bytes:
 * what a device is given is a copy, what it gives is copied.
 *
 * Locks: bus → controller → USB device.  The controller calls in here with its lock held; the device's
 * ops run under the device's lock, which is a leaf but for input_changed() and timers.
 * usb_device_wake() takes the controller's lock: never call it with the device's lock held.
 * Plugging and waking happen on the main loop's thread, or before the machine runs.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "device.h"

#define USB_MAX_PORTS 15 /* what definitions may ask a controller for */

/* Request types and requests (§9.3, §9.4). */
#define USB_TYPE_IN        0x80
#define USB_TYPE_CLASS     0x20
#define USB_TYPE_MASK      0x60
#define USB_RECIPIENT_MASK 0x1f
#define USB_TO_DEVICE      0x00
#define USB_TO_INTERFACE   0x01
#define USB_TO_ENDPOINT    0x02

#define USB_DESCRIPTOR_DEVICE        1
#define USB_DESCRIPTOR_CONFIGURATION 2
#define USB_DESCRIPTOR_STRING        3

struct usb_bus;
struct usb_device;

/* As xHCI's default port speed IDs number them (xHCI 1.2 §7.2.2.1.1). */
enum usb_speed { USB_SPEED_FULL = 1, USB_SPEED_LOW = 2, USB_SPEED_HIGH = 3 };

/* What a device answers instead of a number of bytes. */
enum usb_answer { USB_NAK = -1 /* not now */, USB_STALL = -2 /* not ever like that */ };

struct usb_setup {
    uint8_t request_type, request;
    uint16_t value, index, length;
};

/* Called under the device's lock. */
struct usb_device_ops {
    /* As after power-on: the port was reset, or the device was pulled out. */
    void (*reset) (struct usb_device *device);

    /* A request that is not in chapter 9, or about an interface.  Data of SETUP's direction are in
     * DATA, or go there, up to SIZE bytes.  Returns the bytes that go to the host, or USB_STALL. */
    int (*control) (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                    size_t size);

    /* The host asks ENDPOINT (1 to 15) for up to SIZE bytes.  Returns bytes, or USB_NAK until
     * usb_device_wake() says that it is worth asking again.  The device is configured. */
    int (*interrupt_in) (struct usb_device *device, unsigned endpoint, uint8_t *data, size_t size);

    /* Optional: the host has come to listen to the device, or does not any more. */
    void (*listened) (struct usb_device *device);
};

/* A device's descriptors as the host gets them; all the device's, for its whole life. */
struct usb_descriptors {
    const uint8_t *device;        /* 18 bytes */
    const uint8_t *configuration; /* the only one, all that belongs to it included */
    size_t configuration_bytes;
    const char *const *strings; /* ASCII, the first is string 1 */
    unsigned n_strings;
};

struct usb_device {
    struct device device;
    const struct usb_device_ops *ops;
    const struct usb_descriptors *descriptors;
    enum usb_speed speed;

    struct usb_bus *bus; /* NULL: in no port; main loop's thread */
    unsigned port;       /* from 1 on */

    pthread_mutex_t lock;  /* guards what follows, and what ops touch */
    uint8_t configuration; /* 0: not configured */
    uint32_t halted;       /* a bit an endpoint: 0-15 OUT, 16-31 IN */
    bool is_listened_to;   /* some IN endpoint is asked */
};

/* Fills in all but device.  The caller goes on to usb_device_plug() when it is complete. */
void usb_device_init (struct usb_device *device, const struct usb_device_ops *ops,
                      const struct usb_descriptors *descriptors, enum usb_speed speed);
void usb_device_finish (struct usb_device *device); /* pulls it out, too */

/* Puts DEVICE into PORT (from 1 on; 0: the first free one).  Returns 0, -ENODEV without a controller,
 * -EINVAL when there is no such port, -EBUSY or -ENOSPC when it, or every one, is taken. */
int usb_device_plug (struct usb_device *device, struct usb_bus *bus, unsigned port);
void usb_device_unplug (struct usb_device *device); /* harmless on one that is in no port */

/* For ops->control(): gives the host the LEN BYTES, or as many as SIZE has room for; returns how many. */
int usb_give (uint8_t *data, size_t size, const void *bytes, size_t len);

/* Some endpoint that answered USB_NAK has something to say now. */
void usb_device_wake (struct usb_device *device);

/* Whether the guest's driver has set DEVICE up and listens.  Takes the device's lock. */
bool usb_device_is_in_use (struct usb_device *device);

/* --- for the controller, with its lock held ------------------------------------------------------ */

/* A whole control transfer: §8.5.3. DATA has room for SIZE bytes; for a transfer to the device its
 * length is SETUP's.  Returns the bytes for the host, 0 for a transfer to the device, or USB_STALL. */
int usb_device_control (struct usb_device *device, const struct usb_setup *setup, uint8_t *data,
                        size_t size);
int usb_device_interrupt_in (struct usb_device *device, unsigned endpoint, uint8_t *data,
                             size_t size);
void usb_device_reset_bus (struct usb_device *device);
void usb_device_set_listened_to (struct usb_device *device, bool is_listened_to);

/* --- where they meet ------------------------------------------------------------------------------ */

struct usb_controller_ops {
    /* Called on the main loop's thread, with no lock held. */
    void (*plug) (void *controller, unsigned port, struct usb_device *device);
    void (*unplug) (void *controller, unsigned port, struct usb_device *device);
    void (*wake) (void *controller, struct usb_device *device);
};

/* The machine's; NULL when out of memory. */
struct usb_bus *usb_bus_create (void);
void usb_bus_destroy (struct usb_bus *bus);

/* The controller comes, with N_PORTS; -EEXIST when there is one already. */
int usb_bus_set_controller (struct usb_bus *bus, const struct usb_controller_ops *ops,
                            void *controller, unsigned n_ports);
/* It goes: devices that are plugged in are pulled out. */
void usb_bus_clear_controller (struct usb_bus *bus, void *controller);
bool usb_bus_has_controller (const struct usb_bus *bus);
