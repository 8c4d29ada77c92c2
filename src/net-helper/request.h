/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request.h - whether what a caller asks for makes sense: nothing of it is used before. */
#pragma once

#include <stddef.h>

#include "helper.h"

/* Whether NAME may be that of a network interface here: letters, digits, '.', '-' and '_', the first one a
 * letter or digit, and short enough. */
bool request_is_link (const char *name);

/* The same of a network's name, which is also that of its folder. */
bool request_is_name (const char *name);

/* A name of DNS: labels of letters, digits and '-', with dots between. */
bool request_is_domain (const char *name);

/* Whether the LEN bytes at MESSAGE are one whole request of the version we know, each text in it ended,
 * each number in its bounds.  ARGUMENT is the program's.  False with NET_MALFORMED. */
bool request_check (const void *message, size_t len, const char *argument, struct net_reply *reply);
