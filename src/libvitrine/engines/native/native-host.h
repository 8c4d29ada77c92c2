/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-host.h - this computer's own machines: "vitrine:". */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

#define NATIVE_TYPE_HOST (native_host_get_type ())
G_DECLARE_FINAL_TYPE (NativeHost, native_host, NATIVE, HOST, VitrineHost)

G_END_DECLS
