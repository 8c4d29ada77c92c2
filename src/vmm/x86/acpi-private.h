/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-private.h - what the files that make ACPI tables share. */
#pragma once

#include "acpi.h"
#include "aml.h"

/* Where firmware puts a file. */
enum loader_zone {
    LOADER_ZONE_HIGH = 1, /* anywhere below 4 GiB */
    LOADER_ZONE_FSEG = 2, /* F0000h-FFFFFh, where an RSDP is searched for */
};

/* Append a command to a script; names are of files of fw_cfg. */
void loader_allocate (struct blob *script, const char *file, uint32_t align, enum loader_zone zone);

/* Adds the address of file TO to the SIZE-byte number at OFFSET of file IN. */
void loader_add_pointer (struct blob *script, const char *in, const char *to, uint32_t offset,
                         uint8_t size);

/* Sets the byte at OFFSET of FILE so that [START, START + LENGTH) sums up to 0. */
void loader_add_checksum (struct blob *script, const char *file, uint32_t offset, uint32_t start,
                          uint32_t length);

/* Appends the body of the DSDT. */
void acpi_write_dsdt (struct aml *aml, const struct acpi_config *config);

/* acpi-hotplug.c, parts of it: within \_SB.PCI0; within \_SB; at the root. */
void acpi_write_pci_hotplug (struct aml *aml, const struct acpi_config *config);
void acpi_write_processors (struct aml *aml, const struct acpi_config *config);
void acpi_write_events (struct aml *aml);
