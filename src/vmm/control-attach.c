/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control-attach.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "bits.h"
#include "loop.h"
#include "machine-config.h"

struct attach {
    struct control_attaches *owner;
    struct device_config device;
    uint32_t serial;
    struct loop_watch watch;
    struct loop_timer timer; /* its time is over */
    struct list node;
};

static void
attach_free (struct attach *attach)
{
    loop_watch_remove (machine_get_loop (attach->owner->machine), &attach->watch);
    loop_timer_disarm (&attach->timer);
    machine_config_close_device (&attach->device);
    list_remove (&attach->node);
    free (attach);
}

static void
end (struct attach *attach, const char *why)
{
    struct control_attaches *owner = attach->owner;

    owner->answer (owner->opaque, attach->serial, why);
    attach_free (attach);
}

static void
hear (struct attach *attach)
{
    struct machine *machine = attach->owner->machine;
    char text[VMM_TEXT_BYTES];
    int ret = machine_attach_hear (machine, &attach->device, text);

    if (ret == 0)
        return;
    loop_watch_remove (machine_get_loop (machine), &attach->watch); /* another loop will */
    if (ret > 0)
        ret = machine_attach (machine, &attach->device, text);
    end (attach, ret < 0 ? text : NULL);
}

static void
heard_cb (void *opaque, uint32_t events)
{
    hear (opaque);
}

static void
timer_cb (void *opaque)
{
    hear (opaque);
}

/* D, of which FD tells something until UNTIL_NS, is the waiting one's from now on.  False when there is no memory, or no
 * room in the loop. */
static bool
put_off (struct control_attaches *attaches, struct device_config *d, int fd, int64_t until_ns,
         uint32_t serial)
{
    struct loop *loop = machine_get_loop (attaches->machine);
    struct attach *attach = calloc (1, sizeof *attach);

    if (!attach)
        return false;
    attach->owner = attaches;
    attach->device = *d;
    attach->serial = serial;
    attach->watch = (struct loop_watch) LOOP_WATCH_INIT;
    loop_timer_init (&attach->timer, loop, timer_cb, attach);
    if (loop_watch_add (loop, &attach->watch, fd, EPOLLIN, heard_cb, attach) < 0) {
        free (attach);
        return false;
    }
    list_append (&attaches->waiting, &attach->node);
    loop_timer_arm (&attach->timer, until_ns);
    return true;
}

const char *
control_attach (struct control_attaches *attaches, struct device_config *d, uint32_t serial,
                bool *is_put_off)
{
    static char text[VMM_TEXT_BYTES];
    const char *why = NULL;
    int64_t until_ns;
    int fd = -1;
    int ret = machine_attach_begin (attaches->machine, d, &fd, &until_ns, text);

    *is_put_off = ret == 0 && fd >= 0 && put_off (attaches, d, fd, until_ns, serial);
    if (*is_put_off)
        return NULL;
    if (ret == 0)
        ret = fd < 0 ? machine_attach (attaches->machine, d, text) : -ENOMEM;
    if (ret < 0)
        why = fd < 0 ? text : "there is no memory to wait for it";
    machine_config_close_device (d);
    return why;
}

void
control_attaches_init (struct control_attaches *attaches, struct machine *machine,
                       void (*answer) (void *opaque, uint32_t serial, const char *why),
                       void *opaque)
{
    attaches->machine = machine;
    attaches->answer = answer;
    attaches->opaque = opaque;
    list_init (&attaches->waiting);
}

void
control_attaches_finish (struct control_attaches *attaches)
{
    list_for_each (node, &attaches->waiting)
        attach_free (container_of (node, struct attach, node));
}
