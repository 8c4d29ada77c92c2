/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - the VMM process: takes a machine's description from its keeper, builds the machine, locks
 * itself in, runs.  The only file that may end the process. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "log.h"
#include "machine.h"
#include "registry.h"
#include "sandbox.h"

#define LARGE_BYTES (128 * 1024) /* what malloc maps by itself, as it begins with */

static int
fail (struct control *control, struct machine *machine, const char *why)
{
    machine_destroy (machine);
    control_send_failed (control, why);
    return EXIT_FAILURE;
}

static int
run (struct control *control, struct machine_config *config)
{
    struct machine *machine = NULL;
    struct sandbox_report report;
    char why[VMM_TEXT_BYTES];

    if (machine_create (config, &control_machine_ops, control, &machine, why) < 0)
        return fail (control, NULL, why);
    machine_config_clear (config);
    if (sandbox_enter (&report) < 0)
        return fail (control, machine,
                     "this kernel has neither landlock nor seccomp to lock the machine in");
    if (machine_start (machine) < 0)
        return fail (control, machine, "the host starts no more threads");
    control_serve (control, machine);
    machine_destroy (machine);
    control_send_stopped (control);
    return EXIT_SUCCESS;
}

static const char *const bus_names[] = {
    [DEVICE_BUS_PLATFORM] = "platform",
    [DEVICE_BUS_PCI] = "pci",
    [DEVICE_BUS_SATA] = "sata",
    [DEVICE_BUS_USB] = "usb",
    [DEVICE_BUS_VIRTIO_SERIAL] = "virtio-serial",
    [DEVICE_BUS_SCSI] = "scsi",
};

_Static_assert (sizeof bus_names / sizeof bus_names[0] == DEVICE_BUS_N, "a name for each bus");

/* For people and scripts: what the registry holds. */
static int
list_devices (void)
{
    const struct device_class *class;

    for (size_t i = 0; (class = registry_get (i)); i++) {
        printf ("%s\t%s\t%s\n", class->name, bus_names[class->bus], class->summary);
        for (size_t k = 0; k < class->n_options; k++)
            printf ("  %s\t%s\t%s\n", class->options[k].name, class->options[k].fallback,
                    class->options[k].help);
    }
    return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
    static struct machine_config config; /* large */
    struct control *control;
    int ret = EXIT_FAILURE;

    log_set_name ("vitrine-vmm");
    if (argc == 2 && strcmp (argv[1], "--list-devices") == 0)
        return list_devices ();
    if (argc != 1) {
        fprintf (stderr,
                 "usage: vitrine-vmm [--list-devices]\n"
                 "Started by vitrine-keeper, which speaks to it on descriptor %d.\n",
                 VMM_SOCKET_FD);
        return 2;
    }
    /* What a device that is unplugged gives back goes back to the host.  Left to itself malloc raises this limit
     * when it first sees a table of requests freed, and keeps the next ones: a megabyte, for good. */
    mallopt (M_MMAP_THRESHOLD, LARGE_BYTES);
    signal (SIGPIPE, SIG_IGN);
    signal (SIGXFSZ, SIG_IGN); /* a limit on file sizes is the guest's ENOSPC, not our end */
    machine_config_init (&config);
    control = control_create (VMM_SOCKET_FD);
    if (control && control_receive_config (control, &config) == 0)
        ret = run (control, &config);
    machine_config_clear (&config);
    control_destroy (control);
    return ret;
}
