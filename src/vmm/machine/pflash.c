/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pflash.c - the flash chip with a machine's UEFI variables.
 *
 * Theory of operation
 *
 * A NOR chip with Intel's command set (Intel 28F-series datasheets; QEMU's pflash_cfi01 is the one
 * firmware knows).  A write is a command or what the command before it wanted:
 *
 *     10h, 40h  program: the next write is stored where it goes
 *     20h       erase: D0h next clears that block to FFh, anything else is an error
 *     50h       clear the status register
 *     70h       from now on reads return the status register
 *     FFh       from now on reads return what is stored
 *
 * Detection.  OVMF writes 50h and must not read it back, then 70h and wants to read 00h: a status of
 * 80h, "ready", as a chip has it after power-on, is no flash to it.  So the status is 0 until
 * something was programmed or erased.
 *
 * Speed.  Reads are by far the most, so the bytes are a read-only memslot: only writes come here.
 * A first boot stores 33,000 single bytes, each a command and a datum; a chip answers with its
 * status from the command on, but taking the memslot away and putting it back costs 133 us, four
 * seconds in all, and no driver reads in between.  So what is stored stays readable through
 * program and erase, and the memslot goes only for 70h, which happens once a boot.
 *
 * Programming replaces a byte.  A real chip can only clear bits, and a driver that erases first, as
 * all do, sees no difference.
 *
 * Saving.  `sequence` is odd while bytes change (see struct vmm_variables), so that the keeper can
 * tell a copy that was disturbed.  It is told of changes by a timer that the first of them starts.
 */
#include "pflash.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "bus.h"
#include "loop.h"

#define COMMAND_PROGRAM       0x10
#define COMMAND_ERASE         0x20
#define COMMAND_PROGRAM_TOO   0x40
#define COMMAND_CLEAR_STATUS  0x50
#define COMMAND_READ_STATUS   0x70
#define COMMAND_CONFIRM_ERASE 0xd0

#define STATUS_READY          0x80
#define STATUS_SEQUENCE_ERROR 0x30 /* erase and program failed at once: a wrong command */

_Static_assert(PFLASH_BLOCK_BYTES == VMM_VARIABLES_BLOCK, "the keeper makes whole blocks");

/* What the next write is. */
enum expect { EXPECT_COMMAND, EXPECT_DATUM, EXPECT_CONFIRMATION };

struct pflash {
    struct device device;
    struct pflash_config config;
    struct bus_region region;
    struct memory_block block;
    struct loop_timer tell;

    pthread_mutex_t lock; /* guards what follows, and the bytes against other vCPUs */
    enum expect expect;
    uint8_t status;
    bool shows_status; /* reads return it, and the block is not mapped */
    bool will_tell;    /* the timer runs */
};

/* --- changing bytes -------------------------------------------------------------------------- */

static void
begin_change_locked (struct pflash *f)
{
    atomic_fetch_add (&f->config.shared->sequence, 1);
}

static void
end_change_locked (struct pflash *f)
{
    atomic_fetch_add (&f->config.shared->sequence, 1);
    f->status |= STATUS_READY;
    if (!f->will_tell)
        loop_timer_arm (&f->tell, loop_now_ns () + PFLASH_TELL_NS);
    f->will_tell = true;
}

static void
tell_cb (void *opaque)
{
    struct pflash *f = opaque;

    pthread_mutex_lock (&f->lock);
    f->will_tell = false; /* what changes from here on is told anew */
    pthread_mutex_unlock (&f->lock);
    f->config.changed (f->config.opaque);
}

static void
program_locked (struct pflash *f, uint64_t offset, uint64_t value, unsigned size)
{
    begin_change_locked (f);
    store_le (f->config.bytes + offset, value, size);
    end_change_locked (f);
}

static void
erase_locked (struct pflash *f, uint64_t offset)
{
    begin_change_locked (f);
    memset (f->config.bytes + align_down (offset, PFLASH_BLOCK_BYTES), 0xff, PFLASH_BLOCK_BYTES);
    end_change_locked (f);
}

/* --- commands -------------------------------------------------------------------------------- */

/* Should KVM not take the block back, reads go on to come here, and are answered. */
static void
show_status_locked (struct pflash *f, bool show)
{
    if (f->shows_status == show)
        return;
    f->shows_status = show;
    if (show)
        memory_unmap (f->device.env->memory, &f->block);
    else
        memory_map (f->device.env->memory, &f->block, f->config.gpa);
}

static void
command_locked (struct pflash *f, uint8_t command)
{
    switch (command) {
    case COMMAND_PROGRAM:
    case COMMAND_PROGRAM_TOO:
        f->expect = EXPECT_DATUM;
        break;
    case COMMAND_ERASE:
        f->expect = EXPECT_CONFIRMATION;
        break;
    case COMMAND_CLEAR_STATUS:
        f->status = 0;
        break;
    case COMMAND_READ_STATUS:
        show_status_locked (f, true);
        break;
    default: /* FFh, and what this chip does not know */
        show_status_locked (f, false);
        break;
    }
}

static void
pflash_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct pflash *f = opaque;
    enum expect expect;

    pthread_mutex_lock (&f->lock);
    expect = f->expect;
    f->expect = EXPECT_COMMAND;
    if (expect == EXPECT_DATUM)
        program_locked (f, offset, value, size);
    else if (expect == EXPECT_COMMAND)
        command_locked (f, (uint8_t) value);
    else if ((uint8_t) value == COMMAND_CONFIRM_ERASE)
        erase_locked (f, offset);
    else
        f->status |= STATUS_READY | STATUS_SEQUENCE_ERROR;
    pthread_mutex_unlock (&f->lock);
}

/* While the block is not mapped: each byte of the answer is the status register. */
static uint64_t
pflash_read (void *opaque, uint64_t offset, unsigned size)
{
    struct pflash *f = opaque;
    uint64_t value;

    pthread_mutex_lock (&f->lock);
    if (f->shows_status)
        value = (0x0101010101010101ull * f->status) & ones (size);
    else
        value = load_le (f->config.bytes + offset, size);
    pthread_mutex_unlock (&f->lock);
    return value;
}

static const struct bus_region_ops region_ops = { pflash_read, pflash_write, 8 };

/* --- life ------------------------------------------------------------------------------------ */

static void
pflash_reset (struct device *device)
{
    struct pflash *f = container_of (device, struct pflash, device);

    pthread_mutex_lock (&f->lock);
    f->expect = EXPECT_COMMAND;
    f->status = 0;
    show_status_locked (f, false);
    pthread_mutex_unlock (&f->lock);
}

static void
pflash_destroy (struct device *device)
{
    struct pflash *f = container_of (device, struct pflash, device);

    loop_timer_disarm (&f->tell);
    bus_remove (f->device.env->mmio, &f->region);
    memory_unmap (f->device.env->memory, &f->block);
    pthread_mutex_destroy (&f->lock);
    free (f);
}

static const struct device_ops pflash_ops = { .reset = pflash_reset, .destroy = pflash_destroy };

static int
add_to_machine (struct pflash *f)
{
    bus_region_init (&f->region, "pflash", &region_ops, f, f->config.size_bytes,
                     BUS_PRIORITY_FIXED);
    f->block = (struct memory_block){
        .name = "uefi-variables",
        .kind = MEMORY_ROM,
        .host = f->config.bytes,
        .size_bytes = f->config.size_bytes,
        .slot = -1,
    };
    list_init (&f->block.node);
    if (bus_add (f->device.env->mmio, &f->region, f->config.gpa) < 0)
        return -ENOMEM;
    return memory_map (f->device.env->memory, &f->block, f->config.gpa);
}

int
pflash_create (const struct device_env *env, const struct pflash_config *config,
               struct device **out)
{
    const struct device_args args = { .env = env, .alias = "uefi-variables" };
    struct pflash *f = calloc (1, sizeof *f);
    int ret;

    if (!f)
        return -ENOMEM;
    device_init (&f->device, &pflash_ops, &args);
    f->config = *config;
    pthread_mutex_init (&f->lock, NULL);
    loop_timer_init (&f->tell, env->loop, tell_cb, f);
    ret = add_to_machine (f);
    if (ret < 0) {
        pflash_destroy (&f->device);
        return ret;
    }
    *out = &f->device;
    return 0;
}
