/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-host-make.c - machines that a libvirt host is given, and whether it can be used. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-trouble.h"
#include "libvirt-xml.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

/* --- define ----------------------------------------------------------------------------------- */

/* Whether the machine that is called NAME, or has UUID, leaves room for the new definition. */
static gboolean
check_others (virConnectPtr connection, const LibvirtXml *xml, GError **error)
{
    virDomainPtr same =
        *xml->uuid != '\0' ? virDomainLookupByUUIDString (connection, xml->uuid) : NULL;
    virDomainPtr other = virDomainLookupByName (connection, xml->name);
    gboolean runs = same != NULL && virDomainIsActive (same) > 0;
    gboolean taken = FALSE;

    if (other != NULL) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";

        virDomainGetUUIDString (other, uuid);
        taken = g_ascii_strcasecmp (uuid, xml->uuid) != 0;
        virDomainFree (other);
    }
    if (same != NULL)
        virDomainFree (same);
    if (taken)
        return vitrine_rules_refuse_taken_name (xml->name, error);
    return !runs
           || vitrine_refuse (
               error, VITRINE_ERROR_BUSY,
               _ ("“%s” is running; its definition can only be changed while it is off"),
               xml->name);
}

/* Checked against libvirt's schema first: what libvirt does not know it would otherwise drop. */
static void
define_thread (virConnectPtr connection, GTask *answer, gpointer text)
{
    GError *error = NULL;
    g_autoptr (LibvirtXml) xml = libvirt_xml_parse (text, &error);
    char uuid[VIR_UUID_STRING_BUFLEN];
    virDomainPtr domain;

    if (xml == NULL || !check_others (connection, xml, &error)) {
        g_task_return_error (answer, error);
        return;
    }
    domain = virDomainDefineXMLFlags (connection, text, VIR_DOMAIN_DEFINE_VALIDATE);
    if (domain == NULL) {
        libvirt_error_take (xml->name, &error);
        g_task_return_error (answer, error);
        return;
    }
    virDomainGetUUIDString (domain, uuid);
    virDomainFree (domain);
    g_task_return_pointer (answer, g_strdup (uuid), g_free);
}

static void
define (GTask *task)
{
    libvirt_host_run (g_task_get_source_object (task), task, LIBVIRT_ACTION_S, define_thread,
                      g_strdup (g_task_get_task_data (task)), g_free, libvirt_host_uuid_cb);
}

void
libvirt_host_define_async (VitrineHost *host, const char *xml, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (xml), g_free);
    libvirt_host_with_link (LIBVIRT_HOST (host), task, define);
}

/* --- create ----------------------------------------------------------------------------------- */

void
libvirt_host_create_async (VitrineHost *host, VitrineSpec *spec, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_task_report_new_error (
        host, callback, user_data, libvirt_host_create_async, VITRINE_ERROR,
        VITRINE_ERROR_UNSUPPORTED,
        _ ("Vitrine makes machines on this computer only; give “%s” a definition instead, by "
           "“vitrinectl define”"),
        vitrine_host_get_title (host));
}

/* --- check ------------------------------------------------------------------------------------ */

static void
add (GPtrArray *checks, VitrineCheckStatus status, const char *id, const char *mend, char *text)
{
    VitrineCheck *check = g_new0 (VitrineCheck, 1);

    check->id = g_strdup (id);
    check->status = status;
    check->text = text;
    check->mend = g_strdup (mend);
    g_ptr_array_add (checks, check);
}

static char *
dup_version (unsigned long version)
{
    return g_strdup_printf ("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000,
                            version % 1000);
}

/* Whether what runs there runs at the processor's own pace. */
static void
check_kvm (virConnectPtr connection, GPtrArray *checks)
{
    char *capabilities = virConnectGetCapabilities (connection);
    const char *type = virConnectGetType (connection);

    if (g_strcmp0 (type, "QEMU") == 0 && capabilities != NULL) {
        if (strstr (capabilities, "<domain type='kvm'") != NULL)
            add (checks, VITRINE_CHECK_OK, "libvirt-kvm", "", g_strdup (_ ("KVM can be used")));
        else
            add (checks, VITRINE_CHECK_WARNING, "libvirt-kvm", "",
                 g_strdup (_ ("KVM cannot be used: machines are emulated, and slow")));
    }
    free (capabilities);
}

static void
check_connection (virConnectPtr connection, GPtrArray *checks)
{
    unsigned long library = 0, hypervisor = 0;
    g_autofree char *library_text = NULL, *hypervisor_text = NULL;

    virConnectGetLibVersion (connection, &library);
    virConnectGetVersion (connection, &hypervisor);
    library_text = dup_version (library);
    hypervisor_text = dup_version (hypervisor);
    add (checks, VITRINE_CHECK_OK, "libvirt", "",
         g_strdup_printf (_ ("libvirt %s answers, with %s %s"), library_text,
                          virConnectGetType (connection), hypervisor_text));
    check_kvm (connection, checks);
}

/* On a connection of its own: that it can be had is the first thing to know. */
static void
check_thread (virConnectPtr none, GTask *answer, gpointer uri)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_check_free);
    virConnectPtr connection = virConnectOpen (uri);
    const virError *last = virGetLastError ();
    VitrineError kind;

    if (connection != NULL) {
        check_connection (connection, checks);
        virConnectClose (connection);
    } else {
        g_ptr_array_add (checks,
                         libvirt_trouble_find (
                             uri, last != NULL ? last->code : VIR_ERR_INTERNAL_ERROR,
                             last != NULL && last->message != NULL ? last->message : "", &kind));
    }
    g_task_return_pointer (answer, checks, (GDestroyNotify) g_ptr_array_unref);
}

void
libvirt_host_check_async (VitrineHost *host, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    const char *uri = vitrine_host_get_uri (host);
    LibvirtLink *link = libvirt_link_new (uri, NULL, NULL);

    libvirt_link_run (link, task, LIBVIRT_OPEN_S, check_thread, g_strdup (uri), g_free,
                      vitrine_task_forward_array_cb);
    libvirt_link_unref (link);
}
