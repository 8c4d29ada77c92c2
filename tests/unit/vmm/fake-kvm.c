/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-kvm.c - a KVM that can do what a machine needs to be made, and fails where a test says so. */
#define _GNU_SOURCE
#include "fake-kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUN_BYTES 12288
#define MAX_VCPUS 8
#define N_MSRS    2

struct fake_kvm fake_kvm;

int __real_ioctl (int fd, unsigned long request, ...);
int __wrap_ioctl (int fd, unsigned long request, ...);

void
fake_kvm_init (void)
{
    fake_kvm = (struct fake_kvm){
        .missing = -1,
        .version = KVM_API_VERSION,
        .run_bytes = RUN_BYTES,
    };
}

void
fake_kvm_fail (unsigned long request, int error, unsigned skip)
{
    fake_kvm_init ();
    fake_kvm.fails = request;
    fake_kvm.error = error;
    fake_kvm.skip = skip;
}

int
fake_kvm_open (void)
{
    return open ("/dev/null", O_RDWR | O_CLOEXEC);
}

static bool
is_to_fail (unsigned long request)
{
    unsigned n;

    if (request != fake_kvm.fails || request == 0)
        return false;
    n = fake_kvm.n_calls++;
    return n >= fake_kvm.skip && (fake_kvm.times == 0 || n < fake_kvm.skip + fake_kvm.times);
}

static int
check_extension (unsigned long capability)
{
    if ((int) capability == fake_kvm.missing)
        return 0;
    return capability == KVM_CAP_MAX_VCPUS ? MAX_VCPUS : 1;
}

/* Just enough of a processor: its vendor, its features, its address space. */
static int
get_cpuid (struct kvm_cpuid2 *leaves)
{
    static const struct kvm_cpuid_entry2 some[] = {
        { .function = 0, .eax = 1, .ebx = 0x756e6547, .edx = 0x49656e69, .ecx = 0x6c65746e },
        { .function = 1, .eax = 0x306c1 },
        { .function = 0x80000000, .eax = 0x80000008 },
        { .function = 0x80000008, .eax = 0x3028 },
    };

    leaves->nent = sizeof some / sizeof some[0];
    memcpy (leaves->entries, some, sizeof some);
    return 0;
}

/* As KVM: how many there are is told to whoever has too little room. */
static int
get_msr_list (struct kvm_msr_list *list)
{
    bool fits = list->nmsrs >= N_MSRS;

    list->nmsrs = N_MSRS;
    if (!fits) {
        errno = E2BIG;
        return -1;
    }
    list->indices[0] = 0x10;
    list->indices[1] = 0x277;
    return 0;
}

static int
create_vcpu (void)
{
    int fd;

    if (fake_kvm.unmappable)
        return fake_kvm_open ();
    fd = memfd_create ("vcpu", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate (fd, RUN_BYTES) < 0)
        return -1;
    return fd;
}

static int
answer (unsigned long request, void *argument)
{
    switch (request) {
    case KVM_GET_API_VERSION:
        return fake_kvm.version;
    case KVM_CHECK_EXTENSION:
        return check_extension ((unsigned long) (uintptr_t) argument);
    case KVM_CREATE_VM:
        return fake_kvm_open ();
    case KVM_GET_VCPU_MMAP_SIZE:
        return fake_kvm.run_bytes;
    case KVM_GET_SUPPORTED_CPUID:
        return get_cpuid (argument);
    case KVM_GET_SUPPORTED_HV_CPUID:
        ((struct kvm_cpuid2 *) argument)->nent = 0;
        return 0;
    case KVM_GET_MSR_INDEX_LIST:
        return get_msr_list (argument);
    case KVM_GET_MSRS:
    case KVM_SET_MSRS:
        return (int) ((struct kvm_msrs *) argument)->nmsrs;
    case KVM_CREATE_VCPU:
        return create_vcpu ();
    default:
        return 0; /* set, or got as zeros */
    }
}

int
__wrap_ioctl (int fd, unsigned long request, ...)
{
    void *argument;
    va_list args;

    va_start (args, request);
    argument = va_arg (args, void *);
    va_end (args);
    if (_IOC_TYPE (request) != KVMIO)
        return __real_ioctl (fd, request, argument);
    if (is_to_fail (request)) {
        errno = fake_kvm.error;
        return -1;
    }
    return answer (request, argument);
}
