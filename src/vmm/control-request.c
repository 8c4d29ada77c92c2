/* SPDX-License-Identifier: GPL-2.0-or-later */
/* control-request.c - the keeper's requests that say more than their type: taken apart, checked, and
 * handed to the machine.
 */
#include "control-request.h"

#include <errno.h>
#include <string.h>

#include "fd.h"
#include "input.h"
#include "scanout.h"

/* Copies the message that REQUEST is; false when it is not of SIZE bytes. */
static bool
take (const struct control_request *request, void *message, size_t size)
{
    if (request->len != size)
        return false;
    memcpy (message, request->bytes, size);
    return true;
}

/* The same of a message about a device: ALIAS, a field of MESSAGE, ends, whatever came. */
static bool
take_about_device (const struct control_request *request, void *message, size_t size,
                   char alias[VMM_ALIAS_BYTES])
{
    if (!take (request, message, size))
        return false;
    alias[VMM_ALIAS_BYTES - 1] = '\0';
    return true;
}

static const char *
handle_display (struct machine *machine, struct control_request *request)
{
    struct scanout *scanout = machine_get_scanout (machine);
    int ret;

    if (!scanout)
        return "this machine has no display";
    if (request->n_fds != 1)
        return "a display channel comes with one descriptor";
    ret = scanout_add_channel (scanout, request->fds[0]);
    if (ret == 0)
        request->fds[0] = -1;
    return ret == -EBUSY ? "the display takes no more viewers"
           : ret < 0     ? "that is no display channel"
                         : NULL;
}

static const char *
handle_key (struct machine *machine, struct control_request *request)
{
    struct vmm_key key;

    if (!take (request, &key, sizeof key))
        return "a key's message has the wrong size";
    input_key (machine_get_input (machine), key.code, key.down != 0);
    return NULL;
}

static const char *
handle_set_memory (struct machine *machine, struct control_request *request)
{
    struct vmm_set_memory message;

    if (!take (request, &message, sizeof message))
        return "the message about memory has the wrong size";
    return machine_set_memory (machine, message.bytes);
}

static const char *
handle_connected (struct machine *machine, struct control_request *request)
{
    struct vmm_connected message;

    if (!take_about_device (request, &message, sizeof message, message.alias))
        return "a port's message has the wrong size";
    return machine_set_connected (machine, message.alias, message.connected != 0) < 0
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
handle_link (struct machine *machine, struct control_request *request)
{
    struct vmm_link link;
    int ret;

    if (!take_about_device (request, &link, sizeof link, link.alias))
        return "a link's message has the wrong size";
    ret = machine_set_link (machine, link.alias, link.up != 0);
    return ret < 0 ? no_card (ret) : NULL;
}

static const char *
handle_net (struct machine *machine, struct control_request *request)
{
    struct vmm_net net;
    int ret;

    if (request->n_fds != 1 || !take_about_device (request, &net, sizeof net, net.alias))
        return "a network peer comes with one descriptor";
    ret = machine_replace_net (machine, net.alias, net.backend, fd_steal (&request->fds[0]));
    return ret < 0 ? no_card (ret) : NULL;
}

/* The descriptors are the machine's, or closed, in any case. */
static const char *
handle_attach (struct control_attaches *attaches, struct control_request *request)
{
    struct device_config device;
    const char *why;
    int ret = machine_config_parse_device (&device, request->bytes, request->len, request->fds,
                                           request->n_fds, &why);

    request->n_fds = 0;
    if (ret < 0)
        return why;
    return control_attach (attaches, &device, request->header.serial, &request->is_put_off);
}

static const char *
handle_detach (struct machine *machine, struct control_request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_detach detach;

    if (!take_about_device (request, &detach, sizeof detach, detach.alias))
        return "a request to detach has the wrong size";
    return machine_detach (machine, detach.alias, detach.force == 1, text) < 0 ? text : NULL;
}

static const char *
handle_set_vcpus (struct machine *machine, struct control_request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_set_vcpus vcpus;

    if (!take (request, &vcpus, sizeof vcpus))
        return "a request for processors has the wrong size";
    return machine_set_vcpus (machine, vcpus.n, text) < 0 ? text : NULL;
}

static const char *
handle_eject (struct machine *machine, struct control_request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_eject eject;

    if (!take_about_device (request, &eject, sizeof eject, eject.alias))
        return "a request to eject has the wrong size";
    return machine_eject (machine, eject.alias, eject.force == 1, text) < 0 ? text : NULL;
}

static const char *
handle_insert (struct machine *machine, struct control_request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_insert insert;

    if (request->n_fds != 1 || !take_about_device (request, &insert, sizeof insert, insert.alias))
        return "a medium comes with one descriptor";
    return machine_insert (machine, insert.alias, fd_steal (&request->fds[0]), insert.backend_flags,
                           insert.force == 1, text)
                   < 0
               ? text
               : NULL;
}

static const char *
handle_resize (struct machine *machine, struct control_request *request)
{
    static char text[VMM_TEXT_BYTES];
    struct vmm_resize resize;

    if (!take_about_device (request, &resize, sizeof resize, resize.alias))
        return "a request to resize has the wrong size";
    return machine_resize (machine, resize.alias, resize.size_bytes, text) < 0 ? text : NULL;
}

static const char *
handle_limits (struct machine *machine, struct control_request *request)
{
    struct vmm_limits limits;

    if (!take_about_device (request, &limits, sizeof limits, limits.alias))
        return "a message about limits has the wrong size";
    return machine_set_limits (machine, limits.alias, limits.limits) < 0 ? "there is no such disk"
                                                                         : NULL;
}

static const char *
handle_block (struct machine *machine, struct control_request *request)
{
    struct vmm_block block;
    int ret;

    if (request->n_fds > 1 || !take_about_device (request, &block, sizeof block, block.alias))
        return "a message about a disk's process comes with one descriptor or none";
    ret = machine_replace_block (machine, block.alias,
                                 request->n_fds == 1 ? fd_steal (&request->fds[0]) : -1);
    return ret == -ENODEV ? "there is no such disk"
           : ret < 0      ? "there is no process behind that disk"
                          : NULL;
}

const char *
control_request_serve (struct control_request *request, struct machine *machine,
                       struct control_attaches *attaches)
{
    switch (request->header.type) {
    case VMM_DISPLAY:
        return handle_display (machine, request);
    case VMM_KEY:
        return handle_key (machine, request);
    case VMM_SET_MEMORY:
        return handle_set_memory (machine, request);
    case VMM_CONNECTED:
        return handle_connected (machine, request);
    case VMM_LINK:
        return handle_link (machine, request);
    case VMM_NET:
        return handle_net (machine, request);
    case VMM_ATTACH:
        return handle_attach (attaches, request);
    case VMM_DETACH:
        return handle_detach (machine, request);
    case VMM_SET_VCPUS:
        return handle_set_vcpus (machine, request);
    case VMM_EJECT:
        return handle_eject (machine, request);
    case VMM_INSERT:
        return handle_insert (machine, request);
    case VMM_RESIZE:
        return handle_resize (machine, request);
    case VMM_LIMITS:
        return handle_limits (machine, request);
    case VMM_BLOCK:
        return handle_block (machine, request);
    default:
        return "there is no such request";
    }
}
