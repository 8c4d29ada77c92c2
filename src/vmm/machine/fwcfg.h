/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwcfg.h - QEMU's firmware configuration device: how SeaBIOS and OVMF learn what the machine is.
 *
 * Items are added while the machine is built, before any vCPU runs; after that only a guest's
 * writes to writable files change anything.  All data is copied.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct device_env;
struct fwcfg;

/* Keys with a fixed meaning.  Signature, ID and directory are there from the start. */
enum fwcfg_key {
    FWCFG_SIGNATURE = 0x00,
    FWCFG_ID = 0x01,
    FWCFG_UUID = 0x02,         /* 16 bytes */
    FWCFG_RAM_BYTES = 0x03,    /* 8 bytes */
    FWCFG_NO_GRAPHICS = 0x04,  /* 2 bytes */
    FWCFG_N_CPUS = 0x05,       /* 2 bytes: at power-on */
    FWCFG_KERNEL_BYTES = 0x08, /* 4 bytes each */
    FWCFG_INITRD_BYTES = 0x0b,
    FWCFG_NUMA = 0x0d,      /* 8 bytes: nodes */
    FWCFG_BOOT_MENU = 0x0e, /* 2 bytes */
    FWCFG_MAX_CPUS = 0x0f,  /* 2 bytes */
    FWCFG_KERNEL = 0x11,    /* what follows the set-up code */
    FWCFG_INITRD = 0x12,
    FWCFG_COMMAND_LINE_BYTES = 0x14, /* 4 bytes, NUL included */
    FWCFG_COMMAND_LINE = 0x15,
    FWCFG_SETUP_BYTES = 0x17, /* 4 bytes */
    FWCFG_SETUP = 0x18,       /* the kernel's real-mode set-up code */
    FWCFG_DIRECTORY = 0x19,
    FWCFG_FILE_FIRST = 0x20, /* files have the keys from here on, sorted by name */
};

#define FWCFG_NAME_BYTES   56 /* NUL included */
#define FWCFG_MAX_KEYS     24
#define FWCFG_MAX_FILES    64
#define FWCFG_MAX_WRITABLE 64 /* bytes of a writable file */

/* Answers on ENV's ports 510h-51Bh from now on.  Returns 0 or -ENOMEM. */
int fwcfg_create (const struct device_env *env, struct fwcfg **out);

/* As after power-on: nothing selected but the signature, writable files zero.  vCPUs are parked. */
void fwcfg_reset (struct fwcfg *fwcfg);

/* NULL is nothing. */
void fwcfg_destroy (struct fwcfg *fwcfg);

/* A key's bytes as they are, or VALUE as SIZE (1 to 8) little-endian bytes.  Each key once.
 * Return 0 or -ENOMEM. */
int fwcfg_add_key (struct fwcfg *fwcfg, unsigned key, const void *data, size_t size);
int fwcfg_add_number (struct fwcfg *fwcfg, unsigned key, uint64_t value, unsigned size);

/* A key whose bytes are SIZE bytes at OFFSET of the file FD, which stays the caller's and outlives
 * FWCFG.  They are read when the guest asks for them; what is not there any more reads as zeros.
 * Each key once. */
void fwcfg_add_file_key (struct fwcfg *fwcfg, unsigned key, int fd, uint64_t offset, size_t size);

/* A file; NAME, shorter than FWCFG_NAME_BYTES, is not there yet.  Files' keys change with each that
 * is added.  Returns 0, -ENOMEM, or -ENOSPC when there are FWCFG_MAX_FILES. */
int fwcfg_add_file (struct fwcfg *fwcfg, const char *name, const void *data, size_t size);

/* New contents for a key or a file that is there, of the size it has.  vCPUs are parked. */
void fwcfg_set_number (struct fwcfg *fwcfg, unsigned key, uint64_t value, unsigned size);
void fwcfg_set_file (struct fwcfg *fwcfg, const char *name, const void *data, size_t size);

/* A file of SIZE bytes, at most FWCFG_MAX_WRITABLE, zero after each reset, that the guest may
 * write. After each write WRITTEN gets a copy of all of it, on the vCPU's thread with no lock held.
 */
int fwcfg_add_writable_file (struct fwcfg *fwcfg, const char *name, size_t size,
                             void (*written) (void *opaque, const void *data, size_t size),
                             void *opaque);
