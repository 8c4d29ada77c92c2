/* SPDX-License-Identifier: GPL-2.0-or-later */
/* secret.h - a passphrase in memory: in a page of its own that no core dump has, that is not swapped where the host
 * allows it, and that is wiped before it is given back.
 *
 * It goes from process to process by pipes, never by arguments, environment or files.  Any thread; what is in it is
 * written by who made it, before anybody else has it.
 */
#pragma once

#include <stddef.h>

#define SECRET_BYTES_MAX 65536 /* what a pipe takes without a reader */

struct secret;

/* A copy of LEN bytes; the caller wipes what it has.  NULL when there is no memory, or LEN is more than SECRET_BYTES_MAX. */
struct secret *secret_new (const void *bytes, size_t len);
struct secret *secret_ref (struct secret *secret);
/* The last one wipes it.  NULL is nothing. */
void secret_unref (struct secret *secret);

/* LEN bytes and a zero after them. */
const char *secret_bytes (const struct secret *secret);
size_t secret_len (const struct secret *secret);

/* Adds to what only the caller has yet: 0, or -ENOSPC. */
int secret_append (struct secret *secret, const void *bytes, size_t len);

/* What is read from FD until it ends; 0 with *SECRET, -E2BIG when that is more than SECRET_BYTES_MAX, or -errno. */
int secret_read (int fd, struct secret **secret);

/* What one read of FD, which does not wait, gives; 0 with *SECRET, or -errno. */
int secret_read_once (int fd, struct secret **secret);

/* The reading end, close-on-exec, of a pipe that has LEN of SECRET's bytes from OFFSET on, and then ends; or -errno. */
int secret_make_pipe (const struct secret *secret, size_t offset, size_t len);
