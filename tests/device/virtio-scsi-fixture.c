/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-scsi-fixture.c - a virtio-scsi controller with a disk and a CD drive. */
#include "virtio-scsi-fixture.h"

#include <string.h>

#include "bits.h"

#define HEADER_BYTES   (VIRTIO_SCSI_REQUEST_BYTES + VIRTIO_SCSI_DEFAULT_CDB)
#define RESPONSE_BYTES (VIRTIO_SCSI_RESPONSE_BYTES + VIRTIO_SCSI_DEFAULT_SENSE)
#define NO_ANSWER      0xff
#define PIECE          1024

static struct device *
make (struct scsi_fixture *f, const struct device_class *class, const char *alias,
      struct block *block)
{
    struct device_args args = test_device_args (f->m, class, alias);
    struct device *device;

    args.slot = HBA_SLOT;
    args.block = block;
    if (class == &virtio_scsi_class)
        g_assert_cmpint (device_option_set (class, (void *) args.config, "queues", "2"), ==, 0);
    g_assert_cmpint (class->create (&args, &device), ==, 0);
    device_reset (device);
    return device;
}

void
scsi_setup (struct scsi_fixture *f, gconstpointer info)
{
    static const struct block_info ordinary = { .can_discard = true, .discard_zeroes = true };
    static const struct block_info read_only = { .read_only = true };

    f->m = test_machine_new ();
    f->disk = fake_block_new (f->m->env.io_loop, info ? info : &ordinary);
    f->medium = fake_block_new (f->m->env.io_loop, &read_only);
    f->disk->destroyed_flag = &f->disk_destroyed;
    f->medium->destroyed_flag = &f->medium_destroyed;
    f->hba = make (f, &virtio_scsi_class, "scsi0", NULL);
    f->hd = make (f, &scsi_hd_class, "scsi0-0-0-0", &f->disk->block);
    f->cd = make (f, &scsi_cd_class, "scsi0-0-0-1", &f->medium->block);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 0, HD_LUN, f->hd), ==, 0);
    g_assert_cmpint (virtio_scsi_attach (f->hba, 0, CD_LUN, f->cd), ==, 0);
    virtio_driver_probe (&f->d, f->m, HBA_SLOT);
    f->queue = VIRTIO_SCSI_Q_REQUEST;
}

void
scsi_teardown (struct scsi_fixture *f, gconstpointer info)
{
    device_destroy (f->cd);
    device_destroy (f->hd);
    device_destroy (f->hba);
    g_assert_true (f->disk_destroyed);
    g_assert_true (f->medium_destroyed);
    test_machine_free (f->m);
}

void
scsi_start_driver (struct scsi_fixture *f)
{
    static const uint8_t ready[16] = { 0 };

    virtio_driver_start (&f->d, BIT_ULL (VIRTIO_SCSI_F_HOTPLUG) | BIT_ULL (VIRTIO_SCSI_F_CHANGE), 4,
                         HBA_QUEUE_SIZE);
    assert_sense (scsi_in (f, HD_LUN, ready, 0), SENSE_UNIT_ATTENTION, ASC_POWER_ON);
    assert_sense (scsi_in (f, CD_LUN, ready, 0), SENSE_UNIT_ATTENTION, ASC_POWER_ON);
}

/* BYTES of data in buffers of at most PIECE. */
static unsigned
put_buffers (struct virtio_buffer *buffers, gpa_t gpa, uint32_t bytes, bool device_writes)
{
    unsigned n = 0;

    for (uint32_t at = 0; at < bytes; at += PIECE)
        buffers[n++] = (struct virtio_buffer){ .gpa = gpa + at,
                                               .len = MIN_OF (PIECE, bytes - at),
                                               .device_writes = device_writes };
    return n;
}

static void
put_lun (uint8_t *to, unsigned target, unsigned lun)
{
    to[0] = 1;
    to[1] = (uint8_t) target;
    store_be16 (to + 2, (uint16_t) lun);
}

struct scsi_call
scsi_send_to (struct scsi_fixture *f, unsigned target, unsigned lun, const uint8_t *cdb,
              enum scsi_direction direction, const void *bytes, uint32_t len)
{
    static uint64_t next_id = 0x1234;
    struct virtio_buffer buffers[HBA_QUEUE_SIZE];
    struct scsi_call call = {
        .queue = f->queue,
        .header = virtio_driver_alloc (&f->d, HEADER_BYTES, 8),
        .response = virtio_driver_alloc (&f->d, RESPONSE_BYTES, 8),
        .data = virtio_driver_alloc (&f->d, len, 8),
        .len = len,
    };
    uint8_t *header = virtio_driver_at (&f->d, call.header);
    unsigned n = 0;

    put_lun (header, target, lun);
    store_le64 (header + 8, next_id++);
    memcpy (header + VIRTIO_SCSI_REQUEST_BYTES, cdb, 16);
    memset (virtio_driver_at (&f->d, call.response), NO_ANSWER, RESPONSE_BYTES);
    if (bytes)
        memcpy (virtio_driver_at (&f->d, call.data), bytes, len);
    buffers[n++] = (struct virtio_buffer){ .gpa = call.header, .len = HEADER_BYTES };
    if (direction == SCSI_OUT)
        n += put_buffers (buffers + n, call.data, len, false);
    buffers[n++] = (struct virtio_buffer){ .gpa = call.response,
                                           .len = RESPONSE_BYTES,
                                           .device_writes = true };
    if (direction == SCSI_IN)
        n += put_buffers (buffers + n, call.data, len, true);
    call.head = virtio_driver_send (&f->d, f->queue, buffers, n);
    test_machine_settle (f->m);
    return call;
}

bool
scsi_is_answered (struct scsi_fixture *f, const struct scsi_call *call)
{
    return virtio_driver_at (&f->d, call->response)[11] != NO_ANSWER;
}

static void
finish_all (struct scsi_fixture *f)
{
    while ((!f->disk_destroyed && f->disk->n_pending)
           || (!f->medium_destroyed && f->medium->n_pending)) {
        if (!f->disk_destroyed)
            fake_block_finish_all (f->disk);
        if (!f->medium_destroyed)
            fake_block_finish_all (f->medium);
    }
}

struct scsi_answer
scsi_await (struct scsi_fixture *f, const struct scsi_call *call)
{
    const uint8_t *response = virtio_driver_at (&f->d, call->response);
    struct scsi_answer answer = { 0 };

    finish_all (f);
    answer.used = virtio_driver_wait (&f->d, call->queue, call->head);
    answer.resid = load_le32 (response + 4);
    answer.status = response[10];
    answer.response = response[11];
    if (load_le32 (response) >= SCSI_SENSE_BYTES) {
        answer.key = response[VIRTIO_SCSI_RESPONSE_BYTES + 2];
        answer.asc = load_be16 (response + VIRTIO_SCSI_RESPONSE_BYTES + 12);
    }
    answer.data = virtio_driver_at (&f->d, call->data);
    return answer;
}

struct scsi_answer
scsi_in (struct scsi_fixture *f, unsigned lun, const uint8_t *cdb, uint32_t len)
{
    struct scsi_call call = scsi_send_to (f, 0, lun, cdb, SCSI_IN, NULL, len);

    return scsi_await (f, &call);
}

struct scsi_answer
scsi_out (struct scsi_fixture *f, unsigned lun, const uint8_t *cdb, const void *bytes, uint32_t len)
{
    struct scsi_call call = scsi_send_to (f, 0, lun, cdb, SCSI_OUT, bytes, len);

    return scsi_await (f, &call);
}

struct scsi_call
scsi_manage (struct scsi_fixture *f, uint32_t function, unsigned target, unsigned lun, uint64_t id)
{
    struct scsi_call call = {
        .queue = VIRTIO_SCSI_Q_CONTROL,
        .header = virtio_driver_alloc (&f->d, VIRTIO_SCSI_TMF_BYTES, 8),
        .response = virtio_driver_alloc (&f->d, 16, 8),
    };
    const struct virtio_buffer buffers[] = {
        { call.header, VIRTIO_SCSI_TMF_BYTES, false },
        { call.response, 1, true },
    };
    uint8_t *header = virtio_driver_at (&f->d, call.header);

    store_le32 (header + 4, function);
    put_lun (header + 8, target, lun);
    store_le64 (header + 16, id);
    *virtio_driver_at (&f->d, call.response) = NO_ANSWER;
    call.head = virtio_driver_send (&f->d, VIRTIO_SCSI_Q_CONTROL, buffers, 2);
    test_machine_settle (f->m);
    return call;
}

uint8_t
scsi_managed (struct scsi_fixture *f, const struct scsi_call *call)
{
    return *virtio_driver_at (&f->d, call->response);
}

struct scsi_call
scsi_offer_event (struct scsi_fixture *f)
{
    struct scsi_call call = {
        .queue = VIRTIO_SCSI_Q_EVENT,
        .response = virtio_driver_alloc (&f->d, VIRTIO_SCSI_EVENT_BYTES, 8),
    };
    const struct virtio_buffer buffer = { call.response, VIRTIO_SCSI_EVENT_BYTES, true };

    call.head = virtio_driver_send (&f->d, VIRTIO_SCSI_Q_EVENT, &buffer, 1);
    test_machine_settle (f->m);
    return call;
}

const uint8_t *
scsi_event (struct scsi_fixture *f, const struct scsi_call *call)
{
    virtio_driver_wait (&f->d, VIRTIO_SCSI_Q_EVENT, call->head);
    return virtio_driver_at (&f->d, call->response);
}

uint64_t
scsi_id (struct scsi_fixture *f, const struct scsi_call *call)
{
    return load_le64 (virtio_driver_at (&f->d, call->header) + 8);
}
