/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-create.c - vitrinectl create: a machine from options. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "passphrase.h"

static struct {
    char *name;
    char *iso, *import;
    char *kernel, *initrd, *cmdline;
    char *memory;
    char *vcpus;
    char *cpu_model;
    char **disks;
    char **nics;
    char *graphics;
    char *firmware;
    char *boot;
    char *os;
    char *express;
    char *cloud_user, *cloud_key, *cloud_password_file, *cloud_hostname;
    gboolean start;
} given;

const GOptionEntry cmd_create_options[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &given.name, N_ ("What it is called"), N_ ("NAME") },
    { "iso", 0, 0, G_OPTION_ARG_FILENAME, &given.iso, N_ ("The CD in its drive"), N_ ("FILE") },
    { "import", 0, 0, G_OPTION_ARG_FILENAME, &given.import,
      N_ ("A disk image to start from, which is used as it is, a packed one (gz, xz) or an OVA"),
      N_ ("FILE") },
    { "kernel", 0, 0, G_OPTION_ARG_FILENAME, &given.kernel, N_ ("A Linux kernel to boot directly"),
      N_ ("FILE") },
    { "initrd", 0, 0, G_OPTION_ARG_FILENAME, &given.initrd,
      N_ ("That kernel's initial file system"), N_ ("FILE") },
    { "cmdline", 0, 0, G_OPTION_ARG_STRING, &given.cmdline, N_ ("That kernel's command line"),
      N_ ("TEXT") },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &given.memory, N_ ("Its memory"), N_ ("MiB") },
    { "vcpus", 0, 0, G_OPTION_ARG_STRING, &given.vcpus, N_ ("Its virtual CPUs"), N_ ("NUMBER") },
    { "cpu-model", 0, 0, G_OPTION_ARG_STRING, &given.cpu_model,
      N_ ("The processor it has, by libvirt's name, instead of the host's"), N_ ("NAME") },
    { "disk", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given.disks,
      N_ ("A new disk, size=10G, in LVM with format=lvm,vg=GROUP, or one that exists, path=FILE; "
          "may be repeated"),
      N_ ("SPEC") },
    { "nic", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given.nics,
      N_ ("A network card, user[,forward=tcp:2222:22][,model=…][,mac=…], or none; may be repeated"),
      N_ ("SPEC") },
    { "graphics", 0, 0, G_OPTION_ARG_STRING, &given.graphics,
      N_ ("Its display: vnc, spice or none"), N_ ("KIND") },
    { "firmware", 0, 0, G_OPTION_ARG_STRING, &given.firmware, N_ ("Its firmware: bios or uefi"),
      N_ ("KIND") },
    { "boot", 0, 0, G_OPTION_ARG_STRING, &given.boot,
      N_ ("What it boots from: hd, cdrom, network, in this order, with commas"), N_ ("ORDER") },
    { "os", 0, 0, G_OPTION_ARG_STRING, &given.os,
      N_ ("The operating system that it is for, as “vitrinectl os list” names it, or detect: what "
          "the "
          "medium says; it has what that needs"),
      N_ ("NAME") },
    { "express", 0, 0, G_OPTION_ARG_STRING, &given.express,
      N_ ("iso: its installer asks nothing, user=NAME[,password-file=FILE][,name=…][,hostname=…]"
          "[,language=de_DE][,keyboard=de_DE][,timezone=Europe/Berlin][,key=…]; else the password "
          "is asked for"),
      N_ ("SPEC") },
    { "cloud-user", 0, 0, G_OPTION_ARG_STRING, &given.cloud_user,
      N_ ("import: a user whom the cloud image makes when it starts first"), N_ ("NAME") },
    { "cloud-key", 0, 0, G_OPTION_ARG_FILENAME, &given.cloud_key,
      N_ ("The public SSH key that user may log in with"), N_ ("FILE") },
    { "cloud-password-file", 0, 0, G_OPTION_ARG_FILENAME, &given.cloud_password_file,
      N_ ("That user's password, FILE's first line"), N_ ("FILE") },
    { "cloud-hostname", 0, 0, G_OPTION_ARG_STRING, &given.cloud_hostname,
      N_ ("What the system calls itself, instead of the machine's name"), N_ ("NAME") },
    { "start", 0, 0, G_OPTION_ARG_NONE, &given.start, N_ ("Switch it on afterwards"), NULL },
    PASSPHRASE_OPTION,
    { NULL },
};

static int
apply_resources (VitrineSpec *spec)
{
    guint64 number;

    if (given.memory != NULL) {
        if (!cli_parse_number (given.memory, 1, G_MAXUINT64, &number))
            return cli_usage (_ ("“--memory %s”: say a number of MiB"), given.memory);
        vitrine_spec_set_memory_mib (spec, number);
    }
    if (given.vcpus != NULL) {
        if (!cli_parse_number (given.vcpus, 1, G_MAXUINT, &number))
            return cli_usage (_ ("“--vcpus %s”: say a number"), given.vcpus);
        vitrine_spec_set_vcpus (spec, (guint) number);
    }
    return CLI_OK;
}

static int
apply_graphics (VitrineSpec *spec)
{
    VitrineDisplay display;

    if (given.graphics == NULL)
        return CLI_OK;
    if (!vitrine_display_from_string (given.graphics, &display))
        return cli_usage (_ ("“--graphics %s”: say vnc, spice or none"), given.graphics);
    vitrine_spec_set_display (spec, display);
    return CLI_OK;
}

static int
apply_firmware (VitrineSpec *spec)
{
    VitrineFirmware firmware;

    if (given.firmware == NULL)
        return CLI_OK;
    if (!vitrine_firmware_from_string (given.firmware, &firmware))
        return cli_usage (_ ("“--firmware %s”: say bios or uefi"), given.firmware);
    vitrine_spec_set_firmware (spec, firmware);
    return CLI_OK;
}

/* What the file to start from says; what the options say goes over it. */
static int
apply_import (struct cli *cli, VitrineSpec *spec, gboolean *is_appliance)
{
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (cli->host);
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineImport) import = NULL;
    g_autoptr (GError) error = NULL;

    *is_appliance = FALSE;
    if (given.import == NULL)
        return CLI_OK;
    vitrine_host_read_import_async (cli->host, given.import, cli->cancellable, cli_async_cb,
                                    &result);
    import = vitrine_host_read_import_finish (cli->host, cli_await (&result), &error);
    if (import == NULL)
        return cli_fail (error);
    *is_appliance = import->kind == VITRINE_IMPORT_APPLIANCE;
    vitrine_import_apply (import, spec, *is_appliance && given.nics == NULL ? limits->network : "");
    if (given.name == NULL && *import->name != '\0')
        given.name = g_strdup (import->name);
    return CLI_OK;
}

static int
apply_disks (VitrineSpec *spec)
{
    for (gsize i = 0; given.disks != NULL && given.disks[i] != NULL; i++) {
        g_autoptr (GError) error = NULL;
        VitrineDiskSpec *disk = vitrine_disk_spec_parse (given.disks[i], &error);

        if (disk == NULL)
            return cli_usage ("--disk %s: %s", given.disks[i], error->message);
        vitrine_spec_add_disk (spec, disk);
    }
    return CLI_OK;
}

/* What is said takes the place of the card there would be. */
static int
apply_nics (VitrineSpec *spec, VitrineHost *host)
{
    if (given.nics == NULL) {
        g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (host);

        vitrine_spec_add_default_nic (spec, limits->network);
        return CLI_OK;
    }
    if (g_str_equal (given.nics[0], "none") && given.nics[1] == NULL)
        return CLI_OK;
    for (gsize i = 0; given.nics[i] != NULL; i++) {
        g_autoptr (GError) error = NULL;
        VitrineNicSpec *nic = vitrine_nic_spec_parse (given.nics[i], &error);

        if (nic == NULL)
            return cli_usage ("--nic %s: %s", given.nics[i], error->message);
        vitrine_spec_add_nic (spec, nic);
    }
    return CLI_OK;
}

static const char *
get_medium (void)
{
    return given.iso != NULL ? given.iso : given.import;
}

/* What is on the medium; NULL having said why there is none, which holds up nobody. */
static VitrineOs *
detect (struct cli *cli)
{
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineOsGuess) guess = NULL;
    g_autoptr (GError) error = NULL;

    vitrine_host_detect_os_async (cli->host, get_medium (), cli->cancellable, cli_async_cb,
                                  &result);
    guess = vitrine_host_detect_os_finish (cli->host, cli_await (&result), &error);
    if (guess == NULL)
        cli_fail (error);
    else if (guess->os == NULL)
        cli_complain (_ ("Which system is on “%s” is not known; the machine is one for any"),
                      get_medium ());
    return guess != NULL ? g_steal_pointer (&guess->os) : NULL;
}

/* The system that was named or found in *OS, or NULL there for none. */
static int
find_os (struct cli *cli, VitrineOs **os)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = NULL;
    const VitrineOs *found;

    *os = NULL;
    if (given.os == NULL && (given.express == NULL || get_medium () == NULL))
        return CLI_OK;
    if (given.os == NULL || g_str_equal (given.os, "detect")) {
        if (get_medium () == NULL)
            return cli_usage (_ ("“--os detect” looks at what --iso or --import names"));
        *os = detect (cli);
        return g_cancellable_is_cancelled (cli->cancellable) ? CLI_FAILED : CLI_OK;
    }
    list = cli_list_os (cli, &error);
    if (list == NULL)
        return cli_fail (error);
    found = vitrine_os_find (list, given.os);
    if (found == NULL)
        return cli_usage (_ ("There is no system “%s”; “vitrinectl os list” names them"), given.os);
    *os = vitrine_os_copy (found);
    return CLI_OK;
}

/* Where nobody said otherwise, an appliance included: the bus of the disks, the model of the cards. */
static void
apply_devices (VitrineSpec *spec, const VitrineOs *os, guint n_imported, gboolean is_appliance)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    GPtrArray *nics = vitrine_spec_get_nics (spec);

    for (guint i = 0; i < disks->len; i++)
        if (i < n_imported ? !is_appliance : strstr (given.disks[i - n_imported], "bus=") == NULL)
            ((VitrineDiskSpec *) g_ptr_array_index (disks, i))->bus = os->bus;
    for (guint i = 0; i < nics->len; i++) {
        VitrineNicSpec *nic = g_ptr_array_index (nics, i);

        if (nic->model == NULL)
            nic->model = g_strdup (os->nic_model);
    }
}

/* Whom a cloud image lets in. */
static int
apply_cloud (VitrineSpec *spec)
{
    g_autoptr (VitrineCloud) cloud = NULL;
    g_autoptr (GError) error = NULL;

    if (given.cloud_user == NULL) {
        if (given.cloud_key != NULL || given.cloud_password_file != NULL
            || given.cloud_hostname != NULL)
            return cli_usage (_ ("A cloud image is told who may log in; say --cloud-user NAME"));
        return CLI_OK;
    }
    cloud = g_new0 (VitrineCloud, 1);
    cloud->user = g_strdup (given.cloud_user);
    cloud->hostname = g_strdup (given.cloud_hostname);
    if (given.cloud_key != NULL
        && (cloud->keys = vitrine_cloud_read_keys (given.cloud_key, &error)) == NULL)
        return cli_fail (error);
    if (given.cloud_password_file != NULL
        && (cloud->password = vitrine_cloud_read_password (given.cloud_password_file, &error))
               == NULL)
        return cli_fail (error);
    vitrine_spec_set_cloud (spec, cloud);
    return CLI_OK;
}

/* Fills in SPEC from the options; CLI_OK or CLI_USAGE, having said why. */
static int
apply_options (struct cli *cli, VitrineSpec *spec)
{
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (cli->host);
    g_autoptr (VitrineOs) os = NULL;
    gboolean is_appliance;
    guint n_imported;
    int status = find_os (cli, &os);

    if (status != CLI_OK)
        return status;
    /* What an appliance and the options say goes over it. */
    if (os != NULL)
        vitrine_os_apply (os, limits, spec);
    if ((status = apply_import (cli, spec, &is_appliance)) != CLI_OK)
        return status;
    n_imported = vitrine_spec_get_disks (spec)->len;
    if (given.name == NULL)
        return cli_usage (_ ("The machine needs a name; say --name NAME"));
    vitrine_spec_set_name (spec, given.name);
    vitrine_spec_set_cpu_model (spec, given.cpu_model);
    vitrine_spec_set_iso (spec, given.iso);
    vitrine_spec_set_boot (spec, given.boot);
    vitrine_spec_set_kernel (spec, given.kernel, given.initrd, given.cmdline);
    if ((status = apply_resources (spec)) != CLI_OK || (status = apply_graphics (spec)) != CLI_OK
        || (status = apply_firmware (spec)) != CLI_OK
        || ((!is_appliance || given.nics != NULL)
            && (status = apply_nics (spec, cli->host)) != CLI_OK)
        || (status = apply_disks (spec)) != CLI_OK)
        return status;
    if (os != NULL)
        apply_devices (spec, os, n_imported, is_appliance);
    status = apply_cloud (spec);
    return status == CLI_OK ? cli_express_apply (cli, spec, given.express) : status;
}

static VitrineMachine *
create (struct cli *cli, VitrineSpec *spec, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    VitrineMachine *machine;

    vitrine_host_create_full_async (cli->host, spec, cli_progress, NULL, cli->cancellable,
                                    cli_async_cb, &result);
    machine = vitrine_host_create_finish (cli->host, cli_await (&result), error);
    cli_progress_end ();
    return machine;
}

int
cmd_create (struct cli *cli, int argc, char **argv)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    const char *const *warnings;
    int status = apply_options (cli, spec);

    if (status != CLI_OK)
        return status;
    if (passphrase_for_spec (cli, spec, &error))
        machine = create (cli, spec, &error);
    if (machine == NULL)
        return cli_fail (error);
    warnings = vitrine_machine_get_warnings (machine);
    for (gsize i = 0; warnings[i] != NULL; i++)
        cli_complain ("%s", warnings[i]);
    puts (vitrine_machine_get_uuid (machine));
    if (given.start && !passphrase_start (cli, machine, VITRINE_ACTION_START, spec, &error))
        return cli_fail (error);
    return CLI_OK;
}
