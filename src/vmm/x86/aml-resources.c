/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aml-resources.c - resource descriptors (ACPI Specification 6.4, §6.4). */
#include "aml.h"

#include <assert.h>

#include "aml-private.h"
#include "bits.h"

/* Small descriptors: the length is in the tag's low three bits. */
#define SMALL_IRQ 0x22
#define SMALL_DMA 0x2a
#define SMALL_IO  0x47

/* Large descriptors: two length bytes follow. */
#define LARGE_HEADER        3
#define LARGE_MEMORY_FIXED  0x86
#define LARGE_ADDRESS_DWORD 0x87
#define LARGE_ADDRESS_WORD  0x88
#define LARGE_INTERRUPT     0x89
#define LARGE_ADDRESS_QWORD 0x8a

#define MAX_INTERRUPTS 16

enum address_type {
    ADDRESS_MEMORY,
    ADDRESS_IO,
    ADDRESS_BUS,
};

#define ADDRESS_FIXED        0x0c /* lowest and highest address are what they are */
#define ADDRESS_IO_ALL       0x03 /* both ISA-aliased and other ports */
#define ADDRESS_MEMORY_WRITE 0x01
#define ADDRESS_MEMORY_CACHE 0x02

#define INTERRUPT_CONSUMER 0x01
#define INTERRUPT_SHARED   0x08 /* without 02h and 04h: level-triggered, active high */

#define IO_DECODE_16    0x01
#define MEMORY_WRITABLE 0x01

void
aml_resource_io (struct aml *aml, uint16_t base, uint8_t bytes)
{
    uint8_t d[8] = { SMALL_IO, IO_DECODE_16 };

    store_le16 (d + 2, base); /* lowest … */
    store_le16 (d + 4, base); /* … and highest start */
    d[6] = 1;                 /* alignment */
    d[7] = bytes;
    aml_put_bytes (aml, d, sizeof d);
}

void
aml_resource_memory (struct aml *aml, uint32_t base, uint32_t bytes)
{
    uint8_t d[12] = { LARGE_MEMORY_FIXED, sizeof d - LARGE_HEADER, 0, MEMORY_WRITABLE };

    store_le32 (d + 4, base);
    store_le32 (d + 8, bytes);
    aml_put_bytes (aml, d, sizeof d);
}

void
aml_resource_irq (struct aml *aml, unsigned irq)
{
    uint8_t d[3] = { SMALL_IRQ };

    assert (irq < 16);
    store_le16 (d + 1, (uint16_t)BIT (irq));
    aml_put_bytes (aml, d, sizeof d);
}

void
aml_resource_dma (struct aml *aml, unsigned channel)
{
    uint8_t d[3] = { SMALL_DMA }; /* 8 bits wide, not a bus master, compatible timing */

    assert (channel < 8);
    d[1] = (uint8_t)BIT (channel);
    aml_put_bytes (aml, d, sizeof d);
}

void
aml_resource_interrupt (struct aml *aml, const uint32_t *interrupts, unsigned n)
{
    uint8_t d[AML_INTERRUPT_NUMBER + 4 * MAX_INTERRUPTS] = { LARGE_INTERRUPT };
    size_t size = AML_INTERRUPT_NUMBER + 4 * (size_t)n;

    assert (n <= MAX_INTERRUPTS);
    store_le16 (d + 1, (uint16_t)(size - LARGE_HEADER));
    d[3] = INTERRUPT_CONSUMER | INTERRUPT_SHARED;
    d[4] = (uint8_t)n;
    for (unsigned i = 0; i < n; i++)
        store_le32 (d + AML_INTERRUPT_NUMBER + 4 * i, interrupts[i]);
    aml_put_bytes (aml, d, size);
}

/* One of the three address space descriptors, which differ in the WIDTH of their five numbers:
 * granularity, first, last, translation, length. */
static void
put_window (struct aml *aml, uint8_t tag, unsigned width, enum address_type type, uint8_t flags,
            uint64_t first, uint64_t last)
{
    uint8_t d[6 + 5 * 8] = { tag };
    size_t size = 6 + 5 * (size_t)width;

    store_le16 (d + 1, (uint16_t)(size - LARGE_HEADER));
    d[3] = (uint8_t)type;
    d[4] = ADDRESS_FIXED;
    d[5] = flags;
    store_le (d + 6 + width, first, width);
    store_le (d + 6 + 2 * width, last, width);
    store_le (d + 6 + 4 * width, last - first + 1, width);
    aml_put_bytes (aml, d, size);
}

void
aml_resource_bus_window (struct aml *aml, uint8_t first, uint8_t last)
{
    put_window (aml, LARGE_ADDRESS_WORD, 2, ADDRESS_BUS, 0, first, last);
}

void
aml_resource_io_window (struct aml *aml, uint16_t first, uint16_t last)
{
    put_window (aml, LARGE_ADDRESS_WORD, 2, ADDRESS_IO, ADDRESS_IO_ALL, first, last);
}

void
aml_resource_memory_window (struct aml *aml, uint64_t base, uint64_t bytes, bool cacheable)
{
    uint64_t last = base + bytes - 1;
    uint8_t flags = ADDRESS_MEMORY_WRITE | (cacheable ? ADDRESS_MEMORY_CACHE : 0);

    assert (bytes > 0 && last >= base);
    if (last <= UINT32_MAX)
        put_window (aml, LARGE_ADDRESS_DWORD, 4, ADDRESS_MEMORY, flags, base, last);
    else
        put_window (aml, LARGE_ADDRESS_QWORD, 8, ADDRESS_MEMORY, flags, base, last);
}
