/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sata-fixture.h - a SATA controller with one drive, and a driver for it.
 *
 * The drive's storage is an array whose requests are held until the test ends them, so that a test
 * sees what happens meanwhile; sata_answer() lets them end by themselves.
 */
#pragma once

#include "ahci.h"
#include "block.h"
#include "test-machine.h"

#define SATA_DEVFN PCI_DEVFN (0x1f, 2)
#define SATA_ABAR  0xfe000000u

/* Guest memory */
#define SATA_LISTS  0x10000u  /* 1 KiB a port */
#define SATA_FISES  0x20000u  /* 256 bytes a port */
#define SATA_TABLES 0x40000u  /* 64 KiB a slot: PRD tables of 4000 entries */
#define SATA_BUFFER 0x400000u /* for data, to the end of RAM */
#define SATA_PORT   2

/* Port registers */
#define P_CLB  0x00
#define P_FB   0x08
#define P_IS   0x10
#define P_IE   0x14
#define P_CMD  0x18
#define P_TFD  0x20
#define P_SIG  0x24
#define P_SSTS 0x28
#define P_SCTL 0x2c
#define P_SERR 0x30
#define P_SACT 0x34
#define P_CI   0x38

#define CMD_ST  0x0001u
#define CMD_CLO 0x0008u
#define CMD_FRE 0x0010u
#define CMD_FR  0x4000u
#define CMD_CR  0x8000u

#define IS_DHRS 0x00000001u
#define IS_PSS  0x00000002u
#define IS_DPS  0x00000020u
#define IS_PCS  0x00000040u
#define IS_OFS  0x01000000u
#define IS_IFS  0x08000000u
#define IS_HBFS 0x20000000u
#define IS_TFES 0x40000000u

#define TFD_BSY 0x80u

/* Global registers */
#define H_CAP  0x00
#define H_GHC  0x04
#define H_IS   0x08
#define H_PI   0x0c
#define H_VS   0x10
#define GHC_HR 0x00000001u
#define GHC_IE 0x00000002u
#define GHC_AE 0x80000000u

/* A disk in an array. */
struct held_block {
    struct block block;
    uint8_t *bytes;
    struct block_request *held[64];
    unsigned n_held;
    unsigned n_requests[BLOCK_OP_N]; /* that came, by kind */
    int error;                       /* what every request ends with */
};

struct held_block *held_block_new (struct loop *loop, uint64_t size_bytes, bool read_only);

/* The oldest request is carried out, and ends. */
void held_block_end_first (struct held_block *held);

struct sata {
    struct test_machine *m;
    struct ahci *ahci;
    struct device *drive;
    struct held_block *disk; /* NULL when the drive has another or none */
};

/* SIZE_BYTES 0: no medium. */
void sata_set_up (struct sata *s, const struct device_class *class, uint64_t size_bytes);
void sata_set_up_with (struct sata *s, const struct device_class *class, struct block *block);
void sata_tear_down (struct sata *s);

uint32_t sata_global (struct sata *s, unsigned reg);
void sata_set_global (struct sata *s, unsigned reg, uint32_t value);
uint32_t sata_port (struct sata *s, unsigned reg);
void sata_set_port (struct sata *s, unsigned reg, uint32_t value);

/* As a driver brings the port up: addresses, FRE, ST; interrupt status clear. */
void sata_start (struct sata *s);

/* A command as a driver builds it. */
struct sata_command {
    uint8_t command;
    uint8_t device;
    uint16_t feature, count;
    uint64_t lba;
    const uint8_t *cdb; /* 12 bytes; NULL: none */
    uint32_t n_prds;
    uint8_t control;
    bool is_control;     /* not a command: writes CONTROL */
    uint32_t more_flags; /* of the header */
};

uint8_t *sata_header (struct sata *s, unsigned slot);
uint8_t *sata_table (struct sata *s, unsigned slot);
void sata_put_prd (struct sata *s, unsigned slot, unsigned index, uint64_t address, uint32_t bytes);
void sata_put_command (struct sata *s, unsigned slot, const struct sata_command *command);
void sata_issue (struct sata *s, uint32_t slots);

/* Ends requests until the drive has none. */
void sata_answer (struct sata *s);

/* Builds COMMAND in slot 0 with one PRD of BYTES at SATA_BUFFER (0: none), issues it, waits for its
 * end. Returns PxTFD. */
uint32_t sata_run (struct sata *s, const struct sata_command *command, uint32_t bytes);

/* After an error: ST off and on. */
void sata_recover (struct sata *s);

/* A received FIS: D2H at 40h, PIO Setup at 20h. */
const uint8_t *sata_fis (struct sata *s, unsigned offset);
uint32_t sata_prdbc (struct sata *s, unsigned slot);

/* READ and WRITE DMA EXT. */
struct sata_command sata_read_sectors (uint64_t lba, uint16_t count);
struct sata_command sata_write_sectors (uint64_t lba, uint16_t count);

void sata_fill (uint8_t *buf, size_t len, unsigned seed);
bool sata_all_are (const uint8_t *buf, size_t len, uint8_t value);
