/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-vcpus.c - the machine's processors: those it begins with, and those that come and go.
 *
 * vCPU n has APIC ID n.  The machine's maximum is fixed: CPUID, ACPI tables and firmware say it.
 * KVM's vCPUs are made when they are first needed, and kept when the guest gives them back: a vCPU
 * that comes again is put into its power-on state, which clears what INITs and SIPIs firmware sent to
 * everybody meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acpi-cpu-hotplug.h"
#include "acpi-pci-hotplug.h"
#include "acpi.h"
#include "bits.h"
#include "machine-private.h"

#define N_WORDS ((ACPI_MAX_VCPUS + 31) / 32)

struct machine_vcpus {
    struct acpi_cpu_hotplug *chip;
    struct cpu_state *states[ACPI_MAX_VCPUS]; /* after power-on; NULL until KVM has the vCPU */
    bool asked[ACPI_MAX_VCPUS];               /* shall go */
    struct loop_timer patience;               /* runs while any is asked */
    atomic_uint ejected[N_WORDS];             /* those the guest gave up; main loop takes them */
    atomic_uint refused[N_WORDS];             /* and those it keeps */
    struct loop_work said;                    /* looks at both */
};

static bool
take_bit (atomic_uint *words, unsigned n)
{
    return atomic_fetch_and (&words[n / 32], ~BIT (n % 32)) & BIT (n % 32);
}

/* --- one processor -------------------------------------------------------------------------------- */

/* Gives vCPU INDEX, new to KVM, its identity, and keeps its state. */
static int
prepare_new (struct machine *m, unsigned index)
{
    int fd = vcpus_get_fd (m->vcpus, index);
    int ret = cpuid_apply (m->cpuid, fd, index);

    if (ret < 0)
        return machine_fail (m, ret, "KVM refuses the processors' features: %s", strerror (-ret));
    m->cpus->states[index] = cpu_state_capture (m->kvm, fd);
    if (!m->cpus->states[index])
        return machine_fail (m, -EIO, "KVM does not show a new processor's state");
    return 0;
}

static int
add_vcpu (struct machine *m, unsigned index)
{
    int ret = vcpus_make (m->vcpus, index);

    if (ret < 0)
        return machine_fail (m, ret, "KVM does not make another processor: %s", strerror (-ret));
    if (!m->cpus->states[index])
        ret = prepare_new (m, index);
    else
        ret = cpu_state_restore (m->cpus->states[index], vcpus_get_fd (m->vcpus, index));
    if (ret == 0 && m->has_kernel)
        cpu_state_prepare_without_firmware (vcpus_get_fd (m->vcpus, index),
                                            cpuid_get_physical_bits (m->cpuid));
    if (ret == 0)
        ret = vcpus_plug (m->vcpus, index);
    if (ret < 0)
        return machine_fail (m, ret, "processor %u cannot be added: %s", index, strerror (-ret));
    return 0;
}

/* --- those that go -------------------------------------------------------------------------------- */

static bool
any_asked (struct machine *m)
{
    for (unsigned i = 0; i < vcpus_get_max (m->vcpus); i++) {
        if (m->cpus->asked[i])
            return true;
    }
    return false;
}

static void
tell (struct machine *m, enum vmm_unplug_state state)
{
    m->ops->vcpus (m->opaque, vcpus_get_count (m->vcpus), state);
}

static void
stop_asking (struct machine *m)
{
    loop_timer_disarm (&m->cpus->patience);
    for (unsigned i = 0; i < vcpus_get_max (m->vcpus); i++) {
        if (m->cpus->asked[i])
            acpi_cpu_hotplug_stop_asking (m->cpus->chip, i);
        m->cpus->asked[i] = false;
    }
}

static bool
take_ejected (struct machine *m)
{
    bool any = false;

    for (unsigned i = 1; i < vcpus_get_max (m->vcpus); i++) {
        if (!take_bit (m->cpus->ejected, i) || !vcpus_is_plugged (m->vcpus, i))
            continue;
        vcpus_unplug (m->vcpus, i);
        m->cpus->asked[i] = false;
        any = true;
    }
    return any;
}

static bool
take_refused (struct machine *m)
{
    bool any = false;

    for (unsigned i = 1; i < vcpus_get_max (m->vcpus); i++) {
        if (take_bit (m->cpus->refused, i) && m->cpus->asked[i])
            any = true;
    }
    return any;
}

static void
said_cb (void *opaque)
{
    struct machine *m = opaque;
    bool ejected = take_ejected (m);

    if (take_refused (m)) {
        stop_asking (m);
        tell (m, VMM_UNPLUG_REFUSED);
    } else if (ejected) {
        tell (m, any_asked (m) ? VMM_UNPLUG_AGREED : VMM_UNPLUG_GONE);
    }
    if (!any_asked (m))
        loop_timer_disarm (&m->cpus->patience);
}

static void
start_patience (struct machine *m)
{
    loop_timer_arm (&m->cpus->patience, loop_now_ns () + MACHINE_PATIENCE_S * 1000000000ll);
}

/* A guest that does not run cannot answer. */
static void
patience_cb (void *opaque)
{
    struct machine *m = opaque;

    if (!m->is_running) {
        start_patience (m);
        return;
    }
    stop_asking (m);
    tell (m, VMM_UNPLUG_TIMED_OUT);
}

/* --- what the guest says -------------------------------------------------------------------------- */

static void
say (struct machine *m, atomic_uint *words, unsigned index)
{
    atomic_fetch_or (&words[index / 32], BIT (index % 32));
    loop_work_queue (m->env.loop, &m->cpus->said);
}

static void
eject_cb (void *opaque, unsigned index)
{
    struct machine *m = opaque;

    say (m, m->cpus->ejected, index);
}

static void
status_cb (void *opaque, unsigned index, unsigned event, unsigned status)
{
    struct machine *m = opaque;

    if ((event & 0xff) == ACPI_OST_EJECTION && status != 0 && status != ACPI_OST_IN_PROGRESS)
        say (m, m->cpus->refused, index);
}

static const struct acpi_cpu_hotplug_ops chip_ops = { .eject = eject_cb, .status = status_cb };

/* --- what the keeper asks for --------------------------------------------------------------------- */

/* The first processors that are missing come, until there are N; tells also when there were. */
static int
grow (struct machine *m, unsigned n)
{
    int ret = 0;

    for (unsigned i = 0; i < vcpus_get_max (m->vcpus) && vcpus_get_count (m->vcpus) < n; i++) {
        if (vcpus_is_plugged (m->vcpus, i))
            continue;
        ret = add_vcpu (m, i);
        if (ret < 0)
            break;
        acpi_cpu_hotplug_plugged (m->cpus->chip, i);
    }
    tell (m, VMM_UNPLUG_GONE);
    return ret;
}

/* The guest is asked for its last processors, so that N are left. */
static int
shrink (struct machine *m, unsigned n)
{
    unsigned left = vcpus_get_count (m->vcpus);

    if (!acpi_cpu_hotplug_guest_listens (m->cpus->chip))
        return machine_fail (m, -EAGAIN,
                             "the guest's system is not ready to give processors back: it is "
                             "starting, or it does not do ACPI hot-plugging");
    for (unsigned i = vcpus_get_max (m->vcpus) - 1; i > 0 && left > n; i--) {
        if (!vcpus_is_plugged (m->vcpus, i))
            continue;
        m->cpus->asked[i] = true;
        acpi_cpu_hotplug_ask_to_eject (m->cpus->chip, i);
        left--;
    }
    start_patience (m);
    return 0;
}

int
machine_set_vcpus (struct machine *m, unsigned n, char why[VMM_TEXT_BYTES])
{
    unsigned max = vcpus_get_max (m->vcpus);
    int ret = 0;

    why[0] = '\0';
    m->why = why;
    if (n == 0 || n > max) {
        ret = machine_fail (m, -EINVAL, "this machine can have 1 to %u processors while it runs",
                            max);
    } else {
        take_ejected (m);
        stop_asking (m); /* the last word counts */
        if (n < vcpus_get_count (m->vcpus))
            ret = shrink (m, n);
        else
            ret = grow (m, n);
    }
    m->why = NULL;
    return ret;
}

/* --- life ----------------------------------------------------------------------------------------- */

int
machine_vcpus_create (struct machine *m)
{
    const char *why = NULL;
    unsigned max = m->record.max_vcpus;
    int ret;

    if (max > ACPI_MAX_VCPUS)
        return machine_fail (m, -EINVAL, "a machine has at most %u processors", ACPI_MAX_VCPUS);
    m->cpus = calloc (1, sizeof *m->cpus);
    if (!m->cpus)
        return -ENOMEM;
    loop_timer_init (&m->cpus->patience, m->env.loop, patience_cb, m);
    loop_work_init (&m->cpus->said, said_cb, m);
    ret = vcpus_create (m->kvm, max, m->env.ports, m->env.mmio, &machine_vcpus_ops, m, &m->vcpus,
                        &why);
    if (ret < 0)
        return machine_fail (m, ret, "%s", why);
    for (unsigned i = 0; i < m->record.n_vcpus && ret == 0; i++)
        ret = add_vcpu (m, i);
    return ret;
}

int
machine_vcpus_create_chip (struct machine *m)
{
    unsigned max = vcpus_get_max (m->vcpus);
    int ret =
        acpi_cpu_hotplug_create (&m->env, q35_get_pm (m->q35), max, &chip_ops, m, &m->cpus->chip);

    for (unsigned i = 0; i < max && ret == 0; i++)
        acpi_cpu_hotplug_set_present (m->cpus->chip, i, vcpus_is_plugged (m->vcpus, i));
    return ret;
}

void
machine_vcpus_destroy_chip (struct machine *m)
{
    if (m->cpus) {
        acpi_cpu_hotplug_destroy (m->cpus->chip);
        m->cpus->chip = NULL;
    }
}

int
machine_vcpus_reset (struct machine *m)
{
    struct machine_vcpus *cpus = m->cpus;
    bool changed = take_ejected (m);
    int ret = 0;

    /* What the guest was asked for is taken, as after power was off. */
    for (unsigned i = 0; i < vcpus_get_max (m->vcpus); i++) {
        take_bit (cpus->refused, i);
        if (cpus->asked[i]) {
            vcpus_unplug (m->vcpus, i);
            acpi_cpu_hotplug_set_present (cpus->chip, i, false);
            changed = true;
        }
        cpus->asked[i] = false;
        if (ret == 0 && vcpus_is_plugged (m->vcpus, i))
            ret = cpu_state_restore (cpus->states[i], vcpus_get_fd (m->vcpus, i));
    }
    loop_timer_disarm (&cpus->patience);
    acpi_cpu_hotplug_reset (cpus->chip);
    if (changed)
        tell (m, VMM_UNPLUG_GONE);
    return ret < 0 ? machine_fail (m, ret, "KVM does not take the state after power-on: %s",
                                   strerror (-ret))
                   : 0;
}

void
machine_vcpus_destroy (struct machine *m)
{
    struct machine_vcpus *cpus = m->cpus;

    vcpus_destroy (m->vcpus);
    m->vcpus = NULL;
    if (!cpus)
        return;
    loop_timer_disarm (&cpus->patience);
    loop_work_cancel (m->env.loop, &cpus->said);
}

void
machine_vcpus_free (struct machine *m)
{
    for (unsigned i = 0; m->cpus && i < ACPI_MAX_VCPUS; i++)
        cpu_state_free (m->cpus->states[i]);
    free (m->cpus);
}
