/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot.h - boots a Linux kernel directly, without firmware: the boot loader's part of the Linux x86
 * boot protocol (2.12 and newer), through the 64-bit entry point. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "e820.h"
#include "memory.h"

struct boot_config {
    int kernel_fd;            /* a bzImage; stays the caller's */
    int initrd_fd;            /* -1: none; stays the caller's */
    const char *command_line; /* without a NUL in the middle */
    const struct memory_layout *layout;
    gpa_t rsdp;   /* where acpi_install() put it */
    bool has_vga; /* there is a VGA in text mode 3 */
};

/* How the first vCPU has to enter the kernel: in long mode, interrupts off, paging on with CR3,
 * flat segments from the GDT. */
struct boot_entry {
    gpa_t rip;
    gpa_t rsi; /* struct boot_params */
    gpa_t rsp; /* a page of stack, which the kernel does not need */
    gpa_t cr3;
    gpa_t gdt_base;
    uint16_t gdt_limit;
    uint16_t cs; /* selectors */
    uint16_t ds; /* also ES, SS */
};

/* Puts the kernel and all it wants into guest RAM, and says in *ENTRY how to start it; to be
 * repeated at each reset.  The files are read anew each time and never trusted.  Returns 0, or
 * -errno with *REASON a static half sentence that names the kernel or the initrd ("the kernel is
 * not a bzImage"). */
int boot_load (const struct boot_config *config, struct memory *memory, struct boot_entry *entry,
               const char **reason);
