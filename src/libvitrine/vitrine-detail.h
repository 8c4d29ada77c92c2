/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-detail.h - what is said of each part of a machine that is there already, and changes of it.
 *
 * A part is a device, by its alias, or one of what every machine has.  What can be set of a part depends on what it is,
 * on the engine, and on whether the machine runs; so whoever shows it asks anew after "devices-changed" and
 * notify::state.
 */
#pragma once

#include "vitrine-hardware.h"

G_BEGIN_DECLS

#define VITRINE_PART_OVERVIEW   "@overview"
#define VITRINE_PART_PROCESSORS "@processors"
#define VITRINE_PART_MEMORY     "@memory"
#define VITRINE_PART_BOOT       "@boot"

typedef struct {
    VitrineSetting
        setting; /* its "fallback" is VALUE; a choice "" stands for what the engine takes by itself */
    const char
        *group;  /* what it belongs to with its neighbours, translated; "" for the first of them */
    char *value; /* as the definition has it; "" where it says nothing */
    VitrineScope
        scope; /* where it is changed: LIVE and CONFIG at once, CONFIG at the next start; 0: not now */
    guint64 live_max; /* a NUMBER above it is for the next start; 0: no such bound */
} VitrineDetail;

void vitrine_detail_free (VitrineDetail *detail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDetail, vitrine_detail_free)

/* Those of PART of MACHINE, of VitrineDetail; empty where nothing can be set.  NULL with NOT_FOUND when the definition
 * has no such part (a device that only what runs has), INVALID when it cannot be read.  (transfer full) */
GPtrArray *vitrine_machine_dup_details (VitrineMachine *machine, const char *part, GError **error);

/* Where DETAIL becomes VALUE. */
VitrineScope vitrine_detail_get_scope (const VitrineDetail *detail, const char *value);

/* Sets KEY of PART to VALUE, in what runs where it can be, and in the definition; all of it or nothing, but for a cable
 * that is pulled and then cannot be written down.  A value that makes no sense is INVALID; BUSY when somebody else
 * changed the definition at the same moment. */
void vitrine_machine_set_detail_async (VitrineMachine *machine, const char *part, const char *key,
                                       const char *value, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_machine_set_detail_finish (VitrineMachine *machine, GAsyncResult *result,
                                            GError **error);

/* In which line of its definition PART begins; 0 where the definition has no such part. */
guint vitrine_machine_find_line (VitrineMachine *machine, const char *part);

G_END_DECLS
