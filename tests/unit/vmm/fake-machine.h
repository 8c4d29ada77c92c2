/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine.h - a machine on a KVM that runs nothing: made, asked for things, ended. */
#pragma once

#include <stdbool.h>

#include "machine.h"

/* Two processors, room for a third; with UEFI's variables, or without.  See machine_create(). */
int fake_machine_create (bool uefi, const struct machine_ops *ops, struct machine **machine,
                         char why[VMM_TEXT_BYTES]);
