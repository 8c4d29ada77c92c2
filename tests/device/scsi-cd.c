/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scsi-cd.c - tests: a SCSI CD drive: what differs from a SATA one (atapi.c has the commands), and
 * its medium being changed. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "virtio-scsi-fixture.h"

#define N_SECTORS (DISK_BYTES / 2048)

static const uint8_t ready[16] = { 0 };
static const uint8_t read_two[16] = { 0x28, 0, 0, 0, 0, 5, 0, 0, 2 };
static const uint8_t events[16] = { 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8 };
static const uint8_t lock_tray[16] = { 0x1e, 0, 0, 0, 1 };
static const uint8_t open_tray[16] = { 0x1b, 0, 0, 0, 2 };
static const uint8_t close_tray[16] = { 0x1b, 0, 0, 0, 3 };

static void
assert_event (struct scsi_fixture *f, uint8_t event, uint8_t status)
{
    struct scsi_answer answer = scsi_in (f, CD_LUN, events, 8);

    assert_good (answer);
    g_assert_cmphex (answer.data[4], ==, event);
    g_assert_cmphex (answer.data[5], ==, status);
}

static struct fake_block *
other_medium (struct scsi_fixture *f)
{
    static const struct block_info read_only = { .read_only = true };
    struct fake_block *medium = fake_block_new (f->m->env.io_loop, &read_only);

    memset (medium->contents, 0xcd, sizeof medium->contents);
    return medium;
}

static void
test_identity (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t inquiry[16] = { 0x12, 0, 0, 0, 36 };
    static const uint8_t serial[16] = { 0x12, 1, 0x80, 0, 255 };
    static const uint8_t capacity[16] = { 0x25 };
    struct scsi_answer answer;

    scsi_start_driver (f);
    answer = scsi_in (f, CD_LUN, inquiry, 36);
    g_assert_cmpmem (answer.data, 2, "\x05\x80", 2);
    g_assert_cmpmem (answer.data + 8, 28, "VITRINE DVD-ROM         1.0 ", 28);
    answer = scsi_in (f, CD_LUN, serial, 255);
    g_assert_cmpmem (answer.data + 4, answer.data[3], "scsi0-0-0-1", 11);
    answer = scsi_in (f, CD_LUN, capacity, 8);
    g_assert_cmpuint (load_be32 (answer.data), ==, N_SECTORS - 1);
    g_assert_cmpuint (load_be32 (answer.data + 4), ==, 2048);
}

static void
test_reads_take_turns (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call calls[3];

    scsi_start_driver (f);
    for (unsigned i = 0; i < 3; i++)
        calls[i] = scsi_send_to (f, 0, CD_LUN, read_two, SCSI_IN, NULL, 4096);
    g_assert_cmpuint (f->medium->n_pending, ==, 1);
    for (unsigned i = 0; i < 3; i++) {
        struct scsi_answer answer = scsi_await (f, &calls[i]);

        assert_good (answer);
        g_assert_cmpmem (answer.data, 4096, f->medium->contents + 5 * 2048, 4096);
    }
}

static void
test_buffer_too_short (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    g_assert_cmpuint (scsi_in (f, CD_LUN, read_two, 4095).response, ==, VIRTIO_SCSI_S_OVERRUN);
    assert_good (scsi_in (f, CD_LUN, read_two, 4096));
}

static void
test_eject_and_insert (struct scsi_fixture *f, gconstpointer info)
{
    struct fake_block *other = other_medium (f);
    struct scsi_answer answer;

    scsi_start_driver (f);
    g_assert_cmpint (f->cd->ops->eject (f->cd, false), ==, 0);
    g_assert_true (f->medium_destroyed);
    assert_event (f, 3, 0x01); /* removed; tray open, nothing in it */
    assert_sense (scsi_in (f, CD_LUN, ready, 0), SENSE_NOT_READY, ASC_NO_MEDIUM_TRAY_OPEN);
    assert_good (scsi_in (f, CD_LUN, close_tray, 0));
    assert_sense (scsi_in (f, CD_LUN, ready, 0), SENSE_NOT_READY, ASC_NO_MEDIUM_TRAY_CLOSED);
    g_assert_cmpint (f->cd->ops->insert (f->cd, &other->block, false), ==, 0);
    assert_event (f, 2, 0x02);
    assert_sense (scsi_in (f, CD_LUN, ready, 0), SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED);
    f->medium = other;
    f->medium_destroyed = false;
    other->destroyed_flag = &f->medium_destroyed;
    answer = scsi_in (f, CD_LUN, read_two, 4096);
    assert_good (answer);
    g_assert_cmphex (answer.data[4095], ==, 0xcd);
}

/* The guest keeps the tray: it is told of the button, and that is all, until it lets go. */
static void
test_locked_tray (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t allow[16] = { 0x1e };

    scsi_start_driver (f);
    assert_good (scsi_in (f, CD_LUN, lock_tray, 0));
    g_assert_cmpint (f->cd->ops->eject (f->cd, false), ==, -EBUSY);
    g_assert_cmpint (f->cd->ops->insert (f->cd, NULL, false), ==, -EBUSY);
    assert_event (f, 1, 0x02);
    assert_event (f, 0, 0x02); /* told once */
    assert_sense (scsi_in (f, CD_LUN, open_tray, 0), SENSE_ILLEGAL_REQUEST, ASC_REMOVAL_PREVENTED);
    assert_good (scsi_in (f, CD_LUN, read_two, 4096));
    assert_good (scsi_in (f, CD_LUN, allow, 0));
    g_assert_cmpint (f->cd->ops->eject (f->cd, false), ==, 0);
}

static void
test_forced_eject (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    assert_good (scsi_in (f, CD_LUN, lock_tray, 0));
    g_assert_cmpint (f->cd->ops->eject (f->cd, true), ==, 0);
    assert_event (f, 3, 0x01);
    assert_good (scsi_in (f, CD_LUN, close_tray, 0));
    assert_good (scsi_in (f, CD_LUN, open_tray, 0)); /* the lock went with the medium */
}

/* Out it goes while the guest reads: that read fails, and so does the one that waited. */
static void
test_eject_while_reading (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call calls[2];

    scsi_start_driver (f);
    for (unsigned i = 0; i < 2; i++)
        calls[i] = scsi_send_to (f, 0, CD_LUN, read_two, SCSI_IN, NULL, 4096);
    g_assert_cmpint (f->cd->ops->eject (f->cd, false), ==, 0);
    for (unsigned i = 0; i < 2; i++)
        assert_sense (scsi_await (f, &calls[i]), SENSE_NOT_READY, ASC_BECOMING_READY);
}

static void
test_change_is_an_event (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call event;

    scsi_start_driver (f);
    event = scsi_offer_event (f);
    g_assert_cmpint (f->cd->ops->eject (f->cd, false), ==, 0);
    g_assert_cmpuint (load_le32 (scsi_event (f, &event) + 12), ==, 0x0028);
}

static void
test_empty_drive (struct scsi_fixture *f, gconstpointer info)
{
    struct device_args args = test_device_args (f->m, &scsi_cd_class, "empty");
    struct scsi_call call;
    struct device *cd;

    g_assert_cmpint (scsi_cd_class.create (&args, &cd), ==, 0);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 0, 2, cd), ==, 0);
    scsi_start_driver (f);
    scsi_in (f, 2, ready, 0);
    call = scsi_send_to (f, 0, 2, read_two, SCSI_IN, NULL, 4096);
    assert_sense (scsi_await (f, &call), SENSE_NOT_READY, ASC_NO_MEDIUM_TRAY_CLOSED);
    g_assert_cmpint (cd->ops->eject (cd, false), ==, 0);
    device_destroy (cd);
}

#define ADD(path, function)                                                                        \
    g_test_add ("/scsi-cd/" path, struct scsi_fixture, NULL, scsi_setup, function, scsi_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("says-who-it-is", test_identity);
    ADD ("reads-take-turns", test_reads_take_turns);
    ADD ("refuses-a-buffer-too-short", test_buffer_too_short);
    ADD ("medium/eject-and-insert", test_eject_and_insert);
    ADD ("medium/locked-tray-asks-the-guest", test_locked_tray);
    ADD ("medium/force-overrides-the-lock", test_forced_eject);
    ADD ("medium/eject-while-reading", test_eject_while_reading);
    ADD ("medium/change-is-an-event", test_change_is_an_event);
    ADD ("medium/empty-drive", test_empty_drive);
    return g_test_run ();
}
