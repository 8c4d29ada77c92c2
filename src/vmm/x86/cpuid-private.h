/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-private.h - what the files about CPUID share. */
#pragma once

#include <stdint.h>

#include "kvm-private.h"

/* The leaf FUNCTION, subleaf INDEX, or NULL. */
struct kvm_cpuid_entry2 *cpuid_find (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index);
