/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-details-form.h - what can be set of one part of a machine: a row for each, what waits, applying it.
 *
 * Signals: "changed", something waits that did not, or no more, or may be applied now; "applied", what
 * app_details_form_apply() began has ended.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_DETAILS_FORM (app_details_form_get_type ())
G_DECLARE_FINAL_TYPE (AppDetailsForm, app_details_form, APP, DETAILS_FORM, GtkBox)

/* PART as vitrine_machine_dup_details() takes it. */
AppDetailsForm *app_details_form_new (AppMachineItem *item, const char *part);

/* Reads the part again; what waits waits on. */
void app_details_form_update (AppDetailsForm *self);

/* Why nothing of the part can be said, a sentence, or NULL. */
const char *app_details_form_get_problem (AppDetailsForm *self);

guint app_details_form_count_changes (AppDetailsForm *self);

/* Whether what waits may be applied; what may not says so at its row. */
gboolean app_details_form_check (AppDetailsForm *self);

/* Whether a row says what is behind the device, which SOURCE is. */
gboolean app_details_form_says (AppDetailsForm *self, const char *source);

/* Notes where the keyboard is, for after app_details_form_apply(): meanwhile the form cannot be used. */
void app_details_form_note_focus (AppDetailsForm *self);
/* Afterwards the keyboard is in what was refused, or where it was. */
void app_details_form_restore_focus (AppDetailsForm *self);

/* Sets what waits, one after the other until CANCELLABLE is cancelled. */
void app_details_form_apply (AppDetailsForm *self, GCancellable *cancellable);

/* Nothing waits any more. */
void app_details_form_revert (AppDetailsForm *self);

G_END_DECLS
