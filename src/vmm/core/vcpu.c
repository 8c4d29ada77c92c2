/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vcpu.c - the virtual processors of a machine: a thread each, run and parked together.
 *
 * Theory of operation.  A thread is in KVM_RUN nearly always.  To park, `park` is set under the lock,
 * each vCPU's immediate_exit byte is set and its thread gets a signal: a thread inside KVM_RUN leaves
 * it with EINTR, one about to enter comes straight back.  KVM completes a pending port or memory
 * access on entry, before it looks at immediate_exit, so after EINTR the vCPU's state is whole and
 * the thread may wait.  A vCPU whose own exit asked for parking (it wrote the reset register) takes
 * the same way, and so never runs another guest instruction.
 *
 * A vCPU that leaves the group is parked alone: `plugged` is cleared, it is kicked like the others,
 * and its thread ends instead of waiting.  What KVM holds of it stays, for when it comes back.
 */
#define _GNU_SOURCE
#include "vcpu.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "bits.h"
#include "bus.h"
#include "counter.h"
#include "fd.h"
#include "kvm-private.h"
#include "log.h"

#define HV_STATUS_INVALID_HYPERCALL_CODE 2
#define KICK_SIGNAL (SIGRTMIN + 1)

struct vcpu {
    struct vcpus *group;
    unsigned index;
    int fd;              /* -1 until it is made */
    struct kvm_run *run; /* NULL until it is made */
    pthread_t thread;
    bool plugged;        /* the group's lock */
    bool has_thread;     /* the group's lock */
    _Atomic uint64_t exits; /* written by its thread alone (counter.h) */
};

struct vcpus {
    struct kvm *kvm;
    struct bus *ports, *mmio;
    const struct vcpus_ops *ops;
    void *opaque;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool park;          /* lock */
    bool quit;          /* lock */
    unsigned n_running; /* threads that are not waiting; lock */
    uint64_t ended_ns;  /* time that threads spent which have ended; lock */
    bool started;       /* main loop */

    char stuck_text[200]; /* written once by the vCPU that is stuck */
    unsigned max;
    struct vcpu vcpu[];
};

static void
kick_handler (int signal)
{
}

/* --- exits -------------------------------------------------------------------------------------- */

static void
handle_port (struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    uint8_t *data = (uint8_t *) run + run->io.data_offset;
    struct bus *ports = vcpu->group->ports;

    for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
        if (run->io.direction == KVM_EXIT_IO_OUT)
            bus_write (ports, run->io.port, load_le (data, run->io.size), run->io.size);
        else
            store_le (data, bus_read (ports, run->io.port, run->io.size), run->io.size);
    }
}

static void
handle_mmio (struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    struct bus *mmio = vcpu->group->mmio;
    unsigned len = run->mmio.len;

    if (run->mmio.is_write)
        bus_write (mmio, run->mmio.phys_addr, load_le (run->mmio.data, len), len);
    else
        store_le (run->mmio.data, bus_read (mmio, run->mmio.phys_addr, len), len);
}

/* KVM gave up on the guest: says why, with the instruction where KVM tells it. */
static void
handle_stuck (struct vcpu *vcpu, const char *what)
{
    struct vcpus *group = vcpu->group;
    struct kvm_run *run = vcpu->run;
    struct kvm_regs regs = { 0 };
    char bytes[3 * 15 + 1] = "";

    ioctl (vcpu->fd, KVM_GET_REGS, &regs);
    if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR
        && run->emulation_failure.suberror == KVM_INTERNAL_ERROR_EMULATION
        && run->emulation_failure.ndata >= 1
        && (run->emulation_failure.flags
            & KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES)) {
        unsigned n = MIN_OF (run->emulation_failure.insn_size, 15u);

        for (unsigned i = 0; i < n; i++)
            snprintf (bytes + 3 * i, 4, " %02x", run->emulation_failure.insn_bytes[i]);
    }
    pthread_mutex_lock (&group->lock);
    snprintf (group->stuck_text, sizeof group->stuck_text,
              "processor %u stopped at address %llx: %s%s%s", vcpu->index,
              (unsigned long long) regs.rip, what, bytes[0] ? ", instruction" : "", bytes);
    pthread_mutex_unlock (&group->lock);
    vcpus_ask_to_park (group);
    log_error ("%s", group->stuck_text);
    group->ops->event (group->opaque, VCPU_EVENT_STUCK, group->stuck_text);
}

static void
handle_internal_error (struct vcpu *vcpu)
{
    if (vcpu->run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION)
        handle_stuck (vcpu, "this host's KVM cannot emulate what the guest does there");
    else
        handle_stuck (vcpu, "an internal error of KVM");
}

/* KVM does the synthetic interrupt controller alone, and tells of its pages (SIMP, SIEFP) only; to the hypercalls
 * that would be for a VMBus the answer is that there are none. */
static void
handle_hyperv (struct kvm_hyperv_exit *hyperv)
{
    if (hyperv->type == KVM_EXIT_HYPERV_HCALL)
        hyperv->u.hcall.result = HV_STATUS_INVALID_HYPERCALL_CODE;
}

static void
handle_exit (struct vcpu *vcpu)
{
    struct vcpus *group = vcpu->group;

    counter_add (&vcpu->exits, 1);
    switch (vcpu->run->exit_reason) {
    case KVM_EXIT_IO:
        handle_port (vcpu);
        break;
    case KVM_EXIT_MMIO:
        handle_mmio (vcpu);
        break;
    case KVM_EXIT_SHUTDOWN:
        vcpus_ask_to_park (group);
        group->ops->event (group->opaque, VCPU_EVENT_SHUTDOWN, "triple fault");
        break;
    case KVM_EXIT_INTERNAL_ERROR:
        handle_internal_error (vcpu);
        break;
    case KVM_EXIT_FAIL_ENTRY:
        handle_stuck (vcpu, "the processor refuses the guest's state");
        break;
    case KVM_EXIT_HYPERV:
        handle_hyperv (&vcpu->run->hyperv);
        break;
    case KVM_EXIT_INTR:
    case KVM_EXIT_IRQ_WINDOW_OPEN:
        break;
    default:
        handle_stuck (vcpu, "KVM left the guest for a reason this program does not know");
        break;
    }
}

/* --- threads ------------------------------------------------------------------------------------ */

static bool
is_to_end_locked (const struct vcpu *vcpu)
{
    return vcpu->group->quit || !vcpu->plugged;
}

/* Waits while parked; returns false when the thread is to end. */
static bool
wait_while_parked (struct vcpu *vcpu)
{
    struct vcpus *group = vcpu->group;
    bool go_on;

    pthread_mutex_lock (&group->lock);
    if (group->park || is_to_end_locked (vcpu)) {
        group->n_running--;
        pthread_cond_broadcast (&group->changed);
        while (group->park && !is_to_end_locked (vcpu))
            pthread_cond_wait (&group->changed, &group->lock);
        if (!is_to_end_locked (vcpu))
            group->n_running++;
    }
    vcpu->run->immediate_exit = 0;
    go_on = !is_to_end_locked (vcpu);
    pthread_mutex_unlock (&group->lock);
    return go_on;
}

/* Makes KVM look anew at what interrupts are due.  An interrupt that waits for the guest to allow it
 * may be forgotten by KVM when a signal ends KVM_RUN (seen where KVM is a software one: the timer
 * stood still after a pause); writing a vCPU's state back as it is makes KVM look. */
static void
renew_interrupts (struct vcpu *vcpu)
{
    struct kvm_mp_state state;

    if (ioctl (vcpu->fd, KVM_GET_MP_STATE, &state) == 0)
        ioctl (vcpu->fd, KVM_SET_MP_STATE, &state);
}

/* The calling thread is about to end. */
static void
note_time (struct vcpus *group)
{
    struct timespec used;

    if (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used) < 0)
        return;
    pthread_mutex_lock (&group->lock);
    group->ended_ns += (uint64_t) used.tv_sec * 1000000000ull + (uint64_t) used.tv_nsec;
    pthread_mutex_unlock (&group->lock);
}

static void *
vcpu_thread (void *opaque)
{
    struct vcpu *vcpu = opaque;
    char name[16];
    sigset_t set;

    snprintf (name, sizeof name, "vcpu%u", vcpu->index);
    pthread_setname_np (pthread_self (), name);
    sigemptyset (&set);
    sigaddset (&set, KICK_SIGNAL);
    pthread_sigmask (SIG_UNBLOCK, &set, NULL);

    while (wait_while_parked (vcpu)) {
        renew_interrupts (vcpu);
        while (ioctl (vcpu->fd, KVM_RUN, 0) == 0)
            handle_exit (vcpu);
        if (errno == EFAULT || errno == ENOMEM || errno == EIO) {
            /* KVM has no memory for the guest's page, or a host page cannot be read. */
            handle_stuck (vcpu, "the host has no memory left for the guest");
        } else if (errno != EINTR && errno != EAGAIN) {
            handle_stuck (vcpu, "KVM does not run the processor");
        }
    }
    note_time (vcpu->group);
    return NULL;
}

/* Makes VCPU leave KVM_RUN, or not enter it. */
static void
kick_locked (struct vcpu *vcpu)
{
    if (!vcpu->run)
        return;
    /* Pairs with KVM's own read on entry; the signal takes care of one already inside. */
    __atomic_store_n (&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
    if (vcpu->has_thread)
        pthread_kill (vcpu->thread, KICK_SIGNAL);
}

void
vcpus_ask_to_park (struct vcpus *vcpus)
{
    pthread_mutex_lock (&vcpus->lock);
    vcpus->park = true;
    for (unsigned i = 0; i < vcpus->max; i++)
        kick_locked (&vcpus->vcpu[i]);
    pthread_mutex_unlock (&vcpus->lock);
}

void
vcpus_park (struct vcpus *vcpus)
{
    vcpus_ask_to_park (vcpus);
    pthread_mutex_lock (&vcpus->lock);
    while (vcpus->n_running > 0)
        pthread_cond_wait (&vcpus->changed, &vcpus->lock);
    pthread_mutex_unlock (&vcpus->lock);
}

void
vcpus_resume (struct vcpus *vcpus)
{
    pthread_mutex_lock (&vcpus->lock);
    vcpus->park = false;
    pthread_cond_broadcast (&vcpus->changed);
    pthread_mutex_unlock (&vcpus->lock);
}

/* --- life --------------------------------------------------------------------------------------- */

int
vcpus_make (struct vcpus *vcpus, unsigned index)
{
    struct vcpu *vcpu = &vcpus->vcpu[index];
    struct kvm_run *run;
    int fd;

    if (vcpu->fd >= 0)
        return 0;
    fd = ioctl (vcpus->kvm->vm_fd, KVM_CREATE_VCPU, (unsigned long) index);
    if (fd < 0)
        return -errno;
    run = mmap (NULL, vcpus->kvm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (run == MAP_FAILED) {
        int ret = -errno;

        fd_close (&fd); /* for this run KVM keeps the index taken */
        return ret;
    }
    pthread_mutex_lock (&vcpus->lock);
    vcpu->fd = fd;
    vcpu->run = run;
    pthread_mutex_unlock (&vcpus->lock);
    return 1;
}

static int
start_thread (struct vcpu *vcpu)
{
    struct vcpus *group = vcpu->group;
    int ret;

    pthread_mutex_lock (&group->lock);
    group->n_running++; /* it counts itself out when it finds that it is to wait */
    ret = pthread_create (&vcpu->thread, NULL, vcpu_thread, vcpu);
    vcpu->has_thread = ret == 0;
    if (ret != 0)
        group->n_running--;
    pthread_mutex_unlock (&group->lock);
    return -ret;
}

int
vcpus_plug (struct vcpus *vcpus, unsigned index)
{
    struct vcpu *vcpu = &vcpus->vcpu[index];
    int ret;

    vcpu->plugged = true;
    ret = vcpus->started ? start_thread (vcpu) : 0;
    if (ret < 0)
        vcpu->plugged = false;
    return ret;
}

void
vcpus_unplug (struct vcpus *vcpus, unsigned index)
{
    struct vcpu *vcpu = &vcpus->vcpu[index];
    bool had_thread;

    pthread_mutex_lock (&vcpus->lock);
    vcpu->plugged = false;
    kick_locked (vcpu);
    pthread_cond_broadcast (&vcpus->changed);
    had_thread = vcpu->has_thread;
    pthread_mutex_unlock (&vcpus->lock);
    if (!had_thread)
        return;
    pthread_join (vcpu->thread, NULL);
    pthread_mutex_lock (&vcpus->lock);
    vcpu->has_thread = false;
    pthread_mutex_unlock (&vcpus->lock);
}

int
vcpus_create (struct kvm *kvm, unsigned max, struct bus *ports, struct bus *mmio,
              const struct vcpus_ops *ops, void *opaque, struct vcpus **out, const char **why)
{
    struct vcpus *vcpus;

    *why = "there is no memory for the processors";
    if (max == 0 || max > kvm->max_vcpus) {
        *why = "this host's KVM does not run that many processors";
        return -EINVAL;
    }
    vcpus = calloc (1, sizeof *vcpus + max * sizeof vcpus->vcpu[0]);
    if (!vcpus)
        return -ENOMEM;
    vcpus->kvm = kvm;
    vcpus->ports = ports;
    vcpus->mmio = mmio;
    vcpus->ops = ops;
    vcpus->opaque = opaque;
    vcpus->park = true;
    vcpus->max = max;
    for (unsigned i = 0; i < max; i++) {
        vcpus->vcpu[i].group = vcpus;
        vcpus->vcpu[i].index = i;
        vcpus->vcpu[i].fd = -1;
    }
    pthread_mutex_init (&vcpus->lock, NULL);
    pthread_cond_init (&vcpus->changed, NULL);
    *out = vcpus;
    return 0;
}

int
vcpus_start (struct vcpus *vcpus)
{
    struct sigaction action = { .sa_handler = kick_handler };
    int ret = 0;

    sigaction (KICK_SIGNAL, &action, NULL);
    vcpus->started = true;
    for (unsigned i = 0; i < vcpus->max && ret == 0; i++) {
        if (vcpus->vcpu[i].plugged)
            ret = start_thread (&vcpus->vcpu[i]);
    }
    return ret;
}

void
vcpus_destroy (struct vcpus *vcpus)
{
    if (!vcpus)
        return;
    vcpus_park (vcpus);
    pthread_mutex_lock (&vcpus->lock);
    vcpus->quit = true;
    pthread_cond_broadcast (&vcpus->changed);
    pthread_mutex_unlock (&vcpus->lock);
    for (unsigned i = 0; i < vcpus->max; i++) {
        struct vcpu *vcpu = &vcpus->vcpu[i];

        if (vcpu->has_thread)
            pthread_join (vcpu->thread, NULL);
        if (vcpu->run)
            munmap (vcpu->run, vcpus->kvm->run_bytes);
        fd_close (&vcpu->fd);
    }
    pthread_cond_destroy (&vcpus->changed);
    pthread_mutex_destroy (&vcpus->lock);
    free (vcpus);
}

bool
vcpus_is_plugged (const struct vcpus *vcpus, unsigned index)
{
    return vcpus->vcpu[index].plugged; /* written by the main loop alone */
}

unsigned
vcpus_get_max (const struct vcpus *vcpus)
{
    return vcpus->max;
}

unsigned
vcpus_get_count (const struct vcpus *vcpus)
{
    unsigned n = 0;

    for (unsigned i = 0; i < vcpus->max; i++)
        n += vcpus->vcpu[i].plugged;
    return n;
}

int
vcpus_get_fd (const struct vcpus *vcpus, unsigned index)
{
    return vcpus->vcpu[index].fd;
}

bool
vcpus_get_time (const struct vcpus *vcpus, unsigned index, uint64_t *ns)
{
    const struct vcpu *vcpu = &vcpus->vcpu[index];
    struct timespec used;
    clockid_t clock;

    if (!vcpu->has_thread || pthread_getcpuclockid (vcpu->thread, &clock) != 0
        || clock_gettime (clock, &used) != 0)
        return false;
    *ns = (uint64_t) used.tv_sec * 1000000000ull + (uint64_t) used.tv_nsec;
    return true;
}

void
vcpus_get_statistics (const struct vcpus *vcpus, uint64_t *ns, uint64_t *exits)
{
    *ns = vcpus->ended_ns; /* whoever adds to it is joined before anybody asks again */
    *exits = 0;
    for (unsigned i = 0; i < vcpus->max; i++) {
        uint64_t used;

        *exits += counter_get (&vcpus->vcpu[i].exits);
        if (vcpus_get_time (vcpus, i, &used))
            *ns += used;
    }
}
