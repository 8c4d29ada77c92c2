/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-machine.c - one machine of a host: what is known of it.  What can be asked of it is in
 * vitrine-machine-actions.c. */
#include "vitrine-machine.h"

#include "vitrine-private.h"

typedef struct {
    char *uuid;
    char *name;
    VitrineMachineState state;
    char *state_reason;
    GStrv warnings;
    GStrv consoles;
    GStrv displays;
    guint vcpus;
    guint64 memory_bytes;
    VitrineFirmware firmware;
    char *os;
    gint64 start_time;
    char *problem;
    GWeakRef host; /* that has it in its list */
} VitrineMachinePrivate;

enum {
    PROP_0,
    PROP_UUID,
    PROP_NAME,
    PROP_STATE,
    PROP_STATE_REASON,
    PROP_WARNINGS,
    PROP_VCPUS,
    PROP_MEMORY_BYTES,
    PROP_FIRMWARE,
    PROP_OS,
    PROP_START_TIME,
    PROP_CONSOLES,
    PROP_DISPLAYS,
    PROP_PROBLEM,
    N_PROPS,
};

enum { SIGNAL_DEVICES_CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static const GEnumValue state_values[] = {
    { VITRINE_MACHINE_OFF, "VITRINE_MACHINE_OFF", "off" },
    { VITRINE_MACHINE_STARTING, "VITRINE_MACHINE_STARTING", "starting" },
    { VITRINE_MACHINE_RUNNING, "VITRINE_MACHINE_RUNNING", "running" },
    { VITRINE_MACHINE_PAUSED, "VITRINE_MACHINE_PAUSED", "paused" },
    { VITRINE_MACHINE_STOPPING, "VITRINE_MACHINE_STOPPING", "stopping" },
    { VITRINE_MACHINE_CRASHED, "VITRINE_MACHINE_CRASHED", "crashed" },
    { 0, NULL, NULL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (state_values) == VITRINE_MACHINE_CRASHED + 2);

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (VitrineMachine, vitrine_machine, G_TYPE_OBJECT)

GType
vitrine_machine_state_get_type (void)
{
    static gsize type;

    if (g_once_init_enter (&type))
        g_once_init_leave (&type, g_enum_register_static ("VitrineMachineState", state_values));
    return type;
}

const char *
vitrine_machine_state_to_string (VitrineMachineState state)
{
    g_return_val_if_fail (state <= VITRINE_MACHINE_CRASHED, "off");
    return state_values[state].value_nick;
}

gboolean
vitrine_machine_state_from_string (const char *word, VitrineMachineState *state)
{
    for (gsize i = 0; state_values[i].value_nick != NULL; i++) {
        if (g_strcmp0 (word, state_values[i].value_nick) == 0) {
            *state = (VitrineMachineState) state_values[i].value;
            return TRUE;
        }
    }
    return FALSE;
}

static VitrineMachinePrivate *
get_priv (VitrineMachine *self)
{
    return vitrine_machine_get_instance_private (self);
}

static void
vitrine_machine_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    VitrineMachinePrivate *priv = get_priv (VITRINE_MACHINE (object));

    switch (id) {
    case PROP_UUID:
        g_value_set_string (value, priv->uuid);
        break;
    case PROP_NAME:
        g_value_set_string (value, priv->name);
        break;
    case PROP_STATE:
        g_value_set_enum (value, (int) priv->state);
        break;
    case PROP_STATE_REASON:
        g_value_set_string (value, priv->state_reason);
        break;
    case PROP_WARNINGS:
        g_value_set_boxed (value, priv->warnings);
        break;
    case PROP_VCPUS:
        g_value_set_uint (value, priv->vcpus);
        break;
    case PROP_MEMORY_BYTES:
        g_value_set_uint64 (value, priv->memory_bytes);
        break;
    case PROP_FIRMWARE:
        g_value_set_enum (value, (int) priv->firmware);
        break;
    case PROP_OS:
        g_value_set_string (value, priv->os);
        break;
    case PROP_START_TIME:
        g_value_set_int64 (value, priv->start_time);
        break;
    case PROP_CONSOLES:
        g_value_set_boxed (value, priv->consoles);
        break;
    case PROP_DISPLAYS:
        g_value_set_boxed (value, priv->displays);
        break;
    case PROP_PROBLEM:
        g_value_set_string (value, priv->problem);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vitrine_machine_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    VitrineMachinePrivate *priv = get_priv (VITRINE_MACHINE (object));

    switch (id) {
    case PROP_UUID: /* construct only */
        priv->uuid = g_value_dup_string (value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vitrine_machine_finalize (GObject *object)
{
    VitrineMachinePrivate *priv = get_priv (VITRINE_MACHINE (object));

    g_free (priv->uuid);
    g_free (priv->name);
    g_free (priv->state_reason);
    g_strfreev (priv->warnings);
    g_strfreev (priv->consoles);
    g_strfreev (priv->displays);
    g_free (priv->os);
    g_free (priv->problem);
    g_weak_ref_clear (&priv->host);
    G_OBJECT_CLASS (vitrine_machine_parent_class)->finalize (object);
}

static void
vitrine_machine_class_init (VitrineMachineClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

    object_class->get_property = vitrine_machine_get_property;
    object_class->set_property = vitrine_machine_set_property;
    object_class->finalize = vitrine_machine_finalize;
    vitrine_machine_class_install_defaults (klass);

    signals[SIGNAL_DEVICES_CHANGED] =
        g_signal_new ("devices-changed", VITRINE_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);

    properties[PROP_UUID] =
        g_param_spec_string ("uuid", NULL, NULL, NULL,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", flags);
    properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, VITRINE_TYPE_MACHINE_STATE,
                                                VITRINE_MACHINE_OFF, flags);
    properties[PROP_STATE_REASON] = g_param_spec_string ("state-reason", NULL, NULL, "", flags);
    properties[PROP_WARNINGS] = g_param_spec_boxed ("warnings", NULL, NULL, G_TYPE_STRV, flags);
    properties[PROP_VCPUS] = g_param_spec_uint ("vcpus", NULL, NULL, 0, G_MAXUINT, 0, flags);
    properties[PROP_MEMORY_BYTES] =
        g_param_spec_uint64 ("memory-bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
    properties[PROP_FIRMWARE] = g_param_spec_enum ("firmware", NULL, NULL, VITRINE_TYPE_FIRMWARE,
                                                   VITRINE_FIRMWARE_BIOS, flags);
    properties[PROP_OS] = g_param_spec_string ("os", NULL, NULL, "", flags);
    properties[PROP_START_TIME] =
        g_param_spec_int64 ("start-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
    properties[PROP_CONSOLES] = g_param_spec_boxed ("consoles", NULL, NULL, G_TYPE_STRV, flags);
    properties[PROP_DISPLAYS] = g_param_spec_boxed ("displays", NULL, NULL, G_TYPE_STRV, flags);
    properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, "", flags);
    g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
vitrine_machine_init (VitrineMachine *self)
{
    VitrineMachinePrivate *priv = get_priv (self);

    priv->name = g_strdup ("");
    priv->state_reason = g_strdup ("");
    priv->os = g_strdup ("");
    priv->problem = g_strdup ("");
    g_weak_ref_init (&priv->host, NULL);
    priv->warnings = g_new0 (char *, 1);
    priv->consoles = g_new0 (char *, 1);
    priv->displays = g_new0 (char *, 1);
}

/* --- getters ---------------------------------------------------------------------------------- */

const char *
vitrine_machine_get_uuid (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return get_priv (self)->uuid;
}

const char *
vitrine_machine_get_name (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), "");
    return get_priv (self)->name;
}

VitrineMachineState
vitrine_machine_get_state (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), VITRINE_MACHINE_OFF);
    return get_priv (self)->state;
}

const char *
vitrine_machine_get_state_reason (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), "");
    return get_priv (self)->state_reason;
}

const char *const *
vitrine_machine_get_warnings (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return (const char *const *) get_priv (self)->warnings;
}

const char *const *
vitrine_machine_get_consoles (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return (const char *const *) get_priv (self)->consoles;
}

const char *const *
vitrine_machine_get_displays (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return (const char *const *) get_priv (self)->displays;
}

guint
vitrine_machine_get_vcpus (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), 0);
    return get_priv (self)->vcpus;
}

guint64
vitrine_machine_get_memory_bytes (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), 0);
    return get_priv (self)->memory_bytes;
}

VitrineFirmware
vitrine_machine_get_firmware (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), VITRINE_FIRMWARE_BIOS);
    return get_priv (self)->firmware;
}

const char *
vitrine_machine_get_os (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), "");
    return get_priv (self)->os;
}

gint64
vitrine_machine_get_start_time (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), 0);
    return get_priv (self)->start_time;
}

const char *
vitrine_machine_get_problem (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), "");
    return get_priv (self)->problem;
}

/* --- setters, for engines --------------------------------------------------------------------- */

static void
set_string (VitrineMachine *self, char **field, const char *value, guint property)
{
    if (value == NULL)
        value = "";
    if (g_str_equal (*field, value))
        return;
    g_free (*field);
    *field = g_strdup (value);
    g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_strv (VitrineMachine *self, GStrv *field, const char *const *value, guint property)
{
    static const char *const none[] = { NULL };

    if (value == NULL)
        value = none;
    if (g_strv_equal ((const char *const *) *field, value))
        return;
    g_strfreev (*field);
    *field = g_strdupv ((GStrv) value);
    g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
vitrine_machine_set_name (VitrineMachine *self, const char *name)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    set_string (self, &get_priv (self)->name, name, PROP_NAME);
}

void
vitrine_machine_set_state (VitrineMachine *self, VitrineMachineState state, const char *reason)
{
    VitrineMachinePrivate *priv = get_priv (self);
    gboolean ran = vitrine_machine_runs (self);

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (state <= VITRINE_MACHINE_CRASHED);

    /* Whoever hears of the state reads the reason that belongs to it. */
    g_object_freeze_notify (G_OBJECT (self));
    set_string (self, &priv->state_reason, reason, PROP_STATE_REASON);
    if (priv->state != state) {
        priv->state = state;
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
    }
    g_object_thaw_notify (G_OBJECT (self));
    if (vitrine_machine_runs (self) != ran)
        vitrine_machine_devices_changed (self);
}

VitrineHost *
vitrine_machine_dup_host (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return g_weak_ref_get (&get_priv (self)->host);
}

void
vitrine_machine_set_host (VitrineMachine *self, VitrineHost *host)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_weak_ref_set (&get_priv (self)->host, host);
}

void
vitrine_machine_set_warnings (VitrineMachine *self, const char *const *warnings)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    set_strv (self, &get_priv (self)->warnings, warnings, PROP_WARNINGS);
}

void
vitrine_machine_set_consoles (VitrineMachine *self, const char *const *consoles)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    set_strv (self, &get_priv (self)->consoles, consoles, PROP_CONSOLES);
}

void
vitrine_machine_set_displays (VitrineMachine *self, const char *const *displays)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    set_strv (self, &get_priv (self)->displays, displays, PROP_DISPLAYS);
}

void
vitrine_machine_set_resources (VitrineMachine *self, guint vcpus, guint64 memory_bytes)
{
    VitrineMachinePrivate *priv = get_priv (self);

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_object_freeze_notify (G_OBJECT (self));
    if (priv->vcpus != vcpus) {
        priv->vcpus = vcpus;
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VCPUS]);
    }
    if (priv->memory_bytes != memory_bytes) {
        priv->memory_bytes = memory_bytes;
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MEMORY_BYTES]);
    }
    g_object_thaw_notify (G_OBJECT (self));
}

void
vitrine_machine_set_firmware (VitrineMachine *self, VitrineFirmware firmware)
{
    VitrineMachinePrivate *priv = get_priv (self);

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    if (priv->firmware == firmware)
        return;
    priv->firmware = firmware;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIRMWARE]);
}

void
vitrine_machine_set_os (VitrineMachine *self, const char *id)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    set_string (self, &get_priv (self)->os, id, PROP_OS);
}

void
vitrine_machine_set_start_time (VitrineMachine *self, gint64 start_time)
{
    VitrineMachinePrivate *priv = get_priv (self);

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    if (priv->start_time == start_time)
        return;
    priv->start_time = start_time;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_START_TIME]);
}

void
vitrine_machine_set_problem (VitrineMachine *self, const char *problem)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    set_string (self, &get_priv (self)->problem, problem, PROP_PROBLEM);
}

void
vitrine_machine_devices_changed (VitrineMachine *self)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_signal_emit (self, signals[SIGNAL_DEVICES_CHANGED], 0);
}
