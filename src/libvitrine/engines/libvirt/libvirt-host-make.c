/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-host-make.c - machines that a libvirt host is given, and whether it can be used. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "libvirt-create.h"
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

typedef struct {
    VitrineSpec *spec;
    gboolean elsewhere;
} Creation;

static void
creation_free (gpointer data)
{
    Creation *creation = data;

    g_object_unref (creation->spec);
    g_free (creation);
}

static void
create_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    const Creation *creation = data;
    VitrineHostLimits limits = { 0 };
    GError *error = NULL;
    char *uuid = NULL;

    if (connection != NULL) {
        libvirt_host_read_limits (connection, &limits);
        limits.elsewhere = creation->elsewhere;
        uuid = libvirt_create (connection, creation->spec, &limits, g_task_get_cancellable (answer),
                               &error);
    } else {
        vitrine_refuse (&error, VITRINE_ERROR_ENGINE, _ ("The host is not connected"));
    }
    if (uuid != NULL)
        g_task_return_pointer (answer, uuid, g_free);
    else
        g_task_return_error (answer, error);
}

/* What is cancelled meanwhile takes back what it has made, though nobody waits for it any more. */
static void
create (GTask *task)
{
    LibvirtHost *self = g_task_get_source_object (task);
    Creation *creation = g_new0 (Creation, 1);

    creation->spec = g_object_ref (g_task_get_task_data (task));
    creation->elsewhere = self->elsewhere;
    libvirt_host_run (self, task, LIBVIRT_ACTION_S, create_thread, creation, creation_free,
                      libvirt_host_uuid_cb);
}

void
libvirt_host_create_async (VitrineHost *host, VitrineSpec *spec, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, vitrine_rules_dup_spec (spec), g_object_unref);
    libvirt_host_with_link (LIBVIRT_HOST (host), task, create);
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
    virConnectPtr connection = libvirt_link_connect (uri);
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

    libvirt_link_run (link, task, libvirt_link_get_patience (uri), check_thread, g_strdup (uri),
                      g_free, vitrine_task_forward_array_cb);
    libvirt_link_unref (link);
}
