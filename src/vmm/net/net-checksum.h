/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-checksum.h - the Internet checksum (RFC 1071), for who finishes in software what the other side
 * left open. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Adds the LEN bytes of DATA, which begin at an even place of what is summed up, to SUM. */
uint64_t net_checksum_add (uint64_t sum, const void *data, size_t len);

/* The 16 bits to store, big-endian, where the checksum goes. */
uint16_t net_checksum_fold (uint64_t sum);

/* Sums up FRAME from START to its end at LEN and puts the checksum at START + OFFSET, where the
 * pseudo-header's sum stands already.  The place lies inside the frame. */
void net_checksum_finish (uint8_t *frame, size_t len, size_t start, size_t offset);
