/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-uri.h - what a libvirt URI says: DRIVER[+TRANSPORT]://[USER@][HOST][:PORT]/[PATH][?NAME=VALUE…]. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *driver;    /* "qemu" */
    char *transport; /* "ssh", or "" */
    char *user;      /* who one is there, or NULL */
    char *host;      /* "" for this computer */
    int port;        /* of the transport's server, or -1 */
    char *path;      /* "/system" */
    char *socket;    /* "socket=" of the query, or NULL */
    char *command;   /* "command=", or NULL: the program that is called as ssh */
    char *keyfile;   /* "keyfile=", or NULL: whose owner may come in there by SSH */
} LibvirtUri;

/* NULL with INVALID for what is none. */
LibvirtUri *libvirt_uri_parse (const char *text, GError **error);
void libvirt_uri_free (LibvirtUri *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtUri, libvirt_uri_free)

/* Whether that of the user alone, not the computer's. */
gboolean libvirt_uri_is_session (const LibvirtUri *self);

/* For people: "QEMU/KVM", "QEMU/KVM, own session", "QEMU/KVM on tower". */
char *libvirt_uri_dup_title (const LibvirtUri *self);

/* The socket of the daemon on this computer, where that is what the URI means: the one that is there, else
 * the first that may be.  NULL for a driver without a daemon, or another computer's. */
char *libvirt_uri_dup_socket (const LibvirtUri *self);

G_END_DECLS
