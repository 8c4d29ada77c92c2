/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-events.c - what a watchdog or a panic device noticed about the guest, told to people.
 *
 * Each device's last event stays among the warnings for the rest of the run, whatever followed:
 * after a reset in the night it is all that says why.
 */
#include <glib/gi18n-lib.h>

#include "keeper-private.h"

/* What happened and what is done about it, in one sentence each. */
static const char *const sentences[VMM_DEVICE_EVENT_N][VMM_ACTION_N] = {
    [VMM_DEVICE_WATCHDOG] = {
        [VMM_ACTION_NONE] = N_ ("The guest stopped feeding its watchdog"),
        [VMM_ACTION_RESET] = N_ ("The guest stopped feeding its watchdog and was reset"),
        [VMM_ACTION_POWER_OFF] = N_ ("The guest stopped feeding its watchdog and was switched off"),
        [VMM_ACTION_PAUSE] = N_ ("The guest stopped feeding its watchdog and was paused"),
        [VMM_ACTION_POWER_BUTTON] = N_ ("The guest stopped feeding its watchdog and was asked to "
                                        "shut down"),
    },
    [VMM_DEVICE_PANICKED] = {
        [VMM_ACTION_NONE] = N_ ("The guest's kernel panicked"),
        [VMM_ACTION_RESET] = N_ ("The guest's kernel panicked and was reset"),
        [VMM_ACTION_POWER_OFF] = N_ ("The guest's kernel panicked and was switched off"),
        [VMM_ACTION_PAUSE] = N_ ("The guest's kernel panicked and was paused"),
        [VMM_ACTION_POWER_BUTTON] = N_ ("The guest's kernel panicked and was asked to shut down"),
    },
    [VMM_DEVICE_CRASH_LOADED] = {
        [VMM_ACTION_NONE] = N_ ("The guest's kernel crashed, and its crash kernel took over"),
    },
};

void
keeper_device_event (gpointer owner, const char *alias, enum vmm_device_event_kind event,
                     enum vmm_device_action action)
{
    Keeper *self = owner;
    const char *sentence = sentences[event][action];

    /* A VMM that does not know its own devices makes no list grow. */
    if (!sentence || !keeper_find_device (self, alias))
        return;
    g_hash_table_insert (self->events, g_strdup (alias), g_strdup (_ (sentence)));
    if (action == VMM_ACTION_POWER_OFF) {
        g_free (self->off_reason);
        self->off_reason = g_strdup (_ (sentence));
    } else if (action == VMM_ACTION_PAUSE) {
        g_free (self->pause_reason);
        self->pause_reason = g_strdup (_ (sentence));
    }
    keeper_update_warnings (self);
}
