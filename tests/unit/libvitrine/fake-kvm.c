/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-kvm.c - for programs linked with --wrap=ioctl: /dev/null answers as /dev/kvm. */
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int __real_ioctl (int fd, unsigned long request, ...);
int __wrap_ioctl (int fd, unsigned long request, ...);

static bool
is_null_device (int fd)
{
    struct stat st;

    return fstat (fd, &st) == 0 && S_ISCHR (st.st_mode) && st.st_rdev == makedev (1, 3);
}

int
__wrap_ioctl (int fd, unsigned long request, ...)
{
    va_list args;
    void *argument;

    if (request == KVM_GET_API_VERSION && is_null_device (fd))
        return KVM_API_VERSION;
    if (request == KVM_CHECK_EXTENSION && is_null_device (fd))
        return 16;
    va_start (args, request);
    argument = va_arg (args, void *);
    va_end (args);
    return __real_ioctl (fd, request, argument);
}
