/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-statistics.c - what the machine has done so far, in figures that only grow. */
#include <string.h>

#include "acpi.h"
#include "bits.h"
#include "block.h"
#include "counter.h"
#include "machine-private.h"
#include "net.h"

_Static_assert(ACPI_MAX_VCPUS <= VMM_MAX_VCPUS, "there is room for each vCPU");

static uint64_t *
add_vcpus (struct machine *m, struct vmm_statistics *statistics, uint64_t *at)
{
    statistics->n_vcpus = vcpus_get_max (m->vcpus);
    for (unsigned i = 0; i < statistics->n_vcpus; i++, at++) {
        if (!vcpus_get_time (m->vcpus, i, at))
            *at = VMM_UNKNOWN;
    }
    return at;
}

static void
add_disk (struct vmm_statistics *statistics, const struct device *device,
          struct vmm_disk_statistics *disk)
{
    const struct block *block = device->block;

    memset (disk, 0, sizeof *disk);
    memcpy (disk->alias, device->alias, sizeof disk->alias);
    disk->read_requests = counter_get (&block->n_reads);
    disk->read_bytes = counter_get (&block->read_bytes);
    disk->write_requests = counter_get (&block->n_writes);
    disk->written_bytes = counter_get (&block->written_bytes);
    disk->flush_requests = counter_get (&block->n_flushes);
    statistics->read_bytes += disk->read_bytes;
    statistics->written_bytes += disk->written_bytes;
}

static struct vmm_disk_statistics *
add_disks (struct machine *m, struct vmm_statistics *statistics, struct vmm_disk_statistics *at)
{
    statistics->read_bytes = m->gone_read_bytes;
    statistics->written_bytes = m->gone_written_bytes;
    list_for_each (node, &m->devices)
    {
        const struct device *device = container_of (node, struct device, node);

        if (device->block && statistics->n_disks < VMM_MAX_DEVICES) {
            add_disk (statistics, device, at++);
            statistics->n_disks++;
        }
    }
    return at;
}

static struct vmm_card_statistics *
add_cards (struct machine *m, struct vmm_statistics *statistics, struct vmm_card_statistics *at)
{
    statistics->n_cards = m->n_nets;
    for (unsigned i = 0; i < m->n_nets; i++, at++) {
        struct net_statistics moved;

        net_get_statistics (m->nets[i].net, &moved);
        *at = (struct vmm_card_statistics){
            .received_frames = moved.received_frames,
            .received_bytes = moved.received_bytes,
            .sent_frames = moved.sent_frames,
            .sent_bytes = moved.sent_bytes,
            .dropped_frames = moved.dropped_frames,
        };
        memcpy (at->alias, m->nets[i].alias, sizeof at->alias);
    }
    return at;
}

size_t
machine_get_statistics (struct machine *m, struct vmm_statistics *statistics)
{
    void *at;

    vcpus_get_statistics (m->vcpus, &statistics->vcpu_ns, &statistics->exits);
    machine_memory_get_statistics (m, statistics);
    at = add_vcpus (m, statistics, (uint64_t *) (statistics + 1));
    at = add_disks (m, statistics, at);
    at = add_cards (m, statistics, at);
    return (size_t) ((uint8_t *) at - (uint8_t *) statistics);
}
