/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-config.c - VMM_CREATE taken apart.
 *
 * The keeper is our own program, but what it says was written by a user and travelled through XML: a
 * record is copied out, then checked, then used, and a descriptor can be named once.
 */
#include "machine-config.h"

#include <errno.h>
#include <string.h>

#include "bits.h"
#include "block.h"
#include "fd.h"
#include "message.h"

#define MAX_MEMORY_BYTES GIB (4096)

/* The descriptors that came along, each to be taken once. */
struct fd_table {
    int fds[MESSAGE_MAX_FDS];
    unsigned n;
};

/* Moves descriptor INDEX into *OUT (-1 for VMM_NO_FD).  False when there is no such one (any more). */
static bool
take_fd (struct fd_table *table, int32_t index, int *out)
{
    *out = -1;
    if (index == VMM_NO_FD)
        return true;
    if (index < 0 || (unsigned) index >= table->n || table->fds[index] < 0)
        return false;
    *out = fd_steal (&table->fds[index]);
    return true;
}

static bool
is_terminated (const char *text, size_t size)
{
    return memchr (text, '\0', size) != NULL;
}

/* Descriptor number N from INDEX on; none where INDEX is none. */
static bool
take_nth_fd (struct fd_table *table, int32_t index, unsigned n, int *out)
{
    return take_fd (
        table, index == VMM_NO_FD || index > MESSAGE_MAX_FDS ? index : index + (int32_t) n, out);
}

static const char *
parse_machine (struct machine_config *config, struct fd_table *table, const void *record,
               size_t size)
{
    struct vmm_record_machine *m = &config->machine;

    if (size != sizeof *m)
        return "the machine's record has the wrong size";
    memcpy (m, record, sizeof *m);
    if (!is_terminated (m->name, sizeof m->name))
        return "the machine's name does not end";
    if (m->memory_bytes < MIB (1) || m->memory_bytes > MAX_MEMORY_BYTES
        || m->memory_bytes % MIB (1))
        return "a machine has between 1 MiB and 4 TiB of memory, in whole MiB";
    if (m->pluggable_bytes > MAX_MEMORY_BYTES || m->pluggable_bytes % MIB (1))
        return "a machine may be given up to 4 TiB of memory, in whole MiB";
    if (m->n_vcpus == 0 || m->n_vcpus > 1024 || m->max_vcpus > 1024)
        return "a machine has between 1 and 1024 processors";
    if (m->max_vcpus != 0 && m->max_vcpus < m->n_vcpus)
        return "a machine begins with more processors than it may have";
    if (!take_fd (table, m->kvm_fd, &config->kvm_fd) || config->kvm_fd < 0)
        return "/dev/kvm did not come along";
    if (!take_fd (table, m->firmware_fd, &config->firmware_fd)
        || !take_fd (table, m->debug_fd, &config->debug_fd))
        return "a descriptor of the machine did not come along";
    return NULL;
}

static const char *
parse_kernel (struct machine_config *config, struct fd_table *table, const void *record,
              size_t size)
{
    struct vmm_record_kernel k;

    if (size != sizeof k || config->has_kernel)
        return "the kernel's record has the wrong size, or comes twice";
    memcpy (&k, record, sizeof k);
    if (!is_terminated (k.command_line, sizeof k.command_line))
        return "the kernel's command line does not end";
    if (!take_fd (table, k.kernel_fd, &config->kernel_fd) || config->kernel_fd < 0
        || !take_fd (table, k.initrd_fd, &config->initrd_fd))
        return "the kernel, or its initrd, did not come along";
    memcpy (config->command_line, k.command_line, sizeof config->command_line);
    config->has_kernel = true;
    return NULL;
}

static const char *
parse_variables (struct machine_config *config, struct fd_table *table, const void *record,
                 size_t size)
{
    struct vmm_record_variables v;

    if (size != sizeof v || config->variables_fd >= 0)
        return "the record of the UEFI variables has the wrong size, or comes twice";
    memcpy (&v, record, sizeof v);
    if (!take_fd (table, v.fd, &config->variables_fd) || config->variables_fd < 0)
        return "the UEFI variables did not come along";
    return NULL;
}

static const char *
parse_cpu (struct machine_config *config, const uint8_t *record, size_t size)
{
    struct vmm_record_cpu *cpu = &config->cpu;

    if (size < sizeof *cpu || config->has_cpu)
        return "the processors' record is too short, or comes twice";
    memcpy (cpu, record, sizeof *cpu);
    if (cpu->n_features > VMM_MAX_FEATURES
        || size != sizeof *cpu + cpu->n_features * sizeof config->cpu_features[0])
        return "the processors' record has the wrong size";
    if (!is_terminated (cpu->model, sizeof cpu->model)
        || !is_terminated (cpu->vendor, sizeof cpu->vendor)
        || !is_terminated (cpu->host_vendor, sizeof cpu->host_vendor))
        return "a word of the processors' record does not end";
    memcpy (config->cpu_features, record + sizeof *cpu, size - sizeof *cpu);
    for (uint32_t i = 0; i < cpu->n_features; i++) {
        if (!is_terminated (config->cpu_features[i].name, sizeof config->cpu_features[i].name))
            return "the name of a processor's feature does not end";
        if (config->cpu_features[i].policy >= VMM_FEATURE_N)
            return "a processor's feature is neither there nor not";
    }
    config->has_cpu = true;
    return NULL;
}

static const char *
check_device (const struct device_config *d, size_t size)
{
    const struct vmm_record_device *r = &d->record;

    if (r->n_options > VMM_MAX_OPTIONS
        || size != sizeof *r + r->n_options * sizeof (struct vmm_option))
        return "a device's record has the wrong size";
    if (!is_terminated (r->model, sizeof r->model) || !is_terminated (r->alias, sizeof r->alias)
        || r->alias[0] == '\0')
        return "a device's model or alias does not end, or is empty";
    if (r->backend >= VMM_BACKEND_N)
        return "a device's backend is of no known kind";
    if (r->n_pairs > VMM_MAX_PAIRS)
        return "a network card has more pairs of queues than there may be";
    if (r->slot != VMM_SLOT_AUTO && (r->slot == 0 || r->slot > 30))
        return "a device's slot is none of 1 to 30";
    return NULL;
}

/* Nothing is there to close. */
static void
init_device (struct device_config *d)
{
    d->fd = d->rom_fd = d->vhost_fd = -1;
    for (unsigned i = 0; i < ARRAY_SIZE (d->pairs); i++)
        d->pairs[i].fd = d->pairs[i].vhost_fd = -1;
}

static bool
take_pairs (struct device_config *d, struct fd_table *table)
{
    for (unsigned i = 1; i < d->record.n_pairs; i++) {
        if (!take_nth_fd (table, d->record.fd, i, &d->pairs[i - 1].fd)
            || !take_nth_fd (table, d->record.vhost_fd, i, &d->pairs[i - 1].vhost_fd))
            return false;
    }
    return true;
}

static const char *
parse_device (struct device_config *d, struct fd_table *table, const uint8_t *record, size_t size)
{
    const char *why;

    init_device (d);
    if (size < sizeof d->record)
        return "a device's record is too short";
    memcpy (&d->record, record, sizeof d->record);
    why = check_device (d, size);
    if (why)
        return why;
    memcpy (d->options, record + sizeof d->record, size - sizeof d->record);
    for (uint32_t i = 0; i < d->record.n_options; i++) {
        if (!is_terminated (d->options[i].name, sizeof d->options[i].name)
            || !is_terminated (d->options[i].value, sizeof d->options[i].value))
            return "an option of a device does not end";
    }
    if (!take_fd (table, d->record.fd, &d->fd))
        return "what stands behind a device did not come along";
    if (!take_fd (table, d->record.rom_fd, &d->rom_fd))
        return "the ROM of a device did not come along";
    if (!take_fd (table, d->record.vhost_fd, &d->vhost_fd))
        return "the vhost of a device did not come along";
    if (!take_pairs (d, table))
        return "what stands behind a card's pairs of queues did not come along";
    return NULL;
}

static const char *
add_device (struct machine_config *config, struct fd_table *table, const uint8_t *record,
            size_t size)
{
    const char *why;

    if (config->n_devices == VMM_MAX_DEVICES)
        return "the machine has more devices than this program takes";
    why = parse_device (&config->devices[config->n_devices], table, record, size);
    if (why)
        machine_config_close_device (&config->devices[config->n_devices]);
    else
        config->n_devices++;
    return why;
}

static const char *
parse_records (struct machine_config *config, struct fd_table *table, const uint8_t *p, size_t len)
{
    bool has_machine = false;

    while (len > 0) {
        struct vmm_record record;
        const char *why = "a record is of no known kind";

        if (len < sizeof record)
            return "a record is cut off";
        memcpy (&record, p, sizeof record);
        if (record.size < sizeof record || record.size > len || record.size % 8)
            return "a record's size is wrong";
        if (has_machine != (record.type != VMM_RECORD_MACHINE))
            return "the machine's record is not the first, or comes twice";
        if (record.type == VMM_RECORD_MACHINE)
            why = parse_machine (config, table, p, record.size);
        else if (record.type == VMM_RECORD_KERNEL)
            why = parse_kernel (config, table, p, record.size);
        else if (record.type == VMM_RECORD_DEVICE)
            why = add_device (config, table, p, record.size);
        else if (record.type == VMM_RECORD_VARIABLES)
            why = parse_variables (config, table, p, record.size);
        else if (record.type == VMM_RECORD_CPU)
            why = parse_cpu (config, p, record.size);
        if (why)
            return why;
        has_machine = true;
        p += record.size;
        len -= record.size;
    }
    return has_machine ? NULL : "there is no machine in it";
}

void
machine_config_init (struct machine_config *config)
{
    memset (config, 0, sizeof *config);
    config->kvm_fd = config->firmware_fd = config->debug_fd = -1;
    config->kernel_fd = config->initrd_fd = config->variables_fd = -1;
}

int
machine_config_parse (struct machine_config *config, const void *message, size_t len,
                      const int *fds, unsigned n_fds, const char **why)
{
    struct fd_table table = { .n = n_fds };

    machine_config_init (config);
    memcpy (table.fds, fds, n_fds * sizeof fds[0]);
    *why = parse_records (config, &table, (const uint8_t *) message + sizeof (struct vmm_header),
                          len - sizeof (struct vmm_header));
    if (!*why && config->firmware_fd < 0 && !config->has_kernel)
        *why = "there is neither firmware nor a kernel to start";
    if (!*why && config->firmware_fd < 0 && config->variables_fd >= 0)
        *why = "there are UEFI variables, but there is no firmware";
    fd_close_all (table.fds, table.n);
    return *why ? -EBADMSG : 0;
}

static const char *
parse_attach (struct device_config *d, struct fd_table *table, const uint8_t *p, size_t len)
{
    struct vmm_record record;

    if (len < sizeof record)
        return "a record is cut off";
    memcpy (&record, p, sizeof record);
    if (record.size != len || record.type != VMM_RECORD_DEVICE)
        return "there is not exactly one device in it";
    return parse_device (d, table, p, len);
}

int
machine_config_parse_device (struct device_config *d, const void *message, size_t len,
                             const int *fds, unsigned n_fds, const char **why)
{
    struct fd_table table = { .n = n_fds };

    memset (d, 0, sizeof *d);
    init_device (d);
    memcpy (table.fds, fds, n_fds * sizeof fds[0]);
    *why = parse_attach (d, &table, (const uint8_t *) message + sizeof (struct vmm_header),
                         len - sizeof (struct vmm_header));
    fd_close_all (table.fds, table.n);
    if (*why)
        machine_config_close_device (d);
    return *why ? -EBADMSG : 0;
}

void
machine_config_close_device (struct device_config *d)
{
    fd_close (&d->fd);
    fd_close (&d->rom_fd);
    fd_close (&d->vhost_fd);
    for (unsigned i = 0; i < ARRAY_SIZE (d->pairs); i++) {
        fd_close (&d->pairs[i].fd);
        fd_close (&d->pairs[i].vhost_fd);
    }
    if (d->opened)
        block_close (d->opened);
    d->opened = NULL;
}

void
machine_config_clear (struct machine_config *config)
{
    int *fds[] = { &config->kvm_fd,    &config->firmware_fd, &config->debug_fd,
                   &config->kernel_fd, &config->initrd_fd,   &config->variables_fd };

    for (unsigned i = 0; i < ARRAY_SIZE (fds); i++)
        fd_close (fds[i]);
    for (unsigned i = 0; i < config->n_devices; i++)
        machine_config_close_device (&config->devices[i]);
    config->n_devices = 0;
}
