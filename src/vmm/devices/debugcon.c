/* SPDX-License-Identifier: GPL-2.0-or-later */
/* debugcon.c - the debug port 402h, where firmware writes its log.
 *
 * A byte written is a byte of log; E9h read says that somebody listens (SeaBIOS is silent without).
 * Bytes gather to lines, since one system call a byte is what makes such ports slow; the first byte
 * of all goes out at once, because it marks the moment in which the machine came to life.
 *
 * A guest may write for ever, so there is a cap on the whole, and a reader may sleep, so what a
 * full pipe does not take is dropped.  Once nobody listens any more the port reads as if it was not
 * there.
 */
#include "debugcon.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "bits.h"
#include "bus.h"
#include "fd.h"
#include "loop.h"

#define DEBUGCON_PORT    0x402
#define DEBUGCON_PRESENT 0xe9
#define LINE_BYTES       512 /* below PIPE_BUF: a pipe takes a line whole or not at all */
#define CAP_BYTES        MIB (1)
#define FLUSH_NS         50000000ll

struct debugcon {
    struct device device;
    struct bus_region region;
    struct loop_timer timer; /* flushes a line that is not finished */

    pthread_mutex_t lock; /* guards what follows */
    int fd;               /* owned; -1: nobody listens */
    uint64_t total;       /* bytes taken from the guest, dropped ones included */
    unsigned length;
    uint8_t line[LINE_BYTES];
};

static void
flush_locked (struct debugcon *self)
{
    ssize_t n;

    if (self->fd >= 0 && self->length > 0) {
        do {
            n = write (self->fd, self->line, self->length);
        } while (n < 0 && errno == EINTR);
        if ((n < 0 && errno != EAGAIN) || self->total >= CAP_BYTES)
            fd_close (&self->fd);
    }
    self->length = 0;
    loop_timer_disarm (&self->timer);
}

static void
timer_cb (void *opaque)
{
    struct debugcon *self = opaque;

    pthread_mutex_lock (&self->lock);
    flush_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
put_locked (struct debugcon *self, uint8_t byte)
{
    if (self->fd < 0)
        return;
    self->line[self->length++] = byte;
    self->total++;
    if (byte == '\n' || self->length == LINE_BYTES || self->total == 1 || self->total >= CAP_BYTES)
        flush_locked (self);
    else if (self->length == 1)
        loop_timer_arm (&self->timer, loop_now_ns () + FLUSH_NS);
}

static uint64_t
debugcon_read (void *opaque, uint64_t offset, unsigned size)
{
    struct debugcon *self = opaque;
    bool is_heard;

    pthread_mutex_lock (&self->lock);
    is_heard = self->fd >= 0;
    pthread_mutex_unlock (&self->lock);
    return is_heard ? DEBUGCON_PRESENT : ones (size);
}

static void
debugcon_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct debugcon *self = opaque;

    pthread_mutex_lock (&self->lock);
    put_locked (self, (uint8_t)value);
    pthread_mutex_unlock (&self->lock);
}

/* What the guest said before stays said; the cap counts on. */
static void
debugcon_reset (struct device *device)
{
    struct debugcon *self = container_of (device, struct debugcon, device);

    pthread_mutex_lock (&self->lock);
    flush_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
debugcon_destroy (struct device *device)
{
    struct debugcon *self = container_of (device, struct debugcon, device);

    bus_remove (self->device.env->ports, &self->region);
    flush_locked (self);
    fd_close (&self->fd);
    pthread_mutex_destroy (&self->lock);
    free (self);
}

static const struct device_ops debugcon_ops = {
    .reset = debugcon_reset,
    .destroy = debugcon_destroy,
};

static const struct bus_region_ops debugcon_region_ops = {
    .read = debugcon_read,
    .write = debugcon_write,
    .max_size = 1,
};

int
debugcon_create (const struct device_env *env, int fd, struct device **out)
{
    const struct device_args args = { .env = env, .alias = "debugcon" };
    struct debugcon *self = calloc (1, sizeof *self);
    int ret;

    if (!self) {
        fd_close (&fd);
        return -ENOMEM;
    }
    device_init (&self->device, &debugcon_ops, &args);
    pthread_mutex_init (&self->lock, NULL);
    loop_timer_init (&self->timer, env->loop, timer_cb, self);
    self->fd = fd;
    bus_region_init (&self->region, "debugcon", &debugcon_region_ops, self, 1, BUS_PRIORITY_FIXED);
    ret = fd >= 0 ? fd_set_nonblock (fd) : 0;
    if (ret == 0)
        ret = bus_add (env->ports, &self->region, DEBUGCON_PORT);
    if (ret < 0) {
        debugcon_destroy (&self->device);
        return ret;
    }
    *out = &self->device;
    return 0;
}
