/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-config.h - VMM_CREATE taken apart: the whole machine as its keeper described it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm-protocol.h"

struct block;

struct device_config {
    struct vmm_record_device record; /* checked; strings end; without its options */
    struct vmm_option options[VMM_MAX_OPTIONS];
    int fd;     /* the backend's, owned; -1 */
    int rom_fd; /* owned; -1 */
    int vhost_fd; /* owned; -1 */
    struct {
        int fd, vhost_fd;       /* the same, of a network card's further pairs */
    } pairs[VMM_MAX_PAIRS - 1]; /* record.n_pairs - 1 of them */
    struct block *opened;       /* what fd was taken for: see machine_attach_begin(); owned; NULL */
};

struct machine_config {
    struct vmm_record_machine machine; /* checked; its descriptors are below */
    bool has_kernel;
    char command_line[VMM_COMMAND_LINE_MAX];
    int kvm_fd, firmware_fd, debug_fd, kernel_fd, initrd_fd; /* owned; -1: none */
    int variables_fd; /* the same */
    bool has_cpu;
    struct vmm_record_cpu cpu;                             /* checked; without its features */
    struct vmm_cpu_feature cpu_features[VMM_MAX_FEATURES]; /* strings end */
    unsigned n_devices;
    struct device_config devices[VMM_MAX_DEVICES];
};

/* Empty: nothing owned. */
void machine_config_init (struct machine_config *config);

/* Takes MESSAGE (LEN bytes, header included) and all FDS apart.  The descriptors are CONFIG's from
 * now on, also on failure.  Returns 0, or -EBADMSG and *WHY, a static sentence. */
int machine_config_parse (struct machine_config *config, const void *message, size_t len, const int *fds,
                  unsigned n_fds, const char **why);

/* The same for VMM_ATTACH: one device.  On failure nothing is left to close; else D's descriptors
 * are the caller's. */
int machine_config_parse_device (struct device_config *d, const void *message, size_t len,
                                 const int *fds, unsigned n_fds, const char **why);

/* Closes what nobody took: of one device, of all. */
void machine_config_close_device (struct device_config *d);
void machine_config_clear (struct machine_config *config);
