/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-private.h - the machine's parts, for the files that build them. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

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
struct net;

#define MACHINE_MAX_BLOCKS  VMM_MAX_DEVICES
#define MACHINE_MAX_REPORTS 8
#define MACHINE_BOOT_ORDER  4096 /* bytes of the bootorder file */

enum {
    PENDING_RESET = 1 << 0,
    PENDING_POWER_OFF = 1 << 1,
    PENDING_STUCK = 1 << 2,
    PENDING_PAUSE = 1 << 3,
    PENDING_POWER_BUTTON = 1 << 4,
};

/* What a device said, on its way to the keeper. */
struct machine_report {
    char alias[DEVICE_ALIAS_BYTES];
    const char *broken; /* why it is that now; NULL: an event */
    enum device_event event;
    enum device_action action;
};

struct machine {
    const struct machine_ops *ops;
    void *opaque;
    char *why; /* where machine_create() leaves its sentence; NULL afterwards */
    struct vmm_record_machine record;

    struct kvm *kvm;
    struct irq_chip irq;
    struct device_env env;
    struct vcpus *vcpus;
    struct cpuid *cpuid;
    struct cpu_state **cpu_states; /* one a vCPU */

    struct memory_layout layout;
    int ram_fd;
    uint8_t *ram; /* the whole memfd: low RAM, then high RAM */
    struct memory_block ram_blocks[3]; /* below the VGA hole, up to low top, from 4 GiB on */
    struct memory_block firmware;      /* ROM below 4 GiB */
    void *variables;          /* the keeper's memfd (struct vmm_variables), mapped; NULL: no UEFI */
    uint64_t variables_bytes; /* all of it */
    struct memory_block vga_rom;

    int kernel_fd, initrd_fd; /* kept for resets; -1 when firmware starts the guest */
    bool has_kernel;
    char command_line[VMM_COMMAND_LINE_MAX];

    struct q35 *q35;
    struct fwcfg *fwcfg;
    struct machine_boot *boot;
    struct ahci *ahci; /* NULL without SATA devices */
    struct device *vga; /* NULL without a display */
    struct device *balloon; /* NULL: none */
    struct device *serial; /* virtio-serial's controller; NULL: none */
    struct list devices;
    struct block *blocks[MACHINE_MAX_BLOCKS]; /* borrowed from their devices, for draining */
    unsigned n_blocks;
    struct {
        struct net *net; /* borrowed from its card */
        char alias[VMM_ALIAS_BYTES];
    } nets[VMM_MAX_DEVICES];
    unsigned n_nets;
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

/* machine-memory.c: RAM, firmware, VGA ROM. */
int machine_memory_create (struct machine *machine, struct machine_config *config);
void machine_memory_destroy (struct machine *machine);
void machine_memory_reset (struct machine *machine); /* the BIOS's copy below 1 MiB */

void machine_memory_get_statistics (struct machine *machine, struct vmm_statistics *statistics);

/* machine-devices.c: chipset and devices. */
int machine_devices_create (struct machine *machine, struct machine_config *config);
void machine_devices_destroy (struct machine *machine);
void machine_devices_reset (struct machine *machine);
void machine_devices_set_running (struct machine *machine, bool running);

/* machine-net.c: what is behind network cards. */
int machine_net_open (struct machine *machine, struct device_config *config, struct net **out);
void machine_net_close (struct machine *machine, struct net *net); /* no card took it; NULL is nothing */

/* machine-boot.c: what firmware finds in fw_cfg, or a kernel in memory. */
int machine_boot_create (struct machine *machine);
void machine_boot_destroy (struct machine *machine);
int machine_boot_reset (struct machine *machine); /* vCPUs are in their power-on state */
