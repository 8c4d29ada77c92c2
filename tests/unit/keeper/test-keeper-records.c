/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-records.c - a definition becomes the records the VMM is made from, field by field. */
#include <string.h>

#include "definition.h"
#include "keeper-records.h"
#include "vmm-protocol.h"

#define HEAD                                                                                       \
    "<domain type='kvm'><name>näme</name><uuid>01020304-0506-0708-090a-0b0c0d0e0f10</uuid>"       \
    "<memory unit='MiB'>96</memory><vcpu>3</vcpu>"

typedef struct {
    VitrineDefinition *definition;
    KeeperFiles files;
    KeeperRecords records;
    gsize at; /* of the next record */
} Case;

/* The descriptors are numbers that only look like some: nothing is opened here. */
static void
set_up (Case *c, const char *xml, int first_disk_fd)
{
    int port_fds[VMM_MAX_DEVICES];
    KeeperLines lines
        = { .debug_fd = 104, .serial_fd = 105, .port_fds = port_fds, .variables_fd = -1 };
    g_autoptr (GError) error = NULL;

    memset (c, 0, sizeof *c);
    c->definition = vitrine_definition_parse (xml, -1, &error);
    g_assert_no_error (error);
    if (vitrine_definition_get_firmware (c->definition) == VITRINE_DEFINITION_FIRMWARE_UEFI)
        lines.variables_fd = 108;
    keeper_files_init (&c->files);
    c->files.kvm_fd = 101;
    c->files.firmware_fd = 102;
    c->files.kernel_fd = vitrine_definition_get_kernel (c->definition) ? 106 : -1;
    c->files.initrd_fd = vitrine_definition_get_initrd (c->definition) ? 107 : -1;
    c->files.n_backings = vitrine_definition_get_devices (c->definition)->len;
    c->files.backings = g_new0 (KeeperBacking, c->files.n_backings);
    for (guint i = 0, next_port_fd = 110; i < c->files.n_backings; i++) {
        VitrineDefinitionDevice *device =
            g_ptr_array_index (vitrine_definition_get_devices (c->definition), i);

        port_fds[i] =
            device->kind == VITRINE_DEFINITION_CONSOLE || device->kind == VITRINE_DEFINITION_CHANNEL
                ? (int) next_port_fd++
                : -1;

        c->files.backings[i].rom_fd = device->kind == VITRINE_DEFINITION_VIDEO       ? 103
                              : device->network && device->boot_index > 0 ? 130
                                                                          : -1;
        c->files.backings[i].fd = device->source ? first_disk_fd++ : -1;
        c->files.backings[i].direct = device->cache == VITRINE_DEFINITION_CACHE_NONE;
    }
    g_assert_true (
        keeper_records_build (&c->records, c->definition, &c->files, &lines, -3600, &error));
    g_assert_no_error (error);
    c->at = sizeof (struct vmm_header);
}

static void
tear_down (Case *c)
{
    keeper_records_clear (&c->records);
    g_free (c->files.backings);
    vitrine_definition_unref (c->definition);
}

/* The next record, which is of TYPE. */
static const void *
next (Case *c, guint type)
{
    const struct vmm_record *record = (const void *) (c->records.message->data + c->at);

    g_assert_cmpuint (c->at + sizeof *record, <=, c->records.message->len);
    g_assert_cmpuint (record->type, ==, type);
    g_assert_cmpuint (record->size % 8, ==, 0);
    c->at += record->size;
    g_assert_cmpuint (c->at, <=, c->records.message->len);
    return record;
}

static int
fd_at (const Case *c, int index)
{
    g_assert_cmpint (index, <, (int) c->records.n_fds);
    return index < 0 ? -1 : c->records.fds[index];
}

static void
test_machine (void)
{
    static const guint8 uuid[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    Case c;
    const struct vmm_header *header;
    const struct vmm_record_machine *m;

    set_up (&c, HEAD "<os><type>hvm</type><bootmenu enable='yes'/></os></domain>", 200);
    header = (const void *) c.records.message->data;
    g_assert_cmpuint (header->type, ==, VMM_CREATE);
    g_assert_cmpuint (header->version, ==, VMM_PROTOCOL_VERSION);
    g_assert_cmpuint (header->size, ==, c.records.message->len);
    g_assert_cmpuint (header->n_fds, ==, c.records.n_fds);
    m = next (&c, VMM_RECORD_MACHINE);
    g_assert_cmpuint (m->record.size, ==, sizeof *m);
    g_assert_cmpstr (m->name, ==, "n_me");
    g_assert_cmpmem (m->uuid, 16, uuid, 16);
    g_assert_cmpuint (m->memory_bytes, ==, 96 << 20);
    g_assert_cmpuint (m->n_vcpus, ==, 3);
    g_assert_cmpuint (m->boot_menu, ==, 1);
    g_assert_cmpint (m->rtc_offset_s, ==, -3600);
    g_assert_cmpuint (m->flags, ==, 0);
    g_assert_cmpint (fd_at (&c, m->kvm_fd), ==, 101);
    g_assert_cmpint (fd_at (&c, m->firmware_fd), ==, 102);
    g_assert_cmpint (fd_at (&c, m->debug_fd), ==, 104);
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

static void
test_variables (void)
{
    Case c;
    const struct vmm_record_variables *v;

    set_up (&c, HEAD "<os firmware='efi'><type>hvm</type></os></domain>", 200);
    next (&c, VMM_RECORD_MACHINE);
    v = next (&c, VMM_RECORD_VARIABLES);
    g_assert_cmpuint (v->record.size, ==, sizeof *v);
    g_assert_cmpint (fd_at (&c, v->fd), ==, 108);
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

static void
test_hyperv (void)
{
    static const char *const names[] = { "hv-relaxed",       "hv-spinlocks", "hv-vpindex",
                                         "hv-tlbflush",      "hv-synic",     "hv-stimer",
                                         "hv-stimer-direct", "hv-time" };
    Case c;
    const struct vmm_record_cpu *cpu;

    set_up (
        &c,
        HEAD
        "<os><type>hvm</type></os><features><hyperv mode='custom'><relaxed state='on'/>"
        "<vapic state='off'/><spinlocks state='on' retries='8191'/><vpindex state='on'/>"
        "<tlbflush state='on'/><synic state='on'/>"
        "<stimer state='on'><direct state='on'/></stimer></hyperv></features><clock offset='utc'>"
        "<timer name='hypervclock' present='yes'/><timer name='hypervclock'/></clock></domain>",
        200);
    next (&c, VMM_RECORD_MACHINE);
    cpu = next (&c, VMM_RECORD_CPU);
    g_assert_cmpuint (cpu->spinlock_retries, ==, 8191);
    g_assert_cmpuint (cpu->n_features, ==, G_N_ELEMENTS (names));
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_assert_cmpstr (cpu->features[i].name, ==, names[i]);
        g_assert_cmpuint (cpu->features[i].policy, ==, VMM_FEATURE_REQUIRE);
        g_assert_cmphex (cpu->features[i].ecx, ==, 0);
    }
    g_assert_cmpstr (cpu->model, ==, "");
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

static const struct vmm_cpu_feature *
feature_of (const struct vmm_record_cpu *cpu, const char *name)
{
    const struct vmm_cpu_feature *found = NULL;

    for (guint i = 0; i < cpu->n_features; i++)
        if (g_str_equal (cpu->features[i].name, name)) {
            g_assert_null (found);
            found = &cpu->features[i];
        }
    g_assert_nonnull (found);
    return found;
}

static void
test_cpu_model (void)
{
    Case c;
    const struct vmm_record_cpu *cpu;
    const struct vmm_cpu_feature *f;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><cpu mode='custom' match='exact'><model fallback="
                 "'forbid'>EPYC</model><vendor>AMD</vendor><feature policy='disable' name='avx2'/>"
                 "<feature policy='require' name='svm'/><feature policy='optional' name='aes'/>"
                 "<feature policy='force' name='adx'/><feature policy='forbid' name='vmx'/>"
                 "</cpu></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    cpu = next (&c, VMM_RECORD_CPU);
    g_assert_cmpuint (cpu->sockets, ==, 1);
    g_assert_cmpuint (cpu->cores, ==, 3);
    g_assert_cmpstr (cpu->model, ==, "EPYC");
    g_assert_cmpmem (cpu->vendor, 13, "AuthenticAMD", 13);
    g_assert_cmpmem (cpu->host_vendor, 13, "AuthenticAMD", 13);
    g_assert_cmphex (cpu->signature, ==, 0x800f10);
    g_assert_cmpuint (feature_of (cpu, "avx2")->policy, ==, VMM_FEATURE_DISABLE);
    g_assert_cmpuint (feature_of (cpu, "svm")->policy, ==, VMM_FEATURE_REQUIRE);
    g_assert_cmpuint (feature_of (cpu, "aes")->policy, ==, VMM_FEATURE_OPTIONAL);
    g_assert_cmpuint (feature_of (cpu, "adx")->policy, ==, VMM_FEATURE_FORCE);
    g_assert_cmpuint (feature_of (cpu, "vmx")->policy, ==, VMM_FEATURE_FORBID);
    f = feature_of (cpu, "xsaveopt");
    g_assert_cmpuint (f->policy, ==, VMM_FEATURE_MODEL);
    g_assert_cmphex (f->function, ==, 0xd);
    g_assert_cmphex (f->index, ==, 1);
    g_assert_cmphex (f->eax, ==, 1);
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

static void
test_memory (void)
{
    Case c;
    const struct vmm_record_machine *m;
    const struct vmm_record_device *d;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices><memory model='virtio-mem'><target>"
                 "<size unit='MiB'>32</size><requested unit='MiB'>8</requested></target></memory>"
                 "</devices></domain>",
            200);
    m = next (&c, VMM_RECORD_MACHINE);
    g_assert_cmpuint (m->memory_bytes, ==, 64 << 20);
    g_assert_cmpuint (m->pluggable_bytes, ==, 32 << 20);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtio-mem");
    g_assert_cmpstr (d->alias, ==, "virtiomem0");
    g_assert_cmpuint (d->n_options, ==, 2);
    g_assert_cmpstr (d->options[0].name, ==, "block-size");
    g_assert_cmpstr (d->options[0].value, ==, "2097152");
    g_assert_cmpstr (d->options[1].name, ==, "requested");
    g_assert_cmpstr (d->options[1].value, ==, "8388608");
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

static void
test_kernel (void)
{
    Case c;
    const struct vmm_record_kernel *k;

    set_up (&c,
            HEAD "<os><type>hvm</type><kernel>/k</kernel><initrd>/i</initrd><cmdline>a=b "
                 "c</cmdline></os></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    k = next (&c, VMM_RECORD_KERNEL);
    g_assert_cmpuint (k->record.size, ==, sizeof *k);
    g_assert_cmpint (fd_at (&c, k->kernel_fd), ==, 106);
    g_assert_cmpint (fd_at (&c, k->initrd_fd), ==, 107);
    g_assert_cmpstr (k->command_line, ==, "a=b c");
    tear_down (&c);
}

static const char full[] =
    HEAD "<os><type>hvm</type></os><devices>"
         "<disk type='file'><driver cache='none'/><source file='/a'/><target dev='vda'/>"
         "<serial>S1</serial></disk>"
         "<disk type='file'><driver cache='unsafe'/><source file='/b'/><target dev='sda'/></disk>"
         "<disk type='file' device='cdrom'><source file='/c'/><target dev='sdb'/></disk>"
         "<disk type='file' device='cdrom'><target dev='sdc'/></disk>"
         "<serial type='pty'/><input type='keyboard' bus='ps2'/><graphics type='vnc'/>"
         "<rng model='virtio'><backend model='random'/></rng></devices></domain>";

static void
test_disks (void)
{
    Case c;
    const struct vmm_record_device *d;

    set_up (&c, full, 200);
    g_assert_cmpuint (((const struct vmm_record_machine *) next (&c, VMM_RECORD_MACHINE))->flags,
                      ==, VMM_MACHINE_DISPLAY);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtio-blk");
    g_assert_cmpstr (d->alias, ==, "virtio-disk0");
    g_assert_cmpuint (d->backend, ==, VMM_BACKEND_RAW);
    g_assert_cmpuint (d->backend_flags, ==, VMM_BACKEND_DIRECT);
    g_assert_cmpint (fd_at (&c, d->fd), ==, 200);
    g_assert_cmpuint (d->boot_index, ==, 1);
    g_assert_cmpuint (d->n_options, ==, 1);
    g_assert_cmpstr (d->options[0].name, ==, "serial");
    g_assert_cmpstr (d->options[0].value, ==, "S1");
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "ata-disk");
    g_assert_cmpuint (d->backend_flags, ==, VMM_BACKEND_NO_FLUSH);
    g_assert_cmpuint (d->unit, ==, 0);
    g_assert_cmpuint (d->boot_index, ==, 2);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "atapi-cdrom");
    g_assert_cmpuint (d->backend_flags, ==, VMM_BACKEND_READ_ONLY);
    g_assert_cmpuint (d->unit, ==, 1);
    g_assert_cmpint (fd_at (&c, d->fd), ==, 202);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "atapi-cdrom");
    g_assert_cmpint (d->fd, ==, VMM_NO_FD);
    tear_down (&c);
}

static void
test_other_devices (void)
{
    Case c;
    const struct vmm_record_device *d;

    set_up (&c, full, 200);
    next (&c, VMM_RECORD_MACHINE);
    for (guint i = 0; i < 4; i++)
        next (&c, VMM_RECORD_DEVICE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "uart16550");
    g_assert_cmpuint (d->backend, ==, VMM_BACKEND_SOCKET);
    g_assert_cmpint (fd_at (&c, d->fd), ==, 105);
    d = next (&c, VMM_RECORD_DEVICE); /* no record for the keyboard: it is part of every machine */
    g_assert_cmpstr (d->model, ==, "virtio-rng");
    g_assert_cmpuint (d->backend, ==, VMM_BACKEND_NONE);
    g_assert_cmpuint (d->slot, ==, 3);
    g_assert_cmpint (d->rom_fd, ==, VMM_NO_FD);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "vga");
    g_assert_cmpuint (d->slot, ==, 1);
    g_assert_cmpint (fd_at (&c, d->rom_fd), ==, 103);
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

/* The controller comes before its ports, wherever it is written down. */
static void
test_ports (void)
{
    Case c;
    const struct vmm_record_device *d;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices><console type='pty'><target type='virtio'/>"
                 "</console><channel type='unix'><target type='virtio' name='a.0'/></channel>"
                 "</devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtio-serial");
    g_assert_cmpuint (d->slot, ==, 2);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtconsole");
    g_assert_cmpuint (d->unit, ==, 0);
    g_assert_cmpuint (d->slot, ==, VMM_SLOT_AUTO);
    g_assert_cmpuint (d->backend, ==, VMM_BACKEND_SOCKET);
    g_assert_cmpint (fd_at (&c, d->fd), ==, 110);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtserialport");
    g_assert_cmpuint (d->unit, ==, 1);
    g_assert_cmpint (fd_at (&c, d->fd), ==, 111);
    g_assert_cmpuint (d->n_options, ==, 2);
    g_assert_cmpstr (d->options[0].name, ==, "name");
    g_assert_cmpstr (d->options[0].value, ==, "a.0");
    g_assert_cmpstr (d->options[1].name, ==, "connected");
    g_assert_cmpstr (d->options[1].value, ==, "off");
    tear_down (&c);
}

static void
test_options (void)
{
    Case c;
    const struct vmm_record_device *d;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><on_crash>restart</on_crash><devices>"
                 "<watchdog model='i6300esb' action='poweroff'/><panic model='isa'/>"
                 "</devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "i6300esb");
    g_assert_cmpuint (d->slot, ==, 2);
    g_assert_cmpuint (d->n_options, ==, 1);
    g_assert_cmpstr (d->options[0].name, ==, "action");
    g_assert_cmpstr (d->options[0].value, ==, "power-off");
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "pvpanic");
    g_assert_cmpuint (d->slot, ==, VMM_SLOT_AUTO);
    g_assert_cmpstr (d->options[0].value, ==, "reset");
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

/* The address is the one that was claimed, whatever the text says. */
static void
test_vsock (void)
{
    const KeeperLines lines = { .debug_fd = -1, .serial_fd = -1, .variables_fd = -1 };
    g_autoptr (GError) error = NULL;
    Case c;
    VitrineDefinitionDevice *device;
    const struct vmm_record_device *d;

    set_up (&c, HEAD "<os><type>hvm</type></os><devices><vsock/></devices></domain>", 200);
    c.files.backings[0].fd = 300;
    device = g_ptr_array_index (vitrine_definition_get_devices (c.definition), 0);
    device->cid = 5; /* as it is once one was found */
    keeper_records_clear (&c.records);
    g_assert_true (
        keeper_records_build (&c.records, c.definition, &c.files, &lines, 0, &error));
    next (&c, VMM_RECORD_MACHINE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtio-vsock");
    g_assert_cmpstr (d->alias, ==, "vsock0");
    g_assert_cmpuint (d->slot, ==, 2);
    g_assert_cmpuint (d->backend, ==, VMM_BACKEND_VHOST);
    g_assert_cmpint (fd_at (&c, d->fd), ==, 300);
    g_assert_cmpuint (d->n_options, ==, 1);
    g_assert_cmpstr (d->options[0].name, ==, "guest-cid");
    g_assert_cmpstr (d->options[0].value, ==, "5");
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

/* The controller comes first, wherever the text has it. */
static void
test_usb (void)
{
    Case c;
    const struct vmm_record_device *d;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices><input type='mouse' bus='ps2'/>"
                 "<input type='tablet' bus='usb'/><input type='keyboard' bus='usb'/>"
                 "<controller type='usb' model='qemu-xhci' ports='7'/></devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "qemu-xhci");
    g_assert_cmpstr (d->alias, ==, "usb");
    g_assert_cmpuint (d->slot, ==, 2);
    g_assert_cmpuint (d->n_options, ==, 1);
    g_assert_cmpstr (d->options[0].name, ==, "ports");
    g_assert_cmpstr (d->options[0].value, ==, "7");
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "usb-tablet");
    g_assert_cmpstr (d->alias, ==, "input1");
    g_assert_cmpuint (d->slot, ==, VMM_SLOT_AUTO);
    g_assert_cmpuint (d->unit, ==, 1);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "usb-kbd");
    g_assert_cmpuint (d->unit, ==, 2);
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

static void
test_virtio_inputs (void)
{
    static const char *const models[] = { "virtio-tablet", "virtio-mouse", "virtio-keyboard" };
    Case c;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices><input type='mouse' bus='ps2'/>"
                 "<input type='tablet' bus='virtio'/><input type='mouse' bus='virtio'/>"
                 "<input type='keyboard' bus='virtio'/></devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
        const struct vmm_record_device *d = next (&c, VMM_RECORD_DEVICE);

        g_assert_cmpstr (d->model, ==, models[i]);
        g_assert_cmpuint (d->slot, ==, 2 + i);
    }
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

/* Controllers first, wherever they stand in the text; a disk names its own by number. */
static void
test_scsi (void)
{
    Case c;
    const struct vmm_record_device *d;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices>"
                 "<disk type='file'><driver discard='ignore'/><source file='/a'/>"
                 "<target dev='sda' bus='scsi'/><wwn>5000c50015ea71ac</wwn>"
                 "<address type='drive' controller='2' target='3' unit='4'/></disk>"
                 "<disk type='file' device='cdrom'><target dev='sdb' bus='scsi'/></disk>"
                 "<controller type='scsi' index='0' model='virtio-scsi'><driver queues='5'/>"
                 "</controller><controller type='scsi' index='2' model='virtio-scsi'/>"
                 "</devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtio-scsi");
    g_assert_cmpstr (d->alias, ==, "scsi0");
    g_assert_cmpstr (d->options[0].name, ==, "queues");
    g_assert_cmpstr (d->options[0].value, ==, "5");
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->alias, ==, "scsi2");
    g_assert_cmpstr (d->options[0].value, ==, "3"); /* one a processor */
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "scsi-hd");
    g_assert_cmpuint (d->controller, ==, 2);
    g_assert_cmpuint (d->unit, ==, 3 << 16 | 4);
    g_assert_cmpuint (d->backend_flags, ==, VMM_BACKEND_NO_DISCARD);
    g_assert_cmpuint (d->slot, ==, VMM_SLOT_AUTO);
    g_assert_cmpstr (d->options[0].name, ==, "wwn");
    g_assert_cmpstr (d->options[0].value, ==, "0x5000c50015ea71ac");
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "scsi-cd");
    g_assert_cmpuint (d->controller, ==, 0);
    g_assert_cmpuint (d->unit, ==, 1);
    g_assert_cmpuint (c.at, ==, c.records.message->len);
    tear_down (&c);
}

/* Those that ask get what they ask for, whoever comes first. */
static void
test_slots (void)
{
    static const guint expected[] = { 3, 2, 5, 4 };
    Case c;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices>"
                 "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
                 "<disk type='file'><source file='/b'/><target dev='vdb'/><address type='pci' "
                 "slot='2'/></disk>"
                 "<disk type='file'><source file='/c'/><target dev='vdc'/></disk>"
                 "<disk type='file'><source file='/d'/><target dev='vdd'/><address type='pci' "
                 "slot='4'/></disk></devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        const struct vmm_record_device *d = next (&c, VMM_RECORD_DEVICE);

        g_assert_cmpuint (d->slot, ==, expected[i]);
    }
    tear_down (&c);
}

/* The largest machine a definition can describe fits into one message, with all its descriptors. */
static void
test_largest_machine (void)
{
    GString *xml = g_string_new (HEAD "<os><type>hvm</type><kernel>/k</kernel><initrd>/i</initrd>"
                                      "</os><devices><serial type='pty'/><graphics type='vnc'/>");
    Case c;

    for (int i = 0; i < VITRINE_DEFINITION_MAX_PCI - 2; i++)
        g_string_append_printf (xml,
                                "<disk type='file'><source file='/d'/><target dev='vd%c%c'/>"
                                "<serial>12345678901234567890</serial></disk>",
                                'a' + i / 26, 'a' + i % 26);
    for (int i = 0; i < VITRINE_DEFINITION_MAX_SATA; i++)
        g_string_append_printf (xml,
                                "<disk type='file'><source file='/d'/><target dev='sd%c'/>"
                                "<serial>12345678901234567890</serial></disk>",
                                'a' + i);
    g_string_append (xml, "<controller type='scsi' model='virtio-scsi'/>");
    for (int i = 0; i < VITRINE_DEFINITION_MAX_UNITS; i++)
        g_string_append_printf (xml,
                                "<disk type='file'><source file='/d'/><target dev='sd%c%c' bus='scsi'/>"
                                "<serial>12345678901234567890</serial><wwn>5000c50015ea71ac</wwn>"
                                "<address type='drive' target='%d'/></disk>",
                                'a' + i / 26, 'a' + i % 26, i);
    g_string_append (xml, "</devices></domain>");
    set_up (&c, xml->str, 200);
    g_assert_cmpuint (c.records.n_fds, ==, 4 + 2 + 1 + 26 + 6 + 64);
    g_assert_cmpuint (c.records.message->len, <, VMM_MESSAGE_MAX);
    tear_down (&c);
    g_string_free (xml, TRUE);
}

static void
test_rtc (void)
{
    static const char local[] =
        HEAD "<os><type>hvm</type></os><clock offset='localtime'/></domain>";
    static const char variable[] =
        HEAD "<os><type>hvm</type></os><clock offset='variable' adjustment='90'/></domain>";
    g_autoptr (VitrineDefinition) a = NULL;
    g_autoptr (VitrineDefinition) b = vitrine_definition_parse (variable, -1, NULL);

    g_setenv ("TZ", "XYZ-5", TRUE); /* five hours east */
    a = vitrine_definition_parse (local, -1, NULL);
    g_assert_cmpint (keeper_records_rtc_offset_s (a), ==, 5 * 3600);
    g_assert_cmpint (keeper_records_rtc_offset_s (b), ==, 90);
}

/* With nothing behind the card: what is, is test-keeper-net.c's to see. */
static void
test_network (void)
{
    Case c;
    const struct vmm_record_device *card;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices><interface type='user'><backend type='passt'/>"
                 "<mac address='52:54:00:01:02:03'/><model type='virtio'/><link state='down'/>"
                 "<mtu size='1400'/><boot order='1'/></interface><interface type='ethernet'>"
                 "<target dev='tap0' managed='no'/><model type='rtl8139'/></interface>"
                 "<interface type='bridge'><source bridge='br0'/><model type='virtio'/>"
                 "<driver queues='2'/></interface></devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    card = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (card->model, ==, "virtio-net");
    g_assert_cmpstr (card->alias, ==, "net0");
    g_assert_cmpuint (card->slot, ==, 2);
    g_assert_cmpuint (card->backend, ==, VMM_BACKEND_NET_STREAM);
    g_assert_cmpuint (card->backend_flags, ==, VMM_BACKEND_LINK_DOWN);
    g_assert_cmpint (card->fd, ==, VMM_NO_FD);
    g_assert_cmpint (fd_at (&c, card->rom_fd), ==, 130);
    g_assert_cmpuint (card->boot_index, ==, 1);
    g_assert_cmpuint (card->n_options, ==, 2);
    g_assert_cmpstr (card->options[0].name, ==, "mac");
    g_assert_cmpstr (card->options[0].value, ==, "52:54:00:01:02:03");
    g_assert_cmpstr (card->options[1].name, ==, "mtu");
    g_assert_cmpstr (card->options[1].value, ==, "1400");
    card = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (card->model, ==, "rtl8139");
    g_assert_cmpint (card->rom_fd, ==, VMM_NO_FD);
    g_assert_cmpuint (card->slot, ==, 3);
    g_assert_cmpuint (card->backend, ==, VMM_BACKEND_NET_TAP);
    g_assert_cmpuint (card->backend_flags, ==, 0);
    g_assert_cmpuint (card->n_pairs, ==, 1);
    card = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpuint (card->backend, ==, VMM_BACKEND_NET_TAP);
    g_assert_cmpuint (card->n_pairs, ==, 2);
    tear_down (&c);
}

static void
test_virtio_display (void)
{
    const struct vmm_record_device *d;
    const struct vmm_option *width;
    Case c;

    set_up (&c,
            HEAD "<os><type>hvm</type></os><devices><video><model type='virtio'>"
                 "<resolution x='1024' y='768'/></model></video></devices></domain>",
            200);
    next (&c, VMM_RECORD_MACHINE);
    d = next (&c, VMM_RECORD_DEVICE);
    g_assert_cmpstr (d->model, ==, "virtio-vga");
    g_assert_cmpuint (d->slot, ==, 1);
    g_assert_cmpuint (d->n_options, ==, 2);
    width = d->options;
    g_assert_cmpstr (width->name, ==, "width");
    g_assert_cmpstr (width->value, ==, "1024");
    tear_down (&c);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/records/machine", test_machine);
    g_test_add_func ("/keeper/records/hyperv", test_hyperv);
    g_test_add_func ("/keeper/records/cpu-model", test_cpu_model);
    g_test_add_func ("/keeper/records/memory", test_memory);
    g_test_add_func ("/keeper/records/kernel", test_kernel);
    g_test_add_func ("/keeper/records/uefi-variables", test_variables);
    g_test_add_func ("/keeper/records/disks", test_disks);
    g_test_add_func ("/keeper/records/other-devices", test_other_devices);
    g_test_add_func ("/keeper/records/ports", test_ports);
    g_test_add_func ("/keeper/records/options", test_options);
    g_test_add_func ("/keeper/records/scsi", test_scsi);
    g_test_add_func ("/keeper/records/usb", test_usb);
    g_test_add_func ("/keeper/records/virtio-inputs", test_virtio_inputs);
    g_test_add_func ("/keeper/records/vsock", test_vsock);
    g_test_add_func ("/keeper/records/slots", test_slots);
    g_test_add_func ("/keeper/records/largest-machine-fits", test_largest_machine);
    g_test_add_func ("/keeper/records/clock", test_rtc);
    g_test_add_func ("/keeper/records/network", test_network);
    g_test_add_func ("/keeper/records/virtio-display", test_virtio_display);
    return g_test_run ();
}
