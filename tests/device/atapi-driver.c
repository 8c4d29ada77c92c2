/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi-driver.c - a CD drive on the SATA fixture, and packets to it. */
#include "atapi-driver.h"

#include <string.h>

#include "bits.h"

uint8_t *
cd_buffer (struct sata *s)
{
    return s->m->ram + SATA_BUFFER;
}

uint32_t
cd_run_with (struct sata *s, struct packet p, uint32_t bytes, uint16_t feature, uint16_t limit)
{
    struct sata_command c = {
        .command = 0xa0, .feature = feature, .lba = (uint64_t) limit << 8, .cdb = p.cdb
    };
    uint32_t tfd;

    memset (cd_buffer (s), 0xcc, bytes + 4096);
    sata_set_port (s, P_IS, 0xffffffff);
    tfd = sata_run (s, &c, bytes);
    if (tfd & 1)
        sata_recover (s);
    return tfd;
}

uint32_t
cd_run (struct sata *s, struct packet p, uint32_t bytes)
{
    return cd_run_with (s, p, bytes, 1, 0);
}

uint32_t
cd_sense (struct sata *s)
{
    g_assert_cmphex (cd_run (s, PACKET (0x03, 0, 0, 0, 18), 18), ==, GOOD);
    g_assert_cmphex (cd_buffer (s)[0], ==, 0x70);
    g_assert_cmpuint (cd_buffer (s)[7], ==, 10);
    return (uint32_t) (cd_buffer (s)[2] & 0xf) << 16 | load_be16 (cd_buffer (s) + 12);
}

void
cd_check_fails (struct sata *s, struct packet p, uint8_t key, uint16_t code)
{
    g_assert_cmphex (cd_run (s, p, 4096), ==, CHECK (key));
    g_assert_cmphex (cd_buffer (s)[0], ==, 0xcc); /* and nothing came */
    g_assert_cmphex (cd_sense (s), ==, (uint32_t) key << 16 | code);
}

struct packet
cd_read_10 (uint32_t lba, uint16_t n)
{
    struct packet p = PACKET (0x28);

    store_be32 (p.cdb + 2, lba);
    store_be16 (p.cdb + 7, n);
    return p;
}

struct packet
cd_read_12 (uint32_t lba, uint32_t n)
{
    struct packet p = PACKET (0xa8);

    store_be32 (p.cdb + 2, lba);
    store_be32 (p.cdb + 6, n);
    return p;
}

void
cd_take_attention (struct sata *s)
{
    g_assert_cmphex (cd_run (s, PACKET (0x00), 0), ==, CHECK (ATTENTION));
}

void
cd_set_up_size (struct sata *s, uint64_t size)
{
    sata_set_up (s, &atapi_cdrom_class, size);
    sata_start (s);
    for (uint64_t i = 0; s->disk && i < MIN_OF (size / SECTOR, CD_SECTORS); i++)
        store_le32 (s->disk->bytes + i * SECTOR, (uint32_t) (i + 0x1000));
}

unsigned
cd_profile (struct sata *s)
{
    g_assert_cmphex (cd_run (s, PACKET (0x46, 0, 0, 0, 0, 0, 0, 0x0f, 0xff), 4096), ==, GOOD);
    g_assert_cmpuint (load_be32 (cd_buffer (s)), ==, sata_prdbc (s, 0) - 4);
    return load_be16 (cd_buffer (s) + 6);
}
