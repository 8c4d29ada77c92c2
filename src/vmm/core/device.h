/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.h - what every device is: a class with a table of options, and an instance that can be
 * reset, marked broken and destroyed.
 *
 * Life of an instance: class->create() - reset() - the machine runs - … reset() … - destroy().
 * create() acquires everything the device will ever hold (memory, descriptors); nothing is allocated
 * on a guest's account later.  reset() runs with all vCPUs parked; it must leave the device as after
 * power-on, with no request in flight.  destroy() undoes create() and takes NULL.  Both create() and
 * destroy() may be called while the machine lives, on the main loop's thread with all vCPUs parked
 * and the I/O loop's thread stopped: a destroyed device takes every timer, watch and work back and
 * lets requests in flight come to their end.
 *
 * Broken: when a guest drives a device outside its specification in a way that leaves no safe next
 * step, the device is marked broken: it stops working until the next reset, the keeper is told, the
 * machine lives on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "log.h"

struct bus;
struct block;
struct chardev;
struct device;
struct input;
struct irq_chip;
struct loop;
struct memory;
struct memory_block;
struct net;
struct pci_bus;
struct pci_rom;
struct scanout;
struct usb_bus;

/* What a device may notice about the guest. */
enum device_event {
    DEVICE_EVENT_WATCHDOG,     /* nobody fed it in time */
    DEVICE_EVENT_PANICKED,     /* the guest's kernel says that it cannot go on */
    DEVICE_EVENT_CRASH_LOADED, /* the same, but its own crash kernel takes over now */
    DEVICE_EVENT_N
};

/* What the machine does about it. */
enum device_action {
    DEVICE_ACTION_NONE,
    DEVICE_ACTION_RESET,
    DEVICE_ACTION_POWER_OFF,
    DEVICE_ACTION_PAUSE,
    DEVICE_ACTION_POWER_BUTTON,
    DEVICE_ACTION_N
};

/* Their names as choices of an option, in this order. */
extern const char *const device_action_names[DEVICE_ACTION_N + 1];

/* What a machine offers its devices.  Owned by the machine, valid for a device's whole life. */
struct device_env {
    struct memory *memory;
    struct bus *ports;        /* port I/O */
    struct bus *mmio;         /* memory-mapped registers */
    struct irq_chip *irq;
    struct pci_bus *pci;
    struct loop *loop;        /* main loop */
    struct loop *io_loop;     /* disks; the same as loop in device tests */
    struct input *input;      /* where keyboards and pointers register */
    struct scanout *scanout;  /* the one display; NULL when the machine has none */
    struct usb_bus *usb;      /* where USB devices find their controller */
    struct memory_block *pluggable; /* RAM for one device to map in parts, at its gpa; or NULL */

    /* Asks for what only the machine can do.  Any thread; returns at once. */
    void (*request) (void *machine, unsigned what /* enum machine_request */);
    /* Says that DEVICE was marked broken.  Any thread; returns at once. */
    void (*report_broken) (void *machine, struct device *device, const char *reason);
    /* Says what DEVICE noticed about the guest, for the keeper, and has the machine do ACTION about
     * it.  Any thread, under any device's lock; returns at once. */
    void (*report_event) (void *machine, struct device *device, enum device_event event,
                          enum device_action action);
    void *machine;
};

enum machine_request {
    MACHINE_REQUEST_RESET,     /* as the reset line */
    MACHINE_REQUEST_POWER_OFF, /* the guest switched the power off (ACPI S5) */
    MACHINE_REQUEST_N
};

/* An option's value arrives as text and is stored into the class's config struct. */
enum option_type {
    OPTION_BOOL,   /* on, off; a bool */
    OPTION_UINT,   /* decimal or 0x…; a uint64_t within [min, max] */
    OPTION_STRING, /* a char array of max bytes, NUL included; printable ASCII */
    OPTION_CHOICE, /* one of choices; an unsigned, its index there */
    OPTION_N
};

struct option {
    const char *name;
    enum option_type type;
    size_t offset;        /* of the field in the config struct */
    uint64_t min, max;    /* UINT: bounds; STRING: max is the array's size */
    const char *fallback; /* the default, as text */
    const char *help;     /* one line, no full stop */
    const char *const *choices; /* CHOICE: ends with NULL */
};

/* What stands behind a device, opened by the keeper and taken apart by the machine. */
enum backend_kind {
    BACKEND_NONE,
    BACKEND_BLOCK, /* args->block, may be NULL for a drive with no medium */
    BACKEND_CHAR,  /* args->chardev, may be NULL: output is swallowed */
    BACKEND_NET,   /* args->net, never NULL, with what may serve it (net_take_vhost()) */
    BACKEND_VHOST, /* args->vhost_fd, set up for the device's kind; -1 when there is none */
    BACKEND_N
};

struct device_args {
    const struct device_env *env;
    const char *alias;       /* unique in the machine; copied by device_init() */
    unsigned slot;           /* PCI device number, for classes on the PCI bus */
    unsigned unit;           /* port or channel on a controller, for classes that sit on one */
    struct block *block;     /* taken over by create() when it succeeds */
    struct chardev *chardev; /* taken over by create() when it succeeds */
    struct net *net;         /* taken over by create() when it succeeds */
    int vhost_fd;            /* taken over by create() when it succeeds */
    const void *config;      /* the class's config struct, filled from its options */
};

/* Where a class sits; decides what the machine must give it. */
enum device_bus {
    DEVICE_BUS_PLATFORM,      /* fixed ports or addresses */
    DEVICE_BUS_PCI,           /* a slot */
    DEVICE_BUS_SATA,          /* a port of the machine's AHCI controller */
    DEVICE_BUS_VIRTIO_SERIAL, /* a port of the machine's virtio-serial controller */
    DEVICE_BUS_USB,           /* a port of the machine's USB controller: unit, 0 for the first free */
    DEVICE_BUS_SCSI,          /* a unit behind one of the machine's SCSI controllers */
    DEVICE_BUS_N
};

struct device_class {
    const char *name;    /* the model as the keeper names it: "virtio-blk" */
    const char *summary; /* one line for people */
    enum device_bus bus;
    enum backend_kind backend;
    bool has_pairs; /* a network card that takes several plugs (net_n_pairs()) */
    bool is_fixed; /* cannot come or go while the machine runs, though its bus could */
    const struct option *options;
    size_t n_options;
    size_t config_size; /* 0 when there are no options */
    int (*create) (const struct device_args *args, struct device **out); /* 0 or -errno */
};

struct device_ops {
    void (*reset) (struct device *device);
    void (*destroy) (struct device *device);
    /* Optional: the device was just marked broken; tell the guest (DEVICE_NEEDS_RESET).  Called on
     * the thread that marked it, under the device's lock if that thread holds it. */
    void (*broken) (struct device *device);
    /* Optional: the vCPUs are about to run, or no longer do; for what counts the guest's time.  On
     * the main loop's thread, only when it changes; a new device's machine does not run. */
    void (*set_running) (struct device *device, bool running);
    /* Optional: somebody is, or is no longer, at the other end of the device's backend.  Main loop's
     * thread. */
    void (*set_connected) (struct device *device, bool connected);

    /* What follows is optional and called with all vCPUs parked and the I/O loop's thread stopped;
     * requests may be in flight. */

    /* As the button on a drive: its medium is taken out and closed.  A guest that keeps the tray
     * locked is told of the button, and the result is -EBUSY; FORCE overrides that. */
    int (*eject) (struct device *device, bool force);
    /* Puts MEDIUM in the place of what is in the drive and tells the guest; takes it over when it
     * succeeds.  -EBUSY as above. */
    int (*insert) (struct device *device, struct block *medium, bool force);
    /* The disk's block has another size now: tells the guest. */
    void (*resized) (struct device *device);
};

#define DEVICE_ALIAS_BYTES 32

/* The first member of every device's struct. */
struct device {
    const struct device_ops *ops;
    const struct device_env *env;
    const struct device_class *class; /* NULL for parts of the chipset */
    char alias[DEVICE_ALIAS_BYTES];
    _Atomic bool is_broken; /* set once, cleared by device_reset() */
    struct log_limit log_limit;

    /* The machine's notes. */
    struct list node;    /* its list of devices */
    unsigned slot;       /* PCI device number; 0: none of its own */
    unsigned number;     /* a SCSI controller's, by which drives name it */
    struct device *controller; /* it sits on, and goes with; NULL for what has none that goes */
    struct block *block; /* what it was given, for draining and figures; the device's own; NULL */
    struct pci_rom *rom; /* its function's, the machine's; NULL */
};

void device_init (struct device *device, const struct device_ops *ops,
                  const struct device_args *args);

/* Clears the broken mark and calls ops->reset. */
void device_reset (struct device *device);

/* Calls ops->destroy; NULL is nothing. */
void device_destroy (struct device *device);

/* Marks DEVICE broken for REASON (a static string), once; logs it with the device's alias.  Returns
 * -EIO so that a handler can say `return device_mark_broken (...)`.  Any thread. */
int device_mark_broken (struct device *device, const char *reason);

/* Fills CONFIG (class->config_size bytes) with the defaults of CLASS. */
void device_options_init (const struct device_class *class, void *config);

/* Sets the option NAME to VALUE.  Returns 0, -ENOENT when CLASS has no such option, or -EINVAL when
 * VALUE is not one for it. */
int device_option_set (const struct device_class *class, void *config, const char *name,
                       const char *value);
