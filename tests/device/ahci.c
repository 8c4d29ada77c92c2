/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci.c - promises of the SATA controller: registers, buffers, bad commands, interrupts. */
#include <errno.h>
#include <string.h>

#include "ata-disk.h"
#include "bits.h"
#include "sata-fixture.h"

#define DISK_BYTES (4u << 20)
#define N_SECTORS  (DISK_BYTES / 512)
#define FLUSH      0xea
#define SIG_DISK   0x00000101u

static void
set_up (struct sata *s, gconstpointer data)
{
    sata_set_up (s, &ata_disk_class, DISK_BYTES);
}

static void
set_up_started (struct sata *s, gconstpointer data)
{
    set_up (s, data);
    sata_start (s);
}

static void
tear_down (struct sata *s, gconstpointer data)
{
    sata_tear_down (s);
}

/* --- what it is ---------------------------------------------------------------------------- */

static uint32_t
config (struct sata *s, unsigned offset, unsigned size)
{
    return pci_config_read (s->m->env.pci, SATA_DEVFN, offset, size);
}

static void
test_identity (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (config (s, PCI_VENDOR_ID, 4), ==, 0x29228086);
    g_assert_cmphex (config (s, PCI_CLASS, 1), ==, 0x01);
    g_assert_cmphex (config (s, PCI_CLASS + 1, 2), ==, 0x0106);
    g_assert_cmphex (config (s, PCI_INTERRUPT_PIN, 1), ==, 1);
    g_assert_cmpuint (test_pci_find_cap (s->m, SATA_DEVFN, PCI_CAP_MSI, 0), !=, 0);
    /* 6 ports, 32 slots, 64-bit addresses, AHCI only, no native queueing */
    g_assert_cmphex (sata_global (s, H_CAP) & 0xc0041f1f, ==, 0x80041f05);
    g_assert_cmphex (sata_global (s, H_PI), ==, BIT (SATA_PORT));
    g_assert_cmphex (sata_global (s, H_VS), ==, 0x00010300);
    g_assert_cmphex (sata_global (s, H_GHC), ==, GHC_AE);
    for (unsigned reg = 0x14; reg < 0x100; reg += 4)
        g_assert_cmphex (sata_global (s, reg), ==, 0);
}

static void
test_missing_ports_read_zero (struct sata *s, gconstpointer data)
{
    for (unsigned reg = 0x100; reg < 0x1000; reg += 4) {
        if (reg >= 0x100 + SATA_PORT * 0x80 && reg < 0x180 + SATA_PORT * 0x80)
            continue;
        sata_set_global (s, reg, 0xffffffff);
        g_assert_cmphex (sata_global (s, reg), ==, 0);
    }
}

static void
test_attach_refuses_wrong_ports (struct sata *s, gconstpointer data)
{
    g_assert_cmpint (ahci_attach (s->ahci, SATA_PORT, s->drive), ==, -EBUSY);
    g_assert_cmpint (ahci_attach (s->ahci, AHCI_N_PORTS, s->drive), ==, -EINVAL);
    g_assert_cmpint (ahci_attach (s->ahci, UINT32_MAX, s->drive), ==, -EINVAL);
}

static void
test_narrow_and_crossing_accesses (struct sata *s, gconstpointer data)
{
    uint64_t port = SATA_ABAR + 0x100 + SATA_PORT * 0x80;

    test_mmio_write (s->m, port + P_CLB, 0x12345678, 4);
    g_assert_cmphex (test_mmio_read (s->m, port + P_CLB, 4), ==, 0x12345400); /* 1 KiB aligned */
    g_assert_cmphex (test_mmio_read (s->m, port + P_CLB + 2, 2), ==, 0x1234);
    g_assert_cmphex (test_mmio_read (s->m, port + P_CLB + 3, 1), ==, 0x12);
    test_mmio_write (s->m, port + P_CLB + 3, 0xab, 1);
    g_assert_cmphex (test_mmio_read (s->m, port + P_CLB, 4), ==, 0xab345400);
    test_mmio_write (s->m, port + P_CLB, 0x1122334455667788, 8);
    g_assert_cmphex (test_mmio_read (s->m, port + P_CLB, 8), ==, 0x1122334455667400);
    test_mmio_write (s->m, port + P_CLB + 2, 0xdeadbeef, 4);
    g_assert_cmphex (test_mmio_read (s->m, port + P_CLB, 8), ==, 0x1122deadbeef7400);
    /* a byte that clears no bits beside it */
    g_assert_cmphex (sata_port (s, P_SERR), ==, 0x04010000);
    test_mmio_write (s->m, port + P_SERR + 3, 0xff, 1);
    g_assert_cmphex (sata_port (s, P_SERR), ==, 0x00010000);
    /* at the very end */
    g_assert_cmphex (test_mmio_read (s->m, SATA_ABAR + 0xffe, 2), ==, 0);
    test_mmio_write (s->m, SATA_ABAR + 0xfff, 0xff, 1);
}

static void
test_signature_waits_for_receive_area (struct sata *s, gconstpointer data)
{
    g_assert_cmphex (sata_port (s, P_SSTS), ==, 0x133);
    g_assert_cmphex (sata_port (s, P_TFD), ==, TFD_BSY);
    g_assert_cmphex (sata_port (s, P_SIG), ==, 0xffffffff);
    sata_set_port (s, P_FB, SATA_FISES + SATA_PORT * 256);
    sata_set_port (s, P_CMD, CMD_FRE);
    g_assert_cmphex (sata_port (s, P_CMD) & (CMD_FRE | CMD_FR | CMD_CR), ==, CMD_FRE | CMD_FR);
    g_assert_cmphex (sata_port (s, P_SIG), ==, SIG_DISK);
    g_assert_cmphex (sata_port (s, P_TFD), ==, 0x0150);
    g_assert_cmphex (sata_fis (s, 0x40)[0], ==, 0x34);
    g_assert_cmphex (sata_fis (s, 0x40)[1], ==, 0); /* no interrupt */
    g_assert_cmphex (sata_fis (s, 0x40)[2], ==, 0x50);
    g_assert_cmphex (sata_fis (s, 0x40)[4], ==, 1);
    g_assert_cmphex (sata_fis (s, 0x40)[12], ==, 1);
    g_assert_cmphex (sata_port (s, P_IS) & ~0x00400040u, ==, 0);
}

/* --- transfers ----------------------------------------------------------------------------- */

static void
test_read_write_flush (struct sata *s, gconstpointer data)
{
    g_autofree uint8_t *sent = g_malloc (8192);
    struct sata_command write = sata_write_sectors (100, 16), read = sata_read_sectors (100, 16);
    struct sata_command flush = { .command = FLUSH };

    sata_fill (sent, 8192, 1);
    memcpy (s->m->ram + SATA_BUFFER, sent, 8192);
    g_assert_cmphex (sata_run (s, &write, 8192), ==, 0x50);
    g_assert_cmpmem (s->disk->bytes + 100 * 512, 8192, sent, 8192);
    g_assert_true (sata_all_are (s->disk->bytes, 100 * 512, 0));
    g_assert_true (sata_all_are (s->disk->bytes + 116 * 512, DISK_BYTES - 116 * 512, 0));
    g_assert_cmphex (sata_run (s, &flush, 0), ==, 0x50);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_FLUSH], ==, 1);

    memset (s->m->ram + SATA_BUFFER, 0xcc, 8192 + 512);
    g_assert_cmphex (sata_run (s, &read, 8192), ==, 0x50);
    g_assert_cmpmem (s->m->ram + SATA_BUFFER, 8192, sent, 8192);
    g_assert_true (sata_all_are (s->m->ram + SATA_BUFFER + 8192, 512, 0xcc));
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 8192);
    g_assert_cmphex (sata_port (s, P_IS) & IS_DHRS, ==, IS_DHRS);
    g_assert_cmphex (sata_port (s, P_IS) & (IS_TFES | IS_OFS), ==, 0);
    g_assert_cmphex (sata_fis (s, 0x40)[1], ==, 0x40);
    g_assert_cmphex (sata_fis (s, 0x40)[2], ==, 0x50);
}

/* 65536 sectors in one command, count 0, through a table of many entries: several requests. */
static void
test_large_transfers_go_in_steps (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 4096);
    g_autofree uint8_t *want = g_malloc (4096 * 512);

    sata_fill (s->disk->bytes, 4096 * 512, 9);
    read.n_prds = 1024;
    for (unsigned i = 0; i < 1024; i++)
        sata_put_prd (s, 0, i, SATA_BUFFER + (1023 - i) * 2048, 2048); /* backwards */
    g_assert_cmphex (sata_run (s, &read, 0), ==, 0x50);
    for (unsigned i = 0; i < 1024; i++)
        g_assert_cmpmem (s->m->ram + SATA_BUFFER + (1023 - i) * 2048, 2048,
                         s->disk->bytes + i * 2048, 2048);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ], ==, 1024 / BLOCK_MAX_IOV);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 4096 * 512);
}

/* Pieces of any even size, cut anywhere, against a plain copy; both ways. */
static void
test_any_pieces (struct sata *s, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (3);
    g_autofree uint8_t *flat = g_malloc (64 * 512);

    for (unsigned round = 0; round < 200; round++) {
        bool is_write = round & 1;
        uint16_t count = (uint16_t) g_rand_int_range (rand, 1, 65);
        uint64_t lba = (uint64_t) g_rand_int_range (rand, 0, N_SECTORS - 64);
        uint32_t left = count * 512u, n = 0, at = 0;
        uint8_t *ram = s->m->ram + SATA_BUFFER;
        struct sata_command c =
            is_write ? sata_write_sectors (lba, count) : sata_read_sectors (lba, count);

        sata_fill (ram, 1 << 17, round);
        while (left > 0 && n < 4000) {
            uint32_t len = (uint32_t) g_rand_int_range (rand, 1, round % 3 ? 300 : 5) * 2;

            len = n == 3999 ? left : MIN_OF (len, left);
            sata_put_prd (s, 0, n, SATA_BUFFER + at, len);
            memcpy (flat + count * 512 - left, ram + at, len);
            at += len + 2 * (n % 3);
            left -= len;
            n++;
        }
        g_assert_cmpuint (at, <, 1 << 17);
        c.n_prds = n;
        g_assert_cmphex (sata_run (s, &c, 0), ==, 0x50);
        if (is_write) {
            g_assert_cmpmem (s->disk->bytes + lba * 512, count * 512, flat, count * 512);
            continue;
        }
        for (uint32_t i = 0, done = 0; i < n; i++) {
            const uint8_t *prd = sata_table (s, 0) + 0x80 + i * 16;
            uint32_t len = load_le32 (prd + 12) + 1;

            g_assert_cmpmem (s->m->ram + load_le64 (prd), len, s->disk->bytes + lba * 512 + done,
                             len);
            done += len;
        }
    }
}

static void
test_interrupt_on_a_piece (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 2);

    read.n_prds = 2;
    sata_put_prd (s, 0, 0, SATA_BUFFER, 512);
    sata_put_prd (s, 0, 1, SATA_BUFFER + 512, 512);
    g_assert_cmphex (sata_run (s, &read, 0), ==, 0x50);
    g_assert_cmphex (sata_port (s, P_IS) & IS_DPS, ==, 0);
    sata_table (s, 0)[0x80 + 15] |= 0x80;
    sata_issue (s, 1);
    sata_answer (s);
    g_assert_cmphex (sata_port (s, P_IS) & IS_DPS, ==, IS_DPS);
}

/* --- buffers that are none ----------------------------------------------------------------- */

/* A read into (ADDRESS, BYTES), behind a good first piece, fails and harms nothing. */
static void
check_bad_piece (struct sata *s, uint64_t address, uint32_t bytes)
{
    struct sata_command read = sata_read_sectors (0, 64);

    sata_fill (s->disk->bytes, 64 * 512, 5);
    read.n_prds = 2;
    sata_put_prd (s, 0, 0, SATA_BUFFER, 512);
    sata_put_prd (s, 0, 1, address, bytes);
    g_assert_cmphex (sata_run (s, &read, 0), ==, 0x0451);
    g_assert_cmphex (sata_port (s, P_IS) & (IS_HBFS | IS_TFES), ==, IS_HBFS | IS_TFES);
    g_assert_cmphex (sata_port (s, P_CI), ==, 1); /* §6.2.2: the failed command stays */
    sata_recover (s);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
}

static void
test_pieces_outside_ram_are_refused (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    check_bad_piece (s, TEST_MACHINE_RAM_BYTES, 512);
    check_bad_piece (s, TEST_MACHINE_RAM_BYTES - 510, 512);
    check_bad_piece (s, SATA_ABAR, 512); /* its own registers */
    check_bad_piece (s, UINT64_MAX - 1, 512);
    check_bad_piece (s, 0x8000000000000000, 512);
    g_assert_cmphex (sata_run (s, &read, 512), ==, 0x50);
}

static void
test_odd_pieces_are_refused (struct sata *s, gconstpointer data)
{
    check_bad_piece (s, SATA_BUFFER + 1, 512);
    check_bad_piece (s, SATA_BUFFER, 511);
    check_bad_piece (s, SATA_BUFFER, 1);
}

static void
test_write_from_outside_ram_writes_nothing (struct sata *s, gconstpointer data)
{
    struct sata_command write = sata_write_sectors (0, 1);

    memset (s->disk->bytes, 0x5a, 512);
    write.n_prds = 1;
    sata_put_prd (s, 0, 0, SATA_ABAR, 512);
    g_assert_cmphex (sata_run (s, &write, 0) & 1, ==, 1);
    g_assert_true (sata_all_are (s->disk->bytes, 512, 0x5a));
}

static void
test_short_table_on_read_is_an_overflow (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 8);

    sata_fill (s->disk->bytes, 4096, 5);
    memset (s->m->ram + SATA_BUFFER, 0xcc, 8192);
    g_assert_cmphex (sata_run (s, &read, 1024 + 100), ==, 0x50);
    g_assert_cmphex (sata_port (s, P_IS) & IS_OFS, ==, IS_OFS);
    g_assert_cmpmem (s->m->ram + SATA_BUFFER, 1024, s->disk->bytes, 1024); /* whole sectors */
    g_assert_true (sata_all_are (s->m->ram + SATA_BUFFER + 1024, 4096, 0xcc));
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 1024);

    sata_set_port (s, P_IS, 0xffffffff);
    g_assert_cmphex (sata_run (s, &read, 0), ==, 0x50); /* no table at all */
    g_assert_cmphex (sata_port (s, P_IS) & IS_OFS, ==, IS_OFS);
    g_assert_cmpuint (sata_prdbc (s, 0), ==, 0);
}

static void
test_short_table_on_write_is_an_error (struct sata *s, gconstpointer data)
{
    struct sata_command write = sata_write_sectors (0, 8);

    memset (s->disk->bytes, 0x5a, 4096);
    memset (s->m->ram + SATA_BUFFER, 0x11, 4096);
    g_assert_cmphex (sata_run (s, &write, 1024), ==, 0x0451);
    g_assert_true (sata_all_are (s->disk->bytes, 1024, 0x11));
    g_assert_true (sata_all_are (s->disk->bytes + 1024, 3072, 0x5a));
    g_assert_cmphex (sata_fis (s, 0x40)[4], ==, 2); /* the first sector there was nothing for */
}

/* --- commands that are none ---------------------------------------------------------------- */

static void
test_wild_command_list (struct sata *s, gconstpointer data)
{
    static const uint64_t places[] = { TEST_MACHINE_RAM_BYTES, SATA_ABAR, 0xfffffffffffffc00 };

    for (unsigned i = 0; i < G_N_ELEMENTS (places); i++) {
        sata_set_port (s, P_CLB, (uint32_t) places[i]);
        sata_set_port (s, P_CLB + 4, (uint32_t) (places[i] >> 32));
        sata_issue (s, 0xffffffff);
        g_assert_cmphex (sata_port (s, P_IS) & IS_HBFS, ==, IS_HBFS);
        g_assert_cmphex (sata_port (s, P_CI), ==, 0xffffffff);
        sata_recover (s);
    }
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ], ==, 0);
}

static void
test_wild_command_table (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    sata_put_command (s, 0, &read);
    store_le64 (sata_header (s, 0) + 8, UINT64_MAX);
    sata_issue (s, 1);
    g_assert_cmphex (sata_port (s, P_IS) & IS_HBFS, ==, IS_HBFS);
}

/* The table's entries may be outside RAM while the table is not. */
static void
test_table_that_leaves_ram (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 2);
    uint8_t *table = s->m->ram + TEST_MACHINE_RAM_BYTES - 0x100;

    sata_put_command (s, 0, &read);
    memcpy (table, sata_table (s, 0), 0x80);
    for (unsigned i = 0; i < 8; i++) {
        store_le64 (table + 0x80 + 16 * i, SATA_BUFFER);
        store_le32 (table + 0x80 + 16 * i + 12, 63);
    }
    store_le32 (sata_header (s, 0), 5 | 100u << 16);
    store_le64 (sata_header (s, 0) + 8, TEST_MACHINE_RAM_BYTES - 0x100);
    sata_issue (s, 1);
    sata_answer (s);
    g_assert_cmphex (sata_port (s, P_IS) & IS_HBFS, ==, IS_HBFS);
}

static void
test_wild_receive_area_loses_fises (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    sata_set_port (s, P_FB, SATA_ABAR);
    g_assert_cmphex (sata_run (s, &read, 512), ==, 0x50);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
}

static void
test_without_bus_master_nothing_is_read (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    pci_config_write (s->m->env.pci, SATA_DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    memset (s->m->ram + SATA_BUFFER, 0xcc, 512);
    sata_run (s, &read, 512);
    g_assert_cmphex (sata_port (s, P_IS) & IS_HBFS, ==, IS_HBFS);
    g_assert_true (sata_all_are (s->m->ram + SATA_BUFFER, 512, 0xcc));
}

/* Runs slot 0 after TAMPER changed it: an interface error, and no sector is touched. */
static void
check_no_command (struct sata *s, unsigned header_offset, uint8_t header, unsigned fis_offset,
                  uint8_t fis)
{
    struct sata_command write = sata_write_sectors (1, 1);

    write.n_prds = 1;
    sata_put_prd (s, 0, 0, SATA_BUFFER, 512);
    sata_put_command (s, 0, &write);
    if (header_offset < 32)
        sata_header (s, 0)[header_offset] = header;
    if (fis_offset < 20)
        sata_table (s, 0)[fis_offset] = fis;
    sata_issue (s, 1);
    g_assert_cmphex (sata_port (s, P_IS) & IS_IFS, ==, IS_IFS);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_WRITE], ==, 0);
    sata_recover (s);
}

static void
test_what_is_no_command_is_refused (struct sata *s, gconstpointer data)
{
    check_no_command (s, 32, 0, 0, 0x34); /* another FIS */
    check_no_command (s, 32, 0, 0, 0);
    check_no_command (s, 0, 2, 20, 0); /* too short: no address, no count */
    check_no_command (s, 0, 0, 20, 0);
    check_no_command (s, 1, 0x02, 20, 0); /* self-test */
    check_no_command (s, 1, 0x10, 20, 0); /* for a port multiplier */
    check_no_command (s, 32, 0, 1, 0x81);
}

/* --- interrupts ---------------------------------------------------------------------------- */

static bool
line (struct sata *s)
{
    return s->m->intx[0x1f][0];
}

static void
test_intx (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    sata_run (s, &read, 512);
    g_assert_false (line (s)); /* nothing is enabled */
    sata_set_port (s, P_IE, IS_DHRS);
    g_assert_cmphex (sata_global (s, H_IS), ==, BIT (SATA_PORT));
    g_assert_false (line (s));
    sata_set_global (s, H_GHC, GHC_AE | GHC_IE);
    g_assert_true (line (s));
    sata_set_global (s, H_IS, BIT (SATA_PORT)); /* in the wrong order: it comes back */
    g_assert_true (line (s));
    sata_set_port (s, P_IS, IS_DHRS);
    g_assert_true (line (s));
    sata_set_global (s, H_IS, BIT (SATA_PORT));
    g_assert_false (line (s));
    g_assert_cmphex (sata_global (s, H_IS), ==, 0);
    sata_run (s, &read, 512);
    g_assert_true (line (s));
    sata_set_global (s, H_GHC, GHC_AE);
    g_assert_false (line (s));
}

static void
switch_msi_on (struct sata *s)
{
    unsigned cap = test_pci_find_cap (s->m, SATA_DEVFN, PCI_CAP_MSI, 0);

    pci_config_write (s->m->env.pci, SATA_DEVFN, cap + 4, 0xfee00000, 4);
    pci_config_write (s->m->env.pci, SATA_DEVFN, cap + 12, 0x4041, 2);
    pci_config_write (s->m->env.pci, SATA_DEVFN, cap + 2, 1, 2);
}

static void
test_msi (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    sata_set_port (s, P_IE, IS_DHRS | IS_TFES);
    sata_set_global (s, H_GHC, GHC_AE | GHC_IE);
    sata_run (s, &read, 512);
    g_assert_true (line (s));
    switch_msi_on (s);
    g_assert_false (line (s)); /* the line is let go */
    s->m->n_msis = 0;
    sata_run (s, &read, 512);
    g_assert_cmpuint (s->m->n_msis, ==, 1);
    g_assert_cmphex (s->m->last_msi.address, ==, 0xfee00000);
    g_assert_cmphex (s->m->last_msi.data, ==, 0x4041);
    g_assert_false (line (s));
    /* a driver's interrupt handler: port, then global */
    sata_set_port (s, P_IS, 0xffffffff);
    sata_set_global (s, H_IS, BIT (SATA_PORT));
    g_assert_cmpuint (s->m->n_msis, ==, 1);
    sata_run (s, &read, 512);
    g_assert_cmpuint (s->m->n_msis, ==, 2);
    sata_set_port (s, P_IE, IS_DHRS); /* nothing new: no further message */
    g_assert_cmpuint (s->m->n_msis, ==, 2);
    /* something comes in between the two: it is not lost */
    sata_set_port (s, P_IS, 0xffffffff);
    sata_run (s, &read, 512);
    s->m->n_msis = 0;
    sata_set_global (s, H_IS, BIT (SATA_PORT));
    g_assert_cmpuint (s->m->n_msis, ==, 1);
}

static void
add (const char *promise, void (*fixture_set_up) (struct sata *s, gconstpointer data),
     void (*test) (struct sata *s, gconstpointer data))
{
    g_autofree char *path = g_strdup_printf ("/ahci/%s", promise);

    g_test_add (path, struct sata, NULL, fixture_set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("is-an-ich9-in-ahci-mode", set_up, test_identity);
    add ("missing-ports-read-zero", set_up, test_missing_ports_read_zero);
    add ("attach-refuses-wrong-ports", set_up, test_attach_refuses_wrong_ports);
    add ("narrow-and-crossing-accesses", set_up, test_narrow_and_crossing_accesses);
    add ("signature-waits-for-receive-area", set_up, test_signature_waits_for_receive_area);
    add ("read-write-flush", set_up_started, test_read_write_flush);
    add ("large-transfers-go-in-steps", set_up_started, test_large_transfers_go_in_steps);
    add ("any-pieces", set_up_started, test_any_pieces);
    add ("interrupt-on-a-piece", set_up_started, test_interrupt_on_a_piece);
    add ("pieces-outside-ram-are-refused", set_up_started, test_pieces_outside_ram_are_refused);
    add ("odd-pieces-are-refused", set_up_started, test_odd_pieces_are_refused);
    add ("write-from-outside-ram-writes-nothing", set_up_started,
         test_write_from_outside_ram_writes_nothing);
    add ("short-table-on-read-is-an-overflow", set_up_started,
         test_short_table_on_read_is_an_overflow);
    add ("short-table-on-write-is-an-error", set_up_started, test_short_table_on_write_is_an_error);
    add ("wild-command-list", set_up_started, test_wild_command_list);
    add ("wild-command-table", set_up_started, test_wild_command_table);
    add ("table-that-leaves-ram", set_up_started, test_table_that_leaves_ram);
    add ("wild-receive-area-loses-fises", set_up_started, test_wild_receive_area_loses_fises);
    add ("without-bus-master-nothing-is-read", set_up_started,
         test_without_bus_master_nothing_is_read);
    add ("what-is-no-command-is-refused", set_up_started, test_what_is_no_command_is_refused);
    add ("intx", set_up_started, test_intx);
    add ("msi", set_up_started, test_msi);
    return g_test_run ();
}
