/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-fixture.h - a vitrine-vnc of the test's own and viewers that speak RFB. */
#pragma once

#include "remote-fixture.h"
#include "rfb-client.h"

/* A viewer that has got the whole picture as it is now. */
int vnc_add_settled_viewer (struct remote_fixture *f, const int32_t *encodings, unsigned n);
