/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-record.c - all that is known of a machine of libvirt's, read at one time. */
#include "libvirt-record.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#include "libvirt-error.h"

/* Why a machine that does not run is off, where that is no matter of course. */
static const char *
describe_off (int reason)
{
    switch (reason) {
    case VIR_DOMAIN_SHUTOFF_CRASHED:
        return N_ ("It crashed");
    case VIR_DOMAIN_SHUTOFF_FAILED:
        return N_ ("It could not be started");
    case VIR_DOMAIN_SHUTOFF_SAVED:
        return N_ ("It is saved, and goes on where it was when it is started");
    default:
        return "";
    }
}

static const char *
describe_pause (int reason)
{
    switch (reason) {
    case VIR_DOMAIN_PAUSED_MIGRATION:
        return N_ ("It is moving to another host");
    case VIR_DOMAIN_PAUSED_SAVE:
        return N_ ("It is being saved");
    case VIR_DOMAIN_PAUSED_DUMP:
        return N_ ("Its memory is being written to a file");
    case VIR_DOMAIN_PAUSED_IOERROR:
        return N_ ("A disk could not be read or written; look whether its place is full");
    case VIR_DOMAIN_PAUSED_WATCHDOG:
        return N_ ("Its watchdog ran out");
    case VIR_DOMAIN_PAUSED_SNAPSHOT:
        return N_ ("A snapshot is being made");
    case VIR_DOMAIN_PAUSED_CRASHED:
        return N_ ("Its guest has crashed");
    case VIR_DOMAIN_PAUSED_POSTCOPY_FAILED:
        return N_ ("Moving it to another host has failed");
    default:
        return "";
    }
}

/* libvirt's states are those of a machine in the host's books; a user sees whether something runs. */
static void
set_state (LibvirtRecord *self, int state, int reason, gboolean active)
{
    const char *text = "";

    switch (state) {
    case VIR_DOMAIN_SHUTOFF:
        self->state = reason == VIR_DOMAIN_SHUTOFF_CRASHED || reason == VIR_DOMAIN_SHUTOFF_FAILED
                          ? VITRINE_MACHINE_CRASHED
                          : VITRINE_MACHINE_OFF;
        text = describe_off (reason);
        break;
    case VIR_DOMAIN_CRASHED: /* kept as it was, if it is to be looked into */
        self->state = active ? VITRINE_MACHINE_PAUSED : VITRINE_MACHINE_CRASHED;
        text = N_ ("Its guest has crashed");
        break;
    case VIR_DOMAIN_PAUSED:
        self->state = VITRINE_MACHINE_PAUSED;
        text = describe_pause (reason);
        break;
    case VIR_DOMAIN_PMSUSPENDED:
        self->state = VITRINE_MACHINE_PAUSED;
        self->sleeps = TRUE;
        text = N_ ("Its guest sleeps");
        break;
    case VIR_DOMAIN_SHUTDOWN:
        self->state = VITRINE_MACHINE_STOPPING;
        break;
    default:
        self->state = active ? VITRINE_MACHINE_RUNNING : VITRINE_MACHINE_OFF;
        break;
    }
    self->reason = g_strdup (*text != '\0' ? _ (text) : "");
}

/* What a display's password is belongs to what is kept; who may not change machines does not see it. */
static char *
read_xml (virDomainPtr domain, unsigned flags)
{
    char *xml = virDomainGetXMLDesc (domain, flags | VIR_DOMAIN_XML_SECURE);
    char *copy;

    if (xml == NULL && virGetLastErrorCode () == VIR_ERR_OPERATION_DENIED)
        xml = virDomainGetXMLDesc (domain, flags);
    copy = g_strdup (xml);
    free (xml);
    return copy;
}

LibvirtRecord *
libvirt_record_read (virDomainPtr domain, GError **error)
{
    g_autoptr (LibvirtRecord) self = g_new0 (LibvirtRecord, 1);
    g_autoptr (GError) problem = NULL;
    int state, reason, active;

    self->name = g_strdup (virDomainGetName (domain));
    virDomainGetUUIDString (domain, self->uuid);
    active = virDomainIsActive (domain);
    if (active < 0 || virDomainGetState (domain, &state, &reason, 0) < 0) {
        libvirt_error_take (self->name, error);
        return NULL;
    }
    set_state (self, state, reason, active);
    if (active > 0)
        self->live_xml = read_xml (domain, 0);
    self->live = self->live_xml != NULL ? libvirt_xml_parse (self->live_xml, NULL) : NULL;
    self->xml = read_xml (domain, VIR_DOMAIN_XML_INACTIVE);
    if (self->xml == NULL && virGetLastErrorCode () == VIR_ERR_NO_DOMAIN) {
        libvirt_error_take (self->name, error);
        return NULL;
    }
    if (self->xml == NULL)
        libvirt_error_take (self->name, &problem);
    else
        self->config = libvirt_xml_parse (self->xml, &problem);
    self->problem = g_strdup (problem != NULL ? problem->message : "");
    return g_steal_pointer (&self);
}

void
libvirt_record_free (LibvirtRecord *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->reason);
    g_free (self->xml);
    g_free (self->live_xml);
    libvirt_xml_free (self->config);
    libvirt_xml_free (self->live);
    g_free (self->problem);
    g_free (self);
}

const LibvirtXml *
libvirt_record_get_shown (const LibvirtRecord *self)
{
    return self->live != NULL ? self->live : self->config;
}

gboolean
libvirt_record_has_same_devices (const LibvirtRecord *self, const LibvirtRecord *other)
{
    return g_strcmp0 (self->xml, other->xml) == 0
           && g_strcmp0 (self->live_xml, other->live_xml) == 0;
}
