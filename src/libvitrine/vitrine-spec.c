/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-spec.c - what a new machine shall be, before it is one. */
#include "vitrine-spec.h"

#include <unistd.h>

#include "vitrine-express.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* A quarter of the host, but no less than an installer needs and no more than a desktop does. */
#define DEFAULT_MEMORY_MIN_MIB  512
#define DEFAULT_MEMORY_MAX_MIB  4096
#define DEFAULT_MEMORY_STEP_MIB 256

/* What is left of an image's name for its machine. */
#define SUGGESTED_NAME_MAX 48

struct _VitrineSpec {
    GObject parent_instance;
    char *name;
    guint vcpus;
    char *cpu_model;
    guint64 memory_mib;
    char *iso;
    char *kernel;
    char *initrd;
    char *command_line;
    VitrineFirmware firmware;
    char *boot;
    VitrineDisplay display;
    char *os;
    VitrineCloud *cloud;
    VitrineExpress *express;
    GPtrArray *disks; /* of VitrineDiskSpec */
    GPtrArray *nics;  /* of VitrineNicSpec */
};

enum {
    PROP_0,
    PROP_NAME,
    PROP_VCPUS,
    PROP_CPU_MODEL,
    PROP_MEMORY_MIB,
    PROP_ISO,
    PROP_KERNEL,
    PROP_INITRD,
    PROP_COMMAND_LINE,
    PROP_FIRMWARE,
    PROP_BOOT,
    PROP_DISPLAY,
    PROP_OS,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (VitrineSpec, vitrine_spec, G_TYPE_OBJECT)

static void
set_string (VitrineSpec *self, char **field, const char *value, guint property)
{
    if (g_strcmp0 (*field, value) == 0)
        return;
    g_free (*field);
    *field = g_strdup (value);
    g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
vitrine_spec_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    VitrineSpec *self = VITRINE_SPEC (object);

    switch (id) {
    case PROP_NAME:
        g_value_set_string (value, self->name);
        break;
    case PROP_VCPUS:
        g_value_set_uint (value, self->vcpus);
        break;
    case PROP_CPU_MODEL:
        g_value_set_string (value, self->cpu_model);
        break;
    case PROP_MEMORY_MIB:
        g_value_set_uint64 (value, self->memory_mib);
        break;
    case PROP_ISO:
        g_value_set_string (value, self->iso);
        break;
    case PROP_KERNEL:
        g_value_set_string (value, self->kernel);
        break;
    case PROP_INITRD:
        g_value_set_string (value, self->initrd);
        break;
    case PROP_COMMAND_LINE:
        g_value_set_string (value, self->command_line);
        break;
    case PROP_FIRMWARE:
        g_value_set_enum (value, (int) self->firmware);
        break;
    case PROP_BOOT:
        g_value_set_string (value, self->boot);
        break;
    case PROP_DISPLAY:
        g_value_set_enum (value, (int) self->display);
        break;
    case PROP_OS:
        g_value_set_string (value, self->os);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vitrine_spec_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    VitrineSpec *self = VITRINE_SPEC (object);

    switch (id) {
    case PROP_NAME:
        vitrine_spec_set_name (self, g_value_get_string (value));
        break;
    case PROP_VCPUS:
        vitrine_spec_set_vcpus (self, g_value_get_uint (value));
        break;
    case PROP_CPU_MODEL:
        vitrine_spec_set_cpu_model (self, g_value_get_string (value));
        break;
    case PROP_MEMORY_MIB:
        vitrine_spec_set_memory_mib (self, g_value_get_uint64 (value));
        break;
    case PROP_ISO:
        vitrine_spec_set_iso (self, g_value_get_string (value));
        break;
    case PROP_KERNEL:
        set_string (self, &self->kernel, g_value_get_string (value), PROP_KERNEL);
        break;
    case PROP_INITRD:
        set_string (self, &self->initrd, g_value_get_string (value), PROP_INITRD);
        break;
    case PROP_COMMAND_LINE:
        set_string (self, &self->command_line, g_value_get_string (value), PROP_COMMAND_LINE);
        break;
    case PROP_FIRMWARE:
        vitrine_spec_set_firmware (self, (VitrineFirmware) g_value_get_enum (value));
        break;
    case PROP_BOOT:
        vitrine_spec_set_boot (self, g_value_get_string (value));
        break;
    case PROP_DISPLAY:
        vitrine_spec_set_display (self, (VitrineDisplay) g_value_get_enum (value));
        break;
    case PROP_OS:
        vitrine_spec_set_os (self, g_value_get_string (value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vitrine_spec_finalize (GObject *object)
{
    VitrineSpec *self = VITRINE_SPEC (object);

    g_free (self->name);
    g_free (self->cpu_model);
    g_free (self->iso);
    g_free (self->kernel);
    g_free (self->initrd);
    g_free (self->command_line);
    g_free (self->boot);
    g_free (self->os);
    vitrine_cloud_free (self->cloud);
    vitrine_express_free (self->express);
    g_ptr_array_unref (self->disks);
    g_ptr_array_unref (self->nics);
    G_OBJECT_CLASS (vitrine_spec_parent_class)->finalize (object);
}

static void
vitrine_spec_class_init (VitrineSpecClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

    object_class->get_property = vitrine_spec_get_property;
    object_class->set_property = vitrine_spec_set_property;
    object_class->finalize = vitrine_spec_finalize;

    properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", flags);
    properties[PROP_VCPUS] = g_param_spec_uint ("vcpus", NULL, NULL, 0, G_MAXUINT, 1, flags);
    properties[PROP_CPU_MODEL] = g_param_spec_string ("cpu-model", NULL, NULL, NULL, flags);
    properties[PROP_MEMORY_MIB] = g_param_spec_uint64 ("memory-mib", NULL, NULL, 0, G_MAXUINT64,
                                                       DEFAULT_MEMORY_MIN_MIB, flags);
    properties[PROP_ISO] = g_param_spec_string ("iso", NULL, NULL, NULL, flags);
    properties[PROP_KERNEL] = g_param_spec_string ("kernel", NULL, NULL, NULL, flags);
    properties[PROP_INITRD] = g_param_spec_string ("initrd", NULL, NULL, NULL, flags);
    properties[PROP_COMMAND_LINE] = g_param_spec_string ("command-line", NULL, NULL, NULL, flags);
    properties[PROP_FIRMWARE] = g_param_spec_enum ("firmware", NULL, NULL, VITRINE_TYPE_FIRMWARE,
                                                   VITRINE_FIRMWARE_BIOS, flags);
    properties[PROP_BOOT] = g_param_spec_string ("boot", NULL, NULL, NULL, flags);
    properties[PROP_DISPLAY] = g_param_spec_enum ("display", NULL, NULL, VITRINE_TYPE_DISPLAY,
                                                  VITRINE_DISPLAY_BEST, flags);
    properties[PROP_OS] = g_param_spec_string ("os", NULL, NULL, NULL, flags);
    g_object_class_install_properties (object_class, N_PROPS, properties);
}

static guint64
default_memory_mib (void)
{
    guint64 host_mib = (guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGESIZE) / MIB;
    guint64 quarter = host_mib / 4 / DEFAULT_MEMORY_STEP_MIB * DEFAULT_MEMORY_STEP_MIB;

    return CLAMP (quarter, DEFAULT_MEMORY_MIN_MIB, DEFAULT_MEMORY_MAX_MIB);
}

static void
vitrine_spec_init (VitrineSpec *self)
{
    self->name = g_strdup ("");
    self->vcpus = g_get_num_processors () > 1 ? 2 : 1;
    self->memory_mib = default_memory_mib ();
    self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_spec_free);
    self->nics = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_nic_spec_free);
}

VitrineSpec *
vitrine_spec_new (void)
{
    return g_object_new (VITRINE_TYPE_SPEC, NULL);
}

const char *
vitrine_spec_get_name (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), "");
    return self->name;
}

void
vitrine_spec_set_name (VitrineSpec *self, const char *name)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    set_string (self, &self->name, name != NULL ? name : "", PROP_NAME);
}

guint
vitrine_spec_get_vcpus (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), 0);
    return self->vcpus;
}

void
vitrine_spec_set_vcpus (VitrineSpec *self, guint vcpus)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    if (self->vcpus == vcpus)
        return;
    self->vcpus = vcpus;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VCPUS]);
}

const char *
vitrine_spec_get_cpu_model (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->cpu_model;
}

void
vitrine_spec_set_cpu_model (VitrineSpec *self, const char *model)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    set_string (self, &self->cpu_model, model, PROP_CPU_MODEL);
}

guint64
vitrine_spec_get_memory_mib (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), 0);
    return self->memory_mib;
}

void
vitrine_spec_set_memory_mib (VitrineSpec *self, guint64 memory_mib)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    if (self->memory_mib == memory_mib)
        return;
    self->memory_mib = memory_mib;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MEMORY_MIB]);
}

const char *
vitrine_spec_get_iso (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->iso;
}

void
vitrine_spec_set_iso (VitrineSpec *self, const char *path)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    set_string (self, &self->iso, path, PROP_ISO);
}

void
vitrine_spec_set_kernel (VitrineSpec *self, const char *kernel, const char *initrd,
                         const char *command_line)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    g_object_freeze_notify (G_OBJECT (self));
    set_string (self, &self->kernel, kernel, PROP_KERNEL);
    set_string (self, &self->initrd, initrd, PROP_INITRD);
    set_string (self, &self->command_line, command_line, PROP_COMMAND_LINE);
    g_object_thaw_notify (G_OBJECT (self));
}

const char *
vitrine_spec_get_kernel (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->kernel;
}

const char *
vitrine_spec_get_initrd (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->initrd;
}

const char *
vitrine_spec_get_command_line (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->command_line;
}

VitrineFirmware
vitrine_spec_get_firmware (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), VITRINE_FIRMWARE_BIOS);
    return self->firmware;
}

void
vitrine_spec_set_firmware (VitrineSpec *self, VitrineFirmware firmware)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    if (self->firmware == firmware)
        return;
    self->firmware = firmware;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIRMWARE]);
}

const char *
vitrine_spec_get_boot (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->boot;
}

void
vitrine_spec_set_boot (VitrineSpec *self, const char *order)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    set_string (self, &self->boot, order, PROP_BOOT);
}

VitrineDisplay
vitrine_spec_get_display (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), VITRINE_DISPLAY_BEST);
    return self->display;
}

void
vitrine_spec_set_display (VitrineSpec *self, VitrineDisplay display)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    if (self->display == display)
        return;
    self->display = display;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DISPLAY]);
}

const char *
vitrine_spec_get_os (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->os;
}

void
vitrine_spec_set_os (VitrineSpec *self, const char *id)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    set_string (self, &self->os, id, PROP_OS);
}

const VitrineCloud *
vitrine_spec_get_cloud (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->cloud;
}

void
vitrine_spec_set_cloud (VitrineSpec *self, const VitrineCloud *cloud)
{
    VitrineCloud *copy = cloud != NULL ? vitrine_cloud_copy (cloud) : NULL;

    g_return_if_fail (VITRINE_IS_SPEC (self));
    vitrine_cloud_free (self->cloud);
    self->cloud = copy;
}

const VitrineExpress *
vitrine_spec_get_express (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->express;
}

void
vitrine_spec_set_express (VitrineSpec *self, const VitrineExpress *express)
{
    VitrineExpress *copy = express != NULL ? vitrine_express_copy (express) : NULL;

    g_return_if_fail (VITRINE_IS_SPEC (self));
    vitrine_express_free (self->express);
    self->express = copy;
}

void
vitrine_spec_add_disk (VitrineSpec *self, VitrineDiskSpec *disk)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    g_return_if_fail (disk != NULL);
    g_ptr_array_add (self->disks, disk);
}

GPtrArray *
vitrine_spec_get_disks (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->disks;
}

void
vitrine_spec_add_nic (VitrineSpec *self, VitrineNicSpec *nic)
{
    g_return_if_fail (VITRINE_IS_SPEC (self));
    g_return_if_fail (nic != NULL);
    g_ptr_array_add (self->nics, nic);
}

void
vitrine_spec_add_default_nic (VitrineSpec *self, const char *network)
{
    VitrineNicSpec *nic;

    g_return_if_fail (VITRINE_IS_SPEC (self));
    g_return_if_fail (network != NULL);

    if (*network == '\0')
        return;
    nic = vitrine_nic_spec_new ();
    if (!g_str_equal (network, "user"))
        nic->network = g_strdup (network);
    g_ptr_array_add (self->nics, nic);
}

GPtrArray *
vitrine_spec_get_nics (VitrineSpec *self)
{
    g_return_val_if_fail (VITRINE_IS_SPEC (self), NULL);
    return self->nics;
}

char *
vitrine_spec_suggest_name (const char *iso_path)
{
    g_autofree char *base = iso_path != NULL ? g_path_get_basename (iso_path) : g_strdup ("");
    g_autofree char *valid = g_utf8_make_valid (base, -1);
    g_autofree char *ascii = g_str_to_ascii (valid, "C");
    char *dot = strrchr (ascii, '.');
    GString *name = g_string_new (NULL);

    /* An ending, and not the tail of a version number. */
    if (dot != NULL && g_ascii_isalpha (dot[1]))
        *dot = '\0';
    for (const char *p = ascii; *p != '\0' && name->len < SUGGESTED_NAME_MAX; p++) {
        gboolean plain = g_ascii_isalnum (*p);

        /* Anything else is a separator: one at a time, none at the beginning. */
        if (plain || ((*p == '.' || *p == '_') && name->len > 0))
            g_string_append_c (name, *p);
        else if (name->len > 0 && g_ascii_isalnum (name->str[name->len - 1]))
            g_string_append_c (name, '-');
    }
    while (name->len > 0 && !g_ascii_isalnum (name->str[name->len - 1]))
        g_string_truncate (name, name->len - 1);
    if (name->len == 0)
        g_string_assign (name, "machine");
    return g_string_free (name, FALSE);
}
