/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-control-attach.c - devices that a client of the control contract adds, and may go before he is answered.
 *
 * A passphrase comes as a pipe: what is in a message may be logged, and stays in memory that nobody wipes.
 */
#include "keeper-control-attach.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "keeper-control.h"
#include "keeper-secrets.h"
#include "vitrine-error.h"

/* Somebody who may go before he is answered. */
typedef struct {
    Keeper *keeper;
    GDBusMethodInvocation *invocation;
    gulong closed;
} Attaching;

static void
attach_done_cb (const char *alias, const GError *error, gpointer user_data)
{
    Attaching *attaching = user_data;
    g_autofree char *path = NULL;

    g_signal_handler_disconnect (g_dbus_method_invocation_get_connection (attaching->invocation),
                                 attaching->closed);
    if (error) {
        g_dbus_method_invocation_return_gerror (attaching->invocation, error);
    } else {
        path = keeper_control_device_path (alias);
        g_dbus_method_invocation_return_value (attaching->invocation, g_variant_new ("(o)", path));
    }
    g_free (attaching);
}

static void
attacher_gone_cb (GDBusConnection *connection, gboolean remote, GError *error, gpointer user_data)
{
    Attaching *attaching = user_data;

    keeper_cancel_attach (attaching->keeper, attaching);
}

/* SECRETS are taken over. */
static void
attach (Keeper *keeper, GDBusMethodInvocation *invocation, const char *element,
        KeeperSecrets *secrets)
{
    Attaching *attaching = g_new (Attaching, 1);

    *attaching = (Attaching){ keeper, invocation, 0 };
    attaching->closed = g_signal_connect (g_dbus_method_invocation_get_connection (invocation),
                                          "closed", G_CALLBACK (attacher_gone_cb), attaching);
    keeper_attach (keeper, element, secrets, attach_done_cb, attaching);
}

static gboolean
attach_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation, const char *element,
           gpointer user_data)
{
    attach (user_data, invocation, element, NULL);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* A message may name a descriptor that it does not bring. */
static KeeperSecrets *
take_passphrase (GUnixFDList *fds, GVariant *handle, GError **error)
{
    gint32 index = g_variant_get_handle (handle);
    int fd;

    if (!fds || index < 0 || index >= g_unix_fd_list_get_length (fds)) {
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                             _ ("The message has no descriptor to read the passphrase from"));
        return NULL;
    }
    fd = g_unix_fd_list_get (fds, index, error);
    return fd >= 0 ? keeper_secrets_read_one (fd, error) : NULL;
}

static gboolean
attach_encrypted_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                     GUnixFDList *fds, const char *element, GVariant *passphrase,
                     gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    KeeperSecrets *secrets = take_passphrase (fds, passphrase, &error);

    if (secrets)
        attach (user_data, invocation, element, secrets);
    else
        g_dbus_method_invocation_return_gerror (invocation, error);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
cancel_attach_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                  gpointer user_data)
{
    Attaching *attaching = keeper_get_attacher (user_data);

    if (!attaching
        || g_dbus_method_invocation_get_connection (attaching->invocation)
               != g_dbus_method_invocation_get_connection (invocation)) {
        g_dbus_method_invocation_return_error (
            invocation, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
            _ ("No disk is being added for you that could be given up"));
        return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
    g_dbus_method_invocation_return_value (invocation, NULL);
    keeper_cancel_attach (user_data, attaching);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
keeper_control_connect_attach (VitrineControlMachine1 *machine, Keeper *keeper)
{
    g_signal_connect (machine, "handle-attach", G_CALLBACK (attach_cb), keeper);
    g_signal_connect (machine, "handle-attach-encrypted", G_CALLBACK (attach_encrypted_cb), keeper);
    g_signal_connect (machine, "handle-cancel-attach", G_CALLBACK (cancel_attach_cb), keeper);
}
