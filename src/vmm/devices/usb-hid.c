/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb-hid.c - what the USB keyboard and the USB tablet have in common.
 *
 * The idle rate (HID 1.11 §7.2.4) asks for the report again after a while in which nothing happened.
 * Only firmware uses it, which makes its key repeat out of it, so it is kept while something is held
 * down and costs no timer otherwise.
 */
#include "usb-hid.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"

#define IDLE_UNIT_NS 4000000ll

#define DESCRIPTOR_HID    0x21
#define DESCRIPTOR_REPORT 0x22

#define REPORT_INPUT  1
#define REPORT_OUTPUT 2

#define PROTOCOL_REPORT 1

enum {
    GET_DESCRIPTOR = 6, /* of the interface: HID 1.11 §7.1 */
    GET_REPORT = 1,     /* §7.2, class requests */
    GET_IDLE = 2,
    GET_PROTOCOL = 3,
    SET_REPORT = 9,
    SET_IDLE = 10,
    SET_PROTOCOL = 11,
};

static struct usb_hid *
hid_from_usb (struct usb_device *device)
{
    return container_of (device, struct usb_hid, usb);
}

/* --- the idle rate ------------------------------------------------------------------------------ */

static void
idle_cb (void *opaque)
{
    struct usb_hid *hid = opaque;

    pthread_mutex_lock (&hid->usb.lock);
    hid->is_repeat_due = hid->idle != 0 && hid->kind->is_held (hid);
    pthread_mutex_unlock (&hid->usb.lock);
    usb_device_wake (&hid->usb);
}

/* The state was told just now; it is told again after the idle time. */
static void
restart_idle_locked (struct usb_hid *hid)
{
    hid->is_repeat_due = false;
    if (hid->idle != 0 && hid->kind->is_held && hid->kind->is_held (hid))
        loop_timer_arm (&hid->idle_timer, loop_now_ns () + hid->idle * IDLE_UNIT_NS);
    else
        loop_timer_disarm (&hid->idle_timer);
}

/* --- what the controller asks ------------------------------------------------------------------- */

static int
get_descriptor (const struct usb_hid *hid, const struct usb_setup *setup, uint8_t *data,
                size_t size)
{
    const struct usb_hid_kind *kind = hid->kind;

    switch (setup->value) {
    case DESCRIPTOR_HID << 8:
        return usb_give (data, size, kind->hid_descriptor, kind->hid_descriptor[0]);
    case DESCRIPTOR_REPORT << 8:
        return usb_give (data, size, kind->report_descriptor, kind->report_descriptor_bytes);
    default:
        return USB_STALL;
    }
}

static int
get_report (struct usb_hid *hid, uint8_t *data, size_t size)
{
    uint8_t report[USB_HID_MAX_REPORT];
    size_t len = hid->kind->get_report (hid, report);

    return usb_give (data, size, report, len);
}

static int
control_class (struct usb_hid *hid, const struct usb_setup *setup, uint8_t *data, size_t size)
{
    switch (setup->request) {
    case GET_REPORT:
        return setup->value == REPORT_INPUT << 8 ? get_report (hid, data, size) : USB_STALL;
    case GET_IDLE:
        return usb_give (data, size, &hid->idle, 1);
    case GET_PROTOCOL:
        return usb_give (data, size, &hid->protocol, 1);
    case SET_REPORT:
        if (setup->value != REPORT_OUTPUT << 8 || !hid->kind->set_report)
            return USB_STALL;
        hid->kind->set_report (hid, data, size);
        return 0;
    case SET_IDLE:
        hid->idle = (uint8_t) (setup->value >> 8);
        restart_idle_locked (hid);
        return 0;
    case SET_PROTOCOL: /* the reports are the same in both */
        if (setup->value > PROTOCOL_REPORT)
            return USB_STALL;
        hid->protocol = (uint8_t) setup->value;
        return 0;
    default:
        return USB_STALL;
    }
}

static int
hid_control (struct usb_device *device, const struct usb_setup *setup, uint8_t *data, size_t size)
{
    struct usb_hid *hid = hid_from_usb (device);
    const unsigned to = setup->request_type & (USB_TYPE_MASK | USB_RECIPIENT_MASK);

    if (setup->index != 0)
        return USB_STALL;
    if (to == USB_TO_INTERFACE && setup->request == GET_DESCRIPTOR)
        return get_descriptor (hid, setup, data, size);
    if (to == (USB_TYPE_CLASS | USB_TO_INTERFACE))
        return control_class (hid, setup, data, size);
    return USB_STALL;
}

static int
hid_interrupt_in (struct usb_device *device, unsigned endpoint, uint8_t *data, size_t size)
{
    struct usb_hid *hid = hid_from_usb (device);

    if (endpoint != 1)
        return USB_STALL;
    if (!hid->kind->take_next (hid) && !hid->is_repeat_due)
        return USB_NAK;
    restart_idle_locked (hid);
    return get_report (hid, data, size);
}

static void
hid_listened (struct usb_device *device)
{
    struct input *input = device->device.env->input;

    if (input)
        input_changed (input);
}

static void
hid_reset_bus (struct usb_device *device)
{
    struct usb_hid *hid = hid_from_usb (device);

    hid->protocol = PROTOCOL_REPORT;
    hid->idle = 0;
    hid->is_repeat_due = false;
    loop_timer_disarm (&hid->idle_timer);
    hid->kind->reset (hid);
}

static const struct usb_device_ops hid_ops = {
    .reset = hid_reset_bus,
    .control = hid_control,
    .interrupt_in = hid_interrupt_in,
    .listened = hid_listened,
};

/* --- for the kinds ------------------------------------------------------------------------------ */

bool
usb_hid_is_active (void *opaque)
{
    struct usb_hid *hid = opaque;

    return usb_device_is_in_use (&hid->usb);
}

/* --- the device --------------------------------------------------------------------------------- */

static void
hid_reset (struct device *device)
{
    usb_device_reset_bus (container_of (device, struct usb_device, device));
}

static void
hid_destroy (struct device *device)
{
    struct usb_hid *hid = container_of (device, struct usb_hid, usb.device);

    if (device->env->input)
        input_remove (device->env->input, &hid->input);
    usb_device_finish (&hid->usb);
    loop_timer_disarm (&hid->idle_timer);
    free (hid);
}

static const struct device_ops device_ops = { .reset = hid_reset, .destroy = hid_destroy };

static void
init (struct usb_hid *hid, const struct usb_hid_kind *kind, const struct device_args *args)
{
    device_init (&hid->usb.device, &device_ops, args);
    usb_device_init (&hid->usb, &hid_ops, kind->descriptors, USB_SPEED_FULL);
    hid->kind = kind;
    hid->input = (struct input_handler){
        .ops = kind->input,
        .opaque = hid,
        .rank = INPUT_RANK_USB,
    };
    list_init (&hid->input.node);
    loop_timer_init (&hid->idle_timer, args->env->loop, idle_cb, hid);
    usb_device_reset_bus (&hid->usb);
}

int
usb_hid_create (const struct usb_hid_kind *kind, size_t size, const struct device_args *args,
                struct device **out)
{
    struct usb_hid *hid = calloc (1, size);
    int ret;

    if (!hid)
        return -ENOMEM;
    init (hid, kind, args);
    ret = usb_device_plug (&hid->usb, args->env->usb, args->unit);
    if (ret < 0) {
        hid_destroy (&hid->usb.device);
        return ret;
    }
    if (args->env->input)
        input_add (args->env->input, &hid->input);
    *out = &hid->usb.device;
    return 0;
}
