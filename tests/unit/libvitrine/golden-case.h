/* SPDX-License-Identifier: GPL-2.0-or-later */
/* golden-case.h - the specs that test-create-golden.c has definitions made of, out of tables. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint golden_get_n (void);

/* Of the case N: its group, which is one of golden_get_groups(), its name, and the definition that is made of it.  (transfer
 * full, but for the group) */
const char *golden_get_group (guint n);
char *golden_dup_name (guint n);
char *golden_dup_xml (guint n);

/* NULL-terminated. */
const char *const *golden_get_groups (void);

G_END_DECLS
