/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-module.c - the way into the module. */
#include <gmodule.h>
#include <libvirt-glib/libvirt-glib.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <stdlib.h>

#include "libvirt-host.h"
#include "libvirt-link.h"
#include "vitrine-engine-module.h"

static const VitrineEngineModule module = {
    .host_new = libvirt_host_new,
};

/* Everything that goes wrong is an answer to somebody; libvirt would print it as well. */
static void
ignore_error (gpointer user_data, virErrorPtr error)
{
}

/* Once, before the first connection is opened. */
static gboolean
begin (void)
{
    static gboolean begun;

    if (begun)
        return TRUE;
    if (virInitialize () < 0)
        return FALSE;
    virSetErrorFunc (NULL, ignore_error);
    gvir_event_register ();    /* in the main loop */
    signal (SIGPIPE, SIG_IGN); /* libvirt writes to hosts that have gone, on any thread */
    atexit (libvirt_link_await_farewell);
    begun = TRUE;
    return TRUE;
}

G_MODULE_EXPORT const VitrineEngineModule *
vitrine_engine_module_get (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) && begin () ? &module : NULL;
}
