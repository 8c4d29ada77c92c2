/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sata-fixture.c - a SATA controller with one drive, and a driver for it. */
#include "sata-fixture.h"

#include <string.h>
#include <sys/mman.h>

#include "bits.h"

/* --- storage ------------------------------------------------------------------------------- */

static struct held_block *
held_of (struct block *block)
{
    return container_of (block, struct held_block, block);
}

static void
held_submit (struct block *block, struct block_request *request)
{
    struct held_block *held = held_of (block);

    g_assert_cmpuint (held->n_held, <, G_N_ELEMENTS (held->held));
    held->held[held->n_held++] = request;
    held->n_requests[request->op]++;
}

static void
move_data (struct held_block *held, struct block_request *request)
{
    uint8_t *at = held->bytes + request->offset;

    for (unsigned i = 0; i < request->n_iov; i++) {
        const struct iovec *iov = &request->iov[i];

        if (request->op == BLOCK_READ)
            memcpy (iov->iov_base, at, iov->iov_len);
        else
            memcpy (at, iov->iov_base, iov->iov_len);
        at += iov->iov_len;
    }
}

static void
end_first_locked (struct held_block *held)
{
    struct block_request *request = held->held[0];

    g_assert_cmpuint (held->n_held, >, 0);
    memmove (held->held, held->held + 1, --held->n_held * sizeof held->held[0]);
    if (held->error == 0) {
        if (request->op == BLOCK_READ || request->op == BLOCK_WRITE)
            move_data (held, request);
        else if (request->op == BLOCK_DISCARD)
            memset (held->bytes + request->offset, 0, request->length);
    }
    block_finish_locked (&held->block, request, held->error);
}

/* block_drain() waits: then requests end. */
static void
held_wait (struct block *block)
{
    end_first_locked (held_of (block));
}

static void
held_destroy (struct block *block)
{
    struct held_block *held = held_of (block);

    block_fini (block);
    munmap (held->bytes, MAX_OF (block->info.size_bytes, 1));
    g_free (held);
}

static const struct block_driver_ops held_ops = {
    .submit = held_submit,
    .wait = held_wait,
    .destroy = held_destroy,
};

struct held_block *
held_block_new (struct loop *loop, uint64_t size_bytes, bool read_only)
{
    struct held_block *held = g_new0 (struct held_block, 1);

    /* only what is touched takes memory: a DVD is large */
    held->bytes = mmap (NULL, MAX_OF (size_bytes, 1), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_assert_true (held->bytes != MAP_FAILED);
    held->block.info.size_bytes = size_bytes;
    held->block.info.read_only = read_only;
    held->block.info.can_discard = held->block.info.discard_zeroes = !read_only;
    block_init (&held->block, &held_ops, loop);
    return held;
}

void
held_block_end_first (struct held_block *held)
{
    pthread_mutex_lock (&held->block.lock);
    end_first_locked (held);
    pthread_mutex_unlock (&held->block.lock);
    block_run_finished (&held->block);
}

/* --- the machine --------------------------------------------------------------------------- */

void
sata_set_up_with (struct sata *s, const struct device_class *class, struct block *block)
{
    struct device_args args;

    args = test_device_args (s->m, class, "sata0");
    args.block = block;
    args.unit = SATA_PORT;
    g_assert_cmpint (ahci_create (&s->m->env, SATA_DEVFN, &s->ahci), ==, 0);
    g_assert_cmpint (class->create (&args, &s->drive), ==, 0);
    g_assert_cmpint (ahci_attach (s->ahci, SATA_PORT, s->drive), ==, 0);
    device_reset (ahci_device (s->ahci));
    device_reset (s->drive);
    test_pci_place_bar (s->m, SATA_DEVFN, 5, SATA_ABAR);
}

void
sata_set_up (struct sata *s, const struct device_class *class, uint64_t size_bytes)
{
    s->m = test_machine_new ();
    if (size_bytes > 0)
        s->disk = held_block_new (s->m->env.io_loop, size_bytes, false);
    sata_set_up_with (s, class, s->disk ? &s->disk->block : NULL);
}

void
sata_tear_down (struct sata *s)
{
    device_destroy (ahci_device (s->ahci));
    device_destroy (s->drive);
    test_machine_free (s->m);
}

uint32_t
sata_global (struct sata *s, unsigned reg)
{
    return (uint32_t) test_mmio_read (s->m, SATA_ABAR + reg, 4);
}

void
sata_set_global (struct sata *s, unsigned reg, uint32_t value)
{
    test_mmio_write (s->m, SATA_ABAR + reg, value, 4);
}

uint32_t
sata_port (struct sata *s, unsigned reg)
{
    return sata_global (s, 0x100 + SATA_PORT * 0x80 + reg);
}

void
sata_set_port (struct sata *s, unsigned reg, uint32_t value)
{
    sata_set_global (s, 0x100 + SATA_PORT * 0x80 + reg, value);
}

void
sata_start (struct sata *s)
{
    sata_set_global (s, H_GHC, GHC_AE);
    sata_set_port (s, P_CLB, SATA_LISTS + SATA_PORT * 1024);
    sata_set_port (s, P_FB, SATA_FISES + SATA_PORT * 256);
    sata_set_port (s, P_CMD, CMD_FRE);
    sata_set_port (s, P_SERR, 0xffffffff);
    g_assert_cmphex (sata_port (s, P_TFD) & 0x88, ==, 0);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
    sata_set_port (s, P_IS, 0xffffffff);
}

void
sata_recover (struct sata *s)
{
    sata_set_port (s, P_CMD, CMD_FRE);
    g_assert_cmphex (sata_port (s, P_CMD) & CMD_CR, ==, 0);
    sata_set_port (s, P_IS, 0xffffffff);
    sata_set_port (s, P_CMD, CMD_FRE | CMD_ST);
}

/* --- commands ------------------------------------------------------------------------------ */

uint8_t *
sata_header (struct sata *s, unsigned slot)
{
    return s->m->ram + SATA_LISTS + SATA_PORT * 1024 + slot * 32;
}

uint8_t *
sata_table (struct sata *s, unsigned slot)
{
    return s->m->ram + SATA_TABLES + slot * 0x10000;
}

void
sata_put_prd (struct sata *s, unsigned slot, unsigned index, uint64_t address, uint32_t bytes)
{
    uint8_t *prd = sata_table (s, slot) + 0x80 + index * 16;

    store_le64 (prd, address);
    store_le32 (prd + 8, 0);
    store_le32 (prd + 12, bytes - 1);
}

void
sata_put_command (struct sata *s, unsigned slot, const struct sata_command *c)
{
    uint8_t *header = sata_header (s, slot), *fis = sata_table (s, slot);

    memset (header, 0, 32);
    store_le32 (header, 5u | (c->cdb ? 0x20u : 0) | c->n_prds << 16 | c->more_flags);
    store_le64 (header + 8, SATA_TABLES + slot * 0x10000);
    memset (fis, 0, 0x80);
    fis[0] = 0x27;
    fis[1] = c->is_control ? 0 : 0x80;
    fis[2] = c->command;
    fis[3] = (uint8_t) c->feature;
    fis[11] = (uint8_t) (c->feature >> 8);
    for (unsigned i = 0; i < 3; i++) {
        fis[4 + i] = (uint8_t) (c->lba >> (8 * i));
        fis[8 + i] = (uint8_t) (c->lba >> (24 + 8 * i));
    }
    fis[7] = c->device;
    store_le16 (fis + 12, c->count);
    fis[15] = c->control;
    if (c->cdb)
        memcpy (fis + 0x40, c->cdb, 12);
}

void
sata_issue (struct sata *s, uint32_t slots)
{
    sata_set_port (s, P_CI, slots);
}

void
sata_answer (struct sata *s)
{
    while (s->disk && s->disk->n_held > 0)
        held_block_end_first (s->disk);
}

static bool
has_ended (void *opaque)
{
    struct sata *s = opaque;

    sata_answer (s);
    return !(sata_port (s, P_CI) & 1) || (sata_port (s, P_IS) & (IS_TFES | IS_HBFS | IS_IFS));
}

uint32_t
sata_run (struct sata *s, const struct sata_command *command, uint32_t bytes)
{
    struct sata_command copy = *command;

    if (bytes > 0) {
        copy.n_prds = 1;
        sata_put_prd (s, 0, 0, SATA_BUFFER, bytes);
    }
    sata_put_command (s, 0, &copy);
    sata_issue (s, 1);
    test_machine_wait (s->m, has_ended, s);
    return sata_port (s, P_TFD);
}

const uint8_t *
sata_fis (struct sata *s, unsigned offset)
{
    return s->m->ram + SATA_FISES + SATA_PORT * 256 + offset;
}

uint32_t
sata_prdbc (struct sata *s, unsigned slot)
{
    return load_le32 (sata_header (s, slot) + 4);
}

struct sata_command
sata_read_sectors (uint64_t lba, uint16_t count)
{
    return (struct sata_command){ .command = 0x25, .device = 0x40, .lba = lba, .count = count };
}

struct sata_command
sata_write_sectors (uint64_t lba, uint16_t count)
{
    return (struct sata_command){ .command = 0x35, .device = 0x40, .lba = lba, .count = count };
}

void
sata_fill (uint8_t *buf, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++)
        buf[i] = (uint8_t) (seed + i * 13 + i / 509);
}

bool
sata_all_are (const uint8_t *buf, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        if (buf[i] != value)
            return false;
    }
    return true;
}
