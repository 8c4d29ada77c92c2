/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpica.h - tables under the eyes of ACPICA's own tools: iasl compiles, acpiexec interprets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False, with the running test marked as skipped, when the tools are not installed. */
bool acpica_is_there (void);

/* Returns a DSDT with BODY as its code; free it. */
uint8_t *acpica_wrap_dsdt (const void *body, size_t body_size, size_t *size);

/* Fails the test unless TABLE disassembles, and what comes out compiles without errors or warnings.
 * Returns the disassembly; free it. */
char *acpica_roundtrip (const void *table, size_t size);

/* Loads the DSDT into the interpreter, gives it COMMANDS (separated by ";") and returns what it
 * prints; free it. */
char *acpica_execute (const void *dsdt, size_t size, const char *commands);
