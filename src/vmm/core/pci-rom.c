/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci-rom.c - a PCI function's expansion ROM: code for the firmware, from a file. */
#include "pci-rom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bits.h"
#include "fd.h"

#define PAGE_BYTES   4096
#define SIGNATURE    0xaa55
#define PCI_POINTER  0x18 /* where the offset of the PCI data structure is */
#define PCI_DATA     "PCIR"
#define HEADER_BYTES 0x1a

struct pci_rom {
    struct memory_block block;
};

static bool
is_image (const uint8_t *bytes, size_t len)
{
    size_t data;

    if (len < HEADER_BYTES || load_le16 (bytes) != SIGNATURE)
        return false;
    data = load_le16 (bytes + PCI_POINTER);
    return data + strlen (PCI_DATA) <= len
           && memcmp (bytes + data, PCI_DATA, strlen (PCI_DATA)) == 0;
}

static int
read_image (struct pci_rom *rom, int fd, size_t len)
{
    uint64_t size =
        PAGE_BYTES; /* memory is mapped by the page, a register's range is a power of two */
    int ret;

    while (size < len)
        size *= 2;
    rom->block = (struct memory_block){
        .name = "pci rom", .kind = MEMORY_ROM, .size_bytes = size, .slot = -1
    };
    list_init (&rom->block.node);
    rom->block.host = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (rom->block.host == MAP_FAILED) {
        rom->block.host = NULL;
        return -ENOMEM;
    }
    ret = fd_pread_full (fd, rom->block.host, len, 0);
    if (ret < 0)
        return ret;
    return is_image (rom->block.host, len) ? 0 : -EINVAL;
}

int
pci_rom_load (int fd, struct pci_rom **out)
{
    struct pci_rom *rom;
    struct stat st;
    int ret;

    if (fstat (fd, &st) < 0)
        return -errno;
    if (!S_ISREG (st.st_mode))
        return -EINVAL;
    if (st.st_size > PCI_ROM_MAX_BYTES)
        return -EFBIG;
    rom = calloc (1, sizeof *rom);
    if (!rom)
        return -ENOMEM;
    ret = read_image (rom, fd, (size_t) st.st_size);
    if (ret < 0) {
        pci_rom_free (rom);
        return ret;
    }
    *out = rom;
    return 0;
}

void
pci_rom_add (struct pci_rom *rom, struct pci_function *function)
{
    pci_add_rom_bar (function, &rom->block);
}

const uint8_t *
pci_rom_get_bytes (const struct pci_rom *rom, uint64_t *size_bytes)
{
    *size_bytes = rom->block.size_bytes;
    return rom->block.host;
}

void
pci_rom_free (struct pci_rom *rom)
{
    if (!rom)
        return;
    if (rom->block.host)
        munmap (rom->block.host, rom->block.size_bytes);
    free (rom);
}
