/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.h - a whole machine: built from its description, then run, paused, reset and ended.
 *
 * All functions and all callbacks are on the main loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "machine-config.h"
#include "vmm-protocol.h"

struct input;
struct loop;
struct machine;
struct scanout;

struct machine_ops {
    void (*was_reset) (void *opaque);
    /* A device was marked broken. */
    void (*broken) (void *opaque, const char *alias, const char *reason);
    /* Process NUMBER behind a disk is of no use any more; WHY is a sentence without its subject. */
    void (*block_lost) (void *opaque, const char *alias, unsigned number, const char *why);
    /* A device noticed something about the guest (enum device_event); the machine does ACTION (enum
     * device_action) now. */
    void (*event) (void *opaque, const char *alias, unsigned event, unsigned action);
    /* The machine paused itself, as an event's action. */
    void (*paused) (void *opaque);
    /* The guest cannot go on; the machine is paused until it is reset. */
    void (*stuck) (void *opaque, const char *text);
    /* The guest's UEFI variables are others than before. */
    void (*variables_changed) (void *opaque);
    /* How it goes on with a device that shall go, or that the guest gave up. */
    void (*unplug) (void *opaque, const char *alias, enum vmm_unplug_state state);
    /* There are N processors now; STATE is of those that were to go. */
    void (*vcpus) (void *opaque, unsigned n, enum vmm_unplug_state state);
    /* What is plugged of memory, or shall be, has changed; not more often than the keeper can bear. */
    void (*memory) (void *opaque, uint64_t plugged_bytes, uint64_t requested_bytes);
    /* The guest switched itself off; destroy the machine now. */
    void (*powered_off) (void *opaque);
};

/* Builds the machine, paused, no thread running yet.  Descriptors it keeps are taken out of CONFIG.
 * Returns 0, or -errno with one sentence in WHY. */
int machine_create (struct machine_config *config, const struct machine_ops *ops, void *opaque,
                    struct machine **out, char why[VMM_TEXT_BYTES]);

/* Starts its threads; the machine stays paused.  Returns 0 or -errno. */
int machine_start (struct machine *machine);

/* Ends the threads, lets disk requests in flight come to their end, frees everything; NULL is nothing. */
void machine_destroy (struct machine *machine);

/* Harmless when it is so already.  A machine that is stuck stays paused. */
void machine_run (struct machine *machine);

/* Afterwards no vCPU runs and no disk request is in flight. */
void machine_pause (struct machine *machine);

/* As the reset line: back to the state after power-on.  Runs on afterwards if it ran (or was stuck). */
void machine_reset (struct machine *machine);

/* Pulls the cable of the network card ALIAS or puts it back.  Returns 0, or -ENODEV when there is no
 * such card. */
int machine_set_link (struct machine *machine, const char *alias, bool up);

/* Gives the network card ALIAS another peer of the kind it has, behind FD, which is taken over (also on
 * failure).  Returns 0, -ENODEV, or -errno as net_connect() does. */
int machine_replace_net (struct machine *machine, const char *alias, enum vmm_backend backend, int fd);

/* Gives the disk ALIAS another process behind FD, which is taken over (also on failure), once the last one is
 * gone for good; -1: there will be none.  Returns 0, -ENODEV when there is no such disk, -ENOTSUP when there
 * is no process behind it. */
int machine_replace_block (struct machine *machine, const char *alias, int fd);

void machine_press_power_button (struct machine *machine);

/* Somebody is, or is no longer, at the other end of what stands behind the device ALIAS.  Returns 0,
 * or -ENOENT when there is no such device, or it does not care. */
int machine_set_connected (struct machine *machine, const char *alias, bool connected);
/* Each returns 0, or -errno with one sentence in WHY.  Whatever runs, runs on afterwards.
 *
 * Takes the medium out of the drive ALIAS and closes it.  -EBUSY when the guest keeps the tray locked,
 * unless FORCE: it is told that somebody pressed the button. */
int machine_eject (struct machine *machine, const char *alias, bool force,
                   char why[VMM_TEXT_BYTES]);
/* Puts the medium behind FD, which is taken over, into the drive ALIAS. */
int machine_insert (struct machine *machine, const char *alias, int fd, uint32_t backend_flags,
                    bool force, char why[VMM_TEXT_BYTES]);
/* Holds the disk ALIAS to LIMITS, as struct vmm_limits has them; -ENODEV when there is none. */
int machine_set_limits (struct machine *machine, const char *alias,
                        const uint64_t limits[VMM_LIMITS_N]);
/* Makes the disk ALIAS larger and tells the guest. */
int machine_resize (struct machine *machine, const char *alias, uint64_t size_bytes,
                    char why[VMM_TEXT_BYTES]);

/* How much memory the guest shall have, in bytes.  What is more than the machine began with is for a
 * virtio-mem to give, what is less for the guest to give back by its balloon.  Returns NULL, or why not, a
 * static sentence. */
const char *machine_set_memory (struct machine *machine, uint64_t bytes);

/* Each returns 0, or -errno with one sentence in WHY. */

/* What of attaching D may take a while, and holds nothing up: *FD becomes the descriptor at which something is to be
 * heard before machine_attach(), until *UNTIL_NS (CLOCK_MONOTONIC), or -1. */
int machine_attach_begin (struct machine *machine, struct device_config *d, int *fd,
                          int64_t *until_ns, char why[VMM_TEXT_BYTES]);
/* There is something to read at that descriptor, or that time is over: returns 1 when that was all, 0 when more is to
 * come. */
int machine_attach_hear (struct machine *machine, struct device_config *d,
                         char why[VMM_TEXT_BYTES]);
/* Adds the device D describes, whose descriptor is taken.  The guest finds it when it can. */
int machine_attach (struct machine *machine, struct device_config *d, char why[VMM_TEXT_BYTES]);

/* Asks the guest to give the device ALIAS back, or takes it away (FORCE); ops->unplug tells how it
 * ends, with FORCE before this returns. */
int machine_detach (struct machine *machine, const char *alias, bool force,
                    char why[VMM_TEXT_BYTES]);

/* Adds processors, or asks the guest to give some back, so that there will be N; ops->vcpus tells. */
int machine_set_vcpus (struct machine *machine, unsigned n, char why[VMM_TEXT_BYTES]);

bool machine_is_running (const struct machine *machine);

/* Borrowed; scanout is NULL without a display. */
struct loop *machine_get_loop (struct machine *machine);
struct scanout *machine_get_scanout (struct machine *machine);
struct input *machine_get_input (struct machine *machine);

/* Fills STATISTICS, but for its header, and what follows it: VMM_STATISTICS_MAX bytes at most.  Returns how many bytes
 * all of it has.  Main loop's thread. */
size_t machine_get_statistics (struct machine *machine, struct vmm_statistics *statistics);
