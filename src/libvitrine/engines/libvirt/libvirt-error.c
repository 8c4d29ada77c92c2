/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-error.c - what libvirt says went wrong, as libvitrine says it. */
#include "libvirt-error.h"

#include <glib/gi18n-lib.h>

#include "vitrine-private.h"

VitrineError
libvirt_error_map (int code)
{
    switch (code) {
    case VIR_ERR_NO_DOMAIN:
    case VIR_ERR_NO_SERVER:
    case VIR_ERR_NO_DOMAIN_METADATA:
    case VIR_ERR_NO_NETWORK:
    case VIR_ERR_NO_STORAGE_POOL:
    case VIR_ERR_NO_STORAGE_VOL:
    case VIR_ERR_DEVICE_MISSING:
        return VITRINE_ERROR_NOT_FOUND;
    case VIR_ERR_OPERATION_INVALID:
    case VIR_ERR_OPERATION_TIMEOUT:
    case VIR_ERR_RESOURCE_BUSY:
    case VIR_ERR_AGENT_UNRESPONSIVE:
        return VITRINE_ERROR_BUSY;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_OPERATION_DENIED:
        return VITRINE_ERROR_DENIED;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_OPERATION_UNSUPPORTED:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
        return VITRINE_ERROR_UNSUPPORTED;
    case VIR_ERR_INVALID_ARG:
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_XML_INVALID_SCHEMA:
    case VIR_ERR_CONF_SYNTAX:
        return VITRINE_ERROR_INVALID;
    case VIR_ERR_DOM_EXIST:
    case VIR_ERR_NETWORK_EXIST:
    case VIR_ERR_STORAGE_VOL_EXIST:
        return VITRINE_ERROR_EXISTS;
    default:
        return VITRINE_ERROR_ENGINE;
    }
}

/* A sentence may go over lines in libvirt; ours are one. */
static char *
dup_message (const virError *reason)
{
    const char *message =
        reason != NULL && reason->message != NULL ? reason->message : _ ("no reason given");
    g_auto (GStrv) lines = g_strsplit (message, "\n", -1);
    g_autofree char *line = g_strjoinv ("; ", lines);

    while (g_str_has_suffix (line, "; "))
        line[strlen (line) - 2] = '\0';
    return g_steal_pointer (&line);
}

gboolean
libvirt_error_take (const char *object, GError **error)
{
    return libvirt_error_set (virGetLastError (), object, error);
}

gboolean
libvirt_error_set (const virError *reason, const char *object, GError **error)
{
    VitrineError code = libvirt_error_map (reason != NULL ? reason->code : VIR_ERR_INTERNAL_ERROR);
    g_autofree char *message = dup_message (reason);

    if (code == VITRINE_ERROR_UNSUPPORTED)
        return vitrine_refuse (error, code, _ ("“%s” is on a host that cannot do this (%s)"),
                               object, message);
    /* Translators: a machine's name, and what libvirt says of it */
    return vitrine_refuse (error, code, _ ("“%s”: %s"), object, message);
}
