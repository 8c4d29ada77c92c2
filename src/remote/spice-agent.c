/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-agent.c - the guest's agent, on a stream socket, as the SPICE library's device.
 *
 * What the agent says is the library's to understand and to check.  It reads when it may hand something on to
 * viewers; until then what has come waits in the socket, and we do not wait for more.
 */
#define _GNU_SOURCE
#include "spice-agent.h"

#include <errno.h>
#include <sys/socket.h>

#include "bits.h"
#include "fd.h"
#include "spice-loop.h"

static struct spice_agent *
of (SpiceCharDeviceInstance *device)
{
    return container_of (device, struct spice_agent, device);
}

static void
wait_for (struct spice_agent *agent, int events)
{
    agent->events = events;
    spice_loop_set_events (agent->watch, events);
}

static void
close_socket (struct spice_agent *agent)
{
    spice_loop_unwatch (agent->watch);
    agent->watch = NULL;
    fd_close (&agent->sock);
}

/* Not from within a call of the library's about the device: it goes. */
static void
lose (struct spice_agent *agent)
{
    close_socket (agent);
    agent->is_lost = true;
    if (agent->is_attached)
        spice_server_remove_interface (&agent->device.base);
    agent->is_attached = false;
}

/* --- the library's calls ------------------------------------------------------------- */

static int
read_cb (SpiceCharDeviceInstance *device, uint8_t *buf, int len)
{
    struct spice_agent *agent = of (device);
    ssize_t n = agent->sock < 0 ? 0 : recv (agent->sock, buf, (size_t) len, MSG_DONTWAIT);

    if (n <= 0 && agent->watch)
        wait_for (agent, agent->events | SPICE_WATCH_EVENT_READ);
    return n > 0 ? (int) n : 0;
}

/* A viewer's wish for a size goes to the display as well. */
static void
told_cb (void *opaque, uint32_t type, const uint8_t *body, size_t len)
{
    struct spice_agent *agent = opaque;
    struct {
        VDAgentMonitorsConfig head;
        VDAgentMonConfig first;
    } config;

    if (type != VD_AGENT_MONITORS_CONFIG || len < sizeof config || !agent->display->resizes)
        return;
    memcpy (&config, body, sizeof config);
    if (config.head.num_of_monitors > 0)
        display_client_resize (agent->display, config.first.width, config.first.height);
}

static int
write_cb (SpiceCharDeviceInstance *device, const uint8_t *buf, int len)
{
    struct spice_agent *agent = of (device);
    ssize_t n = agent->sock < 0
                    ? len /* nobody will ever read it */
                    : send (agent->sock, buf, (size_t) len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN)
        return len; /* the end is found by reading */
    if (n < len && agent->watch)
        wait_for (agent, agent->events | SPICE_WATCH_EVENT_WRITE);
    if (n < 0)
        return 0;
    spice_messages_read (&agent->messages, buf, (size_t) n, told_cb, agent);
    return (int) n;
}

/* 0: the agent talks nonsense.  Hanging up tells the guest to begin anew; that is found by the watch, as the
 * device must stay as long as the library is in a call about it. */
static void
state_cb (SpiceCharDeviceInstance *device, int connected)
{
    struct spice_agent *agent = of (device);

    if (!connected && agent->sock >= 0) {
        shutdown (agent->sock, SHUT_RDWR);
        wait_for (agent, SPICE_WATCH_EVENT_READ);
    }
}

static const SpiceCharDeviceInterface agent_interface = {
    .base = {
        .type = SPICE_INTERFACE_CHAR_DEVICE,
        .description = "agent",
        .major_version = SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
        .minor_version = SPICE_INTERFACE_CHAR_DEVICE_MINOR,
    },
    .state = state_cb,
    .write = write_cb,
    .read = read_cb,
    .flags = SPICE_CHAR_DEVICE_NOTIFY_WRITABLE,
};

/* --- who stands in ------------------------------------------------------------------- */

static struct spice_agent *
of_stand_in (SpiceCharDeviceInstance *device)
{
    return container_of (device, struct spice_agent, stand_in_device);
}

static int
stand_in_read_cb (SpiceCharDeviceInstance *device, uint8_t *buf, int len)
{
    return (int) spice_stand_in_read (&of_stand_in (device)->stand_in, buf, (size_t) len);
}

/* The library reads an answer when it is woken, which it must not be in the middle of its own call: see
 * spice_agent_set_stand_in(), which is called at every turn of the loop. */
static int
stand_in_write_cb (SpiceCharDeviceInstance *device, const uint8_t *buf, int len)
{
    spice_stand_in_write (&of_stand_in (device)->stand_in, buf, (size_t) len);
    return len;
}

static void
stand_in_state_cb (SpiceCharDeviceInstance *device, int connected)
{
}

static const SpiceCharDeviceInterface stand_in_interface = {
    .base = {
        .type = SPICE_INTERFACE_CHAR_DEVICE,
        .description = "no agent",
        .major_version = SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
        .minor_version = SPICE_INTERFACE_CHAR_DEVICE_MINOR,
    },
    .state = stand_in_state_cb,
    .write = stand_in_write_cb,
    .read = stand_in_read_cb,
    .flags = SPICE_CHAR_DEVICE_NOTIFY_WRITABLE,
};

void
spice_agent_set_stand_in (struct spice_agent *agent, bool wanted)
{
    wanted = wanted && !agent->is_attached;
    if (wanted && !agent->is_stood_in) {
        agent->stand_in = (struct spice_stand_in){ 0 };
        agent->stand_in_device =
            (SpiceCharDeviceInstance){ .base.sif = &stand_in_interface.base, .subtype = "vdagent" };
        agent->is_stood_in =
            spice_server_add_interface (agent->server, &agent->stand_in_device.base) == 0;
    } else if (!wanted && agent->is_stood_in) {
        agent->is_stood_in = false;
        spice_server_remove_interface (&agent->stand_in_device.base);
    } else if (agent->is_stood_in && agent->stand_in.answer_len > 0) {
        spice_server_char_device_wakeup (&agent->stand_in_device);
    }
}

/* --- the socket ---------------------------------------------------------------------- */

/* 1: something came; 0: nothing; -1: the end. */
static int
peek (struct spice_agent *agent)
{
    uint8_t byte;
    ssize_t n = recv (agent->sock, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n > 0 ? 1 : -1;
}

static void
ready_cb (int fd, int events, void *opaque)
{
    struct spice_agent *agent = opaque;
    int came = peek (agent);

    if (came < 0) {
        lose (agent);
        return;
    }
    if (came == 0 && !(events & SPICE_WATCH_EVENT_WRITE))
        return;
    if (came > 0 && !agent->is_attached) {
        spice_agent_set_stand_in (agent, false);
        agent->device = (SpiceCharDeviceInstance){ .base.sif = &agent_interface.base,
                                                   .subtype = "vdagent" };
        agent->messages = (struct spice_messages){ 0 };
        agent->is_attached = spice_server_add_interface (agent->server, &agent->device.base) == 0;
    }
    /* Asks again for what it could not do: read_cb() and write_cb() say anew what is waited for. */
    wait_for (agent, 0);
    if (agent->is_attached)
        spice_server_char_device_wakeup (&agent->device);
}

void
spice_agent_init (struct spice_agent *agent, SpiceServer *server, struct display_client *display)
{
    *agent = (struct spice_agent){ .server = server, .display = display, .sock = -1 };
}

void
spice_agent_set_socket (struct spice_agent *agent, int sock)
{
    if (agent->sock >= 0)
        lose (agent);
    agent->is_lost = false;
    agent->sock = sock;
    agent->events = SPICE_WATCH_EVENT_READ;
    agent->watch = spice_loop_watch (sock, agent->events, ready_cb, agent);
}
