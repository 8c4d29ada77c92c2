/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.c - fuzzing: a machine with a device, and a guest, a user and a host gone mad. */
#include "fuzz.h"

#include <stdlib.h>

#define MAX_STEPS 2000

void
fuzz_add_space (struct fuzz *f, enum fuzz_space_kind kind, uint64_t base, uint32_t bytes)
{
    if (f->n_spaces == FUZZ_MAX_SPACES)
        abort ();
    f->spaces[f->n_spaces++] = (struct fuzz_space){ kind, base, bytes };
}

struct device *
fuzz_add_device (struct fuzz *f, unsigned index, const struct device_class *class,
                 const struct device_args *args)
{
    struct device_args defaults;

    if (!args) {
        defaults = test_device_args (f->m, class, class->name);
        defaults.slot = FUZZ_SLOT;
        args = &defaults;
    }
    if (class->create (args, &f->devices[index]) < 0)
        abort ();
    device_reset (f->devices[index]);
    return f->devices[index];
}

/* Registers lie at the beginning more often than not. */
static uint32_t
pick_offset (struct fuzz *f, uint32_t bytes)
{
    unsigned kind = fuzz_pick (&f->script, 4);
    uint32_t at = kind < 3 ? fuzz_pick (&f->script, MIN_OF (bytes, 256u))
                           : (uint32_t) (fuzz_take (&f->script, 3) % bytes);

    return kind < 2 ? (uint32_t) align_down (at, MIN_OF (bytes, 4u)) : at;
}

void
fuzz_poke (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    const struct fuzz_space *space = &f->spaces[fuzz_pick (s, f->n_spaces)];
    uint32_t at = pick_offset (f, space->bytes);
    unsigned how = fuzz_pick (s, 16), size = 1u << (how & 3);
    bool is_write = how & 12;
    uint64_t value = is_write ? fuzz_number (s) & ones (size) : 0;

    switch (space->kind) {
    case FUZZ_PORTS:
        size = MIN_OF (size, 4u);
        if (is_write)
            bus_write (f->m->env.ports, (uint16_t) (space->base + at), value & ones (size), size);
        else
            bus_read (f->m->env.ports, (uint16_t) (space->base + at), size);
        break;
    case FUZZ_MMIO:
        if (is_write)
            bus_write (f->m->env.mmio, space->base + at, value, size);
        else
            bus_read (f->m->env.mmio, space->base + at, size);
        break;
    case FUZZ_CONFIG:
        size = MIN_OF (size, 4u);
        at = (uint32_t) align_down (at, size);
        if (is_write)
            pci_config_write (f->m->env.pci, (unsigned) space->base, at, (uint32_t) value, size);
        else
            pci_config_read (f->m->env.pci, (unsigned) space->base, at, size);
        break;
    }
}

static void
write_memory (struct fuzz *f)
{
    unsigned size = 1u << fuzz_pick (&f->script, 4);
    uint32_t at = FUZZ_ARENA + fuzz_pick (&f->script, FUZZ_ARENA_BYTES - 8);
    bool is_pointer = fuzz_once_in (&f->script, 3);

    store_le (f->m->ram + at, is_pointer ? fuzz_gpa (&f->script) : fuzz_number (&f->script), size);
}

/* From a microsecond to half an hour. */
static void
pass_time (struct fuzz *f)
{
    static const int64_t units[] = { 1000, 1000000, 20000000, 1000000000, 7000000000ll };

    fuzz_world_advance (units[fuzz_pick (&f->script, ARRAY_SIZE (units))]
                        * (int64_t) fuzz_take (&f->script, 1));
    loop_iterate (f->m->env.loop, 0);
}

static void
reset_devices (struct fuzz *f)
{
    for (unsigned i = FUZZ_MAX_DEVICES; i-- > 0;) {
        if (f->devices[i])
            device_reset (f->devices[i]);
    }
}

static void
reset (const struct fuzz_harness *harness, struct fuzz *f)
{
    if (harness->reset)
        harness->reset (f);
    else
        reset_devices (f);
    if (harness->place)
        harness->place (f);
}

/* The vCPUs stop, or go on. */
static void
set_running (struct fuzz *f, bool running)
{
    for (unsigned i = 0; i < FUZZ_MAX_DEVICES; i++) {
        struct device *device = f->devices[i];

        if (device && device->ops->set_running)
            device->ops->set_running (device, running);
    }
}

static void
step (const struct fuzz_harness *harness, struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 64);

    if (what < 20) {
        fuzz_poke (f);
    } else if (what < 26) {
        write_memory (f);
    } else if (what < 30) {
        pass_time (f);
    } else if (what < 33) {
        loop_iterate (f->m->env.loop, 0);
    } else if (what == 33) {
        reset (harness, f);
    } else if (what == 34) {
        set_running (f, false);
        set_running (f, true);
    } else if (what < 37 && harness->place) {
        harness->place (f);
    } else {
        harness->act (f);
    }
}

void
fuzz_run (const struct fuzz_harness *harness, const uint8_t *data, size_t size)
{
    struct fuzz f = { .script = { data, data + size } };

    fuzz_world_reset ();
    harness->set_up (&f);
    set_running (&f, true);
    if (harness->place)
        harness->place (&f);
    for (unsigned i = 0; i < MAX_STEPS && fuzz_more (&f.script); i++)
        step (harness, &f);
    test_machine_settle (f.m);
    if (harness->tear_down)
        harness->tear_down (&f);
    for (unsigned i = FUZZ_MAX_DEVICES; i-- > 0;)
        device_destroy (f.devices[i]);
    if (harness->finish)
        harness->finish (&f);
    else
        test_machine_free (f.m);
}
