/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-block.c - what is behind the machine's disks, and what its keeper does to it later. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "block.h"
#include "fd.h"
#include "machine-private.h"

static unsigned
block_flags (uint32_t backend_flags)
{
    static const struct {
        uint32_t from;
        unsigned to;
    } flags[] = {
        { VMM_BACKEND_READ_ONLY, BLOCK_READ_ONLY },
        { VMM_BACKEND_DIRECT, BLOCK_DIRECT },
        { VMM_BACKEND_NO_FLUSH, BLOCK_NO_FLUSH },
        { VMM_BACKEND_NO_DISCARD, BLOCK_NO_DISCARD },
    };
    unsigned to = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (flags); i++) {
        if (backend_flags & flags[i].from)
            to |= flags[i].to;
    }
    return to;
}

int
machine_open_raw (struct machine *m, const char *alias, int fd, uint32_t backend_flags,
                  struct block **block)
{
    int ret = block_raw_open (m->env.io_loop, fd, block_flags (backend_flags), block);

    if (ret < 0)
        return machine_fail (m, ret, "device %s: its image cannot be used: %s", alias,
                             strerror (-ret));
    return 0;
}

static unsigned
get_shared_memory (const struct machine *m, struct block_memory memory[BLOCK_MAX_MEMORY])
{
    const struct backing *backings[] = { &m->ram, &m->pluggable_ram };
    unsigned n = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (backings); i++) {
        if (backings[i]->fd >= 0)
            memory[n++] = (struct block_memory){ backings[i]->fd, backings[i]->host,
                                                 backings[i]->size_bytes };
    }
    return n;
}

/* WHY is what it does, or NULL where RET says what went wrong. */
static int
fail_process (struct machine *m, const struct device_config *d, int ret, const char *why)
{
    return machine_fail (m, ret, "device %s: the process that opens its image %s", d->record.alias,
                         why ? why : strerror (-ret));
}

/* Both mappings are whole from the beginning: what comes and goes of the guest's memory is where it is seen
 * by the guest, and by whom addresses are checked. */
static int
open_vhost_user (struct machine *m, struct device_config *d, struct block **block)
{
    struct block_memory memory[BLOCK_MAX_MEMORY];
    unsigned n_memory = get_shared_memory (m, memory);
    const char *why;
    int ret = block_vhost_user_open (m->env.io_loop, fd_steal (&d->fd),
                                     block_flags (d->record.backend_flags), memory, n_memory, block,
                                     &why);

    return ret < 0 ? fail_process (m, d, ret, why) : 0;
}

/* Its process was greeted before: see machine_block_begin(). */
static int
take_opened (struct machine *m, struct device_config *d, struct block **block)
{
    int ret = block_vhost_user_finish (d->opened);

    if (ret < 0)
        return fail_process (m, d, ret, NULL);
    *block = d->opened;
    d->opened = NULL;
    return 0;
}

int
machine_block_begin (struct machine *m, struct device_config *d, int *fd, int64_t *until_ns)
{
    struct block_memory memory[BLOCK_MAX_MEMORY];
    unsigned n_memory = get_shared_memory (m, memory);
    const char *why;
    int ret;

    *fd = -1;
    if (d->record.backend != VMM_BACKEND_VHOST_USER)
        return 0;
    ret = block_vhost_user_begin (m->env.io_loop, fd_steal (&d->fd),
                                  block_flags (d->record.backend_flags), memory, n_memory,
                                  &d->opened, &why);
    if (ret < 0)
        return fail_process (m, d, ret, why);
    *fd = block_vhost_user_get_fd (d->opened, until_ns);
    return 0;
}

int
machine_block_hear (struct machine *m, struct device_config *d)
{
    const char *why = NULL;
    int ret = block_vhost_user_hear (d->opened, &why);

    return ret < 0 ? fail_process (m, d, ret, why) : ret;
}

int
machine_block_open (struct machine *m, struct device_config *d, struct block **block)
{
    switch (d->record.backend) {
    case VMM_BACKEND_RAW:
        return machine_open_raw (m, d->record.alias, fd_steal (&d->fd), d->record.backend_flags,
                                 block);
    case VMM_BACKEND_VHOST_USER:
        return d->opened ? take_opened (m, d, block) : open_vhost_user (m, d, block);
    default:
        return machine_fail (m, -EINVAL, "device %s: a %s takes no backend of that kind",
                             d->record.alias, d->record.model);
    }
}

static void
lost_cb (void *opaque, unsigned number, const char *why)
{
    machine_report_lost (opaque, number, why);
}

void
machine_block_belongs_to (struct block *block, struct device *device)
{
    device->block = block;
    if (block)
        block_set_lost (block, lost_cb, device);
}

int
machine_replace_block (struct machine *m, const char *alias, int fd)
{
    struct device *device = machine_find_device (m, alias);

    if (!device || !device->block) {
        fd_close (&fd);
        return -ENODEV;
    }
    return fd < 0 ? block_give_up (device->block) : block_reconnect (device->block, fd);
}

_Static_assert(VMM_LIMITS_N == BLOCK_LIMIT_N, "the protocol's limits are the block's");

int
machine_set_limits (struct machine *m, const char *alias, const uint64_t limits[VMM_LIMITS_N])
{
    struct device *disk = machine_find_device (m, alias);

    if (!disk || !disk->block)
        return -ENODEV;
    block_set_limits (disk->block, limits);
    return 0;
}
