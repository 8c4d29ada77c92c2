/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi.c - promises of the CD and DVD drive: its registers, sense, reads, the medium. */
#include <errno.h>
#include <string.h>

#include "atapi-driver.h"
#include "bits.h"

static void
set_up_fresh (struct sata *s, gconstpointer data)
{
    cd_set_up_size (s, CD_SECTORS * SECTOR);
}

static void
set_up (struct sata *s, gconstpointer data)
{
    set_up_fresh (s, data);
    cd_take_attention (s);
}

static void
set_up_empty (struct sata *s, gconstpointer data)
{
    cd_set_up_size (s, 0);
    cd_take_attention (s);
}

static void
tear_down (struct sata *s, gconstpointer data)
{
    sata_tear_down (s);
}

/* --- the ATA side -------------------------------------------------------------------------- */

static void
test_signature (struct sata *s, gconstpointer data)
{
    static const uint8_t disks_commands[] = { 0xec, 0x20 };
    struct sata_command reset = { .command = 0x08 };

    g_assert_cmphex (sata_port (s, P_SIG), ==, SIG_ATAPI);
    for (unsigned i = 0; i < 2; i++) {
        struct sata_command c = { .command = disks_commands[i] };

        g_assert_cmphex (sata_run (s, &c, 512), ==, 0x0451);
        g_assert_cmphex (load_le32 (sata_fis (s, 0x40) + 4) & 0xffffff, ==, 0xeb1401);
        sata_recover (s);
    }
    g_assert_cmphex (sata_run (s, &reset, 0), ==, 0x0100);
    g_assert_cmphex (load_le32 (sata_fis (s, 0x40) + 4) & 0xffffff, ==, 0xeb1401);
}

static void
test_identify_packet (struct sata *s, gconstpointer data)
{
    struct sata_command c = { .command = 0xa1 };
    uint8_t sum = 0;

    g_assert_cmphex (sata_run (s, &c, 512), ==, GOOD);
    g_assert_cmphex (load_le16 (cd_buffer (s)), ==, 0x85c0);
    g_assert_cmpmem (cd_buffer (s) + 54, 16, "iVrtni eVD-DOR M", 16);
    g_assert_cmphex (load_le16 (cd_buffer (s) + 98) & 0x0300, ==, 0x0300);
    g_assert_cmphex (load_le16 (cd_buffer (s) + 164) & 0x0210, ==, 0x0210);
    for (unsigned i = 0; i < 512; i++)
        sum = (uint8_t) (sum + cd_buffer (s)[i]);
    g_assert_cmphex (sum, ==, 0);
    g_assert_cmphex (sata_port (s, P_IS) & IS_PSS, ==, IS_PSS);
}

static void
test_other_ata_commands (struct sata *s, gconstpointer data)
{
    static const uint8_t good[] = { 0xe0, 0xe1, 0xe2, 0xe3, 0xe5, 0xe6 };
    static const uint8_t known[] = { 0x08, 0x20, 0x90, 0xa0, 0xa1, 0xe0, 0xe1,
                                     0xe2, 0xe3, 0xe5, 0xe6, 0xec, 0xef };
    struct sata_command c = { .command = 0xef, .feature = 3, .count = 0x42 };

    for (unsigned i = 0; i < G_N_ELEMENTS (good); i++) {
        struct sata_command other = { .command = good[i] };

        g_assert_cmphex (sata_run (s, &other, 0), ==, GOOD);
    }
    g_assert_cmphex (sata_run (s, &c, 0), ==, GOOD);
    for (unsigned command = 0; command < 256; command++) {
        c = (struct sata_command){ .command = (uint8_t) command };
        if (!memchr (known, (int) command, sizeof known)) {
            g_assert_cmphex (sata_run (s, &c, 512), ==, 0x0451);
            sata_recover (s);
        }
    }
}

/* --- sense --------------------------------------------------------------------------------- */

static void
test_attention_after_reset (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, PACKET (0x12, 0, 0, 0, 36), 36), ==, GOOD); /* INQUIRY may */
    g_assert_cmphex (cd_run (s, PACKET (0x00), 0), ==, CHECK (ATTENTION));
    g_assert_cmphex (cd_sense (s), ==, 0x062900);
    g_assert_cmphex (cd_sense (s), ==, 0); /* told once */
    g_assert_cmphex (cd_run (s, PACKET (0x00), 0), ==, GOOD);
    /* COMRESET */
    sata_set_port (s, P_CMD, CMD_FRE);
    sata_set_port (s, P_SCTL, 1);
    sata_set_port (s, P_SCTL, 0);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    g_assert_cmphex (cd_sense (s), ==, 0x062900); /* REQUEST SENSE takes it, too */
    g_assert_cmphex (cd_run (s, PACKET (0x00), 0), ==, GOOD);
}

static void
test_sense_is_of_the_last_command (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, cd_read_10 (CD_SECTORS, 1), SECTOR), ==, CHECK (ILLEGAL));
    g_assert_cmphex (cd_run (s, PACKET (0x00), 0), ==, GOOD);
    g_assert_cmphex (cd_sense (s), ==, 0);
}

static void
test_unknown_packets_are_refused (struct sata *s, gconstpointer data)
{
    static const uint8_t known[] = { 0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x25,
                                     0x28, 0x2b, 0x42, 0x43, 0x46, 0x4a, 0x51,
                                     0x52, 0x5a, 0xa8, 0xad, 0xbb, 0xbd, 0xbe };

    for (unsigned opcode = 0; opcode < 256; opcode++) {
        if (!memchr (known, (int) opcode, sizeof known))
            cd_check_fails (s, PACKET ((uint8_t) opcode), ILLEGAL, 0x2000);
    }
}

/* --- reading ------------------------------------------------------------------------------- */

static void
check_sectors (struct sata *s, uint32_t lba, uint32_t n)
{
    g_assert_cmpmem (cd_buffer (s), n * SECTOR, s->disk->bytes + lba * SECTOR, n * SECTOR);
    g_assert_cmphex (cd_buffer (s)[n * SECTOR], ==, 0xcc);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, n * SECTOR);
}

static void
test_read (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 1), SECTOR), ==, GOOD);
    check_sectors (s, 0, 1);
    g_assert_cmphex (sata_fis (s, 0x40)[12], ==, 3); /* interrupt reason: done */
    g_assert_cmphex (sata_port (s, P_IS) & (IS_DHRS | IS_PSS), ==, IS_DHRS);
    g_assert_cmphex (cd_run (s, cd_read_10 (16, 200), 200 * SECTOR), ==, GOOD); /* several steps */
    check_sectors (s, 16, 200);
    g_assert_cmphex (cd_run (s, cd_read_12 (CD_SECTORS - 1, 1), SECTOR), ==, GOOD);
    check_sectors (s, CD_SECTORS - 1, 1);
    g_assert_cmphex (cd_run (s, cd_read_10 (5, 0), SECTOR), ==, GOOD);
    g_assert_cmphex (cd_buffer (s)[0], ==, 0xcc);
}

static void
test_read_with_pio (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run_with (s, cd_read_10 (7, 3), 3 * SECTOR, 0, SECTOR), ==, GOOD);
    check_sectors (s, 7, 3);
    g_assert_cmphex (sata_port (s, P_IS) & (IS_DHRS | IS_PSS), ==, IS_DHRS | IS_PSS);
    g_assert_cmpuint (load_le16 (sata_fis (s, 0x20) + 16), ==, SECTOR);
    g_assert_cmphex (cd_run_with (s, cd_read_10 (7, 3), 3 * SECTOR, 0, 4000), ==, GOOD);
    g_assert_cmpuint (load_le16 (sata_fis (s, 0x20) + 16), ==, 3 * SECTOR - 4000);
    /* limits that make no sense move no data elsewhere */
    for (unsigned limit = 0; limit < 3; limit++) {
        g_assert_cmphex (cd_run_with (s, cd_read_10 (7, 3), 3 * SECTOR, 0, (uint16_t) limit), ==,
                         GOOD);
        check_sectors (s, 7, 3);
    }
    g_assert_cmphex (cd_run_with (s, cd_read_10 (7, 3), 3 * SECTOR, 0, 0xffff), ==, GOOD);
    g_assert_cmpuint (load_le16 (sata_fis (s, 0x20) + 16), ==, 3 * SECTOR);
}

static void
test_read_past_end_is_refused (struct sata *s, gconstpointer data)
{
    cd_check_fails (s, cd_read_10 (CD_SECTORS, 1), ILLEGAL, 0x2100);
    cd_check_fails (s, cd_read_10 (CD_SECTORS - 1, 2), ILLEGAL, 0x2100);
    cd_check_fails (s, cd_read_10 (0xffffffff, 0xffff), ILLEGAL, 0x2100);
    cd_check_fails (s, cd_read_12 (0, CD_SECTORS + 1), ILLEGAL, 0x2100);
    cd_check_fails (s, cd_read_12 (1, 0xffffffff), ILLEGAL, 0x2100);
    cd_check_fails (s, cd_read_12 (0xffffffff, 0xffffffff), ILLEGAL, 0x2100);
    cd_check_fails (s, PACKET (0xbe, 0, 0, 0, 0x03, 0xe7, 0, 0, 2, 0x10), ILLEGAL, 0x2100);
    cd_check_fails (s, PACKET (0x2b, 0, 0, 0, 0x03, 0xe8), ILLEGAL, 0x2100);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ], ==, 0);
    g_assert_cmphex (cd_run (s, PACKET (0x2b, 0, 0, 0, 0x03, 0xe7), 0), ==, GOOD);
}

static void
test_read_into_short_buffer (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 500), 3 * SECTOR + 100), ==, GOOD);
    g_assert_cmphex (sata_port (s, P_IS) & IS_OFS, ==, IS_OFS);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 3 * SECTOR + 100);
    g_assert_cmpmem (cd_buffer (s), 3 * SECTOR + 100, s->disk->bytes, 3 * SECTOR + 100);
    g_assert_cmphex (cd_buffer (s)[3 * SECTOR + 100], ==, 0xcc);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ], ==, 1); /* nor is the rest read */
}

static void
test_read_into_no_ram (struct sata *s, gconstpointer data)
{
    struct packet p = cd_read_10 (0, 1);
    struct sata_command c = { .command = 0xa0, .feature = 1, .cdb = p.cdb, .n_prds = 1 };

    sata_put_prd (s, 0, 0, SATA_ABAR, SECTOR);
    sata_run (s, &c, 0);
    g_assert_cmphex (sata_port (s, P_IS) & IS_HBFS, ==, IS_HBFS);
    sata_recover (s);
    g_assert_cmphex (cd_run (s, p, SECTOR), ==, GOOD);
}

static void
test_read_cd (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, PACKET (0xbe, 0, 0, 0, 0, 9, 0, 0, 2, 0x10), 2 * SECTOR), ==, GOOD);
    check_sectors (s, 9, 2);
    g_assert_cmphex (cd_run (s, PACKET (0xbe, 0x08, 0, 0, 0, 9, 0, 0, 2, 0x10), 2 * SECTOR), ==,
                     GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0xbe, 0, 0, 0, 0, 9, 0, 0, 2, 0), 2 * SECTOR), ==, GOOD);
    g_assert_cmphex (cd_buffer (s)[0], ==, 0xcc); /* no part of the sectors was asked for */
    cd_check_fails (s, PACKET (0xbe, 0x04, 0, 0, 0, 0, 0, 0, 1, 0x10), ILLEGAL, 0x6400); /* audio */
    cd_check_fails (s, PACKET (0xbe, 0, 0, 0, 0, 0, 0, 0, 1, 0xf8), ILLEGAL, 0x2400);    /* raw */
    cd_check_fails (s, PACKET (0xbe, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 1), ILLEGAL, 0x2400);
}

static void
test_host_error_is_a_medium_error (struct sata *s, gconstpointer data)
{
    s->disk->error = -EIO;
    cd_check_fails (s, cd_read_10 (0, 1), MEDIUM, 0x1100);
}

/* An image that ends inside a sector: the rest of it reads as zeros. */
static void
test_ragged_end (void)
{
    struct sata s = { 0 };
    struct packet capacity = PACKET (0x25);

    cd_set_up_size (&s, 70 * SECTOR + 512);
    cd_take_attention (&s);
    memset (s.disk->bytes, 0x41, 70 * SECTOR + 512);
    g_assert_cmphex (cd_run (&s, capacity, 8), ==, GOOD);
    g_assert_cmpuint (load_be32 (cd_buffer (&s)), ==, 70);
    g_assert_cmphex (cd_run (&s, cd_read_10 (0, 71), 71 * SECTOR), ==, GOOD);
    for (unsigned i = 0; i < 71 * SECTOR; i++)
        g_assert_cmphex (cd_buffer (&s)[i], ==, i < 70 * SECTOR + 512 ? 0x41 : 0);
    g_assert_cmphex (cd_run (&s, cd_read_10 (70, 2), SECTOR), ==, CHECK (ILLEGAL));
    sata_tear_down (&s);
}

static void
test_stop_while_reading (struct sata *s, gconstpointer data)
{
    struct packet p = cd_read_10 (0, 200);
    struct sata_command c = { .command = 0xa0, .feature = 1, .cdb = p.cdb, .n_prds = 1 };

    memset (cd_buffer (s), 0xcc, 200 * SECTOR);
    sata_put_prd (s, 0, 0, SATA_BUFFER, 200 * SECTOR);
    sata_put_command (s, 0, &c);
    sata_issue (s, 1);
    g_assert_cmpuint (s->disk->n_held, ==, 1);
    sata_set_port (s, P_CMD, CMD_FRE);
    held_block_end_first (s->disk);
    g_assert_cmphex (cd_buffer (s)[0], ==, 0xcc); /* a cancelled read brings nothing */
    g_assert_cmpuint (s->disk->n_held, ==, 0);
    g_assert_cmphex (sata_port (s, P_CMD) & CMD_CR, ==, 0);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    g_assert_cmphex (cd_run (s, cd_read_10 (3, 1), SECTOR), ==, GOOD);
}

/* --- the medium ---------------------------------------------------------------------------- */

static void
test_empty_drive (struct sata *s, gconstpointer data)
{
    static const uint8_t need_medium[] = { 0x00, 0x25, 0x28, 0x2b, 0x42, 0x43,
                                           0x51, 0x52, 0xa8, 0xad, 0xbe };

    for (unsigned i = 0; i < G_N_ELEMENTS (need_medium); i++)
        cd_check_fails (s, PACKET (need_medium[i]), NOT_READY, 0x3a01);
    g_assert_cmphex (cd_profile (s), ==, 0);
    g_assert_cmphex (cd_run (s, PACKET (0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8), 8), ==, GOOD);
    g_assert_cmphex (cd_buffer (s)[5], ==, 0);
}

/* An image of no bytes is no medium. */
static void
test_empty_image (void)
{
    struct sata s = { .m = test_machine_new () };

    s.disk = held_block_new (s.m->env.io_loop, 0, true);
    sata_set_up_with (&s, &atapi_cdrom_class, &s.disk->block);
    sata_start (&s);
    cd_take_attention (&s);
    cd_check_fails (&s, cd_read_10 (0, 1), NOT_READY, 0x3a01);
    sata_tear_down (&s);
}

static uint32_t
event (struct sata *s)
{
    g_assert_cmphex (cd_run (s, PACKET (0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8), 8), ==, GOOD);
    g_assert_cmphex (load_be32 (cd_buffer (s)), ==, 0x00060410);
    return load_be16 (cd_buffer (s) + 4);
}

static void
test_guest_opens_and_closes_the_tray (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (event (s), ==, 0x0002); /* nothing new, medium there */
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x02), 0), ==, GOOD);
    cd_check_fails (s, cd_read_10 (0, 1), NOT_READY, 0x3a02);
    g_assert_cmphex (event (s), ==, 0x0301);
    g_assert_cmphex (event (s), ==, 0x0001);
    g_assert_cmphex (cd_run (s, PACKET (0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8), 8), ==, GOOD);
    g_assert_cmphex (cd_buffer (s)[1] & 0x10, ==, 0x10);
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x03), 0), ==, GOOD);
    g_assert_cmphex (event (s), ==, 0x0202);
    cd_check_fails (s, cd_read_10 (0, 1), ATTENTION, 0x2800);
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 1), SECTOR), ==, GOOD);
    /* start, stop and power conditions move no tray */
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x00), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x01), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x32), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 1), SECTOR), ==, GOOD);
}

static void
test_locked_tray_stays_closed (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, PACKET (0x1e, 0, 0, 0, 1), 0), ==, GOOD);
    cd_check_fails (s, PACKET (0x1b, 0, 0, 0, 0x02), ILLEGAL, 0x5302);
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 1), SECTOR), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x1e, 0, 0, 0, 0), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x02), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x00), 0), ==, CHECK (NOT_READY));
}

static void
test_events_are_polled (struct sata *s, gconstpointer data)
{
    cd_check_fails (s, PACKET (0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8), ILLEGAL, 0x2400);
    g_assert_cmphex (cd_run (s, PACKET (0x4a, 1, 0, 0, 0x40, 0, 0, 0, 8), 8), ==, GOOD);
    g_assert_cmphex (load_be32 (cd_buffer (s)), ==, 0x00028010);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 4);
    /* an event that did not fit in is not lost */
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x02), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x4a, 1, 0, 0, 0x10, 0, 0, 0, 4), 8), ==, GOOD);
    g_assert_cmphex (event (s), ==, 0x0301);
}

static void
test_host_changes_the_medium (struct sata *s, gconstpointer data)
{
    struct held_block *other = held_block_new (s->m->env.io_loop, 5 * SECTOR, true);

    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x02), 0), ==, GOOD);
    store_le32 (other->bytes, 0xabcdef);
    g_assert_cmpint (s->drive->ops->insert (s->drive, &other->block, true), ==, 0);
    s->disk = other;
    g_assert_cmphex (event (s), ==, 0x0202); /* new, and the tray is closed */
    cd_check_fails (s, PACKET (0x25), ATTENTION, 0x2800);
    g_assert_cmphex (cd_run (s, PACKET (0x25), 8), ==, GOOD);
    g_assert_cmpuint (load_be32 (cd_buffer (s)), ==, 4);
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 1), SECTOR), ==, GOOD);
    g_assert_cmphex (load_le32 (cd_buffer (s)), ==, 0xabcdef);
    g_assert_cmpint (s->drive->ops->insert (s->drive, NULL, true), ==, 0);
    s->disk = NULL;
    g_assert_cmphex (event (s), ==, 0x0300);
    cd_check_fails (s, cd_read_10 (0, 1), NOT_READY, 0x3a01);
}

static void
test_medium_is_changed_while_it_is_read (struct sata *s, gconstpointer data)
{
    struct held_block *other = held_block_new (s->m->env.io_loop, 5 * SECTOR, true);
    struct packet p = cd_read_10 (0, 200);
    struct sata_command c = { .command = 0xa0, .feature = 1, .cdb = p.cdb, .n_prds = 1 };

    sata_put_prd (s, 0, 0, SATA_BUFFER, 200 * SECTOR);
    sata_put_command (s, 0, &c);
    sata_issue (s, 1);
    g_assert_cmpuint (s->disk->n_held, ==, 1);
    g_assert_cmpint (s->drive->ops->insert (s->drive, &other->block, true), ==, 0);
    s->disk = other;
    g_assert_cmphex (sata_port (s, P_TFD), ==, CHECK (NOT_READY));
    sata_recover (s);
    g_assert_cmphex (cd_sense (s), ==, 0x062800);
    g_assert_cmphex (cd_run (s, cd_read_10 (4, 1), SECTOR), ==, GOOD);
}

static void
test_machine_reset_closes_and_unlocks (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x02), 0), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x1e, 0, 0, 0, 1), 0), ==, GOOD);
    device_reset (ahci_device (s->ahci));
    device_reset (s->drive);
    test_pci_place_bar (s->m, SATA_DEVFN, 5, SATA_ABAR);
    sata_start (s);
    cd_take_attention (s);
    g_assert_cmphex (cd_run (s, cd_read_10 (0, 1), SECTOR), ==, GOOD);
    g_assert_cmphex (cd_run (s, PACKET (0x1b, 0, 0, 0, 0x02), 0), ==, GOOD);
}

/* --- what there is ------------------------------------------------------------------------- */

static void
add (const char *promise, void (*fixture_set_up) (struct sata *s, gconstpointer data),
     void (*test) (struct sata *s, gconstpointer data))
{
    g_autofree char *path = g_strdup_printf ("/atapi/%s", promise);

    g_test_add (path, struct sata, NULL, fixture_set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("signature", set_up, test_signature);
    add ("identify-packet", set_up, test_identify_packet);
    add ("other-ata-commands", set_up, test_other_ata_commands);
    add ("attention-after-reset", set_up_fresh, test_attention_after_reset);
    add ("sense-is-of-the-last-command", set_up, test_sense_is_of_the_last_command);
    add ("unknown-packets-are-refused", set_up, test_unknown_packets_are_refused);
    add ("read", set_up, test_read);
    add ("read-with-pio", set_up, test_read_with_pio);
    add ("read-past-end-is-refused", set_up, test_read_past_end_is_refused);
    add ("read-into-short-buffer", set_up, test_read_into_short_buffer);
    add ("read-into-no-ram", set_up, test_read_into_no_ram);
    add ("read-cd", set_up, test_read_cd);
    add ("host-error-is-a-medium-error", set_up, test_host_error_is_a_medium_error);
    g_test_add_func ("/atapi/ragged-end-reads-zeros", test_ragged_end);
    add ("stop-while-reading", set_up, test_stop_while_reading);
    add ("empty-drive", set_up_empty, test_empty_drive);
    g_test_add_func ("/atapi/empty-image-is-no-medium", test_empty_image);
    add ("guest-opens-and-closes-the-tray", set_up, test_guest_opens_and_closes_the_tray);
    add ("locked-tray-stays-closed", set_up, test_locked_tray_stays_closed);
    add ("events-are-polled", set_up, test_events_are_polled);
    add ("host-changes-the-medium", set_up, test_host_changes_the_medium);
    add ("medium-is-changed-while-it-is-read", set_up, test_medium_is_changed_while_it_is_read);
    add ("machine-reset-closes-and-unlocks", set_up, test_machine_reset_closes_and_unlocks);
    return g_test_run ();
}
