/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bridge-acl.h - which bridges a user may put a machine on: what the administrator wrote.
 *
 * A file has lines "allow BRIDGE", "allow all", "deny BRIDGE", "deny all" and "include FILE", as that of
 * qemu-bridge-helper has; '#' begins a comment.  What is not allowed is denied, and what is denied
 * anywhere stays so.
 */
#pragma once

#include "helper.h"

#define BRIDGE_ACL_FILE      "/etc/vitrine/bridge.conf"
#define BRIDGE_ACL_QEMU_FILE "/etc/qemu/bridge.conf" /* counts as well where it is there */

/* Whether the files FILES (NULL at their end), together, allow BRIDGE.  A file that is not there says
 * nothing; one that not only the user OWNER can change, and one that cannot be understood, allow
 * nothing: NET_UNTRUSTED, NET_BAD_FILE; else NET_NOT_ALLOWED with the first of FILES. */
bool bridge_acl_check (const char *const *files, uid_t owner, const char *bridge,
                       struct net_reply *reply);
