/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-hid.h - what the USB keyboard and the USB tablet have in common (Device Class Definition for
 * HID 1.11).
 *
 * One interface, one interrupt IN endpoint, one report each way.  A kind says how its reports come
 * about; the requests, the idle rate and the way to the router of input are here.
 */
#pragma once

#include "input.h"
#include "loop.h"
#include "usb.h"

#define USB_HID_MAX_REPORT 8 /* bytes */

struct usb_hid;

/* All called under the device's lock. */
struct usb_hid_kind {
    const char *name;
    const struct usb_descriptors *descriptors;
    const uint8_t *hid_descriptor; /* inside the configuration's */
    const uint8_t *report_descriptor;
    size_t report_descriptor_bytes;
    const struct input_ops *input;

    /* Forgets what the guest was not told yet; what the user holds down stays so. */
    void (*reset) (struct usb_hid *hid);
    /* Takes the next of what happened into the state; false: the guest knows everything. */
    bool (*take_next) (struct usb_hid *hid);
    /* Writes the state as an input report and returns its length. */
    size_t (*get_report) (struct usb_hid *hid, uint8_t *report);
    /* Optional: whether something is held down, so that the idle rate makes sense. */
    bool (*is_held) (struct usb_hid *hid);
    /* Optional: an output report. */
    void (*set_report) (struct usb_hid *hid, const uint8_t *report, size_t size);
};

/* The first member of a HID device's struct. */
struct usb_hid {
    struct usb_device usb;
    const struct usb_hid_kind *kind;
    struct input_handler input;
    struct loop_timer idle_timer;

    /* The device's lock guards these. */
    uint8_t protocol;   /* 0 boot, 1 report */
    uint8_t idle;       /* 4 ms each; 0: only what is new is told */
    bool is_repeat_due; /* the idle time is over */
};

/* Makes a device of SIZE bytes, a struct usb_hid and then the kind's own, which are zero; puts it into the
 * port ARGS ask for and offers it to the router.  0 or -errno. */
int usb_hid_create (const struct usb_hid_kind *kind, size_t size, const struct device_args *args,
                    struct device **out);

bool usb_hid_is_active (void *hid); /* for kinds' input_ops */
