/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi.c - tests: the controller: addresses, task management, events, broken drivers. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "virtio-scsi-fixture.h"

static const uint8_t test_unit_ready[16] = { 0x00 };
static const uint8_t read_one[16] = { 0x28, 0, 0, 0, 0, 7, 0, 0, 1 };

static uint32_t
config (struct scsi_fixture *f, unsigned offset)
{
    return (uint32_t) test_mmio_read (f->m, f->d.config + offset, 4);
}

/* --- what it says of itself ------------------------------------------------------------------ */

static void
test_configuration (struct scsi_fixture *f, gconstpointer info)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10481af4);
    g_assert_cmphex (virtio_driver_offered (&f->d) & 0xffffff, ==,
                     BIT (VIRTIO_SCSI_F_HOTPLUG) | BIT (VIRTIO_SCSI_F_CHANGE));
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_N_QUEUES), ==, 2);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_SEG_MAX), ==, 126);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_CDB_BYTES), ==, 32);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_MAX_CHANNEL), ==, 63u << 16);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_MAX_LUN), ==, 16383);
}

/* The driver chooses how long CDBs and sense are; nonsense is not stored, a reset forgets. */
static void
test_sizes_are_the_drivers (struct scsi_fixture *f, gconstpointer info)
{
    uint64_t cdb = f->d.config + VIRTIO_SCSI_CFG_CDB_BYTES;

    test_mmio_write (f->m, cdb, 0, 4);
    test_mmio_write (f->m, cdb, 0x7fffffff, 4);
    test_mmio_write (f->m, cdb, 16, 2);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_CDB_BYTES), ==, 32);
    test_mmio_write (f->m, cdb, 16, 4);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_CDB_BYTES), ==, 16);
    test_mmio_write (f->m, f->d.config + VIRTIO_SCSI_CFG_N_QUEUES, 7, 4);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_N_QUEUES), ==, 2);
    virtio_driver_reset (&f->d);
    g_assert_cmpuint (config (f, VIRTIO_SCSI_CFG_CDB_BYTES), ==, 32);
}

/* --- addresses ------------------------------------------------------------------------------- */

static void
test_who_is_there (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t report[16] = { 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 64 };
    static const uint8_t well_known[16] = { 0xa0, 0, 1, 0, 0, 0, 0, 0, 0, 64 };
    static const uint8_t inquiry[16] = { 0x12, 0, 0, 0, 36 };
    struct scsi_answer answer;
    struct scsi_call call;

    virtio_driver_start (&f->d, 0, 4, HBA_QUEUE_SIZE);
    answer = scsi_in (f, 9, report, 64); /* whichever unit is asked, and before its attention */
    assert_good (answer);
    g_assert_cmpuint (load_be32 (answer.data), ==, 16);
    g_assert_cmphex (load_be64 (answer.data + 8), ==, 0);
    g_assert_cmphex (load_be64 (answer.data + 16), ==, 1ull << 48);
    g_assert_cmpuint (answer.resid, ==, 64 - 24);
    answer = scsi_in (f, 0, well_known, 64);
    assert_good (answer);
    g_assert_cmpuint (load_be32 (answer.data), ==, 0);

    answer = scsi_in (f, 9, inquiry, 36);
    assert_good (answer);
    g_assert_cmphex (answer.data[0], ==, 0x7f);
    assert_sense (scsi_in (f, 9, test_unit_ready, 0), SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_UNIT);

    call = scsi_send_to (f, 3, 0, inquiry, SCSI_IN, NULL, 36);
    g_assert_cmpuint (scsi_await (f, &call).response, ==, VIRTIO_SCSI_S_BAD_TARGET);
}

static void
test_address_forms (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call call;

    scsi_start_driver (f);
    call = scsi_send_to (f, 0, 0x4000 | CD_LUN, test_unit_ready, SCSI_NO_DATA, NULL, 0); /* flat */
    assert_good (scsi_await (f, &call));
    call = scsi_send_to (f, 0, 0x8000, test_unit_ready, SCSI_NO_DATA, NULL, 0);
    g_assert_cmpuint (scsi_await (f, &call).response, ==, VIRTIO_SCSI_S_BAD_TARGET);
}

static void
test_places (struct scsi_fixture *f, gconstpointer info)
{
    struct device_args args = test_device_args (f->m, &scsi_cd_class, "other");
    struct device *other;

    g_assert_cmpint (scsi_cd_class.create (&args, &other), ==, 0);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 0, HD_LUN, other), ==, -EEXIST);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 64, 0, other), ==, -EINVAL);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 0, 16384, other), ==, -EINVAL);
    device_destroy (other); /* while it is nobody's */
    args = test_device_args (f->m, &scsi_hd_class, "no-disk");
    g_assert_cmpint (scsi_hd_class.create (&args, &other), ==, -EINVAL);
}

static void
test_second_queue (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    f->queue = VIRTIO_SCSI_Q_REQUEST + 1;
    assert_good (scsi_in (f, HD_LUN, read_one, 512));
}

/* --- task management ------------------------------------------------------------------------- */

static void
test_abort_waits_for_the_disk (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call read, other, task;

    scsi_start_driver (f);
    read = scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    other = scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_ABORT_TASK, 0, HD_LUN, scsi_id (f, &read));
    g_assert_cmphex (scsi_managed (f, &task), ==, 0xff);
    g_assert_false (scsi_is_answered (f, &read));
    fake_block_finish (f->disk, 0, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (scsi_await (f, &read).response, ==, VIRTIO_SCSI_S_ABORTED);
    virtio_driver_wait (&f->d, VIRTIO_SCSI_Q_CONTROL, task.head);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_OK);
    assert_good (scsi_await (f, &other));
}

static void
test_abort_of_nothing (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call task;

    scsi_start_driver (f);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_ABORT_TASK, 0, HD_LUN, 99);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_OK);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_ABORT_TASK, 0, 7, 99);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_INCORRECT_LUN);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_UNIT_RESET, 9, 0, 0);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_BAD_TARGET);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_CLEAR_ACA, 0, HD_LUN, 0);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_FUNCTION_REJECTED);
}

static void
test_query (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call read, task;

    scsi_start_driver (f);
    read = scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_QUERY_TASK, 0, HD_LUN, scsi_id (f, &read));
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_FUNCTION_SUCCEEDED);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_QUERY_TASK, 0, HD_LUN, scsi_id (f, &read) + 1);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_OK);
    task = scsi_manage (f, VIRTIO_SCSI_TMF_QUERY_TASK_SET, 0, HD_LUN, 0);
    g_assert_cmpuint (scsi_managed (f, &task), ==, VIRTIO_SCSI_S_FUNCTION_SUCCEEDED);
    assert_good (scsi_await (f, &read));
}

/* A reset ends what waits in the drive at once and what the disk has when the disk is done; a second
 * one asked for meanwhile waits as well. */
static void
test_target_reset (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call disk_read, cd_reads[2], tasks[2];

    scsi_start_driver (f);
    disk_read = scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    for (unsigned i = 0; i < 2; i++)
        cd_reads[i] = scsi_send_to (f, 0, CD_LUN, read_one, SCSI_IN, NULL, 2048);
    g_assert_cmpuint (f->medium->n_pending, ==, 1);
    tasks[0] = scsi_manage (f, VIRTIO_SCSI_TMF_NEXUS_RESET, 0, 0, 0);
    tasks[1] = scsi_manage (f, VIRTIO_SCSI_TMF_UNIT_RESET, 0, CD_LUN, 0);
    g_assert_true (scsi_is_answered (f, &cd_reads[1])); /* never began */
    g_assert_false (scsi_is_answered (f, &cd_reads[0]));
    fake_block_finish_all (f->medium);
    test_machine_settle (f->m);
    g_assert_cmphex (scsi_managed (f, &tasks[0]), ==, 0xff);
    g_assert_cmphex (scsi_managed (f, &tasks[1]), ==, VIRTIO_SCSI_S_OK);
    fake_block_finish_all (f->disk);
    test_machine_settle (f->m);
    g_assert_cmphex (scsi_managed (f, &tasks[0]), ==, VIRTIO_SCSI_S_OK);
    g_assert_cmpuint (virtio_driver_at (&f->d, disk_read.response)[11], ==, VIRTIO_SCSI_S_RESET);
    g_assert_cmpuint (virtio_driver_at (&f->d, cd_reads[0].response)[11], ==, VIRTIO_SCSI_S_RESET);
    for (unsigned i = 0; i < 3; i++) {
        uint32_t id, len;

        g_assert_true (virtio_driver_take (&f->d, f->queue, &id, &len));
    }
    assert_sense (scsi_in (f, HD_LUN, test_unit_ready, 0), SENSE_UNIT_ATTENTION, ASC_UNIT_RESET);
    assert_good (scsi_in (f, HD_LUN, test_unit_ready, 0));
}

/* The driver resets the controller while the disks work: what they have comes to its end, what waits for
 * its turn never begins. */
static void
test_reset_in_flight (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    scsi_send_to (f, 0, CD_LUN, read_one, SCSI_IN, NULL, 2048);
    scsi_send_to (f, 0, CD_LUN, read_one, SCSI_IN, NULL, 2048);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    test_machine_settle (f->m);
    g_assert_cmphex (virtio_driver_status (&f->d), !=, 0);
    fake_block_finish_all (f->disk);
    fake_block_finish (f->medium, 0, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->medium->n_pending, ==, 0);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0);
    scsi_start_driver (f);
    assert_good (scsi_in (f, HD_LUN, read_one, 512));
}

static void
test_machine_reset_in_flight (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    device_reset (f->hba);
    device_reset (f->hd);
    device_reset (f->cd);
    g_assert_cmpuint (f->disk->n_pending, ==, 0);
    virtio_driver_probe (&f->d, f->m, HBA_SLOT);
    scsi_start_driver (f);
    assert_good (scsi_in (f, HD_LUN, read_one, 512));
}

/* --- events ---------------------------------------------------------------------------------- */

static void
test_disk_grows (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t capacity[16] = { 0x25 };
    struct scsi_call event;
    struct scsi_answer answer;
    const uint8_t *bytes;

    scsi_start_driver (f);
    event = scsi_offer_event (f);
    f->disk->block.info.size_bytes *= 2;
    f->hd->ops->resized (f->hd);
    bytes = scsi_event (f, &event);
    g_assert_cmpuint (load_le32 (bytes), ==, VIRTIO_SCSI_T_PARAM_CHANGE);
    g_assert_cmphex (load_le32 (bytes + 4), ==, 0x00000001);
    g_assert_cmphex (load_le32 (bytes + 12), ==, 0x092a);
    assert_sense (scsi_in (f, HD_LUN, test_unit_ready, 0), SENSE_UNIT_ATTENTION,
                  ASC_CAPACITY_CHANGED);
    answer = scsi_in (f, HD_LUN, capacity, 8);
    g_assert_cmpuint (load_be32 (answer.data), ==, 2 * DISK_SECTORS - 1);
}

static void
test_units_come_and_go (struct scsi_fixture *f, gconstpointer info)
{
    struct device_args args = test_device_args (f->m, &scsi_cd_class, "scsi0-0-2-300");
    struct scsi_call event, call;
    struct device *drive;
    const uint8_t *bytes;

    scsi_start_driver (f);
    g_assert_cmpint (scsi_cd_class.create (&args, &drive), ==, 0);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 2, 300, drive), ==, 0);
    event = scsi_offer_event (f); /* it waits for the buffer */
    bytes = scsi_event (f, &event);
    g_assert_cmpuint (load_le32 (bytes), ==, VIRTIO_SCSI_T_TRANSPORT_RESET);
    g_assert_cmpuint (load_le32 (bytes + 12), ==, VIRTIO_SCSI_RESET_RESCAN);
    g_assert_cmphex (load_be32 (bytes + 4), ==, 0x01020000 | 0x4000 | 300);
    call = scsi_send_to (f, 2, 0x4000 | 300, test_unit_ready, SCSI_NO_DATA, NULL, 0);
    assert_sense (scsi_await (f, &call), SENSE_UNIT_ATTENTION, ASC_POWER_ON);
    event = scsi_offer_event (f);
    device_destroy (drive);
    bytes = scsi_event (f, &event);
    g_assert_cmpuint (load_le32 (bytes + 12), ==, VIRTIO_SCSI_RESET_REMOVED);
    call = scsi_send_to (f, 2, 0x4000 | 300, test_unit_ready, SCSI_NO_DATA, NULL, 0);
    g_assert_cmpuint (scsi_await (f, &call).response, ==, VIRTIO_SCSI_S_BAD_TARGET);
}

/* A disk is taken away while it works: its request ends first. */
static void
test_unit_goes_in_flight (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call call;

    scsi_start_driver (f);
    call = scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    device_destroy (f->hd);
    f->hd = NULL;
    assert_good (scsi_await (f, &call));
    assert_sense (scsi_in (f, HD_LUN, test_unit_ready, 0), SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_UNIT);
}

static void
test_controller_goes_first (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    scsi_send_to (f, 0, HD_LUN, read_one, SCSI_IN, NULL, 512);
    device_destroy (f->hba);
    f->hba = NULL;
    device_reset (f->hd);
    f->hd->ops->resized (f->hd);
}

static void
test_events_that_are_too_many (struct scsi_fixture *f, gconstpointer info)
{
    struct scsi_call event;

    scsi_start_driver (f);
    for (unsigned i = 0; i < 40; i++)
        f->hd->ops->resized (f->hd);
    event = scsi_offer_event (f);
    g_assert_cmphex (load_le32 (scsi_event (f, &event)), ==,
                     VIRTIO_SCSI_T_PARAM_CHANGE | VIRTIO_SCSI_T_EVENTS_MISSED);
    event = scsi_offer_event (f);
    g_assert_cmphex (load_le32 (scsi_event (f, &event)), ==, VIRTIO_SCSI_T_PARAM_CHANGE);
}

static void
test_events_nobody_wants (struct scsi_fixture *f, gconstpointer info)
{
    uint32_t id, len;

    f->hd->ops->resized (f->hd);
    virtio_driver_start (&f->d, 0, 4, HBA_QUEUE_SIZE);
    f->hd->ops->resized (f->hd);
    scsi_offer_event (f);
    g_assert_false (virtio_driver_take (&f->d, VIRTIO_SCSI_Q_EVENT, &id, &len));
}

/* --- drivers that break the rules -------------------------------------------------------------- */

static void
send_raw (struct scsi_fixture *f, unsigned queue, uint32_t out, uint32_t in)
{
    gpa_t page = virtio_driver_alloc (&f->d, 4096, 4096);
    const struct virtio_buffer buffers[] = { { page, out, false }, { page + 2048, in, true } };

    if (out == 0)
        virtio_driver_send (&f->d, queue, buffers + 1, 1);
    else
        virtio_driver_send (&f->d, queue, buffers, in ? 2 : 1);
    test_machine_settle (f->m);
}

static void
test_broken_drivers (struct scsi_fixture *f, gconstpointer info)
{
    static const struct {
        unsigned queue;
        uint32_t out, in;
    } chains[] = {
        { VIRTIO_SCSI_Q_REQUEST, 50, 108 }, { VIRTIO_SCSI_Q_REQUEST, 51, 107 },
        { VIRTIO_SCSI_Q_REQUEST, 51, 0 },   { VIRTIO_SCSI_Q_REQUEST, 0, 108 },
        { VIRTIO_SCSI_Q_CONTROL, 23, 1 },   { VIRTIO_SCSI_Q_CONTROL, 24, 0 },
        { VIRTIO_SCSI_Q_CONTROL, 0, 5 },    { VIRTIO_SCSI_Q_CONTROL, 3, 1 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE (chains); i++) {
        unsigned before = f->m->n_broken;

        scsi_start_driver (f);
        send_raw (f, chains[i].queue, chains[i].out, chains[i].in);
        g_assert_cmpuint (f->m->n_broken, ==, before + 1);
        g_assert_true (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET);
    }
    scsi_start_driver (f);
    assert_good (scsi_in (f, HD_LUN, read_one, 512));
}

static void
test_broken_event_buffer (struct scsi_fixture *f, gconstpointer info)
{
    scsi_start_driver (f);
    send_raw (f, VIRTIO_SCSI_Q_EVENT, 0, 15);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    f->hd->ops->resized (f->hd);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
}

static void
test_notifications (struct scsi_fixture *f, gconstpointer info)
{
    gpa_t page = virtio_driver_alloc (&f->d, 64, 64);
    const struct virtio_buffer query[] = { { page, 16, false }, { page + 32, 5, true } };
    uint16_t head;

    scsi_start_driver (f);
    store_le32 (f->m->ram + page, VIRTIO_SCSI_T_AN_SUBSCRIBE);
    memset (f->m->ram + page + 32, 0xff, 5);
    head = virtio_driver_send (&f->d, VIRTIO_SCSI_Q_CONTROL, query, 2);
    virtio_driver_wait (&f->d, VIRTIO_SCSI_Q_CONTROL, head);
    g_assert_cmphex (load_le32 (f->m->ram + page + 32), ==, 0);
    g_assert_cmpuint (f->m->ram[page + 36], ==, VIRTIO_SCSI_S_OK);
    store_le32 (f->m->ram + page, 77);
    head = virtio_driver_send (&f->d, VIRTIO_SCSI_Q_CONTROL, query, 2);
    virtio_driver_wait (&f->d, VIRTIO_SCSI_Q_CONTROL, head);
    g_assert_cmpuint (f->m->ram[page + 32], ==, VIRTIO_SCSI_S_FUNCTION_REJECTED);
}

/* Any CDB, any data, any length, to any unit: answered, and the disk's far end stays untouched. */
static void
test_random_commands (struct scsi_fixture *f, gconstpointer info)
{
    static const uint8_t opcodes[] = { 0x00, 0x03, 0x08, 0x0a, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25,
                                       0x28, 0x2a, 0x2f, 0x35, 0x41, 0x42, 0x43, 0x46, 0x4a, 0x51,
                                       0x52, 0x55, 0x5a, 0x88, 0x8a, 0x8f, 0x91, 0x93, 0x9e, 0xa0,
                                       0xa8, 0xaa, 0xad, 0xaf, 0xbb, 0xbd, 0xbe };
    gpa_t start;

    scsi_start_driver (f);
    start = f->d.next_free;
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t len = (uint32_t) g_test_rand_int_range (0, 3000);
        uint8_t cdb[16], bytes[3000];
        struct scsi_call call;

        f->d.next_free = start;
        for (unsigned k = 0; k < sizeof cdb; k++)
            cdb[k] = g_test_rand_bit () ? 0 : (uint8_t) g_test_rand_int ();
        if (g_test_rand_bit ())
            cdb[0] = opcodes[g_test_rand_int_range (0, ARRAY_SIZE (opcodes))];
        for (unsigned k = 0; k < len; k++)
            bytes[k] = g_test_rand_bit () ? 0 : (uint8_t) g_test_rand_int ();
        call = scsi_send_to (f, 0, (unsigned) g_test_rand_int_range (0, 3), cdb,
                             g_test_rand_bit () ? SCSI_IN : SCSI_OUT, bytes, len);
        g_assert_cmpuint (scsi_await (f, &call).response, <=, VIRTIO_SCSI_S_OVERRUN);
    }
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

#define ADD(path, function)                                                                        \
    g_test_add ("/virtio-scsi/" path, struct scsi_fixture, NULL, scsi_setup, function,             \
                scsi_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("says-what-it-is", test_configuration);
    ADD ("sizes-are-the-drivers", test_sizes_are_the_drivers);
    ADD ("tells-who-is-there", test_who_is_there);
    ADD ("takes-both-forms-of-address", test_address_forms);
    ADD ("gives-a-place-once", test_places);
    ADD ("has-more-than-one-queue", test_second_queue);
    ADD ("task/abort-waits-for-the-disk", test_abort_waits_for_the_disk);
    ADD ("task/abort-of-nothing-succeeds", test_abort_of_nothing);
    ADD ("task/query", test_query);
    ADD ("task/target-reset-ends-everything", test_target_reset);
    ADD ("reset/in-flight", test_reset_in_flight);
    ADD ("reset/machine-in-flight", test_machine_reset_in_flight);
    ADD ("event/disk-grows", test_disk_grows);
    ADD ("event/units-come-and-go", test_units_come_and_go);
    ADD ("event/too-many-are-said-to-be-missed", test_events_that_are_too_many);
    ADD ("event/nobody-wants-them", test_events_nobody_wants);
    ADD ("unplug/unit-in-flight", test_unit_goes_in_flight);
    ADD ("unplug/controller-before-its-units", test_controller_goes_first);
    ADD ("hostile/chains-without-room-break-it", test_broken_drivers);
    ADD ("hostile/event-buffer-too-small", test_broken_event_buffer);
    ADD ("hostile/random-commands-are-answered", test_random_commands);
    ADD ("notifications-are-none", test_notifications);
    return g_test_run ();
}
