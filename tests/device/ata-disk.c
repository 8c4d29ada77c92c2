/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata-disk.c - promises of the SATA disk: its commands, through the controller. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ata-disk.h"
#include "bits.h"
#include "sata-fixture.h"

#define DISK_BYTES (4u << 20)
#define N_SECTORS  (DISK_BYTES / 512)
#define LBA        0x40

#define GOOD    0x0050u
#define ABORTED 0x0451u
#define NO_ID   0x1051u
#define UNREAD  0x4051u

static void
set_up (struct sata *s, gconstpointer data)
{
    sata_set_up (s, &ata_disk_class, DISK_BYTES);
    sata_start (s);
}

static void
tear_down (struct sata *s, gconstpointer data)
{
    sata_tear_down (s);
}

static uint8_t *
buffer (struct sata *s)
{
    return s->m->ram + SATA_BUFFER;
}

/* Runs COMMAND on COUNT sectors from LBA with a buffer of BYTES; an error is recovered from. */
static uint32_t
run (struct sata *s, uint8_t command, uint64_t lba, uint16_t count, uint32_t bytes)
{
    struct sata_command c = { .command = command, .lba = lba, .count = count, .device = LBA };
    uint32_t tfd;

    if (command != 0x24 && command != 0x25 && command != 0x29 && command != 0x34 && command != 0x35
        && command != 0x39 && command != 0x42) {
        c.device |= lba >> 24 & 0xf;
        c.lba &= 0xffffff;
    }
    tfd = sata_run (s, &c, bytes);
    if (tfd & 1)
        sata_recover (s);
    return tfd;
}

static uint32_t
set_feature (struct sata *s, uint8_t feature, uint16_t count)
{
    struct sata_command c = { .command = 0xef, .feature = feature, .count = count };
    uint32_t tfd = sata_run (s, &c, 0);

    if (tfd & 1)
        sata_recover (s);
    return tfd;
}

static uint16_t
word (struct sata *s, unsigned index)
{
    return load_le16 (buffer (s) + 2 * index);
}

static char *
text (struct sata *s, unsigned index, unsigned n_words)
{
    char *string = g_malloc0 (2 * n_words + 1);

    for (unsigned i = 0; i < 2 * n_words; i++)
        string[i] = (char) buffer (s)[2 * index + (i ^ 1)];
    return string;
}

static void
identify (struct sata *s)
{
    g_assert_cmphex (run (s, 0xec, 0, 0, 512), ==, GOOD);
}

/* --- identity ------------------------------------------------------------------------------ */

static void
test_identify (struct sata *s, gconstpointer data)
{
    g_autofree char *serial = NULL, *model = NULL;
    uint8_t sum = 0;

    memset (buffer (s), 0xcc, 1024);
    identify (s);
    serial = text (s, 10, 10);
    model = text (s, 27, 20);
    g_assert_cmpstr (serial, ==, "sata0               ");
    g_assert_cmpstr (model, ==, "Vitrine Disk                            ");
    g_assert_cmphex (word (s, 0) & 0x8000, ==, 0);       /* an ATA disk */
    g_assert_cmphex (word (s, 49) & 0x0300, ==, 0x0300); /* LBA, DMA */
    g_assert_cmphex (word (s, 83) & 0xc000, ==, 0x4000);
    g_assert_cmphex (word (s, 83) & 0x3400, ==, 0x3400); /* 48 bits, both flushes */
    g_assert_cmphex (word (s, 86) & 0x3400, ==, 0x3400);
    g_assert_cmphex (word (s, 85) & 0x0060, ==, 0x0060); /* caches are on */
    g_assert_cmphex (word (s, 88), ==, 0x407f);
    g_assert_cmpuint (word (s, 60) | (uint32_t) word (s, 61) << 16, ==, N_SECTORS);
    g_assert_cmpuint (load_le64 (buffer (s) + 200), ==, N_SECTORS);
    g_assert_cmphex (word (s, 106), ==, 0x6003);
    g_assert_cmphex (word (s, 169), ==, 1);
    g_assert_cmphex (word (s, 69) & 0x4020, ==, 0x4020);
    g_assert_cmphex (word (s, 217), ==, 1);
    g_assert_cmphex (word (s, 76) & 0x0100, ==, 0); /* no native queueing */
    for (unsigned i = 0; i < 512; i++)
        sum = (uint8_t) (sum + buffer (s)[i]);
    g_assert_cmphex (sum, ==, 0);
    g_assert_cmphex (buffer (s)[510], ==, 0xa5);
    g_assert_cmphex (buffer (s)[512], ==, 0xcc);
}

/* A PIO command tells its end in the PIO Setup FIS. */
static void
test_pio_ends_by_setup_fis (struct sata *s, gconstpointer data)
{
    memset (s->m->ram + SATA_FISES + SATA_PORT * 256, 0xee, 256);
    identify (s);
    g_assert_cmphex (sata_port (s, P_IS) & (IS_PSS | IS_DHRS), ==, IS_PSS);
    g_assert_cmphex (sata_fis (s, 0x20)[0], ==, 0x5f);
    g_assert_cmphex (sata_fis (s, 0x20)[1], ==, 0x60);
    g_assert_cmphex (sata_fis (s, 0x20)[2], ==, 0x58);
    g_assert_cmphex (sata_fis (s, 0x20)[15], ==, 0x50);
    g_assert_cmpuint (load_le16 (sata_fis (s, 0x20) + 16), ==, 512);
    g_assert_cmphex (sata_fis (s, 0x40)[0], ==, 0xee);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 512);
}

static void
test_identify_into_short_buffer (struct sata *s, gconstpointer data)
{
    memset (buffer (s), 0xcc, 512);
    g_assert_cmphex (run (s, 0xec, 0, 0, 100), ==, GOOD);
    g_assert_cmphex (sata_port (s, P_IS) & IS_OFS, ==, IS_OFS);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 100);
    g_assert_cmphex (buffer (s)[99], !=, 0xcc);
    g_assert_cmphex (buffer (s)[100], ==, 0xcc);
}

static void
test_options (void)
{
    struct sata s = { .m = test_machine_new () };
    struct device_args args;
    g_autofree char *serial = NULL, *model = NULL;
    void *config;

    s.disk = held_block_new (s.m->env.io_loop, DISK_BYTES, true);
    args = test_device_args (s.m, &ata_disk_class, "sata7");
    config = (void *) args.config; /* the test's own */
    g_assert_cmpint (device_option_set (&ata_disk_class, config, "serial", "S123"), ==, 0);
    g_assert_cmpint (device_option_set (&ata_disk_class, config, "serial", "123456789012345678901"),
                     ==, -EINVAL);
    g_assert_cmpint (device_option_set (&ata_disk_class, config, "model", "Mine"), ==, 0);
    args.block = &s.disk->block;
    g_assert_cmpint (ahci_create (&s.m->env, SATA_DEVFN, &s.ahci), ==, 0);
    g_assert_cmpint (ata_disk_class.create (&args, &s.drive), ==, 0);
    g_assert_cmpint (ahci_attach (s.ahci, SATA_PORT, s.drive), ==, 0);
    test_pci_place_bar (s.m, SATA_DEVFN, 5, SATA_ABAR);
    sata_start (&s);
    identify (&s);
    serial = text (&s, 10, 10);
    model = text (&s, 27, 20);
    g_assert_cmpstr (g_strchomp (serial), ==, "S123");
    g_assert_cmpstr (g_strchomp (model), ==, "Mine");
    g_assert_cmphex (word (&s, 169), ==, 0); /* read-only: no TRIM */
    /* and nothing is written */
    g_assert_cmphex (run (&s, 0x35, 0, 1, 512), ==, ABORTED);
    g_assert_cmphex (run (&s, 0x30, 0, 1, 512), ==, ABORTED);
    g_assert_cmphex (run (&s, 0x25, 0, 1, 512), ==, GOOD);
    g_assert_cmphex (run (&s, 0xea, 0, 0, 0), ==, GOOD);
    sata_tear_down (&s);
}

static void
test_needs_storage (void)
{
    struct test_machine *m = test_machine_new ();
    struct device_args args = test_device_args (m, &ata_disk_class, "sata0");
    struct device *drive = NULL;
    struct held_block *empty = held_block_new (m->env.io_loop, 0, false);

    g_assert_cmpint (ata_disk_class.create (&args, &drive), ==, -EINVAL);
    args.block = &empty->block;
    g_assert_cmpint (ata_disk_class.create (&args, &drive), ==, -EINVAL);
    g_assert_null (drive);
    block_close (&empty->block);
    test_machine_free (m);
}

/* --- sectors ------------------------------------------------------------------------------- */

static void
test_every_way_to_read_and_write (struct sata *s, gconstpointer data)
{
    static const uint8_t reads[] = { 0x20, 0x21, 0x24, 0x25, 0x29, 0xc4, 0xc8, 0xc9 };
    static const uint8_t writes[] = { 0x30, 0x31, 0x34, 0x35, 0x39, 0xc5, 0xca, 0xcb };

    for (unsigned i = 0; i < G_N_ELEMENTS (writes); i++) {
        uint64_t lba = 1000 + 50 * i;

        for (unsigned j = 0; j < 20 * 512; j++)
            buffer (s)[j] = (uint8_t) (j * 11 + i + j / 512);
        g_assert_cmphex (run (s, writes[i], lba, 20, 20 * 512), ==, GOOD);
        g_assert_cmpmem (s->disk->bytes + lba * 512, 20 * 512, buffer (s), 20 * 512);
        g_assert_cmphex (sata_port (s, P_IS) & IS_DHRS, ==, IS_DHRS);
        memset (buffer (s), 0, 20 * 512);
        sata_set_port (s, P_IS, 0xffffffff);
        g_assert_cmphex (run (s, reads[i], lba, 20, 20 * 512), ==, GOOD);
        g_assert_cmpmem (s->disk->bytes + lba * 512, 20 * 512, buffer (s), 20 * 512);
        g_assert_cmpuint (sata_prdbc (s, 0), ==, 20 * 512);
    }
}

static void
test_multiple_tells_its_last_block (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (run (s, 0xc4, 0, 20, 20 * 512), ==, GOOD);
    g_assert_cmpuint (load_le16 (sata_fis (s, 0x20) + 16), ==, 4 * 512); /* 16, then 4 */
    g_assert_cmphex (run (s, 0xc6, 0, 8, 0), ==, GOOD);
    g_assert_cmphex (run (s, 0xc4, 0, 16, 16 * 512), ==, GOOD);
    g_assert_cmpuint (load_le16 (sata_fis (s, 0x20) + 16), ==, 8 * 512);
    identify (s);
    g_assert_cmphex (word (s, 59), ==, 0x0108);
    g_assert_cmphex (run (s, 0xc6, 0, 3, 0), ==, ABORTED);
    g_assert_cmphex (run (s, 0xc6, 0, 32, 0), ==, ABORTED);
    g_assert_cmphex (run (s, 0xc6, 0, 0, 0), ==, GOOD); /* off */
    g_assert_cmphex (run (s, 0xc4, 0, 16, 16 * 512), ==, ABORTED);
    g_assert_cmphex (run (s, 0xc5, 0, 16, 16 * 512), ==, ABORTED);
    g_assert_cmphex (run (s, 0x29, 0, 16, 16 * 512), ==, ABORTED);
}

static void
test_past_end_is_refused (struct sata *s, gconstpointer data)
{
    static const uint8_t ext[] = { 0x24, 0x25, 0x29, 0x34, 0x35, 0x39, 0x42 };
    static const uint8_t old[] = { 0x20, 0x30, 0x40, 0xc4, 0xc5, 0xc8, 0xca };

    for (unsigned i = 0; i < 7; i++) {
        g_assert_cmphex (run (s, ext[i], N_SECTORS, 1, 512), ==, NO_ID);
        g_assert_cmphex (run (s, ext[i], N_SECTORS - 1, 2, 1024), ==, NO_ID);
        g_assert_cmphex (run (s, ext[i], 0, 0, 512), ==, NO_ID); /* 65536 sectors */
        g_assert_cmphex (run (s, ext[i], 0xffffffffffff, 1, 512), ==, NO_ID);
        g_assert_cmphex (run (s, ext[i], 0xffffffffffff, 0, 512), ==, NO_ID);
        g_assert_cmphex (run (s, old[i], N_SECTORS, 1, 512), ==, NO_ID);
        g_assert_cmphex (run (s, old[i], N_SECTORS - 255, 0, 512), ==, NO_ID); /* 256 sectors */
        g_assert_cmphex (run (s, old[i], 0x0fffffff, 1, 512), ==, NO_ID);
    }
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ] + s->disk->n_requests[BLOCK_WRITE], ==, 0);
    g_assert_cmphex (run (s, 0x25, N_SECTORS - 1, 1, 512), ==, GOOD);
    g_assert_cmphex (run (s, 0xc8, N_SECTORS - 256, 0, 256 * 512), ==, GOOD);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 256 * 512);
}

static void
test_cylinders_heads_sectors (struct sata *s, gconstpointer data)
{
    struct sata_command c = { .command = 0xc8, .count = 1, .device = 0x03 };
    uint64_t lba = (2 * 16 + 3) * 63 + 5 - 1;

    c.lba = 5 | 2 << 8; /* sector 5, cylinder 2, head 3 */
    memset (s->disk->bytes + lba * 512, 0x66, 512);
    g_assert_cmphex (sata_run (s, &c, 512), ==, GOOD);
    g_assert_cmphex (buffer (s)[0], ==, 0x66);
    c.lba = 0 | 2 << 8; /* there is no sector 0 */
    g_assert_cmphex (sata_run (s, &c, 512), ==, NO_ID);
    sata_recover (s);
    c.lba = 64 | 2 << 8;
    g_assert_cmphex (sata_run (s, &c, 512), ==, NO_ID);
    sata_recover (s);
    c.lba = 1 | 0xffff00;
    g_assert_cmphex (sata_run (s, &c, 512), ==, NO_ID);
    sata_recover (s);
    /* another geometry: 4 heads of 32 sectors */
    c = (struct sata_command){ .command = 0x91, .count = 32, .device = 0x03 };
    g_assert_cmphex (sata_run (s, &c, 0), ==, GOOD);
    lba = (1 * 4 + 2) * 32;
    memset (s->disk->bytes + lba * 512, 0x77, 512);
    c = (struct sata_command){ .command = 0xc8, .count = 1, .device = 0x02, .lba = 1 | 1 << 8 };
    g_assert_cmphex (sata_run (s, &c, 512), ==, GOOD);
    g_assert_cmphex (buffer (s)[0], ==, 0x77);
    c.device = 0x04;
    g_assert_cmphex (sata_run (s, &c, 512), ==, NO_ID);
    sata_recover (s);
    g_assert_cmphex (run (s, 0x91, 0, 0, 0), ==, ABORTED);
}

static void
test_host_errors_are_told (struct sata *s, gconstpointer data)
{
    s->disk->error = -EIO;
    g_assert_cmphex (run (s, 0x25, 3, 1, 512), ==, UNREAD);
    g_assert_cmphex (sata_fis (s, 0x40)[4], ==, 3);
    g_assert_cmphex (run (s, 0x35, 3, 1, 512), ==, ABORTED);
    g_assert_cmphex (run (s, 0xea, 0, 0, 0), ==, ABORTED);
    g_assert_cmphex (run (s, 0xe0, 0, 0, 0), ==, ABORTED);
    s->disk->error = -ENOSPC;
    g_assert_cmphex (run (s, 0x35, 3, 1, 512), ==, ABORTED);
}

/* --- caches -------------------------------------------------------------------------------- */

static void
test_writes_are_flushed_when_the_cache_is_off (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (run (s, 0x35, 0, 1, 512), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 0);
    g_assert_cmphex (set_feature (s, 0x82, 0), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 1); /* what was cached */
    identify (s);
    g_assert_cmphex (word (s, 85) & 0x0020, ==, 0);
    g_assert_cmphex (run (s, 0x35, 0, 1, 512), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 2);
    g_assert_cmphex (run (s, 0x30, 0, 1, 512), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 3);
    g_assert_cmphex (run (s, 0x25, 0, 1, 512), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 3);
    g_assert_cmphex (set_feature (s, 0x02, 0), ==, GOOD);
    g_assert_cmphex (run (s, 0x35, 0, 1, 512), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 3);
}

static void
test_features (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (set_feature (s, 0x55, 0), ==, GOOD);
    identify (s);
    g_assert_cmphex (word (s, 85) & 0x0040, ==, 0);
    g_assert_cmphex (set_feature (s, 0xaa, 0), ==, GOOD);
    g_assert_cmphex (set_feature (s, 0x03, 0x45), ==, GOOD);
    identify (s);
    g_assert_cmphex (word (s, 88), ==, 0x207f);
    g_assert_cmphex (set_feature (s, 0x03, 0x22), ==, GOOD);
    identify (s);
    g_assert_cmphex (word (s, 88), ==, 0x007f);
    g_assert_cmphex (word (s, 63), ==, 0x0407);
    g_assert_cmphex (set_feature (s, 0x03, 0x47), ==, ABORTED);
    g_assert_cmphex (set_feature (s, 0x03, 0x10), ==, ABORTED);
    g_assert_cmphex (set_feature (s, 0x05, 0), ==, ABORTED);
}

/* --- TRIM ---------------------------------------------------------------------------------- */

static void
put_range (struct sata *s, unsigned index, uint64_t lba, uint16_t n)
{
    store_le64 (buffer (s) + 8 * index, lba | (uint64_t) n << 48);
}

static uint32_t
trim (struct sata *s, uint16_t n_blocks, uint32_t bytes)
{
    struct sata_command c = { .command = 0x06, .feature = 1, .count = n_blocks, .device = LBA };
    uint32_t tfd = sata_run (s, &c, bytes);

    if (tfd & 1)
        sata_recover (s);
    return tfd;
}

static void
test_trim (struct sata *s, gconstpointer data)
{
    memset (s->disk->bytes, 0x88, DISK_BYTES);
    memset (buffer (s), 0, 4096);
    put_range (s, 0, 10, 5);
    put_range (s, 2, 100, 1); /* an empty one before it */
    put_range (s, 511, N_SECTORS - 1, 1);
    g_assert_cmphex (trim (s, 8, 4096), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_DISCARD], ==, 3);
    g_assert_cmphex (s->disk->bytes[10 * 512 - 1], ==, 0x88);
    g_assert_cmphex (s->disk->bytes[10 * 512], ==, 0);
    g_assert_cmphex (s->disk->bytes[15 * 512 - 1], ==, 0);
    g_assert_cmphex (s->disk->bytes[15 * 512], ==, 0x88);
    g_assert_cmphex (s->disk->bytes[100 * 512], ==, 0);
    g_assert_cmphex (s->disk->bytes[DISK_BYTES - 1], ==, 0);
}

static void
test_trim_past_end_trims_nothing (struct sata *s, gconstpointer data)
{
    struct sata_command c = { .command = 0x06, .feature = 0, .count = 1, .device = LBA };

    memset (buffer (s), 0, 8192);
    put_range (s, 0, 0, 8);
    put_range (s, 1, N_SECTORS - 1, 2);
    g_assert_cmphex (trim (s, 1, 512), ==, NO_ID);
    put_range (s, 1, 0xffffffffffff, 0xffff);
    g_assert_cmphex (trim (s, 1, 512), ==, NO_ID);
    memset (buffer (s), 0, 512);
    g_assert_cmphex (trim (s, 9, 9 * 512), ==, ABORTED); /* more than it says it takes */
    g_assert_cmphex (trim (s, 0, 512), ==, ABORTED);
    g_assert_cmphex (trim (s, 2, 512), ==, ABORTED);      /* half of it is missing */
    g_assert_cmphex (sata_run (s, &c, 512), ==, ABORTED); /* not TRIM */
    g_assert_cmpuint (s->disk->n_requests[BLOCK_DISCARD], ==, 0);
}

/* --- small commands ------------------------------------------------------------------------ */

static void
test_native_max (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (run (s, 0xf8, 0, 0, 0), ==, GOOD);
    g_assert_cmphex (load_le32 (sata_fis (s, 0x40) + 4) & 0xffffff, ==, N_SECTORS - 1);
    g_assert_cmphex (sata_fis (s, 0x40)[7] & 0xf, ==, 0);
    g_assert_cmphex (run (s, 0x27, 0, 0, 0), ==, GOOD);
    g_assert_cmphex (load_le32 (sata_fis (s, 0x40) + 4) & 0xffffff, ==, N_SECTORS - 1);
    g_assert_cmphex (load_le32 (sata_fis (s, 0x40) + 8) & 0xffffff, ==, 0);
}

static void
test_power (struct sata *s, gconstpointer data)
{
    static const uint8_t commands[] = { 0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0xe7, 0xea };

    for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
        g_assert_cmphex (run (s, commands[i], 0, 0, 0), ==, GOOD);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 5);
    g_assert_cmphex (run (s, 0xe5, 0, 0, 0), ==, GOOD);
    g_assert_cmphex (sata_fis (s, 0x40)[12], ==, 0xff);
}

static void
test_old_commands (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (run (s, 0x10, 0, 0, 0), ==, GOOD);
    g_assert_cmphex (run (s, 0x70, 77, 0, 0), ==, GOOD);
    g_assert_cmphex (run (s, 0x70, N_SECTORS, 0, 0), ==, NO_ID);
    g_assert_cmphex (run (s, 0x40, 0, 16, 0), ==, GOOD);
    g_assert_cmphex (run (s, 0x42, 0, 16, 0), ==, GOOD);
    g_assert_cmphex (run (s, 0x90, 0, 0, 0), ==, 0x0150);
    g_assert_cmphex (load_le32 (sata_fis (s, 0x40) + 4) & 0xffffff, ==, 1);
}

static void
test_everything_else_is_aborted (struct sata *s, gconstpointer data)
{
    static const uint8_t known[] = { 0x06, 0x10, 0x20, 0x21, 0x24, 0x25, 0x27, 0x29, 0x30, 0x31,
                                     0x34, 0x35, 0x39, 0x40, 0x41, 0x42, 0x70, 0x90, 0x91, 0xc4,
                                     0xc5, 0xc6, 0xc8, 0xc9, 0xca, 0xcb, 0xe0, 0xe1, 0xe2, 0xe3,
                                     0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xef, 0xf8 };

    for (unsigned command = 0; command < 256; command++) {
        if (!memchr (known, (int) command, sizeof known))
            g_assert_cmphex (run (s, (uint8_t) command, 0, 1, 512), ==, ABORTED);
    }
    for (unsigned op = 0; op < BLOCK_OP_N; op++)
        g_assert_cmpuint (s->disk->n_requests[op], ==, 0);
}

static void
test_settings_after_resets (struct sata *s, gconstpointer data)
{
    struct sata_command up = { .is_control = true, .control = 0x04, .more_flags = 0x500 };
    struct sata_command down = { .is_control = true };

    g_assert_cmphex (run (s, 0xc6, 0, 4, 0), ==, GOOD);
    g_assert_cmphex (set_feature (s, 0x82, 0), ==, GOOD);
    sata_put_command (s, 0, &up);
    sata_issue (s, 1);
    sata_put_command (s, 0, &down);
    sata_issue (s, 1);
    identify (s);
    g_assert_cmphex (word (s, 59), ==, 0x0104); /* a soft reset keeps them */
    g_assert_cmphex (word (s, 85) & 0x0020, ==, 0);
    sata_set_port (s, P_CMD, CMD_FRE);
    sata_set_port (s, P_SCTL, 1);
    sata_set_port (s, P_SCTL, 0);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    identify (s);
    g_assert_cmphex (word (s, 59), ==, 0x0110);
    g_assert_cmphex (word (s, 85) & 0x0020, ==, 0x0020);
}

/* --- with a file --------------------------------------------------------------------------- */

/* Through io_uring, or whatever the host has, to a file and back. */
static void
test_file (void)
{
    struct sata s = { .m = test_machine_new () };
    g_autofree char *path = g_strdup ("/tmp/vitrine-ata-XXXXXX");
    g_autofree uint8_t *want = g_malloc (1 << 20), *file = g_malloc (1 << 20);
    int fd = g_mkstemp (path);
    struct block *block;

    g_assert_cmpint (ftruncate (fd, 1 << 20), ==, 0);
    g_assert_cmpint (block_raw_open (s.m->env.io_loop, dup (fd), 0, &block), ==, 0);
    sata_set_up_with (&s, &ata_disk_class, block);
    sata_start (&s);
    for (unsigned i = 0; i < 1 << 20; i++)
        want[i] = (uint8_t) (i * 31 + (i >> 12));
    memcpy (buffer (&s), want, 1 << 20);
    g_assert_cmphex (run (&s, 0x35, 0, 2048, 1 << 20), ==, GOOD);
    g_assert_cmphex (run (&s, 0xea, 0, 0, 0), ==, GOOD);
    g_assert_cmpint (pread (fd, file, 1 << 20, 0), ==, 1 << 20);
    g_assert_cmpmem (file, 1 << 20, want, 1 << 20);
    memset (buffer (&s), 0, 1 << 20);
    g_assert_cmphex (run (&s, 0x25, 0, 2048, 1 << 20), ==, GOOD);
    g_assert_cmpmem (buffer (&s), 1 << 20, want, 1 << 20);
    sata_tear_down (&s);
    close (fd);
    g_unlink (path);
}

/* --- what there is ------------------------------------------------------------------------- */

static void
add (const char *promise, void (*test) (struct sata *s, gconstpointer data))
{
    g_autofree char *path = g_strdup_printf ("/ata-disk/%s", promise);

    g_test_add (path, struct sata, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("identify", test_identify);
    add ("pio-ends-by-setup-fis", test_pio_ends_by_setup_fis);
    add ("identify-into-short-buffer", test_identify_into_short_buffer);
    g_test_add_func ("/ata-disk/options-and-read-only", test_options);
    g_test_add_func ("/ata-disk/needs-storage", test_needs_storage);
    add ("every-way-to-read-and-write", test_every_way_to_read_and_write);
    add ("multiple-tells-its-last-block", test_multiple_tells_its_last_block);
    add ("past-end-is-refused", test_past_end_is_refused);
    add ("cylinders-heads-sectors", test_cylinders_heads_sectors);
    add ("host-errors-are-told", test_host_errors_are_told);
    add ("writes-are-flushed-when-the-cache-is-off", test_writes_are_flushed_when_the_cache_is_off);
    add ("features", test_features);
    add ("trim", test_trim);
    add ("trim-past-end-trims-nothing", test_trim_past_end_trims_nothing);
    add ("native-max", test_native_max);
    add ("power", test_power);
    add ("old-commands", test_old_commands);
    add ("everything-else-is-aborted", test_everything_else_is_aborted);
    add ("settings-after-resets", test_settings_after_resets);
    g_test_add_func ("/ata-disk/file", test_file);
    return g_test_run ();
}
