/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-old.c - a module of another version than any program's. */
#include "definition-module.h"

const DefinitionModule *
definition_module_get (const char *version)
{
    return NULL;
}
