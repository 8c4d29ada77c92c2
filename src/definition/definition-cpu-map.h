/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-cpu-map.h - libvirt's processor map: what its names for features and models stand for.
 *
 * The data are libvirt's own (package libvirt0, cpu_map/index.xml and what it includes for x86), so a name
 * means here what it means there.  Immutable once loaded.  Any thread.
 */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

#define DEFINITION_CPU_MAP_PACKAGE "libvirt0"

/* Longest name of a model or feature, in bytes; the map's longer ones do not exist. */
#define DEFINITION_CPU_MAX_NAME 31

typedef struct {
    const char *name;    /* interned */
    const char *vendor;  /* as CPUID leaf 0 says it, interned; NULL: any */
    guint32 signature;   /* as CPUID leaf 1 EAX says family, model and stepping; 0: any */
    GPtrArray *features; /* their names, interned */
} DefinitionCpuModel;

typedef struct _DefinitionCpuMap DefinitionCpuMap;

/* The map in FOLDER.  NULL with UNSUPPORTED when there is none, or no XML. */
DefinitionCpuMap *definition_cpu_map_load (const char *folder, GError **error);
void definition_cpu_map_free (DefinitionCpuMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DefinitionCpuMap, definition_cpu_map_free)

/* This host's, loaded when it is first needed; the environment's VITRINE_CPU_MAP_PATH names another
 * folder, for tests.  NULL with UNSUPPORTED and the name of the package when it is not installed. */
const DefinitionCpuMap *definition_cpu_map_get (GError **error);

/* NULL when there is none of that name.  A feature that is no bit of CPUID, but of an MSR, has no bits. */
const VitrineDefinitionFeature *definition_cpu_map_find_feature (const DefinitionCpuMap *self,
                                                                 const char *name);
const DefinitionCpuModel *definition_cpu_map_find_model (const DefinitionCpuMap *self,
                                                         const char *name);
/* What CPUID says for libvirt's name of a vendor ("Intel": "GenuineIntel"), or NULL. */
const char *definition_cpu_map_find_vendor (const DefinitionCpuMap *self, const char *name);

G_END_DECLS
