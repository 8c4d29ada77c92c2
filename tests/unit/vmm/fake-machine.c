/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine.c - a machine on a KVM that runs nothing. */
#include "fake-machine.h"

#include <glib.h>
#include <string.h>

#include "bits.h"
#include "fake-kvm.h"
#include "fd.h"

#define FIRMWARE_BYTES  KIB (64)
#define VARIABLES_BYTES KIB (64)

static int
new_file (const char *name, uint64_t bytes)
{
    int fd = fd_memfd_create (name, bytes);

    g_assert_cmpint (fd, >=, 0);
    return fd;
}

int
fake_machine_create (bool uefi, const struct machine_ops *ops, struct machine **machine,
                     char why[VMM_TEXT_BYTES])
{
    g_autofree struct machine_config *config = g_new (struct machine_config, 1);
    int ret;

    machine_config_init (config);
    strcpy (config->machine.name, "test");
    config->machine.memory_bytes = MIB (16);
    config->machine.n_vcpus = 2;
    config->machine.max_vcpus = 3;
    config->kvm_fd = fake_kvm_open ();
    config->firmware_fd = new_file ("firmware", FIRMWARE_BYTES);
    if (uefi)
        config->variables_fd = new_file ("variables", VMM_VARIABLES_OFFSET + VARIABLES_BYTES);
    *machine = NULL;
    ret = machine_create (config, ops, NULL, machine, why);
    machine_config_clear (config);
    return ret;
}
