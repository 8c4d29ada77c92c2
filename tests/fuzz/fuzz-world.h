/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-world.h - fuzzing: a world in which the same input always has the same effect.
 *
 * Time stands still unless fuzz_world_advance() moves it on, or somebody waits for something: then it
 * goes on until that is there.  What is drawn at random is always the same.
 * Devices' log lines are dropped.
 */
#pragma once

#include <stdint.h>

/* At the begin of an input, before anything is created. */
void fuzz_world_reset (void);

/* NS later; what is due then is handled by the next turn of the loop. */
void fuzz_world_advance (int64_t ns);
