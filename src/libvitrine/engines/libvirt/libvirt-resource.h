/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-resource.h - networks, storage pools and volumes of a libvirt host.
 *
 * These answer ANSWER, in a thread of the link.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "vitrine-resource.h"

G_BEGIN_DECLS

void libvirt_network_ask (virConnectPtr connection, const VitrineResourceRequest *request,
                          GTask *answer);
void libvirt_pool_ask (virConnectPtr connection, const VitrineResourceRequest *request,
                       GTask *answer);

/* DONE, or NULL: how many of LIBVIRT_RESOURCE_PARTS are made, to be set atomically. */
#define LIBVIRT_RESOURCE_PARTS 10000
void libvirt_volume_ask (virConnectPtr connection, const VitrineResourceRequest *request,
                         GTask *answer, int *done);

/* Answers what went well, or with the last error of libvirt's, about NAME. */
void libvirt_resource_answer (GTask *answer, gboolean done, const char *name);

/* Answers with LIST, which is taken. */
void libvirt_resource_answer_list (GTask *answer, GPtrArray *list);

/* Answers with TEXT of libvirt's, which is taken; where that is NULL, with its last error, about NAME. */
void libvirt_resource_answer_text (GTask *answer, char *text, const char *name);

/* What the <name> of XML, a ROOT, says; NULL with an answer given.  (transfer full) */
char *libvirt_resource_dup_name (GTask *answer, const char *xml, const char *root);

G_END_DECLS
