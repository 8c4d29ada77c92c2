/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine.h - all of libvitrine; what app and command line include.
 *
 * libvitrine lives on the default main context and on the thread that makes the first VitrineHost
 * (the main thread); every function is called there, and every signal and every callback comes
 * there. Nothing here blocks: what takes time is _async/_finish with a GCancellable.
 */
#pragma once

#include "vitrine-compare.h"
#include "vitrine-detail.h"
#include "vitrine-cloud.h"
#include "vitrine-error.h"
#include "vitrine-express.h"
#include "vitrine-display.h"
#include "vitrine-firmware.h"
#include "vitrine-hardware.h"
#include "vitrine-host.h"
#include "vitrine-image.h"
#include "vitrine-import.h"
#include "vitrine-keys.h"
#include "vitrine-language.h"
#include "vitrine-machine.h"
#include "vitrine-module.h"
#include "vitrine-network.h"
#include "vitrine-os.h"
#include "vitrine-passphrase.h"
#include "vitrine-paths.h"
#include "vitrine-picture.h"
#include "vitrine-resource.h"
#include "vitrine-snapshot.h"
#include "vitrine-spec.h"
#include "vitrine-stats.h"
#include "vitrine-storage.h"
#include "vitrine-volume.h"
