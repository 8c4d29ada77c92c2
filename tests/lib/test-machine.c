/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-machine.c - a machine without KVM: RAM, buses, loop and a notebook of what was raised. */
#include "test-machine.h"

#include <errno.h>
#include <sys/mman.h>

#include "bits.h"
#include "fd.h"
#include "input.h"
#include "pci-rom.h"
#include "scanout.h"

#define DEADLINE_NS (10ll * 1000000000ll)

static void
note_gsi (void *opaque, unsigned gsi, bool level)
{
    struct test_machine *m = opaque;

    if (level && !m->gsi[gsi])
        m->gsi_rises[gsi]++;
    m->gsi[gsi] = level;
}

static void
note_msi (void *opaque, uint64_t address, uint32_t data)
{
    struct test_machine *m = opaque;

    m->last_msi.address = address;
    m->last_msi.data = data;
    m->n_msis++;
}

static void
note_intx (void *opaque, unsigned slot, unsigned pin, bool level)
{
    struct test_machine *m = opaque;

    if (level && !m->intx[slot][pin])
        m->intx_rises++;
    m->intx[slot][pin] = level;
}

static void
note_request (void *machine, unsigned what)
{
    struct test_machine *m = machine;

    g_assert_cmpuint (what, <, MACHINE_REQUEST_N);
    m->requests[what]++;
}

static void
note_broken (void *machine, struct device *device, const char *reason)
{
    struct test_machine *m = machine;

    m->n_broken++;
    m->broken_reason = reason;
}

static void
note_event (void *machine, struct device *device, enum device_event event,
            enum device_action action)
{
    struct test_machine *m = machine;

    m->events[event]++;
    m->last_action = action;
}

static const struct irq_chip_ops chip_ops = { .set_gsi = note_gsi, .send_msi = note_msi };
static const struct pci_host_ops host_ops = { .set_intx = note_intx };

struct test_machine *
test_machine_new (void)
{
    struct test_machine *m = g_new0 (struct test_machine, 1);
    struct device_env *env = &m->env;

    irq_chip_init (&m->chip, &chip_ops, m);
    m->ram = mmap (NULL, TEST_MACHINE_RAM_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true (m->ram != MAP_FAILED);
    m->ram_block = (struct memory_block){
        .name = "ram",
        .kind = MEMORY_RAM,
        .host = m->ram,
        .size_bytes = TEST_MACHINE_RAM_BYTES,
        .slot = -1,
    };
    list_init (&m->ram_block.node);

    env->machine = m;
    env->request = note_request;
    env->report_broken = note_broken;
    env->report_event = note_event;
    env->irq = &m->chip;
    env->ports = bus_create (0x10000);
    env->mmio = bus_create (UINT64_MAX);
    env->memory = memory_create (NULL);
    env->loop = env->io_loop = loop_create ();
    env->pci = pci_bus_create (env->ports, env->mmio, env->memory, env->irq);
    pci_bus_set_host (env->pci, &host_ops, m);
    env->input = input_create (env->loop);
    env->scanout = scanout_create (env->loop, env->input);
    g_assert_cmpint (memory_map (env->memory, &m->ram_block, 0), ==, 0);
    return m;
}

void
test_machine_add_pluggable (struct test_machine *m, gpa_t gpa, uint64_t bytes)
{
    void *host = mmap (NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    g_assert_true (host != MAP_FAILED);
    m->pluggable_block = (struct memory_block){
        .name = "ram-pluggable",
        .kind = MEMORY_RAM,
        .host = host,
        .size_bytes = bytes,
        .gpa = gpa,
        .slot = -1,
    };
    list_init (&m->pluggable_block.node);
    m->env.pluggable = &m->pluggable_block;
}

void
test_machine_free (struct test_machine *m)
{
    struct device_env *env = &m->env;

    scanout_destroy (env->scanout);
    input_destroy (env->input);
    pci_bus_destroy (env->pci);
    loop_destroy (env->loop);
    memory_unmap (env->memory, &m->ram_block);
    memory_destroy (env->memory);
    bus_destroy (env->mmio);
    bus_destroy (env->ports);
    irq_chip_destroy (&m->chip);
    if (m->env.pluggable)
        munmap (m->pluggable_block.host, m->pluggable_block.size_bytes);
    munmap (m->ram, TEST_MACHINE_RAM_BYTES);
    g_free (m);
}

void
test_machine_wait (struct test_machine *m, bool (*condition) (void *opaque), void *opaque)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;

    while (!condition (opaque)) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        loop_iterate (m->env.loop, 100);
    }
}

static bool
is_set (void *opaque)
{
    return *(volatile unsigned *) opaque != 0;
}

void
test_machine_run_until (struct test_machine *m, volatile unsigned *flag)
{
    test_machine_wait (m, is_set, (void *) flag);
}

void
test_machine_settle (struct test_machine *m)
{
    for (int i = 0; i < 16; i++)
        loop_iterate (m->env.loop, 0);
}

uint8_t
test_in8 (struct test_machine *m, uint16_t port)
{
    return (uint8_t) bus_read (m->env.ports, port, 1);
}

uint16_t
test_in16 (struct test_machine *m, uint16_t port)
{
    return (uint16_t) bus_read (m->env.ports, port, 2);
}

uint32_t
test_in32 (struct test_machine *m, uint16_t port)
{
    return (uint32_t) bus_read (m->env.ports, port, 4);
}

void
test_out8 (struct test_machine *m, uint16_t port, uint8_t value)
{
    bus_write (m->env.ports, port, value, 1);
}

void
test_out16 (struct test_machine *m, uint16_t port, uint16_t value)
{
    bus_write (m->env.ports, port, value, 2);
}

void
test_out32 (struct test_machine *m, uint16_t port, uint32_t value)
{
    bus_write (m->env.ports, port, value, 4);
}

uint64_t
test_mmio_read (struct test_machine *m, gpa_t gpa, unsigned size)
{
    return bus_read (m->env.mmio, gpa, size);
}

void
test_mmio_write (struct test_machine *m, gpa_t gpa, uint64_t value, unsigned size)
{
    bus_write (m->env.mmio, gpa, value, size);
}

void
test_pci_place_bar (struct test_machine *m, unsigned devfn, unsigned index, uint64_t address)
{
    unsigned offset = PCI_BAR0 + 4 * index;
    uint32_t kind = pci_config_read (m->env.pci, devfn, offset, 4);
    uint32_t command = pci_config_read (m->env.pci, devfn, PCI_COMMAND, 2);

    pci_config_write (m->env.pci, devfn, offset, (uint32_t) address, 4);
    if (!(kind & 1) && (kind & 6) == 4)
        pci_config_write (m->env.pci, devfn, offset + 4, (uint32_t) (address >> 32), 4);
    command |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    pci_config_write (m->env.pci, devfn, PCI_COMMAND, command, 2);
}

bool
test_is_mapped (struct test_machine *m, gpa_t gpa)
{
    static uint8_t page[4096] __attribute__ ((aligned (4096)));
    struct memory_block block = {
        .name = "probe", .kind = MEMORY_VRAM, .host = page, .size_bytes = sizeof page, .slot = -1
    };
    int ret;

    list_init (&block.node);
    ret = memory_map (m->env.memory, &block, gpa);
    memory_unmap (m->env.memory, &block);
    g_assert_true (ret == 0 || ret == -EEXIST);
    return ret == -EEXIST;
}

struct pci_rom *
test_pci_rom (const uint8_t *bytes, size_t len)
{
    uint8_t head[64] = { 0x55, 0xaa, [0x18] = 0x1c, [0x1c] = 'P', 'C', 'I', 'R' };
    struct pci_rom *rom = NULL;
    int fd = fd_memfd_create ("rom", len);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fd_pwrite_full (fd, bytes, len, 0), ==, 0);
    g_assert_cmpint (fd_pwrite_full (fd, head, sizeof head, 0), ==, 0);
    g_assert_cmpint (pci_rom_load (fd, &rom), ==, 0);
    fd_close (&fd);
    return rom;
}

unsigned
test_pci_find_cap (struct test_machine *m, unsigned devfn, uint8_t id, unsigned previous)
{
    unsigned at = previous ? previous + 1 : PCI_CAP_POINTER;

    for (int i = 0; i < 48; i++) {
        at = pci_config_read (m->env.pci, devfn, at, 1);
        if (at == 0)
            return 0;
        if (pci_config_read (m->env.pci, devfn, at, 1) == id)
            return at;
        at++;
    }
    g_assert_not_reached (); /* the list runs in a circle */
}

uint32_t
test_pick (GRand *rand, uint32_t n)
{
    return g_rand_int (rand) % n;
}

struct device_args
test_device_args (struct test_machine *m, const struct device_class *class, const char *alias)
{
    static _Alignas (16) char config[1024];

    g_assert_cmpuint (class->config_size, <=, sizeof config);
    device_options_init (class, config);
    return (struct device_args){
        .env = &m->env,
        .alias = alias,
        .slot = 3,
        .config = config,
        .vhost_fd = -1,
    };
}
