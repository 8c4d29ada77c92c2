/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smbios-structures.h - SMBIOS structures as they are in memory (DMTF DSP0134, version 2.8).
 *
 * Little-endian, as is every host that runs x86 guests.  For smbios.c and the tests.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "bits.h"

#define PACKED __attribute__ ((packed))

enum smbios_type {
    TYPE_BIOS = 0,
    TYPE_SYSTEM = 1,
    TYPE_CHASSIS = 3,
    TYPE_PROCESSOR = 4,
    TYPE_MEMORY_ARRAY = 16,
    TYPE_MEMORY_DEVICE = 17,
    TYPE_MEMORY_MAPPING = 19,
    TYPE_BOOT = 32,
    TYPE_END = 127,
};

/* A type's first structure; a second one takes the next number. */
enum smbios_handle {
    HANDLE_BIOS = 0x0000,
    HANDLE_SYSTEM = 0x0100,
    HANDLE_CHASSIS = 0x0300,
    HANDLE_PROCESSOR = 0x0400,
    HANDLE_MEMORY_ARRAY = 0x1000,
    HANDLE_MEMORY_DEVICE = 0x1100,
    HANDLE_MEMORY_MAPPING = 0x1300,
    HANDLE_BOOT = 0x2000,
    HANDLE_END = 0x7f00,
    HANDLE_NONE = 0xfffe,
    HANDLE_UNKNOWN = 0xffff,
};

struct smbios_entry_point {
    char anchor[4];
    uint8_t checksum; /* of all */
    uint8_t length;
    uint8_t major, minor;
    uint16_t max_structure_bytes;
    uint8_t revision;
    uint8_t formatted[5];
    char dmi_anchor[5];
    uint8_t dmi_checksum; /* from dmi_anchor on */
    uint16_t tables_bytes;
    uint32_t tables_address;
    uint16_t n_structures;
    uint8_t bcd_version;
} PACKED;

struct smbios_structure {
    uint8_t type;
    uint8_t length; /* of the formatted part */
    uint16_t handle;
} PACKED;

struct smbios_bios {
    struct smbios_structure s;
    uint8_t vendor, version;
    uint16_t segment;
    uint8_t date;
    uint8_t rom_size; /* in 64 KiB, minus one */
    uint64_t characteristics;
    uint8_t extension[2];
    uint8_t release_major, release_minor;
    uint8_t controller_major, controller_minor;
} PACKED;

#define BIOS_CHARACTERISTICS_UNKNOWN BIT_ULL (3)
#define BIOS_EXTENSION_VIRTUAL       BIT (4)
#define BIOS_NO_VERSION              0xff

struct smbios_system {
    struct smbios_structure s;
    uint8_t manufacturer, product, version, serial;
    uint8_t uuid[16];
    uint8_t wake_up;
    uint8_t sku, family;
} PACKED;

#define WAKE_UP_POWER_SWITCH 6

struct smbios_chassis {
    struct smbios_structure s;
    uint8_t manufacturer, type, version, serial, asset_tag;
    uint8_t boot_state, power_state, thermal_state, security;
    uint32_t oem;
    uint8_t height, n_cords, n_elements, element_bytes;
    uint8_t sku;
} PACKED;

#define CHASSIS_OTHER 1
#define STATE_SAFE    3
#define SECURITY_NONE 3

struct smbios_processor {
    struct smbios_structure s;
    uint8_t socket, type, family, manufacturer;
    uint64_t id;
    uint8_t version, voltage;
    uint16_t external_mhz, max_mhz, current_mhz;
    uint8_t status, upgrade;
    uint16_t l1, l2, l3;
    uint8_t serial, asset_tag, part;
    uint8_t n_cores, n_enabled, n_threads;
    uint16_t characteristics;
    uint16_t family2;
} PACKED;

#define PROCESSOR_CENTRAL        3
#define PROCESSOR_FAMILY_OTHER   1
#define PROCESSOR_STATUS_ENABLED 0x41 /* socket populated */
#define PROCESSOR_UPGRADE_OTHER  1
#define PROCESSOR_64BIT          BIT (2)

struct smbios_memory_array {
    struct smbios_structure s;
    uint8_t location, use, error_correction;
    uint32_t max_kib;
    uint16_t error_handle;
    uint16_t n_devices;
    uint64_t extended_max_bytes;
} PACKED;

#define ARRAY_LOCATION_OTHER  1
#define ARRAY_USE_SYSTEM      3
#define ARRAY_ECC_NONE        3
#define ARRAY_MAX_KIB_IS_LONG 0x80000000u

struct smbios_memory_device {
    struct smbios_structure s;
    uint16_t array, error_handle;
    uint16_t total_bits, data_bits;
    uint16_t size_mib;
    uint8_t form_factor, set, locator, bank, type;
    uint16_t detail, speed;
    uint8_t manufacturer, serial, asset_tag, part, attributes;
    uint32_t extended_size_mib;
    uint16_t configured_speed;
    uint16_t min_mv, max_mv, configured_mv;
} PACKED;

#define DEVICE_BITS_UNKNOWN 0xffff
#define DEVICE_SIZE_IS_LONG 0x7fff
#define DEVICE_FORM_DIMM    9
#define DEVICE_TYPE_RAM     7
#define DEVICE_DETAIL_OTHER BIT (1)

struct smbios_memory_mapping {
    struct smbios_structure s;
    uint32_t first_kib, last_kib;
    uint16_t array;
    uint8_t width;
    uint64_t extended_first, extended_last;
} PACKED;

#define MAPPING_IS_LONG 0xffffffffu

struct smbios_boot {
    struct smbios_structure s;
    uint8_t reserved[6];
    uint8_t status;
} PACKED;

_Static_assert(sizeof (struct smbios_entry_point) == 31, "§5.2.1");
_Static_assert(sizeof (struct smbios_bios) == 24, "§7.1");
_Static_assert(sizeof (struct smbios_system) == 27, "§7.2");
_Static_assert(sizeof (struct smbios_chassis) == 22, "§7.4, no elements");
_Static_assert(sizeof (struct smbios_processor) == 42, "§7.5");
_Static_assert(sizeof (struct smbios_memory_array) == 23, "§7.17");
_Static_assert(sizeof (struct smbios_memory_device) == 40, "§7.18");
_Static_assert(sizeof (struct smbios_memory_mapping) == 31, "§7.20");
_Static_assert(sizeof (struct smbios_boot) == 11, "§7.33");

#undef PACKED
