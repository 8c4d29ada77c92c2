/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-refusal.h - definitions that are refused, and the exact words that say why. */
#pragma once

#include <glib.h>

#include "vitrine-error.h"

#define UNSUPPORTED VITRINE_ERROR_UNSUPPORTED
#define INVALID     VITRINE_ERROR_INVALID

typedef struct {
    const char *promise;
    const char *xml;
    VitrineError code;
    const char *message;
} DefinitionRefusal;

void definition_refusal_assert (const char *xml, VitrineError code, const char *message);

/* One test each, as FOLDER/PROMISE; CASES must last. */
void definition_refusal_add_tests (const char *folder, const DefinitionRefusal *cases,
                                   gsize n_cases);
