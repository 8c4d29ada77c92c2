/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smbios.h - what the machine says about itself to inventories: its name, its UUID, its memory. */
#pragma once

#include <stdint.h>

#include "blob.h"
#include "e820.h"

struct smbios_config {
    const char *name; /* the machine's, printable; at most SMBIOS_TEXT_MAX bytes of it are used */
    const char *version; /* the program's */
    uint8_t uuid[16];    /* RFC 4122 order */
    unsigned n_vcpus;
    const struct memory_layout *layout;
};

#define SMBIOS_TEXT_MAX    64
#define SMBIOS_ANCHOR_FILE "etc/smbios/smbios-anchor"
#define SMBIOS_TABLES_FILE "etc/smbios/smbios-tables"

struct smbios_tables {
    struct blob anchor; /* the entry point; firmware fills in where the tables are */
    struct blob tables;
};

/* Makes an SMBIOS 2.8 entry point and tables.  Returns 0, or -ENOMEM with nothing to clear. */
int smbios_build (struct smbios_tables *tables, const struct smbios_config *config);

/* Frees them; harmless a second time. */
void smbios_clear (struct smbios_tables *tables);

/* For direct kernel boot, at every reset: puts them at Q35_FSEG_SMBIOS, as firmware would.  Returns
 * 0, or -ENOSPC when there is no room or no RAM. */
int smbios_install (const struct smbios_tables *tables, struct memory *memory);
