/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-edit.h - changes in libvirt's domain XML: what a change is not about stays as it is.  Any thread.
 *
 * A device is called by its alias.  All texts that are returned are (transfer full), and NULL with an error:
 * NOT_FOUND where there is no such device, INVALID where it is not of the kind that the change is about.
 */
#pragma once

#include "vitrine-machine.h"

G_BEGIN_DECLS

/* The definition XML with CHANGE (ATTACH, DETACH, EJECT, INSERT) in it.  LIVE, or NULL: what runs of the same
 * machine, whose device of that alias is meant: in the definition it may have another one. */
char *libvirt_edit (const char *xml, const char *live, const VitrineChange *change, GError **error);

/* The device ALIAS of XML. */
char *libvirt_edit_dup_device (const char *xml, const char *alias, GError **error);

/* The drive CHANGE->what of XML with its medium as CHANGE says. */
char *libvirt_edit_dup_drive (const char *xml, const VitrineChange *change, GError **error);

/* The network card ALIAS of XML with its cable plugged in or pulled. */
char *libvirt_edit_dup_card (const char *xml, const char *alias, gboolean up, GError **error);

/* What a disk is called in calls of libvirt's, "vda"; its image, "" for none, goes to *SOURCE. */
char *libvirt_edit_dup_target (const char *xml, const char *alias, char **source, GError **error);

/* The alias of the device that AFTER has and BEFORE has not; NULL for none, without an error. */
char *libvirt_edit_dup_new (const char *before, const char *after);

/* What ELEMENT, a device's, says and the device ALIAS of XML does not have: "<x>" or "x='…' of <y>"; NULL for
 * nothing.  Values may be said in another way there, and are not compared. */
char *libvirt_edit_find_dropped (const char *element, const char *xml, const char *alias);

G_END_DECLS
