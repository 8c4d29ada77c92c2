/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-host.h - the machines of a libvirt host, here or elsewhere. */
#pragma once

#include "libvirt-link.h"
#include "vitrine-host.h"

G_BEGIN_DECLS

#define LIBVIRT_TYPE_HOST (libvirt_host_get_type ())
G_DECLARE_FINAL_TYPE (LibvirtHost, libvirt_host, LIBVIRT, HOST, VitrineHost)

/* URI is libvirt's.  NULL with INVALID for what is none; nothing is contacted. */
VitrineHost *libvirt_host_new (const char *uri, GError **error);

/* --- for machines ----------------------------------------------------------------------------- */

/* Gets the task that waited (transfer full), and what the machine was read to be: NULL with an error when it
 * is gone or could not be read. */
typedef void (*LibvirtLookedAtFunc) (GTask *task, VitrineMachine *machine, const GError *error);

/* Reads the machine UUID anew, from now on: there may be a new one, a changed one, or none any more.  Then
 * DONE with TASK (taken over), or NULL and NULL. */
void libvirt_host_look_at (LibvirtHost *self, const char *uuid, GTask *task,
                           LibvirtLookedAtFunc done);

/* GAsyncReadyCallback for a thread whose answer is a UUID: answers the GTask USER_DATA (taken over), which is the
 * host's, with the machine of that UUID, or with why there is none. */
void libvirt_host_uuid_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* libvirt_link_run() on the host's link; when it has none, TASK (taken over) is answered with an error. */
void libvirt_host_run (LibvirtHost *self, GTask *task, guint deadline_s, LibvirtFunc func,
                       gpointer data, GDestroyNotify data_free, GAsyncReadyCallback done);

G_END_DECLS
