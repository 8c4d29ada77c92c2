/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sata-poke.c - tests: a driver that does anything at all harms nothing but itself.
 *
 * Random registers, command lists, tables, packets, completions and resets from a fixed seed, to a
 * disk and a CD drive; run it with the address sanitizer.  In between, the driver starts properly
 * and sends commands that are nearly good, or else it would hardly get past the first check.  A
 * second test does less wild things from several threads, for the thread sanitizer.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "ata-disk.h"
#include "atapi.h"
#include "bits.h"
#include "sata-fixture.h"

#define N_OPS      200000
#define N_PORTS    2
#define DISK_BYTES (1u << 20)
#define CD_BYTES   (300u * 2048 + 512)
#define TABLES     0x40000u /* 4 KiB a slot and port */

struct poke {
    struct test_machine *m;
    struct ahci *ahci;
    struct device *drives[N_PORTS];
    struct held_block *storage[N_PORTS];
    GRand *rand;
    unsigned n_ended;
};

static uint32_t
pick (struct poke *p, uint32_t n)
{
    return test_pick (p->rand, n);
}

static uint64_t
wild_address (struct poke *p)
{
    static const uint64_t edges[] = {
        0,
        1,
        0x40000,
        TEST_MACHINE_RAM_BYTES - 1024,
        TEST_MACHINE_RAM_BYTES - 2,
        TEST_MACHINE_RAM_BYTES,
        SATA_ABAR,
        UINT32_MAX,
        1ull << 32,
        UINT64_MAX - 1023,
        UINT64_MAX,
    };

    if (pick (p, 4))
        return SATA_BUFFER + pick (p, 0x100000) * 2ull;
    return pick (p, 8) ? edges[pick (p, G_N_ELEMENTS (edges))]
                       : (uint64_t) g_rand_int (p->rand) << 32 | g_rand_int (p->rand);
}

static void
write_port (struct poke *p, unsigned port, unsigned reg, uint32_t value)
{
    test_mmio_write (p->m, SATA_ABAR + 0x100 + port * 0x80 + reg, value, 4);
}

static uint32_t
read_port (struct poke *p, unsigned port, unsigned reg)
{
    return (uint32_t) test_mmio_read (p->m, SATA_ABAR + 0x100 + port * 0x80 + reg, 4);
}

static void
start_port (struct poke *p, unsigned port)
{
    test_pci_place_bar (p->m, SATA_DEVFN, 5, SATA_ABAR);
    write_port (p, port, P_CMD, CMD_FRE);
    write_port (p, port, P_IS, UINT32_MAX);
    write_port (p, port, P_SCTL, 0);
    write_port (p, port, P_CLB, SATA_LISTS + port * 1024);
    write_port (p, port, P_CLB + 4, 0);
    write_port (p, port, P_FB, SATA_FISES + port * 256);
    write_port (p, port, P_FB + 4, 0);
    write_port (p, port, P_IE, g_rand_int (p->rand));
    write_port (p, port, P_CMD, CMD_FRE | CMD_CLO);
    write_port (p, port, P_CMD, CMD_FRE | CMD_ST);
}

static void
poke_register (struct poke *p)
{
    static const uint32_t values[] = { 0, 1, 4, 0x10, 0x11, 0x19, 0x301, UINT32_MAX };
    unsigned size = 1u << pick (p, 4);
    uint64_t offset =
        pick (p, 3) ? 0x100 + pick (p, N_PORTS) * 0x80 + pick (p, 0x44) : pick (p, 0x1000 - 8);
    uint32_t value = pick (p, 2) ? g_rand_int (p->rand) : values[pick (p, G_N_ELEMENTS (values))];

    if (offset < 8 && pick (p, 16))
        return; /* or the controller would be in reset all the time */
    if (pick (p, 3))
        test_mmio_read (p->m, SATA_ABAR + offset, size);
    else
        test_mmio_write (p->m, SATA_ABAR + offset, value, size);
}

static uint64_t
wild_lba (struct poke *p)
{
    switch (pick (p, 8)) {
    case 0:
        return DISK_BYTES / 512 - pick (p, 4);
    case 1:
        return (uint64_t) g_rand_int (p->rand) << 16 | g_rand_int (p->rand);
    default:
        return pick (p, DISK_BYTES / 512);
    }
}

static void
put_cdb (struct poke *p, uint8_t *cdb)
{
    static const uint8_t opcodes[] = { 0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x25, 0x28,
                                       0x28, 0x2b, 0x42, 0x43, 0x46, 0x4a, 0x51, 0x52,
                                       0x5a, 0xa8, 0xa8, 0xad, 0xbb, 0xbd, 0xbe, 0xbe };

    for (unsigned i = 0; i < 16; i++)
        cdb[i] = pick (p, 3) ? 0 : (uint8_t) g_rand_int (p->rand);
    cdb[0] =
        pick (p, 20) ? opcodes[pick (p, G_N_ELEMENTS (opcodes))] : (uint8_t) g_rand_int (p->rand);
    if (pick (p, 2)) { /* a sector that may be there, and some of them */
        store_be32 (cdb + 2, pick (p, 310));
        cdb[6] = cdb[7] = 0;
        cdb[8] = (uint8_t) pick (p, 100);
    }
}

static void
put_table (struct poke *p, unsigned port, uint8_t *table, unsigned n_prds)
{
    static const uint8_t commands[] = { 0x06, 0x08, 0x20, 0x24, 0x25, 0x25, 0x29, 0x30, 0x34,
                                        0x35, 0x35, 0x39, 0x42, 0x91, 0xc4, 0xc5, 0xc6, 0xc8,
                                        0xca, 0xe0, 0xe7, 0xea, 0xec, 0xef, 0xa1, 0xf8 };
    uint64_t lba = wild_lba (p);

    memset (table, 0, 0x80);
    table[0] = pick (p, 40) ? 0x27 : (uint8_t) g_rand_int (p->rand);
    table[1] = pick (p, 20) ? 0x80 : 0;
    table[2] =
        pick (p, 40) ? commands[pick (p, G_N_ELEMENTS (commands))] : (uint8_t) g_rand_int (p->rand);
    if (port == 1 && pick (p, 8))
        table[2] = 0xa0;
    table[3] = (uint8_t) pick (p, pick (p, 4) ? 2 : 256);
    store_le (table + 4, lba, 3);
    table[7] = pick (p, 8) ? 0x40 : (uint8_t) g_rand_int (p->rand);
    store_le (table + 8, lba >> 24, 3);
    table[12] = (uint8_t) pick (p, pick (p, 4) ? 32 : 256);
    table[13] = (uint8_t) (pick (p, 3) ? 0 : g_rand_int (p->rand));
    table[15] = (uint8_t) (pick (p, 2) * 4);
    put_cdb (p, table + 0x40);
    for (unsigned i = 0; i < n_prds; i++) {
        uint8_t *prd = table + 0x80 + 16 * i;
        uint32_t bytes = pick (p, 2) ? 2 * (1 + pick (p, 2048)) : 4096;

        store_le64 (prd, pick (p, 500) ? SATA_BUFFER + pick (p, 0x10000) * 2ull : wild_address (p));
        store_le32 (prd + 12, pick (p, 500) ? bytes - 1 : g_rand_int (p->rand));
    }
}

static void
issue_command (struct poke *p)
{
    unsigned port = pick (p, N_PORTS), slot = pick (p, 32);
    unsigned n_prds = pick (p, pick (p, 4) ? 40 : 240);
    uint32_t table = TABLES + (port * 32 + slot) * 0x1000;
    uint32_t errors = IS_TFES | IS_HBFS | IS_IFS;
    uint8_t *header = p->m->ram + SATA_LISTS + port * 1024 + slot * 32;

    if (pick (p, 4)
        && (!(read_port (p, port, P_CMD) & CMD_ST) || (read_port (p, port, P_IS) & errors)))
        start_port (p, port);
    store_le32 (header, (pick (p, 30) ? 5 : pick (p, 32)) | (port == 1 ? 0x20u : 0)
                            | (pick (p, 60) ? 0 : g_rand_int (p->rand) & 0xffc0)
                            | (pick (p, 20) ? n_prds : g_rand_int (p->rand)) << 16);
    store_le64 (header + 8, pick (p, 40) ? table : wild_address (p));
    put_table (p, port, p->m->ram + table, n_prds);
    write_port (p, port, P_CI, pick (p, 8) ? BIT (slot) : g_rand_int (p->rand));
}

static void
end_request (struct poke *p, unsigned port)
{
    struct held_block *storage = p->storage[port];

    if (storage->n_held == 0)
        return;
    storage->error = pick (p, 10) ? 0 : -EIO;
    held_block_end_first (storage);
    p->n_ended++;
}

static void
change_medium (struct poke *p)
{
    struct held_block *next = held_block_new (p->m->env.io_loop, CD_BYTES, true);

    g_assert_cmpint (p->drives[1]->ops->insert (p->drives[1], &next->block, true), ==, 0);
    p->storage[1] = next;
}

static void
scribble (struct poke *p)
{
    uint32_t first = pick (p, 2) ? SATA_LISTS : TABLES;

    p->m->ram[first + pick (p, 0x20000)] = (uint8_t) g_rand_int (p->rand);
}

static void
reset_machine (struct poke *p)
{
    if (pick (p, 2))
        device_reset (p->drives[pick (p, N_PORTS)]);
    device_reset (ahci_device (p->ahci));
    for (unsigned i = 0; i < N_PORTS; i++)
        device_reset (p->drives[i]);
}

static void
poke_once (struct poke *p)
{
    unsigned what = pick (p, 1000);

    if (what < 250)
        poke_register (p);
    else if (what < 500)
        issue_command (p);
    else if (what < 850)
        end_request (p, pick (p, N_PORTS));
    else if (what < 900)
        scribble (p);
    else if (what < 990)
        start_port (p, pick (p, N_PORTS));
    else if (what < 994)
        change_medium (p);
    else if (what < 996)
        reset_machine (p);
    else
        loop_iterate (p->m->env.loop, 0);
}

static void
set_up (struct poke *p, gconstpointer data)
{
    static const struct device_class *classes[N_PORTS] = { &ata_disk_class, &atapi_cdrom_class };

    p->m = test_machine_new ();
    p->rand = g_rand_new_with_seed (0x5a7a);
    p->storage[0] = held_block_new (p->m->env.io_loop, DISK_BYTES, false);
    p->storage[1] = held_block_new (p->m->env.io_loop, CD_BYTES, true);
    g_assert_cmpint (ahci_create (&p->m->env, SATA_DEVFN, &p->ahci), ==, 0);
    for (unsigned i = 0; i < N_PORTS; i++) {
        struct device_args args = test_device_args (p->m, classes[i], "sata");

        args.block = &p->storage[i]->block;
        g_assert_cmpint (classes[i]->create (&args, &p->drives[i]), ==, 0);
        g_assert_cmpint (ahci_attach (p->ahci, i, p->drives[i]), ==, 0);
    }
    test_pci_place_bar (p->m, SATA_DEVFN, 5, SATA_ABAR);
}

static void
tear_down (struct poke *p, gconstpointer data)
{
    device_destroy (ahci_device (p->ahci));
    for (unsigned i = 0; i < N_PORTS; i++)
        device_destroy (p->drives[i]);
    g_rand_free (p->rand);
    test_machine_free (p->m);
}

/* After all that, a driver that behaves finds both drives working. */
static void
check_port_works (struct poke *p, unsigned port)
{
    uint8_t *header = p->m->ram + SATA_LISTS + port * 1024;
    uint8_t *table = p->m->ram + TABLES;

    p->storage[port]->error = 0;
    start_port (p, port);
    write_port (p, port, P_IS, UINT32_MAX);
    memset (header, 0, 32);
    store_le32 (header, 5 | 1 << 16);
    store_le64 (header + 8, TABLES);
    memset (table, 0, 0x100);
    table[0] = 0x27;
    table[1] = 0x80;
    table[2] = port == 0 ? 0xec : 0xa1;
    store_le64 (table + 0x80, SATA_BUFFER);
    store_le32 (table + 0x8c, 511);
    write_port (p, port, P_CI, 1);
    g_assert_cmphex (read_port (p, port, P_CI), ==, 0);
    g_assert_cmphex (read_port (p, port, P_TFD), ==, 0x50);
    g_assert_cmphex (load_le16 (p->m->ram + SATA_BUFFER), ==, port == 0 ? 0x0040 : 0x85c0);
}

static void
test_anything (struct poke *p, gconstpointer data)
{
    for (unsigned i = 0; i < N_OPS; i++)
        poke_once (p);
    g_assert_cmpuint (p->n_ended, >, N_OPS / 50); /* it did get somewhere */
    g_assert_cmpuint (p->storage[0]->n_requests[BLOCK_READ], >, 100);
    g_assert_cmpuint (p->storage[0]->n_requests[BLOCK_WRITE], >, 100);
    reset_machine (p);
    for (unsigned i = 0; i < N_PORTS; i++)
        check_port_works (p, i);
    g_assert_cmpuint (p->m->n_broken, ==, 0);
}

/* --- threads ------------------------------------------------------------------------------- */

#define THREAD_OPS 3000

static gpointer
run_loop (gpointer data)
{
    struct test_machine *m = data;

    loop_run (m->env.loop);
    return NULL;
}

static gpointer
drive (gpointer data)
{
    struct sata *s = data;

    for (unsigned i = 0; i < THREAD_OPS; i++) {
        switch (i % 97) {
        case 0:
            sata_set_port (s, P_CMD, CMD_FRE);
            break;
        case 1:
            sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
            break;
        case 50:
            sata_set_port (s, P_SCTL, 1);
            break;
        case 51:
            sata_set_port (s, P_SCTL, 0);
            break;
        default:
            sata_set_port (s, P_CI, BIT (i % 32));
            sata_port (s, P_IS);
            sata_set_port (s, P_IS, UINT32_MAX);
            sata_set_global (s, H_IS, UINT32_MAX);
            break;
        }
    }
    return NULL;
}

/* Two vCPUs and the disks' thread at the same port, on a real file. */
static void
test_threads (void)
{
    struct sata s = { .m = test_machine_new () };
    g_autofree char *path = g_strdup ("/tmp/vitrine-sata-XXXXXX");
    GThread *threads[2], *loop_thread;
    int fd = g_mkstemp (path);
    struct block *block;

    g_assert_cmpint (ftruncate (fd, DISK_BYTES), ==, 0);
    g_assert_cmpint (block_raw_open (s.m->env.io_loop, fd, 0, &block), ==, 0);
    sata_set_up_with (&s, &ata_disk_class, block);
    sata_start (&s);
    sata_set_port (&s, P_IE, UINT32_MAX);
    sata_set_global (&s, H_GHC, GHC_AE | GHC_IE);
    for (unsigned slot = 0; slot < 32; slot++) {
        struct sata_command c = { .command = slot % 2 ? 0x25 : 0x35,
                                  .device = 0x40,
                                  .lba = slot * 8,
                                  .count = 8,
                                  .n_prds = 1 };

        sata_put_prd (&s, slot, 0, SATA_BUFFER + slot * 4096, 4096);
        sata_put_command (&s, slot, &c);
    }
    loop_thread = g_thread_new ("loop", run_loop, s.m);
    for (unsigned i = 0; i < 2; i++)
        threads[i] = g_thread_new ("vcpu", drive, &s);
    for (unsigned i = 0; i < 2; i++)
        g_thread_join (threads[i]);
    loop_quit (s.m->env.loop);
    g_thread_join (loop_thread);
    device_reset (ahci_device (s.ahci));
    device_reset (s.drive);
    sata_tear_down (&s);
    g_unlink (path);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/sata/anything-at-all-harms-nothing", struct poke, NULL, set_up, test_anything,
                tear_down);
    g_test_add_func ("/sata/threads", test_threads);
    return g_test_run ();
}
