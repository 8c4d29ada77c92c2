/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci-resets.c - promises of the SATA controller: order of commands, errors, stops, resets. */
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
    sata_start (s);
}

static void
tear_down (struct sata *s, gconstpointer data)
{
    sata_tear_down (s);
}

/* --- the list ------------------------------------------------------------------------------ */

static void
test_commands_run_one_by_one_in_order (struct sata *s, gconstpointer data)
{
    for (unsigned i = 0; i < 32; i++) {
        struct sata_command c =
            i % 4 == 3 ? (struct sata_command){ .command = FLUSH } : sata_write_sectors (i, 1);

        c.n_prds = 1;
        sata_put_prd (s, i, 0, SATA_BUFFER + i * 512, 512);
        memset (s->m->ram + SATA_BUFFER + i * 512, (int) i + 1, 512);
        sata_put_command (s, i, &c);
    }
    sata_issue (s, 0xffffffff);
    for (unsigned i = 0; i < 32; i++) {
        g_assert_cmpuint (s->disk->n_held, ==, 1);
        g_assert_true (s->disk->held[0]->op == (i % 4 == 3 ? BLOCK_FLUSH : BLOCK_WRITE));
        if (i % 4 != 3)
            g_assert_cmpuint (s->disk->held[0]->offset, ==, i * 512);
        g_assert_cmphex (sata_port (s, P_CI), ==, (uint32_t) (0xffffffffull << i));
        g_assert_cmphex (sata_port (s, P_TFD) & TFD_BSY, ==, TFD_BSY);
        held_block_end_first (s->disk);
    }
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    g_assert_cmphex (sata_port (s, P_TFD), ==, 0x50);
    for (unsigned i = 0; i < 32; i++)
        g_assert_true (
            sata_all_are (s->disk->bytes + i * 512, 512, i % 4 == 3 ? 0 : (uint8_t) (i + 1)));
}

/* Slots that are filled while others wait get their turn, also lower ones. */
static void
test_slots_take_turns (struct sata *s, gconstpointer data)
{
    static const unsigned order[] = { 5, 9, 3 };

    for (unsigned i = 0; i < 3; i++) {
        struct sata_command c = sata_read_sectors (order[i], 1);

        c.n_prds = 1;
        sata_put_prd (s, order[i], 0, SATA_BUFFER, 512);
        sata_put_command (s, order[i], &c);
    }
    sata_issue (s, BIT (5));
    sata_issue (s, BIT (3) | BIT (9));
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint (s->disk->held[0]->offset, ==, order[i] * 512);
        held_block_end_first (s->disk);
    }
}

static void
test_error_halts_the_list (struct sata *s, gconstpointer data)
{
    struct sata_command bad = sata_read_sectors (N_SECTORS, 1), good = sata_read_sectors (0, 1);

    good.n_prds = bad.n_prds = 1;
    sata_put_command (s, 4, &bad);
    sata_put_command (s, 5, &good);
    sata_put_prd (s, 5, 0, SATA_BUFFER, 512);
    sata_issue (s, BIT (4) | BIT (5));
    g_assert_cmphex (sata_port (s, P_TFD), ==, 0x1051);
    g_assert_cmphex (sata_port (s, P_IS) & IS_TFES, ==, IS_TFES);
    g_assert_cmphex (sata_port (s, P_CI), ==, BIT (4) | BIT (5));
    g_assert_cmphex (sata_port (s, P_CMD) >> 8 & 0x1f, ==, 4); /* the slot that failed */
    sata_issue (s, BIT (5));
    g_assert_cmpuint (s->disk->n_held, ==, 0);
    sata_recover (s);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    sata_issue (s, BIT (5));
    g_assert_cmpuint (s->disk->n_held, ==, 1);
    held_block_end_first (s->disk);
    g_assert_cmphex (sata_port (s, P_TFD), ==, 0x50);
}

static void
test_stopped_port_takes_no_commands (struct sata *s, gconstpointer data)
{
    struct sata_command read = sata_read_sectors (0, 1);

    sata_put_command (s, 0, &read);
    sata_set_port (s, P_CMD, CMD_FRE);
    sata_issue (s, 1);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ], ==, 0);
}

/* --- stops and resets while a command runs ------------------------------------------------- */

/* Issues a read that is held, and one behind it. */
static void
hold_read (struct sata *s)
{
    struct sata_command read = sata_read_sectors (0, 1), behind = sata_read_sectors (7, 1);

    read.n_prds = behind.n_prds = 1;
    sata_put_prd (s, 0, 0, SATA_BUFFER, 512);
    sata_put_prd (s, 1, 0, SATA_BUFFER + 512, 512);
    sata_put_command (s, 0, &read);
    sata_put_command (s, 1, &behind);
    sata_issue (s, 3);
    g_assert_cmpuint (s->disk->n_held, ==, 1);
    memset (s->m->ram + SATA_FISES + SATA_PORT * 256, 0xee, 256);
    store_le32 (sata_header (s, 0) + 4, 0xeeeeeeee);
}

/* The held request comes back: nobody is told. */
static void
end_cancelled (struct sata *s)
{
    held_block_end_first (s->disk);
    g_assert_cmphex (sata_prdbc (s, 0), ==, 0xeeeeeeee);
    g_assert_cmphex (sata_port (s, P_IS) & (IS_DHRS | IS_TFES), ==, 0);
    g_assert_cmphex (sata_fis (s, 0x20)[0], ==, 0xee);
}

static void
check_works (struct sata *s)
{
    struct sata_command read = sata_read_sectors (3, 1);

    memset (s->disk->bytes + 3 * 512, 0x37, 512);
    g_assert_cmphex (sata_run (s, &read, 512), ==, 0x50);
    g_assert_true (sata_all_are (s->m->ram + SATA_BUFFER, 512, 0x37));
}

static void
test_stop_waits_for_the_drive (struct sata *s, gconstpointer data)
{
    hold_read (s);
    sata_set_port (s, P_CMD, CMD_FRE);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    g_assert_cmphex (sata_port (s, P_CMD) & CMD_CR, ==, CMD_CR); /* still running */
    end_cancelled (s);
    g_assert_cmphex (sata_port (s, P_CMD) & CMD_CR, ==, 0);
    g_assert_cmphex (sata_fis (s, 0x40)[0], ==, 0xee);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_READ], ==, 1);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    check_works (s);
}

static void
test_impatient_restart (struct sata *s, gconstpointer data)
{
    struct sata_command next = sata_read_sectors (9, 1);

    hold_read (s);
    sata_set_port (s, P_CMD, CMD_FRE);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_CLO);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST); /* without waiting for CR */
    next.n_prds = 1;
    sata_put_prd (s, 2, 0, SATA_BUFFER, 512);
    sata_put_command (s, 2, &next);
    sata_issue (s, 4);
    g_assert_cmpuint (s->disk->n_held, ==, 1); /* one at a time */
    g_assert_cmpuint (s->disk->held[0]->offset, ==, 0);
    held_block_end_first (s->disk);
    g_assert_cmphex (sata_port (s, P_CI), ==, 4);
    g_assert_cmphex (sata_prdbc (s, 0), ==, 0xeeeeeeee);
    g_assert_cmpuint (s->disk->held[0]->offset, ==, 9 * 512);
    held_block_end_first (s->disk);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
}

/* A transfer of several steps makes no further one after it was cancelled. */
static void
test_cancelled_write_goes_no_further (struct sata *s, gconstpointer data)
{
    struct sata_command write = sata_write_sectors (0, 1024);

    write.n_prds = 1024;
    for (unsigned i = 0; i < 1024; i++)
        sata_put_prd (s, 0, i, SATA_BUFFER + i * 512, 512);
    sata_put_command (s, 0, &write);
    sata_issue (s, 1);
    held_block_end_first (s->disk);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_WRITE], ==, 2);
    sata_set_port (s, P_CMD, CMD_FRE);
    held_block_end_first (s->disk);
    g_assert_cmpuint (s->disk->n_requests[BLOCK_WRITE], ==, 2);
    g_assert_cmpuint (s->disk->n_held, ==, 0);
}

static void
test_comreset_waits_for_the_drive (struct sata *s, gconstpointer data)
{
    hold_read (s);
    sata_set_port (s, P_CMD, CMD_FRE);
    sata_set_port (s, P_SCTL, 0x301);
    g_assert_cmphex (sata_port (s, P_SSTS) & 0xf, ==, 0);
    g_assert_cmphex (sata_port (s, P_SIG), ==, 0xffffffff);
    sata_set_port (s, P_SCTL, 0x300);
    g_assert_cmphex (sata_port (s, P_SSTS), ==, 0x133);
    g_assert_cmphex (sata_port (s, P_IS) & IS_PCS, ==, IS_PCS);
    g_assert_cmphex (sata_port (s, P_TFD), ==, TFD_BSY);
    end_cancelled (s);
    g_assert_cmphex (sata_port (s, P_TFD), ==, 0x0150);
    g_assert_cmphex (sata_port (s, P_SIG), ==, SIG_DISK);
    g_assert_cmphex (sata_fis (s, 0x40)[0], ==, 0x34);
    g_assert_cmphex (sata_fis (s, 0x40)[1], ==, 0);
    sata_set_port (s, P_SERR, 0xffffffff);
    g_assert_cmphex (sata_port (s, P_IS) & IS_PCS, ==, 0);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    check_works (s);
}

static void
test_comreset_without_stop (struct sata *s, gconstpointer data)
{
    hold_read (s);
    sata_set_port (s, P_SCTL, 1);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    sata_issue (s, 1); /* no link, no command */
    sata_set_port (s, P_SCTL, 4);
    g_assert_cmphex (sata_port (s, P_SSTS), ==, 4);
    sata_set_port (s, P_SCTL, 0);
    end_cancelled (s);
    g_assert_cmphex (sata_port (s, P_SIG), ==, SIG_DISK);
    sata_answer (s);
    sata_recover (s);
    check_works (s);
}

static void
test_hba_reset_waits_for_the_drive (struct sata *s, gconstpointer data)
{
    sata_set_port (s, P_IE, 0xffffffff);
    hold_read (s);
    sata_set_global (s, H_GHC, GHC_AE | GHC_IE | GHC_HR);
    g_assert_cmphex (sata_global (s, H_GHC) & GHC_HR, ==, GHC_HR);
    sata_set_port (s, P_CLB, 0x12345400); /* not now */
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    end_cancelled (s);
    g_assert_cmphex (sata_global (s, H_GHC), ==, GHC_AE);
    g_assert_cmphex (sata_port (s, P_IE), ==, 0);
    g_assert_cmphex (sata_port (s, P_CMD) & (CMD_ST | CMD_FRE | CMD_CR | CMD_FR), ==, 0);
    g_assert_cmphex (sata_port (s, P_CLB), ==, SATA_LISTS + SATA_PORT * 1024); /* kept */
    g_assert_cmphex (sata_port (s, P_SIG), ==, 0xffffffff);
    g_assert_cmphex (sata_port (s, P_TFD), ==, TFD_BSY);
    sata_start (s);
    check_works (s);
}

static void
test_hba_reset_when_idle_is_done_at_once (struct sata *s, gconstpointer data)
{
    sata_set_global (s, H_GHC, GHC_AE | GHC_HR);
    g_assert_cmphex (sata_global (s, H_GHC), ==, GHC_AE);
}

static void
test_machine_reset_waits_for_the_drive (struct sata *s, gconstpointer data)
{
    bool drive_first = GPOINTER_TO_INT (data);

    hold_read (s);
    if (drive_first)
        device_reset (s->drive);
    device_reset (ahci_device (s->ahci));
    if (!drive_first)
        device_reset (s->drive);
    g_assert_cmpuint (s->disk->n_held, ==, 0);
    g_assert_cmphex (sata_prdbc (s, 0), ==, 0xeeeeeeee);
    g_assert_cmphex (pci_config_read (s->m->env.pci, SATA_DEVFN, PCI_COMMAND, 2), ==, 0);
    test_pci_place_bar (s->m, SATA_DEVFN, 5, SATA_ABAR);
    g_assert_cmphex (sata_port (s, P_CLB), ==, 0);
    g_assert_cmphex (sata_port (s, P_IS) & ~0x00400040u, ==, 0);
    sata_start (s);
    check_works (s);
}

static void
test_destroy_waits_for_the_drive (struct sata *s, gconstpointer data)
{
    hold_read (s); /* tear_down() does the rest */
}

static void
test_soft_reset (struct sata *s, gconstpointer data)
{
    struct sata_command up = { .is_control = true, .control = 0x04, .more_flags = 0x500 };
    struct sata_command down = { .is_control = true, .control = 0x00 };

    sata_put_command (s, 0, &up);
    sata_issue (s, 1);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    memset (s->m->ram + SATA_FISES + SATA_PORT * 256, 0xee, 256);
    sata_put_command (s, 0, &down);
    sata_issue (s, 1);
    g_assert_cmphex (sata_port (s, P_CI), ==, 0);
    g_assert_cmphex (sata_port (s, P_TFD), ==, 0x0150);
    g_assert_cmphex (sata_fis (s, 0x40)[0], ==, 0x34);
    g_assert_cmphex (sata_fis (s, 0x40)[12], ==, 1);
    check_works (s);
}

/* --- what there is ------------------------------------------------------------------------- */

static void
add (const char *promise, gconstpointer data, void (*test) (struct sata *s, gconstpointer data))
{
    g_autofree char *path = g_strdup_printf ("/ahci/%s", promise);

    g_test_add (path, struct sata, data, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("commands-run-one-by-one-in-order", NULL, test_commands_run_one_by_one_in_order);
    add ("slots-take-turns", NULL, test_slots_take_turns);
    add ("error-halts-the-list", NULL, test_error_halts_the_list);
    add ("stopped-port-takes-no-commands", NULL, test_stopped_port_takes_no_commands);
    add ("stop-waits-for-the-drive", NULL, test_stop_waits_for_the_drive);
    add ("impatient-restart", NULL, test_impatient_restart);
    add ("cancelled-write-goes-no-further", NULL, test_cancelled_write_goes_no_further);
    add ("comreset-waits-for-the-drive", NULL, test_comreset_waits_for_the_drive);
    add ("comreset-without-stop", NULL, test_comreset_without_stop);
    add ("hba-reset-waits-for-the-drive", NULL, test_hba_reset_waits_for_the_drive);
    add ("hba-reset-when-idle-is-done-at-once", NULL, test_hba_reset_when_idle_is_done_at_once);
    add ("destroy-waits-for-the-drive", NULL, test_destroy_waits_for_the_drive);
    add ("soft-reset", NULL, test_soft_reset);
    add ("machine-reset-waits-for-the-drive", NULL, test_machine_reset_waits_for_the_drive);
    add ("machine-reset-waits-for-the-drive/drive-first", GINT_TO_POINTER (1),
         test_machine_reset_waits_for_the_drive);
    return g_test_run ();
}
