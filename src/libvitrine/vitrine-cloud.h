/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-cloud.h - what a cloud image is told when it starts for the first time: who may log in, and what it is called.
 *
 * It is told by a small read-only disk of the machine's (cloud-init's NoCloud), which the engine makes with the machine and
 * which goes with it.  A password is in memory only: what is written is its hash.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct {
    char *user;     /* is made, and may do everything with sudo */
    char *password; /* or NULL */
    char *keys;     /* public SSH keys as their files have them, one a line, or NULL */
    char *hostname; /* NULL: made of the machine's name */
} VitrineCloud;

VitrineCloud *vitrine_cloud_copy (const VitrineCloud *cloud);
/* What was a password is overwritten. */
void vitrine_cloud_free (VitrineCloud *cloud);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineCloud, vitrine_cloud_free)

/* Each FALSE with INVALID and what is wrong. */
gboolean vitrine_cloud_check_user (const char *user, GError **error);
gboolean vitrine_cloud_check_password (const char *password, GError **error);
gboolean vitrine_cloud_check_keys (const char *keys, GError **error);
gboolean vitrine_cloud_check_hostname (const char *hostname, GError **error);
/* All of them, and that somebody can log in. */
gboolean vitrine_cloud_check (const VitrineCloud *cloud, GError **error);

/* Of a machine's NAME, in letters that a host's name may have; (transfer full). */
char *vitrine_cloud_dup_hostname (const char *name);

/* The keys in the file PATH (transfer full), or NULL with INVALID, NOT_FOUND or DENIED.  A small file: it blocks. */
char *vitrine_cloud_read_keys (const char *path, GError **error);

/* The first line of the file PATH; the same.  Who has it calls vitrine_cloud_free_secret(). */
char *vitrine_cloud_read_password (const char *path, GError **error);
void vitrine_cloud_free_secret (char *secret);

G_END_DECLS
