/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine.h - takes from a display server what it does not need any more. */
#pragma once

/* Closes every descriptor but the standard ones and those up to LAST.  First thing in main(). */
void confine_descriptors (int last);

/* From here on the process can open, make, connect and run nothing; what it holds stays usable, and
 * it can still be handed descriptors.  As far as the kernel offers it: each barrier is optional.
 * Call it with one thread running, when everything is loaded. */
void confine (void);

/* The same in two steps, for a server whose library has threads.  CONFINE_FILES takes files from the calling
 * thread and those it starts afterwards, CONFINE_CALLS the rest from all threads that there are. */
void confine_files (void);
void confine_calls (void);
