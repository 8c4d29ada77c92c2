/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-hardware.h - the kinds of devices a machine can be given, and what can be said of each.
 *
 * One table serves the command line, which reads and describes settings by it, and the application, which
 * makes a form of it.  What a setting may be is read from the rules of definitions, so that nobody is
 * offered what would be refused.
 */
#pragma once

#include <gio/gio.h>

#include "vitrine-machine.h"

G_BEGIN_DECLS

typedef enum {
    VITRINE_SETTING_CHOICE, /* one of "choices" */
    VITRINE_SETTING_FLAG,   /* is given, without a value, or is not */
    VITRINE_SETTING_NUMBER, /* from "min" to "max" */
    VITRINE_SETTING_TEXT,   /* at most "max" bytes */
    VITRINE_SETTING_FILE,   /* a path */
    /* Of what is there already alone: vitrine-detail.h. */
    VITRINE_SETTING_LINES, /* a text of several lines */
    VITRINE_SETTING_ORDER, /* some of "choices", in an order: "a,b" */
    VITRINE_SETTING_PLUG, /* what a network card is on: "user", "network=NAME", "bridge=NAME", "macvtap=CARD" */
} VitrineSettingType;

/* "choice", "flag", "number", "text", "file", "lines", "order", "plug". */
const char *vitrine_setting_type_to_string (VitrineSettingType type);

/* All strings are static but CHOICES, and none is NULL. */
typedef struct {
    const char *key; /* as vitrine_device_spec_to_element() takes it */
    VitrineSettingType type;
    const char *title, *note; /* for people, translated; NOTE may be "" */
    const char *fallback; /* what it is when it is not given; "": nothing, or the engine's choice */
    char **choices;       /* NULL unless CHOICE */
    guint64 min, max;
    const char *unit; /* "bytes"; "" for none */
    gboolean required;
} VitrineSetting;

typedef struct {
    const char *kind; /* as vitrine_device_spec_to_element() takes it */
    const char *title, *note;
    GPtrArray *settings; /* of VitrineSetting */
} VitrineHardware;

void vitrine_hardware_free (VitrineHardware *hardware);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineHardware, vitrine_hardware_free)

/* Every kind; of VitrineHardware.  NULL when the rules cannot be read (transfer full). */
GPtrArray *vitrine_hardware_list (GError **error);

/* Whether a device of KIND whose settings are VALUES, in the order of its kind's, can come while a machine
 * runs, or only before it is started. */
gboolean vitrine_hardware_can_come (const VitrineHardware *hardware, const char *const *values);

/* Whether one of DEVICES (of VitrineDeviceInfo) is of this kind already and a machine has only one. */
gboolean vitrine_hardware_is_there (const VitrineHardware *hardware, GPtrArray *devices);

/* Whether DEVICE can go while the machine runs. */
gboolean vitrine_hardware_can_go (const VitrineDeviceInfo *device);

/* Whether DEVICE is asked back from the guest, which may take its time; others go at once. */
gboolean vitrine_hardware_is_asked_back (const VitrineDeviceInfo *device);

/* VALUES as vitrine_device_spec_to_element() takes them: what is not given is left out (transfer full). */
char *vitrine_hardware_make_spec (const VitrineHardware *hardware, const char *const *values);

G_END_DECLS
