/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi-driver.h - a CD drive on the SATA fixture, and packets to it. */
#pragma once

#include "atapi.h"
#include "sata-fixture.h"

#define CD_SECTORS  1000u
#define DVD_SECTORS (80 * 60 * 75 + 1) /* the smallest */
#define SECTOR      2048
#define SIG_ATAPI   0xeb140101u

#define GOOD       0x0050u
#define CHECK(key) ((uint32_t) (key) << 12 | 0x51u)
#define NOT_READY  2
#define MEDIUM     3
#define ILLEGAL    5
#define ATTENTION  6

struct packet {
    uint8_t cdb[12];
};

#define PACKET(...) ((struct packet){ { __VA_ARGS__ } })

/* Each sector begins with its number and 1000h; SIZE 0: no medium. */
void cd_set_up_size (struct sata *s, uint64_t size);

/* Reads away what there is to tell after a reset. */
void cd_take_attention (struct sata *s);

uint8_t *cd_buffer (struct sata *s);

/* Runs P with room for BYTES, which are preset to CCh, and recovers from an error.  DMA when FEATURE
 * is 1, else PIO with this byte count LIMIT.  Returns PxTFD. */
uint32_t cd_run_with (struct sata *s, struct packet p, uint32_t bytes, uint16_t feature,
                      uint16_t limit);
uint32_t cd_run (struct sata *s, struct packet p, uint32_t bytes);

/* The sense of the last command: key << 16 | code. */
uint32_t cd_sense (struct sata *s);

/* P ends with this sense, and nothing was sent. */
void cd_check_fails (struct sata *s, struct packet p, uint8_t key, uint16_t code);

struct packet cd_read_10 (uint32_t lba, uint16_t n);
struct packet cd_read_12 (uint32_t lba, uint32_t n);

/* What GET CONFIGURATION calls the medium. */
unsigned cd_profile (struct sata *s);
