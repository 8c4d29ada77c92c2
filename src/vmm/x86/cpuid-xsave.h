/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-xsave.h - leaf Dh: the state that XSAVE keeps. */
#pragma once

struct kvm_cpuid2;

/* Makes leaf Dh agree with the features that LEAVES have: no state that nobody may use, and its size. */
void cpuid_xsave_fit (struct kvm_cpuid2 *leaves);
