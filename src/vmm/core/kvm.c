/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kvm.c - one KVM virtual machine and what this host's KVM can do. */
#include "kvm-private.h"

#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "fd.h"

/* Clear of a 4 MiB flash below 4 GiB, and of everything else (the TSS takes three pages). */
#define IDENTITY_MAP_ADDRESS 0xfeffc000ull
#define TSS_ADDRESS          (IDENTITY_MAP_ADDRESS + 0x1000)

#define CPUID_1_ECX_VMX  BIT (5)
#define CPUID_81_ECX_SVM BIT (2)

static int
check (struct kvm *kvm, int capability)
{
    int ret = ioctl (kvm->vm_fd, KVM_CHECK_EXTENSION, (unsigned long) capability);

    return ret < 0 ? 0 : ret;
}

static bool
processor_has_virtualization (void)
{
    unsigned eax, ebx, ecx, edx;

    if (__get_cpuid (1, &eax, &ebx, &ecx, &edx) && (ecx & CPUID_1_ECX_VMX))
        return true;
    return __get_cpuid (0x80000001, &eax, &ebx, &ecx, &edx) && (ecx & CPUID_81_ECX_SVM);
}

static int
create_chips (struct kvm *kvm, const char **why)
{
    struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

    if (ioctl (kvm->vm_fd, KVM_CREATE_IRQCHIP, 0) < 0) {
        *why = "this host's KVM has no interrupt controllers of its own";
        return -errno;
    }
    if (ioctl (kvm->vm_fd, KVM_CREATE_PIT2, &pit) < 0) {
        *why = "this host's KVM has no timer (PIT) of its own";
        return -errno;
    }
    for (unsigned i = 0; i < ARRAY_SIZE (kvm->chips); i++) {
        kvm->chips[i].chip_id = i; /* master, slave, I/O APIC */
        if (ioctl (kvm->vm_fd, KVM_GET_IRQCHIP, &kvm->chips[i]) < 0) {
            *why = "KVM does not show its interrupt controllers";
            return -errno;
        }
    }
    if (ioctl (kvm->vm_fd, KVM_GET_PIT2, &kvm->pit) < 0) {
        *why = "KVM does not show its timer (PIT)";
        return -errno;
    }
    return 0;
}

static int
create_vm (struct kvm *kvm, const char **why)
{
    uint64_t identity_map = IDENTITY_MAP_ADDRESS;
    int size;

    if (ioctl (kvm->dev_fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
        *why = "what was given as /dev/kvm is not KVM of the version this program speaks";
        return -ENOTSUP;
    }
    do
        kvm->vm_fd = ioctl (kvm->dev_fd, KVM_CREATE_VM, 0);
    while (kvm->vm_fd < 0 && errno == EINTR);
    if (kvm->vm_fd < 0) {
        *why = "KVM does not make a virtual machine (does another hypervisor use the processor?)";
        return -errno;
    }
    if (!check (kvm, KVM_CAP_IMMEDIATE_EXIT) || !check (kvm, KVM_CAP_SIGNAL_MSI)) {
        *why = "this host's KVM is too old: it needs Linux 4.13 or later";
        return -ENOTSUP;
    }
    /* Both are for Intel hosts without unrestricted guests; elsewhere they may be refused. */
    ioctl (kvm->vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
    ioctl (kvm->vm_fd, KVM_SET_TSS_ADDR, TSS_ADDRESS);

    size = ioctl (kvm->dev_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < (int) sizeof (struct kvm_run)) {
        *why = "KVM does not say how large a processor's shared page is";
        return -ENOTSUP;
    }
    kvm->run_bytes = (unsigned) size;
    kvm->max_vcpus = (unsigned) MAX_OF (check (kvm, KVM_CAP_MAX_VCPUS), 1);
    kvm->is_hardware = processor_has_virtualization ();
    kvm->can_read_only_memory = check (kvm, KVM_CAP_READONLY_MEM) > 0;
    return create_chips (kvm, why);
}

int
kvm_open (int dev_fd, struct kvm **out, const char **why)
{
    struct kvm *kvm = calloc (1, sizeof *kvm);
    int ret;

    if (!kvm) {
        fd_close (&dev_fd);
        *why = "there is no memory for the machine";
        return -ENOMEM;
    }
    kvm->dev_fd = dev_fd;
    kvm->vm_fd = -1;
    ret = create_vm (kvm, why);
    if (ret < 0) {
        kvm_close (kvm);
        return ret;
    }
    *out = kvm;
    return 0;
}

void
kvm_close (struct kvm *kvm)
{
    if (!kvm)
        return;
    fd_close (&kvm->vm_fd);
    fd_close (&kvm->dev_fd);
    free (kvm);
}

int
kvm_set_memslot (struct kvm *kvm, unsigned slot, uint32_t flags, uint64_t gpa, uint64_t size,
                 void *host)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .flags = flags,
        .guest_phys_addr = gpa,
        .memory_size = size,
        .userspace_addr = (uintptr_t) host,
    };

    return ioctl (kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

void
kvm_reset_chips (struct kvm *kvm)
{
    for (unsigned i = 0; i < ARRAY_SIZE (kvm->chips); i++)
        ioctl (kvm->vm_fd, KVM_SET_IRQCHIP, &kvm->chips[i]);
    ioctl (kvm->vm_fd, KVM_SET_PIT2, &kvm->pit);
}

static void
set_gsi (void *opaque, unsigned gsi, bool level)
{
    struct kvm *kvm = opaque;
    struct kvm_irq_level line = { .irq = gsi, .level = level };

    ioctl (kvm->vm_fd, KVM_IRQ_LINE, &line);
}

static void
send_msi (void *opaque, uint64_t address, uint32_t data)
{
    struct kvm *kvm = opaque;
    struct kvm_msi msi = {
        .address_lo = (uint32_t) address,
        .address_hi = (uint32_t) (address >> 32),
        .data = data,
    };

    ioctl (kvm->vm_fd, KVM_SIGNAL_MSI, &msi);
}

const struct irq_chip_ops kvm_irq_chip_ops = {
    .set_gsi = set_gsi,
    .send_msi = send_msi,
};

/* Length 0: a write of any width, whatever is written. */
static int
ring_doorbell (void *opaque, uint64_t address, int fd, bool on)
{
    struct kvm *kvm = opaque;
    struct kvm_ioeventfd doorbell = {
        .addr = address,
        .fd = fd,
        .flags = on ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN,
    };

    return ioctl (kvm->vm_fd, KVM_IOEVENTFD, &doorbell) < 0 ? -errno : 0;
}

const struct bus_doorbell_ops kvm_doorbell_ops = { .ring = ring_doorbell };
