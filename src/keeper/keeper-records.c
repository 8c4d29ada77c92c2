/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-records.c - a definition and its open files as the VMM_CREATE message; one device as VMM_ATTACH. */
#include "keeper-records.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vmm-protocol.h"

/* All that a definition may list, and Hyper-V's. */
G_STATIC_ASSERT (VMM_MAX_FEATURES >= VITRINE_DEFINITION_MAX_FEATURES + 16);

#define VGA_SLOT   1
#define FIRST_SLOT 2
#define LAST_SLOT  30

typedef struct {
    KeeperRecords *records;
    const VitrineDefinition *definition;
    const KeeperFiles *files;
    const KeeperLines *lines;
    GPtrArray *devices; /* of VitrineDefinitionDevice */
    guint32 slots_taken; /* a bit each */
    gboolean is_running; /* the VMM knows which slots are free */
    gboolean is_full;    /* there are more descriptors than a message carries */
} Builder;

const char *
keeper_records_model (const VitrineDefinitionDevice *device)
{
    gboolean sata = strcmp (device->model, "sata") == 0;
    gboolean scsi = strcmp (device->model, "scsi") == 0;
    gboolean virtio = strcmp (device->model, "virtio") == 0;
    gboolean usb = strcmp (device->model, "usb") == 0;

    switch (device->kind) {
    case VITRINE_DEFINITION_INTERFACE:
        return virtio ? "virtio-net" : device->model;
    case VITRINE_DEFINITION_DISK:
        return sata ? "ata-disk" : scsi ? "scsi-hd" : "virtio-blk";
    case VITRINE_DEFINITION_CDROM:
        return scsi ? "scsi-cd" : "atapi-cdrom";
    case VITRINE_DEFINITION_SERIAL:
        return "uart16550";
    case VITRINE_DEFINITION_VIDEO:
        return virtio ? "virtio-vga" : "vga";
    case VITRINE_DEFINITION_RNG:
        return "virtio-rng";
    case VITRINE_DEFINITION_BALLOON:
        return "virtio-balloon";
    case VITRINE_DEFINITION_VSOCK:
        return "virtio-vsock";
    case VITRINE_DEFINITION_CONTROLLER:
    case VITRINE_DEFINITION_CONSOLE:
    case VITRINE_DEFINITION_CHANNEL:
    case VITRINE_DEFINITION_WATCHDOG:
    case VITRINE_DEFINITION_MEMORY:
        return device->model;
    case VITRINE_DEFINITION_TABLET:
        return virtio ? "virtio-tablet" : "usb-tablet";
    case VITRINE_DEFINITION_KEYBOARD:
        return virtio ? "virtio-keyboard" : usb ? "usb-kbd" : NULL;
    case VITRINE_DEFINITION_MOUSE:
        return virtio ? "virtio-mouse" : NULL;
    case VITRINE_DEFINITION_PANIC:
        return strcmp (device->model, "isa") == 0 ? "pvpanic" : "pvpanic-pci";
    default:
        return NULL; /* the PS/2 pair is on the machine's own i8042 */
    }
}

/* The index of FD in the message; a descriptor can be named once. */
static gint32
add_fd (Builder *b, int fd)
{
    if (fd < 0)
        return VMM_NO_FD;
    if (b->records->n_fds == MESSAGE_MAX_FDS) { /* of cards with many queues, many */
        b->is_full = TRUE;
        return VMM_NO_FD;
    }
    b->records->fds[b->records->n_fds] = fd;
    return (gint32) b->records->n_fds++;
}

static void
append (Builder *b, const void *record, gsize size)
{
    g_byte_array_append (b->records->message, record, (guint) size);
}

/* --- the machine and its kernel -------------------------------------------------------------- */

/* NAME for logs and SMBIOS: what is not printable ASCII becomes a low line. */
static void
copy_name (char *out, gsize size, const char *name)
{
    gsize n = 0;

    for (const char *p = name; *p && n < size - 1; p = g_utf8_next_char (p))
        out[n++] = g_ascii_isprint (*p) ? *p : '_';
    out[n] = '\0';
}

static void
copy_uuid (guint8 *out, const char *uuid)
{
    for (guint i = 0; *uuid && i < 16; uuid += *uuid == '-' ? 1 : 2)
        if (*uuid != '-')
            out[i++] =
                (guint8) (g_ascii_xdigit_value (uuid[0]) << 4 | g_ascii_xdigit_value (uuid[1]));
}

static void
append_machine (Builder *b, gint64 rtc_offset_s)
{
    struct vmm_record_machine machine = {
        .record = { .type = VMM_RECORD_MACHINE, .size = sizeof machine },
        .memory_bytes = vitrine_definition_get_memory_bytes (b->definition),
        .pluggable_bytes = vitrine_definition_get_max_memory_bytes (b->definition)
                           - vitrine_definition_get_memory_bytes (b->definition),
        .n_vcpus = vitrine_definition_get_vcpus (b->definition),
        .max_vcpus = vitrine_definition_get_max_vcpus (b->definition),
        .boot_menu = vitrine_definition_get_boot_menu (b->definition),
        .rtc_offset_s = rtc_offset_s,
        .flags = vitrine_definition_get_video (b->definition) ? VMM_MACHINE_DISPLAY : 0,
    };

    machine.kvm_fd = add_fd (b, b->files->kvm_fd);
    machine.firmware_fd = add_fd (b, b->files->firmware_fd);
    machine.debug_fd = add_fd (b, b->lines->debug_fd);
    copy_name (machine.name, sizeof machine.name, vitrine_definition_get_name (b->definition));
    copy_uuid (machine.uuid, vitrine_definition_get_uuid (b->definition));
    append (b, &machine, sizeof machine);
}

static void
append_feature (Builder *b, const VitrineDefinitionFeature *feature)
{
    static const enum vmm_feature_policy policies[] = {
        [VITRINE_DEFINITION_FEATURE_DISABLE] = VMM_FEATURE_DISABLE,
        [VITRINE_DEFINITION_FEATURE_REQUIRE] = VMM_FEATURE_REQUIRE,
        [VITRINE_DEFINITION_FEATURE_MODEL] = VMM_FEATURE_MODEL,
        [VITRINE_DEFINITION_FEATURE_OPTIONAL] = VMM_FEATURE_OPTIONAL,
        [VITRINE_DEFINITION_FEATURE_FORCE] = VMM_FEATURE_FORCE,
        [VITRINE_DEFINITION_FEATURE_FORBID] = VMM_FEATURE_FORBID,
    };
    struct vmm_cpu_feature out = {
        .policy = policies[feature->policy],
        .function = feature->function,
        .index = feature->index,
        .eax = feature->eax,
        .ebx = feature->ebx,
        .ecx = feature->ecx,
        .edx = feature->edx,
    };

    g_strlcpy (out.name, feature->name, sizeof out.name);
    append (b, &out, sizeof out);
}

static void
set_model (struct vmm_record_cpu *cpu, const VitrineDefinitionCpuModel *model)
{
    cpu->signature = model->signature;
    g_strlcpy (cpu->model, model->name, sizeof cpu->model);
    g_strlcpy (cpu->vendor, model->vendor ? model->vendor : "", sizeof cpu->vendor);
    g_strlcpy (cpu->host_vendor, model->host_vendor ? model->host_vendor : "",
               sizeof cpu->host_vendor);
}

static void
append_cpu (Builder *b)
{
    const VitrineDefinitionCpuModel *model = vitrine_definition_get_cpu_model (b->definition);
    GArray *features = vitrine_definition_get_features (b->definition);
    struct vmm_record_cpu cpu = {
        .record = { .type = VMM_RECORD_CPU,
                    .size =
                        (guint32) (sizeof cpu + features->len * sizeof (struct vmm_cpu_feature)) },
        .n_features = features->len,
        .spinlock_retries = vitrine_definition_get_spinlock_retries (b->definition),
    };

    vitrine_definition_get_topology (b->definition, &cpu.sockets, &cpu.cores, &cpu.threads);
    if (cpu.sockets == 0 && features->len == 0 && !model)
        return;
    if (cpu.sockets == 0) {
        cpu.sockets = cpu.threads = 1;
        cpu.cores = vitrine_definition_get_max_vcpus (b->definition);
    }
    if (model)
        set_model (&cpu, model);
    append (b, &cpu, sizeof cpu);
    for (guint i = 0; i < features->len; i++)
        append_feature (b, &g_array_index (features, VitrineDefinitionFeature, i));
}

static void
append_kernel (Builder *b)
{
    struct vmm_record_kernel kernel = {
        .record = { .type = VMM_RECORD_KERNEL, .size = sizeof kernel },
    };

    if (b->files->kernel_fd < 0)
        return;
    kernel.kernel_fd = add_fd (b, b->files->kernel_fd);
    kernel.initrd_fd = add_fd (b, b->files->initrd_fd);
    g_strlcpy (kernel.command_line, vitrine_definition_get_command_line (b->definition),
               sizeof kernel.command_line);
    append (b, &kernel, sizeof kernel);
}

static void
append_variables (Builder *b)
{
    struct vmm_record_variables variables = {
        .record = { .type = VMM_RECORD_VARIABLES, .size = sizeof variables },
    };

    if (b->lines->variables_fd < 0)
        return;
    variables.fd = add_fd (b, b->lines->variables_fd);
    append (b, &variables, sizeof variables);
}

/* --- devices --------------------------------------------------------------------------------- */

static void
reserve_slots (Builder *b)
{
    GPtrArray *devices = vitrine_definition_get_devices (b->definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->slot > 0)
            b->slots_taken |= 1u << device->slot;
    }
}

static guint
choose_slot (Builder *b, const VitrineDefinitionDevice *device)
{
    guint slot = device->kind == VITRINE_DEFINITION_VIDEO ? VGA_SLOT : FIRST_SLOT;

    if (!vitrine_definition_device_is_on_pci (device))
        return VMM_SLOT_AUTO;
    if (device->slot > 0)
        return device->slot;
    if (b->is_running)
        return VMM_SLOT_AUTO;
    while (slot <= LAST_SLOT && (b->slots_taken & (1u << slot)))
        slot++;
    if (slot > LAST_SLOT)
        return VMM_SLOT_AUTO; /* slot 1 may be free, or the VMM says that none is */
    b->slots_taken |= 1u << slot;
    return slot;
}

static guint
backend_flags (const VitrineDefinitionDevice *device, const KeeperBacking *backing)
{
    return (device->read_only ? VMM_BACKEND_READ_ONLY : 0) | (backing->direct ? VMM_BACKEND_DIRECT : 0)
           | (device->cache == VITRINE_DEFINITION_CACHE_UNSAFE ? VMM_BACKEND_NO_FLUSH : 0)
           | (device->keeps_space ? VMM_BACKEND_NO_DISCARD : 0);
}

/* What GET has for each of the card's pairs of queues, one after the other, named by the first. */
static gint32
add_ends (Builder *b, const VitrineDefinitionDevice *device,
          int (*get) (KeeperNet *, const VitrineDefinitionDevice *, guint))
{
    gint32 first = add_fd (b, get (b->lines->net, device, 0));

    for (guint i = 1; i < device->network->queues; i++)
        add_fd (b, get (b->lines->net, device, i));
    return first;
}

static void
set_network (Builder *b, const VitrineDefinitionDevice *device, struct vmm_record_device *record)
{
    record->backend = device->network->kind == VITRINE_DEFINITION_NETWORK_USER
                          ? VMM_BACKEND_NET_STREAM
                          : VMM_BACKEND_NET_TAP;
    if (device->network->link_down)
        record->backend_flags = VMM_BACKEND_LINK_DOWN;
    record->n_pairs = device->network->queues;
    if (!b->lines->net)
        return;
    record->fd = add_ends (b, device, keeper_net_get_fd);
    record->vhost_fd = add_ends (b, device, keeper_net_get_vhost);
}

static void
set_backend (Builder *b, guint index, const VitrineDefinitionDevice *device, const KeeperBacking *backing,
             struct vmm_record_device *record)
{
    int socket_fd = device->kind == VITRINE_DEFINITION_SERIAL ? b->lines->serial_fd
                    : b->lines->port_fds                      ? b->lines->port_fds[index]
                                                              : -1;

    record->fd = record->vhost_fd = VMM_NO_FD;
    record->backend = VMM_BACKEND_NONE;
    if (device->network) {
        set_network (b, device, record);
    } else if (socket_fd >= 0) {
        record->backend = VMM_BACKEND_SOCKET;
        record->fd = add_fd (b, socket_fd);
    } else if (device->kind == VITRINE_DEFINITION_VSOCK) {
        record->backend = VMM_BACKEND_VHOST;
        record->fd = add_fd (b, backing->fd);
    } else if (device->kind == VITRINE_DEFINITION_DISK
               || device->kind == VITRINE_DEFINITION_CDROM) {
        record->backend = device->format == VITRINE_DEFINITION_FORMAT_RAW && !backing->by_process
                              ? VMM_BACKEND_RAW
                              : VMM_BACKEND_VHOST_USER;
        record->backend_flags = backend_flags (device, backing);
        record->fd = add_fd (b, backing->fd);
    }
}

static void
set_place (Builder *b, const VitrineDefinitionDevice *device, struct vmm_record_device *record)
{
    record->slot = choose_slot (b, device);
    record->unit = device->unit;
    if (strcmp (device->model, "scsi") == 0) {
        record->unit = device->scsi_target << 16 | device->unit;
        record->controller = device->controller;
    } else if (strcmp (device->model, "virtio-scsi") == 0) {
        record->unit = 0;
        record->controller = device->unit;
    }
}

static void
append_option (Builder *b, const char *name, const char *value)
{
    struct vmm_option option = { 0 };

    g_strlcpy (option.name, name, sizeof option.name);
    g_strlcpy (option.value, value, sizeof option.value);
    append (b, &option, sizeof option);
}

static void
append_device (Builder *b, guint index)
{
    const VitrineDefinitionDevice *device = g_ptr_array_index (b->devices, index);
    const KeeperBacking *backing = &b->files->backings[index];
    gboolean is_vsock = device->kind == VITRINE_DEFINITION_VSOCK;
    struct vmm_record_device record = {
        .record = { .type = VMM_RECORD_DEVICE },
        .boot_index = device->boot_index,
        .n_options = (device->serial ? 1 : 0) + (is_vsock ? 1 : 0) + device->options->len,
    };

    record.record.size = (guint32) (sizeof record + record.n_options * sizeof (struct vmm_option));
    g_strlcpy (record.model, keeper_records_model (device), sizeof record.model);
    g_strlcpy (record.alias, device->alias, sizeof record.alias);
    set_place (b, device, &record);
    set_backend (b, index, device, backing, &record);
    record.rom_fd = add_fd (b, backing->rom_fd);
    append (b, &record, sizeof record);
    if (device->serial)
        append_option (b, "serial", device->serial);
    if (is_vsock) {
        g_autofree char *cid = g_strdup_printf ("%u", device->cid);

        append_option (b, "guest-cid", cid);
    }
    for (guint i = 0; i < device->options->len; i++) {
        const VitrineDefinitionOption *option =
            &g_array_index (device->options, VitrineDefinitionOption, i);

        append_option (b, option->name, option->value);
    }
}

gboolean
keeper_records_build (KeeperRecords *self, const VitrineDefinition *definition,
                      const KeeperFiles *files, const KeeperLines *lines, gint64 rtc_offset_s,
                      GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);
    Builder b = { .records = self,
                  .definition = definition,
                  .files = files,
                  .lines = lines,
                  .devices = devices };
    struct vmm_header header = { .type = VMM_CREATE, .version = VMM_PROTOCOL_VERSION };

    self->message = g_byte_array_new ();
    self->n_fds = 0;
    append (&b, &header, sizeof header);
    append_machine (&b, rtc_offset_s);
    append_cpu (&b);
    append_kernel (&b);
    append_variables (&b);
    reserve_slots (&b);
    /* Controllers first: the VMM puts the others on them. */
    for (guint round = 0; round < 2; round++)
        for (guint i = 0; i < devices->len; i++) {
            const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

            if (keeper_records_model (device)
                && (device->kind == VITRINE_DEFINITION_CONTROLLER) == (round == 0))
                append_device (&b, i);
        }
    if (self->message->len > VMM_MESSAGE_MAX || b.is_full) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("“%s” has more devices than a machine can have"),
                     vitrine_definition_get_name (definition));
        return FALSE;
    }
    header.size = self->message->len;
    header.n_fds = self->n_fds;
    memcpy (self->message->data, &header, sizeof header);
    return TRUE;
}

void
keeper_records_build_attach (KeeperRecords *self, GPtrArray *devices, const KeeperFiles *files,
                             KeeperNet *net, int port_fd)
{
    g_autofree int *port_fds = g_new (int, devices->len);
    const KeeperLines lines = { .debug_fd = -1, .serial_fd = -1, .port_fds = port_fds, .net = net };
    Builder b = { .records = self,
                  .files = files,
                  .lines = &lines,
                  .devices = devices,
                  .is_running = TRUE };
    struct vmm_header header = { .type = VMM_ATTACH, .version = VMM_PROTOCOL_VERSION };

    self->message = g_byte_array_new ();
    self->n_fds = 0;
    port_fds[devices->len - 1] = port_fd;
    append (&b, &header, sizeof header);
    append_device (&b, devices->len - 1);
    header.size = self->message->len;
    header.n_fds = self->n_fds;
    memcpy (self->message->data, &header, sizeof header);
}

void
keeper_records_clear (KeeperRecords *self)
{
    g_clear_pointer (&self->message, g_byte_array_unref);
    self->n_fds = 0;
}

gint64
keeper_records_rtc_offset_s (const VitrineDefinition *definition)
{
    gint64 offset = vitrine_definition_get_clock_offset_s (definition);
    g_autoptr (GDateTime) now = NULL;

    if (vitrine_definition_get_clock (definition) == VITRINE_DEFINITION_CLOCK_LOCALTIME) {
        now = g_date_time_new_now_local ();
        offset += g_date_time_get_utc_offset (now) / G_TIME_SPAN_SECOND;
    }
    return offset;
}
