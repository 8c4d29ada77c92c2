/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine-load.c - a fake machine from a key file or from a definition. */
#include <string.h>

#include "fake-machine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-snapshot.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* "PATH|SIZE in MiB|why it cannot be removed"; the last may be left out. */
static void
add_disk (FakeMachine *self, const char *text)
{
    g_auto (GStrv) parts = g_strsplit (text, "|", 3);
    guint n_parts = g_strv_length (parts);
    VitrineDiskInfo info = { .path = parts[0], .reason = n_parts > 2 ? parts[2] : (char *) "" };
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    info.removable = *info.reason == '\0';
    info.size_bytes = n_parts > 1 ? g_ascii_strtoull (parts[1], NULL, 10) * MIB : 0;
    g_ptr_array_add (self->disks, vitrine_disk_info_copy (&info));
    disk->path = g_strdup (parts[0]);
    vitrine_spec_add_disk (self->spec, disk);
}

static void
read_disks (FakeMachine *self, GKeyFile *file)
{
    g_auto (GStrv) disks = g_key_file_get_string_list (file, self->group, "disks", NULL, NULL);

    for (guint i = 0; disks != NULL && disks[i] != NULL; i++)
        add_disk (self, disks[i]);
}

/* As `vitrinectl create --nic` takes them. */
static void
read_nics (FakeMachine *self, GKeyFile *file)
{
    g_auto (GStrv) nics = g_key_file_get_string_list (file, self->group, "nics", NULL, NULL);

    for (guint i = 0; nics != NULL && nics[i] != NULL; i++) {
        VitrineNicSpec *nic = vitrine_nic_spec_parse (nics[i], NULL);

        if (nic != NULL)
            vitrine_spec_add_nic (self->spec, nic);
    }
}

/* "NAME|PARENT|DESCRIPTION|SECONDS"; the machine goes on from the last. */
static void
add_snapshot (FakeMachine *self, const char *text, gboolean current)
{
    g_auto (GStrv) parts = g_strsplit (text, "|", 4);
    VitrineSnapshot *snapshot;

    if (g_strv_length (parts) < 4)
        return;
    snapshot = g_new0 (VitrineSnapshot, 1);
    snapshot->name = g_strdup (parts[0]);
    snapshot->parent = g_strdup (parts[1]);
    snapshot->description = g_strdup (parts[2]);
    snapshot->time = g_ascii_strtoll (parts[3], NULL, 10);
    snapshot->current = current;
    g_ptr_array_add (self->snapshots, snapshot);
}

static void
read_snapshots (FakeMachine *self, GKeyFile *file)
{
    g_auto (GStrv) list = g_key_file_get_string_list (file, self->group, "snapshots", NULL, NULL);

    if (list == NULL)
        return;
    self->snapshots = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_snapshot_free);
    for (guint i = 0; list[i] != NULL; i++)
        add_snapshot (self, list[i], list[i + 1] == NULL);
}

static void
set_screen (FakeMachine *self, FakeScreenKind kind)
{
    self->screen = fake_screen_new (kind, vitrine_machine_get_name (VITRINE_MACHINE (self)));
}

static void
read_screen (FakeMachine *self, GKeyFile *file)
{
    g_autofree char *kind = g_key_file_get_string (file, self->group, "screen", NULL);

    if (g_strcmp0 (kind, "bars") == 0)
        set_screen (self, FAKE_SCREEN_BARS);
    else if (g_strcmp0 (kind, "blank") == 0)
        set_screen (self, FAKE_SCREEN_BLANK);
    else if (g_strcmp0 (kind, "none") != 0)
        set_screen (self, FAKE_SCREEN_TEXT);
    vitrine_spec_set_display (self->spec,
                              self->screen != NULL ? VITRINE_DISPLAY_VNC : VITRINE_DISPLAY_NONE);
}

static void
read_server (FakeMachine *self, GKeyFile *file)
{
    g_autofree char *text = g_key_file_get_string (file, self->group, "display-server", NULL);
    g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", "|", 2);

    if (g_strv_length (parts) == 2)
        self->server = g_steal_pointer (&parts);
}

static void
set_resources (FakeMachine *self, guint vcpus, guint64 memory_mib)
{
    vitrine_spec_set_vcpus (self->spec, vcpus);
    vitrine_spec_set_memory_mib (self->spec, memory_mib);
    vitrine_machine_set_resources (VITRINE_MACHINE (self), vcpus, memory_mib * MIB);
}

static void
read_resources (FakeMachine *self, GKeyFile *file)
{
    int vcpus = g_key_file_get_integer (file, self->group, "vcpus", NULL);
    guint64 memory_mib = g_key_file_get_uint64 (file, self->group, "memory-mib", NULL);
    g_autofree char *iso = g_key_file_get_string (file, self->group, "iso", NULL);
    g_autofree char *word = g_key_file_get_string (file, self->group, "firmware", NULL);
    g_autofree char *os = g_key_file_get_string (file, self->group, "os", NULL);
    VitrineFirmware firmware = VITRINE_FIRMWARE_BIOS;

    vitrine_firmware_from_string (word, &firmware);
    vcpus = vcpus > 0 ? vcpus : 2;
    memory_mib = memory_mib > 0 ? memory_mib : 2048;
    set_resources (self, (guint) vcpus, memory_mib);
    vitrine_spec_set_iso (self->spec, iso);
    vitrine_spec_set_firmware (self->spec, firmware);
    vitrine_machine_set_firmware (VITRINE_MACHINE (self), firmware);
    vitrine_machine_set_os (VITRINE_MACHINE (self), os);
}

static void
read_state (FakeMachine *self, GKeyFile *file)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    g_autofree char *word = g_key_file_get_string (file, self->group, "state", NULL);
    g_autofree char *reason = g_key_file_get_string (file, self->group, "state-reason", NULL);
    g_autofree char *problem = g_key_file_get_string (file, self->group, "problem", NULL);
    g_auto (GStrv) warnings =
        g_key_file_get_string_list (file, self->group, "warnings", NULL, NULL);
    VitrineMachineState state = VITRINE_MACHINE_OFF;

    self->consoles = g_key_file_get_string_list (file, self->group, "consoles", NULL, NULL);
    if (self->consoles == NULL)
        self->consoles = g_strsplit ("serial0", ";", -1);
    vitrine_machine_set_problem (machine, problem);
    vitrine_machine_set_warnings (machine, (const char *const *) warnings);
    vitrine_machine_set_start_time (machine,
                                    g_key_file_get_int64 (file, self->group, "start-time", NULL));
    vitrine_machine_state_from_string (word, &state);
    fake_machine_set_state (self, state, reason);
}

/* The same name has the same UUID each time. */
static char *
make_uuid (const char *name)
{
    g_autofree char *hex = g_compute_checksum_for_string (G_CHECKSUM_SHA1, name, -1);

    return g_strdup_printf ("%.8s-%.4s-5%.3s-a%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
                            hex + 20);
}

/* With a name and nothing else. */
static FakeMachine *
new_machine (const char *name, const char *uuid, const char *group, FakeFaults *faults)
{
    g_autofree char *made = uuid == NULL ? make_uuid (name) : NULL;
    FakeMachine *self = g_object_new (FAKE_TYPE_MACHINE, "uuid", uuid != NULL ? uuid : made, NULL);

    self->group = g_strdup (group);
    self->faults = fake_faults_ref (faults);
    self->spec = vitrine_spec_new ();
    vitrine_machine_set_name (VITRINE_MACHINE (self), name);
    vitrine_spec_set_name (self->spec, name);
    return self;
}

FakeMachine *
fake_machine_new_from_file (GKeyFile *file, const char *group, FakeFaults *faults)
{
    const char *name = g_str_has_prefix (group, "machine ") ? group + strlen ("machine ") : group;
    g_autofree char *uuid = g_key_file_get_string (file, group, "uuid", NULL);
    FakeMachine *self = new_machine (name, uuid, group, faults);

    read_resources (self, file);
    read_disks (self, file);
    read_nics (self, file);
    read_snapshots (self, file);
    read_screen (self, file);
    read_server (self, file);
    read_state (self, file);
    return self;
}

FakeMachine *
fake_machine_new_generated (guint n, const char *folder, FakeFaults *faults)
{
    static const VitrineMachineState states[] = {
        VITRINE_MACHINE_OFF, VITRINE_MACHINE_RUNNING, VITRINE_MACHINE_PAUSED,
        VITRINE_MACHINE_OFF, VITRINE_MACHINE_CRASHED,
    };
    g_autofree char *group = g_strdup_printf ("machine machine-%04u", n);
    const char *name = group + strlen ("machine ");
    g_autofree char *disk = g_strdup_printf ("%s/%s.raw|%u", folder, name, n % 64);
    FakeMachine *self = new_machine (name, NULL, group, faults);

    set_resources (self, 1 + n % 8, 512 * (1 + n % 16));
    add_disk (self, disk);
    set_screen (self, FAKE_SCREEN_TEXT);
    self->consoles = g_strsplit ("serial0", ";", -1);
    fake_machine_set_state (self, states[n % G_N_ELEMENTS (states)], NULL);
    return self;
}

void
fake_machine_set_definition (FakeMachine *self, VitrineDefinition *definition)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    vitrine_definition_ref (definition);
    g_clear_pointer (&self->definition, vitrine_definition_unref);
    self->definition = definition;
    g_ptr_array_set_size (self->disks, 0);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        const VitrineDiskInfo info = { .path = device->source,
                                       .removable = TRUE,
                                       .reason = (char *) "" };

        if (device->kind == VITRINE_DEFINITION_DISK && device->source != NULL)
            g_ptr_array_add (self->disks, vitrine_disk_info_copy (&info));
    }
    g_clear_object (&self->screen);
    if (vitrine_definition_get_video (definition) != NULL)
        self->screen = fake_screen_new (FAKE_SCREEN_TEXT, vitrine_definition_get_name (definition));
    vitrine_machine_set_problem (machine, NULL);
    vitrine_machine_set_name (machine, vitrine_definition_get_name (definition));
    vitrine_machine_set_resources (machine, vitrine_definition_get_vcpus (definition),
                                   vitrine_definition_get_first_memory_bytes (definition));
    vitrine_machine_set_firmware (machine, vitrine_rules_firmware (definition));
    vitrine_machine_set_os (machine, vitrine_definition_get_os (definition));
    vitrine_machine_devices_changed (machine);
}

FakeMachine *
fake_machine_new_from_definition (VitrineDefinition *definition, FakeFaults *faults)
{
    FakeMachine *self =
        g_object_new (FAKE_TYPE_MACHINE, "uuid", vitrine_definition_get_uuid (definition), NULL);

    self->group = g_strconcat ("machine ", vitrine_definition_get_name (definition), NULL);
    self->faults = fake_faults_ref (faults);
    self->consoles = g_strsplit ("serial0", ";", -1);
    fake_machine_set_definition (self, definition);
    return self;
}
