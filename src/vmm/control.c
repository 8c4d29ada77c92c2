/* SPDX-License-Identifier: GPL-2.0-or-later */
/* control.c - the VMM's end of the VMM socket.
 *
 * The socket is blocking for what we send: messages are small, the keeper reads whenever its loop
 * turns, and a keeper that is gone makes sending fail at once.
 */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "control-request.h"
#include "device.h"
#include "fd.h"
#include "log.h"
#include "loop.h"
#include "message.h"

struct control {
    int sock;
    struct machine *machine;
    struct loop_watch watch;
    uint32_t create_serial;
    enum vmm_stop_reason stop_reason;
    struct control_attaches attaches;
};

static _Alignas (8) uint8_t buffer[VMM_MESSAGE_MAX]; /* main thread only */

/* --- sending ------------------------------------------------------------------------------------ */

static void
send_message (int sock, void *message, size_t size, enum vmm_message_type type, uint32_t serial)
{
    struct vmm_header *header = message;

    *header = (struct vmm_header){
        .type = (uint16_t) type,
        .version = VMM_PROTOCOL_VERSION,
        .serial = serial,
        .size = (uint32_t) size,
    };
    message_send (sock, message, size, NULL, 0); /* a keeper that is gone shows as end of file */
}

static void
send_plain (struct control *control, enum vmm_message_type type, uint32_t serial)
{
    struct vmm_header header;

    send_message (control->sock, &header, sizeof header, type, serial);
}

static void
send_text (struct control *control, enum vmm_message_type type, uint32_t serial, const char *text)
{
    struct vmm_text message = { 0 };

    strncpy (message.text, text, sizeof message.text - 1);
    send_message (control->sock, &message, sizeof message, type, serial);
}

static void
send_state (struct control *control)
{
    struct vmm_state message = { 0 };

    message.state = machine_is_running (control->machine) ? VMM_RUNNING : VMM_PAUSED;
    send_message (control->sock, &message, sizeof message, VMM_EVENT_STATE, 0);
}

void
control_send_failed (struct control *control, const char *why)
{
    log_error ("%s", why);
    send_text (control, VMM_FAILED, control->create_serial, why);
}

void
control_send_stopped (struct control *control)
{
    struct vmm_stopped message = { .reason = control->stop_reason };

    send_message (control->sock, &message, sizeof message, VMM_EVENT_STOPPED, 0);
}

/* --- receiving ---------------------------------------------------------------------------------- */

/* Returns a positive length, 0 when the keeper is gone, or -errno; the descriptors are the caller's. */
static int
receive (int sock, struct control_request *request)
{
    int n = message_receive (sock, buffer, sizeof buffer, request->fds, &request->n_fds);

    request->header = (struct vmm_header){ 0 }; /* for the answer to what cannot be read */
    request->is_put_off = false;
    if (n <= 0)
        return n == -ECONNRESET ? 0 : n;
    request->bytes = buffer;
    request->len = (size_t) n;
    if (request->len < sizeof request->header)
        return -EBADMSG;
    memcpy (&request->header, buffer, sizeof request->header);
    if (request->header.version != VMM_PROTOCOL_VERSION || request->header.size != request->len
        || request->header.n_fds != request->n_fds)
        return -EBADMSG;
    return n;
}

int
control_receive_config (struct control *control, struct machine_config *config)
{
    struct control_request request;
    const char *why = "the first message is not a machine of this protocol's version";
    int ret = receive (control->sock, &request);

    if (ret == 0)
        return -ECONNRESET;
    control->create_serial = request.header.serial;
    if (ret > 0 && request.header.type == VMM_CREATE) {
        ret = machine_config_parse (config, request.bytes, request.len, request.fds, request.n_fds, &why);
        if (ret == 0)
            return 0;
        machine_config_clear (config);
    } else {
        fd_close_all (request.fds, request.n_fds);
        ret = -EBADMSG;
    }
    control_send_failed (control, why);
    return ret;
}

static void
end (struct control *control, enum vmm_stop_reason reason)
{
    control->stop_reason = reason;
    loop_quit (machine_get_loop (control->machine));
}

static void
send_statistics (struct control *control, uint32_t serial)
{
    struct vmm_statistics *message =
        (struct vmm_statistics *) buffer; /* the question was looked at */
    size_t size;

    _Static_assert(VMM_STATISTICS_MAX <= sizeof buffer, "the answer is a message");
    memset (message, 0, sizeof *message);
    size = machine_get_statistics (control->machine, message);
    send_message (control->sock, message, size, VMM_STATISTICS_REPLY, serial);
}

static void
run_or_pause (struct control *control, bool run)
{
    bool was_running = machine_is_running (control->machine);

    if (run)
        machine_run (control->machine);
    else
        machine_pause (control->machine);
    if (machine_is_running (control->machine) != was_running)
        send_state (control);
}

/* Returns NULL when it is done, or why it is refused. */
static const char *
handle (struct control *control, struct control_request *request)
{
    switch (request->header.type) {
    case VMM_RUN:
        run_or_pause (control, true);
        return machine_is_running (control->machine) ? NULL
                                                     : "the guest cannot go on; reset it";
    case VMM_PAUSE:
        run_or_pause (control, false);
        return NULL;
    case VMM_RESET:
        machine_reset (control->machine);
        return NULL;
    case VMM_POWER_BUTTON:
        machine_press_power_button (control->machine);
        return NULL;
    case VMM_QUIT:
        end (control, VMM_STOP_HOST);
        return NULL;
    default:
        return control_request_serve (request, control->machine, &control->attaches);
    }
}

/* WHY it is refused, or NULL. */
static void
answer (void *opaque, uint32_t serial, const char *why)
{
    struct control *control = opaque;

    if (why)
        send_text (control, VMM_FAILED, serial, why);
    else
        send_plain (control, VMM_DONE, serial);
}

static void
readable_cb (void *opaque, uint32_t events)
{
    struct control *control = opaque;
    struct control_request request;
    const char *why;
    int ret = receive (control->sock, &request);

    if (ret == -EAGAIN)
        return;
    if (ret <= 0 && ret != -EBADMSG) {
        end (control, VMM_STOP_HOST); /* the keeper is gone, and nobody will start us again */
        return;
    }
    if (ret > 0 && request.header.type == VMM_STATISTICS) {
        send_statistics (control, request.header.serial);
    } else {
        why = ret > 0 ? handle (control, &request) : "the message is malformed";
        if (!request.is_put_off)
            answer (control, request.header.serial, why);
    }
    fd_close_all (request.fds, request.n_fds);
}

/* --- the machine's events ------------------------------------------------------------------------ */

static void
was_reset (void *opaque)
{
    struct control *control = opaque;

    send_plain (control, VMM_EVENT_RESET, 0);
    send_state (control);
}

static void
broken (void *opaque, const char *alias, const char *reason)
{
    struct control *control = opaque;
    struct vmm_broken message = { 0 };

    strncpy (message.alias, alias, sizeof message.alias - 1);
    strncpy (message.reason, reason, sizeof message.reason - 1);
    send_message (control->sock, &message, sizeof message, VMM_EVENT_BROKEN, 0);
}

static void
block_lost (void *opaque, const char *alias, unsigned number, const char *why)
{
    struct control *control = opaque;
    struct vmm_block_lost message = { .number = number };

    strncpy (message.alias, alias, sizeof message.alias - 1);
    strncpy (message.reason, why, sizeof message.reason - 1);
    send_message (control->sock, &message, sizeof message, VMM_EVENT_BLOCK_LOST, 0);
}

/* The protocol's numbers are the devices' own. */
_Static_assert((int) VMM_DEVICE_EVENT_N == (int) DEVICE_EVENT_N
                   && (int) VMM_DEVICE_CRASH_LOADED == (int) DEVICE_EVENT_CRASH_LOADED,
               "events in the same order");
_Static_assert((int) VMM_ACTION_N == (int) DEVICE_ACTION_N
                   && (int) VMM_ACTION_PAUSE == (int) DEVICE_ACTION_PAUSE,
               "actions in the same order");

static void
device_event (void *opaque, const char *alias, unsigned event, unsigned action)
{
    struct control *control = opaque;
    struct vmm_device_event message = { .event = event, .action = action };

    strncpy (message.alias, alias, sizeof message.alias - 1);
    send_message (control->sock, &message, sizeof message, VMM_EVENT_DEVICE, 0);
}

static void
paused (void *opaque)
{
    send_state (opaque);
}

static void
stuck (void *opaque, const char *text)
{
    struct control *control = opaque;

    send_text (control, VMM_EVENT_STUCK, 0, text);
    send_state (control);
}

static void
variables_changed (void *opaque)
{
    send_plain (opaque, VMM_EVENT_VARIABLES, 0);
}

static void
unplug (void *opaque, const char *alias, enum vmm_unplug_state state)
{
    struct control *control = opaque;
    struct vmm_unplug message = { .state = state };

    strncpy (message.alias, alias, sizeof message.alias - 1);
    send_message (control->sock, &message, sizeof message, VMM_EVENT_UNPLUG, 0);
}

static void
vcpus (void *opaque, unsigned n, enum vmm_unplug_state state)
{
    struct control *control = opaque;
    struct vmm_vcpus message = { .n = n, .state = state };

    send_message (control->sock, &message, sizeof message, VMM_EVENT_VCPUS, 0);
}

static void
memory (void *opaque, uint64_t plugged_bytes, uint64_t requested_bytes)
{
    struct control *control = opaque;
    struct vmm_memory message = { .plugged_bytes = plugged_bytes,
                                  .requested_bytes = requested_bytes };

    send_message (control->sock, &message, sizeof message, VMM_EVENT_MEMORY, 0);
}

static void
powered_off (void *opaque)
{
    end (opaque, VMM_STOP_GUEST);
}

const struct machine_ops control_machine_ops = {
    .was_reset = was_reset,
    .broken = broken,
    .block_lost = block_lost,
    .event = device_event,
    .paused = paused,
    .stuck = stuck,
    .variables_changed = variables_changed,
    .unplug = unplug,
    .vcpus = vcpus,
    .memory = memory,
    .powered_off = powered_off,
};

struct control *
control_create (int sock)
{
    struct control *control = calloc (1, sizeof *control);

    if (!control)
        return NULL;
    control->sock = sock;
    control->watch = (struct loop_watch) LOOP_WATCH_INIT;
    return control;
}

void
control_destroy (struct control *control)
{
    free (control);
}

void
control_serve (struct control *control, struct machine *machine)
{
    struct loop *loop = machine_get_loop (machine);

    control->machine = machine;
    control_attaches_init (&control->attaches, machine, answer, control);
    send_plain (control, VMM_CREATED, control->create_serial);
    if (loop_watch_add (loop, &control->watch, control->sock, EPOLLIN, readable_cb, control) < 0) {
        control->stop_reason = VMM_STOP_ERROR;
        return;
    }
    loop_run (loop);
    control_attaches_finish (&control->attaches);
    loop_watch_remove (loop, &control->watch);
}
