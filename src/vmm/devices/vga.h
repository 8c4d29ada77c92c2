/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga.h - the display adapter: VGA with Bochs's display interface. */
#pragma once

#include <stddef.h>

#include "device.h"
#include "pci.h"

extern const struct device_class vga_class;

struct pci_rom;

struct vga_config {
    uint64_t vram_mib;
    uint64_t width, height; /* the monitor's preferred mode */
};

/* Makes the adapter part of another device, whose function FUNCTION is: BARs 0 and 2 are the
 * adapter's.  ARGS->config is a struct vga_config.  The other device resets and destroys
 * FUNCTION, the latter before the adapter.  Returns 0 or -errno. */
int vga_create_part (const struct device_args *args, struct pci_function *function,
                     struct device **out);

/* To be called as FUNCTION's pci_function_ops.config_written; OPAQUE is the adapter's device. */
void vga_part_config_written (void *opaque, unsigned offset, unsigned size);

/* Says that ROM, which outlives VGA, is its function's: the font is in it. */
void vga_set_rom (struct device *vga, const struct pci_rom *rom);

/* Puts VGA into the mode its BIOS would have left: text, 80 by 25, cleared, with its ROM's font.
 * For machines started without firmware, at each reset, after device_reset().  Returns 0, or -ENOENT
 * when no ROM with a font was set: the mode is right, the characters are blank. */
int vga_enter_text_mode (struct device *device);
