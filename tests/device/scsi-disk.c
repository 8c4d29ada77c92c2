/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-disk.c - tests: a SCSI disk's commands, through the controller. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "virtio-scsi-fixture.h"

#define LAST (DISK_SECTORS - 1)

static const struct block_info read_only = { .read_only = true };
static const struct block_info no_discard = { .can_discard = false };

/* --- what it says of itself ------------------------------------------------------------------ */

static void
test_inquiry (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t plain[16] = { 0x12, 0, 0, 0, 96 };
    static const uint8_t pages[16] = { 0x12, 1, 0x00, 0, 255 };
    static const uint8_t serial[16] = { 0x12, 1, 0x80, 0, 255 };
    static const uint8_t identifier[16] = { 0x12, 1, 0x83, 0, 255 };
    static const uint8_t none[16] = { 0x12, 1, 0x84, 0, 255 };
    static const uint8_t page_without_evpd[16] = { 0x12, 0, 0x80, 0, 255 };
    static const uint8_t expected[] = { 0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2 };
    struct scsi_answer answer;

    virtio_driver_start (&f->d, 0, 4, HBA_QUEUE_SIZE);
    answer = scsi_in (f, HD_LUN, plain, 96); /* also while there is a unit attention */
    assert_good (answer);
    g_assert_cmpuint (answer.resid, ==, 60);
    g_assert_cmpmem (answer.data, 8, "\x00\x00\x05\x02\x1f\x00\x00\x02", 8);
    g_assert_cmpmem (answer.data + 8, 28, "VITRINE DISK            1.0 ", 28);
    answer = scsi_in (f, HD_LUN, pages, 255);
    g_assert_cmpmem (answer.data + 4, answer.data[3], expected, sizeof expected);
    answer = scsi_in (f, HD_LUN, serial, 255);
    g_assert_cmpmem (answer.data + 4, answer.data[3], "scsi0-0-0-0", 11);
    answer = scsi_in (f, HD_LUN, identifier, 255);
    g_assert_cmphex (answer.data[4], ==, 0x02);
    g_assert_cmpmem (answer.data + 8, answer.data[7], "VITRINE scsi0-0-0-0", 19);
    assert_sense (scsi_in (f, HD_LUN, none, 255), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    assert_sense (scsi_in (f, HD_LUN, page_without_evpd, 255), SENSE_ILLEGAL_REQUEST,
                  ASC_INVALID_FIELD);
}

static void
test_limits (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t limits[16] = { 0x12, 1, 0xb0, 0, 255 };
    static const uint8_t rotation[16] = { 0x12, 1, 0xb1, 0, 255 };
    static const uint8_t provisioning[16] = { 0x12, 1, 0xb2, 0, 255 };
    struct scsi_answer answer;

    scsi_start_driver (f);
    answer = scsi_in (f, HD_LUN, limits, 255);
    g_assert_cmpuint (load_be16 (answer.data + 6), ==, 8);
    g_assert_cmpuint (load_be32 (answer.data + 20), ==, info ? 0 : 2u << 20 << 1);
    g_assert_cmpuint (load_be32 (answer.data + 24), ==, info ? 0 : 16);
    g_assert_cmpuint (load_be64 (answer.data + 36), ==, 64 << 11);
    answer = scsi_in (f, HD_LUN, rotation, 255);
    g_assert_cmpuint (load_be16 (answer.data + 4), ==, 1);
    answer = scsi_in (f, HD_LUN, provisioning, 255);
    g_assert_cmphex (answer.data[5], ==, info ? 0 : 0xe4);
}

static void
test_capacity (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t short_form[16] = { 0x25 };
    static const uint8_t long_form[16] = { 0x9e, 0x10, [13] = 32 };
    static const uint8_t other[16] = { 0x9e, 0x12, [13] = 32 };
    struct scsi_answer answer;

    scsi_start_driver (f);
    answer = scsi_in (f, HD_LUN, short_form, 8);
    g_assert_cmpuint (load_be32 (answer.data), ==, LAST);
    g_assert_cmpuint (load_be32 (answer.data + 4), ==, 512);
    answer = scsi_in (f, HD_LUN, long_form, 32);
    g_assert_cmpuint (load_be64 (answer.data), ==, LAST);
    g_assert_cmpuint (answer.data[13], ==, 3);
    g_assert_cmphex (answer.data[14], ==, 0xc0);
    assert_sense (scsi_in (f, HD_LUN, other, 32), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    /* More blocks than the short form can say. */
    f->disk->block.info.size_bytes = 5ull << 41;
    answer = scsi_in (f, HD_LUN, short_form, 8);
    g_assert_cmphex (load_be32 (answer.data), ==, UINT32_MAX);
    answer = scsi_in (f, HD_LUN, long_form, 32);
    g_assert_cmpuint (load_be64 (answer.data), ==, (5ull << 32) - 1);
}

/* --- reading and writing --------------------------------------------------------------------- */

static void
test_reads_of_all_lengths (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t cdbs[][16] = {
        { 0x08, 0, 0, 10, 3 },
        { 0x28, 0, 0, 0, 0, 10, 0, 0, 3 },
        { 0xa8, 0, 0, 0, 0, 10, 0, 0, 0, 3 },
        { 0x88, [9] = 10, [13] = 3 },
    };

    scsi_start_driver (f);
    for (unsigned i = 0; i < ARRAY_SIZE (cdbs); i++) {
        struct scsi_answer answer = scsi_in (f, HD_LUN, cdbs[i], 3 * 512);

        assert_good (answer);
        g_assert_cmpuint (answer.resid, ==, 0);
        g_assert_cmpuint (answer.used, ==, 108 + 3 * 512);
        g_assert_cmpmem (answer.data, 3 * 512, f->disk->contents + 10 * 512, 3 * 512);
    }
}

static void
test_writes_of_all_lengths (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t cdbs[][16] = {
        { 0x0a, 0, 0, 20, 2 },
        { 0x2a, 0, 0, 0, 0, 20, 0, 0, 2 },
        { 0xaa, 0, 0, 0, 0, 20, 0, 0, 0, 2 },
        { 0x8a, [9] = 20, [13] = 2 },
    };
    uint8_t bytes[1024];

    scsi_start_driver (f);
    for (unsigned i = 0; i < ARRAY_SIZE (cdbs); i++) {
        memset (bytes, (int) (0x51 + i), sizeof bytes);
        assert_good (scsi_out (f, HD_LUN, cdbs[i], bytes, sizeof bytes));
        g_assert_cmpmem (f->disk->contents + 20 * 512, 1024, bytes, 1024);
    }
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_FLUSH], ==, 0);
}

static void
test_places_off_the_disk (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t cdbs[][16] = {
        { 0x08, 0, 1, 0, 1 },
        { 0x28, 0, 0, 0, 0, LAST, 0, 0, 2 },
        { 0x28, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 1 },
        { 0xa8, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
        { 0x88, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
        { 0x8f, 0, [8] = 1, [13] = 1 },
        { 0x35, 0, 0, 0, 1, 1 },
    };
    static const uint8_t at_the_end[16] = { 0x28, 0, 0, 0, 1, 0, 0, 0, 0 };

    scsi_start_driver (f);
    for (unsigned i = 0; i < ARRAY_SIZE (cdbs); i++)
        assert_sense (scsi_in (f, HD_LUN, cdbs[i], 512), SENSE_ILLEGAL_REQUEST,
                      ASC_LBA_OUT_OF_RANGE);
    assert_good (scsi_in (f, HD_LUN, at_the_end, 0)); /* nothing, at the end, is on the disk */
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_READ], ==, 0);
}

static void
test_buffer_too_short (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 3 };
    static const uint8_t write[16] = { 0x2a, 0, 0, 0, 0, 0, 0, 0, 3 };
    uint8_t bytes[1024] = { 0 };

    scsi_start_driver (f);
    g_assert_cmpuint (scsi_in (f, HD_LUN, read, 1535).response, ==, VIRTIO_SCSI_S_OVERRUN);
    g_assert_cmpuint (scsi_out (f, HD_LUN, write, bytes, 1024).response, ==, VIRTIO_SCSI_S_OVERRUN);
    g_assert_cmpuint (scsi_out (f, HD_LUN, read, bytes, 1024).response, ==, VIRTIO_SCSI_S_OVERRUN);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_READ] + f->disk->n_submitted[BLOCK_WRITE], ==, 0);
}

static void
test_buffer_too_long (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 };
    struct scsi_answer answer;

    scsi_start_driver (f);
    answer = scsi_in (f, HD_LUN, read, 2048);
    assert_good (answer);
    g_assert_cmpuint (answer.resid, ==, 1536);
    g_assert_cmpuint (answer.used, ==, 108 + 512);
}

static void
test_errors (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 };
    static const uint8_t write[16] = { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 };
    static const struct {
        const uint8_t *cdb;
        int result;
        uint8_t key;
        uint16_t asc;
    } errors[] = {
        { read, -EIO, SENSE_MEDIUM_ERROR, ASC_READ_ERROR },
        { write, -EIO, SENSE_MEDIUM_ERROR, ASC_WRITE_ERROR },
        { write, -ENOSPC, SENSE_DATA_PROTECT, ASC_SPACE_EXHAUSTED },
        { write, -EROFS, SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED },
    };
    uint8_t bytes[512] = { 0 };

    scsi_start_driver (f);
    for (unsigned i = 0; i < ARRAY_SIZE (errors); i++) {
        struct scsi_call call =
            scsi_send_to (f, 0, HD_LUN, errors[i].cdb, errors[i].cdb == read ? SCSI_IN : SCSI_OUT,
                          errors[i].cdb == read ? NULL : bytes, 512);

        fake_block_finish (f->disk, 0, errors[i].result);
        assert_sense (scsi_await (f, &call), errors[i].key, errors[i].asc);
    }
}

static void
test_read_only (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t cdbs[][16] = {
        { 0x0a, 0, 0, 0, 1 },  { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 },  { 0x41, 0, 0, 0, 0, 0, 0, 0, 1 },
        { 0x93, 0, [13] = 1 }, { 0x42, 0, 0, 0, 0, 0, 0, 0, 24 },
    };
    static const uint8_t sense[16] = { 0x1a, 8, 0x08, 0, 64 };
    uint8_t bytes[512] = { 0 };

    scsi_start_driver (f);
    for (unsigned i = 0; i < ARRAY_SIZE (cdbs); i++)
        assert_sense (scsi_out (f, HD_LUN, cdbs[i], bytes, 512), SENSE_DATA_PROTECT,
                      ASC_WRITE_PROTECTED);
    g_assert_cmphex (scsi_in (f, HD_LUN, sense, 64).data[2], ==, 0x90);
    g_assert_cmpuint (f->disk->n_pending, ==, 0);
}

/* --- the cache ------------------------------------------------------------------------------- */

static void
test_flushes (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t flush[16] = { 0x35 };
    static const uint8_t flush_16[16] = { 0x91 };
    static const uint8_t fua[16] = { 0x2a, 8, 0, 0, 0, 0, 0, 0, 1 };
    uint8_t bytes[512] = { 0 };

    scsi_start_driver (f);
    assert_good (scsi_in (f, HD_LUN, flush, 0));
    assert_good (scsi_in (f, HD_LUN, flush_16, 0));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_FLUSH], ==, 2);
    assert_good (scsi_out (f, HD_LUN, fua, bytes, 512));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_FLUSH], ==, 3);
}

static void
test_cache_off (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t select[16] = { 0x15, 0x10, 0, 0, 24 };
    static const uint8_t sense[16] = { 0x1a, 8, 0x08, 0, 64 };
    static const uint8_t sense_10[16] = { 0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 128 };
    static const uint8_t write[16] = { 0x0a, 0, 0, 0, 1 };
    uint8_t off[24] = { 0, 0, 0, 0, 0x08, 18 };
    uint8_t bytes[512] = { 0 };
    struct scsi_answer answer;

    scsi_start_driver (f);
    answer = scsi_in (f, HD_LUN, sense, 64);
    g_assert_cmpuint (answer.data[0], ==, 23);
    g_assert_cmphex (answer.data[4 + 2], ==, 0x04);
    assert_good (scsi_out (f, HD_LUN, select, off, sizeof off));
    g_assert_cmphex (scsi_in (f, HD_LUN, sense, 64).data[4 + 2], ==, 0);
    assert_good (scsi_out (f, HD_LUN, write, bytes, 512));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_FLUSH], ==, 1);
    answer = scsi_in (f, HD_LUN, sense_10, 128);
    g_assert_cmpuint (load_be16 (answer.data) + 2, ==, 8 + 8 + 12 + 20 + 12);
    g_assert_cmpuint (load_be32 (answer.data + 8), ==, DISK_SECTORS);
}

static void
test_modes_that_are_refused (struct scsi_fixture *f, gconstpointer info)
{
    static const struct {
        uint8_t length;
        uint8_t list[28];
        uint16_t asc;
    } lists[] = {
        { 24, { 0, 0, 0, 0, 0x08, 18, 0x05 }, ASC_INVALID_PARAMETER },     /* another bit */
        { 24, { 0, 0, 0, 0, 0x08, 17 }, ASC_INVALID_PARAMETER },           /* another length */
        { 24, { 0, 0, 0, 0, 0x19, 18 }, ASC_INVALID_PARAMETER },           /* another page */
        { 20, { 0, 0, 0, 0, 0x08, 18, 0x04 }, ASC_PARAMETER_LIST_LENGTH }, /* cut off */
        { 5, { 0, 0, 0, 0, 0x08 }, ASC_PARAMETER_LIST_LENGTH },
        { 3, { 0 }, ASC_PARAMETER_LIST_LENGTH },
        { 12, { 0, 0, 0, 16 }, ASC_INVALID_PARAMETER }, /* two descriptors */
        { 8, { 0, 0, 0, 8 }, ASC_INVALID_PARAMETER },
        { 12, { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 16, 0 }, ASC_INVALID_PARAMETER }, /* 4 KiB blocks */
    };
    static const uint8_t saved[16] = { 0x1a, 8, 0xc8, 0, 64 };
    static const uint8_t unknown[16] = { 0x1a, 8, 0x19, 0, 64 };
    static const uint8_t save[16] = { 0x15, 0x11, 0, 0, 24 };

    scsi_start_driver (f);
    for (unsigned i = 0; i < ARRAY_SIZE (lists); i++) {
        uint8_t select[16] = { 0x15, 0x10, 0, 0, lists[i].length };

        assert_sense (scsi_out (f, HD_LUN, select, lists[i].list, lists[i].length),
                      SENSE_ILLEGAL_REQUEST, lists[i].asc);
    }
    assert_sense (scsi_in (f, HD_LUN, saved, 64), SENSE_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED);
    assert_sense (scsi_in (f, HD_LUN, unknown, 64), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    assert_sense (scsi_out (f, HD_LUN, save, lists[0].list, 24), SENSE_ILLEGAL_REQUEST,
                  ASC_INVALID_FIELD);
}

/* --- giving back ----------------------------------------------------------------------------- */

static void
put_range (uint8_t *list, unsigned index, uint64_t lba, uint32_t n)
{
    store_be16 (list, (uint16_t) (6 + 16 * (index + 1)));
    store_be16 (list + 2, (uint16_t) (16 * (index + 1)));
    store_be64 (list + 8 + 16 * index, lba);
    store_be32 (list + 8 + 16 * index + 8, n);
}

static void
test_unmap (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t unmap[16] = { 0x42, 0, 0, 0, 0, 0, 0, 0, 56 };
    uint8_t list[56] = { 0 };
    struct scsi_call call;

    scsi_start_driver (f);
    put_range (list, 0, 8, 8);
    put_range (list, 1, 0, 0);
    put_range (list, 2, 128, 64);
    call = scsi_send_to (f, 0, HD_LUN, unmap, SCSI_OUT, list, sizeof list);
    g_assert_cmpuint (f->disk->n_pending, ==, 1);
    g_assert_cmpuint (f->disk->pending[0]->op, ==, BLOCK_DISCARD);
    g_assert_cmpuint (f->disk->pending[0]->offset, ==, 128 * 512);
    g_assert_cmpuint (f->disk->pending[0]->length, ==, 64 * 512);
    /* The driver's buffer does not count any more. */
    memset (virtio_driver_at (&f->d, call.data), 0xff, sizeof list);
    fake_block_finish (f->disk, 0, 0);
    g_assert_cmpuint (f->disk->pending[0]->offset, ==, 8 * 512);
    assert_good (scsi_await (f, &call));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_DISCARD], ==, 2);
}

static void
test_unmap_refused (struct scsi_fixture *f, gconstpointer info)
{
    uint8_t unmap[16] = { 0x42, 0, 0, 0, 0, 0, 0, 0, 24 };
    uint8_t list[8 + 17 * 16] = { 0 };

    scsi_start_driver (f);
    put_range (list, 0, LAST, 2);
    assert_sense (scsi_out (f, HD_LUN, unmap, list, 24), SENSE_ILLEGAL_REQUEST,
                  ASC_LBA_OUT_OF_RANGE);
    put_range (list, 0, UINT64_MAX, UINT32_MAX);
    assert_sense (scsi_out (f, HD_LUN, unmap, list, 24), SENSE_ILLEGAL_REQUEST,
                  ASC_LBA_OUT_OF_RANGE);
    put_range (list, 0, 0, 8);
    g_assert_cmpuint (scsi_out (f, HD_LUN, unmap, list, 23).response, ==, VIRTIO_SCSI_S_OVERRUN);
    store_be16 (list + 2, 0xffff); /* more ranges than there are: those that are there */
    assert_good (scsi_out (f, HD_LUN, unmap, list, 24));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_DISCARD], ==, 1);
    store_be16 (unmap + 7, sizeof list);
    put_range (list, 16, 0, 8);
    assert_sense (scsi_out (f, HD_LUN, unmap, list, sizeof list), SENSE_ILLEGAL_REQUEST,
                  ASC_INVALID_PARAMETER);
    store_be16 (unmap + 7, 7);
    assert_sense (scsi_out (f, HD_LUN, unmap, list, 7), SENSE_ILLEGAL_REQUEST,
                  ASC_PARAMETER_LIST_LENGTH);
    store_be16 (unmap + 7, 0);
    assert_good (scsi_out (f, HD_LUN, unmap, list, 0));
    unmap[1] = 1; /* anchored */
    assert_sense (scsi_out (f, HD_LUN, unmap, list, 0), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_DISCARD], ==, 1);
}

static void
test_nothing_to_give_back (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t unmap[16] = { 0x42, 0, 0, 0, 0, 0, 0, 0, 24 };
    static const uint8_t same_unmap[16] = { 0x93, 0x08, [13] = 8 };
    uint8_t bytes[512] = { 0 };

    scsi_start_driver (f);
    assert_sense (scsi_out (f, HD_LUN, unmap, bytes, 24), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    assert_good (scsi_out (f, HD_LUN, same_unmap, bytes, 512));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_WRITE_ZEROES], ==, 1);
}

static void
test_write_same (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t same_10[16] = { 0x41, 0, 0, 0, 0, 16, 0, 0, 8 };
    static const uint8_t same_16[16] = { 0x93, 0x08, [9] = 16, [13] = 8 };
    static const uint8_t no_data[16] = { 0x93, 0x01, [9] = 16, [13] = 8 };
    static const uint8_t to_the_end[16] = { 0x93, 0, [9] = 16 };
    static const uint8_t anchored[16] = { 0x93, 0x10, [9] = 16, [13] = 8 };
    uint8_t zeros[512] = { 0 }, ones[512];

    memset (ones, 1, sizeof ones);
    scsi_start_driver (f);
    assert_good (scsi_out (f, HD_LUN, same_10, zeros, 512));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_WRITE_ZEROES], ==, 1);
    assert_good (scsi_out (f, HD_LUN, same_16, zeros, 512));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_DISCARD], ==, 1);
    assert_good (scsi_in (f, HD_LUN, no_data, 0));
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_WRITE_ZEROES], ==, 2);
    assert_sense (scsi_out (f, HD_LUN, same_10, ones, 512), SENSE_ILLEGAL_REQUEST,
                  ASC_INVALID_FIELD);
    assert_sense (scsi_out (f, HD_LUN, to_the_end, zeros, 512), SENSE_ILLEGAL_REQUEST,
                  ASC_INVALID_FIELD);
    assert_sense (scsi_out (f, HD_LUN, anchored, zeros, 512), SENSE_ILLEGAL_REQUEST,
                  ASC_INVALID_FIELD);
    g_assert_cmpuint (scsi_out (f, HD_LUN, same_10, zeros, 511).response, ==,
                      VIRTIO_SCSI_S_OVERRUN);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void
test_stopped (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t stop[16] = { 0x1b }, start[16] = { 0x1b, 0, 0, 0, 1 };
    static const uint8_t eject[16] = { 0x1b, 0, 0, 0, 2 };
    static const uint8_t ready[16] = { 0 }, verify[16] = { 0x2f, 0, 0, 0, 0, 0, 0, 0, 8 };
    static const uint8_t compare[16] = { 0x2f, 2, 0, 0, 0, 0, 0, 0, 8 };

    scsi_start_driver (f);
    assert_good (scsi_in (f, HD_LUN, stop, 0));
    assert_sense (scsi_in (f, HD_LUN, ready, 0), SENSE_NOT_READY, ASC_NEEDS_START);
    assert_good (scsi_in (f, HD_LUN, start, 0));
    assert_good (scsi_in (f, HD_LUN, verify, 0));
    assert_sense (scsi_in (f, HD_LUN, compare, 0), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
    assert_sense (scsi_in (f, HD_LUN, eject, 0), SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD);
}

static void
test_sense_is_told_once (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t sense[16] = { 0x03, 0, 0, 0, 18 }, unknown[16] = { 0xff };
    static const uint8_t ready[16] = { 0 };
    struct scsi_answer answer;

    virtio_driver_start (&f->d, 0, 4, HBA_QUEUE_SIZE);
    answer = scsi_in (f, HD_LUN, sense, 18);
    assert_good (answer);
    g_assert_cmphex (answer.data[2], ==, SENSE_UNIT_ATTENTION);
    g_assert_cmphex (load_be16 (answer.data + 12), ==, ASC_POWER_ON);
    assert_good (scsi_in (f, HD_LUN, ready, 0));
    assert_sense (scsi_in (f, HD_LUN, unknown, 0), SENSE_ILLEGAL_REQUEST, ASC_INVALID_COMMAND);
    answer = scsi_in (f, HD_LUN, sense, 18); /* that one came with its command */
    g_assert_cmphex (answer.data[2], ==, SENSE_NONE);
}

static void
test_options (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t identifier[16] = { 0x12, 1, 0x83, 0, 255 };
    struct device_args args = test_device_args (f->m, &scsi_hd_class, "named");
    struct fake_block *disk = fake_block_new (f->m->env.io_loop, &read_only);
    void *config = (void *) args.config;
    struct scsi_answer answer;
    struct scsi_call call;
    struct device *hd;

    g_assert_cmpint (device_option_set (&scsi_hd_class, config, "serial", "S-1"), ==, 0);
    g_assert_cmpint (device_option_set (&scsi_hd_class, config, "wwn", "0x5000c50015ea71ac"), ==,
                     0);
    args.block = &disk->block;
    g_assert_cmpint (scsi_hd_class.create (&args, &hd), ==, 0);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 4, 0, hd), ==, 0);
    virtio_driver_start (&f->d, 0, 4, HBA_QUEUE_SIZE);
    call = scsi_send_to (f, 4, 0, identifier, SCSI_IN, NULL, 255);
    answer = scsi_await (f, &call);
    g_assert_cmpmem (answer.data + 8, 11, "VITRINE S-1", 11);
    g_assert_cmphex (load_be32 (answer.data + 8 + 11), ==, 0x01030008);
    g_assert_cmphex (load_be64 (answer.data + 8 + 15), ==, 0x5000c50015ea71acull);
    device_destroy (hd);
}

#define ADD_ON(path, info, function)                                                               \
    g_test_add ("/scsi-disk/" path, struct scsi_fixture, info, scsi_setup, function, scsi_teardown)
#define ADD(path, function) ADD_ON (path, NULL, function)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("says-who-it-is", test_inquiry);
    ADD ("says-its-limits", test_limits);
    ADD_ON ("says-its-limits-without-discard", &no_discard, test_limits);
    ADD ("says-its-capacity", test_capacity);
    ADD ("says-the-names-it-was-given", test_options);
    ADD ("reads", test_reads_of_all_lengths);
    ADD ("writes", test_writes_of_all_lengths);
    ADD ("refuses-places-off-the-disk", test_places_off_the_disk);
    ADD ("refuses-a-buffer-too-short", test_buffer_too_short);
    ADD ("leaves-the-rest-of-a-long-buffer", test_buffer_too_long);
    ADD ("names-errors", test_errors);
    ADD_ON ("read-only-refuses-every-write", &read_only, test_read_only);
    ADD ("cache/flushes", test_flushes);
    ADD ("cache/off-flushes-each-write", test_cache_off);
    ADD ("modes/what-is-refused", test_modes_that_are_refused);
    ADD ("unmap/gives-back", test_unmap);
    ADD ("unmap/what-is-refused", test_unmap_refused);
    ADD_ON ("unmap/not-where-it-cannot", &no_discard, test_nothing_to_give_back);
    ADD ("write-same/zeros", test_write_same);
    ADD ("stops-and-starts", test_stopped);
    ADD ("sense-is-told-once", test_sense_is_told_once);
    return g_test_run ();
}
