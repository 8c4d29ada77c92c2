/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-private.h - the machine's parts, for the files that build them. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "backing.h"
#include "boot.h"
#include "machine-config.h"
#include "cpu-state.h"
#include "cpuid.h"
#include "device.h"
#include "e820.h"
#include "kvm.h"
#include "loop.h"
#include "machine.h"
#include "memory.h"
#include "q35.h"
#include "vcpu.h"

struct ahci;
struct fwcfg;
struct machine_boot;
struct machine_hotplug;
struct machine_vcpus;
struct net;

#define MACHINE_MAX_REPORTS 8
#define MACHINE_BOOT_ORDER  4096 /* bytes of the bootorder file */

/* Seconds that a guest has to give a device or a processor back. */
#ifndef MACHINE_PATIENCE_S
#define MACHINE_PATIENCE_S 30
#endif

enum {
    PENDING_RESET = 1 << 0,
    PENDING_POWER_OFF = 1 << 1,
    PENDING_STUCK = 1 << 2,
    PENDING_PAUSE = 1 << 3,
    PENDING_POWER_BUTTON = 1 << 4,
    PENDING_EJECT = 1 << 5,
};

/* What a device said, on its way to the keeper. */
struct machine_report {
    char alias[DEVICE_ALIAS_BYTES];
    const char *broken; /* why it is that now, or NULL */
    const char *lost;   /* what the process behind it does, or NULL; neither: an event */
    unsigned number;    /* of that process */
    enum device_event event;
    enum device_action action;
};

struct machine {
    const struct machine_ops *ops;
    void *opaque;
    char *why; /* where machine_create() leaves its sentence; NULL afterwards */
    struct vmm_record_machine record; /* max_vcpus is never 0 */

    struct kvm *kvm;
    struct irq_chip irq;
    struct device_env env;
    struct vcpus *vcpus;
    struct cpuid *cpuid;
    struct machine_vcpus *cpus;

    struct memory_layout layout;
    struct backing ram;                /* low RAM, then high RAM */
    struct memory_block ram_blocks[3]; /* below the VGA hole, up to low top, from 4 GiB on */
    struct backing pluggable_ram;
    struct memory_block pluggable;     /* all of that; a device's to map */
    struct memory_block firmware;      /* ROM below 4 GiB */
    void *variables;          /* the keeper's memfd (struct vmm_variables), mapped; NULL: no UEFI */
    uint64_t variables_bytes; /* all of it */

    int kernel_fd, initrd_fd; /* kept for resets; -1 when firmware starts the guest */
    bool has_kernel;
    char command_line[VMM_COMMAND_LINE_MAX];

    struct q35 *q35;
    struct fwcfg *fwcfg;
    struct machine_boot *boot;
    struct machine_hotplug *hotplug;
    struct ahci *ahci; /* NULL without SATA devices */
    struct device *rtc;
    struct device *vga; /* NULL without a display */
    struct device *balloon; /* NULL: none */
    struct device *virtio_mem; /* NULL: none */
    struct loop_timer plugged; /* tells the keeper of what changed in it */
    bool is_plugged_told;      /* nothing has changed since */
    struct device *serial; /* virtio-serial's controller; NULL: none */
    struct list devices;
    struct {
        struct net *net; /* borrowed from its card */
        char alias[VMM_ALIAS_BYTES];
    } nets[VMM_MAX_DEVICES];
    unsigned n_nets;
    uint64_t gone_read_bytes, gone_written_bytes; /* of disks that were removed */
    uint32_t slots_taken; /* a bit a PCI device number */
    struct {
        uint32_t index;
        char path[96];
    } boot_order[VMM_MAX_DEVICES];
    unsigned n_boot_order;

    pthread_t io_thread;
    bool has_io_thread; /* it runs: there may be disk requests in flight */
    bool is_running;
    bool is_stuck;

    struct loop_work attention; /* looks at what follows, on the main loop */
    atomic_uint pending;        /* PENDING_… */
    pthread_mutex_t report_lock;
    const char *stuck_text; /* report_lock */
    struct machine_report reports[MACHINE_MAX_REPORTS]; /* report_lock */
    unsigned n_reports;                                 /* report_lock */
};

/* Leaves one sentence for the keeper, and returns RET. */
int machine_fail (struct machine *machine, int ret, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* Any thread: the main loop shall see to WHAT (PENDING_…); the guest executes nothing until then. */
void machine_ask (struct machine *machine, unsigned what);

/* Between these two no vCPU runs and the I/O loop's thread is stopped, though requests may be in
 * flight: devices may come and go.  Afterwards all is as before. */
void machine_hold (struct machine *machine);
void machine_go_on (struct machine *machine);

/* machine-vcpus.c: processors; the chip they come and go by is part of the chipset. */
extern const struct vcpus_ops machine_vcpus_ops; /* machine.c's */
int machine_vcpus_create (struct machine *machine);
int machine_vcpus_create_chip (struct machine *machine);
int machine_vcpus_reset (struct machine *machine); /* those that were to go are gone */
void machine_vcpus_destroy_chip (struct machine *machine);
void machine_vcpus_destroy (struct machine *machine); /* ends their threads */
void machine_vcpus_free (struct machine *machine);

/* machine-hotplug.c: devices that come and go. */
int machine_hotplug_create (struct machine *machine);
void machine_hotplug_note_devices (struct machine *machine);
uint32_t machine_hotplug_get_slots (struct machine *machine); /* a bit each, where one may */
void machine_hotplug_eject (struct machine *machine);         /* what PENDING_EJECT asks for */
void machine_hotplug_reset (struct machine *machine);         /* those that were to go are gone */
void machine_hotplug_destroy (struct machine *machine);

/* machine-memory.c: RAM, firmware, VGA ROM. */
int machine_memory_create (struct machine *machine, struct machine_config *config);
void machine_memory_destroy (struct machine *machine);
void machine_memory_reset (struct machine *machine); /* the BIOS's copy below 1 MiB */

/* DEVICE is the virtio-mem, whose changes the keeper is told of. */
void machine_memory_watch (struct machine *machine, struct device *device);

void machine_memory_get_statistics (struct machine *machine, struct vmm_statistics *statistics);

/* machine-devices.c: chipset and devices. */
int machine_devices_create (struct machine *machine, struct machine_config *config);
void machine_devices_destroy (struct machine *machine);
void machine_devices_reset (struct machine *machine);
void machine_devices_set_running (struct machine *machine, bool running);
/* Makes the device D describes, taking its descriptor; destroys one.  Held, or before the start. */
int machine_device_create (struct machine *machine, struct device_config *d, struct device **out);
void machine_device_destroy (struct machine *machine, struct device *device);
/* The one called ALIAS that is no part of the chipset, or NULL. */
struct device *machine_find_device (struct machine *machine, const char *alias);

/* machine-block.c: what is behind disks.  The raw image behind FD, which is taken over, for the device
 * ALIAS; what D says is behind its device. */
int machine_open_raw (struct machine *machine, const char *alias, int fd, uint32_t backend_flags,
                      struct block **block);
int machine_block_open (struct machine *machine, struct device_config *d, struct block **block);

/* What machine_attach_begin() and _hear() do of a disk. */
int machine_block_begin (struct machine *machine, struct device_config *d, int *fd,
                         int64_t *until_ns);
int machine_block_hear (struct machine *machine, struct device_config *d);
void machine_block_belongs_to (struct block *block, struct device *device); /* BLOCK may be NULL */

/* Tells the keeper that process NUMBER behind DEVICE is of no use any more: it does what WHY, a constant
 * sentence without its subject, says.  Any thread. */
void machine_report_lost (struct device *device, unsigned number, const char *why);

/* machine-net.c: what is behind network cards. */
int machine_net_open (struct machine *machine, struct device_config *config,
                      const struct device_class *class, struct net **out);
void machine_net_forget (struct machine *machine, const char *alias); /* a device that goes */
void machine_net_close (struct machine *machine, struct net *net); /* no card took it; NULL is nothing */

/* machine-buses.c: what sits on a controller.  Whether there may be a device of CLASS, made from D; 0 or what
 * machine_fail() says. */
int machine_check_controller (struct machine *machine, const struct device_config *d,
                              const struct device_class *class);
/* One of the devices that sit on CONTROLLER, or NULL. */
struct device *machine_find_on_controller (struct machine *machine,
                                           const struct device *controller);
/* Plugs DEVICE, made from D, into its controller, if its
 * class has one; notes where it boots from and when, if it does. */
int machine_attach_to_bus (struct machine *machine, const struct device_config *d,
                          struct device *device);
void machine_note_boot_order (struct machine *machine, const struct device_config *d,
                              const struct device *device);

/* machine-boot.c: what firmware finds in fw_cfg, or a kernel in memory. */
int machine_boot_create (struct machine *machine);
void machine_boot_destroy (struct machine *machine);
int machine_boot_reset (struct machine *machine); /* vCPUs are in their power-on state */
