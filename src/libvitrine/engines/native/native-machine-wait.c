/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-wait.c - an answer that comes when the machine has become what was asked for. */
#include <glib/gi18n-lib.h>

#include "native-machine-private.h"

struct wait {
    GTask *task;
    NativeWaitFor wanted;
    gulong state_handler;
    GSource *source; /* the deadline, or the cancelling */
};

static gboolean
is_off (VitrineMachineState state)
{
    return state == VITRINE_MACHINE_OFF || state == VITRINE_MACHINE_CRASHED;
}

static gboolean
is_reached (NativeWaitFor wanted, VitrineMachineState state)
{
    switch (wanted) {
    case NATIVE_WAIT_RUNS:
        return !is_off (state) && state != VITRINE_MACHINE_STARTING;
    case NATIVE_WAIT_RUNNING:
        return state == VITRINE_MACHINE_RUNNING || state == VITRINE_MACHINE_STOPPING;
    case NATIVE_WAIT_PAUSED:
        return state == VITRINE_MACHINE_PAUSED;
    case NATIVE_WAIT_ENDED:
        return is_off (state);
    }
    return FALSE;
}

void
native_set_silent_error (NativeMachine *self, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                 _ ("“%s” does not answer; force it off if it does not recover"),
                 vitrine_machine_get_name (VITRINE_MACHINE (self)));
}

/* Answers, and forgets about it.  ERROR is taken over. */
static void
wait_end (struct wait *wait, GError *error)
{
    NativeMachine *self = g_task_get_source_object (wait->task);

    g_clear_signal_handler (&wait->state_handler, self);
    g_source_destroy (wait->source);
    g_source_unref (wait->source);
    if (error != NULL)
        g_task_return_error (wait->task, error);
    else
        g_task_return_boolean (wait->task, TRUE);
    g_object_unref (wait->task);
    g_free (wait);
}

static gboolean
deadline_cb (gpointer user_data)
{
    struct wait *wait = user_data;
    GError *error = NULL;

    if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (wait->task), &error))
        native_set_silent_error (g_task_get_source_object (wait->task), &error);
    wait_end (wait, error);
    return G_SOURCE_REMOVE;
}

/* The machine ended where it should have come to life. */
static GError *
make_ended_error (VitrineMachine *machine)
{
    const char *reason = vitrine_machine_get_state_reason (machine);
    const char *name = vitrine_machine_get_name (machine);

    if (*reason == '\0')
        return g_error_new (VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("“%s” has ended"), name);
    return g_error_new (VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("“%s” has ended: %s"), name,
                        reason);
}

static void
state_cb (VitrineMachine *machine, GParamSpec *pspec, struct wait *wait)
{
    VitrineMachineState state = vitrine_machine_get_state (machine);

    if (is_reached (wait->wanted, state))
        wait_end (wait, NULL);
    else if (is_off (state))
        wait_end (wait, make_ended_error (machine));
}

void
native_wait_for (GTask *task, NativeWaitFor wanted, guint deadline_ms)
{
    VitrineMachine *machine = g_task_get_source_object (task);
    struct wait *wait = g_new0 (struct wait, 1);

    wait->task = task;
    wait->wanted = wanted;
    wait->source = g_timeout_source_new (deadline_ms);
    if (g_task_get_cancellable (task) != NULL) {
        g_autoptr (GSource) cancelled = g_cancellable_source_new (g_task_get_cancellable (task));

        g_source_set_dummy_callback (cancelled);
        g_source_add_child_source (wait->source, cancelled);
    }
    g_source_set_callback (wait->source, deadline_cb, wait, NULL);
    g_source_attach (wait->source, NULL);
    wait->state_handler = g_signal_connect (machine, "notify::state", G_CALLBACK (state_cb), wait);
    state_cb (machine, NULL, wait); /* it may be so already */
}
