/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-mem.c - virtio-mem: memory that comes and goes while the guest runs (virtio 1.2, §5.15).
 *
 * Theory of operation.  A region of guest-physical addresses above all RAM is made of blocks.  The host
 * says how much of it the guest shall have (requested), the guest's driver chooses which blocks to plug
 * and unplug, one request after the other.
 *
 * The region's host memory is one file, mapped as a whole.  The guest and devices reach it in parts
 * (memory.h), at most 32, of 128 MiB or more, each a memslot: a change of memslots stops every processor
 * and has the guest's page tables made anew, so there is none for a block.  A part comes with the first
 * block that is plugged in it.  Parts without any go together, once the guest has reached what is asked for:
 * a gigabyte given back costs one such stop, not 512.
 *
 * What is unplugged goes back to the host, which whoever touches it finds as zeros; the guest finds
 * nothing once the part is gone.
 *
 * How much a guest can hold.  It cannot plug more than is requested, nor beyond the usable region, which
 * is what was requested at most since the last reset and some room to choose in.  It may touch unplugged
 * blocks of parts that are there, and so hold what it says to have given back: never more than the usable
 * region, which it could keep by not giving it back in the first place.
 *
 *     request ── refused ────────────────────────────────> answered
 *        └─ accepted ── busy: turn, turn, … on the loop ──────^
 *
 * A request that is accepted is carried out by work of its own, without the device's lock: mapping a part
 * tells watches of memory, which take other devices' locks, and punching holes takes its time, so a turn
 * has a budget.  Its chain is out meanwhile, so the driver's reset waits for it.  Only the main loop's thread
 * changes which blocks are plugged; no other request is taken while one is carried out.
 */
#include "virtio-mem.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"
#include "memory.h"
#include "transport-pci.h"

#define DEVICE_TYPE 24
#define CLASS_CODE  0x058000 /* memory controller, other */
#define QUEUE_SIZE  128

#define MIN_BLOCK_BYTES MIB (2)
#define MAX_BLOCK_BYTES GIB (1)
#define PART_SHIFT      27 /* at least */
#define TURN_BYTES      MIB (256)

/* Room to choose in: twice what Linux adds at once, 128 MiB, or up to 2 GiB in large machines. */
#define LARGE_BYTES    GIB (64)
#define SPARE_BYTES    MIB (256)
#define SPARE_OF_LARGE GIB (4)

struct virtio_mem {
    struct virtio_device virtio; /* its lock guards what the driver sees: config and chain */
    struct virtio_pci pci;
    uint8_t config[VIRTIO_MEM_CONFIG_BYTES];
    struct queue_chain chain; /* of the request in hand */

    /* Main loop's thread. */
    struct memory_block *region;
    struct memory_parts parts;
    uint64_t block_bytes;
    uint64_t n_blocks;
    uint64_t *plugged; /* a bit a block */
    uint64_t n_plugged;
    uint64_t requested, usable; /* bytes */
    struct loop_work work;
    bool is_busy; /* what follows is being carried out */
    enum virtio_mem_request request;
    uint64_t first, n; /* blocks */
    uint64_t done;     /* of these */
    void (*changed) (void *opaque); /* or NULL */
    void *opaque;
};

static struct virtio_mem *
mem_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_mem, virtio);
}

static struct virtio_mem *
mem_from_device (struct device *device)
{
    return container_of (device, struct virtio_mem, virtio.device);
}

static void
show_locked (struct virtio_mem *mem)
{
    store_le64 (mem->config + VIRTIO_MEM_CONFIG_REQUESTED, mem->requested);
    store_le64 (mem->config + VIRTIO_MEM_CONFIG_USABLE, mem->usable);
    store_le64 (mem->config + VIRTIO_MEM_CONFIG_PLUGGED, mem->n_plugged * mem->block_bytes);
}

static void
tell (struct virtio_mem *mem)
{
    if (mem->changed)
        mem->changed (mem->opaque);
}

/* --- blocks ---------------------------------------------------------------------------------- */

static bool
is_plugged (const struct virtio_mem *mem, uint64_t block)
{
    return mem->plugged[block / 64] & BIT_ULL (block % 64);
}

static uint64_t
count_plugged (const struct virtio_mem *mem, uint64_t first, uint64_t n)
{
    uint64_t count = 0;

    for (uint64_t i = first; i < first + n; i++)
        count += is_plugged (mem, i);
    return count;
}

static void
set_plugged (struct virtio_mem *mem, uint64_t first, uint64_t n, bool plugged)
{
    mem->n_plugged -= count_plugged (mem, first, n);
    mem->n_plugged += plugged ? n : 0;
    for (uint64_t i = first; i < first + n; i++) {
        mem->plugged[i / 64] &= ~BIT_ULL (i % 64);
        mem->plugged[i / 64] |= plugged ? BIT_ULL (i % 64) : 0;
    }
}

/* Gives N blocks from FIRST on to the host. */
static int
discard_blocks (struct virtio_mem *mem, uint64_t first, uint64_t n)
{
    return memory_discard (mem->region->host + first * mem->block_bytes, n * mem->block_bytes);
}

/* --- parts ----------------------------------------------------------------------------------- */

static uint64_t
part_blocks (const struct virtio_mem *mem)
{
    return BIT_ULL (mem->parts.shift) / mem->block_bytes;
}

/* Has the parts there that the request in hand is about. */
static int
add_parts (struct virtio_mem *mem)
{
    struct memory *memory = mem->virtio.device.env->memory;
    uint64_t blocks = part_blocks (mem), last = (mem->first + mem->n - 1) / blocks;
    int ret = 0;

    for (uint64_t i = mem->first / blocks; i <= last && ret == 0; i++)
        ret = memory_set_part (memory, mem->region, (unsigned) i, true);
    return ret;
}

/* Takes away the parts that have no block plugged, and from all such what is left in them: what the guest
 * touched unplugged, or a request in flight wrote late. */
static void
remove_empty_parts (struct virtio_mem *mem)
{
    struct memory *memory = mem->virtio.device.env->memory;
    uint64_t blocks = part_blocks (mem);

    for (uint64_t i = 0; i * blocks < mem->n_blocks; i++) {
        uint64_t n = MIN_OF (blocks, mem->n_blocks - i * blocks);

        if (count_plugged (mem, i * blocks, n) > 0)
            continue;
        memory_set_part (memory, mem->region, (unsigned) i, false);
        discard_blocks (mem, i * blocks, n);
    }
}

/* --- the usable region ----------------------------------------------------------------------- */

static uint64_t
usable_for_requested (const struct virtio_mem *mem)
{
    uint64_t spare = mem->region->gpa >= LARGE_BYTES ? SPARE_OF_LARGE : SPARE_BYTES;
    uint64_t size = mem->region->size_bytes;

    if (mem->requested == 0)
        return 0;
    if (spare >= size - mem->requested)
        return size;
    return align_up (mem->requested + spare, mem->block_bytes);
}

/* The requests' blocks, as COUNT from ADDRESS on, into FIRST and N; false when they are none (§5.15.6.1). */
static bool
take_blocks (struct virtio_mem *mem, uint64_t address, uint16_t count)
{
    uint64_t offset = address - mem->region->gpa;

    if (count == 0 || address < mem->region->gpa || offset % mem->block_bytes
        || !range_fits (offset, count * mem->block_bytes, mem->usable))
        return false;
    mem->first = offset / mem->block_bytes;
    mem->n = count;
    return true;
}

/* --- carrying out ---------------------------------------------------------------------------- */

static void
answer_locked (struct virtio_mem *mem, enum virtio_mem_answer answer,
               enum virtio_mem_block_state state)
{
    uint8_t raw[VIRTIO_MEM_ANSWER_BYTES] = { 0 };

    store_le16 (raw + VIRTIO_MEM_ANSWER_TYPE, (uint16_t) answer);
    store_le16 (raw + VIRTIO_MEM_ANSWER_STATE, (uint16_t) state);
    queue_chain_write (&mem->chain, 0, raw, sizeof raw);
    virtio_push_locked (&mem->virtio.queues[0], mem->chain.ticket, sizeof raw);
}

/* The request in hand was carried out, or RET says why not. */
static void
end_request (struct virtio_mem *mem, int ret)
{
    if (ret == 0)
        set_plugged (mem, mem->first, mem->n, mem->request == VIRTIO_MEM_PLUG);
    if (ret == 0 && mem->request != VIRTIO_MEM_PLUG
        && mem->n_plugged * mem->block_bytes <= mem->requested)
        remove_empty_parts (mem);
    if (ret == 0 && mem->request == VIRTIO_MEM_UNPLUG_ALL)
        mem->usable = usable_for_requested (mem);
    mem->is_busy = false;
    pthread_mutex_lock (&mem->virtio.lock);
    show_locked (mem);
    answer_locked (mem, ret == 0 ? VIRTIO_MEM_ACK : VIRTIO_MEM_BUSY, 0);
    pthread_mutex_unlock (&mem->virtio.lock);
    tell (mem);
}

static void
work_cb (void *opaque)
{
    struct virtio_mem *mem = opaque;
    uint64_t n = MIN_OF (mem->n - mem->done, MAX_OF (TURN_BYTES / mem->block_bytes, (uint64_t) 1));
    int ret;

    if (mem->request == VIRTIO_MEM_PLUG) {
        end_request (mem, add_parts (mem));
        return;
    }
    ret = discard_blocks (mem, mem->first + mem->done, n);
    mem->done += n;
    if (ret < 0 || mem->done == mem->n)
        end_request (mem, ret);
    else
        loop_work_queue (mem->virtio.loop, &mem->work);
}

static void
begin_request (struct virtio_mem *mem, enum virtio_mem_request request)
{
    mem->is_busy = true;
    mem->request = request;
    mem->done = 0;
    loop_work_queue (mem->virtio.loop, &mem->work);
}

/* --- requests -------------------------------------------------------------------------------- */

static void
handle_plug_locked (struct virtio_mem *mem)
{
    if (count_plugged (mem, mem->first, mem->n) > 0)
        answer_locked (mem, VIRTIO_MEM_ERROR, 0);
    else if ((mem->n_plugged + mem->n) * mem->block_bytes > mem->requested)
        answer_locked (mem, VIRTIO_MEM_NACK, 0);
    else
        begin_request (mem, VIRTIO_MEM_PLUG);
}

static void
handle_unplug_locked (struct virtio_mem *mem)
{
    if (count_plugged (mem, mem->first, mem->n) < mem->n)
        answer_locked (mem, VIRTIO_MEM_ERROR, 0);
    else
        begin_request (mem, VIRTIO_MEM_UNPLUG);
}

static void
handle_state_locked (struct virtio_mem *mem)
{
    uint64_t n = count_plugged (mem, mem->first, mem->n);

    answer_locked (mem, VIRTIO_MEM_ACK,
                   n == 0        ? VIRTIO_MEM_IS_UNPLUGGED
                   : n == mem->n ? VIRTIO_MEM_IS_PLUGGED
                                 : VIRTIO_MEM_IS_MIXED);
}

static void
handle_locked (struct virtio_mem *mem, const uint8_t *raw)
{
    uint16_t type = load_le16 (raw + VIRTIO_MEM_REQUEST_TYPE);

    if (type == VIRTIO_MEM_UNPLUG_ALL) {
        mem->first = 0;
        mem->n = mem->n_blocks;
        begin_request (mem, VIRTIO_MEM_UNPLUG_ALL);
    } else if (!take_blocks (mem, load_le64 (raw + VIRTIO_MEM_REQUEST_ADDRESS),
                             load_le16 (raw + VIRTIO_MEM_REQUEST_COUNT))) {
        answer_locked (mem, VIRTIO_MEM_ERROR, 0);
    } else if (type == VIRTIO_MEM_PLUG) {
        handle_plug_locked (mem);
    } else if (type == VIRTIO_MEM_UNPLUG) {
        handle_unplug_locked (mem);
    } else if (type == VIRTIO_MEM_STATE) {
        handle_state_locked (mem);
    } else {
        answer_locked (mem, VIRTIO_MEM_ERROR, 0);
    }
}

static bool
mem_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_mem *mem = mem_from_virtio (vdev);
    uint8_t raw[VIRTIO_MEM_REQUEST_BYTES];

    for (unsigned n = 0; n < queue->ring.size; n++) {
        if (mem->is_busy || !virtio_pop_locked (queue, &mem->chain))
            return false; /* the answer's push brings us back */
        if (mem->chain.in_bytes < VIRTIO_MEM_ANSWER_BYTES
            || queue_chain_read (&mem->chain, 0, raw, sizeof raw) < sizeof raw) {
            device_mark_broken (&vdev->device, "short request, or no room for an answer");
            virtio_push_locked (queue, mem->chain.ticket, 0);
            return false;
        }
        handle_locked (mem, raw);
    }
    return true;
}

static const struct virtio_ops mem_virtio_ops = { .process = mem_process };

static const struct virtio_type mem_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = QUEUE_SIZE,
    .ops = &mem_virtio_ops,
};

/* --- for the machine ------------------------------------------------------------------------- */

void
virtio_mem_set_requested (struct device *device, uint64_t bytes)
{
    struct virtio_mem *mem = mem_from_device (device);

    mem->requested = align_up (MIN_OF (bytes, mem->region->size_bytes), mem->block_bytes);
    mem->usable = MAX_OF (mem->usable, usable_for_requested (mem));
    pthread_mutex_lock (&mem->virtio.lock);
    show_locked (mem);
    if (mem->virtio.status & VIRTIO_STATUS_DRIVER_OK)
        virtio_config_changed_locked (&mem->virtio);
    pthread_mutex_unlock (&mem->virtio.lock);
    tell (mem);
}

void
virtio_mem_set_watch (struct device *device, void (*changed) (void *opaque), void *opaque)
{
    struct virtio_mem *mem = mem_from_device (device);

    mem->changed = changed;
    mem->opaque = opaque;
}

void
virtio_mem_get_state (struct device *device, struct virtio_mem_state *state)
{
    struct virtio_mem *mem = mem_from_device (device);

    pthread_mutex_lock (&mem->virtio.lock);
    state->requested_bytes = load_le64 (mem->config + VIRTIO_MEM_CONFIG_REQUESTED);
    state->plugged_bytes = load_le64 (mem->config + VIRTIO_MEM_CONFIG_PLUGGED);
    pthread_mutex_unlock (&mem->virtio.lock);
}

/* --- life ------------------------------------------------------------------------------------ */

/* The machine's: all is unplugged (§5.15.6); a driver's reset changes nothing (§5.15.5). */
static void
mem_reset (struct device *device)
{
    struct virtio_mem *mem = mem_from_device (device);

    loop_work_cancel (mem->virtio.loop, &mem->work);
    mem->is_busy = false;
    set_plugged (mem, 0, mem->n_blocks, false);
    remove_empty_parts (mem);
    mem->usable = usable_for_requested (mem);
    pthread_mutex_lock (&mem->virtio.lock);
    show_locked (mem);
    pthread_mutex_unlock (&mem->virtio.lock);
    virtio_pci_reset (&mem->pci);
    tell (mem);
}

static void
mem_destroy (struct device *device)
{
    struct virtio_mem *mem = mem_from_device (device);

    loop_work_cancel (mem->virtio.loop, &mem->work);
    virtio_pci_destroy (&mem->pci);
    virtio_destroy (&mem->virtio);
    memory_unmap (device->env->memory, mem->region);
    mem->region->parts = NULL;
    free (mem->plugged);
    free (mem);
}

static const struct device_ops mem_device_ops = {
    .reset = mem_reset,
    .destroy = mem_destroy,
    .broken = virtio_broken,
};

/* Takes REGION, which nobody has mapped yet. */
static int
take_region (struct virtio_mem *mem, struct memory_block *region, struct memory *memory)
{
    unsigned shift = MAX_OF (PART_SHIFT, (unsigned) __builtin_ctzll (mem->block_bytes));
    int ret;

    if (!is_power_of_two (mem->block_bytes) || region->size_bytes % mem->block_bytes
        || region->gpa % mem->block_bytes)
        return -EINVAL;
    while ((region->size_bytes - 1) >> shift >= MEMORY_MAX_PARTS)
        shift++;
    mem->n_blocks = region->size_bytes / mem->block_bytes;
    mem->plugged = calloc ((mem->n_blocks + 63) / 64, sizeof mem->plugged[0]);
    if (!mem->plugged)
        return -ENOMEM;
    mem->parts.shift = shift;
    region->parts = &mem->parts;
    ret = memory_map (memory, region, region->gpa);
    if (ret < 0) {
        region->parts = NULL;
        return ret;
    }
    mem->region = region;
    store_le64 (mem->config + VIRTIO_MEM_CONFIG_BLOCK, mem->block_bytes);
    store_le64 (mem->config + VIRTIO_MEM_CONFIG_ADDRESS, region->gpa);
    store_le64 (mem->config + VIRTIO_MEM_CONFIG_REGION, region->size_bytes);
    return 0;
}

static int
mem_create (const struct device_args *args, struct device **out)
{
    const struct virtio_mem_config *options = args->config;
    struct memory_block *region = args->env->pluggable;
    struct virtio_mem *mem;
    int ret;

    if (!region || region->parts)
        return -ENODEV;
    mem = calloc (1, sizeof *mem);
    if (!mem)
        return -ENOMEM;
    mem->block_bytes = options->block_bytes;
    virtio_init (&mem->virtio, args, &mem_device_ops, &mem_type, 1, args->env->loop);
    mem->virtio.device.class = &virtio_mem_class;
    mem->virtio.offered |= BIT_ULL (VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
    mem->virtio.config = mem->config;
    mem->virtio.config_size = sizeof mem->config;
    loop_work_init (&mem->work, work_cb, mem);
    ret = take_region (mem, region, args->env->memory);
    if (ret == 0) {
        virtio_mem_set_requested (&mem->virtio.device, options->requested);
        ret = virtio_pci_init (&mem->pci, &mem->virtio, args->slot);
    }
    if (ret == 0) {
        *out = &mem->virtio.device;
        return 0;
    }
    if (mem->region) {
        memory_unmap (args->env->memory, region);
        region->parts = NULL;
    }
    virtio_destroy (&mem->virtio);
    free (mem->plugged);
    free (mem);
    return ret;
}

static const struct option mem_options[] = {
    { .name = "block-size",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_mem_config, block_bytes),
      .min = MIN_BLOCK_BYTES,
      .max = MAX_BLOCK_BYTES,
      .fallback = "2097152",
      .help = "Bytes that come and go at once, a power of two" },
    { .name = "requested",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_mem_config, requested),
      .max = GIB (4096),
      .fallback = "0",
      .help = "Bytes the guest is asked to plug from the start" },
};

const struct device_class virtio_mem_class = {
    .name = "virtio-mem",
    .summary = "Memory that comes and goes while the guest runs",
    .bus = DEVICE_BUS_PCI,
    .is_fixed = true, /* its place among addresses is laid out with the machine */
    .backend = BACKEND_NONE,
    .options = mem_options,
    .n_options = ARRAY_SIZE (mem_options),
    .config_size = sizeof (struct virtio_mem_config),
    .create = mem_create,
};
