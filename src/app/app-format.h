/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-format.h - numbers, states and places as words for people. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

#define APP_MIB (G_GUINT64_CONSTANT (1) << 20)
#define APP_GIB (G_GUINT64_CONSTANT (1) << 30)

/* "512 MiB", "1.5 GiB", "2 TiB": at most one decimal, none where it would be 0.  (transfer full) */
char *app_format_size (guint64 bytes);

/* What app_format_size() writes and what people type: "2 GiB", "1.5g", "512 M", "20" (UNIT_BYTES each).
 * FALSE when TEXT is no size or more than 2^63 bytes. */
gboolean app_parse_size (const char *text, guint64 unit_bytes, guint64 *bytes);

/* "2 CPUs · 2 GiB".  (transfer full) */
char *app_format_facts (VitrineMachine *machine);

/* The local time of day, with the date when that was not today; "" for 0.  (transfer full) */
char *app_format_start_time (gint64 seconds);

/* "Running"; static, translated. */
const char *app_format_state (VitrineMachineState state);

/* The style class that colours a badge of STATE; static. */
const char *app_format_state_class (VitrineMachineState state);

/* What a button for ACTION (START, PAUSE or RESUME) is called, translated, and its icon; both static. */
const char *app_format_primary (VitrineAction action, const char **icon_name);

/* PATH with the home folder as "~".  (transfer full) */
char *app_format_path (const char *path);

/* MESSAGE of an error as it stands alone: a capital letter first, a full stop last.  (transfer full) */
char *app_format_sentence (const char *message);

/* True while there is a process behind the machine. */
gboolean app_state_is_live (VitrineMachineState state);

/* What IMAGE is, for people: its format, and that it is encrypted when it is; static, or IMAGE's. */
const char *app_format_image_kind (const VitrineImage *image);

/* An image of KIND in a list: "qcow2 · 3.2 GiB of 20 GiB · alpha", the last of which are USERS, where there are any.
 * (transfer full) */
char *app_format_image_fact (const char *kind, guint64 used_bytes, guint64 size_bytes,
                             char **users);

G_END_DECLS
