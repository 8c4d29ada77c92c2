/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-ports.c - the guest's serial port, terminals and channels: a console each, by name. */
#include "keeper-ports.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#include "fd.h"
#include "vitrine-error.h"

#define LOG_BYTES (1024 * 1024)

typedef struct {
    KeeperPorts *ports;
    KeeperConsole *console;
    char *alias;
    gboolean is_channel;
} Port;

struct _KeeperPorts {
    KeeperVmm *vmm;   /* NULL before it has its ends, and once it is gone */
    GPtrArray *items; /* of Port */
    int *fds;         /* one a device of the definition, -1 for none */
    guint n_fds;
    int serial_fd;
};

static void
port_free (Port *port)
{
    keeper_console_free (port->console);
    g_free (port->alias);
    g_free (port);
}

/* --- names ----------------------------------------------------------------------------------- */

/* The name of the device at INDEX, or NULL when it is nothing of that sort. */
static char *
name_of (const VitrineDefinition *definition, guint index)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);
    const VitrineDefinitionDevice *device = g_ptr_array_index (devices, index);
    guint n_lower = 0;

    switch (device->kind) {
    case VITRINE_DEFINITION_SERIAL:
        return g_strdup (device->alias);
    case VITRINE_DEFINITION_CHANNEL:
        return g_strdup (device->target);
    case VITRINE_DEFINITION_CONSOLE:
        /* Linux counts in the order it is told of them: by their ports. */
        for (guint i = 0; i < devices->len; i++) {
            const VitrineDefinitionDevice *other = g_ptr_array_index (devices, i);

            n_lower += other->kind == device->kind && other->unit < device->unit;
        }
        return g_strdup_printf ("hvc%u", n_lower);
    default:
        return NULL;
    }
}

GStrv
keeper_ports_dup_names (KeeperPorts *self, gboolean channels)
{
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

    for (guint i = 0; i < self->items->len; i++) {
        const Port *port = g_ptr_array_index (self->items, i);

        if (port->is_channel == channels)
            g_strv_builder_add (names, keeper_console_get_name (port->console));
    }
    return g_strv_builder_end (names);
}

/* --- presence -------------------------------------------------------------------------------- */

static void
told_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    /* A VMM that does not answer is dealt with elsewhere. */
}

/* Somebody is, or is no longer, at a channel. */
static void
presence_cb (KeeperConsole *console, gboolean present, gpointer user_data)
{
    Port *port = user_data;
    struct vmm_connected message = { .header.type = VMM_CONNECTED, .connected = present };

    if (!port->ports->vmm)
        return;
    g_strlcpy (message.alias, port->alias, sizeof message.alias);
    keeper_vmm_request (port->ports->vmm, &message, sizeof message, NULL, 0, told_cb, NULL);
}

void
keeper_ports_handed_over (KeeperPorts *self, KeeperVmm *vmm)
{
    self->vmm = vmm;
    fd_close (&self->serial_fd);
    fd_close_all (self->fds, self->n_fds);
}

void
keeper_ports_forget_vmm (KeeperPorts *self)
{
    self->vmm = NULL;
}

/* --- life ------------------------------------------------------------------------------------ */

/* Returns the VMM's end, or -1. */
static int
add_port (KeeperPorts *self, const VitrineDefinitionDevice *device, const char *name,
          KeeperLog *log, GError **error)
{
    Port *port;
    int fds[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There are no more sockets: %s"), g_strerror (errno));
        keeper_log_close (log);
        return -1;
    }
    port = g_new0 (Port, 1);
    port->ports = self;
    port->alias = g_strdup (device->alias);
    port->is_channel = device->kind == VITRINE_DEFINITION_CHANNEL;
    port->console = keeper_console_new (name, fds[0], log);
    if (port->is_channel)
        keeper_console_make_channel (port->console, presence_cb, port);
    g_ptr_array_add (self->items, port);
    return fds[1];
}

/* Port number INDEX of the definition, if it is one. */
static gboolean
open_port (KeeperPorts *self, const VitrineDefinition *definition, guint index, const char *logs,
           GError **error)
{
    const VitrineDefinitionDevice *device =
        g_ptr_array_index (vitrine_definition_get_devices (definition), index);
    g_autofree char *name = name_of (definition, index);
    g_autofree char *log = g_strconcat (device->alias, ".log", NULL);
    int fd;

    if (!name)
        return TRUE;
    fd = add_port (
        self, device, name,
        device->kind == VITRINE_DEFINITION_CHANNEL ? NULL : keeper_log_open (logs, log, LOG_BYTES),
        error);
    if (device->kind == VITRINE_DEFINITION_SERIAL)
        self->serial_fd = fd;
    else
        self->fds[index] = fd;
    return fd >= 0;
}

KeeperPorts *
keeper_ports_new (const VitrineDefinition *definition, const char *logs, GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);
    KeeperPorts *self = g_new0 (KeeperPorts, 1);

    self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) port_free);
    self->serial_fd = -1;
    self->n_fds = devices->len;
    self->fds = g_new (int, self->n_fds);
    fd_init_all (self->fds, self->n_fds);
    for (guint i = 0; i < devices->len; i++)
        if (!open_port (self, definition, i, logs, error)) {
            keeper_ports_free (self);
            return NULL;
        }
    return self;
}

int
keeper_ports_add_channel (KeeperPorts *self, const VitrineDefinitionDevice *channel, GError **error)
{
    return add_port (self, channel, channel->target, NULL, error);
}

void
keeper_ports_remove (KeeperPorts *self, const char *alias)
{
    for (guint i = 0; i < self->items->len; i++) {
        Port *port = g_ptr_array_index (self->items, i);

        if (strcmp (port->alias, alias) == 0) {
            g_ptr_array_remove_index (self->items, i);
            return;
        }
    }
}

int
keeper_ports_get_serial_fd (KeeperPorts *self)
{
    return self->serial_fd;
}

const int *
keeper_ports_get_fds (KeeperPorts *self)
{
    return self->fds;
}

KeeperConsole *
keeper_ports_find (KeeperPorts *self, const char *name)
{
    for (guint i = 0; i < self->items->len; i++) {
        Port *port = g_ptr_array_index (self->items, i);

        if (strcmp (keeper_console_get_name (port->console), name) == 0)
            return port->console;
    }
    return NULL;
}

void
keeper_ports_free (KeeperPorts *self)
{
    if (!self)
        return;
    keeper_ports_handed_over (self, NULL);
    g_ptr_array_unref (self->items);
    g_free (self->fds);
    g_free (self);
}
