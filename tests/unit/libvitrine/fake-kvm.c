/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-kvm.c - for tests linked with --wrap=ioctl: whatever $VITRINE_KVM names answers as
 * /dev/kvm. */
#include <linux/kvm.h>
#include <stdarg.h>

int __real_ioctl (int fd, unsigned long request, ...);
int __wrap_ioctl (int fd, unsigned long request, ...);

int
__wrap_ioctl (int fd, unsigned long request, ...)
{
    va_list args;
    void *argument;

    if (request == KVM_GET_API_VERSION)
        return KVM_API_VERSION;
    if (request == KVM_CHECK_EXTENSION)
        return 16;
    va_start (args, request);
    argument = va_arg (args, void *);
    va_end (args);
    return __real_ioctl (fd, request, argument);
}
