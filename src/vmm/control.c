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

#include "bits.h"
#include "device.h"
#include "fd.h"
#include "input.h"
#include "log.h"
#include "loop.h"
#include "message.h"
#include "scanout.h"

struct control {
    int sock;
    struct machine *machine;
    struct loop_watch watch;
    uint32_t create_serial;
    enum vmm_stop_reason stop_reason;
};

/* A message as it came. */
struct request {
    struct vmm_header header;
    const uint8_t *bytes;
    size_t len;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
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
receive (int sock, struct request *request)
{
    int n = message_receive (sock, buffer, sizeof buffer, request->fds, &request->n_fds);

    if (n <= 0)
        return n == -ECONNRESET ? 0 : n;
    request->bytes = buffer;
    request->len = (size_t) n;
    if (request->len < sizeof request->header) {
        memset (&request->header, 0, sizeof request->header);
        return -EBADMSG;
    }
    memcpy (&request->header, buffer, sizeof request->header);
    if (request->header.version != VMM_PROTOCOL_VERSION || request->header.size != request->len
        || request->header.n_fds != request->n_fds)
        return -EBADMSG;
    return n;
}

static void
close_fds (struct request *request)
{
    for (unsigned i = 0; i < request->n_fds; i++)
        fd_close (&request->fds[i]);
}

int
control_receive_config (struct control *control, struct machine_config *config)
{
    struct request request;
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
        close_fds (&request);
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

/* Copies the message that REQUEST is; false when it is not of SIZE bytes. */
static bool
take (const struct request *request, void *message, size_t size)
{
    if (request->len != size)
        return false;
    memcpy (message, request->bytes, size);
    return true;
}

/* The same of a message about a device: ALIAS, a field of MESSAGE, ends, whatever came. */
static bool
take_about_device (const struct request *request, void *message, size_t size,
                   char alias[VMM_ALIAS_BYTES])
{
    if (!take (request, message, size))
        return false;
    alias[VMM_ALIAS_BYTES - 1] = '\0';
    return true;
}

static const char *
handle_display (struct control *control, struct request *request)
{
    struct scanout *scanout = machine_get_scanout (control->machine);

    if (!scanout)
        return "this machine has no display";
    if (request->n_fds != 1)
        return "a display channel comes with one descriptor";
    return scanout_add_channel (scanout, fd_steal (&request->fds[0])) < 0
               ? "the display takes no more viewers"
               : NULL;
}

static const char *
handle_key (struct control *control, struct request *request)
{
    struct vmm_key key;

    if (!take (request, &key, sizeof key))
        return "a key's message has the wrong size";
    input_key (machine_get_input (control->machine), key.code, key.down != 0);
    return NULL;
}

static const char *
handle_set_memory (struct control *control, struct request *request)
{
    struct vmm_set_memory message;

    if (!take (request, &message, sizeof message))
        return "the message about memory has the wrong size";
    return machine_set_memory (control->machine, message.bytes);
}

static const char *
handle_connected (struct control *control, struct request *request)
{
    struct vmm_connected message;

    if (!take_about_device (request, &message, sizeof message, message.alias))
        return "a port's message has the wrong size";
    return machine_set_connected (control->machine, message.alias, message.connected != 0) < 0
               ? "there is no such port"
               : NULL;
}

static const char *
no_card (int ret)
{
    return ret == -ENODEV ? "there is no such network card"
                          : "the network card cannot have that peer";
}

static const char *
handle_link (struct control *control, struct request *request)
{
    struct vmm_link link;
    int ret;

    if (!take_about_device (request, &link, sizeof link, link.alias))
        return "a link's message has the wrong size";
    ret = machine_set_link (control->machine, link.alias, link.up != 0);
    return ret < 0 ? no_card (ret) : NULL;
}

static const char *
handle_net (struct control *control, struct request *request)
{
    struct vmm_net net;
    int ret;

    if (request->n_fds != 1 || !take_about_device (request, &net, sizeof net, net.alias))
        return "a network peer comes with one descriptor";
    ret = machine_replace_net (control->machine, net.alias, net.backend,
                               fd_steal (&request->fds[0]));
    return ret < 0 ? no_card (ret) : NULL;
}

/* The descriptors are the machine's, or closed, in any case. */
static const char *
handle_attach (struct control *control, struct request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct device_config device;
    const char *why;
    int ret = machine_config_parse_device (&device, request->bytes, request->len, request->fds,
                                           request->n_fds, &why);

    request->n_fds = 0;
    if (ret < 0)
        return why;
    ret = machine_attach (control->machine, &device, text);
    fd_close (&device.fd);
    return ret < 0 ? text : NULL;
}

static const char *
handle_detach (struct control *control, struct request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_detach detach;

    if (!take_about_device (request, &detach, sizeof detach, detach.alias))
        return "a request to detach has the wrong size";
    return machine_detach (control->machine, detach.alias, detach.force == 1, text) < 0 ? text
                                                                                        : NULL;
}

static const char *
handle_set_vcpus (struct control *control, struct request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_set_vcpus vcpus;

    if (!take (request, &vcpus, sizeof vcpus))
        return "a request for processors has the wrong size";
    return machine_set_vcpus (control->machine, vcpus.n, text) < 0 ? text : NULL;
}

static const char *
handle_eject (struct control *control, struct request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_eject eject;

    if (!take_about_device (request, &eject, sizeof eject, eject.alias))
        return "a request to eject has the wrong size";
    return machine_eject (control->machine, eject.alias, eject.force == 1, text) < 0 ? text : NULL;
}

static const char *
handle_insert (struct control *control, struct request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_insert insert;

    if (request->n_fds != 1 || !take_about_device (request, &insert, sizeof insert, insert.alias))
        return "a medium comes with one descriptor";
    return machine_insert (control->machine, insert.alias, fd_steal (&request->fds[0]),
                           insert.backend_flags, insert.force == 1, text)
                   < 0
               ? text
               : NULL;
}

static const char *
handle_resize (struct control *control, struct request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_resize resize;

    if (!take_about_device (request, &resize, sizeof resize, resize.alias))
        return "a request to resize has the wrong size";
    return machine_resize (control->machine, resize.alias, resize.size_bytes, text) < 0 ? text
                                                                                        : NULL;
}

static void
send_statistics (struct control *control, uint32_t serial)
{
    struct vmm_statistics message = { 0 };

    machine_get_statistics (control->machine, &message);
    send_message (control->sock, &message, sizeof message, VMM_STATISTICS_REPLY, serial);
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
handle (struct control *control, struct request *request)
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
    case VMM_DISPLAY:
        return handle_display (control, request);
    case VMM_KEY:
        return handle_key (control, request);
    case VMM_SET_MEMORY:
        return handle_set_memory (control, request);
    case VMM_CONNECTED:
        return handle_connected (control, request);
    case VMM_LINK:
        return handle_link (control, request);
    case VMM_NET:
        return handle_net (control, request);
    case VMM_ATTACH:
        return handle_attach (control, request);
    case VMM_DETACH:
        return handle_detach (control, request);
    case VMM_SET_VCPUS:
        return handle_set_vcpus (control, request);
    case VMM_EJECT:
        return handle_eject (control, request);
    case VMM_INSERT:
        return handle_insert (control, request);
    case VMM_RESIZE:
        return handle_resize (control, request);
    default:
        return "there is no such request";
    }
}

static void
readable_cb (void *opaque, uint32_t events)
{
    struct control *control = opaque;
    struct request request;
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
        if (why)
            send_text (control, VMM_FAILED, request.header.serial, why);
        else
            send_plain (control, VMM_DONE, request.header.serial);
    }
    close_fds (&request);
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
powered_off (void *opaque)
{
    end (opaque, VMM_STOP_GUEST);
}

const struct machine_ops control_machine_ops = {
    .was_reset = was_reset,
    .broken = broken,
    .event = device_event,
    .paused = paused,
    .stuck = stuck,
    .variables_changed = variables_changed,
    .unplug = unplug,
    .vcpus = vcpus,
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
    send_plain (control, VMM_CREATED, control->create_serial);
    if (loop_watch_add (loop, &control->watch, control->sock, EPOLLIN, readable_cb, control) < 0) {
        control->stop_reason = VMM_STOP_ERROR;
        return;
    }
    loop_run (loop);
    loop_watch_remove (loop, &control->watch);
}
