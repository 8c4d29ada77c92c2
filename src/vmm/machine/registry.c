/* SPDX-License-Identifier: GPL-2.0-or-later */
/* registry.c - every device a machine can have, a row each. */
#include "registry.h"

#include <string.h>

#include "ata-disk.h"
#include "atapi.h"
#include "balloon.h"
#include "bits.h"
#include "blk.h"
#include "console.h"
#include "e1000e.h"
#include "gpu.h"
#include "i6300esb.h"
#include "pvpanic.h"
#include "rng.h"
#include "rtl8139.h"
#include "scsi-device.h"
#include "uart16550.h"
#include "usb-kbd.h"
#include "usb-tablet.h"
#include "vga.h"
#include "virtio-input.h"
#include "virtio-mem.h"
#include "virtio-net.h"
#include "virtio-scsi.h"
#include "virtio-vga.h"
#include "virtio-vsock.h"
#include "xhci.h"

/* clang-format off: a row each. */
static const struct device_class *const registry[] = {
    &ata_disk_class,
    &atapi_cdrom_class,
    &e1000e_class,
    &i6300esb_class,
    &pvpanic_class,
    &pvpanic_pci_class,
    &rtl8139_class,
    &scsi_cd_class,
    &scsi_hd_class,
    &uart16550_class,
    &usb_kbd_class,
    &usb_tablet_class,
    &vga_class,
    &virtconsole_class,
    &virtio_balloon_class,
    &virtio_blk_class,
    &virtio_gpu_class,
    &virtio_keyboard_class,
    &virtio_mem_class,
    &virtio_mouse_class,
    &virtio_net_class,
    &virtio_rng_class,
    &virtio_scsi_class,
    &virtio_serial_class,
    &virtio_tablet_class,
    &virtio_vga_class,
    &virtio_vsock_class,
    &virtserialport_class,
    &xhci_class,
};
/* clang-format on */

const struct device_class *
registry_get (size_t index)
{
    return index < ARRAY_SIZE (registry) ? registry[index] : NULL;
}

const struct device_class *
registry_find (const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE (registry); i++) {
        if (strcmp (registry[i]->name, name) == 0)
            return registry[i];
    }
    return NULL;
}
