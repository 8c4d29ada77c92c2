/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-cpu-hotplug.c - the registers at CD8h by which processors come and go. */
#include "acpi-cpu-hotplug.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "acpi.h"
#include "bits.h"
#include "bus.h"

/* Offsets of the registers. */
#define SELECTOR 0x0
#define CONTROL  0x4
#define COMMAND  0x5
#define DATA     0x8

#define CONTROL_PRESENT   0x01
#define CONTROL_INSERTING 0x02
#define CONTROL_REMOVING  0x04
#define CONTROL_EJECT     0x08

struct cpu {
    bool present, inserting, removing;
    uint32_t ost_event;
};

struct acpi_cpu_hotplug {
    const struct device_env *env;
    struct pm *pm;
    const struct acpi_cpu_hotplug_ops *ops;
    void *opaque;
    struct bus_region region;

    pthread_mutex_t lock; /* guards what follows */
    uint32_t selector;    /* the guest's: get_selected() is the one place that looks at it */
    uint8_t command;
    unsigned n;
    struct cpu cpus[];
};

/* What a write asks the machine to do, once the lock is let go. */
struct demand {
    enum { DEMAND_NOTHING, DEMAND_EJECT, DEMAND_STATUS } what;
    unsigned index, event, status;
};

static struct cpu *
get_selected (struct acpi_cpu_hotplug *h)
{
    return h->selector < h->n ? &h->cpus[h->selector] : NULL;
}

/* --- the guest's side ----------------------------------------------------------------------------- */

static uint32_t
read_locked (struct acpi_cpu_hotplug *h, uint64_t offset)
{
    const struct cpu *cpu = get_selected (h);

    if (!cpu)
        return 0;
    if (offset == CONTROL)
        return (cpu->present ? CONTROL_PRESENT : 0u) | (cpu->inserting ? CONTROL_INSERTING : 0u)
               | (cpu->removing ? CONTROL_REMOVING : 0u);
    if (offset == DATA
        && (h->command == ACPI_CPU_COMMAND_NEXT || h->command == ACPI_CPU_COMMAND_APIC_ID))
        return h->selector; /* which is the APIC ID as well */
    return 0;
}

static uint64_t
hotplug_read (void *opaque, uint64_t offset, unsigned size)
{
    struct acpi_cpu_hotplug *h = opaque;
    uint32_t value;

    pthread_mutex_lock (&h->lock);
    value = read_locked (h, offset);
    pthread_mutex_unlock (&h->lock);
    return value & ones (size);
}

/* From the selected one on, and around: the selector stays when there is none. */
static void
select_next_locked (struct acpi_cpu_hotplug *h)
{
    for (unsigned i = 0; i < h->n; i++) {
        unsigned index = (h->selector + i) % h->n;

        if (h->cpus[index].inserting || h->cpus[index].removing) {
            h->selector = index;
            return;
        }
    }
}

static struct demand
control_locked (struct acpi_cpu_hotplug *h, struct cpu *cpu, uint32_t value)
{
    if (value & CONTROL_INSERTING)
        cpu->inserting = false;
    if (value & CONTROL_REMOVING)
        cpu->removing = false;
    if (!(value & CONTROL_EJECT) || !cpu->present || h->selector == 0)
        return (struct demand){ DEMAND_NOTHING };
    cpu->present = cpu->inserting = cpu->removing = false;
    return (struct demand){ DEMAND_EJECT, .index = h->selector };
}

static struct demand
data_locked (struct acpi_cpu_hotplug *h, struct cpu *cpu, uint32_t value)
{
    if (h->command == ACPI_CPU_COMMAND_OST_EVENT)
        cpu->ost_event = value;
    if (h->command != ACPI_CPU_COMMAND_OST_STATUS)
        return (struct demand){ DEMAND_NOTHING };
    return (struct demand){ DEMAND_STATUS, h->selector, cpu->ost_event, value };
}

static struct demand
write_locked (struct acpi_cpu_hotplug *h, uint64_t offset, uint32_t value, unsigned size)
{
    struct cpu *cpu;

    if (offset == SELECTOR && size == 4)
        h->selector = value;
    cpu = get_selected (h);
    if (cpu && offset == CONTROL)
        return control_locked (h, cpu, value & 0xff);
    if (cpu && offset == DATA && size == 4)
        return data_locked (h, cpu, value);
    if (cpu && offset == COMMAND && value < ACPI_CPU_COMMAND_N) {
        h->command = (uint8_t) value;
        if (value == ACPI_CPU_COMMAND_NEXT)
            select_next_locked (h);
    }
    return (struct demand){ DEMAND_NOTHING };
}

static void
hotplug_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct acpi_cpu_hotplug *h = opaque;
    struct demand demand;

    pthread_mutex_lock (&h->lock);
    demand = write_locked (h, offset, (uint32_t) value, size);
    pthread_mutex_unlock (&h->lock);
    if (demand.what == DEMAND_EJECT)
        h->ops->eject (h->opaque, demand.index);
    else if (demand.what == DEMAND_STATUS)
        h->ops->status (h->opaque, demand.index, demand.event, demand.status);
}

static const struct bus_region_ops region_ops = {
    .read = hotplug_read,
    .write = hotplug_write,
    .max_size = 4,
};

/* --- the machine's side --------------------------------------------------------------------------- */

void
acpi_cpu_hotplug_set_present (struct acpi_cpu_hotplug *h, unsigned index, bool present)
{
    pthread_mutex_lock (&h->lock);
    h->cpus[index] = (struct cpu){ .present = present };
    pthread_mutex_unlock (&h->lock);
}

void
acpi_cpu_hotplug_plugged (struct acpi_cpu_hotplug *h, unsigned index)
{
    pthread_mutex_lock (&h->lock);
    h->cpus[index] = (struct cpu){ .present = true, .inserting = true };
    pthread_mutex_unlock (&h->lock);
    pm_raise_gpe (h->pm, PM_GPE_CPU_HOTPLUG);
}

void
acpi_cpu_hotplug_ask_to_eject (struct acpi_cpu_hotplug *h, unsigned index)
{
    pthread_mutex_lock (&h->lock);
    h->cpus[index].removing = h->cpus[index].present;
    pthread_mutex_unlock (&h->lock);
    pm_raise_gpe (h->pm, PM_GPE_CPU_HOTPLUG);
}

void
acpi_cpu_hotplug_stop_asking (struct acpi_cpu_hotplug *h, unsigned index)
{
    pthread_mutex_lock (&h->lock);
    h->cpus[index].removing = false;
    pthread_mutex_unlock (&h->lock);
}

bool
acpi_cpu_hotplug_guest_listens (struct acpi_cpu_hotplug *h)
{
    return pm_gpe_is_enabled (h->pm, PM_GPE_CPU_HOTPLUG);
}

/* --- life ----------------------------------------------------------------------------------------- */

void
acpi_cpu_hotplug_reset (struct acpi_cpu_hotplug *h)
{
    pthread_mutex_lock (&h->lock);
    h->selector = 0;
    h->command = ACPI_CPU_COMMAND_NEXT;
    for (unsigned i = 0; i < h->n; i++)
        h->cpus[i] = (struct cpu){ .present = h->cpus[i].present };
    pthread_mutex_unlock (&h->lock);
}

int
acpi_cpu_hotplug_create (const struct device_env *env, struct pm *pm, unsigned n,
                         const struct acpi_cpu_hotplug_ops *ops, void *opaque,
                         struct acpi_cpu_hotplug **out)
{
    struct acpi_cpu_hotplug *h = calloc (1, sizeof *h + n * sizeof h->cpus[0]);

    if (!h)
        return -ENOMEM;
    h->env = env;
    h->pm = pm;
    h->ops = ops;
    h->opaque = opaque;
    h->n = n;
    pthread_mutex_init (&h->lock, NULL);
    bus_region_init (&h->region, "acpi-cpu-hotplug", &region_ops, h, ACPI_CPU_HOTPLUG_BYTES,
                     BUS_PRIORITY_FIXED);
    if (bus_add (env->ports, &h->region, ACPI_CPU_HOTPLUG_BASE) < 0) {
        acpi_cpu_hotplug_destroy (h);
        return -ENOMEM;
    }
    *out = h;
    return 0;
}

void
acpi_cpu_hotplug_destroy (struct acpi_cpu_hotplug *h)
{
    if (!h)
        return;
    bus_remove (h->env->ports, &h->region);
    pthread_mutex_destroy (&h->lock);
    free (h);
}
