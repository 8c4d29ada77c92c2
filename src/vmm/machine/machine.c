/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.c - a whole machine: built from its description, then run, paused, reset and ended.
 *
 * Theory of operation.  The main loop's thread owns the machine's state; the guest's threads only ask.
 * A vCPU that resets the machine or switches it off has set a bit in `pending`, asked all vCPUs to
 * park (itself included, so the guest executes nothing more) and woken the main loop, which does the
 * rest in attention_cb().
 *
 * Paused means three things at once: vCPUs are parked, the I/O loop's thread has ended, and every
 * disk request has come to its end.  That is also the only state in which devices are reset, so a
 * reset never races with a completion.  Work the guest queued for the I/O loop stays queued and is
 * done when the thread starts again.
 */
#define _GNU_SOURCE
#include "machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "block.h"
#include "fd.h"
#include "input.h"
#include "machine-private.h"
#include "pci.h"
#include "scanout.h"
#include "usb.h"

int
machine_fail (struct machine *m, int ret, const char *format, ...)
{
    va_list args;

    if (m->why && !m->why[0]) {
        va_start (args, format);
        vsnprintf (m->why, VMM_TEXT_BYTES, format, args);
        va_end (args);
    }
    return ret;
}

/* --- what threads ask for ------------------------------------------------------------------------ */

void
machine_ask (struct machine *m, unsigned what)
{
    atomic_fetch_or (&m->pending, what);
    if (m->vcpus)
        vcpus_ask_to_park (m->vcpus);
    loop_work_queue (m->env.loop, &m->attention);
}

static void
request_cb (void *machine, unsigned what)
{
    machine_ask (machine, what == MACHINE_REQUEST_RESET ? PENDING_RESET : PENDING_POWER_OFF);
}

/* Any thread.  DEVICE may be gone when the main loop tells it on. */
static void
report (struct machine *m, const struct device *device, struct machine_report what)
{
    memcpy (what.alias, device->alias, sizeof what.alias);
    pthread_mutex_lock (&m->report_lock);
    if (m->n_reports < MACHINE_MAX_REPORTS) /* more are in the log */
        m->reports[m->n_reports++] = what;
    pthread_mutex_unlock (&m->report_lock);
    loop_work_queue (m->env.loop, &m->attention);
}

static void
report_broken_cb (void *machine, struct device *device, const char *reason)
{
    report (machine, device, (struct machine_report){ .broken = reason });
}

void
machine_report_lost (struct device *device, unsigned number, const char *why)
{
    report (device->env->machine, device, (struct machine_report){ .lost = why, .number = number });
}

static void
report_event_cb (void *machine, struct device *device, enum device_event event,
                 enum device_action action)
{
    static const unsigned pending[DEVICE_ACTION_N] = {
        [DEVICE_ACTION_RESET] = PENDING_RESET,
        [DEVICE_ACTION_POWER_OFF] = PENDING_POWER_OFF,
        [DEVICE_ACTION_PAUSE] = PENDING_PAUSE,
        [DEVICE_ACTION_POWER_BUTTON] = PENDING_POWER_BUTTON,
    };
    struct machine *m = machine;

    if (action == DEVICE_ACTION_POWER_BUTTON)
        atomic_fetch_or (&m->pending, pending[action]); /* no parking: the guest is to notice it */
    report (m, device, (struct machine_report){ .event = event, .action = action });
    if (action != DEVICE_ACTION_NONE && action != DEVICE_ACTION_POWER_BUTTON)
        machine_ask (m, pending[action]);
}

static void
vcpu_event_cb (void *opaque, enum vcpu_event event, const char *text)
{
    struct machine *m = opaque;

    if (event == VCPU_EVENT_SHUTDOWN) {
        machine_ask (m, PENDING_RESET);
        return;
    }
    pthread_mutex_lock (&m->report_lock);
    m->stuck_text = text;
    pthread_mutex_unlock (&m->report_lock);
    machine_ask (m, PENDING_STUCK);
}

const struct vcpus_ops machine_vcpus_ops = { .event = vcpu_event_cb };

/* Tells the keeper what devices reported. */
static void
tell_reports (struct machine *m)
{
    for (;;) {
        struct machine_report what;
        bool any;

        pthread_mutex_lock (&m->report_lock);
        any = m->n_reports > 0;
        if (any) {
            what = m->reports[0];
            memmove (&m->reports[0], &m->reports[1], --m->n_reports * sizeof m->reports[0]);
        }
        pthread_mutex_unlock (&m->report_lock);
        if (!any)
            return;
        if (what.broken)
            m->ops->broken (m->opaque, what.alias, what.broken);
        else if (what.lost)
            m->ops->block_lost (m->opaque, what.alias, what.number, what.lost);
        else
            m->ops->event (m->opaque, what.alias, what.event, what.action);
    }
}

static void
stop_if_asked (struct machine *m, unsigned pending)
{
    if (pending & PENDING_STUCK) {
        machine_pause (m);
        m->is_stuck = true;
        m->ops->stuck (m->opaque, m->stuck_text);
    } else if (pending & PENDING_PAUSE) {
        machine_pause (m);
        m->ops->paused (m->opaque);
    }
}

static void
attention_cb (void *opaque)
{
    struct machine *m = opaque;
    unsigned pending = atomic_exchange (&m->pending, 0);

    tell_reports (m);
    if (pending & PENDING_POWER_BUTTON)
        machine_press_power_button (m);
    if (pending & PENDING_POWER_OFF) {
        machine_pause (m);
        m->ops->powered_off (m->opaque);
    } else if (pending & PENDING_RESET) {
        machine_reset (m); /* which ejects as well */
    } else {
        stop_if_asked (m, pending);
        if (pending & PENDING_EJECT)
            machine_hotplug_eject (m);
    }
}

/* --- running and pausing ------------------------------------------------------------------------- */

static void *
io_thread (void *opaque)
{
    struct loop *loop = opaque;

    pthread_setname_np (pthread_self (), "io");
    loop_run (loop);
    return NULL;
}

static int
start_io (struct machine *m)
{
    int ret;

    if (m->has_io_thread)
        return 0;
    ret = pthread_create (&m->io_thread, NULL, io_thread, m->env.io_loop);
    m->has_io_thread = ret == 0;
    return -ret;
}

static void
end_io_thread (struct machine *m)
{
    if (!m->has_io_thread)
        return;
    loop_quit (m->env.io_loop);
    pthread_join (m->io_thread, NULL);
    m->has_io_thread = false;
}

/* Ends the I/O loop's thread and lets what is in flight come to its end on this one. */
static void
stop_io (struct machine *m)
{
    end_io_thread (m);
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->block)
            block_quiesce (device->block);
    }
}

void
machine_hold (struct machine *m)
{
    vcpus_park (m->vcpus);
    end_io_thread (m);
}

/* Whether a vCPU has asked for something, before it was held, after which it executes nothing: attention_cb()
 * comes to it, and lets the guest go on or not. */
static bool
is_awaited (struct machine *m)
{
    return atomic_load (&m->pending) & ~(unsigned) PENDING_POWER_BUTTON;
}

void
machine_go_on (struct machine *m)
{
    if (!m->is_running)
        return;
    if (start_io (m) == 0) {
        if (!is_awaited (m))
            vcpus_resume (m->vcpus);
        return;
    }
    machine_pause (m);
    m->is_stuck = true;
    m->ops->stuck (m->opaque, "the host starts no more threads");
}

void
machine_run (struct machine *m)
{
    if (m->is_running || m->is_stuck)
        return;
    if (start_io (m) < 0)
        return; /* no thread to be had: stays paused, and says so */
    m->is_running = true;
    machine_devices_set_running (m, true);
    vcpus_resume (m->vcpus);
}

void
machine_pause (struct machine *m)
{
    vcpus_park (m->vcpus);
    if (m->is_running)
        machine_devices_set_running (m, false);
    stop_io (m);
    m->is_running = false;
}

/* Puts everything into the state after power-on; paused. */
static int
power_on_state (struct machine *m)
{
    int ret;

    kvm_reset_chips (m->kvm);
    ret = machine_vcpus_reset (m);
    machine_hotplug_reset (m);
    machine_devices_reset (m);
    machine_memory_reset (m);
    if (ret == 0)
        ret = machine_boot_reset (m);
    return ret;
}

void
machine_reset (struct machine *m)
{
    bool run = m->is_running || m->is_stuck;

    machine_pause (m);
    /* What was asked for before the reset is void after it, but for switching off. */
    atomic_fetch_and (&m->pending, PENDING_POWER_OFF);
    input_release_all (m->env.input);
    m->is_stuck = power_on_state (m) < 0;
    if (run)
        machine_run (m);
    m->ops->was_reset (m->opaque); /* which tells whether it runs */
    if (m->is_stuck)
        m->ops->stuck (m->opaque, "KVM does not take the state after power-on");
}

void
machine_press_power_button (struct machine *m)
{
    q35_press_power_button (m->q35);
}

/* --- life ---------------------------------------------------------------------------------------- */

static int
create_env (struct machine *m)
{
    struct device_env *env = &m->env;

    env->machine = m;
    env->request = request_cb;
    env->report_broken = report_broken_cb;
    env->report_event = report_event_cb;
    irq_chip_init (&m->irq, &kvm_irq_chip_ops, m->kvm);
    env->irq = &m->irq;
    env->memory = memory_create (m->kvm);
    env->ports = bus_create (0x10000);
    env->mmio = bus_create (UINT64_MAX);
    if (env->mmio)
        bus_set_ringer (env->mmio, &kvm_doorbell_ops, m->kvm);
    env->loop = loop_create ();
    env->io_loop = loop_create ();
    if (!env->memory || !env->ports || !env->mmio || !env->loop || !env->io_loop)
        return -ENOMEM;
    env->input = input_create (env->loop);
    if (!env->input)
        return -ENOMEM;
    env->pci = pci_bus_create (env->ports, env->mmio, env->memory, env->irq);
    env->usb = usb_bus_create ();
    if (!env->pci || !env->usb)
        return -ENOMEM;
    if (!(m->record.flags & VMM_MACHINE_DISPLAY))
        return 0;
    env->scanout = scanout_create (env->loop, env->input);
    return env->scanout ? 0 : -ENOMEM;
}

static void
destroy_env (struct machine *m)
{
    struct device_env *env = &m->env;

    scanout_destroy (env->scanout);
    usb_bus_destroy (env->usb);
    pci_bus_destroy (env->pci);
    input_destroy (env->input);
    loop_destroy (env->io_loop);
    loop_destroy (env->loop);
    bus_destroy (env->mmio);
    bus_destroy (env->ports);
    memory_destroy (env->memory);
    irq_chip_destroy (&m->irq);
}

/* What the definition says of the processors. */
static int
set_cpu_policy (struct machine *m, const struct machine_config *config)
{
    const struct vmm_record_cpu *cpu = &config->cpu;
    struct cpu_policy policy = {
        .topology = { cpu->sockets, cpu->cores, cpu->threads },
        .n_features = cpu->n_features,
        .model = { cpu->model, cpu->vendor, cpu->signature },
        .host_vendor = cpu->host_vendor,
        .features = config->cpu_features,
        .spinlock_retries = cpu->spinlock_retries,
    };
    char why[VMM_TEXT_BYTES];
    int ret = cpuid_set_policy (m->cpuid, &policy, why, sizeof why);

    return ret < 0 ? machine_fail (m, ret, "%s", why) : 0;
}

/* In the order KVM wants: VM and its chips, memory, processors. */
static int
create_parts (struct machine *m, struct machine_config *config)
{
    const char *why = NULL;
    int ret = kvm_open (fd_steal (&config->kvm_fd), &m->kvm, &why);

    if (ret == 0)
        ret = cpuid_create (m->kvm, m->record.max_vcpus, &m->cpuid, &why);
    if (ret < 0)
        return machine_fail (m, ret, "%s", why);
    ret = set_cpu_policy (m, config);
    if (ret == 0)
        ret = create_env (m);
    if (ret == 0)
        ret = machine_memory_create (m, config);
    if (ret == 0)
        ret = machine_vcpus_create (m);
    if (ret == 0)
        ret = machine_devices_create (m, config);
    if (ret == 0)
        ret = machine_boot_create (m);
    if (ret == 0)
        ret = power_on_state (m);
    return ret;
}

int
machine_create (struct machine_config *config, const struct machine_ops *ops, void *opaque,
                struct machine **out, char why[VMM_TEXT_BYTES])
{
    struct machine *m = calloc (1, sizeof *m);
    int ret;

    why[0] = '\0';
    if (!m) {
        snprintf (why, VMM_TEXT_BYTES, "there is no memory for the machine");
        return -ENOMEM;
    }
    m->ops = ops;
    m->opaque = opaque;
    m->why = why;
    m->record = config->machine;
    if (m->record.max_vcpus == 0)
        m->record.max_vcpus = m->record.n_vcpus;
    m->ram = m->pluggable_ram = (struct backing) BACKING_INIT;
    m->has_kernel = config->has_kernel;
    m->kernel_fd = fd_steal (&config->kernel_fd);
    m->initrd_fd = fd_steal (&config->initrd_fd);
    memcpy (m->command_line, config->command_line, sizeof m->command_line);
    list_init (&m->devices);
    loop_work_init (&m->attention, attention_cb, m);
    pthread_mutex_init (&m->report_lock, NULL);

    ret = create_parts (m, config);
    if (ret < 0) {
        machine_fail (m, ret, "the machine cannot be made: %s", strerror (-ret));
        machine_destroy (m);
        return ret;
    }
    m->why = NULL;
    *out = m;
    return 0;
}

int
machine_start (struct machine *m)
{
    return vcpus_start (m->vcpus);
}

void
machine_destroy (struct machine *m)
{
    if (!m)
        return;
    machine_vcpus_destroy (m);
    if (m->env.io_loop)
        stop_io (m);
    machine_boot_destroy (m);
    machine_devices_destroy (m);
    machine_memory_destroy (m);
    machine_vcpus_free (m);
    cpuid_destroy (m->cpuid);
    if (m->env.machine)
        destroy_env (m);
    kvm_close (m->kvm);
    fd_close (&m->kernel_fd);
    fd_close (&m->initrd_fd);
    pthread_mutex_destroy (&m->report_lock);
    free (m);
}

bool
machine_is_running (const struct machine *m)
{
    return m->is_running;
}

struct loop *
machine_get_loop (struct machine *m)
{
    return m->env.loop;
}

struct scanout *
machine_get_scanout (struct machine *m)
{
    return m->env.scanout;
}

struct input *
machine_get_input (struct machine *m)
{
    return m->env.input;
}
