/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-link.h - one connection to a libvirt host, the threads its calls wait in, and its news. */
#pragma once

#include <gio/gio.h>
#include <libvirt/libvirt.h>

#include "vitrine-host.h"

G_BEGIN_DECLS

/* Seconds: between two pulses, and until one that is not answered means that the host is lost, with all that
 * waits for it. */
#ifndef LIBVIRT_PULSE_S
#define LIBVIRT_PULSE_S 5
#endif
#define LIBVIRT_PATIENCE_S (3 * LIBVIRT_PULSE_S)
/* Until a call is given up on a host that lives. */
#ifndef LIBVIRT_OPEN_S
#define LIBVIRT_OPEN_S 30
#endif
#define LIBVIRT_READ_S   30
#define LIBVIRT_STATS_S  10 /* older ones are nobody's interest */
#define LIBVIRT_ACTION_S 120

/* How long a program that ends waits for its links to hang up. */
#define LIBVIRT_FAREWELL_MS 1000

typedef struct _LibvirtLink LibvirtLink;

typedef enum {
    LIBVIRT_NEWS_MACHINE,  /* look at the machine with that UUID */
    LIBVIRT_NEWS_REBOOTED, /* the same, and its guest began anew */
    LIBVIRT_NEWS_LOST,     /* the connection has ended; WHAT says why */
} LibvirtNews;

/* Main thread, never from within a call of ours. */
typedef void (*LibvirtNewsFunc) (LibvirtNews news, const char *what, gpointer user_data);

/* Runs in a thread of the link.  Must answer ANSWER, whose cancellable is that of who waits; may not keep
 * CONNECTION or anything made from it. */
typedef void (*LibvirtFunc) (virConnectPtr connection, GTask *answer, gpointer data);

/* As virConnectOpen(), in whatever way a computer elsewhere is reached.  In a thread. */
virConnectPtr libvirt_link_connect (const char *uri);

/* Seconds that opening URI may take. */
guint libvirt_link_get_patience (const char *uri);

/* Not open yet.  FUNC is called with USER_DATA until the link is closed. */
LibvirtLink *libvirt_link_new (const char *uri, LibvirtNewsFunc func, gpointer user_data);

/* Hangs up, in a thread: nothing is waited for, and no news come any more.  The caller's reference is
 * taken. */
void libvirt_link_close (LibvirtLink *self);

/* For the end of a program: returns once all that were closed have hung up, or after a second.  libvirt does not
 * bear to be taken down while a thread is in it. */
void libvirt_link_await_farewell (void);

LibvirtLink *libvirt_link_ref (LibvirtLink *self);
void libvirt_link_unref (LibvirtLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtLink, libvirt_link_unref)

/* Opens it and begins to listen; DONE gets TASK (taken over) as user data and a boolean as result. */
void libvirt_link_open (LibvirtLink *self, GTask *task, GAsyncReadyCallback done);

/* What kept it from being opened, as far as that was found out; (transfer full), or NULL. */
VitrineCheck *libvirt_link_steal_trouble (LibvirtLink *self);

/* Runs FUNC with DATA, which is freed in the thread, then DONE on the main thread with TASK (taken over) as
 * its user data.  After DEADLINE_S, or when TASK is cancelled, DONE gets an error and what FUNC still brings
 * is dropped.  The link must have been opened. */
void libvirt_link_run (LibvirtLink *self, GTask *task, guint deadline_s, LibvirtFunc func,
                       gpointer data, GDestroyNotify data_free, GAsyncReadyCallback done);

/* In FUNC's thread, with its answer: whether somebody still waits, who then waits until it is there, come what may.
 * FALSE: who waited was told that nothing came of it, so nothing may stay. */
gboolean libvirt_link_claim (GTask *answer);

G_END_DECLS
