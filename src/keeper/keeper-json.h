/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-json.h - just enough JSON (RFC 8259) to understand a guest's agent.
 *
 * The text is the guest's, so hostile: it is checked whole before anything is taken out of it, in
 * one pass, at most KEEPER_JSON_MAX_DEPTH deep, and nothing is built from it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEPER_JSON_MAX_DEPTH 16

/* Whether TEXT, LEN bytes, is one JSON object and nothing else (but white space); then *VALUE and
 * *VALUE_LEN are the text of its member NAME, inside TEXT, or NULL and 0 when it has none.  NAME is
 * compared as it is written: one with escapes in it is another.  Of two the first counts. */
gboolean keeper_json_member (const char *text, gsize len, const char *name, const char **value,
                             gsize *value_len);

G_END_DECLS
